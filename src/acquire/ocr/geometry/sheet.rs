//! Sheet: where on a picture the paper lies, and the picture with nothing but paper around it.
//!
//! In: a picture, its grey. Out: a [`Sheet`], where what lies around it is darker and parted from it sharply: the table on
//! which it was photographed, the black that a copier leaves. Never: takes a shadow on the paper for its end.

use super::super::{Gray, Picture};
use super::traces::Trace;

/// Longest side of the picture on which a sheet is looked for, pixels.
const SIDE: usize = 360;

/// The paper on a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    /// 255 where paper is, 0 elsewhere.
    inside: Gray,
    /// Pixels of the picture for one of `inside`, each way.
    by: usize,
    /// Whether something else is to be seen at each side of the picture.
    lies_free: bool,
}

/// Finds the sheet of paper on a picture; `None` where the picture shows nothing else.
///
/// The light on a sheet may fall off so far that its dark end is no brighter than the table beside its bright end. So
/// the sheet is looked for at many shades, and is where the edge that comes out is the sharpest.
pub(super) fn find(picture: &Picture) -> Option<Sheet> {
    /// Shades that are tried, of the bright tenth of the picture, in hundredths.
    const SHADES: std::ops::RangeInclusive<u16> = 20..=84;
    const STEP: usize = 4;
    /// Paper is brighter than what lies beside it by at least so much of its own shade.
    const BRIGHTER: f32 = 0.25;
    let by = picture.width.max(picture.height).div_ceil(SIDE);
    let small = shrunk_luma(picture, by);
    if small.width < 40 || small.height < 40 {
        return None;
    }
    let mut sorted = small.pixels.clone();
    sorted.sort_unstable();
    let bright = sorted[sorted.len() * 9 / 10];
    let candidates = SHADES.step_by(STEP).filter_map(|hundredth| {
        let shade = u8::try_from(u16::from(bright) * hundredth / 100).ok()?;
        let (inside, n_sides) = parted(&small, shade)?;
        Some((n_sides, jump(&small, &inside, bright), inside))
    });
    // The darkest part of a table is parted from the rest sharply, too, but not at all sides.
    let (n_sides, _, inside) = candidates
        .filter(|(_, jump, _)| *jump >= BRIGHTER)
        .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
    Some(Sheet {
        inside,
        by,
        lies_free: n_sides == 4,
    })
}

/// What of a picture is not darker than `shade` and joined to its rim, and at how many sides there is something else;
/// `None` where that is no sheet.
fn parted(small: &Gray, shade: u8) -> Option<(Gray, usize)> {
    /// Least share of a side of the picture along which there is something else.
    const ALONG: f32 = 0.5;
    /// Least share of the picture that a sheet takes.
    const LEAST: f32 = 0.3;
    let is_dark = |at: usize| small.pixels[at] < shade;
    let rim = rim(small);
    if rim.iter().filter(|at| is_dark(**at)).count() < rim.len() / 16 {
        return None;
    }
    let mut outside = vec![false; small.pixels.len()];
    flooded(small, is_dark, rim, &mut outside);
    let sides = dark_sides(small, &outside);
    let n_sides = sides.iter().filter(|share| **share >= ALONG).count();
    if n_sides == 0 {
        return None;
    }
    let inside = largest(small, &outside);
    let n_inside = inside.pixels.iter().filter(|p| **p > 0).count();
    (n_inside as f32 >= LEAST * inside.pixels.len() as f32).then_some((inside, n_sides))
}

impl Sheet {
    /// Makes what lies around the sheet as bright as the paper next to it.
    pub(super) fn surround_with_paper(&self, gray: &mut Gray) {
        let (width, height) = (self.inside.width, self.inside.height);
        let small = super::light::shrunk(gray, self.by);
        if (small.width, small.height) != (width, height) {
            return;
        }
        let is_well_inside =
            |at: usize| near(at, 1, width, height).all(|at| self.inside.pixels[at] > 0);
        let mut paper: Vec<Option<u8>> = (0..width * height)
            .map(|at| {
                let bright = near(at, 2, width, height)
                    .filter(|at| self.inside.pixels[*at] > 0)
                    .map(|at| small.pixels[at])
                    .max();
                bright.filter(|_| is_well_inside(at))
            })
            .collect();
        let known: Vec<bool> = paper.iter().map(Option::is_some).collect();
        // From the edge outwards, each as the nearest before it.
        let mut front: Vec<usize> = (0..paper.len()).filter(|at| known[*at]).collect();
        while !front.is_empty() {
            let mut next = Vec::new();
            for at in front {
                for beside in near(at, 1, width, height) {
                    if paper[beside].is_none() {
                        paper[beside] = paper[at];
                        next.push(beside);
                    }
                }
            }
            front = next;
        }
        for y in 0..gray.height {
            let row = (y / self.by).min(height - 1) * width;
            let pixels = &mut gray.pixels[y * gray.width..(y + 1) * gray.width];
            for (x, pixel) in pixels.iter_mut().enumerate() {
                let at = row + (x / self.by).min(width - 1);
                if let (false, Some(shade)) = (known[at], paper[at]) {
                    *pixel = shade;
                }
            }
        }
    }

    /// The same on the picture turned by a quarter to the right.
    pub(super) fn turned_right(&self) -> Self {
        Self {
            inside: super::light::turned_right(&self.inside),
            ..*self
        }
    }

    /// The left and the right edge of a sheet that lies free, on a picture `by` times as small, as points (x, y) from top to
    /// bottom; none of others: what a copier leaves black is no edge.
    pub(super) fn upright_edges(&self, by: usize) -> Vec<Vec<(f32, f32)>> {
        /// Share of the sheet's height at either end where its corners may be.
        const CORNERS: f32 = 0.06;
        if !self.lies_free {
            return Vec::new();
        }
        let width = self.inside.width;
        let is_paper = |p: &u8| *p > 0;
        let rows: Vec<(usize, usize, usize)> = (0..self.inside.height)
            .filter_map(|y| {
                let row = self.inside.row(y);
                let left = row.iter().position(is_paper)?;
                let right = row.iter().rposition(is_paper)? + 1;
                Some((y, left, right))
            })
            .collect();
        let corners = (rows.len() as f32 * CORNERS) as usize;
        let rows = &rows[corners.min(rows.len())..rows.len() - corners.min(rows.len() / 2)];
        let total = self.by as f32 / by as f32;
        let edge = |x: fn(&(usize, usize, usize)) -> usize| -> Vec<(f32, f32)> {
            rows.iter()
                .filter(|row| (1..width).contains(&x(row)))
                .map(|row| (x(row) as f32 * total, (row.0 as f32 + 0.5) * total))
                .collect()
        };
        [edge(|row| row.1), edge(|row| row.2)]
            .into_iter()
            .filter(|edge| 2 * edge.len() > rows.len() && edge.len() > 1)
            .collect()
    }
}

/// A trace through points, from top to bottom.
pub(super) fn upright_trace(points: &[(f32, f32)]) -> Option<Trace> {
    let mut points: Vec<(f32, f32)> = points.iter().map(|(x, y)| (*y, *x)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(Trace {
        start: points.first()?.0,
        end: points.last()?.0,
        points,
        thickness: 1.0,
        seen: Vec::new(),
        is_clear: true,
    })
}

/// The mean brightness of squares of `by` times `by` pixels.
fn shrunk_luma(picture: &Picture, by: usize) -> Gray {
    let (width, height) = (picture.width / by, picture.height / by);
    let mut pixels = Vec::with_capacity(width * height);
    let n = u32::try_from(by * by * 4).unwrap_or(u32::MAX);
    for y in 0..height {
        for x in 0..width {
            let mut sum = 0;
            for row in 0..by {
                let start = (y * by + row) * picture.width + x * by;
                for [red, green, blue] in picture.rgb.get(start..start + by).unwrap_or_default() {
                    sum += u32::from(*red) + 2 * u32::from(*green) + u32::from(*blue);
                }
            }
            pixels.push(u8::try_from(sum / n).unwrap_or(255));
        }
    }
    Gray {
        width,
        height,
        pixels,
    }
}

/// The places at the picture's rim.
fn rim(gray: &Gray) -> Vec<usize> {
    let (width, height) = (gray.width, gray.height);
    let rows = (0..width).flat_map(|x| [x, (height - 1) * width + x]);
    let columns = (0..height).flat_map(|y| [y * width, y * width + width - 1]);
    rows.chain(columns).collect()
}

/// The places that hang together with some of these and are so themselves, but for those reached before; all are reached
/// then.
fn flooded(
    gray: &Gray,
    is_so: impl Fn(usize) -> bool,
    from: Vec<usize>,
    reached: &mut [bool],
) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = from;
    while let Some(at) = open.pop() {
        if reached[at] || !is_so(at) {
            continue;
        }
        reached[at] = true;
        found.push(at);
        let (x, y) = (at % gray.width, at / gray.width);
        open.extend((x > 0).then(|| at - 1));
        open.extend((x + 1 < gray.width).then(|| at + 1));
        open.extend((y > 0).then(|| at - gray.width));
        open.extend((y + 1 < gray.height).then(|| at + gray.width));
    }
    found
}

/// Shares of the upper, the lower, the left and the right side of a picture that are outside.
fn dark_sides(gray: &Gray, outside: &[bool]) -> [f32; 4] {
    let (width, height) = (gray.width, gray.height);
    let share = |of: &dyn Fn(usize) -> usize, n: usize| {
        (0..n).filter(|k| outside[of(*k)]).count() as f32 / n.max(1) as f32
    };
    [
        share(&|x| x, width),
        share(&|x| (height - 1) * width + x, width),
        share(&|y| y * width, height),
        share(&|y| y * width + width - 1, height),
    ]
}

/// The largest part of the picture that is not outside. Each place is reached once, however many parts there are.
fn largest(gray: &Gray, outside: &[bool]) -> Gray {
    let mut reached = outside.to_vec();
    let mut best = Vec::new();
    for at in 0..reached.len() {
        let part = flooded(gray, |_| true, vec![at], &mut reached);
        if part.len() > best.len() {
            best = part;
        }
    }
    let mut pixels = vec![0; gray.pixels.len()];
    for at in best {
        pixels[at] = 255;
    }
    Gray { pixels, ..*gray }
}

/// How much brighter the sheet is a little inside its edge than a little outside, of the brighter: more so along three quarters of it.
fn jump(small: &Gray, inside: &Gray, bright: u8) -> f32 {
    /// Paper is not taken for darker than this, of the page's brightest: in deep shadow small differences are large shares.
    const DIM: f32 = 0.6;
    /// Pixels from the edge.
    const OFF: usize = 2;
    let (width, height) = (small.width, small.height);
    let mut jumps = Vec::new();
    let mut compare = |one: usize, other: usize, inner: Option<usize>, outer: Option<usize>| {
        if inside.pixels[one] > 0
            && inside.pixels[other] == 0
            && let (Some(inner), Some(outer)) = (inner, outer)
        {
            let (inner, outer) = (
                f32::from(small.pixels[inner]),
                f32::from(small.pixels[outer]),
            );
            jumps.push((inner - outer) / inner.max(DIM * f32::from(bright)).max(1.0));
        }
    };
    for y in 0..height {
        for x in 0..width {
            let at = |x: Option<usize>, y: Option<usize>| {
                let (x, y) = (x.filter(|x| *x < width)?, y.filter(|y| *y < height)?);
                Some(y * width + x)
            };
            let here = y * width + x;
            let (west, east) = (at(x.checked_sub(OFF), Some(y)), at(Some(x + OFF), Some(y)));
            let (north, south) = (at(Some(x), y.checked_sub(OFF)), at(Some(x), Some(y + OFF)));
            if x + 1 < width {
                compare(here, here + 1, west, east);
                compare(here + 1, here, east, west);
            }
            if y + 1 < height {
                compare(here, here + width, north, south);
                compare(here + width, here, south, north);
            }
        }
    }
    jumps.sort_by(f32::total_cmp);
    jumps.get(jumps.len() / 4).copied().unwrap_or(0.0)
}

/// The places within `reach` of one, itself included.
fn near(at: usize, reach: usize, width: usize, height: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (at % width, at / width);
    let columns = x.saturating_sub(reach)..(x + reach + 1).min(width);
    (y.saturating_sub(reach)..(y + reach + 1).min(height))
        .flat_map(move |y| columns.clone().map(move |x| y * width + x))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 600 by 800 pixels.
    fn picture(shade: impl Fn(usize, usize) -> [u8; 3]) -> Picture {
        let (width, height) = (600, 800);
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Picture {
            width,
            height,
            rgb: places.map(|(x, y)| shade(x, y)).collect(),
            dpi: None,
        }
    }

    fn gray(picture: &Picture) -> Gray {
        Gray {
            width: picture.width,
            height: picture.height,
            pixels: picture.rgb.iter().map(|rgb| rgb[0]).collect(),
        }
    }

    /// A sheet whose left edge leans, with a word on it, on a table of brown wood; light falls off from left to right.
    fn photo() -> Picture {
        picture(|x, y| {
            let is_paper = x > 60 + y / 20 && x < 530 && (50..740).contains(&y);
            let is_ink = (200..300).contains(&x) && (200..220).contains(&y);
            let lit = |shade: usize| (shade - shade * x / 1_000) as u8;
            match (is_paper, is_ink) {
                (true, true) => [40; 3],
                (true, false) => [lit(240); 3],
                _ => [lit(150 + y % 9), lit(110), lit(80)],
            }
        })
    }

    #[test]
    fn the_table_around_a_sheet_becomes_paper_and_the_sheet_stays() {
        let picture = photo();
        let sheet = find(&picture).unwrap();
        let mut even = gray(&picture);
        sheet.surround_with_paper(&mut even);
        assert_eq!(even.at(250, 210), 40);
        assert_eq!(even.at(400, 600), gray(&picture).at(400, 600));
        for (x, y) in [(5, 5), (20, 400), (590, 790), (300, 770)] {
            assert!((105..=240).contains(&even.at(x, y)), "{}", even.at(x, y));
        }
    }

    #[test]
    fn the_largest_of_many_parts_is_the_sheet() {
        // Tens of thousands of lone places and a block: a pass for each would take hours.
        let (width, height) = (600, 600);
        let is_block = |x: usize, y: usize| (201..401).contains(&x) && (101..501).contains(&y);
        let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let is_outside = |(x, y): (usize, usize)| !is_block(x, y) && (x % 2 == 1 || y % 2 == 1);
        let outside: Vec<bool> = places().map(is_outside).collect();
        let found = largest(&Gray::filled(width, height, 0), &outside);
        let expected = |(x, y): (usize, usize)| if is_block(x, y) { 255 } else { 0 };
        let differ = places().zip(&found.pixels);
        // Lone places at the block's sides hang together with it.
        let n_differ = differ.filter(|(at, is)| expected(*at) != **is).count();
        assert!(n_differ <= 2 * (200 + 400), "{n_differ}");
    }

    #[test]
    fn the_edges_of_a_sheet_are_known() {
        let edges = find(&photo()).unwrap().upright_edges(1);
        assert_eq!(edges.len(), 2);
        for (x, y) in &edges[0] {
            assert!((x - 60.0 - y / 20.0).abs() < 4.0, "{x} {y}");
        }
        assert!(edges[1].iter().all(|(x, _)| (x - 530.0).abs() < 4.0));
    }

    #[test]
    fn the_black_of_a_copier_is_no_edge_of_a_sheet() {
        let copy = picture(|x, _| if x < 30 { [10; 3] } else { [240; 3] });
        let sheet = find(&copy).unwrap();
        assert!(sheet.upright_edges(1).is_empty());
        let mut even = gray(&copy);
        sheet.surround_with_paper(&mut even);
        assert_eq!(even.at(3, 400), 240);
    }

    #[test]
    fn a_shadow_on_paper_is_no_end_of_it() {
        let fold = picture(|x, _| [(240.0 * (1.0 - 0.85 * (-(x as f32) / 90.0).exp())) as u8; 3]);
        assert_eq!(find(&fold), None);
    }

    #[test]
    fn a_page_without_surroundings_has_none() {
        let page = picture(|x, y| {
            if x % 20 < 3 && y % 30 < 15 {
                [20; 3]
            } else {
                [250; 3]
            }
        });
        assert_eq!(find(&page), None);
    }
}
