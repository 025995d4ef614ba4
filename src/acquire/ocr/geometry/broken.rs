//! Broken rules: thin ones of which a fax or a copy of a copy has left dashes and dots.
//!
//! In: an even, flat, grey page. Out: [`Trace`]s over the gaps. Never: joins what stands in a line of text; joins marks that are alike, as
//! the dashes and ones in the rows of a column are.
//!
//! A rule that is followed from one step to the next ends at its first gap. Here its pieces are looked at together: those with nothing printed
//! above and below them that lie in one line, so near to each other that no empty column of a table is between.

use super::super::Gray;
use super::components::{Component, components};
use super::traces::{DARK, Trace, ridges};

/// White within a broken rule is no longer, ems.
const GAP: f32 = 2.0;
/// Shortest broken rule, ems.
const SHORTEST: f32 = 6.0;
/// Fewest pieces, and their least share of the length.
const PIECES: (usize, f32) = (4, 0.15);
/// Thickest piece, ems.
const THICK: f32 = 0.35;
/// Pieces are looked at in parts no longer than this, ems.
const PART: f32 = 1.0;
/// How far the pieces of a rule stray from its line, ems.
const STRAY: f32 = 0.1;
/// Most marks, and most pieces, that are looked at: with more the page is noise.
const MOST: (usize, usize) = (40_000, 5_000);

/// A piece of a rule with nothing above and below it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    left: f32,
    right: f32,
    middle: f32,
    thickness: f32,
    /// Length of the mark that it is of.
    whole: f32,
}

/// Broken lines that run from left to right, on a page whose characters have size `em`, pixels, and whose lines are `contrast` darker than
/// their sides.
pub(super) fn broken_rules(gray: &Gray, em: f32, contrast: u8) -> Vec<Trace> {
    let mut bits = ridges(gray, em, contrast);
    for bit in &mut bits.pixels {
        *bit = if *bit > 0 { 0 } else { 255 };
    }
    let marks = components(&bits, 128);
    if marks.components.len() > MOST.0 {
        return Vec::new();
    }
    let mut pieces: Vec<Piece> = marks
        .components
        .iter()
        .filter(|mark| mark.height() <= THICK * em)
        .flat_map(|mark| parts_of(mark, em))
        .filter(|piece| is_free(piece, gray, em))
        .collect();
    if pieces.len() > MOST.1 {
        return Vec::new();
    }
    pieces.sort_by(|a, b| {
        a.left
            .total_cmp(&b.left)
            .then(a.middle.total_cmp(&b.middle))
    });
    chains(&pieces, em)
        .iter()
        .filter(|chain| is_rule(chain, em))
        .map(|chain| trace_of(chain, &bits, em))
        .collect()
}

/// A mark, in parts.
fn parts_of(mark: &Component, em: f32) -> Vec<Piece> {
    let n = (mark.width() / (PART * em)).ceil().max(1.0);
    let step = mark.width() / n;
    (0..n as usize)
        .map(|nth| Piece {
            left: mark.left as f32 + nth as f32 * step,
            right: mark.left as f32 + (nth + 1) as f32 * step,
            middle: mark.middle_y() - 0.5,
            thickness: mark.height(),
            whole: mark.width(),
        })
        .collect()
}

/// Whether there is paper above and below a piece.
fn is_free(piece: &Piece, gray: &Gray, em: f32) -> bool {
    /// From where to where there is paper, ems beyond the piece's own edge.
    const PAPER: (f32, f32) = (0.12, 0.3);
    /// How far to the left and to the right, ems.
    const BESIDE: f32 = 0.2;
    let half = piece.thickness / 2.0;
    let columns = (piece.left - BESIDE * em).max(0.0) as usize
        ..((piece.right + BESIDE * em).max(0.0) as usize).min(gray.width);
    let is_paper = |from: f32, to: f32| {
        let rows = from.max(0.0) as usize..(to.max(0.0) as usize + 1).min(gray.height);
        rows.into_iter()
            .all(|y| gray.row(y)[columns.clone()].iter().all(|s| *s >= DARK))
    };
    let (near, far) = (half + PAPER.0 * em, half + PAPER.1 * em);
    is_paper(piece.middle - far, piece.middle - near)
        && is_paper(piece.middle + near, piece.middle + far)
}

/// Pieces that lie in one line.
fn chains(pieces: &[Piece], em: f32) -> Vec<Vec<Piece>> {
    let mut done = Vec::new();
    let mut active: Vec<Vec<Piece>> = Vec::new();
    for piece in pieces {
        let (mut ended, going_on): (Vec<_>, Vec<_>) = active
            .into_iter()
            .partition(|chain: &Vec<Piece>| piece.left - end_of(chain) > GAP * em);
        done.append(&mut ended);
        active = going_on;
        let nearest = active
            .iter_mut()
            .filter(|chain| (middle_of(chain) - piece.middle).abs() <= STRAY * em)
            .min_by(|a, b| {
                let off = |chain: &[Piece]| (middle_of(chain) - piece.middle).abs();
                off(a).total_cmp(&off(b))
            });
        match nearest {
            Some(chain) => chain.push(*piece),
            None => active.push(vec![*piece]),
        }
    }
    done.append(&mut active);
    done
}

fn end_of(chain: &[Piece]) -> f32 {
    chain
        .iter()
        .rev()
        .take(4)
        .map(|p| p.right)
        .fold(0.0, f32::max)
}

/// Where the last pieces of a chain lie, the longer counting more.
fn middle_of(chain: &[Piece]) -> f32 {
    let last = &chain[chain.len().saturating_sub(6)..];
    let weight = |piece: &Piece| piece.right - piece.left + 1.0;
    let sum: f32 = last.iter().map(|p| p.middle * weight(p)).sum();
    sum / last.iter().map(weight).sum::<f32>()
}

/// Whether pieces are enough to be a rule, and not marks of one kind.
fn is_rule(chain: &[Piece], em: f32) -> bool {
    /// Marks as long as most, to a share of their length, and the most of them that a rule has.
    const ALIKE: (f32, f32) = (0.15, 0.7);
    let (Some(first), true) = (chain.first(), chain.len() >= PIECES.0) else {
        return false;
    };
    let length = end_of(chain) - first.left;
    let seen: f32 = chain.iter().map(|p| p.right - p.left).sum();
    if length < SHORTEST * em || seen < PIECES.1 * length {
        return false;
    }
    let mut lengths: Vec<f32> = chain.iter().map(|p| p.whole).collect();
    lengths.sort_by(f32::total_cmp);
    let usual = lengths[lengths.len() / 2];
    let n_alike = lengths
        .iter()
        .filter(|l| (*l - usual).abs() <= ALIKE.0 * usual)
        .count();
    usual >= 1.5 * em || usual < 0.2 * em || (n_alike as f32) < ALIKE.1 * lengths.len() as f32
}

/// The line through pieces; white that is no longer than a gap counts as seen.
fn trace_of(chain: &[Piece], bits: &Gray, em: f32) -> Trace {
    let points: Vec<(f32, f32)> = chain
        .chunks(4)
        .map(|some| {
            let weight = |p: &Piece| p.right - p.left + 1.0;
            let total: f32 = some.iter().map(weight).sum();
            let mean =
                |of: fn(&Piece) -> f32| some.iter().map(|p| of(p) * weight(p)).sum::<f32>() / total;
            (mean(|p| f32::midpoint(p.left, p.right)), mean(|p| p.middle))
        })
        .collect();
    let mut thicknesses: Vec<f32> = chain.iter().map(|p| p.thickness).collect();
    thicknesses.sort_by(f32::total_cmp);
    let start = chain.iter().map(|p| p.left).fold(f32::INFINITY, f32::min);
    let mut trace = Trace {
        points,
        start,
        end: end_of(chain),
        thickness: thicknesses[thicknesses.len() / 2],
        seen: Vec::new(),
        is_clear: true,
    };
    let is_ridge = |x: usize| {
        let y = trace.at(x as f32).round().max(0.0) as usize;
        (y.saturating_sub(1)..y + 2).any(|y| bits.at(x, y) == 0)
    };
    let mut seen: Vec<(f32, f32)> = Vec::new();
    for x in (trace.start as usize..trace.end as usize).filter(|x| is_ridge(*x)) {
        let x = x as f32;
        match seen.last_mut() {
            Some(last) if x - last.1 <= GAP * em => last.1 = x + 1.0,
            _ => seen.push((x, x + 1.0)),
        }
    }
    trace.seen = seen;
    trace
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(gray: &mut Gray, (left, top, width, height): (usize, usize, usize, usize)) {
        for y in top..top + height {
            gray.pixels[y * gray.width + left..y * gray.width + left + width].fill(20);
        }
    }

    #[test]
    fn dashes_and_dots_in_a_line_are_a_rule() {
        let mut gray = Gray::filled(600, 100, 255);
        for (left, width) in [
            (40, 30),
            (90, 3),
            (120, 50),
            (200, 4),
            (230, 12),
            (280, 70),
            (390, 5),
            (430, 60),
        ] {
            fill(&mut gray, (left, 50, width, 2));
        }
        let found = broken_rules(&gray, 30.0, 18);
        assert_eq!(found.len(), 1, "{found:?}");
        let rule = &found[0];
        assert!(
            (rule.start - 40.0).abs() < 3.0 && (rule.end - 490.0).abs() < 3.0,
            "{rule:?}"
        );
        assert!((rule.position() - 50.5).abs() < 1.0 && rule.coverage(40.0, 490.0) > 0.9);
    }

    #[test]
    fn dashes_that_stand_for_nothing_in_the_cells_of_a_row_are_no_rule() {
        let mut gray = Gray::filled(600, 100, 255);
        for left in (40..500).step_by(75) {
            fill(&mut gray, (left, 50, 24, 3));
        }
        assert!(broken_rules(&gray, 30.0, 18).is_empty());
    }

    #[test]
    fn strokes_of_a_line_of_text_are_no_rule() {
        let mut gray = Gray::filled(600, 100, 255);
        for left in (40..500).step_by(32) {
            // A character of three strokes of different lengths.
            fill(&mut gray, (left, 40, 20, 2));
            fill(&mut gray, (left + 3, 50, 10 + left % 9, 2));
            fill(&mut gray, (left, 60, 25, 2));
        }
        assert!(broken_rules(&gray, 30.0, 18).is_empty());
    }
}
