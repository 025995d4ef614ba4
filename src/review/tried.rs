//! Corrections tried on a record: whether they fit what stands there, and whether what comes of them is still a record.

use serde_json::Value;

use crate::correct::{Correction, Operation, members};
use crate::model::Record;

/// A form as JSON after corrections; `None` where it was taken away, or not yet added.
///
/// # Errors
/// Where a correction does not fit what stands there.
pub(super) fn corrected(
    mut record: Option<Value>,
    corrections: &[&Correction],
) -> Result<Option<Value>, String> {
    for correction in corrections {
        apply(&mut record, correction)?;
    }
    Ok(record)
}

/// Whether a form is still a record of the contract.
///
/// # Errors
/// Why not.
pub(super) fn check(record: Option<&Value>) -> Result<(), String> {
    match record {
        None => Ok(()),
        Some(record) => serde_json::from_value::<Record>(record.clone())
            .map(drop)
            .map_err(|error| error.to_string()),
    }
}

fn apply(record: &mut Option<Value>, correction: &Correction) -> Result<(), String> {
    let pointer = correction.pointer.as_str();
    if pointer.is_empty() {
        return match (correction.operation, &record) {
            (Operation::Add, None) | (Operation::Replace, Some(_)) => {
                *record = Some(correction.new.clone());
                Ok(())
            }
            (Operation::Remove, Some(_)) => {
                *record = None;
                Ok(())
            }
            (Operation::Add, Some(_)) => Err("the form is there already".to_owned()),
            (_, None) => Err("the form is not there".to_owned()),
        };
    }
    let record = record.as_mut().ok_or("the form is not there")?;
    if correction.operation == Operation::Replace {
        make_room(record, pointer);
        let place = record
            .pointer_mut(pointer)
            .ok_or_else(|| format!("{pointer} is no place of the form"))?;
        expect(place, &correction.old, pointer)?;
        *place = correction.new.clone();
        return Ok(());
    }
    let (parent, last) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let rows = record
        .pointer_mut(parent)
        .and_then(Value::as_array_mut)
        .ok_or_else(|| format!("{parent} has no rows"))?;
    let at: usize = last.parse().map_err(|_| format!("{last} is no row"))?;
    match correction.operation {
        Operation::Add if at <= rows.len() => {
            rows.insert(at, correction.new.clone());
            Ok(())
        }
        Operation::Remove if at < rows.len() => {
            expect(&rows[at], &correction.old, pointer)?;
            rows.remove(at);
            Ok(())
        }
        _ => Err(format!("{parent} has {} rows", rows.len())),
    }
}

/// An object of which nothing was printed has members when one of them is said.
fn make_room(record: &mut Value, pointer: &str) {
    let Some((key, _)) = pointer.trim_start_matches('/').split_once('/') else {
        return;
    };
    if let Some(object @ Value::Null) = record.get_mut(key)
        && !members(key).is_empty()
    {
        let nulls = members(key)
            .iter()
            .map(|member| ((*member).to_owned(), Value::Null));
        *object = Value::Object(nulls.collect());
    }
}

fn expect(is: &Value, ought: &Value, pointer: &str) -> Result<(), String> {
    if is == ought {
        Ok(())
    } else {
        Err(format!("{pointer} is {is}, expected {ought}"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::super::testing;
    use super::*;

    fn check(operation: Operation, pointer: &str, old: Value, new: Value, expected: Expect) {
        let correction = Correction {
            operation,
            pointer: pointer.to_owned(),
            old,
            new,
            ..testing::correction("", "")
        };
        let record = json!({"title": "甲", "indicators": [{"weight": "10"}, {"weight": "20"}]});
        let said = match corrected(Some(record), &[&correction]) {
            Ok(record) => record.map_or_else(|| "no form".to_owned(), |record| record.to_string()),
            Err(error) => error,
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn a_value_is_replaced() {
        check(
            Operation::Replace,
            "/indicators/1/weight",
            json!("20"),
            json!("30"),
            expect![[r#"{"title":"甲","indicators":[{"weight":"10"},{"weight":"30"}]}"#]],
        );
    }

    #[test]
    fn a_member_of_what_was_not_printed_is_said() {
        let correction = Correction {
            pointer: "/department/name".to_owned(),
            ..testing::correction("", "财政局")
        };
        let record = corrected(Some(json!({"department": null})), &[&correction]).unwrap();
        assert_eq!(
            record,
            Some(json!({"department": {"code": null, "name": "财政局"}}))
        );
    }

    #[test]
    fn a_value_that_is_another_by_now_is_not_replaced() {
        check(
            Operation::Replace,
            "/title",
            json!("乙"),
            json!("丙"),
            expect![[r#"/title is "甲", expected "乙""#]],
        );
    }

    #[test]
    fn rows_are_added_and_removed() {
        check(
            Operation::Add,
            "/indicators/0",
            Value::Null,
            json!({"weight": null}),
            expect![[
                r#"{"title":"甲","indicators":[{"weight":null},{"weight":"10"},{"weight":"20"}]}"#
            ]],
        );
        check(
            Operation::Remove,
            "/indicators/0",
            json!({"weight": "10"}),
            Value::Null,
            expect![[r#"{"title":"甲","indicators":[{"weight":"20"}]}"#]],
        );
        check(
            Operation::Add,
            "/indicators/9",
            Value::Null,
            json!({}),
            expect!["/indicators has 2 rows"],
        );
        check(
            Operation::Remove,
            "/title/0",
            Value::Null,
            Value::Null,
            expect!["/title has no rows"],
        );
    }

    #[test]
    fn a_form_is_taken_away_and_not_added_twice() {
        check(
            Operation::Remove,
            "",
            Value::Null,
            Value::Null,
            expect!["no form"],
        );
        check(
            Operation::Add,
            "",
            Value::Null,
            json!({}),
            expect!["the form is there already"],
        );
    }

    #[test]
    fn what_is_no_record_is_noticed() {
        let record: Value =
            serde_json::from_slice(&testing::form(testing::FIRST, "a.txt", "x")).unwrap();
        assert_eq!(super::check(Some(&record)), Ok(()));
        let mut wrong = record;
        wrong["execution_rate_weight"] = json!("十");
        assert!(
            super::check(Some(&wrong))
                .unwrap_err()
                .contains("no decimal")
        );
    }
}
