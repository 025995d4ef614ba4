//! PDF: the bytes of a file become pages of positioned glyphs and rules.
//! In: bytes. Out: [`Page`]s in page space (points, origin top left, y down; /Rotate, CropBox and UserUnit applied once).
//! Never: guesses a character; drops a glyph without counting it; trusts a length, a count or a nesting.
//!
//! The parser is hayro-syntax, the predefined CMaps are hayro-cmap's; content streams and fonts are interpreted here. Nothing
//! outside this folder knows these crates.

mod annotations;
mod cmap;
mod composite_font;
mod content;
mod decode;
mod document;
mod doubling;
mod fonts;
mod gbk;
mod glyph_names;
mod layers;
mod limits;
mod matrix;
mod open;
mod paint;
mod path;
mod predefined;
mod predictor;
mod program;
mod recording;
mod rulings;
pub mod scan;
mod simple_font;
mod sink;
mod standard_widths;
mod symbols;
mod text;
mod widths;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod testing;

pub use rulings::RulingParams;

use std::sync::Arc;

use hayro_syntax::Pdf;

use crate::acquire::ocr::picture::{PictureError, PictureLimits};
use crate::model::page::PageSource;
use crate::model::{Code, Diagnosed, Diagnostic, Page, Severity, Steps};
use document::Doc;
use limits::page_list;
use scan::{ScannedPage, SystemFonts};

/// Limits and tolerances of reading a PDF.
#[derive(Debug, Clone, PartialEq)]
pub struct PdfParams {
    /// Passwords to try where the empty one does not open the file, in this order.
    pub passwords: Vec<String>,
    /// Told of each page.
    pub steps: Steps,
    /// Pages that are read; what lies beyond is reported.
    pub max_pages: u32,
    /// Operators of one page, forms drawn inside it included.
    pub max_page_operators: u64,
    /// Glyphs of one page, visible or not.
    pub max_page_glyphs: u32,
    /// Operators of the whole file.
    pub max_file_operators: u64,
    /// Decoded bytes of one stream.
    pub max_decoded_stream_bytes: usize,
    /// How many times as many bytes as it has a stream of contents or of a font may decode to, from a mebibyte on: one filter
    /// can make 1,032 of one (deflate's most), a chain of them a million.
    pub max_decoded_ratio: usize,
    /// Decoded bytes of all streams together.
    pub max_decoded_file_bytes: usize,
    /// Forms inside forms.
    pub max_form_depth: usize,
    /// Forms drawn on one page, forms inside forms included.
    pub max_page_forms: u64,
    /// Longest side of a page, points; larger pages are scaled down.
    pub max_page_size: f32,
    /// Largest file that the second parser may try to repair, bytes.
    pub max_repair_bytes: usize,
    /// Two equal characters nearer than this are one (fake bold), in ems.
    pub doubled_em: f32,
    /// Share of a page that images must cover for it to be a scan, 0.0 to 1.0.
    pub min_scan_coverage: f32,
    /// Visible characters up to which such a page is still a scan (page numbers, stamps).
    pub max_scan_glyphs: usize,
    /// Visible characters up to which it is a scan where they stand on few lines (running headers and footers).
    pub max_scan_margin_glyphs: usize,
    /// Share of the page's height that those lines may take, 0.0 to 1.0.
    pub max_scan_text_share: f32,
    /// Share of a page that images must cover for it to be a scan where no character is visible at all.
    pub min_bare_image_coverage: f32,
    /// Curved outlines from which on a page without text is text turned into paths.
    pub min_outlines: u32,
    /// Visible characters up to which such a page has no text layer.
    pub max_outline_glyphs: usize,
    /// Share of a page's glyphs without a character from which on the finding is an error, 0.0 to 1.0; below, a warning.
    pub max_unmapped_share: f32,
    /// What counts as a rule.
    pub rulings: RulingParams,
}

impl Default for PdfParams {
    fn default() -> Self {
        Self {
            passwords: Vec::new(),
            steps: Steps::default(),
            max_pages: 5_000,
            max_page_operators: 3_000_000,
            max_page_glyphs: 1_000_000,
            max_file_operators: 100_000_000,
            max_decoded_stream_bytes: 256 << 20,
            max_decoded_ratio: 1_100,
            max_decoded_file_bytes: 2 << 30,
            max_form_depth: 12,
            max_page_forms: 20_000,
            max_page_size: 14_400.0,
            max_repair_bytes: 64 << 20,
            doubled_em: 0.15,
            min_scan_coverage: 0.6,
            max_scan_glyphs: 40,
            max_scan_margin_glyphs: 200,
            max_scan_text_share: 0.1,
            min_bare_image_coverage: 0.2,
            min_outlines: 150,
            max_outline_glyphs: 10,
            max_unmapped_share: 0.005,
            rulings: RulingParams::default(),
        }
    }
}

/// Whether bytes are a PDF: the header `%PDF-` within the first 8 KiB, whatever stands before it.
#[must_use]
pub fn is_pdf(bytes: &[u8]) -> bool {
    open::header_offset(bytes).is_some()
}

/// A PDF that is open: its pages are read, and pictures are made of them, one at a time.
pub struct OpenPdf {
    pdf: Pdf,
    params: PdfParams,
    fonts: Arc<SystemFonts>,
}

impl std::fmt::Debug for OpenPdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenPdf").finish_non_exhaustive()
    }
}

/// Opens a PDF, with a password if need be, or after repair.
///
/// The value is `None`, with a finding of severity error, where the file cannot be read: encrypted, or damaged beyond repair.
#[must_use]
pub fn open_pdf(bytes: Vec<u8>, params: &PdfParams) -> Diagnosed<Option<OpenPdf>> {
    let mut diagnostics = Vec::new();
    let value = match open::open(bytes, params, &mut diagnostics) {
        Ok(pdf) => Some(OpenPdf {
            pdf,
            params: params.clone(),
            fonts: Arc::default(),
        }),
        Err(refusal) => {
            diagnostics.push(refusal);
            None
        }
    };
    Diagnosed { value, diagnostics }
}

impl OpenPdf {
    /// Reads the pages, up to the limit of pages.
    ///
    /// A limit that is reached and glyphs without a character are findings; what could be read is there. Pages that need
    /// recognition are no finding here: [`needs_ocr`] says which they are.
    #[must_use]
    pub fn read_pages(&self) -> Diagnosed<Vec<Page>> {
        let mut read = self.interpret_pages();
        report_pages(&read.value, &self.params, &mut read.diagnostics);
        read
    }

    /// The pages, with what was noticed of the whole file.
    fn interpret_pages(&self) -> Diagnosed<Vec<Page>> {
        let (pdf, params) = (&self.pdf, &self.params);
        let mut diagnostics = Vec::new();
        let mut doc = Doc::new(pdf, params);
        let found = pdf.pages();
        let n_pages = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let pages: Vec<Page> = found
            .iter()
            .zip(1..=params.max_pages)
            .map(|(page, number)| {
                params.steps.begin();
                doc.read_page(page, number, params)
            })
            .collect();
        if n_pages > params.max_pages {
            diagnostics.push(Diagnostic::new(
                Code::LimitPages,
                "",
                format!(
                    "{n_pages} pages, only the first {} were read",
                    params.max_pages
                ),
            ));
        }
        open::report_page_tree(pdf, n_pages, &mut diagnostics);
        if doc.n_repaired > 0 {
            diagnostics.push(Diagnostic::new(
                Code::RepairedEncoding,
                "",
                format!(
                    "{} characters were GBK bytes in a single-byte font",
                    doc.n_repaired
                ),
            ));
        }
        diagnostics.extend(doc.limits.into_diagnostics());
        Diagnosed {
            value: pages,
            diagnostics,
        }
    }

    /// The picture of page `number` (from 1) as it is displayed; `None` where nothing is drawn on it.
    ///
    /// # Errors
    /// [`PictureError::Broken`] where there is no such page.
    pub fn page_picture(
        &self,
        number: u32,
        limits: &PictureLimits,
    ) -> Result<Option<ScannedPage>, PictureError> {
        scan::page_picture(&self.pdf, number, &self.params, limits, &self.fonts)
    }
}

/// Reads the pages of a PDF.
///
/// The value is `None`, with a finding of severity error, where the file cannot be read: encrypted, or damaged beyond repair.
/// A limit that is reached, pages that need recognition and glyphs without a character are findings; what could be read is
/// there.
#[must_use]
pub fn read_pdf(bytes: Vec<u8>, params: &PdfParams) -> Diagnosed<Option<Vec<Page>>> {
    let mut diagnostics = Vec::new();
    let opened = open_pdf(bytes, params).unload(&mut diagnostics);
    let value = opened.map(|pdf| {
        let pages = pdf.interpret_pages().unload(&mut diagnostics);
        diagnostics.extend(needs_ocr(&pages));
        report_pages(&pages, params, &mut diagnostics);
        pages
    });
    Diagnosed { value, diagnostics }
}

/// The finding that names the pages without a text layer; `None` where there is no such page.
#[must_use]
pub fn needs_ocr(pages: &[Page]) -> Option<Diagnostic> {
    let scans: Vec<u32> = pages
        .iter()
        .filter(|page| page.source == PageSource::Scan)
        .map(|page| page.number)
        .collect();
    if scans.is_empty() {
        return None;
    }
    let verb = if scans.len() == 1 { "has" } else { "have" };
    Some(Diagnostic::new(
        Code::NeedsOcr,
        "",
        format!("{} {verb} no text layer", page_list(scans)),
    ))
}

/// What pages say about themselves: unmapped or hidden glyphs.
fn report_pages(pages: &[Page], params: &PdfParams, diagnostics: &mut Vec<Diagnostic>) {
    let unmapped: Vec<&Page> = pages
        .iter()
        .filter(|page| page.census.unmapped > 0)
        .collect();
    if !unmapped.is_empty() {
        let n: u64 = unmapped
            .iter()
            .map(|page| u64::from(page.census.unmapped))
            .sum();
        let bad = unmapped.iter().any(|page| {
            let n_visible = page.census.mapped + page.census.unmapped;
            page.census.unmapped as f32 > params.max_unmapped_share * n_visible as f32
        });
        let severity = if bad {
            Severity::Error
        } else {
            Severity::Warning
        };
        let message = format!(
            "{n} glyphs have no known character on {}",
            page_list(unmapped.iter().map(|page| page.number))
        );
        diagnostics
            .push(Diagnostic::new(Code::UnmappedGlyphs, "", message).with_severity(severity));
    }
    let hidden: Vec<&Page> = pages.iter().filter(|page| page.census.hidden > 0).collect();
    if !hidden.is_empty() {
        let n: u64 = hidden
            .iter()
            .map(|page| u64::from(page.census.hidden))
            .sum();
        let message = format!(
            "{n} glyphs are not to be seen on {}",
            page_list(hidden.iter().map(|page| page.number))
        );
        diagnostics.push(Diagnostic::new(Code::HiddenText, "", message));
    }
}
