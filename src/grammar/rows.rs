//! Tables of rows: what follows a header, read row by row until something else begins.

use crate::model::{Code, Diagnostic, Gap, Place, RawText, Separator};

use super::align::{Token, align, joined, tokens};
use super::compiled::{ColumnKind, Grammars, TableInto, TableSpec};
use super::fold::{Folded, fold};
use super::grid::{GridCell, Row, RowKind};
use super::header::{Header, header_at, same_header};
use super::labels::{LabelSearch, label_at};
use super::misread::Misread;
use super::scan::{Beside, names_itself};

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
    pub(super) fn get(&self, column: usize) -> Option<&RawText> {
        self.cells
            .iter()
            .find(|(c, _, _)| *c == column)
            .map(|(_, text, _)| text)
    }
}

/// A row of text costs more than this: it is no row of this table.
const DEAREST_LINE: f32 = 12.0;
/// A row between rules may cost more: its cells are certain.
pub(super) const DEAREST_CELLS: f32 = 45.0;

/// Reads the table whose header begins in row `at`; returns it with the row behind it.
pub(super) fn read_table(
    rows: &[Row],
    at: usize,
    header: Header,
    grammars: &Grammars,
) -> (TableItem, usize) {
    let spec = &grammars.tables[header.table];
    let said = |misread: &Misread| {
        let key = &spec.columns[misread.column].key;
        let message = format!("the header {} is taken for that of {key}", misread.read);
        Diagnostic::new(Code::LabelInferred, spec.key.clone(), message)
    };
    let diagnostics = header.misread.iter().map(said).collect();
    let mut reader = Reader {
        grammars,
        spec,
        item: TableItem {
            header,
            rows: Vec::new(),
            footers: Vec::new(),
            extra: Vec::new(),
            furniture: Vec::new(),
            diagnostics,
        },
        foreign: false,
    };
    let mut home = rows[at].table;
    let mut next = at + reader.item.header.n_rows;
    let mut goal_lines: Vec<usize> = Vec::new();
    while next < rows.len() {
        let row = &rows[next];
        if row.furniture && !super::opening::speaks_of_a_form(row, grammars) {
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
                && super::titles::title_of(row, grammars).is_none()
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
            reader.foreign = row.table.is_none() || row.n_columns() != rows[at].n_columns();
        }
        if super::opening::could_open(row, grammars)
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
            TableInto::Rows => reader.plain_row(rows, at, next, home),
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
        reader.doubt_levels();
    }
    (reader.item, next)
}

pub(super) struct Reader<'a> {
    pub(super) grammars: &'a Grammars,
    pub(super) spec: &'a TableSpec,
    pub(super) item: TableItem,
    /// The rows stand in a grid of other columns than the header.
    pub(super) foreign: bool,
}

/// Columns of the grid that a row stands in, as far as its cells tell.
impl Reader<'_> {
    /// Whether something else begins in row `next`.
    pub(super) fn leaves(&self, rows: &[Row], at: usize, next: usize, home: Option<usize>) -> bool {
        let row = &rows[next];
        let strange_block = match (home, row.table) {
            (None, None) => false,
            (Some(a), Some(b)) if a == b => false,
            // The table may go on in other cells, where layout could not join them.
            (Some(_), Some(_))
                if rows[at].kind == row.kind && row.n_columns() == rows[at].n_columns() =>
            {
                false
            }
            _ => !self.fits(row),
        };
        if strange_block
            || super::titles::title_of(row, self.grammars).is_some()
            || super::titles::other_title_of(row, self.grammars).is_some()
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
        let opens = |cell: &GridCell| {
            super::opening::opens_field(row, cell, &self.item.header.lead, self.grammars)
        };
        if opens(first) {
            return !self.fits_columns(row);
        }
        // A label that nobody knows with its value, and a known one in the same line.
        let behind = row.printed().filter(|cell| cell.start > first.start);
        self.spec.into == TableInto::Rows
            && row.table.is_none()
            && names_itself(&first.text, Beside::Short, self.grammars)
            && { behind }.any(|cell| opens(cell) && cell.folded.chars.contains(&':'))
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
            .filter(|cell| super::opening::opens_field(row, cell, &[], self.grammars))
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
                // Blanks before the first text stand where the levels would be.
                let indented = columns
                    .get(1)
                    .is_some_and(|second| printed.iter().all(|c| c.start >= second.start - 0.01));
                filled >= (if indented { 2 } else { 3 }) && filled == printed.len()
            }
            // Between spaces only three cells and more that suit the columns are no label with its value, and only
            // where the label is of no field.
            RowKind::Line(Separator::Spaces) => {
                let of_no_field = |cell: &&super::grid::GridCell| {
                    super::opening::field_hit(&cell.folded, 0, row.kind, self.grammars).is_some_and(
                        |hit| {
                            let info = &self.grammars.labels[hit.label];
                            !info.group && info.fields.iter().all(Vec::is_empty)
                        },
                    )
                };
                printed.len() >= 3 && printed.first().is_some_and(of_no_field) && self.fits(row)
            }
            RowKind::Line(_) => false,
        }
    }

    /// Whether a row is one of this table by what its cells are, wherever they stand.
    pub(super) fn fits(&self, row: &Row) -> bool {
        let list: Vec<Token> = tokens(row)
            .into_iter()
            .filter(|t| !t.continued && !self.is_lead(&t.text))
            .collect();
        if self.spec.into != TableInto::Rows || list.len() * 2 < self.item.header.columns.len() {
            return false;
        }
        let anywhere = RowKind::Line(Separator::Single);
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
    pub(super) fn kind_of(&self, row: &Row) -> RowKind {
        if self.foreign {
            RowKind::Line(Separator::Single)
        } else {
            row.kind
        }
    }

    pub(super) fn row_key(&self, text: &Folded, whole: bool) -> Option<usize> {
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
    pub(super) fn body(&mut self, row: &Row) -> Vec<Token> {
        let mut list = tokens(row);
        let left = self.item.header.columns.first().map_or(0.0, |c| c.start);
        let n_lead = if row.in_table() && !self.foreign {
            list.iter().take_while(|t| t.end <= left + 0.01).count()
        } else {
            list.iter().take_while(|t| self.is_lead(&t.text)).count()
        };
        for token in list.drain(..n_lead) {
            self.put_aside(&token, row);
        }
        list
    }

    /// What stands before the cells of a row: the label of a group, or a text that no rule uses.
    pub(super) fn put_aside(&mut self, token: &Token, row: &Row) {
        if token.continued {
            return;
        }
        let cell = &row.cells[token.cell];
        let text = RawText {
            text: token.text.clone(),
            place: cell.place,
            confidence: cell.confidence,
        };
        if self.is_lead(&token.text) {
            self.item.furniture.push(text);
        } else {
            self.item.extra.push(text);
        }
    }

    /// A row of a list of rows. Returns false where the row is none of this table.
    fn plain_row(&mut self, rows: &[Row], at: usize, next: usize, home: Option<usize>) -> bool {
        let row = &rows[next];
        let list = self.body(row);
        if list.is_empty() {
            return true;
        }
        // `合 计` in a line of text is two tokens.
        let same_cell = |n: usize| list[..n].iter().all(|t| t.cell == list[0].cell);
        let footer = (1..=list.len().min(2)).filter(|n| same_cell(*n));
        let mut footer = footer.filter_map(|n| Some((self.footer_of(&joined(&list, 0, n))?, n)));
        if let Some((footer, n_label)) = footer.next_back() {
            self.footer_row(row, &list, footer, n_label);
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
        let least = if home.is_some() {
            0
        } else if self.item.header.kind.is_piped() && !row.kind.is_piped() {
            3
        } else {
            2
        };
        // Behind white space, two texts that do not stand where they would be and hold no number are more likely a remark.
        let strays = |a: &super::align::Alignment| {
            a.moved
                && home.is_none()
                && row.gap > Gap::None
                && a.cells.len() <= 2
                && !list
                    .iter()
                    .any(|t| t.text.contains(|ch: char| ch.is_numeric()))
        };
        let fills = |a: &super::align::Alignment| {
            a.cells.len() >= least
                && !strays(a)
                && (home.is_some() || a.cells.iter().any(|(c, _, _)| Some(*c) == anchor))
        };
        let good = aligned
            .as_ref()
            .is_some_and(|a| a.cost <= limit && fills(a));
        let Some(aligned) = aligned.filter(|_| good) else {
            let is_within = |reader: &Self| reader.is_within(rows, at, next, home);
            return self.odd_row(row, &list, home, is_within);
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

    /// Says where the labels of merged cells stand on lines of other rows than the first they were given to.
    fn doubt_levels(&mut self) {
        let is_level = |column: usize| {
            let spec = self.item.header.columns[column].column;
            spec.is_some_and(|idx| {
                matches!(
                    self.spec.columns[idx].kind,
                    ColumnKind::Level1 | ColumnKind::Level2
                )
            })
        };
        let is_placed = |row: &RowItem| {
            let lines = |level: bool| {
                row.cells
                    .iter()
                    .filter(move |(column, _, filled)| !filled && is_level(*column) == level)
                    .filter_map(|(_, text, _)| text.place.line)
            };
            let (first, last) = (lines(false).min(), lines(false).max());
            // Cut into cells by marks, a level on a line of its own heads those beneath it.
            let is_piped = self.item.header.kind.is_piped();
            first.zip(last).is_some_and(|(first, last)| {
                lines(true).any(|line| (line < first && !is_piped) || line > last)
            })
        };
        let n = self.item.rows.iter().filter(|row| is_placed(row)).count();
        if n > 0 {
            let message = format!(
                "labels of {n} merged cells: how many rows each covers is told by its line"
            );
            self.item.diagnostics.push(Diagnostic::new(
                Code::LevelPlaced,
                self.spec.key.clone(),
                message,
            ));
        }
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
}
