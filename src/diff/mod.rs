//! Diff: two runs held against each other.
//!
//! In: the forms of two runs, of any size. Out: what differs, each difference with its class, its place and what may have caused it.
//! Never: holds a run; takes one form for another without saying so; passes over a difference that was not asked to be left out.
#![expect(
    clippy::disallowed_methods,
    reason = "diff is an edge: it reads forms where they stand in their files"
)]

mod align;
mod classes;
mod difference;
mod documents;
mod fields;
mod forms;
mod glance;
mod index;
mod ledger;
mod records;
mod select;
mod side;

use rayon::prelude::{IntoParallelRefIterator as _, ParallelIterator as _};

pub use difference::{Cause, Class, DIFFERENCE_SCHEMA, Difference, FormRef, Spot};
pub use select::{Selection, SelectionError};
pub use side::{Side, SideFacts};

use self::documents::{DocumentPair, pair_documents};
use crate::runs::RunError;

/// Documents that are compared before their differences are handed on: bounds what is held.
const BATCH: usize = 512;

/// How much was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// Forms of the old run.
    pub n_old: u64,
    /// Forms of the new run.
    pub n_new: u64,
    /// Documents that both runs have.
    pub n_documents: u64,
    /// Documents, of either run or both, whose forms are not the same bytes.
    pub n_documents_unlike: u64,
}

/// Holds two runs against each other; `take` is handed each difference that `selection` lets pass, in the order of the old run's
/// documents, those of the new run alone behind them; then what the ledgers say otherwise.
///
/// # Errors
/// Where a file cannot be read, holds something else than forms, or `take` fails.
pub fn diff<E: From<RunError>>(
    old: &Side,
    new: &Side,
    selection: &Selection,
    take: &mut dyn FnMut(Difference) -> Result<(), E>,
) -> Result<Compared, E> {
    let (old_index, new_index) = rayon::join(|| index::read(old), || index::read(new));
    let (old_index, new_index) = (old_index?, new_index?);
    let pairs = pair_documents(&old_index, &new_index);
    let compared = Compared {
        n_old: old_index.len() as u64,
        n_new: new_index.len() as u64,
        n_documents: pairs.n_shared,
        n_documents_unlike: pairs.unlike.len() as u64,
    };
    for batch in pairs.unlike.chunks(BATCH) {
        let found: Vec<Result<Vec<Difference>, RunError>> = batch
            .par_iter()
            .map(|pair: &DocumentPair| {
                documents::compare(pair, (old, &old_index), (new, &new_index))
            })
            .collect();
        for differences in found {
            for difference in differences? {
                if selection.lets_pass(&difference) {
                    take(difference)?;
                }
            }
        }
    }
    ledger::compare::<E>(old, new, &mut |difference| {
        if selection.lets_pass(&difference) {
            take(difference)?;
        }
        Ok(())
    })?;
    Ok(compared)
}

#[cfg(test)]
mod tests;
