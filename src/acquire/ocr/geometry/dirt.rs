//! Dirt: the spots that a copier's glass and old paper leave, told from full stops.
//!
//! In: the ink of a page. Out: which of its components are spots. Never: takes a mark that stands beside a character for one, unless it
//! stands where no punctuation does; takes any on a page with few of them.

use super::components::{Component, Ink};

/// Fewest spots that stand alone on a page that is dirty: a clean one may have bullets.
const DIRTY: usize = 10;
/// Most marks that are looked at: with more the page is noisy rather than dirty.
const NOISY: usize = 3_000;
/// A spot is smaller than this, ems.
const SMALL: f32 = 0.25;
/// And no larger than so many times the usual mark that stands alone: among specks of noise the dots of a colon are large.
const LARGE: f32 = 2.0;
/// What is at least so wide or high is a part of a character, ems.
const PART: f32 = 0.32;
/// Punctuation stands no farther from its character, ems.
const BESIDE: f32 = 0.45;
/// A mark of at least this size may be what is left of a colon, which stands no farther behind its character, ems.
const COLON: (f32, f32) = (0.15, 0.9);

/// For each component, whether it is a spot; `em` is the size of characters, pixels.
pub(super) fn spots(ink: &Ink, em: f32) -> Vec<bool> {
    let all = &ink.components;
    let mut is_spot = vec![false; all.len()];
    let marks: Vec<usize> = (0..all.len())
        .filter(|idx| is_round(&all[*idx], em))
        .collect();
    if marks.len() < DIRTY || marks.len() > NOISY {
        return is_spot;
    }
    let mut parts: Vec<&Component> = all
        .iter()
        .filter(|c| c.width().max(c.height()) >= PART * em)
        .collect();
    parts.sort_by_key(|c| c.top);
    let mut small: Vec<&Component> = all
        .iter()
        .filter(|c| c.width().max(c.height()) < SMALL * em)
        .collect();
    small.sort_by_key(|c| c.left);
    let marks: Vec<Mark> = marks
        .iter()
        .filter(|idx| !is_of_row(&all[**idx], &small, em))
        .map(|idx| Mark::of(*idx, &all[*idx], &parts, em))
        .collect();
    let size = |mark: &Mark| all[mark.idx].width().max(all[mark.idx].height());
    let mut alone: Vec<f32> = (marks.iter().filter(|mark| mark.stands_alone()))
        .map(size)
        .collect();
    if alone.len() < DIRTY {
        return is_spot;
    }
    alone.sort_by(f32::total_cmp);
    let largest = LARGE * alone[alone.len() / 2];
    for mark in marks.iter().filter(|mark| size(mark) <= largest) {
        is_spot[mark.idx] = mark.stands_alone() || mark.is_no_punctuation();
    }
    is_spot
}

/// A small round mark and what stands beside it.
struct Mark {
    idx: usize,
    /// White between it and the nearest part of a character at its left and at its right, ems; infinite where none is beside it.
    white: (f32, f32),
    /// Whether it stands no higher than punctuation does at the foot of the character at its left.
    is_low: bool,
}

impl Mark {
    fn of(idx: usize, mark: &Component, parts: &[&Component], em: f32) -> Self {
        let slack = 0.25 * em;
        // Parts are sorted by their top; none that matters is higher than this.
        let (above, below) = (mark.top as f32 - 4.0 * em, mark.bottom as f32 + slack);
        let first = parts.partition_point(|part| (part.top as f32) < above);
        let is_large = mark.width().max(mark.height()) >= COLON.0 * em;
        let far = if is_large { COLON.1 } else { BESIDE };
        let (mut white, mut is_low) = ((f32::INFINITY, f32::INFINITY), false);
        for part in &parts[first..] {
            if part.top as f32 > below {
                break;
            }
            if part.bottom as f32 + slack <= mark.top as f32 {
                continue;
            }
            let at_left = (mark.left as f32 - part.right as f32) / em;
            let at_right = (part.left as f32 - mark.right as f32) / em;
            if at_left > far || at_right > BESIDE {
                continue;
            }
            // A part above or below it is beside it on both sides.
            if at_left >= 0.0 || at_right < 0.0 {
                white.0 = white.0.min(at_left.max(0.0));
                is_low |= at_left < 0.0 || mark.middle_y() > part.bottom as f32 - 0.3 * em;
            }
            if at_right >= 0.0 || at_left < 0.0 {
                white.1 = white.1.min(at_right.max(0.0));
            }
        }
        Self { idx, white, is_low }
    }

    fn stands_alone(&self) -> bool {
        self.white.0.min(self.white.1).is_infinite()
    }

    /// Well before the first character, or well behind the last and above its foot.
    fn is_no_punctuation(&self) -> bool {
        /// Parts of a character are nearer to each other, ems.
        const APART: (f32, f32) = (0.25, 0.15);
        let (left, right) = self.white;
        left.is_infinite() && right >= APART.0
            || right.is_infinite() && (APART.1..BESIDE).contains(&left) && !self.is_low
    }
}

/// Whether a component is small, as wide as high, and full of ink.
fn is_round(component: &Component, em: f32) -> bool {
    /// Size below which specks are not read anyway, ems.
    const SPECK: f32 = 0.05;
    /// Sides of its box, the longer to the shorter.
    const LONG: f32 = 1.8;
    /// Share of its box that is ink: a disc has .79, the ring of a full stop less than half.
    const FULL: f32 = 0.6;
    let (width, height) = (component.width(), component.height());
    let (low, high) = (width.min(height), width.max(height));
    high < SMALL * em
        && high >= SPECK * em
        && high <= LONG * low
        && component.area as f32 >= FULL * width * height
}

/// Whether a mark is one of several small ones, sorted by their left sides, as the dots of a colon, of an ellipsis or of a leader are; noise makes them unlike.
fn is_of_row(mark: &Component, small: &[&Component], em: f32) -> bool {
    /// The area of one, as a share of the other's.
    const ALIKE: f32 = 0.4;
    /// How far the dots of a colon are off each other's column, and how far above each other, ems.
    const PAIR: (f32, std::ops::Range<f32>) = (0.12, 0.15..0.65);
    let is_alike = |other: &Component| {
        let (low, high) = (mark.area.min(other.area), mark.area.max(other.area));
        low as f32 >= ALIKE * high as f32
    };
    let near = |x: f32| small.partition_point(|c| (c.left as f32) < x);
    let from = near(mark.left as f32 - em);
    let to = near(mark.right as f32 + em);
    small[from..to].iter().any(|other| {
        let dx = (other.middle_x() - mark.middle_x()).abs() / em;
        let dy = (other.middle_y() - mark.middle_y()).abs() / em;
        let is_near = dx <= PAIR.0 && PAIR.1.contains(&dy) || dy <= 0.06 && dx <= 0.8;
        is_near && *other != mark && is_alike(other)
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::Gray;
    use super::super::components::components;
    use super::*;

    fn fill(gray: &mut Gray, (left, top, width, height): (usize, usize, usize, usize)) {
        for y in top..top + height {
            gray.pixels[y * gray.width + left..y * gray.width + left + width].fill(0);
        }
    }

    /// Characters in a line with a full stop behind the last and a spot before the first; `n` spots elsewhere. How many spots are told, and
    /// whether the full stop is one.
    fn told(n: usize) -> (usize, bool) {
        let mut gray = Gray::filled(800, 600, 255);
        for nth in 0..6 {
            fill(&mut gray, (100 + 32 * nth, 100, 26, 26));
        }
        fill(&mut gray, (290, 122, 4, 4));
        fill(&mut gray, (80, 110, 5, 5));
        for nth in 0..n {
            fill(
                &mut gray,
                (40 + 70 * (nth % 10), 300 + 53 * (nth / 10) + 7 * nth, 5, 5),
            );
        }
        let ink = components(&gray, 128);
        let spots = spots(&ink, 30.0);
        let stop = ink.components.iter().position(|c| c.left == 290).unwrap();
        (spots.iter().filter(|is| **is).count(), spots[stop])
    }

    #[test]
    fn spots_are_told_from_full_stops_on_a_dirty_page() {
        assert_eq!(told(15), (16, false));
    }

    #[test]
    fn a_page_with_few_has_none() {
        assert_eq!(told(5), (0, false));
    }
}
