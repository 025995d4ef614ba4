//! Where records and ledger lines go: standard output, a file, or a run directory.
//!
//! A file is written under another name beside its place, flushed to the disk and then renamed: whoever finds
//! `forms.jsonl` finds all of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::emit::jsonl::to_line;
use crate::emit::summary::Summary;
use crate::pipeline::Outcome;

/// Forms of a run directory.
pub const FORMS_FILE: &str = "forms.jsonl";
/// Ledger of a run directory.
pub const DOCUMENTS_FILE: &str = "documents.jsonl";
/// Summary of a run directory.
pub const SUMMARY_FILE: &str = "summary.json";

/// What the user asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutputParams {
    /// `None` or `-`: forms to standard output. Ends in `.jsonl`: forms to this file. Else: a run directory.
    pub out: Option<PathBuf>,
    /// The ledger to this file; a run directory has its own all the same.
    pub ledger: Option<PathBuf>,
    /// Whether what is there may be replaced.
    pub force: bool,
}

/// Why output could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is there already, and was not to be replaced.
    #[error("{path} is there already", path = .0.display())]
    Exists(PathBuf),
    /// It is a file, and a run directory was asked for; or a folder where a file was asked for.
    #[error("{path} is not of the kind that is to be written", path = .0.display())]
    WrongKind(PathBuf),
    /// The system refused.
    #[error("cannot write {path}", path = .path.display())]
    Io {
        /// What was to be written; `-` for standard output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OutputError {
    /// Whether whoever read our standard output has gone: no fault, and no one to tell.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Open outputs of a run. Dropped without [`Output::finish`] it leaves nothing behind but what went to standard output.
#[derive(Debug)]
pub struct Output {
    forms: Target,
    ledgers: Vec<Target>,
    summary: Option<Target>,
    counted: Summary,
}

impl Output {
    /// Opens what was asked for, before any input is read.
    ///
    /// # Errors
    /// Where it is there already, is of another kind, or cannot be written.
    pub fn open(params: &OutputParams) -> Result<Self, OutputError> {
        let mut ledgers: Vec<Target> = params
            .ledger
            .iter()
            .map(|ledger| Target::file(ledger, params.force))
            .collect::<Result<_, _>>()?;
        let (forms, summary) = match params.out.as_deref() {
            None => (Target::standard_output(), None),
            Some(out) if out == Path::new("-") => (Target::standard_output(), None),
            Some(out) if is_file_name(out) => (Target::file(out, params.force)?, None),
            Some(out) => {
                prepare_directory(out, params.force)?;
                ledgers.push(Target::file(&out.join(DOCUMENTS_FILE), params.force)?);
                let summary = Target::file(&out.join(SUMMARY_FILE), params.force)?;
                (
                    Target::file(&out.join(FORMS_FILE), params.force)?,
                    Some(summary),
                )
            }
        };
        Ok(Self {
            forms,
            ledgers,
            summary,
            counted: Summary::default(),
        })
    }

    /// Writes the forms and the ledger line of one input.
    ///
    /// # Errors
    /// Where the system refuses: disk full, reader gone.
    pub fn write(&mut self, outcome: &Outcome) -> Result<(), OutputError> {
        self.counted.add(&outcome.document, &outcome.records);
        for record in &outcome.records {
            self.forms.write(&to_line(record))?;
        }
        self.forms.flush_if_shown()?;
        if !self.ledgers.is_empty() {
            let line = to_line(&outcome.document);
            self.ledgers
                .iter_mut()
                .try_for_each(|ledger| ledger.write(&line))?;
        }
        Ok(())
    }

    /// What was written so far.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.counted
    }

    /// Brings everything to the disk and gives each file its name, the summary last.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn finish(self) -> Result<Summary, OutputError> {
        self.forms.finish()?;
        self.ledgers.into_iter().try_for_each(Target::finish)?;
        if let Some(mut summary) = self.summary {
            summary.write(&self.counted.to_json())?;
            summary.finish()?;
        }
        Ok(self.counted)
    }
}

/// Whether OUT names a file of forms rather than a run directory: by its ending, or because it is a device or pipe.
fn is_file_name(out: &Path) -> bool {
    let is_jsonl = out
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("jsonl"));
    is_jsonl || fs::metadata(out).is_ok_and(|metadata| !metadata.is_dir() && !metadata.is_file())
}

/// Makes the run directory, or makes sure that what is there may be written into.
fn prepare_directory(out: &Path, force: bool) -> Result<(), OutputError> {
    match fs::read_dir(out) {
        Ok(mut entries) => {
            let is_empty = entries.next().is_none();
            if is_empty || force {
                Ok(())
            } else {
                Err(OutputError::Exists(out.to_owned()))
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(OutputError::WrongKind(out.to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(out).map_err(|source| OutputError::Io {
                path: out.to_owned(),
                source,
            })
        }
        Err(source) => Err(OutputError::Io {
            path: out.to_owned(),
            source,
        }),
    }
}

/// One open output.
#[derive(Debug)]
enum Target {
    /// Standard output.
    Shown(BufWriter<io::Stdout>),
    /// A device or pipe that is written directly.
    Device(PathBuf, BufWriter<File>),
    /// A file that still has another name.
    File(PendingFile),
}

impl Target {
    fn standard_output() -> Self {
        Self::Shown(BufWriter::with_capacity(1 << 16, io::stdout()))
    }

    /// Opens a file; one that is there is refused without `force`, a device or pipe is written as it is.
    fn file(path: &Path, force: bool) -> Result<Self, OutputError> {
        let io_error = |source| OutputError::Io {
            path: path.to_owned(),
            source,
        };
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(OutputError::WrongKind(path.to_owned()));
            }
            Ok(metadata) if !metadata.is_file() => {
                let file = OpenOptions::new()
                    .write(true)
                    .open(path)
                    .map_err(io_error)?;
                return Ok(Self::Device(path.to_owned(), BufWriter::new(file)));
            }
            Ok(_) if !force => return Err(OutputError::Exists(path.to_owned())),
            _ => {}
        }
        PendingFile::create(path).map(Self::File).map_err(io_error)
    }

    fn write(&mut self, text: &str) -> Result<(), OutputError> {
        let result = match self {
            Self::Shown(writer) => writer.write_all(text.as_bytes()),
            Self::Device(_, writer) => writer.write_all(text.as_bytes()),
            Self::File(pending) => pending.writer.write_all(text.as_bytes()),
        };
        result.map_err(|source| OutputError::Io {
            path: self.path(),
            source,
        })
    }

    /// Someone may be waiting at the other end of standard output; a file is only looked at when it is whole.
    fn flush_if_shown(&mut self) -> Result<(), OutputError> {
        let result = match self {
            Self::Shown(writer) => writer.flush(),
            Self::Device(_, writer) => writer.flush(),
            Self::File(_) => return Ok(()),
        };
        result.map_err(|source| OutputError::Io {
            path: self.path(),
            source,
        })
    }

    fn finish(mut self) -> Result<(), OutputError> {
        let path = self.path();
        let result = match &mut self {
            Self::Shown(writer) => writer.flush(),
            Self::Device(_, writer) => writer.flush(),
            Self::File(pending) => pending.commit(),
        };
        result.map_err(|source| OutputError::Io { path, source })
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Shown(_) => PathBuf::from("-"),
            Self::Device(path, _) => path.clone(),
            Self::File(pending) => pending.target.clone(),
        }
    }
}

/// A file that is written under another name until it is whole.
#[derive(Debug)]
struct PendingFile {
    /// The name it will have.
    target: PathBuf,
    /// The name it has, in the same folder; `None` when it was renamed.
    temporary: Option<PathBuf>,
    writer: BufWriter<File>,
}

impl PendingFile {
    /// Creates the temporary file. Its name does not contain the target's, which may be as long as a name can be.
    fn create(target: &Path) -> io::Result<Self> {
        let folder = folder_of(target);
        let process = std::process::id();
        for attempt in 0_u32.. {
            let temporary = folder.join(format!(".jixiao-{process}-{attempt}.part"));
            match OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&temporary)
            {
                Ok(file) => {
                    let writer = BufWriter::with_capacity(1 << 16, file);
                    return Ok(Self {
                        target: target.to_owned(),
                        temporary: Some(temporary),
                        writer,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Flushes, syncs, renames, and syncs the folder so that the name lasts too.
    fn commit(&mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target)?;
            self.temporary = None;
        }
        if cfg!(unix) {
            File::open(folder_of(&self.target))?.sync_all()
        } else {
            Ok(())
        }
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nothing can be done about a file that cannot be removed, and the run has failed already.
            drop(fs::remove_file(temporary));
        }
    }
}

/// The folder of a path; `.` for a bare name.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::ledger::unread_line;
    use crate::model::{Code, Diagnostic};

    fn outcome() -> Outcome {
        let document = unread_line("a.pdf", Diagnostic::new(Code::EmptyFile, "", "m"));
        Outcome {
            records: Vec::new(),
            document,
        }
    }

    fn params(out: PathBuf, force: bool) -> OutputParams {
        OutputParams {
            out: Some(out),
            ledger: None,
            force,
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_run_directory_holds_three_files_and_appears_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new/run");
        let mut output = Output::open(&params(out.clone(), false)).unwrap();
        output.write(&outcome()).unwrap();
        assert!(!out.join(FORMS_FILE).exists());
        output.finish().unwrap();
        assert_eq!(names(&out), [DOCUMENTS_FILE, FORMS_FILE, SUMMARY_FILE]);
    }

    #[test]
    fn what_is_there_is_kept_without_force() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.jsonl");
        fs::write(&file, "mine").unwrap();
        for out in [file.clone(), folder.path().to_owned()] {
            assert!(matches!(
                Output::open(&params(out, false)),
                Err(OutputError::Exists(_))
            ));
        }
        let output = Output::open(&params(file.clone(), true)).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "");
    }

    #[test]
    fn an_unfinished_run_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::open(&params(folder.path().to_owned(), false)).unwrap();
        output.write(&outcome()).unwrap();
        drop(output);
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn a_file_in_the_place_of_a_directory_is_refused_even_with_force() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        fs::write(&file, "mine").unwrap();
        assert!(matches!(
            Output::open(&params(file, true)),
            Err(OutputError::WrongKind(_))
        ));
    }

    #[test]
    fn a_name_as_long_as_names_can_be_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(format!("{}.jsonl", "表".repeat(83)));
        Output::open(&params(file.clone(), false))
            .unwrap()
            .finish()
            .unwrap();
        assert!(file.exists());
    }
}
