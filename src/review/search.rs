//! Search: the forms and documents in which a text stands, upper and lower case aside.

use regex::RegexBuilder;
use regex::bytes;
use serde_json::Value;

/// Longest text that is looked for, bytes.
const LONGEST: usize = 1 << 10;

/// A text that is looked for.
#[derive(Debug)]
pub(super) struct Search {
    /// The text, in a line of a file: there it may stand in a name or across two values, too.
    line: bytes::Regex,
    /// The text, in a value.
    value: regex::Regex,
}

impl Search {
    /// `None` where the text is blank or too long to be one: then nothing is looked for.
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        // In a line, the text is between quotes of JSON.
        let quoted = Value::from(text).to_string();
        let line = bytes::RegexBuilder::new(&regex::escape(&quoted[1..quoted.len() - 1]))
            .case_insensitive(true)
            .build();
        let value = RegexBuilder::new(&regex::escape(text))
            .case_insensitive(true)
            .build();
        Some(Self {
            line: line.ok()?,
            value: value.ok()?,
        })
    }

    /// Whether it stands in a text of a record: a value, what was printed for it, a finding.
    pub(super) fn is_in_record(&self, line: &[u8]) -> bool {
        if !self.line.is_match(line) {
            return false;
        }
        let Ok(Value::Object(mut record)) = serde_json::from_slice(line) else {
            return false;
        };
        // Every form has the same checks: their names would find all of them.
        record.remove("checks");
        record.values().any(|value| self.is_in(value))
    }

    /// Whether it stands in a text of a value.
    pub(super) fn is_in(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is_in_text(text),
            Value::Array(values) => values.iter().any(|value| self.is_in(value)),
            Value::Object(values) => values.values().any(|value| self.is_in(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    pub(super) fn is_in_text(&self, text: &str) -> bool {
        self.value.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"schema":"jixiao.form/1","title":"绩效\"目标\"表","fiscal_year":2023,"checks":[{"rule":"weight_sum","outcome":"pass"}],"project":{"code":"51178122T0","name":null}}"#;

    #[track_caller]
    fn check(text: &str, expected: Option<bool>) {
        let found = Search::new(text).map(|search| search.is_in_record(RECORD.as_bytes()));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values_are_found_and_names_of_fields_are_not() {
        check("目标", Some(true));
        check(" 51178122t0 ", Some(true));
        check("\"目标\"", Some(true));
        check("title", Some(false));
        check("weight_sum", Some(false));
        check("效.目", Some(false));
        check("表\",\"fiscal", Some(false));
        check("  ", None);
    }
}
