//! Batch: many inputs, several threads, one output in the order of the inputs.
//! In: what the user named, and a function that reads one file. Out: records and ledger lines in order, written
//! safely; a summary. Never: looks into a file; lets a panic, a missing path or a slow file lose or reorder a line.
#![expect(
    clippy::disallowed_methods,
    reason = "batch is an edge of the pipeline: it walks folders, times and writes"
)]

mod archives;
mod encode;
mod finished;
mod identity;
pub mod inputs;
pub mod journal;
pub mod output;
mod pending;
pub mod run;
mod select;
mod stream;
mod words;

pub use archives::{find_input, open_archives};
pub use encode::path_to_name;
pub use finished::{Finished, FinishedForm};
pub use identity::identity;
pub use inputs::{Input, ListError, ListParams, io_fault, is_small_text, list_inputs, name_fault};
pub use journal::{Differs, JournalError, RunIdentity};
pub use output::{Output, OutputError, OutputParams};
pub use run::{RunError, RunParams, run};
pub(crate) use run::{internal, unread};
pub use select::{Look, Shard, ShardError, file_size, filter, set_duplicates_aside};
pub use stream::{Answer, Asked, StreamError, answer};
pub use words::set_words_aside;
