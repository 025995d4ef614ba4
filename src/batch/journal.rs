//! The journal of a run directory: a run that was killed goes on where it stopped, and ends with the same bytes.
//!
//! In: what is written. Out: a directory in which at any moment a run can be taken up. Never: lets two runs write into
//! one directory; takes up a run of another configuration or of other inputs; believes a tail that was not synced.
//!
//! While a run goes on its lines are appended to [`FORMS_PART`] and [`DOCUMENTS_PART`]. From time to time both are synced, and
//! then a [`Checkpoint`] with their lengths takes the place of the one before, by a rename. Whoever takes the run up
//! cuts both files to those lengths, and goes on with the next input. At the end the files get their names.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::pending::BUFFER_BYTES;
use crate::emit::summary::Summary;

/// Forms of a run that has not ended.
pub const FORMS_PART: &str = ".jixiao-forms.part";
/// Ledger of a run that has not ended.
pub const DOCUMENTS_PART: &str = ".jixiao-documents.part";
/// How far it has come.
pub const CHECKPOINT: &str = ".jixiao-checkpoint.json";
/// Held by the run that writes into the directory.
pub const LOCK: &str = ".jixiao-lock";

/// How long lines may be without being synced.
const INTERVAL: Duration = Duration::from_secs(1);

/// What must be the same for a run to be taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunIdentity {
    /// Version of jixiao.
    pub version: String,
    /// Digest of all settings that change what is written.
    pub configuration: String,
    /// Digest of the names of the inputs, in their order.
    pub inputs: String,
}

impl RunIdentity {
    /// In what another run differs; `None` where it is the same.
    #[must_use]
    pub fn differs(&self, other: &Self) -> Option<Differs> {
        [
            (self.version != other.version, Differs::Version),
            (self.configuration != other.configuration, Differs::Settings),
            (self.inputs != other.inputs, Differs::Inputs),
        ]
        .into_iter()
        .find_map(|(is_other, differs)| is_other.then_some(differs))
    }
}

/// How far a run has come; all of it is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Checkpoint {
    identity: RunIdentity,
    /// Bytes of the forms, and of the ledger.
    n_bytes: (u64, u64),
    /// What was counted; its documents are the inputs that are done.
    counted: Summary,
}

/// Why a run directory cannot be written, or its run not be taken up.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another run writes into it.
    #[error("another run is writing into {path}", path = .0.display())]
    Locked(PathBuf),
    /// It holds a run that has not ended, of another configuration or of other inputs.
    #[error("{path} holds a run that has not ended, with {differs}", path = .path.display())]
    Another {
        /// The directory.
        path: PathBuf,
        /// What differs.
        differs: Differs,
    },
    /// The system refused.
    #[error("cannot write {path}", path = .path.display())]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// In what a run differs from one that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differs {
    /// Its checkpoint cannot be read, or another version has written it.
    Version,
    /// In its settings or grammars.
    Settings,
    /// In its inputs: files have come or gone.
    Inputs,
}

impl fmt::Display for Differs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Version => "another version of jixiao",
            Self::Settings => "other settings",
            Self::Inputs => "other inputs",
        })
    }
}

/// Whether a directory holds a run that has not ended.
pub(super) fn has_run(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join(CHECKPOINT)).is_ok()
}

/// A run directory that is being written.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    identity: RunIdentity,
    forms: Part,
    documents: Part,
    begun: Summary,
    synced: Instant,
    /// Held until this is dropped.
    _lock: File,
}

impl Journal {
    /// Begins a run in a directory, or takes up the one that it holds unless `anew`.
    ///
    /// `names` are those that the files will have: a run that was killed while they got them gives them back.
    pub(super) fn open(
        folder: &Path,
        names: (&str, &str),
        identity: RunIdentity,
        anew: bool,
    ) -> Result<Self, JournalError> {
        let lock = lock(folder)?;
        let begun = if anew {
            None
        } else {
            read_checkpoint(folder, &identity)?
        };
        if begun.is_some() {
            take_back(folder, FORMS_PART, names.0)?;
            take_back(folder, DOCUMENTS_PART, names.1)?;
        }
        let (n_bytes, counted) = begun.map_or(((0, 0), Summary::default()), |checkpoint| {
            (checkpoint.n_bytes, checkpoint.counted)
        });
        let journal = Self {
            forms: Part::open(folder.join(FORMS_PART), n_bytes.0)?,
            documents: Part::open(folder.join(DOCUMENTS_PART), n_bytes.1)?,
            folder: folder.to_owned(),
            identity,
            begun: counted,
            synced: Instant::now(),
            _lock: lock,
        };
        Ok(journal)
    }

    /// What the runs before have written.
    pub(super) fn begun(&self) -> &Summary {
        &self.begun
    }

    /// The ledger as the runs before have left it.
    pub(super) fn begun_documents(&self) -> Result<String, JournalError> {
        let path = self.folder.join(DOCUMENTS_PART);
        fs::read_to_string(&path).map_err(|source| JournalError::Io { path, source })
    }

    /// Appends the lines of one input. They are on the disk when the next checkpoint is.
    pub(super) fn write(
        &mut self,
        forms: impl Iterator<Item = impl AsRef<str>>,
        document: &str,
        counted: &Summary,
    ) -> Result<(), JournalError> {
        for form in forms {
            self.forms.write(form.as_ref())?;
        }
        self.documents.write(document)?;
        if self.synced.elapsed() >= INTERVAL {
            self.checkpoint(counted)?;
        }
        Ok(())
    }

    /// Brings what was written to the disk, and says so.
    pub(super) fn checkpoint(&mut self, counted: &Summary) -> Result<(), JournalError> {
        let checkpoint = Checkpoint {
            identity: self.identity.clone(),
            n_bytes: (self.forms.sync()?, self.documents.sync()?),
            counted: counted.clone(),
        };
        let path = self.folder.join(CHECKPOINT);
        let refused = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        let text = serde_json::to_vec(&checkpoint)
            .map_err(io::Error::from)
            .map_err(refused)?;
        let new = self.folder.join(format!("{CHECKPOINT}.part"));
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(&text)?;
            file.sync_data()?;
            fs::rename(&new, &path)
        };
        write().map_err(refused)?;
        self.synced = Instant::now();
        Ok(())
    }

    /// Gives the files their names. Until what is returned is closed the run can still be taken up.
    pub(super) fn finish(
        mut self,
        names: (&str, &str),
        counted: &Summary,
    ) -> Result<NamedFiles, JournalError> {
        self.checkpoint(counted)?;
        let named = NamedFiles(self);
        named.in_folder(|folder| {
            fs::rename(folder.join(FORMS_PART), folder.join(names.0))?;
            fs::rename(folder.join(DOCUMENTS_PART), folder.join(names.1))
        })?;
        Ok(named)
    }
}

/// A journal whose files have their names.
#[derive(Debug)]
pub(super) struct NamedFiles(Journal);

impl NamedFiles {
    /// Ends the run; it cannot be taken up any more.
    pub(super) fn close(self) -> Result<(), JournalError> {
        self.in_folder(|folder| {
            fs::remove_file(folder.join(CHECKPOINT))?;
            fs::remove_file(folder.join(LOCK))?;
            if cfg!(unix) {
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        })
    }

    fn in_folder(&self, act: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), JournalError> {
        let folder = &self.0.folder;
        act(folder).map_err(|source| JournalError::Io {
            path: folder.clone(),
            source,
        })
    }
}

/// Gives a file that has its last name already the one before.
fn take_back(folder: &Path, part: &str, name: &str) -> Result<(), JournalError> {
    let (part, whole) = (folder.join(part), folder.join(name));
    if part.exists() {
        return Ok(());
    }
    fs::rename(&whole, &part).map_err(|source| JournalError::Io {
        path: whole,
        source,
    })
}

/// Takes the lock of a directory; the system gives it back when this process ends, however it does.
fn lock(folder: &Path) -> Result<File, JournalError> {
    let path = folder.join(LOCK);
    let refused = |source| JournalError::Io {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}

/// The checkpoint of a directory; `None` where it holds no run.
fn read_checkpoint(
    folder: &Path,
    identity: &RunIdentity,
) -> Result<Option<Checkpoint>, JournalError> {
    let path = folder.join(CHECKPOINT);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(JournalError::Io { path, source }),
    };
    let another = |differs| {
        Err(JournalError::Another {
            path: folder.to_owned(),
            differs,
        })
    };
    // It was renamed when it was whole: what cannot be read is another version's.
    let Ok(checkpoint) = serde_json::from_slice::<Checkpoint>(&text) else {
        return another(Differs::Version);
    };
    match checkpoint.identity.differs(identity) {
        Some(differs) => another(differs),
        None => Ok(Some(checkpoint)),
    }
}

/// A file that is appended to.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    writer: BufWriter<File>,
    n_bytes: u64,
}

impl Part {
    /// Opens a file and cuts it to this length. One that is shorter is no file of this run's.
    fn open(path: PathBuf, n_bytes: u64) -> Result<Self, JournalError> {
        let open = || {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(&path)?;
            if file.metadata()?.len() < n_bytes {
                let message = "is shorter than the checkpoint says";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            file.set_len(n_bytes)?;
            let mut file = file;
            io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(|source| JournalError::Io {
            path: path.clone(),
            source,
        })?;
        Ok(Self {
            path,
            writer: BufWriter::with_capacity(BUFFER_BYTES, file),
            n_bytes,
        })
    }

    fn write(&mut self, text: &str) -> Result<(), JournalError> {
        self.n_bytes += text.len() as u64;
        self.writer
            .write_all(text.as_bytes())
            .map_err(|source| self.refused(source))
    }

    /// Brings everything to the disk. Returns how much it is.
    fn sync(&mut self) -> Result<u64, JournalError> {
        let synced = self.writer.flush();
        synced
            .and_then(|()| self.writer.get_ref().sync_data())
            .map_err(|source| self.refused(source))?;
        Ok(self.n_bytes)
    }

    fn refused(&self, source: io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: (&str, &str) = ("f", "d");

    fn identity(inputs: &str) -> RunIdentity {
        RunIdentity {
            version: "1".to_owned(),
            configuration: "c".to_owned(),
            inputs: inputs.to_owned(),
        }
    }

    /// A journal with what it has counted.
    struct Run(Journal, Summary);

    impl Run {
        fn open(folder: &Path) -> Self {
            let journal = Journal::open(folder, NAMES, identity("i"), false).unwrap();
            let counted = journal.begun().clone();
            Self(journal, counted)
        }

        fn write(&mut self, n: u64) {
            let forms = (0..n % 3).map(|k| format!("form {n} {k}\n"));
            self.1.documents += 1;
            let document = format!("document {n}\n");
            self.0.write(forms, &document, &self.1).unwrap();
        }

        fn checkpoint(&mut self) {
            self.0.checkpoint(&self.1).unwrap();
        }

        fn finish(self) -> u64 {
            self.0.finish(NAMES, &self.1).unwrap().close().unwrap();
            self.1.documents
        }
    }

    fn whole(folder: &Path) -> (String, String) {
        let [forms, documents] = ["f", "d"].map(|name| fs::read_to_string(folder.join(name)));
        (forms.unwrap(), documents.unwrap())
    }

    fn uninterrupted(n: u64) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::open(folder.path());
        (0..n).for_each(|n| run.write(n));
        run.finish();
        whole(folder.path())
    }

    #[test]
    fn wherever_a_run_is_torn_it_ends_with_the_same_bytes() {
        const N: u64 = 20;
        let expected = uninterrupted(N);
        for torn_at in 0..N {
            for tail in 0..40 {
                let folder = tempfile::tempdir().unwrap();
                let mut run = Run::open(folder.path());
                for n in 0..torn_at {
                    run.write(n);
                    if n % 4 == 3 {
                        run.checkpoint();
                    }
                }
                // What was handed to the system is there, cut anywhere behind the last checkpoint.
                run.0.forms.writer.flush().unwrap();
                run.0.documents.writer.flush().unwrap();
                drop(run);
                let checkpoint = read_checkpoint(folder.path(), &identity("i")).unwrap();
                let least = checkpoint.map_or((0, 0), |checkpoint| checkpoint.n_bytes);
                for (name, least) in [(FORMS_PART, least.0), (DOCUMENTS_PART, least.1)] {
                    let file = OpenOptions::new()
                        .write(true)
                        .open(folder.path().join(name));
                    let file = file.unwrap();
                    let n_bytes = file.metadata().unwrap().len().saturating_sub(tail);
                    file.set_len(n_bytes.max(least)).unwrap();
                }
                let mut run = Run::open(folder.path());
                (run.1.documents..N).for_each(|n| run.write(n));
                assert_eq!(run.finish(), N);
                assert_eq!(whole(folder.path()), expected, "{torn_at} {tail}");
            }
        }
    }

    #[test]
    fn a_run_that_is_killed_while_files_get_their_names_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::open(folder.path());
        (0..5).for_each(|n| run.write(n));
        run.checkpoint();
        drop(run);
        fs::rename(folder.path().join(FORMS_PART), folder.path().join(NAMES.0)).unwrap();
        Run::open(folder.path()).finish();
        assert_eq!(whole(folder.path()), uninterrupted(5));
    }

    #[test]
    fn another_run_is_not_taken_up_but_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::open(folder.path());
        run.write(1);
        run.checkpoint();
        drop(run);
        let error = Journal::open(folder.path(), NAMES, identity("other"), false).unwrap_err();
        assert!(matches!(
            error,
            JournalError::Another {
                differs: Differs::Inputs,
                ..
            }
        ));
        let journal = Journal::open(folder.path(), NAMES, identity("other"), true).unwrap();
        assert_eq!(journal.begun().documents, 0);
        assert_eq!(fs::read(folder.path().join(DOCUMENTS_PART)).unwrap(), b"");
    }

    #[test]
    fn two_runs_do_not_write_into_one_directory() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path(), NAMES, identity("i"), false).unwrap();
        let second = Journal::open(folder.path(), NAMES, identity("i"), true);
        assert!(matches!(second, Err(JournalError::Locked(_))));
        drop(first);
        assert!(Journal::open(folder.path(), NAMES, identity("i"), false).is_ok());
    }
}
