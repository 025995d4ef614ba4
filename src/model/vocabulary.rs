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

impl Vocabulary {
    /// Whether a folded text is a known level, first or second.
    #[must_use]
    pub fn is_level(&self, text: &str) -> bool {
        self.known_level1(text).is_some() || self.known_level2(text).is_some()
    }

    /// The known name of the first level that a text is: `一、产出指标（50分）` is 产出.
    #[must_use]
    pub fn known_level1<'t>(&self, text: &'t str) -> Option<&'t str> {
        let core = level_core(text);
        self.level1
            .iter()
            .any(|known| level_core(known) == core)
            .then_some(core)
    }

    /// The known name of the second level that a text is: `数量指标` is 数量.
    #[must_use]
    pub fn known_level2<'t>(&self, text: &'t str) -> Option<&'t str> {
        let core = level_core(text);
        self.level2
            .keys()
            .any(|known| level_core(known) == core)
            .then_some(core)
    }
}

/// A level's name without what may stand around it: `一、产出指标（50分）` is 产出.
fn level_core(name: &str) -> &str {
    let name =
        name.trim_start_matches(|ch: char| ch.is_ascii_digit() || matches!(ch, '.' | '、' | '．'));
    let name = match name.char_indices().nth(1) {
        Some((at, '、')) if "一二三四五六七八九十".contains(&name[..at]) => {
            &name[at + '、'.len_utf8()..]
        }
        _ => name,
    };
    let name = match name.rfind(['(', '（', '[', '【']) {
        Some(at) if at > 0 && name.ends_with([')', '）', ']', '】']) => &name[..at],
        _ => name,
    };
    name.strip_suffix("指标").unwrap_or(name)
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
