//! Files that are not whole yet, and what they are called until then.
//!
//! In: where a file shall be. Out: a file beside it, which gets its name when it is whole. Never: leaves one behind that is
//! not.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// How much is gathered before it is handed to the system, in bytes.
pub(super) const BUFFER_BYTES: usize = 1 << 16;
/// Beginning and end of temporary names.
const TEMPORARY: (&str, &str) = (".jixiao-", ".part");

/// A file that is written under another name until it is whole.
#[derive(Debug)]
pub(super) struct PendingFile {
    /// The name it will have.
    pub(super) target: PathBuf,
    /// The name it has, in the same folder; `None` when it was renamed.
    temporary: Option<PathBuf>,
    pub(super) writer: BufWriter<File>,
}

impl PendingFile {
    /// Creates the temporary file. Its name does not contain the target's, which may be as long as a name can be.
    pub(super) fn create(target: &Path) -> io::Result<Self> {
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
    pub(super) fn commit(&mut self) -> io::Result<()> {
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

/// Whether a name is one of an output that is not whole, or of what a run keeps for itself.
pub(super) fn is_temporary(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with(TEMPORARY.0)
}

/// The folder of a path; `.` for a bare name.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
