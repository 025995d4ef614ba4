//! Rulings: strokes and fills become straight rules along the axes.
//! In: segments and boxes in page space. Out: merged [`Ruling`]s. Never: joins two rules that a reader sees as two.

use crate::model::BBox;
use crate::model::page::{Axis, Ruling};

/// What counts as a rule. Rules have no size of a character to be measured by: lengths are in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RulingParams {
    /// A filled box up to this thickness is a rule, points.
    pub max_thin: f32,
    /// A filled box up to this thickness is a rule where it is at least 20 times as long, points.
    pub max_thick: f32,
    /// Rules shorter than this are dropped once all pieces are joined, points.
    pub min_length: f32,
    /// Pieces whose positions differ by no more than this are one rule, points.
    pub same_position: f32,
    /// Pieces in line with no larger gap than this are one rule, points. Short pieces (dashes) bridge twice their own length.
    pub max_gap: f32,
    /// Pieces up to this length are dashes, points.
    pub max_dash: f32,
    /// A stroke is along an axis where its other extent is no larger than this, points.
    pub max_slant: f32,
}

impl Default for RulingParams {
    fn default() -> Self {
        Self {
            max_thin: 3.0,
            max_thick: 5.0,
            min_length: 3.0,
            same_position: 0.4,
            max_gap: 1.0,
            max_dash: 8.0,
            max_slant: 0.5,
        }
    }
}

/// Collects the pieces of a page.
#[derive(Debug)]
pub(super) struct RulingSet {
    params: RulingParams,
    page: BBox,
    pieces: Vec<Ruling>,
}

impl RulingSet {
    /// Nothing collected yet.
    pub(super) fn new(params: RulingParams, page: BBox) -> Self {
        Self {
            params,
            page,
            pieces: Vec::new(),
        }
    }

    /// A stroke from one point to another, `width` points wide, within `clip`.
    pub(super) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), width: f32, clip: &BBox) {
        let (dx, dy) = ((to.0 - from.0).abs(), (to.1 - from.1).abs());
        let half = width / 2.0;
        let bbox = BBox::from_corners(from.0, from.1, to.0, to.1);
        let slanted = |along: f32, across: f32| {
            across > self.params.max_slant || across > along * 0.05 + 0.02
        };
        if dx >= dy && !slanted(dx, dy) {
            if dx < width {
                // A short and fat stroke is a rule across.
                self.fill(
                    &BBox {
                        top: bbox.top - half,
                        bottom: bbox.bottom + half,
                        ..bbox
                    },
                    clip,
                );
            } else {
                self.add(
                    Axis::Horizontal,
                    bbox.center_y(),
                    bbox.left,
                    bbox.right,
                    width,
                    clip,
                );
            }
        } else if dy > dx && !slanted(dy, dx) {
            if dy < width {
                self.fill(
                    &BBox {
                        left: bbox.left - half,
                        right: bbox.right + half,
                        ..bbox
                    },
                    clip,
                );
            } else {
                self.add(
                    Axis::Vertical,
                    bbox.center_x(),
                    bbox.top,
                    bbox.bottom,
                    width,
                    clip,
                );
            }
        }
    }

    /// A filled box: a rule where it is thin, else its four edges.
    pub(super) fn fill(&mut self, bbox: &BBox, clip: &BBox) {
        if self.thin(bbox, clip) {
            return;
        }
        // Of a filled area, what is cut off by the page is no edge; what is cut off by a clip is.
        let Some(shown) = bbox.intersection(clip) else {
            return;
        };
        if self.thin(&shown, clip) {
            return;
        }
        let margin = self.params.same_position;
        let inside = |position: f32, low: f32, high: f32| {
            position > low + margin && position < high - margin
        };
        let (page, edge) = (self.page, shown);
        for y in [edge.top, edge.bottom] {
            if inside(y, page.top, page.bottom) {
                self.add(Axis::Horizontal, y, edge.left, edge.right, 0.0, clip);
            }
        }
        for x in [edge.left, edge.right] {
            if inside(x, page.left, page.right) {
                self.add(Axis::Vertical, x, edge.top, edge.bottom, 0.0, clip);
            }
        }
    }

    /// Two filled boxes in one path, the inner one left out: a frame.
    pub(super) fn frame(&mut self, outer: &BBox, inner: &BBox, clip: &BBox) {
        let sides = [
            BBox {
                bottom: inner.top,
                ..*outer
            },
            BBox {
                top: inner.bottom,
                ..*outer
            },
            BBox {
                right: inner.left,
                ..*outer
            },
            BBox {
                left: inner.right,
                ..*outer
            },
        ];
        for side in sides {
            if side.width() > 0.0 && side.height() > 0.0 {
                self.fill(&side, clip);
            }
        }
    }

    /// Adds a box as a rule if it is thin; false where it is not.
    pub(super) fn thin(&mut self, bbox: &BBox, clip: &BBox) -> bool {
        let (width, height) = (bbox.width(), bbox.height());
        let (across, along) = (width.min(height), width.max(height));
        if !(across <= self.params.max_thin && along >= 2.0 * across
            || across <= self.params.max_thick && along >= 20.0 * across)
        {
            if along <= self.params.max_thin {
                // A dot: a piece of a dotted rule along either axis.
                self.add(
                    Axis::Horizontal,
                    bbox.center_y(),
                    bbox.left,
                    bbox.right,
                    height,
                    clip,
                );
                self.add(
                    Axis::Vertical,
                    bbox.center_x(),
                    bbox.top,
                    bbox.bottom,
                    width,
                    clip,
                );
                return true;
            }
            return false;
        }
        if width >= height {
            self.add(
                Axis::Horizontal,
                bbox.center_y(),
                bbox.left,
                bbox.right,
                height,
                clip,
            );
        } else {
            self.add(
                Axis::Vertical,
                bbox.center_x(),
                bbox.top,
                bbox.bottom,
                width,
                clip,
            );
        }
        true
    }

    fn add(
        &mut self,
        axis: Axis,
        position: f32,
        start: f32,
        end: f32,
        thickness: f32,
        clip: &BBox,
    ) {
        let (across_low, across_high, low, high) = match axis {
            Axis::Horizontal => (clip.top, clip.bottom, clip.left, clip.right),
            Axis::Vertical => (clip.left, clip.right, clip.top, clip.bottom),
        };
        let reach = thickness / 2.0 + self.params.max_slant;
        let (start, end) = (start.max(low), end.min(high));
        if start < end && position >= across_low - reach && position <= across_high + reach {
            self.pieces.push(Ruling {
                axis,
                position,
                start,
                end,
                thickness,
            });
        }
    }

    /// Joins the pieces; sorted by axis, position, start.
    pub(super) fn finish(self) -> Vec<Ruling> {
        let params = self.params;
        let mut merged = merge(self.pieces, &params);
        // An edge of a filled area along a printed rule is not a rule of its own.
        let printed: Vec<Ruling> = merged
            .iter()
            .filter(|rule| rule.thickness > 0.0)
            .copied()
            .collect();
        merged.retain(|rule| rule.thickness > 0.0 || !is_covered(rule, &printed, &params));
        merged.retain(|rule| rule.end - rule.start >= params.min_length);
        merged
    }
}

fn is_covered(edge: &Ruling, printed: &[Ruling], params: &RulingParams) -> bool {
    let reach = params.max_gap + params.max_thick / 2.0;
    let from = printed
        .partition_point(|rule| (rule.axis, rule.position) < (edge.axis, edge.position - reach));
    printed[from..]
        .iter()
        .take_while(|rule| rule.axis == edge.axis && rule.position <= edge.position + reach)
        .any(|rule| {
            (rule.position - edge.position).abs() <= rule.thickness / 2.0 + params.max_gap
                && rule.start <= edge.start + params.max_gap
                && rule.end >= edge.end - params.max_gap
        })
}

fn merge(mut pieces: Vec<Ruling>, params: &RulingParams) -> Vec<Ruling> {
    pieces.sort_by(|a, b| a.axis.cmp(&b.axis).then(a.position.total_cmp(&b.position)));
    let mut merged: Vec<Ruling> = Vec::new();
    let mut rest = &mut pieces[..];
    while let Some(first) = rest.first().copied() {
        let n = rest
            .iter()
            .position(|piece| {
                piece.axis != first.axis || piece.position - first.position > params.same_position
            })
            .unwrap_or(rest.len());
        let (group, after) = std::mem::take(&mut rest).split_at_mut(n);
        rest = after;
        group.sort_by(|a, b| a.start.total_cmp(&b.start));
        // Position of the joined rule: the mean of its pieces, weighted by their length.
        let (mut weight, mut weighted) = (0.0_f32, 0.0_f32);
        let mut current: Option<Ruling> = None;
        let mut last_piece = 0.0_f32;
        for piece in group.iter() {
            let length = piece.end - piece.start;
            match &mut current {
                Some(rule) if piece.start - rule.end <= allowed_gap(last_piece, length, params) => {
                    rule.end = rule.end.max(piece.end);
                    rule.thickness = rule.thickness.max(piece.thickness);
                    weight += length;
                    weighted += length * piece.position;
                }
                _ => {
                    if let Some(rule) = current.take() {
                        merged.push(Ruling {
                            position: weighted / weight,
                            ..rule
                        });
                    }
                    (weight, weighted) = (length, length * piece.position);
                    current = Some(*piece);
                }
            }
            last_piece = length;
        }
        if let Some(rule) = current {
            merged.push(Ruling {
                position: if weight > 0.0 {
                    weighted / weight
                } else {
                    rule.position
                },
                ..rule
            });
        }
    }
    merged.sort_by(|a, b| {
        a.axis
            .cmp(&b.axis)
            .then(a.position.total_cmp(&b.position))
            .then(a.start.total_cmp(&b.start))
    });
    merged
}

fn allowed_gap(before: f32, after: f32, params: &RulingParams) -> f32 {
    let longer = before.max(after);
    if longer <= params.max_dash {
        params.max_gap.max(2.0 * longer)
    } else {
        params.max_gap
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{RulingParams, RulingSet};
    use crate::model::BBox;
    use crate::model::page::Axis;

    const PAGE: BBox = BBox {
        left: 0.0,
        top: 0.0,
        right: 600.0,
        bottom: 800.0,
    };

    fn check(draw: impl Fn(&mut RulingSet), expected: Expect) {
        let mut set = RulingSet::new(RulingParams::default(), PAGE);
        draw(&mut set);
        let lines: Vec<String> = set
            .finish()
            .iter()
            .map(|r| {
                format!(
                    "{} {} {}-{} {}",
                    if r.axis == Axis::Horizontal { "h" } else { "v" },
                    r.position,
                    r.start,
                    r.end,
                    r.thickness
                )
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn dashes_become_one_rule() {
        check(
            |set| {
                for n in 0..20 {
                    let x = 10.0 + 6.0 * n as f32;
                    set.stroke((x, 50.0), (x + 3.0, 50.0), 0.5, &PAGE);
                }
            },
            expect!["h 50 10-127 0.5"],
        );
    }

    #[test]
    fn double_rule_stays_double() {
        check(
            |set| {
                set.stroke((10.0, 50.0), (100.0, 50.0), 0.5, &PAGE);
                set.stroke((10.0, 51.5), (100.0, 51.5), 0.5, &PAGE);
            },
            expect![[r#"
                h 50 10-100 0.5
                h 51.5 10-100 0.5"#]],
        );
    }

    #[test]
    fn cells_drawn_one_by_one_share_their_rules() {
        check(
            |set| {
                for n in 0..3 {
                    let (left, right) = (10.0 + 50.0 * n as f32, 60.0 + 50.0 * n as f32);
                    for (from, to) in [
                        ((left, 20.0), (right, 20.0)),
                        ((right, 20.0), (right, 40.0)),
                        ((right, 40.0), (left, 40.0)),
                        ((left, 40.0), (left, 20.0)),
                    ] {
                        set.stroke(from, to, 1.0, &PAGE);
                    }
                }
            },
            expect![[r#"
                h 20 10-160 1
                h 40 10-160 1
                v 10 20-40 1
                v 60 20-40 1
                v 110 20-40 1
                v 160 20-40 1"#]],
        );
    }

    #[test]
    fn thin_fill_is_a_rule_and_large_fill_has_edges() {
        check(
            |set| {
                set.fill(&BBox::from_corners(10.0, 50.0, 200.0, 50.5), &PAGE);
                set.fill(&BBox::from_corners(10.0, 60.0, 200.0, 90.0), &PAGE);
            },
            expect![[r#"
                h 50.25 10-200 0.5
                h 60 10-200 0
                h 90 10-200 0
                v 10 60-90 0
                v 200 60-90 0"#]],
        );
    }

    #[test]
    fn edge_of_a_fill_under_a_rule_is_dropped() {
        check(
            |set| {
                set.fill(&BBox::from_corners(10.0, 60.0, 200.0, 90.0), &PAGE);
                for y in [60.0, 90.5] {
                    set.stroke((10.0, y), (200.0, y), 0.5, &PAGE);
                }
                for x in [10.0, 199.5] {
                    set.stroke((x, 60.0), (x, 90.0), 0.5, &PAGE);
                }
            },
            expect![[r#"
                h 60 10-200 0.5
                h 90.5 10-200 0.5
                v 10 60-90 0.5
                v 199.5 60-90 0.5"#]],
        );
    }

    #[test]
    fn short_fat_stroke_is_a_rule_across() {
        check(
            |set| set.stroke((100.0, 50.0), (100.5, 50.0), 40.0, &PAGE),
            expect!["v 100.25 30-70 0.5"],
        );
    }

    #[test]
    fn rule_ends_at_the_clip_and_slanted_lines_are_none() {
        let clip = BBox::from_corners(0.0, 0.0, 100.0, 100.0);
        check(
            |set| {
                set.stroke((50.0, 50.0), (200.0, 50.0), 1.0, &clip);
                set.stroke((50.0, 150.0), (200.0, 150.0), 1.0, &clip);
                set.stroke((50.0, 50.0), (80.0, 60.0), 1.0, &clip);
            },
            expect!["h 50 50-100 1"],
        );
    }

    #[test]
    fn page_background_is_no_rule() {
        check(
            |set| set.fill(&BBox::from_corners(-5.0, -5.0, 700.0, 900.0), &PAGE),
            expect![""],
        );
    }

    #[test]
    fn frame_of_two_boxes_is_four_rules() {
        check(
            |set| {
                set.frame(
                    &BBox::from_corners(10.0, 10.0, 100.0, 50.0),
                    &BBox::from_corners(11.0, 11.0, 99.0, 49.0),
                    &PAGE,
                )
            },
            expect![[r#"
                h 10.5 10-100 1
                h 49.5 10-100 1
                v 10.5 10-50 1
                v 99.5 10-50 1"#]],
        );
    }
}
