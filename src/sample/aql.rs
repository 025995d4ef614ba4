//! Single sampling plans of ISO 2859-1:1999 (GB/T 2828.1-2012): code letters (table 1), and the master tables for normal (table 2-A)
//! and tightened inspection (table 2-B).
//!
//! The master tables are regular: AQLs and sample sizes are both preferred numbers, five to a decade, so that a plan depends on the sum
//! of the steps of the letter and of the AQL alone. Only AQLs up to 10 are there: above, they count nonconformities per hundred items, and a
//! form is defective or it is not. Reduced inspection (table 2-C) is not offered.

use std::fmt;
use std::str::FromStr;

/// Code letters with their sample sizes; `S` is in table 2-B alone.
const LETTERS: [(char, u64); 17] = [
    ('A', 2),
    ('B', 3),
    ('C', 5),
    ('D', 8),
    ('E', 13),
    ('F', 20),
    ('G', 32),
    ('H', 50),
    ('J', 80),
    ('K', 125),
    ('L', 200),
    ('M', 315),
    ('N', 500),
    ('P', 800),
    ('Q', 1_250),
    ('R', 2_000),
    ('S', 3_150),
];

/// AQLs in per cent, as the standard writes them.
const AQLS: [&str; 16] = [
    "0.010", "0.015", "0.025", "0.040", "0.065", "0.10", "0.15", "0.25", "0.40", "0.65", "1.0",
    "1.5", "2.5", "4.0", "6.5", "10",
];

/// Table 1: largest lot of each row, and its letters for S-1, S-2, S-3, S-4, I, II and III.
const CODE_LETTERS: [(u64, [char; 7]); 15] = [
    (8, ['A', 'A', 'A', 'A', 'A', 'A', 'B']),
    (15, ['A', 'A', 'A', 'A', 'A', 'B', 'C']),
    (25, ['A', 'A', 'B', 'B', 'B', 'C', 'D']),
    (50, ['A', 'B', 'B', 'C', 'C', 'D', 'E']),
    (90, ['B', 'B', 'C', 'C', 'C', 'E', 'F']),
    (150, ['B', 'B', 'C', 'D', 'D', 'F', 'G']),
    (280, ['B', 'C', 'D', 'E', 'E', 'G', 'H']),
    (500, ['B', 'C', 'D', 'E', 'F', 'H', 'J']),
    (1_200, ['C', 'C', 'E', 'F', 'G', 'J', 'K']),
    (3_200, ['C', 'D', 'E', 'G', 'H', 'K', 'L']),
    (10_000, ['C', 'D', 'F', 'G', 'J', 'L', 'M']),
    (35_000, ['C', 'D', 'F', 'H', 'K', 'M', 'N']),
    (150_000, ['D', 'E', 'G', 'J', 'L', 'N', 'P']),
    (500_000, ['D', 'E', 'G', 'J', 'M', 'P', 'Q']),
    (u64::MAX, ['D', 'E', 'H', 'K', 'N', 'Q', 'R']),
];

/// An acceptance quality limit of the standard, as a step in its row of AQLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aql(usize);

impl Aql {
    /// In per cent, as the standard writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        AQLS[self.0]
    }
}

impl FromStr for Aql {
    type Err = String;

    /// Reads `0.65`, `1` and `1.0` alike.
    fn from_str(text: &str) -> Result<Self, String> {
        let bare = |text: &str| match text.split_once('.') {
            Some((whole, decimals)) => format!("{whole}.{}", decimals.trim_end_matches('0')),
            None => format!("{text}."),
        };
        let found = AQLS.iter().position(|aql| bare(aql) == bare(text));
        let listed = || {
            format!(
                "{text:?} is no AQL of ISO 2859-1 up to 10: {}",
                AQLS.join(", ")
            )
        };
        found.map(Self).ok_or_else(listed)
    }
}

/// Inspection level: how much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Special level 1.
    S1,
    /// Special level 2.
    S2,
    /// Special level 3.
    S3,
    /// Special level 4.
    S4,
    /// General level I.
    I,
    /// General level II, the usual one.
    II,
    /// General level III.
    III,
}

/// Levels in the order of table 1, with their names.
const LEVELS: [(Level, &str); 7] = [
    (Level::S1, "S-1"),
    (Level::S2, "S-2"),
    (Level::S3, "S-3"),
    (Level::S4, "S-4"),
    (Level::I, "I"),
    (Level::II, "II"),
    (Level::III, "III"),
];

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let same = |name: &str| name == text || name.replace('-', "") == text;
        let found = LEVELS.iter().find(|(_, name)| same(name));
        found.map(|(level, _)| *level).ok_or_else(|| {
            format!("{text:?} is no inspection level: S-1, S-2, S-3, S-4, I, II or III")
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = LEVELS.iter().find(|(level, _)| level == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

/// Severity of inspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Where nothing speaks against the process: table 2-A.
    Normal,
    /// After two of five runs or fewer were rejected: table 2-B.
    Tightened,
}

/// A single sampling plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinglePlan {
    /// Code letter of the plan that is used, behind the arrows of the table.
    pub letter: char,
    /// Forms that are looked at.
    pub n: u64,
    /// Ac: the most defective forms with which a run is accepted; Re is one more.
    pub acceptance: u64,
}

/// The plan for a run of `n_forms` forms.
#[must_use]
pub fn single_plan(n_forms: u64, aql: Aql, level: Level, severity: Severity) -> SinglePlan {
    let letter = code_letter(n_forms, level);
    let row = LETTERS.iter().position(|(name, _)| *name == letter);
    master(
        row.expect("table 1 has letters of the master tables alone"),
        aql,
        severity,
    )
}

/// Table 1. It begins at 2; a single form has the letter of the smallest lots.
fn code_letter(n_forms: u64, level: Level) -> char {
    let row = CODE_LETTERS.iter().find(|(largest, _)| n_forms <= *largest);
    let column = LEVELS.iter().position(|(name, _)| *name == level);
    let (Some((_, letters)), Some(column)) = (row, column) else {
        unreachable!("the last row has no end, and every level has a column");
    };
    letters[column]
}

/// Tables 2-A and 2-B, arrows followed. `row` is the step of the letter.
///
/// A column of the table has, from the top: arrows down, the plan 0/1, arrows, the plans from 1/2 on, arrows up. Between 0/1 and 1/2
/// table 2-A has an arrow up and one down, table 2-B two down.
fn master(row: usize, aql: Aql, severity: Severity) -> SinglePlan {
    // Sums of the steps at which the plans 0/1 and 1/2 stand, the acceptance numbers from there on, and the last row.
    let (zero, one, acceptances, last_row): (usize, usize, &[u64], usize) = match severity {
        Severity::Normal => (14, 17, &[1, 2, 3, 5, 7, 10, 14, 21], 15),
        // One plan stands below row R, to which arrows lead.
        Severity::Tightened => (15, 18, &[1, 2, 3, 5, 8, 12, 18], 16),
    };
    // At AQL 10 neither table has a plan 0/1, for which no letter would be small enough.
    let has_zero = aql.0 < 15;
    let plan = |row: usize, acceptance: u64| SinglePlan {
        letter: LETTERS[row].0,
        n: LETTERS[row].1,
        acceptance,
    };
    let sum = row + aql.0;
    let last = one + acceptances.len() - 1;
    // Between the two plans: up where the table says so, or where nothing stands below.
    let goes_up =
        |sum: usize| (severity == Severity::Normal && sum == zero + 1) || one - aql.0 > last_row;
    match sum {
        _ if sum > last => plan(last - aql.0, acceptances[acceptances.len() - 1]),
        _ if sum >= one => plan(row, acceptances[sum - one]),
        _ if has_zero && sum <= zero => plan(zero - aql.0, 0),
        _ if has_zero && goes_up(sum) => plan(zero - aql.0, 0),
        _ => plan(one - aql.0, acceptances[0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan of a row of a master table, as letter, n, Ac.
    fn plan(letter: char, aql: &str, severity: Severity) -> (char, u64, u64) {
        let row = LETTERS
            .iter()
            .position(|(name, _)| *name == letter)
            .unwrap();
        let plan = master(row, aql.parse().unwrap(), severity);
        (plan.letter, plan.n, plan.acceptance)
    }

    /// Acceptance numbers of a row of a master table, with `v` and `^` for arrows and their plans.
    fn row(letter: char, severity: Severity) -> String {
        let cell = |aql: &&str| {
            let (used, _, acceptance) = plan(letter, aql, severity);
            match used.cmp(&letter) {
                std::cmp::Ordering::Less => format!("^{used}"),
                std::cmp::Ordering::Equal => acceptance.to_string(),
                std::cmp::Ordering::Greater => format!("v{used}"),
            }
        };
        AQLS.iter().map(cell).collect::<Vec<_>>().join(" ")
    }

    /// ISO 2859-1:1999, table 1.
    #[test]
    fn letters_are_those_of_table_1() {
        let letters = |n_forms| -> String {
            LEVELS
                .iter()
                .map(|(level, _)| code_letter(n_forms, *level))
                .collect()
        };
        assert_eq!([letters(1), letters(2), letters(8)], ["AAAAAAB"; 3]);
        assert_eq!([letters(9), letters(15)], ["AAAAABC"; 2]);
        assert_eq!([letters(26), letters(50)], ["ABBCCDE"; 2]);
        assert_eq!([letters(281), letters(500)], ["BCDEFHJ"; 2]);
        assert_eq!([letters(1_201), letters(3_200)], ["CDEGHKL"; 2]);
        assert_eq!([letters(10_001), letters(35_000)], ["CDFHKMN"; 2]);
        assert_eq!([letters(500_001), letters(u64::MAX)], ["DEHKNQR"; 2]);
    }

    /// ISO 2859-1:1999, table 2-A. The arrows of a column lead to the plan that is used in their place.
    #[test]
    fn plans_are_those_of_table_2a() {
        let normal = |letter| row(letter, Severity::Normal);
        assert_eq!(
            normal('A'),
            "vQ vP vN vM vL vK vJ vH vG vF vE vD vC vB 0 vC"
        );
        assert_eq!(normal('E'), "vQ vP vN vM vL vK vJ vH vG vF 0 ^D vF 1 2 3");
        assert_eq!(normal('J'), "vQ vP vN vM vL vK 0 ^H vK 1 2 3 5 7 10 14");
        assert_eq!(normal('K'), "vQ vP vN vM vL 0 ^J vL 1 2 3 5 7 10 14 21");
        assert_eq!(normal('L'), "vQ vP vN vM 0 ^K vM 1 2 3 5 7 10 14 21 ^K");
        assert_eq!(normal('Q'), "0 ^P vR 1 2 3 5 7 10 14 21 ^P ^N ^M ^L ^K");
        assert_eq!(normal('R'), "^Q ^P 1 2 3 5 7 10 14 21 ^Q ^P ^N ^M ^L ^K");
        assert_eq!(plan('K', "1.0", Severity::Normal), ('K', 125, 3));
        assert_eq!(plan('J', "0.65", Severity::Normal), ('J', 80, 1));
        assert_eq!(plan('L', "0.65", Severity::Normal), ('L', 200, 3));
    }

    /// ISO 2859-1:1999, table 2-B.
    #[test]
    fn plans_are_those_of_table_2b() {
        let tightened = |letter| row(letter, Severity::Tightened);
        assert_eq!(
            tightened('A'),
            "vR vQ vP vN vM vL vK vJ vH vG vF vE vD vC vB vD"
        );
        assert_eq!(tightened('K'), "vR vQ vP vN vM vL 0 vM vL 1 2 3 5 8 12 18");
        assert_eq!(tightened('L'), "vR vQ vP vN vM 0 vN vM 1 2 3 5 8 12 18 ^K");
        assert_eq!(tightened('Q'), "vR 0 vS vR 1 2 3 5 8 12 18 ^P ^N ^M ^L ^K");
        assert_eq!(tightened('R'), "0 ^Q vS 1 2 3 5 8 12 18 ^Q ^P ^N ^M ^L ^K");
        assert_eq!(plan('L', "0.65", Severity::Tightened), ('L', 200, 2));
        assert_eq!(plan('Q', "0.025", Severity::Tightened), ('S', 3_150, 1));
    }

    #[test]
    fn the_plan_of_a_run_is_that_of_its_letter() {
        let plan = |n_forms, aql: &str| {
            single_plan(n_forms, aql.parse().unwrap(), Level::II, Severity::Normal)
        };
        assert_eq!(
            plan(1_000, "0.65"),
            SinglePlan {
                letter: 'J',
                n: 80,
                acceptance: 1
            }
        );
        assert_eq!(
            plan(20_000, "0.65"),
            SinglePlan {
                letter: 'M',
                n: 315,
                acceptance: 5
            }
        );
        assert_eq!(
            plan(20_000, "10"),
            SinglePlan {
                letter: 'K',
                n: 125,
                acceptance: 21
            }
        );
    }

    #[test]
    fn aqls_and_levels_have_their_names() {
        assert_eq!("1".parse::<Aql>().map(Aql::as_str), Ok("1.0"));
        assert_eq!("0.4".parse::<Aql>().map(Aql::as_str), Ok("0.40"));
        for wrong in ["0.5", "", "15", "0", "1.05"] {
            assert!(wrong.parse::<Aql>().is_err(), "{wrong}");
        }
        for (level, name) in LEVELS {
            assert_eq!(name.parse(), Ok(level));
        }
        assert_eq!("S2".parse(), Ok(Level::S2));
        assert!("IV".parse::<Level>().is_err());
    }
}
