//! Titles that no list has: a line above a form without a title, or in it.
//!
//! In: the items of a document and the stretches that forms are. Out: the same, with some texts known as titles. Never: parts or
//! joins forms, or takes a line for a title where the form has one.

use crate::model::Gap;
use crate::model::edits::distance;

use super::compiled::Grammars;
use super::fold::fold;
use super::items::{Item, ItemKind};
use super::segment::Stretch;
use super::titles::strip_brackets;

/// Why a text that no list has is a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It is nearly one that ends so.
    Nearly(String),
    /// It holds a word of titles, and ends as they do.
    ByWords,
}

/// Items above a form among which its title may be.
const REACH: usize = 3;

/// What makes a text a title, though no list has it. `None` where nothing does.
pub(super) fn likeness(text: &str, grammars: &Grammars) -> Option<Likeness> {
    /// Shortest ending of which a character may be another, and of which two may be.
    const SHORTEST: [usize; 2] = [5, 8];
    let folded = fold(text);
    if folded.chars().count() > grammars.title_longest
        || folded.contains(['。', ';', '；', '《', '》', ':', '，', ',', '、'])
    {
        return None;
    }
    let bare = strip_brackets(&folded);
    let chars: Vec<char> = bare.chars().collect();
    let edits = |ending: &[char]| {
        let lengths = ending.len().saturating_sub(1)..=(ending.len() + 1).min(chars.len());
        let suffixes = lengths.filter_map(|n| Some(&chars[chars.len().checked_sub(n)?..]));
        suffixes.map(|suffix| distance(suffix, ending)).min()
    };
    let endings = grammars.title_endings.iter();
    let known = endings.chain(grammars.families.iter().flat_map(|family| &family.titles));
    let nearest = known.filter_map(|ending| {
        let chars: Vec<char> = ending.chars().collect();
        let most = SHORTEST.iter().filter(|n| chars.len() >= **n).count();
        let edits = edits(&chars).filter(|edits| *edits <= most)?;
        Some((edits, ending))
    });
    // Of those as near, the longest says most.
    let nearest = nearest.min_by_key(|(edits, ending)| (*edits, usize::MAX - ending.len()));
    if let Some((_, ending)) = nearest {
        return Some(Likeness::Nearly(ending.clone()));
    }
    let is_by_words = grammars
        .title_words
        .iter()
        .any(|word| bare.contains(word.as_str()))
        && grammars
            .title_nouns
            .iter()
            .any(|noun| bare.ends_with(noun.as_str()));
    is_by_words.then_some(Likeness::ByWords)
}

/// Finds the titles of forms that have none: nearest above the form, then at its head, then anywhere in it.
pub(super) fn settle_titles(items: &mut [Item], stretches: &mut [Stretch], grammars: &Grammars) {
    let mut after = 0;
    for stretch in stretches {
        let own = stretch.first..stretch.end;
        if !items[own.clone()]
            .iter()
            .any(|item| matches!(item.kind, ItemKind::Title(_)))
        {
            let above = above(items, after, stretch.first);
            let found = above
                .chain(own)
                .find(|idx| is_headline(items, *idx, stretch.first, grammars));
            if let Some(idx) = found {
                if let ItemKind::Text(text) = &items[idx].kind {
                    items[idx].kind = ItemKind::Title(text.clone());
                }
                stretch.first = stretch.first.min(idx);
            }
        }
        after = stretch.end;
    }
}

/// Items above `first` and behind `after` that a title may be, the nearest first: on the same page, years and units of amounts aside.
fn above(items: &[Item], after: usize, first: usize) -> impl Iterator<Item = usize> + use<> {
    let mut found = Vec::new();
    for idx in (after..first).rev().take(REACH) {
        if items[idx + 1].gap == Gap::Page {
            break;
        }
        match items[idx].kind {
            ItemKind::Text(_) => found.push(idx),
            ItemKind::Year(_) | ItemKind::Furniture(_) | ItemKind::Group { .. } => {}
            _ => break,
        }
    }
    found.into_iter()
}

/// Whether an item is a title that no list has. Behind the first item of a form, words alone do not make one.
fn is_headline(items: &[Item], idx: usize, first: usize, grammars: &Grammars) -> bool {
    let ItemKind::Text(text) = &items[idx].kind else {
        return false;
    };
    let shares_row = |other: Option<usize>| {
        let other = other.and_then(|other| items.get(other));
        other.is_some_and(|other| other.row == items[idx].row)
    };
    if shares_row(idx.checked_sub(1)) || shares_row(Some(idx + 1)) {
        return false;
    }
    match likeness(&text.text, grammars) {
        Some(Likeness::Nearly(_)) => true,
        Some(Likeness::ByWords) => idx <= first,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Likeness>) {
        let grammars = Grammars::load(&[]).unwrap();
        assert_eq!(likeness(text, &grammars), expected, "{text}");
    }

    #[test]
    fn a_title_may_have_a_wrong_character() {
        let nearly = |ending: &str| Some(Likeness::Nearly(ending.to_owned()));
        check("项目支出绩奴目际申报表", nearly("项目支出绩效目标申报表"));
        check("2023年度绩效目标衰（本级）", nearly("年度绩效目标表"));
        check("某县项目绩效计划表", Some(Likeness::ByWords));
        check("某县项目绩效计划", None);
        check("项目绩效情况说明：见附表", None);
    }
}
