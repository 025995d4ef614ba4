//! JSON of Azure Read (`readResults`) and Document Intelligence (`pages`, `tables`), as the service or its libraries
//! write it.
//!
//! In: its text. Out: words in pixels or inches, borders of cells. Never: takes a line's text beside that of its words.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::collect::{Collector, confidence};
use super::points::Points;
use super::tables::CellBox;
use super::{Format, WordsError};

/// The answer, its result, or the result alone.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "analyzeResult", alias = "analyze_result")]
    inner: Option<Box<Answer>>,
    #[serde(
        alias = "readResults",
        alias = "recognitionResults",
        alias = "read_results"
    )]
    pages: Option<Vec<PageResult>>,
    #[serde(rename = "pageResults", alias = "page_results")]
    page_results: Option<Vec<PageTables>>,
    tables: Option<Vec<TableResult>>,
}

#[derive(Deserialize)]
struct PageResult {
    #[serde(rename = "pageNumber", alias = "page_number", alias = "page")]
    number: Option<u64>,
    width: Option<f64>,
    height: Option<f64>,
    unit: Option<String>,
    lines: Option<Vec<TextResult>>,
    words: Option<Vec<TextResult>>,
}

/// A word, or a line with or without its words.
#[derive(Deserialize)]
struct TextResult {
    #[serde(alias = "content")]
    text: Option<String>,
    #[serde(
        alias = "boundingBox",
        alias = "bounding_box",
        alias = "boundingPolygon",
        alias = "bounding_polygon"
    )]
    polygon: Option<Points>,
    confidence: Option<f64>,
    words: Option<Vec<TextResult>>,
    span: Option<Span>,
    spans: Option<Vec<Span>>,
}

#[derive(Deserialize)]
struct Span {
    offset: Option<u64>,
    length: Option<u64>,
}

#[derive(Deserialize)]
struct PageTables {
    page: Option<u64>,
    tables: Option<Vec<TableResult>>,
}

#[derive(Deserialize)]
struct TableResult {
    cells: Option<Vec<CellResult>>,
}

#[derive(Deserialize)]
struct CellResult {
    #[serde(rename = "rowIndex", alias = "row_index")]
    row: Option<usize>,
    #[serde(rename = "columnIndex", alias = "column_index")]
    column: Option<usize>,
    #[serde(rename = "rowSpan", alias = "row_span")]
    row_span: Option<usize>,
    #[serde(rename = "columnSpan", alias = "column_span")]
    column_span: Option<usize>,
    #[serde(rename = "boundingBox", alias = "bounding_box")]
    bounding_box: Option<Points>,
    #[serde(rename = "boundingRegions", alias = "bounding_regions")]
    regions: Option<Vec<Region>>,
}

#[derive(Deserialize)]
struct Region {
    #[serde(rename = "pageNumber", alias = "page_number")]
    page: Option<u64>,
    #[serde(alias = "boundingBox", alias = "bounding_box")]
    polygon: Option<Points>,
}

/// Reads all pages.
///
/// # Errors
/// Where the JSON is damaged, or does not have this form.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) -> Result<(), WordsError> {
    let damaged = |error: serde_json::Error| WordsError::Damaged {
        format: Format::AzureJson,
        what: error.to_string(),
    };
    let answer: Answer = serde_json::from_str(text).map_err(damaged)?;
    read_answer(&answer, collector);
    Ok(())
}

fn read_answer(answer: &Answer, collector: &mut Collector<'_>) {
    if let Some(inner) = &answer.inner {
        return read_answer(inner, collector);
    }
    // Place of each page in the file by its number.
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    for (page, idx) in answer.pages.iter().flatten().zip(1u64..) {
        let is_inch = page
            .unit
            .as_deref()
            .is_some_and(|u| u.eq_ignore_ascii_case("inch"));
        let [width, height] = [page.width, page.height].map(|size| size.map(|s| s as f32));
        let place = collector.n_pages();
        collector.start_page(width, height, is_inch.then_some(1.0));
        places.entry(page.number.unwrap_or(idx)).or_insert(place);
        read_page(page, collector);
    }
    for table in answer.tables.iter().flatten() {
        read_table(table, None, &places, collector);
    }
    for page in answer.page_results.iter().flatten() {
        for table in page.tables.iter().flatten() {
            read_table(table, page.page, &places, collector);
        }
    }
}

fn read_page(page: &PageResult, collector: &mut Collector<'_>) {
    // Where each line begins and ends in the text of the document, and its number.
    let mut stretches: Vec<(u64, u64, u32)> = Vec::new();
    let words_of_page = page.words.as_deref().unwrap_or_default();
    for result in page.lines.iter().flatten() {
        let line = collector.new_line();
        let words = result.words.as_deref().unwrap_or_default();
        for word in words {
            read_word(word, line, collector);
        }
        if words.is_empty() && words_of_page.is_empty() {
            read_word(result, line, collector);
        }
        for span in result.spans.iter().flatten().chain(&result.span) {
            if let (Some(start), Some(length)) = (span.offset, span.length) {
                stretches.push((start, start.saturating_add(length), line));
            }
        }
    }
    stretches.sort_unstable();
    for word in words_of_page {
        let at = word.span.as_ref().and_then(|span| span.offset);
        let stretch = at.and_then(|at| {
            let after = stretches.partition_point(|s| s.0 <= at);
            stretches.get(after.checked_sub(1)?).filter(|s| at < s.1)
        });
        let line = match stretch {
            Some(stretch) => stretch.2,
            None => collector.new_line(),
        };
        read_word(word, line, collector);
    }
}

fn read_word(word: &TextResult, line: u32, collector: &mut Collector<'_>) {
    let quad = word.polygon.as_ref().and_then(Points::quad);
    let sure = word.confidence.and_then(|c| confidence(c, 1.0));
    collector.word(word.text.as_deref().unwrap_or_default(), quad, sure, line);
}

fn read_table(
    table: &TableResult,
    page: Option<u64>,
    places: &BTreeMap<u64, usize>,
    collector: &mut Collector<'_>,
) {
    let mut by_page: BTreeMap<usize, Vec<CellBox>> = BTreeMap::new();
    for cell in table.cells.iter().flatten() {
        let (Some(row), Some(column)) = (cell.row, cell.column) else {
            continue;
        };
        let own = cell.bounding_box.iter().map(|points| (page, points));
        let regions = cell.regions.iter().flatten();
        let regions = regions.filter_map(|r| Some((r.page, r.polygon.as_ref()?)));
        for (number, points) in own.chain(regions) {
            let place = number.and_then(|number| places.get(&number));
            if let (Some(&place), Some(quad)) = (place, points.quad()) {
                by_page.entry(place).or_default().push(CellBox {
                    row,
                    column,
                    row_span: cell.row_span.unwrap_or(1),
                    column_span: cell.column_span.unwrap_or(1),
                    extent: quad.extent(),
                });
            }
        }
    }
    for (place, cells) in by_page {
        collector.table(place, &cells);
    }
}
