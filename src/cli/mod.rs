//! Cli: the command line, its messages and its exit codes.
//! In: arguments. Out: data on standard output, everything else on standard error, an exit code. Never: reads a form
//! itself; prints to a closed pipe with a panic.
#![expect(
    clippy::disallowed_methods,
    reason = "cli is an edge of the pipeline: it reads the locale and small files"
)]

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use self::args::{Cli, Command, SchemaKind};
use self::messages::Message;
use crate::emit::schema;
use crate::export::tables_schema;
use crate::sample::{judgement_schema, sample_schema, verdict_schema};

mod args;
mod columns;
mod correct;
mod diff;
mod diff_page;
mod doctor;
mod dump;
mod eval;
mod exit_codes;
mod explain;
mod export;
mod extract;
mod grammar;
mod interrupt;
mod limits;
mod lineage;
pub mod messages;
mod models;
mod page_picture;
mod progress;
mod read_frames;
mod redact;
mod remote;
mod review;
mod sample;
mod sample_folders;
mod second_reader;
mod to_sample;
mod worker;

pub use messages::Lang;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Everything was done.
    Ok,
    /// Finished, and some documents or grammars are not in order.
    NotOk,
    /// Wrong usage or configuration.
    Usage,
    /// The environment failed.
    Environment,
    /// It was told to end before all was done.
    Interrupted,
    /// `worker`: wrong usage (EX_USAGE of sysexits.h).
    WorkerUsage,
    /// `worker`: an engine is missing (EX_UNAVAILABLE).
    Unavailable,
    /// `worker`: standard input or output failed (EX_IOERR).
    Broken,
    /// `worker`: another time or elsewhere it may work (EX_TEMPFAIL).
    TryAgain,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::NotOk => 1,
            Exit::Usage => 2,
            Exit::Environment => 3,
            Exit::Interrupted => 130,
            Exit::WorkerUsage => 64,
            Exit::Unavailable => 69,
            Exit::Broken => 74,
            Exit::TryAgain => 75,
        })
    }
}

/// Why a command stopped, with the exit code that says whose fault it is.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    /// `None` where there is no one to tell: the reader of the output has gone.
    error: Option<anyhow::Error>,
}

impl Failure {
    fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: Some(error.into()),
        }
    }

    fn said(exit: Exit, message: Message<'_>, lang: Lang) -> Self {
        Self {
            exit,
            error: Some(anyhow::Error::msg(message.text(lang))),
        }
    }
}

/// Runs the command of the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors of code 0 to clap. A closed pipe is nobody's fault.
            drop(error.print());
            let is_worker = std::env::args_os()
                .nth(1)
                .is_some_and(|name| name == "worker");
            return match error.exit_code() {
                0 => Exit::Ok.into(),
                _ if is_worker => Exit::WorkerUsage.into(),
                _ => Exit::Usage.into(),
            };
        }
    };
    let lang = cli.lang.unwrap_or_else(Lang::from_environment);
    let result = match cli.command {
        Command::Extract(args) => extract::extract(&args, lang),
        Command::Export(args) => export::export(&args, lang),
        Command::Apply(args) => correct::apply(&args, lang),
        Command::Corrections(correct::CorrectionsCommand::ToSample(args)) => {
            to_sample::to_sample(&args, lang)
        }
        Command::Sample(args) => sample::sample(&args, lang),
        Command::Eval(args) => eval::eval(&args, lang),
        Command::Diff(args) => diff::run(&args, lang),
        Command::Dump(args) => dump::dump(&args, lang),
        Command::Explain(args) => explain::explain(&args, lang),
        Command::Schema { which } => show(&match which {
            SchemaKind::Form => schema::form_schema(),
            SchemaKind::Document => schema::document_schema(),
            SchemaKind::Envelope => schema::envelope_schema(),
            SchemaKind::Tables => tables_schema(),
            SchemaKind::Sample => sample_schema(),
            SchemaKind::Verdict => verdict_schema(),
            SchemaKind::Judgement => judgement_schema(),
        }),
        Command::Grammar(command) => grammar::grammar(&command, lang),
        Command::Models(command) => models::models(&command, lang),
        Command::Doctor(args) => doctor::doctor(&args, lang),
        Command::Review(args) => review::review(&args, lang),
        Command::PagePicture => page_picture::page_picture(),
        Command::SecondReader => second_reader::second_reader(),
        Command::ReadFrames => read_frames::read_frames(lang),
        Command::Worker(args) => worker::worker(&args, lang),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "jixiao", &mut script);
            show(&String::from_utf8_lossy(&script))
        }
        Command::Man { command } => manual_page(command.as_deref(), lang),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(Failure { exit, error }) => {
            if let Some(error) = error {
                tell(&Message::Failed(&format!("{error:#}")).text(lang));
            }
            exit.into()
        }
    }
}

/// Prints the page of jixiao or of one of its commands, as roff.
fn manual_page(name: Option<&str>, lang: Lang) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = name {
        let Some(found) = command.find_subcommand(name) else {
            return Err(Failure::said(
                Exit::Usage,
                Message::UnknownCommand(name),
                lang,
            ));
        };
        command = found.clone();
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| Failure::new(Exit::Environment, error))?;
    show(&String::from_utf8_lossy(&page))
}

/// Puts text on standard output. A reader that has seen enough is no failure.
fn show(text: &str) -> Result<Exit, Failure> {
    let mut output = io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Environment, error))
        }
        _ => Ok(Exit::Ok),
    }
}

/// Puts a line on standard error, if anyone listens.
fn tell(text: &str) {
    let mut lines = String::new();
    for line in text.lines() {
        lines.push_str("jixiao: ");
        lines.push_str(line);
        lines.push('\n');
    }
    drop(io::stderr().lock().write_all(lines.as_bytes()));
}
