//! One correction, as it stands in a line of `corrections.jsonl`. The file is only ever appended to: a correction that is undone is
//! followed by one that leads back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `schema` of a correction.
pub const CORRECTION_SCHEMA: &str = "jixiao.correction/1";

/// What is done to the place that a correction points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// The value becomes another; `null` is the value of what is not printed.
    Replace,
    /// A row is put before the one that stands there (or at the end), or a form behind the last of the document.
    Add,
    /// A row, or the whole form, is taken away.
    Remove,
}

/// What a person says a record should be.
///
/// Rows are those of `functions`, `funds`, `tasks`, `indicators` and `attributes`. A boundary between two forms is moved by taking rows
/// from the one and giving them to the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// Always `jixiao.correction/1`.
    pub schema: String,
    /// sha256 of the source file's bytes, hex.
    pub document: String,
    /// Ordinal of the form in its document, from 1, as in `form_id`. Forms keep theirs when others are taken away, and forms that are
    /// added have those behind the last.
    pub form: u32,
    /// What is done.
    #[serde(rename = "op")]
    pub operation: Operation,
    /// JSON Pointer (RFC 6901) into the record; empty for the whole form.
    pub pointer: String,
    /// What stands there before; `null` where nothing does.
    pub old: Value,
    /// What is to stand there; `null` where nothing is.
    pub new: Value,
    /// For a value in a row: the whole row as it was before, by which it is found again where rows have moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Value>,
    /// Who says so.
    pub by: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
