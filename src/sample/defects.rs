//! Which values of a form were wrong, once what was undone is left out.
//!
//! `correct::net` pairs corrections for replaying them, and leaves apart what rows that moved have parted. Here rows are followed, and the
//! record as it was read is held against the record as it was left: an error is counted once, and one that was never there not at all.

use std::collections::BTreeSet;

use serde_json::Value;

use super::draw::{NOT_CONTENT, leaves};
use crate::correct::{Correction, Operation};

/// A change that stands, as if it had been made to the record as it was read.
#[derive(Debug, Clone, PartialEq)]
struct Edit {
    operation: Operation,
    /// Where it is now: rows that were added or taken away before it have moved it.
    pointer: String,
    old: Value,
    new: Value,
}

/// Values that were wrong, as pointers with `*` for the numbers of rows (`/indicators/*/target`), one entry each. Empty where all was undone.
///
/// A correction is undone by one that leads back: a chain of replacements that ends where it began, a row added and taken away again, or the
/// other way round. `corrections` are those of one form, in the order in which they were made.
pub(super) fn wrong_values(corrections: &[&Correction]) -> Vec<String> {
    let mut edits: Vec<Edit> = Vec::new();
    for correction in corrections {
        match correction.operation {
            Operation::Replace => replace(&mut edits, correction),
            Operation::Add => add(&mut edits, correction),
            Operation::Remove => remove(&mut edits, correction),
        }
    }
    let mut wrong = Vec::new();
    for edit in &edits {
        differing(&edit.pointer, &edit.old, &edit.new, &mut wrong);
    }
    let is_content = |field: &String| {
        let key = field.split('/').nth(1).unwrap_or("");
        !NOT_CONTENT.contains(&key)
    };
    wrong.retain(is_content);
    wrong
}

fn replace(edits: &mut Vec<Edit>, correction: &Correction) {
    // A value within what was replaced or added before: that has now another one.
    let within = edits.iter().position(|edit| {
        edit.operation != Operation::Remove && rest(&edit.pointer, &correction.pointer).is_some()
    });
    if let Some(idx) = within {
        let edit = &mut edits[idx];
        let rest = rest(&edit.pointer, &correction.pointer)
            .unwrap_or("")
            .to_owned();
        set(&mut edit.new, &rest, &correction.new);
        if edit.operation == Operation::Replace && edit.old == edit.new {
            edits.remove(idx);
        }
        return;
    }
    let old = as_read(edits, &correction.pointer, &correction.old);
    if old != correction.new {
        edits.push(Edit {
            operation: Operation::Replace,
            pointer: correction.pointer.clone(),
            old,
            new: correction.new.clone(),
        });
    }
}

fn add(edits: &mut Vec<Edit>, correction: &Correction) {
    let undoes = edits.iter().position(|edit| {
        edit.operation == Operation::Remove
            && edit.pointer == correction.pointer
            && edit.old == correction.new
    });
    if let Some(idx) = undoes {
        edits.remove(idx);
    }
    move_rows(edits, &correction.pointer, Operation::Add);
    if undoes.is_none() {
        edits.push(Edit {
            operation: Operation::Add,
            pointer: correction.pointer.clone(),
            old: Value::Null,
            new: correction.new.clone(),
        });
    }
}

fn remove(edits: &mut Vec<Edit>, correction: &Correction) {
    // A row put at the end (`/-`) is known by what it is.
    let list = |pointer: &str| pointer.rsplit_once('/').map(|(list, _)| list.to_owned());
    let undoes = edits.iter().position(|edit| {
        edit.operation == Operation::Add
            && (edit.pointer == correction.pointer
                || edit.pointer.ends_with("/-")
                    && list(&edit.pointer) == list(&correction.pointer)
                    && edit.new == correction.old)
    });
    match undoes {
        Some(idx) => {
            edits.remove(idx);
        }
        None => {
            let old = as_read(edits, &correction.pointer, &correction.old);
            edits.push(Edit {
                operation: Operation::Remove,
                pointer: correction.pointer.clone(),
                old,
                new: Value::Null,
            });
        }
    }
    move_rows(edits, &correction.pointer, Operation::Remove);
}

/// The value as it was read: edits within it are taken back, and are no edits of their own any more.
fn as_read(edits: &mut Vec<Edit>, pointer: &str, now: &Value) -> Value {
    let mut value = now.clone();
    edits.retain(|edit| match rest(pointer, &edit.pointer) {
        Some(rest) if edit.operation == Operation::Replace => {
            set(&mut value, rest, &edit.old);
            false
        }
        _ => true,
    });
    value
}

/// What a pointer has behind another one that it is or goes through.
fn rest<'a>(whole: &str, part: &'a str) -> Option<&'a str> {
    part.strip_prefix(whole)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Puts a value behind a pointer, where there is such a place.
fn set(value: &mut Value, pointer: &str, new: &Value) {
    if let Some(place) = value.pointer_mut(pointer) {
        *place = new.clone();
    } else if let Some((parent, key)) = pointer.rsplit_once('/')
        && let Some(Value::Object(map)) = value.pointer_mut(parent)
    {
        map.insert(key.replace("~1", "/").replace("~0", "~"), new.clone());
    }
}

/// Moves edits behind a row that was added or taken away.
fn move_rows(edits: &mut [Edit], pointer: &str, operation: Operation) {
    let Some((list, row)) = pointer.rsplit_once('/') else {
        return;
    };
    let Ok(row) = row.parse::<usize>() else {
        return;
    };
    for edit in edits {
        let Some(inner) = rest(list, &edit.pointer).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let (place, behind) = match inner.split_once('/') {
            Some((place, behind)) => (place, format!("/{behind}")),
            None => (inner, String::new()),
        };
        let Ok(place) = place.parse::<usize>() else {
            continue;
        };
        let moved = match operation {
            Operation::Add if place >= row => place + 1,
            Operation::Remove if place > row => place - 1,
            _ => continue,
        };
        edit.pointer = format!("{list}/{moved}{behind}");
    }
}

/// Names the leaves in which two values differ, one entry each.
fn differing(pointer: &str, old: &Value, new: &Value, wrong: &mut Vec<String>) {
    if old == new {
        return;
    }
    let inner = |key: &str| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
    let null = Value::Null;
    match (old, new) {
        (Value::Object(_) | Value::Null, Value::Object(_)) | (Value::Object(_), Value::Null) => {
            let of = |value: &Value| value.as_object().cloned().unwrap_or_default();
            let (old, new) = (of(old), of(new));
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let value = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or(null.clone())
                };
                differing(&inner(key), &value(&old), &value(&new), wrong);
            }
        }
        (Value::Array(_) | Value::Null, Value::Array(_)) | (Value::Array(_), Value::Null) => {
            let of = |value: &Value| value.as_array().cloned().unwrap_or_default();
            let (old, new) = (of(old), of(new));
            for idx in 0..old.len().max(new.len()) {
                let (old, new) = (old.get(idx).unwrap_or(&null), new.get(idx).unwrap_or(&null));
                differing(&format!("{pointer}/{idx}"), old, new, wrong);
            }
        }
        _ => {
            let n = leaves(old).max(leaves(new)).max(1);
            wrong.extend((0..n).map(|_| field(pointer)));
        }
    }
}

/// A pointer with `*` for the numbers of rows.
fn field(pointer: &str) -> String {
    let is_row = |step: &str| {
        step == "-" || !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit())
    };
    let steps: Vec<&str> = pointer
        .split('/')
        .map(|step| if is_row(step) { "*" } else { step })
        .collect();
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn correction(operation: Operation, pointer: &str, old: Value, new: Value) -> Correction {
        Correction {
            schema: crate::correct::CORRECTION_SCHEMA.to_owned(),
            document: "d".to_owned(),
            form: 1,
            operation,
            pointer: pointer.to_owned(),
            old,
            new,
            row: None,
            by: "甲".to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            why: None,
        }
    }

    fn replaced(pointer: &str, old: Value, new: Value) -> Correction {
        correction(Operation::Replace, pointer, old, new)
    }

    fn added(pointer: &str, new: Value) -> Correction {
        correction(Operation::Add, pointer, Value::Null, new)
    }

    fn removed(pointer: &str, old: Value) -> Correction {
        correction(Operation::Remove, pointer, old, Value::Null)
    }

    fn check(corrections: &[Correction], expected: &[&str]) {
        let corrections: Vec<&Correction> = corrections.iter().collect();
        assert_eq!(wrong_values(&corrections), expected);
    }

    #[test]
    fn a_chain_that_leads_back_is_no_error() {
        let there = replaced("/title", json!("表"), json!("表一"));
        let further = replaced("/title", json!("表一"), json!("表二"));
        let back = replaced("/title", json!("表二"), json!("表"));
        check(&[there.clone(), further.clone(), back], &[]);
        check(&[there, further], &["/title"]);
    }

    #[test]
    fn values_are_counted_one_by_one() {
        let named = json!({"code": "1", "name": "局"});
        check(
            &[replaced("/department", Value::Null, named.clone())],
            &["/department/code", "/department/name"],
        );
        check(
            &[replaced(
                "/department",
                named,
                json!({"code": "1", "name": "厅"}),
            )],
            &["/department/name"],
        );
        let row = json!({"level1": "产出指标", "target": "5", "note": null});
        check(
            &[removed("/indicators/2", row)],
            &["/indicators/*/level1", "/indicators/*/target"],
        );
    }

    #[test]
    fn a_row_that_goes_as_it_came_is_no_error() {
        let row = json!({"target": "5"});
        check(
            &[
                added("/indicators/1", row.clone()),
                removed("/indicators/1", row.clone()),
            ],
            &[],
        );
        check(
            &[
                added("/indicators/-", row.clone()),
                removed("/indicators/4", row.clone()),
            ],
            &[],
        );
        check(
            &[
                removed("/indicators/1", row.clone()),
                added("/indicators/1", row.clone()),
            ],
            &[],
        );
        let within = replaced("/indicators/1/target", json!("5"), json!("6"));
        check(
            &[
                added("/indicators/1", row.clone()),
                within.clone(),
                removed("/indicators/1", json!({"target": "6"})),
            ],
            &[],
        );
        check(
            &[
                within,
                removed("/indicators/1", json!({"target": "6"})),
                added("/indicators/1", row),
            ],
            &[],
        );
    }

    #[test]
    fn rows_that_moved_are_found_again() {
        let row = json!({"target": "5"});
        let first = replaced("/indicators/3/target", json!("1"), json!("2"));
        let back = |place: usize| {
            replaced(
                &format!("/indicators/{place}/target"),
                json!("2"),
                json!("1"),
            )
        };
        check(
            &[first.clone(), added("/indicators/0", row.clone()), back(4)],
            &["/indicators/*/target"],
        );
        check(
            &[
                first.clone(),
                removed("/indicators/0", row.clone()),
                back(2),
            ],
            &["/indicators/*/target"],
        );
        // Another row's value.
        check(
            &[first, added("/indicators/0", row), back(3)],
            &["/indicators/*/target"; 3],
        );
    }

    #[test]
    fn what_is_not_printed_is_no_error() {
        check(
            &[replaced("/empty/~1title", json!("blank"), json!("dash"))],
            &[],
        );
        check(
            &[replaced("/checks/0/outcome", json!("fail"), json!("pass"))],
            &[],
        );
    }

    #[test]
    fn a_form_that_is_none_is_wrong_in_all_its_values() {
        let form = json!({"form_id": "x", "title": "表", "tasks": [], "contact": {"person": "甲", "phone": null}});
        check(&[removed("", form)], &["/contact/person", "/title"]);
    }
}
