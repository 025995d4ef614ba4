//! What to do after a judgement.

use schemars::JsonSchema;
use serde::Serialize;

use super::aql::Severity;
use super::judge::{Decision, Judgement, StratumRate};
use super::plan::Plan;

/// Fields that are advised on, at most: those corrected in most forms.
const MOST_FIELDS: usize = 5;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Advice {
    /// Look at the forms that are left.
    Finish {
        /// How many.
        n: u64,
    },
    /// Look at all of a stratum: even the lower end of its interval is above the target.
    ReviewStratum {
        /// Its name.
        name: String,
        /// Forms of it that were not drawn.
        n_left: u64,
        /// Lower end of its interval.
        low: f64,
    },
    /// Look at a field in all forms, or at the rule that reads it.
    ReviewField {
        /// The field.
        field: String,
        /// Forms in which it was wrong.
        n_forms: u64,
    },
    /// Rejected: look at all that is left, or read again and draw with another seed; the same sample drawn again proves nothing.
    InspectRest {
        /// Forms that were not looked at.
        n: u64,
    },
    /// ISO 2859-1, 9.3.1: tightened inspection when two of five runs or fewer in a row were rejected.
    Tighten {
        /// The plan to go on with then.
        plan: String,
    },
    /// ISO 2859-1, 9.3.2 and 9.4: back to normal after five accepted runs in a row; stop after five rejected ones.
    StayTightened {
        /// The plan to go back to.
        plan: String,
    },
    /// Forms were missed by the reading: they are in no sample, so documents have to be looked at for them.
    MissedForms {
        /// How many were found.
        n: u64,
    },
}

/// What a judgement and its plan ask for.
pub(super) fn advice(judgement: &Judgement, plan: Plan) -> Vec<Advice> {
    let mut advice = Vec::new();
    let n_open = judgement.n_drawn - judgement.n_looked_at;
    if judgement.decision == Decision::Unfinished {
        advice.push(Advice::Finish { n: n_open });
    }
    if judgement.decision == Decision::Rejected {
        let n = judgement.n_forms - judgement.n_looked_at;
        if n > 0 {
            advice.push(Advice::InspectRest { n });
        }
    }
    let is_worse = |stratum: &&StratumRate| {
        stratum.rate.low > judgement.target && stratum.n_forms > stratum.n_drawn
    };
    let mut worse: Vec<&StratumRate> = judgement.strata.iter().filter(is_worse).collect();
    worse.sort_by(|a, b| b.rate.low.total_cmp(&a.rate.low));
    advice.extend(worse.into_iter().map(|stratum| Advice::ReviewStratum {
        name: stratum.name.clone(),
        n_left: stratum.n_forms - stratum.n_drawn,
        low: stratum.rate.low,
    }));
    let fields = judgement.fields.iter().take(MOST_FIELDS);
    advice.extend(fields.map(|field| Advice::ReviewField {
        field: field.field.clone(),
        n_forms: field.n_forms,
    }));
    if let Plan::Aql {
        aql,
        level,
        severity,
    } = plan
    {
        let other = |severity| {
            let plan = Plan::Aql {
                aql,
                level,
                severity,
            };
            plan.to_string()
        };
        match severity {
            Severity::Normal if judgement.decision == Decision::Rejected => {
                advice.push(Advice::Tighten {
                    plan: other(Severity::Tightened),
                });
            }
            Severity::Normal => {}
            Severity::Tightened => advice.push(Advice::StayTightened {
                plan: other(Severity::Normal),
            }),
        }
    }
    if judgement.n_missed_forms > 0 {
        advice.push(Advice::MissedForms {
            n: judgement.n_missed_forms,
        });
    }
    advice
}
