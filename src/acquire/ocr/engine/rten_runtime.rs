//! Runs a model on rten, in pure Rust.

use std::sync::{Arc, Mutex, PoisonError};

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
        let model = ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load(data)
            .map_err(|error| EngineError::Load {
                name: name.to_owned(),
                source: Box::new(error),
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
        let output = self.model.run_one(tensor.view().into(), Some(options));
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(pool);
        let scores: rten_tensor::Tensor<f32> = output?.try_into()?;
        take(scores.shape(), scores.to_contiguous().data());
        Ok(())
    }

    fn metadata_characters(&self) -> Option<String> {
        self.model.metadata().get("character").map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_model_is_an_error() {
        let error = RtenRuntime::load("m", b"no model".to_vec()).err().unwrap();
        assert!(matches!(error, EngineError::Load { .. }), "{error}");
    }
}
