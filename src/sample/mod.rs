//! Samples: which forms of a run are looked at, and what that says of all of them.
//!
//! In: a run, a plan and a seed; later what reviewers found. Out: a review set; an estimate with its interval, accepted or not. Never:
//! draws by anything but the plan and the seed; says more than the sample shows.

mod set;

pub use set::{Chosen, ReviewSet, SAMPLE_SCHEMA, Stratum, VERDICT_SCHEMA, Verdict, VerdictKind};
