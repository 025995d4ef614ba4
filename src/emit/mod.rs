//! Emit: forms become records, documents become ledger lines, both become JSON.
//! In: [`Form`](crate::model::Form)s with what was checked and noticed. Out: [`Record`](crate::model::Record)s,
//! [`DocumentLine`](crate::model::DocumentLine)s and their text. Never: reads or decides a value; opens a file.

pub mod envelope;
pub mod jsonl;
pub mod ledger;
pub mod order;
pub mod record;
pub mod schema;
pub mod summary;
