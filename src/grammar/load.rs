//! Loading: the grammars compiled into the binary, and those of the user's directories.
#![expect(
    clippy::disallowed_methods,
    reason = "grammar files of the user are read here, and nowhere else in this room"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::compile::compile;
use super::compiled::Grammars;
use super::file::GrammarError;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/grammars");

impl Grammars {
    /// The grammars of this version, with those of further directories added; a file of the same name replaces one.
    ///
    /// # Errors
    /// Where a directory cannot be read or a file is not valid.
    pub fn load(directories: &[PathBuf]) -> Result<Self, GrammarError> {
        let mut sources: BTreeMap<String, String> = built_in("toml");
        for directory in directories {
            sources.extend(read_directory(directory, "toml")?);
        }
        compile(&sources)
    }

    /// `name@version` of every family, sorted by name.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .families
            .iter()
            .map(|f| format!("{}@{}", f.name, f.version))
            .collect();
        names.sort();
        names
    }
}

/// The specifications (`.md`) of a directory, or those compiled into the binary: file name and text.
///
/// # Errors
/// Where the directory cannot be read.
pub fn specifications(directory: Option<&Path>) -> Result<BTreeMap<String, String>, GrammarError> {
    match directory {
        None => Ok(built_in("md")),
        Some(directory) => read_directory(directory, "md"),
    }
}

fn read_directory(
    directory: &Path,
    extension: &str,
) -> Result<BTreeMap<String, String>, GrammarError> {
    let read = |source| GrammarError::Read {
        path: directory.to_owned(),
        source,
    };
    let mut sources = BTreeMap::new();
    for entry in std::fs::read_dir(directory).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.extension().is_some_and(|e| e == extension) {
            let text = std::fs::read_to_string(&path).map_err(|source| GrammarError::Read {
                path: path.clone(),
                source,
            })?;
            sources.insert(
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                text,
            );
        }
    }
    Ok(sources)
}

fn built_in(extension: &str) -> BTreeMap<String, String> {
    BUILT_IN
        .files()
        .filter(|file| file.path().extension().is_some_and(|e| e == extension))
        .filter_map(|file| {
            Some((
                file.path().to_string_lossy().into_owned(),
                file.contents_utf8()?.to_owned(),
            ))
        })
        .collect()
}
