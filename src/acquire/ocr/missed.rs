//! Text that geometry missed: what a detector sees and no line covers is cut out and read, or said to be unread.
//!
//! In: a page whose lines were read, and the places that look like text. Out: the page with more lines and without marks
//! that are no text, and what is to be said of it. Never: joins what a rule parts; drops what was read surely.

mod cut;

use super::engine::{Detected, EngineError};
use super::geometry::Loose;
use super::line::{Readers, first, read_line, sureness};
use super::{Geometry, LineImage, ReadChar, Rule};
use crate::model::{BBox, Code, Diagnostic, Page};
use cut::{Ink, cut, ground_under_light, is_dark, is_on_dark_ground};

/// A part of an upright page, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

/// What could not be made text of.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Left {
    /// Places that look like text and that nobody could read.
    pub(super) unread: Vec<Place>,
    /// Lines that were taken off as no text, and how they were read.
    pub(super) dropped: Vec<(Place, String)>,
}

impl Left {
    /// What is to be said of a page, a pixel of which is `unit` points: places are those of the page as displayed.
    pub(super) fn findings(&self, page: &Page, unit: f32) -> Vec<Diagnostic> {
        let number = page.number;
        let place = |place: &Place| said(page, place.in_points(unit));
        let mut findings = Vec::new();
        if !self.unread.is_empty() {
            let places = listed(self.unread.iter().map(place));
            let message = format!(
                "page {number}: {} places look like text and were not read: {places}",
                self.unread.len()
            );
            findings.push(Diagnostic::new(Code::TextUnread, "", message));
        }
        if !self.dropped.is_empty() {
            let marks = self.dropped.iter();
            let marks = listed(marks.map(|(at, text)| format!("{} {text:?}", place(at))));
            let message = format!(
                "page {number}: {} marks are no text: {marks}",
                self.dropped.len()
            );
            findings.push(Diagnostic::new(Code::MarksDropped, "", message));
        }
        findings
    }
}

/// A box of a page as messages have it: left, top, right and bottom in points of the page as displayed.
fn said(page: &Page, bbox: BBox) -> String {
    let at = page.box_as_displayed(&bbox).unwrap_or(bbox);
    let [left, top, right, bottom] = [at.left, at.top, at.right, at.bottom];
    format!("[{left:.0} {top:.0} {right:.0} {bottom:.0}]")
}

/// The first of many.
fn listed(all: impl Iterator<Item = String>) -> String {
    /// How many are named.
    const MOST: usize = 20;
    let mut all: Vec<String> = all.collect();
    if all.len() > MOST {
        all.truncate(MOST);
        all.push("…".to_owned());
    }
    all.join(", ")
}

/// Mean probability below which a line is unsure.
const UNSURE: f32 = 0.6;

/// Whether a page may have text that no line covers, or lines that are no text: it has hardly any rules, ink of the size of
/// characters is in no line, something light is printed on dark ground, a line is a dark band, or many lines are read
/// unsurely or not at all.
pub(super) fn is_doubtful(geometry: &Geometry, chars: &[Vec<ReadChar>]) -> bool {
    /// Fewest rules of a page with a table.
    const RULES: usize = 4;
    /// Ink in no line that every page may have, and ground with light on it, in squares of a character.
    const FEW: (f32, f32) = (0.5, 3.0);
    /// Unsure lines that every page may have, and their share.
    const MANY: (usize, f32) = (4, 0.08);
    let em = geometry.remains.em.max(1.0);
    let square = em * em;
    let loose = geometry.remains.loose.iter().map(Place::of_loose);
    let loose: f32 = loose.map(|place| place.width() * place.height()).sum();
    let is_unsure = |line: &LineImage, read: &[ReadChar]| {
        let place = Place::of_line(line);
        if read.is_empty() {
            place.width().min(place.height()) >= UNREAD * em
        } else {
            mean_sureness(read) < UNSURE && !is_lone_sign(read) && place.height() >= 0.3 * em
        }
    };
    let lines = geometry.lines.iter().zip(chars);
    let n_unsure = lines.filter(|(line, read)| is_unsure(line, read)).count();
    geometry.rules.len() < RULES
        || loose > FEW.0 * square
        || (n_unsure > MANY.0 && n_unsure as f32 > MANY.1 * geometry.lines.len() as f32)
        || ground_under_light(&geometry.remains.page) > FEW.1 * square
        || geometry.lines.iter().any(|line| is_dark(line, em))
}

/// Reads what the detector found and no line covers, and takes off unsure lines in which it sees nothing.
///
/// # Errors
/// What an engine says.
pub(super) fn reconcile(
    geometry: &mut Geometry,
    chars: &mut Vec<Vec<ReadChar>>,
    found: &[Detected],
    readers: &Readers<'_>,
) -> Result<Left, EngineError> {
    let mut left = Left::default();
    let lines = std::mem::take(&mut geometry.lines);
    let mut pairs: Vec<(LineImage, Vec<ReadChar>)> =
        lines.into_iter().zip(std::mem::take(chars)).collect();
    light_on_dark(geometry, &mut pairs, found, readers)?;
    drop_marks(geometry.remains.em, &mut pairs, found, &mut left);
    let places: Vec<Place> = pairs.iter().map(|(line, _)| Place::of_line(line)).collect();
    for place in missed(geometry, &places, found) {
        let page = &geometry.remains.page;
        let ink = if is_on_dark_ground(page, place) {
            Ink::Light
        } else {
            Ink::Dark
        };
        let Some(line) = cut(page, place, ink, geometry.remains.em) else {
            continue;
        };
        let read = read_line(&line.image, readers)?;
        let place = Place::of_line(&line);
        if is_text(&read) {
            pairs.push((line, read));
        } else if place.width().min(place.height()) >= UNREAD * geometry.remains.em {
            left.unread.push(place);
        }
    }
    left.unread
        .extend(unread(geometry.remains.em, &pairs, found));
    pairs.sort_by(|(a, _), (b, _)| a.top.total_cmp(&b.top).then(a.left.total_cmp(&b.left)));
    (geometry.lines, *chars) = pairs.into_iter().unzip();
    Ok(left)
}

/// Score from which on a detected box is text.
const TEXT: f32 = 0.5;
/// Smaller side of a place that is said to be unread, ems.
const UNREAD: f32 = 0.6;

/// Whether what was read in a missed place is text.
fn is_text(read: &[ReadChar]) -> bool {
    /// Mean probability from which on several characters are text, and a lone one.
    const SURE: (f32, f32) = (0.8, 0.95);
    let sure = if read.len() > 1 { SURE.0 } else { SURE.1 };
    mean_sureness(read) >= sure
}

fn mean_sureness(read: &[ReadChar]) -> f32 {
    let sum: f32 = read.iter().map(sureness).sum();
    sum / read.len().max(1) as f32
}

fn text(read: &[ReadChar]) -> String {
    read.iter().map(first).collect()
}

/// Whether a line may be a lone digit or sign, which detectors overlook.
fn is_lone_sign(read: &[ReadChar]) -> bool {
    let is_sign =
        |ch: char| ch.is_ascii_digit() || !ch.is_alphanumeric() || matches!(ch, '一' | '二' | '三');
    read.len() == 1 && is_sign(first(&read[0]))
}

/// Takes off the lines that are read unsurely, as something else than a lone sign, where the detector sees nothing.
fn drop_marks(
    em: f32,
    pairs: &mut Vec<(LineImage, Vec<ReadChar>)>,
    found: &[Detected],
    left: &mut Left,
) {
    /// Share of a line from which on the detector sees it.
    const SEEN: f32 = 0.15;
    pairs.retain(|(line, read)| {
        let place = Place::of_line(line);
        let is_mark = !read.is_empty()
            && mean_sureness(read) < UNSURE
            && !is_lone_sign(read)
            && place.width().max(place.height()) >= 0.2 * em
            && found
                .iter()
                .all(|found| Place::of_detected(found).covers(place) < SEEN);
        if is_mark {
            left.dropped.push((place, text(read)));
        }
        !is_mark
    });
}

/// Lines that nobody could read a character of, where the detector sees text.
fn unread(em: f32, pairs: &[(LineImage, Vec<ReadChar>)], found: &[Detected]) -> Vec<Place> {
    pairs
        .iter()
        .filter(|(_, read)| read.is_empty())
        .map(|(line, _)| Place::of_line(line))
        .filter(|place| place.width().min(place.height()) >= UNREAD * em)
        .filter(|place| {
            let boxes = found.iter().filter(|found| found.score >= TEXT);
            boxes
                .map(Place::of_detected)
                .any(|found| found.covers(*place) >= 0.5)
        })
        .collect()
}

/// Reads light text on dark ground. Of such geometry sees the ground as ink: it takes a band for a line, and the insides of
/// characters for characters. These are taken off where what is read instead is no less.
fn light_on_dark(
    geometry: &Geometry,
    pairs: &mut Vec<(LineImage, Vec<ReadChar>)>,
    found: &[Detected],
    readers: &Readers<'_>,
) -> Result<(), EngineError> {
    /// Share of a line that lies in a box.
    const WITHIN: f32 = 0.7;
    /// Share of the characters of a band that its boxes hold at least: at its ends something may be read that is no
    /// character.
    const MOST: f32 = 0.8;
    let (page, em) = (&geometry.remains.page, geometry.remains.em);
    let dark: Vec<Place> = pairs
        .iter()
        .filter(|(line, _)| is_dark(line, em))
        .map(|(line, _)| Place::of_line(line))
        .collect();
    let mut bands: Vec<(Place, Vec<ReadChar>, LineImage)> = Vec::new();
    for place in parts(geometry, found) {
        let is_on_band = dark.iter().any(|band| band.covers(place) >= WITHIN);
        let inks: &[Ink] = match (is_on_band, is_on_dark_ground(page, place)) {
            (true, _) => &[Ink::Light, Ink::Dark],
            (false, true) => &[Ink::Light],
            (false, false) => continue,
        };
        let mut best: Option<(LineImage, Vec<ReadChar>)> = None;
        for ink in inks {
            let Some(line) = cut(page, place, *ink, em) else {
                continue;
            };
            let read = read_line(&line.image, readers)?;
            let is_better =
                |best: &(_, Vec<ReadChar>)| mean_sureness(&read) > mean_sureness(&best.1);
            if is_text(&read) && best.as_ref().is_none_or(is_better) {
                best = Some((line, read));
            }
        }
        bands.extend(best.map(|(line, read)| (place, read, line)));
    }
    let mut is_replaced = vec![false; pairs.len()];
    for ((line, read), is_replaced) in pairs.iter().zip(&mut is_replaced) {
        let own = Place::of_line(line);
        let inside = bands
            .iter()
            .filter(|(place, ..)| place.covers(own) >= WITHIN);
        let on_it = bands.iter().filter(|(place, ..)| own.covers(*place) >= 0.5);
        let n_inside: usize = inside.map(|(_, read, _)| read.len()).sum();
        let n_on_it: usize = on_it.map(|(_, read, _)| read.len()).sum();
        *is_replaced = n_inside > 0 && n_inside >= read.len()
            || is_dark(line, em) && n_on_it > 0 && n_on_it as f32 >= MOST * read.len() as f32;
    }
    let kept: Vec<Place> = pairs
        .iter()
        .zip(&is_replaced)
        .filter(|(_, is_replaced)| !**is_replaced)
        .map(|((line, _), _)| Place::of_line(line))
        .collect();
    let mut is_replaced = is_replaced.into_iter();
    pairs.retain(|_| !is_replaced.next().unwrap_or_default());
    let is_free = |place: &Place| {
        kept.iter()
            .all(|line| place.covers(*line) < 0.3 && line.covers(*place) < 0.3)
    };
    let free = bands.into_iter().filter(|(place, ..)| is_free(place));
    pairs.extend(free.map(|(_, read, line)| (line, read)));
    Ok(())
}

/// Detected boxes, cut at rules.
fn parts(geometry: &Geometry, found: &[Detected]) -> Vec<Place> {
    let boxes = found.iter().filter(|found| found.score >= TEXT);
    boxes
        .flat_map(|found| between_rules(Place::of_detected(found), &geometry.rules))
        .collect()
}

/// The parts of detected boxes that no line covers.
fn missed(geometry: &Geometry, lines: &[Place], found: &[Detected]) -> Vec<Place> {
    /// Smallest part that may be a character, ems.
    const LEAST: f32 = 0.4;
    let em = geometry.remains.em;
    parts(geometry, found)
        .into_iter()
        .flat_map(|place| uncovered(place, lines, em))
        .filter(|place| place.width().min(place.height()) >= LEAST * em)
        .collect()
}

/// A box, cut at the rules that cross it.
fn between_rules(place: Place, rules: &[Rule]) -> Vec<Place> {
    let (mut across, mut down) = (vec![place.left, place.right], vec![place.top, place.bottom]);
    for rule in rules {
        let (along, edges) = if rule.horizontal {
            ((place.left, place.right), &mut down)
        } else {
            ((place.top, place.bottom), &mut across)
        };
        let shared = rule.end.min(along.1) - rule.start.max(along.0);
        let is_inside = rule.position > edges[0] && rule.position < edges[1];
        if is_inside && shared >= 0.5 * (along.1 - along.0) {
            edges.push(rule.position);
        }
    }
    across.sort_by(f32::total_cmp);
    down.sort_by(f32::total_cmp);
    let part = |rows: &[f32], columns: &[f32]| Place {
        left: columns[0],
        top: rows[0],
        right: columns[1],
        bottom: rows[1],
    };
    down.windows(2)
        .flat_map(|rows| across.windows(2).map(move |columns| part(rows, columns)))
        .collect()
}

/// The stretches of a box that no line covers.
fn uncovered(place: Place, lines: &[Place], em: f32) -> Vec<Place> {
    /// Share of the lower one's height from which on a line covers a box.
    const COVERS: f32 = 0.4;
    /// What stands as near to a line belongs to it, ems.
    const NEAR: f32 = 0.15;
    let near = NEAR * em;
    let mut covered: Vec<(f32, f32)> = lines
        .iter()
        .filter(|line| {
            let (across, down) = place.shared(**line);
            across > -near && down >= COVERS * place.height().min(line.height())
        })
        .map(|line| (line.left - near, line.right + near))
        .collect();
    covered.sort_by(|a, b| a.0.total_cmp(&b.0));
    covered.push((place.right, place.right));
    let mut from = place.left;
    let mut parts = Vec::new();
    for (left, right) in covered {
        if left > from {
            let right = left.min(place.right);
            parts.push(Place {
                left: from,
                right,
                ..place
            });
        }
        from = from.max(right);
    }
    parts
}

impl Place {
    fn in_points(self, unit: f32) -> BBox {
        BBox {
            left: self.left * unit,
            top: self.top * unit,
            right: self.right * unit,
            bottom: self.bottom * unit,
        }
    }

    fn width(self) -> f32 {
        self.right - self.left
    }

    fn height(self) -> f32 {
        self.bottom - self.top
    }

    fn of_line(line: &LineImage) -> Self {
        Self {
            left: line.left,
            top: line.top,
            right: line.right,
            bottom: line.bottom,
        }
    }

    fn of_loose(loose: &Loose) -> Self {
        Self {
            left: loose.left,
            top: loose.top,
            right: loose.right,
            bottom: loose.bottom,
        }
    }

    fn of_detected(found: &Detected) -> Self {
        Self {
            left: found.left,
            top: found.top,
            right: found.right,
            bottom: found.bottom,
        }
    }

    /// Pixels that both cover across and down; negative where they are apart.
    fn shared(self, other: Self) -> (f32, f32) {
        (
            self.right.min(other.right) - self.left.max(other.left),
            self.bottom.min(other.bottom) - self.top.max(other.top),
        )
    }

    /// Share of another's area that this covers.
    fn covers(self, other: Self) -> f32 {
        let (across, down) = self.shared(other);
        let area = other.width() * other.height();
        across.max(0.0) * down.max(0.0) / area.max(1.0)
    }
}

#[cfg(test)]
mod tests;
