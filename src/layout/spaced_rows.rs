//! Rows of text that was laid out by spaces: cells of several lines are put together again.
//!
//! In: the lines of a text. Out: [`Line`]s, one a row of a table, with the text of each cell in one segment. Never:
//! trusts absolute columns; a line that belongs to no row stays as it is.
//!
//! Such a text keeps the order of what stands on a line, but neither its exact column nor which lines are one row: a
//! cell of several lines is centred on its row, so that pieces of it stand above and below the row's main line. Each
//! way to cut the lines into rows has a price, and the cheapest is taken; labels of merged cells are told apart first.
//!
//! Long because the steps of one search, and the prices they share, belong together.

use crate::model::{Block, Gap, Line, Place, Segment, Separator};

use super::delimited::layout_lines;
use super::spaced_labels::{Label, assign_labels, join_labels};

/// A piece of a line without white space, in character columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether only a single space parts it from the word before.
    pub(super) glued: bool,
}

/// A line of the text.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// From 1.
    pub(super) number: u32,
    pub(super) words: Vec<Word>,
    gap: Gap,
}

impl Row {
    /// Whether it follows the line before closely.
    pub(super) fn gap_is_none(&self) -> bool {
        self.gap == Gap::None
    }
}

/// Lines with at least this many pieces are main lines of a table.
const LEAST_PIECES: usize = 4;
/// A row has no more lines than this.
const MOST_LINES: usize = 24;

/// Turns a text that is laid out by spaces into lines, one a row.
pub(super) fn layout_spaced(lines: &[String]) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut zone: Vec<Line> = Vec::new();
    for block in layout_lines(lines) {
        let Block::Line(line) = block else { continue };
        let opens = line.gap >= Gap::Large
            || line.furniture
            || matches!(line.separator, Separator::Tab | Separator::Pipe);
        if opens {
            read_zone(&std::mem::take(&mut zone), &mut out);
        }
        if line.furniture || matches!(line.separator, Separator::Tab | Separator::Pipe) {
            out.push(Block::Line(line));
        } else {
            zone.push(line);
        }
    }
    read_zone(&zone, &mut out);
    out
}

fn row_of(line: &Line) -> Row {
    let mut words = Vec::new();
    for segment in &line.segments {
        let mut at = segment.start as usize;
        let is_spread = segment.text.contains(' ')
            && segment
                .text
                .split(' ')
                .all(|piece| piece.chars().count() == 1 && !piece.is_ascii());
        if is_spread {
            // `项 目 名 称` is one word.
            words.push(Word {
                text: segment.text.clone(),
                start: at,
                end: at + segment.text.chars().count(),
                glued: false,
            });
            continue;
        }
        for (idx, piece) in segment.text.split(char::is_whitespace).enumerate() {
            let n = piece.chars().count();
            if n > 0 {
                words.push(Word {
                    text: piece.to_owned(),
                    start: at,
                    end: at + n,
                    glued: idx > 0,
                });
            }
            at += n + 1;
        }
    }
    Row {
        number: line
            .segments
            .first()
            .and_then(|s| s.place.line)
            .unwrap_or(1),
        words,
        gap: line.gap,
    }
}

/// Pieces of a line: words that only single spaces part.
pub(super) fn pieces(words: &[Word]) -> Vec<(usize, usize)> {
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    for (idx, word) in words.iter().enumerate() {
        match pieces.last_mut() {
            Some(last) if word.glued && last.1 == idx => last.1 = idx + 1,
            _ => pieces.push((idx, idx + 1)),
        }
    }
    pieces
}

fn read_zone(zone: &[Line], out: &mut Vec<Block>) {
    if zone.len() < 2 {
        out.extend(zone.iter().cloned().map(Block::Line));
        return;
    }
    let mut rows: Vec<Row> = zone.iter().map(row_of).collect();
    let mut labels = take_upright(&mut rows);
    let tables = tables(&rows);
    for &(header, first, end) in &tables {
        labels.extend(super::spaced_labels::take_labels(
            &mut rows, header, first, end,
        ));
    }
    let ranges = split_rows(&rows);
    let assigned = assign_labels(&join_labels(labels, &rows), &ranges, &rows);
    for (index, &(first, end)) in ranges.iter().enumerate() {
        let own: Vec<&Label> = assigned
            .iter()
            .filter(|(row, _)| *row == index)
            .map(|(_, label)| label)
            .collect();
        let single = end - first == 1
            && own.is_empty()
            && row_of(&zone[first]).words.len() == rows[first].words.len();
        if single {
            out.push(Block::Line(zone[first].clone()));
        } else if let Some(line) = line_of(&rows[first..end], &own) {
            out.push(Block::Line(line));
        }
    }
}

/// Characters of labels that are set from top to bottom at the left: taken out of their lines.
fn take_upright(rows: &mut [Row]) -> Vec<(usize, usize, Word)> {
    const LEAST: usize = 3;
    const FARTHEST: usize = 4;
    let is_single = |row: &Row| {
        row.words
            .first()
            .filter(|w| {
                w.end - w.start == 1
                    && !w.text.is_ascii()
                    && row.words.get(1).is_none_or(|next| next.start > w.end)
            })
            .map(|w| w.start)
    };
    let mut taken = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let Some(start) = is_single(&rows[at]) else {
            at += 1;
            continue;
        };
        let mut run = vec![at];
        let mut next = at + 1;
        while next < rows.len() && next - run[run.len() - 1] <= FARTHEST {
            if is_single(&rows[next]).is_some_and(|s| s.abs_diff(start) <= 1) {
                run.push(next);
            } else if rows[next]
                .words
                .first()
                .is_some_and(|w| w.start + 1 < start)
            {
                break;
            }
            next += 1;
        }
        if run.len() < LEAST {
            at += 1;
            continue;
        }
        let last = run[run.len() - 1];
        let mut label: Option<Word> = None;
        for &idx in &run {
            let word = rows[idx].words.remove(0);
            match &mut label {
                Some(label) => label.text.push_str(&word.text),
                None => label = Some(word),
            }
        }
        if let Some(label) = label {
            taken.push((run[0], usize::MAX, label));
        }
        at = last + 1;
    }
    taken
}

/// Tables of a zone: their header, if they have one, the first line behind it, and the line behind the last.
fn tables(rows: &[Row]) -> Vec<(Option<usize>, usize, usize)> {
    let is_main = |row: &Row| pieces(&row.words).len() >= LEAST_PIECES;
    let is_header = |row: &Row| {
        is_main(row)
            && !row.words.iter().any(|w| {
                w.text
                    .starts_with(|c: char| c.is_ascii_digit() || "≥≤＞＜＝=><".contains(c))
            })
    };
    let mut result: Vec<(Option<usize>, usize, usize)> = Vec::new();
    for (idx, row) in rows.iter().enumerate() {
        if !is_main(row) {
            continue;
        }
        if is_header(row) || result.is_empty() {
            let header = is_header(row).then_some(idx);
            result.push((
                header,
                if header.is_some() {
                    idx + 1
                } else {
                    idx.saturating_sub(1)
                },
                idx + 1,
            ));
        } else if let Some(last) = result.last_mut() {
            last.2 = idx + 1;
        }
    }
    // Pieces below the last main line belong to it; pieces above a header to the header.
    for t in 0..result.len() {
        let limit = result.get(t + 1).map_or(rows.len(), |next| {
            next.0.unwrap_or(next.1).saturating_sub(1)
        });
        let end = result[t].2;
        let tail = rows[end.min(limit)..limit]
            .iter()
            .take(2)
            .take_while(|r| r.words.iter().all(|w| w.end - w.start <= 8))
            .count();
        result[t].2 = end + tail;
    }
    result
}

/// The cell texts of a row's lines: (start, end, line of its first word, text).
struct Cell {
    start: usize,
    end: usize,
    /// Index of each line it has words on, its width there, its first word there, and its end.
    lines: Vec<(usize, usize, usize, usize)>,
    text: String,
}

/// Cells of some lines that are one row: words that stand below each other belong together.
fn cells_of(rows: &[Row]) -> Vec<Cell> {
    let mut words: Vec<(usize, &Word)> = Vec::new();
    let mut firsts = Vec::new();
    for (level, row) in rows.iter().enumerate() {
        firsts.push(words.len());
        words.extend(row.words.iter().map(|w| (level, w)));
    }
    let mut group: Vec<usize> = (0..words.len()).collect();
    fn root(group: &[usize], mut at: usize) -> usize {
        while group[at] != at {
            at = group[at];
        }
        at
    }
    let overlap = |a: &Word, b: &Word| a.end.min(b.end) as i64 - a.start.max(b.start) as i64;
    if rows.len() > 1 {
        for idx in 0..words.len() {
            let (level, word) = words[idx];
            // The word of an earlier line that it stands below most.
            let above = (0..idx)
                .rev()
                .filter(|&o| words[o].0 < level && overlap(words[o].1, word) > 0);
            let best = above.max_by_key(|&o| (words[o].0, overlap(words[o].1, word)));
            if let Some(best) = best {
                let (a, b) = (root(&group, best), root(&group, idx));
                group[b.max(a)] = a.min(b);
            }
        }
    }
    // Words of one piece stay together unless both have words above or below.
    let size = |group: &[usize], r: usize| {
        (0..words.len())
            .filter(|&i| root(group, i) == r)
            .map(|i| words[i].0)
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    for idx in 1..words.len() {
        if words[idx].1.glued && words[idx].0 == words[idx - 1].0 {
            let (a, b) = (root(&group, idx - 1), root(&group, idx));
            if a != b && size(&group, a) == 1 && size(&group, b) == 1 {
                group[a.max(b)] = a.min(b);
            }
        }
    }
    let mut cells: Vec<(usize, Cell)> = Vec::new();
    for (idx, (level, word)) in words.iter().enumerate() {
        let home = root(&group, idx);
        let found = cells.iter_mut().find(|(r, _)| *r == home);
        match found {
            Some((_, cell)) => {
                let same = cell.lines.last().is_some_and(|l| l.0 == *level);
                if same {
                    if let Some(last) = cell.lines.last_mut() {
                        last.1 += 1 + word.end - word.start;
                        last.3 = word.end;
                    }
                    cell.text.push(' ');
                } else {
                    cell.lines.push((
                        *level,
                        word.end - word.start,
                        idx - firsts[*level],
                        word.end,
                    ));
                    if needs_space(&cell.text, &word.text) {
                        cell.text.push(' ');
                    }
                }
                cell.text.push_str(&word.text);
                cell.start = cell.start.min(word.start);
                cell.end = cell.end.max(word.end);
            }
            None => cells.push((
                home,
                Cell {
                    start: word.start,
                    end: word.end,
                    lines: vec![(
                        *level,
                        word.end - word.start,
                        idx - firsts[*level],
                        word.end,
                    )],
                    text: word.text.clone(),
                },
            )),
        }
    }
    let mut cells: Vec<Cell> = cells.into_iter().map(|(_, cell)| cell).collect();
    cells.sort_by_key(|cell| (cell.start + cell.end, cell.start));
    cells
}

/// Whether a space is kept where a cell's text goes on in the next line.
pub(super) fn needs_space(text: &str, next: &str) -> bool {
    let is_word = |ch: Option<char>| ch.is_some_and(|c| c.is_ascii_alphabetic());
    is_word(text.chars().last()) && is_word(next.chars().next())
}

/// Cuts lines into rows: half-open ranges.
fn split_rows(rows: &[Row]) -> Vec<(usize, usize)> {
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
    const REACH: usize = 12;
    let extents: Vec<Vec<(usize, usize, f32)>> = rows
        .iter()
        .map(|row| {
            pieces(&row.words)
                .iter()
                .map(|&(a, b)| {
                    (
                        row.words[a].start,
                        row.words[b - 1].end,
                        row.words[a..b].iter().map(|w| ems(&w.text)).sum(),
                    )
                })
                .collect()
        })
        .collect();
    rows.iter()
        .enumerate()
        .map(|(idx, row)| {
            let near = idx.saturating_sub(REACH)..(idx + REACH + 1).min(rows.len());
            row.words
                .iter()
                .map(|word| {
                    let own = ems(&word.text);
                    extents[near.clone()]
                        .iter()
                        .flatten()
                        .any(|&(start, end, width)| {
                            let aligned = start.abs_diff(word.start) <= 1
                                || (start + end).abs_diff(word.start + word.end) <= 2;
                            aligned && width > own + 1.6 && width <= 2.5 * own + 2.0
                        })
                })
                .collect()
        })
        .collect()
}

/// Width of a text in full-width characters.
pub(super) fn ems(text: &str) -> f32 {
    text.chars()
        .map(|ch| if ch.is_ascii() { 0.5 } else { 1.0 })
        .sum()
}

fn row_cost(rows: &[Row], wider: &[Vec<bool>], left: usize) -> f32 {
    const ROW: f32 = 1.0;
    const LONE: f32 = 0.8;
    const NEXT_LINE: f32 = 0.1;
    const NOT_FULL: f32 = 2.0;
    const AFTER_SENTENCE: f32 = 0.2;
    const SKIPPED: f32 = 3.0;
    const OFF_CENTRE: f32 = 1.5;
    const TWO_MAINS: f32 = 6.0;
    const TWO_PAIRS: f32 = 2.0;
    const OPENS: f32 = 3.0;
    const ALONE: f32 = 4.0;
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
    let breaks_early = |level: usize, word: usize| {
        wider
            .get(level)
            .and_then(|w| w.get(word))
            .copied()
            .unwrap_or(false)
    };
    if cells.len() < 2 {
        return f32::INFINITY;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let main = if most >= 3 {
        counts.iter().position(|&n| n == most)
    } else {
        None
    };
    let centre = main.map_or((rows.len() - 1) as f32 / 2.0, |m| m as f32);
    let mut cost = ROW;
    if main.is_some() {
        let others = counts
            .iter()
            .enumerate()
            .filter(|(i, n)| Some(*i) != main && **n * 5 >= most * 3 && **n >= 3)
            .count();
        cost += TWO_MAINS * others as f32;
    }
    if most == 2 {
        cost += TWO_PAIRS * (counts.iter().filter(|&&n| n == 2).count() - 1) as f32;
    }
    let n_multi = cells.iter().filter(|c| c.lines.len() > 1).count();
    if n_multi == cells.len() {
        cost += ALONE;
    }
    for row in &rows[1..] {
        let opens = row.words.first().is_some_and(|w| {
            w.start <= left + 1 && w.text.chars().take(14).any(|c| matches!(c, ':' | '：'))
        });
        if opens {
            cost += OPENS;
        }
        if row.gap > Gap::None {
            cost += 0.7;
        }
    }
    for cell in &cells {
        let (first, last) = (cell.lines[0].0, cell.lines[cell.lines.len() - 1].0);
        let middle = (first + last) as f32 / 2.0;
        let off = ((middle - centre).abs() - 0.5).max(0.0);
        cost += OFF_CENTRE * off
            + if (middle - centre).abs() > 0.25 {
                0.3
            } else {
                0.0
            };
        for pair in cell.lines.windows(2) {
            cost += NEXT_LINE;
            let (p, q) = (pair[0], pair[1]);
            if p.1 + 1 < q.1 || breaks_early(p.0, p.2) {
                let ends_sentence = rows[p.0]
                    .words
                    .get(p.2..)
                    .and_then(|w| w.iter().take_while(|w| w.end <= p.3).last())
                    .is_some_and(|w| w.text.ends_with(['。', '；', ';', '！']));
                cost += if ends_sentence {
                    AFTER_SENTENCE
                } else {
                    NOT_FULL
                };
            }
            let skipped = (p.0 + 1..q.0)
                .filter(|&l| Some(l) != main || p.0 + 2 != q.0)
                .count();
            let passes = skipped > 0 && !(q.0 == p.0 + 2 && main == Some(p.0 + 1));
            if passes {
                cost += SKIPPED * skipped as f32;
            }
        }
        // A text on another line than the row's main line that has no partner there.
        if main.is_some_and(|m| cell.lines.len() == 1 && first != m) {
            cost += 1.0;
        }
    }
    cost
}

/// The row of some lines, with the labels that begin in it.
fn line_of(rows: &[Row], labels: &[&Label]) -> Option<Line> {
    let counts: Vec<usize> = rows.iter().map(|r| pieces(&r.words).len()).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    let main = counts.iter().position(|&n| n == most).unwrap_or(0);
    let place = Place::on_line(rows.get(main)?.number);
    let mut segments: Vec<Segment> = labels
        .iter()
        .map(|l| Segment {
            text: l.text.clone(),
            start: l.start as f32,
            end: l.end as f32,
            place: Place::on_line(l.number),
            confidence: None,
        })
        .collect();
    let n_labels = segments.len();
    for cell in cells_of(rows) {
        let number = rows.get(cell.lines[0].0).map_or(1, |r| r.number);
        let place = if rows.len() == 1 {
            place
        } else {
            Place::on_line(number)
        };
        segments.push(Segment {
            text: cell.text,
            start: cell.start as f32,
            end: cell.end as f32,
            place,
            confidence: None,
        });
    }
    if segments.is_empty() {
        return None;
    }
    segments[..n_labels].sort_by(|a, b| a.start.total_cmp(&b.start));
    let gap = rows.first().map_or(Gap::None, |r| r.gap);
    let separator = if segments.len() > 1 {
        Separator::Spaces
    } else {
        Separator::Single
    };
    Some(Line {
        segments,
        separator,
        gap,
        furniture: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let shown = |line: &Line| {
            line.segments
                .iter()
                .map(|s| s.text.as_str())
                .collect::<Vec<_>>()
                .join("|")
        };
        layout_spaced(&lines)
            .iter()
            .filter_map(|block| {
                if let Block::Line(line) = block {
                    Some(shown(line))
                } else {
                    None
                }
            })
            .collect()
    }

    #[test]
    fn a_cell_of_two_lines_stands_around_its_main_line() {
        let rows = check(
            "质量   道路通行率    ≥   90   %\n       巡查工作及时完\n时效              ≥   95   %\n       成率",
        );
        assert_eq!(
            rows,
            ["质量|道路通行率|≥|90|%", "时效|巡查工作及时完成率|≥|95|%"]
        );
    }

    #[test]
    fn a_text_goes_on_below_the_word_it_stands_under() {
        let rows =
            check("质量   道路通行率    ≥   90   %\n时效   工作及时完 ≥   95   %\n     成率");
        assert_eq!(rows[1], "时效|工作及时完成率|≥|95|%");
    }

    #[test]
    fn rows_of_short_texts_stay_apart() {
        assert_eq!(
            check("任务   内容\n人员经费   工资\n公用经费   办公"),
            ["任务|内容", "人员经费|工资", "公用经费|办公"]
        );
    }

    #[test]
    fn a_merged_label_begins_in_the_first_of_its_rows() {
        let rows = check(
            "类别    名称    性质   值   单位\n      道路    ≥   1   个\n数量    桥梁    ≥   2   个\n      路灯    ≥   3   个",
        );
        assert_eq!(rows[1], "数量|道路|≥|1|个");
    }
}
