//! Two readings of one place, character by character. In: signs as two readers saw them. Out: what the second has where
//! the first has a value, and whether that differs. Never: says who is right.

use std::ops::Range;

/// A character of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    /// As readings are compared.
    pub(super) folded: char,
    /// As read.
    pub(super) printed: char,
    /// Whether it surely belongs to the place; what only lies beside it may be left over without being a difference.
    pub(super) is_inside: bool,
}

/// Cells of the largest table of costs that is filled; longer readings are compared as wholes.
const MOST_CELLS: usize = 4_000_000;

/// What the second reading has where the first has `span`; `None` where it has the same.
///
/// The readings are aligned with the least number of characters replaced, left out or put in, so that a difference in a
/// label beside the value is none of the value.
pub(super) fn difference(own: &[Sign], theirs: &[Sign], span: Range<usize>) -> Option<String> {
    let n_cells = (own.len() + 1).saturating_mul(theirs.len() + 1);
    if n_cells > MOST_CELLS {
        let inside = || theirs.iter().filter(|sign| sign.is_inside);
        let is_same = inside()
            .map(|sign| sign.folded)
            .eq(own.iter().map(|sign| sign.folded));
        return (!is_same).then(|| inside().map(|sign| sign.printed).collect());
    }
    let costs = costs(own, theirs);
    let mut differs = false;
    let mut counterpart: Vec<char> = Vec::new();
    let (mut row, mut column) = (own.len(), theirs.len());
    while row > 0 || column > 0 {
        match costs.step(own, theirs, row, column) {
            Step::Pair => {
                row -= 1;
                column -= 1;
                if span.contains(&row) {
                    differs |= own[row].folded != theirs[column].folded;
                    counterpart.push(theirs[column].printed);
                }
            }
            Step::LeftOut => {
                row -= 1;
                differs |= span.contains(&row);
            }
            Step::PutIn => {
                column -= 1;
                if theirs[column].is_inside && (span.start..=span.end).contains(&row) {
                    differs = true;
                    counterpart.push(theirs[column].printed);
                }
            }
        }
    }
    differs.then(|| counterpart.into_iter().rev().collect())
}

/// How the end of two readings is aligned.
enum Step {
    /// Their last characters stand for each other.
    Pair,
    /// The second has nothing for the last of the first.
    LeftOut,
    /// The first has nothing for the last of the second.
    PutIn,
}

/// Least number of differences between every two beginnings of the readings.
struct Costs {
    n_columns: usize,
    cells: Vec<u32>,
}

fn costs(own: &[Sign], theirs: &[Sign]) -> Costs {
    let n_columns = theirs.len() + 1;
    let mut costs = Costs {
        n_columns,
        cells: vec![0; n_columns * (own.len() + 1)],
    };
    for row in 0..=own.len() {
        for column in 0..n_columns {
            let mut least = if row == 0 && column == 0 { 0 } else { u32::MAX };
            if row > 0 && column > 0 {
                let pair = pairing(&own[row - 1], &theirs[column - 1]);
                least = least.min(costs.at(row - 1, column - 1) + pair);
            }
            if row > 0 {
                least = least.min(costs.at(row - 1, column) + 1);
            }
            if column > 0 {
                let left = costs.at(row, column - 1);
                least = least.min(left + putting_in(&theirs[column - 1]));
            }
            costs.cells[row * n_columns + column] = least;
        }
    }
    costs
}

impl Costs {
    fn at(&self, row: usize, column: usize) -> u32 {
        self.cells[row * self.n_columns + column]
    }

    /// The step by which a cell got its cost; pairs before others, so that a replaced character is one.
    fn step(&self, own: &[Sign], theirs: &[Sign], row: usize, column: usize) -> Step {
        let cost = self.at(row, column);
        if row > 0 && column > 0 {
            let pair = pairing(&own[row - 1], &theirs[column - 1]);
            if self.at(row - 1, column - 1) + pair == cost {
                return Step::Pair;
            }
        }
        if row > 0 && self.at(row - 1, column) + 1 == cost {
            return Step::LeftOut;
        }
        Step::PutIn
    }
}

fn pairing(own: &Sign, theirs: &Sign) -> u32 {
    u32::from(own.folded != theirs.folded)
}

fn putting_in(theirs: &Sign) -> u32 {
    u32::from(theirs.is_inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(text: &str) -> Vec<Sign> {
        let chars = text.chars().filter(|ch| !matches!(ch, '<' | '>'));
        let mut signs: Vec<Sign> = chars
            .map(|ch| Sign {
                folded: ch,
                printed: ch,
                is_inside: true,
            })
            .collect();
        // What stands before `<` and behind `>` lies beside the place.
        let left = text.chars().position(|ch| ch == '<').unwrap_or(0);
        let right = text.chars().position(|ch| ch == '>').map(|at| at - 1);
        for (idx, sign) in signs.iter_mut().enumerate() {
            sign.is_inside = idx >= left && right.is_none_or(|right| idx < right);
        }
        signs
    }

    #[track_caller]
    fn check(own: &str, theirs: &str, value: &str, expected: Option<&str>) {
        let own_signs = signs(own);
        let start = own[..own.find(value).unwrap()].chars().count();
        let span = start..start + value.chars().count();
        let found = difference(&own_signs, &signs(theirs), span);
        assert_eq!(found.as_deref(), expected, "{own} {theirs}");
    }

    #[test]
    fn a_replaced_a_missing_and_a_further_digit_differ() {
        check("2.00", "2.00", "2.00", None);
        check("2.00", "2.80", "2.00", Some("2.80"));
        check("2.00", "200", "2.00", Some("200"));
        check("2.00", "12.00", "2.00", Some("12.00"));
        check("2.00", "2.000", "2.00", Some("2.000"));
    }

    #[test]
    fn a_difference_in_the_label_is_none_of_the_value() {
        check("项目总额:2.00", "项日总额:2.00", "2.00", None);
        check("项目总额:2.00", "项目总额2.00", "2.00", None);
        check("项目总额:2.00", "项目总额:2.60", "2.00", Some("2.60"));
    }

    #[test]
    fn what_lies_beside_the_place_may_be_left_over_or_used() {
        check("2.00", "9<2.00>7", "2.00", None);
        check("2.00", "2<.00>", "2.00", None);
        check("2.00", "9<2.80>7", "2.00", Some("2.80"));
    }

    #[test]
    fn very_long_readings_are_compared_as_wholes() {
        let long = "一".repeat(3_000);
        check(&long, &long, &long, None);
        let other = format!("{long}二");
        check(&long, &other, &long, Some(&other));
    }

    proptest::proptest! {
        #[test]
        fn a_reading_is_its_own(text in "[0-9一二三.%]{1,40}", from in 0usize..40, to in 0usize..40) {
            let n = text.chars().count();
            let (from, to) = (from.min(n), to.min(n));
            let signs = signs(&text);
            assert_eq!(difference(&signs, &signs, from.min(to)..from.max(to)), None);
        }
    }
}
