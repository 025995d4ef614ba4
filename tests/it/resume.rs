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
