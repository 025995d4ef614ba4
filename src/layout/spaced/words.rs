//! Words of a line of spaced text, and which of them single spaces part.
//!
//! In: the segments of a line. Out: a [`Row`] of words. Never: joins lines.
//!
//! `pdftotext -layout` gives each piece of a line the column that keeps it right of everything that stands left of it
//! on the page, and one space to words that stand close. So where a piece begins is to be trusted; where a word within
//! it stands is not: it may have stood farther right.

use crate::model::{Gap, Line};

/// A piece of a line without white space, in character columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether only a single space parts it from the word before.
    pub(super) glued: bool,
}

/// A line of the text.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// From 1.
    pub(super) number: u32,
    pub(super) words: Vec<Word>,
    pub(super) gap: Gap,
    /// Whether labels were taken out of it.
    pub(super) taken: bool,
}

impl Row {
    /// Whether it follows the line before closely.
    pub(super) fn gap_is_none(&self) -> bool {
        self.gap == Gap::None
    }
}

/// What a single space between a Han character and a digit says in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    /// Nothing: some programs set such a space (JLREQ and CLREQ ask for a quarter of an em).
    Scripts,
    /// They belong to two cells: within a text they are set closely.
    Cells,
}

impl Spacing {
    /// What the spaces behind digits of a text say.
    pub(super) fn of(lines: &[String]) -> Self {
        let (mut close, mut spaced) = (0usize, 0usize);
        for line in lines {
            let mut chars = line.chars().peekable();
            while let Some(ch) = chars.next() {
                if !ch.is_ascii_digit() {
                    continue;
                }
                match chars.peek() {
                    Some(next) if is_han(*next) => close += 1,
                    Some(' ') => {
                        let mut ahead = chars.clone();
                        ahead.next();
                        spaced += usize::from(ahead.next().is_some_and(is_han));
                    }
                    _ => {}
                }
            }
        }
        if spaced > 2 && spaced * 2 > close {
            Self::Scripts
        } else {
            Self::Cells
        }
    }
}

/// The words of a line.
pub(super) fn row_of(line: &Line, spacing: Spacing) -> Row {
    let mut words = Vec::new();
    for segment in &line.segments {
        let mut at = segment.start as usize;
        let is_spread = segment.text.contains(' ')
            && segment
                .text
                .split(' ')
                .all(|piece| piece.chars().count() == 1 && !piece.is_ascii());
        if is_spread {
            // `项 目 名 称` is one word.
            words.push(Word {
                text: segment.text.clone(),
                start: at,
                end: at + segment.text.chars().count(),
                glued: false,
            });
            continue;
        }
        let cuts = line.segments.len() > 1 || is_label_with_text(&segment.text);
        let mut before = "";
        let mut is_open = false;
        for (idx, piece) in segment.text.split(char::is_whitespace).enumerate() {
            let n = piece.chars().count();
            if n > 0 {
                words.push(Word {
                    text: piece.to_owned(),
                    start: at,
                    end: at + n,
                    glued: idx > 0 && (is_open || !parts_cells(before, piece, cuts, spacing)),
                });
                before = piece;
                for ch in piece.chars() {
                    is_open = matches!(ch, '（' | '(') || is_open && !matches!(ch, '）' | ')');
                }
            }
            at += n + 1;
        }
    }
    Row {
        number: line
            .segments
            .first()
            .and_then(|s| s.place.line)
            .unwrap_or(1),
        words,
        gap: line.gap,
        taken: false,
    }
}

/// A short word before a single space and a longer text: the label of a cell and what fills the next.
fn is_label_with_text(line: &str) -> bool {
    const LONGEST_LABEL: usize = 8;
    let Some((label, text)) = line.split_once(' ') else {
        return false;
    };
    let n = label.chars().count();
    (2..=LONGEST_LABEL).contains(&n)
        && label.chars().all(is_han)
        && !text.contains(' ')
        && text.chars().count() > n
}

/// Whether a single space between two words of a table's line parts cells: no space is set between Han characters, two
/// numbers are two values, and an operator opens a cell.
fn parts_cells(before: &str, next: &str, is_row: bool, spacing: Spacing) -> bool {
    let (Some(last), Some(first)) = (before.chars().last(), next.chars().next()) else {
        return false;
    };
    let is_number = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '%' | '-' | '—' | '－'))
    };
    let is_operator = |text: &str| text.starts_with(|c| "≥≤＞＜＝=><".contains(c));
    let is_letter = |c: char| is_han(c) || matches!(c, '）' | '；' | '。' | '，' | '、' | '”');
    // A text that is spread out: `主 管 部 门`.
    let is_spread = before.chars().count() == 1 && is_han(last) && is_han(first);
    // An amount keeps its unit.
    let is_money = next
        .strip_suffix('元')
        .is_some_and(|rest| rest.chars().all(|c| matches!(c, '百' | '千' | '万' | '亿')));
    let is_value = is_money
        || before
            .rsplit_once([':', '：'])
            .is_some_and(|(_, value)| !value.chars().all(is_han) || value.is_empty());
    let is_script = (is_letter(last) && first.is_ascii_digit()
        || (last.is_ascii_digit() || last == '%') && is_han(first))
        && !is_value;
    if is_script && spacing == Spacing::Cells || is_number(before) && is_number(next) {
        return true;
    }
    if !is_row {
        return false;
    }
    (is_han(last) || matches!(last, '）' | '%')) && first == '（' && spacing == Spacing::Cells
        || is_operator(next) && !is_operator(before)
        || is_letter(last) && (is_han(first) || matches!(first, '“' | '《' | '[')) && !is_spread
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Pieces of a line: words that only single spaces part.
pub(super) fn pieces(words: &[Word]) -> Vec<(usize, usize)> {
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    for (idx, word) in words.iter().enumerate() {
        match pieces.last_mut() {
            Some(last) if word.glued && last.1 == idx => last.1 = idx + 1,
            _ => pieces.push((idx, idx + 1)),
        }
    }
    pieces
}

/// Whether a piece stands right behind another, so that it may have stood farther right on the page.
pub(super) fn may_have_moved(words: &[Word], first: usize) -> bool {
    first > 0 && words[first].start <= words[first - 1].end + 1
}

/// Whether a space is kept where a cell's text goes on in the next line.
pub(super) fn needs_space(text: &str, next: &str) -> bool {
    let is_word = |ch: Option<char>| ch.is_some_and(|c| c.is_ascii_alphabetic());
    is_word(text.chars().last()) && is_word(next.chars().next())
}

/// Width of a text in full-width characters.
pub(super) fn ems(text: &str) -> f32 {
    text.chars()
        .map(|ch| if ch.is_ascii() { 0.5 } else { 1.0 })
        .sum()
}
