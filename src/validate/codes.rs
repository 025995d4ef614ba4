//! Codes and years against each other and against the standards they are made by.

use super::Outcome;
use crate::model::record::Named;
use crate::model::{Code, Diagnostic, Form};

/// First two digits of the codes of China's provinces: GB/T 2260.
const PROVINCES: [&str; 34] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71",
    "81", "82",
];

/// Digits of the serial of a project code.
const SERIAL_LEN: usize = 12;

/// The budget unit's code begins with its department's.
pub(super) fn unit_prefix(form: &Form) -> Outcome {
    let code = |named: &Option<Named>| named.as_ref().and_then(|named| named.code.clone());
    let (Some(department), Some(unit)) = (code(&form.department), code(&form.budget_unit)) else {
        return Outcome::NotApplicable;
    };
    if unit.starts_with(&department) {
        return Outcome::Pass;
    }
    let message =
        format!("unit code {unit} does not begin with the department's code {department}");
    Outcome::Fail(vec![Diagnostic::new(
        Code::UnitPrefix,
        "/budget_unit/code",
        message,
    )])
}

/// The project's code has its shape. Normalise has said what is wrong with it.
pub(super) fn code_shape(form: &Form) -> Outcome {
    let Some(project) = form
        .project
        .as_ref()
        .filter(|project| project.code.is_some())
    else {
        return Outcome::NotApplicable;
    };
    let is_whole = project
        .serial
        .as_ref()
        .is_some_and(|serial| serial.len() == SERIAL_LEN);
    if is_whole {
        Outcome::Pass
    } else {
        Outcome::Fail(Vec::new())
    }
}

/// The region of the project's code lies in a known province.
pub(super) fn region(form: &Form) -> Outcome {
    let Some(region) = form
        .project
        .as_ref()
        .and_then(|project| project.region_code.as_deref())
    else {
        return Outcome::NotApplicable;
    };
    if region
        .get(..2)
        .is_some_and(|province| PROVINCES.contains(&province))
    {
        return Outcome::Pass;
    }
    let message = format!("region {region} begins with no province of GB/T 2260");
    Outcome::Fail(vec![Diagnostic::new(
        Code::RegionUnknown,
        "/project/region_code",
        message,
    )])
}

/// The project was not set up after the form's year, and the title names no other year than the form.
pub(super) fn year_conflict(form: &Form) -> Outcome {
    let Some(fiscal_year) = form.fiscal_year else {
        return Outcome::NotApplicable;
    };
    let mut findings = Vec::new();
    let setup_year = form.project.as_ref().and_then(|project| project.setup_year);
    if let Some(setup_year) = setup_year.filter(|setup_year| *setup_year > fiscal_year) {
        let message =
            format!("the project was set up in {setup_year}, after the fiscal year {fiscal_year}");
        findings.push(Diagnostic::new(
            Code::YearConflict,
            "/project/setup_year",
            message,
        ));
    }
    // A year that was read from the title agrees with it by its origin.
    let is_of_title = form
        .provenance
        .get("/fiscal_year")
        .is_some_and(|raw| Some(raw) == form.provenance.get("/title"));
    let years = form
        .title
        .as_deref()
        .filter(|_| !is_of_title)
        .map(years_in)
        .unwrap_or_default();
    let span = years.iter().min().zip(years.iter().max());
    if let Some((first, last)) =
        span.filter(|(first, last)| !(**first..=**last).contains(&fiscal_year))
    {
        let about = if first == last {
            first.to_string()
        } else {
            format!("{first} to {last}")
        };
        let message = format!("the title is about {about}, the fiscal year is {fiscal_year}");
        findings.push(Diagnostic::new(Code::YearConflict, "/fiscal_year", message));
    }
    Outcome::of(findings, setup_year.is_some() || span.is_some())
}

/// Numbers of four digits in a title that are years of this age and stand before 年.
fn years_in(title: &str) -> Vec<i32> {
    let before = title.match_indices('年').map(|(at, _)| &title[..at]);
    let years = before.filter_map(|text| {
        let digits = &text[text.trim_end_matches(|ch: char| ch.is_ascii_digit()).len()..];
        digits
            .parse()
            .ok()
            .filter(|year| digits.len() == 4 && (1949..2200).contains(year))
    });
    years.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;
    use crate::model::record::Project;

    fn named(code: &str) -> Option<Named> {
        Some(Named {
            code: Some(code.to_owned()),
            name: None,
        })
    }

    fn project(region: &str, year: i32, serial: &str) -> Form {
        let project = Project {
            code: Some(format!("{region}{}T{serial}", year % 100)),
            region_code: Some(region.to_owned()),
            setup_year: Some(year),
            serial: Some(serial.to_owned()),
            ..Project::default()
        };
        Form {
            project: Some(project),
            fiscal_year: Some(2023),
            ..Form::default()
        }
    }

    #[test]
    fn unit_code_begins_with_the_departments() {
        let bodies = |department, unit| Form {
            department: named(department),
            budget_unit: named(unit),
            ..Form::default()
        };
        check(&bodies("203", "203001"), "unit_prefix", "pass", &[]);
        check(
            &bodies("203", "204001"),
            "unit_prefix",
            "fail",
            &["/budget_unit/code"],
        );
        let unnamed = Form {
            department: named("203"),
            budget_unit: Some(Named::default()),
            ..Form::default()
        };
        check(&unnamed, "unit_prefix", "not_applicable", &[]);
    }

    #[test]
    fn short_serial_fails_the_shape() {
        check(
            &project("511781", 2021, "000000027938"),
            "code_shape",
            "pass",
            &[],
        );
        check(
            &project("511781", 2022, "00004944392"),
            "code_shape",
            "fail",
            &[],
        );
    }

    #[test]
    fn region_lies_in_a_province() {
        check(
            &project("511781", 2021, "000000027938"),
            "region",
            "pass",
            &[],
        );
        check(
            &project("951781", 2021, "000000027938"),
            "region",
            "fail",
            &["/project/region_code"],
        );
    }

    #[test]
    fn project_is_not_younger_than_its_form() {
        check(
            &project("511781", 2021, "000000027938"),
            "year_conflict",
            "pass",
            &[],
        );
        check(
            &project("511781", 2024, "000000027938"),
            "year_conflict",
            "fail",
            &["/project/setup_year"],
        );
    }

    #[test]
    fn title_names_the_forms_year() {
        let titled = |title: &str| Form {
            title: Some(title.to_owned()),
            fiscal_year: Some(2023),
            ..Form::default()
        };
        check(&titled("2023年度绩效目标表"), "year_conflict", "pass", &[]);
        check(
            &titled("2022年度绩效目标表"),
            "year_conflict",
            "fail",
            &["/fiscal_year"],
        );
        check(
            &titled("总体目标(2022年-2024年)"),
            "year_conflict",
            "pass",
            &[],
        );
        check(
            &titled("总体目标(2024年-2026年)"),
            "year_conflict",
            "fail",
            &["/fiscal_year"],
        );
        check(
            &titled("绩效目标表"),
            "year_conflict",
            "not_applicable",
            &[],
        );
    }
}
