//! Cuts a line of text out of a part of a page of which only the edges are known; light text on dark ground becomes dark on
//! white.

use super::super::{Gray, LineImage};
use super::Place;

/// What a line is printed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Darker than its ground.
    Dark,
    /// Lighter than its ground.
    Light,
}

/// Least that ink and its ground differ, shades.
const CONTRAST: u8 = 40;

/// The pixels of a part of a page.
struct Part<'a> {
    page: &'a Gray,
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

/// What a part is printed on.
struct Ground {
    /// Shade of what most of it shows.
    shade: u8,
    /// The darkest and the lightest shade that a few of its pixels have.
    darkest: u8,
    lightest: u8,
}

impl<'a> Part<'a> {
    /// A part of a page; `None` where it is empty.
    fn of(page: &'a Gray, place: Place) -> Option<Self> {
        let bound = |at: f32, most: usize| (at.max(0.0) as usize).min(most);
        let part = Self {
            page,
            left: bound(place.left, page.width),
            top: bound(place.top, page.height),
            right: bound(place.right.ceil(), page.width),
            bottom: bound(place.bottom.ceil(), page.height),
        };
        (part.left < part.right && part.top < part.bottom).then_some(part)
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &[u8])> {
        (self.top..self.bottom).map(|y| (y, &self.page.row(y)[self.left..self.right]))
    }

    fn ground(&self) -> Ground {
        let mut counts = [0usize; 256];
        for shade in self.rows().flat_map(|(_, row)| row) {
            counts[usize::from(*shade)] += 1;
        }
        let n: usize = counts.iter().sum();
        let quantile = |percent: usize| {
            let mut sum = 0;
            let shade = counts.iter().position(|count| {
                sum += count;
                sum * 100 > percent * n
            });
            shade.map_or(255, |shade| shade as u8)
        };
        Ground {
            shade: quantile(50),
            darkest: quantile(2),
            lightest: quantile(98),
        }
    }
}

impl Ground {
    /// Whether light is printed on it.
    fn is_dark(&self) -> bool {
        let lighter = self.lightest.saturating_sub(self.shade);
        lighter >= CONTRAST && lighter > self.shade.saturating_sub(self.darkest)
    }
}

/// Whether a part of a page shows light text on dark ground.
pub(super) fn is_on_dark_ground(page: &Gray, place: Place) -> bool {
    Part::of(page, place).is_some_and(|part| part.ground().is_dark())
}

/// Whether a line is a dark band rather than strokes.
pub(super) fn is_dark(line: &LineImage, em: f32) -> bool {
    /// Width of a band, ems.
    const WIDE: f32 = 1.5;
    /// Share of its picture that is ink.
    const MUCH: f32 = 0.5;
    if line.right - line.left < WIDE * em {
        return false;
    }
    let n_dark = line
        .image
        .pixels
        .iter()
        .filter(|shade| **shade < 150)
        .count();
    n_dark as f32 > MUCH * line.image.pixels.len() as f32
}

/// How much of a page is dark ground with something light on it, pixels. Shaded cells with dark text are none.
pub(super) fn ground_under_light(page: &Gray) -> f32 {
    /// Pixels of a tile's side.
    const TILE: usize = 32;
    /// What evened paper is not darker than.
    const PAPER: u8 = 215;
    let (columns, rows) = (page.width / TILE, page.height / TILE);
    let is_under_light = |(column, row): &(usize, usize)| {
        let (left, top) = (column * TILE, row * TILE);
        let (right, bottom) = (left + TILE, top + TILE);
        // At the edge of a shade its paper is light, at a corner at least.
        let corners = [
            (left, top),
            (right - 1, top),
            (left, bottom - 1),
            (right - 1, bottom - 1),
        ];
        let n_dark = corners
            .iter()
            .filter(|(x, y)| page.at(*x, *y) < PAPER)
            .count();
        let part = Part {
            page,
            left,
            top,
            right,
            bottom,
        };
        n_dark > 2 && {
            let ground = part.ground();
            ground.shade < PAPER && ground.is_dark()
        }
    };
    let tiles = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
    (tiles.filter(is_under_light).count() * TILE * TILE) as f32
}

/// Cuts a line of text out of a part of a page with characters of size `em`; `None` where there is no ink of this kind.
pub(super) fn cut(page: &Gray, place: Place, ink: Ink, em: f32) -> Option<LineImage> {
    /// Least that ink is darker than ground that is dark itself, shades.
    const FAINT: u8 = 12;
    /// Least height of a line's ink and least width, ems: what is less is what a rule leaves.
    const LEAST: (f32, f32) = (0.35, 0.25);
    let part = Part::of(page, place)?;
    let ground = part.ground();
    let plain = |shade: u8| match ink {
        Ink::Dark => shade,
        Ink::Light => 255 - shade,
    };
    let paper = plain(ground.shade);
    let darkest = match ink {
        Ink::Dark => plain(ground.darkest),
        Ink::Light => plain(ground.lightest),
    };
    let depth = paper.saturating_sub(darkest);
    let is_dark_on_dark = ink == Ink::Dark && ground.shade < 128;
    if depth < if is_dark_on_dark { FAINT } else { CONTRAST } {
        return None;
    }
    let threshold = paper - depth / 2;
    let (mut left, mut top, mut right, mut bottom) = (usize::MAX, usize::MAX, 0, 0);
    for (y, row) in part.rows() {
        for (x, _) in (part.left..)
            .zip(row)
            .filter(|(_, shade)| plain(**shade) < threshold)
        {
            (left, right) = (left.min(x), right.max(x + 1));
            (top, bottom) = (top.min(y), bottom.max(y + 1));
        }
    }
    let (width, ink_height) = (right.checked_sub(left)?, bottom.checked_sub(top)?);
    if (ink_height as f32) < LEAST.0 * em || (width as f32) < LEAST.1 * em {
        return None;
    }
    // As lines are cut that geometry found.
    let height = (ink_height as f32).max(0.72 * em);
    let margin = (height / 4.0).round();
    let above = (margin + (height - ink_height as f32) / 2.0).round() as usize;
    let beside = margin as usize;
    let mut image = Gray::filled(width + 2 * beside, ink_height + 2 * above, 255);
    let stretch = 255.0 / f32::from(paper.max(1));
    for y in top..bottom {
        let to = (y - top + above) * image.width + beside;
        let row = &page.row(y)[left..right];
        for (to, shade) in image.pixels[to..to + width].iter_mut().zip(row) {
            *to = (f32::from(plain(*shade)) * stretch).min(255.0) as u8;
        }
    }
    Some(LineImage {
        left: left as f32,
        top: top as f32,
        right: right as f32,
        bottom: bottom as f32,
        image,
        margin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Place = Place {
        left: 0.0,
        top: 0.0,
        right: 200.0,
        bottom: 100.0,
    };

    /// A page of one shade with a block of another.
    fn page(ground: u8, block: u8) -> Gray {
        let mut page = Gray::filled(200, 100, ground);
        for y in 40..60 {
            page.pixels[y * 200 + 50..y * 200 + 90].fill(block);
        }
        page
    }

    #[test]
    fn ink_is_dark_on_white_whatever_it_was() {
        for (ground, block, ink) in [
            (255, 0, Ink::Dark),
            (20, 255, Ink::Light),
            (40, 10, Ink::Dark),
        ] {
            let line = cut(&page(ground, block), WHOLE, ink, 20.0).unwrap();
            assert_eq!((line.left, line.top), (50.0, 40.0), "{ground} {block}");
            assert_eq!((line.right, line.bottom), (90.0, 60.0));
            let (margin, middle) = (line.margin as usize, line.image.height / 2);
            assert_eq!(line.image.at(0, middle), 255);
            assert!(line.image.at(margin + 20, middle) < 100);
        }
    }

    #[test]
    fn where_nothing_is_printed_nothing_is_cut() {
        assert_eq!(cut(&page(255, 255), WHOLE, Ink::Dark, 20.0), None);
        assert_eq!(cut(&page(255, 240), WHOLE, Ink::Dark, 20.0), None);
        assert_eq!(
            cut(&page(255, 0), WHOLE, Ink::Dark, 100.0),
            None,
            "what a rule leaves"
        );
        let outside = Place {
            left: 300.0,
            right: 400.0,
            ..WHOLE
        };
        assert_eq!(cut(&page(255, 0), outside, Ink::Dark, 20.0), None);
        assert_eq!(cut(&Gray::default(), WHOLE, Ink::Dark, 20.0), None);
    }

    #[test]
    fn light_on_dark_ground_is_told_from_a_shaded_cell() {
        assert!(is_on_dark_ground(&page(60, 255), WHOLE));
        assert!(!is_on_dark_ground(&page(180, 0), WHOLE));
        let shaded = |block: u8| {
            let mut page = Gray::filled(640, 640, 255);
            for y in 100..300 {
                page.pixels[y * 640 + 100..y * 640 + 500].fill(170);
                for x in (100..500).step_by(10) {
                    page.pixels[y * 640 + x] = block;
                }
            }
            ground_under_light(&page)
        };
        assert_eq!(shaded(0), 0.0);
        assert!(shaded(255) > 20_000.0);
    }
}
