//! Two pages on one sheet: a landscape sheet whose halves are pages of their own, as copied books and prints two-up are.
//!
//! In: a page. Out: its halves, left first, where it is such a sheet. Never: parts what reaches over the middle.

use crate::model::page::{Axis, Page};

use super::lines::{is_blank, usual_size};

/// The two pages that a sheet holds, left first; `None` where it is one page.
pub(super) fn halves_of(sheet: &Page) -> Option<[Page; 2]> {
    let middle = gutter(sheet)?;
    Some([true, false].map(|is_left| half(sheet, middle, is_left)))
}

/// Where the white between two pages is; `None` where there is one page only.
///
/// Both halves must have a table: a form of two columns has one title, or one table, that reaches over the middle.
fn gutter(sheet: &Page) -> Option<f32> {
    /// Least width of a sheet, in its height.
    const WIDE: f32 = 1.2;
    /// Where the middle may be, as shares of the width.
    const MIDDLE: (f32, f32) = (0.42, 0.58);
    /// Least width of the white, ems.
    const WHITE: f32 = 2.0;
    if sheet.width < WIDE * sheet.height {
        return None;
    }
    let (from, to) = (MIDDLE.0 * sheet.width, MIDDLE.1 * sheet.width);
    let glyphs = sheet.glyphs.iter().filter(|glyph| !is_blank(glyph.ch));
    let texts = glyphs.map(|glyph| (glyph.bbox.left, glyph.bbox.right));
    // An upright rule may be the fold itself.
    let rules = sheet.rulings.iter();
    let rules = rules.filter(|rule| rule.axis == Axis::Horizontal);
    let rules = rules.map(|rule| (rule.start, rule.end));
    let mut inked: Vec<(f32, f32)> = texts.chain(rules).collect();
    inked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut reached = 0.0f32;
    let mut widest: Option<(f32, f32)> = None;
    for (left, right) in inked.into_iter().chain([(sheet.width, sheet.width)]) {
        let middle = f32::midpoint(reached, left);
        let white = left - reached;
        if (from..to).contains(&middle) && widest.is_none_or(|(width, _)| white > width) {
            widest = Some((white, middle));
        }
        reached = reached.max(right);
    }
    let (white, middle) = widest?;
    let is_wide = white >= WHITE * usual_size(sheet);
    (is_wide && has_table(sheet, 0.0, middle) && has_table(sheet, middle, sheet.width))
        .then_some(middle)
}

/// Whether rules that cross stand in a part of a sheet, with text, and begin in its upper half.
fn has_table(sheet: &Page, left: f32, right: f32) -> bool {
    /// Fewest rules of a direction, and characters.
    const LEAST: (usize, usize) = (3, 20);
    let of = |axis: Axis| {
        let rules = sheet.rulings.iter();
        rules.filter(move |rule| rule.axis == axis)
    };
    let level = of(Axis::Horizontal).filter(|rule| rule.start >= left && rule.end <= right);
    let top = level
        .clone()
        .map(|rule| rule.position)
        .fold(f32::INFINITY, f32::min);
    let upright = of(Axis::Vertical).filter(|rule| (left..right).contains(&rule.position));
    let glyphs = sheet.glyphs.iter();
    let n_glyphs = glyphs
        .filter(|glyph| (left..right).contains(&glyph.bbox.center_x()))
        .count();
    level.count() >= LEAST.0
        && upright.count() >= LEAST.0
        && n_glyphs >= LEAST.1
        && top < sheet.height / 2.0
}

/// What stands in a half of a sheet, where it stands there.
fn half(sheet: &Page, middle: f32, is_left: bool) -> Page {
    let is_here = |x: f32| (x < middle) == is_left;
    let mut page = sheet.clone();
    page.glyphs.retain(|glyph| is_here(glyph.bbox.center_x()));
    page.rulings.retain(|rule| {
        is_here(match rule.axis {
            Axis::Horizontal => f32::midpoint(rule.start, rule.end),
            Axis::Vertical => rule.position,
        })
    });
    page.images.retain(|image| is_here(image.center_x()));
    // Both are found by their place on the sheet.
    page.others.clear();
    page.second.clear();
    page
}

#[cfg(test)]
mod tests {
    use super::super::drawing::Drawing;
    use super::super::{LayoutParams, describe, layout_pages};
    use super::*;

    const YS: [f32; 4] = [100.0, 130.0, 160.0, 190.0];

    /// A sheet with a table in each half; `title` stands at its middle.
    fn sheet(title: &str) -> Page {
        let (left, right) = ([40.0, 150.0, 360.0], [440.0, 550.0, 760.0]);
        let mut drawing = Drawing::new()
            .text(120.0, 60.0, "左边的表")
            .text(520.0, 60.0, "右边的表")
            .grid(&left, &YS)
            .grid(&right, &YS);
        for (row, top) in YS[..3].iter().enumerate() {
            let mark = |side: &str| format!("{side}{row}的内容很长");
            drawing = drawing
                .row(&left, *top, &[&mark("左名"), &mark("左值")])
                .row(&right, *top, &[&mark("右名"), &mark("右值")]);
        }
        if !title.is_empty() {
            drawing = drawing.centred(400.0, 30.0, title);
        }
        Page {
            width: 800.0,
            height: 560.0,
            ..drawing.page()
        }
    }

    fn text(page: Page) -> String {
        describe(&layout_pages(&[page], &LayoutParams::default()).value)
    }

    #[test]
    fn the_left_page_is_read_before_the_right() {
        let text = text(sheet(""));
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
        assert!(at("左边的表") < at("左值2"));
        assert!(at("左值2") < at("右边的表"));
        assert!(at("右边的表") < at("右名0"));
    }

    #[test]
    fn a_title_over_both_tables_makes_them_one_page() {
        assert_eq!(halves_of(&sheet("两张表的总标题")), None);
        let upright = Page {
            height: 800.0,
            ..sheet("")
        };
        assert_eq!(halves_of(&upright), None);
    }
}
