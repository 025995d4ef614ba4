//! Which document of the truth a form is of: the one that the longest tail of its path names.

use std::collections::BTreeMap;

use serde_json::Value;

/// Two documents of the run that would be the same of the truth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two paths for one file of the truth: {first} and {second}")]
pub struct TwoPaths {
    /// Path of the forms that came first.
    pub first: String,
    /// The other.
    pub second: String,
}

/// The documents of a truth, found by path.
#[derive(Debug, Clone, Default)]
pub(super) struct Documents {
    /// Documents by the tails of their names; `None` where several end in the same way.
    by_tail: BTreeMap<String, Option<usize>>,
    /// The path that each was found under.
    found_as: BTreeMap<usize, String>,
}

impl Documents {
    /// Of documents of these names.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut by_tail: BTreeMap<String, Option<usize>> = BTreeMap::new();
        for (idx, name) in names.enumerate() {
            for tail in tails(name) {
                by_tail
                    .entry(tail)
                    .and_modify(|other| *other = other.filter(|other| *other == idx))
                    .or_insert(Some(idx));
            }
        }
        Self {
            by_tail,
            found_as: BTreeMap::new(),
        }
    }

    /// Index of the document with this path; `None` where the truth has none.
    ///
    /// # Errors
    /// Where another path was found to be the same document.
    pub(super) fn find(&mut self, path: &str) -> Result<Option<usize>, TwoPaths> {
        let mut known = tails(path)
            .into_iter()
            .filter_map(|tail| self.by_tail.get(&tail));
        let Some(idx) = known.find_map(|idx| *idx) else {
            return Ok(None);
        };
        let first = self.found_as.entry(idx).or_insert_with(|| path.to_owned());
        if first == path {
            Ok(Some(idx))
        } else {
            Err(TwoPaths {
                first: first.clone(),
                second: path.to_owned(),
            })
        }
    }
}

/// The path that a form gives its document; empty where it gives none.
pub(super) fn path_of(form: &Value) -> &str {
    let path = form
        .get("document")
        .and_then(|document| document.get("path"));
    path.and_then(Value::as_str).unwrap_or("")
}

/// The ends of a path, longest first: steps of folders and of archives count alike.
fn tails(path: &str) -> Vec<String> {
    let steps = path.split(['/', '\\', '!']);
    let steps: Vec<&str> = steps.filter(|step| !matches!(*step, "" | ".")).collect();
    (0..steps.len()).map(|idx| steps[idx..].join("/")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_tail_decides() {
        let mut documents =
            Documents::new(["files/a.pdf", "files/b.pdf", "more/b.pdf"].into_iter());
        for (path, idx) in [
            ("/data/files/a.pdf", Some(0)),
            ("./files/b.pdf", Some(1)),
            ("z.zip!/more/b.pdf", Some(2)),
            ("b.pdf", None),
            ("c.pdf", None),
            ("", None),
        ] {
            assert_eq!(documents.find(path), Ok(idx), "{path}");
        }
    }

    #[test]
    fn one_document_has_one_path() {
        let mut documents = Documents::new(["a.pdf"].into_iter());
        assert_eq!(documents.find("x/a.pdf"), Ok(Some(0)));
        assert_eq!(documents.find("x/a.pdf"), Ok(Some(0)));
        let error = documents.find("y/a.pdf").unwrap_err();
        assert_eq!(
            error.to_string(),
            "two paths for one file of the truth: x/a.pdf and y/a.pdf"
        );
    }
}
