//! Which software's output a file is, by its content. In: bytes. Out: [`Format`]. Never: takes other text, HTML or JSON.

use std::borrow::Cow;

use super::Format;
use super::tsv::HEADER;
use crate::acquire::text;

/// How much of a file is looked at.
const HEAD_BYTES: usize = 4 << 20;
/// How far the root of an XML document stands from its beginning, behind declarations and comments.
const ROOT_REACH_BYTES: usize = 64 << 10;

/// The format of a file; `None` where it is no output of OCR software that is known here.
#[must_use]
pub fn format_of(bytes: &[u8]) -> Option<Format> {
    let bytes = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    // Windows' shells write what a program prints as UTF-16.
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let decoded = match is_utf16 || text::utf16_order(bytes).is_some() {
        true => Cow::Owned(text::decode(bytes.to_vec()).value.into_bytes()),
        false => Cow::Borrowed(bytes),
    };
    let head: &[u8] = decoded.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&decoded);
    let blanks = head.iter().take(1024);
    let blanks = blanks.take_while(|byte| byte.is_ascii_whitespace() || **byte == 0);
    let head = head.get(blanks.count()..).unwrap_or_default();
    match head.first()? {
        b'<' => markup(head),
        b'{' | b'[' => json(head),
        b'l' if head.starts_with(HEADER.as_bytes()) => {
            let behind = head.get(HEADER.len()).copied();
            matches!(behind, None | Some(b'\r' | b'\n')).then_some(Format::TesseractTsv)
        }
        _ => None,
    }
}

fn markup(head: &[u8]) -> Option<Format> {
    let reach = head.get(..ROOT_REACH_BYTES).unwrap_or(head);
    match root(reach)? {
        b"alto" => Some(Format::Alto),
        b"PcGts" => Some(Format::PageXml),
        _ => has_hocr_page(head).then_some(Format::Hocr),
    }
}

/// The name of the first element, without its prefix.
fn root(head: &[u8]) -> Option<&[u8]> {
    let mut rest = head;
    loop {
        let at = rest.iter().position(|byte| *byte == b'<')?;
        rest = rest.get(at + 1..)?;
        let (skipped, end): (bool, &[u8]) = match rest {
            [b'!', b'-', b'-', ..] => (true, b"-->"),
            [b'?', ..] => (true, b"?>"),
            [b'!', ..] => (true, b">"),
            _ => (false, b""),
        };
        if !skipped {
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte);
            let length = rest.iter().take_while(|byte| is_name(byte)).count();
            return rest.get(..length)?.rsplit(|byte| *byte == b':').next();
        }
        rest = rest.get(find(rest, end)? + end.len()..)?;
    }
}

/// Whether a tag has the class `ocr_page`: a text that speaks of it has none.
fn has_hocr_page(head: &[u8]) -> bool {
    const NAME: &[u8] = b"ocr_page";
    const LONGEST_TAG: usize = 4 << 10;
    let mut from = 0;
    while let Some(at) = head.get(from..).and_then(|rest| find(rest, NAME)) {
        let at = from + at;
        let before = &head[at.saturating_sub(LONGEST_TAG)..at];
        let tag = before.iter().rposition(|byte| matches!(byte, b'<' | b'>'));
        let tag = tag.and_then(|at| before.get(at..)).unwrap_or_default();
        if tag.starts_with(b"<")
            && tag.get(1).is_some_and(u8::is_ascii_alphabetic)
            && find(tag, b"class").is_some()
        {
            return true;
        }
        from = at + NAME.len();
    }
    false
}

fn json(head: &[u8]) -> Option<Format> {
    let keys = Keys::of(head);
    let has = |names: &[&str]| names.iter().any(|name| keys.has(name));
    if has(&["Blocks"]) && has(&["BlockType"]) {
        return Some(Format::TextractJson);
    }
    let is_azure = has(&["analyzeResult", "analyze_result", "readResults"])
        || (has(&["pages"]) && has(&["modelId", "model_id", "apiVersion", "api_version"]));
    if is_azure && has(&["boundingBox", "polygon", "bounding_box", "boundingPolygon"]) {
        return Some(Format::AzureJson);
    }
    if has(&["rec_texts"]) && has(&["rec_polys", "rec_boxes", "dt_polys"]) {
        return Some(Format::PaddleJson);
    }
    if has(&["txts"]) && has(&["boxes"]) && has(&["scores"]) {
        return Some(Format::PaddleJson);
    }
    let is_entry = keys.place && has(&["txt", "text", "rec_txt", "transcription"]);
    (is_entry || begins_with_box(head)).then_some(Format::PaddleJson)
}

/// The keys of a JSON document, as far as they matter.
struct Keys<'a> {
    seen: Vec<&'a [u8]>,
    /// Whether a key of a box has a value that is one: a list of pairs, or of four numbers.
    place: bool,
}

impl<'a> Keys<'a> {
    fn of(head: &'a [u8]) -> Self {
        const MOST: usize = 256;
        const DEEPEST: usize = 8;
        const PLACES: &[&[u8]] = &[
            b"box",
            b"dt_boxes",
            b"points",
            b"text_region",
            b"text_box_position",
        ];
        let mut keys = Self {
            seen: Vec::new(),
            place: false,
        };
        let mut depth = 0usize;
        let mut at = 0;
        while let Some(byte) = head.get(at) {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b'"' => {
                    let end = string_end(head, at + 1);
                    let text = head.get(at + 1..end).unwrap_or_default();
                    at = end;
                    let after = skip_blanks(head, end + 1);
                    if head.get(after) == Some(&b':') && depth <= DEEPEST && text.len() <= 32 {
                        keys.place |=
                            PLACES.contains(&text) && is_place(head, skip_blanks(head, after + 1));
                        if keys.seen.len() < MOST && !keys.seen.contains(&text) {
                            keys.seen.push(text);
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
        keys
    }

    fn has(&self, name: &str) -> bool {
        self.seen.contains(&name.as_bytes())
    }
}

/// Place of the quote that ends a string.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        match bytes.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') | None => return at,
            Some(_) => at += 1,
        }
    }
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

/// Whether the JSON value at a place begins as a box does: `[[1, 2], [` or `[1, 2, 3, 4`.
fn is_place(bytes: &[u8], at: usize) -> bool {
    const LONGEST: usize = 2048;
    let rest = bytes.get(at..).unwrap_or_default();
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let mut shape = Vec::new();
    for byte in rest {
        let class = match byte {
            b'0'..=b'9' | b'-' | b'.' | b'e' | b'E' | b'+' => b'0',
            b'[' | b']' | b',' => *byte,
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return false,
        };
        if class != b'0' || shape.last() != Some(&b'0') {
            shape.push(class);
        }
        if shape.len() >= 13 {
            break;
        }
    }
    shape.starts_with(b"[[0,0],[0,0]") || shape.starts_with(b"[0,0,0,0")
}

/// Whether a JSON document begins with lists of a box and a text: `[[[[1, 2], …], "text"`, pages around them or not.
fn begins_with_box(head: &[u8]) -> bool {
    const LONGEST: usize = 4096;
    let head = head.get(..LONGEST).unwrap_or(head);
    let mut at = 0;
    let mut n_open = 0;
    while head.get(at) == Some(&b'[') {
        n_open += 1;
        at = skip_blanks(head, at + 1);
    }
    let Some(quote) = head.iter().position(|byte| *byte == b'"') else {
        return false;
    };
    let between: Vec<u8> = head[at.min(quote)..quote]
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let ends_box = between.ends_with(b"]],") || between.ends_with(b"]],[");
    let is_numbers = between
        .iter()
        .all(|byte| b"0123456789.-+eE[],".contains(byte));
    (n_open == 4 || n_open == 5) && ends_box && is_numbers
}

/// Place of the first occurrence.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Format>) {
        assert_eq!(format_of(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn formats_are_told_by_their_content() {
        check(
            "\u{feff}<!DOCTYPE html>\n<html><body><div id='p' class='x ocr_page' title='bbox 0 0 1 1'>",
            Some(Format::Hocr),
        );
        check(
            "<?xml version=\"1.0\"?><!-- <a> --><alto xmlns=\"x\">",
            Some(Format::Alto),
        );
        check("<pc:PcGts>", Some(Format::PageXml));
        check(&format!("{HEADER}\n1\t1"), Some(Format::TesseractTsv));
        check(
            "{\"Blocks\": [{\"BlockType\": \"PAGE\"}]}",
            Some(Format::TextractJson),
        );
        check(
            "{\"status\": \"succeeded\", \"analyzeResult\": {\"readResults\": [{\"lines\": [{\"boundingBox\": [1]}]}]}}",
            Some(Format::AzureJson),
        );
        for json in [
            "{\"res\": {\"rec_texts\": [], \"rec_polys\": []}}",
            "[{\"box\": [[1.0, 2.0], [3.0, 2.0], [3.0, 4.0], [1.0, 4.0]], \"txt\": \"金额\", \"score\": 0.9}]",
            "[[[[[1, 2], [3, 2], [3, 4], [1, 4]], [\"金额\", 0.9]]]]",
            "[ [ [ [1, 2], [3, 2], [3, 4], [1, 4] ], \"金额\", \"0.9\"] ]",
            "{\"0\": {\"rec_txt\": \"金额\", \"dt_boxes\": [[1, 2], [3, 2], [3, 4], [1, 4]], \"score\": \"0.9\"}}",
        ] {
            check(json, Some(Format::PaddleJson));
        }
    }

    #[test]
    fn windows_shells_write_utf16() {
        let text = format!("{HEADER}\r\n1\t1");
        let bytes: Vec<u8> = std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(format_of(&bytes), Some(Format::TesseractTsv));
    }

    #[test]
    fn other_texts_are_none_of_them() {
        for text in [
            "",
            "[]",
            "[Redacted]",
            "{\"title\": \"年度绩效目标表\", \"text\": \"金额\"}",
            "[{\"text\": \"金额\", \"points\": 12}]",
            "[[[[1, 2], [3, 4]]]]",
            "{\"pages\": [{\"text\": \"x\"}]}",
            "<html><body>class ocr_page</body></html>",
            "<html><body>&lt;div class='ocr_page'&gt;</body></html>",
            "<html><p class='a'>ocr_page</p></html>",
            "<?xml version=\"1.0\"?><note><alto/></note>",
            "level\tpage_num\tblock_num",
            "项目总额: 2.00 万元",
        ] {
            check(text, None);
        }
    }
}
