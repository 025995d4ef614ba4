//! Tables of rows: what follows a header, read row by row until something else begins.

use crate::model::{Code, Diagnostic, Gap, Place, RawText, Separator};

use super::align::{Token, align, joined, tokens};
use super::file::{ColumnKind, Grammars, TableInto, TableSpec};
use super::fold::{Folded, append_line, fold, n_printed};
use super::grid::{Row, RowKind};
use super::header::{Header, header_at, same_header};
use super::labels::{LabelSearch, label_at};

/// A table of rows as read.
#[derive(Debug, Clone)]
pub(super) struct TableItem {
    pub(super) header: Header,
    pub(super) rows: Vec<RowItem>,
    /// Values of total rows: key, label, value.
    pub(super) footers: Vec<(String, RawText, RawText)>,
    /// Texts inside the table that no column took.
    pub(super) extra: Vec<RawText>,
    /// Texts inside the table that are labels of groups, repeated headers and furniture.
    pub(super) furniture: Vec<RawText>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A row as read.
#[derive(Debug, Clone, Default)]
pub(super) struct RowItem {
    /// Index into the table's row keys, where rows are labelled.
    pub(super) row_key: Option<usize>,
    /// The row's label, where rows are labelled.
    pub(super) label: Option<RawText>,
    /// Index of the header column, value, and whether it comes from a merged cell above.
    pub(super) cells: Vec<(usize, RawText, bool)>,
    pub(super) place: Place,
}

impl RowItem {
    fn get(&self, column: usize) -> Option<&RawText> {
        self.cells
            .iter()
            .find(|(c, _, _)| *c == column)
            .map(|(_, text, _)| text)
    }
}

/// A row of text costs more than this: it is no row of this table.
const DEAREST_LINE: f32 = 12.0;
/// A row between rules may cost more: its cells are certain.
const DEAREST_CELLS: f32 = 45.0;

/// Reads the table whose header begins in row `at`; returns it with the row behind it.
pub(super) fn read_table(
    rows: &[Row],
    at: usize,
    header: Header,
    grammars: &Grammars,
) -> (TableItem, usize) {
    let mut reader = Reader {
        grammars,
        spec: &grammars.tables[header.table],
        item: TableItem {
            header,
            rows: Vec::new(),
            footers: Vec::new(),
            extra: Vec::new(),
            furniture: Vec::new(),
            diagnostics: Vec::new(),
        },
        foreign: false,
    };
    let mut home = rows[at].table;
    let mut next = at + reader.item.header.n_rows;
    let mut goal_lines: Vec<usize> = Vec::new();
    while next < rows.len() {
        let row = &rows[next];
        if row.furniture && !super::scan::speaks_of_a_form(row, grammars) {
            reader.keep(row);
            next += 1;
            continue;
        }
        if row.cells.iter().all(super::grid::GridCell::is_blank) {
            next += 1;
            continue;
        }
        if reader.leaves(rows, at, next, home) {
            // A line at the top of a page may stand between two parts of a table.
            let stray = row.table.is_none()
                && row.gap == Gap::Page
                && home.is_some()
                && row.printed().count() == 1;
            if stray
                && super::scan::title_of(row, grammars).is_none()
                && rows
                    .get(next + 1)
                    .is_some_and(|after| !after.furniture && reader.fits(after))
            {
                reader.item.extra.extend(row.printed().map(|c| RawText {
                    text: c.text.clone(),
                    place: c.place,
                    confidence: c.confidence,
                }));
                next += 1;
                continue;
            }
            break;
        }
        if home != row.table {
            // Other cells that go on with this table. Their columns are its own only where there are as many.
            home = row.table;
            reader.foreign = row.table.is_none() || n_columns(row) != n_columns(&rows[at]);
        }
        if super::scan::could_open(row, grammars)
            && let Some(again) = header_at(rows, next, grammars)
        {
            if same_header(&again, &reader.item.header) {
                reader.keep(row);
                next += again.n_rows;
                continue;
            }
            break;
        }
        let taken = match reader.spec.into {
            TableInto::Fields => {
                goal_lines.push(next);
                true
            }
            TableInto::Funds if !reader.spec.rows.is_empty() => reader.labelled_row(row),
            TableInto::Funds => reader.amounts_row(row),
            TableInto::Rows => reader.plain_row(row, home),
        };
        if !taken {
            break;
        }
        next += 1;
        if reader.spec.into != TableInto::Fields
            && reader
                .spec
                .max_rows
                .is_some_and(|max| reader.item.rows.len() >= max)
        {
            break;
        }
    }
    if reader.spec.into == TableInto::Fields {
        let lines: Vec<&Row> = goal_lines.iter().map(|idx| &rows[*idx]).collect();
        reader.texts(&lines);
    }
    if reader.spec.into == TableInto::Rows {
        reader.fill_down();
    }
    (reader.item, next)
}

struct Reader<'a> {
    grammars: &'a Grammars,
    spec: &'a TableSpec,
    item: TableItem,
    /// The rows stand in a grid of other columns than the header.
    foreign: bool,
}

/// Columns of the grid that a row stands in, as far as its cells tell.
fn n_columns(row: &Row) -> u32 {
    row.cells.iter().map(|c| c.end as u32).max().unwrap_or(0)
}

impl Reader<'_> {
    /// Whether something else begins in row `next`.
    fn leaves(&self, rows: &[Row], at: usize, next: usize, home: Option<usize>) -> bool {
        let row = &rows[next];
        let strange_block = match (home, row.table) {
            (None, None) => false,
            (Some(a), Some(b)) if a == b => false,
            // The table may go on in other cells, where layout could not join them.
            (Some(_), Some(_))
                if rows[at].kind == row.kind && n_columns(row) == n_columns(&rows[at]) =>
            {
                false
            }
            _ => !self.fits(row),
        };
        if strange_block
            || super::scan::title_of(row, self.grammars).is_some()
            || super::scan::other_title_of(row, self.grammars).is_some()
        {
            return true;
        }
        if row.table.is_none()
            && row.gap == Gap::Large
            && self.spec.into == TableInto::Fields
            && next > at + self.item.header.n_rows
        {
            return true;
        }
        let Some(first) = row.printed().find(|cell| !self.is_lead(&cell.text)) else {
            return false;
        };
        if self.spec.into == TableInto::Rows && self.footer_of(&first.text).is_some() {
            return false;
        }
        if !self.spec.rows.is_empty() && self.row_key(&first.folded, row.in_table()).is_some() {
            return false;
        }
        super::scan::opens_field(row, first, &self.item.header.lead, self.grammars)
            && !self.fits_columns(row)
    }

    /// Whether a row stands in the columns of the header, whatever its first text is called: 项目完成时间 may be an
    /// indicator, 项目支出 a task. A label with its value has other cells than the rows of a table.
    fn fits_columns(&self, row: &Row) -> bool {
        if self.spec.into != TableInto::Rows || row.kind != self.item.header.kind {
            return false;
        }
        let columns = &self.item.header.columns;
        let printed: Vec<_> = row.printed().collect();
        let n_labels = printed
            .iter()
            .filter(|cell| super::scan::opens_field(row, cell, &[], self.grammars))
            .count();
        if n_labels > 1 {
            return false;
        }
        match row.kind {
            RowKind::Ruled => {
                let same = |a: f32, b: f32| (a - b).abs() < 0.01;
                printed.len() >= 2
                    && columns.iter().all(|c| {
                        row.cells
                            .iter()
                            .any(|cell| same(cell.start, c.start) && same(cell.end, c.end))
                    })
            }
            RowKind::Aligned | RowKind::Line(Separator::Tab | Separator::Pipe) => {
                let filled = columns
                    .iter()
                    .filter(|c| {
                        printed
                            .iter()
                            .any(|cell| cell.start < c.end - 0.01 && cell.end > c.start + 0.01)
                    })
                    .count();
                filled >= 3 && filled == printed.len()
            }
            RowKind::Line(_) => false,
        }
    }

    /// Whether a row is one of this table by what its cells are, wherever they stand.
    fn fits(&self, row: &Row) -> bool {
        let list: Vec<Token> = tokens(row)
            .into_iter()
            .filter(|t| !t.continued && !self.is_lead(&t.text))
            .collect();
        if self.spec.into != TableInto::Rows || list.len() * 2 < self.item.header.columns.len() {
            return false;
        }
        let anywhere = RowKind::Line(Separator::Position);
        let aligned = align(
            &list,
            &self.item.header.columns,
            self.spec,
            anywhere,
            anywhere,
            &self.grammars.words,
            self.item.rows.is_empty(),
        );
        aligned.is_some_and(|a| {
            a.cost <= DEAREST_LINE && a.cells.iter().any(|(c, _, _)| Some(*c) == self.anchor())
        })
    }

    /// Whether a text is a label that heads the table's rows.
    fn is_lead(&self, text: &str) -> bool {
        let folded = fold(text);
        if self
            .item
            .header
            .lead
            .iter()
            .any(|lead| fold(&lead.text) == folded)
        {
            return true;
        }
        let search = LabelSearch {
            allow_space: false,
            allow_confusions: true,
            whole: true,
        };
        label_at(
            &self.grammars.label_tree,
            &Folded::new(text),
            0,
            search,
            &self.grammars.vocabulary.confusions,
        )
        .is_some_and(|hit| {
            let info = &self.grammars.labels[hit.label];
            info.group && info.fields.iter().all(Vec::is_empty)
        })
    }

    /// How far the positions of a row can be trusted to be its header's.
    fn kind_of(&self, row: &Row) -> RowKind {
        if self.foreign {
            RowKind::Line(Separator::Position)
        } else {
            row.kind
        }
    }

    fn footer_of(&self, text: &str) -> Option<usize> {
        let search = LabelSearch {
            allow_space: false,
            allow_confusions: false,
            whole: true,
        };
        label_at(
            &self.spec.footer_tree,
            &Folded::new(text),
            0,
            search,
            &self.grammars.vocabulary.confusions,
        )
        .map(|hit| hit.label)
    }

    fn row_key(&self, text: &Folded, whole: bool) -> Option<usize> {
        let search = LabelSearch {
            allow_space: !whole,
            allow_confusions: true,
            whole,
        };
        label_at(
            &self.spec.row_tree,
            text,
            0,
            search,
            &self.grammars.vocabulary.confusions,
        )
        .map(|hit| hit.label)
    }

    fn keep(&mut self, row: &Row) {
        self.item.furniture.extend(row.printed().map(|c| RawText {
            text: c.text.clone(),
            place: c.place,
            confidence: c.confidence,
        }));
    }

    /// Tokens of a row, with the labels of groups at its left taken off.
    fn body(&mut self, row: &Row) -> Vec<Token> {
        let mut list = tokens(row);
        let left = self.item.header.columns.first().map_or(0.0, |c| c.start);
        let n_lead = if row.in_table() {
            list.iter().take_while(|t| t.end <= left + 0.01).count()
        } else {
            list.iter().take_while(|t| self.is_lead(&t.text)).count()
        };
        for token in list.drain(..n_lead) {
            if !token.continued {
                let cell = &row.cells[token.cell];
                self.item.furniture.push(RawText {
                    text: token.text,
                    place: cell.place,
                    confidence: cell.confidence,
                });
            }
        }
        list
    }

    /// A row of a list of rows. Returns false where the row is none of this table.
    fn plain_row(&mut self, row: &Row, home: Option<usize>) -> bool {
        let list = self.body(row);
        if list.is_empty() {
            return true;
        }
        if let Some(footer) = self.footer_of(&list[0].text) {
            self.footer_row(row, &list, footer);
            return true;
        }
        let columns = &self.item.header.columns;
        let aligned = align(
            &list,
            columns,
            self.spec,
            self.kind_of(row),
            self.item.header.kind,
            &self.grammars.words,
            self.item.rows.is_empty(),
        );
        let anchor = self.anchor();
        let limit = if home.is_some() {
            DEAREST_CELLS
        } else {
            DEAREST_LINE
        };
        // A line of text under a header between tabs or pipes must say more to be a row: it was not cut into cells.
        let piped = |kind| matches!(kind, RowKind::Line(Separator::Tab | Separator::Pipe));
        let least = if home.is_some() {
            0
        } else if piped(self.item.header.kind) && !piped(row.kind) {
            3
        } else {
            2
        };
        let fills = |a: &super::align::Alignment| {
            a.cells.len() >= least
                && (home.is_some() || a.cells.iter().any(|(c, _, _)| Some(*c) == anchor))
        };
        let good = aligned
            .as_ref()
            .is_some_and(|a| a.cost <= limit && fills(a));
        let Some(aligned) = aligned.filter(|_| good) else {
            return self.odd_row(row, &list, home);
        };
        let mut item = RowItem {
            place: row.place(),
            ..RowItem::default()
        };
        for (column, first, end) in aligned.cells {
            let kind = columns[column].column.map(|c| self.spec.columns[c].kind);
            let repeats = matches!(
                kind,
                Some(ColumnKind::Level1 | ColumnKind::Level2 | ColumnKind::Name)
            );
            let continued = list[first..end].iter().all(|t| t.continued);
            if continued && !repeats {
                continue;
            }
            let cell = &row.cells[list[first].cell];
            let text = joined(&list, first, end);
            item.cells.push((
                column,
                RawText {
                    text,
                    place: cell.place,
                    confidence: cell.confidence,
                },
                continued,
            ));
        }
        let says_something = item.cells.iter().any(|(column, _, _)| {
            let kind = columns[*column].column.map(|c| self.spec.columns[c].kind);
            !matches!(kind, Some(ColumnKind::Level1 | ColumnKind::Level2))
        });
        if !says_something {
            // A row of the template that nobody filled in: its levels are labels.
            self.item.furniture.extend(
                item.cells
                    .into_iter()
                    .filter(|(_, _, filled)| !filled)
                    .map(|(_, text, _)| text),
            );
            return true;
        }
        if aligned.moved {
            let n = self.item.rows.len();
            self.item.diagnostics.push(Diagnostic::new(
                Code::RowRealigned,
                format!("{}/{n}", self.spec.key),
                "cells of the row were told apart by what they are, not by where they stand",
            ));
        }
        self.item.rows.push(item);
        true
    }

    /// Header column that a row of text must fill.
    fn anchor(&self) -> Option<usize> {
        let of_kind = |kind| {
            self.item.header.columns.iter().position(|c| {
                c.column
                    .is_some_and(|idx| self.spec.columns[idx].kind == kind)
            })
        };
        of_kind(ColumnKind::Name)
            .or_else(|| of_kind(ColumnKind::Level2))
            .or_else(|| of_kind(ColumnKind::Level1))
    }

    /// A row that no alignment fits: the rest of the row before it, a row that cannot be read, or the table's end.
    fn odd_row(&mut self, row: &Row, list: &[Token], home: Option<usize>) -> bool {
        let text = joined(list, 0, list.len());
        let raw = RawText {
            text: text.clone(),
            place: row.place(),
            confidence: None,
        };
        if home.is_some() {
            self.item.diagnostics.push(Diagnostic::new(
                Code::RowUnread,
                self.spec.key.clone(),
                format!("row cannot be matched with the columns: {text}"),
            ));
            self.item.extra.push(raw);
            return true;
        }
        let short = n_printed(&text) <= 40 && !text.ends_with(['。', '；', ';']);
        let goes_on = row.gap == Gap::None && short && list.len() <= 2;
        if !goes_on {
            return false;
        }
        let columns = &self.item.header.columns;
        let spec = self.spec;
        let wordy = |c: usize| {
            columns[c].column.is_some_and(|idx| {
                matches!(spec.columns[idx].kind, ColumnKind::Name | ColumnKind::Note)
            })
        };
        let Some(last) = self.item.rows.last_mut() else {
            return false;
        };
        let Some((_, value, _)) = last.cells.iter_mut().rev().find(|(c, _, _)| wordy(*c)) else {
            return false;
        };
        append_line(&mut value.text, &text);
        true
    }

    /// A total row: its numbers belong to the columns that the footer names.
    fn footer_row(&mut self, row: &Row, list: &[Token], footer: usize) {
        let cells = &self.spec.footers[footer];
        let label = RawText {
            text: list[0].text.clone(),
            place: row.cells[list[0].cell].place,
            confidence: None,
        };
        let columns: Vec<_> = self
            .item
            .header
            .columns
            .iter()
            .filter(|c| {
                c.column
                    .is_some_and(|idx| cells.contains_key(&self.spec.columns[idx].key))
            })
            .cloned()
            .collect();
        let values = &list[1..];
        self.item.furniture.push(label.clone());
        let Some(aligned) = align(
            values,
            &columns,
            self.spec,
            self.kind_of(row),
            self.item.header.kind,
            &self.grammars.words,
            false,
        )
        .filter(|a| a.cost < DEAREST_CELLS) else {
            self.item.extra.extend(values.iter().map(|t| RawText {
                text: t.text.clone(),
                place: row.cells[t.cell].place,
                confidence: None,
            }));
            return;
        };
        for (column, first, end) in aligned.cells {
            let key = columns[column]
                .column
                .map(|idx| self.spec.columns[idx].key.clone())
                .unwrap_or_default();
            let value = RawText {
                text: joined(values, first, end),
                place: row.cells[values[first].cell].place,
                confidence: row.cells[values[first].cell].confidence,
            };
            if let Some(target) = cells.get(&key) {
                self.item
                    .footers
                    .push((target.clone(), label.clone(), value));
            }
        }
    }

    /// A row whose label says its source.
    fn labelled_row(&mut self, row: &Row) -> bool {
        let list = tokens(row);
        let mut found = None;
        'search: for first in 0..list.len().min(4) {
            for end in (first + 1..=list.len().min(first + 4)).rev() {
                if let Some(key) = self.row_key(&Folded::new(&joined(&list, first, end)), true) {
                    found = Some((key, first, end));
                    break 'search;
                }
            }
        }
        let Some((key, first, end)) = found else {
            if row.in_table() && !list.is_empty() && list.iter().any(|t| !t.continued) {
                let texts = list.iter().filter(|t| !t.continued).map(|t| RawText {
                    text: t.text.clone(),
                    place: row.cells[t.cell].place,
                    confidence: None,
                });
                self.item.extra.extend(texts);
                return true;
            }
            return false;
        };
        for token in &list[..first] {
            if !token.continued {
                self.item.furniture.push(RawText {
                    text: token.text.clone(),
                    place: row.cells[token.cell].place,
                    confidence: None,
                });
            }
        }
        let label_cell = &row.cells[list[first].cell];
        let label = RawText {
            text: joined(&list, first, end),
            place: label_cell.place,
            confidence: label_cell.confidence,
        };
        let values: Vec<Token> = list[end..]
            .iter()
            .filter(|t| !t.continued)
            .cloned()
            .collect();
        let mut item = RowItem {
            row_key: Some(key),
            label: Some(label),
            place: row.place(),
            ..RowItem::default()
        };
        self.amounts(row, &values, &mut item);
        self.item.rows.push(item);
        true
    }

    /// The one row of amounts under a two-level header.
    fn amounts_row(&mut self, row: &Row) -> bool {
        let list: Vec<Token> = self
            .body(row)
            .into_iter()
            .filter(|t| !t.continued)
            .collect();
        let mut item = RowItem {
            place: row.place(),
            ..RowItem::default()
        };
        let numeric = list
            .iter()
            .filter(|t| {
                t.text
                    .chars()
                    .any(|ch| ch.is_ascii_digit() || ('０'..='９').contains(&ch))
                    || fold(&t.text) == "-"
            })
            .count();
        if numeric * 2 < list.len() || numeric == 0 {
            return false;
        }
        self.amounts(row, &list, &mut item);
        self.item.rows.push(item);
        true
    }

    fn amounts(&mut self, row: &Row, values: &[Token], item: &mut RowItem) {
        if values.is_empty() {
            return;
        }
        let raw = |t: &Token| RawText {
            text: t.text.clone(),
            place: row.cells[t.cell].place,
            confidence: row.cells[t.cell].confidence,
        };
        // A column that only one row fills takes nothing of another.
        let row_key = item.row_key.map(|idx| self.spec.rows[idx].as_str());
        let open = |c: usize| {
            self.item.header.columns[c]
                .column
                .and_then(|idx| self.spec.columns[idx].row.as_deref())
                .is_none_or(|only| row_key == Some(only))
        };
        let allowed: Vec<usize> = (0..self.item.header.columns.len())
            .filter(|c| open(*c))
            .collect();
        let columns: Vec<_> = allowed
            .iter()
            .map(|c| self.item.header.columns[*c].clone())
            .collect();
        match align(
            values,
            &columns,
            self.spec,
            self.kind_of(row),
            self.item.header.kind,
            &self.grammars.words,
            false,
        )
        .filter(|a| a.cost < DEAREST_CELLS)
        {
            Some(aligned) => {
                for (column, first, end) in aligned.cells {
                    let mut text = raw(&values[first]);
                    text.text = joined(values, first, end);
                    item.cells.push((allowed[column], text, false));
                }
            }
            None => {
                let texts: Vec<RawText> = values.iter().map(raw).collect();
                let message = format!(
                    "amounts cannot be matched with the columns: {}",
                    joined(values, 0, values.len())
                );
                self.item.diagnostics.push(Diagnostic::new(
                    Code::RowUnread,
                    self.spec.key.clone(),
                    message,
                ));
                self.item.extra.extend(texts);
            }
        }
    }

    /// One row of long texts side by side, over as many lines as there are.
    fn texts(&mut self, lines: &[&Row]) {
        let columns = self.item.header.columns.clone();
        let mut texts: Vec<Option<RawText>> = vec![None; columns.len()];
        let mut append = |column: usize, text: &str, place: Place, space: bool| {
            let slot = texts[column].get_or_insert_with(|| RawText {
                place,
                ..RawText::default()
            });
            if space && !slot.text.is_empty() {
                slot.text.push(' ');
                slot.text.push_str(text);
            } else {
                append_line(&mut slot.text, text);
            }
            slot.place = slot.place.join(&place);
        };
        let loose = lines.iter().all(|row| {
            matches!(
                row.kind,
                RowKind::Line(Separator::Single | Separator::Spaces)
            )
        });
        let bodies: Vec<Vec<Token>> = lines.iter().map(|row| self.body(row)).collect();
        let side_by_side = bodies
            .iter()
            .zip(lines)
            .filter(|(_, row)| row.cells.len() >= 2)
            .count()
            >= 2;
        if loose && !side_by_side {
            // The texts follow one another; the cut is a gap in the line.
            let mut stream: Vec<(String, usize, Place)> = Vec::new();
            for (body, row) in bodies.iter().zip(lines) {
                for (idx, token) in body.iter().enumerate() {
                    let place = row.cells[token.cell].place;
                    match stream.last_mut() {
                        Some(last) if idx == 0 => append_line(&mut last.0, &token.text),
                        _ => stream.push((token.text.clone(), token.spaces, place)),
                    }
                }
            }
            let n_cuts = columns.len().saturating_sub(1);
            let mut cuts: Vec<usize> = (1..stream.len()).collect();
            let ends_sentence =
                |idx: usize| stream[idx - 1].0.ends_with(['。', '；', ';', '.', '！']);
            cuts.sort_by_key(|idx| {
                (
                    std::cmp::Reverse(stream[*idx].1),
                    !ends_sentence(*idx),
                    *idx,
                )
            });
            cuts.truncate(n_cuts);
            let mut column = 0;
            for (idx, (text, _, place)) in stream.iter().enumerate() {
                let cut = cuts.contains(&idx);
                column += usize::from(cut);
                append(column.min(columns.len() - 1), text, *place, !cut);
            }
        } else {
            for (body, row) in bodies.iter().zip(lines) {
                for token in body {
                    if token.continued {
                        continue;
                    }
                    let middle = (token.start + token.end) / 2.0;
                    let column = if row.in_table()
                        || matches!(row.kind, RowKind::Line(Separator::Tab | Separator::Pipe))
                    {
                        columns
                            .iter()
                            .rposition(|c| c.start <= token.start + 0.01)
                            .unwrap_or(0)
                    } else {
                        let distance = |c: &super::header::HeaderColumn| {
                            ((c.start + c.end) / 2.0 - middle).abs()
                        };
                        (0..columns.len())
                            .min_by(|a, b| {
                                distance(&columns[*a]).total_cmp(&distance(&columns[*b]))
                            })
                            .unwrap_or(0)
                    };
                    append(
                        column,
                        &token.text,
                        row.cells[token.cell].place,
                        token.spaces == 1,
                    );
                }
            }
        }
        let place = lines.first().map(|row| row.place()).unwrap_or_default();
        let cells = texts
            .into_iter()
            .enumerate()
            .filter_map(|(column, text)| text.map(|text| (column, text, false)))
            .collect();
        self.item.rows.push(RowItem {
            cells,
            place,
            ..RowItem::default()
        });
    }

    /// Levels that a merged or omitted cell leaves blank are those of the row above, or of the row below where only
    /// that fits the vocabulary (text of merged cells is printed in their middle).
    fn fill_down(&mut self) {
        let of_kind = |kind| {
            self.item.header.columns.iter().position(|c| {
                c.column.is_some_and(|idx| {
                    self.spec.columns[idx].kind == kind && self.spec.columns[idx].fill
                })
            })
        };
        let (level1, level2) = (of_kind(ColumnKind::Level1), of_kind(ColumnKind::Level2));
        let parents = |level2: &str| {
            self.grammars
                .vocabulary
                .level2
                .get(super::align::level_stem(&fold(level2)))
                .cloned()
        };
        let n = self.item.rows.len();
        if let Some(level1) = level1 {
            for idx in 0..n {
                if self.item.rows[idx].get(level1).is_some() {
                    continue;
                }
                let above = idx
                    .checked_sub(1)
                    .and_then(|i| self.item.rows[i].get(level1))
                    .cloned();
                let below = self.item.rows[idx..]
                    .iter()
                    .find_map(|row| row.get(level1))
                    .cloned();
                let allowed = level2
                    .and_then(|c| self.item.rows[idx].get(c))
                    .and_then(|text| parents(&text.text));
                let fits = |text: &Option<RawText>| match (text, &allowed) {
                    (Some(text), Some(list)) => list.iter().any(|parent| {
                        super::align::level_stem(&fold(parent))
                            == super::align::level_stem(&fold(&text.text))
                    }),
                    (found, None) => found.is_some(),
                    (None, _) => false,
                };
                let source = if fits(&above) || !fits(&below) {
                    above
                } else {
                    below
                };
                if let Some(text) = source {
                    self.item.rows[idx].cells.push((level1, text, true));
                }
            }
        }
        let Some(level2) = level2 else { return };
        for idx in 1..n {
            if self.item.rows[idx].get(level2).is_some() {
                continue;
            }
            let same_parent = level1.is_none_or(|c| {
                self.item.rows[idx].get(c).map(|t| fold(&t.text))
                    == self.item.rows[idx - 1].get(c).map(|t| fold(&t.text))
            });
            if same_parent && let Some(text) = self.item.rows[idx - 1].get(level2).cloned() {
                self.item.rows[idx].cells.push((level2, text, true));
            }
        }
    }
}
