//! What a correction can point to: a whole form, a row of it, a value of a row, or any other value that is printed.

/// Keys of the record that hold what is printed.
const PRINTED: &[&str] = &[
    "family",
    "title",
    "fiscal_year",
    "amount_unit",
    "department",
    "budget_unit",
    "project",
    "contact",
    "execution_rate_weight",
    "annual_goal",
    "actual_result",
    "total_score",
    "remarks",
];
/// Keys of the record that hold rows, with the keys by which a row is known from others.
const ROWS: &[(&str, &[&str])] = &[
    ("functions", &["code", "name"]),
    ("funds", &["category", "source", "stage"]),
    ("tasks", &["name"]),
    ("indicators", &["level1", "level2", "level3"]),
    ("attributes", &["label"]),
];
/// Members of the objects that are null where nothing of them is printed.
const OBJECTS: &[(&str, &[&str])] = &[
    ("department", &["code", "name"]),
    ("budget_unit", &["code", "name"]),
    (
        "project",
        &[
            "code",
            "name",
            "region_code",
            "setup_year",
            "category",
            "serial",
        ],
    ),
    ("contact", &["person", "phone"]),
];

/// What a pointer leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'p> {
    /// The whole form.
    Form,
    /// A row, or the place behind the last.
    Row {
        /// The key of its array.
        rows: &'p str,
        /// From 0.
        idx: usize,
    },
    /// A value in a row.
    RowValue {
        /// The key of the array.
        rows: &'p str,
        /// From 0.
        idx: usize,
        /// The key in the row.
        key: &'p str,
    },
    /// A value outside rows.
    Value {
        /// Its first key.
        key: &'p str,
        /// The key of a member of it.
        member: Option<&'p str>,
    },
}

/// A pointer that leads to nothing that can be corrected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} points to nothing that is printed on a form")]
pub struct PointerError(String);

impl<'p> Place<'p> {
    pub(super) fn parse(pointer: &'p str) -> Result<Self, PointerError> {
        let wrong = || PointerError(pointer.to_owned());
        if pointer.is_empty() {
            return Ok(Self::Form);
        }
        let steps: Vec<&str> = pointer.split('/').skip(1).collect();
        if !pointer.starts_with('/') || pointer.contains('~') {
            return Err(wrong());
        }
        let is_rows = |key: &str| ROWS.iter().any(|(rows, _)| *rows == key);
        match steps[..] {
            [rows, idx] if is_rows(rows) => Ok(Self::Row {
                rows,
                idx: index(idx).ok_or_else(wrong)?,
            }),
            [rows, idx, key] if is_rows(rows) => Ok(Self::RowValue {
                rows,
                idx: index(idx).ok_or_else(wrong)?,
                key,
            }),
            [key] if PRINTED.contains(&key) => Ok(Self::Value { key, member: None }),
            [key, member] if members(key).contains(&member) => Ok(Self::Value {
                key,
                member: Some(member),
            }),
            _ => Err(wrong()),
        }
    }
}

/// An index as RFC 6901 writes it: no sign, no zeros before it.
fn index(step: &str) -> Option<usize> {
    let is_canonical = step == "0" || !step.starts_with(['0', '+']);
    step.parse().ok().filter(|_| is_canonical)
}

/// The members of an object of the record.
pub(super) fn members(key: &str) -> &'static [&'static str] {
    let found = OBJECTS.iter().find(|(object, _)| *object == key);
    found.map_or(&[], |(_, members)| members)
}

/// The keys by which a row is known from others.
pub(super) fn names_of(rows: &str) -> &'static [&'static str] {
    let found = ROWS.iter().find(|(key, _)| *key == rows);
    found.map_or(&[], |(_, names)| names)
}

/// The pointer behind rows having moved: those at `from` and behind it by `by`. `None` where its row is the one at `gone`.
pub(super) fn moved(
    pointer: &str,
    rows: &str,
    gone: Option<usize>,
    from: usize,
    by: isize,
) -> Option<String> {
    let unmoved = || Some(pointer.to_owned());
    let Some(rest) = pointer
        .strip_prefix('/')
        .and_then(|rest| rest.strip_prefix(rows))
        .and_then(|rest| rest.strip_prefix('/'))
    else {
        return unmoved();
    };
    let (step, behind) = rest
        .find('/')
        .map_or((rest, ""), |slash| rest.split_at(slash));
    let Some(idx) = index(step) else {
        return unmoved();
    };
    if Some(idx) == gone {
        return None;
    }
    if idx < from {
        return unmoved();
    }
    let idx = idx.checked_add_signed(by)?;
    Some(format!("/{rows}/{idx}{behind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_corrected() {
        assert_eq!(Place::parse(""), Ok(Place::Form));
        let (rows, idx, key) = ("indicators", 12, "target");
        assert_eq!(
            Place::parse("/indicators/12/target"),
            Ok(Place::RowValue { rows, idx, key })
        );
        assert_eq!(
            Place::parse("/funds/0"),
            Ok(Place::Row {
                rows: "funds",
                idx: 0
            })
        );
        assert!(Place::parse("/project/code").is_ok());
    }

    #[test]
    fn what_is_computed_cannot() {
        for pointer in [
            "/checks/0",
            "/form_id",
            "/document/path",
            "/confidence",
            "/provenance/x",
            "title",
            "/indicators/01",
            "/indicators/-",
            "/contact/name",
            "/title/0",
            "/",
        ] {
            assert!(Place::parse(pointer).is_err(), "{pointer}");
        }
    }

    #[test]
    fn pointers_move_with_their_rows() {
        let shift = |pointer, gone, from, by| moved(pointer, "funds", gone, from, by);
        assert_eq!(
            shift("/funds/2/amount", None, 2, 1).unwrap(),
            "/funds/3/amount"
        );
        assert_eq!(shift("/funds/1", None, 2, 1).unwrap(), "/funds/1");
        assert_eq!(shift("/fundsx/2", None, 2, 1).unwrap(), "/fundsx/2");
        assert_eq!(shift("/funds/1/amount", Some(1), 2, -1), None);
        assert_eq!(
            shift("/funds/2/amount", Some(1), 2, -1).unwrap(),
            "/funds/1/amount"
        );
    }
}
