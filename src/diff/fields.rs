//! Parts of records: keys and their order, rows and what names them, what a pointer is a value of.

use serde_json::{Map, Value};

use super::difference::{FormRef, Spot};

/// Keys of the record that hold rows, with the keys of a row and how much each says of which row it is.
const ROWS: &[(&str, &[(&str, f64)])] = &[
    ("functions", &[("name", 3.0)]),
    (
        "funds",
        &[("category", 2.0), ("source", 4.0), ("stage", 4.0)],
    ),
    ("tasks", &[("name", 3.0), ("content", 3.0)]),
    ("indicators", &[("level3", 4.0)]),
    ("attributes", &[("label", 4.0)]),
];

/// Keys of what says where a record came from.
pub(super) const ORIGINS: &[&str] = &["schema", "form_id", "document", "grammar", "confidence"];

/// Keys of what was made of a record, which have their own ways of being compared.
pub(super) const MADE: &[&str] = &["empty", "checks", "diagnostics", "provenance"];

/// Keys that hold rows.
pub(super) fn row_keys() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(key, _)| *key)
}

/// Whether a key holds rows.
pub(super) fn has_rows(key: &str) -> bool {
    row_keys().any(|rows| rows == key)
}

/// How much a key of a row says of which row it is.
pub(super) fn weight(rows: &str, key: &str) -> f64 {
    ROWS.iter()
        .filter(|(name, _)| *name == rows)
        .flat_map(|(_, weights)| weights.iter())
        .find(|(name, _)| *name == key)
        .map_or(1.0, |(_, weight)| *weight)
}

/// The rows of a key; none where it has none.
pub(super) fn rows<'r>(record: &'r Value, key: &str) -> &'r [Value] {
    record
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The members of an object; none of anything else.
pub(super) fn object<'r>(record: &'r Value, key: &str) -> Option<&'r Map<String, Value>> {
    record.get(key).and_then(Value::as_object)
}

/// A text of a record.
pub(super) fn text<'r>(record: &'r Value, pointer: &str) -> Option<&'r str> {
    record.pointer(pointer).and_then(Value::as_str)
}

/// What a pointer leads to a value of: its steps without indices.
pub(super) fn field_of(pointer: &str) -> String {
    let is_index = |step: &&str| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
    let steps: Vec<&str> = pointer
        .split('/')
        .skip(1)
        .filter(|step| !is_index(step))
        .collect();
    if steps.is_empty() {
        "form".to_owned()
    } else {
        steps.join("/")
    }
}

/// A key as a step of a JSON Pointer (RFC 6901, section 3).
pub(super) fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The form of a record, as a person knows it.
pub(super) fn form_ref(record: &Value) -> FormRef {
    let owned = |pointer: &str| text(record, pointer).map(str::to_owned);
    let range = |pointer: &str| {
        let range = record.pointer(pointer).cloned();
        range.and_then(|range| serde_json::from_value(range).ok())
    };
    FormRef {
        form_id: owned("/form_id").unwrap_or_default(),
        title: owned("/title"),
        name: owned("/project/name").or_else(|| owned("/department/name")),
        pages: range("/document/pages"),
        lines: range("/document/lines"),
        n_indicators: rows(record, "indicators").len(),
    }
}

/// Where the value of a pointer is printed: its own place, else what all that is beneath it takes of the first page.
pub(super) fn spot(record: &Value, pointer: &str) -> Option<Spot> {
    let places = object(record, "provenance")?;
    let read = |place: &Value| serde_json::from_value::<Spot>(place.clone()).ok();
    if let Some(place) = places.get(pointer) {
        return read(place);
    }
    let beneath = format!("{pointer}/");
    let below = places
        .iter()
        .filter(|(other, _)| other.starts_with(&beneath));
    let mut spots = below.filter_map(|(_, place)| read(place));
    let first = spots.next()?;
    let joined = spots
        .filter(|spot| spot.page == first.page)
        .fold(first, |all, spot| Spot {
            bbox: match (all.bbox, spot.bbox) {
                (Some(a), Some(b)) => Some([
                    a[0].min(b[0]),
                    a[1].min(b[1]),
                    a[2].max(b[2]),
                    a[3].max(b[3]),
                ]),
                (a, b) => a.or(b),
            },
            ..all
        });
    Some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_no_indices() {
        assert_eq!(field_of("/indicators/12/target"), "indicators/target");
        assert_eq!(field_of("/project/code"), "project/code");
        assert_eq!(field_of(""), "form");
        assert_eq!(step("/funds/0/amount"), "~1funds~10~1amount");
    }
}
