//! What the READMEs promise is what happens: their example is run, their commands exist, CI runs their tests.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::program::{folder, run, run_in};

const READMES: &[&str] = &["README.md", "README.zh.md"];

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The inside of the first fenced block of a language: what stands before it, itself, what stands behind.
fn fenced<'a>(text: &'a str, language: &str) -> (&'a str, &'a str, &'a str) {
    let open = format!("```{language}\n");
    let start = text
        .find(&open)
        .unwrap_or_else(|| panic!("no block of {language}"))
        + open.len();
    let end = start + text[start..].find("```").unwrap();
    (&text[..start], &text[start..end], &text[end..])
}

/// A record with one key a line.
fn one_key_a_line(line: &str) -> String {
    let record: Map<String, Value> = serde_json::from_str(line).unwrap();
    let keys: Vec<String> = record
        .iter()
        .map(|(key, value)| format!("  \"{key}\": {value}"))
        .collect();
    format!("{{\n{}\n}}\n", keys.join(",\n"))
}

#[test]
fn the_example_gives_the_output_that_is_shown() {
    for name in READMES {
        let readme = fs::read_to_string(path(name)).unwrap();
        let folder = folder(&[("form.txt", fenced(&readme, "text").1)]);
        let run = run_in(folder.path(), &["extract", "form.txt"]);
        assert_eq!(
            (run.code, run.out.lines().count()),
            (Some(0), 1),
            "{name}: {}",
            run.err
        );
        let output = one_key_a_line(&run.out);
        let (before, shown, behind) = fenced(&readme, "json");
        if std::env::var("UPDATE_EXPECT").is_ok() {
            fs::write(path(name), format!("{before}{output}{behind}")).unwrap();
        } else {
            // Line by line, so that a failure shows the key and not the page.
            for (shown, now) in shown.lines().zip(output.lines()) {
                assert_eq!(shown, now, "{name}: UPDATE_EXPECT=1 cargo test rewrites it");
            }
            assert_eq!(shown.lines().count(), output.lines().count(), "{name}");
        }
    }
}

#[test]
fn every_command_is_named() {
    let help = run(&["help"]).out;
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .collect();
    assert!(names.contains(&"extract"), "{help}");
    for readme in READMES {
        let text = fs::read_to_string(path(readme)).unwrap();
        for name in names.iter().filter(|name| !["", "help"].contains(name)) {
            assert!(
                text.contains(&format!("`jixiao {name}")),
                "{readme} does not name {name}"
            );
        }
    }
}

#[test]
fn ci_runs_the_tests_as_the_readme_does() {
    let ci = fs::read_to_string(path(".ci/run")).unwrap();
    for readme in READMES {
        let text = fs::read_to_string(path(readme)).unwrap();
        let command = text
            .lines()
            .filter_map(|line| line.strip_prefix("    "))
            .find(|line| line.starts_with("cargo test"));
        let command =
            command.unwrap_or_else(|| panic!("{readme} does not say how to run the tests"));
        assert!(ci.contains(command), ".ci/run does not run `{command}`");
    }
}
