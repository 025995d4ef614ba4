//! Rules of a flat page: which traces are rules, where they meet, and the page without them.
//!
//! In: an even, flat, grey page. Out: [`Rules`], and the page with rules erased. Never: makes a rule where nothing is drawn.

use super::super::Gray;
use super::bridged::bridge;
use super::broken::broken_rules;
use super::light::transposed;
use super::streaks::take_streaks;
use super::traces::{Trace, TraceParams, is_free, traces};

/// Rules of a page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Rules {
    /// From left to right.
    pub(super) level: Vec<Trace>,
    /// From top to bottom: their points are (y, x).
    pub(super) upright: Vec<Trace>,
    /// What a copier or a scanner has drawn over the page, from left to right and from top to bottom: no rules, and no ink.
    pub(super) streaks: (Vec<Trace>, Vec<Trace>),
}

/// Rules at least this long need nothing to end at, ems.
pub(super) const SURE_EMS: f32 = 4.0;
/// Share of their length along which they must be darker than their sides.
const SURE: f32 = 0.9;
/// How far the end of a sure rule may be from the rule it ends at, ems.
pub(super) const REACH: f32 = 0.5;
/// Of two pieces of a broken rule one is at least this long, or both are, ems.
const PIECE: (f32, f32) = (SURE_EMS, 1.5);
/// Two rules this much apart, across and along, are one that is broken, ems.
pub(super) const BROKEN: (f32, f32) = (0.2, 1.5);

/// Finds the rules of a page; of one in black and white, where thin rules vanish for a while, over such gaps, too.
pub(super) fn find(flat: &Gray, em: f32, contrast: u8, is_bilevel: bool) -> Rules {
    let params = TraceParams {
        em,
        contrast,
        min_ems: 0.9,
    };
    let sideways = transposed(flat);
    let mut level = joined(traces(flat, &params), is_bilevel, em);
    let mut upright = joined(traces(&sideways, &params), is_bilevel, em);
    if is_bilevel {
        // On paper with greys waves and weave lie in one line, too.
        add_broken(&mut level, flat, &params);
        add_broken(&mut upright, &sideways, &params);
    }
    drop_borders(&mut level, flat.height);
    drop_borders(&mut upright, flat.width);
    let sure = |found: &[Trace], page: &Gray| -> Vec<bool> {
        let is_kept = |t: &Trace| is_sure(t, em) || is_bilevel && is_long(t, page, em);
        found.iter().map(is_kept).collect()
    };
    let (mut level_kept, mut upright_kept) = (sure(&level, flat), sure(&upright, &sideways));
    // Columns of one row end at its rules; rules of one column end at its sides.
    for _ in 0..3 {
        keep_enclosed(
            &upright,
            &mut upright_kept,
            &level,
            &level_kept,
            &sideways,
            em,
        );
        keep_enclosed(&level, &mut level_kept, &upright, &upright_kept, flat, em);
    }
    retain(&mut level, &level_kept);
    retain(&mut upright, &upright_kept);
    let streaks = (
        take_streaks(&mut level, &upright, flat, em),
        take_streaks(&mut upright, &level, &sideways, em),
    );
    if is_bilevel {
        bridge(&mut level, &upright, flat, em);
        bridge(&mut upright, &level, &sideways, em);
        bridge(&mut level, &upright, flat, em);
    }
    let mut rules = Rules {
        level: proven(&level, &upright, flat, em),
        upright: proven(&upright, &level, &sideways, em),
        streaks,
    };
    follow(&mut rules.level, &rules.upright, flat, em);
    follow(&mut rules.upright, &rules.level, &sideways, em);
    drop_doubles(&mut rules.level, em);
    drop_doubles(&mut rules.upright, em);
    rules
}

/// Whether a trace is a rule wherever it ends: it has no gaps.
fn is_sure(trace: &Trace, em: f32) -> bool {
    trace.length() >= SURE_EMS * em && trace.coverage(trace.start, trace.end) >= SURE
}

/// Whether a trace with gaps is so long that no text is, with paper at both its sides.
fn is_long(trace: &Trace, page: &Gray, em: f32) -> bool {
    /// Length, ems, and share along which it must be darker than its sides.
    const LONG: (f32, f32) = (12.0, 0.7);
    trace.length() >= LONG.0 * em
        && trace.coverage(trace.start, trace.end) >= LONG.1
        && is_free(trace, page, em)
}

/// Adds rules of which only dashes are left, where there are enough pieces that are no rules by themselves.
fn add_broken(found: &mut Vec<Trace>, page: &Gray, params: &TraceParams) {
    /// Fewest pieces.
    const PIECES: usize = 6;
    let is_piece = |trace: &&Trace| !is_sure(trace, params.em) && is_free(trace, page, params.em);
    if found.iter().filter(is_piece).count() < PIECES {
        return;
    }
    found.extend(broken_rules(page, params.em, params.contrast));
    drop_doubles(found, params.em);
}

fn retain(found: &mut Vec<Trace>, kept: &[bool]) {
    let mut kept = kept.iter();
    found.retain(|_| *kept.next().unwrap_or(&false));
}

/// Pieces of one rule become one; of a page in black and white, all of them may be short.
fn joined(mut found: Vec<Trace>, is_bilevel: bool, em: f32) -> Vec<Trace> {
    found.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut whole: Vec<Trace> = Vec::with_capacity(found.len());
    for trace in found {
        let before = whole.iter_mut().rev().find(|before| {
            let gap = trace.start - before.end;
            gap > -BROKEN.1 * em
                && gap <= BROKEN.1 * em
                && trace.end > before.end
                && (before.at(before.end) - trace.at(trace.start)).abs() <= BROKEN.0 * em
                && (before.length().max(trace.length()) > PIECE.0 * em
                    || is_bilevel && before.length().min(trace.length()) > PIECE.1 * em)
        });
        match before {
            Some(before) => {
                let from = before.end;
                before
                    .points
                    .extend(trace.points.into_iter().filter(|p| p.0 > from));
                before.seen.extend(trace.seen);
                before.end = trace.end;
                before.thickness = before.thickness.max(trace.thickness);
            }
            None => whole.push(trace),
        }
    }
    whole.sort_by(|a, b| a.position().total_cmp(&b.position()));
    whole
}

/// Lines along the very edge of the picture are what a copier's lid leaves.
pub(super) fn drop_borders(found: &mut Vec<Trace>, size: usize) {
    let margin = (size as f32 * 0.008).max(4.0);
    found.retain(|trace| {
        let at = trace.position();
        at > margin && at < size as f32 - margin
    });
}

/// Keeps what ends at kept rules on both sides: goes on to them without a gap, as strokes of characters do not.
fn keep_enclosed(
    found: &[Trace],
    kept: &mut [bool],
    others: &[Trace],
    others_kept: &[bool],
    page: &Gray,
    em: f32,
) {
    let ends_at_rule = |trace: &Trace, end: f32| {
        let across = trace.at(end);
        others.iter().zip(others_kept).any(|(other, kept)| {
            *kept && meets(other, end, across, REACH * em) && {
                let to = other.at(across);
                let n = (to - end).abs() as usize;
                let step = (to - end).signum();
                let threshold = threshold_of(trace, page);
                (0..n).all(|n| {
                    let x = end + step * n as f32;
                    f32::from(darkest(page, x, trace.at(x))) < threshold
                })
            }
        })
    };
    // Or goes on without a gap from one rule to the next, whatever it seems to do beyond them.
    let joins_rules = |trace: &Trace| {
        let kept = others.iter().zip(others_kept);
        let crossings = crossings(trace, kept.filter(|(_, kept)| **kept).map(|(o, _)| o), em);
        crossings.windows(2).any(|pair| {
            pair[1] - pair[0] > 0.9 * em && is_dark_along(trace, page, pair[0], pair[1])
        })
    };
    for (trace, kept) in found.iter().zip(kept) {
        *kept = *kept || joins_rules(trace);
        *kept = *kept || (ends_at_rule(trace, trace.start) && ends_at_rule(trace, trace.end));
    }
}

/// Whether a rule is dark without a gap from one place to another.
fn is_dark_along(trace: &Trace, page: &Gray, from: f32, to: f32) -> bool {
    /// Share of the way that must be dark.
    const DARK: f32 = 0.97;
    let threshold = threshold_of(trace, page);
    let n = (to - from) as usize;
    let is_dark = |n: &usize| {
        let x = from + *n as f32;
        f32::from(darkest(page, x, trace.at(x))) < threshold
    };
    n > 0 && (0..n).filter(is_dark).count() as f32 >= DARK * n as f32
}

/// What is darker than this is a rule's own ink.
fn threshold_of(trace: &Trace, page: &Gray) -> f32 {
    /// Pixels of the rule that tell how dark it is.
    const SAMPLE: usize = 40;
    let mut shades: Vec<u8> = (0..SAMPLE)
        .map(|n| trace.start + trace.length() * (n as f32 + 0.5) / SAMPLE as f32)
        .map(|x| darkest(page, x, trace.at(x)))
        .collect();
    shades.sort_unstable();
    let usual = f32::from(shades[SAMPLE / 2]);
    usual + (255.0 - usual) * 0.4
}

/// Whether a rule of the other direction passes within `reach` of a point.
pub(super) fn meets(other: &Trace, along: f32, across: f32, reach: f32) -> bool {
    (other.at(across) - along).abs() <= reach
        && other.start - reach <= across
        && across <= other.end + reach
}

/// Where a trace meets others, from its start to its end and a little beyond; those that lie side by side count once.
pub(super) fn crossings<'a>(
    trace: &Trace,
    others: impl Iterator<Item = &'a Trace>,
    em: f32,
) -> Vec<f32> {
    let reach = REACH * em;
    let mut found: Vec<f32> = others
        .map(|other| (other.at(trace.at(other.position())), other))
        .filter(|(along, other)| {
            (trace.start - reach..=trace.end + reach).contains(along)
                && meets(other, *along, trace.at(*along), reach)
        })
        .map(|(along, _)| along)
        .collect();
    found.sort_by(f32::total_cmp);
    found.dedup_by(|b, a| *b - *a < 0.2 * em);
    found
}

/// Rules from crossing to crossing, where they are seen between them.
///
/// A rule that ends at another is followed a little into the text behind it; a stroke there may look like more of it.
fn proven(found: &[Trace], others: &[Trace], page: &Gray, em: f32) -> Vec<Trace> {
    /// Share of the way between two crossings along which a rule must be seen.
    const BETWEEN: f32 = 0.75;
    /// The same where the way is no longer than so many ems: a stroke of a character may stand in it.
    const SHORT: (f32, f32) = (0.9, 1.8);
    let mut whole = Vec::with_capacity(found.len());
    for trace in found {
        let crossings = crossings(trace, others.iter(), em);
        let (Some(first), Some(last)) = (crossings.first(), crossings.last()) else {
            if trace.length() >= SURE_EMS * em && trace.is_clear {
                whole.push(trace.clone());
            }
            continue;
        };
        let loose = |from: f32, to: f32| is_loose_end(trace, page, (from, to), em);
        // Beside a crossing a rule is no darker than its sides.
        let inset = (0.15 * em).max(2.0);
        let is_seen = |from: f32, to: f32| {
            if to - from <= SHORT.1 * em {
                trace.coverage(from + 2.0, to - 2.0) >= SHORT.0
            } else {
                trace.coverage(from + inset, to - inset) >= BETWEEN
            }
        };
        let mut parts: Vec<(f32, f32)> = Vec::new();
        let mut add = |from: f32, to: f32| match parts.last_mut() {
            Some(before) if before.1 >= from => before.1 = to,
            _ => parts.push((from, to)),
        };
        if loose(trace.start, *first) {
            add(trace.start, *first);
        }
        for pair in crossings.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let is_near = to - from < 3.0 * inset;
            if is_near || is_seen(from, to) || is_dark_along(trace, page, from, to) {
                add(from, to);
            }
        }
        if loose(*last, trace.end) {
            add(*last, trace.end);
        }
        whole.extend(parts.into_iter().map(|(from, to)| part_of(trace, from, to)));
    }
    whole
}

/// Whether what goes on beyond the last crossing of a rule, from one place to another, is more of it and no stroke of text.
pub(super) fn is_loose_end(trace: &Trace, page: &Gray, (from, to): (f32, f32), em: f32) -> bool {
    /// Share of a loose end along which it must be seen, and its least length, ems.
    const LOOSE: (f32, f32) = (0.85, 2.5);
    /// Least length of a loose end that goes on from its crossing without a gap, ems.
    const JOINED: f32 = 0.6;
    to - from >= LOOSE.1 * em && trace.coverage(from, to) >= LOOSE.0
        || to - from >= JOINED * em && is_dark_along(trace, page, from + 1.0, to - 1.0)
}

/// Follows rules on to the next crossing where they are dark without a gap: text that touches a rule on both sides hides it from the search for
/// what is darker than its sides, but strokes of text have gaps between them.
fn follow(found: &mut [Trace], others: &[Trace], page: &Gray, em: f32) {
    for trace in found.iter_mut() {
        for is_forward in [true, false] {
            while let Some(next) = next_crossing(trace, others, is_forward, em) {
                let (from, to) = if is_forward {
                    (trace.end, next)
                } else {
                    (next, trace.start)
                };
                if !is_dark_along(trace, page, from, to) {
                    break;
                }
                if is_forward {
                    trace.points.push((next, trace.at(next)));
                    trace.end = next;
                } else {
                    trace.points.insert(0, (next, trace.at(next)));
                    trace.start = next;
                }
            }
        }
    }
}

/// Drops what lies within a longer rule.
fn drop_doubles(found: &mut Vec<Trace>, em: f32) {
    found.sort_by(|a, b| b.length().total_cmp(&a.length()));
    let mut kept: Vec<Trace> = Vec::with_capacity(found.len());
    for trace in found.drain(..) {
        let is_double = kept.iter().any(|longer| {
            let middle = f32::midpoint(trace.start, trace.end);
            longer.start <= trace.start + 0.1 * em
                && trace.end <= longer.end + 0.1 * em
                && (longer.at(middle) - trace.at(middle)).abs() < 0.12 * em
        });
        if !is_double {
            kept.push(trace);
        }
    }
    kept.sort_by(|a, b| {
        a.position()
            .total_cmp(&b.position())
            .then(a.start.total_cmp(&b.start))
    });
    *found = kept;
}

/// The darkest shade within a pixel above or below a place.
fn darkest(page: &Gray, x: f32, y: f32) -> u8 {
    let (x, y) = (x.max(0.0) as usize, y.max(0.0) as usize);
    (y.saturating_sub(1)..y + 2)
        .map(|y| page.at(x, y))
        .min()
        .unwrap_or(255)
}

/// Where a rule would next cross another, if it went on.
pub(super) fn next_crossing(
    trace: &Trace,
    others: &[Trace],
    is_forward: bool,
    em: f32,
) -> Option<f32> {
    let end = if is_forward { trace.end } else { trace.start };
    let across = trace.at(end);
    let beyond = others
        .iter()
        .filter(|other| {
            let reach = REACH * em;
            other.start - reach <= across && across <= other.end + reach
        })
        .map(|other| other.at(across));
    if is_forward {
        beyond
            .filter(|x| *x > end + REACH * em)
            .min_by(f32::total_cmp)
    } else {
        beyond
            .filter(|x| *x < end - REACH * em)
            .max_by(f32::total_cmp)
    }
}

/// A trace from one place to another.
pub(super) fn part_of(trace: &Trace, from: f32, to: f32) -> Trace {
    let inner = trace.points.iter().filter(|p| p.0 > from && p.0 < to);
    let mut points = vec![(from, trace.at(from))];
    points.extend(inner);
    points.push((to, trace.at(to)));
    Trace {
        points,
        start: from,
        end: to,
        thickness: trace.thickness,
        seen: trace.seen.clone(),
        is_clear: trace.is_clear,
    }
}

#[cfg(test)]
mod tests {
    use super::super::regions::Regions;
    use super::super::testing::table;
    use super::*;

    #[test]
    fn rules_meet_and_enclose() {
        let gray = table();
        let rules = find(&gray, 30.0, 25, false);
        assert_eq!((rules.level.len(), rules.upright.len()), (3, 3));
        let regions = Regions::of(&rules, gray.width, gray.height);
        let labels = [(150.0, 80.0), (350.0, 80.0), (250.0, 140.0), (20.0, 20.0)]
            .map(|(x, y)| regions.at(x, y));
        assert_eq!(labels[3], 0);
        for (idx, label) in labels.iter().enumerate() {
            assert!(!labels[..idx].contains(label), "{labels:?}");
        }
        let straight = rules.straight(30.0);
        let short = straight.iter().find(|r| (r.position - 251.0).abs() < 2.0);
        let short = short.unwrap();
        assert!((short.start - 51.0).abs() < 3.0 && (short.end - 111.0).abs() < 3.0);
    }

    fn fill(gray: &mut Gray, (left, top, right, bottom): (usize, usize, usize, usize)) {
        for y in top..bottom {
            gray.pixels[y * 500 + left..y * 500 + right].fill(20);
        }
    }

    #[test]
    fn a_stroke_behind_a_rules_end_is_no_part_of_it() {
        let mut gray = table();
        // In line with the rule between the upper cells, below it, as the stroke of a character.
        fill(&mut gray, (250, 122, 252, 146));
        let rules = find(&gray, 30.0, 25, false);
        let short = rules
            .upright
            .iter()
            .find(|r| (r.position() - 251.0).abs() < 2.0);
        assert!((short.unwrap().end - 111.0).abs() < 2.0, "{short:?}");
    }

    #[test]
    fn the_sides_of_a_row_that_the_page_cuts_are_rules() {
        let mut gray = table();
        for x in [50, 250, 448] {
            fill(&mut gray, (x, 170, x + 2, 195));
        }
        let rules = find(&gray, 30.0, 25, false);
        assert!(
            rules.upright.iter().filter(|r| r.end > 193.0).count() >= 2,
            "{:?}",
            rules.upright
        );
    }

    #[test]
    fn the_stroke_of_a_character_in_a_short_row_is_no_rule() {
        let mut gray = table();
        // Two more rows, one em high; a rule beside the lower, in line with a stroke in the upper.
        for y in [210, 250] {
            fill(&mut gray, (50, y, 450, y + 2));
        }
        for x in [50, 448] {
            fill(&mut gray, (x, 170, x + 2, 252));
        }
        fill(&mut gray, (200, 210, 202, 252));
        fill(&mut gray, (200, 176, 202, 204));
        let rules = find(&gray, 30.0, 25, false);
        let side = rules
            .upright
            .iter()
            .find(|r| (r.position() - 201.0).abs() < 3.0);
        assert!((side.unwrap().start - 211.0).abs() < 3.0, "{side:?}");
    }

    #[test]
    fn a_stroke_between_rules_is_no_rule() {
        let mut gray = table();
        fill(&mut gray, (150, 56, 152, 105));
        assert_eq!(find(&gray, 30.0, 25, false).upright.len(), 3);
        // Until it joins them.
        fill(&mut gray, (150, 50, 152, 112));
        assert_eq!(find(&gray, 30.0, 25, false).upright.len(), 4);
    }

    #[test]
    fn a_rule_is_followed_under_text_that_touches_it() {
        let mut gray = table();
        for left in (60..240).step_by(30) {
            fill(&mut gray, (left, 98, left + 26, 124));
        }
        let rules = find(&gray, 30.0, 25, false);
        let middle = rules
            .level
            .iter()
            .find(|r| (r.position() - 111.0).abs() < 3.0);
        let middle = middle.unwrap();
        assert!(middle.start < 55.0 && middle.end > 440.0, "{middle:?}");
    }
}
