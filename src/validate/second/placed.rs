//! Characters by their places. In: glyphs of a page. Out: those of a box, in reading order. Never: looks through a whole
//! page for one box.

use std::collections::BTreeMap;

use super::alignment::Sign;
use super::fold_sign;
use crate::model::BBox;
use crate::model::fold::is_white;
use crate::model::page::{Glyph, glyphs_in};

/// How far beside a place characters may belong to it, in sizes of a character: second readers spread the letters of a
/// word evenly, and stand a little higher or lower.
const BESIDE_EM: (f32, f32) = (0.5, 0.3);

/// The printed glyphs of a page, by their height.
pub(super) struct PlacedGlyphs {
    /// Sorted by the heights of their middles.
    glyphs: Vec<Glyph>,
    /// Place of each in the order in which they were written.
    order: Vec<usize>,
    /// The usual size of a character, points.
    em: f32,
}

/// The characters of a place in reading order.
pub(super) struct Reading {
    pub(super) signs: Vec<Sign>,
    /// Where lines begin.
    pub(super) line_starts: Vec<usize>,
    /// Place of each character in the order in which they were written.
    order: Vec<usize>,
}

impl PlacedGlyphs {
    /// Glyphs moved by a distance, without white space.
    pub(super) fn new(glyphs: &[Glyph], (right, down): (f32, f32)) -> Self {
        let mut placed: Vec<(usize, Glyph)> = glyphs
            .iter()
            .enumerate()
            .filter(|(_, glyph)| !is_white(glyph.ch))
            .map(|(idx, glyph)| {
                let bbox = BBox {
                    left: glyph.bbox.left + right,
                    top: glyph.bbox.top + down,
                    right: glyph.bbox.right + right,
                    bottom: glyph.bbox.bottom + down,
                };
                (idx, Glyph { bbox, ..*glyph })
            })
            .collect();
        placed.sort_by(|a, b| a.1.bbox.center_y().total_cmp(&b.1.bbox.center_y()));
        let sizes = placed.iter().map(|(_, glyph)| glyph.size).collect();
        let (order, glyphs) = placed.into_iter().unzip();
        Self {
            glyphs,
            order,
            em: middle(sizes).unwrap_or_default(),
        }
    }

    /// The characters of a box.
    pub(super) fn within(&self, bbox: &BBox) -> Reading {
        self.reading(bbox, bbox)
    }

    /// The characters of a box, and those close beside it, which are not inside.
    pub(super) fn around(&self, bbox: &BBox) -> Reading {
        let (across, down) = (BESIDE_EM.0 * self.em, BESIDE_EM.1 * self.em);
        let wide = BBox {
            left: bbox.left - across,
            top: bbox.top - down,
            right: bbox.right + across,
            bottom: bbox.bottom + down,
        };
        self.reading(&wide, bbox)
    }

    fn reading(&self, wide: &BBox, bbox: &BBox) -> Reading {
        let above = |limit: f32| move |glyph: &Glyph| glyph.bbox.center_y() < limit;
        let first = self.glyphs.partition_point(above(wide.top));
        let end = self.glyphs.partition_point(above(wide.bottom)).max(first);
        let near = &self.glyphs[first..end];
        let mut reading = Reading {
            signs: Vec::new(),
            line_starts: Vec::new(),
            order: Vec::new(),
        };
        let mut before: Option<BBox> = None;
        for idx in glyphs_in(near, wide) {
            let Glyph { ch, bbox: at, .. } = near[idx];
            if before.is_none_or(|before| at.center_x() < before.center_x()) {
                reading.line_starts.push(reading.signs.len());
            }
            before = Some(at);
            reading.signs.push(Sign {
                folded: fold_sign(ch),
                printed: ch,
                is_inside: !is_stroke(ch) && bbox.contains(at.center_x(), at.center_y()),
            });
            reading.order.push(self.order[first + idx]);
        }
        reading
    }
}

impl Reading {
    /// The same characters in the order in which they were written.
    pub(super) fn as_written(&self) -> Vec<Sign> {
        let mut signs: Vec<(usize, Sign)> = self
            .order
            .iter()
            .copied()
            .zip(self.signs.iter().copied())
            .collect();
        signs.sort_by_key(|(order, _)| *order);
        signs.into_iter().map(|(_, sign)| sign).collect()
    }
}

/// Whether a character may be a rule that was read as one: it is then more than the place holds.
fn is_stroke(ch: char) -> bool {
    matches!(ch, '|' | '｜' | '│' | '┃' | '¦')
}

/// How far a second reading is to be moved to lie on the first, in points: the middle distance of characters that both
/// have exactly once. Zero where there are too few of them to tell.
///
/// Hidden layers are shifted as wholes where a scan was cropped after it was read.
pub(super) fn displacement(theirs: &[Glyph], own: &[Glyph]) -> (f32, f32) {
    const FEWEST: usize = 8;
    let (theirs, own) = (singles(theirs), singles(own));
    let pairs: Vec<(BBox, BBox)> = theirs
        .iter()
        .filter_map(|(ch, bbox)| Some(((*bbox)?, (*own.get(ch)?)?)))
        .collect();
    if pairs.len() < FEWEST {
        return (0.0, 0.0);
    }
    let across = pairs.iter().map(|(a, b)| b.center_x() - a.center_x());
    let down = pairs.iter().map(|(a, b)| b.center_y() - a.center_y());
    let moved = |distances: Vec<f32>| middle(distances).filter(|d| d.is_finite());
    (
        moved(across.collect()).unwrap_or_default(),
        moved(down.collect()).unwrap_or_default(),
    )
}

/// The boxes of characters that occur once; `None` for the others.
fn singles(glyphs: &[Glyph]) -> BTreeMap<char, Option<BBox>> {
    let mut singles = BTreeMap::new();
    for glyph in glyphs.iter().filter(|glyph| !is_white(glyph.ch)) {
        singles
            .entry(fold_sign(glyph.ch))
            .and_modify(|bbox| *bbox = None)
            .or_insert(Some(glyph.bbox));
    }
    singles
}

/// The middle one of some numbers.
fn middle(mut numbers: Vec<f32>) -> Option<f32> {
    numbers.sort_by(f32::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}
