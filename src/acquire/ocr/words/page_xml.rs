//! PAGE XML: `Page`, `TextLine`, `Word` with outlines, `SeparatorRegion` and cells of tables.
//!
//! In: its text. Out: words in pixels, rules. Never: reads a second transcription beside the first.

use std::mem;

use super::Quad;
use super::collect::{Collector, confidence, number};
use super::tables::CellBox;
use super::xml::{Attributes, Fault, Piece, walk};

/// An element that has a place.
struct Node {
    name: String,
    quad: Option<Quad>,
    /// Its first transcription.
    text: Option<String>,
    confidence: Option<f32>,
    has_words: bool,
    line: u32,
    /// Row, column and their spans, where it is a cell.
    cell: Option<[usize; 4]>,
}

const NODES: &[&str] = &[
    "TextRegion",
    "TextLine",
    "Word",
    "Glyph",
    "SeparatorRegion",
    "TableRegion",
    "TableCell",
];

/// Reads all pages: words where lines have words, lines where they have none.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    let mut open: Vec<Node> = Vec::new();
    let mut tables: Vec<Vec<CellBox>> = Vec::new();
    // The transcription that is being read: not that of a node that has one already.
    let mut unicode: Option<String> = None;
    let mut sure: Option<f32> = None;
    let max_depth = collector.limits.max_depth;
    let outcome = walk(text, false, max_depth, &mut |piece| match piece {
        Piece::Start(name, attributes) => match name {
            "Page" => {
                let size = ["imageWidth", "imageHeight"].map(|n| attributes.number(n));
                collector.start_page(size[0], size[1], None);
            }
            "Coords" => {
                if let Some(node) = open.last_mut() {
                    node.quad = outline(&attributes);
                }
            }
            "TableCellRole" => {
                let names = ["rowIndex", "columnIndex", "rowSpan", "colSpan"];
                if let Some(node) = open.last_mut() {
                    node.cell = cell(&attributes, names);
                }
            }
            "TextEquiv" => sure = attributes.number("conf"),
            "Unicode" => unicode = Some(String::new()),
            _ if NODES.contains(&name) => {
                if name == "TableRegion" {
                    tables.push(Vec::new());
                }
                let line = match name {
                    "TextLine" => collector.new_line(),
                    _ => open.last().map_or(0, |node| node.line),
                };
                let names = ["row", "col", "rowSpan", "colSpan"];
                open.push(Node {
                    name: name.to_owned(),
                    quad: None,
                    text: None,
                    confidence: None,
                    has_words: false,
                    line,
                    cell: cell(&attributes, names).filter(|_| name == "TableCell"),
                });
            }
            _ => {}
        },
        Piece::Text(part) => {
            if let Some(unicode) = &mut unicode {
                unicode.push_str(part);
            }
        }
        Piece::End("Unicode") => {
            let read = unicode.take().unwrap_or_default();
            if let Some(node) = open.last_mut().filter(|node| node.text.is_none()) {
                node.text = Some(read);
                node.confidence = sure.and_then(|s| confidence(f64::from(s), 1.0));
            }
        }
        Piece::End("TextEquiv") => sure = None,
        Piece::End(name) if NODES.contains(&name) => {
            let Some(node) = open.pop() else { return };
            if let (Some([row, column, row_span, column_span]), Some(quad), Some(table)) =
                (node.cell, node.quad, tables.last_mut())
            {
                table.push(CellBox {
                    row,
                    column,
                    row_span,
                    column_span,
                    extent: quad.extent(),
                });
            }
            match node.name.as_str() {
                "TableRegion" => {
                    let cells = tables.pop().unwrap_or_default();
                    let page = collector.n_pages().saturating_sub(1);
                    collector.table(page, &cells);
                }
                "SeparatorRegion" => collector.rule(node.quad),
                "Glyph" => {}
                _ => end_text(node, &mut open, collector),
            }
        }
        Piece::End(_) => {}
    });
    match outcome {
        Ok(()) => {}
        Err(Fault::Cut(name)) => collector.damaged(|| format!("the file ends inside <{name}>")),
        Err(Fault::Malformed(what)) => collector.damaged(|| what),
        Err(Fault::TooDeep(what)) => collector.too_deep(what),
    }
}

fn end_text(mut node: Node, open: &mut [Node], collector: &mut Collector<'_>) {
    if !node.has_words {
        let text = mem::take(&mut node.text).unwrap_or_default();
        if text.trim().is_empty() {
            return;
        }
        if matches!(node.name.as_str(), "Word" | "TextLine") {
            collector.word(&text, node.quad, node.confidence, node.line);
        } else {
            // A region's lines stand nowhere.
            collector.unplaced(&text);
        }
    }
    if let Some(outer) = open.last_mut() {
        outer.has_words = true;
    }
}

fn outline(attributes: &Attributes<'_>) -> Option<Quad> {
    const MOST_POINTS: usize = 10_000;
    let points = attributes.get("points")?;
    let points: Option<Vec<(f32, f32)>> = points
        .split_ascii_whitespace()
        .take(MOST_POINTS)
        .map(|point| {
            let (x, y) = point.split_once(',')?;
            Some((number(x)?, number(y)?))
        })
        .collect();
    let points = points?;
    // Outlines begin anywhere: only the box around them is meant.
    let far = f32::INFINITY;
    let e = points.iter().fold((far, far, -far, -far), |e, p| {
        (e.0.min(p.0), e.1.min(p.1), e.2.max(p.0), e.3.max(p.1))
    });
    Quad::from_box(e.0, e.1, e.2, e.3)
}

fn cell(attributes: &Attributes<'_>, names: [&str; 4]) -> Option<[usize; 4]> {
    let [row, column, row_span, column_span] =
        names.map(|name| attributes.get(name).and_then(|v| v.trim().parse().ok()));
    Some([
        row?,
        column?,
        row_span.unwrap_or(1),
        column_span.unwrap_or(1),
    ])
}
