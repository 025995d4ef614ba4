//! The forms of a document in two runs: paired again where their ordinals have moved, and told where they were segmented otherwise.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::align::align;
use super::difference::{Cause, Class, DIFFERENCE_SCHEMA, Difference};
use super::fields::{field_of, form_ref, row_keys, rows, spot, text};
use super::records::{Found, align_rows, compare, compare_heads, compare_row};
use super::side::{SideFacts, differ};

/// Keys of the rows by which a form is seen to be parted or joined.
const MOVING_ROWS: [&str; 2] = ["indicators", "tasks"];
/// How alike two forms have to be to be the same, from 0 to 1.
const LEAST_LIKENESS: f64 = 0.2;
/// What the same place is worth beside the same content.
const WORTH_OF_PLACE: f64 = 0.5;

/// Compares the forms of a document, both in the order of their files.
pub(super) fn compare_forms(
    olds: &[Value],
    news: &[Value],
    facts: (&SideFacts, &SideFacts),
) -> Vec<Difference> {
    let parts_of = |records: &[Value]| -> Vec<OnceCell<Parts>> {
        records.iter().map(|_| OnceCell::new()).collect()
    };
    let (old_parts, new_parts) = (parts_of(olds), parts_of(news));
    let are_alone = olds.len() == 1 && news.len() == 1;
    let likeness = |i: usize, j: usize| {
        if olds[i] == news[j] {
            return 1.0 + WORTH_OF_PLACE;
        }
        let place = worth_of_place(&olds[i], &news[j]);
        if are_alone && is_enough(place) {
            return place;
        }
        let old = old_parts[i].get_or_init(|| parts(&olds[i]));
        let new = new_parts[j].get_or_init(|| parts(&news[j]));
        let share = shared(old, new) + place;
        if is_enough(share) { share } else { 0.0 }
    };
    let pairs = align(olds.len(), news.len(), &likeness);
    let mut differences = Vec::new();
    for group in groups(olds, news, &pairs) {
        let side = Sides { olds, news, facts };
        side.compare(&group, &mut differences);
    }
    differences
}

/// Whether two forms that are alone in the same document are one by their place alone: there is nothing else that they could be.
pub(super) fn is_one(old: &Value, new: &Value) -> bool {
    is_enough(worth_of_place(old, new))
}

fn is_enough(likeness: f64) -> bool {
    likeness >= LEAST_LIKENESS
}

fn worth_of_place(old: &Value, new: &Value) -> f64 {
    overlap(old, new) * WORTH_OF_PLACE
}

/// How often each part stands in a form.
type Parts = BTreeMap<String, u32>;

/// What a form is made of, without indices: how often each value stands under each key.
fn parts(record: &Value) -> Parts {
    let mut parts = BTreeMap::new();
    let mut add = |part: String| *parts.entry(part).or_insert(0) += 1;
    for key in [
        "title",
        "fiscal_year",
        "annual_goal",
        "actual_result",
        "remarks",
        "family",
    ] {
        if let Some(value) = record.get(key).filter(|value| !value.is_null()) {
            add(format!("{key}={value}"));
        }
    }
    for key in ["department", "budget_unit", "project", "contact"] {
        for (member, value) in super::fields::object(record, key).into_iter().flatten() {
            if !value.is_null() {
                add(format!("{key}/{member}={value}"));
            }
        }
    }
    for key in row_keys() {
        for row in rows(record, key) {
            for (member, value) in row.as_object().into_iter().flatten() {
                if !value.is_null() {
                    add(format!("{key}/{member}={value}"));
                }
            }
        }
    }
    parts
}

/// Share of what two forms are made of that both have, from 0 to 1.
fn shared(old: &Parts, new: &Parts) -> f64 {
    let both = old
        .iter()
        .map(|(part, n)| (*n).min(new.get(part).copied().unwrap_or(0)));
    let n_both = f64::from(both.sum::<u32>());
    let all = f64::from(old.values().sum::<u32>() + new.values().sum::<u32>());
    if all > 0.0 { 2.0 * n_both / all } else { 0.0 }
}

/// Share of the pages or lines of two forms of the same document that both cover, from 0 to 1.
fn overlap(old: &Value, new: &Value) -> f64 {
    if text(old, "/document/id") != text(new, "/document/id") {
        return 0.0;
    }
    let range = |record: &Value, key: &str| -> Option<(f64, f64)> {
        serde_json::from_value(record.get("document")?.get(key)?.clone()).ok()
    };
    for key in ["lines", "pages"] {
        if let (Some(a), Some(b)) = (range(old, key), range(new, key)) {
            let both = (a.1.min(b.1) - a.0.max(b.0) + 1.0).max(0.0);
            let all = a.1.max(b.1) - a.0.min(b.0) + 1.0;
            return if all > 0.0 { both / all } else { 0.0 };
        }
    }
    0.0
}

/// Forms that belong together: a pair, a form alone, or several that share rows across pairs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Group {
    olds: Vec<usize>,
    news: Vec<usize>,
    /// Pairs of forms within it.
    pairs: Vec<(usize, usize)>,
}

impl Group {
    fn is_resegmented(&self) -> bool {
        self.olds.len().max(self.news.len()) > 1
    }
}

/// Puts pairs together between which rows have moved.
fn groups(olds: &[Value], news: &[Value], pairs: &[(Option<usize>, Option<usize>)]) -> Vec<Group> {
    let mut leader: Vec<usize> = (0..pairs.len()).collect();
    let left: Vec<(Vec<&Value>, Vec<&Value>)> = pairs
        .iter()
        .map(|pair| rows_left(olds, news, *pair))
        .collect();
    for (a, (gone, _)) in left.iter().enumerate() {
        for (b, (_, come)) in left.iter().enumerate() {
            if a != b && have_moved(gone, come, a.abs_diff(b) == 1) {
                let (from, to) = (leader[a].max(leader[b]), leader[a].min(leader[b]));
                leader
                    .iter_mut()
                    .filter(|one| **one == from)
                    .for_each(|one| *one = to);
            }
        }
    }
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (pair, leader) in pairs.iter().zip(leader) {
        let group = groups.entry(leader).or_default();
        group.olds.extend(pair.0);
        group.news.extend(pair.1);
        if let (Some(i), Some(j)) = *pair {
            group.pairs.push((i, j));
        }
    }
    groups.into_values().collect()
}

/// The rows that only the old, and only the new form of a pair has.
fn rows_left<'r>(
    olds: &'r [Value],
    news: &'r [Value],
    pair: (Option<usize>, Option<usize>),
) -> (Vec<&'r Value>, Vec<&'r Value>) {
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for key in MOVING_ROWS {
        let old_rows = pair.0.map_or(&[][..], |i| rows(&olds[i], key));
        let new_rows = pair.1.map_or(&[][..], |j| rows(&news[j], key));
        if old_rows == new_rows {
            continue;
        }
        for (old, new) in align_rows(key, old_rows, new_rows) {
            match (old, new) {
                (Some(i), None) => gone.push(&old_rows[i]),
                (None, Some(j)) => come.push(&new_rows[j]),
                _ => {}
            }
        }
    }
    (gone, come)
}

/// Whether rows that one form has lost are those that another has got: two of them, or all between neighbours.
fn have_moved(gone: &[&Value], come: &[&Value], are_neighbours: bool) -> bool {
    let mut left = come.to_vec();
    let mut n_moved = 0;
    for row in gone {
        if let Some(place) = left.iter().position(|other| other == row) {
            left.swap_remove(place);
            n_moved += 1;
        }
    }
    let is_all = n_moved == gone.len() || n_moved == come.len();
    n_moved >= 2 || (n_moved == 1 && is_all && are_neighbours)
}

/// The forms of a document in both runs.
struct Sides<'a> {
    olds: &'a [Value],
    news: &'a [Value],
    facts: (&'a SideFacts, &'a SideFacts),
}

impl Sides<'_> {
    fn compare(&self, group: &Group, differences: &mut Vec<Difference>) {
        if group.is_resegmented() {
            self.compare_resegmented(group, differences);
            return;
        }
        let (old, new) = (group.olds.first().copied(), group.news.first().copied());
        match (old, new) {
            (Some(i), Some(j)) => {
                if self.olds[i] != self.news[j] {
                    let found = compare(&self.olds[i], &self.news[j]);
                    differences.extend(
                        found
                            .into_iter()
                            .map(|found| self.difference(old, new, found)),
                    );
                }
            }
            (Some(i), None) => {
                let found = Found::new(Class::Removed, String::new(), &self.olds[i], &Value::Null);
                differences.push(self.difference(old, None, found));
            }
            (None, Some(j)) => {
                let found = Found::new(Class::Added, String::new(), &Value::Null, &self.news[j]);
                differences.push(self.difference(None, new, found));
            }
            (None, None) => {}
        }
    }

    /// Forms that were parted or joined: said once; what differs besides is said as ever. Checks and findings follow from it.
    fn compare_resegmented(&self, group: &Group, differences: &mut Vec<Difference>) {
        let ids = |records: &[Value], forms: &[usize]| -> Value {
            let form = |idx: &usize| {
                let form = form_ref(&records[*idx]);
                json!({"form_id": form.form_id, "indicators": form.n_indicators})
            };
            forms.iter().map(form).collect()
        };
        let old = ids(self.olds, &group.olds);
        let new = ids(self.news, &group.news);
        let found = Found::new(Class::Resegmented, String::new(), &old, &new);
        let mut whole = self.difference(
            group.olds.first().copied(),
            group.news.first().copied(),
            found,
        );
        whole.old_forms = group
            .olds
            .iter()
            .map(|&i| form_ref(&self.olds[i]))
            .collect();
        whole.new_forms = group
            .news
            .iter()
            .map(|&j| form_ref(&self.news[j]))
            .collect();
        differences.push(whole);
        for &(i, j) in &group.pairs {
            for found in compare_heads(&self.olds[i], &self.news[j]) {
                if !is_of_segmentation(&found.pointer) {
                    differences.push(self.difference(Some(i), Some(j), found));
                }
            }
        }
        self.compare_heads_alone(group, differences);
        for key in row_keys() {
            self.compare_pooled(key, group, differences);
        }
    }

    /// What forms without their like have outside their rows, and no form of the other side has.
    fn compare_heads_alone(&self, group: &Group, differences: &mut Vec<Difference>) {
        let heads = |records: &[Value], forms: &[usize]| -> BTreeSet<(String, String)> {
            forms
                .iter()
                .flat_map(|&idx| compare_heads(&Value::Null, &records[idx]))
                .map(|found| (found.pointer, found.new.to_string()))
                .collect()
        };
        let (of_old, of_new) = (heads(self.olds, &group.olds), heads(self.news, &group.news));
        let is_paired = |i: Option<usize>, j: Option<usize>| {
            group
                .pairs
                .iter()
                .any(|pair| Some(pair.0) == i || Some(pair.1) == j)
        };
        let is_known = |found: &Found, value: &Value, others: &BTreeSet<(String, String)>| {
            is_of_segmentation(&found.pointer)
                || others.contains(&(found.pointer.clone(), value.to_string()))
        };
        for &i in group.olds.iter().filter(|&&i| !is_paired(Some(i), None)) {
            for found in compare_heads(&self.olds[i], &Value::Null) {
                if !is_known(&found, &found.old, &of_new) {
                    differences.push(self.difference(Some(i), None, found));
                }
            }
        }
        for &j in group.news.iter().filter(|&&j| !is_paired(None, Some(j))) {
            for found in compare_heads(&Value::Null, &self.news[j]) {
                if !is_known(&found, &found.new, &of_old) {
                    differences.push(self.difference(None, Some(j), found));
                }
            }
        }
    }

    /// Rows of all forms of a group, aligned as if they were of one.
    fn compare_pooled(&self, key: &str, group: &Group, differences: &mut Vec<Difference>) {
        let pool = |records: &[Value], forms: &[usize]| -> (Vec<Value>, Vec<(usize, usize)>) {
            let places = forms.iter().flat_map(|&form| {
                let n_rows = rows(&records[form], key).len();
                (0..n_rows).map(move |row| (form, row))
            });
            let places: Vec<(usize, usize)> = places.collect();
            let all = places
                .iter()
                .map(|&(form, row)| rows(&records[form], key)[row].clone());
            (all.collect(), places)
        };
        let (old_rows, old_places) = pool(self.olds, &group.olds);
        let (new_rows, new_places) = pool(self.news, &group.news);
        for (old, new) in align_rows(key, &old_rows, &new_rows) {
            let old = old.map(|idx| (old_places[idx], &old_rows[idx]));
            let new = new.map(|idx| (new_places[idx], &new_rows[idx]));
            let at = |(_, row): (usize, usize)| format!("/{key}/{row}");
            let mut found = Vec::new();
            match (old, new) {
                (Some((was, old)), Some((is, new))) => {
                    compare_row(&at(was), &at(is), old, new, &mut found);
                }
                (Some((was, old)), None) => {
                    found.push(Found::new(Class::Removed, at(was), old, &Value::Null));
                }
                (None, Some((is, new))) => {
                    // What every part of a form repeats is no new row.
                    let is_repeated = !MOVING_ROWS.contains(&key) && old_rows.contains(new);
                    if !is_repeated {
                        found.push(Found::new(Class::Added, at(is), &Value::Null, new));
                    }
                }
                (None, None) => {}
            }
            let form = |side: Option<((usize, usize), &Value)>| side.map(|((form, _), _)| form);
            differences.extend(
                found
                    .into_iter()
                    .map(|found| self.difference(form(old), form(new), found)),
            );
        }
    }

    fn difference(&self, old: Option<usize>, new: Option<usize>, found: Found) -> Difference {
        let old = old.map(|i| &self.olds[i]);
        let new = new.map(|j| &self.news[j]);
        let either = new.or(old).unwrap_or(&Value::Null);
        let document = text(old.unwrap_or(either), "/document/id").unwrap_or_default();
        let region = text(either, "/project/region_code").and_then(|code| code.get(..2));
        let old_pointer = found.old_pointer.as_deref().unwrap_or(&found.pointer);
        // The place of a row that only one record has is that of another row in the other.
        let is_row = |value: &Value| value.is_object() || value.is_array();
        let place = |record: Option<&Value>, pointer: &str, other: &Value, own: &Value| {
            let printed = pointer_of_value(pointer);
            let is_elsewhere = own.is_null() && is_row(other);
            record
                .filter(|_| !is_elsewhere && !printed.is_empty())
                .and_then(|record| spot(record, &printed))
        };
        Difference {
            schema: DIFFERENCE_SCHEMA.to_owned(),
            class: found.class,
            document: document.to_owned(),
            path: text(either, "/document/path")
                .unwrap_or_default()
                .to_owned(),
            old_forms: old.map(form_ref).into_iter().collect(),
            new_forms: new.map(form_ref).into_iter().collect(),
            field: found
                .field
                .clone()
                .unwrap_or_else(|| field_of(&found.pointer)),
            family: text(either, "/family").unwrap_or_default().to_owned(),
            province: region.map(str::to_owned),
            causes: self.causes(old, new, &found.pointer),
            old_spot: place(old, old_pointer, &found.new, &found.old),
            new_spot: place(new, &found.pointer, &found.old, &found.new),
            pointer: found.pointer,
            old_pointer: found.old_pointer,
            old: found.old,
            new: found.new,
        }
    }

    /// What differs between two records besides, and may be why.
    fn causes(&self, old: Option<&Value>, new: Option<&Value>, pointer: &str) -> Vec<Cause> {
        let differs = |at: &str| match (old, new) {
            (Some(old), Some(new)) => old.pointer(at) != new.pointer(at),
            _ => false,
        };
        let is_corrected = || {
            let place = new.and_then(|new| super::fields::object(new, "provenance")?.get(pointer));
            let says = place.is_some_and(|place| place.get("corrected").is_some());
            let is_finding =
                |finding: &Value| finding["code"] == "corrected" && finding["path"] == pointer;
            says || new.is_some_and(|new| rows(new, "diagnostics").iter().any(is_finding))
        };
        let is_scan = [old, new]
            .into_iter()
            .flatten()
            .any(|record| matches!(text(record, "/document/source"), Some("ocr" | "mixed")));
        let (was, is) = self.facts;
        let known = [
            (Cause::Document, differs("/document/id")),
            (Cause::Correction, is_corrected()),
            (Cause::Grammar, differs("/grammar")),
            (Cause::Source, differs("/document/source")),
            (Cause::Engine, is_scan && differ(&was.engine, &is.engine)),
            (Cause::Version, differ(&was.version, &is.version)),
        ];
        known
            .into_iter()
            .filter(|(_, is_so)| *is_so)
            .map(|(cause, _)| cause)
            .collect()
    }
}

/// Whether a difference there follows from forms having been parted or joined.
fn is_of_segmentation(pointer: &str) -> bool {
    matches!(pointer, "/form_id" | "/confidence") || pointer.starts_with("/document/")
}

/// The value that something is said of: `/provenance/~1title` and `/empty/~1title` speak of `/title`.
fn pointer_of_value(pointer: &str) -> String {
    let said = ["/provenance/", "/empty/"]
        .iter()
        .find_map(|key| pointer.strip_prefix(key));
    said.map_or_else(
        || pointer.to_owned(),
        |said| said.replace("~1", "/").replace("~0", "~"),
    )
}
