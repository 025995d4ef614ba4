//! The draw: a run is gone through twice, once to see what it is made of, once to take the forms whose ranks are lowest.

use std::collections::{BTreeMap, BinaryHeap};

use serde::Serialize as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::plan::Plan;
use super::set::{Chosen, ReviewSet, SAMPLE_SCHEMA, Stratum};
use super::strata::{Share, allocate, part};
use super::traits::Traits;
use crate::model::Record;

/// Keys of a record that say nothing that is printed: corrections of them are no errors, and they are no leaves.
pub(super) const NOT_CONTENT: [&str; 9] = [
    "schema",
    "form_id",
    "document",
    "grammar",
    "empty",
    "confidence",
    "checks",
    "diagnostics",
    "provenance",
];

/// A form of the run, as far as the draw looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFacts {
    /// Of the record.
    pub form_id: String,
    /// sha256 of the source file's bytes, hex.
    pub document: String,
    /// Path of the document.
    pub path: String,
    /// What tells it apart.
    pub traits: Traits,
}

impl FormFacts {
    /// Those of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self {
            form_id: record.form_id.clone(),
            document: record.document.id.clone(),
            path: record.document.path.clone(),
            traits: Traits::of(record),
        }
    }
}

/// Why nothing can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// There is nothing to draw.
    #[error("the run has no forms: there is nothing to look at")]
    Empty,
    /// The two readings of the run do not agree.
    #[error("the run was changed while it was read")]
    Changed,
}

/// What a run is made of. Grows with the number of different layouts, not with that of forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    counts: BTreeMap<Traits, u64>,
}

impl Survey {
    /// Takes a form into account.
    pub fn add(&mut self, traits: &Traits) {
        match self.counts.get_mut(traits) {
            Some(n) => *n += 1,
            None => {
                self.counts.insert(traits.clone(), 1);
            }
        }
    }

    /// Says of which strata how many forms are to be drawn.
    ///
    /// # Errors
    /// Where the run has no forms.
    pub fn design(&self, plan: Plan) -> Result<Design, DrawError> {
        let n_forms: u64 = self.counts.values().sum();
        if n_forms == 0 {
            return Err(DrawError::Empty);
        }
        let demand = plan.demand(n_forms);
        let (places, mut shares) = part(&self.counts, demand.n);
        allocate(&mut shares, &plan, demand.n);
        Ok(Design {
            plan,
            n_forms,
            letter: demand.letter,
            places,
            shares,
        })
    }
}

/// What is to be drawn of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    plan: Plan,
    n_forms: u64,
    letter: Option<char>,
    places: BTreeMap<Traits, usize>,
    shares: Vec<Share>,
}

/// A draw under way. Holds the forms that are drawn, and no others.
#[derive(Debug)]
pub struct Draw<'a> {
    design: &'a Design,
    seed: u64,
    n_seen: u64,
    n_seen_of: Vec<u64>,
    drawn: Vec<BinaryHeap<Candidate>>,
}

/// A form with its rank; the place in the run tells forms of one rank apart.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rank: [u8; 32],
    place: u64,
    form_id: String,
    document: String,
    path: String,
    n_leaves: u64,
}

impl<'a> Draw<'a> {
    /// Begins a draw.
    #[must_use]
    pub fn new(design: &'a Design, seed: u64) -> Self {
        Self {
            design,
            seed,
            n_seen: 0,
            n_seen_of: vec![0; design.shares.len()],
            drawn: design.shares.iter().map(|_| BinaryHeap::new()).collect(),
        }
    }

    /// Looks at a form; `n_leaves` is asked for where it is drawn for now.
    ///
    /// # Errors
    /// Where the run has no such forms by what was seen of it before.
    pub fn add(
        &mut self,
        form: &FormFacts,
        n_leaves: impl FnOnce() -> u64,
    ) -> Result<(), DrawError> {
        let stratum = *self
            .design
            .places
            .get(&form.traits)
            .ok_or(DrawError::Changed)?;
        let place = self.n_seen;
        self.n_seen += 1;
        self.n_seen_of[stratum] += 1;
        let rank = rank(self.seed, form);
        let drawn = &mut self.drawn[stratum];
        let is_full = drawn.len() as u64 >= self.design.shares[stratum].n_drawn;
        let is_lower = drawn
            .peek()
            .is_some_and(|last| (rank, place) < (last.rank, last.place));
        if is_full && !is_lower {
            return Ok(());
        }
        if is_full {
            drawn.pop();
        }
        drawn.push(Candidate {
            rank,
            place,
            form_id: form.form_id.clone(),
            document: form.document.clone(),
            path: form.path.clone(),
            n_leaves: n_leaves(),
        });
        Ok(())
    }

    /// The review set; `forms_sha256` is that of the run's forms.
    ///
    /// # Errors
    /// Where the run has other forms than were seen before.
    pub fn finish(self, forms_sha256: String) -> Result<ReviewSet, DrawError> {
        let design = self.design;
        let is_same = |(share, n): (&Share, &u64)| share.n_forms == *n;
        if !design.shares.iter().zip(&self.n_seen_of).all(is_same) {
            return Err(DrawError::Changed);
        }
        let mut forms = Vec::new();
        for (stratum, (share, drawn)) in design.shares.iter().zip(self.drawn).enumerate() {
            let ranked = drawn.into_sorted_vec().into_iter().enumerate();
            forms.extend(ranked.map(|(idx, candidate)| {
                let chosen = Chosen {
                    form_id: candidate.form_id,
                    document: candidate.document,
                    path: candidate.path,
                    stratum,
                    is_counted: (idx as u64) < share.n_counted,
                    n_leaves: candidate.n_leaves,
                };
                (candidate.place, chosen)
            }));
        }
        forms.sort_by_key(|(place, _)| *place);
        let stratum = |share: &Share| Stratum {
            name: share.name.clone(),
            n_forms: share.n_forms,
            n_drawn: share.n_drawn,
        };
        let n_counted = design.shares.iter().map(|share| share.n_counted).sum();
        Ok(ReviewSet {
            schema: SAMPLE_SCHEMA.to_owned(),
            plan: design.plan.to_string(),
            seed: self.seed,
            n_forms: design.n_forms,
            forms_sha256,
            code_letter: design.letter,
            n_counted,
            acceptance_number: design.plan.acceptance_number(design.n_forms, n_counted),
            strata: design.shares.iter().map(stratum).collect(),
            forms: forms.into_iter().map(|(_, chosen)| chosen).collect(),
        })
    }
}

/// Where a form stands in the order of the draw: by the seed and what the form is called, and nothing else. A larger sample of the same strata
/// holds the smaller one.
fn rank(seed: u64, form: &FormFacts) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(seed.to_be_bytes());
    digest.update(form.form_id.as_bytes());
    digest.update([0]);
    digest.update(form.path.as_bytes());
    digest.finalize().into()
}

/// How many values a record gives: leaves that are not null, of the keys that say what is printed.
#[must_use]
pub fn count_leaves(record: &Record) -> u64 {
    let Ok(Value::Object(record)) = record.serialize(serde_json::value::Serializer) else {
        return 0;
    };
    let content = record
        .iter()
        .filter(|(key, _)| !NOT_CONTENT.contains(&key.as_str()));
    content.map(|(_, value)| leaves(value)).sum()
}

/// Leaves of a value that are not null.
pub(super) fn leaves(value: &Value) -> u64 {
    match value {
        Value::Null => 0,
        Value::Object(map) => map.values().map(leaves).sum(),
        Value::Array(values) => values.iter().map(leaves).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::traits::Proof;
    use super::*;
    use crate::model::record::Indicator;

    fn form(n: u64) -> FormFacts {
        FormFacts {
            form_id: format!("{n:016x}-0001"),
            document: format!("{n:064x}"),
            path: format!("{n}.txt"),
            traits: Traits {
                proof: if n.is_multiple_of(10) {
                    Proof::Failed
                } else {
                    Proof::Proven
                },
                source: "text".to_owned(),
                family: "project_target".to_owned(),
                province: None,
                layout: 1,
            },
        }
    }

    fn draw(forms: &[FormFacts], plan: &str, seed: u64) -> ReviewSet {
        let mut survey = Survey::default();
        forms.iter().for_each(|form| survey.add(&form.traits));
        let design = survey.design(plan.parse().unwrap()).unwrap();
        let mut draw = Draw::new(&design, seed);
        forms.iter().for_each(|form| draw.add(form, || 7).unwrap());
        draw.finish("f".to_owned()).unwrap()
    }

    fn ids(set: &ReviewSet) -> Vec<String> {
        let mut ids: Vec<String> = set.forms.iter().map(|form| form.form_id.clone()).collect();
        ids.sort();
        ids
    }

    #[test]
    fn the_order_of_the_run_changes_nothing() {
        let forms: Vec<FormFacts> = (0..500).map(form).collect();
        let turned: Vec<FormFacts> = (0..500).rev().map(form).collect();
        let (set, other) = (
            draw(&forms, "percent:10", 7),
            draw(&turned, "percent:10", 7),
        );
        assert_eq!((ids(&set), &set.strata), (ids(&other), &other.strata));
        assert_eq!(set.forms.len(), 50);
        assert_ne!(ids(&set), ids(&draw(&forms, "percent:10", 8)));
    }

    #[test]
    fn a_larger_sample_holds_the_smaller_one() {
        let forms: Vec<FormFacts> = (0..500).map(form).collect();
        let (small, large) = (draw(&forms, "percent:10", 7), draw(&forms, "percent:20", 7));
        assert!(ids(&small).iter().all(|id| ids(&large).contains(id)));
    }

    #[test]
    fn a_form_that_does_not_count_is_drawn_all_the_same() {
        let mut forms: Vec<FormFacts> = (1..10).map(form).collect();
        forms.extend((11..2_000).filter(|n| n % 10 != 0).map(form));
        forms.push(form(0));
        let set = draw(&forms, "aql:1.0", 1);
        let lone = set.forms.iter().find(|form| !form.is_counted).unwrap();
        assert_eq!(
            set.strata[lone.stratum].name,
            "failed / common / text / project_target / -"
        );
        assert_eq!(
            (set.n_counted, set.forms.len(), set.acceptance_number),
            (125, 126, 3)
        );
    }

    #[test]
    fn a_run_without_forms_and_one_that_changed_are_said() {
        assert_eq!(
            Survey::default().design("all".parse().unwrap()),
            Err(DrawError::Empty)
        );
        let mut survey = Survey::default();
        survey.add(&form(1).traits);
        let design = survey.design("all".parse().unwrap()).unwrap();
        let mut draw = Draw::new(&design, 1);
        assert_eq!(draw.add(&form(0), || 0), Err(DrawError::Changed));
        assert_eq!(draw.finish(String::new()), Err(DrawError::Changed));
    }

    #[test]
    fn leaves_are_what_a_record_gives() {
        let row = Indicator {
            level3: Some("里程".to_owned()),
            target: Some("5".to_owned()),
            ..Indicator::default()
        };
        let record = Record {
            title: Some("表".to_owned()),
            fiscal_year: Some(2023),
            indicators: vec![row],
            confidence: Some(0.5),
            ..Record::default()
        };
        // The family, too.
        assert_eq!(count_leaves(&record), 5);
    }
}
