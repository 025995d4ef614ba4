//! The order of findings: as their values stand in the record, then by code.
//!
//! Rooms notice things in the order of their own work, which may change from version to version. The order in the
//! output depends on nothing but the findings themselves.

use std::cmp::Ordering;

use crate::model::record::Finding;
use crate::model::{Code, Diagnostic};

/// Keys of the record that findings point into, in the order in which they are written; then keys of its parts.
const KEYS: &[&str] = &[
    "form_id",
    "document",
    "family",
    "grammar",
    "title",
    "fiscal_year",
    "amount_unit",
    "department",
    "budget_unit",
    "project",
    "functions",
    "contact",
    "execution_rate_weight",
    "funds",
    "annual_goal",
    "actual_result",
    "tasks",
    "indicators",
    "total_score",
    "remarks",
    "attributes",
    "empty",
    "confidence",
    "checks",
    "diagnostics",
    // Parts of an object, in the order of each object.
    "code",
    "name",
    "region_code",
    "setup_year",
    "serial",
    "person",
    "phone",
    "source",
    "stage",
    "content",
    "amount",
    "level1",
    "level2",
    "level3",
    "operator",
    "target",
    "target_current",
    "measure_unit",
    "weight",
    "weight_current",
    "actual",
    "score",
    "deviation",
    "note",
    "label",
    "value",
];

/// Sorts findings by the place of their value in the record, then by code and message; drops exact repetitions.
///
/// Findings on the whole record (empty path) come first, paths that lead nowhere known last, in the order of their text.
pub fn sort_findings(findings: &mut Vec<Diagnostic>) {
    findings.sort_by(|a, b| {
        compare_pointers(&a.path, &b.path)
            .then_with(|| a.code.number().cmp(&b.code.number()))
            .then_with(|| a.message.cmp(&b.message))
            .then_with(|| a.severity.cmp(&b.severity))
    });
    findings.dedup();
}

/// Sorts the findings of a record that is there already, in the same order.
pub fn sort_record_findings(findings: &mut [Finding]) {
    let number = |finding: &Finding| Code::find(&finding.code).map_or(u16::MAX, Code::number);
    findings.sort_by(|a, b| {
        compare_pointers(&a.path, &b.path)
            .then_with(|| number(a).cmp(&number(b)))
            .then_with(|| a.message.cmp(&b.message))
    });
}

/// Compares two JSON Pointers step by step: a step is an index (by number) or a key (by its place in [`KEYS`]).
fn compare_pointers(a: &str, b: &str) -> Ordering {
    let mut steps_a = a.split('/').skip(1);
    let mut steps_b = b.split('/').skip(1);
    loop {
        match (steps_a.next(), steps_b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

/// Place of a step among its like: an index by its number, a key by its place in the record.
fn rank(step: &str) -> u64 {
    step.parse().unwrap_or_else(|_| {
        KEYS.iter()
            .position(|key| *key == step)
            .map_or(u64::MAX, |place| place as u64)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::sort_findings;
    use crate::model::{Code, Diagnostic};

    fn check(findings: &[(Code, &str)], expected: Expect) {
        let mut findings: Vec<Diagnostic> = findings
            .iter()
            .map(|(code, path)| Diagnostic::new(*code, *path, "m"))
            .collect();
        sort_findings(&mut findings);
        let lines: Vec<String> = findings
            .iter()
            .map(|finding| format!("{} {}", finding.path, finding.code))
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn rows_are_ordered_by_number_and_keys_as_printed_in_the_record() {
        check(
            &[
                (Code::Repaired, "/indicators/10/weight"),
                (Code::Repaired, "/indicators/2/weight"),
                (Code::Repaired, "/indicators/2/level1"),
                (Code::UnitPrefix, "/budget_unit"),
                (Code::WeightSum, ""),
            ],
            expect![[r#"
                 weight_sum
                /budget_unit unit_prefix
                /indicators/2/level1 repaired
                /indicators/2/weight repaired
                /indicators/10/weight repaired"#]],
        );
    }

    #[test]
    fn the_same_finding_twice_is_said_once() {
        check(
            &[(Code::Residue, "/remarks"), (Code::Residue, "/remarks")],
            expect!["/remarks residue"],
        );
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        check(
            &[(Code::CodeShape, "/project"), (Code::Repaired, "/project")],
            expect![[r#"
            /project repaired
            /project code_shape"#]],
        );
    }
}
