//! Coloured ink is lifted: stamps fade from the text beneath.
//!
//! In: a picture. Out: its grey without red and blue ink. Never: fades black ink where no coloured ink is.

use super::super::{Gray, Picture};

/// The grey of a picture without coloured ink: each pixel is as bright as its brightest channel, and half as much
/// brighter as it is coloured. The thin strokes of a stamp, whose colour JPEG has spread, are lifted by what lies about them.
pub(super) fn without_coloured_ink(picture: &Picture) -> Gray {
    let lifted = |[red, green, blue]: &[u8; 3]| {
        let brightest = (*red).max(*green).max(*blue);
        brightest.saturating_add(colour([*red, *green, *blue]) / 2)
    };
    let mut gray = Gray {
        width: picture.width,
        height: picture.height,
        pixels: picture.rgb.iter().map(lifted).collect(),
    };
    if has_coloured_ink(picture) {
        lift_thin_strokes(picture, &mut gray);
    }
    gray
}

/// Least difference of the channels of coloured ink.
const COLOURED: u8 = 60;

/// Whether a picture has coloured ink, such as a stamp's: what it covers is no longer as dark as it was printed.
pub(super) fn has_coloured_ink(picture: &Picture) -> bool {
    const STEP: usize = 7;
    /// Least share of coloured pixels.
    const SHARE: f32 = 0.000_5;
    let sample = picture.rgb.iter().step_by(STEP);
    let n = sample.len() as f32;
    sample.filter(|rgb| colour(**rgb) >= COLOURED).count() as f32 > SHARE * n
}

/// How coloured a pixel is: by how much its brightest channel is brighter than its darkest.
fn colour([red, green, blue]: [u8; 3]) -> u8 {
    red.max(green).max(blue) - red.min(green).min(blue)
}

/// Luma, as JPEG has it (ITU-R BT.601).
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from(sum / 1000).unwrap_or(255)
}

/// Side of the squares in which paper is looked for, pixels.
const SIDE: usize = 32;

/// Lifts strokes thinner than the squares over which JPEG averages colour.
///
/// What a stroke of coloured ink is darker than paper stays where it is, and its colour is spread over its neighbours. But
/// no colour is lost: where all darkness about a pixel is explained by all colour about it, there is no black ink.
fn lift_thin_strokes(picture: &Picture, gray: &mut Gray) {
    let (across, down) = (picture.width.div_ceil(SIDE), picture.height.div_ceil(SIDE));
    let squares: Vec<bool> = (0..across * down)
        .map(|k| {
            let mut pixels = square(picture, k % across, k / across, 0);
            pixels.any(|rgb| colour(rgb) >= COLOURED)
        })
        .collect();
    let is_near = |k: usize| {
        let (x, y) = (k % across, k / across);
        (y.saturating_sub(1)..(y + 2).min(down))
            .any(|y| (x.saturating_sub(1)..(x + 2).min(across)).any(|x| squares[y * across + x]))
    };
    let near: Vec<(usize, Paper)> = (0..across * down)
        .filter(|k| is_near(*k))
        .map(|k| (k, Paper::of(picture, k % across, k / across)))
        .collect();
    let Some(ink) = ink_colour(picture, across, &near) else {
        return;
    };
    for (k, paper) in near {
        lift(picture, gray, (k % across, k / across), &paper, ink);
    }
}

/// The pixels of a square and of this many about it.
fn square(
    picture: &Picture,
    x: usize,
    y: usize,
    about: usize,
) -> impl Iterator<Item = [u8; 3]> + '_ {
    let span = |at: usize, end: usize| {
        (at * SIDE).saturating_sub(about)..((at + 1) * SIDE + about).min(end)
    };
    let columns = span(x, picture.width);
    span(y, picture.height)
        .filter_map(move |y| picture.rgb.get(y * picture.width..)?.get(columns.clone()))
        .flatten()
        .copied()
}

/// Paper about a square.
struct Paper {
    luma: u8,
    colour: u8,
}

impl Paper {
    fn of(picture: &Picture, x: usize, y: usize) -> Self {
        let mut lumas: Vec<u8> = square(picture, x, y, SIDE / 2).map(luma).collect();
        lumas.sort_unstable();
        let bright = lumas.get(lumas.len() * 4 / 5).copied().unwrap_or(255);
        let blank = square(picture, x, y, SIDE / 2).filter(|rgb| luma(*rgb) >= bright);
        let mut colours: Vec<u8> = blank.map(colour).collect();
        colours.sort_unstable();
        Self {
            luma: bright,
            colour: colours.get(colours.len() / 2).copied().unwrap_or(0),
        }
    }

    /// How much darker and how much more coloured than paper a pixel is, shades.
    ///
    /// Where paper takes on the colour of a stroke beside it, the brightest channel would be brighter than white: how far
    /// the darkest lies below paper tells its colour, `spread` times as much.
    fn beside(&self, rgb: [u8; 3], spread: f32) -> (f32, f32) {
        const WHITE: u8 = 250;
        let [red, green, blue] = rgb;
        let paper = f32::from(self.colour);
        if red.max(green).max(blue) >= WHITE {
            let below = f32::from(self.luma.saturating_sub(red.min(green).min(blue)));
            (0.0, spread * (below - paper).max(0.0))
        } else {
            let darker = f32::from(self.luma.saturating_sub(luma(rgb)));
            (darker, (f32::from(colour(rgb)) - paper).max(0.0))
        }
    }
}

/// What the coloured ink of a page is like, where it lies thick.
#[derive(Debug, Clone, Copy)]
struct InkColour {
    /// How much darker than paper it is, for its colour.
    darkness: f32,
    /// Its colour, for how far its darkest channel lies below its luma.
    spread: f32,
}

/// The ink of what is clearly coloured: medians; `None` where nothing is.
fn ink_colour(picture: &Picture, across: usize, near: &[(usize, Paper)]) -> Option<InkColour> {
    /// Inks of stamps, from orange to dark blue.
    const DARKNESS: (f32, f32) = (0.3, 1.3);
    const SPREAD: (f32, f32) = (1.2, 4.5);
    let (mut darkness, mut spread): (Vec<f32>, Vec<f32>) = (Vec::new(), Vec::new());
    for (k, paper) in near {
        let pixels = square(picture, k % across, k / across, 0);
        for rgb in pixels.filter(|rgb| colour(*rgb) >= COLOURED) {
            let own = f32::from(colour(rgb));
            let least = rgb.into_iter().min().unwrap_or(0);
            darkness.push(f32::from(paper.luma.saturating_sub(luma(rgb))) / own);
            spread.push(own / f32::from(luma(rgb).saturating_sub(least).max(1)));
        }
    }
    let median = |all: &mut Vec<f32>, (least, most): (f32, f32)| {
        all.sort_by(f32::total_cmp);
        all.get(all.len() / 2)
            .map(|median| median.clamp(least, most))
    };
    Some(InkColour {
        darkness: median(&mut darkness, DARKNESS)?,
        spread: median(&mut spread, SPREAD)?,
    })
}

/// Lifts the pixels of a square about which there is no black ink.
fn lift(picture: &Picture, gray: &mut Gray, (x, y): (usize, usize), paper: &Paper, ink: InkColour) {
    /// How far JPEG spreads colour, pixels: it averages squares of two, and smooths them when it enlarges them.
    const REACH: usize = 3;
    /// Share of the darkness about a pixel that colour does not explain, up to which there is no black ink.
    const BLACK: f32 = 0.2;
    /// What is darker, of paper, is black ink, however much colour lies about it.
    const DARK: f32 = 0.5;
    /// Least mean of colour about a pixel.
    const LEAST: f32 = 10.0;
    let (left, top) = (x * SIDE, y * SIDE);
    let (right, bottom) = (
        (left + SIDE).min(picture.width),
        (top + SIDE).min(picture.height),
    );
    let columns = left.saturating_sub(REACH)..(right + REACH).min(picture.width);
    let rows = top.saturating_sub(REACH)..(bottom + REACH).min(picture.height);
    let width = columns.len();
    let (first_row, first_column) = (rows.start, columns.start);
    let beside: Vec<(f32, f32)> = rows
        .clone()
        .flat_map(|y| columns.clone().map(move |x| (x, y)))
        .map(|(x, y)| {
            let rgb = picture.rgb.get(y * picture.width + x).copied();
            paper.beside(rgb.unwrap_or([255; 3]), ink.spread)
        })
        .collect();
    // Sums over columns of the window, then over its rows.
    let sum = |a: (f32, f32), b: &(f32, f32)| (a.0 + b.0, a.1 + b.1);
    let along: Vec<(f32, f32)> = (0..beside.len())
        .map(|k| {
            let x = k % width;
            let from = k - x.min(REACH);
            let to = k + (width - 1 - x).min(REACH);
            beside[from..=to].iter().fold((0.0, 0.0), sum)
        })
        .collect();
    for y in top..bottom {
        for x in left..right {
            let from = y.saturating_sub(REACH).max(first_row);
            let to = (y + REACH).min(rows.end - 1);
            let (darker, coloured) = (from..=to)
                .map(|y| &along[(y - first_row) * width + x - first_column])
                .fold((0.0, 0.0), sum);
            let n = ((2 * REACH + 1) * (2 * REACH + 1)) as f32;
            let explained = ink.darkness * coloured;
            let is_coloured = coloured >= LEAST * n && explained >= (1.0 - BLACK) * darker;
            if is_coloured
                && let Some(shade) = gray.pixels.get_mut(y * gray.width + x)
                && f32::from(*shade) >= DARK * f32::from(paper.luma)
            {
                *shade = (*shade).max(paper.luma);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A white picture with strokes of a colour from column to column, and what JPEG makes of its colour: means over squares of two.
    fn picture(strokes: &[(std::ops::Range<usize>, [u8; 3])]) -> Picture {
        const WIDTH: usize = 96;
        const HEIGHT: usize = 64;
        let mut rgb = vec![[255u8; 3]; WIDTH * HEIGHT];
        for (columns, ink) in strokes {
            for y in 8..HEIGHT - 8 {
                for x in columns.clone() {
                    rgb[y * WIDTH + x] = *ink;
                }
            }
        }
        let at = |x: usize, y: usize| rgb[y * WIDTH + x];
        let spread = (0..rgb.len())
            .map(|k| {
                let (x, y) = (k % WIDTH, k / WIDTH);
                let own = f32::from(luma(at(x, y)));
                let (x, y) = (x & !1, y & !1);
                let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
                let mean = |channel: usize| -> f32 {
                    four.iter()
                        .map(|rgb| f32::from(rgb[channel]) - f32::from(luma(*rgb)))
                        .sum::<f32>()
                        / 4.0
                };
                [0, 1, 2].map(|channel| (own + mean(channel)).clamp(0.0, 255.0) as u8)
            })
            .collect();
        Picture {
            width: WIDTH,
            height: HEIGHT,
            rgb: spread,
            dpi: None,
        }
    }

    const RED: [u8; 3] = [215, 60, 70];
    const BLACK: [u8; 3] = [40; 3];

    #[test]
    fn thin_strokes_of_a_stamp_are_lifted_and_black_ones_stay() {
        let drawn = picture(&[
            (10..22, RED),
            (31..32, RED),
            (61..63, BLACK),
            (75..77, BLACK),
        ]);
        let gray = without_coloured_ink(&drawn);
        let at = |x: usize| gray.at(x, 32);
        assert!(at(15) > 240, "{}", at(15));
        assert!(at(31) > 220, "thin: {}", at(31));
        assert!(at(61) < 80 && at(75) < 80);
        // Nothing is lifted where there is no colour, nor a black stroke beside a coloured one.
        let drawn = picture(&[(10..22, RED), (26..28, BLACK)]);
        assert!(without_coloured_ink(&drawn).at(26, 32) < 90);
    }

    #[test]
    fn red_ink_fades_and_black_ink_below_stays() {
        let picture = Picture {
            width: 3,
            height: 1,
            rgb: vec![[230, 40, 40], [40, 20, 20], [255, 255, 255]],
            dpi: None,
        };
        assert_eq!(without_coloured_ink(&picture).pixels, [255, 50, 255]);
    }

    #[test]
    fn a_stamp_is_coloured_ink_and_yellowed_paper_is_not() {
        let stamped = |ink: [u8; 3], paper: [u8; 3]| {
            let rgb = (0..100_000).map(|n| if n % 900 < 3 { ink } else { paper });
            has_coloured_ink(&Picture {
                width: 1000,
                height: 100,
                rgb: rgb.collect(),
                dpi: None,
            })
        };
        assert!(stamped([220, 60, 70], [255; 3]));
        assert!(!stamped([30, 30, 40], [250, 240, 215]));
    }
}
