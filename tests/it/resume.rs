//! A run that is ended goes on where it stopped, and ends with the same bytes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::{names, program, run_in};

/// A folder with so many forms.
fn forms(n: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    for n in 0..n {
        let mut text =
            format!("年度绩效目标表\n\n项目名称: 道路养护第{n}标段\n主管部门: 203-某县交通局\n\n");
        text += "一级指标\t二级指标\t三级指标\t指标性质\t指标值\t度量单位\t权重 (%)\n";
        for row in 0..400 {
            let _ = writeln!(
                text,
                "产出指标\t数量指标\t养护里程{row}\t≥\t{n}\t公里\t0.25"
            );
        }
        fs::write(folder.path().join(format!("in/{n:04}.txt")), text).unwrap();
    }
    folder
}

const ARGS: [&str; 7] = ["extract", "in", "--no-timing", "--quiet", "-j", "2", "-o"];

fn start(folder: &Path, out: &str) -> Child {
    let mut command = program();
    command.current_dir(folder).args(ARGS).arg(out);
    command.stdin(Stdio::null()).spawn().unwrap()
}

/// Waits until a run has a checkpoint; `false` where it has ended before.
fn wait_for_checkpoint(child: &mut Child, out: &Path) -> bool {
    let began = Instant::now();
    while !out.join(".jixiao-checkpoint.json").exists() {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "no checkpoint");
        sleep(Duration::from_millis(5));
    }
    true
}

fn outputs(out: &Path) -> Vec<String> {
    let files = ["forms.jsonl", "documents.jsonl", "summary.json"];
    assert_eq!(names(out).len(), files.len(), "{:?}", names(out));
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    files.map(read).to_vec()
}

#[test]
fn a_killed_run_goes_on_and_ends_with_the_same_bytes() {
    let folder = forms(50);
    let out = folder.path().join("killed");
    let mut child = start(folder.path(), "killed");
    assert!(wait_for_checkpoint(&mut child, &out), "it is done too soon");
    child.kill().unwrap();
    child.wait().unwrap();

    // Another run cannot take it up, and says why.
    let other = [&ARGS[..], &["killed", "--provenance"]].concat();
    let refused = run_in(folder.path(), &other);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("other settings"), "{refused:?}");

    let mut again = start(folder.path(), "killed");
    let code = again.wait().unwrap().code();
    let mut whole = start(folder.path(), "whole");
    assert_eq!(code, whole.wait().unwrap().code());
    assert!(outputs(&out) == outputs(&folder.path().join("whole")));
}

#[cfg(unix)]
#[test]
fn a_run_that_is_told_to_end_finishes_what_is_in_hand() {
    let folder = forms(50);
    let out = folder.path().join("ended");
    let mut child = start(folder.path(), "ended");
    assert!(wait_for_checkpoint(&mut child, &out), "it is done too soon");
    let pid = child.id().to_string();
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut again = start(folder.path(), "ended");
    again.wait().unwrap();
    let mut whole = start(folder.path(), "whole");
    whole.wait().unwrap();
    assert!(outputs(&out) == outputs(&folder.path().join("whole")));
}

#[test]
fn parts_of_the_inputs_are_read() {
    let folder = crate::program::folder(&[
        ("in/a.txt", "甲"),
        ("in/b.txt", "甲"),
        ("in/c.txt", "乙"),
        ("in/d.csv", "丙"),
    ]);
    let list = |more: &[&str]| {
        let run = run_in(
            folder.path(),
            &[&["extract", "in", "--dry-run"], more].concat(),
        );
        assert_eq!(run.code, Some(0), "{run:?}");
        run.out
    };
    assert_eq!(list(&[]), "in/a.txt\nin/b.txt\nin/c.txt\nin/d.csv\n");
    assert_eq!(
        list(&["--dedupe"]),
        "in/a.txt\nin/b.txt\tSKIP_DUPLICATE has the same bytes as in/a.txt\nin/c.txt\nin/d.csv\n"
    );
    assert_eq!(
        list(&["--include", "*.txt", "--exclude", "a*"]),
        "in/b.txt\nin/c.txt\n"
    );
    assert_eq!(list(&["--shard", "2/2"]), "in/b.txt\nin/d.csv\n");
    assert_eq!(names(folder.path()), ["in"]);
}

#[test]
fn a_run_with_too_many_failures_ends_and_can_be_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..60 {
        fs::write(
            folder.path().join(format!("{n:02}.pdf")),
            "%PDF-1.4 nothing",
        )
        .unwrap();
    }
    let run = |more: &[&str]| {
        let args = ["extract", ".", "-o", "out", "--no-timing", "-j", "1"];
        run_in(folder.path(), &[&args[..], more].concat())
    };
    let ended = run(&["--max-failures", "3"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.err.contains("too many documents have failed"),
        "{ended:?}"
    );
    assert!(!folder.path().join("out/documents.jsonl").exists());
    let whole = run(&[]);
    assert_eq!(whole.code, Some(1));
    assert!(whole.err.contains("taking up the run"), "{whole:?}");
    let ledger = fs::read_to_string(folder.path().join("out/documents.jsonl")).unwrap();
    assert_eq!(ledger.lines().count(), 60);
    // A run that has ended is replaced by --force alone.
    assert_eq!(run(&["--resume"]).code, Some(2));
}
