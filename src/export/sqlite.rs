//! SQLite: one file that can be asked at once. What it holds of a document is replaced by what a delivery has of it, all in one transaction.
//!
//! Decimals are whole numbers of ten-thousandths in columns `…_e4`, which SQLite adds up exactly; beside each stands a column
//! without that ending, computed when it is read. Each table has a view whose name and columns are Chinese.

use std::path::Path;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, ToSql, params_from_iter};

use super::rows::{DocumentRows, Value};
use super::star::{Column, Kind, TABLES, Table};
use super::{ExportError, MODEL_VERSION};

/// Tells a database of jixiao from any other: `jixi`.
const APPLICATION_ID: i32 = 0x6a69_7869;
/// Documents that are written before they are made to last.
const DOCUMENTS_A_TRANSACTION: u32 = 500;

/// A database that takes rows.
pub(super) struct SqliteWriter {
    connection: Connection,
    /// For each table, the statement that adds a row.
    inserts: Vec<String>,
    n_open: u32,
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Int(number) | Self::Decimal(number) => ValueRef::Integer(*number),
            Self::Double(number) => ValueRef::Real(*number),
        }))
    }
}

impl SqliteWriter {
    /// Opens a database, or makes one.
    pub(super) fn open(path: &Path) -> Result<Self, ExportError> {
        let connection = Connection::open(path)?;
        let (version, application): (u32, i32) = (
            connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
            connection.pragma_query_value(None, "application_id", |row| row.get(0))?,
        );
        let is_empty = connection
            .query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()))
            .optional()?
            .is_none();
        if !is_empty && (version, application) != (MODEL_VERSION, APPLICATION_ID) {
            return Err(ExportError::OtherModel {
                path: path.to_owned(),
                version,
            });
        }
        // Readers go on reading while rows are written.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        if is_empty {
            connection.execute_batch(&format!(
                "BEGIN; {} PRAGMA user_version = {MODEL_VERSION}; PRAGMA application_id = {APPLICATION_ID}; COMMIT;",
                schema_sql()
            ))?;
        }
        connection.set_prepared_statement_cache_capacity(4 * TABLES.len());
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self {
            connection,
            inserts: TABLES.iter().map(insert_sql).collect(),
            n_open: 0,
        })
    }

    /// Takes away what an earlier version of a document left.
    fn remove(&self, document_sk: i64) -> Result<(), ExportError> {
        let known: Option<i64> = self
            .connection
            .prepare_cached("SELECT 1 FROM documents WHERE document_sk = ?1")?
            .query_row([document_sk], |row| row.get(0))
            .optional()?;
        if known.is_none() {
            return Ok(());
        }
        for table in TABLES.iter().rev() {
            let by = if table.key.first() == Some(&"form_sk") && table.name != "forms" {
                "form_sk IN (SELECT form_sk FROM forms WHERE document_sk = ?1)"
            } else {
                "document_sk = ?1"
            };
            self.connection
                .prepare_cached(&format!("DELETE FROM {} WHERE {by}", table.name))?
                .execute([document_sk])?;
        }
        Ok(())
    }

    /// Puts all rows of a document in the place of those that are there.
    pub(super) fn write(&mut self, rows: &DocumentRows<'_>) -> Result<(), ExportError> {
        self.remove(rows.document_sk)?;
        for (sql, rows) in self.inserts.iter().zip(&rows.tables) {
            if rows.is_empty() {
                continue;
            }
            let mut insert = self.connection.prepare_cached(sql)?;
            for row in rows {
                insert.execute(params_from_iter(row))?;
            }
        }
        self.n_open += 1;
        if self.n_open == DOCUMENTS_A_TRANSACTION {
            self.n_open = 0;
            self.connection.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
        }
        Ok(())
    }

    /// Makes it last, as one file without a log beside it.
    pub(super) fn close(self) -> Result<(), ExportError> {
        self.connection.execute_batch("COMMIT; PRAGMA optimize;")?;
        self.connection
            .pragma_update(None, "journal_mode", "DELETE")?;
        self.connection.close().map_err(|(_, error)| error)?;
        Ok(())
    }
}

/// Name of a column as it is stored.
fn stored_name(column: &Column) -> String {
    if column.kind == Kind::Decimal {
        format!("{}_e4", column.name)
    } else {
        column.name.to_owned()
    }
}

fn insert_sql(table: &Table) -> String {
    let names: Vec<String> = table
        .columns
        .iter()
        .map(stored_name)
        .map(|name| quoted(&name))
        .collect();
    let marks = vec!["?"; names.len()];
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        table.name,
        names.join(", "),
        marks.join(", ")
    )
}

/// A name that may be a word of SQL, or Chinese.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// All tables, their indices and views.
fn schema_sql() -> String {
    let mut sql = String::new();
    for table in TABLES {
        let mut lines: Vec<String> = Vec::new();
        for column in table.columns {
            let sql_type = match column.kind {
                Kind::Text => "TEXT",
                Kind::Int32 | Kind::Int64 | Kind::Decimal => "INTEGER",
                Kind::Double => "REAL",
            };
            let name = stored_name(column);
            let must = if column.nullable { "" } else { " NOT NULL" };
            // A key that is one number is the row's own.
            let key = if table.key == [column.name] {
                " PRIMARY KEY"
            } else {
                ""
            };
            lines.push(format!("{} {sql_type}{must}{key}", quoted(&name)));
        }
        for column in table
            .columns
            .iter()
            .filter(|column| column.kind == Kind::Decimal)
        {
            lines.push(format!(
                "{} REAL AS ({} / 10000.0)",
                quoted(column.name),
                quoted(&stored_name(column))
            ));
        }
        let many = table.key.len() > 1;
        if many {
            lines.push(format!("PRIMARY KEY ({})", table.key.join(", ")));
        }
        sql += &format!(
            "CREATE TABLE {} ({}) STRICT{};\n",
            table.name,
            lines.join(", "),
            if many { ", WITHOUT ROWID" } else { "" }
        );
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("{} AS {}", quoted(column.name), quoted(column.label)))
            .collect();
        sql += &format!(
            "CREATE VIEW {} AS SELECT {} FROM {};\n",
            quoted(table.label),
            columns.join(", "),
            table.name
        );
    }
    sql += "CREATE INDEX forms_of_document ON forms (document_sk);\n";
    sql += "CREATE INDEX forms_by_key ON forms (form_key) WHERE form_key IS NOT NULL;\n";
    sql
}
