//! JSON of PaddleOCR, RapidOCR and programs around them: texts with boxes and scores.
//!
//! In: its text. Out: a word for each text, boxes in pixels. Never: pairs texts and boxes whose numbers differ.
//!
//! Shapes that are read: `{"rec_texts", "rec_polys", "rec_scores"}` (PaddleOCR 3), lists of `{"box", "txt", "score"}`
//! (RapidOCR 3), of `[box, text, score]` (RapidOCR 1, EasyOCR), of `[box, [text, score]]` (PaddleOCR 2), of objects with
//! `text` and `text_region` or `points` (servers, labelling tools), and pages of these. Cells of PP-Structure's tables are
//! taken for rules.

use serde_json::{Map, Value};

use super::collect::{Collector, confidence};
use super::points::Points;
use super::tables::place_cells;
use super::{Format, Quad, WordsError};

/// Keys of a text, of its place, and of how sure it is.
const TEXTS: &[&str] = &["txt", "text", "rec_txt", "transcription"];
const BOXES: &[&str] = &[
    "box",
    "dt_boxes",
    "points",
    "text_region",
    "text_box_position",
    "bbox",
];
const SCORES: &[&str] = &["score", "rec_score", "confidence"];
/// Keys of lists that run side by side.
const TEXT_LISTS: &[&str] = &["rec_texts", "txts"];
const BOX_LISTS: &[&str] = &["rec_polys", "rec_boxes", "dt_polys", "boxes"];
const SCORE_LISTS: &[&str] = &["rec_scores", "scores"];
/// Keys behind which results stand.
const WRAPPERS: &[&str] = &["res", "overall_ocr_res", "data", "results", "result"];

/// Its values are held all at once; a page has some hundred kilobytes.
const MAX_BYTES: usize = 16 << 20;
/// How deep lists of pages nest.
const MOST_NESTED: usize = 4;

/// Reads all pages.
///
/// # Errors
/// Where the JSON is damaged or too large, or nothing in it has one of these forms.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) -> Result<(), WordsError> {
    if text.len() > MAX_BYTES {
        return Err(WordsError::TooLarge {
            format: Format::PaddleJson,
            n_bytes: text.len(),
            max: MAX_BYTES,
        });
    }
    let damaged = |what: String| WordsError::Damaged {
        format: Format::PaddleJson,
        what,
    };
    let value: Value = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
    read_value(&value, MOST_NESTED, collector);
    Ok(())
}

fn read_value(value: &Value, depth: usize, collector: &mut Collector<'_>) {
    match value {
        Value::Object(object) => {
            let wrapped = WRAPPERS.iter().find_map(|key| object.get(*key));
            let rows = numbered(object);
            if let Some(texts) = find(object, TEXT_LISTS).and_then(Value::as_array) {
                read_lists(object, texts, collector);
            } else if let (Some(inner), true) = (wrapped, depth > 0) {
                read_value(inner, depth - 1, collector);
                read_tables(object, collector);
            } else if !rows.is_empty() {
                read_entries(rows.into_iter(), collector);
            } else if entry_of(value).is_some() {
                read_entries(std::iter::once(value), collector);
            } else {
                collector.damaged(|| "an object holds no texts with boxes".to_owned());
            }
        }
        Value::Array(items) => {
            let is_page = items.is_empty() || items.iter().any(|item| entry_of(item).is_some());
            if is_page || depth == 0 {
                read_entries(items.iter(), collector);
            } else {
                for item in items {
                    read_value(item, depth - 1, collector);
                }
            }
        }
        // A page on which nothing was found.
        Value::Null => collector.start_page(None, None, None),
        _ => collector.damaged(|| "a value is no text with a box".to_owned()),
    }
}

/// Cells of the tables that PP-Structure found on the page just read.
fn read_tables(object: &Map<String, Value>, collector: &mut Collector<'_>) {
    let tables = object.get("table_res_list").and_then(Value::as_array);
    for table in tables.into_iter().flatten() {
        let cells = table.get("cell_box_list").and_then(Value::as_array);
        let quads = cells.into_iter().flatten().filter_map(quad_of);
        let extents: Vec<_> = quads.map(|quad| quad.extent()).collect();
        if let Some(cells) = place_cells(&extents) {
            collector.table(collector.n_pages().saturating_sub(1), &cells);
        }
    }
}

/// The values of an object whose keys are numbers, by number.
fn numbered(object: &Map<String, Value>) -> Vec<&Value> {
    let rows: Option<Vec<(u32, &Value)>> = object
        .iter()
        .map(|(key, value)| Some((key.parse().ok()?, value)))
        .collect();
    let mut rows = rows.unwrap_or_default();
    rows.sort_by_key(|row| row.0);
    rows.into_iter().map(|row| row.1).collect()
}

fn find<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| object.get(*key))
}

/// Texts, boxes and scores in lists side by side.
fn read_lists(object: &Map<String, Value>, texts: &[Value], collector: &mut Collector<'_>) {
    collector.start_page(None, None, None);
    let list = |key: &&str| object.get(*key).and_then(Value::as_array);
    let boxes = BOX_LISTS
        .iter()
        .filter_map(list)
        .find(|b| b.len() == texts.len());
    let scores = SCORE_LISTS
        .iter()
        .filter_map(list)
        .find(|s| s.len() == texts.len());
    if boxes.is_none() && !texts.is_empty() {
        collector.damaged(|| format!("{} texts have another number of boxes", texts.len()));
    }
    for (idx, text) in texts.iter().enumerate() {
        let quad = boxes.and_then(|b| b.get(idx)).and_then(quad_of);
        let sure = scores.and_then(|s| s.get(idx)).and_then(score_of);
        let line = collector.new_line();
        collector.word(text.as_str().unwrap_or_default(), quad, sure, line);
    }
}

/// A page of entries.
fn read_entries<'a>(items: impl Iterator<Item = &'a Value>, collector: &mut Collector<'_>) {
    collector.start_page(None, None, None);
    for (item, idx) in items.zip(1usize..) {
        match entry_of(item) {
            Some(entry) => {
                let line = collector.new_line();
                collector.word(entry.text, entry.quad, entry.confidence, line);
            }
            None => collector.damaged(|| format!("entry {idx} is no text with a box")),
        }
    }
}

struct Entry<'a> {
    text: &'a str,
    quad: Option<Quad>,
    confidence: Option<f32>,
}

/// A text with its box, in one of the shapes.
fn entry_of(value: &Value) -> Option<Entry<'_>> {
    match value {
        Value::Object(object) => Some(Entry {
            text: find(object, TEXTS)?.as_str()?,
            quad: quad_of(find(object, BOXES)?),
            confidence: find(object, SCORES).and_then(score_of),
        }),
        Value::Array(parts) => {
            let place = parts.first().filter(|place| place.is_array())?;
            let (text, score) = match parts.get(1)? {
                Value::String(text) => (text, parts.get(2)),
                Value::Array(pair) => match pair.first()? {
                    Value::String(text) => (text, pair.get(1)),
                    _ => return None,
                },
                _ => return None,
            };
            Some(Entry {
                text,
                quad: quad_of(place),
                confidence: score.and_then(score_of),
            })
        }
        _ => None,
    }
}

fn quad_of(value: &Value) -> Option<Quad> {
    let points: Points = serde::Deserialize::deserialize(value).ok()?;
    points.quad()
}

fn score_of(value: &Value) -> Option<f32> {
    let score = match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_f64(),
    };
    confidence(score?, 1.0)
}
