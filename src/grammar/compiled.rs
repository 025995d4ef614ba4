//! Grammars as they are used: compiled from the files by `compile`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{PersonalWords, Vocabulary};

use super::labels::LabelTree;
use super::look::Words;
use super::pattern::Pattern;

/// All grammars of a run, compiled.
#[derive(Debug, Clone)]
pub struct Grammars {
    pub(super) families: Vec<Family>,
    pub(super) patterns: Vec<Pattern>,
    /// Index of the pattern of amounts, which the cells of tables of funds have.
    pub(super) amount: usize,
    pub(super) labels: Vec<LabelInfo>,
    pub(super) label_tree: LabelTree,
    pub(super) tables: Vec<TableSpec>,
    pub(super) title_endings: Vec<String>,
    /// Words of which one stands in every title, folded.
    pub(super) title_words: Vec<String>,
    /// What titles end in, folded.
    pub(super) title_nouns: Vec<String>,
    /// Endings of the titles of tables that are no forms.
    pub(super) other_titles: Vec<String>,
    pub(super) title_longest: usize,
    /// Headers of lists of projects with the labels that they mean, folded.
    pub(super) list_labels: BTreeMap<String, String>,
    pub(super) words: Words,
    /// The closed vocabularies, for the rooms behind this one.
    pub vocabulary: Vocabulary,
    /// What speaks of persons.
    pub personal: PersonalWords,
}

/// A form family.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) version: String,
    /// Folded titles.
    pub(super) titles: Vec<String>,
    /// Indices into [`Grammars::tables`].
    pub(super) tables: Vec<usize>,
    pub(super) fields: Vec<FieldSpec>,
    /// Column key → weight of its presence.
    pub(super) column_weights: BTreeMap<String, f32>,
    /// Folded attribute label → weight of its presence.
    pub(super) attribute_weights: BTreeMap<String, f32>,
}

/// A labelled field.
#[derive(Debug, Clone)]
pub(super) struct FieldSpec {
    pub(super) key: String,
    /// Index into [`Grammars::patterns`].
    pub(super) pattern: usize,
    /// A text over several lines.
    pub(super) long: bool,
    /// The label counts only where its value fits the pattern.
    pub(super) must_fit: bool,
    /// May stand behind the indicator table.
    pub(super) trailing: bool,
    /// Weight of its presence as evidence for the family.
    pub(super) weight: f32,
}

/// What a label means.
#[derive(Debug, Clone, Default)]
pub(super) struct LabelInfo {
    /// Folded.
    pub(super) text: String,
    /// It may head other labels.
    pub(super) group: bool,
    /// It is known, without a key.
    pub(super) attribute: bool,
    /// It is made of known parts, in no list.
    pub(super) inferred: bool,
    /// For each family: indices of the fields it may be, in order of preference.
    pub(super) fields: Arc<Vec<Vec<usize>>>,
}

/// A table of rows.
#[derive(Debug, Clone)]
pub(super) struct TableSpec {
    pub(super) name: String,
    pub(super) into: TableInto,
    pub(super) key: String,
    pub(super) min_columns: usize,
    pub(super) any_of: Vec<String>,
    pub(super) all_of: Vec<String>,
    pub(super) max_rows: Option<usize>,
    pub(super) columns: Vec<ColumnSpec>,
    pub(super) column_tree: LabelTree,
    pub(super) rows: Vec<String>,
    pub(super) row_tree: LabelTree,
    pub(super) groups: Vec<GroupSpec>,
    pub(super) group_tree: LabelTree,
    pub(super) footers: Vec<BTreeMap<String, String>>,
    pub(super) footer_tree: LabelTree,
}

/// Where the rows of a table go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableInto {
    /// A list of rows in the record.
    Rows,
    /// Each cell is an amount of its own.
    Funds,
    /// One row, each cell a field.
    Fields,
}

/// A column of a table of rows.
#[derive(Debug, Clone)]
pub(super) struct ColumnSpec {
    pub(super) key: String,
    pub(super) kind: ColumnKind,
    pub(super) fill: bool,
    pub(super) optional: bool,
    /// Only the row of this key carries a value in it.
    pub(super) row: Option<String>,
    /// Labels of other columns, folded, that are of this one where their own column is there already.
    pub(super) twins: Vec<String>,
}

/// An upper header.
#[derive(Debug, Clone)]
pub(super) struct GroupSpec {
    pub(super) key: String,
    /// The column it is by itself where nothing stands under it.
    pub(super) leaf: Option<String>,
}

/// What the cells of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ColumnKind {
    Level1,
    Level2,
    Name,
    Operator,
    Flag,
    Target,
    Unit,
    Number,
    Amount,
    Percent,
    Actual,
    Note,
    Long,
}

impl ColumnKind {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "level1" => Self::Level1,
            "level2" => Self::Level2,
            "name" => Self::Name,
            "operator" => Self::Operator,
            "flag" => Self::Flag,
            "target" => Self::Target,
            "unit" => Self::Unit,
            "number" => Self::Number,
            "amount" => Self::Amount,
            "percent" => Self::Percent,
            "actual" => Self::Actual,
            "note" => Self::Note,
            "long" => Self::Long,
            _ => return None,
        })
    }
}
