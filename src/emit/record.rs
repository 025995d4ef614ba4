//! A form becomes a record: numbered, with its document, its checks and findings, and where each value was printed.

use std::collections::BTreeMap;

use super::order::sort_findings;
use crate::model::form_id::form_id;
use crate::model::page::{Content, Document, Page, PageSource};
use crate::model::raw::RawText;
use crate::model::record::{Check, DocumentRef, FORM_SCHEMA, Finding, Provenance};
use crate::model::{BBox, Diagnostic, Form, Place, Record};

/// Settings of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordParams {
    /// Whether the record says where each value was printed.
    pub with_provenance: bool,
}

/// Makes the record of a form.
///
/// `ordinal` is the place of the form in its document, from 1. `checks` are taken in their order; `findings` are put
/// in the order of the record's keys, so that the order in which rooms notice things never reaches the output.
#[must_use]
pub fn record(
    document: &Document,
    ordinal: u32,
    form: Form,
    checks: Vec<Check>,
    mut findings: Vec<Diagnostic>,
    params: &RecordParams,
) -> Record {
    sort_findings(&mut findings);
    Record {
        schema: FORM_SCHEMA.into(),
        form_id: form_id(&document.id, ordinal),
        document: DocumentRef {
            id: document.id.clone(),
            path: document.path.clone(),
            pages: form.pages,
            lines: form.lines,
            source: source(document, form.pages).to_owned(),
        },
        family: form.family,
        grammar: form.grammar,
        title: form.title,
        fiscal_year: form.fiscal_year,
        amount_unit: form.amount_unit.map(|unit| unit.as_str().to_owned()),
        department: form.department,
        budget_unit: form.budget_unit,
        project: form.project,
        functions: form.functions,
        contact: form.contact,
        execution_rate_weight: form.execution_rate_weight,
        funds: form.funds,
        annual_goal: form.annual_goal,
        actual_result: form.actual_result,
        tasks: form.tasks,
        indicators: form.indicators,
        total_score: form.total_score,
        remarks: form.remarks,
        attributes: form.attributes,
        empty: form
            .empty
            .into_iter()
            .map(|(pointer, kind)| (pointer, kind.as_str().to_owned()))
            .collect(),
        confidence: lowest_confidence(form.provenance.values()),
        checks,
        diagnostics: findings.iter().map(finding).collect(),
        provenance: params
            .with_provenance
            .then(|| provenance(document, &form.provenance)),
    }
}

/// The finding as it stands in a record or a ledger line.
#[must_use]
pub fn finding(diagnostic: &Diagnostic) -> Finding {
    Finding {
        code: diagnostic.code.name().to_owned(),
        severity: diagnostic.severity.as_str().to_owned(),
        path: diagnostic.path.clone(),
        message: diagnostic.message.clone(),
    }
}

/// How the pages `first..=last` (from 1; all pages where `None`) were read: `text`, `pdf_text`, `ocr` or `mixed`.
///
/// Blank pages count for nothing; a document of blank pages alone is `pdf_text`.
#[must_use]
pub fn source(document: &Document, pages: Option<(u32, u32)>) -> &'static str {
    let Content::Pages(all) = &document.content else {
        return "text";
    };
    let (first, last) = pages.unwrap_or((1, u32::MAX));
    let has = |source| {
        all.iter()
            .any(|p| p.source == source && (first..=last).contains(&p.number))
    };
    let is_scanned = has(PageSource::Scan) || has(PageSource::Recognised);
    match (has(PageSource::Text), is_scanned) {
        (true, true) => "mixed",
        (false, true) => "ocr",
        (_, false) => "pdf_text",
    }
}

/// The lowest confidence of any value, in four decimals; `None` where nothing was recognised from pixels.
fn lowest_confidence<'a>(texts: impl Iterator<Item = &'a RawText>) -> Option<f64> {
    texts
        .filter_map(|text| text.confidence)
        .min_by(f32::total_cmp)
        .map(rounded_confidence)
}

/// Four decimals, kept within 0 and 1.
fn rounded_confidence(confidence: f32) -> f64 {
    (f64::from(confidence.clamp(0.0, 1.0)) * 10_000.0).round() / 10_000.0
}

/// Where texts were printed, on the pages as displayed.
fn provenance(
    document: &Document,
    texts: &BTreeMap<String, RawText>,
) -> BTreeMap<String, Provenance> {
    let place = |text: &RawText| Provenance {
        page: text.place.page,
        bbox: box_as_displayed(document, &text.place).and_then(|bbox| rounded_box(&bbox)),
        line: text.place.line,
        raw: text.text.clone(),
        confidence: text.confidence.map(rounded_confidence),
        corrected: None,
    };
    texts
        .iter()
        .map(|(pointer, text)| (pointer.clone(), place(text)))
        .collect()
}

/// The box of a place on the page as displayed; `None` where it has none.
fn box_as_displayed(document: &Document, place: &Place) -> Option<BBox> {
    let bbox = place.bbox?;
    let page = match &document.content {
        Content::Pages(pages) => page_of(pages, place.page?),
        Content::Lines(_) => None,
    };
    page.map_or(Some(bbox), |page| page.box_as_displayed(&bbox))
}

/// The page of a number; pages stand in the order of their numbers.
fn page_of(pages: &[Page], number: u32) -> Option<&Page> {
    let found = pages.binary_search_by_key(&number, |page| page.number);
    found.ok().map(|idx| &pages[idx])
}

/// Two decimals of a point are finer than any printer; `None` where a corner is no number (JSON has no infinity).
fn rounded_box(bbox: &BBox) -> Option<[f32; 4]> {
    // Adding zero turns -0.0 into 0.0.
    let round = |v: f32| ((f64::from(v) * 100.0).round() / 100.0 + 0.0) as f32;
    let corners = [bbox.left, bbox.top, bbox.right, bbox.bottom].map(round);
    corners
        .iter()
        .all(|corner| corner.is_finite())
        .then_some(corners)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::emit::jsonl::to_line;
    use crate::model::{Code, Displayed};

    fn document(content: Content) -> Document {
        Document {
            id: "0123456789abcdef".repeat(4),
            path: "a/b.pdf".to_owned(),
            n_bytes: 1,
            content,
        }
    }

    fn form() -> Form {
        Form {
            family: "project_annual_target".into(),
            grammar: "project_annual_target@1".into(),
            ..Form::default()
        }
    }

    fn check(form: Form, findings: Vec<Diagnostic>, params: &RecordParams, expected: Expect) {
        let line = to_line(&record(
            &document(Content::Lines(vec![])),
            2,
            form,
            vec![],
            findings,
            params,
        ));
        expected.assert_eq(&line);
    }

    #[test]
    fn what_is_not_printed_is_null_and_keys_stand_in_order() {
        check(
            form(),
            vec![],
            &RecordParams::default(),
            expect![[r#"
            {"schema":"jixiao.form/1","form_id":"0123456789abcdef-0002","document":{"id":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","path":"a/b.pdf","pages":null,"lines":null,"source":"text"},"family":"project_annual_target","grammar":"project_annual_target@1","title":null,"fiscal_year":null,"amount_unit":null,"department":null,"budget_unit":null,"project":null,"functions":[],"contact":{"person":null,"phone":null},"execution_rate_weight":null,"funds":[],"annual_goal":null,"actual_result":null,"tasks":[],"indicators":[],"total_score":null,"remarks":null,"attributes":[],"empty":{},"confidence":null,"checks":[],"diagnostics":[]}
        "#]],
        );
    }

    #[test]
    fn provenance_is_rounded_and_only_said_when_asked_for() {
        let bbox = BBox::from_corners(1.234_567, -0.001, 100.0, 20.005);
        let raw = RawText {
            text: "10".into(),
            place: Place::on_page(3, bbox),
            confidence: Some(0.987_654),
        };
        let mut form = form();
        form.provenance.insert("/execution_rate_weight".into(), raw);
        let made = record(
            &document(Content::Pages(vec![])),
            1,
            form.clone(),
            vec![],
            vec![],
            &RecordParams::default(),
        );
        assert_eq!((made.provenance, made.confidence), (None, Some(0.9877)));
        let params = RecordParams {
            with_provenance: true,
        };
        let made = record(
            &document(Content::Pages(vec![])),
            1,
            form,
            vec![],
            vec![],
            &params,
        );
        expect![[r#"
            {"/execution_rate_weight":{"page":3,"bbox":[1.23,0.0,100.0,20.0],"line":null,"raw":"10","confidence":0.9877}}
        "#]]
        .assert_eq(&to_line(&made.provenance));
    }

    #[test]
    fn a_box_is_that_of_the_page_as_displayed() {
        let on_its_side = Displayed::new((600.0, 800.0), (800.0, 600.0), |x, y| (y, 600.0 - x));
        let page = |number, displayed| Page {
            number,
            displayed,
            ..Page::default()
        };
        let document = document(Content::Pages(vec![
            page(1, None),
            page(2, Some(on_its_side)),
        ]));
        let bbox = BBox::from_corners(100.0, 200.0, 150.0, 210.0);
        let at = |number| box_as_displayed(&document, &Place::on_page(number, bbox));
        assert_eq!(at(1), Some(bbox));
        assert_eq!(at(2), Some(BBox::from_corners(200.0, 450.0, 210.0, 500.0)));
        assert_eq!(at(3), Some(bbox));
    }

    #[test]
    fn a_box_that_is_no_box_is_left_out() {
        assert_eq!(
            rounded_box(&BBox {
                left: f32::NAN,
                ..BBox::default()
            }),
            None
        );
        assert_eq!(
            rounded_box(&BBox {
                right: f32::INFINITY,
                ..BBox::default()
            }),
            None
        );
    }

    #[test]
    fn findings_are_in_record_order() {
        let findings = vec![
            Diagnostic::new(Code::CodeShape, "/project/serial", "11 digits"),
            Diagnostic::new(
                Code::UnitPrefix,
                "/budget_unit/code",
                "203001 does not begin with 204",
            ),
        ];
        let made = record(
            &document(Content::Lines(vec![])),
            1,
            form(),
            vec![],
            findings,
            &RecordParams::default(),
        );
        let codes: Vec<&str> = made
            .diagnostics
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(codes, ["unit_prefix", "code_shape"]);
    }

    #[test]
    fn source_is_that_of_the_forms_own_pages() {
        let page = |number, source| Page {
            number,
            source,
            ..Page::default()
        };
        let document = document(Content::Pages(vec![
            page(1, PageSource::Text),
            page(2, PageSource::Blank),
            page(3, PageSource::Scan),
        ]));
        assert_eq!(source(&document, Some((1, 2))), "pdf_text");
        assert_eq!(source(&document, Some((3, 3))), "ocr");
        assert_eq!(source(&document, None), "mixed");
    }
}
