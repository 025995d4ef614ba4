//! What was noticed: codes that last for ever, and findings that carry them.

use std::fmt;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the value is right as far as can be told.
    Info,
    /// A value was repaired or is doubted.
    Warning,
    /// Something is missing or cannot be right.
    Error,
}

impl Severity {
    /// As it stands in a record.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $number:literal, $name:literal, $severity:ident, $zh:literal; )+) => {
        /// A kind of finding. The name is for ever; the number's first digit is the room that notices it
        /// (1 acquire, 2 layout, 3 grammar, 4 normalise, 5 validate, 9 a fault of jixiao).
        /// Names in capitals speak of a document, names in small letters of a form.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $( $(#[doc = $doc])+ $variant, )+ }

        impl Code {
            /// Every code, in the order of their numbers.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The stable name, as it stands in records and in the ledger.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(Code::$variant => $name),+ } }

            /// The stable number.
            #[must_use]
            pub fn number(self) -> u16 { match self { $(Code::$variant => $number),+ } }

            /// The severity it has unless a finding says otherwise.
            #[must_use]
            pub fn severity(self) -> Severity { match self { $(Code::$variant => Severity::$severity),+ } }

            /// The explanation, in Markdown: what it checks, why, an example, what to do.
            #[must_use]
            pub fn explanation(self) -> String {
                match self { $(Code::$variant => concat!($($doc, "\n"),+)),+ }
                    .lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
            }

            /// One sentence in Chinese.
            #[must_use]
            pub fn summary_zh(self) -> &'static str { match self { $(Code::$variant => $zh),+ } }
        }
    };
}

include!("codes.rs");

/// What each code means in Chinese: a section for each, `# NAME`, with the headings of [`Code::explanation`] as `## …`.
const CHINESE: &str = include_str!("codes.zh.md");

impl Code {
    /// The explanation in Chinese, in Markdown of the same shape as the English one.
    #[must_use]
    pub fn explanation_zh(self) -> String {
        let is_name = |line: &str| line.strip_prefix("# ") == Some(self.name());
        let section = CHINESE.lines().skip_while(|line| !is_name(line)).skip(1);
        let mut text = self.summary_zh().to_owned();
        for line in section.take_while(|line| !line.starts_with("# ")) {
            text.push('\n');
            // A heading is one level below the name it stands under, and under no name here.
            text.push_str(line.strip_prefix('#').unwrap_or(line));
        }
        text
    }

    /// Finds a code by its name in any case, or by its number (`301`, `J301`).
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let digits = text.trim_start_matches(['J', 'j']);
        Self::ALL.iter().copied().find(|code| {
            code.name().eq_ignore_ascii_case(text) || digits.parse() == Ok(code.number())
        })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// What kind.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// JSON Pointer into the record; empty where it speaks of the whole. Before normalise: a key.
    pub path: String,
    /// Small letter, no full stop: says what, where, what was awaited.
    pub message: String,
}

impl Diagnostic {
    /// A finding with its code's own severity.
    #[must_use]
    pub fn new(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            path: path.into(),
            message: message.into(),
        }
    }

    /// The same finding with another severity.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// A value with what was noticed while making it.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosed<T> {
    /// The value.
    pub value: T,
    /// What was noticed, in the order it was noticed.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Diagnosed<T> {
    /// A value about which there is nothing to say.
    #[must_use]
    pub fn clean(value: T) -> Self {
        Self {
            value,
            diagnostics: Vec::new(),
        }
    }

    /// Hands over the value and puts the findings into `sink`.
    pub fn unload(self, sink: &mut Vec<Diagnostic>) -> T {
        sink.extend(self.diagnostics);
        self.value
    }
}
