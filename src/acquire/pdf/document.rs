//! A document that is being read: its fonts, its limits, its pages.
//! In: an opened PDF. Out: pages in page space. Never: loads a font twice.

use std::borrow::Cow;
use std::collections::HashMap;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, ObjRef, Object, Rect, Stream};
use hayro_syntax::page::{A4, Page as PdfPage, Rotation};

use super::PdfParams;
use super::annotations::draw_annotations;
use super::content::{Interpreter, Resources};
use super::fonts::Font;
use super::layers::Layers;
use super::limits::{Limits, Noted, Part};
use super::matrix::Matrix;
use super::recording::Recording;
use super::sink::Sink;
use crate::model::Page;

/// What all pages of a document share.
pub(super) struct Doc<'a> {
    /// The opened file.
    pub(super) pdf: &'a Pdf,
    /// Fonts loaded so far.
    pub(super) fonts: Vec<Font<'a>>,
    /// Fonts by their object.
    font_ids: HashMap<(u32, i32), usize>,
    /// Fonts that are no objects of their own, by where their dictionary lies.
    inline_fonts: HashMap<usize, usize>,
    /// What the file may still cost.
    pub(super) limits: Limits,
    /// Layers that are off.
    pub(super) layers: Layers,
    /// Nested forms that are followed.
    pub(super) max_form_depth: usize,
    /// Forms that may still be drawn on this page.
    pub(super) forms_left: u64,
    /// Fonts found to write GBK bytes.
    pub(super) gbk_fonts: Vec<usize>,
    /// Characters repaired so far.
    pub(super) n_repaired: u64,
}

impl<'a> Doc<'a> {
    /// Nothing read yet.
    pub(super) fn new(pdf: &'a Pdf, params: &PdfParams) -> Self {
        Self {
            pdf,
            fonts: Vec::new(),
            font_ids: HashMap::new(),
            inline_fonts: HashMap::new(),
            limits: Limits::new(params),
            layers: Layers::of(pdf),
            max_form_depth: params.max_form_depth,
            forms_left: 0,
            gbk_fonts: Vec::new(),
            n_repaired: 0,
        }
    }

    /// The font of this name; a name that says nothing yields a font that knows standard Latin letters, as viewers do.
    pub(super) fn font(&mut self, fonts: &Dict<'a>, name: &Name<'_>) -> Option<usize> {
        if let Some(id) = fonts.get_ref(name.as_ref()) {
            return self.font_by_ref(id);
        }
        let dict = fonts.get::<Dict<'a>>(name.as_ref()).unwrap_or_default();
        let at = dict.data().as_ptr() as usize;
        if let Some(&index) = self.inline_fonts.get(&at) {
            return Some(index);
        }
        let index = self.load_font(&dict);
        self.inline_fonts.insert(at, index);
        Some(index)
    }

    /// The font that is this object.
    pub(super) fn font_by_ref(&mut self, id: ObjRef) -> Option<usize> {
        let key = (id.obj_number, id.gen_number);
        if let Some(&index) = self.font_ids.get(&key) {
            return Some(index);
        }
        let dict = self
            .pdf
            .xref()
            .get::<Dict<'a>>(id.into())
            .unwrap_or_default();
        let index = self.load_font(&dict);
        self.font_ids.insert(key, index);
        Some(index)
    }

    fn load_font(&mut self, dict: &Dict<'a>) -> usize {
        let font = Font::load(dict, &mut self.limits);
        self.fonts.push(font);
        self.fonts.len() - 1
    }

    /// Reads a page.
    pub(super) fn read_page(
        &mut self,
        page: &'a PdfPage<'a>,
        number: u32,
        params: &PdfParams,
    ) -> Page {
        let (sink, _) = self.draw_page(page, number, params, None);
        let (page, n_repaired) = sink.finish(number, &mut self.gbk_fonts, params);
        self.n_repaired += u64::from(n_repaired);
        page
    }

    /// Interprets a page and its annotations; a recording that is handed in comes back.
    pub(super) fn draw_page(
        &mut self,
        page: &'a PdfPage<'a>,
        number: u32,
        params: &PdfParams,
        recording: Option<Recording<'a>>,
    ) -> (Sink, Option<Recording<'a>>) {
        self.limits.begin_page(number);
        self.forms_left = params.max_page_forms;
        let (ctm, width, height) = page_space(page, params);
        let resources = Resources::new(&page_resources(page));
        let data = self.page_content(page.raw());
        let sink = Sink::new(width, height, params);
        let mut interpreter = Interpreter::new(self, sink, ctm);
        interpreter.recording = recording;
        interpreter.run(&data, &resources);
        interpreter.note_unknown(&data);
        draw_annotations(&mut interpreter, page.raw(), ctm);
        (interpreter.sink, interpreter.recording)
    }

    /// The content of a page, its parts joined.
    pub(super) fn page_content(&mut self, page: &Dict<'a>) -> Cow<'a, [u8]> {
        match page.get::<Object<'a>>(b"Contents") {
            Some(Object::Stream(stream)) => self
                .limits
                .decode(&stream, Part::Content)
                .unwrap_or_default(),
            Some(Object::Array(parts)) => {
                let mut data = Vec::new();
                for part in parts.raw_iter() {
                    let stream = match part {
                        MaybeRef::Ref(id) => self.pdf.xref().get::<Stream<'a>>(id.into()),
                        MaybeRef::NotRef(Object::Null(_)) => continue,
                        MaybeRef::NotRef(object) => object.into_stream(),
                    };
                    match stream {
                        Some(stream) => {
                            if let Some(part) = self.limits.decode(&stream, Part::Content) {
                                data.extend_from_slice(&part);
                                data.push(b'\n');
                            }
                        }
                        None => self.limits.note(Noted::ContentMissing),
                    }
                }
                Cow::Owned(data)
            }
            Some(Object::Null(_)) => Cow::default(),
            // A page without content is blank; one whose content is not there is not.
            _ if !page.contains_key(b"Contents") => Cow::default(),
            _ => {
                self.limits.note(Noted::ContentMissing);
                Cow::default()
            }
        }
    }
}

/// The resources of a page; inherited ones are found by walking up its parents.
pub(super) fn page_resources<'a>(page: &PdfPage<'a>) -> Dict<'a> {
    const MAX_PARENTS: usize = 64;
    let mut node = page.raw().clone();
    for _ in 0..MAX_PARENTS {
        if let Some(resources) = node.get::<Dict<'a>>(b"Resources") {
            return resources;
        }
        let Some(parent) = node.get::<Dict<'a>>(b"Parent") else {
            break;
        };
        node = parent;
    }
    Dict::empty()
}

/// The transformation from default user space to page space, and the page's width and height in points (ISO 32000-2, 14.11.2
/// and table 31): CropBox within MediaBox, /Rotate, /UserUnit.
pub(super) fn page_space(page: &PdfPage<'_>, params: &PdfParams) -> (Matrix, f32, f32) {
    let usable = |rect: Rect| {
        let all_finite = [rect.x0, rect.y0, rect.x1, rect.y1]
            .iter()
            .all(|n| n.is_finite() && n.abs() < 1e7);
        (all_finite && rect.width() >= 1.0 && rect.height() >= 1.0).then_some(rect)
    };
    let rect = usable(page.intersected_crop_box())
        .or_else(|| usable(page.media_box()))
        .unwrap_or(A4);
    let unit = page
        .raw()
        .get::<f32>(b"UserUnit")
        .filter(|unit| unit.is_finite() && (0.01..=10_000.0).contains(unit))
        .map_or(1.0, f64::from);
    let (w, h) = (rect.width(), rect.height());
    let to_origin = Matrix::new(1.0, 0.0, 0.0, 1.0, -rect.x0, -rect.y0);
    let (turn, width, height) = match page.rotation() {
        Rotation::None => (Matrix::new(1.0, 0.0, 0.0, -1.0, 0.0, h), w, h),
        Rotation::Horizontal => (Matrix::new(0.0, 1.0, 1.0, 0.0, 0.0, 0.0), h, w),
        Rotation::Flipped => (Matrix::new(-1.0, 0.0, 0.0, 1.0, w, 0.0), w, h),
        Rotation::FlippedHorizontal => (Matrix::new(0.0, -1.0, -1.0, 0.0, h, w), h, w),
    };
    // A page of kilometres is shrunk to what a page can be.
    let largest = f64::from(params.max_page_size);
    let unit = unit.min(largest / width.max(height));
    let scale = Matrix::new(unit, 0.0, 0.0, unit, 0.0, 0.0);
    (
        to_origin.then(&turn).then(&scale),
        (width * unit) as f32,
        (height * unit) as f32,
    )
}

/// A text string (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 behind its mark, else PDFDocEncoding, of which Windows-1252 is near.
pub(super) fn text_string(bytes: &[u8]) -> String {
    let (encoding, bytes) = match bytes {
        [0xFE, 0xFF, rest @ ..] => (encoding_rs::UTF_16BE, rest),
        [0xFF, 0xFE, rest @ ..] => (encoding_rs::UTF_16LE, rest),
        [0xEF, 0xBB, 0xBF, rest @ ..] => (encoding_rs::UTF_8, rest),
        _ => (encoding_rs::WINDOWS_1252, bytes),
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// The objects of an array, references followed.
pub(super) fn resolved_items<'a>(
    pdf: &'a Pdf,
    array: &Array<'a>,
) -> impl Iterator<Item = Object<'a>> + use<'a> {
    array.raw_iter().filter_map(move |item| match item {
        MaybeRef::Ref(id) => pdf.xref().get::<Object<'a>>(id.into()),
        MaybeRef::NotRef(object) => Some(object),
    })
}

#[cfg(test)]
mod tests {
    use super::text_string;

    #[test]
    fn text_strings_have_marks() {
        assert_eq!(text_string(&[0xFE, 0xFF, 0x98, 0x79]), "项");
        assert_eq!(text_string(b"\xEF\xBB\xBF\xE9\xA1\xB9"), "项");
        assert_eq!(text_string(b"abc"), "abc");
    }
}
