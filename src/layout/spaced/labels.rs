//! Labels of merged cells in text that was laid out by spaces: each stands once, in the middle of its rows.
//!
//! In: the lines of a table. Out: labels with the row they begin in. Never: knows what a label says.

use std::collections::BTreeMap;

use super::words::{Row, Word, may_have_moved, needs_space, pieces};

/// No more columns of labels stand at the left of a table.
const MOST_SIDE: usize = 4;
/// A label of several rows is no longer than this, in characters of one line.
const WIDEST_LABEL: usize = 10;

/// A label of several rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Line number, from 1.
    pub(super) number: u32,
    /// Its column, from the left.
    col: usize,
    /// Indices of the first and the last line it stands on.
    lines: (usize, usize),
    /// Index of the row it begins in, where that is certain.
    fixed: Option<usize>,
}

impl Label {
    /// A cell of several rows that stands alone on its line: it begins in the row of `line`.
    pub(super) fn alone(word: Word, number: u32, line: usize) -> Self {
        Self {
            text: word.text,
            start: word.start,
            end: word.end,
            number,
            col: usize::MAX,
            lines: (line, line),
            fixed: Some(line),
        }
    }
}

/// Takes the labels of merged cells out of the lines of a table: (line, column, words of one piece).
///
/// Columns are told by what lies between them, or by the line with the most pieces where that tells more. A column at
/// the left that holds fewer texts than there are rows holds labels.
pub(super) fn take_labels(
    rows: &mut [Row],
    (header, first, end): (Option<usize>, usize, usize),
    table: usize,
) -> Vec<(usize, usize, Word)> {
    let end = end.min(rows.len());
    let count = |row: &Row| pieces(&row.words).len();
    let body: Vec<usize> = (first..end).collect();
    let Some(most) = body
        .iter()
        .map(|&i| count(&rows[i]))
        .chain(header.map(|h| count(&rows[h])))
        .max()
    else {
        return Vec::new();
    };
    // The first line that has the most pieces.
    let Some(reference) = header
        .into_iter()
        .chain(body.iter().copied())
        .find(|&i| count(&rows[i]) == most)
    else {
        return Vec::new();
    };
    let extent = |row: &Row, p: (usize, usize)| (row.words[p.0].start, row.words[p.1 - 1].end);
    let columns: Vec<(usize, usize)> = pieces(&rows[reference].words)
        .into_iter()
        .map(|p| extent(&rows[reference], p))
        .collect();
    let columns = match gutters(rows, header, &body) {
        found if found.len() >= columns.len() => found,
        _ => columns,
    };
    if columns.len() < 3 {
        return Vec::new();
    }
    let mut places: Vec<Vec<(usize, (usize, usize))>> = vec![Vec::new(); rows.len()];
    for &idx in &body {
        let parts = pieces(&rows[idx].words);
        let words = &rows[idx].words;
        // A piece right behind another may have stood anywhere up to the next.
        let extents: Vec<Reach> = parts
            .iter()
            .map(|&(a, b)| {
                let next = words.get(b).map_or(words[b - 1].end, |w| w.start);
                Reach {
                    start: words[a].start,
                    end: words[b - 1].end,
                    farthest: if may_have_moved(words, a) {
                        next
                    } else {
                        words[b - 1].end
                    },
                }
            })
            .collect();
        let homes = align(&extents, &columns);
        places[idx] = homes.into_iter().zip(parts).collect();
    }
    let least = if most > 4 { 3 } else { 2 };
    let mains: Vec<usize> = body
        .iter()
        .copied()
        .filter(|&i| places[i].len() * 2 >= most && places[i].len() >= least)
        .collect();
    let mut n_side = 0;
    for col in 0..columns.len().min(MOST_SIDE) {
        // Labels that are fewer than the rows stand beside several of them.
        let own: Vec<(usize, usize)> = body
            .iter()
            .filter_map(|&i| {
                let width = |p: (usize, usize)| extent(&rows[i], p).1 - extent(&rows[i], p).0;
                let place = places[i].iter().find(|(c, _)| *c == col)?;
                Some((i, width(place.1)))
            })
            .collect();
        let widest = own.iter().map(|o| o.1).max().unwrap_or(0);
        let n_labels = own.len()
            - own
                .windows(2)
                .filter(|pair| {
                    let (above, below) = (pair[0], pair[1]);
                    below.0 - above.0 <= 2 && above.1 + 1 >= widest && below.1 < above.1
                })
                .count();
        let is_lone = own.iter().any(|o| places[o.0].len() == 1);
        let filled = mains
            .iter()
            .filter(|i| own.iter().any(|o| o.0 == **i))
            .count();
        let is_long = widest > WIDEST_LABEL;
        let few = filled * 4 < mains.len() * 3 || is_lone;
        if n_labels >= mains.len() || mains.len() < 2 || !few || is_long {
            break;
        }
        n_side = col + 1;
    }
    let mut taken = Vec::new();
    for &idx in &body {
        let mut keep_from = 0;
        for &(col, (from, to)) in &places[idx] {
            if col >= n_side || belongs_to_header(rows, header, idx, &columns, col) {
                break;
            }
            let words = &rows[idx].words[from..to];
            let text: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
            taken.push((
                idx,
                table * MOST_SIDE + col,
                Word {
                    text: text.join(" "),
                    start: words[0].start,
                    end: words[words.len() - 1].end,
                    glued: false,
                },
            ));
            keep_from = to;
        }
        rows[idx].words.drain(..keep_from);
        rows[idx].taken |= keep_from > 0;
    }
    taken
}

/// The columns of a table: what stands between character positions that no text covers.
///
/// A text of one word stands where it stood on the page; words behind it on the same line may have moved to the left.
fn gutters(rows: &[Row], header: Option<usize>, body: &[usize]) -> Vec<(usize, usize)> {
    let near = header.map_or(0..0, |h| h.saturating_sub(1)..h + 1);
    let mut covered: Vec<usize> = Vec::new();
    for i in near.chain(body.iter().copied()) {
        let words = &rows[i].words;
        for (a, b) in pieces(words) {
            if may_have_moved(words, a) || words.len() == 1 {
                continue;
            }
            let end = words[b - 1].end;
            if covered.len() < end {
                covered.resize(end, 0);
            }
            covered[words[a].start..end]
                .iter_mut()
                .for_each(|n| *n += 1);
        }
    }
    let mut columns = Vec::new();
    split_at_valleys(&covered, 0, covered.len(), &mut columns);
    columns
}

/// Cuts a profile where it is lowest, as long as that is less than half as high as each side; bare ends are left out.
fn split_at_valleys(
    covered: &[usize],
    mut from: usize,
    mut to: usize,
    columns: &mut Vec<(usize, usize)>,
) {
    while from < to && covered[from] == 0 {
        from += 1;
    }
    while to > from && covered[to - 1] == 0 {
        to -= 1;
    }
    if from == to {
        return;
    }
    let mut highest_behind = vec![0; to - from + 1];
    for at in (from..to).rev() {
        highest_behind[at - from] = highest_behind[at - from + 1].max(covered[at]);
    }
    let mut valley: Option<usize> = None;
    let mut highest_before = 0;
    for at in from..to {
        let low = 2 * covered[at];
        let is_valley = highest_before > low && highest_behind[at - from + 1] > low;
        if is_valley && valley.is_none_or(|v| covered[at] < covered[v]) {
            valley = Some(at);
        }
        highest_before = highest_before.max(covered[at]);
    }
    match valley {
        Some(at) => {
            split_at_valleys(covered, from, at, columns);
            split_at_valleys(covered, at, to, columns);
        }
        None => columns.push((from, to)),
    }
}

/// Whether a piece right below a header is the end of a header's label.
fn belongs_to_header(
    rows: &[Row],
    header: Option<usize>,
    idx: usize,
    columns: &[(usize, usize)],
    col: usize,
) -> bool {
    let Some(header) = header.filter(|h| *h + 1 == idx) else {
        return false;
    };
    let over = |row: &Row| {
        row.words
            .iter()
            .any(|w| w.start < columns[col].1 + 1 && w.end + 1 > columns[col].0)
    };
    let above = header
        .checked_sub(1)
        .is_some_and(|i| over(&rows[i]) && rows[i].words.len() <= rows[header].words.len());
    let short = rows[idx]
        .words
        .first()
        .is_some_and(|w| w.end - w.start <= 3);
    above && short || !over(&rows[header])
}

/// Where a piece may have stood, in character columns.
#[derive(Debug, Clone, Copy)]
struct Reach {
    start: usize,
    end: usize,
    /// Its end, had it stood as far right as it could.
    farthest: usize,
}

/// The column of each piece: order is kept, distances are small.
fn align(extents: &[Reach], columns: &[(usize, usize)]) -> Vec<usize> {
    const SHARED: f32 = 4.0;
    let (n, m) = (extents.len(), columns.len());
    let distance = |a: Reach, b: (usize, usize)| -> f32 {
        let gap = if a.farthest <= b.0 {
            b.0 - a.farthest + 1
        } else if b.1 <= a.start {
            a.start - b.1 + 1
        } else {
            0
        };
        let middle = (a.start + a.end).abs_diff(b.0 + b.1) as f32 / 2.0;
        let known = if a.farthest > a.end { 0.01 } else { 0.1 };
        gap as f32 + known * middle
    };
    if n > 2 * m {
        return (0..n)
            .map(|i| {
                (0..m)
                    .min_by(|&a, &b| {
                        distance(extents[i], columns[a])
                            .total_cmp(&distance(extents[i], columns[b]))
                    })
                    .unwrap_or(0)
            })
            .collect();
    }
    // shared: the last piece stands in column j; best: in column j or before.
    let mut best = vec![vec![f32::INFINITY; m + 1]; n + 1];
    let mut shared = best.clone();
    best[0].fill(0.0);
    for i in 1..=n {
        for j in 1..=m {
            let here = distance(extents[i - 1], columns[j - 1]);
            // A second piece in a column: its header's label was not cut.
            let again = shared[i - 1][j] + here + SHARED;
            let alone = best[i - 1][j - 1] + here;
            shared[i][j] = alone.min(again);
            best[i][j] = best[i][j - 1].min(shared[i][j]);
        }
    }
    let mut homes = vec![0; n];
    let (mut i, mut j) = (n, m);
    let mut bound = false;
    while i > 0 && j > 0 {
        if !bound && best[i][j] >= best[i][j - 1] {
            j -= 1;
            continue;
        }
        homes[i - 1] = j - 1;
        let here = distance(extents[i - 1], columns[j - 1]);
        bound = shared[i - 1][j] + SHARED < best[i - 1][j - 1]
            && (shared[i][j] - (shared[i - 1][j] + here + SHARED)).abs() < 1e-3;
        i -= 1;
        j -= usize::from(!bound);
    }
    homes
}

/// Joins the lines of labels: what stands closely below a full line goes on with it.
pub(super) fn join_labels(mut parts: Vec<(usize, usize, Word)>, rows: &[Row]) -> Vec<Label> {
    parts.sort_by_key(|(line, col, _)| (*col, *line));
    let lone = lone_runs(&parts);
    let mut labels: Vec<Label> = Vec::new();
    let mut last_width = 0;
    let widest: BTreeMap<usize, usize> =
        parts
            .iter()
            .fold(BTreeMap::new(), |mut all, (_, col, word)| {
                let width = all.entry(*col).or_default();
                *width = (word.end - word.start).max(*width);
                all
            });
    for (line, col, word) in parts {
        let width = word.end - word.start;
        let upright = col == usize::MAX;
        if let Some(last) = labels
            .last_mut()
            .filter(|l| !upright && l.col == col && l.fixed.is_none())
        {
            let near = line - last.lines.1 <= 2
                && rows[last.lines.1..=line]
                    .iter()
                    .skip(1)
                    .all(Row::gap_is_none);
            // A text that is broken fills its line; what is left of it is short.
            let slack = usize::from(last.text.contains(|c: char| c.is_ascii()));
            let full = last_width + slack >= widest.get(&col).copied().unwrap_or(0);
            let on_main = |i: usize| pieces(&rows[i].words).len() >= 2;
            let both_main = on_main(line) && on_main(last.lines.1);
            let goes_on = lone.contains(&col)
                || full
                    && width <= last_width
                    && (width < last_width || !on_main(line))
                    && (!both_main || width <= 3);
            if near && goes_on && line - last.lines.0 <= 4 {
                if needs_space(&last.text, &word.text) {
                    last.text.push(' ');
                }
                last.text.push_str(&word.text);
                last.start = last.start.min(word.start);
                last.end = last.end.max(word.end);
                last.lines.1 = line;
                last_width = width;
                continue;
            }
        }
        last_width = width;
        labels.push(Label {
            text: word.text,
            start: word.start,
            end: word.end,
            number: rows[line].number,
            col,
            lines: (line, line),
            fixed: upright.then_some(line),
        });
    }
    labels
}

/// The columns whose pieces follow each other line by line: they are one label, since labels of several rows stand
/// apart.
fn lone_runs(parts: &[(usize, usize, Word)]) -> Vec<usize> {
    const MOST: usize = 4;
    let mut columns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (line, col, _) in parts {
        columns.entry(*col).or_default().push(*line);
    }
    columns
        .into_iter()
        .filter(|(_, lines)| {
            (2..=MOST).contains(&lines.len()) && lines.windows(2).all(|w| w[1] == w[0] + 1)
        })
        .map(|(col, _)| col)
        .collect()
}

/// Gives each label the row it begins in, such that it stands in the middle of its rows.
pub(super) fn assign_labels(
    labels: &[Label],
    ranges: &[(usize, usize)],
    rows: &[Row],
) -> Vec<(usize, Label)> {
    let row_at = |line: usize| {
        ranges
            .iter()
            .position(|r| r.0 <= line && line < r.1)
            .unwrap_or(0)
    };
    let holds = |r: usize| {
        rows[ranges[r].0..ranges[r].1]
            .iter()
            .any(|row| !row.words.is_empty())
    };
    let mut assigned: Vec<(usize, Label)> = labels
        .iter()
        .filter(|l| l.fixed.is_some())
        .map(|l| (row_at(l.lines.0), l.clone()))
        .collect();
    let mut cols: Vec<usize> = labels
        .iter()
        .filter(|l| l.fixed.is_none())
        .map(|l| l.col)
        .collect();
    cols.sort_unstable();
    cols.dedup();
    // Boundaries of the finer column bind the coarser one.
    let mut starts: Vec<usize> = Vec::new();
    for &col in cols.iter().rev() {
        let own: Vec<&Label> = labels
            .iter()
            .filter(|l| l.fixed.is_none() && l.col == col)
            .collect();
        // Rows around the labels: as far as rows of the table go.
        let (Some(first), Some(last)) = (own.first(), own.last()) else {
            continue;
        };
        let (from, to) = reach(row_at(first.lines.0), row_at(last.lines.1), ranges, rows);
        let inside: Vec<usize> = (from..to).filter(|&r| holds(r)).collect();
        let found = group(&own, &inside, ranges, &starts);
        for (label, row) in own.iter().zip(&found) {
            starts.push(*row);
            assigned.push((*row, (*label).clone()));
        }
    }
    assigned
}

/// Rows of a table around some rows: neighbours with several pieces and numbers.
fn reach(from: usize, to: usize, ranges: &[(usize, usize)], rows: &[Row]) -> (usize, usize) {
    let is_body = |r: usize| {
        let lines = &rows[ranges[r].0..ranges[r].1];
        lines.iter().all(|l| l.words.is_empty())
            || lines.iter().any(|l| {
                pieces(&l.words).len() >= 2
                    && l.words
                        .iter()
                        .any(|w| w.text.chars().any(|c| c.is_ascii_digit()))
            })
    };
    let (mut first, mut end) = (from, to + 1);
    while first > 0 && is_body(first - 1) {
        first -= 1;
    }
    while end < ranges.len() && is_body(end) {
        end += 1;
    }
    (first, end)
}

/// The first row of each label's group. Groups are contiguous; rows before the first group and behind the last may
/// stay without a label, at a price, where a page cuts a merged cell.
fn group(
    labels: &[&Label],
    inside: &[usize],
    ranges: &[(usize, usize)],
    starts: &[usize],
) -> Vec<usize> {
    const UNLABELLED: f32 = 1.2;
    const UNBOUND: f32 = 0.6;
    let (n, m) = (labels.len(), inside.len());
    let fallback = || {
        labels
            .iter()
            .map(|l| {
                ranges
                    .iter()
                    .position(|r| r.0 <= l.lines.0 && l.lines.0 < r.1)
                    .unwrap_or(0)
            })
            .collect::<Vec<_>>()
    };
    if m < n || m > 400 {
        return fallback();
    }
    let mut best = vec![vec![f32::INFINITY; m + 1]; n + 1];
    let mut from = vec![vec![0usize; m + 1]; n + 1];
    for (r, worth) in best[0].iter_mut().enumerate() {
        *worth = UNLABELLED * r as f32;
    }
    for (k, label) in labels.iter().enumerate() {
        let middle = (label.lines.0 + label.lines.1) as f32 / 2.0;
        for end in k + 1..=m {
            for first in k..end {
                if best[k][first] == f32::INFINITY {
                    continue;
                }
                let (top, bottom) = (ranges[inside[first]].0, ranges[inside[end - 1]].1 - 1);
                let off = ((top + bottom) as f32 / 2.0 - middle).abs();
                let unbound = if !starts.is_empty() && first > 0 && !starts.contains(&inside[first])
                {
                    UNBOUND
                } else {
                    0.0
                };
                let cost = best[k][first] + (off - 0.25).max(0.0) + unbound;
                if cost < best[k + 1][end] - 1e-4 {
                    best[k + 1][end] = cost;
                    from[k + 1][end] = first;
                }
            }
        }
    }
    let end = (n..=m)
        .min_by(|&a, &b| {
            (best[n][a] + UNLABELLED * (m - a) as f32)
                .total_cmp(&(best[n][b] + UNLABELLED * (m - b) as f32))
        })
        .unwrap_or(m);
    let mut rows = vec![0; n];
    let mut at = end;
    for k in (0..n).rev() {
        if best[k + 1][at] == f32::INFINITY {
            return fallback();
        }
        at = from[k + 1][at];
        rows[k] = inside[at];
    }
    rows
}
