//! Rows of indicators: known names of levels, shares of a whole, rows read twice.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Outcome;
use crate::model::record::{DecimalText, Indicator};
use crate::model::{Code, Diagnostic, Form, Vocabulary};

/// Levels 1 and 2 are names of the vocabulary, brackets, numbers before them and the suffix 指标 aside. A name that is
/// none is said once.
pub(super) fn level_vocabulary(form: &Form, vocabulary: &Vocabulary) -> Outcome {
    let mut findings = Vec::new();
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (row_idx, row) in form.indicators.iter().enumerate() {
        for (key, name) in [("level1", &row.level1), ("level2", &row.level2)] {
            let Some(name) = name.as_deref().filter(|name| seen.insert((key, *name))) else {
                continue;
            };
            let known = match key {
                "level1" => vocabulary.known_level1(name),
                _ => vocabulary.known_level2(name),
            };
            if known.is_none() {
                let message = format!("{name:?} is none of the known names of {key}");
                findings.push(Diagnostic::new(
                    Code::LevelVocabulary,
                    format!("/indicators/{row_idx}/{key}"),
                    message,
                ));
            }
        }
    }
    Outcome::of(findings, !seen.is_empty())
}

/// A target in per cent that is bounded from below, or not at all, is at most 100.
pub(super) fn percent_range(form: &Form) -> Outcome {
    let mut findings = Vec::new();
    let mut was_compared = false;
    for (row_idx, row) in form.indicators.iter().enumerate() {
        let is_percent = matches!(row.measure_unit.as_deref(), Some("%" | "百分比"));
        let is_share = matches!(row.operator.as_deref(), Some("ge" | "gt" | "eq") | None);
        if !(is_percent && is_share) {
            continue;
        }
        for (key, target) in [
            ("target", &row.target),
            ("target_current", &row.target_current),
        ] {
            let value = target
                .as_deref()
                .and_then(DecimalText::from_canonical)
                .and_then(|decimal| decimal.value());
            let Some(value) = value else { continue };
            was_compared = true;
            if value > Decimal::ONE_HUNDRED {
                let message = format!("a share of {value}% is more than the whole");
                findings.push(Diagnostic::new(
                    Code::PercentRange,
                    format!("/indicators/{row_idx}/{key}"),
                    message,
                ));
            }
        }
    }
    Outcome::of(findings, was_compared)
}

/// No two rows have the same levels, name and target.
pub(super) fn duplicate_row(form: &Form) -> Outcome {
    let mut first_of: BTreeMap<[&str; 6], usize> = BTreeMap::new();
    let mut findings = Vec::new();
    for (row_idx, row) in form.indicators.iter().enumerate() {
        if row.level3.is_none() {
            continue;
        }
        let first = *first_of.entry(identity(row)).or_insert(row_idx);
        if first != row_idx {
            let message = format!("row {} repeats row {}", row_idx + 1, first + 1);
            findings.push(Diagnostic::new(
                Code::DuplicateRow,
                format!("/indicators/{row_idx}"),
                message,
            ));
        }
    }
    Outcome::of(findings, !first_of.is_empty())
}

fn identity(row: &Indicator) -> [&str; 6] {
    [
        &row.level1,
        &row.level2,
        &row.level3,
        &row.operator,
        &row.target,
        &row.measure_unit,
    ]
    .map(|text| text.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, row};
    use super::*;

    fn with_rows(indicators: Vec<Indicator>) -> Form {
        Form {
            indicators,
            ..Form::default()
        }
    }

    fn share(operator: Option<&str>, target: &str) -> Form {
        let mut share = row("完成率", target, None);
        share.operator = operator.map(str::to_owned);
        share.measure_unit = Some("%".to_owned());
        with_rows(vec![share])
    }

    #[test]
    fn levels_are_known_with_brackets_and_without() {
        let mut rows = vec![row("a", "1", None), row("b", "1", None)];
        rows[1].level1 = Some("产出指标（50分）".to_owned());
        rows[1].level2 = Some("1.数量".to_owned());
        check(&with_rows(rows.clone()), "level_vocabulary", "pass", &[]);
        rows[0].level1 = Some("郊益指标".to_owned());
        rows.push(rows[0].clone());
        check(
            &with_rows(rows),
            "level_vocabulary",
            "fail",
            &["/indicators/0/level1"],
        );
    }

    #[test]
    fn share_is_at_most_the_whole() {
        check(&share(Some("ge"), "100"), "percent_range", "pass", &[]);
        check(
            &share(Some("ge"), "292"),
            "percent_range",
            "fail",
            &["/indicators/0/target"],
        );
        check(
            &share(None, "292"),
            "percent_range",
            "fail",
            &["/indicators/0/target"],
        );
        check(
            &share(Some("le"), "110"),
            "percent_range",
            "not_applicable",
            &[],
        );
        check(
            &share(Some("ge"), "80-90"),
            "percent_range",
            "not_applicable",
            &[],
        );
    }

    #[test]
    fn row_read_twice_is_said() {
        let rows = vec![
            row("满意度", "95", None),
            row("完成率", "95", None),
            row("满意度", "95", None),
        ];
        check(
            &with_rows(rows.clone()),
            "duplicate_row",
            "fail",
            &["/indicators/2"],
        );
        check(&with_rows(rows[..2].to_vec()), "duplicate_row", "pass", &[]);
    }
}
