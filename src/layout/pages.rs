//! Tables that go on over a page break become one.
//!
//! In: the leaves of all pages. Out: blocks. Never: joins tables that a line of text stands between, or rows that a
//! rule closes.

use std::collections::BTreeMap;

use crate::model::block::Block;
use crate::model::diagnostic::{Code, Diagnosed, Diagnostic};

use super::assemble::{Item, Leaf, LooseLine, line_block};
use super::breaks::{Edges, append, glue, is_cut_row, merged_cells, pairs_at_break};
use super::lines::lower_confidence;
use super::matching::{Pending, matching, near};
use super::params::LayoutParams;
use super::sheet::Sheet;

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
            recognised,
            items: mut here,
            ..
        } = leaf;
        let depth = deepest.get(&(height as i32)).copied().unwrap_or(height);
        let is_body =
            |item: &Item| !matches!(item, Item::Line(line) if line.furniture || is_mark(line));
        let first = here.iter().position(is_body);
        let last = here.iter().rposition(is_body);
        let mut tail = None;
        if let (Some(first), Some(open)) = (first, pending.as_ref()) {
            let joined = match (items.get_mut(open.index), here.get(first)) {
                (Some((_, Item::Sheet(above))), Some(Item::Sheet(below)))
                    if open.page + 1 == number && open.recognised == recognised =>
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
                recognised,
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

/// A character or two of which recognition was unsure, in a line of their own: dirt between a table and the edge of its page
/// does not part it from the next page.
fn is_mark(line: &LooseLine) -> bool {
    const MOST_CHARS: usize = 2;
    const UNSURE: f32 = 0.7;
    let words = &line.line.words;
    let n_chars: usize = words.iter().map(|word| word.text.chars().count()).sum();
    let confidence = words
        .iter()
        .fold(None, |least, word| lower_confidence(least, word.confidence));
    n_chars <= MOST_CHARS && confidence.is_some_and(|confidence| confidence < UNSURE)
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
            glue(&mut above.cells[a], &lower);
            above.cells[a].row_span += lower.row_span - 1;
        }
        let gone: Vec<usize> = pairs.iter().map(|p| p.1).collect();
        append(above, below, &gone, 1);
    } else {
        let merged = merged_cells(above, &below, &pairs, &edges);
        for &(a, b) in &merged {
            let lower = below.cells[b].clone();
            glue(&mut above.cells[a], &lower);
            above.cells[a].row_span += lower.row_span;
        }
        let gone: Vec<usize> = merged.iter().map(|p| p.1).collect();
        append(above, below, &gone, 0);
    }
    true
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
        if sheet.xs == union {
            return;
        }
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
    const HEADER_REACH_ROWS: u32 = 300;
    let rows_of = |sheet: &Sheet, from: u32, count: u32| -> Vec<(u32, u32, u32, u32, String)> {
        let first = sheet.cells.partition_point(|c| c.row < from);
        let end = sheet.cells.partition_point(|c| c.row < from + count);
        let cells = &sheet.cells[first..end];
        cells
            .iter()
            .map(|c| (c.row - from, c.col, c.row_span, c.col_span, c.text.clone()))
            .collect()
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
            n_above.saturating_sub(HEADER_REACH_ROWS)..n_above
        } else {
            0..1
        };
        if rows_of(above, 0, count) == head
            || starts
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

#[cfg(test)]
mod tests {
    use super::super::drawing::{Drawing, describe_pages};
    use expect_test::{Expect, expect};

    const XS: [f32; 4] = [100.0, 160.0, 300.0, 360.0];

    fn check(first: Drawing, second: Drawing, expected: Expect) {
        expected.assert_eq(&describe_pages(&[first.page(), second.numbered(2).page()]));
    }

    /// A table that reaches the foot of the page.
    fn upper() -> Drawing {
        let drawing = Drawing::new().grid(&XS, &[700.0, 720.0, 740.0]);
        drawing
            .row(&XS, 700.0, &["一级指标", "三级指标", "指标值"])
            .row(&XS, 720.0, &["产出指标", "培训人数", "30"])
    }

    fn lower(texts: &[&str]) -> Drawing {
        Drawing::new()
            .grid(&XS, &[60.0, 80.0])
            .row(&XS, 60.0, texts)
    }

    #[test]
    fn a_table_goes_on_over_the_page() {
        check(
            upper().text(300.0, 780.0, "- 1 -"),
            lower(&["效益指标", "受益人数", "20"]).text(300.0, 780.0, "- 2 -"),
            expect![[r#"
                = table 3 x 3 ruled
                    0 | 0 一级指标 | 1 三级指标 | 2 指标值
                    1 | 0 产出指标 | 1 培训人数 | 2 30
                  --- page 2
                    2 | 0 效益指标 | 1 受益人数 | 2 20
                -# - 1 -
                -# - 2 -
            "#]],
        );
    }

    #[test]
    fn a_repeated_header_is_dropped() {
        let second = Drawing::new().grid(&XS, &[60.0, 80.0, 100.0]).row(
            &XS,
            60.0,
            &["一级指标", "三级指标", "指标值"],
        );
        check(
            upper(),
            second.row(&XS, 80.0, &["效益指标", "受益人数", "20"]),
            expect![[r#"
                = table 3 x 3 ruled
                    0 | 0 一级指标 | 1 三级指标 | 2 指标值
                    1 | 0 产出指标 | 1 培训人数 | 2 30
                  --- page 2
                    2 | 0 效益指标 | 1 受益人数 | 2 20
            "#]],
        );
    }

    #[test]
    fn a_blank_leading_cell_belongs_to_the_merged_cell_above() {
        check(
            upper(),
            lower(&["", "培训次数", "4"]),
            expect![[r#"
            = table 3 x 3 ruled
                0 | 0 一级指标 | 1 三级指标 | 2 指标值
                1 | 0/2 产出指标 | 1 培训人数 | 2 30
              --- page 2
                2 | 1 培训次数 | 2 4
        "#]],
        );
    }

    #[test]
    fn a_title_between_keeps_tables_apart() {
        check(
            upper(),
            lower(&["效益指标", "受益人数", "20"]).text(200.0, 40.0, "绩效目标表"),
            expect![[r#"
                = table 2 x 3 ruled
                    0 | 0 一级指标 | 1 三级指标 | 2 指标值
                    1 | 0 产出指标 | 1 培训人数 | 2 30
                = 绩效目标表
                ~ table 1 x 3 ruled
                    0 | 0 效益指标 | 1 受益人数 | 2 20
            "#]],
        );
    }

    /// The next page, taken from nearer, on another place of its picture; and how far down its number stands.
    fn nearer(is_recognised: bool, expected: Expect) {
        let columns = [100.0, 160.0, 220.0, 300.0, 360.0];
        let other = columns.map(|x| 180.0 + 1.1 * (x - 100.0));
        let upper = Drawing::new()
            .grid(&columns, &[600.0, 620.0, 640.0])
            .row(&columns, 600.0, &["指标", "名称", "单位", "值"])
            .row(&columns, 620.0, &["产出", "人数", "人", "30"])
            .text(300.0, 680.0, "1");
        let lower = Drawing::new()
            .grid(&other, &[60.0, 82.0])
            .row(&other, 60.0, &["效益", "户数", "户", "20"])
            .text(300.0, 700.0, "2");
        if is_recognised {
            check(upper.recognised(), lower.recognised(), expected);
        } else {
            check(upper, lower, expected);
        }
    }

    #[test]
    fn a_photographed_table_goes_on_in_another_scale() {
        nearer(
            true,
            expect![[r#"
            = table 3 x 4 ruled
                0 | 0 指标 | 1 名称 | 2 单位 | 3 值
                1 | 0 产出 | 1 人数 | 2 人 | 3 30
              --- page 2
                2 | 0 效益 | 1 户数 | 2 户 | 3 20
            -# 1
            -# 2
        "#]],
        );
    }

    #[test]
    fn a_repeated_header_tells_the_columns_of_a_photographed_page() {
        let bent = [130.0, 250.0, 300.0, 380.0];
        let texts = ["一级指标", "三级指标", "指标值"];
        let lower = |header: &[&str]| {
            let lower = Drawing::new().grid(&bent, &[60.0, 80.0, 100.0]);
            let lower =
                lower
                    .row(&bent, 60.0, header)
                    .row(&bent, 80.0, &["效益指标", "户数", "20"]);
            lower.recognised()
        };
        check(
            upper().recognised(),
            lower(&texts),
            expect![[r#"
            = table 3 x 3 ruled
                0 | 0 一级指标 | 1 三级指标 | 2 指标值
                1 | 0 产出指标 | 1 培训人数 | 2 30
              --- page 2
                2 | 0 效益指标 | 1 户数 | 2 20
        "#]],
        );
        check(
            upper().recognised(),
            lower(&["一级指标", "名称", "指标值"]),
            expect![[r#"
                = table 2 x 3 ruled
                    0 | 0 一级指标 | 1 三级指标 | 2 指标值
                    1 | 0 产出指标 | 1 培训人数 | 2 30
                = table 2 x 3 ruled
                    0 | 0 一级指标 | 1 名称 | 2 指标值
                    1 | 0 效益指标 | 1 户数 | 2 20
            "#]],
        );
    }

    #[test]
    fn dirt_below_a_table_does_not_part_it_from_the_next_page() {
        let lower = || lower(&["效益指标", "受益人数", "20"]).recognised();
        let with = |confidence, expected: Expect| {
            let upper = upper().text(500.0, 745.0, "卡").last_read(confidence);
            check(upper.recognised(), lower(), expected);
        };
        with(
            0.4,
            expect![[r#"
            = table 3 x 3 ruled
                0 | 0 一级指标 | 1 三级指标 | 2 指标值
                1 | 0 产出指标 | 1 培训人数 | 2 30
              --- page 2
                2 | 0 效益指标 | 1 受益人数 | 2 20
              卡
        "#]],
        );
        with(
            0.95,
            expect![[r#"
            = table 2 x 3 ruled
                0 | 0 一级指标 | 1 三级指标 | 2 指标值
                1 | 0 产出指标 | 1 培训人数 | 2 30
              卡
            = table 1 x 3 ruled
                0 | 0 效益指标 | 1 受益人数 | 2 20
        "#]],
        );
    }

    #[test]
    fn an_exported_page_has_one_scale() {
        nearer(
            false,
            expect![[r#"
            = table 2 x 4 ruled
                0 | 0 指标 | 1 名称 | 2 单位 | 3 值
                1 | 0 产出 | 1 人数 | 2 人 | 3 30
            - 1
            = table 1 x 4 ruled
                0 | 0 效益 | 1 户数 | 2 户 | 3 20
            - 2
        "#]],
        );
    }

    #[test]
    fn a_table_that_ends_early_does_not_go_on() {
        let first = Drawing::new().grid(&XS, &[100.0, 120.0]).row(
            &XS,
            100.0,
            &["一级指标", "三级指标", "指标值"],
        );
        check(
            first,
            lower(&["效益指标", "受益人数", "20"]),
            expect![[r#"
            = table 1 x 3 ruled
                0 | 0 一级指标 | 1 三级指标 | 2 指标值
            = table 1 x 3 ruled
                0 | 0 效益指标 | 1 受益人数 | 2 20
        "#]],
        );
    }
}
