//! Runs read back: what `extract` has written, for the commands that take a run.
//!
//! In: a run directory, or JSON Lines. Out: ledger lines and records, one after the other. Never: holds a whole run; passes over a line.
#![expect(
    clippy::disallowed_methods,
    reason = "runs is an edge: it reads what was written"
)]

mod lines;
mod reader;

use std::io;
use std::path::PathBuf;

pub use lines::Lines;
pub use reader::RunReader;

/// Forms of a run directory.
pub const FORMS_FILE: &str = "forms.jsonl";
/// Ledger of a run directory.
pub const DOCUMENTS_FILE: &str = "documents.jsonl";
/// Summary of a run directory.
pub const SUMMARY_FILE: &str = "summary.json";

/// Why a run could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file of it cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of it is not what it should be.
    #[error("{}, line {line}: {reason}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}
