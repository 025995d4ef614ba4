//! `--corrections`, `apply` and `corrections`: what people said of records becomes records again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::messages::Lang;
use super::messages::correcting::CorrectingMessage as Said;
use super::{Exit, Failure, tell};
use crate::batch::output::{Output, OutputParams};
use crate::batch::{Finished, identity};
use crate::correct::{Conflict, Correction, Corrections, Fate, Rules, apply as replay};
use crate::emit::order::sort_record_findings;
use crate::grammar::Grammars;
use crate::model::record::{Check, Finding, Project};
use crate::model::{DocumentLine, Record};
use crate::pipeline::{Outcome, recheck, take_code_apart};
use crate::redact::Redaction;
use crate::runs::{FORMS_FILE, Lines, RunError, RunReader, SUMMARY_FILE};

/// Corrections that are replayed.
#[derive(Debug, Clone, Args)]
pub(super) struct CorrectArgs {
    /// Replay what people corrected: a file of JSON Lines as `review` writes it. What does not fit any more is left as it was read, with a
    /// finding.
    #[arg(long, value_name = "FILE")]
    corrections: Option<PathBuf>,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// A run directory.
    run: PathBuf,
    /// The corrections; without it corrections.jsonl of the run directory.
    #[arg(long, value_name = "FILE")]
    corrections: Option<PathBuf>,
    /// The run directory that is written.
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Replace a run that is there already.
    #[arg(long)]
    force: bool,
    /// Folder with further grammars; may be given several times.
    #[arg(long, value_name = "DIR")]
    grammar: Vec<PathBuf>,
    /// Say nothing on standard error but why it stopped.
    #[arg(short, long)]
    quiet: bool,
}

/// What is done with corrections.
#[derive(Debug, Subcommand)]
pub(super) enum CorrectionsCommand {
    /// Make a sample of a document and its corrected records, which tests hold jixiao against from then on.
    ToSample(super::to_sample::ToSampleArgs),
}

impl CorrectArgs {
    /// The corrections that were named; none where no file was.
    pub(super) fn read(&self) -> Result<Vec<Correction>, Failure> {
        self.corrections.as_deref().map_or(Ok(Vec::new()), read)
    }
}

/// Reads a file of corrections.
pub(super) fn read(file: &Path) -> Result<Vec<Correction>, Failure> {
    let failed = |error: RunError| Failure::new(Exit::Usage, error);
    let mut lines = Lines::open(file).map_err(failed)?;
    let mut corrections = Vec::new();
    while let Some(correction) = lines.next_value::<Correction>().map_err(failed)? {
        crate::correct::check(&correction)
            .map_err(|error| failed(lines.wrong(error.to_string())))?;
        corrections.push(correction);
    }
    Ok(corrections)
}

/// The rules by which corrected records are checked.
struct RecordRules<'g>(&'g Grammars);

impl Rules for RecordRules<'_> {
    fn check(&self, record: &Record) -> (Vec<Check>, Vec<Finding>) {
        recheck(record, self.0)
    }

    fn take_apart(&self, project: &mut Project) {
        take_code_apart(project);
    }

    fn sort(&self, findings: &mut Vec<Finding>) {
        sort_record_findings(findings);
    }
}

/// Replays the corrections of a document on its records.
pub(super) fn corrected(
    corrections: &Corrections,
    document: &mut DocumentLine,
    records: &mut Vec<Record>,
    grammars: &Grammars,
) -> Vec<Fate> {
    let Some(id) = document.id.clone() else {
        return Vec::new();
    };
    let corrections = corrections.of(&id);
    if corrections.is_empty() || document.status == "skipped" {
        return Vec::new();
    }
    replay(corrections, document, records, &RecordRules(grammars))
}

/// What is done to the records of a document when they have been read.
pub(super) struct Afterwards {
    corrections: Corrections,
    redaction: Option<Redaction>,
}

impl Afterwards {
    /// Takes corrections that were looked at when they were read.
    pub(super) fn new(
        corrections: Vec<Correction>,
        redaction: Option<Redaction>,
    ) -> Result<Self, Failure> {
        let corrections =
            Corrections::new(corrections).map_err(|(_, error)| Failure::new(Exit::Usage, error))?;
        Ok(Self {
            corrections,
            redaction,
        })
    }

    pub(super) fn redaction(&self) -> Option<&Redaction> {
        self.redaction.as_ref()
    }

    /// Corrects, then redacts: corrections speak of what is printed.
    pub(super) fn finish(&self, mut outcome: Outcome, grammars: &Grammars) -> Finished {
        let (document, records) = (&mut outcome.document, &mut outcome.records);
        corrected(&self.corrections, document, records, grammars);
        if let Some(redaction) = &self.redaction {
            redaction.apply(document, records);
        }
        outcome.into()
    }
}

/// What became of all corrections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Replayed {
    /// Changed a value.
    pub(super) n_applied: usize,
    /// Found it changed already, or were taken back.
    pub(super) n_idle: usize,
    /// Could not be replayed.
    pub(super) n_conflicts: usize,
    /// Speak of documents that the run does not have.
    pub(super) n_elsewhere: usize,
}

/// Runs `apply`.
pub(super) fn apply(args: &ApplyArgs, lang: Lang) -> Result<Exit, Failure> {
    let usage = |error: anyhow::Error| Failure::new(Exit::Usage, error);
    let failed = |error: RunError| {
        let exit = match error {
            RunError::Line { .. } => Exit::Usage,
            RunError::Read { .. } => Exit::Environment,
        };
        Failure::new(exit, error)
    };
    if !args.run.join(FORMS_FILE).is_file() {
        let run = args.run.to_string_lossy();
        return Err(Failure::said(
            Exit::Usage,
            super::messages::Message::NoRun(&run),
            lang,
        ));
    }
    let is_same = fs::canonicalize(&args.output)
        .is_ok_and(|out| fs::canonicalize(&args.run).is_ok_and(|run| run == out));
    if is_same {
        let said = anyhow::Error::msg(Said::SameRun.text(lang));
        return Err(usage(said));
    }
    if is_redacted(&args.run) {
        let said = anyhow::Error::msg(Said::Redacted.text(lang));
        return Err(usage(said));
    }
    let file = args.corrections.clone();
    let file = file.unwrap_or_else(|| args.run.join(crate::correct::CORRECTIONS_FILE));
    let told = read(&file)?;
    let grammars = Grammars::load(&args.grammar).map_err(|error| usage(error.into()))?;
    let settings = serde_json::to_string(&("apply", &told)).map_err(|error| usage(error.into()))?;
    let identity = identity(&settings, &args.grammar, &[])
        .context("cannot read the grammars")
        .map_err(usage)?;
    let corrections = Corrections::new(told).map_err(|(_, error)| usage(error.into()))?;
    let params = OutputParams {
        out: Some(args.output.clone()),
        force: args.force,
        ..OutputParams::default()
    };
    let mut run = RunReader::open(&args.run).map_err(failed)?;
    let mut output = Output::open(&params, identity)
        .map_err(|error| super::extract::output_failure(error, lang))?;
    let mut n_done = output.summary().documents;
    let mut replayed = Replayed::default();
    let mut met = BTreeSet::new();
    while let Some((mut document, mut records)) = run.next_document().map_err(failed)? {
        let fates = corrected(&corrections, &mut document, &mut records, &grammars);
        if !fates.is_empty() {
            met.extend(document.id.clone());
        }
        for fate in &fates {
            match fate {
                Fate::Applied => replayed.n_applied += 1,
                Fate::AlreadySo | Fate::Undone => replayed.n_idle += 1,
                Fate::Conflict(conflict) => {
                    replayed.n_conflicts += 1;
                    say_conflict(args, &document, conflict, lang);
                }
            }
        }
        if n_done > 0 {
            // A run that was not finished has it already.
            n_done -= 1;
            continue;
        }
        let finished = Finished::from(Outcome { records, document });
        output
            .write(&finished)
            .map_err(|error| super::extract::output_failure(error, lang))?;
    }
    output
        .finish()
        .map_err(|error| super::extract::output_failure(error, lang))?;
    replayed.n_elsewhere = corrections
        .documents()
        .filter(|document| !met.contains(*document))
        .map(|document| corrections.of(document).len())
        .sum();
    if !args.quiet {
        tell(&Said::Replayed(&replayed).text(lang));
    }
    Ok(if replayed.n_conflicts == 0 {
        Exit::Ok
    } else {
        Exit::NotOk
    })
}

fn say_conflict(args: &ApplyArgs, document: &DocumentLine, conflict: &Conflict, lang: Lang) {
    if !args.quiet {
        let path = &document.path;
        tell(&Said::Conflict { path, conflict }.text(lang));
    }
}

/// Whether the run's summary says that it is redacted.
fn is_redacted(run: &Path) -> bool {
    let summary = fs::read(run.join(SUMMARY_FILE)).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap_or_default();
    summary.get("redaction").is_some_and(|note| !note.is_null())
}
