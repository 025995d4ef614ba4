//! CTC: the scores of each step become characters.

use crate::acquire::ocr::ReadChar;

/// Candidates kept of a character.
const N_CANDIDATES: usize = 5;

/// How far the scores of a step may sum from 1 and still be probabilities.
const SUM_TOLERANCE: f32 = 0.01;

/// Reads steps of `n_classes` scores each: class 0 is the blank, the others are `characters`.
///
/// The likeliest class of each step counts. Steps of the same class in a row are one character; a blank between them
/// makes two. Candidates are those of the surest step, the blank left out. `start` and `end` are the first step and
/// the one behind the last, of all steps, 0.0 to 1.0. Scores that are no probabilities are made so by softmax.
pub(super) fn decode(scores: &[f32], n_classes: usize, characters: &[char]) -> Vec<ReadChar> {
    if n_classes == 0 {
        return vec![];
    }
    let steps: Vec<&[f32]> = scores.chunks_exact(n_classes).collect();
    let n_steps = steps.len() as f32;
    let is_probable = steps.iter().all(|step| {
        let sum: f32 = step.iter().sum();
        (sum - 1.0).abs() <= SUM_TOLERANCE && step.iter().all(|score| *score >= 0.0)
    });
    let best: Vec<(usize, f32)> = steps
        .iter()
        .map(|step| {
            let (class, score) = likeliest(step);
            let probability = if is_probable {
                score
            } else {
                score_to_probability(step, score)
            };
            (class, probability)
        })
        .collect();
    let mut read = Vec::new();
    let mut start = 0;
    for run in best.chunk_by(|a, b| a.0 == b.0) {
        let end = start + run.len();
        if run.first().is_some_and(|(class, _)| *class != 0) {
            let peak = (start..end).fold(start, |peak, idx| {
                if best[idx].1 > best[peak].1 {
                    idx
                } else {
                    peak
                }
            });
            let candidates = candidates(steps[peak], is_probable, characters);
            if !candidates.is_empty() {
                read.push(ReadChar {
                    candidates,
                    start: start as f32 / n_steps,
                    end: end as f32 / n_steps,
                });
            }
        }
        start = end;
    }
    read
}

/// The class with the highest score; the first of several.
fn likeliest(step: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (class, score) in step.iter().enumerate() {
        if *score > best.1 {
            best = (class, *score);
        }
    }
    best
}

/// The softmax of one score of a step.
fn score_to_probability(step: &[f32], score: f32) -> f32 {
    let (_, highest) = likeliest(step);
    let sum: f32 = step.iter().map(|other| (other - highest).exp()).sum();
    (score - highest).exp() / sum
}

/// The likeliest characters of a step, likeliest first; of equal ones the lower class.
fn candidates(step: &[f32], is_probable: bool, characters: &[char]) -> Vec<(char, f32)> {
    let mut highest: Vec<(usize, f32)> = Vec::with_capacity(N_CANDIDATES + 1);
    for (class, score) in step.iter().enumerate().skip(1) {
        let place = highest.partition_point(|(_, other)| other >= score);
        if place < N_CANDIDATES {
            highest.insert(place, (class, *score));
            highest.truncate(N_CANDIDATES);
        }
    }
    let named = highest.into_iter().filter_map(|(class, score)| {
        let probability = if is_probable {
            score
        } else {
            score_to_probability(step, score)
        };
        characters.get(class - 1).map(|ch| (*ch, probability))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Classes: blank, 一, 二, space.
    fn check(steps: &[[f32; 4]], expected: Expect) {
        let read = decode(steps.as_flattened(), 4, &['一', '二', ' ']);
        let mut text = String::new();
        for ch in read {
            let of = |(ch, probability): &(char, f32)| format!("{ch}{probability:.2}");
            let candidates: Vec<String> = ch.candidates.iter().map(of).collect();
            text += &format!("{:.2}..{:.2} {}\n", ch.start, ch.end, candidates.join(" "));
        }
        expected.assert_eq(&text);
    }

    const BLANK: [f32; 4] = [1.0, 0.0, 0.0, 0.0];

    #[test]
    fn a_blank_separates_equal_characters() {
        let one = [0.1, 0.8, 0.1, 0.0];
        let surer = [0.0, 0.9, 0.1, 0.0];
        check(
            &[one, surer, BLANK, one],
            expect![[r#"
                0.00..0.50 一0.90 二0.10  0.00
                0.75..1.00 一0.80 二0.10  0.00
            "#]],
        );
    }

    #[test]
    fn the_last_class_is_a_space() {
        check(
            &[BLANK, [0.0, 0.0, 0.4, 0.6]],
            expect![[r#"
                0.50..1.00  0.60 二0.40 一0.00
            "#]],
        );
    }

    #[test]
    fn logits_become_probabilities() {
        check(
            &[[0.0, 2.0, 1.0, -3.0]],
            expect![[r#"
                0.00..1.00 一0.66 二0.24  0.00
            "#]],
        );
    }

    #[test]
    fn nothing_but_blanks_is_nothing() {
        check(&[BLANK, BLANK], expect![""]);
        check(&[], expect![""]);
    }
}
