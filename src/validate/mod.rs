//! validate
use crate::model::*;
/// stub
pub struct Validation { /// c
pub checks: Vec<crate::model::record::Check>, /// d
pub diagnostics: Vec<Diagnostic> }
/// stub
pub fn validate(_form: &Form, _vocabulary: &Vocabulary) -> Validation { Validation { checks: vec![], diagnostics: vec![] } }
