//! Items: what the scanner finds in a document, in printed order.

use crate::model::{Gap, Place, RawText};

use super::fold::n_printed;
use super::labels::{Certainty, LabelId};
use super::rows::TableItem;

/// Something found in a document, in printed order.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    /// What lies before it.
    pub(super) gap: Gap,
    /// Row it begins in.
    pub(super) row: usize,
    /// Table of cells it stands in.
    pub(super) block: Option<usize>,
    /// It is printed once, above, and holds here, too.
    pub(super) repeated: bool,
}

/// What was found.
#[derive(Debug, Clone)]
pub(super) enum ItemKind {
    Title(RawText),
    /// The title of a table that is no form.
    OtherTitle(RawText),
    /// A bracketed year in a line of its own.
    Year(RawText),
    Field(FieldItem),
    /// A label that heads others.
    Group {
        text: RawText,
        bracket: Option<String>,
    },
    Table(Box<TableItem>),
    /// Text that no rule uses.
    Text(RawText),
    /// Running headers, page numbers.
    Furniture(RawText),
}

/// A label with its value.
#[derive(Debug, Clone)]
pub(super) struct FieldItem {
    pub(super) label: LabelId,
    pub(super) text: RawText,
    pub(super) bracket: Option<String>,
    pub(super) certainty: Certainty,
    pub(super) value: Option<RawText>,
}

impl Item {
    /// Where it stands.
    pub(super) fn place(&self) -> Place {
        match &self.kind {
            ItemKind::Title(text)
            | ItemKind::OtherTitle(text)
            | ItemKind::Year(text)
            | ItemKind::Text(text)
            | ItemKind::Furniture(text)
            | ItemKind::Group { text, .. } => text.place,
            ItemKind::Field(field) => field
                .value
                .as_ref()
                .map_or(field.text.place, |v| field.text.place.join(&v.place)),
            ItemKind::Table(table) => table
                .header
                .columns
                .first()
                .map(|c| c.label.place)
                .unwrap_or_default(),
        }
    }

    /// Printed characters in it: used, and in all.
    pub(super) fn n_chars(&self) -> (u64, u64) {
        if self.repeated {
            return (0, 0);
        }
        let both = |n| (n, n);
        match &self.kind {
            ItemKind::Title(text)
            | ItemKind::Year(text)
            | ItemKind::Furniture(text)
            | ItemKind::Group { text, .. } => both(n_printed(&text.text)),
            ItemKind::Field(field) => both(
                n_printed(&field.text.text)
                    + field.value.as_ref().map_or(0, |v| n_printed(&v.text)),
            ),
            ItemKind::Text(text) | ItemKind::OtherTitle(text) => (0, n_printed(&text.text)),
            ItemKind::Table(table) => table.n_chars(),
        }
    }
}

impl TableItem {
    fn n_chars(&self) -> (u64, u64) {
        let unknown = |c: &&super::header::HeaderColumn| c.column.is_none();
        let header: u64 = self
            .header
            .columns
            .iter()
            .filter(|c| !unknown(c))
            .map(|c| n_printed(&c.label.text))
            .sum();
        let cells: u64 = self
            .rows
            .iter()
            .flat_map(|row| {
                row.cells
                    .iter()
                    .filter(|(c, _, filled)| !filled && self.header.columns[*c].column.is_some())
                    .map(|(_, text, _)| n_printed(&text.text))
                    .chain(row.label.iter().map(|l| n_printed(&l.text)))
            })
            .sum();
        let footers: u64 = self
            .footers
            .iter()
            .map(|(_, _, value)| n_printed(&value.text))
            .sum();
        let furniture: u64 = self.furniture.iter().map(|t| n_printed(&t.text)).sum();
        let used = header + cells + footers + furniture;
        let unknown_header: u64 = self
            .header
            .columns
            .iter()
            .filter(unknown)
            .map(|c| n_printed(&c.label.text))
            .sum();
        let unknown_cells: u64 = self
            .rows
            .iter()
            .flat_map(|row| {
                row.cells
                    .iter()
                    .filter(|(c, _, _)| self.header.columns[*c].column.is_none())
            })
            .map(|(_, text, _)| n_printed(&text.text))
            .sum();
        let extra: u64 = self.extra.iter().map(|t| n_printed(&t.text)).sum();
        (used, used + unknown_header + unknown_cells + extra)
    }
}
