//! Grammar files: what is written in `grammars/*.toml`, key by key.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::pattern::PatternError;

/// Why grammar files could not be used.
#[derive(Debug, thiserror::Error)]
pub enum GrammarError {
    /// A file or folder could not be read.
    #[error("cannot read grammar {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is no TOML, or has keys that no grammar has.
    #[error("grammar {path} is not valid")]
    Toml {
        /// Which.
        path: String,
        /// Why.
        source: Box<toml::de::Error>,
    },
    /// A pattern of the pattern language does not parse.
    #[error("grammar {path}, pattern {name}")]
    Pattern {
        /// Which file.
        path: String,
        /// Which pattern.
        name: String,
        /// Why.
        source: PatternError,
    },
    /// A name is used that nothing defines.
    #[error("grammar {path} names {kind} {name}, which nothing defines")]
    Unknown {
        /// Which file.
        path: String,
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LexiconFile {
    pub(super) operators: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) operator_suffixes: Vec<String>,
    pub(super) money_units: BTreeMap<String, Vec<String>>,
    pub(super) measure_units: Vec<String>,
    pub(super) emptiness: EmptinessFile,
    pub(super) levels: LevelsFile,
    #[serde(default)]
    pub(super) misread_words: BTreeMap<String, String>,
    pub(super) confusions: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonalFile {
    pub(super) person_labels: Vec<String>,
    pub(super) phone_labels: Vec<String>,
    /// A character each; white space is none.
    pub(super) surnames: String,
    pub(super) double_surnames: Vec<String>,
    pub(super) behind_names: Vec<String>,
    pub(super) before_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EmptinessFile {
    pub(super) template_hints: Vec<String>,
    #[serde(flatten)]
    pub(super) kinds: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelsFile {
    pub(super) level1: Vec<String>,
    pub(super) level2: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayoutsFile {
    #[serde(default)]
    pub(super) patterns: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) groups: LabelList,
    #[serde(default)]
    pub(super) attributes: LabelList,
    #[serde(default)]
    pub(super) titles: TitlesFile,
    #[serde(default)]
    pub(super) inferred: Vec<InferredFile>,
    #[serde(default)]
    pub(super) lists: ListsFile,
    #[serde(default)]
    pub(super) tables: BTreeMap<String, TableFile>,
}

/// Tables of several projects.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListsFile {
    /// Headers of their columns with the labels that they mean.
    pub(super) labels: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelList {
    pub(super) labels: Vec<String>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TitlesFile {
    pub(super) endings: Vec<String>,
    /// Words of which one stands in every title.
    #[serde(default)]
    pub(super) words: Vec<String>,
    /// What titles end in.
    #[serde(default)]
    pub(super) nouns: Vec<String>,
    #[serde(default)]
    pub(super) others: Vec<String>,
    pub(super) longest: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InferredFile {
    pub(super) key: String,
    pub(super) parts: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFile {
    pub(super) into: String,
    #[serde(default)]
    pub(super) key: String,
    pub(super) min_columns: usize,
    pub(super) any_of: Vec<String>,
    pub(super) all_of: Vec<String>,
    #[serde(default)]
    pub(super) max_rows: Option<usize>,
    pub(super) columns: Vec<ColumnFile>,
    #[serde(default)]
    pub(super) rows: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) groups: Vec<GroupFile>,
    #[serde(default)]
    pub(super) footers: Vec<FooterFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnFile {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) labels: Vec<String>,
    /// Labels made of parts: one of each list.
    #[serde(default)]
    pub(super) parts: Vec<Vec<String>>,
    #[serde(default)]
    pub(super) fill: bool,
    #[serde(default)]
    pub(super) optional: bool,
    #[serde(default)]
    pub(super) row: Option<String>,
    /// Labels of other columns that are of this one where their own column is there already.
    #[serde(default)]
    pub(super) twins: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupFile {
    pub(super) key: String,
    #[serde(default)]
    pub(super) leaf: Option<String>,
    pub(super) labels: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FooterFile {
    pub(super) labels: Vec<String>,
    pub(super) cells: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FamilyFile {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) titles: Vec<String>,
    pub(super) tables: Vec<String>,
    pub(super) fields: toml::Table,
    #[serde(default)]
    pub(super) attributes: Vec<String>,
    #[serde(default)]
    pub(super) fingerprint: FingerprintFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldFile {
    pub(super) labels: Vec<String>,
    pub(super) value: String,
    #[serde(default)]
    pub(super) long: bool,
    #[serde(default)]
    pub(super) must_fit: bool,
    #[serde(default)]
    pub(super) trailing: bool,
    #[serde(default)]
    pub(super) weight: Option<f32>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FingerprintFile {
    #[serde(default)]
    pub(super) columns: BTreeMap<String, f32>,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, f32>,
}
