//! The corrections of a file, by the documents they speak of.

use std::collections::BTreeMap;

use super::correction::{CORRECTION_SCHEMA, Correction, Operation};
use super::pointer::{Place, PointerError};

/// Corrections in the order in which they were made, by document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Corrections {
    by_document: BTreeMap<String, Vec<Correction>>,
}

/// Why something is no correction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// It is of another version.
    #[error("its schema is {0}, this version reads {CORRECTION_SCHEMA}")]
    Schema(String),
    /// The document is not named by its sha256.
    #[error("{0:?} is no sha256 in 64 hex digits")]
    Document(String),
    /// Forms are counted from 1.
    #[error("forms are counted from 1")]
    Form,
    /// It points to nothing that can be corrected.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// Rows and forms are added and removed, values are replaced.
    #[error("{0} is a value, which is replaced and neither added nor removed")]
    Value(String),
    /// Rows and forms are not replaced as a whole.
    #[error("{0:?} is a row or a form, which is added or removed and not replaced")]
    Whole(String),
}

impl Corrections {
    /// Puts corrections in order by document.
    ///
    /// # Errors
    /// The index of the first that cannot be one, and why.
    pub fn new(
        corrections: impl IntoIterator<Item = Correction>,
    ) -> Result<Self, (usize, CorrectionError)> {
        let mut by_document: BTreeMap<String, Vec<Correction>> = BTreeMap::new();
        for (idx, correction) in corrections.into_iter().enumerate() {
            check(&correction).map_err(|error| (idx, error))?;
            by_document
                .entry(correction.document.clone())
                .or_default()
                .push(correction);
        }
        Ok(Self { by_document })
    }

    /// Those of a document, in the order in which they were made.
    #[must_use]
    pub fn of(&self, document: &str) -> &[Correction] {
        self.by_document.get(document).map_or(&[], Vec::as_slice)
    }

    /// The documents that they speak of, sorted.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        self.by_document.keys().map(String::as_str)
    }
}

/// Whether a correction can be one of any record.
///
/// # Errors
/// Why not.
pub fn check(correction: &Correction) -> Result<(), CorrectionError> {
    if correction.schema != CORRECTION_SCHEMA {
        return Err(CorrectionError::Schema(correction.schema.clone()));
    }
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if correction.document.len() != 64 || !correction.document.bytes().all(is_hex) {
        return Err(CorrectionError::Document(correction.document.clone()));
    }
    if correction.form == 0 {
        return Err(CorrectionError::Form);
    }
    let pointer = correction.pointer.clone();
    match (Place::parse(&pointer)?, correction.operation) {
        (Place::Form | Place::Row { .. }, Operation::Replace) => {
            Err(CorrectionError::Whole(pointer))
        }
        (Place::Value { .. } | Place::RowValue { .. }, Operation::Add | Operation::Remove) => {
            Err(CorrectionError::Value(pointer))
        }
        _ => Ok(()),
    }
}
