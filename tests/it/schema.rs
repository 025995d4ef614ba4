//! The JSON Schemas under `schema/` are those of this version, and what is written fits them.

use std::collections::BTreeMap;
use std::path::Path;

use expect_test::expect_file;
use jixiao::emit::jsonl::to_line;
use jixiao::emit::ledger::unread_line;
use jixiao::emit::record::{RecordParams, record};
use jixiao::emit::schema::{document_schema, envelope_schema, form_schema};
use jixiao::export::tables_schema;
use jixiao::model::page::{Content, Page};
use jixiao::model::record::{Attribute, Check, DecimalText, Fund, Indicator, Named, Project, Task};
use jixiao::model::vocabulary::{Emptiness, MoneyUnit};
use jixiao::model::{BBox, Code, Diagnostic, Document, Form, Place, RawText};
use jixiao::sample::{judgement_schema, sample_schema, verdict_schema};
use serde_json::{Value, json};

use crate::program::{folder, run_in, run_with_input};

#[test]
fn the_schemas_in_the_folder_are_current() {
    expect_file!["../../schema/form.schema.json"].assert_eq(&form_schema());
    expect_file!["../../schema/document.schema.json"].assert_eq(&document_schema());
    expect_file!["../../schema/envelope.schema.json"].assert_eq(&envelope_schema());
    expect_file!["../../schema/tables.schema.json"].assert_eq(&tables_schema());
    expect_file!["../../schema/sample.schema.json"].assert_eq(&sample_schema());
    expect_file!["../../schema/verdict.schema.json"].assert_eq(&verdict_schema());
    expect_file!["../../schema/judgement.schema.json"].assert_eq(&judgement_schema());
    // A copy that goes with the package for Spark, which takes its columns from it.
    expect_file!["../../integrations/spark/jixiao_spark/tables.schema.json"]
        .assert_eq(&tables_schema());
}

/// A form with every key filled.
fn full_form() -> Form {
    let text = |text: &str| Some(text.to_owned());
    let decimal = |text: &str| Some(DecimalText::from_canonical(text).unwrap());
    let named = |code: &str, name: &str| Named {
        code: text(code),
        name: text(name),
    };
    let place = Place::on_page(1, BBox::from_corners(10.0, 20.0, 200.0, 40.0));
    let raw = RawText {
        text: "10".to_owned(),
        place,
        confidence: Some(0.5),
    };
    Form {
        family: "project_annual_target".to_owned(),
        grammar: "project_annual_target@1".to_owned(),
        title: text("年度绩效目标表"),
        fiscal_year: Some(2023),
        amount_unit: Some(MoneyUnit::TenThousandYuan),
        department: Some(named("203", "万源市社保局本级")),
        budget_unit: Some(named("203001", "万源市社保局")),
        project: Some(Project {
            code: text("51178121T000000027938"),
            name: text("个人权益记录"),
            region_code: text("511781"),
            setup_year: Some(2021),
            category: text("T"),
            serial: text("000000027938"),
        }),
        functions: vec![named("04", "社会保险参保登记及宣传")],
        execution_rate_weight: decimal("10"),
        funds: vec![Fund {
            category: "project".to_owned(),
            source: "total".to_owned(),
            stage: "budget".to_owned(),
            amount: DecimalText::from_canonical("20000.00").unwrap(),
        }],
        annual_goal: text("按时完成"),
        tasks: vec![Task {
            name: text("项目支出"),
            content: text("生活补助"),
            amount: decimal("1.00"),
        }],
        indicators: vec![Indicator {
            operator: text("ge"),
            target: text("95"),
            weight: decimal("20"),
            ..Indicator::default()
        }],
        attributes: vec![Attribute {
            label: "立项依据".to_owned(),
            value: None,
        }],
        empty: BTreeMap::from([("/contact/person".to_owned(), Emptiness::Placeholder)]),
        provenance: BTreeMap::from([("/execution_rate_weight".to_owned(), raw)]),
        pages: Some((1, 1)),
        ..Form::default()
    }
}

fn full_record(with_provenance: bool) -> Value {
    let page = Page {
        number: 1,
        ..Page::default()
    };
    let document = Document {
        id: "0123456789abcdef".repeat(4),
        path: "a/b.pdf".to_owned(),
        n_bytes: 1,
        content: Content::Pages(vec![page]),
    };
    let checks = vec![Check {
        rule: "weights".to_owned(),
        outcome: "pass".to_owned(),
    }];
    let findings = vec![Diagnostic::new(
        Code::CodeShape,
        "/project/code",
        "11 digits",
    )];
    let made = record(
        &document,
        1,
        full_form(),
        checks,
        findings,
        &RecordParams { with_provenance },
    );
    serde_json::from_str(&to_line(&made)).unwrap()
}

fn form_validator() -> jsonschema::Validator {
    validator(&form_schema())
}

fn validator(schema: &str) -> jsonschema::Validator {
    jsonschema::draft202012::new(&serde_json::from_str(schema).unwrap()).unwrap()
}

/// What is wrong, and where.
fn errors(validator: &jsonschema::Validator, instance: &Value) -> Vec<String> {
    validator
        .iter_errors(instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn a_full_record_is_valid() {
    for with_provenance in [false, true] {
        let record = full_record(with_provenance);
        let errors = errors(&form_validator(), &record);
        assert_eq!(errors, Vec::<String>::new());
    }
}

/// Puts a value at a pointer of a full record and expects the schema to refuse it.
fn check_refused(pointer: &str, value: Value) {
    let mut record = full_record(true);
    *record
        .pointer_mut(pointer)
        .unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
    assert!(
        !form_validator().is_valid(&record),
        "{pointer} may be {value}"
    );
}

#[test]
fn what_the_contract_does_not_know_is_refused() {
    check_refused("/schema", json!("jixiao.form/2"));
    check_refused("/form_id", json!("0123-0001"));
    check_refused("/document/source", json!("guess"));
    check_refused("/document/pages", json!([1]));
    check_refused("/amount_unit", json!("百元"));
    check_refused("/fiscal_year", json!("2023"));
    check_refused("/execution_rate_weight", json!("1,000"));
    check_refused("/funds/0/amount", json!(20000.0));
    check_refused("/funds/0/stage", json!("planned"));
    check_refused("/indicators/0/operator", json!("≥"));
    check_refused("/project/region_code", json!("51"));
    check_refused("/empty/~1contact~1person", json!("missing"));
    check_refused("/confidence", json!(1.5));
    check_refused("/checks/0/outcome", json!("maybe"));
    check_refused("/diagnostics/0/severity", json!("fatal"));
    check_refused("/diagnostics/0/path", json!("project/code"));
    check_refused("/provenance/~1execution_rate_weight/bbox", json!([1, 2, 3]));
    check_refused(
        "/contact",
        json!({"person": null, "phone": null, "fax": null}),
    );
    check_refused("/contact", json!({"person": null}));
}

#[test]
fn what_is_read_is_valid() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let form = readme
        .split("```text\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    // The same form damaged, and twice in one file.
    let damaged = form
        .replace("2.00 万元", "2.oo")
        .replace("95", "9S")
        .replace("203-", "");
    let folder = folder(&[
        ("a.txt", form),
        ("b.txt", &damaged),
        ("c.txt", &form.repeat(2)),
    ]);
    let run = run_in(folder.path(), &["extract", ".", "--provenance"]);
    assert!(run.out.lines().count() >= 3, "{}", run.err);
    for line in run.out.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let errors = errors(&form_validator(), &record);
        assert_eq!(errors, Vec::<String>::new(), "{line}");
    }
}

#[test]
fn ledger_lines_are_valid() {
    let validator =
        jsonschema::draft202012::new(&serde_json::from_str(&document_schema()).unwrap()).unwrap();
    let line: Value = serde_json::from_str(&to_line(&unread_line(
        "a",
        Diagnostic::new(Code::IoNotFound, "", "m"),
    )))
    .unwrap();
    assert!(validator.is_valid(&line));
    let folder = folder(&[
        ("a.txt", "没有表单\n"),
        ("empty.pdf", ""),
        ("page.pdf", "<html></html>"),
    ]);
    run_in(folder.path(), &["extract", ".", "no-such.pdf", "-o", "out"]);
    let ledger = std::fs::read_to_string(folder.path().join("out/documents.jsonl")).unwrap();
    assert_eq!(ledger.lines().count(), 4);
    for line in ledger.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let errors = errors(&validator, &line);
        assert_eq!(errors, Vec::<String>::new(), "{line}");
    }
}

#[test]
fn answers_of_a_worker_fit_the_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let questions = "samples/seed-text/input.txt\n{\"path\": \"no such\", \"id\": {\"a\": [1]}}\n";
    let run = run_with_input(root, &["worker"], questions.as_bytes());
    assert_eq!(run.code, Some(0), "{run:?}");
    let validator = validator(&envelope_schema());
    for line in run.out.lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert_eq!(errors(&validator, &answer), Vec::<String>::new());
    }
    assert_eq!(run.out.lines().count(), 2);
}
