//! Records at a glance: where only what says where they came from differs, nothing else of them is read.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::fields::ORIGINS;

/// Keys by which a person knows a form.
const KNOWN_BY: &[&str] = &["title", "family", "project", "department"];

/// The members of a record, unread.
type Unread<'l> = BTreeMap<&'l str, &'l RawValue>;

/// What a difference of two records can be told by, where all that is printed on them and said of them is the same to the byte; `None`
/// where it is not, or where a line is no record.
pub(super) fn origins(old: &[u8], new: &[u8]) -> Option<(Value, Value)> {
    let old: Unread<'_> = serde_json::from_slice(old).ok()?;
    let new: Unread<'_> = serde_json::from_slice(new).ok()?;
    let is_same = |key: &str| match (old.get(key), new.get(key)) {
        (Some(old), Some(new)) => old.get() == new.get(),
        (old, new) => old.is_none() && new.is_none(),
    };
    let mut keys = old.keys().chain(new.keys());
    keys.all(|key| ORIGINS.contains(key) || is_same(key))
        .then(|| Some((read(&old)?, read(&new)?)))?
}

fn read(record: &Unread<'_>) -> Option<Value> {
    let mut members = Map::new();
    for key in ORIGINS.iter().chain(KNOWN_BY) {
        if let Some(raw) = record.get(key) {
            members.insert((*key).to_owned(), serde_json::from_str(raw.get()).ok()?);
        }
    }
    // As many rows as there are, which are the same on both sides.
    let rows: Vec<&RawValue> = match record.get("indicators") {
        Some(raw) => serde_json::from_str(raw.get()).ok()?,
        None => Vec::new(),
    };
    members.insert(
        "indicators".to_owned(),
        vec![Value::Null; rows.len()].into(),
    );
    Some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"{"grammar":"a@1","title":"t","indicators":[{"a":1},{}]}"#;

    #[test]
    fn what_is_printed_is_not_read_where_it_is_the_same() {
        let new = OLD.replace("a@1", "a@2");
        let (old, new) = origins(OLD.as_bytes(), new.as_bytes()).unwrap();
        assert_eq!(
            (&old["grammar"], &new["grammar"]),
            (&"a@1".into(), &"a@2".into())
        );
        assert_eq!(old["indicators"], new["indicators"]);
        assert_eq!(old["indicators"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_is_printed_otherwise_is_read() {
        assert_eq!(
            origins(OLD.as_bytes(), OLD.replace("\"t\"", "\"u\"").as_bytes()),
            None
        );
        assert_eq!(
            origins(
                OLD.as_bytes(),
                OLD.replace("\"title\":\"t\",", "").as_bytes()
            ),
            None
        );
        assert_eq!(origins(OLD.as_bytes(), b"[]"), None);
    }
}
