//! Files in parallel, results in order.
//!
//! At most a window of files is under way or waiting to be written: a new one starts when the oldest has been
//! written. One slow file thus holds back the others after a while, and memory stays bounded.

use std::any::Any;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use super::finished::Finished;
use super::inputs::Input;
use crate::emit::ledger::unread_line;
use crate::model::{Code, Diagnostic};

/// Settings of a run that do not change what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunParams {
    /// Threads; `None` takes one for each processor.
    pub n_threads: Option<NonZeroUsize>,
    /// Files under way or waiting to be written, for each thread.
    pub window_per_thread: NonZeroUsize,
    /// Stack of a thread in bytes: damaged files nest deeply.
    pub stack_bytes: usize,
    /// Whether ledger lines say how long a file took.
    pub with_timing: bool,
}

impl Default for RunParams {
    fn default() -> Self {
        Self {
            n_threads: None,
            window_per_thread: NonZeroUsize::new(8).expect("8 is not 0"),
            stack_bytes: 64 << 20,
            with_timing: true,
        }
    }
}

/// Why a run stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// The threads could not be started.
    #[error("cannot start the threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    /// The sink refused an outcome.
    #[error(transparent)]
    Sink(E),
}

/// Reads all inputs with `process` on several threads and hands each outcome to `sink`, in the order of `inputs`.
///
/// A panic of `process` becomes a ledger line with `INTERNAL`; an input with a fault becomes its ledger line without
/// being read. When `sink` fails, or `stop` becomes true, no further file is started; those in hand are written. Returns how
/// many were.
///
/// # Errors
/// Where threads cannot be started, or with the error of `sink`.
pub fn run<E>(
    inputs: &[Input],
    params: &RunParams,
    process: &(dyn Fn(&Input) -> Finished + Sync),
    stop: &AtomicBool,
    sink: &mut dyn FnMut(&Input, Finished) -> Result<(), E>,
) -> Result<usize, RunError<E>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(params.n_threads.map_or(0, NonZeroUsize::get))
        .stack_size(params.stack_bytes)
        .thread_name(|idx| format!("jixiao-{idx}"))
        .build()
        .map_err(RunError::Threads)?;
    let window = pool
        .current_num_threads()
        .saturating_mul(params.window_per_thread.get());
    let stopped = AtomicBool::new(false);
    let stopped = &stopped;
    pool.in_place_scope_fifo(|scope| {
        let (sender, receiver) = mpsc::channel();
        let start = |idx: usize| {
            let sender = sender.clone();
            let input = &inputs[idx];
            scope.spawn_fifo(move |_| {
                if !stopped.load(Ordering::Relaxed) {
                    // A send fails only when the run has stopped: nobody waits for the outcome then.
                    drop(sender.send((idx, outcome(input, params, process))));
                }
            });
        };
        let mut n_started = inputs.len().min(window);
        (0..n_started).for_each(start);
        let mut early = BTreeMap::new();
        for (n_written, input) in inputs.iter().enumerate() {
            if n_written == n_started {
                return Ok(n_written);
            }
            let next = loop {
                if let Some(next) = early.remove(&n_written) {
                    break next;
                }
                let (idx, outcome) = receiver
                    .recv()
                    .expect("every started file sends its outcome, a panic is caught");
                early.insert(idx, outcome);
            };
            if let Err(error) = sink(input, next) {
                stopped.store(true, Ordering::Relaxed);
                return Err(RunError::Sink(error));
            }
            if n_started < inputs.len() && !stop.load(Ordering::Relaxed) {
                start(n_started);
                n_started += 1;
            }
        }
        Ok(inputs.len())
    })
}

/// The outcome of one input, whatever happens.
pub(super) fn outcome(
    input: &Input,
    params: &RunParams,
    process: &(dyn Fn(&Input) -> Finished + Sync),
) -> Finished {
    let started = Instant::now();
    let mut outcome = match &input.fault {
        Some(fault) => unread(input, fault.clone()),
        // The closure only borrows what it reads: nothing half-changed can be seen after a panic.
        None => catch_unwind(AssertUnwindSafe(|| process(input)))
            .unwrap_or_else(|panic| internal(input, panic.as_ref())),
    };
    outcome.document.path_b64.clone_from(&input.name_base64);
    outcome.document.elapsed_ms = params
        .with_timing
        .then(|| u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
    outcome
}

/// What is left of an input whose reading panicked.
pub(crate) fn internal(input: &Input, panic: &(dyn Any + Send)) -> Finished {
    let message = format!("jixiao failed on this file: {}", panic_message(panic));
    unread(input, Diagnostic::new(Code::Internal, "", message))
}

/// What is left of an input that could not be read.
pub(crate) fn unread(input: &Input, diagnostic: Diagnostic) -> Finished {
    Finished {
        document: unread_line(&input.name, diagnostic),
        forms: Vec::new(),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;

    fn inputs(n: usize) -> Vec<Input> {
        let input = |idx: usize| Input {
            path: PathBuf::new(),
            member: None,
            name: idx.to_string(),
            name_base64: None,
            fault: None,
        };
        (0..n).map(input).collect()
    }

    fn clean(input: &Input) -> Finished {
        unread(input, Diagnostic::new(Code::EmptyFile, "", "m"))
    }

    fn params(n_threads: usize) -> RunParams {
        RunParams {
            n_threads: NonZeroUsize::new(n_threads),
            window_per_thread: NonZeroUsize::new(2).unwrap(),
            stack_bytes: 1 << 20,
            with_timing: false,
        }
    }

    fn names(
        n_threads: usize,
        inputs: &[Input],
        process: &(dyn Fn(&Input) -> Finished + Sync),
    ) -> Vec<String> {
        let mut names = Vec::new();
        run(
            inputs,
            &params(n_threads),
            process,
            &AtomicBool::new(false),
            &mut |_, outcome| -> Result<(), ()> {
                names.push(format!(
                    "{} {}",
                    outcome.document.path, outcome.document.diagnostics[0].code
                ));
                Ok(())
            },
        )
        .unwrap();
        names
    }

    #[test]
    fn outcomes_come_in_the_order_of_the_inputs_on_any_number_of_threads() {
        let inputs = inputs(100);
        // Every seventh file is slow, so that later ones overtake it.
        let uneven = |input: &Input| {
            if input.name.parse::<u64>().unwrap() % 7 == 0 {
                std::thread::sleep(Duration::from_millis(3));
            }
            clean(input)
        };
        let expected: Vec<String> = (0..100).map(|idx| format!("{idx} EMPTY_FILE")).collect();
        for n_threads in [1, 2, 8] {
            assert_eq!(names(n_threads, &inputs, &uneven), expected);
        }
    }

    #[test]
    fn a_panic_is_one_line_of_the_ledger() {
        let process = |input: &Input| {
            assert_ne!(input.name, "1", "of all numbers");
            clean(input)
        };
        assert_eq!(
            names(2, &inputs(3), &process),
            ["0 EMPTY_FILE", "1 INTERNAL", "2 EMPTY_FILE"]
        );
    }

    #[test]
    fn an_input_with_a_fault_is_not_read() {
        let mut inputs = inputs(1);
        inputs[0].fault = Some(Diagnostic::new(Code::IoNotFound, "", "m"));
        assert_eq!(
            names(1, &inputs, &|_| unreachable!("it has a fault")),
            ["0 IO_NOT_FOUND"]
        );
    }

    #[test]
    fn no_more_than_the_window_is_ever_ahead_of_the_sink() {
        let started = AtomicUsize::new(0);
        let process = |input: &Input| {
            started.fetch_add(1, Ordering::SeqCst);
            clean(input)
        };
        let mut n_written = 0;
        run(
            &inputs(50),
            &params(2),
            &process,
            &AtomicBool::new(false),
            &mut |_, _| -> Result<(), ()> {
                std::thread::sleep(Duration::from_millis(1));
                n_written += 1;
                assert!(started.load(Ordering::SeqCst) < n_written + 4 + 1);
                Ok(())
            },
        )
        .unwrap();
    }

    #[test]
    fn a_sink_that_fails_stops_the_run() {
        let started = AtomicUsize::new(0);
        let process = |input: &Input| {
            started.fetch_add(1, Ordering::SeqCst);
            clean(input)
        };
        let result = run(
            &inputs(1000),
            &params(2),
            &process,
            &AtomicBool::new(false),
            &mut |_, _| Err("disk full"),
        );
        assert!(matches!(result, Err(RunError::Sink("disk full"))));
        assert!(started.load(Ordering::SeqCst) <= 4);
    }

    #[test]
    fn nothing_to_read_is_no_error() {
        assert_eq!(names(2, &[], &clean), Vec::<String>::new());
    }
}
