//! Layout: the words and rulings of a page, or the lines of a text, become lines and tables.
//! In: [`Document`]. Out: [`Block`]s in reading order. Never: reads files; knows what a form is.

mod delimited;

use crate::model::page::Content;
use crate::model::{Block, Diagnosed, Document};

/// Tolerances of layout.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LayoutParams {}

/// Lines and tables of a document, in reading order.
#[must_use]
pub fn layout(document: &Document, _params: &LayoutParams) -> Diagnosed<Vec<Block>> {
    match &document.content {
        Content::Pages(_) => Diagnosed::clean(Vec::new()),
        Content::Lines(lines) => Diagnosed::clean(delimited::layout_lines(lines)),
    }
}

/// stub
#[must_use]
pub fn describe(blocks: &[Block]) -> String {
    format!("{blocks:#?}")
}

/// Whether a text is a page number as printed: `3`, `— 3 —`, `第3页`, `第 3 页 共 6 页`, `3/6`, `Page 3 of 6`.
fn is_page_number(text: &str) -> bool {
    let folded: String = text.chars().filter(|ch| !ch.is_whitespace()).flat_map(char::to_lowercase).collect();
    let bare = folded.trim_matches(|ch: char| matches!(ch, '-' | '—' | '–' | '－' | '_' | '·' | '~' | '.'));
    let bare = bare.strip_prefix("page").or_else(|| bare.strip_prefix('第')).unwrap_or(bare);
    let digits = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if digits(bare) {
        return true;
    }
    let bare = bare.strip_suffix('页').unwrap_or(bare);
    if digits(bare) {
        return true;
    }
    let splitters = ["页,共", "页，共", "页共", "页/共", "of", "/", "页(共"];
    splitters.iter().any(|splitter| bare.split_once(splitter).is_some_and(|(a, b)| digits(a) && digits(b.trim_end_matches([')', '页']))))
}
