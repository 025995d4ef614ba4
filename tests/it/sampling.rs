//! The samples of the repository become a run; forms of it are drawn, looked at, corrected, and judged.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{Run, run_in};

/// A folder with a run of the digital samples.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let samples = samples.to_str().unwrap();
    let run = run_in(
        folder.path(),
        &[
            "extract",
            samples,
            "-o",
            "run",
            "--quiet",
            "--no-timing",
            "--ocr",
            "never",
        ],
    );
    assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
    folder
}

fn sample(folder: &Path, args: &[&str]) -> Run {
    run_in(folder, &[&["sample", "run", "--plan"], args].concat())
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

/// Verdicts of the forms of a set, with what is said of each.
fn write_verdicts(folder: &Path, set: &Value, says: impl Fn(usize) -> Option<&'static str>) {
    let forms = set["forms"].as_array().unwrap().iter().enumerate();
    let line = |(idx, form): (usize, &Value)| {
        let verdict = json!({
            "schema": "jixiao.verdict/1", "form_id": form["form_id"], "document": form["document"],
            "verdict": says(idx)?, "by": "甲", "at": "2026-01-01T00:00:00Z",
        });
        Some(format!("{verdict}\n"))
    };
    let lines: String = forms.filter_map(line).collect();
    fs::write(folder.join("run/verdicts.jsonl"), lines).unwrap();
}

fn correction(form: &Value, pointer: &str, old: &Value, new: &Value) -> String {
    let id = form["form_id"].as_str().unwrap();
    let ordinal: u32 = id.rsplit_once('-').unwrap().1.parse().unwrap();
    let correction = json!({
        "schema": "jixiao.correction/1", "document": form["document"], "form": ordinal, "op": "replace",
        "pointer": pointer, "old": old, "new": new, "by": "甲", "at": "2026-01-01T00:00:00Z",
    });
    format!("{correction}\n")
}

fn verdict(folder: &Path, args: &[&str]) -> Run {
    run_in(
        folder,
        &[&["sample", "verdict", "run/sample.json"], args].concat(),
    )
}

fn judged(folder: &Path) -> (Option<i32>, Value) {
    let run = verdict(folder, &["--json"]);
    (run.code, serde_json::from_str(&run.out).unwrap())
}

#[test]
fn a_sample_is_drawn_looked_at_and_judged() {
    let folder = folder();
    let folder = folder.path();
    let drawn = sample(folder, &["all:90", "--seed", "7"]);
    assert_eq!(drawn.code, Some(0), "{}", drawn.err);
    let set = read(folder, "run/sample.json");
    let n = set["forms"].as_array().unwrap().len();
    let n_forms = fs::read_to_string(folder.join("run/forms.jsonl"))
        .unwrap()
        .lines()
        .count();
    assert_eq!(n, n_forms);
    assert!(drawn.out.contains("all:90: every form"), "{}", drawn.out);

    let (code, judgement) = judged(folder);
    assert_eq!(
        (code, &judgement["decision"]),
        (Some(1), &json!("unfinished"))
    );
    write_verdicts(folder, &set, |_| Some("approved"));
    let (code, judgement) = judged(folder);
    assert_eq!(
        (code, &judgement["decision"]),
        (Some(0), &json!("accepted"))
    );
    assert_eq!(judgement["rate"]["rate"], json!(0.0));
    // Every form was looked at: there is nothing left to estimate.
    assert_eq!(judgement["rate"]["high"], json!(0.0));

    // An error, and one that was taken back.
    let (first, second) = (&set["forms"][0], &set["forms"][1]);
    let (old, new) = (json!("表"), json!("表一"));
    let corrections = [
        correction(first, "/title", &old, &new),
        correction(second, "/title", &old, &new),
        correction(second, "/title", &new, &old),
    ];
    fs::write(folder.join("run/corrections.jsonl"), corrections.concat()).unwrap();
    let (_, judgement) = judged(folder);
    assert_eq!(
        (&judgement["n_defective"], &judgement["leaves"]["n_wrong"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(judgement["fields"][0]["field"], json!("/title"));

    // Forms that are not looked at, and too many that are wrong.
    write_verdicts(folder, &set, |idx| match idx {
        0 => Some("flagged"),
        1 => None,
        _ => Some("defective"),
    });
    let (code, judgement) = judged(folder);
    assert_eq!(
        (code, &judgement["decision"], &judgement["finished"]),
        (Some(1), &json!("rejected"), &json!(false))
    );
    let kinds: Vec<&str> = judgement["advice"]
        .as_array()
        .unwrap()
        .iter()
        .map(|advice| advice["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["inspect_rest", "review_field"]);
    let english = verdict(folder, &["--lang", "en"]);
    assert!(
        english.out.starts_with("REJECTED (all:90): "),
        "{}",
        english.out
    );
    let chinese = verdict(folder, &["--lang", "zh"]);
    assert!(
        chinese.out.starts_with("不接收（all:90）："),
        "{}",
        chinese.out
    );
}

#[test]
fn the_same_seed_draws_the_same_forms() {
    let folder = folder();
    let folder = folder.path();
    let draw = |out: &str, seed: &str| {
        let run = sample(folder, &["percent:20", "--seed", seed, "-o", out]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        fs::read(folder.join(out)).unwrap()
    };
    let first = draw("a.json", "1");
    assert_eq!(first, draw("b.json", "1"));
    assert_ne!(first, draw("c.json", "2"));
}

#[test]
fn what_cannot_be_drawn_or_judged_is_said() {
    let folder = folder();
    let folder = folder.path();
    assert_eq!(sample(folder, &["aql:0.65"]).code, Some(0));
    let again = sample(folder, &["aql:0.65"]);
    assert_eq!(again.code, Some(2));
    assert!(
        again.err.contains("sample.json is there already"),
        "{}",
        again.err
    );
    assert_eq!(sample(folder, &["aql:0.65", "--force"]).code, Some(0));
    let wrong = sample(folder, &["aql:0.7"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("0.65"), "{}", wrong.err);
    assert_eq!(
        run_in(folder, &["sample", "nowhere", "--plan", "all"]).code,
        Some(2)
    );
    assert_eq!(run_in(folder, &["sample", "run"]).code, Some(2));
    assert_eq!(
        run_in(folder, &["sample", "verdict", "run/forms.jsonl"]).code,
        Some(2)
    );
    assert_eq!(verdict(folder, &["--verdicts", "nowhere"]).code, Some(2));

    assert_eq!(verdict(folder, &["--run", "run"]).code, Some(1));
    let forms = folder.join("run/forms.jsonl");
    fs::write(&forms, fs::read_to_string(&forms).unwrap() + "\n").unwrap();
    let changed = verdict(folder, &["--run", "run"]);
    assert_eq!(changed.code, Some(2));
    assert!(changed.err.contains("draw again"), "{}", changed.err);
}
