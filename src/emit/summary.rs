//! The summary of a run: how many documents, forms and troubles; no clock and no path, so that runs compare.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::record::{Finding, RedactionNote};
use crate::model::{DocumentLine, Record};

/// `schema` of a summary.
pub const SUMMARY_SCHEMA: &str = "jixiao.summary/1";

/// Counts of a run; the same documents give the same summary, in whatever order they were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Always `jixiao.summary/1`.
    pub schema: Cow<'static, str>,
    /// Version of jixiao.
    pub version: Cow<'static, str>,
    /// Inputs, one for each ledger line.
    pub documents: u64,
    /// Bytes of the inputs whose size is known.
    pub bytes: u64,
    /// Pages of the inputs that have pages.
    pub pages: u64,
    /// Forms.
    pub forms: u64,
    /// Indicator rows of all forms.
    pub indicators: u64,
    /// Documents of each status.
    pub statuses: BTreeMap<String, u64>,
    /// Forms of each family.
    pub families: BTreeMap<String, u64>,
    /// Findings of each code, on documents and on forms.
    pub codes: BTreeMap<String, u64>,
    /// Failed checks of each rule.
    pub failed_checks: BTreeMap<String, u64>,
    /// Documents that are not ok: partial, failed, or with an error.
    pub not_ok: u64,
    /// What read the text of scans, where any was read by a program that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// What was redacted (`--redact`); absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction: Option<RedactionNote>,
}

/// What a run counts of a form, and says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormFacts {
    /// Its family.
    pub family: String,
    /// First and last page, from 1.
    pub pages: Option<(u32, u32)>,
    /// First and last line, from 1; plain text only.
    pub lines: Option<(u32, u32)>,
    /// Indicator rows.
    pub n_indicators: u64,
    /// Rules of the checks that failed.
    pub failed_checks: Vec<String>,
    /// Its findings.
    pub diagnostics: Vec<Finding>,
}

impl FormFacts {
    /// Those of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let failed = record.checks.iter().filter(|check| check.outcome == "fail");
        Self {
            family: record.family.clone(),
            pages: record.document.pages,
            lines: record.document.lines,
            n_indicators: record.indicators.len() as u64,
            failed_checks: failed.map(|check| check.rule.clone()).collect(),
            diagnostics: record.diagnostics.clone(),
        }
    }
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            schema: SUMMARY_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            documents: 0,
            bytes: 0,
            pages: 0,
            forms: 0,
            indicators: 0,
            statuses: BTreeMap::new(),
            families: BTreeMap::new(),
            codes: BTreeMap::new(),
            failed_checks: BTreeMap::new(),
            not_ok: 0,
            engine: None,
            redaction: None,
        }
    }
}

impl Summary {
    /// Counts one input with its forms.
    pub fn add<'a>(
        &mut self,
        document: &DocumentLine,
        forms: impl IntoIterator<Item = &'a FormFacts>,
    ) {
        self.documents += 1;
        self.bytes = self.bytes.saturating_add(document.bytes.unwrap_or(0));
        self.pages += u64::from(document.pages.unwrap_or(0));
        *self.statuses.entry(document.status.clone()).or_default() += 1;
        self.not_ok += u64::from(!is_ok(document));
        let mut count_codes = |findings: &[Finding]| {
            for finding in findings {
                *self.codes.entry(finding.code.clone()).or_default() += 1;
            }
        };
        count_codes(&document.diagnostics);
        for form in forms {
            count_codes(&form.diagnostics);
            self.forms += 1;
            self.indicators += form.n_indicators;
            *self.families.entry(form.family.clone()).or_default() += 1;
            for rule in &form.failed_checks {
                *self.failed_checks.entry(rule.clone()).or_default() += 1;
            }
        }
    }

    /// Documents that failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.statuses.get("failed").copied().unwrap_or(0)
    }

    /// As it stands in `summary.json`: pretty-printed, with a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("counts are plain JSON");
        text.push('\n');
        text
    }
}

/// Whether nothing about the document needs attention: it was read, or left aside for a reason that is no error.
#[must_use]
pub fn is_ok(document: &DocumentLine) -> bool {
    let has_error = document
        .diagnostics
        .iter()
        .any(|finding| finding.severity == "error");
    !has_error && !matches!(document.status.as_str(), "partial" | "failed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::ledger::unread_line;
    use crate::model::{Code, Diagnostic};

    fn counted(codes: &[Code]) -> Summary {
        let mut summary = Summary::default();
        for code in codes {
            summary.add(&unread_line("a", Diagnostic::new(*code, "", "m")), []);
        }
        summary
    }

    #[test]
    fn order_does_not_matter() {
        assert_eq!(
            counted(&[Code::EmptyFile, Code::WrongType]).to_json(),
            counted(&[Code::WrongType, Code::EmptyFile]).to_json()
        );
    }

    #[test]
    fn a_link_left_aside_is_no_trouble_but_a_wrong_type_is() {
        assert_eq!(counted(&[Code::SkipSymlink, Code::SkipExt]).not_ok, 0);
        assert_eq!(counted(&[Code::WrongType, Code::EmptyFile]).not_ok, 2);
    }
}
