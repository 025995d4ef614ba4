//! Documents of two runs, paired: by their bytes, those that were replaced by their paths.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use super::difference::Difference;
use super::forms::{compare_forms, is_one};
use super::glance::{Glance, glance};
use super::index::Entry;
use super::side::Side;
use crate::runs::RunError;

/// A document of either run or both: the places of its forms in the indices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct DocumentPair {
    old: Vec<u32>,
    new: Vec<u32>,
}

/// What came of pairing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pairs {
    /// Documents whose forms are not the same bytes, in the order of the old run, those of the new run alone behind them.
    pub(super) unlike: Vec<DocumentPair>,
    /// Documents that both runs have.
    pub(super) n_shared: u64,
}

/// Pairs the documents of two indices.
pub(super) fn pair_documents(old: &[Entry], new: &[Entry]) -> Pairs {
    let (old_order, new_order) = (ordered(old), ordered(new));
    let mut pairs = Pairs::default();
    let mut alone: (Vec<Vec<u32>>, Vec<Vec<u32>>) = Default::default();
    let (mut i, mut j) = (0, 0);
    loop {
        let a = old_order.get(i).map(|&idx| key(&old[idx as usize]));
        let b = new_order.get(j).map(|&idx| key(&new[idx as usize]));
        let (takes_old, takes_new) = match (a, b) {
            (None, None) => break,
            (Some(a), Some(b)) => (a <= b, b <= a),
            (a, b) => (a.is_some(), b.is_some()),
        };
        let of_old = if takes_old {
            run_of(old, &old_order, i)
        } else {
            i..i
        };
        let of_new = if takes_new {
            run_of(new, &new_order, j)
        } else {
            j..j
        };
        (i, j) = (of_old.end.max(i), of_new.end.max(j));
        let pair = DocumentPair {
            old: old_order[of_old].to_vec(),
            new: new_order[of_new].to_vec(),
        };
        match (pair.old.is_empty(), pair.new.is_empty()) {
            (false, false) => {
                pairs.n_shared += 1;
                if !are_alike(&pair, old, new) {
                    pairs.unlike.push(pair);
                }
            }
            (false, true) => alone.0.push(pair.old),
            _ => alone.1.push(pair.new),
        }
    }
    // The same bytes under another path, then other bytes under the same path.
    let by_document = |entry: &Entry| (0_u8, entry.document);
    let by_path = |entry: &Entry| (1_u8, u128::from(entry.path));
    for same in [&by_document as &dyn Fn(&Entry) -> (u8, u128), &by_path] {
        let mut of_new: BTreeMap<(u8, u128), Vec<Vec<u32>>> = BTreeMap::new();
        for group in std::mem::take(&mut alone.1).into_iter().rev() {
            of_new
                .entry(same(&new[group[0] as usize]))
                .or_default()
                .push(group);
        }
        for group in std::mem::take(&mut alone.0) {
            let found = of_new
                .get_mut(&same(&old[group[0] as usize]))
                .and_then(Vec::pop);
            match found {
                Some(found) => {
                    pairs.n_shared += 1;
                    pairs.unlike.push(DocumentPair {
                        old: group,
                        new: found,
                    });
                }
                None => alone.0.push(group),
            }
        }
        alone.1 = of_new.into_values().flatten().collect();
    }
    let only_old = alone.0.into_iter().map(|old| DocumentPair {
        old,
        new: Vec::new(),
    });
    let only_new = alone.1.into_iter().map(|new| DocumentPair {
        old: Vec::new(),
        new,
    });
    pairs.unlike.extend(only_old.chain(only_new));
    pairs.unlike.sort_by_key(|pair| {
        let first = |forms: &[u32]| forms.first().copied();
        (
            first(&pair.old).is_none(),
            first(&pair.old),
            first(&pair.new),
        )
    });
    pairs
}

/// What a document is known by.
fn key(entry: &Entry) -> (u128, u64) {
    (entry.document, entry.path)
}

/// Indices of entries by their documents, those of a document in the order of the file.
fn ordered(entries: &[Entry]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|&idx| (key(&entries[idx as usize]), idx));
    order
}

/// The stretch from `start` on that is of one document.
fn run_of(entries: &[Entry], order: &[u32], start: usize) -> Range<usize> {
    let first = key(&entries[order[start] as usize]);
    let len = order[start..]
        .iter()
        .take_while(|&&idx| key(&entries[idx as usize]) == first)
        .count();
    start..start + len
}

fn are_alike(pair: &DocumentPair, old: &[Entry], new: &[Entry]) -> bool {
    let digests = |forms: &[u32], entries: &[Entry]| -> Vec<u128> {
        forms
            .iter()
            .map(|&idx| entries[idx as usize].digest)
            .collect()
    };
    digests(&pair.old, old) == digests(&pair.new, new)
}

/// Compares the forms of a document.
pub(super) fn compare(
    pair: &DocumentPair,
    (old, old_index): (&Side, &[Entry]),
    (new, new_index): (&Side, &[Entry]),
) -> Result<Vec<Difference>, RunError> {
    let entries = |forms: &[u32], index: &[Entry]| -> Vec<Entry> {
        forms.iter().map(|&idx| index[idx as usize]).collect()
    };
    let (old_entries, new_entries) = (entries(&pair.old, old_index), entries(&pair.new, new_index));
    let (old_lines, new_lines) = (old.lines(&old_entries)?, new.lines(&new_entries)?);
    let facts = (&old.facts, &new.facts);
    if old_lines.len() == new_lines.len() {
        let both = old_lines.iter().zip(&new_lines);
        let seen: Option<Vec<Glance>> = both.map(|(old, new)| glance(old, new)).collect();
        // Of several forms all has to be read, to tell which is which; unless all of them are as they were.
        let is_enough = |seen: &Vec<Glance>| match seen.as_slice() {
            [one] if is_one(&one.old, &one.new) => true,
            all => all.iter().all(|seen| seen.is_origin_alone),
        };
        if let Some(seen) = seen.filter(is_enough) {
            let (olds, news): (Vec<Value>, Vec<Value>) =
                seen.into_iter().map(|seen| (seen.old, seen.new)).unzip();
            return Ok(compare_forms(&olds, &news, facts));
        }
    }
    let read =
        |side: &Side, entries: &[Entry], lines: &[Vec<u8>]| -> Result<Vec<Value>, RunError> {
            let records = entries.iter().zip(lines);
            records
                .map(|(entry, line)| {
                    serde_json::from_slice(line).map_err(|error| side.wrong(entry, &error))
                })
                .collect()
        };
    let olds = read(old, &old_entries, &old_lines)?;
    let news = read(new, &new_entries, &new_lines)?;
    Ok(compare_forms(&olds, &news, facts))
}
