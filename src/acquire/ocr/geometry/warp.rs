//! Warp: where each point of the upright, flat page lies on the picture.
//!
//! In: traces of rules and of lines of text, which are straight on paper. Out: a [`Warp`] and pictures drawn through it.
//! Never: moves ink from one side of a rule to the other.
//!
//! A page that leans, was photographed at an angle or curls displaces a point by a smooth function of its place:
//! `y = v + Σ c[p][q] x^p v^q` for what is level on paper, and the same across. Its coefficients are fitted to the traces
//! by damped least squares; terms that the traces say nothing about stay zero.

use super::super::Gray;
use super::traces::Trace;
use crate::model::displayed::Grid;

/// Pixels between the nodes of a warp.
const STEP: usize = 16;

/// Powers (p of the axis a line runs along, q of the one it is placed on), and how much each is damped.
const TERMS: [(i32, i32, f64); 8] = [
    (1, 0, 0.002),
    (1, 1, 0.02),
    (2, 0, 0.02),
    (3, 0, 0.05),
    (2, 1, 0.05),
    (1, 2, 0.1),
    (3, 1, 0.2),
    (2, 2, 0.2),
];

/// How lines that are straight on paper bend on a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bend {
    coefficients: [f64; TERMS.len()],
    /// Middle and half of the axis lines run along, pixels.
    along: (f64, f64),
    /// Middle and half of the axis lines are placed on, pixels.
    across: (f64, f64),
}

impl Bend {
    /// No bend, on a picture of this size.
    fn none(along: usize, across: usize) -> Self {
        let span = |n: usize| (n as f64 / 2.0, (n as f64 / 2.0).max(1.0));
        Self {
            coefficients: [0.0; TERMS.len()],
            along: span(along),
            across: span(across),
        }
    }

    /// The bend of traces that run along an axis of this length and are placed on one of that length.
    pub(super) fn of(traces: &[(&Trace, f64)], along: usize, across: usize) -> Self {
        const ROUNDS: usize = 4;
        /// Pixels beyond which a trace's point counts less.
        const TOLERANCE: f64 = 1.5;
        let mut bend = Self::none(along, across);
        for round in 0..ROUNDS {
            let mut normal = [[0.0; TERMS.len()]; TERMS.len()];
            let mut right = [0.0; TERMS.len()];
            let mut total = 0.0;
            for (trace, weight) in traces {
                let level = bend.level(trace);
                let rows: Vec<([f64; TERMS.len()], f64, f64)> = trace
                    .points
                    .iter()
                    .map(|(x, y)| {
                        let terms = bend.terms(f64::from(*x), level);
                        let off = f64::from(*y) - level - bend.sum(&terms);
                        let trust = if round == 0 {
                            1.0
                        } else {
                            (TOLERANCE / off.abs().max(TOLERANCE)).powi(2)
                        };
                        (terms, f64::from(*y), trust * weight)
                    })
                    .collect();
                let n: f64 = rows.iter().map(|row| row.2).sum();
                if n <= 0.0 {
                    continue;
                }
                total += n;
                let mean_y = rows.iter().map(|row| row.1 * row.2).sum::<f64>() / n;
                let mut mean = [0.0; TERMS.len()];
                for (terms, _, weight) in &rows {
                    for (mean, term) in mean.iter_mut().zip(terms) {
                        *mean += term * weight / n;
                    }
                }
                for (terms, y, weight) in &rows {
                    for i in 0..TERMS.len() {
                        let a = terms[i] - mean[i];
                        right[i] += weight * a * (y - mean_y);
                        for j in 0..TERMS.len() {
                            normal[i][j] += weight * a * (terms[j] - mean[j]);
                        }
                    }
                }
            }
            if total <= 0.0 {
                return bend;
            }
            for (i, (_, _, damping)) in TERMS.iter().enumerate() {
                normal[i][i] += damping * total * 0.05;
            }
            bend.coefficients = solved(normal, right);
        }
        bend
    }

    fn terms(&self, along: f64, across: f64) -> [f64; TERMS.len()] {
        let x = (along - self.along.0) / self.along.1;
        let v = (across - self.across.0) / self.across.1;
        TERMS.map(|(p, q, _)| x.powi(p) * v.powi(q))
    }

    fn sum(&self, terms: &[f64; TERMS.len()]) -> f64 {
        self.coefficients
            .iter()
            .zip(terms)
            .map(|(c, term)| c * term)
            .sum()
    }

    /// How far a point is displaced.
    pub(super) fn displacement(&self, along: f64, across: f64) -> f64 {
        self.sum(&self.terms(along, across))
    }

    /// Where a trace would be if it were straight.
    fn level(&self, trace: &Trace) -> f64 {
        let n = trace.points.len().max(1) as f64;
        let mean = trace.points.iter().map(|p| f64::from(p.1)).sum::<f64>() / n;
        let off = trace
            .points
            .iter()
            .map(|p| self.displacement(f64::from(p.0), mean))
            .sum::<f64>()
            / n;
        mean - off
    }

    /// The largest displacement on the picture, pixels.
    pub(super) fn most(&self) -> f64 {
        let mut most: f64 = 0.0;
        for x in -4..=4 {
            for v in -4..=4 {
                let at = |(middle, half): (f64, f64), n: i32| middle + half * f64::from(n) / 4.0;
                let off = self.displacement(at(self.along, x), at(self.across, v));
                most = most.max(off.abs());
            }
        }
        most
    }
}

/// Solves a symmetric system by elimination; a term that nothing depends on is zero.
fn solved<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for column in 0..N {
        let pivot = (column..N)
            .max_by(|i, j| a[*i][column].abs().total_cmp(&a[*j][column].abs()))
            .unwrap_or(column);
        a.swap(column, pivot);
        b.swap(column, pivot);
        if a[column][column].abs() < 1e-9 {
            continue;
        }
        for row in column + 1..N {
            let factor = a[row][column] / a[column][column];
            let above = a[column];
            for (to, from) in a[row].iter_mut().zip(above).skip(column) {
                *to -= factor * from;
            }
            b[row] -= factor * b[column];
        }
    }
    let mut x = [0.0; N];
    for row in (0..N).rev() {
        if a[row][row].abs() < 1e-9 {
            continue;
        }
        let known: f64 = (row + 1..N).map(|k| a[row][k] * x[k]).sum();
        x[row] = (b[row] - known) / a[row][row];
    }
    x
}

/// Where points of an upright page lie on a picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Warp(Grid);

impl Warp {
    /// A warp of a page of this size, from a function of its points.
    pub(in crate::acquire::ocr) fn new(
        width: usize,
        height: usize,
        to: impl Fn(f32, f32) -> (f32, f32),
    ) -> Self {
        let n_cells = (width / STEP + 1, height / STEP + 1);
        Self(Grid::new((STEP as f32, STEP as f32), n_cells, to))
    }

    /// Where a point of the upright page lies on the picture, in pixels; pixel `n` covers `n` to `n + 1`.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> (f32, f32) {
        self.0.at(x, y)
    }

    /// Goes on to where `next` leads.
    pub(super) fn then(self, next: impl Fn((f32, f32)) -> (f32, f32)) -> Self {
        Self(self.0.then(next))
    }

    /// The upright page of this size, drawn from the picture; white where the picture ends.
    pub(super) fn drawn(&self, picture: &Gray, width: usize, height: usize) -> Gray {
        let (last_column, last_row) = (picture.width as f32 - 1.0, picture.height as f32 - 1.0);
        let mut pixels = vec![255u8; width * height];
        for (y, row) in pixels.chunks_exact_mut(width.max(1)).enumerate() {
            let y = y as f32 + 0.5;
            let mut from = self.at(0.5, y);
            for (cell, part) in row.chunks_mut(STEP).enumerate() {
                let left = (cell * STEP) as f32;
                let to = self.at(left + STEP as f32 + 0.5, y);
                let step = ((to.0 - from.0) / STEP as f32, (to.1 - from.1) / STEP as f32);
                let point = |n: usize| {
                    let n = n as f32;
                    let (x, y) = (from.0 + step.0 * n, from.1 + step.1 * n);
                    (x - 0.5, y - 0.5)
                };
                // Along a straight step its ends tell whether all of it is inside.
                let is_inside = |(x, y): (f32, f32)| {
                    x >= 1.0 && y >= 1.0 && x + 2.0 < last_column && y + 2.0 < last_row
                };
                if is_inside(point(0)) && is_inside(point(STEP)) {
                    draw_inside(picture, point(0), step, part);
                } else {
                    for (n, pixel) in part.iter_mut().enumerate() {
                        let (x, y) = point(n);
                        *pixel = sample(picture, x, y);
                    }
                }
                from = to;
            }
        }
        Gray {
            width,
            height,
            pixels,
        }
    }
}

/// The shade between four pixels; white outside.
fn sample(gray: &Gray, x: f32, y: f32) -> u8 {
    if x < 0.0 || y < 0.0 {
        return gray.at_signed(x, y);
    }
    let (left, top) = (x as usize, y as usize);
    if left + 1 >= gray.width || top + 1 >= gray.height {
        return gray.at_signed(x, y);
    }
    between(gray, fixed(x), fixed(y))
}

/// Draws pixels along a straight step, all of them well inside the picture.
fn draw_inside(gray: &Gray, from: (f32, f32), step: (f32, f32), pixels: &mut [u8]) {
    let (mut x, mut y) = (fixed(from.0), fixed(from.1));
    let step = (fixed(step.0), fixed(step.1));
    for pixel in pixels {
        *pixel = between(gray, x, y);
        x += step.0;
        y += step.1;
    }
}

/// Fractional bits of a place on a picture in whole numbers, which are quicker to take apart than others.
const FRACTION: u32 = 16;

fn fixed(at: f32) -> i64 {
    (at * (1u32 << FRACTION) as f32) as i64
}

/// The shade between four pixels, all of which are on the picture.
fn between(gray: &Gray, x: i64, y: i64) -> u8 {
    // Weights in 1/128.
    let weight = |at: i64| ((at >> (FRACTION - 7)) & 127) as u32;
    let (along, down) = (weight(x), weight(y));
    let at = (y >> FRACTION) as usize * gray.width + (x >> FRACTION) as usize;
    let mix = |at: usize| match gray.pixels.get(at..at + 2) {
        Some(pair) => u32::from(pair[0]) * (128 - along) + u32::from(pair[1]) * along,
        None => 255 * 128,
    };
    let sum = mix(at) * (128 - down) + mix(at + gray.width) * down;
    ((sum + (1 << 13)) >> 14) as u8
}

impl Gray {
    /// The nearest pixel's shade; white beyond half a pixel outside.
    fn at_signed(&self, x: f32, y: f32) -> u8 {
        let (x, y) = (x.round(), y.round());
        if x < 0.0 || y < 0.0 {
            255
        } else {
            self.at(x as usize, y as usize)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: impl Iterator<Item = (f32, f32)>) -> Trace {
        let points: Vec<_> = points.collect();
        Trace {
            start: points[0].0,
            end: points[points.len() - 1].0,
            points,
            thickness: 2.0,
            seen: Vec::new(),
            is_clear: true,
        }
    }

    #[test]
    fn curled_rules_become_straight() {
        let bent = |x: f32, v: f32| {
            let t = (x - 500.0) / 500.0;
            v + 12.0 * t * t - 5.0 * t * (v - 400.0) / 400.0 + 8.0 * t
        };
        let lines: Vec<Trace> = (1..10)
            .map(|n| {
                line(
                    (5..100)
                        .map(move |k| (k as f32 * 10.0, bent(k as f32 * 10.0, n as f32 * 80.0))),
                )
            })
            .collect();
        let traces: Vec<(&Trace, f64)> = lines.iter().map(|l| (l, 1.0)).collect();
        let bend = Bend::of(&traces, 1000, 800);
        for trace in &lines {
            let level = bend.level(trace);
            for (x, y) in &trace.points {
                let off = f64::from(*y) - level - bend.displacement(f64::from(*x), level);
                assert!(off.abs() < 0.6, "{x} {level}: {off}");
            }
        }
    }

    #[test]
    fn nothing_bends_where_nothing_is_known() {
        assert_eq!(Bend::of(&[], 100, 100).most(), 0.0);
        let straight = line((0..50).map(|k| (k as f32 * 4.0, 50.0)));
        assert!(Bend::of(&[(&straight, 1.0)], 200, 100).most() < 0.01);
    }

    #[test]
    fn a_picture_drawn_through_no_warp_is_the_same() {
        let picture = Gray {
            width: 40,
            height: 33,
            pixels: (0..40 * 33).map(|n| (n * 7 % 251) as u8).collect(),
        };
        let warp = Warp::new(40, 33, |x, y| (x, y));
        assert_eq!(warp.drawn(&picture, 40, 33), picture);
    }

    #[test]
    fn a_warp_shifts() {
        let mut picture = Gray::filled(100, 100, 255);
        picture.pixels[50 * 100 + 60] = 0;
        let warp = Warp::new(80, 80, |x, y| (x + 20.0, y + 10.0));
        assert_eq!(warp.drawn(&picture, 80, 80).at(40, 40), 0);
        assert_eq!(warp.at(79.0, 79.0), (99.0, 89.0));
    }
}
