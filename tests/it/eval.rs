//! Runs beside the truth: what is right counts as right, and the figures are those of the corpus's scorer, whatever is wrong with a run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::program::{Run, read_run, run, run_in};

/// Records of the samples, in a folder with the truth that they make and the run that they are.
fn samples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut truth: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut run = String::new();
    for entry in fs::read_dir(samples).unwrap() {
        let Ok(text) = fs::read_to_string(entry.unwrap().path().join("expected.jsonl")) else {
            continue;
        };
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            // Behind the records stands the line of the ledger.
            let Some(path) = record["document"]["path"].as_str() else {
                continue;
            };
            let path = path.to_owned();
            truth.entry(path).or_default().push(record);
            run.push_str(line);
            run.push('\n');
        }
    }
    let line = |(file, forms): (&String, &Vec<Value>)| {
        let is_scan = forms[0]["document"]["source"] == "ocr";
        let tags = if is_scan { ["scan"] } else { ["digital"] };
        format!(
            "{}\n",
            json!({ "file": file, "tags": tags, "forms": forms, "alts": null })
        )
    };
    fs::write(
        folder.path().join("truth.jsonl"),
        truth.iter().map(line).collect::<String>(),
    )
    .unwrap();
    fs::create_dir(folder.path().join("run")).unwrap();
    fs::write(folder.path().join("run/forms.jsonl"), run).unwrap();
    folder
}

fn eval(folder: &Path, args: &[&str]) -> Run {
    run_in(
        folder,
        &[&["eval", "--truth", "truth.jsonl", "run"], args].concat(),
    )
}

fn report(folder: &Path, args: &[&str]) -> Value {
    let run = eval(folder, &[&["--json"], args].concat());
    assert_eq!(run.code, Some(0), "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// Changes the records of the run.
fn change(folder: &Path, change: impl Fn(&mut Value)) {
    let path = folder.join("run/forms.jsonl");
    let changed = fs::read_to_string(&path).unwrap();
    let changed = changed.lines().map(|line| {
        let mut record = serde_json::from_str(line).unwrap();
        change(&mut record);
        format!("{record}\n")
    });
    let changed: String = changed.collect();
    fs::write(path, changed).unwrap();
}

#[test]
fn what_is_the_truth_is_right() {
    let folder = samples();
    let report = report(folder.path(), &["--worst", "3"]);
    assert_eq!(report["schema"], "jixiao.eval/1");
    for key in [
        "field_f1",
        "strict_f1",
        "row_exact",
        "forms_exact",
        "form_recall",
    ] {
        assert_eq!(report["overall"][key], 1.0, "{key}");
    }
    assert_eq!(report["tags"]["scan"]["files_exact"], 1.0);
    assert_eq!(report["efficiency"]["forms"]["wrong"], 0);
    assert_eq!(
        report["efficiency"]["forms"]["found"][0]["by_doubt"],
        Value::Null
    );
    assert_eq!(report["calibration"]["wrong"], 0);
    assert_eq!(report.get("worst"), None);
    assert_eq!(eval(folder.path(), &["--min-f1", "1"]).code, Some(0));
}

#[test]
fn what_is_changed_is_found() {
    let folder = samples();
    change(folder.path(), |record| {
        if record["document"]["source"] == "ocr" && record["indicators"][0].is_object() {
            record["indicators"][0]["target"] = "错".into();
        }
    });
    let report = report(folder.path(), &["--worst", "1", "--only", "scan"]);
    let path = "/indicators/0/target";
    assert_eq!(report["worst"][0]["differences"][0]["path"], path);
    assert_eq!(report["worst"][0]["differences"][0]["output"], "错");
    assert!(
        report["fields"]["/indicators/*/target"]["f1"]
            .as_f64()
            .unwrap()
            < 1.0
    );
    assert_eq!(report["fields"]["/indicators/*/weight"]["f1"], 1.0);
    assert!(report["calibration"]["wrong"].as_u64().unwrap() > 0);
    assert!(report["efficiency"]["leaves"]["wrong"].as_u64().unwrap() > 0);
    let below = eval(folder.path(), &["--min-f1", "0.9999"]);
    assert_eq!(below.code, Some(1));
    assert!(below.err.contains("is below 0.9999"), "{}", below.err);
}

#[test]
fn the_tables_speak_both_languages() {
    let folder = samples();
    change(folder.path(), |record| record["title"] = "错".into());
    let args = [
        "--tags",
        "--fields",
        "--worst",
        "1",
        "--max-differences",
        "1",
    ];
    let english = eval(folder.path(), &args).out;
    for part in [
        "strict F1",
        "digital",
        "/title",
        "95 % interval",
        "by doubt",
        "truth ",
    ] {
        assert!(english.contains(part), "{part}\n{english}");
    }
    let chinese = eval(folder.path(), &[&args[..], &["--lang", "zh"]].concat()).out;
    for part in ["严格 F1", "digital", "/title", "95% 区间", "按疑点", "真值"] {
        assert!(chinese.contains(part), "{part}\n{chinese}");
    }
}

#[test]
fn pictures_are_drawn() {
    let folder = samples();
    change(folder.path(), |record| record["title"] = "错".into());
    for lang in ["en", "zh"] {
        let args = [
            "--calibration",
            "c.svg",
            "--efficiency",
            "e.svg",
            "--lang",
            lang,
        ];
        assert_eq!(eval(folder.path(), &args).code, Some(0));
        for name in ["c.svg", "e.svg"] {
            let svg = fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(
                svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
                "{name}"
            );
            assert_eq!(svg.contains("置信度") || svg.contains("疑点"), lang == "zh");
        }
    }
}

#[test]
fn a_run_without_confidences_says_so() {
    let folder = samples();
    change(folder.path(), |record| {
        record.as_object_mut().unwrap().remove("provenance");
    });
    let run = eval(folder.path(), &["--calibration", "c.svg"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("extract --provenance"), "{}", run.err);
    assert!(!folder.path().join("c.svg").exists());
    assert_eq!(eval(folder.path(), &[]).code, Some(0));
    assert_eq!(report(folder.path(), &[])["calibration"], Value::Null);
}

#[test]
fn what_is_no_run_is_wrong_usage() {
    let folder = samples();
    for (args, said) in [
        (
            &["eval", "--truth", "truth.jsonl", "no.jsonl"][..],
            "no.jsonl",
        ),
        (&["eval", "--truth", "no.jsonl", "run"], "no.jsonl"),
        (&["eval", "--truth", "truth.jsonl", "."], "run"),
        (&["eval", "--truth", "run/forms.jsonl", "run"], "line 1"),
        (
            &["eval", "--truth", "truth.jsonl", "run", "--only", "nothing"],
            "--only",
        ),
    ] {
        let run = run_in(folder.path(), args);
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.err);
        assert!(run.err.contains(said), "{args:?}: {}", run.err);
    }
    // Two documents that would be one file of the truth.
    let forms = fs::read_to_string(folder.path().join("run/forms.jsonl")).unwrap();
    let moved = forms.replace("\"path\":\"samples/", "\"path\":\"elsewhere/samples/");
    fs::write(
        folder.path().join("run/forms.jsonl"),
        format!("{forms}{moved}"),
    )
    .unwrap();
    let run = eval(folder.path(), &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("two paths for one file"), "{}", run.err);
}

// ---- the scorer of the corpus

/// The corpus, or `None` with the reason printed.
#[expect(clippy::print_stdout, reason = "a test that was skipped says so")]
fn corpus() -> Option<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let has_python = Command::new("python3").arg("--version").output().is_ok();
    if !corpus.join("score.py").is_file() {
        println!("skipped: there is no corpus at {}", corpus.display());
        return None;
    }
    if !has_python {
        println!("skipped: there is no python3 to run the scorer of the corpus");
        return None;
    }
    Some(corpus)
}

/// What the scorer says; rows in excess are rows of the field they are in.
fn scored(corpus: &Path, truth: &Path, forms: &Path, tag: Option<&str>) -> Value {
    let mut command = Command::new("python3");
    command
        .arg(corpus.join("score.py"))
        .args([truth, forms])
        .arg("--json");
    command.args(tag.map(|tag| ["--tags", tag]).iter().flatten());
    let run = read_run(command);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let mut report: Value = serde_json::from_str(&run.out).unwrap();
    let mut fields: BTreeMap<String, [u64; 3]> = BTreeMap::new();
    for (field, counts) in report["fields"].as_object().unwrap() {
        let steps = field
            .split('/')
            .map(|step| if step.starts_with('+') { "*" } else { step });
        let sums = fields
            .entry(steps.collect::<Vec<_>>().join("/"))
            .or_default();
        for (sum, key) in sums.iter_mut().zip(["tp", "fp", "fn"]) {
            *sum += counts[key].as_u64().unwrap();
        }
    }
    let figures = fields.into_iter().map(|(field, [tp, fp, missed])| {
        let f1 = 2.0 * tp as f64 / (2 * tp + fp + missed) as f64;
        let f1: f64 = format!("{f1:.4}").parse().unwrap();
        (field, json!({ "tp": tp, "fp": fp, "fn": missed, "f1": f1 }))
    });
    report["fields"] = Value::Object(figures.collect());
    report
}

/// Expects every figure that both have to be the same.
fn agree(corpus: &Path, truth: &Path, forms: &Path, tag: Option<&str>, what: &str) {
    let expected = scored(corpus, truth, forms, tag);
    let [truth, forms] = [truth, forms].map(|path| path.to_str().unwrap());
    let only = tag.map(|tag| ["--only", tag]);
    let args = [
        &["eval", "--json", "--truth", truth, forms],
        &only.iter().flatten().copied().collect::<Vec<_>>()[..],
    ]
    .concat();
    let run = run(&args);
    assert_eq!(run.code, Some(0), "{what}: {}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    // Where only some files are wanted, the scorer does not count forms of unknown documents.
    let keys = ["overall", "tags", "fields", "unmatched_paths"];
    let n_keys = keys.len() - usize::from(tag.is_some());
    for key in &keys[..n_keys] {
        let differs = differences(key, &report[*key], &expected[*key]);
        assert!(differs.is_empty(), "{what}:\n{}", differs.join("\n"));
    }
}

fn differences(path: &str, ours: &Value, expected: &Value) -> Vec<String> {
    if let (Value::Object(ours), Value::Object(expected)) = (ours, expected) {
        let mut keys: Vec<&String> = ours.keys().chain(expected.keys()).collect();
        keys.sort();
        keys.dedup();
        let value =
            |object: &Map<String, Value>, key: &str| object.get(key).cloned().unwrap_or_default();
        return keys
            .into_iter()
            .flat_map(|key| {
                differences(
                    &format!("{path}/{key}"),
                    &value(ours, key),
                    &value(expected, key),
                )
            })
            .collect();
    }
    let is_same = match (ours.as_f64(), expected.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => ours == expected,
    };
    if is_same {
        vec![]
    } else {
        vec![format!("{path}: {ours}, the scorer says {expected}")]
    }
}

/// Numbers that look drawn, the same each time (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap() % n.max(1)
    }

    fn is_one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

const ROWS: &[&str] = &["indicators", "tasks", "funds"];
const HEADS: &[&str] = &[
    "title",
    "family",
    "fiscal_year",
    "amount_unit",
    "department",
    "budget_unit",
    "project",
    "functions",
    "contact",
    "execution_rate_weight",
    "annual_goal",
    "actual_result",
    "remarks",
    "total_score",
];

/// A value that is another, or the same in another dress, or has the wrong shape.
fn damaged(value: &Value, dice: &mut Dice) -> Value {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let middle = text.chars().count() / 2;
    let without_middle = || {
        text.chars()
            .enumerate()
            .filter(|(idx, _)| *idx != middle)
            .map(|(_, ch)| ch)
    };
    match dice.below(14) {
        0 | 1 => Value::Null,
        2 => "错".into(),
        3 => without_middle().collect::<String>().into(),
        4 => format!(" {text}　").into(),
        5 => text
            .chars()
            .flat_map(|ch| [ch, ' '])
            .collect::<String>()
            .into(),
        6 => text
            .chars()
            .map(|ch| match u32::from(ch) {
                code @ 0x21..=0x7e => char::from_u32(code + 0xfee0).unwrap(),
                _ => ch,
            })
            .collect::<String>()
            .into(),
        7 => format!("{text}.00").into(),
        8 => format!("0{text}").into(),
        9 => text
            .parse::<f64>()
            .map_or_else(|_| format!("{text}—“Ⅳ”").into(), Value::from),
        10 => text
            .parse::<i64>()
            .map_or_else(|_| "1,000.50".into(), |number| (number + 1).into()),
        11 => json!([text]),
        12 => "qualitative".into(),
        _ => json!(""),
    }
}

fn damage_rows(rows: &mut Vec<Value>, dice: &mut Dice) {
    let n_rows = rows.len();
    if n_rows > 0 {
        match dice.below(6) {
            0 => drop(rows.remove(dice.below(n_rows))),
            1 => rows.insert(dice.below(n_rows), rows[n_rows - 1].clone()),
            2 => rows.swap(dice.below(n_rows), n_rows - 1),
            3 if dice.is_one_in(3) => rows.push("no row".into()),
            4 if dice.is_one_in(3) => rows.clear(),
            _ => {}
        }
    }
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        for value in row.values_mut() {
            if dice.is_one_in(12) {
                *value = damaged(value, dice);
            }
        }
        if dice.is_one_in(20) {
            row.insert("note".to_owned(), "多出".into());
        }
    }
}

fn damage_form(form: &mut Value, dice: &mut Dice) {
    for key in ROWS {
        if let Some(rows) = form[*key].as_array_mut() {
            damage_rows(rows, dice);
        }
    }
    for key in HEADS {
        if !dice.is_one_in(8) {
            continue;
        }
        let value = &mut form[*key];
        let n_parts = value.as_object().map_or(0, Map::len);
        if n_parts > 0 {
            let parts = value.as_object_mut().unwrap();
            let part = parts.values_mut().nth(dice.below(n_parts)).unwrap();
            *part = damaged(part, dice);
        } else if value.is_array() {
            *value = json!([{ "code": "1", "name": "多出" }]);
        } else if *key != "project" {
            // The scorer names a form that has no like by its project, and fails where that is no object.
            *value = damaged(value, dice);
        }
    }
}

/// Forms of documents as they come from a bad reader: some are lost, doubled, in another order or said to be of another document.
fn damaged_run(forms: &[Value], seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut run: Vec<Value> = Vec::new();
    let mut lost = String::new();
    for form in forms {
        let path = form["document"]["path"].as_str().unwrap().to_owned();
        if dice.is_one_in(15) {
            lost = path.clone();
        }
        if path == lost || dice.is_one_in(15) {
            continue;
        }
        let mut damaged = form.clone();
        damage_form(&mut damaged, &mut dice);
        if dice.is_one_in(20) {
            damaged["document"]["path"] = "of/no/file.pdf".into();
        }
        if dice.is_one_in(20) {
            damaged["document"]["path"] =
                forms[dice.below(forms.len())]["document"]["path"].clone();
        }
        if dice.is_one_in(60) {
            damaged = json!({ "document": form["document"] });
        }
        if dice.is_one_in(12) {
            run.push(damaged.clone());
        }
        let place = if dice.is_one_in(5) {
            run.len().saturating_sub(1)
        } else {
            run.len()
        };
        run.insert(place, damaged);
    }
    run.iter().map(|form| format!("{form}\n")).collect()
}

/// The truth as a run.
fn truth_as_run(truth: &str) -> Vec<Value> {
    let mut forms = Vec::new();
    for line in truth.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for form in line["forms"].as_array().unwrap() {
            let mut form = form.clone();
            form["document"] =
                json!({ "path": format!("/data/{}", line["file"].as_str().unwrap()) });
            forms.push(form);
        }
    }
    forms
}

#[test]
fn figures_of_damaged_runs_are_those_of_the_scorer() {
    let Some(corpus) = corpus() else { return };
    let truth = corpus.join("dev/truth.jsonl");
    let forms = truth_as_run(&fs::read_to_string(&truth).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run.jsonl");
    for seed in 1..=4 {
        fs::write(&run, damaged_run(&forms, seed)).unwrap();
        let tag = (seed == 2).then_some("multi");
        agree(&corpus, &truth, &run, tag, &format!("seed {seed}"));
    }
    fs::write(&run, "").unwrap();
    agree(&corpus, &truth, &run, None, "nothing at all");
}

#[test]
fn figures_of_files_that_are_read_are_those_of_the_scorer() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let files = corpus.join("dev/files");
    let args = [
        "extract",
        files.to_str().unwrap(),
        "--ocr=never",
        "--exclude=*scan*",
        "--exclude=*image*",
        "--exclude=*mixed*",
        "--quiet",
        "-o",
        "run",
    ];
    assert!(
        run_in(folder.path(), &args)
            .code
            .is_some_and(|code| code < 2)
    );
    let forms = folder.path().join("run/forms.jsonl");
    let truth = corpus.join("dev/truth.jsonl");
    agree(&corpus, &truth, &forms, None, "as it was read");
    let read = fs::read_to_string(&forms).unwrap();
    let read: Vec<Value> = read
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(read.len() > 200);
    fs::write(&forms, damaged_run(&read, 7)).unwrap();
    agree(&corpus, &truth, &forms, None, "and damaged");
}
