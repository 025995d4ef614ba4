//! What a file may cost, and what was noticed while reading it.
//! In: charges. Out: yes or no, and findings at the end. Never: lets a limit pass without a word.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use hayro_syntax::object::Stream;

use super::PdfParams;
use super::decode::{Damage, DecodeError, Decoded, decode_to_codec};
use crate::model::{Code, Diagnostic, Severity};

/// What is noticed of a page while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noted {
    /// More operators or glyphs than the limit.
    Operators,
    /// A stream that decodes to more than the limit.
    Decoded,
    /// Nesting beyond the limit.
    Depth,
    /// Content that is not where the page says, or cannot be decoded.
    ContentMissing,
    /// Content that breaks off.
    ContentBroken,
    /// Operators that are none.
    OperatorUnknown,
    /// An object that the content draws and that is not there.
    ObjectMissing,
    /// A font, or a table of its characters, that is not whole.
    FontBroken,
    /// Bytes that do not have their checksum.
    WrongSum,
}

impl Noted {
    /// Its finding: code, severity, text.
    fn finding(self) -> (Code, Severity, &'static str) {
        match self {
            Self::Operators => (
                Code::LimitOps,
                Severity::Error,
                "more drawing operators or glyphs than the limit",
            ),
            Self::Decoded => (
                Code::LimitDecode,
                Severity::Error,
                "a stream decodes to more than the limit",
            ),
            Self::Depth => (
                Code::LimitDepth,
                Severity::Error,
                "nested deeper than the limit",
            ),
            Self::ContentMissing => (
                Code::ContentDamaged,
                Severity::Error,
                "content is missing or cannot be decoded",
            ),
            Self::ContentBroken => (Code::ContentDamaged, Severity::Error, "content breaks off"),
            Self::OperatorUnknown => (
                Code::ContentDamaged,
                Severity::Warning,
                "drawing operators are unknown",
            ),
            Self::ObjectMissing => (
                Code::ContentDamaged,
                Severity::Warning,
                "an object that is drawn is missing",
            ),
            Self::FontBroken => (Code::ContentDamaged, Severity::Warning, "a font is damaged"),
            Self::WrongSum => (
                Code::ContentDamaged,
                Severity::Warning,
                "bytes do not have their checksum",
            ),
        }
    }

    /// Whether it is a limit that was reached.
    fn is_limit(self) -> bool {
        matches!(self, Self::Operators | Self::Decoded | Self::Depth)
    }
}

/// What a stream is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Content,
    Font,
}

/// Counters of one file.
#[derive(Debug)]
pub(super) struct Limits {
    max_stream_bytes: usize,
    max_ratio: usize,
    bytes_left: usize,
    max_page_operators: u64,
    file_operators_left: u64,
    page_operators_left: u64,
    max_page_glyphs: u32,
    page_glyphs_left: u32,
    /// Number of the page that is being read.
    pub(super) page: u32,
    /// Findings that name pages.
    pages: BTreeMap<Noted, BTreeSet<u32>>,
}

impl Limits {
    /// Full budgets.
    pub(super) fn new(params: &PdfParams) -> Self {
        Self {
            max_stream_bytes: params.max_decoded_stream_bytes,
            max_ratio: params.max_decoded_ratio,
            bytes_left: params.max_decoded_file_bytes,
            max_page_operators: params.max_page_operators,
            file_operators_left: params.max_file_operators,
            page_operators_left: 0,
            max_page_glyphs: params.max_page_glyphs,
            page_glyphs_left: 0,
            page: 0,
            pages: BTreeMap::new(),
        }
    }

    /// Opens the budget of a page.
    pub(super) fn begin_page(&mut self, page: u32) {
        self.page = page;
        self.page_operators_left = self.max_page_operators.min(self.file_operators_left);
        self.page_glyphs_left = self.max_page_glyphs;
    }

    /// Takes one glyph; false, and noted, where none is left.
    #[inline]
    pub(super) fn take_glyph(&mut self) -> bool {
        if self.page_glyphs_left == 0 {
            self.note(Noted::Operators);
            return false;
        }
        self.page_glyphs_left -= 1;
        true
    }

    /// Takes one operator; false, and noted, where none is left.
    #[inline]
    pub(super) fn take_operator(&mut self) -> bool {
        if self.page_operators_left == 0 {
            self.note(Noted::Operators);
            return false;
        }
        self.page_operators_left -= 1;
        self.file_operators_left -= 1;
        true
    }

    /// Notes a finding for the page that is being read.
    pub(super) fn note(&mut self, noted: Noted) {
        self.pages.entry(noted).or_default().insert(self.page);
    }

    /// Decodes a stream within the budget; `None` if it cannot be. That, and what else is wrong with it, is noted.
    pub(super) fn decode<'a>(&mut self, stream: &Stream<'a>, part: Part) -> Option<Cow<'a, [u8]>> {
        let (missing, broken) = match part {
            Part::Content => (Noted::ContentMissing, Noted::ContentBroken),
            Part::Font => (Noted::FontBroken, Noted::FontBroken),
        };
        /// So much is little, whatever it was made of.
        const LITTLE: usize = 1 << 20;
        let by_ratio = stream.raw_data().len().saturating_mul(self.max_ratio);
        let most = self.max_stream_bytes.min(self.bytes_left);
        match decode_to_codec(stream, most.min(by_ratio.max(LITTLE))) {
            Ok(Decoded {
                data,
                codec: None,
                damage,
            }) => {
                self.bytes_left = self.bytes_left.saturating_sub(data.len());
                match damage {
                    Some(Damage::Broken) => self.note(broken),
                    Some(Damage::WrongSum) => self.note(Noted::WrongSum),
                    None => {}
                }
                Some(data)
            }
            Err(DecodeError::Limit) => {
                self.note(Noted::Decoded);
                None
            }
            Ok(_) | Err(DecodeError::Unreadable) => {
                self.note(missing);
                None
            }
        }
    }

    /// Whether a limit was reached.
    pub(super) fn is_exceeded(&self) -> bool {
        self.pages.keys().any(|noted| noted.is_limit())
    }

    /// The findings, each once, with the pages that they touch.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.pages
            .into_iter()
            .map(|(noted, pages)| {
                let (code, severity, what) = noted.finding();
                let message = format!("{what} on {}", page_list(pages));
                Diagnostic::new(code, "", message).with_severity(severity)
            })
            .collect()
    }
}

/// `page 3`, `pages 2-4, 9`.
pub(super) fn page_list(pages: impl IntoIterator<Item = u32>) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for page in pages {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => spans.push((page, page)),
        }
    }
    let texts: Vec<String> = spans
        .iter()
        .map(|&(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    let noun = if matches!(spans[..], [(first, last)] if first == last) {
        "page"
    } else {
        "pages"
    };
    format!("{noun} {}", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::page_list;

    #[test]
    fn pages_are_listed_as_spans() {
        assert_eq!(page_list([3]), "page 3");
        assert_eq!(page_list([2, 3, 4, 9]), "pages 2-4, 9");
    }
}
