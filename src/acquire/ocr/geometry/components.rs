//! Components: pieces of ink that hang together, as runs of pixels.

use super::super::Gray;

/// A stretch of ink on a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) y: u32,
    /// First pixel.
    pub(super) start: u32,
    /// Behind the last pixel.
    pub(super) end: u32,
}

/// Ink that hangs together, diagonals included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Component {
    pub(super) left: u32,
    pub(super) top: u32,
    /// Behind the last column.
    pub(super) right: u32,
    /// Below the last row.
    pub(super) bottom: u32,
    /// Pixels of ink.
    pub(super) area: u32,
    /// Where its runs are in [`Ink::runs`].
    pub(super) runs: std::ops::Range<usize>,
}

impl Component {
    pub(super) fn width(&self) -> f32 {
        (self.right - self.left) as f32
    }

    pub(super) fn height(&self) -> f32 {
        (self.bottom - self.top) as f32
    }

    pub(super) fn middle_x(&self) -> f32 {
        (self.left + self.right) as f32 / 2.0
    }

    pub(super) fn middle_y(&self) -> f32 {
        (self.top + self.bottom) as f32 / 2.0
    }
}

/// The ink of a picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Ink {
    /// From top to bottom by their first pixel, then from left to right.
    pub(super) components: Vec<Component>,
    /// Runs, component by component.
    pub(super) runs: Vec<Run>,
}

/// The components of what is darker than `threshold`.
pub(super) fn components(gray: &Gray, threshold: u8) -> Ink {
    let (mut runs, mut parents): (Vec<Run>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut above = 0..0;
    for y in 0..gray.height {
        let first = runs.len();
        let row = gray.row(y);
        let mut x = 0;
        while let Some(start) = row[x..].iter().position(|s| *s < threshold) {
            let start = x + start;
            let length = row[start..].iter().position(|s| *s >= threshold);
            let end = length.map_or(row.len(), |n| start + n);
            parents.push(runs.len() as u32);
            runs.push(Run {
                y: y as u32,
                start: start as u32,
                end: end as u32,
            });
            x = end;
        }
        let mut upper = above.start;
        for lower in first..runs.len() {
            while upper < above.end && runs[upper].end < runs[lower].start {
                upper += 1;
            }
            let mut touching = upper;
            while touching < above.end && runs[touching].start <= runs[lower].end {
                unite(&mut parents, touching as u32, lower as u32);
                touching += 1;
            }
        }
        above = first..runs.len();
    }
    collect(&runs, &mut parents)
}

fn root(parents: &mut [u32], mut of: u32) -> u32 {
    while parents[of as usize] != of {
        let next = parents[of as usize];
        parents[of as usize] = parents[next as usize];
        of = next;
    }
    of
}

/// The older becomes the parent: a component is named by its first run.
fn unite(parents: &mut [u32], one: u32, other: u32) {
    let (one, other) = (root(parents, one), root(parents, other));
    parents[one.max(other) as usize] = one.min(other);
}

fn collect(runs: &[Run], parents: &mut [u32]) -> Ink {
    let n = runs.len();
    let roots: Vec<u32> = (0..n as u32).map(|run| root(parents, run)).collect();
    let mut index = vec![u32::MAX; n];
    let mut counts: Vec<u32> = Vec::new();
    for root in &roots {
        let slot = &mut index[*root as usize];
        if *slot == u32::MAX {
            *slot = counts.len() as u32;
            counts.push(0);
        }
        counts[*slot as usize] += 1;
    }
    let mut components = Vec::with_capacity(counts.len());
    let mut start = 0;
    for count in &counts {
        let end = start + *count as usize;
        components.push(Component {
            left: u32::MAX,
            top: u32::MAX,
            right: 0,
            bottom: 0,
            area: 0,
            runs: start..start,
        });
        start = end;
    }
    let blank = Run {
        y: 0,
        start: 0,
        end: 0,
    };
    let mut sorted = vec![blank; n];
    for (run, root) in runs.iter().zip(&roots) {
        let component = &mut components[index[*root as usize] as usize];
        component.left = component.left.min(run.start);
        component.right = component.right.max(run.end);
        component.top = component.top.min(run.y);
        component.bottom = component.bottom.max(run.y + 1);
        component.area += run.end - run.start;
        sorted[component.runs.end] = *run;
        component.runs.end += 1;
    }
    Ink {
        components,
        runs: sorted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(rows: &[&str]) -> Ink {
        let pixels = rows
            .iter()
            .flat_map(|row| row.bytes().map(|b| if b == b'#' { 0 } else { 255 }));
        let gray = Gray {
            width: rows[0].len(),
            height: rows.len(),
            pixels: pixels.collect(),
        };
        components(&gray, 128)
    }

    #[test]
    fn arms_that_meet_below_are_one() {
        let ink = ink(&["#...#..#", "#...#...", "#####..."]);
        assert_eq!(ink.components.len(), 2);
        let first = &ink.components[0];
        assert_eq!(
            (first.left, first.top, first.right, first.bottom),
            (0, 0, 5, 3)
        );
        assert_eq!(first.area, 9);
        assert_eq!(ink.runs[first.runs.clone()].len(), 5);
        assert_eq!(ink.components[1].area, 1);
    }

    #[test]
    fn diagonals_touch() {
        assert_eq!(ink(&["#..", ".#.", "..#"]).components.len(), 1);
        assert_eq!(ink(&["..#", ".#.", "#.."]).components.len(), 1);
        assert_eq!(ink(&["#.#", "...", "#.#"]).components.len(), 4);
    }
}
