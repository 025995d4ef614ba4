//! Plain text: bytes become lines. In: the bytes of a text file. Out: lines without their ends. Never: drops a character.
//!
//! What stays as it is: NULs, zero-width characters, directional marks, escapes. A form feed ends a line and stays as
//! the first character of the next, because `pdftotext` writes it where a page begins.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::radicals::fold_radical;
use crate::model::{Code, Diagnosed, Diagnostic};

/// How many bytes decide on an encoding.
const EVIDENCE_BYTES: usize = 1 << 20;
/// In UTF-16 without a mark, this share of the NULs stands on the same side of their pairs.
const MIN_NUL_SIDE_SHARE: f64 = 0.95;
/// In UTF-16 of a Chinese form, at least this share of the characters is ASCII: digits, line ends.
const MIN_NUL_PAIR_SHARE: f64 = 0.02;
/// A text that is sound UTF-8 and has a smaller share of NULs is no UTF-16.
const MAX_NUL_SHARE_OF_UTF8: f64 = 0.25;
/// A broken UTF-8 file has at least this many sound characters beyond ASCII for each fault.
const MIN_SOUND_PER_FAULT: usize = 4;
/// Share of common characters from which a text is taken for Chinese in GB 18030.
const MIN_COMMON_SHARE: f64 = 0.6;
/// Faults of decoding per character beyond ASCII that GB 18030 may have and still be it.
const MAX_FAULT_SHARE: f64 = 0.02;

/// Decodes a text and cuts it into lines.
///
/// Lines end at LF, CR, CR LF, VT, FF, NEL, U+2028 and U+2029. A line of more than `max_line_chars` characters (at
/// least 1) is cut there, which `LIMIT_LINE` says: what is behind is not read.
/// Says `ENCODING_DETECTED` for all but UTF-8, and `BAD_ENCODING` where bytes could not be decoded: each such place
/// holds U+FFFD.
#[must_use]
pub(super) fn read_text(bytes: Vec<u8>, max_line_chars: usize) -> Diagnosed<Vec<String>> {
    let mut diagnostics = Vec::new();
    let text = fold_radicals(decode(bytes).unload(&mut diagnostics));
    let lines = split_lines(&text, max_line_chars.max(1)).unload(&mut diagnostics);
    Diagnosed {
        value: lines,
        diagnostics,
    }
}

/// Text copied out of a PDF holds radicals in place of ideographs; they become what was printed.
fn fold_radicals(text: String) -> String {
    if text.chars().all(|ch| fold_radical(ch) == ch) {
        return text;
    }
    text.chars().map(fold_radical).collect()
}

/// Decodes a text; says `ENCODING_DETECTED` and `BAD_ENCODING`.
pub(super) fn decode(bytes: Vec<u8>) -> Diagnosed<String> {
    let (encoding, n_mark_bytes, evidence) = choose_encoding(&bytes);
    if encoding == UTF_8 && n_mark_bytes == 0 {
        // The usual case costs no copy.
        return match String::from_utf8(bytes) {
            Ok(text) => Diagnosed::clean(text),
            Err(error) => decode_as(error.as_bytes(), UTF_8, evidence),
        };
    }
    decode_as(
        bytes.get(n_mark_bytes..).unwrap_or_default(),
        encoding,
        evidence,
    )
}

fn decode_as(bytes: &[u8], encoding: &'static Encoding, evidence: &str) -> Diagnosed<String> {
    let (text, had_faults) = encoding.decode_without_bom_handling(bytes);
    let mut diagnostics = Vec::new();
    if encoding != UTF_8 {
        let message = format!("the text is in {}, by {evidence}", encoding.name());
        diagnostics.push(Diagnostic::new(Code::EncodingDetected, "", message));
    }
    if had_faults {
        let (n_faults, line) = count_replacements(&text);
        let message = format!(
            "{n_faults} places are no {}, the first on line {line}; each stands as U+FFFD",
            encoding.name()
        );
        diagnostics.push(Diagnostic::new(Code::BadEncoding, "", message));
    }
    Diagnosed {
        value: text.into_owned(),
        diagnostics,
    }
}

/// Number of U+FFFD, and the line (from 1) of the first.
fn count_replacements(text: &str) -> (usize, usize) {
    let n = text.matches('\u{fffd}').count();
    let before = text.find('\u{fffd}').map_or("", |at| &text[..at]);
    (n, before.matches('\n').count() + 1)
}

/// The encoding, how many bytes its mark has, and what tells it.
fn choose_encoding(bytes: &[u8]) -> (&'static Encoding, usize, &'static str) {
    if let Some((encoding, n_mark_bytes)) = Encoding::for_bom(bytes) {
        return (encoding, n_mark_bytes, "its byte order mark");
    }
    if bytes.starts_with(b"\x84\x31\x95\x33") {
        return (GB18030, 4, "its byte order mark");
    }
    if let Some(encoding) = utf16_order(bytes) {
        return (encoding, 0, "the places of its NUL bytes");
    }
    if std::str::from_utf8(bytes).is_ok() {
        return (UTF_8, 0, "its content");
    }
    let sample = evidence(bytes);
    let (n_sound, n_faults) = census_utf8(sample);
    if n_sound >= n_faults.saturating_mul(MIN_SOUND_PER_FAULT) && n_sound > 0 {
        return (UTF_8, 0, "its content");
    }
    if looks_like_gb18030(sample) {
        return (GB18030, 0, "its content");
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // Of the encodings of Chinese, GB 18030 holds GBK and GB 2312; Big5 has to show itself.
    let guess = if guess == BIG5 || !guess.is_single_byte() {
        guess
    } else {
        fallback(sample, guess)
    };
    let guess = if guess == encoding_rs::GBK {
        GB18030
    } else {
        guess
    };
    (guess, 0, "its content")
}

/// A single-byte encoding fits any bytes; it is believed only where GB 18030 has more faults than characters.
fn fallback(sample: &[u8], guess: &'static Encoding) -> &'static Encoding {
    let census = census_gb18030(sample);
    if census.n_faults == 0 && census.n_wide > 0 {
        GB18030
    } else {
        guess
    }
}

/// The part of a text beyond its long stretches of ASCII, at most [`EVIDENCE_BYTES`], so that a text whose Chinese
/// begins late is judged by its Chinese.
fn evidence(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| *byte >= 0x80).unwrap_or(0);
    let end = bytes.len().min(first.saturating_add(EVIDENCE_BYTES));
    &bytes[first..end]
}

/// UTF-16 without a mark: NULs are the high halves of ASCII characters, and so stand on one side of their pairs.
pub(super) fn utf16_order(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(64 << 10) & !1];
    let (mut n_even, mut n_odd) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        // A pair of two NULs is a NUL in either order.
        match (pair[0], pair[1]) {
            (0, 1..) => n_even += 1,
            (1.., 0) => n_odd += 1,
            _ => {}
        }
    }
    let n_all = n_even + n_odd;
    let share_of = |n: usize| n_all as f64 / n.max(1) as f64;
    if share_of(sample.len() / 2) < MIN_NUL_PAIR_SHARE {
        return None;
    }
    // A text of single bytes with some NULs in it: as UTF-16 it would be a plausible string of rare Han.
    if share_of(sample.len()) < MAX_NUL_SHARE_OF_UTF8 && census_utf8(sample).1 == 0 {
        return None;
    }
    let is_side = |n: usize| n > 0 && n as f64 >= n_all as f64 * MIN_NUL_SIDE_SHARE;
    let encoding = if is_side(n_even) {
        UTF_16BE
    } else if is_side(n_odd) {
        UTF_16LE
    } else {
        return None;
    };
    let (text, had_faults) = encoding.decode_without_bom_handling(sample);
    (!had_faults || bytes.len() > sample.len())
        .then_some(encoding)
        .filter(|_| is_plausible(&text))
}

/// Whether nearly all characters are ASCII text, Han or the marks printed with them.
fn is_plausible(text: &str) -> bool {
    let (mut n, mut n_plausible) = (0_usize, 0_usize);
    for ch in text.chars() {
        n += 1;
        let plausible = matches!(ch,
            '\t' | '\n' | '\r' | '\u{c}' | ' '..='~' | '\u{a0}'..='\u{ff}' | '\u{2000}'..='\u{26ff}' | '\u{3000}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}');
        n_plausible += usize::from(plausible);
    }
    n > 0 && n_plausible as f64 >= n as f64 * 0.9
}

/// Sound characters beyond ASCII, and faults.
fn census_utf8(bytes: &[u8]) -> (usize, usize) {
    let (mut n_sound, mut n_faults) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        n_sound += chunk.valid().chars().filter(|ch| !ch.is_ascii()).count();
        n_faults += usize::from(!chunk.invalid().is_empty());
    }
    (n_sound, n_faults)
}

/// What a text holds if it is read as GB 18030.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct GbCensus {
    /// Characters beyond ASCII.
    n_wide: usize,
    /// Those of GB 2312's marks and first level, and of four bytes: what Chinese texts are made of.
    n_common: usize,
    /// Bytes that begin no character.
    n_faults: usize,
}

/// Counts by GB 18030's own structure: one byte below 0x80; two bytes 81–FE, 40–7E or 80–FE; four bytes 81–FE, 30–39,
/// 81–FE, 30–39. GB 2312: marks in rows A1–A9, the 3,755 characters of its first level in rows B0–D7.
fn census_gb18030(bytes: &[u8]) -> GbCensus {
    let mut census = GbCensus::default();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        at += match *rest {
            [0..=0x7f, ..] => 1,
            [0x81..=0xfe, 0x30..=0x39, 0x81..=0xfe, 0x30..=0x39, ..] => {
                census.n_wide += 1;
                census.n_common += 1;
                4
            }
            [lead @ 0x81..=0xfe, trail @ (0x40..=0x7e | 0x80..=0xfe), ..] => {
                census.n_wide += 1;
                let is_common = trail >= 0xa1 && matches!(lead, 0xa1..=0xa3 | 0xb0..=0xd7);
                census.n_common += usize::from(is_common);
                2
            }
            // A character cut off at the end of the sample is no fault.
            [0x81..=0xfe]
            | [0x81..=0xfe, 0x30..=0x39]
            | [0x81..=0xfe, 0x30..=0x39, 0x81..=0xfe] => rest.len(),
            _ => {
                census.n_faults += 1;
                1
            }
        };
    }
    census
}

fn looks_like_gb18030(bytes: &[u8]) -> bool {
    let census = census_gb18030(bytes);
    let n_wide = census.n_wide as f64;
    census.n_wide > 0
        && census.n_common as f64 >= n_wide * MIN_COMMON_SHARE
        && census.n_faults as f64 <= (n_wide * MAX_FAULT_SHARE).max(1.0)
}

fn split_lines(text: &str, max_line_chars: usize) -> Diagnosed<Vec<String>> {
    let mut lines = Vec::new();
    let mut diagnostics = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, ch)) = chars.next() {
        if !matches!(
            ch,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        ) {
            continue;
        }
        let after = at + ch.len_utf8();
        if ch == '\u{c}' {
            // The form feed itself begins the next line; one that stands at a line's start ends nothing.
            if at > start {
                push_line(
                    &text[start..at],
                    max_line_chars,
                    &mut lines,
                    &mut diagnostics,
                );
                start = at;
            }
            continue;
        }
        push_line(
            &text[start..at],
            max_line_chars,
            &mut lines,
            &mut diagnostics,
        );
        start = after;
        if ch == '\r' && chars.next_if(|(_, next)| *next == '\n').is_some() {
            start += 1;
        }
    }
    if start < text.len() {
        push_line(&text[start..], max_line_chars, &mut lines, &mut diagnostics);
    }
    Diagnosed {
        value: lines,
        diagnostics,
    }
}

fn push_line(
    line: &str,
    max_line_chars: usize,
    lines: &mut Vec<String>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // A line has no more characters than bytes: most need no counting.
    if line.len() <= max_line_chars {
        lines.push(line.to_owned());
        return;
    }
    let Some((cut, _)) = line.char_indices().nth(max_line_chars) else {
        lines.push(line.to_owned());
        return;
    };
    lines.push(line[..cut].to_owned());
    let number = lines.len();
    let n_left = line.len() - cut;
    let message = format!(
        "line {number} is longer than {max_line_chars} characters: the {n_left} bytes behind them are not read"
    );
    diagnostics.push(Diagnostic::new(Code::LimitLine, "", message));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], lines: &[&str], codes: &[&str]) {
        let read = read_text(bytes.to_vec(), 1000);
        assert_eq!(read.value, lines);
        assert_eq!(
            read.diagnostics
                .iter()
                .map(|d| d.code.name())
                .collect::<Vec<_>>(),
            codes
        );
    }

    fn utf16(text: &str, mark: bool, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(to_bytes)
            .collect()
    }

    #[test]
    fn utf8_is_read_with_and_without_a_mark() {
        check("项目总额\n2.00".as_bytes(), &["项目总额", "2.00"], &[]);
        check("\u{feff}项目总额".as_bytes(), &["项目总额"], &[]);
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        let text = "预算 1234";
        for bytes in [
            utf16(text, true, u16::to_le_bytes),
            utf16(text, true, u16::to_be_bytes),
            utf16(text, false, u16::to_le_bytes),
            utf16(text, false, u16::to_be_bytes),
        ] {
            check(&bytes, &[text], &["ENCODING_DETECTED"]);
        }
    }

    #[test]
    fn gbk_is_told_by_its_content() {
        let (bytes, _, _) = GB18030.encode("单位,项目,金额\n财政局,办公费,1,234.50\n");
        check(
            &bytes,
            &["单位,项目,金额", "财政局,办公费,1,234.50"],
            &["ENCODING_DETECTED"],
        );
    }

    #[test]
    fn four_byte_characters_of_gb18030_are_read() {
        let (bytes, _, _) = GB18030.encode("𠮷野家 㐂 䶮 ￥１２３");
        check(&bytes, &["𠮷野家 㐂 䶮 ￥１２３"], &["ENCODING_DETECTED"]);
    }

    #[test]
    fn short_gbk_is_read() {
        let (bytes, _, _) = GB18030.encode("年度");
        check(&bytes, &["年度"], &["ENCODING_DETECTED"]);
    }

    #[test]
    fn gbk_behind_much_ascii_is_read() {
        let (tail, _, _) = GB18030.encode("年度绩效目标表");
        let mut bytes = b"0\n".repeat(2000);
        bytes.extend_from_slice(&tail);
        assert_eq!(
            read_text(bytes, 1000).value.last().unwrap(),
            "年度绩效目标表"
        );
    }

    #[test]
    fn big5_is_not_taken_for_gb18030() {
        let text =
            "年度績效目標表 預算單位 項目名稱 資金總額 主管部門 社會效益指標 服務對象滿意度指標";
        let (bytes, _, _) = BIG5.encode(text);
        check(&bytes, &[text], &["ENCODING_DETECTED"]);
    }

    #[test]
    fn broken_bytes_in_utf8_are_counted_not_dropped() {
        let mut bytes = "项目名称".as_bytes().to_vec();
        bytes.push(0xe9);
        bytes.extend("总额".as_bytes());
        check(&bytes, &["项目名称\u{fffd}总额"], &["BAD_ENCODING"]);
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        check(
            "a\nb\r\nc\rd\u{b}e\u{2028}f\u{2029}g\u{85}h".as_bytes(),
            &["a", "b", "c", "d", "e", "f", "g", "h"],
            &[],
        );
    }

    #[test]
    fn form_feed_begins_the_next_line() {
        check(b"a\n\x0cb\n\x0c", &["a", "\u{c}b", "\u{c}"], &[]);
        check(b"a\x0cb", &["a", "\u{c}b"], &[]);
    }

    #[test]
    fn nul_and_zero_width_characters_stay() {
        check(
            "a\0b\u{200b}c\u{202e}d".as_bytes(),
            &["a\0b\u{200b}c\u{202e}d"],
            &[],
        );
    }

    #[test]
    fn single_nul_does_not_make_utf16() {
        check(b"jixiao reads\0 forms\n", &["jixiao reads\0 forms"], &[]);
    }

    #[test]
    fn a_long_line_is_cut_and_said() {
        let read = read_text("预算绩效目标".as_bytes().to_vec(), 4);
        assert_eq!(read.value, ["预算绩效"]);
        assert_eq!(read.diagnostics[0].code, Code::LimitLine);
    }
}
