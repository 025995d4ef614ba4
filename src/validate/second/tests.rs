//! Second readings of pages that are made of words.

use expect_test::{Expect, expect};

use super::*;
use crate::model::page::{Glyph, SecondReading, Trust};
use crate::model::{Place, RawText};

/// Characters of ten points from a place on.
fn glyphs(words: &[(&str, f32, f32)]) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    for (run, (text, left, top)) in (0u32..).zip(words) {
        for (idx, ch) in text.chars().enumerate() {
            let left = left + 10.0 * idx as f32;
            glyphs.push(Glyph {
                ch,
                bbox: BBox::from_corners(left, *top, left + 10.0, top + 10.0),
                size: 10.0,
                run,
                clip: None,
                trust: Trust::Mapped,
                confidence: None,
            });
        }
    }
    glyphs
}

/// The cells of a page: labels at the left, values at the right.
const CELLS: &[(&str, f32, f32)] = &[
    ("预算项目", 10.0, 10.0),
    ("511781-个人权益", 110.0, 10.0),
    ("项目总额:2.00", 10.0, 40.0),
    ("年度目标", 10.0, 70.0),
    ("按时完成征收", 110.0, 65.0),
    ("拨付工作", 110.0, 78.0),
];

/// A form whose values stand in these cells.
fn form() -> Form {
    let mut form = Form::default();
    let mut print = |pointers: &[&str], raw: &str, bbox: [f32; 4]| {
        let [left, top, right, bottom] = bbox;
        for pointer in pointers {
            let raw = RawText {
                text: raw.to_owned(),
                place: Place::on_page(1, BBox::from_corners(left, top, right, bottom)),
                confidence: None,
            };
            form.provenance.insert((*pointer).to_owned(), raw);
        }
    };
    let project = ["/project/code", "/project/name"];
    print(&project, "511781-个人权益", [100.0, 0.0, 300.0, 30.0]);
    let amount = ["/amount_unit", "/funds/0/amount"];
    print(&amount, "2.00", [0.0, 30.0, 100.0, 60.0]);
    let goal = "按时完成征收\n拨付工作";
    print(&["/annual_goal"], goal, [100.0, 60.0, 300.0, 90.0]);
    form
}

fn page(seen: Vec<Seen>) -> Page {
    let reading = |seen| SecondReading {
        reader: "the other".to_owned(),
        seen,
    };
    Page {
        number: 1,
        width: 400.0,
        height: 400.0,
        glyphs: glyphs(CELLS),
        second: seen.into_iter().map(reading).collect(),
        ..Page::default()
    }
}

fn found(seen: Vec<Seen>) -> String {
    let findings = second_opinions(&form(), &[page(seen)]);
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.code, finding.path, finding.message))
        .collect();
    lines.join("\n")
}

/// The cells, with words replaced and everything moved.
fn other(replaced: &[(&str, &str)], (right, down): (f32, f32)) -> Seen {
    let mut cells = Vec::new();
    let texts: Vec<String> = CELLS
        .iter()
        .map(|(text, ..)| {
            let mut text = (*text).to_owned();
            for (from, to) in replaced {
                text = text.replace(from, to);
            }
            text
        })
        .collect();
    for (text, (_, left, top)) in texts.iter().zip(CELLS) {
        cells.push((text.as_str(), left + right, top + down));
    }
    Seen::Glyphs(glyphs(&cells))
}

fn check(replaced: &[(&str, &str)], moved: (f32, f32), expected: Expect) {
    expected.assert_eq(&found(vec![other(replaced, moved)]));
}

#[test]
fn the_same_reading_says_nothing_whatever_its_width_and_dashes() {
    check(&[], (0.0, 0.0), expect![""]);
    let folded = [("-", "—"), ("2.00", "２．００"), ("个人", "个 人")];
    check(&folded, (0.0, 0.0), expect![""]);
}

#[test]
fn another_reading_is_said_once_for_the_parts_of_a_cell() {
    check(
        &[("511781", "511731")],
        (0.0, 0.0),
        expect![[
            r#"second_differs /project read as "511781-个人权益", the other has "511731-个人权益""#
        ]],
    );
}

#[test]
fn a_value_that_is_a_part_of_its_cell_is_found_in_it() {
    check(&[("总额", "总颔")], (0.0, 0.0), expect![""]);
    check(
        &[("2.00", "2.80")],
        (0.0, 0.0),
        expect![[r#"second_differs /funds/0/amount read as "2.00", the other has "2.80""#]],
    );
}

#[test]
fn a_reading_that_is_shifted_by_a_line_is_moved_back() {
    check(&[], (3.0, 14.0), expect![""]);
    check(
        &[("征收", "证收")],
        (3.0, 14.0),
        expect![[
            r#"second_differs /annual_goal read as "按时完成征收拨付工作", the other has "按时完成证收拨付工作""#
        ]],
    );
}

#[test]
fn a_reader_that_saw_nothing_has_no_opinion() {
    assert_eq!(found(vec![Seen::Glyphs(vec![])]), "");
    check(&[("511781-个人权益", "")], (0.0, 0.0), expect![""]);
    assert_eq!(found(vec![Seen::Text(" \n".to_owned())]), "");
}

#[test]
fn a_rule_that_was_read_as_a_stroke_is_no_difference() {
    let strokes = [("2.00", "2.00|"), ("511781", "|511781")];
    check(&strokes, (0.0, 0.0), expect![""]);
    check(
        &[("511781", "51178|")],
        (0.0, 0.0),
        expect![[
            r#"second_differs /project read as "511781-个人权益", the other has "51178|-个人权益""#
        ]],
    );
}

#[test]
fn each_reader_is_heard() {
    let seen = vec![
        other(&[("2.00", "2.80")], (0.0, 0.0)),
        other(&[("2.00", "20.0")], (0.0, 0.0)),
    ];
    expect![[r#"
        second_differs /funds/0/amount read as "2.00", the other has "2.80"
        second_differs /funds/0/amount read as "2.00", the other has "20.0""#]]
    .assert_eq(&found(seen));
}

#[test]
fn a_text_without_places_is_searched() {
    let text = |text: &str| found(vec![Seen::Text(text.to_owned())]);
    // Lines of a cell may be written with others between them.
    let whole = "预算项目\n511781 - 个人权益\n项目总额：2.00 按时完成征收 年度目标 拨付工作";
    assert_eq!(text(whole), "");
    expect![[
        r#"second_differs /funds/0/amount "2.00" is not in what the other read on page 1
second_differs /annual_goal "拨付工作" is not in what the other read on page 1"#
    ]]
    .assert_eq(&text("511781-个人权益 2.80 按时完成征收 拔付工作"));
}

#[test]
fn a_long_reading_is_cut_to_where_it_differs() {
    let own = format!("{}甲{}", "一".repeat(100), "二".repeat(100));
    let theirs = own.replace('甲', "乙");
    let (own, theirs) = excerpts(&own, &theirs);
    assert_eq!(own.chars().count(), 62);
    assert!(own.starts_with("…一一一一一一一一一一甲二") && own.ends_with('…'));
    assert!(theirs.contains("一乙二"));
}

#[test]
fn the_object_speaks_for_its_parts_and_a_row_for_itself() {
    assert_eq!(spokesman(&["/project/code", "/project/name"]), "/project");
    let merged = ["/indicators/10/level1", "/indicators/9/level1"];
    assert_eq!(spokesman(&merged), "/indicators/9/level1");
    let split = ["/indicators/0/operator", "/indicators/0/target"];
    assert_eq!(spokesman(&split), "/indicators/0/operator");
    assert_eq!(spokesman(&["/amount_unit"]), "/amount_unit");
    assert_eq!(spokesman(&["/title"]), "/title");
}

proptest::proptest! {
    #[test]
    fn no_place_makes_us_panic(
        places in proptest::collection::vec((proptest::num::f32::ANY, proptest::num::f32::ANY, proptest::char::any()), 0..30),
        text in "\\PC{0,20}",
    ) {
        let glyphs: Vec<Glyph> = places
            .iter()
            .flat_map(|(left, top, ch)| glyphs(&[(ch.to_string().as_str(), *left, *top)]))
            .collect();
        let mut page = page(vec![Seen::Glyphs(glyphs.clone()), Seen::Text(text)]);
        let _ = second_opinions(&form(), std::slice::from_ref(&page));
        page.glyphs = glyphs;
        let _ = second_opinions(&form(), &[page]);
    }
}
