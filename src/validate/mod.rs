//! Validate: what a form says of itself is held against itself, and against what a second reader saw.
//! In: a [`Form`], and the pages it was read from. Out: the outcome of every rule that applies, and what was noticed.
//! Never: changes anything.
//!
//! A rule applies where the form prints what it is about: the rules of projects to a form with a project, the score
//! rule to a form with scores. No family is named here.

mod codes;
mod indicators;
mod second;
mod sums;

pub use second::second_opinions;

use crate::model::record::Check;
use crate::model::{Diagnostic, Form, Vocabulary};

/// What the rules say of a form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Validation {
    /// Every rule that applies, in the fixed order of this module.
    pub checks: Vec<Check>,
    /// Why a rule failed. `code_shape` has its finding from normalise, which sees it first.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a rule makes of a form.
type Rule = fn(&Form, &Vocabulary) -> Outcome;

/// Outcome of one rule.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// All that could be compared agrees.
    Pass,
    /// Something does not agree; why.
    Fail(Vec<Diagnostic>),
    /// Something it needs is not printed.
    NotApplicable,
}

impl Outcome {
    /// Fails with any finding; else passes if anything was compared.
    fn of(findings: Vec<Diagnostic>, was_compared: bool) -> Self {
        match (findings.is_empty(), was_compared) {
            (false, _) => Self::Fail(findings),
            (true, true) => Self::Pass,
            (true, false) => Self::NotApplicable,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// Holds a form against its own figures, codes and the known names.
#[must_use]
pub fn validate(form: &Form, vocabulary: &Vocabulary) -> Validation {
    let has_project = is_printed(form, "/project", form.project.is_some());
    let has_both_bodies = is_printed(form, "/department", form.department.is_some())
        && is_printed(form, "/budget_unit", form.budget_unit.is_some());
    let always = true;
    let rules: [(&str, bool, Rule); 10] = [
        ("funds_sum", always, |form, _| sums::funds_sum(form)),
        ("weight_sum", always, |form, _| sums::weight_sum(form)),
        ("score_sum", has_scores(form), |form, _| {
            sums::score_sum(form)
        }),
        ("unit_prefix", has_both_bodies, |form, _| {
            codes::unit_prefix(form)
        }),
        ("code_shape", has_project, |form, _| codes::code_shape(form)),
        ("region", has_project, |form, _| codes::region(form)),
        ("year_conflict", always, |form, _| {
            codes::year_conflict(form)
        }),
        ("level_vocabulary", always, indicators::level_vocabulary),
        ("percent_range", always, |form, _| {
            indicators::percent_range(form)
        }),
        ("duplicate_row", always, |form, _| {
            indicators::duplicate_row(form)
        }),
    ];
    let mut validation = Validation::default();
    for (rule, _, check) in rules.into_iter().filter(|(_, applies, _)| *applies) {
        let outcome = check(form, vocabulary);
        validation.checks.push(Check {
            rule: rule.to_owned(),
            outcome: outcome.name().to_owned(),
        });
        if let Outcome::Fail(findings) = outcome {
            validation.diagnostics.extend(findings);
        }
    }
    validation
}

/// Whether the label of `pointer`, or of something beneath it, is printed, with a value or without.
fn is_printed(form: &Form, pointer: &str, has_value: bool) -> bool {
    let beneath = format!("{pointer}/");
    has_value
        || form
            .empty
            .keys()
            .any(|empty| empty == pointer || empty.starts_with(&beneath))
}

/// Whether the form tells what was reached, and not only what was intended.
fn has_scores(form: &Form) -> bool {
    let total_is_printed = is_printed(form, "/total_score", form.total_score.is_some());
    total_is_printed
        || form.execution_score.is_some()
        || form.indicators.iter().any(|row| row.score.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{DecimalText, Fund, Indicator, Named, Project};
    use crate::model::vocabulary::Emptiness;

    pub(super) fn decimal(text: &str) -> Option<DecimalText> {
        DecimalText::from_canonical(text)
    }

    pub(super) fn vocabulary() -> Vocabulary {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        Vocabulary {
            level1: names(&["产出", "效益", "满意度", "成本"]),
            level2: ["数量", "质量", "社会效益"]
                .iter()
                .map(|name| ((*name).to_owned(), Vec::new()))
                .collect(),
            ..Vocabulary::default()
        }
    }

    pub(super) fn row(name: &str, target: &str, weight: Option<&str>) -> Indicator {
        Indicator {
            level1: Some("产出指标".to_owned()),
            level2: Some("数量指标".to_owned()),
            level3: Some(name.to_owned()),
            target: Some(target.to_owned()),
            weight: weight.and_then(decimal),
            ..Indicator::default()
        }
    }

    pub(super) fn fund(category: &str, source: &str, amount: &str) -> Fund {
        let amount = decimal(amount).unwrap();
        Fund {
            category: category.to_owned(),
            source: source.to_owned(),
            stage: "budget".to_owned(),
            amount,
        }
    }

    /// The outcome of one rule, `absent` if it does not apply, and the paths of its findings.
    #[track_caller]
    pub(super) fn check(form: &Form, rule: &str, outcome: &str, paths: &[&str]) {
        let validation = validate(form, &vocabulary());
        let found = validation
            .checks
            .iter()
            .find(|check| check.rule == rule)
            .map_or("absent", |check| &check.outcome);
        assert_eq!(found, outcome, "{:?}", validation.diagnostics);
        let of_rule = |said: &&Diagnostic| said.code.name().starts_with(rule);
        let found: Vec<_> = validation
            .diagnostics
            .iter()
            .filter(of_rule)
            .map(|said| said.path.as_str())
            .collect();
        assert_eq!(found, paths);
    }

    #[test]
    fn rules_that_apply_come_in_their_order() {
        let names = |form: &Form| {
            validate(form, &vocabulary())
                .checks
                .into_iter()
                .map(|check| check.rule)
                .collect::<Vec<_>>()
        };
        let always = [
            "funds_sum",
            "weight_sum",
            "year_conflict",
            "level_vocabulary",
            "percent_range",
            "duplicate_row",
        ];
        assert_eq!(names(&Form::default()), always);
        let full = Form {
            project: Some(Project::default()),
            department: Some(Named::default()),
            empty: [("/budget_unit".to_owned(), Emptiness::Blank)].into(),
            total_score: decimal("96"),
            ..Form::default()
        };
        let all = [
            "funds_sum",
            "weight_sum",
            "score_sum",
            "unit_prefix",
            "code_shape",
            "region",
            "year_conflict",
            "level_vocabulary",
            "percent_range",
            "duplicate_row",
        ];
        assert_eq!(names(&full), all);
    }

    #[test]
    fn blank_form_passes_nothing_and_fails_nothing() {
        let validation = validate(&Form::default(), &vocabulary());
        assert!(
            validation
                .checks
                .iter()
                .all(|check| check.outcome == "not_applicable")
        );
        assert_eq!(validation.diagnostics, []);
    }
}
