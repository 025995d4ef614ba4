//! hOCR: HTML whose classes say what is a page, a line, a word, and whose titles say where.
//!
//! In: its text. Out: words, boxes in pixels. Never: reads text outside a page.

use super::Quad;
use super::collect::{Collector, confidence, number};
use super::xml::{Attributes, Fault, Piece, walk};

/// Classes of elements that are a line of text.
const LINES: &[&str] = &[
    "ocr_line",
    "ocrx_line",
    "ocr_textfloat",
    "ocr_header",
    "ocr_footer",
    "ocr_caption",
];
/// Classes of elements that are a word or a character.
const WORDS: &[&str] = &["ocrx_word", "ocr_word", "ocrx_cinfo", "ocr_cinfo"];

/// An element that is open.
struct Node {
    role: Role,
    quad: Option<Quad>,
    confidence: Option<f32>,
    text: String,
    /// Whether words inside it were taken.
    has_words: bool,
    /// The number of the line.
    line: u32,
    /// How its text lies: slope of its baseline, quarter turns to the right.
    slope: f32,
    quarters: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Page,
    Line,
    Word,
    Other,
}

/// Reads all pages. Where words have characters with boxes of their own, these are taken.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    let mut open: Vec<Node> = Vec::new();
    let max_depth = collector.limits.max_depth;
    let outcome = walk(text, true, max_depth, &mut |piece| match piece {
        Piece::Start(_, attributes) => {
            let node = begin(&attributes, &open, collector);
            open.push(node);
        }
        Piece::Text(part) => {
            let inner = open.iter_mut().rev();
            let mut inner = inner.filter(|node| node.role != Role::Other);
            match inner.next() {
                Some(node) if node.role != Role::Page => node.text.push_str(part),
                Some(_) => collector.unplaced(part),
                None => {}
            }
        }
        Piece::End(_) => {
            if let Some(node) = open.pop() {
                end(node, &mut open, collector);
            }
        }
    });
    match outcome {
        Ok(()) => {}
        Err(Fault::Cut(name)) if matches!(name.as_str(), "html" | "body" | "p") => {}
        Err(Fault::Cut(name)) => collector.damaged(|| format!("the file ends inside <{name}>")),
        Err(Fault::Malformed(what)) => collector.damaged(|| what),
        Err(Fault::TooDeep(what)) => collector.too_deep(what),
    }
}

fn begin(attributes: &Attributes<'_>, open: &[Node], collector: &mut Collector<'_>) -> Node {
    let class = attributes.get("class").unwrap_or_default();
    let is = |names: &[&str]| class.split_ascii_whitespace().any(|c| names.contains(&c));
    let title = attributes.get("title").unwrap_or_default();
    let around = open.iter().rev().find(|node| node.role != Role::Other);
    let mut node = Node {
        role: Role::Other,
        quad: None,
        confidence: None,
        text: String::new(),
        has_words: false,
        line: around.map_or(0, |node| node.line),
        slope: around.map_or(0.0, |node| node.slope),
        quarters: around.map_or(0, |node| node.quarters),
    };
    let bbox = property(&title, "bbox").or_else(|| property(&title, "x_bboxes"));
    if is(&["ocr_page"]) {
        node.role = Role::Page;
        let size = bbox.as_deref().and_then(|b| match b {
            [left, top, right, bottom] => Some((right - left.min(0.0), bottom - top.min(0.0))),
            _ => None,
        });
        let resolution = property(&title, "scan_res").and_then(|r| r.first().copied());
        collector.start_page(size.map(|s| s.0), size.map(|s| s.1), resolution);
    } else if is(LINES) {
        node.role = Role::Line;
        node.line = collector.new_line();
        let baseline = property(&title, "baseline");
        node.slope = baseline.and_then(|b| b.first().copied()).unwrap_or(0.0);
        let angle = property(&title, "textangle").and_then(|a| a.first().copied());
        // The angle is counter-clockwise.
        node.quarters = angle.map_or(0, |a| (-a / 90.0).round().rem_euclid(4.0) as u32);
    } else if is(WORDS) {
        node.role = Role::Word;
        let sure = property(&title, "x_wconf").or_else(|| property(&title, "x_conf"));
        node.confidence = sure
            .or_else(|| property(&title, "x_confs"))
            .and_then(|s| s.first().copied())
            .and_then(|s| confidence(f64::from(s), 100.0));
    } else if is(&["ocr_separator"]) {
        collector.rule(upright(bbox.as_deref()));
    }
    node.quad = upright(bbox.as_deref()).map(|quad| {
        if node.quarters == 0 {
            quad.slanted(node.slope)
        } else {
            quad.turned(node.quarters)
        }
    });
    node
}

fn end(node: Node, open: &mut [Node], collector: &mut Collector<'_>) {
    if !matches!(node.role, Role::Line | Role::Word) {
        return;
    }
    let mut around = open.iter_mut().rev();
    let around = around.find(|outer| matches!(outer.role, Role::Line | Role::Word));
    if node.has_words {
        // What stands between the words of a line, or the characters of a word, is white space.
        collector.unplaced(&node.text);
        if let Some(outer) = around {
            outer.has_words = true;
        }
        return;
    }
    if node.text.trim().is_empty() {
        return;
    }
    let mut quad = node.quad;
    let mut sure = node.confidence;
    if let Some(outer) = around {
        outer.has_words = true;
        if outer.role == Role::Word {
            sure = sure.or(outer.confidence);
        }
        // A line's box stands for a word's only where the line holds nothing else; that cannot be known here.
        quad = quad.or(if outer.role == Role::Word {
            outer.quad
        } else {
            None
        });
    }
    collector.word(&node.text, quad, sure, node.line);
}

/// The numbers of a property in a title: `bbox 1 2 3 4; x_wconf 90`. `None` where it is not there or holds none.
fn property(title: &str, name: &str) -> Option<Vec<f32>> {
    const MOST: usize = 8;
    let mut parts = title.split(';').map(str::trim);
    let values = parts.find_map(|part| {
        let rest = part.strip_prefix(name)?;
        rest.starts_with(char::is_whitespace).then_some(rest)
    })?;
    let values = values.split_ascii_whitespace().take(MOST);
    let numbers: Vec<f32> = values.map_while(number).collect();
    (!numbers.is_empty()).then_some(numbers)
}

fn upright(bbox: Option<&[f32]>) -> Option<Quad> {
    match bbox {
        Some([left, top, right, bottom]) => Quad::from_box(*left, *top, *right, *bottom),
        _ => None,
    }
}
