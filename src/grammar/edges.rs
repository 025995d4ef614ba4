//! Edges of the stretches that forms are: how sure they are, and what no stretch explains at them.
//!
//! In: the stretches that were chosen. Out: what another cut would cost, and stretches with what nothing reads beside them.
//! Never: chooses stretches.

use crate::model::Gap;

use super::compiled::Grammars;
use super::fold::fold;
use super::items::{Item, ItemKind};
use super::scan::{Beside, names_itself};
use super::segment::{Meaning, Stretch, Tally, start_worth, trailing_price};

/// Worths of stretches that were not chosen.
pub(super) struct Worths<'a> {
    pub(super) items: &'a [Item],
    pub(super) meanings: &'a [Meaning],
    pub(super) grammars: &'a Grammars,
}

impl Worths<'_> {
    /// What it would cost to cut between two forms elsewhere, so that an item that says something changes hands; infinite where
    /// neither would be a form.
    pub(super) fn boundary(&self, before: &Stretch, after: &Stretch) -> f32 {
        /// Items on each side of the cut that are tried.
        const REACH: usize = 6;
        let first = after.first.saturating_sub(REACH).max(before.first + 1);
        let last = (after.first + REACH).min(after.end - 1);
        // What lies between the two is in neither, until the cut goes into one of them.
        let worth = |cut: usize| {
            let end = if cut > after.first {
                cut
            } else {
                cut.min(before.end)
            };
            let upper = self.worth(before.first, end, before.family)?;
            Some(upper + self.worth(cut, after.end, after.family)?)
        };
        let Some(chosen) = worth(after.first) else {
            return f32::INFINITY;
        };
        let says = |item: &Item| {
            matches!(
                item.kind,
                ItemKind::Field(_) | ItemKind::Title(_) | ItemKind::Table(_)
            )
        };
        (first..=last)
            .filter(|cut| {
                let moved = (*cut).min(after.first)..(*cut).max(after.first);
                self.items[moved].iter().any(says)
            })
            .filter_map(worth)
            .fold(f32::INFINITY, |least, other| least.min(chosen - other))
    }

    /// The worth of a stretch under a family; `None` where it is no form.
    fn worth(&self, first: usize, end: usize, family: usize) -> Option<f32> {
        let mut tally = Tally::new(family, self.grammars);
        for idx in first..end {
            tally.add(
                &self.items[idx],
                &self.meanings[idx],
                idx - first,
                self.grammars,
            );
        }
        let start =
            start_worth(self.items, first) - trailing_price(&self.meanings[first], self.grammars);
        tally.is_form().then(|| start + tally.worth())
    }
}

/// What no stretch explains at the edges of one is that form's, too, so that it is said to be unread: what else stands in a table
/// that it begins or ends in (rows whose header was misread are no less a part of their form), a table that goes on at the top of
/// the next page, what else stands in a row of which it reads a part, and a label that nobody knows, with its value, next to the form's own.
pub(super) fn with_rest(stretches: &mut [Stretch], items: &[Item], grammars: &Grammars) {
    // A level that no row has.
    let is_level = |text: &str| grammars.vocabulary.is_level(&fold(text));
    let is_beside = |a: &Item, b: &Item, unread: &Item| match &unread.kind {
        ItemKind::Text(text) if a.block.is_none() && b.block.is_none() => {
            a.row == b.row
                || b.gap <= Gap::Small
                    && (names_itself(&text.text, Beside::Short, grammars) || is_level(&text.text))
        }
        _ => false,
    };
    let is_of_same_table = |a: &Item, b: &Item| a.block.is_some() && a.block == b.block;
    let is_unread = |item: &Item| matches!(item.kind, ItemKind::Text(_) | ItemKind::Furniture(_));
    let mut after = 0;
    for nth in 0..stretches.len() {
        let next = stretches.get(nth + 1).map_or(items.len(), |s| s.first);
        let stretch = &mut stretches[nth];
        while stretch.first > after {
            let (before, item) = (&items[stretch.first - 1], &items[stretch.first]);
            if !(is_of_same_table(before, item) || is_beside(before, item, before)) {
                break;
            }
            stretch.first -= 1;
        }
        while stretch.end < next {
            let (last, item) = (&items[stretch.end - 1], &items[stretch.end]);
            let goes_on = last.block.is_some() && item.block.is_some() && item.gap == Gap::Page;
            let is_rest = is_of_same_table(last, item) || is_beside(last, item, item);
            if !(is_rest || goes_on && is_unread(item)) {
                break;
            }
            stretch.end += 1;
        }
        after = stretch.end;
    }
}
