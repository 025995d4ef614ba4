//! What tells forms apart when a sample is drawn: how far they are proven, where they come from, and how they are laid out.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::model::Record;
use crate::model::record::Named;

/// Codes of findings that say that a layout was not read as it is printed, but told.
const LAYOUT_FINDINGS: [&str; 2] = ["label_inferred", "level_placed"];

/// What is known of a form before anyone looks at it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traits {
    /// How far its checks prove it.
    pub proof: Proof,
    /// `document.source` of the record.
    pub source: String,
    /// Its family.
    pub family: String,
    /// Province: the first two digits of the project's region code (GB/T 2260).
    pub province: Option<String>,
    /// What its layout shows, as a number: the grammar, the keys that are printed, the columns of indicators, the labels of attributes, and
    /// whether labels or levels were told rather than read. Layouts are told apart by it, and nothing else.
    pub layout: u64,
}

/// How far the checks of a form prove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// A check fails.
    Failed,
    /// No check fails, and one at least passes.
    Proven,
    /// No check could be made.
    Unproven,
}

impl Proof {
    /// Its name in strata.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Proven => "proven",
            Self::Unproven => "unproven",
        }
    }
}

impl Traits {
    /// Those of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let has = |outcome: &str| record.checks.iter().any(|check| check.outcome == outcome);
        let proof = match (has("fail"), has("pass")) {
            (true, _) => Proof::Failed,
            (false, true) => Proof::Proven,
            (false, false) => Proof::Unproven,
        };
        let project = record.project.as_ref();
        let region = project.and_then(|project| project.region_code.as_deref());
        let province = region.and_then(|code| code.get(..2));
        Self {
            proof,
            source: record.document.source.clone(),
            family: record.family.clone(),
            province: province.map(str::to_owned),
            layout: layout(record),
        }
    }
}

/// A number of what a layout shows. What a form merely leaves blank changes nothing: a label that is printed is printed.
fn layout(record: &Record) -> u64 {
    let mut shown: BTreeSet<String> = BTreeSet::new();
    let mut show = |name: &str, is_shown: bool| {
        if is_shown {
            shown.insert(name.to_owned());
        }
    };
    let is_named = |named: &Option<Named>| named.is_some();
    show("title", record.title.is_some());
    show("fiscal_year", record.fiscal_year.is_some());
    show("department", is_named(&record.department));
    show("budget_unit", is_named(&record.budget_unit));
    show("project", record.project.is_some());
    show("functions", !record.functions.is_empty());
    show("contact/person", record.contact.person.is_some());
    show("contact/phone", record.contact.phone.is_some());
    show(
        "execution_rate_weight",
        record.execution_rate_weight.is_some(),
    );
    show("annual_goal", record.annual_goal.is_some());
    show("actual_result", record.actual_result.is_some());
    show("tasks", !record.tasks.is_empty());
    show("total_score", record.total_score.is_some());
    show("remarks", record.remarks.is_some());
    for row in &record.indicators {
        show("indicators/level1", row.level1.is_some());
        show("indicators/level2", row.level2.is_some());
        show("indicators/level3", row.level3.is_some());
        show("indicators/target", row.target.is_some());
        show("indicators/target_current", row.target_current.is_some());
        show("indicators/weight", row.weight.is_some());
        show("indicators/weight_current", row.weight_current.is_some());
        show("indicators/actual", row.actual.is_some());
        show("indicators/score", row.score.is_some());
        show("indicators/deviation", row.deviation.is_some());
        show("indicators/note", row.note.is_some());
    }
    for fund in &record.funds {
        show(&format!("funds/{}/{}", fund.category, fund.stage), true);
    }
    for attribute in &record.attributes {
        show(&format!("attributes/{}", attribute.label), true);
    }
    // Numbers of rows are no part of a layout.
    for pointer in record.empty.keys() {
        let is_key = |step: &&str| !step.is_empty() && !step.bytes().all(|b| b.is_ascii_digit());
        let steps: Vec<&str> = pointer.split('/').filter(is_key).collect();
        show(&steps.join("/"), true);
    }
    for finding in &record.diagnostics {
        let is_told = LAYOUT_FINDINGS.contains(&finding.code.as_str());
        show(&format!("finding/{}", finding.code), is_told);
    }
    let mut digest = Sha256::new();
    digest.update(record.grammar.as_bytes());
    for name in &shown {
        digest.update([0]);
        digest.update(name.as_bytes());
    }
    let bytes: [u8; 32] = digest.finalize().into();
    bytes[..8]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{Check, Indicator, Project};

    fn check(outcome: &str) -> Check {
        Check {
            rule: "r".to_owned(),
            outcome: outcome.to_owned(),
        }
    }

    fn proof(outcomes: &[&str]) -> Proof {
        let checks = outcomes.iter().map(|outcome| check(outcome)).collect();
        Traits::of(&Record {
            checks,
            ..Record::default()
        })
        .proof
    }

    #[test]
    fn one_failed_check_is_enough() {
        assert_eq!(proof(&["pass", "fail"]), Proof::Failed);
        assert_eq!(proof(&["pass", "not_applicable"]), Proof::Proven);
        assert_eq!(proof(&["not_applicable"]), Proof::Unproven);
        assert_eq!(proof(&[]), Proof::Unproven);
    }

    #[test]
    fn the_province_is_the_first_two_digits() {
        let region = |code: Option<&str>| {
            let project = Project {
                region_code: code.map(str::to_owned),
                ..Project::default()
            };
            let record = Record {
                project: Some(project),
                ..Record::default()
            };
            Traits::of(&record).province
        };
        assert_eq!(region(Some("510107")).as_deref(), Some("51"));
        assert_eq!(region(Some("川")), None);
        assert_eq!(region(None), None);
    }

    #[test]
    fn a_blank_value_has_the_layout_of_a_filled_one() {
        let row = |target: Option<&str>| Indicator {
            target: target.map(str::to_owned),
            ..Indicator::default()
        };
        let filled = Record {
            indicators: vec![row(Some("5"))],
            ..Record::default()
        };
        let blank = Record {
            indicators: vec![row(None)],
            empty: [("/indicators/0/target".to_owned(), "blank".to_owned())].into(),
            ..Record::default()
        };
        let more = Record {
            indicators: vec![row(Some("5")), row(Some("6"))],
            ..Record::default()
        };
        let other = Record {
            indicators: vec![row(None)],
            ..Record::default()
        };
        assert_eq!(layout(&filled), layout(&blank));
        assert_eq!(layout(&filled), layout(&more));
        assert_ne!(layout(&filled), layout(&other));
    }
}
