//! Shaded cells: a header on grey becomes one on paper.
//!
//! In: a flat page without rules, and its cells. Out: the page, each shaded cell with paper of its own. Never: touches what is outside of
//! cells, or a cell as light as paper.

use std::collections::BTreeMap;

use super::super::Gray;
use super::regions::Regions;

/// How much darker than that of most cells the rim of a shaded one is, shades.
const DARKER: u8 = 12;
/// A cell darker than this is no shading behind dark text.
const DARK: u8 = 110;
/// Least rim that tells, square ems.
const LEAST: f32 = 0.3;
/// Distances between rows and columns that are looked at, pixels.
const STEP: usize = 2;

/// Makes the ground of shaded cells paper; `em` is the size of characters, pixels.
pub(super) fn lighten(page: &mut Gray, regions: &Regions, em: f32) {
    let mut cells: BTreeMap<u32, Cell> = BTreeMap::new();
    for y in (0..page.height).step_by(STEP) {
        let row = page.row(y);
        for x in (0..page.width).step_by(STEP) {
            let Some(label) = regions.cell_at_rim(x, y) else {
                continue;
            };
            cells.entry(label).or_default().counts[usize::from(row[x])] += 1;
        }
    }
    let least = (LEAST * em * em) as u32 / (STEP * STEP) as u32;
    let mut usual: Vec<u8> = cells.values().map(Cell::usual).collect();
    usual.sort_unstable();
    let paper = usual.get(usual.len() / 2).copied().unwrap_or(255);
    let grounds: BTreeMap<u32, u8> = cells
        .iter()
        .filter_map(|(label, cell)| Some((*label, cell.ground(paper, least)?)))
        .collect();
    if grounds.is_empty() {
        return;
    }
    for y in 0..page.height {
        for x in 0..page.width {
            let Some(ground) = grounds.get(&regions.at(x as f32, y as f32)) else {
                continue;
            };
            let shade = &mut page.pixels[y * page.width + x];
            *shade = (u32::from(*shade) * 255 / u32::from(*ground)).min(255) as u8;
        }
    }
}

/// Shades along the rim of a cell.
struct Cell {
    counts: [u32; 256],
}

impl Default for Cell {
    fn default() -> Self {
        Self { counts: [0; 256] }
    }
}

impl Cell {
    /// The shade that half of it is lighter than.
    fn usual(&self) -> u8 {
        self.quantile(0.5)
    }

    /// What is lighter than this is the cell's ground; `None` where that is about as light as the paper of other cells, or no ground shows.
    fn ground(&self, paper: u8, least: u32) -> Option<u8> {
        let n: u32 = self.counts.iter().sum();
        let usual = self.usual();
        if n < least.max(20) || usual > paper.saturating_sub(DARKER) || usual < DARK {
            return None;
        }
        // Text is seldom on more than a fifth of the rim; what else is darker than usual is the ground's dots.
        let spread = usual - self.quantile(0.2);
        Some(usual - spread.saturating_mul(2).clamp(8, usual / 3))
    }

    fn quantile(&self, share: f32) -> u8 {
        let n: u32 = self.counts.iter().sum();
        let wanted = (n as f32 * share) as u32;
        let mut sum = 0;
        let shade = self.counts.iter().position(|count| {
            sum += count;
            sum > wanted
        });
        shade.map_or(255, |shade| shade as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules;
    use super::super::testing::table;
    use super::*;

    #[test]
    fn a_ground_of_dots_that_are_far_apart_is_a_third_darker_at_most() {
        let mut cell = Cell::default();
        cell.counts[20] = 40;
        cell.counts[180] = 60;
        assert_eq!(cell.ground(255, 20), Some(120));
    }

    #[test]
    fn the_ground_of_a_shaded_cell_becomes_paper() {
        let mut page = table();
        // The cell at the left of the upper row is grey and uneven, with a stroke in it.
        for y in 54..108 {
            for x in 54..246 {
                page.pixels[y * 500 + x] = 200 + ((x * 7 + y * 13) % 9) as u8;
            }
        }
        for x in 100..140 {
            page.pixels[80 * 500 + x] = 60;
        }
        let found = rules::find(&page, 30.0, 25, false);
        let mut clean = page.clone();
        found.erase(&mut clean, 30.0);
        let regions = Regions::of(&found, page.width, page.height);
        lighten(&mut clean, &regions, 30.0);
        assert_eq!(clean.at(200, 90), 255);
        assert!(
            (60..90).contains(&clean.at(120, 80)),
            "{}",
            clean.at(120, 80)
        );
        assert_eq!(clean.at(20, 20), page.at(20, 20));
    }
}
