//! Whole files in, pages out: one behaviour a test.

use std::io::Write as _;

use expect_test::{Expect, expect};

use super::testing::{assemble, one_page, read, read_page, stream, text_of};
use super::{PdfParams, is_pdf, read_pdf};
use crate::model::Page;
use crate::model::page::{Glyph, PageSource, SecondReading, Seen, Trust};

/// Draws `content` on a page; shows the page's size, its text, and the box of its first glyph.
fn check(page: &str, content: &str, expected: Expect) {
    expected.assert_eq(&summary(&read_page(one_page(page, "", content, &[]))));
}

fn summary(page: &Page) -> String {
    let glyph = page.glyphs.first().map(|glyph| {
        let bbox = glyph.bbox;
        format!(
            " [{:.1} {:.1} {:.1} {:.1}] {:.1}pt",
            bbox.left, bbox.top, bbox.right, bbox.bottom, glyph.size
        )
    });
    format!(
        "{}x{} {:?}{}",
        page.width,
        page.height,
        text_of(page),
        glyph.unwrap_or_default()
    )
}

/// The text and the census of a page: mapped, unmapped, hidden, doubled.
fn check_census(file: Vec<u8>, text: &str, census: [u32; 4]) {
    let page = read_page(file);
    let found = page.census;
    assert_eq!(
        (
            text_of(&page).as_str(),
            [found.mapped, found.unmapped, found.hidden, found.doubled]
        ),
        (text, census)
    );
}

fn codes(file: Vec<u8>, params: &PdfParams) -> Vec<String> {
    read_pdf(file, params)
        .diagnostics
        .iter()
        .map(|finding| format!("{} {}", finding.code.name(), finding.message))
        .collect()
}

const HELLO: &str = "BT /F1 10 Tf 100 700 Td (AB) Tj ET";

#[test]
fn origin_is_top_left() {
    check(
        "",
        HELLO,
        expect![[r#"600x800 "AB" [100.0 91.2 106.7 101.2] 10.0pt"#]],
    );
}

#[test]
fn rotation_turns_the_page() {
    check(
        "/Rotate 90",
        HELLO,
        expect![[r#"800x600 "AB" [698.8 100.0 708.8 106.7] 10.0pt"#]],
    );
    check(
        "/Rotate 180",
        HELLO,
        expect![[r#"600x800 "AB" [493.3 698.8 500.0 708.8] 10.0pt"#]],
    );
    check(
        "/Rotate 270",
        HELLO,
        expect![[r#"800x600 "AB" [91.2 493.3 101.2 500.0] 10.0pt"#]],
    );
}

#[test]
fn rotated_text_on_a_rotated_page_reads_upright() {
    check(
        "/Rotate 90",
        "BT /F1 10 Tf 0 1 -1 0 100 50 Tm (A) Tj ET",
        expect![[r#"800x600 "A" [50.0 91.2 56.7 101.2] 10.0pt"#]],
    );
}

#[test]
fn crop_box_is_the_page() {
    check(
        "/CropBox [50 100 550 900]",
        HELLO,
        expect![[r#"500x700 "AB" [50.0 91.2 56.7 101.2] 10.0pt"#]],
    );
}

#[test]
fn user_unit_scales_once() {
    check(
        "/UserUnit 2",
        HELLO,
        expect![[r#"1200x1600 "AB" [200.0 182.4 213.3 202.4] 20.0pt"#]],
    );
}

#[test]
fn spacing_and_scaling_move_the_next_glyph() {
    let page = read_page(one_page(
        "",
        "",
        "BT /F1 10 Tf 2 Tc 5 Tw 50 Tz 100 700 Td (A A) Tj [(A) -1000 (A)] TJ ET",
        &[],
    ));
    let lefts: Vec<f32> = page
        .glyphs
        .iter()
        .map(|glyph| (glyph.bbox.left * 100.0).round() / 100.0)
        .collect();
    // Widths 6.67 and 2.78; each advance is halved.
    assert_eq!(lefts, [100.0, 104.34, 109.23, 113.56, 122.9]);
}

#[test]
fn quote_operators_begin_lines() {
    let page = read_page(one_page(
        "",
        "",
        "BT /F1 10 Tf 12 TL 100 700 Td (A) Tj (B) ' 1 2 (C) \" T* (D) Tj ET",
        &[],
    ));
    let tops: Vec<f32> = page
        .glyphs
        .iter()
        .map(|glyph| glyph.bbox.top.round())
        .collect();
    assert_eq!(
        (text_of(&page).as_str(), tops),
        ("ABCD", vec![91.0, 103.0, 115.0, 127.0])
    );
}

#[test]
fn form_has_its_matrix_and_resources() {
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 300 300] /Matrix [2 0 0 2 10 20]",
        "BT /F1 10 Tf 5 5 Td (A) Tj ET",
    );
    let file = one_page(
        "",
        "/XObject << /X 7 0 R >>",
        "q 1 0 0 1 100 0 cm /X Do Q BT /F1 10 Tf (B) Tj ET",
        &["null".to_owned(), form],
    );
    expect![[r#"600x800 "AB" [120.0 752.4 133.3 772.4] 20.0pt"#]]
        .assert_eq(&summary(&read_page(file)));
}

#[test]
fn cyclic_forms_end() {
    let a = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /B 8 0 R >> >>",
        "/B Do /B Do",
    );
    let b = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /A 7 0 R >> >>",
        "/A Do /A Do",
    );
    check_census(
        one_page(
            "",
            "/XObject << /A 7 0 R >>",
            &format!("/A Do {HELLO}"),
            &["null".to_owned(), a, b],
        ),
        "AB",
        [2, 0, 0, 0],
    );
}

#[test]
fn operators_are_limited() {
    let params = PdfParams {
        max_page_operators: 3,
        ..PdfParams::default()
    };
    assert_eq!(
        codes(one_page("", "", HELLO, &[]), &params),
        ["LIMIT_OPS more drawing operators or glyphs than the limit on page 1"]
    );
}

#[test]
fn pages_are_limited() {
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>".to_owned();
    let tree = "<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 >>".to_owned();
    let file = assemble(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        tree,
        page.clone(),
        page.clone(),
        page,
    ]);
    let params = PdfParams {
        max_pages: 2,
        ..PdfParams::default()
    };
    assert_eq!(
        codes(file.clone(), &params),
        ["LIMIT_PAGES 3 pages, only the first 2 were read"]
    );
    assert_eq!(
        read_pdf(file, &params).value.map(|pages| pages.len()),
        Some(2)
    );
}

#[test]
fn decoded_bytes_are_limited() {
    let params = PdfParams {
        max_decoded_stream_bytes: 10,
        ..PdfParams::default()
    };
    assert_eq!(
        codes(one_page("", "", HELLO, &[]), &params),
        ["LIMIT_DECODE a stream decodes to more than the limit on page 1"]
    );
}

#[test]
fn what_a_stream_is_made_of_limits_what_it_decodes_to() {
    // Spaces, deflated twice: one byte makes some ten thousand.
    let deflated = |data: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    };
    let twice = |n_spaces: usize| {
        let bytes = deflated(&deflated(&vec![b' '; n_spaces]));
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let form = "/Subtype /Form /BBox [0 0 600 800] /Filter [/ASCIIHexDecode /FlateDecode /FlateDecode]";
        let drawn = format!("{HELLO} /X Do");
        let objects = [stream("", ""), stream(form, &hex)];
        one_page("", "/XObject << /X 7 0 R >>", &drawn, &objects)
    };
    let said = |file: Vec<u8>| codes(file, &PdfParams::default());
    assert_eq!(said(twice(1 << 18)), Vec::<String>::new());
    assert_eq!(
        said(twice(1 << 24)),
        ["LIMIT_DECODE a stream decodes to more than the limit on page 1"]
    );
}

#[test]
fn to_unicode_range_is_used() {
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [<< /Subtype /CIDFontType2 /DW 1000 >>] /ToUnicode 7 0 R >>";
    let cmap = stream(
        "",
        "1 beginbfrange <0010> <0020> <9879> endbfrange 1 beginbfchar <0030> <00660069> endbfchar",
    );
    let file = one_page(
        "",
        "",
        "BT /F2 10 Tf 100 700 Td <001000110030> Tj ET",
        &[font.to_owned(), cmap],
    );
    // The ligature is one glyph of two characters.
    check_census(file, "项\u{987A}fi", [3, 0, 0, 0]);
}

#[test]
fn predefined_cmap_is_used() {
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Subtype /CIDFontType0 /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 >>] >>";
    let file = one_page(
        "",
        "",
        "BT /F2 10 Tf 100 700 Td <987976EE> Tj ET",
        &[font.to_owned()],
    );
    expect![[r#"600x800 "项目" [100.0 91.2 110.0 101.2] 10.0pt"#]]
        .assert_eq(&summary(&read_page(file)));
}

#[test]
fn vertical_text_runs_down() {
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-V /DescendantFonts [<< /Subtype /CIDFontType0 /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 >>] >>";
    let page = read_page(one_page(
        "",
        "",
        "BT /F2 10 Tf 100 700 Td <987976EE> Tj ET",
        &[font.to_owned()],
    ));
    let boxes: Vec<[f32; 4]> = page
        .glyphs
        .iter()
        .map(|glyph| {
            [
                glyph.bbox.left,
                glyph.bbox.top,
                glyph.bbox.right,
                glyph.bbox.bottom,
            ]
            .map(f32::round)
        })
        .collect();
    assert_eq!(
        boxes,
        [[95.0, 100.0, 105.0, 110.0], [95.0, 110.0, 105.0, 120.0]]
    );
}

#[test]
fn gbk_bytes_in_a_simple_font_are_repaired() {
    let file = one_page(
        "",
        "",
        "BT /F1 10 Tf 100 700 Td <CFEEC4BFC3FBB3C6> Tj ( A1) Tj ET",
        &[],
    );
    let page = read_page(file.clone());
    assert_eq!(
        (
            text_of(&page).as_str(),
            page.glyphs[0].trust,
            page.census.mapped
        ),
        ("项目名称 A1", Trust::Derived, 7)
    );
    assert_eq!(
        codes(file, &PdfParams::default()),
        ["REPAIRED_ENCODING 4 characters were GBK bytes in a single-byte font"]
    );
}

#[test]
fn latin_words_are_not_taken_for_gbk() {
    check_census(
        one_page(
            "",
            "",
            "BT /F1 10 Tf 100 700 Td <636166E92065742066EA7465> Tj ET",
            &[],
        ),
        "café et fête",
        [12, 0, 0, 0],
    );
}

#[test]
fn unmapped_glyphs_stand_as_replacement_characters() {
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [<< /Subtype /CIDFontType2 /DW 1000 >>] >>";
    let file = one_page(
        "",
        "",
        "BT /F2 10 Tf 100 700 Td <00100011> Tj ET",
        &[font.to_owned()],
    );
    check_census(file.clone(), "\u{FFFD}\u{FFFD}", [0, 2, 0, 0]);
    assert_eq!(
        codes(file, &PdfParams::default()),
        ["UNMAPPED_GLYPHS 2 glyphs have no known character on page 1"]
    );
}

#[test]
fn actual_text_stands_in_for_unmapped_glyphs() {
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [<< /Subtype /CIDFontType2 /DW 1000 >>] >>";
    let content =
        "/Span << /ActualText <FEFF987976EE> >> BDC BT /F2 10 Tf 100 700 Td <00100011> Tj ET EMC";
    check_census(
        one_page("", "", content, &[font.to_owned()]),
        "项目",
        [2, 0, 0, 0],
    );
}

#[test]
fn fake_bold_is_one_character() {
    let content = "BT /F1 10 Tf 1 0 0 1 100 700 Tm (88) Tj 1 0 0 1 100.4 700 Tm (88) Tj ET";
    check_census(one_page("", "", content, &[]), "88", [2, 0, 0, 2]);
}

#[test]
fn hidden_text_is_counted() {
    let content = "BT /F1 10 Tf 100 700 Td 3 Tr (no) Tj 0 Tr (A) Tj 900 0 Td (off) Tj ET";
    let file = one_page("", "", content, &[]);
    check_census(file.clone(), "A", [1, 0, 5, 0]);
    assert_eq!(
        codes(file, &PdfParams::default()),
        ["HIDDEN_TEXT 5 glyphs are not to be seen on page 1"]
    );
}

#[test]
fn text_overflowing_its_clip_is_kept() {
    // The run begins inside the clip; another one lies wholly outside.
    let content = "q 100 690 20 20 re W n BT /F1 10 Tf 100 700 Td (ABCDEFG) Tj (HI) Tj 0 -40 Td (gone) Tj ET Q";
    let page = read_page(one_page("", "", content, &[]));
    assert_eq!(
        (text_of(&page).as_str(), page.census.hidden),
        ("ABCDEFGHI", 4)
    );
    assert!(page.glyphs.iter().all(|glyph| glyph.clip == Some(0)));
}

#[test]
fn text_reaching_into_its_clip_is_kept() {
    let content = "q 130 690 20 20 re W n BT /F1 10 Tf 100 700 Td (ABCDEFG) Tj ET Q";
    check_census(one_page("", "", content, &[]), "ABCDEFG", [7, 0, 0, 0]);
}

#[test]
fn layers_that_are_off_are_hidden() {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [6 0 R 7 0 R] /D << /OFF [7 0 R] >> >> >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> /Properties << /On 6 0 R /Off 7 0 R >> >> >>".to_owned(),
        stream("", "BT /F1 10 Tf 100 700 Td /OC /On BDC (A) Tj EMC /OC /Off BDC (B) Tj EMC (C) Tj ET"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        "<< /Type /OCG /Name (on) >>".to_owned(),
        "<< /Type /OCG /Name (off) >>".to_owned(),
    ];
    check_census(assemble(&objects), "AC", [2, 0, 1, 0]);
}

#[test]
fn rules_of_every_kind_are_found() {
    let content = "1 w 100 100 m 200 100 l S 100 200 100 50 re S 100 300 200 0.5 re f 0.9 g 100 400 100 40 re f 1 g 100 500 100 40 re f 1 G 100 600 m 200 600 l S";
    let page = read_page(one_page("", "", content, &[]));
    let rules: Vec<String> = page
        .rulings
        .iter()
        .map(|rule| {
            format!(
                "{:?} {} {}-{} {}",
                rule.axis, rule.position, rule.start, rule.end, rule.thickness
            )
        })
        .collect();
    expect![[r#"
        Horizontal 360 100-200 0
        Horizontal 400 100-200 0
        Horizontal 499.75 100-300 0.5
        Horizontal 550 100-200 1
        Horizontal 600 100-200 1
        Horizontal 700 100-200 1
        Vertical 100 360-400 0
        Vertical 100 550-600 1
        Vertical 200 360-400 0
        Vertical 200 550-600 1"#]]
    .assert_eq(&rules.join("\n"));
}

#[test]
fn field_value_without_appearance_is_printed() {
    let field = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V <FEFF987976EE> /DA (/Helv 12 Tf 0 g) /Rect [100 680 300 700] >>";
    let file = one_page(
        "/Annots [7 0 R]",
        "",
        "",
        &["null".to_owned(), field.to_owned()],
    );
    expect![[r#"600x800 "项目" [102.4 102.8 114.4 114.8] 12.0pt"#]]
        .assert_eq(&summary(&read_page(file)));
}

#[test]
fn appearance_is_fitted_into_its_rectangle() {
    let appearance = stream(
        "/Subtype /Form /BBox [0 0 50 10] /Resources << /Font << /F1 5 0 R >> >>",
        "BT /F1 10 Tf (A) Tj ET",
    );
    let note = "<< /Type /Annot /Subtype /FreeText /Rect [100 680 200 700] /AP << /N 8 0 R >> >>"
        .to_owned();
    let hidden =
        "<< /Type /Annot /Subtype /FreeText /F 2 /Rect [100 680 200 700] /AP << /N 8 0 R >> >>"
            .to_owned();
    let file = one_page(
        "/Annots [7 0 R 9 0 R]",
        "",
        "",
        &["null".to_owned(), note, appearance, hidden],
    );
    expect![[r#"600x800 "A" [100.0 102.4 113.3 122.4] 20.0pt"#]]
        .assert_eq(&summary(&read_page(file)));
}

#[test]
fn page_of_one_image_is_a_scan() {
    let image = stream(
        "/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
        "x",
    );
    let content = "q 600 0 0 800 0 0 cm /I Do Q BT /F1 10 Tf 3 Tr 100 700 Td (invisible recognition layer) Tj ET";
    let file = one_page(
        "",
        "/XObject << /I 7 0 R >>",
        content,
        &["null".to_owned(), image],
    );
    let page = read_page(file.clone());
    assert_eq!(page.source, PageSource::Scan);
    // What another engine saw is kept apart, where it stands.
    let second = hidden(&page);
    let text: String = second.iter().map(|glyph| glyph.ch).collect();
    assert_eq!(text, "invisible recognition layer");
    assert_eq!((second[0].bbox.left, second[0].size), (100.0, 10.0));
    assert_eq!(page.glyphs, []);
    assert_eq!(
        codes(file, &PdfParams::default()),
        [
            "NEEDS_OCR page 1 has no text layer",
            "HIDDEN_TEXT 27 glyphs are not to be seen on page 1"
        ]
    );
}

/// The glyphs of a page's hidden layer.
fn hidden(page: &Page) -> &[Glyph] {
    match page.second.as_slice() {
        [
            SecondReading {
                seen: Seen::Glyphs(glyphs),
                ..
            },
        ] => glyphs,
        _ => &[],
    }
}

#[test]
fn what_another_reader_saw_is_kept_on_scans_alone() {
    let second = |content: &str, image: &str| {
        let image = stream(
            "/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
            image,
        );
        let file = one_page(
            "",
            "/XObject << /I 7 0 R >>",
            content,
            &["null".to_owned(), image],
        );
        let page = read_page(file);
        hidden(&page).iter().map(|g| g.ch).collect::<String>()
    };
    let layer = "BT /F1 10 Tf 3 Tr 100 700 Td (seen) Tj 9000 0 Td (off the page) Tj ET";
    let scan = "q 600 0 0 800 0 0 cm /I Do Q";
    assert_eq!(second(&format!("{scan} {layer}"), "x"), "seen");
    // Text below the scan is a layer too.
    let below = format!("BT /F1 10 Tf 100 700 Td (below) Tj ET {scan}");
    assert_eq!(second(&below, "x"), "below");
    // Without a scan it is no layer, but hidden text.
    assert_eq!(second(&format!("{HELLO} {layer}"), "x"), "");
}

#[test]
fn scan_laid_over_its_recognised_text_is_a_scan() {
    let image = |more: &str| {
        stream(
            &format!(
                "/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 {more}"
            ),
            "x",
        )
    };
    let content = format!("{HELLO} q 600 0 0 800 0 0 cm /I Do Q");
    let file = |image: String| {
        one_page(
            "",
            "/XObject << /I 7 0 R >>",
            &content,
            &["null".to_owned(), image],
        )
    };
    check_census(file(image("")), "", [0, 0, 2, 0]);
    // A watermark that lets the text through.
    check_census(file(image("/SMask 9 0 R")), "AB", [2, 0, 0, 0]);
}

#[test]
fn scan_with_a_running_header_is_a_scan() {
    let image = stream(
        "/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
        "x",
    );
    let content = "q 600 0 0 800 0 0 cm /I Do Q BT /F1 6 Tf 50 780 Td (A running header of more than forty characters on one line of the page) Tj ET";
    let file = one_page(
        "",
        "/XObject << /I 7 0 R >>",
        content,
        &["null".to_owned(), image],
    );
    assert_eq!(read_page(file).source, PageSource::Scan);
}

#[test]
fn empty_page_is_blank() {
    assert_eq!(
        read_page(one_page("", "", "", &[])).source,
        PageSource::Blank
    );
}

#[test]
fn inline_image_does_not_end_the_page() {
    let content = format!("q 10 0 0 10 50 50 cm BI /W 2 /H 2 /BPC 8 /CS /G ID ab)( EI Q {HELLO}");
    let page = read_page(one_page("", "", &content, &[]));
    assert_eq!((text_of(&page).as_str(), page.images.len()), ("AB", 1));
}

#[test]
fn header_may_stand_behind_rubbish() {
    assert!(is_pdf(b"\n\nrubbish %PDF-1.4"));
    assert!(!is_pdf(b"<html>"));
    assert!(!is_pdf(&[b' '; 10_000]));
}

#[test]
fn rubbish_is_a_bad_pdf() {
    let result = read(b"%PDF-1.7\nnothing here".to_vec());
    assert_eq!(result.value, None);
    assert_eq!(result.diagnostics[0].code.name(), "BAD_PDF");
}

#[test]
fn damaged_cross_references_are_reported() {
    let file = one_page("", "", HELLO, &[]);
    let cut = file
        .windows(4)
        .position(|window| window == b"xref")
        .expect("a table");
    let result = read(file[..cut].to_vec());
    assert_eq!(
        result
            .diagnostics
            .first()
            .map(|finding| finding.code.name()),
        Some("RECOVERED")
    );
    assert_eq!(
        result.value.map(|pages| text_of(&pages[0])).as_deref(),
        Some("AB")
    );
}

#[test]
fn unknown_security_is_encrypted() {
    let file = one_page("", "", HELLO, &[]);
    let text = String::from_utf8(file).expect("ASCII");
    let file = text
        .replace(
            "trailer\n<<",
            "trailer\n<< /ID [<00> <00>] /Encrypt << /Filter /Adobe.PubSec /V 4 >>",
        )
        .into_bytes();
    let result = read(file);
    assert_eq!(
        (result.value, result.diagnostics[0].code.name()),
        (None, "ENCRYPTED")
    );
}

#[test]
fn flipped_bytes_never_panic() {
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /GBK-EUC-H /DescendantFonts [<< /Subtype /CIDFontType2 /W [1 [500 600] 7 9 250] /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>] /ToUnicode 7 0 R >>";
    let cmap = stream(
        "",
        "1 beginbfrange <0010> <0020> <9879> endbfrange 1 begincidrange <00> <20> 5 endcidrange",
    );
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 300 300] /Matrix [2 0 0 2 10 20]",
        "BT /F1 10 Tf 5 5 Td (A) Tj ET",
    );
    let content = "q 1 0 0 1 10 0 cm /X Do Q 1 w 10 10 100 50 re S BT /F2 10 Tf 100 700 Td <CFEEC4BF> Tj [(a) -20 (b)] TJ ET BI /W 1 /H 1 /BPC 8 /CS /G ID a EI /Span << /ActualText (x) >> BDC EMC";
    let note =
        "<< /Type /Annot /Subtype /Widget /FT /Tx /V (x) /Rect [100 680 200 700] >>".to_owned();
    let file = one_page(
        "/Annots [9 0 R] /Rotate 90 /UserUnit 2",
        "/XObject << /X 8 0 R >>",
        content,
        &[font.to_owned(), cmap, form, note],
    );
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..1500 {
        let mut damaged = file.clone();
        for _ in 0..=random(6) {
            let at = random(damaged.len());
            damaged[at] = match random(4) {
                0 => b"0123456789"[random(10)],
                1 => b"<>[]()/% "[random(9)],
                _ => random(256) as u8,
            };
        }
        let pages = read(damaged).value.unwrap_or_default();
        for page in pages {
            assert!(
                page.width.is_finite()
                    && page.height.is_finite()
                    && page.width > 0.0
                    && page.height > 0.0
            );
            assert!(page.glyphs.iter().all(|glyph| glyph.bbox.left.is_finite() && glyph.bbox.left <= glyph.bbox.right));
            assert!(
                page.rulings
                    .iter()
                    .all(|rule| rule.position.is_finite() && rule.start <= rule.end)
            );
        }
    }
}
