//! `jixiao worker`: each line is answered by one line, whatever it asks for.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{program, run_in};

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let form = fs::read("samples/seed-text/input.txt").unwrap();
    fs::write(folder.path().join("a b.txt"), form).unwrap();
    fs::write(folder.path().join("no form.txt"), "一句话。\n").unwrap();
    folder
}

fn start(folder: &Path, args: &[&str]) -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut child = program()
        .current_dir(folder)
        .arg("worker")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    (child, input, BufReader::new(output))
}

fn answer(output: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

#[test]
fn each_question_is_answered_before_the_next_is_asked() {
    let folder = folder();
    let (mut child, mut input, mut output) = start(folder.path(), &["--deterministic"]);
    let mut ask = |line: &str| {
        writeln!(input, "{line}").unwrap();
        answer(&mut output)
    };
    let found = ask("{\"path\": \"a b.txt\", \"id\": {\"nth\": 1}}");
    assert_eq!(found["schema"], "jixiao.envelope/1");
    assert_eq!(found["id"]["nth"], 1);
    let status = &found["document"]["status"];
    assert!(status == "ok" || status == "partial", "{found}");
    let forms = found["forms"].as_array().unwrap();
    assert_eq!(found["document"]["forms"], forms.len());
    assert!(!forms.is_empty());
    assert_eq!(found["document"]["elapsed_ms"], Value::Null);
    let uri = format!("file://{}/a%20b.txt", folder.path().display());
    assert_eq!(ask(&uri)["forms"].as_array().unwrap().len(), forms.len());
    assert_eq!(ask("no form.txt")["document"]["status"], "no_form");
    for (line, code) in [
        ("nowhere.pdf", "IO_NOT_FOUND"),
        ("", "IO_NOT_FOUND"),
        (".", "NOT_REGULAR"),
        ("{\"path\"", "IO_NOT_FOUND"),
        ("hdfs://a/b.pdf", "UNSUPPORTED"),
    ] {
        let found = ask(line);
        assert_eq!(
            found["document"]["diagnostics"][0]["code"], code,
            "{line}: {found}"
        );
        assert_eq!(found["forms"], Value::Array(vec![]));
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn many_lines_are_answered_in_their_order() {
    let folder = folder();
    let lines: String = (0..300)
        .map(|nth| {
            let path = ["a b.txt", "no form.txt", "nowhere"][nth % 3];
            format!("{{\"path\": \"{path}\", \"id\": {nth}}}\n")
        })
        .collect();
    let answers = |jobs: &str| {
        let (mut child, mut input, output) = start(folder.path(), &["-j", jobs, "--deterministic"]);
        let lines = lines.clone();
        let asking = std::thread::spawn(move || input.write_all(lines.as_bytes()));
        let answers: Vec<String> = output.lines().map(Result::unwrap).collect();
        asking.join().unwrap().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        answers
    };
    let one = answers("1");
    let ids: Vec<Value> = one
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone())
        .collect();
    assert_eq!(ids, (0..300).map(Value::from).collect::<Vec<_>>());
    assert_eq!(answers("3"), one);
}

#[test]
fn exit_codes_speak_of_the_machine() {
    let folder = folder();
    let code = |args: &[&str]| run_in(folder.path(), &[&["worker"], args].concat()).code;
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--no-such-option"]), Some(64));
    assert_eq!(code(&["--grammar", "nowhere"]), Some(64));
    let missing = ["--second-ocr", "ort", "--ort-library", "/nowhere/lib.so"];
    assert_eq!(code(&missing), Some(69));
}

#[test]
fn a_reader_that_has_gone_ends_it() {
    let folder = folder();
    let (mut child, mut input, output) = start(folder.path(), &[]);
    drop(output);
    writeln!(input, "a b.txt").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(74));
    drop(input);
}

#[test]
fn it_gives_signs_of_life() {
    let folder = folder();
    let (mut child, input, _output) = start(folder.path(), &["--heartbeat", "0.05"]);
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert_eq!(line, "reporter:status:jixiao answered 0, in hand 0\n");
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
