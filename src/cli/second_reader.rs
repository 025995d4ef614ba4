//! `jixiao second-reader`: the process that `--second-reader` starts.

use std::io::{self, Read as _};
use std::panic;

use super::{Exit, Failure, show};
use crate::pipeline::second_reader::extract;

/// Reads a PDF on standard input and writes the texts of its pages as one JSON array.
pub(super) fn second_reader() -> Result<Exit, Failure> {
    // A panic is awaited, and what it would say names a thread by its number: the same file shall give the same finding.
    panic::set_hook(Box::new(|_| {}));
    let environment = |error: io::Error| Failure::new(Exit::Environment, error);
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(environment)?;
    let texts = extract(&bytes).map_err(|error| Failure::new(Exit::NotOk, error))?;
    let line = serde_json::to_string(&texts).map_err(|error| environment(error.into()))?;
    show(&line)
}
