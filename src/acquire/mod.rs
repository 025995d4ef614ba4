//! Acquire: the bytes of a file become pages of positioned glyphs, or plain lines.
//! In: a path or bytes. Out: [`Document`]. Never: knows what a table or a form is.
//!
//! What the bytes are is decided by their content (`sniff`), never by the file's name. A fault of the document or of
//! the disk is a [`Diagnostic`]: every input leaves an [`Input`], and the run goes on.
#![expect(
    clippy::disallowed_methods,
    reason = "acquire is an edge of the pipeline"
)]

pub mod archive;
mod beside;
pub mod ocr;
pub mod pdf;
mod pictures;
pub mod process;
mod radicals;
pub mod second_reader;
pub mod shown;
mod sniff;
mod text;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::digest::hex;
use crate::model::member::Member;
use crate::model::page::{Content, Document};
use crate::model::{Code, Diagnosed, Diagnostic};

use beside::WordsBeside;
use ocr::read::{OcrMode, OcrParams};
use second_reader::SecondReaderParams;

pub use beside::{HEAD_BYTES, are_named_so, words_beside};
pub use pictures::Watcher;
pub use sniff::{Kind, sniff};

/// Limits of reading.
#[derive(Debug, Clone, PartialEq)]
pub struct AcquireParams {
    /// Largest file that is read, in bytes; a larger one is `LIMIT_SIZE` and is not opened.
    pub max_bytes: u64,
    /// Longest line of a plain text, in characters, at least 1; what is behind them is not read.
    pub max_line_chars: usize,
    /// How PDFs are read.
    pub pdf: pdf::PdfParams,
    /// How pictures are recognised.
    pub ocr: OcrParams,
    /// Limits of reading what other OCR software wrote.
    pub words: ocr::words::WordLimits,
    /// Who reads text layers once more, for a second opinion.
    pub second_reader: Option<SecondReaderParams>,
}

impl Default for AcquireParams {
    fn default() -> Self {
        Self {
            max_bytes: 256 << 20,
            max_line_chars: 100_000,
            pdf: pdf::PdfParams::default(),
            ocr: OcrParams::default(),
            words: ocr::words::WordLimits::default(),
            second_reader: None,
        }
    }
}

/// What became of one input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Input {
    /// sha256 of the bytes, 64 lower-case hex digits; `None` where they could not be read to their end.
    pub id: Option<String>,
    /// Size in bytes; `None` where unknown.
    pub n_bytes: Option<u64>,
    /// What was read; `None` where it could not be, and then a diagnostic of severity error says why.
    pub document: Option<Document>,
}

/// Reads the file at `path`; `name` is its path as it shall stand in the record.
///
/// Pipes, sockets and devices are never waited for, and no more than `max_bytes` are held, whatever the file's size
/// says. What is wrong with the file is said by `IO_*`, `NOT_REGULAR`, `LIMIT_SIZE` and the codes of [`read_bytes`].
#[must_use]
pub fn read_file(path: &Path, name: &str, params: &AcquireParams) -> Diagnosed<Input> {
    watch_file(path, None, name, params, &mut |_, _| {})
}

/// Reads the file at `path`, or the `member` of the archive that it is, as [`read_file`] does, and tells `watch` of each page that is
/// recognised. Nothing lies beside a member.
#[must_use]
pub fn watch_file(
    path: &Path,
    member: Option<&Member>,
    name: &str,
    params: &AcquireParams,
    watch: &mut Watcher<'_>,
) -> Diagnosed<Input> {
    let refuse = |n_bytes: Option<u64>, code: Code, message: String| Diagnosed {
        value: Input {
            id: None,
            n_bytes,
            document: None,
        },
        diagnostics: vec![Diagnostic::new(code, "", message)],
    };
    let io_refusal = |n_bytes: Option<u64>, doing: &str, error: &io::Error| {
        let code = match error.kind() {
            io::ErrorKind::NotFound => Code::IoNotFound,
            io::ErrorKind::PermissionDenied => Code::IoPerm,
            _ => Code::IoRead,
        };
        refuse(n_bytes, code, format!("cannot {doing}: {error}"))
    };

    if let Some(member) = member {
        return match archive::read(path, member, params.max_bytes) {
            Ok(bytes) => watch_bytes(bytes, name, None, params, watch),
            Err(said) => Diagnosed {
                value: Input {
                    n_bytes: Some(member.n_bytes),
                    ..Input::default()
                },
                diagnostics: vec![said],
            },
        };
    }
    // The kind is asked before opening, because opening a pipe waits for its writer; and once more after it, because
    // the path may point elsewhere by then.
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return io_refusal(None, "find the file", &error),
    };
    if !metadata.is_file() {
        return refuse(None, Code::NotRegular, describe_type(&metadata).to_owned());
    }
    if metadata.len() > params.max_bytes {
        return refuse(
            Some(metadata.len()),
            Code::LimitSize,
            over_limit(metadata.len(), params),
        );
    }
    let file = match open_without_waiting(path) {
        Ok(file) => file,
        Err(error) => return io_refusal(Some(metadata.len()), "open the file", &error),
    };
    match file.metadata() {
        Ok(opened) if !opened.is_file() => {
            return refuse(None, Code::NotRegular, describe_type(&opened).to_owned());
        }
        Ok(_) => {}
        Err(error) => return io_refusal(None, "ask for the file's type", &error),
    }

    let mut bytes = Vec::new();
    // What the system says of a length is a hint alone; where there is no room for it, reading says so.
    let hint = usize::try_from(metadata.len().saturating_add(1)).unwrap_or(0);
    drop(bytes.try_reserve_exact(hint));
    if let Err(error) = file
        .take(params.max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
    {
        return io_refusal(Some(metadata.len()), "read the file to its end", &error);
    }
    watch_bytes(bytes, name, Some(path), params, watch)
}

/// Reads a document that is in memory already, where nothing lies beside it.
///
/// Says `EMPTY_FILE`, `LIMIT_SIZE`, `WRONG_TYPE`, `UNSUPPORTED`, `NEEDS_OCR`, and what the reader of its kind says.
#[must_use]
pub fn read_bytes(bytes: Vec<u8>, name: &str, params: &AcquireParams) -> Diagnosed<Input> {
    watch_bytes(bytes, name, None, params, &mut |_, _| {})
}

fn watch_bytes(
    bytes: Vec<u8>,
    name: &str,
    path: Option<&Path>,
    params: &AcquireParams,
    watch: &mut Watcher<'_>,
) -> Diagnosed<Input> {
    let n_bytes = bytes.len() as u64;
    let mut diagnostics = Vec::new();
    if n_bytes > params.max_bytes {
        diagnostics.push(Diagnostic::new(
            Code::LimitSize,
            "",
            over_limit(n_bytes, params),
        ));
        return Diagnosed {
            value: Input {
                id: None,
                n_bytes: Some(n_bytes),
                document: None,
            },
            diagnostics,
        };
    }
    let id = sha256_hex(&bytes);
    let content = read_content(bytes, path, params, watch).unload(&mut diagnostics);
    let path = name.replace(std::path::MAIN_SEPARATOR, "/");
    let document = content.map(|content| Document {
        id: id.clone(),
        path,
        n_bytes,
        content,
    });
    Diagnosed {
        value: Input {
            id: Some(id),
            n_bytes: Some(n_bytes),
            document,
        },
        diagnostics,
    }
}

fn read_content(
    bytes: Vec<u8>,
    path: Option<&Path>,
    params: &AcquireParams,
    watch: &mut Watcher<'_>,
) -> Diagnosed<Option<Content>> {
    let refuse = |code: Code, message: &str| Diagnosed {
        value: None,
        diagnostics: vec![Diagnostic::new(code, "", message)],
    };
    match sniff(&bytes) {
        Kind::Empty => refuse(Code::EmptyFile, "the file has 0 bytes"),
        Kind::Pdf => {
            let pages = pictures::read_pdf_pages(bytes, params, watch);
            Diagnosed {
                value: pages.value.map(Content::Pages),
                diagnostics: pages.diagnostics,
            }
        }
        Kind::Words => {
            let pages = ocr::words::read_pages(&bytes, &params.words);
            Diagnosed {
                value: pages.value.map(Content::Pages),
                diagnostics: pages.diagnostics,
            }
        }
        Kind::Text => {
            let lines = text::read_text(bytes, params.max_line_chars);
            Diagnosed {
                value: Some(Content::Lines(lines.value)),
                diagnostics: lines.diagnostics,
            }
        }
        Kind::Image(what) => {
            let find = |path| WordsBeside::find(path, params.max_bytes, &params.words);
            let words = path.and_then(find);
            if words.is_none() && params.ocr.mode == OcrMode::Never {
                return refuse(
                    Code::NeedsOcr,
                    &format!("the content is a {what} image, expected a text layer"),
                );
            }
            pictures::read_image_pages(&bytes, words, params, watch)
        }
        Kind::Archive("ZIP") => refuse(
            Code::Unsupported,
            "the content is a ZIP archive; one in another, or one whose name does not end in .zip, is not opened",
        ),
        Kind::Archive(what) => refuse(
            Code::Unsupported,
            &format!("the content is a {what} archive"),
        ),
        Kind::Other(what) => refuse(
            Code::WrongType,
            &format!(
                "the content is {what}, expected PDF, plain text or the output of OCR software"
            ),
        ),
    }
}

fn over_limit(n_bytes: u64, params: &AcquireParams) -> String {
    if n_bytes == params.max_bytes.saturating_add(1) {
        return format!("the file has more than {} bytes", params.max_bytes);
    }
    format!(
        "the file has {n_bytes} bytes, the limit is {}",
        params.max_bytes
    )
}

/// The sha256 of bytes, 64 lower-case hex digits.
fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn describe_type(metadata: &fs::Metadata) -> &'static str {
    if metadata.is_dir() {
        "it is a folder"
    } else {
        "it is a pipe, a socket or a device"
    }
}

/// Opens for reading; returns at once even if the path has become a pipe in the meantime.
#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(input: &Diagnosed<Input>) -> Vec<&'static str> {
        input.diagnostics.iter().map(|d| d.code.name()).collect()
    }

    #[test]
    fn text_has_the_hash_of_its_bytes_and_its_lines() {
        let input = read_bytes(
            "项目总额: 2.00 万元\r\n".into(),
            "a/b.txt",
            &AcquireParams::default(),
        );
        let document = input.value.document.expect("text is read");
        assert_eq!(document.id.len(), 64);
        assert_eq!(document.path, "a/b.txt");
        assert_eq!(
            document.content,
            Content::Lines(vec!["项目总额: 2.00 万元".to_owned()])
        );
    }

    #[test]
    fn hash_is_that_of_the_standard() {
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn empty_file_is_said() {
        let input = read_bytes(Vec::new(), "a.pdf", &AcquireParams::default());
        assert_eq!(codes(&input), ["EMPTY_FILE"]);
        assert_eq!(input.value.document, None);
        assert_eq!(input.value.n_bytes, Some(0));
    }

    #[test]
    fn missing_file_is_said() {
        let input = read_file(
            Path::new("no/such/file.pdf"),
            "file.pdf",
            &AcquireParams::default(),
        );
        assert_eq!(codes(&input), ["IO_NOT_FOUND"]);
    }

    #[test]
    fn folder_is_no_regular_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            codes(&read_file(folder.path(), "x", &AcquireParams::default())),
            ["NOT_REGULAR"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("fifo.pdf");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: there is no mkfifo here");
            return;
        }
        assert_eq!(
            codes(&read_file(&pipe, "x", &AcquireParams::default())),
            ["NOT_REGULAR"]
        );
    }

    #[test]
    fn large_file_is_refused_by_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let sparse = folder.path().join("sparse.pdf");
        File::create(&sparse).unwrap().set_len(10 << 30).unwrap();
        let input = read_file(&sparse, "x", &AcquireParams::default());
        assert_eq!(codes(&input), ["LIMIT_SIZE"]);
        assert_eq!(input.value.n_bytes, Some(10 << 30));
    }

    #[test]
    fn image_needs_recognition() {
        let input = read_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "x.pdf", &never());
        assert_eq!(codes(&input), ["NEEDS_OCR"]);
        assert!(input.value.id.is_some());
    }

    fn never() -> AcquireParams {
        let mut params = AcquireParams::default();
        params.ocr.mode = OcrMode::Never;
        params
    }

    #[test]
    fn without_models_an_image_is_failed_and_the_command_that_helps_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut params = AcquireParams::default();
        params.ocr.engine.models = Some(folder.path().to_owned());
        let white = ocr::Picture {
            width: 20,
            height: 20,
            rgb: vec![[255; 3]; 400],
            dpi: None,
        };
        let png = ocr::picture::to_png(&white).unwrap();
        let input = read_bytes(png, "x.png", &params);
        assert_eq!(codes(&input), ["OCR_MODEL_MISSING"]);
        assert_eq!(input.value.document, None);
        assert!(
            input.diagnostics[0]
                .message
                .contains("jixiao models install")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_us_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let n_bytes = bytes.len() as u64;
            let input = read_bytes(bytes, "x", &AcquireParams { max_line_chars: 3, ..AcquireParams::default() });
            assert_eq!(input.value.n_bytes, Some(n_bytes));
            assert!(input.value.document.is_some() || !input.diagnostics.is_empty());
        }
    }
}
