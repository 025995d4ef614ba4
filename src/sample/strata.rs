//! Strata: the forms of a run parted by what tells them apart, and how many of each are drawn.

use std::collections::BTreeMap;

use super::plan::Plan;
use super::sizes::{Part, ROUNDING, unseen_chance, worst_count};
use super::traits::Traits;

/// Forms that a stratum holds on average, at least: more strata than that, and the smallest are pooled.
const FORMS_A_STRATUM: u64 = 5;
/// A layout is rare where at most one form in so many has it.
const RARE_ONE_IN: u64 = 100;
/// What stands in a name for all values that were pooled.
const POOLED: &str = "*";
/// What stands in a name for a province that is not known.
const UNKNOWN: &str = "-";

/// What a stratum's forms have in common, what tells most first: proof, whether the layout is rare, source, family, province.
type Key = [String; 5];

/// A stratum with what is to be drawn of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) name: String,
    pub(super) n_forms: u64,
    pub(super) n_drawn: u64,
    /// How many of those the plan counts: the first ones.
    pub(super) n_counted: u64,
}

/// Parts the forms into strata: each of `counts` gets the index of its stratum, and strata are sorted by name.
///
/// There are at most as many as hold five drawn forms each on average. Where there would be more, the smallest are pooled with others that
/// differ from them in the province alone, then in the family, then in the source, in whether the layout is rare, and in the proof: the
/// pool's name has a `*` there, and is all the others that have no stratum of their own.
pub(super) fn part(
    counts: &BTreeMap<Traits, u64>,
    n_drawn: u64,
) -> (BTreeMap<Traits, usize>, Vec<Share>) {
    let n_forms: u64 = counts.values().sum();
    let mut of_layout: BTreeMap<u64, u64> = BTreeMap::new();
    for (traits, n) in counts {
        *of_layout.entry(traits.layout).or_default() += n;
    }
    // A layout seen once is rare even where one form in a hundred is less than a form.
    let is_rare = |layout: u64| {
        let n = of_layout.get(&layout).copied().unwrap_or(0);
        n <= 1 || n.saturating_mul(RARE_ONE_IN) <= n_forms
    };
    let key = |traits: &Traits| -> Key {
        let layout = if is_rare(traits.layout) {
            "rare"
        } else {
            "common"
        };
        [
            traits.proof.as_str().to_owned(),
            layout.to_owned(),
            traits.source.clone(),
            traits.family.clone(),
            traits
                .province
                .clone()
                .unwrap_or_else(|| UNKNOWN.to_owned()),
        ]
    };
    let mut sizes: BTreeMap<Key, u64> = BTreeMap::new();
    for (traits, n) in counts {
        *sizes.entry(key(traits)).or_default() += n;
    }
    let pooled = pool(sizes, (n_drawn / FORMS_A_STRATUM).max(1));
    let mut shares: BTreeMap<String, u64> = BTreeMap::new();
    for (key, n) in pooled.values() {
        *shares.entry(name(key)).or_default() += n;
    }
    let names: Vec<&String> = shares.keys().collect();
    let place = |traits: &Traits| {
        let (pool, _) = pooled.get(&key(traits)).expect("every key was pooled");
        let place = names.binary_search(&&name(pool));
        place.expect("every pool has a name")
    };
    let places = counts
        .keys()
        .map(|traits| (traits.clone(), place(traits)))
        .collect();
    let share = |(name, n_forms): (&String, &u64)| Share {
        name: name.clone(),
        n_forms: *n_forms,
        n_drawn: 0,
        n_counted: 0,
    };
    (places, shares.iter().map(share).collect())
}

fn name(key: &Key) -> String {
    key.join(" / ")
}

/// Pools the smallest strata until there are at most `n_most`: for each key, that of its pool and its own forms.
fn pool(sizes: BTreeMap<Key, u64>, n_most: u64) -> BTreeMap<Key, (Key, u64)> {
    let mut members: BTreeMap<Key, Vec<Key>> = sizes
        .keys()
        .map(|key| (key.clone(), vec![key.clone()]))
        .collect();
    let mut totals = sizes.clone();
    for depth in (0..POOLED_DEPTHS).rev() {
        while totals.len() as u64 > n_most {
            // Pools have to be of two at least, or nothing is gained.
            let mut n_alike: BTreeMap<&[String], usize> = BTreeMap::new();
            for key in totals.keys() {
                *n_alike.entry(&key[..depth]).or_default() += 1;
            }
            let candidates = totals
                .iter()
                .filter(|(key, _)| key[depth] != POOLED && n_alike[&key[..depth]] > 1);
            let Some((smallest, _)) = candidates.min_by_key(|(key, n)| (**n, (*key).clone()))
            else {
                break;
            };
            let smallest = smallest.clone();
            let mut pool = smallest.clone();
            pool[depth..].fill(POOLED.to_owned());
            let n = totals.remove(&smallest).unwrap_or(0);
            *totals.entry(pool.clone()).or_default() += n;
            let moved = members.remove(&smallest).unwrap_or_default();
            members.entry(pool).or_default().extend(moved);
        }
    }
    let each = |(pool, keys): (Key, Vec<Key>)| {
        let with_size = |key: Key| {
            let n = sizes.get(&key).copied().unwrap_or(0);
            (key, (pool.clone(), n))
        };
        keys.into_iter().map(with_size).collect::<Vec<_>>()
    };
    members.into_iter().flat_map(each).collect()
}

/// Steps of a key.
const POOLED_DEPTHS: usize = 5;

/// Says how many of each stratum are drawn, `n` in all or a few more.
///
/// Shares and confidences round each stratum's share up: none is passed over, and none is looked at less than the run as a whole. Then the
/// chance to see no defective form is not above that of a sample from the whole run, however they are spread over the strata; for plans that
/// let none pass, the highest such chance is computed, and the sample enlarged until it is within the risk.
///
/// ISO 2859-1 says how many count, so its plans are parted by the largest remainder (the standard, too, asks for samples in proportion to the
/// strata). A stratum that gets none has one form drawn on top: it is looked at, tells of its stratum, and does not count for Ac.
pub(super) fn allocate(shares: &mut [Share], plan: &Plan, n: u64) {
    let n_forms: u64 = shares.iter().map(|share| share.n_forms).sum();
    match plan {
        Plan::Aql { .. } => {
            let parts = by_largest_remainder(shares, n, n_forms);
            for (share, n) in shares.iter_mut().zip(parts) {
                share.n_counted = n;
                share.n_drawn = n.max(1);
            }
        }
        Plan::Percent { .. } | Plan::All { .. } => round_up(shares, n, n_forms),
        Plan::Confidence {
            rate,
            confidence,
            allowed,
        } => {
            let mut n = n;
            round_up(shares, n, n_forms);
            let risk = (1.0 + ROUNDING) * confidence.rest().fraction();
            let parts = |shares: &[Share]| -> Vec<Part> {
                let part = |share: &Share| Part {
                    n_forms: share.n_forms,
                    n_drawn: share.n_drawn,
                };
                shares.iter().map(part).collect()
            };
            let n_bad = worst_count(n_forms, *rate);
            while *allowed == 0 && n < n_forms && unseen_chance(&parts(shares), n_bad) > risk {
                n += 1;
                round_up(shares, n, n_forms);
            }
        }
    }
}

fn round_up(shares: &mut [Share], n: u64, n_forms: u64) {
    for share in shares {
        let product = u128::from(n) * u128::from(share.n_forms);
        let drawn = product.div_ceil(u128::from(n_forms.max(1)));
        share.n_drawn = u64::try_from(drawn).expect("no more than the forms of the stratum");
        share.n_counted = share.n_drawn;
    }
}

/// Parts `n` in proportion: each its whole share, and one more for those whose remainders are largest, the larger stratum and then the first
/// going before.
fn by_largest_remainder(shares: &[Share], n: u64, n_forms: u64) -> Vec<u64> {
    let whole = u128::from(n_forms.max(1));
    let product = |share: &Share| u128::from(n) * u128::from(share.n_forms);
    let mut parts: Vec<u64> = shares
        .iter()
        .map(|share| u64::try_from(product(share) / whole).expect("no more than the stratum"))
        .collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|idx| {
        let share = &shares[*idx];
        std::cmp::Reverse((
            product(share) % whole,
            share.n_forms,
            std::cmp::Reverse(*idx),
        ))
    });
    let n_left = usize::try_from(n - parts.iter().sum::<u64>()).unwrap_or(usize::MAX);
    for idx in order.into_iter().take(n_left) {
        parts[idx] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::traits::Proof;
    use super::*;

    fn traits(source: &str, family: &str, province: &str, layout: u64) -> Traits {
        Traits {
            proof: Proof::Proven,
            source: source.to_owned(),
            family: family.to_owned(),
            province: Some(province.to_owned()),
            layout,
        }
    }

    fn names(counts: &[(Traits, u64)], n_drawn: u64) -> Vec<(String, u64)> {
        let counts = counts.iter().cloned().collect();
        let (places, shares) = part(&counts, n_drawn);
        assert!(places.values().all(|place| *place < shares.len()));
        shares
            .into_iter()
            .map(|share| (share.name, share.n_forms))
            .collect()
    }

    fn drawn(plan: &str, n_forms: &[u64], n: u64) -> Vec<(u64, u64)> {
        let share = |n_forms: &u64| Share {
            name: String::new(),
            n_forms: *n_forms,
            n_drawn: 0,
            n_counted: 0,
        };
        let mut shares: Vec<Share> = n_forms.iter().map(share).collect();
        allocate(&mut shares, &plan.parse().unwrap(), n);
        shares
            .iter()
            .map(|share| (share.n_drawn, share.n_counted))
            .collect()
    }

    #[test]
    fn forms_are_parted_by_all_that_tells_them_apart() {
        let counts = [
            (traits("ocr", "a", "51", 1), 500),
            (traits("ocr", "a", "51", 2), 3),
            (traits("pdf_text", "a", "51", 1), 400),
        ];
        let expected = [
            ("proven / common / ocr / a / 51", 500),
            ("proven / common / pdf_text / a / 51", 400),
            ("proven / rare / ocr / a / 51", 3),
        ];
        assert_eq!(
            names(&counts, 100),
            expected.map(|(name, n)| (name.to_owned(), n))
        );
    }

    #[test]
    fn the_smallest_are_pooled_first_and_by_province_first() {
        let counts = [
            (traits("ocr", "a", "11", 1), 500),
            (traits("ocr", "a", "12", 1), 20),
            (traits("ocr", "a", "13", 1), 30),
            (traits("ocr", "b", "11", 1), 300),
        ];
        let check = |n_drawn, expected: &[(&str, u64)]| {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, n)| ((*name).to_owned(), *n))
                .collect();
            assert_eq!(names(&counts, n_drawn), expected);
        };
        let pooled = [
            ("proven / common / ocr / a / *", 50),
            ("proven / common / ocr / a / 11", 500),
            ("proven / common / ocr / b / 11", 300),
        ];
        check(15, &pooled);
        check(
            10,
            &[
                ("proven / common / ocr / a / *", 550),
                ("proven / common / ocr / b / 11", 300),
            ],
        );
        check(5, &[("proven / common / ocr / * / *", 850)]);
        check(1, &[("proven / common / ocr / * / *", 850)]);
    }

    #[test]
    fn shares_are_rounded_up_in_each_stratum() {
        assert_eq!(
            drawn("percent:5", &[1_000, 101, 1], 56),
            [(51, 51), (6, 6), (1, 1)]
        );
        assert_eq!(drawn("all", &[10, 1], 11), [(10, 10), (1, 1)]);
    }

    #[test]
    fn what_counts_for_ac_is_as_many_as_the_standard_says() {
        let shares = drawn("aql:0.65", &[19_000, 990, 10], 315);
        assert_eq!(shares, [(299, 299), (16, 16), (1, 0)]);
        assert_eq!(drawn("aql:0.65", &[5, 5, 5], 2), [(1, 1), (1, 1), (1, 0)]);
    }

    #[test]
    fn a_confidence_holds_wherever_defective_forms_are() {
        let sizes = [15_000, 4_000, 900, 90, 10];
        let shares = drawn("ci:1@95", &sizes, 296);
        let parts: Vec<Part> = sizes
            .iter()
            .zip(&shares)
            .map(|(n_forms, (n_drawn, _))| Part {
                n_forms: *n_forms,
                n_drawn: *n_drawn,
            })
            .collect();
        assert!(unseen_chance(&parts, 200) <= 0.05);
        assert_eq!(shares.iter().map(|(n, _)| n).sum::<u64>(), 299);
    }
}
