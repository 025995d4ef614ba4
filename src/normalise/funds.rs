//! Amounts of money: which unit each has, and what it comes to in yuan.
//!
//! A unit is evidence in this order: printed beside the amount, in its label's bracket, declared for the form. An amount
//! whose unit nobody says is left out and reported, never supposed.

use super::number::{Number, read_number, to_yuan};
use super::terms::Terms;
use super::text::squeeze;
use crate::model::RawText;
use crate::model::record::DecimalText;
use crate::model::vocabulary::MoneyUnit;

/// An amount as printed, before the form's unit is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PrintedAmount {
    /// The number.
    pub(super) number: Number,
    /// The unit printed beside it.
    pub(super) beside: Option<MoneyUnit>,
    /// The unit in its label's or header's bracket.
    pub(super) hinted: Option<MoneyUnit>,
    /// A unit printed beside it that is none of money.
    pub(super) unknown_unit: Option<String>,
}

/// What the form's labels and amounts say of its unit.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct UnitEvidence {
    /// Declared in a field of its own (`单位:万元`).
    pub(super) declared: Option<MoneyUnit>,
    hinted: Agreement,
    beside: Agreement,
    /// The first label or header that hinted at a unit.
    hint_raw: Option<RawText>,
    /// The first amount with a unit beside it.
    beside_raw: Option<RawText>,
    n_amounts: usize,
    n_beside: usize,
}

/// Whether all that was seen is one unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Agreement {
    #[default]
    Nothing,
    One(MoneyUnit),
    Several,
}

impl Agreement {
    fn with(self, seen: MoneyUnit) -> Self {
        match self {
            Self::Nothing => Self::One(seen),
            Self::One(known) if known == seen => self,
            Self::One(_) | Self::Several => Self::Several,
        }
    }

    fn unit(self) -> Option<MoneyUnit> {
        match self {
            Self::One(money_unit) => Some(money_unit),
            Self::Nothing | Self::Several => None,
        }
    }
}

impl UnitEvidence {
    /// Takes note of the unit in the bracket of a label or header for amounts.
    pub(super) fn see_hint(&mut self, hinted: Option<MoneyUnit>, label: &RawText) {
        if let Some(hinted) = hinted {
            self.hinted = self.hinted.with(hinted);
            self.hint_raw.get_or_insert_with(|| label.clone());
        }
    }

    /// Takes note of an amount.
    pub(super) fn see_amount(&mut self, amount: &PrintedAmount, raw: &RawText) {
        self.n_amounts += 1;
        if let Some(beside) = amount.beside {
            self.n_beside += 1;
            self.beside = self.beside.with(beside);
            self.beside_raw.get_or_insert_with(|| raw.clone());
        }
    }

    /// Where the form's unit was printed, if it has no field of its own.
    pub(super) fn form_unit_raw(&self) -> Option<&RawText> {
        self.form_unit()?;
        if self.hinted.unit().is_some() {
            self.hint_raw.as_ref()
        } else {
            self.beside_raw.as_ref()
        }
    }

    /// The unit declared for the form's amounts, or else printed in all brackets, or else beside every amount.
    pub(super) fn form_unit(&self) -> Option<MoneyUnit> {
        let beside_each = (self.n_amounts > 0 && self.n_beside == self.n_amounts)
            .then(|| self.beside.unit())
            .flatten();
        self.declared.or(self.hinted.unit()).or(beside_each)
    }

    /// The unit of an amount that has none of its own. What is printed beside other amounts is no evidence for it.
    fn default_unit(&self) -> Option<MoneyUnit> {
        self.declared.or(self.hinted.unit())
    }

    /// The amount in yuan; `None` where no unit of money is printed for it.
    pub(super) fn yuan(&self, amount: &PrintedAmount) -> Option<DecimalText> {
        let money_unit = match &amount.unknown_unit {
            None => amount.beside.or(amount.hinted).or(self.default_unit()),
            Some(_) => None,
        };
        to_yuan(&amount.number.decimal, money_unit?)
    }
}

/// Reads an amount from its captures (`number`, `unit`), or else from its text: `2.00 万元`, `￥1,000`.
///
/// `None` where there is no number.
pub(super) fn read_amount(
    raw: &RawText,
    parts: &[(String, String)],
    unit_hint: Option<&str>,
    terms: &Terms<'_>,
) -> Option<PrintedAmount> {
    let part = |name: &str| {
        parts
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, text)| text.as_str())
    };
    let (number, unit_text) = match part("number").and_then(read_number) {
        Some(number) => (number, part("unit").unwrap_or("").to_owned()),
        None => split_amount(&raw.text, terms)?,
    };
    let beside = terms.money_unit(&unit_text);
    let unknown_unit = (beside.is_none() && !unit_text.trim().is_empty()).then_some(unit_text);
    let hinted = unit_hint.and_then(|hint| terms.money_unit(hint));
    Some(PrintedAmount {
        number,
        beside,
        hinted,
        unknown_unit,
    })
}

/// Number and unit of an amount printed as one text.
fn split_amount(text: &str, terms: &Terms<'_>) -> Option<(Number, String)> {
    let text = squeeze(text);
    let text = text.trim_end_matches(['。', '；', ';', '，', '、']);
    if let Some(number) = read_number(text) {
        return Some((number, String::new()));
    }
    terms.vocabulary.money_units.iter().find_map(|(known, _)| {
        let rest = text
            .strip_suffix(known.as_str())
            .or_else(|| text.strip_prefix(known.as_str()))?;
        // The sign of the currency may stand before an amount that has its unit behind it.
        let number = rest
            .strip_prefix("人民币")
            .unwrap_or(rest)
            .trim_start_matches(['￥', '¥']);
        read_number(number).map(|number| (number, known.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::vocabulary;
    use super::*;

    #[track_caller]
    fn check(text: &str, declared: Option<MoneyUnit>, hint: Option<&str>, expected: Option<&str>) {
        let vocabulary = vocabulary();
        let raw = RawText {
            text: text.to_owned(),
            ..RawText::default()
        };
        let amount = read_amount(&raw, &[], hint, &Terms::new(&vocabulary));
        let evidence = UnitEvidence {
            declared,
            ..UnitEvidence::default()
        };
        let yuan = amount.and_then(|amount| evidence.yuan(&amount));
        assert_eq!(yuan.as_ref().map(DecimalText::as_str), expected, "{text}");
    }

    #[test]
    fn unit_beside_the_amount_comes_first() {
        check(
            "2.00 万元",
            Some(MoneyUnit::Yuan),
            Some("元"),
            Some("20000.00"),
        );
        check("1720.00万", None, None, Some("17200000.00"));
        check("￥2.00万元", None, None, Some("20000.00"));
        check("￥1,000", None, None, Some("1000.00"));
        check("158,000.00 元", None, Some("万元"), Some("158000.00"));
    }

    #[test]
    fn bracket_comes_before_the_declaration() {
        check("2", Some(MoneyUnit::Yuan), Some("万元"), Some("20000.00"));
        check(
            "2",
            Some(MoneyUnit::TenThousandYuan),
            None,
            Some("20000.00"),
        );
    }

    #[test]
    fn amount_without_unit_is_left_out() {
        check("2.00", None, None, None);
        check("0", None, None, None);
        check("2.00人", Some(MoneyUnit::Yuan), None, None);
    }

    #[test]
    fn units_beside_amounts_speak_for_the_form_only_together() {
        let amount = |beside| PrintedAmount {
            number: read_number("1").unwrap(),
            beside,
            hinted: None,
            unknown_unit: None,
        };
        let mut evidence = UnitEvidence::default();
        evidence.see_amount(&amount(Some(MoneyUnit::Yuan)), &RawText::default());
        assert_eq!(evidence.form_unit(), Some(MoneyUnit::Yuan));
        evidence.see_amount(&amount(None), &RawText::default());
        assert_eq!(evidence.form_unit(), None);
    }
}
