//! Files beside pictures: `form.jpg` is the picture of the words in `form.hocr`.
//!
//! In: the path of a picture. Out: the file of words beside it. Never: follows a link; goes by a name alone.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::ocr::words::{WordLimits, WordPage, read_words};
use super::sniff::{Kind, sniff};
use super::{open_without_waiting, sha256_hex};
use crate::model::Diagnostic;

/// Endings of pictures that words may lie beside.
const PICTURES: &[&str] = &["bmp", "jfif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];
/// Endings of files that words come in, in the order in which they are looked for; then the same in capitals.
const WORDS: &[&str] = &["hocr", "html", "htm", "xml", "tsv", "json"];
/// Bytes by which it is told what a file is.
pub const HEAD_BYTES: u64 = 4 << 20;

/// The file of words that is read with the picture at `path`: a regular file of the same stem whose content is the output
/// of OCR software, no larger than `max_bytes`. `None` where `path` is no picture that is read, or nothing lies beside it.
#[must_use]
pub fn words_beside(path: &Path, max_bytes: u64) -> Option<PathBuf> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let is_picture = || {
        let head = head(path, fs::metadata(path).ok()?, max_bytes)?;
        matches!(sniff(&head), Kind::Image(_)).then_some(())
    };
    if !PICTURES.contains(&ending.as_str()) {
        return None;
    }
    let names = WORDS.iter().map(|ending| (*ending).to_owned());
    let capitals = WORDS.iter().map(|ending| ending.to_ascii_uppercase());
    let holds_words = |candidate: &PathBuf| {
        fs::symlink_metadata(candidate)
            .ok()
            .and_then(|metadata| head(candidate, metadata, max_bytes))
            .is_some_and(|head| sniff(&head) == Kind::Words)
    };
    let found = names
        .chain(capitals)
        .map(|ending| path.with_extension(ending))
        .find(holds_words)?;
    is_picture()?;
    Some(found)
}

/// Whether two files are named as a picture and as words beside it; what they hold is another question.
#[must_use]
pub fn are_named_so(picture: &Path, words: &Path) -> bool {
    let ending = |path: &Path| {
        path.extension()
            .and_then(|ending| ending.to_str().map(str::to_owned))
    };
    let (Some(of_picture), Some(of_words)) = (ending(picture), ending(words)) else {
        return false;
    };
    let is_words = |known: &str| of_words == known || of_words == known.to_ascii_uppercase();
    PICTURES.contains(&of_picture.to_ascii_lowercase().as_str())
        && WORDS.iter().any(|known| is_words(known))
        && picture.with_extension("") == words.with_extension("")
}

/// The beginning of a regular file that is not too large; `None` where it is none.
fn head(path: &Path, metadata: fs::Metadata, max_bytes: u64) -> Option<Vec<u8>> {
    if !metadata.is_file() || metadata.len() > max_bytes {
        return None;
    }
    read(open_without_waiting(path).ok()?, HEAD_BYTES)
}

fn read(file: File, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.metadata().ok().filter(fs::Metadata::is_file)?;
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The words beside a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WordsBeside {
    /// The name of their file, without its folder.
    pub(super) name: String,
    /// sha256 of its bytes, in hex.
    pub(super) id: String,
    /// Its pages; none where it cannot be read.
    pub(super) pages: Vec<WordPage>,
    /// What is to be said of it.
    pub(super) findings: Vec<Diagnostic>,
}

impl WordsBeside {
    /// Finds and reads the words beside the picture at `path`; `None` where there are none.
    pub(super) fn find(path: &Path, max_bytes: u64, limits: &WordLimits) -> Option<Self> {
        let path = words_beside(path, max_bytes)?;
        let bytes = read(open_without_waiting(&path).ok()?, max_bytes)?;
        let name = path.file_name()?.to_string_lossy().into_owned();
        let of_file = |finding: Diagnostic| {
            let message = format!("{name}: {}", finding.message);
            Diagnostic::new(finding.code, "", message).with_severity(finding.severity)
        };
        let (pages, findings) = match read_words(&bytes, limits) {
            Ok(read) => (read.value, read.diagnostics),
            Err(error) => {
                let finding = Diagnostic::new(error.code(), "", error.to_string());
                (Vec::new(), vec![finding])
            }
        };
        Some(Self {
            findings: findings.into_iter().map(of_file).collect(),
            id: sha256_hex(&bytes),
            pages,
            name,
        })
    }

    /// How messages name it.
    pub(super) fn describe(&self) -> String {
        format!("{} (sha256 {})", self.name, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const HOCR: &[u8] =
        b"<html><body><div class='ocr_page' title='bbox 0 0 1 1'></div></body></html>";

    #[track_caller]
    fn check(files: &[(&str, &[u8])], expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let found = words_beside(&folder.path().join(files[0].0), 1000);
        let expected = expected.map(|name| folder.path().join(name));
        assert_eq!(found, expected, "{files:?}");
    }

    #[test]
    fn words_are_named_as_their_picture() {
        let named = |picture: &str, words: &str| are_named_so(Path::new(picture), Path::new(words));
        assert!(named("s3://b/a.PNG", "s3://b/a.hocr") && named("a.tif", "a.XML"));
        assert!(!named("a.png", "b.hocr") && !named("a.pdf", "a.hocr") && !named("a.png", "a.txt"));
        assert!(!named("d/a.png", "a.hocr") && !named("a.png", "a"));
    }

    #[test]
    fn words_of_the_same_stem_are_found_by_their_content() {
        check(&[("a.png", PNG), ("a.hocr", HOCR)], Some("a.hocr"));
        check(&[("a.PNG", PNG), ("a.xml", b"<alto>")], Some("a.xml"));
        check(&[("a.png", PNG), ("a.xml", b"<note/>")], None);
        check(&[("a.png", PNG), ("b.hocr", HOCR)], None);
        check(&[("a.png", b"no picture"), ("a.hocr", HOCR)], None);
        check(&[("a.pdf", PNG), ("a.hocr", HOCR)], None);
        let both: &[(&str, &[u8])] = &[("a.png", PNG), ("a.xml", HOCR), ("a.hocr", HOCR)];
        check(both, Some("a.hocr"));
    }

    #[test]
    fn what_is_too_large_or_no_regular_file_is_not_read() {
        let long = [HOCR, [b' '; 1000].as_slice()].concat();
        check(&[("a.png", PNG), ("a.hocr", &long)], None);
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("a.png");
        fs::write(&picture, PNG).unwrap();
        fs::create_dir(folder.path().join("a.hocr")).unwrap();
        assert_eq!(words_beside(&picture, 1000), None);
        #[cfg(unix)]
        {
            fs::write(folder.path().join("other"), HOCR).unwrap();
            std::os::unix::fs::symlink("other", folder.path().join("a.xml")).unwrap();
            assert_eq!(words_beside(&picture, 1000), None);
        }
    }
}
