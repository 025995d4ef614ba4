//! Pages of a few boxes, held against what a detector says that it sees.

use super::*;
use crate::acquire::ocr::Gray;
use crate::acquire::ocr::engine::Recogniser;
use crate::acquire::ocr::geometry::Remains;
use crate::model::Displayed;

const EM: f32 = 30.0;

/// Reads every line as this, every character as sure as that.
struct Told(&'static str, f32);

impl Recogniser for Told {
    fn name(&self) -> &str {
        "told"
    }

    fn read(&self, _: &Gray) -> Result<Vec<ReadChar>, EngineError> {
        Ok(read(self.0, self.1))
    }
}

fn read(text: &str, sure: f32) -> Vec<ReadChar> {
    let n = text.chars().count() as f32;
    let read = |(k, ch): (usize, char)| ReadChar {
        candidates: vec![(ch, sure)],
        start: k as f32 / n,
        end: (k + 1) as f32 / n,
    };
    text.chars().enumerate().map(read).collect()
}

/// A page with ink in these boxes: left, top, right, bottom.
fn geometry(ink: &[[usize; 4]]) -> Geometry {
    let mut page = Gray::filled(600, 400, 255);
    for [left, top, right, bottom] in ink {
        for y in *top..*bottom {
            page.pixels[y * 600 + left..y * 600 + right].fill(0);
        }
    }
    Geometry {
        width: 600,
        height: 400,
        rules: vec![Rule {
            horizontal: false,
            position: 150.0,
            start: 0.0,
            end: 400.0,
            thickness: 2.0,
        }],
        remains: Remains {
            page,
            em: EM,
            ..Remains::default()
        },
        ..Geometry::default()
    }
}

/// A page that is displayed as it is read.
fn numbered(number: u32) -> Page {
    Page {
        number,
        ..Page::default()
    }
}

fn line([left, top, right, bottom]: [usize; 4]) -> LineImage {
    LineImage {
        left: left as f32,
        top: top as f32,
        right: right as f32,
        bottom: bottom as f32,
        image: Gray::filled(right - left, bottom - top, 255),
        margin: 0.0,
    }
}

fn seen([left, top, right, bottom]: [usize; 4]) -> Detected {
    Detected {
        left: left as f32,
        top: top as f32,
        right: right as f32,
        bottom: bottom as f32,
        score: 0.9,
    }
}

/// The texts of a page whose lines, with what was read in them, are held against what a detector sees.
fn reconciled(
    mut geometry: Geometry,
    lines: &[([usize; 4], &str, f32)],
    found: &[Detected],
    told: &Told,
) -> (Vec<String>, Left) {
    geometry.lines = lines.iter().map(|(place, ..)| line(*place)).collect();
    let mut chars: Vec<_> = lines
        .iter()
        .map(|(_, text, sure)| read(text, *sure))
        .collect();
    let readers = Readers {
        first: told,
        second_look: None,
    };
    let left = reconcile(&mut geometry, &mut chars, found, &readers).unwrap();
    assert_eq!(geometry.lines.len(), chars.len());
    assert!(geometry.lines.is_sorted_by(|a, b| a.top <= b.top));
    (chars.iter().map(|read| text(read)).collect(), left)
}

#[test]
fn a_box_nobody_read_becomes_a_line() {
    let page = geometry(&[[200, 100, 300, 128]]);
    let other = ([200, 200, 300, 230], "别处", 0.9);
    let found = [seen([190, 90, 310, 138])];
    let (texts, left) = reconciled(page, &[other], &found, &Told("指标", 0.99));
    assert_eq!(
        (texts, left),
        (vec!["指标".to_owned(), "别处".to_owned()], Left::default())
    );
}

#[test]
fn a_box_across_a_rule_is_cut_at_it() {
    let page = geometry(&[[60, 100, 140, 128], [160, 100, 240, 128]]);
    let (texts, _) = reconciled(page, &[], &[seen([50, 90, 250, 138])], &Told("指标", 0.99));
    assert_eq!(texts, ["指标", "指标"]);
}

#[test]
fn a_box_that_is_covered_adds_nothing() {
    let page = || geometry(&[[200, 100, 300, 128], [330, 100, 360, 128]]);
    let all = ([198, 98, 362, 130], "绩效", 0.99);
    let found = [seen([190, 90, 370, 138])];
    let told = Told("指标", 0.99);
    let (texts, left) = reconciled(page(), &[all], &found, &told);
    assert_eq!((texts, left), (vec!["绩效".to_owned()], Left::default()));
    // The part that is not is read.
    let half = ([198, 98, 302, 130], "绩效", 0.99);
    assert_eq!(
        reconciled(page(), &[half], &found, &told).0,
        ["绩效", "指标"]
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let page = geometry(&[[200, 100, 300, 128]]);
    // A line of which no character was read, where text is seen.
    let empty = ([300, 300, 330, 330], "", 0.0);
    let found = [seen([190, 90, 310, 138]), seen([290, 290, 340, 340])];
    let (texts, left) = reconciled(page, &[empty], &found, &Told("指标", 0.5));
    assert_eq!(texts, [""]);
    let findings = left.findings(&numbered(3), 0.5);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, Code::TextUnread);
    assert_eq!(
        findings[0].message,
        "page 3: 2 places look like text and were not read: [100 50 150 64], [150 150 165 165]"
    );
}

#[test]
fn places_are_those_of_the_page_as_displayed() {
    let left = Left {
        unread: vec![Place::of_line(&line([20, 40, 100, 60]))],
        ..Left::default()
    };
    let upside_down = Displayed::new((300.0, 200.0), (300.0, 200.0), |x, y| {
        (300.0 - x, 200.0 - y)
    });
    let page = Page {
        displayed: Some(upside_down),
        ..numbered(1)
    };
    let message = &left.findings(&page, 0.5)[0].message;
    assert!(message.ends_with(": [250 170 290 180]"), "{message}");
}

#[test]
fn marks_in_which_no_text_is_seen_are_dropped_and_said() {
    let lines = [
        ([200, 100, 300, 128], "サ", 0.4),
        ([200, 140, 300, 168], "COLA", 0.4),
        // Read surely; a lone sign; a lone digit; seen.
        ([200, 180, 300, 208], "指标", 0.9),
        ([200, 220, 230, 248], "≥", 0.4),
        ([200, 260, 230, 288], "5", 0.4),
        ([200, 300, 300, 328], "目标", 0.4),
    ];
    let found = [seen([190, 290, 310, 338])];
    let (texts, left) = reconciled(geometry(&[]), &lines, &found, &Told("", 0.0));
    assert_eq!(texts, ["指标", "≥", "5", "目标"]);
    let findings = left.findings(&numbered(1), 1.0);
    assert_eq!((findings.len(), findings[0].code), (1, Code::MarksDropped));
    let expected =
        "page 1: 2 marks are no text: [200 100 300 128] \"サ\", [200 140 300 168] \"COLA\"";
    assert_eq!(findings[0].message, expected);
}

#[test]
fn light_on_dark_is_read_instead_of_the_insides_of_characters() {
    let mut page = geometry(&[[160, 80, 600, 150]]);
    for y in 100..128 {
        page.remains.page.pixels[y * 600 + 200..y * 600 + 260].fill(255);
    }
    let inside = ([220, 105, 226, 111], ":", 0.99);
    let found = [seen([190, 90, 270, 138])];
    let (texts, _) = reconciled(page.clone(), &[inside], &found, &Told("指标", 0.99));
    assert_eq!(texts, ["指标"]);
    // What is read surely instead must be no less.
    let (texts, _) = reconciled(page, &[inside], &found, &Told("指标", 0.3));
    assert_eq!(texts, [":"]);
}

#[test]
fn a_dark_band_is_read_box_by_box() {
    let band = [160, 80, 600, 150];
    let mut page = geometry(&[band]);
    for x in [200, 400] {
        for y in 100..128 {
            page.remains.page.pixels[y * 600 + x..y * 600 + x + 60].fill(255);
        }
    }
    page.lines = vec![line(band)];
    page.lines[0].image = Gray::filled(440, 70, 0);
    let readers = Readers {
        first: &Told("指标", 0.99),
        second_look: None,
    };
    let mut chars = vec![read("指标指标", 0.99)];
    assert!(is_doubtful(&page, &chars));
    let found = [seen([190, 90, 270, 138]), seen([390, 90, 470, 138])];
    reconcile(&mut page, &mut chars, &found, &readers).unwrap();
    assert_eq!(page.lines.len(), 2);
    assert!(page.lines.iter().all(|line| line.right - line.left == 60.0));
}

#[test]
fn a_page_is_doubtful_for_a_reason() {
    let ruled = |n: usize| {
        let mut page = geometry(&[]);
        page.rules = vec![page.rules[0]; n];
        page
    };
    let place = |k: usize| [100, 10 * k, 200, 10 * k + 30];
    let with = |n: usize, text: &str, sure: f32| {
        let mut page = ruled(10);
        page.lines = (0..20).map(|k| line(place(k))).collect();
        let chars: Vec<_> = (0..20)
            .map(|k| {
                if k < n {
                    read(text, sure)
                } else {
                    read("指标", 0.99)
                }
            })
            .collect();
        is_doubtful(&page, &chars)
    };
    assert!(!is_doubtful(&ruled(10), &[]));
    assert!(is_doubtful(&ruled(1), &[]), "few rules");
    assert!(with(5, "指标", 0.4), "unsure lines");
    assert!(with(5, "", 0.0), "lines of which nothing was read");
    assert!(!with(4, "指标", 0.4) && !with(5, "指标", 0.9) && !with(5, "≥", 0.4));
    let mut page = ruled(10);
    page.remains.loose.push(Loose {
        left: 10.0,
        top: 10.0,
        right: 40.0,
        bottom: 40.0,
        area: 500,
    });
    assert!(is_doubtful(&page, &[]), "ink in no line");
    let mut page = ruled(10);
    for y in 100..260 {
        for x in 100..400 {
            page.remains.page.pixels[y * 600 + x] = if x % 10 == 0 { 255 } else { 90 };
        }
    }
    assert!(is_doubtful(&page, &[]), "light on dark ground");
}
