//! Glyphs become words, and words become lines, whatever order they were drawn in.
//!
//! In: a page and some of its glyphs. Out: [`TextLine`]s from top to bottom, their words from left to right.
//! Never: loses a visible glyph.

use crate::model::geometry::BBox;
use crate::model::page::{Glyph, Page};

use super::params::LayoutParams;

/// Glyphs of a line that no space and no change of run separates.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub text: String,
    pub bbox: BBox,
    /// Font size of its largest glyph, points.
    pub size: f32,
    /// White space before it on its line, points; 0 for the first word.
    pub gap_before: f32,
    /// Whether a space is to be read before it.
    pub space_before: bool,
    /// Whether a space glyph was drawn right after it.
    pub space_after: bool,
    /// Width of its first glyph, points.
    pub first_width: f32,
    /// Lowest recognition confidence of its glyphs.
    pub confidence: Option<f32>,
}

/// Words that stand on one line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextLine {
    /// Never empty; from left to right.
    pub words: Vec<Word>,
    pub bbox: BBox,
    /// Font size of most of its text, points.
    pub size: f32,
}

/// Whether a character leaves no ink: white space, controls, zero-width marks.
pub(super) fn is_blank(ch: char) -> bool {
    ch.is_whitespace()
        || ch.is_control()
        || matches!(ch, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether a character belongs to a word of a script that sets spaces between words.
pub(super) fn is_word_char(ch: char) -> bool {
    ch.is_ascii_alphanumeric() || (ch.is_alphabetic() && ('\u{c0}'..'\u{500}').contains(&ch))
}

/// The smaller of two recognition confidences; a text layer has none.
pub(super) fn lower_confidence(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The usual font size of a page's visible glyphs, points, kept within what can be read.
pub(super) fn usual_size(page: &Page) -> f32 {
    let mut sizes: Vec<f32> = page
        .glyphs
        .iter()
        .filter(|g| !is_blank(g.ch))
        .map(size_of)
        .collect();
    if sizes.is_empty() {
        return 10.0;
    }
    let middle = sizes.len() / 2;
    let (_, median, _) = sizes.select_nth_unstable_by(middle, f32::total_cmp);
    median.clamp(4.0, 40.0)
}

/// A glyph's font size, or its height where the size makes no sense.
pub(super) fn size_of(glyph: &Glyph) -> f32 {
    let height = glyph.bbox.height();
    if glyph.size.is_finite() && glyph.size > 0.5 {
        glyph.size
    } else if height > 0.5 {
        height
    } else {
        10.0
    }
}

/// Makes lines of some of a page's glyphs, given as indices in drawing order.
pub(super) fn make_lines(page: &Page, indices: &[u32], params: &LayoutParams) -> Vec<TextLine> {
    let strands = make_strands(page, indices, params);
    let mut rows = cluster_strands(&strands, params);
    attach_small(&strands, &mut rows);
    let mut lines: Vec<TextLine> = rows
        .into_iter()
        .filter_map(|row| line_of(page, &strands, row.strands, params))
        .collect();
    lines.sort_by(|a, b| {
        a.bbox
            .center_y()
            .total_cmp(&b.bbox.center_y())
            .then(a.bbox.left.total_cmp(&b.bbox.left))
    });
    lines
}

/// Visible glyphs that were drawn one after the other, each where the one before ended.
struct Strand {
    /// Glyph index, and whether a space glyph stands before and after it.
    glyphs: Vec<(u32, bool, bool)>,
    bbox: BBox,
    center_y: f32,
    size: f32,
}

fn make_strands(page: &Page, indices: &[u32], params: &LayoutParams) -> Vec<Strand> {
    let mut strands: Vec<Strand> = Vec::new();
    let mut space_seen: Option<BBox> = None;
    for &index in indices {
        let Some(glyph) = page.glyphs.get(index as usize) else {
            continue;
        };
        if is_blank(glyph.ch) {
            if glyph.ch.is_whitespace() {
                space_seen = Some(space_seen.map_or(glyph.bbox, |seen| seen.union(&glyph.bbox)));
            }
            continue;
        }
        let size = size_of(glyph);
        let near = |a: &BBox, b: &BBox, reach: f32| {
            (a.center_y() - b.center_y()).abs() <= size * 0.6
                && b.left - a.right <= reach
                && b.left - a.right >= -reach
        };
        let after_space = space_seen.is_some_and(|space| near(&space, &glyph.bbox, size * 0.5));
        if let (Some(space), Some(last)) = (space_seen, strands.last_mut())
            && near(&last.bbox, &space, size * 0.5)
            && let Some(tail) = last.glyphs.last_mut()
        {
            tail.2 = true;
        }
        space_seen = None;
        let joins = strands.last().is_some_and(|last| {
            let previous = last
                .glyphs
                .last()
                .and_then(|g| page.glyphs.get(g.0 as usize));
            previous.is_some_and(|previous| follows(previous, glyph, params.line_tolerance_em, 0.6))
        });
        match strands.last_mut() {
            Some(last) if joins => {
                last.glyphs.push((index, after_space, false));
                last.bbox = last.bbox.union(&glyph.bbox);
                if size > last.size {
                    last.size = size;
                    last.center_y = glyph.bbox.center_y();
                }
            }
            _ => strands.push(Strand {
                glyphs: vec![(index, after_space, false)],
                bbox: glyph.bbox,
                center_y: glyph.bbox.center_y(),
                size,
            }),
        }
    }
    if let (Some(space), Some(last)) = (space_seen, strands.last_mut())
        && (space.center_y() - last.center_y).abs() <= last.size * 0.6
        && (space.left - last.bbox.right).abs() <= last.size * 0.5
        && let Some(tail) = last.glyphs.last_mut()
    {
        tail.2 = true;
    }
    strands
}

/// Whether `next` goes on where `previous` ended, on the same line or raised or lowered beside it.
pub(super) fn follows(
    previous: &Glyph,
    next: &Glyph,
    line_tolerance_em: f32,
    reach_em: f32,
) -> bool {
    let (a, b) = (size_of(previous), size_of(next));
    let small = a.min(b);
    let gap = next.bbox.left - previous.bbox.right;
    // Glyphs of one ligature share a box.
    if previous.bbox == next.bbox && previous.run == next.run {
        return true;
    }
    if gap > reach_em * a.max(b)
        || gap < -0.5 * a.max(b)
        || next.bbox.center_x() < previous.bbox.center_x()
    {
        return false;
    }
    let offset = (previous.bbox.center_y() - next.bbox.center_y()).abs();
    if offset <= line_tolerance_em * small {
        return true;
    }
    let script = small < 0.8 * a.max(b) && gap.abs() <= 0.3 * a.max(b);
    script
        && previous.bbox.overlap_y(&next.bbox)
            >= 0.5 * previous.bbox.height().min(next.bbox.height())
}

/// Strands that stand on one line.
struct Row {
    strands: Vec<usize>,
    center_y: f32,
    weight: f32,
    size: f32,
}

fn cluster_strands(strands: &[Strand], params: &LayoutParams) -> Vec<Row> {
    let mut order: Vec<usize> = (0..strands.len()).collect();
    order.sort_by(|&a, &b| strands[a].center_y.total_cmp(&strands[b].center_y));
    let mut rows: Vec<Row> = Vec::new();
    for index in order {
        let strand = &strands[index];
        let weight = strand.glyphs.len() as f32;
        // Only the last few rows can be near: strands come sorted by their middle.
        let first = rows.len().saturating_sub(3);
        let nearest = (first..rows.len())
            .filter(|&row| {
                (rows[row].center_y - strand.center_y).abs()
                    <= params.line_tolerance_em * rows[row].size.min(strand.size)
            })
            .min_by(|&a, &b| {
                (rows[a].center_y - strand.center_y)
                    .abs()
                    .total_cmp(&(rows[b].center_y - strand.center_y).abs())
            });
        match nearest {
            Some(row) => {
                let row = &mut rows[row];
                row.center_y =
                    (row.center_y * row.weight + strand.center_y * weight) / (row.weight + weight);
                row.weight += weight;
                row.size = row.size.max(strand.size);
                row.strands.push(index);
            }
            None => rows.push(Row {
                strands: vec![index],
                center_y: strand.center_y,
                weight,
                size: strand.size,
            }),
        }
    }
    rows
}

/// Puts short, small strands (indices, exponents) on the line of the larger text that they touch.
fn attach_small(strands: &[Strand], rows: &mut Vec<Row>) {
    const REACH_ROWS: usize = 3;
    const SMALL: f32 = 0.8;
    const MOST_GLYPHS: usize = 4;
    /// So many strands on a line are a drawing.
    const MOST_STRANDS: usize = 200;
    if rows.len() < 2 {
        return;
    }
    for row in 0..rows.len() {
        let from = row.saturating_sub(REACH_ROWS);
        let to = (row + REACH_ROWS + 1).min(rows.len());
        let hosts: Vec<usize> = (from..to)
            .filter(|&other| other != row && rows[other].strands.len() <= MOST_STRANDS)
            .collect();
        let largest = hosts
            .iter()
            .map(|&other| rows[other].size)
            .fold(0.0, f32::max);
        if rows[row]
            .strands
            .iter()
            .all(|&s| strands[s].size >= SMALL * largest)
        {
            continue;
        }
        let mut kept = Vec::new();
        for index in std::mem::take(&mut rows[row].strands) {
            let strand = &strands[index];
            let touches = |near: &Strand| {
                let gap =
                    (strand.bbox.left - near.bbox.right).max(near.bbox.left - strand.bbox.right);
                strand.size < SMALL * near.size
                    && gap.abs() <= 0.3 * near.size
                    && strand.bbox.overlap_y(&near.bbox) >= 0.4 * strand.bbox.height()
            };
            let is_small = strand.glyphs.len() <= MOST_GLYPHS && strand.size < SMALL * largest;
            let host = hosts.iter().find(|&&other| {
                is_small
                    && rows[other]
                        .strands
                        .iter()
                        .any(|&near| touches(&strands[near]))
            });
            match host {
                Some(&host) => rows[host].strands.push(index),
                None => kept.push(index),
            }
        }
        rows[row].strands.extend(kept);
    }
    rows.retain(|row| !row.strands.is_empty());
}

fn line_of(
    page: &Page,
    strands: &[Strand],
    mut members: Vec<usize>,
    params: &LayoutParams,
) -> Option<TextLine> {
    members.sort_by(|&a, &b| {
        strands[a]
            .bbox
            .left
            .total_cmp(&strands[b].bbox.left)
            .then(a.cmp(&b))
    });
    let mut words: Vec<Word> = Vec::new();
    let mut previous: Option<(&Glyph, bool)> = None;
    for (glyph, space_before, space_after) in members
        .iter()
        .flat_map(|&m| strands[m].glyphs.iter())
        .filter_map(|&(i, b, a)| Some((page.glyphs.get(i as usize)?, b, a)))
    {
        let size = size_of(glyph);
        let gap = previous.map_or(0.0, |(p, _)| (glyph.bbox.left - p.bbox.right).max(0.0));
        let em = previous.map_or(size, |(p, _)| size.min(size_of(p)));
        let same_box = previous.is_some_and(|(p, _)| p.bbox == glyph.bbox);
        let space = previous
            .is_some_and(|(_, after)| after || space_before || gap >= params.space_gap_em * em)
            && !same_box;
        let new_run =
            previous.is_some_and(|(p, _)| p.run != glyph.run) && gap >= params.run_gap_em * em;
        match words.last_mut() {
            Some(word) if !space && !new_run => {
                word.text.push(glyph.ch);
                word.bbox = word.bbox.union(&glyph.bbox);
                word.size = word.size.max(size);
                word.space_after = space_after;
                word.confidence = lower_confidence(word.confidence, glyph.confidence);
            }
            _ => words.push(Word {
                text: glyph.ch.to_string(),
                bbox: glyph.bbox,
                size,
                gap_before: gap,
                space_before: space,
                space_after,
                first_width: glyph.bbox.width(),
                confidence: glyph.confidence,
            }),
        }
        previous = Some((glyph, space_after));
    }
    let bbox = words.iter().map(|w| w.bbox).reduce(|a, b| a.union(&b))?;
    let size = words
        .iter()
        .max_by(|a, b| a.bbox.width().total_cmp(&b.bbox.width()))
        .map(|w| w.size)?;
    Some(TextLine { words, bbox, size })
}

impl TextLine {
    /// Cuts the line where the white between two words is wide; before a label with its colon less is enough.
    pub(super) fn segments(&self, params: &LayoutParams) -> Vec<&[Word]> {
        let mut cuts = vec![0];
        cuts.extend((1..self.words.len()).filter(|&i| {
            let em = self.words[i].size.min(self.words[i - 1].size);
            let gap = self.words[i].gap_before;
            gap >= params.min_column_gap_em * em
                || (gap >= params.piece_gap_em * em && begins_with_label(&self.words[i].text))
        }));
        cuts.push(self.words.len());
        cuts.windows(2)
            .map(|pair| &self.words[pair[0]..pair[1]])
            .collect()
    }
}

/// Whether a text begins with a short label and a colon: `预算年度：2023`.
fn begins_with_label(text: &str) -> bool {
    const LENGTHS: std::ops::RangeInclusive<usize> = 2..=8;
    let is_han = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
    let length = text.chars().take_while(is_han).count();
    LENGTHS.contains(&length) && matches!(text.chars().nth(length), Some('：' | ':'))
}

/// The text of some words as printed: single spaces where spaces are to be read.
pub(super) fn spaced_text(words: &[Word]) -> String {
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 && word.space_before {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// The box around some words; an empty box for none.
pub(super) fn box_of(words: &[Word]) -> BBox {
    words
        .iter()
        .map(|w| w.bbox)
        .reduce(|a, b| a.union(&b))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::drawing::Drawing;
    use super::*;
    use expect_test::{Expect, expect};

    fn check(drawing: Drawing, expected: Expect) {
        let page = drawing.page();
        let all: Vec<u32> = (0..page.glyphs.len() as u32).collect();
        let params = LayoutParams::default();
        let lines = make_lines(&page, &all, &params);
        let shown: Vec<String> = lines
            .iter()
            .map(|l| {
                l.segments(&params)
                    .iter()
                    .map(|s| spaced_text(s))
                    .collect::<Vec<_>>()
                    .join(" | ")
            })
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn less_white_is_enough_before_a_label() {
        check(
            Drawing::new()
                .text(20.0, 20.0, "某局")
                .text(50.0, 20.0, "预算年度：2023")
                .text(130.0, 20.0, "说明"),
            expect![[r#"某局 | 预算年度：2023 说明"#]],
        );
    }

    #[test]
    fn drawing_order_does_not_matter() {
        check(
            Drawing::new()
                .text(60.0, 20.0, "二")
                .text(20.0, 40.0, "三")
                .text(20.0, 20.0, "一"),
            expect![[r#"
            一 | 二
            三"#]],
        );
    }

    #[test]
    fn inner_spaces_keep_a_label_whole() {
        check(
            Drawing::new()
                .text(20.0, 20.0, "项 目 名 称")
                .text(120.0, 20.0, "道路"),
            expect!["项 目 名 称 | 道路"],
        );
    }

    #[test]
    fn exponents_stay_on_their_line() {
        check(
            Drawing::new()
                .text(20.0, 20.0, "100m")
                .sized(40.2, 18.5, 5.0, "2")
                .text(43.0, 20.0, "以上"),
            expect!["100m2以上"],
        );
    }

    #[test]
    fn lines_half_a_line_apart_are_two() {
        check(
            Drawing::new()
                .text(20.0, 20.0, "上")
                .text(60.0, 25.0, "中")
                .text(20.0, 30.0, "下"),
            expect![[r#"
            上
            中
            下"#]],
        );
    }
}
