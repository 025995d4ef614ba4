//! Lineage: what a run reads and writes, as run events of OpenLineage (version 2-0-2), one JSON object a line.
//!
//! Events are appended, so that one file takes those of many runs; whoever collects lineage reads it from there. Nothing is sent.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, path};

use anyhow::Context as _;
use chrono::{SecondsFormat, Utc};
use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Exit, Failure};
use crate::store::Address;

/// Who says it.
const PRODUCER: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
/// Where the specification is.
const SPECIFICATION: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json";
/// Where its facets are.
const FACETS: &str = "https://openlineage.io/spec/facets";

/// Arguments of commands whose lineage can be told.
#[derive(Debug, Clone, Args)]
pub(super) struct LineageArgs {
    /// Append run events of OpenLineage to FILE: one where it begins, one where it ends. The job's namespace is $OPENLINEAGE_NAMESPACE, else
    /// `jixiao`.
    #[arg(long, value_name = "FILE")]
    lineage: Option<PathBuf>,
}

/// A file or folder that a run reads or writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dataset {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Records that were written; `None` where it is read, or where they were not counted.
    pub(super) n_rows: Option<u64>,
}

/// The lineage of one run of a command.
#[derive(Debug)]
pub(super) struct Lineage {
    file: Option<PathBuf>,
    job: &'static str,
    run: Uuid,
    inputs: Vec<Dataset>,
}

impl Dataset {
    /// One that is read.
    pub(super) fn read(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            n_rows: None,
        }
    }

    fn to_json(&self) -> Value {
        let mut dataset = match Address::of(&self.path) {
            Some(Address { bucket, key }) => {
                json!({ "namespace": format!("s3://{bucket}"), "name": key })
            }
            None => {
                let absolute = path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
                json!({ "namespace": "file", "name": absolute.to_string_lossy() })
            }
        };
        if let Some(n_rows) = self.n_rows {
            dataset["outputFacets"] = json!({
                "outputStatistics": facet("1-0-2/OutputStatisticsOutputDatasetFacet", json!({ "rowCount": n_rows })),
            });
        }
        dataset
    }
}

impl Lineage {
    /// Says that a command begins.
    pub(super) fn begin(
        args: &LineageArgs,
        job: &'static str,
        inputs: Vec<Dataset>,
    ) -> Result<Self, Failure> {
        let lineage = Self {
            file: args.lineage.clone(),
            job,
            run: Uuid::now_v7(),
            inputs,
        };
        lineage.tell("START", json!({}), &[])?;
        Ok(lineage)
    }

    /// Says how it ended and what it wrote, and hands on the result.
    pub(super) fn end(
        self,
        result: Result<Exit, Failure>,
        outputs: &[Dataset],
    ) -> Result<Exit, Failure> {
        let (kind, facets) = match &result {
            Ok(Exit::Ok | Exit::NotOk) => ("COMPLETE", json!({})),
            Ok(_) => ("ABORT", json!({})),
            Err(failure) => {
                let said = failure.error.as_ref().map(|error| format!("{error:#}"));
                let message =
                    said.unwrap_or_else(|| "the reader of the output has gone".to_owned());
                let error = json!({ "message": message, "programmingLanguage": "Rust" });
                let facets = json!({ "errorMessage": facet("1-0-1/ErrorMessageRunFacet", error) });
                ("FAIL", facets)
            }
        };
        // Why the command failed is more than that its lineage could not be told.
        let told = self.tell(kind, facets, outputs);
        let exit = result?;
        told?;
        Ok(exit)
    }

    fn tell(&self, kind: &str, facets: Value, outputs: &[Dataset]) -> Result<(), Failure> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let namespace = env::var("OPENLINEAGE_NAMESPACE").unwrap_or_else(|_| "jixiao".to_owned());
        let all = |datasets: &[Dataset]| -> Vec<Value> {
            datasets.iter().map(Dataset::to_json).collect()
        };
        let event = json!({
            "eventType": kind,
            "eventTime": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
            "producer": producer(),
            "schemaURL": format!("{SPECIFICATION}#/$defs/RunEvent"),
            "run": { "runId": self.run.to_string(), "facets": facets },
            "job": { "namespace": namespace, "name": self.job },
            "inputs": all(&self.inputs),
            "outputs": all(outputs),
        });
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)
            .and_then(|mut file| file.write_all(format!("{event}\n").as_bytes()));
        written
            .with_context(|| format!("cannot write the lineage to {}", file.display()))
            .map_err(|error| Failure::new(Exit::Environment, error))
    }
}

/// A URI of the program, as OpenLineage asks for.
fn producer() -> String {
    format!("urn:{}", PRODUCER.replace('/', ":"))
}

fn facet(path: &str, mut content: Value) -> Value {
    let name = path.rsplit('/').next().unwrap_or(path);
    content["_producer"] = producer().into();
    content["_schemaURL"] = format!("{FACETS}/{path}.json#/$defs/{name}").into();
    content
}
