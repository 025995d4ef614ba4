//! The order of the rooms. In: a path. Out: records and a ledger line. Never: knows what a form looks like.
//! Stub of the branch `cli`: the lead's file takes its place.

use std::path::{Path, PathBuf};

use crate::emit::ledger::{DocumentFacts, document_line};
use crate::grammar::Grammars;
use crate::model::{Code, Diagnostic, DocumentLine, Record};

/// Settings of a run that change what is read.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineParams {
    /// Whether records say where each value was printed.
    pub provenance: bool,
    /// Passwords to try on encrypted files, after the empty one.
    pub passwords: Vec<String>,
    /// Largest file that is read, in bytes.
    pub max_bytes: u64,
    /// Most pages of a file that are read.
    pub max_pages: u32,
}

impl Default for PipelineParams {
    fn default() -> Self {
        Self { provenance: false, passwords: Vec::new(), max_bytes: 512 << 20, max_pages: 10_000 }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Its forms, in reading order.
    pub records: Vec<Record>,
    /// Its ledger line, without a time.
    pub document: DocumentLine,
}

/// A stage that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// What acquire yields.
    Page,
    /// What layout yields.
    Layout,
    /// What grammar yields.
    Raw,
    /// What emit writes.
    Form,
}

/// How a stage is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DumpFormat {
    /// For reading.
    Text,
    /// For programs.
    Json,
}

/// Why a stage could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The file could not be read.
    #[error("{path}: {code} {message}", path = path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// Its code.
        code: Code,
        /// What happened.
        message: String,
    },
}

/// Reads one file.
#[must_use]
pub fn process_file(path: &Path, name: &str, _grammars: &Grammars, params: &PipelineParams) -> Outcome {
    let mut facts = DocumentFacts { path: name.to_owned(), ..DocumentFacts::default() };
    match std::fs::read(path) {
        Err(error) => facts.diagnostics.push(Diagnostic::new(Code::IoRead, "", error.to_string())),
        Ok(bytes) => {
            let n_bytes = bytes.len() as u64;
            facts.n_bytes = Some(n_bytes);
            if n_bytes > params.max_bytes {
                facts.diagnostics.push(Diagnostic::new(Code::LimitSize, "", "too large"));
            } else if bytes.is_empty() {
                facts.diagnostics.push(Diagnostic::new(Code::EmptyFile, "", "the file has no bytes"));
            } else {
                facts.id = Some("0".repeat(64));
            }
        }
    }
    Outcome { records: Vec::new(), document: document_line(facts, &[]) }
}

/// Shows a stage.
///
/// # Errors
/// Where the file cannot be read.
pub fn dump(
    path: &Path,
    name: &str,
    stage: Stage,
    format: DumpFormat,
    grammars: &Grammars,
    params: &PipelineParams,
) -> Result<String, DumpError> {
    let outcome = process_file(path, name, grammars, params);
    if let Some(finding) = outcome.document.diagnostics.first() {
        let code = Code::find(&finding.code).unwrap_or(Code::Internal);
        return Err(DumpError::Unread { path: path.to_owned(), code, message: finding.message.clone() });
    }
    Ok(format!("{stage:?} {format:?}\n"))
}
