//! Corrections replayed on small records.

use serde_json::{Value, json};

use super::*;
use crate::model::record::{Check, Finding, Project};
use crate::model::{DocumentLine, Record};

const DOCUMENT: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

fn correction(operation: Operation, pointer: &str, old: Value, new: Value) -> Correction {
    Correction {
        schema: CORRECTION_SCHEMA.to_owned(),
        document: DOCUMENT.to_owned(),
        form: 1,
        operation,
        pointer: pointer.to_owned(),
        old,
        new,
        row: None,
        by: "wf".to_owned(),
        at: "2026-11-29T08:00:00Z".to_owned(),
        why: None,
    }
}

pub(super) fn replace(pointer: &str, old: Value, new: Value) -> Correction {
    correction(Operation::Replace, pointer, old, new)
}

pub(super) fn add(pointer: &str, new: Value) -> Correction {
    correction(Operation::Add, pointer, Value::Null, new)
}

pub(super) fn remove(pointer: &str, old: Value) -> Correction {
    correction(Operation::Remove, pointer, old, Value::Null)
}

/// Two rules: `weight_sum` holds where there is no weight but 10, and `blind` says the opposite of what was stated.
struct TestRules;

impl Rules for TestRules {
    fn check(&self, record: &Record) -> (Vec<Check>, Vec<Finding>) {
        let is_ten = |weight: &str| weight == "10";
        let weights = record
            .indicators
            .iter()
            .filter_map(|row| row.weight.as_ref());
        let holds = weights.into_iter().all(|weight| is_ten(weight.as_str()));
        let check = |rule: &str, outcome: &str| Check {
            rule: rule.to_owned(),
            outcome: outcome.to_owned(),
        };
        let finding = Finding {
            code: "weight_sum".to_owned(),
            severity: "warning".to_owned(),
            path: "/indicators".to_owned(),
            message: "weights".to_owned(),
        };
        let outcome = if holds { "pass" } else { "fail" };
        let findings = if holds { vec![] } else { vec![finding] };
        (
            vec![check("weight_sum", outcome), check("blind", outcome)],
            findings,
        )
    }

    fn take_apart(&self, project: &mut Project) {
        project.serial = project.code.clone();
    }

    fn sort(&self, findings: &mut Vec<Finding>) {
        findings.sort_by(|a, b| (&a.path, &a.code).cmp(&(&b.path, &b.code)));
    }
}

/// A form with three rows, the second of weight 5, whose target is doubted.
fn form() -> Record {
    let row = |name: &str, target: &str, weight: &str| {
        json!({"level1": "产出", "level2": "数量", "level3": name, "operator": null, "target": target, "target_current": null,
            "measure_unit": null, "weight": weight, "weight_current": null, "actual": null, "score": null, "deviation": null, "note": null})
    };
    let place =
        |raw: &str| json!({"page": 1, "bbox": null, "line": null, "raw": raw, "confidence": 0.5});
    serde_json::from_value(json!({
        "schema": "jixiao.form/1", "form_id": "0000000000000000-0001",
        "document": {"id": DOCUMENT, "path": "a.pdf", "pages": [1, 1], "lines": null, "source": "ocr"},
        "family": "project_target", "grammar": "project_target@1", "title": "目标表", "fiscal_year": 2023, "amount_unit": null,
        "department": null, "budget_unit": null, "project": {"code": "x", "name": "y", "region_code": null, "setup_year": null,
        "category": null, "serial": null}, "functions": [], "contact": {"person": null, "phone": null}, "execution_rate_weight": null,
        "funds": [], "annual_goal": null, "actual_result": null, "tasks": [],
        "indicators": [row("甲", "1", "10"), row("乙", "2", "5"), row("丙", "3", "10")],
        "total_score": null, "remarks": null, "attributes": [], "empty": {"/remarks": "blank", "/indicators/2/note": "dash"},
        "confidence": 0.5,
        "checks": [{"rule": "weight_sum", "outcome": "fail"}, {"rule": "blind", "outcome": "pass"}],
        "diagnostics": [
            {"code": "weight_sum", "severity": "warning", "path": "/indicators", "message": "weights"},
            {"code": "reading_doubtful", "severity": "warning", "path": "/indicators/1/target", "message": "2 or 7"}],
        "provenance": {"/title": place("目标表"), "/indicators/1/target": place("2"), "/indicators/2/target": place("3")},
    }))
    .unwrap()
}

fn replayed(corrections: &[Correction]) -> (Vec<Fate>, DocumentLine, Vec<Record>) {
    let mut document = DocumentLine {
        id: Some(DOCUMENT.to_owned()),
        path: "a.pdf".to_owned(),
        status: "ok".to_owned(),
        forms: 1,
        sources: vec!["ocr".to_owned()],
        ..DocumentLine::default()
    };
    let mut records = vec![form()];
    let fates = apply(corrections, &mut document, &mut records, &TestRules);
    (fates, document, records)
}

/// The fates as words, and the findings of the first form as `path code`.
#[track_caller]
fn check_replay(corrections: &[Correction], fates: &[&str], findings: &[&str]) -> Record {
    let (found, _, mut records) = replayed(corrections);
    let name = |fate: &Fate| match fate {
        Fate::Applied => "applied".to_owned(),
        Fate::AlreadySo => "already so".to_owned(),
        Fate::Undone => "undone".to_owned(),
        Fate::Conflict(conflict) => conflict.to_string(),
    };
    assert_eq!(found.iter().map(name).collect::<Vec<_>>(), fates);
    let record = records.remove(0);
    let said: Vec<String> = record
        .diagnostics
        .iter()
        .map(|finding| format!("{} {}", finding.path, finding.code))
        .collect();
    assert_eq!(said, findings);
    record
}

const UNTOUCHED: [&str; 2] = [
    "/indicators weight_sum",
    "/indicators/1/target reading_doubtful",
];

#[test]
fn a_value_is_corrected_and_says_so() {
    let record = check_replay(
        &[replace("/indicators/1/target", json!("2"), json!("7"))],
        &["applied"],
        &["/indicators weight_sum", "/indicators/1/target corrected"],
    );
    assert_eq!(record.indicators[1].target.as_deref(), Some("7"));
    let place = &record.provenance.unwrap()["/indicators/1/target"];
    assert_eq!((place.raw.as_str(), place.page), ("2", Some(1)));
    assert_eq!(place.corrected.as_ref().unwrap().was, json!("2"));
}

#[test]
fn checks_are_made_anew_and_what_the_record_cannot_tell_is_not_told() {
    let record = check_replay(
        &[replace("/indicators/1/weight", json!("5"), json!("10"))],
        &["applied"],
        &[
            "/indicators/1/target reading_doubtful",
            "/indicators/1/weight corrected",
        ],
    );
    let outcomes: Vec<&str> = record
        .checks
        .iter()
        .map(|check| check.outcome.as_str())
        .collect();
    assert_eq!(outcomes, ["pass", "not_applicable"]);
}

#[test]
fn another_value_is_left_as_it_is() {
    let record = check_replay(
        &[replace("/indicators/1/target", json!("3"), json!("7"))],
        &[r#""2" stands there, the correction awaits "3""#],
        &[
            "/indicators weight_sum",
            "/indicators/1/target correction_conflict",
            "/indicators/1/target reading_doubtful",
        ],
    );
    assert_eq!(record.indicators, form().indicators);
}

#[test]
fn what_is_right_already_is_no_conflict() {
    check_replay(
        &[replace("/indicators/1/target", json!("9"), json!("2"))],
        &["already so"],
        &UNTOUCHED,
    );
    let there = replace("/title", json!("目标表"), json!("x"));
    let back = replace("/title", json!("x"), json!("目标表"));
    check_replay(&[there, back], &["undone", "undone"], &UNTOUCHED);
}

#[test]
fn a_row_that_moved_is_found_and_one_that_changed_is_not_guessed() {
    let rows = serde_json::to_value(form()).unwrap()["indicators"].clone();
    let of_row = |idx: usize, pointer: &str, old, new| Correction {
        row: Some(rows[idx].clone()),
        ..replace(pointer, old, new)
    };
    // What was row 0 when it was corrected is row 1 now.
    let record = check_replay(
        &[of_row(1, "/indicators/0/target", json!("2"), json!("7"))],
        &["applied"],
        &["/indicators weight_sum", "/indicators/1/target corrected"],
    );
    assert_eq!(record.indicators[1].target.as_deref(), Some("7"));
    let mut other = of_row(1, "/indicators/0/target", json!("2"), json!("7"));
    other.row.as_mut().unwrap()["level3"] = json!("丁");
    check_replay(
        &[other],
        &["the row that was corrected is not there any more"],
        &[
            "/indicators weight_sum",
            "/indicators/0/target correction_conflict",
            "/indicators/1/target reading_doubtful",
        ],
    );
    // Two values of one row, the first of which names it.
    let both = [
        of_row(1, "/indicators/1/level3", json!("乙"), json!("戊")),
        Correction {
            row: Some({
                let mut row = rows[1].clone();
                row["level3"] = json!("戊");
                row
            }),
            ..replace("/indicators/1/target", json!("2"), json!("7"))
        },
    ];
    let record = check_replay(
        &both,
        &["applied", "applied"],
        &[
            "/indicators weight_sum",
            "/indicators/1/level3 corrected",
            "/indicators/1/target corrected",
        ],
    );
    assert_eq!(record.indicators[1].level3.as_deref(), Some("戊"));
}

#[test]
fn what_is_said_of_rows_moves_with_them() {
    let rows = serde_json::to_value(form()).unwrap()["indicators"].clone();
    let record = check_replay(
        &[remove("/indicators/0", rows[0].clone())],
        &["applied"],
        &[
            "/indicators corrected",
            "/indicators weight_sum",
            "/indicators/0/target reading_doubtful",
        ],
    );
    assert_eq!(record.indicators.len(), 2);
    assert!(record.empty.contains_key("/indicators/1/note"));
    let places: Vec<String> = record.provenance.unwrap().into_keys().collect();
    assert_eq!(
        places,
        [
            "/indicators",
            "/indicators/0/target",
            "/indicators/1/target",
            "/title"
        ]
    );
    let record = check_replay(
        &[add("/indicators/1", json!({"level3": "新", "target": "1"}))],
        &["applied"],
        &[
            "/indicators weight_sum",
            "/indicators/1 corrected",
            "/indicators/2/target reading_doubtful",
        ],
    );
    assert_eq!(record.indicators[1].level3.as_deref(), Some("新"));
    assert!(record.empty.contains_key("/indicators/3/note"));
}

#[test]
fn a_value_that_the_record_does_not_take_is_refused() {
    let (fates, ..) = replayed(&[replace("/fiscal_year", json!(2023), json!("二〇二三"))]);
    assert!(
        matches!(&fates[..], [Fate::Conflict(Conflict::Unfit { .. })]),
        "{fates:?}"
    );
    let (fates, ..) = replayed(&[replace("/indicators/0/weight", json!("10"), json!("ten"))]);
    assert!(
        matches!(&fates[..], [Fate::Conflict(Conflict::Unfit { .. })]),
        "{fates:?}"
    );
}

#[test]
fn parts_of_objects_come_and_go() {
    let record = check_replay(
        &[
            replace("/department/name", Value::Null, json!("民政局")),
            replace("/project/code", json!("x"), json!("z")),
            replace("/remarks", Value::Null, json!("无")),
        ],
        &["applied", "applied", "applied"],
        &[
            "/department/name corrected",
            "/indicators weight_sum",
            "/indicators/1/target reading_doubtful",
            "/project/code corrected",
            "/remarks corrected",
        ],
    );
    assert_eq!(record.department.unwrap().name.as_deref(), Some("民政局"));
    assert_eq!(record.project.unwrap().serial.as_deref(), Some("z"));
    assert!(!record.empty.contains_key("/remarks"));
}

#[test]
fn forms_come_and_go() {
    let mut new = add(
        "",
        json!({"family": "project_target", "title": "另一表", "indicators": [{"level3": "丁"}]}),
    );
    new.form = 2;
    let (fates, document, records) = replayed(&[new.clone()]);
    assert_eq!(fates, [Fate::Applied]);
    assert_eq!((document.forms, records.len()), (2, 2));
    let added = &records[1];
    assert_eq!(added.form_id, "0000000000000000-0002");
    assert_eq!(
        (added.title.as_deref(), added.document.path.as_str()),
        (Some("另一表"), "a.pdf")
    );
    assert_eq!(added.checks[0].outcome, "pass");
    let old = serde_json::to_value(form()).unwrap();
    let (fates, document, records) = replayed(&[remove("", old), new]);
    assert_eq!(fates, [Fate::Applied, Fate::Applied]);
    assert_eq!((document.forms, records.len()), (1, 1));
    let mut lost = replace("/title", json!("a"), json!("b"));
    lost.form = 7;
    let (fates, document, _) = replayed(&[lost]);
    assert_eq!(fates, [Fate::Conflict(Conflict::NoForm(7))]);
    assert_eq!(document.diagnostics[0].code, "CORRECTION_LOST");
}

#[test]
fn what_is_no_correction_is_refused() {
    let is_fine = |change: &dyn Fn(&mut Correction)| {
        let mut correction = replace("/title", json!("a"), json!("b"));
        change(&mut correction);
        Corrections::new([correction]).is_ok()
    };
    assert!(is_fine(&|_| {}));
    assert!(!is_fine(&|c| c.schema = "jixiao.correction/2".to_owned()));
    assert!(!is_fine(&|c| c.document = "AA".to_owned()));
    assert!(!is_fine(&|c| c.form = 0));
    assert!(!is_fine(&|c| c.pointer = "/checks/0".to_owned()));
    assert!(!is_fine(&|c| c.pointer = "/indicators/0".to_owned()));
    assert!(!is_fine(&|c| c.operation = Operation::Remove));
}
