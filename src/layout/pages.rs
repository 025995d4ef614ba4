//! Tables that go on over a page break become one.
//!
//! In: the leaves of all pages. Out: blocks. Never: joins tables that a line of text stands between, or rows that a
//! rule closes.

use std::collections::BTreeMap;

use crate::model::block::{Block, TableOrigin};
use crate::model::diagnostic::{Code, Diagnosed, Diagnostic};

use super::assemble::{Item, Leaf, line_block};
use super::lines::lower_confidence;
use super::params::LayoutParams;
use super::sheet::{Sheet, SheetCell, needs_space};

/// Joins what goes on over a page break, and turns everything into blocks.
pub(super) fn join_pages(leaves: Vec<Leaf>, params: &LayoutParams) -> Diagnosed<Vec<Block>> {
    const LEAST_DEPTH: f32 = 0.8;
    const MOST_DEPTH: f32 = 0.94;
    let mut diagnostics = Vec::new();
    let mut items: Vec<(u32, Item)> = Vec::new();
    // The sheet that ends the page before, if the page does end with one.
    let mut pending: Option<Pending> = None;
    // How far down pages of one height are filled.
    let mut deepest: BTreeMap<i32, f32> = BTreeMap::new();
    for leaf in &leaves {
        let depth = deepest.entry(leaf.height as i32).or_default();
        *depth = depth.max(lowest_text(leaf).unwrap_or(0.0));
    }
    for leaf in leaves {
        let Leaf {
            number,
            height,
            em,
            items: mut here,
            ..
        } = leaf;
        let depth = deepest.get(&(height as i32)).copied().unwrap_or(height);
        let is_body = |item: &Item| !matches!(item, Item::Line(line) if line.furniture);
        let first = here.iter().position(is_body);
        let last = here.iter().rposition(is_body);
        let mut tail = None;
        if let (Some(first), Some(open)) = (first, pending.as_ref()) {
            let joined = match (items.get_mut(open.index), here.get(first)) {
                (Some((_, Item::Sheet(above))), Some(Item::Sheet(below)))
                    if open.page + 1 == number =>
                {
                    join_sheets(above, below, open, params, &mut diagnostics)
                }
                _ => false,
            };
            if joined {
                here.remove(first);
                if last == Some(first) {
                    tail = Some(open.index);
                }
            }
        }
        let offset = items.len();
        if tail.is_none() {
            tail = here.iter().rposition(is_body).map(|i| offset + i);
        }
        items.extend(here.into_iter().map(|item| (number, item)));
        pending = tail
            .filter(|&i| matches!(items.get(i), Some((_, Item::Sheet(_)))))
            .map(|index| Pending {
                index,
                page: number,
                floor: depth.clamp(LEAST_DEPTH * height, MOST_DEPTH * height),
                em,
            });
    }
    let blocks = items
        .into_iter()
        .map(|(page, item)| match item {
            Item::Sheet(sheet) => Block::Table(sheet.into_table()),
            Item::Line(line) => Block::Line(line_block(page, line, params)),
        })
        .collect();
    Diagnosed {
        value: blocks,
        diagnostics,
    }
}

/// A sheet at the end of a page.
struct Pending {
    index: usize,
    page: u32,
    /// Down to where the page is usually filled, points.
    floor: f32,
    em: f32,
}

fn lowest_text(leaf: &Leaf) -> Option<f32> {
    let body = leaf
        .items
        .iter()
        .filter(|item| !matches!(item, Item::Line(line) if line.furniture));
    body.map(|item| item.bbox().bottom).reduce(f32::max)
}

/// Joins `below` to `above` if it is its continuation; says whether it was.
fn join_sheets(
    above: &mut Sheet,
    below: &Sheet,
    open: &Pending,
    params: &LayoutParams,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let Some(mut below) = matching(above, below, open, params) else {
        return false;
    };
    share_columns(above, &mut below, params.column_match_em * open.em);
    drop_repeated_header(above, &mut below);
    let n_above = above.rows.len() as u32;
    let pairs = pairs_at_break(above, &below);
    let edges = Edges::of(above, &below);
    if is_cut_row(above, &below, &pairs, &edges) {
        let page = below.rows.first().map_or(open.page + 1, |r| r.page);
        diagnostics.push(Diagnostic::new(
            Code::RowJoined,
            "",
            format!(
                "row {} of the table that begins on page {} goes on at the top of page {page}",
                n_above, above.rows[0].page
            ),
        ));
        for &(a, b) in &pairs {
            let lower = below.cells[b].clone();
            glue(&mut above.cells[a], &lower, params);
            above.cells[a].row_span += lower.row_span - 1;
        }
        let gone: Vec<usize> = pairs.iter().map(|p| p.1).collect();
        append(above, below, &gone, 1);
    } else {
        let merged = merged_cells(above, &below, &pairs, &edges);
        for &(a, b) in &merged {
            let lower = below.cells[b].clone();
            glue(&mut above.cells[a], &lower, params);
            above.cells[a].row_span += lower.row_span;
        }
        let gone: Vec<usize> = merged.iter().map(|p| p.1).collect();
        append(above, below, &gone, 0);
    }
    true
}

/// `below` shifted to the columns of `above`, if it can be its continuation.
fn matching(above: &Sheet, below: &Sheet, open: &Pending, params: &LayoutParams) -> Option<Sheet> {
    const SHIFT_EM: f32 = 4.0;
    const SHARE: f32 = 0.6;
    const SLACK_EM: f32 = 4.0;
    if above.origin != below.origin {
        return None;
    }
    let tolerance = params.column_match_em * open.em;
    if above.origin == TableOrigin::Aligned {
        return if open.floor - above.bottom > SLACK_EM * open.em {
            None
        } else {
            in_columns_of(above, below)
        };
    }
    let (a_left, a_right) = (*above.xs.first()?, *above.xs.last()?);
    let (b_left, b_right) = (*below.xs.first()?, *below.xs.last()?);
    let shift = a_left - b_left;
    let inner = below.xs.get(1..below.xs.len() - 1).unwrap_or(&[]);
    let matched = inner
        .iter()
        .filter(|&&x| near(&above.xs, x + shift, tolerance).is_some())
        .count();
    if shift.abs() > SHIFT_EM * open.em || (matched as f32) < SHARE * inner.len() as f32 {
        return None;
    }
    if above.origin == TableOrigin::Ruled
        && ((a_right - a_left) - (b_right - b_left)).abs() > 2.0 * tolerance
    {
        return None;
    }
    // A table that ends where its next row would have had room was not broken by the page.
    let first_row = below.rows.first().map_or(0.0, |r| r.bottom - r.top);
    let last_row_open = last_row(above).any(|i| !above.cells[i].bottom_closed);
    if open.floor - above.bottom > first_row + SLACK_EM * open.em && !last_row_open {
        return None;
    }
    let mut below = below.clone();
    for x in &mut below.xs {
        *x += shift;
    }
    Some(below)
}

/// `below` in the columns of `above`, where each of its columns of text stands under another one.
fn in_columns_of(above: &Sheet, below: &Sheet) -> Option<Sheet> {
    let n_below = below.xs.len() - 1;
    let mut map: Vec<u32> = Vec::new();
    for col in 0..n_below {
        let texts = below
            .cells
            .iter()
            .filter(|c| c.col as usize == col && c.col_span == 1)
            .flat_map(|c| &c.marks);
        let (left, right) = texts.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, r), m| {
            (l.min(m.left), r.max(m.right))
        });
        let middle = if left <= right {
            (left + right) / 2.0
        } else {
            (below.xs[col] + below.xs[col + 1]) / 2.0
        };
        let after = above.xs.partition_point(|&x| x <= middle);
        if after == 0
            || after >= above.xs.len()
            || map.last().is_some_and(|&last| last >= after as u32 - 1)
        {
            return None;
        }
        map.push(after as u32 - 1);
    }
    let mut shifted = below.clone();
    for cell in &mut shifted.cells {
        let last = *map.get((cell.col + cell.col_span - 1) as usize)?;
        cell.col = *map.get(cell.col as usize)?;
        cell.col_span = last - cell.col + 1;
    }
    shifted.xs.clone_from(&above.xs);
    Some(shifted)
}

fn near(bounds: &[f32], x: f32, tolerance: f32) -> Option<usize> {
    let after = bounds.partition_point(|&b| b < x);
    [after.checked_sub(1), Some(after)]
        .into_iter()
        .flatten()
        .filter(|&i| bounds.get(i).is_some_and(|b| (b - x).abs() <= tolerance))
        .min_by(|&i, &j| (bounds[i] - x).abs().total_cmp(&(bounds[j] - x).abs()))
}

/// Gives both sheets the union of their columns.
fn share_columns(above: &mut Sheet, below: &mut Sheet, tolerance: f32) {
    // Each boundary of `below` takes the place of a boundary of `above` that is near and not yet taken.
    let mut taken: Option<usize> = None;
    let mut own = Vec::new();
    for x in &mut below.xs {
        match near(&above.xs, *x, tolerance).filter(|&i| taken.is_none_or(|t| i > t)) {
            Some(i) => {
                *x = above.xs[i];
                taken = Some(i);
            }
            None => own.push(*x),
        }
    }
    let mut union: Vec<f32> = above.xs.iter().copied().chain(own).collect();
    union.sort_by(f32::total_cmp);
    union.dedup();
    below.xs.sort_by(f32::total_cmp);
    let remap = |sheet: &mut Sheet| {
        let at: Vec<u32> = sheet
            .xs
            .iter()
            .map(|&x| union.partition_point(|&u| u < x) as u32)
            .collect();
        for cell in &mut sheet.cells {
            let (from, to) = (
                at[cell.col as usize],
                at[(cell.col + cell.col_span) as usize],
            );
            cell.col = from;
            cell.col_span = to.saturating_sub(from).max(1);
        }
        sheet.xs.clone_from(&union);
    };
    remap(above);
    remap(below);
}

/// Removes rows at the top of `below` that repeat a header of `above` word for word.
fn drop_repeated_header(above: &Sheet, below: &mut Sheet) {
    const MOST_ROWS: u32 = 4;
    let rows_of = |sheet: &Sheet, from: u32, count: u32| -> Vec<(u32, u32, u32, u32, String)> {
        let mut rows: Vec<_> = sheet
            .cells
            .iter()
            .filter(|c| c.row >= from && c.row < from + count)
            .map(|c| (c.row - from, c.col, c.row_span, c.col_span, c.text.clone()))
            .collect();
        rows.sort();
        rows
    };
    let mut dropped = 0;
    for count in (1..=MOST_ROWS.min((below.rows.len() as u32).saturating_sub(1))).rev() {
        if below
            .cells
            .iter()
            .any(|c| c.row < count && c.row + c.row_span > count)
        {
            continue;
        }
        let head = rows_of(below, 0, count);
        let texts: Vec<&String> = head
            .iter()
            .map(|c| &c.4)
            .filter(|t| !t.is_empty())
            .collect();
        if texts.is_empty() {
            continue;
        }
        let is_label_row =
            texts.len() >= 3 && !texts.iter().any(|t| t.chars().any(|c| c.is_ascii_digit()));
        let n_above = above.rows.len() as u32;
        let starts = if is_label_row && count == 1 {
            0..n_above
        } else {
            0..1
        };
        if starts
            .into_iter()
            .any(|from| rows_of(above, from, count) == head)
        {
            dropped = count;
            break;
        }
    }
    if dropped > 0 {
        below.cells.retain(|c| c.row >= dropped);
        for cell in &mut below.cells {
            cell.row -= dropped;
        }
        below.rows.drain(..dropped as usize);
    }
}

/// Cells that end with the last row.
fn last_row(sheet: &Sheet) -> impl Iterator<Item = usize> + '_ {
    let end = sheet.rows.len() as u32;
    (0..sheet.cells.len()).filter(move |&i| sheet.cells[i].row + sheet.cells[i].row_span == end)
}

/// Cells above and below the break that cover the same columns, from left to right.
fn pairs_at_break(above: &Sheet, below: &Sheet) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for a in last_row(above) {
        let upper = &above.cells[a];
        let lower = below
            .cells
            .iter()
            .position(|b| b.row == 0 && b.col == upper.col && b.col_span == upper.col_span);
        pairs.extend(lower.map(|b| (a, b)));
    }
    pairs.sort_by_key(|&(a, _)| above.cells[a].col);
    pairs
}

/// What the rules at the break say.
struct Edges {
    /// Some cell is closed above the break, so that an open one says something.
    above_speaks: bool,
    /// Some cell is closed below the break.
    below_speaks: bool,
}

impl Edges {
    fn of(above: &Sheet, below: &Sheet) -> Self {
        Self {
            above_speaks: last_row(above).any(|a| above.cells[a].bottom_closed),
            below_speaks: below.cells.iter().any(|b| b.row == 0 && b.top_closed),
        }
    }

    /// Whether a cell is open at the break.
    fn is_open(&self, upper: &SheetCell, lower: &SheetCell) -> bool {
        (!upper.bottom_closed && (self.above_speaks || !lower.top_closed))
            || (!lower.top_closed
                && self.below_speaks
                && !(upper.bottom_closed && self.above_speaks))
    }
}

/// Whether the first row below is the rest of the last row above.
fn is_cut_row(above: &Sheet, below: &Sheet, pairs: &[(usize, usize)], edges: &Edges) -> bool {
    let paired = |b: usize| pairs.iter().any(|p| p.1 == b);
    let all_text_paired = below
        .cells
        .iter()
        .enumerate()
        .all(|(b, cell)| cell.row > 0 || cell.text.is_empty() || paired(b));
    if pairs.is_empty() || !all_text_paired {
        return false;
    }
    let cells = || {
        pairs
            .iter()
            .map(|&(a, b)| (&above.cells[a], &below.cells[b]))
    };
    let n_open = cells().filter(|(a, b)| edges.is_open(a, b)).count();
    if n_open == pairs.len() && cells().all(|(a, b)| !a.bottom_closed && !b.top_closed) {
        return true;
    }
    if n_open > 0 {
        return false;
    }
    let continued = || cells().filter(|(_, b)| !b.text.is_empty());
    let left_behind =
        cells().any(|(a, b)| !a.text.is_empty() && b.text.is_empty() && a.row_span == 1);
    left_behind && continued().count() > 0 && continued().all(|(a, b)| runs_on(a, b, above))
}

/// Whether the text of a cell looks as if it went on in the cell below it.
fn runs_on(upper: &SheetCell, lower: &SheetCell, above: &Sheet) -> bool {
    let (Some(last), Some(first)) = (upper.marks.last(), lower.marks.first()) else {
        return false;
    };
    let width = above.xs[(upper.col + upper.col_span) as usize] - above.xs[upper.col as usize];
    let is_full = last.room(width) <= first.first_width + 1.2 * last.size;
    let same_paragraphs = upper.marks.len() >= 2
        && (last.left - first.left).abs() <= 0.3 * last.size
        && above.bottom - last.bottom <= 1.2 * last.size;
    is_full || same_paragraphs
}

/// Pairs of cells that are one merged cell cut by the page.
fn merged_cells(
    above: &Sheet,
    below: &Sheet,
    pairs: &[(usize, usize)],
    edges: &Edges,
) -> Vec<(usize, usize)> {
    if above.origin == TableOrigin::Aligned {
        return Vec::new();
    }
    let any_open = pairs
        .iter()
        .any(|&(a, b)| edges.is_open(&above.cells[a], &below.cells[b]));
    let mut merged = Vec::new();
    let mut leading = true;
    let mut next_col = 0;
    for &(a, b) in pairs {
        let (upper, lower) = (&above.cells[a], &below.cells[b]);
        leading &= lower.col == next_col;
        next_col = lower.col + lower.col_span;
        let goes_on = if any_open {
            let one_text = lower.text.is_empty() || upper.text.is_empty() || upper.text == lower.text;
            edges.is_open(upper, lower) && (one_text || leading || upper.row_span + lower.row_span > 2)
        } else {
            let has_text_beside = below
                .cells
                .iter()
                .any(|c| c.row < lower.row_span && c.col > lower.col && !c.text.is_empty());
            leading
                && lower.text.is_empty()
                && (!upper.text.is_empty() || upper.row_span > 1)
                && has_text_beside
        };
        if goes_on {
            merged.push((a, b));
        }
        leading &= goes_on || lower.text.is_empty();
    }
    merged
}

/// Adds the text of the part below a break to the part above it.
fn glue(upper: &mut SheetCell, lower: &SheetCell, params: &LayoutParams) {
    let _ = params;
    upper.confidence = lower_confidence(upper.confidence, lower.confidence);
    upper.bottom_closed = lower.bottom_closed;
    if lower.text.is_empty() || upper.text == lower.text {
        return;
    }
    if upper.text.is_empty() {
        upper.text.clone_from(&lower.text);
        upper.line_starts.clone_from(&lower.line_starts);
        upper.marks.clone_from(&lower.marks);
        upper.place = lower.place;
        return;
    }
    let width = upper.place.bbox.map_or(0.0, |b| b.width());
    if let (Some(last), Some(first), Some(ch)) = (
        upper.marks.last(),
        lower.marks.first(),
        lower.text.chars().next(),
    ) {
        if needs_space(&upper.text, ch, last, first, width) {
            upper.text.push(' ');
        }
    }
    let at = upper.text.len() as u32;
    upper.text.push_str(&lower.text);
    upper
        .line_starts
        .extend(lower.line_starts.iter().map(|s| at + s));
    upper.marks.extend(lower.marks.iter().copied());
}

/// Puts the rows of `below` after those of `above`, without the cells `gone` and the first `skip` rows.
fn append(above: &mut Sheet, below: Sheet, gone: &[usize], skip: u32) {
    let n_above = above.rows.len() as u32;
    for (index, mut cell) in below.cells.into_iter().enumerate() {
        if gone.contains(&index) {
            continue;
        }
        // A blank cell of a row that was joined has no row of its own any more.
        let end = cell.row + cell.row_span;
        if end <= skip {
            continue;
        }
        cell.row_span = end - cell.row.max(skip);
        cell.row = n_above + cell.row.max(skip) - skip;
        above.cells.push(cell);
    }
    above
        .rows
        .extend(below.rows.into_iter().skip(skip as usize));
    above.bottom = below.bottom;
    above.cells.sort_by_key(|c| (c.row, c.col));
}
