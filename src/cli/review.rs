//! `jixiao review`: a page on this machine for whoever holds forms against their pages.

#[cfg(feature = "review")]
mod page;

use std::path::PathBuf;

use clap::Args;

#[cfg(not(feature = "review"))]
use super::{
    Exit, Failure,
    messages::{Lang, review::ReviewMessage},
};

#[cfg(feature = "review")]
pub(super) use page::review;

/// Arguments of `review`.
#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    /// A run directory that `extract --provenance -o` has written to its end.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Only the forms of this review set, as `sample` draws one.
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
    /// Where corrections are appended; without it RUN/corrections.jsonl.
    #[arg(long, value_name = "FILE")]
    corrections: Option<PathBuf>,
    /// Where verdicts are appended; without it RUN/verdicts.jsonl.
    #[arg(long, value_name = "FILE")]
    verdicts: Option<PathBuf>,
    /// Who speaks; without it $USER.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Where the paths of the run begin; without it the current folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// Passwords to try on encrypted PDFs, one a line.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 is any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Print the address on standard output, too, for scripts.
    #[arg(long)]
    print_url: bool,
    /// Open no browser. None is opened yet: the address is printed.
    #[arg(long)]
    no_open: bool,
    /// Write the page with its pictures into one file instead, for people without jixiao.
    #[arg(long, value_name = "FILE.html")]
    export: Option<PathBuf>,
    /// Most forms in that file, the most doubtful first.
    #[arg(long, value_name = "N", requires = "export", default_value_t = 300)]
    limit: u32,
    /// Resolution of its pictures, pixels an inch.
    #[arg(long, value_name = "DPI", requires = "export", default_value_t = 110, value_parser = clap::value_parser!(u32).range(50..=300))]
    dpi: u32,
}

/// This build has no page.
#[cfg(not(feature = "review"))]
pub(super) fn review(_: &ReviewArgs, lang: Lang) -> Result<Exit, Failure> {
    Err(Failure {
        exit: Exit::Usage,
        error: Some(anyhow::Error::msg(ReviewMessage::LeftOut.text(lang))),
    })
}
