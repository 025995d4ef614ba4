//! What the page asks for, and what it says: made of the run, the sample and what was said before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};

use super::index::{Head, Index, ordinal_of};
use super::pages::{Part, Wanted};
use super::said::Said;
use super::{ReviewError, clock, tried};
use crate::correct::{CORRECTION_SCHEMA, Correction, Operation, check};
use crate::model::Code;
use crate::runs::RunError;
use crate::sample::{ReviewSet, SAMPLE_SCHEMA, VERDICT_SCHEMA, Verdict, VerdictKind};

/// Most entries of a list that are given at a time.
const MOST_ENTRIES: u32 = 200;
/// Longest text that is said by a person, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

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
    index: Index,
    sample: Option<Sample>,
    said: Mutex<Said>,
    by: String,
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

/// What the page says is to become of a form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    form: u32,
    op: Operation,
    pointer: String,
    #[serde(default)]
    old: Value,
    #[serde(default)]
    new: Value,
    #[serde(default)]
    row: Option<Value>,
    #[serde(default)]
    why: Option<String>,
}

/// Corrections that are made together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wishes {
    document: String,
    corrections: Vec<Wish>,
}

/// What the page says of a form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Judgement {
    form_id: String,
    verdict: VerdictKind,
    #[serde(default)]
    note: Option<String>,
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

    fn said(&self) -> MutexGuard<'_, Said> {
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

    /// A part of the list of forms.
    pub(super) fn list(
        &self,
        order: Order,
        which: Which,
        from: u32,
        n: u32,
    ) -> Result<Value, Refusal> {
        let mut places: Vec<u32> = self.scope(order);
        if which != Which::All {
            let mut kept = Vec::new();
            for form in places {
                if self.is_of_kind(form, which)? {
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

    fn is_of_kind(&self, form: u32, which: Which) -> Result<bool, Refusal> {
        let id = self.index.id_of(form);
        let said = self.said();
        let verdict = said.verdict(&id).map(|verdict| verdict.verdict);
        Ok(match which {
            Which::All => true,
            Which::Open => verdict.is_none(),
            Which::Approved => verdict == Some(VerdictKind::Approved),
            Which::Defective => verdict == Some(VerdictKind::Defective),
            Which::Flagged => verdict == Some(VerdictKind::Flagged),
            Which::Corrected => said.n_corrections(&id) > 0,
        })
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
            "doubt": head.doubt(),
            "verdict": said.verdict(form_id).map(|verdict| verdict.verdict),
            "n_corrections": said.n_corrections(form_id),
        }))
    }

    /// A form with all that the page shows of it, as JSON. The record stands in it as it stands in the run.
    pub(super) fn form(&self, id: &str, order: Order) -> Result<String, Refusal> {
        let ordinal = ordinal_of(id).ok_or(Refusal::Unknown)?;
        let found = self.index.find(id);
        let first = id
            .split_once('-')
            .and_then(|(hex, _)| self.first_of(hex))
            .ok_or(Refusal::Unknown)?;
        let document = self.index.document_of(found.unwrap_or(first));
        let ledger = self.index.document(document)?.ok_or(Refusal::Unknown)?;
        let line = match found {
            Some(form) => String::from_utf8_lossy(&self.index.form_line(form)?)
                .trim_end()
                .to_owned(),
            None => "null".to_owned(),
        };
        let said = self.said();
        let corrections = said.corrections(ledger.id.as_deref().unwrap_or_default());
        let is_added = corrections
            .iter()
            .any(|c| c.form == ordinal && c.operation == Operation::Add && c.pointer.is_empty());
        if found.is_none() && !is_added {
            return Err(Refusal::Unknown);
        }
        let hex = id.split_once('-').map_or("", |(hex, _)| hex);
        let siblings = self.siblings(document, corrections, hex)?;
        let scope = self.scope(order);
        let rest = json!({
            "form_id": id,
            "document_index": document,
            "document": ledger,
            "corrections": corrections,
            "verdict": said.verdict(id),
            "siblings": siblings,
            "place": found.and_then(|form| scope.iter().position(|other| *other == form)),
        });
        let rest = rest.to_string();
        Ok(format!("{{\"record\":{line},{}", &rest[1..]))
    }

    fn first_of(&self, hex: &str) -> Option<u32> {
        self.index.find_document(hex)
    }

    /// Forms of a document, those that were added included: ids, titles and places.
    fn siblings(
        &self,
        document: u32,
        corrections: &[Correction],
        hex: &str,
    ) -> Result<Vec<Value>, Refusal> {
        let mut siblings = Vec::new();
        let mut last = 0;
        for form in self.index.forms_of(document) {
            let head = self.index.head(form)?;
            last = last.max(ordinal_of(&head.form_id).unwrap_or(0));
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
            siblings.push(json!({ "form_id": format!("{hex}-{ordinal:04}"), "title": null, "pages": null, "lines": null, "n_indicators": null, "added": true }));
        }
        Ok(siblings)
    }

    /// A part of the list of documents without forms.
    pub(super) fn documents(&self, from: u32, n: u32) -> Result<Value, Refusal> {
        let all = self.index.without_forms();
        let mut entries = Vec::new();
        for document in all
            .iter()
            .skip(from as usize)
            .take(n.min(MOST_ENTRIES) as usize)
        {
            let line = self.index.document(*document)?.ok_or(Refusal::Unknown)?;
            entries.push(json!({ "document_index": document, "document": line }));
        }
        Ok(json!({ "total": all.len(), "from": from, "documents": entries }))
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

    /// Corrections that are made together: tried on the forms that they are of, and kept. They come back as they were kept.
    pub(super) fn correct(&self, wishes: Wishes) -> Result<Value, Refusal> {
        let Wishes {
            document,
            corrections,
        } = wishes;
        if corrections.is_empty() {
            return Err(Refusal::Unfit("there is nothing to correct".to_owned()));
        }
        let hex = document.get(..16).ok_or(Refusal::Unknown)?.to_owned();
        let place = self.index.find_document(&hex).ok_or(Refusal::Unknown)?;
        let ledger = self
            .index
            .document(self.index.document_of(place))?
            .ok_or(Refusal::Unknown)?;
        if ledger.id.as_deref() != Some(document.as_str()) {
            return Err(Refusal::Unknown);
        }
        let at = clock::now();
        let mut said = self.said();
        let before = said.corrections(&document).to_vec();
        let mut states: BTreeMap<u32, Option<Value>> = BTreeMap::new();
        let mut made = Vec::new();
        for wish in corrections {
            if wish
                .why
                .as_ref()
                .is_some_and(|why| why.len() > LONGEST_TEXT)
            {
                return Err(Refusal::Unfit("the reason is too long".to_owned()));
            }
            if !states.contains_key(&wish.form) {
                let state = self.state(&hex, wish.form, &before)?;
                states.insert(wish.form, state);
            }
            let state = states.entry(wish.form).or_default();
            let is_whole = wish.pointer.is_empty();
            let mut correction = Correction {
                schema: CORRECTION_SCHEMA.to_owned(),
                document: document.clone(),
                form: wish.form,
                operation: wish.op,
                pointer: wish.pointer,
                old: wish.old,
                new: wish.new,
                row: wish.row,
                by: self.by.clone(),
                at: at.clone(),
                why: wish.why,
            };
            if is_whole {
                // Numbers of a whole form do not come back from a page as they went.
                correction.old = state.clone().unwrap_or_default();
                let mut earlier = before.iter().chain(&made).rev();
                let gone =
                    earlier.find(|c: &&Correction| c.form == wish.form && c.pointer.is_empty());
                if let (Operation::Add, Some(gone)) =
                    (wish.op, gone.filter(|c| c.operation == Operation::Remove))
                {
                    correction.new = gone.old.clone();
                }
            }
            check(&correction).map_err(|error| Refusal::Unfit(error.to_string()))?;
            *state = tried::corrected(state.take(), &[&correction]).map_err(Refusal::Unfit)?;
            made.push(correction);
        }
        for state in states.values() {
            tried::check(state.as_ref()).map_err(Refusal::Unfit)?;
        }
        let answer = json!({ "corrections": made });
        said.correct(made)?;
        Ok(answer)
    }

    /// A form as it stands after what was said before.
    fn state(
        &self,
        hex: &str,
        ordinal: u32,
        before: &[Correction],
    ) -> Result<Option<Value>, Refusal> {
        let record = match self.index.find(&format!("{hex}-{ordinal:04}")) {
            Some(form) => {
                let line = self.index.form_line(form)?;
                Some(
                    serde_json::from_slice(&line)
                        .map_err(|error| Refusal::Failed(error.to_string()))?,
                )
            }
            None => None,
        };
        let own: Vec<&Correction> = before.iter().filter(|c| c.form == ordinal).collect();
        tried::corrected(record, &own).map_err(Refusal::Unfit)
    }

    /// Keeps what is said of a form.
    pub(super) fn judge(&self, judgement: Judgement) -> Result<Value, Refusal> {
        let Judgement {
            form_id,
            verdict,
            note,
        } = judgement;
        if note.as_ref().is_some_and(|note| note.len() > LONGEST_TEXT) {
            return Err(Refusal::Unfit("the note is too long".to_owned()));
        }
        let ordinal = ordinal_of(&form_id).ok_or(Refusal::Unknown)?;
        let hex = form_id.split_once('-').map_or("", |(hex, _)| hex);
        let place = self.index.find_document(hex).ok_or(Refusal::Unknown)?;
        let ledger = self
            .index
            .document(self.index.document_of(place))?
            .ok_or(Refusal::Unknown)?;
        let document = ledger.id.unwrap_or_default();
        let mut said = self.said();
        let is_added = || {
            said.corrections(&document)
                .iter()
                .any(|c| c.form == ordinal && c.operation == Operation::Add)
        };
        if self.index.find(&form_id).is_none() && !is_added() {
            return Err(Refusal::Unknown);
        }
        let verdict = Verdict {
            schema: VERDICT_SCHEMA.to_owned(),
            form_id,
            document,
            verdict,
            by: self.by.clone(),
            at: clock::now(),
            note: note.filter(|note| !note.is_empty()),
        };
        let answer = json!({ "verdict": verdict });
        said.judge(verdict)?;
        Ok(answer)
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
            "zh": code.summary_zh(),
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
    use super::super::testing;
    use super::*;

    fn wishes(value: Value) -> Wishes {
        serde_json::from_value(value).unwrap()
    }

    fn replace(pointer: &str, old: Value, new: Value) -> Wishes {
        wishes(
            json!({"document": testing::DOCUMENT, "corrections": [{"form": 1, "op": "replace", "pointer": pointer, "old": old, "new": new}]}),
        )
    }

    #[track_caller]
    fn check_unfit(wishes: Wishes, expected: &str) {
        let run = testing::run();
        match testing::review(&run).correct(wishes) {
            Err(Refusal::Unfit(reason)) => assert!(reason.contains(expected), "{reason}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_correction_is_kept_and_shown_again() {
        let run = testing::run();
        let review = testing::review(&run);
        review
            .correct(replace("/title", json!("目标表"), json!("绩效目标表")))
            .unwrap();
        review
            .correct(replace("/title", json!("绩效目标表"), json!("表")))
            .unwrap();
        drop(review);
        let answer: Value = serde_json::from_str(
            &testing::review(&run)
                .form(testing::FIRST, Order::Doubt)
                .unwrap(),
        )
        .unwrap();
        assert_eq!(answer["record"]["title"], "目标表");
        assert_eq!(answer["corrections"][1]["new"], "表");
        assert_eq!(answer["siblings"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_would_be_no_record_is_not_kept() {
        check_unfit(
            replace("/indicators/0/weight", json!("10"), json!("十")),
            "no decimal",
        );
        check_unfit(
            replace("/fiscal_year", json!(2023), json!("2023")),
            "invalid type",
        );
        check_unfit(replace("/title", json!("别的"), json!("表")), "expected");
        check_unfit(
            replace("/nothing", Value::Null, json!("表")),
            "points to nothing",
        );
        check_unfit(
            replace("/form_id", json!("aaaaaaaaaaaaaaaa-0001"), json!("x")),
            "points to nothing",
        );
    }

    #[test]
    fn rows_are_given_to_the_next_form_together() {
        let run = testing::run();
        let review = testing::review(&run);
        let first: Value =
            serde_json::from_slice(&testing::form(testing::FIRST, "a.txt", "x")).unwrap();
        let row = &first["indicators"][1];
        let moved = wishes(json!({"document": testing::DOCUMENT, "corrections": [
            {"form": 1, "op": "remove", "pointer": "/indicators/1", "old": row},
            {"form": 2, "op": "add", "pointer": "/indicators/0", "new": row},
        ]}));
        let answer = review.correct(moved).unwrap();
        assert_eq!(
            answer["corrections"][0]["at"],
            answer["corrections"][1]["at"]
        );
        assert_eq!(
            review
                .state(
                    "aaaaaaaaaaaaaaaa",
                    2,
                    review.said().corrections(testing::DOCUMENT)
                )
                .unwrap()
                .unwrap()["indicators"]
                .as_array()
                .unwrap()
                .len(),
            3
        );
    }

    #[test]
    fn a_form_that_was_added_can_be_seen_and_judged() {
        let run = testing::run();
        let review = testing::review(&run);
        let id = "aaaaaaaaaaaaaaaa-0003";
        assert!(matches!(review.form(id, Order::Run), Err(Refusal::Unknown)));
        let record: Value = serde_json::from_slice(&testing::form(id, "a.txt", "新表")).unwrap();
        review.correct(wishes(json!({"document": testing::DOCUMENT, "corrections": [{"form": 3, "op": "add", "pointer": "", "new": record}]}))).unwrap();
        let answer: Value = serde_json::from_str(&review.form(id, Order::Run).unwrap()).unwrap();
        assert_eq!(
            (
                &answer["record"],
                answer["siblings"].as_array().unwrap().len()
            ),
            (&Value::Null, 3)
        );
        let judgement = Judgement {
            form_id: id.to_owned(),
            verdict: VerdictKind::Approved,
            note: None,
        };
        assert!(review.judge(judgement).is_ok());
    }

    #[test]
    fn a_form_that_comes_back_is_the_one_that_was_taken_away() {
        let run = testing::run();
        let review = testing::review(&run);
        let whole = |op: &str, new: Value| {
            wishes(
                json!({"document": testing::DOCUMENT, "corrections": [{"form": 1, "op": op, "pointer": "", "new": new}]}),
            )
        };
        review.correct(whole("remove", Value::Null)).unwrap();
        // As a page sends it, with numbers that have lost their points.
        review
            .correct(whole("add", json!({"confidence": 1})))
            .unwrap();
        let said = review.said();
        let corrections = said.corrections(testing::DOCUMENT);
        assert_eq!(corrections[0].old, corrections[1].new);
        assert!(crate::correct::net(corrections)[0].is_undone());
    }

    #[test]
    fn lists_are_ordered_and_sifted() {
        let run = testing::run();
        let review = testing::review(&run);
        let ids = |order, which| -> Vec<String> {
            let list = review.list(order, which, 0, 10).unwrap();
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
            json!({"schema": SAMPLE_SCHEMA, "plan": "n:1", "seed": 1, "n_forms": 3, "forms_sha256": sha256, "strata": [],
            "forms": [{"form_id": testing::THIRD, "document": testing::OTHER, "path": "b.txt", "stratum": 0}]}).to_string()
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
