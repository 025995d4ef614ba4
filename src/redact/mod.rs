//! Redaction: personal data of records and ledger lines become tokens of a keyed hash.
//!
//! In: a document's line and its records. Out: the same, with `[person:…]`, `[phone:…]` and `[id:…]` where such data were. Never: leaves a
//! text of a record unread; changes an amount, a code or a box; keeps what it took out.
//!
//! The same value has the same token under the same key, so that deliveries can still be joined by it.

mod key;
mod names;
mod numbers;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::key::Hidden;
use self::names::Names;
use self::numbers::{Among, Numbers};
use crate::model::record::{Finding, RedactionNote};
use crate::model::{Code, DocumentLine, PersonalWords, Record};

pub use self::key::{Key, MIN_KEY_BYTES, ShortKey};

/// How much is redacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Persons whom the labels name, wherever else they are named, too; telephone and identity numbers anywhere.
    Contact,
    /// These, and what looks like a name in the title of a project.
    Names,
}

impl Scope {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Names => "names",
        }
    }
}

/// A redaction made ready for many documents.
#[derive(Debug, Clone)]
pub struct Redaction {
    scope: Scope,
    key: Key,
    words: PersonalWords,
    names: Names,
    numbers: Numbers,
}

/// What a text of a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Codes, decimals and words of the record itself: never changed.
    Fixed,
    /// A figure, which is no telephone number however many digits it has.
    Figure,
    /// Whom a label names.
    Person,
    /// The value of a label that awaits a telephone number.
    Phone,
    /// The title of a project, or the name of a task.
    Project,
    /// Any other text.
    Text,
}

/// Keys of the record whose values are codes, decimals, or words of a closed list.
const FIXED: &[&str] = &[
    "code",
    "region_code",
    "setup_year",
    "category",
    "serial",
    "source",
    "stage",
    "operator",
    "amount",
    "weight",
    "weight_current",
    "execution_rate_weight",
    "total_score",
];
/// First keys below which nothing is printed text.
const FIXED_ROOTS: &[&str] = &[
    "schema",
    "form_id",
    "family",
    "grammar",
    "amount_unit",
    "empty",
    "checks",
];
/// Keys of the record whose values are figures as often as not.
const FIGURES: &[&str] = &["target", "target_current", "actual", "score"];

/// What is known of a document while its records are gone through.
struct Known<'a> {
    /// Names that stand elsewhere in it.
    names: &'a BTreeSet<String>,
    /// What its attributes are, by the pointers of their values.
    attributes: BTreeMap<String, Kind>,
    /// Pointers of labels that carry no value: `***` is no name.
    empty: BTreeSet<String>,
    /// Pointers of texts that may hold a name.
    doubted: BTreeSet<String>,
}

impl Redaction {
    /// With the words that speak of persons.
    #[must_use]
    pub fn new(scope: Scope, key: Key, words: &PersonalWords) -> Self {
        Self {
            scope,
            key,
            names: Names::new(words),
            numbers: Numbers::new(words),
            words: words.clone(),
        }
    }

    /// What a run or a delivery says of it.
    #[must_use]
    pub fn note(&self) -> RedactionNote {
        RedactionNote {
            scope: self.scope.name().to_owned(),
            key_id: self.key.id(),
        }
    }

    /// Redacts a document's line and all its records. What is redacted already stays as it is.
    pub fn apply(&self, document: &mut DocumentLine, records: &mut [Record]) {
        let names = self.names_of(records);
        for record in &mut *records {
            self.redact_record(record, &names);
        }
        document.path = self.redacted(&document.path, Kind::Text, &names);
        // Bytes that are no text cannot be read for names; the path has what can.
        document.path_b64 = None;
        for finding in &mut document.diagnostics {
            finding.message = self.redacted(&finding.message, Kind::Text, &names);
        }
    }

    /// The names that the labels of a document's forms give, and in the wider scope those of project titles.
    fn names_of(&self, records: &[Record]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for record in records {
            let attributes = record.attributes.iter();
            let values = attributes
                .filter(|attribute| self.kind_of_label(&attribute.label) == Kind::Person)
                .filter_map(|attribute| attribute.value.as_ref())
                .chain(&record.contact.person);
            for value in values {
                let persons = names::persons(&without_tokens(value)).into_iter();
                names.extend(
                    persons
                        .map(|(_, name)| name)
                        .filter(|name| self.names.is_name(name)),
                );
            }
            let projects = record
                .project
                .iter()
                .filter_map(|project| project.name.as_ref());
            let tasks = record.tasks.iter().filter_map(|task| task.name.as_ref());
            if self.scope == Scope::Names {
                for title in projects.chain(tasks) {
                    let found = self.names.in_title(title).into_iter();
                    names.extend(found.map(|name| title[name].to_owned()));
                }
            }
        }
        names
    }

    fn redact_record(&self, record: &mut Record, names: &BTreeSet<String>) {
        let attributes = record.attributes.iter().enumerate();
        let mut known = Known {
            names,
            attributes: attributes
                .map(|(idx, attribute)| {
                    let pointer = format!("/attributes/{idx}/value");
                    (pointer, self.kind_of_label(&attribute.label))
                })
                .collect(),
            empty: record.empty.keys().cloned().collect(),
            doubted: BTreeSet::new(),
        };
        // By way of JSON every text is met, those of later versions of the record, too.
        let mut value = serde_json::to_value(&*record).expect("a record is plain JSON");
        self.walk(&mut value, "", &mut known);
        *record = serde_json::from_value(value).expect("texts of a record stay texts");
        let code = Code::PersonalName;
        record
            .diagnostics
            .extend(known.doubted.into_iter().map(|path| {
                Finding {
                    code: code.name().to_owned(),
                    severity: code.severity().as_str().to_owned(),
                    path,
                    message: match self.scope {
                        Scope::Contact => "what may be the name of a person was left in",
                        Scope::Names => "what may be the name of a person was redacted",
                    }
                    .to_owned(),
                }
            }));
    }

    fn walk(&self, value: &mut Value, pointer: &str, known: &mut Known<'_>) {
        match value {
            Value::String(text) => {
                let kind = kind_of(pointer, known);
                if kind == Kind::Project && !self.names.in_title(text).is_empty() {
                    known.doubted.insert(pointer.to_owned());
                }
                *text = self.redacted(text, kind, known.names);
            }
            Value::Array(items) => {
                for (idx, item) in items.iter_mut().enumerate() {
                    self.walk(item, &format!("{pointer}/{idx}"), known);
                }
            }
            Value::Object(fields) if pointer == "/provenance" => {
                // What was printed is redacted as the value that was made of it.
                for (of, place) in fields {
                    if let Some(Value::String(raw)) = place.get_mut("raw") {
                        *raw = self.redacted(raw, kind_of(of, known), known.names);
                    }
                }
            }
            Value::Object(fields) => {
                for (key, field) in fields {
                    self.walk(field, &format!("{pointer}/{key}"), known);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn kind_of_label(&self, label: &str) -> Kind {
        let has = |words: &[String]| words.iter().any(|word| label.contains(word.as_str()));
        if has(&self.words.phone_labels) {
            Kind::Phone
        } else if has(&self.words.person_labels) {
            Kind::Person
        } else {
            Kind::Text
        }
    }

    /// A text with tokens where personal data were.
    fn redacted(&self, text: &str, kind: Kind, names: &BTreeSet<String>) -> String {
        if kind == Kind::Fixed {
            return text.to_owned();
        }
        let mut found: Vec<(Range<usize>, String)> = Vec::new();
        let mut take = |range: Range<usize>, token: String| {
            let is_free = found
                .iter()
                .all(|(taken, _)| range.end <= taken.start || taken.end <= range.start);
            if is_free {
                found.push((range, token));
            }
        };
        let person = |name: &str| self.key.token(Hidden::Person, name);
        let plain = without_tokens(text);
        let among = match kind {
            Kind::Person | Kind::Phone => Among::Phones,
            _ => Among::Text,
        };
        for number in self.numbers.find(&plain, among) {
            let is_figure = kind == Kind::Figure && is_figure(&plain);
            if !is_figure {
                let token = self.key.token(number.hidden, &number.digits);
                take(number.range, token);
            }
        }
        for (range, name) in names::known(&plain, names) {
            take(range, person(&name));
        }
        if matches!(kind, Kind::Person | Kind::Phone) {
            for (range, name) in names::persons(&plain) {
                if kind == Kind::Person || self.names.is_name(&name) {
                    take(range, person(&name));
                }
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (range, token) in found {
            out += &text[end..range.start];
            out += &token;
            end = range.end;
        }
        out + &text[end..]
    }
}

/// What the text at this pointer is.
fn kind_of(pointer: &str, known: &Known<'_>) -> Kind {
    let steps = pointer.strip_prefix('/').unwrap_or(pointer);
    let first = steps.split('/').next().unwrap_or_default();
    let last = steps.rsplit('/').next().unwrap_or_default();
    if known.empty.contains(pointer) {
        return Kind::Text;
    }
    match (first, last) {
        ("document", "path") | ("diagnostics", "message") => Kind::Text,
        ("document" | "diagnostics", _) => Kind::Fixed,
        (first, last) if FIXED_ROOTS.contains(&first) || FIXED.contains(&last) => Kind::Fixed,
        ("contact", "person") => Kind::Person,
        ("contact", "phone") => Kind::Phone,
        ("project" | "tasks", "name") => Kind::Project,
        ("indicators", last) if FIGURES.contains(&last) => Kind::Figure,
        ("attributes", "value") => known.attributes.get(pointer).copied().unwrap_or(Kind::Text),
        _ => Kind::Text,
    }
}

/// Whether a text is a number with at most a sign before and a unit behind it.
fn is_figure(text: &str) -> bool {
    text.chars().filter(|ch| ch.is_alphabetic()).count() <= 2
}

/// A text with blanks of the same length where tokens are: they are no personal data.
fn without_tokens(text: &str) -> String {
    let mut plain = text.to_owned();
    for kind in ["[person:", "[phone:", "[id:"] {
        let mut at = 0;
        while let Some(begin) = plain[at..].find(kind).map(|found| at + found) {
            at = begin + kind.len();
            let end = at + 16;
            let is_token = plain
                .get(at..end)
                .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
                && plain[end..].starts_with(']');
            if is_token {
                plain.replace_range(begin..=end, &"|".repeat(end + 1 - begin));
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests;
