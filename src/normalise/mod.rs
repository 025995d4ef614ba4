//! Normalise: labels and values as printed become typed values, each with the place where it was printed.
//! In: a [`RawForm`], the [`Page`]s it was recognised on, the [`Vocabulary`]. Out: a [`Form`]. Never: reads files;
//! guesses, makes one digit of another, adds up.

mod closed;
mod codes;
mod draft;
mod fields;
mod funds;
mod number;
mod reading;
mod rows;
mod settle;
mod target;
mod terms;
mod text;

use crate::model::record::{DecimalText, Fund};
use crate::model::{Code, Diagnosed, Form, Page, RawForm, RawText, Vocabulary};

pub use codes::{project_code_fault, split_code_name, take_apart};
pub use target::{SplitTarget, split_target};
pub use terms::Terms;

use draft::{Draft, shorten};
use fields::PendingFund;
use funds::PrintedAmount;
use rows::TaskAmount;
use settle::{Settled, SettledForm, settle};

/// Makes typed values of a form as found. What could not be read is `null` and has a diagnostic.
///
/// For many forms, make [`Terms`] once and use [`normalise_with`].
#[must_use]
pub fn normalise(raw: RawForm, vocabulary: &Vocabulary) -> Diagnosed<Form> {
    normalise_with(raw, &[], &Terms::new(vocabulary))
}

/// As [`normalise`], with a vocabulary made ready before, and the pages of the document: texts of closed types that were
/// recognised on them are settled by their other readings.
#[must_use]
pub fn normalise_with(raw: RawForm, pages: &[Page], terms: &Terms<'_>) -> Diagnosed<Form> {
    let mut settle_findings = Vec::new();
    let SettledForm { form: raw, settled } = settle(raw, pages, terms).unload(&mut settle_findings);
    let form = Form {
        family: raw.family,
        grammar: raw.grammar,
        pages: raw.pages,
        lines: raw.lines,
        residue: raw.residue,
        n_chars_used: raw.n_chars_used,
        n_chars: raw.n_chars,
        ..Form::default()
    };
    let mut draft = Draft {
        terms,
        form,
        diagnostics: Vec::new(),
        evidence: funds::UnitEvidence::default(),
    };

    if let Some(title) = &raw.title {
        fields::add_title(title, &mut draft);
    }
    let mut pending = Vec::new();
    for field in &raw.fields {
        fields::add_field(field, &mut draft, &mut pending);
    }
    let mut task_amounts = Vec::new();
    let mut row_maps = RowMaps::default();
    for table in &raw.tables {
        match table.into.as_str() {
            "indicators" => row_maps
                .indicators
                .extend(rows::add_indicators(table, &mut draft)),
            "tasks" => row_maps
                .tasks
                .extend(rows::add_tasks(table, &mut draft, &mut task_amounts)),
            other => {
                let message = format!(
                    "{} rows belong to {other:?}, a list that the record does not have",
                    table.rows.len()
                );
                draft.find(Code::RowUnread, "", message);
            }
        }
    }
    fields::finish(&mut draft, raw.title.as_ref());
    settle_amounts(&mut draft, &pending, &task_amounts);

    doubt_texts(&mut draft);
    restore_first_readings(&mut draft.form, &settled);

    let mut diagnostics = raw.diagnostics;
    diagnostics.append(&mut settle_findings);
    for diagnostic in &mut diagnostics {
        diagnostic.path = pointer_of(&diagnostic.path, &draft.form, &row_maps);
    }
    diagnostics.append(&mut draft.diagnostics);
    Diagnosed {
        value: draft.form,
        diagnostics,
    }
}

/// Says of values that were settled how their texts were first read.
fn restore_first_readings(form: &mut Form, settled: &[Settled]) {
    for raw in form.provenance.values_mut() {
        if let Some(settled) = settled.iter().find(|settled| settled.taken == *raw) {
            *raw = settled.source();
        }
    }
}

/// Names texts that hold a word which recognisers make of another. The text stays as printed.
fn doubt_texts(draft: &mut Draft<'_, '_>) {
    let terms = draft.terms;
    let doubts: Vec<(String, String)> = draft
        .form
        .provenance
        .iter()
        .flat_map(|(pointer, raw)| {
            let found = terms.misread_in(&raw.text).into_iter();
            found.map(|(read, meant)| {
                (
                    pointer.clone(),
                    format!("{read} is printed, {meant} may be meant"),
                )
            })
        })
        .collect();
    for (pointer, message) in doubts {
        draft.find(Code::TextDoubtful, &pointer, message);
    }
}

/// Converts all amounts into yuan, once every label has said its unit.
fn settle_amounts(draft: &mut Draft<'_, '_>, pending: &[PendingFund], task_amounts: &[TaskAmount]) {
    draft.form.amount_unit = draft.evidence.form_unit();
    if let Some(raw) = draft
        .evidence
        .form_unit_raw()
        .filter(|_| draft.evidence.declared.is_none())
        .cloned()
    {
        draft.settle("/amount_unit", &raw);
    }
    for PendingFund {
        category,
        source,
        stage,
        label,
        amount: printed,
        raw,
    } in pending
    {
        let is_it = |known: &Fund| {
            known.category == *category && known.source == *source && known.stage == *stage
        };
        let known_idx = draft.form.funds.iter().position(is_it);
        let pointer = format!(
            "/funds/{}/amount",
            known_idx.unwrap_or(draft.form.funds.len())
        );
        let what = format!("{:?}", shorten(label));
        let Some(amount) = settle_amount(printed, raw, &what, "/funds", &pointer, draft) else {
            continue;
        };
        let known = known_idx
            .and_then(|known_idx| draft.form.funds.get(known_idx))
            .map(|known| known.amount.clone());
        if draft.keep_first(known.as_ref(), &amount, &pointer, raw) {
            draft.settle(&pointer, raw);
            let (category, source, stage) = (category.clone(), source.clone(), stage.clone());
            draft.form.funds.push(Fund {
                category,
                source,
                stage,
                amount,
            });
        }
    }
    for TaskAmount {
        task_idx,
        amount: printed,
        raw,
    } in task_amounts
    {
        let pointer = format!("/tasks/{task_idx}/amount");
        let amount = settle_amount(printed, raw, "the task's amount", &pointer, &pointer, draft);
        if let Some(task) = draft
            .form
            .tasks
            .get_mut(*task_idx)
            .filter(|_| amount.is_some())
        {
            task.amount = amount;
            draft.settle(&pointer, raw);
        }
    }
}

/// The amount in yuan. A missing unit is said at `list_pointer`, because the amount has no place of its own then.
fn settle_amount(
    printed: &PrintedAmount,
    raw: &RawText,
    what: &str,
    list_pointer: &str,
    pointer: &str,
    draft: &mut Draft<'_, '_>,
) -> Option<DecimalText> {
    let amount = draft.evidence.yuan(printed);
    if amount.is_none() {
        let message = format!(
            "{what} is printed as {:?}, and no unit of money is printed for it",
            shorten(&raw.text)
        );
        draft.find(Code::UnitUnknown, list_pointer, message);
    } else if printed.number.repaired {
        draft.say_repaired(&raw.text, printed.number.decimal.as_str(), pointer);
    }
    amount
}

/// For each row that grammar counted, its index in the record; `None` where it was blank.
#[derive(Debug, Default)]
struct RowMaps {
    indicators: Vec<Option<usize>>,
    tasks: Vec<Option<usize>>,
}

/// The pointer into the record that a key of grammar means; a key without a place in the record means the whole.
fn pointer_of(key: &str, form: &Form, row_maps: &RowMaps) -> String {
    let mut steps = key.trim_start_matches('/').split('/');
    let first = steps.next().unwrap_or_default();
    let others: Vec<&str> = steps.collect();
    let in_list = |map: &[Option<usize>]| {
        let Some((row, others)) = others.split_first() else {
            return format!("/{first}");
        };
        let row_idx = row
            .parse::<usize>()
            .ok()
            .and_then(|row| map.get(row).copied().flatten());
        match row_idx {
            Some(row_idx) => std::iter::once(format!("/{first}/{row_idx}"))
                .chain(others.iter().map(|step| format!("/{step}")))
                .collect(),
            None => format!("/{first}"),
        }
    };
    match first {
        "indicators" => in_list(&row_maps.indicators),
        "tasks" => in_list(&row_maps.tasks),
        "funds" => match others.as_slice() {
            [category, source, stage] => {
                let is_it = |fund: &Fund| {
                    fund.category == *category && fund.source == *source && fund.stage == *stage
                };
                match form.funds.iter().position(is_it) {
                    Some(fund_idx) => format!("/funds/{fund_idx}/amount"),
                    None => "/funds".to_owned(),
                }
            }
            _ => "/funds".to_owned(),
        },
        "attribute" | "attributes" => "/attributes".to_owned(),
        _ if fields::has_place(first) => std::iter::once(first)
            .chain(others.iter().copied())
            .map(|step| format!("/{step}"))
            .collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
