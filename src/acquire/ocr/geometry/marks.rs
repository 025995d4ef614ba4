//! Marks: how dark what is printed is.

use super::super::Gray;
use super::components::{Component, Ink, components};
use super::light;

/// The ink of a page whose characters have size `em`: what is darker than `usual`, and paler strokes where that shows strokes rather than noise.
pub(super) fn ink(page: &Gray, usual: u8, em: f32) -> Ink {
    let pale = ink_shade(page, usual);
    let middle = u8::midpoint(pale, usual);
    for shade in [pale, middle] {
        let ink = components(page, shade);
        if shade <= usual || !is_noise(&ink, em) {
            return ink;
        }
    }
    components(page, usual)
}

/// Whether there are far more specks than characters.
fn is_noise(ink: &Ink, em: f32) -> bool {
    /// Size of a speck, ems, and of the parts of a character.
    const SPECK: f32 = 0.1;
    const PART: f32 = 0.3;
    /// Specks for a part of a character, and specks that any page may have.
    const MANY: (usize, usize) = (2, 100);
    let size = |c: &&Component| c.width().max(c.height()) / em.max(1.0);
    let specks = ink.components.iter().filter(|c| size(c) < SPECK).count();
    let parts = ink.components.iter().filter(|c| size(c) > PART).count();
    specks > MANY.0 * parts + MANY.1
}

/// The shade from which on a pixel is ink: `usual`, or paler where the characters of a page are pale themselves, as thin strokes that were
/// blurred or drawn anew are beside heavy rules.
fn ink_shade(gray: &Gray, usual: u8) -> u8 {
    /// Shades below paper at which a mark begins.
    const FAINT: f32 = 30.0;
    /// How dark the pale parts of a stroke are, of what a character's darkest are.
    const PALE: f32 = 0.35;
    /// Ink is always so many times darker than what blank paper shows, and at least so dark.
    const LEAST: (f32, f32) = (1.8, 40.0);
    /// Fewest characters that tell.
    const FEWEST: u32 = 20;
    let grain = light::grain(gray);
    let faint = FAINT.max(3.0 * grain);
    if faint > 60.0 {
        return usual;
    }
    let counts = darkness(gray, &components(gray, (255.0 - faint) as u8));
    let n: u32 = counts.iter().sum();
    if n < FEWEST {
        return usual;
    }
    let mut sum = 0;
    let middle = counts.iter().position(|count| {
        sum += count;
        2 * sum > n
    });
    let dark = 255.0 - middle.unwrap_or(0) as f32;
    let paper = 255.0 - f32::from(paper(gray));
    let below = (PALE * dark).max(LEAST.0 * paper).max(LEAST.1);
    ((255.0 - below).max(0.0) as u8).max(usual)
}

/// The shade that hardly any pixel of blank paper is darker than, whatever noise, dust or structure it has; dark where no part of a page is blank.
pub(super) fn paper(gray: &Gray) -> u8 {
    /// Pixels of a tile's side.
    const TILE: usize = 32;
    /// Share of the tiles that are taken for blank.
    const BLANK: f32 = 0.3;
    /// Pixels of a tile that may be darker.
    const FEW: u32 = 5;
    let (columns, rows) = (gray.width / TILE, gray.height / TILE);
    let darkest = |(column, row): (usize, usize)| {
        let columns = column * TILE..(column + 1) * TILE;
        let rows = row * TILE..(row + 1) * TILE;
        let counts = light::histogram(rows.map(|y| &gray.row(y)[columns.clone()]));
        let mut sum = 0;
        let shade = counts.iter().position(|count| {
            sum += count;
            sum > FEW
        });
        shade.map_or(255, |shade| shade as u8)
    };
    let mut tiles: Vec<u8> = (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (column, row)))
        .map(darkest)
        .collect();
    tiles.sort_unstable_by(|a, b| b.cmp(a));
    let blank = (tiles.len() as f32 * BLANK) as usize;
    tiles.get(blank).copied().unwrap_or(255)
}

/// How many marks of the size of characters are how dark at their darkest.
pub(super) fn darkness(gray: &Gray, ink: &Ink) -> [u32; 256] {
    let mut counts = [0u32; 256];
    for component in of_characters(gray, ink) {
        counts[usize::from(darkest(gray, ink, component))] += 1;
    }
    counts
}

/// How thick the strokes of marks of the size of characters are whose darkest shade is one of these, pixels: a quarter of
/// the runs along rows of what is at least half as dark as its mark are no longer. 0 where there are none.
pub(super) fn thickness(gray: &Gray, ink: &Ink, shades: &std::ops::Range<usize>) -> f32 {
    let mut lengths: Vec<u32> = Vec::new();
    for component in of_characters(gray, ink) {
        let darkest = darkest(gray, ink, component);
        if !shades.contains(&usize::from(darkest)) {
            continue;
        }
        let half = darkest + (255 - darkest) / 2;
        for run in &ink.runs[component.runs.clone()] {
            let row = &gray.row(run.y as usize)[run.start as usize..run.end as usize];
            let dark = row.chunk_by(|a, b| (*a < half) == (*b < half));
            lengths.extend(dark.filter(|run| run[0] < half).map(|run| run.len() as u32));
        }
    }
    lengths.sort_unstable();
    lengths
        .get(lengths.len() / 4)
        .map_or(0.0, |length| *length as f32)
}

/// Marks of the size of characters.
fn of_characters<'a>(gray: &Gray, ink: &'a Ink) -> impl Iterator<Item = &'a Component> {
    /// Heights of characters, as a share of the longer side of a page.
    const HEIGHTS: (f32, f32) = (0.005, 0.03);
    let side = gray.width.max(gray.height) as f32;
    let heights = HEIGHTS.0 * side..HEIGHTS.1 * side;
    ink.components
        .iter()
        .filter(move |component| heights.contains(&component.height()))
}

/// The shade that a tenth of a mark is no lighter than.
fn darkest(gray: &Gray, ink: &Ink, component: &Component) -> u8 {
    let mut counts = [0u32; 256];
    for run in &ink.runs[component.runs.clone()] {
        for shade in &gray.row(run.y as usize)[run.start as usize..run.end as usize] {
            counts[usize::from(*shade)] += 1;
        }
    }
    let wanted = component.area / 10;
    let mut sum = 0;
    let shade = counts.iter().position(|count| {
        sum += count;
        sum > wanted
    });
    shade.map_or(255, |shade| shade as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters of this shade, with strokes of half that darkness.
    fn page(shade: u8) -> Gray {
        let mut gray = Gray::filled(600, 900, 255);
        for (row, column) in (0..10).flat_map(|row| (0..8).map(move |column| (row, column))) {
            for y in 0..16 {
                let at = (30 + row * 60 + y) * 600 + 30 + column * 60;
                gray.pixels[at..at + 4].fill(shade);
                gray.pixels[at + 4..at + 16].fill(shade / 2 + 127);
            }
        }
        gray
    }

    #[test]
    fn pale_strokes_of_pale_characters_are_ink() {
        let shade = ink_shade(&page(100), 150);
        assert!((178..230).contains(&shade), "{shade}");
    }

    #[test]
    fn noise_is_no_ink() {
        let noisy = |n: usize| {
            let mut gray = page(100);
            for k in 0..n {
                gray.pixels[(k * 7919) % (600 * 900)] = 190;
            }
            ink(&gray, 150, 20.0).components
        };
        let clean = noisy(0);
        assert!(clean.iter().all(|c| c.width() > 14.0), "pale strokes");
        assert!(
            noisy(3000).iter().all(|c| c.width() < 5.0),
            "dark parts only"
        );
    }

    #[test]
    fn structured_paper_is_no_ink() {
        let mut gray = page(100);
        // Blots four pixels wide, all over the page.
        for (k, shade) in gray.pixels.iter_mut().enumerate() {
            let (x, y) = (k % 600, k / 600);
            if *shade == 255 && (x / 4 + 3 * (y / 4)) % 7 == 0 {
                *shade = 215;
            }
        }
        assert!(ink_shade(&gray, 150) < 190);
    }

    #[test]
    fn black_characters_need_no_other_shade() {
        assert!(ink_shade(&page(0), 150) < 180);
        assert_eq!(ink_shade(&Gray::filled(300, 300, 255), 150), 150);
    }
}
