//! Settle: a recognised text whose type is closed is taken as the one of its likely readings that fits the type.
//!
//! A text that fits as it was first read stays, and is said to be doubtful where another reading that fits is nearly as
//! probable. One that does not fit is taken as the likeliest reading that does, which is said; the text as first read
//! stays in the provenance. What is free text is never settled, and no digit ever becomes another.

use std::collections::BTreeMap;

use super::closed::ClosedType;
use super::draft::shorten;
use super::reading::{Candidate, Reading};
use super::terms::Terms;
use super::text::without_blanks;
use crate::model::raw::{Fit, RawCell, RawField, RawForm};
use crate::model::{Code, Diagnosed, Diagnostic, Page, RawText};

/// A form in which texts were settled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SettledForm {
    /// The form, with the texts that were taken.
    pub(super) form: RawForm,
    /// Each text that was taken in place of another.
    pub(super) settled: Vec<Settled>,
}

/// A text taken in place of the one that was first read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settled {
    /// As first read.
    pub(super) first: RawText,
    /// As taken, with the probability of what was taken.
    pub(super) taken: RawText,
}

impl Settled {
    /// Where a value came from: the text as first read, as sure as what was taken.
    #[must_use]
    pub(super) fn source(&self) -> RawText {
        RawText {
            text: self.first.text.clone(),
            ..self.taken.clone()
        }
    }
}

/// Settles the texts of closed types that were recognised on `pages`. Paths of findings are keys, as those of grammar.
#[must_use]
pub(super) fn settle(
    mut form: RawForm,
    pages: &[Page],
    terms: &Terms<'_>,
) -> Diagnosed<SettledForm> {
    let mut settling = Settling {
        pages,
        terms,
        settled: Vec::new(),
        diagnostics: Vec::new(),
    };
    if pages.iter().any(|page| !page.others.is_empty()) {
        for field in &mut form.fields {
            settling.settle_field(field);
        }
        let mut n_rows: BTreeMap<String, usize> = BTreeMap::new();
        for table in &mut form.tables {
            let n_rows = n_rows.entry(table.into.clone()).or_default();
            for row in &mut table.rows {
                for cell in &mut row.cells {
                    settling.settle_cell(cell, &format!("{}/{n_rows}", table.into));
                }
                *n_rows += 1;
            }
        }
    }
    Diagnosed {
        value: SettledForm {
            form,
            settled: settling.settled,
        },
        diagnostics: settling.diagnostics,
    }
}

/// What the readings of a text come to.
#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    /// The text as first read, and nothing to say.
    Stays,
    /// As first read, though it may be another.
    Doubtful(Candidate),
    /// As first read, though it is no text of its type, and no other reading is.
    Unknown,
    /// As first read, though its point may be a separator of thousands.
    PointDoubtful,
    /// Another reading is taken.
    Taken(Candidate),
}

/// How many times as probable a reading must be as the next that fits and means something else.
const CLEAR: f32 = 3.0;
/// Least share of the first reading's probability with which another reading that fits, too, makes it doubtful.
const DOUBTED: f32 = 0.1;

/// What `text` is to be taken for; `reading` is `None` where its glyphs are sure or not known.
fn verdict(text: &str, of: ClosedType, reading: Option<&Reading>, terms: &Terms<'_>) -> Verdict {
    match of.meaning(text, terms) {
        Some(meaning) => doubt(text, &meaning, of, reading, terms),
        None if of.is_awaited(text) => choose(text, of, reading, terms),
        None => Verdict::Stays,
    }
}

/// Whether a text that fits its type may be another that does.
fn doubt(
    text: &str,
    meaning: &str,
    of: ClosedType,
    reading: Option<&Reading>,
    terms: &Terms<'_>,
) -> Verdict {
    let candidates =
        reading.map_or_else(Vec::new, |reading| reading.candidates(DOUBTED, |_, _| true));
    let other = candidates.into_iter().find(|candidate| {
        let other = of.meaning(&candidate.text, terms);
        other.is_some_and(|other| other != meaning)
    });
    match other {
        Some(other) => Verdict::Doubtful(other),
        None if of.counts() && has_point_before_three(text) => Verdict::PointDoubtful,
        None => Verdict::Stays,
    }
}

/// The reading that a text which does not fit its type is taken for.
fn choose(text: &str, of: ClosedType, reading: Option<&Reading>, terms: &Terms<'_>) -> Verdict {
    let candidates = reading.map_or_else(Vec::new, |reading| {
        reading.candidates(of.least_share() / CLEAR, |first, other| {
            of.may_be(first, other)
        })
    });
    let mut fitting = candidates.into_iter().filter_map(|candidate| {
        let meaning = of.meaning(&candidate.text, terms)?;
        Some((candidate, meaning))
    });
    let Some((best, meaning)) = fitting.next() else {
        return if of.says_unknown(text) {
            Verdict::Unknown
        } else {
            Verdict::Stays
        };
    };
    let next = fitting.find(|(_, other)| *other != meaning);
    let is_clear = next.is_none_or(|(next, _)| best.share >= CLEAR * next.share);
    if is_clear && best.share >= of.least_share() {
        Verdict::Taken(best)
    } else {
        Verdict::Doubtful(best)
    }
}

/// Whether a number has up to three digits before its point and three behind it: recognisers read `20,658` as `20.658`.
fn has_point_before_three(text: &str) -> bool {
    let squashed = without_blanks(text);
    let number = squashed.trim_matches(|ch: char| !ch.is_ascii_digit());
    number.split_once('.').is_some_and(|(whole, fraction)| {
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (1..=3).contains(&whole.len())
            && whole != "0"
            && fraction.len() == 3
            && are_digits(whole)
            && are_digits(fraction)
    })
}

/// A form whose texts are being settled.
struct Settling<'p, 't, 'v> {
    pages: &'p [Page],
    terms: &'t Terms<'v>,
    settled: Vec<Settled>,
    diagnostics: Vec<Diagnostic>,
}

impl Settling<'_, '_, '_> {
    fn settle_field(&mut self, field: &mut RawField) {
        let (Some(of), Some(value)) = (ClosedType::of_field(&field.key), &mut field.value) else {
            return;
        };
        if self.settle_text(value, of, &field.key) {
            field.parts.clear();
            field.fit = Fit::Whole;
        }
    }

    fn settle_cell(&mut self, cell: &mut RawCell, row: &str) {
        let Some(of) = ClosedType::of_column(&cell.key) else {
            return;
        };
        if self.settle_text(&mut cell.value, of, &format!("{row}/{}", cell.key)) {
            cell.parts.clear();
            cell.fit = Fit::Whole;
        }
    }

    /// Settles one text; `true` if it is another than it was.
    fn settle_text(&mut self, raw: &mut RawText, of: ClosedType, path: &str) -> bool {
        if raw.confidence.is_none() || self.terms.emptiness(&raw.text).is_some() {
            return false;
        }
        let reading = Reading::of(raw, self.pages);
        let percent = |share: f32| (f64::from(share) * 100.0).round();
        let read = shorten(&raw.text);
        match verdict(&raw.text, of, reading.as_ref(), self.terms) {
            Verdict::Stays => false,
            Verdict::Doubtful(other) => self.doubt(
                path,
                format!(
                    "{read:?} may be {:?}, which is {}% as probable",
                    other.text,
                    percent(other.share)
                ),
            ),
            Verdict::Unknown => self.doubt(
                path,
                format!("{read:?} is not what is awaited here, nor is another reading of it"),
            ),
            Verdict::PointDoubtful => self.doubt(
                path,
                format!("the point of {read:?} may be a separator of thousands"),
            ),
            Verdict::Taken(taken) => {
                let message = format!(
                    "first read as {read:?}, taken as {:?}, which was given {}%",
                    taken.text,
                    percent(taken.lowest)
                );
                self.diagnostics
                    .push(Diagnostic::new(Code::ReadingSettled, path, message));
                let first = raw.clone();
                raw.text = taken.text;
                raw.confidence = Some(taken.lowest);
                let taken = raw.clone();
                self.settled.push(Settled { first, taken });
                true
            }
        }
    }

    /// Says that a text is doubtful, which stays as it is.
    fn doubt(&mut self, path: &str, message: String) -> bool {
        self.diagnostics
            .push(Diagnostic::new(Code::ReadingDoubtful, path, message));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ReadGlyph, page, text_at, vocabulary};
    use super::*;

    type Glyphs<'g> = &'g [ReadGlyph<'g>];

    fn check(of: ClosedType, glyphs: Glyphs<'_>, expected: &str) {
        let mut vocabulary = vocabulary();
        vocabulary
            .level2
            .insert("数量".to_owned(), vec!["产出".to_owned()]);
        let text: String = glyphs.iter().map(|glyph| glyph.0).collect();
        let raw = text_at(&text, 0, glyphs.len());
        let reading = Reading::of(&raw, &[page(glyphs)]).unwrap();
        let found = match verdict(&text, of, Some(&reading), &Terms::new(&vocabulary)) {
            Verdict::Stays => "stays".to_owned(),
            Verdict::Unknown => "unknown".to_owned(),
            Verdict::PointDoubtful => "point doubtful".to_owned(),
            Verdict::Doubtful(other) => format!("doubtful {}", other.text),
            Verdict::Taken(taken) => format!("taken {}", taken.text),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_text_that_does_not_fit_is_taken_as_one_that_does() {
        check(
            ClosedType::Operator,
            &[('V', 0.6, &[('>', 0.01), ('≥', 0.3)])],
            "taken ≥",
        );
        check(
            ClosedType::MeasureUnit,
            &[('万', 0.9, &[]), ('入', 0.6, &[('人', 0.4)])],
            "taken 万人",
        );
        check(
            ClosedType::MoneyUnit,
            &[('方', 0.6, &[('万', 0.4)]), ('元', 0.9, &[])],
            "taken 万元",
        );
        check(
            ClosedType::Level2,
            &[
                ('數', 0.5, &[('数', 0.4)]),
                ('量', 0.9, &[]),
                ('指', 0.9, &[]),
                ('标', 0.9, &[('際', 0.1)]),
            ],
            "taken 数量指标",
        );
    }

    #[test]
    fn a_text_that_fits_stays() {
        check(
            ClosedType::Operator,
            &[('>', 0.95, &[('≥', 0.03)])],
            "stays",
        );
        check(
            ClosedType::Operator,
            &[('>', 0.55, &[('≥', 0.4)])],
            "doubtful ≥",
        );
        // Another writing of the same is no other reading.
        check(ClosedType::Operator, &[('≥', 0.5, &[('≧', 0.5)])], "stays");
        check(
            ClosedType::Level2,
            &[('數', 0.5, &[('教', 0.4)]), ('量', 0.9, &[])],
            "stays",
        );
    }

    #[test]
    fn a_digit_in_the_column_of_operators_is_a_sign_only_where_it_stands_alone() {
        let sign: &[(char, f32)] = &[('≥', 0.3)];
        check(ClosedType::Operator, &[('2', 0.6, sign)], "taken ≥");
        check(
            ClosedType::Operator,
            &[('V', 0.6, sign), ('9', 0.9, &[])],
            "taken ≥9",
        );
        check(
            ClosedType::Operator,
            &[('2', 0.6, sign), ('9', 0.9, &[]), ('5', 0.9, &[])],
            "stays",
        );
    }

    #[test]
    fn two_readings_that_fit_leave_it_doubtful() {
        check(
            ClosedType::Operator,
            &[('V', 0.6, &[('≥', 0.2), ('≤', 0.19)])],
            "doubtful ≥",
        );
    }

    #[test]
    fn a_digit_is_never_taken_for_another() {
        check(
            ClosedType::Number,
            &[('1', 0.6, &[('7', 0.4)]), ('0', 0.9, &[])],
            "doubtful 70",
        );
        check(
            ClosedType::Number,
            &[('1', 0.9, &[]), ('D', 0.6, &[('0', 0.4)])],
            "taken 10",
        );
        check(
            ClosedType::Amount,
            &[
                ('2', 0.6, &[('≥', 0.4)]),
                ('.', 0.9, &[]),
                ('S', 0.9, &[('5', 0.1)]),
            ],
            "taken 2.5",
        );
        check(
            ClosedType::Target,
            &[('2', 0.6, &[('≥', 0.4)]), ('9', 0.9, &[]), ('%', 0.9, &[])],
            "doubtful ≥9%",
        );
        check(
            ClosedType::Target,
            &[
                ('V', 0.6, &[('≥', 0.4)]),
                ('9', 0.9, &[]),
                ('D', 0.9, &[('%', 0.1)]),
            ],
            "taken ≥9%",
        );
    }

    #[test]
    fn marks_around_a_code_are_settled_and_its_digits_never() {
        let code: Glyphs<'_> = &[
            ('2', 0.9, &[]),
            ('0', 0.9, &[]),
            ('3', 0.9, &[]),
            ('一', 0.7, &[('-', 0.2), ('1', 0.1)]),
            ('局', 0.9, &[]),
        ];
        check(ClosedType::CodeAndName, code, "taken 203-局");
        let digit: Glyphs<'_> = &[
            ('2', 0.9, &[]),
            ('0', 0.9, &[]),
            ('8', 0.6, &[('3', 0.3)]),
            ('-', 0.9, &[]),
            ('局', 0.9, &[]),
        ];
        check(ClosedType::CodeAndName, digit, "doubtful 203-局");
        let name: Glyphs<'_> = &[('一', 0.7, &[('-', 0.2)]), ('局', 0.9, &[])];
        check(ClosedType::CodeAndName, name, "stays");
    }

    #[test]
    fn what_is_no_text_of_its_type_is_said_where_no_check_says_it() {
        check(
            ClosedType::MeasureUnit,
            &[('艨', 0.99, &[('艘', 0.004)])],
            "unknown",
        );
        check(ClosedType::Operator, &[('V', 0.7, &[('U', 0.1)])], "stays");
        let run: Vec<ReadGlyph<'_>> = "787001财政局"
            .chars()
            .map(|ch| (ch, 0.9, &[('口', 0.01)][..]))
            .collect();
        check(ClosedType::CodeAndName, &run, "unknown");
    }

    #[test]
    fn a_point_may_be_a_separator_of_thousands() {
        for (text, expected) in [
            ("≥20.658份", true),
            ("79.769", true),
            ("0.125", false),
            ("1.25", false),
            ("2000.125", false),
            ("1.234.567", false),
            ("20,658", false),
        ] {
            assert_eq!(has_point_before_three(text), expected, "{text}");
        }
    }
}
