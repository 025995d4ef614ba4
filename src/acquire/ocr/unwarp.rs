//! From a picture to the upright page that was found on it: the way back through a [`Warp`].
//!
//! In: points of a picture. Out: where they lie on the upright page. Never: a point that leads to another place.

use super::Geometry;
use super::geometry::Warp;

/// Finds points of the upright page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unwarp<'a> {
    warp: &'a Warp,
    middle: (f32, f32),
}

impl<'a> Unwarp<'a> {
    /// Of a page that was found on a picture.
    pub(crate) fn new(geometry: &'a Geometry) -> Self {
        Self {
            warp: &geometry.warp,
            middle: (geometry.width as f32 / 2.0, geometry.height as f32 / 2.0),
        }
    }

    /// Where a point of the picture lies on the upright page, in pixels; `None` where no point leads there.
    ///
    /// A warp is smooth, so that Newton's method comes there in a few steps.
    pub(crate) fn at(&self, x: f32, y: f32) -> Option<(f32, f32)> {
        const MOST_STEPS: usize = 24;
        /// Pixels of the picture.
        const CLOSE: f32 = 0.05;
        let mut at = self.middle;
        for _ in 0..MOST_STEPS {
            let reached = self.warp.at(at.0, at.1);
            let off = (x - reached.0, y - reached.1);
            if !off.0.is_finite() || !off.1.is_finite() {
                return None;
            }
            if off.0.abs().max(off.1.abs()) < CLOSE {
                return Some(at);
            }
            let step = self.step(at, off)?;
            at = (at.0 + step.0, at.1 + step.1);
        }
        None
    }

    /// How far to go on the page to go so far on the picture.
    fn step(&self, at: (f32, f32), off: (f32, f32)) -> Option<(f32, f32)> {
        /// Half the distance over which the warp's slope is taken, pixels: the distance of its nodes.
        const REACH: f32 = 8.0;
        let slope = |right: f32, down: f32| {
            let ahead = self.warp.at(at.0 + right, at.1 + down);
            let behind = self.warp.at(at.0 - right, at.1 - down);
            (
                (ahead.0 - behind.0) / (2.0 * REACH),
                (ahead.1 - behind.1) / (2.0 * REACH),
            )
        };
        let (across, down) = (slope(REACH, 0.0), slope(0.0, REACH));
        let area = across.0 * down.1 - across.1 * down.0;
        (area.abs() > 1e-6).then(|| {
            (
                (off.0 * down.1 - off.1 * down.0) / area,
                (off.1 * across.0 - off.0 * across.1) / area,
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(geometry: &Geometry) {
        let unwarp = Unwarp::new(geometry);
        for (x, y) in [(0.0, 0.0), (400.0, 300.0), (799.0, 0.0), (123.0, 599.0)] {
            let on_picture = geometry.warp.at(x, y);
            let back = unwarp.at(on_picture.0, on_picture.1).unwrap();
            let off = (back.0 - x).abs().max((back.1 - y).abs());
            assert!(off < 0.2, "{x} {y}: {back:?}");
        }
    }

    fn geometry(to: impl Fn(f32, f32) -> (f32, f32)) -> Geometry {
        Geometry {
            width: 800,
            height: 600,
            scale: 1.0,
            warp: Warp::new(800, 600, to),
            ..Geometry::default()
        }
    }

    #[test]
    fn a_leaning_a_turned_and_a_curled_page_are_found() {
        check(&geometry(|x, y| (x, y)));
        check(&geometry(|x, y| {
            (0.5 * x - 0.05 * y + 30.0, 0.05 * x + 0.5 * y)
        }));
        check(&geometry(|x, y| (y, 800.0 - x)));
        check(&geometry(|x, y| {
            let t = (x - 400.0) / 400.0;
            (x + 6.0 * t, y + 20.0 * t * t)
        }));
    }

    #[test]
    fn no_warp_moves_nothing() {
        let none = Geometry::default();
        assert_eq!(Unwarp::new(&none).at(7.0, 9.0), Some((7.0, 9.0)));
    }

    #[test]
    fn a_place_that_nothing_leads_to_is_none() {
        let flat = geometry(|_, _| (1.0, 1.0));
        assert_eq!(Unwarp::new(&flat).at(7.0, 9.0), None);
        assert_eq!(Unwarp::new(&flat).at(f32::NAN, 9.0), None);
    }
}
