//! The table that `tesseract … tsv` writes: a row for each page, block, paragraph, line and word.
//!
//! In: its text. Out: words, boxes as left, top, width and height in pixels. Never: reads a row by half.

use super::Quad;
use super::collect::{Collector, confidence, number};

/// The first line of such a table.
pub(super) const HEADER: &str =
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext";

/// Reads the rows behind the header. A row without its numbers is a fault of the file, and is passed over.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    const PAGE: u32 = 1;
    const WORD: u32 = 5;
    let mut line_key: Option<[u32; 4]> = None;
    let mut line = 0;
    let mut page_num = None;
    for (row, idx) in text.lines().zip(1usize..).skip(1) {
        if row.trim().is_empty() {
            continue;
        }
        let mut fields = row.splitn(12, '\t');
        let mut heads = [0u32; 6];
        let mut is_sound = true;
        for head in &mut heads {
            match fields.next().and_then(|f| f.trim().parse().ok()) {
                Some(value) => *head = value,
                None => is_sound = false,
            }
        }
        let places: Vec<Option<f32>> = (0..5).map(|_| fields.next().and_then(number)).collect();
        let content = fields.next().unwrap_or_default();
        let [Some(left), Some(top), Some(width), Some(height), Some(sure)] = places[..] else {
            collector.damaged(|| format!("row {idx} has no numbers where they are awaited"));
            continue;
        };
        if !is_sound {
            collector.damaged(|| format!("row {idx} has no numbers where they are awaited"));
            continue;
        }
        let [level, page, block, paragraph, line_num, _] = heads;
        if level == PAGE || page_num != Some(page) {
            let size = (level == PAGE).then_some((width, height));
            collector.start_page(size.map(|s| s.0), size.map(|s| s.1), None);
            page_num = Some(page);
        }
        if level != WORD {
            continue;
        }
        let quad = Quad::from_box(left, top, left + width, top + height);
        if content.trim().is_empty() {
            // Tesseract reports a separator as a blank word that fills its block.
            collector.rule(quad);
            continue;
        }
        let key = [page, block, paragraph, line_num];
        if line_key != Some(key) {
            line = collector.new_line();
            line_key = Some(key);
        }
        collector.word(content, quad, confidence(f64::from(sure), 100.0), line);
    }
}
