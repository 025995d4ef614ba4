//! Regions: the cells that rules enclose, and what is outside of them.
//!
//! In: [`Rules`] of a page. Out: which region a point is in. Never: looks at the picture.

use super::rules::Rules;
use super::traces::Trace;

/// Parts of a page that rules enclose.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Regions {
    width: usize,
    height: usize,
    /// 0 for what is outside all rules, [`WALL`] on a rule.
    labels: Vec<u32>,
}

/// Pixels of the page for one of the regions' map.
const MAP: usize = 4;
const WALL: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;

impl Regions {
    /// The regions of a page of this size.
    pub(super) fn of(rules: &Rules, page_width: usize, page_height: usize) -> Self {
        // One more on each side, so that the outside hangs together.
        let (width, height) = (page_width / MAP + 3, page_height / MAP + 3);
        let mut regions = Self {
            width,
            height,
            labels: vec![UNKNOWN; width * height],
        };
        for trace in &rules.level {
            regions.wall(trace, false);
        }
        for trace in &rules.upright {
            regions.wall(trace, true);
        }
        let mut label = 0;
        for start in 0..regions.labels.len() {
            if regions.labels[start] == UNKNOWN {
                regions.fill(start, label);
                label += 1;
            }
        }
        regions
    }

    fn wall(&mut self, trace: &Trace, is_upright: bool) {
        let step = MAP as f32 / 2.0;
        let n = (trace.length() / step).max(0.0) as usize + 2;
        for idx in 0..=n {
            let along = (trace.start + idx as f32 * step).min(trace.end);
            let across = trace.at(along);
            let (x, y) = if is_upright {
                (across, along)
            } else {
                (along, across)
            };
            if x >= 0.0 && y >= 0.0 {
                let (column, row) = (x as usize / MAP + 1, y as usize / MAP + 1);
                if column < self.width && row < self.height {
                    self.labels[row * self.width + column] = WALL;
                }
                // Steps of a leaning wall must not leak at their corners.
                let beside = if is_upright {
                    (column + 1, row)
                } else {
                    (column, row + 1)
                };
                let near = (across / MAP as f32).fract() > 0.5;
                if near && beside.0 < self.width && beside.1 < self.height {
                    self.labels[beside.1 * self.width + beside.0] = WALL;
                }
            }
        }
    }

    fn fill(&mut self, start: usize, label: u32) {
        let mut stack = vec![start];
        self.labels[start] = label;
        while let Some(at) = stack.pop() {
            let (column, row) = (at % self.width, at / self.width);
            let mut visit = |to: usize, labels: &mut [u32]| {
                if labels[to] == UNKNOWN {
                    labels[to] = label;
                    stack.push(to);
                }
            };
            if column > 0 {
                visit(at - 1, &mut self.labels);
            }
            if column + 1 < self.width {
                visit(at + 1, &mut self.labels);
            }
            if row > 0 {
                visit(at - self.width, &mut self.labels);
            }
            if row + 1 < self.height {
                visit(at + self.width, &mut self.labels);
            }
        }
    }

    /// The cell along whose rim a point of the page is: two or three squares of the map from its rule, where seldom anything is printed.
    pub(super) fn cell_at_rim(&self, x: usize, y: usize) -> Option<u32> {
        const RIM: std::ops::RangeInclusive<usize> = 2..=3;
        let (column, row) = (x / MAP + 1, y / MAP + 1);
        if column + 1 + RIM.end() >= self.width || row + 1 + RIM.end() >= self.height {
            return None;
        }
        let at = row * self.width + column;
        let label = self.labels[at];
        if label == 0 || label >= UNKNOWN || column <= *RIM.end() || row <= *RIM.end() {
            return None;
        }
        let is_wall = |d: usize| {
            [at - d, at + d, at - d * self.width, at + d * self.width]
                .iter()
                .any(|near| self.labels[*near] == WALL)
        };
        (!is_wall(1) && RIM.into_iter().any(is_wall)).then_some(label)
    }

    /// The region of a point of the page; 0 outside all rules. A point on a rule belongs to what is beside it.
    pub(super) fn at(&self, x: f32, y: f32) -> u32 {
        let column = (x.max(0.0) as usize / MAP + 1).min(self.width - 1);
        let row = (y.max(0.0) as usize / MAP + 1).min(self.height - 1);
        for reach in 0..4usize {
            for (dx, dy) in [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)] {
                let shift = |at: usize, d: isize| at.checked_add_signed(d * reach as isize);
                let (Some(column), Some(row)) = (shift(column, dx), shift(row, dy)) else {
                    continue;
                };
                if column < self.width && row < self.height {
                    let label = self.labels[row * self.width + column];
                    if label < UNKNOWN {
                        return label;
                    }
                }
            }
        }
        0
    }
}
