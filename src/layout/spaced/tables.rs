//! Tables in spaced text: where they are, and what in them does not keep to one row.
//!
//! In: lines, cut into rows or not. Out: ranges of lines, labels taken out of them. Never: knows what a label says.

use super::labels::Label;
use super::words::{Row, Word, pieces};
use crate::model::Gap;

/// Lines with at least this many pieces are main lines of a table.
const LEAST_PIECES: usize = 4;

/// Tables of a zone: their header, if they have one, the first line behind it, and the line behind the last.
pub(super) fn tables(rows: &[Row]) -> Vec<(Option<usize>, usize, usize)> {
    /// Rows of a table stand no farther apart.
    const FARTHEST: usize = 7;
    const WIDEST_HEADER: usize = 14;
    let opens_value = |w: &Word| {
        w.text
            .starts_with(|c: char| c.is_numeric() || "≥≤＞＜＝=><-—".contains(c))
    };
    let n_pieces: Vec<usize> = rows.iter().map(|r| pieces(&r.words).len()).collect();
    let has_value: Vec<bool> = rows
        .iter()
        .map(|r| r.words.iter().any(opens_value))
        .collect();
    let is_header = |i: usize| {
        n_pieces[i] >= LEAST_PIECES
            && !has_value[i]
            && rows[i]
                .words
                .iter()
                .all(|w| w.end - w.start <= WIDEST_HEADER && !w.text.ends_with([':', '：']))
    };
    // The last of the lines behind a header that hold values, and how many there are.
    let body = |header: usize| {
        let least = (n_pieces[header] / 2).max(2);
        let (mut last, mut n) = (header, 0);
        for i in header + 1..rows.len() {
            if i - last > FARTHEST || is_header(i) && n > 0 && n_pieces[i] >= n_pieces[header] {
                break;
            }
            if n_pieces[i] >= least && (has_value[i] || n_pieces[i] + 1 >= n_pieces[header]) {
                (last, n) = (i, n + usize::from(has_value[i]));
            }
        }
        (last, n)
    };
    let mut result: Vec<(Option<usize>, usize, usize)> = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        // A page may begin within a table.
        let opens_page = rows[0].gap == Gap::Page || rows[0].number == 1;
        let is_field = |row: &Row| row.words.iter().any(|w| w.text.ends_with([':', '：']));
        let first_value = (0..rows.len().min(2))
            .find(|&i| n_pieces[i] > 2 && has_value[i] && !is_field(&rows[i]));
        let continues = at == 0 && opens_page && !is_header(0) && first_value.is_some();
        if !continues && !is_header(at) {
            at += 1;
            continue;
        }
        let header = match first_value.filter(|_| continues) {
            Some(first) => first,
            // A header of several lines ends where its last label of several words does.
            None => (at..(at + 4).min(rows.len()))
                .take_while(|&i| n_pieces[i] >= 3 && !has_value[i])
                .last()
                .unwrap_or(at),
        };
        let (last, n) = body(header);
        if n < 2 {
            at += 1;
            continue;
        }
        let left = rows[at..=last]
            .iter()
            .filter_map(|r| r.words.first())
            .map(|w| w.start)
            .min()
            .unwrap_or(0);
        let tail = rows[last + 1..]
            .iter()
            .take(2)
            .take_while(|r| {
                let is_short = r.words.iter().all(|w| w.end - w.start <= 8);
                is_short && r.words.len() <= 3 && r.words.iter().all(|w| w.start >= left)
            })
            .count();
        let end = last + 1 + tail;
        result.push(if continues {
            (None, 0, end)
        } else {
            (Some(header), header + 1, end)
        });
        at = last + 1;
    }
    result
}

/// Characters of labels that are set from top to bottom at the left: taken out of their lines.
pub(super) fn take_upright(rows: &mut [Row]) -> Vec<(usize, usize, Word)> {
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
                .is_some_and(|w| w.start <= start && (w.end > start || w.start + 1 < start))
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
            rows[idx].taken = true;
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

/// Cells that stand alone on their line between two rows whose columns are free there: they are merged cells of both.
pub(super) fn take_lone(rows: &mut [Row], ranges: &mut Vec<(usize, usize)>) -> Vec<Label> {
    const LONGEST: usize = 12;
    let mut taken = Vec::new();
    let mut at = 1;
    while at + 1 < ranges.len() {
        let (above, own, below) = (ranges[at - 1], ranges[at], ranges[at + 1]);
        let row = &rows[own.0];
        let is_lone = own.1 - own.0 == 1
            && pieces(&row.words).len() == 1
            && row.gap_is_none()
            && rows[below.0].gap_is_none();
        if !is_lone {
            at += 1;
            continue;
        }
        let (start, end) = (row.words[0].start, row.words[row.words.len() - 1].end);
        let is_free = |range: (usize, usize)| {
            let lines = &rows[range.0..range.1];
            let is_row = lines.iter().map(|l| pieces(&l.words).len()).sum::<usize>() > 1;
            is_row
                && lines
                    .iter()
                    .flat_map(|l| &l.words)
                    .all(|w| w.end < start || w.start > end)
        };
        if end - start > LONGEST || !is_free(above) || !is_free(below) {
            at += 1;
            continue;
        }
        let row = &mut rows[own.0];
        row.taken = true;
        let number = row.number;
        let mut words = row.words.drain(..);
        if let Some(mut word) = words.next() {
            for next in words {
                word.text.push(' ');
                word.text.push_str(&next.text);
                word.end = next.end;
            }
            taken.push(Label::alone(word, number, above.0));
        }
        ranges[at - 1].1 = own.1;
        ranges.remove(at);
    }
    taken
}
