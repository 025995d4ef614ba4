//! A delivery: files that are written under another folder's name until all of them are whole, and a manifest that says what they are.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::ExportError;
use crate::model::digest::hex;

/// Manifest of a delivery.
pub const MANIFEST_FILE: &str = "manifest.json";

/// A folder of files in the making.
#[derive(Debug)]
pub(super) struct Delivery {
    target: PathBuf,
    /// The name it has until it is whole; `None` when it was renamed.
    temporary: Option<PathBuf>,
    files: Vec<FileEntry>,
}

/// A file as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileEntry {
    /// Path below the delivery, `/` between its steps.
    pub path: String,
    /// Table whose rows it holds; `None` for a file that holds none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Rows in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Size in bytes.
    pub bytes: u64,
    /// sha256 of its bytes, hex.
    pub sha256: String,
}

impl FileEntry {
    /// That of a file that stands by itself.
    #[cfg(feature = "sqlite")]
    pub(super) fn of(path: &Path) -> Result<Self, ExportError> {
        use std::io::{BufRead as _, BufReader};
        let read = |source| ExportError::Read {
            path: path.to_owned(),
            source,
        };
        let mut reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(read)?);
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        loop {
            let part = reader.fill_buf().map_err(read)?;
            if part.is_empty() {
                break;
            }
            hash.update(part);
            bytes += part.len() as u64;
            let n = part.len();
            reader.consume(n);
        }
        let name = path.file_name().unwrap_or_default();
        Ok(Self {
            path: name.to_string_lossy().into_owned(),
            table: None,
            rows: None,
            bytes,
            sha256: hex(&hash.finalize()),
        })
    }
}

/// A file that counts and hashes what is written into it.
#[derive(Debug)]
pub(super) struct DeliveredFile {
    name: String,
    path: PathBuf,
    writer: BufWriter<File>,
    hash: Sha256,
    n_bytes: u64,
    pub(super) n_rows: u64,
}

impl DeliveredFile {
    /// Writes bytes.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        let written = self.write_all(bytes);
        written.map_err(|source| ExportError::write(&self.path, source))
    }
}

impl Write for DeliveredFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.writer.write(bytes)?;
        self.hash.update(&bytes[..n]);
        self.n_bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Delivery {
    /// Makes a folder beside `target`. What is at `target` is replaced at the end if it is an earlier delivery or an empty folder.
    pub(super) fn create(target: &Path) -> Result<Self, ExportError> {
        let is_free = match fs::read_dir(target) {
            Ok(mut entries) => entries.next().is_none() || target.join(MANIFEST_FILE).is_file(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if !is_free {
            return Err(ExportError::Exists(target.to_owned()));
        }
        let temporary = beside(target, "new");
        fs::create_dir_all(&temporary).map_err(|source| ExportError::write(&temporary, source))?;
        Ok(Self {
            target: target.to_owned(),
            temporary: Some(temporary),
            files: Vec::new(),
        })
    }

    /// Opens a file of the delivery; folders on its way are made.
    pub(super) fn create_file(&self, name: &str) -> Result<DeliveredFile, ExportError> {
        let folder = self.temporary.as_deref().unwrap_or(&self.target);
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|source| ExportError::write(parent, source))?;
        let file = File::create(&path).map_err(|source| ExportError::write(&path, source))?;
        Ok(DeliveredFile {
            name: name.to_owned(),
            path,
            writer: BufWriter::with_capacity(1 << 16, file),
            hash: Sha256::new(),
            n_bytes: 0,
            n_rows: 0,
        })
    }

    /// Ends a file: it is on the disk, and the manifest will name it.
    pub(super) fn add(
        &mut self,
        mut file: DeliveredFile,
        table: Option<&str>,
    ) -> Result<(), ExportError> {
        let synced = file
            .writer
            .flush()
            .and_then(|()| file.writer.get_ref().sync_all());
        synced.map_err(|source| ExportError::write(&file.path, source))?;
        self.files.push(FileEntry {
            path: file.name,
            table: table.map(str::to_owned),
            rows: table.map(|_| file.n_rows),
            bytes: file.n_bytes,
            sha256: hex(&file.hash.finalize()),
        });
        Ok(())
    }

    /// A file of text, whole at once.
    pub(super) fn add_text(&mut self, name: &str, text: &str) -> Result<(), ExportError> {
        let mut file = self.create_file(name)?;
        file.put(text.as_bytes())?;
        self.add(file, None)
    }

    /// Files that have ended, in the order of their paths.
    pub(super) fn files(&mut self) -> &[FileEntry] {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        &self.files
    }

    /// Writes the manifest, last of all, and gives the folder its name.
    pub(super) fn finish(mut self, manifest: &str) -> Result<(), ExportError> {
        let mut file = self.create_file(MANIFEST_FILE)?;
        file.put(manifest.as_bytes())?;
        self.add(file, None)?;
        let Some(temporary) = self.temporary.clone() else {
            return Ok(());
        };
        let old = beside(&self.target, "old");
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| ExportError::write(&path, source)
        };
        let had_one = match fs::rename(&self.target, &old) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(at(&self.target)(error)),
        };
        fs::rename(&temporary, &self.target).map_err(at(&self.target))?;
        self.temporary = None;
        if had_one {
            fs::remove_dir_all(&old).map_err(at(&old))?;
        }
        Ok(())
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nothing can be done about a folder that cannot be removed, and the export has failed already.
            drop(fs::remove_dir_all(temporary));
        }
    }
}

/// What the manifest beside a file of this name is called.
#[must_use]
pub fn manifest_name(file: &str) -> String {
    format!("{file}.{MANIFEST_FILE}")
}

/// The manifest of a file that stands by itself.
#[cfg(feature = "sqlite")]
pub(super) fn manifest_beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default();
    file.with_file_name(manifest_name(&name.to_string_lossy()))
}

/// Takes the manifest of a file away, if there is one.
#[cfg(feature = "sqlite")]
pub(super) fn remove_beside(file: &Path) -> Result<(), ExportError> {
    let manifest = manifest_beside(file);
    match fs::remove_file(&manifest) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ExportError::write(&manifest, error))
        }
        _ => Ok(()),
    }
}

/// Writes the manifest of a file that stands by itself: beside it, under its name and `.manifest.json`.
#[cfg(feature = "sqlite")]
pub(super) fn write_beside(file: &Path, manifest: &str) -> Result<(), ExportError> {
    let target = manifest_beside(file);
    let temporary = beside(&target, "new");
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(manifest.as_bytes())?;
        file.sync_all()
    });
    written
        .and_then(|()| fs::rename(&temporary, &target))
        .map_err(|source| ExportError::write(&target, source))
}

/// A name beside a folder or file that no other process takes.
fn beside(target: &Path, what: &str) -> PathBuf {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    folder.join(format!(".jixiao-export-{}-{what}.part", std::process::id()))
}
