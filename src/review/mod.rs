//! Review: people hold forms against their pages and say what is wrong.
//!
//! In: a run, and what was said of it before. Out: a page served on this machine, or one file that holds it; corrections and verdicts,
//! appended. Never: changes a record of the run; answers another machine, or a page that is not its own; puts what a document
//! says where it could be code.
//!
//! `index` knows where in the run each form stands, and reads one at a time. `sayings` takes what people say, `tried` tells whether a
//! correction leaves a record, `said` keeps it. `answers` makes of them what the page asks for, which `server` gives over a socket,
//! behind `access`, and `export` writes into one file. Pictures of pages are made by whoever started this room (`pages`): it never opens a document.
#![expect(
    clippy::disallowed_methods,
    reason = "review is an edge: it reads runs, appends what is said, and has clocks"
)]

mod access;
mod answers;
mod assets;
mod clock;
mod export;
mod index;
mod pages;
mod said;
mod sayings;
mod search;
mod server;
mod tried;

#[cfg(test)]
mod testing;

use std::io;
use std::path::PathBuf;

use crate::runs::RunError;

pub use answers::{Review, ReviewParams};
pub use export::{ExportParams, export};
pub use pages::{Pages, Part, Shown, Wanted};
pub use server::{Server, serve};

/// Why a run cannot be reviewed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// It cannot be read, or what was said of it.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The sample cannot be read.
    #[error("{}: {reason}", path.display())]
    Sample {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// What is said cannot be kept.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another review writes into the same file.
    #[error("another review writes into {}", .0.display())]
    Locked(PathBuf),
    /// There is no socket, no token or no runtime.
    #[error("cannot serve a page on this machine: {0}")]
    Serve(#[source] io::Error),
}
