//! Content streams: operators become glyphs, rules and images of a page.
//! In: decoded bytes and the resources they name. Out: what [`Sink`] collects. Never: recurses without a bound; believes a number
//! that is not finite.
//!
//! Long because it is one table of operators and the state that they share.

use std::cell::RefCell;

use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::{Dict, Name, Object, Stream, String as PdfString};

use super::document::Doc;
use super::limits::{Noted, Part};
use super::matrix::Matrix;
use super::paint::{Paint, Space};
use super::path::Path;
use super::recording::{ImagePlacement, Recording};
use super::sink::Sink;
use super::text::TextState;
use crate::model::BBox;

/// Nested `q` that are kept; deeper ones are counted only.
const MAX_STATES: usize = 2048;

/// Operators that change nothing here (ISO 32000-2, table 50).
const IGNORED: &[&[u8]] = &[
    b"BX", b"DP", b"EI", b"EMC", b"ET", b"EX", b"ID", b"J", b"M", b"MP", b"d", b"d0", b"d1", b"i",
    b"j", b"ri", b"sh",
];

/// The resources of a content stream.
pub(super) struct Resources<'a> {
    fonts: Dict<'a>,
    /// Fonts named so far, sorted by name.
    font_names: RefCell<Vec<(Vec<u8>, Option<usize>)>>,
    x_objects: Dict<'a>,
    properties: Dict<'a>,
    states: Dict<'a>,
    spaces: Dict<'a>,
}

impl<'a> Resources<'a> {
    /// The sub-dictionaries that text and rules need.
    pub(super) fn new(dict: &Dict<'a>) -> Self {
        let part = |key: &[u8]| dict.get::<Dict<'a>>(key).unwrap_or_default();
        Self {
            fonts: part(b"Font"),
            font_names: RefCell::default(),
            x_objects: part(b"XObject"),
            properties: part(b"Properties"),
            states: part(b"ExtGState"),
            spaces: part(b"ColorSpace"),
        }
    }
}

impl<'a> Resources<'a> {
    fn font(&self, doc: &mut Doc<'a>, name: &Name<'_>) -> Option<usize> {
        let mut names = self.font_names.borrow_mut();
        match names.binary_search_by(|known| known.0.as_slice().cmp(name.as_ref())) {
            Ok(at) => names[at].1,
            Err(at) => {
                let font = doc.font(&self.fonts, name);
                names.insert(at, (name.to_vec(), font));
                font
            }
        }
    }
}

/// The graphics state, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// From user space to page space.
    pub(super) ctm: Matrix,
    /// Clip box, page space.
    pub(super) clip: BBox,
    pub(super) fill: Paint,
    pub(super) stroke: Paint,
    line_width: f64,
    /// What is painted lets through what lies below: opacity under 1, a blend mode, a soft mask.
    translucent: bool,
    /// The clip is no box along the axes, or is cut by one that is not.
    shaped_clip: bool,
    pub(super) text: TextState,
}

/// Content that was marked with BDC or BMC and is not closed yet.
struct Marked {
    hidden: bool,
    actual_text: Option<(usize, String)>,
}

/// Interprets the content of one page.
pub(super) struct Interpreter<'d, 'a> {
    pub(super) doc: &'d mut Doc<'a>,
    pub(super) sink: Sink,
    pub(super) state: State,
    stack: Vec<State>,
    /// `q` beyond the limit.
    n_uncounted: usize,
    pub(super) text_matrix: Matrix,
    pub(super) line_matrix: Matrix,
    path: Path,
    marked: Vec<Marked>,
    /// Open marks and layers that hide what they hold.
    pub(super) n_hidden: usize,
    /// Operators, and those of them that are none.
    n_operators: u64,
    n_unknown: u64,
    /// Forms that are being drawn, against cycles.
    active_forms: Vec<(u32, i32)>,
    /// What is drawn, where a picture is to be made of it.
    pub(super) recording: Option<Recording<'a>>,
}

impl<'d, 'a> Interpreter<'d, 'a> {
    /// An interpreter that draws into `sink` through `ctm`.
    pub(super) fn new(doc: &'d mut Doc<'a>, sink: Sink, ctm: Matrix) -> Self {
        let clip = sink.page_box;
        Self {
            doc,
            sink,
            state: State {
                ctm,
                clip,
                fill: Paint::BLACK,
                stroke: Paint::BLACK,
                line_width: 1.0,
                translucent: false,
                shaped_clip: false,
                text: TextState::default(),
            },
            stack: Vec::new(),
            n_uncounted: 0,
            text_matrix: Matrix::IDENTITY,
            line_matrix: Matrix::IDENTITY,
            path: Path::default(),
            marked: Vec::new(),
            n_hidden: 0,
            n_operators: 0,
            n_unknown: 0,
            active_forms: Vec::new(),
            recording: None,
        }
    }

    /// Goes back to the state of a fresh page, keeping what was collected.
    pub(super) fn reset(&mut self, ctm: Matrix) {
        let clip = self.sink.page_box;
        self.state = State {
            ctm,
            clip,
            fill: Paint::BLACK,
            stroke: Paint::BLACK,
            line_width: 1.0,
            translucent: false,
            shaped_clip: false,
            text: TextState::default(),
        };
        self.stack.clear();
        self.path.clear();
        self.n_hidden = 0;
    }

    /// Notes where the content of a page is none: more of its operators are unknown than known, or it has bytes and no operator. `data` is
    /// that content, which has been run.
    pub(super) fn note_unknown(&mut self, data: &[u8]) {
        // What stands behind `%` is a comment, to the end of its line (ISO 32000-2, 7.2.4).
        let is_blank = |line: &[u8]| {
            let code = line.split(|byte| *byte == b'%').next();
            code.is_none_or(|code| {
                code.iter()
                    .all(|byte| byte.is_ascii_whitespace() || *byte == 0)
            })
        };
        let mut lines = data.split(|byte| matches!(byte, b'\n' | b'\r'));
        let has_none = self.n_operators == 0 && !lines.all(is_blank);
        if has_none || self.n_unknown * 2 > self.n_operators {
            self.doc.limits.note(Noted::ContentMissing);
        } else if self.n_unknown > 0 {
            self.doc.limits.note(Noted::OperatorUnknown);
        }
    }

    /// Runs a content stream.
    pub(super) fn run(&mut self, data: &[u8], resources: &Resources<'a>) {
        let n_states = self.stack.len();
        let n_marked = self.marked.len();
        let n_uncounted = std::mem::take(&mut self.n_uncounted);
        let mut operators = UntypedIter::new(data);
        while let Some(instruction) = operators.next() {
            if !self.doc.limits.take_operator() {
                break;
            }
            self.operator(&instruction, resources, n_states, n_marked);
        }
        while self.marked.len() > n_marked {
            self.end_marked();
        }
        if let Some(&state) = self.stack.get(n_states) {
            self.stack.truncate(n_states);
            self.state = state;
        }
        self.n_uncounted = n_uncounted;
    }

    fn operator(
        &mut self,
        instruction: &Instruction<'_, '_>,
        resources: &Resources<'a>,
        n_states: usize,
        n_marked: usize,
    ) {
        let numbers = Numbers::of(instruction);
        let n = &numbers;
        self.n_operators += 1;
        match &**instruction.operator {
            b"q" => self.save(),
            b"Q" => self.restore(n_states),
            b"cm" => {
                if let Some(m) = n.last::<6>() {
                    let ctm = Matrix::from_array(m).then(&self.state.ctm);
                    if ctm.is_sane() {
                        self.state.ctm = ctm;
                    }
                }
            }
            b"w" => {
                self.state.line_width = n
                    .last::<1>()
                    .map_or(self.state.line_width, |[width]| width.abs())
            }
            b"gs" => self.set_state(instruction, resources),
            // Paths.
            b"m" => n.with(|[x, y]| self.path.move_to(&self.state.ctm, x, y)),
            b"l" => n.with(|[x, y]| self.path.line_to(&self.state.ctm, x, y)),
            b"c" => n.with(|[_, _, _, _, x, y]| self.path.curve_to(&self.state.ctm, x, y)),
            b"v" | b"y" => n.with(|[_, _, x, y]| self.path.curve_to(&self.state.ctm, x, y)),
            b"h" => self.path.close(),
            b"re" => n.with(|[x, y, w, h]| self.path.rectangle(&self.state.ctm, x, y, w, h)),
            b"S" => self.paint(false, true),
            b"s" => {
                self.path.close();
                self.paint(false, true);
            }
            b"f" | b"F" | b"f*" => self.paint(true, false),
            b"B" | b"B*" => self.paint(true, true),
            b"b" | b"b*" => {
                self.path.close();
                self.paint(true, true);
            }
            b"n" => self.paint(false, false),
            b"W" | b"W*" => self.path.clips = true,
            // Colours.
            b"g" => n.with(|[gray]| self.state.fill.set(Space::Gray, &[gray])),
            b"G" => n.with(|[gray]| self.state.stroke.set(Space::Gray, &[gray])),
            b"rg" => n.with(|rgb: [f64; 3]| self.state.fill.set(Space::Rgb, &rgb)),
            b"RG" => n.with(|rgb: [f64; 3]| self.state.stroke.set(Space::Rgb, &rgb)),
            b"k" => n.with(|cmyk: [f64; 4]| self.state.fill.set(Space::Cmyk, &cmyk)),
            b"K" => n.with(|cmyk: [f64; 4]| self.state.stroke.set(Space::Cmyk, &cmyk)),
            b"cs" => self
                .state
                .fill
                .set_space(operand_name(instruction), &resources.spaces),
            b"CS" => self
                .state
                .stroke
                .set_space(operand_name(instruction), &resources.spaces),
            b"sc" | b"scn" => self
                .state
                .fill
                .set_components(n.all(), operand_name(instruction).is_some()),
            b"SC" | b"SCN" => self
                .state
                .stroke
                .set_components(n.all(), operand_name(instruction).is_some()),
            // Objects.
            b"Do" => self.draw_object(instruction, resources),
            b"BI" => {
                for operand in instruction.operands() {
                    if let Object::Stream(image) = operand {
                        self.draw_image(image.dict(), resources, |recording, placement| {
                            recording.push_inline(image, placement);
                        });
                    }
                }
            }
            b"sh" if self.n_hidden == 0 => {
                if let Some(recording) = &mut self.recording {
                    recording.needs_rendering = true;
                }
            }
            // Text.
            b"BT" => (self.text_matrix, self.line_matrix) = (Matrix::IDENTITY, Matrix::IDENTITY),
            b"Tc" => n.with(|[spacing]| self.state.text.char_spacing = spacing),
            b"Tw" => n.with(|[spacing]| self.state.text.word_spacing = spacing),
            b"Tz" => n.with(|[percent]| self.state.text.horizontal_scale = percent / 100.0),
            b"TL" => n.with(|[leading]| self.state.text.leading = leading),
            b"Ts" => n.with(|[rise]| self.state.text.rise = rise),
            b"Tr" => n.with(|[mode]| self.state.text.mode = mode as i32),
            b"Tf" => {
                if let Some(name) = operand_name(instruction) {
                    self.state.text.font = resources.font(self.doc, name);
                }
                n.with(|[size]| self.state.text.size = size);
            }
            b"Td" => n.with(|[x, y]| self.next_line(x, y)),
            b"TD" => n.with(|[x, y]| {
                self.state.text.leading = -y;
                self.next_line(x, y);
            }),
            b"Tm" => n.with(|m: [f64; 6]| {
                let matrix = Matrix::from_array(m);
                if matrix.is_sane() {
                    (self.text_matrix, self.line_matrix) = (matrix, matrix);
                }
            }),
            b"T*" => self.next_line(0.0, -self.state.text.leading),
            b"Tj" => {
                if let Some(text) = operand_string(instruction) {
                    self.show(text);
                }
            }
            b"'" | b"\"" => {
                if let Some([word, char]) =
                    n.last::<2>().filter(|_| &**instruction.operator == b"\"")
                {
                    (self.state.text.word_spacing, self.state.text.char_spacing) = (word, char);
                }
                self.next_line(0.0, -self.state.text.leading);
                if let Some(text) = operand_string(instruction) {
                    self.show(text);
                }
            }
            b"TJ" => {
                for operand in instruction.operands() {
                    if let Object::Array(array) = operand {
                        self.show_array(array.data());
                    }
                }
            }
            // Marked content.
            b"BMC" => self.marked.push(Marked {
                hidden: false,
                actual_text: None,
            }),
            b"BDC" => self.begin_marked(instruction, resources),
            b"EMC" if self.marked.len() > n_marked => self.end_marked(),
            operator if IGNORED.contains(&operator) => {}
            _ => self.n_unknown += 1,
        }
    }

    fn save(&mut self) {
        if self.stack.len() >= MAX_STATES {
            self.doc.limits.note(Noted::Depth);
            self.n_uncounted += 1;
        } else {
            self.stack.push(self.state);
        }
    }

    fn restore(&mut self, n_states: usize) {
        if self.n_uncounted > 0 {
            self.n_uncounted -= 1;
        } else if self.stack.len() > n_states
            && let Some(state) = self.stack.pop()
        {
            self.state = state;
        }
    }

    fn set_state(&mut self, instruction: &Instruction<'_, '_>, resources: &Resources<'a>) {
        let Some(dict) = operand_name(instruction)
            .and_then(|name| resources.states.get::<Dict<'a>>(name.as_ref()))
        else {
            return;
        };
        let number = |key: &[u8]| {
            dict.get::<f32>(key)
                .map(f64::from)
                .filter(|n| n.is_finite())
        };
        if let Some(width) = number(b"LW") {
            self.state.line_width = width.abs();
        }
        if let Some(opacity) = number(b"ca") {
            self.state.translucent = opacity < 1.0;
        }
        if let Some(mode) = dict.get::<Name<'_>>(b"BM") {
            self.state.translucent |= !matches!(mode.as_ref(), b"Normal" | b"Compatible");
        }
        self.state.translucent |= dict.get::<Dict<'_>>(b"SMask").is_some();
        // A paint without opacity leaves nothing to be seen.
        if let Some(opacity) = number(b"ca") {
            self.state.fill.transparent = opacity <= 0.0;
        }
        if let Some(opacity) = number(b"CA") {
            self.state.stroke.transparent = opacity <= 0.0;
        }
        if let Some(font) = dict.get::<hayro_syntax::object::Array<'a>>(b"Font") {
            let id = font.raw_iter().next().and_then(|item| item.as_obj_ref());
            if let Some(id) = id {
                self.state.text.font = self.doc.font_by_ref(id);
            }
            let mut items = font.flex_iter();
            let _font: Option<Dict<'_>> = items.next();
            if let Some(size) = items.next::<f32>().filter(|size| size.is_finite()) {
                self.state.text.size = f64::from(size);
            }
        }
    }

    fn paint(&mut self, fill: bool, stroke: bool) {
        let state = &self.state;
        if self.n_hidden == 0 && !self.path.is_empty() {
            if let Some(recording) = &mut self.recording
                && let Some(bbox) = self.path.bbox()
            {
                for paint in [(fill, &state.fill), (stroke, &state.stroke)]
                    .iter()
                    .filter_map(|(is_used, paint)| is_used.then_some(paint))
                {
                    recording.note_path(&bbox, &state.clip, paint);
                }
            }
            if fill && state.fill.is_visible() {
                self.path.fill(&mut self.sink, &state.clip);
            }
            if stroke && state.stroke.is_visible() {
                let width = (state.line_width * state.ctm.mean_scale()) as f32;
                self.path
                    .stroke(&mut self.sink.rulings, width.max(HAIRLINE), &state.clip);
            }
        }
        if self.path.clips {
            self.state.shaped_clip |= !self.path.is_box();
            let cut = self
                .path
                .bbox()
                .and_then(|bbox| bbox.intersection(&self.state.clip));
            // Nothing is left: an empty box, where no glyph can be.
            let clip = self.state.clip;
            self.state.clip = cut.unwrap_or(BBox {
                right: clip.left,
                bottom: clip.top,
                ..clip
            });
        }
        self.path.clear();
    }

    fn draw_object(&mut self, instruction: &Instruction<'_, '_>, resources: &Resources<'a>) {
        let Some(stream) = operand_name(instruction)
            .and_then(|name| resources.x_objects.get::<Stream<'a>>(name.as_ref()))
        else {
            if self.n_hidden == 0 {
                self.doc.limits.note(Noted::ObjectMissing);
            }
            return;
        };
        let dict = stream.dict();
        match dict.get::<Name<'_>>(b"Subtype").as_deref() {
            Some(b"Image") if self.doc.layers.shows(dict, b"OC") => {
                self.draw_image(dict, resources, |recording, placement| {
                    recording.push(&stream, placement);
                });
            }
            Some(b"Form") => self.draw_form(&stream, Some(resources), Matrix::IDENTITY),
            _ => {}
        }
    }

    /// Notes an image; `record` hands it to the recording, if there is one.
    fn draw_image(
        &mut self,
        dict: &Dict<'_>,
        resources: &Resources<'a>,
        record: impl FnOnce(&mut Recording<'a>, ImagePlacement<'a>),
    ) {
        if self.n_hidden > 0 {
            return;
        }
        let bbox = unit_box(&self.state.ctm);
        let clip = self.state.clip;
        if let Some(recording) = &mut self.recording {
            recording.needs_rendering |= self.state.translucent || self.state.shaped_clip;
            let placement = ImagePlacement {
                to_page: self.state.ctm,
                clip,
                fill: self.state.fill.rgb(),
                spaces: resources.spaces.clone(),
            };
            record(recording, placement);
        }
        let is_mask = dict
            .get::<bool>(b"ImageMask")
            .or_else(|| dict.get::<bool>(b"IM"))
            .unwrap_or(false);
        let covers = !self.state.translucent
            && !is_mask
            && !dict.contains_key(b"SMask")
            && !dict.contains_key(b"Mask");
        self.sink.push_image(&bbox, &clip, covers);
    }

    /// Draws a form XObject (ISO 32000-2, 8.10) through `placement`, which acts after the form's own matrix.
    pub(super) fn draw_form(
        &mut self,
        stream: &Stream<'a>,
        outer: Option<&Resources<'a>>,
        placement: Matrix,
    ) {
        let id = stream.obj_id();
        let key = (id.obj_number, id.gen_number);
        if self.active_forms.len() >= self.doc.max_form_depth || self.active_forms.contains(&key) {
            self.doc.limits.note(Noted::Depth);
            return;
        }
        if self.doc.forms_left == 0 {
            self.doc.limits.note(Noted::Operators);
            return;
        }
        self.doc.forms_left -= 1;
        let dict = stream.dict();
        let matrix = dict
            .get::<[f32; 6]>(b"Matrix")
            .map_or(Matrix::IDENTITY, |m| Matrix::from_array(m.map(f64::from)));
        let ctm = matrix.then(&placement).then(&self.state.ctm);
        if !ctm.is_sane() {
            return;
        }
        let Some(data) = self.doc.limits.decode(stream, Part::Content) else {
            return;
        };
        let own = dict
            .get::<Dict<'a>>(b"Resources")
            .map(|dict| Resources::new(&dict));
        let empty = Resources::new(&Dict::empty());
        let resources = own.as_ref().or(outer).unwrap_or(&empty);
        let saved = (
            self.state,
            self.text_matrix,
            self.line_matrix,
            std::mem::take(&mut self.path),
            self.n_hidden,
        );
        self.state.ctm = ctm;
        if let Some(bbox) = dict.get::<[f32; 4]>(b"BBox") {
            let shown = image_of(&ctm, bbox.map(f64::from));
            self.state.clip = shown.intersection(&self.state.clip).unwrap_or(BBox {
                right: self.state.clip.left,
                bottom: self.state.clip.top,
                ..self.state.clip
            });
        }
        if !self.doc.layers.shows(dict, b"OC") {
            self.n_hidden += 1;
        }
        self.active_forms.push(key);
        self.run(&data, resources);
        self.active_forms.pop();
        (
            self.state,
            self.text_matrix,
            self.line_matrix,
            self.path,
            self.n_hidden,
        ) = saved;
    }

    fn begin_marked(&mut self, instruction: &Instruction<'_, '_>, resources: &Resources<'a>) {
        let mut operands = instruction.operands();
        let tag = operands.next();
        let properties = operands.next();
        let mut mark = Marked {
            hidden: false,
            actual_text: None,
        };
        let is_layer = matches!(tag, Some(Object::Name(name)) if name.as_ref() == b"OC");
        match properties {
            Some(Object::Name(name)) if is_layer => {
                mark.hidden = !self.doc.layers.shows(&resources.properties, name.as_ref())
            }
            Some(Object::Name(name)) => {
                let text = resources
                    .properties
                    .get::<Dict<'a>>(name.as_ref())
                    .and_then(|dict| dict.get::<PdfString<'a>>(b"ActualText"));
                mark.actual_text =
                    text.map(|text| (self.sink.glyphs.len(), super::document::text_string(&text)));
            }
            Some(Object::Dict(dict)) => {
                mark.actual_text = dict
                    .get::<PdfString<'_>>(b"ActualText")
                    .map(|text| (self.sink.glyphs.len(), super::document::text_string(&text)));
            }
            _ => {}
        }
        self.n_hidden += usize::from(mark.hidden);
        self.marked.push(mark);
    }

    fn end_marked(&mut self) {
        let Some(mark) = self.marked.pop() else {
            return;
        };
        self.n_hidden = self.n_hidden.saturating_sub(usize::from(mark.hidden));
        if let Some((from, text)) = mark.actual_text {
            self.sink.apply_actual_text(from, &text);
        }
    }
}

/// Thickness of the thinnest line that a device can draw, points.
const HAIRLINE: f32 = 0.1;

/// The box of the unit square.
fn unit_box(ctm: &Matrix) -> BBox {
    image_of(ctm, [0.0, 0.0, 1.0, 1.0])
}

/// The box around the image of a rectangle given by two corners.
pub(super) fn image_of(matrix: &Matrix, [x0, y0, x1, y1]: [f64; 4]) -> BBox {
    let corners = [
        matrix.apply(x0, y0),
        matrix.apply(x1, y0),
        matrix.apply(x1, y1),
        matrix.apply(x0, y1),
    ];
    let corners = corners.map(|(x, y)| (x as f32, y as f32));
    let fold = |pick: fn(f32, f32) -> f32, of: fn(&(f32, f32)) -> f32| {
        corners.iter().map(of).reduce(pick).unwrap_or(0.0)
    };
    BBox {
        left: fold(f32::min, |c| c.0),
        top: fold(f32::min, |c| c.1),
        right: fold(f32::max, |c| c.0),
        bottom: fold(f32::max, |c| c.1),
    }
}

fn operand_name<'b>(instruction: &Instruction<'b, '_>) -> Option<&'b Name<'b>> {
    instruction.operands().find_map(|operand| match operand {
        Object::Name(name) => Some(name),
        _ => None,
    })
}

fn operand_string<'b>(instruction: &Instruction<'b, '_>) -> Option<&'b [u8]> {
    instruction.operands().find_map(|operand| match operand {
        Object::String(text) => Some(text.as_bytes()),
        _ => None,
    })
}

/// The numbers among the operands.
struct Numbers {
    values: [f64; 8],
    len: usize,
}

impl Numbers {
    fn of(instruction: &Instruction<'_, '_>) -> Self {
        let mut numbers = Self {
            values: [0.0; 8],
            len: 0,
        };
        for operand in instruction.operands() {
            if let Object::Number(number) = operand {
                if numbers.len == numbers.values.len() {
                    numbers.values.rotate_left(1);
                    numbers.len -= 1;
                }
                numbers.values[numbers.len] = number.as_f64();
                numbers.len += 1;
            }
        }
        numbers
    }

    fn all(&self) -> &[f64] {
        &self.values[..self.len]
    }

    /// The last `N` numbers, if there are as many and all are finite.
    fn last<const N: usize>(&self) -> Option<[f64; N]> {
        let start = self.len.checked_sub(N)?;
        let values: [f64; N] = self.values[start..self.len].try_into().ok()?;
        values
            .iter()
            .all(|value| value.is_finite())
            .then_some(values)
    }

    fn with<const N: usize>(&self, act: impl FnOnce([f64; N])) {
        if let Some(values) = self.last::<N>() {
            act(values);
        }
    }
}
