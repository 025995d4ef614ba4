//! Running headers, footers and page numbers.
//!
//! In: all pages. Out: their lines, marked. Never: marks text between the margins, or larger text than the body's.

use std::collections::BTreeMap;

use crate::model::geometry::BBox;

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
    let recognised: Vec<Repeat> = leaves
        .iter()
        .flat_map(|leaf| margin_lines(leaf, params).filter_map(|i| recognised_line(leaf, i)))
        .collect();
    for leaf in leaves {
        let is_candidate = |i: usize| {
            is_page_number(&text_of(leaf, i))
                || repeat_key(leaf, i).is_some_and(|(text, y)| count(&text, y) >= 2)
                || recognised_line(leaf, i)
                    .is_some_and(|line| recognised.iter().any(|other| line.repeats(other)))
        };
        let (top, bottom) = margins(leaf, params);
        let order: Vec<usize> = (0..leaf.items.len()).collect();
        let mut marked = outer_lines(leaf, &order[..], top, &is_candidate, params);
        let reversed: Vec<usize> = order.into_iter().rev().collect();
        marked.extend(outer_lines(leaf, &reversed, bottom, &is_candidate, params));
        for index in marked {
            if let Some(Item::Line(line)) = leaf.items.get_mut(index) {
                line.furniture = true;
            }
        }
    }
}

/// A recognised line in a margin: its text may be read otherwise on the next page.
struct Repeat {
    page: u32,
    text: Vec<char>,
    bbox: BBox,
    em: f32,
}

impl Repeat {
    /// Whether the same is printed in the same place of another page, as far as reading tells.
    fn repeats(&self, other: &Self) -> bool {
        const PLACE_EM: f32 = 1.0;
        const LEAST_CHARS: usize = 6;
        /// One character in so many may be read otherwise.
        const MISREAD: usize = 6;
        let near = |a: f32, b: f32| (a - b).abs() <= PLACE_EM * self.em;
        self.page != other.page
            && near(self.bbox.center_y(), other.bbox.center_y())
            && near(self.bbox.left, other.bbox.left)
            && near(self.bbox.right, other.bbox.right)
            && self.text.len().min(other.text.len()) >= LEAST_CHARS
            && n_edits(&self.text, &other.text) * MISREAD <= self.text.len()
    }
}

/// A recognised line in about the size of the body's text, which a bent page makes higher; `None` for others.
fn recognised_line(leaf: &Leaf, index: usize) -> Option<Repeat> {
    const LARGEST: f32 = 1.3;
    let Some(Item::Line(line)) = leaf.items.get(index) else {
        return None;
    };
    let words = &line.line.words;
    let is_recognised = words.iter().all(|word| word.confidence.is_some());
    if !is_recognised || line.line.size > LARGEST * leaf.em {
        return None;
    }
    Some(Repeat {
        page: leaf.number,
        text: text_of(leaf, index).chars().collect(),
        bbox: line.line.bbox,
        em: leaf.em,
    })
}

/// Fewest characters to insert, drop or change to make one text of another.
fn n_edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

/// The candidates among the first `count` items of `order`, from the edge of the page inwards, as far as white parts
/// them from the body: the first line of a form that begins every page stands at the same height too.
fn outer_lines(
    leaf: &Leaf,
    order: &[usize],
    count: usize,
    is_candidate: &dyn Fn(usize) -> bool,
    params: &LayoutParams,
) -> Vec<usize> {
    const WIDER: f32 = 1.3;
    let white = |k: usize| -> Option<f32> {
        let (outer, inner) = (
            leaf.items.get(*order.get(k)?)?.bbox(),
            leaf.items.get(*order.get(k + 1)?)?.bbox(),
        );
        Some((inner.top - outer.bottom).max(outer.top - inner.bottom))
    };
    let is_line = |k: usize| {
        order
            .get(k)
            .is_some_and(|&i| matches!(leaf.items.get(i), Some(Item::Line(_))))
    };
    let is_apart = |k: usize| {
        let Some(gap) = white(k) else { return true };
        let next = white(k + 1)
            .filter(|_| is_line(k + 1) && is_line(k + 2))
            .unwrap_or(0.0);
        gap >= params.furniture_gap_em * leaf.em && gap >= WIDER * next
    };
    let mut length = order
        .iter()
        .take(count)
        .take_while(|&&i| is_candidate(i))
        .count();
    while length > 0 && !is_apart(length - 1) && !is_numbered(&text_of(leaf, order[length - 1])) {
        length -= 1;
    }
    order[..length].to_vec()
}

/// Whether a page number says that it is one: by its words or the dashes around it.
fn is_numbered(text: &str) -> bool {
    is_page_number(text) && !text.chars().all(|c| c.is_numeric())
}

/// How many lines at the top and at the bottom of a page lie in its margins, with nothing else beyond them. On a picture
/// the margins are those of what is printed: paper may lie anywhere on it.
fn margins(leaf: &Leaf, params: &LayoutParams) -> (usize, usize) {
    let (from, to) = if leaf.recognised {
        let boxes = || leaf.items.iter().map(Item::bbox);
        (
            boxes().map(|b| b.top).fold(f32::INFINITY, f32::min),
            boxes().map(|b| b.bottom).fold(0.0, f32::max),
        )
    } else {
        (0.0, leaf.height)
    };
    let depth = leaf.height * params.margin_share;
    let in_top =
        |item: &Item| matches!(item, Item::Line(l) if l.line.bbox.center_y() <= from + depth);
    let in_bottom =
        |item: &Item| matches!(item, Item::Line(l) if l.line.bbox.center_y() >= to - depth);
    let top = leaf.items.iter().take_while(|item| in_top(item)).count();
    let bottom = leaf.items[top..]
        .iter()
        .rev()
        .take_while(|item| in_bottom(item))
        .count();
    (top, bottom)
}

/// Indices of the lines in the margins.
fn margin_lines(leaf: &Leaf, params: &LayoutParams) -> impl Iterator<Item = usize> + use<> {
    let (top, bottom) = margins(leaf, params);
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
    // Pages that were laid on glass by hand do not lie alike.
    let step = if leaf.recognised { 3.0 } else { 0.5 };
    let height = (line.line.bbox.center_y() / (step * leaf.em)).round();
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
    // A dash as recognition reads it: `-1一`.
    let core = match (core.strip_prefix('一'), core.strip_suffix('一')) {
        (None, None) => core,
        _ => {
            let number = core.trim_matches(|c| c == '一' || is_rim(c));
            let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
            if is_number { number } else { core }
        }
    };
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
            "-5一",
            "一12一",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn years_with_words_and_amounts_are_none() {
        for text in [
            "2023年", "1.5", "12345", "表1", "—", "页", "1,2,3", "一", "一、1",
        ] {
            check(text, false);
        }
    }

    mod page_tests {
        use crate::layout::drawing::{Drawing, describe_pages};
        use expect_test::{Expect, expect};

        /// Two pages with the same line at this height, and two lines of text below it.
        fn check(top: f32, expected: Expect) {
            let page = |number, text| {
                let drawing =
                    Drawing::new()
                        .numbered(number)
                        .text(200.0, top, "某局2023年部门预算");
                drawing
                    .text(80.0, 90.0, text)
                    .text(80.0, 106.0, "完")
                    .text(300.0, 760.0, "1")
                    .page()
            };
            expected.assert_eq(&describe_pages(&[page(1, "甲"), page(2, "乙")]));
        }

        #[test]
        fn a_line_that_repeats_in_the_margin_is_furniture() {
            check(
                40.0,
                expect![[r#"
            =# 某局2023年部门预算
            = 甲
              完
            -# 1
            =# 某局2023年部门预算
            = 乙
              完
            -# 1
        "#]],
            );
        }

        /// Two pages with these lines at their tops, read with this confidence.
        fn headers(texts: [&str; 2], confidence: Option<f32>) -> String {
            let page = |number, text| {
                let mut page = Drawing::new()
                    .numbered(number)
                    .text(200.0, 40.0, text)
                    .text(80.0, 90.0, "甲")
                    .text(80.0, 106.0, "完")
                    .page();
                for glyph in &mut page.glyphs {
                    glyph.confidence = confidence;
                }
                page
            };
            describe_pages(&[page(1, texts[0]), page(2, texts[1])])
        }

        #[test]
        fn a_header_may_be_read_otherwise_on_the_next_page() {
            let misread = ["某局二〇二五年部门预算", "某局二〇二五年部门预异"];
            let other = ["某局二〇二五年部门预算", "某局二〇二五年绩效目标"];
            let marked = |texts, confidence| headers(texts, confidence).contains("=#");
            assert!(marked(misread, Some(0.9)));
            assert!(!marked(misread, None), "what a text layer says is meant");
            assert!(!marked(other, Some(0.9)));
        }

        #[test]
        fn a_line_close_to_the_body_is_none() {
            check(
                74.0,
                expect![[r#"
            = 某局2023年部门预算
              甲
              完
            -# 1
            = 某局2023年部门预算
              乙
              完
            -# 1
        "#]],
            );
        }
    }
}
