//! Samples of a user's grammars: folders with an input and the records that it is to give, run as tests.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::grammar::Grammars;
use crate::model::Record;
use crate::pipeline::{PipelineParams, Reader, SpecOutcome, process_file};

/// The records that the input of a sample is to give, one a line.
pub(super) const EXPECTED_FILE: &str = "expected.jsonl";

/// Reads the input of each sample folder in `samples`, sorted by name, and compares what is printed on its forms with what is expected.
///
/// # Errors
/// Where a folder cannot be listed.
pub(super) fn run_samples(
    samples: &Path,
    grammars: &Grammars,
    params: &PipelineParams,
) -> io::Result<Vec<SpecOutcome>> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(samples)? {
        let path = entry?.path();
        if path.join(EXPECTED_FILE).is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    let reader = Reader::new(grammars);
    let outcome = |folder: &PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let failure = match run(folder, &reader, params) {
            Ok(failure) => failure,
            Err(error) => Some(error.to_string()),
        };
        SpecOutcome {
            name: format!("samples: {name}"),
            failure,
        }
    };
    Ok(folders.iter().map(outcome).collect())
}

/// What differs; `None` where the sample holds.
fn run(folder: &Path, reader: &Reader<'_>, params: &PipelineParams) -> io::Result<Option<String>> {
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("input.") {
            inputs.push(entry.path());
        }
    }
    let [input] = &inputs[..] else {
        return Ok(Some(format!(
            "expected one file input.*, found {}",
            inputs.len()
        )));
    };
    let mut expected: Vec<Record> = Vec::new();
    for line in fs::read_to_string(folder.join(EXPECTED_FILE))?.lines() {
        match serde_json::from_str(line) {
            Ok(record) => expected.push(record),
            // The last line of a sample may be its ledger line.
            Err(_) if line.starts_with(r#"{"schema":"jixiao.document/1""#) => {}
            Err(error) => return Ok(Some(format!("{EXPECTED_FILE}: {error}"))),
        }
    }
    let found = process_file(input, None, "input", reader, params).records;
    if found.len() != expected.len() {
        let (n_found, n_expected) = (found.len(), expected.len());
        return Ok(Some(format!(
            "expected {n_expected} forms, found {n_found}"
        )));
    }
    let mut failures = Vec::new();
    for (ordinal, (found, expected)) in (1..).zip(found.iter().zip(&expected)) {
        let json = |record: &Record| serde_json::to_value(record.printed());
        let (found, expected) = (json(found)?, json(expected)?);
        let Some(keys) = expected.as_object() else {
            continue;
        };
        let differing = keys.iter().filter(|(key, value)| found[*key] != **value);
        failures.extend(differing.map(|(key, value)| {
            format!(
                "form {ordinal}, {key}: expected {value}, found {}",
                found[key]
            )
        }));
    }
    Ok((!failures.is_empty()).then(|| failures.join("\n")))
}
