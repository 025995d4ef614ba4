//! Grids from rulings: rules are snapped to each other, those that meet form a grid, and what no rule separates is one
//! cell.
//!
//! In: the rulings of a page. Out: [`Grid`]s with their cells. Never: looks at text.

use crate::model::geometry::BBox;
use crate::model::page::{Axis, Ruling};

use super::params::LayoutParams;
use super::rules::{Rule, Sets, connected, snap};

/// A grid of cells between rules.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    /// Column boundaries from left to right, points; at least two.
    pub xs: Vec<f32>,
    /// Row boundaries from top to bottom, points; at least two.
    pub ys: Vec<f32>,
    /// Cells sorted by row, then column; no two overlap.
    pub cells: Vec<GridCell>,
    /// Cell of each elementary place, row by row; [`NO_CELL`] outside the table.
    places: Vec<u32>,
    /// For each column, whether a rule closes the first row at its top.
    pub top_closed: Vec<bool>,
    /// For each column, whether a rule closes the last row at its bottom.
    pub bottom_closed: Vec<bool>,
}

/// A cell of a grid, in elementary rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GridCell {
    pub row: u32,
    pub col: u32,
    pub row_span: u32,
    pub col_span: u32,
}

const NO_CELL: u32 = u32::MAX;

impl Grid {
    /// Box around the grid.
    pub(super) fn bbox(&self) -> BBox {
        let (left, right) = (self.xs[0], self.xs[self.xs.len() - 1]);
        BBox {
            left,
            right,
            top: self.ys[0],
            bottom: self.ys[self.ys.len() - 1],
        }
    }

    /// Box of a cell.
    pub(super) fn cell_box(&self, cell: &GridCell) -> BBox {
        BBox {
            left: self.xs[cell.col as usize],
            right: self.xs[(cell.col + cell.col_span) as usize],
            top: self.ys[cell.row as usize],
            bottom: self.ys[(cell.row + cell.row_span) as usize],
        }
    }

    /// Index of the cell that holds a point.
    pub(super) fn cell_at(&self, x: f32, y: f32) -> Option<usize> {
        let col = place_of(&self.xs, x)?;
        let row = place_of(&self.ys, y)?;
        let cell = self.places[row * (self.xs.len() - 1) + col];
        (cell != NO_CELL).then_some(cell as usize)
    }
}

/// Index of the interval of `bounds` that holds `at`.
fn place_of(bounds: &[f32], at: f32) -> Option<usize> {
    let after = bounds.partition_point(|&b| b <= at);
    (after > 0 && after < bounds.len()).then(|| after - 1)
}

/// Finds the grids of a page: `em` is its usual character size in points.
///
/// Edges of filled areas count only where no drawn rules make a grid, and only where they make a full one: the shading
/// of a header row is no table.
pub(super) fn find_grids(rulings: &[Ruling], em: f32, params: &LayoutParams) -> Vec<Grid> {
    let usable = |r: &&Ruling| {
        r.position.is_finite()
            && r.start.is_finite()
            && r.end.is_finite()
            && r.start <= r.end
            && r.position.abs() < 1e6
    };
    let (drawn, edges): (Vec<Ruling>, Vec<Ruling>) = rulings
        .iter()
        .filter(usable)
        .copied()
        .partition(|r| r.thickness > 0.0);
    let mut grids = grids_of(&drawn, em, params);
    let boxes: Vec<BBox> = grids.iter().map(Grid::bbox).collect();
    let free: Vec<Ruling> = edges
        .into_iter()
        .filter(|edge| {
            let middle = (edge.start + edge.end) / 2.0;
            let (x, y) = if edge.axis == Axis::Horizontal {
                (middle, edge.position)
            } else {
                (edge.position, middle)
            };
            let slack = em * params.crossing_em;
            !boxes.iter().any(|b| {
                x >= b.left - slack
                    && x <= b.right + slack
                    && y >= b.top - slack
                    && y <= b.bottom + slack
            })
        })
        .collect();
    grids.extend(grids_of(&free, em, params).into_iter().filter(is_full));
    grids
}

/// Whether a grid has two rows and columns at least and no cell that fills a row.
fn is_full(grid: &Grid) -> bool {
    let (n_cols, n_rows) = (grid.xs.len() - 1, grid.ys.len() - 1);
    n_cols >= 2
        && n_rows >= 2
        && grid
            .cells
            .iter()
            .filter(|c| c.col_span as usize == n_cols)
            .count()
            * 2
            < n_rows.max(2)
}

fn grids_of(rulings: &[Ruling], em: f32, params: &LayoutParams) -> Vec<Grid> {
    let across = snap(rulings, Axis::Horizontal, em, params);
    let down = snap(rulings, Axis::Vertical, em, params);
    if across.is_empty() || down.is_empty() || across.len() + down.len() > params.max_rules {
        return Vec::new();
    }
    connected(&across, &down, em * params.crossing_em)
        .into_iter()
        .filter_map(|(across, down)| grid_of(&across, &down, em, params))
        .collect()
}

fn grid_of(across: &[Rule], down: &[Rule], em: f32, params: &LayoutParams) -> Option<Grid> {
    let xs = bounds(down, across, em, params);
    let ys = bounds(across, down, em, params);
    let (n_cols, n_rows) = (xs.len().checked_sub(1)?, ys.len().checked_sub(1)?);
    if n_cols == 0
        || n_rows == 0
        || n_cols * n_rows < 2
        || n_cols.saturating_mul(n_rows) > params.max_grid_cells
    {
        return None;
    }
    // Edges: above[row][col] for rows 0..=n_rows, before[row][col] for cols 0..=n_cols.
    let mut above = vec![false; (n_rows + 1) * n_cols];
    let mut before = vec![false; n_rows * (n_cols + 1)];
    for rule in across {
        let row = nearest(&ys, rule.position);
        for col in covered(&xs, rule) {
            above[row * n_cols + col] = true;
        }
    }
    for rule in down {
        let col = nearest(&xs, rule.position);
        for row in covered(&ys, rule) {
            before[row * (n_cols + 1) + col] = true;
        }
    }
    let mut sets = Sets::new(n_rows * n_cols);
    for row in 0..n_rows {
        for col in 0..n_cols {
            let here = row * n_cols + col;
            if col + 1 < n_cols && !before[row * (n_cols + 1) + col + 1] {
                sets.unite(here, here + 1);
            }
            if row + 1 < n_rows && !above[(row + 1) * n_cols + col] {
                sets.unite(here, here + n_cols);
            }
        }
    }
    let region: Vec<usize> = (0..n_rows * n_cols).map(|place| sets.find(place)).collect();
    let is_cell = |cell: &GridCell| {
        let (top, left) = (cell.row as usize, cell.col as usize);
        let (bottom, right) = (top + cell.row_span as usize, left + cell.col_span as usize);
        let sides = (top..bottom)
            .all(|r| before[r * (n_cols + 1) + left] && before[r * (n_cols + 1) + right]);
        sides || (left..right).all(|c| above[top * n_cols + c] && above[bottom * n_cols + c])
    };
    let mut cells: Vec<GridCell> = rectangles(&region, n_rows, n_cols)
        .into_iter()
        .filter(is_cell)
        .collect();
    cells.sort_by_key(|c| (c.row, c.col));
    if cells.len() < 2 {
        return None;
    }
    let mut places = vec![NO_CELL; n_rows * n_cols];
    for (index, cell) in cells.iter().enumerate() {
        for row in cell.row..cell.row + cell.row_span {
            let from = row as usize * n_cols + cell.col as usize;
            places[from..from + cell.col_span as usize].fill(index as u32);
        }
    }
    let top_closed = above[..n_cols].to_vec();
    let bottom_closed = above[n_rows * n_cols..].to_vec();
    Some(Grid {
        xs,
        ys,
        cells,
        places,
        top_closed,
        bottom_closed,
    })
}

/// Boundaries that the rules of one axis make, slivers collapsed, and the open sides that the rules of the other axis
/// reach to.
fn bounds(rules: &[Rule], others: &[Rule], em: f32, params: &LayoutParams) -> Vec<f32> {
    let mut at: Vec<f32> = rules.iter().map(|r| r.position).collect();
    // A side is open where two other rules at least run past the last boundary.
    if others.len() >= 2 {
        let mut starts: Vec<f32> = others.iter().map(|r| r.start).collect();
        let mut ends: Vec<f32> = others.iter().map(|r| r.end).collect();
        starts.sort_by(f32::total_cmp);
        ends.sort_by(|a, b| b.total_cmp(a));
        let low = at.iter().copied().fold(f32::INFINITY, f32::min);
        let high = at.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if starts[1] < low - params.open_side_em * em {
            at.push(starts[1]);
        }
        if ends[1] > high + params.open_side_em * em {
            at.push(ends[1]);
        }
    }
    at.sort_by(f32::total_cmp);
    let mut kept: Vec<f32> = Vec::new();
    for position in at {
        if kept
            .last()
            .is_none_or(|&last| position - last >= params.min_cell_em * em)
        {
            kept.push(position);
        }
    }
    kept
}

fn nearest(bounds: &[f32], position: f32) -> usize {
    let after = bounds.partition_point(|&b| b < position);
    if after == 0 {
        return 0;
    }
    if after == bounds.len() || position - bounds[after - 1] <= bounds[after] - position {
        after - 1
    } else {
        after
    }
}

/// Intervals of `bounds` that a rule covers for the most part.
fn covered(bounds: &[f32], rule: &Rule) -> impl Iterator<Item = usize> {
    const SHARE: f32 = 0.6;
    let from = bounds
        .partition_point(|&b| b <= rule.start)
        .saturating_sub(1);
    let to = bounds
        .partition_point(|&b| b < rule.end)
        .min(bounds.len() - 1);
    (from..to)
        .filter(move |&i| {
            let shared = rule.end.min(bounds[i + 1]) - rule.start.max(bounds[i]);
            shared >= SHARE * (bounds[i + 1] - bounds[i])
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// Rectangles of equal regions: a region that is no rectangle is cut into some.
fn rectangles(region: &[usize], n_rows: usize, n_cols: usize) -> Vec<GridCell> {
    let mut done: Vec<GridCell> = Vec::new();
    // Rectangles that still grow downwards, by their first column.
    let mut open: Vec<(usize, GridCell)> = Vec::new();
    for row in 0..n_rows {
        let mut next: Vec<(usize, GridCell)> = Vec::new();
        let mut above = std::mem::take(&mut open).into_iter().peekable();
        let mut col = 0;
        while col < n_cols {
            let id = region[row * n_cols + col];
            let mut end = col + 1;
            while end < n_cols && region[row * n_cols + end] == id {
                end += 1;
            }
            while above
                .peek()
                .is_some_and(|(_, cell)| (cell.col as usize) < col)
            {
                done.extend(above.next().map(|(_, cell)| cell));
            }
            let span = (end - col) as u32;
            let grows = above.peek().is_some_and(|(up, cell)| {
                *up == id && cell.col as usize == col && cell.col_span == span
            });
            match above.next_if(|_| grows) {
                Some((_, mut cell)) => {
                    cell.row_span += 1;
                    next.push((id, cell));
                }
                None => next.push((
                    id,
                    GridCell {
                        row: row as u32,
                        col: col as u32,
                        row_span: 1,
                        col_span: span,
                    },
                )),
            }
            col = end;
        }
        done.extend(above.map(|(_, cell)| cell));
        open = next;
    }
    done.extend(open.into_iter().map(|(_, cell)| cell));
    done
}

#[cfg(test)]
mod tests {
    use super::super::drawing::Drawing;
    use super::*;
    use expect_test::{Expect, expect};

    fn check(drawing: Drawing, expected: Expect) {
        let grids = find_grids(&drawing.page().rulings, 10.0, &LayoutParams::default());
        let shown: Vec<String> = grids
            .iter()
            .map(|g| {
                let cells: Vec<String> = g
                    .cells
                    .iter()
                    .map(|c| format!("{},{}+{}x{}", c.row, c.col, c.row_span, c.col_span))
                    .collect();
                format!("{}x{}: {}", g.ys.len() - 1, g.xs.len() - 1, cells.join(" "))
            })
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_rule_that_is_missing_makes_a_span() {
        let drawing = Drawing::new()
            .h(0.0, 0.0, 100.0)
            .h(20.0, 50.0, 100.0)
            .h(40.0, 0.0, 100.0);
        check(
            drawing
                .v(0.0, 0.0, 40.0)
                .v(50.0, 0.0, 40.0)
                .v(100.0, 0.0, 40.0),
            expect!["2x2: 0,0+2x1 0,1+1x1 1,1+1x1"],
        );
    }

    #[test]
    fn double_rules_are_one_boundary() {
        check(
            Drawing::new().grid(&[0.0, 50.0, 52.0, 100.0], &[0.0, 2.5, 20.0]),
            expect!["1x2: 0,0+1x1 0,1+1x1"],
        );
    }

    #[test]
    fn sides_may_be_open() {
        let drawing = Drawing::new()
            .h(0.0, 0.0, 100.0)
            .h(20.0, 0.0, 100.0)
            .h(40.0, 0.0, 100.0)
            .v(50.0, 0.0, 40.0);
        check(drawing, expect!["2x2: 0,0+1x1 0,1+1x1 1,0+1x1 1,1+1x1"]);
    }

    #[test]
    fn the_last_row_may_be_open_below() {
        let drawing = Drawing::new().h(0.0, 0.0, 100.0).h(20.0, 0.0, 100.0);
        check(
            drawing
                .v(0.0, 0.0, 40.0)
                .v(50.0, 0.0, 40.0)
                .v(100.0, 0.0, 40.0),
            expect!["2x2: 0,0+1x1 0,1+1x1 1,0+1x1 1,1+1x1"],
        );
    }

    #[test]
    fn what_lies_outside_is_no_cell() {
        let drawing = Drawing::new()
            .grid(&[0.0, 50.0], &[0.0, 20.0, 40.0])
            .grid(&[50.0, 100.0], &[20.0, 40.0]);
        check(drawing, expect!["2x2: 0,0+1x1 1,0+1x1 1,1+1x1"]);
    }

    #[test]
    fn a_frame_and_an_underline_are_no_grid() {
        check(
            Drawing::new()
                .grid(&[0.0, 100.0], &[0.0, 100.0])
                .h(50.0, 20.0, 80.0),
            expect![""],
        );
    }
}
