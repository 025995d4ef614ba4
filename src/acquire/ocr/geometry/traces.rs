//! Traces: thin dark lines that run from left to right, followed step by step, however the paper bends them.
//!
//! In: an even grey picture (transposed, for lines that run down). Out: [`Trace`]s. Never: asks what a line is for.
//!
//! A rule is told from strokes of text by what it is beside: darker than what lies above and below it, along nearly all
//! of its length. So a pale rule, a dithered one and one on noise are found alike: nothing is compared with a fixed shade.

use super::super::Gray;
use super::light::transposed;

/// A line followed from left to right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trace {
    /// Its middle, about every fifth of an em, from left to right.
    pub(super) points: Vec<(f32, f32)>,
    /// Where it begins.
    pub(super) start: f32,
    /// Where it ends.
    pub(super) end: f32,
    /// Thickness in pixels.
    pub(super) thickness: f32,
    /// Where it is darker than its sides, from left to right.
    pub(super) seen: Vec<(f32, f32)>,
    /// Whether one of its sides is paper along most of it.
    pub(super) is_clear: bool,
}

impl Trace {
    /// Share of a part of it along which it is darker than its sides.
    pub(super) fn coverage(&self, from: f32, to: f32) -> f32 {
        let seen: f32 = self
            .seen
            .iter()
            .map(|(start, end)| (end.min(to) - start.max(from)).max(0.0))
            .sum();
        seen / (to - from).max(1.0)
    }

    pub(super) fn length(&self) -> f32 {
        self.end - self.start
    }

    /// Its y at an x; beyond its ends, that of the end.
    pub(super) fn at(&self, x: f32) -> f32 {
        let behind = self.points.partition_point(|p| p.0 < x);
        match (
            behind.checked_sub(1).and_then(|i| self.points.get(i)),
            self.points.get(behind),
        ) {
            (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0).max(0.1),
            (Some(end), None) | (None, Some(end)) => end.1,
            (None, None) => 0.0,
        }
    }

    /// The middle of its ys.
    pub(super) fn position(&self) -> f32 {
        let mut ys: Vec<f32> = self.points.iter().map(|p| p.1).collect();
        if ys.is_empty() {
            return 0.0;
        }
        let middle = ys.len() / 2;
        *ys.select_nth_unstable_by(middle, f32::total_cmp).1
    }
}

/// What counts as a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TraceParams {
    /// Size of a character, pixels.
    pub(super) em: f32,
    /// How much darker than its sides a line is, shades.
    pub(super) contrast: u8,
    /// Shortest line, ems.
    pub(super) min_ems: f32,
}

/// Share of a line's length along which it must be darker than its sides.
const COVERAGE: f32 = 0.82;
/// Blocks in which a line may be missing before it ends.
const MAX_GAP: usize = 3;
/// Lines that are longer than this, ems, and darker than their sides along so much of it are no strokes of text, whatever is beside them.
const SURE: (f32, f32) = (3.0, 0.93);

/// What is darker than this is ink, whatever it belongs to.
pub(super) const DARK: u8 = 150;

/// No stroke of a character is so long, ems.
const STROKE: f32 = 1.2;

/// Lines that run from left to right, from top to bottom.
pub(super) fn traces(gray: &Gray, params: &TraceParams) -> Vec<Trace> {
    let em = params.em.max(8.0);
    let block = ((em / 5.0).round() as usize).max(3);
    let n_blocks = gray.width / block;
    if n_blocks == 0 || gray.height < 8 {
        return Vec::new();
    }
    let ridges = ridges(gray, em, params.contrast);
    let counts = counts(&ridges, block, n_blocks);
    let mut done: Vec<Chain> = Vec::new();
    let mut active: Vec<Chain> = Vec::new();
    let mut peaks = Vec::new();
    for k in 0..n_blocks {
        peaks_of(&counts, k, block, &mut peaks);
        step(&mut active, &mut done, &peaks, k);
    }
    done.append(&mut active);
    let least = params.min_ems * em;
    let mut found: Vec<Trace> = done
        .into_iter()
        .filter(|chain| ((chain.last.0 - chain.nodes[0].0 + 1) * block) as f32 >= least)
        .flat_map(|chain| match trace(&chain, gray, &ridges, block, em) {
            Some(trace) => vec![trace],
            None => unbroken(&chain, &ridges, block, least.max(STROKE * em))
                .iter()
                .filter_map(|part| trace(part, gray, &ridges, block, em))
                .filter(|part| part.length() >= STROKE * em && is_free(part, gray, em))
                .collect(),
        })
        .filter(|trace| trace.length() >= least)
        .collect();
    found.sort_by(|a, b| {
        a.points[0]
            .1
            .total_cmp(&b.points[0].1)
            .then(a.start.total_cmp(&b.start))
    });
    found
}

/// A line in the making: a row in each block.
#[derive(Debug, Clone)]
struct Chain {
    nodes: Vec<(usize, usize)>,
    last: (usize, usize),
    /// Rows a block, over its last blocks.
    slope: f32,
}

fn step(active: &mut Vec<Chain>, done: &mut Vec<Chain>, peaks: &[usize], k: usize) {
    let mut taken = vec![false; peaks.len()];
    // The longest chains choose first.
    active.sort_by_key(|chain| (std::cmp::Reverse(chain.nodes.len()), chain.last.1));
    for chain in active.iter_mut() {
        let gap = (k - chain.last.0) as f32;
        let expected = chain.last.1 as f32 + chain.slope * gap;
        let reach = 1.01 + 0.4 * (gap - 1.0);
        let nearest = peaks
            .iter()
            .enumerate()
            .filter(|(idx, y)| !taken[*idx] && (**y as f32 - expected).abs() <= reach)
            .min_by(|(_, a), (_, b)| {
                let distance = |y: &usize| (*y as f32 - expected).abs();
                distance(a).total_cmp(&distance(b))
            });
        if let Some((idx, y)) = nearest {
            taken[idx] = true;
            chain.nodes.push((k, *y));
            chain.last = (k, *y);
            let back = chain.nodes.len().saturating_sub(8);
            let (k0, y0) = chain.nodes[back];
            if k > k0 + 2 {
                chain.slope = (*y as f32 - y0 as f32) / (k - k0) as f32;
            }
        }
    }
    let mut idx = 0;
    while idx < active.len() {
        if k - active[idx].last.0 > MAX_GAP {
            let chain = active.swap_remove(idx);
            if chain.nodes.len() > 2 {
                done.push(chain);
            }
        } else {
            idx += 1;
        }
    }
    for (y, _) in peaks.iter().zip(&taken).filter(|(_, taken)| !**taken) {
        active.push(Chain {
            nodes: vec![(k, *y)],
            last: (k, *y),
            slope: 0.0,
        });
    }
}

/// One where a pixel is darker than both what is above and what is below it.
pub(super) fn ridges(gray: &Gray, em: f32, contrast: u8) -> Gray {
    let (width, height) = (gray.width, gray.height);
    let smooth = smoothed_along(gray);
    let mut bits = Gray::filled(width, height, 0);
    for reach in [em * 0.1, em * 0.2].map(|r| (r.round() as usize).max(2)) {
        for y in reach..height.saturating_sub(reach) {
            let above = &smooth.pixels[(y - reach) * width..][..width];
            let below = &smooth.pixels[(y + reach) * width..][..width];
            let row = &smooth.pixels[y * width..][..width];
            let to = &mut bits.pixels[y * width..][..width];
            for (((to, above), below), at) in to.iter_mut().zip(above).zip(below).zip(row) {
                *to |= u8::from((*above).min(*below).saturating_sub(*at) >= contrast);
            }
        }
    }
    bits
}

/// The mean of three pixels of a row, for less noise.
fn smoothed_along(gray: &Gray) -> Gray {
    let width = gray.width;
    let mut pixels = gray.pixels.clone();
    for (to, row) in pixels
        .chunks_exact_mut(width)
        .zip(gray.pixels.chunks_exact(width))
    {
        if width < 3 {
            continue;
        }
        let beside = row.iter().zip(&row[1..]).zip(&row[2..]);
        for (to, ((left, middle), right)) in to[1..width - 1].iter_mut().zip(beside) {
            let sum = u16::from(*left) + 2 * u16::from(*middle) + u16::from(*right);
            *to = (sum / 4) as u8;
        }
    }
    Gray { pixels, ..*gray }
}

/// How many pixels of each block of each row are ridges; block by block, as they are asked for.
fn counts(bits: &Gray, block: usize, n_blocks: usize) -> Gray {
    let mut pixels = Vec::with_capacity(bits.height * n_blocks);
    for y in 0..bits.height {
        let row = &bits.row(y)[..n_blocks * block];
        pixels.extend(row.chunks_exact(block).map(|b| b.iter().sum::<u8>()));
    }
    transposed(&Gray {
        width: n_blocks,
        height: bits.height,
        pixels,
    })
}

/// Rows at which a line may cross block `k`.
fn peaks_of(counts: &Gray, k: usize, block: usize, peaks: &mut Vec<usize>) {
    peaks.clear();
    let counts = counts.row(k);
    let height = counts.len();
    let wanted = (block as f32 * COVERAGE).ceil() as u8;
    let at = |y: usize| counts[y];
    let most = block as u8;
    // A line that slopes is on two rows of a block.
    let strength = |y: usize| (at(y - 1).max(at(y + 1)) + at(y)).min(most);
    let mut y = 1;
    while y + 1 < height {
        if at(y) == 0 || strength(y) < wanted {
            y += 1;
            continue;
        }
        let first = y;
        let mut best = (0, first, first);
        while y + 1 < height && at(y) > 0 && strength(y) >= wanted {
            // The strongest rows of a thick line; its middle counts.
            let here = at(y) as usize * 2 + strength(y) as usize;
            if here > best.0 {
                best = (here, y, y);
            } else if here == best.0 && best.2 + 1 == y {
                best.2 = y;
            }
            y += 1;
        }
        peaks.push(usize::midpoint(best.1, best.2));
    }
}

/// What a chain looks like on the picture; `None` where it is no line after all.
fn trace(chain: &Chain, gray: &Gray, ridges: &Gray, block: usize, em: f32) -> Option<Trace> {
    let middle = |k: usize| (k * block) as f32 + block as f32 / 2.0;
    let rows: Vec<(f32, f32)> = chain
        .nodes
        .iter()
        .map(|(k, y)| (middle(*k), *y as f32))
        .collect();
    let rough = Trace {
        points: rows,
        start: (chain.nodes[0].0 * block) as f32,
        end: ((chain.last.0 + 1) * block) as f32,
        thickness: 1.0,
        seen: Vec::new(),
        is_clear: false,
    };
    let is_ridge = |x: usize| {
        let y = rough.at(x as f32 + 0.5).round() as usize;
        let from = y.saturating_sub(1);
        (from..(y + 2).min(gray.height)).any(|y| ridges.pixels[y * gray.width + x] > 0)
    };
    let (mut start, mut end) = (rough.start as usize, (rough.end as usize).min(gray.width));
    while start < end && !is_ridge(start) {
        start += 1;
    }
    while end > start && !is_ridge(end - 1) {
        end -= 1;
    }
    while start > 0 && is_ridge(start - 1) {
        start -= 1;
    }
    while end < gray.width && is_ridge(end) {
        end += 1;
    }
    let n = end - start;
    let n_ridges = (start..end).filter(|x| is_ridge(*x)).count();
    if n == 0 || (n_ridges as f32) < COVERAGE * n as f32 {
        return None;
    }
    let is_sure = n as f32 > SURE.0 * em && n_ridges as f32 >= SURE.1 * n as f32;
    let is_clear = has_clear_side(&rough, gray, start, end, em);
    if !is_sure && !is_clear {
        return None;
    }
    let mut seen: Vec<(f32, f32)> = Vec::new();
    for x in (start..end).filter(|x| is_ridge(*x)) {
        let x = x as f32;
        match seen.last_mut() {
            Some(last) if last.1 >= x => last.1 = x + 1.0,
            _ => seen.push((x, x + 1.0)),
        }
    }
    let (points, thickness) = measured(&rough, gray, em);
    Some(Trace {
        points,
        start: start as f32,
        end: end as f32,
        thickness,
        seen,
        is_clear,
    })
}

/// The unbroken parts of a chain that is no line as a whole: the side of a cell, and strokes of text that stand in its way.
fn unbroken(chain: &Chain, ridges: &Gray, block: usize, least: f32) -> Vec<Chain> {
    let is_full = |(k, y): &(usize, usize)| {
        let rows = y.saturating_sub(1)..(y + 2).min(ridges.height);
        let is_ridge = |x: usize| {
            rows.clone()
                .any(|y| ridges.pixels[y * ridges.width + x] > 0)
        };
        (k * block..(k + 1) * block).all(is_ridge)
    };
    let full: Vec<(usize, usize)> = chain.nodes.iter().copied().filter(is_full).collect();
    let parts = full.chunk_by(|a, b| b.0 == a.0 + 1 && a.1.abs_diff(b.1) <= 1);
    parts
        // The blocks at its ends are not full.
        .filter(|nodes| nodes.len() > 2 && ((nodes.len() + 2) * block) as f32 >= least)
        .filter(|nodes| nodes.len() < chain.nodes.len())
        .filter_map(|nodes| {
            Some(Chain {
                nodes: nodes.to_vec(),
                last: *nodes.last()?,
                slope: 0.0,
            })
        })
        .collect()
}

/// Whether one side of a line is paper along most of its length.
fn has_clear_side(trace: &Trace, gray: &Gray, start: usize, end: usize, em: f32) -> bool {
    let (above, below) = dark_sides(trace, gray, start..end, em);
    above.min(below) <= MOST_DARK
}

/// The same of both sides.
pub(super) fn is_free(trace: &Trace, gray: &Gray, em: f32) -> bool {
    let (above, below) = dark_sides(trace, gray, trace.start as usize..trace.end as usize, em);
    above.max(below) <= MOST_DARK
}

/// Share of a line along which there may be ink beside it.
const MOST_DARK: f32 = 0.2;

/// Shares of a line along which there is ink close above it and close below it.
fn dark_sides(trace: &Trace, gray: &Gray, along: std::ops::Range<usize>, em: f32) -> (f32, f32) {
    let reach = (em * 0.3) as usize;
    let gap = (em * 0.12).max(2.0) as usize;
    let (mut above, mut below) = (0, 0);
    let n = along.len().max(1) as f32;
    for x in along {
        let y = trace.at(x as f32 + 0.5).round() as usize;
        let is_dark = |y: usize| y < gray.height && gray.pixels[y * gray.width + x] < DARK;
        above += u32::from((y.saturating_sub(reach)..=y.saturating_sub(gap)).any(is_dark));
        below += u32::from((y + gap..=y + reach).any(is_dark));
    }
    (above as f32 / n, below as f32 / n)
}

/// The middle of a line to a part of a pixel, smoothed, and its thickness.
fn measured(rough: &Trace, gray: &Gray, em: f32) -> (Vec<(f32, f32)>, f32) {
    let reach = (em * 0.2).round().max(3.0) as usize;
    let mut thicknesses = Vec::with_capacity(rough.points.len());
    let exact: Vec<(f32, f32)> = rough
        .points
        .iter()
        .map(|(x, y)| {
            let (column, row) = ((*x as usize).min(gray.width - 1), *y as usize);
            let from = row.saturating_sub(reach);
            let to = (row + reach + 1).min(gray.height);
            let shade = |y: usize| {
                let left = column.saturating_sub(1);
                let right = (column + 2).min(gray.width);
                let samples = &gray.pixels[y * gray.width + left..y * gray.width + right];
                samples.iter().map(|s| u32::from(*s)).sum::<u32>() as f32 / samples.len() as f32
            };
            let darkest = (row.saturating_sub(1)..(row + 2).min(gray.height))
                .map(shade)
                .fold(255.0, f32::min);
            let side = shade(from).min(shade(to - 1)).max(darkest + 1.0);
            let half = (side + darkest) / 2.0;
            // Out from the middle as long as it is dark.
            let mut low = row;
            while low > from && shade(low - 1) < half {
                low -= 1;
            }
            let mut high = row;
            while high + 1 < to && shade(high + 1) < half {
                high += 1;
            }
            let (mut weight, mut sum) = (0.0, 0.0);
            for y in low.saturating_sub(1)..(high + 2).min(gray.height) {
                let dark = (side - shade(y)).max(0.0);
                weight += dark;
                sum += dark * y as f32;
            }
            thicknesses.push((high - low + 1) as f32);
            let centre = if weight > 0.0 { sum / weight } else { *y };
            (*x, centre + 0.5)
        })
        .collect();
    thicknesses.sort_by(f32::total_cmp);
    let thickness = thicknesses[thicknesses.len() / 2];
    let smooth = |idx: usize| {
        let from = idx.saturating_sub(2);
        let near = &exact[from..(idx + 3).min(exact.len())];
        let mut ys: Vec<f32> = near.iter().map(|p| p.1).collect();
        ys.sort_by(f32::total_cmp);
        (exact[idx].0, ys[ys.len() / 2])
    };
    ((0..exact.len()).map(smooth).collect(), thickness)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> TraceParams {
        TraceParams {
            em: 30.0,
            contrast: 20,
            min_ems: 1.2,
        }
    }

    fn page(shade: impl Fn(usize, usize) -> u8) -> Gray {
        let (width, height) = (600, 200);
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Gray {
            width,
            height,
            pixels: places.map(|(x, y)| shade(x, y)).collect(),
        }
    }

    #[test]
    fn a_pale_curved_rule_is_followed() {
        let curve = |x: usize| 100.0 + 6.0 * (x as f32 / 100.0).sin();
        let gray = page(|x, y| {
            let distance = (y as f32 - curve(x)).abs();
            if x > 50 && x < 560 && distance < 1.0 {
                200
            } else {
                250
            }
        });
        let found = traces(&gray, &params());
        assert_eq!(found.len(), 1);
        let trace = &found[0];
        assert!((trace.start - 51.0).abs() < 4.0 && (trace.end - 560.0).abs() < 4.0);
        for x in [80, 200, 400, 540] {
            let off = trace.at(x as f32) - curve(x) - 0.5;
            assert!(off.abs() < 1.0, "{x}: {off}");
        }
    }

    #[test]
    fn a_broken_rule_is_one() {
        let gray = page(|x, y| {
            let is_missing = x % 50 < 6;
            if y == 50 && !is_missing { 0 } else { 255 }
        });
        assert_eq!(traces(&gray, &params()).len(), 1);
    }

    #[test]
    fn the_side_of_a_cell_is_found_though_strokes_stand_in_its_way() {
        // Strokes before and behind it, at the same height.
        let gray = page(|x, y| {
            let is_stroke = matches!(x, 60..80 | 100..112 | 250..262 | 278..296);
            let is_side = (130..=205).contains(&x);
            if (99..102).contains(&y) && (is_side || is_stroke) {
                0
            } else {
                255
            }
        });
        let found = traces(&gray, &params());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].start - 130.0).abs() < 3.0 && (found[0].end - 206.0).abs() < 3.0);
        // A long stroke of a character with another beside it is none.
        let gray = page(|x, y| {
            let is_stroke = matches!(x, 60..80 | 100..112 | 250..262 | 278..296);
            let is_character = (130..=170).contains(&x) && (99..102).contains(&y)
                || (136..=162).contains(&x) && (106..109).contains(&y);
            if is_character || (99..102).contains(&y) && is_stroke {
                0
            } else {
                255
            }
        });
        assert_eq!(traces(&gray, &params()), []);
    }

    #[test]
    fn strokes_of_text_are_no_rule() {
        // Characters of three strokes each, with gaps between them.
        let gray = page(|x, y| {
            let is_stroke = x % 32 < 22 && (80..110).contains(&y) && y % 10 < 3;
            if is_stroke { 0 } else { 255 }
        });
        assert_eq!(traces(&gray, &params()), []);
    }

    #[test]
    fn the_edge_of_a_field_is_no_rule() {
        let gray = page(|_, y| if y > 100 { 180 } else { 255 });
        assert_eq!(traces(&gray, &params()), []);
    }

    #[test]
    fn a_thick_rule_has_its_thickness() {
        let gray = page(|x, y| {
            if (90..95).contains(&y) && x > 30 {
                10
            } else {
                255
            }
        });
        let found = traces(&gray, &params());
        assert_eq!(found.len(), 1);
        assert!((found[0].thickness - 5.0).abs() < 1.1);
        assert!((found[0].position() - 92.5).abs() < 0.6);
    }
}
