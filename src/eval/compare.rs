//! A form of the run held against the form of the truth, leaf by leaf.

use std::collections::BTreeMap;

use serde_json::Value;

use super::align::{INDICATOR_KEYS, TASK_KEYS, align};
use super::fold::{Strictness, canonical, fold, is_absent, number, to_text};
use super::shape::{HeadLeaf, head_leaves, row_leaves, rows};
use super::similar::similarity;

/// Heads whose texts are long: how alike they are is measured, too.
const LONG_HEADS: &[&str] = &["/annual_goal", "/actual_result", "/remarks"];

/// Other values that are accepted, by path.
pub(super) type Accepted = BTreeMap<String, Vec<Value>>;

/// A place of a form where the truth or the output has a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    /// What it is compared under: rows by their number in the truth, `+` and their number in the output where they are in excess, funds
    /// by category, source and stage.
    pub path: String,
    /// JSON Pointer in the record of the output; of a value that is missing, where it should be; `None` where the row is missing, too.
    pub pointer: Option<String>,
    /// What the truth has.
    pub truth: Option<Value>,
    /// What the output has.
    pub output: Option<Value>,
    /// Whether they are the same.
    pub is_right: bool,
    /// Whether they are the same, every character counting.
    pub is_strictly_right: bool,
}

/// A form of the output beside its form of the truth.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Comparison {
    /// All leaves of both.
    pub leaves: Vec<Leaf>,
    /// Indicators of the truth.
    pub n_rows_truth: u64,
    /// Indicators of the output.
    pub n_rows_output: u64,
    /// Indicators of which all is right.
    pub n_rows_right: u64,
    /// How alike long texts are, 0 to 1 each.
    pub long_texts: Vec<f64>,
}

impl Comparison {
    /// Whether all of the form is right.
    #[must_use]
    pub(super) fn is_exact(&self) -> bool {
        self.leaves.iter().all(|leaf| leaf.is_right)
    }
}

/// Compares a form; both are tidy.
pub(super) fn compare(truth: &Value, output: &Value, accepted: &Accepted) -> Comparison {
    let mut comparison = Comparison::default();
    compare_heads(truth, output, accepted, &mut comparison);
    for row in aligned(truth, output, "tasks", TASK_KEYS) {
        row.leaves(accepted, &mut comparison.leaves);
        let content = |row: Option<&Value>| {
            let content = row.and_then(|row| row.get("content"));
            content.filter(|content| !is_absent(content)).map(to_text)
        };
        if let Some(text) = content(row.truth) {
            let read = content(row.output).unwrap_or_default();
            let alike = similarity(&fold(&text), &fold(&read));
            comparison.long_texts.push(alike);
        }
    }
    comparison.n_rows_truth = rows(truth, "indicators").len() as u64;
    comparison.n_rows_output = rows(output, "indicators").len() as u64;
    for row in aligned(truth, output, "indicators", INDICATOR_KEYS) {
        let n_before = comparison.leaves.len();
        row.leaves(accepted, &mut comparison.leaves);
        let is_paired = row.truth.is_some() && row.output.is_some();
        let are_right = comparison.leaves[n_before..]
            .iter()
            .all(|leaf| leaf.is_right);
        comparison.n_rows_right += u64::from(is_paired && are_right);
    }
    comparison
}

/// A form that the other side does not have: all that is in it is wrong.
pub(super) fn lone(form: &Value) -> Comparison {
    let nothing = Value::Object(serde_json::Map::new());
    compare(&nothing, form, &Accepted::new())
}

fn compare_heads(truth: &Value, output: &Value, accepted: &Accepted, comparison: &mut Comparison) {
    let (heads, read) = (head_leaves(truth), head_leaves(output));
    let by_path = |leaves: &[HeadLeaf]| -> BTreeMap<String, usize> {
        let paths = leaves.iter().enumerate();
        paths.map(|(idx, leaf)| (leaf.path.clone(), idx)).collect()
    };
    let (in_truth, in_output) = (by_path(&heads), by_path(&read));
    for head in &heads {
        let other = in_output.get(&head.path).map(|idx| &read[*idx]);
        let value = other.map(|leaf| &leaf.value);
        let pointer = match other {
            Some(leaf) => Some(leaf.pointer.clone()),
            // A fund that was not read has no place in the list.
            None => (!head.path.starts_with("/funds/")).then(|| head.path.clone()),
        };
        let values = (Some(&head.value), value);
        let leaf = leaf(&head.path, pointer, values, accepted);
        comparison.leaves.push(leaf);
        if LONG_HEADS.contains(&head.path.as_str()) {
            let read = value.map_or(0.0, |value| {
                similarity(&fold(&to_text(&head.value)), &fold(&to_text(value)))
            });
            comparison.long_texts.push(read);
        }
    }
    for extra in read
        .iter()
        .filter(|leaf| !in_truth.contains_key(&leaf.path))
    {
        let pointer = Some(extra.pointer.clone());
        let leaf = leaf(&extra.path, pointer, (None, Some(&extra.value)), accepted);
        comparison.leaves.push(leaf);
    }
}

/// A row of either side or of both.
struct Row<'a> {
    truth: Option<&'a Value>,
    output: Option<&'a Value>,
    /// What its leaves are compared under.
    path: String,
    /// Where it is in the output.
    pointer: Option<String>,
    is_indicator: bool,
}

fn aligned<'a>(
    truth: &'a Value,
    output: &'a Value,
    table: &str,
    keys: &[(&str, f64)],
) -> Vec<Row<'a>> {
    let (of_truth, of_output) = (rows(truth, table), rows(output, table));
    let pairs = align(of_truth, of_output, keys).into_iter();
    let row = |(i, j): (Option<usize>, Option<usize>)| Row {
        truth: i.map(|i| &of_truth[i]),
        output: j.map(|j| &of_output[j]),
        path: match (i, j) {
            (Some(i), _) => format!("/{table}/{i}"),
            (None, j) => format!("/{table}/+{}", j.unwrap_or_default()),
        },
        pointer: j.map(|j| format!("/{table}/{j}")),
        is_indicator: table == "indicators",
    };
    pairs.map(row).collect()
}

impl Row<'_> {
    /// Appends the leaves of the row.
    fn leaves(&self, accepted: &Accepted, leaves: &mut Vec<Leaf>) {
        let truth = self.truth.map(row_leaves).unwrap_or_default();
        let mut output = self.output.map(row_leaves).unwrap_or_default();
        let has_operator = truth.iter().any(|(key, _)| *key == "operator");
        if self.is_indicator && self.is_paired_text() && !has_operator {
            // Of a value that is a text `qualitative` says no more than no operator does.
            output
                .retain(|(key, value)| *key != "operator" || value.as_str() != Some("qualitative"));
        }
        let mut push = |key: &str, truth, output| {
            let pointer = self.pointer.as_ref().map(|row| format!("{row}/{key}"));
            let path = format!("{}/{key}", self.path);
            leaves.push(leaf(&path, pointer, (truth, output), accepted));
        };
        for (key, value) in &truth {
            let other = output.iter().find(|(other, _)| other == key);
            push(key, Some(*value), other.map(|(_, value)| *value));
        }
        for (key, value) in &output {
            if !truth.iter().any(|(other, _)| other == key) {
                push(key, None, Some(*value));
            }
        }
    }

    /// Whether both sides have the row, and its target in the truth is no number.
    fn is_paired_text(&self) -> bool {
        let (Some(truth), Some(_)) = (self.truth, self.output) else {
            return false;
        };
        let target = truth.get("target").filter(|target| !is_absent(target));
        target.is_none_or(|target| number(&fold(&to_text(target))).is_none())
    }
}

/// Holds a value against what it should be, and against what else is accepted there.
fn leaf(
    path: &str,
    pointer: Option<String>,
    (truth, output): (Option<&Value>, Option<&Value>),
    accepted: &Accepted,
) -> Leaf {
    let others = accepted.get(path).map_or(&[][..], Vec::as_slice);
    let is_right = |strictness| {
        let is_same = |other: Option<&Value>| match (other, output) {
            (Some(a), Some(b)) => canonical(path, a, strictness) == canonical(path, b, strictness),
            (None, None) => true,
            _ => false,
        };
        let of_others = others
            .iter()
            .any(|other| is_same(Some(other).filter(|other| !is_absent(other))));
        of_others || truth.is_some() && is_same(truth)
    };
    Leaf {
        path: path.to_owned(),
        pointer,
        truth: truth.cloned(),
        output: output.cloned(),
        is_right: is_right(Strictness::Lenient),
        is_strictly_right: is_right(Strictness::Strict),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(truth: Value, output: Value, accepted: Value, expected: Expect) {
        let accepted = serde_json::from_value(accepted).unwrap();
        let comparison = compare(&truth, &output, &accepted);
        let mark = |leaf: &Leaf| match (leaf.is_right, leaf.is_strictly_right) {
            (true, true) => "=",
            (true, false) => "~",
            (false, _) => "≠",
        };
        let lines = comparison.leaves.iter().map(|leaf| {
            let pointer = leaf.pointer.as_deref().unwrap_or("nowhere");
            format!("{} {} at {pointer}\n", mark(leaf), leaf.path)
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn heads_are_compared_by_path() {
        check(
            json!({ "title": "（表）", "annual_goal": "a", "remarks": "b" }),
            json!({ "title": "(表)", "annual_goal": "c", "total_score": "9" }),
            json!({ "/annual_goal": ["c"], "/total_score": [null], "/remarks": [null] }),
            expect![[r#"
                ~ /title at /title
                = /annual_goal at /annual_goal
                = /remarks at /remarks
                ≠ /total_score at /total_score
            "#]],
        );
    }

    #[test]
    fn rows_are_named_by_the_truth_and_found_in_the_output() {
        check(
            json!({ "indicators": [{ "level3": "数量" }, { "level3": "成本" }] }),
            json!({ "indicators": [{ "level3": "满意度" }, { "level3": "成本", "weight": "5" }] }),
            json!({}),
            expect![[r#"
                ≠ /indicators/0/level3 at nowhere
                ≠ /indicators/+0/level3 at /indicators/0/level3
                = /indicators/1/level3 at /indicators/1/level3
                ≠ /indicators/1/weight at /indicators/1/weight
            "#]],
        );
    }

    #[test]
    fn a_text_may_be_called_qualitative() {
        let row = |operator: Option<&str>, target: &str| json!({ "indicators": [{ "level3": "数量", "operator": operator, "target": target }] });
        check(
            row(None, "优良"),
            row(Some("qualitative"), "优良"),
            json!({}),
            expect![[r#"
                = /indicators/0/level3 at /indicators/0/level3
                = /indicators/0/target at /indicators/0/target
            "#]],
        );
        check(
            row(None, "95"),
            row(Some("qualitative"), "95.0"),
            json!({}),
            expect![[r#"
                = /indicators/0/level3 at /indicators/0/level3
                ~ /indicators/0/target at /indicators/0/target
                ≠ /indicators/0/operator at /indicators/0/operator
            "#]],
        );
    }

    #[test]
    fn a_fund_that_was_not_read_is_nowhere() {
        let fund = |amount: &str| json!({ "category": "project", "source": "total", "stage": "budget", "amount": amount });
        check(
            json!({ "funds": [fund("1.00")] }),
            json!({ "funds": [] }),
            json!({}),
            expect![[r#"
                ≠ /funds/project/total/budget at nowhere
            "#]],
        );
    }
}
