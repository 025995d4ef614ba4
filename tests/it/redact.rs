//! `--redact`: personal data leave neither in records nor in tables, and can still be joined by.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Run, run_in, run_with_input};

const PERSON: &str = "张三丰";
const PHONE: &str = "13812345678";
const IDENTITY: &str = "11010519491231002X";

/// A folder with a form that names a person in several places, two keys, and a path that does, too.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "项目支出绩效目标表\n（2023年度）\n项目名称：退休职工王建国等5人补助\n主管部门：民政局\n实施单位：福利处\n项目负责人：{PERSON}\n联系电话：{PHONE}\n\
         年度资金总额：10.50万元\n其中：财政拨款：10.50万元\n\
         年度总体目标：由{PERSON}（{PHONE}）发放，身份证{IDENTITY}\n\
         一级指标\t二级指标\t三级指标\t指标值\n产出指标\t数量指标\t人数\t≥5人\n产出指标\t质量指标\t发放率\t≥95%\n"
    );
    fs::write(folder.path().join(format!("{PERSON}.txt")), text).unwrap();
    fs::write(folder.path().join("key"), [1; 32]).unwrap();
    fs::write(folder.path().join("other"), [2; 32]).unwrap();
    fs::write(folder.path().join("short"), [3; 8]).unwrap();
    folder
}

fn extract(folder: &Path, out: &str, more: &[&str]) -> Run {
    let input = format!("{PERSON}.txt");
    let args = [
        "extract",
        "no-such-张三-13812345678.pdf",
        &input,
        "-o",
        out,
        "--provenance",
        "--no-timing",
        "--quiet",
    ];
    run_in(folder, &[&args, more].concat())
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

/// Every file below a folder, as text.
fn all_texts(folder: &Path) -> String {
    let mut texts = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        texts += &if path.is_dir() {
            all_texts(&path)
        } else {
            read(&path)
        };
    }
    texts
}

fn record(run: &Path) -> Value {
    let text = read(&run.join("forms.jsonl"));
    serde_json::from_str(text.lines().next().unwrap()).unwrap()
}

const REDACT: [&str; 4] = ["--redact", "contact", "--redact-key", "key"];

#[test]
fn nothing_personal_is_left_in_a_run_or_its_tables() {
    let folder = folder();
    assert_eq!(extract(folder.path(), "plain", &[]).code, Some(1));
    let run = extract(
        folder.path(),
        "run",
        &[&REDACT[..], &["--to", "csv,sqlite"]].concat(),
    );
    assert_eq!(run.code, Some(1), "{run:?}");
    let plain = all_texts(&folder.path().join("plain"));
    let redacted = all_texts(&folder.path().join("run"));
    for secret in [PERSON, PHONE, IDENTITY] {
        assert!(
            plain.contains(secret) && !redacted.contains(secret),
            "{secret}"
        );
    }
    // A title may hold a name that nothing marks: it is said.
    assert!(redacted.contains("王建国") && redacted.contains("personal_name"));
    let names = ["--redact", "names", "--redact-key", "key"];
    assert_eq!(extract(folder.path(), "names", &names).code, Some(1));
    assert!(!all_texts(&folder.path().join("names")).contains("王建国"));
}

#[test]
fn amounts_places_and_what_is_counted_are_as_before() {
    let folder = folder();
    extract(folder.path(), "plain", &[]);
    extract(folder.path(), "run", &REDACT);
    let (plain, redacted) = (
        record(&folder.path().join("plain")),
        record(&folder.path().join("run")),
    );
    for key in [
        "form_id",
        "funds",
        "indicators",
        "checks",
        "fiscal_year",
        "empty",
    ] {
        assert_eq!(plain[key], redacted[key], "{key}");
    }
    let place = |record: &Value| {
        let mut place = record["provenance"]["/contact/person"].clone();
        place["raw"].take();
        place
    };
    assert_eq!(place(&plain), place(&redacted));
    let person = redacted["contact"]["person"].as_str().unwrap();
    let path = redacted["document"]["path"].as_str().unwrap();
    assert_eq!(path, format!("{person}.txt"));
}

#[test]
fn it_is_said_of_the_run_and_of_its_deliveries() {
    let folder = folder();
    extract(folder.path(), "plain", &["--to", "csv"]);
    extract(
        folder.path(),
        "run",
        &[&REDACT[..], &["--to", "csv"]].concat(),
    );
    let json =
        |path: &str| -> Value { serde_json::from_str(&read(&folder.path().join(path))).unwrap() };
    assert_eq!(json("plain/summary.json")["redaction"], Value::Null);
    assert_eq!(
        json("plain/csv/manifest.json")["redaction"],
        serde_json::json!([])
    );
    let note = json("run/summary.json")["redaction"].clone();
    assert_eq!(note["scope"], "contact");
    assert_eq!(
        json("run/csv/manifest.json")["redaction"],
        serde_json::json!([note])
    );
}

#[test]
fn an_export_redacts_as_an_extraction_does() {
    let folder = folder();
    extract(folder.path(), "plain", &[]);
    extract(
        folder.path(),
        "run",
        &[&REDACT[..], &["--to", "csv"]].concat(),
    );
    let args = ["export", "plain", "--to", "csv", "--quiet"];
    let run = run_in(folder.path(), &[&args[..], &REDACT].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    for table in [
        "documents",
        "forms",
        "indicators",
        "provenance",
        "diagnostics",
    ] {
        let file = |run: &str| read(&folder.path().join(format!("{run}/csv/{table}.csv")));
        assert_eq!(file("plain"), file("run"), "{table}");
    }
    // Under another key, other tokens.
    let args = [
        "export",
        "plain",
        "--to",
        "csv",
        "--redact",
        "contact",
        "--redact-key",
        "other",
    ];
    run_in(folder.path(), &[&args[..], &["-o", "csv2"]].concat());
    let forms = read(&folder.path().join("csv2/forms.csv"));
    assert!(forms.contains("[person:"));
    assert_ne!(forms, read(&folder.path().join("run/csv/forms.csv")));
}

#[cfg(feature = "sqlite")]
#[test]
fn redacted_rows_do_not_go_where_others_are() {
    let folder = folder();
    extract(folder.path(), "plain", &["--to", "sqlite"]);
    let args = ["export", "plain", "--to", "sqlite", "--quiet"];
    let with = |more: &[&str]| run_in(folder.path(), &[&args[..], more].concat()).code;
    assert_eq!(with(&REDACT), Some(2));
    let own = [&REDACT[..], &["-o", "own.sqlite"]].concat();
    assert_eq!(with(&own), Some(0));
    assert_eq!(with(&own), Some(0));
    let other = [
        "--redact",
        "contact",
        "--redact-key",
        "other",
        "-o",
        "own.sqlite",
    ];
    assert_eq!(with(&other), Some(2));
    assert!(!read(&folder.path().join("own.sqlite")).contains(PERSON));
}

#[test]
fn a_worker_answers_as_a_run_has_it() {
    let folder = folder();
    extract(folder.path(), "run", &REDACT);
    let input = format!("{PERSON}.txt\nno-such-张三-13812345678.pdf\n");
    let args = ["worker", "--provenance", "--deterministic"];
    let run = run_with_input(
        folder.path(),
        &[&args[..], &REDACT].concat(),
        input.as_bytes(),
    );
    let answers: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers[0]["forms"][0], record(&folder.path().join("run")));
    assert!(!run.out.contains(PHONE) && !run.out.contains(PERSON));
}

#[test]
fn files_in_processes_of_their_own_are_redacted_as_well() {
    let folder = folder();
    let name = format!("{PHONE}.pdf");
    fs::copy(
        "samples/annual-pages-pdf/input.pdf",
        folder.path().join(&name),
    )
    .unwrap();
    for isolation in ["process", "none"] {
        let args = ["extract", &name, "-o", isolation, "--no-timing", "--quiet"];
        let more = [&args[..], &REDACT, &["--isolation", isolation]].concat();
        let run = run_in(folder.path(), &more);
        assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
    }
    let texts = |run: &str| all_texts(&folder.path().join(run));
    assert!(texts("process").contains("[phone:") && !texts("process").contains(PHONE));
    assert_eq!(texts("process"), texts("none"));
}

#[test]
fn a_key_is_asked_for_and_belongs_to_the_run() {
    let folder = folder();
    let without = extract(folder.path(), "run", &["--redact", "contact"]);
    assert_eq!(without.code, Some(2), "{without:?}");
    let short = ["--redact", "contact", "--redact-key", "short"];
    let run = extract(folder.path(), "run", &short);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("16"), "{}", run.err);
    // A run that has not ended is not taken up under another key.
    let missing: Vec<String> = (0..200).map(|n| format!("no-such-{n}")).collect();
    let under = |key: &'static str| {
        let mut more = vec!["--redact", "contact", "--redact-key", key, "--fail-fast"];
        more.extend(missing.iter().map(String::as_str));
        extract(folder.path(), "begun", &more).code
    };
    assert_eq!(under("key"), Some(1));
    assert!(!folder.path().join("begun/summary.json").exists());
    assert_eq!(under("other"), Some(2));
}
