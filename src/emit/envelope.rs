//! Answers of `jixiao worker`: a ledger line and its forms in one line, with what the question called it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::jsonl::to_line;
use crate::model::{DocumentLine, Record};

/// `schema` of an answer.
pub const ENVELOPE_SCHEMA: &str = "jixiao.envelope/1";

/// An answer to one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "jixiao envelope, version 1", extend("additionalProperties" = false))]
pub struct Envelope {
    /// Always `jixiao.envelope/1`.
    #[schemars(extend("const" = ENVELOPE_SCHEMA))]
    pub schema: Cow<'static, str>,
    /// What the question gave, any JSON; null where it gave none.
    pub id: Value,
    /// The line of the ledger.
    pub document: DocumentLine,
    /// Its forms, as many as `document.forms`, in reading order.
    pub forms: Vec<Record>,
}

/// The line of an answer, of forms that are lines already. `id` is JSON.
#[must_use]
pub fn envelope_line<'a>(
    id: &str,
    document: &DocumentLine,
    forms: impl IntoIterator<Item = &'a str>,
) -> String {
    let document = to_line(document);
    let forms: Vec<&str> = forms.into_iter().map(str::trim_end).collect();
    format!(
        "{{\"schema\":\"{ENVELOPE_SCHEMA}\",\"id\":{id},\"document\":{},\"forms\":[{}]}}\n",
        document.trim_end(),
        forms.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_envelope_as_json() {
        let envelope = Envelope {
            schema: ENVELOPE_SCHEMA.into(),
            id: serde_json::json!([1, "a"]),
            document: DocumentLine::default(),
            forms: vec![Record::default(), Record::default()],
        };
        let forms: Vec<String> = envelope.forms.iter().map(to_line).collect();
        let forms = forms.iter().map(String::as_str);
        let line = envelope_line("[1,\"a\"]", &envelope.document, forms);
        assert_eq!(line, to_line(&envelope));
    }
}
