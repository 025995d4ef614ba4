//! Small PDFs for the tests of this folder.
//! In: the bodies of objects. Out: a file with right cross references. Never: part of the program.

use super::{PdfParams, read_pdf};
use crate::model::{Diagnosed, Page};

/// A file of these objects, numbered from 1; the first is the catalogue.
pub(super) fn assemble(objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (index, body) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n{body}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    out.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
            objects.len() + 1
        )
        .bytes(),
    );
    out
}

/// A stream object; `data` must be ASCII.
pub(super) fn stream(entries: &str, data: &str) -> String {
    format!(
        "<< {entries} /Length {} >>\nstream\n{data}\nendstream",
        data.len()
    )
}

/// A page of 600 by 800 points with this content: object 3 is the page, 4 its content, 5 the font F1 (Helvetica); `page` are
/// further entries of the page, `resources` of its resources, `objects` those from number 6 on.
pub(super) fn one_page(page: &str, resources: &str, content: &str, objects: &[String]) -> Vec<u8> {
    let mut all = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> {resources} >> {page} >>"
        ),
        stream("", content),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    all.extend_from_slice(objects);
    assemble(&all)
}

/// Reads a file with default parameters.
pub(super) fn read(bytes: Vec<u8>) -> Diagnosed<Option<Vec<Page>>> {
    read_pdf(bytes, &PdfParams::default())
}

/// The only page of a file.
pub(super) fn read_page(bytes: Vec<u8>) -> Page {
    let mut pages = read(bytes).value.expect("the file can be read");
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}

/// The characters of a page in the order drawn.
pub(super) fn text_of(page: &Page) -> String {
    page.glyphs.iter().map(|glyph| glyph.ch).collect()
}
