//! Tests of pages made of words: which way up they are, and what layout makes of them.

use super::tests::{check, check_layout};
use super::tsv::HEADER;
use super::{WordLimits, read_words, to_page};
use crate::acquire::ocr::Rule;
use crate::layout::{LayoutParams, describe as describe_blocks, layout_pages};
use crate::model::{BBox, Code};
use expect_test::expect;

#[test]
fn a_page_on_its_side_is_turned() {
    // As engines give it whose boxes begin at the top left of the picture: tall boxes, read downwards.
    let entry = |left: u32, top: u32, bottom: u32, text: &str| {
        let right = left + 30;
        format!(
            r#"{{"box": [[{left}, {top}], [{right}, {top}], [{right}, {bottom}], [{left}, {bottom}]], "txt": "{text}"}}"#
        )
    };
    let text = format!(
        "[{}, {}, {}, {}, {}]",
        entry(500, 100, 225, "项目名称"),
        entry(500, 300, 540, "河道清淤治理工程"),
        entry(440, 100, 225, "项目总额"),
        entry(440, 300, 330, "2"),
        entry(380, 100, 225, "主管部门"),
    );
    check_layout(
        &text,
        expect![[r#"
        = 项目名称 | 河道清淤治理工程
        ~ 项目总额 | 2
        ~ 主管部门
    "#]],
    );
}

#[test]
fn a_page_that_leans_is_straightened() {
    // Falls by 30 in 1,000: the right column stands at the height of the next row on the left.
    let entry = |left: f32, row: f32, width: f32, text: &str| {
        let y = |x: f32| 100.0 + 40.0 * row + 0.04 * x;
        let (l, r) = (left, left + width);
        format!(
            r#"{{"box": [[{l}, {}], [{r}, {}], [{r}, {}], [{l}, {}]], "txt": "{text}"}}"#,
            y(l),
            y(r),
            y(r) + 28.0,
            y(l) + 28.0
        )
    };
    let text = format!(
        "[{}, {}, {}, {}]",
        entry(100.0, 0.0, 112.0, "项目名称"),
        entry(1100.0, 0.0, 224.0, "河道清淤治理工程"),
        entry(100.0, 1.0, 112.0, "主管部门"),
        entry(1100.0, 1.0, 112.0, "水利局"),
    );
    check_layout(
        &text,
        expect![[r#"
        = 项目名称 | 河道清淤治理工程
          主管部门 | 水利局
    "#]],
    );
}

#[test]
fn white_between_the_pieces_of_a_han_text_is_closed_and_latin_words_are_spaced() {
    let word = |left: u32, width: u32, text: &str| {
        format!("5\t1\t1\t1\t1\t1\t{left}\t100\t{width}\t30\t96\t{text}\n")
    };
    let text = format!(
        "{HEADER}\n{}{}{}{}{}{}",
        word(100, 60, "项目"),
        word(175, 60, "名称"),
        word(400, 75, "China"),
        word(485, 60, "Mobile"),
        // Boxes that overlap.
        word(700, 90, "年度"),
        word(775, 45, "目标"),
    );
    check_layout(
        &text,
        expect![[r#"
            = 项目名称 | China Mobile | 年度目标
        "#]],
    );
}

#[test]
fn boxes_that_lie_over_each_other_keep_the_order_of_reading() {
    let word = |left: u32, width: u32, text: &str| {
        format!("5\t1\t1\t1\t1\t1\t{left}\t100\t{width}\t30\t96\t{text}\n")
    };
    let text = format!(
        "{HEADER}\n{}{}{}",
        word(100, 120, "年度"),
        word(130, 60, "总体"),
        word(125, 155, "目标"),
    );
    check_layout(
        &text,
        expect![[r#"
        = 年度总体目标
    "#]],
    );
}

#[test]
fn a_page_upside_down_is_turned_where_corners_show_it() {
    let text = r#"{"analyzeResult": {"readResults": [{"page": 1, "width": 1000, "height": 1400, "unit": "pixel", "lines": [
        {"boundingBox": [300, 130, 180, 130, 180, 100, 300, 100], "text": "河道清淤"},
        {"boundingBox": [500, 130, 380, 130, 380, 100, 500, 100], "text": "项目名称"},
        {"boundingBox": [500, 180, 380, 180, 380, 150, 500, 150], "text": "绩效目标"}]}]}}"#;
    check_layout(
        text,
        expect![[r#"
        = 绩效目标
          项目名称 | 河道清淤
    "#]],
    );
}

#[test]
fn characters_one_below_the_other_stay_so() {
    let text = r#"[{"box": [[100, 100], [130, 100], [130, 220], [100, 220]], "txt": "绩效指标"},
        {"box": [[200, 100], [440, 100], [440, 130], [200, 130]], "txt": "数量指标完成情况"}]"#;
    check_layout(
        text,
        expect![[r#"
        = table 1 x 2 aligned
            0 | 0 绩⏎效⏎指⏎标 | 1 数量指标完成情况
    "#]],
    );
}

#[test]
fn a_separator_that_a_word_lies_across_is_cut() {
    let text = "<html><div class='ocr_page' title='bbox 0 0 1000 1400'>\
        <div class='ocr_separator' title='bbox 100 100 700 103'></div><div class='ocr_separator' title='bbox 100 150 700 153'></div>\
        <div class='ocr_separator' title='bbox 100 200 700 203'></div><div class='ocr_separator' title='bbox 100 100 103 200'></div>\
        <div class='ocr_separator' title='bbox 390 100 410 200'></div><div class='ocr_separator' title='bbox 697 100 700 200'></div>\
        <span class='ocr_line' title='bbox 300 110 520 140'><span class='ocrx_word' title='bbox 300 110 520 140'>河道清淤治理工</span></span>\
        <span class='ocr_line' title='bbox 200 160 320 190'><span class='ocrx_word' title='bbox 200 160 320 190'>项目总额</span>\
        <span class='ocrx_word' title='bbox 500 160 560 190'>2.00</span></span></div></html>";
    check_layout(
        text,
        expect![[r#"
            = table 2 x 2 ruled
                0 | 0+2 河道清淤治理工
                1 | 0 项目总额 | 1 2.00
        "#]],
    );
}

#[test]
fn short_texts_of_a_page_on_its_side_are_doubted() {
    let text = r#"[{"box": [[100, 100], [130, 100], [130, 220], [100, 220]], "txt": "绩效指标"},
        {"box": [[100, 300], [130, 300], [130, 332], [100, 332]], "txt": "08"}]"#;
    check(
        text,
        expect![[r#"
        page 1 0 x 0
          0 绩效指标 [100 100 130 220] -
          1 08 [100 300 130 332] -
        OCR_SIDEWAYS page 1 lies on its side, and `08` was read lying
    "#]],
    );
}

#[test]
fn a_stroke_on_a_rule_is_the_rule() {
    let text = "<html><div class='ocr_page' title='bbox 0 0 1000 1400'>\
        <div class='ocr_separator' title='bbox 100 100 700 103'></div><div class='ocr_separator' title='bbox 100 200 700 203'></div>\
        <div class='ocr_separator' title='bbox 100 100 103 200'></div><div class='ocr_separator' title='bbox 400 100 403 200'></div>\
        <div class='ocr_separator' title='bbox 697 100 700 200'></div><span class='ocr_line' title='bbox 200 110 500 140'>\
        <span class='ocrx_word' title='bbox 200 110 260 140'>权重</span><span class='ocrx_word' title='bbox 398 105 404 145'>|</span>\
        <span class='ocrx_word' title='bbox 500 110 530 140'>20</span><span class='ocrx_word' title='bbox 550 110 560 140'>|</span>\
        </span></div></html>";
    check_layout(
        text,
        expect![[r#"
        = table 1 x 2 ruled
            0 | 0 权重 | 1 20|
    "#]],
    );
    let read = super::read_pages(text.as_bytes(), &WordLimits::default());
    let codes: Vec<Code> = read.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::HiddenText]);
}

#[test]
fn rules_of_a_picture_of_the_same_page_can_be_put_in() {
    let text = r#"[{"box": [[100, 100], [220, 100], [220, 130], [100, 130]], "txt": "项目名称"},
        {"box": [[240, 100], [360, 100], [360, 130], [240, 130]], "txt": "河道清淤"}]"#;
    let read = read_words(text.as_bytes(), &WordLimits::default()).unwrap();
    // The picture was enlarged by two before its rules were found.
    let mut page = read.value[0].mapped(1000.0, 1400.0, &|x, y| (2.0 * x, 2.0 * y));
    let rule = |horizontal, position, start, end| Rule {
        horizontal,
        position,
        start,
        end,
        thickness: 2.0,
    };
    page.rules
        .extend([180.0, 280.0].map(|y| rule(true, y, 180.0, 800.0)));
    page.rules
        .extend([180.0, 460.0, 800.0].map(|x| rule(false, x, 180.0, 280.0)));
    let blocks = layout_pages(&[to_page(&page)], &LayoutParams::default()).value;
    expect![[r#"
        = table 1 x 2 ruled
            0 | 0 项目名称 | 1 河道清淤
    "#]]
    .assert_eq(&describe_blocks(&blocks));
}

/// Expects every character of a file's page to be displayed where the file has its word.
#[track_caller]
fn check_displayed(text: &str) {
    let pages = read_words(text.as_bytes(), &WordLimits::default()).unwrap();
    let source = &pages.value[0];
    let page = to_page(source);
    let (width, height) = page.displayed.as_ref().unwrap().size();
    assert!((width / height - source.width / source.height).abs() < 0.01);
    let unit = width / source.width;
    let mut glyphs = page.glyphs.iter();
    for word in &source.words {
        let (left, top, right, bottom) = word.quad.extent();
        let own = BBox::from_corners(left * unit, top * unit, right * unit, bottom * unit);
        for (ch, glyph) in word.text.chars().zip(&mut glyphs) {
            let at = page.box_as_displayed(&glyph.bbox).unwrap();
            let is_within = own.contains(at.center_x(), at.center_y());
            assert!(is_within && glyph.ch == ch, "{ch} {own:?} {at:?}");
        }
    }
}

/// A file of lines with corners, on a page of 1,000 by 1,400 pixels.
fn azure(lines: &[([f32; 8], &str)]) -> String {
    let line = |(corners, text): &([f32; 8], &str)| {
        format!(r#"{{"boundingBox": {corners:?}, "text": "{text}"}}"#)
    };
    let lines: Vec<String> = lines.iter().map(line).collect();
    format!(
        r#"{{"analyzeResult": {{"readResults": [{{"page": 1, "width": 1000, "height": 1400, "unit": "pixel",
        "lines": [{}]}}]}}}}"#,
        lines.join(", ")
    )
}

#[test]
fn characters_of_a_turned_page_are_displayed_where_the_file_has_them() {
    let two = ["绩效目标", "项目名称"];
    // Read upwards, upside down, read downwards.
    let up = |x: f32, y: f32| [x, y, x, y - 120.0, x + 30.0, y - 120.0, x + 30.0, y];
    check_displayed(&azure(&[
        (up(100.0, 900.0), two[0]),
        (up(150.0, 700.0), two[1]),
    ]));
    let over = |x: f32, y: f32| [x, y, x - 120.0, y, x - 120.0, y - 30.0, x, y - 30.0];
    check_displayed(&azure(&[
        (over(500.0, 180.0), two[0]),
        (over(300.0, 130.0), two[1]),
    ]));
    let down = |x: f32, y: f32| [x, y, x, y + 120.0, x - 30.0, y + 120.0, x - 30.0, y];
    check_displayed(&azure(&[
        (down(500.0, 180.0), two[0]),
        (down(450.0, 130.0), two[1]),
    ]));
}

#[test]
fn characters_of_a_leaning_page_are_displayed_where_the_file_has_them() {
    let lean = |x: f32, y: f32| {
        let (along, down) = ((120.0, 4.8), (-1.2, 30.0));
        let corners = [
            (0.0, 0.0),
            along,
            (along.0 + down.0, along.1 + down.1),
            down,
        ];
        let mut flat = [0.0; 8];
        for (to, (dx, dy)) in flat.chunks_mut(2).zip(corners) {
            to.copy_from_slice(&[x + dx, y + dy]);
        }
        flat
    };
    check_displayed(&azure(&[
        (lean(100.0, 100.0), "绩效目标"),
        (lean(700.0, 124.0), "项目名称"),
    ]));
}
