//! Text that was laid out by spaces, as `pdftotext -layout` does: its lines are a page of characters in a grid.
//!
//! The characters are put on pages as glyphs one em wide, so that tables without rules are found as on any page; what
//! is found keeps the number of the line it was printed on.

use crate::model::page::{Glyph, Page, PageSource, Trust};
use crate::model::{BBox, Block, Place};

/// Advance of a character, points: all are alike, as the columns of such a text count characters.
const ADVANCE: f32 = 6.0;
/// Distance of two lines, points.
const PITCH: f32 = 8.0;

/// Whether a text is laid out by spaces: pages are cut by form feeds, or many lines are indented.
pub(super) fn is_laid_out(lines: &[String]) -> bool {
    let printed: Vec<&String> = lines.iter().filter(|line| !line.trim().is_empty()).collect();
    if printed.len() < 5 || printed.iter().filter(|l| l.contains('\t')).count() * 10 > printed.len() {
        return false;
    }
    let indented = printed.iter().filter(|line| line.starts_with("   ")).count();
    let gapped = printed.iter().filter(|line| line.trim().contains("    ")).count();
    indented * 5 >= printed.len() && gapped * 3 >= printed.len()
}

/// Pages of glyphs for a text, with the number (from 1) of the first line of each.
pub(super) fn pages(lines: &[String]) -> Vec<(Page, u32)> {
    let mut pages: Vec<(Page, u32)> = Vec::new();
    let mut run = 0;
    for (idx, line) in lines.iter().enumerate() {
        let number = u32::try_from(idx + 1).unwrap_or(u32::MAX);
        let starts_page = line.starts_with('\u{c}') || pages.is_empty();
        if starts_page {
            let page = Page { number: u32::try_from(pages.len() + 1).unwrap_or(u32::MAX), source: PageSource::Text, ..Page::default() };
            pages.push((page, number));
        }
        let Some((page, first)) = pages.last_mut() else { continue };
        let top = (number - *first) as f32 * PITCH;
        for (column, ch) in line.chars().filter(|ch| *ch != '\u{c}').enumerate() {
            let left = column as f32 * ADVANCE;
            if ch.is_whitespace() {
                run += 1;
                continue;
            }
            let bbox = BBox { left, top, right: left + ADVANCE, bottom: top + ADVANCE };
            page.glyphs.push(Glyph { ch, bbox, size: ADVANCE, run, clip: None, trust: Trust::Mapped, confidence: None });
            page.width = page.width.max(bbox.right);
            page.height = page.height.max(bbox.bottom);
        }
        run += 1;
    }
    pages
}

/// Turns the places of blocks back into line numbers.
pub(super) fn restore_lines(blocks: &mut [Block], firsts: &[u32]) {
    let restore = |place: &mut Place| {
        let first = place.page.and_then(|page| firsts.get(page as usize - 1)).copied().unwrap_or(1);
        let row = place.bbox.map_or(0.0, |bbox| (bbox.top / PITCH).round().max(0.0));
        *place = Place::on_line(first + row as u32);
    };
    for block in blocks {
        match block {
            Block::Line(line) => line.segments.iter_mut().for_each(|s| restore(&mut s.place)),
            Block::Table(table) => table.cells.iter_mut().for_each(|c| restore(&mut c.place)),
        }
    }
}
