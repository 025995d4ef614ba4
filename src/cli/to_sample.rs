//! `jixiao corrections to-sample`: what was read wrong once becomes a test.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use sha2::{Digest as _, Sha256};

use super::correct::{corrected, read};
use super::messages::Lang;
use super::messages::correcting::CorrectingMessage as Said;
use super::sample_folders::EXPECTED_FILE;
use super::{Exit, Failure, tell};
use crate::batch::find_input;
use crate::correct::{CORRECTIONS_FILE, Corrections, Fate};
use crate::emit::jsonl::to_line;
use crate::grammar::Grammars;
use crate::model::digest::hex;
use crate::model::{Code, DocumentLine, Record};
use crate::pipeline;
use crate::runs::RunReader;

/// Arguments of `corrections to-sample`.
#[derive(Debug, Args)]
pub(super) struct ToSampleArgs {
    /// The run directory whose forms were corrected.
    run: PathBuf,
    /// Beginnings of the sha256 of documents; without any, all that were corrected.
    document: Vec<String>,
    /// The corrections; without it corrections.jsonl of the run directory.
    #[arg(long, value_name = "FILE")]
    corrections: Option<PathBuf>,
    /// Folder of samples: `samples` of a folder of grammars, where `grammar test` finds them.
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Folder that the paths of the run begin in.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// Folder with further grammars; may be given several times.
    #[arg(long, value_name = "DIR")]
    grammar: Vec<PathBuf>,
}

/// Runs `corrections to-sample`.
pub(super) fn to_sample(args: &ToSampleArgs, lang: Lang) -> Result<Exit, Failure> {
    let usage = |error: anyhow::Error| Failure::new(Exit::Usage, error);
    let file = args.corrections.clone();
    let file = file.unwrap_or_else(|| args.run.join(CORRECTIONS_FILE));
    let corrections = Corrections::new(read(&file)?).map_err(|(_, error)| usage(error.into()))?;
    let grammars = Grammars::load(&args.grammar).map_err(|error| usage(error.into()))?;
    let is_wanted = |id: &str| {
        args.document.is_empty() || args.document.iter().any(|wanted| id.starts_with(wanted))
    };
    let wanted: BTreeSet<&str> = corrections.documents().filter(|id| is_wanted(id)).collect();
    let mut made = BTreeSet::new();
    let mut n_unmade = 0;
    let mut run = RunReader::open(&args.run).map_err(|error| usage(error.into()))?;
    while let Some((mut document, mut records)) =
        run.next_document().map_err(|error| usage(error.into()))?
    {
        let Some(id) = document
            .id
            .clone()
            .filter(|id| wanted.contains(id.as_str()))
        else {
            continue;
        };
        if made.contains(&id) || document.status == "skipped" {
            continue;
        }
        let fates = corrected(&corrections, &mut document, &mut records, &grammars);
        let conflict = fates.iter().find_map(|fate| match fate {
            Fate::Conflict(conflict) => Some(conflict),
            _ => None,
        });
        if let Some(conflict) = conflict {
            let path = &document.path;
            tell(&Said::Conflict { path, conflict }.text(lang));
            n_unmade += 1;
            continue;
        }
        let folder = write_sample(args, &id, document, records)
            .map_err(|error| Failure::new(Exit::Environment, error))?;
        let place = folder.to_string_lossy();
        tell(&Said::SampleMade(&place).text(lang));
        made.insert(id);
    }
    let n_missing = wanted.len() - made.len() - n_unmade;
    if n_missing > 0 {
        tell(&Said::NotInRun(n_missing).text(lang));
    }
    Ok(if n_unmade + n_missing == 0 && !made.is_empty() {
        Exit::Ok
    } else {
        Exit::NotOk
    })
}

/// Writes the input and the records that it is to give; returns their folder.
fn write_sample(
    args: &ToSampleArgs,
    id: &str,
    document: DocumentLine,
    records: Vec<Record>,
) -> anyhow::Result<PathBuf> {
    let name = format!("corrected-{}", &id[..16]);
    let folder = args.into.join(&name);
    let member = document.path.rsplit("!/").next().unwrap_or(&document.path);
    let extension = Path::new(member)
        .extension()
        .unwrap_or_default()
        .to_string_lossy();
    let input_name = format!("input.{extension}");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let source = args.root.join(&document.path);
    let input = find_input(&source, &|path| pipeline::archive::list(path, u32::MAX));
    let mut reader: Box<dyn io::Read> = match &input.member {
        Some(member) => pipeline::archive::open(&input.path, member),
        None => File::open(&input.path).map(|file| Box::new(file) as Box<dyn io::Read>),
    }
    .with_context(|| format!("cannot read {}", source.display()))?;
    let mut bytes = Vec::new();
    reader
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", source.display()))?;
    let found = hex(&Sha256::digest(&bytes));
    if found != id {
        return Err(anyhow!(
            "{} is not the file that was corrected: its sha256 is {found}, expected {id}",
            source.display()
        ));
    }
    let is_of_correction = |code: &str| code == Code::Corrected.name();
    let mut lines = String::new();
    for mut record in records {
        record.document.path = format!("samples/{name}/{input_name}");
        record.provenance = None;
        record
            .diagnostics
            .retain(|finding| !is_of_correction(&finding.code));
        lines.push_str(&to_line(&record));
    }
    let write = |file: &str, content: &[u8]| {
        let path = folder.join(file);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    };
    write(&input_name, &bytes)?;
    write(EXPECTED_FILE, lines.as_bytes())?;
    Ok(folder)
}
