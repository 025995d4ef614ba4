//! Runs become tables: what is in the records is in the tables, and nothing of an earlier version stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Run, run_in};

/// Tables that every build makes, and a database where this one does.
const TABLES: &str = if cfg!(feature = "sqlite") {
    "csv,ddl,sqlite"
} else {
    "csv,ddl"
};

/// A form of a project with this name.
fn form(project: &str) -> String {
    format!(
        "项目支出绩效目标表\n（2023年度）\n项目名称：{project}\n主管部门：交通局\n实施单位：公路处\n年度资金总额：10.50万元\n其中：财政拨款：10.50万元\n\
         年度总体目标：修路\n一级指标\t二级指标\t三级指标\t指标值\n产出指标\t数量指标\t里程\t≥5公里\n产出指标\t质量指标\t合格率\t≥95%\n\n\n"
    )
}

/// A folder with the run of a file of two forms.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), &["甲路", "乙路"]);
    folder
}

fn write_run(folder: &Path, projects: &[&str]) {
    let text: String = projects.iter().map(|project| form(project)).collect();
    fs::write(folder.join("a.txt"), text).unwrap();
    let run = run_in(
        folder,
        &[
            "extract",
            "a.txt",
            "-o",
            "run",
            "--force",
            "--quiet",
            "--no-timing",
        ],
    );
    assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
    let n_forms = fs::read_to_string(folder.join("run/forms.jsonl"))
        .unwrap()
        .lines()
        .count();
    assert_eq!(n_forms, projects.len());
}

fn export(folder: &Path, args: &[&str]) -> Run {
    run_in(folder, &[&["export", "run", "--to"], args].concat())
}

/// Amounts, in hundredths of a yuan, and numbers of indicators of a run's records.
fn sums(run: &Path) -> (i64, usize) {
    let text = fs::read_to_string(run.join("forms.jsonl")).unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let amounts = records
        .iter()
        .flat_map(|record| record["funds"].as_array().unwrap());
    let in_hundredths = |fund: &Value| -> i64 {
        let text = fund["amount"].as_str().unwrap();
        let (whole, fraction) = text.split_once('.').unwrap();
        assert_eq!(fraction.len(), 2, "{text}");
        format!("{whole}{fraction}").parse().unwrap()
    };
    let n_indicators = records
        .iter()
        .map(|record| record["indicators"].as_array().unwrap().len());
    (amounts.map(in_hundredths).sum(), n_indicators.sum())
}

#[test]
fn csv_holds_what_the_records_hold() {
    let folder = folder();
    let run = export(folder.path(), &["csv"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.err.contains("forms 2") && run.err.contains("indicators 4"),
        "{}",
        run.err
    );
    let (amount, n_indicators) = sums(&folder.path().join("run"));
    assert!(amount > 0 && n_indicators == 4);
    let lines = |name: &str| -> Vec<Vec<String>> {
        let text = fs::read_to_string(folder.path().join("run/csv").join(name)).unwrap();
        let split = |line: &str| line.split(',').map(str::to_owned).collect();
        text.lines().map(split).collect()
    };
    let funds = lines("funds.csv");
    assert_eq!(funds[0].last().unwrap(), "amount");
    let written: i64 = funds[1..]
        .iter()
        .map(|fund| {
            fund.last()
                .unwrap()
                .replace('.', "")
                .parse::<i64>()
                .unwrap()
        })
        .sum();
    assert_eq!(written, amount);
    assert_eq!(lines("indicators.csv").len() - 1, n_indicators);
}

#[test]
fn a_spreadsheet_gets_its_mark_and_chinese_names() {
    let folder = folder();
    let run = export(
        folder.path(),
        &["csv", "--excel", "--header", "zh", "-o", "sheets"],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    let text = fs::read_to_string(folder.path().join("sheets/funds.csv")).unwrap();
    assert!(
        text.starts_with("\u{feff}文件键,表单键,序号,支出类别"),
        "{text}"
    );
}

#[test]
fn the_manifest_names_every_file_as_it_is() {
    use sha2::{Digest, Sha256};

    let folder = folder();
    for format in ["csv", "ddl"] {
        assert_eq!(export(folder.path(), &[format]).code, Some(0));
        let delivery = folder.path().join("run").join(format);
        let manifest = fs::read_to_string(delivery.join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        let files = manifest["files"].as_array().unwrap();
        assert!(files.len() > 10);
        for file in files {
            let bytes = fs::read(delivery.join(file["path"].as_str().unwrap())).unwrap();
            assert_eq!(file["bytes"].as_u64().unwrap(), bytes.len() as u64);
            let digest: [u8; 32] = Sha256::digest(&bytes).into();
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(file["sha256"], hex.as_str());
        }
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let folder = folder();
    let read = |name: &str| -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder.path().join(name)).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    fs::read(path).unwrap(),
                )
            })
            .collect()
    };
    let formats: &[&str] = if cfg!(feature = "parquet") {
        &["csv", "parquet"]
    } else {
        &["csv"]
    };
    for format in formats {
        assert_eq!(
            export(folder.path(), &[format, "-o", "first"]).code,
            Some(0)
        );
        let first = read("first");
        // An earlier delivery is replaced.
        assert_eq!(
            export(folder.path(), &[format, "-o", "first"]).code,
            Some(0)
        );
        assert_eq!(read("first"), first);
    }
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn what_is_no_run_or_no_delivery_is_left_alone() {
    let folder = folder();
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/letter.txt"), "x").unwrap();
    let run = export(folder.path(), &["csv", "-o", "mine"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(folder.path().join("mine/letter.txt").exists());
    let run = run_in(folder.path(), &["export", "mine", "--to", "csv"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("no run that has ended"), "{}", run.err);
}

#[test]
fn a_run_whose_ledger_does_not_fit_its_forms_is_refused() {
    let folder = folder();
    let forms = folder.path().join("run/forms.jsonl");
    let text = fs::read_to_string(&forms).unwrap();
    let first = text.lines().next().unwrap();
    let check = |text: String, said: &str| {
        fs::write(&forms, text).unwrap();
        let run = export(folder.path(), &["csv", "-o", "x"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.err.contains(said), "{}", run.err);
        assert!(!folder.path().join("x").exists());
    };
    check(format!("{first}\n"), "ends before the 2 forms");
    check(
        format!("{text}{first}\n"),
        "belongs to no line of the ledger",
    );
    check(text.replace("105000.00", "1,05"), "is no decimal");
}

#[test]
fn extract_makes_tables_when_it_has_ended() {
    let folder = folder();
    let extract = |out: &str| {
        let args = [
            "extract",
            ".",
            "-o",
            out,
            "--to",
            TABLES,
            "--force",
            "--no-timing",
        ];
        run_in(folder.path(), &args)
    };
    fs::remove_dir_all(folder.path().join("run")).unwrap();
    let run = extract("run");
    assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
    let ledger = || fs::read_to_string(folder.path().join("run/documents.jsonl")).unwrap();
    let first = ledger();
    assert_eq!(first.lines().count(), 1);
    assert!(folder.path().join("run/csv/manifest.json").is_file());
    // The tables of a run in the folder that is walked are no inputs.
    assert!(extract("run").code.is_some_and(|code| code < 2));
    assert_eq!(ledger(), first);
    assert_eq!(extract("forms.jsonl").code, Some(2));
}

#[test]
fn lineage_says_what_was_read_and_written() {
    let folder = folder();
    let told = || -> Vec<Value> {
        let text = fs::read_to_string(folder.path().join("lineage.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let args = [
        "a.txt",
        "-o",
        "new",
        "--to",
        "csv",
        "--lineage",
        "lineage.jsonl",
        "--quiet",
    ];
    let run = run_in(folder.path(), &[&["extract"][..], &args].concat());
    assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
    let events = told();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["eventType"], "START");
    assert_eq!(events[1]["eventType"], "COMPLETE");
    assert_eq!(events[0]["run"]["runId"], events[1]["run"]["runId"]);
    for event in &events {
        assert_eq!(event["job"]["name"], "extract");
        assert_eq!(event["run"]["runId"].as_str().unwrap().len(), 36);
        assert!(event["eventTime"].as_str().unwrap().ends_with('Z'));
        let input = event["inputs"][0]["name"].as_str().unwrap();
        assert!(
            Path::new(input).is_absolute() && input.ends_with("a.txt"),
            "{input}"
        );
    }
    let n_rows = |name: &str| {
        let outputs = events[1]["outputs"].as_array().unwrap();
        let is_it = |output: &&Value| output["name"].as_str().unwrap().ends_with(name);
        let found = outputs.iter().find(is_it).unwrap();
        found["outputFacets"]["outputStatistics"]["rowCount"].as_u64()
    };
    assert_eq!(n_rows("new/forms.jsonl"), Some(2));
    assert_eq!(n_rows("new/csv/indicators.csv"), Some(4));
    let args = ["nowhere", "--to", "csv", "--lineage", "lineage.jsonl"];
    assert_eq!(
        run_in(folder.path(), &[&["export"][..], &args].concat()).code,
        Some(2)
    );
    let last = told().pop().unwrap();
    assert_eq!(last["eventType"], "FAIL");
    let message = last["run"]["facets"]["errorMessage"]["message"]
        .as_str()
        .unwrap();
    assert!(message.contains("no run"), "{message}");
}

#[test]
fn sql_of_each_warehouse_names_every_table() {
    let folder = folder();
    assert_eq!(
        run_in(folder.path(), &["export", "--to", "ddl", "-o", "ddl"]).code,
        Some(0)
    );
    for dialect in jixiao::export::Dialect::ALL {
        let read = |name: &str| {
            let path = folder.path().join("ddl").join(dialect.name()).join(name);
            fs::read_to_string(path).unwrap()
        };
        let (schema, load) = (read("schema.sql"), read("load.sql"));
        for table in jixiao::export::star::TABLES {
            assert!(schema.contains(&format!("CREATE TABLE IF NOT EXISTS {} (", table.name)));
            assert!(load.contains(&format!("INSERT INTO {} (", table.name)));
            assert!(load.contains(&format!("DELETE FROM {} WHERE", table.name)));
        }
    }
}

#[cfg(feature = "parquet")]
#[test]
fn files_are_parted_by_columns_of_their_forms() {
    let folder = folder();
    let by = [
        "parquet",
        "--partition-by",
        "fiscal_year,region",
        "-o",
        "parted",
    ];
    let run = export(folder.path(), &by);
    assert_eq!(run.code, Some(0), "{run:?}");
    let parted = folder.path().join("parted");
    let manifest = fs::read_to_string(parted.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let files = manifest["files"].as_array().unwrap();
    let rows = |path: &str| {
        let file = files.iter().find(|file| file["path"] == path);
        file.unwrap_or_else(|| panic!("{path} is not in {manifest}"))["rows"].as_u64()
    };
    let place = "fiscal_year=2023/project_region_code=__HIVE_DEFAULT_PARTITION__/part-0.parquet";
    assert_eq!(rows(&format!("indicators/{place}")), Some(4));
    assert_eq!(rows(&format!("forms/{place}")), Some(2));
    assert_eq!(rows("documents.parquet"), Some(1));
    assert!(!parted.join("forms.parquet").exists());
    let run = export(folder.path(), &["csv", "--partition-by", "region"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use rusqlite::Connection;

    use super::*;

    fn number(database: &Path, sql: &str) -> i64 {
        let connection = Connection::open(database).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_database_holds_what_the_records_hold() {
        let folder = folder();
        let run = export(folder.path(), &["sqlite"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        let database = folder.path().join("run/jixiao.sqlite");
        let (amount, n_indicators) = sums(&folder.path().join("run"));
        assert_eq!(
            number(&database, "SELECT sum(amount_e4) FROM funds"),
            amount * 100
        );
        assert_eq!(
            number(&database, "SELECT count(*) FROM indicators"),
            n_indicators as i64
        );
        assert_eq!(
            number(
                &database,
                "SELECT count(*) FROM \"指标\" WHERE \"一级指标\" = '产出指标'"
            ),
            4
        );
        assert_eq!(
            number(
                &database,
                "SELECT cast(amount * 100 AS INTEGER) FROM funds LIMIT 1"
            ),
            amount / 4
        );
    }

    #[test]
    fn a_second_version_with_fewer_forms_leaves_no_orphans() {
        let folder = folder();
        assert_eq!(
            export(folder.path(), &["sqlite", "-o", "all.sqlite"]).code,
            Some(0)
        );
        write_run(folder.path(), &["甲路"]);
        assert_eq!(
            export(folder.path(), &["sqlite", "-o", "all.sqlite"]).code,
            Some(0)
        );
        let database = folder.path().join("all.sqlite");
        assert_eq!(number(&database, "SELECT count(*) FROM forms"), 1);
        for table in jixiao::export::star::TABLES {
            if table.columns.iter().any(|column| column.name == "form_sk") {
                let sql = format!(
                    "SELECT count(*) FROM {} WHERE form_sk NOT IN (SELECT form_sk FROM forms)",
                    table.name
                );
                assert_eq!(number(&database, &sql), 0, "{}", table.name);
            }
        }
        let (amount, n_indicators) = sums(&folder.path().join("run"));
        assert_eq!(
            number(&database, "SELECT sum(amount_e4) FROM funds"),
            amount * 100
        );
        assert_eq!(
            number(&database, "SELECT count(*) FROM indicators"),
            n_indicators as i64
        );
    }

    #[test]
    fn a_database_of_another_program_is_left_alone() {
        let folder = folder();
        let database = folder.path().join("other.sqlite");
        Connection::open(&database)
            .unwrap()
            .execute_batch("CREATE TABLE x (y)")
            .unwrap();
        let run = export(folder.path(), &["sqlite", "-o", "other.sqlite"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert_eq!(number(&database, "SELECT count(*) FROM sqlite_schema"), 1);
    }
}
