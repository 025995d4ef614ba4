//! Texts of others as they are shown on a terminal.

/// Characters that would steer a terminal, turn the direction of a text or not be seen in it, shown as `\u{…}`; line ends stay.
pub(in super::super) fn escape_controls(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for ch in text.chars() {
        if is_hidden(ch) && ch != '\n' {
            shown.extend(ch.escape_unicode())
        } else {
            shown.push(ch)
        }
    }
    shown
}

/// Whether a character steers a text and is not seen.
pub(in super::super) fn is_hidden(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{00ad}')
}
