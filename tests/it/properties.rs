//! Properties: how a form is printed does not change what it says, and no text makes us panic.

use crate::drawn::{Drawn, DrawnCell, Rules, Sheet};
use jixiao::grammar::Grammars;
use jixiao::pipeline::{Outcome, PipelineParams, Reader, process_bytes};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

const TITLE: &str = "年度绩效目标表";
const HEADER: [&str; 9] = [
    "一级指标",
    "二级指标",
    "三级指标",
    "指标性质",
    "指标值",
    "本年指标值",
    "度量单位",
    "权重",
    "本年权重",
];
const ROWS: [[&str; 9]; 4] = [
    [
        "产出指标",
        "数量指标",
        "养护公路里程",
        "≥",
        "128.5",
        "128.5",
        "公里",
        "30",
        "30",
    ],
    [
        "产出指标",
        "质量指标",
        "验收合格率",
        "=",
        "100",
        "100",
        "%",
        "20",
        "20",
    ],
    [
        "效益指标",
        "社会效益指标",
        "出行条件改善",
        "定性",
        "明显改善",
        "明显改善",
        "",
        "30",
        "30",
    ],
    [
        "满意度指标",
        "服务对象满意度指标",
        "群众满意率",
        "≥",
        "92.5",
        "92.5",
        "%",
        "10",
        "10",
    ],
];

/// Each field: labels that mean the same, and the value.
const FIELDS: &[(&[&str], &str)] = &[
    (
        &["单位信息", "预算单位", "项目单位", "实施单位", "申报单位"],
        "417003-青川县公路养护段",
    ),
    (
        &["预算项目", "项目名称", "预算项目名称"],
        "51082223T000000123456-农村公路养护",
    ),
    (
        &["主管部门", "主管单位", "上级主管部门"],
        "417-青川县交通运输局",
    ),
    (&["职能职责与活动"], "03-道路运输/02-公路养护"),
    (&["项目经办人", "联系人", "项目负责人"], "甲某"),
    (&["项目经办人电话", "联系电话", "联系方式"], "0839-7201234"),
    (
        &["项目总额", "年度资金总额", "项目资金总额", "资金总额"],
        "86.50 万元",
    ),
    (
        &["其中: 财政资金", "财政拨款", "其中:财政拨款"],
        "80.00 万元",
    ),
    (&["单位资金", "自有资金"], "6.50 万元"),
    (&["预算执行率权重", "执行率权重"], "10"),
    (
        &["年度目标", "年度绩效目标", "项目年度目标"],
        "养护农村公路一百余公里，保障畅通。",
    ),
];

/// How a form is printed.
#[derive(Debug, Clone)]
struct Print {
    order: Vec<usize>,
    labels: Vec<usize>,
    title_at: usize,
    full_width: bool,
    spaced_labels: bool,
    per_line: usize,
    separator: &'static str,
}

fn prints() -> impl Strategy<Value = Print> {
    let n = FIELDS.len();
    (
        Just((0..n).collect::<Vec<_>>()).prop_shuffle(),
        prop::collection::vec(0usize..8, n),
        0..=n,
        any::<bool>(),
        any::<bool>(),
        1usize..=2,
        prop::sample::select(vec!["\t", "    ", " | ", "|"]),
    )
        .prop_map(
            |(order, labels, title_at, full_width, spaced_labels, per_line, separator)| Print {
                order,
                labels,
                title_at,
                full_width,
                spaced_labels,
                per_line,
                separator,
            },
        )
}

fn print(form: &Print) -> String {
    let label = |idx: usize| {
        let (labels, value) = FIELDS[idx];
        let mut label = labels[form.labels[idx] % labels.len()].to_owned();
        if form.spaced_labels && !label.contains(':') {
            label = label
                .chars()
                .map(String::from)
                .collect::<Vec<_>>()
                .join(" ");
        }
        let colon = if form.full_width { "：" } else { ": " };
        format!("{label}{colon}{value}")
    };
    let between = match form.separator {
        " | " => "\t",
        "|" => " | ",
        separator => separator,
    };
    let mut lines: Vec<String> = Vec::new();
    let mut cells: Vec<String> = Vec::new();
    for (nth, idx) in form.order.iter().enumerate() {
        if nth == form.title_at {
            lines.extend((!cells.is_empty()).then(|| cells.join(between)));
            cells.clear();
            lines.push(TITLE.to_owned());
        }
        cells.push(label(*idx));
        if cells.len() >= form.per_line {
            lines.push(cells.join(between));
            cells.clear();
        }
    }
    lines.extend((!cells.is_empty()).then(|| cells.join(between)));
    if form.title_at >= form.order.len() {
        lines.push(TITLE.to_owned());
    }
    let row = |row: &[&str]| match form.separator {
        " | " => format!("| {} |", row.join(" | ")),
        "|" => row.join(" | "),
        "    " => row
            .iter()
            .filter(|cell| !cell.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("    "),
        separator => row.join(separator),
    };
    lines.push(row(&HEADER));
    lines.extend(ROWS.iter().map(|cells| row(cells)));
    lines.join("\n") + "\n"
}

fn read(text: &str, grammars: &Grammars) -> Outcome {
    process_bytes(
        text.as_bytes().to_vec(),
        "a.txt",
        &Reader::new(grammars),
        &PipelineParams::default(),
    )
}

/// What a record says, whatever the print: sums come in printed order, so they are sorted.
fn meaning(outcome: &Outcome) -> Value {
    let mut forms: Vec<Value> = outcome
        .records
        .iter()
        .map(|record| serde_json::to_value(record).unwrap())
        .collect();
    for form in &mut forms {
        let map = form.as_object_mut().unwrap();
        for key in ["form_id", "document", "diagnostics", "checks"] {
            map.remove(key);
        }
        if let Some(Value::Array(funds)) = map.get_mut("funds") {
            funds.sort_by_key(Value::to_string);
        }
    }
    json!(forms)
}

/// What the form says as it is printed most plainly.
fn wanted(grammars: &Grammars) -> Value {
    let plain = Print {
        order: (0..FIELDS.len()).collect(),
        labels: vec![0; FIELDS.len()],
        title_at: 0,
        full_width: false,
        spaced_labels: false,
        per_line: 1,
        separator: "\t",
    };
    meaning(&read(&print(&plain), grammars))
}

#[test]
fn order_labels_width_and_separators_change_nothing() {
    let grammars = Grammars::load(&[]).unwrap();
    let wanted = wanted(&grammars);
    assert_eq!(wanted.as_array().map(Vec::len), Some(1));
    assert_eq!(wanted[0]["project"]["serial"], "000000123456");
    assert_eq!(wanted[0]["funds"].as_array().map(Vec::len), Some(3));
    assert_eq!(wanted[0]["indicators"].as_array().map(Vec::len), Some(4));
    let config = Config {
        cases: 150,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, rng())
        .run(&prints(), |form| {
            let text = print(&form);
            let found = meaning(&read(&text, &grammars));
            prop_assert_eq!(&found, &wanted, "\n{}", text);
            Ok(())
        })
        .unwrap();
}

/// How a form is drawn.
#[derive(Debug, Clone)]
struct Drawing {
    print: Print,
    rules: Rules,
    /// Levels in merged cells; without rules they stand on every row.
    merged: bool,
    /// Factor of the columns' widths: texts of narrow cells go over several lines.
    scale: f64,
    size: f64,
    page_height: f64,
    centred: bool,
}

fn drawings() -> impl Strategy<Value = Drawing> {
    let rules = vec![
        Rules::None,
        Rules::Lines,
        Rules::Boxes,
        Rules::Fills,
        Rules::Dashed,
    ];
    (
        prints(),
        prop::sample::select(rules),
        any::<bool>(),
        prop::sample::select(vec![0.62, 0.8, 1.0]),
        prop::sample::select(vec![7.5, 9.0, 10.5]),
        prop::sample::select(vec![842.0, 595.0]),
        any::<bool>(),
    )
        .prop_map(
            |(print, rules, merged, scale, size, page_height, centred)| Drawing {
                print,
                rules,
                merged,
                scale,
                size,
                page_height,
                centred,
            },
        )
}

fn draw(form: &Drawing) -> Vec<u8> {
    let cell = |col: usize, col_span: usize, text: &str| DrawnCell {
        col,
        col_span,
        row_span: 1,
        text: text.to_owned(),
    };
    let ems = [5.5, 7.5, 9.0, 5.0, 6.5, 6.5, 5.0, 3.5, 5.0];
    let widths: Vec<f64> = ems
        .iter()
        .map(|w| w * 10.5 * form.scale.max(0.7 * form.size / 10.5) + 6.0)
        .collect();
    let mut content = Vec::new();
    let mut fields: Vec<Vec<DrawnCell>> = Vec::new();
    let print = &form.print;
    let label = |idx: usize| {
        let labels = FIELDS[idx].0;
        labels[print.labels[idx] % labels.len()].replace(": ", ":")
    };
    for (nth, idx) in print.order.iter().enumerate() {
        if nth == print.title_at {
            if !fields.is_empty() {
                content.push(Drawn::Table(widths.clone(), std::mem::take(&mut fields)));
            }
            content.push(Drawn::Title(TITLE.to_owned()));
        }
        let value = FIELDS[*idx].1;
        let own_row = print.per_line == 1 || FIELDS[*idx].0[0] == "年度目标";
        let room = fields
            .last()
            .is_some_and(|row: &Vec<DrawnCell>| row.len() == 2 && row[1].col_span == 2);
        if own_row {
            fields.push(vec![cell(0, 1, &label(*idx)), cell(1, 8, value)]);
        } else if room {
            let row = fields.last_mut().unwrap();
            row.extend([cell(3, 2, &label(*idx)), cell(5, 4, value)]);
        } else {
            fields.push(vec![cell(0, 1, &label(*idx)), cell(1, 2, value)]);
        }
    }
    if print.title_at >= print.order.len() {
        content.push(Drawn::Table(widths.clone(), std::mem::take(&mut fields)));
        content.push(Drawn::Title(TITLE.to_owned()));
    }
    let mut rows = fields;
    let header: Vec<DrawnCell> = (0..9).map(|col| cell(col, 1, HEADER[col])).collect();
    rows.push(header);
    for (nth, texts) in ROWS.iter().enumerate() {
        let mut row: Vec<DrawnCell> = (0..9).map(|col| cell(col, 1, texts[col])).collect();
        if form.merged && form.rules != Rules::None {
            // The first two rows share their first level.
            match nth {
                0 => row[0].row_span = 2,
                1 => drop(row.remove(0)),
                _ => {}
            }
        }
        rows.push(row);
    }
    content.push(Drawn::Table(widths, rows));
    let sheet = Sheet {
        rules: form.rules,
        size: form.size,
        // Without rules only space tells cells apart.
        padding: if form.rules == Rules::None { 6.0 } else { 3.0 },
        page: (842.0, form.page_height),
        centred: form.centred,
    };
    sheet.draw(&content)
}

#[test]
fn rules_merged_cells_and_broken_lines_change_nothing() {
    let grammars = Grammars::load(&[]).unwrap();
    let wanted = wanted(&grammars);
    let config = Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let unlike = std::cell::Cell::new(0);
    TestRunner::new_with_rng(config, rng())
        .run(&drawings(), |form| {
            let bytes = draw(&form);
            let outcome = process_bytes(
                bytes,
                "a.pdf",
                &Reader::new(&grammars),
                &PipelineParams::default(),
            );
            let found = meaning(&outcome);
            if form.rules == Rules::None && found != wanted {
                // Where space alone tells cells apart, some prints are doubtful: then it is said.
                unlike.set(unlike.get() + 1);
                let findings: usize = outcome.records.iter().map(|r| r.diagnostics.len()).sum();
                prop_assert!(findings > 0, "{:?}\n{}", form, found);
            } else {
                prop_assert_eq!(&found, &wanted, "{:?}", form);
            }
            Ok(())
        })
        .unwrap();
    assert!(
        unlike.get() <= 2,
        "{} prints without rules are read otherwise",
        unlike.get()
    );
}

#[test]
fn one_text_under_two_heads_is_said() {
    let grammars = Grammars::load(&[]).unwrap();
    let form = |goals: &str| {
        let text = format!(
            "项目支出绩效自评表\n项目名称: 道路养护\n年初设定目标    实际完成情况\n{goals}\n\
             一级指标    二级指标    三级指标    年度指标值    实际完成值    分值    得分\n\
             产出指标    数量指标    里程    ≥120公里    115公里    90    89\n"
        );
        let codes = read(&text, &grammars).records.remove(0).diagnostics;
        codes.iter().any(|d| d.code == "row_realigned")
    };
    assert!(form("养护道路一百公里,保障出行。"));
    assert!(!form("养护道路一百公里,保障出行。    养护道路九十公里。"));
}

#[test]
fn no_text_makes_us_panic_and_every_input_leaves_a_line() {
    let grammars = Grammars::load(&[]).unwrap();
    let pieces = prop::sample::select(vec![
        "年度绩效目标表",
        "项目名称",
        "：",
        ":",
        "\t",
        "  ",
        "\n",
        "\n\n",
        "一级指标",
        "二级指标",
        "三级指标",
        "指标值",
        "权重",
        "合计",
        "产出指标",
        "数量指标",
        "≥",
        "95",
        "%",
        "万元",
        "(",
        "（",
        ")",
        "）",
        "|",
        "---",
        "1.00",
        "基本支出",
        "项目支出",
        "财政拨款",
        "全年执行数",
        "执行率",
        "预期目标",
        "实际完成情况",
        "任务名称",
        "主要内容",
        "\u{c}",
        "\u{feff}",
        "其中",
        "[]",
        "－",
        "２０２３年度",
        "x",
        "\u{0}",
    ]);
    let config = Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, rng())
        .run(&prop::collection::vec(pieces, 0..120), |list| {
            let outcome = read(&list.concat(), &grammars);
            prop_assert_eq!(outcome.document.forms as usize, outcome.records.len());
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_misread_sign_is_said_and_not_joined_to_the_text_beside_it() {
    let grammars = Grammars::load(&[]).unwrap();
    let form = |sign: &str| {
        format!(
            "# 项目年度绩效目标表\n\n| 一级指标 | 二级指标 | 三级指标 | 指标性质 | 指标值 | 度量单位 | 权重 |\n|---|---|---|---|---|---|---|\n| 产出指标 | 质量指标 | 抽检合格率 | ≥ | 98 | % | 20 |\n| 满意度指标 | 服务对象满意度指标 | 读者满意度 | {sign} | 95 | % | 10 |\n"
        )
    };
    for sign in ["V", "z", "二"] {
        let outcome = read(&form(sign), &grammars);
        let record = serde_json::to_value(&outcome.records[0]).unwrap();
        let row = &record["indicators"][1];
        assert_eq!(
            (&row["level3"], &row["operator"], &row["target"]),
            (&"读者满意度".into(), &Value::Null, &"95".into()),
            "{sign}"
        );
        let said = record["diagnostics"].as_array().unwrap().iter();
        let codes: Vec<&Value> = said.map(|finding| &finding["code"]).collect();
        assert!(codes.contains(&&"operator_doubtful".into()), "{codes:?}");
    }
}

/// The same cases on every run.
fn rng() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}
