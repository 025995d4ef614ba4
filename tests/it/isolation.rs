//! One bad file costs at most its limits, and never another file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, folder, run, run_in};

/// A PDF of one page with this content, without a table of its objects: it is found by its objects.
fn pdf(content: &str) -> String {
    let mut pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n".to_owned();
    pdf += "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n";
    pdf += "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<\
            /Font<</F 5 0 R>>>>>>endobj\n";
    let _ = write!(
        pdf,
        "4 0 obj<</Length {}>>stream\n{content}\nendstream endobj\n",
        content.len()
    );
    pdf += "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n";
    pdf + "trailer<</Root 1 0 R>>\n%%EOF\n"
}

/// A page that takes long: so many lines are drawn on it.
fn slow() -> String {
    let mut content = "BT /F 12 Tf 50 700 Td (HELLO) Tj ET\n".to_owned();
    for n in 0..400_000 {
        let _ = writeln!(content, "{} {} m {} 842 l S", n % 595, n % 842, n % 594);
    }
    pdf(&content)
}

fn quick() -> String {
    pdf("BT /F 12 Tf 50 700 Td (HELLO) Tj ET")
}

/// Status and first code of each line of the ledger.
fn ledger(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("out/documents.jsonl")).unwrap();
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let code = line["diagnostics"][0]["code"].as_str().unwrap_or("-");
        let [path, status] = ["path", "status"].map(|key| line[key].as_str().unwrap());
        format!("{path} {status} {code}")
    };
    text.lines().map(line).collect()
}

fn slow_between_quick_ones() -> TempDir {
    folder(&[
        ("a.pdf", &quick()),
        ("b.pdf", &slow()),
        ("c.pdf", &quick()),
        ("d.txt", "年度绩效目标表\n"),
    ])
}

fn extract(folder: &TempDir, more: &[&str]) -> Run {
    let paths = ["extract", "a.pdf", "b.pdf", "c.pdf", "d.txt"];
    let always = ["-o", "out", "--no-timing", "--quiet", "-j", "2"];
    run_in(folder.path(), &[&paths[..], &always, more].concat())
}

#[test]
fn a_page_that_takes_too_long_is_the_only_one_lost() {
    let folder = slow_between_quick_ones();
    let run = extract(&folder, &["--page-cpu", "0.05"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(
        ledger(folder.path()),
        [
            "a.pdf no_form RECOVERED",
            "b.pdf failed TIMEOUT",
            "c.pdf no_form RECOVERED",
            "d.txt no_form FORM_UNREAD",
        ]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_takes_too_much_memory_is_the_only_one_lost() {
    let folder = slow_between_quick_ones();
    // No process is as small; but only a file that takes long enough to be looked at is stopped.
    let run = extract(&folder, &["--max-memory", "1M"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(ledger(folder.path())[1], "b.pdf failed LIMIT_MEMORY");
}

#[test]
fn where_files_are_read_makes_no_difference() {
    let read = |isolation: &str, jobs: &str| {
        let run = run(&[
            "extract",
            "samples",
            "--no-timing",
            "--quiet",
            "--ocr",
            "never",
            "--provenance",
            "--ledger",
            "-",
            "--isolation",
            isolation,
            "-j",
            jobs,
        ]);
        assert!(!run.out.is_empty(), "{run:?}");
        run.out
    };
    let here = read("none", "1");
    assert_eq!(read("process", "1"), here);
    assert_eq!(read("process", "3"), here);
}

#[cfg(target_os = "linux")]
/// Processes that this one has started.
fn children(parent: u32) -> Vec<String> {
    let path = format!("/proc/{parent}/task");
    let tasks = fs::read_dir(path).into_iter().flatten().flatten();
    let lists = tasks.map(|task| fs::read_to_string(task.path().join("children")));
    let list: Vec<String> = lists.map(Result::unwrap_or_default).collect();
    list.iter()
        .flat_map(|list| list.split_whitespace().map(str::to_owned))
        .collect()
}

/// Whether a process has read so many bytes: it has a file of that size, then.
#[cfg(target_os = "linux")]
fn has_read(process: &str, n_bytes: u64) -> bool {
    let counts = fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    let count = counts.lines().find_map(|line| line.strip_prefix("rchar: "));
    count.is_some_and(|count| count.parse::<u64>().unwrap() >= n_bytes)
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_brings_its_process_down_twice_is_the_only_one_lost() {
    use std::process::{Command, Stdio};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use crate::program::program;

    let folder = slow_between_quick_ones();
    let mut command = program();
    command
        .current_dir(folder.path())
        .args(["extract", "b.pdf", "c.pdf", "-o", "out", "--no-timing"])
        .args(["--quiet", "-j", "1"])
        .stdin(Stdio::null());
    let n_bytes = fs::metadata(folder.path().join("b.pdf")).unwrap().len();
    let mut child = command.spawn().unwrap();
    // As an overflow of the stack ends it: first the worker that has the file, then the one that tries it again.
    let mut ended: Vec<String> = Vec::new();
    let began = Instant::now();
    while ended.len() < 2 {
        assert!(began.elapsed() < Duration::from_secs(60), "{ended:?}");
        assert!(child.try_wait().unwrap().is_none(), "{ended:?}");
        sleep(Duration::from_millis(5));
        for worker in children(child.id()) {
            if !ended.contains(&worker) && has_read(&worker, n_bytes) {
                let status = Command::new("kill").args(["-ABRT", &worker]).status();
                assert!(status.unwrap().success());
                ended.push(worker);
            }
        }
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(
        ledger(folder.path()),
        ["b.pdf failed CRASH", "c.pdf no_form RECOVERED"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn killed_workers_lose_nothing() {
    use std::process::Stdio;
    use std::thread::sleep;
    use std::time::Duration;

    use crate::program::program;

    let folder = tempfile::tempdir().unwrap();
    for n in 0..40 {
        let text = slow().replace("HELLO", &format!("HELLO {n}"));
        fs::write(folder.path().join(format!("{n:02}.pdf")), text).unwrap();
    }
    let command = |out: &str, isolation: &str| {
        let mut command = program();
        command
            .current_dir(folder.path())
            .args(["extract", ".", "--no-timing", "--quiet", "-j", "2"])
            .args(["--isolation", isolation, "-o", out])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        command
    };
    let out = |name: &str| folder.path().join(format!("run-{name}"));
    let mut child = command(out("killed").to_str().unwrap(), "process")
        .spawn()
        .unwrap();
    // A file whose second try is killed as well is lost, and rightly. A worker that has read several files has a first try.
    let n_bytes = fs::metadata(folder.path().join("00.pdf")).unwrap().len();
    let mut n_killed = 0;
    while child.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(20));
        let seasoned = |worker: &&String| has_read(worker, 4 * n_bytes);
        if n_killed < 4
            && let Some(worker) = children(child.id()).iter().find(seasoned)
        {
            let killed = std::process::Command::new("kill")
                .args(["-9", worker])
                .status();
            n_killed += u32::from(killed.is_ok_and(|status| status.success()));
        }
    }
    assert!(n_killed > 1, "{n_killed} workers were found");
    let ledger = |name: &str| fs::read_to_string(out(name).join("documents.jsonl")).unwrap();
    let killed = ledger("killed");
    fs::remove_dir_all(out("killed")).unwrap();
    let whole = command(out("whole").to_str().unwrap(), "none")
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), whole.code());
    assert_eq!(killed, ledger("whole"));
}
