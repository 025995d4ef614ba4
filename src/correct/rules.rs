//! Checks of a record after a correction.

use crate::model::Record;
use crate::model::record::{Check, Finding, Project};

/// What a corrected record is held against; whoever knows the rooms of the walk gives it.
pub trait Rules {
    /// What the rules say of a record: outcomes in the order of records, and why some failed.
    fn check(&self, record: &Record) -> (Vec<Check>, Vec<Finding>);

    /// Fills the parts of a project code in from the code.
    fn take_apart(&self, project: &mut Project);

    /// Puts findings in the order of records.
    fn sort(&self, findings: &mut Vec<Finding>);
}

/// Makes the checks of a record anew, as it was `before` and as it is `after` its corrections.
///
/// A record does not hold all that its checks were made of (the score of the execution row). A rule that does not come to the outcome that
/// the record states for it cannot say anything of the corrected one either: where it changes its mind, `not_applicable` is stated.
pub(super) fn recheck(before: &Record, after: &mut Record, rules: &dyn Rules) {
    let (checks_after, findings_after) = rules.check(after);
    if before.checks.is_empty() {
        // It was put there by a correction.
        after.checks = checks_after;
        after.diagnostics.extend(findings_after);
        return;
    }
    let (checks_before, findings_before) = rules.check(before);
    let outcome = |checks: &[Check], rule: &str| {
        let found = checks.iter().find(|check| check.rule == rule);
        found.map(|check| check.outcome.clone())
    };
    let stated = std::mem::take(&mut after.checks);
    let mut checks = Vec::new();
    for check in &checks_after {
        let was = outcome(&checks_before, &check.rule);
        let said = outcome(&stated, &check.rule);
        checks.push(Check {
            rule: check.rule.clone(),
            outcome: match said {
                Some(said) if was.as_ref() == Some(&said) => check.outcome.clone(),
                Some(said) if was.as_ref() == Some(&check.outcome) => said,
                None if was.is_none() => check.outcome.clone(),
                _ => "not_applicable".to_owned(),
            },
        });
    }
    // A rule that the record alone would not have called for, and that was stated.
    for check in stated {
        let is_known = |checks: &[Check]| checks.iter().any(|other| other.rule == check.rule);
        if !is_known(&checks_after) && !is_known(&checks_before) {
            checks.push(check);
        }
    }
    after.checks = checks;
    let is_of_rule = |finding: &Finding| findings_before.iter().any(|old| old.code == finding.code);
    // A finding that the rules no longer have has been settled; those that they have again are taken anew.
    after.diagnostics.retain(|finding| !is_of_rule(finding));
    let is_trusted = |finding: &&Finding| {
        // `score_sum` is the finding of the rule `score_sum`.
        outcome(&after.checks, &finding.code).is_none_or(|outcome| outcome == "fail")
    };
    let found: Vec<Finding> = findings_after.iter().filter(is_trusted).cloned().collect();
    after.diagnostics.extend(found);
}
