//! One page: its grids with their text, and the lines outside them, from top to bottom.
//!
//! In: a page. Out: [`Leaf`]. Never: changes another page.

use crate::model::block::{Gap, Line, Segment, Separator, TableOrigin};
use crate::model::geometry::{BBox, Place};
use crate::model::page::{Axis, Page, PageSource, Ruling};

use super::lattice::{Grid, find_grids};
use super::lines::{
    TextLine, box_of, is_blank, lower_confidence, make_lines, spaced_text, usual_size,
};
use super::params::LayoutParams;
use super::place::{Spot, place_glyphs};
use super::sheet::{Sheet, SheetCell, SheetRow, cell_text};
use super::unruled::{Split, split_row};

/// What a page holds, in reading order.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// Page number, from 1.
    pub number: u32,
    /// Height of the page, points.
    pub height: f32,
    /// Usual character size, points.
    pub em: f32,
    /// Whether it was read from a picture: pages of one document may then differ in scale and stand anywhere on theirs.
    pub recognised: bool,
    pub items: Vec<Item>,
    /// Horizontal rules that are part of no grid.
    pub loose_rules: Vec<Ruling>,
}

/// A table or a line.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Sheet(Sheet),
    Line(LooseLine),
}

/// A line outside tables.
#[derive(Debug, Clone)]
pub(super) struct LooseLine {
    pub line: TextLine,
    pub furniture: bool,
    pub gap: Gap,
}

impl Item {
    pub(super) fn bbox(&self) -> BBox {
        match self {
            Self::Sheet(sheet) => sheet.bbox,
            Self::Line(line) => line.line.bbox,
        }
    }
}

/// Reads one page; `before` is the page before it, whose last table may go on here.
pub(super) fn read_page(page: &Page, before: Option<&Leaf>, params: &LayoutParams) -> Leaf {
    let em = usual_size(page);
    let (sheets, free) = read_grids(page, before, em, params);
    let boxes: Vec<BBox> = sheets.iter().map(|s| s.bbox).collect();
    let mut items: Vec<Item> = sheets.into_iter().map(Item::Sheet).collect();
    items.extend(make_lines(page, &free, params).into_iter().map(|line| {
        Item::Line(LooseLine {
            line,
            furniture: false,
            gap: Gap::None,
        })
    }));
    sort_items(&mut items);
    let slack = em * params.crossing_em;
    let loose_rules = page
        .rulings
        .iter()
        .filter(|r| r.axis == Axis::Horizontal && r.thickness > 0.0)
        .filter(|r| {
            !boxes.iter().any(|b| {
                r.position >= b.top - slack
                    && r.position <= b.bottom + slack
                    && r.end > b.left
                    && r.start < b.right
            })
        })
        .copied()
        .collect();
    Leaf {
        number: page.number,
        height: page.height,
        em,
        recognised: page.source == PageSource::Recognised,
        items,
        loose_rules,
    }
}

/// Puts items in reading order: from top to bottom, lines by their middle.
pub(super) fn sort_items(items: &mut [Item]) {
    let key = |item: &Item| match item {
        Item::Sheet(sheet) => sheet.bbox.top,
        Item::Line(line) => line.line.bbox.center_y(),
    };
    items.sort_by(|a, b| {
        key(a)
            .total_cmp(&key(b))
            .then(a.bbox().left.total_cmp(&b.bbox().left))
    });
}

/// The tables of a page's rulings, and the glyphs outside them in drawing order.
fn read_grids(
    page: &Page,
    before: Option<&Leaf>,
    em: f32,
    params: &LayoutParams,
) -> (Vec<Sheet>, Vec<u32>) {
    const ROUNDS: usize = 4;
    let mut grids = find_grids(&page.rulings, em, params);
    let mut by_cell: Vec<Vec<Vec<u32>>> = Vec::new();
    let mut free: Vec<u32> = (0..page.glyphs.len() as u32).collect();
    for round in 0..ROUNDS {
        if grids.is_empty() {
            return (Vec::new(), (0..page.glyphs.len() as u32).collect());
        }
        (by_cell, free) = distribute(page, &grids, &place_glyphs(page, &grids, params));
        let n_texts = |cells: &[Vec<u32>]| {
            let has_text = |c: &&Vec<u32>| c.iter().any(|&g| !is_blank(page.glyphs[g as usize].ch));
            cells.iter().filter(has_text).count()
        };
        // One text may be the rest of a row that the page before cut.
        let top = grids.iter().map(|g| g.ys[0]).fold(f32::INFINITY, f32::min);
        let goes_on = |grid: &Grid| {
            grid.ys[0] <= top && continues_columns(grid, before, params.column_match_em * em)
        };
        let is_table: Vec<bool> = grids
            .iter()
            .zip(&by_cell)
            .map(|(grid, cells)| n_texts(cells) >= if goes_on(grid) { 1 } else { 2 })
            .collect();
        if is_table.iter().all(|&is| is) {
            break;
        }
        // What holds less than two texts is a frame or a drawing. Its text is looked at again without it.
        let mut keep = is_table.into_iter();
        grids.retain(|_| keep.next().unwrap_or(false));
        if round + 1 == ROUNDS {
            return (Vec::new(), (0..page.glyphs.len() as u32).collect());
        }
    }
    let sheets = grids
        .iter()
        .zip(by_cell)
        .map(|(grid, cells)| sheet_of(page, grid, &cells, em, params))
        .collect();
    (sheets, free)
}

/// Whether a grid has the columns of the table that ends the page before, three at least.
fn continues_columns(grid: &Grid, before: Option<&Leaf>, tolerance: f32) -> bool {
    let tail = before.and_then(|leaf| {
        leaf.items.iter().rev().find_map(|item| match item {
            Item::Sheet(sheet) => Some(&sheet.xs),
            Item::Line(_) => None,
        })
    });
    let near = |xs: &[f32], x: f32| xs.iter().any(|other| (other - x).abs() <= tolerance);
    tail.is_some_and(|xs| {
        let ends = [(xs.first(), grid.xs.first()), (xs.last(), grid.xs.last())];
        grid.xs.len() >= 4
            && ends
                .iter()
                .all(|pair| matches!(pair, (Some(a), Some(b)) if (**a - **b).abs() <= tolerance))
            && grid.xs.iter().all(|&x| near(xs, x))
    })
}

fn distribute(page: &Page, grids: &[Grid], spots: &[Spot]) -> (Vec<Vec<Vec<u32>>>, Vec<u32>) {
    let mut by_cell: Vec<Vec<Vec<u32>>> = grids
        .iter()
        .map(|g| vec![Vec::new(); g.cells.len()])
        .collect();
    let mut free = Vec::new();
    for (index, spot) in spots.iter().enumerate().take(page.glyphs.len()) {
        match spot.and_then(|(g, c)| by_cell.get_mut(g as usize)?.get_mut(c as usize)) {
            Some(cell) => cell.push(index as u32),
            None => free.push(index as u32),
        }
    }
    (by_cell, free)
}

fn sheet_of(
    page: &Page,
    grid: &Grid,
    glyphs: &[Vec<u32>],
    em: f32,
    params: &LayoutParams,
) -> Sheet {
    let n_rows = grid.ys.len() - 1;
    let mut lines: Vec<Vec<TextLine>> = glyphs
        .iter()
        .map(|glyphs| make_lines(page, glyphs, params))
        .collect();
    // Cells by row: rows that no rule parts from each other are split.
    let mut cells: Vec<SheetCell> = Vec::with_capacity(grid.cells.len());
    let mut rows: Vec<SheetRow> = Vec::with_capacity(n_rows);
    // New index of each row of the grid.
    let mut starts: Vec<u32> = Vec::with_capacity(n_rows + 1);
    let mut splits: Vec<Option<Split>> = Vec::with_capacity(n_rows);
    for row in 0..n_rows {
        let members = row_members(grid, row);
        let inside: Vec<(BBox, &[TextLine])> = members
            .iter()
            .map(|&m| (grid.cell_box(&grid.cells[m]), lines[m].as_slice()))
            .collect();
        let split = if inside.len() >= 3 {
            split_row(&inside, em)
        } else {
            None
        };
        starts.push(rows.len() as u32);
        let mut bounds = vec![grid.ys[row]];
        bounds.extend(split.iter().flat_map(|split| split.cuts.iter().copied()));
        bounds.push(grid.ys[row + 1]);
        rows.extend(bounds.windows(2).map(|y| SheetRow {
            page: page.number,
            top: y[0],
            bottom: y[1],
        }));
        splits.push(split);
    }
    starts.push(rows.len() as u32);
    for (index, cell) in grid.cells.iter().enumerate() {
        let (first, end) = (cell.row as usize, (cell.row + cell.row_span) as usize);
        let around = grid.cell_box(cell);
        let cols = cell.col as usize..(cell.col + cell.col_span) as usize;
        let top_closed = first > 0 || cols.clone().all(|c| grid.top_closed[c]);
        let bottom_closed = end < n_rows || cols.clone().all(|c| grid.bottom_closed[c]);
        let mut make = |lines: &[TextLine], row: u32, row_span: u32, around: BBox| {
            let read = cell_text(lines, around.width(), params);
            cells.push(SheetCell {
                row,
                col: cell.col,
                row_span,
                col_span: cell.col_span,
                text: read.text,
                line_starts: read.line_starts,
                place: Place::on_page(page.number, around),
                confidence: read.confidence,
                marks: read.marks,
                top_closed,
                bottom_closed,
            });
        };
        let split = splits[first].as_mut().filter(|_| cell.row_span == 1);
        let member = split
            .as_ref()
            .and_then(|_| row_members(grid, first).iter().position(|&m| m == index));
        match (split, member) {
            (Some(split), Some(member)) => {
                for (offset, row_lines) in split.rows.iter().enumerate() {
                    let row = starts[first] + offset as u32;
                    let (top, bottom) = (rows[row as usize].top, rows[row as usize].bottom);
                    make(
                        &row_lines[member],
                        row,
                        1,
                        BBox {
                            top,
                            bottom,
                            ..around
                        },
                    );
                }
            }
            _ => make(
                &std::mem::take(&mut lines[index]),
                starts[first],
                starts[end] - starts[first],
                around,
            ),
        }
    }
    cells.sort_by_key(|c| (c.row, c.col));
    let bbox = grid.bbox();
    let mut sheet = Sheet {
        origin: TableOrigin::Ruled,
        xs: grid.xs.clone(),
        rows,
        cells,
        bbox,
        bottom: bbox.bottom,
        em,
        gap: Gap::None,
    };
    sheet.drop_slivers(params.sliver_em * em);
    sheet.drop_lone_blanks();
    sheet
}

/// Cells of one row alone, from left to right; none where a cell of the row covers others too.
fn row_members(grid: &Grid, row: usize) -> Vec<usize> {
    let from = grid.cells.partition_point(|c| (c.row as usize) < row);
    let to = grid.cells.partition_point(|c| (c.row as usize) <= row);
    if grid.cells[from..to].iter().all(|c| c.row_span == 1) {
        (from..to).collect()
    } else {
        Vec::new()
    }
}

/// Says what lies before each item: a page break, more or less white, or nothing.
pub(super) fn set_gaps(leaf: &mut Leaf, params: &LayoutParams) {
    let mut above: Option<f32> = None;
    let mut first = true;
    let mut body_seen = false;
    let em = leaf.em;
    let usual = usual_white(leaf) / em;
    for item in &mut leaf.items {
        let bbox = item.bbox();
        let white = above.map_or(f32::INFINITY, |bottom| (bbox.top - bottom) / em);
        let furniture = matches!(item, Item::Line(line) if line.furniture);
        let gap = if first || (!furniture && !body_seen) {
            Gap::Page
        } else if white >= params.large_gap_em.max(usual + params.large_gap_em / 2.0) {
            Gap::Large
        } else if white >= params.small_gap_em.max(usual + params.small_gap_em / 2.0) {
            Gap::Small
        } else {
            Gap::None
        };
        match item {
            Item::Sheet(sheet) => sheet.gap = gap,
            Item::Line(line) => line.gap = gap,
        }
        first = false;
        body_seen |= !furniture;
        above = Some(above.map_or(bbox.bottom, |bottom| bottom.max(bbox.bottom)));
    }
}

/// White between lines that follow each other, points: the median of a page, which may be set wide.
fn usual_white(leaf: &Leaf) -> f32 {
    let mut whites: Vec<f32> = leaf
        .items
        .windows(2)
        .filter(|pair| pair.iter().all(|item| matches!(item, Item::Line(_))))
        .map(|pair| pair[1].bbox().top - pair[0].bbox().bottom)
        .filter(|white| white.is_finite() && *white > 0.0)
        .collect();
    // A few lines do not tell what is usual.
    if whites.len() < 4 {
        return 0.0;
    }
    whites.sort_by(f32::total_cmp);
    whites[whites.len() / 2]
}

/// The block that a line outside tables becomes.
pub(super) fn line_block(page: u32, line: LooseLine, params: &LayoutParams) -> Line {
    let segments = line
        .line
        .segments(params)
        .into_iter()
        .map(|words| {
            let bbox = box_of(words);
            Segment {
                text: spaced_text(words),
                start: bbox.left,
                end: bbox.right,
                place: Place::on_page(page, bbox),
                confidence: words
                    .iter()
                    .fold(None, |lowest, w| lower_confidence(lowest, w.confidence)),
            }
        })
        .collect();
    Line {
        segments,
        separator: Separator::Position,
        gap: line.gap,
        furniture: line.furniture,
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawing::{Drawing, describe_pages};
    use expect_test::{Expect, expect};

    fn check(drawing: Drawing, expected: Expect) {
        expected.assert_eq(&describe_pages(&[drawing.page()]));
    }

    #[test]
    fn a_frame_around_text_is_no_table() {
        check(
            Drawing::new()
                .grid(&[50.0, 550.0], &[50.0, 750.0])
                .text(100.0, 100.0, "公开"),
            expect![[r#"
                = 公开
            "#]],
        );
    }

    #[test]
    fn lines_and_tables_come_from_top_to_bottom() {
        let xs = [100.0, 200.0, 300.0];
        let drawing =
            Drawing::new()
                .text(100.0, 150.0, "其他说明")
                .text(100.0, 80.0, "项目支出绩效目标表");
        check(
            drawing
                .grid(&xs, &[100.0, 120.0])
                .row(&xs, 100.0, &["项目名称", "道路"]),
            expect![[r#"
                = 项目支出绩效目标表
                ~ table 1 x 2 ruled
                    0 | 0 项目名称 | 1 道路
                - 其他说明
            "#]],
        );
    }

    #[test]
    fn a_grid_within_a_cell_is_a_table_of_its_own() {
        let drawing = Drawing::new()
            .grid(&[100.0, 200.0, 400.0], &[100.0, 200.0])
            .text(110.0, 105.0, "甲")
            .text(210.0, 105.0, "乙");
        let xs = [220.0, 300.0, 380.0];
        check(
            drawing
                .grid(&xs, &[130.0, 150.0])
                .row(&xs, 130.0, &["丙", "丁"]),
            expect![[r#"
                = table 1 x 2 ruled
                    0 | 0 甲 | 1 乙
                  table 1 x 2 ruled
                    0 | 0 丙 | 1 丁
            "#]],
        );
    }
}
