//! A target printed as one text becomes operator, value and unit: `≥95%`, `不低于3,200个`, `80-90%`.
//!
//! What is printed decides: no operator is supposed, and a unit is split off a number or a range only.

use super::number::{Number, read_number, strip_brackets};
use super::terms::Terms;
use super::text::{fold_width, is_range_mark, squeeze};
use crate::model::Vocabulary;
use crate::model::record::DecimalText;
use crate::model::vocabulary::Operator;

/// A target taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitTarget {
    /// The operator, if one is printed.
    pub operator: Option<Operator>,
    /// The value: a canonical decimal, or the text as printed without operator and unit; `None` where only an operator
    /// is printed.
    pub target: Option<String>,
    /// The unit printed behind a number or a range.
    pub measure_unit: Option<String>,
    /// Letters were read as digits.
    pub repaired: bool,
}

/// Takes a target apart.
#[must_use]
pub fn split_target(text: &str, vocabulary: &Vocabulary) -> SplitTarget {
    split(text, &Terms::new(vocabulary))
}

pub(super) fn split(text: &str, terms: &Terms<'_>) -> SplitTarget {
    let text = squeeze(text);
    if let Some(operator) = terms.operator(&text) {
        return SplitTarget {
            operator: Some(operator),
            ..SplitTarget::default()
        };
    }
    if let Some(rest) = after_qualitative(&text, terms) {
        return SplitTarget {
            operator: Some(Operator::Qualitative),
            target: Some(rest.to_owned()),
            ..SplitTarget::default()
        };
    }
    let (operator, rest) = match terms.leading_operator(&text) {
        Some((operator, rest)) => (Some(operator), rest),
        None => (None, text.as_str()),
    };
    SplitTarget {
        operator,
        ..split_unit(rest, operator.is_some(), terms)
    }
}

/// Takes the unit off a value whose operator is known or absent. `is_bounded`: an operator is printed before it, so that
/// `12月` is a number of months and no date.
pub(super) fn split_unit(text: &str, is_bounded: bool, terms: &Terms<'_>) -> SplitTarget {
    let text = squeeze(text);
    let whole = |text: String| SplitTarget {
        target: (!text.is_empty()).then_some(text),
        ..SplitTarget::default()
    };
    if let Some(number) = read_number(&text) {
        // `10l` is ten litres as well as 101: it stays as it is.
        let last_at = text.char_indices().next_back().map_or(0, |(at, _)| at);
        let is_ambiguous = number.repaired && terms.is_measure_unit(&text[last_at..]);
        return if is_ambiguous {
            whole(text)
        } else {
            with_number(&number, None)
        };
    }
    let number_end = number_len(&text);
    let (head, tail) = text.split_at(number_end);
    if head.is_empty() {
        return whole(text);
    }
    if let Some(number) = read_number(head) {
        if let Some(unit) = unit_of(tail, terms)
            && !is_date(head, &unit, is_bounded)
        {
            return with_number(&number, Some(unit));
        }
        if let Some((range, unit)) = range_of(&text, is_bounded, terms) {
            return SplitTarget {
                target: Some(range),
                measure_unit: unit,
                ..SplitTarget::default()
            };
        }
    }
    whole(text)
}

/// Whether the value of a target is a number or a range of numbers, and no text.
#[must_use]
pub(super) fn is_numeric(target: &str) -> bool {
    let bounds: Vec<&str> = target
        .split(is_range_mark)
        .filter(|bound| !bound.is_empty())
        .collect();
    (1..=2).contains(&bounds.len()) && bounds.iter().all(|bound| read_number(bound).is_some())
}

fn with_number(number: &Number, measure_unit: Option<String>) -> SplitTarget {
    SplitTarget {
        target: Some(number.decimal.as_str().to_owned()),
        measure_unit,
        repaired: number.repaired,
        operator: None,
    }
}

/// A value of the number's own form without unit: canonical if it is a number, else as printed.
pub(super) fn plain_value(text: &str) -> (Option<String>, bool) {
    let text = squeeze(text);
    match read_number(&text) {
        Some(number) => (Some(number.decimal.as_str().to_owned()), number.repaired),
        None => ((!text.is_empty()).then_some(text), false),
    }
}

/// A percentage that no operator bounds, over 100 and beginning with 2: what remains behind the 2 would be a share.
/// Recognisers read ≥92% as 292%.
#[must_use]
pub(super) fn looks_like_misread_operator(target: &str, measure_unit: &str) -> bool {
    let is_percent = matches!(measure_unit, "%" | "百分比");
    let Some(rest) = target.strip_prefix('2') else {
        return false;
    };
    let hundred = rust_decimal::Decimal::ONE_HUNDRED;
    let value = DecimalText::from_canonical(target).and_then(|decimal| decimal.value());
    let remainder = DecimalText::from_canonical(rest).and_then(|decimal| decimal.value());
    let is_share = !rest.starts_with('0') && remainder.is_some_and(|share| share <= hundred);
    is_percent && value.is_some_and(|value| value > hundred) && is_share
}

fn after_qualitative<'t>(text: &'t str, terms: &Terms<'_>) -> Option<&'t str> {
    let words = terms
        .vocabulary
        .operators
        .iter()
        .filter(|(_, operator)| *operator == Operator::Qualitative);
    words
        .filter_map(|(word, _)| text.strip_prefix(word.as_str()))
        .find_map(|rest| {
            let rest = rest.trim_start_matches([':', '：', '/', '／', ' ', '-']);
            (!rest.is_empty() && !rest.starts_with('指')).then_some(rest)
        })
}

/// Bytes of the number that a text begins with: digits, points and separators, letters among digits, and noughts read as
/// letters at its end.
fn number_len(text: &str) -> usize {
    let mut end = 0;
    for (at, ch) in text.char_indices() {
        let folded = fold_width(ch);
        let is_sign = at == 0 && (super::text::is_dash(ch) || folded == '+');
        if folded.is_ascii_digit() {
            end = at + ch.len_utf8();
        } else if !(is_sign || matches!(folded, ',' | '.' | '。' | 'O' | 'o' | 'l' | 'I' | '|')) {
            break;
        }
    }
    if end == 0 {
        return 0;
    }
    let letters = text[end..]
        .chars()
        .take_while(|ch| super::number::letter_digit(*ch) == Some('0'));
    end + letters.map(char::len_utf8).sum::<usize>()
}

fn unit_of(tail: &str, terms: &Terms<'_>) -> Option<String> {
    let tail = tail.trim();
    let inner = strip_brackets(tail).unwrap_or(tail).trim();
    (!inner.is_empty() && (terms.is_measure_unit(inner) || terms.is_measure_unit(tail)))
        .then(|| terms.tidy_measure_unit(tail))
}

/// 2023年 is a year and 6月 a month, not numbers of them; `is_bounded` numbers of months are.
fn is_date(number: &str, unit: &str, is_bounded: bool) -> bool {
    let value: Option<u32> = number
        .chars()
        .map(fold_width)
        .collect::<String>()
        .parse()
        .ok();
    match unit {
        "年" | "年度" => value.is_some_and(|year| (1900..2100).contains(&year)),
        "月" => !is_bounded && value.is_some_and(|month| (1..=12).contains(&month)),
        "号" => true,
        _ => false,
    }
}

/// A range with its unit split off: `80-90%`, `80%~90%`, `2～4个`. A unit printed behind both bounds is split off both.
fn range_of(text: &str, is_bounded: bool, terms: &Terms<'_>) -> Option<(String, Option<String>)> {
    let (mark_at, mark) = text
        .char_indices()
        .skip(1)
        .find(|(_, ch)| is_range_mark(*ch))?;
    let first = &text[..mark_at];
    let marks: usize = text[mark_at..]
        .chars()
        .take_while(|ch| is_range_mark(*ch))
        .map(char::len_utf8)
        .sum();
    let last = &text[mark_at + marks.max(mark.len_utf8())..];
    let (low, low_unit) = first.split_at(number_len(first));
    let (high, high_unit) = last.split_at(number_len(last));
    read_number(low)?;
    read_number(high)?;
    if high_unit.is_empty() && low_unit.is_empty() {
        return Some((text.to_owned(), None));
    }
    let unit = unit_of(high_unit, terms)?;
    if is_date(high, &unit, is_bounded) {
        return None;
    }
    match low_unit {
        "" => Some((text[..text.len() - high_unit.len()].to_owned(), Some(unit))),
        low_unit if low_unit == high_unit => Some((
            format!("{low}{}{high}", &text[mark_at..mark_at + marks]),
            Some(unit),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::vocabulary;
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: (Option<&str>, Option<&str>, Option<&str>)) {
        let split = split_target(text, &vocabulary());
        let found = (
            split.operator.map(Operator::as_str),
            split.target.as_deref(),
            split.measure_unit.as_deref(),
        );
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn sign_value_and_unit_are_told_apart() {
        check("≥95%", (Some("ge"), Some("95"), Some("%")));
        check("≥ 3,200 个", (Some("ge"), Some("3200"), Some("个")));
        check("＝2人", (Some("eq"), Some("2"), Some("人")));
        check("≤100.00(%)", (Some("le"), Some("100.00"), Some("%")));
        check("≥３次／年", (Some("ge"), Some("3"), Some("次／年")));
        check("<5起", (Some("lt"), Some("5"), Some("起")));
        check("≥1.5元/人·月", (Some("ge"), Some("1.5"), Some("元/人·月")));
    }

    #[test]
    fn words_bound_numbers() {
        check("不低于95％", (Some("ge"), Some("95"), Some("%")));
        check("不超过13万元/年", (Some("le"), Some("13"), Some("万元/年")));
        check("不超预算", (None, Some("不超预算"), None));
        check("《管理办法》出台", (None, Some("《管理办法》出台"), None));
    }

    #[test]
    fn no_operator_is_supposed() {
        check("2人", (None, Some("2"), Some("人")));
        check("100%", (None, Some("100"), Some("%")));
        check("95%以上", (None, Some("95%以上"), None));
        check("达到100%", (None, Some("达到100%"), None));
        check("优良", (None, Some("优良"), None));
    }

    #[test]
    fn dates_are_texts() {
        for date in [
            "2023年12月底前",
            "第四季度",
            "2023年第四季度",
            "2023年1月至12月",
            "12月31日前",
            "每月25日前",
            "2023年",
            "6月",
            "1-12月",
        ] {
            check(date, (None, Some(date), None));
        }
        check(
            "≤2023年12月底前",
            (Some("le"), Some("2023年12月底前"), None),
        );
        check("1年", (None, Some("1"), Some("年")));
        check("≤12月", (Some("le"), Some("12"), Some("月")));
        check("12个月", (None, Some("12"), Some("个月")));
    }

    #[test]
    fn ranges_stay_whole() {
        check("80-90%", (None, Some("80-90"), Some("%")));
        check("85～95", (None, Some("85～95"), None));
        check("=90—100%", (Some("eq"), Some("90—100"), Some("%")));
        check("80%-90%", (None, Some("80-90"), Some("%")));
        check("2至4个", (None, Some("2至4"), Some("个")));
    }

    #[test]
    fn qualitative_is_an_operator() {
        check("定性", (Some("qualitative"), None, None));
        check("定性：优良", (Some("qualitative"), Some("优良"), None));
        check("≥", (Some("ge"), None, None));
    }

    #[test]
    fn letters_in_numbers_are_repaired() {
        let split = split_target("≥9O%", &vocabulary());
        assert_eq!(
            (split.target.as_deref(), split.repaired),
            (Some("90"), true)
        );
        check("10l", (None, Some("10l"), None));
    }

    #[test]
    fn what_is_left_over_stays() {
        check("1/3", (None, Some("1/3"), None));
        check("≥95分以上", (Some("ge"), Some("95分以上"), None));
        check("3艨", (None, Some("3艨"), None));
        check("≥98%且≤100%", (Some("ge"), Some("98%且≤100%"), None));
        check("", (None, None, None));
    }

    #[test]
    fn misread_sign_is_noticed() {
        assert!(looks_like_misread_operator("292", "%"));
        assert!(looks_like_misread_operator("2100", "%"));
        assert!(!looks_like_misread_operator("200", "%"));
        assert!(!looks_like_misread_operator("92", "%"));
        assert!(!looks_like_misread_operator("292", "个"));
    }
}
