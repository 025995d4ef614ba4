//! What a text looks like: a level, an operator, a number, a unit. Told by the closed vocabularies and by shape.

use std::collections::HashSet;

use crate::model::Vocabulary;
use crate::model::vocabulary::Emptiness;

use super::fold::{fold, is_han};

/// The closed vocabularies, folded, for quick comparison.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    pub(super) operators: Vec<String>,
    /// What operators begin with.
    operator_heads: HashSet<char>,
    pub(super) operator_set: HashSet<String>,
    pub(super) money: Vec<String>,
    pub(super) units: HashSet<String>,
    pub(super) level1: HashSet<String>,
    pub(super) level2: HashSet<String>,
    /// Texts that stand for a dash.
    pub(super) dashes: HashSet<String>,
}

impl Words {
    /// Folds a vocabulary.
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let operators: Vec<String> = vocabulary
            .operators
            .iter()
            .map(|(word, _)| fold(word))
            .collect();
        Self {
            operator_set: operators.iter().cloned().collect(),
            operator_heads: operators
                .iter()
                .filter_map(|word| word.chars().next())
                .collect(),
            operators,
            money: vocabulary
                .money_units
                .iter()
                .map(|(unit, _)| fold(unit))
                .collect(),
            units: vocabulary
                .measure_units
                .iter()
                .map(|unit| fold(unit))
                .collect(),
            level1: vocabulary
                .level1
                .iter()
                .map(|level| level_stem(&fold(level)).to_owned())
                .collect(),
            level2: vocabulary
                .level2
                .keys()
                .map(|level| level_stem(&fold(level)).to_owned())
                .collect(),
            dashes: vocabulary
                .placeholders
                .iter()
                .filter(|(_, kind)| *kind == Emptiness::Dash)
                .map(|(text, _)| fold(text))
                .collect(),
        }
    }

    pub(super) fn without_operator<'a>(&self, folded: &'a str) -> &'a str {
        if !folded.starts_with(|ch| self.operator_heads.contains(&ch)) {
            return folded;
        }
        self.operators
            .iter()
            .find_map(|word| folded.strip_prefix(word.as_str()))
            .unwrap_or(folded)
    }
}

/// What a column of operators says of a number where it tells kinds of indicators apart (指标性质: 定量, 定性).
const QUANTITATIVE: [&str; 2] = ["定量", "定量指标"];

/// What a text looks like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    pub(super) n_chars: usize,
    pub(super) han: bool,
    pub(super) level1: bool,
    pub(super) level2: bool,
    /// It ends with 指标.
    pub(super) indicator: bool,
    pub(super) operator: bool,
    pub(super) number: bool,
    pub(super) percent: bool,
    pub(super) money: bool,
    pub(super) unit: bool,
    pub(super) slash: bool,
    /// Number or range with an operator or a unit.
    pub(super) fused: bool,
    pub(super) date: bool,
    pub(super) dash: bool,
}

impl Look {
    pub(super) fn new(text: &str, words: &Words) -> Self {
        let folded = fold(text);
        let stem = level_stem(&folded);
        let number = is_number(&folded);
        // Most texts begin with no number.
        let may_be_number = folded.starts_with(|ch: char| ch.is_ascii());
        let bare = words.without_operator(&folded);
        let tail = bare.trim_start_matches(|ch: char| {
            ch.is_ascii_digit() || matches!(ch, '.' | ',' | '~' | '-' | 'o' | 'O' | 'l' | 'I')
        });
        let starts_with_digit = bare.starts_with(|ch: char| ch.is_ascii_digit());
        let has_operator = bare.len() < folded.len();
        let tail_is_unit = tail.is_empty() || words.units.contains(tail.trim_matches(['(', ')']));
        Self {
            n_chars: folded.chars().count(),
            han: folded.chars().any(is_han),
            level1: words.level1.contains(stem),
            level2: words.level2.contains(stem),
            indicator: folded.ends_with("指标"),
            operator: words.operator_set.contains(&folded)
                || QUANTITATIVE.contains(&folded.as_str()),
            number,
            percent: folded.strip_suffix('%').is_some_and(is_number),
            money: may_be_number
                && words
                    .money
                    .iter()
                    .any(|unit| folded.strip_suffix(unit.as_str()).is_some_and(is_number)),
            unit: words.units.contains(folded.trim_matches(['(', ')'])),
            slash: folded.contains('/'),
            fused: !number && starts_with_digit && (tail_is_unit || has_operator),
            date: starts_with_digit && folded.contains('年'),
            dash: words.dashes.contains(&folded)
                || folded.chars().all(|ch| matches!(ch, '-' | '/' | '*')),
        }
    }
}

/// A level's name without its bracket and the suffix 指标.
pub(super) fn level_stem(folded: &str) -> &str {
    let bare = folded.split('(').next().unwrap_or(folded);
    bare.strip_suffix("指标").unwrap_or(bare)
}

/// A number as recognisers print it: at least one digit or all of it look-alikes.
pub(super) fn is_number(folded: &str) -> bool {
    let bare = folded.trim_start_matches(['-', '+']);
    !bare.is_empty()
        && bare
            .chars()
            .all(|ch| ch.is_ascii_digit() || matches!(ch, '.' | ',' | 'o' | 'O' | 'l' | 'I' | '|'))
        && (bare.chars().any(|ch| ch.is_ascii_digit()) || bare.chars().count() <= 2)
}
