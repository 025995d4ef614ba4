//! GBK bytes written with a single-byte font.
//! In: strings shown with simple fonts. Out: the characters that the bytes mean. Never: touches text that may be Latin.
//!
//! Some producers write `项目名称` as the bytes of GBK in a font that knows Latin letters only. Read by its encoding this is
//! `ÏîÄ¿Ãû³Æ`. It is recognised by what its bytes are: every run of high bytes falls into pairs that are characters of GB 2312,
//! which accented letters in Latin words, single as they are, do not.

use crate::acquire::radicals::fold_radical;
use crate::model::page::{Glyph, GlyphCensus, Trust};

/// A string with high bytes, shown with a simple font.
#[derive(Debug, Clone)]
pub(super) struct GbkRun {
    /// Index of the font.
    pub(super) font: usize,
    /// Index of the first glyph.
    pub(super) first: usize,
    /// Its bytes; every byte has one glyph.
    pub(super) bytes: Vec<u8>,
}

/// Pairs that a font must show before one of its strings is believed to be GBK.
const MIN_PAIRS: usize = 2;

/// Puts the meant characters in the place of pairs of glyphs. `known_fonts` are fonts judged on earlier pages; it grows.
/// Returns the number of characters repaired.
pub(super) fn repair_gbk(
    glyphs: &mut Vec<Glyph>,
    census: &mut GlyphCensus,
    runs: &[GbkRun],
    known_fonts: &mut Vec<usize>,
) -> u32 {
    let mut fonts: Vec<usize> = runs.iter().map(|run| run.font).collect();
    fonts.sort_unstable();
    fonts.dedup();
    for font in fonts {
        if known_fonts.contains(&font) {
            continue;
        }
        let (mut n_pairs, mut n_against) = (0, 0);
        for run in runs.iter().filter(|run| run.font == font) {
            match pairs(&run.bytes, Reading::Strict) {
                Some(pairs) => n_pairs += pairs.len(),
                None => n_against += 1,
            }
        }
        if n_pairs >= MIN_PAIRS && n_pairs > 4 * n_against {
            known_fonts.push(font);
        }
    }
    let mut removed: Vec<usize> = Vec::new();
    let mut n_repaired = 0;
    for run in runs.iter().filter(|run| known_fonts.contains(&run.font)) {
        for (at, ch) in pairs(&run.bytes, Reading::Lenient).unwrap_or_default() {
            let Some([lead, trail]) = glyphs.get_mut(run.first + at..run.first + at + 2) else {
                continue;
            };
            for glyph in [&*lead, &*trail] {
                let count = if glyph.trust == Trust::Unmapped {
                    &mut census.unmapped
                } else {
                    &mut census.mapped
                };
                *count = count.saturating_sub(1);
            }
            census.mapped += 1;
            lead.ch = fold_radical(ch);
            lead.bbox = lead.bbox.union(&trail.bbox);
            lead.trust = Trust::Derived;
            removed.push(run.first + at + 1);
            n_repaired += 1;
        }
    }
    removed.sort_unstable();
    let mut next = removed.iter().copied().peekable();
    let mut index = 0;
    glyphs.retain(|_| {
        let drop = next.next_if_eq(&index).is_some();
        index += 1;
        !drop
    });
    n_repaired
}

/// What a pair may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// While it is not known that the font writes GBK: characters of GB 2312 alone.
    Strict,
    /// Once it is known: any character of GBK.
    Lenient,
}

/// Position and character of each pair; `None` where a high byte is left over or a pair is no such character.
fn pairs(bytes: &[u8], reading: Reading) -> Option<Vec<(usize, char)>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        let pair = bytes.get(at..at + 2)?;
        // Rows 1 to 3 and 6 (marks, numerals, full-width and Greek letters) and the Han characters of GB 2312.
        let plausible = reading == Reading::Lenient
            || matches!(pair, [0xA1..=0xA3 | 0xA6 | 0xB0..=0xF7, 0xA1..=0xFE]);
        let text = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(pair)?;
        let ch = text.chars().next().filter(|_| plausible)?;
        found.push((at, ch));
        at += 2;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::{Reading, pairs};

    fn check(bytes: &[u8], expected: Option<&str>) {
        let text = pairs(bytes, Reading::Strict)
            .map(|pairs| pairs.into_iter().map(|(_, ch)| ch).collect::<String>());
        assert_eq!(text.as_deref(), expected);
    }

    #[test]
    fn pairs_of_gb2312_are_characters() {
        check(b"\xCF\xEE\xC4\xBF\xC3\xFB\xB3\xC6: A1", Some("项目名称"));
        check(b"\xA3\xBA\xA1\xDD95%", Some("：≥"));
    }

    #[test]
    fn latin_words_are_none() {
        check(b"caf\xE9 fran\xE7ais", None);
        check(b"na\xEFve", None);
        check(b"plain", Some(""));
    }
}
