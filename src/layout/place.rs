//! Which cell each glyph belongs to: by clip, by the text it runs on from, by its middle.
//!
//! In: a page and its grids. Out: one [`Spot`] a glyph. Never: splits a word at a border that it overflows.

use crate::model::page::{Glyph, Page};

use super::lattice::Grid;
use super::lines::{follows, is_blank, size_of};
use super::params::LayoutParams;

/// Grid and cell of a glyph; `None` for text outside tables.
pub(super) type Spot = Option<(u32, u32)>;

/// Share of a cell that a clip has to cover to be that cell's.
const CLIP_SHARE: f32 = 0.6;

/// How far a text that only fills its cell may reach over the border, in ems: little more than the blank half of a
/// full-width bracket.
const SNUG_OVERFLOW_EM: f32 = 0.6;

/// Finds the cell of every glyph of a page.
///
/// A clip that fits a cell decides. Text that begins in a cell stays there even if it overflows into the next one, as
/// spreadsheets print it; text that overflows at both sides belongs to the cell it is centred on.
pub(super) fn place_glyphs(page: &Page, grids: &[Grid], params: &LayoutParams) -> Vec<Spot> {
    let mut by_area: Vec<usize> = (0..grids.len()).collect();
    // The innermost grid wins.
    by_area.sort_by(|&a, &b| {
        let area = |i: usize| grids[i].bbox().width() * grids[i].bbox().height();
        area(a).total_cmp(&area(b)).then(a.cmp(&b))
    });
    let spot_at = |x: f32, y: f32| -> Spot {
        by_area
            .iter()
            .find_map(|&g| grids[g].cell_at(x, y).map(|c| (g as u32, c as u32)))
    };
    let clip_spots = clip_spots(page, grids, &spot_at);
    let own = |glyph: &Glyph| spot_at(glyph.bbox.center_x(), glyph.bbox.center_y());
    let mut spots: Vec<Spot> = Vec::with_capacity(page.glyphs.len());
    let mut strand = Strand::default();
    let mut previous: Option<usize> = None;
    for (index, glyph) in page.glyphs.iter().enumerate() {
        if is_blank(glyph.ch) {
            spots.push(strand.spot);
            continue;
        }
        let clipped = glyph
            .clip
            .and_then(|c| clip_spots.get(c as usize).copied().flatten());
        let here = own(glyph);
        let goes_on = previous.is_some_and(|p| {
            let before = &page.glyphs[p];
            before.clip == glyph.clip
                && follows(
                    before,
                    glyph,
                    params.line_tolerance_em,
                    if before.run == glyph.run { 1.0 } else { 0.25 },
                )
                && (here == strand.spot
                    || !stops_at_border(before, glyph, strand.spot, grids, params))
        });
        let spot = if let Some(cell) = clipped {
            strand.close(&mut spots, page, grids);
            strand = Strand {
                first: index,
                spot: Some(cell),
                crosses: false,
                settled: true,
            };
            Some(cell)
        } else if goes_on && !strand.settled {
            strand.crosses |= here != strand.spot;
            strand.spot
        } else {
            strand.close(&mut spots, page, grids);
            strand = Strand {
                first: index,
                spot: here,
                crosses: false,
                settled: false,
            };
            here
        };
        spots.push(spot);
        previous = Some(index);
    }
    strand.close(&mut spots, page, grids);
    spots
}

/// For each clip of the page, the cell that it fits.
fn clip_spots(page: &Page, grids: &[Grid], spot_at: &dyn Fn(f32, f32) -> Spot) -> Vec<Spot> {
    page.clips
        .iter()
        .map(|clip| {
            let (grid, cell) = spot_at(clip.center_x(), clip.center_y())?;
            let around = grids
                .get(grid as usize)
                .map(|g| g.cell_box(&g.cells[cell as usize]))?;
            let (slack_x, slack_y) = (
                0.1 * around.width().min(30.0),
                0.1 * around.height().min(30.0),
            );
            let inside = clip.left >= around.left - slack_x
                && clip.right <= around.right + slack_x
                && clip.top >= around.top - slack_y
                && clip.bottom <= around.bottom + slack_y;
            let share =
                clip.width() * clip.height() / (around.width() * around.height()).max(f32::EPSILON);
            (inside && share >= CLIP_SHARE).then_some((grid, cell))
        })
        .collect()
}

/// Whether the white between two glyphs of a line holds the border of the cell they come from.
fn stops_at_border(
    before: &Glyph,
    glyph: &Glyph,
    spot: Spot,
    grids: &[Grid],
    params: &LayoutParams,
) -> bool {
    let Some(border) = spot.and_then(|(g, c)| {
        grids
            .get(g as usize)
            .map(|g| g.cell_box(&g.cells[c as usize]).right)
    }) else {
        return true;
    };
    let slack = 0.15 * size_of(before);
    let overflow = before.bbox.right - border;
    if before.run != glyph.run
        && overflow <= SNUG_OVERFLOW_EM * size_of(before)
        && glyph.bbox.left >= border - slack
    {
        // A text that fills its cell, and one that begins the next.
        return true;
    }
    if before.bbox.right > border + slack || glyph.bbox.left < border - slack {
        // The text is in the middle of overflowing.
        return false;
    }
    before.run != glyph.run
        || glyph.bbox.left - before.bbox.right >= params.space_gap_em * size_of(glyph)
}

/// Text that runs on from glyph to glyph.
#[derive(Default)]
struct Strand {
    first: usize,
    spot: Spot,
    crosses: bool,
    settled: bool,
}

impl Strand {
    /// Decides where a strand that crosses borders belongs; its glyphs are the last ones of `spots`.
    fn close(&self, spots: &mut [Spot], page: &Page, grids: &[Grid]) {
        if !self.crosses || self.settled {
            return;
        }
        let members: Vec<usize> = (self.first..spots.len())
            .filter(|&i| !is_blank(page.glyphs[i].ch))
            .collect();
        let Some(extent) = members
            .iter()
            .map(|&i| page.glyphs[i].bbox)
            .reduce(|a, b| a.union(&b))
        else {
            return;
        };
        let size = members
            .iter()
            .map(|&i| size_of(&page.glyphs[i]))
            .fold(1.0, f32::max);
        let box_of = |(g, c): (u32, u32)| {
            grids
                .get(g as usize)
                .map(|g| g.cell_box(&g.cells[c as usize]))
        };
        let starts_left = self
            .spot
            .and_then(box_of)
            .is_some_and(|b| extent.left - b.left <= size);
        if starts_left {
            return;
        }
        let mut candidates: Vec<(u32, u32)> = Vec::new();
        for &index in &members {
            let glyph = &page.glyphs[index];
            for (g, grid) in grids.iter().enumerate() {
                if let Some(c) = grid.cell_at(glyph.bbox.center_x(), glyph.bbox.center_y()) {
                    let spot = (g as u32, c as u32);
                    if candidates.last() != Some(&spot) && !candidates.contains(&spot) {
                        candidates.push(spot);
                    }
                }
            }
        }
        let centred = candidates.iter().copied().find(|&s| {
            box_of(s).is_some_and(|b| (b.center_x() - extent.center_x()).abs() <= 0.3 * size)
        });
        let flush_right = || {
            candidates.iter().copied().find(|&s| {
                box_of(s).is_some_and(|b| {
                    b.right - extent.right <= size && b.right - extent.right >= -0.2 * size
                })
            })
        };
        let chosen = centred.or_else(flush_right).or(self.spot);
        match chosen {
            Some(spot) => spots[self.first..].fill(Some(spot)),
            // It begins outside every table and fits no cell: each glyph goes where it stands.
            None => {
                for index in members {
                    let glyph = &page.glyphs[index];
                    let (x, y) = (glyph.bbox.center_x(), glyph.bbox.center_y());
                    spots[index] = grids
                        .iter()
                        .enumerate()
                        .find_map(|(g, grid)| grid.cell_at(x, y).map(|c| (g as u32, c as u32)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawing::{Drawing, describe_pages};
    use expect_test::{Expect, expect};

    const XS: [f32; 4] = [100.0, 150.0, 200.0, 250.0];

    fn check(drawing: Drawing, expected: Expect) {
        expected.assert_eq(&describe_pages(&[drawing.page()]));
    }

    fn grid() -> Drawing {
        Drawing::new()
            .grid(&XS, &[100.0, 120.0, 140.0])
            .row(&XS, 120.0, &["甲", "", "丙"])
    }

    #[test]
    fn text_that_overflows_stays_where_it_begins() {
        check(
            grid().text(102.0, 105.0, "项目支出绩效目标"),
            expect![[r#"
            = table 2 x 3 ruled
                0 | 0 项目支出绩效目标 | 1  | 2 
                1 | 0 甲 | 1  | 2 丙
        "#]],
        );
    }

    #[test]
    fn text_centred_on_a_cell_stays_there() {
        check(
            grid().centred(175.0, 105.0, "项目支出绩效目标"),
            expect![[r#"
                = table 2 x 3 ruled
                    0 | 0  | 1 项目支出绩效目标 | 2 
                    1 | 0 甲 | 1  | 2 丙
            "#]],
        );
    }

    #[test]
    fn one_run_over_several_cells_is_cut_at_borders() {
        check(
            grid().text(132.0, 105.0, "1.00    2.00"),
            expect![[r#"
            = table 2 x 3 ruled
                0 | 0 1.00 | 1 2.00 | 2 
                1 | 0 甲 | 1  | 2 丙
        "#]],
        );
    }

    #[test]
    fn texts_that_touch_at_a_border_stay_apart() {
        check(
            grid()
                .text(110.0, 105.0, "12345.00")
                .text(150.0, 105.0, "67890.00"),
            expect![[r#"
                = table 2 x 3 ruled
                    0 | 0 12345.00 | 1 67890.00 | 2 
                    1 | 0 甲 | 1  | 2 丙
            "#]],
        );
    }

    #[test]
    fn a_text_that_fills_its_cell_does_not_take_the_next_ones() {
        check(
            grid()
                .text(102.0, 105.0, "全年执行数")
                .text(152.0, 105.0, "权重"),
            expect![[r#"
                = table 2 x 3 ruled
                    0 | 0 全年执行数 | 1 权重 | 2 
                    1 | 0 甲 | 1  | 2 丙
            "#]],
        );
    }
}
