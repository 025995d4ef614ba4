//! Reviews as a user meets them: who is answered, and pages that are shown by a process of their own, whatever the documents are.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::program::{program, run_in};

/// How the process ends that shows a page and costs too much.
const STOPPED: i32 = 70;
/// Largest hostile file that is tried, bytes.
const LARGEST: u64 = 4 << 20;

fn samples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn digest(path: &Path) -> String {
    let digest = Sha256::digest(fs::read(path).unwrap());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks the hidden command for a part of a file: how it ended, its line, and what follows.
fn ask(path: &Path, id: &str, part: &Value) -> (Option<i32>, Value, Vec<u8>) {
    let mut child = program()
        .arg("page-picture")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let request = json!({"path": path, "id": id, "part": part, "passwords": []}).to_string();
    let mut input = child.stdin.take().unwrap();
    input.write_all(request.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let end = output.stdout.iter().position(|byte| *byte == b'\n');
    let line = end.map_or(&[][..], |end| &output.stdout[..end]);
    let header = serde_json::from_slice(line).unwrap_or_default();
    let bytes = end.map_or(Vec::new(), |end| output.stdout[end + 1..].to_vec());
    (output.status.code(), header, bytes)
}

fn page(number: u32) -> Value {
    json!({"page": {"number": number, "dpi": 100.0}})
}

#[track_caller]
fn check_picture(name: &str, magic: &[u8]) {
    let path = samples().join(name);
    let (code, header, bytes) = ask(&path, &digest(&path), &page(1));
    assert_eq!(
        (code, &header["kind"]),
        (Some(0), &json!("picture")),
        "{name}: {header}"
    );
    assert!(bytes.starts_with(magic), "{name}");
}

#[test]
fn digital_pages_scans_and_images_are_shown() {
    check_picture("seed-pdf/input.pdf", b"\x89PNG");
    check_picture("mixed-pdf/input.pdf", b"\x89PNG");
    check_picture("scan-pdf/input.pdf", b"\xff\xd8");
    check_picture("photo-jpg/input.jpg", b"\xff\xd8");
}

#[test]
fn lines_of_a_text_are_shown() {
    let path = samples().join("annual-gb18030/input.txt");
    let (_, header, bytes) = ask(
        &path,
        &digest(&path),
        &json!({"lines": {"first": 1, "last": 2}}),
    );
    assert_eq!(
        (&header["kind"], header["lines"].as_array().unwrap().len()),
        (&json!("lines"), 2)
    );
    assert!(
        header["lines"][0].as_str().unwrap().contains("项目总额"),
        "{header}"
    );
    assert_eq!(bytes, b"");
}

#[test]
fn a_member_of_an_archive_is_shown_and_another_file_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    zip.start_file("b/表.pdf", zip::write::SimpleFileOptions::default())
        .unwrap();
    let path = samples().join("seed-pdf/input.pdf");
    zip.write_all(&fs::read(&path).unwrap()).unwrap();
    zip.finish().unwrap();
    let member = folder.path().join("a.zip!/b/表.pdf");
    let (_, header, _) = ask(&member, &digest(&path), &page(2));
    assert_eq!(header["kind"], "picture", "{header}");
    for (path, id, reason) in [
        (&path, "00", "changed"),
        (&member, "00", "changed"),
        (&folder.path().join("a.zip!/c.pdf"), "00", "missing"),
        (&folder.path().join("none.pdf"), "00", "missing"),
        (&folder.path().to_owned(), "00", "missing"),
    ] {
        let (code, header, bytes) = ask(path, id, &page(1));
        assert_eq!(
            (code, &header["reason"], bytes.len()),
            (Some(0), &json!(reason), 0),
            "{path:?}"
        );
    }
}

/// Whatever a document is, the process that shows it answers, or is stopped within its limits.
#[test]
fn hostile_documents_end_no_more_than_their_process() {
    let make = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bad/make_bad.py");
    let folder = tempfile::tempdir().unwrap();
    if !make.is_file() {
        println!("skipped: {} is not there", make.display());
        return;
    }
    let made = Command::new("python3")
        .arg(&make)
        .arg(folder.path())
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        println!("skipped: the hostile files cannot be made");
        return;
    }
    let is_wanted = |path: &PathBuf| {
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        ["pdf", "png", "jpg", "tif", "zip"].contains(&ending) && path.is_file()
    };
    let entries = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(is_wanted).collect();
    paths.sort();
    assert!(paths.len() > 10);
    // Of those that are large by themselves the smaller ones tell as much.
    paths.retain(|path| path.metadata().unwrap().len() < LARGEST);
    for path in paths {
        let (code, header, bytes) = ask(&path, &digest(&path), &page(1));
        let is_answer = code == Some(0) && (header["kind"] == "nothing" || !bytes.is_empty());
        // Without a code it was ended by a signal: a stack that overflowed, or memory that there is not.
        assert!(
            is_answer || code == Some(STOPPED) || code.is_none() || code == Some(101),
            "{path:?}: {code:?} {header}"
        );
    }
}

/// A review that is served.
#[cfg(feature = "review")]
mod served {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpStream;
    use std::path::Path;
    use std::process::{Child, Stdio};

    use super::samples;
    use crate::program::program;

    pub(super) struct Served {
        child: Child,
        pub(super) host: String,
        pub(super) token: String,
    }

    impl Drop for Served {
        fn drop(&mut self) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }

    pub(super) fn serve(run: &Path) -> Served {
        let mut child = program()
            .args(["review", "--print-url", "--root"])
            .arg(samples())
            .arg(run)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (host, token) = line
            .trim()
            .strip_prefix("http://")
            .unwrap()
            .split_once("/?token=")
            .unwrap();
        Served {
            child,
            host: host.to_owned(),
            token: token.to_owned(),
        }
    }

    impl Served {
        /// The status of an answer, and all of it.
        pub(super) fn ask(&self, path: &str, host: &str, more: &str) -> (u16, String) {
            let mut stream = TcpStream::connect(&self.host).unwrap();
            write!(
                stream,
                "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"
            )
            .unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            let answer = String::from_utf8_lossy(&answer).into_owned();
            (answer.get(9..12).unwrap().parse().unwrap(), answer)
        }
    }
}

#[cfg(feature = "review")]
#[test]
fn the_page_is_served_to_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    run_in(
        &samples(),
        &[
            "extract",
            "--provenance",
            "-q",
            "-o",
            run.to_str().unwrap(),
            "seed-pdf/input.pdf",
        ],
    );
    let served = served::serve(&run);
    assert!(served.host.starts_with("127.0.0.1:"));
    let port = served.host.split(':').next_back().unwrap();
    let cookie = format!("Cookie: jixiao-{port}={}\r\n", served.token);
    let status = |path: &str, host: &str, more: &str| served.ask(path, host, more).0;
    assert_eq!(
        status(&format!("/?token={}", served.token), &served.host, ""),
        303
    );
    assert_eq!(status("/", &served.host, &cookie), 200);
    assert_eq!(status("/", &served.host, ""), 403);
    assert_eq!(status("/", "evil.example", &cookie), 403);
    assert_eq!(
        status(
            "/api/run",
            &served.host,
            &format!("{cookie}Origin: http://evil.example\r\n")
        ),
        403
    );
    let (_, page) = served.ask("/api/documents/0/pages/1", &served.host, &cookie);
    assert!(page.contains("\"kind\":\"picture\""), "{page}");
}

#[cfg(feature = "review")]
#[test]
fn a_folder_that_is_no_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = run_in(folder.path(), &["review", "."]);
    assert_eq!(output.code, Some(2));
}

#[cfg(not(feature = "review"))]
#[test]
fn a_build_without_the_page_says_so() {
    let output = run_in(&samples(), &["review", "."]);
    assert_eq!(output.code, Some(2));
    assert!(output.err.contains("--features review"));
}
