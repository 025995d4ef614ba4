//! Tests of words as a whole: what each format gives.

use super::{WordLimits, read_words, to_page};
use crate::model::Code;
use expect_test::{Expect, expect};

/// The words of a file, a line each: box, confidence, number of the line; rules; findings.
fn describe(bytes: &[u8]) -> String {
    let read = match read_words(bytes, &WordLimits::default()) {
        Ok(read) => read,
        Err(error) => return format!("{} {error}\n", error.code()),
    };
    let mut told = String::new();
    for page in &read.value {
        let unit = page
            .units_an_inch
            .map_or(String::new(), |u| format!(" {u} an inch"));
        told += &format!(
            "page {} {} x {}{unit}\n",
            page.number, page.width, page.height
        );
        for word in &page.words {
            let (left, top, right, bottom) = word.quad.extent();
            let sure = word.confidence.map_or("-".to_owned(), |c| c.to_string());
            told += &format!(
                "  {} {} [{left} {top} {right} {bottom}] {sure}\n",
                word.line, word.text
            );
        }
        for rule in &page.rules {
            let axis = if rule.horizontal { "-" } else { "|" };
            told += &format!("  {axis} {} [{} {}]\n", rule.position, rule.start, rule.end);
        }
    }
    for finding in &read.diagnostics {
        told += &format!("{} {}\n", finding.code, finding.message);
    }
    told
}

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&describe(text.as_bytes()));
}
