//! Titles: which lines name a form, and the years in brackets under them.

use crate::model::{RawText, Separator};

use super::compiled::Grammars;
use super::fold::fold;
use super::grid::{Row, RowKind, raw};
use super::opening::opens_field;

/// The title that a row is, if it is one.
pub(super) fn title_of(row: &Row, grammars: &Grammars) -> Option<RawText> {
    let mut printed = row.printed();
    let cell = printed.next()?;
    if printed.next().is_some() || row.cells.iter().any(|c| c.continued && !c.is_blank()) {
        return None;
    }
    is_title(&cell.text, cell.confidence.is_some(), grammars).then(|| raw(cell, &cell.text))
}

/// The title of a table that is no form, if the row is one.
pub(super) fn other_title_of(row: &Row, grammars: &Grammars) -> Option<RawText> {
    let mut printed = row.printed();
    let cell = printed.next()?;
    if printed.next().is_some() || row.cells.iter().any(|c| c.continued && !c.is_blank()) {
        return None;
    }
    let folded = fold(&cell.text);
    if folded.chars().count() > grammars.title_longest
        || folded.contains(['。', ';', '；', '《', '》', ':', '，', ','])
    {
        return None;
    }
    let bare = strip_brackets(&folded);
    grammars
        .other_titles
        .iter()
        .any(|ending| bare.ends_with(ending.as_str()))
        .then(|| raw(cell, &cell.text))
}

/// The title that a line of plain text is, if what stands behind it begins a form: such texts may be what someone's recognition made, so
/// that one of its characters may be any other.
pub(super) fn misread_title_of(rows: &[Row], at: usize, grammars: &Grammars) -> Option<RawText> {
    let row = &rows[at];
    let is_plain = matches!(row.kind, RowKind::Line(separator) if separator != Separator::Position);
    let mut printed = row.printed();
    let cell = printed.next().filter(|_| is_plain)?;
    if printed.next().is_some() || !is_title(&cell.text, true, grammars) {
        return None;
    }
    let mut behind = rows[at + 1..].iter();
    let next = behind.find(|row| !row.furniture && row.printed().next().is_some())?;
    let first = next.printed().next()?;
    let begins = is_year_line(&first.text) || opens_field(next, first, &[], grammars);
    begins.then(|| raw(cell, &cell.text))
}

/// Whether a text is the title of a form. Of one that was recognised from a picture any character of a long ending may be misread.
pub(super) fn is_title(text: &str, is_recognised: bool, grammars: &Grammars) -> bool {
    let folded = fold(text);
    if folded.chars().count() > grammars.title_longest
        || folded.contains(['。', ';', '；', '《', '》', ':'])
    {
        return false;
    }
    // `…表(2023年度)`, `…表05-2`, `…表(本级)05-2`.
    let without_number = |text: &str| -> usize {
        text.trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '-')
            .len()
    };
    let bare = &folded[..without_number(&folded)];
    let bare = strip_brackets(bare);
    let bare: Vec<char> = bare[..without_number(bare)].chars().collect();
    let endings = &grammars.title_endings;
    let ends_so = |ending: &String| ends_nearly(&bare, ending, is_recognised, grammars);
    endings.iter().any(ends_so)
}

/// Whether a text ends so: characters that are taken for each other aside, and one that is any other, where it may be.
pub(super) fn ends_nearly(
    text: &[char],
    ending: &str,
    may_be_any: bool,
    grammars: &Grammars,
) -> bool {
    /// Shortest ending of which a character may be any other.
    const LONG: usize = 6;
    let ending: Vec<char> = ending.chars().collect();
    let Some(from) = text.len().checked_sub(ending.len()) else {
        return false;
    };
    let confusions = &grammars.vocabulary.confusions;
    let mut misread = 0;
    let mut may_be_any = may_be_any && ending.len() >= LONG;
    let fits = text[from..].iter().zip(&ending).all(|(read, meant)| {
        let confused = read != meant;
        misread += usize::from(confused);
        !confused
            || confusions
                .get(read)
                .is_some_and(|list| list.contains(meant))
            || std::mem::take(&mut may_be_any)
    });
    fits && misread <= MOST_MISREAD
}

/// Characters of a title's ending that may be misread.
pub(super) const MOST_MISREAD: usize = 2;

/// A folded title without brackets at its end.
pub(super) fn strip_brackets(folded: &str) -> &str {
    let mut bare = folded;
    while bare.ends_with(')') {
        match bare.rfind('(') {
            Some(open) if open > 0 => bare = &bare[..open],
            _ => break,
        }
    }
    bare
}

/// `（2023年度）`, `(2023年)`, `2023年度`.
pub(super) fn is_year_line(text: &str) -> bool {
    let folded = fold(text);
    let bare = folded.trim_matches(['(', ')', '[', ']']);
    let digits = bare
        .strip_suffix("年度")
        .or_else(|| bare.strip_suffix('年'));
    digits.is_some_and(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit()))
}
