//! What the corpus holds in parts is printed as one text and taken apart again. Skipped where there is no corpus.

use serde_json::Value;

use super::super::{Terms, split_code_name, target};
use super::vocabulary;
use crate::model::Vocabulary;
use crate::model::vocabulary::Operator;

/// The forms of the corpus, or `None` with the reason printed.
fn forms() -> Option<Vec<Value>> {
    #![expect(
        clippy::disallowed_methods,
        reason = "the corpus lies beside the project"
    )]
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let mut forms = Vec::new();
    for name in ["seed/truth.jsonl", "dev/truth.jsonl"] {
        let Ok(truth) = std::fs::read_to_string(folder.join(name)) else {
            println!("skipped: there is no corpus at {}", folder.display());
            return None;
        };
        let lines = truth
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        forms.extend(lines.flat_map(|file| file["forms"].as_array().cloned().unwrap_or_default()));
    }
    Some(forms)
}

/// Each sign with the operator that it is, so that every spelling of it is tried.
fn signs(operator: Option<&str>, vocabulary: &Vocabulary) -> Vec<String> {
    let Some(operator) = operator.and_then(Operator::from_name) else {
        return vec![String::new()];
    };
    vocabulary
        .operators
        .iter()
        .filter(|(_, known)| *known == operator)
        .map(|(sign, _)| sign.clone())
        .collect()
}

#[test]
fn targets_of_the_corpus_are_taken_apart_as_they_were_made() {
    let Some(forms) = forms() else { return };
    let vocabulary = vocabulary();
    let terms = Terms::new(&vocabulary);
    let mut wrong = std::collections::BTreeSet::new();
    let mut n_tried = 0;
    for row in forms
        .iter()
        .flat_map(|form| form["indicators"].as_array().unwrap())
    {
        let text = |key: &str| row[key].as_str();
        let Some(target) = text("target") else {
            continue;
        };
        let unit = text("measure_unit");
        for sign in signs(text("operator"), &vocabulary) {
            let is_word = sign
                .chars()
                .any(|ch| ch.is_alphanumeric() || matches!(ch, '《' | '》'));
            let bounds_number = target.starts_with(|ch: char| ch.is_ascii_digit());
            if is_word && !bounds_number && text("operator") != Some("qualitative") {
                continue;
            }
            let printed = format!("{sign}{target}{}", unit.unwrap_or_default());
            let split = target::split(&printed, &terms);
            n_tried += 1;
            let operator = split.operator.map(Operator::as_str);
            // A number behind 定性 keeps its unit: it is a text there.
            let is_right = operator == text("operator")
                && (split.target.as_deref() == Some(target)
                    && split.measure_unit.as_deref() == unit);
            if !is_right {
                wrong.insert(format!(
                    "{printed} → {operator:?} {:?} {:?}",
                    split.target, split.measure_unit
                ));
            }
        }
    }
    assert!(n_tried > 3000);
    assert!(
        wrong.is_empty(),
        "{} of {n_tried}:\n{}",
        wrong.len(),
        Vec::from_iter(wrong).join("\n")
    );
}

#[test]
fn names_of_the_corpus_are_taken_apart_as_they_were_made() {
    let Some(forms) = forms() else { return };
    for form in &forms {
        let named = ["department", "budget_unit", "project"]
            .iter()
            .map(|key| &form[*key]);
        for named in named.chain(form["functions"].as_array().unwrap()) {
            let (Some(name), code) = (named["name"].as_str(), named["code"].as_str()) else {
                continue;
            };
            for dash in ["-", "－", "—"] {
                let printed = code.map_or(name.to_owned(), |code| format!("{code}{dash}{name}"));
                let split = split_code_name(&printed);
                assert_eq!(
                    (split.code.as_deref(), split.name.as_deref()),
                    (code, Some(name)),
                    "{printed}"
                );
            }
        }
    }
}
