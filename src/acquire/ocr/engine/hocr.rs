//! hOCR with boxes of characters, as tesseract writes it: `<span class='ocrx_cinfo' title='x_bboxes 2 22 12 39; x_conf
//! 99.0'>2</span>`. Only these elements are looked at.

use crate::acquire::ocr::ReadChar;

/// What opens a character.
const CHARACTER: &str = "<span class='ocrx_cinfo' title='";

/// The characters of a line that is `width` pixels wide, from left to right, each with one candidate.
///
/// An element that is not of this form is left out. Boxes may overlap; here a character ends where the next begins.
pub(super) fn characters(text: &str, width: usize) -> Vec<ReadChar> {
    let width = width.max(1) as f32;
    let mut read: Vec<ReadChar> = Vec::new();
    for element in text.split(CHARACTER).skip(1) {
        let Some((left, right, confidence, text)) = character(element) else {
            continue;
        };
        let text: Vec<char> = text.chars().filter(|ch| !ch.is_whitespace()).collect();
        // Several characters of one box share it.
        let step = (right - left) / text.len().max(1) as f32;
        for (idx, ch) in text.iter().enumerate() {
            let at = |n: usize| ((left + step * n as f32) / width).clamp(0.0, 1.0);
            read.push(ReadChar {
                candidates: vec![(*ch, confidence)],
                start: at(idx),
                end: at(idx + 1),
            });
        }
    }
    read.sort_by(|a, b| a.start.total_cmp(&b.start));
    for idx in 1..read.len() {
        let start = read[idx].start;
        let before = &mut read[idx - 1];
        before.end = before.end.min(start);
    }
    // What has no width of its own stands where another one does.
    read.retain(|ch| ch.start < ch.end);
    read
}

/// Left and right in pixels, confidence 0.0 to 1.0 and text of what follows [`CHARACTER`].
fn character(element: &str) -> Option<(f32, f32, f32, String)> {
    let (title, rest) = element.split_once('\'')?;
    let (text, _) = rest.strip_prefix('>')?.split_once("</span>")?;
    let (boxes, confidence) = title.strip_prefix("x_bboxes ")?.split_once("; x_conf ")?;
    let number = |text: &str| text.parse::<f32>().ok().filter(|number| number.is_finite());
    let boxes: Vec<f32> = boxes.split(' ').map(number).collect::<Option<_>>()?;
    let [left, _, right, _] = boxes[..] else {
        return None;
    };
    let confidence = (number(confidence)? / 100.0).clamp(0.0, 1.0);
    Some((left, right, confidence, unescape(text)))
}

/// The five entities of XML as characters.
fn unescape(text: &str) -> String {
    const ENTITIES: &[(&str, &str)] = &[
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let replace = |text: String, (entity, ch): &(&str, &str)| text.replace(entity, ch);
    ENTITIES.iter().fold(text.to_owned(), replace)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: Expect) {
        let line = |ch: &ReadChar| {
            let (text, confidence) = ch.candidates[0];
            format!("{text} {confidence:.2} {:.2}..{:.2}\n", ch.start, ch.end)
        };
        let read = characters(text, 100);
        expected.assert_eq(&read.iter().map(line).collect::<String>());
    }

    #[test]
    fn characters_have_boxes_and_confidences() {
        check(
            "<span class='ocrx_word' id='word_1_1' title='bbox 2 18 240 42; x_wconf 80'>
               <span class='ocrx_cinfo' title='x_bboxes 2 22 12 39; x_conf 99.016853'>2</span>
               <span class='ocrx_cinfo' title='x_bboxes 14 22 90 39; x_conf 97'>-</span>
              </span>
              <span class='ocrx_word' id='word_1_2' title='bbox 30 18 240 42; x_wconf 80'>
               <span class='ocrx_cinfo' title='x_bboxes 30 18 50 42; x_conf 50'>&lt;</span>
               <span class='ocrx_cinfo' title='x_bboxes 50 18 70 42; x_conf 0'>&amp;gt;</span>",
            expect![[r#"
                2 0.99 0.02..0.12
                - 0.97 0.14..0.30
                < 0.50 0.30..0.50
                & 0.00 0.50..0.55
                g 0.00 0.55..0.60
                t 0.00 0.60..0.65
                ; 0.00 0.65..0.70
            "#]],
        );
    }

    #[test]
    fn what_is_no_character_is_left_out() {
        for element in [
            "",
            "x_bboxes 1 2 3 4; x_conf 9'>字",
            "x_bboxes 1 2 3; x_conf 9'>字</span>",
            "x_bboxes 1 2 NaN 4; x_conf 9'>字</span>",
            "x_bboxes 1 2 3 4'>字</span>",
            "x_bboxes 3 2 1 4; x_conf 9'>字</span>",
            "x_bboxes 1 2 3 4; x_conf 9'> </span>",
            "x_bboxes 100 2 300 4; x_conf 9'>字</span>",
        ] {
            check(&format!("{CHARACTER}{element}"), expect![""]);
        }
    }
}
