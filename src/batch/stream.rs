//! Inputs that come one after the other, each answered in its turn.
//!
//! In: inputs as another process asks for them, without an end that is known. Out: an outcome for each, in the order of asking, as soon
//! as it can be had. Never: waits for a further input before it answers; holds more than a window of them.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::finished::Finished;
use super::inputs::Input;
use super::run::{RunParams, outcome};

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The input.
    pub input: Input,
    /// What the one who asks calls it, handed back with the answer: JSON.
    pub id: String,
}

/// What the one who asks is told.
#[derive(Debug)]
pub enum Answer<'a> {
    /// An input was read.
    Document(&'a Asked, Box<Finished>),
    /// Nothing new for a while.
    Beat {
        /// Inputs that were answered.
        n_answered: u64,
        /// Inputs that are being read, or wait for their turn.
        n_in_hand: usize,
    },
}

/// Why a stream stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum StreamError<E> {
    /// The threads could not be started.
    #[error("cannot start the threads: {0}")]
    Threads(String),
    /// What is asked for could not be read. What was asked for before has been answered.
    #[error("cannot read what is asked for")]
    Read(#[source] io::Error),
    /// The sink refused an answer.
    #[error(transparent)]
    Sink(E),
}

enum Event {
    Asked(Asked),
    Done(u64, Box<Finished>),
    Broken(io::Error),
    End,
}

/// Reads each input that `next` yields with `process` and hands the outcomes to `sink`, in the order of asking. With `beat`, `sink` hears a
/// beat each time that nothing happened for so long. Returns how many were answered.
///
/// `next` is called in a thread of its own, which is left behind, waiting, when the sink fails.
///
/// # Errors
/// [`StreamError`].
pub fn answer<E>(
    mut next: impl FnMut() -> Option<io::Result<Asked>> + Send + 'static,
    params: &RunParams,
    process: &(dyn Fn(&Input) -> Finished + Sync),
    beat: Option<Duration>,
    sink: &mut dyn FnMut(Answer<'_>) -> Result<(), E>,
) -> Result<u64, StreamError<E>> {
    let threads = |reason: &dyn std::fmt::Display| StreamError::Threads(reason.to_string());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(params.n_threads.map_or(0, NonZeroUsize::get))
        .stack_size(params.stack_bytes)
        .thread_name(|idx| format!("jixiao-{idx}"))
        .build()
        .map_err(|error| threads(&error))?;
    let window = pool
        .current_num_threads()
        .saturating_mul(params.window_per_thread.get());
    let (sender, receiver) = mpsc::channel();
    // A place in the window is taken before an input is awaited, and given back when its answer is written.
    let (take_place, give_back) = mpsc::sync_channel(window);
    let asker = sender.clone();
    let ask = move || {
        while take_place.send(()).is_ok() {
            let (event, is_last) = match next() {
                Some(Ok(asked)) => (Event::Asked(asked), false),
                Some(Err(error)) => (Event::Broken(error), true),
                None => (Event::End, true),
            };
            if asker.send(event).is_err() || is_last {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("jixiao-asked".to_owned())
        .spawn(ask)
        .map_err(|error| threads(&error))?;
    let stopped = AtomicBool::new(false);
    let stopped = &stopped;
    pool.in_place_scope_fifo(|scope| {
        let mut asked: BTreeMap<u64, Arc<Asked>> = BTreeMap::new();
        let mut early: BTreeMap<u64, Box<Finished>> = BTreeMap::new();
        let (mut n_asked, mut n_answered) = (0, 0);
        let mut end = None;
        let stop = |error| {
            stopped.store(true, Ordering::Relaxed);
            StreamError::Sink(error)
        };
        loop {
            while let Some(outcome) = early.remove(&n_answered) {
                if let Some(asked) = asked.remove(&n_answered) {
                    sink(Answer::Document(&asked, outcome)).map_err(stop)?;
                }
                n_answered += 1;
                // Its place was taken before it was awaited.
                let _place = give_back.recv();
            }
            if n_answered == n_asked
                && let Some(end) = end.take()
            {
                return match end {
                    Some(error) => Err(StreamError::Read(error)),
                    None => Ok(n_answered),
                };
            }
            let event = match beat {
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(beat) => receiver.recv_timeout(beat),
            };
            match event {
                Ok(Event::Asked(one)) => {
                    let one = Arc::new(one);
                    asked.insert(n_asked, Arc::clone(&one));
                    let (sender, idx) = (sender.clone(), n_asked);
                    n_asked += 1;
                    scope.spawn_fifo(move |_| {
                        if !stopped.load(Ordering::Relaxed) {
                            // A send fails only when the stream has stopped: nobody waits for the outcome then.
                            drop(sender.send(Event::Done(
                                idx,
                                Box::new(outcome(&one.input, params, process)),
                            )));
                        }
                    });
                }
                Ok(Event::Done(idx, outcome)) => drop(early.insert(idx, outcome)),
                Ok(Event::Broken(error)) => end = Some(Some(error)),
                Ok(Event::End) => end = Some(None),
                Err(RecvTimeoutError::Timeout) => {
                    let n_in_hand = asked.len();
                    let beat = Answer::Beat {
                        n_answered,
                        n_in_hand,
                    };
                    sink(beat).map_err(stop)?;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    unreachable!("this loop holds a sender")
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::batch::run::unread;
    use crate::model::{Code, Diagnostic};

    fn asked(name: &str) -> Asked {
        Asked {
            input: Input::new(Path::new(name), None),
            id: name.to_owned(),
        }
    }

    fn clean(input: &Input) -> Finished {
        unread(input, Diagnostic::new(Code::EmptyFile, "", "m"))
    }

    fn params(n_threads: usize) -> RunParams {
        RunParams {
            n_threads: NonZeroUsize::new(n_threads),
            stack_bytes: 1 << 20,
            with_timing: false,
            ..RunParams::default()
        }
    }

    #[test]
    fn answers_come_in_the_order_of_asking() {
        for n_threads in [1, 4] {
            let mut n = 0;
            let next = move || {
                n += 1;
                (n <= 200).then(|| Ok(asked(&n.to_string())))
            };
            let uneven = |input: &Input| {
                if input.name.len() == 1 {
                    thread::sleep(Duration::from_millis(5));
                }
                clean(input)
            };
            let mut ids = Vec::new();
            let mut sink = |answer: Answer<'_>| -> Result<(), ()> {
                if let Answer::Document(asked, outcome) = answer {
                    assert_eq!(asked.id, outcome.document.path);
                    ids.push(asked.id.clone());
                }
                Ok(())
            };
            assert_eq!(
                answer(next, &params(n_threads), &uneven, None, &mut sink).unwrap(),
                200
            );
            let expected: Vec<String> = (1..=200).map(|n| n.to_string()).collect();
            assert_eq!(ids, expected);
        }
    }

    #[test]
    fn an_answer_does_not_wait_for_the_next_question() {
        let (ask, asks) = mpsc::channel::<Asked>();
        ask.send(asked("1")).unwrap();
        let mut ask = Some(ask);
        let mut n = 0;
        let mut sink = |answer: Answer<'_>| -> Result<(), ()> {
            if let Answer::Document(..) = answer {
                n += 1;
                // The second is asked for when the first is answered, and then no more.
                match (n, ask.take()) {
                    (1, Some(sender)) => {
                        sender.send(asked("2")).unwrap();
                        ask = Some(sender);
                    }
                    _ => drop(ask.take()),
                }
            }
            Ok(())
        };
        let next = move || asks.recv().ok().map(Ok);
        assert_eq!(
            answer(next, &params(2), &clean, None, &mut sink).unwrap(),
            2
        );
    }

    #[test]
    fn what_was_asked_before_a_break_is_answered() {
        let mut n = 0;
        let next = move || {
            n += 1;
            Some(if n < 4 {
                Ok(asked("1"))
            } else {
                Err(io::Error::other("x"))
            })
        };
        let mut n_documents = 0;
        let mut sink = |_: Answer<'_>| -> Result<(), ()> {
            n_documents += 1;
            Ok(())
        };
        let result = answer(next, &params(1), &clean, None, &mut sink);
        assert!(matches!(result, Err(StreamError::Read(_))));
        assert_eq!(n_documents, 3);
    }

    #[test]
    fn a_sink_that_fails_ends_the_stream_though_more_is_awaited() {
        let (ask, asks) = mpsc::channel::<Asked>();
        ask.send(asked("1")).unwrap();
        let next = move || asks.recv().ok().map(Ok);
        let result = answer(next, &params(1), &clean, None, &mut |_| Err("gone"));
        assert!(matches!(result, Err(StreamError::Sink("gone"))));
        drop(ask);
    }

    #[test]
    fn a_silence_is_told() {
        let (ask, asks) = mpsc::channel::<Asked>();
        let mut ask = Some(ask);
        let next = move || asks.recv().ok().map(Ok);
        let mut n_beats = 0;
        let mut sink = |answer: Answer<'_>| -> Result<(), ()> {
            assert!(matches!(
                answer,
                Answer::Beat {
                    n_answered: 0,
                    n_in_hand: 0
                }
            ));
            n_beats += 1;
            if n_beats == 3 {
                ask = None;
            }
            Ok(())
        };
        let beat = Some(Duration::from_millis(2));
        assert_eq!(
            answer(next, &params(1), &clean, beat, &mut sink).unwrap(),
            0
        );
        assert_eq!(n_beats, 3);
    }
}
