//! What the page says: corrections are tried on the forms that they are of, and kept with verdicts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::{Refusal, Review};
use super::{clock, tried};
use crate::correct::{CORRECTION_SCHEMA, Correction, Operation, check};
use crate::model::FormId;
use crate::sample::{VERDICT_SCHEMA, Verdict, VerdictKind};

/// Longest text that is said by a person, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

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
    pub(super) form_id: String,
    pub(super) verdict: VerdictKind,
    #[serde(default)]
    pub(super) note: Option<String>,
}

impl Review {
    /// Corrections that are made together: tried on the forms that they are of, and kept. They come back as they were kept.
    pub(super) fn correct(&self, wishes: Wishes) -> Result<Value, Refusal> {
        let Wishes {
            document,
            corrections,
        } = wishes;
        if corrections.is_empty() {
            return Err(Refusal::Unfit("there is nothing to correct".to_owned()));
        }
        let first = FormId::new(&document, 1).ok_or(Refusal::Unknown)?;
        let place = self.index.find_document(first.document);
        let place = place.ok_or(Refusal::Unknown)?;
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
            let state = match states.entry(wish.form) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let id = FormId {
                        ordinal: wish.form,
                        ..first
                    };
                    place.insert(self.state(id, &before)?)
                }
            };
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
    fn state(&self, id: FormId, before: &[Correction]) -> Result<Option<Value>, Refusal> {
        let record = match self.index.find(&id.to_string()) {
            Some(form) => {
                let line = self.index.form_line(form)?;
                Some(
                    serde_json::from_slice(&line)
                        .map_err(|error| Refusal::Failed(error.to_string()))?,
                )
            }
            None => None,
        };
        let own: Vec<&Correction> = before.iter().filter(|c| c.form == id.ordinal).collect();
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
        let id = FormId::parse(&form_id).ok_or(Refusal::Unknown)?;
        let place = self.index.find_document(id.document);
        let place = place.ok_or(Refusal::Unknown)?;
        let ledger = self
            .index
            .document(self.index.document_of(place))?
            .ok_or(Refusal::Unknown)?;
        let document = ledger.id.unwrap_or_default();
        let mut said = self.said();
        let is_added = || {
            said.corrections(&document)
                .iter()
                .any(|c| c.form == id.ordinal && c.operation == Operation::Add)
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
}

#[cfg(test)]
mod tests {
    use super::super::answers::Order;
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
                    FormId::parse(testing::SECOND).unwrap(),
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
}
