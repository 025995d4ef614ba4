//! Which lines of spaced text are one row.
//!
//! In: lines. Out: ranges of lines. Never: reads a word beyond its shape.
//!
//! A cell of several lines is centred on its row, so that pieces of it stand above and below the row's main line. Each
//! way to cut the lines into rows has a price, in units of one row, and the cheapest is taken. The prices were set by
//! hand on forms printed by LibreOffice, Chromium and reportlab.

use super::cells::{Cell, CellLine, cells_of};
use super::words::{Row, Word, ems, pieces};
use crate::model::Gap;

/// A row has no more lines than this.
const MOST_LINES: usize = 24;

/// A row.
const ROW: f32 = 1.0;
/// A row of one piece.
const LONE: f32 = 0.5;
/// A text goes on in the next line, with at least half a line more.
const NEXT_LINE: f32 = 0.4;
/// A text goes on in the next line, with less.
const REST: f32 = 0.1;
/// A text goes on that did not fill its line, or what follows begins anew.
const NOT_FULL: f32 = 2.0;
/// The same, where it ended a sentence.
const AFTER_SENTENCE: f32 = 0.2;
/// The lines of a cell share no edge and no middle.
const MISALIGNED: f32 = 2.5;
/// A cell leaves a line out, beyond the one that every other line of its row may take.
const SKIPPED: f32 = 3.0;
/// A cell stands off the middle of its row, for each line.
const OFF_CENTRE: f32 = 1.5;
/// A cell stands off the middle of its row at all.
const ASTRAY: f32 = 0.3;
/// Cells of one line stand on lines that follow each other: lines that overlap may swap.
const NEAR_MAINS: f32 = 1.0;
/// Cells of one line stand on different lines.
const TWO_MAINS: f32 = 4.0;
/// A text of two lines beside one of a single line makes three lines, as a rule.
const TWO_LINES: f32 = 0.7;
/// The same, where the second line is no mere rest: times the share of such texts.
const TWO_LONG_LINES: f32 = 1.2;
/// A line of so many full-width characters is one of a text that goes on, as a rule.
const LONG_TEXT: f32 = 16.0;
/// A piece stands below several.
const COVERS: f32 = 4.0;
/// A later line opens with a label and its value.
const OPENS: f32 = 3.0;
/// Blank space within the row.
const APART: f32 = 0.7;
/// All cells go over the same lines: rather rows of a table without rules.
const ALIKE: f32 = 4.0;
/// Lines of one piece, none of which stands beside a text.
const NO_TEXT: f32 = 4.0;

/// Cuts lines into rows: half-open ranges.
pub(super) fn split_rows(rows: &[Row]) -> Vec<(usize, usize)> {
    let left = rows
        .iter()
        .filter_map(|r| r.words.first())
        .map(|w| w.start)
        .min()
        .unwrap_or(0);
    let wider = widths(rows);
    let mut best: Vec<(f32, usize)> = vec![(0.0, 0)];
    for end in 1..=rows.len() {
        let mut cheapest = (f32::INFINITY, end - 1);
        for first in (end.saturating_sub(MOST_LINES)..end).rev() {
            let cost = best[first].0 + row_cost(&rows[first..end], &wider[first..end], left);
            if cost < cheapest.0 - 1e-4 {
                cheapest = (cost, first);
            }
        }
        best.push(cheapest);
    }
    let mut ranges = Vec::new();
    let mut end = rows.len();
    while end > 0 {
        let first = best[end].1;
        ranges.push((first, end));
        end = first;
    }
    ranges.reverse();
    ranges
}

/// For each word, whether a text nearby in the same column is wider: a text that is broken fills its line.
fn widths(rows: &[Row]) -> Vec<Vec<bool>> {
    const REACH: usize = 6;
    /// Wider by more than the next character, and not so much that it is of another kind of cell.
    const LEAST: f32 = 1.6;
    const MOST: f32 = 2.5;
    struct Piece {
        start: usize,
        end: usize,
        width: f32,
    }
    let extents: Vec<Vec<Piece>> = rows
        .iter()
        .map(|row| {
            let piece = |&(a, b): &(usize, usize)| Piece {
                start: row.words[a].start,
                end: row.words[b - 1].end,
                width: row.words[a..b].iter().map(|w| ems(&w.text)).sum(),
            };
            pieces(&row.words).iter().map(piece).collect()
        })
        .collect();
    let is_wider = |idx: usize, at: usize| {
        let row = &rows[idx];
        let word = &row.words[at];
        let rest = row.words[at + 1..].iter().take_while(|w| w.glued);
        let own = ems(&word.text) + rest.map(|w| ems(&w.text)).sum::<f32>();
        let near = idx.saturating_sub(REACH)..(idx + REACH + 1).min(rows.len());
        near.into_iter().any(|i| {
            // A title in the middle of the page says nothing about columns.
            let is_lone = extents[i].len() == 1;
            extents[i].iter().any(|piece| {
                let off_start = piece.start.abs_diff(word.start);
                let off_middle = (piece.start + piece.end).abs_diff(word.start + word.end);
                let is_aligned = off_start == 0 || !is_lone && (off_start == 1 || off_middle <= 2);
                is_aligned && piece.width > own + LEAST && piece.width <= MOST * own + 2.0
            })
        })
    };
    (0..rows.len())
        .map(|idx| {
            (0..rows[idx].words.len())
                .map(|at| is_wider(idx, at))
                .collect()
        })
        .collect()
}

fn row_cost(rows: &[Row], wider: &[Vec<bool>], left: usize) -> f32 {
    let counts: Vec<usize> = rows.iter().map(|r| pieces(&r.words).len()).collect();
    if rows.len() == 1 {
        return match counts[0] {
            0 => 0.0,
            1 => ROW + LONE,
            _ => ROW,
        };
    }
    // Lines that hold nothing but a taken label belong to any row; they do not open or close one.
    if counts[0] == 0 || counts[rows.len() - 1] == 0 {
        return f32::INFINITY;
    }
    let cells = cells_of(rows);
    if cells.len() < 2 {
        return f32::INFINITY;
    }
    let mut cost = ROW + mains_cost(rows, &cells) + lines_cost(rows, left);
    let n_multi = cells.iter().filter(|c| c.lines.len() > 1).count();
    let same_lines = cells
        .iter()
        .all(|c| c.lines[0].level == cells[0].lines[0].level);
    if n_multi == cells.len() && same_lines {
        cost += ALIKE;
    }
    if counts.iter().all(|n| *n == 1) {
        // Lines of one piece are one row where something stands beside the lines of a text.
        let is_text = |c: &Cell| {
            let first = c.lines[0].start;
            c.lines.len() > 1 && c.lines.iter().all(|l| l.start.abs_diff(first) <= 2)
        };
        if rows.len() == 2 || !cells.iter().any(is_text) {
            cost += NO_TEXT;
        }
    }
    let centre = (rows.len() - 1) as f32 / 2.0;
    for cell in &cells {
        let off = (cell.middle() - centre).abs();
        // Lines that overlap may be set as one: the more lines, the more a cell may stray.
        cost += OFF_CENTRE * (off - 0.5 - (rows.len() - 2) as f32 / 6.0).max(0.0);
        if rows.len() > 2 && off > 0.25 {
            cost += ASTRAY;
        }
        cost += COVERS * cell.covered as f32 + text_cost(rows, wider, cell);
    }
    cost
}

/// What is odd about the cells of one line: they stand on one line, that in the middle.
fn mains_cost(rows: &[Row], cells: &[Cell]) -> f32 {
    let mut mains: Vec<usize> = cells
        .iter()
        .filter(|c| c.lines.len() == 1)
        .map(|c| c.lines[0].level)
        .collect();
    mains.sort_unstable();
    mains.dedup();
    let mut cost = 0.0;
    for pair in mains.windows(2) {
        cost += if pair[1] - pair[0] == 1 {
            NEAR_MAINS
        } else {
            TWO_MAINS
        };
    }
    if rows.len() == 2 && !mains.is_empty() {
        let pairs: Vec<bool> = cells
            .iter()
            .filter(|c| c.lines.len() == 2)
            .map(|c| !is_rest(rows, c.lines[0], c.lines[1]) && c.lines[0].ems < LONG_TEXT)
            .collect();
        let n_long = pairs.iter().filter(|long| **long).count();
        // Several words without a number below as many: a header.
        let is_word = |w: &Word| {
            !w.text
                .contains(|c: char| c.is_numeric() || "≥≤＞＜＝=><".contains(c))
        };
        if pairs.len() > 2 && mains == [0] && rows.iter().all(|row| row.words.iter().all(is_word)) {
            return cost;
        }
        cost += TWO_LINES + TWO_LONG_LINES * n_long as f32 / pairs.len().max(1) as f32;
    }
    cost
}

/// What is odd about lines behind the first.
fn lines_cost(rows: &[Row], left: usize) -> f32 {
    let mut cost = 0.0;
    for row in &rows[1..] {
        let opens = row.words.first().is_some_and(|w| {
            let has_value =
                w.text.ends_with([':', '：']) && row.words.get(1).is_some_and(|next| next.glued);
            w.start <= left + 1 && (has_inner_colon(&w.text) || has_value)
        });
        if opens {
            cost += OPENS;
        }
        if row.gap > Gap::None {
            cost += APART;
        }
    }
    cost
}

/// What is odd about the text of a cell that goes over several lines.
fn text_cost(rows: &[Row], wider: &[Vec<bool>], cell: &Cell) -> f32 {
    let breaks_early = |line: CellLine| {
        let word = wider.get(line.level).and_then(|w| w.get(line.word));
        word.copied().unwrap_or(false)
    };
    let mut cost = 0.0;
    for pair in cell.lines.windows(2) {
        let (above, below) = (pair[0], pair[1]);
        cost += if is_rest(rows, above, below) {
            REST
        } else {
            NEXT_LINE
        };
        if is_misaligned(above, below) {
            cost += MISALIGNED;
        }
        let next = text_at(rows, below);
        if begins_anew(text_at(rows, above), next) {
            cost += NOT_FULL;
        }
        let is_full = above.ems + 1.0 >= below.ems && !breaks_early(above);
        if !opens_bracket(next) && !is_full {
            let last = rows[above.level].words[above.word..]
                .iter()
                .take_while(|w| w.end <= above.end)
                .last();
            let ends_sentence = last.is_some_and(|w| w.text.ends_with(['。', '；', ';', '！']));
            cost += if ends_sentence {
                AFTER_SENTENCE
            } else {
                NOT_FULL
            };
        }
        let distance = below.level - above.level;
        if distance > 2 {
            cost += SKIPPED * (distance - 2) as f32;
        }
    }
    cost
}

fn text_at(rows: &[Row], line: CellLine) -> &str {
    let word = rows[line.level].words.get(line.word);
    word.map_or("", |w| w.text.as_str())
}

/// A bracket is set on a line of its own even where it had room: `权重` over `（%）`.
fn opens_bracket(text: &str) -> bool {
    text.starts_with(['（', '('])
}

/// Whether a line holds but the rest of the one above.
fn is_rest(rows: &[Row], above: CellLine, below: CellLine) -> bool {
    below.ems * 2.0 <= above.ems || opens_bracket(text_at(rows, below))
}

/// A colon before the end of a text's first characters: it is a label with its value.
fn has_inner_colon(text: &str) -> bool {
    let colon = |c: char| matches!(c, ':' | '：');
    let text = text.trim_end_matches(colon);
    text.chars().take(14).any(colon)
}

/// Whether two lines of a cell share neither their left ends, nor their middles, nor their right ends.
fn is_misaligned(above: CellLine, below: CellLine) -> bool {
    const NEAR: usize = 2;
    const SMALL: usize = 8;
    let width = |l: CellLine| l.end.saturating_sub(l.start);
    width(above).max(width(below)) > SMALL
        && above.start.abs_diff(below.start) > NEAR
        && above.end.abs_diff(below.end) > NEAR
        && (above.start + above.end).abs_diff(below.start + below.end) > 2 * NEAR + 2
}

/// Whether a text is no continuation of the one above it: a second whole number, a number below a word, a label with
/// its colon.
fn begins_anew(above: &str, below: &str) -> bool {
    let is_number = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
    };
    let has_decimals = |text: &str| {
        let decimals = text.rsplit_once('.').map_or("", |(_, decimals)| decimals);
        is_number(text) && !decimals.is_empty()
    };
    if has_decimals(below) {
        return has_decimals(above) || above.ends_with(|c: char| !c.is_ascii() || c == ':');
    }
    has_inner_colon(below) && !above.ends_with('。')
}
