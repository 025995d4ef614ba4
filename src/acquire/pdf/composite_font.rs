//! Composite fonts: codes to CIDs, CIDs to glyphs.
//! In: a Type 0 font's encoding and its CIDFont. Out: the CID of a code. Never: believes a CID to be more than a number.

use std::borrow::Cow;

use super::cmap::CMapFile;
use super::predefined::{Collection, Predefined};
use super::widths::CidWidths;

/// What a composite font says of its codes.
pub(super) struct Composite<'a> {
    pub(super) predefined: Option<Predefined>,
    pub(super) embedded: Vec<CMapFile>,
    pub(super) collection: Option<Collection>,
    pub(super) widths: CidWidths,
    pub(super) cid_to_gid: Option<Cow<'a, [u8]>>,
    /// CIDFontType2: glyph indices into a TrueType font.
    pub(super) true_type: bool,
    /// ToUnicode is damaged: what it says of Latin letters as wide as Han characters is not believed.
    pub(super) damaged_latin: bool,
}

impl Composite<'_> {
    /// Whether a two-byte code is as wide as a Han character.
    pub(super) fn is_wide(&self, code: u32) -> bool {
        const HAN_WIDTH: f32 = 950.0;
        self.widths.width(self.cid(code, 2).unwrap_or(0)) >= HAN_WIDTH
    }

    /// Whether codes are CIDs as they stand.
    pub(super) fn is_identity(&self) -> bool {
        self.embedded.is_empty()
            && self
                .predefined
                .as_ref()
                .is_some_and(Predefined::is_identity)
    }

    /// The CID of a code.
    pub(super) fn cid(&self, code: u32, n_bytes: u8) -> Option<u32> {
        let embedded = self
            .embedded
            .iter()
            .find_map(|cmap| cmap.cid(code, n_bytes));
        embedded.or_else(|| {
            self.predefined
                .as_ref()
                .and_then(|cmap| cmap.cid(code, n_bytes))
        })
    }
}

/// Latin-1 characters that no font draws as wide as a Han character. Chinese fonts have the letters of pinyin and the signs of
/// GB 2312 at that width; a `ÿ` of that width is the low byte of something else, as a well-known converter writes it.
pub(super) fn is_no_wide_letter(ch: char) -> bool {
    ch >= '\u{80}' && !"\u{A0}\u{AD}¢£¤¥§¨©«®¬°±²³´µ¶·¸¹»¼½¾×÷àáèéêìíòóùúüÀÁÈÉÊÌÍÒÓÙÚÜ".contains(ch)
        || ch.is_ascii_control() && !ch.is_ascii_whitespace()
}
