//! Lines of text: components that stand beside each other, cell by cell, cut out for the recogniser.
//!
//! In: a flat page without rules, its ink, its regions. Out: [`LineImage`]s. Never: drops ink that may be text.

use std::collections::BTreeMap;

use super::super::{Gray, LineImage};
use super::components::{Component, Ink};

/// Components smaller than this are specks unless they stand in a line of text, ems.
const SPECK: f32 = 0.14;
/// Components at least this high are the body of a line, ems.
const BODY: f32 = 0.42;
/// Components higher and wider than this are no text, ems.
const PICTURE: f32 = 3.2;
/// Gap at which a line ends outside of cells, in its heights.
const FREE_GAP: f32 = 1.1;
/// Gap at which a line ends in a cell, in its heights.
const CELL_GAP: f32 = 3.5;

/// A line of text: components that are read together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
    /// Indexes of its components, from left to right.
    pub(super) members: Vec<usize>,
}

impl Line {
    fn of(component: &Component, member: usize) -> Self {
        Self {
            left: component.left as f32,
            top: component.top as f32,
            right: component.right as f32,
            bottom: component.bottom as f32,
            members: vec![member],
        }
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    fn take(&mut self, other: &Self) {
        self.left = self.left.min(other.left);
        self.top = self.top.min(other.top);
        self.right = self.right.max(other.right);
        self.bottom = self.bottom.max(other.bottom);
        self.members.extend(&other.members);
    }

    /// Share of the lower one's height at which both have ink.
    fn overlap(&self, other: &Self) -> f32 {
        let shared = self.bottom.min(other.bottom) - self.top.max(other.top);
        shared / self.height().min(other.height()).max(1.0)
    }

    /// Whether both are the upper and the lower part of one character.
    fn is_above_or_below(&self, other: &Self, em: f32) -> bool {
        /// Most that a character is high, ems.
        const HIGH: f32 = 1.2;
        /// Most white between its parts, ems.
        const WHITE: f32 = 0.25;
        let shared = self.right.min(other.right) - self.left.max(other.left);
        let narrower = self.width().min(other.width());
        let height = self.bottom.max(other.bottom) - self.top.min(other.top);
        let white = self.top.max(other.top) - self.bottom.min(other.bottom);
        shared >= 0.6 * narrower && height <= HIGH * em && white <= WHITE * em
    }

    fn gap(&self, other: &Self) -> f32 {
        (self.left - other.right).max(other.left - self.right)
    }
}

/// The lines of a page of a size, from top to bottom; `is_spot` says of components whether they are dirt, `region` where a point is, 0 outside
/// of cells.
pub(super) fn lines(
    ink: &Ink,
    is_spot: &[bool],
    em: f32,
    size: (usize, usize),
    region: impl Fn(f32, f32) -> u32,
) -> Vec<Line> {
    let mut by_region: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (idx, component) in ink.components.iter().enumerate() {
        let is_picture = component.height() > PICTURE * em
            || (component.width() > PICTURE * em && component.height() > 2.2 * em);
        let is_spot = is_spot.get(idx) == Some(&true);
        if !is_picture && !is_spot && !is_border(component, em, size) {
            let label = region(component.middle_x(), component.middle_y());
            by_region.entry(label).or_default().push(idx);
        }
    }
    let mut found = Vec::new();
    for (label, members) in by_region {
        let gap = if label == 0 { FREE_GAP } else { CELL_GAP };
        found.extend(lines_of_region(ink, members, em, gap));
    }
    found.sort_by(|a, b| a.top.total_cmp(&b.top).then(a.left.total_cmp(&b.left)));
    found
}

/// Whether a component is what a lid or the sheet's end leaves on a page of a size.
pub(super) fn is_border(component: &Component, em: f32, size: (usize, usize)) -> bool {
    let is_at_edge = component.left == 0
        || component.top == 0
        || component.right as usize >= size.0
        || component.bottom as usize >= size.1;
    is_at_edge && component.width().max(component.height()) > PICTURE * em
}

fn lines_of_region(ink: &Ink, mut members: Vec<usize>, em: f32, gap: f32) -> Vec<Line> {
    members.sort_by_key(|idx| {
        let c = &ink.components[*idx];
        (c.left, c.top)
    });
    let is_body = |idx: &usize| ink.components[*idx].height() >= BODY * em;
    let (bodies, rest): (Vec<usize>, Vec<usize>) = members.into_iter().partition(is_body);
    let mut found: Vec<Line> = Vec::new();
    for idx in bodies {
        let one = Line::of(&ink.components[idx], idx);
        let fits = |line: &Line| {
            let height = line.height().min(2.5 * em).max(em * 0.8);
            line.gap(&one) <= gap * height && line.overlap(&one) >= 0.5
        };
        let nearest = found
            .iter_mut()
            .filter(|line| fits(line))
            .min_by(|a, b| a.gap(&one).max(0.0).total_cmp(&b.gap(&one).max(0.0)));
        match nearest {
            Some(line) => line.take(&one),
            None => found.push(one),
        }
    }
    merge(&mut found, gap, em);
    attach(&mut found, ink, rest, gap, em);
    merge(&mut found, gap, em);
    found.retain(|line| line.height().max(line.width()) >= SPECK * em);
    for line in &mut found {
        line.members.sort_by_key(|idx| {
            let c = &ink.components[*idx];
            (c.left, c.top)
        });
    }
    found
}

/// Lines that turn out to be one.
fn merge(found: &mut Vec<Line>, gap: f32, em: f32) {
    loop {
        found.sort_by(|a, b| a.left.total_cmp(&b.left).then(a.top.total_cmp(&b.top)));
        let mut merged = false;
        let mut idx = 0;
        while idx < found.len() {
            let mut other = idx + 1;
            while other < found.len() {
                let (one, two) = (&found[idx], &found[other]);
                let height = one.height().min(two.height()).max(0.8 * em);
                let (low, high) = (
                    one.height().min(two.height()),
                    one.height().max(two.height()),
                );
                let is_one = (one.overlap(two) >= 0.6
                    && one.gap(two) <= gap * height
                    // A line that bridges two others is none of them.
                    && (high <= 1.7 * em || low > 0.5 * high))
                    || one.is_above_or_below(two, em);
                if is_one {
                    let two = found.remove(other);
                    found[idx].take(&two);
                    merged = true;
                } else {
                    other += 1;
                }
            }
            idx += 1;
        }
        if !merged {
            return;
        }
    }
}

/// Whether two dots stand above one another as those of a colon do.
fn is_colon(ink: &Ink, one: usize, other: usize, em: f32) -> bool {
    let (one, other) = (&ink.components[one], &ink.components[other]);
    let apart = (one.middle_y() - other.middle_y()).abs();
    let sizes = (one.area.min(other.area), one.area.max(other.area));
    (0.15 * em..0.6 * em).contains(&apart)
        && (one.middle_x() - other.middle_x()).abs() <= 0.06 * em
        && 2 * sizes.0 >= sizes.1
}

/// Small components join the line they stand in; those that stand in none make lines of their own.
fn attach(found: &mut Vec<Line>, ink: &Ink, rest: Vec<usize>, gap: f32, em: f32) {
    let mut alone: Vec<usize> = Vec::new();
    let is_speck = |idx: &usize| {
        let c = &ink.components[*idx];
        c.height().max(c.width()) < SPECK * em
    };
    // Dots and dust last: a dot stands behind a character, which may be of small parts itself.
    let (specks, mut parts): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(is_speck);
    let (colons, specks): (Vec<usize>, Vec<usize>) = (specks.iter())
        .partition(|idx| specks.iter().any(|other| is_colon(ink, **idx, *other, em)));
    parts.extend(colons);
    let mut bodies: Vec<Line> = found.clone();
    let n_parts = parts.len();
    for (n, idx) in parts.into_iter().chain(specks).enumerate() {
        if n == n_parts {
            bodies.clone_from(found);
        }
        let one = Line::of(&ink.components[idx], idx);
        let middle = f32::midpoint(one.top, one.bottom);
        let reach = |line: &Line| {
            let near = if n >= n_parts { 0.25 } else { gap };
            let slack = 0.2 * line.height().max(0.7 * em);
            one.gap(line) <= near * line.height().max(0.8 * em)
                && (middle > line.top - slack && middle < line.bottom + slack
                    || one.is_above_or_below(line, em))
        };
        let distance = |line: &Line| {
            let off = (line.top - middle).max(middle - line.bottom).max(0.0);
            one.gap(line).max(0.0) + 2.0 * off
        };
        let nearest = bodies
            .iter()
            .enumerate()
            .filter(|(_, line)| reach(line))
            .min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
        match nearest {
            Some((at, _)) => found[at].take(&one),
            None if n < n_parts => alone.push(idx),
            // Dust.
            None => {}
        }
    }
    // Signs of several strokes, dashes, dots: what is nearer than half an em is one.
    let mut signs: Vec<Line> = Vec::new();
    for idx in alone {
        let one = Line::of(&ink.components[idx], idx);
        let near = signs.iter_mut().find(|sign| {
            let down = (sign.top - one.bottom).max(one.top - sign.bottom);
            sign.gap(&one) <= 0.6 * em
                && down <= 0.4 * em
                && sign.bottom.max(one.bottom) - sign.top.min(one.top) <= 1.1 * em
        });
        match near {
            Some(sign) => sign.take(&one),
            None => signs.push(one),
        }
    }
    found.append(&mut signs);
}

/// Cuts a line out of its page.
///
/// Ink of other lines and specks are left out; what is faint beside the line's own ink stays.
pub(super) fn image(
    line: &Line,
    owner: &[u32],
    own: u32,
    ink: &Ink,
    page: &Gray,
    em: f32,
) -> LineImage {
    // A lone dash is not a line's height.
    let height = line.height().max(0.72 * em);
    let margin = (height / 4.0).round();
    let above = margin + ((height - line.height()) / 2.0).round();
    let left = line.left as isize - margin as isize;
    let top = line.top as isize - above as isize;
    let width = (line.width() + 2.0 * margin) as usize;
    let rows = (line.height() + 2.0 * above) as usize;
    let mut image = Gray::filled(width, rows, 255);
    for y in 0..rows {
        let Some(from_y) = top
            .checked_add(y as isize)
            .and_then(|y| usize::try_from(y).ok())
        else {
            continue;
        };
        if from_y >= page.height {
            break;
        }
        let row = page.row(from_y);
        let first = left.max(0);
        let last = (left + width as isize).min(page.width as isize);
        if first < last {
            let to = (first - left) as usize;
            let from = &row[first as usize..last as usize];
            image.pixels[y * width + to..y * width + to + from.len()].copy_from_slice(from);
        }
    }
    let reach = (em * 0.06).round().max(1.0) as isize;
    let (right, bottom) = (left + width as isize, top + rows as isize);
    for (component, owner) in ink.components.iter().zip(owner) {
        let is_near = (component.left as isize) < right + reach
            && (component.right as isize) > left - reach
            && (component.top as isize) < bottom + reach
            && (component.bottom as isize) > top - reach;
        if *owner == own || !is_near {
            continue;
        }
        for run in &ink.runs[component.runs.clone()] {
            let from = (run.start as isize - reach - left).clamp(0, width as isize) as usize;
            let to = (run.end as isize + reach - left).clamp(0, width as isize) as usize;
            for y in run.y as isize - reach..=run.y as isize + reach {
                let y = y - top;
                if (0..rows as isize).contains(&y) && from < to {
                    let y = y as usize;
                    image.pixels[y * width + from..y * width + to].fill(255);
                }
            }
        }
    }
    // What stands close to a stroke is taken off, the stroke is not.
    for member in &line.members {
        for run in &ink.runs[ink.components[*member].runs.clone()] {
            let from = (run.start as usize).saturating_add_signed(-left);
            let to = (run.end as usize).saturating_add_signed(-left).min(width);
            let y = (run.y as usize).saturating_add_signed(-top);
            if y < rows && from < to {
                let stroke = &page.row(run.y as usize)[run.start as usize..];
                image.pixels[y * width + from..y * width + to]
                    .copy_from_slice(&stroke[..to - from]);
            }
        }
    }
    LineImage {
        left: line.left,
        top: line.top,
        right: line.right,
        bottom: line.bottom,
        image,
        margin,
    }
}

#[cfg(test)]
mod tests {
    use super::super::components::components;
    use super::*;

    fn page(boxes: &[(usize, usize, usize, usize)]) -> (Gray, Ink) {
        let mut gray = Gray::filled(600, 200, 255);
        for (left, top, width, height) in boxes {
            for y in *top..top + height {
                gray.pixels[y * 600 + left..y * 600 + left + width].fill(0);
            }
        }
        let ink = components(&gray, 128);
        (gray, ink)
    }

    #[test]
    fn characters_beside_each_other_are_a_line_and_parts_belong_to_it() {
        // Two lines of two characters; the second of the first line is two strokes; a full stop; a lone dash far off.
        let (gray, ink) = page(&[
            (20, 20, 26, 26),
            (52, 22, 24, 4),
            (52, 40, 24, 4),
            (82, 42, 3, 3),
            (20, 56, 26, 26),
            (52, 56, 26, 26),
            (400, 30, 14, 3),
        ]);
        let found = lines(&ink, &[], 30.0, (600, 200), |_, _| 0);
        let sizes: Vec<usize> = found.iter().map(|line| line.members.len()).collect();
        assert_eq!(sizes, [4, 1, 2]);
        let owner: Vec<u32> = (0..ink.components.len() as u32)
            .map(|c| {
                found
                    .iter()
                    .position(|l| l.members.contains(&(c as usize)))
                    .unwrap() as u32
            })
            .collect();
        let cut = image(&found[0], &owner, 0, &ink, &gray, 30.0);
        assert_eq!((cut.left, cut.right), (20.0, 85.0));
        assert_eq!(cut.image.at(cut.margin as usize, cut.margin as usize), 0);
        let dash = image(&found[1], &owner, 1, &ink, &gray, 30.0);
        assert!(dash.image.height > 20);
    }

    #[test]
    fn columns_far_apart_are_lines_of_their_own_outside_of_cells_only() {
        let (_, ink) = page(&[(20, 20, 26, 26), (110, 20, 26, 26)]);
        assert_eq!(lines(&ink, &[], 30.0, (600, 200), |_, _| 0).len(), 2);
        assert_eq!(lines(&ink, &[], 30.0, (600, 200), |_, _| 7).len(), 1);
        assert_eq!(
            lines(&ink, &[], 30.0, (600, 200), |x, _| u32::from(x > 80.0) + 1).len(),
            2
        );
    }

    #[test]
    fn upper_and_lower_parts_are_one_character() {
        // A roof over a stroke, as of 个; a line of text well below it.
        let (_, ink) = page(&[(20, 20, 26, 13), (31, 36, 4, 13), (20, 60, 26, 26)]);
        let found = lines(&ink, &[], 30.0, (600, 200), |_, _| 3);
        let sizes: Vec<usize> = found.iter().map(|line| line.members.len()).collect();
        assert_eq!(sizes, [2, 1]);
    }

    #[test]
    fn a_colon_belongs_to_its_line_though_it_stands_off() {
        let dots = [
            (20, 20, 26, 26),
            (62, 27, 3, 3),
            (62, 38, 3, 3),
            (90, 20, 26, 26),
        ];
        let (_, ink) = page(&dots);
        let found = lines(&ink, &[], 30.0, (600, 200), |_, _| 0);
        assert_eq!(found.iter().map(|l| l.members.len()).max(), Some(4));
        // One dot so far off is dust.
        let (_, ink) = page(&[(20, 20, 26, 26), (62, 27, 3, 3)]);
        assert_eq!(
            lines(&ink, &[], 30.0, (600, 200), |_, _| 0)[0]
                .members
                .len(),
            1
        );
    }

    #[test]
    fn dust_is_no_line() {
        let (_, ink) = page(&[(20, 20, 26, 26), (300, 100, 2, 2)]);
        assert_eq!(lines(&ink, &[], 30.0, (600, 200), |_, _| 0).len(), 1);
    }

    #[test]
    fn a_stroke_keeps_its_edge_beside_a_speck() {
        // A speck a pixel away from a character; they hang together in no way.
        let (gray, ink) = page(&[(20, 20, 26, 26), (300, 25, 26, 26), (47, 30, 2, 2)]);
        let line = Line::of(&ink.components[0], 0);
        let owner: Vec<u32> = (0..ink.components.len() as u32)
            .map(|c| if c == 0 { 0 } else { u32::MAX })
            .collect();
        let cut = image(&line, &owner, 0, &ink, &gray, 30.0);
        let margin = cut.margin as usize;
        for (x, y) in [(0, 0), (25, 10), (25, 11), (25, 25)] {
            assert_eq!(cut.image.at(margin + x, margin + y), 0, "{x} {y}");
        }
        assert_eq!(cut.image.at(margin + 27, margin + 10), 255, "the speck");
    }

    #[test]
    fn the_border_that_a_lid_leaves_is_no_text() {
        let (_, ink) = page(&[(0, 0, 600, 15), (20, 60, 26, 26)]);
        let found = lines(&ink, &[], 30.0, (600, 200), |_, _| 0);
        assert_eq!(found.len(), 1);
        assert!(found[0].top > 50.0);
    }
}
