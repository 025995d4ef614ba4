//! Engines: a line image becomes characters, and the places of a page that look like text are found.
//!
//! `ppocr` reads by a model, on rten (`rten_runtime`, in `stages` between which `depthwise` convolves) or in a library of ONNX
//! Runtime (`ort_runtime`): `input` makes the picture that a model takes, `ctc` reads what it gives; `detect` makes boxes of what
//! a detector gives. `tesseract` asks the program of this name. `open` makes the engine that was chosen. A recogniser uses one
//! thread for a line; whoever calls it from several threads gets as many lines at a time.

mod ctc;
mod depthwise;
mod detect;
mod input;
#[cfg(test)]
mod measured;
mod ort_runtime;
mod ppocr;
mod rten_runtime;
mod stages;
mod tesseract;

use std::env;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use self::detect::DbDetector;
use self::ort_runtime::OrtRuntime;
use self::ppocr::{PpOcr, Runtime};
use self::rten_runtime::RtenRuntime;
use self::tesseract::Tesseract;
use super::models::{self, Lock, ModelsError, State};
use super::{Gray, ReadChar};

/// Why a line cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine `none` was chosen.
    #[error("recognition is turned off: the engine is `none`")]
    Off,
    /// No place for models, or a lock that cannot be read.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// A file of a model is missing or not that of the lock.
    #[error("the model {path} {state}; `jixiao models install` puts it in place")]
    Model {
        /// The file.
        path: PathBuf,
        /// How it stands.
        state: State,
    },
    /// A model that the lock does not name.
    #[error("models.lock names no {0}")]
    Unlocked(&'static str),
    /// A file is not a model that can be run.
    #[error("cannot load the model {name}")]
    Load {
        /// The model.
        name: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A model without the characters of its classes in its metadata.
    #[error("the model {0} does not say which characters it reads")]
    NoDictionary(String),
    /// A line of a dictionary that is not one character.
    #[error("line {line} of the dictionary of {name} holds {n_chars} characters, expected 1")]
    BadDictionary {
        /// The model.
        name: String,
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
    /// A detector that gives no map of its picture.
    #[error("{name} gives no map of the page")]
    NoMap {
        /// The model.
        name: String,
    },
    /// A run of a model failed.
    #[error("{name} failed")]
    Run {
        /// The model.
        name: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine `ort` was chosen without a library.
    #[error(
        "the engine `ort` needs a library of ONNX Runtime: name it by --ort-library or ORT_DYLIB_PATH"
    )]
    NoLibrary,
    /// What was named is no library of ONNX Runtime 1.17 or later.
    #[error("cannot use {path} as ONNX Runtime")]
    Library {
        /// The library.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A process uses one library of ONNX Runtime.
    #[error("cannot use {path} as ONNX Runtime: this process has loaded {loaded}")]
    OtherLibrary {
        /// The library.
        path: PathBuf,
        /// The one that is loaded.
        loaded: PathBuf,
    },
    /// There is no tesseract.
    #[error(
        "the program tesseract is not installed: it is in no folder of PATH, and --tesseract names none"
    )]
    NoTesseract,
    /// tesseract cannot be started, fails, or takes too long.
    #[error("the program {path} fails")]
    Program {
        /// The program.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// tesseract is there without a language.
    #[error("the program {path} has no language {language}")]
    NoLanguage {
        /// The program.
        path: PathBuf,
        /// The language as tesseract calls it.
        language: &'static str,
    },
    /// The same as at an earlier call: a recogniser that could not be loaded is not loaded again.
    #[error(transparent)]
    Earlier(Arc<EngineError>),
}

impl EngineError {
    /// What went wrong at first, without [`EngineError::Earlier`].
    #[must_use]
    pub fn cause(&self) -> &Self {
        match self {
            Self::Earlier(error) => error.cause(),
            error => error,
        }
    }
}

/// Reads the characters of a line.
pub trait Recogniser: Send + Sync {
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
    /// [`EngineError::Program`]: tesseract fails or takes too long.
    fn read(&self, line: &Gray) -> Result<Vec<ReadChar>, EngineError>;

    /// The characters of each of several lines, as [`read`](Self::read) gives them.
    ///
    /// # Errors
    ///
    /// The same, of any of them.
    fn read_all(&self, lines: &[&Gray]) -> Result<Vec<Vec<ReadChar>>, EngineError> {
        lines.iter().map(|line| self.read(line)).collect()
    }
}

/// A place that looks like text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detected {
    /// Left edge on the page, in pixels.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
    /// How sure the detector is, 0.0 to 1.0.
    pub score: f32,
}

/// Finds the places of a page that look like text.
pub trait Detector: Send + Sync {
    /// What it is called: `ppocrv6_tiny_det`.
    fn name(&self) -> &str;

    /// The places of an upright page with characters of about `em` pixels that look like text, from top to bottom. The
    /// same page gives the same places on any number of threads.
    ///
    /// # Errors
    ///
    /// [`EngineError::Run`] and [`EngineError::NoMap`]: the model is not one that finds text.
    fn find(&self, page: &Gray, em: f32) -> Result<Vec<Detected>, EngineError>;
}

/// What reads lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum EngineChoice {
    /// The models of the lock on rten, which is part of jixiao.
    #[default]
    Rten,
    /// The same models in a library of ONNX Runtime.
    Ort,
    /// The program tesseract.
    Tesseract,
    /// Nothing: scans are not read.
    None,
}

impl EngineChoice {
    /// All choices.
    pub const ALL: [Self; 4] = [Self::Rten, Self::Ort, Self::Tesseract, Self::None];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rten => "rten",
            Self::Ort => "ort",
            Self::Tesseract => "tesseract",
            Self::None => "none",
        }
    }
}

impl fmt::Display for EngineChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Settings of engines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineParams {
    /// What reads lines.
    pub choice: EngineChoice,
    /// Folder of the models; without it that of [`models::directory`].
    pub models: Option<PathBuf>,
    /// Library of ONNX Runtime for [`EngineChoice::Ort`]; without it that of `$ORT_DYLIB_PATH`.
    pub ort_library: Option<PathBuf>,
    /// Program for [`EngineChoice::Tesseract`]; without it the one that `$PATH` leads to.
    pub tesseract: Option<PathBuf>,
    /// Longest time that tesseract may take for a line.
    pub tesseract_timeout: Duration,
}

impl Default for EngineParams {
    fn default() -> Self {
        Self {
            choice: EngineChoice::default(),
            models: None,
            ort_library: None,
            tesseract: None,
            tesseract_timeout: Duration::from_secs(30),
        }
    }
}

/// A model, or why there is none.
type Loaded<T> = Result<Arc<T>, Arc<EngineError>>;

/// The recognisers of an engine: each is loaded when it is first asked for, once, whoever asks. Make one for a run and
/// share it.
pub struct Engines {
    source: Source,
    first: OnceLock<Loaded<dyn Recogniser>>,
    second: OnceLock<Loaded<dyn Recogniser>>,
    detector: OnceLock<Loaded<dyn Detector>>,
}

/// What recognisers are loaded from.
#[derive(Debug)]
enum Source {
    Rten { models: PathBuf },
    Ort { models: PathBuf, library: PathBuf },
    Tesseract { program: PathBuf, timeout: Duration },
    None,
}

impl fmt::Debug for Engines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Engines")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// The engine that was chosen. Nothing is loaded, and no file is opened yet.
///
/// # Errors
///
/// What can be told from the settings and the environment: no place for models, no library named, no tesseract found.
pub fn open(params: &EngineParams) -> Result<Engines, EngineError> {
    let of = |given: &Option<PathBuf>, name: &str| {
        given.clone().or_else(|| {
            env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        })
    };
    let models = || params.models.clone().map_or_else(models::directory, Ok);
    let source = match params.choice {
        EngineChoice::Rten => Source::Rten { models: models()? },
        EngineChoice::Ort => Source::Ort {
            library: of(&params.ort_library, "ORT_DYLIB_PATH").ok_or(EngineError::NoLibrary)?,
            models: models()?,
        },
        EngineChoice::Tesseract => Source::Tesseract {
            program: params
                .tesseract
                .clone()
                .or_else(|| tesseract::find(&env::var_os("PATH")?))
                .ok_or(EngineError::NoTesseract)?,
            timeout: params.tesseract_timeout,
        },
        EngineChoice::None => Source::None,
    };
    Ok(Engines {
        source,
        first: OnceLock::new(),
        second: OnceLock::new(),
        detector: OnceLock::new(),
    })
}

impl Engines {
    /// Reads every line: the tiny model, or tesseract.
    ///
    /// # Errors
    ///
    /// [`EngineError::Off`] of [`EngineChoice::None`]; a model that is missing, damaged or cannot be loaded; a library
    /// or a program that cannot be used. A later call says the same and does not try again.
    pub fn first(&self) -> Result<Arc<dyn Recogniser>, EngineError> {
        loaded(&self.first, || match &self.source {
            Source::Tesseract { program, timeout } => {
                Ok(Arc::new(Tesseract::open(program, *timeout)?))
            }
            _ => self.model("tiny_rec", Some("tiny_rec_dictionary")),
        })
    }

    /// Reads a line again of which the first is not sure: the small model, five times as slow; `None` of tesseract,
    /// which has no other.
    ///
    /// # Errors
    ///
    /// Those of [`first`](Self::first).
    pub fn second_look(&self) -> Result<Option<Arc<dyn Recogniser>>, EngineError> {
        if matches!(self.source, Source::Tesseract { .. }) {
            return Ok(None);
        }
        loaded(&self.second, || self.model("small_rec", None)).map(Some)
    }

    /// Finds the places of a page that look like text; `None` of tesseract.
    ///
    /// # Errors
    ///
    /// Those of [`first`](Self::first).
    pub fn detector(&self) -> Result<Option<Arc<dyn Detector>>, EngineError> {
        if matches!(self.source, Source::Tesseract { .. }) {
            return Ok(None);
        }
        let load = || -> Result<Arc<dyn Detector>, EngineError> {
            let (name, runtime) = self.runtime("tiny_det")?;
            Ok(Arc::new(DbDetector::new(&name, runtime)))
        };
        loaded(&self.detector, load).map(Some)
    }

    /// Loads the first recogniser and has it read a white line. Returns its name.
    ///
    /// # Errors
    ///
    /// Those of [`first`](Self::first) and of the reading.
    pub fn try_first(&self) -> Result<String, EngineError> {
        try_out(&*self.first()?)
    }

    /// The same for a second look; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Those of [`second_look`](Self::second_look) and of the reading.
    pub fn try_second_look(&self) -> Result<Option<String>, EngineError> {
        let second = self.second_look()?;
        second.map(|second| try_out(&*second)).transpose()
    }

    /// A recogniser of the lock.
    fn model(
        &self,
        name: &'static str,
        dictionary: Option<&'static str>,
    ) -> Result<Arc<dyn Recogniser>, EngineError> {
        let dictionary = dictionary.map(|name| self.bytes(name)).transpose()?;
        let (name, runtime) = self.runtime(name)?;
        let dictionary = dictionary
            .map(|(_, data)| String::from_utf8(data))
            .transpose()
            .map_err(|error| EngineError::Load {
                name: name.clone(),
                source: Box::new(error),
            })?;
        Ok(Arc::new(PpOcr::new(&name, runtime, dictionary.as_deref())?))
    }

    /// What runs a model of the lock, and what the model is called.
    fn runtime(&self, name: &'static str) -> Result<(String, Box<dyn Runtime>), EngineError> {
        let (file, data) = self.bytes(name)?;
        // `ppocrv6_tiny_rec.onnx` is called so without its ending.
        let name = file.split('.').next().unwrap_or_default().to_owned();
        let runtime: Box<dyn Runtime> = match &self.source {
            Source::Ort { library, .. } => Box::new(OrtRuntime::load(&name, data, library)?),
            _ => Box::new(RtenRuntime::load(&name, data)?),
        };
        Ok((name, runtime))
    }

    /// A file of the lock and its name. Its bytes are read once, and checked before anything is made of them.
    fn bytes(&self, name: &'static str) -> Result<(String, Vec<u8>), EngineError> {
        let folder = match &self.source {
            Source::Rten { models } | Source::Ort { models, .. } => models,
            Source::Tesseract { .. } | Source::None => return Err(EngineError::Off),
        };
        let lock = Lock::built_in()?;
        let model = lock.model(name).ok_or(EngineError::Unlocked(name))?;
        let path = folder.join(&model.file);
        let data = model
            .read(folder)
            .map_err(|state| EngineError::Model { path, state })?;
        Ok((model.file.clone(), data))
    }
}

fn try_out(recogniser: &dyn Recogniser) -> Result<String, EngineError> {
    recogniser.read(&Gray::filled(96, 48, 255))?;
    Ok(recogniser.name().to_owned())
}

/// What a place holds, loaded at the first call; other callers wait meanwhile.
fn loaded<T: ?Sized>(
    place: &OnceLock<Loaded<T>>,
    load: impl FnOnce() -> Result<Arc<T>, EngineError>,
) -> Result<Arc<T>, EngineError> {
    let loaded = place.get_or_init(|| load().map_err(Arc::new));
    loaded.clone().map_err(EngineError::Earlier)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn engines(choice: EngineChoice, folder: &std::path::Path) -> Engines {
        let params = EngineParams {
            choice,
            models: Some(folder.to_owned()),
            ort_library: Some(folder.join("missing.so")),
            tesseract: Some(folder.join("missing")),
            ..EngineParams::default()
        };
        open(&params).unwrap()
    }

    #[test]
    fn a_missing_model_says_which_command_helps() {
        let folder = tempfile::tempdir().unwrap();
        let engines = engines(EngineChoice::Rten, folder.path());
        let error = engines.second_look().err().unwrap().to_string();
        let path = folder.path().join("ppocrv6_small_rec.onnx");
        let expected = format!(
            "the model {} is missing; `jixiao models install` puts it in place",
            path.display()
        );
        assert_eq!(error, expected);
    }

    #[test]
    fn a_damaged_model_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::built_in().unwrap();
        let model = lock.model("tiny_rec_dictionary").unwrap();
        let path = folder.path().join(&model.file);
        let check = |data: &[u8], expected: &str| {
            fs::write(&path, data).unwrap();
            for choice in [EngineChoice::Rten, EngineChoice::Ort] {
                let error = engines(choice, folder.path()).first().err().unwrap();
                assert!(error.to_string().contains(expected), "{error}");
            }
        };
        check(b"", "has 0 bytes");
        check(&vec![b'x'; model.bytes as usize], "is another file");
    }

    #[test]
    fn none_reads_nothing() {
        let engines = engines(EngineChoice::None, std::path::Path::new("nowhere"));
        let detector = engines.detector().err();
        for error in [engines.first().err(), engines.second_look().err(), detector] {
            let error = error.unwrap().to_string();
            assert!(error.contains("turned off"), "{error}");
        }
    }

    #[test]
    fn a_missing_program_is_an_error_and_has_no_second_look() {
        let folder = tempfile::tempdir().unwrap();
        let engines = engines(EngineChoice::Tesseract, folder.path());
        let error = engines.first().err().unwrap().to_string();
        assert!(error.ends_with("missing fails"), "{error}");
        assert!(engines.second_look().unwrap().is_none());
        assert!(engines.detector().unwrap().is_none());
    }

    #[test]
    fn many_threads_load_once() {
        let place: OnceLock<Loaded<dyn Recogniser>> = OnceLock::new();
        let n_loads = AtomicUsize::new(0);
        let load = || {
            n_loads.fetch_add(1, Ordering::Relaxed);
            Err(EngineError::NoLibrary)
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| loaded(&place, load).err().unwrap());
            }
        });
        assert_eq!(n_loads.load(Ordering::Relaxed), 1);
        let error = loaded(&place, load).err().unwrap();
        assert_eq!(error.to_string(), EngineError::NoLibrary.to_string());
    }
}
