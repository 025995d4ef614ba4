//! Parquet: one file for each table, zstd, dictionaries and statistics; whole numbers with a sign, decimals of 18 digits, UTF-8.
//!
//! Partitioned, a table of rows that belong to forms is a folder with a file for each partition of its forms, in the manner of Hive
//! (`funds/fiscal_year=2023/part-0.parquet`); the column stays in the file as well.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, Decimal128Builder, Float64Builder, Int32Builder, Int64Builder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Metadata, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::delivery::{DeliveredFile, Delivery};
use super::rows::{DocumentRows, Row, Value};
use super::star::{Kind, PRECISION, SCALE, TABLES, Table};
use super::{ExportError, MODEL, Partition, Writer};

/// Rows that are gathered before they are encoded.
const ROWS_A_BATCH: usize = 8192;
/// Rows of a row group.
const ROWS_A_GROUP: usize = 256 * 1024;

/// Most partitions of a delivery: each has its files open until the end.
const MOST_PARTITIONS: usize = 1000;
/// What Hive calls the partition of an absent value.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Parquet files of a delivery.
pub(super) struct ParquetWriter {
    partitions: Vec<Partition>,
    /// For each table its files, by the name of their partition.
    tables: Vec<BTreeMap<String, TableWriter>>,
}

struct TableWriter {
    table: &'static Table,
    schema: Arc<Schema>,
    writer: ArrowWriter<DeliveredFile>,
    columns: Vec<ColumnBuilder>,
    n_rows: u64,
}

enum ColumnBuilder {
    Text(StringBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder),
}

impl From<Kind> for ColumnBuilder {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Int32 => Self::Int32(Int32Builder::new()),
            Kind::Int64 => Self::Int64(Int64Builder::new()),
            Kind::Double => Self::Double(Float64Builder::new()),
            Kind::Decimal => {
                Self::Decimal(Decimal128Builder::new().with_data_type(data_type(Kind::Decimal)))
            }
        }
    }
}

impl ColumnBuilder {
    /// Appends a value; one of another kind is none.
    fn push(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Self::Int32(builder), Value::Int(number)) => {
                builder.append_option(i32::try_from(*number).ok());
            }
            (Self::Int64(builder), Value::Int(number)) => builder.append_value(*number),
            (Self::Double(builder), Value::Double(number)) => builder.append_value(*number),
            (Self::Decimal(builder), Value::Decimal(number)) => {
                builder.append_value(i128::from(*number));
            }
            (Self::Text(builder), _) => builder.append_null(),
            (Self::Int32(builder), _) => builder.append_null(),
            (Self::Int64(builder), _) => builder.append_null(),
            (Self::Double(builder), _) => builder.append_null(),
            (Self::Decimal(builder), _) => builder.append_null(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(builder) => builder.len(),
            Self::Int32(builder) => builder.len(),
            Self::Int64(builder) => builder.len(),
            Self::Double(builder) => builder.len(),
            Self::Decimal(builder) => builder.len(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Int32(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder) => Arc::new(builder.finish()),
        }
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Int32 => DataType::Int32,
        Kind::Int64 => DataType::Int64,
        Kind::Double => DataType::Float64,
        Kind::Decimal => DataType::Decimal128(PRECISION, SCALE.cast_signed()),
    }
}

/// Schema of a table; what a column means is its metadata.
fn schema(table: &Table) -> Schema {
    let fields: Vec<Field> = table
        .columns
        .iter()
        .map(|column| {
            let meaning = [("comment", column.en), ("comment_zh", column.zh)];
            Field::new(column.name, data_type(column.kind), column.nullable)
                .with_metadata(Metadata::from(meaning))
        })
        .collect();
    Schema::new(fields)
}

impl TableWriter {
    /// Opens the file of a table, in a partition unless its name is empty.
    fn create(
        delivery: &Delivery,
        table: &'static Table,
        partition: &str,
    ) -> Result<Self, ExportError> {
        let schema = Arc::new(schema(table));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROWS_A_GROUP))
            .set_created_by(format!("jixiao {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(vec![KeyValue::new(
                "jixiao.model".to_owned(),
                MODEL.to_owned(),
            )]))
            .build();
        let name = if partition.is_empty() {
            format!("{}.parquet", table.name)
        } else {
            format!("{}/{partition}/part-0.parquet", table.name)
        };
        let file = delivery.create_file(&name)?;
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?;
        let columns = table.columns.iter().map(|column| column.kind.into());
        Ok(Self {
            table,
            schema,
            writer,
            columns: columns.collect(),
            n_rows: 0,
        })
    }

    fn push(&mut self, row: &Row<'_>) -> Result<(), ParquetError> {
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
        self.n_rows += 1;
        if self
            .columns
            .first()
            .is_some_and(|column| column.len() >= ROWS_A_BATCH)
        {
            self.encode()?;
        }
        Ok(())
    }

    fn encode(&mut self) -> Result<(), ParquetError> {
        let arrays = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)?;
        self.writer.write(&batch)
    }

    fn finish(mut self, delivery: &mut Delivery) -> Result<(), ExportError> {
        self.encode()?;
        let mut file = self.writer.into_inner()?;
        file.n_rows = self.n_rows;
        delivery.add(file, Some(self.table.name))
    }
}

impl ParquetWriter {
    pub(super) fn create(
        delivery: &Delivery,
        partitions: &[Partition],
    ) -> Result<Self, ExportError> {
        let mut tables: Vec<BTreeMap<String, TableWriter>> = Vec::new();
        for table in TABLES {
            let mut files = BTreeMap::new();
            // A table that is parted has no file but those of its partitions.
            if partitions.is_empty() || !is_of_forms(table) {
                let whole = TableWriter::create(delivery, table, "")?;
                files.insert(String::new(), whole);
            }
            tables.push(files);
        }
        Ok(Self {
            partitions: partitions.to_vec(),
            tables,
        })
    }

    /// For each form of a document, the partition of its rows.
    fn partitions_of(&self, rows: &DocumentRows<'_>) -> HashMap<i64, String> {
        let forms = TABLES.iter().zip(&rows.tables);
        let Some((table, rows)) = forms.into_iter().find(|(table, _)| table.name == "forms") else {
            return HashMap::new();
        };
        let name = |row: &Row<'_>| {
            let steps = self.partitions.iter().map(|partition| {
                let value = column_idx(table, partition.column()).map(|idx| &row[idx]);
                let value = match value {
                    Some(Value::Int(number)) => number.to_string(),
                    // A code is six digits: nothing that a path takes for more than a name.
                    Some(Value::Text(text))
                        if text.chars().all(|ch| ch.is_ascii_alphanumeric()) =>
                    {
                        text.to_string()
                    }
                    _ => NO_VALUE.to_owned(),
                };
                format!("{}={value}", partition.column())
            });
            steps.collect::<Vec<String>>().join("/")
        };
        let sk = column_idx(table, "form_sk");
        rows.iter()
            .filter_map(|row| match &row[sk?] {
                Value::Int(sk) => Some((*sk, name(row))),
                _ => None,
            })
            .collect()
    }
}

/// Whether the rows of a table belong to forms.
fn is_of_forms(table: &Table) -> bool {
    column_idx(table, "form_sk").is_some()
}

fn column_idx(table: &Table, name: &str) -> Option<usize> {
    table.columns.iter().position(|column| column.name == name)
}

impl Writer for ParquetWriter {
    fn write(&mut self, rows: &DocumentRows<'_>, delivery: &Delivery) -> Result<(), ExportError> {
        let of_form = self.partitions_of(rows);
        let no_form = self
            .partitions
            .iter()
            .map(|partition| format!("{}={NO_VALUE}", partition.column()));
        let no_form = no_form.collect::<Vec<String>>().join("/");
        for ((table, files), rows) in TABLES.iter().zip(&mut self.tables).zip(&rows.tables) {
            let sk = column_idx(table, "form_sk");
            for row in rows {
                let partition = match sk.map(|idx| &row[idx]) {
                    None => "",
                    Some(Value::Int(sk)) => of_form.get(sk).map_or("", String::as_str),
                    Some(_) => &no_form,
                };
                if !files.contains_key(partition) {
                    if files.len() == MOST_PARTITIONS {
                        return Err(ExportError::Partitions(MOST_PARTITIONS));
                    }
                    let file = TableWriter::create(delivery, table, partition)?;
                    files.insert(partition.to_owned(), file);
                }
                if let Some(file) = files.get_mut(partition) {
                    file.push(row)?;
                }
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>, delivery: &mut Delivery) -> Result<(), ExportError> {
        for file in self.tables.into_iter().flat_map(BTreeMap::into_values) {
            file.finish(delivery)?;
        }
        Ok(())
    }
}
