//! `jixiao doctor` on a machine that lacks something, and on one that does not.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::program::{Run, folder, program, read_run};

/// Runs `doctor` where there are no models, no programs and no library.
fn doctor(folder: &Path, args: &[&str]) -> Run {
    let mut command = program();
    command
        .arg("doctor")
        .args(args)
        .current_dir(folder)
        .env("JIXIAO_MODELS", folder.join("models"))
        .env("PATH", folder)
        .env_remove("ORT_DYLIB_PATH")
        .stdin(Stdio::null());
    read_run(command)
}

#[test]
fn a_machine_without_models_is_told_which_command_helps() {
    let folder = folder(&[]);
    let run = doctor(folder.path(), &[]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    for expected in [
        "  + project_target@1\n",
        "  - tiny_rec: missing; run `jixiao models install`\n",
        "  - the locale C does not say UTF-8",
        "  + digital files can be read\n",
        "  - the text of scans cannot be recognised: see rten above\n",
    ] {
        assert!(run.out.contains(expected), "{expected}: {}", run.out);
    }
    let run = doctor(folder.path(), &["--lang", "zh"]);
    assert!(
        run.out.contains("  - 无法识别扫描件文字：见上文 rten\n"),
        "{}",
        run.out
    );
}

#[test]
fn a_program_reads_what_is_missing() {
    let folder = folder(&[]);
    let args = [
        "--format",
        "json",
        "--engine",
        "ort",
        "--grammar",
        "nowhere",
    ];
    let run = doctor(folder.path(), &args);
    assert_eq!(run.code, Some(1));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["schema"], "jixiao.doctor/1");
    assert_eq!(report["engine"], "ort");
    assert_eq!(report["reads_digital"], false);
    assert_eq!(report["reads_scans"], false);
    assert_eq!(report["models"][0]["state"], "missing");
    let fault = |idx: usize| report["engines"][idx]["fault"].as_str().unwrap();
    assert!(fault(0).contains("`jixiao models install`"), "{}", fault(0));
    assert!(fault(1).contains("--ort-library"), "{}", fault(1));
    assert!(fault(2).contains("not installed"), "{}", fault(2));
}

#[test]
fn no_engine_is_not_in_order() {
    let run = doctor(folder(&[]).path(), &["--engine", "none"]);
    assert_eq!(run.code, Some(1));
    let expected = "  - the text of scans is not recognised: the engine is none\n";
    assert!(run.out.ends_with(expected), "{}", run.out);
}

/// A stand-in for tesseract that says what tesseract says.
#[cfg(unix)]
#[test]
fn a_machine_with_an_engine_is_in_order() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    let script = "#!/bin/sh\ncase $1 in --version) echo tesseract 5.3.0;; --list-langs) echo chi_sim;; *) cat >/dev/null; echo \"<html><body><div class='ocr_page' title='bbox 0 0 96 48'></div></body></html>\";; esac\n";
    let folder = folder(&[("tesseract", script)]);
    let path = folder.path().join("tesseract");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let run = doctor(folder.path(), &["--engine", "tesseract"]);
    assert_eq!(run.code, Some(0), "{}", run.out);
    let expected = "  + tesseract: tesseract_5.3.0_chi_sim\n";
    assert!(run.out.contains(expected), "{}", run.out);
}
