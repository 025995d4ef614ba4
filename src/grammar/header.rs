//! Headers: which row opens a table of rows, and where its columns stand.

use std::collections::BTreeMap;

use crate::model::{RawText, Separator};

use super::compiled::{ColumnKind, Grammars, TableInto, TableSpec};
use super::fold::{Folded, fold, is_white};
use super::grid::{GridCell, Row, RowKind};
use super::grouped::grouped;
use super::labels::{LabelHit, LabelSearch, Terminator, label_at};
use super::misread::{Misread, misread_columns};

/// The header of a table of rows.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// Index into [`Grammars::tables`].
    pub(super) table: usize,
    /// Columns from left to right.
    pub(super) columns: Vec<HeaderColumn>,
    /// Rows that the header takes.
    pub(super) n_rows: usize,
    /// Printed texts left of the first column: labels of groups.
    pub(super) lead: Vec<RawText>,
    /// Kind of the row its columns stand in.
    pub(super) kind: RowKind,
    /// Labels that were misread.
    pub(super) misread: Vec<Misread>,
}

/// A column as its header stands.
#[derive(Debug, Clone)]
pub(super) struct HeaderColumn {
    /// Index into the table's columns; `None` for a header that the grammar does not know.
    pub(super) column: Option<usize>,
    /// Index into the table's groups, where it stands under one.
    pub(super) group: Option<usize>,
    /// Extent in the measure of its row's kind.
    pub(super) start: f32,
    pub(super) end: f32,
    /// As printed.
    pub(super) label: RawText,
    /// What its bracket says, folded.
    pub(super) bracket: Option<String>,
    /// In the row at hand it carries no value: only a dash may stand in it.
    pub(super) closed: bool,
}

/// A label found in a cell of a header row.
pub(super) struct Found {
    pub(super) id: Option<usize>,
    pub(super) start: f32,
    pub(super) end: f32,
    pub(super) label: RawText,
    pub(super) bracket: Option<String>,
    pub(super) continued: bool,
}

/// The best header that begins in row `at`.
pub(super) fn header_at(rows: &[Row], at: usize, grammars: &Grammars) -> Option<Header> {
    let mut best: Option<Header> = None;
    for (idx, spec) in grammars.tables.iter().enumerate() {
        let found = if spec.groups.is_empty() {
            simple(rows, at, idx, spec, grammars)
        } else {
            grouped(rows, at, idx, spec, grammars)
        };
        if let Some(header) = found
            && best.as_ref().is_none_or(|b| known(&header) > known(b))
        {
            best = Some(header);
        }
    }
    best
}

fn known(header: &Header) -> usize {
    header.columns.iter().filter(|c| c.column.is_some()).count()
}

/// A header of one row of column labels, or of two where labels are broken over two rows of a table without rules.
fn simple(
    rows: &[Row],
    at: usize,
    table: usize,
    spec: &TableSpec,
    grammars: &Grammars,
) -> Option<Header> {
    let single = simple_in(&rows[at], table, spec, grammars).map(|header| {
        match parted_columns(&header.columns, rows, at, spec, grammars) {
            Some(mut columns) => {
                keep_first_of_each(&mut columns, spec);
                Header {
                    columns,
                    n_rows: 2,
                    ..header
                }
            }
            None => header,
        }
    });
    let below = rows
        .get(at + 1)
        .filter(|next| rows[at].kind == RowKind::Aligned && next.table == rows[at].table);
    let Some(merged) = below.and_then(|next| merge_fragments(&rows[at], next)) else {
        return single;
    };
    let double = simple_in(&merged, table, spec, grammars).map(|header| Header {
        n_rows: 2,
        ..header
    });
    match (&single, &double) {
        (Some(one), Some(two)) if known(one) >= known(two) => single,
        (_, Some(_)) => double,
        _ => single,
    }
}

/// Longest piece of a broken label, in characters.
const LONGEST_FRAGMENT: usize = 8;

/// Two rows as one, the texts of a column joined; `None` where the lower row is more than the ends of labels.
fn merge_fragments(upper: &Row, lower: &Row) -> Option<Row> {
    let is_fragment = |c: &GridCell| {
        c.folded.len() <= LONGEST_FRAGMENT && !c.folded.chars.iter().any(char::is_ascii_digit)
    };
    if lower.printed().count() == 0 || !lower.printed().all(is_fragment) {
        return None;
    }
    let mut merged = upper.clone();
    merged.cells.retain(|c| !c.is_blank());
    for fragment in lower.printed() {
        match merged.cells.iter_mut().find(|c| overlaps(c, fragment)) {
            Some(cell) => *cell = joined_cell(cell, fragment),
            None => merged.cells.push(fragment.clone()),
        }
    }
    merged.cells.sort_by(|a, b| a.start.total_cmp(&b.start));
    Some(merged)
}

pub(super) fn overlaps(a: &GridCell, b: &GridCell) -> bool {
    a.start < b.end - 0.01 && b.start < a.end - 0.01
}

pub(super) fn joined_cell(upper: &GridCell, lower: &GridCell) -> GridCell {
    let text = format!("{}{}", upper.text, lower.text);
    let folded = Folded::new(&text);
    GridCell {
        text,
        folded,
        start: upper.start.min(lower.start),
        end: upper.end.max(lower.end),
        place: upper.place.join(&lower.place),
        ..upper.clone()
    }
}

fn simple_in(row: &Row, table: usize, spec: &TableSpec, grammars: &Grammars) -> Option<Header> {
    if row.cells.len() < spec.min_columns && !is_loose(row.kind) {
        return None;
    }
    let mut found = find_labels(
        row,
        |text, from, search| {
            label_at(
                &spec.column_tree,
                text,
                from,
                search,
                &grammars.vocabulary.confusions,
            )
        },
        true,
    );
    let misread = misread_columns(&mut found, spec);
    let mut columns: Vec<HeaderColumn> = Vec::new();
    let mut lead = Vec::new();
    for item in found {
        if item.id.is_none() && columns.is_empty() {
            lead.push(item.label);
            continue;
        }
        if item.continued && item.id.is_none() {
            continue;
        }
        columns.push(HeaderColumn {
            column: item.id,
            group: None,
            start: item.start,
            end: item.end,
            label: item.label,
            bracket: item.bracket,
            closed: false,
        });
    }
    let keys = columns
        .iter()
        .filter_map(|c| c.column)
        .map(|c| spec.columns[c].key.as_str())
        .collect::<Vec<_>>();
    let n_known = keys.len();
    let enough = n_known >= spec.min_columns && n_known * 10 >= columns.len() * 6;
    let any = spec.any_of.is_empty() || spec.any_of.iter().any(|key| keys.contains(&key.as_str()));
    let all = spec.all_of.iter().all(|key| keys.contains(&key.as_str()));
    let few_leads = lead.len() <= 2;
    if !(enough && any && all && few_leads) {
        return None;
    }
    head_of_twins(&mut columns, &mut lead, spec);
    keep_first_of_each(&mut columns, spec);
    Some(Header {
        table,
        columns,
        n_rows: 1,
        lead,
        kind: row.kind,
        misread,
    })
}

/// `任务名称 | 主要内容 | 预算金额` over `总额 | 财政拨款 | 其他资金`: columns whose header is parted by a second row of
/// labels. The part that is a label of its column, else the first, is the column; the others hold what they say.
fn parted_columns(
    columns: &[HeaderColumn],
    rows: &[Row],
    at: usize,
    spec: &TableSpec,
    grammars: &Grammars,
) -> Option<Vec<HeaderColumn>> {
    let (row, next) = (&rows[at], rows.get(at + 1)?);
    let piped = row.kind.is_piped();
    if next.kind != row.kind || next.table != row.table {
        return None;
    }
    let parts: Vec<&GridCell> = next.printed().collect();
    if parts.len() < 2 || spec.into == TableInto::Fields {
        return None;
    }
    let whole = LabelSearch {
        allow_space: false,
        allow_confusions: false,
        whole: true,
    };
    let confusions = BTreeMap::new();
    let column_of = |cell: &GridCell| {
        label_at(&spec.column_tree, &cell.folded, 0, whole, &confusions).map(|hit| hit.label)
    };
    let is_label = |cell: &&GridCell| {
        column_of(cell).is_some()
            || label_at(&grammars.label_tree, &cell.folded, 0, whole, &confusions).is_some()
    };
    if !parts.iter().all(is_label) {
        return None;
    }
    let mut result = Vec::new();
    let mut n_placed = 0;
    if is_loose(row.kind) {
        // Positions say little: only a lone column of amounts can be parted into labels of amounts.
        let amounts = |c: &HeaderColumn| {
            c.column
                .is_some_and(|idx| spec.columns[idx].kind == ColumnKind::Amount)
        };
        let lone = columns.iter().filter(|c| amounts(c)).count() == 1
            && columns.last().is_some_and(amounts);
        if !lone
            || !parts.iter().any(|cell| {
                column_of(cell)
                    .is_some_and(|c| columns.last().is_some_and(|last| last.column == Some(c)))
            })
        {
            return None;
        }
    }
    for (idx, column) in columns.iter().enumerate() {
        // Between tabs a header over several columns is followed by blanks.
        let end = if piped {
            columns.get(idx + 1).map_or(f32::INFINITY, |c| c.start)
        } else {
            column.end
        };
        let own: Vec<&GridCell> = match is_loose(row.kind) {
            true if idx + 1 == columns.len() => parts.clone(),
            true => Vec::new(),
            false => parts
                .iter()
                .copied()
                .filter(|c| c.start >= column.start - 0.01 && c.start < end - 0.01)
                .collect(),
        };
        if own.len() < 2 {
            if !own.is_empty() {
                return None;
            }
            result.push(column.clone());
            continue;
        }
        n_placed += own.len();
        let same = |cell: &GridCell| column_of(cell).is_some_and(|c| Some(c) == column.column);
        let main = own.iter().position(|cell| same(cell)).unwrap_or(0);
        for (nth, cell) in own.iter().enumerate() {
            let id = if nth == main {
                column.column
            } else {
                column_of(cell).filter(|c| columns.iter().all(|other| other.column != Some(*c)))
            };
            let label = RawText {
                text: cell.text.clone(),
                place: cell.place,
                confidence: cell.confidence,
            };
            result.push(HeaderColumn {
                column: id,
                group: None,
                start: cell.start,
                end: cell.end,
                label,
                bracket: column.bracket.clone(),
                closed: false,
            });
        }
    }
    (n_placed == parts.len()).then_some(result)
}

/// `年度总体目标 | 预期目标 | 实际完成情况`: where the first column's key comes again, the first is the head of the others.
fn head_of_twins(columns: &mut Vec<HeaderColumn>, lead: &mut Vec<RawText>, spec: &TableSpec) {
    let key = |c: &HeaderColumn| c.column.map(|idx| spec.columns[idx].key.as_str());
    let again = spec.into == TableInto::Fields
        && columns.len() > 1
        && columns[1..].iter().any(|c| key(c) == key(&columns[0]));
    if again {
        lead.push(columns.remove(0).label);
    }
}

/// A column label printed twice is known once: the second keeps its place, without a key, or with that of the column whose twin it is.
fn keep_first_of_each(columns: &mut [HeaderColumn], spec: &TableSpec) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for column in columns.iter_mut() {
        if let Some(idx) = column.column {
            let key = spec.columns[idx].key.as_str();
            let n = seen.entry(key).or_default();
            *n += 1;
            if *n > 1 && key != "ignored" && !key.starts_with('=') {
                let folded = fold(&column.label.text);
                column.column = (spec.columns.iter()).position(|c| c.twins.contains(&folded));
            }
        }
    }
}

fn is_loose(kind: RowKind) -> bool {
    matches!(
        kind,
        RowKind::Line(Separator::Single | Separator::Spaces | Separator::Position)
    )
}

/// Labels in the cells of a row; where a cell is no label it stands without an id.
pub(super) fn find_labels(
    row: &Row,
    find: impl Fn(&Folded, usize, LabelSearch) -> Option<LabelHit>,
    confusions: bool,
) -> Vec<Found> {
    let mut found = Vec::new();
    for cell in row.cells.iter().filter(|c| !c.is_blank()) {
        let whole = LabelSearch {
            allow_space: false,
            allow_confusions: confusions,
            whole: true,
        };
        if let Some(hit) = find(&cell.folded, 0, whole) {
            found.push(from_cell(cell, Some(hit.label), hit.bracket));
        } else if is_loose(row.kind) && cell.folded.len() > 2 {
            split_labels(cell, &find, &mut found);
        } else {
            found.push(from_cell(cell, None, None));
        }
    }
    found
}

fn from_cell(cell: &GridCell, id: Option<usize>, bracket: Option<String>) -> Found {
    let label = RawText {
        text: cell.text.clone(),
        place: cell.place,
        confidence: cell.confidence,
    };
    Found {
        id,
        start: cell.start,
        end: cell.end,
        label,
        bracket,
        continued: cell.continued,
    }
}

/// Several labels in one segment, with single spaces between.
fn split_labels(
    cell: &GridCell,
    find: &impl Fn(&Folded, usize, LabelSearch) -> Option<LabelHit>,
    found: &mut Vec<Found>,
) {
    let folded = &cell.folded;
    let width = (cell.end - cell.start) / cell.text.chars().count().max(1) as f32;
    let mut at = 0;
    while at < folded.len() {
        let search = LabelSearch {
            allow_space: true,
            allow_confusions: false,
            whole: false,
        };
        let next = (at + 1..folded.len())
            .find(|idx| folded.space_before[*idx])
            .unwrap_or(folded.len());
        let alone = find(
            &Folded::new(&cell.text[folded.starts[at]..folded.ends[next - 1]]),
            0,
            LabelSearch {
                whole: true,
                ..search
            },
        );
        let longest = find(folded, at, search);
        let (end, id, bracket) = match (longest, alone) {
            // `执行率 得分` is two labels, though 执行率得分 is one, too.
            (Some(hit), Some(piece)) if hit.label != piece.label => {
                (next, Some(piece.label), piece.bracket)
            }
            (Some(hit), _) if matches!(hit.terminator, Terminator::Space | Terminator::End) => {
                (hit.end, Some(hit.label), hit.bracket)
            }
            _ => {
                // A misread label must be a piece of its own.
                let piece = Folded::new(&cell.text[folded.starts[at]..folded.ends[next - 1]]);
                let misread = find(
                    &piece,
                    0,
                    LabelSearch {
                        allow_space: false,
                        allow_confusions: true,
                        whole: true,
                    },
                );
                (
                    next,
                    misread.as_ref().map(|hit| hit.label),
                    misread.and_then(|hit| hit.bracket),
                )
            }
        };
        let text = &cell.text[folded.starts[at]..folded.ends[end - 1]];
        let before = cell.text[..folded.starts[at]].chars().count() as f32;
        let start = cell.start + before * width;
        let label = RawText {
            text: text.trim_matches(is_white).to_owned(),
            place: cell.place,
            confidence: cell.confidence,
        };
        found.push(Found {
            id,
            start,
            end: start + text.chars().count() as f32 * width,
            label,
            bracket,
            continued: cell.continued,
        });
        at = end;
    }
}

/// Whether two headers are the same table's, printed again.
pub(super) fn same_header(a: &Header, b: &Header) -> bool {
    a.table == b.table
        && a.columns.len() == b.columns.len()
        && a.columns
            .iter()
            .zip(&b.columns)
            .all(|(x, y)| x.column == y.column && fold(&x.label.text) == fold(&y.label.text))
}
