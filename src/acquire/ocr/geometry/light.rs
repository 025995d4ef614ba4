//! Light: a grey picture becomes even, dark ink on white, whatever the paper and the shadow on it.
//!
//! In: a [`Gray`]. Out: a [`Gray`] and what is known of its noise. Never: decides what is text.

use super::super::Gray;

/// Pixels of a tile whose brightest part is taken for paper.
const TILE: usize = 32;
/// Least share of the page's paper that a tile's paper has; what is darker is no shadow but a black border.
const DARKEST_PAPER: f32 = 0.3;

/// Shrunk by a whole number: each pixel is the mean of `by` times `by`.
pub(super) fn shrunk(gray: &Gray, by: usize) -> Gray {
    if by <= 1 {
        return gray.clone();
    }
    let (width, height) = (gray.width / by, gray.height / by);
    if width == 0 || height == 0 {
        return gray.clone();
    }
    let mut pixels = Vec::with_capacity(width * height);
    let mut sums = vec![0u32; width];
    let n = u32::try_from(by * by).unwrap_or(u32::MAX);
    for y in 0..height {
        sums.fill(0);
        for row in 0..by {
            let samples = gray.row(y * by + row);
            for (sum, group) in sums.iter_mut().zip(samples.chunks_exact(by)) {
                *sum += group.iter().map(|s| u32::from(*s)).sum::<u32>();
            }
        }
        pixels.extend(
            sums.iter()
                .map(|sum| u8::try_from((sum + n / 2) / n).unwrap_or(255)),
        );
    }
    Gray {
        width,
        height,
        pixels,
    }
}

/// Turned by a quarter to the right.
pub(super) fn turned_right(gray: &Gray) -> Gray {
    let mut turned = transposed(gray);
    for row in turned.pixels.chunks_exact_mut(gray.height.max(1)) {
        row.reverse();
    }
    turned
}

/// Rows become columns.
pub(super) fn transposed(gray: &Gray) -> Gray {
    const BLOCK: usize = 16;
    let (width, height) = (gray.width, gray.height);
    let mut pixels = vec![255; width * height];
    for top in (0..height).step_by(BLOCK) {
        let n_rows = BLOCK.min(height - top);
        for left in (0..width).step_by(BLOCK) {
            let n_columns = BLOCK.min(width - left);
            let mut block = [[0u8; BLOCK]; BLOCK];
            for (row, y) in block.iter_mut().zip(top..top + n_rows) {
                row[..n_columns].copy_from_slice(&gray.row(y)[left..left + n_columns]);
            }
            let columns: [[u8; BLOCK]; BLOCK] =
                std::array::from_fn(|x| std::array::from_fn(|y| block[y][x]));
            for (column, x) in columns.iter().zip(left..left + n_columns) {
                let to = x * height + top;
                pixels[to..to + n_rows].copy_from_slice(&column[..n_rows]);
            }
        }
    }
    Gray {
        width: height,
        height: width,
        pixels,
    }
}

/// Even light: every pixel as a share of the paper around it, 255 on paper; ink is stretched until it is dark.
pub(super) fn evened(gray: &Gray) -> Gray {
    if gray.width == 0 || gray.height == 0 {
        return gray.clone();
    }
    let paper = Paper::of(gray);
    let columns = Columns::of(gray.width, paper.n_columns);
    let mut pixels = vec![255u8; gray.pixels.len()];
    let mut row_paper = vec![255.0f32; gray.width];
    for (y, row) in pixels.chunks_exact_mut(gray.width).enumerate() {
        paper.row(y, &columns, &mut row_paper);
        for ((to, sample), paper) in row.iter_mut().zip(gray.row(y)).zip(&row_paper) {
            // Whole numbers between are what a processor does several of at a time.
            *to = (f32::from(*sample) * 255.0 / paper).min(255.0) as i32 as u8;
        }
    }
    let mut even = Gray { pixels, ..*gray };
    stretch(&mut even);
    even
}

/// Makes faint ink dark: the shade of the darkest thirtieth of what is not paper becomes nearly black.
fn stretch(gray: &mut Gray) {
    /// What is darker than this may be ink.
    const NO_PAPER: usize = 215;
    const DARK_SHARE: f32 = 0.25;
    /// Most of a page that is ink: what else is dark is the paper's own structure, waves of light on it, or what lies around it.
    const MOST_INK: f32 = 0.12;
    /// Ink is never stretched more than this: it would be noise.
    const MOST: f32 = 3.0;
    let counts = histogram(gray.pixels.chunks(gray.width.max(1)));
    let n_dark: u32 = counts[..NO_PAPER].iter().sum();
    if n_dark == 0 {
        return;
    }
    let wanted = (n_dark as f32).min(MOST_INK * gray.pixels.len() as f32) * DARK_SHARE;
    let mut sum = 0;
    let dark = counts
        .iter()
        .position(|count| {
            sum += count;
            sum as f32 >= wanted
        })
        .unwrap_or(0);
    let gain = (235.0 / (255.0 - dark as f32).max(1.0)).clamp(1.0, MOST);
    if gain < 1.05 {
        return;
    }
    let table: Vec<u8> = (0..256u32)
        .map(|shade| (255.0 - (255.0 - shade as f32) * gain).max(0.0) as u8)
        .collect();
    for sample in &mut gray.pixels {
        *sample = table[usize::from(*sample)];
    }
}

/// How bright the paper is, tile by tile.
struct Paper {
    n_columns: usize,
    n_rows: usize,
    /// 1 to 255.
    tiles: Vec<f32>,
}

impl Paper {
    fn of(gray: &Gray) -> Self {
        let (n_columns, n_rows) = (gray.width.div_ceil(TILE), gray.height.div_ceil(TILE));
        let mut raw = Vec::with_capacity(n_columns * n_rows);
        for row in 0..n_rows {
            for column in 0..n_columns {
                raw.push(brightest(gray, column * TILE, row * TILE));
            }
        }
        let mut sorted = raw.clone();
        sorted.sort_by(f32::total_cmp);
        let page = sorted.get(sorted.len() / 2).copied().unwrap_or(255.0);
        let least = (page * DARKEST_PAPER).max(1.0);
        // The middle of the neighbours, so that a thick letter does not count as paper; then smooth.
        let around = |tiles: &[f32], pick: fn(&[f32]) -> f32| -> Vec<f32> {
            let mut found = Vec::with_capacity(tiles.len());
            let mut near = Vec::with_capacity(9);
            for row in 0..n_rows {
                for column in 0..n_columns {
                    near.clear();
                    for y in row.saturating_sub(1)..(row + 2).min(n_rows) {
                        for x in column.saturating_sub(1)..(column + 2).min(n_columns) {
                            near.push(tiles[y * n_columns + x]);
                        }
                    }
                    found.push(pick(&near));
                }
            }
            found
        };
        let bright = around(&raw, |near| {
            let mut near = near.to_vec();
            near.sort_by(f32::total_cmp);
            near[near.len() / 2]
        });
        let smooth = around(&bright, |near| near.iter().sum::<f32>() / near.len() as f32);
        Self {
            n_columns,
            n_rows,
            tiles: smooth.into_iter().map(|tile| tile.max(least)).collect(),
        }
    }

    /// The paper along a row of pixels, whose columns lie between the middles of tiles.
    fn row(&self, y: usize, columns: &Columns, paper: &mut [f32]) {
        let row = Between::of(y, self.n_rows);
        let mix = |x: usize| {
            let upper = self.tiles[row.first * self.n_columns + x];
            let lower = self.tiles[row.second * self.n_columns + x];
            upper + (lower - upper) * row.share
        };
        let tiles: Vec<f32> = (0..self.n_columns).map(mix).collect();
        let mut paper = paper;
        let mut shares = columns.shares.as_slice();
        for (n, first, second) in &columns.runs {
            let (same, rest) = paper.split_at_mut((*n).min(paper.len()));
            let (own, others) = shares.split_at((*n).min(shares.len()));
            let (left, right) = (tiles[*first], tiles[*second]);
            for (paper, share) in same.iter_mut().zip(own) {
                *paper = left + (right - left) * share;
            }
            (paper, shares) = (rest, others);
        }
    }
}

/// Where the columns of a page lie between the middles of its tiles.
struct Columns {
    /// Columns between the same tiles, from left to right: how many, and which tiles.
    runs: Vec<(usize, usize, usize)>,
    /// For each column how far it is from the first tile to the second.
    shares: Vec<f32>,
}

impl Columns {
    /// Of a page so wide, of so many tiles, at least one.
    fn of(width: usize, n_tiles: usize) -> Self {
        let all: Vec<Between> = (0..width).map(|x| Between::of(x, n_tiles)).collect();
        let same = all.chunk_by(|a, b| (a.first, a.second) == (b.first, b.second));
        Self {
            runs: same.map(|s| (s.len(), s[0].first, s[0].second)).collect(),
            shares: all.iter().map(|between| between.share).collect(),
        }
    }
}

/// Between the middles of which tiles a pixel lies, along one axis.
struct Between {
    first: usize,
    second: usize,
    /// How far it is from the first to the second, 0.0 to 1.0.
    share: f32,
}

impl Between {
    /// Of a pixel of an axis of `n` tiles, at least one.
    fn of(pixel: usize, n: usize) -> Self {
        let at = (pixel as f32 + 0.5) / TILE as f32 - 0.5;
        let at = at.clamp(0.0, (n - 1) as f32);
        let first = at as usize;
        Self {
            first,
            second: (first + 1).min(n - 1),
            share: at - first as f32,
        }
    }
}

/// How many samples of these rows have each shade.
///
/// Four counts are kept, because neighbours are mostly of one shade, and a processor waits for a count before it counts on.
pub(super) fn histogram<'a>(rows: impl Iterator<Item = &'a [u8]>) -> [u32; 256] {
    let mut counts = [[0u32; 256]; 4];
    for row in rows {
        let (fours, rest) = row.as_chunks::<4>();
        for four in fours {
            for (counts, shade) in counts.iter_mut().zip(four) {
                counts[usize::from(*shade)] += 1;
            }
        }
        for shade in rest {
            counts[0][usize::from(*shade)] += 1;
        }
    }
    let [mut sum, b, c, d] = counts;
    for (((sum, b), c), d) in sum.iter_mut().zip(b).zip(c).zip(d) {
        *sum += b + c + d;
    }
    sum
}

/// The shade that four fifths of a tile are no brighter than.
fn brightest(gray: &Gray, left: usize, top: usize) -> f32 {
    let columns = left..(left + TILE).min(gray.width);
    let rows = top..(top + TILE).min(gray.height);
    let n = u32::try_from(columns.len() * rows.len()).unwrap_or(u32::MAX);
    let counts = histogram(rows.map(|y| &gray.row(y)[columns.clone()]));
    let wanted = n * 4 / 5;
    let mut sum = 0;
    let shade = counts
        .iter()
        .position(|count| {
            sum += count;
            sum > wanted
        })
        .unwrap_or(255);
    (shade as f32).max(1.0)
}

/// Share of paper pixels that differ much from their neighbours on both sides: salt, pepper and dither.
pub(super) fn speckle(gray: &Gray) -> f32 {
    const STEP: usize = 7;
    const MUCH: i16 = 90;
    let (mut n, mut n_specks) = (0u32, 0u32);
    for y in (1..gray.height.saturating_sub(1)).step_by(STEP) {
        let (above, row, below) = (gray.row(y - 1), gray.row(y), gray.row(y + 1));
        for x in 1..gray.width.saturating_sub(1) {
            let at = i16::from(row[x]);
            let near = [row[x - 1], row[x + 1], above[x], below[x]].map(i16::from);
            n += 1;
            let is_speck = near.iter().all(|s| s - at > MUCH) || near.iter().all(|s| at - s > MUCH);
            n_specks += u32::from(is_speck);
        }
    }
    if n == 0 {
        0.0
    } else {
        n_specks as f32 / n as f32
    }
}

/// Standard deviation of the noise, in shades: from how much pixels differ from the mean of their neighbours, in the flat half of the picture.
pub(super) fn grain(gray: &Gray) -> f32 {
    const STEP: usize = 5;
    let mut counts = [0u32; 256];
    let (mut n, mut n_all) = (0u32, 0u32);
    for y in (1..gray.height.saturating_sub(1)).step_by(STEP) {
        let row = gray.row(y);
        n_all += u32::try_from(row.len()).unwrap_or(u32::MAX);
        for x in 1..gray.width.saturating_sub(1) {
            // Paper that is brighter than white is cut off: it says nothing.
            if row[x] >= 254 || row[x] < 180 {
                continue;
            }
            let mean = (u16::from(row[x - 1]) + u16::from(row[x + 1])) / 2;
            counts[usize::from(u16::from(row[x]).abs_diff(mean).min(255))] += 1;
            n += 1;
        }
    }
    // On paper without noise the greys are edges of ink.
    if n < 1000 || n < n_all / 20 {
        return 0.0;
    }
    let mut sum = 0;
    let median = counts.iter().position(|count| {
        sum += count;
        sum > n / 2
    });
    // Median of |d| where d has 1.5 times the variance of a pixel.
    median.unwrap_or(0) as f32 / 0.6745 / 1.2247
}

/// The weighted mean of each pixel and its eight neighbours: 4 for itself, 2 for those beside it, 1 for the corners.
pub(super) fn smoothed(gray: &Gray) -> Gray {
    let (width, height) = (gray.width, gray.height);
    if width < 3 || height < 3 {
        return gray.clone();
    }
    let mut pixels = gray.pixels.clone();
    for y in 1..height - 1 {
        let (above, row, below) = (gray.row(y - 1), gray.row(y), gray.row(y + 1));
        let column = |x: usize| u16::from(above[x]) + 2 * u16::from(row[x]) + u16::from(below[x]);
        for (x, to) in (1..width - 1).zip(&mut pixels[y * width + 1..]) {
            *to = ((column(x - 1) + 2 * column(x) + column(x + 1) + 8) / 16) as u8;
        }
    }
    Gray { pixels, ..*gray }
}

/// Without pixels that differ much from all their neighbours but one: the darkest or brightest becomes the middle of its
/// neighbours. A line of one pixel stays, as the median would not leave it.
pub(super) fn without_lone_specks(gray: &Gray) -> Gray {
    /// How much a speck differs, shades.
    const MUCH: i16 = 60;
    /// Neighbours that differ.
    const MANY: usize = 7;
    let (width, height) = (gray.width, gray.height);
    if width < 3 || height < 3 {
        return gray.clone();
    }
    let mut pixels = gray.pixels.clone();
    for y in 1..height - 1 {
        let rows = [gray.row(y - 1), gray.row(y), gray.row(y + 1)];
        let to = &mut pixels[y * width..(y + 1) * width];
        for x in 1..width - 1 {
            let at = i16::from(rows[1][x]);
            // Most pixels are as those beside them.
            if (i16::from(rows[1][x - 1]) - at).abs() <= MUCH
                && (i16::from(rows[1][x + 1]) - at).abs() <= MUCH
            {
                continue;
            }
            let [above, row, below] = rows.map(|row| [row[x - 1], row[x], row[x + 1]]);
            let mut near = [
                above[0], above[1], above[2], row[0], row[2], below[0], below[1], below[2],
            ];
            let count = |differs: fn(i16, i16) -> bool| {
                near.iter().filter(|s| differs(i16::from(**s), at)).count()
            };
            if count(|s, at| s - at > MUCH) >= MANY || count(|s, at| at - s > MUCH) >= MANY {
                near.sort_unstable();
                to[x] = near[4];
            }
        }
    }
    Gray {
        width,
        height,
        pixels,
    }
}

/// The median of each pixel and its eight neighbours.
pub(super) fn without_specks(gray: &Gray) -> Gray {
    let (width, height) = (gray.width, gray.height);
    if width < 3 || height < 3 {
        return gray.clone();
    }
    let mut pixels = gray.pixels.clone();
    for y in 1..height - 1 {
        let (above, row, below) = (gray.row(y - 1), gray.row(y), gray.row(y + 1));
        let to = &mut pixels[y * width..(y + 1) * width];
        for x in 1..width - 1 {
            let sorted = |a: u8, b: u8, c: u8| {
                let (low, high) = (a.min(b), a.max(b));
                (low.min(c), low.max(high.min(c)), high.max(c))
            };
            let a = sorted(above[x - 1], row[x - 1], below[x - 1]);
            let b = sorted(above[x], row[x], below[x]);
            let c = sorted(above[x + 1], row[x + 1], below[x + 1]);
            // The median of nine is the median of: largest of the lowest, middle of the middle, lowest of the largest.
            let low = a.0.max(b.0).max(c.0);
            let middle = sorted(a.1, b.1, c.1).1;
            let high = a.2.min(b.2).min(c.2);
            to[x] = sorted(low, middle, high).1;
        }
    }
    Gray {
        width,
        height,
        pixels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: usize, height: usize, shade: impl Fn(usize, usize) -> u8) -> Gray {
        let pixels = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| shade(x, y))
            .collect();
        Gray {
            width,
            height,
            pixels,
        }
    }

    #[test]
    fn four_quarter_turns_are_none() {
        let picture = gray(5, 3, |x, y| (x * 10 + y) as u8);
        let once = turned_right(&picture);
        assert_eq!((once.width, once.height), (3, 5));
        // The lower left corner comes to the upper left.
        assert_eq!(once.at(0, 0), picture.at(0, 2));
        let twice = turned_right(&once);
        assert_eq!(twice, picture.turned_by_half());
        assert_eq!(turned_right(&turned_right(&twice)), picture);
    }

    #[test]
    fn a_shadow_becomes_paper_and_ink_stays() {
        let picture = gray(300, 200, |x, y| {
            let paper = 250.0 - x as f32 * 0.3;
            let is_ink = x % 40 < 3 && y % 20 < 12;
            (if is_ink { paper * 0.3 } else { paper }) as u8
        });
        let even = evened(&picture);
        for x in [20, 150, 290] {
            assert!(even.at(x, 100) > 225, "{x}: {}", even.at(x, 100));
        }
        for x in [41, 161, 281] {
            assert!(even.at(x, 105) < 60, "{x}: {}", even.at(x, 105));
        }
    }

    #[test]
    fn waves_of_light_on_paper_are_not_stretched_into_ink() {
        // Dark strokes, on paper half of which is a third darker than the rest.
        let picture = gray(300, 200, |x, y| {
            let is_ink = x % 60 < 4 && y % 20 < 12;
            match (is_ink, (x + y) % 12 < 6) {
                (true, _) => 30,
                (false, true) => 160,
                (false, false) => 240,
            }
        });
        let even = evened(&picture);
        assert!(even.at(2, 5) < 60);
        let darkest = (4..56).map(|x| even.at(x, 5)).min();
        assert!(darkest > Some(150), "{darkest:?}");
    }

    #[test]
    fn a_black_border_stays_black() {
        let picture = gray(400, 300, |x, _| if x < 100 { 5 } else { 240 });
        assert!(evened(&picture).at(40, 100) < 40);
    }

    #[test]
    fn lone_specks_go_and_lines_of_one_pixel_stay() {
        let picture = gray(50, 50, |x, y| {
            let is_speck = (x * 7 + y * 13) % 61 == 0;
            if x == 20 || is_speck { 0 } else { 255 }
        });
        let clean = without_lone_specks(&picture);
        assert!(speckle(&clean) < 0.001);
        assert!((1..49).all(|y| clean.at(20, y) == 0));
    }

    #[test]
    fn specks_go_and_strokes_stay() {
        let picture = gray(50, 50, |x, y| {
            let is_speck = (x * 7 + y * 13) % 61 == 0;
            let is_stroke = (20..24).contains(&x);
            if is_stroke || is_speck { 0 } else { 255 }
        });
        assert!(speckle(&picture) > 0.005);
        let clean = without_specks(&picture);
        assert!(speckle(&clean) < 0.001);
        assert_eq!(clean.at(22, 25), 0);
    }
}
