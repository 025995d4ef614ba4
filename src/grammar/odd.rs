//! Rows of a table that no alignment with its columns fits.
//!
//! In: a row and where it stands. Out: whether it is one of the table, and if so, what becomes of its text. Never: loses it.

use crate::model::{Code, Diagnostic, Gap, RawText, Separator};

use super::align::{Token, joined};
use super::compiled::{ColumnKind, TableInto};
use super::fold::{append_line, n_printed};
use super::grid::{Row, RowKind};
use super::rows::Reader;

impl Reader<'_> {
    /// A row that no alignment fits: the rest of the row before it, a row that cannot be read, or the table's end.
    pub(super) fn odd_row(&mut self, row: &Row, list: &[Token], home: Option<usize>) -> bool {
        let text = joined(list, 0, list.len());
        let raw = RawText {
            text: text.clone(),
            place: row.place(),
            confidence: None,
        };
        if home.is_some() {
            self.unread(row, text);
            return true;
        }
        // A line without the marks that cut the others into cells is none of theirs.
        let piped = |kind| matches!(kind, RowKind::Line(Separator::Tab | Separator::Pipe));
        if row.gap == Gap::None && piped(self.item.header.kind) && !piped(row.kind) {
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

    /// Whether a line that no alignment fits is one of the table's all the same: rows of the table follow, or it is cut into
    /// cells as the header is and has about as many.
    pub(super) fn is_within(
        &self,
        rows: &[Row],
        at: usize,
        odd: usize,
        home: Option<usize>,
    ) -> bool {
        /// Odd lines in a row, at most.
        const MOST: usize = 4;
        if self.spec.into != TableInto::Rows {
            return false;
        }
        let follows = |row: &Row| row.gap <= Gap::Small && row.table == rows[odd].table;
        let row = &rows[odd];
        let piped = matches!(row.kind, RowKind::Line(Separator::Tab | Separator::Pipe));
        let n_cells = row.printed().count();
        if piped
            && row.gap == Gap::None
            && row.kind == self.item.header.kind
            && n_cells > 2
            && n_cells * 2 > self.item.header.columns.len()
        {
            return true;
        }
        let behind = (odd + 1..rows.len().min(odd + 1 + MOST))
            .filter(|idx| !rows[*idx].furniture)
            .take_while(|idx| follows(&rows[*idx]) && !self.leaves(rows, at, *idx, home));
        follows(row) && { behind }.any(|idx| self.fits(&rows[idx]))
    }

    /// Keeps a row of the table that cannot be read, and says so.
    pub(super) fn unread(&mut self, row: &Row, text: String) {
        self.item.diagnostics.push(Diagnostic::new(
            Code::RowUnread,
            self.spec.key.clone(),
            format!("row cannot be matched with the columns: {text}"),
        ));
        self.item.extra.push(RawText {
            text,
            place: row.place(),
            confidence: None,
        });
    }
}
