//! The house rules of ARCHITECTURE.md and CONTRIBUTING.md, held by reading the sources.
//!
//! Each rule is a function from a source file to its complaints, and each is shown to complain about a bad one.

use std::fs;
use std::path::Path;

use crate::source::{Source, blank_comments_and_quotes, names_behind, words};

/// Rooms in the order in which a document walks through them. A room uses itself and `model`.
const ROOMS: &[&str] = &[
    "acquire",
    "layout",
    "grammar",
    "normalise",
    "validate",
    "emit",
];

/// Modules outside the walk, with the modules that they may use.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("model", &[]),
    (
        "pipeline",
        &[
            "model",
            "acquire",
            "layout",
            "grammar",
            "normalise",
            "validate",
            "emit",
        ],
    ),
    ("runs", &["model"]),
    ("batch", &["model", "emit", "pipeline", "runs"]),
    ("worker", &["model", "batch"]),
    ("redact", &["model"]),
    ("export", &["model", "redact", "runs"]),
    ("correct", &["model", "runs"]),
    ("diff", &["model", "runs"]),
    ("eval", &["model", "runs"]),
    ("sample", &["model", "runs", "correct"]),
    ("review", &["model", "runs", "correct", "sample"]),
    ("store", &["model"]),
    (
        "cli",
        &[
            "model", "emit", "grammar", "pipeline", "runs", "batch", "worker", "redact", "export",
            "store", "correct", "diff", "eval", "sample", "review",
        ],
    ),
    (
        "lib",
        &[
            "model",
            "acquire",
            "layout",
            "grammar",
            "normalise",
            "validate",
            "emit",
            "pipeline",
            "batch",
            "worker",
            "redact",
            "export",
            "store",
            "runs",
            "correct",
            "diff",
            "eval",
            "sample",
            "review",
            "cli",
        ],
    ),
    ("main", &["cli"]),
];

/// Beginnings of the paths that may touch files, clocks, threads and the environment.
const EDGES: &[&str] = &[
    "acquire/",
    "batch/",
    "cli/",
    "worker/",
    "export/",
    "store/",
    "runs/",
    "diff/",
    "review/",
    "grammar/load.rs",
];

/// Nouns in the order in which they are made: a noun uses only nouns before it.
const NOUNS: &[&str] = &[
    "digest",
    "edits",
    "fold",
    "form_id",
    "geometry",
    "wilson",
    "diagnostic",
    "displayed",
    "member",
    "steps",
    "page",
    "personal",
    "block",
    "vocabulary",
    "raw",
    "record",
    "places",
    "doubt",
    "form",
];

/// Outside crates and their homes: beginnings of paths under `src/`.
const HOMES: &[(&str, &[&str])] = &[
    ("anyhow", &["cli/"]),
    ("arrow_array", &["export/parquet.rs"]),
    ("arrow_schema", &["export/parquet.rs"]),
    ("axum", &["review/"]),
    ("chardetng", &["acquire/"]),
    ("chrono", &["cli/lineage.rs", "review/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("clap_mangen", &["cli/"]),
    ("encoding_rs", &["acquire/"]),
    ("flate2", &["acquire/archive.rs", "acquire/pdf"]),
    ("fontdb", &["acquire/pdf"]),
    ("futures_util", &["store/"]),
    ("getrandom", &["review/"]),
    ("globset", &["batch/"]),
    ("hmac", &["redact/"]),
    ("hayro", &["acquire/pdf"]),
    ("hayro_ccitt", &["acquire/ocr"]),
    ("hayro_cmap", &["acquire/pdf"]),
    ("hayro_syntax", &["acquire/pdf"]),
    ("image", &["acquire/ocr"]),
    ("include_dir", &["grammar/"]),
    ("indicatif", &["cli/"]),
    ("libc", &["acquire/"]),
    ("lopdf", &["acquire/pdf"]),
    ("mimalloc", &["main.rs"]),
    ("nom", &["grammar/"]),
    ("object_store", &["store/"]),
    ("ort", &["acquire/ocr"]),
    ("parquet", &["export/parquet.rs", "export/mod.rs"]),
    ("pdf_extract", &["acquire/second_reader/extract.rs"]),
    ("quick_xml", &["acquire/ocr/words"]),
    ("rawzip", &["acquire/archive.rs"]),
    ("rayon", &["batch/", "diff/"]),
    (
        "regex",
        &[
            "grammar/",
            "layout/",
            "normalise/",
            "redact/",
            "review/search.rs",
        ],
    ),
    ("rusqlite", &["export/sqlite.rs", "export/mod.rs"]),
    ("rustix", &["worker/"]),
    ("rten", &["acquire/ocr"]),
    ("rten_onnx", &["acquire/ocr"]),
    ("rten_simd", &["acquire/ocr"]),
    ("rten_tensor", &["acquire/ocr"]),
    (
        "rust_decimal",
        &["model/", "normalise/", "validate/", "diff/"],
    ),
    ("schemars", &["model/record.rs", "emit/", "sample/"]),
    (
        "serde",
        &[
            "model/member.rs",
            "model/record.rs",
            "grammar/",
            "emit/",
            "acquire/ocr",
            "batch/",
            "cli/",
            "worker/",
            "export/",
            "redact/",
            "runs/",
            "correct/",
            "diff/",
            "eval/",
            "sample/",
            "review/",
        ],
    ),
    (
        "serde_json",
        &[
            "model/record.rs",
            "emit/",
            "export/",
            "redact/",
            "runs/",
            "correct/",
            "diff/",
            "eval/",
            "sample/",
            "review/",
            "batch/journal.rs",
            "worker/",
            "cli/",
            "pipeline",
            "acquire/ocr/words",
            "acquire/second_reader.rs",
        ],
    ),
    (
        "sha2",
        &[
            "acquire/",
            "batch/identity.rs",
            "batch/select.rs",
            "export/",
            "redact/",
            "review/",
            "sample/",
            "diff/",
            "cli/remote/",
            "cli/to_sample.rs",
            "cli/sample.rs",
        ],
    ),
    ("signal_hook", &["cli/"]),
    ("tempfile", &["cli/"]),
    ("thiserror", &[""]),
    ("tokio", &["store/", "review/"]),
    ("toml", &["grammar/", "acquire/ocr"]),
    ("ttf_parser", &["acquire/pdf"]),
    ("unicode_normalization", &["acquire/", "eval/"]),
    ("uuid", &["cli/lineage.rs"]),
    ("zip", &["acquire/ocr"]),
    ("walkdir", &["batch/"]),
    ("weezl", &["acquire/pdf"]),
];

/// Longest file, in lines, without a line in its module doc that begins `Long because`.
const MAX_LINES: usize = 600;

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &[
    "common", "helper", "helpers", "misc", "types", "util", "utils",
];

/// Data walks one way: a room uses itself and the nouns; only `pipeline`, `batch` and `cli` know several rooms.
fn arrows(source: &Source) -> Vec<String> {
    let room = source.room();
    let outside = OUTSIDE
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, allowed)| *allowed);
    let Some(allowed) = outside.or(ROOMS.contains(&room).then_some(&["model"][..])) else {
        return vec![format!(
            "{}: no room of this name in tests/it/architecture.rs",
            source.path
        )];
    };
    let mut used = names_behind(&source.code, "crate");
    // `super` may climb as far as the room, not out of it.
    let depth = source.module().len();
    for n_up in depth.max(1)..depth.max(1) + 2 {
        used.extend(
            names_behind(&source.code, &vec!["super"; n_up].join("::"))
                .into_iter()
                .filter(|name| name != "super"),
        );
    }
    let is_foreign = |name: &String| *name != room && !allowed.contains(&name.as_str());
    let mut complaints: Vec<String> = used
        .iter()
        .filter(|name| is_foreign(name))
        .map(|name| format!("{}: {room} uses {name}", source.path))
        .collect();
    complaints.dedup();
    complaints
}

/// A noun uses only nouns made before it.
fn nouns(source: &Source) -> Vec<String> {
    let Some(name) = source
        .path
        .strip_prefix("model/")
        .map(|name| name.trim_end_matches(".rs"))
    else {
        return vec![];
    };
    // `codes.rs` is a page of `diagnostic.rs`.
    let place = match name {
        "mod" => return vec![],
        "codes" => NOUNS.iter().position(|noun| *noun == "diagnostic"),
        name => NOUNS.iter().position(|noun| *noun == name),
    };
    let Some(place) = place else {
        return vec![format!(
            "{}: a noun without a place in the order",
            source.path
        )];
    };
    let mut used = names_behind(&source.code, "super");
    used.extend(names_behind(&source.code, "crate::model"));
    let is_later = |other: &String| {
        NOUNS
            .iter()
            .position(|noun| noun == other)
            .is_some_and(|other| other >= place)
    };
    used.iter()
        .filter(|other| is_later(other))
        .map(|other| format!("{}: uses {other}, made later", source.path))
        .collect()
}

/// An outside crate is used only in its home.
fn homes(source: &Source) -> Vec<String> {
    let is_at_home = |homes: &[&str]| homes.iter().any(|home| source.path.starts_with(home));
    let is_used = |name: &str| {
        let uses = words(&source.code, name).into_iter();
        // `clap::x` and `use clap;`, but neither `self::clap::x` nor a variable called so.
        uses.map(|end| (&source.code[..end - name.len()], &source.code[end..]))
            .any(|(before, after)| {
                !before.ends_with("::")
                    && (after.starts_with("::")
                        || before.ends_with("use ") && after.starts_with([';', ' ']))
            })
    };
    let strays = HOMES
        .iter()
        .filter(|(name, homes)| !is_at_home(homes) && is_used(name));
    strays
        .map(|(name, homes)| format!("{}: {name} is at home in {}", source.path, homes.join(", ")))
        .collect()
}

/// Only edges may ask to be let off the I/O bans of `clippy.toml`.
fn edges(source: &Source) -> Vec<String> {
    let is_let_off = source.code.contains("clippy::disallowed_methods")
        || source.code.contains("clippy::disallowed_macros");
    let complaint = || format!("{}: not an edge, and let off the I/O bans", source.path);
    if is_let_off && !EDGES.iter().any(|edge| source.path.starts_with(edge)) {
        vec![complaint()]
    } else {
        vec![]
    }
}

/// The lines of the module doc, without their `//!`.
fn module_doc(source: &Source) -> Vec<&str> {
    let doc = source
        .text
        .lines()
        .take_while(|line| line.starts_with("//!"));
    doc.map(|line| line.trim_start_matches("//!").trim())
        .collect()
}

/// A file says what it is; a room says what goes in, what comes out and what it never does.
fn docs(source: &Source) -> Vec<String> {
    if source.path == "model/codes.rs" {
        return vec![];
    }
    let doc = module_doc(source).join(" ");
    let is_room = source.path.ends_with("/mod.rs") && source.module().len() == 1;
    let wanted: &[&str] = if is_room {
        &["In:", "Out:", "Never:"]
    } else {
        &["."]
    };
    let missing = wanted.iter().filter(|word| !doc.contains(*word));
    missing
        .map(|word| format!("{}: its module doc lacks `{word}`", source.path))
        .collect()
}

/// A file is one thing, and short unless it says why not.
fn length(source: &Source) -> Vec<String> {
    let n_lines = source.text.lines().count();
    let is_excused = source.path == "model/codes.rs"
        || module_doc(source)
            .iter()
            .any(|line| line.starts_with("Long because"));
    if n_lines <= MAX_LINES || is_excused {
        vec![]
    } else {
        vec![format!("{}: {n_lines} lines", source.path)]
    }
}

/// A file is named after what it makes or does.
fn file_names(source: &Source) -> Vec<String> {
    let steps = source.path.trim_end_matches(".rs").split('/');
    steps
        .filter(|step| EMPTY_NAMES.contains(step))
        .map(|step| format!("{}: `{step}` says nothing", source.path))
        .collect()
}

/// What is used is named.
fn glob_imports(source: &Source) -> Vec<String> {
    let statements = words(&source.code, "use")
        .into_iter()
        .filter_map(|end| source.code[end..].split(';').next());
    let globs = statements
        .filter(|statement| statement.starts_with(char::is_whitespace) && statement.contains('*'));
    globs
        .map(|statement| format!("{}: use{statement}", source.path))
        .collect()
}

/// A fault of ours says why it cannot be; what is to be done has a number.
fn loose_ends(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    if source.code.contains(".unwrap()") {
        found.push(format!("{}: unwrap outside tests", source.path));
    }
    let marks = ["TODO", "FIXME"].map(|mark| {
        words(&source.text, mark)
            .into_iter()
            .map(|end| &source.text[end..])
    });
    if marks
        .into_iter()
        .flatten()
        .any(|rest| !rest.starts_with("(#"))
    {
        found.push(format!(
            "{}: something to do without the number of an issue",
            source.path
        ));
    }
    found
}

/// Tests stand at the end: what follows them would escape every rule.
fn tests_last(source: &Source) -> Vec<String> {
    let code = blank_comments_and_quotes(&source.text);
    let Some((_, tests)) = code.split_once("#[cfg(test)]\nmod tests") else {
        return vec![];
    };
    let is_followed = tests
        .split_once("\n}")
        .is_some_and(|(_, rest)| !rest.trim().is_empty());
    if is_followed {
        vec![format!(
            "{}: something stands behind the tests",
            source.path
        )]
    } else {
        vec![]
    }
}

/// Every rule.
const RULES: &[fn(&Source) -> Vec<String>] = &[
    arrows,
    nouns,
    homes,
    edges,
    docs,
    length,
    file_names,
    glob_imports,
    loose_ends,
    tests_last,
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under `src/` but those for tests alone, sorted.
fn sources() -> Vec<Source> {
    let root = root().join("src");
    let read = |path: &Path| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        Source::new(&name.replace('\\', "/"), &fs::read_to_string(path).unwrap())
    };
    let is_rust = |path: &Path| path.extension().is_some_and(|ending| ending == "rs");
    let mut sources: Vec<Source> = walkdir::WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| is_rust(path))
        .map(|path| read(&path))
        .collect();
    let tests: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    sources.retain(|source| {
        let module = source.module().join("/");
        let is_test = |test: &String| module == *test || module.starts_with(&format!("{test}/"));
        // A test module may bring a page of its own along, under another path.
        !tests.iter().any(is_test) && !source.path.ends_with("_test.rs")
    });
    sources
}

#[test]
fn the_house_is_in_order() {
    let sources = sources();
    let declares_test = |source: &Source| source.code.contains("_test;");
    assert!(
        !sources.iter().any(declares_test),
        "a `…_test.rs` outside the tests"
    );
    assert!(sources.len() > 10);
    let complaints: Vec<String> = RULES
        .iter()
        .flat_map(|rule| sources.iter().flat_map(rule))
        .collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_dependency_has_a_home() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let systems = manifest.get("target").and_then(|target| target.as_table());
    let tables = systems.into_iter().flat_map(|systems| systems.values());
    let homeless: Vec<String> = std::iter::once(&manifest["dependencies"])
        .chain(tables.filter_map(|system| system.get("dependencies")))
        .flat_map(|table| table.as_table().unwrap().keys())
        .map(|name| name.replace('-', "_"))
        .filter(|name| !HOMES.iter().any(|(home, _)| home == name))
        .collect();
    assert_eq!(
        homeless,
        Vec::<String>::new(),
        "name a home in tests/it/architecture.rs"
    );
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
        assert_eq!(
            rule(&Source::new(path, text)),
            Vec::<String>::new(),
            "{text}"
        );
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
    let good = [
        "use crate::model::{Page, layout};",
        "use crate::acquire::pdf;",
        "use super::pdf;",
        "// crate::layout",
    ];
    check_good(arrows, "acquire/text.rs", &good);
    check_bad(arrows, "acquire/mod.rs", &["use super::layout;"]);
    check_good(arrows, "acquire/pdf/fonts.rs", &["use super::super::text;"]);
    check_bad(arrows, "model/page.rs", &["use crate::emit::jsonl;"]);
    check_bad(arrows, "batch/run.rs", &["use crate::acquire::open;"]);
    check_good(
        arrows,
        "pipeline.rs",
        &["use crate::{acquire, layout, emit};"],
    );
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
    check_bad(
        nouns,
        "model/page.rs",
        &[
            "use super::record::Record;",
            "use crate::model::form::Form;",
        ],
    );
    check_bad(nouns, "model/codes.rs", &["use super::page::Page;"]);
    check_bad(nouns, "model/novelty.rs", &[""]);
    check_good(
        nouns,
        "model/form.rs",
        &["use super::record::{Fund, Named};"],
    );
}

#[test]
fn a_crate_away_from_home_is_found() {
    let bad = [
        "use rayon::prelude::ParIter;",
        "fn f() { rayon::join(a, b); }",
        "use rayon;",
        "use rayon as r;",
    ];
    check_bad(homes, "layout/lines.rs", &bad);
    check_good(
        homes,
        "layout/lines.rs",
        &[
            "let rayon = 1;",
            "// rayon::join",
            "let s = \"rayon::join\";",
            "use self::rayon::x;",
        ],
    );
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
    check_bad(
        docs,
        "layout/lines.rs",
        &["fn f() {}", "// A comment is no doc.\n"],
    );
    check_good(docs, "layout/lines.rs", &["//! Lines in reading order.\n"]);
    check_bad(
        docs,
        "layout/mod.rs",
        &["//! Layout.\n//! In: pages. Out: blocks.\n"],
    );
    check_good(
        docs,
        "layout/mod.rs",
        &["//! Layout.\n//! In: pages. Out: blocks. Never: reads files.\n"],
    );
}

#[test]
fn a_long_file_is_found_unless_it_says_why() {
    let long = "fn f() {}\n".repeat(MAX_LINES + 1);
    check_bad(length, "layout/lines.rs", &[&long]);
    check_good(
        length,
        "layout/lines.rs",
        &[&format!(
            "//! Lines.\n//! Long because it is one table.\n{long}"
        )],
    );
}

#[test]
fn a_name_that_says_nothing_is_found() {
    check_bad(file_names, "layout/util.rs", &[""]);
    check_bad(file_names, "layout/helpers/mod.rs", &[""]);
    check_good(file_names, "layout/utility_poles.rs", &[""]);
}

#[test]
fn a_glob_import_is_found() {
    check_bad(
        glob_imports,
        "layout/lines.rs",
        &[
            "use crate::model::*;",
            "pub use self::lines::{\n    a::*,\n    b,\n};",
        ],
    );
    check_good(
        glob_imports,
        "layout/lines.rs",
        &[
            "use crate::model::Page;\nfn f() { a * b; }",
            "fn f(a: &u8) -> impl Iterator + use<> { *a; }",
        ],
    );
}

#[test]
fn a_loose_end_is_found() {
    check_bad(
        loose_ends,
        "layout/lines.rs",
        &["a.unwrap();", "// TODO: later", "// FIXME"],
    );
    check_good(
        loose_ends,
        "layout/lines.rs",
        &[
            "a.expect(\"it is\");",
            "// TODO(#12): spans",
            "\"a.unwrap()\"",
            "a.unwrap_or(1)",
        ],
    );
}

#[test]
fn code_behind_the_tests_is_found() {
    let tests = "#[cfg(test)]\nmod tests {\n    fn f() {\n    }\n}\n";
    check_bad(
        tests_last,
        "layout/lines.rs",
        &[&format!("{tests}\nuse crate::emit::jsonl;\n")],
    );
    check_good(tests_last, "layout/lines.rs", &[tests, "fn f() {\n}\n"]);
}
