//! Specifications: the examples in `grammars/*.md`, run as tests.
//!
//! An example is a heading, a `text` block (what is printed) and an `expect` block: one `path = value` a line, with a
//! path into the record (`forms.2.department.code`, `forms` alone is their number, without `forms.N` the first is
//! meant) and the value as JSON, or as bare text.

use std::path::Path;

use serde_json::Value;

use super::PipelineParams;
use crate::acquire::read_bytes;
use crate::emit::ledger::DocumentFacts;
use crate::grammar::{GrammarError, Grammars, specifications};

/// What became of one example of a specification.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecOutcome {
    /// Specification and heading.
    pub name: String,
    /// What differs; `None` where the example holds.
    pub failure: Option<String>,
}

/// An example as written.
struct Example {
    heading: String,
    text: String,
    expect: Vec<String>,
}

/// Runs the examples of the specifications of a folder, or of the built-in ones.
///
/// # Errors
/// Where the folder cannot be read or its grammars are not valid.
pub fn run_specifications(dir: Option<&Path>) -> Result<Vec<SpecOutcome>, GrammarError> {
    let directories: Vec<_> = dir.map(Path::to_owned).into_iter().collect();
    let grammars = Grammars::load(&directories)?;
    let mut outcomes = Vec::new();
    for (file, markdown) in specifications(dir)? {
        for example in examples(&markdown) {
            let name = format!("{file}: {}", example.heading);
            outcomes.push(SpecOutcome {
                name,
                failure: run(&example, &grammars),
            });
        }
    }
    Ok(outcomes)
}

/// The examples of a page: each `text` block with the `expect` block behind it.
fn examples(markdown: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut heading = String::new();
    let mut fence: Option<String> = None;
    let mut body: Vec<&str> = Vec::new();
    for line in markdown.lines() {
        match (&fence, line.strip_prefix("```")) {
            (None, Some(kind)) => {
                fence = Some(kind.trim().to_owned());
                body.clear();
            }
            (Some(kind), Some(_)) => {
                match kind.as_str() {
                    "text" => found.push(Example {
                        heading: heading.clone(),
                        text: body.join("\n"),
                        expect: Vec::new(),
                    }),
                    "expect" => {
                        if let Some(example) = found.last_mut() {
                            example.expect.extend(
                                body.iter()
                                    .map(|l| (*l).to_owned())
                                    .filter(|l| !l.trim().is_empty()),
                            );
                        }
                    }
                    _ => {}
                }
                fence = None;
            }
            (Some(_), None) => body.push(line),
            (None, None) => {
                if let Some(text) = line.strip_prefix('#') {
                    heading = text.trim_start_matches('#').trim().to_owned();
                }
            }
        }
    }
    found
}

fn run(example: &Example, grammars: &Grammars) -> Option<String> {
    if example.expect.is_empty() {
        return Some("the example expects nothing".to_owned());
    }
    let params = PipelineParams::default();
    let mut diagnostics = Vec::new();
    let input = read_bytes(
        example.text.clone().into_bytes(),
        "example.txt",
        &params.acquire,
    )
    .unload(&mut diagnostics);
    let Some(document) = input.document else {
        return Some(format!("the example cannot be read: {diagnostics:?}"));
    };
    let facts = DocumentFacts {
        path: "example.txt".into(),
        diagnostics,
        ..DocumentFacts::default()
    };
    let outcome = super::process_document(&document, facts, &super::Reader::new(grammars), &params);
    let forms: Vec<Value> = outcome
        .records
        .iter()
        .filter_map(|record| serde_json::to_value(record).ok())
        .collect();
    let mut failures = Vec::new();
    for line in &example.expect {
        let Some((path, wanted)) = line.split_once('=') else {
            failures.push(format!("`{line}` is no `path = value`"));
            continue;
        };
        let (path, wanted) = (path.trim(), wanted.trim());
        let wanted =
            serde_json::from_str(wanted).unwrap_or_else(|_| Value::String(wanted.to_owned()));
        let found = look_up(&forms, path);
        if !same(&found, &wanted) {
            failures.push(format!("{path}: expected {wanted}, found {found}"));
        }
    }
    (!failures.is_empty()).then(|| failures.join("\n"))
}

/// Equal, or a text equal to the number written for it.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        _ => found == wanted,
    }
}

fn look_up(forms: &[Value], path: &str) -> Value {
    let mut steps: Vec<&str> = path.split('.').collect();
    if steps == ["forms"] {
        return Value::from(forms.len());
    }
    let form = if steps.first() == Some(&"forms") {
        steps.remove(0);
        let nth = if steps.is_empty() {
            0
        } else {
            steps.remove(0).parse::<usize>().unwrap_or(0)
        };
        forms.get(nth)
    } else {
        forms.first()
    };
    let mut at = form.cloned().unwrap_or(Value::Null);
    for step in steps {
        at = match (&at, step) {
            (Value::Array(list), "length") => Value::from(list.len()),
            (Value::Array(list), _) => step
                .parse::<usize>()
                .ok()
                .and_then(|idx| list.get(idx))
                .cloned()
                .unwrap_or(Value::Null),
            (Value::Object(map), _) => map.get(step).cloned().unwrap_or(Value::Null),
            _ => Value::Null,
        };
    }
    at
}
