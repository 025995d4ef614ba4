//! The worker's side: reads requests, answers each.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use serde::de::DeserializeOwned;

use super::Limits;
use super::confine::{confine, memory};
use super::frames::{self, Ready, Reply, Request, Start};
use super::watch::Watched;
use crate::batch::{Finished, Input, internal};
use crate::model::Steps;

/// How a worker ends that has stopped a file.
pub(super) const STOPPED: i32 = 70;

/// Why a worker ends before its input does.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The other side has gone, or says what is no frame.
    #[error("the one that started this worker cannot be understood")]
    Frames(#[from] io::Error),
    /// It is another jixiao.
    #[error("this worker is jixiao {own}, and {wanted} has started it")]
    Version {
        /// Its version.
        own: &'static str,
        /// That of the other side.
        wanted: String,
    },
}

/// What the one that started a worker wants of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted<T> {
    /// How files are read.
    pub reading: T,
    /// What one may cost.
    pub limits: Limits,
}

/// Reads the first frame.
///
/// # Errors
/// [`ServeError`].
pub fn wanted<T: DeserializeOwned>(input: &mut impl Read) -> Result<Wanted<T>, ServeError> {
    let start: Option<Start<T>> = frames::read(input)?;
    let start = start.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    let own = env!("CARGO_PKG_VERSION");
    if start.version != own {
        return Err(ServeError::Version {
            own,
            wanted: start.version,
        });
    }
    Ok(Wanted {
        reading: start.reading,
        limits: start.limits,
    })
}

/// Confines this process and answers requests until there are no more. `make` makes what reads a file, given the count of pages
/// that is to be kept; where it says why it cannot, that is the answer to the first frame, and the worker ends.
///
/// # Errors
/// [`ServeError::Frames`].
pub fn serve<P: Fn(&Input) -> Finished>(
    mut input: impl Read,
    output: impl Write + Send + 'static,
    limits: Limits,
    make: impl FnOnce(&Steps) -> Result<P, String>,
) -> Result<(), ServeError> {
    confine(&limits);
    let steps = Steps::default();
    let watched = Watched::start(output, limits, steps.clone())?;
    let process = match make(&steps) {
        Ok(process) => process,
        Err(refused) => {
            watched.say(&Ready {
                refused: Some(refused),
            })?;
            return Ok(());
        }
    };
    watched.say(&Ready { refused: None })?;
    while let Some(request) = frames::read::<Request>(&mut input)? {
        let wanted = Input {
            path: to_path(request.path),
            member: request.member,
            name: request.name,
            name_base64: None,
            fault: None,
        };
        watched.begin(&steps);
        // The closure only borrows what it reads: nothing half-changed can be seen after a panic.
        let finished = catch_unwind(AssertUnwindSafe(|| process(&wanted)))
            .unwrap_or_else(|panic| internal(&wanted, panic.as_ref()));
        watched.end(&Reply::Done {
            number: request.number,
            document: Box::new(finished.document),
            forms: finished.forms,
            memory: memory(),
        })?;
    }
    Ok(())
}

#[cfg(unix)]
fn to_path(bytes: Vec<u8>) -> PathBuf {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn to_path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
