//! The report: all figures of a run, as `jixiao eval --json` writes them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::calibration::{Believed, Calibration, calibrate};
use super::efficiency::{Efficiency, Unit, efficiency};
use super::evaluate::FileResult;
use super::tally::{FieldFigures, Figures, Tally};

/// `schema` of a report.
pub(super) const EVAL_SCHEMA: &str = "jixiao.eval/1";

/// A run beside the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Always `jixiao.eval/1`.
    pub schema: &'static str,
    /// All files.
    pub overall: Figures,
    /// Files of each tag of the truth.
    pub tags: BTreeMap<String, Figures>,
    /// Fields, over the forms that were found: `/indicators/*/weight`.
    pub fields: BTreeMap<String, FieldFigures>,
    /// Forms of documents that the truth does not name.
    pub unmatched_paths: u64,
    /// Whether confidences can be believed; null where the run has none: they are of recognised pages, and come with `--provenance`.
    pub calibration: Option<Calibration>,
    /// What it is worth to look first at what jixiao doubts.
    pub efficiency: ByUnit,
    /// Files with the most errors, as many as were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub worst: Vec<WorstFile>,
}

/// Review efficiency by what is looked at as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByUnit {
    /// Forms of the run that are records. Outside are the leaves of forms that the run does not have, or that are no records.
    pub forms: Efficiency,
    /// Documents of the truth, in the order of their most doubted form; those of which the run has no form come first.
    pub documents: Efficiency,
    /// Values of the records, and empty places that are doubted. Outside are the leaves of missing rows, funds and forms.
    pub leaves: Efficiency,
}

/// A file with many errors.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstFile {
    /// As the truth names it.
    pub file: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its figures.
    pub report: Figures,
    /// Differing leaves, the first of them.
    pub differences: Vec<Difference>,
    /// All of them.
    pub n_differences: u64,
}

/// A leaf that differs, or a form that only one side has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Number of the form from 1: in the truth, of a form in excess in the output.
    pub form: usize,
    /// Whether both sides have the form.
    pub kind: DifferenceKind,
    /// What was compared; empty for whole forms.
    pub path: String,
    /// What the truth has; of a whole form its title and project.
    pub truth: Option<Value>,
    /// What the output has.
    pub output: Option<Value>,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// A leaf.
    Leaf,
    /// The output does not have the form.
    MissingForm,
    /// The truth does not have the form.
    ExtraForm,
}

/// Settings of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportParams {
    /// How many of the worst files are listed.
    pub n_worst: usize,
    /// How many differences of each.
    pub n_differences: usize,
}

/// Makes the report of these files.
#[must_use]
pub fn report(files: &[FileResult], unmatched_paths: u64, params: &ReportParams) -> Report {
    let mut overall = Tally::default();
    let mut tags: BTreeMap<&str, Tally> = BTreeMap::new();
    for file in files {
        overall.add(&file.tally);
        for tag in &file.tags {
            tags.entry(tag).or_default().add(&file.tally);
        }
    }
    let believed: Vec<Believed> = files
        .iter()
        .flat_map(|file| &file.forms)
        .flat_map(|form| form.believed.iter().copied())
        .collect();
    Report {
        schema: EVAL_SCHEMA,
        overall: overall.figures(),
        tags: tags
            .iter()
            .map(|(tag, tally)| ((*tag).to_owned(), tally.figures()))
            .collect(),
        fields: overall.fields(),
        unmatched_paths,
        calibration: calibrate(&believed),
        efficiency: by_unit(files),
        worst: worst(files, params),
    }
}

/// The files with the most errors, by name where they have as many.
fn worst(files: &[FileResult], params: &ReportParams) -> Vec<WorstFile> {
    let mut order: Vec<&FileResult> = files.iter().collect();
    order.sort_by(|a, b| {
        let by_errors = b.tally.n_errors().cmp(&a.tally.n_errors());
        by_errors.then_with(|| a.file.cmp(&b.file))
    });
    order.truncate(params.n_worst);
    order.retain(|file| !file.differences.is_empty());
    let file = |file: &&FileResult| WorstFile {
        file: file.file.clone(),
        tags: file.tags.clone(),
        report: file.tally.figures(),
        n_differences: file.differences.len() as u64,
        differences: file
            .differences
            .iter()
            .take(params.n_differences)
            .cloned()
            .collect(),
    };
    order.iter().map(file).collect()
}

fn by_unit(files: &[FileResult]) -> ByUnit {
    let (mut forms, mut documents, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
    let (mut outside_forms, mut outside_leaves) = (0, 0);
    for file in files {
        outside_forms += file.n_missing_leaves;
        outside_leaves += file.n_missing_leaves;
        let mut document = Unit {
            doubt: f64::NEG_INFINITY,
            n_wrong: file.n_missing_leaves,
        };
        for form in &file.forms {
            document.n_wrong += form.n_wrong;
            let Some(doubted) = &form.doubted else {
                outside_forms += form.n_wrong;
                outside_leaves += form.n_wrong;
                continue;
            };
            document.doubt = document.doubt.max(doubted.doubt);
            forms.push(Unit {
                doubt: doubted.doubt,
                n_wrong: form.n_wrong,
            });
            leaves.extend(doubted.leaves.iter().copied());
            outside_leaves += doubted.n_outside;
        }
        if document.doubt.is_infinite() {
            document.doubt = f64::INFINITY;
        }
        documents.push(document);
    }
    ByUnit {
        forms: efficiency(forms, outside_forms),
        documents: efficiency(documents, 0),
        leaves: efficiency(leaves, outside_leaves),
    }
}
