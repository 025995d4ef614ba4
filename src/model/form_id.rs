//! The id of a form: which document, and which of its forms.

use std::fmt;

/// First 16 hex digits of the document's id, `-`, the form's ordinal in at least four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormId {
    /// First eight bytes of the document's sha256, as a number.
    pub document: u64,
    /// From 1.
    pub ordinal: u32,
}

impl FormId {
    /// Digits of the document's id in it.
    const PREFIX: usize = 16;

    /// The id of a document's form. `None` where `document` is no sha256 in hex.
    #[must_use]
    pub fn new(document: &str, ordinal: u32) -> Option<Self> {
        let prefix = document.get(..Self::PREFIX)?;
        let is_hex = prefix
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let document = u64::from_str_radix(prefix, 16).ok().filter(|_| is_hex)?;
        Some(Self { document, ordinal })
    }

    /// Reads an id as it is written. `None` where it is written otherwise.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let (document, ordinal) = id.split_once('-')?;
        let is_number = ordinal.len() >= 4 && ordinal.bytes().all(|b| b.is_ascii_digit());
        if document.len() != Self::PREFIX || !is_number {
            return None;
        }
        Self::new(document, ordinal.parse().ok()?)
    }

    /// The ordinal in an id. `None` where it is none.
    #[must_use]
    pub fn ordinal_in(id: &str) -> Option<u32> {
        Self::parse(id).map(|id| id.ordinal)
    }
}

impl fmt::Display for FormId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&form_id(&format!("{:016x}", self.document), self.ordinal))
    }
}

/// The id of a document's form, as it is written.
#[must_use]
pub fn form_id(document: &str, ordinal: u32) -> String {
    let prefix: String = document.chars().take(FormId::PREFIX).collect();
    format!("{prefix}-{ordinal:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, expected: Option<u32>) {
        let read = FormId::parse(id);
        assert_eq!(read.map(|id| id.ordinal), expected, "{id}");
        if let Some(read) = read {
            assert_eq!(read.to_string(), id);
        }
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        check("00000000000000ab-0001", Some(1));
        check("ffffffffffffffff-12345", Some(12345));
        check("ffffffffffffffff-1", None);
        check("FFFFFFFFFFFFFFFF-0001", None);
        check("fffffffffffffff-0001", None);
        check("ffffffffffffffff-99999999999", None);
        check("fffffffffffffff\u{e9}-0001", None);
        check("+fffffffffffffff-0001", None);
    }
}
