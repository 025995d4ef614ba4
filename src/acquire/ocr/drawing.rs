//! Drawing: what was found, over the picture it was found on, for people to look at.
//!
//! In: a picture, its geometry and its page. Out: a picture. Never: changes what was found.

use super::{Geometry, Picture, Rule};
use crate::model::Page;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// Rules: level ones red, upright ones blue; lines of text in green.
    Grid,
    /// Characters, from red (unsure) over yellow to green (sure), over pale rules.
    Cells,
}

const LEVEL: [u8; 3] = [220, 30, 30];
const UPRIGHT: [u8; 3] = [30, 60, 230];
const TEXT: [u8; 3] = [0, 150, 60];
const PALE: [u8; 3] = [150, 170, 230];

/// Draws over a picture; ink becomes grey, so that colours are what was found.
#[must_use]
pub fn drawn(picture: &Picture, geometry: &Geometry, page: &Page, what: Drawn) -> Picture {
    let mut canvas = Picture {
        rgb: picture
            .rgb
            .iter()
            .map(|[red, green, blue]| {
                let grey = (u16::from(*red) + u16::from(*green) + u16::from(*blue)) / 3;
                [(128 + grey / 2).min(255) as u8; 3]
            })
            .collect(),
        ..picture.clone()
    };
    for rule in &geometry.rules {
        let colour = match (what, rule.horizontal) {
            (Drawn::Cells, _) => PALE,
            (Drawn::Grid, true) => LEVEL,
            (Drawn::Grid, false) => UPRIGHT,
        };
        draw_rule(&mut canvas, geometry, rule, colour);
    }
    match what {
        Drawn::Grid => {
            for line in &geometry.lines {
                let corners = (line.left, line.top, line.right, line.bottom);
                draw_box(&mut canvas, geometry, corners, TEXT);
            }
        }
        Drawn::Cells => {
            let scale = geometry.width as f32 / page.width.max(1.0);
            for glyph in &page.glyphs {
                let b = glyph.bbox;
                let corners = (
                    b.left * scale,
                    b.top * scale,
                    b.right * scale,
                    b.bottom * scale,
                );
                let colour = shade(glyph.confidence.unwrap_or(1.0));
                draw_box(&mut canvas, geometry, corners, colour);
            }
        }
    }
    canvas
}

/// Green where sure, yellow at 0.9, red at 0.5 and below.
fn shade(confidence: f32) -> [u8; 3] {
    let share = |low: f32, high: f32| ((confidence - low) / (high - low)).clamp(0.0, 1.0);
    let red = 1.0 - share(0.9, 1.0);
    let green = 0.3 + 0.4 * share(0.5, 0.9);
    [(220.0 * red) as u8, (255.0 * green) as u8, 0]
}

fn draw_rule(canvas: &mut Picture, geometry: &Geometry, rule: &Rule, colour: [u8; 3]) {
    let point = |along: f32| {
        if rule.horizontal {
            (along, rule.position)
        } else {
            (rule.position, along)
        }
    };
    draw_line(canvas, geometry, point(rule.start), point(rule.end), colour);
}

fn draw_box(
    canvas: &mut Picture,
    geometry: &Geometry,
    (left, top, right, bottom): (f32, f32, f32, f32),
    colour: [u8; 3],
) {
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    for (idx, corner) in corners.iter().enumerate() {
        let next = corners[(idx + 1) % corners.len()];
        draw_line(canvas, geometry, *corner, next, colour);
    }
}

/// Draws a line that is straight on the upright page.
fn draw_line(
    canvas: &mut Picture,
    geometry: &Geometry,
    from: (f32, f32),
    to: (f32, f32),
    colour: [u8; 3],
) {
    let length = (to.0 - from.0).hypot(to.1 - from.1);
    let n = (length * 1.5).clamp(1.0, 30_000.0) as usize;
    for step in 0..=n {
        let along = step as f32 / n as f32;
        let (x, y) = geometry.warp.at(
            from.0 + (to.0 - from.0) * along,
            from.1 + (to.1 - from.1) * along,
        );
        if x >= 0.0 && y >= 0.0 && (x as usize) < canvas.width && (y as usize) < canvas.height {
            canvas.rgb[y as usize * canvas.width + x as usize] = colour;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::geometry::{GeometryParams, find_geometry};
    use super::*;

    #[test]
    fn a_rule_is_drawn_where_it_is() {
        let mut picture = Picture {
            width: 1200,
            height: 1600,
            rgb: vec![[255; 3]; 1200 * 1600],
            dpi: None,
        };
        for x in 50..1150 {
            picture.rgb[100 * 1200 + x] = [0; 3];
            picture.rgb[101 * 1200 + x] = [0; 3];
        }
        let geometry = find_geometry(&picture, &GeometryParams::default());
        let grid = drawn(&picture, &geometry, &Page::default(), Drawn::Grid);
        let red = |y: usize| grid.rgb[y * 1200 + 200] == LEVEL;
        assert!((99..103).any(red), "{:?}", geometry.rules);
        assert!(!red(150));
    }
}
