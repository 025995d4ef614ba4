//! The ledger: what became of each input, in one line.

use super::order::sort_findings;
use super::record::finding;
use crate::model::record::DOCUMENT_SCHEMA;
use crate::model::{Code, Diagnostic, DocumentLine, Record, Severity};

/// What is known of an input when its reading has ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DocumentFacts {
    /// sha256 of the bytes, hex; `None` where they were not read.
    pub id: Option<String>,
    /// As given, `/` separators.
    pub path: String,
    /// Size in bytes; `None` where unknown.
    pub n_bytes: Option<u64>,
    /// Number of pages; `None` for plain text and unread files.
    pub n_pages: Option<u32>,
    /// Sources of the pages (`pdf_text`, `ocr`, `text`, `mixed`), in any order.
    pub sources: Vec<String>,
    /// Printed characters on pages of forms that ended up in a value, a label or furniture.
    pub n_chars_used: u64,
    /// Printed characters on pages of forms.
    pub n_chars: u64,
    /// Findings that speak of the document.
    pub diagnostics: Vec<Diagnostic>,
}

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Forms read, and nothing is wrong with them as far as can be told.
    Ok,
    /// Forms read, some with an error.
    Partial,
    /// Read, and it holds no form.
    NoForm,
    /// It could not be read, or not far enough to say that it holds no form.
    Failed,
    /// It was left aside: no document, a type that is not read, or over a limit of size.
    Skipped,
}

impl Status {
    /// As it stands in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::NoForm => "no_form",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// Findings by which an input is left aside rather than failed.
const SKIPPING: &[Code] = &[
    Code::NotRegular,
    Code::WrongType,
    Code::Unsupported,
    Code::LimitSize,
    Code::SkipSymlink,
    Code::SkipExt,
    Code::SkipDuplicate,
    Code::ReadBeside,
];

/// Makes the ledger line of an input; `elapsed_ms` is left to the one who has a clock.
#[must_use]
pub fn document_line(mut facts: DocumentFacts, records: &[Record]) -> DocumentLine {
    sort_findings(&mut facts.diagnostics);
    let mut families: Vec<String> = records.iter().map(|record| record.family.clone()).collect();
    families.sort();
    families.dedup();
    facts.sources.sort();
    facts.sources.dedup();
    let has_forms = !records.is_empty();
    DocumentLine {
        schema: DOCUMENT_SCHEMA.into(),
        status: status(&facts.diagnostics, records).as_str().to_owned(),
        id: facts.id,
        path: facts.path,
        path_b64: None,
        bytes: facts.n_bytes,
        pages: facts.n_pages,
        forms: u32::try_from(records.len()).unwrap_or(u32::MAX),
        families,
        sources: facts.sources,
        coverage: (has_forms && facts.n_chars > 0)
            .then(|| share(facts.n_chars_used, facts.n_chars)),
        residue_chars: if has_forms {
            facts.n_chars.saturating_sub(facts.n_chars_used)
        } else {
            0
        },
        diagnostics: facts.diagnostics.iter().map(finding).collect(),
        elapsed_ms: None,
    }
}

/// The ledger line of an input of which nothing could be read: a path that leads nowhere, a folder that is closed.
#[must_use]
pub fn unread_line(path: &str, diagnostic: Diagnostic) -> DocumentLine {
    let facts = DocumentFacts {
        path: path.to_owned(),
        diagnostics: vec![diagnostic],
        ..DocumentFacts::default()
    };
    document_line(facts, &[])
}

/// A document with an error is `partial` or `failed`, never `ok`: what an error hides may have been a form.
fn status(findings: &[Diagnostic], records: &[Record]) -> Status {
    let skipped = findings
        .iter()
        .any(|finding| SKIPPING.contains(&finding.code));
    let has_error = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let error = Severity::Error.as_str();
    let form_error = records.iter().any(|record| {
        record
            .diagnostics
            .iter()
            .any(|finding| finding.severity == error)
    });
    match (records.is_empty(), has_error || form_error) {
        (true, _) if skipped => Status::Skipped,
        (true, true) => Status::Failed,
        (true, false) => Status::NoForm,
        (false, true) => Status::Partial,
        (false, false) => Status::Ok,
    }
}

/// `part` of `whole` in four decimals, rounded down so that 1 means all.
fn share(part: u64, whole: u64) -> f64 {
    (part.min(whole) as f64 * 10_000.0 / whole as f64).floor() / 10_000.0
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::emit::jsonl::to_line;
    use crate::emit::record::{RecordParams, record};
    use crate::model::Form;
    use crate::model::page::{Content, Document};

    fn records(findings: Vec<Diagnostic>) -> Vec<Record> {
        let document = Document {
            id: "ab".repeat(32),
            path: "a.txt".to_owned(),
            n_bytes: 9,
            content: Content::Lines(vec![]),
        };
        let form = Form {
            family: "project_target".into(),
            grammar: "project_target@1".into(),
            ..Form::default()
        };
        vec![record(
            &document,
            1,
            form,
            vec![],
            findings,
            &RecordParams::default(),
        )]
    }

    fn check(findings: &[Code], records: &[Record], expected: Expect) {
        let findings: Vec<Diagnostic> = findings
            .iter()
            .map(|code| Diagnostic::new(*code, "", "m"))
            .collect();
        expected.assert_eq(status(&findings, records).as_str());
    }

    #[test]
    fn forms_without_error_are_ok() {
        check(&[Code::Recovered], &records(vec![]), expect!["ok"]);
    }

    #[test]
    fn an_error_of_the_document_or_of_a_form_makes_it_partial() {
        check(
            &[Code::UnmappedGlyphs],
            &records(vec![]),
            expect!["partial"],
        );
        check(
            &[],
            &records(vec![Diagnostic::new(Code::UnitUnknown, "/funds", "m")]),
            expect!["partial"],
        );
    }

    #[test]
    fn a_scan_without_forms_is_failed_never_an_empty_success() {
        check(&[Code::NeedsOcr], &[], expect!["failed"]);
    }

    #[test]
    fn no_form_is_a_clean_reading() {
        check(&[Code::EncodingDetected], &[], expect!["no_form"]);
    }

    #[test]
    fn a_type_that_is_not_read_is_skipped() {
        check(&[Code::WrongType], &[], expect!["skipped"]);
        check(&[Code::LimitSize], &[], expect!["skipped"]);
    }

    #[test]
    fn keys_stand_in_order() {
        let facts = DocumentFacts {
            id: Some("ab".repeat(32)),
            path: "a.txt".into(),
            n_bytes: Some(9),
            sources: vec!["text".into()],
            n_chars_used: 99_999,
            n_chars: 100_000,
            ..DocumentFacts::default()
        };
        expect![[r#"
            {"schema":"jixiao.document/1","id":"abababababababababababababababababababababababababababababababab","path":"a.txt","bytes":9,"status":"ok","pages":null,"forms":1,"families":["project_target"],"sources":["text"],"coverage":0.9999,"residue_chars":1,"diagnostics":[],"elapsed_ms":null}
        "#]]
        .assert_eq(&to_line(&document_line(facts, &records(vec![]))));
    }

    #[test]
    fn a_missing_path_has_a_line() {
        let line = unread_line(
            "no.pdf",
            Diagnostic::new(Code::IoNotFound, "", "there is nothing at this path"),
        );
        assert_eq!(
            (line.status.as_str(), line.bytes, line.coverage),
            ("failed", None, None)
        );
    }
}
