//! Runs a program with limits. In: a command and its input. Out: what it wrote. Never: waits for longer than it may, or
//! keeps more than it may write.

use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of a complaint that are kept, from its beginning.
const MAX_COMPLAINT: u64 = 2000;

/// How often it is looked whether a process that has closed its output has ended.
const STEP: Duration = Duration::from_millis(2);

/// What a program may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessLimits {
    /// Longest time until it has ended.
    pub timeout: Duration,
    /// Most bytes that it may write.
    pub max_output: u64,
}

/// Runs a command, without a shell, and returns what it wrote.
///
/// The program is ended when the time is over.
///
/// # Errors
/// Where it cannot be started, takes too long, says that it failed, or writes too much.
pub fn run(command: &mut Command, input: Vec<u8>, limits: ProcessLimits) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + limits.timeout;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let outcome = talk(&mut child, input, deadline, limits.max_output);
    if outcome.is_err() {
        // It may have ended by itself, and then there is nothing to end.
        drop(child.kill());
        drop(child.wait());
    }
    let (status, output, complaint) = outcome?;
    if !status.success() {
        let complaint = String::from_utf8_lossy(&complaint);
        let said = match complaint.trim() {
            "" => status.to_string(),
            complaint => format!("{status}: {complaint}"),
        };
        return Err(io::Error::other(said));
    }
    Ok(output)
}

/// Writes to a process and reads it to its end.
fn talk(
    child: &mut Child,
    input: Vec<u8>,
    deadline: Instant,
    max_output: u64,
) -> io::Result<(ExitStatus, Vec<u8>, Vec<u8>)> {
    if let Some(mut stdin) = child.stdin.take() {
        // A process that wants no input has closed its end, and what it writes is judged all the same.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let output = child.stdout.take().map(|pipe| drain(pipe, max_output));
    let complaint = child.stderr.take().map(|pipe| drain(pipe, MAX_COMPLAINT));
    let take = |receiver: Option<Receiver<Drained>>| {
        let receiver = receiver.ok_or_else(|| io::Error::other("has no output"))?;
        receiver
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            .map_err(|_| timed_out())?
    };
    let (output, is_all) = take(output)?;
    if !is_all {
        return Err(io::Error::other(format!(
            "writes more than {max_output} bytes"
        )));
    }
    let (complaint, _) = take(complaint)?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, output, complaint));
        }
        if Instant::now() >= deadline {
            return Err(timed_out());
        }
        thread::sleep(STEP);
    }
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "takes too long")
}

/// What came out of a pipe, and whether it is all.
type Drained = io::Result<(Vec<u8>, bool)>;

/// Reads a pipe to its end on a thread of its own: the first `limit` bytes, and whether those were all.
fn drain(mut pipe: impl Read + Send + 'static, limit: u64) -> Receiver<Drained> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        let result = pipe
            .by_ref()
            .take(limit)
            .read_to_end(&mut kept)
            .and_then(|_| io::copy(&mut pipe, &mut io::sink()))
            .map(|n_more| (kept, n_more == 0));
        // No one listens any more where the time was over.
        drop(sender.send(result));
    });
    receiver
}
