//! Places of a record: JSON Pointers of all that may have a value.

use super::record::{Indicator, Named, Record};

/// A cell of an indicator.
pub(super) type Cell = fn(&Indicator) -> bool;

/// Columns of indicators, and whether rows have a cell in all of the column or in none: operators and units are only of some values.
pub(super) const COLUMNS: &[(&str, Cell, bool)] = &[
    ("level1", |row| row.level1.is_some(), true),
    ("level2", |row| row.level2.is_some(), true),
    ("level3", |row| row.level3.is_some(), true),
    ("operator", |row| row.operator.is_some(), false),
    ("target", |row| row.target.is_some(), true),
    ("target_current", |row| row.target_current.is_some(), true),
    ("measure_unit", |row| row.measure_unit.is_some(), false),
    ("weight", |row| row.weight.is_some(), true),
    ("weight_current", |row| row.weight_current.is_some(), true),
    ("actual", |row| row.actual.is_some(), true),
    ("score", |row| row.score.is_some(), true),
    ("deviation", |row| row.deviation.is_some(), false),
    ("note", |row| row.note.is_some(), false),
];

/// JSON Pointers of all places that have a value, in the order of the record.
#[must_use]
pub fn value_pointers(record: &Record) -> Vec<String> {
    let mut places = vec![
        ("/family".to_owned(), true),
        ("/title".to_owned(), record.title.is_some()),
        ("/fiscal_year".to_owned(), record.fiscal_year.is_some()),
        ("/amount_unit".to_owned(), record.amount_unit.is_some()),
    ];
    places.extend(named("/department", record.department.as_ref()));
    places.extend(named("/budget_unit", record.budget_unit.as_ref()));
    if let Some(project) = &record.project {
        places.extend(below(
            "/project",
            [
                ("code", project.code.is_some()),
                ("name", project.name.is_some()),
                ("region_code", project.region_code.is_some()),
                ("setup_year", project.setup_year.is_some()),
                ("category", project.category.is_some()),
                ("serial", project.serial.is_some()),
            ],
        ));
    }
    for (idx, function) in record.functions.iter().enumerate() {
        places.extend(named(&format!("/functions/{idx}"), Some(function)));
    }
    let contact = &record.contact;
    let of_contact = [
        ("person", contact.person.is_some()),
        ("phone", contact.phone.is_some()),
    ];
    places.extend(below("/contact", of_contact));
    let has_weight = record.execution_rate_weight.is_some();
    places.push(("/execution_rate_weight".to_owned(), has_weight));
    let funds = (0..record.funds.len()).map(|idx| (format!("/funds/{idx}/amount"), true));
    places.extend(funds);
    places.push(("/annual_goal".to_owned(), record.annual_goal.is_some()));
    places.push(("/actual_result".to_owned(), record.actual_result.is_some()));
    for (idx, task) in record.tasks.iter().enumerate() {
        let of_task = [
            ("name", task.name.is_some()),
            ("content", task.content.is_some()),
            ("amount", task.amount.is_some()),
        ];
        places.extend(below(&format!("/tasks/{idx}"), of_task));
    }
    for (idx, row) in record.indicators.iter().enumerate() {
        let cells = COLUMNS
            .iter()
            .map(|(name, has_cell, _)| (*name, has_cell(row)));
        places.extend(below(&format!("/indicators/{idx}"), cells));
    }
    places.push(("/total_score".to_owned(), record.total_score.is_some()));
    places.push(("/remarks".to_owned(), record.remarks.is_some()));
    for (idx, attribute) in record.attributes.iter().enumerate() {
        let has_value = attribute.value.is_some();
        places.push((format!("/attributes/{idx}/value"), has_value));
    }
    let with_value = places.into_iter().filter(|(_, has_value)| *has_value);
    with_value.map(|(pointer, _)| pointer).collect()
}

/// A place, and whether it has a value.
type Place = (String, bool);

fn below<'a>(
    holder: &str,
    keys: impl IntoIterator<Item = (&'a str, bool)>,
) -> impl Iterator<Item = Place> {
    let keys = keys.into_iter();
    keys.map(move |(key, has_value)| (format!("{holder}/{key}"), has_value))
}

fn named(pointer: &str, named: Option<&Named>) -> Vec<Place> {
    let Some(named) = named else {
        return vec![];
    };
    let keys = [
        ("code", named.code.is_some()),
        ("name", named.name.is_some()),
    ];
    below(pointer, keys).collect()
}

#[cfg(test)]
mod tests {
    use super::super::record::Project;
    use super::*;

    #[test]
    fn places_stand_in_the_order_of_the_record() {
        let row = Indicator {
            level3: Some("里程".to_owned()),
            note: Some("无".to_owned()),
            ..Indicator::default()
        };
        let record = Record {
            title: Some("表".to_owned()),
            project: Some(Project {
                name: Some("道路养护".to_owned()),
                ..Project::default()
            }),
            functions: vec![
                Named::default(),
                Named {
                    code: None,
                    name: Some("养护".to_owned()),
                },
            ],
            indicators: vec![row],
            ..Record::default()
        };
        assert_eq!(
            value_pointers(&record),
            [
                "/family",
                "/title",
                "/project/name",
                "/functions/1/name",
                "/indicators/0/level3",
                "/indicators/0/note"
            ]
        );
    }
}
