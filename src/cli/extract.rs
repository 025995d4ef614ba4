//! `jixiao extract`: from paths to records.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::Context as _;

use super::args::{ExtractArgs, Isolation, ReadingArgs};
use super::correct::Afterwards;
use super::export::export_new;
use super::interrupt::wish_to_end;
use super::lineage::{Dataset, Lineage};
use super::messages::stores::StoreMessage;
use super::messages::{FormPlace, Lang, Message, Trouble, escape_controls};
use super::progress::{Counts, Progress};
use super::read_frames::WorkerReading;
use super::redact::ready;
use super::remote::{Made, Remote, Staged};
use super::{Exit, Failure, show, tell};
use crate::batch::{
    self, Finished, Input, JournalError, ListParams, Look, Output, OutputError, OutputParams,
    RunError, RunIdentity, RunParams,
};
use crate::emit::summary::{Summary, is_ok};
use crate::export::Format;
use crate::grammar::Grammars;
use crate::model::Code;
use crate::model::record::Finding;
use crate::pipeline::second_reader::SecondReaderParams;
use crate::pipeline::{self, PipelineParams, Reader};
use crate::redact::Redaction;
use crate::runs::{DOCUMENTS_FILE, FORMS_FILE, SUMMARY_FILE};
use crate::store::Address;
use crate::worker::{Limits, Pool, PoolParams};

/// Runs `extract`.
pub(super) fn extract(args: &ExtractArgs, lang: Lang) -> Result<Exit, Failure> {
    let named = args.paths.iter().chain(&args.files_from);
    let files = named.filter(|path| path.as_path() != Path::new("-"));
    let inputs = files.map(|path| Dataset::read(path)).collect();
    let lineage = Lineage::begin(&args.lineage, "extract", inputs)?;
    let mut written = Vec::new();
    let result = run(args, lang, &mut written);
    lineage.end(result, &written)
}

/// Reads what was named; `written` is told of what lasts.
fn run(args: &ExtractArgs, lang: Lang, written: &mut Vec<Dataset>) -> Result<Exit, Failure> {
    let passwords = passwords(&args.reading)?;
    let (grammars, params) = reading(&args.reading, passwords.clone(), lang)?;
    if args.ledger.as_deref().and_then(Address::of).is_some() {
        let said = anyhow::Error::msg(StoreMessage::Ledger.text(lang));
        return Err(Failure::new(Exit::Usage, said));
    }
    let told = args.redact.read()?;
    let corrections = args.correct.read()?;
    let redaction = ready(told.as_ref(), &grammars)?;
    let afterwards = Afterwards::new(corrections.clone(), redaction)?;
    let redaction = afterwards.redaction();
    let list = ListParams {
        follow: args.follow,
        by_nul: args.null,
    };
    let remote = Remote::new(&args.remote, params.acquire.max_bytes);
    let files_from = args.files_from.as_deref();
    let mut inputs = batch::list_inputs(&args.paths, files_from, list, &|path| remote.list(path))
        .map_err(|error| Failure::new(Exit::Usage, error))?;
    let staged = remote.stage(args.output.as_deref(), Made::Run, lang)?;
    if let Some(staged) = &staged {
        // What was begun to be sent is sent on, which is decided below.
        if !args.force && staged.unsent().is_none() {
            remote.refuse_existing(staged, lang)?;
        }
        inputs.retain(|input| !staged.covers(input));
    }
    let output = OutputParams {
        out: match &staged {
            Some(staged) => Some(staged.path.clone()),
            None => args.output.clone(),
        },
        ledger: args.ledger.clone(),
        force: args.force,
        resume: args.resume,
        engine: args.reading.engine.name(),
        redaction: redaction.map(Redaction::note),
    };
    let run = output.run_directory().map(Path::to_owned);
    if run.is_none() && !args.to.is_empty() {
        return Err(Failure::said(Exit::Usage, Message::TablesNeedRun, lang));
    }
    output.leave_out_own(&Format::usual_names(), &mut inputs);
    let list_archive = |path: &Path| {
        remote.with_archive(path, |path| pipeline::archive::list(path, args.max_members))
    };
    let mut inputs = batch::open_archives(inputs, &list_archive);
    batch::filter(&mut inputs, &args.include, &args.exclude)
        .map_err(|error| Failure::new(Exit::Usage, error))?;
    batch::set_words_aside(&mut inputs, &|path| remote.words_beside(path));
    if args.dedupe {
        let look = Look {
            size: &|path| remote.size(path),
            open: &|path| remote.open(path),
            open_member: &|path, member| remote.open_member(path, member),
        };
        batch::set_duplicates_aside(&mut inputs, &look);
    }
    if let Some(shard) = args.shard {
        shard.keep(&mut inputs);
    }
    if args.dry_run {
        return dry_run(&inputs);
    }
    let reading = WorkerReading {
        args: ReadingArgs {
            password_file: None,
            ..args.reading.clone()
        },
        passwords,
        corrections,
        redaction: told,
    };
    let identity = identity(args, &reading, &inputs)?;
    let end = End {
        args,
        run,
        staged,
        remote: &remote,
        lang,
    };
    if let Some(summary) = end.unsent(&identity)? {
        return end.deliver(&summary, written);
    }
    let mut output =
        Output::open(&output, identity.clone()).map_err(|error| output_failure(error, lang))?;
    let n_done = usize::try_from(output.summary().documents).unwrap_or(usize::MAX);
    let n_done = n_done.min(inputs.len());
    if n_done > 0 && !args.quiet {
        tell(
            &Message::Resumed {
                n_done,
                n_inputs: inputs.len(),
            }
            .text(lang),
        );
    }
    let inputs = &inputs[n_done..];
    let environment = |error: anyhow::Error| Failure::new(Exit::Environment, error);
    let stop = wish_to_end()
        .context("cannot wait for signals")
        .map_err(environment)?;
    let run_params = RunParams {
        n_threads: args.jobs,
        with_timing: !args.no_timing,
        ..RunParams::default()
    };
    let max_failures = match (args.max_failures, args.fail_fast) {
        (Some(most), _) => most,
        (None, true) => 0,
        (None, false) => u64::MAX,
    };
    let reader = Reader::new(&grammars);
    let pool = match args.isolation {
        Isolation::None => None,
        Isolation::Process => Some(open_pool(args, reading)?),
    };
    let mut progress = Progress::start(args.progress_when(), inputs.len(), lang);
    let process = |input: &Input| {
        let _in_hand = progress.begin(&input.name);
        remote.read(input, |input| match &pool {
            Some(pool) if !batch::is_small_text(input) => pool.finish(input),
            _ => read_input(input, &reader, &params, &afterwards, &grammars),
        })
    };
    let result = batch::run(
        inputs,
        &run_params,
        &process,
        &stop,
        &mut |_, mut outcome| {
            redact_line(&mut outcome, redaction);
            output.write(&outcome)?;
            let trouble = trouble(&outcome);
            let code = trouble.map(|trouble| trouble.code);
            if let Some(trouble) = trouble.filter(|_| !args.quiet) {
                progress.tell(&Message::Trouble(trouble).text(lang));
            }
            let read = Counts {
                files: 1,
                pages: outcome.document.pages.unwrap_or(0).into(),
                forms: outcome.forms.len() as u64,
            };
            progress.advance(read, code);
            if output.summary().failed() > max_failures {
                stop.store(true, Ordering::Relaxed);
            }
            Ok(())
        },
    );
    progress.finish();
    match result {
        Ok(n) if n < inputs.len() => {
            let can_be_taken_up = output.can_be_taken_up();
            let summary = output
                .pause()
                .map_err(|error| output_failure(error, lang))?;
            let (exit, n_failed) = if summary.failed() > max_failures {
                (Exit::NotOk, Some(summary.failed()))
            } else {
                (Exit::Interrupted, None)
            };
            let ended = Message::Ended {
                n_done: summary.documents,
                n_failed,
                can_be_taken_up,
            };
            tell(&ended.text(lang));
            return Ok(exit);
        }
        Ok(_) => {}
        Err(RunError::Sink(error)) => return Err(output_failure(error, lang)),
        Err(error @ RunError::Threads(_)) => return Err(Failure::new(Exit::Environment, error)),
    }
    let summary = output
        .finish()
        .map_err(|error| output_failure(error, lang))?;
    if !args.quiet {
        let end = if summary.documents == 0 {
            Message::NoInputs
        } else {
            Message::Summary(&summary)
        };
        tell(&end.text(lang));
    }
    end.is_whole(&identity)?;
    end.deliver(&summary, written)
}

/// What is done with a run that has been read.
struct End<'a> {
    args: &'a ExtractArgs,
    /// The run directory; `None` where there is none.
    run: Option<PathBuf>,
    /// Set where it goes to a store.
    staged: Option<Staged>,
    remote: &'a Remote,
    lang: Lang,
}

impl End<'_> {
    /// The summary of a run that was read and not sent to its end; where it is another one, it stands in the way. With `--force` it goes.
    fn unsent(&self, identity: &RunIdentity) -> Result<Option<Summary>, Failure> {
        let Some(staged) = &self.staged else {
            return Ok(None);
        };
        if self.args.force && !self.args.resume {
            staged.clear()?;
            return Ok(None);
        }
        let Some(unsent) = staged.unsent() else {
            return Ok(None);
        };
        let read = || -> io::Result<Summary> {
            Ok(serde_json::from_slice(&fs::read(
                staged.path.join(SUMMARY_FILE),
            )?)?)
        };
        match (unsent.differs(identity), read()) {
            (None, Ok(summary)) => Ok(Some(summary)),
            // It is no run directory, or has been taken away: it is read again.
            (_, Err(_)) => staged.clear().map(|()| None),
            (Some(differs), Ok(_)) => {
                let place = staged.place();
                let path = place.to_string_lossy();
                let message = Message::AnotherRun {
                    path: &path,
                    differs,
                };
                Err(Failure::said(Exit::Usage, message, self.lang))
            }
        }
    }

    /// Notes that all was read, so that it is not read again where it cannot be sent.
    fn is_whole(&self, identity: &RunIdentity) -> Result<(), Failure> {
        match &self.staged {
            Some(staged) => staged.is_whole(identity),
            None => Ok(()),
        }
    }

    /// Makes tables, and sends what goes to a store.
    fn deliver(self, summary: &Summary, written: &mut Vec<Dataset>) -> Result<Exit, Failure> {
        let (args, lang) = (self.args, self.lang);
        if let Some(run) = self.run {
            let counts = [
                (FORMS_FILE, summary.forms),
                (DOCUMENTS_FILE, summary.documents),
            ];
            written.extend(counts.map(|(name, n_rows)| Dataset {
                path: run.join(name),
                n_rows: Some(n_rows),
            }));
            let place = self
                .staged
                .as_ref()
                .map_or_else(|| run.clone(), Staged::place);
            written.extend(export_new(&run, &place, &args.to, args.quiet, lang)?);
        } else if let Some(out) = args.output.as_ref().filter(|out| *out != Path::new("-")) {
            written.push(Dataset {
                path: self
                    .staged
                    .as_ref()
                    .map_or(out, |staged| &staged.path)
                    .clone(),
                n_rows: Some(summary.forms),
            });
        }
        if let Some(staged) = self.staged {
            written.iter_mut().for_each(|dataset| staged.name(dataset));
            self.remote.send(staged, SUMMARY_FILE, lang)?;
        }
        Ok(if summary.not_ok == 0 {
            Exit::Ok
        } else {
            Exit::NotOk
        })
    }
}

impl ExtractArgs {
    fn progress_when(&self) -> super::args::When {
        if self.quiet {
            super::args::When::Never
        } else {
            self.progress
        }
    }
}

/// Shows what would be read: a path a line, or with the code of the reason why not.
fn dry_run(inputs: &[Input]) -> Result<Exit, Failure> {
    let mut text = String::new();
    for input in inputs {
        // A name may hold what moves the cursor or ends the line.
        text += &escape_controls(&input.name);
        if let Some(fault) = &input.fault {
            text += &format!("\t{} {}", fault.code, escape_controls(&fault.message));
        }
        text.push('\n');
    }
    show(&text)
}

/// What must be the same for a run to be taken up.
fn identity(
    args: &ExtractArgs,
    reading: &WorkerReading,
    inputs: &[Input],
) -> Result<RunIdentity, Failure> {
    let limits: Limits = args.costs.into();
    let settings = serde_json::to_string(&(reading, limits, args.no_timing))
        .map_err(|error| Failure::new(Exit::Usage, error))?;
    batch::identity(&settings, &args.reading.grammar, inputs)
        .context("cannot read the grammars")
        .map_err(|error| Failure::new(Exit::Usage, error))
}

/// Reads an input here.
pub(super) fn read_input(
    input: &Input,
    reader: &Reader<'_>,
    params: &PipelineParams,
    afterwards: &Afterwards,
    grammars: &Grammars,
) -> Finished {
    let (path, member) = (&input.path, input.member.as_ref());
    let outcome = pipeline::process_file(path, member, &input.name, reader, params);
    afterwards.finish(outcome, grammars)
}

/// Redacts the line of an input that was not read, or whose reading failed; that of any other is redacted already.
pub(super) fn redact_line(finished: &mut Finished, redaction: Option<&Redaction>) {
    if let Some(redaction) = redaction {
        redaction.apply(&mut finished.document, &mut []);
    }
}

/// Starts what reads files in processes of their own.
fn open_pool(args: &ExtractArgs, reading: WorkerReading) -> Result<Pool<WorkerReading>, Failure> {
    let environment = |error: anyhow::Error| Failure::new(Exit::Environment, error);
    let program = env::current_exe()
        .context("cannot find the program for --isolation process")
        .map_err(environment)?;
    Pool::open(PoolParams::new(program, args.costs.into()), reading)
        .map_err(|error| environment(error.into()))
}

/// The passwords of the file that was named.
pub(super) fn passwords(args: &ReadingArgs) -> Result<Vec<String>, Failure> {
    let Some(file) = &args.password_file else {
        return Ok(Vec::new());
    };
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the passwords in {}", file.display()))
        .map_err(|error| Failure::new(Exit::Usage, error))?;
    let lines = text.lines().filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}

/// Grammars and settings that `extract` and `dump` share.
pub(super) fn reading(
    args: &ReadingArgs,
    passwords: Vec<String>,
    lang: Lang,
) -> Result<(Grammars, PipelineParams), Failure> {
    let usage = |error: anyhow::Error| Failure::new(Exit::Usage, error);
    let grammars = Grammars::load(&args.grammar)
        .context("cannot load the grammars")
        .map_err(usage)?;
    let mut params = PipelineParams {
        provenance: args.provenance,
        ..PipelineParams::default()
    };
    params.acquire.pdf.passwords = passwords;
    args.limits.apply(&mut params);
    params.acquire.ocr.mode = args.ocr.into();
    params.acquire.ocr.engine = args.engine.params();
    params.acquire.ocr.detector = args.detector.into();
    params.acquire.ocr.second = args.second_ocr.map(Into::into);
    pipeline::check_second(&params.acquire.ocr).map_err(|error| {
        let reason = error.to_string();
        Failure::said(Exit::Environment, Message::NoSecondOpinion(&reason), lang)
    })?;
    if args.second_reader {
        let program = env::current_exe()
            .context("cannot find the program for --second-reader")
            .map_err(|error| Failure::new(Exit::Environment, error))?;
        params.acquire.second_reader = Some(SecondReaderParams::new(program));
    }
    Ok((grammars, params))
}

/// What is to be said of a document that needs attention: its first error, or that of its first form with one.
fn trouble(outcome: &Finished) -> Option<Trouble<'_>> {
    if is_ok(&outcome.document) {
        return None;
    }
    let is_error = |finding: &&Finding| finding.severity == "error";
    let of_document = outcome
        .document
        .diagnostics
        .iter()
        .map(|finding| (None, finding));
    let of_forms = outcome.forms.iter().flat_map(|form| {
        let facts = &form.facts;
        let page = facts.pages.map(|(first, _)| FormPlace::Page(first));
        let line = facts.lines.map(|(first, _)| FormPlace::Line(first));
        facts
            .diagnostics
            .iter()
            .map(move |finding| (page.or(line), finding))
    });
    let mut errors = of_document
        .chain(of_forms)
        .filter(|(_, finding)| is_error(finding));
    let (form, finding) = errors.next()?;
    Some(Trouble {
        path: &outcome.document.path,
        form,
        code: Code::find(&finding.code).unwrap_or(Code::Internal),
        message: &finding.message,
        n_more: errors.count(),
    })
}

/// What is there already is a matter of usage, a full disk one of the environment, a reader that has gone none at all.
pub(super) fn output_failure(error: OutputError, lang: Lang) -> Failure {
    match &error {
        error if error.is_closed_pipe() => Failure {
            exit: Exit::Environment,
            error: None,
        },
        OutputError::Exists(path) => Failure::said(
            Exit::Usage,
            Message::OutputExists(&path.to_string_lossy()),
            lang,
        ),
        OutputError::WrongKind(path) => Failure::said(
            Exit::Usage,
            Message::OutputKind(&path.to_string_lossy()),
            lang,
        ),
        OutputError::Twice(path) => Failure::said(
            Exit::Usage,
            Message::OutputTwice(&path.to_string_lossy()),
            lang,
        ),
        OutputError::Journal(JournalError::Another { path, differs }) => Failure::said(
            Exit::Usage,
            Message::AnotherRun {
                path: &path.to_string_lossy(),
                differs: *differs,
            },
            lang,
        ),
        OutputError::Journal(JournalError::Locked(path)) => Failure::said(
            Exit::Usage,
            Message::RunLocked(&path.to_string_lossy()),
            lang,
        ),
        OutputError::Journal(_) => Failure::new(Exit::Environment, error),
        OutputError::Io { path, source } => {
            let (path, reason) = (path.to_string_lossy(), source.to_string());
            Failure::said(
                Exit::Environment,
                Message::OutputFailed {
                    path: &path,
                    reason: &reason,
                },
                lang,
            )
        }
    }
}
