//! `jixiao dump`: what a stage makes of one file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::args::{DumpArgs, FormatName};
use super::extract::{passwords, reading};
use super::messages::{Lang, escape_controls};
use super::{Exit, Failure, show};
use crate::batch::{Input, open_archives, path_to_name};
use crate::model::member::Member;
use crate::model::{Code, Diagnostic};
use crate::pipeline;

/// Runs `dump`. Text for reading cannot steer the terminal; JSON escapes control characters anyway.
pub(super) fn dump(args: &DumpArgs, lang: Lang) -> Result<Exit, Failure> {
    let (grammars, params) = reading(&args.reading, passwords(&args.reading)?, lang)?;
    let (path, member, name) = place(&args.file);
    let member = member.as_ref();
    if let Some(out) = &args.image {
        let png =
            pipeline::dump_picture(&path, member, &name, args.stage.into(), args.page, &params)
                .map_err(|error| Failure::new(Exit::NotOk, error))?;
        fs::write(out, png)
            .with_context(|| format!("cannot write {}", out.display()))
            .map_err(|error| Failure::new(Exit::Environment, error))?;
        return Ok(Exit::Ok);
    }
    let text = pipeline::dump(
        &path,
        member,
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

/// Where a file lies, or the member of an archive, and what it is called.
fn place(file: &Path) -> (PathBuf, Option<Member>, String) {
    let name = path_to_name(file);
    if file.is_file() {
        return (file.to_owned(), None, name);
    }
    // Only what is not there may name a member. All of an archive may be looked through for one.
    let missing = Input::new(file, Some(Diagnostic::new(Code::IoNotFound, "", "")));
    let found = open_archives(vec![missing], &|path| {
        pipeline::archive::list(path, u32::MAX)
    });
    match found.into_iter().find(|input| input.member.is_some()) {
        Some(input) => (input.path, input.member, input.name),
        None => (file.to_owned(), None, name),
    }
}
