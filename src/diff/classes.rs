//! What kind of difference two values make.

use rust_decimal::Decimal;
use serde_json::Value;

use super::difference::Class;
use crate::model::fold::{fold_char, is_white};

/// The class of a difference; `None` where there is none.
pub(super) fn class_of(old: &Value, new: &Value) -> Option<Class> {
    match (old, new) {
        _ if old == new => None,
        (Value::Null, _) => Some(Class::Added),
        (_, Value::Null) => Some(Class::Removed),
        (Value::String(old), Value::String(new)) if says_the_same(old, new) => Some(Class::Format),
        _ => Some(Class::Value),
    }
}

/// Whether two texts are the same but for width, white space and dashes, or are the same number.
pub(super) fn says_the_same(old: &str, new: &str) -> bool {
    let (old, new) = (folded(old), folded(new));
    let number = |text: &str| Decimal::from_str_exact(&text.replace(',', "")).ok();
    old == new || number(&old).is_some_and(|old| number(&new) == Some(old))
}

fn folded(text: &str) -> String {
    text.chars()
        .filter(|ch| !is_white(*ch))
        .map(fold_char)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(old: Value, new: Value, expected: Option<Class>) {
        assert_eq!(class_of(&old, &new), expected);
    }

    #[test]
    fn what_says_the_same_differs_in_format() {
        check(json!("10.0"), json!("10"), Some(Class::Format));
        check(json!("１０％"), json!("10%"), Some(Class::Format));
        check(json!("修 路"), json!("修路"), Some(Class::Format));
        check(json!("（一）"), json!("(一)"), Some(Class::Format));
        check(json!("1,000.00"), json!("1000"), Some(Class::Format));
    }

    #[test]
    fn what_says_something_else_differs_in_value() {
        check(json!("10"), json!("100"), Some(Class::Value));
        check(json!(2023), json!(2024), Some(Class::Value));
        check(json!("95"), json!(95), Some(Class::Value));
        check(json!("a"), json!(null), Some(Class::Removed));
        check(json!(null), json!("a"), Some(Class::Added));
        check(json!("a"), json!("a"), None);
    }
}
