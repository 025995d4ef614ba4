//! Streaks: lines that a copier or a dirty scanner draws over a page, told from rules.
//!
//! In: lines of one direction, and the rules that they may cross. Out: those that are streaks. Never: takes a line that ends at rules, unless
//! characters stand on it.

use super::super::Gray;
use super::rules::{BROKEN, REACH, SURE_EMS, crossings};
use super::traces::{DARK, Trace};

/// Takes out what passes through a table without regard to its rules, as the streaks of a copier or a dirty scanner do.
///
/// The lines of a table end at its rules, or where others of its lines end. A streak leaves the table, and ends at the edge of the page or
/// wherever it fades; what goes on behind such an end is more of it, where it runs through characters even from rule to rule.
pub(super) fn take_streaks(
    found: &mut Vec<Trace>,
    others: &[Trace],
    page: &Gray,
    em: f32,
) -> Vec<Trace> {
    let ends = Ends::of(found, others, page.width as f32, em);
    let mut is_streak: Vec<bool> = (0..found.len()).map(|idx| ends.is_streak(idx)).collect();
    // Pieces that a streak fades between lead on to each other.
    for _ in 0..3 {
        for idx in 0..found.len() {
            let is_more = || {
                (found.iter().zip(&is_streak))
                    .any(|(streak, is)| *is && goes_on(streak, &found[idx], em))
            };
            is_streak[idx] = is_streak[idx]
                || is_more()
                    && (!ends.are_at_rules(idx)
                        || runs_through_text(&found[idx], &ends.crossings[idx], page, em));
        }
    }
    let mut is_streak = is_streak.into_iter();
    let (streaks, kept) = found
        .drain(..)
        .partition(|_| is_streak.next() == Some(true));
    *found = kept;
    streaks
}

/// Whether a line lies before or behind another, in its way.
fn goes_on(line: &Trace, piece: &Trace, em: f32) -> bool {
    let (end, start) = if piece.start >= line.end {
        (line.end, piece.start)
    } else {
        (line.start, piece.end)
    };
    (piece.start >= line.end || piece.end <= line.start)
        && (line.at(end) - piece.at(start)).abs() < 2.0 * BROKEN.0 * em
}

/// Whether characters stand on a line, as they do not on a rule: strokes at both its sides at once, where it crosses no rule.
fn runs_through_text(line: &Trace, crossings: &[f32], page: &Gray, em: f32) -> bool {
    /// Strokes that tell.
    const STROKES: usize = 4;
    let side = line.thickness / 2.0 + (0.08 * em).max(2.0);
    let is_dark = |x: f32, y: f32| x >= 0.0 && y >= 0.0 && page.at(x as usize, y as usize) < DARK;
    let is_at_rule = |x: f32| crossings.iter().any(|at| (at - x).abs() < 0.25 * em);
    let (mut n_strokes, mut is_in_stroke) = (0, false);
    for x in line.start as usize..line.end.max(0.0) as usize {
        let x = x as f32;
        let y = line.at(x);
        let was_in_stroke = is_in_stroke;
        is_in_stroke = is_dark(x, y - side) && is_dark(x, y + side) && !is_at_rule(x);
        n_strokes += usize::from(is_in_stroke && !was_in_stroke);
    }
    n_strokes >= STROKES
}

/// Where lines of one direction end, and where the rules of the other direction that they cross do.
struct Ends<'a> {
    found: &'a [Trace],
    /// Where each crosses others.
    crossings: Vec<Vec<f32>>,
    /// From the first to the last of the others that reach to each, whether or not it crosses them.
    tables: Vec<Option<(f32, f32)>>,
    size: f32,
    em: f32,
}

impl<'a> Ends<'a> {
    fn of(found: &'a [Trace], others: &[Trace], size: f32, em: f32) -> Self {
        let table = |trace: &Trace| {
            let across = trace.position();
            let reach = REACH * em;
            others
                .iter()
                .filter(|o| o.start - reach <= across && across <= o.end + reach)
                .map(|o| o.at(across))
                .fold(None, |range: Option<(f32, f32)>, at| {
                    Some(range.map_or((at, at), |(from, to)| (from.min(at), to.max(at))))
                })
        };
        Self {
            found,
            crossings: found
                .iter()
                .map(|trace| crossings(trace, others.iter(), em))
                .collect(),
            tables: found.iter().map(table).collect(),
            size,
            em,
        }
    }

    /// Whether both ends are at rules, as those of a column are.
    fn are_at_rules(&self, idx: usize) -> bool {
        let near = 2.0 * REACH * self.em;
        match (self.crossings[idx].first(), self.crossings[idx].last()) {
            (Some(first), Some(last)) => {
                first - self.found[idx].start <= near && self.found[idx].end - last <= near
            }
            _ => false,
        }
    }

    /// Whether a line leaves its table at an end where no other does, or crosses nothing and comes to the edge of the page.
    fn is_streak(&self, idx: usize) -> bool {
        /// Ems that lines go on beyond a table.
        const BEYOND: f32 = 2.0;
        /// Length of a line that crosses nothing, ems.
        const LONG: f32 = 12.0;
        /// How near to the page's edge it comes, as a share of the page: what is ruled off stays within the margins.
        const EDGE: f32 = 0.04;
        let trace = &self.found[idx];
        let starts_alone = || self.is_alone(idx, |t| t.start);
        let ends_alone = || self.is_alone(idx, |t| t.end);
        match self.tables[idx] {
            Some((from, to)) if !self.crossings[idx].is_empty() => {
                from - trace.start > BEYOND * self.em && starts_alone()
                    || trace.end - to > BEYOND * self.em && ends_alone()
            }
            _ => {
                let is_only_line = (0..self.found.len()).all(|k| !self.is_other_line(idx, k));
                let reaches_edge =
                    trace.start < EDGE * self.size || trace.end > (1.0 - EDGE) * self.size;
                self.crossings[idx].is_empty()
                    && trace.length() > LONG * self.em
                    && reaches_edge
                    && (is_only_line || starts_alone() && ends_alone())
            }
        }
    }

    /// Whether the k-th is another line than the one at hand, and long enough to tell.
    fn is_other_line(&self, idx: usize, k: usize) -> bool {
        k != idx && self.found[k].length() > SURE_EMS * self.em
    }

    /// Whether hardly any line ends where this one does. At the edge of the page, where streaks end, too, a table that it cuts has most of its
    /// lines.
    fn is_alone(&self, idx: usize, end: impl Fn(&Trace) -> f32) -> bool {
        /// Ems within which the ends of lines of one table are.
        const TOGETHER: f32 = 0.7;
        /// Others that end where a line of a table does; two streaks may end together by chance.
        const ALIKE: usize = 2;
        let at = end(&self.found[idx]);
        let reach = TOGETHER * self.em;
        let is_line = |k: &usize| self.is_other_line(idx, *k);
        let n_lines = (0..self.found.len()).filter(is_line).count();
        let together = (0..self.found.len())
            .filter(is_line)
            .filter(|k| (end(&self.found[*k]) - at).abs() < reach)
            .count();
        if at < 2.0 * reach || at > self.size - 2.0 * reach {
            2 * together < n_lines
        } else {
            together < ALIKE.min(n_lines)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::find;
    use super::*;

    fn fill(gray: &mut Gray, (left, top, right, bottom): (usize, usize, usize, usize)) {
        for y in top..bottom {
            gray.pixels[y * 500 + left..y * 500 + right].fill(20);
        }
    }

    #[test]
    fn a_streak_through_a_table_is_no_rule() {
        let mut gray = Gray::filled(500, 600, 255);
        for y in [150, 210, 270, 330] {
            fill(&mut gray, (50, y, 450, y + 2));
        }
        for x in [50, 150, 250, 448] {
            fill(&mut gray, (x, 150, x + 2, 332));
        }
        fill(&mut gray, (300, 10, 302, 580));
        let rules = find(&gray, 30.0, 25, false);
        assert_eq!((rules.level.len(), rules.upright.len()), (4, 4));
        assert!(
            rules
                .upright
                .iter()
                .all(|r| (r.position() - 301.0).abs() > 5.0)
        );
        // It is taken off the page, and the stroke that it crosses stays.
        fill(&mut gray, (280, 240, 320, 243));
        rules.erase(&mut gray, 30.0);
        let shades = [100, 200, 241].map(|y| gray.at(300, y));
        assert_eq!(shades, [255, 255, 20]);
    }

    #[test]
    fn as_many_streaks_as_sides_are_no_rules() {
        let mut gray = Gray::filled(500, 600, 255);
        for y in [150, 210, 270, 330] {
            fill(&mut gray, (50, y, 450, y + 2));
        }
        for x in [50, 448] {
            fill(&mut gray, (x, 150, x + 2, 332));
        }
        // One is broken below the table.
        fill(&mut gray, (200, 10, 202, 400));
        fill(&mut gray, (200, 460, 202, 595));
        fill(&mut gray, (300, 60, 302, 560));
        let rules = find(&gray, 30.0, 25, false);
        assert_eq!((rules.level.len(), rules.upright.len()), (4, 2));
        rules.erase(&mut gray, 30.0);
        assert_eq!([30, 520].map(|y| gray.at(200, y)), [255, 255]);
    }

    #[test]
    fn columns_that_go_on_above_and_below_their_rows_are_rules() {
        let mut gray = Gray::filled(500, 600, 255);
        for y in [250, 310] {
            fill(&mut gray, (50, y, 450, y + 2));
        }
        for x in [50, 200, 300, 448] {
            fill(&mut gray, (x, 150, x + 2, 432));
        }
        assert_eq!(find(&gray, 30.0, 25, false).upright.len(), 4);
    }

    #[test]
    fn a_line_beside_no_table_that_ends_alone_is_no_rule() {
        let mut gray = Gray::filled(500, 600, 255);
        fill(&mut gray, (300, 0, 302, 600));
        assert_eq!(find(&gray, 30.0, 25, false).upright.len(), 0);
    }
}
