//! The star model: the tables that records become, column by column. The one definition from which Parquet schemas, DDL, JSON
//! Schema, `datapackage.json` and dbt sources are made.
//!
//! Every table has `document_sk`, so that one statement takes away all that an earlier version of a document left.

pub use super::tables::TABLES;

/// A table of the star model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table {
    /// Its name, and that of its files.
    pub name: &'static str,
    /// Its name in Chinese: that of the view in SQLite.
    pub label: &'static str,
    /// What a row is.
    pub en: &'static str,
    /// What a row is, in Chinese.
    pub zh: &'static str,
    /// Columns that together are the primary key.
    pub key: &'static [&'static str],
    /// Its columns, in order.
    pub columns: &'static [Column],
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its name in Chinese: the header of `--header zh`.
    pub label: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether a value may be absent.
    pub nullable: bool,
    /// What it means.
    pub en: &'static str,
    /// What it means, in Chinese.
    pub zh: &'static str,
    /// All values that it may have, where they are a closed list.
    pub values: &'static [&'static str],
    /// The table whose key of the same name it refers to.
    pub refers_to: Option<&'static str>,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Unicode text.
    Text,
    /// A number of 32 bits, with a sign.
    Int32,
    /// A number of 64 bits, with a sign.
    Int64,
    /// A floating-point number of 64 bits: shares and confidences, never money.
    Double,
    /// A decimal of [`PRECISION`] digits, [`SCALE`] of them behind the point.
    Decimal,
}

/// Digits of a decimal: what 64 bits hold.
pub const PRECISION: u8 = 18;
/// Digits of a decimal behind its point.
pub const SCALE: u8 = 4;

impl Table {
    /// Columns that are not part of the key.
    pub fn rest(&self) -> impl Iterator<Item = &'static Column> {
        let key = self.key;
        self.columns
            .iter()
            .filter(move |column| !key.contains(&column.name))
    }
}

/// The table of this name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_and_references_are_columns() {
        let mut before = BTreeSet::new();
        for table in TABLES {
            let names: BTreeSet<_> = table.columns.iter().map(|column| column.name).collect();
            let labels: BTreeSet<_> = table.columns.iter().map(|column| column.label).collect();
            assert_eq!(names.len(), table.columns.len(), "{}", table.name);
            assert_eq!(labels.len(), table.columns.len(), "{}", table.name);
            assert!(names.contains("document_sk"), "{}", table.name);
            for key in table.key {
                let column = table.columns.iter().find(|column| column.name == *key);
                assert!(!column.unwrap().nullable, "{}.{key}", table.name);
            }
            for column in table.columns {
                let known = column.refers_to.is_none_or(|other| before.contains(other));
                assert!(known, "{}.{}", table.name, column.name);
            }
            before.insert(table.name);
        }
    }

    #[test]
    fn everything_is_said_in_two_languages() {
        let has_han = |text: &str| text.chars().any(|ch| ('一'..='鿿').contains(&ch));
        for table in TABLES {
            assert!(has_han(table.label) && has_han(table.zh) && !table.en.is_empty());
            for column in table.columns {
                let says = has_han(column.label) && has_han(column.zh) && !column.en.is_empty();
                assert!(says, "{}.{}", table.name, column.name);
            }
        }
    }
}
