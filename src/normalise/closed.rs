//! Closed types: values whose texts are known beforehand, by a vocabulary or by their shape.

use super::codes::split_code_name;
use super::fields::read_year;
use super::funds::read_amount;
use super::number::read_weight;
use super::rows::is_kind;
use super::target::{is_numeric, split};
use super::terms::Terms;
use super::text::{fold_width, is_range_mark, without_blanks};
use crate::model::RawText;

/// The type of a closed value. Texts of all other values are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClosedType {
    /// A sign or a word of the vocabulary.
    Operator,
    /// A unit of the vocabulary, or one made of such units.
    MeasureUnit,
    /// A unit of the vocabulary.
    MoneyUnit,
    /// A name of the vocabulary, with what may stand around it.
    Level1,
    /// As [`ClosedType::Level1`].
    Level2,
    /// A weight or a score.
    Number,
    /// A number with or without a unit of money.
    Amount,
    /// A value with operator and unit; closed where it holds a digit.
    Target,
    /// A year of four digits.
    Year,
    /// A code before a name; only the marks around the code are closed.
    CodeAndName,
}

impl ClosedType {
    /// The type of a field's value; `None` where it is free text, or is not settled.
    pub(super) fn of_field(key: &str) -> Option<Self> {
        let found = match key {
            "amount_unit" => Self::MoneyUnit,
            "execution_rate_weight" | "total_score" | "execution_score" => Self::Number,
            "fiscal_year" => Self::Year,
            "department" | "department/code" | "budget_unit" | "budget_unit/code" | "project"
            | "project/code" => Self::CodeAndName,
            _ if key.starts_with("funds/") => Self::Amount,
            _ => return None,
        };
        Some(found)
    }

    /// The type of the cells of a column, as [`ClosedType::of_field`].
    pub(super) fn of_column(key: &str) -> Option<Self> {
        let found = match key {
            "operator" => Self::Operator,
            "measure_unit" => Self::MeasureUnit,
            "level1" => Self::Level1,
            "level2" => Self::Level2,
            "weight" | "weight_current" | "score" => Self::Number,
            "amount" => Self::Amount,
            "target" | "target_current" | "actual" => Self::Target,
            _ => return None,
        };
        Some(found)
    }

    /// What a text means, in a form that is equal for texts of one meaning; `None` where it is no text of the type.
    pub(super) fn meaning(self, text: &str, terms: &Terms<'_>) -> Option<String> {
        match self {
            Self::Operator => operator_meaning(text, terms),
            Self::MeasureUnit => {
                Some(terms.tidy_measure_unit(text)).filter(|unit| terms.is_measure_unit(unit))
            }
            Self::MoneyUnit => terms.money_unit(text).map(|unit| unit.as_str().to_owned()),
            Self::Level1 => terms.vocabulary.known_level1(text).map(str::to_owned),
            Self::Level2 => terms.vocabulary.known_level2(text).map(str::to_owned),
            Self::Number => read_weight(text).map(|number| number.decimal.as_str().to_owned()),
            Self::Amount => {
                let raw = RawText {
                    text: text.to_owned(),
                    ..RawText::default()
                };
                let amount = read_amount(&raw, &[], None, terms)?;
                amount
                    .unknown_unit
                    .is_none()
                    .then(|| format!("{} {:?}", amount.number.decimal.as_str(), amount.beside))
            }
            Self::Target => {
                let split = split(text, terms);
                let target = split.target.filter(|target| is_numeric(target))?;
                let target = target.replace(is_range_mark, "-");
                Some(format!(
                    "{:?} {target} {:?}",
                    split.operator, split.measure_unit
                ))
            }
            Self::Year => read_year(text).map(|(year, _)| year.to_string()),
            Self::CodeAndName => split_code_name(text).code,
        }
    }

    /// Whether a text that has no meaning of the type should have one.
    pub(super) fn is_awaited(self, text: &str) -> bool {
        match self {
            // A number in the column of operators is a whole target, whose digits stay.
            Self::Operator => text.chars().filter(|ch| is_digit(*ch)).count() <= 1,
            Self::Target => text.chars().any(is_digit),
            // A name without a code may begin with a number.
            Self::CodeAndName => n_leading_digits(text) >= 3,
            _ => true,
        }
    }

    /// Whether a text that neither has a meaning of the type nor another reading that does is to be said here. No other
    /// check says it of units of measure, nor of codes that nothing parts from the name behind them.
    pub(super) fn says_unknown(self, text: &str) -> bool {
        match self {
            Self::MeasureUnit => true,
            // Shorter runs of digits begin names, too: 2023年, 12345热线.
            Self::CodeAndName => n_leading_digits(text) >= 6,
            _ => false,
        }
    }

    /// Whether a glyph read as `first` may be taken for `other`.
    ///
    /// A digit stays. A letter may be a digit in a number; in a target it may be a unit that is read wrongly.
    pub(super) fn may_be(self, first: char, other: char) -> bool {
        match self {
            Self::Operator | Self::MeasureUnit | Self::MoneyUnit | Self::Level1 | Self::Level2 => {
                true
            }
            Self::Number | Self::Amount | Self::Year => {
                !is_digit(first) && (!is_digit(other) || fold_width(first).is_ascii_alphabetic())
            }
            Self::Target => !is_digit(first) && !is_digit(other),
            Self::CodeAndName => !is_digit(first) && !other.is_alphanumeric(),
        }
    }

    /// Whether its numbers are mostly counts, which have no thousandths.
    pub(super) fn counts(self) -> bool {
        self == Self::Target
    }

    /// Least share of the first reading's probability with which another reading that fits is taken in its place.
    ///
    /// A text outside an open vocabulary may be right all the same; one that is no number, no operator and no level but a
    /// glyph away from one hardly is.
    pub(super) fn least_share(self) -> f32 {
        match self {
            Self::MeasureUnit | Self::Target | Self::CodeAndName => 0.02,
            Self::Operator
            | Self::MoneyUnit
            | Self::Level1
            | Self::Level2
            | Self::Number
            | Self::Amount
            | Self::Year => 0.005,
        }
    }
}

fn is_digit(ch: char) -> bool {
    fold_width(ch).is_ascii_digit()
}

/// What a cell of a column of operators says: an operator, a whole target, or the kind of the indicator.
fn operator_meaning(text: &str, terms: &Terms<'_>) -> Option<String> {
    let whole = || {
        let split = split(text, terms);
        let (operator, target) = (split.operator?, split.target?);
        is_numeric(&target).then(|| format!("{} {target}", operator.as_str()))
    };
    terms
        .operator(text)
        .map(|operator| operator.as_str().to_owned())
        .or_else(|| is_kind(text).then(|| without_blanks(text)))
        .or_else(whole)
}

/// Letters and digits that a text begins with, marks before them aside; 0 if the first of them is no digit.
fn n_leading_digits(text: &str) -> usize {
    let squashed = without_blanks(text);
    let start = squashed.trim_start_matches(|ch: char| !ch.is_alphanumeric());
    if !start.starts_with(is_digit) {
        return 0;
    }
    start
        .chars()
        .take_while(|ch| fold_width(*ch).is_ascii_alphanumeric())
        .count()
}
