//! `jixiao dump`: what a stage makes of one file.

use std::fs;

use anyhow::Context as _;

use super::args::{DumpArgs, FormatName};
use super::extract::{passwords, reading};
use super::messages::{Lang, escape_controls};
use super::{Exit, Failure, show};
use crate::batch::find_input;
use crate::pipeline;

/// Runs `dump`. Text for reading cannot steer the terminal; JSON escapes control characters anyway.
pub(super) fn dump(args: &DumpArgs, lang: Lang) -> Result<Exit, Failure> {
    let (grammars, params) = reading(&args.reading, passwords(&args.reading)?, lang)?;
    // All of an archive may be looked through for the member that is named.
    let input = find_input(&args.file, &|path| pipeline::archive::list(path, u32::MAX));
    let (path, member, name) = (&input.path, input.member.as_ref(), &input.name);
    if let Some(out) = &args.image {
        let png = pipeline::dump_picture(path, member, name, args.stage.into(), args.page, &params)
            .map_err(|error| Failure::new(Exit::NotOk, error))?;
        fs::write(out, png)
            .with_context(|| format!("cannot write {}", out.display()))
            .map_err(|error| Failure::new(Exit::Environment, error))?;
        return Ok(Exit::Ok);
    }
    let text = pipeline::dump(
        path,
        member,
        name,
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
