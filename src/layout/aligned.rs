//! The cells of a table without rules.
//!
//! In: pieces of lines in rows and columns. Out: a [`Sheet`]. Never: leaves a piece out.

use std::collections::BTreeMap;

use crate::model::block::{Gap, TableOrigin};
use crate::model::geometry::{BBox, Place};

use super::bands::Fragment;
use super::columns::Column;
use super::lines::TextLine;
use super::sheet::{Sheet, SheetCell, SheetRow, cell_text};
use super::stream::Context;

pub(super) fn sheet_of(
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
    let mut by_place: BTreeMap<(usize, usize), Vec<TextLine>> = BTreeMap::new();
    for fragment in fragments.iter().filter(|f| !f.side) {
        let row = rows
            .partition_point(|range| range.1 <= fragment.level)
            .min(rows.len() - 1);
        by_place
            .entry((row, fragment.col))
            .or_default()
            .push(fragment.line.clone());
    }
    cells.extend(
        by_place
            .iter()
            .map(|(&(row, col), lines)| cell(lines, row, 1, col, 1)),
    );
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
    const MOST_ROWS: usize = 100;
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
    for first in free_row.max(own_first.saturating_sub(MOST_ROWS))..=own_first {
        for last in best.1..bands.len().min(own_last + MOST_ROWS) {
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
