//! Outlines: rows of indicators under rows that hold a level alone.

use crate::model::{Gap, Separator};

use super::compiled::{ColumnKind, Grammars};
use super::grid::{GridCell, Row, RowKind};
use super::header::{Header, header_at, overlaps};
use super::list_header::{INDICATORS, stands_in};
use super::opening::opens_field;
use super::titles::title_of;

/// Gives the levels of outlines to their rows: of tables whose first row holds a known first level alone.
pub(super) fn unfold(rows: Vec<Row>, grammars: &Grammars) -> Vec<Row> {
    let Some(first) = (0..rows.len()).find(|at| outline_at(&rows, *at, grammars).is_some()) else {
        return rows;
    };
    let mut result = rows[..first].to_vec();
    let mut at = first;
    while at < rows.len() {
        let Some(levels) = outline_at(&rows, at, grammars) else {
            result.push(rows[at].clone());
            at += 1;
            continue;
        };
        let end = end_of(&rows, at, grammars);
        let (unfolded, left) = with_levels(rows[at..end].to_vec(), &levels);
        result.extend(unfolded);
        result.extend(lines_of(left));
        at = end;
    }
    result
}

/// Extents of the columns of levels, where row `at` holds a first level alone, right beneath a header.
fn outline_at(rows: &[Row], at: usize, grammars: &Grammars) -> Option<Vec<(f32, f32)>> {
    let row = &rows[at];
    let mut texts = row.cells.iter().filter(|cell| !cell.is_blank());
    let (cell, None) = (texts.next()?, texts.next()) else {
        return None;
    };
    let text: String = cell.folded.chars.iter().collect();
    if !row.kind.has_columns()
        || cell.continued
        || grammars.vocabulary.known_level1(&text).is_none()
    {
        return None;
    }
    let above = (1..=2).filter_map(|n| at.checked_sub(n));
    let mut headers = above.filter_map(|above| {
        let header = header_at(rows, above, grammars)?;
        (above + header.n_rows == at).then_some(header)
    });
    let levels = levels_of(&headers.next()?, grammars)?;
    stands_in(cell, *levels.first()?).then_some(levels)
}

/// Extents of the columns of levels 1 and 2 of a table of indicators.
pub(super) fn levels_of(header: &Header, grammars: &Grammars) -> Option<Vec<(f32, f32)>> {
    let spec = &grammars.tables[header.table];
    let of_level = |column: &&super::header::HeaderColumn| {
        let kind = column.column.map(|idx| spec.columns[idx].kind);
        matches!(kind, Some(ColumnKind::Level1 | ColumnKind::Level2))
    };
    let levels = header.columns.iter().filter(of_level);
    (spec.key == INDICATORS).then(|| levels.map(|column| (column.start, column.end)).collect())
}

/// The row behind a table that goes on from row `at`, in cells of its own on the next page, too.
fn end_of(rows: &[Row], at: usize, grammars: &Grammars) -> usize {
    let first = &rows[at];
    let goes_on = |row: &Row| match (first.table, row.table) {
        (Some(a), Some(b)) => a == b || row.n_columns() == first.n_columns(),
        (None, None) => {
            let mut printed = row.printed();
            let opens = |cell: &GridCell| opens_field(row, cell, &[], grammars);
            row.gap != Gap::Large && !printed.next().is_some_and(opens)
        }
        _ => false,
    };
    let behind = rows[at..].iter().position(|row| {
        !row.furniture
            && (row.kind != first.kind || !goes_on(row) || title_of(row, grammars).is_some())
    });
    behind.map_or(rows.len(), |n| at + n)
}

/// Levels that no row has taken, each as a line close behind the table: it is none of its rows.
pub(super) fn lines_of(left: Vec<GridCell>) -> impl Iterator<Item = Row> {
    left.into_iter().map(|cell| Row {
        cells: vec![cell],
        kind: RowKind::Line(Separator::Single),
        gap: Gap::None,
        table: None,
        furniture: false,
        repeated: false,
    })
}

/// Whether a row holds levels alone.
pub(super) fn is_of_levels(row: &Row, levels: &[(f32, f32)]) -> bool {
    let is_level = |cell: &GridCell| levels.iter().any(|level| stands_in(cell, *level));
    let mut texts = row.cells.iter().filter(|cell| !cell.is_blank());
    texts.all(|cell| !cell.continued && is_level(cell))
}

/// Rows of which some hold a level alone: it is that of the rows beneath, and goes into the first of them. Also the levels that no row
/// has taken.
pub(super) fn with_levels(rows: Vec<Row>, levels: &[(f32, f32)]) -> (Vec<Row>, Vec<GridCell>) {
    let mut result: Vec<Row> = Vec::with_capacity(rows.len());
    let (mut held, mut left): (Vec<GridCell>, Vec<GridCell>) = Default::default();
    for mut row in rows {
        if is_of_levels(&row, levels) {
            for cell in row.cells.into_iter().filter(|cell| !cell.is_blank()) {
                // Another of the same level, or of one above it, ends those beneath.
                left.extend(held.extract_if(.., |other| other.end > cell.start + 0.01));
                held.push(cell);
            }
            continue;
        }
        for cell in held.drain(..) {
            let is_there = |other: &GridCell| overlaps(other, &cell) && !other.is_blank();
            if row.cells.iter().any(is_there) {
                left.push(cell);
            } else {
                row.cells.retain(|other| !overlaps(other, &cell));
                row.cells.push(cell);
            }
        }
        row.cells.sort_by(|a, b| a.start.total_cmp(&b.start));
        result.push(row);
    }
    left.extend(held);
    (result, left)
}
