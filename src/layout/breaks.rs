//! What a page break cuts: rows and merged cells.
//!
//! In: two sheets that share columns, one above and one below the break. Out: which of their cells are one.
//! Never: joins rows that a rule closes while others are open.

use crate::model::block::TableOrigin;

use super::lines::lower_confidence;
use super::sheet::{Sheet, SheetCell, needs_space};

/// Cells that end with the last row.
pub(super) fn last_row(sheet: &Sheet) -> impl Iterator<Item = usize> + '_ {
    /// A merged cell is not looked for farther up: pages hold fewer rows.
    const REACH_ROWS: u32 = 600;
    let end = sheet.rows.len() as u32;
    let from = sheet.cells.partition_point(|c| c.row + REACH_ROWS < end);
    (from..sheet.cells.len()).filter(move |&i| sheet.cells[i].row + sheet.cells[i].row_span == end)
}

/// Cells above and below the break that cover the same columns, from left to right.
pub(super) fn pairs_at_break(above: &Sheet, below: &Sheet) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for a in last_row(above) {
        let upper = &above.cells[a];
        let lower = below
            .cells
            .iter()
            .take_while(|b| b.row == 0)
            .position(|b| b.col == upper.col && b.col_span == upper.col_span);
        pairs.extend(lower.map(|b| (a, b)));
    }
    pairs.sort_by_key(|&(a, _)| above.cells[a].col);
    pairs
}

/// What the rules at the break say.
pub(super) struct Edges {
    /// Some cell is closed above the break, so that an open one says something.
    above_speaks: bool,
    /// Some cell is closed below the break.
    below_speaks: bool,
}

impl Edges {
    pub(super) fn of(above: &Sheet, below: &Sheet) -> Self {
        Self {
            above_speaks: last_row(above).any(|a| above.cells[a].bottom_closed),
            below_speaks: below.cells.iter().any(|b| b.row == 0 && b.top_closed),
        }
    }

    /// Whether a cell is open at the break.
    fn is_open(&self, upper: &SheetCell, lower: &SheetCell) -> bool {
        let open_above = !upper.bottom_closed && (self.above_speaks || !lower.top_closed);
        let open_below =
            !lower.top_closed && self.below_speaks && (!upper.bottom_closed || !self.above_speaks);
        open_above || open_below
    }
}

/// Whether the first row below is the rest of the last row above.
pub(super) fn is_cut_row(
    above: &Sheet,
    below: &Sheet,
    pairs: &[(usize, usize)],
    edges: &Edges,
) -> bool {
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
pub(super) fn merged_cells(
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
            let one_text =
                lower.text.is_empty() || upper.text.is_empty() || upper.text == lower.text;
            edges.is_open(upper, lower)
                && (one_text || leading || upper.row_span + lower.row_span > 2)
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
pub(super) fn glue(upper: &mut SheetCell, lower: &SheetCell) {
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
    ) && needs_space(&upper.text, ch, last, first, width)
    {
        upper.text.push(' ');
    }
    let at = upper.text.len() as u32;
    upper.text.push_str(&lower.text);
    upper
        .line_starts
        .extend(lower.line_starts.iter().map(|s| at + s));
    upper.marks.extend(lower.marks.iter().copied());
}

/// Puts the rows of `below` after those of `above`, without the cells `gone` and the first `skip` rows.
pub(super) fn append(above: &mut Sheet, below: Sheet, gone: &[usize], skip: u32) {
    let n_above = above.rows.len() as u32;
    let old = above.cells.len();
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
    above.cells[old..].sort_by_key(|c| (c.row, c.col));
}

#[cfg(test)]
mod tests {
    use super::super::drawing::{Drawing, describe_pages};
    use super::super::{LayoutParams, layout_pages};
    use crate::model::Code;
    use expect_test::{Expect, expect};

    const XS: [f32; 4] = [100.0, 160.0, 224.0, 360.0];

    fn check(first: Drawing, second: Drawing, expected: Expect) {
        expected.assert_eq(&describe_pages(&[first.page(), second.numbered(2).page()]));
    }

    #[test]
    fn a_row_cut_by_the_page_is_joined() {
        let first = Drawing::new().grid(&XS, &[720.0, 740.0]).row(
            &XS,
            720.0,
            &["产出指标", "城乡居民养老", "≥30"],
        );
        check(
            first,
            Drawing::new()
                .grid(&XS, &[60.0, 80.0])
                .row(&XS, 60.0, &["", "保险待遇", ""]),
            expect![[r#"
                = table 1 x 3 ruled
                    0 | 0 产出指标 | 1 城乡居民养老⏎保险待遇 | 2 ≥30
            "#]],
        );
    }

    #[test]
    fn a_row_that_is_joined_is_said() {
        let said = |below: [&str; 3]| {
            let row = ["产出指标", "城乡居民养老", "≥30"];
            let first = Drawing::new()
                .grid(&XS, &[720.0, 740.0])
                .row(&XS, 720.0, &row);
            let second = Drawing::new()
                .grid(&XS, &[60.0, 80.0])
                .row(&XS, 60.0, &below);
            let pages = [first.page(), second.numbered(2).page()];
            let found = layout_pages(&pages, &LayoutParams::default()).diagnostics;
            found.into_iter().map(|said| said.code).collect::<Vec<_>>()
        };
        assert_eq!(said(["", "保险待遇", ""]), [Code::RowJoined]);
        assert_eq!(said(["效益指标", "受益人数", "≥2"]), []);
    }

    #[test]
    fn a_short_row_below_is_a_row_of_its_own() {
        let first = Drawing::new().grid(&XS, &[720.0, 740.0]).row(
            &XS,
            720.0,
            &["资金", "上年结转", "1.00"],
        );
        check(
            first,
            Drawing::new()
                .grid(&XS, &[60.0, 80.0])
                .row(&XS, 60.0, &["", "其他资金", ""]),
            expect![[r#"
                = table 2 x 3 ruled
                    0 | 0/2 资金 | 1 上年结转 | 2 1.00
                  --- page 2
                    1 | 1 其他资金 | 2 
            "#]],
        );
    }

    #[test]
    fn a_merged_cell_whose_text_stands_below_the_break_is_one() {
        let first = Drawing::new().h(720.0, 100.0, 360.0).h(740.0, 160.0, 360.0);
        let first = XS.iter().fold(first, |d, &x| d.v(x, 720.0, 740.0)).row(
            &XS,
            720.0,
            &["", "培训人数", "≥30"],
        );
        let second =
            Drawing::new()
                .grid(&XS, &[60.0, 80.0])
                .row(&XS, 60.0, &["产出指标", "培训次数", "4"]);
        check(
            first,
            second,
            expect![[r#"
            = table 2 x 3 ruled
                0 | 0/2 产出指标 | 1 培训人数 | 2 ≥30
              --- page 2
                1 | 1 培训次数 | 2 4
        "#]],
        );
    }
}
