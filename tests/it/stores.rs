//! Addresses of objects in a build without stores: known for what they are, and refused with a line each.
#![cfg(not(feature = "s3"))]

use serde_json::Value;

use crate::program::{run_in, run_with_input};

#[test]
fn an_object_leaves_a_line_that_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let args = [
        "extract",
        "s3://bucket/a.pdf",
        "--ledger",
        "-",
        "-o",
        "x.jsonl",
        "--quiet",
    ];
    let run = run_in(folder.path(), &args);
    assert_eq!(run.code, Some(1), "{run:?}");
    let line: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(line["path"], "s3://bucket/a.pdf");
    assert_eq!(line["diagnostics"][0]["code"], "UNSUPPORTED");
    let said = line["diagnostics"][0]["message"].as_str().unwrap();
    assert!(said.contains("--features s3"), "{said}");
    let run = run_with_input(folder.path(), &["worker"], b"s3://bucket/a.pdf\n");
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answer["document"]["diagnostics"][0]["code"], "UNSUPPORTED");
}

#[test]
fn nothing_is_read_for_an_output_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        ["extract", "x.txt", "-o", "s3://bucket/run"],
        ["export", "run", "--to=csv", "--output=s3://bucket/run"],
    ] {
        let run = run_in(folder.path(), &args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.err.contains("--features s3"), "{}", run.err);
        let run = run_in(folder.path(), &[&args[..], &["--lang", "zh"]].concat());
        assert!(run.err.contains("请以 --features s3"), "{}", run.err);
    }
}
