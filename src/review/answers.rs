//! What the page asks for: made of the run, the sample and what was said before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};

use super::ReviewError;
use super::index::{Head, Index};
use super::pages::{Part, Wanted};
use super::said::Said;
use super::search::Search;
use crate::correct::{Correction, Operation};
use crate::model::doubt::leaf_doubts;
use crate::model::record::Finding;
use crate::model::{Code, FormId, Record};
use crate::runs::RunError;
use crate::sample::{ReviewSet, SAMPLE_SCHEMA, VerdictKind};

/// Doubt of a value from which on it is told.
const LEAST_DOUBT: f64 = 0.02;
/// Most entries of a list that are given at a time.
const MOST_ENTRIES: u32 = 200;
/// What is reviewed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewParams {
    /// The run directory.
    pub run: PathBuf,
    /// The review set; `None` for all forms.
    pub sample: Option<PathBuf>,
    /// Where corrections are appended.
    pub corrections: PathBuf,
    /// Where verdicts are appended.
    pub verdicts: PathBuf,
    /// Who speaks.
    pub by: String,
}

/// A run that is reviewed.
#[derive(Debug)]
pub struct Review {
    pub(super) index: Index,
    sample: Option<Sample>,
    said: Mutex<Said>,
    pub(super) by: String,
}

#[derive(Debug)]
struct Sample {
    plan: String,
    /// Drawn forms, the most doubtful first.
    by_doubt: Vec<u32>,
    drawn: BTreeSet<u32>,
}

/// Why the page gets no answer.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is no such form, document or page.
    Unknown,
    /// What is said does not fit what is there.
    Unfit(String),
    /// What is said cannot be kept, or the run cannot be read any more.
    Failed(String),
}

impl From<RunError> for Refusal {
    fn from(error: RunError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ReviewError> for Refusal {
    fn from(error: ReviewError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// In which order forms are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// The most doubtful first.
    Doubt,
    /// As in the run.
    Run,
}

/// Which forms are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Which {
    All,
    /// Of which nothing was said yet.
    Open,
    Approved,
    Defective,
    Flagged,
    Corrected,
}

impl Review {
    /// Opens a run for review.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub fn open(params: &ReviewParams) -> Result<Self, ReviewError> {
        let index = Index::build(&params.run)?;
        let sample = match &params.sample {
            None => None,
            Some(path) => Some(read_sample(path, &index)?),
        };
        let said = Said::open(&params.corrections, &params.verdicts)?;
        Ok(Self {
            index,
            sample,
            said: Mutex::new(said),
            by: params.by.clone(),
        })
    }

    /// Forms that are to be looked at.
    #[must_use]
    pub fn n_forms(&self) -> u32 {
        self.sample.as_ref().map_or(self.index.n_forms(), |sample| {
            u32::try_from(sample.by_doubt.len()).unwrap_or(u32::MAX)
        })
    }

    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        // What is held is changed only after it was written: nothing half-said can be seen after a panic.
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the page has to know before anything else.
    pub(super) fn about(&self) -> Value {
        json!({
            "n_forms": self.n_forms(),
            "n_documents": self.index.n_documents(),
            "n_without_forms": self.index.without_forms().len(),
            "plan": self.sample.as_ref().map(|sample| &sample.plan),
            "by": self.by,
            "digest": self.index.digest,
            "version": env!("CARGO_PKG_VERSION"),
        })
    }

    /// How far the review is: forms by what was said of them.
    pub(super) fn progress(&self) -> Value {
        let mut counts = BTreeMap::from([("approved", 0u32), ("defective", 0), ("flagged", 0)]);
        let said = self.said();
        for verdict in said.verdicts() {
            let is_wanted = self
                .index
                .find(&verdict.form_id)
                .is_some_and(|form| self.is_in_scope(form));
            if let Some(name) = name_of(verdict.verdict).filter(|_| is_wanted) {
                *counts.entry(name).or_default() += 1;
            }
        }
        json!(counts)
    }

    fn is_in_scope(&self, form: u32) -> bool {
        self.sample
            .as_ref()
            .is_none_or(|sample| sample.drawn.contains(&form))
    }

    /// The forms that are to be looked at, in this order.
    pub(super) fn scope(&self, order: Order) -> Vec<u32> {
        match (&self.sample, order) {
            (None, Order::Doubt) => self.index.by_doubt().to_vec(),
            (None, Order::Run) => (0..self.index.n_forms()).collect(),
            (Some(sample), Order::Doubt) => sample.by_doubt.clone(),
            (Some(sample), Order::Run) => sample.drawn.iter().copied().collect(),
        }
    }

    /// A part of the list of forms: of those in which `text` stands, if there is one.
    pub(super) fn list(
        &self,
        order: Order,
        which: Which,
        text: &str,
        from: u32,
        n: u32,
    ) -> Result<Value, Refusal> {
        let mut places: Vec<u32> = self.scope(order);
        let search = Search::new(text);
        if which != Which::All || search.is_some() {
            let mut kept = Vec::new();
            for form in places {
                let holds = |search| self.holds(form, search);
                if self.is_of_kind(form, which) && search.as_ref().map_or(Ok(true), holds)? {
                    kept.push(form);
                }
            }
            places = kept;
        }
        let chosen = places
            .iter()
            .skip(from as usize)
            .take(n.min(MOST_ENTRIES) as usize);
        let entries: Result<Vec<Value>, Refusal> = chosen.map(|form| self.entry(*form)).collect();
        Ok(json!({ "total": places.len(), "from": from, "forms": entries? }))
    }

    /// Whether a text stands in a form as it was read, or in what was said of it since.
    fn holds(&self, form: u32, search: &Search) -> Result<bool, Refusal> {
        if search.is_in_record(&self.index.form_line(form)?) {
            return Ok(true);
        }
        let said = self.said();
        let is_said = said
            .corrections_of(&self.index.id_of(form))
            .any(|correction| search.is_in(&correction.new));
        Ok(is_said)
    }

    fn is_of_kind(&self, form: u32, which: Which) -> bool {
        let id = self.index.id_of(form);
        let said = self.said();
        let verdict = said.verdict(&id).map(|verdict| verdict.verdict);
        match which {
            Which::All => true,
            Which::Open => verdict.is_none(),
            Which::Approved => verdict == Some(VerdictKind::Approved),
            Which::Defective => verdict == Some(VerdictKind::Defective),
            Which::Flagged => verdict == Some(VerdictKind::Flagged),
            Which::Corrected => said.n_corrections(&id) > 0,
        }
    }

    /// The next form after this one of which nothing was said, in this order; it goes on from the beginning.
    pub(super) fn next_open(&self, order: Order, after: Option<&str>) -> Value {
        let scope = self.scope(order);
        let start = after
            .and_then(|id| self.index.find(id))
            .and_then(|form| scope.iter().position(|other| *other == form))
            .map_or(0, |at| at + 1);
        let said = self.said();
        let places = (start..scope.len()).chain(0..start.min(scope.len()));
        let mut ids = places.map(|at| (at, self.index.id_of(scope[at])));
        let open = ids.find(|(_, id)| said.verdict(id).is_none() && Some(id.as_str()) != after);
        open.map_or(
            Value::Null,
            |(place, id)| json!({ "place": place, "form_id": id }),
        )
    }

    fn entry(&self, form: u32) -> Result<Value, Refusal> {
        let head = self.index.head(form)?;
        let said = self.said();
        let count = |severity: &str| {
            head.diagnostics
                .iter()
                .filter(|f| f.severity == severity)
                .count()
        };
        let Head {
            form_id,
            document,
            family,
            title,
            fiscal_year,
            confidence,
            ..
        } = &head;
        let name = |named: &Option<crate::model::record::Named>| {
            named.as_ref().and_then(|n| n.name.clone())
        };
        let project = head
            .project
            .as_ref()
            .and_then(|p| p.name.clone().or_else(|| p.code.clone()));
        Ok(json!({
            "form_id": form_id,
            "path": document.path,
            "pages": document.pages,
            "lines": document.lines,
            "source": document.source,
            "family": family,
            "title": title,
            "fiscal_year": fiscal_year,
            "name": project.or_else(|| name(&head.budget_unit)).or_else(|| name(&head.department)),
            "confidence": confidence,
            "errors": count("error"),
            "warnings": count("warning"),
            "infos": count("info"),
            "failed": head.checks.iter().filter(|check| check.outcome == "fail").count(),
            "n_indicators": head.indicators.len(),
            "doubt": self.index.doubt(form),
            "verdict": said.verdict(form_id).map(|verdict| verdict.verdict),
            "n_corrections": said.n_corrections(form_id),
        }))
    }

    /// A form with all that the page shows of it, as JSON. The record stands in it as it stands in the run.
    pub(super) fn form(&self, id: &str, order: Order) -> Result<String, Refusal> {
        let FormId {
            document: prefix,
            ordinal,
        } = FormId::parse(id).ok_or(Refusal::Unknown)?;
        let found = self.index.find(id);
        let first = self.index.find_document(prefix).ok_or(Refusal::Unknown)?;
        let document = self.index.document_of(found.unwrap_or(first));
        let ledger = self.index.document(document)?.ok_or(Refusal::Unknown)?;
        let line = match found {
            Some(form) => self.index.form_line(form)?,
            None => b"null".to_vec(),
        };
        let record: Option<Record> =
            serde_json::from_slice(&line).map_err(|error| Refusal::Failed(error.to_string()))?;
        let doubts = record.as_ref().map(leaf_doubts).unwrap_or_default();
        let doubts: BTreeMap<String, f64> = doubts
            .into_iter()
            .filter(|(_, doubt)| *doubt >= LEAST_DOUBT)
            .collect();
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let said = self.said();
        let corrections = said.corrections(ledger.id.as_deref().unwrap_or_default());
        let is_added = corrections
            .iter()
            .any(|c| c.form == ordinal && c.operation == Operation::Add && c.pointer.is_empty());
        if found.is_none() && !is_added {
            return Err(Refusal::Unknown);
        }
        let siblings = self.siblings(document, corrections, prefix)?;
        let scope = self.scope(order);
        let rest = json!({
            "form_id": id,
            "document_index": document,
            "document": ledger,
            "corrections": corrections,
            "verdict": said.verdict(id),
            "siblings": siblings,
            "doubts": doubts,
            "place": found.and_then(|form| scope.iter().position(|other| *other == form)),
        });
        let rest = rest.to_string();
        Ok(format!("{{\"record\":{line},{}", &rest[1..]))
    }

    /// Forms of a document, those that were added included: ids, titles and places.
    fn siblings(
        &self,
        document: u32,
        corrections: &[Correction],
        prefix: u64,
    ) -> Result<Vec<Value>, Refusal> {
        let mut siblings = Vec::new();
        let mut last = 0;
        for form in self.index.forms_of(document) {
            let head = self.index.head(form)?;
            last = last.max(FormId::ordinal_in(&head.form_id).unwrap_or(0));
            siblings.push(json!({
                "form_id": head.form_id, "title": head.title, "pages": head.document.pages, "lines": head.document.lines,
                "n_indicators": head.indicators.len(),
            }));
        }
        let added: BTreeSet<u32> = corrections
            .iter()
            .filter(|c| c.operation == Operation::Add && c.pointer.is_empty() && c.form > last)
            .map(|c| c.form)
            .collect();
        for ordinal in added {
            let id = FormId {
                document: prefix,
                ordinal,
            };
            siblings.push(json!({ "form_id": id.to_string(), "title": null, "pages": null, "lines": null, "n_indicators": null, "added": true }));
        }
        Ok(siblings)
    }

    /// A part of the list of documents without forms: of those whose path or findings hold `text`, if there is one.
    pub(super) fn documents(&self, text: &str, from: u32, n: u32) -> Result<Value, Refusal> {
        let search = Search::new(text);
        let mut places = Vec::new();
        for document in self.index.without_forms() {
            let is_wanted = match &search {
                None => true,
                Some(search) => {
                    let line = self.index.document(*document)?.ok_or(Refusal::Unknown)?;
                    let said = |finding: &Finding| {
                        search.is_in_text(&finding.code) || search.is_in_text(&finding.message)
                    };
                    search.is_in_text(&line.path) || line.diagnostics.iter().any(said)
                }
            };
            if is_wanted {
                places.push(*document);
            }
        }
        let mut entries = Vec::new();
        let chosen = places.iter().skip(from as usize);
        for document in chosen.take(n.min(MOST_ENTRIES) as usize) {
            let line = self.index.document(*document)?.ok_or(Refusal::Unknown)?;
            entries.push(json!({ "document_index": document, "document": line }));
        }
        Ok(json!({ "total": places.len(), "from": from, "documents": entries }))
    }

    /// What is to be shown of a document.
    pub(super) fn wanted(&self, document: u32, part: Part) -> Result<Wanted, Refusal> {
        let line = self.index.document(document)?.ok_or(Refusal::Unknown)?;
        Ok(Wanted {
            path: line.path,
            id: line.id.unwrap_or_default(),
            part,
        })
    }

    /// The id of a form by its place in the run.
    pub(super) fn id_of(&self, form: u32) -> String {
        self.index.id_of(form)
    }
}

/// Every code: what it means, in both languages.
pub(super) fn codes() -> Value {
    let one = |code: &Code| {
        json!({
            "name": code.name(),
            "number": format!("J{}", code.number()),
            "severity": code.severity().as_str(),
            "zh": code.explanation_zh(),
            "en": code.explanation(),
        })
    };
    Code::ALL.iter().map(one).collect()
}

fn name_of(verdict: VerdictKind) -> Option<&'static str> {
    match verdict {
        VerdictKind::Approved => Some("approved"),
        VerdictKind::Defective => Some("defective"),
        VerdictKind::Flagged => Some("flagged"),
        VerdictKind::Withdrawn => None,
    }
}

fn read_sample(path: &Path, index: &Index) -> Result<Sample, ReviewError> {
    let wrong = |reason: String| ReviewError::Sample {
        path: path.to_owned(),
        reason,
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let set: ReviewSet =
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if set.schema != SAMPLE_SCHEMA {
        return Err(wrong(format!(
            "its schema is {}, this version reads {SAMPLE_SCHEMA}",
            set.schema
        )));
    }
    if set.forms_sha256 != index.digest {
        return Err(wrong("it was drawn from another run".to_owned()));
    }
    let mut drawn = BTreeSet::new();
    for chosen in &set.forms {
        let form = index.find(&chosen.form_id);
        drawn.insert(form.ok_or_else(|| wrong(format!("the run has no form {}", chosen.form_id)))?);
    }
    let by_doubt = index
        .by_doubt()
        .iter()
        .copied()
        .filter(|form| drawn.contains(form))
        .collect();
    Ok(Sample {
        plan: set.plan,
        by_doubt,
        drawn,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sayings::Judgement;
    use super::super::testing;
    use super::*;

    #[test]
    fn lists_are_ordered_and_sifted() {
        let run = testing::run();
        let review = testing::review(&run);
        let ids = |order, which| -> Vec<String> {
            let list = review.list(order, which, "", 0, 10).unwrap();
            list["forms"]
                .as_array()
                .unwrap()
                .iter()
                .map(|form| form["form_id"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(
            ids(Order::Doubt, Which::All),
            [testing::SECOND, testing::FIRST, testing::THIRD]
        );
        assert_eq!(
            ids(Order::Run, Which::All),
            [testing::FIRST, testing::SECOND, testing::THIRD]
        );
        let judgement = Judgement {
            form_id: testing::SECOND.to_owned(),
            verdict: VerdictKind::Flagged,
            note: None,
        };
        review.judge(judgement).unwrap();
        assert_eq!(
            ids(Order::Doubt, Which::Open),
            [testing::FIRST, testing::THIRD]
        );
        assert_eq!(ids(Order::Doubt, Which::Flagged), [testing::SECOND]);
        assert_eq!(
            review.next_open(Order::Doubt, Some(testing::SECOND))["form_id"],
            testing::FIRST
        );
        assert_eq!(
            review.progress(),
            json!({"approved": 0, "defective": 0, "flagged": 1})
        );
    }

    #[test]
    fn a_sample_of_another_run_is_refused() {
        let run = testing::run();
        let path = run.path().join("sample.json");
        let set = |sha256: &str| {
            json!({"schema": SAMPLE_SCHEMA, "plan": "n:1", "seed": 1, "n_forms": 3, "forms_sha256": sha256, "n_counted": 1, "acceptance_number": 0, "strata": [],
            "forms": [{"form_id": testing::THIRD, "document": testing::OTHER, "path": "b.txt", "stratum": 0, "counted": true, "leaves": 9}]}).to_string()
        };
        let params = ReviewParams {
            sample: Some(path.clone()),
            ..testing::params(&run)
        };
        std::fs::write(&path, set("00")).unwrap();
        assert!(
            Review::open(&params)
                .unwrap_err()
                .to_string()
                .contains("another run")
        );
        let digest = Index::build(run.path()).unwrap().digest;
        std::fs::write(&path, set(&digest)).unwrap();
        let review = Review::open(&params).unwrap();
        assert_eq!((review.n_forms(), review.scope(Order::Run)), (1, vec![2]));
    }
}
