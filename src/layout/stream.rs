//! Tables without rules: lines that align in columns.
//!
//! In: the loose lines of a page. Out: sheets in their place. Never: makes a table of prose; where alignment is weak,
//! lines stay lines with their segments.
//!
//! `columns` finds lines that share columns, `bands` tells their rows apart, `aligned` makes the cells.

use crate::model::block::Gap;
use crate::model::geometry::BBox;
use crate::model::page::Ruling;

use super::aligned::sheet_of;
use super::assemble::{Item, Leaf, LooseLine, sort_items};
use super::bands::{Fragment, INTERLEAVED, split_rows};
use super::columns::{Column, find_block, pieces, split_words};
use super::lines::{TextLine, box_of};
use super::params::LayoutParams;
use super::sides::beside_rows;

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
pub(super) struct Context<'a> {
    /// Page number, from 1.
    pub number: u32,
    /// Usual character size, points.
    pub em: f32,
    /// Horizontal rules outside grids.
    pub rules: &'a [Ruling],
    pub params: &'a LayoutParams,
}

fn read_zone(lines: &[TextLine], page: &Context<'_>, out: &mut Vec<Item>) {
    let counts: Vec<usize> = lines
        .iter()
        .map(|line| pieces(line, page.params).len())
        .collect();
    // Zones still to be read; a stack, so that depth costs no recursion.
    let mut todo = vec![(0, lines.len())];
    while let Some((from, to)) = todo.pop() {
        let Some(block) = find_block(&lines[from..to], &counts[from..to], page) else {
            read_loose(&lines[from..to], page, out);
            continue;
        };
        let (first, end) = (from + block.first, from + block.end);
        let n_before = read_block(&lines[first..end], &block.columns, page, out);
        todo.push((end, to));
        todo.push((from, first + n_before));
    }
}

fn loose(line: TextLine) -> Item {
    Item::Line(LooseLine {
        line,
        furniture: false,
        gap: Gap::None,
    })
}

/// Lines outside blocks: those that reach into one another are one row, `自有资`, `金` beside `6.50 万元`.
fn read_loose(lines: &[TextLine], page: &Context<'_>, out: &mut Vec<Item>) {
    const MOST_LINES: usize = 8;
    let mut from = 0;
    while from < lines.len() {
        let n = 1 + lines[from..]
            .windows(2)
            .take_while(|pair| reach_into(&pair[0], &pair[1]))
            .count();
        let run = &lines[from..from + n];
        let columns = disjoint(run.iter().map(|l| l.bbox).collect());
        if n > 1 && n <= MOST_LINES && columns.len() > 1 {
            let (fragments, side) = fragments_of(run, &columns, page);
            let heights: Vec<(f32, f32)> =
                run.iter().map(|l| (l.bbox.top, l.bbox.bottom)).collect();
            let all = fragments
                .into_iter()
                .chain(side)
                .map(|f| Fragment { side: false, ..f })
                .collect();
            out.push(Item::Sheet(sheet_of(
                all,
                &[(0, n)],
                &heights,
                &columns,
                page,
            )));
        } else {
            out.extend(run.iter().map(|line| loose(line.clone())));
        }
        from += n;
    }
}

/// Whether two lines stand too close to be lines of one text.
fn reach_into(above: &TextLine, below: &TextLine) -> bool {
    below.bbox.center_y() - above.bbox.center_y() < INTERLEAVED * above.size.min(below.size)
}

/// The extents that some texts fill, where white parts them.
fn disjoint(texts: Vec<BBox>) -> Vec<Column> {
    let mut extents: Vec<Column> = texts
        .iter()
        .map(|b| Column {
            left: b.left,
            right: b.right,
        })
        .collect();
    extents.sort_by(|a, b| a.left.total_cmp(&b.left));
    let mut columns: Vec<Column> = Vec::new();
    for extent in extents {
        match columns.last_mut() {
            Some(last) if extent.left <= last.right => last.right = last.right.max(extent.right),
            _ => columns.push(extent),
        }
    }
    columns
}

/// Turns a block into a sheet, or into lines where it is no table. Returns how many lines at its top are none of it,
/// and still to be read.
fn read_block(
    lines: &[TextLine],
    columns: &[Column],
    page: &Context<'_>,
    out: &mut Vec<Item>,
) -> usize {
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
            let row: Vec<Fragment> = fragments
                .iter()
                .filter(|f| f.level >= first && f.level < end)
                .cloned()
                .collect();
            is_paragraph(&row, page.em)
        });
    if columns.len() >= LEAST_COLUMNS
        && full_lines >= 2
        && rows.len() >= 2
        && !has_paragraph
        && is_aligned(&fragments, columns, page.em)
    {
        let (from, to) = trimmed(&rows, &fragments, lines, columns.len(), page);
        if to - from >= 2 {
            let (first, end) = (rows[from].0, rows[to - 1].1);
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
            return first;
        }
    }
    if let Some(part) = beside_rows(lines, columns, &rules, page) {
        out.push(Item::Sheet(sheet_of(
            part.fragments,
            &part.rows,
            &part.heights,
            columns,
            page,
        )));
        return 0;
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
    0
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
            let boxes: Vec<BBox> = fragments
                .iter()
                .filter(|f| f.col == col)
                .map(|f| f.line.bbox)
                // A header over several columns stands beside its own.
                .filter(|b| b.right > columns[col].left && b.left < columns[col].right)
                .collect();
            let close = |at: fn(&BBox) -> f32| {
                let mut values: Vec<f32> = boxes.iter().map(at).collect();
                values.sort_by(f32::total_cmp);
                let middle = values.get(values.len() / 2).copied().unwrap_or_default();
                values
                    .iter()
                    .filter(|v| (*v - middle).abs() <= SPREAD_EM * em)
                    .count()
                    * 4
                    >= values.len() * 3
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
    let (Some(first), Some(second)) = (leads.next(), leads.next()) else {
        return false;
    };
    first.left - second.left > INDENT_EM * em
        && (first.center_x() - second.center_x()).abs() > INDENT_EM * em
}

/// Whether a row of several lines may as well be running text with a wide gap in its first line: its first column goes
/// on from the first line, and no line reaches into another.
fn is_flow(row: &[Fragment], first_col: usize, lines: &[TextLine]) -> bool {
    let first = row.iter().map(|f| f.level).min().unwrap_or(0);
    let last = row.iter().map(|f| f.level).max().unwrap_or(0);
    let leads = |level: usize| row.iter().any(|f| f.level == level && f.col == first_col);
    let is_upright = row.iter().filter(|f| f.col == first_col).all(|f| {
        f.line
            .words
            .iter()
            .map(|w| w.text.chars().count())
            .sum::<usize>()
            == 1
    });
    let interleaved = is_upright
        || lines[first..=last]
            .windows(2)
            .any(|pair| reach_into(&pair[0], &pair[1]));
    !interleaved && !is_label(row, first_col) && leads(first) && (first + 1..=last).any(leads)
}

/// Whether the first column of a row is the narrow label of what stands beside its middle: `项目经`, `办人电` beside the
/// value, `话`.
fn is_label(row: &[Fragment], first_col: usize) -> bool {
    const WIDEST_EM: f32 = 7.0;
    const OFF_CENTRE_EM: f32 = 0.3;
    let labels: Vec<&Fragment> = row.iter().filter(|f| f.col == first_col).collect();
    let values = row.iter().filter(|f| f.col != first_col);
    let middle = |boxes: &mut dyn Iterator<Item = BBox>| {
        boxes.reduce(|a, b| a.union(&b)).map(|b| b.center_y())
    };
    let Some(size) = labels.first().map(|f| f.line.size) else {
        return false;
    };
    let own = middle(&mut labels.iter().map(|f| f.line.bbox));
    let beside = middle(&mut values.map(|f| f.line.bbox));
    let is_centred = own
        .zip(beside)
        .is_some_and(|(a, b)| (a - b).abs() <= OFF_CENTRE_EM * size);
    labels.len() > 2
        && is_centred
        && labels
            .iter()
            .all(|f| f.line.bbox.width() <= WIDEST_EM * size)
}

/// Rows without those at the ends that hold one text only, and without labels and values above a header.
fn trimmed(
    rows: &[(usize, usize)],
    fragments: &[Fragment],
    lines: &[TextLine],
    n_columns: usize,
    page: &Context<'_>,
) -> (usize, usize) {
    const WIDE: usize = 5;
    let columns_of = |row: &(usize, usize)| {
        let inside = fragments
            .iter()
            .filter(|f| f.level >= row.0 && f.level < row.1);
        let mut cols: Vec<usize> = inside.map(|f| f.col).collect();
        cols.sort_unstable();
        cols.dedup();
        cols
    };
    // Labels and their values above the header of a wide table are no rows of it.
    let header = rows.iter().position(|row| columns_of(row).len() >= WIDE);
    let is_label_row = |index: usize, cols: &[usize]| {
        let Some(header) = header.filter(|h| index < *h && cols[0] == 0) else {
            return false;
        };
        let has_digit = || {
            let row = &rows[index];
            let mut inside = fragments
                .iter()
                .filter(|f| f.level >= row.0 && f.level < row.1);
            inside.any(|f| {
                let mut words = f.line.words.iter();
                words.any(|w| w.text.contains(|c: char| c.is_ascii_digit()))
            })
        };
        // Its texts may reach over several of the table's columns.
        let texts = lines[rows[index].0..rows[index].1]
            .iter()
            .flat_map(|line| pieces(line, page.params))
            .map(box_of);
        let n_texts = disjoint(texts.collect()).len();
        let pairs = n_texts == 4 && columns_of(&rows[header]).len() >= 8 && has_digit();
        n_columns >= WIDE && (n_texts == 2 || pairs)
    };
    let from = (0..rows.len())
        .find(|&index| {
            let cols = columns_of(&rows[index]);
            cols.len() >= 2 && !is_label_row(index, &cols)
        })
        .unwrap_or(rows.len());
    let to = rows
        .iter()
        .rposition(|r| columns_of(r).len() >= 2)
        .map_or(from, |r| r + 1);
    (from, to.max(from))
}

/// The pieces of a block's lines in their columns.
pub(super) fn pieces_of(lines: &[TextLine], columns: &[Column]) -> Vec<Fragment> {
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
    fragments
}

/// The pieces of a block's lines in their columns; apart from them those of a first column that labels many rows.
fn fragments_of(
    lines: &[TextLine],
    columns: &[Column],
    page: &Context<'_>,
) -> (Vec<Fragment>, Vec<Fragment>) {
    let fragments = pieces_of(lines, columns);
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

#[cfg(test)]
mod tests {
    use super::super::drawing::{Drawing, describe_pages};
    use expect_test::{Expect, expect};

    fn check(drawing: Drawing, expected: Expect) {
        expected.assert_eq(&describe_pages(&[drawing.page()]));
    }

    fn indicator(drawing: Drawing, top: f32, texts: [&str; 4]) -> Drawing {
        let centers = [80.0, 180.0, 300.0, 400.0];
        texts
            .iter()
            .zip(centers)
            .fold(drawing, |drawing, (text, center)| {
                let lines: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
                let first = top - 6.0 * (lines.len() as f32 - 1.0);
                lines.iter().enumerate().fold(drawing, |d, (i, line)| {
                    d.centred(center, first + 12.0 * i as f32, line)
                })
            })
    }

    #[test]
    fn lines_that_reach_into_one_another_are_one_row() {
        check(
            Drawing::new()
                .text(50.0, 100.0, "自有资")
                .text(120.0, 106.0, "6.50")
                .text(50.0, 112.0, "金"),
            expect![[r#"
                = table 1 x 2 aligned
                    0 | 0 自有资⏎金 | 1 6.50
            "#]],
        );
    }

    #[test]
    fn rows_centred_on_each_other_are_told_apart() {
        let drawing = indicator(
            Drawing::new(),
            100.0,
            ["一级指标", "二级指标", "三级指标", "指标值"],
        );
        let drawing = indicator(
            drawing,
            125.0,
            ["产出\n指标", "数量指标", "接待读者\n人次", "≥30"],
        );
        check(
            indicator(
                drawing,
                150.0,
                ["产出\n指标", "服务对象\n满意度\n指标", "培训", "≥95%"],
            ),
            expect![[r#"
                = table 3 x 4 aligned
                    0 | 0 一级指标 | 1 二级指标 | 2 三级指标 | 3 指标值
                    1 | 0 产出⏎指标 | 1 数量指标 | 2 接待读者⏎人次 | 3 ≥30
                    2 | 0 产出⏎指标 | 1 服务对象⏎满意度⏎指标 | 2 培训 | 3 ≥95%
            "#]],
        );
    }

    #[test]
    fn a_header_over_several_columns_spans_them() {
        let drawing =
            Drawing::new()
                .centred(130.0, 100.0, "基本支出")
                .centred(350.0, 100.0, "项目支出");
        let drawing = indicator(
            drawing,
            116.0,
            ["财政拨款", "单位资金", "财政拨款", "单位资金"],
        );
        check(
            indicator(drawing, 132.0, ["1.00", "2.00", "3.00", "4.00"]),
            expect![[r#"
                = table 3 x 4 aligned
                    0 | 0+2 基本支出 | 2+2 项目支出
                    1 | 0 财政拨款 | 1 单位资金 | 2 财政拨款 | 3 单位资金
                    2 | 0 1.00 | 1 2.00 | 2 3.00 | 3 4.00
            "#]],
        );
    }

    #[test]
    fn a_long_text_beside_its_label_is_one_row() {
        let drawing = Drawing::new().text(60.0, 106.0, "年度目标");
        let drawing = drawing.text(
            120.0,
            100.0,
            "保障供养服务机构日常运转、消防改造和护理人员工资",
        );
        check(
            drawing.text(120.0, 112.0, "及时发放"),
            expect![[r#"
                = table 1 x 2 aligned
                    0 | 0 年度目标 | 1 保障供养服务机构日常运转、消防改造和护理人员工资⏎及时发放
            "#]],
        );
    }

    #[test]
    fn prose_with_wide_gaps_stays_lines() {
        let drawing = Drawing::new()
            .text(80.0, 100.0, "本年收入预算合计")
            .text(185.0, 100.0, "21,955.35")
            .text(250.0, 100.0, "万元，其中");
        let drawing = drawing
            .text(60.0, 116.0, "一般公共预算收入")
            .text(165.0, 116.0, "1.00")
            .text(200.0, 116.0, "万元，占百分之九");
        check(
            drawing.text(60.0, 132.0, "十，比上年增加"),
            expect![[r#"
            = 本年收入预算合计 | 21,955.35 | 万元，其中
              一般公共预算收入 | 1.00 | 万元，占百分之九
              十，比上年增加
        "#]],
        );
    }

    #[test]
    fn rules_between_rows_keep_wrapped_rows_whole() {
        let mut drawing = Drawing::new();
        for row in 0..5u8 {
            let top = 100.0 + 30.0 * f32::from(row);
            for x in [60.0, 160.0, 260.0] {
                drawing = drawing
                    .text(x, top, "办公设备")
                    .text(x, top + 12.0, "购置费用");
            }
            drawing = drawing.h(top + 25.0, 50.0, 330.0);
        }
        check(
            drawing,
            expect![[r#"
            = table 5 x 3 aligned
                0 | 0 办公设备⏎购置费用 | 1 办公设备⏎购置费用 | 2 办公设备⏎购置费用
                1 | 0 办公设备⏎购置费用 | 1 办公设备⏎购置费用 | 2 办公设备⏎购置费用
                2 | 0 办公设备⏎购置费用 | 1 办公设备⏎购置费用 | 2 办公设备⏎购置费用
                3 | 0 办公设备⏎购置费用 | 1 办公设备⏎购置费用 | 2 办公设备⏎购置费用
                4 | 0 办公设备⏎购置费用 | 1 办公设备⏎购置费用 | 2 办公设备⏎购置费用
        "#]],
        );
    }
}
