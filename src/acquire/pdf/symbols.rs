//! Symbol fonts, whose characters stand in the private use area or have no encoding at all.
//! In: the name of a font, a code. Out: the character that it looks like. Never: speaks of other fonts.

/// Boxes, ticks and bullets of Wingdings: code and character.
const WINGDINGS: &[(u8, char)] = &[
    (0x20, ' '),
    (0x6C, '●'),
    (0x6D, '❍'),
    (0x6E, '■'),
    (0x6F, '□'),
    (0x70, '□'),
    (0x71, '❑'),
    (0x72, '❒'),
    (0x73, '⬧'),
    (0x74, '⧫'),
    (0x75, '◆'),
    (0x76, '❖'),
    (0x9F, '•'),
    (0xA1, '○'),
    (0xA7, '▪'),
    (0xA8, '□'),
    (0xD8, '➢'),
    (0xE0, '→'),
    (0xFB, '✗'),
    (0xFC, '✓'),
    (0xFD, '☒'),
    (0xFE, '☑'),
];

/// Operators and marks of Symbol: code and character.
const SYMBOL: &[(u8, char)] = &[
    (0x20, ' '),
    (0x25, '%'),
    (0x28, '('),
    (0x29, ')'),
    (0x2B, '+'),
    (0x2D, '−'),
    (0x3C, '<'),
    (0x3D, '='),
    (0x3E, '>'),
    (0xA3, '≤'),
    (0xB0, '°'),
    (0xB1, '±'),
    (0xB3, '≥'),
    (0xB4, '×'),
    (0xB7, '•'),
    (0xB8, '÷'),
    (0xB9, '≠'),
    (0xBB, '≈'),
    (0xBE, '—'),
];

/// The character of a code (as it is, or at U+F000 and above) in Wingdings or Symbol; `None` for other fonts and codes.
pub(super) fn symbol_char(base_font: &str, code: char) -> Option<char> {
    let code = match code as u32 {
        0xF000..=0xF0FF => u8::try_from(code as u32 - 0xF000).ok()?,
        other => u8::try_from(other).ok()?,
    };
    let name = base_font.to_ascii_lowercase();
    let name = name.split_once('+').map_or(name.as_str(), |(_, name)| name);
    let table = if name.starts_with("wingdings")
        && !name.starts_with("wingdings2")
        && !name.starts_with("wingdings3")
    {
        WINGDINGS
    } else if name.starts_with("symbol") {
        if code.is_ascii_digit() {
            return Some(char::from(code));
        }
        SYMBOL
    } else {
        return None;
    };
    table
        .iter()
        .find(|(listed, _)| *listed == code)
        .map(|&(_, ch)| ch)
}

#[cfg(test)]
mod tests {
    use super::symbol_char;

    #[test]
    fn symbol_fonts_are_known_by_name() {
        assert_eq!(
            symbol_char("ABCDEF+Wingdings-Regular", '\u{F0FC}'),
            Some('✓')
        );
        assert_eq!(symbol_char("Symbol", '\u{B3}'), Some('≥'));
        assert_eq!(symbol_char("SimSun", '\u{F0FC}'), None);
        assert_eq!(symbol_char("Wingdings", '\u{F001}'), None);
    }
}
