//! Turning: which way lines of text run, how much the page leans, and how large its characters are.
//!
//! In: an even grey picture and its ink. Out: quarter turns, an angle, pixels. Never: reads a character.

use super::super::Gray;
use super::components::{Component, Ink};

/// The largest angle that is looked for, as a slope: about 10 degrees.
const MAX_SLOPE: f32 = 0.18;

/// Size of a usual character in pixels, from the components that are about square; `None` where there are none.
///
/// Every component counts with its area, so that the many fragments of characters do not outvote the whole ones.
pub(super) fn character_size(ink: &Ink, page: f32) -> Option<f32> {
    let whole = |component: &&Component| {
        let (width, height) = (component.width(), component.height());
        height >= 6.0
            && height <= page / 15.0
            && (0.6..=1.5).contains(&(width / height))
            && component.area as f32 > 0.1 * width * height
    };
    let mut sizes: Vec<(f32, f32)> = ink
        .components
        .iter()
        .filter(whole)
        .map(|c| {
            let size = c.width().max(c.height());
            (size, size * size)
        })
        .collect();
    if sizes.len() < 5 {
        return None;
    }
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = sizes.iter().map(|s| s.1).sum::<f32>() / 2.0;
    let mut sum = 0.0;
    let middle = sizes.iter().find(|s| {
        sum += s.1;
        sum >= half
    });
    // Ink fills about nine tenths of a character's square.
    middle.map(|s| s.0 / 0.9)
}

/// How much nearer characters stand to those beside them than to those below: positive where lines run from left to right.
///
/// From -1 to 1: the share of characters whose nearest neighbour is beside them, less the share of the others.
pub(super) fn lines_run_across(ink: &Ink, em: f32) -> f32 {
    let mut characters: Vec<&Component> = ink
        .components
        .iter()
        .filter(|c| {
            let (long, short) = (c.width().max(c.height()), c.width().min(c.height()));
            (0.5 * em..1.4 * em).contains(&long) && short > 0.3 * em
        })
        .collect();
    characters.sort_by(|a, b| a.middle_y().total_cmp(&b.middle_y()));
    let (mut beside, mut below) = (0i32, 0i32);
    for (idx, one) in characters.iter().enumerate() {
        let (mut right, mut down) = (f32::INFINITY, f32::INFINITY);
        let before = characters[..idx]
            .iter()
            .rev()
            .take_while(|c| one.middle_y() - c.middle_y() < 0.6 * em);
        let after = characters[idx + 1..]
            .iter()
            .take_while(|c| c.middle_y() - one.middle_y() < 2.2 * em);
        for other in before.chain(after) {
            let (dx, dy) = (
                other.middle_x() - one.middle_x(),
                other.middle_y() - one.middle_y(),
            );
            if dx > 0.3 * em && dy.abs() < 0.35 * em {
                right = right.min(dx);
            } else if dy > 0.3 * em && dx.abs() < 0.35 * em {
                down = down.min(dy);
            }
        }
        if right.min(down) < 2.0 * em && (right - down).abs() > 0.08 * em {
            if right < down {
                beside += 1;
            } else {
                below += 1;
            }
        }
    }
    let n = beside + below;
    if n == 0 {
        0.0
    } else {
        (beside - below) as f32 / n as f32
    }
}

/// How much lines lean: rows down for a pixel to the right, -0.18 to 0.18.
///
/// The slope at which the rows of the sheared page differ most: rules and lines of text then lie on rows of their own.
pub(super) fn slope(gray: &Gray, threshold: u8) -> f32 {
    let points = dark_points(gray, threshold);
    if points.len() < 200 {
        return 0.0;
    }
    let search = |centre: f32, reach: f32, step: f32| {
        let n = (reach / step).round() as i32;
        let mut best = (f32::NEG_INFINITY, 0.0);
        for idx in -n..=n {
            let at = centre + idx as f32 * step;
            let sharp = sharpness(&points, at, gray.width, gray.height);
            // Of equals the one that turns less.
            if sharp > best.0 * 1.000_1 || (sharp >= best.0 && at.abs() < f32::abs(best.1)) {
                best = (sharp, at);
            }
        }
        best.1
    };
    let rough = search(0.0, MAX_SLOPE, 0.006);
    let finer = search(rough, 0.006, 0.001_5);
    search(finer, 0.001_5, 0.000_3)
}

/// Upper edges of ink, thinned to what is enough: an edge is sharper than a surface. At the picture's rim the sheet
/// ends, and its edge leans as it was laid, not as it was printed.
fn dark_points(gray: &Gray, threshold: u8) -> Vec<(f32, f32)> {
    const ENOUGH: usize = 60_000;
    /// Width of the rim, of the picture's side.
    const RIM: f32 = 0.03;
    let rim = |side: usize| (side as f32 * RIM) as usize;
    let (rim_x, rim_y) = (rim(gray.width), rim(gray.height));
    let mut points = Vec::new();
    for y in 1.max(rim_y)..gray.height - rim_y {
        let (above, row) = (gray.row(y - 1), gray.row(y));
        for x in rim_x..gray.width - rim_x {
            if row[x] < threshold && above[x] >= threshold {
                points.push((x as f32, y as f32));
            }
        }
    }
    let step = points.len().div_ceil(ENOUGH).max(1);
    points.into_iter().step_by(step).collect()
}

fn sharpness(points: &[(f32, f32)], slope: f32, width: usize, height: usize) -> f32 {
    let shift = slope.abs() * width as f32;
    let base = if slope > 0.0 { shift } else { 0.0 };
    let mut rows = vec![0u32; height + shift as usize + 2];
    for (x, y) in points {
        let row = (y - x * slope + base) as usize;
        if let Some(n) = rows.get_mut(row) {
            *n += 1;
        }
    }
    rows.iter().map(|n| (n * n) as f32).sum()
}

#[cfg(test)]
mod tests {
    use super::super::components::components;
    use super::*;

    /// Lines of square characters, leaning.
    fn text(slope: f32) -> Gray {
        let mut gray = Gray::filled(900, 700, 255);
        for line in 0..10 {
            for character in 0..25 {
                let (left, top) = (60 + character * 30, 60 + line * 55);
                for dy in 0..24 {
                    for dx in 0..24 {
                        let is_ink = dy % 8 < 3 || dx % 23 < 3;
                        let y = top as f32 + dy as f32 + (left + dx) as f32 * slope;
                        if is_ink {
                            gray.pixels[y as usize * 900 + left + dx] = 0;
                        }
                    }
                }
            }
        }
        gray
    }

    #[test]
    fn the_edge_of_the_sheet_tells_nothing() {
        let mut gray = text(0.02);
        gray.pixels[690 * 900..].fill(0);
        let found = super::slope(&gray, 128);
        assert!((found - 0.02).abs() < 0.002, "{found}");
    }

    #[test]
    fn the_lean_is_found() {
        for slope in [-0.07f32, -0.01, 0.0, 0.02, 0.12] {
            let found = super::slope(&text(slope), 128);
            assert!((found - slope).abs() < 0.002, "{slope}: {found}");
        }
    }

    #[test]
    fn lines_that_run_down_are_known() {
        let gray = text(0.0);
        let across = components(&gray, 128);
        let em = character_size(&across, 900.0).unwrap();
        assert!((em - 27.0).abs() < 3.0, "{em}");
        assert!(lines_run_across(&across, em) > 0.8);
        let down = components(&super::super::light::transposed(&gray), 128);
        assert!(lines_run_across(&down, em) < -0.8);
    }
}
