//! Two runs held against each other by the program: what it says, in which form, and how it ends.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{Run, run_in, run_with_input};

const SAMPLES: [&str; 2] = ["department-ruled-pdf/input.pdf", "annual-utf16/input.txt"];

/// A folder with a run of two samples.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    for sample in SAMPLES {
        let to = folder.path().join(sample);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(samples.join(sample), to).unwrap();
    }
    let run = run_in(
        folder.path(),
        &[
            &["extract"],
            &SAMPLES[..],
            &["-o", "old", "--quiet", "--no-timing", "--provenance"],
        ]
        .concat(),
    );
    assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
    folder
}

fn forms(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("old/forms.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The run with a value of the PDF changed, one of the text written otherwise, and a row of the text gone.
fn write_new(folder: &Path) {
    let mut forms = forms(folder);
    forms[0]["annual_goal"] = json!("<script>alert(1)</script>\u{202e}");
    forms[1]["funds"][0]["amount"] = json!("65000.000");
    forms[1]["indicators"].as_array_mut().unwrap().pop();
    let lines: String = forms.iter().map(|form| format!("{form}\n")).collect();
    fs::write(folder.join("new.jsonl"), lines).unwrap();
}

fn diff(folder: &Path, more: &[&str]) -> Run {
    run_in(folder, &[&["diff", "old", "new.jsonl"], more].concat())
}

#[test]
fn a_run_and_itself_do_not_differ() {
    let folder = folder();
    let run = run_in(folder.path(), &["diff", "old", "old"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let forms = fs::read(folder.path().join("old/forms.jsonl")).unwrap();
    let run = run_with_input(
        folder.path(),
        &["diff", "-", "old/forms.jsonl", "--format", "json"],
        &forms,
    );
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{run:?}");
}

#[test]
fn what_was_changed_is_said_and_nothing_else() {
    let folder = folder();
    let folder = folder.path();
    write_new(folder);
    let run = diff(folder, &["--format", "json"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let found: Vec<(String, String)> = run
        .out
        .lines()
        .map(|line| {
            let difference: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| difference[key].as_str().unwrap().to_owned();
            (text("class"), text("pointer"))
        })
        .collect();
    let n_rows = forms(folder)[1]["indicators"].as_array().unwrap().len();
    let expected = [
        ("value", "/annual_goal".to_owned()),
        ("format", "/funds/0/amount".to_owned()),
        ("removed", format!("/indicators/{}", n_rows - 1)),
    ];
    assert_eq!(
        found,
        expected.map(|(class, pointer)| (class.to_owned(), pointer))
    );
    let run = diff(folder, &["--only", "value", "--ignore", "/annual_goal"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let run = diff(folder, &["--by", "family", "--limit", "1"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("3 differences"), "{}", run.out);
    assert!(run.out.contains("department_overall_target"), "{}", run.out);
    assert!(run.err.contains("1 of 3"), "{}", run.err);
    assert!(run.out.contains("\\u{202e}"), "{}", run.out);
}

#[test]
fn the_page_shows_both_places_and_runs_nothing() {
    let folder = folder();
    let folder = folder.path();
    write_new(folder);
    let run = diff(folder, &["--html", "diff.html"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let page = fs::read_to_string(folder.join("diff.html")).unwrap();
    assert!(!page.contains("<script"), "what a document says is text");
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(page.contains("U+202E"));
    assert_eq!(page.matches("<article").count(), 3);
    // Both sides of the goal are pieces of the same picture.
    assert_eq!(page.matches("background-image:url(data:image/").count(), 1);
    assert_eq!(page.matches("class=\"crop p0\"").count(), 2);
}

#[test]
fn trouble_is_no_difference() {
    let folder = folder();
    let folder = folder.path();
    write_new(folder);
    assert_eq!(run_in(folder, &["diff", "old", "nowhere"]).code, Some(2));
    fs::write(
        folder.join("other.jsonl"),
        "{\"schema\":\"jixiao.document/1\"}\n",
    )
    .unwrap();
    let run = run_in(folder, &["diff", "old", "other.jsonl"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("other.jsonl, line 1"), "{}", run.err);
    assert_eq!(diff(folder, &["--only", "colour"]).code, Some(2));
}
