//! When two values are the same: folding of texts, numbers as decimals, and what counts as no value.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

/// Digits that a number keeps; more are rounded to the even neighbour.
const N_DIGITS: usize = 28;

/// Largest power of ten that a number is written with.
const MAX_EXPONENT: i64 = 999_999;

/// Last steps of pointers whose values are numbers where they look like one.
const NUMERIC: &[&str] = &[
    "amount",
    "weight",
    "weight_current",
    "target",
    "target_current",
    "score",
    "execution_rate_weight",
    "total_score",
];

/// How much two values may differ and still be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Widths, dashes, quotes, white space and the way a number is written do not count.
    Lenient,
    /// Every character counts.
    Strict,
}

/// A value as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Canonical {
    /// A text.
    Text(String),
    /// A number, however it was written.
    Number(Number),
}

/// A decimal without zeros at its ends: `digits` × 10 ^ `exponent`; zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

/// Whether there is no value: null, an empty text, an empty list, an empty object.
pub(super) fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(keys) => keys.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value as a text: what the truth's maker and a record may write as a number or as a text is the same.
pub(super) fn to_text(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => float_to_text(float),
            _ => number.to_string(),
        },
        Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The shortest digits that give this number, with an exponent where it is small or large.
fn float_to_text(float: f64) -> String {
    let written = format!("{float:e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    match exponent.parse::<i32>() {
        Ok(-4..=15) | Err(_) => format!("{float:?}"),
        Ok(exponent) if exponent < 0 => format!("{digits}e-{:02}", -exponent),
        Ok(exponent) => format!("{digits}e+{exponent}"),
    }
}

/// A text without differences of width, of dashes, colons, tildes and quotes, and with the only white space that counts.
pub(super) fn fold(text: &str) -> String {
    squash(text.nfkc().map(|ch| match ch {
        '∶' => ':',
        '–' | '—' => '-',
        '〜' => '~',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        ch => ch,
    }))
}

/// White space as one space, kept only between two Latin letters or digits.
fn squash(text: impl Iterator<Item = char>) -> String {
    let is_white = |ch: char| ch.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&ch);
    let mut squashed = String::new();
    let mut after_white = false;
    for ch in text {
        if is_white(ch) {
            after_white = true;
            continue;
        }
        let follows_word = squashed.ends_with(|last: char| last.is_ascii_alphanumeric());
        if after_white && follows_word && ch.is_ascii_alphanumeric() {
            squashed.push(' ');
        }
        after_white = false;
        squashed.push(ch);
    }
    squashed
}

/// A text as a number, thousands separators dropped; `None` where it is none.
pub(super) fn number(text: &str) -> Option<Number> {
    let text: String = text.chars().filter(|ch| !matches!(ch, ',' | '_')).collect();
    let text = text.trim();
    let (is_negative, text) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, whole_number(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent = exponent - i64::try_from(fraction.len()).ok()?;
    Some(rounded(
        is_negative,
        digits.trim_start_matches('0'),
        exponent,
    ))
}

/// An exponent with its sign.
fn whole_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = is_whole.then(|| text.parse().ok())??;
    (number.abs() <= MAX_EXPONENT).then_some(number)
}

/// A number of at most [`N_DIGITS`] digits, and without zeros behind them.
fn rounded(is_negative: bool, digits: &str, exponent: i64) -> Number {
    let n_over = digits.len().saturating_sub(N_DIGITS);
    let (kept, over) = digits.split_at(digits.len() - n_over);
    let mut kept: Vec<u8> = kept.bytes().collect();
    let is_odd = kept.last().is_some_and(|digit| (digit - b'0') % 2 == 1);
    let half = format!("5{}", "0".repeat(n_over.saturating_sub(1)));
    if n_over > 0 && (*over > *half || *over == *half && is_odd) {
        let n_nines = kept
            .iter()
            .rev()
            .take_while(|digit| **digit == b'9')
            .count();
        let stays = kept.len() - n_nines;
        kept[stays..].fill(b'0');
        match kept[..stays].last_mut() {
            Some(digit) => *digit += 1,
            None => kept.insert(0, b'1'),
        }
    }
    let n_zeros = kept
        .iter()
        .rev()
        .take_while(|digit| **digit == b'0')
        .count();
    kept.truncate(kept.len() - n_zeros);
    let n_dropped = i64::try_from(n_over + n_zeros).unwrap_or(i64::MAX);
    Number {
        is_negative,
        exponent: if kept.is_empty() {
            0
        } else {
            exponent.saturating_add(n_dropped)
        },
        digits: kept.into_iter().map(char::from).collect(),
    }
}

/// A value as it is compared with others of the same path.
pub(super) fn canonical(path: &str, value: &Value, strictness: Strictness) -> Canonical {
    let text = to_text(value);
    if value.is_boolean() || strictness == Strictness::Strict {
        return Canonical::Text(text);
    }
    let last = path.rsplit_once('/').map_or(path, |(_, last)| last);
    if last == "setup_year" {
        let is_year = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // With its century or without.
        let short = || text[text.len().saturating_sub(2)..].trim_start_matches('0');
        return Canonical::Text(if is_year { short().to_owned() } else { text });
    }
    let text = fold(&text);
    let is_numeric = path.starts_with("/funds/") || NUMERIC.contains(&last);
    match number(&text) {
        Some(number) if is_numeric => Canonical::Number(number),
        _ => Canonical::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_same(path: &str, a: Value, b: Value, same: bool) {
        let [a, b] = [a, b].map(|value| canonical(path, &value, Strictness::Lenient));
        assert_eq!(a == b, same, "{a:?} {b:?}");
    }

    #[test]
    fn widths_and_dashes_do_not_count() {
        assert_eq!(fold("（ＡＢ　Ｃ）—“中 文”\t1"), "(AB C)-\"中文\"1");
        assert_eq!(fold(" a  b 中 c "), "a b中c");
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        for (a, b) in [
            ("10", "10.00"),
            ("1,000", "1000"),
            ("1e3", "1000.0"),
            ("０.50", ".5"),
            ("-0", "-0.00"),
            (
                "12345678901234567890123456785",
                "1234567890123456789012345678e1",
            ),
            ("99999999999999999999999999995", "1e29"),
        ] {
            check_same("/indicators/0/target", json!(a), json!(b), true);
        }
        check_same("/indicators/0/target", json!("1.2.3"), json!("1.23"), false);
        check_same("/indicators/0/target", json!("-0"), json!("0"), false);
        check_same("/indicators/0/level3", json!("10"), json!("10.0"), false);
        check_same("/funds/all/total/budget", json!(10.0), json!("10"), true);
        check_same("/fiscal_year", json!(2023), json!("2023"), true);
    }

    #[test]
    fn a_year_of_setup_has_a_century_or_not() {
        check_same("/project/setup_year", json!(2021), json!("21"), true);
        check_same("/project/setup_year", json!(2008), json!(8), true);
        check_same("/project/setup_year", json!(2000), json!(0), true);
        check_same("/project/setup_year", json!(2021), json!(2022), false);
    }

    #[test]
    fn a_float_is_written_as_short_as_can_be() {
        for (float, text) in [
            (95.0, "95.0"),
            (1e16, "1e+16"),
            (1.5e-7, "1.5e-07"),
            (0.0001, "0.0001"),
        ] {
            assert_eq!(to_text(&json!(float)), text);
        }
    }

    #[test]
    fn strictly_every_character_counts() {
        let strict = |text: &str| canonical("/title", &json!(text), Strictness::Strict);
        assert_ne!(strict("（a）"), strict("(a)"));
    }
}
