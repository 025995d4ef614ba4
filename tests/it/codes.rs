//! Findings that no sample shows, each brought about by a text.

use jixiao::grammar::Grammars;
use jixiao::model::record::{Finding, Record};
use jixiao::pipeline::{PipelineParams, Reader, process_bytes};

fn records(text: &str) -> Vec<Record> {
    let grammars = Grammars::load(&[]).unwrap();
    let params = PipelineParams::default();
    let outcome = process_bytes(
        text.as_bytes().to_vec(),
        "form.txt",
        &Reader::new(&grammars),
        &params,
    );
    outcome.records
}

/// The findings of a code in a record.
fn said<'a>(record: &'a Record, code: &str) -> Vec<&'a Finding> {
    let of_code = |finding: &&Finding| finding.code == code;
    record.diagnostics.iter().filter(of_code).collect()
}

/// A form of a road, whose rows of indicators are these.
fn road(rows: &str) -> String {
    format!(
        "项目支出绩效目标表\n项目名称：修路\n主管部门：交通局\n实施单位：公路段\n年度资金总额：12.00 万元\n\
         年度总体目标：修好全县农村公路\n一级指标\t二级指标\t三级指标\t指标值\n{rows}"
    )
}

const ROWS: &str =
    "产出指标\t数量指标\t修路里程\t≥12公里\n效益指标\t社会效益指标\t受益人口\t≥3万人\n";

#[test]
fn a_row_that_does_not_fit_its_columns_is_said_and_ends_no_table() {
    for odd in [
        "产出指标\t质量指标\t合格率\t≥98%\t多出\t又多出\t更多\n",
        "≥2座\t≥3座\t≥5座\t≥7座\n",
    ] {
        let lines: Vec<&str> = ROWS.lines().collect();
        let between = format!("{}\n{odd}{}\n", lines[0], lines[1]);
        let behind = format!("{ROWS}{odd}");
        for rows in [between, behind] {
            let records = records(&road(&rows));
            assert_eq!(records.len(), 1);
            assert_eq!(records[0].indicators.len(), 2, "{rows}");
            let unread = said(&records[0], "row_unread");
            assert_eq!(unread.len(), 1, "{rows}");
            let first = odd.split('\t').next().unwrap();
            assert!(unread[0].message.contains(first));
        }
    }
    assert_eq!(said(&records(&road(ROWS))[0], "row_unread").len(), 0);
}

/// A line between tabs with something amiss, as one line or two; nothing where it would stay as it is.
fn amiss(cells: &[&str]) -> Vec<String> {
    let line = |cells: &[&str]| cells.join("\t");
    let middle = cells.len() / 2;
    let mut reversed = cells.to_vec();
    reversed.reverse();
    let mut garbled = cells.to_vec();
    garbled[middle] = "@#$%";
    let mut lacking = cells.to_vec();
    lacking.remove(middle);
    vec![
        line(&[cells, &["多", "出", "的"]].concat()),
        line(&[cells, cells].concat()),
        line(&reversed),
        line(&garbled),
        line(&lacking),
        format!("{}\n{}", line(&cells[..middle]), line(&cells[middle..])),
        format!("（续表）\n{}", line(cells)),
        format!("注：以上数据为预计数\n{}", line(cells)),
    ]
}

#[test]
fn rows_are_not_lost_without_a_word() {
    let samples = [
        include_str!("../../samples/seed-text/input.txt"),
        include_str!("../../samples/self-evaluation-tabs/input.txt"),
    ];
    let summary = |text: &str| {
        let records = records(text);
        let rows: usize = records.iter().map(|record| record.indicators.len()).sum();
        let said: usize = records.iter().map(|record| record.diagnostics.len()).sum();
        (rows, said)
    };
    let mut n_amiss = 0;
    for sample in samples {
        let (n_rows, n_said) = summary(sample);
        let lines: Vec<&str> = sample.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let cells: Vec<&str> = line.split('\t').collect();
            // Rows of indicators: their targets hold a number.
            let is_row = line.contains("指标") && line.contains(|ch: char| ch.is_ascii_digit());
            if cells.len() < 5 || !is_row {
                continue;
            }
            for other in amiss(&cells) {
                let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
                lines[at] = other;
                let (rows, said) = summary(&lines.join("\n"));
                assert!(
                    rows >= n_rows || said > n_said,
                    "{rows} of {n_rows} rows and not a word: {:?}",
                    lines[at]
                );
                n_amiss += 1;
            }
        }
    }
    assert!(n_amiss >= 50, "{n_amiss}");
}

#[test]
fn a_label_that_nobody_knows_is_said_and_its_value_is_no_part_of_another() {
    let text = road(ROWS).replace(
        "实施单位：公路段\n",
        "实施单位：公路段\n项负总额：9.00 万元\n",
    );
    let record = &records(&text)[0];
    let residue = said(record, "residue");
    assert_eq!(residue.len(), 1);
    assert!(residue[0].message.contains("项负总额"), "{residue:?}");
    let unit = record.budget_unit.as_ref().unwrap();
    assert_eq!(unit.name.as_deref(), Some("公路段"));
    // A line of a goal may have a colon; one that is nearly a known label is none of it.
    let goal = |line: &str| {
        let text = road(ROWS).replace("农村公路\n", &format!("农村公路\n{line}\n"));
        records(&text)[0].annual_goal.clone().unwrap()
    };
    assert!(goal("目标一：通车里程增加").contains("通车里程"));
    assert!(!goal("年度资总额：12.00 万元").contains("12.00"));
    // At the end of a form, too.
    let end = format!("{}负责人口：张三\n", road(ROWS));
    assert_eq!(said(&records(&end)[0], "residue").len(), 1);
}

#[test]
fn what_stands_behind_a_table_is_no_row_of_it() {
    let signed = "单位负责人签字\t经办人签字\n";
    let records = records(&road(&format!("{ROWS}\n{signed}")));
    assert_eq!(records[0].indicators.len(), 2);
    assert_eq!(said(&records[0], "row_unread").len(), 0);
}

#[test]
fn a_form_without_a_title_close_behind_another_has_a_doubtful_boundary() {
    let bridge = road(ROWS).replace("修路", "建桥");
    let untitled = bridge.split_once('\n').unwrap().1;
    let doubtful = |between: &str, next: &str| -> Vec<usize> {
        let text = format!("{}\n{between}\n{next}", road(ROWS));
        let doubts = |record: &Record| said(record, "boundary_doubtful").len();
        records(&text).iter().map(doubts).collect()
    };
    assert_eq!(doubtful("备注：无\n", untitled), [0, 1]);
    assert_eq!(doubtful("", untitled), [0, 0]);
    assert_eq!(doubtful("", &bridge), [0, 0]);
}

#[test]
fn a_form_of_labels_that_two_families_share_has_a_doubtful_family() {
    let titled = road(ROWS);
    let untitled = titled.split_once('\n').unwrap().1;
    assert_eq!(said(&records(untitled)[0], "family_doubtful").len(), 1);
    assert_eq!(said(&records(&titled)[0], "family_doubtful").len(), 0);
}

#[test]
fn a_region_of_no_province_is_said() {
    let coded = |code: &str| {
        let text = road(ROWS).replace("项目名称：", &format!("项目编码：{code}\n项目名称："));
        said(&records(&text)[0], "region_unknown").len()
    };
    assert_eq!(coded("51178121T000000027938"), 0);
    assert_eq!(coded("95178121T000000027938"), 1);
}

/// A text with another character in the place of one, without it, and with one more.
fn misreadings(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let with = |idx: usize, other: &str, n: usize| -> String {
        let (head, tail) = (&chars[..idx], &chars[idx + n..]);
        let head: String = head.iter().collect();
        head + other + &tail.iter().collect::<String>()
    };
    (0..chars.len())
        .flat_map(|idx| [with(idx, "衰", 1), with(idx, "", 1), with(idx, "口", 0)])
        .collect()
}

#[test]
fn a_title_with_a_wrong_character_is_the_title_and_is_said() {
    let title = "绩效目标申报表";
    for misread in misreadings(title) {
        let printed = format!("2023年项目支出{misread}");
        let text = road(ROWS).replace("项目支出绩效目标表", &printed);
        for text in [text.clone(), format!("关于公开的通知\n\n{text}")] {
            let records = records(&text);
            assert_eq!(records.len(), 1, "{text}");
            assert_eq!(records[0].title.as_deref(), Some(printed.as_str()));
            let of_title = said(&records[0], "label_inferred");
            // With one before it, it is another title that ends so.
            let is_known = misread.ends_with(title);
            let is_said = of_title.iter().any(|f| f.path == "/title");
            assert!(is_said != is_known, "{printed}");
        }
    }
    // No list has it, but its words say what it is.
    let text = road(ROWS).replace("项目支出绩效目标表", "某县重点项目绩效计划表");
    let records = records(&text);
    assert_eq!(records[0].title.as_deref(), Some("某县重点项目绩效计划表"));
    assert_eq!(said(&records[0], "label_inferred").len(), 1);
}

#[test]
fn a_label_with_a_wrong_character_loses_no_value_without_a_word() {
    let values = |record: &Record| {
        let mut value = serde_json::to_value(record).unwrap();
        for key in [
            "form_id",
            "document",
            "diagnostics",
            "checks",
            "confidence",
            "empty",
        ] {
            value.as_object_mut().unwrap().remove(key);
        }
        value
    };
    let text = road(ROWS);
    let whole = records(&text).remove(0);
    let mut silent = Vec::new();
    let mut n_tried = 0;
    for label in [
        "项目名称",
        "主管部门",
        "实施单位",
        "年度资金总额",
        "年度总体目标",
    ] {
        for misread in misreadings(label) {
            n_tried += 1;
            let read = records(&text.replace(&format!("{label}："), &format!("{misread}：")));
            assert_eq!(read.len(), 1, "{misread}");
            if values(&read[0]) != values(&whole)
                && read[0].diagnostics.len() <= whole.diagnostics.len()
            {
                silent.push(misread);
            }
        }
    }
    assert!(n_tried > 70 && silent.is_empty(), "{silent:?}");
}
