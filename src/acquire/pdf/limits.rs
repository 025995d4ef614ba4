//! What a file may cost, and what was noticed while reading it.
//! In: charges. Out: yes or no, and findings at the end. Never: lets a limit pass without a word.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use hayro_syntax::object::Stream;

use super::PdfParams;
use super::decode::{DecodeError, decode_stream};
use crate::model::{Code, Diagnostic};

/// Counters of one file.
#[derive(Debug)]
pub(super) struct Limits {
    max_stream_bytes: usize,
    bytes_left: usize,
    max_page_operators: u64,
    file_operators_left: u64,
    page_operators_left: u64,
    max_page_glyphs: u32,
    page_glyphs_left: u32,
    /// Number of the page that is being read.
    pub(super) page: u32,
    /// Findings that name pages.
    pages: BTreeMap<Code, BTreeSet<u32>>,
}

impl Limits {
    /// Full budgets.
    pub(super) fn new(params: &PdfParams) -> Self {
        Self {
            max_stream_bytes: params.max_decoded_stream_bytes,
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
            self.note(Code::LimitOps);
            return false;
        }
        self.page_glyphs_left -= 1;
        true
    }

    /// Takes one operator; false, and noted, where none is left.
    #[inline]
    pub(super) fn take_operator(&mut self) -> bool {
        if self.page_operators_left == 0 {
            self.note(Code::LimitOps);
            return false;
        }
        self.page_operators_left -= 1;
        self.file_operators_left -= 1;
        true
    }

    /// Notes a finding for the page that is being read.
    pub(super) fn note(&mut self, code: Code) {
        self.pages.entry(code).or_default().insert(self.page);
    }

    /// Decodes a stream within the budget; `None`, and noted where it was a limit, if it cannot be.
    pub(super) fn decode<'a>(&mut self, stream: &Stream<'a>) -> Option<Cow<'a, [u8]>> {
        match decode_stream(stream, self.max_stream_bytes.min(self.bytes_left)) {
            Ok(data) => {
                self.bytes_left = self.bytes_left.saturating_sub(data.len());
                Some(data)
            }
            Err(DecodeError::Limit) => {
                self.note(Code::LimitDecode);
                None
            }
            Err(DecodeError::Unreadable) => None,
        }
    }

    /// Whether a limit was reached.
    pub(super) fn is_exceeded(&self) -> bool {
        !self.pages.is_empty()
    }

    /// The findings about limits, each once, with the pages that they touch.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.pages
            .into_iter()
            .map(|(code, pages)| {
                let what = match code {
                    Code::LimitOps => "more drawing operators or glyphs than the limit",
                    Code::LimitDecode => "a stream decodes to more than the limit",
                    Code::LimitDepth => "nested deeper than the limit",
                    _ => "noticed",
                };
                Diagnostic::new(code, "", format!("{what} on {}", page_list(pages)))
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
