//! Simple fonts: one byte a code, an encoding of glyph names, a list of widths.
//! In: a font dictionary. Out: widths and encodings of its codes. Never: takes arbitrary codes for letters.

use hayro_syntax::object::{Array, Name, Object};

use super::glyph_names::BaseEncoding;
use super::standard_widths::standard_width;

/// Advance of a code whose font says none, in thousandths of an em.
const UNKNOWN_WIDTH: f32 = 500.0;

/// What a simple font says of its codes.
pub(super) struct Simple<'a> {
    pub(super) base: Option<BaseEncoding>,
    /// /Differences as they stand: read once a code is asked for that ToUnicode does not know.
    pub(super) differences_array: Option<Array<'a>>,
    pub(super) differences: Vec<Option<Name<'a>>>,
    pub(super) first_char: i64,
    pub(super) widths: Vec<f32>,
    pub(super) missing_width: Option<f32>,
    /// Widths are in thousandths of an em, or in glyph space for Type 3.
    pub(super) scale: f32,
    pub(super) symbolic: bool,
}

impl<'a> Simple<'a> {
    /// Nothing said yet.
    pub(super) fn empty() -> Self {
        Self {
            base: None,
            differences_array: None,
            differences: Vec::new(),
            first_char: 0,
            widths: Vec::new(),
            missing_width: None,
            scale: 0.001,
            symbolic: false,
        }
    }

    /// Reads /Differences.
    pub(super) fn read_differences(&mut self, differences: &Array<'a>) {
        self.differences.resize(256, None);
        let mut code = 0_usize;
        for item in differences.iter::<Object<'a>>() {
            match item {
                Object::Number(number) => {
                    code = usize::try_from(number.as_i64()).unwrap_or(usize::MAX)
                }
                Object::Name(name) => {
                    if let Some(slot) = self.differences.get_mut(code) {
                        *slot = Some(name);
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
    }

    /// Whether the codes of a font that says nothing about them are plain ASCII: some producers subset a font so and leave its
    /// encoding out. Others number glyphs as they come, from 0, 1, 32 or 33 on; then a code means nothing. Told apart by the codes
    /// in use and by their widths: digits are equally wide, and no letter is as wide as a Han character.
    pub(super) fn codes_look_like_ascii(&self) -> bool {
        /// Widest letter, in thousandths of an em.
        const MAX_WIDTH: f32 = 850.0;
        /// Used codes without a gap from which on they look numbered.
        const MIN_NUMBERED: usize = 4;
        let used: Vec<(i64, f32)> = (self.first_char..)
            .zip(self.widths.iter().map(|width| width * self.scale * 1000.0))
            .filter(|used| used.1 > 0.0)
            .collect();
        let (Some(first), Some(last)) = (used.first(), used.last()) else {
            return false;
        };
        let is_numbered = used.len() >= MIN_NUMBERED
            && last.0 - first.0 + 1 == used.len() as i64
            && first.0 <= 0x22;
        let mut digits = used
            .iter()
            .filter(|used| (0x30..=0x39).contains(&used.0))
            .map(|used| used.1);
        let digit = digits.next();
        let wide = |code: i64| u8::try_from(code).is_ok_and(|code| b"WMmw%@&Q".contains(&code));
        first.0 >= 0x20
            && !is_numbered
            && digits.all(|width| digit.is_some_and(|digit| (width - digit).abs() <= 10.0))
            && used
                .iter()
                .all(|&(code, width)| width <= MAX_WIDTH || wide(code))
    }

    /// Advance of a code, in the units of the font's widths.
    pub(super) fn width(&self, code: u32, base_font: &str) -> f32 {
        let listed = usize::try_from(i64::from(code) - self.first_char)
            .ok()
            .and_then(|index| self.widths.get(index))
            .copied();
        listed
            .or(self.missing_width)
            .or_else(|| standard_width(base_font, (code & 0xFF) as u8))
            .unwrap_or(if self.widths.is_empty() {
                UNKNOWN_WIDTH
            } else {
                0.0
            })
    }
}

/// The glyph index in names that producers make up: `gid00123`, `glyph123`, `g123`, `cid123`.
pub(super) fn gid_from_name(name: &str) -> Option<u32> {
    let digits = ["gid", "glyph", "cid", "index", "g"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))?;
    digits.parse().ok()
}

/// Height of the em square of a Type 3 font in units of its size. Most have a glyph space of a thousandth or so; others draw in
/// any space they like, and then only the box of the font tells.
pub(super) fn type3_em(matrix: [f32; 6], bbox: Option<[f32; 4]>) -> f32 {
    const USUAL: std::ops::RangeInclusive<f32> = 0.4..=2.5;
    let scale = matrix[3].abs();
    let by_box = bbox
        .map(|bbox| (bbox[3] - bbox[1]).abs() * scale)
        .filter(|height| height.is_finite() && *height > 0.0);
    let by_scale = scale * 1000.0;
    match by_box {
        Some(height) if !USUAL.contains(&by_scale) => height,
        _ => 1.0,
    }
}
