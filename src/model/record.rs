//! What emit writes: the form record and the ledger line, version 1. These types are the output contract; nothing
//! else in the project is serialised. Keys are written in the order of the fields below.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `schema` of a form record.
pub const FORM_SCHEMA: &str = "jixiao.form/1";
/// `schema` of a ledger line.
pub const DOCUMENT_SCHEMA: &str = "jixiao.document/1";

/// A JSON Pointer (RFC 6901), as a pattern of the schema.
const POINTER_PATTERN: &str = "^(/([^~/]|~[01])*)*$";

/// Schema of [`Record::empty`]: pointers to kinds of emptiness.
fn empty_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "propertyNames": { "pattern": POINTER_PATTERN },
        "additionalProperties": { "enum": ["blank", "dash", "placeholder", "redacted"] }
    })
}

/// One form.
#[cfg_attr(test, derive(Default))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "jixiao form record, version 1", extend("additionalProperties" = false))]
pub struct Record {
    /// Always `jixiao.form/1`.
    #[schemars(extend("const" = FORM_SCHEMA))]
    pub schema: Cow<'static, str>,
    /// First 16 hex digits of `document.id`, `-`, ordinal of the form in its document from 1 in 4 digits.
    #[schemars(extend("pattern" = r"^[0-9a-f]{16}-[0-9]{4,}$"))]
    pub form_id: String,
    /// The document it was read from.
    pub document: DocumentRef,
    /// The grammar family, decided by the layout.
    #[schemars(extend("pattern" = r"^[a-z][a-z0-9_]*$"))]
    pub family: String,
    /// `name@version` of the grammar that read it.
    #[schemars(extend("pattern" = r"^[a-z][a-z0-9_]*@.+$"))]
    pub grammar: String,
    /// The title line as printed, white space removed.
    pub title: Option<String>,
    /// 预算年度, else the year in the title or in a bracketed line under it.
    pub fiscal_year: Option<i32>,
    /// Unit declared for the form's amounts: 元, 千元, 万元 or 亿元.
    #[schemars(extend("enum" = ["元", "千元", "万元", "亿元", null]))]
    pub amount_unit: Option<String>,
    /// 主管部门.
    pub department: Option<Named>,
    /// 预算单位.
    pub budget_unit: Option<Named>,
    /// 预算项目.
    pub project: Option<Project>,
    /// 职能职责与活动, a path.
    pub functions: Vec<Named>,
    /// 项目经办人 and 电话.
    pub contact: Contact,
    /// 预算执行率权重.
    pub execution_rate_weight: Option<DecimalText>,
    /// Amounts in yuan, printed order.
    pub funds: Vec<Fund>,
    /// 年度目标.
    pub annual_goal: Option<String>,
    /// 实际完成情况.
    pub actual_result: Option<String>,
    /// 年度主要任务.
    pub tasks: Vec<Task>,
    /// Indicator rows, printed order.
    pub indicators: Vec<Indicator>,
    /// 得分 of 总分/合计.
    pub total_score: Option<DecimalText>,
    /// 其他说明 / 备注 of the whole form.
    pub remarks: Option<String>,
    /// Known labels without a key of their own, printed order.
    pub attributes: Vec<Attribute>,
    /// JSON Pointer → `blank`, `dash`, `placeholder` or `redacted`, for labels that are printed but carry no value.
    #[schemars(schema_with = "empty_schema")]
    pub empty: BTreeMap<String, String>,
    /// Lowest recognition confidence of any value, 0 to 1; null where nothing was recognised from pixels.
    #[schemars(range(min = 0, max = 1))]
    pub confidence: Option<f64>,
    /// Every rule that applies to this family.
    pub checks: Vec<Check>,
    /// What was repaired, doubted or is inconsistent.
    pub diagnostics: Vec<Finding>,
    /// JSON Pointer → where the value was printed (`--provenance`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, Provenance>", extend("propertyNames" = { "pattern": POINTER_PATTERN }))]
    pub provenance: Option<BTreeMap<String, Provenance>>,
}

/// The document a form was read from.
#[cfg_attr(test, derive(Default))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct DocumentRef {
    /// sha256 of the file's bytes, hex.
    #[schemars(extend("pattern" = r"^[0-9a-f]{64}$"))]
    pub id: String,
    /// As given, `/` separators.
    pub path: String,
    /// First and last page from 1; null for plain text.
    pub pages: Option<(u32, u32)>,
    /// First and last line from 1; plain text only.
    pub lines: Option<(u32, u32)>,
    /// `pdf_text`, `ocr`, `text` or `mixed`.
    #[schemars(extend("enum" = ["pdf_text", "ocr", "text", "mixed"]))]
    pub source: String,
}

/// A code with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Named {
    /// The code before the name; null where there is none.
    pub code: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// A project, its code taken apart where it has the standard shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Project {
    /// As printed.
    pub code: Option<String>,
    /// As printed, white space folded.
    pub name: Option<String>,
    /// First six digits: GB/T 2260.
    #[schemars(extend("pattern" = r"^[0-9]{6}$"))]
    pub region_code: Option<String>,
    /// Year of setup, with its century.
    pub setup_year: Option<i32>,
    /// R 人员类, T 特定目标类, Y 运转类.
    #[schemars(extend("pattern" = r"^[A-Z]$"))]
    pub category: Option<String>,
    /// The digits behind the letter.
    #[schemars(extend("pattern" = r"^[0-9A-Za-z]+$"))]
    pub serial: Option<String>,
}

/// Who is to be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Contact {
    /// 项目经办人.
    pub person: Option<String>,
    /// 项目经办人电话.
    pub phone: Option<String>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Fund {
    /// `all`, `basic`, `project`, `personnel`, `operating`.
    #[schemars(extend("enum" = ["all", "basic", "project", "personnel", "operating"]))]
    pub category: String,
    /// `total`, `fiscal`, `special_account`, `unit`, `social`, `bank_loan`, `carryover`, `other`.
    #[schemars(extend("enum" = ["total", "fiscal", "special_account", "unit", "social", "bank_loan", "carryover", "other"]))]
    pub source: String,
    /// `budget`, `initial_budget`, `adjusted_budget`, `executed`.
    #[schemars(extend("enum" = ["budget", "initial_budget", "adjusted_budget", "executed"]))]
    pub stage: String,
    /// Yuan, at least two decimals.
    pub amount: DecimalText,
}

/// 年度主要任务.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Task {
    /// 任务名称.
    pub name: Option<String>,
    /// 主要内容.
    pub content: Option<String>,
    /// Yuan.
    pub amount: Option<DecimalText>,
}

/// An indicator row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Indicator {
    /// 一级指标 as printed, white space removed.
    pub level1: Option<String>,
    /// 二级指标.
    pub level2: Option<String>,
    /// 三级指标.
    pub level3: Option<String>,
    /// `ge`, `le`, `gt`, `lt`, `eq`, `qualitative`.
    #[schemars(extend("enum" = ["ge", "le", "gt", "lt", "eq", "qualitative", null]))]
    pub operator: Option<String>,
    /// The value without operator and unit.
    pub target: Option<String>,
    /// 本年指标值.
    pub target_current: Option<String>,
    /// 度量单位.
    pub measure_unit: Option<String>,
    /// 权重 / 分值, without `%`.
    pub weight: Option<DecimalText>,
    /// 本年权重.
    pub weight_current: Option<DecimalText>,
    /// 实际完成值.
    pub actual: Option<String>,
    /// 得分.
    pub score: Option<String>,
    /// 偏差原因分析及改进措施.
    pub deviation: Option<String>,
    /// 备注.
    pub note: Option<String>,
}

/// A known label without a key of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Attribute {
    /// As printed, white space removed.
    pub label: String,
    /// As printed, white space folded.
    pub value: Option<String>,
}

/// Outcome of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Check {
    /// Name of the rule.
    #[schemars(extend("pattern" = r"^[a-z][a-z0-9_]*$"))]
    pub rule: String,
    /// `pass`, `fail` or `not_applicable`.
    #[schemars(extend("enum" = ["pass", "fail", "not_applicable"]))]
    pub outcome: String,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Finding {
    /// Stable code: `jixiao explain CODE`.
    #[schemars(extend("pattern" = r"^([A-Z][A-Z0-9_]*|[a-z][a-z0-9_]*)$"))]
    pub code: String,
    /// `info`, `warning`, `error`.
    #[schemars(extend("enum" = ["info", "warning", "error"]))]
    pub severity: String,
    /// JSON Pointer; empty for the whole record.
    #[schemars(extend("pattern" = POINTER_PATTERN))]
    pub path: String,
    /// What was found.
    pub message: String,
}

/// Where a value was printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Provenance {
    /// From 1; null for plain text.
    #[schemars(range(min = 1))]
    pub page: Option<u32>,
    /// left, top, right, bottom in points from the top left of the page as displayed.
    pub bbox: Option<[f32; 4]>,
    /// From 1; plain text only.
    #[schemars(range(min = 1))]
    pub line: Option<u32>,
    /// The text as read.
    pub raw: String,
    /// 0 to 1; null where nothing was recognised from pixels.
    #[schemars(range(min = 0, max = 1))]
    pub confidence: Option<f64>,
    /// Only where a person has corrected the value: `raw` is what was read all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Corrected")]
    pub corrected: Option<Corrected>,
}

/// A correction that a value comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Corrected {
    /// Who says so.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// What stood there before.
    pub was: serde_json::Value,
}

/// What a run or a delivery says of its redaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactionNote {
    /// `contact` or `names`.
    pub scope: String,
    /// Names the key without telling it; what was redacted under one key can be joined. 16 hex digits.
    pub key_id: String,
}

/// One line of the ledger, `documents.jsonl`: every input leaves exactly one.
#[cfg_attr(test, derive(Default))]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "jixiao document ledger line, version 1", extend("additionalProperties" = false))]
pub struct DocumentLine {
    /// Always `jixiao.document/1`.
    #[schemars(extend("const" = DOCUMENT_SCHEMA))]
    pub schema: Cow<'static, str>,
    /// sha256 of the file's bytes; null where they could not be read.
    #[schemars(extend("pattern" = r"^[0-9a-f]{64}$"))]
    pub id: Option<String>,
    /// As given, `/` separators; U+FFFD stands for what is not UTF-8.
    pub path: String,
    /// The path's bytes in base64 (RFC 4648), only where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("pattern" = r"^[A-Za-z0-9+/]+={0,2}$"))]
    pub path_b64: Option<String>,
    /// Size in bytes; null where unknown.
    pub bytes: Option<u64>,
    /// `ok`, `partial`, `no_form`, `failed`, `skipped`.
    #[schemars(extend("enum" = ["ok", "partial", "no_form", "failed", "skipped"]))]
    pub status: String,
    /// Number of pages; null for plain text and unread files.
    pub pages: Option<u32>,
    /// Number of forms.
    pub forms: u32,
    /// Families found, sorted, each once.
    pub families: Vec<String>,
    /// Sources of the pages, sorted, each once.
    #[schemars(extend("items" = { "enum": ["pdf_text", "ocr", "text", "mixed"] }))]
    pub sources: Vec<String>,
    /// Share of the printed characters on form pages that ended up in a value, a label or known furniture; null without forms.
    #[schemars(range(min = 0, max = 1))]
    pub coverage: Option<f64>,
    /// Printed characters on form pages that no rule used.
    pub residue_chars: u64,
    /// Findings that speak of the document.
    pub diagnostics: Vec<Finding>,
    /// Wall time in milliseconds; null where timing is switched off.
    pub elapsed_ms: Option<u64>,
}

/// A canonical decimal: `-?digits(.digits)?`, no separators, no `+`, zeros as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = r"^-?[0-9]+(\.[0-9]+)?$"))]
pub struct DecimalText(String);

/// A text that is no canonical decimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no decimal of the record: digits, at most one point between them, a minus before them"
)]
pub struct NoDecimal(String);

impl TryFrom<String> for DecimalText {
    type Error = NoDecimal;

    fn try_from(text: String) -> Result<Self, NoDecimal> {
        Self::from_canonical(&text).ok_or(NoDecimal(text))
    }
}

impl From<DecimalText> for String {
    fn from(decimal: DecimalText) -> Self {
        decimal.0
    }
}

impl DecimalText {
    /// Wraps a text that is canonical already; `None` where it is not.
    #[must_use]
    pub fn from_canonical(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        (all_digits(whole) && fraction.is_none_or(all_digits)).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value; `None` where it has more digits than a decimal of 96 bits holds.
    #[must_use]
    pub fn value(&self) -> Option<Decimal> {
        Decimal::from_str_exact(&self.0).ok()
    }
}
