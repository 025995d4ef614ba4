//! Runs a model on rten, in pure Rust.

use std::io;
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rten::{Model, ModelOptions, RunOptions, ThreadPool};
use rten_tensor::{AsView as _, Layout as _, NdTensor};

use super::EngineError;
use super::input::HEIGHT;
use super::ppocr::{Reason, Runtime};

/// A model on rten.
pub(super) struct RtenRuntime {
    model: Model,
    /// Pools of one thread that no run is using. A pool runs one line at a time, so each run at a time takes its own.
    idle: Mutex<Vec<Arc<ThreadPool>>>,
}

impl RtenRuntime {
    /// Loads a model (ONNX). Takes some tenths of a second.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`]: the bytes are no model, or one that rten cannot run.
    pub(super) fn load(name: &str, data: Vec<u8>) -> Result<Self, EngineError> {
        let load = || -> Result<Model, Reason> {
            let mut options = ModelOptions::with_all_ops();
            Ok(options.prepack_weights(true).load(data)?)
        };
        let model = aside(load)
            .map_err(Reason::from)
            .flatten()
            .map_err(|source| EngineError::Load {
                name: name.to_owned(),
                source,
            })?;
        Ok(Self {
            model,
            idle: Mutex::new(Vec::new()),
        })
    }
}

impl Runtime for RtenRuntime {
    fn run(
        &self,
        picture: Vec<f32>,
        width: usize,
        take: &mut dyn FnMut(&[usize], &[f32]),
    ) -> Result<(), Reason> {
        let tensor = NdTensor::try_from_data([1, 3, HEIGHT, width], picture)?;
        let pool = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)));
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&pool)));
        let output = aside(|| self.model.run_one(tensor.view().into(), Some(options)));
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(pool);
        let scores: rten_tensor::Tensor<f32> = output??.try_into()?;
        take(scores.shape(), scores.to_contiguous().data());
        Ok(())
    }

    fn metadata_characters(&self) -> Option<String> {
        self.model.metadata().get("character").map(str::to_owned)
    }
}

/// Does something on a thread of its own and waits for it; it costs some hundredths of a millisecond.
///
/// rten works in pools of rayon, and a thread of one pool that waits for another pool does other work of its own pool
/// meanwhile. The threads that read files are such: they would begin another file in the midst of a line, on top of the
/// same stack, and wait for themselves where that file wants what this one is loading.
fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, work)?;
        thread.join().map_err(|reason| panic::resume_unwind(reason))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_other_file_is_begun_in_the_midst_of_a_line() {
        let files = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        let engine = ThreadPool::with_num_threads(1);
        let is_begun = AtomicBool::new(false);
        files.in_place_scope_fifo(|scope| {
            scope.spawn_fifo(|scope| {
                scope.spawn_fifo(|_| is_begun.store(true, Ordering::Relaxed));
                let long = || thread::sleep(Duration::from_millis(50));
                aside(|| engine.run(long)).unwrap();
                assert!(!is_begun.load(Ordering::Relaxed));
            });
        });
        assert!(is_begun.into_inner());
    }

    #[test]
    fn a_panic_is_passed_on() {
        let panicked = panic::catch_unwind(|| aside(|| panic!("on purpose")));
        assert!(panicked.is_err());
    }

    #[test]
    fn what_is_no_model_is_an_error() {
        let error = RtenRuntime::load("m", b"no model".to_vec()).err().unwrap();
        assert!(matches!(error, EngineError::Load { .. }), "{error}");
    }
}
