//! normalise
use crate::model::*;
/// stub
pub fn normalise(raw: RawForm, _vocabulary: &Vocabulary) -> Diagnosed<Form> { Diagnosed::clean(Form { family: raw.family, ..Form::default() }) }
