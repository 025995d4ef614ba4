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

impl Ink {
    /// Cuts components that hold several lines of characters of size `em`, grown together, at the rows with least ink.
    ///
    /// `is_in_cell` says of a point whether rules enclose it: outside of cells large characters are headings.
    pub(super) fn cut_between_lines(&mut self, em: f32, is_in_cell: impl Fn(f32, f32) -> bool) {
        /// Components higher than this are cut, ems.
        const TALL: f32 = 1.5;
        /// Usual distance of lines, ems.
        const PITCH: f32 = 1.2;
        /// Ink of a row between lines, as a share of the usual row's.
        const LEAST: f32 = 0.5;
        let mut cut = Vec::new();
        for (idx, component) in self.components.iter().enumerate() {
            let n = (component.height() / (PITCH * em)).round() as u32;
            if component.height() < TALL * em
                || component.height() > 8.0 * em
                || n < 2
                || component.width() < 0.4 * em
                || !is_in_cell(component.middle_x(), component.middle_y())
            {
                continue;
            }
            let mut rows = vec![0u32; (component.bottom - component.top) as usize];
            for run in &self.runs[component.runs.clone()] {
                rows[(run.y - component.top) as usize] += run.end - run.start;
            }
            let mut sorted = rows.clone();
            sorted.sort_unstable();
            let usual = sorted[sorted.len() / 2] as f32;
            let pitch = rows.len() as f32 / n as f32;
            let reach = (0.35 * em) as usize;
            let mut borders = Vec::new();
            for line in 1..n {
                let expected = (line as f32 * pitch) as usize;
                let from = expected.saturating_sub(reach);
                let to = (expected + reach).min(rows.len());
                let least = (from..to).min_by_key(|y| (rows[*y], y.abs_diff(expected)));
                if let Some(y) = least.filter(|y| rows[*y] as f32 <= LEAST * usual) {
                    borders.push(component.top + y as u32);
                }
            }
            if !borders.is_empty() {
                cut.push((idx, borders));
            }
        }
        for (idx, borders) in cut.into_iter().rev() {
            self.cut(idx, &borders);
        }
    }

    /// Replaces a component by what is above, between and below some rows.
    fn cut(&mut self, idx: usize, borders: &[u32]) {
        let whole = self.components[idx].clone();
        let runs: Vec<Run> = self.runs[whole.runs].to_vec();
        let mut edges = vec![0];
        edges.extend(borders);
        edges.push(u32::MAX);
        let mut parts = Vec::new();
        for pair in edges.windows(2) {
            let of_part = runs
                .iter()
                .filter(|run| run.y >= pair[0] && run.y < pair[1]);
            let start = self.runs.len();
            self.runs.extend(of_part);
            let own = &self.runs[start..];
            if own.is_empty() {
                continue;
            }
            let by = |pick: fn(&Run) -> u32| own.iter().map(pick);
            parts.push(Component {
                left: by(|r| r.start).min().unwrap_or(0),
                top: by(|r| r.y).min().unwrap_or(0),
                right: by(|r| r.end).max().unwrap_or(0),
                bottom: by(|r| r.y + 1).max().unwrap_or(0),
                area: by(|r| r.end - r.start).sum(),
                runs: start..self.runs.len(),
            });
        }
        self.components.splice(idx..=idx, parts);
    }
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
    fn lines_that_touch_are_cut_in_cells_only() {
        let mut gray = Gray::filled(60, 80, 255);
        for y in 5..65 {
            // Two characters of 28 rows, joined by a thin stroke.
            let width = if (33..37).contains(&y) { 2 } else { 28 };
            gray.pixels[y * 60 + 10..y * 60 + 10 + width].fill(0);
        }
        let mut ink = components(&gray, 128);
        ink.cut_between_lines(30.0, |_, _| false);
        assert_eq!(ink.components.len(), 1);
        ink.cut_between_lines(30.0, |_, _| true);
        assert_eq!(ink.components.len(), 2);
        let total: u32 = ink.components.iter().map(|c| c.area).sum();
        assert_eq!(total, 56 * 28 + 4 * 2);
        assert!(ink.components[0].bottom <= ink.components[1].top);
    }

    #[test]
    fn diagonals_touch() {
        assert_eq!(ink(&["#..", ".#.", "..#"]).components.len(), 1);
        assert_eq!(ink(&["..#", ".#.", "#.."]).components.len(), 1);
        assert_eq!(ink(&["#.#", "...", "#.#"]).components.len(), 4);
    }
}
