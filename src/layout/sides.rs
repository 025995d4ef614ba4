//! Rows beside one label: a narrow first column names several rows of a table without rules.
//!
//! In: a block's lines and columns. Out: its rows, told apart without the label. Never: parts the lines of one text;
//! takes the labels of single rows for one label.
//!
//! Such a label stands between its rows and reaches into them, so that all of them look like one. It is known by this:
//! it is centred on no row, and the other columns have rows that no break of a text explains.

use super::bands::{Fragment, split_rows};
use super::columns::Column;
use super::lines::TextLine;
use super::stream::{Context, pieces_of};

/// A table whose first column is one label.
pub(super) struct Labelled {
    /// All pieces; those of the label are set apart.
    pub fragments: Vec<Fragment>,
    /// Half-open ranges of lines.
    pub rows: Vec<(usize, usize)>,
    /// Top and bottom of each line, without the label's own.
    pub heights: Vec<(f32, f32)>,
}

/// What a row takes up of the page, and its text.
struct RowText<'a> {
    top: f32,
    bottom: f32,
    n_columns: usize,
    pieces: Vec<&'a Fragment>,
}

/// The rows of a block whose first column is one label of several rows; `None` where it is not.
pub(super) fn beside_rows(
    lines: &[TextLine],
    columns: &[Column],
    rules: &[f32],
    page: &Context<'_>,
) -> Option<Labelled> {
    if columns.len() < 3 {
        return None;
    }
    let (mut label, mut others): (Vec<Fragment>, Vec<Fragment>) = pieces_of(lines, columns)
        .into_iter()
        .partition(|f| f.col == 0);
    if !is_one_label(&label, page.em) {
        return None;
    }
    // Lines without the label, counted anew.
    let mut levels: Vec<usize> = others.iter().map(|f| f.level).collect();
    levels.dedup();
    for fragment in &mut others {
        fragment.level = levels.partition_point(|level| *level < fragment.level);
    }
    let ranges = split_rows(&others, levels.len(), columns.len(), rules, page.em);
    let rows: Vec<RowText<'_>> = ranges.iter().map(|range| row_of(&others, *range)).collect();
    if !is_beside(&label, &rows, page.em) || !are_rows(&rows, columns.len(), page.em) {
        return None;
    }
    let mut heights = vec![(f32::INFINITY, f32::NEG_INFINITY); lines.len()];
    for fragment in &mut others {
        fragment.level = levels[fragment.level];
        let height = &mut heights[fragment.level];
        height.0 = height.0.min(fragment.line.bbox.top);
        height.1 = height.1.max(fragment.line.bbox.bottom);
    }
    let starts: Vec<usize> = ranges.iter().map(|range| levels[range.0]).collect();
    let rows = (0..starts.len())
        .map(|k| {
            let first = if k == 0 { 0 } else { starts[k] };
            (first, starts.get(k + 1).copied().unwrap_or(lines.len()))
        })
        .collect();
    label.iter_mut().for_each(|f| f.side = true);
    others.extend(label);
    Some(Labelled {
        fragments: others,
        rows,
        heights,
    })
}

/// Whether the texts of a first column follow each other as the lines of one narrow text do.
fn is_one_label(label: &[Fragment], em: f32) -> bool {
    const WIDEST_EM: f32 = 8.5;
    const PITCH_EM: f32 = 1.8;
    !label.is_empty()
        && label.iter().all(|f| f.line.bbox.width() <= WIDEST_EM * em)
        && label.windows(2).all(|pair| {
            pair[1].line.bbox.center_y() - pair[0].line.bbox.center_y() <= PITCH_EM * em
        })
}

fn row_of(fragments: &[Fragment], range: (usize, usize)) -> RowText<'_> {
    let pieces: Vec<&Fragment> = fragments
        .iter()
        .filter(|f| (range.0..range.1).contains(&f.level))
        .collect();
    let mut cols: Vec<usize> = pieces.iter().map(|f| f.col).collect();
    cols.sort_unstable();
    cols.dedup();
    let boxes = || pieces.iter().map(|f| f.line.bbox);
    RowText {
        top: boxes().map(|b| b.top).fold(f32::INFINITY, f32::min),
        bottom: boxes().map(|b| b.bottom).fold(f32::NEG_INFINITY, f32::max),
        n_columns: cols.len(),
        pieces,
    }
}

/// Whether a label stands among rows and is that of none of them: at least two are beside it, or it is centred on some,
/// and most of its lines are in no row's middle.
fn is_beside(label: &[Fragment], rows: &[RowText<'_>], em: f32) -> bool {
    const SAME_EM: f32 = 0.25;
    const REACH_EM: f32 = 0.6;
    const CENTRED_EM: f32 = 0.4;
    let (Some(first), Some(last)) = (label.first(), label.last()) else {
        return false;
    };
    let (top, bottom) = (first.line.bbox.top, last.line.bbox.bottom);
    let middle = f32::midpoint(top, bottom);
    let of_row = |y: f32| {
        rows.iter()
            .any(|row| (f32::midpoint(row.top, row.bottom) - y).abs() <= SAME_EM * em)
    };
    let n_same = label
        .iter()
        .filter(|f| of_row(f.line.bbox.center_y()))
        .count();
    let beside = rows
        .iter()
        .filter(|row| row.bottom > top && row.top < bottom)
        .count();
    let within = rows.first().zip(rows.last()).is_some_and(|(first, last)| {
        middle > first.top - REACH_EM * em && middle < last.bottom + REACH_EM * em
    });
    let is_centred = || {
        (0..rows.len()).any(|from| {
            rows[from + 1..].iter().any(|last| {
                let middle_of_rows = f32::midpoint(rows[from].top, last.bottom);
                (middle_of_rows - middle).abs() <= CENTRED_EM * em
            })
        })
    };
    within && (beside >= 2 || is_centred()) && n_same * 2 < label.len().max(2) && !of_row(middle)
}

/// Whether rows are plainly rows: each has texts in several columns, and where one follows another, for at least every
/// second time some text has ended before its line did, which one that goes on does not.
fn are_rows(rows: &[RowText<'_>], n_columns: usize, em: f32) -> bool {
    const FULL: f32 = 0.93;
    let mut widest = vec![0.0f32; n_columns];
    for piece in rows.iter().flat_map(|row| &row.pieces) {
        widest[piece.col] = widest[piece.col].max(piece.line.bbox.width());
    }
    let has_ended = |pair: &[RowText<'_>]| {
        (1..n_columns).any(|col| {
            let upper = pair[0].pieces.iter().rfind(|f| f.col == col);
            let lower = pair[1].pieces.iter().find(|f| f.col == col);
            upper.zip(lower).is_some_and(|(upper, lower)| {
                let next = lower.line.words.first().map_or(em, |w| w.first_width);
                upper.line.bbox.width() + next < FULL * widest[col]
            })
        })
    };
    let n_ended = rows.windows(2).filter(|pair| has_ended(pair)).count();
    rows.len() >= 2 && rows.iter().all(|row| row.n_columns >= 2) && n_ended * 2 >= rows.len() - 1
}

#[cfg(test)]
mod tests {
    use super::super::drawing::{Drawing, describe_pages};
    use expect_test::{Expect, expect};

    fn check(drawing: Drawing, expected: Expect) {
        expected.assert_eq(&describe_pages(&[drawing.page()]));
    }

    #[test]
    fn a_label_between_rows_is_of_both() {
        check(
            Drawing::new()
                .centred(250.0, 100.0, "年度资金总额：")
                .text(420.0, 100.0, "12.00")
                .centred(250.0, 117.0, "其中：当年财政拨款")
                .text(420.0, 117.0, "10.20")
                .text(40.0, 125.5, "项目资金（万元）")
                .centred(250.0, 134.0, "上年结转")
                .text(420.0, 134.0, "1.80"),
            expect![[r#"
                = table 3 x 3 aligned
                    0 | 1 年度资金总额： | 2 12.00
                    1 | 0/2 项目资金（万元） | 1 其中：当年财政拨款 | 2 10.20
                    2 | 1 上年结转 | 2 1.80
            "#]],
        );
    }

    #[test]
    fn tasks_of_several_lines_beside_one_label() {
        check(
            Drawing::new()
                .centred(190.0, 100.0, "任务名称")
                .centred(400.0, 100.0, "主要内容")
                .centred(190.0, 117.0, "人员经费")
                .text(270.0, 117.0, "保障在职及退休人员福利")
                .centred(190.0, 134.0, "公用经费")
                .text(270.0, 134.0, "保障单位正常运转")
                .text(40.0, 146.5, "年度主要任务")
                .text(270.0, 151.0, "对已建成的沟渠道路蓄水池等设施开展日常管护")
                .centred(190.0, 157.5, "农田建设管护")
                .text(270.0, 164.0, "提高保证率")
                .text(270.0, 181.0, "组织开展春秋两季重大动物疫病集中免疫做到应")
                .centred(190.0, 187.5, "强制免疫补助")
                .text(270.0, 194.0, "免尽免"),
            expect![[r#"
                = 任务名称 | 主要内容
                  table 4 x 3 aligned
                    0 | 0/3 年度主要任务 | 1 人员经费 | 2 保障在职及退休人员福利
                    1 | 1 公用经费 | 2 保障单位正常运转
                    2 | 1 农田建设管护 | 2 对已建成的沟渠道路蓄水池等设施开展日常管护⏎提高保证率
                    3 | 1 强制免疫补助 | 2 组织开展春秋两季重大动物疫病集中免疫做到应⏎免尽免
            "#]],
        );
    }

    #[test]
    fn goals_and_results_beside_one_label() {
        check(
            Drawing::new()
                .centred(200.0, 100.0, "预期目标")
                .centred(450.0, 100.0, "实际完成情况")
                .text(50.0, 108.0, "年度")
                .text(350.0, 114.0, "已按计划完成年度目标任务完成数")
                .text(50.0, 122.0, "总体")
                .text(100.0, 122.5, "开展日常巡查安全监测清障和设备维护确保")
                .text(350.0, 131.0, "量三十一座群众满意度稳步提升加")
                .text(50.0, 136.0, "目标")
                .text(100.0, 139.5, "水库安全度汛")
                .text(350.0, 148.0, "强业务培训"),
            expect![[r#"
                = table 2 x 3 aligned
                    0 | 0/2 年度⏎总体⏎目标 | 1 预期目标 | 2 实际完成情况
                    1 | 1 开展日常巡查安全监测清障和设备维护确保⏎水库安全度汛 | 2 已按计划完成年度目标任务完成数⏎量三十一座群众满意度稳步提升加⏎强业务培训
            "#]],
        );
    }

    #[test]
    fn a_label_beside_one_row_of_broken_texts() {
        check(
            Drawing::new()
                .text(100.0, 100.0, "对已建成的沟渠道路等设施开展")
                .text(300.0, 100.0, "对已建成的沟渠道路等设施开展")
                .text(40.0, 106.0, "目标")
                .text(100.0, 112.0, "管护")
                .text(300.0, 112.0, "日常管护"),
            expect![[r#"
                = table 1 x 3 aligned
                    0 | 0 目标 | 1 对已建成的沟渠道路等设施开展⏎管护 | 2 对已建成的沟渠道路等设施开展⏎日常管护
            "#]],
        );
    }
}
