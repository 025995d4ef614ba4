//! jixiao turns China's budget performance-target forms into exact, checked, traceable records.
//!
//! A document walks one way: acquire → layout → grammar → normalise → validate → emit. See ARCHITECTURE.md.

pub mod acquire;
pub mod batch;
pub mod cli;
pub mod correct;
pub mod diff;
pub mod emit;
pub mod eval;
pub mod export;
pub mod grammar;
pub mod layout;
pub mod model;
pub mod normalise;
pub mod pipeline;
pub mod redact;
#[cfg(feature = "review")]
pub mod review;
pub mod runs;
pub mod sample;
pub mod store;
pub mod validate;
pub mod worker;
