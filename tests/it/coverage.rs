//! Samples hold what they promise, drawn and judged again and again from runs whose errors are known. The same with more forms and more
//! draws is the bench `sampling`.

#[path = "../../benches/simulation.rs"]
mod simulation;

use simulation::Population;

/// Draws that intervals are tested with.
const N_INTERVALS: u64 = 1_000;
/// Draws that acceptance is tested with.
const N_LOTS: u64 = 400;
/// Three standard deviations of a share of 5 % found in so many draws.
const NOISE: f64 = 0.033;

/// 2,000 forms, of which 4 % are defective: 1 % of the largest stratum, half of the smallest.
fn unequal() -> Population {
    Population::new(&[(1_400, 14), (400, 28), (150, 18), (50, 20)])
}

#[test]
fn intervals_of_unequal_strata_hold_the_truth() {
    let outcome = unequal().outcome("percent:15", N_INTERVALS);
    assert!((0.94..=0.97).contains(&outcome.covered), "{outcome:?}");
    assert!(
        (outcome.mean - unequal().rate()).abs() < 0.001,
        "{outcome:?}"
    );
}

#[test]
fn a_run_as_bad_as_excluded_is_rarely_accepted() {
    // 5 % of 2,000, in all strata alike or in a single one.
    for strata in [
        [(1_400, 70), (400, 20), (150, 7), (50, 3)],
        [(1_400, 0), (400, 100), (150, 0), (50, 0)],
        [(1_400, 0), (400, 0), (150, 100), (50, 0)],
    ] {
        let outcome = Population::new(&strata).outcome("ci:5@95", N_LOTS);
        assert!(outcome.accepted <= 0.05 + NOISE, "{strata:?}: {outcome:?}");
    }
    // And a better one more often: 0.25 %.
    let outcome = Population::new(&[(1_400, 5), (600, 0)]).outcome("ci:5@95", N_LOTS);
    assert!(outcome.accepted > 0.8, "{outcome:?}");
}

#[test]
fn a_run_at_the_aql_is_mostly_accepted_and_a_bad_one_is_not() {
    // Code letter K, n = 125, Ac 7: binomial chances are 0.985 at 2.5 %, and 0.07 at 10 %.
    let good = Population::new(&[(1_400, 20), (400, 15), (150, 10), (50, 5)]);
    let outcome = good.outcome("aql:2.5", N_LOTS);
    assert!(outcome.accepted >= 0.985 - NOISE, "{outcome:?}");
    let bad = Population::new(&[(1_400, 140), (400, 40), (150, 15), (50, 5)]);
    let outcome = bad.outcome("aql:2.5", N_LOTS);
    assert!(outcome.accepted <= 0.07 + NOISE, "{outcome:?}");
}
