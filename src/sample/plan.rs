//! Plans: how many forms are looked at, and with how many defective ones a run is accepted.

use std::fmt;
use std::str::FromStr;

use super::aql::{Aql, Level, Severity, SinglePlan, single_plan};
use super::percent::Percent;
use super::sizes::discovery_size;

/// Share of right forms that `percent` and `all` ask for where nothing else is said.
///
/// Acceptance of digitised archives: at least 5 % of a batch are looked at, and it passes where at least 95 % of those are right (DA/T 31,
/// 《纸质档案数字化规范》; the rule as it stands in 衢市档〔2014〕11号: 不低于5%的比例 … 抽检合格率在95%以上予以验收通过).
const USUAL_RIGHT: u64 = 95;
/// Most defective forms that a discovery plan may let pass.
const MOST_ALLOWED: u64 = 100;

/// A plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// `percent:P[,R]`: at least P % of the forms, of each stratum and so of all; accepted where at least R % of those are right (95).
    Percent {
        /// Share that is looked at.
        share: Percent,
        /// Share of those that must be right.
        right: Percent,
    },
    /// `all[:R]`: every form; accepted where at least R % are right (95).
    All {
        /// Share that must be right.
        right: Percent,
    },
    /// `aql:A[@LEVEL][,tightened]`: single sampling of ISO 2859-1.
    Aql {
        /// The acceptance quality limit.
        aql: Aql,
        /// The inspection level.
        level: Level,
        /// Normal or tightened.
        severity: Severity,
    },
    /// `ci:E@C[,D]`: accepted only where it can be said with C % confidence that fewer than E % are defective; D defective forms are let
    /// pass (0).
    Confidence {
        /// The rate that must be excluded.
        rate: Percent,
        /// How surely.
        confidence: Percent,
        /// Defective forms that are let pass.
        allowed: u64,
    },
}

/// What a plan asks of a run of a certain size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    /// Forms that are looked at, at least.
    pub(super) n: u64,
    /// Code letter of ISO 2859-1.
    pub(super) letter: Option<char>,
}

impl Plan {
    /// What it asks of a run of `n_forms` forms.
    pub(super) fn demand(&self, n_forms: u64) -> Demand {
        let demand = |n: u64, letter| Demand {
            n: n.min(n_forms),
            letter,
        };
        match *self {
            Self::All { .. } => demand(n_forms, None),
            Self::Percent { share, .. } => demand(share.ceil_of(n_forms), None),
            Self::Aql { .. } => {
                let plan = self.single(n_forms).expect("it is an AQL plan");
                demand(plan.n, Some(plan.letter))
            }
            Self::Confidence {
                rate,
                confidence,
                allowed,
            } => demand(discovery_size(n_forms, rate, confidence, allowed), None),
        }
    }

    /// The most defective forms with which a run of `n_forms` is accepted, if `n_counted` of them count.
    #[must_use]
    pub fn acceptance_number(&self, n_forms: u64, n_counted: u64) -> u64 {
        match *self {
            Self::Percent { right, .. } | Self::All { right } => {
                n_counted - right.ceil_of(n_counted)
            }
            Self::Aql { .. } => self.single(n_forms).map_or(0, |plan| plan.acceptance),
            Self::Confidence { allowed, .. } => allowed,
        }
    }

    /// The rate of defective forms that is not to be exceeded.
    #[must_use]
    pub fn target(&self) -> f64 {
        match *self {
            Self::Percent { right, .. } | Self::All { right } => right.rest().fraction(),
            Self::Aql { aql, .. } => {
                let percent: Percent = aql.as_str().parse().expect("an AQL is a share");
                percent.fraction()
            }
            Self::Confidence { rate, .. } => rate.fraction(),
        }
    }

    fn single(&self, n_forms: u64) -> Option<SinglePlan> {
        match *self {
            Self::Aql {
                aql,
                level,
                severity,
            } => Some(single_plan(n_forms, aql, level, severity)),
            _ => None,
        }
    }
}

impl fmt::Display for Plan {
    /// As it is given, what is usual left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_usual = |right: &Percent| Percent::from_whole(USUAL_RIGHT) == Some(*right);
        match self {
            Self::Percent { share, right } if is_usual(right) => write!(f, "percent:{share}"),
            Self::Percent { share, right } => write!(f, "percent:{share},{right}"),
            Self::All { right } if is_usual(right) => f.write_str("all"),
            Self::All { right } => write!(f, "all:{right}"),
            Self::Aql {
                aql,
                level,
                severity,
            } => {
                write!(f, "aql:{}", aql.as_str())?;
                if *level != Level::II {
                    write!(f, "@{level}")?;
                }
                match severity {
                    Severity::Normal => Ok(()),
                    Severity::Tightened => f.write_str(",tightened"),
                }
            }
            Self::Confidence {
                rate,
                confidence,
                allowed,
            } => {
                write!(f, "ci:{rate}@{confidence}")?;
                match allowed {
                    0 => Ok(()),
                    allowed => write!(f, ",{allowed}"),
                }
            }
        }
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let (first, second) = match rest.split_once(',') {
            Some((first, second)) => (first, Some(second)),
            None => (rest, None),
        };
        match name {
            "percent" => Ok(Self::Percent {
                share: positive(first)?,
                right: right(second)?,
            }),
            "all" if second.is_none() => Ok(Self::All {
                right: right((!rest.is_empty()).then_some(rest))?,
            }),
            "aql" => {
                let (aql, level) = first.split_once('@').unwrap_or((first, "II"));
                Ok(Self::Aql {
                    aql: aql.parse()?,
                    level: level.parse()?,
                    severity: match second {
                        None | Some("normal") => Severity::Normal,
                        Some("tightened") => Severity::Tightened,
                        Some(other) => {
                            return Err(format!("{other:?} is no severity: normal or tightened"));
                        }
                    },
                })
            }
            "ci" => confidence(first, second),
            _ => Err(format!(
                "{text:?} is no plan: percent:5, aql:0.65, ci:0.5@95 or all"
            )),
        }
    }
}

fn positive(text: &str) -> Result<Percent, String> {
    let share: Percent = text.parse()?;
    if share.fraction() > 0.0 {
        Ok(share)
    } else {
        Err("a share of nothing is no plan".to_owned())
    }
}

fn right(text: Option<&str>) -> Result<Percent, String> {
    match text {
        Some(text) => positive(text),
        None => Ok(Percent::from_whole(USUAL_RIGHT).expect("it is no more than 100")),
    }
}

fn confidence(first: &str, second: Option<&str>) -> Result<Plan, String> {
    let (rate, confidence) = first
        .split_once('@')
        .ok_or_else(|| format!("{first:?} says no confidence: ci:0.5@95"))?;
    let plan = Plan::Confidence {
        rate: positive(rate)?,
        confidence: confidence.parse()?,
        allowed: match second {
            None => 0,
            Some(allowed) => match allowed.parse() {
                Ok(allowed) if allowed <= MOST_ALLOWED => allowed,
                _ => {
                    return Err(format!(
                        "{allowed:?} is no number of defective forms from 0 to {MOST_ALLOWED}"
                    ));
                }
            },
        },
    };
    match plan {
        Plan::Confidence {
            rate, confidence, ..
        } if rate.fraction() <= 0.5 && (0.5..1.0).contains(&confidence.fraction()) => Ok(plan),
        _ => {
            Err("a rate is at most 50, a confidence from 50 to less than 100: ci:0.5@95".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Plan {
        text.parse().unwrap()
    }

    /// Forms, and acceptance number, of a run of so many forms.
    fn asks(text: &str, n_forms: u64) -> (u64, u64) {
        let demand = plan(text).demand(n_forms);
        (demand.n, plan(text).acceptance_number(n_forms, demand.n))
    }

    #[test]
    fn plans_are_shown_as_they_are_read() {
        for text in [
            "percent:5",
            "percent:2.5,99",
            "all",
            "all:99.5",
            "aql:0.65",
            "aql:1.0@III",
            "aql:0.65,tightened",
            "aql:0.10@S-2,tightened",
            "ci:0.5@95",
            "ci:1@99.9,2",
        ] {
            assert_eq!(plan(text).to_string(), text);
        }
        assert_eq!(plan("aql:0.65@II,normal").to_string(), "aql:0.65");
        assert_eq!(plan("percent:5,95").to_string(), "percent:5");
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        for wrong in [
            "",
            "percent",
            "percent:",
            "percent:0",
            "percent:101",
            "percent:5,0",
            "all:0",
            "all:1,2",
            "aql:0.5",
            "aql:1@IV",
            "aql:1,reduced",
            "ci:1",
            "ci:0@95",
            "ci:60@95",
            "ci:1@100",
            "ci:1@49",
            "ci:1@95,-1",
            "ci:1@95,101",
            "ltpd:1",
        ] {
            assert!(wrong.parse::<Plan>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_is_rounded_up_and_passes_with_95_in_100() {
        assert_eq!(asks("percent:5", 20_000), (1_000, 50));
        assert_eq!(asks("percent:5", 1), (1, 0));
        assert_eq!(asks("percent:5", 399), (20, 1));
        assert_eq!(asks("percent:5", 380), (19, 0));
        assert_eq!(asks("percent:10,99", 20_000), (2_000, 20));
        assert_eq!(asks("all", 30), (30, 1));
        assert_eq!(asks("all:100", 30), (30, 0));
    }

    #[test]
    fn a_sample_is_never_larger_than_the_run() {
        assert_eq!(asks("aql:0.65", 20), (20, 0));
        assert_eq!(asks("aql:0.010", 100), (100, 0));
        assert_eq!(asks("ci:0.1@99", 50), (50, 0));
    }

    #[test]
    fn a_confidence_lets_pass_what_it_says() {
        assert_eq!(asks("ci:0.5@95", 20_000), (589, 0));
        assert_eq!(asks("ci:1@95,1", 20_000), (469, 1));
    }
}
