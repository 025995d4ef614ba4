//! The folder for objects that are being read, and for what goes to a store until it is whole.
//!
//! In: names. Out: files and folders that no other process touches. Never: leaves a fetched object behind; shows one to other users.

use std::env;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;

/// How the folder of one process begins, and how a lock ends.
const OBJECTS: &str = "objects-";
const LOCK: &str = ".lock";
/// Longest ending of a key that a file gets, in bytes.
const LONGEST_ENDING: usize = 16;

/// Arguments of commands that read or write objects.
#[derive(Debug, Clone, Default, Args)]
pub(in super::super) struct RemoteArgs {
    /// Folder for objects of s3:// that are being read, and for what goes to s3:// until it is whole; without it $XDG_CACHE_HOME/jixiao, else
    /// ~/.cache/jixiao.
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
}

/// The folder; nothing is made before it is needed.
#[derive(Debug)]
pub(super) struct Spool {
    base: PathBuf,
    own: OnceLock<Own>,
    n_folders: AtomicU64,
}

/// What this process has of it.
#[derive(Debug)]
struct Own {
    folder: PathBuf,
    lock: Lock,
}

/// A file that is locked until this is dropped, or this process ends, however it does.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

/// A folder that goes when this is dropped.
#[derive(Debug)]
pub(super) struct Kept(PathBuf);

impl Spool {
    pub(super) fn new(args: &RemoteArgs) -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let cache = || {
            let base = set("XDG_CACHE_HOME").map(PathBuf::from);
            base.or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".cache")))
                .unwrap_or_else(env::temp_dir)
                .join("jixiao")
        };
        Self {
            base: args.spool.clone().unwrap_or_else(cache),
            own: OnceLock::new(),
            n_folders: AtomicU64::new(0),
        }
    }

    /// The folder of what goes by this name, for this process and later ones, and the lock of it.
    ///
    /// `None` where another process has it.
    pub(super) fn named(&self, name: &str) -> io::Result<Option<(PathBuf, Lock)>> {
        make(&self.base)?;
        let lock = Lock::take(&self.base.join(format!("{name}{LOCK}")))?;
        Ok(lock.map(|lock| (self.base.join(name), lock)))
    }

    /// A new folder, which goes when it is dropped.
    pub(super) fn folder(&self) -> io::Result<Kept> {
        let number = self.n_folders.fetch_add(1, Ordering::Relaxed);
        let folder = self.own()?.join(number.to_string());
        make(&folder)?;
        Ok(Kept(folder))
    }

    fn own(&self) -> io::Result<&Path> {
        if let Some(own) = self.own.get() {
            return Ok(&own.folder);
        }
        make(&self.base)?;
        self.clear();
        let process = std::process::id();
        for attempt in 0_u32.. {
            let name = format!("{OBJECTS}{process}-{attempt}");
            let Some(lock) = Lock::take(&self.base.join(format!("{name}{LOCK}")))? else {
                continue;
            };
            let folder = self.base.join(name);
            make(&folder)?;
            // Where another thread was quicker, that one's is taken, and this one goes.
            if let Err(own) = self.own.set(Own { folder, lock }) {
                own.remove();
            }
            break;
        }
        self.own
            .get()
            .map(|own| own.folder.as_path())
            .ok_or_else(|| io::ErrorKind::AlreadyExists.into())
    }

    /// Takes away what processes have left that were killed. What cannot be taken away stays: it is no fault of this process.
    fn clear(&self) {
        let Ok(entries) = fs::read_dir(&self.base) else {
            return;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let folder = name
                .strip_suffix(LOCK)
                .filter(|name| name.starts_with(OBJECTS));
            if let Some(folder) = folder
                && let Ok(Some(lock)) = Lock::take(&path)
            {
                drop(fs::remove_dir_all(self.base.join(folder)));
                lock.remove();
            }
        }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            own.remove();
        }
    }
}

impl Own {
    fn remove(self) {
        // What cannot be removed is removed by a later process.
        drop(fs::remove_dir_all(&self.folder));
        self.lock.remove();
    }
}

impl Lock {
    /// Locks a file; `None` where another has locked it.
    fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match file.try_lock() {
            // Whoever had it has taken it away since it was opened: another file is the lock by now.
            Ok(()) if is_removed(&file) => Ok(None),
            Ok(()) => Ok(Some(Self {
                path: path.to_owned(),
                _file: file,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the file away, too.
    pub(super) fn remove(self) {
        drop(fs::remove_file(&self.path));
    }
}

impl Kept {
    /// The place of a file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // It goes with the folder of the process, at the latest.
        drop(fs::remove_dir_all(&self.0));
    }
}

#[cfg(unix)]
fn is_removed(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

/// Elsewhere a file that is open is not taken away.
#[cfg(not(unix))]
fn is_removed(_: &File) -> bool {
    false
}

/// Makes a folder that is this user's alone.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A name for a file with the ending of a key, since some files are told by it.
pub(super) fn name_with_ending(key: &str) -> String {
    let ending = Path::new(key)
        .extension()
        .and_then(|ending| ending.to_str());
    match ending.filter(|ending| ending.len() <= LONGEST_ENDING) {
        Some(ending) => format!("object.{ending}"),
        None => "object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(base: &Path) -> Spool {
        Spool::new(&RemoteArgs {
            spool: Some(base.to_owned()),
        })
    }

    #[test]
    fn nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("spool");
        let spool = spool(&base);
        assert!(!base.exists());
        let kept = spool.folder().unwrap();
        let file = kept.file("a.pdf");
        fs::write(&file, "x").unwrap();
        drop(kept);
        assert!(!file.exists());
        drop(spool);
        assert_eq!(fs::read_dir(&base).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_goes_and_what_another_uses_stays() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["objects-1-0", "out-1"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(format!("{name}{LOCK}")), "").unwrap();
        }
        let other = spool(folder.path());
        let in_use = other.folder().unwrap();
        let own = spool(folder.path());
        let _kept = own.folder().unwrap();
        assert!(in_use.path().is_dir());
        assert!(!folder.path().join("objects-1-0").exists());
        assert!(folder.path().join("out-1").exists());
    }

    #[test]
    fn a_name_is_had_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (spool(folder.path()), spool(folder.path()));
        let had = one.named("out-1").unwrap();
        assert!(had.is_some() && two.named("out-1").unwrap().is_none());
        drop(had);
        assert!(two.named("out-1").unwrap().is_some());
    }

    #[test]
    fn files_have_the_ending_of_their_key() {
        assert_eq!(name_with_ending("a/绩效.PDF"), "object.PDF");
        assert_eq!(name_with_ending("a.b/c"), "object");
        assert_eq!(
            name_with_ending(&format!("a.{}", "x".repeat(300))),
            "object"
        );
    }
}
