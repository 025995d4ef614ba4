//! Gaps in rules: where a page of black and white has lost a thin rule for a while, and where a merged cell has none.
//!
//! In: rules of one direction with gaps, and those of the other. Out: the same over gaps that no table leaves. Never: goes through text; closes
//! a gap from rule to rule, which is a merged cell's.

use super::super::Gray;
use super::rules::{REACH, crossings, is_loose_end, meets, next_crossing, part_of};
use super::traces::{DARK, Trace, is_free};

/// Longest gap between two pieces of a rule, ems.
const GAP: f32 = 8.0;
/// Farthest that a rule is led on to the one it must end at, ems.
const LOOSE: f32 = 4.0;
/// How far pieces of one rule are off its line, ems.
const OFF: f32 = 0.15;
/// Share of a gap that may be dark: rules that cross it, dirt.
const MOST_DARK: f32 = 0.25;

/// Closes the gaps of rules whose pieces meet `others` or have paper at both sides, and leads on what meets one of `others` and ends in the
/// middle of a cell; `em` is the size of characters, pixels.
pub(super) fn bridge(found: &mut Vec<Trace>, others: &[Trace], page: &Gray, em: f32) {
    let (mut pieces, rest): (Vec<Trace>, Vec<Trace>) = (found.drain(..))
        .map(|piece| without_strokes(piece, others, page, em))
        .partition(|piece| {
            !crossings(piece, others.iter(), em).is_empty() || is_free(piece, page, em)
        });
    pieces.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut whole: Vec<Trace> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let before = whole
            .iter_mut()
            .filter(|before| is_gap_of_one(before, &piece, others, page, em))
            .max_by(|a, b| a.end.total_cmp(&b.end));
        match before {
            Some(before) => join(before, piece),
            None => whole.push(piece),
        }
    }
    for trace in &mut whole {
        if !crossings(trace, others.iter(), em).is_empty() {
            lead_on(trace, others, page, em);
        }
    }
    *found = whole;
    found.extend(rest);
    found.sort_by(|a, b| a.position().total_cmp(&b.position()));
}

/// A piece without what stands in its way beyond its last crossings, as strokes of text do.
fn without_strokes(piece: Trace, others: &[Trace], page: &Gray, em: f32) -> Trace {
    let crossings = crossings(&piece, others.iter(), em);
    let (Some(first), Some(last)) = (crossings.first(), crossings.last()) else {
        return piece;
    };
    let is_end = |from: f32, to: f32| is_loose_end(&piece, page, (from, to), em);
    let from = if is_end(piece.start, *first) {
        piece.start
    } else {
        piece.start.max(*first)
    };
    let to = if is_end(*last, piece.end) {
        piece.end
    } else {
        piece.end.min(*last)
    };
    if from < to {
        part_of(&piece, from, to)
    } else {
        piece
    }
}

/// Whether two pieces are of one rule, with a gap between that is no merged cell's.
fn is_gap_of_one(a: &Trace, b: &Trace, others: &[Trace], page: &Gray, em: f32) -> bool {
    let gap = b.start - a.end;
    let is_in_line =
        gap > 0.0 && gap <= GAP * em && (a.at(a.end) - b.at(b.start)).abs() <= OFF * em;
    is_in_line
        && !(is_at_rule(a.end, a, others, em) && is_at_rule(b.start, b, others, em))
        && is_blank(page, (a.end, a.at(a.end)), (b.start, b.at(b.start)))
}

fn join(before: &mut Trace, piece: Trace) {
    before.seen.push((before.end, piece.start));
    before.seen.extend(piece.seen);
    let from = before.end;
    before
        .points
        .extend(piece.points.into_iter().filter(|p| p.0 > from));
    before.end = piece.end;
    before.is_clear |= piece.is_clear;
}

/// Leads a rule on to the next of the others where it ends in the middle of a cell.
fn lead_on(trace: &mut Trace, others: &[Trace], page: &Gray, em: f32) {
    for is_forward in [true, false] {
        let end = if is_forward { trace.end } else { trace.start };
        if is_at_rule(end, trace, others, em) {
            continue;
        }
        let Some(next) = next_crossing(trace, others, is_forward, em) else {
            continue;
        };
        let y = trace.at(end);
        let (from, to) = (end.min(next), end.max(next));
        if to - from > LOOSE * em || !is_blank(page, (from, y), (to, y)) {
            continue;
        }
        if is_forward {
            trace.seen.push((end, next));
            trace.points.push((next, y));
            trace.end = next;
        } else {
            trace.seen.insert(0, (next, end));
            trace.points.insert(0, (next, y));
            trace.start = next;
        }
    }
}

/// Whether a rule of the other direction is at a place along a trace.
fn is_at_rule(along: f32, trace: &Trace, others: &[Trace], em: f32) -> bool {
    let across = trace.at(along);
    (others.iter()).any(|other| meets(other, along, across, 1.5 * REACH * em))
}

/// Whether hardly anything is printed on the way from one point to another.
fn is_blank(page: &Gray, from: (f32, f32), to: (f32, f32)) -> bool {
    let n = (to.0 - from.0).max(1.0) as usize;
    let is_dark = |step: &usize| {
        let share = *step as f32 / n as f32;
        let (x, y) = (
            from.0 + share * (to.0 - from.0),
            from.1 + share * (to.1 - from.1),
        );
        x >= 0.0 && y >= 0.0 && page.at(x as usize, y.round() as usize) < DARK
    };
    (0..n).filter(is_dark).count() as f32 <= MOST_DARK * n as f32
}

#[cfg(test)]
mod tests {
    use super::super::rules::find;
    use super::*;

    fn fill(gray: &mut Gray, (left, top, right, bottom): (usize, usize, usize, usize)) {
        for y in top..bottom {
            gray.pixels[y * 600 + left..y * 600 + right].fill(20);
        }
    }

    /// A table of three columns; the rule between its rows is missing from one place to another.
    fn middle_rule_without(from: usize, to: usize) -> Vec<(f32, f32)> {
        let mut gray = Gray::filled(600, 300, 255);
        for y in [50, 170] {
            fill(&mut gray, (50, y, 552, y + 2));
        }
        for x in [50, 230, 390, 550] {
            fill(&mut gray, (x, 50, x + 2, 172));
        }
        fill(&mut gray, (50, 110, from, 112));
        fill(&mut gray, (to, 110, 552, 112));
        let rules = find(&gray, 30.0, 25, true);
        let middle = |r: &&Trace| (r.position() - 110.5).abs() < 3.0;
        (rules.level.iter().filter(middle))
            .map(|r| (r.start.round(), r.end.round()))
            .collect()
    }

    #[test]
    fn a_gap_that_begins_within_a_cell_is_closed() {
        let found = middle_rule_without(200, 330);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 < 55.0 && found[0].1 > 545.0, "{found:?}");
    }

    #[test]
    fn a_merged_cell_is_no_gap() {
        let found = middle_rule_without(230, 392);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_rule_that_ends_within_a_cell_goes_on_to_its_side() {
        let found = middle_rule_without(51, 300);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].0 - 231.0).abs() < 4.0, "{found:?}");
    }
}
