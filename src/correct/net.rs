//! What corrections come to: a value that was corrected twice was corrected once, from the first to the last, and what was undone was
//! never done.

use super::correction::{Correction, Operation};
use super::pointer::Place;

/// Corrections that come to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Net {
    /// The one that they come to: the old value of the first, the new value and the person of the last.
    pub correction: Correction,
    /// Indices of the corrections it is made of.
    pub idxs: Vec<usize>,
}

impl Net {
    /// Whether nothing is left of it.
    #[must_use]
    pub fn is_undone(&self) -> bool {
        let correction = &self.correction;
        correction.old == correction.new
    }
}

/// What the corrections of a document come to, in the order of the first of each.
#[must_use]
pub fn net(corrections: &[Correction]) -> Vec<Net> {
    let mut nets: Vec<Net> = Vec::new();
    for (idx, correction) in corrections.iter().enumerate() {
        let earlier = nets
            .iter()
            .rposition(|net| !net.is_undone() && concerns(&net.correction, correction));
        let followed = earlier.filter(|&earlier| {
            let earlier = &nets[earlier].correction;
            earlier.pointer == correction.pointer
                && earlier.new == correction.old
                && follows(earlier.operation, correction.operation)
        });
        match followed {
            Some(earlier) => {
                let net = &mut nets[earlier];
                net.idxs.push(idx);
                net.correction.new = correction.new.clone();
                net.correction.by.clone_from(&correction.by);
                net.correction.at.clone_from(&correction.at);
                net.correction.why.clone_from(&correction.why);
            }
            None => nets.push(Net {
                correction: correction.clone(),
                idxs: vec![idx],
            }),
        }
    }
    nets
}

/// Whether a later correction cannot be taken before an earlier one: they are of the same value, or one of them moves the rows of the
/// other.
fn concerns(earlier: &Correction, later: &Correction) -> bool {
    if earlier.form != later.form {
        return false;
    }
    match (Place::parse(&earlier.pointer), Place::parse(&later.pointer)) {
        (Ok(Place::Form), _) | (_, Ok(Place::Form)) => true,
        (
            Ok(Place::Row { rows, .. }),
            Ok(Place::Row { rows: others, .. } | Place::RowValue { rows: others, .. }),
        )
        | (Ok(Place::RowValue { rows, .. }), Ok(Place::Row { rows: others, .. })) => rows == others,
        _ => earlier.pointer == later.pointer,
    }
}

/// Whether the later correction goes on from the earlier, or takes it back.
fn follows(earlier: Operation, later: Operation) -> bool {
    matches!(
        (earlier, later),
        (Operation::Replace, Operation::Replace)
            | (Operation::Add, Operation::Remove)
            | (Operation::Remove, Operation::Add)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::correct::tests::{add, remove, replace};

    fn pointers(corrections: &[Correction]) -> Vec<(String, bool)> {
        let nets = net(corrections).into_iter();
        nets.map(|net| (net.correction.pointer.clone(), net.is_undone()))
            .collect()
    }

    #[test]
    fn a_value_corrected_twice_was_corrected_once() {
        let nets = net(&[
            replace("/title", json!("a"), json!("b")),
            replace("/remarks", json!("x"), json!("y")),
            replace("/title", json!("b"), json!("c")),
        ]);
        assert_eq!(nets.len(), 2);
        let title = &nets[0];
        assert_eq!(
            (&title.correction.old, &title.correction.new),
            (&json!("a"), &json!("c"))
        );
        assert_eq!(title.idxs, [0, 2]);
    }

    #[test]
    fn what_was_undone_was_never_done() {
        let there = replace("/title", json!("a"), json!("b"));
        let back = replace("/title", json!("b"), json!("a"));
        assert_eq!(pointers(&[there, back]), [("/title".to_owned(), true)]);
        let row = json!({"name": "x"});
        let taken = [remove("/tasks/0", row.clone()), add("/tasks/0", row)];
        assert_eq!(pointers(&taken), [("/tasks/0".to_owned(), true)]);
    }

    #[test]
    fn rows_that_moved_meanwhile_part_two_corrections() {
        let corrections = [
            replace("/tasks/1/name", json!("a"), json!("b")),
            remove("/tasks/0", json!({"name": "z"})),
            replace("/tasks/1/name", json!("b"), json!("c")),
        ];
        assert_eq!(pointers(&corrections).len(), 3);
    }

    #[test]
    fn a_value_that_is_not_what_the_first_left_is_another_matter() {
        let corrections = [
            replace("/title", json!("a"), json!("b")),
            replace("/title", json!("x"), json!("c")),
        ];
        assert_eq!(pointers(&corrections).len(), 2);
    }
}
