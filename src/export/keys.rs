//! Keys of the star model: numbers that a path or a form has in every delivery, and hashes of what a form says.
//!
//! All are cut from SHA-256 (FIPS 180-4) of what they stand for, so that no delivery needs to know another.

use sha2::{Digest, Sha256};

use crate::model::digest::hex;
use crate::model::{DocumentLine, Record};

/// Key of a document: of its path, and of how many inputs of the same path were before it in the delivery (an archive may
/// have two members of one name).
#[must_use]
pub fn document_sk(document: &DocumentLine, n_before: u64) -> i64 {
    let path = document.path_b64.as_ref().unwrap_or(&document.path);
    let mut parts: Vec<&[u8]> = vec![b"jixiao.document", path.as_bytes()];
    let n_before_bytes = n_before.to_be_bytes();
    if n_before > 0 {
        parts.push(&n_before_bytes);
    }
    number(&digest(&parts))
}

/// Key of a form: of its document and its ordinal, from 1.
#[must_use]
pub fn form_sk(document_sk: i64, ordinal: u32) -> i64 {
    let (document, ordinal) = (document_sk.to_be_bytes(), ordinal.to_be_bytes());
    number(&digest(&[b"jixiao.form", &document, &ordinal]))
}

/// What a form is about, by which it is found again in another document: family, unit, project and year.
///
/// A unit or a project without a code counts by its name. `None` where neither is printed.
#[must_use]
pub fn subject(record: &Record) -> Option<String> {
    let named = |code: Option<&String>, name: Option<&String>| match (code, name) {
        (Some(code), _) => Some(format!("code:{code}")),
        (None, Some(name)) => Some(format!("name:{name}")),
        (None, None) => None,
    };
    let unit_of = record.budget_unit.as_ref().or(record.department.as_ref());
    let unit = unit_of.and_then(|unit| named(unit.code.as_ref(), unit.name.as_ref()));
    let project_of = record.project.as_ref();
    let project =
        project_of.and_then(|project| named(project.code.as_ref(), project.name.as_ref()));
    if unit.is_none() && project.is_none() {
        return None;
    }
    let year = record.fiscal_year.map(|year| year.to_string());
    let parts = [Some(record.family.clone()), unit, project, year];
    Some(parts.map(Option::unwrap_or_default).join("\u{0}"))
}

/// Key of a form across documents: of its subject, and its ordinal, from 1, among the forms of its document that share it. 32 hex digits.
#[must_use]
pub fn form_key(subject: &str, nth: u32) -> String {
    short_hex(&digest(&[
        b"jixiao.form_key",
        subject.as_bytes(),
        &nth.to_be_bytes(),
    ]))
}

/// Hash of what a form says: of its record as JSON, without `form_id`, `document`, `grammar`, `confidence`, `checks`, `diagnostics` and
/// `provenance`, which say how and where it was read. 32 hex digits.
#[must_use]
pub fn content_hash(record: &Record) -> String {
    let content = Record {
        form_id: String::new(),
        grammar: String::new(),
        confidence: None,
        checks: Vec::new(),
        diagnostics: Vec::new(),
        provenance: None,
        document: crate::model::record::DocumentRef {
            id: String::new(),
            path: String::new(),
            pages: None,
            lines: None,
            source: String::new(),
        },
        ..record.clone()
    };
    let text = serde_json::to_vec(&content).expect("a record is plain JSON");
    short_hex(&digest(&[b"jixiao.content", &text]))
}

/// SHA-256 of parts, each behind its length.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The first 63 bits.
fn number(digest: &[u8; 32]) -> i64 {
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first) & i64::MAX
}

/// The first 128 bits, in hex.
fn short_hex(digest: &[u8; 32]) -> String {
    hex(&digest[..16])
}
