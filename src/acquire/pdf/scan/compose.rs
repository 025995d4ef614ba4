//! Composition: rasters are laid on the picture of a page.
//! In: a raster and where it lies. Out: changed pixels. Never: enlarges the picture.

use std::ops::Range;

use super::super::matrix::Matrix;
use super::raster::{Colours, Opacity, Raster};
use crate::acquire::ocr::Picture;
use crate::model::BBox;

/// Samples along one axis whose mean makes a pixel, where an image shrinks.
const MAX_SAMPLES: f64 = 32.0;
/// Steps of an image between neighbouring pixels up to which it is about as large as on the picture.
const ABOUT_ONE: std::ops::RangeInclusive<f64> = 0.97..=1.03;
/// Part of a pixel by which two lengths may differ and still be parallel to the axes.
const STRAIGHT: f64 = 0.01;

/// Draws a raster through `to_pixels` (from the unit square to pixels), cut by `clip` (in pixels).
///
/// An image along the axes is moved to whole pixels, so that strips leave no gap between them. One that shrinks is averaged,
/// one that grows is interpolated.
pub(super) fn draw(raster: &Raster, to_pixels: &Matrix, clip: &BBox, picture: &mut Picture) {
    let m = fit(to_pixels);
    let det = m.a * m.d - m.b * m.c;
    if !m.is_sane() || det.abs() < 1e-9 {
        return;
    }
    let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].map(|(u, v)| m.apply(u, v));
    let span = |pick: fn(&(f64, f64)) -> f64, from: f32, to: f32, most: usize| {
        let low = corners.iter().map(pick).fold(f64::MAX, f64::min);
        let high = corners.iter().map(pick).fold(f64::MIN, f64::max);
        let low = low.floor().max(f64::from(from).round()).max(0.0);
        let high = high.ceil().min(f64::from(to).round()).max(0.0);
        (low as usize).min(most)..(high as usize).min(most)
    };
    let rows = span(|p| p.1, clip.top, clip.bottom, picture.height);
    let columns = span(|p| p.0, clip.left, clip.right, picture.width);
    // From pixels to the unit square with its origin at the top.
    let inverse = Inverse {
        u: [m.d / det, -m.c / det, (m.c * m.f - m.d * m.e) / det],
        v: [m.b / det, -m.a / det, 1.0 - (m.b * m.e - m.a * m.f) / det],
    };
    let colours = Grid::new(&inverse, raster.width, raster.height);
    let opacity = raster
        .opacity
        .as_ref()
        .map(|opacity| (opacity, Grid::new(&inverse, opacity.width, opacity.height)));
    let n = opacity.as_ref().map_or(colours.n_samples, |(_, grid)| {
        grid.n_samples.max(colours.n_samples)
    });
    let is_plain = opacity.is_none() && n == 1 && !colours.is_enlarged;
    if is_plain && m.b == 0.0 && m.c == 0.0 {
        return copy(raster, &inverse, &colours, rows, columns, picture);
    }
    let share = 1.0 / n as f64;
    let width = picture.width;
    for y in rows {
        let Some(row) = picture.rgb.get_mut(y * width..(y + 1) * width) else {
            break;
        };
        for x in columns.clone() {
            let (mut sum, mut weight) = ([0_u32; 3], 0_u32);
            for sub_y in 0..n {
                let py = y as f64 + (f64::from(sub_y) + 0.5) * share;
                for sub_x in 0..n {
                    let px = x as f64 + (f64::from(sub_x) + 0.5) * share;
                    let (u, v) = inverse.apply(px, py);
                    if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
                        continue;
                    }
                    let alpha = match &opacity {
                        None => 255,
                        Some((opacity, grid)) => grid.shade(u, v, &|at| sample(opacity, at)),
                    };
                    if alpha == 0 {
                        continue;
                    }
                    let colour = colour_at(&raster.colours, &colours, u, v);
                    let alpha = u32::from(alpha);
                    weight += alpha;
                    for (sum, part) in sum.iter_mut().zip(colour) {
                        *sum += u32::from(part) * alpha;
                    }
                }
            }
            if weight == 0 {
                continue;
            }
            let full = 255 * n * n;
            if let Some(pixel) = row.get_mut(x) {
                for (part, sum) in pixel.iter_mut().zip(sum) {
                    let below = u32::from(*part) * (full - weight);
                    *part = u8::try_from((sum + below + full / 2) / full).unwrap_or(255);
                }
            }
        }
    }
}

/// Draws an opaque image that lies upright and is about as large as on the picture: each pixel is one of its own.
fn copy(
    raster: &Raster,
    inverse: &Inverse,
    grid: &Grid,
    rows: Range<usize>,
    columns: Range<usize>,
    picture: &mut Picture,
) {
    let within = |at: f64| (0.0..1.0).contains(&at);
    let from: Vec<(usize, usize)> = columns
        .filter_map(|x| {
            let (u, _) = inverse.apply(x as f64 + 0.5, 0.0);
            within(u).then_some((x, (u * raster.width as f64) as usize))
        })
        .collect();
    for y in rows {
        let (_, v) = inverse.apply(0.0, y as f64 + 0.5);
        if !within(v) {
            continue;
        }
        let source = (v * raster.height as f64) as usize;
        for (x, column) in &from {
            let at = grid.index(*column, source);
            let colour = match &raster.colours {
                Colours::Flat(colour) => Some(*colour),
                Colours::Gray(shades) => shades.get(at).map(|shade| [*shade; 3]),
                Colours::Rgb(pixels) => pixels.get(at).copied(),
            };
            if let (Some(colour), Some(pixel)) =
                (colour, picture.rgb.get_mut(y * picture.width + x))
            {
                *pixel = colour;
            }
        }
    }
}

/// From pixels to the unit square, its origin at the top left.
struct Inverse {
    u: [f64; 3],
    v: [f64; 3],
}

impl Inverse {
    #[inline]
    fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.u[0] * x + self.u[1] * y + self.u[2],
            self.v[0] * x + self.v[1] * y + self.v[2],
        )
    }
}

/// How the samples of an image lie under the pixels.
struct Grid {
    width: usize,
    height: usize,
    /// Samples for a pixel along each axis.
    n_samples: u32,
    /// It grows: between samples lie pixels.
    is_enlarged: bool,
}

impl Grid {
    fn new(inverse: &Inverse, width: usize, height: usize) -> Self {
        let (w, h) = (width as f64, height as f64);
        let along_x = (inverse.u[0] * w).hypot(inverse.v[0] * h);
        let along_y = (inverse.u[1] * w).hypot(inverse.v[1] * h);
        let largest = along_x.max(along_y);
        let n_samples = if largest <= *ABOUT_ONE.end() {
            1.0
        } else {
            largest.ceil().min(MAX_SAMPLES)
        };
        Self {
            width,
            height,
            n_samples: n_samples as u32,
            is_enlarged: along_x < *ABOUT_ONE.start() && along_y < *ABOUT_ONE.start(),
        }
    }

    /// The shade at a place, through `sample`.
    #[inline]
    fn shade(&self, u: f64, v: f64, sample: &impl Fn(usize) -> u8) -> u8 {
        let (x, y) = (u * self.width as f64, v * self.height as f64);
        if !self.is_enlarged {
            return sample(self.index(x as usize, y as usize));
        }
        let (x, y) = ((x - 0.5).max(0.0), (y - 0.5).max(0.0));
        let (left, top) = (x as usize, y as usize);
        let (dx, dy) = (x - left as f64, y - top as f64);
        let at = |x: usize, y: usize| f64::from(sample(self.index(x, y)));
        let upper = at(left, top) * (1.0 - dx) + at(left + 1, top) * dx;
        let lower = at(left, top + 1) * (1.0 - dx) + at(left + 1, top + 1) * dx;
        (upper * (1.0 - dy) + lower * dy).round() as u8
    }

    #[inline]
    fn index(&self, x: usize, y: usize) -> usize {
        y.min(self.height.saturating_sub(1)) * self.width + x.min(self.width.saturating_sub(1))
    }
}

#[inline]
fn sample(opacity: &Opacity, at: usize) -> u8 {
    opacity.samples.get(at).copied().unwrap_or(0)
}

#[inline]
fn colour_at(colours: &Colours, grid: &Grid, u: f64, v: f64) -> [u8; 3] {
    match colours {
        Colours::Flat(colour) => *colour,
        Colours::Gray(shades) => {
            [grid.shade(u, v, &|at| shades.get(at).copied().unwrap_or(255)); 3]
        }
        Colours::Rgb(pixels) => {
            let part =
                |c: usize| grid.shade(u, v, &|at| pixels.get(at).map_or(255, |pixel| pixel[c]));
            [part(0), part(1), part(2)]
        }
    }
}

/// A placement along the axes, moved to whole pixels of which it covers at least one; any other as it is.
fn fit(m: &Matrix) -> Matrix {
    let snap = |origin: f64, length: f64| {
        let (from, to) = (origin.round(), (origin + length).round());
        if from == to {
            // The pixel in which it lies.
            let low = origin.min(origin + length).floor();
            if length < 0.0 {
                (low + 1.0, -1.0)
            } else {
                (low, 1.0)
            }
        } else {
            (from, to - from)
        }
    };
    if m.b.abs() < STRAIGHT && m.c.abs() < STRAIGHT {
        let ((e, a), (f, d)) = (snap(m.e, m.a), snap(m.f, m.d));
        Matrix::new(a, 0.0, 0.0, d, e, f)
    } else if m.a.abs() < STRAIGHT && m.d.abs() < STRAIGHT {
        let ((e, c), (f, b)) = (snap(m.e, m.c), snap(m.f, m.b));
        Matrix::new(0.0, b, c, 0.0, e, f)
    } else {
        *m
    }
}
