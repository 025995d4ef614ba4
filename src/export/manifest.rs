//! Manifests: what a delivery is, of what, and how it was made.
//!
//! In: what was written. Out: JSON, the last file of a delivery. Never: names a file that is not whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::delivery::FileEntry;
#[cfg(feature = "sqlite")]
use super::delivery::manifest_beside;
use super::{ExportError, Exported, Format, MODEL};
use crate::model::record::RedactionNote;

/// `schema` of a manifest.
const MANIFEST_SCHEMA: &str = "jixiao.manifest/1";

/// What is gathered for a manifest while rows are written.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Grammars that the forms were read by.
    pub(super) grammars: BTreeSet<String>,
    /// Redactions, each once: of the run, and of the export.
    pub(super) redaction: Vec<RedactionNote>,
    /// Version of jixiao that made the run; `None` where the run does not say.
    pub(super) run_version: Option<String>,
}

/// The part of a run's summary that its deliveries repeat.
#[derive(Deserialize)]
struct RunSummary {
    version: String,
    redaction: Option<RedactionNote>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'static str,
    model: &'static str,
    jixiao: &'static str,
    format: &'static str,
    configuration: Value,
    run: Run<'a>,
    redaction: &'a [RedactionNote],
    tables: BTreeMap<&'static str, u64>,
    decimals_unfit: u64,
    files: &'a [FileEntry],
}

#[derive(Serialize)]
struct Run<'a> {
    jixiao: Option<&'a str>,
    grammars: &'a BTreeSet<String>,
}

impl Notes {
    /// What the summary of a run says; nothing where there is none.
    pub(super) fn of_run(summary: &Path) -> Result<Self, ExportError> {
        let read = |source| ExportError::Read {
            path: summary.to_owned(),
            source,
        };
        let text = match fs::read(summary) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(read(error)),
        };
        let said: RunSummary = serde_json::from_slice(&text).map_err(|error| read(error.into()))?;
        Ok(Self {
            redaction: said.redaction.into_iter().collect(),
            run_version: Some(said.version),
            ..Self::default()
        })
    }

    /// Whether the manifest of a database says that its rows were redacted as these are. Rows that are not redacted go anywhere.
    #[cfg(feature = "sqlite")]
    pub(super) fn is_that_of(&self, database: &Path) -> bool {
        #[derive(Deserialize)]
        struct Redacted {
            redaction: Vec<RedactionNote>,
        }
        let said = || -> Option<Redacted> {
            serde_json::from_slice(&fs::read(manifest_beside(database)).ok()?).ok()
        };
        self.redaction.is_empty() || said().is_some_and(|said| said.redaction == self.redaction)
    }

    /// The redaction of the export.
    pub(super) fn add_redaction(&mut self, note: RedactionNote) {
        if !self.redaction.contains(&note) {
            self.redaction.push(note);
        }
    }

    /// The manifest of files that are whole, pretty-printed, with a line end.
    pub(super) fn manifest(
        &self,
        format: &Format,
        exported: &Exported,
        files: &[FileEntry],
    ) -> String {
        let configuration = match format {
            Format::Parquet(by) => {
                let by: Vec<&str> = by.iter().map(|column| column.column()).collect();
                json!({ "partition_by": by })
            }
            Format::Csv(csv) => {
                let header = if csv.chinese_header { "zh" } else { "en" };
                json!({ "excel": csv.excel, "header": header })
            }
            Format::Sqlite | Format::Ddl => json!({}),
        };
        let manifest = Manifest {
            schema: MANIFEST_SCHEMA,
            model: MODEL,
            jixiao: env!("CARGO_PKG_VERSION"),
            format: format.name(),
            configuration,
            run: Run {
                jixiao: self.run_version.as_deref(),
                grammars: &self.grammars,
            },
            redaction: &self.redaction,
            tables: exported.n_rows.iter().copied().collect(),
            decimals_unfit: exported.n_unfit,
            files,
        };
        let mut text = serde_json::to_string_pretty(&manifest).expect("a manifest is plain JSON");
        text.push('\n');
        text
    }
}
