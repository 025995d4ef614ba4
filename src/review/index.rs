//! Where in a run its forms stand: built in one pass, a few dozen bytes a form; each is read when it is asked for.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest as _, Sha256};

use crate::model::digest::hex;
use crate::model::doubt::form_doubt;
use crate::model::record::{Check, DOCUMENT_SCHEMA, DocumentRef, FORM_SCHEMA, Finding, Named};
use crate::model::{DocumentLine, FormId, Record};
use crate::runs::{DOCUMENTS_FILE, FORMS_FILE, Lines, RunError};

/// The forms and documents of a run, by their places.
#[derive(Debug)]
pub(super) struct Index {
    forms_file: LineFile,
    documents_file: LineFile,
    forms: Vec<FormPlace>,
    documents: Vec<DocumentPlace>,
    /// Forms, the most doubtful first, else in the order of the run.
    by_doubt: Vec<u32>,
    /// Forms by their ids.
    by_id: Vec<u32>,
    /// Documents without forms.
    without_forms: Vec<u32>,
    /// sha256 of forms.jsonl, hex.
    pub(super) digest: String,
}

#[derive(Debug, Clone, Copy)]
struct FormPlace {
    offset: u64,
    n_bytes: u32,
    document: u32,
    id: FormId,
    doubt: f32,
}

#[derive(Debug, Clone, Copy)]
struct DocumentPlace {
    offset: u64,
    n_bytes: u32,
    first_form: u32,
    n_forms: u32,
}

/// As much of a record as the list shows.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Head {
    pub(super) form_id: String,
    pub(super) document: DocumentRef,
    pub(super) family: String,
    pub(super) title: Option<String>,
    pub(super) fiscal_year: Option<i32>,
    pub(super) budget_unit: Option<Named>,
    pub(super) department: Option<Named>,
    pub(super) project: Option<NamedProject>,
    pub(super) confidence: Option<f64>,
    pub(super) checks: Vec<Check>,
    pub(super) diagnostics: Vec<Finding>,
    pub(super) indicators: Vec<IgnoredAny>,
}

/// A project's name.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NamedProject {
    pub(super) code: Option<String>,
    pub(super) name: Option<String>,
}

impl Index {
    /// Goes through a run once.
    ///
    /// # Errors
    /// Where it cannot be read, or its ledger and its forms do not agree.
    pub(super) fn build(run: &Path) -> Result<Self, RunError> {
        let mut documents_lines = Lines::open(&run.join(DOCUMENTS_FILE))?;
        let forms_path = run.join(FORMS_FILE);
        let mut forms_lines = Lines::open(&forms_path)?;
        let (mut documents, mut forms) = (Vec::new(), Vec::<FormPlace>::new());
        let mut sum = Sha256::new();
        while let Some((bytes, offset)) = documents_lines.next_bytes()? {
            let n_bytes = short(bytes.len());
            let parsed: Result<DocumentLine, _> = serde_json::from_slice(bytes);
            let line = parsed.map_err(|error| documents_lines.wrong(error.to_string()))?;
            if line.schema != DOCUMENT_SCHEMA {
                let reason = format!(
                    "its schema is {}, this version reads {DOCUMENT_SCHEMA}",
                    line.schema
                );
                return Err(documents_lines.wrong(reason));
            }
            let document = short(documents.len());
            let first_form = short(forms.len());
            for _ in 0..line.forms {
                let Some((bytes, offset)) = forms_lines.next_bytes()? else {
                    let reason =
                        format!("it ends before the {} forms of {}", line.forms, line.path);
                    return Err(forms_lines.wrong(reason));
                };
                sum.update(bytes);
                let n_bytes = short(bytes.len());
                let parsed: Result<Record, _> = serde_json::from_slice(bytes);
                let head = parsed.map_err(|error| forms_lines.wrong(error.to_string()))?;
                let reason = if head.schema != FORM_SCHEMA {
                    Some(format!(
                        "its schema is {}, this version reads {FORM_SCHEMA}",
                        head.schema
                    ))
                } else if head.document.path != line.path {
                    Some(format!(
                        "it is of {}, and the ledger's next form is of {}",
                        head.document.path, line.path
                    ))
                } else {
                    None
                };
                if let Some(reason) = reason {
                    return Err(forms_lines.wrong(reason));
                }
                let Some(id) = FormId::parse(&head.form_id) else {
                    return Err(forms_lines.wrong(format!("{:?} is no id of a form", head.form_id)));
                };
                let doubt = form_doubt(&head) as f32;
                forms.push(FormPlace {
                    offset,
                    n_bytes,
                    document,
                    id,
                    doubt,
                });
            }
            documents.push(DocumentPlace {
                offset,
                n_bytes,
                first_form,
                n_forms: line.forms,
            });
        }
        if forms_lines.next_bytes()?.is_some() {
            return Err(forms_lines.wrong("it belongs to no line of the ledger".to_owned()));
        }
        let mut by_doubt: Vec<u32> = (0..short(forms.len())).collect();
        let mut by_id = by_doubt.clone();
        by_doubt.sort_by(|a, b| {
            forms[*b as usize]
                .doubt
                .total_cmp(&forms[*a as usize].doubt)
        });
        by_id.sort_by_key(|form| forms[*form as usize].id);
        let without_forms = (0..short(documents.len()))
            .filter(|document| documents[*document as usize].n_forms == 0)
            .collect();
        Ok(Self {
            forms_file: LineFile::open(forms_path)?,
            documents_file: LineFile::open(run.join(DOCUMENTS_FILE))?,
            forms,
            documents,
            by_doubt,
            by_id,
            without_forms,
            digest: hex(&sum.finalize()),
        })
    }

    pub(super) fn n_forms(&self) -> u32 {
        short(self.forms.len())
    }

    pub(super) fn n_documents(&self) -> u32 {
        short(self.documents.len())
    }

    /// Forms, the most doubtful first.
    pub(super) fn by_doubt(&self) -> &[u32] {
        &self.by_doubt
    }

    /// How much there is to doubt in a form.
    pub(super) fn doubt(&self, form: u32) -> f32 {
        let place = self.forms.get(form as usize);
        place.map_or(0.0, |place| place.doubt)
    }

    /// Documents without forms, in the order of the run.
    pub(super) fn without_forms(&self) -> &[u32] {
        &self.without_forms
    }

    /// The form of this id: the first, where the same bytes were read twice.
    pub(super) fn find(&self, id: &str) -> Option<u32> {
        let id = FormId::parse(id)?;
        let at = self
            .by_id
            .partition_point(|form| self.forms[*form as usize].id < id);
        let form = *self.by_id.get(at)?;
        (self.forms[form as usize].id == id).then_some(form)
    }

    /// A form of the document whose id begins so ([`FormId::document`]): the first.
    pub(super) fn find_document(&self, document: u64) -> Option<u32> {
        let at = self
            .by_id
            .partition_point(|form| self.forms[*form as usize].id.document < document);
        let form = *self.by_id.get(at)?;
        (self.forms[form as usize].id.document == document).then_some(form)
    }

    /// The id of a form.
    pub(super) fn id_of(&self, form: u32) -> String {
        let place = self.forms.get(form as usize);
        place.map_or_else(String::new, |place| place.id.to_string())
    }

    /// The document of a form.
    pub(super) fn document_of(&self, form: u32) -> u32 {
        self.forms
            .get(form as usize)
            .map_or(0, |place| place.document)
    }

    /// The forms of a document.
    pub(super) fn forms_of(&self, document: u32) -> std::ops::Range<u32> {
        self.documents.get(document as usize).map_or(0..0, |place| {
            place.first_form..place.first_form + place.n_forms
        })
    }

    /// The line of a form.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn form_line(&self, form: u32) -> Result<Vec<u8>, RunError> {
        let place = self
            .forms
            .get(form as usize)
            .ok_or_else(|| self.forms_file.gone())?;
        self.forms_file.read(place.offset, place.n_bytes)
    }

    /// The head of a form.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn head(&self, form: u32) -> Result<Head, RunError> {
        let line = self.form_line(form)?;
        serde_json::from_slice(&line).map_err(|_| self.forms_file.gone())
    }

    /// The ledger line of a document; `None` where there is no such document.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn document(&self, document: u32) -> Result<Option<DocumentLine>, RunError> {
        let Some(place) = self.documents.get(document as usize) else {
            return Ok(None);
        };
        let line = self.documents_file.read(place.offset, place.n_bytes)?;
        let line = serde_json::from_slice(&line).map_err(|_| self.documents_file.gone())?;
        Ok(Some(line))
    }
}

/// A file that lines are read from by their places.
#[derive(Debug)]
struct LineFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl LineFile {
    fn open(path: PathBuf) -> Result<Self, RunError> {
        match File::open(&path) {
            Ok(file) => Ok(Self {
                path,
                file: Mutex::new(file),
            }),
            Err(source) => Err(RunError::Read { path, source }),
        }
    }

    fn read(&self, offset: u64, n_bytes: u32) -> Result<Vec<u8>, RunError> {
        let mut bytes = vec![0; n_bytes as usize];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut bytes));
        match read {
            Ok(()) => Ok(bytes),
            Err(source) => Err(RunError::Read {
                path: self.path.clone(),
                source,
            }),
        }
    }

    /// The file is no longer the one that was gone through.
    fn gone(&self) -> RunError {
        let source = io::Error::other("it has changed since the review began");
        RunError::Read {
            path: self.path.clone(),
            source,
        }
    }
}

/// A count that fits: lines are at most 256 MiB, and four milliards of forms are not reviewed.
fn short(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn forms_are_found_by_their_ids_and_read_one_at_a_time() {
        let run = testing::run();
        let index = Index::build(run.path()).unwrap();
        assert_eq!((index.n_forms(), index.n_documents()), (3, 3));
        let form = index.find(testing::SECOND).unwrap();
        assert_eq!(index.head(form).unwrap().form_id, testing::SECOND);
        assert_eq!(index.document_of(form), 0);
        assert_eq!(index.forms_of(0), 0..2);
        assert_eq!(index.document(0).unwrap().unwrap().path, "a.txt");
        assert_eq!(index.without_forms(), [2]);
    }

    #[test]
    fn the_most_doubtful_form_comes_first() {
        let index = Index::build(testing::run().path()).unwrap();
        assert_eq!(index.by_doubt(), [1, 0, 2]);
    }

    #[test]
    fn what_is_no_id_finds_nothing() {
        let index = Index::build(testing::run().path()).unwrap();
        for id in [
            "",
            "..",
            "../../etc/passwd",
            "aaaaaaaaaaaaaaaa-1",
            "aaaaaaaaaaaaaaaa-0009",
            "AAAAAAAAAAAAAAAA-0001",
            "aaaaaaaaaaaaaaaa-+001",
        ] {
            assert_eq!(index.find(id), None, "{id}");
        }
    }

    #[test]
    fn a_ledger_of_another_run_is_noticed() {
        let run = testing::run();
        let forms = std::fs::read_to_string(run.path().join(FORMS_FILE)).unwrap();
        let first = forms.lines().next().unwrap();
        std::fs::write(run.path().join(FORMS_FILE), first).unwrap();
        let error = Index::build(run.path()).unwrap_err().to_string();
        assert!(
            error.contains("ends before the 2 forms of a.txt"),
            "{error}"
        );
    }
}
