//! Rows of a ruled table that no rules part: a table with vertical rules only.
//!
//! In: the lines of the cells of one row. Out: its rows, if it plainly holds several. Never: splits a cell whose lines
//! fill it, as those of a broken text do.

use crate::model::geometry::BBox;

use super::bands::{Fragment, split_rows};
use super::lines::TextLine;

/// A row that is to be split.
pub(super) struct Split {
    /// Heights at which it is cut, from top to bottom; one less than rows.
    pub cuts: Vec<f32>,
    /// For each row and each cell given, the lines in it.
    pub rows: Vec<Vec<Vec<TextLine>>>,
}

/// Splits a row of cells, given as their boxes and lines from left to right, where its cells hold many lines that stand
/// side by side and do not fill the cells' width.
pub(super) fn split_row(cells: &[(BBox, &[TextLine])], em: f32) -> Option<Split> {
    const LEAST_CELLS: usize = 3;
    const LEAST_ROWS: usize = 4;
    let tall: Vec<&(BBox, &[TextLine])> = cells
        .iter()
        .filter(|(_, lines)| lines.len() >= LEAST_ROWS)
        .collect();
    if tall.len() < LEAST_CELLS
        || tall
            .iter()
            .filter(|(around, lines)| is_loose(around, lines))
            .count()
            * 2
            < tall.len()
    {
        return None;
    }
    let mut fragments: Vec<Fragment> = Vec::new();
    for (col, (_, lines)) in cells.iter().enumerate() {
        fragments.extend(lines.iter().map(|line| Fragment {
            level: 0,
            col,
            line: line.clone(),
            side: false,
        }));
    }
    fragments.sort_by(|a, b| {
        a.line
            .bbox
            .center_y()
            .total_cmp(&b.line.bbox.center_y())
            .then(a.col.cmp(&b.col))
    });
    let mut level = 0;
    let mut height = f32::NEG_INFINITY;
    for fragment in &mut fragments {
        let y = fragment.line.bbox.center_y();
        if y - height > 0.3 * em {
            level += usize::from(height.is_finite());
            height = y;
        }
        fragment.level = level;
    }
    let ranges = split_rows(&fragments, level + 1, cells.len(), &[], em);
    let mut rows = vec![vec![Vec::new(); cells.len()]; ranges.len()];
    let mut extents = vec![(f32::INFINITY, f32::NEG_INFINITY); ranges.len()];
    for fragment in fragments {
        let row = ranges
            .partition_point(|range| range.1 <= fragment.level)
            .min(ranges.len() - 1);
        extents[row].0 = extents[row].0.min(fragment.line.bbox.top);
        extents[row].1 = extents[row].1.max(fragment.line.bbox.bottom);
        rows[row][fragment.col].push(fragment.line);
    }
    let whole = rows
        .iter()
        .filter(|row| row.iter().filter(|lines| !lines.is_empty()).count() * 2 > tall.len())
        .count();
    if rows.len() < LEAST_ROWS || whole * 4 < rows.len() * 3 {
        return None;
    }
    let cuts: Vec<f32> = extents
        .windows(2)
        .map(|pair| (pair[0].1 + pair[1].0) / 2.0)
        .collect();
    cuts.windows(2)
        .all(|pair| pair[0] < pair[1])
        .then_some(Split { cuts, rows })
}

/// Whether most lines of a cell leave room that a broken text would have used.
fn is_loose(around: &BBox, lines: &[TextLine]) -> bool {
    let upper = &lines[..lines.len() - 1];
    let full = upper
        .iter()
        .zip(&lines[1..])
        .filter(|(line, next)| {
            let first = next.words.first().map_or(next.size, |w| w.first_width);
            line.bbox.width() + first + 1.2 * line.size > around.width()
        })
        .count();
    full * 5 < upper.len() * 2
}

#[cfg(test)]
mod tests {
    use super::super::drawing::{Drawing, describe_pages};
    use expect_test::{Expect, expect};

    const XS: [f32; 5] = [100.0, 180.0, 260.0, 340.0, 420.0];

    fn check(rows: &[[&str; 4]], pitch: f32, expected: Expect) {
        let mut drawing = Drawing::new().grid(&XS, &[100.0, 200.0]);
        for (index, row) in rows.iter().enumerate() {
            drawing = drawing.row(&XS, 100.0 + pitch * index as f32, row);
        }
        expected.assert_eq(&describe_pages(&[drawing.page()]));
    }

    #[test]
    fn vertical_rules_alone_leave_rows_to_alignment() {
        let rows = [
            ["一级", "二级", "名称", "权重"],
            ["产出", "数量", "人数", "10"],
            ["产出", "质量", "", "20"],
            ["效益", "社会", "和谐", "30"],
        ];
        check(
            &rows,
            20.0,
            expect![[r#"
            = table 4 x 4 ruled
                0 | 0 一级 | 1 二级 | 2 名称 | 3 权重
                1 | 0 产出 | 1 数量 | 2 人数 | 3 10
                2 | 0 产出 | 1 质量 | 2  | 3 20
                3 | 0 效益 | 1 社会 | 2 和谐 | 3 30
        "#]],
        );
    }

    #[test]
    fn broken_texts_side_by_side_are_one_row() {
        let full = "项目支出绩效目";
        check(
            &[[full; 4], [full; 4], [full; 4], ["标"; 4]],
            12.0,
            expect![[r#"
                = table 1 x 4 ruled
                    0 | 0 项目支出绩效目⏎项目支出绩效目⏎项目支出绩效目⏎标 | 1 项目支出绩效目⏎项目支出绩效目⏎项目支出绩效目⏎标 | 2 项目支出绩效目⏎项目支出绩效目⏎项目支出绩效目⏎标 | 3 项目支出绩效目⏎项目支出绩效目⏎项目支出绩效目⏎标
            "#]],
        );
    }
}
