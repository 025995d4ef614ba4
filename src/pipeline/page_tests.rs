//! Tests of pages as a recogniser yields them, taken through all rooms behind acquire.

use super::Reader;
use super::{DocumentFacts, PipelineParams, Record, process_document};
use crate::grammar::Grammars;
use crate::model::BBox;
use crate::model::page::{Axis, Content, Document, Glyph, Others, Page, PageSource, Ruling, Trust};

/// Size of a glyph, and height of a row; points.
const SIZE: f32 = 10.0;
const ROW: f32 = 20.0;
/// Where columns begin.
const COLUMNS: [f32; 8] = [40.0, 110.0, 200.0, 320.0, 380.0, 440.0, 500.0, 560.0];

/// What a recogniser was unsure of: the text of a cell, the glyph in it, its probability, its other readings.
type Unsure<'u> = (&'u str, char, f32, &'u [(char, f32)]);

/// A title over a ruled table; every glyph is sure but those of cells that `unsure` names.
fn page(title: &str, rows: &[[&str; 7]], unsure: &[Unsure<'_>]) -> Page {
    let mut page = Page {
        number: 1,
        width: 600.0,
        height: 800.0,
        source: PageSource::Recognised,
        ..Page::default()
    };
    set(&mut page, 200.0, 20.0, title, unsure);
    let bottom = 60.0 + ROW * rows.len() as f32;
    for (row_idx, row) in rows.iter().enumerate() {
        let top = 60.0 + ROW * row_idx as f32;
        rule(&mut page, Axis::Horizontal, top, 40.0, 560.0);
        for (left, text) in COLUMNS.iter().zip(row) {
            set(&mut page, left + 3.0, top + 5.0, text, unsure);
        }
    }
    rule(&mut page, Axis::Horizontal, bottom, 40.0, 560.0);
    for x in COLUMNS {
        rule(&mut page, Axis::Vertical, x, 60.0, bottom);
    }
    page
}

fn rule(page: &mut Page, axis: Axis, position: f32, start: f32, end: f32) {
    page.rulings.push(Ruling {
        axis,
        position,
        start,
        end,
        thickness: 0.5,
    });
}

fn set(page: &mut Page, mut left: f32, top: f32, text: &str, unsure: &[Unsure<'_>]) {
    let run = page.glyphs.len() as u32;
    for ch in text.chars() {
        let right = left + if ch.is_ascii() { SIZE / 2.0 } else { SIZE };
        let doubt = unsure
            .iter()
            .find(|(cell, glyph, ..)| *cell == text && *glyph == ch);
        if let Some((.., readings)) = doubt {
            page.others.push(Others {
                glyph: page.glyphs.len() as u32,
                readings: readings.to_vec(),
            });
        }
        page.glyphs.push(Glyph {
            ch,
            bbox: BBox::from_corners(left, top, right, top + SIZE),
            size: SIZE,
            run,
            clip: None,
            trust: Trust::Mapped,
            confidence: Some(doubt.map_or(0.99, |doubt| doubt.2)),
        });
        left = right;
    }
}

const HEADER: [&str; 7] = [
    "一级指标",
    "二级指标",
    "三级指标",
    "指标性质",
    "指标值",
    "度量单位",
    "权重",
];

fn read(row: [&str; 7], unsure: &[Unsure<'_>]) -> Record {
    let second = ["效益指标", "社会效益指标", "知晓率", "≥", "90", "%", "10"];
    let page = page("项目支出绩效目标表", &[HEADER, row, second], unsure);
    let document = Document {
        id: "0".repeat(64),
        path: "scan.pdf".to_owned(),
        n_bytes: 1,
        content: Content::Pages(vec![page]),
    };
    let params = PipelineParams {
        provenance: true,
        ..PipelineParams::default()
    };
    let grammars = Grammars::load(&[]).unwrap();
    let mut outcome = process_document(
        &document,
        DocumentFacts::default(),
        &Reader::new(&grammars),
        &params,
    );
    assert_eq!(outcome.records.len(), 1);
    outcome.records.remove(0)
}

fn said(record: &Record) -> Vec<(&str, &str)> {
    let of_readings = record
        .diagnostics
        .iter()
        .filter(|d| d.code.starts_with("reading"));
    of_readings
        .map(|d| (d.code.as_str(), d.path.as_str()))
        .collect()
}

#[test]
fn unsure_glyphs_are_settled_by_the_columns_they_stand_in() {
    let row = ["产出指标", "數量指标", "救助人數", "V", "95", "D", "20"];
    let record = read(
        row,
        &[
            ("數量指标", '數', 0.5, &[('数', 0.4)]),
            ("救助人數", '數', 0.5, &[('数', 0.4)]),
            ("V", 'V', 0.6, &[('≥', 0.3), ('>', 0.02)]),
            ("D", 'D', 0.7, &[('%', 0.25)]),
        ],
    );
    let first = &record.indicators[0];
    assert_eq!(first.level2.as_deref(), Some("数量指标"));
    assert_eq!(first.operator.as_deref(), Some("ge"));
    assert_eq!(first.measure_unit.as_deref(), Some("%"));
    // A free text stays as it was read.
    assert_eq!(first.level3.as_deref(), Some("救助人數"));
    assert_eq!(
        said(&record),
        [
            ("reading_settled", "/indicators/0/level2"),
            ("reading_settled", "/indicators/0/operator"),
            ("reading_settled", "/indicators/0/measure_unit"),
        ]
    );
    let provenance = record.provenance.as_ref().unwrap();
    let source = &provenance["/indicators/0/operator"];
    assert_eq!((source.raw.as_str(), source.confidence), ("V", Some(0.3)));
    assert_eq!(provenance["/indicators/1/operator"].raw, "≥");
}

#[test]
fn a_sign_that_fits_stays_and_is_said_to_be_doubtful() {
    let row = ["产出指标", "数量指标", "救助人数", ">", "95", "人", "20"];
    let record = read(row, &[(">", '>', 0.55, &[('≥', 0.4)])]);
    assert_eq!(record.indicators[0].operator.as_deref(), Some("gt"));
    assert_eq!(
        said(&record),
        [("reading_doubtful", "/indicators/0/operator")]
    );
}

#[test]
fn a_digit_of_a_number_stays() {
    let row = ["产出指标", "数量指标", "救助人数", "≥", "95", "人", "20"];
    let record = read(row, &[("95", '5', 0.5, &[('6', 0.45)])]);
    assert_eq!(record.indicators[0].target.as_deref(), Some("95"));
    assert_eq!(
        said(&record),
        [("reading_doubtful", "/indicators/0/target")]
    );
}
