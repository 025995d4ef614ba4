//! JSON of AWS Textract: `Blocks` of pages, lines, words, tables and cells, their boxes in fractions of the page.
//!
//! In: its text, one answer or an array of them. Out: words in points of an A4 page, borders of cells. Never: takes a
//! line's text beside that of its words.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::collect::{Collector, confidence};
use super::points::Points;
use super::quad::Quad;
use super::tables::CellBox;
use super::{Format, WordsError};

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Blocks")]
    blocks: Vec<Block>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Block {
    block_type: Option<String>,
    id: Option<String>,
    text: Option<String>,
    confidence: Option<f64>,
    page: Option<u64>,
    geometry: Option<Geometry>,
    relationships: Option<Vec<Relationship>>,
    row_index: Option<usize>,
    column_index: Option<usize>,
    row_span: Option<usize>,
    column_span: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Geometry {
    polygon: Option<Points>,
    bounding_box: Option<Points>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Relationship {
    ids: Option<Vec<String>>,
}

impl Block {
    fn is(&self, what: &str) -> bool {
        self.block_type.as_deref() == Some(what)
    }

    fn children(&self) -> impl Iterator<Item = &str> {
        let related = self.relationships.iter().flatten();
        related
            .flat_map(|r| r.ids.iter().flatten())
            .map(String::as_str)
    }

    /// Where it stands, in fractions of the page: its outline where it is sound, else its box.
    fn quad(&self) -> Option<Quad> {
        let geometry = self.geometry.as_ref()?;
        let outline = geometry.polygon.as_ref().and_then(Points::quad);
        outline.or_else(|| geometry.bounding_box.as_ref().and_then(Points::quad))
    }
}

/// Reads all pages. The size of a page is not said: it is taken for A4, upright or lying, whichever makes its Han
/// characters square.
///
/// # Errors
/// Where the JSON is damaged, or does not have this form.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) -> Result<(), WordsError> {
    let damaged = |error: serde_json::Error| WordsError::Damaged {
        format: Format::TextractJson,
        what: error.to_string(),
    };
    let answers: Vec<Answer> = match text.starts_with('[') {
        true => serde_json::from_str(text).map_err(damaged)?,
        false => vec![serde_json::from_str(text).map_err(damaged)?],
    };
    let blocks: Vec<Block> = answers.into_iter().flat_map(|a| a.blocks).collect();
    let mut by_page: BTreeMap<u64, Vec<&Block>> = BTreeMap::new();
    for block in &blocks {
        by_page
            .entry(block.page.unwrap_or(1))
            .or_default()
            .push(block);
    }
    let has_words = blocks.iter().any(|block| block.is("WORD"));
    for blocks in by_page.values() {
        read_page(blocks, if has_words { "WORD" } else { "LINE" }, collector);
    }
    Ok(())
}

fn read_page(blocks: &[&Block], kind: &str, collector: &mut Collector<'_>) {
    let (width, height) = page_size(blocks);
    let place = collector.n_pages();
    collector.start_page(Some(width), Some(height), Some(72.0));
    let on_page = |quad: Quad| quad.mapped(&|x, y| (x * width, y * height));
    let mut lines: BTreeMap<&str, u32> = BTreeMap::new();
    for block in blocks.iter().filter(|block| block.is("LINE")) {
        let line = collector.new_line();
        lines.extend(block.children().map(|child| (child, line)));
    }
    for block in blocks.iter().filter(|block| block.is(kind)) {
        let known = block.id.as_deref().and_then(|id| lines.get(id)).copied();
        let line = known.unwrap_or_else(|| collector.new_line());
        let sure = block.confidence.and_then(|c| confidence(c, 100.0));
        let quad = block.quad().and_then(on_page);
        collector.word(block.text.as_deref().unwrap_or_default(), quad, sure, line);
    }
    let by_id: BTreeMap<&str, &Block> = blocks
        .iter()
        .filter_map(|block| Some((block.id.as_deref()?, *block)))
        .collect();
    for table in blocks.iter().filter(|block| block.is("TABLE")) {
        let mut cells: Vec<CellBox> = Vec::new();
        // Merged cells behind those that they are merged of.
        for kind in ["CELL", "MERGED_CELL"] {
            let children = table.children().filter_map(|id| by_id.get(id));
            for cell in children.filter(|block| block.is(kind)) {
                let quad = cell.quad().and_then(on_page);
                if let (Some(row), Some(column), Some(quad)) =
                    (cell.row_index, cell.column_index, quad)
                {
                    cells.push(CellBox {
                        row,
                        column,
                        row_span: cell.row_span.unwrap_or(1),
                        column_span: cell.column_span.unwrap_or(1),
                        extent: quad.extent(),
                    });
                }
            }
        }
        collector.table(place, &cells);
    }
}

/// Width and height of A4 in points, the way up that makes characters more nearly square.
fn page_size(blocks: &[&Block]) -> (f32, f32) {
    const SHORT: f32 = 595.0;
    const LONG: f32 = 842.0;
    let mut shapes: Vec<f32> = Vec::new();
    for block in blocks
        .iter()
        .filter(|block| block.is("WORD") || block.is("LINE"))
    {
        let text = block.text.as_deref().unwrap_or_default();
        let n = text.chars().count();
        let is_han = n >= 2 && text.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        if let (true, Some(quad)) = (is_han, block.quad()) {
            let (left, top, right, bottom) = quad.extent();
            shapes.push((right - left) / n as f32 / (bottom - top));
        }
    }
    shapes.sort_by(f32::total_cmp);
    match shapes.get(shapes.len() / 2) {
        // On an upright page a square character has this share of the width for one of the height: LONG / SHORT.
        Some(shape) if *shape < 1.0 => (LONG, SHORT),
        _ => (SHORT, LONG),
    }
}
