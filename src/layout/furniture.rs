//! Running headers, footers and page numbers.
//!
//! In: all pages. Out: their lines, marked. Never: marks text between the margins, or larger text than the body's.

use std::collections::BTreeMap;

use super::assemble::{Item, Leaf};
use super::lines::spaced_text;
use super::params::LayoutParams;

/// Marks the lines in the page margins that repeat from page to page, and those that are page numbers.
pub(super) fn mark_furniture(leaves: &mut [Leaf], params: &LayoutParams) {
    // Pages that show the same text, digits folded, at the same height.
    let mut seen: BTreeMap<(String, i32), usize> = BTreeMap::new();
    for leaf in leaves.iter() {
        let mut here: Vec<(String, i32)> = margin_lines(leaf, params)
            .filter_map(|i| repeat_key(leaf, i))
            .collect();
        here.sort();
        here.dedup();
        for key in here {
            *seen.entry(key).or_default() += 1;
        }
    }
    let count = |text: &str, y: i32| -> usize {
        // Heights are rounded: the neighbours are the same height.
        (y - 1..=y + 1)
            .filter_map(|y| seen.get(&(text.to_owned(), y)))
            .sum()
    };
    for leaf in leaves {
        let marked: Vec<usize> = margin_lines(leaf, params)
            .filter(|&i| {
                is_page_number(&text_of(leaf, i))
                    || repeat_key(leaf, i).is_some_and(|(text, y)| count(&text, y) >= 2)
            })
            .collect();
        for index in marked {
            if let Some(Item::Line(line)) = leaf.items.get_mut(index) {
                line.furniture = true;
            }
        }
    }
}

/// Indices of the lines at the top and bottom of a page that lie in its margins, with nothing else beyond them.
fn margin_lines(leaf: &Leaf, params: &LayoutParams) -> impl Iterator<Item = usize> + use<> {
    let in_top = |item: &Item| matches!(item, Item::Line(l) if l.line.bbox.center_y() <= leaf.height * params.margin_share);
    let in_bottom = |item: &Item| matches!(item, Item::Line(l) if l.line.bbox.center_y() >= leaf.height * (1.0 - params.margin_share));
    let top = leaf.items.iter().take_while(|item| in_top(item)).count();
    let bottom = leaf.items[top..]
        .iter()
        .rev()
        .take_while(|item| in_bottom(item))
        .count();
    (0..top).chain(leaf.items.len() - bottom..leaf.items.len())
}

fn text_of(leaf: &Leaf, index: usize) -> String {
    match leaf.items.get(index) {
        Some(Item::Line(line)) => spaced_text(&line.line.words)
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect(),
        _ => String::new(),
    }
}

/// Text with its digits folded, and its height in half characters; `None` for text larger than the body's, which is a
/// title that each form repeats.
fn repeat_key(leaf: &Leaf, index: usize) -> Option<(String, i32)> {
    const LARGEST: f32 = 1.15;
    let Some(Item::Line(line)) = leaf.items.get(index) else {
        return None;
    };
    if line.line.size > LARGEST * leaf.em {
        return None;
    }
    let mut text = String::new();
    for ch in text_of(leaf, index).chars() {
        let folded = if ch.is_numeric() { '#' } else { ch };
        if folded != '#' || !text.ends_with('#') {
            text.push(folded);
        }
    }
    let height = (line.line.bbox.center_y() / (0.5 * leaf.em)).round();
    Some((text, height.clamp(-1e6, 1e6) as i32))
}

/// Whether a text without spaces is a page number: `3`, `-3-`, `— 3 —`, `第3页`, `第3页共6页`, `3/6`, `Page3of6`.
pub(super) fn is_page_number(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "第", "页", "頁", "共", "总", "page", "of", "pages", "p.", "/", ",", "，", "、", ":",
    ];
    const MOST_DIGITS: usize = 4;
    let folded: String = text
        .chars()
        .map(fold_width)
        .collect::<String>()
        .to_lowercase();
    let is_rim = |c: char| {
        matches!(
            c,
            '-' | '—' | '–' | '―' | '─' | '~' | '·' | '•' | '(' | ')' | '[' | ']'
        )
    };
    let core = folded.trim_matches(is_rim);
    let mut numbers = 0;
    let mut rest = core;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > MOST_DIGITS {
            return false;
        }
        let taken = if digits > 0 {
            numbers += 1;
            digits
        } else {
            match WORDS.iter().find(|word| rest.starts_with(**word)) {
                Some(word) => word.len(),
                None => return false,
            }
        };
        rest = &rest[taken..];
    }
    numbers == 1 || (numbers == 2 && core.contains(['页', '/', 'o', '共']))
}

/// The ordinary form of a full-width character.
fn fold_width(ch: char) -> char {
    match ch {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(ch as u32 - 0xfee0).unwrap_or(ch),
        ch => ch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(is_page_number(text), expected, "{text}");
    }

    #[test]
    fn page_numbers_come_in_many_shapes() {
        for text in [
            "1",
            "-1-",
            "—12—",
            "第1页",
            "第１页共6页",
            "第1页，共6页",
            "1/6",
            "page1of6",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn years_with_words_and_amounts_are_none() {
        for text in ["2023年", "1.5", "12345", "表1", "—", "页", "1,2,3"] {
            check(text, false);
        }
    }
}
