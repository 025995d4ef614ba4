//! A small run, and things said of it, for the tests of this room.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Pages, Part, Review, ReviewParams, Shown, Wanted};
use crate::correct::{CORRECTION_SCHEMA, Correction, Operation};
use crate::runs::{DOCUMENTS_FILE, FORMS_FILE};
use crate::sample::{VERDICT_SCHEMA, Verdict, VerdictKind};

pub(super) const DOCUMENT: &str =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(super) const OTHER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
pub(super) const FIRST: &str = "aaaaaaaaaaaaaaaa-0001";
pub(super) const SECOND: &str = "aaaaaaaaaaaaaaaa-0002";
pub(super) const THIRD: &str = "bbbbbbbbbbbbbbbb-0001";

/// The line of a form of a text.
pub(super) fn form(id: &str, path: &str, title: &str) -> Vec<u8> {
    let document = if id.starts_with('a') { DOCUMENT } else { OTHER };
    let indicator = |weight: &str| {
        json!({"level1": "产出指标", "level2": null, "level3": "参保人数", "operator": "ge", "target": "3", "target_current": null,
            "measure_unit": "万人", "weight": weight, "weight_current": null, "actual": null, "score": null, "deviation": null, "note": null})
    };
    let findings = if id == SECOND {
        json!([{"code": "code_shape", "severity": "warning", "path": "/project/code", "message": "it has 20 characters, expected 21"}])
    } else {
        json!([])
    };
    let record = json!({
        "schema": "jixiao.form/1", "form_id": id,
        "document": {"id": document, "path": path, "pages": null, "lines": [1, 9], "source": "text"},
        "family": "project_target", "grammar": "project_target@1", "title": title, "fiscal_year": 2023, "amount_unit": "万元",
        "department": null, "budget_unit": null, "project": null, "functions": [], "contact": {"person": null, "phone": null},
        "execution_rate_weight": null, "funds": [], "annual_goal": null, "actual_result": null, "tasks": [],
        "indicators": [indicator("10"), indicator("20")], "total_score": null, "remarks": null, "attributes": [], "empty": {},
        "confidence": null, "checks": [], "diagnostics": findings,
        "provenance": {"/title": {"page": null, "bbox": null, "line": 1, "raw": title, "confidence": null}},
    });
    serde_json::to_vec(&record).unwrap()
}

/// A run of two texts and a file that holds no form.
pub(super) fn run() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let document = |id: &str, path: &str, forms: u32, status: &str| {
        json!({"schema": "jixiao.document/1", "id": id, "path": path, "bytes": 9, "status": status, "pages": null, "forms": forms,
            "families": [], "sources": ["text"], "coverage": null, "residue_chars": 0, "diagnostics": [], "elapsed_ms": null})
        .to_string()
    };
    let documents = [
        document(DOCUMENT, "a.txt", 2, "ok"),
        document(OTHER, "b.txt", 1, "ok"),
        document(OTHER, "c.txt", 0, "no_form"),
    ];
    fs::write(
        folder.path().join(DOCUMENTS_FILE),
        documents.join("\n") + "\n",
    )
    .unwrap();
    let forms = [(FIRST, "a.txt"), (SECOND, "a.txt"), (THIRD, "b.txt")];
    let lines = forms.map(|(id, path)| String::from_utf8(form(id, path, "目标表")).unwrap());
    fs::write(folder.path().join(FORMS_FILE), lines.join("\n") + "\n").unwrap();
    folder
}

/// The review of such a run.
pub(super) fn review(run: &TempDir) -> Review {
    Review::open(&params(run)).unwrap()
}

pub(super) fn params(run: &TempDir) -> ReviewParams {
    ReviewParams {
        run: run.path().to_owned(),
        sample: None,
        corrections: run.path().join("corrections.jsonl"),
        verdicts: run.path().join("verdicts.jsonl"),
        by: "王".to_owned(),
    }
}

pub(super) fn correction(pointer: &str, new: &str) -> Correction {
    Correction {
        schema: CORRECTION_SCHEMA.to_owned(),
        document: DOCUMENT.to_owned(),
        form: 1,
        operation: Operation::Replace,
        pointer: pointer.to_owned(),
        old: Value::Null,
        new: Value::from(new),
        row: None,
        by: "王".to_owned(),
        at: "2026-01-01T00:00:00.000Z".to_owned(),
        why: None,
    }
}

pub(super) fn verdict(kind: VerdictKind) -> Verdict {
    Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        form_id: FIRST.to_owned(),
        document: DOCUMENT.to_owned(),
        verdict: kind,
        by: "王".to_owned(),
        at: "2026-01-01T00:00:00.000Z".to_owned(),
        note: None,
    }
}

/// Shows a picture for every page and lines for every text.
pub(super) struct Painted;

impl Pages for Painted {
    fn show(&self, wanted: &Wanted) -> Shown {
        match wanted.part {
            Part::Page { .. } => Shown::Picture {
                media_type: "image/png".to_owned(),
                width: 10.0,
                height: 20.0,
                bytes: vec![1, 2, 3],
            },
            Part::Lines(first, _) => Shown::Lines {
                first,
                lines: vec!["</script><img src=x onerror=alert(1)>".to_owned()],
            },
        }
    }
}
