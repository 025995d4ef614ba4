//! Text that was laid out by spaces, as `pdftotext -layout` does.
//!
//! In: the lines of a text. Out: [`Line`]s, one a row of a table, with the text of each cell in one segment. Never:
//! trusts absolute columns; a line that belongs to no row stays as it is.
//!
//! Such a text keeps the order of what stands on a line, but neither its exact column nor which lines are one row.
//! First labels of merged cells are told apart, by columns; then the lines are cut into rows; then each label is given
//! the row that it begins in.

mod cells;
mod labels;
mod rows;
mod tables;
mod words;

use crate::model::{Block, Gap, Line, Place, Segment, Separator};

use super::delimited::layout_lines;
use cells::cells_of;
use labels::{Label, assign_labels, join_labels, take_labels};
use rows::split_rows;
use tables::{tables, take_lone, take_upright};
use words::{Row, Spacing, pieces, row_of};

/// Longer lines than this, in characters, are no lines of a page.
const WIDEST_LINE: f32 = 2000.0;
/// A line that begins this far to the right is the middle of a page, or of a cell of several lines.
const DEEP_INDENT: &str = "            ";

/// Whether a text is laid out by spaces: pages are cut by form feeds, or many lines are indented.
pub(super) fn is_laid_out(lines: &[String]) -> bool {
    let printed: Vec<&String> = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .collect();
    if printed.len() < 5 || printed.iter().filter(|l| l.contains('\t')).count() * 10 > printed.len()
    {
        return false;
    }
    let indented = printed
        .iter()
        .filter(|line| line.starts_with("   "))
        .count();
    let gapped = printed
        .iter()
        .filter(|line| line.trim().contains("    "))
        .count();
    let deep = printed
        .iter()
        .filter(|line| line.starts_with(DEEP_INDENT))
        .count();
    let many = |n: usize, share: usize| n * share >= printed.len();
    many(gapped, 3) && many(indented, 5) || many(gapped, 4) && deep >= 2
}

/// Turns a text that is laid out by spaces into lines, one a row.
pub(super) fn layout_spaced(lines: &[String]) -> Vec<Block> {
    let spacing = Spacing::of(lines);
    let mut out: Vec<Block> = Vec::new();
    let mut zone: Vec<Line> = Vec::new();
    for block in layout_lines(lines) {
        let Block::Line(line) = block else { continue };
        let is_endless = line.segments.last().is_some_and(|s| s.end > WIDEST_LINE);
        let is_apart = is_endless
            || line.furniture
            || matches!(line.separator, Separator::Tab | Separator::Pipe);
        if is_apart || line.gap >= Gap::Large {
            read_zone(&std::mem::take(&mut zone), spacing, &mut out);
        }
        if is_apart {
            out.push(Block::Line(line));
        } else {
            zone.push(line);
        }
    }
    read_zone(&zone, spacing, &mut out);
    out
}

/// Lines that no wide white parts become rows.
fn read_zone(zone: &[Line], spacing: Spacing, out: &mut Vec<Block>) {
    if zone.len() < 2 {
        out.extend(zone.iter().cloned().map(Block::Line));
        return;
    }
    let mut rows: Vec<Row> = zone.iter().map(|line| row_of(line, spacing)).collect();
    let mut labels = take_upright(&mut rows);
    let tables = tables(&rows);
    for (index, &table) in tables.iter().enumerate() {
        labels.extend(take_labels(&mut rows, table, index));
    }
    let mut ranges = split_rows(&rows);
    let mut labels = join_labels(labels, &rows);
    labels.extend(take_lone(&mut rows, &mut ranges));
    let assigned = assign_labels(&labels, &ranges, &rows);
    for (index, &(first, end)) in ranges.iter().enumerate() {
        let own: Vec<&Label> = assigned
            .iter()
            .filter(|(row, _)| *row == index)
            .map(|(_, label)| label)
            .collect();
        let single = end - first == 1
            && own.is_empty()
            && !rows[first].taken
            && pieces(&rows[first].words).len() == zone[first].segments.len();
        if single {
            out.push(Block::Line(zone[first].clone()));
        } else if let Some(line) = line_of(&rows[first..end], &own) {
            out.push(Block::Line(line));
        }
    }
}

/// The row of some lines, with the labels that begin in it.
fn line_of(rows: &[Row], labels: &[&Label]) -> Option<Line> {
    let mut segments: Vec<Segment> = labels
        .iter()
        .map(|l| Segment {
            text: l.text.clone(),
            start: l.start as f32,
            end: l.end as f32,
            place: Place::on_line(l.number),
            confidence: None,
        })
        .collect();
    let n_labels = segments.len();
    for cell in cells_of(rows) {
        segments.push(Segment {
            text: cell.text,
            start: cell.start as f32,
            end: cell.end as f32,
            place: Place::on_line(rows[cell.lines[0].level].number),
            confidence: None,
        });
    }
    if segments.is_empty() {
        return None;
    }
    segments[..n_labels].sort_by(|a, b| a.start.total_cmp(&b.start));
    let gap = rows.first().map_or(Gap::None, |r| r.gap);
    let separator = if segments.len() > 1 {
        Separator::Spaces
    } else {
        Separator::Single
    };
    Some(Line {
        segments,
        separator,
        gap,
        furniture: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let shown = |line: &Line| {
            line.segments
                .iter()
                .map(|s| s.text.as_str())
                .collect::<Vec<_>>()
                .join("|")
        };
        layout_spaced(&lines)
            .iter()
            .filter_map(|block| {
                if let Block::Line(line) = block {
                    Some(shown(line))
                } else {
                    None
                }
            })
            .collect()
    }

    #[test]
    fn a_cell_of_two_lines_stands_around_its_main_line() {
        let rows = check(
            "质量   道路通行率    ≥   90   %\n       巡查工作及时完\n时效              ≥   95   %\n       成率",
        );
        assert_eq!(
            rows,
            ["质量|道路通行率|≥|90|%", "时效|巡查工作及时完成率|≥|95|%"]
        );
    }

    #[test]
    fn a_text_goes_on_below_the_word_it_stands_under() {
        let rows =
            check("质量   道路通行率    ≥   90   %\n时效   工作及时完 ≥   95   %\n     成率");
        assert_eq!(rows[1], "时效|工作及时完成率|≥|95|%");
    }

    #[test]
    fn rows_of_short_texts_stay_apart() {
        assert_eq!(
            check("任务   内容\n人员经费   工资\n公用经费   办公"),
            ["任务|内容", "人员经费|工资", "公用经费|办公"]
        );
    }

    #[test]
    fn a_merged_label_begins_in_the_first_of_its_rows() {
        let rows = check(
            "类别    名称    性质   值   单位\n      道路    ≥   1   个\n数量    桥梁    ≥   2   个\n      路灯    ≥   3   个",
        );
        assert_eq!(rows[1], "数量|道路|≥|1|个");
    }

    #[test]
    fn words_of_cells_that_stand_close_are_cut() {
        // Han characters, numbers and operators are not set apart within a cell.
        assert_eq!(
            check("一级指标 二级指标   三级指标   值\n产出 数量指标   道路长度 ≥   95.5 0.00"),
            [
                "一级指标|二级指标|三级指标|值",
                "产出|数量指标|道路长度|≥|95.5|0.00"
            ]
        );
        // Where a program sets spaces between Han characters and digits, they part nothing.
        let scripts = "目标 1：建成 3 个点   2024 年 5 月\n共 8 个   10 人 次";
        assert_eq!(
            check(scripts),
            ["目标 1：建成 3 个点|2024 年 5 月", "共 8 个|10 人 次"]
        );
    }

    #[test]
    fn a_header_of_three_lines_is_one_row() {
        let rows = check(
            "                         本年权重\n 一级指标   指标值   度量单位            备注\n                         （%）\n 产出指标   10      个       5       无\n 效益指标   20      人       5       无",
        );
        assert_eq!(rows[0], "一级指标|指标值|度量单位|本年权重（%）|备注");
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn a_title_is_no_part_of_the_row_below() {
        let rows = check(
            "             项目支出绩效目标表\n                （2024年度）\n 项目名称      51160221T000927241141-小型水库维修养护\n 主管部门      水利局",
        );
        assert_eq!(rows[..2], ["项目支出绩效目标表", "（2024年度）"]);
    }

    #[test]
    fn two_amounts_are_never_one_cell() {
        let rows = check(
            "            年度资金总额：         257.86\n项目资金(万元)   其中：财政拨款         232.07\n            其他资金              25.79",
        );
        let amounts: Vec<&str> = rows
            .iter()
            .filter_map(|row| row.split('|').next_back())
            .collect();
        assert_eq!(amounts, ["257.86", "232.07", "25.79"]);
    }

    #[test]
    fn a_label_alone_between_two_rows_begins_in_the_first() {
        let rows = check(
            "       维护水库数量    27座   10\n数量指标\n       白蚁防治面积    40平方米  10\n质量指标   达标率       90%   10",
        );
        assert_eq!(rows[0], "数量指标|维护水库数量|27座|10");
    }

    #[test]
    fn every_character_comes_out_once() {
        let mut seed = 7u64;
        let mut next = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % n
        };
        let parts = [
            "指标",
            "数",
            "≥",
            "10.50",
            "（%）",
            "目标1：完成。",
            "a b",
            "项 目",
            "元）：",
            "——",
            "其中:",
        ];
        for _ in 0..400 {
            let mut text = String::new();
            for _ in 0..2 + next(14) {
                for _ in 0..next(6) {
                    let blank = [1, 2, 3, 9, 20][next(5) as usize];
                    text.push_str(&" ".repeat(blank));
                    text.push_str(parts[next(parts.len() as u64) as usize]);
                }
                text.push_str(["\n", "\n", "\n\n", "\n\n\n"][next(4) as usize]);
            }
            let sorted = |text: &str| {
                let mut chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
                chars.sort_unstable();
                chars
            };
            let out = check(&text).join("\n").replace('|', "");
            assert_eq!(sorted(&out), sorted(&text), "{text}");
        }
    }
}
