//! Where the points of a page as it is read lie on the page as it is displayed.
//!
//! A page that was recognised is read upright and flat. It may be displayed on its side, upside down, leaning or curled, as
//! whoever scanned or photographed it left it.

use super::geometry::BBox;

/// Cells of the grid along the longer side of a page: those of A4 have sides of about 35 points (12 mm), and paper that
/// curls bends within them by less than a quarter of a point.
const N_CELLS: f32 = 24.0;

/// A plane bent onto another: where the nodes of a regular grid over the one lie on the other. Between nodes it is bilinear.
/// One without nodes leaves all where it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// Distance of nodes across and down; above 0.
    step: (f32, f32),
    /// 0, or at least 2.
    n_columns: usize,
    /// 0, or at least 2.
    n_rows: usize,
    /// Row by row from the top.
    nodes: Vec<(f32, f32)>,
}

impl Grid {
    /// A grid of so many cells across and down, at least one each, whose sides are `step` long; `to` leads from a point of
    /// the one plane to one of the other.
    #[must_use]
    pub fn new(
        step: (f32, f32),
        (n_across, n_down): (usize, usize),
        to: impl Fn(f32, f32) -> (f32, f32),
    ) -> Self {
        let (n_columns, n_rows) = (n_across.max(1) + 1, n_down.max(1) + 1);
        let nodes = (0..n_rows)
            .flat_map(|row| (0..n_columns).map(move |column| (column as f32, row as f32)))
            .map(|(column, row)| to(column * step.0, row * step.1))
            .collect();
        Self {
            step,
            n_columns,
            n_rows,
            nodes,
        }
    }

    /// Where a point lies; beyond the last nodes the last cells go on.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> (f32, f32) {
        if self.nodes.is_empty() {
            return (x, y);
        }
        let cell = |at: f32, step: f32, n: usize| {
            let place = at / step;
            let first = (place.max(0.0) as usize).min(n - 2);
            (first, place - first as f32)
        };
        let (column, along) = cell(x, self.step.0, self.n_columns);
        let (row, down) = cell(y, self.step.1, self.n_rows);
        let node = |column: usize, row: usize| self.nodes[row * self.n_columns + column];
        let mix =
            |a: (f32, f32), b: (f32, f32), t: f32| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
        let upper = mix(node(column, row), node(column + 1, row), along);
        let lower = mix(node(column, row + 1), node(column + 1, row + 1), along);
        mix(upper, lower, down)
    }

    /// Goes on to where `next` leads.
    #[must_use]
    pub fn then(mut self, next: impl Fn((f32, f32)) -> (f32, f32)) -> Self {
        for node in &mut self.nodes {
            *node = next(*node);
        }
        self
    }
}

/// How a page as read lies on the page as displayed.
///
/// It takes 5 KB at most, however large the page is.
#[derive(Debug, Clone, PartialEq)]
pub struct Displayed {
    /// Width and height of the page as displayed, points.
    size: (f32, f32),
    /// From points of the page as read to those of the page as displayed.
    grid: Grid,
}

impl Displayed {
    /// A page of the size `read` that is displayed on one of the size `displayed`; `to` leads from points of the one to
    /// points of the other. Sizes are widths and heights in points.
    #[must_use]
    pub fn new(
        read: (f32, f32),
        displayed: (f32, f32),
        to: impl Fn(f32, f32) -> (f32, f32),
    ) -> Self {
        let side = |side: f32| if side.is_finite() { side.max(1.0) } else { 1.0 };
        let (width, height) = (side(read.0), side(read.1));
        let cell = width.max(height) / N_CELLS;
        let n_cells = |side: f32| (side / cell).ceil().clamp(1.0, N_CELLS);
        let (n_across, n_down) = (n_cells(width), n_cells(height));
        let step = (width / n_across, height / n_down);
        Self {
            size: displayed,
            grid: Grid::new(step, (n_across as usize, n_down as usize), to),
        }
    }

    /// Width and height of the page as displayed, points.
    #[must_use]
    pub fn size(&self) -> (f32, f32) {
        self.size
    }

    /// Where a point of the page as read lies on the page as displayed, both in points from the top left; beyond the edge of
    /// the page as read its last cells go on.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> (f32, f32) {
        self.grid.at(x, y)
    }

    /// The smallest level box on the page as displayed that holds a box of the page as read, as far as it is on the page.
    ///
    /// `None` where a corner leads to no place.
    #[must_use]
    pub fn hull(&self, bbox: &BBox) -> Option<BBox> {
        /// Parts of a side whose ends are looked at: sides of a box bend where paper curls.
        const PARTS: u8 = 4;
        let (mut least, mut most) = ((f32::INFINITY, f32::INFINITY), (0.0f32, 0.0f32));
        for part in 0..=PARTS {
            let share = f32::from(part) / f32::from(PARTS);
            let x = bbox.left + (bbox.right - bbox.left) * share;
            let y = bbox.top + (bbox.bottom - bbox.top) * share;
            let sides = [
                (x, bbox.top),
                (x, bbox.bottom),
                (bbox.left, y),
                (bbox.right, y),
            ];
            for (x, y) in sides.map(|(x, y)| self.at(x, y)) {
                if !x.is_finite() || !y.is_finite() {
                    return None;
                }
                least = (least.0.min(x), least.1.min(y));
                most = (most.0.max(x), most.1.max(y));
            }
        }
        let within = |at: f32, side: f32| at.min(side).max(0.0);
        Some(BBox {
            left: within(least.0, self.size.0),
            top: within(least.1, self.size.1),
            right: within(most.0, self.size.0),
            bottom: within(most.1, self.size.1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A4: (f32, f32) = (595.0, 842.0);
    const INTERPOLATION_TOLERANCE_PT: f32 = 0.1;

    /// Farthest that a point of a page is from where `to` leads, points.
    fn farthest(read: (f32, f32), to: impl Fn(f32, f32) -> (f32, f32)) -> f32 {
        let displayed = Displayed::new(read, read, &to);
        let shares = || (0..=50u8).map(|n| f32::from(n) / 50.0);
        let off = |(x, y): (f32, f32)| {
            let (is, ought) = (displayed.at(x, y), to(x, y));
            (is.0 - ought.0).hypot(is.1 - ought.1)
        };
        shares()
            .flat_map(|down| shares().map(move |across| (across * read.0, down * read.1)))
            .map(off)
            .fold(0.0, f32::max)
    }

    #[track_caller]
    fn check_hull(
        to: impl Fn(f32, f32) -> (f32, f32),
        size: (f32, f32),
        at: [f32; 4],
        expected: [f32; 4],
    ) {
        let displayed = Displayed::new(A4, size, to);
        let [left, top, right, bottom] = at;
        let hull = displayed.hull(&BBox {
            left,
            top,
            right,
            bottom,
        });
        let hull = hull.map(|b| [b.left, b.top, b.right, b.bottom]).unwrap();
        let is_near = |(is, ought): (&f32, &f32)| (is - ought).abs() < INTERPOLATION_TOLERANCE_PT;
        assert!(hull.iter().zip(&expected).all(is_near), "{hull:?}");
    }

    #[test]
    fn turns_and_leans_are_exact() {
        assert!(farthest(A4, |x, y| (y, A4.0 - x)) < 0.01);
        assert!(farthest((842.0, 400.0), |x, y| (x - 0.05 * y + 30.0, y + 0.05 * x)) < 0.01);
        // A slip, and a page that is no larger than a cell.
        assert!(farthest((3_400.0, 10.0), |x, y| (x + 5.0, y)) < 0.01);
        assert!(farthest((0.5, 0.5), |x, y| (x, 2.0 * y)) < 0.01);
    }

    #[test]
    fn curls_are_off_by_less_than_a_quarter_of_a_point() {
        // Half a centimetre at the edges, as a page of an open book.
        let curl = |x: f32, y: f32| {
            let t = (x - 297.0) / 297.0;
            (x + 4.0 * t * t, y + 14.0 * t * t * t - 14.0 * t * t)
        };
        assert!(farthest(A4, curl) < 0.25);
    }

    #[test]
    fn a_box_on_a_page_on_its_side_is_turned() {
        check_hull(
            |x, y| (y, 595.0 - x),
            (842.0, 595.0),
            [100.0, 200.0, 150.0, 210.0],
            [200.0, 445.0, 210.0, 495.0],
        );
    }

    #[test]
    fn a_box_on_a_leaning_page_holds_its_corners() {
        check_hull(
            |x, y| (x - 0.1 * y + 100.0, y + 0.1 * x),
            A4,
            [100.0, 200.0, 200.0, 210.0],
            [179.0, 210.0, 280.0, 230.0],
        );
    }

    #[test]
    fn the_middle_of_a_side_that_curls_is_in_the_box() {
        check_hull(
            |x, y| (x, y + 20.0 * ((x - 297.5) / 297.5).powi(2)),
            A4,
            [0.0, 100.0, 595.0, 110.0],
            [0.0, 100.0, 595.0, 130.0],
        );
    }

    #[test]
    fn a_box_ends_with_the_page() {
        check_hull(
            |x, y| (x - 20.0, y),
            A4,
            [10.0, 800.0, 50.0, 900.0],
            [0.0, 800.0, 30.0, 842.0],
        );
    }

    #[test]
    fn what_leads_to_no_place_has_no_box() {
        let nowhere = Displayed::new(A4, A4, |_, _| (f32::NAN, 0.0));
        assert_eq!(nowhere.hull(&BBox::from_corners(1.0, 1.0, 2.0, 2.0)), None);
        let size = (f32::NAN, f32::INFINITY);
        let displayed = Displayed::new(size, size, |x, y| (x, y));
        assert!(displayed.grid.nodes.len() <= 25 * 25);
    }
}
