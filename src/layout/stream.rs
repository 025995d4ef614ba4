//! Tables without rules: lines that align in columns.
//!
//! In: the loose lines of a page. Out: sheets in their place. Never: makes a table of prose; where alignment is weak,
//! lines stay lines with their segments.
//!
//! A block of lines is grown around its line with the most pieces, as long as the pieces of the next line fall into the
//! columns found so far. Rows are then told apart by `bands`.

use crate::model::block::{Gap, TableOrigin};
use crate::model::geometry::{BBox, Place};
use crate::model::page::Ruling;

use super::assemble::{Item, Leaf, sort_items};
use super::bands::{Fragment, split_rows};
use super::lines::{TextLine, Word, box_of};
use super::params::LayoutParams;
use super::sheet::{Sheet, SheetCell, SheetRow, cell_text};

/// Replaces runs of lines that align in columns by sheets.
pub(super) fn find_aligned(leaf: &mut Leaf, params: &LayoutParams) {
    let mut kept: Vec<Item> = Vec::new();
    let mut zone: Vec<TextLine> = Vec::new();
    let page = Context {
        number: leaf.number,
        em: leaf.em,
        rules: &leaf.loose_rules,
        params,
    };
    for item in std::mem::take(&mut leaf.items) {
        match item {
            Item::Line(line) if !line.furniture => zone.push(line.line),
            other => {
                read_zone(&std::mem::take(&mut zone), &page, &mut kept);
                kept.push(other);
            }
        }
    }
    read_zone(&zone, &page, &mut kept);
    sort_items(&mut kept);
    leaf.items = kept;
}

/// What the search needs to know of the page.
struct Context<'a> {
    number: u32,
    em: f32,
    rules: &'a [Ruling],
    params: &'a LayoutParams,
}

/// A column as far as it is known: the extent of its text, points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Column {
    left: f32,
    right: f32,
}

/// Lines that share columns.
struct Block {
    first: usize,
    end: usize,
    columns: Vec<Column>,
}

fn read_zone(lines: &[TextLine], page: &Context<'_>, out: &mut Vec<Item>) {
    // Zones still to be read; a stack, so that depth costs no recursion.
    let mut todo = vec![(0, lines.len())];
    while let Some((from, to)) = todo.pop() {
        let Some(block) = find_block(&lines[from..to], page) else {
            out.extend(lines[from..to].iter().map(|line| loose(line.clone())));
            continue;
        };
        let (first, end) = (from + block.first, from + block.end);
        read_block(&lines[first..end], &block.columns, page, out);
        todo.push((end, to));
        todo.push((from, first));
    }
}

fn loose(line: TextLine) -> Item {
    Item::Line(super::assemble::LooseLine {
        line,
        furniture: false,
        gap: Gap::None,
    })
}

/// The block around the line with the most pieces; `None` where no line has two.
fn find_block(lines: &[TextLine], page: &Context<'_>) -> Option<Block> {
    let counts: Vec<usize> = lines
        .iter()
        .map(|line| pieces(line, page.params).len())
        .collect();
    let most = counts.iter().copied().max().filter(|&n| n >= 2)?;
    let seed = counts.iter().position(|&n| n == most)?;
    let mut columns: Vec<Column> = pieces(&lines[seed], page.params)
        .iter()
        .map(|words| box_of(words))
        .map(|b| Column {
            left: b.left,
            right: b.right,
        })
        .collect();
    let (mut first, mut end) = (seed, seed + 1);
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
                && grow(&mut columns, &lines[end], &lines[first..end], false, page);
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
    while end > seed + 1
        && end < lines.len()
        && belongs_out(end - 1, white(end - 1), white(end - 2))
    {
        end -= 1;
    }
    first += tied(&lines[first..seed], lines[..first].last(), page);
    let below: Vec<TextLine> = lines[seed + 1..end].iter().rev().cloned().collect();
    end -= tied(&below, lines.get(end), page);
    let columns = refit(&lines[first..end], &columns);
    Some(Block {
        first,
        end,
        columns,
    })
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
        if touched(columns, &around).count() <= 1 {
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
fn pieces<'a>(line: &'a TextLine, params: &LayoutParams) -> Vec<&'a [Word]> {
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
fn split_words<'a>(words: &'a [Word], columns: &[Column]) -> Vec<(usize, &'a [Word])> {
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

/// Turns a block into a sheet, or into lines where it is no table.
fn read_block(lines: &[TextLine], columns: &[Column], page: &Context<'_>, out: &mut Vec<Item>) {
    const LEAST_COLUMNS: usize = 3;
    let (fragments, side) = fragments_of(lines, columns, page);
    let heights: Vec<(f32, f32)> = lines.iter().map(|l| (l.bbox.top, l.bbox.bottom)).collect();
    let extent = lines
        .iter()
        .map(|l| l.bbox)
        .reduce(|a, b| a.union(&b))
        .unwrap_or_default();
    let rules: Vec<f32> = page
        .rules
        .iter()
        .filter(|r| r.position > extent.top && r.position < extent.bottom)
        .filter(|r| r.end.min(extent.right) - r.start.max(extent.left) >= 0.5 * extent.width())
        .map(|r| r.position)
        .collect();
    let rows = split_rows(&fragments, lines.len(), columns.len(), &rules, page.em);
    let full_lines = lines
        .iter()
        .filter(|l| pieces(l, page.params).len() >= LEAST_COLUMNS)
        .count();
    let has_paragraph = columns.len() < 5
        && rows.iter().any(|&(first, end)| {
            let row: Vec<Fragment> = fragments.iter().filter(|f| f.level >= first && f.level < end).cloned().collect();
            is_paragraph(&row, page.em)
        });
    if columns.len() >= LEAST_COLUMNS && full_lines >= 2 && rows.len() >= 2 && !has_paragraph && is_aligned(&fragments, columns, page.em) {
        let (from, to) = trimmed(&rows, &fragments);
        if to - from >= 2 {
            let (first, end) = (rows[from].0, rows[to - 1].1);
            out.extend(lines[..first].iter().map(|l| loose(l.clone())));
            out.extend(lines[end..].iter().map(|l| loose(l.clone())));
            let inside: Vec<Fragment> = fragments
                .into_iter()
                .chain(side)
                .filter(|f| f.level >= first && f.level < end)
                .collect();
            let rows: Vec<(usize, usize)> = rows[from..to].to_vec();
            out.push(Item::Sheet(sheet_of(
                inside, &rows, &heights, columns, page,
            )));
            return;
        }
    }
    // No table: only rows whose cells have several lines become one, each by itself, so that their text stays together.
    let all: Vec<Fragment> = fragments.into_iter().chain(side).collect();
    for &(first, end) in &rows {
        let here: Vec<Fragment> = all
            .iter()
            .filter(|f| f.level >= first && f.level < end)
            .cloned()
            .collect();
        let mut used: Vec<usize> = here.iter().map(|f| f.col).collect();
        used.sort_unstable();
        used.dedup();
        if end - first >= 2 && used.len() >= 2 && !is_flow(&here, used[0], lines) {
            let columns: Vec<Column> = used.iter().map(|&c| columns[c]).collect();
            let here = here
                .into_iter()
                .map(|mut f| {
                    f.col = used.partition_point(|&c| c < f.col);
                    f.side = false;
                    f
                })
                .collect();
            out.push(Item::Sheet(sheet_of(
                here,
                &[(first, end)],
                &heights,
                &columns,
                page,
            )));
        } else {
            out.extend(lines[first..end].iter().map(|l| loose(l.clone())));
        }
    }
}

/// Whether the texts of a block's columns share an edge or a middle. Running text with wide gaps in it does not; where
/// there are many columns, there is no doubt.
fn is_aligned(fragments: &[Fragment], columns: &[Column], em: f32) -> bool {
    const NO_DOUBT: usize = 5;
    const SPREAD_EM: f32 = 0.5;
    if columns.len() >= NO_DOUBT {
        return true;
    }
    let n_aligned = (0..columns.len())
        .filter(|&col| {
            let boxes: Vec<BBox> = fragments.iter().filter(|f| f.col == col).map(|f| f.line.bbox).collect();
            let close = |at: fn(&BBox) -> f32| {
                let mut values: Vec<f32> = boxes.iter().map(at).collect();
                values.sort_by(f32::total_cmp);
                let middle = values.get(values.len() / 2).copied().unwrap_or_default();
                values.iter().filter(|v| (*v - middle).abs() <= SPREAD_EM * em).count() * 4 >= values.len() * 3
            };
            close(|b| b.left) || close(|b| b.right) || close(BBox::center_x)
        })
        .count();
    n_aligned + 1 >= columns.len()
}

/// Whether a paragraph begins in a row: the second line of its first column stands out to the left of the first one by
/// an indent, and nothing centres the two on each other.
fn is_paragraph(row: &[Fragment], em: f32) -> bool {
    const INDENT_EM: f32 = 1.2;
    let mut leads = row.iter().filter(|f| f.col == 0).map(|f| f.line.bbox);
    let (Some(first), Some(second)) = (leads.next(), leads.next()) else { return false };
    first.left - second.left > INDENT_EM * em && (first.center_x() - second.center_x()).abs() > INDENT_EM * em
}

/// Whether a row of several lines may as well be running text with a wide gap in its first line: its first column goes
/// on from the first line, and no line reaches into another.
fn is_flow(row: &[Fragment], first_col: usize, lines: &[TextLine]) -> bool {
    let first = row.iter().map(|f| f.level).min().unwrap_or(0);
    let last = row.iter().map(|f| f.level).max().unwrap_or(0);
    let leads = |level: usize| row.iter().any(|f| f.level == level && f.col == first_col);
    let is_upright = row.iter().filter(|f| f.col == first_col).all(|f| f.line.words.iter().map(|w| w.text.chars().count()).sum::<usize>() == 1);
    let interleaved = is_upright || lines[first..=last].windows(2).any(|pair| {
        pair[1].bbox.center_y() - pair[0].bbox.center_y() < 0.85 * pair[0].size.min(pair[1].size)
    });
    !interleaved && leads(first) && (first + 1..=last).any(leads)
}

/// Rows without those at the ends that hold one text only.
fn trimmed(rows: &[(usize, usize)], fragments: &[Fragment]) -> (usize, usize) {
    let n_cols = |row: &(usize, usize)| {
        let mut cols: Vec<usize> = fragments
            .iter()
            .filter(|f| f.level >= row.0 && f.level < row.1)
            .map(|f| f.col)
            .collect();
        cols.sort_unstable();
        cols.dedup();
        cols.len()
    };
    let from = rows
        .iter()
        .position(|r| n_cols(r) >= 2)
        .unwrap_or(rows.len());
    let to = rows
        .iter()
        .rposition(|r| n_cols(r) >= 2)
        .map_or(from, |r| r + 1);
    (from, to)
}

/// The pieces of a block's lines in their columns; apart from them those of a first column that labels many rows.
fn fragments_of(
    lines: &[TextLine],
    columns: &[Column],
    page: &Context<'_>,
) -> (Vec<Fragment>, Vec<Fragment>) {
    let mut fragments: Vec<Fragment> = Vec::new();
    for (level, line) in lines.iter().enumerate() {
        for (col, words) in split_words(&line.words, columns) {
            let bbox = box_of(words);
            let size = words.iter().map(|w| w.size).fold(0.0, f32::max);
            let mut words = words.to_vec();
            if let Some(first) = words.first_mut() {
                first.gap_before = 0.0;
                first.space_before = false;
            }
            fragments.push(Fragment {
                level,
                col,
                line: TextLine { words, bbox, size },
                side: false,
            });
        }
    }
    let full = lines
        .iter()
        .filter(|l| pieces(l, page.params).len() * 2 > columns.len())
        .count();
    let labels: Vec<&Fragment> = fragments.iter().filter(|f| f.col == 0).collect();
    // Characters set below each other, or far fewer lines than rows.
    let is_upright = labels.len() >= 2
        && labels.iter().all(|f| {
            f.line
                .words
                .iter()
                .map(|w| w.text.chars().count())
                .sum::<usize>()
                == 1
        });
    let is_sparse =
        columns.len() >= 4 && full >= 3 && !labels.is_empty() && labels.len() * 2 <= full;
    let is_side = columns.len() >= 3 && (is_upright || is_sparse);
    let (mut side, rest): (Vec<Fragment>, Vec<Fragment>) =
        fragments.into_iter().partition(|f| is_side && f.col == 0);
    side.iter_mut().for_each(|f| f.side = true);
    (rest, side)
}

fn sheet_of(
    fragments: Vec<Fragment>,
    rows: &[(usize, usize)],
    heights: &[(f32, f32)],
    columns: &[Column],
    page: &Context<'_>,
) -> Sheet {
    let mut xs = vec![columns[0].left];
    xs.extend(
        columns
            .windows(2)
            .map(|pair| (pair[0].right + pair[1].left) / 2.0),
    );
    xs.push(columns[columns.len() - 1].right);
    let band = |row: &(usize, usize)| {
        let lines = &heights[row.0..row.1];
        let top = lines.iter().map(|l| l.0).fold(f32::INFINITY, f32::min);
        (
            top,
            lines.iter().map(|l| l.1).fold(f32::NEG_INFINITY, f32::max),
        )
    };
    let bands: Vec<(f32, f32)> = rows.iter().map(band).collect();
    let mut cells: Vec<SheetCell> = Vec::new();
    let cell = |lines: &[TextLine], row: usize, row_span: usize, col: usize, col_span: usize| {
        let widest = lines
            .iter()
            .map(|l| l.bbox.width())
            .fold(columns[col].right - columns[col].left, f32::max);
        let read = cell_text(lines, widest + page.em, page.params);
        let bbox = BBox {
            left: xs[col],
            right: xs[col + col_span],
            top: bands[row].0,
            bottom: bands[row + row_span - 1].1,
        };
        SheetCell {
            row: row as u32,
            col: col as u32,
            row_span: row_span as u32,
            col_span: col_span as u32,
            text: read.text,
            line_starts: read.line_starts,
            place: Place::on_page(page.number, bbox),
            confidence: read.confidence,
            marks: read.marks,
            top_closed: true,
            bottom_closed: true,
        }
    };
    for (row, range) in rows.iter().enumerate() {
        for col in 0..columns.len() {
            let lines: Vec<TextLine> = fragments
                .iter()
                .filter(|f| !f.side && f.col == col && f.level >= range.0 && f.level < range.1)
                .map(|f| f.line.clone())
                .collect();
            if !lines.is_empty() {
                cells.push(cell(&lines, row, 1, col, 1));
            }
        }
    }
    // Labels beside many rows: lines that follow closely are one label; it covers the rows around its middle.
    let side: Vec<&Fragment> = fragments.iter().filter(|f| f.side).collect();
    let mut from = 0;
    let mut free_row = 0;
    while from < side.len() {
        let mut to = from + 1;
        while to < side.len()
            && side[to].line.bbox.center_y() - side[to - 1].line.bbox.center_y() <= 1.8 * page.em
        {
            to += 1;
        }
        let lines: Vec<TextLine> = side[from..to].iter().map(|f| f.line.clone()).collect();
        let next = side.get(to).map_or(f32::INFINITY, |f| f.line.bbox.top);
        let (first, last) = label_rows(&bands, &lines, free_row, next, page.em);
        if first < rows.len() {
            cells.push(cell(&lines, first, last - first + 1, 0, 1));
            free_row = last + 1;
        } else if let Some(last) = cells.iter_mut().filter(|c| c.col == 0).next_back() {
            // No row is left for it: its text stays with the label before.
            for line in &lines {
                last.line_starts.push(last.text.len() as u32);
                line.words.iter().for_each(|w| last.text.push_str(&w.text));
            }
        }
        from = to;
    }
    cells.sort_by_key(|c| (c.row, c.col));
    widen_headers(&mut cells, &xs, columns, page.em);
    join_tall_headers(&mut cells, rows.len());
    let rows: Vec<SheetRow> = bands
        .iter()
        .map(|b| SheetRow {
            page: page.number,
            top: b.0,
            bottom: b.1,
        })
        .collect();
    let bbox = BBox {
        left: xs[0],
        right: xs[xs.len() - 1],
        top: bands[0].0,
        bottom: bands[bands.len() - 1].1,
    };
    Sheet {
        origin: TableOrigin::Aligned,
        xs,
        rows,
        cells,
        bbox,
        bottom: bbox.bottom,
        em: page.em,
        gap: Gap::None,
    }
}

/// First and last row of a label: as many as are centred on it, from `free_row` on and above `next`.
fn label_rows(
    bands: &[(f32, f32)],
    lines: &[TextLine],
    free_row: usize,
    next: f32,
    em: f32,
) -> (usize, usize) {
    let top = lines.first().map_or(0.0, |l| l.bbox.top);
    let bottom = lines.last().map_or(0.0, |l| l.bbox.bottom);
    let middle = (top + bottom) / 2.0;
    let own_first = bands.partition_point(|b| b.1 <= top).max(free_row);
    let own_last = bands
        .partition_point(|b| b.0 < bottom)
        .saturating_sub(1)
        .max(own_first);
    if own_first >= bands.len() {
        return (own_first, own_last);
    }
    let mut best = (own_first, own_last.min(bands.len() - 1));
    for first in free_row..=own_first {
        for last in best.1..bands.len() {
            if bands[last].0 >= next {
                break;
            }
            let centred = ((bands[first].0 + bands[last].1) / 2.0 - middle).abs() <= 0.8 * em;
            if centred && last - first > best.1 - best.0 {
                best = (first, last);
            }
        }
    }
    best
}

/// Gives header texts that stand over several columns their span: those of rows with fewer cells than the next row,
/// where a text is not centred on its own column but on several.
fn widen_headers(cells: &mut [SheetCell], xs: &[f32], columns: &[Column], em: f32) {
    const OFF_EM: f32 = 0.8;
    const OFF_CENTRE_EM: f32 = 1.3;
    let n_cols = columns.len();
    let n_rows = cells.iter().map(|c| c.row + c.row_span).max().unwrap_or(0);
    for row in 0..n_rows.saturating_sub(1).min(3) {
        let here: Vec<usize> = (0..cells.len())
            .filter(|&i| cells[i].row == row && cells[i].row_span == 1)
            .collect();
        let below = cells.iter().filter(|c| c.row == row + 1).count();
        if here.len() < 2 || below <= here.len() {
            continue;
        }
        let taken: Vec<usize> = here.iter().map(|&i| cells[i].col as usize).collect();
        for (k, &index) in here.iter().enumerate() {
            let low = if k == 0 { taken[k] } else { taken[k - 1] + 1 };
            let low = here[..k].last().map_or(low, |&p| {
                low.max((cells[p].col + cells[p].col_span) as usize)
            });
            let high = taken.get(k + 1).copied().unwrap_or(n_cols);
            let Some(extent) = text_extent(&cells[index]) else {
                continue;
            };
            let middle = (extent.0 + extent.1) / 2.0;
            let own = &columns[taken[k]];
            let off = |first: usize, last: usize| {
                ((columns[first].left + columns[last].right) / 2.0 - middle).abs()
            };
            if ((own.left + own.right) / 2.0 - middle).abs() <= OFF_EM * em {
                continue;
            }
            let mut best: Option<(f32, usize, usize)> = None;
            for first in low..=taken[k] {
                for last in taken[k]..high {
                    let miss = off(first, last);
                    // Headers share out the columns: the widest span that the text is centred on.
                    let wider = best.is_none_or(|b| {
                        last - first > b.2 - b.1 || (last - first == b.2 - b.1 && miss < b.0)
                    });
                    if last > first && miss <= OFF_CENTRE_EM * em && wider {
                        best = Some((miss, first, last));
                    }
                }
            }
            if let Some((_, first, last)) = best {
                let cell = &mut cells[index];
                cell.col = first as u32;
                cell.col_span = (last - first + 1) as u32;
                if let Some(bbox) = cell.place.bbox.as_mut() {
                    (bbox.left, bbox.right) = (xs[first], xs[last + 1]);
                }
            }
        }
    }
}

/// Joins the two halves of a header text beside headers over several columns: its lines stand as close as lines of one
/// text do, across the boundary of the first two rows.
fn join_tall_headers(cells: &mut Vec<SheetCell>, n_rows: usize) {
    const PITCH: f32 = 1.4;
    if n_rows < 3 || !cells.iter().any(|c| c.row == 0 && c.col_span > 1) {
        return;
    }
    let mut gone = Vec::new();
    for lower in 0..cells.len() {
        let Some(upper) = (0..cells.len()).find(|&u| {
            let (up, low) = (&cells[u], &cells[lower]);
            let spans = up.row == 0 && low.row == 1 && up.row_span == 1 && low.row_span == 1;
            let close = up
                .marks
                .last()
                .zip(low.marks.first())
                .is_some_and(|(a, b)| {
                    let pitch = (b.top + b.bottom - a.top - a.bottom) / 2.0;
                    pitch <= PITCH * (a.bottom - a.top).max(1.15 * a.size)
                });
            spans && up.col == low.col && up.col_span == 1 && low.col_span == 1 && close
        }) else {
            continue;
        };
        let below = cells[lower].clone();
        let above = &mut cells[upper];
        let at = above.text.len() as u32;
        above.text.push_str(&below.text);
        above
            .line_starts
            .extend(below.line_starts.iter().map(|s| at + s));
        above.marks.extend(below.marks);
        above.place = above.place.join(&below.place);
        above.row_span = 2;
        gone.push(lower);
    }
    let mut index = 0;
    cells.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
}

fn text_extent(cell: &SheetCell) -> Option<(f32, f32)> {
    let left = cell.marks.iter().map(|m| m.left).reduce(f32::min)?;
    let right = cell.marks.iter().map(|m| m.right).reduce(f32::max)?;
    Some((left, right))
}
