//! Any stage of a document's walk, for people, for snapshots and for programs that score our tables.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::PipelineParams;
use crate::acquire::ocr::Picture;
use crate::acquire::ocr::drawing::{Drawn, drawn};
use crate::acquire::ocr::picture::to_png;
use crate::acquire::ocr::read::ReadPicture;
use crate::acquire::watch_file;
use crate::emit::jsonl::to_line;
use crate::grammar::{Grammars, describe_items, recognise};
use crate::layout::{describe, layout};
use crate::model::member::Member;
use crate::model::page::{Axis, Content, Document, Glyph, Page};
use crate::model::{BBox, Block, Code, Diagnostic, Place, RawForm, RawText, Severity};

/// A stage that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rules and lines of text that are found on pictures.
    Grid,
    /// Characters that are read from pictures, and how surely.
    Cells,
    /// What acquire yields.
    Page,
    /// What layout yields.
    Layout,
    /// What grammar yields.
    Raw,
    /// What emit writes.
    Form,
}

/// How a stage is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DumpFormat {
    /// For reading.
    Text,
    /// For programs.
    Json,
}

/// Why a stage could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The file could not be read.
    #[error("{path}: {code} {message}", path = path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// Its code.
        code: Code,
        /// What happened.
        message: String,
    },
    /// No such page was recognised from a picture.
    #[error("{path}: page {number} was not recognised from a picture", path = path.display())]
    NoPicture {
        /// The file.
        path: PathBuf,
        /// The page.
        number: u32,
    },
    /// The stage cannot be drawn.
    #[error("only the stages grid and cells can be drawn")]
    NotDrawn,
    /// The picture could not be encoded.
    #[error("cannot make a PNG: {0}")]
    Png(String),
}

/// Draws what was found on the picture of page `number` (from 1) over it, as a PNG.
///
/// # Errors
/// Where the page was not recognised from a picture, or the stage is neither grid nor cells.
pub fn dump_picture(
    path: &Path,
    member: Option<&Member>,
    name: &str,
    stage: Stage,
    number: u32,
    params: &PipelineParams,
) -> Result<Vec<u8>, DumpError> {
    let what = match stage {
        Stage::Grid => Drawn::Grid,
        Stage::Cells => Drawn::Cells,
        _ => return Err(DumpError::NotDrawn),
    };
    let mut found = None;
    let mut watch = |picture: &Picture, read: &ReadPicture| {
        if read.page.number == number {
            found = Some(drawn(picture, &read.geometry, &read.page, what));
        }
    };
    let mut findings = Vec::new();
    let input = watch_file(path, member, name, &params.acquire, &mut watch).unload(&mut findings);
    match (found, input.document) {
        (Some(picture), _) => to_png(&picture).map_err(|error| DumpError::Png(error.to_string())),
        (None, Some(_)) => Err(DumpError::NoPicture {
            path: path.to_owned(),
            number,
        }),
        (None, None) => Err(unread(path, findings)),
    }
}

fn unread(path: &Path, findings: Vec<Diagnostic>) -> DumpError {
    let worst = findings.into_iter().max_by_key(|d| d.severity);
    let (code, message) = worst.map_or((Code::Internal, String::new()), |d| (d.code, d.message));
    DumpError::Unread {
        path: path.to_owned(),
        code,
        message,
    }
}

/// Shows a stage.
///
/// # Errors
/// Where the file cannot be read.
pub fn dump(
    path: &Path,
    member: Option<&Member>,
    name: &str,
    stage: Stage,
    format: DumpFormat,
    grammars: &Grammars,
    params: &PipelineParams,
) -> Result<String, DumpError> {
    let mut diagnostics = Vec::new();
    let mut watched = Vec::new();
    let mut watch = |_: &Picture, read: &ReadPicture| {
        if matches!(stage, Stage::Grid | Stage::Cells) {
            watched.push(read.clone());
        }
    };
    let input =
        watch_file(path, member, name, &params.acquire, &mut watch).unload(&mut diagnostics);
    let Some(document) = input.document else {
        return Err(unread(path, diagnostics));
    };
    let blocks = || layout(&document, &params.layout).value;
    Ok(match (stage, format) {
        (Stage::Grid, DumpFormat::Text) => watched.iter().map(grid_text).collect(),
        (Stage::Grid, DumpFormat::Json) => {
            pretty(&Value::Array(watched.iter().map(grid_json).collect()))
        }
        (Stage::Cells, DumpFormat::Text) => watched.iter().map(cells_text).collect(),
        (Stage::Cells, DumpFormat::Json) => {
            pretty(&Value::Array(watched.iter().map(cells_json).collect()))
        }
        (Stage::Page, DumpFormat::Text) => page_text(&document),
        (Stage::Page, DumpFormat::Json) => pretty(&page_json(&document)),
        (Stage::Layout, DumpFormat::Text) => describe(&blocks()),
        (Stage::Layout, DumpFormat::Json) => pretty(&blocks_json(&blocks())),
        (Stage::Raw, DumpFormat::Text) => {
            let blocks = blocks();
            let mut out = describe_items(&blocks, grammars);
            for form in recognise(&blocks, grammars).value.forms {
                raw_text(&form, &mut out);
            }
            out
        }
        (Stage::Raw, DumpFormat::Json) => pretty(&Value::Array(
            recognise(&blocks(), grammars)
                .value
                .forms
                .iter()
                .map(raw_json)
                .collect(),
        )),
        (Stage::Form, format) => {
            let facts = crate::emit::ledger::DocumentFacts {
                id: input.id,
                path: name.to_owned(),
                n_bytes: input.n_bytes,
                diagnostics,
                ..Default::default()
            };
            let outcome =
                super::process_document(&document, facts, &super::Reader::new(grammars), params);
            match format {
                DumpFormat::Json => outcome.records.iter().map(to_line).collect(),
                DumpFormat::Text => outcome
                    .records
                    .iter()
                    .filter_map(|record| serde_json::to_value(record).ok())
                    .map(|value| pretty(&value))
                    .collect(),
            }
        }
    })
}

fn grid_text(read: &ReadPicture) -> String {
    let geometry = &read.geometry;
    let mut out = format!(
        "page {}: {} by {} pixels upright, {} quarter turns, scale {:.2}, {} rules, {} lines\n",
        read.page.number,
        geometry.width,
        geometry.height,
        geometry.quarter_turns,
        geometry.scale,
        geometry.rules.len(),
        geometry.lines.len()
    );
    for rule in &geometry.rules {
        let axis = if rule.horizontal { "—" } else { "|" };
        let _ = writeln!(
            out,
            "  {axis} {:.1}: {:.1}..{:.1} ({:.1})",
            rule.position, rule.start, rule.end, rule.thickness
        );
    }
    for line in &geometry.lines {
        let _ = writeln!(
            out,
            "  [{:.0} {:.0} {:.0} {:.0}]",
            line.left, line.top, line.right, line.bottom
        );
    }
    out
}

fn grid_json(read: &ReadPicture) -> Value {
    let geometry = &read.geometry;
    json!({
        "number": read.page.number, "width": geometry.width, "height": geometry.height,
        "quarter_turns": geometry.quarter_turns, "scale": geometry.scale,
        "rules": geometry.rules.iter().map(|r| json!({ "axis": if r.horizontal { "horizontal" } else { "vertical" }, "position": r.position, "start": r.start, "end": r.end, "thickness": r.thickness })).collect::<Vec<_>>(),
        "lines": geometry.lines.iter().map(|l| json!([l.left, l.top, l.right, l.bottom])).collect::<Vec<_>>(),
    })
}

fn cells_text(read: &ReadPicture) -> String {
    let mut out = format!("page {}\n", read.page.number);
    let mut last = None;
    for glyph in &read.page.glyphs {
        if last != Some(glyph.run) {
            let _ = write!(out, "{}  ", if last.is_some() { "\n" } else { "" });
            last = Some(glyph.run);
        }
        out.push(glyph.ch);
        let sure = glyph.confidence.unwrap_or(1.0);
        if sure < 0.95 {
            let _ = write!(out, "({:.0})", sure * 100.0);
        }
    }
    out.push('\n');
    out
}

fn cells_json(read: &ReadPicture) -> Value {
    let page = &read.page;
    let character = |(idx, g): (usize, &Glyph)| json!({ "text": g.ch.to_string(), "bbox": bbox_json(&g.bbox), "corners": corners_json(read, &g.bbox), "line": g.run, "confidence": g.confidence, "others": others_json(page, idx) });
    json!({
        "number": page.number,
        "characters": page.glyphs.iter().enumerate().map(character).collect::<Vec<_>>(),
    })
}

/// The corners of a box of the page on its picture, in pixels: upper left, upper right, lower right, lower left.
fn corners_json(read: &ReadPicture, bbox: &BBox) -> Value {
    let geometry = &read.geometry;
    let unit = geometry.width as f32 / read.page.width.max(0.1);
    let corners = [
        (bbox.left, bbox.top),
        (bbox.right, bbox.top),
        (bbox.right, bbox.bottom),
        (bbox.left, bbox.bottom),
    ];
    corners
        .into_iter()
        .map(|(x, y)| {
            let (x, y) = geometry.warp.at(x * unit, y * unit);
            json!([rounded(x), rounded(y)])
        })
        .collect()
}

/// What else a character may be, with probabilities.
fn others_json(page: &Page, glyph_idx: usize) -> Value {
    let readings = page.others_of(glyph_idx).iter();
    readings
        .map(|(ch, probability)| json!([ch.to_string(), probability]))
        .collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .unwrap_or_default()
}

/// A word: glyphs of one drawing operation without white space between them.
struct Word {
    text: String,
    bbox: BBox,
    size: f32,
}

fn words(page: &Page) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut last: Option<&Glyph> = None;
    for glyph in &page.glyphs {
        if glyph.ch.is_whitespace() {
            last = None;
            continue;
        }
        let joins = last.is_some_and(|l| {
            l.run == glyph.run
                && glyph.bbox.left - l.bbox.right < 0.3 * glyph.size
                && glyph.bbox.overlap_y(&l.bbox) > 0.0
        });
        match words.last_mut() {
            Some(word) if joins => {
                word.text.push(glyph.ch);
                word.bbox = word.bbox.union(&glyph.bbox);
            }
            _ => words.push(Word {
                text: glyph.ch.to_string(),
                bbox: glyph.bbox,
                size: glyph.size,
            }),
        }
        last = Some(glyph);
    }
    words
}

fn page_text(document: &Document) -> String {
    let mut out = String::new();
    match &document.content {
        Content::Lines(lines) => {
            for (idx, line) in lines.iter().enumerate() {
                let _ = writeln!(out, "{:>5}  {line}", idx + 1);
            }
        }
        Content::Pages(pages) => {
            for page in pages {
                let census = page.census;
                let _ = writeln!(
                    out,
                    "page {} {:.1}x{:.1} {:?}: {} mapped, {} unmapped, {} hidden, {} doubled, {} rulings, {} images",
                    page.number,
                    page.width,
                    page.height,
                    page.source,
                    census.mapped,
                    census.unmapped,
                    census.hidden,
                    census.doubled,
                    page.rulings.len(),
                    page.images.len()
                );
                for word in words(page) {
                    let b = word.bbox;
                    let _ = writeln!(
                        out,
                        "  [{:.1} {:.1} {:.1} {:.1}] {:.1}pt {}",
                        b.left, b.top, b.right, b.bottom, word.size, word.text
                    );
                }
                for ruling in &page.rulings {
                    let axis = if ruling.axis == Axis::Horizontal {
                        "—"
                    } else {
                        "|"
                    };
                    let _ = writeln!(
                        out,
                        "  {axis} {:.1}: {:.1}..{:.1} ({:.2})",
                        ruling.position, ruling.start, ruling.end, ruling.thickness
                    );
                }
            }
        }
    }
    out
}

fn bbox_json(bbox: &BBox) -> Value {
    json!([
        rounded(bbox.left),
        rounded(bbox.top),
        rounded(bbox.right),
        rounded(bbox.bottom)
    ])
}

/// To hundredths.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}

fn place_json(place: &Place) -> Value {
    json!({ "page": place.page, "bbox": place.bbox.as_ref().map(bbox_json), "line": place.line })
}

fn page_json(document: &Document) -> Value {
    match &document.content {
        Content::Lines(lines) => json!({ "lines": lines }),
        Content::Pages(pages) => {
            let page = |page: &Page| {
                let words: Vec<Value> = words(page).iter().map(|w| json!({ "text": w.text, "bbox": bbox_json(&w.bbox), "size": (f64::from(w.size) * 100.0).round() / 100.0 })).collect();
                let rulings: Vec<Value> = page
                    .rulings
                    .iter()
                    .map(|r| json!({ "axis": if r.axis == Axis::Horizontal { "horizontal" } else { "vertical" }, "position": r.position, "start": r.start, "end": r.end, "thickness": r.thickness }))
                    .collect();
                json!({
                    "number": page.number, "width": page.width, "height": page.height, "source": format!("{:?}", page.source).to_lowercase(),
                    "census": { "mapped": page.census.mapped, "unmapped": page.census.unmapped, "hidden": page.census.hidden, "doubled": page.census.doubled },
                    "words": words, "rulings": rulings, "images": page.images.iter().map(bbox_json).collect::<Vec<_>>(),
                })
            };
            json!({ "pages": pages.iter().map(page).collect::<Vec<_>>() })
        }
    }
}

fn blocks_json(blocks: &[Block]) -> Value {
    let block = |block: &Block| match block {
        Block::Line(line) => json!({
            "type": "line", "separator": format!("{:?}", line.separator).to_lowercase(), "gap": format!("{:?}", line.gap).to_lowercase(), "furniture": line.furniture,
            "segments": line.segments.iter().map(|s| json!({ "text": s.text, "place": place_json(&s.place) })).collect::<Vec<_>>(),
        }),
        Block::Table(table) => json!({
            "type": "table", "origin": format!("{:?}", table.origin).to_lowercase(), "gap": format!("{:?}", table.gap).to_lowercase(),
            "rows": table.n_rows, "cols": table.n_cols, "row_pages": table.row_pages, "bbox": bbox_json(&table.bbox),
            "cells": table.cells.iter().map(|c| json!({ "row": c.row, "col": c.col, "row_span": c.row_span, "col_span": c.col_span, "text": c.text, "place": place_json(&c.place) })).collect::<Vec<_>>(),
        }),
    };
    Value::Array(blocks.iter().map(block).collect())
}

fn raw_text(form: &RawForm, out: &mut String) {
    let _ = writeln!(
        out,
        "\nform {} pages {:?} lines {:?}",
        form.grammar, form.pages, form.lines
    );
    let _ = writeln!(
        out,
        "  title = {}",
        form.title.as_ref().map_or("", |t| t.text.as_str())
    );
    for field in &form.fields {
        let value = field.value.as_ref().map_or("(blank)", |v| v.text.as_str());
        let _ = writeln!(out, "  {} = {value}", field.key);
    }
    for table in &form.tables {
        for (idx, row) in table.rows.iter().enumerate() {
            let cells: Vec<String> = row
                .cells
                .iter()
                .map(|c| format!("{}={}", c.key, c.value.text))
                .collect();
            let _ = writeln!(out, "  {}/{idx}: {}", table.into, cells.join(" | "));
        }
    }
    for text in &form.residue {
        let _ = writeln!(out, "  residue {}", text.text);
    }
    for finding in &form.diagnostics {
        let level = if finding.severity == Severity::Info {
            "info"
        } else {
            finding.severity.as_str()
        };
        let _ = writeln!(
            out,
            "  {level} {} {}: {}",
            finding.code, finding.path, finding.message
        );
    }
}

fn raw_json(form: &RawForm) -> Value {
    let text = |raw: &RawText| json!({ "text": raw.text, "place": place_json(&raw.place) });
    json!({
        "family": form.family, "grammar": form.grammar, "title": form.title.as_ref().map(text), "pages": form.pages, "lines": form.lines,
        "fields": form.fields.iter().map(|f| json!({ "key": f.key, "label": text(&f.label), "unit_hint": f.unit_hint, "value": f.value.as_ref().map(text), "parts": f.parts })).collect::<Vec<_>>(),
        "tables": form.tables.iter().map(|t| json!({
            "into": t.into,
            "columns": t.columns.iter().map(|c| json!({ "key": c.key, "label": text(&c.label), "unit_hint": c.unit_hint })).collect::<Vec<_>>(),
            "rows": t.rows.iter().map(|r| r.cells.iter().map(|c| json!({ "key": c.key, "value": text(&c.value), "filled_down": c.filled_down })).collect::<Vec<_>>()).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "residue": form.residue.iter().map(text).collect::<Vec<_>>(),
        "coverage": { "used": form.n_chars_used, "printed": form.n_chars },
    })
}
