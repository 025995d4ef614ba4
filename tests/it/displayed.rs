//! Boxes of what was recognised on a picture that lies on its side, stands upside down or leans: they are held against those
//! of the text layer that the picture was made of, moved as the picture was.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jixiao::acquire::ocr::Picture;
use jixiao::acquire::ocr::picture::{PictureLimits, to_png};
use jixiao::acquire::pdf::{PdfParams, open_pdf};
use jixiao::grammar::Grammars;
use jixiao::model::Record;
use jixiao::model::page::Glyph;
use jixiao::model::record::Provenance;
use jixiao::pipeline::{Outcome, PipelineParams, Reader, process_bytes, process_file};

use crate::samples::has_models;

/// How far an edge of a recognised cell may be off its cell in the text layer: rules have a thickness there, too.
const OCR_BBOX_TOLERANCE_PT: f32 = 2.5;
/// Width and height of the sample's page, points.
const PAGE: (f32, f32) = (594.96, 841.92);
/// Pixels of the picture for a point.
const SCALE: f32 = 150.0 / 72.0;

/// Where a point of the upright page lies on the page as displayed, and the other way, both in points.
struct Move {
    /// Width and height of the page as displayed.
    size: (f32, f32),
    there: fn(f32, f32) -> (f32, f32),
    back: fn(f32, f32) -> (f32, f32),
}

/// The page leans by so much, radians.
const LEAN: f32 = 0.03;

fn leaned(x: f32, y: f32, angle: f32) -> (f32, f32) {
    let (sin, cos) = angle.sin_cos();
    let (dx, dy) = (x - PAGE.0 / 2.0, y - PAGE.1 / 2.0);
    (
        PAGE.0 / 2.0 + dx * cos - dy * sin,
        PAGE.1 / 2.0 + dx * sin + dy * cos,
    )
}

const RIGHT: Move = Move {
    size: (PAGE.1, PAGE.0),
    there: |x, y| (PAGE.1 - y, x),
    back: |x, y| (y, PAGE.1 - x),
};
const LEFT: Move = Move {
    size: (PAGE.1, PAGE.0),
    there: |x, y| (y, PAGE.0 - x),
    back: |x, y| (PAGE.0 - y, x),
};
const HALF: Move = Move {
    size: PAGE,
    there: |x, y| (PAGE.0 - x, PAGE.1 - y),
    back: |x, y| (PAGE.0 - x, PAGE.1 - y),
};
const LEANING: Move = Move {
    size: PAGE,
    there: |x, y| leaned(x, y, LEAN),
    back: |x, y| leaned(x, y, -LEAN),
};

fn sample() -> Vec<u8> {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    fs::read(samples.join("department-ruled-pdf/input.pdf")).unwrap()
}

/// The sample as a picture.
fn picture() -> Picture {
    let file = open_pdf(sample(), &PdfParams::default()).value.unwrap();
    let limits = PictureLimits {
        render_dpi: 72.0 * SCALE,
        ..PictureLimits::default()
    };
    file.page_picture(1, &limits).unwrap().unwrap().picture
}

/// The picture of the page as it is displayed after it was moved.
fn moved(picture: &Picture, by: &Move) -> Picture {
    let pixels = |points: f32| (points * SCALE).round() as usize;
    let (width, height) = (pixels(by.size.0), pixels(by.size.1));
    let shade = |column: usize, row: usize| {
        let middle = |pixel: usize| (pixel as f32 + 0.5) / SCALE;
        let (x, y) = (by.back)(middle(column), middle(row));
        between(picture, x * SCALE - 0.5, y * SCALE - 0.5)
    };
    let rows = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
    Picture {
        width,
        height,
        rgb: rows.map(|(column, row)| [shade(column, row); 3]).collect(),
        dpi: None,
    }
}

/// The shade between four pixels.
fn between(picture: &Picture, x: f32, y: f32) -> u8 {
    let at = |x: f32, y: f32| {
        let is_inside =
            x >= 0.0 && y >= 0.0 && x < picture.width as f32 && y < picture.height as f32;
        if is_inside {
            f32::from(picture.rgb[y as usize * picture.width + x as usize][1])
        } else {
            255.0
        }
    };
    let (left, top) = (x.floor(), y.floor());
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let upper = mix(at(left, top), at(left + 1.0, top), x - left);
    let lower = mix(at(left, top + 1.0), at(left + 1.0, top + 1.0), x - left);
    mix(upper, lower, y - top).round() as u8
}

/// A PDF of one page, turned to the right by its /Rotate, that draws a picture.
fn scan_turned_right(picture: &Picture) -> Vec<u8> {
    let (width, height) = PAGE;
    let content = format!("q {width} 0 0 {height} 0 0 cm /P Do Q");
    let samples: Vec<u8> = picture.rgb.iter().map(|pixel| pixel[1]).collect();
    let dictionary = format!(
        "<< /Type /XObject /Subtype /Image /Width {} /Height {} /ColorSpace /DeviceGray /BitsPerComponent 8 /Length {} >>",
        picture.width,
        picture.height,
        samples.len()
    );
    let objects: [Vec<u8>; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /Rotate 90 /MediaBox [0 0 {width} {height}] \
             /Resources << /XObject << /P 5 0 R >> >> /Contents 4 0 R >>"
        )
        .into_bytes(),
        format!(
            "<< /Length {} >> stream\n{content}\nendstream",
            content.len()
        )
        .into_bytes(),
        [
            dictionary.as_bytes(),
            b" stream\n",
            &samples,
            b"\nendstream",
        ]
        .concat(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (object, number) in objects.iter().zip(1..) {
        table += &format!("{:010} 00000 n \n", file.len());
        file.extend(format!("{number} 0 obj\n").bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    table += &format!(
        "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    );
    file.extend(table.bytes());
    file
}

/// The words of the sample's text layer as OCR software gives them for a picture of the page after it was moved: a JSON
/// file of texts with their corners in pixels, in reading order.
fn words_after(by: &Move) -> String {
    let file = open_pdf(sample(), &PdfParams::default()).value.unwrap();
    let page = &file.read_pages().value[0];
    let printed: Vec<&Glyph> = page.glyphs.iter().filter(|g| g.ch != ' ').collect();
    let words = printed.chunk_by(|a, b| a.run == b.run);
    let entry = |word: &[&Glyph]| {
        let text: String = word.iter().map(|glyph| glyph.ch).collect();
        let boxes = word.iter().map(|glyph| glyph.bbox);
        let own = boxes.reduce(|a, b| a.union(&b)).unwrap();
        let corners = [
            (own.left, own.top),
            (own.right, own.top),
            (own.right, own.bottom),
            (own.left, own.bottom),
        ];
        let corners = corners.map(|(x, y)| {
            let (x, y) = (by.there)(x, y);
            [x * SCALE, y * SCALE]
        });
        format!(r#"{{"box": {corners:?}, "txt": "{text}"}}"#)
    };
    let entries: Vec<String> = words.map(entry).collect();
    format!("[{}]", entries.join(",\n"))
}

fn params() -> PipelineParams {
    PipelineParams {
        provenance: true,
        ..PipelineParams::default()
    }
}

fn read(bytes: Vec<u8>, name: &str) -> Outcome {
    let grammars = Grammars::load(&[]).unwrap();
    process_bytes(bytes, name, &Reader::new(&grammars), &params())
}

/// Where the values of the one form of a file were printed.
fn provenance(outcome: Outcome) -> BTreeMap<String, Provenance> {
    let records: [Record; 1] = outcome.records.try_into().unwrap();
    let [record] = records;
    record.provenance.unwrap()
}

/// The cell of a value after its page was moved: the box around its corners, in points of a page of `width`.
fn cell_after(own: &Provenance, by: &Move, width: f32) -> [f32; 4] {
    let [left, top, right, bottom] = own.bbox.unwrap();
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    let corners = corners.map(|(x, y)| (by.there)(x, y));
    let fold = |start: f32, pick: fn(f32, f32) -> f32, of: fn(&(f32, f32)) -> f32| {
        corners.iter().map(of).fold(start, pick) * width / by.size.0
    };
    [
        fold(f32::INFINITY, f32::min, |corner| corner.0),
        fold(f32::INFINITY, f32::min, |corner| corner.1),
        fold(0.0, f32::max, |corner| corner.0),
        fold(0.0, f32::max, |corner| corner.1),
    ]
}

/// Expects the cells of a file, whose page is displayed so many points wide, to lie where those of the sample come to lie.
#[track_caller]
fn check(read_moved: Outcome, by: &Move, width: f32) {
    /// Values whose text and place must be found again.
    const LEAST: usize = 45;
    let truth = provenance(read(sample(), "sample.pdf"));
    let read = provenance(read_moved);
    let mut n_found = 0;
    for (pointer, own) in &truth {
        let Some(found) = read.get(pointer).filter(|found| found.raw == own.raw) else {
            continue;
        };
        let (is, ought) = (found.bbox.unwrap(), cell_after(own, by, width));
        let is_near = |(a, b): (&f32, &f32)| (a - b).abs() <= OCR_BBOX_TOLERANCE_PT;
        let is_cell = is.iter().zip(&ought).all(is_near);
        assert!(
            is_cell,
            "{pointer} {:?}: {is:?}, expected {ought:?}",
            own.raw
        );
        n_found += 1;
    }
    assert!(n_found >= LEAST, "{n_found} of {}", truth.len());
}

/// Width of a picture that says no resolution, points: that of A4 that stands or lies.
fn width_of(by: &Move) -> f32 {
    if by.size.0 > by.size.1 { 842.0 } else { 595.0 }
}

#[track_caller]
fn check_picture(by: &Move) {
    let png = to_png(&moved(&picture(), by)).unwrap();
    check(read(png, "picture.png"), by, width_of(by));
}

/// A picture with words beside it, which need no models.
#[track_caller]
fn check_words_beside(by: &Move) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    fs::write(&path, to_png(&moved(&picture(), by)).unwrap()).unwrap();
    fs::write(path.with_extension("json"), words_after(by)).unwrap();
    let grammars = Grammars::load(&[]).unwrap();
    let outcome = process_file(
        &path,
        None,
        "picture.png",
        &Reader::new(&grammars),
        &params(),
    );
    check(outcome, by, width_of(by));
}

#[test]
fn boxes_of_words_beside_a_picture_lie_on_it() {
    check_words_beside(&RIGHT);
    check_words_beside(&LEFT);
    check_words_beside(&HALF);
    check_words_beside(&LEANING);
}

#[test]
fn boxes_lie_on_a_picture_that_is_turned_or_leans() {
    if !has_models() {
        println!("skipped: needs the models: jixiao models install");
        return;
    }
    check_picture(&RIGHT);
    check_picture(&LEFT);
    check_picture(&HALF);
    check_picture(&LEANING);
}

#[test]
fn boxes_lie_on_a_page_as_its_rotate_displays_it() {
    if !has_models() {
        println!("skipped: needs the models: jixiao models install");
        return;
    }
    let file = scan_turned_right(&picture());
    check(read(file, "turned.pdf"), &RIGHT, RIGHT.size.0);
}
