//! A line is read: by the first reader, by the second where the first is unsure, by its strokes where it is a lone sign.
//!
//! In: the picture of a line. Out: its characters with what else they may be. Never: looks at another line.

use super::again::{self, Stretch};
use super::engine::{EngineError, Recogniser};
use super::{Gray, ReadChar, signs};

/// Who reads.
#[derive(Clone, Copy)]
pub struct Readers<'a> {
    /// Reads every line.
    pub first: &'a dyn Recogniser,
    /// Reads the lines again that the first is unsure of.
    pub second_look: Option<&'a dyn Recogniser>,
}

/// The characters of a line; where the first reader is unsure of one, as the second sees it.
///
/// # Errors
/// What the engine says.
pub(super) fn read_line(image: &Gray, readers: &Readers<'_>) -> Result<Vec<ReadChar>, EngineError> {
    let first_look = readers.first.read(image)?;
    let mut read = look_again(vec![(image, first_look)], readers)?;
    Ok(read.pop().unwrap_or_default())
}

/// The characters of lines of which the first reader has read these.
///
/// # Errors
/// What the engine says.
pub(super) fn look_again(
    first_looks: Vec<(&Gray, Vec<ReadChar>)>,
    readers: &Readers<'_>,
) -> Result<Vec<Vec<ReadChar>>, EngineError> {
    let looks = first_looks.into_iter();
    let looks: Vec<Look<'_>> = looks
        .map(|(image, chars)| Look::new(image, chars, readers.second_look.is_some()))
        .collect();
    let Some(second) = readers.second_look else {
        let settled = |look: Look<'_>| offering_sign(look.chars, look.image);
        return Ok(looks.into_iter().map(settled).collect());
    };
    let pictures: Vec<Gray> = looks.iter().flat_map(Look::pictures).collect();
    let pictures: Vec<&Gray> = pictures.iter().collect();
    let mut seen = second.read_all(&pictures)?.into_iter();
    let reads = looks.into_iter().map(|look| look.with_second(&mut seen));
    Ok(reads.collect())
}

/// A line after its first look.
struct Look<'a> {
    image: &'a Gray,
    chars: Vec<ReadChar>,
    /// What the second reader is to see.
    unsure: Vec<Stretch>,
}

impl<'a> Look<'a> {
    fn new(image: &'a Gray, chars: Vec<ReadChar>, may_be_seen_again: bool) -> Self {
        /// Probability below which a character is unsure.
        const SURE: f32 = 0.95;
        if let Some(read) = lone_sign(&chars, image) {
            return Self {
                image,
                chars: vec![read],
                unsure: Vec::new(),
            };
        }
        let unsure = if may_be_seen_again {
            let skipped = skipped_ink(&chars, image);
            let is_unsure = |idx: usize| {
                let is_by_skipped = skipped
                    .iter()
                    .any(|before| [*before, before + 1].contains(&idx));
                is_by_skipped || (!is_mark(first(&chars[idx])) && sureness(&chars[idx]) < SURE)
            };
            again::stretches(&chars, is_unsure, image)
        } else {
            Vec::new()
        };
        Self {
            image,
            chars,
            unsure,
        }
    }

    /// The pictures that the second reader is to see.
    fn pictures(&self) -> impl Iterator<Item = Gray> {
        let columns = self.unsure.iter().map(|stretch| stretch.columns.clone());
        columns.map(|columns| self.image.columns(columns))
    }

    /// The line with what the second reader has seen of each of its pictures, the next of `seen`.
    ///
    /// Of a lone sign the second must be surer, and signs of comparison are not its to tell: the larger model takes `≥`
    /// for `>` where the smaller does not.
    fn with_second(self, seen: &mut impl Iterator<Item = Vec<ReadChar>>) -> Vec<ReadChar> {
        /// Least probability of a lone sign.
        const SIGN: f32 = 0.9;
        let Self {
            image,
            chars,
            unsure,
        } = self;
        if unsure.is_empty() {
            return offering_sign(chars, image);
        }
        let again = again::merged(&chars, unsure, seen, image);
        if let Some(stars) = stars(image, &[&chars, &again]) {
            return stars;
        }
        let is_better = if chars.len() == 1 && !is_wide(first(&chars[0])) {
            let both = chars.iter().chain(&again);
            let sure = mean_sureness(&again);
            !both.map(first).any(is_comparison) && sure >= SIGN && sure > mean_sureness(&chars)
        } else {
            true
        };
        offering_sign(if is_better { again } else { chars }, image)
    }
}

/// `=` in a cell of its own is read as `二`: what two bars of one length may be is kept among the candidates, where it is
/// taken if a sign is awaited.
fn offering_sign(mut chars: Vec<ReadChar>, image: &Gray) -> Vec<ReadChar> {
    /// Probability at which a sign is offered that no engine has seen.
    const OFFERED: f32 = 0.05;
    if let [one] = chars.as_mut_slice()
        && matches!(first(one), '二' | 'ニ')
        && one.candidates.iter().all(|(ch, _)| *ch != '=')
        && signs::sign_of(image) == Some('=')
    {
        let place = one.candidates.partition_point(|c| c.1 >= OFFERED);
        one.candidates.insert(place.max(1), ('=', OFFERED));
    }
    chars
}

/// Mean probability of the likeliest readings; 0 of none.
fn mean_sureness(chars: &[ReadChar]) -> f32 {
    chars.iter().map(sureness).sum::<f32>() / chars.len().max(1) as f32
}

/// `***` in place of what is not to be known, which recognisers take for Han characters: small marks of one size, evenly
/// spaced. A reading has a star among its candidates, or none is sure of anything: characters so small do not stand in
/// a line of their own.
fn stars(image: &Gray, readings: &[&[ReadChar]]) -> Option<Vec<ReadChar>> {
    /// Least probability of a star in some reading.
    const LEAST: f32 = 0.05;
    /// Mean probability of a reading that is unsure, and how many marks there are then.
    const UNSURE: (f32, usize) = (0.6, 3);
    let of_star = |read: &ReadChar| {
        let star = read.candidates.iter().find(|(ch, _)| *ch == '*');
        star.map_or(0.0, |star| star.1)
    };
    let likeliest = readings.iter().copied().flatten().map(of_star);
    let has_star = likeliest.fold(0.0, f32::max) >= LEAST;
    let surest = readings
        .iter()
        .map(|read| mean_sureness(read))
        .fold(0.0, f32::max);
    if !has_star && surest >= UNSURE.0 {
        return None;
    }
    let marks = signs::equal_marks(image).filter(|marks| has_star || marks.len() >= UNSURE.1)?;
    let sureness = if has_star { signs::SURENESS } else { 0.5 };
    let star = |(start, end): (f32, f32)| ReadChar {
        candidates: vec![('*', sureness)],
        start: start / image.width as f32,
        end: end / image.width as f32,
    };
    Some(marks.into_iter().map(star).collect())
}

/// Signs that are told by their strokes.
fn is_comparison(ch: char) -> bool {
    matches!(ch, '<' | '>' | '≤' | '≥' | '=')
}

/// Punctuation, of which the larger model is no surer: pictures do not tell full-width marks from half-width ones.
fn is_mark(ch: char) -> bool {
    matches!(
        ch,
        '，' | ',' | '。' | '、' | '；' | ';' | '：' | ':' | '“' | '”'
    )
}

/// The sign that the strokes of a lone character show; what was read stays among its candidates.
fn lone_sign(chars: &[ReadChar], image: &Gray) -> Option<ReadChar> {
    let read = match chars {
        [] => None,
        [one] if !is_wide(first(one)) && !is_surely_another(one) => Some(one),
        _ => return None,
    };
    let sign = match read.map(first) {
        // A bar that has run into the arm is not seen among the strokes, but it is ink.
        Some('>') if signs::has_bar(image, signs::Point::Right) => '≥',
        Some('<') if signs::has_bar(image, signs::Point::Left) => '≤',
        as_read => {
            let sign = signs::sign_of(image)?;
            // An engine does not invent a bar.
            if matches!((as_read, sign), (Some('≥'), '>') | (Some('≤'), '<')) {
                return None;
            }
            sign
        }
    };
    let mut candidates = read.map_or_else(Vec::new, |read| read.candidates.clone());
    let as_read = candidates.iter().find(|(ch, _)| *ch == sign);
    let sureness = as_read.map_or(0.0, |read| read.1).max(signs::SURENESS);
    candidates.retain(|(ch, _)| *ch != sign);
    for (_, probability) in &mut candidates {
        *probability = probability.min(1.0 - sureness);
    }
    candidates.insert(0, (sign, sureness));
    Some(ReadChar {
        candidates,
        start: read.map_or(0.0, |read| read.start),
        end: read.map_or(1.0, |read| read.end),
    })
}

/// A character other than these signs of which the engine is sure: a blurred 4 or % may have the strokes of `<`.
fn is_surely_another(read: &ReadChar) -> bool {
    const SURE: f32 = 0.9;
    !is_comparison(first(read)) && sureness(read) >= SURE
}

/// Characters behind which there is ink before the next, which is too far away for a neighbour: one may have been left out.
fn skipped_ink(chars: &[ReadChar], image: &Gray) -> Vec<usize> {
    /// Distance of the middles of neighbours, in the usual distance of wide ones.
    const FAR: f32 = 1.6;
    let middle = |read: &ReadChar| f32::midpoint(read.start, read.end) * image.width as f32;
    let wide = |pair: &[ReadChar]| pair.iter().all(|read| is_wide(first(read)));
    let apart = |pair: &[ReadChar]| middle(&pair[1]) - middle(&pair[0]);
    let mut distances: Vec<f32> = chars.windows(2).filter(|p| wide(p)).map(apart).collect();
    distances.sort_by(f32::total_cmp);
    let Some(usual) = distances.get(distances.len() / 2).copied() else {
        return Vec::new();
    };
    let stretches = ink_stretches(image, usual * GAP);
    let skips = |pair: &[ReadChar]| {
        apart(pair) > FAR * usual && {
            let between = f32::midpoint(middle(&pair[0]), middle(&pair[1]));
            stretches
                .iter()
                .any(|(start, end)| (start..=end).contains(&&between))
        }
    };
    let pairs = chars.windows(2).enumerate();
    pairs
        .filter(|(_, pair)| wide(pair) && skips(pair))
        .map(|(idx, _)| idx)
        .collect()
}

/// How probable the likeliest reading of a character is.
pub(super) fn sureness(read: &ReadChar) -> f32 {
    read.candidates.first().map_or(0.0, |c| c.1)
}

/// The likeliest reading of a character.
pub(super) fn first(read: &ReadChar) -> char {
    read.candidates.first().map_or('\u{fffd}', |c| c.0)
}

/// Whether a character is as wide as it is high.
pub(super) fn is_wide(ch: char) -> bool {
    matches!(ch, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}')
}

/// Whether a character is a Han character, which stands in the middle of a square.
pub(super) fn is_han(ch: char) -> bool {
    matches!(ch, '\u{2e80}'..='\u{2fdf}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Gap of ink from which on characters stand apart, ems: within a number or a word there is less.
pub(super) const GAP: f32 = 0.45;

/// Stretches of ink along a line, wherever the gap between two is at least `gap`, in pixels; at least one.
pub(super) fn ink_stretches(image: &Gray, gap: f32) -> Vec<(f32, f32)> {
    const DARK: u8 = 170;
    let mut is_inked = vec![false; image.width];
    for row in image.pixels.chunks_exact(image.width.max(1)) {
        for (inked, sample) in is_inked.iter_mut().zip(row) {
            *inked |= *sample < DARK;
        }
    }
    let mut stretches: Vec<(f32, f32)> = Vec::new();
    for (x, _) in is_inked.iter().enumerate().filter(|(_, inked)| **inked) {
        let x = x as f32;
        match stretches.last_mut() {
            Some(last) if x - last.1 < gap => last.1 = x + 1.0,
            _ => stretches.push((x, x + 1.0)),
        }
    }
    if stretches.is_empty() {
        stretches.push((0.0, image.width as f32));
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::super::testing::spaced;
    use super::*;

    #[test]
    fn a_character_left_out_is_seen() {
        let (line, mut chars) = spaced("整体绩效目标", 100.0, 90.0);
        assert!(skipped_ink(&chars, &line.image).is_empty());
        chars.remove(1);
        assert_eq!(skipped_ink(&chars, &line.image), [0]);
        // A blank is no character.
        let (mut line, _) = spaced("整体绩效目标", 100.0, 90.0);
        for row in line.image.pixels.chunks_exact_mut(line.image.width) {
            row[118..222].fill(255);
        }
        assert!(skipped_ink(&chars, &line.image).is_empty());
    }

    /// Reads what it is told to, every character as sure as that.
    #[derive(Debug)]
    struct Told(&'static str, f32);

    impl Recogniser for Told {
        fn name(&self) -> &str {
            "told"
        }

        fn read(&self, _: &Gray) -> Result<Vec<ReadChar>, EngineError> {
            let n = self.0.chars().count() as f32;
            let read = |(k, ch): (usize, char)| ReadChar {
                candidates: vec![(ch, self.1)],
                start: k as f32 / n,
                end: (k + 1) as f32 / n,
            };
            Ok(self.0.chars().enumerate().map(read).collect())
        }
    }

    fn looked_at(first: Told, second: Told, image: &Gray) -> String {
        let readers = Readers {
            first: &first,
            second_look: Some(&second),
        };
        let read = read_line(image, &readers).unwrap();
        read.iter().map(super::first).collect()
    }

    #[test]
    fn the_second_reader_is_asked_about_unsure_characters_only() {
        let image = Gray::filled(100, 40, 255);
        let look = |first, sure| looked_at(Told(first, sure), Told("第二", 0.99), &image);
        assert_eq!(look("指标", 0.5), "第二");
        assert_eq!(look("指标", 0.99), "指标");
        // Not about punctuation.
        assert_eq!(look("，；", 0.5), "，；");
        // Of a lone sign it must be surer, and it does not tell signs of comparison.
        let again = |read, sure| looked_at(Told("s", 0.5), Told(read, sure), &image);
        assert_eq!(again("%", 0.99), "%");
        assert_eq!(again("[]", 0.92), "[]");
        assert_eq!(again("%", 0.8), "s");
        assert_eq!(again(">", 0.99), "s");
        assert_eq!(looked_at(Told("=", 0.5), Told("二", 0.99), &image), "=");
    }

    #[test]
    fn equal_small_marks_are_stars_where_a_reading_has_one() {
        // Three marks of 12 pixels in a line of 33.
        let mut image = Gray::filled(64, 33, 255);
        for left in [8, 26, 44] {
            for y in 10..22 {
                image.pixels[y * 64 + left..y * 64 + left + 12].fill(0);
            }
        }
        let read = |text: &'static str, sure| Told(text, sure).read(&image).unwrap();
        let (han, star) = (read("米水本", 0.9), read("*火", 0.6));
        assert!(stars(&image, &[&han]).is_none());
        let found = stars(&image, &[&han, &star]).unwrap();
        assert!(found.len() == 3 && found.iter().all(|read| first(read) == '*'));
        // Nobody is sure of anything, and of less of the stars.
        let found = stars(&image, &[&read("米水本", 0.4)]).unwrap();
        assert!(found.len() == 3 && sureness(&found[0]) <= 0.5);
    }

    #[test]
    fn two_bars_of_one_length_may_be_a_sign() {
        let bars = |upper: std::ops::Range<usize>| {
            let mut image = Gray::filled(44, 44, 255);
            for (rows, columns) in [(14..17, upper), (27..30, 10..34)] {
                for y in rows {
                    image.pixels[y * 44 + columns.start..y * 44 + columns.end].fill(0);
                }
            }
            image
        };
        let candidates = |image: &Gray| -> String {
            let readers = Readers {
                first: &Told("二", 0.99),
                second_look: None,
            };
            let read = read_line(image, &readers).unwrap();
            read[0].candidates.iter().map(|c| c.0).collect()
        };
        assert_eq!(candidates(&bars(10..34)), "二=");
        assert_eq!(candidates(&bars(16..28)), "二");
    }

    /// `>` of 24 pixels, with a bar below it or without.
    fn greater(has_bar: bool) -> Gray {
        let mut image = Gray::filled(44, 44, 255);
        for x in 0..24 {
            let mut rows = vec![10 + x / 3, 26 - x / 3];
            if has_bar {
                rows.push(33);
            }
            for y in rows {
                image.pixels[y * 44 + 10 + x] = 0;
                image.pixels[(y + 1) * 44 + 10 + x] = 0;
            }
        }
        image
    }

    #[test]
    fn a_lone_sign_is_what_its_strokes_say() {
        let read = |told: Told, has_bar| looked_at(told, Told("", 0.0), &greater(has_bar));
        assert_eq!(read(Told("V", 0.5), true), "≥");
        assert_eq!(read(Told("", 0.0), false), ">");
        // A bar that the engine sees is believed; so is a letter or digit of which it is sure, and a Han character.
        assert_eq!(read(Told("≥", 0.97), false), "≥");
        assert_eq!(read(Told("4", 0.99), false), "4");
        assert_eq!(read(Told("%", 0.99), false), "%");
        assert_eq!(read(Told("人", 0.99), true), "人");
        let first = [ReadChar {
            candidates: vec![('V', 0.6), ('≥', 0.3)],
            start: 0.0,
            end: 1.0,
        }];
        let read = lone_sign(&first, &greater(true)).unwrap();
        assert_eq!(read.candidates[0], ('≥', signs::SURENESS));
        assert_eq!(read.candidates[1].0, 'V', "what was read is kept");
    }
}
