//! CSV (RFC 4180): one file for each table, UTF-8, a header, no value quoted that need not be.
//!
//! Nothing at all stands for an absent value and `""` for an empty text, which is what `COPY … WITH (FORMAT csv)` of PostgreSQL and
//! `read_csv` of DuckDB take it for. Written here, for the crate that is usual does not tell the two apart.

use super::delivery::{DeliveredFile, Delivery};
use super::rows::{DocumentRows, Value, decimal_text};
use super::star::{Column, TABLES};
use super::{ExportError, Writer};

/// How CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CsvParams {
    /// For spreadsheets: a byte order mark, and texts that would be taken for formulas behind an apostrophe.
    pub excel: bool,
    /// Names of columns in Chinese.
    pub chinese_header: bool,
}

/// CSV files of a delivery.
pub(super) struct CsvWriter {
    params: CsvParams,
    files: Vec<DeliveredFile>,
    line: String,
}

impl CsvWriter {
    pub(super) fn create(delivery: &Delivery, params: CsvParams) -> Result<Self, ExportError> {
        let mut files = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            let mut file = delivery.create_file(&format!("{}.csv", table.name))?;
            let name = |column: &Column| {
                if params.chinese_header {
                    column.label
                } else {
                    column.name
                }
            };
            let header: Vec<&str> = table.columns.iter().map(name).collect();
            let mark = if params.excel { "\u{feff}" } else { "" };
            file.put(format!("{mark}{}\r\n", header.join(",")).as_bytes())?;
            files.push(file);
        }
        Ok(Self {
            params,
            files,
            line: String::new(),
        })
    }
}

impl Writer for CsvWriter {
    fn write(&mut self, rows: &DocumentRows<'_>, _: &Delivery) -> Result<(), ExportError> {
        for (file, rows) in self.files.iter_mut().zip(&rows.tables) {
            for row in rows {
                self.line.clear();
                for (idx, value) in row.iter().enumerate() {
                    if idx > 0 {
                        self.line.push(',');
                    }
                    push_value(&mut self.line, value, self.params.excel);
                }
                self.line.push_str("\r\n");
                file.put(self.line.as_bytes())?;
                file.n_rows += 1;
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>, delivery: &mut Delivery) -> Result<(), ExportError> {
        for (file, table) in self.files.into_iter().zip(TABLES) {
            delivery.add(file, Some(table.name))?;
        }
        Ok(())
    }
}

/// Appends a value as it stands in a field.
fn push_value(line: &mut String, value: &Value<'_>, excel: bool) {
    match value {
        Value::Null => {}
        Value::Int(number) => line.push_str(&number.to_string()),
        Value::Double(number) => line.push_str(&number.to_string()),
        Value::Decimal(number) => line.push_str(&decimal_text(*number)),
        Value::Text(text) => {
            let guard = if excel && is_formula(text) { "'" } else { "" };
            let is_plain = !text.is_empty()
                && !text.contains([',', '"', '\r', '\n'])
                && !text.starts_with(' ')
                && !text.ends_with(' ');
            if is_plain {
                line.push_str(guard);
                line.push_str(text);
            } else {
                line.push('"');
                line.push_str(guard);
                line.push_str(&text.replace('"', "\"\""));
                line.push('"');
            }
        }
    }
}

/// Whether a spreadsheet may take a text for a formula. A number with a sign is none.
fn is_formula(text: &str) -> bool {
    let is_number = |text: &str| {
        let unsigned = text.strip_prefix(['-', '+', '－', '＋']).unwrap_or(text);
        let digits = unsigned.strip_suffix(['%', '％']).unwrap_or(unsigned);
        let is_digit = |ch: char| ch.is_ascii_digit() || ('０'..='９').contains(&ch);
        digits.starts_with(is_digit)
            && digits
                .chars()
                .all(|ch| is_digit(ch) || matches!(ch, '.' | ',' | '．' | '，'))
    };
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
        && !is_number(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str, excel: bool) -> String {
        let mut line = String::new();
        push_value(&mut line, &text.into(), excel);
        line
    }

    #[test]
    fn quotes_stand_where_they_must() {
        assert_eq!(field("大于, 等于", false), "\"大于, 等于\"");
        assert_eq!(field("说\"好\"", false), "\"说\"\"好\"\"\"");
        assert_eq!(field("一\n二", false), "\"一\n二\"");
        assert_eq!(field("", false), "\"\"");
        assert_eq!(field("修路", false), "修路");
    }

    #[test]
    fn formulas_are_guarded_in_spreadsheets_and_numbers_are_not() {
        assert_eq!(field("=1+1", true), "'=1+1");
        assert_eq!(field("-2+3", true), "'-2+3");
        assert_eq!(field("@SUM(A1)", true), "'@SUM(A1)");
        assert_eq!(
            field("=HYPERLINK(\"x\",1)", true),
            "\"'=HYPERLINK(\"\"x\"\",1)\""
        );
        assert_eq!(field("-5.2%", true), "-5.2%");
        assert_eq!(field("+3", true), "+3");
        assert_eq!(field("=1+1", false), "=1+1");
    }
}
