//! Names of persons within texts.

use std::collections::BTreeSet;
use std::ops::Range;

use regex::Regex;

use crate::model::PersonalWords;

/// What finds names.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// A name, whole.
    name: Regex,
    /// A name before or behind a word that says that it is one.
    in_title: Regex,
}

impl Names {
    /// With surnames, and the words that stand beside names.
    pub(super) fn new(words: &PersonalWords) -> Self {
        let regex =
            |pattern: &str| Regex::new(pattern).expect("the pattern is made of escaped words");
        let any = |words: &[String]| {
            let words: Vec<String> = words
                .iter()
                .map(|word| {
                    regex::escape(word).replace(r"\#", r"[0-9０-９一二两三四五六七八九十百千]+")
                })
                .collect();
            format!("(?:{})", words.join("|"))
        };
        let (surname, behind, before) = (
            any(&words.surnames),
            any(&words.behind_names),
            any(&words.before_names),
        );
        let name = format!(r"{surname}\p{{Han}}{{1,2}}");
        Self {
            name: regex(&format!(r"^(?:{name}|\p{{Han}}+(?:[·•・]\p{{Han}}+)+)$")),
            in_title: regex(&format!(
                r"(?:({name})(?:{behind})|{before}({name})(?:[^\p{{Han}}]|$|{behind}))"
            )),
        }
    }

    /// Whether a text is a name, so that it may be looked for elsewhere: 办公室 is none.
    pub(super) fn is_name(&self, text: &str) -> bool {
        self.name.is_match(text)
    }

    /// Places of what may be names in the title of a project.
    pub(super) fn in_title(&self, text: &str) -> Vec<Range<usize>> {
        let captures = self.in_title.captures_iter(text);
        captures
            .filter_map(|captures| captures.get(1).or_else(|| captures.get(2)))
            .map(|name| name.range())
            .collect()
    }
}

/// The persons that the value of a contact names: between marks, white space within a name left out. Each with its bytes in the text.
pub(super) fn persons(text: &str) -> Vec<(Range<usize>, String)> {
    let is_part =
        |ch: char| ch.is_alphabetic() || ch.is_whitespace() || matches!(ch, '·' | '•' | '・');
    let mut persons = Vec::new();
    for run in runs(text, is_part) {
        let mut words = runs(&text[run.clone()], |ch| !ch.is_whitespace());
        for word in &mut words {
            *word = run.start + word.start..run.start + word.end;
        }
        let is_list = words
            .iter()
            .all(|word| text[word.clone()].chars().count() > 1);
        if is_list {
            persons.extend(
                words
                    .into_iter()
                    .map(|word| (word.clone(), text[word].to_owned())),
            );
        } else if let (Some(first), Some(last)) = (words.first(), words.last()) {
            let name = words.iter().map(|word| &text[word.clone()]).collect();
            persons.push((first.start..last.end, name));
        }
    }
    persons
}

/// The longest stretches of such characters.
fn runs(text: &str, is_part: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, ch) in text.char_indices().filter(|(_, ch)| is_part(*ch)) {
        let end = at + ch.len_utf8();
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = end,
            _ => runs.push(at..end),
        }
    }
    runs
}

/// Places of known names in a text, longest first where one begins another; none lies in another.
pub(super) fn known(text: &str, names: &BTreeSet<String>) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    for name in names {
        found.extend(
            text.match_indices(name.as_str())
                .map(|(at, _)| (at..at + name.len(), name.clone())),
        );
    }
    found.sort_by_key(|(range, _)| (range.start, usize::MAX - range.end));
    let mut end = 0;
    found.retain(|(range, _)| {
        let is_free = range.start >= end;
        if is_free {
            end = range.end;
        }
        is_free
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> PersonalWords {
        let list = |words: &str| words.split(' ').map(str::to_owned).collect();
        PersonalWords {
            surnames: list("欧阳 王 张 高"),
            behind_names: list("同志 等#人 遗属"),
            before_names: list("职工 烈士"),
            ..PersonalWords::default()
        }
    }

    #[test]
    fn contacts_are_taken_apart() {
        let names = |text: &str| -> Vec<String> {
            persons(text).into_iter().map(|(_, name)| name).collect()
        };
        assert_eq!(names("张三、李 四"), ["张三", "李四"]);
        assert_eq!(names(" 张三 李四 "), ["张三", "李四"]);
        assert_eq!(names("张 三(办公室)"), ["张三", "办公室"]);
        assert_eq!(names("古丽·买买提"), ["古丽·买买提"]);
        assert_eq!(names("—"), Vec::<String>::new());
        let (range, _) = persons("(张　三)").remove(0);
        assert_eq!(&"(张　三)"[range], "张　三");
    }

    #[test]
    fn names_begin_with_a_surname_or_have_a_dot() {
        let names = Names::new(&words());
        for name in ["张三", "王建国", "欧阳修", "欧阳文忠", "古丽·买买提"] {
            assert!(names.is_name(name), "{name}");
        }
        for other in ["办公室", "张", "高新区管委会", ""] {
            assert!(!names.is_name(other), "{other}");
        }
    }

    #[test]
    fn titles_name_persons_beside_certain_words() {
        let names = Names::new(&words());
        let found = |text: &str| -> Vec<String> {
            let found = names.in_title(text).into_iter();
            found.map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(found("退休职工王建国等5人补助"), ["王建国"]);
        assert_eq!(found("张三同志抚恤金"), ["张三"]);
        assert_eq!(found("烈士张三(二等功)慰问"), ["张三"]);
        assert_eq!(found("提高王村居民收入"), Vec::<String>::new());
    }

    #[test]
    fn the_longest_known_name_is_taken() {
        let names = BTreeSet::from(["张三".to_owned(), "张三丰".to_owned()]);
        let found = known("张三丰与张三", &names);
        let found: Vec<&str> = found.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(found, ["张三丰", "张三"]);
    }
}
