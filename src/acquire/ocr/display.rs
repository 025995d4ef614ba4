//! Display: how a page that was set upright and flat lies on its picture, which is the page as displayed.
//!
//! In: an upright page, its picture, and what was found on it. Out: [`Displayed`]. Never: moves what was found.

use super::{Geometry, Picture};
use crate::model::{Displayed, Page};

/// Points an inch.
pub(super) const POINTS: f32 = 72.0;
/// Short and long side of A4, in points.
const A4: (f32, f32) = (595.0, 842.0);

/// How a page that was set on the upright page of a picture lies on the picture as displayed; `size` is the width and height
/// of the page as displayed in points, where they are known.
///
/// What the page was turned by before, as pages of words are, is a part of the way.
#[must_use]
pub fn on_picture(
    page: &Page,
    picture: &Picture,
    geometry: &Geometry,
    size: Option<(f32, f32)>,
) -> Displayed {
    let own = (page.width, page.height);
    let before = |x: f32, y: f32| match &page.displayed {
        Some(before) => before.at(x, y),
        None => (x, y),
    };
    let upright = page.displayed.as_ref().map_or(own, Displayed::size);
    let pixels = (geometry.width as f32, geometry.height as f32);
    let to_pixels = (
        pixels.0 / upright.0.max(f32::MIN_POSITIVE),
        pixels.1 / upright.1.max(f32::MIN_POSITIVE),
    );
    let displayed = size.unwrap_or_else(|| size_of(picture));
    let to_points = (
        displayed.0 / picture.width.max(1) as f32,
        displayed.1 / picture.height.max(1) as f32,
    );
    Displayed::new(own, displayed, |x, y| {
        let (x, y) = before(x, y);
        let (x, y) = geometry.warp.at(x * to_pixels.0, y * to_pixels.1);
        (x * to_points.0, y * to_points.1)
    })
}

/// Width and height of a picture in points: by its resolution, or as a page of A4 that stands or lies.
#[must_use]
pub fn size_of(picture: &Picture) -> (f32, f32) {
    let (width, height) = (picture.width as f32, picture.height as f32);
    let by_dpi = picture.dpi.filter(|dpi| *dpi > 0.0).map(|dpi| POINTS / dpi);
    let unit = by_dpi.unwrap_or_else(|| points_of_a4(width, height));
    (width * unit, height * unit)
}

/// Points a unit of a page of this size, if its lower side is that of A4.
pub(super) fn points_of_a4(width: f32, height: f32) -> f32 {
    let usual = if width > height { A4.1 } else { A4.0 };
    usual / width.max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::super::geometry::Warp;
    use super::*;
    use crate::model::BBox;

    const TOLERANCE_PT: f32 = 0.05;

    fn picture(width: usize, height: usize, dpi: Option<f32>) -> Picture {
        Picture {
            width,
            height,
            dpi,
            ..Picture::default()
        }
    }

    /// A picture of 1,000 by 1,400 pixels that was turned to the right and enlarged to twice its size.
    fn turned() -> Geometry {
        Geometry {
            width: 2800,
            height: 2000,
            scale: 2.0,
            quarter_turns: 1,
            warp: Warp::new(2800, 2000, |x, y| (y / 2.0, 1400.0 - x / 2.0)),
            ..Geometry::default()
        }
    }

    #[track_caller]
    fn check(
        page: &Page,
        picture: &Picture,
        size: Option<(f32, f32)>,
        at: [f32; 4],
        expected: [f32; 4],
    ) {
        let [left, top, right, bottom] = at;
        let bbox = BBox {
            left,
            top,
            right,
            bottom,
        };
        let hull = on_picture(page, picture, &turned(), size).hull(&bbox);
        let hull = hull.map(|b| [b.left, b.top, b.right, b.bottom]).unwrap();
        let is_near = |(is, ought): (&f32, &f32)| (is - ought).abs() < TOLERANCE_PT;
        assert!(hull.iter().zip(&expected).all(is_near), "{hull:?}");
    }

    fn page() -> Page {
        Page {
            width: 700.0,
            height: 500.0,
            ..Page::default()
        }
    }

    #[test]
    fn a_box_lies_on_the_picture() {
        let at = [70.0, 50.0, 140.0, 60.0];
        // Of 100 pixels an inch, of a page of a known size, and of A4.
        check(
            &page(),
            &picture(1000, 1400, Some(100.0)),
            None,
            at,
            [72.0, 806.4, 86.4, 907.2],
        );
        check(
            &page(),
            &picture(1000, 1400, Some(100.0)),
            Some((500.0, 700.0)),
            at,
            [50.0, 560.0, 60.0, 630.0],
        );
        check(
            &page(),
            &picture(1000, 1400, None),
            None,
            at,
            [59.5, 666.4, 71.4, 749.7],
        );
    }

    #[test]
    fn what_a_page_was_turned_by_before_is_turned_back() {
        // By a half, on a page of half the size.
        let before = Displayed::new((350.0, 250.0), (350.0, 250.0), |x, y| {
            (350.0 - x, 250.0 - y)
        });
        let page = Page {
            width: 350.0,
            height: 250.0,
            displayed: Some(before),
            ..Page::default()
        };
        check(
            &page,
            &picture(1000, 1400, None),
            Some((500.0, 700.0)),
            [280.0, 220.0, 315.0, 225.0],
            [50.0, 560.0, 60.0, 630.0],
        );
    }

    #[test]
    fn a_picture_without_resolution_is_a_page_that_stands_or_lies() {
        assert_eq!(size_of(&picture(1190, 1684, None)), (595.0, 842.0));
        assert_eq!(size_of(&picture(1684, 1190, None)), (842.0, 595.0));
        assert_eq!(size_of(&picture(144, 72, Some(72.0))), (144.0, 72.0));
    }
}
