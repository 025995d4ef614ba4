//! Damaged files in, what is said of them out.

use super::testing::{assemble, one_page, read, stream, text_of};
use crate::model::Severity;

const HELLO: &str = "BT /F1 10 Tf 100 700 Td (AB) Tj ET";

/// What is read of the first page, and what is said.
fn check(file: Vec<u8>, text: &str, said: &[(Severity, &str)]) {
    let read = read(file);
    let pages = read.value.expect("the file can be read");
    assert_eq!(text_of(&pages[0]), text);
    let found: Vec<(Severity, String)> = read
        .diagnostics
        .iter()
        .map(|finding| {
            (
                finding.severity,
                format!("{} {}", finding.code.name(), finding.message),
            )
        })
        .collect();
    let said: Vec<(Severity, String)> = said
        .iter()
        .map(|(severity, text)| (*severity, (*text).to_owned()))
        .collect();
    assert_eq!(found, said);
}

/// A page whose entries are these; object 4 is content, 5 a font, the others are from number 6 on.
fn page(entries: &str, objects: &[String]) -> Vec<u8> {
    let mut all = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 5 0 R >> >> {entries} >>"
        ),
        stream("", HELLO),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    all.extend_from_slice(objects);
    assemble(&all)
}

const MISSING: (Severity, &str) = (
    Severity::Error,
    "CONTENT_DAMAGED content is missing or cannot be decoded on page 1",
);

#[test]
fn content_of_comments_alone_is_blank() {
    let only = |content: &str| one_page("", "", content, &[]);
    check(only("% nothing\n\r%% here %\n"), "", &[]);
    check(only("% nothing\n@@@"), "", &[MISSING]);
}

#[test]
fn a_page_without_content_is_blank_and_one_whose_content_is_missing_is_damaged() {
    check(page("", &[]), "", &[]);
    check(page("/Contents null", &[]), "", &[]);
    check(page("/Contents []", &[]), "", &[]);
    check(page("/Contents 4 0 R", &[]), "AB", &[]);
    check(page("/Contents 9 0 R", &[]), "", &[MISSING]);
    check(page("/Contents 5 0 R", &[]), "", &[MISSING]);
    check(page("/Contents [4 0 R 9 0 R]", &[]), "AB", &[MISSING]);
}

#[test]
fn content_that_cannot_be_decoded_is_said() {
    let unknown = stream("/Filter /Unknown", HELLO);
    check(page("/Contents 6 0 R", &[unknown]), "", &[MISSING]);
    let noise = stream("/Filter /FlateDecode", "no deflated data at all");
    check(page("/Contents [6 0 R 4 0 R]", &[noise]), "AB", &[MISSING]);
    // A stored block (RFC 1951, 3.2.4) in hex, cut off: it promises more than there is.
    let hex: String = HELLO.bytes().map(|byte| format!("{byte:02x}")).collect();
    let cut = stream(
        "/Filter [/ASCIIHexDecode /FlateDecode]",
        &format!("7801 01 ff00 00ff {hex}>"),
    );
    let broken = (
        Severity::Error,
        "CONTENT_DAMAGED content breaks off on page 1",
    );
    check(page("/Contents 6 0 R", &[cut]), "AB", &[broken]);
    let n = HELLO.len();
    let wrong = format!("7801 01 {n:02x}00 {:02x}ff {hex} 00000000>", 255 - n);
    let wrong = stream("/Filter [/ASCIIHexDecode /FlateDecode]", &wrong);
    let sum = (
        Severity::Warning,
        "CONTENT_DAMAGED bytes do not have their checksum on page 1",
    );
    check(page("/Contents 6 0 R", &[wrong]), "AB", &[sum]);
}

#[test]
fn an_object_that_is_drawn_and_missing_is_said() {
    let missing = (
        Severity::Warning,
        "CONTENT_DAMAGED an object that is drawn is missing on page 1",
    );
    let content = format!("{HELLO} /X Do");
    check(one_page("", "", &content, &[]), "AB", &[missing]);
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Filter /FlateDecode",
        "x",
    );
    check(
        one_page("", "/XObject << /X 6 0 R >>", &content, &[form]),
        "AB",
        &[MISSING],
    );
}

#[test]
fn content_that_is_none_is_said() {
    let noise = stream("", "8?+ qx\u{7f} Zz^ 3ap #1 ((");
    check(page("/Contents 6 0 R", &[noise]), "", &[MISSING]);
    let numbers = stream("", "1 2 3");
    check(page("/Contents 6 0 R", &[numbers]), "", &[MISSING]);
    check(page("/Contents 6 0 R", &[stream("", " \n")]), "", &[]);
    let unknown = (
        Severity::Warning,
        "CONTENT_DAMAGED drawing operators are unknown on page 1",
    );
    check(
        one_page("", "", &format!("Tk {HELLO} BX EX"), &[]),
        "AB",
        &[unknown],
    );
}

#[test]
fn cross_references_that_lead_to_a_digit_are_damaged() {
    let whole = page("/Contents 4 0 R", &[]);
    check(whole.clone(), "AB", &[]);
    let at = whole
        .windows(10)
        .rposition(|ten| ten == b"startxref\n")
        .expect("it ends so")
        + 10;
    let mut moved = whole.clone();
    // Into the midst of a row of the table.
    let start: usize = String::from_utf8_lossy(&whole[at..])
        .lines()
        .next()
        .and_then(|n| n.parse().ok())
        .expect("a number");
    let row = (start + 30).to_string();
    drop(moved.splice(at..at + row.len(), row.bytes()));
    let recovered = (
        Severity::Warning,
        "RECOVERED the cross references are damaged; objects were found by searching the file",
    );
    check(moved, "AB", &[recovered]);
}
