//! Whole forms that corrections add and take away.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::apply::{Conflict, Correcting, Fate};
use super::correction::{Correction, Operation};
use crate::model::Record;
use crate::model::form_id::form_id;
use crate::model::record::{Contact, DocumentLine, FORM_SCHEMA};

pub(super) fn replay_form(
    correction: &Correction,
    document: &DocumentLine,
    forms: &mut BTreeMap<u32, Correcting>,
) -> Fate {
    let ordinal = correction.form;
    let found = forms.get(&ordinal);
    match correction.operation {
        Operation::Remove => {
            let Some(found) = found else {
                return Fate::AlreadySo;
            };
            let conflict = match Correcting::parsed(&correction.old) {
                Ok(old) if old.printed() == found.before.printed() && found.changed.is_empty() => {
                    forms.remove(&ordinal);
                    return Fate::Applied;
                }
                _ => Conflict::OtherValue {
                    found: found.before.form_id.clone(),
                    awaited: "the form as it was taken away".to_owned(),
                },
            };
            Fate::Conflict(conflict)
        }
        Operation::Add | Operation::Replace => {
            let record = match new_form(correction, document) {
                Ok(record) => record,
                Err(reason) => {
                    let new = "a form".to_owned();
                    return Fate::Conflict(Conflict::Unfit { new, reason });
                }
            };
            match found {
                Some(found) if found.before.printed() == record.printed() => Fate::AlreadySo,
                Some(_) => Fate::Conflict(Conflict::FormIsThere(ordinal)),
                None => {
                    let mut form = Correcting::new(record);
                    form.changed.push((String::new(), correction.clone()));
                    form.value();
                    forms.insert(ordinal, form);
                    Fate::Applied
                }
            }
        }
    }
}

/// A record of what a person says is printed.
fn new_form(correction: &Correction, document: &DocumentLine) -> Result<Record, String> {
    let Some(said) = correction.new.as_object() else {
        return Err("it is no object".to_owned());
    };
    let family = said.get("family").and_then(Value::as_str).unwrap_or("");
    if family.is_empty() {
        return Err("it has no family".to_owned());
    }
    let source = document.sources.first().map_or("text", String::as_str);
    let place = said.get("document").and_then(Value::as_object);
    let range = |key: &str| place.and_then(|place| place.get(key)).cloned();
    let grammar = said.get("grammar").and_then(Value::as_str);
    let mut whole = Map::new();
    // What cannot be missing, and is not printed.
    whole.insert("schema".into(), FORM_SCHEMA.into());
    whole.insert(
        "form_id".into(),
        form_id(&correction.document, correction.form).into(),
    );
    whole.insert(
        "document".into(),
        serde_json::json!({
            "id": correction.document,
            "path": document.path,
            "pages": range("pages"),
            "lines": range("lines"),
            "source": source,
        }),
    );
    whole.insert("family".into(), family.into());
    whole.insert(
        "grammar".into(),
        grammar
            .map_or_else(|| format!("{family}@correction"), str::to_owned)
            .into(),
    );
    for key in [
        "functions",
        "funds",
        "tasks",
        "indicators",
        "attributes",
        "checks",
        "diagnostics",
    ] {
        whole.insert(key.into(), Value::Array(Vec::new()));
    }
    whole.insert("empty".into(), Value::Object(Map::new()));
    let contact = serde_json::to_value(Contact::default()).expect("two nulls");
    whole.insert("contact".into(), contact);
    let computed = [
        "schema",
        "form_id",
        "document",
        "grammar",
        "checks",
        "diagnostics",
    ];
    for (key, value) in said {
        if !computed.contains(&key.as_str()) {
            whole.insert(key.clone(), value.clone());
        }
    }
    serde_json::from_value(Value::Object(whole)).map_err(|error| error.to_string())
}
