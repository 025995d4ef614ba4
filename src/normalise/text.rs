//! White space and widths of printed texts. Never changes a printed character, except by [`fold_width`], whose result is
//! for reading numbers and comparing, not for the record.

/// Removes line breaks and white space, except one space between two words of Latin letters or digits.
///
/// A line break alone is removed between any two characters: forms are cut by the width of a cell, in numbers too.
#[must_use]
pub(super) fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut has_space = false;
    for ch in text.chars() {
        if is_blank(ch) {
            has_space |= !is_line_break(ch) && !is_zero_width(ch);
            continue;
        }
        if has_space && is_word(ch) && squeezed.chars().next_back().is_some_and(is_word) {
            squeezed.push(' ');
        }
        has_space = false;
        squeezed.push(ch);
    }
    squeezed
}

/// Removes all white space: for titles, levels, operators and units.
#[must_use]
pub(super) fn without_blanks(text: &str) -> String {
    text.chars().filter(|ch| !is_blank(*ch)).collect()
}

/// The half-width form of a full-width letter, digit or mark.
#[must_use]
pub(super) fn fold_width(ch: char) -> char {
    match ch {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(ch as u32 - 0xfee0).unwrap_or(ch),
        '\u{3000}' => ' ',
        _ => ch,
    }
}

/// Any hyphen, dash or minus sign, in any width.
#[must_use]
pub(super) fn is_dash(ch: char) -> bool {
    matches!(
        ch,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
    )
}

/// Marks between the bounds of a range: dashes, tildes, 至 and 到.
#[must_use]
pub(super) fn is_range_mark(ch: char) -> bool {
    is_dash(ch) || matches!(ch, '~' | '\u{223c}' | '\u{301c}' | '\u{ff5e}' | '至' | '到')
}

/// White space, and the characters without width that are used as such.
fn is_blank(ch: char) -> bool {
    ch.is_whitespace() || ch.is_control() || is_zero_width(ch)
}

fn is_zero_width(ch: char) -> bool {
    matches!(ch, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

fn is_line_break(ch: char) -> bool {
    matches!(
        ch,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

fn is_word(ch: char) -> bool {
    ch.is_ascii_alphanumeric() || matches!(ch, '\u{c0}'..='\u{24f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_stays_between_latin_words_only() {
        assert_eq!(
            squeeze(" 全市 e 社保 app  store 2.0 版\u{3000}。"),
            "全市e社保app store 2.0版。"
        );
        assert_eq!(squeeze("1 2"), "1 2");
    }

    #[test]
    fn line_break_in_a_number_is_removed() {
        assert_eq!(squeeze("236\n.46万\n元"), "236.46万元");
    }

    #[test]
    fn levels_lose_all_white_space() {
        assert_eq!(without_blanks("产 出\u{3000}指\n标"), "产出指标");
    }
}
