//! The closed vocabularies of these forms, loaded from `grammars/lexicon.toml`.

use std::collections::BTreeMap;

/// Words that mean something by themselves. All lists are sorted longest first, so that the first fit is the longest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vocabulary {
    /// Operators as printed, signs and words.
    pub operators: Vec<(String, Operator)>,
    /// Words that state a bound and stand behind the number (`以上`, `以内`): no operators, kept in the target.
    pub operator_suffixes: Vec<String>,
    /// Units of money as printed, with the unit they mean.
    pub money_units: Vec<(String, MoneyUnit)>,
    /// Units of measure as printed.
    pub measure_units: Vec<String>,
    /// Texts that stand for "nothing is printed here": kind and text.
    pub placeholders: Vec<(String, Emptiness)>,
    /// Beginnings of template hints (`对照年度目标`, `(100字以内)` …), as regular expressions.
    pub template_hints: Vec<String>,
    /// Known level-1 names, without the suffix 指标.
    pub level1: Vec<String>,
    /// Known level-2 names, without the suffix 指标, with the level-1 names they stand under.
    pub level2: BTreeMap<String, Vec<String>>,
    /// Words that recognisers make of others, with what they are: `长郊` for 长效.
    pub misread_words: BTreeMap<String, String>,
    /// Glyph confusions of recognisers: what is read, what may be meant.
    pub confusions: BTreeMap<char, Vec<char>>,
}

/// How a target bounds the actual value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// ≥
    Ge,
    /// ≤
    Le,
    /// >
    Gt,
    /// <
    Lt,
    /// =
    Eq,
    /// 定性
    Qualitative,
}

impl Operator {
    /// As it stands in a record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ge => "ge",
            Self::Le => "le",
            Self::Gt => "gt",
            Self::Lt => "lt",
            Self::Eq => "eq",
            Self::Qualitative => "qualitative",
        }
    }

    /// The operator a grammar file names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Ge,
            Self::Le,
            Self::Gt,
            Self::Lt,
            Self::Eq,
            Self::Qualitative,
        ]
        .into_iter()
        .find(|o| o.as_str() == name)
    }
}

/// A unit of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoneyUnit {
    /// 元
    Yuan,
    /// 千元
    ThousandYuan,
    /// 万元
    TenThousandYuan,
    /// 亿元
    HundredMillionYuan,
}

impl MoneyUnit {
    /// As it stands in a record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yuan => "元",
            Self::ThousandYuan => "千元",
            Self::TenThousandYuan => "万元",
            Self::HundredMillionYuan => "亿元",
        }
    }

    /// The unit a grammar file names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Yuan,
            Self::ThousandYuan,
            Self::TenThousandYuan,
            Self::HundredMillionYuan,
        ]
        .into_iter()
        .find(|u| u.as_str() == name)
    }

    /// Power of ten that turns it into yuan.
    #[must_use]
    pub fn exponent(self) -> u32 {
        match self {
            Self::Yuan => 0,
            Self::ThousandYuan => 3,
            Self::TenThousandYuan => 4,
            Self::HundredMillionYuan => 8,
        }
    }
}

/// How a printed label carries no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emptiness {
    /// Nothing is printed.
    Blank,
    /// `/`, `—`, `-`.
    Dash,
    /// `[]`, `XX`, template hints.
    Placeholder,
    /// `[Redacted]`, `***`.
    Redacted,
}

impl Emptiness {
    /// As it stands in a record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Dash => "dash",
            Self::Placeholder => "placeholder",
            Self::Redacted => "redacted",
        }
    }

    /// The kind a grammar file names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Blank, Self::Dash, Self::Placeholder, Self::Redacted]
            .into_iter()
            .find(|e| e.as_str() == name)
    }
}
