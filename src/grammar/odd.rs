//! Rows of a table that no alignment with its columns fits.
//!
//! In: a row and where it stands. Out: whether it is one of the table, and if so, what becomes of its text. Never: loses it.

use crate::model::{Code, Diagnostic, Gap, RawText};

use super::align::{Token, joined};
use super::compiled::ColumnKind;
use super::fold::{append_line, fold, n_printed};
use super::grid::Row;
use super::rows::Reader;
use super::scan::{Beside, names_itself};

impl Reader<'_> {
    /// A row that no alignment fits: the rest of the row before it, a row that cannot be read, or the table's end, as far as
    /// `is_within` does not say otherwise.
    pub(super) fn odd_row(
        &mut self,
        row: &Row,
        list: &[Token],
        home: Option<usize>,
        is_within: impl Fn(&Self) -> bool,
    ) -> bool {
        let text = joined(list, 0, list.len());
        if home.is_some() {
            self.unread(row, text);
            return true;
        }
        // A line without the marks that cut the others into cells is none of theirs.
        if row.gap == Gap::None && self.item.header.kind.is_piped() && !row.kind.is_piped() {
            self.item.extra.push(RawText {
                text,
                place: row.place(),
                confidence: None,
            });
            return true;
        }
        let short = n_printed(&text) <= 40 && !text.ends_with(['。', '；', ';']);
        if row.gap == Gap::None
            && short
            && list.len() <= 2
            && !names_itself(&text, Beside::LongApart, self.grammars)
            && !self.grammars.vocabulary.is_level(&fold(&text))
            && let Some(value) = self.last_words()
        {
            append_line(value, &text);
            return true;
        }
        let is_within = is_within(self);
        if is_within {
            self.unread(row, text);
        }
        is_within
    }

    /// The last text of the last row that may go on in another line.
    fn last_words(&mut self) -> Option<&mut String> {
        let columns = &self.item.header.columns;
        let spec = self.spec;
        let wordy = |c: usize| {
            columns[c].column.is_some_and(|idx| {
                matches!(spec.columns[idx].kind, ColumnKind::Name | ColumnKind::Note)
            })
        };
        let mut cells = self.item.rows.last_mut()?.cells.iter_mut().rev();
        let (_, value, _) = cells.find(|(c, _, _)| wordy(*c))?;
        Some(&mut value.text)
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
        let follows = |row: &Row| row.gap <= Gap::Small && row.table == rows[odd].table;
        let row = &rows[odd];
        let n_cells = row.printed().count();
        if row.kind.is_piped()
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
    fn unread(&mut self, row: &Row, text: String) {
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
