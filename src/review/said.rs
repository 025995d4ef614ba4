//! What people say: corrections and verdicts, kept in files that are only appended to.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ReviewError;
use crate::correct::{CORRECTION_SCHEMA, Correction};
use crate::model::FormId;
use crate::runs::RunError;
use crate::sample::{VERDICT_SCHEMA, Verdict, VerdictKind};

/// All that was said of a run.
#[derive(Debug)]
pub(super) struct Said {
    corrections_file: Appended,
    verdicts_file: Appended,
    /// Corrections by document, in the order in which they were said.
    corrections: BTreeMap<String, Vec<Correction>>,
    /// The last verdict of each form.
    verdicts: BTreeMap<String, Verdict>,
}

impl Said {
    /// Reads what was said before, and takes hold of the files.
    ///
    /// # Errors
    /// Where a file cannot be read or written, holds something else, or is in the hands of another review.
    pub(super) fn open(corrections: &Path, verdicts: &Path) -> Result<Self, ReviewError> {
        let (corrections_file, lines) =
            Appended::open::<Correction>(corrections, |c| &c.schema, CORRECTION_SCHEMA)?;
        let (verdicts_file, verdict_lines) =
            Appended::open::<Verdict>(verdicts, |v| &v.schema, VERDICT_SCHEMA)?;
        let mut said = Self {
            corrections_file,
            verdicts_file,
            corrections: BTreeMap::new(),
            verdicts: BTreeMap::new(),
        };
        for correction in lines {
            said.corrections
                .entry(correction.document.clone())
                .or_default()
                .push(correction);
        }
        for verdict in verdict_lines {
            said.verdicts.insert(verdict.form_id.clone(), verdict);
        }
        Ok(said)
    }

    /// The corrections of a document.
    pub(super) fn corrections(&self, document: &str) -> &[Correction] {
        self.corrections.get(document).map_or(&[], Vec::as_slice)
    }

    /// How many corrections there are of a form.
    pub(super) fn n_corrections(&self, form_id: &str) -> usize {
        self.corrections_of(form_id).count()
    }

    /// The corrections of a form, in the order in which they were made.
    pub(super) fn corrections_of<'a>(
        &'a self,
        form_id: &'a str,
    ) -> impl Iterator<Item = &'a Correction> {
        // Ids of documents begin with what ids of forms do.
        let hex = form_id.split_once('-').map_or(form_id, |(hex, _)| hex);
        let documents = self.corrections.range(hex.to_owned()..);
        let own = documents.take_while(move |(document, _)| document.starts_with(hex));
        let ordinal = FormId::ordinal_in(form_id);
        own.flat_map(|(_, corrections)| corrections)
            .filter(move |correction| Some(correction.form) == ordinal)
    }

    /// What was said last of each form, what was withdrawn included.
    pub(super) fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.values()
    }

    /// What was said last of a form; `None` where nothing was, or where it was withdrawn.
    pub(super) fn verdict(&self, form_id: &str) -> Option<&Verdict> {
        self.verdicts
            .get(form_id)
            .filter(|verdict| verdict.verdict != VerdictKind::Withdrawn)
    }

    /// Appends corrections, all or none.
    ///
    /// # Errors
    /// Where they cannot be kept.
    pub(super) fn correct(&mut self, corrections: Vec<Correction>) -> Result<(), ReviewError> {
        self.corrections_file.append(&corrections)?;
        for correction in corrections {
            self.corrections
                .entry(correction.document.clone())
                .or_default()
                .push(correction);
        }
        Ok(())
    }

    /// Appends a verdict.
    ///
    /// # Errors
    /// Where it cannot be kept.
    pub(super) fn judge(&mut self, verdict: Verdict) -> Result<(), ReviewError> {
        self.verdicts_file.append(std::slice::from_ref(&verdict))?;
        self.verdicts.insert(verdict.form_id.clone(), verdict);
        Ok(())
    }
}

/// A file of JSON Lines that this process alone appends to.
#[derive(Debug)]
struct Appended {
    path: PathBuf,
    file: File,
}

impl Appended {
    /// Opens a file, makes it where there is none, and reads what is in it. A last line that was not written to its end was never
    /// acknowledged: it is cut off.
    fn open<T: DeserializeOwned>(
        path: &Path,
        schema_of: fn(&T) -> &String,
        schema: &str,
    ) -> Result<(Self, Vec<T>), ReviewError> {
        let write = |source| ReviewError::Write {
            path: path.to_owned(),
            source,
        };
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(write)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(ReviewError::Locked(path.to_owned()));
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(write(source)),
        }
        let read = |source| RunError::Read {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(read)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        if whole < bytes.len() {
            if serde_json::from_slice::<T>(&bytes[whole..]).is_ok() {
                file.write_all(b"\n").map_err(write)?;
            } else {
                file.set_len(whole as u64).map_err(write)?;
                file.seek(SeekFrom::End(0)).map_err(write)?;
                bytes.truncate(whole);
            }
        }
        let mut found = Vec::new();
        for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1u64..) {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let wrong = |reason: String| RunError::Line {
                path: path.to_owned(),
                line: number,
                reason,
            };
            let one: T = serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
            if schema_of(&one) != schema {
                return Err(wrong(format!(
                    "its schema is {}, this version reads {schema}",
                    schema_of(&one)
                ))
                .into());
            }
            found.push(one);
        }
        Ok((
            Self {
                path: path.to_owned(),
                file,
            },
            found,
        ))
    }

    /// Appends lines and has them put on the disk. Where that fails the file is as long as it was.
    fn append<T: Serialize>(&mut self, lines: &[T]) -> Result<(), ReviewError> {
        let mut text = Vec::new();
        let mut write = || -> io::Result<()> {
            for line in lines {
                serde_json::to_writer(&mut text, line)?;
                text.push(b'\n');
            }
            let n_before = self.file.metadata()?.len();
            let result = self
                .file
                .write_all(&text)
                .and_then(|()| self.file.sync_data());
            if result.is_err() {
                // A torn line would be in the way of the next.
                drop(self.file.set_len(n_before));
            }
            result
        };
        write().map_err(|source| ReviewError::Write {
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn open(folder: &Path) -> Result<Said, ReviewError> {
        Said::open(&folder.join("c.jsonl"), &folder.join("v.jsonl"))
    }

    #[test]
    fn what_was_said_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut said = open(folder.path()).unwrap();
        said.correct(vec![testing::correction("/title", "新")])
            .unwrap();
        said.judge(testing::verdict(VerdictKind::Approved)).unwrap();
        drop(said);
        let said = open(folder.path()).unwrap();
        assert_eq!(
            said.corrections(testing::DOCUMENT),
            [testing::correction("/title", "新")]
        );
        assert_eq!(
            said.verdict(testing::FIRST).unwrap().verdict,
            VerdictKind::Approved
        );
    }

    #[test]
    fn a_verdict_that_was_withdrawn_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut said = open(folder.path()).unwrap();
        for kind in [VerdictKind::Flagged, VerdictKind::Withdrawn] {
            said.judge(testing::verdict(kind)).unwrap();
        }
        assert_eq!(said.verdict(testing::FIRST), None);
        drop(said);
        assert_eq!(open(folder.path()).unwrap().verdict(testing::FIRST), None);
    }

    #[test]
    fn two_reviews_do_not_write_into_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let _first = open(folder.path()).unwrap();
        assert!(matches!(open(folder.path()), Err(ReviewError::Locked(_))));
    }

    #[test]
    fn a_torn_line_is_cut_off_and_a_wrong_one_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.jsonl");
        let whole = serde_json::to_string(&testing::verdict(VerdictKind::Approved)).unwrap() + "\n";
        std::fs::write(&path, format!("{whole}{{\"schema\":\"jix")).unwrap();
        let mut said = open(folder.path()).unwrap();
        said.judge(testing::verdict(VerdictKind::Flagged)).unwrap();
        drop(said);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
        std::fs::write(&path, "{}\n").unwrap();
        assert!(
            open(folder.path())
                .unwrap_err()
                .to_string()
                .contains("line 1")
        );
    }
}
