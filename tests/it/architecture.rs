//! The house rules of ARCHITECTURE.md and CONTRIBUTING.md, held by reading the sources.
//!
//! Each rule is a function from a source file to its complaints, and each is shown to complain about a bad one.

use std::fs;
use std::path::Path;

/// Rooms in the order in which a document walks through them. A room uses itself and `model`.
const ROOMS: &[&str] = &["acquire", "layout", "grammar", "normalise", "validate", "emit"];

/// Modules outside the walk, with the modules that they may use.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("pipeline", &["model", "acquire", "layout", "grammar", "normalise", "validate", "emit"]),
    ("batch", &["model", "emit", "pipeline"]),
    ("cli", &["model", "emit", "grammar", "pipeline", "batch"]),
    ("lib", &["model", "acquire", "layout", "grammar", "normalise", "validate", "emit", "pipeline", "batch", "cli"]),
    ("main", &["cli"]),
];

/// Modules that may touch files, clocks, threads and the environment.
const EDGES: &[&str] = &["acquire", "batch", "cli"];

/// Nouns in the order in which they are made: a noun uses only nouns before it.
const NOUNS: &[&str] = &["geometry", "diagnostic", "page", "block", "vocabulary", "raw", "record", "form"];

/// Outside crates and their homes: beginnings of paths under `src/`.
const HOMES: &[(&str, &[&str])] = &[
    ("anyhow", &["cli/"]),
    ("chardetng", &["acquire/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("clap_mangen", &["cli/"]),
    ("encoding_rs", &["acquire/"]),
    ("globset", &["batch/"]),
    ("hayro_cmap", &["acquire/pdf"]),
    ("hayro_syntax", &["acquire/pdf"]),
    ("include_dir", &["grammar/"]),
    ("indicatif", &["cli/"]),
    ("lopdf", &["acquire/pdf"]),
    ("nom", &["grammar/"]),
    ("rayon", &["batch/"]),
    ("regex", &["grammar/", "layout/", "normalise/"]),
    ("rust_decimal", &["model/", "normalise/", "validate/"]),
    ("schemars", &["model/record.rs", "emit/schema.rs"]),
    ("serde", &["model/record.rs", "grammar/", "emit/"]),
    ("serde_json", &["emit/", "cli/", "pipeline.rs"]),
    ("sha2", &["acquire/"]),
    ("thiserror", &[""]),
    ("toml", &["grammar/"]),
    ("ttf_parser", &["acquire/pdf"]),
    ("walkdir", &["batch/"]),
];

/// Longest file, in lines, without a line in its module doc that begins `Long because`.
const MAX_LINES: usize = 600;

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "types", "util", "utils"];

/// A source file under `src/`.
struct Source {
    /// From `src/`, with `/` separators.
    path: String,
    /// As it stands in the file.
    text: String,
    /// Without tests, comments and what stands in quotes; the lines keep their numbers.
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let code = without_tests(&blank_comments_and_quotes(text));
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// Top-level module: the folder, or the file itself.
    fn room(&self) -> &str {
        self.path.split('/').next().map_or("", |first| first.trim_end_matches(".rs"))
    }

    /// Path of the module below the crate: `acquire/pdf/mod.rs` is `[acquire, pdf]`, `lib.rs` is the crate itself.
    fn module(&self) -> Vec<&str> {
        let path = self.path.trim_end_matches(".rs");
        path.split('/').filter(|step| !["mod", "lib", "main"].contains(step)).collect()
    }
}

/// Comments and the inside of quotes become spaces; line ends stay.
fn blank_comments_and_quotes(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut idx = 0;
    // Copies a stretch as blanks and goes on behind it.
    let blank = |from: usize, to: usize, code: &mut String| {
        code.extend(chars[from..to.min(chars.len())].iter().map(|ch| if *ch == '\n' { '\n' } else { ' ' }));
        to
    };
    while idx < chars.len() {
        let rest = &chars[idx..];
        let starts = |prefix: &str| prefix.chars().zip(rest).filter(|(a, b)| a == *b).count() == prefix.chars().count();
        let after_ident = idx > 0 && is_ident(chars[idx - 1]);
        if starts("//") {
            let end = rest.iter().position(|ch| *ch == '\n').unwrap_or(rest.len());
            idx = blank(idx, idx + end, &mut code);
        } else if starts("/*") {
            idx = blank(idx, idx + block_comment_len(rest), &mut code);
        } else if let Some(len) = (!after_ident).then(|| raw_string_len(rest)).flatten() {
            idx = blank(idx, idx + len, &mut code);
        } else if starts("\"") {
            idx = blank(idx, idx + quoted_len(rest, '"'), &mut code);
        } else if starts("'") && (rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'')) {
            idx = blank(idx, idx + quoted_len(rest, '\''), &mut code);
        } else {
            code.push(chars[idx]);
            idx += 1;
        }
    }
    code
}

fn block_comment_len(rest: &[char]) -> usize {
    let mut depth = 0_usize;
    let mut idx = 0;
    while idx < rest.len() {
        match (rest[idx], rest.get(idx + 1)) {
            ('/', Some('*')) => (depth, idx) = (depth + 1, idx + 2),
            ('*', Some('/')) => (depth, idx) = (depth - 1, idx + 2),
            _ => idx += 1,
        }
        if depth == 0 {
            return idx;
        }
    }
    rest.len()
}

fn quoted_len(rest: &[char], quote: char) -> usize {
    let mut idx = 1;
    while idx < rest.len() {
        match rest[idx] {
            '\\' => idx += 2,
            ch if ch == quote => return idx + 1,
            _ => idx += 1,
        }
    }
    rest.len()
}

/// Length of `r"…"`, `br##"…"##`; `None` where no raw string begins.
fn raw_string_len(rest: &[char]) -> Option<usize> {
    let n_prefix = rest.iter().take_while(|ch| ['b', 'c', 'r'].contains(*ch)).count();
    let n_hashes = rest[n_prefix..].iter().take_while(|ch| **ch == '#').count();
    let open = n_prefix + n_hashes;
    if !(1..=2).contains(&n_prefix) || rest[n_prefix - 1] != 'r' || rest.get(open) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', n_hashes)).collect();
    let body = &rest[open + 1..];
    let end = body.windows(close.len()).position(|window| window == close.as_slice());
    Some(end.map_or(rest.len(), |end| open + 1 + end + close.len()))
}

/// Everything before the tests, which stand at the end of a file.
fn without_tests(code: &str) -> String {
    code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
}

fn is_ident(ch: char) -> bool {
    ch.is_alphanumeric() || ch == '_'
}

/// Places where `word` stands as a whole word, as offsets behind it.
fn words(code: &str, word: &str) -> Vec<usize> {
    let whole = |(start, found): (usize, &str)| {
        let end = start + found.len();
        let before = code[..start].chars().next_back();
        let after = code[end..].chars().next();
        (!before.is_some_and(is_ident) && !after.is_some_and(is_ident)).then_some(end)
    };
    code.match_indices(word).filter_map(whole).collect()
}

/// Names that follow `prefix::`: one, or those of a group `prefix::{a, b::{c}}` at its first level.
fn names_behind(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for end in words(code, prefix) {
        let Some(rest) = code[end..].strip_prefix("::") else { continue };
        let ident = |text: &str| text.chars().take_while(|ch| is_ident(*ch)).collect::<String>();
        let Some(group) = rest.strip_prefix('{') else {
            names.push(ident(rest));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for ch in group.chars() {
            match ch {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    names.push(ident(std::mem::take(&mut item).trim()));
                    continue;
                }
                _ => {}
            }
            item.push(ch);
        }
        names.push(ident(item.trim()));
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Data walks one way: a room uses itself and the nouns; only `pipeline`, `batch` and `cli` know several rooms.
fn arrows(source: &Source) -> Vec<String> {
    let room = source.room();
    let outside = OUTSIDE.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed);
    let Some(allowed) = outside.or(ROOMS.contains(&room).then_some(&["model"][..])) else {
        return vec![format!("{}: no room of this name in tests/it/architecture.rs", source.path)];
    };
    let mut used = names_behind(&source.code, "crate");
    // `super` may climb as far as the room, not out of it.
    let depth = source.module().len();
    for n_up in depth.max(1)..depth.max(1) + 2 {
        used.extend(names_behind(&source.code, &vec!["super"; n_up].join("::")).into_iter().filter(|name| name != "super"));
    }
    let is_foreign = |name: &String| *name != room && !allowed.contains(&name.as_str());
    let mut complaints: Vec<String> =
        used.iter().filter(|name| is_foreign(name)).map(|name| format!("{}: {room} uses {name}", source.path)).collect();
    complaints.dedup();
    complaints
}

/// A noun uses only nouns made before it.
fn nouns(source: &Source) -> Vec<String> {
    let Some(name) = source.path.strip_prefix("model/").map(|name| name.trim_end_matches(".rs")) else { return vec![] };
    // `codes.rs` is a page of `diagnostic.rs`.
    let place = match name {
        "mod" => return vec![],
        "codes" => NOUNS.iter().position(|noun| *noun == "diagnostic"),
        name => NOUNS.iter().position(|noun| *noun == name),
    };
    let Some(place) = place else { return vec![format!("{}: a noun without a place in the order", source.path)] };
    let mut used = names_behind(&source.code, "super");
    used.extend(names_behind(&source.code, "crate::model"));
    let is_later = |other: &String| NOUNS.iter().position(|noun| noun == other).is_some_and(|other| other >= place);
    used.iter().filter(|other| is_later(other)).map(|other| format!("{}: uses {other}, made later", source.path)).collect()
}

/// An outside crate is used only in its home.
fn homes(source: &Source) -> Vec<String> {
    let is_at_home = |homes: &[&str]| homes.iter().any(|home| source.path.starts_with(home));
    let is_used = |name: &str| {
        let uses = words(&source.code, name).into_iter();
        // `clap::x` and `use clap;`, but neither `self::clap::x` nor a variable called so.
        uses.map(|end| (&source.code[..end - name.len()], &source.code[end..])).any(|(before, after)| {
            !before.ends_with("::") && (after.starts_with("::") || before.ends_with("use ") && after.starts_with([';', ' ']))
        })
    };
    let strays = HOMES.iter().filter(|(name, homes)| !is_at_home(homes) && is_used(name));
    strays.map(|(name, homes)| format!("{}: {name} is at home in {}", source.path, homes.join(", "))).collect()
}

/// Only edges may ask to be let off the I/O bans of `clippy.toml`.
fn edges(source: &Source) -> Vec<String> {
    let is_let_off = source.code.contains("clippy::disallowed_methods") || source.code.contains("clippy::disallowed_macros");
    let complaint = || format!("{}: not an edge, and let off the I/O bans", source.path);
    if is_let_off && !EDGES.contains(&source.room()) { vec![complaint()] } else { vec![] }
}

/// The lines of the module doc, without their `//!`.
fn module_doc(source: &Source) -> Vec<&str> {
    let doc = source.text.lines().take_while(|line| line.starts_with("//!"));
    doc.map(|line| line.trim_start_matches("//!").trim()).collect()
}

/// A file says what it is; a room says what goes in, what comes out and what it never does.
fn docs(source: &Source) -> Vec<String> {
    if source.path == "model/codes.rs" {
        return vec![];
    }
    let doc = module_doc(source).join(" ");
    let is_room = source.path.ends_with("/mod.rs") && source.module().len() == 1;
    let wanted: &[&str] = if is_room { &["In:", "Out:", "Never:"] } else { &["."] };
    let missing = wanted.iter().filter(|word| !doc.contains(*word));
    missing.map(|word| format!("{}: its module doc lacks `{word}`", source.path)).collect()
}

/// A file is one thing, and short unless it says why not.
fn length(source: &Source) -> Vec<String> {
    let n_lines = source.text.lines().count();
    let is_excused = source.path == "model/codes.rs" || module_doc(source).iter().any(|line| line.starts_with("Long because"));
    if n_lines <= MAX_LINES || is_excused { vec![] } else { vec![format!("{}: {n_lines} lines", source.path)] }
}

/// A file is named after what it makes or does.
fn file_names(source: &Source) -> Vec<String> {
    let steps = source.path.trim_end_matches(".rs").split('/');
    steps.filter(|step| EMPTY_NAMES.contains(step)).map(|step| format!("{}: `{step}` says nothing", source.path)).collect()
}

/// What is used is named.
fn glob_imports(source: &Source) -> Vec<String> {
    let statements = words(&source.code, "use").into_iter().filter_map(|end| source.code[end..].split(';').next());
    let globs = statements.filter(|statement| statement.contains('*'));
    globs.map(|statement| format!("{}: use{statement}", source.path)).collect()
}

/// A fault of ours says why it cannot be; what is to be done has a number.
fn loose_ends(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    if source.code.contains(".unwrap()") {
        found.push(format!("{}: unwrap outside tests", source.path));
    }
    let marks = ["TODO", "FIXME"].map(|mark| words(&source.text, mark).into_iter().map(|end| &source.text[end..]));
    if marks.into_iter().flatten().any(|rest| !rest.starts_with("(#")) {
        found.push(format!("{}: something to do without the number of an issue", source.path));
    }
    found
}

/// Tests stand at the end: what follows them would escape every rule.
fn tests_last(source: &Source) -> Vec<String> {
    let code = blank_comments_and_quotes(&source.text);
    let Some((_, tests)) = code.split_once("#[cfg(test)]\nmod tests") else { return vec![] };
    let is_followed = tests.split_once("\n}").is_some_and(|(_, rest)| !rest.trim().is_empty());
    if is_followed { vec![format!("{}: something stands behind the tests", source.path)] } else { vec![] }
}

/// Every rule.
const RULES: &[fn(&Source) -> Vec<String>] =
    &[arrows, nouns, homes, edges, docs, length, file_names, glob_imports, loose_ends, tests_last];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under `src/`, sorted.
fn sources() -> Vec<Source> {
    let root = root().join("src");
    let entries = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs"));
    let source = |path: &Path| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        Source::new(&name, &fs::read_to_string(path).unwrap())
    };
    files.map(|entry| source(entry.path())).collect()
}

#[test]
fn the_house_is_in_order() {
    let sources = sources();
    assert!(sources.len() > 10);
    let complaints: Vec<String> = RULES.iter().flat_map(|rule| sources.iter().flat_map(rule)).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_dependency_has_a_home() {
    let manifest: toml::Table = toml::from_str(&fs::read_to_string(root().join("Cargo.toml")).unwrap()).unwrap();
    let names = manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_"));
    let homeless: Vec<String> = names.filter(|name| !HOMES.iter().any(|(home, _)| home == name)).collect();
    assert_eq!(homeless, Vec::<String>::new(), "name a home in tests/it/architecture.rs");
}

/// Expects `rule` to complain of every text in a file of this path.
fn check_bad(rule: fn(&Source) -> Vec<String>, path: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(rule(&Source::new(path, text)).len(), 1, "{path}: {text}");
    }
}

/// Expects `rule` to be content with every text in a file of this path.
fn check_good(rule: fn(&Source) -> Vec<String>, path: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(rule(&Source::new(path, text)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_room_that_uses_a_room_is_found() {
    let bad = [
        "use crate::layout::lines;",
        "use crate::{model::Page, layout};",
        "fn f() { crate::layout::lattice(); }",
        "use super::super::layout::Lines;",
        "use crate::pipeline::Outcome;",
    ];
    check_bad(arrows, "acquire/text.rs", &bad);
    let good = ["use crate::model::{Page, layout};", "use crate::acquire::pdf;", "use super::pdf;", "// crate::layout"];
    check_good(arrows, "acquire/text.rs", &good);
    check_bad(arrows, "acquire/mod.rs", &["use super::layout;"]);
    check_good(arrows, "acquire/pdf/fonts.rs", &["use super::super::text;"]);
    check_bad(arrows, "model/page.rs", &["use crate::emit::jsonl;"]);
    check_bad(arrows, "batch/run.rs", &["use crate::acquire::open;"]);
    check_good(arrows, "pipeline.rs", &["use crate::{acquire, layout, emit};"]);
    check_bad(arrows, "shed/mod.rs", &[""]);
}

#[test]
fn a_test_may_use_what_it_likes() {
    let text = "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::layout::lines;\n    use super::*;\n}\n";
    check_good(arrows, "acquire/text.rs", &[text]);
    check_good(glob_imports, "acquire/text.rs", &[text]);
}

#[test]
fn a_noun_that_uses_a_later_one_is_found() {
    check_bad(nouns, "model/page.rs", &["use super::record::Record;", "use crate::model::form::Form;"]);
    check_bad(nouns, "model/codes.rs", &["use super::page::Page;"]);
    check_bad(nouns, "model/novelty.rs", &[""]);
    check_good(nouns, "model/form.rs", &["use super::record::{Fund, Named};"]);
}

#[test]
fn a_crate_away_from_home_is_found() {
    let bad = ["use rayon::prelude::ParIter;", "fn f() { rayon::join(a, b); }", "use rayon;", "use rayon as r;"];
    check_bad(homes, "layout/lines.rs", &bad);
    check_good(homes, "layout/lines.rs", &["let rayon = 1;", "// rayon::join", "let s = \"rayon::join\";", "use self::rayon::x;"]);
    check_good(homes, "batch/run.rs", &bad);
    check_bad(homes, "acquire/text.rs", &["use lopdf::Document;"]);
    check_bad(homes, "model/form.rs", &["use serde::Serialize;"]);
}

#[test]
fn a_stage_that_touches_files_is_found() {
    let text = "#![expect(clippy::disallowed_methods, reason = \"…\")]";
    check_bad(edges, "layout/mod.rs", &[text]);
    check_good(edges, "acquire/mod.rs", &[text]);
}

#[test]
fn a_file_without_its_doc_is_found() {
    check_bad(docs, "layout/lines.rs", &["fn f() {}", "// A comment is no doc.\n"]);
    check_good(docs, "layout/lines.rs", &["//! Lines in reading order.\n"]);
    check_bad(docs, "layout/mod.rs", &["//! Layout.\n//! In: pages. Out: blocks.\n"]);
    check_good(docs, "layout/mod.rs", &["//! Layout.\n//! In: pages. Out: blocks. Never: reads files.\n"]);
}

#[test]
fn a_long_file_is_found_unless_it_says_why() {
    let long = "fn f() {}\n".repeat(MAX_LINES + 1);
    check_bad(length, "layout/lines.rs", &[&long]);
    check_good(length, "layout/lines.rs", &[&format!("//! Lines.\n//! Long because it is one table.\n{long}")]);
}

#[test]
fn a_name_that_says_nothing_is_found() {
    check_bad(file_names, "layout/util.rs", &[""]);
    check_bad(file_names, "layout/helpers/mod.rs", &[""]);
    check_good(file_names, "layout/utility_poles.rs", &[""]);
}

#[test]
fn a_glob_import_is_found() {
    check_bad(glob_imports, "layout/lines.rs", &["use crate::model::*;", "pub use self::lines::{\n    a::*,\n    b,\n};"]);
    check_good(glob_imports, "layout/lines.rs", &["use crate::model::Page;\nfn f() { a * b; }"]);
}

#[test]
fn a_loose_end_is_found() {
    check_bad(loose_ends, "layout/lines.rs", &["a.unwrap();", "// TODO: later", "// FIXME"]);
    check_good(loose_ends, "layout/lines.rs", &["a.expect(\"it is\");", "// TODO(#12): spans", "\"a.unwrap()\"", "a.unwrap_or(1)"]);
}

#[test]
fn code_behind_the_tests_is_found() {
    let tests = "#[cfg(test)]\nmod tests {\n    fn f() {\n    }\n}\n";
    check_bad(tests_last, "layout/lines.rs", &[&format!("{tests}\nuse crate::emit::jsonl;\n")]);
    check_good(tests_last, "layout/lines.rs", &[tests, "fn f() {\n}\n"]);
}

#[test]
fn quotes_and_comments_do_not_hide_code() {
    let check = |text: &str, expected: &str| {
        let code = blank_comments_and_quotes(text);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text}");
        assert_eq!(code.matches('\n').count(), text.matches('\n').count());
    };
    check("a /* b /* c */ d */ e // f\ng", "a e g");
    check(r#"a "b \" // c" d"#, "a d");
    check("a r#\"b \" c\"# d", "a d");
    check("a '\"' b '\\'' c '\\u{1f}' d", "a b c d");
    check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    check("for r in bar { \"x\" }", "for r in bar { }");
}
