//! Numbers as printed become canonical decimals, exactly. Never goes through floating point; never drops, adds or changes
//! a digit.

use super::text::fold_width;
use crate::model::record::DecimalText;
use crate::model::vocabulary::MoneyUnit;

/// A number as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// Its canonical form.
    pub(super) decimal: DecimalText,
    /// Letters were read as digits.
    pub(super) repaired: bool,
}

/// What a vertical rule beside a number is recognised as.
const RULINGS: [char; 2] = ['|', '｜'];

/// Reads a number as printed in a form: `2.5`, `２．５`, `1,000`, `+3`, `-2.50`, `5l2.85`, `158，000.00`, `2。00`.
///
/// Thousands separators must stand between groups of three digits (of four, where all are). The letters O o l I | among
/// digits are read as digits, which is said by `repaired`; a `|` at either end is as likely a ruling and is not read. White space may stand around a separator or a point, and a
/// line break anywhere. `None` if anything is left over.
#[must_use]
pub(super) fn read_number(text: &str) -> Option<Number> {
    let text = text.trim();
    if text.starts_with(RULINGS) || text.ends_with(RULINGS) {
        return None;
    }
    let folded = fold_number(text)?;
    let (is_negative, digits) = match folded.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, folded.strip_prefix('+').unwrap_or(&folded)),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let (whole, n_whole_repairs) = read_digits(&without_separators(whole)?)?;
    let fraction = fraction.map(read_digits);
    let (fraction, n_repairs) = match fraction {
        None => (None, n_whole_repairs),
        Some(Some((fraction, n))) => (Some(fraction), n_whole_repairs + n),
        Some(None) => return None,
    };
    let n_digits = whole.len() + fraction.as_deref().map_or(0, str::len);
    // A word of letters alone is no number, unless it is a one before noughts (`IO`): a lone sliver of a rule is read
    // as `I` or `|` too.
    if n_repairs == n_digits && !(fraction.is_none() && is_one_before_noughts(&whole)) {
        return None;
    }
    let sign = if is_negative { "-" } else { "" };
    let point = if fraction.is_some() { "." } else { "" };
    let canonical = format!("{sign}{whole}{point}{}", fraction.unwrap_or_default());
    DecimalText::from_canonical(&canonical).map(|decimal| Number {
        decimal,
        repaired: n_repairs > 0,
    })
}

/// Reads a number that may carry its own mark: `10%`, `10 分`, `(10)`, `6％`. For weights and scores.
#[must_use]
pub(super) fn read_weight(text: &str) -> Option<Number> {
    let text = text.trim();
    let inner = strip_brackets(text).unwrap_or(text);
    let number = inner.trim().trim_end_matches([
        '%', '％', '分', '。', '；', ';', '，', ',', '、', ' ', '\u{3000}',
    ]);
    read_number(number)
}

/// Converts an amount into yuan: at least two decimals, more only where they are not nought.
///
/// `None` where the text is not what [`DecimalText`] holds.
#[must_use]
pub(super) fn to_yuan(amount: &DecimalText, money_unit: MoneyUnit) -> Option<DecimalText> {
    let text = amount.as_str();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let shift = money_unit.exponent() as usize;
    let mut whole = whole.to_owned();
    let moved = &fraction[..fraction.len().min(shift)];
    whole.push_str(moved);
    whole.extend(std::iter::repeat_n('0', shift - moved.len()));
    let fraction = fraction[moved.len()..].trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let is_nought = whole == "0" && fraction.is_empty();
    let sign = if is_nought { "" } else { sign };
    DecimalText::from_canonical(&format!("{sign}{whole}.{fraction:0<2}"))
}

/// What stands inside a pair of brackets that encloses the whole text.
#[must_use]
pub(super) fn strip_brackets(text: &str) -> Option<&str> {
    let open = text.chars().next()?;
    let close = text.chars().next_back()?;
    let is_pair = matches!(
        (open, close),
        ('(' | '（', ')' | '）') | ('[', ']') | ('［', '］') | ('【', '】') | ('〔', '〕')
    );
    (is_pair && text.chars().count() >= 2)
        .then(|| &text[open.len_utf8()..text.len() - close.len_utf8()])
}

/// Folds widths, points and signs; drops white space where a number may have it; `None` if a character has no place in
/// a number.
fn fold_number(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut folded = String::with_capacity(text.len());
    for (index, &ch) in chars.iter().enumerate() {
        let at_start = folded.is_empty();
        let between_digits = || {
            let before = folded.chars().next_back().is_some_and(is_digit_like);
            before
                && chars[index + 1..]
                    .iter()
                    .find(|next| !next.is_whitespace())
                    .is_some_and(|next| is_digit_like(*next))
        };
        match fold_width(ch) {
            '\n' | '\r' | '\u{200b}' | '\u{feff}' => {}
            // Spaces of fixed width are thousands separators; an ordinary space may stand between two numbers.
            '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' if between_digits() => folded.push(','),
            blank if blank.is_whitespace() => {
                let is_mark = |ch: &char| matches!(fold_width(*ch), ',' | '.' | '。' | '-' | '+');
                let beside_mark = index
                    .checked_sub(1)
                    .and_then(|i| chars.get(i))
                    .is_some_and(is_mark)
                    || chars.get(index + 1).is_some_and(is_mark);
                if !beside_mark {
                    return None;
                }
            }
            '。' | '·' | '\u{2024}' | '\u{fe52}' if between_digits() => folded.push('.'),
            // A full stop behind the last digit ends the sentence.
            '。' | '.'
                if !at_start && chars[index + 1..].iter().all(|next| next.is_whitespace()) => {}
            '，' | '\u{fe50}' | '、' if between_digits() => folded.push(','),
            dash if super::text::is_dash(dash) && at_start => folded.push('-'),
            '+' if at_start => folded.push('+'),
            other if is_digit_like(other) || matches!(other, ',' | '.') => folded.push(other),
            _ => return None,
        }
    }
    (!folded.is_empty()).then_some(folded)
}

fn is_digit_like(ch: char) -> bool {
    let ch = fold_width(ch);
    ch.is_ascii_digit() || letter_digit(ch).is_some()
}

/// The digit that a letter looks like.
#[must_use]
pub(super) fn letter_digit(ch: char) -> Option<char> {
    match fold_width(ch) {
        'O' | 'o' => Some('0'),
        'l' | 'I' | '|' => Some('1'),
        _ => None,
    }
}

/// Digits with letters read as digits, and how many those are.
fn read_digits(text: &str) -> Option<(String, usize)> {
    let mut n_repairs = 0;
    let mut digits = String::with_capacity(text.len());
    for ch in text.chars() {
        if ch.is_ascii_digit() {
            digits.push(ch);
        } else {
            digits.push(letter_digit(ch)?);
            n_repairs += 1;
        }
    }
    (!digits.is_empty()).then_some((digits, n_repairs))
}

fn is_one_before_noughts(digits: &str) -> bool {
    digits
        .strip_prefix('1')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte == b'0'))
}

/// The whole part without its separators, where they stand as separators do.
fn without_separators(whole: &str) -> Option<String> {
    if !whole.contains(',') {
        return Some(whole.to_owned());
    }
    let groups: Vec<&str> = whole.split(',').collect();
    let (first, others) = groups.split_first()?;
    let fits = |len: usize| {
        (1..=len).contains(&first.len()) && others.iter().all(|group| group.len() == len)
    };
    (fits(3) || fits(4)).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let number = read_number(text);
        assert_eq!(
            number.as_ref().map(|n| n.decimal.as_str()),
            expected,
            "{text}"
        );
    }

    #[test]
    fn zeros_stay_as_printed() {
        check("10", Some("10"));
        check("2.50", Some("2.50"));
        check("007", Some("007"));
    }

    #[test]
    fn separators_and_widths_are_folded() {
        check("1,234,567.89", Some("1234567.89"));
        check("１２，３４５．６０", Some("12345.60"));
        check("2。00", Some("2.00"));
        check("+3.0", Some("3.0"));
        check("－2.5", Some("-2.5"));
        check("1,2345.00", Some("12345.00"));
    }

    #[test]
    fn broken_separators_are_no_number() {
        check("12,34.5", None);
        check("1,23", None);
        check(",123", None);
        check("1.2.3", None);
        check(".5", None);
        check("2,", None);
    }

    #[test]
    fn breaks_and_blanks_around_marks_are_passed_over() {
        check("158,\n000.00", Some("158000.00"));
        check("236\n.46", Some("236.46"));
        check("158, 000.00", Some("158000.00"));
        check("1\u{a0}000.5", Some("1000.5"));
        check("10\u{a0}20", None);
        check("1 000", None);
        check("10 20", None);
    }

    #[test]
    fn letters_among_digits_are_read_and_said() {
        for (text, expected) in [
            ("1O", "10"),
            ("5l2.85", "512.85"),
            ("2o00", "2000"),
            ("IO", "10"),
            ("９Ｏ", "90"),
        ] {
            let number = read_number(text).unwrap();
            assert_eq!((number.decimal.as_str(), number.repaired), (expected, true));
        }
        check("I", None);
        check("|", None);
        check("OO", None);
        check("lo", Some("10"));
    }

    #[test]
    fn words_and_exponents_are_no_numbers() {
        check("1e5", None);
        check("3M.8", None);
        check("", None);
        check("-", None);
        check("二", None);
    }

    #[test]
    fn weight_loses_its_mark() {
        for text in ["10%", "10 分", "（10）", "10％", "10。"] {
            assert_eq!(read_weight(text).unwrap().decimal.as_str(), "10");
        }
    }

    #[test]
    fn amounts_become_yuan_exactly() {
        let yuan =
            |text: &str, unit| to_yuan(&DecimalText::from_canonical(text).unwrap(), unit).unwrap();
        assert_eq!(
            yuan("2.00", MoneyUnit::TenThousandYuan).as_str(),
            "20000.00"
        );
        assert_eq!(
            yuan("74.030000", MoneyUnit::TenThousandYuan).as_str(),
            "740300.00"
        );
        assert_eq!(
            yuan("0.123456789", MoneyUnit::TenThousandYuan).as_str(),
            "1234.56789"
        );
        assert_eq!(
            yuan("3", MoneyUnit::HundredMillionYuan).as_str(),
            "300000000.00"
        );
        assert_eq!(yuan("-0.00", MoneyUnit::Yuan).as_str(), "0.00");
        assert_eq!(yuan("0.5", MoneyUnit::ThousandYuan).as_str(), "500.00");
    }
}
