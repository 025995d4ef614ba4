//! `jixiao grammar`: the families, and whether their grammars hold what their specifications say.

use std::path::PathBuf;

use anyhow::Context as _;

use super::args::GrammarCommand;
use super::messages::{Lang, Message};
use super::sample_folders::run_samples;
use super::{Exit, Failure, show, tell};
use crate::grammar::Grammars;
use crate::pipeline::{PipelineParams, SpecOutcome, run_specifications};

/// Runs `grammar`.
pub(super) fn grammar(command: &GrammarCommand, lang: Lang) -> Result<Exit, Failure> {
    match command {
        GrammarCommand::List { dir } => {
            let names = load(dir.as_ref(), Exit::Usage)?.names();
            show(
                &names
                    .iter()
                    .map(|name| format!("{name}\n"))
                    .collect::<String>(),
            )
        }
        GrammarCommand::Check { dir } => {
            let names = load(dir.as_ref(), Exit::NotOk)?.names();
            tell(&Message::GrammarsFit(names.len()).text(lang));
            Ok(Exit::Ok)
        }
        GrammarCommand::Test { dir } => {
            let mut outcomes = run_specifications(dir.as_deref())
                .context("cannot run the specifications")
                .map_err(|error| Failure::new(Exit::NotOk, error))?;
            let samples = dir.as_ref().map(|dir| dir.join("samples"));
            if let Some(samples) = samples.filter(|samples| samples.is_dir()) {
                let grammars = load(dir.as_ref(), Exit::NotOk)?;
                let found = run_samples(&samples, &grammars, &PipelineParams::default())
                    .with_context(|| format!("cannot run the samples in {}", samples.display()))
                    .map_err(|error| Failure::new(Exit::NotOk, error))?;
                outcomes.extend(found);
            }
            let n_failed = outcomes
                .iter()
                .filter(|outcome| outcome.failure.is_some())
                .count();
            let report = |outcome: &SpecOutcome| match &outcome.failure {
                None => format!("ok      {}\n", outcome.name),
                Some(failure) => format!("FAILED  {}\n{failure}\n", outcome.name),
            };
            show(&outcomes.iter().map(report).collect::<String>())?;
            tell(
                &Message::Specifications {
                    n_passed: outcomes.len() - n_failed,
                    n_failed,
                }
                .text(lang),
            );
            Ok(if n_failed == 0 { Exit::Ok } else { Exit::NotOk })
        }
    }
}

fn load(dir: Option<&PathBuf>, exit: Exit) -> Result<Grammars, Failure> {
    let dirs: Vec<PathBuf> = dir.cloned().into_iter().collect();
    Grammars::load(&dirs)
        .context("cannot load the grammars")
        .map_err(|error| Failure::new(exit, error))
}
