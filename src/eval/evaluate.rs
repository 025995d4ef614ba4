//! Files of the truth beside the forms of the run: what is right in each, and how much it was doubted.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::calibration::{Believed, believed};
use super::compare::{Accepted, Comparison, Leaf, compare, lone};
use super::documents::{Documents, TwoPaths, path_of};
use super::efficiency::Unit;
use super::pair::pair;
use super::report::{Difference, DifferenceKind};
use super::shape::tidy;
use super::tally::Tally;
use crate::model::Record;
use crate::model::doubt::{form_doubt, leaf_doubts};

/// A line of the truth: a file and the forms that it holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TruthLine {
    /// Name of the file, with folders where names are not enough.
    pub file: String,
    /// What kind of file it is.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its forms, in reading order; records without what a truth cannot know.
    pub forms: Vec<Value>,
    /// For each form other values that are accepted, by path.
    #[serde(default)]
    pub alts: Option<Vec<Accepted>>,
}

/// The truth, and the forms of a run beside it.
#[derive(Debug, Clone)]
pub struct Evaluation {
    truth: Vec<TruthLine>,
    documents: Documents,
    forms: BTreeMap<usize, Vec<Value>>,
    n_unmatched: u64,
}

/// A file of the truth beside the forms of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct FileResult {
    /// As the truth names it.
    pub file: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// What its comparisons add up to.
    pub tally: Tally,
    /// The forms of the output.
    pub forms: Vec<FormResult>,
    /// Leaves of forms that the output does not have.
    pub n_missing_leaves: u64,
    /// All that differs.
    pub differences: Vec<Difference>,
}

/// A form of the output.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FormResult {
    /// Leaves that differ, missing ones included.
    pub n_wrong: u64,
    /// Its values that have a confidence.
    pub believed: Vec<Believed>,
    /// How much it is doubted; `None` where it is no record.
    pub doubted: Option<Doubted>,
}

/// How much a form and its places are doubted, and what is wrong there.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubted {
    /// Of the form.
    pub doubt: f64,
    /// Its values, and the empty places that are doubted.
    pub leaves: Vec<Unit>,
    /// Leaves that are wrong and have no place in it.
    pub n_outside: u64,
}

impl Evaluation {
    /// Of this truth, with no forms as yet.
    #[must_use]
    pub fn new(truth: Vec<TruthLine>) -> Self {
        Self {
            documents: Documents::new(truth.iter().map(|line| line.file.as_str())),
            truth,
            forms: BTreeMap::new(),
            n_unmatched: 0,
        }
    }

    /// Adds a form of the run.
    ///
    /// # Errors
    /// Where the run has two documents that would be the same one of the truth.
    pub fn add(&mut self, form: Value) -> Result<(), TwoPaths> {
        match self.documents.find(path_of(&form))? {
            Some(idx) => self.forms.entry(idx).or_default().push(form),
            None => self.n_unmatched += 1,
        }
        Ok(())
    }

    /// Forms of documents that the truth does not name.
    #[must_use]
    pub fn n_unmatched(&self) -> u64 {
        self.n_unmatched
    }

    /// Compares the files that are wanted, in the order of the truth.
    pub fn files(&self, is_wanted: impl Fn(&TruthLine) -> bool) -> Vec<FileResult> {
        let forms = |idx| self.forms.get(&idx).map_or(&[][..], Vec::as_slice);
        let lines = self.truth.iter().enumerate();
        lines
            .filter(|(_, line)| is_wanted(line))
            .map(|(idx, line)| file_result(line, forms(idx)))
            .collect()
    }
}

fn file_result(line: &TruthLine, output: &[Value]) -> FileResult {
    let tidied: Vec<Value> = output.iter().map(tidy).collect();
    let pairs = pair(&line.forms, &tidied);
    let nothing = Accepted::new();
    let accepted = |i: usize| {
        let of_form = line.alts.as_ref().and_then(|alts| alts.get(i));
        of_form.unwrap_or(&nothing)
    };
    let mut result = FileResult {
        file: line.file.clone(),
        tags: line.tags.clone(),
        tally: Tally::of_file(line.forms.len(), output.len()),
        forms: vec![FormResult::default(); output.len()],
        n_missing_leaves: 0,
        differences: Vec::new(),
    };
    for (i, j) in &pairs.pairs {
        let comparison = compare(&line.forms[*i], &tidied[*j], accepted(*i));
        result.tally.add_pair(&comparison);
        result.forms[*j] = form_result(&output[*j], &comparison);
        let wrong = comparison.leaves.into_iter().filter(|leaf| !leaf.is_right);
        result.differences.extend(wrong.map(|leaf| Difference {
            form: i + 1,
            kind: DifferenceKind::Leaf,
            path: leaf.path,
            truth: leaf.truth,
            output: leaf.output,
        }));
    }
    for i in pairs.missing {
        let comparison = lone(&line.forms[i]);
        result.tally.add_missing(&comparison);
        result.n_missing_leaves += comparison.leaves.len() as u64;
        result.differences.push(Difference {
            form: i + 1,
            kind: DifferenceKind::MissingForm,
            path: String::new(),
            truth: Some(caption(&line.forms[i])),
            output: None,
        });
    }
    for j in pairs.extra {
        let comparison = lone(&tidied[j]);
        result.tally.add_extra(&comparison);
        result.forms[j] = form_result(&output[j], &comparison);
        result.differences.push(Difference {
            form: j + 1,
            kind: DifferenceKind::ExtraForm,
            path: String::new(),
            truth: None,
            output: Some(caption(&tidied[j])),
        });
    }
    result.tally.close_file();
    result
}

/// What a form is called: its title and its project.
fn caption(form: &Value) -> Value {
    let project = form.get("project").and_then(|project| project.get("name"));
    let texts = [form.get("title"), project].into_iter().flatten();
    let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
    texts.join(" ").into()
}

fn form_result(form: &Value, comparison: &Comparison) -> FormResult {
    let leaves = &comparison.leaves;
    FormResult {
        n_wrong: leaves.iter().filter(|leaf| !leaf.is_right).count() as u64,
        believed: believed(form, leaves),
        doubted: Record::deserialize(form)
            .ok()
            .map(|record| doubted(&record, leaves)),
    }
}

fn doubted(record: &Record, leaves: &[Leaf]) -> Doubted {
    let mut units: BTreeMap<&str, Unit> = BTreeMap::new();
    let doubts = leaf_doubts(record);
    for (pointer, doubt) in &doubts {
        // Attributes are not compared.
        if !pointer.starts_with("/attributes/") {
            units.insert(
                pointer,
                Unit {
                    doubt: *doubt,
                    n_wrong: 0,
                },
            );
        }
    }
    let mut n_outside = 0;
    for leaf in leaves {
        let n_wrong = u64::from(!leaf.is_right);
        match &leaf.pointer {
            Some(pointer) => {
                let undoubted = Unit {
                    doubt: 0.0,
                    n_wrong: 0,
                };
                units.entry(pointer).or_insert(undoubted).n_wrong += n_wrong;
            }
            None => n_outside += n_wrong,
        }
    }
    Doubted {
        doubt: form_doubt(record),
        leaves: units.into_values().collect(),
        n_outside,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::report::{ReportParams, report};
    use super::*;

    fn truth() -> Vec<TruthLine> {
        let line = json!({
            "file": "files/a.pdf",
            "tags": ["scan"],
            "forms": [
                { "title": "甲表", "project": { "code": "41", "name": "道路养护" } },
                { "title": "乙表", "project": { "code": "52", "name": "扶贫助学" } }
            ],
            "alts": [{ "/title": ["甲 表"] }, {}]
        });
        vec![serde_json::from_value(line).unwrap()]
    }

    fn form(path: &str, title: &str, code: &str, name: &str) -> Value {
        json!({ "document": { "path": path }, "title": title, "project": { "code": code, "name": name } })
    }

    const PARAMS: ReportParams = ReportParams {
        n_worst: 1,
        n_differences: 2,
    };

    #[test]
    fn forms_find_their_file_and_their_form() {
        let mut evaluation = Evaluation::new(truth());
        evaluation
            .add(form("x/a.pdf", "乙表", "52", "扶贫助学"))
            .unwrap();
        evaluation
            .add(form("x/a.pdf", "甲表", "42", "道路养护"))
            .unwrap();
        evaluation
            .add(form("x/b.pdf", "甲表", "42", "道路养护"))
            .unwrap();
        let files = evaluation.files(|_| true);
        let report = report(&files, evaluation.n_unmatched(), &PARAMS);
        assert_eq!(report.unmatched_paths, 1);
        assert_eq!(report.overall.field_f1, Some(0.8333));
        assert_eq!(report.tags["scan"].forms_exact, Some(0.5));
        let difference = &report.worst[0].differences[0];
        assert_eq!(
            (difference.form, difference.path.as_str()),
            (1, "/project/code")
        );
        assert_eq!(report.calibration, None);
    }

    #[test]
    fn forms_that_only_one_side_has_are_told() {
        let mut evaluation = Evaluation::new(truth());
        evaluation
            .add(form("a.pdf", "乙表", "52", "扶贫助学"))
            .unwrap();
        evaluation
            .add(form("a.pdf", "丙", "9", "完全不同"))
            .unwrap();
        let files = evaluation.files(|_| true);
        assert_eq!(files[0].n_missing_leaves, 3);
        let kinds: Vec<_> = files[0].differences.iter().map(|one| one.kind).collect();
        assert_eq!(
            kinds,
            [DifferenceKind::MissingForm, DifferenceKind::ExtraForm]
        );
        let report = report(&files, 0, &PARAMS);
        // Neither form is a record: nothing says how much they are doubted.
        assert_eq!(report.efficiency.forms.outside, 6);
        assert_eq!(report.efficiency.documents.wrong, 6);
    }
}
