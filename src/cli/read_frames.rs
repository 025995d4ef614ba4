//! `jixiao read-frames`: the process in which `extract` and `worker` have files read.

use std::io;
use std::panic;
use std::sync::OnceLock;
use std::thread;

use serde::{Deserialize, Serialize};

use super::args::ReadingArgs;
use super::correct::Afterwards;
use super::extract::{read_input, reading};
use super::messages::Lang;
use super::redact::{ToldRedaction, ready};
use super::{Exit, Failure};
use crate::batch::{Input, RunParams};
use crate::correct::Correction;
use crate::pipeline::Reader;
use crate::worker::{ServeError, Wanted, serve, wanted};

/// What a worker is told of how files are read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WorkerReading {
    /// Without a file of passwords, which may be a pipe and can be read once only.
    pub(super) args: ReadingArgs,
    /// What that file held.
    pub(super) passwords: Vec<String>,
    /// What people corrected.
    pub(super) corrections: Vec<Correction>,
    /// What is taken out of records.
    pub(super) redaction: Option<ToldRedaction>,
}

/// Reads files as the one that started this process asks, on a stack of the same size as in one process, whatever the system gives a
/// first thread.
pub(super) fn read_frames(lang: Lang) -> Result<Exit, Failure> {
    let failed = |error: io::Error| Failure::new(Exit::Environment, error);
    let thread = thread::Builder::new()
        .name("worker".to_owned())
        .stack_size(RunParams::default().stack_bytes);
    let thread = thread.spawn(move || serve_files(lang)).map_err(failed)?;
    // What reads a file catches its panics; any other ends this process, and the pool sees that.
    thread
        .join()
        .unwrap_or_else(|panic| panic::resume_unwind(panic))
}

fn serve_files(lang: Lang) -> Result<Exit, Failure> {
    // What a panic says names a thread by its number; the ledger has its message.
    panic::set_hook(Box::new(|_| {}));
    let failed = |error: ServeError| Failure::new(Exit::Environment, error);
    let mut input = io::stdin().lock();
    let Wanted {
        reading: told,
        limits,
    } = wanted::<WorkerReading>(&mut input).map_err(failed)?;
    let grammars = OnceLock::new();
    serve(input, io::stdout(), limits, |steps| {
        let said = |failure: Failure| {
            let error = failure.error;
            error.map_or_else(String::new, |error| format!("{error:#}"))
        };
        let WorkerReading {
            args,
            passwords,
            corrections,
            redaction,
        } = told;
        let (loaded, mut params) = reading(&args, passwords, lang).map_err(said)?;
        let redaction = ready(redaction.as_ref(), &loaded).map_err(said)?;
        let afterwards = Afterwards::new(corrections, redaction).map_err(said)?;
        params.acquire.pdf.steps = steps.clone();
        params.acquire.ocr.steps = steps.clone();
        let grammars = grammars.get_or_init(|| loaded);
        let reader = Reader::new(grammars);
        Ok(move |input: &Input| read_input(input, &reader, &params, &afterwards, grammars))
    })
    .map_err(failed)?;
    Ok(Exit::Ok)
}
