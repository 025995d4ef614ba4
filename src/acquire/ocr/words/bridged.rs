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
/// More comparisons than this cost more time than a form is worth.
const MOST_COMPARISONS: usize = 50_000_000;

/// Cuts the vertical rules of a page where words lie across them.
pub(super) fn cut_bridged(page: &mut WordPage) {
    let n_rules = page.rules.len();
    let is_small = n_rules
        .checked_mul(page.words.len().max(n_rules))
        .is_some_and(|n| n <= MOST_COMPARISONS);
    if !is_small {
        return;
    }
    let rules = std::mem::take(&mut page.rules);
    let level: Vec<&Rule> = rules.iter().filter(|rule| rule.horizontal).collect();
    let mut kept: Vec<Rule> = Vec::with_capacity(n_rules);
    for rule in &rules {
        if rule.horizontal {
            kept.push(*rule);
        } else {
            kept.extend(pieces(rule, page, &level));
        }
    }
    page.rules = kept;
}

/// What is left of a vertical rule.
fn pieces(rule: &Rule, page: &WordPage, level: &[&Rule]) -> Vec<Rule> {
    let x = rule.position;
    let mut gaps: Vec<(f32, f32)> = Vec::new();
    let mut least = f32::INFINITY;
    for word in &page.words {
        let (left, top, right, bottom) = word.quad.extent();
        let em = (bottom - top).min((right - left) / natural_width(&word.text).max(0.5));
        least = least.min(em);
        let reach = LEAST_REACH_EM * em;
        let middle = f32::midpoint(top, bottom);
        let is_across = left + reach <= x && x + reach <= right;
        if is_across && rule.start < middle && middle < rule.end {
            let meets = level
                .iter()
                .filter(|other| other.start - em <= x && x <= other.end + em);
            let positions = meets.map(|other| other.position);
            let above = positions.clone().filter(|y| *y <= middle);
            let below = positions.filter(|y| *y > middle);
            gaps.push((
                above.reduce(f32::max).unwrap_or(top - em / 2.0),
                below.reduce(f32::min).unwrap_or(bottom + em / 2.0),
            ));
        }
    }
    gaps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut left = Vec::new();
    let mut start = rule.start;
    for (from, to) in gaps.into_iter().chain([(rule.end, rule.end)]) {
        if from - start >= least.min(rule.end - rule.start) {
            left.push(Rule {
                start,
                end: from.min(rule.end),
                ..*rule
            });
        }
        start = start.max(to);
    }
    left
}
