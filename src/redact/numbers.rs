//! Telephone and identity numbers within texts.

use std::ops::Range;

use regex::Regex;

use super::key::Hidden;
use crate::model::PersonalWords;

/// A number that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its bytes in the text.
    pub(super) range: Range<usize>,
    pub(super) hidden: Hidden,
    /// Its digits alone, in ASCII, without the country's: the same however it is printed.
    pub(super) digits: String,
}

/// Where numbers are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    /// Running text.
    Text,
    /// The value of a label that awaits a telephone number: whatever has five digits is one.
    Phones,
}

/// What finds numbers.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    identity: Regex,
    phone: Regex,
    /// A number of any length behind a word such as 电话.
    named: Regex,
    loose: Regex,
}

impl Numbers {
    /// With the words that stand before telephone numbers.
    pub(super) fn new(words: &PersonalWords) -> Self {
        let regex =
            |pattern: &str| Regex::new(pattern).expect("the pattern is made of escaped words");
        let labels: Vec<String> = words
            .phone_labels
            .iter()
            .map(|word| regex::escape(word))
            .collect();
        let labels = labels.join("|");
        Self {
            // GB 11643: place, date of birth, order and, since 1999, a check character. 15 digits before.
            identity: regex(
                r"[1-8]\d{5}(?:(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]|\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})",
            ),
            // Mobile numbers, and numbers behind the code of an area.
            phone: regex(
                r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\(?0(?:10|2\d|[3-9]\d{2})\)?[- ]?\d{3,4}[- ]?\d{4}(?:-\d{1,6})?",
            ),
            named: regex(&format!(
                r"(?:{labels})(?:号码)?[^0-9A-Za-z\p{{Han}}]{{0,4}}(\(?\d[\d\-() ]{{3,}}\d)"
            )),
            loose: regex(r"[+(]{0,2}\d[\d\-() ]*\d"),
        }
    }

    /// Numbers of a text, in order; none lies in another.
    pub(super) fn find(&self, text: &str, among: Among) -> Vec<Found> {
        let folded = Folded::of(text);
        let mut found: Vec<(Range<usize>, Hidden)> = Vec::new();
        let mut take = |range: Range<usize>, hidden| {
            let is_free = found
                .iter()
                .all(|(taken, _)| range.end <= taken.start || taken.end <= range.start);
            if is_free && folded.stands_alone(&range) {
                found.push((range, hidden));
            }
        };
        for range in overlapping(&self.identity, &folded.text) {
            if is_province(&folded.text[range.start..]) {
                take(range, Hidden::Identity);
            }
        }
        for range in overlapping(&self.phone, &folded.text) {
            if !folded.is_money(range.end) {
                take(range, Hidden::Phone);
            }
        }
        for captures in self.named.captures_iter(&folded.text) {
            if let Some(number) = captures.get(1) {
                take(number.range(), Hidden::Phone);
            }
        }
        if among == Among::Phones {
            for number in self.loose.find_iter(&folded.text) {
                if digits_of(number.as_str()).len() >= 5 {
                    take(number.range(), Hidden::Phone);
                }
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        let of = |(range, hidden): (Range<usize>, Hidden)| {
            let digits = digits_of(&folded.text[range.clone()]);
            let digits = match digits.strip_prefix("86") {
                Some(rest) if rest.len() == 11 => rest.to_owned(),
                _ => digits,
            };
            Found {
                range: folded.starts[range.start]..folded.starts[range.end],
                hidden,
                digits,
            }
        };
        found.into_iter().map(of).collect()
    }
}

/// Matches that may begin within one that was refused: every place is tried.
fn overlapping<'t>(regex: &'t Regex, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let mut at = 0;
    std::iter::from_fn(move || {
        let range = regex.find_at(text, at)?.range();
        // A digit is one byte.
        at = range.start + 1;
        Some(range)
    })
}

/// Whether digits begin as places of GB/T 2260 do.
fn is_province(digits: &str) -> bool {
    let number: u32 = digits
        .get(..2)
        .and_then(|two| two.parse().ok())
        .unwrap_or(0);
    matches!(number, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
}

fn digits_of(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|ch| ch.to_ascii_uppercase())
        .collect()
}

/// A text with its digits, letters and the marks within numbers in ASCII, and where each of its bytes began.
struct Folded {
    text: String,
    /// For each byte of `text`, and for its end, a byte of the original.
    starts: Vec<usize>,
}

impl Folded {
    fn of(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut starts = Vec::with_capacity(original.len() + 1);
        for (at, ch) in original.char_indices() {
            text.push(fold(ch));
            starts.resize(text.len(), at);
        }
        starts.push(original.len());
        Self { text, starts }
    }

    /// Whether no digit or letter touches a number, and it is no part of a decimal.
    fn stands_alone(&self, range: &Range<usize>) -> bool {
        let is_part = |ch: char| ch.is_ascii_alphanumeric();
        let mut before = self.text[..range.start].chars().rev();
        let mut behind = self.text[range.end..].chars();
        let touches_before = match before.next() {
            Some('.' | ',') => before.next().is_some_and(|ch| ch.is_ascii_digit()),
            ch => ch.is_some_and(is_part),
        };
        let touches_behind = match behind.next() {
            Some('.' | ',') => behind.next().is_some_and(|ch| ch.is_ascii_digit()),
            ch => ch.is_some_and(is_part),
        };
        !touches_before && !touches_behind
    }

    /// Whether a unit of money stands at this place.
    fn is_money(&self, at: usize) -> bool {
        let behind = self.text[at..].trim_start();
        ["元", "万元", "亿元", "千元"]
            .iter()
            .any(|unit| behind.starts_with(unit))
    }
}

fn fold(ch: char) -> char {
    match ch {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '＋' | '（' | '）' | '．' | '，' => {
            char::from_u32(u32::from(ch) - 0xfee0).unwrap_or(ch)
        }
        '－' | '—' | '–' | '‐' | '‑' | '−' => '-',
        '\u{a0}' | '\u{3000}' => ' ',
        ch => ch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, among: Among) -> Vec<(String, String)> {
        let words = PersonalWords {
            phone_labels: vec!["电话".to_owned()],
            ..PersonalWords::default()
        };
        let found = Numbers::new(&words).find(text, among);
        let shown = |found: Found| (text[found.range].to_owned(), found.digits);
        found.into_iter().map(shown).collect()
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = find(text, Among::Text);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(text, digits)| (text.as_str(), digits.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn mobile_numbers_are_found_however_they_are_printed() {
        let number = "13812345678";
        check("张三13812345678。", &[("13812345678", number)]);
        check(
            "１３８１２３４５６７８",
            &[("１３８１２３４５６７８", number)],
        );
        check("+86 138-1234-5678,", &[("+86 138-1234-5678", number)]);
        check("8613812345678", &[("8613812345678", number)]);
    }

    #[test]
    fn numbers_of_areas_and_behind_a_word_are_found() {
        check("（0851）8004262", &[("（0851）8004262", "08518004262")]);
        check(
            "010—66551234-802",
            &[("010—66551234-802", "01066551234802")],
        );
        check("联系电话：8004262", &[("8004262", "8004262")]);
        check("8004262", &[]);
    }

    #[test]
    fn identity_numbers_are_found() {
        let number = "11010519491231002X";
        check(
            "身份证11010519491231002x",
            &[("11010519491231002x", number)],
        );
        check("130503670401001", &[("130503670401001", "130503670401001")]);
        check("991050194912310020", &[]);
        check("110105194913310020", &[]);
    }

    #[test]
    fn amounts_codes_and_decimals_are_none() {
        for text in [
            "13812345678元",
            "13812345678 万元",
            "113812345678",
            "13812345678.50",
            "0.13812345678",
            "54000022R000000123456",
            "62110222Y000593329159",
            "[phone:13812345678abcde]",
            "2023-01-01",
            "13,812,345,678",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn where_phones_are_awaited_five_digits_are_one() {
        let found = find("转8006 8004262/66551", Among::Phones);
        assert_eq!(found[0].1, "80068004262");
        assert_eq!(found[1].1, "66551");
        assert!(find("8006", Among::Phones).is_empty());
    }
}
