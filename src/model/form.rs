//! What normalise yields: a form with typed values, and where each was printed.

use std::collections::BTreeMap;

use super::raw::RawText;
use super::record::{Attribute, Contact, DecimalText, Fund, Indicator, Named, Project, Task};
use super::vocabulary::{Emptiness, MoneyUnit};

/// A form with typed values. Pointers are JSON Pointers into the record that will be made of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Form {
    /// Name of the grammar family.
    pub family: String,
    /// `name@version`.
    pub grammar: String,
    /// The title as printed, white space removed.
    pub title: Option<String>,
    /// Fiscal year.
    pub fiscal_year: Option<i32>,
    /// Unit of the amounts as printed.
    pub amount_unit: Option<MoneyUnit>,
    /// 主管部门.
    pub department: Option<Named>,
    /// 预算单位.
    pub budget_unit: Option<Named>,
    /// 预算项目.
    pub project: Option<Project>,
    /// 职能职责与活动.
    pub functions: Vec<Named>,
    /// 项目经办人.
    pub contact: Contact,
    /// 预算执行率权重.
    pub execution_rate_weight: Option<DecimalText>,
    /// Amounts in yuan.
    pub funds: Vec<Fund>,
    /// 年度目标.
    pub annual_goal: Option<String>,
    /// 实际完成情况.
    pub actual_result: Option<String>,
    /// 年度主要任务.
    pub tasks: Vec<Task>,
    /// Indicator rows.
    pub indicators: Vec<Indicator>,
    /// Total score.
    pub total_score: Option<DecimalText>,
    /// Score of the execution row, which no key of the record holds but the score check needs.
    pub execution_score: Option<DecimalText>,
    /// Remarks of the whole form.
    pub remarks: Option<String>,
    /// Labels without a key.
    pub attributes: Vec<Attribute>,
    /// Pointer → how the label carries no value.
    pub empty: BTreeMap<String, Emptiness>,
    /// Pointer → the text as read, and where.
    pub provenance: BTreeMap<String, RawText>,
    /// First and last page from 1; `None` for plain text.
    pub pages: Option<(u32, u32)>,
    /// First and last line from 1; plain text only.
    pub lines: Option<(u32, u32)>,
    /// Printed text that no rule used.
    pub residue: Vec<RawText>,
    /// Printed characters that ended up in a value, a label or furniture.
    pub n_chars_used: u64,
    /// Printed characters of the form's stretch.
    pub n_chars: u64,
}
