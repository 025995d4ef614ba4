//! How much a record is to be doubted, as it says itself: what a reviewer looks at first.
//!
//! A doubt is about how many wrong leaves are to be expected: of a place whether it is wrong, of a form how many of its places are. The figures
//! are rough and rounded, since only the order means something; they were set on scans of the corpus and looked at on others
//! (`benches/README.md`). What a check of the record found counts by its code; what recognition was unsure of counts by its confidence.

use std::collections::BTreeMap;

use super::places::{COLUMNS, value_pointers};
use super::record::{Check, DecimalText, Finding, Record};

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

/// Cells that every row has: an indicator without a name or a target is none.
const WANTED: &[&str] = &["level1", "level3", "target"];

/// Doubt of an empty place that the form prints as such.
const PRINTED_EMPTY: f64 = 0.02;

/// Doubt of a title that is missing where pages were recognised: what stands beside it is mostly missing, too. Elsewhere forms may have none.
const UNREAD_TITLE: f64 = 2.0;
const NO_TITLE: f64 = 0.3;

/// Doubt of a value that is not made as such values are.
const ODD: f64 = 0.7;

/// Doubt of a project's name that holds its code: that and its parts are missing.
const CODE_IN_NAME: f64 = 3.0;
/// Digits in a row that are no part of a name.
const N_CODE_DIGITS: usize = 6;
/// Fewest digits of a telephone number.
const N_PHONE_DIGITS: usize = 7;

/// Doubt for each text that no rule uses.
const RESIDUE: f64 = 0.5;
/// What stands between these texts in the message of the finding, which alone says how many they are.
const BETWEEN_RESIDUES: char = '|';

/// Doubt of each leaf of a row that weights seem to tell is missing.
const MISSING_ROW: f64 = 0.5;
/// What the weights of a form come to with that of its execution rate.
const ALL_WEIGHTS: f64 = 100.0;

/// Share of the most doubted cell's doubt that the others of its row have: what is wrong beside it is often wrong in the same way.
const NEIGHBOUR: f64 = 0.1;
/// Share of the doubt of a form that belongs to no place, which all its places have together.
const SHARED: f64 = 0.3;

/// Doubt of a form without any row of indicators, and without any fund.
const NO_INDICATORS: f64 = 4.0;
const NO_FUNDS: f64 = 1.0;

/// What findings of these codes count, and whether they may be as much the print's fault.
const FINDINGS: &[(&str, f64, bool)] = &[
    ("row_unread", 5.0, false),
    ("unit_unknown", 5.0, false),
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
    let (mut places, elsewhere) = doubts(record);
    let of_all = SHARED * elsewhere / places.len().max(1) as f64;
    let mut of_rows: BTreeMap<String, f64> = BTreeMap::new();
    for place in &places {
        let most = of_rows
            .entry(row_of(&place.pointer).to_owned())
            .or_default();
        *most = most.max(place.doubt);
    }
    for place in &mut places {
        let of_row = of_rows
            .get(row_of(&place.pointer))
            .copied()
            .unwrap_or_default();
        place.doubt += of_all + NEIGHBOUR * (of_row - place.doubt);
    }
    places.sort_by(|a, b| b.doubt.total_cmp(&a.doubt));
    places
        .into_iter()
        .map(|place| (place.pointer, place.doubt))
        .collect()
}

/// The row or the group of heads that a place is in.
fn row_of(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(row, _)| row)
}

/// Places with their doubts, and the doubt that belongs to no place.
fn doubts(record: &Record) -> (Vec<Place>, f64) {
    let place = |pointer: String| Place {
        doubt: confidence(record, &pointer).map_or(PLAIN, of_confidence),
        pointer,
    };
    let mut places: Vec<Place> = value_pointers(record).into_iter().map(place).collect();
    for (pointer, doubt) in odd(record) {
        let odd = places.iter_mut().filter(|place| place.pointer == pointer);
        odd.for_each(|place| place.doubt += doubt);
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
    elsewhere += missing_rows(record);
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

/// What a finding counts. Where there are many of one code, what causes them is mostly one.
fn of_finding(record: &Record, finding: &Finding) -> f64 {
    if finding.code == "residue" {
        let n_texts = 1 + finding.message.matches(BETWEEN_RESIDUES).count();
        return RESIDUE * n_texts as f64;
    }
    let known = FINDINGS.iter().find(|(code, _, _)| *code == finding.code);
    let by_severity = match finding.severity.as_str() {
        "error" => 2.0,
        "warning" => 0.5,
        _ => 0.1,
    };
    let doubt = match known {
        Some((_, doubt, true)) => doubt * fault_of_reading(record),
        Some((_, doubt, false)) => *doubt,
        None => by_severity,
    };
    let all = record.diagnostics.iter();
    let n_alike = all.filter(|other| other.code == finding.code).count();
    doubt / (n_alike as f64).sqrt()
}

/// How far an inconsistency is a fault of reading and not one of the print.
fn fault_of_reading(record: &Record) -> f64 {
    match record.document.source.as_str() {
        "pdf_text" => PRINTED,
        _ => 1.0,
    }
}

/// Doubt of rows that are missing, told by the weights: they come to less than all by as much as some rows have.
fn missing_rows(record: &Record) -> f64 {
    let has_finding = |code: &str| {
        record
            .diagnostics
            .iter()
            .any(|finding| finding.code == code)
    };
    let number = |weight: &DecimalText| weight.as_str().parse::<f64>().ok();
    let rows = &record.indicators;
    let weights = rows.iter().filter_map(|row| number(row.weight.as_ref()?));
    let weights: Vec<f64> = weights.collect();
    let sum: f64 = weights.iter().sum();
    let is_usual = weights.len() as f64 >= USUAL * rows.len() as f64;
    if !has_finding("weight_sum") || !is_usual || sum <= 0.0 {
        return 0.0;
    }
    let execution = record.execution_rate_weight.as_ref().and_then(number);
    let short = ALL_WEIGHTS - execution.unwrap_or(0.0) - sum;
    let n_rows = short * weights.len() as f64 / sum;
    if n_rows < 1.0 {
        return 0.0;
    }
    let cells = COLUMNS
        .iter()
        .flat_map(|(_, has_cell, _)| rows.iter().map(has_cell));
    let n_cells = cells.filter(|is_there| *is_there).count();
    MISSING_ROW * n_rows * n_cells as f64 / rows.len() as f64 * fault_of_reading(record)
}

/// Values that are not made as such values are: pointer and doubt.
fn odd(record: &Record) -> Vec<(String, f64)> {
    let mut odd = vec![];
    let mut look =
        |text: Option<&String>, pointer: String, is_odd: fn(&str) -> bool, doubt: f64| {
            if text.is_some_and(|text| is_odd(text)) {
                odd.push((pointer, doubt));
            }
        };
    let named = [
        (&record.department, "/department/name"),
        (&record.budget_unit, "/budget_unit/name"),
    ];
    for (named, pointer) in named {
        let name = named.as_ref().and_then(|named| named.name.as_ref());
        look(name, pointer.to_owned(), has_stray_mark, ODD);
    }
    let project = record
        .project
        .as_ref()
        .and_then(|project| project.name.as_ref());
    look(project, "/project/name".to_owned(), has_stray_mark, ODD);
    look(project, "/project/name".to_owned(), has_code, CODE_IN_NAME);
    let contact = &record.contact;
    look(
        contact.person.as_ref(),
        "/contact/person".to_owned(),
        is_no_person,
        ODD,
    );
    look(
        contact.phone.as_ref(),
        "/contact/phone".to_owned(),
        is_no_phone,
        ODD,
    );
    for (idx, row) in record.indicators.iter().enumerate() {
        let levels = [&row.level1, &row.level2, &row.level3];
        for (number, level) in levels.into_iter().enumerate() {
            let pointer = format!("/indicators/{idx}/level{}", number + 1);
            look(level.as_ref(), pointer, has_stray_mark, ODD);
        }
    }
    odd
}

/// Whether a name has a mark that is part of a rule, of a bracket or of a value beside it.
fn has_stray_mark(name: &str) -> bool {
    name.contains(['|', '≥', '≤']) || name.matches('[').count() != name.matches(']').count()
}

fn has_code(name: &str) -> bool {
    name.split(|ch: char| !ch.is_ascii_digit())
        .any(|digits| digits.len() >= N_CODE_DIGITS)
}

/// What was redacted is none of these: it begins with a bracket.
fn is_no_person(person: &str) -> bool {
    let is_short = person.chars().count() < 2;
    !person.starts_with('[') && (is_short || person.contains(|ch: char| ch.is_ascii_digit()))
}

fn is_no_phone(phone: &str) -> bool {
    let n_digits = phone.bytes().filter(u8::is_ascii_digit).count();
    !phone.starts_with('[') && n_digits < N_PHONE_DIGITS
}

/// Empty places where a value is missed: cells of columns that most rows have, heads that such forms have.
fn missed(record: &Record) -> Vec<Place> {
    let of_project = record.family != "department_overall_target";
    let project_name = record
        .project
        .as_ref()
        .and_then(|project| project.name.as_ref());
    let of_title = match record.confidence {
        Some(_) => UNREAD_TITLE,
        None => NO_TITLE,
    };
    let mut empty: Vec<(String, f64)> = vec![];
    for (is_missed, pointer, doubt) in [
        (record.title.is_none(), "/title", of_title),
        (record.annual_goal.is_none(), "/annual_goal", 0.5),
        (of_project && project_name.is_none(), "/project/name", 1.0),
    ] {
        if is_missed {
            empty.push((pointer.to_owned(), doubt));
        }
    }
    for (name, has_cell, is_of_all) in COLUMNS {
        let n_cells = record.indicators.iter().filter(|row| has_cell(row)).count();
        let is_usual = (n_cells as f64) >= USUAL * record.indicators.len() as f64;
        // A column may be lost as a whole.
        let is_wanted =
            WANTED.contains(name) || *name == "weight" && record.execution_rate_weight.is_some();
        if !(is_wanted || *is_of_all && is_usual) {
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
    use super::super::record::{Fund, Indicator, Project, Provenance};
    use super::*;

    /// A form of two rows, of which nothing is to be doubted.
    fn plain() -> Record {
        let row = |name: &str| Indicator {
            level1: Some("产出指标".to_owned()),
            level3: Some(name.to_owned()),
            target: Some("5".to_owned()),
            ..Indicator::default()
        };
        let amount = DecimalText::from_canonical("1.00").unwrap();
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
        assert_eq!(doubts.len(), 14);
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
        assert!(form_doubt(&record) > RESIDUE);
        let doubts = leaf_doubts(&record);
        assert!(doubts[0].1 > PLAIN && doubts[0].1 - doubts[13].1 < 1e-9);
    }

    #[test]
    fn much_that_no_rule_uses_counts_more_than_little() {
        let with = |message: &str| {
            let mut record = plain();
            record.diagnostics = vec![finding("residue", "warning", "")];
            record.diagnostics[0].message = message.to_owned();
            form_doubt(&record)
        };
        assert!(with("no rule uses: 其中 | 21.00 | -") > with("no rule uses: 其") + RESIDUE);
    }

    #[test]
    fn many_findings_of_a_code_have_mostly_one_cause() {
        let with = |n: usize| {
            let mut record = plain();
            record.diagnostics = vec![finding("reading_doubtful", "warning", "/title"); n];
            form_doubt(&record) - form_doubt(&plain())
        };
        assert!((with(4) - 2.0 * with(1)).abs() < 1e-9);
    }

    #[test]
    fn weights_that_are_short_tell_of_rows_that_are_missing() {
        let with = |weight: &str| {
            let mut record = plain();
            record.diagnostics = vec![finding("weight_sum", "warning", "/indicators")];
            for row in &mut record.indicators {
                row.weight = DecimalText::from_canonical(weight);
            }
            form_doubt(&record)
        };
        // Three rows of 10: seven are missing, of four cells each.
        let (short, over) = (with("10"), with("40"));
        assert!((short - over - MISSING_ROW * 7.0 * 4.0).abs() < 1e-9);
        assert!((with("30") - over).abs() < 1e-9);
    }

    #[test]
    fn values_that_are_not_made_as_such_values_are_doubted() {
        let mut record = plain();
        record.contact.person = Some("0".to_owned());
        assert_eq!(first(&record), "/contact/person");
        record.contact.person = Some("[person:0123456789abcdef]".to_owned());
        record.contact.phone = Some("13900000000".to_owned());
        assert!(form_doubt(&record) < 0.05);
        record.indicators[1].level3 = Some("≥成本".to_owned());
        assert_eq!(first(&record), "/indicators/1/level3");
        let project = record.project.as_mut().unwrap();
        project.name = Some("5101,0421T000434421227-城区路灯".to_owned());
        assert_eq!(first(&record), "/project/name");
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
    fn a_column_that_is_lost_is_missed() {
        let mut record = plain();
        for row in &mut record.indicators {
            row.level3 = None;
        }
        assert!(form_doubt(&record) > 3.0 * MISSED_CELL);
        let mut record = plain();
        record.execution_rate_weight = DecimalText::from_canonical("10");
        assert!(form_doubt(&record) > 3.0 * MISSED_CELL);
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
