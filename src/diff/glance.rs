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
    let mut differing = Vec::new();
    for (key, raw) in &old {
        if new.get(key).is_none_or(|other| other.get() != raw.get()) {
            differing.push(*key);
        }
    }
    differing.extend(new.keys().filter(|key| !old.contains_key(*key)));
    let seen = Seen {
        is_origin_alone: differing.iter().all(|key| ORIGINS.contains(key)),
        lone_row: lone_row(&old, &new, &differing),
        differing,
    };
    Some(Glance {
        old: seen.read(&old)?,
        new: seen.read(&new)?,
        is_origin_alone: seen.is_origin_alone,
    })
}

/// The one row in which two records differ, by its key and index, where there are as many rows on both sides and nothing that is said of
/// places differs: no row can have moved then.
fn lone_row<'l>(
    old: &Unread<'l>,
    new: &Unread<'l>,
    differing: &[&'l str],
) -> Option<(&'l str, usize)> {
    let mut keys = differing.iter().filter(|key| has_rows(key));
    let (key, None) = (*keys.next()?, keys.next()) else {
        return None;
    };
    if differing.iter().any(|key| SAID_OF_PLACES.contains(key)) {
        return None;
    }
    let rows = |record: &Unread<'l>| -> Option<Vec<&'l RawValue>> {
        serde_json::from_str(record.get(key)?.get()).ok()
    };
    let (old, new) = (rows(old)?, rows(new)?);
    let mut places = (0..old.len().min(new.len())).filter(|idx| old[*idx].get() != new[*idx].get());
    let (place, None) = (places.next()?, places.next()) else {
        return None;
    };
    (old.len() == new.len()).then_some((key, place))
}

/// What was seen of two records.
struct Seen<'l> {
    differing: Vec<&'l str>,
    is_origin_alone: bool,
    lone_row: Option<(&'l str, usize)>,
}

impl Seen<'_> {
    /// Reads of a record what a difference can be found in or is told by.
    fn read(&self, record: &Unread<'_>) -> Option<Value> {
        let mut members = Map::new();
        for (key, raw) in record {
            let raw = raw.get();
            let differs = self.differing.contains(key);
            let value = match self.lone_row {
                Some((lone, place)) if lone == *key => rows(raw, Some(place))?,
                Some((lone, place)) if *key == "provenance" => {
                    self.places(raw, &format!("/{lone}/{place}"))?
                }
                _ if differs || ORIGINS.contains(key) => serde_json::from_str(raw).ok()?,
                _ if has_rows(key) => rows(raw, None)?,
                _ if KNOWN_BY.contains(key)
                    || (!self.is_origin_alone && SAID_OF_PLACES.contains(key)) =>
                {
                    serde_json::from_str(raw).ok()?
                }
                _ => continue,
            };
            members.insert((*key).to_owned(), value);
        }
        Some(Value::Object(members))
    }

    /// Places of a row, and of what differs besides.
    fn places(&self, raw: &str, row: &str) -> Option<Value> {
        let Ok(all) = serde_json::from_str::<BTreeMap<&str, &RawValue>>(raw) else {
            return serde_json::from_str(raw).ok();
        };
        let is_beneath = |pointer: &str, above: &str| {
            let rest = pointer.strip_prefix(above);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_told = |pointer: &str| {
            let mut others = self.differing.iter().filter(|key| !has_rows(key));
            is_beneath(pointer, row)
                || others.any(|key| {
                    pointer
                        .strip_prefix('/')
                        .is_some_and(|rest| is_beneath(rest, key))
                })
        };
        let told = all.iter().filter(|(pointer, _)| is_told(pointer));
        let read = |(pointer, raw): (&&str, &&RawValue)| {
            Some(((*pointer).to_owned(), serde_json::from_str(raw.get()).ok()?))
        };
        told.map(read)
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object)
    }
}

/// As many nulls as there are rows; the one at `place` is read.
fn rows(raw: &str, place: Option<usize>) -> Option<Value> {
    let rows: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    let read = |(idx, row): (usize, &&RawValue)| {
        if Some(idx) == place {
            serde_json::from_str(row.get()).ok()
        } else {
            Some(Value::Null)
        }
    };
    let rows: Option<Vec<Value>> = rows.iter().enumerate().map(read).collect();
    rows.map(Value::from)
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
            // Of rows, the one that differs.
            let value = |record: &Value| match record.get(key) {
                Some(Value::Array(rows)) => rows.first().cloned(),
                value => value.cloned(),
            };
            assert_eq!(value(&seen.old), value(&whole[0]));
            assert_eq!(value(&seen.new), value(&whole[1]));
        }
        assert!(glance(OLD.as_bytes(), b"[]").is_none());
    }
}
