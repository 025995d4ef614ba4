//! How alike two texts are.

use std::collections::BTreeMap;

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

/// Insertions, deletions and replacements that turn one into the other.
fn distance(a: &[char], b: &[char]) -> usize {
    let n_front = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[n_front..], &b[n_front..]);
    let n_back = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - n_back], &b[..b.len() - n_back]);
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        let n = |a: &str, b: &str| {
            distance(
                &a.chars().collect::<Vec<_>>(),
                &b.chars().collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            [
                n("完成率", "完成率"),
                n("完成率", "完戍"),
                n("", "完"),
                n("abcde", "xbcdey")
            ],
            [0, 2, 1, 2]
        );
        assert!((similarity("年度目标", "年度目際") - 0.75).abs() < 1e-12);
        assert!(similarity("", "年").abs() < 1e-12);
    }

    #[test]
    fn shared_characters_need_not_be_in_order() {
        assert!((shared("甲乙丙", "丙甲丁") - 2.0 / 3.0).abs() < 1e-12);
        assert!(shared("", "").abs() < 1e-12);
    }
}
