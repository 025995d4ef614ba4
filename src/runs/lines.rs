//! Files of JSON Lines, line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::RunError;

/// Longest line that is read, in bytes.
const LONGEST_LINE: usize = 256 << 20;

/// The lines of a file, or of what is piped.
pub struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    n_lines: u64,
    offset: u64,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} of {}", self.n_lines, self.path.display())
    }
}

impl Lines {
    /// Opens a file.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        match File::open(path) {
            Ok(file) => Ok(Self::of(
                path,
                Box::new(BufReader::with_capacity(1 << 18, file)),
            )),
            Err(source) => Err(RunError::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Lines of an open stream, called `path` in messages.
    #[must_use]
    pub fn of(path: &Path, reader: Box<dyn BufRead + Send>) -> Self {
        Self {
            path: path.to_owned(),
            reader,
            line: Vec::new(),
            n_lines: 0,
            offset: 0,
        }
    }

    /// The bytes of the next line with its line feed, and where in the file it begins; `None` at the end. Blank lines are passed over.
    ///
    /// # Errors
    /// Where the file cannot be read, or a line is longer than 256 MiB.
    pub fn next_bytes(&mut self) -> Result<Option<(&[u8], u64)>, RunError> {
        use io::Read as _;
        let mut offset;
        loop {
            offset = self.offset;
            self.line.clear();
            let mut rest = (&mut self.reader).take(LONGEST_LINE as u64);
            rest.read_until(b'\n', &mut self.line)
                .map_err(|source| RunError::Read {
                    path: self.path.clone(),
                    source,
                })?;
            if self.line.is_empty() {
                return Ok(None);
            }
            self.offset += self.line.len() as u64;
            self.n_lines += 1;
            if self.line.iter().any(|byte| !byte.is_ascii_whitespace()) {
                break;
            }
        }
        if self.line.len() == LONGEST_LINE && self.line.last() != Some(&b'\n') {
            let reason = format!("it is longer than {LONGEST_LINE} bytes");
            return Err(self.wrong(reason));
        }
        Ok(Some((&self.line, offset)))
    }

    /// The next line as what it is; `None` at the end.
    ///
    /// # Errors
    /// Where the file cannot be read, or the line is something else.
    pub fn next_value<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RunError> {
        if self.next_bytes()?.is_none() {
            return Ok(None);
        }
        serde_json::from_slice(&self.line)
            .map(Some)
            .map_err(|source| self.wrong(source.to_string()))
    }

    /// What is wrong with the line that was read last.
    #[must_use]
    pub fn wrong(&self, reason: String) -> RunError {
        RunError::Line {
            path: self.path.clone(),
            line: self.n_lines,
            reason,
        }
    }
}
