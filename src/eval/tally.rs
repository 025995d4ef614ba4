//! What comparisons add up to: counts of a file, of a tag or of all files, and the figures that they give.

use std::collections::BTreeMap;

use serde::Serialize;

use super::compare::{Comparison, Leaf};

/// Leaves that are right, put out though wrong, and wrong or missing. A leaf with another value is both of the latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// Right.
    pub n_right: u64,
    /// In the output and not so in the truth.
    pub n_false: u64,
    /// In the truth and not so in the output.
    pub n_missed: u64,
}

/// Counts of some files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    n_files: u64,
    n_files_exact: u64,
    n_forms_truth: u64,
    n_forms_output: u64,
    n_forms_paired: u64,
    n_forms_exact: u64,
    lenient: Counts,
    strict: Counts,
    n_rows_truth: u64,
    n_rows_output: u64,
    n_rows_right: u64,
    n_long_texts: u64,
    long_texts: f64,
    by_field: BTreeMap<String, Counts>,
}

/// Figures of some files: shares from 0 to 1 with four digits, null where there is nothing to divide by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Files of the truth.
    pub files: u64,
    /// Forms of the truth.
    pub forms: u64,
    /// Forms of the truth that were found.
    pub form_recall: Option<f64>,
    /// Forms of the output that are one of the truth.
    pub form_precision: Option<f64>,
    /// Leaves of the output that are right.
    pub field_precision: Option<f64>,
    /// Leaves of the truth that are right in the output.
    pub field_recall: Option<f64>,
    /// Harmonic mean of the two.
    pub field_f1: Option<f64>,
    /// The same where every character counts.
    pub strict_f1: Option<f64>,
    /// Indicators of which all is right, of the larger number of rows.
    pub row_exact: Option<f64>,
    /// How alike long texts are.
    pub long_text_similarity: Option<f64>,
    /// Forms of which all is right, of the larger number of forms.
    pub forms_exact: Option<f64>,
    /// Files of which all is right, of all files.
    pub files_exact: Option<f64>,
}

/// Figures of a field, over the forms that were found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldFigures {
    /// Leaves that are right.
    pub tp: u64,
    /// Leaves of the output that are not.
    pub fp: u64,
    /// Leaves of the truth that are wrong or missing in the output.
    #[serde(rename = "fn")]
    pub missed: u64,
    /// Harmonic mean of precision and recall, four digits.
    pub f1: f64,
}

impl Counts {
    fn add_leaf(&mut self, leaf: &Leaf, is_right: bool) {
        self.n_right += u64::from(is_right);
        self.n_false += u64::from(!is_right && leaf.output.is_some());
        self.n_missed += u64::from(!is_right && leaf.truth.is_some());
    }

    fn add(&mut self, other: Self) {
        self.n_right += other.n_right;
        self.n_false += other.n_false;
        self.n_missed += other.n_missed;
    }

    /// Leaves of the output that are right, leaves of the truth that are, and their harmonic mean.
    fn figures(self) -> [Option<f64>; 3] {
        let n_errors = self.n_false + self.n_missed;
        [
            share(self.n_right, self.n_right + self.n_false),
            share(self.n_right, self.n_right + self.n_missed),
            share(2 * self.n_right, 2 * self.n_right + n_errors),
        ]
    }
}

impl Tally {
    /// Of a file with this many forms on either side.
    pub(super) fn of_file(n_forms_truth: usize, n_forms_output: usize) -> Self {
        Self {
            n_files: 1,
            n_forms_truth: n_forms_truth as u64,
            n_forms_output: n_forms_output as u64,
            ..Self::default()
        }
    }

    /// Adds a form that both sides have.
    pub(super) fn add_pair(&mut self, form: &Comparison) {
        self.n_forms_paired += 1;
        self.n_forms_exact += u64::from(form.is_exact());
        for leaf in &form.leaves {
            self.lenient.add_leaf(leaf, leaf.is_right);
            self.strict.add_leaf(leaf, leaf.is_strictly_right);
            let field = self.by_field.entry(field_of(&leaf.path)).or_default();
            field.add_leaf(leaf, leaf.is_right);
        }
        self.n_rows_right += form.n_rows_right;
        self.n_rows_truth += form.n_rows_truth;
        self.n_rows_output += form.n_rows_output;
        self.n_long_texts += form.long_texts.len() as u64;
        for alike in &form.long_texts {
            self.long_texts += alike;
        }
    }

    /// Adds a form that the output does not have.
    pub(super) fn add_missing(&mut self, form: &Comparison) {
        self.lenient.n_missed += form.leaves.len() as u64;
        self.strict.n_missed += form.leaves.len() as u64;
        self.n_rows_truth += form.n_rows_output;
    }

    /// Adds a form that the truth does not have.
    pub(super) fn add_extra(&mut self, form: &Comparison) {
        self.lenient.n_false += form.leaves.len() as u64;
        self.strict.n_false += form.leaves.len() as u64;
        self.n_rows_output += form.n_rows_output;
    }

    /// Says that all of a file is right, or not, when all of its forms were added.
    pub(super) fn close_file(&mut self) {
        let n_forms = self.n_forms_truth.max(self.n_forms_output);
        self.n_files_exact = u64::from(self.n_forms_exact == n_forms);
    }

    /// Adds the counts of other files.
    pub fn add(&mut self, other: &Self) {
        self.n_files += other.n_files;
        self.n_files_exact += other.n_files_exact;
        self.n_forms_truth += other.n_forms_truth;
        self.n_forms_output += other.n_forms_output;
        self.n_forms_paired += other.n_forms_paired;
        self.n_forms_exact += other.n_forms_exact;
        self.lenient.add(other.lenient);
        self.strict.add(other.strict);
        self.n_rows_truth += other.n_rows_truth;
        self.n_rows_output += other.n_rows_output;
        self.n_rows_right += other.n_rows_right;
        self.n_long_texts += other.n_long_texts;
        self.long_texts += other.long_texts;
        for (field, counts) in &other.by_field {
            self.by_field.entry(field.clone()).or_default().add(*counts);
        }
    }

    /// Leaves put out though wrong, and leaves that are wrong or missing.
    #[must_use]
    pub fn n_errors(&self) -> u64 {
        self.lenient.n_false + self.lenient.n_missed
    }

    /// The figures that the counts give.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let [field_precision, field_recall, field_f1] = self.lenient.figures();
        let [_, _, strict_f1] = self.strict.figures();
        let n_rows = self.n_rows_truth.max(self.n_rows_output);
        let n_forms = self.n_forms_truth.max(self.n_forms_output);
        Figures {
            files: self.n_files,
            forms: self.n_forms_truth,
            form_recall: share(self.n_forms_paired, self.n_forms_truth),
            form_precision: share(self.n_forms_paired, self.n_forms_output),
            field_precision,
            field_recall,
            field_f1,
            strict_f1,
            row_exact: share(self.n_rows_right, n_rows),
            long_text_similarity: (self.n_long_texts > 0)
                .then(|| rounded(self.long_texts / self.n_long_texts as f64)),
            forms_exact: share(self.n_forms_exact, n_forms),
            files_exact: share(self.n_files_exact, self.n_files),
        }
    }

    /// Figures of each field.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<String, FieldFigures> {
        let figures = |counts: &Counts| FieldFigures {
            tp: counts.n_right,
            fp: counts.n_false,
            missed: counts.n_missed,
            f1: counts.figures()[2].unwrap_or_default(),
        };
        let fields = self.by_field.iter();
        fields
            .map(|(field, counts)| (field.clone(), figures(counts)))
            .collect()
    }
}

/// A path whatever the row: `/indicators/*/weight`. Digits at the beginning of any other step are folded as well.
fn field_of(path: &str) -> String {
    let folded = |step: &str| {
        let digits = step.strip_prefix('+').unwrap_or(step);
        let rest = digits.trim_start_matches(|ch: char| ch.is_ascii_digit());
        let is_folded =
            rest.len() < digits.len() && (digits.len() == step.len() || rest.is_empty());
        if is_folded {
            format!("*{rest}")
        } else {
            step.to_owned()
        }
    };
    path.split('/').map(folded).collect::<Vec<_>>().join("/")
}

/// A part of a whole, rounded.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| rounded(part as f64 / whole as f64))
}

/// A number with four digits: the nearest, of two the even one.
pub(super) fn rounded(number: f64) -> f64 {
    format!("{number:.4}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::compare::{compare, lone};
    use super::*;

    #[test]
    fn a_leaf_with_another_value_is_an_error_on_both_sides() {
        let truth = json!({ "title": "甲", "remarks": "丙", "annual_goal": "abcd" });
        let output = json!({ "title": "乙", "annual_goal": "abcd", "total_score": "1" });
        let mut tally = Tally::of_file(2, 1);
        tally.add_pair(&compare(&truth, &output, &BTreeMap::new()));
        tally.add_missing(&lone(&json!({ "title": "丁" })));
        tally.close_file();
        let figures = tally.figures();
        assert_eq!(
            (figures.field_precision, figures.field_recall),
            (Some(0.3333), Some(0.25))
        );
        assert_eq!(
            (figures.form_recall, figures.forms_exact),
            (Some(0.5), Some(0.0))
        );
        assert_eq!(figures.long_text_similarity, Some(0.5));
        assert_eq!(tally.n_errors(), 5);
        assert_eq!(tally.fields()["/title"].f1, 0.0);
    }

    #[test]
    fn files_add_up() {
        let form = json!({ "title": "甲", "indicators": [{ "level3": "乙" }] });
        let mut file = Tally::of_file(1, 1);
        file.add_pair(&compare(&form, &form, &BTreeMap::new()));
        file.close_file();
        let mut all = Tally::default();
        all.add(&file);
        all.add(&file);
        let figures = all.figures();
        assert_eq!((figures.files, figures.forms), (2, 2));
        assert_eq!(
            (figures.field_f1, figures.row_exact, figures.files_exact),
            (Some(1.0), Some(1.0), Some(1.0))
        );
    }

    #[test]
    fn a_field_has_no_row() {
        assert_eq!(field_of("/indicators/12/weight"), "/indicators/*/weight");
        assert_eq!(field_of("/indicators/+3/weight"), "/indicators/*/weight");
        assert_eq!(field_of("/functions/0/name"), "/functions/*/name");
    }
}
