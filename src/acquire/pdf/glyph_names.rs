//! Glyph names and single-byte encodings.
//! In: a glyph name, or a code in a standard encoding. Out: its character. Never: guesses from a name that the Adobe Glyph List
//! for New Fonts does not know.

/// Sorted lines `name code`: the Adobe Glyph List for New Fonts, some older synonyms added.
const NAMES: &str = include_str!("glyph_names.txt");

/// The single-byte encodings of ISO 32000-2, annex D.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BaseEncoding {
    Standard,
    WinAnsi,
    MacRoman,
}

impl BaseEncoding {
    /// The encoding of this name.
    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::WinAnsi),
            b"MacRomanEncoding" => Some(Self::MacRoman),
            _ => None,
        }
    }

    /// The character of a code.
    pub(super) fn char_of(self, code: u8) -> Option<char> {
        let decoded = match self {
            Self::Standard => return standard_char(code),
            Self::WinAnsi => encoding_rs::WINDOWS_1252
                .decode_without_bom_handling_and_without_replacement(&[code])?
                .chars()
                .next(),
            Self::MacRoman => encoding_rs::MACINTOSH
                .decode_without_bom_handling_and_without_replacement(&[code])?
                .chars()
                .next(),
        };
        decoded.filter(|ch| !ch.is_control())
    }
}

/// StandardEncoding: ASCII but for two quotes, then 0xA1 to 0xFB.
fn standard_char(code: u8) -> Option<char> {
    const HIGH: &str = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ\0–†‡·\0¶•‚„”»…‰\0¿\0`´ˆ˜¯˘˙¨\0˚¸\0˝˛ˇ—\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Æ\0ª\0\0\0\0ŁØŒº\0\0\0\0\0æ\0\0\0ı\0\0łøœß";
    match code {
        0x27 => Some('’'),
        0x60 => Some('‘'),
        0x20..=0x7E => Some(char::from(code)),
        0xA1..=0xFB => HIGH
            .chars()
            .nth(usize::from(code - 0xA1))
            .filter(|&ch| ch != '\0'),
        _ => None,
    }
}

/// The characters of a glyph name (`A`, `uni9879`, `u20BB7`, `f_i`, `one.alt`), appended to `out`; false where it is unknown.
pub(super) fn name_to_chars(name: &str, out: &mut Vec<char>) -> bool {
    let n_before = out.len();
    let stem = name.split('.').next().unwrap_or_default();
    for part in stem.split('_') {
        if !part_to_chars(part, out) {
            out.truncate(n_before);
            return false;
        }
    }
    out.len() > n_before
}

fn part_to_chars(part: &str, out: &mut Vec<char>) -> bool {
    if let Some(ch) = listed_char(part) {
        out.push(ch);
        return true;
    }
    let is_hex = |digits: &str| {
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte))
    };
    if let Some(digits) = part.strip_prefix("uni")
        && digits.len() >= 4
        && digits.len() % 4 == 0
        && digits.len() <= 32
        && is_hex(digits)
    {
        let chars: Option<Vec<char>> = (0..digits.len())
            .step_by(4)
            .map(|at| {
                u32::from_str_radix(&digits[at..at + 4], 16)
                    .ok()
                    .and_then(char::from_u32)
            })
            .collect();
        if let Some(chars) = chars {
            out.extend(chars);
            return true;
        }
    }
    if let Some(digits) = part.strip_prefix('u')
        && (4..=6).contains(&digits.len())
        && is_hex(digits)
        && let Some(ch) = u32::from_str_radix(digits, 16)
            .ok()
            .and_then(char::from_u32)
    {
        out.push(ch);
        return true;
    }
    false
}

/// Binary search over the lines of [`NAMES`].
fn listed_char(name: &str) -> Option<char> {
    let (mut low, mut high) = (0, NAMES.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = NAMES[..middle].rfind('\n').map_or(0, |at| at + 1).max(low);
        let end = NAMES[start..]
            .find('\n')
            .map_or(NAMES.len(), |at| start + at);
        let (listed, code) = NAMES[start..end].split_once(' ')?;
        match listed.as_bytes().cmp(name.as_bytes()) {
            std::cmp::Ordering::Equal => {
                return u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
            }
            std::cmp::Ordering::Less => low = (end + 1).min(high),
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{BaseEncoding, NAMES, name_to_chars};

    fn check(name: &str, expected: &str) {
        let mut chars = Vec::new();
        name_to_chars(name, &mut chars);
        assert_eq!(chars.into_iter().collect::<String>(), expected);
    }

    #[test]
    fn every_listed_name_is_found() {
        for line in NAMES.lines() {
            let (name, code) = line.split_once(' ').expect("two fields");
            let ch = u32::from_str_radix(code, 16)
                .ok()
                .and_then(char::from_u32)
                .expect("a character");
            check(name, &ch.to_string());
        }
    }

    #[test]
    fn names_with_code_points_are_read() {
        check("uni9879", "项");
        check("uni987976EE", "项目");
        check("u20BB7", "\u{20BB7}");
        check("f_i", "fi");
        check("one.alt", "1");
    }

    #[test]
    fn unknown_names_have_no_character() {
        check("g123", "");
        check(".notdef", "");
        check("uniD800", "");
        check("", "");
    }

    #[test]
    fn encodings_differ_above_ascii() {
        assert_eq!(BaseEncoding::WinAnsi.char_of(0x80), Some('€'));
        assert_eq!(BaseEncoding::MacRoman.char_of(0xCA), Some('\u{A0}'));
        assert_eq!(BaseEncoding::Standard.char_of(0xFB), Some('ß'));
        assert_eq!(BaseEncoding::Standard.char_of(0xE1), Some('Æ'));
        assert_eq!(BaseEncoding::Standard.char_of(0xD0), Some('—'));
        assert_eq!(BaseEncoding::Standard.char_of(0x80), None);
    }
}
