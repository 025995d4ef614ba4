//! Rows: a document and its records become rows of the star model.
//!
//! In: a ledger line and its records. Out: rows, table by table. Never: changes a value; leaves one out without a diagnostic.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::keys;
use super::star::{SCALE, TABLES};
use crate::model::record::{DecimalText, Finding};
use crate::model::{Code, DocumentLine, Record};

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// There is none.
    Null,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// A decimal, in ten-thousandths.
    Decimal(i64),
}

/// A row: a value for each column of its table.
pub type Row<'a> = Vec<Value<'a>>;

/// The rows of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentRows<'a> {
    /// Key of the document.
    pub document_sk: i64,
    /// Rows for each table, in the order of [`TABLES`].
    pub tables: Vec<Vec<Row<'a>>>,
    /// Decimals that did not fit.
    pub n_unfit: u64,
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// Numbers of pages, lines and places: none is near the end of 32 bits with a sign.
impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number.min(i32::MAX as u32)))
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Int(i64::from(number))
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl<'a, T> From<Option<T>> for Value<'a>
where
    Value<'a>: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

/// A decimal in ten-thousandths; `None` where it has more digits than [`super::star::PRECISION`] and [`SCALE`] allow.
#[must_use]
pub fn ten_thousandths(decimal: &DecimalText) -> Option<i64> {
    const LIMIT: i64 = 1_000_000_000_000_000_000;
    let text = decimal.as_str();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let n_missing = usize::from(SCALE).checked_sub(fraction.len())?;
    let number: i64 = format!("{whole}{fraction}{}", "0".repeat(n_missing))
        .parse()
        .ok()?;
    (number.abs() < LIMIT).then_some(number)
}

/// A decimal of ten-thousandths as text: at least two digits behind the point, more only if not zero.
#[must_use]
pub fn decimal_text(number: i64) -> String {
    let (whole, fraction) = (
        number.unsigned_abs() / 10_000,
        number.unsigned_abs() % 10_000,
    );
    let mut text = format!("{}{whole}.{fraction:04}", if number < 0 { "-" } else { "" });
    while text.ends_with('0')
        && !text.ends_with(".00")
        && text.len() - text.find('.').unwrap_or(0) > 3
    {
        text.pop();
    }
    text
}

/// Where rows are gathered.
struct Gatherer<'a> {
    rows: DocumentRows<'a>,
    n_findings: u32,
}

impl<'a> Gatherer<'a> {
    fn add(&mut self, table: &str, row: Row<'a>) {
        let idx = TABLES
            .iter()
            .position(|known| known.name == table)
            .expect("rows are made for tables of the star model");
        debug_assert_eq!(row.len(), TABLES[idx].columns.len(), "{table}");
        self.rows.tables[idx].push(row);
    }

    fn finding(&mut self, form_sk: Option<i64>, finding: [Value<'a>; 4]) {
        self.n_findings += 1;
        let mut row: Row<'_> = vec![
            self.rows.document_sk.into(),
            self.n_findings.into(),
            form_sk.into(),
        ];
        row.extend(finding);
        self.add("diagnostics", row);
    }

    /// A decimal; one that does not fit is said.
    fn decimal(&mut self, form_sk: i64, decimal: Option<&DecimalText>, path: String) -> Value<'a> {
        let Some(decimal) = decimal else {
            return Value::Null;
        };
        if let Some(number) = ten_thousandths(decimal) {
            return Value::Decimal(number);
        }
        self.rows.n_unfit += 1;
        let code = Code::DecimalUnfit;
        let message = format!("{} does not fit DECIMAL(18, 4)", decimal.as_str());
        let severity = code.severity().as_str();
        self.finding(
            Some(form_sk),
            [
                code.name().into(),
                severity.into(),
                path.into(),
                message.into(),
            ],
        );
        Value::Null
    }
}

/// The rows of a document; `n_before` inputs of the same path were before it.
#[must_use]
pub fn document_rows<'a>(
    document: &'a DocumentLine,
    forms: &'a [Record],
    n_before: u64,
) -> DocumentRows<'a> {
    let document_sk = keys::document_sk(document, n_before);
    let mut gatherer = Gatherer {
        rows: DocumentRows {
            document_sk,
            tables: vec![Vec::new(); TABLES.len()],
            n_unfit: 0,
        },
        n_findings: 0,
    };
    gatherer.add(
        "documents",
        vec![
            document_sk.into(),
            document.id.as_ref().into(),
            (&document.path).into(),
            document.path_b64.as_ref().into(),
            document.bytes.into(),
            (&document.status).into(),
            document.pages.into(),
            document.forms.into(),
            document.families.join(",").into(),
            document.sources.join(",").into(),
            document.coverage.into(),
            document.residue_chars.into(),
            document.elapsed_ms.into(),
        ],
    );
    for finding in &document.diagnostics {
        gatherer.finding(None, finding_values(finding));
    }
    let mut n_of_subject: BTreeMap<String, u32> = BTreeMap::new();
    for (record, ordinal) in forms.iter().zip(1..) {
        let form_key = keys::subject(record).map(|subject| {
            let nth = n_of_subject.entry(subject.clone()).or_default();
            *nth += 1;
            keys::form_key(&subject, *nth)
        });
        form_rows(record, ordinal, form_key, &mut gatherer);
    }
    gatherer.rows
}

fn finding_values(finding: &Finding) -> [Value<'_>; 4] {
    [
        (&finding.code).into(),
        (&finding.severity).into(),
        (&finding.path).into(),
        (&finding.message).into(),
    ]
}

/// The rows of a form.
fn form_rows<'a>(
    record: &'a Record,
    ordinal: u32,
    form_key: Option<String>,
    gatherer: &mut Gatherer<'a>,
) {
    let document_sk = gatherer.rows.document_sk;
    let form_sk = keys::form_sk(document_sk, ordinal);
    let (pages, lines) = (record.document.pages, record.document.lines);
    let named = |named: &'a Option<crate::model::record::Named>| {
        let named = named.as_ref();
        [
            Value::from(named.and_then(|named| named.code.as_ref())),
            Value::from(named.and_then(|named| named.name.as_ref())),
        ]
    };
    let project = record.project.as_ref();
    let execution_rate_weight = gatherer.decimal(
        form_sk,
        record.execution_rate_weight.as_ref(),
        "/execution_rate_weight".to_owned(),
    );
    let total_score = gatherer.decimal(
        form_sk,
        record.total_score.as_ref(),
        "/total_score".to_owned(),
    );
    let mut row: Row<'a> = vec![
        form_sk.into(),
        document_sk.into(),
        (&record.form_id).into(),
        ordinal.into(),
        form_key.into(),
        keys::content_hash(record).into(),
        (&record.family).into(),
        (&record.grammar).into(),
        record.title.as_ref().into(),
        record.fiscal_year.into(),
        record.amount_unit.as_ref().into(),
        pages.map(|(first, _)| first).into(),
        pages.map(|(_, last)| last).into(),
        lines.map(|(first, _)| first).into(),
        lines.map(|(_, last)| last).into(),
        (&record.document.source).into(),
    ];
    row.extend(named(&record.department));
    row.extend(named(&record.budget_unit));
    row.extend([
        project.and_then(|project| project.code.as_ref()).into(),
        project.and_then(|project| project.name.as_ref()).into(),
        project
            .and_then(|project| project.region_code.as_ref())
            .into(),
        project.and_then(|project| project.setup_year).into(),
        project.and_then(|project| project.category.as_ref()).into(),
        project.and_then(|project| project.serial.as_ref()).into(),
        record.contact.person.as_ref().into(),
        record.contact.phone.as_ref().into(),
        execution_rate_weight,
        record.annual_goal.as_ref().into(),
        record.actual_result.as_ref().into(),
        total_score,
        record.remarks.as_ref().into(),
        record.confidence.into(),
    ]);
    gatherer.add("forms", row);
    // What every row of a list begins with.
    let head =
        |position: u32| -> Row<'a> { vec![document_sk.into(), form_sk.into(), position.into()] };
    let with = |mut head: Row<'a>, rest: Vec<Value<'a>>| {
        head.extend(rest);
        head
    };
    for (function, position) in record.functions.iter().zip(1..) {
        let rest = vec![function.code.as_ref().into(), function.name.as_ref().into()];
        gatherer.add("functions", with(head(position), rest));
    }
    for (fund, position) in record.funds.iter().zip(1..) {
        let path = format!("/funds/{}/amount", position - 1);
        let amount = gatherer.decimal(form_sk, Some(&fund.amount), path);
        let rest = vec![
            (&fund.category).into(),
            (&fund.source).into(),
            (&fund.stage).into(),
            amount,
        ];
        gatherer.add("funds", with(head(position), rest));
    }
    for (task, position) in record.tasks.iter().zip(1..) {
        let path = format!("/tasks/{}/amount", position - 1);
        let amount = gatherer.decimal(form_sk, task.amount.as_ref(), path);
        let rest = vec![
            task.name.as_ref().into(),
            task.content.as_ref().into(),
            amount,
        ];
        gatherer.add("tasks", with(head(position), rest));
    }
    for (indicator, position) in record.indicators.iter().zip(1..) {
        let path = |key: &str| format!("/indicators/{}/{key}", position - 1);
        let weight = gatherer.decimal(form_sk, indicator.weight.as_ref(), path("weight"));
        let current = indicator.weight_current.as_ref();
        let weight_current = gatherer.decimal(form_sk, current, path("weight_current"));
        let rest = vec![
            indicator.level1.as_ref().into(),
            indicator.level2.as_ref().into(),
            indicator.level3.as_ref().into(),
            indicator.operator.as_ref().into(),
            indicator.target.as_ref().into(),
            indicator.target_current.as_ref().into(),
            indicator.measure_unit.as_ref().into(),
            weight,
            weight_current,
            indicator.actual.as_ref().into(),
            indicator.score.as_ref().into(),
            indicator.deviation.as_ref().into(),
            indicator.note.as_ref().into(),
        ];
        gatherer.add("indicators", with(head(position), rest));
    }
    for (attribute, position) in record.attributes.iter().zip(1..) {
        let rest = vec![(&attribute.label).into(), attribute.value.as_ref().into()];
        gatherer.add("attributes", with(head(position), rest));
    }
    let keyed = || -> Row<'a> { vec![document_sk.into(), form_sk.into()] };
    for (path, kind) in &record.empty {
        gatherer.add("blanks", with(keyed(), vec![path.into(), kind.into()]));
    }
    for check in &record.checks {
        let rest = vec![(&check.rule).into(), (&check.outcome).into()];
        gatherer.add("checks", with(keyed(), rest));
    }
    for finding in &record.diagnostics {
        gatherer.finding(Some(form_sk), finding_values(finding));
    }
    for (path, place) in record.provenance.iter().flatten() {
        let side = |idx: usize| Value::from(place.bbox.map(|bbox| shortest_double(bbox[idx])));
        let rest = vec![
            path.into(),
            place.page.into(),
            side(0),
            side(1),
            side(2),
            side(3),
            place.line.into(),
            (&place.raw).into(),
            place.confidence.into(),
        ];
        gatherer.add("provenance", with(keyed(), rest));
    }
}

/// The number that is printed as this one is: 56.7, not 56.70000076293945.
fn shortest_double(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

#[cfg(test)]
mod tests {
    use super::super::star::Kind;
    use super::*;

    /// A document with one form of this JSON laid over an empty one.
    fn rows_of(more: serde_json::Value, check: impl Fn(&DocumentRows<'_>)) {
        let mut record = serde_json::json!({
            "schema": "jixiao.form/1",
            "form_id": "0123456789abcdef-0001",
            "document": {
                "id": "0".repeat(64), "path": "a.txt", "pages": null, "lines": [1, 9], "source": "text",
            },
            "family": "project_annual_target",
            "grammar": "project_annual_target@1",
            "title": null, "fiscal_year": null, "amount_unit": null, "department": null, "budget_unit": null,
            "project": null, "functions": [], "contact": {"person": null, "phone": null},
            "execution_rate_weight": null, "funds": [], "annual_goal": null, "actual_result": null, "tasks": [],
            "indicators": [], "total_score": null, "remarks": null, "attributes": [], "empty": {},
            "confidence": null, "checks": [], "diagnostics": [],
        });
        for (key, value) in more.as_object().unwrap() {
            record[key] = value.clone();
        }
        let record: Record = serde_json::from_value(record).unwrap();
        let document = DocumentLine {
            id: Some(record.document.id.clone()),
            path: "a.txt".to_owned(),
            status: "ok".to_owned(),
            forms: 1,
            ..DocumentLine::default()
        };
        let forms = [record];
        let rows = document_rows(&document, &forms, 0);
        for (table, rows) in TABLES.iter().zip(&rows.tables) {
            for row in rows {
                assert_eq!(row.len(), table.columns.len(), "{}", table.name);
                for (column, value) in table.columns.iter().zip(row) {
                    let fits = match value {
                        Value::Null => column.nullable,
                        Value::Text(text) => {
                            let values = column.values;
                            column.kind == Kind::Text
                                && (values.is_empty() || values.contains(&text.as_ref()))
                        }
                        Value::Int(_) => matches!(column.kind, Kind::Int32 | Kind::Int64),
                        Value::Double(_) => column.kind == Kind::Double,
                        Value::Decimal(_) => column.kind == Kind::Decimal,
                    };
                    assert!(fits, "{}.{}: {value:?}", table.name, column.name);
                }
            }
        }
        check(&rows);
    }

    fn rows_in<'a, 'b>(rows: &'b DocumentRows<'a>, table: &str) -> &'b [Row<'a>] {
        let idx = TABLES.iter().position(|known| known.name == table);
        &rows.tables[idx.unwrap()]
    }

    #[test]
    fn every_list_of_a_record_has_its_rows() {
        let more = serde_json::json!({
            "functions": [{"code": "04", "name": "登记"}],
            "funds": [{"category": "project", "source": "total", "stage": "budget", "amount": "20000.00"}],
            "tasks": [{"name": "修路", "content": null, "amount": "1.00"}],
            "indicators": [{
                "level1": "产出指标", "level2": "数量指标", "level3": "里程", "operator": "ge", "target": "95",
                "target_current": null, "measure_unit": "公里", "weight": "2.5", "weight_current": null, "actual": null,
                "score": null, "deviation": null, "note": null,
            }],
            "attributes": [{"label": "立项依据", "value": null}],
            "empty": {"/contact/phone": "dash"},
            "checks": [{"rule": "funds_sum", "outcome": "pass"}],
            "diagnostics": [{"code": "code_shape", "severity": "warning", "path": "", "message": "?"}],
            "provenance": {"/title": {"page": 1, "bbox": [56.7, 1, 2, 3], "line": null, "raw": "x", "confidence": 0.5}},
        });
        rows_of(more, |rows| {
            let n_rows: Vec<usize> = rows.tables.iter().map(Vec::len).collect();
            assert_eq!(n_rows, [1; 11]);
            assert_eq!(rows_in(rows, "funds")[0][6], Value::Decimal(200_000_000));
            assert_eq!(rows_in(rows, "provenance")[0][4], Value::Double(56.7));
        });
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let more = serde_json::json!({
            "funds": [{"category": "project", "source": "total", "stage": "budget", "amount": "0.33333"}],
        });
        rows_of(more, |rows| {
            assert_eq!(rows.n_unfit, 1);
            assert_eq!(rows_in(rows, "funds")[0][6], Value::Null);
            let said = &rows_in(rows, "diagnostics")[0];
            assert_eq!(said[3], "decimal_unfit".into());
            assert_eq!(said[5], "/funds/0/amount".into());
        });
    }

    #[test]
    fn a_form_is_found_again_by_what_it_is_about() {
        let key = |unit: &str, name: &str| {
            let mut found = Value::Null;
            let more = serde_json::json!({
                "budget_unit": {"code": unit, "name": name},
                "fiscal_year": 2023,
            });
            let found_ref = std::cell::RefCell::new(&mut found);
            rows_of(more, |rows| {
                let Value::Text(key) = &rows_in(rows, "forms")[0][4] else {
                    panic!("no key")
                };
                **found_ref.borrow_mut() = Value::Text(key.to_string().into());
            });
            found
        };
        assert_eq!(key("203001", "社保局"), key("203001", "社会保险局"));
        assert_ne!(key("203001", "社保局"), key("203002", "社保局"));
        rows_of(serde_json::json!({"fiscal_year": 2023}), |rows| {
            assert_eq!(rows_in(rows, "forms")[0][4], Value::Null);
        });
    }

    #[test]
    fn decimals_fit_or_do_not() {
        let number = |text: &str| ten_thousandths(&DecimalText::from_canonical(text).unwrap());
        assert_eq!(number("20000.00"), Some(200_000_000));
        assert_eq!(number("-0.5"), Some(-5_000));
        assert_eq!(number("0.12345"), None);
        assert_eq!(number("0.1234000"), Some(1_234));
        assert_eq!(number("99999999999999.9999"), Some(999_999_999_999_999_999));
        assert_eq!(number("100000000000000"), None);
        assert_eq!(number("999999999999999999999999"), None);
    }

    #[test]
    fn decimals_are_written_as_money_is() {
        assert_eq!(decimal_text(200_000_000), "20000.00");
        assert_eq!(decimal_text(-5_000), "-0.50");
        assert_eq!(decimal_text(1_234), "0.1234");
        assert_eq!(decimal_text(100), "0.01");
        assert_eq!(decimal_text(0), "0.00");
    }
}
