//! Separators that OCR software reports: those that it bridged are cut again.
//!
//! In: words and rules of a page, as a file gives them. Out: the rules. Never: touches a border that no word lies across.
//!
//! Tesseract joins the pieces of a vertical rule over rows in which there is none. A word that lies across a rule shows
//! that it is not there, from the rule above the word to the one below.

use super::WordPage;
use super::set::natural_width;
use crate::acquire::ocr::Rule;

/// How far a word reaches over a rule at each side, in ems, if it lies across it and its box is not only rough.
const LEAST_REACH_EM: f32 = 0.25;
/// More comparisons than this on a page cost more time than a form is worth: rules behind them stay as they are.
const MOST_COMPARISONS: usize = 20_000_000;

/// A word as it matters here.
struct Stretch {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    em: f32,
}

/// Cuts the vertical rules of a page where words lie across them.
pub(super) fn cut_bridged(page: &mut WordPage) {
    let rules = std::mem::take(&mut page.rules);
    let level: Vec<&Rule> = rules.iter().filter(|rule| rule.horizontal).collect();
    let words: Vec<Stretch> = page
        .words
        .iter()
        .map(|word| {
            let (left, top, right, bottom) = word.quad.extent();
            let share = (right - left) / natural_width(&word.text).max(0.5);
            Stretch {
                left,
                right,
                top,
                bottom,
                em: share.min(bottom - top),
            }
        })
        .collect();
    let mut budget = MOST_COMPARISONS;
    let mut kept: Vec<Rule> = Vec::with_capacity(rules.len());
    for rule in &rules {
        let pieces = match rule.horizontal {
            true => None,
            false => pieces(rule, &words, &level, &mut budget),
        };
        match pieces {
            Some(pieces) => kept.extend(pieces),
            None => kept.push(*rule),
        }
    }
    page.rules = kept;
}

/// What is left of a vertical rule; `None` where it costs too much to say.
fn pieces(
    rule: &Rule,
    words: &[Stretch],
    level: &[&Rule],
    budget: &mut usize,
) -> Option<Vec<Rule>> {
    *budget = budget.checked_sub(words.len())?;
    let x = rule.position;
    let mut gaps: Vec<(f32, f32)> = Vec::new();
    let mut least = f32::INFINITY;
    for word in words {
        least = least.min(word.em);
        let reach = LEAST_REACH_EM * word.em;
        let middle = f32::midpoint(word.top, word.bottom);
        let is_across = word.left + reach <= x && x + reach <= word.right;
        if !is_across || middle <= rule.start || middle >= rule.end {
            continue;
        }
        *budget = budget.checked_sub(level.len())?;
        let meets = level
            .iter()
            .filter(|other| other.start - word.em <= x && x <= other.end + word.em);
        let positions = meets.map(|other| other.position);
        let above = positions.clone().filter(|y| *y <= middle);
        let below = positions.filter(|y| *y > middle);
        gaps.push((
            above.reduce(f32::max).unwrap_or(word.top - word.em / 2.0),
            below
                .reduce(f32::min)
                .unwrap_or(word.bottom + word.em / 2.0),
        ));
    }
    gaps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut left = Vec::new();
    let mut start = rule.start;
    for (from, to) in gaps.into_iter().chain([(rule.end, rule.end)]) {
        let end = from.min(rule.end);
        if end - start >= least.min(rule.end - rule.start) {
            left.push(Rule {
                start,
                end,
                ..*rule
            });
        }
        start = start.max(to);
    }
    Some(left)
}
