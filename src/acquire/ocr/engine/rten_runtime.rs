//! Runs a model on rten, in pure Rust.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rten::{RunOptions, ThreadPool, Value};
use rten_tensor::{AsView as _, Layout as _, NdTensor, Tensor};

use super::EngineError;
use super::ppocr::{Reason, Runtime, Size};
use super::stages::Stages;

/// Runs a model on one picture after the other.
type Running = Aside<NdTensor<f32, 4>, Result<Value, Reason>>;

/// A model on rten.
pub(super) struct RtenRuntime {
    model: Arc<Stages>,
    /// Runs of one thread that no line is using. Each line at a time takes its own.
    idle: Mutex<Vec<Running>>,
}

impl RtenRuntime {
    /// Loads a model (ONNX).
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`]: the bytes are no model, or one that rten cannot run.
    pub(super) fn load(name: &str, data: Vec<u8>) -> Result<Self, EngineError> {
        let model = || -> Result<Stages, Reason> { Aside::start(Stages::load)?.run(data)? };
        let model = model().map_err(|source| EngineError::Load {
            name: name.to_owned(),
            source,
        })?;
        Ok(Self {
            model: Arc::new(model),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// What runs one line at a time on one thread.
    fn start(&self) -> io::Result<Running> {
        let model = Arc::clone(&self.model);
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        Aside::start(move |pictures: NdTensor<f32, 4>| {
            let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&pool)));
            // All of it on the pool's thread: memory that one thread takes and another gives back is not used again.
            pool.run(|| model.run(pictures, &options))
        })
    }
}

impl Runtime for RtenRuntime {
    fn run(
        &self,
        pictures: Vec<f32>,
        size: Size,
        take: &mut dyn FnMut(&[usize], &[f32]),
    ) -> Result<(), Reason> {
        let shape = [size.count, 3, size.height, size.width];
        let pictures = NdTensor::try_from_data(shape, pictures)?;
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = idle().pop();
        let mine = match mine {
            Some(mine) => mine,
            None => self.start()?,
        };
        let output = mine.run(pictures)?;
        idle().push(mine);
        let scores: Tensor<f32> = output?.try_into()?;
        take(scores.shape(), scores.to_contiguous().data());
        Ok(())
    }

    fn metadata_characters(&self) -> Option<String> {
        self.model.metadata("character").map(str::to_owned)
    }
}

/// A thread of its own for one kind of work, whose caller waits.
///
/// rten works in pools of rayon, and a thread of one pool that waits for another pool does other work of its own pool
/// meanwhile. The threads that read files are such: they would begin another file in the midst of a line, on top of the
/// same stack, and wait for themselves where that file wants what this one is loading.
struct Aside<T, R> {
    jobs: Sender<(T, Sender<R>)>,
}

impl<T: Send + 'static, R: Send + 'static> Aside<T, R> {
    /// Starts the thread; it ends when this is dropped.
    fn start(mut work: impl FnMut(T) -> R + Send + 'static) -> io::Result<Self> {
        let (jobs, received) = channel::<(T, Sender<R>)>();
        thread::Builder::new().spawn(move || {
            for (job, answer) in received {
                // Whoever asked waits for the answer.
                drop(answer.send(work(job)));
            }
        })?;
        Ok(Self { jobs })
    }

    /// Has a job done. An error where the work has panicked.
    fn run(&self, job: T) -> Result<R, Reason> {
        let (answer, answered) = channel();
        self.jobs
            .send((job, answer))
            .map_err(|_| "has stopped by a fault of its own")?;
        Ok(answered
            .recv()
            .map_err(|_| "stopped by a fault of its own")?)
    }
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
        let long = || thread::sleep(Duration::from_millis(50));
        let aside = Aside::start(move |()| engine.run(long)).unwrap();
        let is_begun = AtomicBool::new(false);
        files.in_place_scope_fifo(|scope| {
            scope.spawn_fifo(|scope| {
                scope.spawn_fifo(|_| is_begun.store(true, Ordering::Relaxed));
                aside.run(()).unwrap();
                assert!(!is_begun.load(Ordering::Relaxed));
            });
        });
        assert!(is_begun.into_inner());
    }

    #[test]
    fn a_panic_is_an_error() {
        let aside = Aside::start(|()| panic!("on purpose")).unwrap();
        // The second time it has stopped already.
        for _ in 0..2 {
            let error = aside.run(()).map(|()| "no panic").unwrap_err().to_string();
            assert!(error.contains("stopped by a fault"), "{error}");
        }
    }

    #[test]
    fn what_is_no_model_is_an_error() {
        let error = RtenRuntime::load("m", b"no model".to_vec()).err().unwrap();
        assert!(matches!(error, EngineError::Load { .. }), "{error}");
    }
}
