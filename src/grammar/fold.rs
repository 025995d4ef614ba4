//! Folding: a printed text as labels are compared, with the way back to the printed bytes.
//!
//! White space is dropped, full-width forms become half-width, dashes and colons become one glyph each. Values are
//! never folded; they are cut out of the printed text by the byte offsets kept here.

pub(super) use crate::model::fold::{fold_char, is_white};

/// A folded text. `chars[i]` was printed at bytes `starts[i]..ends[i]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Folded {
    /// Folded characters, white space left out.
    pub(super) chars: Vec<char>,
    /// Byte at which each was printed.
    pub(super) starts: Vec<usize>,
    /// Byte at which each ends.
    pub(super) ends: Vec<usize>,
    /// Whether white space was printed before it.
    pub(super) space_before: Vec<bool>,
}

impl Folded {
    /// Folds a text.
    pub(super) fn new(text: &str) -> Self {
        let mut folded = Self::default();
        let mut space = false;
        for (start, ch) in text.char_indices() {
            if is_white(ch) {
                space = true;
                continue;
            }
            folded.chars.push(fold_char(ch));
            folded.starts.push(start);
            folded.ends.push(start + ch.len_utf8());
            folded.space_before.push(space);
            space = false;
        }
        folded
    }

    /// Number of folded characters.
    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }
}

/// The folded form of a text as a string.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .filter(|ch| !is_white(*ch))
        .map(fold_char)
        .collect()
}

/// Whether a character is a Han ideograph.
pub(super) fn is_han(ch: char) -> bool {
    matches!(ch, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '〇')
}

/// Appends a continued line to a text: a space only between two letters, none anywhere else (a number or a Chinese
/// word cut by the line end goes on).
pub(super) fn append_line(text: &mut String, line: &str) {
    let left = text.chars().next_back();
    let right = line.chars().next();
    if let (Some(left), Some(right)) = (left, right)
        && left.is_ascii_alphabetic()
        && right.is_ascii_alphabetic()
    {
        text.push(' ');
    }
    text.push_str(line);
}

/// Number of printed characters, white space aside.
pub(super) fn n_printed(text: &str) -> u64 {
    text.chars().filter(|ch| !is_white(*ch)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_and_spaces_fold_away() {
        assert_eq!(fold("项 目（万元）：　"), "项目(万元):");
    }

    #[test]
    fn offsets_lead_back_to_the_print() {
        let text = "单 位：甲";
        let folded = Folded::new(text);
        assert_eq!(&text[folded.starts[3]..folded.ends[3]], "甲");
        assert!(folded.space_before[1]);
    }

    #[test]
    fn lines_join_without_inventing_spaces() {
        let mut text = "158,".to_owned();
        append_line(&mut text, "000.00 元");
        assert_eq!(text, "158,000.00 元");
    }
}
