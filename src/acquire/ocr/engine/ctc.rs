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
    let facts: Vec<Facts> = steps.iter().map(|step| Facts::of(step)).collect();
    let is_probable = facts
        .iter()
        .all(|facts| (facts.sum - 1.0).abs() <= SUM_TOLERANCE && facts.lowest >= 0.0);
    let probability = |step: &[f32], facts: &Facts, score: f32| {
        if is_probable {
            score
        } else {
            let exponential = |score: f32| (score - facts.highest).exp();
            exponential(score) / step.iter().copied().map(exponential).sum::<f32>()
        }
    };
    let best: Vec<(usize, f32)> = steps
        .iter()
        .zip(&facts)
        .map(|(step, facts)| {
            let class = step.iter().position(|score| *score == facts.highest);
            let probability = probability(step, facts, facts.highest);
            (class.unwrap_or_default(), probability)
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
            let candidates: Vec<(char, f32)> = highest(steps[peak])
                .into_iter()
                .filter_map(|(class, score)| {
                    let ch = characters.get(class - 1)?;
                    Some((*ch, probability(steps[peak], &facts[peak], score)))
                })
                .collect();
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

/// Scores that are looked at together.
const LANES: usize = 16;

/// What all scores of a step tell. There are thousands of them and tens of steps a line: this pass is a tenth of a
/// line's time if it goes score by score.
struct Facts {
    sum: f32,
    lowest: f32,
    highest: f32,
}

impl Facts {
    /// No scores sum to 0, and neither is one of them the lowest nor the highest; what is no number is neither.
    fn of(step: &[f32]) -> Self {
        let mut sums = [0.0; LANES];
        let mut lowest = [f32::INFINITY; LANES];
        let mut highest = [f32::NEG_INFINITY; LANES];
        let (chunks, rest) = step.as_chunks::<LANES>();
        for chunk in chunks {
            for (lane, score) in chunk.iter().enumerate() {
                sums[lane] += score;
                // Not `min` and `max`, which cost more for what is no number.
                lowest[lane] = if *score < lowest[lane] {
                    *score
                } else {
                    lowest[lane]
                };
                highest[lane] = if *score > highest[lane] {
                    *score
                } else {
                    highest[lane]
                };
            }
        }
        let with_rest = |lanes: [f32; LANES]| lanes.into_iter().chain(rest.iter().copied());
        Self {
            sum: with_rest(sums).sum(),
            lowest: with_rest(lowest).fold(f32::INFINITY, f32::min),
            highest: with_rest(highest).fold(f32::NEG_INFINITY, f32::max),
        }
    }
}

/// The likeliest classes of a step but the blank, with their scores, likeliest first; of equal ones the lower class.
fn highest(step: &[f32]) -> Vec<(usize, f32)> {
    let mut highest: Vec<(usize, f32)> = Vec::with_capacity(N_CANDIDATES + 1);
    let mut least = None;
    for (class, score) in step.iter().enumerate().skip(1) {
        if least.is_some_and(|least| *score <= least) {
            continue;
        }
        let place = highest.partition_point(|(_, other)| other >= score);
        if place < N_CANDIDATES {
            highest.insert(place, (class, *score));
            highest.truncate(N_CANDIDATES);
            least = highest.get(N_CANDIDATES - 1).map(|(_, score)| *score);
        }
    }
    highest
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

    #[test]
    fn of_many_classes_the_first_of_the_highest_counts() {
        let characters: Vec<char> = ('a'..='z').chain('A'..='W').collect();
        for n_classes in [17, 32, 50] {
            for class in 1..n_classes {
                let mut step = vec![0.01; n_classes];
                step[class] = 0.5;
                step[n_classes - 1] = 0.5;
                step[0] = f32::NAN;
                let read = decode(&step, n_classes, &characters);
                assert_eq!(read[0].candidates.len(), N_CANDIDATES);
                let of = |place: usize| read[0].candidates[place].0;
                assert_eq!(of(0), characters[class - 1]);
                if class < n_classes - 1 {
                    assert_eq!(of(1), characters[n_classes - 2]);
                }
                let lowest = if class == 1 { 'b' } else { 'a' };
                let behind = if class < n_classes - 1 { 2 } else { 1 };
                assert_eq!(of(behind), lowest);
            }
        }
    }
}
