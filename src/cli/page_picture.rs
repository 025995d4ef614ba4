//! `jixiao page-picture`: the process that shows `review` a page of a document, within limits.
//!
//! It takes what is wanted as JSON on standard input, and writes one line of JSON and, where there is a picture, its bytes. A file that
//! brings it down takes nothing with it.

use std::io::{self, Read as _, Write as _};
use std::panic;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Exit, Failure};
use crate::batch::find_input;
use crate::pipeline::process::{self, ProcessLimits};
use crate::pipeline::shown::{NotShown, Part, Shown, show};
use crate::pipeline::{AcquireParams, archive};
use crate::worker::{Limits, hold};

/// The argument that makes jixiao show a page.
pub(super) const COMMAND: &str = "page-picture";

/// Processor time of a page.
const CPU: Duration = Duration::from_secs(20);
/// Time on the clock of a page.
const WALL: Duration = Duration::from_secs(60);
/// Memory of the process, bytes.
const MEMORY: u64 = 1 << 30;
/// Most bytes that it may write.
const MOST_BYTES: u64 = 128 << 20;

/// What is wanted.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// The file, or the member of an archive.
    pub(super) path: PathBuf,
    /// sha256 of its bytes, hex.
    pub(super) id: String,
    /// Which part of it.
    pub(super) part: RequestedPart,
    /// To try on encrypted PDFs.
    pub(super) passwords: Vec<String>,
}

/// Which part.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RequestedPart {
    /// A page, from 1, at so many pixels an inch.
    Page { number: u32, dpi: f32 },
    /// Lines, from 1, the last included.
    Lines { first: u32, last: u32 },
}

/// The line before the picture.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Header {
    /// The bytes of a picture follow.
    Picture {
        media_type: String,
        width: f32,
        height: f32,
    },
    /// Lines of a text; nothing follows.
    Lines { first: u32, lines: Vec<String> },
    /// Nothing is shown, nothing follows.
    Nothing { reason: String, detail: String },
}

/// Shows what standard input asks for.
pub(super) fn page_picture() -> Result<Exit, Failure> {
    // What a document breaks is no message of ours.
    panic::set_hook(Box::new(|_| {}));
    let environment = |error: io::Error| Failure::new(Exit::Environment, error);
    let limits = Limits {
        file_cpu: CPU,
        memory: MEMORY,
        ..Limits::default()
    };
    hold(limits).map_err(environment)?;
    let mut text = String::new();
    io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(environment)?;
    let request: Request =
        serde_json::from_str(&text).map_err(|error| Failure::new(Exit::Usage, error))?;
    let (header, bytes) = answer(&request);
    let mut line = serde_json::to_vec(&header).map_err(|error| environment(error.into()))?;
    line.push(b'\n');
    let mut output = io::stdout().lock();
    output
        .write_all(&line)
        .and_then(|()| output.write_all(&bytes))
        .and_then(|()| output.flush())
        .map_err(environment)?;
    Ok(Exit::Ok)
}

fn answer(request: &Request) -> (Header, Vec<u8>) {
    let input = find_input(&request.path, &|path| archive::list(path, u32::MAX));
    let nothing = |reason: &str, detail: String| {
        let reason = reason.to_owned();
        (Header::Nothing { reason, detail }, Vec::new())
    };
    if let Some(fault) = input.fault {
        return nothing("missing", fault.message);
    }
    let part = match request.part {
        RequestedPart::Page { number, dpi } => Part::Page { number, dpi },
        RequestedPart::Lines { first, last } => Part::Lines(first, last),
    };
    let mut params = AcquireParams::default();
    params.pdf.passwords.clone_from(&request.passwords);
    match show(
        &input.path,
        input.member.as_ref(),
        &request.id,
        part,
        &params,
    ) {
        Ok(Shown::Picture {
            media_type,
            width,
            height,
            bytes,
        }) => {
            let media_type = media_type.to_owned();
            (
                Header::Picture {
                    media_type,
                    width,
                    height,
                },
                bytes,
            )
        }
        Ok(Shown::Lines { first, lines }) => (Header::Lines { first, lines }, Vec::new()),
        Err(NotShown::Missing(why)) => nothing("missing", why),
        Err(NotShown::Changed) => nothing("changed", String::new()),
        Err(NotShown::NoPicture(why)) => nothing("no_picture", why),
    }
}

/// Has a process of its own answer. What it writes is read as a stranger's.
///
/// # Errors
/// Where it fails, costs too much, or writes what is no answer.
pub(super) fn ask(program: &std::path::Path, request: &Request) -> io::Result<(Header, Vec<u8>)> {
    let limits = ProcessLimits {
        timeout: WALL,
        max_output: MOST_BYTES,
    };
    let mut command = Command::new(program);
    command.arg(COMMAND);
    let mut output = process::run(&mut command, serde_json::to_vec(request)?, limits)?;
    let end = output.iter().position(|byte| *byte == b'\n');
    let end = end.ok_or_else(|| io::Error::other("it says nothing of the picture"))?;
    let header = serde_json::from_slice(&output[..end])?;
    output.drain(..=end);
    Ok((header, output))
}
