//! What grammar yields: labels and values as printed, named but not yet typed.

use super::diagnostic::Diagnostic;
use super::geometry::Place;

/// A text as printed, and where.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawText {
    /// As read, trimmed; inner white space kept.
    pub text: String,
    /// Where it was printed.
    pub place: Place,
    /// Lowest recognition confidence, 0.0 to 1.0; `None` for a text layer.
    pub confidence: Option<f32>,
}

/// What the grammar makes of a document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawForms {
    /// Its forms, in printed order.
    pub forms: Vec<RawForm>,
    /// Printed characters (white space aside) that stand on pages of forms and in no form; of a plain text, all that stand
    /// in no form, if it has any.
    pub n_chars_beside: u64,
}

/// A form as found: which family, which labels, which values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawForm {
    /// Name of the grammar family.
    pub family: String,
    /// `name@version` of the grammar that read it.
    pub grammar: String,
    /// The title line, if one is printed.
    pub title: Option<RawText>,
    /// Labelled values in printed order.
    pub fields: Vec<RawField>,
    /// Row tables in printed order.
    pub tables: Vec<RawTable>,
    /// First and last page (from 1); `None` for plain text.
    pub pages: Option<(u32, u32)>,
    /// First and last line (from 1); plain text only.
    pub lines: Option<(u32, u32)>,
    /// Printed text that no rule used.
    pub residue: Vec<RawText>,
    /// Printed characters (white space aside) of the form's stretch that ended up in a value, a label or furniture.
    pub n_chars_used: u64,
    /// Printed characters (white space aside) of the form's stretch.
    pub n_chars: u64,
    /// What the grammar noticed; `path` is a key of a field, resolved to a pointer by normalise.
    pub diagnostics: Vec<Diagnostic>,
}

/// A label with its value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawField {
    /// Canonical key: `department`, `project`, `funds/project/total/budget`, `contact/phone`, `attribute`, …
    pub key: String,
    /// The label as printed, brackets and colon included.
    pub label: RawText,
    /// What the label's bracket, its header or the value's own suffix says of the unit: `万元`; as printed.
    pub unit_hint: Option<String>,
    /// The value as printed; `None` where the label is printed and nothing stands for it.
    pub value: Option<RawText>,
    /// Captures of the field's value pattern: (name, text as printed), in order. Empty where the pattern did not fit.
    pub parts: Vec<(String, String)>,
    /// Whether the value fits the field's pattern.
    pub fit: Fit,
}

/// How a value met its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// There was no value to fit.
    #[default]
    Blank,
    /// The whole text was consumed.
    Whole,
    /// It did not fit: normalise reports it.
    Failed,
}

/// A table of rows that go into one list of the record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawTable {
    /// `indicators` or `tasks`.
    pub into: String,
    /// The keys whose column is printed, in printed order.
    pub columns: Vec<RawColumn>,
    /// Rows in printed order.
    pub rows: Vec<RawRow>,
}

/// A column of a row table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawColumn {
    /// Canonical key, e.g. `level1`, `operator_target_unit`, `weight`.
    pub key: String,
    /// The header as printed.
    pub label: RawText,
    /// Unit said in the header's bracket, as printed.
    pub unit_hint: Option<String>,
}

/// A row of a row table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawRow {
    /// Cells in the order of the table's columns; a column that has no value is absent.
    pub cells: Vec<RawCell>,
    /// Where the row stands.
    pub place: Place,
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawCell {
    /// Key of its column.
    pub key: String,
    /// As printed; an empty text is a cell that is printed blank.
    pub value: RawText,
    /// Captures of the column's value pattern.
    pub parts: Vec<(String, String)>,
    /// How the value met its pattern.
    pub fit: Fit,
    /// The text comes from a merged cell above.
    pub filled_down: bool,
}
