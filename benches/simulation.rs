//! Samples drawn and judged over and over from runs whose errors are known: does what is promised hold?
//!
//! Shared by the bench `sampling` and the tests, so that both go through the code that users go through.

use jixiao::sample::{
    Decision, Design, Draw, FormFacts, Plan, Proof, Survey, Traits, VERDICT_SCHEMA, Verdict,
    VerdictKind, judge,
};

/// Forms of a run, and which of them are wrong.
pub(crate) struct Population {
    forms: Vec<FormFacts>,
    is_defective: Vec<bool>,
}

/// What came of many draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outcome {
    /// Forms drawn.
    pub(crate) n_drawn: usize,
    /// Share of draws whose 95 % interval holds the true rate.
    pub(crate) covered: f64,
    /// Mean width of the interval.
    pub(crate) width: f64,
    /// Mean estimate.
    pub(crate) mean: f64,
    /// Share of draws that accept the run.
    pub(crate) accepted: f64,
}

impl Population {
    /// Strata of so many forms, of which so many are defective.
    pub(crate) fn new(strata: &[(usize, usize)]) -> Self {
        let (mut forms, mut is_defective) = (Vec::new(), Vec::new());
        for (idx, (n_forms, n_defective)) in strata.iter().enumerate() {
            let traits = Traits {
                proof: [Proof::Proven, Proof::Failed, Proof::Unproven][idx % 3],
                source: ["pdf_text", "ocr"][idx % 2].to_owned(),
                family: format!("family_{idx}"),
                province: Some(format!("{}", 11 + idx)),
                layout: idx as u64,
            };
            for n in 0..*n_forms {
                forms.push(FormFacts {
                    form_id: format!("{idx:08x}{n:08x}-0001"),
                    document: format!("{idx:032x}{n:032x}"),
                    path: format!("{idx}/{n}.pdf"),
                    traits: traits.clone(),
                });
                is_defective.push(n < *n_defective);
            }
        }
        Self {
            forms,
            is_defective,
        }
    }

    /// The true rate of defective forms.
    pub(crate) fn rate(&self) -> f64 {
        let n = self.is_defective.iter().filter(|is| **is).count();
        n as f64 / self.forms.len() as f64
    }

    /// Draws with the seeds from 1 to `n_draws`, has the forms looked at by someone who sees every error, and judges.
    pub(crate) fn outcome(&self, plan: &str, n_draws: u64) -> Outcome {
        let plan: Plan = plan.parse().expect("the plans here are written right");
        let mut survey = Survey::default();
        for form in &self.forms {
            survey.add(&form.traits);
        }
        let design = survey.design(plan).expect("there are forms");
        let mut outcome = Outcome {
            n_drawn: 0,
            covered: 0.0,
            width: 0.0,
            mean: 0.0,
            accepted: 0.0,
        };
        for seed in 1..=n_draws {
            self.draw(&design, seed, &mut outcome);
        }
        let n = n_draws as f64;
        Outcome {
            n_drawn: outcome.n_drawn,
            covered: outcome.covered / n,
            width: outcome.width / n,
            mean: outcome.mean / n,
            accepted: outcome.accepted / n,
        }
    }

    fn draw(&self, design: &Design, seed: u64, outcome: &mut Outcome) {
        let mut draw = Draw::new(design, seed);
        for form in &self.forms {
            draw.add(form, || 50).expect("the run is the same");
        }
        let set = draw.finish(String::new()).expect("the run is the same");
        // Ids are hex numbers in the order of the forms.
        let place = |id: &str| {
            let place = self
                .forms
                .binary_search_by(|form| form.form_id.as_str().cmp(id));
            place.expect("what was drawn is of the run")
        };
        let verdict = |form_id: &str, document: &str| Verdict {
            schema: VERDICT_SCHEMA.to_owned(),
            form_id: form_id.to_owned(),
            document: document.to_owned(),
            verdict: if self.is_defective[place(form_id)] {
                VerdictKind::Defective
            } else {
                VerdictKind::Approved
            },
            by: "simulation".to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            note: None,
        };
        let looked_at = set.forms.iter();
        let verdicts: Vec<Verdict> = looked_at
            .map(|form| verdict(&form.form_id, &form.document))
            .collect();
        let judgement = judge(&set, &verdicts, &[]).expect("the set was drawn");
        let rate = judgement.rate.expect("forms were looked at");
        let truth = self.rate();
        outcome.n_drawn = set.forms.len();
        outcome.covered += f64::from(u8::from(rate.low <= truth && truth <= rate.high));
        outcome.width += rate.high - rate.low;
        outcome.mean += rate.rate;
        outcome.accepted += f64::from(u8::from(judgement.decision == Decision::Accepted));
    }
}
