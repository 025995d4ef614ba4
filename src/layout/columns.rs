//! Columns of text without rules: which lines share them.
//!
//! In: lines outside grids. Out: a [`Block`] of lines with its columns. Never: decides that a block is a table.
//!
//! A block is grown around the line with the most pieces, nearest lines first, as long as the pieces of the next line
//! fall into the columns found so far or beside them.

use crate::model::geometry::BBox;

use super::lines::{TextLine, Word, box_of};
use super::params::LayoutParams;
use super::stream::Context;

/// A column as far as it is known: the extent of its text, points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    pub left: f32,
    pub right: f32,
}

/// Lines that share columns.
pub(super) struct Block {
    /// First line and the line after the last.
    pub first: usize,
    pub end: usize,
    pub columns: Vec<Column>,
}

/// The block around the line with the most pieces; `None` where no line has two.
pub(super) fn find_block(
    lines: &[TextLine],
    counts: &[usize],
    page: &Context<'_>,
) -> Option<Block> {
    let most = counts.iter().copied().max()?;
    // A line of several pieces, or two lines of one each that are centred on each other.
    let (seed, seed_end) = if most >= 2 {
        counts
            .iter()
            .position(|&n| n == most)
            .map(|seed| (seed, seed + 1))?
    } else {
        lines
            .windows(2)
            .position(is_pair)
            .map(|seed| (seed, seed + 2))?
    };
    let mut columns: Vec<Column> = lines[seed..seed_end]
        .iter()
        .flat_map(|line| pieces(line, page.params))
        .map(box_of)
        .map(|b| Column {
            left: b.left,
            right: b.right,
        })
        .collect();
    columns.sort_by(|a, b| a.left.total_cmp(&b.left));
    let (mut first, mut end) = (seed, seed_end);
    let (mut up, mut down) = (true, true);
    // The nearer side first: lines that reach into the block belong to it before those that only follow it.
    while (up && first > 0) || (down && end < lines.len()) {
        let above = if up && first > 0 {
            lines[first].bbox.top - lines[first - 1].bbox.bottom
        } else {
            f32::INFINITY
        };
        let below = if down && end < lines.len() {
            lines[end].bbox.top - lines[end - 1].bbox.bottom
        } else {
            f32::INFINITY
        };
        if above < below {
            up = grow(
                &mut columns,
                &lines[first - 1],
                &lines[first..end],
                true,
                page,
            );
            first -= usize::from(up);
        } else {
            // What begins with an upright label of its own is something else.
            down = !starts_upright(&lines[end - 1..], page.em)
                && (grow(&mut columns, &lines[end], &lines[first..end], false, page)
                    || take_label(&mut columns, &lines[end..], &lines[first..end], page));
            end += usize::from(down);
        }
        up &= first > 0;
        down &= end < lines.len();
    }
    // Lines at the rim that belong closer to what lies outside are given back.
    let white = |upper: usize| lines[upper + 1].bbox.top - lines[upper].bbox.bottom;
    let belongs_out = |line: usize, outer: f32, inner: f32| {
        let single = counts[line] == 1 && outer + 0.1 * page.em < inner;
        single || outer < -0.05 * page.em
    };
    while first < seed && first > 0 && belongs_out(first, white(first - 1), white(first)) {
        first += 1;
    }
    while end > seed_end
        && end < lines.len()
        && belongs_out(end - 1, white(end - 1), white(end - 2))
    {
        end -= 1;
    }
    first += tied(&lines[first..seed], lines[..first].last(), page);
    let below: Vec<TextLine> = lines[seed_end..end].iter().rev().cloned().collect();
    end -= tied(&below, lines.get(end), page);
    let mut columns = refit(&lines[first..end], &columns);
    unite_headers(&lines[first..end], &mut columns);
    Some(Block {
        first,
        end,
        columns,
    })
}

/// Whether two lines stand beside each other half a line apart, as a label centred on a text does.
fn is_pair(lines: &[TextLine]) -> bool {
    const INTERLEAVED: f32 = 0.85;
    let [upper, lower] = lines else { return false };
    let pitch = lower.bbox.center_y() - upper.bbox.center_y();
    let apart = upper.bbox.right < lower.bbox.left || lower.bbox.right < upper.bbox.left;
    apart && pitch < INTERLEAVED * upper.size.min(lower.size)
}

/// How many lines at the rim of a block go on the text of the line beyond it: they follow as closely as it does, and
/// have a piece that begins where it begins. None where the whole rim looks so.
fn tied(rim: &[TextLine], beyond: Option<&TextLine>, page: &Context<'_>) -> usize {
    const MOST_LINES: usize = 40;
    let Some(beyond) = beyond else { return 0 };
    let pitch = |a: &TextLine, b: &TextLine| (a.bbox.center_y() - b.bbox.center_y()).abs();
    let Some(usual) = rim
        .first()
        .map(|line| pitch(line, beyond))
        .filter(|&p| p <= 2.0 * page.em)
    else {
        return 0;
    };
    let starts: Vec<f32> = pieces(beyond, page.params)
        .iter()
        .map(|words| box_of(words).left)
        .collect();
    let mut before = beyond;
    for (index, line) in rim.iter().enumerate().take(MOST_LINES) {
        let same_start = pieces(line, page.params)
            .iter()
            .map(|words| box_of(words).left)
            .any(|left| {
                starts
                    .iter()
                    .any(|start| (start - left).abs() <= 0.2 * page.em)
            });
        if pitch(line, before) > usual + 0.08 * page.em || !same_start {
            return if pitch(line, before) > usual + 0.08 * page.em {
                index
            } else {
                0
            };
        }
        before = line;
    }
    0
}

/// The columns that some lines use, as wide as their text.
fn refit(lines: &[TextLine], columns: &[Column]) -> Vec<Column> {
    let mut fitted: Vec<Option<Column>> = vec![None; columns.len()];
    for (col, words) in lines
        .iter()
        .flat_map(|line| split_words(&line.words, columns))
    {
        let around = box_of(words);
        if touched(columns, &around).count() == 1 {
            let column = fitted[col].get_or_insert(Column {
                left: around.left,
                right: around.right,
            });
            column.left = column.left.min(around.left);
            column.right = column.right.max(around.right);
        }
    }
    let fitted: Vec<Column> = fitted.into_iter().flatten().collect();
    if fitted.is_empty() {
        columns.to_vec()
    } else {
        fitted
    }
}

/// Makes one column of a header text and the texts below it where they do not overlap: a header in the middle of its
/// column, short texts at the column's edge.
fn unite_headers(lines: &[TextLine], columns: &mut Vec<Column>) {
    const HEADER_LINES: usize = 3;
    // First and last line that has text in each column.
    let mut extents: Vec<Option<(usize, usize)>> = vec![None; columns.len()];
    for (index, line) in lines.iter().enumerate() {
        for (col, _) in split_words(&line.words, columns) {
            let extent = extents[col].get_or_insert((index, index));
            extent.1 = index;
        }
    }
    for col in (1..columns.len()).rev() {
        let (Some(a), Some(b)) = (extents[col - 1], extents[col]) else {
            continue;
        };
        let (header, body) = if a.0 <= b.0 { (a, b) } else { (b, a) };
        if header.1 < body.0
            && header.1 < HEADER_LINES
            && pieces_in(&lines[header.1], columns) * 2 > columns.len()
        {
            columns[col - 1].right = columns[col].right;
            columns.remove(col);
            extents[col - 1] = Some((header.0, body.1));
            extents.remove(col);
        }
    }
}

/// How many columns a line has text in.
fn pieces_in(line: &TextLine, columns: &[Column]) -> usize {
    split_words(&line.words, columns).len()
}

/// Whether an upright label begins after the first of some lines, apart from it.
fn starts_upright(lines: &[TextLine], em: f32) -> bool {
    let [before, first, second, ..] = lines else {
        return false;
    };
    is_upright(first, second, em)
        && !is_upright(before, first, em)
        && first.bbox.top - before.bbox.bottom > -0.05 * em
}

/// Whether two lines begin with characters of one label that is set from top to bottom.
fn is_upright(upper: &TextLine, lower: &TextLine, em: f32) -> bool {
    let (Some(a), Some(b)) = (upper.words.first(), lower.words.first()) else {
        return false;
    };
    let single = |w: &Word| w.text.chars().count() == 1 && !w.text.is_ascii();
    single(a)
        && single(b)
        && (a.bbox.left - b.bbox.left).abs() <= 0.3 * em
        && b.bbox.center_y() - a.bbox.center_y() <= 1.8 * em
}

/// Pieces of a line that are clearly apart.
pub(super) fn pieces<'a>(line: &'a TextLine, params: &LayoutParams) -> Vec<&'a [Word]> {
    let gap = params.piece_gap_em;
    let mut cuts = vec![0];
    cuts.extend((1..line.words.len()).filter(|&i| {
        line.words[i].gap_before >= gap * line.words[i].size.min(line.words[i - 1].size)
    }));
    cuts.push(line.words.len());
    cuts.windows(2)
        .map(|pair| &line.words[pair[0]..pair[1]])
        .collect()
}

/// Takes a line into a block if its pieces fall into the block's columns or beside them.
fn grow(
    columns: &mut Vec<Column>,
    line: &TextLine,
    block: &[TextLine],
    upwards: bool,
    page: &Context<'_>,
) -> bool {
    const LARGEST: f32 = 1.2;
    const CLEAR_EM: f32 = 0.15;
    const HEADER_EM: f32 = 10.0;
    let Some(neighbour) = (if upwards { block.first() } else { block.last() }) else {
        return false;
    };
    let white = (line.bbox.top - neighbour.bbox.bottom).max(neighbour.bbox.top - line.bbox.bottom);
    if white > page.params.block_gap_em * page.em
        || line.size > LARGEST * page.em.max(neighbour.size)
    {
        return false;
    }
    // Lines of cells that are centred on each other reach into one another: they belong together in any case.
    let interleaved = white < -0.05 * page.em;
    let mut parts: Vec<BBox> = Vec::new();
    let texts = pieces(line, page.params);
    // Texts above the first row may stand between columns that they are the common header of.
    let is_header = upwards
        && texts.len() >= 2
        && columns.len() >= 2 * texts.len()
        && white <= page.params.small_gap_em * page.em;
    for words in texts {
        let around = box_of(words);
        unite_exclusive(columns, &around, block);
        if touched(columns, &around).count() <= 1 {
            parts.push(around);
            continue;
        }
        // A piece over several columns may be texts that stand close together.
        for (_, part) in split_words(words, columns) {
            let around = box_of(part);
            let n_touched = touched(columns, &around).count();
            if n_touched == 2 && is_header && around.width() <= HEADER_EM * page.em {
                continue;
            }
            if n_touched > 1 {
                return false;
            }
            parts.push(around);
        }
    }
    let known = parts
        .iter()
        .filter(|p| touched(columns, p).count() == 1)
        .count();
    let mut grown = columns.clone();
    for part in &parts {
        let col = touched(&grown, part).next();
        match col {
            Some(col) => {
                let column = &mut grown[col];
                column.left = column.left.min(part.left);
                column.right = column.right.max(part.right);
            }
            None => {
                let at = grown.partition_point(|c| c.left < part.left);
                // Text between two columns is one of its own only in a line that has the others.
                let is_inner = at > 0 && at < grown.len();
                if is_inner && is_header {
                    continue;
                }
                if is_inner && known < 3 && !interleaved {
                    return false;
                }
                grown.insert(
                    at,
                    Column {
                        left: part.left,
                        right: part.right,
                    },
                );
            }
        }
    }
    if (known == 0 && !interleaved && !is_header)
        || grown
            .windows(2)
            .any(|pair| pair[1].left - pair[0].right < CLEAR_EM * page.em)
    {
        return false;
    }
    *columns = grown;
    true
}

/// Takes a line into a block that is the label of rows above and below it: it stands at their left, and the next line,
/// which falls into the block's columns, reaches into it.
fn take_label(
    columns: &mut Vec<Column>,
    rest: &[TextLine],
    block: &[TextLine],
    page: &Context<'_>,
) -> bool {
    const WIDEST_EM: f32 = 8.5;
    let ([label, next, ..], Some(above)) = (rest, block.last()) else {
        return false;
    };
    let is_label = columns.len() >= 2
        && pieces(label, page.params).len() == 1
        && label.bbox.width() <= WIDEST_EM * page.em
        && columns[0].left - label.bbox.right >= page.params.piece_gap_em * page.em
        && label.bbox.top - above.bbox.bottom <= page.params.small_gap_em * page.em;
    if !is_label || !is_pair(&rest[..2]) {
        return false;
    }
    let mut grown = columns.clone();
    if !grow(&mut grown, next, block, false, page) || grown.len() != columns.len() {
        return false;
    }
    let (left, right) = (label.bbox.left, label.bbox.right);
    grown.insert(0, Column { left, right });
    *columns = grown;
    true
}

/// Makes one column of those that a text overlaps if no line has text in two of them: a short text at the left of a
/// wide column and a header in its middle look like two.
fn unite_exclusive(columns: &mut Vec<Column>, around: &BBox, block: &[TextLine]) {
    const MOST_LINES: usize = 60;
    let over: Vec<usize> = touched(columns, around).collect();
    let (Some(&first), Some(&last)) = (over.first(), over.last()) else {
        return;
    };
    if first == last || last - first > 2 || block.len() > MOST_LINES {
        return;
    }
    let in_two = |line: &TextLine| {
        let mut used: Vec<usize> = line
            .words
            .iter()
            .flat_map(|w| touched(columns, &w.bbox))
            .filter(|c| (first..=last).contains(c))
            .collect();
        used.dedup();
        used.len() > 1
    };
    if !block.iter().any(in_two) {
        columns[first].right = columns[last].right;
        columns.drain(first + 1..=last);
    }
}

/// Columns that a box overlaps.
fn touched<'a>(columns: &'a [Column], around: &'a BBox) -> impl Iterator<Item = usize> + 'a {
    let from = columns.partition_point(|c| c.right <= around.left);
    (from..columns.len()).take_while(move |&i| columns[i].left < around.right)
}

/// Cuts words into stretches of one column each; a word over several columns keeps the first.
pub(super) fn split_words<'a>(words: &'a [Word], columns: &[Column]) -> Vec<(usize, &'a [Word])> {
    let home = |word: &Word| -> usize {
        let overlap = |c: &Column| c.right.min(word.bbox.right) - c.left.max(word.bbox.left);
        // The best column is the one overlapped most, or the nearest.
        (0..columns.len())
            .max_by(|&a, &b| {
                overlap(&columns[a])
                    .total_cmp(&overlap(&columns[b]))
                    .then(b.cmp(&a))
            })
            .unwrap_or(0)
    };
    let mut parts: Vec<(usize, usize, usize)> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let col = home(word);
        match parts.last_mut() {
            Some(last) if last.0 == col => last.2 = index + 1,
            _ => parts.push((col, index, index + 1)),
        }
    }
    parts
        .into_iter()
        .map(|(col, from, to)| (col, &words[from..to]))
        .collect()
}
