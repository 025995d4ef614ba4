//! What a recogniser may have seen in the place of a text: for each glyph the readings that it did not take, too.

use super::text::without_blanks;
use crate::model::RawText;
use crate::model::page::{Page, glyphs_in};

/// A text as it was recognised, without its white space; at least one of its glyphs has another reading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    /// For each glyph what it may be and how probably: first as it was read, then the others, likeliest first.
    glyphs: Vec<Vec<(char, f32)>>,
}

/// A text that the glyphs of a reading may be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// The text, without white space.
    pub(super) text: String,
    /// How probable it is, in shares of the text as first read: 1 is as probable.
    pub(super) share: f32,
    /// Probability of its least probable glyph, 0.0 to 1.0.
    pub(super) lowest: f32,
}

/// Glyphs of one text that are tried with their other readings: those whose others are the most probable.
const MOST_UNSURE: usize = 8;
/// Texts that are tried for one reading.
const MOST_CANDIDATES: usize = 256;

impl Reading {
    /// The reading of a text that was recognised on one of `pages`.
    ///
    /// `None` where no glyph has another reading, and where the text is not what is read in its place, exactly once:
    /// which glyphs it is made of would be a guess.
    #[must_use]
    pub(super) fn of(raw: &RawText, pages: &[Page]) -> Option<Self> {
        let (number, bbox) = (raw.place.page?, raw.place.bbox?);
        let page = pages
            .iter()
            .find(|page| page.number == number && !page.others.is_empty())?;
        let inside: Vec<usize> = glyphs_in(&page.glyphs, &bbox)
            .into_iter()
            .filter(|&idx| !page.glyphs[idx].ch.is_whitespace())
            .collect();
        let wanted: Vec<char> = without_blanks(&raw.text).chars().collect();
        let mut places = inside.windows(wanted.len().max(1)).filter(|run| {
            run.iter()
                .map(|&idx| page.glyphs[idx].ch)
                .eq(wanted.iter().copied())
        });
        let (found, again) = (places.next()?, places.next());
        let glyphs: Vec<Vec<(char, f32)>> = found
            .iter()
            .map(|&idx| {
                let glyph = &page.glyphs[idx];
                let first = (glyph.ch, glyph.confidence.unwrap_or(1.0));
                std::iter::once(first)
                    .chain(page.others_of(idx).iter().copied())
                    .collect()
            })
            .collect();
        let is_unsure = glyphs.iter().any(|readings| readings.len() > 1);
        (again.is_none() && is_unsure).then_some(Self { glyphs })
    }

    /// The texts that the glyphs may be, the likeliest first, without the one that was read.
    ///
    /// None has a smaller share than `least`. `may_be` is asked of each other reading: what the glyph was read as, and
    /// what it is to be.
    #[must_use]
    pub(super) fn candidates(
        &self,
        least: f32,
        may_be: impl Fn(char, char) -> bool,
    ) -> Vec<Candidate> {
        let options: Vec<Vec<(char, f32)>> = self
            .glyphs
            .iter()
            .map(|readings| {
                let (first, others) = (readings[0], &readings[1..]);
                let allowed = others.iter().filter(|(other, _)| may_be(first.0, *other));
                std::iter::once(&first).chain(allowed).copied().collect()
            })
            .collect();
        let unsure = most_unsure(&options);
        let start = Candidate {
            text: String::new(),
            share: 1.0,
            lowest: 1.0,
        };
        let mut found = vec![start];
        for (idx, options) in options.iter().enumerate() {
            let options = if unsure.contains(&idx) {
                options.as_slice()
            } else {
                &options[..1]
            };
            found = extended(&found, options);
            found.retain(|candidate| candidate.share >= least);
        }
        let as_read: String = self.glyphs.iter().map(|readings| readings[0].0).collect();
        found.retain(|candidate| candidate.text != as_read);
        found
    }
}

/// Indices of the glyphs whose other readings are the most probable.
fn most_unsure(options: &[Vec<(char, f32)>]) -> Vec<usize> {
    let share = |idx: &usize| {
        options[*idx]
            .get(1)
            .map_or(0.0, |other| other.1 / divisor(options[*idx][0].1))
    };
    let mut unsure: Vec<usize> = (0..options.len())
        .filter(|idx| options[*idx].len() > 1)
        .collect();
    unsure.sort_by(|a, b| share(b).total_cmp(&share(a)).then(a.cmp(b)));
    unsure.truncate(MOST_UNSURE);
    unsure
}

/// Each text with each reading of the glyph behind it, the likeliest first and no more than are tried.
fn extended(texts: &[Candidate], readings: &[(char, f32)]) -> Vec<Candidate> {
    let first = divisor(readings[0].1);
    let with = |text: &Candidate, (ch, probability): (char, f32)| Candidate {
        text: format!("{}{ch}", text.text),
        share: text.share * probability / first,
        lowest: text.lowest.min(probability),
    };
    let mut longer: Vec<Candidate> = texts
        .iter()
        .flat_map(|text| readings.iter().map(move |reading| with(text, *reading)))
        .collect();
    longer.sort_by(|a, b| {
        b.share
            .total_cmp(&a.share)
            .then_with(|| a.text.cmp(&b.text))
    });
    longer.truncate(MOST_CANDIDATES);
    longer
}

/// A probability that can be divided by.
fn divisor(probability: f32) -> f32 {
    probability.max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{page, text_at};
    use super::*;

    fn candidates(reading: &Reading) -> Vec<(String, f32)> {
        let found = reading.candidates(0.0, |_, _| true).into_iter();
        found
            .map(|candidate| (candidate.text, (candidate.share * 100.0).round()))
            .collect()
    }

    #[test]
    fn candidates_come_by_their_probability() {
        let page = page(&[
            ('V', 0.5, &[('≥', 0.4), ('2', 0.05)]),
            ('1', 0.8, &[('7', 0.2)]),
        ]);
        let reading = Reading::of(&text_at("V 1", 0, 2), &[page]).unwrap();
        let expected = [
            ("≥1", 80.0),
            ("V7", 25.0),
            ("≥7", 20.0),
            ("21", 10.0),
            ("27", 3.0),
        ];
        assert_eq!(
            candidates(&reading),
            expected.map(|(text, share)| (text.to_owned(), share))
        );
        let only_sign = reading.candidates(0.0, |first, _| first != '1');
        let texts: Vec<&str> = only_sign.iter().map(|found| found.text.as_str()).collect();
        assert_eq!(texts, ["≥1", "21"]);
        assert_eq!(only_sign[0].lowest, 0.4);
    }

    #[test]
    fn a_text_is_found_behind_its_label() {
        let page = page(&[
            ('权', 0.9, &[('杈', 0.1)]),
            ('重', 0.9, &[]),
            ('l', 0.5, &[('1', 0.4)]),
            ('0', 0.9, &[]),
        ]);
        let reading = Reading::of(&text_at("l0", 0, 4), &[page]).unwrap();
        assert_eq!(candidates(&reading), [("10".to_owned(), 80.0)]);
    }

    #[test]
    fn glyphs_that_are_not_certain_are_not_guessed() {
        let unsure: &[(char, f32)] = &[('l', 0.1)];
        let twice = page(&[('1', 0.9, unsure), ('、', 1.0, &[]), ('1', 0.9, unsure)]);
        assert_eq!(
            Reading::of(&text_at("1", 0, 3), std::slice::from_ref(&twice)),
            None
        );
        assert_eq!(
            Reading::of(&text_at("2", 0, 3), std::slice::from_ref(&twice)),
            None
        );
        let sure = page(&[('1', 0.9, &[]), ('2', 0.9, unsure)]);
        assert_eq!(Reading::of(&text_at("1", 0, 1), &[sure]), None);
    }

    #[test]
    fn candidates_are_bounded() {
        let others: Vec<(char, f32)> = "日目曰田".chars().map(|ch| (ch, 0.1)).collect();
        let page = page(&vec![('口', 0.6, others.as_slice()); 40]);
        let reading = Reading::of(&text_at(&"口".repeat(40), 0, 40), &[page]).unwrap();
        assert!(reading.candidates(0.0, |_, _| true).len() <= MOST_CANDIDATES);
    }
}
