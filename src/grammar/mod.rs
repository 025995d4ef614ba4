//! Grammar: stub of the branch `cli`: the lead's room takes its place.
//! In: blocks. Out: raw forms. Never: makes typed values.

use std::path::{Path, PathBuf};

/// The grammars of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grammars;

/// Why grammars could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum GrammarError {
    /// The folder cannot be read.
    #[error("{path}: no such folder", path = .0.display())]
    NoFolder(PathBuf),
}

/// What became of one example of a specification.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecOutcome {
    /// Specification and heading.
    pub name: String,
    /// What differs; `None` where the example holds.
    pub failure: Option<String>,
}

impl Grammars {
    /// Loads the built-in grammars and those of `extra_dirs`.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub fn load(extra_dirs: &[PathBuf]) -> Result<Self, GrammarError> {
        match extra_dirs.iter().find(|dir| !dir.is_dir()) {
            Some(dir) => Err(GrammarError::NoFolder(dir.clone())),
            None => Ok(Self),
        }
    }

    /// `name@version` of each family, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Runs the examples of all specifications of a folder, or of the built-in ones.
///
/// # Errors
/// Where the folder cannot be read.
pub fn run_specifications(dir: Option<&Path>) -> Result<Vec<SpecOutcome>, GrammarError> {
    let dirs: Vec<PathBuf> = dir.map(Path::to_owned).into_iter().collect();
    Grammars::load(&dirs).map(|_| Vec::new())
}
