//! What the bytes of a file are, by content alone. In: the whole file. Out: [`Kind`]. Never: looks at a name.

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No bytes at all.
    Empty,
    /// A PDF, possibly with garbage before its header.
    Pdf,
    /// Words with their places, as OCR software writes them.
    Words,
    /// Plain text in some encoding.
    Text,
    /// An image; its format.
    Image(&'static str),
    /// A container of files; its format.
    Archive(&'static str),
    /// A document or data that jixiao does not read; what it is, with its article.
    Other(&'static str),
}

/// How far into a file a PDF header is looked for. ISO 32000-2, annex I, grants 1024 bytes; mail gateways and download
/// scripts put more before it.
const PDF_HEADER_REACH_BYTES: usize = 64 << 10;
/// How much of a file is looked at to tell text from binary data, from its start and from its middle.
const SAMPLE_BYTES: usize = 64 << 10;
/// Share of control characters (NUL aside) from which bytes are no text: random bytes have 0.10.
const MAX_CONTROL_SHARE: f64 = 0.02;
/// Share of NUL bytes from which bytes are no text: UTF-16 that is all ASCII has 0.50, and is asked for before.
const MAX_NUL_SHARE: f64 = 0.40;

const MAGICS: &[(&[u8], Kind)] = &[
    (b"\x89PNG\r\n\x1a\n", Kind::Image("PNG")),
    (b"\xff\xd8\xff", Kind::Image("JPEG")),
    (b"II*\0", Kind::Image("TIFF")),
    (b"MM\0*", Kind::Image("TIFF")),
    (b"II+\0", Kind::Image("TIFF")),
    (b"MM\0+", Kind::Image("TIFF")),
    (b"GIF87a", Kind::Image("GIF")),
    (b"GIF89a", Kind::Image("GIF")),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Kind::Image("JPEG 2000")),
    (b"\x97JB2\r\n\x1a\n", Kind::Image("JBIG2")),
    (b"Rar!\x1a\x07", Kind::Archive("RAR")),
    (b"7z\xbc\xaf\x27\x1c", Kind::Archive("7z")),
    (b"\x1f\x8b\x08", Kind::Archive("gzip")),
    (b"BZh", Kind::Archive("bzip2")),
    (b"\xfd7zXZ\0", Kind::Archive("xz")),
    (b"\x28\xb5\x2f\xfd", Kind::Archive("Zstandard")),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Kind::Other("an older Office document (DOC, XLS, WPS)"),
    ),
    (b"{\\rtf", Kind::Other("an RTF document")),
    (b"%!PS", Kind::Other("a PostScript document")),
    (b"CAJ\0", Kind::Other("a CAJ document")),
    (b"AT&TFORM", Kind::Other("a DjVu document")),
    (b"\x7fELF", Kind::Other("a program")),
    (b"SQLite format 3\0", Kind::Other("a database")),
];

/// Decides what the bytes are.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Kind {
    if bytes.is_empty() {
        return Kind::Empty;
    }
    if is_pdf_header(without_leading_blanks(bytes)) {
        return Kind::Pdf;
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_kind(bytes);
    }
    // A text may begin with `BZh`; all other beginnings are never those of a text.
    if let Some((_, kind)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic))
        && (*kind != Kind::Archive("bzip2") || looks_binary(bytes))
    {
        return *kind;
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Kind::Image("WebP");
    }
    if bytes.starts_with(b"BM") && looks_binary(bytes) {
        return Kind::Image("BMP");
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Kind::Archive("tar");
    }
    if super::ocr::words::format_of(bytes).is_some() {
        return Kind::Words;
    }
    if let Some(markup) = markup_kind(bytes) {
        return markup;
    }
    if has_late_pdf_header(bytes) {
        return Kind::Pdf;
    }
    if looks_binary(bytes) {
        return Kind::Other("binary data of an unknown kind");
    }
    if has_only_marks(bytes) {
        return Kind::Other("marks without a letter or digit");
    }
    Kind::Text
}

fn is_pdf_header(bytes: &[u8]) -> bool {
    bytes
        .strip_prefix(b"%PDF-")
        .is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit))
}

/// A header behind garbage: followed by an object, so that a text that speaks of `%PDF-1.7` is none.
fn has_late_pdf_header(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(PDF_HEADER_REACH_BYTES)];
    let found = head
        .windows(5)
        .position(|window| window == b"%PDF-")
        .filter(|at| is_pdf_header(&head[*at..]));
    found.is_some_and(|at| {
        let after = &bytes[at..bytes.len().min(at + PDF_HEADER_REACH_BYTES)];
        contains(after, b" obj") && contains(after, b"endobj")
    })
}

fn without_leading_blanks(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let blanks = bytes
        .iter()
        .take(1024)
        .take_while(|byte| byte.is_ascii_whitespace() || **byte == 0)
        .count();
    &bytes[blanks..]
}

/// Documents that are ZIP files by their packaging: a member that all of them have, the bytes by which it is found, and what they are.
const PACKED_DOCUMENTS: &[(&str, &[u8], &str)] = &[
    ("OFD.xml", b"OFD.xml", "an OFD document"),
    (
        "[Content_Types].xml",
        b"[Content_Types].xml",
        "an Office document (DOCX, XLSX)",
    ),
    (
        "mimetype",
        b"mimetypeapplication/",
        "an OpenDocument or EPUB document",
    ),
];

/// Whether a ZIP file with a member of this name is a document, and no archive of documents.
pub(super) fn is_of_document(member: &str) -> bool {
    PACKED_DOCUMENTS.iter().any(|(name, ..)| *name == member)
}

fn zip_kind(bytes: &[u8]) -> Kind {
    let head = &bytes[..bytes.len().min(4 << 10)];
    let tail = &bytes[bytes.len().saturating_sub(64 << 10)..];
    let has_member = |name: &[u8]| contains(head, name) || contains(tail, name);
    PACKED_DOCUMENTS
        .iter()
        .find(|(_, bytes, _)| has_member(bytes))
        .map_or(Kind::Archive("ZIP"), |(_, _, what)| Kind::Other(what))
}

fn markup_kind(bytes: &[u8]) -> Option<Kind> {
    let start = without_leading_blanks(bytes);
    let head = start[..start.len().min(2048)].to_ascii_lowercase();
    let html = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<table",
        "<meta",
        "<!--",
    ];
    if html.iter().any(|tag| head.starts_with(tag.as_bytes())) {
        return Some(Kind::Other("an HTML page"));
    }
    if head.starts_with(b"<?xml") || head.starts_with(b"<!doctype") {
        let is_html = contains(&head, b"<html");
        return Some(Kind::Other(if is_html {
            "an HTML page"
        } else {
            "an XML document"
        }));
    }
    (head.starts_with(b"mime-version:") && contains(&head, b"content-type:"))
        .then_some(Kind::Other("a saved web page or mail"))
}

fn looks_binary(bytes: &[u8]) -> bool {
    if super::text::utf16_order(bytes).is_some() {
        return false;
    }
    let middle = bytes.len() / 2;
    let samples = [
        &bytes[..bytes.len().min(SAMPLE_BYTES)],
        &bytes[middle..bytes.len().min(middle + SAMPLE_BYTES)],
    ];
    let n_bytes: usize = samples.iter().map(|sample| sample.len()).sum();
    let count = |is: fn(u8) -> bool| {
        samples
            .iter()
            .flat_map(|sample| sample.iter())
            .filter(|byte| is(**byte))
            .count()
    };
    let n_nul = count(|byte| byte == 0);
    // Tab, line ends and ESC (terminal logs) are found in texts; Ctrl-Z ends the texts of old systems.
    let n_control = count(|byte| byte < 0x20 && !matches!(byte, 0 | 0x09..=0x0d | 0x1a | 0x1b));
    let share = |n: usize| n as f64 / n_bytes.max(1) as f64;
    share(n_control) > MAX_CONTROL_SHARE || share(n_nul) > MAX_NUL_SHARE
}

/// Whether something is printed, but nothing that could be read: a file of one mark repeated is a failed download.
fn has_only_marks(bytes: &[u8]) -> bool {
    let could_be_read = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    bytes.iter().any(u8::is_ascii_graphic) && !bytes.iter().any(could_be_read)
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Kind) {
        assert_eq!(sniff(bytes), expected);
    }

    #[test]
    fn pdf_is_told_by_its_header() {
        check(b"%PDF-1.7\n1 0 obj", Kind::Pdf);
        check(b"\xef\xbb\xbf\r\n%PDF-1.4", Kind::Pdf);
    }

    #[test]
    fn pdf_behind_garbage_is_pdf() {
        let mut bytes = b"\0\xffGARBAGE".repeat(500);
        bytes.extend(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj");
        check(&bytes, Kind::Pdf);
    }

    #[test]
    fn text_that_speaks_of_pdf_is_text() {
        check("文件头为 %PDF-1.7 的文件".as_bytes(), Kind::Text);
    }

    #[test]
    fn error_page_is_html() {
        check(
            b"<!DOCTYPE html><html><body>404</body></html>",
            Kind::Other("an HTML page"),
        );
        check(
            b"<?xml version=\"1.0\"?>\n<html xmlns=\"x\">",
            Kind::Other("an HTML page"),
        );
    }

    #[test]
    fn zip_is_told_from_the_documents_packed_so() {
        check(
            b"PK\x03\x04\x14\0\0\0\0\0OFD.xml",
            Kind::Other("an OFD document"),
        );
        check(
            b"PK\x03\x04\x14\0[Content_Types].xml",
            Kind::Other("an Office document (DOCX, XLSX)"),
        );
        check(b"PK\x03\x04\x14\0\0\0ok.pdf", Kind::Archive("ZIP"));
    }

    #[test]
    fn nuls_in_a_text_do_not_make_it_binary() {
        check(&b"abc\0def\0\0\n".repeat(1000), Kind::Text);
    }

    #[test]
    fn noise_is_binary() {
        let noise: Vec<u8> = (0..40_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        check(&noise, Kind::Other("binary data of an unknown kind"));
    }

    #[test]
    fn marks_alone_are_no_text() {
        check(
            &b"%".repeat(1000),
            Kind::Other("marks without a letter or digit"),
        );
        check(b"\n \n", Kind::Text);
    }
}
