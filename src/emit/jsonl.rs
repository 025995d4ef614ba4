//! JSON Lines: one object a line, keys in the order of the noun, text as it is.

use serde::Serialize;

/// One line with its line end: compact JSON, non-ASCII as it is, control characters escaped.
///
/// A line never holds a raw line feed, so that a file can be cut at line feeds. U+2028 and U+2029 stand as they are:
/// JSON (RFC 8259) allows it, and a reader that cuts there is none of JSON Lines.
#[must_use]
pub fn to_line<T: Serialize>(noun: &T) -> String {
    let mut line = serde_json::to_string(noun).expect("the nouns have text keys and plain values");
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::{Expect, expect};

    use super::to_line;

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&to_line(&BTreeMap::from([("value", text)])));
    }

    #[test]
    fn han_characters_stand_as_they_are() {
        check(
            "绩效≥95%",
            expect![[r#"
            {"value":"绩效≥95%"}
        "#]],
        );
    }

    #[test]
    fn control_characters_are_escaped() {
        check(
            "a\n\t\u{0}\u{1b}\"",
            expect![[r#"
            {"value":"a\n\t\u0000\u001b\""}
        "#]],
        );
    }

    #[test]
    fn a_line_separator_does_not_end_the_line() {
        let line = to_line(&"a\u{2028}b");
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), "a\u{2028}b");
    }
}
