//! The ledgers of two runs: documents of which one run says something else, and those without forms that only one has.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::{Hash as _, Hasher as _};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde_json::Value;

use super::classes::class_of;
use super::difference::{Cause, Class, DIFFERENCE_SCHEMA, Difference};
use super::fields::rows;
use super::side::{Side, differ};
use crate::model::DocumentLine;
use crate::runs::{Lines, RunError};

/// Keys of a ledger line that are compared as they are, with whether they speak of the reading alone.
const KEYS: [(&str, bool); 5] = [
    ("status", false),
    ("pages", false),
    ("sources", true),
    ("coverage", true),
    ("residue_chars", true),
];

/// A line of the old ledger: what it is known by, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Line {
    offset: u64,
    n_bytes: usize,
    /// Hash of what is compared of it.
    said: u64,
    is_met: bool,
    has_forms: bool,
}

/// Hands over what the ledgers of two runs say otherwise; nothing where one of them has none.
pub(super) fn compare<E: From<RunError>>(
    old: &Side,
    new: &Side,
    take: &mut dyn FnMut(Difference) -> Result<(), E>,
) -> Result<(), E> {
    let (Some(old_file), Some(new_file)) = (&old.documents, &new.documents) else {
        return Ok(());
    };
    let mut known = read_old(old_file)?;
    let mut order: Vec<u128> = known.keys().copied().collect();
    order.sort_by_key(|key| known[key].offset);
    let causes: Vec<Cause> = differ(&old.facts.version, &new.facts.version)
        .then_some(Cause::Version)
        .into_iter()
        .collect();
    let mut lines = Lines::open(new_file)?;
    let mut n_of_path = HashMap::new();
    while let Some(line) = lines.next_value::<Value>()? {
        let is = parsed(&line).map_err(|reason| lines.wrong(reason))?;
        let found = known.get_mut(&key(&is, &mut n_of_path));
        let Some(was) = found else {
            if is.forms == 0 {
                take(whole(Class::Added, &Value::Null, &line, &causes))?;
            }
            continue;
        };
        was.is_met = true;
        if was.said != said(&line) {
            let old_line = line_at(old_file, was)?;
            for difference in of_document(&old_line, &line, &causes) {
                take(difference)?;
            }
        }
    }
    for key in order {
        let was = known[&key];
        if !was.is_met && !was.has_forms {
            take(whole(
                Class::Removed,
                &line_at(old_file, &was)?,
                &Value::Null,
                &causes,
            ))?;
        }
    }
    Ok(())
}

fn read_old(file: &Path) -> Result<HashMap<u128, Line>, RunError> {
    let mut known = HashMap::new();
    let mut n_of_path = HashMap::new();
    let mut lines = Lines::open(file)?;
    loop {
        let (line, entry) = match lines.next_bytes()? {
            None => return Ok(known),
            Some((bytes, offset)) => {
                let entry = Line {
                    offset,
                    n_bytes: bytes.len(),
                    said: 0,
                    is_met: false,
                    has_forms: false,
                };
                (serde_json::from_slice::<Value>(bytes), entry)
            }
        };
        let line = line.map_err(|error| lines.wrong(error.to_string()))?;
        let document = parsed(&line).map_err(|reason| lines.wrong(reason))?;
        let entry = Line {
            said: said(&line),
            has_forms: document.forms > 0,
            ..entry
        };
        known.insert(key(&document, &mut n_of_path), entry);
    }
}

fn parsed(line: &Value) -> Result<DocumentLine, String> {
    serde_json::from_value(line.clone()).map_err(|error| error.to_string())
}

/// What a line is known by: its path, and how many of that path came before it.
fn key(document: &DocumentLine, n_of_path: &mut HashMap<u64, u32>) -> u128 {
    let mut hasher = DefaultHasher::new();
    (&document.path, &document.path_b64).hash(&mut hasher);
    let path = hasher.finish();
    let n_before = n_of_path.entry(path).or_default();
    *n_before += 1;
    u128::from(path) << 32 | u128::from(*n_before)
}

/// A hash of what is compared of a line.
fn said(line: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (key, _) in KEYS {
        line.get(key).map(Value::to_string).hash(&mut hasher);
    }
    line.get("diagnostics")
        .map(Value::to_string)
        .hash(&mut hasher);
    hasher.finish()
}

fn line_at(file: &Path, line: &Line) -> Result<Value, RunError> {
    let failed = |source| RunError::Read {
        path: file.to_owned(),
        source,
    };
    let mut open = File::open(file).map_err(failed)?;
    let mut bytes = vec![0; line.n_bytes];
    open.seek(SeekFrom::Start(line.offset)).map_err(failed)?;
    open.read_exact(&mut bytes).map_err(failed)?;
    serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))
}

fn of_document(old: &Value, new: &Value, causes: &[Cause]) -> Vec<Difference> {
    let mut found = Vec::new();
    for (key, is_of_reading) in KEYS {
        let (was, is) = (&old[key], &new[key]);
        if let Some(class) = class_of(was, is) {
            let class = if is_of_reading {
                Class::Provenance
            } else {
                class
            };
            let pointer = format!("/{key}");
            found.push(difference(
                class,
                (pointer, format!("document/{key}")),
                (was, is),
                (old, new),
                causes,
            ));
        }
    }
    let key = |finding: &Value| {
        (
            finding["code"].clone(),
            finding["path"].clone(),
            finding["message"].clone(),
        )
    };
    let mut left: Vec<(usize, &Value)> = rows(new, "diagnostics").iter().enumerate().collect();
    for (idx, finding) in rows(old, "diagnostics").iter().enumerate() {
        match left
            .iter()
            .position(|(_, other)| key(other) == key(finding))
        {
            Some(place) => drop(left.remove(place)),
            None => {
                let at = (format!("/diagnostics/{idx}"), of_code(finding));
                found.push(difference(
                    Class::Removed,
                    at,
                    (finding, &Value::Null),
                    (old, new),
                    causes,
                ));
            }
        }
    }
    for (idx, finding) in left {
        let at = (format!("/diagnostics/{idx}"), of_code(finding));
        found.push(difference(
            Class::Added,
            at,
            (&Value::Null, finding),
            (old, new),
            causes,
        ));
    }
    found
}

fn of_code(finding: &Value) -> String {
    format!(
        "document/{}",
        finding["code"].as_str().unwrap_or("diagnostics")
    )
}

/// A document that only one run has.
fn whole(class: Class, old: &Value, new: &Value, causes: &[Cause]) -> Difference {
    difference(
        class,
        (String::new(), "document".to_owned()),
        (old, new),
        (old, new),
        causes,
    )
}

fn difference(
    class: Class,
    (pointer, field): (String, String),
    (was, is): (&Value, &Value),
    (old, new): (&Value, &Value),
    causes: &[Cause],
) -> Difference {
    let either = if new.is_null() { old } else { new };
    let text = |key: &str| either[key].as_str().unwrap_or_default().to_owned();
    let mut causes = causes.to_vec();
    if !old.is_null() && !new.is_null() && old["id"] != new["id"] {
        causes.insert(0, Cause::Document);
    }
    Difference {
        schema: DIFFERENCE_SCHEMA.to_owned(),
        class,
        document: text("id"),
        path: text("path"),
        old_forms: Vec::new(),
        new_forms: Vec::new(),
        pointer,
        old_pointer: None,
        field,
        family: String::new(),
        province: None,
        old: was.clone(),
        new: is.clone(),
        causes,
        old_spot: None,
        new_spot: None,
    }
}
