//! Export: records become the tables of a star model, as a warehouse loads them.
//!
//! In: a run directory. Out: a delivery (CSV, Parquet, SQL) with its manifest, or a SQLite database. Never: changes a value; rounds a
//! number; leaves a row of an earlier version of a document.
#![expect(
    clippy::disallowed_methods,
    reason = "export is an edge: it reads runs and writes deliveries"
)]

mod csv;
mod ddl;
mod delivery;
mod describe;
pub mod keys;
mod manifest;
#[cfg(feature = "parquet")]
mod parquet;
pub mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
pub mod star;
mod tables;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

pub use csv::CsvParams;
pub use ddl::Dialect;
pub use delivery::{FileEntry, MANIFEST_FILE, manifest_name};
pub use describe::tables_schema;

use self::csv::CsvWriter;
use self::delivery::Delivery;
use self::manifest::Notes;
use self::rows::{DocumentRows, document_rows};
use self::star::TABLES;
use crate::redact::Redaction;
use crate::runs::{RunError, RunReader, SUMMARY_FILE};

/// `model` of a delivery: what its tables are.
pub const MODEL: &str = "jixiao.star/1";
/// The number in [`MODEL`].
const MODEL_VERSION: u32 = 1;
/// What records become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// A Parquet file for each table, or for each partition of it.
    Parquet(Vec<Partition>),
    /// A CSV file for each table.
    Csv(CsvParams),
    /// One database.
    Sqlite,
    /// SQL of the tables for each warehouse, and descriptions for programs; no rows.
    Ddl,
}

impl Format {
    /// What a delivery is called where no name is given.
    #[must_use]
    pub fn usual_name(&self) -> &'static str {
        match self {
            Self::Parquet(_) => "parquet",
            Self::Csv(_) => "csv",
            Self::Sqlite => "jixiao.sqlite",
            Self::Ddl => "ddl",
        }
    }

    /// What deliveries of any format are called, and the manifest beside a database.
    #[must_use]
    pub fn usual_names() -> Vec<String> {
        let formats = [
            Self::Parquet(Vec::new()),
            Self::Csv(CsvParams::default()),
            Self::Sqlite,
            Self::Ddl,
        ];
        let mut names = formats
            .map(|format| format.usual_name().to_owned())
            .to_vec();
        names.push(manifest_name(Self::Sqlite.usual_name()));
        names
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Parquet(_) => "parquet",
            Self::Csv(_) => "csv",
            Self::Sqlite => "sqlite",
            Self::Ddl => "ddl",
        }
    }
}

/// A column of `forms` by which files are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// 预算年度.
    FiscalYear,
    /// First six digits of the project's code (GB/T 2260).
    RegionCode,
}

impl Partition {
    /// Its name.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::FiscalYear => "fiscal_year",
            Self::RegionCode => "project_region_code",
        }
    }
}

/// What is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportParams {
    /// A run directory that has ended.
    pub run: PathBuf,
    /// Where to write: a folder, for SQLite a file.
    pub out: PathBuf,
    /// What to write.
    pub format: Format,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    /// Rows of each table, in the order of [`TABLES`].
    pub n_rows: Vec<(&'static str, u64)>,
    /// Decimals that did not fit their column, and are diagnostics.
    pub n_unfit: u64,
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The run cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else lies where the delivery should be.
    #[error("{} is there already and is no earlier delivery", .0.display())]
    Exists(PathBuf),
    /// A database holds tables of another version.
    #[error("{} holds tables of version {version} of the model, or of another program; this version writes {MODEL_VERSION}", path.display())]
    OtherModel {
        /// Which.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// A database holds rows that were not redacted as these are.
    #[error("{} was written without this redaction, and its rows would stay: give another database", .0.display())]
    OtherRedaction(PathBuf),
    /// SQLite refused.
    #[cfg(feature = "sqlite")]
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Parquet could not be written.
    #[cfg(feature = "parquet")]
    #[error("Parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    /// There are more partitions than files can be open.
    #[error("more than {0} partitions: leave one of the columns of --partition-by out")]
    Partitions(usize),
    /// This build leaves a format out.
    #[error("this build of jixiao has no {0}: build it with --features {0}")]
    LeftOut(&'static str),
}

impl ExportError {
    fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}

/// What takes rows.
trait Writer {
    /// Takes all rows of a document; files that it opens are the delivery's.
    fn write(&mut self, rows: &DocumentRows<'_>, delivery: &Delivery) -> Result<(), ExportError>;

    /// Ends its files and hands them to the delivery.
    fn finish(self: Box<Self>, delivery: &mut Delivery) -> Result<(), ExportError>;
}

/// Exports a run, redacted where that is asked for. The manifest is the last file that is written; whoever finds it finds all.
///
/// # Errors
///
/// If the run is not whole or not of this version, or if nothing can be written where it should be.
pub fn export(
    params: &ExportParams,
    redaction: Option<&Redaction>,
) -> Result<Exported, ExportError> {
    let mut source = Source {
        params,
        redaction,
        notes: match params.format {
            // It is of no run.
            Format::Ddl => Notes::default(),
            _ => Notes::of_run(&params.run.join(SUMMARY_FILE))?,
        },
    };
    if let Some(redaction) = redaction {
        source.notes.add_redaction(redaction.note());
    }
    if params.format == Format::Sqlite {
        return export_sqlite(&mut source);
    }
    let mut delivery = Delivery::create(&params.out)?;
    let mut exported = Exported::default();
    match &params.format {
        Format::Ddl => {
            for dialect in Dialect::ALL {
                let name = dialect.name();
                delivery.add_text(&format!("{name}/schema.sql"), &dialect.schema_sql())?;
                delivery.add_text(&format!("{name}/load.sql"), &dialect.load_sql())?;
            }
            delivery.add_text("tables.schema.json", &tables_schema())?;
            delivery.add_text("dbt/sources.yml", &describe::dbt_sources())?;
        }
        Format::Csv(csv) => {
            let writer = Box::new(CsvWriter::create(&delivery, *csv)?);
            exported = source.write_rows(writer, &mut delivery)?;
            let package = describe::data_package(delivery.files(), "csv", "text/csv");
            delivery.add_text("datapackage.json", &package)?;
        }
        Format::Parquet(partitions) => {
            let writer = parquet_writer(&delivery, partitions)?;
            exported = source.write_rows(writer, &mut delivery)?;
            let media_type = "application/vnd.apache.parquet";
            let package = describe::data_package(delivery.files(), "parquet", media_type);
            delivery.add_text("datapackage.json", &package)?;
        }
        Format::Sqlite => {}
    }
    let files = delivery.files();
    let manifest = source.notes.manifest(&params.format, &exported, files);
    delivery.finish(&manifest)?;
    Ok(exported)
}

#[cfg(feature = "parquet")]
fn parquet_writer(
    delivery: &Delivery,
    partitions: &[Partition],
) -> Result<Box<dyn Writer>, ExportError> {
    Ok(Box::new(parquet::ParquetWriter::create(
        delivery, partitions,
    )?))
}

#[cfg(not(feature = "parquet"))]
fn parquet_writer(_: &Delivery, _: &[Partition]) -> Result<Box<dyn Writer>, ExportError> {
    Err(ExportError::LeftOut("parquet"))
}

#[cfg(feature = "sqlite")]
fn export_sqlite(source: &mut Source<'_>) -> Result<Exported, ExportError> {
    let params = source.params;
    if params.out.exists() && !source.notes.is_that_of(&params.out) {
        return Err(ExportError::OtherRedaction(params.out.clone()));
    }
    let mut writer = sqlite::SqliteWriter::open(&params.out)?;
    // It says of the database what is no longer so.
    delivery::remove_beside(&params.out)?;
    let exported = source.each_document(|rows| writer.write(rows))?;
    writer.close()?;
    let file = FileEntry::of(&params.out)?;
    let manifest = source.notes.manifest(&params.format, &exported, &[file]);
    delivery::write_beside(&params.out, &manifest)?;
    Ok(exported)
}

#[cfg(not(feature = "sqlite"))]
fn export_sqlite(_: &mut Source<'_>) -> Result<Exported, ExportError> {
    Err(ExportError::LeftOut("sqlite"))
}

/// A run that is exported, and what is learned of it on the way.
struct Source<'a> {
    params: &'a ExportParams,
    redaction: Option<&'a Redaction>,
    notes: Notes,
}

impl Source<'_> {
    fn write_rows(
        &mut self,
        mut writer: Box<dyn Writer>,
        delivery: &mut Delivery,
    ) -> Result<Exported, ExportError> {
        let exported = self.each_document(|rows| writer.write(rows, delivery))?;
        writer.finish(delivery)?;
        Ok(exported)
    }

    /// Hands over the rows of each document of the run, and counts them.
    fn each_document(
        &mut self,
        mut take: impl FnMut(&DocumentRows<'_>) -> Result<(), ExportError>,
    ) -> Result<Exported, ExportError> {
        let mut run = RunReader::open(&self.params.run)?;
        let mut n_rows = vec![0; TABLES.len()];
        let mut n_unfit = 0;
        let mut n_of_path: HashMap<i64, u64> = HashMap::new();
        while let Some((mut document, mut forms)) = run.next_document()? {
            if let Some(redaction) = self.redaction {
                redaction.apply(&mut document, &mut forms);
            }
            for form in &forms {
                if !self.notes.grammars.contains(&form.grammar) {
                    self.notes.grammars.insert(form.grammar.clone());
                }
            }
            let n_before = n_of_path
                .entry(keys::document_sk(&document, 0))
                .or_default();
            let rows = document_rows(&document, &forms, *n_before);
            *n_before += 1;
            take(&rows)?;
            n_unfit += rows.n_unfit;
            for (count, rows) in n_rows.iter_mut().zip(&rows.tables) {
                *count += rows.len() as u64;
            }
        }
        let names = TABLES.iter().map(|table| table.name);
        Ok(Exported {
            n_rows: names.zip(n_rows).collect(),
            n_unfit,
        })
    }
}
