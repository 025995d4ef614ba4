//! How many edits part two texts.

/// Insertions, deletions and replacements of characters that turn one text into the other (Levenshtein's distance), in time of their product.
#[must_use]
pub fn distance(a: &[char], b: &[char]) -> usize {
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
    }
}
