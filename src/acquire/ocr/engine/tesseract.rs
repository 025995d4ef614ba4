//! Reads lines with the program tesseract, where it is installed.
//!
//! One process a line, which costs some tenths of a second: this is for lines that shall be read a second time by
//! something else. tesseract says of each character how sure it is, and nothing of what else it might be; its words of
//! Chinese are no words, so that blanks are left out.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{EngineError, Recogniser};
use crate::acquire::ocr::words::{Word, WordLimits, read_words};
use crate::acquire::ocr::{Gray, ReadChar};
use crate::acquire::process::{self, ProcessLimits};

/// Simplified Chinese, as tesseract calls it.
const LANGUAGE: &str = "chi_sim";

/// Most bytes of output that are read: a line of 1,000 characters has some 100 kB.
const MAX_OUTPUT: u64 = 4 << 20;

/// tesseract with Simplified Chinese.
#[derive(Debug)]
pub(super) struct Tesseract {
    name: String,
    program: PathBuf,
    timeout: Duration,
}

impl Tesseract {
    /// Asks a program for its version and languages. `timeout` is for this and for each line.
    ///
    /// # Errors
    ///
    /// [`EngineError::Program`] and [`EngineError::NoLanguage`].
    pub(super) fn open(program: &Path, timeout: Duration) -> Result<Self, EngineError> {
        let failed = |source: io::Error| EngineError::Program {
            path: program.to_owned(),
            source,
        };
        let version = run(program, &["--version"], vec![], timeout).map_err(failed)?;
        let version = version.lines().next().unwrap_or_default();
        let Some(version) = version.strip_prefix("tesseract ") else {
            return Err(failed(io::Error::other(
                "does not say that it is tesseract",
            )));
        };
        let languages = run(program, &["--list-langs"], vec![], timeout).map_err(failed)?;
        if !languages.lines().any(|line| line.trim() == LANGUAGE) {
            return Err(EngineError::NoLanguage {
                path: program.to_owned(),
                language: LANGUAGE,
            });
        }
        Ok(Self {
            name: format!("tesseract_{}_{LANGUAGE}", version.trim()),
            program: program.to_owned(),
            timeout,
        })
    }
}

impl Recogniser for Tesseract {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, line: &Gray) -> Result<Vec<ReadChar>, EngineError> {
        let n_pixels = line.width.saturating_mul(line.height);
        let Some(pixels) = line.pixels.get(..n_pixels).filter(|_| n_pixels > 0) else {
            return Ok(vec![]);
        };
        // The simplest format that tesseract takes whatever it was built with.
        let mut image = format!("P5\n{} {}\n255\n", line.width, line.height).into_bytes();
        image.extend(pixels);
        let arguments = [
            "stdin",
            "stdout",
            "-l",
            LANGUAGE,
            "--psm",
            "7",
            "-c",
            "hocr_char_boxes=1",
            "hocr",
        ];
        let failed = |source: io::Error| EngineError::Program {
            path: self.program.clone(),
            source,
        };
        let text = run(&self.program, &arguments, image, self.timeout).map_err(failed)?;
        let pages = read_words(text.as_bytes(), &WordLimits::default())
            .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let words = pages.value.into_iter().flat_map(|page| page.words);
        Ok(characters(words, line.width))
    }
}

/// The characters of a line that is `width` pixels wide, from left to right, each with one candidate.
///
/// tesseract gives each a box, and boxes may overlap; here a character ends where the next begins.
fn characters(words: impl Iterator<Item = Word>, width: usize) -> Vec<ReadChar> {
    let width = width.max(1) as f32;
    let mut read: Vec<ReadChar> = Vec::new();
    for word in words {
        let (left, _, right, _) = word.quad.extent();
        // Several characters of one box share it.
        let step = (right - left) / word.text.chars().count().max(1) as f32;
        for (idx, ch) in word.text.chars().enumerate() {
            let at = |n: usize| ((left + step * n as f32) / width).clamp(0.0, 1.0);
            read.push(ReadChar {
                candidates: vec![(ch, word.confidence.unwrap_or(0.0))],
                start: at(idx),
                end: at(idx + 1),
            });
        }
    }
    read.sort_by(|a, b| a.start.total_cmp(&b.start));
    for idx in 1..read.len() {
        let start = read[idx].start;
        let before = &mut read[idx - 1];
        before.end = before.end.min(start);
    }
    // What has no width of its own stands where another one does.
    read.retain(|ch| ch.start < ch.end);
    read
}

/// The executable `tesseract` in the folders of a search path; `None` where there is none.
pub(super) fn find(search_path: &std::ffi::OsStr) -> Option<PathBuf> {
    let name = format!("tesseract{}", std::env::consts::EXE_SUFFIX);
    // A relative folder would be one of whoever wrote the documents.
    std::env::split_paths(search_path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Runs a program on one thread of its own, without a shell, and returns what it wrote.
///
/// The program is ended when the time is over. An error for one that cannot be started, takes too long, says that it
/// failed, or writes too much or no UTF-8.
fn run(
    program: &Path,
    arguments: &[&str],
    input: Vec<u8>,
    timeout: Duration,
) -> io::Result<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("OMP_THREAD_LIMIT", "1");
    let limits = ProcessLimits {
        timeout,
        max_output: MAX_OUTPUT,
    };
    let output = process::run(&mut command, input, limits)?;
    String::from_utf8(output).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

// Scripts stand in for the program.
#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Instant;

    use tempfile::TempDir;

    use super::*;

    /// A program `tesseract` that is a script.
    fn script(text: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tesseract");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (folder, path)
    }

    fn check(text: &str, timeout: Duration, expected: &str) {
        let (_folder, path) = script(text);
        let given = run(&path, &[], vec![0; 1 << 20], timeout);
        let given = given.unwrap_or_else(|error| error.to_string());
        assert!(given.contains(expected), "{text}: {given}");
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_a_program_writes_is_read() {
        check("cat >/dev/null; echo 一", LONG, "一");
        check("echo early; exec <&-; sleep 0.01", LONG, "early");
        check("echo why >&2; exit 3", LONG, "exit status: 3: why");
        check(r"printf '\377'", LONG, "invalid utf-8");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let start = Instant::now();
        let short = Duration::from_millis(100);
        check("exec sleep 1000", short, "takes too long");
        check("exec sleep 1000 >&- 2>&-", short, "takes too long");
        check("exec yes", short, "takes too long");
        assert!(start.elapsed() < LONG);
    }

    #[test]
    fn a_program_that_writes_too_much_is_an_error() {
        check("head -c 5000000 /dev/zero", LONG, "more than 4194304 bytes");
    }

    #[test]
    fn another_program_and_one_without_chinese_are_errors() {
        let open = |text: &str| {
            let (_folder, path) = script(text);
            Tesseract::open(&path, LONG).unwrap_err()
        };
        let error = open("echo cat 1.0");
        assert!(matches!(error, EngineError::Program { .. }), "{error}");
        let error = open("if [ $1 = --version ]; then echo tesseract 5.3.0; else echo eng; fi");
        assert!(matches!(error, EngineError::NoLanguage { .. }), "{error}");
    }

    #[test]
    fn a_program_is_found_in_absolute_folders_alone() {
        let (folder, path) = script("");
        let search = std::env::join_paths(["", ".", "/nowhere"]).unwrap();
        assert_eq!(find(&search), None);
        let search = std::env::join_paths([Path::new("/nowhere"), folder.path()]).unwrap();
        assert_eq!(find(&search), Some(path.clone()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(find(&search), None);
    }

    #[test]
    fn characters_have_boxes_and_confidences() {
        let (_folder, program) = script(
            r#"cat >/dev/null; cat <<'END'
<html><body><div class='ocr_page' title='bbox 0 0 100 48'><span class='ocr_line' title='bbox 2 18 90 42'>
<span class='ocrx_word' title='bbox 2 18 90 42; x_wconf 80'>
<span class='ocrx_cinfo' title='x_bboxes 2 22 12 39; x_conf 99.016853'>2</span>
<span class='ocrx_cinfo' title='x_bboxes 14 22 60 39; x_conf 97'>&lt;</span>
<span class='ocrx_cinfo' title='x_bboxes 30 18 50 42; x_conf 50'>万</span>
</span></span></div></body></html>
END"#,
        );
        let tesseract = Tesseract {
            name: "t".to_owned(),
            program,
            timeout: LONG,
        };
        let read = tesseract.read(&Gray::filled(100, 48, 255)).unwrap();
        let read: Vec<_> = read
            .iter()
            .map(|ch| (ch.candidates[0].0, ch.start, ch.end))
            .collect();
        assert_eq!(
            read,
            [('2', 0.02, 0.12), ('<', 0.14, 0.3), ('万', 0.3, 0.5)]
        );
    }

    #[test]
    fn an_empty_image_is_not_given_away() {
        let (_folder, program) = script("exit 1");
        let tesseract = Tesseract {
            name: "t".to_owned(),
            program,
            timeout: LONG,
        };
        assert_eq!(tesseract.read(&Gray::default()).unwrap(), []);
        assert!(tesseract.read(&Gray::filled(9, 9, 255)).is_err());
    }
}
