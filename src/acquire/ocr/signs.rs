//! Signs of comparison, told by their strokes.
//!
//! In: the picture of a line that is one sign. Out: which of `<`, `>`, `≤`, `≥`, `=` it is, where its strokes say so.
//! Never: takes a letter or a digit for one: their strokes are not straight, or do not meet in a point.
//!
//! Recognisers learn text and are weak on a sign that stands alone: `≥` becomes `>`, `V` or `2`.

use super::Gray;

/// How sure a sign is whose strokes were counted.
pub(super) const SURENESS: f32 = 0.9;

/// From where to where small marks of one size reach that stand evenly beside one another, pixels; `None` where the
/// line holds anything else, or fewer than two. Small is less than half as high as the line's picture.
pub(super) fn equal_marks(image: &Gray) -> Option<Vec<(f32, f32)>> {
    /// Height of a mark, of the picture's: a star's, not a dot's.
    const HEIGHT: std::ops::Range<f32> = 0.15..0.47;
    /// Width of a mark in its height.
    const SHAPE: std::ops::Range<f32> = 0.6..1.6;
    /// How far sizes and distances may be off, of the mean.
    const OFF: f32 = 0.3;
    let darkest = *image.pixels.iter().min()?;
    // Halfway to white.
    let dark = darkest + (255 - darkest) / 2;
    let rows = image.pixels.chunks_exact(image.width.max(1));
    let inked = rows.map(|row| row.iter().any(|shade| *shade < dark));
    let inked: Vec<usize> = (0..)
        .zip(inked)
        .filter(|(_, is)| *is)
        .map(|(y, _)| y)
        .collect();
    let height = (inked.last()? - inked.first()? + 1) as f32;
    let is_column_inked = |x: usize| (0..image.height).any(|y| image.at(x, y) < dark);
    let mut marks: Vec<(f32, f32)> = Vec::new();
    for x in (0..image.width).filter(|x| is_column_inked(*x)) {
        let x = x as f32;
        match marks.last_mut() {
            Some(last) if last.1 >= x => last.1 = x + 1.0,
            _ => marks.push((x, x + 1.0)),
        }
    }
    let is_alike = |sizes: &[f32]| {
        let mean = sizes.iter().sum::<f32>() / sizes.len().max(1) as f32;
        sizes.iter().all(|size| (size - mean).abs() <= OFF * mean)
    };
    let widths: Vec<f32> = marks.iter().map(|(start, end)| end - start).collect();
    let steps: Vec<f32> = marks.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let is_small = HEIGHT.contains(&(height / image.height as f32))
        && widths.iter().all(|width| SHAPE.contains(&(width / height)));
    (marks.len() >= 2 && is_small && is_alike(&widths) && is_alike(&steps)).then_some(marks)
}

/// The strokes that a column of pixels crosses, from the top.
type Strokes = Vec<Stroke>;

/// Where a column of pixels crosses a stroke.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stroke {
    /// Its darkest place.
    middle: f32,
    /// Pixels that are at least half as dark as the sign's darkest.
    thickness: f32,
}

/// The sign that a picture shows; `None` where it is none, or not told clearly.
pub(super) fn sign_of(image: &Gray) -> Option<char> {
    let columns = inked(image)?.columns;
    if is_equals(&columns) {
        return Some('=');
    }
    if let Some(has_bar) = opens_to_the_left(&columns) {
        return Some(if has_bar { '≥' } else { '>' });
    }
    let mirrored: Vec<Strokes> = columns.into_iter().rev().collect();
    opens_to_the_left(&mirrored).map(|has_bar| if has_bar { '≤' } else { '<' })
}

/// Where the point of a sign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// As of `<`.
    Left,
    /// As of `>`.
    Right,
}

/// Whether a sign whose point is there has a bar, be it run together with the lower arm.
///
/// Blur moves ink and loses none: of `>` as much lies below the height of the point as above it, of `≥` about twice as
/// much. The upper arm, which no bar touches, tells how high the point is.
pub(super) fn has_bar(image: &Gray, point: Point) -> bool {
    /// Ink below the point, of that above it. Prints of `>` and `<` in fourteen fonts at five sizes and four blurs had at most 1.11.
    const MORE: f32 = 1.4;
    /// The part of the width in which arms stand apart, and where the upper one is followed.
    const OPEN: (f32, f32) = (0.08, 0.6);
    const FOLLOWED: f32 = 0.75;
    /// Darkness of blank paper, of the darkest place's.
    const BLANK: f32 = 0.12;
    let mirrored = Gray {
        pixels: image
            .pixels
            .chunks_exact(image.width.max(1))
            .flat_map(|row| row.iter().rev().copied())
            .collect(),
        ..*image
    };
    let image = if point == Point::Right {
        image
    } else {
        &mirrored
    };
    let Some(Inked { first, columns }) = inked(image) else {
        return false;
    };
    let width = columns.len() as f32;
    let share = |share: f32| (share * width) as usize;
    // Where there is one stroke only, the arms have run together.
    let upper = (share(OPEN.0)..share(FOLLOWED)).filter_map(|x| match columns.get(x)?.as_slice() {
        [upper, _, ..] => Some((x as f32, upper.middle)),
        _ => None,
    });
    let Some(upper) = straight(upper, height(&columns)).filter(|line| line.slope > LEAST_SLOPE)
    else {
        return false;
    };
    let tip = upper.at_0 + upper.slope * width;
    let darkest = 255.0 - f32::from(image.pixels.iter().min().copied().unwrap_or(255));
    let (mut above, mut below) = (0.0, 0.0);
    for x in share(OPEN.0)..share(OPEN.1) {
        for y in 0..image.height {
            let darkness = 255.0 - f32::from(image.at(first + x, y));
            if darkness >= BLANK * darkest {
                let side = if (y as f32 + 0.5) < tip {
                    &mut above
                } else {
                    &mut below
                };
                *side += darkness;
            }
        }
    }
    below >= MORE * above && above > 0.0
}

/// Least by which the upper arm of `>` goes down a pixel.
const LEAST_SLOPE: f32 = 0.12;

/// The columns of a picture that have strokes.
struct Inked {
    /// The first of them.
    first: usize,
    /// The strokes of each, to the last.
    columns: Vec<Strokes>,
}

/// The strokes of every column from the first to the last that has any.
fn inked(image: &Gray) -> Option<Inked> {
    /// Fewest columns that show anything.
    const LEAST: usize = 7;
    let darkest = f32::from(*image.pixels.iter().min()?);
    let all: Vec<Strokes> = (0..image.width)
        .map(|x| strokes(image, x, 255.0 - darkest))
        .collect();
    let first = all.iter().position(|strokes| !strokes.is_empty())?;
    let last = all.iter().rposition(|strokes| !strokes.is_empty())?;
    let columns = all.get(first..=last)?.to_vec();
    (columns.len() >= LEAST).then_some(Inked { first, columns })
}

/// The strokes of a column: what is darker than what lies between it and the next, be the gap only a little paler.
fn strokes(image: &Gray, x: usize, contrast: f32) -> Strokes {
    /// Least darkness of a stroke, of the darkest one's.
    const DARK: f32 = 0.4;
    /// By how much the gap between two strokes is paler, of the same.
    const GAP: f32 = 0.12;
    let darkness = |y: usize| (255.0 - f32::from(image.at(x, y))) / contrast.max(1.0);
    let mut found: Strokes = Vec::new();
    // The darkest row of the stroke at hand, or the palest since the last one.
    let (mut peak, mut valley): (Option<(usize, f32)>, f32) = (None, 0.0);
    for y in 0..=image.height {
        let here = if y < image.height { darkness(y) } else { 0.0 };
        match peak {
            Some((at, most)) if here < most - GAP => {
                if most >= DARK {
                    found.push(stroke(image, x, at, contrast));
                }
                (peak, valley) = (None, here);
            }
            Some((_, most)) if here > most => peak = Some((y, here)),
            Some(_) => {}
            None if here > valley + GAP => peak = Some((y, here)),
            None => valley = valley.min(here),
        }
    }
    found
}

/// The stroke whose darkest row in a column is `peak`.
fn stroke(image: &Gray, x: usize, peak: usize, contrast: f32) -> Stroke {
    let shade = |y: usize| f32::from(image.at(x, y));
    let darkest = shade(peak);
    let end = (peak..image.height).take_while(|y| shade(*y) <= darkest + 0.1 * contrast);
    let is_half = |y: &usize| shade(*y) < 255.0 - 0.5 * contrast;
    let above = (0..peak).rev().take_while(is_half).count();
    let below = (peak..image.height).take_while(is_half).count();
    Stroke {
        middle: peak as f32 + end.count() as f32 / 2.0,
        thickness: (above + below) as f32,
    }
}

/// Height of all ink.
fn height(columns: &[Strokes]) -> f32 {
    let middles = || columns.iter().flatten().map(|stroke| stroke.middle);
    let top = middles().fold(f32::INFINITY, f32::min);
    let bottom = middles().fold(0.0, f32::max);
    (bottom - top + 1.0).max(1.0)
}

/// Two level bars above one another.
fn is_equals(columns: &[Strokes]) -> bool {
    /// Share of the columns that have two strokes.
    const BOTH: f32 = 0.85;
    /// Most that a bar leaves its height, of the sign's width.
    const LEVEL: f32 = 0.12;
    let both: Vec<&Strokes> = columns
        .iter()
        .filter(|strokes| strokes.len() == 2)
        .collect();
    let width = columns.len() as f32;
    if (both.len() as f32) < BOTH * width || height(columns) > width {
        return false;
    }
    [0, 1].into_iter().all(|bar| {
        let at = || both.iter().map(|strokes| strokes[bar].middle);
        let (low, high) = (at().fold(f32::INFINITY, f32::min), at().fold(0.0, f32::max));
        high - low <= (LEVEL * width).max(1.0)
    })
}

/// Whether two straight arms run together from left to right, and whether a third stroke lies below them; `None` where they do not.
fn opens_to_the_left(columns: &[Strokes]) -> Option<bool> {
    /// The open part of the sign, where the arms are apart, as shares of its width.
    const OPEN: (f32, f32) = (0.08, 0.6);
    /// Share of the columns of the open part that have as many strokes as there are strokes.
    const SHARE: f32 = 0.6;
    /// Thickness of the strokes where the arms meet, of the sign's height.
    const THICK: f32 = 0.5;
    /// Most columns with a third stroke where there is no bar.
    const MIXED: f32 = 0.15;
    /// Width of a sign in its height.
    const SHAPE: (f32, f32) = (0.5, 2.2);
    let width = columns.len() as f32;
    let height = height(columns);
    if !(SHAPE.0 * height..SHAPE.1 * height).contains(&width) {
        return None;
    }
    let from = (OPEN.0 * width).ceil() as usize;
    let to = ((OPEN.1 * width) as usize).min(columns.len());
    let open: Vec<(f32, &Strokes)> = (from..to).map(|x| (x as f32, &columns[x])).collect();
    let with = |n: usize| {
        open.iter()
            .filter(|(_, strokes)| strokes.len() == n)
            .count() as f32
    };
    let enough = SHARE * open.len() as f32;
    // The open part of a sign with a bar is shorter: its arm comes down to the bar's side.
    let n = [3, 2].into_iter().find(|n| with(*n) >= enough)?;
    if n == 2 && (with(3) > MIXED * open.len() as f32 || is_thick_below(&open)) {
        return None;
    }
    let arms: Vec<(f32, f32, f32)> = open
        .iter()
        .filter(|(_, strokes)| strokes.len() == n)
        .map(|(x, strokes)| (*x, strokes[0].middle, strokes[1].middle))
        .collect();
    let upper = straight(arms.iter().map(|arm| (arm.0, arm.1)), height)?;
    let lower = straight(arms.iter().map(|arm| (arm.0, arm.2)), height)?;
    // The upper arm goes down, the lower goes up, and they meet at the right end.
    let is_point = upper.slope > LEAST_SLOPE && lower.slope < -LEAST_SLOPE && {
        let meet = (lower.at_0 - upper.at_0) / (upper.slope - lower.slope);
        (0.75 * width..1.3 * width).contains(&meet)
    };
    let meet = upper.at_0 + upper.slope * width;
    let is_near = |stroke: &Stroke| (stroke.middle - meet).abs() < 0.3 * height;
    let tip = &columns[columns.len().saturating_sub(3)..];
    let is_thin = tip
        .iter()
        .flatten()
        .all(|stroke| stroke.thickness <= THICK * height);
    let ends_in_point = is_thin && (n == 3 || columns.last()?.iter().all(is_near));
    // A bar is straight, level or along the lower arm.
    let bar = open.iter().filter(|(_, strokes)| strokes.len() == 3);
    let has_straight_bar = n == 2
        || straight(bar.map(|(x, strokes)| (*x, strokes[2].middle)), height)
            .is_some_and(|bar| bar.slope > lower.slope - 0.2 && bar.slope < 0.15);
    let is_point = is_point && has_straight_bar;
    (is_point && ends_in_point).then_some(n == 3)
}

/// Whether the lower arm is so much thicker than the upper that a bar may have run into it.
fn is_thick_below(open: &[(f32, &Strokes)]) -> bool {
    /// Thickness of the lower arm, of the upper's.
    const THICKER: f32 = 1.4;
    let thickness = |pick: fn(&Strokes) -> Option<&Stroke>| -> f32 {
        let strokes = open.iter().filter_map(|(_, strokes)| pick(strokes));
        strokes.map(|stroke| stroke.thickness).sum()
    };
    thickness(|strokes| strokes.last()) > THICKER * thickness(|strokes| strokes.first())
}

/// A straight line: y at x of 0, and by how much it falls a pixel.
struct Straight {
    at_0: f32,
    slope: f32,
}

/// The line through points, by least squares; `None` where they bend.
fn straight(points: impl Iterator<Item = (f32, f32)>, height: f32) -> Option<Straight> {
    /// Most that a point is off, of the sign's height, and pixels.
    const OFF: (f32, f32) = (0.07, 0.9);
    let points: Vec<(f32, f32)> = points.collect();
    let n = points.len() as f32;
    if n < 3.0 {
        return None;
    }
    let mean = |pick: fn(&(f32, f32)) -> f32| points.iter().map(pick).sum::<f32>() / n;
    let (mean_x, mean_y) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f32 = points.iter().map(|p| (p.0 - mean_x).powi(2)).sum();
    let both: f32 = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    let slope = both / spread.max(0.1);
    let at_0 = mean_y - slope * mean_x;
    let most = (OFF.0 * height).max(OFF.1);
    let is_straight = points
        .iter()
        .all(|(x, y)| (y - at_0 - slope * x).abs() <= most);
    is_straight.then_some(Straight { at_0, slope })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strokes between points of a square of 100, drawn this many pixels wide and this thick.
    fn drawn(strokes: &[&[(f32, f32)]], size: f32, thick: f32) -> Gray {
        let side = size as usize + 16;
        let mut image = Gray::filled(side, side, 255);
        for y in 0..side {
            for x in 0..side {
                let point = (x as f32 + 0.5 - 8.0, y as f32 + 0.5 - 8.0);
                let scaled = |p: (f32, f32)| (p.0 * size / 100.0, p.1 * size / 100.0);
                let nearest = strokes
                    .iter()
                    .flat_map(|stroke| stroke.windows(2))
                    .map(|pair| distance(point, scaled(pair[0]), scaled(pair[1])))
                    .fold(f32::INFINITY, f32::min);
                let shade = (nearest - thick / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0;
                image.pixels[y * side + x] = shade as u8;
            }
        }
        image
    }

    fn distance(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let along = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy).max(0.01);
        let t = along.clamp(0.0, 1.0);
        (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
    }

    const GREATER: &[(f32, f32)] = &[(5.0, 5.0), (95.0, 40.0), (5.0, 75.0)];
    const BAR: &[(f32, f32)] = &[(5.0, 97.0), (95.0, 97.0)];
    const SLANTED_BAR: &[(f32, f32)] = &[(5.0, 97.0), (90.0, 62.0)];

    fn mirrored(stroke: &[(f32, f32)]) -> Vec<(f32, f32)> {
        stroke.iter().map(|(x, y)| (100.0 - x, *y)).collect()
    }

    #[test]
    fn strokes_are_counted_at_all_sizes() {
        for size in [14.0, 20.0, 30.0, 48.0] {
            let check = |expected: char, strokes: &[&[(f32, f32)]]| {
                let thick = size / 14.0;
                assert_eq!(
                    sign_of(&drawn(strokes, size, thick)),
                    Some(expected),
                    "{size}"
                );
            };
            check('>', &[GREATER]);
            check('≥', &[GREATER, BAR]);
            check('≥', &[GREATER, SLANTED_BAR]);
            check('<', &[&mirrored(GREATER)]);
            check('≤', &[&mirrored(GREATER), &mirrored(BAR)]);
            check('≤', &[&mirrored(GREATER), &mirrored(SLANTED_BAR)]);
            let bars: [&[(f32, f32)]; 2] =
                [&[(5.0, 30.0), (95.0, 30.0)], &[(5.0, 65.0), (95.0, 65.0)]];
            check('=', &bars);
        }
    }

    #[test]
    fn a_bar_that_runs_into_the_arm_is_no_reason_to_take_it_for_none() {
        // So near that pixels between them are hardly paler.
        for gap in [7.0, 9.0, 11.0, 14.0] {
            let bar = [(5.0, 75.0 + gap), (90.0, 42.0 + gap)];
            for size in [14.0, 18.0, 24.0] {
                let sign = sign_of(&drawn(&[GREATER, &bar], size, 1.6));
                assert!(
                    sign.is_none_or(|sign| sign == '≥'),
                    "{gap} {size}: {sign:?}"
                );
            }
        }
    }

    /// Blurred by a mean over this many pixels, twice.
    fn blurred(image: &Gray, by: usize) -> Gray {
        let mean = |image: &Gray| {
            let at = |x: usize, y: usize| {
                let sum: u32 = (0..by * by)
                    .map(|k| {
                        u32::from(image.at(
                            (x + k % by).wrapping_sub(by / 2),
                            (y + k / by).wrapping_sub(by / 2),
                        ))
                    })
                    .sum();
                (sum / (by * by) as u32) as u8
            };
            Gray {
                pixels: (0..image.pixels.len())
                    .map(|k| at(k % image.width, k / image.width))
                    .collect(),
                ..*image
            }
        };
        mean(&mean(image))
    }

    #[test]
    fn a_blurred_bar_is_ink_below_the_point() {
        for (size, thick) in [(20.0, 2.0), (24.0, 2.0), (30.0, 3.0)] {
            for by in [1, 3] {
                let has = |strokes: &[&[(f32, f32)]], point| {
                    has_bar(&blurred(&drawn(strokes, size, thick), by), point)
                };
                let less = mirrored(GREATER);
                assert!(has(&[GREATER, SLANTED_BAR], Point::Right), "{size} {by}");
                assert!(has(&[GREATER, BAR], Point::Right), "{size} {by}");
                assert!(has(&[&less, &mirrored(BAR)], Point::Left), "{size} {by}");
                assert!(!has(&[GREATER], Point::Right), "{size} {by}");
                assert!(!has(&[&less], Point::Left), "{size} {by}");
                assert!(!has(&[&less, &mirrored(BAR)], Point::Right), "{size} {by}");
            }
        }
        assert!(!has_bar(&Gray::default(), Point::Left));
    }

    #[test]
    fn letters_and_digits_are_no_signs() {
        let round: Vec<(f32, f32)> = (0..=24)
            .map(|k| {
                let angle = k as f32 * std::f32::consts::PI / 12.0;
                (50.0 + 35.0 * angle.cos(), 50.0 + 45.0 * angle.sin())
            })
            .collect();
        type Drawn<'a> = Vec<&'a [(f32, f32)]>;
        let five = [
            (80.0, 5.0),
            (25.0, 5.0),
            (20.0, 45.0),
            (45.0, 35.0),
            (70.0, 42.0),
            (82.0, 65.0),
            (70.0, 88.0),
            (45.0, 97.0),
            (15.0, 88.0),
        ];
        let others: [(&str, Drawn<'_>); 11] = [
            ("5", vec![&five]),
            (
                "E",
                vec![
                    &[(85.0, 5.0), (15.0, 5.0), (15.0, 95.0), (85.0, 95.0)],
                    &[(15.0, 50.0), (75.0, 50.0)],
                ],
            ),
            ("0", vec![&round]),
            ("1", vec![&[(50.0, 5.0), (50.0, 95.0)]]),
            (
                "2",
                vec![&[
                    (15.0, 25.0),
                    (30.0, 8.0),
                    (55.0, 5.0),
                    (75.0, 15.0),
                    (80.0, 30.0),
                    (70.0, 48.0),
                    (15.0, 95.0),
                    (85.0, 95.0),
                ]],
            ),
            ("7", vec![&[(15.0, 5.0), (85.0, 5.0), (40.0, 95.0)]]),
            (
                "4",
                vec![&[(70.0, 95.0), (70.0, 5.0), (10.0, 65.0), (95.0, 65.0)]],
            ),
            (
                "Z",
                vec![&[(10.0, 5.0), (90.0, 5.0), (10.0, 95.0), (90.0, 95.0)]],
            ),
            ("V", vec![&[(5.0, 5.0), (50.0, 95.0), (95.0, 5.0)]]),
            (
                "X",
                vec![&[(5.0, 5.0), (95.0, 95.0)], &[(5.0, 95.0), (95.0, 5.0)]],
            ),
            (
                "K",
                vec![
                    &[(10.0, 0.0), (10.0, 100.0)],
                    &[(90.0, 0.0), (12.0, 50.0), (90.0, 100.0)],
                ],
            ),
        ];
        for (name, strokes) in others {
            for size in [16.0, 24.0, 40.0] {
                assert_eq!(
                    sign_of(&drawn(&strokes, size, size / 14.0)),
                    None,
                    "{name} {size}"
                );
            }
        }
        assert_eq!(sign_of(&Gray::filled(20, 20, 255)), None);
        assert_eq!(sign_of(&Gray::default()), None);
    }
}
