//! JSON Schema (draft 2020-12) of what samples write and read, made from the nouns themselves.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::judge::Judgement;
use super::set::{ReviewSet, Verdict};

/// Schema of `sample.json`, pretty-printed, with a line end.
#[must_use]
pub fn sample_schema() -> String {
    pretty::<ReviewSet>()
}

/// Schema of a line of `verdicts.jsonl`, pretty-printed, with a line end.
#[must_use]
pub fn verdict_schema() -> String {
    pretty::<Verdict>()
}

/// Schema of what `sample verdict --json` prints, pretty-printed, with a line end.
#[must_use]
pub fn judgement_schema() -> String {
    pretty::<Judgement>()
}

/// What is written is described: a key that is always written is required.
fn pretty<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>();
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}
