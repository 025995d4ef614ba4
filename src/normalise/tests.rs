#[path = "truth_test.rs"]
mod truth;

use std::collections::BTreeMap;

use super::*;
use crate::model::page::{Glyph, Others, Trust};
use crate::model::raw::{RawCell, RawColumn, RawField, RawRow, RawTable, RawText};
use crate::model::vocabulary::{Emptiness, MoneyUnit, Operator};
use crate::model::{BBox, Place};

/// The vocabulary that is shipped, read as its loader reads it.
pub(super) fn vocabulary() -> Vocabulary {
    let lexicon: toml::Table = include_str!("../../grammars/lexicon.toml").parse().unwrap();
    let list = |value: &toml::Value| -> Vec<String> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    };
    let by_kind = |name: &str| -> BTreeMap<String, Vec<String>> {
        lexicon[name]
            .as_table()
            .unwrap()
            .iter()
            .filter(|(_, texts)| texts.is_array())
            .map(|(kind, texts)| (kind.clone(), list(texts)))
            .collect()
    };
    fn sorted<T>(mut pairs: Vec<(String, T)>) -> Vec<(String, T)> {
        pairs.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        pairs
    }
    fn pairs<T: Copy>(
        lists: BTreeMap<String, Vec<String>>,
        from_name: fn(&str) -> Option<T>,
    ) -> Vec<(String, T)> {
        let known = lists
            .into_iter()
            .filter_map(|(kind, texts)| from_name(&kind).map(|kind| (kind, texts)));
        sorted(
            known
                .flat_map(|(kind, texts)| texts.into_iter().map(move |text| (text, kind)))
                .collect(),
        )
    }
    Vocabulary {
        misread_words: BTreeMap::from([("长郊".to_owned(), "长效".to_owned())]),
        operators: pairs(by_kind("operators"), Operator::from_name),
        operator_suffixes: list(&lexicon["operator_suffixes"]),
        money_units: pairs(by_kind("money_units"), MoneyUnit::from_name),
        measure_units: list(&lexicon["measure_units"]),
        placeholders: pairs(by_kind("emptiness"), Emptiness::from_name),
        template_hints: list(&lexicon["emptiness"]["template_hints"]),
        level1: list(&lexicon["levels"]["level1"]),
        level2: BTreeMap::new(),
        confusions: BTreeMap::new(),
    }
}

/// What a glyph is read as, how surely, and its other readings.
pub(super) type ReadGlyph<'g> = (char, f32, &'g [(char, f32)]);

/// A page with one line of glyphs of ten points.
pub(super) fn page(glyphs: &[ReadGlyph<'_>]) -> Page {
    let mut page = Page {
        number: 1,
        ..Page::default()
    };
    for (idx, (ch, confidence, readings)) in glyphs.iter().enumerate() {
        let left = 10.0 * idx as f32;
        page.glyphs.push(Glyph {
            ch: *ch,
            bbox: BBox::from_corners(left, 0.0, left + 10.0, 10.0),
            size: 10.0,
            run: 0,
            clip: None,
            trust: Trust::Mapped,
            confidence: Some(*confidence),
        });
        if !readings.is_empty() {
            page.others.push(Others {
                glyph: idx as u32,
                readings: readings.to_vec(),
            });
        }
    }
    page
}

/// A text on that line, from one glyph to another.
pub(super) fn text_at(text: &str, from: usize, to: usize) -> RawText {
    let bbox = BBox::from_corners(10.0 * from as f32, 0.0, 10.0 * to as f32, 10.0);
    RawText {
        text: text.to_owned(),
        place: Place::on_page(1, bbox),
        confidence: None,
    }
}

fn raw(text: &str) -> RawText {
    RawText {
        text: text.to_owned(),
        ..RawText::default()
    }
}

fn field(key: &str, label: &str, value: &str) -> RawField {
    let value = (!value.is_empty()).then(|| raw(value));
    RawField {
        key: key.to_owned(),
        label: raw(label),
        value,
        ..RawField::default()
    }
}

fn form(fields: Vec<RawField>) -> RawForm {
    RawForm {
        fields,
        ..RawForm::default()
    }
}

fn table(into: &str, keys: &[&str], rows: &[&[&str]]) -> RawTable {
    let columns = keys
        .iter()
        .map(|key| RawColumn {
            key: (*key).to_owned(),
            ..RawColumn::default()
        })
        .collect();
    let cell = |(key, text): (&&str, &&str)| RawCell {
        key: (*key).to_owned(),
        value: raw(text),
        ..RawCell::default()
    };
    let rows = rows.iter().map(|row| RawRow {
        cells: keys.iter().zip(row.iter()).map(cell).collect(),
        ..RawRow::default()
    });
    RawTable {
        into: into.to_owned(),
        columns,
        rows: rows.collect(),
    }
}

fn read(raw: RawForm) -> (Form, Vec<String>) {
    let read = normalise(raw, &vocabulary());
    let said = read
        .diagnostics
        .iter()
        .map(|d| format!("{} {}", d.code.name(), d.path))
        .collect();
    (read.value, said)
}

/// Target columns and one row; the indicator's operator, target, unit, and what was said.
#[track_caller]
fn check_row(
    keys: &[&str],
    row: &[&str],
    expected: (Option<&str>, Option<&str>, Option<&str>),
    expected_said: &[&str],
) {
    let (form, said) = read(RawForm {
        tables: vec![table("indicators", keys, &[row])],
        ..RawForm::default()
    });
    let row = &form.indicators[0];
    assert_eq!(
        (
            row.operator.as_deref(),
            row.target.as_deref(),
            row.measure_unit.as_deref()
        ),
        expected
    );
    assert_eq!(said, expected_said);
}

#[test]
fn head_of_a_form_is_typed() {
    let (form, said) = read(form(vec![
        field("budget_unit", "单位信息:", "203001-万源市社保局"),
        field(
            "project",
            "预算项目:",
            "51178121T000000027938-个人权益\n记录",
        ),
        field(
            "functions",
            "职能职责与活动:",
            "05-社会保险待遇拨付/04-退休人员待遇拨付",
        ),
        field("department", "主管部门:", "203-万源市社保局本级"),
        field("contact/person", "项目经办人:", "[]"),
        field("contact/phone", "电话:", "[Redacted]"),
        field("execution_rate_weight", "预算执行率权重:", ""),
        field("annual_goal", "年度目标:", "推动 工作。\n 开展 e 社保 app"),
    ]));
    assert_eq!(said, [] as [&str; 0]);
    let project = form.project.unwrap();
    assert_eq!(project.name.as_deref(), Some("个人权益记录"));
    assert_eq!(
        (
            project.setup_year,
            project.category.as_deref(),
            project.serial.as_deref()
        ),
        (Some(2021), Some("T"), Some("000000027938"))
    );
    assert_eq!(form.functions.len(), 2);
    assert_eq!(form.department.unwrap().code.as_deref(), Some("203"));
    assert_eq!(form.annual_goal.as_deref(), Some("推动工作。开展e社保app"));
    let empty: Vec<_> = form
        .empty
        .iter()
        .map(|(pointer, kind)| (pointer.as_str(), kind.as_str()))
        .collect();
    assert_eq!(
        empty,
        [
            ("/contact/person", "placeholder"),
            ("/contact/phone", "redacted"),
            ("/execution_rate_weight", "blank")
        ]
    );
    assert_eq!(
        form.provenance["/project/setup_year"].text,
        "51178121T000000027938-个人权益\n记录"
    );
    assert_eq!(
        form.provenance["/functions/1/code"].text,
        "05-社会保险待遇拨付/04-退休人员待遇拨付"
    );
}

#[test]
fn short_serial_is_kept_and_said() {
    let (form, said) = read(form(vec![field(
        "project",
        "预算项目:",
        "51178122T00004944392-待遇补差",
    )]));
    assert_eq!(form.project.unwrap().serial.as_deref(), Some("00004944392"));
    assert_eq!(said, ["code_shape /project/code"]);
}

#[test]
fn code_and_name_come_from_labels_of_their_own() {
    let (form, said) = read(form(vec![
        field("department/code", "主管部门编码", "203"),
        field("department/name", "主管部门", "市社保局"),
        field("project/code", "项目编码", "5117812IT000000027938"),
        field("project/name", "项目名称", "2023-2025年规划"),
    ]));
    let department = form.department.unwrap();
    assert_eq!(
        (department.code.as_deref(), department.name.as_deref()),
        (Some("203"), Some("市社保局"))
    );
    let project = form.project.unwrap();
    assert_eq!(project.code.as_deref(), Some("5117812IT000000027938"));
    assert_eq!(project.region_code, None);
    assert_eq!(said, ["code_shape /project/code"]);
}

#[test]
fn repeated_field_is_said_only_if_it_differs() {
    let (form, said) = read(form(vec![
        field("remarks", "备注", ""),
        field("remarks", "备注", "无"),
        field("remarks", "备注", "无 "),
        field("remarks", "备注", "见附件"),
    ]));
    assert_eq!(form.remarks.as_deref(), Some("无"));
    assert!(form.empty.is_empty());
    assert_eq!(said, ["field_repeated /remarks"]);
}

#[test]
fn year_is_read_from_its_field_else_from_the_title() {
    let titled = |title: &str, fields| RawForm {
        title: Some(raw(title)),
        fields,
        ..RawForm::default()
    };
    let (form, _) = read(titled("2023 年度绩效目标表", vec![]));
    assert_eq!(
        (form.fiscal_year, form.title.as_deref()),
        (Some(2023), Some("2023年度绩效目标表"))
    );
    assert_eq!(
        read(titled("规划(2024年-2026年)", vec![])).0.fiscal_year,
        None
    );
    let (form, said) = read(titled(
        "2023年度绩效目标表",
        vec![field("fiscal_year", "", "（２０２２年度）")],
    ));
    assert_eq!((form.fiscal_year, said.len()), (Some(2022), 0));
    assert_eq!(
        read(titled(
            "目标表",
            vec![field("fiscal_year", "", "二〇二三年")]
        ))
        .0
        .fiscal_year,
        Some(2023)
    );
    let (form, said) = read(titled(
        "目标表",
        vec![field("fiscal_year", "预算年度", "二〇二三至今")],
    ));
    assert_eq!(
        (form.fiscal_year, said),
        (None, vec!["value_unread /fiscal_year".to_owned()])
    );
    let (form, said) = read(titled(
        "目标表",
        vec![field("fiscal_year", "预算年度", "2O23")],
    ));
    assert_eq!(
        (form.fiscal_year, said),
        (Some(2023), vec!["repaired /fiscal_year".to_owned()])
    );
}

#[test]
fn amounts_take_the_unit_of_the_form() {
    let (form, said) = read(form(vec![
        field("funds/project/total/budget", "项目总额:", "74.030000"),
        field("funds/project/fiscal/budget", "财政资金:", "5l2.85 元"),
        field("funds/project/unit/budget", "单位资金:", ""),
        field("funds/project/social/budget", "社会投入资金:", "——"),
        field("amount_unit", "单位:", "万元"),
    ]));
    let funds: Vec<_> = form
        .funds
        .iter()
        .map(|fund| (fund.source.as_str(), fund.amount.as_str()))
        .collect();
    assert_eq!(funds, [("total", "740300.00"), ("fiscal", "512.85")]);
    assert_eq!(form.amount_unit, Some(MoneyUnit::TenThousandYuan));
    assert_eq!(said, ["repaired /funds/1/amount"]);
    assert_eq!(form.provenance["/funds/1/amount"].text, "5l2.85 元");
}

#[test]
fn amount_without_any_unit_is_left_out_and_said() {
    let (form, said) = read(form(vec![field(
        "funds/project/total/budget",
        "项目总额:",
        "2.00",
    )]));
    assert!(form.funds.is_empty());
    assert_eq!(said, ["unit_unknown /funds"]);
}

#[test]
fn first_fund_that_is_not_blank_is_kept() {
    let (form, said) = read(form(vec![
        field("funds/project/total/budget", "项目总额:", ""),
        field("funds/project/total/budget", "项目总额:", "2.00万元"),
        field("funds/project/total/budget", "项目总额:", "20,000元"),
        field("funds/project/total/budget", "项目总额:", "3万元"),
    ]));
    assert_eq!(form.funds.len(), 1);
    assert_eq!(form.funds[0].amount.as_str(), "20000.00");
    assert_eq!(said, ["field_repeated /funds/0/amount"]);
}

#[test]
fn bracket_of_a_blank_label_still_says_the_unit() {
    let mut blank = field("funds/all/total/budget", "总体资金情况(万元)", "");
    blank.unit_hint = Some("万元".to_owned());
    assert_eq!(
        read(form(vec![blank])).0.amount_unit,
        Some(MoneyUnit::TenThousandYuan)
    );
}

#[test]
fn row_with_cells_of_its_own_is_read_as_printed() {
    let keys = ["operator", "target", "measure_unit"];
    check_row(
        &keys,
        &["≥", "95", "％"],
        (Some("ge"), Some("95"), Some("%")),
        &[],
    );
    check_row(
        &keys,
        &["≤", "2023年12月底前", ""],
        (Some("le"), Some("2023年12月底前"), None),
        &[],
    );
    check_row(
        &keys,
        &["定性", "优良", ""],
        (Some("qualitative"), Some("优良"), None),
        &[],
    );
    check_row(
        &keys,
        &["", "≥３，２００个", ""],
        (Some("ge"), Some("3200"), Some("个")),
        &[],
    );
    check_row(
        &keys,
        &["定量", "≥95%", ""],
        (Some("ge"), Some("95"), Some("%")),
        &[],
    );
    check_row(
        &keys,
        &["≥", "95%", "%"],
        (Some("ge"), Some("95"), Some("%")),
        &[],
    );
    check_row(
        &keys,
        &["≥", "3个", "万人"],
        (Some("ge"), Some("3个"), Some("万人")),
        &[],
    );
    check_row(
        &keys,
        &["=", "80-90", "%"],
        (Some("eq"), Some("80-90"), Some("%")),
        &[],
    );
}

#[test]
fn fused_target_is_split() {
    check_row(
        &["target"],
        &["不低于95%"],
        (Some("ge"), Some("95"), Some("%")),
        &[],
    );
    check_row(
        &["target"],
        &["定性"],
        (Some("qualitative"), None, None),
        &[],
    );
    check_row(
        &["operator"],
        &["≥95%"],
        (Some("ge"), Some("95"), Some("%")),
        &[],
    );
    check_row(
        &["target_current"],
        &["≤2人"],
        (Some("le"), None, Some("人")),
        &[],
    );
}

#[test]
fn doubtful_signs_are_said_and_nothing_is_changed() {
    check_row(
        &["target"],
        &["292%"],
        (None, Some("292"), Some("%")),
        &["operator_doubtful /indicators/0/target"],
    );
    let keys = ["operator", "target", "measure_unit"];
    check_row(
        &keys,
        &["三", "95", "%"],
        (None, Some("95"), Some("%")),
        &["operator_doubtful /indicators/0/operator"],
    );
}

#[test]
fn captures_of_the_pattern_are_used() {
    let mut fused = table("indicators", &["target"], &[&["＞＝9O％"]]);
    let capture = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    fused.rows[0].cells[0].parts = vec![
        capture("operator", "＞＝"),
        capture("target", "9O"),
        capture("unit", "％"),
    ];
    let (form, said) = read(RawForm {
        tables: vec![fused],
        ..RawForm::default()
    });
    let row = &form.indicators[0];
    assert_eq!(
        (
            row.operator.as_deref(),
            row.target.as_deref(),
            row.measure_unit.as_deref()
        ),
        (Some("ge"), Some("90"), Some("%"))
    );
    assert_eq!(said, ["repaired /indicators/0/target"]);
}

#[test]
fn weights_are_numbers_or_said() {
    let rows: &[&[&str]] = &[
        &["产 出\n指标", "6%", "9.5分", "无"],
        &["产出指标", "I0", "—", ""],
        &["产出指标", "约10", "优", "/"],
        &["产出指标", "", "", ""],
    ];
    let (form, said) = read(RawForm {
        tables: vec![table(
            "indicators",
            &["level1", "weight", "score", "deviation"],
            rows,
        )],
        ..RawForm::default()
    });
    let weights: Vec<_> = form
        .indicators
        .iter()
        .map(|row| row.weight.as_ref().map(|weight| weight.as_str()))
        .collect();
    assert_eq!(weights, [Some("6"), Some("10"), None, None]);
    let scores: Vec<_> = form
        .indicators
        .iter()
        .map(|row| row.score.as_deref())
        .collect();
    assert_eq!(scores, [Some("9.5"), None, Some("优"), None]);
    assert_eq!(form.indicators[0].level1.as_deref(), Some("产出指标"));
    assert_eq!(form.indicators[0].deviation.as_deref(), Some("无"));
    assert_eq!(form.indicators[2].deviation, None);
    assert_eq!(
        form.empty.keys().collect::<Vec<_>>(),
        ["/indicators/3/weight"]
    );
    assert_eq!(
        said,
        [
            "repaired /indicators/1/weight",
            "bad_number /indicators/2/weight"
        ]
    );
}

#[test]
fn tasks_take_the_unit_of_their_column() {
    let mut tasks = table(
        "tasks",
        &["name", "content", "amount"],
        &[
            &["项目支出", "生活补助\n支出", "12.5"],
            &["人员经费", "", ""],
        ],
    );
    tasks.columns[2].unit_hint = Some("（万元）".to_owned());
    let (form, said) = read(RawForm {
        tables: vec![tasks],
        ..RawForm::default()
    });
    assert_eq!(form.tasks[0].content.as_deref(), Some("生活补助支出"));
    assert_eq!(
        form.tasks[0].amount.as_ref().map(|amount| amount.as_str()),
        Some("125000.00")
    );
    assert_eq!(form.tasks[1].amount, None);
    assert_eq!(
        (form.amount_unit, said.len()),
        (Some(MoneyUnit::TenThousandYuan), 0)
    );
}

#[test]
fn labels_without_a_key_become_attributes() {
    let (form, _) = read(form(vec![
        field("attribute", "立项 依据：", "财预〔2021〕\n101号"),
        field("attribute", "起止时间", ""),
    ]));
    assert_eq!(
        (
            form.attributes[0].label.as_str(),
            form.attributes[0].value.as_deref()
        ),
        ("立项依据", Some("财预〔2021〕101号"))
    );
    assert_eq!(form.attributes[1].value, None);
    assert_eq!(
        form.empty.keys().collect::<Vec<_>>(),
        ["/attributes/1/value"]
    );
}

#[test]
fn keys_of_the_grammar_become_pointers() {
    let said = |path: &str| crate::model::Diagnostic::new(Code::LabelInferred, path, "x");
    let mut raw = form(vec![field("funds/project/total/budget", "项目总额", "1元")]);
    raw.tables = vec![table(
        "indicators",
        &["level3", "weight"],
        &[&["", ""], &["参保人数", "10"]],
    )];
    raw.diagnostics = [
        "department",
        "funds/project/total/budget",
        "funds/project/unit/budget",
        "indicators/1/weight",
        "indicators/0",
        "attribute",
        "",
        "execution_score",
    ]
    .map(said)
    .to_vec();
    let paths: Vec<_> = normalise(raw, &vocabulary())
        .diagnostics
        .into_iter()
        .map(|d| d.path)
        .collect();
    assert_eq!(
        paths,
        [
            "/department",
            "/funds/0/amount",
            "/funds",
            "/indicators/0/weight",
            "/indicators",
            "/attributes",
            "",
            ""
        ]
    );
}

#[test]
fn form_unit_is_traced_to_where_it_was_printed() {
    let (form, _) = read(form(vec![field(
        "funds/project/total/budget",
        "项目总额",
        "2.00 万元",
    )]));
    assert_eq!(form.provenance["/amount_unit"].text, "2.00 万元");
}

#[test]
fn goal_that_explains_something_is_no_template_hint() {
    let goal = "结合实际工作需要,编制预算执行情况说明书10份";
    assert_eq!(
        read(form(vec![field("annual_goal", "年度目标", goal)]))
            .0
            .annual_goal
            .as_deref(),
        Some(goal)
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_us_panic(text in ".{0,40}", digits in "[0-9,.\\-~～%OolI|年月万元≥《（() \n]{0,16}") {
        let vocabulary = vocabulary();
        for text in [&text, &digits] {
            let keys = ["fiscal_year", "amount_unit", "department", "project", "functions", "total_score", "funds/project/total/budget", "attribute"];
            let mut raw = form(keys.map(|key| field(key, text, text)).to_vec());
            raw.title = Some(super::tests::raw(text));
            let keys = ["operator", "target", "target_current", "measure_unit", "weight", "score", "level1"];
            raw.tables = vec![table("indicators", &keys, &[&[text.as_str(); 7]]), table("tasks", &["amount"], &[&[text.as_str()]])];
            let _ = normalise(raw, &vocabulary);
        }
    }
}
