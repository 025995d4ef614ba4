//! ALTO XML, versions 1 to 4: `Page`, `TextLine`, `String` with their places.
//!
//! In: its text. Out: words in the unit that the file names. Never: takes a hyphenated word's whole for its part.

use super::Quad;
use super::collect::{Collector, confidence, number};
use super::xml::{Attributes, Fault, Piece, walk};

/// Reads all pages. The unit stands before the pages, and holds for all of them.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    let mut unit: Option<f32> = None;
    let mut unit_text: Option<String> = None;
    let mut line = 0;
    let mut line_quad: Option<Quad> = None;
    let mut quarters: Vec<u32> = Vec::new();
    let max_depth = collector.limits.max_depth;
    let outcome = walk(text, false, max_depth, &mut |piece| match piece {
        Piece::Start(name, attributes) => match name {
            "MeasurementUnit" => unit_text = Some(String::new()),
            "Page" => {
                let (width, height) = (attributes.number("WIDTH"), attributes.number("HEIGHT"));
                collector.start_page(width, height, unit);
            }
            "TextBlock" => {
                // Counter-clockwise, in degrees.
                let angle = attributes.number("ROTATION").unwrap_or(0.0);
                quarters.push((-angle / 90.0).round().rem_euclid(4.0) as u32);
            }
            "TextLine" => {
                line = collector.new_line();
                line_quad = place(&attributes);
            }
            "String" | "HYP" => {
                let content = attributes.get("CONTENT").unwrap_or_default();
                let turned = quarters.last().copied().unwrap_or(0);
                // A line that is one string may carry the place for it.
                let own = place(&attributes).or(line_quad.filter(|_| name == "String"));
                let quad = own.map(|quad| quad.turned(turned));
                let sure = attributes.number("WC");
                let sure = sure.and_then(|s| confidence(f64::from(s), 1.0));
                collector.word(&content, quad, sure, line);
                line_quad = None;
            }
            "GraphicalElement" => collector.rule(place(&attributes)),
            _ => {}
        },
        Piece::Text(part) => {
            if let Some(unit_text) = &mut unit_text {
                unit_text.push_str(part);
            }
        }
        Piece::End(name) => match name {
            "MeasurementUnit" => {
                unit = match unit_text.take().unwrap_or_default().trim() {
                    "mm10" => Some(254.0),
                    "inch1200" => Some(1200.0),
                    _ => None,
                };
                if let Some(unit) = unit {
                    collector.set_units_an_inch(unit);
                }
            }
            "TextBlock" => {
                quarters.pop();
            }
            "TextLine" => line_quad = None,
            _ => {}
        },
    });
    match outcome {
        Ok(()) => {}
        Err(Fault::Cut(name)) => collector.damaged(|| format!("the file ends inside <{name}>")),
        Err(Fault::Malformed(what)) => collector.damaged(|| what),
        Err(Fault::TooDeep(what)) => collector.too_deep(what),
    }
}

fn place(attributes: &Attributes<'_>) -> Option<Quad> {
    let [left, top, width, height] = ["HPOS", "VPOS", "WIDTH", "HEIGHT"]
        .map(|name| attributes.get(name).as_deref().and_then(number));
    let (left, top) = (left?, top?);
    Quad::from_box(left, top, left + width?, top + height?)
}
