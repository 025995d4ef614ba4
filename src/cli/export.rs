//! `jixiao export`: the tables of a run, as a warehouse loads them.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::lineage::{Dataset, Lineage, LineageArgs};
use super::messages::{Lang, Message};
use super::redact::{RedactArgs, ready};
use super::remote::{Made, Remote, RemoteArgs, refusal};
use super::{Exit, Failure, tell};
use crate::export::{
    self, CsvParams, ExportError, ExportParams, Exported, Format, MANIFEST_FILE, Partition,
};
use crate::grammar::Grammars;
use crate::redact::Redaction;
use crate::runs::{DOCUMENTS_FILE, FORMS_FILE, RunError, SUMMARY_FILE};
use crate::store::Address;

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// A run directory that `extract -o` has written to its end; not needed for ddl.
    #[arg(required_unless_present_any = ["output"], value_name = "RUN")]
    run: Option<PathBuf>,
    /// What is written: a file for each table, one database, or the SQL of the tables.
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: FormatName,
    /// Part the tables of forms by these columns, a folder for each value: `funds/fiscal_year=2023/part-0.parquet`.
    #[arg(long, value_enum, value_name = "COLUMN", value_delimiter = ',')]
    partition_by: Vec<PartitionName>,
    /// Where: a folder, for sqlite a file. Without it RUN/parquet, RUN/csv, RUN/jixiao.sqlite or RUN/ddl. An earlier delivery is replaced;
    /// in a database, what it holds of the same documents.
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// CSV for spreadsheets: a byte order mark, and an apostrophe before texts that would be taken for formulas.
    #[arg(long)]
    excel: bool,
    /// Language of the header of CSV.
    #[arg(long, value_enum, default_value = "en", value_name = "LANG")]
    header: Lang,
    /// Where objects of stores are kept meanwhile.
    #[command(flatten)]
    remote: RemoteArgs,
    /// What is taken out of the tables; the run stays as it is.
    #[command(flatten)]
    redact: RedactArgs,
    /// What is told of it elsewhere.
    #[command(flatten)]
    lineage: LineageArgs,
    /// Say nothing of what was written.
    #[arg(short, long)]
    quiet: bool,
}

/// What records become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatName {
    /// Parquet: zstd, one file a table.
    Parquet,
    /// CSV: one file a table.
    Csv,
    /// SQLite: one database, with Chinese views.
    Sqlite,
    /// CREATE TABLE and load scripts for PostgreSQL, DuckDB, ClickHouse, Spark, BigQuery and Snowflake; JSON Schema; sources of dbt.
    Ddl,
}

/// By what the files of Parquet are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PartitionName {
    /// 预算年度.
    #[value(name = "fiscal_year")]
    FiscalYear,
    /// First six digits of the project's code.
    Region,
}

/// Runs `export`.
pub(super) fn export(args: &ExportArgs, lang: Lang) -> Result<Exit, Failure> {
    let csv = CsvParams {
        excel: args.excel,
        chinese_header: args.header == Lang::Zh,
    };
    let run = args.run.as_deref().unwrap_or(Path::new("."));
    let partition = |name: &PartitionName| match name {
        PartitionName::FiscalYear => Partition::FiscalYear,
        PartitionName::Region => Partition::RegionCode,
    };
    let format = match args.to.format(csv) {
        Format::Parquet(_) => Format::Parquet(args.partition_by.iter().map(partition).collect()),
        _ if !args.partition_by.is_empty() => {
            return Err(Failure::said(
                Exit::Usage,
                Message::OnlyParquetIsParted,
                lang,
            ));
        }
        format => format,
    };
    let lineage = Lineage::begin(&args.lineage, "export", vec![Dataset::read(run)])?;
    match export_from(run, args, format, lang) {
        Ok(written) => lineage.end(Ok(Exit::Ok), &written),
        Err(failure) => lineage.end(Err(failure), &[]),
    }
}

/// Exports a run that may be in a store, to where it may be one as well.
fn export_from(
    run: &Path,
    args: &ExportArgs,
    format: Format,
    lang: Lang,
) -> Result<Vec<Dataset>, Failure> {
    let redaction = redaction(&args.redact)?;
    let remote = Remote::new(&args.remote, u64::MAX);
    let address = Address::of(run);
    let usual = || match &address {
        Some(address) => address.join(format.usual_name()).to_string().into(),
        None => run.join(format.usual_name()),
    };
    let out = args.output.clone().unwrap_or_else(usual);
    let staged = remote.stage(Some(&out), Made::Delivery, lang)?;
    if let Some(staged) = &staged {
        remote.take_up_delivery(staged, &format, lang)?;
    }
    let names = [DOCUMENTS_FILE, FORMS_FILE, SUMMARY_FILE];
    let fetched = match &address {
        Some(address) if format != Format::Ddl => Some(
            remote
                .fetch_run(address, &names)
                .map_err(|error| refusal(error, lang))?,
        ),
        _ => None,
    };
    let place = staged.as_ref().map_or(&out, |staged| &staged.path);
    let from = fetched.as_ref().map_or(run, |fetched| fetched.path());
    // In a store there are forms before there is all of the run.
    let proof = if fetched.is_some() {
        SUMMARY_FILE
    } else {
        FORMS_FILE
    };
    if format != Format::Ddl && !from.join(proof).is_file() {
        let run = run.to_string_lossy();
        return Err(Failure::said(Exit::Usage, Message::NoRun(&run), lang));
    }
    let exported = export_run(from, format, place, redaction.as_ref())?;
    let mut written = exported.written;
    if let Some(staged) = staged {
        written.iter_mut().for_each(|dataset| staged.name(dataset));
        remote.send(staged, MANIFEST_FILE, lang)?;
    }
    if !args.quiet {
        say(&out, &exported.counts, lang);
    }
    Ok(written)
}

/// The redaction that was asked for, by the words of the built-in grammars.
fn redaction(args: &RedactArgs) -> Result<Option<Redaction>, Failure> {
    let Some(told) = args.read()? else {
        return Ok(None);
    };
    let grammars = Grammars::load(&[]).map_err(|error| Failure::new(Exit::Usage, error))?;
    ready(Some(&told), &grammars)
}

/// Exports what `extract` has just written, in these formats.
///
/// `shown` is what the run is called.
pub(super) fn export_new(
    run: &Path,
    shown: &Path,
    formats: &[FormatName],
    quiet: bool,
    lang: Lang,
) -> Result<Vec<Dataset>, Failure> {
    let mut written = Vec::new();
    for name in formats {
        let format = name.format(CsvParams::default());
        let format_name = format.usual_name();
        let exported = export_run(run, format, &run.join(format_name), None)?;
        if !quiet {
            say(&shown.join(format_name), &exported.counts, lang);
        }
        written.extend(exported.written);
    }
    Ok(written)
}

fn say(out: &Path, exported: &Exported, lang: Lang) {
    let place = out.to_string_lossy();
    let said = Message::Exported {
        place: &place,
        exported,
    };
    tell(&said.text(lang));
}

impl FormatName {
    fn format(self, csv: CsvParams) -> Format {
        match self {
            Self::Parquet => Format::Parquet(Vec::new()),
            Self::Csv => Format::Csv(csv),
            Self::Sqlite => Format::Sqlite,
            Self::Ddl => Format::Ddl,
        }
    }
}

/// What an export has written.
struct Delivered {
    counts: Exported,
    written: Vec<Dataset>,
}

fn export_run(
    run: &Path,
    format: Format,
    out: &Path,
    redaction: Option<&Redaction>,
) -> Result<Delivered, Failure> {
    let params = ExportParams {
        run: run.to_owned(),
        out: out.to_owned(),
        format,
    };
    let counts = export::export(&params, redaction).map_err(failure)?;
    let one = |(table, n_rows): &(&str, u64)| Dataset {
        path: match &params.format {
            Format::Parquet(by) if !by.is_empty() && *table != "documents" => {
                params.out.join(table)
            }
            format => params.out.join(format!("{table}.{}", format.usual_name())),
        },
        n_rows: Some(*n_rows),
    };
    let written = match &params.format {
        Format::Parquet(_) | Format::Csv(_) => counts.n_rows.iter().map(one).collect(),
        Format::Sqlite | Format::Ddl => vec![Dataset {
            path: params.out.clone(),
            n_rows: None,
        }],
    };
    Ok(Delivered { counts, written })
}

/// A run that is not one is a matter of usage, a full disk one of the environment.
fn failure(error: ExportError) -> Failure {
    let exit = match &error {
        ExportError::Run(RunError::Line { .. })
        | ExportError::Exists(_)
        | ExportError::OtherRedaction(_)
        | ExportError::OtherModel { .. }
        | ExportError::Partitions(_)
        | ExportError::LeftOut(_) => Exit::Usage,
        _ => Exit::Environment,
    };
    Failure::new(exit, error)
}
