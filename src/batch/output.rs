//! Where records and ledger lines go: standard output, a file, or a run directory.
//!
//! A file is written under another name beside its place, flushed to the disk and then renamed: whoever finds
//! `forms.jsonl` finds all of it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::finished::Finished;
use crate::emit::jsonl::to_line;
use crate::emit::summary::Summary;

/// Forms of a run directory.
pub const FORMS_FILE: &str = "forms.jsonl";
/// Ledger of a run directory.
pub const DOCUMENTS_FILE: &str = "documents.jsonl";
/// Summary of a run directory.
pub const SUMMARY_FILE: &str = "summary.json";

/// How much is gathered before it is handed to the system, in bytes.
const BUFFER_BYTES: usize = 1 << 16;
/// Beginning and end of temporary names.
const TEMPORARY: (&str, &str) = (".jixiao-", ".part");

/// What the user asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutputParams {
    /// `None` or `-`: forms to standard output. Ends in `.jsonl`: forms to this file. Else: a run directory.
    pub out: Option<PathBuf>,
    /// The ledger to this file (`-`: standard output); a run directory has its own all the same.
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
    /// Two outputs of the run would be one file.
    #[error("{path} is named for two outputs", path = .0.display())]
    Twice(PathBuf),
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
        let (forms, ledger_of_run, summary) = match params.out.as_deref() {
            None => (PathBuf::from("-"), None, None),
            Some(out) if is_file_name(out) => (out.to_owned(), None, None),
            Some(out) => {
                prepare_directory(out, params.force)?;
                let [forms, ledger, summary] =
                    [FORMS_FILE, DOCUMENTS_FILE, SUMMARY_FILE].map(|name| out.join(name));
                (forms, Some(ledger), Some(summary))
            }
        };
        let ledgers: Vec<PathBuf> = params.ledger.iter().cloned().chain(ledger_of_run).collect();
        refuse_twice(ledgers.iter().chain([&forms]).chain(&summary))?;
        let open = |path: &PathBuf| Target::open(path, params.force);
        let forms = open(&forms)?;
        let ledgers = ledgers.iter().map(open).collect::<Result<_, _>>()?;
        let summary = summary.as_ref().map(open).transpose()?;
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
    pub fn write(&mut self, finished: &Finished) -> Result<(), OutputError> {
        let facts = finished.forms.iter().map(|form| &form.facts);
        self.counted.add(&finished.document, facts);
        for form in &finished.forms {
            self.forms.write(&form.line)?;
        }
        self.forms.flush_if_shown()?;
        if !self.ledgers.is_empty() {
            let line = to_line(&finished.document);
            for ledger in &mut self.ledgers {
                ledger.write(&line)?;
                ledger.flush_if_shown()?;
            }
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

/// Whether OUT names a file of forms rather than a run directory: by its ending, or because it is no place for files.
fn is_file_name(out: &Path) -> bool {
    let is_jsonl = out
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("jsonl"));
    is_jsonl || is_standard_output(out) || is_device(out)
}

/// `-`, or the name that Unix has for it. Opened by that name it would have an offset of its own.
fn is_standard_output(path: &Path) -> bool {
    [Path::new("-"), Path::new("/dev/stdout")].contains(&path)
}

/// A device, a pipe, or whatever `/dev` leads to: it is written where it is, never renamed over.
fn is_device(path: &Path) -> bool {
    path.starts_with("/dev")
        || fs::metadata(path).is_ok_and(|metadata| !metadata.is_dir() && !metadata.is_file())
}

/// No file is written twice; the same device may be.
fn refuse_twice<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<(), OutputError> {
    let mut seen = Vec::new();
    for path in paths.filter(|path| !is_standard_output(path) && !is_device(path)) {
        // A folder that cannot be found is reported when the file is opened.
        let folder = fs::canonicalize(folder_of(path)).unwrap_or_else(|_| folder_of(path));
        let place = folder.join(path.file_name().unwrap_or_default());
        if seen.contains(&place) {
            return Err(OutputError::Twice(path.clone()));
        }
        seen.push(place);
    }
    Ok(())
}

/// Makes the run directory, or makes sure that what is there may be written into.
fn prepare_directory(out: &Path, force: bool) -> Result<(), OutputError> {
    match fs::read_dir(out) {
        Ok(mut entries) => {
            // What an interrupted run left under its temporary name is nobody's output.
            let is_empty =
                entries.all(|entry| entry.is_ok_and(|entry| is_temporary(&entry.file_name())));
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
    /// Opens an output; a file that is there is refused without `force`.
    fn open(path: &Path, force: bool) -> Result<Self, OutputError> {
        let io_error = |source| OutputError::Io {
            path: path.to_owned(),
            source,
        };
        if is_standard_output(path) {
            return Ok(Self::Shown(BufWriter::with_capacity(
                BUFFER_BYTES,
                io::stdout(),
            )));
        }
        if is_device(path) {
            let file = OpenOptions::new()
                .append(true)
                .open(path)
                .map_err(io_error)?;
            return Ok(Self::Device(
                path.to_owned(),
                BufWriter::with_capacity(BUFFER_BYTES, file),
            ));
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(OutputError::WrongKind(path.to_owned())),
            Ok(_) if !force => Err(OutputError::Exists(path.to_owned())),
            // A link stays a link, and what it leads to is replaced.
            Ok(_) => PendingFile::create(&fs::canonicalize(path).map_err(io_error)?)
                .map(Self::File)
                .map_err(io_error),
            Err(_) => PendingFile::create(path).map(Self::File).map_err(io_error),
        }
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
            let temporary =
                folder.join(format!("{}{process}-{attempt}{}", TEMPORARY.0, TEMPORARY.1));
            match OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&temporary)
            {
                Ok(file) => {
                    let writer = BufWriter::with_capacity(BUFFER_BYTES, file);
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

fn is_temporary(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
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

    fn outcome() -> Finished {
        let document = unread_line("a.pdf", Diagnostic::new(Code::EmptyFile, "", "m"));
        Finished {
            document,
            forms: Vec::new(),
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
    fn what_an_interrupted_run_left_is_no_output() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".jixiao-1-0.part"), "torn").unwrap();
        assert!(Output::open(&params(folder.path().to_owned(), false)).is_ok());
    }

    #[test]
    fn two_outputs_cannot_be_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = |out: &str, ledger: &str| {
            let [out, ledger] = [out, ledger].map(|name| folder.path().join(name));
            let params = OutputParams {
                out: Some(out),
                ledger: Some(ledger),
                force: true,
            };
            Output::open(&params).map(|_| ())
        };
        assert!(matches!(
            ledger("x.jsonl", "x.jsonl"),
            Err(OutputError::Twice(_))
        ));
        assert!(matches!(
            ledger("run", "run/../run/documents.jsonl"),
            Err(OutputError::Twice(_))
        ));
        assert!(ledger("x.jsonl", "y.jsonl").is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let [target, link] = ["target.jsonl", "link.jsonl"].map(|name| folder.path().join(name));
        fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        Output::open(&params(link.clone(), true))
            .unwrap()
            .finish()
            .unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "");
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
