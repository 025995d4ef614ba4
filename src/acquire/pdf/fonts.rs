//! Fonts: the codes of a string become advances and characters.
//! In: a font dictionary. Out: for each code, its advance and its character with how far it is to be believed. Never: drops a code
//! that has no character.
//!
//! Characters come from, in this order: ToUnicode; the CMap's own code; the character collection; the embedded font; glyph names.
//! A simple font's encoding stands in the place of the CMap's own code.
//!
//! Long because the ladder from a code to its character is read as one thing.

use std::collections::BTreeMap;

use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};

use super::cmap::{CMapFile, UnicodeMap};
use super::composite_font::{Composite, is_no_wide_letter};
use super::glyph_names::{BaseEncoding, name_to_chars};
use super::limits::{Limits, Part};
use super::predefined::{CodeCut, Collection, Predefined};
use super::program::Program;
use super::simple_font::{Simple, gid_from_name, type3_em};
use super::symbols::symbol_char;
use super::widths::{CidWidths, plain_numbers};
use crate::acquire::radicals::fold_radical;
use crate::model::page::Trust;

/// Nested /UseCMap that are followed.
const MAX_CMAP_DEPTH: usize = 8;
/// What a code is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GlyphInfo {
    /// Horizontal advance in ems (of text space for Type 3 fonts).
    pub(super) width: f32,
    /// Its character; the first one where there are several.
    pub(super) ch: char,
    /// How the character was found.
    pub(super) trust: Trust,
    /// Index into the font's list of longer texts; `None` for a single character.
    pub(super) text: Option<u32>,
}

/// A font, its codes looked up once each.
pub(super) struct Font<'a> {
    /// More than one byte a code, as a rule.
    pub(super) composite: bool,
    /// Written from top to bottom.
    pub(super) vertical: bool,
    /// Height of the em square in units of the font size: 1 but for some Type 3 fonts.
    pub(super) em: f32,
    /// A simple font without ToUnicode: its high bytes may be GBK.
    pub(super) may_be_gbk: bool,
    /// How strings are cut.
    pub(super) cut: CodeCut,
    base_font: String,
    kind: Kind<'a>,
    to_unicode: UnicodeMap,
    font_file: Option<Stream<'a>>,
    program: Option<Program>,
    /// Glyphs of one-byte codes.
    one: Vec<Option<GlyphInfo>>,
    /// Glyphs of two-byte codes, by their first byte.
    two: Vec<Vec<Option<GlyphInfo>>>,
    /// Glyphs of longer codes.
    rest: BTreeMap<(u8, u32), GlyphInfo>,
    texts: Vec<Box<[char]>>,
}

enum Kind<'a> {
    Simple(Box<Simple<'a>>),
    Composite(Box<Composite<'a>>),
}

impl<'a> Font<'a> {
    /// Reads a font dictionary. Never fails: what is missing is unknown.
    pub(super) fn load(dict: &Dict<'a>, limits: &mut Limits) -> Self {
        let subtype = dict.get::<Name<'_>>(b"Subtype");
        let subtype = subtype.as_deref().unwrap_or(b"Type1");
        let base_font = dict
            .get::<Name<'_>>(b"BaseFont")
            .map(|name| String::from_utf8_lossy(&name).into_owned())
            .unwrap_or_default();
        let to_unicode = match dict.get::<Object<'a>>(b"ToUnicode") {
            Some(Object::Stream(stream)) => limits
                .decode(&stream, Part::Font)
                .map(|data| CMapFile::parse(&data).unicode)
                .unwrap_or_default(),
            _ => UnicodeMap::default(),
        };
        let descendant = dict
            .get::<Array<'a>>(b"DescendantFonts")
            .and_then(|fonts| fonts.iter::<Dict<'a>>().next());
        let mut font = Self {
            composite: false,
            vertical: false,
            em: 1.0,
            may_be_gbk: false,
            cut: CodeCut::One,
            base_font,
            kind: Kind::Simple(Box::new(Simple::empty())),
            to_unicode,
            font_file: None,
            program: None,
            one: vec![None; 256],
            two: Vec::new(),
            rest: BTreeMap::new(),
            texts: Vec::new(),
        };
        match descendant {
            Some(descendant) if subtype == b"Type0" => {
                font.load_composite(dict, &descendant, limits)
            }
            _ => font.load_simple(dict, subtype),
        }
        font
    }

    fn load_simple(&mut self, dict: &Dict<'a>, subtype: &[u8]) {
        let mut simple = Simple::empty();
        let descriptor = dict.get::<Dict<'a>>(b"FontDescriptor").unwrap_or_default();
        simple.symbolic = descriptor
            .get::<i32>(b"Flags")
            .is_some_and(|flags| flags & 4 != 0);
        simple.missing_width = descriptor
            .get::<f32>(b"MissingWidth")
            .filter(|width| width.is_finite() && *width > 0.0);
        self.font_file = font_file(&descriptor);
        match dict.get::<Object<'a>>(b"Encoding") {
            Some(Object::Name(name)) => simple.base = BaseEncoding::from_name(&name),
            Some(Object::Dict(encoding)) => {
                simple.base = encoding
                    .get::<Name<'_>>(b"BaseEncoding")
                    .and_then(|name| BaseEncoding::from_name(&name));
                simple.differences_array = encoding.get::<Array<'a>>(b"Differences");
            }
            _ => {}
        }
        simple.first_char = dict.get::<i32>(b"FirstChar").map_or(0, i64::from);
        if let Some(widths) = dict.get::<Array<'_>>(b"Widths") {
            simple.widths = plain_numbers(&widths, 256);
        }
        if subtype == b"Type3" {
            let matrix = dict
                .get::<[f32; 6]>(b"FontMatrix")
                .filter(|matrix| matrix.iter().all(|n| n.is_finite()))
                .unwrap_or([0.001, 0.0, 0.0, 0.001, 0.0, 0.0]);
            simple.scale = if matrix[0] == 0.0 { 0.001 } else { matrix[0] };
            self.em = type3_em(matrix, dict.get::<[f32; 4]>(b"FontBBox"));
        }
        self.may_be_gbk = self.to_unicode.is_empty()
            && subtype != b"Type3"
            && self.font_file.is_none()
            && simple.differences_array.is_none();
        self.kind = Kind::Simple(Box::new(simple));
    }

    fn load_composite(&mut self, dict: &Dict<'a>, descendant: &Dict<'a>, limits: &mut Limits) {
        self.composite = true;
        let mut predefined = None;
        let mut embedded = Vec::new();
        let mut next = dict.get::<Object<'a>>(b"Encoding");
        while let Some(object) = next.take() {
            match object {
                Object::Name(name) => predefined = Some(Predefined::from_name(&name)),
                Object::Stream(stream) if embedded.len() < MAX_CMAP_DEPTH => {
                    let cmap = limits
                        .decode(&stream, Part::Font)
                        .map(|data| CMapFile::parse(&data))
                        .unwrap_or_default();
                    next = stream.dict().get::<Object<'a>>(b"UseCMap");
                    if next.is_none()
                        && let Some(name) = &cmap.base
                    {
                        predefined = Some(Predefined::from_name(name));
                    }
                    if let Some(mode) = stream.dict().get::<i32>(b"WMode") {
                        self.vertical |= mode == 1;
                    }
                    embedded.push(cmap);
                }
                _ => {}
            }
        }
        if predefined.is_none() && embedded.is_empty() {
            predefined = Some(Predefined::from_name(b"Identity-H"));
        }
        self.vertical |= predefined.as_ref().is_some_and(|cmap| cmap.vertical)
            || embedded.iter().any(|cmap| cmap.vertical == Some(true));
        let ranges: Vec<_> = embedded
            .iter()
            .flat_map(|cmap| cmap.codespaces.iter().copied())
            .collect();
        self.cut = match &predefined {
            _ if !ranges.is_empty() => CodeCut::Ranges(ranges),
            Some(cmap) => cmap.cut.clone(),
            None => CodeCut::Two,
        };
        let system_info = descendant.get::<Dict<'_>>(b"CIDSystemInfo");
        let ordering = system_info
            .as_ref()
            .and_then(|info| info.get::<PdfString<'_>>(b"Ordering"));
        let cid_to_gid = match descendant.get::<Object<'a>>(b"CIDToGIDMap") {
            Some(Object::Stream(stream)) => limits.decode(&stream, Part::Font),
            _ => None,
        };
        self.font_file = descendant
            .get::<Dict<'a>>(b"FontDescriptor")
            .as_ref()
            .and_then(font_file);
        let mut composite = Composite {
            predefined,
            embedded,
            collection: ordering.and_then(|ordering| Collection::from_ordering(&ordering)),
            widths: CidWidths::from_dict(descendant, self.vertical),
            cid_to_gid,
            true_type: descendant.get::<Name<'_>>(b"Subtype").as_deref() == Some(b"CIDFontType2"),
            damaged_latin: false,
        };
        composite.damaged_latin = composite.is_identity()
            && self
                .to_unicode
                .latin_codes()
                .any(|(code, ch)| composite.is_wide(code) && is_no_wide_letter(ch));
        self.kind = Kind::Composite(Box::new(composite));
    }

    /// What a code is; looked up once.
    #[inline]
    pub(super) fn glyph(&mut self, code: u32, n_bytes: u8, limits: &mut Limits) -> GlyphInfo {
        let known = match n_bytes {
            1 => self.one[(code & 0xFF) as usize],
            2 => self
                .two
                .get((code >> 8 & 0xFF) as usize)
                .and_then(|row| row.get((code & 0xFF) as usize).copied().flatten()),
            _ => self.rest.get(&(n_bytes, code)).copied(),
        };
        known.unwrap_or_else(|| self.look_up(code, n_bytes, limits))
    }

    /// Further characters of a glyph that stands for several.
    pub(super) fn text(&self, index: u32) -> &[char] {
        self.texts.get(index as usize).map_or(&[], |text| text)
    }

    /// Vertical advance and origin of a code, in ems: advance (negative is down), x, y.
    pub(super) fn vertical_metrics(&self, code: u32, n_bytes: u8) -> (f32, f32, f32) {
        let Kind::Composite(composite) = &self.kind else {
            return (-1.0, 0.5, 0.88);
        };
        let (advance, x, y) = composite
            .widths
            .vertical(composite.cid(code, n_bytes).unwrap_or(0));
        (advance / 1000.0, x / 1000.0, y / 1000.0)
    }

    #[cold]
    fn look_up(&mut self, code: u32, n_bytes: u8, limits: &mut Limits) -> GlyphInfo {
        let width = match &self.kind {
            Kind::Simple(simple) => simple.width(code, &self.base_font) * simple.scale,
            Kind::Composite(composite) => {
                let cid = if composite.widths.is_uniform() {
                    Some(0)
                } else {
                    composite.cid(code, n_bytes)
                };
                composite.widths.width(cid.unwrap_or(0)) / 1000.0
            }
        };
        let mut chars = Vec::new();
        let mut trust = self.find_chars(code, n_bytes, limits, &mut chars);
        for ch in &mut chars {
            *ch = fold_radical(*ch);
        }
        if chars.is_empty() {
            chars.push('\u{FFFD}');
            trust = Trust::Unmapped;
        }
        let text = if chars.len() > 1 {
            self.texts.push(chars.clone().into_boxed_slice());
            u32::try_from(self.texts.len() - 1).ok()
        } else {
            None
        };
        let info = GlyphInfo {
            width: if width.is_finite() { width } else { 0.0 },
            ch: chars[0],
            trust,
            text,
        };
        match n_bytes {
            1 => self.one[(code & 0xFF) as usize] = Some(info),
            2 => {
                if self.two.is_empty() {
                    self.two.resize(256, Vec::new());
                }
                let row = &mut self.two[(code >> 8 & 0xFF) as usize];
                if row.is_empty() {
                    row.resize(256, None);
                }
                row[(code & 0xFF) as usize] = Some(info);
            }
            _ => {
                self.rest.insert((n_bytes, code), info);
            }
        }
        info
    }

    /// Goes down the ladder; `chars` stays empty where no rung holds.
    fn find_chars(
        &mut self,
        code: u32,
        n_bytes: u8,
        limits: &mut Limits,
        chars: &mut Vec<char>,
    ) -> Trust {
        if self.to_unicode.lookup(code, chars) && accept(chars) {
            let doubted = matches!(&self.kind, Kind::Composite(composite) if composite.damaged_latin && composite.is_wide(code))
                && chars.iter().all(|&ch| ch < '\u{100}' && ch != ' ');
            if !doubted {
                return Trust::Mapped;
            }
            chars.clear();
        }
        let private: Option<char> = chars.first().copied();
        chars.clear();
        let trust = if self.composite {
            self.composite_chars(code, n_bytes, limits, chars)
        } else {
            self.simple_chars(code, limits, chars)
        };
        if chars.is_empty()
            && let Some(ch) = private.and_then(|ch| symbol_char(&self.base_font, ch))
        {
            chars.push(ch);
            return Trust::Derived;
        }
        trust
    }

    fn composite_chars(
        &mut self,
        code: u32,
        n_bytes: u8,
        limits: &mut Limits,
        chars: &mut Vec<char>,
    ) -> Trust {
        let Kind::Composite(composite) = &self.kind else {
            return Trust::Unmapped;
        };
        if composite.embedded.is_empty()
            && let Some(ch) = composite
                .predefined
                .as_ref()
                .and_then(|cmap| cmap.char_of(code, n_bytes))
        {
            chars.push(ch);
            if accept(chars) {
                return Trust::Mapped;
            }
            chars.clear();
        }
        let cid = composite.cid(code, n_bytes);
        // The CIDs of a TrueType font without a map are its glyph indices, whatever collection the file names.
        let glyph_indices = composite.true_type
            && composite.cid_to_gid.is_none()
            && self.font_file.is_some()
            && composite.is_identity();
        let collection = composite.collection;
        let by_collection = |chars: &mut Vec<char>| match (collection, cid) {
            (Some(collection), Some(cid)) if collection.cid_to_chars(cid, chars) => {
                if accept(chars) {
                    return true;
                }
                chars.clear();
                false
            }
            _ => false,
        };
        if !glyph_indices && by_collection(chars) {
            return Trust::Mapped;
        }
        let Some(cid) = cid else {
            return Trust::Unmapped;
        };
        self.load_program(limits);
        let (Kind::Composite(composite), Some(program)) = (&self.kind, &self.program) else {
            return if glyph_indices && by_collection(chars) {
                Trust::Mapped
            } else {
                Trust::Unmapped
            };
        };
        let gid = match &composite.cid_to_gid {
            Some(map) => {
                let at = usize::try_from(cid).unwrap_or(usize::MAX).saturating_mul(2);
                map.get(at..at.saturating_add(2))
                    .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
            }
            None => program.cid_gid(cid),
        };
        if let Some(ch) = gid.and_then(|gid| program.gid_char(gid)) {
            chars.push(ch);
            if accept(chars) {
                return Trust::Derived;
            }
            let symbol = symbol_char(&self.base_font, ch);
            chars.clear();
            if let Some(ch) = symbol {
                chars.push(ch);
                return Trust::Derived;
            }
        }
        if glyph_indices && by_collection(chars) {
            return Trust::Derived;
        }
        if gid.is_some_and(|gid| program.is_blank(gid)) {
            chars.push(' ');
            return Trust::Derived;
        }
        Trust::Unmapped
    }

    fn simple_chars(&mut self, code: u32, limits: &mut Limits, chars: &mut Vec<char>) -> Trust {
        let code = (code & 0xFF) as u8;
        let Kind::Simple(simple) = &mut self.kind else {
            return Trust::Unmapped;
        };
        if let Some(differences) = simple.differences_array.take() {
            simple.read_differences(&differences);
        }
        let named = simple
            .differences
            .get(usize::from(code))
            .and_then(Option::as_ref);
        if let Some(name) = named {
            if name_to_chars(name.as_str(), chars) && accept(chars) {
                return Trust::Mapped;
            }
            chars.clear();
        } else {
            // Without an encoding of its own, a font that is not embedded is read as the standard one.
            let base = simple
                .base
                .or((self.font_file.is_none() && !simple.symbolic)
                    .then_some(BaseEncoding::Standard));
            if let Some(ch) = base.and_then(|base| base.char_of(code)) {
                chars.push(ch);
                return Trust::Mapped;
            }
        }
        let (symbolic, has_base) = (simple.symbolic, simple.base.is_some());
        let is_ascii = simple.codes_look_like_ascii();
        let gid = named.and_then(|name| gid_from_name(name.as_str()));
        let is_named = named.is_some();
        self.load_program(limits);
        if let Some(program) = &self.program {
            let found = match gid {
                Some(gid) => program.gid_char(gid),
                None if is_named => None,
                None => program.code_char(code),
            };
            if let Some(ch) = found {
                chars.push(ch);
                if accept(chars) {
                    return Trust::Derived;
                }
                chars.clear();
            }
            if program
                .code_gid(code)
                .is_some_and(|gid| program.is_blank(gid))
            {
                chars.push(' ');
                return Trust::Derived;
            }
        }
        if let Some(ch) = symbol_char(&self.base_font, char::from(code)) {
            chars.push(ch);
            return Trust::Derived;
        }
        if !is_named
            && !has_base
            && is_ascii
            && let Some(ch) = BaseEncoding::WinAnsi.char_of(code).filter(char::is_ascii)
        {
            chars.push(ch);
            return Trust::Derived;
        }
        if !is_named
            && !has_base
            && !symbolic
            && let Some(ch) = BaseEncoding::Standard.char_of(code)
        {
            chars.push(ch);
            return Trust::Mapped;
        }
        Trust::Unmapped
    }

    fn load_program(&mut self, limits: &mut Limits) {
        if let Some(file) = self.font_file.as_ref().filter(|_| self.program.is_none()) {
            self.program = Some(
                limits
                    .decode(file, Part::Font)
                    .map(|data| Program::parse(&data))
                    .unwrap_or_default(),
            );
        }
    }
}

/// Whether characters are what a reader would see. Blank controls become spaces; the soft hyphen is a hyphen, as it is drawn.
fn accept(chars: &mut [char]) -> bool {
    for ch in chars.iter_mut() {
        *ch = match *ch {
            '\t'
            | '\n'
            | '\r'
            | '\u{B}'
            | '\u{C}'
            | '\u{200B}'..='\u{200D}'
            | '\u{FEFF}'
            | '\u{2060}' => ' ',
            '\u{AD}' => '-',
            other => other,
        };
    }
    let is_private = |ch: char| matches!(ch, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}');
    !chars.is_empty()
        && chars.iter().all(|&ch| {
            ch != '\u{FFFD}'
                && ch != '\u{FFFF}'
                && ch != '\u{FFFE}'
                && !ch.is_control()
                && !is_private(ch)
        })
}

fn font_file<'a>(descriptor: &Dict<'a>) -> Option<Stream<'a>> {
    [&b"FontFile2"[..], b"FontFile3", b"FontFile"]
        .iter()
        .find_map(|key| descriptor.get::<Stream<'a>>(key))
}

#[cfg(test)]
mod tests {
    use hayro_syntax::object::{Dict, FromBytes};

    use super::{Font, accept};
    use crate::acquire::pdf::PdfParams;
    use crate::acquire::pdf::limits::Limits;
    use crate::model::page::Trust;

    fn check(font: &str, bytes: &[u8], expected: &str) {
        let dict = Dict::from_bytes(font.as_bytes()).expect("a dictionary");
        let mut limits = Limits::new(&PdfParams::default());
        let mut font = Font::load(&dict, &mut limits);
        let (mut rest, mut text) = (bytes, String::new());
        while !rest.is_empty() {
            let (code, n_bytes) = font.cut.next(rest);
            text.push(font.glyph(code, n_bytes, &mut limits).ch);
            rest = &rest[usize::from(n_bytes)..];
        }
        assert_eq!(text, expected);
    }

    #[test]
    fn differences_come_before_the_base_encoding() {
        check(
            "<< /Type /Font /Subtype /Type1 /Encoding << /BaseEncoding /WinAnsiEncoding /Differences [65 /uni9879 /B 97 /eacute] >> >>",
            b"ABCa\x80",
            "项BCé€",
        );
    }

    #[test]
    fn predefined_cmap_needs_no_to_unicode() {
        let font = "<< /Subtype /Type0 /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Subtype /CIDFontType0 /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>] >>";
        check(font, &[0x98, 0x79, 0x76, 0xEE], "项目");
    }

    #[test]
    fn identity_with_a_known_collection_is_mapped() {
        let font = "<< /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< /Subtype /CIDFontType0 /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>] >>";
        check(font, &[0, 34], "A");
    }

    #[test]
    fn identity_without_anything_is_unmapped() {
        let dict = Dict::from_bytes(b"<< /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< /Subtype /CIDFontType2 >>] >>").expect("a dictionary");
        let mut limits = Limits::new(&PdfParams::default());
        let info = Font::load(&dict, &mut limits).glyph(34, 2, &mut limits);
        assert_eq!((info.ch, info.trust), ('\u{FFFD}', Trust::Unmapped));
    }

    #[test]
    fn low_bytes_of_han_are_not_believed() {
        let map = |target: &str| {
            crate::acquire::pdf::testing::stream(
                "",
                &format!("3 beginbfchar <0001> <{target}> <0002> <0031> <0003> <8D22> endbfchar"),
            )
        };
        let font = "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [<< /Subtype /CIDFontType2 /DW 1000 >>] /ToUnicode 7 0 R >>";
        for (target, expected) in [("00FF", "\u{FFFD}\u{FFFD}财"), ("00E8", "è1财")] {
            let file = crate::acquire::pdf::testing::one_page(
                "",
                "",
                "BT /F2 10 Tf 100 700 Td <000100020003> Tj ET",
                &[font.to_owned(), map(target)],
            );
            assert_eq!(
                crate::acquire::pdf::testing::text_of(&crate::acquire::pdf::testing::read_page(
                    file
                )),
                expected
            );
        }
    }

    #[test]
    fn unsaid_encoding_is_ascii_where_codes_and_widths_say_so() {
        let font = |first: u32, widths: &str| {
            format!(
                "<< /Subtype /TrueType /BaseFont /ABCDEF+X /FirstChar {first} /Widths [{widths}] /FontDescriptor << /Flags 4 >> >>"
            )
        };
        check(
            &font(
                0x20,
                "250 0 0 0 0 0 0 0 0 0 0 0 0 0 250 0 500 500 500 0 0 0 0 0 0 500",
            ),
            b"2.9",
            "2.9",
        );
        // Numbered from 33 on, control codes, Han widths, digits of unequal width.
        check(
            &font(0x21, "500 500 500 500 500"),
            b"!#",
            "\u{FFFD}\u{FFFD}",
        );
        check(&font(0x1, "500 500 500"), b"\x01\x02", "\u{FFFD}\u{FFFD}");
        check(&font(0x30, "1000 0 1000"), b"02", "\u{FFFD}\u{FFFD}");
        check(&font(0x30, "500 0 300"), b"02", "\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn private_and_control_characters_are_not_accepted() {
        assert!(!accept(&mut ['\u{E000}']));
        assert!(!accept(&mut ['\u{1}']));
        assert!(!accept(&mut ['\u{FFFD}']));
        assert!(accept(&mut ['\t']));
    }
}
