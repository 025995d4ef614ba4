//! Folding: characters that look alike in any font become one, for comparing. Never what stands in a record.

/// White space, zero-width characters and byte order marks.
#[must_use]
pub fn is_white(ch: char) -> bool {
    ch.is_whitespace()
        || matches!(ch, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

/// One character as labels are compared.
#[must_use]
pub fn fold_char(ch: char) -> char {
    match ch {
        '【' | '〔' | '［' | '〖' => '[',
        '】' | '〕' | '］' | '〗' => ']',
        '︰' | '∶' | '﹕' | '꞉' => ':',
        '–' | '—' | '−' | '‐' | '‑' | '―' | '－' | '﹣' => '-',
        '﹑' | '､' => '、',
        '～' | '〜' | '∼' => '~',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(ch) - 0xfee0).unwrap_or(ch),
        '﹙' => '(',
        '﹚' => ')',
        '﹪' => '%',
        _ => ch,
    }
}
