//! The form in the making: where its values come from, what stands for nothing, what was noticed.

use super::funds::UnitEvidence;
use super::number::{Number, read_weight};
use super::terms::Terms;
use super::text::squeeze;
use crate::model::record::DecimalText;
use crate::model::vocabulary::Emptiness;
use crate::model::{Code, Diagnostic, Form, RawText};

/// What the steps of normalise write into.
pub(super) struct Draft<'t, 'v> {
    pub(super) terms: &'t Terms<'v>,
    pub(super) form: Form,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) evidence: UnitEvidence,
}

impl Draft<'_, '_> {
    /// Says something about a value.
    pub(super) fn find(&mut self, code: Code, pointer: &str, message: String) {
        self.diagnostics
            .push(Diagnostic::new(code, pointer, message));
    }

    /// Keeps where the value of `pointer` was printed; the first place stays.
    pub(super) fn trace(&mut self, pointer: &str, raw: &RawText) {
        self.form
            .provenance
            .entry(pointer.to_owned())
            .or_insert_with(|| raw.clone());
    }

    /// A value was found for `pointer`: it is empty no longer, and was printed at `raw`.
    pub(super) fn settle(&mut self, pointer: &str, raw: &RawText) {
        self.form.empty.remove(pointer);
        // What stood for nothing was traced before; the value's own place counts.
        self.form.provenance.insert(pointer.to_owned(), raw.clone());
    }

    /// The label of `pointer` is printed and carries no value, unless one was found elsewhere.
    pub(super) fn mark_empty(&mut self, pointer: &str, kind: Emptiness, raw: Option<&RawText>) {
        let has_value =
            self.form.provenance.contains_key(pointer) && !self.form.empty.contains_key(pointer);
        if has_value || pointer.is_empty() {
            return;
        }
        self.form.empty.entry(pointer.to_owned()).or_insert(kind);
        if let Some(raw) = raw.filter(|raw| !raw.text.trim().is_empty()) {
            self.trace(pointer, raw);
        }
    }

    /// Puts a value into a slot that holds one: `true` if it is set now; another value than before is reported and
    /// the first stays.
    pub(super) fn keep_first<T: PartialEq>(
        &mut self,
        known: Option<&T>,
        value: &T,
        pointer: &str,
        raw: &RawText,
    ) -> bool {
        match known {
            None => true,
            Some(known) => {
                if known != value {
                    let message = format!(
                        "printed again as {:?}; the first value is kept",
                        shorten(&raw.text)
                    );
                    self.find(Code::FieldRepeated, pointer, message);
                }
                false
            }
        }
    }

    /// Reads a weight or a score; says `bad_number` where there is none and `repaired` where letters were digits.
    pub(super) fn decimal(
        &mut self,
        raw: &RawText,
        parts: &[(String, String)],
        pointer: &str,
    ) -> Option<DecimalText> {
        let captured = parts
            .iter()
            .find(|(name, _)| name == "number")
            .and_then(|(_, text)| read_weight(text));
        match captured.or_else(|| read_weight(&raw.text)) {
            Some(number) => Some(self.accept(number, &raw.text, pointer)),
            None => {
                self.find(
                    Code::BadNumber,
                    pointer,
                    format!("expected a number, got {:?}", shorten(&raw.text)),
                );
                None
            }
        }
    }

    /// The number's decimal; says `repaired` where letters were digits.
    pub(super) fn accept(&mut self, number: Number, text: &str, pointer: &str) -> DecimalText {
        if number.repaired {
            self.say_repaired(text, number.decimal.as_str(), pointer);
        }
        number.decimal
    }

    /// Says that letters were read as digits.
    pub(super) fn say_repaired(&mut self, text: &str, reading: &str, pointer: &str) {
        self.find(
            Code::Repaired,
            pointer,
            format!("{:?} is read as {reading}", shorten(text)),
        );
    }
}

/// A text as it stands in a message: white space squeezed, at most 80 characters.
pub(super) fn shorten(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let squeezed = squeeze(text);
    match squeezed.char_indices().nth(MAX_CHARS) {
        Some((cut, _)) => format!("{}…", &squeezed[..cut]),
        None => squeezed,
    }
}
