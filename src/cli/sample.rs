//! `jixiao sample`: which forms of a run people look at, and what that says of the run.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::messages::sampling::SampleMessage;
use super::messages::{Lang, Message};
use super::{Exit, Failure, show};
use crate::correct::CORRECTIONS_FILE;
use crate::correct::{Correction, check};
use crate::model::digest::hex;
use crate::runs::{FORMS_FILE, Lines, RunError, RunReader, SUMMARY_FILE};
use crate::sample::VERDICTS_FILE;
use crate::sample::{
    Decision, Draw, DrawError, FormFacts, Plan, ReviewSet, SAMPLE_SCHEMA, Survey, Traits,
    VERDICT_SCHEMA, Verdict, count_leaves, judge,
};
use crate::store::Address;

/// Review set of a run directory.
const SAMPLE_FILE: &str = "sample.json";

/// What stands under the help of `sample`.
pub(super) const PLANS: &str = "\
Plans:
  percent:P[,R]           at least P % of each stratum are drawn; accepted with at least R % right (95), as DA/T 31 asks
                          of digitised archives
  aql:A[@LEVEL]           single sampling of ISO 2859-1 (GB/T 2828.1) for the limit A (0.65, 1.0 …), at level II, I, III
                          or S-1 to S-4
  aql:A[@LEVEL],tightened the same after two of five runs were rejected
  ci:E@C[,D]              accepted only where it can be said with C % confidence that fewer than E % of the forms are
                          defective: with no defective form in the sample, or with up to D
  all[:R]                 every form; accepted with at least R % right (95)

Exit codes of sample:
  0  the sample was drawn
  2  wrong usage, or RUN is no run that has ended
  3  the environment failed

Exit codes of sample verdict:
  0  accepted
  1  rejected, or not all was looked at
  2  wrong usage, or the files are not those of a sample
  3  the environment failed";

/// Arguments of `sample`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct SampleArgs {
    /// What else to do.
    #[command(subcommand)]
    command: Option<SampleCommand>,
    /// A run directory that `extract -o` has written to its end.
    #[arg(required = true, value_name = "RUN")]
    run: Option<PathBuf>,
    /// How many forms are drawn, and with how many defective ones the run is accepted.
    #[arg(long, required = true, value_name = "PLAN")]
    plan: Option<Plan>,
    /// What the draw hangs on: the same seed draws the same forms from the same run, whatever their order.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Where the review set is written; without it RUN/sample.json.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace a review set that is there already.
    #[arg(long)]
    force: bool,
}

/// What else to do with samples.
#[derive(Debug, Subcommand)]
enum SampleCommand {
    /// Say what a sample that was looked at says of its run: the rate with its interval, accepted or not, and what to tighten.
    Verdict(VerdictArgs),
}

/// Arguments of `sample verdict`.
#[derive(Debug, Args)]
struct VerdictArgs {
    /// The review set that `sample` has written.
    #[arg(value_name = "SAMPLE")]
    sample: PathBuf,
    /// What reviewers say of its forms; without it verdicts.jsonl beside the set.
    #[arg(long, value_name = "FILE")]
    verdicts: Option<PathBuf>,
    /// What they corrected; without it corrections.jsonl beside the set.
    #[arg(long, value_name = "FILE")]
    corrections: Option<PathBuf>,
    /// Refuse the set where its run has other forms by now.
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Print one object of JSON.
    #[arg(long)]
    json: bool,
}

/// Runs `sample`.
pub(super) fn sample(args: &SampleArgs, lang: Lang) -> Result<Exit, Failure> {
    match (&args.command, &args.run, args.plan) {
        (Some(SampleCommand::Verdict(args)), _, _) => verdict(args, lang),
        (None, Some(run), Some(plan)) => draw(run, plan, args, lang),
        (None, _, _) => unreachable!("clap asks for a run and a plan"),
    }
}

/// Draws a sample and writes it down.
fn draw(run: &Path, plan: Plan, args: &SampleArgs, lang: Lang) -> Result<Exit, Failure> {
    if Address::of(run).is_some() {
        let said = SampleMessage::Remote.text(lang);
        return Err(Failure::new(Exit::Usage, anyhow::Error::msg(said)));
    }
    if !run.join(SUMMARY_FILE).is_file() || !run.join(FORMS_FILE).is_file() {
        let run = run.to_string_lossy();
        return Err(Failure::said(Exit::Usage, Message::NoRun(&run), lang));
    }
    let out = args.output.clone().unwrap_or_else(|| run.join(SAMPLE_FILE));
    let shown = out.to_string_lossy();
    if out.exists() && !args.force {
        return Err(Failure::said(
            Exit::Usage,
            Message::OutputExists(&shown),
            lang,
        ));
    }
    let forms_sha256 = file_sha256(&run.join(FORMS_FILE))?;
    let mut survey = Survey::default();
    let mut reader = RunReader::open(run).map_err(run_failure)?;
    while let Some((_, forms)) = reader.next_document().map_err(run_failure)? {
        forms.iter().for_each(|form| survey.add(&Traits::of(form)));
    }
    let refuse = |error: DrawError| Failure::new(Exit::Usage, error);
    let design = survey.design(plan).map_err(refuse)?;
    let mut draw = Draw::new(&design, args.seed);
    let mut reader = RunReader::open(run).map_err(run_failure)?;
    while let Some((_, forms)) = reader.next_document().map_err(run_failure)? {
        for form in &forms {
            let facts = FormFacts::of(form);
            draw.add(&facts, || count_leaves(form)).map_err(refuse)?;
        }
    }
    let set = draw.finish(forms_sha256).map_err(refuse)?;
    let text = serde_json::to_string_pretty(&set)
        .map_err(|error| Failure::new(Exit::Environment, error))?;
    write(&out, &format!("{text}\n")).map_err(|error| {
        let reason = error.to_string();
        let said = Message::OutputFailed {
            path: &shown,
            reason: &reason,
        };
        Failure::said(Exit::Environment, said, lang)
    })?;
    show(
        &SampleMessage::Drawn {
            set: &set,
            plan: &plan,
        }
        .text(lang),
    )
}

/// Writes a file as a whole, or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = fs::File::create(&part)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // What is left is of no use; why it could not be written is what is told.
        drop(fs::remove_file(&part));
    }
    written
}

/// Says what a sample says.
fn verdict(args: &VerdictArgs, lang: Lang) -> Result<Exit, Failure> {
    let shown = args.sample.to_string_lossy();
    let text = fs::read(&args.sample).map_err(|error| cannot_read(&args.sample, &error))?;
    let wrong = |reason: String| {
        Failure::new(
            Exit::Usage,
            anyhow::Error::msg(format!("{shown}: {reason}")),
        )
    };
    let set: ReviewSet = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    if set.schema != SAMPLE_SCHEMA {
        return Err(wrong(format!(
            "its schema is {}, this version reads {SAMPLE_SCHEMA}",
            set.schema
        )));
    }
    if let Some(run) = &args.run
        && file_sha256(&run.join(FORMS_FILE))? != set.forms_sha256
    {
        let run = run.to_string_lossy();
        let said = SampleMessage::OtherRun {
            sample: &shown,
            run: &run,
        };
        return Err(Failure::new(
            Exit::Usage,
            anyhow::Error::msg(said.text(lang)),
        ));
    }
    let beside = |name: &str| args.sample.with_file_name(name);
    let verdicts = read_lines(
        args.verdicts.as_deref(),
        &beside(VERDICTS_FILE),
        |verdict: &Verdict| match verdict.schema.as_str() {
            VERDICT_SCHEMA => Ok(()),
            other => Err(format!(
                "its schema is {other}, this version reads {VERDICT_SCHEMA}"
            )),
        },
    )?;
    let corrections = read_lines(
        args.corrections.as_deref(),
        &beside(CORRECTIONS_FILE),
        |correction: &Correction| check(correction).map_err(|error| error.to_string()),
    )?;
    let judgement = judge(&set, &verdicts, &corrections).map_err(wrong)?;
    if args.json {
        let text = serde_json::to_string(&judgement)
            .map_err(|error| Failure::new(Exit::Environment, error))?;
        show(&format!("{text}\n"))?;
    } else {
        show(&SampleMessage::Judged(&judgement).text(lang))?;
    }
    Ok(match judgement.decision {
        Decision::Accepted => Exit::Ok,
        Decision::Rejected | Decision::Unfinished => Exit::NotOk,
    })
}

/// Lines of a file that was named, or of the usual one, which need not be there.
fn read_lines<T: DeserializeOwned>(
    named: Option<&Path>,
    usual: &Path,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<Vec<T>, Failure> {
    let path = match named {
        Some(path) => path,
        None if usual.exists() => usual,
        None => return Ok(Vec::new()),
    };
    let mut lines = Lines::open(path).map_err(run_failure)?;
    let mut read = Vec::new();
    while let Some(line) = lines.next_value::<T>().map_err(run_failure)? {
        check(&line).map_err(|reason| run_failure(lines.wrong(reason)))?;
        read.push(line);
    }
    Ok(read)
}

/// sha256 of a file, hex.
fn file_sha256(path: &Path) -> Result<String, Failure> {
    let read = || -> io::Result<String> {
        let mut file = fs::File::open(path)?;
        let mut digest = Sha256::new();
        let mut bytes = vec![0; 1 << 16];
        loop {
            match file.read(&mut bytes)? {
                0 => return Ok(hex(&digest.finalize())),
                n => digest.update(&bytes[..n]),
            }
        }
    };
    read().map_err(|error| cannot_read(path, &error))
}

/// A file that is not there was named wrongly; one that cannot be read is a matter of the machine.
fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    let exit = match error.kind() {
        io::ErrorKind::NotFound => Exit::Usage,
        _ => Exit::Environment,
    };
    let reason = format!("cannot read {}: {error}", path.display());
    Failure::new(exit, anyhow::Error::msg(reason))
}

fn run_failure(error: RunError) -> Failure {
    match &error {
        RunError::Line { .. } => Failure::new(Exit::Usage, error),
        RunError::Read { path, source } => cannot_read(path, source),
    }
}
