//! One of the two runs: a file of forms, and what its summary says.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::index::Entry;
use crate::runs::{DOCUMENTS_FILE, FORMS_FILE, RunError, SUMMARY_FILE};

/// What the summary of a run says of how it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct SideFacts {
    /// Version of jixiao.
    pub version: Option<String>,
    /// What read scans.
    pub engine: Option<String>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its forms, one a line.
    pub forms: PathBuf,
    /// Its ledger; `None` for forms alone.
    pub documents: Option<PathBuf>,
    /// How it was made, as far as it says.
    pub facts: SideFacts,
}

impl Side {
    /// A run directory, or a file of forms.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        if !path.is_dir() {
            return Self {
                forms: path.to_owned(),
                documents: None,
                facts: SideFacts::default(),
            };
        }
        let summary = fs::read(path.join(SUMMARY_FILE)).unwrap_or_default();
        Self {
            forms: path.join(FORMS_FILE),
            documents: Some(path.join(DOCUMENTS_FILE)).filter(|file| file.is_file()),
            facts: serde_json::from_slice(&summary).unwrap_or_default(),
        }
    }

    /// Reads the lines of entries of its index.
    pub(super) fn lines(&self, entries: &[Entry]) -> Result<Vec<Vec<u8>>, RunError> {
        let failed = |source| RunError::Read {
            path: self.forms.clone(),
            source,
        };
        let mut file = File::open(&self.forms).map_err(failed)?;
        let mut lines = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut line = vec![0; entry.n_bytes as usize];
            file.seek(SeekFrom::Start(entry.offset)).map_err(failed)?;
            file.read_exact(&mut line).map_err(failed)?;
            lines.push(line);
        }
        Ok(lines)
    }

    /// What is wrong with the line of an entry.
    pub(super) fn wrong(&self, entry: &Entry, error: &serde_json::Error) -> RunError {
        RunError::Line {
            path: self.forms.clone(),
            line: entry.line,
            reason: error.to_string(),
        }
    }
}

/// Whether both sides are known and not the same.
pub(super) fn differ(old: &Option<String>, new: &Option<String>) -> bool {
    old.is_some() && new.is_some() && old != new
}
