//! Which way up a page was seen, and how far it leans; words and rules of the page set upright.
//!
//! In: a [`WordPage`]. Out: boxes and rules on an upright page, in its units. Never: moves one word against another.

use super::{Quad, Word, WordPage};
use crate::acquire::ocr::Rule;

/// A page set upright.
pub(super) struct Upright {
    pub width: f32,
    pub height: f32,
    /// For each word, its box.
    pub boxes: Vec<UprightBox>,
    pub rules: Vec<Rule>,
    /// Quarter turns to the right by which it was set upright.
    quarters: u32,
    /// By how much it leaned after that, radians; positive where it fell to the right.
    angle: f32,
}

impl Upright {
    /// Whether anything stands where it was not seen.
    pub(super) fn is_moved(&self) -> bool {
        self.quarters != 0 || self.angle != 0.0
    }

    /// Width and height of the page as it was seen.
    pub(super) fn size_as_seen(&self) -> (f32, f32) {
        match self.quarters % 2 {
            1 => (self.height, self.width),
            _ => (self.width, self.height),
        }
    }

    /// Where a point of the upright page lies on the page as it was seen.
    pub(super) fn as_seen(&self, x: f32, y: f32) -> (f32, f32) {
        let (sin, cos) = self.angle.sin_cos();
        let (dx, dy) = (x - self.width / 2.0, y - self.height / 2.0);
        let x = self.width / 2.0 + dx * cos - dy * sin;
        let y = self.height / 2.0 + dx * sin + dy * cos;
        match self.quarters {
            1 => (y, self.width - x),
            2 => (self.width - x, self.height - y),
            3 => (self.height - y, x),
            _ => (x, y),
        }
    }
}

/// The box of a word on an upright page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct UprightBox {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    /// Whether its characters stand one below the other.
    pub stacked: bool,
}

/// Least and greatest angle, in radians, by which a leaning page is straightened.
const LEAST_ANGLE: f32 = 0.003;
const MOST_ANGLE: f32 = 0.3;
/// Engines take a box for a line on its side if it is so many times as high as wide.
pub(super) const TALL: f32 = 1.5;

/// Sets a page upright: turned by quarters where most of its text is read in another direction than to the right, and
/// straightened by the angle at which its longer texts lean.
pub(super) fn set_upright(page: &WordPage) -> Upright {
    let (width, height) = size_of(page);
    let quarters = quarters_of(page);
    let turn = |x: f32, y: f32| match quarters {
        1 => (height - y, x),
        2 => (width - x, height - y),
        3 => (y, width - x),
        _ => (x, y),
    };
    let (width, height) = match quarters % 2 {
        1 => (height, width),
        _ => (width, height),
    };
    let turned: Vec<Quad> = page
        .words
        .iter()
        .map(|word| word.quad.mapped(&turn).unwrap_or(word.quad))
        .collect();
    let angle = lean_of(page, &turned, quarters);
    let (sin, cos) = (-angle).sin_cos();
    let straighten = |x: f32, y: f32| {
        let (dx, dy) = (x - width / 2.0, y - height / 2.0);
        (
            width / 2.0 + dx * cos - dy * sin,
            height / 2.0 + dx * sin + dy * cos,
        )
    };
    let boxes = turned
        .iter()
        .zip(&page.words)
        .map(|(quad, word)| upright_box(quad, n_chars(&word.text), &straighten, angle))
        .collect();
    let rules = page
        .rules
        .iter()
        .map(|rule| {
            mapped_rule(rule, &|x, y| {
                let (x, y) = turn(x, y);
                straighten(x, y)
            })
        })
        .collect();
    Upright {
        width,
        height,
        boxes,
        rules,
        quarters,
        angle,
    }
}

/// Texts that were read lying though the page lies on its side: engines turn long boxes alone. The first of them, and how
/// many they are.
pub(super) fn lying(page: &WordPage) -> Option<(&str, usize)> {
    let quarters = quarters_of(page);
    let mut lying = page.words.iter().filter(|word| {
        let n = n_chars(&word.text);
        quarters == 3 && reading_of(&word.quad, n) == Reading::Turned(0)
    });
    let first = lying.next()?;
    Some((&first.text, lying.count() + 1))
}

/// The page's own size, or that of what stands on it with margins alike.
fn size_of(page: &WordPage) -> (f32, f32) {
    let far = f32::INFINITY;
    let extent = page
        .words
        .iter()
        .map(|word| word.quad.extent())
        .fold((far, far, -far, -far), |e, w| {
            (e.0.min(w.0), e.1.min(w.1), e.2.max(w.2), e.3.max(w.3))
        });
    let around = |least: f32, most: f32| (most + least.max(0.0)).max(1.0);
    let or = |own: f32, around: f32| if own > 0.0 { own } else { around };
    if page.words.is_empty() {
        return (page.width.max(1.0), page.height.max(1.0));
    }
    (
        or(page.width, around(extent.0, extent.2)).max(extent.2),
        or(page.height, around(extent.1, extent.3)).max(extent.3),
    )
}

/// The direction in which a text is read, in quarter turns to the right, as far as its quad tells.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reading {
    Turned(u32),
    /// The box is much higher than wide: a text on its side, or characters one below the other.
    Tall,
}

fn reading_of(quad: &Quad, n_chars: usize) -> Reading {
    if n_chars >= 2 && quad.height() > TALL * quad.width() {
        return Reading::Tall;
    }
    let (x, y) = quad.direction();
    Reading::Turned(match (x.abs() >= y.abs(), x >= 0.0, y >= 0.0) {
        (true, true, _) => 0,
        (true, false, _) => 2,
        (false, _, true) => 1,
        (false, _, false) => 3,
    })
}

fn n_chars(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Quarter turns to the right that set the page upright.
fn quarters_of(page: &WordPage) -> u32 {
    // Characters by how their text is turned. A tall box is read downwards, if the page lies on its side.
    let mut votes = [0usize; 4];
    for word in &page.words {
        let n = n_chars(&word.text);
        match reading_of(&word.quad, n) {
            Reading::Tall => votes[1] += n,
            Reading::Turned(turned) => votes[turned as usize] += n,
        }
    }
    let most = (0..4usize)
        .max_by_key(|&turned| (votes[turned], 4 - turned))
        .unwrap_or(0);
    // A text turned by one to the right needs three more, and so on.
    (4 - most as u32) % 4
}

/// The angle at which texts of the page lean, radians, positive where they fall to the right; 0.0 for a straight page.
fn lean_of(page: &WordPage, turned: &[Quad], quarters: u32) -> f32 {
    // An angle, and its weight: how long the text is of which it was measured.
    let mut angles: Vec<(f32, f32)> = Vec::new();
    let mut line: Option<(u32, (f32, f32))> = None;
    for (word, quad) in page.words.iter().zip(turned) {
        let (x, y) = quad.direction();
        let is_long = quad.width() > 3.0 * quad.height();
        let (left, top, right, bottom) = quad.extent();
        let is_upright = quad
            .corners()
            .iter()
            .all(|c| (c.0 == left || c.0 == right) && (c.1 == top || c.1 == bottom));
        if is_long && !is_upright && x > 0.0 {
            angles.push((y.atan2(x), quad.width()));
        }
        if is_upright && quarters == 0 {
            // Upright boxes lean by how they stand against each other.
            let center = quad.center();
            match line {
                Some((number, first)) if number == word.line => {
                    let (dx, dy) = (center.0 - first.0, center.1 - first.1);
                    if dx > 5.0 * quad.height() {
                        angles.push((dy.atan2(dx), dx));
                    }
                }
                _ => line = Some((word.line, center)),
            }
            if is_long {
                // A long box that is no higher than others says that the page is straight.
                angles.push((0.0, quad.width() / 4.0));
            }
        }
    }
    angles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f32 = angles.iter().map(|a| a.1).sum();
    let mut sum = 0.0;
    for (angle, weight) in angles {
        sum += weight;
        if sum * 2.0 >= total {
            let is_lean = (LEAST_ANGLE..=MOST_ANGLE).contains(&angle.abs());
            return if is_lean { angle } else { 0.0 };
        }
    }
    0.0
}

fn upright_box(
    quad: &Quad,
    n_chars: usize,
    straighten: &dyn Fn(f32, f32) -> (f32, f32),
    angle: f32,
) -> UprightBox {
    let (center_x, center_y) = quad.center();
    let (x, y) = straighten(center_x, center_y);
    let (dx, dy) = quad.direction();
    let is_level = dx.abs() >= dy.abs();
    let (left, top, right, bottom) = quad.extent();
    let (width, height) = match is_level {
        // What leans with the page has its own width and height; what is upright keeps its box.
        true if dy.abs() > 1e-3 * dx.abs() || angle == 0.0 => (quad.width(), quad.height()),
        _ => (right - left, bottom - top),
    };
    UprightBox {
        left: x - width / 2.0,
        top: y - height / 2.0,
        right: x + width / 2.0,
        bottom: y + height / 2.0,
        stacked: n_chars >= 2 && height > TALL * width,
    }
}

/// A rule with its ends moved by a function; it is horizontal if it then reaches farther across than down.
fn mapped_rule(rule: &Rule, to: &dyn Fn(f32, f32) -> (f32, f32)) -> Rule {
    let (a, b) = match rule.horizontal {
        true => (to(rule.start, rule.position), to(rule.end, rule.position)),
        false => (to(rule.position, rule.start), to(rule.position, rule.end)),
    };
    let horizontal = (b.0 - a.0).abs() >= (b.1 - a.1).abs();
    let (position, start, end) = match horizontal {
        true => (f32::midpoint(a.1, b.1), a.0.min(b.0), a.0.max(b.0)),
        false => (f32::midpoint(a.0, b.0), a.1.min(b.1), a.1.max(b.1)),
    };
    Rule {
        horizontal,
        position,
        start,
        end,
        thickness: rule.thickness,
    }
}

impl WordPage {
    /// The same page with every place moved by a function, on a page of another size: as where a picture of it was turned,
    /// straightened or enlarged before rules were found on it.
    ///
    /// Units an inch are left out, for the function may change them. A word that the function moves to no place is left out.
    #[must_use]
    pub fn mapped(&self, width: f32, height: f32, to: &dyn Fn(f32, f32) -> (f32, f32)) -> Self {
        let words = self.words.iter().filter_map(|word| {
            Some(Word {
                quad: word.quad.mapped(to)?,
                ..word.clone()
            })
        });
        Self {
            number: self.number,
            width,
            height,
            units_an_inch: None,
            words: words.collect(),
            rules: self
                .rules
                .iter()
                .map(|rule| mapped_rule(rule, to))
                .collect(),
        }
    }
}
