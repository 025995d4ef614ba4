//! Words that other OCR software read: its files become pages of positioned words, and these become [`Page`]s.
//!
//! In: the bytes of an hOCR, ALTO, PAGE, Tesseract TSV, PaddleOCR, RapidOCR, Azure or Textract file. Out: [`WordPage`]s,
//! and [`Page`]s made of them. Never: changes a word; takes a file for one of these by its name.
//!
//! `detect` tells the formats apart, a file per format reads it into a [`collect::Collector`], `tables` makes rules of
//! cells, `upright` turns a page, and `set` makes glyphs of words. Rules that were found on a picture of the same page can
//! be put into [`WordPage::rules`] before [`to_page`], in the page's own units.

mod alto;
mod azure;
mod beside;
mod bridged;
mod collect;
mod detect;
mod hocr;
mod paddle;
mod page_xml;
mod points;
mod quad;
mod set;
mod tables;
mod textract;
mod tsv;
mod upright;
mod xml;

use std::borrow::Cow;

use thiserror::Error;

use super::Rule;
use crate::acquire::text;
use crate::model::page::Page;
use crate::model::{Code, Diagnosed, Diagnostic};

use collect::Collector;

pub use beside::on_picture;
pub use detect::format_of;
pub use quad::Quad;
pub use set::to_page;

/// A format of OCR software's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// HTML with classes `ocr_page`, `ocr_line`, `ocrx_word`.
    Hocr,
    /// ALTO XML, versions 1 to 4.
    Alto,
    /// PAGE XML, the format of the PRImA group.
    PageXml,
    /// The table that `tesseract … tsv` writes.
    TesseractTsv,
    /// JSON of PaddleOCR, RapidOCR and their servers: texts with boxes and scores.
    PaddleJson,
    /// JSON of Azure Read and Document Intelligence.
    AzureJson,
    /// JSON of AWS Textract.
    TextractJson,
}

impl Format {
    /// What it is called in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hocr => "hOCR",
            Self::Alto => "ALTO",
            Self::PageXml => "PAGE XML",
            Self::TesseractTsv => "Tesseract TSV",
            Self::PaddleJson => "PaddleOCR JSON",
            Self::AzureJson => "Azure Document Intelligence JSON",
            Self::TextractJson => "Textract JSON",
        }
    }
}

/// A word, or a whole line where the software does not part its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// What was read, without white space around it; never blank. Radicals are folded.
    pub text: String,
    /// Where it stands, in units of its page.
    pub quad: Quad,
    /// How sure the software was, 0.0 to 1.0, where it says so.
    pub confidence: Option<f32>,
    /// Words that the software put on one line of text share a number, from 0.
    pub line: u32,
}

/// A page of words, as the software saw it: origin top left, y down.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WordPage {
    /// From 1, in the order of the file.
    pub number: u32,
    /// Width in units (pixels, nearly always); 0.0 where the file does not say it.
    pub width: f32,
    /// Height in units; 0.0 where the file does not say it.
    pub height: f32,
    /// Units an inch, where the file says it.
    pub units_an_inch: Option<f32>,
    /// Its words in the order of the file.
    pub words: Vec<Word>,
    /// Rules and borders of cells that the file gives, in units.
    pub rules: Vec<Rule>,
}

/// Limits of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordLimits {
    /// Pages of a file that are read.
    pub max_pages: usize,
    /// Words of a file that are read; rules and cells are counted with them.
    pub max_words: usize,
    /// Characters of a file that are read: words behind them are not.
    pub max_chars: usize,
    /// Longest text of a word, in characters; what is behind them is not read.
    pub max_word_chars: usize,
    /// Largest JSON file, in bytes: its values are held together.
    pub max_json_bytes: usize,
    /// Deepest nesting of XML elements.
    pub max_depth: usize,
}

impl Default for WordLimits {
    fn default() -> Self {
        Self {
            max_pages: 5_000,
            max_words: 1_000_000,
            max_chars: 5_000_000,
            max_word_chars: 10_000,
            max_json_bytes: 64 << 20,
            max_depth: 256,
        }
    }
}

/// Why nothing could be read.
#[derive(Debug, Error)]
pub enum WordsError {
    /// It is none of the formats.
    #[error("the content is no known output of OCR software")]
    UnknownFormat,
    /// It does not have the form that its format demands.
    #[error("the {} file is damaged: {what}", .format.name())]
    Damaged {
        /// The format that its beginning shows.
        format: Format,
        /// What is wrong with it, and where.
        what: String,
    },
    /// A JSON file is too large to be held.
    #[error("the {} file has {n_bytes} bytes, the limit is {max}", .format.name())]
    TooLarge {
        /// The format that its beginning shows.
        format: Format,
        /// Its size.
        n_bytes: usize,
        /// The limit.
        max: usize,
    },
}

impl WordsError {
    /// The finding that says it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::UnknownFormat => Code::WrongType,
            Self::Damaged { .. } => Code::BadOcrFile,
            Self::TooLarge { .. } => Code::LimitSize,
        }
    }
}

/// Reads the words of a file; its format is told by its content.
///
/// A file that is damaged in its middle gives the pages before, and `BAD_OCR_FILE` says where. Says `WORD_UNPLACED`,
/// `OCR_SIDEWAYS`, `LIMIT_WORDS`, `LIMIT_PAGES`, `LIMIT_LINE`, `LIMIT_DEPTH`, and what decoding the text says.
///
/// # Errors
/// Where nothing can be read; see [`WordsError`].
pub fn read_words(
    bytes: &[u8],
    limits: &WordLimits,
) -> Result<Diagnosed<Vec<WordPage>>, WordsError> {
    let format = format_of(bytes).ok_or(WordsError::UnknownFormat)?;
    let is_json = matches!(
        format,
        Format::PaddleJson | Format::AzureJson | Format::TextractJson
    );
    if is_json && bytes.len() > limits.max_json_bytes {
        return Err(WordsError::TooLarge {
            format,
            n_bytes: bytes.len(),
            max: limits.max_json_bytes,
        });
    }
    let mut diagnostics = Vec::new();
    let decoded: Cow<'_, str> = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(text::decode(bytes.to_vec()).unload(&mut diagnostics)),
    };
    let content = decoded.trim_start_matches(['\u{feff}', '\0', ' ', '\t', '\r', '\n']);
    let mut collector = Collector::new(limits);
    match format {
        Format::Hocr => hocr::read(content, &mut collector),
        Format::Alto => alto::read(content, &mut collector),
        Format::PageXml => page_xml::read(content, &mut collector),
        Format::TesseractTsv => tsv::read(content, &mut collector),
        Format::PaddleJson => paddle::read(content, &mut collector)?,
        Format::AzureJson => azure::read(content, &mut collector)?,
        Format::TextractJson => textract::read(content, &mut collector)?,
    }
    let pages = collector.finish(format).unload(&mut diagnostics);
    if pages.is_empty() {
        let what = diagnostics
            .iter()
            .find(|finding| finding.code == Code::BadOcrFile)
            .map_or("it holds no page", |finding| finding.message.as_str());
        let prefix = format!("{}: ", format.name());
        let what = what.strip_prefix(&prefix).unwrap_or(what).to_owned();
        return Err(WordsError::Damaged { format, what });
    }
    Ok(Diagnosed {
        value: pages,
        diagnostics,
    })
}

/// Reads a file of words as pages of glyphs; `None` where nothing could be read, and a finding says why.
///
/// Says what [`read_words`] says, and `HIDDEN_TEXT` where strokes were rules.
#[must_use]
pub fn read_pages(bytes: &[u8], limits: &WordLimits) -> Diagnosed<Option<Vec<Page>>> {
    match read_words(bytes, limits) {
        Ok(read) => {
            let mut diagnostics = read.diagnostics;
            let pages: Vec<Page> = read.value.iter().map(to_page).collect();
            let n_strokes: u64 = pages.iter().map(|p| u64::from(p.census.hidden)).sum();
            if n_strokes > 0 {
                let message = format!("{n_strokes} strokes `|` stand on rules and are these rules");
                diagnostics.push(Diagnostic::new(Code::HiddenText, "", message));
            }
            Diagnosed {
                value: Some(pages),
                diagnostics,
            }
        }
        Err(error) => Diagnosed {
            value: None,
            diagnostics: vec![Diagnostic::new(error.code(), "", error.to_string())],
        },
    }
}

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;
