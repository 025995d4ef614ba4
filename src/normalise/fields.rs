//! Labelled values: each key of the grammar finds its place in the form.

use super::codes::{project_code_fault, split_code_name, split_path, take_apart};
use super::draft::{Draft, shorten};
use super::funds::{PrintedAmount, read_amount};
use super::number::{letter_digit, strip_brackets};
use super::text::{fold_width, squeeze, without_blanks};
use crate::model::record::{Attribute, DecimalText, Named, Project};
use crate::model::{Code, Form, RawField, RawText};

/// An amount waiting for the form's unit.
pub(super) struct PendingFund {
    pub(super) category: String,
    pub(super) source: String,
    pub(super) stage: String,
    pub(super) label: String,
    pub(super) amount: PrintedAmount,
    pub(super) raw: RawText,
}

/// Years that a form can be about.
const YEARS: std::ops::Range<i32> = 1949..2200;

/// Whether a key of the grammar names a place of the record.
pub(super) fn has_place(key: &str) -> bool {
    matches!(
        key,
        "title"
            | "fiscal_year"
            | "amount_unit"
            | "department"
            | "budget_unit"
            | "project"
            | "functions"
            | "contact"
            | "execution_rate_weight"
            | "annual_goal"
            | "actual_result"
            | "total_score"
            | "remarks"
    )
}

/// Sets the title.
pub(super) fn add_title(title: &RawText, draft: &mut Draft<'_, '_>) {
    let text = without_blanks(&title.text);
    if !text.is_empty() {
        draft.form.title = Some(text);
        draft.settle("/title", title);
    }
}

/// Reads a field into its place; amounts go to `pending` until the form's unit is known. A key that the record has no
/// place for becomes an attribute: it is never lost.
pub(super) fn add_field(
    field: &RawField,
    draft: &mut Draft<'_, '_>,
    pending: &mut Vec<PendingFund>,
) {
    let key = field.key.as_str();
    if let Some(steps) = key.strip_prefix("funds/") {
        let steps: Vec<&str> = steps.split('/').collect();
        if let [category, source, stage] = steps[..] {
            return add_fund(field, [category, source, stage], draft, pending);
        }
    }
    let first = key.split('/').next().unwrap_or_default();
    if !has_place(first) && !matches!(key, "execution_score" | "total_weight") {
        return add_attribute(field, draft);
    }
    let pointer = format!("/{key}");
    let text = field.value.as_ref().map_or("", |raw| raw.text.as_str());
    let raw = match (&field.value, draft.terms.emptiness(text)) {
        (Some(raw), None) => raw,
        (raw, kind) => {
            if let Some(kind) = kind.filter(|_| has_place(first)) {
                draft.mark_empty(&pointer, kind, raw.as_ref());
            }
            return;
        }
    };
    match key {
        "fiscal_year" => add_year(field, raw, draft),
        "amount_unit" => add_amount_unit(field, raw, draft),
        "department" | "department/code" | "department/name" | "budget_unit"
        | "budget_unit/code" | "budget_unit/name" | "project" | "project/code" | "project/name" => {
            add_named(field, raw, draft)
        }
        "functions" => add_functions(raw, draft),
        "contact/person" => keep_text(raw, &pointer, draft, |form| &mut form.contact.person),
        "contact/phone" => keep_text(raw, &pointer, draft, |form| &mut form.contact.phone),
        "annual_goal" => keep_text(raw, &pointer, draft, |form| &mut form.annual_goal),
        "actual_result" => keep_text(raw, &pointer, draft, |form| &mut form.actual_result),
        "remarks" => keep_text(raw, &pointer, draft, |form| &mut form.remarks),
        "execution_rate_weight" => keep_decimal(field, raw, &pointer, draft, |form| {
            &mut form.execution_rate_weight
        }),
        "total_score" => keep_decimal(field, raw, &pointer, draft, |form| &mut form.total_score),
        "execution_score" => keep_decimal(field, raw, "", draft, |form| &mut form.execution_score),
        // The sum of the weights as printed: what it should be is checked from the rows.
        "total_weight" => {}
        "title" => {
            if draft.form.title.is_none() {
                add_title(raw, draft);
            }
        }
        _ => add_attribute(field, draft),
    }
}

/// What can be said only when all fields are in: the parts of the project's code, and the year of the title.
pub(super) fn finish(draft: &mut Draft<'_, '_>, title: Option<&RawText>) {
    if let Some(project) = &mut draft.form.project {
        take_apart(project);
        let parts = [
            ("/project/region_code", project.region_code.is_some()),
            ("/project/setup_year", project.setup_year.is_some()),
            ("/project/category", project.category.is_some()),
            ("/project/serial", project.serial.is_some()),
        ];
        let fault = project.code.as_deref().and_then(project_code_fault);
        if let Some(raw) = draft.form.provenance.get("/project/code").cloned() {
            parts
                .iter()
                .filter(|(_, is_there)| *is_there)
                .for_each(|(pointer, _)| draft.settle(pointer, &raw));
        }
        if let Some(fault) = fault {
            draft.find(Code::CodeShape, "/project/code", fault);
        }
    }
    if draft.form.fiscal_year.is_none()
        && let Some(title) = title
        && let Some(year) = year_in_title(&title.text)
    {
        draft.form.fiscal_year = Some(year);
        draft.settle("/fiscal_year", title);
    }
}

fn part<'f>(field: &'f RawField, name: &str) -> Option<&'f str> {
    field
        .parts
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, text)| text.as_str())
        .filter(|text| !text.trim().is_empty())
}

fn add_year(field: &RawField, raw: &RawText, draft: &mut Draft<'_, '_>) {
    let pointer = "/fiscal_year";
    let Some((year, repaired)) = part(field, "year")
        .and_then(read_year)
        .or_else(|| read_year(&raw.text))
    else {
        return draft.find(
            Code::ValueUnread,
            pointer,
            format!("expected a year, got {:?}", shorten(&raw.text)),
        );
    };
    let known = draft.form.fiscal_year;
    if draft.keep_first(known.as_ref(), &year, pointer, raw) {
        draft.form.fiscal_year = Some(year);
        draft.settle(pointer, raw);
        if repaired {
            draft.say_repaired(&raw.text, &year.to_string(), pointer);
        }
    }
}

fn add_amount_unit(field: &RawField, raw: &RawText, draft: &mut Draft<'_, '_>) {
    let pointer = "/amount_unit";
    let text = part(field, "unit").unwrap_or(&raw.text);
    let Some(money_unit) = draft.terms.money_unit(text) else {
        return draft.find(
            Code::ValueUnread,
            pointer,
            format!("expected a unit of money, got {:?}", shorten(&raw.text)),
        );
    };
    let known = draft.evidence.declared;
    if draft.keep_first(known.as_ref(), &money_unit, pointer, raw) {
        draft.evidence.declared = Some(money_unit);
        draft.settle(pointer, raw);
    }
}

/// 主管部门, 预算单位 and 预算项目: code and name, together or under labels of their own.
fn add_named(field: &RawField, raw: &RawText, draft: &mut Draft<'_, '_>) {
    let (base, single) = match field.key.split_once('/') {
        Some((base, single)) => (base, Some(single)),
        None => (field.key.as_str(), None),
    };
    let captured = match (part(field, "code"), part(field, "name")) {
        (Some(code), name) => Some(Named {
            code: Some(without_blanks(code)),
            name: name.map(squeeze),
        }),
        (None, _) => None,
    };
    let named = match single {
        Some("code") => Named {
            code: Some(without_blanks(part(field, "code").unwrap_or(&raw.text))),
            name: None,
        },
        Some(_) => Named {
            code: None,
            name: Some(squeeze(&raw.text)),
        },
        None => captured.unwrap_or_else(|| split_code_name(&raw.text)),
    };
    draft.form.empty.remove(&format!("/{base}"));
    for (step, value) in [("code", named.code), ("name", named.name)] {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            continue;
        };
        let pointer = format!("/{base}/{step}");
        let slot = named_slot(&mut draft.form, base, step);
        let known = slot.clone();
        if draft.keep_first(known.as_ref(), &value, &pointer, raw) {
            *named_slot(&mut draft.form, base, step) = Some(value);
            draft.settle(&pointer, raw);
        }
    }
}

fn named_slot<'f>(form: &'f mut Form, base: &str, step: &str) -> &'f mut Option<String> {
    let is_code = step == "code";
    if base == "project" {
        let project = form.project.get_or_insert_with(Project::default);
        return if is_code {
            &mut project.code
        } else {
            &mut project.name
        };
    }
    let slot = if base == "department" {
        &mut form.department
    } else {
        &mut form.budget_unit
    };
    let named = slot.get_or_insert_with(Named::default);
    if is_code {
        &mut named.code
    } else {
        &mut named.name
    }
}

fn add_functions(raw: &RawText, draft: &mut Draft<'_, '_>) {
    let path = split_path(&raw.text);
    if path.is_empty() {
        return;
    }
    let known = Some(draft.form.functions.clone()).filter(|known| !known.is_empty());
    if !draft.keep_first(known.as_ref(), &path, "/functions", raw) {
        return;
    }
    draft.form.empty.remove("/functions");
    for (step_idx, step) in path.iter().enumerate() {
        for (name, value) in [("code", &step.code), ("name", &step.name)] {
            if value.is_some() {
                draft.settle(&format!("/functions/{step_idx}/{name}"), raw);
            }
        }
    }
    draft.form.functions = path;
}

fn keep_text(
    raw: &RawText,
    pointer: &str,
    draft: &mut Draft<'_, '_>,
    slot: fn(&mut Form) -> &mut Option<String>,
) {
    let value = squeeze(&raw.text);
    let known = slot(&mut draft.form).clone();
    if draft.keep_first(known.as_ref(), &value, pointer, raw) {
        *slot(&mut draft.form) = Some(value);
        draft.settle(pointer, raw);
    }
}

fn keep_decimal(
    field: &RawField,
    raw: &RawText,
    pointer: &str,
    draft: &mut Draft<'_, '_>,
    slot: fn(&mut Form) -> &mut Option<DecimalText>,
) {
    let Some(value) = draft.decimal(raw, &field.parts, pointer) else {
        return;
    };
    let known = slot(&mut draft.form).clone();
    if draft.keep_first(known.as_ref(), &value, pointer, raw) {
        *slot(&mut draft.form) = Some(value);
        if !pointer.is_empty() {
            draft.settle(pointer, raw);
        }
    }
}

fn add_fund(
    field: &RawField,
    [category, source, stage]: [&str; 3],
    draft: &mut Draft<'_, '_>,
    pending: &mut Vec<PendingFund>,
) {
    let hint = field.unit_hint.as_deref();
    let hinted = hint.and_then(|hint| draft.terms.money_unit(hint));
    let Some(raw) = field
        .value
        .as_ref()
        .filter(|raw| draft.terms.emptiness(&raw.text).is_none())
    else {
        return draft.evidence.see_hint(hinted, &field.label);
    };
    let Some(amount) = read_amount(raw, &field.parts, hint, draft.terms) else {
        draft.evidence.see_hint(hinted, &field.label);
        let message = format!(
            "expected an amount for {:?}, got {:?}",
            shorten(&field.label.text),
            shorten(&raw.text)
        );
        return draft.find(Code::BadNumber, "/funds", message);
    };
    // A hint that only repeats what stands beside the amount says nothing of other amounts.
    let is_of_label =
        amount.beside != hinted || hint.is_some_and(|hint| field.label.text.contains(hint));
    draft
        .evidence
        .see_hint(hinted.filter(|_| is_of_label), &field.label);
    draft.evidence.see_amount(&amount, raw);
    pending.push(PendingFund {
        category: category.to_owned(),
        source: source.to_owned(),
        stage: stage.to_owned(),
        label: field.label.text.clone(),
        amount,
        raw: raw.clone(),
    });
}

fn add_attribute(field: &RawField, draft: &mut Draft<'_, '_>) {
    let pointer = format!("/attributes/{}/value", draft.form.attributes.len());
    let label = without_blanks(&field.label.text)
        .trim_end_matches([':', '：'])
        .to_owned();
    let text = field.value.as_ref().map_or("", |raw| raw.text.as_str());
    let value = match draft.terms.emptiness(text) {
        Some(kind) => {
            draft.mark_empty(&pointer, kind, field.value.as_ref());
            None
        }
        None => Some(squeeze(text)),
    };
    if let Some(raw) = field.value.as_ref().filter(|_| value.is_some()) {
        draft.settle(&pointer, raw);
    }
    draft.form.attributes.push(Attribute { label, value });
}

/// A year as printed: `2023`, `2023年度`, `（２０２３年）`, `二〇二三年`, `2O23`; with letters read as digits said by `true`.
pub(super) fn read_year(text: &str) -> Option<(i32, bool)> {
    let squashed = without_blanks(text);
    let inner = strip_brackets(&squashed).unwrap_or(&squashed);
    let inner = inner.strip_suffix('度').unwrap_or(inner);
    let inner = inner.strip_suffix('年').unwrap_or(inner);
    let mut repaired = false;
    let mut digits = String::new();
    for ch in inner.chars() {
        let digit = match fold_width(ch) {
            digit @ '0'..='9' => digit,
            '〇' | '○' | '零' => '0',
            other => match "一二三四五六七八九"
                .chars()
                .position(|known| known == other)
            {
                Some(index) => char::from_digit(index as u32 + 1, 10)?,
                None => {
                    repaired = true;
                    letter_digit(other)?
                }
            },
        };
        digits.push(digit);
    }
    let year = (digits.len() == 4)
        .then(|| digits.parse::<i32>().ok())
        .flatten()?;
    YEARS.contains(&year).then_some((year, repaired))
}

/// The year in a title: `2023年度绩效目标表`, `项目绩效目标表(2021年度)`. `None` where there are several.
fn year_in_title(title: &str) -> Option<i32> {
    let chars: Vec<char> = without_blanks(title).chars().map(fold_width).collect();
    let mut years: Vec<i32> = Vec::new();
    for run in chars
        .split(|ch| !ch.is_ascii_digit())
        .filter(|run| run.len() == 4)
    {
        let year: i32 = String::from_iter(run).parse().ok()?;
        if YEARS.contains(&year) && !years.contains(&year) {
            years.push(year);
        }
    }
    match years[..] {
        [year] => Some(year),
        _ => None,
    }
}
