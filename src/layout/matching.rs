//! Which columns of two tables are the same, above a page break and below it.
//!
//! In: two sheets. Out: the lower one in the columns of the upper. Never: changes a cell.

use crate::model::block::TableOrigin;

use super::breaks::last_row;
use super::params::LayoutParams;
use super::sheet::{Sheet, SheetCell};

/// A sheet at the end of a page.
pub(super) struct Pending {
    pub(super) index: usize,
    pub(super) page: u32,
    /// Down to where the page is usually filled, points.
    pub(super) floor: f32,
    pub(super) em: f32,
    pub(super) recognised: bool,
}

/// `below` shifted to the columns of `above`, if it can be its continuation.
pub(super) fn matching(
    above: &Sheet,
    below: &Sheet,
    open: &Pending,
    params: &LayoutParams,
) -> Option<Sheet> {
    const SHIFT_EM: f32 = 4.0;
    const SHARE: f32 = 0.6;
    const SLACK_EM: f32 = 4.0;
    /// Scales in which pages of one document are taken.
    const SCALES: std::ops::Range<f32> = 0.75..1.33;
    /// Boundaries between columns that must agree where a page lies elsewhere or has another scale.
    const LEAST_INNER: usize = 3;
    if above.origin != below.origin {
        return None;
    }
    if open.recognised
        && let Some(below) = under_its_header(above, below)
    {
        return Some(below);
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
    let scale = (a_right - a_left) / (b_right - b_left).max(f32::MIN_POSITIVE);
    // Pages on pictures may have been taken from nearer or farther and lie anywhere.
    let is_rescaled = open.recognised && SCALES.contains(&scale);
    let scale = if is_rescaled { scale } else { 1.0 };
    let placed = |x: f32| a_left + (x - b_left) * scale;
    let inner = below.xs.get(1..below.xs.len() - 1).unwrap_or(&[]);
    let matched = inner
        .iter()
        .filter(|&&x| near(&above.xs, placed(x), tolerance).is_some())
        .count();
    if (matched as f32) < SHARE * inner.len() as f32 {
        return None;
    }
    let is_apart = (a_left - b_left).abs() > SHIFT_EM * open.em
        || above.origin == TableOrigin::Ruled
            && ((a_right - a_left) - (b_right - b_left)).abs() > 2.0 * tolerance;
    if is_apart && !(is_rescaled && matched == inner.len() && inner.len() >= LEAST_INNER) {
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
        *x = placed(*x);
    }
    Some(below)
}

/// `below` in the columns of `above`, where its first row repeats a row of labels word for word: on a page that was
/// photographed columns may lie anywhere, and their names tell which they are.
fn under_its_header(above: &Sheet, below: &Sheet) -> Option<Sheet> {
    const LEAST_LABELS: usize = 3;
    fn row(sheet: &Sheet, row: u32) -> Vec<&SheetCell> {
        let first = sheet.cells.partition_point(|cell| cell.row < row);
        let mut cells: Vec<&SheetCell> = sheet.cells[first..]
            .iter()
            .take_while(|cell| cell.row == row)
            .collect();
        cells.sort_by_key(|cell| cell.col);
        cells
    }
    let head = row(below, 0);
    let labels = head.iter().filter(|cell| !cell.text.is_empty());
    let has_digit = |text: &str| text.chars().any(|ch| ch.is_ascii_digit());
    let is_whole =
        head.iter().map(|cell| cell.col_span).sum::<u32>() as usize + 1 == below.xs.len();
    let is_header =
        labels.clone().count() >= LEAST_LABELS && !labels.clone().any(|c| has_digit(&c.text));
    if !is_whole || !is_header || head.iter().any(|cell| cell.row_span != 1) {
        return None;
    }
    let is_same = |cells: &[&SheetCell]| {
        cells.len() == head.len() && cells.iter().zip(&head).all(|(a, b)| a.text == b.text)
    };
    let own = (0..above.rows.len() as u32)
        .rev()
        .map(|n| row(above, n))
        .find(|cells| is_same(cells))?;
    let mut shifted = below.clone();
    for (from, to) in head.iter().zip(own) {
        let x = |sheet: &Sheet, col: u32| sheet.xs.get(col as usize).copied();
        let (left, right) = (x(above, to.col)?, x(above, to.col + to.col_span)?);
        let (first, last) = (x(below, from.col)?, x(below, from.col + from.col_span)?);
        for col in from.col..=from.col + from.col_span {
            let share = (x(below, col)? - first) / (last - first).max(f32::MIN_POSITIVE);
            *shifted.xs.get_mut(col as usize)? = left + share * (right - left);
        }
    }
    Some(shifted)
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

pub(super) fn near(bounds: &[f32], x: f32, tolerance: f32) -> Option<usize> {
    let after = bounds.partition_point(|&b| b < x);
    [after.checked_sub(1), Some(after)]
        .into_iter()
        .flatten()
        .filter(|&i| bounds.get(i).is_some_and(|b| (b - x).abs() <= tolerance))
        .min_by(|&i, &j| (bounds[i] - x).abs().total_cmp(&(bounds[j] - x).abs()))
}
