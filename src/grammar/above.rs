//! Labels above their values: a row of labels, and beneath it a row of what they say.

use crate::model::{Gap, Separator};

use super::grid::{GridCell, Row, RowKind, raw};
use super::header::header_at;
use super::items::{FieldItem, ItemKind};
use super::labels::{LabelHit, Terminator};
use super::opening::field_hit;
use super::scan::Scanner;

impl Scanner<'_> {
    /// A row of labels with their values in the row beneath. Returns whether rows `at` and `at + 1` are that.
    pub(super) fn labels_above(&mut self, rows: &[Row], at: usize) -> bool {
        let row = &rows[at];
        let Some(beneath) = rows.get(at + 1) else {
            return false;
        };
        let cells = matches!(
            row.kind,
            RowKind::Ruled
                | RowKind::Aligned
                | RowKind::Line(Separator::Tab | Separator::Pipe | Separator::Spaces)
        );
        // The rule under the first row of a Markdown table is a gap.
        let near = beneath.gap == Gap::None
            || (beneath.gap == Gap::Small && row.kind == RowKind::Line(Separator::Pipe));
        if !cells
            || beneath.kind != row.kind
            || beneath.table != row.table
            || !near
            || beneath.furniture
        {
            return false;
        }
        // Every cell is a label, but for those above them all at the left, which head the others.
        let heads = row
            .cells
            .iter()
            .take_while(|c| c.continued || (!c.is_blank() && c.row_span > 1))
            .count();
        let piped = !row.in_table();
        let is_group = |cell: &GridCell| {
            self.whole_label(cell, row.kind)
                .is_some_and(|hit| self.grammars.labels[hit.label].group)
        };
        let blank_beneath = beneath.cells.first().is_some_and(GridCell::is_blank);
        // Between spaces the blank beneath a head is not to be seen.
        let one_less = row.kind == RowKind::Line(Separator::Spaces)
            && beneath.printed().count() + 1 == row.printed().count();
        let heads =
            if piped && (blank_beneath || one_less) && row.cells.first().is_some_and(is_group) {
                1
            } else {
                heads
            };
        let labels = &row.cells[heads..];
        let n_printed = labels
            .iter()
            .rposition(|c| !c.is_blank())
            .map_or(0, |last| last + 1);
        let labels = &labels[..n_printed];
        // A lone label is above its value where those before it were.
        let least = if row.in_table() && self.above == row.table {
            1
        } else {
            2
        };
        if labels.len() < least || labels.iter().any(|c| c.is_blank() || c.continued) {
            return false;
        }
        let hits: Vec<Option<LabelHit>> = labels
            .iter()
            .map(|cell| self.whole_label(cell, row.kind))
            .collect();
        // A label with a colon awaits its value behind it.
        let n_colons = hits
            .iter()
            .flatten()
            .filter(|hit| hit.terminator == Terminator::Colon)
            .count();
        if n_colons * 2 > labels.len()
            || hits.iter().flatten().count() < least
            || hits.iter().flatten().count() * 3 < labels.len() * 2
        {
            return false;
        }
        // Every text beneath stands under one of them and is no label itself.
        let values: Vec<&GridCell> = beneath.printed().collect();
        let by_number = row.kind == RowKind::Line(Separator::Spaces);
        if by_number && values.len() != labels.len() {
            return false;
        }
        let under = |value: &GridCell| match by_number {
            true => values.iter().position(|v| v.start == value.start),
            false => labels
                .iter()
                .position(|l| value.start >= l.start - 0.01 && value.start < l.end - 0.01),
        };
        let is_label =
            |value: &&GridCell| field_hit(&value.folded, 0, beneath.kind, self.grammars).is_some();
        if values.is_empty()
            || values.iter().any(is_label)
            || values.iter().any(|v| under(v).is_none())
            || header_at(rows, at + 1, self.grammars).is_some()
        {
            return false;
        }
        self.open = None;
        self.above = row.table;
        for cell in &row.cells[..heads] {
            if !cell.continued && !cell.is_blank() {
                let bracket = self.whole_label(cell, row.kind).and_then(|hit| hit.bracket);
                self.push(
                    ItemKind::Group {
                        text: raw(cell, &cell.text),
                        bracket,
                    },
                    row,
                    at,
                );
            }
        }
        for (idx, (cell, hit)) in labels.iter().zip(hits).enumerate() {
            let mut found = values
                .iter()
                .filter(|v| under(v) == Some(idx))
                .map(|v| raw(v, &v.text));
            let value = found.next();
            match hit {
                Some(hit) => {
                    let field = FieldItem {
                        label: hit.label,
                        text: raw(cell, &cell.text),
                        bracket: hit.bracket,
                        certainty: hit.certainty,
                        value,
                    };
                    self.push(ItemKind::Field(field), row, at);
                }
                None => {
                    self.push(ItemKind::Text(raw(cell, &cell.text)), row, at);
                    if let Some(value) = value {
                        self.push(ItemKind::Text(value), row, at);
                    }
                }
            }
            for more in found {
                self.push(ItemKind::Text(more), row, at);
            }
        }
        true
    }

    /// The label that a whole cell is.
    fn whole_label(&self, cell: &GridCell, kind: RowKind) -> Option<LabelHit> {
        field_hit(&cell.folded, 0, kind, self.grammars).filter(|hit| hit.end >= cell.folded.len())
    }
}
