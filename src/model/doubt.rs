//! How much a record is to be doubted, as it says itself: what a reviewer looks at first.
//!
//! A doubt is about how many wrong leaves are to be expected: of a place whether it is wrong, of a form how many of its places are. The figures
//! are rough and rounded, since only the order means something; they were set on scans of the corpus and looked at on others
//! (`benches/README.md`). What a check of the record found counts by its code; what recognition was unsure of counts by its confidence.

use super::record::{Check, Finding, Indicator, Named, Record};

/// Doubt of a value without any sign that it is wrong.
const PLAIN: f64 = 0.003;

/// Doubt of a value that recognition gave no confidence at all.
const UNSURE: f64 = 0.35;

/// How a confidence becomes a doubt: more than 1, since what is rather sure is mostly right.
const SURENESS: f64 = 1.2;

/// Values that stand for those of a record whose places have no confidence: it has its lowest alone.
const N_LOWEST: f64 = 3.0;

/// What an inconsistency counts on a page that was not recognised: there it is mostly so in print.
const PRINTED: f64 = 0.4;

/// Share of the rows that have a cell of a column, from which on the others are missed.
const USUAL: f64 = 0.6;

/// Doubt of a cell that is missed in a row.
const MISSED_CELL: f64 = 0.4;

/// Doubt of an empty place that the form prints as such.
const PRINTED_EMPTY: f64 = 0.02;

/// Doubt of a form without any row of indicators, and without any fund.
const NO_INDICATORS: f64 = 4.0;
const NO_FUNDS: f64 = 1.0;

/// What findings of these codes count, and whether they may be as much the print's fault.
const FINDINGS: &[(&str, f64, bool)] = &[
    ("row_unread", 5.0, false),
    ("unit_unknown", 5.0, false),
    ("residue", 2.0, false),
    ("value_unread", 1.5, false),
    ("TEXT_UNREAD", 1.5, false),
    ("bad_number", 1.2, false),
    ("funds_sum", 1.0, true),
    ("weight_sum", 1.0, true),
    ("score_sum", 1.0, true),
    ("unit_prefix", 1.0, true),
    ("level_vocabulary", 0.7, true),
    ("duplicate_row", 0.5, true),
    ("percent_range", 0.5, true),
    ("year_conflict", 0.5, true),
    ("code_shape", 0.5, true),
    ("region_unknown", 0.5, true),
    ("reading_doubtful", 0.5, false),
    ("operator_doubtful", 0.5, false),
    ("row_realigned", 0.5, false),
    ("level_placed", 0.5, false),
    ("text_doubtful", 0.4, true),
    ("reading_settled", 0.3, false),
    ("repaired", 0.2, true),
    ("label_inferred", 0.1, false),
    ("row_joined", 0.1, false),
    ("personal_name", 0.0, false),
];

/// A cell of an indicator.
type Cell = fn(&Indicator) -> bool;

/// Columns of indicators, and whether rows have a cell in all of the column or in none: operators and units are only of some values.
const COLUMNS: &[(&str, Cell, bool)] = &[
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

/// A place of a record.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    pointer: String,
    doubt: f64,
}

/// How much there is to doubt in a form: 0 nothing, more is more. Only the order means something.
#[must_use]
pub fn form_doubt(record: &Record) -> f64 {
    let (places, elsewhere) = doubts(record);
    places.iter().map(|place| place.doubt).sum::<f64>() + elsewhere
}

/// How much each place of a form is to be doubted: JSON Pointers of its values, and of empty places where a value is missed. The most doubted
/// stand first, those that are doubted alike in the order of the record.
#[must_use]
pub fn leaf_doubts(record: &Record) -> Vec<(String, f64)> {
    let (mut places, _) = doubts(record);
    places.sort_by(|a, b| b.doubt.total_cmp(&a.doubt));
    places
        .into_iter()
        .map(|place| (place.pointer, place.doubt))
        .collect()
}

/// Places with their doubts, and the doubt that belongs to no place.
fn doubts(record: &Record) -> (Vec<Place>, f64) {
    let mut places = values(record);
    for place in &mut places {
        place.doubt = confidence(record, &place.pointer).map_or(PLAIN, of_confidence);
    }
    places.extend(missed(record));
    let mut elsewhere = 0.0;
    if record.provenance.is_none() {
        elsewhere += N_LOWEST * record.confidence.map_or(0.0, of_confidence);
    }
    if record.indicators.is_empty() {
        elsewhere += NO_INDICATORS;
    }
    if record.funds.is_empty() {
        elsewhere += NO_FUNDS;
    }
    for finding in &record.diagnostics {
        let doubt = of_finding(record, finding);
        let is_under = |place: &&mut Place| is_under(&place.pointer, &finding.path);
        let n_under = places.iter_mut().filter(is_under).count();
        if n_under == 0 || finding.path.is_empty() {
            elsewhere += doubt;
            continue;
        }
        for place in places.iter_mut().filter(is_under) {
            place.doubt += doubt / n_under as f64;
        }
    }
    // A check that fails has said so; one that a later version knows may have not.
    let is_unsaid = |check: &&Check| {
        check.outcome == "fail"
            && !record
                .diagnostics
                .iter()
                .any(|finding| finding.code == check.rule)
    };
    elsewhere += record.checks.iter().filter(is_unsaid).count() as f64;
    (places, elsewhere)
}

/// Whether a place is the one of a path, or in it.
fn is_under(pointer: &str, path: &str) -> bool {
    let rest = pointer.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The confidence of a value, or of the nearest value that holds it; `None` where it was not recognised, or nothing says so.
fn confidence(record: &Record, pointer: &str) -> Option<f64> {
    let provenance = record.provenance.as_ref()?;
    let holders = std::iter::successors(Some(pointer), |pointer| {
        pointer.rsplit_once('/').map(|(holder, _)| holder)
    });
    let mut places = holders.filter_map(|pointer| provenance.get(pointer));
    places.find_map(|place| place.confidence)
}

fn of_confidence(confidence: f64) -> f64 {
    PLAIN + UNSURE * (1.0 - confidence.clamp(0.0, 1.0)).powf(SURENESS)
}

fn of_finding(record: &Record, finding: &Finding) -> f64 {
    let known = FINDINGS.iter().find(|(code, _, _)| *code == finding.code);
    let by_severity = match finding.severity.as_str() {
        "error" => 2.0,
        "warning" => 0.5,
        _ => 0.1,
    };
    match known {
        Some((_, doubt, true)) if record.document.source == "pdf_text" => doubt * PRINTED,
        Some((_, doubt, _)) => *doubt,
        None => by_severity,
    }
}

/// All places that have a value, in the order of the record.
fn values(record: &Record) -> Vec<Place> {
    let mut pointers: Vec<String> = vec!["/family".to_owned()];
    let mut push = |is_there: bool, pointer: &str| {
        if is_there {
            pointers.push(pointer.to_owned());
        }
    };
    push(record.title.is_some(), "/title");
    push(record.fiscal_year.is_some(), "/fiscal_year");
    push(record.amount_unit.is_some(), "/amount_unit");
    let mut push_named = |named: &Named, pointer: &str| {
        push(named.code.is_some(), &format!("{pointer}/code"));
        push(named.name.is_some(), &format!("{pointer}/name"));
    };
    for (named, pointer) in [
        (&record.department, "/department"),
        (&record.budget_unit, "/budget_unit"),
    ] {
        if let Some(named) = named {
            push_named(named, pointer);
        }
    }
    for (idx, named) in record.functions.iter().enumerate() {
        push_named(named, &format!("/functions/{idx}"));
    }
    if let Some(project) = &record.project {
        push(project.code.is_some(), "/project/code");
        push(project.name.is_some(), "/project/name");
        push(project.region_code.is_some(), "/project/region_code");
        push(project.setup_year.is_some(), "/project/setup_year");
        push(project.category.is_some(), "/project/category");
        push(project.serial.is_some(), "/project/serial");
    }
    push(record.contact.person.is_some(), "/contact/person");
    push(record.contact.phone.is_some(), "/contact/phone");
    push(
        record.execution_rate_weight.is_some(),
        "/execution_rate_weight",
    );
    for idx in 0..record.funds.len() {
        push(true, &format!("/funds/{idx}/amount"));
    }
    push(record.annual_goal.is_some(), "/annual_goal");
    push(record.actual_result.is_some(), "/actual_result");
    for (idx, task) in record.tasks.iter().enumerate() {
        push(task.name.is_some(), &format!("/tasks/{idx}/name"));
        push(task.content.is_some(), &format!("/tasks/{idx}/content"));
        push(task.amount.is_some(), &format!("/tasks/{idx}/amount"));
    }
    for (idx, row) in record.indicators.iter().enumerate() {
        for (name, has_cell, _) in COLUMNS {
            push(has_cell(row), &format!("/indicators/{idx}/{name}"));
        }
    }
    push(record.total_score.is_some(), "/total_score");
    push(record.remarks.is_some(), "/remarks");
    for (idx, attribute) in record.attributes.iter().enumerate() {
        push(
            attribute.value.is_some(),
            &format!("/attributes/{idx}/value"),
        );
    }
    let place = |pointer| Place {
        pointer,
        doubt: PLAIN,
    };
    pointers.into_iter().map(place).collect()
}

/// Empty places where a value is missed: cells of columns that most rows have, heads that such forms have.
fn missed(record: &Record) -> Vec<Place> {
    let of_project = record.family != "department_overall_target";
    let project_name = record
        .project
        .as_ref()
        .and_then(|project| project.name.as_ref());
    let mut empty: Vec<(String, f64)> = vec![];
    for (is_missed, pointer, doubt) in [
        (record.title.is_none(), "/title", 0.3),
        (record.annual_goal.is_none(), "/annual_goal", 0.5),
        (of_project && project_name.is_none(), "/project/name", 1.0),
    ] {
        if is_missed {
            empty.push((pointer.to_owned(), doubt));
        }
    }
    for (name, has_cell, is_of_all) in COLUMNS {
        let n_cells = record.indicators.iter().filter(|row| has_cell(row)).count();
        if !is_of_all || (n_cells as f64) < USUAL * record.indicators.len() as f64 {
            continue;
        }
        let rows = record.indicators.iter().enumerate();
        let without = rows.filter(|(_, row)| !has_cell(row));
        empty.extend(without.map(|(idx, _)| (format!("/indicators/{idx}/{name}"), MISSED_CELL)));
    }
    let place = |(pointer, doubt): (String, f64)| Place {
        doubt: match record.empty.keys().any(|path| is_under(&pointer, path)) {
            true => PRINTED_EMPTY,
            false => doubt,
        },
        pointer,
    };
    empty.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::super::record::{Fund, Project, Provenance};
    use super::*;

    /// A form of two rows, of which nothing is to be doubted.
    fn plain() -> Record {
        let row = |name: &str| Indicator {
            level3: Some(name.to_owned()),
            target: Some("5".to_owned()),
            ..Indicator::default()
        };
        let amount = super::super::record::DecimalText::from_canonical("1.00").unwrap();
        Record {
            title: Some("表".to_owned()),
            project: Some(Project {
                name: Some("道路养护".to_owned()),
                ..Project::default()
            }),
            annual_goal: Some("养护".to_owned()),
            funds: vec![Fund {
                category: "project".to_owned(),
                source: "total".to_owned(),
                stage: "budget".to_owned(),
                amount,
            }],
            indicators: vec![row("里程"), row("成本"), row("满意度")],
            ..Record::default()
        }
    }

    fn finding(code: &str, severity: &str, path: &str) -> Finding {
        Finding {
            code: code.to_owned(),
            severity: severity.to_owned(),
            path: path.to_owned(),
            message: String::new(),
        }
    }

    fn with_confidence(pointer: &str, confidence: f64) -> Record {
        let place = Provenance {
            confidence: Some(confidence),
            ..Provenance::default()
        };
        Record {
            provenance: Some([(pointer.to_owned(), place)].into()),
            ..plain()
        }
    }

    fn first(record: &Record) -> String {
        leaf_doubts(record)[0].0.clone()
    }

    #[test]
    fn a_plain_form_is_hardly_doubted() {
        let doubts = leaf_doubts(&plain());
        assert_eq!(doubts.len(), 11);
        assert!(doubts.iter().all(|(_, doubt)| *doubt <= PLAIN));
        assert!(form_doubt(&plain()) < 0.05);
    }

    #[test]
    fn what_recognition_was_unsure_of_is_doubted() {
        let unsure = with_confidence("/indicators/1/target", 0.5);
        assert_eq!(first(&unsure), "/indicators/1/target");
        assert!(form_doubt(&unsure) > form_doubt(&with_confidence("/indicators/1/target", 0.9)));
        // The confidence of a cell is that of all that was read from it.
        let whole = with_confidence("/indicators/1", 0.5);
        assert!(form_doubt(&whole) > form_doubt(&unsure));
        let mut lowest = plain();
        lowest.confidence = Some(0.2);
        assert!(form_doubt(&lowest) > form_doubt(&plain()));
    }

    #[test]
    fn a_finding_is_where_it_points() {
        let mut record = plain();
        record.diagnostics = vec![finding("reading_doubtful", "warning", "/annual_goal")];
        assert_eq!(first(&record), "/annual_goal");
        record.diagnostics = vec![finding("weight_sum", "warning", "/indicators")];
        assert!(first(&record).starts_with("/indicators/"));
        record.diagnostics = vec![finding("residue", "warning", "")];
        assert!(form_doubt(&record) > 2.0);
        assert!(
            leaf_doubts(&record)
                .iter()
                .all(|(_, doubt)| *doubt <= PLAIN)
        );
    }

    #[test]
    fn what_is_inconsistent_in_print_is_doubted_less() {
        let mut record = plain();
        record.diagnostics = vec![finding("funds_sum", "warning", "/funds/0/amount")];
        let recognised = form_doubt(&record);
        record.document.source = "pdf_text".to_owned();
        assert!(form_doubt(&record) < recognised);
    }

    #[test]
    fn findings_of_no_known_code_count_by_severity() {
        let with = |severity: &str| {
            let mut record = plain();
            record.diagnostics = vec![finding("later", severity, "/title")];
            form_doubt(&record)
        };
        assert!(with("error") > with("warning") && with("warning") > with("info"));
        let mut failed = plain();
        failed.checks = vec![Check {
            rule: "later".to_owned(),
            outcome: "fail".to_owned(),
        }];
        assert!(form_doubt(&failed) > form_doubt(&plain()));
    }

    #[test]
    fn a_cell_that_other_rows_have_is_missed() {
        let mut record = plain();
        record.indicators[2].target = None;
        assert_eq!(first(&record), "/indicators/2/target");
        record.empty = [("/indicators/2/target".to_owned(), "blank".to_owned())].into();
        let doubts = leaf_doubts(&record);
        assert_eq!(
            doubts[0],
            ("/indicators/2/target".to_owned(), PRINTED_EMPTY)
        );
        record.indicators.clear();
        assert!(form_doubt(&record) > NO_INDICATORS);
    }
}
