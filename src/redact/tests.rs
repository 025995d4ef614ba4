use super::*;
use crate::model::record::{
    Attribute, Contact, DecimalText, DocumentRef, Fund, Indicator, Project, Provenance, Task,
};

fn redaction(scope: Scope) -> Redaction {
    let list = |words: &str| words.split(' ').map(str::to_owned).collect();
    let words = PersonalWords {
        person_labels: list("负责人 填表人"),
        phone_labels: list("电话"),
        surnames: list("王 张 李"),
        behind_names: list("同志 等#人"),
        before_names: list("职工"),
    };
    Redaction::new(scope, Key::new(&[7; 32]).unwrap(), &words)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn record() -> Record {
    let raw = |text: &str| Provenance {
        raw: text.to_owned(),
        ..Provenance::default()
    };
    Record {
        document: DocumentRef {
            path: "收/张三丰 13812345678.pdf".to_owned(),
            ..DocumentRef::default()
        },
        contact: Contact {
            person: text("张三丰"),
            phone: text("138 1234 5678"),
        },
        project: Some(Project {
            code: text("13812345678"),
            name: text("退休职工王建国等5人补助"),
            ..Project::default()
        }),
        annual_goal: text("由张三丰(13812345678)负责,王建国等人受益"),
        funds: vec![Fund {
            category: "all".to_owned(),
            source: "total".to_owned(),
            stage: "budget".to_owned(),
            amount: DecimalText::from_canonical("13812345678.00").unwrap(),
        }],
        indicators: vec![Indicator {
            target: text("13812345678"),
            note: text("身份证11010519491231002X"),
            ..Indicator::default()
        }],
        tasks: vec![Task {
            name: text("日常工作"),
            ..Task::default()
        }],
        attributes: vec![
            Attribute {
                label: "填表人".to_owned(),
                value: text("李 四"),
            },
            Attribute {
                label: "财务负责人电话".to_owned(),
                value: text("8004262"),
            },
        ],
        diagnostics: vec![Finding {
            code: "second_differs".to_owned(),
            severity: "warning".to_owned(),
            path: "/contact/person".to_owned(),
            message: "张三丰 was read as 张三".to_owned(),
        }],
        provenance: Some(BTreeMap::from([
            ("/contact/person".to_owned(), raw("张 三 丰")),
            ("/funds/0/amount".to_owned(), raw("13812345678")),
            ("/indicators/0/target".to_owned(), raw("≥13812345678")),
            ("/annual_goal".to_owned(), raw("由张三丰(13812345678)")),
        ])),
        ..Record::default()
    }
}

fn line() -> DocumentLine {
    DocumentLine {
        path: "收/张三丰 13812345678.pdf".to_owned(),
        path_b64: text("AAAA"),
        ..DocumentLine::default()
    }
}

fn redacted(scope: Scope) -> (DocumentLine, Record) {
    let (mut document, mut records) = (line(), [record()]);
    redaction(scope).apply(&mut document, &mut records);
    let [record] = records;
    (document, record)
}

#[test]
fn a_value_has_one_token_wherever_it_stands() {
    let (document, record) = redacted(Scope::Contact);
    let person = record.contact.person.clone().unwrap();
    let phone = record.contact.phone.clone().unwrap();
    assert!(person.starts_with("[person:") && phone.starts_with("[phone:"));
    assert_eq!(record.document.path, format!("收/{person} {phone}.pdf"));
    assert_eq!(document.path, record.document.path);
    assert_eq!(document.path_b64, None);
    let goal = format!("由{person}({phone})负责,王建国等人受益");
    assert_eq!(record.annual_goal, Some(goal));
    let provenance = record.provenance.unwrap();
    assert_eq!(provenance["/contact/person"].raw, person);
    assert_eq!(
        provenance["/annual_goal"].raw,
        format!("由{person}({phone})")
    );
    let said = &record.diagnostics[0].message;
    assert_eq!(*said, format!("{person} was read as 张三"));
}

#[test]
fn labels_of_attributes_say_what_their_values_are() {
    let (_, record) = redacted(Scope::Contact);
    let value = |idx: usize| record.attributes[idx].value.clone().unwrap();
    assert!(value(0).starts_with("[person:"), "{}", value(0));
    assert!(value(1).starts_with("[phone:"), "{}", value(1));
}

#[test]
fn amounts_figures_and_codes_stay() {
    let (_, after) = redacted(Scope::Names);
    let before = record();
    assert_eq!(after.funds, before.funds);
    assert_eq!(after.indicators[0].target, before.indicators[0].target);
    assert_eq!(after.project.unwrap().code, before.project.unwrap().code);
    let (after, before) = (after.provenance.unwrap(), before.provenance.unwrap());
    for of in ["/funds/0/amount", "/indicators/0/target"] {
        assert_eq!(after[of], before[of]);
    }
}

#[test]
fn identity_numbers_are_taken_out_of_notes() {
    let (_, record) = redacted(Scope::Contact);
    let note = record.indicators[0].note.clone().unwrap();
    assert!(note.starts_with("身份证[id:"), "{note}");
}

#[test]
fn names_in_titles_are_said_and_in_the_wider_scope_taken_out() {
    let name_of = |record: &Record| record.project.clone().unwrap().name.unwrap();
    for scope in [Scope::Contact, Scope::Names] {
        let (_, record) = redacted(scope);
        let last = record.diagnostics.last().unwrap();
        assert_eq!(
            (last.code.as_str(), last.path.as_str()),
            ("personal_name", "/project/name")
        );
        let is_out = scope == Scope::Names;
        assert_eq!(name_of(&record).contains("王建国"), !is_out);
        assert_eq!(record.annual_goal.unwrap().contains("王建国"), !is_out);
    }
}

#[test]
fn what_is_redacted_stays_as_it_is() {
    let redaction = redaction(Scope::Contact);
    let (mut document, mut records) = (line(), [record()]);
    redaction.apply(&mut document, &mut records);
    let before = (document.clone(), records.clone());
    redaction.apply(&mut document, &mut records);
    records[0].diagnostics.pop();
    assert_eq!((document, records), before);
}

#[test]
fn a_label_without_a_value_names_no_one() {
    let mut record = record();
    record.contact.person = None;
    record
        .empty
        .insert("/contact/person".to_owned(), "redacted".to_owned());
    let raw = |record: &Record| {
        record.provenance.clone().unwrap()["/contact/person"]
            .raw
            .clone()
    };
    record
        .provenance
        .as_mut()
        .unwrap()
        .get_mut("/contact/person")
        .unwrap()
        .raw = "[Redacted]".to_owned();
    let mut records = [record];
    redaction(Scope::Names).apply(&mut line(), &mut records);
    assert_eq!(raw(&records[0]), "[Redacted]");
}
