//! Rows that corrections add, take away and change: found again where they have moved, and never taken for others.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::apply::{Conflict, Correcting, Fate, fits, other_value, replace};
use super::correction::{Correction, Operation};
use super::net::Net;
use super::pointer::{moved, names_of};

/// Keys of the row of a correction that any correction of that row changes: they do not tell the row from others.
pub(super) fn keys_corrected<'n>(nets: &'n [Net], correction: &Correction) -> BTreeSet<&'n str> {
    let row_of = |pointer: &str| pointer.rsplit_once('/').map(|(row, _)| row.to_owned());
    let row = row_of(&correction.pointer);
    nets.iter()
        .map(|net| &net.correction)
        .filter(|other| {
            other.form == correction.form
                && other.operation == Operation::Replace
                && row_of(&other.pointer) == row
        })
        .filter_map(|other| other.pointer.rsplit_once('/').map(|(_, key)| key))
        .collect()
}

pub(super) fn replay_row_value(
    correction: &Correction,
    (rows, idx, key): (&str, usize, &str),
    corrected: &BTreeSet<&str>,
    form: &mut Correcting,
) -> Result<Fate, Conflict> {
    let mut value = form.value().clone();
    let all = value.get(rows).and_then(Value::as_array);
    let all = all.map_or(&[][..], Vec::as_slice);
    let idx = match &correction.row {
        None => idx,
        Some(row) => find_row(all, row, idx, names_of(rows), corrected)?,
    };
    let Some(row) = all.get(idx) else {
        return Err(Conflict::NoRow(idx));
    };
    let found = row.get(key).cloned().unwrap_or(Value::Null);
    if found == correction.new {
        return Ok(Fate::AlreadySo);
    }
    if found != correction.old {
        return Err(other_value(found, correction));
    }
    value[rows][idx][key] = correction.new.clone();
    let pointer = format!("/{rows}/{idx}/{key}");
    replace(form, value, pointer, correction)
}

/// Where a row is now: at its index, if it is the same by what names it or by all else; or the only one that is the same.
fn find_row(
    all: &[Value],
    row: &Value,
    idx: usize,
    names: &[&str],
    corrected: &BTreeSet<&str>,
) -> Result<usize, Conflict> {
    let Some(row) = row.as_object() else {
        return Err(Conflict::OtherRow);
    };
    let agrees = |other: &Value, is_asked: &dyn Fn(&str) -> bool| {
        row.iter()
            .filter(|(key, _)| !corrected.contains(key.as_str()) && is_asked(key))
            .all(|(key, value)| other.get(key).unwrap_or(&Value::Null) == value)
    };
    let is_name = |key: &str| names.contains(&key);
    if let Some(there) = all.get(idx)
        && (agrees(there, &is_name) || agrees(there, &|key| !is_name(key)))
    {
        return Ok(idx);
    }
    let mut same = (0..all.len()).filter(|&other| agrees(&all[other], &|_| true));
    match (same.next(), same.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Conflict::OtherRow),
    }
}

pub(super) fn replay_row(
    correction: &Correction,
    rows: &str,
    idx: usize,
    form: &mut Correcting,
) -> Result<Fate, Conflict> {
    let mut value = form.value().clone();
    let all = value.get_mut(rows).and_then(Value::as_array_mut);
    let all = all.ok_or(Conflict::NoRow(idx))?;
    let there = all.get(idx);
    let moves = match correction.operation {
        Operation::Remove => {
            match there {
                Some(row) if is_same_row(row, &correction.old) => {}
                _ if !all.iter().any(|row| is_same_row(row, &correction.old)) => {
                    return Ok(Fate::AlreadySo);
                }
                _ => return Err(Conflict::OtherRow),
            }
            all.remove(idx);
            Moves {
                gone: Some(idx),
                from: idx + 1,
                by: -1,
            }
        }
        Operation::Add | Operation::Replace => {
            if there.is_some_and(|row| is_same_row(row, &correction.new)) {
                return Ok(Fate::AlreadySo);
            }
            if idx > all.len() {
                return Err(Conflict::NoRow(idx));
            }
            all.insert(idx, correction.new.clone());
            Moves {
                gone: None,
                from: idx,
                by: 1,
            }
        }
    };
    move_pointers(&mut value, rows, &moves);
    fits(&value, correction)?;
    form.value = Some(value);
    // What was changed earlier moves with its rows.
    form.changed = std::mem::take(&mut form.changed)
        .into_iter()
        .filter_map(|(pointer, correction)| {
            moved(&pointer, rows, moves.gone, moves.from, moves.by).map(|to| (to, correction))
        })
        .collect();
    let pointer = match correction.operation {
        Operation::Remove => format!("/{rows}"),
        _ => format!("/{rows}/{idx}"),
    };
    form.changed.push((pointer, correction.clone()));
    Ok(Fate::Applied)
}

/// How rows move when one is added or removed.
struct Moves {
    gone: Option<usize>,
    from: usize,
    by: isize,
}

/// Whether two rows are the same: a key that is left out is null.
fn is_same_row(row: &Value, other: &Value) -> bool {
    let (Some(row), Some(other)) = (row.as_object(), other.as_object()) else {
        return row == other;
    };
    let covers = |a: &Map<String, Value>, b: &Map<String, Value>| {
        a.iter()
            .all(|(key, value)| b.get(key).unwrap_or(&Value::Null) == value)
    };
    covers(row, other) && covers(other, row)
}

/// Moves the pointers of what is said of rows with them.
fn move_pointers(value: &mut Value, rows: &str, moves: &Moves) {
    let to = |pointer: &str| moved(pointer, rows, moves.gone, moves.from, moves.by);
    for key in ["empty", "provenance"] {
        if let Some(map) = value.get_mut(key).and_then(Value::as_object_mut) {
            *map = std::mem::take(map)
                .into_iter()
                .filter_map(|(pointer, said)| to(&pointer).map(|pointer| (pointer, said)))
                .collect();
        }
    }
    if let Some(findings) = value.get_mut("diagnostics").and_then(Value::as_array_mut) {
        findings.retain_mut(|finding| {
            let pointer = finding.get("path").and_then(Value::as_str).and_then(to);
            match pointer {
                Some(pointer) => finding["path"] = pointer.into(),
                None => return false,
            }
            true
        });
    }
}
