//! The font program inside a file: which glyph stands for which character.
//! In: the bytes of an embedded font. Out: characters of glyph indices and of single-byte codes. Never: trusts a table to be short.

use std::collections::{BTreeMap, BTreeSet};

use ttf_parser::{Face, GlyphId, cff};

use super::glyph_names::{BaseEncoding, name_to_chars};

/// What an embedded font says about its glyphs.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    /// Character of each glyph index; U+0000 where unknown.
    gid_chars: Vec<char>,
    /// Glyph index of each CID; `None` where they are the same.
    cid_gids: Option<BTreeMap<u32, u16>>,
    /// Character of each single-byte code by the built-in encoding; U+0000 where unknown.
    code_chars: Vec<char>,
    /// Glyph index of each single-byte code by the built-in encoding; 0 where unknown.
    code_gids: Vec<u16>,
    /// Glyph indices that draw nothing.
    blank_gids: BTreeSet<u16>,
}

impl Program {
    /// Reads a TrueType, OpenType, CFF or Type 1 font; what cannot be read is unknown.
    pub(super) fn parse(data: &[u8]) -> Self {
        if matches!(
            data.get(..4),
            Some(b"\0\x01\0\0" | b"true" | b"OTTO" | b"ttcf")
        ) {
            Face::parse(data, 0)
                .map(|face| Self::from_face(&face))
                .unwrap_or_default()
        } else if data.starts_with(b"%!") || data.first() == Some(&0x80) {
            Self {
                code_chars: type1_encoding(data),
                ..Self::default()
            }
        } else {
            cff::Table::parse(data)
                .map(|table| Self::from_cff(&table))
                .unwrap_or_default()
        }
    }

    /// Character of a glyph index.
    pub(super) fn gid_char(&self, gid: u32) -> Option<char> {
        self.gid_chars
            .get(usize::try_from(gid).ok()?)
            .copied()
            .filter(|&ch| ch != '\0')
    }

    /// Glyph index of a CID, where the file has no CIDToGIDMap.
    pub(super) fn cid_gid(&self, cid: u32) -> Option<u32> {
        match &self.cid_gids {
            Some(gids) => gids.get(&cid).copied().map(u32::from),
            None => Some(cid),
        }
    }

    /// Character of a single-byte code by the font's built-in encoding.
    pub(super) fn code_char(&self, code: u8) -> Option<char> {
        self.code_chars
            .get(usize::from(code))
            .copied()
            .filter(|&ch| ch != '\0')
    }

    /// Glyph index of a single-byte code by the font's built-in encoding.
    pub(super) fn code_gid(&self, code: u8) -> Option<u32> {
        self.code_gids
            .get(usize::from(code))
            .copied()
            .filter(|&gid| gid != 0)
            .map(u32::from)
    }

    /// Whether a glyph draws nothing: whatever its character, a reader sees a space.
    pub(super) fn is_blank(&self, gid: u32) -> bool {
        u16::try_from(gid).is_ok_and(|gid| self.blank_gids.contains(&gid))
    }

    fn from_face(face: &Face<'_>) -> Self {
        let mut gid_chars = vec!['\0'; usize::from(face.number_of_glyphs())];
        let subtables = face
            .tables()
            .cmap
            .map(|cmap| cmap.subtables)
            .into_iter()
            .flatten();
        let mut symbol = None;
        for subtable in subtables {
            if !subtable.is_unicode() {
                symbol = symbol.or(Some(subtable));
                continue;
            }
            // Probing is bounded; walking the groups that a table declares is not.
            for code in (0x20..0xD800)
                .chain(0xF900..0xFFFE)
                .chain(0x2_0000..0x3_2000)
            {
                let Some(ch) = char::from_u32(code) else {
                    continue;
                };
                let Some(GlyphId(gid)) = subtable.glyph_index(code) else {
                    continue;
                };
                if let Some(slot) = gid_chars.get_mut(usize::from(gid))
                    && gid != 0
                    && (*slot == '\0' || is_compatibility(*slot))
                {
                    *slot = ch;
                }
            }
        }
        for gid in 0..face.number_of_glyphs() {
            let slot = &mut gid_chars[usize::from(gid)];
            if *slot == '\0'
                && let Some(name) = face.glyph_name(GlyphId(gid))
            {
                *slot = single_char(name);
            }
        }
        let mut code_chars = Vec::new();
        let mut code_gids = Vec::new();
        if let Some(subtable) = symbol {
            for code in 0..=255_u8 {
                let gid = [0, 0xF000, 0xF100, 0xF200]
                    .into_iter()
                    .find_map(|base| subtable.glyph_index(base + u32::from(code)));
                let gid = gid.map_or(0, |GlyphId(gid)| gid);
                code_gids.push(gid);
                code_chars.push(if gid == 0 {
                    '\0'
                } else {
                    gid_chars.get(usize::from(gid)).copied().unwrap_or('\0')
                });
            }
        }
        // The outline of an unknown character alone is of interest, and only in fonts whose outlines are cheap to look at.
        let is_blank = |&gid: &u16| {
            face.tables().glyf.is_some()
                && gid_chars[usize::from(gid)] == '\0'
                && face.glyph_bounding_box(GlyphId(gid)).is_none()
        };
        let blank_gids = (1..face.number_of_glyphs()).filter(is_blank).collect();
        let cid_gids = face.tables().cff.as_ref().and_then(cid_gids);
        Self {
            gid_chars,
            cid_gids,
            code_chars,
            code_gids,
            blank_gids,
        }
    }

    fn from_cff(table: &cff::Table<'_>) -> Self {
        let n_glyphs = table.number_of_glyphs();
        let gid_chars: Vec<char> = (0..n_glyphs)
            .map(|gid| table.glyph_name(GlyphId(gid)).map_or('\0', single_char))
            .collect();
        let code_chars = (0..=255_u8)
            .map(|code| {
                table
                    .glyph_index(code)
                    .and_then(|GlyphId(gid)| gid_chars.get(usize::from(gid)).copied())
                    .unwrap_or('\0')
            })
            .collect();
        Self {
            gid_chars,
            cid_gids: cid_gids(table),
            code_chars,
            ..Self::default()
        }
    }
}

/// Glyph index of each CID of a CID-keyed font; `None` for other fonts.
fn cid_gids(table: &cff::Table<'_>) -> Option<BTreeMap<u32, u16>> {
    let gids: BTreeMap<u32, u16> = (0..table.number_of_glyphs())
        .filter_map(|gid| {
            table
                .glyph_cid(GlyphId(gid))
                .map(|cid| (u32::from(cid), gid))
        })
        .collect();
    (!gids.is_empty()).then_some(gids)
}

fn single_char(name: &str) -> char {
    let mut chars = Vec::new();
    if name_to_chars(name, &mut chars) && chars.len() == 1 {
        chars[0]
    } else {
        '\0'
    }
}

/// Characters that another one of the same shape is to be preferred to.
fn is_compatibility(ch: char) -> bool {
    matches!(ch, '\u{A0}' | '\u{AD}' | '\u{2E80}'..='\u{2FDF}' | '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}')
}

/// The encoding in the clear part of a Type 1 font: lines `dup 65 /A put`.
fn type1_encoding(data: &[u8]) -> Vec<char> {
    const CLEAR_PART: usize = 1 << 16;
    let text = String::from_utf8_lossy(&data[..data.len().min(CLEAR_PART)]);
    let mut chars = vec!['\0'; 256];
    let Some(at) = text.find("/Encoding") else {
        return chars;
    };
    let table = &text[at..];
    let table = &table[..table.find("eexec").unwrap_or(table.len())];
    if table["/Encoding".len()..]
        .trim_start()
        .starts_with("StandardEncoding")
    {
        return (0..=255)
            .map(|code| BaseEncoding::Standard.char_of(code).unwrap_or('\0'))
            .collect();
    }
    let mut words = table.split_ascii_whitespace();
    while let Some(word) = words.next() {
        match word {
            "dup" => {
                let code = words.next().and_then(|word| word.parse::<u8>().ok());
                let name = words.next().and_then(|word| word.strip_prefix('/'));
                if let (Some(code), Some(name)) = (code, name) {
                    chars[usize::from(code)] = single_char(name);
                }
            }
            "readonly" | "def" if chars.iter().any(|&ch| ch != '\0') => break,
            _ => {}
        }
    }
    chars
}

#[cfg(test)]
mod tests {
    use super::Program;

    #[test]
    fn type1_encoding_is_read() {
        let font = b"%!PS-AdobeFont-1.0: X\n/Encoding 256 array\n0 1 255 {1 index exch /.notdef put} for\ndup 65 /B put\ndup 66 /uni9879 put\nreadonly def\ncurrentfile eexec";
        let program = Program::parse(font);
        assert_eq!(
            [65, 66, 67].map(|code| program.code_char(code)),
            [Some('B'), Some('项'), None]
        );
    }

    #[test]
    fn rubbish_is_unknown() {
        for data in [
            &b""[..],
            b"\0\x01\0\0",
            b"OTTO\xff\xff\xff\xff",
            b"\x01\0\x04\x01\xff",
            b"%!",
        ] {
            assert_eq!(Program::parse(data).gid_char(1), None);
        }
    }
}
