//! Corrections replayed on the records of a document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::correction::{Correction, Operation};
use super::forms::replay_form;
use super::net::{Net, net};
use super::pointer::{Place, members};
use super::rows::{keys_corrected, replay_row, replay_row_value};
use super::rules::{Rules, recheck};
use crate::model::record::{Corrected, DocumentLine, Finding, Provenance};
use crate::model::{Code, Diagnostic, FormId, Record};

/// What became of a correction.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// The value was the old one, and is the new one.
    Applied,
    /// The value was the new one already.
    AlreadySo,
    /// Another correction leads back.
    Undone,
    /// The value is neither: it was left as it is.
    Conflict(Conflict),
}

/// Why a correction could not be replayed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Conflict {
    /// The document has no such form.
    #[error("the document has no form {0}")]
    NoForm(u32),
    /// There is no such row.
    #[error("there is no row {0}")]
    NoRow(usize),
    /// The row is another one, and none or several are the one that was corrected.
    #[error("the row that was corrected is not there any more")]
    OtherRow,
    /// The value is another one.
    #[error("{found} stands there, the correction awaits {awaited}")]
    OtherValue {
        /// What stands there, as JSON.
        found: String,
        /// What the correction awaits, as JSON.
        awaited: String,
    },
    /// There is a form of this number.
    #[error("the document has a form {0} already")]
    FormIsThere(u32),
    /// The record does not take such a value.
    #[error("{new} cannot stand there: {reason}")]
    Unfit {
        /// What the correction says.
        new: String,
        /// Why the record does not take it.
        reason: String,
    },
}

/// Replays the corrections of a document, and says what became of each.
///
/// Every record that has changed has its checks made anew by `rules`, a finding `corrected` at each value, and, where it has provenance,
/// the marks of what was there before; what could not be replayed is a finding as well, in the record or, where that is missing, in the
/// ledger line. `records` are in the order of their ordinals and stay so.
pub fn apply(
    corrections: &[Correction],
    document: &mut DocumentLine,
    records: &mut Vec<Record>,
    rules: &dyn Rules,
) -> Vec<Fate> {
    let nets = net(corrections);
    let mut fates = vec![Fate::Undone; corrections.len()];
    let mut forms: BTreeMap<u32, Correcting> = BTreeMap::new();
    for (record, place) in records.drain(..).zip(1u32..) {
        let ordinal = FormId::ordinal_in(&record.form_id).unwrap_or(place);
        forms.insert(ordinal, Correcting::new(record));
    }
    let mut lost = Vec::new();
    for net in &nets {
        let fate = if net.is_undone() {
            Fate::Undone
        } else {
            replay(net, &nets, document, &mut forms)
        };
        let correction = &net.correction;
        if let Fate::Conflict(conflict) = &fate {
            let message = format!("a correction of {} was left out: {conflict}", correction.at);
            match forms.get_mut(&correction.form) {
                Some(form) => form.conflicts.push((correction.pointer.clone(), message)),
                None => lost.push(message),
            }
        }
        for &idx in &net.idxs {
            fates[idx] = fate.clone();
        }
    }
    let findings = lost
        .into_iter()
        .map(|message| finding(Code::CorrectionLost, "", message));
    document.diagnostics.extend(findings);
    records.extend(forms.into_values().map(|form| form.finish(rules)));
    settle(document, records);
    fates
}

/// A record that is being corrected.
pub(super) struct Correcting {
    /// As it was read.
    pub(super) before: Record,
    /// As JSON, from the first change on.
    pub(super) value: Option<Value>,
    /// What has changed: pointers, with the correction that is in force.
    pub(super) changed: Vec<(String, Correction)>,
    /// What could not be replayed: pointers, with what is said.
    conflicts: Vec<(String, String)>,
}

impl Correcting {
    pub(super) fn new(before: Record) -> Self {
        Self {
            before,
            value: None,
            changed: Vec::new(),
            conflicts: Vec::new(),
        }
    }

    pub(super) fn value(&mut self) -> &mut Value {
        self.value
            .get_or_insert_with(|| serde_json::to_value(&self.before).expect("a record is JSON"))
    }

    /// The record as it is, or why it is none.
    pub(super) fn parsed(value: &Value) -> Result<Record, String> {
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())
    }

    fn finish(self, rules: &dyn Rules) -> Record {
        let Some(value) = self.value.filter(|_| !self.changed.is_empty()) else {
            let mut record = self.before;
            add_findings(&mut record, &self.changed, self.conflicts, rules);
            return record;
        };
        let mut record: Record = serde_json::from_value(value).expect("each change was tried");
        let is_code = |(pointer, _): &(String, Correction)| pointer == "/project/code";
        if let (true, Some(project)) = (self.changed.iter().any(is_code), &mut record.project) {
            rules.take_apart(project);
        }
        recheck(&self.before, &mut record, rules);
        if let Some(provenance) = &mut record.provenance {
            for (pointer, correction) in &self.changed {
                let place = provenance
                    .entry(pointer.clone())
                    .or_insert_with(Provenance::default);
                place.corrected = Some(Corrected {
                    by: correction.by.clone(),
                    at: correction.at.clone(),
                    was: correction.old.clone(),
                });
            }
        }
        add_findings(&mut record, &self.changed, self.conflicts, rules);
        record
    }
}

/// Says what was corrected and what could not be. What was doubted of a corrected value is doubted no longer.
fn add_findings(
    record: &mut Record,
    changed: &[(String, Correction)],
    conflicts: Vec<(String, String)>,
    rules: &dyn Rules,
) {
    if changed.is_empty() && conflicts.is_empty() {
        return;
    }
    let is_settled = |finding: &Finding| {
        let is_of_value = |code: Code| !matches!(code.number() / 100, 5 | 7);
        changed.iter().any(|(pointer, correction)| {
            correction.operation == Operation::Replace && *pointer == finding.path
        }) && Code::find(&finding.code).is_none_or(is_of_value)
    };
    record.diagnostics.retain(|finding| !is_settled(finding));
    for (pointer, correction) in changed {
        let (old, new) = (&correction.old, &correction.new);
        let message = match correction.operation {
            Operation::Replace => format!("{old} became {new}"),
            Operation::Add => "it was put there".to_owned(),
            Operation::Remove => format!("{old} was taken away"),
        };
        let message = format!(
            "corrected by {} at {}: {message}",
            correction.by, correction.at
        );
        record
            .diagnostics
            .push(finding(Code::Corrected, pointer, message));
    }
    for (pointer, message) in conflicts {
        record
            .diagnostics
            .push(finding(Code::CorrectionConflict, &pointer, message));
    }
    rules.sort(&mut record.diagnostics);
}

fn finding(code: Code, pointer: &str, message: String) -> Finding {
    let diagnostic = Diagnostic::new(code, pointer, message);
    Finding {
        code: diagnostic.code.name().to_owned(),
        severity: diagnostic.severity.as_str().to_owned(),
        path: diagnostic.path,
        message: diagnostic.message,
    }
}

/// Makes the ledger line agree with the records.
fn settle(document: &mut DocumentLine, records: &[Record]) {
    let families: BTreeSet<&str> = records
        .iter()
        .map(|record| record.family.as_str())
        .collect();
    document.families = families.into_iter().map(str::to_owned).collect();
    document.forms = u32::try_from(records.len()).unwrap_or(u32::MAX);
    let is_error = |finding: &Finding| finding.severity == "error";
    let has_error = document.diagnostics.iter().any(is_error)
        || records
            .iter()
            .any(|record| record.diagnostics.iter().any(is_error));
    let status = match (document.status.as_str(), records.is_empty(), has_error) {
        // What could not be read cannot be read now either.
        ("failed" | "skipped", true, _) => return,
        (_, true, _) => "no_form",
        (_, false, true) => "partial",
        (_, false, false) => "ok",
    };
    status.clone_into(&mut document.status);
}

fn replay(
    net: &Net,
    nets: &[Net],
    document: &DocumentLine,
    forms: &mut BTreeMap<u32, Correcting>,
) -> Fate {
    let correction = &net.correction;
    let place =
        Place::parse(&correction.pointer).expect("pointers were looked at when they were read");
    if place == Place::Form {
        return replay_form(correction, document, forms);
    }
    let Some(form) = forms.get_mut(&correction.form) else {
        return Fate::Conflict(Conflict::NoForm(correction.form));
    };
    let fate = match place {
        Place::Row { rows, idx } => replay_row(correction, rows, idx, form),
        Place::RowValue { rows, idx, key } => {
            let corrected = keys_corrected(nets, correction);
            replay_row_value(correction, (rows, idx, key), &corrected, form)
        }
        Place::Value { key, member } => replay_value(correction, key, member, form),
        Place::Form => unreachable!("it was looked at above"),
    };
    fate.unwrap_or_else(Fate::Conflict)
}

fn replay_value(
    correction: &Correction,
    key: &str,
    member: Option<&str>,
    form: &mut Correcting,
) -> Result<Fate, Conflict> {
    let mut value = form.value().clone();
    let null = Value::Null;
    let found = match member {
        None => value.get(key),
        Some(member) => value.get(key).and_then(|object| object.get(member)),
    };
    let found = found.unwrap_or(&null).clone();
    if found == correction.new {
        return Ok(Fate::AlreadySo);
    }
    if found != correction.old {
        return Err(other_value(found, correction));
    }
    let new = correction.new.clone();
    match member {
        None => value[key] = new,
        Some(member) => set_member(&mut value, key, member, new),
    }
    let pointer = correction.pointer.clone();
    replace(form, value, pointer, correction)
}

/// Sets a member of an object that is null where nothing of it is printed.
fn set_member(value: &mut Value, key: &str, member: &str, new: Value) {
    let object = &mut value[key];
    if object.is_null() {
        let nulls = members(key)
            .iter()
            .map(|key| ((*key).to_owned(), Value::Null));
        *object = Value::Object(nulls.collect());
    }
    object[member] = new;
    let is_blank = object
        .as_object()
        .is_some_and(|object| object.values().all(Value::is_null));
    if is_blank && key != "contact" {
        *object = Value::Null;
    }
}

/// Takes the new value of `pointer` if the record takes it.
pub(super) fn replace(
    form: &mut Correcting,
    mut value: Value,
    pointer: String,
    correction: &Correction,
) -> Result<Fate, Conflict> {
    // A label with a value is not empty.
    if !correction.new.is_null()
        && let Some(empty) = value.get_mut("empty").and_then(Value::as_object_mut)
    {
        empty.remove(&pointer);
    }
    fits(&value, correction)?;
    form.value = Some(value);
    form.changed.push((pointer, correction.clone()));
    Ok(Fate::Applied)
}

/// Whether a record can be as the correction makes it.
pub(super) fn fits(value: &Value, correction: &Correction) -> Result<(), Conflict> {
    match Correcting::parsed(value) {
        Ok(_) => Ok(()),
        Err(reason) => Err(Conflict::Unfit {
            new: correction.new.to_string(),
            reason,
        }),
    }
}

pub(super) fn other_value(found: Value, correction: &Correction) -> Conflict {
    Conflict::OtherValue {
        found: found.to_string(),
        awaited: correction.old.to_string(),
    }
}
