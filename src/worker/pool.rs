//! The pool: hands files to workers, replaces those that die, and says what became of a file that killed them.

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::IgnoredAny;

use super::frames::{self, Ready, Reply, Request, Start};
use super::{COMMAND, Limits};
use crate::batch::{Finished, FinishedForm, Input, unread};
use crate::model::{Code, Diagnostic, DocumentLine};

/// How workers are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolParams {
    /// The program that takes [`COMMAND`]: jixiao.
    pub program: PathBuf,
    /// What a file may cost.
    pub limits: Limits,
    /// Files after which a worker is replaced, at least 1.
    pub max_files: u32,
    /// Memory of an idle worker from which on it is replaced, bytes.
    pub memory_mark: u64,
    /// Longest time until a worker is ready, models not included.
    pub start_timeout: Duration,
}

impl PoolParams {
    /// Usual settings.
    #[must_use]
    pub fn new(program: PathBuf, limits: Limits) -> Self {
        Self {
            program,
            limits,
            max_files: 1000,
            memory_mark: 768 << 20,
            start_timeout: Duration::from_secs(60),
        }
    }
}

/// Why there can be no workers.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The program cannot be started, or is not jixiao.
    #[error("cannot start a worker")]
    Start(#[source] io::Error),
    /// It says why it will not work.
    #[error("{0}")]
    Refused(String),
}

/// Workers, as many as are asked at a time; all read files in the same way.
#[derive(Debug)]
pub struct Pool<T> {
    params: PoolParams,
    reading: T,
    idle: Mutex<Vec<Worker>>,
    /// Held for writing by the one file that is tried again.
    turn: RwLock<()>,
}

/// What became of a file that a worker was given.
enum Attempt {
    Finished(Box<Finished>),
    /// It costs too much, which it will do again.
    Stopped(Diagnostic),
    /// The worker is gone.
    Lost(Diagnostic),
}

impl<T: Serialize> Pool<T> {
    /// Starts a first worker, so that a run that can have none does not begin.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn open(params: PoolParams, reading: T) -> Result<Self, PoolError> {
        let pool = Self {
            params,
            reading,
            idle: Mutex::default(),
            turn: RwLock::default(),
        };
        // Whoever kills processes may have come upon this one.
        let first = match pool.start() {
            Err(PoolError::Start(_)) => pool.start(),
            first => first,
        };
        pool.put_back(first?);
        Ok(pool)
    }

    /// Has a worker read a file. One whose worker dies is tried once more, by a new worker and with no other file beside it:
    /// where memory was short, the others may have taken it.
    pub fn finish(&self, input: &Input) -> Finished {
        let first = {
            let _turn = self.turn.read().unwrap_or_else(PoisonError::into_inner);
            self.attempt(input)
        };
        let last = match first {
            Attempt::Lost(_) => {
                let _turn = self.turn.write().unwrap_or_else(PoisonError::into_inner);
                self.idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clear();
                self.attempt(input)
            }
            first => first,
        };
        match last {
            Attempt::Finished(finished) => *finished,
            Attempt::Stopped(said) | Attempt::Lost(said) => unread(input, said),
        }
    }

    fn attempt(&self, input: &Input) -> Attempt {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let worker = match idle.map_or_else(|| self.start(), Ok) {
            Ok(worker) => worker,
            Err(error) => return Attempt::Lost(crash(error_text(&error))),
        };
        self.ask(worker, input)
    }

    fn ask(&self, mut worker: Worker, input: &Input) -> Attempt {
        let request = Request {
            number: worker.n_files,
            path: to_bytes(&input.path),
            member: input.member,
            name: input.name.clone(),
        };
        // Where it cannot be written the worker is gone, which reading tells, too.
        let written = frames::write(&mut worker.input, &request);
        let wall = self.params.limits.wall();
        match worker.replies.recv_timeout(wall) {
            Ok(Ok(Reply::Done {
                number,
                document,
                forms,
                memory,
            })) if written.is_ok() && number == worker.n_files && is_sound(&document, &forms) => {
                worker.n_files += 1;
                if worker.n_files < self.params.max_files && memory < self.params.memory_mark {
                    self.put_back(worker);
                }
                Attempt::Finished(Box::new(Finished {
                    document: *document,
                    forms,
                }))
            }
            Ok(Ok(Reply::Stopped { code, message })) => match Code::find(&code) {
                Some(code) => Attempt::Stopped(Diagnostic::new(code, "", message)),
                None => Attempt::Lost(crash(
                    "its worker stops it for an unknown reason".to_owned(),
                )),
            },
            Ok(Ok(Reply::Done { .. })) => {
                Attempt::Lost(crash("its worker answers what was not asked".to_owned()))
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Attempt::Lost(worker.autopsy()),
            Err(RecvTimeoutError::Timeout) => {
                let message = format!("no answer within {} s", wall.as_secs());
                Attempt::Lost(Diagnostic::new(Code::Timeout, "", message))
            }
        }
    }

    fn put_back(&self, worker: Worker) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(worker);
    }

    fn start(&self) -> Result<Worker, PoolError> {
        let mut command = Command::new(&self.params.program);
        // A signal from the terminal is the coordinator's to answer: what is in hand is finished.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // What opens stores is the coordinator's alone: whoever reads hostile files needs none of it.
        for (name, _) in env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"AWS_") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(PoolError::Start)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut input), Some(mut output), Some(complaints)) = pipes else {
            return Err(PoolError::Start(io::ErrorKind::BrokenPipe.into()));
        };
        let start = Start {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            reading: &self.reading,
            limits: self.params.limits,
        };
        let written = frames::write(&mut input, &start);
        let complaint = keep_last(complaints);
        let (readiness, is_ready) = channel();
        let (sender, replies) = channel();
        thread::spawn(move || {
            // No one listens any more where a worker was given up.
            if readiness.send(frames::read::<Ready>(&mut output)).is_err() {
                return;
            }
            while let Some(reply) = frames::read(&mut output).transpose() {
                let is_last = reply.is_err();
                if sender.send(reply).is_err() || is_last {
                    return;
                }
            }
        });
        let worker = Worker {
            child,
            input,
            replies,
            complaint,
            n_files: 0,
        };
        match is_ready.recv_timeout(self.params.start_timeout) {
            Ok(Ok(Some(Ready { refused: None }))) if written.is_ok() => Ok(worker),
            Ok(Ok(Some(Ready {
                refused: Some(reason),
            }))) => Err(PoolError::Refused(reason)),
            _ => {
                let said = worker.autopsy().message;
                Err(PoolError::Start(io::Error::other(said)))
            }
        }
    }
}

/// A process that reads files. Dropped it is ended.
#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    replies: Receiver<io::Result<Reply>>,
    /// The end of what it wrote on standard error.
    complaint: Arc<Mutex<Vec<u8>>>,
    n_files: u32,
}

impl Worker {
    /// What it died of; it is ended where it has not.
    fn autopsy(mut self) -> Diagnostic {
        /// Time that a process has to end which has closed its output.
        const DYING: (u32, Duration) = (100, Duration::from_millis(10));
        let mut status = None;
        for _ in 0..DYING.0 {
            if let Ok(Some(ended)) = self.child.try_wait() {
                status = Some(ended);
                break;
            }
            thread::sleep(DYING.1);
        }
        let complaint = self
            .complaint
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        cause(status, &String::from_utf8_lossy(&complaint))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What a worker died of, as its status and its last words have it.
fn cause(status: Option<ExitStatus>, complaint: &str) -> Diagnostic {
    if complaint.contains("memory allocation of") {
        let message = "the file takes more memory than a worker may have".to_owned();
        return Diagnostic::new(Code::LimitMemory, "", message);
    }
    if complaint.contains("has overflowed its stack") {
        return crash("the file overflows the stack of its worker".to_owned());
    }
    crash(match status {
        Some(status) => format!("its worker ended: {status}"),
        None => "its worker closed its output and did not end".to_owned(),
    })
}

fn crash(message: String) -> Diagnostic {
    Diagnostic::new(Code::WorkerCrashed, "", message)
}

/// An error with its causes.
fn error_text(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", error_text(source)),
        None => error.to_string(),
    }
}

/// Whether an answer has the forms that it says, each one line of JSON.
fn is_sound(document: &DocumentLine, forms: &[FinishedForm]) -> bool {
    let is_line = |form: &FinishedForm| {
        let body = form.line.strip_suffix('\n');
        body.is_some_and(|body| {
            body.starts_with('{')
                && !body.contains('\n')
                && serde_json::from_str::<IgnoredAny>(body).is_ok()
        })
    };
    document.forms as usize == forms.len() && forms.iter().all(is_line)
}

/// Keeps the end of what comes out of a pipe.
fn keep_last(mut pipe: impl io::Read + Send + 'static) -> Arc<Mutex<Vec<u8>>> {
    /// Bytes that are kept, at least.
    const KEPT: usize = 4096;
    let kept = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::clone(&kept);
    thread::spawn(move || {
        let mut buffer = [0; KEPT];
        while let Ok(n @ 1..) = pipe.read(&mut buffer) {
            let mut kept = own.lock().unwrap_or_else(PoisonError::into_inner);
            // A vector takes everything.
            drop(kept.write_all(&buffer[..n]));
            let surplus = kept.len().saturating_sub(2 * KEPT);
            kept.drain(..surplus);
        }
    });
    kept
}

#[cfg(unix)]
fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().to_owned()
}

#[cfg(not(unix))]
fn to_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}
