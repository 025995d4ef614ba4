//! Show-through: what the back of the sheet, or the next one, lets through is made paper.
//!
//! In: an even grey picture. Out: the same, without what is paler than all that is printed. Never: touches a page whose
//! pale marks are not told clearly from its dark ones.

use super::super::Gray;
use super::components::components;
use super::light;
use super::marks::{darkness, thickness};

/// Makes show-through white where a page has it.
pub(super) fn without_show_through(gray: Gray) -> Gray {
    match white_point(&gray) {
        Some(white) => whitened(gray, white),
        None => gray,
    }
}

/// The shade from which on marks are show-through; `None` where there is no clear difference.
///
/// Marks of the size of characters are put into two groups by how dark they are at their darkest, so that the groups
/// differ most (Otsu, IEEE Trans. SMC 9, 1979). Show-through is a group of its own: many marks, far paler, and hardly any between.
fn white_point(gray: &Gray) -> Option<u8> {
    /// Shades below paper at which a mark begins.
    const FAINT: f32 = 10.0;
    /// Least share that the smaller group has of all marks, and their least number.
    const LEAST: (f32, u32) = (0.04, 25);
    /// Least difference of the groups' means, shades.
    const APART: f32 = 60.0;
    /// Most marks that may be nearer to the border than a quarter of that difference, as a share of the smaller group.
    const BETWEEN: f32 = 0.25;
    /// Thickness of strokes that show through, of printed ones'.
    const SPREAD: f32 = 1.25;
    /// No print on a page of black print is as pale, shades.
    const FAR_PALER: f32 = 185.0;
    let faint = FAINT.max(3.0 * light::grain(gray));
    if faint > 60.0 {
        return None;
    }
    let ink = components(gray, (255.0 - faint) as u8);
    let counts = darkness(gray, &ink);
    let n: u32 = counts.iter().sum();
    let (border, dark, pale) = otsu(&counts)?;
    let (n_dark, n_pale) = (
        counts[..border].iter().sum::<u32>(),
        counts[border..].iter().sum::<u32>(),
    );
    let least = n_dark.min(n_pale);
    let near = (pale - dark) / 4.0;
    let between = counts
        .iter()
        .enumerate()
        .filter(|(shade, _)| (*shade as f32 - border as f32).abs() < near / 2.0)
        .map(|(_, count)| count)
        .sum::<u32>();
    let is_clear = pale - dark >= APART
        && least >= LEAST.1
        && least as f32 >= LEAST.0 * n as f32
        && between as f32 <= BETWEEN * least as f32;
    // Paper spreads what it lets through; what is no thicker may be thin print, which is paler than thick.
    let is_spread = || {
        let [print, back] = [0..border, border..256].map(|shades| thickness(gray, &ink, &shades));
        back >= SPREAD * print
    };
    (is_clear && (pale >= FAR_PALER || is_spread())).then(|| darkest_but_few(&counts, border))
}

/// The shade that hardly any mark from `border` on is darker than, and a little less.
fn darkest_but_few(counts: &[u32; 256], border: usize) -> u8 {
    const MARGIN: usize = 6;
    let few = counts[border..].iter().sum::<u32>() / 50;
    let mut sum = 0;
    let first = counts[border..].iter().position(|count| {
        sum += count;
        sum > few
    });
    let white = (border + first.unwrap_or(0)).saturating_sub(MARGIN);
    u8::try_from(white.max(border)).unwrap_or(u8::MAX)
}

/// The border between two groups of shades, the first of the paler group, and the groups' means.
fn otsu(counts: &[u32; 256]) -> Option<(usize, f32, f32)> {
    let weigh = |counts: &[u32], first: usize| -> (f32, f32) {
        let n: u32 = counts.iter().sum();
        let sum: f32 = counts
            .iter()
            .zip(first..)
            .map(|(count, shade)| *count as f32 * shade as f32)
            .sum();
        (n as f32, sum / (n as f32).max(1.0))
    };
    let found: Vec<(f32, usize, f32, f32)> = (1..256)
        .map(|border| {
            let (n_dark, dark) = weigh(&counts[..border], 0);
            let (n_pale, pale) = weigh(&counts[border..], border);
            (n_dark * n_pale * (pale - dark).powi(2), border, dark, pale)
        })
        .collect();
    let best = found.iter().map(|found| found.0).fold(0.0, f32::max);
    // All borders in a gap are as good: the middle one.
    let tied = found.iter().filter(|found| found.0 >= best * 0.999_9);
    let tied: Vec<_> = tied.collect();
    let (_, border, dark, pale) = *tied.get(tied.len() / 2)?;
    (best > 0.0).then_some((*border, *dark, *pale))
}

/// Shades up to `white` spread over all of them; what is lighter is white.
fn whitened(mut gray: Gray, white: u8) -> Gray {
    let white = f32::from(white.max(1));
    let table: Vec<u8> = (0..=255u8)
        .map(|shade| (f32::from(shade) * 255.0 / white).min(255.0) as u8)
        .collect();
    for sample in &mut gray.pixels {
        *sample = table[usize::from(*sample)];
    }
    gray
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with marks of these shades, one after the other, and pale edges around each.
    fn page(shades: &[u8]) -> Gray {
        let mut gray = Gray::filled(1000, 1400, 255);
        let places = (0..25).flat_map(|row| (0..20).map(move |column| (column, row)));
        for ((column, row), n) in places.zip(0..) {
            let (left, top) = (20 + column * 48, 20 + row * 54);
            let shade = shades[n % shades.len()];
            for y in top..top + 20 {
                let row = &mut gray.pixels[y * 1000 + left..y * 1000 + left + 20];
                row.fill(shade);
                row[0] = shade / 2 + 127;
            }
        }
        gray
    }

    #[test]
    fn what_the_back_lets_through_becomes_paper() {
        let clean = without_show_through(page(&[20, 190, 30, 25]));
        assert_eq!(clean.at(78, 30), 255);
        assert!(clean.at(30, 30) < 40);
        // Its edges are no darker than before.
        assert!(clean.at(20, 30) >= 137);
    }

    #[test]
    fn thin_print_beside_thick_is_no_show_through() {
        // Strokes of one pixel are paler than those of four.
        let drawn = |thin: usize, shade: u8| {
            let mut gray = Gray::filled(1000, 1400, 255);
            for n in 0..500 {
                let (left, top) = (20 + n % 20 * 48, 20 + n / 20 * 54);
                let (width, shade) = if n % 3 == 0 { (thin, shade) } else { (3, 20) };
                for y in top..top + 20 {
                    gray.pixels[y * 1000 + left..y * 1000 + left + width].fill(shade);
                }
            }
            gray
        };
        assert_eq!(without_show_through(drawn(2, 140)), drawn(2, 140));
        assert_eq!(without_show_through(drawn(7, 140)).at(23, 30), 255);
    }

    #[test]
    fn a_page_of_one_ink_is_left_as_it_is() {
        for shades in [
            &[30, 60, 45, 20][..],
            &[150, 170, 160],
            &[20, 60, 100, 140, 180],
        ] {
            assert_eq!(without_show_through(page(shades)), page(shades));
        }
    }
}
