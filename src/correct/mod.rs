//! Corrections: what a person says a record should be, as data that lasts.
//!
//! In: the lines of `corrections.jsonl`, the records of a document. Out: corrected records, and what became of each correction. Never:
//! changes a value that is not the one that was corrected; drops a correction without a word.

mod apply;
mod correction;
mod corrections;
mod forms;
mod net;
mod pointer;
mod rows;
mod rules;

pub use apply::{Conflict, Fate, apply};
pub use correction::{CORRECTION_SCHEMA, Correction, Operation};
pub use corrections::{CorrectionError, Corrections, check};
pub use net::{Net, net};
pub use pointer::{PointerError, members};
pub use rules::Rules;

/// Name of a run's own corrections.
pub const CORRECTIONS_FILE: &str = "corrections.jsonl";

#[cfg(test)]
mod tests;
