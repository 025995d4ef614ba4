//! Acquire: the bytes of a file become pages of positioned glyphs, or plain lines.
//! In: a path or bytes. Out: [`Document`]. Never: knows what a table or a form is.
//!
//! What the bytes are is decided by their content (`sniff`), never by the file's name. A fault of the document or of
//! the disk is a [`Diagnostic`]: every input leaves an [`Input`], and the run goes on.
#![expect(
    clippy::disallowed_methods,
    reason = "acquire is an edge of the pipeline"
)]

pub mod ocr;
pub mod pdf;
mod process;
mod radicals;
mod sniff;
mod text;

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::page::{Content, Document, Page, PageSource};
use crate::model::{Code, Diagnosed, Diagnostic};

use ocr::Picture;
use ocr::picture::{PictureError, read_image};
use ocr::read::{OcrMode, OcrParams, ReadPicture, Recognisers, read_picture};
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
}

impl Default for AcquireParams {
    fn default() -> Self {
        Self {
            max_bytes: 256 << 20,
            max_line_chars: 100_000,
            pdf: pdf::PdfParams::default(),
            ocr: OcrParams::default(),
            words: ocr::words::WordLimits::default(),
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
    watch_file(path, name, params, &mut |_, _| {})
}

/// Reads as [`read_file`] does, and tells `watch` of each page that is recognised.
#[must_use]
pub fn watch_file(
    path: &Path,
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
    if let Err(error) = file
        .take(params.max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
    {
        return io_refusal(Some(metadata.len()), "read the file to its end", &error);
    }
    watch_bytes(bytes, name, params, watch)
}

/// Reads a document that is in memory already.
///
/// Says `EMPTY_FILE`, `LIMIT_SIZE`, `WRONG_TYPE`, `UNSUPPORTED`, `NEEDS_OCR`, and what the reader of its kind says.
#[must_use]
pub fn read_bytes(bytes: Vec<u8>, name: &str, params: &AcquireParams) -> Diagnosed<Input> {
    watch_bytes(bytes, name, params, &mut |_, _| {})
}

fn watch_bytes(
    bytes: Vec<u8>,
    name: &str,
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
    let content = read_content(bytes, params, watch).unload(&mut diagnostics);
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
            let pages = read_pdf_pages(bytes, params, watch);
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
        Kind::Image(what) if params.ocr.mode == OcrMode::Never => refuse(
            Code::NeedsOcr,
            &format!("the content is a {what} image, expected a text layer"),
        ),
        Kind::Image(_) => read_image_pages(&bytes, params, watch),
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

/// What is told of each page that was recognised: its picture, and what was found on it.
pub type Watcher<'a> = dyn FnMut(&Picture, &ReadPicture) + 'a;

/// The pages of a PDF; those that are scans are recognised.
fn read_pdf_pages(
    bytes: Vec<u8>,
    params: &AcquireParams,
    watch: &mut Watcher<'_>,
) -> Diagnosed<Option<Vec<Page>>> {
    let mut diagnostics = Vec::new();
    let Some(file) = pdf::open_pdf(bytes, &params.pdf).unload(&mut diagnostics) else {
        return Diagnosed {
            value: None,
            diagnostics,
        };
    };
    let mut pages = file.read_pages().unload(&mut diagnostics);
    let is_wanted = |page: &Page| match params.ocr.mode {
        OcrMode::Auto => page.source == PageSource::Scan,
        OcrMode::Always => page.source != PageSource::Blank,
        OcrMode::Never => false,
    };
    if pages.iter().any(is_wanted) {
        match Recognisers::open(&params.ocr) {
            Ok(recognisers) => {
                for page in pages.iter_mut().filter(|page| is_wanted(page)) {
                    let read =
                        read_scan(&file, page.number, &recognisers, params, &mut diagnostics);
                    match read {
                        Ok((picture, read)) => {
                            watch(&picture, &read);
                            let second = std::mem::take(&mut page.second);
                            *page = Page {
                                second,
                                ..read.page
                            };
                        }
                        Err(finding) => diagnostics.push(finding),
                    }
                }
            }
            Err(missing) => diagnostics.push(missing),
        }
    }
    diagnostics.extend(pdf::needs_ocr(&pages));
    Diagnosed {
        value: Some(pages),
        diagnostics,
    }
}

fn read_scan(
    file: &pdf::OpenPdf,
    number: u32,
    recognisers: &Recognisers,
    params: &AcquireParams,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(Picture, ReadPicture), Diagnostic> {
    let taken = file.page_picture(number, &params.ocr.limits);
    let scan = match taken {
        Ok(Some(scan)) => scan,
        Ok(None) => {
            let message = format!("page {number} has no text layer and no picture");
            return Err(Diagnostic::new(Code::NeedsOcr, "", message));
        }
        Err(error) => return Err(picture_finding(number, &error)),
    };
    diagnostics.extend(scan.findings);
    let size = Some((scan.width, scan.height));
    let read = read_picture(&scan.picture, number, size, recognisers, &params.ocr)?;
    Ok((scan.picture, read))
}

/// The pages of an image file.
fn read_image_pages(
    bytes: &[u8],
    params: &AcquireParams,
    watch: &mut Watcher<'_>,
) -> Diagnosed<Option<Content>> {
    let mut diagnostics = Vec::new();
    let pictures = read_image(bytes, &params.ocr.limits)
        .map_err(|error| picture_finding(1, &error))
        .and_then(|pictures| Ok((pictures, Recognisers::open(&params.ocr)?)));
    let (pictures, recognisers) = match pictures {
        Ok(opened) => opened,
        Err(finding) => {
            return Diagnosed {
                value: None,
                diagnostics: vec![finding],
            };
        }
    };
    let mut pages = Vec::with_capacity(pictures.len());
    for (picture, number) in pictures.iter().zip(1u32..) {
        match read_picture(picture, number, None, &recognisers, &params.ocr) {
            Ok(read) => {
                watch(picture, &read);
                pages.push(read.page);
            }
            Err(finding) => {
                diagnostics.push(finding);
                pages.push(Page {
                    number,
                    source: PageSource::Scan,
                    ..Page::default()
                });
            }
        }
    }
    Diagnosed {
        value: Some(Content::Pages(pages)),
        diagnostics,
    }
}

fn picture_finding(number: u32, error: &PictureError) -> Diagnostic {
    let code = match error {
        PictureError::TooLarge { .. } => Code::LimitPixels,
        PictureError::Unsupported(_) | PictureError::Broken(_) => Code::BadImage,
    };
    Diagnostic::new(code, "", format!("page {number}: {error}"))
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
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
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
