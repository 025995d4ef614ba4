//! Samples: which forms of a run are looked at, and what that says of all of them.
//!
//! In: a run, a plan and a seed; later what reviewers found. Out: a review set; an estimate with its interval, accepted or not. Never:
//! draws by anything but the plan and the seed; says more than the sample shows.

mod advice;
mod aql;
mod defects;
mod draw;
mod interval;
mod judge;
mod percent;
mod plan;
mod schema;
mod set;
mod sizes;
mod strata;
mod traits;

pub use advice::Advice;
pub use aql::{Aql, Level, Severity, SinglePlan, single_plan};
pub use draw::{Design, Draw, DrawError, FormFacts, Survey, count_leaves};
pub use interval::{Looked, Rate, stratified, wilson};
pub use judge::{Decision, FieldRate, JUDGEMENT_SCHEMA, Judgement, LeafRate, StratumRate, judge};
pub use percent::Percent;
pub use plan::Plan;
pub use schema::{judgement_schema, sample_schema, verdict_schema};
pub use set::{
    Chosen, ReviewSet, SAMPLE_SCHEMA, Stratum, VERDICT_SCHEMA, VERDICTS_FILE, Verdict, VerdictKind,
};
pub use traits::{Proof, Traits};
