//! `jixiao dump`: what a stage makes of one file.

use std::fs;

use anyhow::Context as _;

use super::args::{DumpArgs, FormatName};
use super::extract::{passwords, reading};
use super::messages::{Lang, escape_controls};
use super::{Exit, Failure, show};
use crate::batch::path_to_name;
use crate::pipeline;

/// Runs `dump`. Text for reading cannot steer the terminal; JSON escapes control characters anyway.
pub(super) fn dump(args: &DumpArgs, lang: Lang) -> Result<Exit, Failure> {
    let (grammars, params) = reading(&args.reading, passwords(&args.reading)?, lang)?;
    let name = path_to_name(&args.file);
    if let Some(out) = &args.image {
        let png = pipeline::dump_picture(&args.file, &name, args.stage.into(), args.page, &params)
            .map_err(|error| Failure::new(Exit::NotOk, error))?;
        fs::write(out, png)
            .with_context(|| format!("cannot write {}", out.display()))
            .map_err(|error| Failure::new(Exit::Environment, error))?;
        return Ok(Exit::Ok);
    }
    let text = pipeline::dump(
        &args.file,
        &name,
        args.stage.into(),
        args.format.into(),
        &grammars,
        &params,
    )
    .map_err(|error| Failure::new(Exit::NotOk, error))?;
    match args.format {
        FormatName::Text => show(&escape_controls(&text)),
        FormatName::Json => show(&text),
    }
}
