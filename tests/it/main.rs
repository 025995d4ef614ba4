//! All integration tests, in one binary.
#![expect(
    clippy::disallowed_methods,
    reason = "tests run the program and read its files"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test without its files fails, wherever it notices"
)]

mod architecture;
mod archives;
mod cli;
mod codes;
mod correct;
mod coverage;
mod diff;
mod displayed;
mod doctor;
mod drawn;
mod eval;
mod explain;
mod export;
mod isolation;
mod missed;
mod mutants;
mod program;
mod properties;
mod readme;
mod redact;
mod resume;
mod review;
mod samples;
mod sampling;
mod schema;
mod second;
mod source;
mod specification;
mod stores;
mod worker;

#[path = "../../fuzz/bodies.rs"]
mod bodies;
