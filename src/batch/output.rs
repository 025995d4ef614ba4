//! Where records and ledger lines go: standard output, a file, or a run directory.
//!
//! A file is written under another name beside its place, flushed to the disk and then renamed: whoever finds
//! `forms.jsonl` finds all of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::finished::Finished;
use super::inputs::Input;
use super::journal::{Journal, JournalError, RunIdentity, has_run};
use super::pending::{BUFFER_BYTES, PendingFile, folder_of, is_temporary};
use crate::emit::jsonl::to_line;
use crate::emit::summary::Summary;
use crate::model::record::RedactionNote;
use crate::runs::{DOCUMENTS_FILE, FORMS_FILE, SUMMARY_FILE};

/// All files of a run directory.
const RUN_FILES: [&str; 3] = [FORMS_FILE, DOCUMENTS_FILE, SUMMARY_FILE];

/// What the user asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutputParams {
    /// `None` or `-`: forms to standard output. Ends in `.jsonl`: forms to this file. Else: a run directory.
    pub out: Option<PathBuf>,
    /// The ledger to this file (`-`: standard output); a run directory has its own all the same.
    pub ledger: Option<PathBuf>,
    /// Whether what is there may be replaced; a run that has not ended begins anew.
    pub force: bool,
    /// Whether a run that has not ended is taken up even so.
    pub resume: bool,
    /// What the summary says of the engine that reads scans.
    pub engine: Option<String>,
    /// What the summary says of redaction.
    pub redaction: Option<RedactionNote>,
}

impl OutputParams {
    /// The run directory; `None` where forms go to a file or to standard output.
    #[must_use]
    pub fn run_directory(&self) -> Option<&Path> {
        self.out.as_deref().filter(|out| !is_file_name(out))
    }

    /// Leaves out of the inputs what an earlier run has written into the run directory, or this one: a folder that is walked may hold it.
    /// `tables` are names that tables of the run have there.
    pub fn leave_out_own(&self, tables: &[String], inputs: &mut Vec<Input>) {
        let Some(out) = self.run_directory() else {
            return;
        };
        let Ok(out) = fs::canonicalize(out) else {
            return;
        };
        let is_own = |input: &Input| {
            let name = input.path.file_name().unwrap_or_default();
            let Ok(folder) = fs::canonicalize(folder_of(&input.path)) else {
                return false;
            };
            let is_named_so = is_temporary(name) || RUN_FILES.iter().any(|own| name == *own);
            let below = folder.strip_prefix(&out).map(|below| below.join(name));
            let is_table = |below: PathBuf| tables.iter().any(|own| below.starts_with(own));
            (is_named_so && folder == out) || below.is_ok_and(is_table)
        };
        inputs.retain(|input| !is_own(input));
    }
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
    /// A run directory that cannot be begun or taken up.
    #[error(transparent)]
    Journal(JournalError),
    /// The system refused.
    #[error("cannot write {path}", path = .path.display())]
    Io {
        /// What was to be written; `-` for standard output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<JournalError> for OutputError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Io { path, source } => Self::Io { path, source },
            error => Self::Journal(error),
        }
    }
}

impl OutputError {
    /// Whether whoever read our standard output has gone: no fault, and no one to tell.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Open outputs of a run. Dropped without [`Output::finish`] it leaves nothing behind but what went to standard output, and a
/// run directory in which the run can be taken up.
#[derive(Debug)]
pub struct Output {
    forms: Forms,
    ledgers: Vec<Target>,
    counted: Summary,
}

/// Where forms go.
#[derive(Debug)]
enum Forms {
    Target(Target),
    /// To a run directory, with a ledger and a summary.
    Run(Box<Journal>, PathBuf),
}

impl Output {
    /// Opens what was asked for, before any input is read.
    ///
    /// # Errors
    /// Where it is there already, is of another kind, or cannot be written.
    ///
    /// A run directory that holds a run which has not ended, of the same `identity`, is taken up: [`Output::summary`] says
    /// how many documents are done.
    pub fn open(params: &OutputParams, identity: RunIdentity) -> Result<Self, OutputError> {
        let run = match params.out.as_deref() {
            Some(out) if !is_file_name(out) => {
                prepare_directory(out, params.force)?;
                Some(out)
            }
            _ => None,
        };
        let own: Vec<PathBuf> = match run {
            Some(out) => RUN_FILES.iter().map(|name| out.join(name)).collect(),
            None => vec![params.out.clone().unwrap_or_else(|| "-".into())],
        };
        refuse_twice(params.ledger.iter().chain(&own))?;
        let open = |path: &PathBuf| Target::open(path, params.force);
        let mut ledgers: Vec<Target> = params.ledger.iter().map(open).collect::<Result<_, _>>()?;
        let (forms, mut counted) = match run {
            Some(out) => {
                let anew = params.force && !params.resume;
                let names = (FORMS_FILE, DOCUMENTS_FILE);
                let journal = Journal::open(out, names, identity, anew)?;
                for ledger in &mut ledgers {
                    ledger.write(&journal.begun_documents()?)?;
                }
                let counted = journal.begun().clone();
                (Forms::Run(Box::new(journal), out.to_owned()), counted)
            }
            None => (Forms::Target(open(&own[0])?), Summary::default()),
        };
        counted.engine.clone_from(&params.engine);
        counted.redaction.clone_from(&params.redaction);
        Ok(Self {
            forms,
            ledgers,
            counted,
        })
    }

    /// Writes the forms and the ledger line of one input.
    ///
    /// # Errors
    /// Where the system refuses: disk full, reader gone.
    pub fn write(&mut self, finished: &Finished) -> Result<(), OutputError> {
        let facts = finished.forms.iter().map(|form| &form.facts);
        self.counted.add(&finished.document, facts);
        let document = to_line(&finished.document);
        let lines = finished.forms.iter().map(|form| &form.line);
        match &mut self.forms {
            Forms::Target(target) => {
                for line in lines {
                    target.write(line)?;
                }
                target.flush_if_shown()?;
            }
            Forms::Run(journal, _) => journal.write(lines, &document, &self.counted)?,
        }
        for ledger in &mut self.ledgers {
            ledger.write(&document)?;
            ledger.flush_if_shown()?;
        }
        Ok(())
    }

    /// Brings what was written to the disk, so that a run directory can be taken up from here.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn pause(mut self) -> Result<Summary, OutputError> {
        if let Forms::Run(journal, _) = &mut self.forms {
            journal.checkpoint(&self.counted)?;
        }
        Ok(self.counted)
    }

    /// Whether the run can be taken up where it stops.
    #[must_use]
    pub fn can_be_taken_up(&self) -> bool {
        matches!(self.forms, Forms::Run(..))
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
        self.ledgers.into_iter().try_for_each(Target::finish)?;
        match self.forms {
            Forms::Target(target) => target.finish()?,
            Forms::Run(journal, folder) => {
                let mut summary = Target::open(&folder.join(SUMMARY_FILE), true)?;
                summary.write(&self.counted.to_json())?;
                let named = journal.finish((FORMS_FILE, DOCUMENTS_FILE), &self.counted)?;
                summary.finish()?;
                named.close()?;
            }
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
            if is_empty || force || has_run(out) {
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

    fn identity() -> RunIdentity {
        RunIdentity {
            version: "v".to_owned(),
            configuration: "c".to_owned(),
            inputs: "i".to_owned(),
        }
    }

    fn params(out: PathBuf, force: bool) -> OutputParams {
        OutputParams {
            out: Some(out),
            ledger: None,
            force,
            ..OutputParams::default()
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
        let mut output = Output::open(&params(out.clone(), false), identity()).unwrap();
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
                Output::open(&params(out, false), identity()),
                Err(OutputError::Exists(_))
            ));
        }
        let output = Output::open(&params(file.clone(), true), identity()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "");
    }

    #[test]
    fn an_unfinished_run_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let open = |force| Output::open(&params(folder.path().to_owned(), force), identity());
        let mut output = open(false).unwrap();
        output.write(&outcome()).unwrap();
        output.pause().unwrap();
        let mut output = open(false).unwrap();
        assert_eq!(output.summary().documents, 1);
        output.write(&outcome()).unwrap();
        assert_eq!(output.finish().unwrap().documents, 2);
        assert_eq!(
            names(folder.path()),
            [DOCUMENTS_FILE, FORMS_FILE, SUMMARY_FILE]
        );
        let ledger = fs::read_to_string(folder.path().join(DOCUMENTS_FILE)).unwrap();
        assert_eq!(ledger.lines().count(), 2);
    }

    #[test]
    fn with_force_an_unfinished_run_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let open = |force| Output::open(&params(folder.path().to_owned(), force), identity());
        let mut output = open(false).unwrap();
        output.write(&outcome()).unwrap();
        output.pause().unwrap();
        assert_eq!(open(true).unwrap().summary().documents, 0);
    }

    #[test]
    fn what_an_interrupted_run_left_is_no_output() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".jixiao-1-0.part"), "torn").unwrap();
        assert!(Output::open(&params(folder.path().to_owned(), false), identity()).is_ok());
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
                ..OutputParams::default()
            };
            Output::open(&params, identity()).map(|_| ())
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
        Output::open(&params(link.clone(), true), identity())
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
            Output::open(&params(file, true), identity()),
            Err(OutputError::WrongKind(_))
        ));
    }

    #[test]
    fn a_name_as_long_as_names_can_be_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(format!("{}.jsonl", "表".repeat(83)));
        Output::open(&params(file.clone(), false), identity())
            .unwrap()
            .finish()
            .unwrap();
        assert!(file.exists());
    }
}
