//! Two sequences aligned in order, so that what is paired is as alike as can be.

/// Most cells of a table of an alignment; longer sequences are aligned in a band around the diagonal.
const MOST_CELLS: usize = 4_000_000;

/// Pairs the items of two sequences without crossing, so that the sum of `likeness` is greatest. Pairs that are not alike at all
/// (0 or less) are not made. Returned in order; an item without its like stands alone.
pub(super) fn align(
    n_old: usize,
    n_new: usize,
    likeness: &dyn Fn(usize, usize) -> f64,
) -> Vec<(Option<usize>, Option<usize>)> {
    let width = n_new + 1;
    let band = if (n_old + 1).saturating_mul(width) > MOST_CELLS {
        (MOST_CELLS / (n_old + 1)).max(16) / 2
    } else {
        width
    };
    // The diagonal of sequences of unlike length.
    let middle = |i: usize| i * n_new / n_old.max(1);
    let mut best = vec![vec![0.0_f64; 0]; n_old + 1];
    let range = |i: usize| {
        let middle = middle(i);
        (middle.saturating_sub(band), (middle + band).min(n_new))
    };
    let at = |best: &[Vec<f64>], i: usize, j: usize| -> f64 {
        let (first, last) = range(i);
        if j < first || j > last {
            return f64::NEG_INFINITY;
        }
        best[i][j - first]
    };
    let mut likes = vec![Vec::new(); n_old + 1];
    for i in (0..=n_old).rev() {
        let (first, last) = range(i);
        best[i] = vec![0.0; last - first + 1];
        likes[i] = vec![0.0; last - first + 1];
        for j in (first..=last).rev() {
            let mut value = 0.0_f64;
            if i < n_old {
                value = value.max(at(&best, i + 1, j));
            }
            if j < n_new {
                value = value.max(at(&best, i, j + 1));
            }
            if i < n_old && j < n_new {
                let like = likeness(i, j);
                likes[i][j - first] = like;
                if like > 0.0 {
                    value = value.max(like + at(&best, i + 1, j + 1));
                }
            }
            best[i][j - first] = value;
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < n_old || j < n_new {
        let here = at(&best, i, j);
        if i < n_old && j < n_new {
            let (first, last) = range(i);
            let like = if (first..=last).contains(&j) {
                likes[i][j - first]
            } else {
                0.0
            };
            if like > 0.0 && here <= like + at(&best, i + 1, j + 1) {
                pairs.push((Some(i), Some(j)));
                (i, j) = (i + 1, j + 1);
                continue;
            }
        }
        let is_old_alone = i < n_old && (j == n_new || at(&best, i + 1, j) >= here);
        if is_old_alone {
            pairs.push((Some(i), None));
            i += 1;
        } else {
            pairs.push((None, Some(j)));
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let likeness = |i: usize, j: usize| f64::from(u8::from(old[i] == new[j]));
        let pairs = align(old.len(), new.len(), &likeness);
        let shown: String = pairs
            .iter()
            .map(|pair| match pair {
                (Some(i), Some(_)) => old[*i].to_string(),
                (Some(i), None) => format!("-{}", old[*i]),
                (None, j) => format!("+{}", new[j.unwrap()]),
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_alike_is_paired_in_order() {
        check("abcd", "abcd", "abcd");
        check("abcd", "acd", "a-bcd");
        check("acd", "abcd", "a+bcd");
        check("abc", "axc", "a-b+xc");
        check("", "ab", "+a+b");
        check("ab", "", "-a-b");
    }

    #[test]
    fn long_sequences_are_aligned_in_a_band() {
        let likeness = |i: usize, j: usize| f64::from(u8::from(i == j));
        let pairs = align(5000, 4990, &likeness);
        assert_eq!(
            pairs.iter().filter(|(i, j)| i.is_some() && i == j).count(),
            4990
        );
        assert_eq!(pairs.len(), 5000);
    }
}
