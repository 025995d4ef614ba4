//! Rows of tables: indicators and tasks.

use super::draft::{Draft, shorten};
use super::funds::{PrintedAmount, read_amount};
use super::number::read_weight;
use super::target::{SplitTarget, looks_like_misread_operator, plain_value, split, split_unit};
use super::text::{squeeze, without_blanks};
use crate::model::raw::{RawCell, RawRow, RawTable};
use crate::model::record::{Indicator, Task};
use crate::model::vocabulary::{Emptiness, Operator};
use crate::model::{Code, RawText};

/// What a column of operators says where it is about the kind or the direction of an indicator instead.
const KINDS: [&str; 7] = ["定量", "正向", "反向", "逆向", "适度", "正", "负"];

/// An amount of a task, waiting for the form's unit.
pub(super) struct TaskAmount {
    /// Index of the task.
    pub(super) task_idx: usize,
    /// The amount as printed.
    pub(super) amount: PrintedAmount,
    /// Where it was printed.
    pub(super) raw: RawText,
}

/// Adds the rows of a table of indicators. For each raw row, the index of the indicator that it became; `None` for a
/// row without any text of its own.
pub(super) fn add_indicators(table: &RawTable, draft: &mut Draft<'_, '_>) -> Vec<Option<usize>> {
    let is_printed = |key: &str| table.columns.iter().any(|column| column.key == key);
    let required: Vec<&str> = ["target", "weight"]
        .into_iter()
        .filter(|key| is_printed(key))
        .collect();
    table
        .rows
        .iter()
        .map(|row| has_own_text(row).then(|| add_indicator(row, &required, draft)))
        .collect()
}

/// Adds the rows of a table of tasks; their amounts wait for the form's unit. The indices are as in [`add_indicators`].
pub(super) fn add_tasks(
    table: &RawTable,
    draft: &mut Draft<'_, '_>,
    amounts: &mut Vec<TaskAmount>,
) -> Vec<Option<usize>> {
    let amount_column = table.columns.iter().find(|column| column.key == "amount");
    let hint = amount_column.and_then(|column| column.unit_hint.as_deref());
    if let Some(column) = amount_column {
        draft.evidence.see_hint(
            hint.and_then(|hint| draft.terms.money_unit(hint)),
            &column.label,
        );
    }
    let mut add = |row: &RawRow| {
        let task_idx = draft.form.tasks.len();
        let mut task = Task::default();
        for cell in &row.cells {
            let pointer = format!("/tasks/{task_idx}/{}", cell.key);
            if is_empty(cell, &pointer, &[], draft) {
                continue;
            }
            let text = || Some(squeeze(&cell.value.text));
            match cell.key.as_str() {
                "name" => task.name = text(),
                "content" => task.content = text(),
                "amount" => {
                    match read_amount(&cell.value, &cell.parts, hint, draft.terms) {
                        Some(amount) => {
                            draft.evidence.see_amount(&amount, &cell.value);
                            amounts.push(TaskAmount {
                                task_idx,
                                amount,
                                raw: cell.value.clone(),
                            });
                        }
                        None => draft.find(
                            Code::BadNumber,
                            &pointer,
                            format!("expected an amount, got {:?}", shorten(&cell.value.text)),
                        ),
                    }
                    continue;
                }
                _ => {
                    say_unused(cell, &format!("/tasks/{task_idx}"), draft);
                    continue;
                }
            }
            draft.settle(&pointer, &cell.value);
        }
        draft.form.tasks.push(task);
        task_idx
    };
    table
        .rows
        .iter()
        .map(|row| has_own_text(row).then(|| add(row)))
        .collect()
}

/// Whether a text says the kind or the direction of an indicator: 定量, 正向指标.
pub(super) fn is_kind(text: &str) -> bool {
    let squashed = without_blanks(text);
    KINDS.contains(&squashed.strip_suffix("指标").unwrap_or(&squashed))
}

fn has_own_text(row: &RawRow) -> bool {
    row.cells
        .iter()
        .any(|cell| !cell.filled_down && !cell.value.text.trim().is_empty())
}

/// Whether a cell carries no value; for the columns of `required` that is put into `empty`.
fn is_empty(cell: &RawCell, pointer: &str, required: &[&str], draft: &mut Draft<'_, '_>) -> bool {
    let Some(kind) = draft.terms.emptiness(&cell.value.text) else {
        return false;
    };
    if required.contains(&cell.key.as_str()) {
        draft.mark_empty(pointer, kind, Some(&cell.value));
    }
    true
}

fn say_unused(cell: &RawCell, pointer: &str, draft: &mut Draft<'_, '_>) {
    let message = format!(
        "a cell of column {:?} has no key in the record: {:?}",
        cell.key,
        shorten(&cell.value.text)
    );
    draft.find(Code::RowUnread, pointer, message);
}

fn add_indicator(row: &RawRow, required: &[&str], draft: &mut Draft<'_, '_>) -> usize {
    let row_idx = draft.form.indicators.len();
    let base = format!("/indicators/{row_idx}");
    let mut indicator = Indicator::default();
    let mut bounds = Bounds::default();
    for cell in &row.cells {
        let pointer = format!("{base}/{}", cell.key);
        if is_empty(cell, &pointer, required, draft) {
            continue;
        }
        let text = || Some(squeeze(&cell.value.text));
        let squashed = || Some(without_blanks(&cell.value.text));
        let is_set = match cell.key.as_str() {
            "level1" => set(&mut indicator.level1, squashed()),
            "level2" => set(&mut indicator.level2, squashed()),
            "level3" => set(&mut indicator.level3, squashed()),
            "actual" => set(&mut indicator.actual, text()),
            "deviation" => set(&mut indicator.deviation, text()),
            "note" => set(&mut indicator.note, text()),
            "weight" => set(
                &mut indicator.weight,
                draft.decimal(&cell.value, &cell.parts, &pointer),
            ),
            "weight_current" => set(
                &mut indicator.weight_current,
                draft.decimal(&cell.value, &cell.parts, &pointer),
            ),
            "score" => {
                let number = read_weight(&cell.value.text)
                    .map(|number| draft.accept(number, &cell.value.text, &pointer));
                set(
                    &mut indicator.score,
                    number
                        .map(|decimal| decimal.as_str().to_owned())
                        .or_else(text),
                )
            }
            // These four are read together, below.
            "operator" => {
                bounds.operator = Some(cell);
                false
            }
            "measure_unit" => {
                bounds.measure_unit = Some(cell);
                false
            }
            "target" => {
                bounds.target = Some(cell);
                false
            }
            "target_current" => {
                bounds.target_current = Some(cell);
                false
            }
            _ => {
                say_unused(cell, &base, draft);
                false
            }
        };
        if is_set {
            draft.settle(&pointer, &cell.value);
        }
    }
    read_bounds(&bounds, &base, &mut indicator, draft);
    for key in required {
        let has_value = match *key {
            "target" => indicator.target.is_some(),
            _ => indicator.weight.is_some(),
        };
        let is_printed = row
            .cells
            .iter()
            .any(|cell| cell.key == *key && !cell.value.text.trim().is_empty());
        if !has_value && !is_printed {
            draft.mark_empty(&format!("{base}/{key}"), Emptiness::Blank, None);
        }
    }
    draft.form.indicators.push(indicator);
    row_idx
}

/// Sets a value that is there; says whether it was.
fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let is_there = value.is_some();
    if is_there {
        *slot = value;
    }
    is_there
}

/// The cells that bound the actual value; blank ones are absent.
#[derive(Default)]
struct Bounds<'c> {
    operator: Option<&'c RawCell>,
    measure_unit: Option<&'c RawCell>,
    target: Option<&'c RawCell>,
    target_current: Option<&'c RawCell>,
}

/// Reads operator, targets and unit of a row. A target's own operator and unit count only where the row has no cell of
/// theirs that says something, or where both say the same.
fn read_bounds(
    bounds: &Bounds<'_>,
    base: &str,
    indicator: &mut Indicator,
    draft: &mut Draft<'_, '_>,
) {
    let mut target = bounds.target;
    if let Some(cell) = bounds.operator {
        let is_whole_target = read_operator(cell, base, bounds, indicator, draft);
        if is_whole_target {
            target = Some(cell);
        }
    }
    if let Some(cell) = bounds.measure_unit {
        let captured = part(cell, "unit").unwrap_or(&cell.value.text);
        indicator.measure_unit =
            Some(draft.terms.tidy_measure_unit(captured)).filter(|text| !text.is_empty());
        draft.settle(&format!("{base}/measure_unit"), &cell.value);
    }
    if let Some(cell) = target {
        let value = read_target(cell, "target", base, indicator, draft);
        indicator.target = value;
    }
    if let Some(cell) = bounds.target_current {
        let value = read_target(cell, "target_current", base, indicator, draft);
        indicator.target_current = value;
    }
    say_doubtful_percentages(base, indicator, draft);
}

/// Reads the cell of the operator; `true` if it holds the whole target (`≥95%`) and the target has no cell.
fn read_operator(
    cell: &RawCell,
    base: &str,
    bounds: &Bounds<'_>,
    indicator: &mut Indicator,
    draft: &mut Draft<'_, '_>,
) -> bool {
    let text = part(cell, "operator").unwrap_or(&cell.value.text);
    let pointer = format!("{base}/operator");
    if let Some(operator) = draft.terms.operator(text) {
        indicator.operator = Some(operator.as_str().to_owned());
        draft.settle(&pointer, &cell.value);
        return bounds.target.is_none() && part(cell, "target").is_some();
    }
    if is_kind(text) {
        return false;
    }
    if bounds.target.is_none() && split(text, draft.terms).operator.is_some() {
        return true;
    }
    draft.find(
        Code::OperatorDoubtful,
        &pointer,
        format!("expected an operator, got {:?}", shorten(&cell.value.text)),
    );
    false
}

/// Reads a target; sets operator and unit where the row has none yet. Returns the value.
fn read_target(
    cell: &RawCell,
    key: &str,
    base: &str,
    indicator: &mut Indicator,
    draft: &mut Draft<'_, '_>,
) -> Option<String> {
    let taken_apart = take_apart(cell, indicator, draft);
    let pointer = format!("{base}/{key}");
    if indicator.operator.is_none()
        && let Some(operator) = taken_apart.operator
    {
        indicator.operator = Some(operator.as_str().to_owned());
        draft.settle(&format!("{base}/operator"), &cell.value);
    }
    if indicator.measure_unit.is_none() && taken_apart.measure_unit.is_some() {
        indicator.measure_unit = taken_apart.measure_unit;
        draft.settle(&format!("{base}/measure_unit"), &cell.value);
    }
    if let Some(value) = &taken_apart.target {
        if taken_apart.repaired {
            draft.say_repaired(&cell.value.text, value, &pointer);
        }
        draft.settle(&pointer, &cell.value);
    }
    taken_apart.target
}

fn take_apart(cell: &RawCell, indicator: &Indicator, draft: &Draft<'_, '_>) -> SplitTarget {
    let terms = draft.terms;
    let by_pattern = part(cell, "target").map(|target| {
        let operator = part(cell, "operator").and_then(|text| terms.operator(text));
        let measure_unit = part(cell, "unit")
            .map(|text| terms.tidy_measure_unit(text))
            .filter(|text| !text.is_empty());
        match (operator, &measure_unit) {
            (None, None) => split(target, terms),
            (_, None) => SplitTarget {
                operator,
                ..split_unit(target, operator.is_some(), terms)
            },
            (_, Some(_)) => {
                let (target, repaired) = plain_value(target);
                SplitTarget {
                    operator,
                    target,
                    measure_unit,
                    repaired,
                }
            }
        }
    });
    let found = by_pattern.unwrap_or_else(|| split(&cell.value.text, terms));
    // A cell of the operator or of the unit that says otherwise: the target is a text of its own and stays whole.
    let fits_operator = match (indicator.operator.as_deref(), found.operator) {
        (Some(known), Some(operator)) => known == operator.as_str(),
        _ => true,
    };
    let fits_unit = match (&indicator.measure_unit, &found.measure_unit) {
        (Some(known), Some(measure_unit)) => known == measure_unit,
        _ => true,
    };
    let is_qualitative = indicator.operator.as_deref() == Some(Operator::Qualitative.as_str());
    if fits_operator && fits_unit && !(is_qualitative && found.operator.is_some()) {
        return found;
    }
    let (target, repaired) = plain_value(&cell.value.text);
    SplitTarget {
        target,
        repaired,
        ..SplitTarget::default()
    }
}

fn say_doubtful_percentages(base: &str, indicator: &Indicator, draft: &mut Draft<'_, '_>) {
    if indicator.operator.is_some() {
        return;
    }
    let unit = indicator.measure_unit.as_deref().unwrap_or_default();
    for (key, value) in [
        ("target", &indicator.target),
        ("target_current", &indicator.target_current),
    ] {
        if let Some(value) = value
            .as_deref()
            .filter(|value| looks_like_misread_operator(value, unit))
        {
            let rest = value.strip_prefix('2').unwrap_or(value);
            let message = format!(
                "{value}{unit} may be ≥{rest}{unit} with its sign read as a digit; it is kept as printed"
            );
            draft.find(Code::OperatorDoubtful, &format!("{base}/{key}"), message);
        }
    }
}

fn part<'c>(cell: &'c RawCell, name: &str) -> Option<&'c str> {
    cell.parts
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, text)| text.as_str())
        .filter(|text| !text.trim().is_empty())
}
