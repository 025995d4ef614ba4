//! Two runs held against each other: nothing where nothing was changed, exactly what was.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::*;

/// A form with rows of these names and targets.
fn form(document: u8, ordinal: u32, project: &str, rows: &[(&str, &str)]) -> Value {
    let id = format!("{document:02x}").repeat(32);
    let row = |(name, target): &(&str, &str)| json!({"level1": "产出指标", "level2": "数量指标", "level3": name, "operator": "ge", "target": target, "weight": "10", "note": null});
    json!({
        "schema": "jixiao.form/1", "form_id": format!("{}-{ordinal:04}", &id[..16]),
        "document": {"id": id, "path": format!("{document}.pdf"), "pages": [ordinal, ordinal], "lines": null, "source": "ocr"},
        "family": "project_target", "grammar": "project_target@1", "title": "项目支出绩效目标表", "fiscal_year": 2023,
        "department": {"code": "203", "name": "交通局"}, "project": {"code": null, "name": project, "region_code": "510000"},
        "funds": [{"category": "project", "source": "total", "stage": "budget", "amount": "100.00"},
            {"category": "project", "source": "fiscal", "stage": "budget", "amount": "100.00"}],
        "annual_goal": format!("{project}全部完成"), "indicators": rows.iter().map(row).collect::<Vec<_>>(), "attributes": [],
        "empty": {"/indicators/1/note": "dash"}, "confidence": 0.9, "checks": [{"rule": "weight_sum", "outcome": "pass"}],
        "diagnostics": [{"code": "label_inferred", "severity": "info", "path": "/indicators/1/target", "message": "m"}],
        "provenance": {"/indicators/1/target": {"page": ordinal, "bbox": [0.0, 1.0, 2.0, 3.0], "line": null, "raw": "2", "confidence": 0.9}},
    })
}

const ROWS: [(&str, &str); 4] = [
    ("修路里程", "5"),
    ("桥梁座数", "2"),
    ("验收合格率", "95"),
    ("群众满意度", "90"),
];

/// Two documents, the first with two forms.
fn run() -> Vec<Value> {
    vec![
        form(1, 1, "甲路", &ROWS),
        form(
            1,
            2,
            "乙桥",
            &[
                ("桥墩个数", "12"),
                ("护栏长度", "300"),
                ("桥梁合格率", "100"),
            ],
        ),
        form(
            2,
            1,
            "丙校",
            &[("教室间数", "20"), ("课桌套数", "800"), ("入学率", "99")],
        ),
    ]
}

fn write(folder: &Path, name: &str, forms: &[Value]) -> Side {
    let lines: String = forms.iter().map(|form| format!("{form}\n")).collect();
    let file = folder.join(name);
    fs::write(&file, lines).unwrap();
    Side::of(&file)
}

fn diff_of(old: &[Value], new: &[Value], selection: &Selection) -> (Compared, Vec<Difference>) {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (
        write(folder.path(), "old", old),
        write(folder.path(), "new", new),
    );
    let mut found = Vec::new();
    let compared = diff::<RunError>(&old, &new, selection, &mut |difference| {
        found.push(difference);
        Ok(())
    });
    (compared.unwrap(), found)
}

/// Differences as `class pointer`, with the pointer into the old record where it is another.
#[track_caller]
fn check(old: &[Value], new: &[Value], expected: &[&str]) -> Vec<Difference> {
    let (_, found) = diff_of(old, new, &Selection::default());
    let shown = |difference: &Difference| {
        let from = difference.old_pointer.as_ref();
        let from = from.map_or(String::new(), |from| format!(" from {from}"));
        format!("{} {}{from}", difference.class.name(), difference.pointer)
    };
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expected);
    found
}

#[test]
fn a_run_and_itself_are_the_same() {
    let (compared, found) = diff_of(&run(), &run(), &Selection::default());
    assert_eq!(found, []);
    assert_eq!(
        (compared.n_old, compared.n_new, compared.n_documents),
        (3, 3, 2)
    );
    let mut turned = run();
    turned.rotate_left(2);
    check(&run(), &turned, &[]);
    check(&[], &[], &[]);
}

#[test]
fn seven_changes_are_seven_differences() {
    let mut new = run();
    // 1 a value, 2 a way of writing, 3 a place, 4 a row gone, 5 a row more, 6 a value more: in one form.
    new[0]["indicators"][0]["target"] = json!("6");
    new[0]["funds"][1]["amount"] = json!("100.0");
    new[0]["provenance"]["/indicators/1/target"]["bbox"] = json!([0.0, 1.0, 2.0, 4.0]);
    new[0]["indicators"].as_array_mut().unwrap().remove(2);
    let row = json!({"level1": "效益指标", "level2": "社会效益", "level3": "出行时间缩短", "operator": "ge", "target": "10", "weight": null, "note": null});
    new[0]["indicators"].as_array_mut().unwrap().push(row);
    new[0]["project"]["code"] = json!("51");
    // 7 a form parted in two, of another document.
    let mut rest = new[2].clone();
    rest["form_id"] = json!("0202020202020202-0002");
    let rows = new[2]["indicators"].as_array_mut().unwrap().split_off(1);
    rest["indicators"] = rows.into();
    new[2]["empty"] = json!({});
    new[2]["diagnostics"] = json!([]);
    new[2]["provenance"] = json!({});
    new.push(rest);
    let found = check(
        &run(),
        &new,
        &[
            "added /project/code",
            "format /funds/1/amount",
            "value /indicators/0/target",
            "removed /indicators/2",
            "added /indicators/3",
            "provenance /provenance/~1indicators~11~1target",
            "resegmented ",
        ],
    );
    assert_eq!((&found[2].old, &found[2].new), (&json!("5"), &json!("6")));
    assert_eq!((found[6].old_forms.len(), found[6].new_forms.len()), (1, 2));
    assert_eq!(found[2].province.as_deref(), Some("51"));
    assert_eq!(found[5].new_spot.unwrap().bbox, Some([0.0, 1.0, 2.0, 4.0]));
}

#[test]
fn forms_are_found_again_where_their_ordinals_have_moved() {
    let mut new = run();
    new.remove(0);
    new[0]["form_id"] = json!("0101010101010101-0001");
    check(&run(), &new, &["removed ", "provenance /form_id"]);
    check(&new, &run(), &["added ", "provenance /form_id"]);
}

#[test]
fn forms_that_were_joined_and_boundaries_that_moved() {
    let mut joined = run();
    let second = joined.remove(1);
    let rows = second["indicators"].as_array().unwrap().clone();
    joined[0]["indicators"].as_array_mut().unwrap().extend(rows);
    // What the head of the second form says is lost, and said to be.
    check(
        &run(),
        &joined,
        &[
            "resegmented ",
            "removed /annual_goal",
            "removed /project/name",
            "removed /funds/0",
            "removed /funds/1",
        ],
    );
    let mut moved = run();
    let last = moved[0]["indicators"]
        .as_array_mut()
        .unwrap()
        .pop()
        .unwrap();
    moved[1]["indicators"]
        .as_array_mut()
        .unwrap()
        .insert(0, last);
    check(&run(), &moved, &["resegmented "]);
}

#[test]
fn what_is_said_of_rows_is_compared_where_they_are_now() {
    let mut new = run();
    let row = json!({"level1": "产出指标", "level2": "质量指标", "level3": "新增的一行指标", "operator": "le", "target": "1", "weight": null, "note": null});
    new[0]["indicators"].as_array_mut().unwrap().insert(0, row);
    new[0]["empty"] = json!({"/indicators/2/note": "dash"});
    new[0]["diagnostics"][0]["path"] = json!("/indicators/2/target");
    new[0]["provenance"] =
        json!({"/indicators/2/target": new[0]["provenance"]["/indicators/1/target"]});
    check(&run(), &new, &["added /indicators/0"]);
    new[0]["diagnostics"] = json!([]);
    new[0]["checks"][0]["outcome"] = json!("fail");
    check(
        &run(),
        &new,
        &[
            "added /indicators/0",
            "value /checks/0/outcome",
            "removed /diagnostics/0",
        ],
    );
}

#[test]
fn documents_that_were_replaced_are_paired_by_their_paths() {
    let mut new = run();
    new[2]["document"]["id"] = json!("ee".repeat(32));
    new[2]["title"] = json!("另一标题");
    let found = check(&run(), &new, &["provenance /document/id", "value /title"]);
    assert_eq!(found[1].causes, [Cause::Document]);
    let mut elsewhere = run();
    elsewhere[2]["document"]["path"] = json!("x/2.pdf");
    check(&run(), &elsewhere, &["provenance /document/path"]);
    let only = [form(3, 1, "丁", &ROWS)];
    check(&run()[..2], &only, &["removed ", "removed ", "added "]);
}

#[test]
fn a_selection_leaves_out_what_it_is_told_to() {
    let mut new = run();
    new[0]["title"] = json!("x");
    new[0]["indicators"][0]["target"] = json!("6");
    new[0]["indicators"][1]["weight"] = json!("10.0");
    new[0]["grammar"] = json!("project_target@2");
    let with = |only: &[&str], ignored: &[&str]| {
        let owned = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let selection = Selection::new(&owned(only), &owned(ignored)).unwrap();
        let (_, found) = diff_of(&run(), &new, &selection);
        found
            .into_iter()
            .map(|difference| difference.pointer)
            .collect::<Vec<_>>()
    };
    assert_eq!(with(&["value"], &[]), ["/title", "/indicators/0/target"]);
    assert_eq!(
        with(&["/indicators/*/weight"], &[]),
        ["/indicators/1/weight"]
    );
    assert_eq!(
        with(&["format", "/indicators"], &[]),
        ["/indicators/1/weight"]
    );
    assert_eq!(with(&[], &["/indicators", "/grammar"]), ["/title"]);
    assert!(Selection::new(&["colour".to_owned()], &[]).is_err());
    let (_, found) = diff_of(&run(), &new, &Selection::default());
    assert!(
        found
            .iter()
            .all(|difference| difference.causes == [Cause::Grammar])
    );
}

#[test]
fn ledgers_say_what_became_of_documents_without_forms() {
    let folder = tempfile::tempdir().unwrap();
    let line = |path: &str, status: &str, codes: &[&str]| {
        let finding =
            |code: &&str| json!({"code": code, "severity": "error", "path": "", "message": "m"});
        json!({"schema": "jixiao.document/1", "id": null, "path": path, "bytes": 1, "status": status, "pages": null, "forms": 0,
            "families": [], "sources": [], "coverage": null, "residue_chars": 0,
            "diagnostics": codes.iter().map(finding).collect::<Vec<_>>(), "elapsed_ms": path.len()})
    };
    let run = |name: &str, lines: &[Value]| {
        let run = folder.path().join(name);
        fs::create_dir(&run).unwrap();
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(run.join("documents.jsonl"), lines).unwrap();
        fs::write(run.join("forms.jsonl"), "").unwrap();
        Side::of(&run)
    };
    let old = run(
        "old",
        &[
            line("a", "no_form", &[]),
            line("b", "failed", &["IO_READ"]),
            line("c", "no_form", &[]),
        ],
    );
    let new = run(
        "new",
        &[
            line("d", "no_form", &[]),
            line("c", "no_form", &[]),
            line("a", "failed", &["LIMIT_CPU"]),
        ],
    );
    let mut found = Vec::new();
    diff::<RunError>(&old, &new, &Selection::default(), &mut |difference| {
        found.push(format!(
            "{} {} {}",
            difference.class.name(),
            difference.path,
            difference.field
        ));
        Ok(())
    })
    .unwrap();
    assert_eq!(
        found,
        [
            "added d document",
            "value a document/status",
            "added a document/LIMIT_CPU",
            "removed b document"
        ]
    );
}

/// Leaves of a record, by their pointers.
fn leaves(value: &Value, pointer: String, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                leaves(value, format!("{pointer}/{}", fields::step(key)), into);
            }
        }
        Value::Array(values) => {
            for (idx, value) in values.iter().enumerate() {
                leaves(value, format!("{pointer}/{idx}"), into);
            }
        }
        _ => into.push(pointer),
    }
}

proptest::proptest! {
    #[test]
    fn a_glance_finds_what_reading_all_of_it_finds(
        edits in proptest::collection::vec((0..1000_usize, 0..4_u8), 1..4),
    ) {
        let old = form(2, 1, "丙校", &ROWS);
        let mut new = old.clone();
        for (place, kind) in edits {
            let mut all = Vec::new();
            leaves(&new, String::new(), &mut all);
            let pointer = &all[place % all.len()];
            let rows = new["indicators"].as_array_mut().unwrap();
            match kind {
                0 if !rows.is_empty() => {
                    rows.remove(place % rows.len());
                }
                1 => rows.insert(place % (rows.len() + 1), json!({"level3": "新增", "target": "7"})),
                2 => *new.pointer_mut(pointer).unwrap() = Value::Null,
                _ => *new.pointer_mut(pointer).unwrap() = "别的".into(),
            }
        }
        let lines = [&old, &new].map(Value::to_string);
        let facts = SideFacts::default();
        let seen = glance::glance(lines[0].as_bytes(), lines[1].as_bytes()).unwrap();
        proptest::prop_assume!(forms::is_one(&old, &new));
        proptest::prop_assert!(forms::is_one(&seen.old, &seen.new));
        let read = forms::compare_forms(&[old], &[new], (&facts, &facts));
        let glanced = forms::compare_forms(&[seen.old], &[seen.new], (&facts, &facts));
        proptest::prop_assert_eq!(read, glanced);
    }
}
