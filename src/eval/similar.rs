//! How alike two texts are.

use std::collections::BTreeMap;

use crate::model::edits::distance;

/// Share of characters that two texts have in common, wherever they stand: 0 to 1, 0 where one is empty.
pub(super) fn shared(a: &str, b: &str) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let counts = |text: &str| {
        let mut counts: BTreeMap<char, u32> = BTreeMap::new();
        text.chars()
            .for_each(|ch| *counts.entry(ch).or_default() += 1);
        counts
    };
    let (counts_a, counts_b) = (counts(a), counts(b));
    let n_shared: u32 = counts_a
        .iter()
        .filter_map(|(ch, n)| counts_b.get(ch).map(|m| m.min(n)))
        .sum();
    let n_chars = counts_a.values().chain(counts_b.values()).sum::<u32>();
    f64::from(2 * n_shared) / f64::from(n_chars)
}

/// One less the edits that turn a text into the other, as a share of the longer: 0 to 1.
pub(super) fn similarity(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let longest = a.len().max(b.len());
    1.0 - distance(&a, &b) as f64 / longest as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_count_by_the_longer_text() {
        assert!((similarity("年度目标", "年度目際") - 0.75).abs() < 1e-12);
        assert!(similarity("", "年").abs() < 1e-12);
    }

    #[test]
    fn shared_characters_need_not_be_in_order() {
        assert!((shared("甲乙丙", "丙甲丁") - 2.0 / 3.0).abs() < 1e-12);
        assert!(shared("", "").abs() < 1e-12);
    }
}
