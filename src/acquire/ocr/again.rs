//! Which stretches of a line are read again, and what is read there takes the place of what was.
//!
//! In: the characters of a line and which of them are unsure. Out: stretches, cut where the line is white, and the characters
//! of the line with what was read of them. Never: decides which characters are unsure, or whether a reading is better.

use std::ops::Range;

use super::{Gray, ReadChar};

/// Characters on each side that are read together with an unsure one.
const NEIGHBOURS: usize = 3;
/// Share of a line from which on it is read as a whole.
const MOST: f32 = 0.7;
/// What is brighter than this is no ink, shades.
const WHITE: u8 = 200;

/// Part of a line: these characters, which stand in these columns of its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) chars: Range<usize>,
    pub(super) columns: Range<usize>,
}

/// The stretches about unsure characters, from left to right; one, of the whole line, where they would be most of it or cannot be
/// cut out.
pub(super) fn stretches(
    chars: &[ReadChar],
    is_unsure: impl Fn(usize) -> bool,
    image: &Gray,
) -> Vec<Stretch> {
    let unsure: Vec<usize> = (0..chars.len()).filter(|idx| is_unsure(*idx)).collect();
    let whole = || {
        vec![Stretch {
            chars: 0..chars.len(),
            columns: 0..image.width,
        }]
    };
    let Some(found) = cut_out(&unsure, chars, image) else {
        return whole();
    };
    let n_columns: usize = found.iter().map(|stretch| stretch.columns.len()).sum();
    if n_columns as f32 >= MOST * image.width as f32 {
        return whole();
    }
    found
}

/// The stretches about these characters, those that meet joined; `None` where a line is nowhere white.
fn cut_out(unsure: &[usize], chars: &[ReadChar], image: &Gray) -> Option<Vec<Stretch>> {
    let mut found: Vec<Stretch> = Vec::new();
    for idx in unsure {
        let (start, left) = (0..=idx.saturating_sub(NEIGHBOURS))
            .rev()
            .find_map(|start| Some((start, cut_before(start, chars, image)?)))?;
        let (end, right) = ((idx + 1 + NEIGHBOURS).min(chars.len())..=chars.len())
            .find_map(|end| Some((end, cut_before(end, chars, image)?)))?;
        match found.last_mut() {
            Some(last) if start <= last.chars.end + NEIGHBOURS => {
                last.chars.end = last.chars.end.max(end);
                last.columns.end = last.columns.end.max(right);
            }
            _ => found.push(Stretch {
                chars: start..end,
                columns: left..right,
            }),
        }
    }
    Some(found)
}

/// The characters of a line with what was seen of its stretches, each the next of `seen`, in their place; where nothing was
/// seen, they stay.
pub(super) fn merged(
    chars: &[ReadChar],
    stretches: Vec<Stretch>,
    seen: &mut impl Iterator<Item = Vec<ReadChar>>,
    image: &Gray,
) -> Vec<ReadChar> {
    let mut merged = Vec::with_capacity(chars.len());
    let mut done = 0;
    for (stretch, again) in stretches.into_iter().zip(seen) {
        let Stretch {
            chars: own,
            columns,
        } = stretch;
        merged.extend_from_slice(&chars[done..own.start]);
        done = own.end;
        if again.is_empty() {
            merged.extend_from_slice(&chars[own]);
        }
        let on_line = |at: f32| {
            let column = columns.start as f32 + at * columns.len() as f32;
            column / image.width as f32
        };
        merged.extend(again.into_iter().map(|ch| ReadChar {
            start: on_line(ch.start),
            end: on_line(ch.end),
            ..ch
        }));
    }
    merged.extend_from_slice(&chars[done..]);
    merged
}

/// The column at which a line may be cut before a character: the middle of the widest white between it and the one before it.
/// `None` where they touch.
fn cut_before(idx: usize, chars: &[ReadChar], image: &Gray) -> Option<usize> {
    if idx == 0 {
        return Some(0);
    }
    if idx == chars.len() {
        return Some(image.width);
    }
    let middle = |read: &ReadChar| {
        let middle = f32::midpoint(read.start, read.end) * image.width as f32;
        (middle as usize).min(image.width)
    };
    let between: Vec<usize> = (middle(&chars[idx - 1])..middle(&chars[idx])).collect();
    let is_white = |x: &usize| (0..image.height).all(|y| image.at(*x, y) >= WHITE);
    let whites = between.chunk_by(|a, b| is_white(a) == is_white(b));
    let widest = whites
        .filter(|run| is_white(&run[0]))
        .max_by_key(|run| run.len())?;
    Some(widest[widest.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::super::testing::spaced;
    use super::*;

    const TEXT: &str = "对全县农村公路进行日常养护并及时清理";

    #[test]
    fn unsure_characters_are_read_with_their_neighbours() {
        let (line, chars) = spaced(TEXT, 100.0, 90.0);
        let found = stretches(&chars, |idx| idx == 9, &line.image);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].chars, 6..13);
        // Cut in the middle of the white between two characters.
        assert!(found[0].columns.start.abs_diff(620) <= 2, "{found:?}");
        assert!(found[0].columns.end.abs_diff(1320) <= 2, "{found:?}");
        // Two that are near are one, two that are far are two.
        let both = |a: usize, b: usize| {
            let found = stretches(&chars, |idx| idx == a || idx == b, &line.image);
            found
                .into_iter()
                .map(|stretch| (stretch.chars.start, stretch.chars.end))
                .collect::<Vec<_>>()
        };
        assert_eq!(both(3, 6), [(0, 10)]);
        assert_eq!(both(0, 17), [(0, 4), (14, 18)]);
    }

    #[test]
    fn a_line_is_read_whole_where_most_of_it_is_unsure_or_it_is_nowhere_white() {
        let (mut line, chars) = spaced(TEXT, 100.0, 90.0);
        let whole = |found: Vec<Stretch>| found.len() == 1 && found[0].chars == (0..18);
        assert!(whole(stretches(&chars, |idx| idx % 4 == 0, &line.image)));
        line.image.pixels.fill(0);
        assert!(whole(stretches(&chars, |idx| idx == 9, &line.image)));
        assert_eq!(stretches(&chars, |_| false, &line.image), []);
    }

    #[test]
    fn what_is_seen_takes_the_place_of_what_was_read_there_alone() {
        let (line, chars) = spaced(TEXT, 100.0, 90.0);
        let unsure = stretches(&chars, |idx| idx == 9, &line.image);
        let seen = |text: &str| -> String {
            let n = text.chars().count().max(1) as f32;
            let read = |(k, ch): (usize, char)| ReadChar {
                candidates: vec![(ch, 0.99)],
                start: k as f32 / n,
                end: (k + 1) as f32 / n,
            };
            let again = text.chars().enumerate().map(read).collect();
            let merged = merged(
                &chars,
                unsure.clone(),
                &mut [again].into_iter(),
                &line.image,
            );
            assert!(merged.windows(2).all(|pair| pair[0].start <= pair[1].start));
            merged.iter().map(|read| read.candidates[0].0).collect()
        };
        assert_eq!(seen("甲乙丙"), "对全县农村公甲乙丙并及时清理");
        assert_eq!(seen(""), TEXT);
    }
}
