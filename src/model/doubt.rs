//! How much a record is to be doubted, as it says itself: what a reviewer looks at first.

use super::record::{Check, Finding, Record};

/// How much there is to doubt in a form: 0 nothing, more is more. Only the order means something.
#[must_use]
pub fn form_doubt(record: &Record) -> f64 {
    doubt_of(&record.diagnostics, &record.checks, record.confidence)
}

/// The same of a record of which no more is at hand than its findings, its checks and its confidence.
#[must_use]
pub fn doubt_of(findings: &[Finding], checks: &[Check], confidence: Option<f64>) -> f64 {
    let findings = findings
        .iter()
        .map(|finding| match finding.severity.as_str() {
            "error" => 3.0,
            "warning" => 1.0,
            _ => 0.1,
        });
    let failed = checks.iter().filter(|check| check.outcome == "fail");
    let unsure = confidence.map_or(0.0, |confidence| 1.0 - confidence);
    findings.sum::<f64>() + failed.count() as f64 + unsure
}
