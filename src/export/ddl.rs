//! SQL of the star model, for each warehouse: the tables, and how a delivery is loaded so that no row of an earlier version is left.
//!
//! Names need no quotes in any of them. Where a warehouse has no upsert that compares, what a delivery has of a document replaces
//! what was there, in one transaction.

use std::fmt::Write as _;

use super::star::{Column, Kind, PRECISION, SCALE, TABLES, Table};

/// A warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// PostgreSQL 12 and later, by `psql`, from CSV.
    Postgres,
    /// DuckDB, from Parquet.
    Duckdb,
    /// ClickHouse, from Parquet.
    Clickhouse,
    /// Spark SQL on tables of Delta Lake or Iceberg, from Parquet.
    Spark,
    /// BigQuery, from Parquet.
    Bigquery,
    /// Snowflake, from Parquet.
    Snowflake,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Postgres,
        Self::Duckdb,
        Self::Clickhouse,
        Self::Spark,
        Self::Bigquery,
        Self::Snowflake,
    ];

    /// Its name, and that of its folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Duckdb => "duckdb",
            Self::Clickhouse => "clickhouse",
            Self::Spark => "spark",
            Self::Bigquery => "bigquery",
            Self::Snowflake => "snowflake",
        }
    }

    fn sql_type(self, kind: Kind) -> String {
        let decimal = |name: &str| format!("{name}({PRECISION}, {SCALE})");
        let name = match (self, kind) {
            (Self::Postgres, Kind::Text) => "text",
            (Self::Postgres, Kind::Int32) => "integer",
            (Self::Postgres, Kind::Int64) => "bigint",
            (Self::Postgres, Kind::Double) => "double precision",
            (Self::Duckdb | Self::Snowflake, Kind::Text) => "VARCHAR",
            (Self::Duckdb | Self::Snowflake, Kind::Int32) => "INTEGER",
            (Self::Duckdb | Self::Snowflake | Self::Spark, Kind::Int64) => "BIGINT",
            (Self::Duckdb | Self::Snowflake | Self::Spark, Kind::Double) => "DOUBLE",
            (Self::Clickhouse, Kind::Text) => "String",
            (Self::Clickhouse, Kind::Int32) => "Int32",
            (Self::Clickhouse, Kind::Int64) => "Int64",
            (Self::Clickhouse, Kind::Double) => "Float64",
            (Self::Spark | Self::Bigquery, Kind::Text) => "STRING",
            (Self::Spark, Kind::Int32) => "INT",
            (Self::Bigquery, Kind::Int32 | Kind::Int64) => "INT64",
            (Self::Bigquery, Kind::Double) => "FLOAT64",
            (Self::Postgres, Kind::Decimal) => return decimal("numeric"),
            (Self::Duckdb | Self::Spark, Kind::Decimal) => return decimal("DECIMAL"),
            (Self::Clickhouse, Kind::Decimal) => return decimal("Decimal"),
            (Self::Bigquery, Kind::Decimal) => return decimal("NUMERIC"),
            (Self::Snowflake, Kind::Decimal) => return decimal("NUMBER"),
        };
        name.to_owned()
    }

    /// A text as it stands in a statement.
    fn text(self, text: &str) -> String {
        match self {
            Self::Bigquery | Self::Spark | Self::Clickhouse => {
                format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
            }
            _ => format!("'{}'", text.replace('\'', "''")),
        }
    }

    fn column(self, column: &Column) -> String {
        let sql_type = self.sql_type(column.kind);
        let (sql_type, must) = match (self, column.nullable) {
            (Self::Clickhouse, true) => (format!("Nullable({sql_type})"), ""),
            (Self::Clickhouse, false) | (_, true) => (sql_type, ""),
            (_, false) => (sql_type, " NOT NULL"),
        };
        let comment = self.text(&format!("{}: {}", column.label, column.en));
        let said = match self {
            Self::Postgres | Self::Duckdb => String::new(),
            Self::Clickhouse | Self::Spark | Self::Snowflake => format!(" COMMENT {comment}"),
            Self::Bigquery => format!(" OPTIONS (description = {comment})"),
        };
        format!("  {} {sql_type}{must}{said}", column.name)
    }

    fn create_table(self, table: &Table) -> String {
        let mut lines: Vec<String> = table
            .columns
            .iter()
            .map(|column| self.column(column))
            .collect();
        let key = table.key.join(", ");
        match self {
            Self::Postgres => {
                lines.push(format!("  PRIMARY KEY ({key})"));
                // Deferred: a finding keeps its place while the form it speaks of goes.
                for column in table.columns {
                    if let Some(other) = column.refers_to {
                        lines.push(format!(
                            "  FOREIGN KEY ({0}) REFERENCES {other} ({0}) DEFERRABLE INITIALLY DEFERRED",
                            column.name
                        ));
                    }
                }
            }
            Self::Snowflake => lines.push(format!("  PRIMARY KEY ({key})")),
            Self::Bigquery => lines.push(format!("  PRIMARY KEY ({key}) NOT ENFORCED")),
            Self::Duckdb | Self::Clickhouse | Self::Spark => {}
        }
        let comment = self.text(&format!("{}: {}", table.label, table.en));
        let end = match self {
            Self::Postgres | Self::Duckdb => String::new(),
            Self::Clickhouse => format!("\nENGINE = MergeTree ORDER BY ({key})\nCOMMENT {comment}"),
            Self::Spark => format!("\nUSING delta\nCOMMENT {comment}"),
            Self::Bigquery => {
                format!("\nCLUSTER BY document_sk\nOPTIONS (description = {comment})")
            }
            Self::Snowflake => format!("\nCOMMENT = {comment}"),
        };
        let name = table.name;
        let mut sql = format!(
            "CREATE TABLE IF NOT EXISTS {name} (\n{}\n){end};\n",
            lines.join(",\n")
        );
        if matches!(self, Self::Postgres | Self::Duckdb) {
            sql += &format!("COMMENT ON TABLE {name} IS {comment};\n");
            for column in table.columns {
                let comment = self.text(&format!("{}: {}", column.label, column.en));
                sql += &format!("COMMENT ON COLUMN {name}.{} IS {comment};\n", column.name);
            }
        }
        if self == Self::Postgres && table.key != ["document_sk"] && table.key[0] != "document_sk" {
            sql += &format!(
                "CREATE INDEX IF NOT EXISTS {name}_of_document ON {name} (document_sk);\n"
            );
        }
        sql
    }

    /// Statements that make the tables where they are not there yet.
    #[must_use]
    pub fn schema_sql(self) -> String {
        let tables: Vec<String> = TABLES
            .iter()
            .map(|table| self.create_table(table))
            .collect();
        tables.join("\n")
    }

    /// Statements that load a delivery, in one transaction where there are transactions.
    #[must_use]
    pub fn load_sql(self) -> String {
        let (head, begin, end) = match self {
            Self::Postgres => (
                "-- psql -d DATABASE -f load.sql, in the folder of a delivery in CSV (without --excel and --header zh).\n\\set ON_ERROR_STOP on\n",
                "BEGIN;\n",
                "COMMIT;\n",
            ),
            Self::Duckdb => (
                "-- duckdb FILE < load.sql, in the folder of a delivery in Parquet.\n",
                "BEGIN TRANSACTION;\n",
                "COMMIT;\n",
            ),
            Self::Clickhouse => (
                "-- clickhouse client --multiquery < load.sql, with the delivery in Parquet in the folder of user_files.\n",
                "",
                "",
            ),
            Self::Spark => (
                "-- spark-sql -f load.sql, in the folder of a delivery in Parquet; tables of Delta Lake or Iceberg, which can delete.\n",
                "",
                "",
            ),
            Self::Bigquery => (
                "-- bq query --use_legacy_sql=false < load.sql, with the delivery in Parquet in gs://BUCKET.\n",
                "BEGIN TRANSACTION;\n",
                "COMMIT TRANSACTION;\n",
            ),
            Self::Snowflake => (
                "-- snowsql -f load.sql, with the delivery in Parquet put into the stage @jixiao.\n",
                "BEGIN;\n",
                "COMMIT;\n",
            ),
        };
        let mut sql = head.to_owned();
        if self == Self::Postgres {
            sql += begin;
        }
        for table in TABLES {
            sql += &self.stage(table);
        }
        if self != Self::Postgres {
            sql += begin;
        }
        for table in TABLES.iter().rev() {
            sql += &self.remove(table);
        }
        for table in TABLES {
            sql += &self.insert(table);
        }
        if self == Self::Clickhouse {
            for table in TABLES {
                sql += &format!("DROP TABLE stage_{};\n", table.name);
            }
        }
        sql + end
    }

    /// Makes the rows of a delivery known as `stage_…`.
    fn stage(self, table: &Table) -> String {
        let name = table.name;
        match self {
            Self::Postgres => format!(
                "CREATE TEMPORARY TABLE stage_{name} (LIKE {name}) ON COMMIT DROP;\n\
                 \\copy stage_{name} FROM '{name}.csv' WITH (FORMAT csv, HEADER true)\n"
            ),
            Self::Duckdb => format!(
                "CREATE OR REPLACE TEMPORARY VIEW stage_{name} AS SELECT * FROM read_parquet('{name}.parquet');\n"
            ),
            // A mutation, which DELETE is, sees no temporary table.
            Self::Clickhouse => format!(
                "CREATE OR REPLACE TABLE stage_{name} ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM file('{name}.parquet', Parquet);\n"
            ),
            Self::Spark => format!(
                "CREATE OR REPLACE TEMPORARY VIEW stage_{name} USING parquet OPTIONS (path '{name}.parquet');\n"
            ),
            Self::Bigquery => format!(
                "LOAD DATA OVERWRITE stage_{name} FROM FILES (format = 'PARQUET', uris = ['gs://BUCKET/{name}.parquet']);\n"
            ),
            Self::Snowflake => format!(
                "CREATE OR REPLACE TEMPORARY TABLE stage_{name} LIKE {name};\n\
                 COPY INTO stage_{name} FROM @jixiao/{name}.parquet FILE_FORMAT = (TYPE = PARQUET) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;\n"
            ),
        }
    }

    /// Takes away rows of the documents of a delivery: where rows can be compared, those that it does not have; all of them elsewhere.
    fn remove(self, table: &Table) -> String {
        let name = table.name;
        let mut sql = format!(
            "DELETE FROM {name} WHERE document_sk IN (SELECT document_sk FROM stage_documents)"
        );
        if self == Self::Postgres {
            let same: Vec<String> = table
                .key
                .iter()
                .map(|key| format!("s.{key} = {name}.{key}"))
                .collect();
            let _ = write!(
                sql,
                "\n  AND NOT EXISTS (SELECT FROM stage_{name} AS s WHERE {})",
                same.join(" AND ")
            );
        }
        sql + ";\n"
    }

    fn insert(self, table: &Table) -> String {
        let name = table.name;
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        let columns = columns.join(", ");
        let mut sql = format!("INSERT INTO {name} ({columns}) SELECT {columns} FROM stage_{name}");
        if self == Self::Postgres {
            let rest: Vec<&str> = table.rest().map(|column| column.name).collect();
            let of = |whose: &str| {
                let names: Vec<String> =
                    rest.iter().map(|name| format!("{whose}.{name}")).collect();
                names.join(", ")
            };
            let set: Vec<String> = rest
                .iter()
                .map(|name| format!("{name} = excluded.{name}"))
                .collect();
            let _ = write!(
                sql,
                "\n  ON CONFLICT ({}) DO UPDATE SET {}\n  WHERE ({}) IS DISTINCT FROM ({})",
                table.key.join(", "),
                set.join(", "),
                of(name),
                of("excluded")
            );
        }
        sql + ";\n"
    }
}
