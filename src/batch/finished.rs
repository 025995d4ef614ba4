//! What is left of an input when its reading has ended: lines, and what a run counts of them.
//!
//! In: an [`Outcome`]. Out: [`Finished`], which can be sent from one process to another. Never: changes a record.

use serde::{Deserialize, Serialize};

use crate::emit::jsonl::to_line;
use crate::emit::summary::FormFacts;
use crate::model::DocumentLine;
use crate::pipeline::Outcome;

/// The lines of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Its ledger line.
    pub document: DocumentLine,
    /// Its forms, in reading order.
    pub forms: Vec<FinishedForm>,
}

/// A form as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FinishedForm {
    /// Its line of JSON, with the line end.
    pub line: String,
    /// What is counted of it.
    pub facts: FormFacts,
}

impl From<Outcome> for Finished {
    fn from(outcome: Outcome) -> Self {
        let forms = outcome.records.iter().map(|record| FinishedForm {
            line: to_line(record),
            facts: FormFacts::of(record),
        });
        Self {
            forms: forms.collect(),
            document: outcome.document,
        }
    }
}
