//! The review set that `jixiao sample` writes (`sample.json`), and what reviewers say of its forms (`verdicts.jsonl`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `schema` of a review set.
pub const SAMPLE_SCHEMA: &str = "jixiao.sample/1";
/// Name of a run's own verdicts.
pub const VERDICTS_FILE: &str = "verdicts.jsonl";
/// `schema` of a verdict.
pub const VERDICT_SCHEMA: &str = "jixiao.verdict/1";

/// The forms that are to be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "jixiao review set, version 1", extend("additionalProperties" = false))]
pub struct ReviewSet {
    /// Always `jixiao.sample/1`.
    #[schemars(extend("const" = SAMPLE_SCHEMA))]
    pub schema: String,
    /// The plan as it was given, such as `aql:0.65`.
    pub plan: String,
    /// The seed of the draw.
    pub seed: u64,
    /// Forms of the run.
    pub n_forms: u64,
    /// sha256 of the run's forms.jsonl, hex: the set is of that run and no other.
    pub forms_sha256: String,
    /// Code letter of ISO 2859-1, for its plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_letter: Option<char>,
    /// Forms that count for the acceptance number: all that were drawn, but for those drawn on top for strata that would have none.
    pub n_counted: u64,
    /// The most defective forms among those with which the run is accepted.
    pub acceptance_number: u64,
    /// The groups that the run was parted into, sorted by name.
    pub strata: Vec<Stratum>,
    /// The forms that were drawn, in the order of the run.
    pub forms: Vec<Chosen>,
}

/// A group of forms that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Stratum {
    /// Its name: what its forms have in common.
    pub name: String,
    /// Forms of the run in it.
    pub n_forms: u64,
    /// How many of them were drawn.
    pub n_drawn: u64,
}

/// A form that was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Chosen {
    /// Of the record.
    pub form_id: String,
    /// sha256 of the source file's bytes, hex.
    pub document: String,
    /// Path of the document.
    pub path: String,
    /// Index of its stratum.
    pub stratum: usize,
    /// Whether it counts for the acceptance number.
    #[serde(rename = "counted")]
    pub is_counted: bool,
    /// Values that its record gives: leaves that are not null, of the keys that say what is printed.
    #[serde(rename = "leaves")]
    pub n_leaves: u64,
}

/// What a reviewer says of a form. The last one of a form counts; the file is only ever appended to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "jixiao verdict, version 1", extend("additionalProperties" = false))]
pub struct Verdict {
    /// Always `jixiao.verdict/1`.
    #[schemars(extend("const" = VERDICT_SCHEMA))]
    pub schema: String,
    /// Of the record.
    pub form_id: String,
    /// sha256 of the source file's bytes, hex.
    pub document: String,
    /// What was found.
    pub verdict: VerdictKind,
    /// Who says so.
    pub by: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// In the reviewer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// All of it was held against the page and, with the corrections made by then, it agrees. A form with corrections was defective.
    Approved,
    /// It is wrong, and was not (or could not be) corrected.
    Defective,
    /// It has to be looked at by someone else; it counts as not looked at.
    Flagged,
    /// What was said before does not stand: the form counts as not looked at.
    Withdrawn,
}
