//! Pictures of two shades: fax, copiers' scans, dithered greys.
//!
//! In: a picture that has black and white only. Out: the same, without the dots that stand for grey paper, and
//! with the greys that a scanner would have seen at the edges of strokes. Never: touches a picture that has greys.

use super::super::Gray;
use super::components::components;
use super::light;

/// Share of specks from which on black and white dots stand for greys.
const DITHERED: f32 = 0.004;

/// Readies a picture of black and white for what looks at greys: dots are taken off, edges softened.
pub(super) fn softened(gray: Gray) -> Gray {
    let clean = if light::speckle(&gray) > DITHERED {
        without_dots(gray)
    } else {
        gray
    };
    // Dots too dense to stand alone are a grey that smoothing shows.
    let clean = if light::speckle(&clean) > DITHERED {
        light::smoothed(&clean)
    } else {
        clean
    };
    light::smoothed(&clean)
}

/// Whether nearly all of a picture is black or white.
pub(super) fn is_bilevel(gray: &Gray) -> bool {
    const BLACK: u8 = 24;
    const WHITE: u8 = 231;
    /// Most greys.
    const MOST: f32 = 0.002;
    let is_grey = |shade: &&u8| (BLACK..=WHITE).contains(*shade);
    let n_grey = gray.pixels.iter().filter(is_grey).count();
    n_grey as f32 <= MOST * gray.pixels.len() as f32
}

/// Takes off dots of one or two pixels that touch no larger ink, and fills the holes of one pixel.
///
/// The smallest full stop of a page of 150 dots an inch has four pixels.
fn without_dots(mut gray: Gray) -> Gray {
    const DOT: u32 = 2;
    let ink = components(&gray, 128);
    for dot in ink.components.iter().filter(|c| c.area <= DOT) {
        for run in &ink.runs[dot.runs.clone()] {
            let start = run.y as usize * gray.width;
            gray.pixels[start + run.start as usize..start + run.end as usize].fill(255);
        }
    }
    let width = gray.width;
    let at = |x: usize, y: usize| y * width + x;
    for y in 1..gray.height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let around = [at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)];
            if gray.pixels[at(x, y)] > 128 && around.iter().all(|near| gray.pixels[*near] < 128) {
                gray.pixels[at(x, y)] = 0;
            }
        }
    }
    gray
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of black and white: a stroke two pixels wide, a full stop of four, and dots every fifth pixel.
    fn page(has_dots: bool) -> Gray {
        let mut gray = Gray::filled(200, 100, 255);
        for y in 0..100 {
            for x in 0..200 {
                let is_stroke = (100..102).contains(&x) && (20..80).contains(&y);
                let is_stop = (132..134).contains(&x) && (61..63).contains(&y);
                let is_dot = has_dots && (x + 2 * y) % 5 == 0 && y % 2 == 0;
                if is_stroke || is_stop || is_dot {
                    gray.pixels[y * 200 + x] = 0;
                }
            }
        }
        gray
    }

    #[test]
    fn dots_go_and_thin_strokes_stay() {
        let soft = softened(page(true));
        assert!(soft.at(100, 50) < 100 && soft.at(101, 50) < 100);
        assert!(soft.at(132, 61) < 150);
        assert!(soft.at(50, 50) > 240, "{}", soft.at(50, 50));
    }

    #[test]
    fn without_dots_edges_are_softened_only() {
        let soft = softened(page(false));
        assert_eq!(soft, light::smoothed(&page(false)));
        assert!(soft.at(99, 50) > 128 && soft.at(99, 50) < 255);
    }

    #[test]
    fn a_picture_with_greys_is_left_as_it_is() {
        let mut gray = page(true);
        for (n, shade) in gray.pixels.iter_mut().enumerate() {
            *shade = (*shade).saturating_sub((n % 64) as u8);
        }
        assert!(!is_bilevel(&gray));
    }

    #[test]
    fn dots_too_dense_to_stand_alone_become_a_grey() {
        let mut gray = Gray::filled(100, 100, 255);
        for (k, shade) in gray.pixels.iter_mut().enumerate() {
            // Pairs that hang together by their corners: none is a dot alone, all are specks.
            let (x, y) = (k % 100, k / 100);
            if matches!((x % 6, y % 6), (0, 0) | (1, 1) | (2, 2)) {
                *shade = 0;
            }
        }
        let soft = softened(gray);
        let inner = (20..80).flat_map(|y| soft.row(y)[20..80].iter().copied());
        let (low, high) = inner.fold((255, 0), |(low, high), s| (s.min(low), s.max(high)));
        assert!(high - low < 110, "{low} {high}");
    }
}
