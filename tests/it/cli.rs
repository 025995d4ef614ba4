//! The program as a user meets it: outputs, exit codes, order, and what happens when things go wrong.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::program::{folder, names, program, run, run_in, run_with_input};

/// A text that holds no form, and one that holds the beginning of one.
const PROSE: &str = "关于做好预算公开工作的通知\n\n各部门:\n请按时公开。\n";
const FORM: &str = "\
年度绩效目标表

单位信息: 203001-万源市社保局
预算项目: 51178121T000000027938-个人权益记录
主管部门: 203-万源市社保局本级
项目总额: 2.00 万元
预算执行率权重: 10
其中: 财政资金: 2.00 万元
年度目标:
按时完成各项基金征收拨付工作。
一级指标\t二级指标\t三级指标\t绩效指标性质\t绩效指标值\t绩效度量单位\t权重
产出指标\t数量指标\t参保人数\t≥\t3\t万人\t90
";

fn ledger(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Status and codes of each ledger line.
fn outcomes(text: &str) -> Vec<String> {
    let codes = |line: &Value| -> String {
        let codes = line["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["code"].as_str().unwrap());
        codes.collect::<Vec<_>>().join(",")
    };
    let value = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    ledger(text)
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                value(line, "path"),
                value(line, "status"),
                codes(line)
            )
        })
        .collect()
}

#[test]
fn a_clean_reading_without_forms_is_a_success() {
    let folder = folder(&[("a.txt", PROSE)]);
    let run = run_in(folder.path(), &["extract", "a.txt"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
    assert!(
        run.err.contains("1 document: no_form 1; 0 forms"),
        "{}",
        run.err
    );
}

#[test]
fn every_input_leaves_one_ledger_line_in_order() {
    let folder = folder(&[
        ("b.txt", PROSE),
        ("empty.pdf", ""),
        ("d/a.txt", PROSE),
        ("d/x.jsonl", "{}"),
    ]);
    let run = run_in(
        folder.path(),
        &[
            "extract",
            "no.pdf",
            "d",
            "empty.pdf",
            "b.txt",
            "*.docx",
            "-o",
            "out",
        ],
    );
    assert_eq!(run.code, Some(1));
    assert_eq!(
        outcomes(&fs::read_to_string(folder.path().join("out/documents.jsonl")).unwrap()),
        [
            "no.pdf failed IO_NOT_FOUND",
            "d/a.txt no_form ",
            "d/x.jsonl skipped SKIP_EXT",
            "empty.pdf failed EMPTY_FILE",
            "b.txt no_form ",
            "*.docx failed IO_NOT_FOUND",
        ]
    );
}

#[test]
fn a_failed_file_is_one_line_with_its_code_and_what_to_do() {
    let folder = folder(&[("empty.pdf", "")]);
    let run = run_in(folder.path(), &["extract", "empty.pdf"]);
    let lines: Vec<&str> = run
        .err
        .lines()
        .filter(|line| line.contains("empty.pdf"))
        .collect();
    assert_eq!(lines.len(), 1, "{}", run.err);
    assert!(
        lines[0].contains("EMPTY_FILE") && lines[0].contains("jixiao explain EMPTY_FILE"),
        "{}",
        lines[0]
    );
    let zh = run_in(folder.path(), &["extract", "empty.pdf", "--lang", "zh"]);
    assert!(
        zh.err.contains("文件为空") && zh.err.contains("共 1 个文件：失败 1"),
        "{}",
        zh.err
    );
    let quiet = run_in(folder.path(), &["extract", "empty.pdf", "--quiet"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (Some(1), ""));
}

#[test]
fn a_run_directory_holds_forms_ledger_and_summary() {
    let folder = folder(&[("a.txt", PROSE)]);
    assert_eq!(
        run_in(folder.path(), &["extract", "a.txt", "-o", "out"]).code,
        Some(0)
    );
    let out = folder.path().join("out");
    assert_eq!(
        names(&out),
        ["documents.jsonl", "forms.jsonl", "summary.json"]
    );
    let summary: Value =
        serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(
        (&summary["documents"], &summary["statuses"]["no_form"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn an_output_that_is_there_is_replaced_only_by_force() {
    let folder = folder(&[
        ("a.txt", PROSE),
        ("out/mine.txt", "mine"),
        ("x.jsonl", "mine"),
        ("l.jsonl", "mine"),
    ]);
    for args in [
        &["-o", "out"][..],
        &["-o", "x.jsonl"],
        &["--ledger", "l.jsonl"],
    ] {
        let args = [&["extract", "a.txt"], args].concat();
        let refused = run_in(folder.path(), &args);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
        assert!(refused.err.contains("--force"), "{}", refused.err);
        assert_eq!(
            run_in(folder.path(), &[&args[..], &["--force"]].concat()).code,
            Some(0)
        );
    }
    // Nothing is deleted but what is replaced, and nothing temporary is left.
    assert_eq!(
        names(&folder.path().join("out")),
        ["documents.jsonl", "forms.jsonl", "mine.txt", "summary.json"]
    );
    assert_eq!(names(folder.path()), ["a.txt", "l.jsonl", "out", "x.jsonl"]);
}

#[test]
fn forms_go_to_standard_output_or_to_a_file_of_forms() {
    let folder = folder(&[("a.txt", FORM)]);
    let shown = run_in(folder.path(), &["extract", "a.txt"]);
    let written = run_in(
        folder.path(),
        &["extract", "a.txt", "-o", "x.jsonl", "--ledger", "l.jsonl"],
    );
    assert_eq!(written.out, "");
    assert_eq!(
        fs::read_to_string(folder.path().join("x.jsonl")).unwrap(),
        shown.out
    );
    assert_eq!(
        ledger(&fs::read_to_string(folder.path().join("l.jsonl")).unwrap()).len(),
        1
    );
}

#[test]
fn the_number_of_threads_does_not_reach_the_output() {
    let texts: Vec<(String, String)> = (0..40)
        .map(|idx| {
            (
                format!("{idx:02}.txt"),
                if idx % 3 == 0 {
                    PROSE.to_owned()
                } else {
                    FORM.replace("203", &format!("2{idx:02}"))
                },
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let folder = folder(&files);
    for jobs in ["1", "2", "8"] {
        let run = run_in(
            folder.path(),
            &[
                "extract",
                "*.txt",
                "missing",
                "-o",
                &format!("out{jobs}"),
                "-j",
                jobs,
                "--no-timing",
            ],
        );
        assert_eq!(run.code, Some(1), "{}", run.err);
    }
    for name in ["forms.jsonl", "documents.jsonl", "summary.json"] {
        let of = |jobs: &str| {
            fs::read_to_string(folder.path().join(format!("out{jobs}")).join(name)).unwrap()
        };
        assert!(of("1") == of("2") && of("1") == of("8"), "{name}");
    }
}

#[test]
fn a_list_of_files_comes_from_standard_input() {
    let folder = folder(&[("a.txt", PROSE), ("b c.txt", PROSE), ("list", "b c.txt\n")]);
    let args = ["extract", "--files-from", "-", "--ledger", "-"];
    let lines = run_with_input(folder.path(), &args, b"a.txt\r\n\nb c.txt\nno.txt");
    assert_eq!(
        outcomes(&lines.out),
        [
            "a.txt no_form ",
            "b c.txt no_form ",
            "no.txt failed IO_NOT_FOUND"
        ]
    );
    let nul = run_with_input(folder.path(), &args, b"b c.txt\0a.txt\0");
    assert_eq!(outcomes(&nul.out), ["b c.txt no_form ", "a.txt no_form "]);
    let file = run_in(
        folder.path(),
        &["extract", "--files-from", "list", "--ledger", "-"],
    );
    assert_eq!(outcomes(&file.out), ["b c.txt no_form "]);
}

#[test]
fn wrong_usage_is_told_from_a_failing_environment() {
    let folder = folder(&[("a.txt", PROSE), ("file", "x")]);
    let code = |args: &[&str]| run_in(folder.path(), args).code;
    assert_eq!(code(&["extract"]), Some(2));
    assert_eq!(code(&["extract", "a.txt", "-j", "0"]), Some(2));
    assert_eq!(code(&["extract", "a.txt", "--max-bytes", "much"]), Some(2));
    assert_eq!(
        code(&["extract", "a.txt", "--grammar", "no-such-folder"]),
        Some(2)
    );
    assert_eq!(
        code(&["extract", "a.txt", "--password-file", "no-such-file"]),
        Some(2)
    );
    assert_eq!(code(&["extract", "--files-from", "no-such-list"]), Some(2));
    assert_eq!(code(&["extract", "a.txt", "-o", "file"]), Some(2));
    assert_eq!(code(&["extract", "a.txt", "-o", "file/x.jsonl"]), Some(3));
    assert_eq!(code(&["frobnicate"]), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failing_environment() {
    let folder = folder(&[("a.txt", PROSE)]);
    let run = run_in(
        folder.path(),
        &["extract", "a.txt", "--ledger", "/dev/full"],
    );
    assert_eq!(run.code, Some(3));
    assert!(run.err.contains("cannot write /dev/full"), "{}", run.err);
}

#[test]
fn a_file_over_the_limit_is_skipped_and_said() {
    let folder = folder(&[("a.txt", PROSE)]);
    let run = run_in(
        folder.path(),
        &["extract", "a.txt", "--max-bytes", "3", "--ledger", "-"],
    );
    assert_eq!(
        (run.code, outcomes(&run.out)),
        (Some(1), vec!["a.txt skipped LIMIT_SIZE".to_owned()])
    );
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    for args in [
        &["explain", "--list"][..],
        &["schema"],
        &["man"],
        &["completions", "bash"],
        &["help"],
    ] {
        let mut child = program()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (
                output.status.code(),
                String::from_utf8_lossy(&output.stderr).as_ref()
            ),
            (Some(0), ""),
            "{args:?}"
        );
    }
    let folder = folder(&[("a.txt", FORM)]);
    let mut command = program();
    command
        .current_dir(folder.path())
        .args(["extract", "a.txt", "a.txt", "--quiet"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{:?}",
        output.status
    );
}

#[cfg(unix)]
#[test]
fn a_name_of_any_bytes_keeps_the_output_whole_and_the_terminal_safe() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = folder(&[]);
    let name = OsStr::from_bytes(b"\xb1\xed\n\t\x1b[31m.pdf");
    fs::write(folder.path().join(name), "").unwrap();
    let run = run_in(folder.path(), &["extract", ".", "--ledger", "-"]);
    let lines = ledger(&run.out);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["path_b64"], "Li+x7QoJG1szMW0ucGRm");
    assert!(!run.err.contains('\u{1b}'), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn pipes_and_links_in_a_folder_are_named_and_left_aside() {
    let folder = folder(&[("a.txt", PROSE)]);
    std::os::unix::fs::symlink(".", folder.path().join("loop")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("zero.pdf")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join("fifo.pdf"))
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no mkfifo here");
        return;
    }
    let run = run_in(
        folder.path(),
        &["extract", ".", "zero.pdf", "--ledger", "-"],
    );
    assert_eq!(
        outcomes(&run.out),
        [
            "./a.txt no_form ",
            "./fifo.pdf skipped NOT_REGULAR",
            "./loop skipped SKIP_SYMLINK",
            "./zero.pdf skipped SKIP_SYMLINK",
            "zero.pdf skipped NOT_REGULAR",
        ]
    );
}

#[test]
fn schemas_completions_and_manual_pages_are_printed() {
    let schema: Value = serde_json::from_str(&run(&["schema"]).out).unwrap();
    assert_eq!(schema["properties"]["schema"]["const"], "jixiao.form/1");
    let schema: Value = serde_json::from_str(&run(&["schema", "document"]).out).unwrap();
    assert_eq!(schema["properties"]["schema"]["const"], "jixiao.document/1");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(
            run(&["completions", shell]).out.contains("jixiao"),
            "{shell}"
        );
    }
    assert!(run(&["man"]).out.contains(".TH jixiao 1"));
    assert!(run(&["man", "extract"]).out.contains("Exit codes"));
    assert_eq!(run(&["man", "frobnicate"]).code, Some(2));
}

#[test]
fn grammars_are_in_order() {
    assert_eq!(run(&["grammar", "list"]).code, Some(0));
    assert_eq!(run(&["grammar", "check"]).code, Some(0));
    let test = run(&["grammar", "test"]);
    assert_eq!(test.code, Some(0), "{}", test.out);
    assert_eq!(run(&["grammar", "check", "no-such-folder"]).code, Some(1));
}

#[test]
fn every_stage_can_be_shown() {
    let folder = folder(&[("a.txt", FORM)]);
    for stage in ["page", "layout", "raw", "form"] {
        for format in ["text", "json"] {
            let run = run_in(
                folder.path(),
                &["dump", "--stage", stage, "a.txt", "--format", format],
            );
            assert_eq!(run.code, Some(0), "{stage} {format}: {}", run.err);
        }
    }
    let missing = run_in(folder.path(), &["dump", "no.txt"]);
    assert_eq!((missing.code, missing.out.as_str()), (Some(1), ""));
}

#[test]
fn progress_is_shown_as_lines_where_asked_for_without_a_terminal() {
    let folder = folder(&[("a.txt", PROSE)]);
    let shown = run_in(folder.path(), &["extract", "a.txt", "--progress", "always"]);
    assert!(
        shown.err.contains("1/1 files, 0 pages, 0 forms"),
        "{}",
        shown.err
    );
    let silent = run_in(folder.path(), &["extract", "a.txt"]);
    assert!(!silent.err.contains("1/1"), "{}", silent.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_the_system_does_not_hand_over_is_said() {
    let read = run(&["extract", "/proc/self/mem", "--ledger", "-", "--quiet"]);
    assert_eq!(read.code, Some(1), "{read:?}");
    assert!(read.out.contains("IO_READ"), "{read:?}");
}
