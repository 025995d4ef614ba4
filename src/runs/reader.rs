//! Runs read from their beginning to their end: the ledger of a run directory with the forms of each of its lines.

use std::path::Path;

use super::lines::Lines;
use super::{DOCUMENTS_FILE, FORMS_FILE, RunError};
use crate::model::record::{DOCUMENT_SCHEMA, FORM_SCHEMA};
use crate::model::{DocumentLine, Record};

/// A run directory, read from its beginning to its end.
#[derive(Debug)]
pub struct RunReader {
    documents: Lines,
    forms: Lines,
}

impl RunReader {
    /// Opens the run of a directory.
    ///
    /// # Errors
    /// Where its files cannot be opened.
    pub fn open(run: &Path) -> Result<Self, RunError> {
        Ok(Self {
            documents: Lines::open(&run.join(DOCUMENTS_FILE))?,
            forms: Lines::open(&run.join(FORMS_FILE))?,
        })
    }

    /// The next document with its forms; `None` at the end.
    ///
    /// # Errors
    /// Where a line is not what it should be, of another version, or the ledger and the forms do not agree.
    pub fn next_document(&mut self) -> Result<Option<(DocumentLine, Vec<Record>)>, RunError> {
        let Some(document) = self.documents.next_value::<DocumentLine>()? else {
            return match self.forms.next_value::<Record>()? {
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
            let Some(record) = self.forms.next_value::<Record>()? else {
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
