//! What looking first at what is doubted is worth: how many of the errors are found when only a part has been looked at.

use serde::Serialize;

use super::tally::rounded;

/// Shares of what there is to look at, for which the table says what was found.
const LOOKED_AT: &[f64] = &[0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/// Something that is looked at as a whole: a form, a document, a place of a form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// More is looked at earlier.
    pub doubt: f64,
    /// Wrong leaves that are found in it.
    pub n_wrong: u64,
}

/// Units of one kind in the order in which they are doubted, with what is found in them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Efficiency {
    /// Units.
    pub units: u64,
    /// Units with a wrong leaf.
    pub units_wrong: u64,
    /// Wrong leaves in them.
    pub wrong: u64,
    /// Wrong leaves that are in no unit, such as those of forms that the run does not have: however long one looks, they are not found.
    pub outside: u64,
    /// What has been found at some points.
    pub found: Vec<Found>,
    /// The units, for the curve.
    #[serde(skip)]
    pub doubted: Vec<Unit>,
}

/// Shares of the wrong leaves that have been found, of those that are in units; null where there are none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Share of the units that has been looked at. Between two units it is in proportion.
    pub looked_at: f64,
    /// By doubt, the most doubted first; of units that are doubted alike the mean of all orders.
    pub by_doubt: Option<f64>,
    /// By the number of wrong leaves: no order can find more.
    pub by_oracle: Option<f64>,
    /// By chance, on average.
    pub by_chance: Option<f64>,
}

/// A point of a curve: share looked at, share found.
pub(super) type Point = (f64, f64);

/// What the order of doubt is worth.
#[must_use]
pub(super) fn efficiency(units: Vec<Unit>, outside: u64) -> Efficiency {
    let doubt = curve(&units);
    let oracle = curve(&as_oracle(&units));
    let wrong: u64 = units.iter().map(|unit| unit.n_wrong).sum();
    let found = LOOKED_AT.iter().map(|share| {
        let at = |points: &[Point]| (wrong > 0).then(|| rounded(found_at(points, *share)));
        Found {
            looked_at: *share,
            by_doubt: at(&doubt),
            by_oracle: at(&oracle),
            by_chance: at(&[(0.0, 0.0), (1.0, 1.0)]),
        }
    });
    Efficiency {
        units: units.len() as u64,
        units_wrong: units.iter().filter(|unit| unit.n_wrong > 0).count() as u64,
        wrong,
        outside,
        found: found.collect(),
        doubted: units,
    }
}

/// Units as someone doubts them who knows what is wrong.
#[must_use]
pub(super) fn as_oracle(units: &[Unit]) -> Vec<Unit> {
    let knowing = |unit: &Unit| Unit {
        doubt: unit.n_wrong as f64,
        ..*unit
    };
    units.iter().map(knowing).collect()
}

/// The curve from (0, 0) to (1, 1): straight within units that are doubted alike, so that their order favours none.
#[must_use]
pub(super) fn curve(units: &[Unit]) -> Vec<Point> {
    let mut units = units.to_vec();
    units.sort_by(|a, b| b.doubt.total_cmp(&a.doubt));
    let wrong: u64 = units.iter().map(|unit| unit.n_wrong).sum();
    let mut points = vec![(0.0, 0.0)];
    let (mut n_looked, mut n_found) = (0, 0);
    for alike in units.chunk_by(|a, b| a.doubt.total_cmp(&b.doubt).is_eq()) {
        n_looked += alike.len();
        n_found += alike.iter().map(|unit| unit.n_wrong).sum::<u64>();
        let found = n_found as f64 / wrong.max(1) as f64;
        points.push((n_looked as f64 / units.len() as f64, found));
    }
    points
}

/// How much of the wrong was found when this share has been looked at.
pub(super) fn found_at(points: &[Point], share: f64) -> f64 {
    let idx = points.partition_point(|point| point.0 < share);
    match (
        idx.checked_sub(1).map(|before| points[before]),
        points.get(idx).copied(),
    ) {
        (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (share - x0) / (x1 - x0),
        (None, Some((_, y))) | (Some((_, y)), None) => y,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(of: &[(f64, u64)]) -> Vec<Unit> {
        let unit = |(doubt, n_wrong): &(f64, u64)| Unit {
            doubt: *doubt,
            n_wrong: *n_wrong,
        };
        of.iter().map(unit).collect()
    }

    fn found(of: &[(f64, u64)], share: f64) -> Found {
        let efficiency = efficiency(units(of), 0);
        let mut found = efficiency.found.into_iter();
        found.find(|found| found.looked_at >= share).unwrap()
    }

    #[test]
    fn what_is_doubted_most_is_looked_at_first() {
        let half = found(&[(0.1, 0), (5.0, 1), (2.0, 3), (0.0, 0)], 0.5);
        assert_eq!((half.by_doubt, half.by_oracle), (Some(1.0), Some(1.0)));
        let fifth = found(&[(0.1, 0), (5.0, 1), (2.0, 3), (0.0, 0), (0.2, 0)], 0.2);
        assert_eq!((fifth.by_doubt, fifth.by_oracle), (Some(0.25), Some(0.75)));
        assert_eq!(fifth.by_chance, Some(0.2));
    }

    #[test]
    fn units_that_are_doubted_alike_have_no_order() {
        let alike = found(&[(1.0, 4), (1.0, 0), (1.0, 0), (1.0, 0)], 0.5);
        assert_eq!((alike.by_doubt, alike.by_oracle), (Some(0.5), Some(1.0)));
    }

    #[test]
    fn a_part_of_a_unit_finds_a_part() {
        let tenth = found(&[(1.0, 4), (0.0, 0)], 0.1);
        assert_eq!(tenth.by_doubt, Some(0.2));
    }

    #[test]
    fn where_nothing_is_wrong_nothing_can_be_found() {
        assert_eq!(found(&[(1.0, 0)], 0.1).by_doubt, None);
        assert_eq!(found(&[], 0.1).by_doubt, None);
    }
}
