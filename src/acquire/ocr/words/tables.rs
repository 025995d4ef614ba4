//! Cells of a table become rules, each border once.
//!
//! In: cells with their places in the grid and on the page. Out: [`Rule`]s. Never: moves a border past another one.

use std::collections::BTreeMap;

use crate::acquire::ocr::Rule;

/// A cell of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CellBox {
    /// Row of its upper edge, from any number.
    pub row: usize,
    /// Column of its left edge, from any number.
    pub column: usize,
    /// Rows that it covers; 0 counts as 1.
    pub row_span: usize,
    /// Columns that it covers; 0 counts as 1.
    pub column_span: usize,
    /// Left, top, right and bottom, in units of the page.
    pub extent: (f32, f32, f32, f32),
}

/// More cells than this in a grid are no table.
const MOST_CELLS: usize = 60_000;

/// The borders of all cells. Boxes of neighbours that nearly touch share one border; a place in the grid that no cell
/// covers is a blank cell. Cells that fit no grid get borders of their own.
pub(super) fn rules_of_cells(cells: &[CellBox]) -> Vec<Rule> {
    grid_rules(cells).unwrap_or_else(|| {
        cells
            .iter()
            .flat_map(|cell| {
                let (left, top, right, bottom) = cell.extent;
                [
                    rule(true, top, left, right),
                    rule(true, bottom, left, right),
                    rule(false, left, top, bottom),
                    rule(false, right, top, bottom),
                ]
            })
            .collect()
    })
}

/// Cells whose rows and columns are told by their boxes alone: edges that nearly lie on each other are one border. None where
/// a cell would have no row or column then.
pub(super) fn place_cells(extents: &[(f32, f32, f32, f32)]) -> Option<Vec<CellBox>> {
    /// Edges this near, in heights of a usual cell, are one.
    const NEAR: f32 = 0.25;
    let mut heights: Vec<f32> = extents.iter().map(|e| e.3 - e.1).collect();
    heights.sort_by(f32::total_cmp);
    let near = NEAR * heights.get(heights.len() / 2)?;
    let xs = clusters(extents.iter().flat_map(|e| [e.0, e.2]).collect(), near);
    let ys = clusters(extents.iter().flat_map(|e| [e.1, e.3]).collect(), near);
    // The last border that begins at or before an edge.
    let index = |borders: &[f32], edge: f32| borders.partition_point(|b| *b <= edge) - 1;
    let cells = extents.iter().map(|&extent| {
        let (left, top, right, bottom) = extent;
        let (column, column_end) = (index(&xs, left), index(&xs, right));
        let (row, row_end) = (index(&ys, top), index(&ys, bottom));
        Some(CellBox {
            row,
            column,
            row_span: row_end.checked_sub(row).filter(|n| *n > 0)?,
            column_span: column_end.checked_sub(column).filter(|n| *n > 0)?,
            extent,
        })
    });
    cells.collect()
}

/// The least value of each group of values that lie no farther than `near` from the one before.
fn clusters(mut values: Vec<f32>, near: f32) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    let mut firsts: Vec<f32> = Vec::new();
    let mut before = f32::NEG_INFINITY;
    for value in values {
        if value - before > near {
            firsts.push(value);
        }
        before = value;
    }
    firsts
}

fn rule(horizontal: bool, position: f32, start: f32, end: f32) -> Rule {
    Rule {
        horizontal,
        position,
        start,
        end,
        thickness: 0.0,
    }
}

fn grid_rules(cells: &[CellBox]) -> Option<Vec<Rule>> {
    let first_row = cells.iter().map(|c| c.row).min()?;
    let first_column = cells.iter().map(|c| c.column).min()?;
    // Rows and columns, half-open, from 0.
    let mut ranges = Vec::with_capacity(cells.len());
    for cell in cells {
        let (row, column) = (cell.row - first_row, cell.column - first_column);
        let row_end = row.checked_add(cell.row_span.max(1))?;
        let column_end = column.checked_add(cell.column_span.max(1))?;
        ranges.push((row, row_end, column, column_end));
    }
    let n_rows = ranges.iter().map(|r| r.1).max()?;
    let n_columns = ranges.iter().map(|r| r.3).max()?;
    if n_rows.checked_mul(n_columns)? > MOST_CELLS {
        return None;
    }
    let mut xs: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
    let mut ys: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
    for (cell, range) in cells.iter().zip(&ranges) {
        ys.entry(range.0).or_default().push(cell.extent.1);
        ys.entry(range.1).or_default().push(cell.extent.3);
        xs.entry(range.2).or_default().push(cell.extent.0);
        xs.entry(range.3).or_default().push(cell.extent.2);
    }
    let (xs, ys) = (borders(xs, n_columns)?, borders(ys, n_rows)?);
    let mut owners: Vec<usize> = (0..n_rows * n_columns).map(|i| cells.len() + i).collect();
    // Later cells win: a merged cell stands behind those that it is merged of. Cells that overlap cost no more than the
    // grid for each of them.
    let n_covered: usize = ranges.iter().map(|r| (r.1 - r.0) * (r.3 - r.2)).sum();
    if n_covered > 4 * MOST_CELLS {
        return None;
    }
    for (owner, range) in ranges.iter().enumerate() {
        for row in range.0..range.1 {
            owners[row * n_columns + range.2..row * n_columns + range.3].fill(owner);
        }
    }
    let owner = |row: usize, column: usize| owners[row * n_columns + column];
    let mut rules = Vec::new();
    for (y, &position) in ys.iter().enumerate() {
        let parts = |x: usize| y == 0 || y == n_rows || owner(y - 1, x) != owner(y, x);
        push_stretches(&mut rules, true, position, &xs, &parts);
    }
    for (x, &position) in xs.iter().enumerate() {
        let parts = |y: usize| x == 0 || x == n_columns || owner(y, x - 1) != owner(y, x);
        push_stretches(&mut rules, false, position, &ys, &parts);
    }
    Some(rules)
}

/// Rules along one border wherever it parts two cells.
fn push_stretches(
    rules: &mut Vec<Rule>,
    horizontal: bool,
    position: f32,
    along: &[f32],
    parts: &dyn Fn(usize) -> bool,
) {
    let mut start: Option<f32> = None;
    for (idx, pair) in along.windows(2).enumerate() {
        if parts(idx) {
            start = start.or(Some(pair[0]));
        } else if let Some(start) = start.take() {
            rules.push(rule(horizontal, position, start, pair[0]));
        }
    }
    if let (Some(start), Some(&end)) = (start, along.last()) {
        rules.push(rule(horizontal, position, start, end));
    }
}

/// Where each border lies: the middle one of what its cells say. `None` where no cell says it, or they cross.
fn borders(mut said: BTreeMap<usize, Vec<f32>>, n: usize) -> Option<Vec<f32>> {
    let mut places = Vec::with_capacity(n + 1);
    for border in 0..=n {
        let values = said.get_mut(&border)?;
        values.sort_by(f32::total_cmp);
        places.push(values[values.len() / 2]);
    }
    places
        .windows(2)
        .all(|pair| pair[0] < pair[1])
        .then_some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(
        row: usize,
        column: usize,
        spans: (usize, usize),
        extent: (f32, f32, f32, f32),
    ) -> CellBox {
        CellBox {
            row,
            column,
            row_span: spans.0,
            column_span: spans.1,
            extent,
        }
    }

    #[track_caller]
    fn check(cells: &[CellBox], expected: &[(bool, f32, f32, f32)]) {
        let rules: Vec<_> = rules_of_cells(cells)
            .iter()
            .map(|r| (r.horizontal, r.position, r.start, r.end))
            .collect();
        assert_eq!(rules, expected);
    }

    #[test]
    fn a_merged_cell_has_no_border_inside() {
        check(
            &[
                cell(1, 1, (2, 1), (0.0, 0.0, 10.0, 20.0)),
                cell(1, 2, (1, 1), (10.0, 0.0, 30.0, 10.0)),
                cell(2, 2, (1, 1), (10.0, 10.0, 30.0, 20.0)),
            ],
            &[
                (true, 0.0, 0.0, 30.0),
                (true, 10.0, 10.0, 30.0),
                (true, 20.0, 0.0, 30.0),
                (false, 0.0, 0.0, 20.0),
                (false, 10.0, 0.0, 20.0),
                (false, 30.0, 0.0, 20.0),
            ],
        );
    }

    #[test]
    fn boxes_that_nearly_touch_share_a_border_and_gaps_are_blank_cells() {
        let rules = rules_of_cells(&[
            cell(0, 0, (1, 1), (0.0, 0.0, 9.0, 9.0)),
            cell(0, 1, (1, 1), (10.0, 0.0, 20.0, 10.0)),
            cell(1, 1, (1, 1), (10.0, 10.0, 20.0, 20.0)),
        ]);
        let uprights: Vec<f32> = rules
            .iter()
            .filter(|r| !r.horizontal)
            .map(|r| r.position)
            .collect();
        assert_eq!(uprights, [0.0, 10.0, 20.0]);
    }

    #[test]
    fn boxes_alone_tell_rows_and_columns() {
        let cells = place_cells(&[
            (0.0, 0.0, 101.0, 20.0),
            (100.0, 1.0, 200.0, 41.0),
            (0.0, 21.0, 50.0, 40.0),
            (51.0, 21.0, 99.0, 40.0),
        ]);
        let places: Vec<_> = cells
            .unwrap()
            .iter()
            .map(|c| (c.row, c.column, c.row_span, c.column_span))
            .collect();
        assert_eq!(
            places,
            [(0, 0, 1, 2), (0, 2, 2, 1), (1, 0, 1, 1), (1, 1, 1, 1)]
        );
        assert_eq!(place_cells(&[]), None);
        let sliver = (0.0, 0.0, 2.0, 20.0);
        assert_eq!(place_cells(&[sliver, (2.0, 0.0, 50.0, 20.0)]), None);
    }

    #[test]
    fn numbers_of_cells_are_not_trusted() {
        let huge = cell(0, usize::MAX, (usize::MAX, 3), (0.0, 0.0, 9.0, 9.0));
        assert_eq!(
            rules_of_cells(&[huge, cell(0, 0, (1, 1), (0.0, 0.0, 9.0, 9.0))]).len(),
            8
        );
        assert_eq!(rules_of_cells(&[]), []);
    }
}
