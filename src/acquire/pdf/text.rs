//! Showing text: strings become glyphs with boxes in page space.
//! In: the strings of Tj and TJ, the text state. Out: glyphs in [`Sink`](super::sink::Sink). Never: allocates for a glyph.

use super::content::Interpreter;
use super::decode::hex_digit;
use super::gbk::GbkRun;
use super::sink::{Drawn, Placement};
use crate::model::BBox;

/// Top of a glyph's box above the baseline, in ems: the em box of Chinese fonts, the same for all fonts so that boxes on one
/// line agree.
const ASCENT: f64 = 0.88;
/// Bottom of a glyph's box below the baseline, in ems.
const DESCENT: f64 = -0.12;

/// The text state (ISO 32000-2, 9.3).
#[derive(Debug, Clone, Copy)]
pub(super) struct TextState {
    /// Index of the font.
    pub(super) font: Option<usize>,
    pub(super) size: f64,
    pub(super) char_spacing: f64,
    pub(super) word_spacing: f64,
    /// 1.0 is normal.
    pub(super) horizontal_scale: f64,
    pub(super) leading: f64,
    pub(super) rise: f64,
    /// Rendering mode, 0 to 7.
    pub(super) mode: i32,
}

impl Default for TextState {
    fn default() -> Self {
        Self {
            font: None,
            size: 0.0,
            char_spacing: 0.0,
            word_spacing: 0.0,
            horizontal_scale: 1.0,
            leading: 0.0,
            rise: 0.0,
            mode: 0,
        }
    }
}

impl Interpreter<'_, '_> {
    /// Moves to the start of a next line (`Td`).
    pub(super) fn next_line(&mut self, x: f64, y: f64) {
        let m = &mut self.line_matrix;
        let (e, f) = (m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f);
        (m.e, m.f) = (e, f);
        self.text_matrix = self.line_matrix;
    }

    /// Shows one string (`Tj`).
    pub(super) fn show(&mut self, bytes: &[u8]) {
        let run = self.sink.next_run();
        self.show_run(bytes, run);
    }

    /// Shows the strings of an array and moves by its numbers (`TJ`); `data` is what stands between its brackets.
    pub(super) fn show_array(&mut self, data: &[u8]) {
        let run = self.sink.next_run();
        let mut bytes: Vec<u8> = Vec::with_capacity(data.len() / 2);
        let mut rest = data;
        while let Some((&first, tail)) = rest.split_first() {
            match first {
                b'<' => {
                    bytes.clear();
                    rest = read_hex(tail, &mut bytes);
                    self.show_run(&bytes, run);
                }
                b'(' => {
                    bytes.clear();
                    rest = read_literal(tail, &mut bytes);
                    self.show_run(&bytes, run);
                }
                b'+' | b'-' | b'.' | b'0'..=b'9' => {
                    let n = rest
                        .iter()
                        .position(|byte| !matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9'))
                        .unwrap_or(rest.len());
                    let (digits, after) = rest.split_at(n);
                    self.adjust(read_number(digits));
                    rest = after;
                }
                b'%' => {
                    let n = rest
                        .iter()
                        .position(|byte| matches!(byte, b'\n' | b'\r'))
                        .unwrap_or(rest.len());
                    rest = &rest[n..];
                }
                _ => rest = tail,
            }
        }
    }

    /// Moves back by thousandths of an em.
    fn adjust(&mut self, thousandths: f64) {
        let text = &self.state.text;
        let vertical = text
            .font
            .and_then(|font| self.doc.fonts.get(font))
            .is_some_and(|font| font.vertical);
        let step = -thousandths / 1000.0 * text.size;
        self.advance(step, vertical);
    }

    fn advance(&mut self, step: f64, vertical: bool) {
        let m = &mut self.text_matrix;
        if vertical {
            m.e += m.c * step;
            m.f += m.d * step;
        } else {
            let step = step * self.state.text.horizontal_scale;
            m.e += m.a * step;
            m.f += m.b * step;
        }
    }

    fn show_run(&mut self, bytes: &[u8], run: u32) {
        let text = self.state.text;
        let trm = self.text_matrix.then(&self.state.ctm);
        let doc = &mut *self.doc;
        let Some(font) = text.font.and_then(|index| doc.fonts.get_mut(index)) else {
            return;
        };
        let vertical = font.vertical;
        let em = text.size * f64::from(font.em);
        let size = (em * trm.c.hypot(trm.d)).abs() as f32;
        let opaque = match text.mode {
            0 | 4 => !self.state.fill.transparent,
            1 | 5 => !self.state.stroke.transparent,
            2 | 6 => !self.state.fill.transparent || !self.state.stroke.transparent,
            _ => false,
        };
        let is_layer = text.mode == 3 && self.n_hidden == 0 && trm.is_sane();
        let drawable = opaque && self.n_hidden == 0 && trm.is_sane();
        let sink = &mut self.sink;
        let clip = sink.clip_id(&self.state.clip);
        let (first_glyph, mut all_single) = (sink.glyphs.len(), true);
        let up = (
            trm.c * em * (ASCENT - DESCENT),
            trm.d * em * (ASCENT - DESCENT),
        );
        let mut step_sum = 0.0_f64;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (code, n_bytes) = font.cut.next(rest);
            rest = &rest[usize::from(n_bytes).clamp(1, rest.len())..];
            let info = font.glyph(code, n_bytes, &mut doc.limits);
            let width = f64::from(info.width) * text.size;
            let spacing = text.char_spacing
                + if n_bytes == 1 && code == 32 {
                    text.word_spacing
                } else {
                    0.0
                };
            // The glyph's origin and its advance, text space.
            let (x, y, step, end) = if vertical {
                let (advance, origin_x, origin_y) = font.vertical_metrics(code, n_bytes);
                let step = f64::from(advance) * text.size;
                let x = -f64::from(origin_x) * text.size * text.horizontal_scale;
                (
                    x,
                    step_sum - f64::from(origin_y) * text.size + text.rise,
                    step + spacing,
                    (x, step_sum + step - f64::from(origin_y) * text.size),
                )
            } else {
                let x = step_sum * text.horizontal_scale;
                (
                    x,
                    text.rise,
                    width + spacing,
                    (x + width * text.horizontal_scale, text.rise),
                )
            };
            step_sum += step;
            let origin = trm.apply(x, y);
            let across = (
                trm.a * width * text.horizontal_scale,
                trm.b * width * text.horizontal_scale,
            );
            let base = (
                origin.0 + trm.c * em * DESCENT,
                origin.1 + trm.d * em * DESCENT,
            );
            let drawn = Drawn {
                bbox: BBox {
                    left: (base.0 + across.0.min(0.0) + up.0.min(0.0)) as f32,
                    top: (base.1 + across.1.min(0.0) + up.1.min(0.0)) as f32,
                    right: (base.0 + across.0.max(0.0) + up.0.max(0.0)) as f32,
                    bottom: (base.1 + across.1.max(0.0) + up.1.max(0.0)) as f32,
                },
                origin,
                end: trm.apply(end.0, end.1),
                size,
                run,
                clip,
                clip_box: self.state.clip,
            };
            if !doc.limits.take_glyph() {
                break;
            }
            let shown = if drawable {
                sink.place(&drawn)
            } else {
                Placement::Hidden
            };
            all_single &= shown == Placement::Shown && info.text.is_none();
            match shown {
                Placement::Shown => match info.text {
                    None => sink.push(info.ch, info.trust, &drawn),
                    Some(index) => sink.push_text(font.text(index), info.trust, &drawn),
                },
                Placement::Outside => {
                    let chars = info
                        .text
                        .map_or_else(|| vec![info.ch], |index| font.text(index).to_vec());
                    sink.suspend(chars, info.trust, &drawn);
                }
                Placement::Hidden if is_layer => match info.text {
                    None => sink.push_invisible(&[info.ch], info.trust, &drawn),
                    Some(index) => sink.push_invisible(font.text(index), info.trust, &drawn),
                },
                Placement::Hidden => sink.census.hidden += 1,
            }
        }
        if font.may_be_gbk
            && all_single
            && bytes.iter().any(|byte| *byte >= 0x80)
            && let Some(font) = text.font
        {
            sink.gbk_runs.push(GbkRun {
                font,
                first: first_glyph,
                bytes: bytes.to_vec(),
            });
        }
        self.advance(step_sum, vertical);
    }
}

/// Reads the digits of a string `<…>`; returns what follows it.
fn read_hex<'b>(data: &'b [u8], out: &mut Vec<u8>) -> &'b [u8] {
    let mut high = None;
    for (at, &byte) in data.iter().enumerate() {
        if byte == b'>' {
            if let Some(first) = high {
                out.push(first << 4);
            }
            return &data[at + 1..];
        }
        if let Some(digit) = hex_digit(byte) {
            match high.take() {
                None => high = Some(digit),
                Some(first) => out.push(first << 4 | digit),
            }
        }
    }
    &[]
}

/// Reads a string `(…)` (ISO 32000-2, 7.3.4.2); returns what follows it.
fn read_literal<'b>(data: &'b [u8], out: &mut Vec<u8>) -> &'b [u8] {
    let mut depth = 1_usize;
    let mut at = 0;
    while let Some(&byte) = data.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                let Some(&escaped) = data.get(at) else { break };
                at += 1;
                match escaped {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'\r' => at += usize::from(data.get(at) == Some(&b'\n')),
                    b'\n' => {}
                    b'0'..=b'7' => {
                        let mut value = u32::from(escaped - b'0');
                        for _ in 0..2 {
                            let Some(&digit @ b'0'..=b'7') = data.get(at) else {
                                break;
                            };
                            value = value * 8 + u32::from(digit - b'0');
                            at += 1;
                        }
                        out.push((value & 0xFF) as u8);
                    }
                    other => out.push(other),
                }
            }
            b'(' => {
                depth += 1;
                out.push(byte);
            }
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return &data[at..];
                }
                out.push(byte);
            }
            b'\r' => {
                out.push(b'\n');
                at += usize::from(data.get(at) == Some(&b'\n'));
            }
            _ => out.push(byte),
        }
    }
    &[]
}

/// A plain decimal number; signs inside it are ignored, as other readers do.
pub(super) fn read_number(digits: &[u8]) -> f64 {
    let (mut whole, mut scale, mut in_fraction) = (0.0_f64, 1.0_f64, false);
    for &byte in digits {
        match byte {
            b'.' => in_fraction = true,
            b'0'..=b'9' => {
                whole = whole * 10.0 + f64::from(byte - b'0');
                if in_fraction {
                    scale *= 10.0;
                }
            }
            _ => {}
        }
    }
    let value = whole / scale;
    let value = if value.is_finite() { value } else { 0.0 };
    if digits.first() == Some(&b'-') {
        -value
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::{read_hex, read_literal, read_number};

    fn check(
        read: for<'b> fn(&'b [u8], &mut Vec<u8>) -> &'b [u8],
        data: &[u8],
        expected: &[u8],
        rest: &[u8],
    ) {
        let mut out = Vec::new();
        assert_eq!(read(data, &mut out), rest);
        assert_eq!(out, expected);
    }

    #[test]
    fn literal_strings_have_escapes() {
        check(
            read_literal,
            b"a\\(b(c)\\101\\r\\\nz)-20",
            b"a(b(c)A\rz",
            b"-20",
        );
        check(read_literal, b"open", b"open", b"");
    }

    #[test]
    fn hex_strings_may_be_odd() {
        check(read_hex, b"98 79 7>5", b"\x98\x79\x70", b"5");
    }

    #[test]
    fn numbers_have_signs_and_fractions() {
        assert_eq!(
            [b"-12.5".as_slice(), b"+3", b".5", b"-"].map(read_number),
            [-12.5, 3.0, 0.5, 0.0]
        );
    }
}
