//! Texts of others as they are shown on a terminal.

/// Characters that would steer a terminal or turn the direction of a text, shown as `\u{…}`; line ends stay.
pub(in super::super) fn escape_controls(text: &str) -> String {
    let steers = |ch: char| {
        (ch.is_control() && ch != '\n')
            || matches!(ch, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
    };
    let mut shown = String::with_capacity(text.len());
    for ch in text.chars() {
        if steers(ch) {
            shown.extend(ch.escape_unicode())
        } else {
            shown.push(ch)
        }
    }
    shown
}
