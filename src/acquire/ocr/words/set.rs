//! Words become glyphs: characters share the box of their word, and rules become rulings.
//!
//! In: a [`WordPage`]. Out: a [`Page`] in points. Never: changes, drops or adds a character that is printed.
//!
//! Boxes of OCR software are rough: some hug the ink, some stand off by a third of a character; the same text is cut into
//! words here and is one line there. So sizes and heights are taken from lines and from the page, widths from the boxes.

use std::collections::BTreeMap;

use super::WordPage;
use super::upright::{Upright, UprightBox, set_upright};
use crate::acquire::ocr::display::{POINTS, points_of_a4};
use crate::model::Displayed;
use crate::model::geometry::BBox;
use crate::model::page::{Axis, Glyph, GlyphCensus, Page, PageSource, Ruling, Trust};

/// Lengths of a page's longer side that are believed, in points: from a slip of paper to A0.
const SIDES: std::ops::RangeInclusive<f32> = 200.0..=3_400.0;
/// Share of a Han character's square that its ink is high.
const INK_HEIGHT: f32 = 0.9;
/// Gaps between Han characters of one line up to this width are no gaps of the print.
const MOST_HAN_GAP_EM: f32 = 0.6;
/// Gaps between Latin words of one line from this width on are spaces.
const LEAST_SPACE_EM: f32 = 0.15;
/// How far a box may stand off from its text at each side.
const MOST_MARGIN_EM: f32 = 0.35;

/// Sets the words of a page as glyphs, in points.
///
/// A page that was seen on its side is turned, one that leans is straightened. Its resolution is that of the file where it
/// can be believed; else its lower side is that of A4, as read and as displayed. A stroke `|` on a vertical rule is the rule
/// read as a character: it is no glyph, and counted as hidden.
#[must_use]
pub fn to_page(source: &WordPage) -> Page {
    let upright = set_upright(source);
    let unit = points_a_unit(upright.width, upright.height, source.units_an_inch);
    let words: Vec<Placed<'_>> = source
        .words
        .iter()
        .zip(&upright.boxes)
        .map(|(word, at)| Placed {
            text: &word.text,
            confidence: word.confidence,
            line: word.line,
            units: natural_width(&word.text),
            at: UprightBox {
                left: at.left * unit,
                top: at.top * unit,
                right: at.right * unit,
                bottom: at.bottom * unit,
                stacked: at.stacked,
            },
            goes_on: (false, false),
        })
        .collect();
    let rulings: Vec<Ruling> = upright
        .rules
        .iter()
        .map(|rule| Ruling {
            axis: match rule.horizontal {
                true => Axis::Horizontal,
                false => Axis::Vertical,
            },
            position: rule.position * unit,
            start: rule.start * unit,
            end: rule.end * unit,
            thickness: rule.thickness * unit,
        })
        .collect();
    let mut glyphs = set_words(words, &rulings);
    let n_set = glyphs.len();
    drop_strokes_on_rules(&mut glyphs, &rulings);
    let hidden = u32::try_from(n_set - glyphs.len()).unwrap_or(u32::MAX);
    let mapped = u32::try_from(glyphs.len()).unwrap_or(u32::MAX);
    Page {
        number: source.number,
        width: upright.width * unit,
        height: upright.height * unit,
        glyphs,
        rulings,
        source: PageSource::Recognised,
        displayed: displayed(&upright, unit, source.units_an_inch),
        census: GlyphCensus {
            mapped,
            hidden,
            ..GlyphCensus::default()
        },
        ..Page::default()
    }
}

/// How an upright page, a unit of which is `unit` points, lies on the page as its file has it; `None` where it was not moved.
fn displayed(upright: &Upright, unit: f32, units_an_inch: Option<f32>) -> Option<Displayed> {
    let (width, height) = upright.size_as_seen();
    let as_seen = points_a_unit(width, height, units_an_inch);
    let read = (upright.width * unit, upright.height * unit);
    let size = (width * as_seen, height * as_seen);
    upright.is_moved().then(|| {
        Displayed::new(read, size, |x, y| {
            let (x, y) = upright.as_seen(x / unit, y / unit);
            (x * as_seen, y * as_seen)
        })
    })
}

/// Drops the strokes `|` that stand on a vertical rule: they are the rule, read as a character.
fn drop_strokes_on_rules(glyphs: &mut Vec<Glyph>, rulings: &[Ruling]) {
    const REACH_EM: f32 = 0.6;
    let is_stroke = |glyph: &Glyph| matches!(glyph.ch, '|' | '｜');
    let uprights = uprights_of(rulings);
    glyphs.retain(|glyph| {
        let reach = REACH_EM * glyph.size;
        let (x, y) = (glyph.bbox.center_x(), glyph.bbox.center_y());
        !(is_stroke(glyph) && is_beside_rule(&uprights, (x - reach, x + reach), y))
    });
}

/// Vertical rules from left to right.
fn uprights_of(rulings: &[Ruling]) -> Vec<&Ruling> {
    let mut uprights: Vec<&Ruling> = rulings
        .iter()
        .filter(|rule| rule.axis == Axis::Vertical)
        .collect();
    uprights.sort_by(|a, b| a.position.total_cmp(&b.position));
    uprights
}

/// Whether a vertical rule stands between two places at a height; of very many at the same place the first are asked.
fn is_beside_rule(uprights: &[&Ruling], between: (f32, f32), y: f32) -> bool {
    const MOST: usize = 100;
    let first = uprights.partition_point(|rule| rule.position < between.0);
    let near = uprights.iter().skip(first).take(MOST);
    let mut near = near.take_while(|rule| rule.position <= between.1);
    near.any(|rule| rule.start <= y && y <= rule.end)
}

fn points_a_unit(width: f32, height: f32, units_an_inch: Option<f32>) -> f32 {
    let said = units_an_inch.map(|units| POINTS / units);
    let believed = said.filter(|unit| SIDES.contains(&(width.max(height) * unit)));
    believed.unwrap_or_else(|| points_of_a4(width, height))
}

/// A word on the upright page, in points.
struct Placed<'a> {
    text: &'a str,
    confidence: Option<f32>,
    line: u32,
    /// Its usual width in ems.
    units: f32,
    at: UprightBox,
    /// Whether its text goes on to the left and to the right without white between.
    goes_on: (bool, bool),
}

impl Placed<'_> {
    fn height(&self) -> f32 {
        self.at.bottom - self.at.top
    }

    fn center_y(&self) -> f32 {
        (self.at.top + self.at.bottom) / 2.0
    }

    /// Size of its characters as its box has it: no higher than the box, and no wider than their share of it.
    fn em(&self) -> f32 {
        if self.at.stacked {
            return self.at.right - self.at.left;
        }
        let share = (self.at.right - self.at.left) / self.units.max(0.3);
        (self.height() / INK_HEIGHT).min(share)
    }
}

fn set_words(mut words: Vec<Placed<'_>>, rulings: &[Ruling]) -> Vec<Glyph> {
    let page_em = usual_em(words.iter(), 1.5).unwrap_or_else(|| {
        let heights = words.iter().map(|word| (word.height(), 1.0));
        middle(heights.collect()).unwrap_or(10.0)
    });
    let mut lines: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (idx, word) in words.iter().enumerate() {
        lines.entry(word.line).or_default().push(idx);
    }
    let uprights = uprights_of(rulings);
    let mut glyphs = Vec::new();
    let mut run = 0u32;
    for mut members in lines.into_values() {
        if !is_in_order(&words, &members) {
            members.sort_by(|&a, &b| words[a].at.left.total_cmp(&words[b].at.left));
        }
        let of_line: Vec<&Placed<'_>> = members.iter().map(|&m| &words[m]).collect();
        let em = line_em(&of_line, page_em);
        let middle_y = middle(
            of_line
                .iter()
                .filter(|word| !word.at.stacked)
                .map(|word| (word.center_y(), word.units))
                .collect(),
        );
        let own_em = usual_em(of_line.iter().copied(), 1.5).unwrap_or(em).max(em);
        part(&mut words, &members, own_em);
        join(&mut words, &members, own_em, &uprights);
        let mut before: Option<usize> = None;
        for &idx in &members {
            let word = &words[idx];
            if let Some(before) = before {
                set_space(&words[before], word, em, run, &mut glyphs);
            }
            if word.at.stacked {
                set_stacked(word, run, &mut glyphs);
            } else {
                let own = word.center_y();
                // A comma stands low and a box may reach into the next line, but they stand on their line.
                let y = middle_y
                    .filter(|y| (y - own).abs() <= 0.5 * em)
                    .unwrap_or(own);
                set_word(word, y, em, run, &mut glyphs);
            }
            before = Some(idx);
            run = run.saturating_add(1);
        }
    }
    glyphs
}

/// The middle one of some values by their weights.
fn middle(mut values: Vec<(f32, f32)>) -> Option<f32> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f32 = values.iter().map(|v| v.1).sum();
    let mut sum = 0.0;
    values
        .iter()
        .find(|value| {
            sum += value.1;
            sum * 2.0 >= total
        })
        .map(|value| value.0)
}

/// The usual size of characters of words that are at least so many ems long, each character counted.
fn usual_em<'a>(words: impl Iterator<Item = &'a Placed<'a>>, least_units: f32) -> Option<f32> {
    let long = words.filter(|word| word.units >= least_units);
    middle(long.map(|word| (word.em(), word.units)).collect())
}

/// Size of the characters of a line: that of the page where they differ little.
fn line_em(words: &[&Placed<'_>], page_em: f32) -> f32 {
    const ALIKE: std::ops::RangeInclusive<f32> = 0.7..=1.35;
    let own = usual_em(words.iter().copied(), 1.5);
    let highest = words.iter().map(|word| word.height()).fold(0.0, f32::max);
    match own {
        Some(own) if !ALIKE.contains(&(own / page_em)) => own.max(0.4 * page_em),
        // A lone character, larger or smaller than the rest.
        None if highest > 1.6 * page_em => highest / INK_HEIGHT,
        _ => page_em,
    }
}

/// Whether the words of a line stand from left to right as the file gives them, but for rough boxes.
fn is_in_order(words: &[Placed<'_>], members: &[usize]) -> bool {
    let center = |m: usize| words[m].at.left + words[m].at.right;
    let n_back = members
        .windows(2)
        .filter(|pair| center(pair[0]) > center(pair[1]))
        .count();
    n_back * 4 <= members.len()
}

/// Parts the boxes of a line's words that lie over each other: they share the room of them all, in the order in which they
/// were read.
fn part(words: &mut [Placed<'_>], members: &[usize], em: f32) {
    let lies_over = |a: &Placed<'_>, b: &Placed<'_>| {
        let is_level = (a.center_y() - b.center_y()).abs() <= 0.5 * em;
        is_level && !a.at.stacked && !b.at.stacked && b.at.left < a.at.right
    };
    let mut first = 0;
    while first < members.len() {
        let mut end = first + 1;
        while end < members.len() && lies_over(&words[members[end - 1]], &words[members[end]]) {
            end += 1;
        }
        let heap = &members[first..end];
        first = end;
        if heap.len() < 2 {
            continue;
        }
        let lefts = heap.iter().map(|&m| words[m].at.left);
        let rights = heap.iter().map(|&m| words[m].at.right);
        let (left, right) = (
            lefts.fold(f32::INFINITY, f32::min),
            rights.fold(f32::NEG_INFINITY, f32::max),
        );
        let units: f32 = heap.iter().map(|&m| words[m].units).sum();
        let mut x = left;
        for (place, &m) in heap.iter().enumerate() {
            let word = &mut words[m];
            word.at.left = x;
            x += word.units / units.max(f32::MIN_POSITIVE) * (right - left);
            word.at.right = x;
            word.goes_on = (place > 0, place + 1 < heap.len());
        }
    }
}

/// Closes the white between Han characters of one text, but not across a rule. A box that is narrower than its text usually
/// is has lost white at both sides.
fn join(words: &mut [Placed<'_>], members: &[usize], em: f32, uprights: &[&Ruling]) {
    let lost: Vec<f32> = members
        .iter()
        .map(|&m| {
            let width = words[m].at.right - words[m].at.left;
            ((words[m].units * em - width) / 2.0).clamp(0.0, 0.5 * em)
        })
        .collect();
    for (idx, pair) in members.windows(2).enumerate() {
        let (a, b) = (&words[pair[0]], &words[pair[1]]);
        let is_level = (a.center_y() - b.center_y()).abs() <= 0.5 * em;
        if a.at.stacked || b.at.stacked || !is_level {
            continue;
        }
        let gap = b.at.left - a.at.right;
        let border = f32::midpoint(a.at.right, b.at.left);
        let is_han = a.text.chars().next_back().is_some_and(is_wide)
            && b.text.chars().next().is_some_and(is_wide);
        let (y, reach) = (a.center_y(), 0.2 * em);
        let between = (a.at.right - reach, b.at.left + reach);
        let is_parted = || is_beside_rule(uprights, between, y);
        let white = gap - lost[idx] - lost[idx + 1];
        let is_close = gap >= 0.0 && white <= MOST_HAN_GAP_EM * em && is_han && !is_parted();
        if is_close {
            words[pair[0]].at.right = border;
            words[pair[1]].at.left = border;
            words[pair[0]].goes_on.1 = true;
            words[pair[1]].goes_on.0 = true;
        }
    }
}

/// Sets the space between two words of a script that has spaces between words.
fn set_space(a: &Placed<'_>, b: &Placed<'_>, em: f32, run: u32, glyphs: &mut Vec<Glyph>) {
    let is_latin = |ch: Option<char>| ch.is_some_and(|ch| ch.is_ascii_alphanumeric());
    let gap = b.at.left - a.at.right;
    let level = (a.center_y() - b.center_y()).abs() <= 0.5 * em;
    let is_space = (LEAST_SPACE_EM * em..=em).contains(&gap) && level;
    if is_space && is_latin(a.text.chars().next_back()) && is_latin(b.text.chars().next()) {
        let bbox = BBox {
            left: a.at.right,
            top: b.center_y() - em / 2.0,
            right: b.at.left,
            bottom: b.center_y() + em / 2.0,
        };
        glyphs.push(glyph(' ', bbox, em, run, None));
    }
}

fn glyph(ch: char, bbox: BBox, size: f32, run: u32, confidence: Option<f32>) -> Glyph {
    Glyph {
        ch,
        bbox,
        size,
        run,
        clip: None,
        trust: Trust::Mapped,
        confidence,
    }
}

/// Sets a word around a height: its characters share its width as they usually do. White space in it is a gap, and a
/// space where it stands between Latin words.
fn set_word(word: &Placed<'_>, y: f32, em: f32, run: u32, glyphs: &mut Vec<Glyph>) {
    let width = word.at.right - word.at.left;
    let excess = (width - word.units * em).max(0.0);
    // A box that stands off stands off at both sides; one that is far wider holds letters set apart.
    let margin = if excess <= em {
        (excess / 2.0).min(MOST_MARGIN_EM * em)
    } else {
        0.0
    };
    let beside = |goes_on: bool| if goes_on { 0.0 } else { margin };
    let left = word.at.left + beside(word.goes_on.0);
    let width = word.at.right - beside(word.goes_on.1) - left;
    let mut x = left;
    let mut before: Option<char> = None;
    let mut chars = word.text.chars().peekable();
    while let Some(ch) = chars.next() {
        let share = em_width(ch) / word.units.max(f32::MIN_POSITIVE) * width;
        let bbox = BBox {
            left: x,
            top: y - em / 2.0,
            right: x + share,
            bottom: y + em / 2.0,
        };
        x += share;
        let is_latin = |ch: Option<char>| ch.is_some_and(|ch| ch.is_ascii_alphanumeric());
        if !ch.is_whitespace() {
            glyphs.push(glyph(ch, bbox, em, run, word.confidence));
            before = Some(ch);
        } else if is_latin(before) && is_latin(chars.peek().copied()) {
            glyphs.push(glyph(' ', bbox, em, run, None));
        }
    }
}

/// Sets a word whose characters stand one below the other.
fn set_stacked(word: &Placed<'_>, run: u32, glyphs: &mut Vec<Glyph>) {
    let chars: Vec<char> = word.text.chars().filter(|c| !c.is_whitespace()).collect();
    let pitch = word.height() / chars.len().max(1) as f32;
    let mut top = word.at.top;
    for ch in chars {
        let bbox = BBox {
            left: word.at.left,
            top,
            right: word.at.right,
            bottom: top + pitch,
        };
        top += pitch;
        glyphs.push(glyph(ch, bbox, pitch, run, word.confidence));
    }
}

/// Usual width of a text in ems.
pub(super) fn natural_width(text: &str) -> f32 {
    text.chars().map(em_width).sum()
}

/// Usual width of a character in ems, as fonts for Chinese have it.
fn em_width(ch: char) -> f32 {
    match ch {
        ' ' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' | 'i' | 'j' | 'l' | 'I' => 0.3,
        '(' | ')' | '[' | ']' | '-' | 'f' | 'r' | 't' | '/' => 0.38,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.85,
        'A'..='Z' => 0.65,
        '\0'..='\u{24f}' => 0.55,
        _ => 1.0,
    }
}

/// Whether a character is as wide as it is high.
fn is_wide(ch: char) -> bool {
    matches!(ch, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}
