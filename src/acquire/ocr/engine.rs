//! Engines: a line image becomes characters.
//!
//! `input` makes the picture that a model takes, `ctc` reads what it gives. A recogniser uses one thread for a run;
//! whoever calls it from several threads gets as many runs at a time.

mod ctc;
mod input;
#[cfg(test)]
mod measured;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, ModelOptions, RunOptions, ThreadPool};
use rten_tensor::{AsView as _, Layout as _, NdTensor, NdTensorView};

use super::{Gray, ReadChar};

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file of a model cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not a model that can be run.
    #[error("cannot load the model {path}")]
    Load {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<rten::LoadError>,
    },
    /// A model without the characters of its classes in its metadata.
    #[error("the model {0} does not say which characters it reads")]
    NoDictionary(PathBuf),
    /// A line of a dictionary that is not one character.
    #[error("line {line} of the dictionary of {path} holds {n_chars} characters, expected 1")]
    BadDictionary {
        /// The model.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How many characters it holds.
        n_chars: usize,
    },
    /// A model and a dictionary that do not belong together.
    #[error("{name} gives {given} classes, its dictionary makes {expected}")]
    Classes {
        /// The model.
        name: String,
        /// Classes of its output.
        given: usize,
        /// Blank, lines of the dictionary and space.
        expected: usize,
    },
    /// There is no thread to load a model on.
    #[error("cannot start a thread")]
    Thread {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A run of a model failed.
    #[error("{name} failed")]
    Run {
        /// The model.
        name: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Reads the characters of a line.
pub trait Recogniser: Send + Sync + fmt::Debug {
    /// What it is called, for provenance: `ppocrv6_tiny_rec`.
    fn name(&self) -> &str;

    /// The characters of one line of dark text on white, from left to right.
    ///
    /// Empty for an empty image and where nothing is seen. The same image gives the same characters on any number of
    /// threads.
    ///
    /// # Errors
    ///
    /// [`EngineError::Run`] and [`EngineError::Classes`]: the model is not one that reads lines.
    fn read(&self, line: &Gray) -> Result<Vec<ReadChar>, EngineError>;
}

/// Where the characters of a model's classes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dictionary<'a> {
    /// In a file: UTF-8, one character a line, nothing trimmed.
    File(&'a Path),
    /// In the metadata of the model, under `character`, in the same way.
    Metadata,
}

/// A PP-OCR recogniser on rten: height 48, CTC; classes are a blank, the dictionary and a space.
pub struct RtenRecogniser {
    name: String,
    model: Model,
    /// The character of each class but the blank.
    characters: Vec<char>,
    /// Pools of one thread that no run is using. A pool runs one line at a time, so each run at a time takes its own.
    idle: Mutex<Vec<Arc<ThreadPool>>>,
}

impl fmt::Debug for RtenRecogniser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RtenRecogniser")
            .field("name", &self.name)
            .field("n_characters", &self.characters.len())
            .finish_non_exhaustive()
    }
}

impl RtenRecogniser {
    /// Loads a model (ONNX) and its dictionary. Takes some tenths of a second; see [`Recognisers`].
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is no model, or is no dictionary. Whether both belong together shows at the first
    /// line.
    pub fn open(path: &Path, dictionary: Dictionary<'_>) -> Result<Self, EngineError> {
        let data = read(path)?;
        let model = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load(data)
            .map_err(|source| EngineError::Load {
                path: path.to_owned(),
                source: Box::new(source),
            })?;
        let characters = match dictionary {
            Dictionary::File(file) => {
                let data = read(file)?;
                let text = String::from_utf8(data).map_err(|error| EngineError::Read {
                    path: file.to_owned(),
                    source: io::Error::new(io::ErrorKind::InvalidData, error),
                })?;
                characters(path, &text)?
            }
            Dictionary::Metadata => {
                let text = model.metadata().get("character");
                characters(
                    path,
                    text.ok_or_else(|| EngineError::NoDictionary(path.to_owned()))?,
                )?
            }
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            model,
            characters,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Runs the model on one piece of a line.
    fn read_piece(&self, piece: &input::Piece) -> Result<Vec<ReadChar>, EngineError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| EngineError::Run {
            name: self.name.clone(),
            source,
        };
        let shape = [1, 3, input::HEIGHT, piece.padded_width];
        let tensor = NdTensor::from_data(shape, piece.to_planes());
        let pool = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)));
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&pool)));
        let output = self.model.run_one(tensor.view().into(), Some(options));
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(pool);
        let output = output.map_err(|error| failed(Box::new(error)))?;
        let steps: NdTensorView<'_, f32, 3> = (&output)
            .try_into()
            .map_err(|error: rten::TryFromValueError| failed(Box::new(error)))?;
        let n_classes = steps.size(2);
        if steps.size(0) != 1 || n_classes != self.characters.len() + 1 {
            return Err(EngineError::Classes {
                name: self.name.clone(),
                given: n_classes,
                expected: self.characters.len() + 1,
            });
        }
        let scores = steps.to_contiguous();
        let read = ctc::decode(scores.data(), n_classes, &self.characters);
        // From the padded picture to the piece, and from the piece to the line.
        let n_padded = piece.padded_width as f32;
        let to_line = |at: f32| {
            let in_piece = (at * n_padded).min(piece.width as f32);
            ((piece.left as f32 + in_piece) / piece.line_width as f32).min(1.0)
        };
        Ok(read
            .into_iter()
            .map(|ch| ReadChar {
                start: to_line(ch.start),
                end: to_line(ch.end),
                ..ch
            })
            .collect())
    }
}

impl Recogniser for RtenRecogniser {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, line: &Gray) -> Result<Vec<ReadChar>, EngineError> {
        let mut read = Vec::new();
        for piece in input::pieces(line) {
            read.extend(self.read_piece(&piece)?);
        }
        Ok(read)
    }
}

/// The recognisers that are loaded, so that each model is loaded once in a process: make one and share it.
#[derive(Debug, Default)]
pub struct Recognisers {
    loaded: Mutex<BTreeMap<PathBuf, Arc<RtenRecogniser>>>,
}

impl Recognisers {
    /// None loaded.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The recogniser of a model, loaded at the first call for its path; other callers wait meanwhile.
    ///
    /// # Errors
    ///
    /// Those of [`RtenRecogniser::open`]; the next call tries again.
    pub fn open(
        &self,
        path: &Path,
        dictionary: Dictionary<'_>,
    ) -> Result<Arc<RtenRecogniser>, EngineError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(recogniser) = loaded.get(path) {
            return Ok(Arc::clone(recogniser));
        }
        let recogniser = Arc::new(apart(|| RtenRecogniser::open(path, dictionary))?);
        loaded.insert(path.to_owned(), Arc::clone(&recogniser));
        Ok(recogniser)
    }
}

/// Runs on a thread and a pool of its own.
///
/// Loading a model uses rayon. On a worker of the caller's pool it would, while it waits, take up another document, which
/// would wait for the model that this very thread is loading.
fn apart<T: Send>(load: impl FnOnce() -> Result<T, EngineError> + Send) -> Result<T, EngineError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .map_err(|source| EngineError::Thread {
            source: Box::new(source),
        })?;
    std::thread::scope(|scope| {
        let loading = scope.spawn(|| pool.install(load));
        match loading.join() {
            Ok(loaded) => loaded,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn read(path: &Path) -> Result<Vec<u8>, EngineError> {
    fs::read(path).map_err(|source| EngineError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The characters of the lines of a dictionary, and the space behind them.
///
/// Only line ends are taken off: U+3000 may be a line.
fn characters(path: &Path, text: &str) -> Result<Vec<char>, EngineError> {
    let mut characters = Vec::new();
    for (idx, line) in text.split_terminator('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut chars = line.chars();
        match (chars.next(), chars.next()) {
            (Some(ch), None) => characters.push(ch),
            _ => {
                return Err(EngineError::BadDictionary {
                    path: path.to_owned(),
                    line: idx + 1,
                    n_chars: line.chars().count(),
                });
            }
        }
    }
    characters.push(' ');
    Ok(characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_dictionary_are_not_trimmed() {
        let read = characters(Path::new("m"), "一\r\n\u{3000}\n%").unwrap();
        assert_eq!(read, ['一', '\u{3000}', '%', ' ']);
    }

    #[test]
    fn a_line_of_a_dictionary_is_one_character() {
        for (text, line, n_chars) in [("一\n\n二", 2, 0), ("一二\n", 1, 2)] {
            let error = characters(Path::new("m"), text).unwrap_err();
            let expected = format!(
                "line {line} of the dictionary of m holds {n_chars} characters, expected 1"
            );
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_file_that_is_no_model_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.onnx");
        let missing = Recognisers::new().open(&path, Dictionary::Metadata);
        assert!(matches!(missing, Err(EngineError::Read { .. })));
        fs::write(&path, "no model").unwrap();
        let bad = Recognisers::new().open(&path, Dictionary::Metadata);
        assert!(matches!(bad, Err(EngineError::Load { .. })));
    }
}
