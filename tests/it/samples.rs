//! Samples: every folder of `samples/` gives the records that lie beside its input. `UPDATE_EXPECT=1` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use jixiao::emit::jsonl::to_line;
use jixiao::grammar::Grammars;
use jixiao::pipeline::{Outcome, PipelineParams, Reader, models, process_file};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Names of the samples, sorted.
fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn input_of(name: &str) -> PathBuf {
    fs::read_dir(folder().join(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_stem().is_some_and(|stem| stem == "input"))
        .unwrap()
}

fn read(name: &str, grammars: &Grammars) -> Outcome {
    let input = input_of(name);
    let file = input.file_name().unwrap().to_string_lossy().into_owned();
    let params = PipelineParams {
        provenance: true,
        ..PipelineParams::default()
    };
    process_file(
        &input,
        None,
        &format!("samples/{name}/{file}"),
        &Reader::new(grammars),
        &params,
    )
}

fn manifest() -> toml::Table {
    fs::read_to_string(folder().join("manifest.toml"))
        .unwrap()
        .parse()
        .unwrap()
}

/// Whether the models that recognise scans are in place.
pub(crate) fn has_models() -> bool {
    let folder = models::directory().unwrap();
    let lock = models::Lock::built_in().unwrap();
    lock.verify(&folder)
        .iter()
        .all(|(_, state)| state.is_good())
}

#[test]
fn every_sample_gives_its_records() {
    let grammars = Grammars::load(&[]).unwrap();
    let (manifest, has_models) = (manifest(), has_models());
    for name in names() {
        let needs = manifest[&name].get("needs").and_then(toml::Value::as_str);
        if needs == Some("models") && !has_models {
            println!("skipped: sample {name} needs the models: jixiao models install");
            continue;
        }
        let outcome = read(&name, &grammars);
        let mut lines: String = outcome.records.iter().map(to_line).collect();
        lines.push_str(&to_line(&outcome.document));
        expect_file![folder().join(&name).join("expected.jsonl")].assert_eq(&lines);
    }
}

#[test]
fn every_sample_has_an_origin_and_a_licence() {
    let manifest = manifest();
    let listed: Vec<String> = manifest.keys().cloned().collect();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(sorted, names());
    for (name, entry) in &manifest {
        for key in ["origin", "licence", "shows"] {
            assert!(
                entry.get(key).and_then(toml::Value::as_str).is_some(),
                "{name} has no {key}"
            );
        }
    }
}
