//! The specifications of the grammars hold.

use jixiao::pipeline::run_specifications;

#[test]
fn every_example_of_every_specification_holds() {
    let outcomes = run_specifications(None).unwrap();
    assert!(outcomes.len() >= 12, "only {} examples", outcomes.len());
    let failures: Vec<String> = outcomes
        .into_iter()
        .filter_map(|o| o.failure.map(|failure| format!("{}\n{failure}", o.name)))
        .collect();
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}
