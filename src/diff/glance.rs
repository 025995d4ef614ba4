//! Records at a glance: members that are the same to the byte are not read.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::fields::{ORIGINS, has_rows};

/// Keys by which a person knows a form.
const KNOWN_BY: &[&str] = &["title", "family", "project", "department"];

/// Keys of what is said of values by their places: these may have moved, and a difference is told with what is said of its value.
const SAID_OF_PLACES: &[&str] = &["diagnostics", "empty", "provenance"];

/// The members of a record, unread.
type Unread<'l> = BTreeMap<&'l str, &'l RawValue>;

/// Two records of the same form, as far as a difference can be found in them or is told by them.
pub(super) struct Glance {
    pub(super) old: Value,
    pub(super) new: Value,
    /// Whether all that is printed on them and said of them is the same to the byte.
    pub(super) is_origin_alone: bool,
}

/// Rows that are the same are as many nulls, and other members that are the same may be missing. `None` where a line is no record.
pub(super) fn glance(old: &[u8], new: &[u8]) -> Option<Glance> {
    let old: Unread<'_> = serde_json::from_slice(old).ok()?;
    let new: Unread<'_> = serde_json::from_slice(new).ok()?;
    let is_same = |key: &str| match (old.get(key), new.get(key)) {
        (Some(old), Some(new)) => old.get() == new.get(),
        (old, new) => old.is_none() && new.is_none(),
    };
    let is_origin_alone =
        (old.keys().chain(new.keys())).all(|key| ORIGINS.contains(key) || is_same(key));
    let read = |record: &Unread<'_>| -> Option<Value> {
        let mut members = Map::new();
        for (key, raw) in record {
            let value = if !is_same(key) || ORIGINS.contains(key) {
                serde_json::from_str(raw.get()).ok()?
            } else if has_rows(key) {
                let rows: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
                vec![Value::Null; rows.len()].into()
            } else if KNOWN_BY.contains(key) || (!is_origin_alone && SAID_OF_PLACES.contains(key)) {
                serde_json::from_str(raw.get()).ok()?
            } else {
                continue;
            };
            members.insert((*key).to_owned(), value);
        }
        Some(Value::Object(members))
    };
    Some(Glance {
        old: read(&old)?,
        new: read(&new)?,
        is_origin_alone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"{"grammar":"a@1","title":"t","remarks":"r","indicators":[{"a":1},{}]}"#;

    #[test]
    fn what_is_the_same_is_not_read() {
        let new = OLD.replace("a@1", "a@2");
        let seen = glance(OLD.as_bytes(), new.as_bytes()).unwrap();
        assert!(seen.is_origin_alone);
        assert_eq!(
            (&seen.old["grammar"], &seen.new["grammar"]),
            (&"a@1".into(), &"a@2".into())
        );
        assert_eq!(seen.old["indicators"], seen.new["indicators"]);
        assert_eq!(seen.old["indicators"].as_array().unwrap().len(), 2);
        assert_eq!(seen.old.get("remarks"), None);
    }

    #[test]
    fn what_is_printed_otherwise_is_read() {
        for (new, key) in [
            (OLD.replace("\"r\"", "\"s\""), "remarks"),
            (OLD.replace("\"a\":1", "\"a\":2"), "indicators"),
            (OLD.replace("\"title\":\"t\",", ""), "title"),
        ] {
            let whole: [Value; 2] = [OLD, &new].map(|line| serde_json::from_str(line).unwrap());
            let seen = glance(OLD.as_bytes(), new.as_bytes()).unwrap();
            assert!(!seen.is_origin_alone, "{key}");
            assert_eq!(seen.old.get(key), whole[0].get(key));
            assert_eq!(seen.new.get(key), whole[1].get(key));
        }
        assert!(glance(OLD.as_bytes(), b"[]").is_none());
    }
}
