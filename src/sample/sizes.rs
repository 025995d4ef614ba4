//! How many forms must be looked at so that few defective ones among them say that few are in the run.

use super::percent::Percent;

/// What a chance may be above the risk for want of binary digits, relative to it.
pub(super) const ROUNDING: f64 = 1e-9;

/// The number of defective forms from which on a run is no longer better than `rate`.
pub(super) fn worst_count(n_forms: u64, rate: Percent) -> u64 {
    rate.ceil_of(n_forms).max(1)
}

/// The smallest sample with which a run that is not better than `rate` is accepted with a probability of at most 1 − `confidence`, where up to
/// `allowed` defective forms are let pass.
///
/// Forms are drawn without replacement (hypergeometric distribution), so a small run needs less than a large one; the sizes of a run without end
/// (binomial distribution) are the well-known 299 for 1 %, 598 for 0.5 % and 2,995 for 0.1 %, at 95 %. All of the run where no sample is
/// enough.
pub(super) fn discovery_size(
    n_forms: u64,
    rate: Percent,
    confidence: Percent,
    allowed: u64,
) -> u64 {
    let n_bad = worst_count(n_forms, rate);
    if n_bad <= allowed {
        return n_forms;
    }
    let risk = (1.0 + ROUNDING) * confidence.rest().fraction();
    // Probabilities that 0, 1, … `allowed` of the forms drawn so far are defective.
    let mut chances = vec![0.0_f64; usize::try_from(allowed).unwrap_or(usize::MAX) + 1];
    chances[0] = 1.0;
    for n in 0..n_forms {
        if chances.iter().sum::<f64>() <= risk {
            return n;
        }
        let left = (n_forms - n) as f64;
        for found in (0..chances.len()).rev() {
            let bad_left = |found: usize| n_bad.saturating_sub(found as u64) as f64;
            let stays = chances[found] * (1.0 - bad_left(found) / left).max(0.0);
            let comes = match found {
                0 => 0.0,
                _ => chances[found - 1] * (bad_left(found - 1) / left).min(1.0),
            };
            chances[found] = stays + comes;
        }
    }
    n_forms
}

/// A part of a run: its forms and how many of them are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) n_forms: u64,
    pub(super) n_drawn: u64,
}

/// The highest probability that no defective form is drawn, over all ways in which `n_bad` of them may be spread over the parts.
///
/// The logarithm of a part's probability is concave in its defective forms, so putting each where it costs least finds the highest.
pub(super) fn unseen_chance(parts: &[Part], n_bad: u64) -> f64 {
    let mut n_put = vec![0_u64; parts.len()];
    let mut log_chance = 0.0;
    for _ in 0..n_bad {
        let cost = |(idx, part): (usize, &Part)| {
            let left = part.n_forms - n_put[idx];
            (left > part.n_drawn).then(|| (idx, (-(part.n_drawn as f64) / left as f64).ln_1p()))
        };
        let costs = parts.iter().enumerate().filter_map(cost);
        let Some((idx, log)) = costs.max_by(|(_, a), (_, b)| a.total_cmp(b)) else {
            return 0.0;
        };
        n_put[idx] += 1;
        log_chance += log;
    }
    log_chance.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(n_forms: u64, rate: &str, confidence: &str, allowed: u64) -> u64 {
        let percent = |text: &str| text.parse::<Percent>().unwrap();
        discovery_size(n_forms, percent(rate), percent(confidence), allowed)
    }

    /// ln(0.05) / ln(1 − rate), rounded up: the table of zero-defect samples in any book on acceptance sampling.
    #[test]
    fn large_runs_need_the_sizes_of_the_tables() {
        const LARGE: u64 = 1_000_000_000;
        assert_eq!(size(LARGE, "1", "95", 0), 299);
        assert_eq!(size(LARGE, "0.5", "95", 0), 598);
        assert_eq!(size(LARGE, "0.1", "95", 0), 2_995);
        assert_eq!(size(LARGE, "5", "95", 0), 59);
        assert_eq!(size(LARGE, "1", "99", 0), 459);
        assert_eq!(size(LARGE, "10", "90", 0), 22);
    }

    /// By exact fractions, and by the hypergeometric distribution of SciPy 1.17.
    #[test]
    fn small_runs_need_less() {
        assert_eq!(size(20_000, "1", "95", 0), 296);
        assert_eq!(size(20_000, "0.5", "95", 0), 589);
        assert_eq!(size(20_000, "0.1", "95", 0), 2_781);
        assert_eq!(size(1_000, "1", "95", 0), 258);
        assert_eq!(size(100, "1", "95", 0), 95);
        assert_eq!(size(100, "5", "95", 0), 45);
        assert_eq!(size(30, "10", "90", 0), 16);
        assert_eq!(size(10, "0.5", "95", 0), 10);
        assert_eq!(size(1, "0.5", "95", 0), 1);
    }

    /// By the same; the sizes of runs without end by the binomial distribution of SciPy 1.17.
    #[test]
    fn what_is_let_pass_costs_more_forms() {
        assert_eq!(size(1_000_000_000, "1", "95", 1), 473);
        assert_eq!(size(1_000_000_000, "0.5", "95", 1), 947);
        assert_eq!(size(1_000_000_000, "1", "95", 2), 628);
        assert_eq!(size(1_000, "0.5", "95", 1), 657);
        assert_eq!(size(20_000, "1", "95", 2), 621);
        assert_eq!(size(500, "2", "99", 3), 350);
        assert_eq!(size(7, "50", "50", 1), 3);
        // All of ten forms: one of them would be worse than 0.5 %, and one is let pass.
        assert_eq!(size(10, "0.5", "95", 1), 10);
    }

    #[test]
    fn defective_forms_hide_where_the_fewest_are_drawn() {
        let part = |n_forms, n_drawn| Part { n_forms, n_drawn };
        let check = |parts: &[Part], n_bad, expected: f64| {
            let chance = unseen_chance(parts, n_bad);
            assert!((chance - expected).abs() < 1e-12, "{chance} {expected}");
        };
        // 9 of 10; 3 of 8 drawn, two defective: (5·4)/(8·7).
        check(&[part(10, 1)], 1, 0.9);
        check(&[part(8, 3)], 2, 20.0 / 56.0);
        // All in the part that nobody looks at.
        check(&[part(8, 3), part(5, 0)], 4, 1.0);
        check(&[part(8, 8), part(3, 3)], 1, 0.0);
    }
}
