//! Words with a meaning of their own: operators, units of measure and money, and the texts that stand for nothing.
//!
//! All of them come from the [`Vocabulary`]; this file knows how they combine, not what they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use regex::{Regex, RegexSet};

use super::number::strip_brackets;
use super::text::{fold_width, without_blanks};
use crate::model::Vocabulary;
use crate::model::vocabulary::{Emptiness, MoneyUnit, Operator};

/// A vocabulary made ready for many forms.
#[derive(Debug)]
pub struct Terms<'v> {
    pub(super) vocabulary: &'v Vocabulary,
    measure_units: BTreeSet<&'v str>,
    placeholders: BTreeMap<String, Emptiness>,
    /// Compiled when the first text asks for it.
    template_hints: OnceLock<RegexSet>,
    /// The words that recognisers make of others, in the vocabulary's order; compiled as the hints are.
    misread_words: OnceLock<Option<RegexSet>>,
}

/// A longer text is no template hint.
const MAX_HINT_CHARS: usize = 120;

impl<'v> Terms<'v> {
    /// Indexes the vocabulary. Template hints that are no regular expressions are passed over: whoever loads a
    /// vocabulary refuses them.
    #[must_use]
    pub fn new(vocabulary: &'v Vocabulary) -> Self {
        Self {
            vocabulary,
            measure_units: vocabulary
                .measure_units
                .iter()
                .map(String::as_str)
                .collect(),
            placeholders: vocabulary
                .placeholders
                .iter()
                .map(|(text, kind)| (without_blanks(text), *kind))
                .collect(),
            template_hints: OnceLock::new(),
            misread_words: OnceLock::new(),
        }
    }

    /// How a text carries no value; `None` where it carries one.
    #[must_use]
    pub fn emptiness(&self, text: &str) -> Option<Emptiness> {
        let squashed = without_blanks(text);
        let Some(first) = squashed.chars().next() else {
            return Some(Emptiness::Blank);
        };
        if let Some(kind) = self.placeholders.get(&squashed) {
            return Some(*kind);
        }
        // A run of marks: each of them known, and all of one kind.
        if !first.is_alphanumeric() {
            let kind_of = |ch: char| {
                self.placeholders
                    .get(&*ch.encode_utf8(&mut [0; 4]))
                    .copied()
            };
            let mut kinds = squashed.chars().map(kind_of);
            let kind = kinds.next().flatten();
            if kind.is_some() && kinds.all(|other| other == kind) {
                return kind;
            }
        }
        let is_short = squashed.chars().nth(MAX_HINT_CHARS).is_none();
        (is_short && self.template_hints().is_match(&squashed)).then_some(Emptiness::Placeholder)
    }

    /// Words in a text that recognisers make of others: (as read, as it may be meant).
    pub(super) fn misread_in(&self, text: &str) -> Vec<(&'v str, &'v str)> {
        let words = &self.vocabulary.misread_words;
        let set = self
            .misread_words
            .get_or_init(|| RegexSet::new(words.keys().map(|word| regex::escape(word))).ok());
        // More words than fit into a set are looked for one by one.
        if set.as_ref().is_some_and(|set| !set.is_match(text)) {
            return Vec::new();
        }
        let found = words.iter().filter(|(read, _)| text.contains(*read));
        found
            .map(|(read, meant)| (read.as_str(), meant.as_str()))
            .collect()
    }

    fn template_hints(&self) -> &RegexSet {
        self.template_hints.get_or_init(|| {
            let hints = &self.vocabulary.template_hints;
            RegexSet::new(hints)
                .or_else(|_| RegexSet::new(hints.iter().filter(|hint| Regex::new(hint).is_ok())))
                .unwrap_or_else(|_| RegexSet::empty())
        })
    }

    /// The operator that a whole text is: a sign, a word, or 定性.
    #[must_use]
    pub fn operator(&self, text: &str) -> Option<Operator> {
        let squashed = without_blanks(text);
        self.vocabulary
            .operators
            .iter()
            .find(|(known, _)| *known == squashed)
            .map(|(_, operator)| *operator)
    }

    /// The operator that a text begins with, and what follows it.
    ///
    /// A sign bounds whatever follows. A word, and a book-title mark read for a sign, bounds a number only: 不超预算 and
    /// 《办法》出台 are texts.
    pub(super) fn leading_operator<'t>(&self, text: &'t str) -> Option<(Operator, &'t str)> {
        let fits = |known: &str| {
            let rest = text.strip_prefix(known)?.trim_start();
            let is_sign = !known
                .chars()
                .any(|ch| ch.is_alphanumeric() || matches!(ch, '《' | '》'));
            let bounds_number = rest
                .chars()
                .next()
                .is_some_and(|ch| fold_width(ch).is_ascii_digit());
            (!rest.is_empty() && (is_sign || bounds_number)).then_some(rest)
        };
        self.vocabulary
            .operators
            .iter()
            .filter(|(_, operator)| *operator != Operator::Qualitative)
            .find_map(|(known, operator)| fits(known).map(|rest| (*operator, rest)))
    }

    /// The unit of money that a whole text is, brackets aside.
    #[must_use]
    pub fn money_unit(&self, text: &str) -> Option<MoneyUnit> {
        let squashed = without_blanks(text);
        let inner = strip_brackets(&squashed).unwrap_or(&squashed);
        let find = |text: &str| {
            self.vocabulary
                .money_units
                .iter()
                .find(|(known, _)| known == text)
                .map(|(_, unit)| *unit)
        };
        find(inner).or_else(|| find(&squashed))
    }

    /// A unit of measure as it stands in the record: brackets around it and the width of `％` folded, else as printed.
    #[must_use]
    pub(super) fn tidy_measure_unit(&self, text: &str) -> String {
        let squashed = without_blanks(text);
        let inner = match strip_brackets(&squashed) {
            Some(inner) if !inner.is_empty() => inner.to_owned(),
            _ => squashed,
        };
        if inner == "％" {
            "%".to_owned()
        } else {
            inner
        }
    }

    /// Whether a text is a unit of measure: a known one, one behind a scale (`万人次`), or several joined by `/`, `·`
    /// or 每 (`元/人·月`, `次每年`).
    #[must_use]
    pub fn is_measure_unit(&self, text: &str) -> bool {
        if self.is_plain_unit(text) {
            return true;
        }
        let mut parts = text.split(['/', '／', '·', '•', '.', '每', '*', '×']);
        // At most five: nothing that is printed as a unit has more.
        text.chars().count() <= 24
            && parts.clone().count() <= 5
            && parts.all(|part| self.is_plain_unit(part))
    }

    fn is_plain_unit(&self, text: &str) -> bool {
        let is_known = |text: &str| self.measure_units.contains(text);
        if is_known(text) {
            return true;
        }
        let scaled = ["万", "亿", "千", "百", "十"]
            .iter()
            .find_map(|scale| text.strip_prefix(scale));
        scaled.is_some_and(|rest| is_known(rest) || rest.strip_prefix('万').is_some_and(is_known))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::vocabulary;
    use super::*;

    #[track_caller]
    fn check_emptiness(text: &str, expected: Option<Emptiness>) {
        assert_eq!(
            Terms::new(&vocabulary()).emptiness(text),
            expected,
            "{text}"
        );
    }

    #[test]
    fn four_kinds_of_nothing() {
        check_emptiness(" \u{3000}", Some(Emptiness::Blank));
        for dash in ["/", "—", "-", "——", "-—", "－－"] {
            check_emptiness(dash, Some(Emptiness::Dash));
        }
        for hint in [
            "[]",
            "[ ]",
            "XX",
            "(100字以内)",
            "（200字以内）",
            "对照年度目标，说明目标完成情况（100字以内）",
            "____",
        ] {
            check_emptiness(hint, Some(Emptiness::Placeholder));
        }
        for redacted in ["[Redacted]", "***", "* * *", "**"] {
            check_emptiness(redacted, Some(Emptiness::Redacted));
        }
    }

    #[test]
    fn values_are_not_empty() {
        for value in [
            "无",
            "无偏差",
            "0",
            "万元",
            "对照年度目标，已完成各项任务。",
            "好",
            "-5",
            "A",
            "1/2",
        ] {
            check_emptiness(value, None);
        }
    }

    #[test]
    fn units_combine() {
        let vocabulary = vocabulary();
        let terms = Terms::new(&vocabulary);
        for unit in [
            "%",
            "万人次",
            "元/人·月",
            "次/年",
            "平方米",
            "㎡",
            "万元/公里",
            "个工作日",
            "元/人/月",
            "万亩",
            "元每人",
        ] {
            assert!(terms.is_measure_unit(unit), "{unit}");
        }
        for text in ["底前", "第四季度", "以上", "", "/年", "优良"] {
            assert!(!terms.is_measure_unit(text), "{text}");
        }
    }

    #[test]
    fn money_units_are_read_in_brackets() {
        let vocabulary = vocabulary();
        let terms = Terms::new(&vocabulary);
        assert_eq!(
            terms.money_unit("（万 元）"),
            Some(MoneyUnit::TenThousandYuan)
        );
        assert_eq!(terms.money_unit("万"), Some(MoneyUnit::TenThousandYuan));
        assert_eq!(terms.money_unit("元"), Some(MoneyUnit::Yuan));
        assert_eq!(terms.money_unit("人"), None);
    }
}
