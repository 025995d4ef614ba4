//! Runs a model in a library of ONNX Runtime that the user names.

use std::path::{self, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::ep::CPU;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use super::EngineError;
use super::ppocr::{Reason, Runtime, Size};

/// The library of this process and its environment: `ort` loads one library once, and allows one environment. It is
/// here and not with whoever asks for it because a second one of the same process would get neither.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// A model in ONNX Runtime.
pub(super) struct OrtRuntime {
    environment: Environment,
    model: Vec<u8>,
    metadata_characters: Option<String>,
    /// Sessions that no run is using. `ort` lets a session run one line at a time, so each run at a time takes its own.
    idle: Mutex<Vec<Session>>,
}

impl OrtRuntime {
    /// Loads a model (ONNX) into the library at `library`, version 1.17 or later.
    ///
    /// # Errors
    ///
    /// [`EngineError::Library`] and [`EngineError::OtherLibrary`]: no library of ONNX Runtime, too old a one, or not
    /// the one that this process has loaded. [`EngineError::Load`]: the bytes are no model.
    pub(super) fn load(name: &str, data: Vec<u8>, library: &Path) -> Result<Self, EngineError> {
        let environment = environment(library)?;
        let failed = |source: Reason| EngineError::Load {
            name: name.to_owned(),
            source,
        };
        let session = session(&environment, &data).map_err(failed)?;
        let metadata = session
            .metadata()
            .map_err(|error| failed(Box::new(error)))?;
        let metadata_characters = metadata.custom("character");
        drop(metadata);
        Ok(Self {
            environment,
            model: data,
            metadata_characters,
            idle: Mutex::new(vec![session]),
        })
    }
}

/// The environment of a library, which is loaded at the first call.
fn environment(library: &Path) -> Result<Environment, EngineError> {
    let failed = |source: Reason| EngineError::Library {
        path: library.to_owned(),
        source,
    };
    // `ort` would look for a relative path beside the executable.
    let library_path = path::absolute(library).map_err(|error| failed(Box::new(error)))?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    match &*loaded {
        Some((path, environment)) if *path == library_path => Ok(environment.clone()),
        Some((path, _)) => Err(EngineError::OtherLibrary {
            path: library_path,
            loaded: path.clone(),
        }),
        None => {
            let builder = ort::init_from(&library_path).map_err(|error| failed(Box::new(error)))?;
            let environment = builder
                .with_name("jixiao")
                .with_telemetry(false)
                .build()
                .map_err(|error| failed(Box::new(error)))?;
            *loaded = Some((library_path, environment.clone()));
            Ok(environment)
        }
    }
}

/// A session of one thread that keeps no more memory than a line needs: lines are of all widths, and an arena, or a plan for
/// each width, keeps the most that any has needed.
fn session(environment: &Environment, model: &[u8]) -> Result<Session, Reason> {
    let mut builder = Session::builder(environment)?
        .with_intra_threads(1)
        .map_err(|error| error.to_string())?
        .with_inter_threads(1)
        .map_err(|error| error.to_string())?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(|error| error.to_string())?
        .with_memory_pattern(false)
        .map_err(|error| error.to_string())?
        .with_execution_providers([CPU::default().with_arena_allocator(false).build()])
        .map_err(|error| error.to_string())?;
    Ok(builder.commit_from_memory(model)?)
}

impl Runtime for OrtRuntime {
    fn run(
        &self,
        pictures: Vec<f32>,
        size: Size,
        take: &mut dyn FnMut(&[usize], &[f32]),
    ) -> Result<(), Reason> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = idle().pop();
        let mut mine = match mine {
            Some(session) => session,
            None => session(&self.environment, &self.model)?,
        };
        let shape = [size.count, 3, size.height, size.width];
        let tensor = TensorRef::from_array_view((shape, pictures.as_slice()))?;
        {
            let outputs = mine.run(ort::inputs![tensor])?;
            let (_, output) = outputs.iter().next().ok_or("the model gives nothing")?;
            let (shape, scores) = output.try_extract_tensor::<f32>()?;
            let shape: Vec<usize> = shape
                .iter()
                .map(|n| usize::try_from(*n))
                .collect::<Result<_, _>>()?;
            take(&shape, scores);
        }
        // A session whose run failed is not used again.
        idle().push(mine);
        Ok(())
    }

    fn metadata_characters(&self) -> Option<String> {
        self.metadata_characters.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_no_library_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing.so");
        let text = folder.path().join("text.so");
        fs::write(&text, "no library").unwrap();
        for path in [missing, text] {
            let error = OrtRuntime::load("m", vec![], &path).err().unwrap();
            // Where another test has loaded a library, none other is looked at.
            let is_expected = matches!(
                error,
                EngineError::Library { .. } | EngineError::OtherLibrary { .. }
            );
            assert!(is_expected, "{error}");
        }
    }
}
