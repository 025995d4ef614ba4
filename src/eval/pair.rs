//! Which form of the run is which form of the truth: the assignment under which they are most alike.

use serde_json::Value;

use super::assign::assign;
use super::fold::{fold, is_absent, to_text};
use super::shape::rows;
use super::similar::shared;

/// Forms less alike than this are not the same form.
const LEAST_ALIKE: f64 = 0.3;

/// How much the order counts among forms that are alike.
const ORDER: f64 = 0.01;

/// Forms that are the same, sorted, and those that are alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pairs {
    /// Indices of the truth's form and of the output's.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Forms of the truth that the output does not have.
    pub(super) missing: Vec<usize>,
    /// Forms of the output that the truth does not have.
    pub(super) extra: Vec<usize>,
}

/// What of a form tells it from others.
struct Traits {
    /// Folded texts in the order of [`WEIGHTS`].
    texts: Vec<String>,
}

/// What a part of a form weighs, and whether it has to be the same instead of alike.
const WEIGHTS: &[(&[&str], f64, bool)] = &[
    (&["project", "code"], 4.0, false),
    (&["project", "name"], 3.0, false),
    (&["family"], 1.0, true),
    (&["title"], 1.0, false),
    (&["budget_unit", "name"], 1.0, false),
    (&["department", "name"], 1.0, false),
    (&["annual_goal"], 2.0, false),
    // Names of the indicators, then their targets and weights.
    (&[], 4.0, false),
    (&[], 1.0, false),
];

impl Traits {
    fn new(form: &Value) -> Self {
        let head = WEIGHTS
            .iter()
            .filter(|(path, _, _)| !path.is_empty())
            .map(|(path, _, _)| {
                let found = path.iter().try_fold(form, |value, key| value.get(*key));
                found
                    .filter(|value| !is_absent(value))
                    .map_or(String::new(), |value| fold(&to_text(value)))
            });
        let rows = rows(form, "indicators").iter();
        let names = rows.clone().map(|row| {
            let is_name = |value: &&Value| {
                !is_absent(value) && **value != Value::Bool(false) && value.as_f64() != Some(0.0)
            };
            let name = row.get("level3").filter(is_name);
            name.map_or(String::new(), |name| fold(&to_text(name)))
        });
        let values = rows.map(|row| {
            let text = |key| to_text(row.get(key).unwrap_or(&Value::Null));
            fold(&format!("{} {}", text("target"), text("weight")))
        });
        let joined = |texts: Vec<String>| texts.join("|");
        Self {
            texts: head
                .chain([joined(names.collect()), joined(values.collect())])
                .collect(),
        }
    }

    /// How much two forms are alike: 0 to 1.
    fn likeness(&self, other: &Self) -> Option<f64> {
        let (mut sum, mut whole) = (0.0, 0.0);
        for ((a, b), (_, weight, is_exact)) in self.texts.iter().zip(&other.texts).zip(WEIGHTS) {
            if a.is_empty() && b.is_empty() {
                continue;
            }
            whole += weight;
            sum += weight
                * match is_exact {
                    true => f64::from(u8::from(a == b)),
                    false => shared(a, b),
                };
        }
        (whole > 0.0).then(|| sum / whole)
    }
}

/// Pairs the forms of a file.
pub(super) fn pair(truth: &[Value], output: &[Value]) -> Pairs {
    let longest = truth.len().max(output.len());
    let traits = |forms: &[Value]| forms.iter().map(Traits::new).collect::<Vec<_>>();
    let (of_truth, of_output) = (traits(truth), traits(output));
    let likeness = |i: usize, j: usize| {
        let alike = of_truth[i].likeness(&of_output[j]);
        alike.map_or(0.0, |alike| {
            alike + ORDER * (1.0 - i.abs_diff(j) as f64 / longest as f64)
        })
    };
    let mut pairs: Vec<(usize, usize)> = if truth.len() > output.len() {
        let costs = costs(output.len(), truth.len(), |j, i| likeness(i, j));
        let columns = assign(&costs).into_iter().enumerate();
        columns.map(|(j, i)| (i, j)).collect()
    } else {
        let costs = costs(truth.len(), output.len(), likeness);
        assign(&costs).into_iter().enumerate().collect()
    };
    pairs.retain(|(i, j)| likeness(*i, *j) >= LEAST_ALIKE);
    pairs.sort_unstable();
    Pairs {
        missing: (0..truth.len())
            .filter(|i| !pairs.iter().any(|pair| pair.0 == *i))
            .collect(),
        extra: (0..output.len())
            .filter(|j| !pairs.iter().any(|pair| pair.1 == *j))
            .collect(),
        pairs,
    }
}

fn costs(n_rows: usize, n_columns: usize, likeness: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    let row = |row| {
        (0..n_columns)
            .map(|column| 1.0 - likeness(row, column))
            .collect()
    };
    (0..n_rows).map(row).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(code: &str, name: &str) -> Value {
        json!({ "family": "project_target", "project": { "code": code, "name": name } })
    }

    #[test]
    fn forms_are_paired_whatever_their_order() {
        let truth = [form("41", "道路养护"), form("52", "扶贫助学")];
        let output = [form("52", "扶贫助学"), form("41", "道路养炉")];
        assert_eq!(pair(&truth, &output).pairs, [(0, 1), (1, 0)]);
    }

    #[test]
    fn what_is_not_alike_is_alone() {
        let truth = [form("41", "道路养护"), form("52", "扶贫助学")];
        let output = [form("52", "扶贫助学")];
        let pairs = pair(&truth, &output);
        assert_eq!((pairs.pairs, pairs.missing), (vec![(1, 0)], vec![0]));
        let other = [json!({ "family": "a", "title": "甲" })];
        let pairs = pair(&[json!({ "family": "b", "title": "乙" })], &other);
        assert_eq!((pairs.missing, pairs.extra), (vec![0], vec![0]));
        assert_eq!(pair(&[], &[]), Pairs::default());
    }

    #[test]
    fn of_twins_the_order_decides() {
        let twins = [form("41", "甲"), form("41", "甲")];
        assert_eq!(pair(&twins, &twins).pairs, [(0, 0), (1, 1)]);
    }
}
