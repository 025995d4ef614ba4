//! Archives: every member is read or has its line, whatever the archive states.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{program, run_in};

/// What an archive states of a member.
struct Stated {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    /// Unix mode, 0 for none.
    mode: u32,
    crc32: u32,
    n_bytes: u32,
    packed: Vec<u8>,
    /// Place of its local header; `None` for where it is written.
    offset: Option<u32>,
}

/// A member as it should be, deflated.
fn member(name: &str, content: &[u8]) -> Stated {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    Stated {
        name: name.into(),
        flags: 1 << 11,
        method: 8,
        mode: 0,
        crc32: rawzip::crc32(content),
        n_bytes: u32::try_from(content.len()).unwrap(),
        packed: encoder.finish().unwrap(),
        offset: None,
    }
}

/// An archive (APPNOTE 6.3.10, 4.3) that states this.
fn archive(members: &[Stated]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for stated in members {
        let offset = u32::try_from(bytes.len()).unwrap();
        let offset = stated.offset.unwrap_or(offset);
        let mut common = Vec::new();
        for number in [20, stated.flags, stated.method, 0, 0] {
            common.extend(number.to_le_bytes());
        }
        let n_packed = u32::try_from(stated.packed.len()).unwrap();
        for number in [stated.crc32, n_packed, stated.n_bytes] {
            common.extend(number.to_le_bytes());
        }
        common.extend(u32::try_from(stated.name.len()).unwrap().to_le_bytes());
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend((stated.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&stated.name);
        if stated.offset.is_none() {
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&common);
            bytes.extend(&stated.name);
            bytes.extend(&stated.packed);
        }
    }
    let n = u16::try_from(members.len()).unwrap();
    let start = u32::try_from(bytes.len()).unwrap();
    let length = u32::try_from(directory.len()).unwrap();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([n.to_le_bytes(), n.to_le_bytes()].concat());
    bytes.extend([length.to_le_bytes(), start.to_le_bytes()].concat());
    bytes.extend([0; 2]);
    bytes
}

const FORM: &str = "\
年度绩效目标表

项目名称: 道路养护
主管部门: 203-某县交通局

一级指标\t二级指标\t三级指标\t指标性质\t指标值\t度量单位\t权重 (%)
产出指标\t数量指标\t养护里程\t≥\t8\t公里\t100
";

/// A folder with archives of these names.
fn folder(archives: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in archives {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// The ledger of a run over the folder: a line an input, its path, status and codes.
fn ledger(folder: &Path, args: &[&str]) -> String {
    let mut all = vec!["extract", "-o", "out", "--force", "--quiet"];
    all.extend(args);
    let run = run_in(folder, &all);
    assert!(matches!(run.code, Some(0 | 1)), "{run:?}");
    let text = fs::read_to_string(folder.join("out/documents.jsonl")).unwrap();
    let mut lines = String::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let codes = line["diagnostics"].as_array().unwrap().iter();
        let codes: Vec<&str> = codes.map(|d| d["code"].as_str().unwrap()).collect();
        let (path, status) = (
            line["path"].as_str().unwrap(),
            line["status"].as_str().unwrap(),
        );
        writeln!(lines, "{path} {status} {}", codes.join(" ")).unwrap();
    }
    lines
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

#[test]
fn members_are_inputs_and_give_what_files_give() {
    let gbk = Stated {
        name: b"\xd4\xa4\xcb\xe3/\xb1\xed.txt".to_vec(),
        flags: 0,
        ..member("", FORM.as_bytes())
    };
    let windows = member("2023\\a.txt", FORM.as_bytes());
    let stored = Stated {
        method: 0,
        packed: FORM.as_bytes().to_vec(),
        ..member("b.txt", FORM.as_bytes())
    };
    let directory = member("sub/", b"");
    let mac = member("__MACOSX/._b.txt", b"x");
    let code = member("sub/data.json", b"{}");
    let bytes = archive(&[gbk, windows, stored, directory, mac, code]);
    let folder = folder(&[("z.zip", &bytes), ("a.txt", FORM.as_bytes())]);
    let expected = "\
a.txt ok
z.zip!/预算/表.txt ok
z.zip!/2023/a.txt ok
z.zip!/b.txt ok
z.zip!/__MACOSX/._b.txt skipped SKIP_EXT
z.zip!/sub/data.json skipped SKIP_EXT
";
    for isolation in ["process", "none"] {
        let args = ["a.txt", "z.zip", "--isolation", isolation];
        assert_eq!(ledger(folder.path(), &args), expected);
    }
    let lines = fs::read_to_string(folder.path().join("out/forms.jsonl")).unwrap();
    let mut forms: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(forms.len(), 4);
    for form in &mut forms {
        form["document"]["path"].take();
    }
    assert!(forms.windows(2).all(|two| two[0] == two[1]), "{lines}");
    let documents = fs::read_to_string(folder.path().join("out/documents.jsonl")).unwrap();
    let gbk: Value = serde_json::from_str(documents.lines().nth(1).unwrap()).unwrap();
    // `z.zip!/` and the bytes of the member's path.
    assert_eq!(gbk["path_b64"], "ei56aXAhL9Sky+Mvse0udHh0");
}

#[test]
fn a_member_can_be_named_shown_chosen_and_found_twice() {
    let members = [
        member("a.txt", FORM.as_bytes()),
        member("b.json", FORM.as_bytes()),
    ];
    let folder = folder(&[("z.zip", &archive(&members)), ("c.txt", FORM.as_bytes())]);
    let of = |args: &[&str]| ledger(folder.path(), args);
    assert_eq!(of(&["z.zip!/b.json"]), "z.zip!/b.json ok\n");
    assert_eq!(of(&["z.zip!/d.txt"]), "z.zip!/d.txt failed IO_NOT_FOUND\n");
    assert_eq!(
        of(&["z.zip", "--include", "z.zip!/a*"]),
        "z.zip!/a.txt ok\n"
    );
    assert_eq!(
        of(&["c.txt", "z.zip", "--dedupe", "--exclude", "*.json"]),
        "c.txt ok\nz.zip!/a.txt skipped SKIP_DUPLICATE\n"
    );
    let dump = program()
        .current_dir(folder.path())
        .args(["dump", "z.zip!/a.txt", "--stage", "page"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&dump.stdout).contains("道路养护"));
}

#[test]
fn what_an_archive_states_is_not_trusted() {
    let good = || member("good.txt", FORM.as_bytes());
    let members = [
        good(),
        member("../up.txt", FORM.as_bytes()),
        member("/root.txt", FORM.as_bytes()),
        Stated {
            flags: 1,
            ..member("secret.txt", FORM.as_bytes())
        },
        Stated {
            method: 12,
            ..member("bzip2.txt", FORM.as_bytes())
        },
        Stated {
            mode: 0o120_777,
            ..member("link.txt", b"good.txt")
        },
        Stated {
            crc32: 1,
            ..member("sum.txt", FORM.as_bytes())
        },
        Stated {
            n_bytes: 3,
            ..member("longer.txt", FORM.as_bytes())
        },
        Stated {
            n_bytes: u32::MAX,
            ..member("huge.txt", FORM.as_bytes())
        },
        Stated {
            packed: b"\xff\xff\xff".to_vec(),
            ..member("noise.txt", FORM.as_bytes())
        },
        Stated {
            offset: Some(7),
            packed: vec![0; 9],
            ..member("nowhere.txt", FORM.as_bytes())
        },
        member("inner.zip", &archive(&[good()])),
        member("last.txt", FORM.as_bytes()),
    ];
    let folder = folder(&[("z.zip", &archive(&members))]);
    let expected = "\
z.zip!/good.txt ok
z.zip!/../up.txt failed PATH_UNSAFE
z.zip!//root.txt failed PATH_UNSAFE
z.zip!/secret.txt failed ENCRYPTED
z.zip!/bzip2.txt skipped UNSUPPORTED
z.zip!/link.txt failed PATH_UNSAFE
z.zip!/sum.txt failed ARCHIVE_DAMAGED
z.zip!/longer.txt failed ARCHIVE_DAMAGED
z.zip!/huge.txt failed LIMIT_DECODE
z.zip!/noise.txt failed ARCHIVE_DAMAGED
z.zip!/nowhere.txt failed ARCHIVE_DAMAGED
z.zip!/inner.zip skipped UNSUPPORTED
z.zip!/last.txt ok
";
    assert_eq!(ledger(folder.path(), &["z.zip"]), expected);
}

#[test]
fn an_archive_that_cannot_be_listed_to_its_end_has_a_line_behind_its_members() {
    let good = || member("good.txt", FORM.as_bytes());
    let whole = archive(&[good(), member("b.txt", FORM.as_bytes())]);
    // One member, many times.
    let mut overlapping = vec![good()];
    overlapping.extend((0..100).map(|n| Stated {
        offset: Some(0),
        ..member(&format!("{n}.txt"), FORM.as_bytes())
    }));
    let mut torn = whole.clone();
    // The second record of the directory.
    let at = torn
        .windows(4)
        .rposition(|four| four == b"PK\x01\x02")
        .unwrap();
    torn[at] = b'Q';
    let folder = folder(&[
        ("cut.zip", &whole[..whole.len() / 2]),
        ("torn.zip", &torn),
        ("empty.zip", &archive(&[])),
        ("text.zip", FORM.as_bytes()),
        (
            "word.zip",
            &archive(&[member("[Content_Types].xml", b"<a/>")]),
        ),
        ("whole.zip", &whole),
        ("overlapping.zip", &archive(&overlapping)),
    ]);
    let names = ["cut.zip", "torn.zip", "empty.zip", "text.zip", "word.zip"];
    let expected = "\
cut.zip failed ARCHIVE_DAMAGED
torn.zip!/good.txt ok
torn.zip failed ARCHIVE_DAMAGED
empty.zip failed EMPTY_FILE
text.zip ok
word.zip skipped WRONG_TYPE
";
    assert_eq!(ledger(folder.path(), &names), expected);
    assert_eq!(
        ledger(folder.path(), &["whole.zip", "--max-members", "1"]),
        "whole.zip!/good.txt ok\nwhole.zip failed LIMIT_MEMBERS\n"
    );
    let lines = ledger(folder.path(), &["overlapping.zip"]);
    let n_ok = lines.lines().filter(|line| line.ends_with(" ok")).count();
    assert!((1..80).contains(&n_ok), "{lines}");
    assert!(lines.ends_with("overlapping.zip failed ARCHIVE_DAMAGED\n"));
}
