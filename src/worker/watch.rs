//! Watch: a file that costs too much is stopped from within, and it is said what it cost.
//!
//! In: the limits and the count of pages. Out: a last reply, and the end of the process. Never: touches what is being read.

use std::io::Write;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::confine::{cpu_time, memory};
use super::frames::{self, Reply};
use super::{Limits, serve};
use crate::model::{Code, Steps};

/// How often it is looked.
const STEP: Duration = Duration::from_millis(20);

/// A worker's output, and the file that it reads.
pub(super) struct State<W> {
    pub(super) output: W,
    /// `None` between files.
    current: Option<Current>,
}

struct Current {
    /// Processor time when the file was begun, and when its newest page was.
    began: Duration,
    page_began: Duration,
    n_steps: u64,
}

/// Shared by the one that reads and the one that watches.
pub(super) struct Watched<W>(Arc<Mutex<State<W>>>);

impl<W: Write + Send + 'static> Watched<W> {
    /// Begins to watch.
    ///
    /// # Errors
    /// Where there can be no thread.
    pub(super) fn start(output: W, limits: Limits, steps: Steps) -> std::io::Result<Self> {
        let state = Arc::new(Mutex::new(State {
            output,
            current: None,
        }));
        let watched = Self(Arc::clone(&state));
        thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || {
                loop {
                    thread::sleep(STEP);
                    let mut state = lock(&state);
                    let Some(current) = &mut state.current else {
                        continue;
                    };
                    if let Some(reply) = over(current, &limits, &steps) {
                        // The pool sees the end of the process where it cannot be told.
                        drop(frames::write(&mut state.output, &reply));
                        process::exit(serve::STOPPED);
                    }
                }
            })?;
        Ok(watched)
    }

    /// A file is begun.
    pub(super) fn begin(&self, steps: &Steps) {
        let now = cpu_time();
        lock(&self.0).current = Some(Current {
            began: now,
            page_began: now,
            n_steps: steps.count(),
        });
    }

    /// The file was read; `reply` is written unless it has been stopped meanwhile.
    ///
    /// # Errors
    /// Where nobody listens.
    pub(super) fn end(&self, reply: &Reply) -> std::io::Result<()> {
        let mut state = lock(&self.0);
        state.current = None;
        frames::write(&mut state.output, reply)
    }

    /// Writes what is no answer to a file.
    ///
    /// # Errors
    /// Where nobody listens.
    pub(super) fn say(&self, frame: &impl serde::Serialize) -> std::io::Result<()> {
        frames::write(&mut lock(&self.0).output, frame)
    }
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is to be said of a file that costs too much; `None` as long as it does not.
fn over(current: &mut Current, limits: &Limits, steps: &Steps) -> Option<Reply> {
    let now = cpu_time();
    let n_steps = steps.count();
    if n_steps != current.n_steps {
        current.n_steps = n_steps;
        current.page_began = now;
    }
    let of_page = now.saturating_sub(current.page_began);
    let of_file = now.saturating_sub(current.began);
    if of_page > limits.page_cpu {
        let seconds = limits.page_cpu.as_secs_f32();
        let message = format!("a page takes more than {seconds} s of processor time");
        return Some(Reply::stopped(Code::Timeout, message));
    }
    if of_file > limits.file_cpu {
        let seconds = limits.file_cpu.as_secs_f32();
        let message = format!("the file takes more than {seconds} s of processor time");
        return Some(Reply::stopped(Code::Timeout, message));
    }
    if memory() > limits.memory {
        let message = format!(
            "the file takes more than {} MiB of memory",
            limits.memory >> 20
        );
        return Some(Reply::stopped(Code::LimitMemory, message));
    }
    None
}
