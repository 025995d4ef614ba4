//! The predefined CMaps: how codes are cut, what characters and CIDs they stand for.
//! In: the name of a CMap, a code. Out: its character, its CID. Never: parses the same CMap twice in a process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use hayro_cmap::{BfString, CMap, CMapName, load_embedded};

/// How a string is cut into codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CodeCut {
    /// One byte each.
    One,
    /// Two bytes each.
    Two,
    /// UTF-16: two bytes, four for a surrogate pair.
    Utf16,
    /// Two bytes where the first is in one of these ranges, else one.
    Lead(&'static [(u8, u8)]),
    /// GB 18030: one, two or four bytes.
    Gb18030,
    /// EUC-JP and CNS-EUC: 0xA1–0xFE lead two bytes, 0x8E this many, 0x8F three.
    Euc(u8),
    /// As the codespace ranges of an embedded CMap say: number of bytes, lowest, highest code.
    Ranges(Vec<(u8, u32, u32)>),
}

impl CodeCut {
    /// The next code and its length in bytes; `bytes` must not be empty. A code cut off by the end is shorter.
    #[inline]
    pub(super) fn next(&self, bytes: &[u8]) -> (u32, u8) {
        let first = bytes[0];
        let n_bytes = match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Utf16 => {
                if (0xD8..=0xDB).contains(&first) {
                    4
                } else {
                    2
                }
            }
            Self::Lead(ranges) => {
                if ranges
                    .iter()
                    .any(|&(low, high)| (low..=high).contains(&first))
                {
                    2
                } else {
                    1
                }
            }
            Self::Gb18030 => match (first, bytes.get(1)) {
                (0..=0x80 | 0xFF, _) => 1,
                (_, Some(0x30..=0x39)) => 4,
                _ => 2,
            },
            Self::Euc(after_8e) => match first {
                0x8E => *after_8e,
                0x8F => 3,
                0xA1..=0xFE => 2,
                _ => 1,
            },
            Self::Ranges(ranges) => return next_in_ranges(ranges, bytes),
        };
        let taken = &bytes[..usize::from(n_bytes).min(bytes.len())];
        let code = taken
            .iter()
            .fold(0, |code, &byte| code << 8 | u32::from(byte));
        (code, u8::try_from(taken.len()).unwrap_or(n_bytes))
    }
}

/// ISO 32000-2, 9.7.6.3: the shortest code that lies in a range, byte by byte; else as long as the shortest range.
fn next_in_ranges(ranges: &[(u8, u32, u32)], bytes: &[u8]) -> (u32, u8) {
    let mut code = 0;
    for (index, &byte) in bytes.iter().take(4).enumerate() {
        code = code << 8 | u32::from(byte);
        let n_bytes = index as u8 + 1;
        let fits = |&(n, low, high): &(u8, u32, u32)| {
            n == n_bytes
                && low
                    .to_be_bytes()
                    .iter()
                    .zip(high.to_be_bytes())
                    .zip(code.to_be_bytes())
                    .all(|((&l, h), c)| l <= c && c <= h)
        };
        if ranges.iter().any(fits) {
            return (code, n_bytes);
        }
    }
    let shortest = ranges.iter().map(|range| range.0).min().unwrap_or(1).max(1);
    let taken = &bytes[..usize::from(shortest).min(bytes.len())];
    (
        taken
            .iter()
            .fold(0, |code, &byte| code << 8 | u32::from(byte)),
        taken.len() as u8,
    )
}

/// What the codes of a predefined CMap are, apart from CIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    /// The code is a CID.
    Identity,
    /// The code is UTF-16.
    Utf16,
    /// The code is in this encoding.
    Encoded(&'static encoding_rs::Encoding),
    /// Only the CID tells.
    Unknown,
}

/// A predefined CMap.
#[derive(Debug, Clone)]
pub(super) struct Predefined {
    name: Vec<u8>,
    charset: Charset,
    /// How its codes are cut.
    pub(super) cut: CodeCut,
    /// Written from top to bottom.
    pub(super) vertical: bool,
}

impl Predefined {
    /// The CMap of this name; a name that is unknown is read as two-byte codes of unknown meaning.
    pub(super) fn from_name(name: &[u8]) -> Self {
        const GBK: &[(u8, u8)] = &[(0x81, 0xFE)];
        const MAC_GB: &[(u8, u8)] = &[(0xA1, 0xFC)];
        const SHIFT_JIS: &[(u8, u8)] = &[(0x81, 0x9F), (0xE0, 0xFC)];
        let vertical = name.ends_with(b"-V") || name == b"V";
        let stem = name
            .strip_suffix(b"-H")
            .or_else(|| name.strip_suffix(b"-V"))
            .unwrap_or(name);
        let (charset, cut) = match stem {
            b"Identity" => (Charset::Identity, CodeCut::Two),
            _ if stem.ends_with(b"UTF16") => (Charset::Utf16, CodeCut::Utf16),
            _ if stem.starts_with(b"Uni") && stem.windows(4).any(|part| part == b"UCS2") => {
                (Charset::Utf16, CodeCut::Two)
            }
            b"GBK2K" => (Charset::Encoded(encoding_rs::GB18030), CodeCut::Gb18030),
            b"GBpc-EUC" => (Charset::Encoded(encoding_rs::GBK), CodeCut::Lead(MAC_GB)),
            b"GBK-EUC" | b"GBKp-EUC" | b"GB-EUC" => {
                (Charset::Encoded(encoding_rs::GBK), CodeCut::Lead(GBK))
            }
            b"CNS-EUC" => (Charset::Unknown, CodeCut::Euc(4)),
            b"EUC" => (Charset::Encoded(encoding_rs::EUC_JP), CodeCut::Euc(2)),
            b"H" | b"V" => (Charset::Unknown, CodeCut::Two),
            _ if stem.ends_with(b"RKSJ") => (
                Charset::Encoded(encoding_rs::SHIFT_JIS),
                CodeCut::Lead(SHIFT_JIS),
            ),
            _ if stem.starts_with(b"KSC") => {
                (Charset::Encoded(encoding_rs::EUC_KR), CodeCut::Lead(GBK))
            }
            _ if stem.windows(2).any(|part| part == b"B5" || part == b"b5") || stem == b"B5pc" => {
                (Charset::Encoded(encoding_rs::BIG5), CodeCut::Lead(GBK))
            }
            _ => (Charset::Unknown, CodeCut::Two),
        };
        Self {
            name: name.to_vec(),
            charset,
            cut,
            vertical,
        }
    }

    /// Whether a code is a CID as it stands.
    pub(super) fn is_identity(&self) -> bool {
        self.charset == Charset::Identity
    }

    /// The CID of a code.
    pub(super) fn cid(&self, code: u32, n_bytes: u8) -> Option<u32> {
        match self.charset {
            Charset::Identity => Some(code),
            _ => parsed(CMapName::from_bytes(&self.name))?.lookup_cid_code(code, n_bytes),
        }
    }

    /// The character that the code itself says, whatever the font.
    pub(super) fn char_of(&self, code: u32, n_bytes: u8) -> Option<char> {
        let bytes = code.to_be_bytes();
        let bytes = &bytes[4 - usize::from(n_bytes.clamp(1, 4))..];
        match self.charset {
            Charset::Identity | Charset::Unknown => None,
            Charset::Utf16 if n_bytes == 4 => {
                let units = [
                    u16::from_be_bytes([bytes[0], bytes[1]]),
                    u16::from_be_bytes([bytes[2], bytes[3]]),
                ];
                char::decode_utf16(units).next()?.ok()
            }
            Charset::Utf16 => char::from_u32(code),
            Charset::Encoded(encoding) => {
                let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
                let mut chars = text.chars();
                let first = chars.next()?;
                chars.next().is_none().then_some(first)
            }
        }
    }
}

/// A character collection whose CIDs are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    Gb1,
    Cns1,
    Japan1,
    Korea1,
}

impl Collection {
    /// The collection of this /Ordering.
    pub(super) fn from_ordering(ordering: &[u8]) -> Option<Self> {
        match ordering {
            b"GB1" => Some(Self::Gb1),
            b"CNS1" => Some(Self::Cns1),
            b"Japan1" => Some(Self::Japan1),
            b"Korea1" => Some(Self::Korea1),
            _ => None,
        }
    }

    /// Appends the characters of a CID to `out`; false where it has none.
    pub(super) fn cid_to_chars(self, cid: u32, out: &mut Vec<char>) -> bool {
        let name = match self {
            Self::Gb1 => CMapName::AdobeGb1Ucs2,
            Self::Cns1 => CMapName::AdobeCns1Ucs2,
            Self::Japan1 => CMapName::AdobeJapan1Ucs2,
            Self::Korea1 => CMapName::AdobeKorea1Ucs2,
        };
        match parsed(name).and_then(|cmap| cmap.lookup_bf_string(cid)) {
            Some(BfString::Char(ch)) => out.push(ch),
            Some(BfString::String(text)) => out.extend(text.chars()),
            None => return false,
        }
        true
    }
}

/// A predefined CMap, parsed once in the life of the process: parsing takes a millisecond, most documents need the same two.
/// The cache holds constants of this program and nothing of any document.
fn parsed(name: CMapName<'_>) -> Option<Arc<CMap>> {
    type ByName = BTreeMap<Vec<u8>, Option<Arc<CMap>>>;
    static PARSED: OnceLock<Mutex<ByName>> = OnceLock::new();
    let cache = PARSED.get_or_init(Mutex::default);
    let mut cache = cache
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = cache.get(name.to_bytes()) {
        return found.clone();
    }
    let data = load_embedded(name)?;
    let cmap = CMap::parse(data, load_embedded).map(Arc::new);
    cache.insert(name.to_bytes().to_vec(), cmap.clone());
    cmap
}

#[cfg(test)]
mod tests {
    use super::{CodeCut, Collection, Predefined};

    fn check(name: &str, bytes: &[u8], expected: &str) {
        let cmap = Predefined::from_name(name.as_bytes());
        let (mut rest, mut text) = (bytes, String::new());
        while !rest.is_empty() {
            let (code, n_bytes) = cmap.cut.next(rest);
            text.push(cmap.char_of(code, n_bytes).unwrap_or('\u{FFFD}'));
            rest = &rest[usize::from(n_bytes)..];
        }
        assert_eq!(text, expected);
    }

    #[test]
    fn codes_say_their_characters() {
        check("UniGB-UCS2-H", &[0x98, 0x79, 0x76, 0xEE], "项目");
        check(
            "UniGB-UTF16-H",
            &[0xD8, 0x42, 0xDF, 0xB7, 0x76, 0xEE],
            "\u{20BB7}目",
        );
        check("GBK-EUC-H", &[0xCF, 0xEE, 0x41, 0xC4, 0xBF], "项A目");
        check(
            "GBK2K-V",
            &[0x82, 0x35, 0x8F, 0x33, 0xC4, 0xBF],
            "\u{9FA6}目",
        );
        check("ETen-B5-H", &[0xA5, 0xD8], "目");
        check("90ms-RKSJ-H", &[0x96, 0xDA, 0x41], "目A");
        check("Identity-H", &[0, 5], "\u{FFFD}");
    }

    #[test]
    fn code_cut_off_by_the_end_is_short() {
        assert_eq!(CodeCut::Two.next(&[0x41]), (0x41, 1));
        assert_eq!(CodeCut::Gb18030.next(&[0x82, 0x35]), (0x8235, 2));
    }

    #[test]
    fn codespace_ranges_cut_byte_by_byte() {
        let cut = CodeCut::Ranges(vec![(1, 0, 0x80), (2, 0x8140, 0xFEFE)]);
        assert_eq!(cut.next(&[0x41, 0x42]), (0x41, 1));
        assert_eq!(cut.next(&[0xB0, 0xA1]), (0xB0A1, 2));
        assert_eq!(cut.next(&[0xFF, 0xA1]), (0xFF, 1));
    }

    #[test]
    fn cid_of_gb1_is_known() {
        let cmap = Predefined::from_name(b"UniGB-UCS2-H");
        let cid = cmap.cid(0x9879, 2).expect("项 is in Adobe-GB1");
        let mut chars = Vec::new();
        assert!(Collection::Gb1.cid_to_chars(cid, &mut chars));
        assert_eq!(chars, ['项']);
    }
}
