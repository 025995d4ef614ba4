//! What models take: a recogniser pictures of height 48, white 1 and black -1, a line or a piece of it; a detector a whole page,
//! made smaller.

use crate::acquire::ocr::{Gray, ReadChar};

/// Height of a model's picture, in pixels.
pub(super) const HEIGHT: usize = 48;

/// Widths of a model's pictures are multiples of this, in pixels.
const WIDTH_STEP: usize = 32;

/// Narrowest picture, in pixels: lone symbols are read a little better so than with less.
const MIN_WIDTH: usize = 96;

/// Widest picture, in pixels: PP-OCR's own largest shape.
const MAX_WIDTH: usize = 3200;

/// A line at height 48, or a piece of a very wide one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// Width in pixels, 1 to [`MAX_WIDTH`].
    pub(super) width: usize,
    /// Where it begins on the line at height 48, in pixels.
    pub(super) left: usize,
    /// Width of the whole line at height 48, in pixels.
    pub(super) line_width: usize,
    /// Width of the picture, in pixels.
    pub(super) padded_width: usize,
    /// `padded_width * HEIGHT` samples, -1 (black) to 1 (white).
    samples: Vec<f32>,
}

impl Piece {
    /// Characters whose places are shares of the picture, with shares of the line instead.
    pub(super) fn on_line(&self, chars: Vec<ReadChar>) -> Vec<ReadChar> {
        let n_padded = self.padded_width as f32;
        let on_line = |at: f32| {
            let in_piece = (at * n_padded).min(self.width as f32);
            ((self.left as f32 + in_piece) / self.line_width as f32).min(1.0)
        };
        let place = |ch: ReadChar| ReadChar {
            start: on_line(ch.start),
            end: on_line(ch.end),
            ..ch
        };
        chars.into_iter().map(place).collect()
    }

    /// Blue, green and red, which are the same.
    pub(super) fn to_planes(&self) -> Vec<f32> {
        self.samples.repeat(3)
    }
}

/// The pictures of a line, from left to right; none for an empty image.
///
/// A line wider than [`MAX_WIDTH`] is cut at the whitest column of the second half of what a picture takes.
pub(super) fn pieces(line: &Gray) -> Vec<Piece> {
    if line.width == 0 || line.height == 0 || line.pixels.len() < line.width * line.height {
        return vec![];
    }
    let scaled_width = (line.width as f64 * HEIGHT as f64 / line.height as f64).ceil();
    let line_width = (scaled_width as usize).max(1);
    let scaled = resize(line, line_width, HEIGHT);
    let mut pieces = Vec::new();
    let mut left = 0;
    while left < line_width {
        let right = if line_width - left > MAX_WIDTH {
            whitest_column(&scaled, line_width, left + MAX_WIDTH / 2..left + MAX_WIDTH) + 1
        } else {
            line_width
        };
        pieces.push(piece(&scaled, line_width, left, right));
        left = right;
    }
    pieces
}

fn piece(scaled: &[f32], line_width: usize, left: usize, right: usize) -> Piece {
    let width = right - left;
    let padded_width = width.next_multiple_of(WIDTH_STEP).max(MIN_WIDTH);
    // PP-OCR pads with zeros after normalising, which is what its models have learnt.
    let mut samples = vec![0.0; padded_width * HEIGHT];
    for (to, from) in samples
        .chunks_exact_mut(padded_width)
        .zip(scaled.chunks_exact(line_width))
    {
        for (to, from) in to.iter_mut().zip(&from[left..right]) {
            *to = from / 127.5 - 1.0;
        }
    }
    Piece {
        width,
        left,
        line_width,
        padded_width,
        samples,
    }
}

/// The column with the most light; the last of several.
fn whitest_column(scaled: &[f32], width: usize, columns: std::ops::Range<usize>) -> usize {
    let mut best = (columns.start, f32::NEG_INFINITY);
    for x in columns {
        let light: f32 = scaled.iter().skip(x).step_by(width).sum();
        if light >= best.1 {
            best = (x, light);
        }
    }
    best.0
}

/// A page at a scale, for a detector.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    /// Width in pixels, a multiple of [`SIDE_STEP`].
    pub(super) width: usize,
    /// Height in pixels, a multiple of [`SIDE_STEP`].
    pub(super) height: usize,
    /// `width * height` samples, 0 (black) to 255 (white).
    samples: Vec<f32>,
}

/// Sides of a detector's pictures are multiples of this, in pixels.
const SIDE_STEP: usize = 32;

/// A page at about this scale, its longer side no longer than `most` pixels; `None` for an empty one.
pub(super) fn sheet(page: &Gray, scale: f32, most: usize) -> Option<Sheet> {
    if page.width == 0 || page.height == 0 || page.pixels.len() < page.width * page.height {
        return None;
    }
    let longer = page.width.max(page.height) as f32;
    let scale = scale.min(most as f32 / longer);
    let side = |length: usize| {
        let steps = (length as f32 * scale / SIDE_STEP as f32).round() as usize;
        steps.max(1) * SIDE_STEP
    };
    let (width, height) = (side(page.width), side(page.height));
    Some(Sheet {
        width,
        height,
        samples: resize(page, width, height),
    })
}

impl Sheet {
    /// Three planes, normalised as the pictures that PP-OCR's detectors have learnt from.
    pub(super) fn to_planes(&self) -> Vec<f32> {
        /// Mean and deviation of each plane, of samples from 0 to 1.
        const PLANES: [(f32, f32); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];
        let plane = |(mean, deviation): (f32, f32)| {
            let samples = self.samples.iter();
            samples.map(move |sample| (sample / 255.0 - mean) / deviation)
        };
        PLANES.into_iter().flat_map(plane).collect()
    }
}

/// A picture of this size, 0 to 255: bilinear, over the area of a new pixel where it shrinks.
fn resize(line: &Gray, width: usize, height: usize) -> Vec<f32> {
    let columns = taps(line.width, width);
    let rows = taps(line.height, height);
    let mut narrow = Vec::with_capacity(line.height * width);
    for row in line.pixels.chunks_exact(line.width).take(line.height) {
        narrow.extend(columns.iter().map(|tap| {
            let samples = row[tap.first..].iter().zip(&tap.weights);
            samples
                .map(|(sample, weight)| f32::from(*sample) * weight)
                .sum::<f32>()
        }));
    }
    let mut scaled = vec![0.0; height * width];
    for (to, tap) in scaled.chunks_exact_mut(width).zip(&rows) {
        for (from, weight) in narrow.chunks_exact(width).skip(tap.first).zip(&tap.weights) {
            for (to, from) in to.iter_mut().zip(from) {
                *to += from * weight;
            }
        }
    }
    scaled
}

/// Old samples that make a new one.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// The taps of a triangle filter, one for each of `n_new` samples; weights sum to 1.
fn taps(n_old: usize, n_new: usize) -> Vec<Taps> {
    let scale = n_old as f64 / n_new as f64;
    let reach = scale.max(1.0);
    let tap = |idx: usize| {
        let centre = (idx as f64 + 0.5) * scale;
        let first = (centre - reach).floor().max(0.0) as usize;
        let end = ((centre + reach).ceil() as usize).clamp(first + 1, n_old);
        let weight = |old: usize| (1.0 - (old as f64 + 0.5 - centre).abs() / reach).max(0.0);
        let sum: f64 = (first..end).map(weight).sum();
        let weights = (first..end).map(|old| (weight(old) / sum) as f32).collect();
        Taps { first, weights }
    };
    (0..n_new).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shade_stays_that_shade() {
        for (width, height) in [(1, 1), (7, 13), (500, 96), (30, 48)] {
            let pieces = pieces(&Gray::filled(width, height, 255));
            let piece = &pieces[0];
            assert_eq!(piece.padded_width % WIDTH_STEP, 0);
            for row in piece.samples.chunks(piece.padded_width) {
                assert!(row[..piece.width].iter().all(|s| (s - 1.0).abs() < 1e-3));
                assert!(row[piece.width..].iter().all(|s| *s == 0.0));
            }
        }
    }

    #[test]
    fn an_empty_image_has_no_pieces() {
        assert_eq!(pieces(&Gray::default()), []);
        assert_eq!(pieces(&Gray::filled(0, 9, 0)), []);
    }

    #[test]
    fn a_very_wide_line_is_cut_at_its_whitest_column() {
        let mut line = Gray::filled(5000, HEIGHT, 0);
        for y in 0..HEIGHT {
            line.pixels[y * 5000 + 2000] = 255;
        }
        let pieces = pieces(&line);
        let places: Vec<_> = pieces.iter().map(|p| (p.left, p.width)).collect();
        assert_eq!(places, [(0, 2001), (2001, 2999)]);
    }
}
