//! Sums: funds, weights, scores. All in exact decimals, with no tolerance: these forms are printed as they are added.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{Outcome, has_scores, is_printed};
use crate::model::record::DecimalText;
use crate::model::{Code, Diagnostic, Form};

/// Sources of funds that add up to the total of their category.
const PARTS: [&str; 7] = [
    "fiscal",
    "special_account",
    "unit",
    "social",
    "bank_loan",
    "carryover",
    "other",
];

/// For each category and stage, the total against the sum of its sources; where the whole and its divisions are
/// printed, the whole against those: all = basic + project, basic = personnel + operating.
pub(super) fn funds_sum(form: &Form) -> Outcome {
    let mut findings = Vec::new();
    let mut was_compared = false;
    let stages: BTreeSet<&str> = form.funds.iter().map(|fund| fund.stage.as_str()).collect();
    for stage in stages {
        let amount = |category: &str, source: &str| {
            let found = form.funds.iter().position(|fund| {
                fund.category == category && fund.source == source && fund.stage == stage
            })?;
            Some((found, form.funds[found].amount.value()?))
        };
        let mut compare = |whole: (usize, Decimal), sum: Option<Decimal>, what: &str| {
            let Some(sum) = sum else { return };
            was_compared = true;
            if whole.1 != sum {
                let message = format!("{what} is {} yuan, its parts come to {sum}", whole.1);
                findings.push(Diagnostic::new(
                    Code::FundsSum,
                    format!("/funds/{}/amount", whole.0),
                    message,
                ));
            }
        };
        let categories: BTreeSet<&str> = form
            .funds
            .iter()
            .map(|fund| fund.category.as_str())
            .collect();
        for category in categories {
            let Some(total) = amount(category, "total") else {
                continue;
            };
            let parts: Vec<Decimal> = PARTS
                .iter()
                .filter_map(|source| amount(category, source))
                .map(|(_, value)| value)
                .collect();
            if !parts.is_empty() {
                compare(
                    total,
                    add(parts),
                    &format!("the total of {category} ({stage})"),
                );
            }
        }
        for (whole, divisions) in [
            ("all", ["basic", "project"]),
            ("basic", ["personnel", "operating"]),
        ] {
            for source in PARTS.iter().chain(&["total"]) {
                let (Some(whole_amount), Some(first), Some(second)) = (
                    amount(whole, source),
                    amount(divisions[0], source),
                    amount(divisions[1], source),
                ) else {
                    continue;
                };
                let what = format!("{source} of {whole} ({stage})");
                compare(whole_amount, add([first.1, second.1]), &what);
            }
        }
    }
    Outcome::of(findings, was_compared)
}

/// The weights of all rows come to 100, or to 100 less the execution weight; with scores, rows and execution come to
/// 100 together. A blank weight among others, or a blank execution weight, leaves the rule without what it needs.
pub(super) fn weight_sum(form: &Form) -> Outcome {
    let columns = [
        (
            "weight",
            form.indicators
                .iter()
                .map(|row| &row.weight)
                .collect::<Vec<_>>(),
        ),
        (
            "weight_current",
            form.indicators
                .iter()
                .map(|row| &row.weight_current)
                .collect(),
        ),
    ];
    let mut findings = Vec::new();
    let mut was_compared = false;
    let execution_is_printed = is_printed(
        form,
        "/execution_rate_weight",
        form.execution_rate_weight.is_some(),
    );
    for (column, weights) in columns
        .into_iter()
        .filter(|(_, weights)| weights.iter().any(|weight| weight.is_some()))
    {
        let Some(sum) = sum_of(weights.iter().map(|weight| weight.as_ref())) else {
            return Outcome::NotApplicable;
        };
        let execution = match &form.execution_rate_weight {
            Some(weight) => match weight.value() {
                Some(weight) => Some(weight),
                None => return Outcome::NotApplicable,
            },
            None if execution_is_printed => return Outcome::NotApplicable,
            None => None,
        };
        let hundred = Decimal::ONE_HUNDRED;
        let rest = execution.and_then(|execution| hundred.checked_sub(execution));
        let fits = match rest {
            Some(rest) if has_scores(form) => sum == rest,
            Some(rest) => sum == rest || sum == hundred,
            // Ten points are left for an execution weight that this form does not print.
            None if sum == Decimal::from(90) => return Outcome::NotApplicable,
            None => sum == hundred,
        };
        was_compared = true;
        if !fits {
            let expected = rest.unwrap_or(hundred).normalize();
            let message = format!(
                "{column} of {} rows comes to {}, expected {expected}",
                weights.len(),
                sum.normalize()
            );
            findings.push(Diagnostic::new(Code::WeightSum, "/indicators", message));
        }
    }
    Outcome::of(findings, was_compared)
}

/// The scores of all rows and of the execution row come to the total score.
pub(super) fn score_sum(form: &Form) -> Outcome {
    let scores = form
        .indicators
        .iter()
        .map(|row| row.score.as_deref().and_then(DecimalText::from_canonical));
    let scores: Vec<Option<DecimalText>> = scores.collect();
    let total = form.total_score.as_ref().and_then(DecimalText::value);
    let (Some(total), Some(rows), false) = (
        total,
        sum_of(scores.iter().map(Option::as_ref)),
        scores.is_empty(),
    ) else {
        return Outcome::NotApplicable;
    };
    let execution = form.execution_score.as_ref().map(DecimalText::value);
    let sum = match execution {
        Some(Some(execution)) => rows.checked_add(execution),
        Some(None) => None,
        // A row of execution that has a weight has a score too: it was not printed, or not read.
        None if form.execution_rate_weight.is_some() && rows != total => None,
        None => Some(rows),
    };
    let Some(sum) = sum else {
        return Outcome::NotApplicable;
    };
    if sum == total {
        return Outcome::Pass;
    }
    let message = format!(
        "the scores come to {}, the total score is {}",
        sum.normalize(),
        total.normalize()
    );
    Outcome::Fail(vec![Diagnostic::new(
        Code::ScoreSum,
        "/total_score",
        message,
    )])
}

/// The sum; `None` if any is missing or a value is too long.
fn sum_of<'d>(values: impl IntoIterator<Item = Option<&'d DecimalText>>) -> Option<Decimal> {
    values
        .into_iter()
        .try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value?.value()?))
}

fn add(values: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    values
        .into_iter()
        .try_fold(Decimal::ZERO, Decimal::checked_add)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, decimal, fund, row};
    use super::*;
    use crate::model::record::{Fund, Indicator};
    use crate::model::vocabulary::Emptiness;

    fn with_funds(funds: Vec<Fund>) -> Form {
        Form {
            funds,
            ..Form::default()
        }
    }

    fn with_weights(weights: &[Option<&str>], execution: Option<&str>) -> Form {
        let rows = weights
            .iter()
            .enumerate()
            .map(|(i, weight)| row(&format!("指标{i}"), "1", *weight));
        Form {
            indicators: rows.collect(),
            execution_rate_weight: execution.and_then(decimal),
            ..Form::default()
        }
    }

    #[test]
    fn parts_come_to_their_total_exactly() {
        let right = vec![
            fund("project", "total", "10.00"),
            fund("project", "fiscal", "9.99"),
            fund("project", "unit", "0.01"),
        ];
        check(&with_funds(right), "funds_sum", "pass", &[]);
        let wrong = vec![
            fund("project", "total", "10.00"),
            fund("project", "fiscal", "9.99"),
        ];
        check(
            &with_funds(wrong),
            "funds_sum",
            "fail",
            &["/funds/0/amount"],
        );
        check(
            &with_funds(vec![fund("project", "total", "10.00")]),
            "funds_sum",
            "not_applicable",
            &[],
        );
    }

    #[test]
    fn whole_is_basic_and_project() {
        let mut funds = vec![
            fund("all", "total", "30.00"),
            fund("basic", "total", "10.00"),
            fund("project", "total", "20.00"),
        ];
        check(&with_funds(funds.clone()), "funds_sum", "pass", &[]);
        funds[0] = fund("all", "total", "31.00");
        check(
            &with_funds(funds),
            "funds_sum",
            "fail",
            &["/funds/0/amount"],
        );
    }

    #[test]
    fn weights_come_to_100_or_leave_the_execution_weight() {
        check(
            &with_weights(&[Some("50"), Some("50.0")], None),
            "weight_sum",
            "pass",
            &[],
        );
        check(
            &with_weights(&[Some("40"), Some("50")], Some("10")),
            "weight_sum",
            "pass",
            &[],
        );
        check(
            &with_weights(&[Some("50"), Some("50")], Some("10")),
            "weight_sum",
            "pass",
            &[],
        );
        check(
            &with_weights(&[Some("40"), Some("40")], Some("10")),
            "weight_sum",
            "fail",
            &["/indicators"],
        );
        check(
            &with_weights(&[Some("40"), Some("40")], None),
            "weight_sum",
            "fail",
            &["/indicators"],
        );
    }

    #[test]
    fn blank_weights_leave_the_rule_without_a_say() {
        check(
            &with_weights(&[Some("40"), None], Some("10")),
            "weight_sum",
            "not_applicable",
            &[],
        );
        check(
            &with_weights(&[Some("40"), Some("50")], None),
            "weight_sum",
            "not_applicable",
            &[],
        );
        let mut blank = with_weights(&[Some("50"), Some("50")], None);
        blank
            .empty
            .insert("/execution_rate_weight".to_owned(), Emptiness::Blank);
        check(&blank, "weight_sum", "not_applicable", &[]);
        check(
            &with_weights(&[None, None], Some("10")),
            "weight_sum",
            "not_applicable",
            &[],
        );
    }

    fn scored(scores: &[Option<&str>], execution: Option<&str>, total: &str) -> Form {
        let score = |score: &Option<&str>| Indicator {
            score: score.map(str::to_owned),
            ..Indicator::default()
        };
        Form {
            indicators: scores.iter().map(score).collect(),
            execution_score: execution.and_then(decimal),
            total_score: decimal(total),
            ..Form::default()
        }
    }

    #[test]
    fn scores_come_to_the_total() {
        check(
            &scored(&[Some("45.4"), Some("40")], Some("10"), "95.4"),
            "score_sum",
            "pass",
            &[],
        );
        check(
            &scored(&[Some("45.4"), Some("40")], Some("10"), "96.0"),
            "score_sum",
            "fail",
            &["/total_score"],
        );
        check(
            &scored(&[Some("45.4"), None], Some("10"), "96.0"),
            "score_sum",
            "not_applicable",
            &[],
        );
        check(
            &scored(&[Some("优")], None, "96.0"),
            "score_sum",
            "not_applicable",
            &[],
        );
    }

    #[test]
    fn numbers_too_long_for_a_decimal_have_no_say() {
        let long = "9".repeat(40);
        check(
            &with_weights(&[Some(&long)], Some("10")),
            "weight_sum",
            "not_applicable",
            &[],
        );
        check(
            &with_weights(&[Some(&"7".repeat(28)), Some(&"7".repeat(28))], None),
            "weight_sum",
            "fail",
            &["/indicators"],
        );
    }
}
