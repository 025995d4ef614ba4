//! Words that speak of persons, loaded from `grammars/personal.toml`: what is to be redacted is told by them.

/// Labels, surnames and what stands beside names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonalWords {
    /// Parts of labels whose value names a person: 负责人, 填表人 …
    pub person_labels: Vec<String>,
    /// Parts of labels whose value is a telephone number: 电话, 手机 …
    pub phone_labels: Vec<String>,
    /// Surnames of one character, and of two.
    pub surnames: Vec<String>,
    /// What stands right behind a name: 同志, 遗属, `等#人` (`#` is a number).
    pub behind_names: Vec<String>,
    /// What stands right before a name: 职工, 烈士 …
    pub before_names: Vec<String>,
}
