//! The judgement: what reviewers found, and what that says of the run.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::advice::{Advice, advice};
use super::defects::wrong_values;
use super::interval::{Looked, Rate, stratified, wilson};
use super::plan::Plan;
use super::set::{Chosen, ReviewSet, Verdict, VerdictKind};
use crate::correct::{Correction, Operation};
use crate::model::FormId;

/// `schema` of a judgement.
pub const JUDGEMENT_SCHEMA: &str = "jixiao.judgement/1";

/// Whether the run is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// All that counts was looked at, and no more is defective than the plan lets pass.
    Accepted,
    /// More is defective than the plan lets pass; what is still to be looked at cannot change that.
    Rejected,
    /// Some forms were not looked at.
    Unfinished,
}

/// What a reviewed sample says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "jixiao judgement of a sample, version 1", extend("additionalProperties" = false))]
pub struct Judgement {
    /// Always `jixiao.judgement/1`.
    #[schemars(extend("const" = JUDGEMENT_SCHEMA))]
    pub schema: &'static str,
    /// The plan.
    pub plan: String,
    /// The seed of the draw.
    pub seed: u64,
    /// sha256 of the run's forms.jsonl, hex.
    pub forms_sha256: String,
    /// Accepted or not.
    pub decision: Decision,
    /// Whether every form of the sample was looked at; where not, all rates are preliminary.
    pub finished: bool,
    /// Forms of the run.
    pub n_forms: u64,
    /// Forms drawn.
    pub n_drawn: u64,
    /// Of those, the ones that count for the acceptance number.
    pub n_counted: u64,
    /// Forms looked at.
    pub n_looked_at: u64,
    /// Defective ones of those.
    pub n_defective: u64,
    /// Defective ones of those that count.
    pub n_defective_counted: u64,
    /// The most with which the run is accepted.
    pub acceptance_number: u64,
    /// The rate of defective forms that the plan is made for, 0 to 1.
    pub target: f64,
    /// The rate of defective forms of the run: strata weighted by their forms. `None` where nothing was looked at.
    pub rate: Option<Rate>,
    /// Forms of a simple sample that would tell as much; `None` where every form of the run was looked at.
    pub n_effective: Option<f64>,
    /// The rate of the sample as it is, with Wilson's plain interval.
    pub plain: Rate,
    /// The rate of wrong values.
    pub leaves: LeafRate,
    /// Each stratum.
    pub strata: Vec<StratumRate>,
    /// Each field that was wrong, that of most forms first.
    pub fields: Vec<FieldRate>,
    /// Forms that reviewers added to the documents of the sample: they were missed, and are in no rate.
    pub n_missed_forms: u64,
    /// What to do next.
    pub advice: Vec<Advice>,
}

/// The rate of wrong values among those looked at.
///
/// Values of a form are wrong together, so that they tell less than as many lone ones would: the interval is Wilson's with the number of values
/// that would tell as much, from the spread between forms; with that of the forms where no value is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct LeafRate {
    /// Values of the forms looked at.
    pub n: u64,
    /// Wrong ones; a defective form that was not corrected has one.
    pub n_wrong: u64,
    /// Weighted as the strata are.
    #[serde(flatten)]
    pub rate: Rate,
}

/// The rate of a stratum.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct StratumRate {
    /// Its name.
    pub name: String,
    /// Forms of the run in it.
    pub n_forms: u64,
    /// Forms drawn.
    pub n_drawn: u64,
    /// Forms looked at.
    pub n_looked_at: u64,
    /// Defective ones.
    pub n_defective: u64,
    /// Wilson's interval.
    #[serde(flatten)]
    pub rate: Rate,
}

/// How often a field was wrong.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct FieldRate {
    /// Its pointer, with `*` for the numbers of rows.
    pub field: String,
    /// Forms in which it was.
    pub n_forms: u64,
    /// Values.
    pub n_wrong: u64,
    /// Share of the forms looked at.
    #[serde(flatten)]
    pub rate: Rate,
}

/// What was found of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Open,
    Right,
    Defective(Vec<String>),
}

/// Judges a review set by what reviewers left, in the order in which they left it.
///
/// A form is defective where its last verdict says so, or where corrections of its values stand; it is right where it was approved and none do;
/// else it was not looked at. Verdicts and corrections of other forms are passed over.
///
/// # Errors
/// Where the set is none that could have been drawn.
pub fn judge(
    set: &ReviewSet,
    verdicts: &[Verdict],
    corrections: &[Correction],
) -> Result<Judgement, String> {
    let plan: Plan = set.plan.parse()?;
    if let Some(chosen) = set
        .forms
        .iter()
        .find(|form| form.stratum >= set.strata.len())
    {
        return Err(format!("the form {} is of no stratum", chosen.form_id));
    }
    let found = found(set, verdicts, corrections);
    let looked = looked(set, &found);
    let is_defective = |found: &Found| matches!(found, Found::Defective(_));
    let n_looked_at: u64 = looked.iter().map(|one| one.n_looked_at).sum();
    let n_defective: u64 = looked.iter().map(|one| one.n_defective).sum();
    let counted = || {
        set.forms
            .iter()
            .zip(&found)
            .filter(|(form, _)| form.is_counted)
    };
    let n_defective_counted = counted().filter(|(_, found)| is_defective(found)).count() as u64;
    let n_drawn = set.forms.len() as u64;
    let finished = n_looked_at == n_drawn;
    let decision = if n_defective_counted > set.acceptance_number {
        Decision::Rejected
    } else if finished {
        Decision::Accepted
    } else {
        Decision::Unfinished
    };
    let overall = stratified(&looked);
    let strata: Vec<StratumRate> = set
        .strata
        .iter()
        .zip(&looked)
        .map(|(stratum, looked)| StratumRate {
            name: stratum.name.clone(),
            n_forms: stratum.n_forms,
            n_drawn: stratum.n_drawn,
            n_looked_at: looked.n_looked_at,
            n_defective: looked.n_defective,
            rate: plain(looked.n_defective, looked.n_looked_at),
        })
        .collect();
    let mut judgement = Judgement {
        schema: JUDGEMENT_SCHEMA,
        plan: set.plan.clone(),
        seed: set.seed,
        forms_sha256: set.forms_sha256.clone(),
        decision,
        finished,
        n_forms: set.n_forms,
        n_drawn,
        n_counted: counted().count() as u64,
        n_looked_at,
        n_defective,
        n_defective_counted,
        acceptance_number: set.acceptance_number,
        target: plan.target(),
        rate: overall.map(|(rate, _)| rate),
        n_effective: overall.and_then(|(_, n)| n),
        plain: plain(n_defective, n_looked_at),
        leaves: leaf_rate(set, &looked, &found),
        strata,
        fields: fields(&found, n_looked_at),
        n_missed_forms: missed_forms(set, corrections),
        advice: Vec::new(),
    };
    judgement.advice = advice(&judgement, plan);
    Ok(judgement)
}

fn plain(n_found: u64, n: u64) -> Rate {
    let rate = if n == 0 {
        0.0
    } else {
        n_found as f64 / n as f64
    };
    wilson(rate, n as f64)
}

fn found(set: &ReviewSet, verdicts: &[Verdict], corrections: &[Correction]) -> Vec<Found> {
    let last: BTreeMap<(&str, &str), VerdictKind> = verdicts
        .iter()
        .map(|verdict| {
            (
                (verdict.document.as_str(), verdict.form_id.as_str()),
                verdict.verdict,
            )
        })
        .collect();
    let mut of_form: BTreeMap<(&str, u32), Vec<&Correction>> = BTreeMap::new();
    for correction in corrections {
        let key = (correction.document.as_str(), correction.form);
        of_form.entry(key).or_default().push(correction);
    }
    let one = |form: &Chosen| {
        let made = FormId::ordinal_in(&form.form_id)
            .and_then(|n| of_form.get(&(form.document.as_str(), n)));
        let wrong = made.map_or(Vec::new(), |made| wrong_values(made));
        match last.get(&(form.document.as_str(), form.form_id.as_str())) {
            _ if !wrong.is_empty() => Found::Defective(wrong),
            Some(VerdictKind::Defective) => Found::Defective(Vec::new()),
            Some(VerdictKind::Approved) => Found::Right,
            Some(VerdictKind::Flagged | VerdictKind::Withdrawn) | None => Found::Open,
        }
    };
    set.forms.iter().map(one).collect()
}

fn looked(set: &ReviewSet, found: &[Found]) -> Vec<Looked> {
    let empty = |n_forms| Looked {
        n_forms,
        n_looked_at: 0,
        n_defective: 0,
    };
    let mut looked: Vec<Looked> = set
        .strata
        .iter()
        .map(|stratum| empty(stratum.n_forms))
        .collect();
    for (form, found) in set.forms.iter().zip(found) {
        let one = &mut looked[form.stratum];
        one.n_looked_at += u64::from(*found != Found::Open);
        one.n_defective += u64::from(matches!(found, Found::Defective(_)));
    }
    looked
}

fn leaf_rate(set: &ReviewSet, looked: &[Looked], found: &[Found]) -> LeafRate {
    // Weight of its stratum, values, wrong values.
    let mut forms: Vec<(f64, f64, f64)> = Vec::new();
    let (mut n, mut n_wrong) = (0, 0);
    for (form, found) in set.forms.iter().zip(found) {
        let wrong = match found {
            Found::Open => continue,
            Found::Right => 0,
            Found::Defective(wrong) => (wrong.len() as u64).max(1),
        };
        // What was missed is a value, too.
        let values = form.n_leaves.max(wrong);
        n += values;
        n_wrong += wrong;
        let stratum = looked[form.stratum];
        let weight = stratum.n_forms as f64 / stratum.n_looked_at as f64;
        forms.push((weight, values as f64, wrong as f64));
    }
    let total = |of: &dyn Fn(&(f64, f64, f64)) -> f64| forms.iter().map(of).sum::<f64>();
    let all = total(&|(weight, values, _)| weight * values);
    let rate = if all > 0.0 {
        total(&|(weight, _, wrong)| weight * wrong) / all
    } else {
        0.0
    };
    let spread = total(&|(weight, values, wrong)| (weight * (wrong - rate * values)).powi(2));
    let n_effective = if rate > 0.0 && rate < 1.0 && spread > 0.0 {
        (rate * (1.0 - rate) * all * all / spread).min(n as f64)
    } else {
        forms.len() as f64
    };
    LeafRate {
        n,
        n_wrong,
        rate: wilson(rate, n_effective),
    }
}

fn fields(found: &[Found], n_looked_at: u64) -> Vec<FieldRate> {
    let mut of_field: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for found in found {
        if let Found::Defective(wrong) = found {
            for field in wrong {
                of_field.entry(field).or_default().1 += 1;
            }
            for field in wrong.iter().collect::<BTreeSet<_>>() {
                of_field.entry(field).or_default().0 += 1;
            }
        }
    }
    let rate = |(field, (n_forms, n_wrong)): (&str, (u64, u64))| FieldRate {
        field: field.to_owned(),
        n_forms,
        n_wrong,
        rate: plain(n_forms, n_looked_at),
    };
    let mut fields: Vec<FieldRate> = of_field.into_iter().map(rate).collect();
    fields.sort_by_key(|field| std::cmp::Reverse((field.n_forms, field.n_wrong)));
    fields
}

/// Forms that were added behind the last of a document of the sample, and not taken away again.
fn missed_forms(set: &ReviewSet, corrections: &[Correction]) -> u64 {
    let documents: BTreeSet<&str> = set
        .forms
        .iter()
        .map(|form| form.document.as_str())
        .collect();
    let mut added: BTreeSet<(&str, u32)> = BTreeSet::new();
    let whole = corrections
        .iter()
        .filter(|one| one.pointer.is_empty() && documents.contains(one.document.as_str()));
    for correction in whole {
        let form = (correction.document.as_str(), correction.form);
        match correction.operation {
            Operation::Add if !is_drawn(set, form) => added.insert(form),
            Operation::Remove => added.remove(&form),
            Operation::Add | Operation::Replace => false,
        };
    }
    added.len() as u64
}

/// Whether a form was drawn: one that is put back after it was taken away was not missed.
fn is_drawn(set: &ReviewSet, (document, form): (&str, u32)) -> bool {
    set.forms.iter().any(|chosen| {
        chosen.document == document && FormId::ordinal_in(&chosen.form_id) == Some(form)
    })
}

#[cfg(test)]
mod tests {
    use super::super::set::{SAMPLE_SCHEMA, Stratum, VERDICT_SCHEMA};
    use super::*;

    /// Ten forms of two strata, of 100 and 20 forms; the last is on top.
    fn set(plan: &str, acceptance_number: u64) -> ReviewSet {
        let form = |n: usize| Chosen {
            form_id: format!("{n:016x}-0001"),
            document: format!("{n:064x}"),
            path: format!("{n}.txt"),
            stratum: usize::from(n >= 8),
            is_counted: n < 9,
            n_leaves: 10,
        };
        let stratum = |name: &str, n_forms, n_drawn| Stratum {
            name: name.to_owned(),
            n_forms,
            n_drawn,
        };
        ReviewSet {
            schema: SAMPLE_SCHEMA.to_owned(),
            plan: plan.to_owned(),
            seed: 1,
            n_forms: 120,
            forms_sha256: "0".repeat(64),
            code_letter: None,
            n_counted: 9,
            acceptance_number,
            strata: vec![stratum("a", 100, 8), stratum("b", 20, 2)],
            forms: (0..10).map(form).collect(),
        }
    }

    fn verdicts(kinds: &[(usize, VerdictKind)]) -> Vec<Verdict> {
        let verdict = |(n, verdict): &(usize, VerdictKind)| Verdict {
            schema: VERDICT_SCHEMA.to_owned(),
            form_id: format!("{n:016x}-0001"),
            document: format!("{n:064x}"),
            verdict: *verdict,
            by: "甲".to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            note: None,
        };
        kinds.iter().map(verdict).collect()
    }

    /// All approved, and then what is said of some.
    fn judged(plan: &str, acceptance_number: u64, more: &[(usize, VerdictKind)]) -> Judgement {
        let mut kinds: Vec<_> = (0..10).map(|n| (n, VerdictKind::Approved)).collect();
        kinds.extend_from_slice(more);
        judge(&set(plan, acceptance_number), &verdicts(&kinds), &[]).unwrap()
    }

    #[test]
    fn the_last_verdict_counts() {
        let (wrong, right) = (VerdictKind::Defective, VerdictKind::Approved);
        let judgement = judged("ci:5@95", 0, &[(0, wrong), (0, right)]);
        assert_eq!(
            (judgement.decision, judgement.n_defective),
            (Decision::Accepted, 0)
        );
        let judgement = judged("ci:5@95", 0, &[(0, wrong)]);
        assert_eq!(
            (judgement.decision, judgement.n_defective),
            (Decision::Rejected, 1)
        );
        assert_eq!(judgement.leaves.n_wrong, 1);
    }

    #[test]
    fn what_was_flagged_or_withdrawn_was_not_looked_at() {
        for kind in [VerdictKind::Flagged, VerdictKind::Withdrawn] {
            let judgement = judged("ci:5@95", 0, &[(3, kind)]);
            assert_eq!(judgement.decision, Decision::Unfinished);
            assert_eq!(judgement.advice, [Advice::Finish { n: 1 }]);
        }
    }

    #[test]
    fn a_form_on_top_does_not_count_and_is_in_the_rate() {
        let judgement = judged("aql:1.0", 0, &[(9, VerdictKind::Defective)]);
        assert_eq!(judgement.decision, Decision::Accepted);
        assert_eq!(
            (judgement.n_defective, judgement.n_defective_counted),
            (1, 0)
        );
        // Half of 20 forms among 120.
        assert!((judgement.rate.unwrap().rate - 10.0 / 120.0).abs() < 1e-12);
    }

    #[test]
    fn a_rejected_run_is_told_to_be_looked_at_and_tightened() {
        let judgement = judged("aql:1.0", 0, &[(8, VerdictKind::Defective)]);
        let expected = [
            Advice::InspectRest { n: 110 },
            Advice::ReviewStratum {
                name: "b".to_owned(),
                n_left: 18,
                low: judgement.strata[1].rate.low,
            },
            Advice::Tighten {
                plan: "aql:1.0,tightened".to_owned(),
            },
        ];
        assert_eq!(judgement.advice, expected);
    }

    #[test]
    fn a_form_that_reviewers_added_was_missed() {
        let added = |form, operation| Correction {
            schema: crate::correct::CORRECTION_SCHEMA.to_owned(),
            document: format!("{:064x}", 0),
            form,
            operation,
            pointer: String::new(),
            old: serde_json::Value::Null,
            new: serde_json::Value::Null,
            row: None,
            by: "甲".to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            why: None,
        };
        let missed = |corrections: &[Correction]| {
            let judgement = judge(&set("all", 0), &[], corrections);
            judgement.map(|judgement| judgement.n_missed_forms)
        };
        let (add, undo) = (added(2, Operation::Add), added(2, Operation::Remove));
        assert_eq!(missed(&[add.clone(), added(3, Operation::Add)]), Ok(2));
        assert_eq!(missed(&[add, undo]), Ok(0));
    }

    #[test]
    fn a_set_that_could_not_be_drawn_is_refused() {
        let mut set = set("all", 0);
        set.forms[0].stratum = 7;
        assert!(judge(&set, &[], &[]).is_err());
        set.plan = "some".to_owned();
        assert!(judge(&set, &[], &[]).is_err());
    }
}
