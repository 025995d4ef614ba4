//! All integration tests, in one binary.
#![expect(clippy::disallowed_methods, reason = "tests run the program and read its files")]

mod architecture;
mod cli;
mod explain;
mod program;
mod schema;
