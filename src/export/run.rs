//! Runs read back: the ledger of a run directory with the forms of each of its lines.
//!
//! In: a run directory that has ended. Out: ledger lines with their records, one after the other. Never: holds a whole run; passes over
//! a line.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::{ExportError, RunFiles};
use crate::model::record::{DOCUMENT_SCHEMA, FORM_SCHEMA};
use crate::model::{DocumentLine, Record};

/// Longest line that is read, in bytes.
const LONGEST_LINE: usize = 256 << 20;

/// A run directory, read from its beginning to its end.
pub(super) struct RunReader {
    documents: Lines,
    forms: Lines,
}

/// The lines of a file.
struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    line: Vec<u8>,
    n_lines: u64,
}

impl Lines {
    fn open(path: PathBuf) -> Result<Self, ExportError> {
        match File::open(&path) {
            Ok(file) => Ok(Self {
                path,
                reader: BufReader::with_capacity(1 << 16, file),
                line: Vec::new(),
                n_lines: 0,
            }),
            Err(source) => Err(ExportError::Read { path, source }),
        }
    }

    /// The next line as what it is; `None` at the end.
    fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, ExportError> {
        use std::io::Read as _;
        self.line.clear();
        let mut rest = (&mut self.reader).take(LONGEST_LINE as u64);
        rest.read_until(b'\n', &mut self.line)
            .map_err(|source| ExportError::Read {
                path: self.path.clone(),
                source,
            })?;
        if self.line.is_empty() {
            return Ok(None);
        }
        self.n_lines += 1;
        if self.line.len() == LONGEST_LINE && self.line.last() != Some(&b'\n') {
            let reason = format!("it is longer than {LONGEST_LINE} bytes");
            return Err(self.wrong(reason));
        }
        serde_json::from_slice(&self.line)
            .map(Some)
            .map_err(|source| self.wrong(source.to_string()))
    }

    fn wrong(&self, reason: String) -> ExportError {
        ExportError::Line {
            path: self.path.clone(),
            line: self.n_lines,
            reason,
        }
    }
}

impl RunReader {
    pub(super) fn open(run: &Path, files: &RunFiles) -> Result<Self, ExportError> {
        Ok(Self {
            documents: Lines::open(run.join(&files.documents))?,
            forms: Lines::open(run.join(&files.forms))?,
        })
    }

    /// The next document with its forms; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(DocumentLine, Vec<Record>)>, ExportError> {
        let Some(document) = self.documents.next::<DocumentLine>()? else {
            return match self.forms.next::<Record>()? {
                None => Ok(None),
                Some(record) => Err(self.forms.wrong(format!(
                    "the form {} belongs to no line of the ledger",
                    record.form_id
                ))),
            };
        };
        if document.schema != DOCUMENT_SCHEMA {
            return Err(self.documents.wrong(format!(
                "its schema is {}, this version reads {DOCUMENT_SCHEMA}",
                document.schema
            )));
        }
        let mut forms = Vec::new();
        for _ in 0..document.forms {
            let Some(record) = self.forms.next::<Record>()? else {
                return Err(self.forms.wrong(format!(
                    "it ends before the {} forms of {}",
                    document.forms, document.path
                )));
            };
            if record.schema != FORM_SCHEMA {
                return Err(self.forms.wrong(format!(
                    "its schema is {}, this version reads {FORM_SCHEMA}",
                    record.schema
                )));
            }
            if record.document.path != document.path {
                return Err(self.forms.wrong(format!(
                    "it is of {}, and the ledger's next form is of {}",
                    record.document.path, document.path
                )));
            }
            forms.push(record);
        }
        Ok(Some((document, forms)))
    }
}
