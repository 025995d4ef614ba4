//! How much a record is to be doubted, as it says itself: what a reviewer looks at first.

use super::record::Record;

/// How much there is to doubt in a form: 0 nothing, more is more. Only the order means something.
#[must_use]
pub fn form_doubt(record: &Record) -> f64 {
    let findings = record
        .diagnostics
        .iter()
        .map(|finding| match finding.severity.as_str() {
            "error" => 3.0,
            "warning" => 1.0,
            _ => 0.1,
        });
    let failed = record.checks.iter().filter(|check| check.outcome == "fail");
    let unsure = record.confidence.map_or(0.0, |confidence| 1.0 - confidence);
    findings.sum::<f64>() + failed.count() as f64 + unsure
}

/// How much each place of a form is to be doubted, the most doubted first.
#[must_use]
pub fn leaf_doubts(_record: &Record) -> Vec<(String, f64)> {
    vec![]
}
