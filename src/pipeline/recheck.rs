//! Checks of a record that people have corrected: it becomes a form again, as far as it holds one.

use crate::emit::record::finding;
use crate::grammar::Grammars;
use crate::model::record::{Check, Finding, Project};
use crate::model::vocabulary::{Emptiness, MoneyUnit};
use crate::model::{Code, Diagnostic, Form, Record};
use crate::normalise::{project_code_fault, take_apart};
use crate::validate::validate;

/// What the rules say of a record: outcomes in their fixed order, and why some failed.
///
/// What a record does not hold, the score of the execution row and where its year was read, is not looked at.
#[must_use]
pub fn recheck(record: &Record, grammars: &Grammars) -> (Vec<Check>, Vec<Finding>) {
    let validation = validate(&form_of(record), &grammars.vocabulary);
    let code = record
        .project
        .as_ref()
        .and_then(|project| project.code.as_deref());
    let fault = code
        .and_then(project_code_fault)
        .map(|fault| Diagnostic::new(Code::CodeShape, "/project/code", fault));
    let findings = fault
        .iter()
        .chain(&validation.diagnostics)
        .map(finding)
        .collect();
    (validation.checks, findings)
}

/// Makes the parts of a project those of its code; none where the code has another shape.
pub fn take_code_apart(project: &mut Project) {
    project.region_code = None;
    project.setup_year = None;
    project.category = None;
    project.serial = None;
    take_apart(project);
}

/// The form of a record.
fn form_of(record: &Record) -> Form {
    let record = record.clone();
    Form {
        family: record.family,
        grammar: record.grammar,
        title: record.title,
        fiscal_year: record.fiscal_year,
        amount_unit: record.amount_unit.as_deref().and_then(MoneyUnit::from_name),
        department: record.department,
        budget_unit: record.budget_unit,
        project: record.project,
        functions: record.functions,
        contact: record.contact,
        execution_rate_weight: record.execution_rate_weight,
        funds: record.funds,
        annual_goal: record.annual_goal,
        actual_result: record.actual_result,
        tasks: record.tasks,
        indicators: record.indicators,
        total_score: record.total_score,
        remarks: record.remarks,
        attributes: record.attributes,
        empty: record
            .empty
            .into_iter()
            .filter_map(|(pointer, kind)| Some((pointer, Emptiness::from_name(&kind)?)))
            .collect(),
        pages: record.document.pages,
        lines: record.document.lines,
        ..Form::default()
    }
}
