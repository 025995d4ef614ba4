//! Rows of amounts: with a label that says their source, or one row under a header of two levels.

use crate::model::{Code, Diagnostic, RawText, Separator};

use super::align::{Token, align, joined, tokens};
use super::compiled::ColumnKind;
use super::fold::{Folded, fold};
use super::grid::{Row, RowKind};
use super::header::HeaderColumn;
use super::rows::{DEAREST_CELLS, Reader, RowItem};

impl Reader<'_> {
    /// A row whose label says its source.
    pub(super) fn labelled_row(&mut self, row: &Row) -> bool {
        let list = tokens(row);
        let mut found = None;
        // The label stands in one of the first cells, each of which may be spread out: `项 目 资 金`.
        let n_first = list
            .iter()
            .take_while(|t| t.cell < list[0].cell + 4)
            .count();
        'search: for first in 0..n_first {
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
        // What stands before it is put aside cell by cell: `项 目 资 金（万元）` is one text.
        for cell in list[..first].chunk_by(|a, b| a.cell == b.cell) {
            let whole = Token {
                text: joined(cell, 0, cell.len()),
                ..cell[0].clone()
            };
            self.put_aside(&whole, row);
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
    pub(super) fn amounts_row(&mut self, row: &Row) -> bool {
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
        // A column that only one row fills takes nothing of another but a dash.
        let row_key = item.row_key.map(|idx| self.spec.rows[idx].as_str());
        let columns: Vec<_> = self
            .item
            .header
            .columns
            .iter()
            .cloned()
            .map(|mut column| {
                let only = column
                    .column
                    .and_then(|idx| self.spec.columns[idx].row.as_deref());
                column.closed = only.is_some_and(|only| row_key != Some(only));
                column
            })
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
                self.doubt_blanks(row, values, &columns, &aligned.cells, item);
                for (column, first, end) in aligned.cells {
                    let mut text = raw(&values[first]);
                    text.text = joined(values, first, end);
                    if !columns[column].closed {
                        item.cells.push((column, text, false));
                    }
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

    /// Where blanks leave no trace (between spaces), fewer amounts than columns of amounts may stand under any of them.
    fn doubt_blanks(
        &mut self,
        row: &Row,
        values: &[Token],
        columns: &[HeaderColumn],
        cells: &[(usize, usize, usize)],
        item: &RowItem,
    ) {
        let loose = matches!(
            row.kind,
            RowKind::Line(Separator::Single | Separator::Spaces)
        );
        let stage = |column: usize| {
            let spec = &self.spec.columns[columns[column].column?];
            (spec.kind == ColumnKind::Amount).then_some(spec.key.as_str())
        };
        let n_stages = (0..columns.len()).filter(|c| stage(*c).is_some()).count();
        let printed = |first: usize| values[first].text.chars().any(|ch| ch.is_numeric());
        let filled: Vec<&str> = cells
            .iter()
            .filter(|(_, first, _)| printed(*first))
            .filter_map(|(c, _, _)| stage(*c))
            .collect();
        let Some(source) = item.row_key.map(|idx| self.spec.rows[idx].as_str()) else {
            return;
        };
        if !loose || filled.len() >= n_stages {
            return;
        }
        let doubts: Vec<Diagnostic> = filled
            .iter()
            .map(|stage| {
                let path = self
                    .spec
                    .key
                    .replace("{row}", source)
                    .replace("{column}", stage);
                let message = format!(
                    "{} amounts for {n_stages} columns, and no blanks to tell which are empty",
                    filled.len()
                );
                Diagnostic::new(Code::RowRealigned, path, message)
            })
            .collect();
        self.item.diagnostics.extend(doubts);
    }
}
