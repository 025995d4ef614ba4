//! Corrections: what a person says a record should be, as data that lasts.
//!
//! In: the lines of `corrections.jsonl`, the records of a document. Out: corrected records, and what became of each correction. Never:
//! changes a value that is not the one that was corrected; drops a correction without a word.

mod correction;

pub use correction::{CORRECTION_SCHEMA, Correction, Operation};
