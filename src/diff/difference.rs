//! One difference, as it stands in a line of the JSON Lines that `jixiao diff` writes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `schema` of a difference.
pub const DIFFERENCE_SCHEMA: &str = "jixiao.difference/1";

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Both have a value, and they say different things.
    Value,
    /// Both have a value that says the same, written otherwise: width, white space, dashes, zeros of a number.
    Format,
    /// What is printed is the same, where it comes from or how surely it was read is not.
    Provenance,
    /// Only the new run has it.
    Added,
    /// Only the old run has it.
    Removed,
    /// The same rows, in other forms: a form was parted, forms were joined, or a boundary was moved.
    Resegmented,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 6] = [
        Self::Value,
        Self::Format,
        Self::Provenance,
        Self::Added,
        Self::Removed,
        Self::Resegmented,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Format => "format",
            Self::Provenance => "provenance",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Resegmented => "resegmented",
        }
    }
}

/// What differs between two runs, and may be why their forms do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The bytes of the document.
    Document,
    /// A person corrected it.
    Correction,
    /// The grammar, or its version.
    Grammar,
    /// Text layer or recognition.
    Source,
    /// What reads scans.
    Engine,
    /// The version of jixiao.
    Version,
}

impl Cause {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Correction => "correction",
            Self::Grammar => "grammar",
            Self::Source => "source",
            Self::Engine => "engine",
            Self::Version => "version",
        }
    }
}

/// A form of one of the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormRef {
    /// Of the record.
    pub form_id: String,
    /// The title as printed.
    pub title: Option<String>,
    /// Name of the project, else of the department: what a person knows it by.
    pub name: Option<String>,
    /// First and last page, from 1.
    pub pages: Option<(u32, u32)>,
    /// First and last line, from 1.
    pub lines: Option<(u32, u32)>,
    /// Indicator rows.
    pub n_indicators: usize,
}

/// Where a value is printed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// From 1.
    pub page: Option<u32>,
    /// Left, top, right, bottom in points from the top left of the page as displayed.
    pub bbox: Option<[f32; 4]>,
    /// From 1; plain text only.
    pub line: Option<u32>,
}

/// One difference between two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Always `jixiao.difference/1`.
    pub schema: String,
    /// What kind it is.
    pub class: Class,
    /// sha256 of the document, hex: of the old run's where they differ.
    pub document: String,
    /// Its path, of the new run where it has the document.
    pub path: String,
    /// Forms of the old run that it speaks of: one, or several that were segmented otherwise.
    pub old_forms: Vec<FormRef>,
    /// Forms of the new run that it speaks of.
    pub new_forms: Vec<FormRef>,
    /// JSON Pointer into the new record, into the old one where the new has nothing; empty for a whole form.
    pub pointer: String,
    /// JSON Pointer into the old record where it is another one: rows have moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_pointer: Option<String>,
    /// What it is a value of: `indicators/target`, `checks/weight_sum`; `form` for a whole form.
    pub field: String,
    /// Family of the form.
    pub family: String,
    /// First two digits of the project's region (GB/T 2260).
    pub province: Option<String>,
    /// What stood there.
    pub old: Value,
    /// What stands there.
    pub new: Value,
    /// What differs between the runs as well.
    pub causes: Vec<Cause>,
    /// Where the old value is printed, if the run says so.
    pub old_spot: Option<Spot>,
    /// Where the new value is printed, if the run says so.
    pub new_spot: Option<Spot>,
}
