//! Forms as they are compared: the keys of the record that the contract names, flattened to leaves.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fold::{is_absent, to_text};

/// Keys of a record beside its tables.
const HEAD_KEYS: &[&str] = &[
    "family",
    "title",
    "fiscal_year",
    "amount_unit",
    "department",
    "budget_unit",
    "project",
    "functions",
    "contact",
    "execution_rate_weight",
    "annual_goal",
    "actual_result",
    "total_score",
    "remarks",
];

/// Of these the ones that hold a lone value.
const LONE_KEYS: &[&str] = &[
    "title",
    "fiscal_year",
    "amount_unit",
    "execution_rate_weight",
    "annual_goal",
    "actual_result",
    "total_score",
    "remarks",
    "family",
];

/// Keys of a record that say nothing of the form.
const UNCOMPARED_KEYS: &[&str] = &[
    "schema",
    "form_id",
    "document",
    "grammar",
    "attributes",
    "empty",
    "confidence",
    "checks",
    "diagnostics",
    "provenance",
];

/// Tables of a record with the keys of their rows. What is no row is a wrong value of the first key.
const TABLES: &[(&str, &[&str])] = &[
    (
        "indicators",
        &[
            "actual",
            "level1",
            "level2",
            "level3",
            "operator",
            "target",
            "target_current",
            "measure_unit",
            "weight",
            "weight_current",
            "score",
            "deviation",
            "note",
        ],
    ),
    ("tasks", &["amount", "name", "content"]),
    ("funds", &["amount", "category", "source", "stage"]),
];

/// Stands for what has the wrong shape: it equals nothing that is printed.
const MALFORMED: &str = "\u{fffd} malformed";

/// Family whose funds are told apart by category.
const DEPARTMENT_FAMILY: &str = "department_overall_target";

/// A leaf of a form's head.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HeadLeaf {
    /// What it is compared under; a fund by its category, source and stage, since funds have no order.
    pub(super) path: String,
    /// JSON Pointer in the record.
    pub(super) pointer: String,
    /// Never absent.
    pub(super) value: Value,
}

/// A form as it was put out, without keys that the contract does not name; what has the wrong shape becomes a wrong value.
pub(super) fn tidy(form: &Value) -> Value {
    let Value::Object(form) = form else {
        return Value::Object(Map::from_iter([("title".to_owned(), MALFORMED.into())]));
    };
    let mut tidied = Map::new();
    for (key, value) in form {
        if HEAD_KEYS.contains(&key.as_str()) {
            let is_lone = LONE_KEYS.contains(&key.as_str());
            tidied.insert(
                key.clone(),
                if is_lone { lone(value) } else { value.clone() },
            );
        }
    }
    for (name, keys) in TABLES {
        let rows = match form.get(*name) {
            None | Some(Value::Null | Value::Bool(false)) => vec![],
            Some(value) if is_absent(value) || value.as_f64() == Some(0.0) => vec![],
            Some(Value::Array(rows)) => rows.clone(),
            Some(other) => vec![other.clone()],
        };
        let rows = rows.iter().map(|row| tidy_row(row, keys));
        tidied.insert((*name).to_owned(), rows.collect());
    }
    Value::Object(tidied)
}

fn tidy_row(row: &Value, keys: &[&str]) -> Value {
    let Value::Object(row) = row else {
        return Value::Object(Map::from_iter([(keys[0].to_owned(), MALFORMED.into())]));
    };
    let known = row.iter().filter(|(key, _)| keys.contains(&key.as_str()));
    Value::Object(
        known
            .map(|(key, value)| (key.clone(), lone(value)))
            .collect(),
    )
}

/// A value where one value is awaited.
fn lone(value: &Value) -> Value {
    let is_nested = matches!(value, Value::Array(_) | Value::Object(_));
    if is_nested && !is_absent(value) {
        MALFORMED.into()
    } else {
        value.clone()
    }
}

/// Rows of a table, in their order.
pub(super) fn rows<'a>(form: &'a Value, table: &str) -> &'a [Value] {
    form.get(table)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Values of a row by their keys, without absent ones.
pub(super) fn row_leaves(row: &Value) -> Vec<(&str, &Value)> {
    let is_leaf =
        |value: &Value| !is_absent(value) && !matches!(value, Value::Array(_) | Value::Object(_));
    let keys = row.as_object().into_iter().flatten();
    keys.filter(|(_, value)| is_leaf(value))
        .map(|(key, value)| (key.as_str(), value))
        .collect()
}

/// Leaves of all but tasks and indicators, in the order of the record.
pub(super) fn head_leaves(form: &Value) -> Vec<HeadLeaf> {
    let mut leaves = Vec::new();
    for (key, value) in form.as_object().into_iter().flatten() {
        let is_table = TABLES.iter().any(|(table, _)| table == key);
        if !is_table && !UNCOMPARED_KEYS.contains(&key.as_str()) {
            flatten(&format!("/{key}"), value, &mut leaves);
        }
    }
    let of_department = form.get("family").and_then(Value::as_str) == Some(DEPARTMENT_FAMILY);
    let mut n_like_it: BTreeMap<String, usize> = BTreeMap::new();
    for (idx, fund) in rows(form, "funds").iter().enumerate() {
        let part = |key: &str| to_text(fund.get(key).unwrap_or(&Value::Null));
        let category = match part("category") {
            // A form of one project has no other funds than the project's.
            all if all == "all" && !of_department => "project".to_owned(),
            category => category,
        };
        let amount = fund.get("amount").unwrap_or(&Value::Null);
        if is_absent(amount) {
            continue;
        }
        let path = format!("/funds/{category}/{}/{}", part("source"), part("stage"));
        let n_before = n_like_it.entry(path.clone()).or_default();
        leaves.push(HeadLeaf {
            path: path + &"+".repeat(*n_before),
            pointer: format!("/funds/{idx}/amount"),
            value: amount.clone(),
        });
        *n_before += 1;
    }
    leaves
}

fn flatten(path: &str, value: &Value, leaves: &mut Vec<HeadLeaf>) {
    match value {
        Value::Object(keys) => {
            for (key, value) in keys {
                flatten(&format!("{path}/{key}"), value, leaves);
            }
        }
        Value::Array(items) => {
            for (idx, item) in items.iter().enumerate() {
                flatten(&format!("{path}/{idx}"), item, leaves);
            }
        }
        value if is_absent(value) => {}
        value => leaves.push(HeadLeaf {
            path: path.to_owned(),
            pointer: path.to_owned(),
            value: value.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(form: &Value) -> Vec<String> {
        let leaves = head_leaves(&tidy(form));
        leaves.into_iter().map(|leaf| leaf.path).collect()
    }

    #[test]
    fn funds_are_named_by_what_they_are() {
        let fund = |category: &str| json!({ "category": category, "source": "total", "stage": "budget", "amount": "1.00" });
        let funds = [fund("all"), fund("project"), fund("basic")];
        assert_eq!(
            paths(&json!({ "family": "project_target", "funds": funds })),
            [
                "/family",
                "/funds/project/total/budget",
                "/funds/project/total/budget+",
                "/funds/basic/total/budget"
            ]
        );
        assert_eq!(
            paths(&json!({ "family": DEPARTMENT_FAMILY, "funds": [fund("all")] })),
            ["/family", "/funds/all/total/budget"]
        );
    }

    #[test]
    fn what_has_the_wrong_shape_is_a_wrong_value() {
        assert_eq!(paths(&json!(3)), ["/title"]);
        assert_eq!(
            tidy(&json!({ "title": ["a"], "unknown": 1, "tasks": { "name": {"a": 1}, "no": 1 } })),
            json!({
                "title": MALFORMED,
                "indicators": [],
                "tasks": [{ "name": MALFORMED }],
                "funds": []
            })
        );
        assert_eq!(
            tidy(&json!({ "indicators": ["a"] }))["indicators"],
            json!([{ "actual": MALFORMED }])
        );
    }

    #[test]
    fn absent_values_are_no_leaves() {
        let form = json!({ "title": "", "project": { "code": null, "name": "a" }, "functions": [{ "name": "b" }], "form_id": "c" });
        assert_eq!(paths(&form), ["/project/name", "/functions/0/name"]);
        assert_eq!(
            row_leaves(&json!({ "a": null, "b": "c", "d": [1] })),
            [("b", &json!("c"))]
        );
    }
}
