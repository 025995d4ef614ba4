//! Footers: the total rows that end a table of rows.

use crate::model::RawText;

use super::align::{Token, align, joined};
use super::fold::Folded;
use super::grid::Row;
use super::labels::{LabelSearch, label_at};
use super::rows::{DEAREST_CELLS, Reader};

impl Reader<'_> {
    /// The footer that a text is the label of.
    pub(super) fn footer_of(&self, text: &str) -> Option<usize> {
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

    /// A total row: its numbers belong to the columns that the footer names.
    pub(super) fn footer_row(&mut self, row: &Row, list: &[Token], footer: usize, n_label: usize) {
        let cells = &self.spec.footers[footer];
        let label = RawText {
            text: joined(list, 0, n_label),
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
        let values = &list[n_label..];
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
}
