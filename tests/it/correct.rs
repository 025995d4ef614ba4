//! What people corrected lasts: in a new extraction, in a corrected run, and as a sample.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::run_in;

const TEXT: &str = "项目支出绩效目标表\n（2023年度）\n项目名称：修路\n主管部门：交通局\n实施单位：公路处\n年度资金总额：10.50万元\n\
    其中：财政拨款：9.50万元\n年度总体目标：修路\n一级指标\t二级指标\t三级指标\t指标值\n产出指标\t数量指标\t里程\t≥5公里\n\
    产出指标\t质量指标\t合格率\t≥95%\n\n\n";

/// A folder with a document that is a scan of nothing: plain text, read here; and a PDF, read in another process.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), TEXT).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    fs::copy(
        samples.join("department-ruled-pdf/input.pdf"),
        folder.path().join("b.pdf"),
    )
    .unwrap();
    extract(folder.path(), "run", &[]);
    folder
}

fn extract(folder: &Path, out: &str, more: &[&str]) {
    let always = [
        "extract",
        "a.txt",
        "b.pdf",
        "-o",
        out,
        "--quiet",
        "--no-timing",
        "--provenance",
    ];
    let run = run_in(folder, &[&always[..], more].concat());
    assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
}

fn lines(folder: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn correction(form: &Value, pointer: &str, new: Value) -> Value {
    json!({"schema": "jixiao.correction/1", "document": form["document"]["id"], "form": 1, "op": "replace", "pointer": pointer,
        "old": form.pointer(pointer).unwrap(), "new": new, "by": "wf", "at": "2026-11-29T08:00:00Z"})
}

fn write_corrections(folder: &Path, corrections: &[Value]) {
    let lines: String = corrections.iter().map(|line| format!("{line}\n")).collect();
    fs::write(folder.join("corrections.jsonl"), lines).unwrap();
}

/// A corrected amount in the text and a corrected goal in the PDF.
fn correct_both(folder: &Path) {
    let forms = lines(folder, "run/forms.jsonl");
    write_corrections(
        folder,
        &[
            correction(&forms[0], "/funds/1/amount", json!("105000.00")),
            correction(&forms[1], "/annual_goal", json!("另一目标")),
        ],
    );
}

#[test]
fn an_extraction_and_a_run_are_corrected_alike() {
    let folder = folder();
    let folder = folder.path();
    correct_both(folder);
    extract(folder, "again", &["--corrections", "corrections.jsonl"]);
    extract(
        folder,
        "here",
        &["--corrections", "corrections.jsonl", "--isolation", "none"],
    );
    let applied = run_in(
        folder,
        &[
            "apply",
            "run",
            "--corrections",
            "corrections.jsonl",
            "-o",
            "applied",
        ],
    );
    assert_eq!(applied.code, Some(0), "{applied:?}");
    assert!(
        applied.err.contains("2 corrections applied"),
        "{}",
        applied.err
    );
    let read = |run: &str, file: &str| fs::read_to_string(folder.join(run).join(file)).unwrap();
    for file in ["forms.jsonl", "documents.jsonl"] {
        assert_eq!(read("again", file), read("here", file));
        assert_eq!(read("again", file), read("applied", file));
    }
    let forms = lines(folder, "again/forms.jsonl");
    assert_eq!(forms[0]["funds"][1]["amount"], "105000.00");
    assert_eq!(forms[1]["annual_goal"], "另一目标");
    let place = &forms[1]["provenance"]["/annual_goal"];
    assert_eq!(place["corrected"]["by"], "wf");
    assert!(place["bbox"].is_array());
    // The sum agrees now, and both forms say what was corrected.
    let outcome = |form: &Value| form["checks"][0].clone();
    assert_eq!(
        outcome(&lines(folder, "run/forms.jsonl")[0])["outcome"],
        "fail"
    );
    assert_eq!(outcome(&forms[0])["outcome"], "pass");
    for form in &forms {
        let findings = form["diagnostics"].as_array().unwrap();
        assert!(
            findings
                .iter()
                .any(|finding| finding["code"] == "corrected")
        );
        assert!(
            findings
                .iter()
                .all(|finding| finding["code"] != "funds_sum")
        );
    }
}

#[test]
fn a_correction_of_another_value_is_a_conflict_and_is_said() {
    let folder = folder();
    let folder = folder.path();
    let forms = lines(folder, "run/forms.jsonl");
    let mut other = correction(&forms[0], "/funds/1/amount", json!("105000.00"));
    other["old"] = json!("1.00");
    let mut lost = correction(&forms[0], "/title", json!("x"));
    lost["form"] = json!(9);
    write_corrections(folder, &[other, lost]);
    let applied = run_in(
        folder,
        &[
            "apply",
            "run",
            "--corrections",
            "corrections.jsonl",
            "-o",
            "applied",
        ],
    );
    assert_eq!(applied.code, Some(1), "{applied:?}");
    assert!(applied.err.contains("2 in conflict"), "{}", applied.err);
    let after = &lines(folder, "applied/forms.jsonl")[0];
    assert_eq!(after["funds"], forms[0]["funds"]);
    let says = |line: &Value, code: &str| {
        let findings = line["diagnostics"].as_array().unwrap();
        findings.iter().any(|finding| finding["code"] == code)
    };
    assert!(says(after, "correction_conflict"));
    assert!(says(
        &lines(folder, "applied/documents.jsonl")[0],
        "CORRECTION_LOST"
    ));
}

#[test]
fn what_is_no_correction_stops_before_anything_is_read() {
    let folder = folder();
    let folder = folder.path();
    fs::write(
        folder.join("corrections.jsonl"),
        "{\"schema\":\"jixiao.correction/1\"}\n",
    )
    .unwrap();
    let run = run_in(
        folder,
        &["extract", "a.txt", "--corrections", "corrections.jsonl"],
    );
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("line 1"), "{}", run.err);
    let run = run_in(
        folder,
        &[
            "apply",
            "run",
            "--corrections",
            "corrections.jsonl",
            "-o",
            "run",
        ],
    );
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[test]
fn a_run_that_is_redacted_is_not_corrected() {
    let folder = folder();
    let folder = folder.path();
    correct_both(folder);
    fs::write(folder.join("key"), "0123456789abcdef0123").unwrap();
    extract(
        folder,
        "redacted",
        &["--redact", "contact", "--redact-key", "key"],
    );
    let run = run_in(
        folder,
        &[
            "apply",
            "redacted",
            "--corrections",
            "corrections.jsonl",
            "-o",
            "x",
        ],
    );
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("redacted"), "{}", run.err);
}

#[test]
fn corrections_become_samples_that_hold_a_grammar() {
    let folder = folder();
    let folder = folder.path();
    correct_both(folder);
    let run = run_in(
        folder,
        &[
            "corrections",
            "to-sample",
            "run",
            "--corrections",
            "corrections.jsonl",
            "--into",
            "own/samples",
        ],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = run_in(folder, &["grammar", "test", "own"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.out.matches("FAILED").count(), 2, "{}", run.out);
    assert!(
        run.out.contains(r#"annual_goal: expected "另一目标""#),
        "{}",
        run.out
    );
    // A correction that was needless is a sample that holds.
    let forms = lines(folder, "run/forms.jsonl");
    let mut needless = correction(&forms[0], "/title", json!("x"));
    needless["new"] = forms[0]["title"].clone();
    needless["old"] = json!("x");
    write_corrections(folder, &[needless]);
    fs::remove_dir_all(folder.join("own")).unwrap();
    let run = run_in(
        folder,
        &[
            "corrections",
            "to-sample",
            "run",
            "--corrections",
            "corrections.jsonl",
            "--into",
            "own/samples",
        ],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = run_in(folder, &["grammar", "test", "own"]);
    assert_eq!(run.code, Some(0), "{run:?}");
}
