//! Paths: what is stroked or filled along the axes becomes rules.
//! In: path operators. Out: pieces for [`RulingSet`], the box of a clip. Never: keeps curves.

use super::matrix::Matrix;
use super::rulings::RulingSet;
use super::sink::Sink;
use crate::model::BBox;

/// Most corners of a filled polygon that may be a thin rule (mitred borders have four, arrows and glyphs more).
const MAX_RULE_CORNERS: usize = 6;
/// Least share of its box that a thin polygon fills to be a rule.
const MIN_RULE_AREA: f32 = 0.6;

/// The path under construction, in page space.
#[derive(Debug, Default)]
pub(super) struct Path {
    points: Vec<(f32, f32)>,
    subpaths: Vec<Subpath>,
    /// `W` was seen: the path becomes a clip once it is painted.
    pub(super) clips: bool,
}

#[derive(Debug, Clone, Copy)]
struct Subpath {
    start: usize,
    end: usize,
    curved: bool,
    closed: bool,
}

impl Path {
    /// Whether nothing was drawn.
    pub(super) fn is_empty(&self) -> bool {
        self.subpaths.is_empty()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.points.clear();
        self.subpaths.clear();
        self.clips = false;
    }

    /// `m`.
    pub(super) fn move_to(&mut self, ctm: &Matrix, x: f64, y: f64) {
        let start = self.points.len();
        self.push_point(ctm, x, y);
        self.subpaths.push(Subpath {
            start,
            end: self.points.len(),
            curved: false,
            closed: false,
        });
    }

    /// `l`.
    pub(super) fn line_to(&mut self, ctm: &Matrix, x: f64, y: f64) {
        self.extend(ctm, x, y, false);
    }

    /// `c`, `v`, `y`: only where they end is kept.
    pub(super) fn curve_to(&mut self, ctm: &Matrix, x: f64, y: f64) {
        self.extend(ctm, x, y, true);
    }

    /// `h`.
    pub(super) fn close(&mut self) {
        if let Some(subpath) = self.subpaths.last_mut() {
            subpath.closed = true;
        }
    }

    /// `re`.
    pub(super) fn rectangle(&mut self, ctm: &Matrix, x: f64, y: f64, width: f64, height: f64) {
        let start = self.points.len();
        for (dx, dy) in [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)] {
            self.push_point(ctm, x + dx, y + dy);
        }
        self.subpaths.push(Subpath {
            start,
            end: self.points.len(),
            curved: false,
            closed: true,
        });
    }

    fn extend(&mut self, ctm: &Matrix, x: f64, y: f64, curved: bool) {
        match self.subpaths.last().copied() {
            None => return,
            // After `h` the path goes on from where the subpath began.
            Some(last) if last.closed => {
                let Some(&origin) = self.points.get(last.start) else {
                    return;
                };
                let start = self.points.len();
                self.points.push(origin);
                self.subpaths.push(Subpath {
                    start,
                    end: start + 1,
                    curved: false,
                    closed: false,
                });
            }
            Some(_) => {}
        }
        self.push_point(ctm, x, y);
        let end = self.points.len();
        if let Some(subpath) = self.subpaths.last_mut() {
            subpath.end = end;
            subpath.curved |= curved;
        }
    }

    fn push_point(&mut self, ctm: &Matrix, x: f64, y: f64) {
        let (x, y) = ctm.apply(x, y);
        self.points.push((x as f32, y as f32));
    }

    fn points_of(&self, subpath: &Subpath) -> &[(f32, f32)] {
        self.points
            .get(subpath.start..subpath.end)
            .unwrap_or_default()
    }

    /// The box around it; `None` if it is empty.
    pub(super) fn bbox(&self) -> Option<BBox> {
        bbox_of(&self.points)
    }

    /// Whether it is one rectangle along the axes, or empty.
    pub(super) fn is_box(&self) -> bool {
        match &self.subpaths[..] {
            [] => true,
            [only] => self.rectangle_of(only).is_some(),
            _ => false,
        }
    }

    /// Strokes along the axes become rules.
    pub(super) fn stroke(&self, rulings: &mut RulingSet, width: f32, clip: &BBox) {
        for subpath in self.subpaths.iter().filter(|subpath| !subpath.curved) {
            let points = self.points_of(subpath);
            for pair in points.windows(2) {
                rulings.stroke(pair[0], pair[1], width, clip);
            }
            if let ([first, .., last], true) = (points, subpath.closed)
                && points.len() > 2
            {
                rulings.stroke(*last, *first, width, clip);
            }
        }
    }

    /// Filled boxes become rules or edges; curved outlines are counted.
    pub(super) fn fill(&self, sink: &mut Sink, clip: &BBox) {
        if let [first, second] = &self.subpaths[..]
            && let (Some(a), Some(b)) = (self.rectangle_of(first), self.rectangle_of(second))
        {
            let holds = |outer: &BBox, inner: &BBox| {
                outer.left <= inner.left
                    && outer.top <= inner.top
                    && outer.right >= inner.right
                    && outer.bottom >= inner.bottom
            };
            if holds(&a, &b) {
                return sink.rulings.frame(&a, &b, clip);
            }
            if holds(&b, &a) {
                return sink.rulings.frame(&b, &a, clip);
            }
        }
        for subpath in &self.subpaths {
            if subpath.curved {
                sink.n_outlines = sink.n_outlines.saturating_add(1);
            } else if let Some(bbox) = self.rectangle_of(subpath) {
                sink.rulings.fill(&bbox, clip);
            } else {
                let points = self.points_of(subpath);
                if let Some(bbox) = bbox_of(points)
                    && (3..=MAX_RULE_CORNERS).contains(&points.len())
                    && area_of(points) >= MIN_RULE_AREA * bbox.width() * bbox.height()
                {
                    sink.rulings.thin(&bbox, clip);
                }
            }
        }
    }

    /// The box of a subpath that is a rectangle along the axes.
    fn rectangle_of(&self, subpath: &Subpath) -> Option<BBox> {
        const TOLERANCE: f32 = 0.05;
        let points = self.points_of(subpath);
        let points = match points {
            [first, .., last]
                if points.len() == 5
                    && (first.0 - last.0).abs() <= TOLERANCE
                    && (first.1 - last.1).abs() <= TOLERANCE =>
            {
                &points[..4]
            }
            _ => points,
        };
        if points.len() != 4 || subpath.curved {
            return None;
        }
        let along_axes = (0..4).all(|index| {
            let (a, b) = (points[index], points[(index + 1) % 4]);
            (a.0 - b.0).abs() <= TOLERANCE || (a.1 - b.1).abs() <= TOLERANCE
        });
        let bbox = bbox_of(points)?;
        (along_axes && area_of(points) >= 0.9 * bbox.width() * bbox.height()).then_some(bbox)
    }
}

fn bbox_of(points: &[(f32, f32)]) -> Option<BBox> {
    let (&(x, y), rest) = points.split_first()?;
    Some(rest.iter().fold(
        BBox {
            left: x,
            top: y,
            right: x,
            bottom: y,
        },
        |bbox, &(x, y)| BBox {
            left: bbox.left.min(x),
            top: bbox.top.min(y),
            right: bbox.right.max(x),
            bottom: bbox.bottom.max(y),
        },
    ))
}

/// Area of a polygon.
fn area_of(points: &[(f32, f32)]) -> f32 {
    let Some(&origin) = points.first() else {
        return 0.0;
    };
    let shifted = |point: (f32, f32)| (point.0 - origin.0, point.1 - origin.1);
    let doubled: f32 = points
        .windows(2)
        .map(|pair| {
            let (a, b) = (shifted(pair[0]), shifted(pair[1]));
            a.0 * b.1 - b.0 * a.1
        })
        .sum();
    doubled.abs() / 2.0
}
