//! Where the characters of a line stand along it: a picture shows their ink, a table's columns are made of their squares.
//!
//! In: the picture of a line, its characters, their size. Out: [`Stand`]s. Never: changes what was read.
//!
//! An engine knows where a character is to about a sixth of an em. So gaps are taken from the ink. A Han character
//! stands in the middle of a square, and punctuation at one side of its own: the white that belongs to a square is no
//! gap. Characters that stand farther apart than their neighbours do are of two texts, though no blank parts them.

use super::line::{GAP, first, ink_stretches, is_han};
use super::{Gray, ReadChar};

/// What a character fills of its line, in pixels of the line's picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stand {
    pub left: f32,
    pub right: f32,
    /// Whether a text of its own seems to begin here.
    pub begins: bool,
}

/// Where characters stand, given with their middles in pixels and from left to right; `em` is their size in pixels.
pub(super) fn stands(image: &Gray, chars: &[(&ReadChar, f32)], em: f32) -> Vec<Stand> {
    /// White that parts columns belongs to no square, ems.
    const COLUMN: f32 = 1.25;
    let spread = spread_out(chars, em);
    let is_spread = |at: f32| spread.iter().any(|(start, end)| *start < at && at < *end);
    let mut stretches = ink_stretches(image, em * GAP);
    close(&mut stretches, &spread);
    let is_inked = inked(image);
    let of_stretch: Vec<usize> = chars
        .iter()
        .map(|(_, middle)| nearest(&stretches, *middle))
        .collect();
    // The ink of each character, and the white between it and the one before.
    let mut inks: Vec<(f32, f32)> = of_stretch.iter().map(|at| stretches[*at]).collect();
    for idx in 1..chars.len() {
        if of_stretch[idx] == of_stretch[idx - 1] {
            let (end, start) = white_between(&is_inked, chars[idx - 1].1, chars[idx].1, em);
            inks[idx - 1].1 = end;
            inks[idx].0 = start.max(end);
        }
    }
    let usual = usual_pitch(chars, &inks).unwrap_or(em);
    let square = usual.min(em);
    let mut stands: Vec<Stand> = Vec::with_capacity(chars.len());
    for idx in 0..chars.len() {
        let (left, right) = filled(chars, &inks, idx, square);
        stands.push(Stand {
            left,
            right,
            begins: false,
        });
    }
    for idx in 1..chars.len() {
        let white = (inks[idx - 1].1, inks[idx].0);
        let pair = [first(chars[idx - 1].0), first(chars[idx].0)];
        let pitch = middle(inks[idx]) - middle(inks[idx - 1]);
        let middle = f32::midpoint(white.0, white.1);
        let begins = !is_spread(middle) && are_two_texts(pair, white.1 - white.0, pitch, usual, em);
        let (before, after) = stands.split_at_mut(idx);
        let (one, two) = (&mut before[idx - 1], &mut after[0]);
        two.begins = begins;
        if white.1 - white.0 >= COLUMN * em {
            (one.right, two.left) = white;
        } else if of_stretch[idx] != of_stretch[idx - 1] || begins {
            if one.right > two.left {
                let meet = f32::midpoint(one.right, two.left).clamp(white.0, white.1);
                (one.right, two.left) = (meet, meet);
            }
        } else {
            (one.right, two.left) = (middle, middle);
        }
    }
    for stand in &mut stands {
        stand.right = stand.right.max(stand.left + 0.1);
    }
    stands
}

fn middle(ink: (f32, f32)) -> f32 {
    f32::midpoint(ink.0, ink.1)
}

fn nearest(stretches: &[(f32, f32)], middle: f32) -> usize {
    let distance = |stretch: &(f32, f32)| (stretch.0 - middle).max(middle - stretch.1);
    (0..stretches.len())
        .min_by(|a, b| distance(&stretches[*a]).total_cmp(&distance(&stretches[*b])))
        .unwrap_or(0)
}

/// Columns of a picture in which there is ink.
fn inked(image: &Gray) -> Vec<bool> {
    let mut is_inked = vec![false; image.width];
    for (start, end) in ink_stretches(image, 1.5) {
        is_inked[start as usize..(end as usize).min(image.width)].fill(true);
    }
    is_inked
}

/// The white that parts two characters with these middles: where the ink of one ends and that of the other begins. A
/// wide one halfway is likelier than those within characters. Without any the ink is cut halfway.
fn white_between(is_inked: &[bool], one: f32, other: f32, em: f32) -> (f32, f32) {
    let halfway = f32::midpoint(one, other);
    let from = (one.max(0.0) as usize).min(is_inked.len());
    let to = (other.max(0.0).ceil() as usize).clamp(from, is_inked.len());
    let mut best: Option<(f32, (f32, f32))> = None;
    let mut start = from;
    for run in is_inked[from..to].chunk_by(|a, b| a == b) {
        let white = (start as f32, (start + run.len()) as f32);
        start += run.len();
        let likely = (white.1 - white.0) - (middle(white) - halfway).abs();
        if !run[0] && best.is_none_or(|(other, _)| likely > other) {
            best = Some((likely, white));
        }
    }
    match best {
        Some((likely, white)) if likely > -0.3 * em => white,
        _ => (halfway, halfway),
    }
}

/// The usual distance of Han characters that follow each other, by their ink.
fn usual_pitch(chars: &[(&ReadChar, f32)], inks: &[(f32, f32)]) -> Option<f32> {
    const LEAST_PAIRS: usize = 3;
    let mut pitches: Vec<f32> = (1..chars.len())
        .filter(|idx| is_han(first(chars[idx - 1].0)) && is_han(first(chars[*idx].0)))
        .map(|idx| middle(inks[idx]) - middle(inks[idx - 1]))
        .collect();
    pitches.sort_by(f32::total_cmp);
    let usual = pitches.get((pitches.len().max(1) - 1) / 2).copied()?;
    (pitches.len() >= LEAST_PAIRS).then_some(usual)
}

/// What a character fills: its square where it is known to have one, else its ink.
fn filled(chars: &[(&ReadChar, f32)], inks: &[(f32, f32)], idx: usize, square: f32) -> (f32, f32) {
    /// Most that ink of one character is wide, squares.
    const WIDEST: f32 = 1.2;
    /// From the far side of a mark to the ink of its neighbour, squares: farther off the text does not go on. On the
    /// side where it stands there is less white.
    const REACH: f32 = 1.3;
    const HALF: f32 = 0.9;
    /// So much farther off where the neighbour is a mark, which has white at its side too.
    const OTHER: f32 = 0.4;
    let ink = inks[idx];
    let ch = first(chars[idx].0);
    if is_han(ch) && ink.1 - ink.0 <= WIDEST * square {
        let middle = middle(ink);
        return (
            ink.0.min(middle - square / 2.0),
            ink.1.max(middle + square / 2.0),
        );
    }
    // Fonts set marks at one side of their square or in its middle.
    let before = idx.checked_sub(1).and_then(|before| inks.get(before));
    let next = inks.get(idx + 1);
    let (mut left, mut right) = ink;
    let (before_reach, next_reach) = match ch {
        _ if is_closing(ch) => (HALF, REACH),
        _ if is_opening(ch) => (REACH, HALF),
        _ => return ink,
    };
    let beyond = |idx: Option<usize>| {
        let is_mark = |ch| is_closing(ch) || is_opening(ch);
        let neighbour = idx.and_then(|idx| chars.get(idx));
        f32::from(u8::from(
            neighbour.is_some_and(|(read, _)| is_mark(first(read))),
        )) * OTHER
    };
    let before_reach = before_reach + beyond(idx.checked_sub(1));
    let next_reach = next_reach + beyond(Some(idx + 1));
    if let Some(before) = before.filter(|before| ink.1 - before.1 <= before_reach * square) {
        left = left.min(before.1.max(ink.1 - square));
    }
    if let Some(next) = next.filter(|next| next.0 - ink.0 <= next_reach * square) {
        right = right.max(next.0.min(ink.0 + square));
    }
    (left, right)
}

/// Marks that stand at the left of their square.
fn is_closing(ch: char) -> bool {
    matches!(
        ch,
        '，' | '。'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '）'
            | '”'
            | '’'
            | '》'
            | '】'
            | '」'
            | '〉'
            | '〕'
    )
}

/// Marks that stand at the right of their square.
fn is_opening(ch: char) -> bool {
    matches!(ch, '（' | '“' | '‘' | '《' | '【' | '「' | '〈' | '〔')
}

/// Whether two neighbours stand farther apart than those of one text: `5600000.00` beside `7873900.00`, `定性` beside a
/// name. A `1` has white at its sides, and a point too.
fn are_two_texts(pair: [char; 2], white: f32, pitch: f32, usual: f32, em: f32) -> bool {
    /// Least white, ems.
    const WHITE: f32 = 0.28;
    /// Least distance of digits' middles, ems, and of Han characters' in the usual one.
    const DIGITS: f32 = 0.7;
    const HAN: f32 = 1.18;
    if white < WHITE * em {
        return false;
    }
    let is_broad_digit = |ch: char| ch.is_ascii_digit() && ch != '1';
    (pair.iter().all(|ch| is_broad_digit(*ch)) && pitch >= DIGITS * em)
        || (pair.iter().all(|ch| is_han(*ch)) && pitch >= HAN * usual.max(em * 0.8))
}

/// From where to where numbers of full-width digits reach, which stand an em apart: a gap between them is no space.
fn spread_out(chars: &[(&ReadChar, f32)], em: f32) -> Vec<(f32, f32)> {
    /// Least mean distance of the middles of neighbours, and most of any two, ems.
    const APART: (f32, f32) = (0.75, 1.6);
    let is_point = |read: &ReadChar| matches!(first(read), '.' | ',');
    let is_of_number = |read: &ReadChar| first(read).is_ascii_digit() || is_point(read);
    chars
        .chunk_by(|(one, _), (other, _)| is_of_number(one) && is_of_number(other))
        .filter(|number| number.len() > 1)
        .filter(|number| {
            let all = number[number.len() - 1].1 - number[0].1;
            let is_wide = all >= APART.0 * em * (number.len() - 1) as f32;
            // A full-width point stands at the left of its square.
            is_wide
                && number.windows(2).all(|pair| {
                    let apart = (pair[1].1 - pair[0].1) / em;
                    let has_point = pair.iter().any(|(read, _)| is_point(read));
                    apart <= APART.1 && (has_point || (APART.0..1.3).contains(&apart))
                })
        })
        .map(|number| (number[0].1, number[number.len() - 1].1))
        .collect()
}

/// Stretches that reach into the same span become one.
fn close(stretches: &mut Vec<(f32, f32)>, spans: &[(f32, f32)]) {
    stretches.dedup_by(|next, before| {
        let is_one = spans
            .iter()
            .any(|(start, end)| *start < before.1 && next.0 < *end);
        if is_one {
            before.1 = next.1;
        }
        is_one
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{drawn, spaced};
    use super::*;

    const EM: f32 = 100.0;

    fn stands_of(image: &Gray, chars: &[ReadChar]) -> Vec<Stand> {
        let middles: Vec<(&ReadChar, f32)> = chars
            .iter()
            .map(|read| {
                (
                    read,
                    f32::midpoint(read.start, read.end) * image.width as f32,
                )
            })
            .collect();
        stands(image, &middles, EM)
    }

    /// Gaps between characters whose ink reaches from here to there, ems; `|` before those that begin a text.
    fn check(chars: &[(char, f32, f32)], expected: &str) {
        let (image, chars) = drawn(chars);
        let stands = stands_of(&image, &chars);
        let shown: Vec<String> = stands
            .windows(2)
            .map(|pair| {
                let begins = if pair[1].begins { "|" } else { "" };
                format!("{begins}{:.1}", (pair[1].left - pair[0].right) / EM)
            })
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn a_mark_fills_its_square() {
        // At the left of its square, in its middle, and an opening one at the right.
        check(
            &[
                ('效', 0.0, 90.0),
                ('，', 105.0, 120.0),
                ('益', 205.0, 295.0),
            ],
            "0.0 0.0",
        );
        check(
            &[
                ('效', 0.0, 90.0),
                ('。', 135.0, 160.0),
                ('益', 205.0, 295.0),
            ],
            "0.0 0.0",
        );
        check(
            &[
                ('效', 0.0, 90.0),
                ('（', 175.0, 190.0),
                ('益', 205.0, 295.0),
            ],
            "0.0 0.0",
        );
        // Two marks, each with white at its right.
        check(
            &[
                ('制', 0.0, 90.0),
                ('”', 105.0, 125.0),
                ('，', 235.0, 250.0),
                ('对', 305.0, 395.0),
            ],
            "0.0 0.0 0.0",
        );
        // A value far behind a colon is apart.
        check(
            &[
                ('额', 0.0, 90.0),
                ('：', 110.0, 120.0),
                ('无', 305.0, 395.0),
            ],
            "0.0 1.9",
        );
    }

    #[test]
    fn narrow_characters_stand_in_squares() {
        // White of half a square around `目`.
        check(
            &[
                ('项', 5.0, 95.0),
                ('目', 125.0, 170.0),
                ('支', 205.0, 295.0),
            ],
            "0.0 0.0",
        );
    }

    #[test]
    fn texts_that_nearly_touch_are_told_apart() {
        let row = |at: f32| {
            [
                ('规', at, at + 90.0),
                ('定', at + 100.0, at + 190.0),
                ('标', at + 200.0, at + 290.0),
            ]
        };
        let two: Vec<(char, f32, f32)> = row(0.0).into_iter().chain(row(330.0)).collect();
        check(&two, "0.0 0.0 |0.3 0.0 0.0");
        let digits: Vec<(char, f32, f32)> = [0.0, 50.0, 132.0, 182.0]
            .into_iter()
            .map(|at| ('0', at, at + 42.0))
            .collect();
        check(&digits, "0.0 |0.4 0.0");
        // Ones have white at their sides.
        check(&[('1', 0.0, 12.0), ('1', 50.0, 62.0)], "0.0");
    }

    #[test]
    fn white_within_a_character_parts_nothing() {
        // Three strokes of `川`, one of `一`.
        let mut is_inked = vec![false; 300];
        for (start, end) in [(55, 65), (95, 105), (135, 145), (160, 240)] {
            is_inked[start..end].fill(true);
        }
        let white = white_between(&is_inked, 100.0, 200.0, EM);
        assert_eq!(white, (145.0, 160.0));
    }

    #[test]
    fn full_width_digits_are_no_texts_of_their_own() {
        let (line, chars) = spaced("2340", 100.0, 40.0);
        let stands = stands_of(&line.image, &chars);
        assert!(stands.iter().all(|stand| !stand.begins));
    }
}
