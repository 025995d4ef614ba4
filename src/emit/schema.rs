//! JSON Schema (draft 2020-12) of the record and of the ledger line, made from the nouns themselves.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::envelope::Envelope;
use crate::model::{DocumentLine, Record};

/// Schema of a line of `forms.jsonl`, pretty-printed, with a line end.
#[must_use]
pub fn form_schema() -> String {
    pretty(&generate::<Record>())
}

/// Schema of a line of `documents.jsonl`, pretty-printed, with a line end.
#[must_use]
pub fn document_schema() -> String {
    pretty(&generate::<DocumentLine>())
}

/// Schema of an answer of `jixiao worker`, pretty-printed, with a line end.
#[must_use]
pub fn envelope_schema() -> String {
    pretty(&generate::<Envelope>())
}

/// What is written is described, not what could be read: a key that is always written is required.
fn generate<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

fn pretty(schema: &Schema) -> String {
    let mut text = serde_json::to_string_pretty(schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Pointers of the object schemas below `schema` that would let an unknown key pass.
    fn open_objects(schema: &Value, pointer: &str, found: &mut Vec<String>) {
        let Some(object) = schema.as_object() else {
            return;
        };
        if object.contains_key("properties")
            && object.get("additionalProperties") != Some(&Value::Bool(false))
        {
            found.push(pointer.to_owned());
        }
        for (key, inner) in object {
            open_objects(inner, &format!("{pointer}/{key}"), found);
        }
    }

    #[test]
    fn every_object_is_closed() {
        for text in [form_schema(), document_schema(), envelope_schema()] {
            let mut found = Vec::new();
            open_objects(&serde_json::from_str(&text).unwrap(), "", &mut found);
            assert_eq!(found, Vec::<String>::new());
        }
    }

    #[test]
    fn nullable_keys_are_required_all_the_same() {
        let schema: Value = serde_json::from_str(&form_schema()).unwrap();
        let required = schema["required"].as_array().unwrap();
        assert!(required.contains(&"title".into()) && required.contains(&"confidence".into()));
        assert!(!required.contains(&"provenance".into()));
    }
}
