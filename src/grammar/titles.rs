//! Titles: which lines name a form, and the years in brackets under them.

use crate::model::RawText;

use super::compiled::Grammars;
use super::fold::fold;
use super::grid::{Row, raw};

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

/// Whether a text is the title of a form. Of one that was recognised from a picture any character of a long ending may be misread.
pub(super) fn is_title(text: &str, is_recognised: bool, grammars: &Grammars) -> bool {
    /// Shortest ending of which a character may be any other.
    const LONG: usize = 6;
    let folded = fold(text);
    if folded.chars().count() > grammars.title_longest
        || folded.contains(['。', ';', '；', '《', '》', ':'])
    {
        return false;
    }
    let bare: Vec<char> = strip_brackets(&folded)
        .trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '-')
        .chars()
        .collect();
    let confusions = &grammars.vocabulary.confusions;
    grammars.title_endings.iter().any(|ending| {
        let ending: Vec<char> = ending.chars().collect();
        let Some(from) = bare.len().checked_sub(ending.len()) else {
            return false;
        };
        let mut misread = 0;
        let mut may_be_any = is_recognised && ending.len() >= LONG;
        let fits = bare[from..].iter().zip(&ending).all(|(read, meant)| {
            let confused = read != meant;
            misread += usize::from(confused);
            !confused
                || confusions
                    .get(read)
                    .is_some_and(|list| list.contains(meant))
                || std::mem::take(&mut may_be_any)
        });
        fits && misread <= MOST_MISREAD
    })
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
