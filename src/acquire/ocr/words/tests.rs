//! Tests of words as a whole: what each format gives.

use super::tsv::HEADER;
use super::{WordLimits, read_words, to_page};
use crate::layout::{LayoutParams, describe as describe_blocks, layout_pages};
use crate::model::Code;
use expect_test::{Expect, expect};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

/// The words of a file, a line each: box, confidence, number of the line; rules; findings.
fn describe(bytes: &[u8]) -> String {
    let read = match read_words(bytes, &WordLimits::default()) {
        Ok(read) => read,
        Err(error) => return format!("{} {error}\n", error.code()),
    };
    let mut told = String::new();
    for page in &read.value {
        let unit = page
            .units_an_inch
            .map_or(String::new(), |u| format!(" {u} an inch"));
        told += &format!(
            "page {} {} x {}{unit}\n",
            page.number, page.width, page.height
        );
        for word in &page.words {
            let (left, top, right, bottom) = word.quad.extent();
            let sure = word.confidence.map_or("-".to_owned(), |c| c.to_string());
            told += &format!(
                "  {} {} [{left} {top} {right} {bottom}] {sure}\n",
                word.line, word.text
            );
        }
        for rule in &page.rules {
            let axis = if rule.horizontal { "-" } else { "|" };
            told += &format!("  {axis} {} [{} {}]\n", rule.position, rule.start, rule.end);
        }
    }
    for finding in &read.diagnostics {
        told += &format!("{} {}\n", finding.code, finding.message);
    }
    told
}

#[track_caller]
pub(super) fn check(text: &str, expected: Expect) {
    expected.assert_eq(&describe(text.as_bytes()));
}

/// What layout makes of a file.
fn lay_out(bytes: &[u8]) -> String {
    let read = read_words(bytes, &WordLimits::default()).unwrap();
    let pages: Vec<_> = read.value.iter().map(to_page).collect();
    describe_blocks(&layout_pages(&pages, &LayoutParams::default()).value)
}

#[track_caller]
pub(super) fn check_layout(text: &str, expected: Expect) {
    expected.assert_eq(&lay_out(text.as_bytes()));
}

const HOCR: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title></title>
<meta name='ocr-system' content='tesseract 5.3.0'></head><body>
<div class='ocr_page' id='page_1' title='image "a;b.png"; bbox 0 0 1000 1400; ppageno 0; scan_res 120 120'>
 <div class='ocr_separator' title="bbox 90 100 910 104"></div>
 <div class='ocr_separator' title="bbox 90 100 300 300"></div>
 <span class='ocr_line' title="bbox 100 110 400 140; baseline 0 0">
  <span class='ocrx_word' title='bbox 100 110 160 140; x_wconf 96'>项<strong>目</strong></span>
  <span class='ocrx_word' title='bbox 165 110 220 140; x_wconf 300'>A&amp;B</span>
  <span class='ocrx_word' title='x_wconf 96'>名称</span>
 </span>
 <span class='ocr_line' title="bbox 100 150 200 180">整行<br>文字</span>
 <span class='ocrx_line' title='bbox 100 200 190 230'><span class='ocrx_word' title='bbox 100 200 190 230; x_wconf 80'><span class='ocrx_cinfo' title='x_bboxes 100 200 130 230; x_conf 98.5'>权</span><span class='ocrx_cinfo' title='x_bboxes 130 200 160 230'>重</span></span></span>
</div></body></html>
"#;

#[test]
fn hocr_gives_words_characters_or_lines() {
    check(
        HOCR,
        expect![[r#"
        page 1 1000 x 1400 120 an inch
          0 项目 [100 110 160 140] 0.96
          0 A&B [165 110 220 140] -
          1 整行文字 [100 150 200 180] -
          2 权 [100 200 130 230] 0.985
          2 重 [130 200 160 230] 0.8
          - 102 [90 910]
        WORD_UNPLACED the file gives no place for `名称`
    "#]],
    );
}

#[test]
fn hocr_that_is_cut_off_says_where() {
    let cut = &HOCR[..HOCR.find("<span class='ocrx_word' title='x_wconf").unwrap()];
    check(
        cut,
        expect![[r#"
        page 1 1000 x 1400 120 an inch
          0 项目 [100 110 160 140] 0.96
          0 A&B [165 110 220 140] -
          - 102 [90 910]
        BAD_OCR_FILE hOCR: the file ends inside <span>
    "#]],
    );
}

#[test]
fn hocr_text_that_is_turned_is_read_in_its_direction() {
    let text = "<html><div class='ocr_page' title='bbox 0 0 400 600'>\
        <span class='ocr_line' title='bbox 100 100 130 500; textangle 90'>\
        <span class='ocrx_word' title='bbox 100 380 130 500'>项目名称</span>\
        <span class='ocrx_word' title='bbox 100 100 130 340'>河道清淤治理工程</span></span></div></html>";
    check_layout(
        text,
        expect![[r#"
        = 项目名称 | 河道清淤治理工程
    "#]],
    );
}

#[test]
fn alto_is_measured_in_the_unit_it_names() {
    let text = r#"<alto xmlns="http://www.loc.gov/standards/alto/ns-v2#"><Description><MeasurementUnit>mm10</MeasurementUnit></Description>
<Layout><Page ID="P1" WIDTH="2100" HEIGHT="2970"><PrintSpace>
<GraphicalElement ID="g" HPOS="100" VPOS="290" WIDTH="1900" HEIGHT="4"/>
<TextBlock><TextLine HPOS="200" VPOS="300" WIDTH="900" HEIGHT="40">
<String HPOS="200" VPOS="300" WIDTH="160" HEIGHT="40" WC="0.91" CONTENT="&#x9879;目&lt;总额"/><SP WIDTH="9"/>
<String HPOS="400" VPOS="300" WIDTH="100" HEIGHT="40" WC="2" CONTENT="2.00"/></TextLine>
<TextLine HPOS="200" VPOS="400" WIDTH="900" HEIGHT="40"><String CONTENT="其中：财政资金"/></TextLine>
<TextLine><String CONTENT="无处"/></TextLine></TextBlock>
</PrintSpace></Page></Layout></alto>"#;
    check(
        text,
        expect![[r#"
        page 1 2100 x 2970 254 an inch
          0 项目<总额 [200 300 360 340] 0.91
          0 2.00 [400 300 500 340] -
          1 其中：财政资金 [200 400 1100 440] -
          - 292 [100 2000]
        WORD_UNPLACED the file gives no place for `无处`
    "#]],
    );
}

#[test]
fn page_xml_gives_words_where_lines_have_them_and_cells_as_rules() {
    let text = r#"<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page imageWidth="1000" imageHeight="1400">
<SeparatorRegion id="s"><Coords points="10,50 990,50 990,54 10,54"/></SeparatorRegion>
<TextRegion id="r"><Coords points="0,0 100,0 100,100"/><TextLine id="l"><Coords points="100,100 300,100 300,130 100,130"/>
<Word id="w"><Coords points="100,100 160,100 160,130"/><TextEquiv index="0" conf="0.9"><Unicode>权重</Unicode></TextEquiv><TextEquiv index="1"><Unicode>杈重</Unicode></TextEquiv></Word>
<TextEquiv><Unicode>权重 20</Unicode></TextEquiv></TextLine>
<TextLine id="m"><Coords points="100,200 300,200 300,230 100,230"/><TextEquiv><Unicode>年度目标</Unicode></TextEquiv></TextLine>
<TextEquiv><Unicode>权重 20
年度目标</Unicode></TextEquiv></TextRegion>
<TextRegion id="q"><Coords points="0,0 100,0 100,100"/><TextEquiv><Unicode>只有区域</Unicode></TextEquiv></TextRegion>
<TableRegion id="t"><Coords points="0,0 10,0 10,10"/><TableCell row="0" col="0"><Coords points="100,300 200,300 200,340 100,340"/></TableCell>
<TableCell row="0" col="1"><Coords points="200,300 300,300 300,340 200,340"/></TableCell></TableRegion>
</Page></PcGts>"#;
    check(
        text,
        expect![[r#"
        page 1 1000 x 1400
          0 权重 [100 100 160 130] 0.9
          1 年度目标 [100 200 300 230] -
          - 52 [10 990]
          - 300 [100 300]
          - 340 [100 300]
          | 100 [300 340]
          | 200 [300 340]
          | 300 [300 340]
        WORD_UNPLACED the file gives no place for `只有区域`
    "#]],
    );
}

#[test]
fn rows_of_tesseract_tables_are_words_and_separators() {
    let text = format!(
        "{HEADER}\n1\t1\t0\t0\t0\t0\t0\t0\t1000\t1400\t-1\t\n\
        5\t1\t1\t1\t1\t1\t100\t100\t60\t30\t96.5\t项目\n\
        5\t1\t1\t1\t1\t2\t170\t100\t60\t30\t-1\t名称\n\
        5\t1\t2\t1\t1\t1\t90\t90\t800\t4\t95\t \n\
        5\t1\t3\t1\t1\t1\t100\t200\t0\t30\t95\t空\n\
        5\t1\t3\t1\t1\t2\t100\tx\t10\t30\t95\t坏\n\
        5\t1\t3\n\
        1\t2\t0\t0\t0\t0\t0\t0\t1000\t1400\t-1\t\r\n\
        5\t2\t1\t1\t1\t1\t100\t100\t60\t30\t96.5\t\"引号\r\n"
    );
    check(
        &text,
        expect![[r#"
        page 1 1000 x 1400
          0 项目 [100 100 160 130] 0.965
          0 名称 [170 100 230 130] -
          - 92 [90 890]
        page 2 1000 x 1400
          2 "引号 [100 100 160 130] 0.965
        BAD_OCR_FILE Tesseract TSV: row 7 has no numbers where they are awaited, and 1 more
        WORD_UNPLACED the file gives no place for `空`
    "#]],
    );
}

#[test]
fn texts_with_boxes_have_many_shapes() {
    for text in [
        r#"{"res": {"input_path": "a.png", "page_index": null, "dt_polys": [[[1, 2], [31, 2], [31, 12], [1, 12]]], "rec_texts": ["金额"], "rec_scores": [0.5], "rec_polys": [[[1, 2], [31, 2], [31, 12], [1, 12]]], "rec_boxes": [[1, 2, 31, 12]]}}"#,
        r#"[{"box": [[1.0, 2.0], [31.0, 2.0], [31.0, 12.0], [1.0, 12.0]], "txt": "金额", "score": 0.5}]"#,
        r#"[[[[[1, 2], [31, 2], [31, 12], [1, 12]], ["金额", 0.5]]]]"#,
        r#"[[[[1, 2], [31, 2], [31, 12], [1, 12]], "金额", "0.5"]]"#,
        r#"{"0": {"rec_txt": "金额", "dt_boxes": [[1, 2], [31, 2], [31, 12], [1, 12]], "score": "0.5"}}"#,
        r#"{"code": 100, "data": [{"box": [[1, 2], [31, 2], [31, 12], [1, 12]], "score": 0.5, "text": "金额"}]}"#,
        r#"{"msg": "", "results": [[{"confidence": 0.5, "text": "金额", "text_region": [[1, 2], [31, 2], [31, 12], [1, 12]]}]], "status": "000"}"#,
        r#"{"boxes": [[[1, 2], [31, 2], [31, 12], [1, 12]]], "txts": ["金额"], "scores": [0.5]}"#,
    ] {
        let expected = "page 1 0 x 0\n  0 金额 [1 2 31 12] 0.5\n";
        assert_eq!(describe(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn cells_of_pp_structure_are_rules() {
    let text = r#"{"input_path": "a.png", "page_index": null, "layout_det_res": {"boxes": []},
        "overall_ocr_res": {"rec_texts": ["项目名称", "河道清淤", "项目总额", "2.00"], "rec_scores": [0.9, 0.9, 0.9, 0.9],
        "rec_polys": [[[100, 100], [220, 100], [220, 130], [100, 130]], [[240, 100], [360, 100], [360, 130], [240, 130]],
        [[100, 150], [220, 150], [220, 180], [100, 180]], [[240, 150], [300, 150], [300, 180], [240, 180]]]},
        "table_res_list": [{"pred_html": "<table></table>", "cell_box_list": [[90, 90, 230, 141], [231, 91, 370, 140],
        [90, 141, 230, 190], [231, 141, 370, 190]]}]}"#;
    check_layout(
        text,
        expect![[r#"
        = table 2 x 2 ruled
            0 | 0 项目名称 | 1 河道清淤
            1 | 0 项目总额 | 1 2.00
    "#]],
    );
}

#[test]
fn what_has_no_box_is_said() {
    check(
        r#"[{"box": [[1, 2], [31, 2], [31, 12], [1, 12]], "txt": "金额"}, {"txt": "无"}, {"box": [[1, 1], [1, 1], [1, 1], [1, 1]], "txt": "点"}, 7]"#,
        expect![[r#"
            page 1 0 x 0
              0 金额 [1 2 31 12] -
            BAD_OCR_FILE PaddleOCR JSON: entry 2 is no text with a box, and 1 more
            WORD_UNPLACED the file gives no place for `点`
        "#]],
    );
    check(
        r#"{"rec_texts": ["金额", "单位"], "rec_polys": [[[1, 2], [31, 2], [31, 12], [1, 12]]]}"#,
        expect![[r#"
            page 1 0 x 0
            BAD_OCR_FILE PaddleOCR JSON: 2 texts have another number of boxes
            WORD_UNPLACED the file gives no place for `金额`, and 1 more
        "#]],
    );
}

#[test]
fn json_that_is_cut_off_gives_nothing() {
    check(
        r#"[{"box": [[1, 2], [31, 2], [31, 12], [1, 12]], "txt": "金"#,
        expect![[r#"
            BAD_OCR_FILE the PaddleOCR JSON file is damaged: EOF while parsing a string at line 1 column 58
        "#]],
    );
    check(
        r#"{"Blocks": [{"BlockType": "PAGE""#,
        expect![[r#"
        BAD_OCR_FILE the Textract JSON file is damaged: EOF while parsing an object at line 1 column 32
    "#]],
    );
    check(
        r#"{"analyzeResult": {"readResults": [{"lines": [{"boundingBox": "#,
        expect![[r#"
            BAD_OCR_FILE the Azure Document Intelligence JSON file is damaged: EOF while parsing a value at line 1 column 62
        "#]],
    );
    check(
        r#"{"rec_texts": 3, "rec_polys": [], "x": 1}"#,
        expect![[r#"
            BAD_OCR_FILE the PaddleOCR JSON file is damaged: an object holds no texts with boxes
        "#]],
    );
}

const AZURE: &str = r#"{"status": "succeeded", "analyzeResult": {"apiVersion": "2024-11-30", "modelId": "prebuilt-layout", "content": "项目 2.00",
"pages": [{"pageNumber": 3, "angle": 0.1, "width": 8.27, "height": 11.69, "unit": "inch",
"words": [{"content": "项目", "polygon": [1, 1, 1.4, 1, 1.4, 1.2, 1, 1.2], "confidence": 0.99, "span": {"offset": 0, "length": 2}},
{"content": "2.00", "polygon": [2.1, 1, 2.4, 1, 2.4, 1.2, 2.1, 1.2], "confidence": 0.7, "span": {"offset": 3, "length": 4}},
{"content": "无", "confidence": 0.7, "span": {"offset": 30, "length": 1}}],
"lines": [{"content": "项目 2.00", "polygon": [1, 1, 2.4, 1, 2.4, 1.2, 1, 1.2], "spans": [{"offset": 0, "length": 7}]}], "selectionMarks": null}],
"tables": [{"rowCount": 2, "columnCount": 2, "cells": [
{"kind": "columnHeader", "rowIndex": 0, "columnIndex": 0, "columnSpan": 2, "content": "项目 2.00", "boundingRegions": [{"pageNumber": 3, "polygon": [0.9, 0.9, 3, 0.9, 3, 1.3, 0.9, 1.3]}]},
{"rowIndex": 1, "columnIndex": 0, "content": "", "boundingRegions": [{"pageNumber": 3, "polygon": [0.9, 1.3, 2, 1.3, 2, 1.7, 0.9, 1.7]}]},
{"rowIndex": 1, "columnIndex": 1, "content": "", "boundingRegions": [{"pageNumber": 3, "polygon": [2, 1.3, 3, 1.3, 3, 1.7, 2, 1.7]}]}]}],
"styles": null}}"#;

#[test]
fn azure_gives_words_and_borders_of_cells() {
    check(
        AZURE,
        expect![[r#"
        page 1 8.27 x 11.69 1 an inch
          0 项目 [1 1 1.4 1.2] 0.99
          0 2.00 [2.1 1 2.4 1.2] 0.7
          - 0.9 [0.9 3]
          - 1.3 [0.9 3]
          - 1.7 [0.9 3]
          | 0.9 [0.9 1.7]
          | 2 [1.3 1.7]
          | 3 [0.9 1.7]
        WORD_UNPLACED the file gives no place for `无`
    "#]],
    );
}

#[test]
fn older_azure_answers_and_those_of_libraries_are_read() {
    check(
        r#"{"status": "succeeded", "analyzeResult": {"version": "3.2.0", "readResults": [{"page": 1, "angle": 0, "width": 1000, "height": 1400, "unit": "pixel", "lines": [{"boundingBox": [10, 10, 90, 10, 90, 30, 10, 30], "text": "金额 万元", "words": [{"boundingBox": [10, 10, 50, 10, 50, 30, 10, 30], "text": "金额", "confidence": 0.9}]}, {"boundingBox": [10, 50, 90, 50, 90, 70, 10, 70], "text": "整行", "words": []}]}]}}"#,
        expect![[r#"
            page 1 1000 x 1400
              0 金额 [10 10 50 30] 0.9
              1 整行 [10 50 90 70] -
        "#]],
    );
    check(
        r#"{"api_version": "2023-07-31", "model_id": "prebuilt-read", "pages": [{"page_number": 1, "width": 1000.0, "height": 1400.0, "unit": "pixel", "words": [{"content": "金额", "polygon": [{"x": 10.0, "y": 10.0}, {"x": 50.0, "y": 10.0}, {"x": 50.0, "y": 30.0}, {"x": 10.0, "y": 30.0}], "confidence": 0.9, "span": {"offset": 0, "length": 2}}], "lines": null}], "tables": []}"#,
        expect![[r#"
            page 1 1000 x 1400
              0 金额 [10 10 50 30] 0.9
        "#]],
    );
}

#[test]
fn textract_boxes_are_fractions_of_a_page() {
    let block = |kind: &str, id: &str, text: &str, at: (f32, f32, f32, f32), more: &str| {
        format!(
            r#"{{"BlockType": "{kind}", "Id": "{id}", "Text": "{text}", "Confidence": 99, "Page": 1, "Geometry": {{"BoundingBox": {{"Left": {}, "Top": {}, "Width": {}, "Height": {}}}}}{more}}}"#,
            at.0, at.1, at.2, at.3
        )
    };
    let ids = |ids: &str| format!(r#", "Relationships": [{{"Type": "CHILD", "Ids": [{ids}]}}]"#);
    let cell = |column: u32| {
        format!(r#", "RowIndex": 1, "ColumnIndex": {column}, "RowSpan": 1, "ColumnSpan": 1"#)
    };
    let blocks = [
        block("PAGE", "p", "", (0.0, 0.0, 1.0, 1.0), ""),
        block(
            "LINE",
            "l",
            "项目名称 12",
            (0.1, 0.1, 0.2, 0.02),
            &ids(r#""w", "v""#),
        ),
        block("WORD", "w", "项目名称", (0.125, 0.125, 0.0625, 0.0224), ""),
        block("WORD", "v", "12", (0.25, 0.125, 0.0625, 0.0224), ""),
        block("TABLE", "t", "", (0.1, 0.1, 0.2, 0.02), &ids(r#""c", "d""#)),
        block("CELL", "c", "", (0.125, 0.0, 0.125, 0.25), &cell(1)),
        block("CELL", "d", "", (0.25, 0.0, 0.25, 0.25), &cell(2)),
    ];
    let text = format!(
        r#"{{"DocumentMetadata": {{"Pages": 1}}, "Blocks": [{}]}}"#,
        blocks.join(", ")
    );
    check(
        &text,
        expect![[r#"
        page 1 842 x 595 72 an inch
          0 项目名称 [105.25 74.375 157.875 87.702995] 0.99
          0 12 [210.5 74.375 263.125 87.702995] 0.99
          - 0 [105.25 421]
          - 148.75 [105.25 421]
          | 105.25 [0 148.75]
          | 210.5 [0 148.75]
          | 421 [0 148.75]
    "#]],
    );
    assert_eq!(
        describe(format!("[{text}]").as_bytes()),
        describe(text.as_bytes())
    );
}

#[test]
fn limits_are_said() {
    let limits = WordLimits {
        max_pages: 1,
        max_words: 2,
        max_chars: 100,
        max_word_chars: 3,
        max_json_bytes: 300,
        max_depth: 3,
    };
    let codes = |text: &str| -> Vec<Code> {
        let read = read_words(text.as_bytes(), &limits).unwrap();
        assert!(read.value.len() <= 1);
        read.diagnostics.iter().map(|d| d.code).collect()
    };
    let word = |n: usize| format!("5\t{n}\t1\t1\t1\t1\t100\t100\t60\t30\t96\t一二三\n");
    assert_eq!(codes(&format!("{HEADER}\n{0}{0}", word(1))), []);
    assert_eq!(
        codes(&format!("{HEADER}\n{}", word(1).repeat(3))),
        [Code::LimitWords]
    );
    assert_eq!(
        codes(&format!("{HEADER}\n{}{}", word(1), word(2))),
        [Code::LimitPages]
    );
    assert_eq!(
        codes(&format!("{HEADER}\n{}四五\n", word(1).trim_end())),
        [Code::LimitLine]
    );
    let deep = "<alto><Layout><Page WIDTH='9' HEIGHT='9'><PrintSpace><TextBlock>";
    assert_eq!(codes(deep), [Code::LimitDepth]);
    let long = format!(
        "[{}]",
        r#"{"box": [[1, 2], [31, 2], [31, 12], [1, 12]], "txt": "金额"},"#.repeat(9)
    );
    let error = read_words(long.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.code(), Code::LimitSize, "{error}");
}

/// Files that are sound, one of each format.
fn sound() -> Vec<Vec<u8>> {
    let table = format!(
        "{HEADER}\n1\t1\t0\t0\t0\t0\t0\t0\t1000\t1400\t-1\t\n5\t1\t1\t1\t1\t1\t100\t100\t60\t30\t96.5\t项目\n"
    );
    let texts = [
        HOCR,
        AZURE,
        &table,
        "<alto><MeasurementUnit>inch1200</MeasurementUnit><Page WIDTH='9' HEIGHT='9'><TextBlock ROTATION='90'><TextLine><String HPOS='1' VPOS='1' WIDTH='5' HEIGHT='2' WC='0.5' CONTENT='金额'/></TextLine></TextBlock></Page></alto>",
        "<PcGts><Page imageWidth='9' imageHeight='9'><TableRegion><TableCell row='0' col='1' rowSpan='2'><Coords points='1,1 3,3'/><TextLine><Coords points='1,1 3,3'/><TextEquiv conf='1'><Unicode>金</Unicode></TextEquiv></TextLine></TableCell></TableRegion></Page></PcGts>",
        r#"[{"box": [[1, 2], [31, 2], [31, 12], [1, 12]], "txt": "金额", "score": 0.5}]"#,
        r#"{"Blocks": [{"BlockType": "WORD", "Text": "金", "Geometry": {"Polygon": [{"X": 0.1, "Y": 0.1}, {"X": 0.2, "Y": 0.2}]}}, {"BlockType": "TABLE", "Relationships": [{"Ids": ["c"]}]}, {"BlockType": "CELL", "Id": "c", "RowIndex": 1, "ColumnIndex": 1, "Geometry": {"BoundingBox": {"Left": 0, "Top": 0, "Width": 1, "Height": 1}}}]}"#,
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Bytes are overwritten, cut out, doubled; numbers become extreme.
    #[test]
    fn no_damage_makes_us_panic(
        which in 0usize..7,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..6, any::<u8>(), 1usize..40), 0..6),
    ) {
        let mut bytes = sound().swap_remove(which);
        for (at, how, byte, length) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            let end = (at + length).min(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
                3 => bytes.truncate(at),
                _ => {
                    const NUMBERS: [&str; 6] = ["0", "-1", "1e39", "99999999999999999999", "0.0000001", "NaN"];
                    let number = NUMBERS[usize::from(byte) % NUMBERS.len()];
                    let from = (at..bytes.len()).find(|i| bytes[*i].is_ascii_digit()).unwrap_or(at);
                    let to = (from..bytes.len()).find(|i| !bytes[*i].is_ascii_digit()).unwrap_or(from);
                    bytes.splice(from..to, number.bytes());
                }
            }
        }
        if let Ok(read) = read_words(&bytes, &WordLimits::default()) {
            for page in &read.value {
                let page = to_page(page);
                let is_sound = page.glyphs.iter().all(|g| {
                    let b = g.bbox;
                    [b.left, b.top, b.right, b.bottom, g.size].iter().all(|v| v.is_finite())
                        && b.left <= b.right && b.top <= b.bottom && g.size > 0.0
                        && g.confidence.is_none_or(|c| (0.0..=1.0).contains(&c))
                });
                prop_assert!(is_sound, "{:?}", page.glyphs);
                prop_assert!(page.rulings.iter().all(|r| r.start <= r.end && r.position.is_finite()), "{:?}", page.rulings);
                prop_assert!(page.width.is_finite() && page.height.is_finite());
            }
        }
    }
}
