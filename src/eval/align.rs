//! Which row of the run is which row of the truth: the alignment in their order under which they are most alike.

use serde_json::Value;

use super::fold::{fold, is_absent, to_text};
use super::similar::shared;

/// Rows less alike than this are not the same row.
const LEAST_ALIKE: f64 = 0.25;

/// What a value that is alike counts beside one that is the same.
const ALIKE: f64 = 0.9;

/// What it costs to pair rows that are not the same.
const UNLIKE: f64 = -1.0;

/// Sums that differ by less are the same: what adding rounds off.
const ROUNDING: f64 = 1e-9;

/// Keys by which indicators are told apart, and what they weigh.
pub(super) const INDICATOR_KEYS: &[(&str, f64)] = &[
    ("level3", 6.0),
    ("level2", 1.0),
    ("level1", 0.5),
    ("target", 1.0),
    ("weight", 0.5),
    ("operator", 0.3),
    ("measure_unit", 0.5),
];

/// Keys by which tasks are told apart, and what they weigh.
pub(super) const TASK_KEYS: &[(&str, f64)] = &[("name", 2.0), ("content", 3.0), ("amount", 1.0)];

/// A row of the truth beside the same row of the output; at least one of them is there.
pub(super) type RowPair = (Option<usize>, Option<usize>);

/// Aligns rows; both sides keep their order.
pub(super) fn align(truth: &[Value], output: &[Value], keys: &[(&str, f64)]) -> Vec<RowPair> {
    if truth == output {
        return (0..truth.len()).map(|idx| (Some(idx), Some(idx))).collect();
    }
    let (n, m) = (truth.len(), output.len());
    let folded = |rows: &[Value]| rows.iter().map(|row| fold_row(row, keys)).collect();
    let (truth, output): (Vec<_>, Vec<_>) = (folded(truth), folded(output));
    let alike: Vec<Vec<f64>> = truth
        .iter()
        .map(|a| output.iter().map(|b| likeness(a, b, keys)).collect())
        .collect();
    // best[i][j]: what the rows from i and j on can come to.
    let mut best = vec![vec![0.0_f64; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let gain = if alike[i][j] > LEAST_ALIKE {
                alike[i][j]
            } else {
                UNLIKE
            };
            best[i][j] = best[i + 1][j]
                .max(best[i][j + 1])
                .max(best[i + 1][j + 1] + gain);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < n && j < m {
        let paired = best[i + 1][j + 1] + alike[i][j];
        if alike[i][j] > LEAST_ALIKE && (best[i][j] - paired).abs() < ROUNDING {
            pairs.push((Some(i), Some(j)));
            i += 1;
            j += 1;
        } else if best[i][j].total_cmp(&best[i + 1][j]).is_eq() {
            pairs.push((Some(i), None));
            i += 1;
        } else {
            pairs.push((None, Some(j)));
            j += 1;
        }
    }
    pairs.extend((i..n).map(|i| (Some(i), None)));
    pairs.extend((j..m).map(|j| (None, Some(j))));
    pairs
}

/// The values of these keys as they are compared.
fn fold_row(row: &Value, keys: &[(&str, f64)]) -> Vec<Option<String>> {
    let value = |key| row.get(key).filter(|value| !is_absent(value));
    keys.iter()
        .map(|(key, _)| value(*key).map(|value| fold(&to_text(value))))
        .collect()
}

/// How much two rows are alike: 0 to 1.
fn likeness(a: &[Option<String>], b: &[Option<String>], keys: &[(&str, f64)]) -> f64 {
    let (mut sum, mut whole) = (0.0, 0.0);
    for ((a, b), (_, weight)) in a.iter().zip(b).zip(keys) {
        if a.is_none() && b.is_none() {
            continue;
        }
        whole += weight;
        if let (Some(a), Some(b)) = (a, b) {
            let alike = if a == b { 1.0 } else { shared(a, b) * ALIKE };
            sum += weight * alike;
        }
    }
    if whole > 0.0 { sum / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(truth: &[&str], output: &[&str], pairs: &[RowPair]) {
        let rows = |names: &[&str]| -> Vec<Value> {
            names.iter().map(|name| json!({ "level3": name })).collect()
        };
        assert_eq!(align(&rows(truth), &rows(output), INDICATOR_KEYS), pairs);
    }

    #[test]
    fn a_row_that_is_missing_moves_no_other() {
        check(
            &["数量", "质量", "时效"],
            &["数量", "时效"],
            &[(Some(0), Some(0)), (Some(1), None), (Some(2), Some(1))],
        );
        check(
            &["数量"],
            &["成本", "数量"],
            &[(None, Some(0)), (Some(0), Some(1))],
        );
    }

    #[test]
    fn rows_that_are_alike_are_the_same() {
        check(
            &["参训人员满意度"],
            &["参训人员满意庋"],
            &[(Some(0), Some(0))],
        );
        check(&["甲"], &["乙"], &[(Some(0), None), (None, Some(0))]);
        check(
            &["甲", "甲"],
            &["甲", "甲"],
            &[(Some(0), Some(0)), (Some(1), Some(1))],
        );
        check(&[], &[], &[]);
    }
}
