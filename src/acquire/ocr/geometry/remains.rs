//! What remains of a page when its lines are cut out: the page, for whoever looks for more text on it, and ink of no line.
//!
//! In: ink and what the lines took of it. Out: [`Remains`]. Never: says that something is no text.

use super::super::Gray;
use super::NOBODY;
use super::components::Ink;
use super::lines::is_border;

/// Ink that is in no line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loose {
    /// Left edge on the upright page, in pixels.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
    /// Pixels of ink.
    pub area: u32,
}

/// What remains of a page when its lines are cut out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Remains {
    /// The upright, flat, cleaned page without its rules: lines are cut from it.
    pub page: Gray,
    /// Size of its characters, pixels.
    pub em: f32,
    /// Ink of the size of a character or larger that is in no line and no border of the page, from top to bottom.
    pub loose: Vec<Loose>,
}

impl Remains {
    /// The same of the page turned by a half.
    pub(super) fn turned_by_half(&self) -> Self {
        let (width, height) = (self.page.width as f32, self.page.height as f32);
        let turned = |loose: &Loose| Loose {
            left: width - loose.right,
            top: height - loose.bottom,
            right: width - loose.left,
            bottom: height - loose.top,
            area: loose.area,
        };
        Self {
            page: self.page.turned_by_half(),
            em: self.em,
            loose: self.loose.iter().rev().map(turned).collect(),
        }
    }
}

/// The ink of nobody that is as large as a character's body. A border of the page, which lines leave out, is none.
pub(super) fn loose(ink: &Ink, owner: &[u32], em: f32, size: (usize, usize)) -> Vec<Loose> {
    /// Height or width from which on it may be a character, ems.
    const BODY: f32 = 0.42;
    let of_nobody = ink.components.iter().zip(owner);
    of_nobody
        .filter(|(component, owner)| {
            **owner == NOBODY
                && component.height().max(component.width()) >= BODY * em
                && !is_border(component, em, size)
        })
        .map(|(component, _)| Loose {
            left: component.left as f32,
            top: component.top as f32,
            right: component.right as f32,
            bottom: component.bottom as f32,
            area: component.area,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::components::components;
    use super::*;

    #[test]
    fn ink_of_no_line_is_named_but_for_dust_and_borders() {
        let mut gray = Gray::filled(600, 400, 255);
        for (left, top, right, bottom) in [
            (0, 0, 600, 12),
            (100, 100, 300, 250),
            (400, 100, 430, 130),
            (500, 300, 503, 303),
        ] {
            for y in top..bottom {
                gray.pixels[y * 600 + left..y * 600 + right].fill(0);
            }
        }
        let ink = components(&gray, 128);
        // The third is a line's.
        let owner = [NOBODY, NOBODY, 0, NOBODY];
        let found = loose(&ink, &owner, 30.0, (600, 400));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].left, found[0].area), (100.0, 30_000));
        let remains = Remains {
            page: gray,
            em: 30.0,
            loose: found,
        };
        let turned = remains.turned_by_half();
        assert_eq!((turned.loose[0].left, turned.loose[0].top), (300.0, 150.0));
        assert_eq!(turned.turned_by_half(), remains);
    }
}
