//! Annotations and form fields: what is printed over a page.
//! In: /Annots of a page. Out: their normal appearances, drawn; the values of fields that have none. Never: runs an action.

use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};

use super::content::{Interpreter, image_of};
use super::document::{resolved_items, text_string};
use super::matrix::Matrix;
use super::sink::{Drawn, Placement};
use crate::model::BBox;
use crate::model::page::Trust;

/// Annotations of a page that are looked at.
const MAX_ANNOTATIONS: usize = 20_000;
/// Parents of a field that are asked for what it inherits.
const MAX_PARENTS: usize = 8;
/// Text size of a field that says none, as a share of its height.
const FIELD_SIZE: f32 = 0.7;
/// Largest text size of a field that says none, points.
const MAX_FIELD_SIZE: f32 = 12.0;
/// Height of a line in ems.
const LINE_HEIGHT: f32 = 1.2;

/// Draws the annotations of a page over what is there; `ctm` is the page's own transformation.
pub(super) fn draw_annotations<'a>(
    interpreter: &mut Interpreter<'_, 'a>,
    page: &Dict<'a>,
    ctm: Matrix,
) {
    let Some(annotations) = page.get::<Array<'a>>(b"Annots") else {
        return;
    };
    interpreter.reset(ctm);
    let pdf = interpreter.doc.pdf;
    for item in resolved_items(pdf, &annotations).take(MAX_ANNOTATIONS) {
        let Object::Dict(annotation) = item else {
            continue;
        };
        if !interpreter.doc.limits.take_operator() {
            break;
        }
        draw_annotation(interpreter, &annotation, ctm);
    }
}

fn draw_annotation<'a>(interpreter: &mut Interpreter<'_, 'a>, annotation: &Dict<'a>, ctm: Matrix) {
    const HIDDEN: i32 = 1 << 1;
    const NO_VIEW: i32 = 1 << 5;
    let subtype = annotation.get::<Name<'_>>(b"Subtype");
    let subtype = subtype.as_deref().unwrap_or_default();
    let flags = annotation.get::<i32>(b"F").unwrap_or(0);
    if matches!(subtype, b"Popup" | b"Link")
        || flags & (HIDDEN | NO_VIEW) != 0
        || !interpreter.doc.layers.shows(annotation, b"OC")
    {
        return;
    }
    let Some(rect) = annotation
        .get::<[f32; 4]>(b"Rect")
        .filter(|rect| rect.iter().all(|n| n.is_finite()))
    else {
        return;
    };
    let rect = rect.map(f64::from);
    let before = interpreter.sink.glyphs.len();
    if let Some(appearance) = normal_appearance(annotation) {
        draw_appearance(interpreter, &appearance, rect);
    }
    if subtype == b"Widget" && interpreter.sink.glyphs.len() == before {
        draw_field_value(interpreter, annotation, rect, ctm);
    }
}

/// /AP /N, by /AS where there are several states.
fn normal_appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    match annotation.get::<Dict<'a>>(b"AP")?.get::<Object<'a>>(b"N")? {
        Object::Stream(stream) => Some(stream),
        Object::Dict(states) => {
            states.get::<Stream<'a>>(annotation.get::<Name<'_>>(b"AS")?.as_ref())
        }
        _ => None,
    }
}

/// Fits the appearance's box into the annotation's rectangle (ISO 32000-2, 12.5.5, algorithm 8).
fn draw_appearance<'a>(interpreter: &mut Interpreter<'_, 'a>, stream: &Stream<'a>, rect: [f64; 4]) {
    let dict = stream.dict();
    let bbox = dict
        .get::<[f32; 4]>(b"BBox")
        .unwrap_or([0.0, 0.0, 1.0, 1.0])
        .map(f64::from);
    let matrix = dict
        .get::<[f32; 6]>(b"Matrix")
        .map_or(Matrix::IDENTITY, |m| Matrix::from_array(m.map(f64::from)));
    let from = image_of(&matrix, bbox);
    let to = BBox::from_corners(
        rect[0] as f32,
        rect[1] as f32,
        rect[2] as f32,
        rect[3] as f32,
    );
    let scale = |to: f32, from: f32| {
        if from > 0.0 {
            f64::from(to / from)
        } else {
            1.0
        }
    };
    let (sx, sy) = (
        scale(to.width(), from.width()),
        scale(to.height(), from.height()),
    );
    let fit = Matrix::new(
        sx,
        0.0,
        0.0,
        sy,
        f64::from(to.left) - f64::from(from.left) * sx,
        f64::from(to.top) - f64::from(from.top) * sy,
    );
    if fit.is_sane() {
        interpreter.draw_form(stream, None, fit);
    }
}

/// Writes the value of a text or choice field into its rectangle.
fn draw_field_value<'a>(
    interpreter: &mut Interpreter<'_, 'a>,
    field: &Dict<'a>,
    rect: [f64; 4],
    ctm: Matrix,
) {
    const PASSWORD: i32 = 1 << 13;
    let is_text = inherited::<Name<'a>>(field, b"FT")
        .is_some_and(|kind| matches!(kind.as_ref(), b"Tx" | b"Ch"));
    if !is_text || inherited::<i32>(field, b"Ff").is_some_and(|flags| flags & PASSWORD != 0) {
        return;
    }
    let Some(value) = inherited::<PdfString<'a>>(field, b"V") else {
        return;
    };
    let value = text_string(&value);
    let bbox = image_of(&ctm, rect);
    let lines: Vec<&str> = value
        .split(['\r', '\n'])
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.is_empty() || bbox.height() <= 0.0 {
        return;
    }
    let said =
        inherited::<PdfString<'a>>(field, b"DA").and_then(|appearance| said_size(&appearance));
    let size = said.unwrap_or_else(|| (bbox.height() * FIELD_SIZE).min(MAX_FIELD_SIZE))
        * ctm.mean_scale() as f32;
    let clip = interpreter.sink.clip_id(&bbox);
    let block = size * LINE_HEIGHT * lines.len() as f32;
    let mut top = bbox.top + ((bbox.height() - block) / 2.0).max(0.0);
    for line in lines {
        let run = interpreter.sink.next_run();
        let mut left = bbox.left + size * 0.2;
        for ch in line.chars().filter(|ch| !ch.is_control()) {
            let width = if ch.is_ascii() { size * 0.5 } else { size };
            let glyph = BBox {
                left,
                top,
                right: left + width,
                bottom: top + size,
            };
            let origin = (f64::from(left), f64::from(glyph.bottom));
            let drawn = Drawn {
                bbox: glyph,
                origin,
                end: (f64::from(glyph.right), origin.1),
                size,
                run,
                clip,
                clip_box: bbox,
            };
            match interpreter.sink.place(&drawn) {
                Placement::Shown => interpreter.sink.push(ch, Trust::Mapped, &drawn),
                Placement::Outside | Placement::Hidden => interpreter.sink.census.hidden += 1,
            }
            left += width;
        }
        top += size * LINE_HEIGHT;
    }
}

/// A field's own entry or that of the nearest parent that has it.
fn inherited<'a, T>(field: &Dict<'a>, key: &[u8]) -> Option<T>
where
    T: FieldEntry<'a>,
{
    let mut node = field.clone();
    for _ in 0..MAX_PARENTS {
        if let Some(entry) = T::of(&node, key) {
            return Some(entry);
        }
        node = node.get::<Dict<'a>>(b"Parent")?;
    }
    None
}

/// What can stand in a field's dictionary.
trait FieldEntry<'a>: Sized {
    fn of(dict: &Dict<'a>, key: &[u8]) -> Option<Self>;
}

impl<'a> FieldEntry<'a> for Name<'a> {
    fn of(dict: &Dict<'a>, key: &[u8]) -> Option<Self> {
        dict.get(key)
    }
}

impl<'a> FieldEntry<'a> for PdfString<'a> {
    fn of(dict: &Dict<'a>, key: &[u8]) -> Option<Self> {
        dict.get(key)
    }
}

impl FieldEntry<'_> for i32 {
    fn of(dict: &Dict<'_>, key: &[u8]) -> Option<Self> {
        dict.get(key)
    }
}

/// The size in a default appearance such as `/Helv 12 Tf 0 g`; `None` for 0, which means automatic.
fn said_size(appearance: &[u8]) -> Option<f32> {
    let text = String::from_utf8_lossy(appearance);
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let at = words.iter().position(|word| *word == "Tf")?;
    words
        .get(at.checked_sub(1)?)?
        .parse::<f32>()
        .ok()
        .filter(|size| size.is_finite() && *size > 0.0)
}

#[cfg(test)]
mod tests {
    use super::said_size;

    #[test]
    fn size_of_a_default_appearance() {
        assert_eq!(said_size(b"/Helv 12 Tf 0 g"), Some(12.0));
        assert_eq!(said_size(b"0 g /Helv 0 Tf"), None);
        assert_eq!(said_size(b"Tf"), None);
    }
}
