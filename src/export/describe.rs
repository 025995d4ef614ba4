//! The star model described for programs: JSON Schema, a data package, and sources of dbt.

use serde_json::{Map, Value, json};

use super::delivery::FileEntry;
use super::star::{Column, Kind, PRECISION, SCALE, TABLES, Table};

/// JSON Schema (draft 2020-12) of the rows of all tables, each under `$defs`, pretty-printed, with a line end.
#[must_use]
pub fn tables_schema() -> String {
    let tables: Map<String, Value> = TABLES
        .iter()
        .map(|table| (table.name.to_owned(), row_schema(table)))
        .collect();
    pretty(&json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "jixiao star model, version 1",
        "description": "Rows of the tables that `jixiao export` writes; decimals are texts here.",
        "$defs": tables,
    }))
}

fn row_schema(table: &Table) -> Value {
    let properties: Map<String, Value> = table
        .columns
        .iter()
        .map(|column| (column.name.to_owned(), value_schema(column)))
        .collect();
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    json!({
        "title": table.label,
        "description": format!("{}\n{}", table.en, table.zh),
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": false,
    })
}

fn value_schema(column: &Column) -> Value {
    // Formats as OpenAPI 3.1 names them, for readers that need to know how wide a number is.
    let (name, format) = match column.kind {
        Kind::Text => ("string", None),
        Kind::Decimal => ("string", Some("decimal")),
        Kind::Int32 => ("integer", Some("int32")),
        Kind::Int64 => ("integer", Some("int64")),
        Kind::Double => ("number", Some("double")),
    };
    let mut schema = json!({
        "title": column.label,
        "description": format!("{}\n{}", column.en, column.zh),
        "type": if column.nullable { json!([name, "null"]) } else { json!(name) },
    });
    if let Some(format) = format {
        schema["format"] = json!(format);
    }
    if column.kind == Kind::Decimal {
        let n_whole = PRECISION - SCALE;
        schema["pattern"] = json!(format!("^-?[0-9]{{1,{n_whole}}}\\.[0-9]{{2,{SCALE}}}$"));
    }
    if !column.values.is_empty() {
        let null = column.nullable.then_some(Value::Null);
        let values = column.values.iter().map(|value| json!(value)).chain(null);
        schema["enum"] = values.collect();
    }
    schema
}

/// `datapackage.json` (Frictionless Data Package 2) of files that hold one table each, pretty-printed, with a line end.
#[must_use]
pub(super) fn data_package(files: &[FileEntry], format: &str, media_type: &str) -> String {
    let resource = |table: &Table| {
        let holds = |file: &&FileEntry| file.table.as_deref() == Some(table.name);
        let held: Vec<&FileEntry> = files.iter().filter(holds).collect();
        let mut resource = json!({
            "name": table.name,
            "title": table.label,
            "description": format!("{}\n{}", table.en, table.zh),
            "path": held.iter().map(|file| file.path.as_str()).collect::<Vec<&str>>(),
            "format": format,
            "mediatype": media_type,
            "encoding": "utf-8",
            "bytes": held.iter().map(|file| file.bytes).sum::<u64>(),
            "schema": table_schema(table),
        });
        if let [file] = held.as_slice() {
            resource["path"] = json!(file.path);
            resource["hash"] = json!(format!("sha256:{}", file.sha256));
        }
        (!held.is_empty()).then_some(resource)
    };
    let resources: Vec<Value> = TABLES.iter().filter_map(resource).collect();
    pretty(&json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "jixiao",
        "title": "预算绩效目标表",
        "resources": resources,
    }))
}

/// Table Schema (Frictionless, version 2) of a table.
fn table_schema(table: &Table) -> Value {
    let field = |column: &Column| {
        let kind = match column.kind {
            Kind::Text => "string",
            Kind::Int32 | Kind::Int64 => "integer",
            Kind::Double | Kind::Decimal => "number",
        };
        let mut field = json!({
            "name": column.name,
            "title": column.label,
            "type": kind,
            "description": format!("{}\n{}", column.en, column.zh),
            "constraints": { "required": !column.nullable },
        });
        if !column.values.is_empty() {
            field["constraints"]["enum"] = json!(column.values);
        }
        field
    };
    let references: Vec<Value> = table
        .columns
        .iter()
        .filter_map(|column| {
            let reference = json!({ "resource": column.refers_to?, "fields": [column.name] });
            Some(json!({ "fields": [column.name], "reference": reference }))
        })
        .collect();
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": table.columns.iter().map(field).collect::<Vec<Value>>(),
        "primaryKey": table.key,
        "foreignKeys": references,
        "missingValues": [""],
    })
}

/// `sources.yml` of dbt: every table and column, with tests of keys, references, closed lists and absent values.
#[must_use]
pub(super) fn dbt_sources() -> String {
    // JSON is YAML; a program reads it, and texts need no rules of their own.
    let column = |table: &Table, column: &Column| {
        let mut tests: Vec<Value> = Vec::new();
        if !column.nullable {
            tests.push(json!("not_null"));
        }
        if table.key == [column.name] {
            tests.push(json!("unique"));
        }
        if let Some(other) = column.refers_to {
            let to = format!("source('jixiao', '{other}')");
            tests.push(
                json!({ "relationships": { "arguments": { "to": to, "field": column.name } } }),
            );
        }
        if !column.values.is_empty() {
            tests.push(json!({ "accepted_values": { "arguments": { "values": column.values } } }));
        }
        json!({
            "name": column.name,
            "description": format!("{}: {} / {}", column.label, column.en, column.zh),
            "data_tests": tests,
        })
    };
    let table = |table: &Table| {
        let columns: Vec<Value> = table.columns.iter().map(|one| column(table, one)).collect();
        json!({
            "name": table.name,
            "description": format!("{}: {} / {}", table.label, table.en, table.zh),
            "columns": columns,
        })
    };
    let tables: Vec<Value> = TABLES.iter().map(table).collect();
    pretty(&json!({
        "version": 2,
        "sources": [{ "name": "jixiao", "description": "预算绩效目标表", "tables": tables }],
    }))
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("it is plain JSON");
    text.push('\n');
    text
}
