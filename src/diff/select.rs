//! Which differences are looked at.

use super::difference::{Class, Difference};

/// Which differences are looked at: those of some classes or places, and not those of others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    only_classes: Vec<Class>,
    only: Vec<Pattern>,
    ignored: Vec<Pattern>,
}

/// A JSON Pointer, in which `*` stands for any step; what is beneath it is meant as well.
#[derive(Debug, Clone, PartialEq)]
struct Pattern(Vec<String>);

/// Why a selection is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither a JSON Pointer such as /indicators/*/target nor one of the classes value, format, provenance, added, removed, resegmented"
)]
pub struct SelectionError(String);

impl Selection {
    /// `only` are classes and pointers of which one has to fit (each kind by itself), `ignored` pointers of which none may.
    ///
    /// # Errors
    /// What is neither a class nor a pointer.
    pub fn new(only: &[String], ignored: &[String]) -> Result<Self, SelectionError> {
        let mut selection = Self::default();
        for one in only {
            match Class::ALL.into_iter().find(|class| class.name() == one) {
                Some(class) => selection.only_classes.push(class),
                None => selection.only.push(Pattern::parse(one)?),
            }
        }
        for one in ignored {
            selection.ignored.push(Pattern::parse(one)?);
        }
        Ok(selection)
    }

    /// Whether a difference is looked at.
    #[must_use]
    pub fn lets_pass(&self, difference: &Difference) -> bool {
        let fits = |patterns: &[Pattern]| {
            patterns
                .iter()
                .any(|pattern| pattern.fits(&difference.pointer))
        };
        let is_class =
            self.only_classes.is_empty() || self.only_classes.contains(&difference.class);
        let is_place = self.only.is_empty() || fits(&self.only);
        is_class && is_place && !fits(&self.ignored)
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, SelectionError> {
        if text.is_empty() || text.starts_with('/') {
            return Ok(Self(text.split('/').skip(1).map(str::to_owned).collect()));
        }
        Err(SelectionError(text.to_owned()))
    }

    fn fits(&self, pointer: &str) -> bool {
        let mut steps = pointer.split('/').skip(1);
        let is_same = |step: &String| {
            let found = steps.next();
            found.is_some_and(|found| step == "*" || step == found)
        };
        self.0.iter().all(is_same)
    }
}
