//! The second reader of PDFs: another parser reads the text of a file, in a process of its own.
//!
//! In: the bytes of a PDF. Out: a text for each of its pages, without places. Never: the source of a value; lets the
//! reader's panic, endless loop or nonsense reach this process.
//!
//! The process is jixiao itself, started with [`COMMAND`]: it takes a PDF on standard input and writes one JSON array of
//! texts. What it writes is read as if a stranger had sent it.

mod extract;

use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::process::{self, ProcessLimits};
use super::radicals::fold_radical;
use crate::model::page::{Page, PageSource, SecondReading, Seen};
use crate::model::{Code, Diagnostic};

pub use extract::{ReaderError, extract};

/// The argument that makes jixiao the second reader.
pub const COMMAND: &str = "second-reader";
/// What it is called in messages.
const NAME: &str = "pdf-extract";

/// How the second reader is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondReaderParams {
    /// The program that takes [`COMMAND`]: jixiao.
    pub program: PathBuf,
    /// Longest time for a file.
    pub timeout: Duration,
    /// Most bytes that it may write.
    pub max_output: u64,
}

impl SecondReaderParams {
    /// Usual limits.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            timeout: Duration::from_secs(60),
            max_output: 64 << 20,
        }
    }
}

/// Has the second reader read a PDF and puts its texts on the pages that have a text layer. What is wrong with it is one
/// finding, and then nothing is changed.
pub(super) fn read_again(
    bytes: Vec<u8>,
    pages: &mut [Page],
    params: &SecondReaderParams,
) -> Option<Diagnostic> {
    let failed = |error: io::Error| {
        let message = format!("{NAME} gave no second reading: {error}");
        Diagnostic::new(Code::SecondReaderFailed, "", message)
    };
    let texts = match texts(bytes, params) {
        Ok(texts) => texts,
        Err(error) => return Some(failed(error)),
    };
    let mut is_short = false;
    for page in pages {
        if page.source != PageSource::Text {
            continue;
        }
        let index = usize::try_from(page.number)
            .ok()
            .and_then(|n| n.checked_sub(1));
        match index.and_then(|index| texts.get(index)) {
            Some(text) => page.second.push(SecondReading {
                reader: NAME.to_owned(),
                // As our own characters are folded: it hands out the radicals of some fonts.
                seen: Seen::Text(text.chars().map(fold_radical).collect()),
            }),
            None => is_short = true,
        }
    }
    is_short.then(|| failed(io::Error::other(format!("it read {} pages", texts.len()))))
}

/// The texts that the reader writes.
fn texts(bytes: Vec<u8>, params: &SecondReaderParams) -> io::Result<Vec<String>> {
    let limits = ProcessLimits {
        timeout: params.timeout,
        max_output: params.max_output,
    };
    let output = process::run(&mut command(params), bytes, limits)?;
    serde_json::from_slice(&output)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

/// The command that starts the reader, where the system can do so with a limit of memory.
fn command(params: &SecondReaderParams) -> Command {
    /// Address space that it may have, in KiB.
    const LIMIT: &str = "ulimit -v 4194304 2>/dev/null; exec \"$0\" \"$1\"";
    if cfg!(unix) {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", LIMIT])
            .arg(&params.program)
            .arg(COMMAND);
        command
    } else {
        let mut command = Command::new(&params.program);
        command.arg(COMMAND);
        command
    }
}

// Scripts stand in for the program.
#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Reads two pages, of which the second is a scan, with a reader that is a script.
    fn read(script: &str) -> (Vec<Page>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("reader");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let params = SecondReaderParams {
            program,
            timeout: Duration::from_secs(20),
            max_output: 1000,
        };
        let page = |number, source| Page {
            number,
            source,
            ..Page::default()
        };
        let mut pages = vec![page(1, PageSource::Text), page(2, PageSource::Scan)];
        let finding = read_again(b"%PDF-1.7".to_vec(), &mut pages, &params);
        let finding = finding.map(|finding| {
            assert_eq!(finding.code, Code::SecondReaderFailed);
            finding.message
        });
        (pages, finding)
    }

    #[test]
    fn pages_with_a_text_layer_get_its_text() {
        let (pages, finding) = read(r#"cat >/dev/null; echo '["⼀", "二"]'"#);
        assert_eq!(finding, None);
        let seen = Seen::Text("一".to_owned());
        assert_eq!(pages[0].second[0].seen, seen);
        assert_eq!(pages[1].second, []);
    }

    #[test]
    fn whatever_it_does_is_one_finding() {
        for (script, expected) in [
            ("echo oh >&2; exit 101", "exit status: 101: oh"),
            ("kill -9 $$", "signal: 9"),
            ("echo '[1]'", "invalid type"),
            ("echo '['", "EOF"),
            ("echo '[]'", "it read 0 pages"),
            ("head -c 5000 /dev/zero", "more than 1000 bytes"),
        ] {
            let (pages, finding) = read(script);
            assert!(finding.unwrap().contains(expected), "{script}");
            assert_eq!(pages[0].second, []);
        }
    }
}
