//! Lines for tests.

use super::{Gray, LineImage, ReadChar};

/// A picture of characters whose ink reaches from here to there, pixels; nothing is before the first.
pub(super) fn drawn(chars: &[(char, f32, f32)]) -> (Gray, Vec<ReadChar>) {
    const HEIGHT: usize = 20;
    let width = chars.last().map_or(1.0, |last| last.2 + 20.0) as usize;
    let mut image = Gray::filled(width, HEIGHT, 255);
    for row in image.pixels.chunks_exact_mut(width) {
        for (_, left, right) in chars {
            row[*left as usize..*right as usize].fill(0);
        }
    }
    let read = |(ch, left, right): &(char, f32, f32)| ReadChar {
        candidates: vec![(*ch, 0.99)],
        start: left / width as f32,
        end: right / width as f32,
    };
    (image, chars.iter().map(read).collect())
}

/// A line whose characters of this width stand this far apart, 100 pixels each em.
pub(super) fn spaced(text: &str, apart: f32, width: f32) -> (LineImage, Vec<ReadChar>) {
    let n = text.chars().count();
    let total = (apart * n as f32 + 40.0) as usize;
    let mut image = Gray::filled(total, 120, 255);
    let mut chars = Vec::new();
    for (k, ch) in text.chars().enumerate() {
        let middle = 20.0 + apart * (k as f32 + 0.5);
        let (left, right) = (middle - width / 2.0, middle + width / 2.0);
        for y in 20..110 {
            image.pixels[y * total + left as usize..y * total + right as usize].fill(0);
        }
        chars.push(ReadChar {
            candidates: vec![(ch, 0.99)],
            start: left / total as f32,
            end: right / total as f32,
        });
    }
    let line = LineImage {
        left: 0.0,
        top: 0.0,
        right: total as f32 - 40.0,
        bottom: 90.0,
        image,
        margin: 20.0,
    };
    (line, chars)
}
