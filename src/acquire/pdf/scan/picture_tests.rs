//! Pictures of small pages, made and read here.
//! In: files of a few objects. Out: pixels. Never: part of the program.

use super::super::testing::{assemble, stream};
use super::super::{PdfParams, open_pdf};
use super::{PictureOrigin, ScannedPage};
use crate::acquire::ocr::picture::{PictureError, PictureLimits};

const W: [u8; 3] = [255; 3];
const B: [u8; 3] = [0; 3];

/// A file with one page of 100 by 200 points: `content` is drawn, `objects` are those from number 5 on, named /X5, /X6 and so on.
fn file(page: &str, content: &str, objects: &[String]) -> Vec<u8> {
    let names: String = (5..5 + objects.len())
        .map(|n| format!("/X{n} {n} 0 R "))
        .collect();
    let mut all = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 200] /Contents 4 0 R /Resources << /XObject << {names} >> /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> {page} >>"
        ),
        stream("", content),
    ];
    all.extend_from_slice(objects);
    assemble(&all)
}

/// An image of hexadecimal samples.
fn image(width: u32, height: u32, entries: &str, hex: &str) -> String {
    stream(
        &format!(
            "/Subtype /Image /Width {width} /Height {height} /Filter /ASCIIHexDecode {entries}"
        ),
        &format!("{hex}>"),
    )
}

fn gray(width: u32, height: u32, hex: &str) -> String {
    let entries = "/BitsPerComponent 8 /ColorSpace /DeviceGray";
    image(width, height, entries, hex)
}

fn read_with(bytes: Vec<u8>, limits: &PictureLimits) -> Result<Option<ScannedPage>, PictureError> {
    let pdf = open_pdf(bytes, &PdfParams::default());
    pdf.value.expect("it opens").page_picture(1, limits)
}

fn read(bytes: Vec<u8>) -> ScannedPage {
    let page = read_with(bytes, &PictureLimits::default());
    page.expect("it is read").expect("there is something")
}

/// An image drawn at the foot of the page, as wide as the page: its pixels.
fn check(width: u32, height: u32, entries: &str, hex: &str, pixels: &[[u8; 3]]) {
    let content = format!("q 100 0 0 {} 0 0 cm /X5 Do Q", 100 * height / width);
    let page = read(file("", &content, &[image(width, height, entries, hex)]));
    assert_eq!(page.origin, PictureOrigin::Images);
    assert_eq!(page.findings, []);
    let n_above = page.picture.rgb.len() - pixels.len();
    assert_eq!(page.picture.rgb[n_above..], *pixels, "{entries}");
}

const STRIPS: &str = "q 100 0 0 100 0 100 cm /X5 Do Q q 100 0 0 100 0 0 cm /X6 Do Q";

fn strips(page: &str) -> Vec<u8> {
    file(page, STRIPS, &[gray(1, 1, "00"), gray(1, 1, "c8")])
}

#[test]
fn strips_become_one_picture() {
    let page = read(strips(""));
    assert_eq!((page.width, page.height), (100.0, 200.0));
    assert_eq!((page.picture.width, page.picture.height), (1, 2));
    assert_eq!(page.picture.rgb, [B, [200; 3]]);
}

#[test]
fn a_turned_page_is_shown_as_it_is_displayed() {
    let page = read(strips("/Rotate 90"));
    assert_eq!((page.width, page.height), (200.0, 100.0));
    assert_eq!((page.picture.width, page.picture.height), (2, 1));
    // A quarter to the right: the lower strip is on the left.
    assert_eq!(page.picture.rgb, [[200; 3], B]);
}

#[test]
fn a_page_larger_than_the_limit_is_shrunk() {
    let limits = PictureLimits {
        max_pixels: 2,
        ..PictureLimits::default()
    };
    let content = "q 100 0 0 200 0 0 cm /X5 Do Q q 100 0 0 200 0 0 cm /X6 Do Q";
    let bytes = file("", content, &[gray(1, 2, "00ff"), gray(2, 2, "00000000")]);
    let page = read_with(bytes, &limits)
        .expect("it is read")
        .expect("there is something");
    assert_eq!((page.picture.width, page.picture.height), (1, 2));
    // The second image is over the limit and is left out, with a finding.
    assert_eq!(page.picture.rgb, [B, W]);
    let codes: Vec<&str> = page.findings.iter().map(|d| d.code.name()).collect();
    assert_eq!(codes, ["LIMIT_PIXELS"]);
}

#[test]
fn bits_colours_and_decode_arrays() {
    let gray = |bits: u32, hex: &str, pixels: &[[u8; 3]]| {
        let entries = format!("/ColorSpace /DeviceGray /BitsPerComponent {bits}");
        check(2, 1, &entries, hex, pixels);
    };
    gray(1, "80", &[W, B]);
    gray(2, "10", &[B, [85; 3]]);
    gray(4, "1e", &[[17; 3], [238; 3]]);
    gray(8, "1e 80", &[[0x1e; 3], [0x80; 3]]);
    gray(16, "1eff 80ff", &[[0x1e; 3], [0x80; 3]]);
    let inverted = "/ColorSpace /DeviceGray /BitsPerComponent 1 /Decode [1 0]";
    check(2, 1, inverted, "80", &[B, W]);
    // Rows begin at a byte.
    let g = "/ColorSpace /DeviceGray /BitsPerComponent 1";
    check(2, 2, g, "80 40", &[W, B, B, W]);
    let rgb = "/ColorSpace /DeviceRGB /BitsPerComponent 8";
    check(1, 1, rgb, "0180ff", &[[1, 128, 255]]);
    let calibrated = "/ColorSpace [/CalRGB << /WhitePoint [1 1 1] >>] /BitsPerComponent 8";
    check(1, 1, calibrated, "0180ff", &[[1, 128, 255]]);
    let cmyk = "/ColorSpace /DeviceCMYK /BitsPerComponent 8";
    check(1, 1, cmyk, "00ff0000", &[[255, 0, 255]]);
    let inverted = "/ColorSpace /DeviceCMYK /BitsPerComponent 8 /Decode [1 0 1 0 1 0 1 0]";
    check(1, 1, inverted, "ff00ffff", &[[255, 0, 255]]);
    let black = "/ColorSpace [/Separation /Black /DeviceGray null] /BitsPerComponent 8";
    check(2, 1, black, "00ff", &[W, B]);
}

#[test]
fn indexed_colours_have_any_base() {
    let rgb = "/BitsPerComponent 4 /ColorSpace [/Indexed /DeviceRGB 1 <0102030a0b0c>]";
    check(2, 1, rgb, "10", &[[10, 11, 12], [1, 2, 3]]);
    let cmyk = "/BitsPerComponent 1 /ColorSpace [/Indexed /DeviceCMYK 1 <00000000 000000ff>]";
    check(2, 1, cmyk, "40", &[W, B]);
    let gray = "/BitsPerComponent 1 /ColorSpace [/Indexed /DeviceGray 1 <ff00>] /Decode [1 0]";
    check(2, 1, gray, "40", &[B, W]);
}

#[test]
fn stencils_take_the_fill_colour() {
    let stencil = image(2, 1, "/ImageMask true", "40");
    let content = "1 0 0 rg q 100 0 0 200 0 0 cm /X5 Do Q";
    let page = read(file("", content, &[stencil]));
    assert_eq!(page.origin, PictureOrigin::Images);
    // 0 paints, 1 does not; the picture has two columns and four rows.
    let row = [[255, 0, 0], W];
    assert_eq!(page.picture.rgb, [row, row, row, row].concat());
}

#[test]
fn masks_let_through() {
    let below = gray(2, 1, "6464");
    let draw = "q 100 0 0 200 0 0 cm /X5 Do /X6 Do Q";
    let black = |entries: &str| {
        let entries = format!("/BitsPerComponent 8 /ColorSpace /DeviceGray {entries}");
        image(2, 1, &entries, "0010")
    };
    let with =
        |entries: &str, mask: String| read(file("", draw, &[below.clone(), black(entries), mask]));
    let soft = with("/SMask 7 0 R", gray(2, 1, "00ff"));
    assert_eq!(soft.picture.rgb[..2], [[100; 3], [16; 3]]);
    let stencil = with("/Mask 7 0 R", image(2, 1, "/ImageMask true", "80"));
    assert_eq!(stencil.picture.rgb[..2], [[100; 3], [16; 3]]);
    let key = with("/Mask [16 16]", gray(1, 1, "00"));
    assert_eq!(key.picture.rgb[..2], [B, [100; 3]]);
    assert_eq!(key.origin, PictureOrigin::Images);
}

#[test]
fn inline_images_and_forms_are_drawn() {
    let inline = "q 100 0 0 200 0 0 cm BI /W 2 /H 1 /BPC 8 /CS /G /F /AHx ID 00c8> EI Q";
    let page = read(file("", inline, &[]));
    assert_eq!(page.picture.rgb[..2], [B, [200; 3]]);
    // A form that stands on its head.
    let form = stream(
        "/Subtype /Form /BBox [0 0 1 1] /Matrix [1 0 0 -1 0 1] /Resources << /XObject << /X6 6 0 R >> >>",
        "/X6 Do",
    );
    let page = read(file(
        "",
        "q 100 0 0 200 0 0 cm /X5 Do Q",
        &[form, gray(1, 2, "00c8")],
    ));
    assert_eq!(page.picture.rgb, [[200; 3], B]);
}

#[test]
fn a_form_that_draws_itself_ends() {
    let form = stream(
        "/Subtype /Form /BBox [0 0 100 200] /Resources << /XObject << /X5 5 0 R /X6 6 0 R >> >>",
        "q 100 0 0 200 0 0 cm /X6 Do Q /X5 Do",
    );
    let page = read(file("", "/X5 Do", &[form, gray(1, 2, "00c8")]));
    assert_eq!(page.picture.rgb, [B, [200; 3]]);
}

#[test]
fn flipped_and_turned_images() {
    let shown = |matrix: &str| {
        let content = format!("q {matrix} cm /X5 Do Q");
        read(file("", &content, &[gray(2, 4, "00 20 40 60 80 a0 c0 e0")])).picture
    };
    let upright = shown("100 0 0 200 0 0");
    assert_eq!((upright.width, upright.height), (2, 4));
    assert_eq!(upright.rgb[..2], [B, [0x20; 3]]);
    assert_eq!(shown("-100 0 0 200 100 0").rgb[..2], [[0x20; 3], B]);
    assert_eq!(shown("100 0 0 -200 0 200").rgb[..2], [[0xc0; 3], [0xe0; 3]]);
    // A quarter turn to the left: the right column becomes the top row, and four pixels become two.
    let turned = shown("0 200 -100 0 100 0");
    assert_eq!(turned.width * 2, turned.height);
    assert_eq!(turned.rgb[0], [0x20; 3]);
    assert_eq!(turned.rgb[turned.width - 1], [0xe0; 3]);
}

#[test]
fn what_shrinks_is_averaged() {
    // The fine image covers most of the page; the coarse one is drawn as large as it is.
    let limits = PictureLimits {
        max_dpi: 1.44,
        ..PictureLimits::default()
    };
    let bytes = file(
        "",
        "q 100 0 0 200 0 0 cm /X5 Do Q",
        &[gray(4, 2, "00ff00ff 00000000")],
    );
    let page = read_with(bytes, &limits).expect("read").expect("drawn");
    assert_eq!((page.picture.width, page.picture.height), (2, 4));
    assert_eq!(page.picture.rgb[0], [128; 3]);
    assert_eq!(page.picture.rgb[7], B);
}

#[test]
fn a_damaged_image_costs_itself_alone() {
    let bad = stream(
        "/Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /DCTDecode",
        "no picture",
    );
    let page = read(file("", STRIPS, &[bad, gray(1, 1, "c8")]));
    assert_eq!(page.picture.rgb, [W, [200; 3]]);
    let codes: Vec<&str> = page.findings.iter().map(|d| d.code.name()).collect();
    assert_eq!(codes, ["BAD_IMAGE"]);
}

#[test]
fn an_image_that_breaks_off_is_white_from_there() {
    let page = read(file(
        "",
        "q 100 0 0 200 0 0 cm /X5 Do Q",
        &[gray(1, 2, "20")],
    ));
    assert_eq!(page.picture.rgb, [[0x20; 3], W]);
    assert_eq!(page.findings.len(), 1);
}

#[test]
fn lines_and_text_over_a_scan_are_rendered() {
    for over in [
        "0 0 100 100 re f",
        "BT /F1 200 Tf 0 20 Td (M) Tj ET",
        "0 100 m 100 100 l 30 w S",
        "/X6 Do",
    ] {
        let content = format!("q 100 0 0 200 0 0 cm /X5 Do Q {over}");
        let form = stream("/Subtype /Form /BBox [0 0 100 200]", "0 0 50 50 re f");
        let page = read(file("", &content, &[gray(1, 2, "e0e0"), form]));
        assert_eq!(page.origin, PictureOrigin::Rendered, "{over}");
        assert_eq!(page.findings, [], "{over}");
        assert!(page.picture.rgb.contains(&B), "{over}");
        assert!(page.picture.rgb.contains(&[0xe0; 3]), "{over}");
        assert_eq!(page.picture.dpi.map(f32::round), Some(200.0), "{over}");
    }
}

#[test]
fn invisible_text_and_white_paper_are_no_reason_to_render() {
    let content = "1 g 0 0 100 200 re f q 100 0 0 200 0 0 cm /X5 Do Q BT 3 Tr /F1 20 Tf (M) Tj ET";
    let page = read(file("", content, &[gray(1, 2, "00c8")]));
    assert_eq!(page.origin, PictureOrigin::Images);
    assert_eq!(page.picture.rgb, [B, [200; 3]]);
}

#[test]
fn white_over_an_image_hides_it() {
    let content = "q 100 0 0 200 0 0 cm /X5 Do Q 1 g 0 0 100 100 re f";
    let page = read(file("", content, &[gray(1, 2, "0000")]));
    assert_eq!(page.origin, PictureOrigin::Rendered);
    assert_eq!(page.picture.rgb.first(), Some(&B));
    assert_eq!(page.picture.rgb.last(), Some(&W));
}

#[test]
fn an_empty_page_has_no_picture() {
    let page = read_with(file("", "q Q", &[]), &PictureLimits::default());
    assert_eq!(page, Ok(None));
}

#[test]
fn what_could_exhaust_the_renderer_is_not_rendered() {
    let line = "0 0 10 10 re f ";
    // Forms that draw forms, ten times each.
    let doubled = |next: usize| {
        stream(
            &format!(
                "/Subtype /Form /BBox [0 0 100 200] /Resources << /XObject << /N {next} 0 R >> >>"
            ),
            &"/N Do ".repeat(10),
        )
    };
    let mut forms: Vec<String> = (6..13).map(doubled).collect();
    forms.push(stream("/Subtype /Form /BBox [0 0 1 1]", &line.repeat(10)));
    let page = read_with(file("", "/X5 Do", &forms), &PictureLimits::default());
    assert!(matches!(page, Err(PictureError::Unsupported(_))));
    // An image over the limit beside text: what can be shown is shown.
    let huge = image(
        60_000,
        60_000,
        "/BitsPerComponent 8 /ColorSpace /DeviceGray",
        "00",
    );
    let content = format!("{STRIPS} 10 0 0 10 0 0 cm /X7 Do {line}");
    let objects = [gray(1, 1, "00"), gray(1, 1, "c8"), huge];
    let page = read(file("", &content, &objects));
    assert_eq!(page.origin, PictureOrigin::Images);
    let codes: Vec<&str> = page.findings.iter().map(|d| d.code.name()).collect();
    assert_eq!(codes, ["BAD_IMAGE", "LIMIT_PIXELS"]);
}

#[test]
fn a_glyph_that_draws_itself_ends() {
    let font = "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97 /Widths [1] /Encoding << /Differences [97 /a] >> /CharProcs << /a 6 0 R >> /Resources << /Font << /F1 5 0 R >> >> >>";
    let procedure = stream("", "1 0 d0 BT /F1 1 Tf (aa) Tj ET");
    let font_of_page = "/Resources << /Font << /F1 5 0 R >> >>";
    let bytes = file(
        "",
        "BT /F1 12 Tf 10 10 Td (a) Tj ET",
        &[font.to_owned(), procedure],
    );
    // The page's own resources come first in the file; a second entry of the same name replaces them.
    let bytes = String::from_utf8(bytes).expect("it is text");
    let at = bytes.find("/Resources").expect("it has resources");
    let bytes = format!("{}{font_of_page} /Old{}", &bytes[..at], &bytes[at + 10..]);
    let page = read_with(bytes.into_bytes(), &PictureLimits::default());
    // Whether it is shown or refused, it comes to an end.
    assert!(!matches!(page, Ok(None)));
}

#[test]
fn no_row_or_column_of_a_whole_scan_is_dropped() {
    // 50 by 101 pixels on 100 by 200 points: nearly, not quite, the same resolution across and down.
    let hex: String = (0..50 * 101).map(|n| format!("{:02x}", n % 251)).collect();
    let page = read(file(
        "",
        "q 100 0 0 200 0 0 cm /X5 Do Q",
        &[gray(50, 101, &hex)],
    ));
    assert_eq!((page.picture.width, page.picture.height), (50, 101));
    let is_same = |(n, pixel): (usize, &[u8; 3])| usize::from(pixel[0]) == n % 251;
    assert!(page.picture.rgb.iter().enumerate().all(is_same));
}
