//! Files of words that are read with the picture beside them, and leave a line in the ledger that says so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::inputs::Input;
use crate::model::{Code, Diagnostic};

/// Sets the words aside that are read with a picture among the inputs; `beside` finds those of a picture.
///
/// In whatever order files are named, and by whichever of their names, each is read once.
pub fn set_words_aside(inputs: &mut [Input], beside: &dyn Fn(&Path) -> Option<PathBuf>) {
    let mut pictures: BTreeMap<PathBuf, String> = BTreeMap::new();
    let is_file = |input: &&Input| input.member.is_none() && input.fault.is_none();
    for input in inputs.iter().filter(is_file) {
        let Some(words) = beside(&input.path) else {
            continue;
        };
        let name = || input.name.clone();
        pictures
            .entry(one_name(&words))
            .and_modify(|first| {
                if input.name < *first {
                    *first = name();
                }
            })
            .or_insert_with(name);
    }
    if pictures.is_empty() {
        return;
    }
    for input in inputs {
        let by_ending = |fault: &Diagnostic| fault.code == Code::SkipExt;
        if input.member.is_some() || !input.fault.as_ref().is_none_or(by_ending) {
            continue;
        }
        if let Some(picture) = pictures.get(&one_name(&input.path)) {
            let message = format!("its words are read with the picture {picture}");
            input.fault = Some(Diagnostic::new(Code::ReadBeside, "", message));
        }
    }
}

/// The same name for every way to a file.
fn one_name(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::inputs::{ListParams, list_inputs};
    use super::*;

    /// Names and codes of inputs in a folder; words lie beside `.png` files.
    fn check(names: &[&str], expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "a.hocr", "a.json", "b.json", "d/c.png"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let paths: Vec<PathBuf> = names.iter().map(|name| folder.path().join(name)).collect();
        let mut inputs = list_inputs(&paths, None, ListParams::default(), &|_| None).unwrap();
        set_words_aside(&mut inputs, &|path| {
            let words = path.with_extension("json");
            (path.extension()? == "png" && words.exists()).then_some(words)
        });
        let found: Vec<String> = inputs
            .iter()
            .map(|input| {
                let name = input.path.strip_prefix(folder.path()).unwrap();
                let code = input.fault.as_ref().map_or("", |fault| fault.code.name());
                format!("{} {code}", name.display())
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_are_read_with_their_picture_whoever_is_named_first() {
        check(&["a.png", "a.json"], &["a.png ", "a.json READ_BESIDE"]);
        check(&["a.json", "a.png"], &["a.json READ_BESIDE", "a.png "]);
        check(
            &["d/../a.json", "a.png"],
            &["d/../a.json READ_BESIDE", "a.png "],
        );
    }

    #[test]
    fn words_without_their_picture_among_the_inputs_are_read() {
        check(&["a.json"], &["a.json "]);
        check(&["b.json", "d/c.png"], &["b.json ", "d/c.png "]);
    }

    #[test]
    fn in_a_folder_the_ending_is_not_held_against_words() {
        let expected = [
            "a.hocr ",
            "a.json READ_BESIDE",
            "a.png ",
            "b.json SKIP_EXT",
            "d/c.png ",
        ];
        check(&[""], &expected);
    }
}
