//! Widths of the standard fonts that a file may use without saying their widths.
//! In: a font name and a printable ASCII code. Out: a width. Never: speaks of a font that is not one of the standard fourteen.

/// Width of a character in thousandths of an em (ISO 32000-2, 9.6.2.2); `None` for fonts that are not standard and codes
/// outside printable ASCII.
pub(super) fn standard_width(base_font: &str, code: u8) -> Option<f32> {
    let name = base_font.to_ascii_lowercase();
    let bold = name.contains("bold");
    let table = if name.contains("courier") {
        return Some(600.0);
    } else if name.contains("helvetica") || name.contains("arial") {
        if bold { &HELVETICA_BOLD } else { &HELVETICA }
    } else if name.contains("times") {
        if bold { &TIMES_BOLD } else { &TIMES }
    } else {
        return None;
    };
    table
        .get(usize::from(code.checked_sub(b' ')?))
        .map(|&width| f32::from(width))
}

/// Widths of U+0020 to U+007E.
#[rustfmt::skip]
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Widths of U+0020 to U+007E.
#[rustfmt::skip]
const HELVETICA_BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// Widths of U+0020 to U+007E.
#[rustfmt::skip]
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];

/// Widths of U+0020 to U+007E.
#[rustfmt::skip]
const TIMES_BOLD: [u16; 95] = [
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667,
    611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722,
    722, 667, 333, 278, 333, 581, 500, 333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556,
    278, 833, 556, 500, 556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
];

#[cfg(test)]
mod tests {
    use super::standard_width;

    #[test]
    fn helvetica_digits_are_equally_wide() {
        assert_eq!(standard_width("Helvetica", b'0'), Some(556.0));
        assert_eq!(standard_width("Helvetica-Bold", b'9'), Some(556.0));
        assert_eq!(standard_width("Times-Roman", b'A'), Some(722.0));
        assert_eq!(standard_width("SimSun", b'0'), None);
        assert_eq!(standard_width("Helvetica", 200), None);
    }
}
