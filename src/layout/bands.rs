//! Rows of a table without rules: which lines belong to one row.
//!
//! In: the pieces of lines in their columns. Out: ranges of lines, one a row. Never: cuts a line.
//!
//! Each way to cut the lines into rows has a cost, and the cheapest is taken. A row costs; a cell of several lines
//! costs less than the rows it saves, if its lines are as close as lines of one text are and if the row's cells are
//! centred on each other or begin together.

use super::lines::TextLine;

/// A piece of a line in its column.
#[derive(Debug, Clone)]
pub(super) struct Fragment {
    /// Index of its line within the block.
    pub level: usize,
    pub col: usize,
    pub line: TextLine,
    /// Whether it labels several rows and has no say about where rows are.
    pub side: bool,
}

const ROW: f32 = 1.0;
const LONE_ROW: f32 = 0.6;
const SPARSE_ROW: f32 = 0.8;
const NEXT_LINE: f32 = 0.45;
const NEXT_RUNNING_LINE: f32 = 0.1;
const LONG_LINE_EM: f32 = 12.0;
const NOT_FULL: f32 = 1.2;
const ALL_WRAPPED: f32 = 2.0;
const OFF_CENTRE: f32 = 3.0;
const INSIDE_A_BAND: f32 = 3.0;
const OVER_A_RULE: f32 = 8.0;
/// Lines nearer than this share of their size reach into one another.
pub(super) const INTERLEAVED: f32 = 0.85;
/// What costs more is no row, however far it grows.
const MOST_COST: f32 = 60.0;
/// A row has no more lines than this.
const MOST_LINES: usize = 40;

/// Cuts `n_levels` lines into rows: half-open ranges of lines that cover all of them.
///
/// `rules` are heights of horizontal rules that no row crosses; `em` is the usual character size.
pub(super) fn split_rows(
    fragments: &[Fragment],
    n_levels: usize,
    n_cols: usize,
    rules: &[f32],
    em: f32,
) -> Vec<(usize, usize)> {
    let mut by_level: Vec<Vec<&Fragment>> = vec![Vec::new(); n_levels];
    let mut widest = vec![0.0f32; n_cols];
    for fragment in fragments {
        by_level[fragment.level].push(fragment);
        widest[fragment.col] = widest[fragment.col].max(fragment.line.bbox.width());
    }
    let mut filled: Vec<usize> = by_level.iter().map(Vec::len).filter(|&n| n > 0).collect();
    filled.sort_unstable();
    // What a whole row has: the fill of the fuller lines.
    let whole = filled.get(filled.len() * 3 / 4).copied().unwrap_or(0);
    // Where every row is ruled, rules alone part rows.
    let is_ruled = rules.len() >= 3 && n_levels <= 5 * (rules.len() + 1);
    let mut best: Vec<(f32, usize)> = vec![(0.0, 0)];
    for end in 1..=n_levels {
        let mut cheapest = (f32::INFINITY, end - 1);
        let mut row = Row {
            columns: vec![Cells::default(); n_cols],
            extra: 0.0,
        };
        // The row grows upwards from its last line.
        for first in (end.saturating_sub(MOST_LINES)..end).rev() {
            row.take(&by_level[first], &widest, em);
            if first + 1 < end {
                row.extra += crossing(&by_level[first], &by_level[first + 1], rules);
            }
            let cut = if first > 0 {
                let between = crossing(&by_level[first - 1], &by_level[first], rules) > 0.0;
                let unruled = if is_ruled && !between {
                    INSIDE_A_BAND
                } else {
                    0.0
                };
                unruled + cut_cost(&by_level[first - 1], &by_level[first])
            } else {
                0.0
            };
            let own = row.cost(whole, em);
            if own > MOST_COST {
                break;
            }
            let cost = best[first].0 + own + cut;
            if cost < cheapest.0 - 1e-4 {
                cheapest = (cost, first);
            }
        }
        best.push(cheapest);
    }
    let mut rows = Vec::new();
    let mut end = n_levels;
    while end > 0 {
        let first = best[end].1;
        rows.push((first, end));
        end = first;
    }
    rows.reverse();
    rows
}

/// Cost of a row that begins with `below`: lines that reach into one another are of one row.
fn cut_cost(above: &[&Fragment], below: &[&Fragment]) -> f32 {
    let (Some(upper), Some(lower)) = (above.first(), below.first()) else {
        return 0.0;
    };
    let pitch = lower.line.bbox.center_y() - upper.line.bbox.center_y();
    if pitch < INTERLEAVED * upper.line.size.min(lower.line.size) {
        OVER_A_RULE
    } else {
        0.0
    }
}

fn crossing(above: &[&Fragment], below: &[&Fragment], rules: &[f32]) -> f32 {
    let upper = above
        .iter()
        .map(|f| f.line.bbox.center_y())
        .fold(f32::NEG_INFINITY, f32::max);
    let lower = below
        .iter()
        .map(|f| f.line.bbox.center_y())
        .fold(f32::INFINITY, f32::min);
    if rules.iter().any(|&r| r > upper && r < lower) {
        OVER_A_RULE
    } else {
        0.0
    }
}

/// The lines of one cell, as far as costs need them.
#[derive(Debug, Clone, Default)]
struct Cells {
    count: usize,
    first_y: f32,
    last_y: f32,
    first_width: f32,
    spread: f32,
    not_full: bool,
    /// Lines that are long and full, as those of running text are.
    running: usize,
}

/// A row in the making.
struct Row {
    columns: Vec<Cells>,
    extra: f32,
}

impl Row {
    /// Takes the line above those it has.
    fn take(&mut self, level: &[&Fragment], widest: &[f32], em: f32) {
        for fragment in level {
            let cell = &mut self.columns[fragment.col];
            let y = fragment.line.bbox.center_y();
            let lead = fragment.line.words.first().map_or(em, |w| w.first_width);
            if cell.count == 0 {
                cell.last_y = y;
            } else {
                cell.spread += pitch_cost(
                    (cell.first_y - y)
                        / fragment
                            .line
                            .bbox
                            .height()
                            .max(1.15 * fragment.line.size)
                            .max(1.0),
                );
                // A text that is broken fills its line: the next line's first character had no room.
                let is_full =
                    fragment.line.bbox.width() + cell.first_width >= 0.93 * widest[fragment.col];
                cell.not_full |= !is_full;
                cell.running +=
                    usize::from(is_full && fragment.line.bbox.width() >= LONG_LINE_EM * em);
            }
            cell.first_y = y;
            cell.first_width = lead;
            cell.count += 1;
        }
    }

    fn cost(&self, whole: usize, em: f32) -> f32 {
        let used: Vec<&Cells> = self.columns.iter().filter(|c| c.count > 0).collect();
        let mut cost = ROW + self.extra;
        if used.len() <= 1 {
            cost += LONE_ROW;
        }
        if whole >= 4 && used.len() * 5 <= whole * 2 {
            cost += SPARSE_ROW;
        }
        for cell in &used {
            cost += NEXT_LINE * (cell.count - 1 - cell.running) as f32
                + NEXT_RUNNING_LINE * cell.running as f32
                + cell.spread;
            if cell.not_full {
                cost += NOT_FULL;
            }
        }
        let is_running = used.iter().any(|c| c.running >= 2);
        if !is_running
            && used.len() >= 2
            && used.iter().all(|c| c.count >= 2)
            && used.iter().all(|c| c.count == used[0].count)
        {
            cost += ALL_WRAPPED;
        }
        // Side labels aside, all cells of a row share a middle or a first line.
        let Some(tallest) = used.iter().max_by_key(|c| c.count) else {
            return cost;
        };
        let middle = (tallest.first_y + tallest.last_y) / 2.0;
        let top = used.iter().map(|c| c.first_y).fold(f32::INFINITY, f32::min);
        let off = |distance: f32| (distance.abs() / em - 0.2).max(0.0);
        let centred: f32 = used
            .iter()
            .map(|c| off((c.first_y + c.last_y) / 2.0 - middle))
            .sum();
        let hanging: f32 = used.iter().map(|c| off(c.first_y - top)).sum();
        cost + OFF_CENTRE * centred.min(hanging)
    }
}

/// Cost of two lines of a text that are this many line heights apart.
fn pitch_cost(pitch: f32) -> f32 {
    match pitch {
        p if p <= 1.25 => 0.0,
        p if p <= 1.45 => 0.25,
        p if p <= 1.65 => 0.7,
        p if p <= 1.9 => 1.5,
        _ => 4.0,
    }
}
