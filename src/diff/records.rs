//! Two records of the same form, compared: values one by one, rows as they were aligned, what is said of rows where they are now.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::align::align;
use super::classes::{class_of, says_the_same};
use super::difference::Class;
use super::fields::{MADE, ORIGINS, has_rows, object, row_keys, rows, step, weight};

/// A difference between two records, without the forms it is of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) class: Class,
    pub(super) pointer: String,
    pub(super) old_pointer: Option<String>,
    pub(super) field: Option<String>,
    pub(super) old: Value,
    pub(super) new: Value,
}

impl Found {
    pub(super) fn new(class: Class, pointer: String, old: &Value, new: &Value) -> Self {
        Self {
            class,
            pointer,
            old_pointer: None,
            field: None,
            old: old.clone(),
            new: new.clone(),
        }
    }

    /// With the pointer into the old record, if it is another.
    pub(super) fn from(mut self, old_pointer: String) -> Self {
        self.old_pointer = Some(old_pointer).filter(|old| *old != self.pointer);
        self
    }
}

/// Rows of two records: which is which, by the key they are under.
type RowPairs = BTreeMap<&'static str, Vec<(Option<usize>, Option<usize>)>>;

/// How alike two rows have to be to be the same, from 0 to 1.
const LEAST_LIKENESS: f64 = 0.4;

/// All differences of two records of the same form.
pub(super) fn compare(old: &Value, new: &Value) -> Vec<Found> {
    let mut found = compare_heads(old, new);
    let mut pairs = RowPairs::new();
    for key in row_keys() {
        let (olds, news) = (rows(old, key), rows(new, key));
        let aligned = align_rows(key, olds, news);
        compare_rows(key, olds, news, &aligned, &mut found);
        pairs.insert(key, aligned);
    }
    let is_moved = |pairs: &Vec<_>| pairs.iter().any(|(old, new)| old != new);
    let has_moved = pairs.values().any(is_moved);
    let may_differ = |key: &str| has_moved || old.get(key) != new.get(key);
    if may_differ("checks") {
        compare_checks(old, new, &mut found);
    }
    if may_differ("diagnostics") {
        compare_findings(old, new, &pairs, &mut found);
    }
    if may_differ("empty") {
        compare_maps("empty", old, new, &pairs, &mut found);
    }
    if may_differ("provenance") {
        compare_places(old, new, &pairs, &mut found);
    }
    found
}

/// Differences of what is outside rows, and of where the record came from.
pub(super) fn compare_heads(old: &Value, new: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    for (key, old, new) in members(old, new) {
        if old != new && !has_rows(key) && !MADE.contains(&key) {
            compare_leaves(format!("/{}", step(key)), old, new, &mut found);
        }
    }
    for found in &mut found {
        let is_origin = |key: &&str| {
            let rest = found
                .pointer
                .strip_prefix('/')
                .and_then(|rest| rest.strip_prefix(*key));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if ORIGINS.iter().any(is_origin) {
            found.class = Class::Provenance;
        }
    }
    found
}

/// The members of two objects, each key once.
fn members<'a>(old: &'a Value, new: &'a Value) -> Vec<(&'a str, &'a Value, &'a Value)> {
    const NULL: &Value = &Value::Null;
    let keys = |value: &'a Value| value.as_object().into_iter().flat_map(Map::keys);
    let mut all: Vec<&str> = keys(old).chain(keys(new)).map(String::as_str).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
        .map(|key| {
            (
                key,
                old.get(key).unwrap_or(NULL),
                new.get(key).unwrap_or(NULL),
            )
        })
        .collect()
}

/// Values beneath a pointer, one by one. An object that is null has members that are.
fn compare_leaves(pointer: String, old: &Value, new: &Value, found: &mut Vec<Found>) {
    if (old.is_object() || old.is_null()) && (new.is_object() || new.is_null()) && old != new {
        for (key, old, new) in members(old, new) {
            compare_leaves(format!("{pointer}/{}", step(key)), old, new, found);
        }
    } else if let Some(class) = class_of(old, new) {
        found.push(Found::new(class, pointer, old, new));
    }
}

/// Which rows are which.
pub(super) fn align_rows(
    key: &str,
    olds: &[Value],
    news: &[Value],
) -> Vec<(Option<usize>, Option<usize>)> {
    // What stands alike at both ends is aligned without a table.
    let n_first = olds
        .iter()
        .zip(news)
        .take_while(|(old, new)| old == new)
        .count();
    let (rest_old, rest_new) = (&olds[n_first..], &news[n_first..]);
    let n_last = rest_old
        .iter()
        .rev()
        .zip(rest_new.iter().rev())
        .take_while(|(old, new)| old == new)
        .count();
    let (n_old, n_new) = (rest_old.len() - n_last, rest_new.len() - n_last);
    let likeness = |i: usize, j: usize| likeness(key, &rest_old[i], &rest_new[j]);
    let mut pairs: Vec<_> = (0..n_first).map(|idx| (Some(idx), Some(idx))).collect();
    let place = |idx: Option<usize>| idx.map(|idx| idx + n_first);
    pairs.extend(
        align(n_old, n_new, &likeness)
            .into_iter()
            .map(|(i, j)| (place(i), place(j))),
    );
    pairs.extend((0..n_last).map(|idx| (Some(n_first + n_old + idx), Some(n_first + n_new + idx))));
    pairs
}

/// How much of two rows is the same, from 0 to 1; 0 where they are not alike enough to be one.
fn likeness(key: &str, old: &Value, new: &Value) -> f64 {
    let (mut same, mut all) = (0.0, 0.0);
    for (member, old, new) in members(old, new) {
        if old.is_null() && new.is_null() {
            continue;
        }
        let weight = weight(key, member);
        all += weight;
        same += weight
            * match (old.as_str(), new.as_str()) {
                _ if old == new => 1.0,
                (Some(old), Some(new)) if says_the_same(old, new) => 1.0,
                (Some(old), Some(new)) if key != "funds" => shared_pairs(old, new),
                _ => 0.0,
            };
    }
    let share = if all > 0.0 { same / all } else { 1.0 };
    if share < LEAST_LIKENESS { 0.0 } else { share }
}

/// Share of pairs of neighbouring characters that two texts have in common (Dice's coefficient), from 0 to 1.
fn shared_pairs(old: &str, new: &str) -> f64 {
    let pairs = |text: &str| {
        let chars: Vec<char> = text.chars().take(200).collect();
        let mut pairs: Vec<(char, char)> =
            chars.windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        pairs
    };
    let (old, new) = (pairs(old), pairs(new));
    let (mut i, mut j, mut n_shared) = (0, 0, 0_u32);
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        if a == b {
            n_shared += 1;
        }
        (i, j) = (i + usize::from(a <= b), j + usize::from(b <= a));
    }
    let n_pairs = old.len() + new.len();
    if n_pairs == 0 {
        0.0
    } else {
        2.0 * f64::from(n_shared) / n_pairs as f64
    }
}

/// Differences of aligned rows. A row that stands alone on both sides with the same content has only been moved.
pub(super) fn compare_rows(
    key: &str,
    olds: &[Value],
    news: &[Value],
    pairs: &[(Option<usize>, Option<usize>)],
    found: &mut Vec<Found>,
) {
    let mut alone_new: Vec<usize> = Vec::new();
    let mut alone_old: Vec<usize> = Vec::new();
    for (old, new) in pairs {
        match (*old, *new) {
            (Some(i), Some(j)) => compare_row(
                &format!("/{key}/{i}"),
                &format!("/{key}/{j}"),
                &olds[i],
                &news[j],
                found,
            ),
            (Some(i), None) => alone_old.push(i),
            (None, Some(j)) => alone_new.push(j),
            (None, None) => {}
        }
    }
    for i in alone_old {
        let pointer = format!("/{key}/{i}");
        match alone_new.iter().position(|&j| news[j] == olds[i]) {
            Some(place) => {
                let j = alone_new.remove(place);
                let moved =
                    Found::new(Class::Provenance, format!("/{key}/{j}"), &olds[i], &news[j]);
                found.push(moved.from(pointer));
            }
            None => found.push(Found::new(Class::Removed, pointer, &olds[i], &Value::Null)),
        }
    }
    for j in alone_new {
        found.push(Found::new(
            Class::Added,
            format!("/{key}/{j}"),
            &Value::Null,
            &news[j],
        ));
    }
}

/// Differences of two rows that are one.
pub(super) fn compare_row(
    old_pointer: &str,
    pointer: &str,
    old: &Value,
    new: &Value,
    found: &mut Vec<Found>,
) {
    for (member, old, new) in members(old, new) {
        if let Some(class) = class_of(old, new) {
            let member = step(member);
            let one = Found::new(class, format!("{pointer}/{member}"), old, new);
            found.push(one.from(format!("{old_pointer}/{member}")));
        }
    }
}

/// Outcomes by their rules.
fn compare_checks(old: &Value, new: &Value, found: &mut Vec<Found>) {
    let outcomes = |record: &Value| -> BTreeMap<String, (usize, Value)> {
        let checks = rows(record, "checks").iter().enumerate();
        checks
            .filter_map(|(idx, check)| {
                let rule = check.get("rule")?.as_str()?.to_owned();
                Some((rule, (idx, check.get("outcome")?.clone())))
            })
            .collect()
    };
    let (olds, news) = (outcomes(old), outcomes(new));
    let mut rules: Vec<&String> = olds.keys().chain(news.keys()).collect();
    rules.sort_unstable();
    rules.dedup();
    for rule in rules {
        let (old, new) = (olds.get(rule), news.get(rule));
        let outcome = |side: Option<&(usize, Value)>| {
            side.map_or(Value::Null, |(_, outcome)| outcome.clone())
        };
        let (was, is) = (outcome(old), outcome(new));
        let Some(class) = class_of(&was, &is) else {
            continue;
        };
        let idx = new.or(old).map_or(0, |(idx, _)| *idx);
        let mut one = Found::new(class, format!("/checks/{idx}/outcome"), &was, &is);
        one.field = Some(format!("checks/{rule}"));
        found.push(one);
    }
}

/// Where a pointer into the old record leads in the new one; `None` where its row is gone.
fn moved(pointer: &str, pairs: &RowPairs) -> Option<String> {
    let mut steps = pointer.splitn(4, '/').skip(1);
    let (Some(key), Some(idx)) = (steps.next(), steps.next()) else {
        return Some(pointer.to_owned());
    };
    let (Some(pairs), Ok(idx)) = (pairs.get(key), idx.parse::<usize>()) else {
        return Some(pointer.to_owned());
    };
    let to = pairs.iter().find(|(old, _)| *old == Some(idx))?.1?;
    let rest = steps
        .next()
        .map_or(String::new(), |rest| format!("/{rest}"));
    Some(format!("/{key}/{to}{rest}"))
}

/// Whether a pointer leads into a row that only the new record has.
fn is_new_row(pointer: &str, pairs: &RowPairs) -> bool {
    let mut steps = pointer.splitn(4, '/').skip(1);
    let (Some(key), Some(idx)) = (steps.next(), steps.next()) else {
        return false;
    };
    let idx = idx.parse().ok();
    idx.is_some()
        && pairs
            .get(key)
            .is_some_and(|pairs| pairs.contains(&(None, idx)))
}

/// Findings by code and place; those of rows that only one record has go with their rows.
fn compare_findings(old: &Value, new: &Value, pairs: &RowPairs, found: &mut Vec<Found>) {
    let text = |finding: &Value, key: &str| {
        finding
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let key = |finding: &Value, path: String| (text(finding, "code"), path);
    let mut news: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let all_new = rows(new, "diagnostics");
    for (idx, finding) in all_new.iter().enumerate().rev() {
        let path = text(finding, "path");
        if !is_new_row(&path, pairs) {
            news.entry(key(finding, path)).or_default().push(idx);
        }
    }
    let of_code = |mut one: Found, finding: &Value| {
        one.field = Some(format!("diagnostics/{}", text(finding, "code")));
        one
    };
    for (idx, finding) in rows(old, "diagnostics").iter().enumerate() {
        let Some(path) = moved(&text(finding, "path"), pairs) else {
            continue;
        };
        let old_pointer = format!("/diagnostics/{idx}");
        let Some(to) = news.get_mut(&key(finding, path)).and_then(Vec::pop) else {
            let one = Found::new(Class::Removed, old_pointer, finding, &Value::Null);
            found.push(of_code(one, finding));
            continue;
        };
        for member in ["severity", "message"] {
            let (was, is) = (&finding[member], &all_new[to][member]);
            if let Some(class) = class_of(was, is) {
                let one = Found::new(class, format!("/diagnostics/{to}/{member}"), was, is);
                found.push(of_code(
                    one.from(format!("{old_pointer}/{member}")),
                    finding,
                ));
            }
        }
    }
    let mut left: Vec<usize> = news.into_values().flatten().collect();
    left.sort_unstable();
    for idx in left {
        let one = Found::new(
            Class::Added,
            format!("/diagnostics/{idx}"),
            &Value::Null,
            &all_new[idx],
        );
        found.push(of_code(one, &all_new[idx]));
    }
}

/// An entry of a map of pointers in the old record, with its pointer there, and in the new one.
type Sides<'r> = (Option<(&'r str, &'r Value)>, Option<&'r Value>);

/// Entries of a map of pointers, by where they lead now.
fn entries_now<'r>(
    key: &str,
    old: &'r Value,
    new: &'r Value,
    pairs: &RowPairs,
) -> BTreeMap<String, Sides<'r>> {
    let mut entries: BTreeMap<String, Sides<'_>> = BTreeMap::new();
    for (pointer, value) in object(old, key).into_iter().flatten() {
        if let Some(now) = moved(pointer, pairs) {
            entries.entry(now).or_default().0 = Some((pointer, value));
        }
    }
    for (pointer, value) in object(new, key).into_iter().flatten() {
        if !is_new_row(pointer, pairs) {
            entries.entry(pointer.clone()).or_default().1 = Some(value);
        }
    }
    entries
}

/// Values of a map of pointers.
fn compare_maps(key: &str, old: &Value, new: &Value, pairs: &RowPairs, found: &mut Vec<Found>) {
    for (pointer, (was, is)) in entries_now(key, old, new, pairs) {
        let (old, new) = (
            was.map_or(&Value::Null, |(_, old)| old),
            is.unwrap_or(&Value::Null),
        );
        if let Some(class) = class_of(old, new) {
            let at = |pointer: &str| format!("/{key}/{}", step(pointer));
            let mut one = Found::new(class, at(&pointer), old, new);
            if let Some((old_pointer, _)) = was {
                one = one.from(at(old_pointer));
            }
            one.field = Some(format!("{key}/{}", super::fields::field_of(&pointer)));
            found.push(one);
        }
    }
}

/// Where values are printed, if both runs say so: of values that are the same in both. Of others the value itself is the difference.
fn compare_places(old: &Value, new: &Value, pairs: &RowPairs, found: &mut Vec<Found>) {
    if old.get("provenance").is_none() || new.get("provenance").is_none() {
        return;
    }
    for (pointer, (was, is)) in entries_now("provenance", old, new, pairs) {
        let (old_pointer, was) = was.map_or((pointer.as_str(), &Value::Null), |was| was);
        let is = is.unwrap_or(&Value::Null);
        if was == is || old.pointer(old_pointer) != new.pointer(&pointer) {
            continue;
        }
        let at = |pointer: &str| format!("/provenance/{}", step(pointer));
        let mut one = Found::new(Class::Provenance, at(&pointer), was, is).from(at(old_pointer));
        one.field = Some(super::fields::field_of(&pointer));
        found.push(one);
    }
}
