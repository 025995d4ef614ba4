//! `jixiao worker`: a line in, a line out, for programs that drive many of them.
//!
//! Whatever a line asks for, it is answered by one line, in its turn; exit codes are those of `sysexits.h`, and speak of the machine alone.

use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::args::{ReadingArgs, parse_seconds};
use super::correct::CorrectArgs;
use super::extract::{passwords, reading, redact_line};
use super::limits::CostArgs;
use super::messages::{Lang, Message};
use super::read_frames::WorkerReading;
use super::redact::{RedactArgs, ready};
use super::remote::{Remote, RemoteArgs};
use super::{Exit, Failure};
use crate::batch::{Answer, Asked, Input, RunParams, StreamError, answer, find_input};
use crate::emit::envelope::envelope_line;
use crate::model::{Code, Diagnostic};
use crate::pipeline;
use crate::worker::{Pool, PoolParams};

/// Longest line that is taken for a question, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// What stands under the help.
pub(super) const PROTOCOL: &str = "\
Each line of standard input is a path, a file:// or s3:// URI, or a JSON object {\"path\": …, \"id\": …}. Each is answered on standard output by
one line, in the same order and as soon as it can be:
  {\"schema\":\"jixiao.envelope/1\",\"id\":…,\"document\":{…},\"forms\":[{…},…]}
`id` is what was given, else null; `document` is a line of documents.jsonl, `forms` are lines of forms.jsonl. What cannot be read is
answered, too, by a document that is failed or skipped. Nothing but answers goes to standard output.

Exit codes, which say nothing of documents:
   0  every line was answered
  64  wrong usage or configuration
  69  an engine that was asked for is missing
  74  standard input or output failed, or its reader has gone
  75  no process can be started: try again, perhaps elsewhere";

/// Arguments of `worker`.
#[derive(Debug, Args)]
pub(super) struct WorkerArgs {
    /// Files that are read at a time.
    #[arg(short, long, default_value = "1", value_name = "N")]
    jobs: NonZeroUsize,
    /// Write a line to standard error each time that there was no answer for so long: Hadoop streaming takes it for a sign of life
    /// (`reporter:status:…`).
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    heartbeat: Option<Duration>,
    /// Leave `elapsed_ms` null: the same lines are answered by the same bytes.
    #[arg(long)]
    deterministic: bool,
    /// What a file may cost.
    #[command(flatten)]
    costs: CostArgs,
    /// Where objects of stores are kept meanwhile.
    #[command(flatten)]
    remote: RemoteArgs,
    /// What people corrected.
    #[command(flatten)]
    correct: CorrectArgs,
    /// What is taken out of answers.
    #[command(flatten)]
    redact: RedactArgs,
    /// How files are read.
    #[command(flatten)]
    reading: ReadingArgs,
}

/// A question in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    path: String,
    #[serde(default)]
    id: Value,
}

/// Runs `worker`.
pub(super) fn worker(args: &WorkerArgs, lang: Lang) -> Result<Exit, Failure> {
    let passwords = passwords(&args.reading).map_err(of_protocol)?;
    // Asked once, so that what is missing is said before the first answer.
    let (grammars, reading_params) =
        reading(&args.reading, passwords.clone(), lang).map_err(of_protocol)?;
    let told_redaction = args.redact.read().map_err(of_protocol)?;
    let redaction = ready(told_redaction.as_ref(), &grammars).map_err(of_protocol)?;
    let program = env::current_exe().map_err(|error| Failure::new(Exit::TryAgain, error))?;
    let told = WorkerReading {
        args: ReadingArgs {
            password_file: None,
            ..args.reading.clone()
        },
        passwords,
        corrections: args.correct.read().map_err(of_protocol)?,
        redaction: told_redaction,
    };
    let pool = Pool::open(PoolParams::new(program, args.costs.into()), told)
        .map_err(|error| Failure::new(Exit::TryAgain, error))?;
    let params = RunParams {
        n_threads: Some(args.jobs),
        with_timing: !args.deterministic,
        ..RunParams::default()
    };
    let remote = Arc::new(Remote::new(&args.remote, reading_params.acquire.max_bytes));
    let process = |input: &Input| remote.read(input, |input| pool.finish(input));
    let mut output = io::stdout().lock();
    let result = answer(
        questions(Arc::clone(&remote)),
        &params,
        &process,
        args.heartbeat,
        &mut |answer| {
            match answer {
                Answer::Document(asked, mut finished) => {
                    redact_line(&mut finished, redaction.as_ref());
                    let forms = finished.forms.iter().map(|form| form.line.as_str());
                    let line = envelope_line(&asked.id, &finished.document, forms);
                    output.write_all(line.as_bytes())?;
                    // Whoever asks may wait for this answer.
                    output.flush()
                }
                Answer::Beat {
                    n_answered,
                    n_in_hand,
                } => {
                    let status = Message::Beat {
                        n_answered,
                        n_in_hand,
                    };
                    let line = format!("reporter:status:jixiao {}\n", status.text(lang));
                    drop(io::stderr().lock().write_all(line.as_bytes()));
                    Ok(())
                }
            }
        },
    );
    match result {
        Ok(_) => Ok(Exit::Ok),
        Err(StreamError::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Err(Failure {
                exit: Exit::Broken,
                error: None,
            })
        }
        Err(error @ StreamError::Threads(_)) => Err(Failure::new(Exit::TryAgain, error)),
        Err(error) => Err(Failure::new(Exit::Broken, error)),
    }
}

/// Failures as the protocol names them.
fn of_protocol(failure: Failure) -> Failure {
    let exit = match failure.exit {
        Exit::Environment => Exit::Unavailable,
        _ => Exit::WorkerUsage,
    };
    Failure { exit, ..failure }
}

/// The questions of standard input.
fn questions(remote: Arc<Remote>) -> impl FnMut() -> Option<io::Result<Asked>> + Send + 'static {
    let mut input = BufReader::new(io::stdin());
    move || {
        let mut line = Vec::new();
        let read = io::Read::take(&mut input, LONGEST_LINE).read_until(b'\n', &mut line);
        match read {
            Err(error) => return Some(Err(error)),
            Ok(0) => return None,
            Ok(_) => {}
        }
        let is_whole = line.last() == Some(&b'\n') || (line.len() as u64) < LONGEST_LINE;
        if !is_whole {
            // The rest belongs to this line; it is one question all the same.
            if let Err(error) = skip_line(&mut input) {
                return Some(Err(error));
            }
            line.truncate(200);
            let fault = Diagnostic::new(Code::IoNotFound, "", "no path is as long as this line");
            let name = String::from_utf8_lossy(&line).into_owned();
            return Some(Ok(faulty(name, Value::Null, fault)));
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        }
        Some(Ok(question(&line, &remote)))
    }
}

fn skip_line(input: &mut impl io::BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let n = end.map_or(buffer.len(), |end| end + 1);
        input.consume(n);
        if end.is_some() {
            return Ok(());
        }
    }
}

/// What a line asks for.
fn question(line: &[u8], remote: &Remote) -> Asked {
    if line.starts_with(b"{") {
        return match serde_json::from_slice::<Question>(line) {
            Ok(Question { path, id }) => asked(path.as_bytes(), id, remote),
            Err(error) => {
                let message = format!("the line is no question: {error}");
                let fault = Diagnostic::new(Code::IoNotFound, "", message);
                faulty(
                    String::from_utf8_lossy(line).into_owned(),
                    Value::Null,
                    fault,
                )
            }
        };
    }
    asked(line, Value::Null, remote)
}

fn asked(path: &[u8], id: Value, remote: &Remote) -> Asked {
    let text = String::from_utf8_lossy(path);
    let path = match scheme(&text) {
        Some("file") => local_path(&text),
        Some("s3") => path_of(path),
        Some(scheme) => {
            let message = format!("{scheme}:// is not read: give a path, file:// or s3://");
            let fault = Diagnostic::new(Code::Unsupported, "", message);
            return faulty(text.into_owned(), id, fault);
        }
        None => path_of(path),
    };
    let list =
        |path: &Path| remote.with_archive(path, |path| pipeline::archive::list(path, u32::MAX));
    let mut input = find_input(&path, &list);
    if input.member.is_none() && scheme(&text) == Some("s3") {
        // Whether there is an object of this name is seen when it is fetched.
        input = Input::new(&path, None);
    }
    if path.as_os_str().is_empty() {
        let message = "the line is empty";
        input.fault = Some(Diagnostic::new(Code::IoNotFound, "", message));
    }
    Asked {
        input,
        id: id.to_string(),
    }
}

/// A question that cannot be put to a file.
fn faulty(name: String, id: Value, fault: Diagnostic) -> Asked {
    let input = Input {
        name,
        ..Input::new(&PathBuf::new(), Some(fault))
    };
    Asked {
        input,
        id: id.to_string(),
    }
}

/// The scheme of a URI (RFC 3986), if a text is one with an authority.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|ch: char| ch.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|ch| ch.is_ascii_alphanumeric() || "+-.".contains(ch));
    is_scheme.then_some(scheme)
}

/// The path of a `file://` URI (RFC 8089): its host is left out, `%` and two hex digits are a byte.
fn local_path(uri: &str) -> PathBuf {
    let rest = uri.trim_start_matches("file://");
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let mut bytes = Vec::with_capacity(path.len());
    let mut left = path.as_bytes();
    while let Some((&first, rest)) = left.split_first() {
        let escaped = rest
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        left = if escaped.is_some() { &rest[2..] } else { rest };
    }
    path_of(&bytes)
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(line: &str) -> Asked {
        question(
            line.as_bytes(),
            &Remote::new(&RemoteArgs::default(), u64::MAX),
        )
    }

    fn path(line: &str) -> PathBuf {
        ask(line).input.path
    }

    #[test]
    fn a_line_is_a_path_a_uri_or_an_object() {
        assert_eq!(path("/no/a b.pdf"), Path::new("/no/a b.pdf"));
        assert_eq!(path("file:///no/a%20b%25.pdf"), Path::new("/no/a b%.pdf"));
        assert_eq!(path("file://host/no/x%zz"), Path::new("/no/x%zz"));
        assert_eq!(path("{\"path\": \"/no/x\", \"id\": 7}"), Path::new("/no/x"));
        assert_eq!(ask("{\"path\": \"/no/x\", \"id\": [1]}").id, "[1]");
        assert_eq!(ask("/no/x").id, "null");
    }

    #[test]
    fn what_is_no_question_has_a_fault() {
        for line in ["", "{", "{\"id\": 1}", "http://host/x.pdf", "{\"path\": 1}"] {
            assert!(ask(line).input.fault.is_some(), "{line}");
        }
    }
}
