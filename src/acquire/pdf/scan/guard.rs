//! The guard before the renderer, which knows no limits of its own.
//! In: a page. Out: whether all that it draws, however deep, stays within limits. Never: decodes an image.
//!
//! Contents are followed by the names that they use, so that the images of other pages in shared resources cost nothing here.

use std::collections::{BTreeMap, BTreeSet};

use hayro_syntax::Pdf;
use hayro_syntax::content::{Instruction, UntypedIter};
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, Stream};
use hayro_syntax::page::Page as PdfPage;

use super::super::PdfParams;
use super::super::decode::decode_stream;
use super::super::document::{Doc, page_resources};
use super::raster::{Budget, check_image};

/// Contents inside contents.
const MAX_DEPTH: usize = 12;
/// Objects that are looked at besides contents: fonts, functions, shadings.
const MAX_OBJECTS: usize = 50_000;
/// Decoded bytes of a stream that is neither content nor image.
const MAX_STREAM_BYTES: usize = 32 << 20;
/// Procedures inside procedures of a function.
const MAX_PROCEDURES: usize = 32;
/// Characters for which a composite font says widths.
const MAX_WIDTHS: u64 = 200_000;
/// Annotations of a page.
const MAX_ANNOTATIONS: usize = 20_000;

type Refusal = &'static str;

/// Whether a page may be rendered.
///
/// # Errors
/// Why it may not.
pub(super) fn check_page<'a>(
    doc: &mut Doc<'a>,
    page: &'a PdfPage<'a>,
    budget: Budget,
    params: &PdfParams,
) -> Result<(), Refusal> {
    let pdf = doc.pdf;
    let content = doc.page_content(page.raw());
    let resources = page_resources(page);
    let mut guard = Guard {
        pdf,
        budget,
        max_cost: params.max_page_operators,
        operators_left: params.max_page_operators,
        bytes_left: params.max_decoded_stream_bytes,
        objects_left: MAX_OBJECTS,
        known: BTreeMap::new(),
        seen: BTreeSet::new(),
    };
    let mut cost = guard.content(&content, &resources, 0)?;
    let annotations = page.raw().get::<Array<'a>>(b"Annots");
    let annotations = annotations
        .iter()
        .flat_map(|annotations| annotations.iter::<Dict<'a>>())
        .take(MAX_ANNOTATIONS);
    for annotation in annotations {
        let appearance = annotation
            .get::<Dict<'a>>(b"AP")
            .and_then(|appearances| appearances.get::<Object<'a>>(b"N"));
        match appearance {
            Some(Object::Stream(stream)) => cost += guard.form(&stream, &resources, 0)?,
            Some(Object::Dict(states)) => {
                for (name, _) in states.entries() {
                    if let Some(stream) = states.get::<Stream<'a>>(name.as_ref()) {
                        cost += guard.form(&stream, &resources, 0)?;
                    }
                }
            }
            _ => {}
        }
        guard.within(cost)?;
    }
    Ok(())
}

struct Guard<'a> {
    pdf: &'a Pdf,
    budget: Budget,
    max_cost: u64,
    /// Operators that may still be looked at.
    operators_left: u64,
    /// Bytes of contents that may still be decoded.
    bytes_left: usize,
    objects_left: usize,
    /// Operators that an object costs each time it is drawn; `None` while it is looked at.
    known: BTreeMap<(u32, i32), Option<u64>>,
    /// Objects that are neither contents nor images, looked at already.
    seen: BTreeSet<(u32, i32)>,
}

impl<'a> Guard<'a> {
    fn within(&self, cost: u64) -> Result<u64, Refusal> {
        if cost > self.max_cost {
            Err("it draws more than the limit")
        } else {
            Ok(cost)
        }
    }

    /// The operators that a content stream costs, with all that it draws.
    fn content(&mut self, data: &[u8], resources: &Dict<'a>, depth: usize) -> Result<u64, Refusal> {
        if depth > MAX_DEPTH {
            return Err("it nests deeper than the limit");
        }
        let (mut cost, mut glyph_cost) = (0_u64, 0_u64);
        let mut operators = UntypedIter::new(data);
        let mut named = BTreeMap::new();
        while let Some(instruction) = operators.next() {
            self.operators_left = self
                .operators_left
                .checked_sub(1)
                .ok_or("it draws more than the limit")?;
            let category: &[u8] = match &**instruction.operator {
                b"Do" => b"XObject",
                b"scn" | b"SCN" => b"Pattern",
                b"sh" => b"Shading",
                b"gs" => b"ExtGState",
                b"Tf" => b"Font",
                b"cs" | b"CS" => b"ColorSpace",
                b"Tj" | b"TJ" | b"'" | b"\"" => {
                    cost = cost.saturating_add(n_bytes(&instruction).saturating_mul(glyph_cost));
                    b""
                }
                b"BI" => {
                    self.inline_image(&instruction)?;
                    b""
                }
                _ => b"",
            };
            let name = instruction.operands().find_map(|operand| match operand {
                Object::Name(name) if !category.is_empty() => Some(name),
                _ => None,
            });
            if let Some(name) = name {
                let key = (category, name.to_vec());
                let price = match named.get(&key) {
                    Some(price) => *price,
                    None => {
                        let price = self.named(category, name, resources, depth)?;
                        named.insert(key, price);
                        price
                    }
                };
                if category == b"Font" {
                    glyph_cost = price;
                } else {
                    cost = cost.saturating_add(price);
                }
            }
            cost = self.within(cost.saturating_add(1))?;
        }
        Ok(cost)
    }

    fn inline_image(&mut self, instruction: &Instruction<'_, '_>) -> Result<(), Refusal> {
        for operand in instruction.operands() {
            if let Object::Stream(image) = operand {
                check_image(image, &mut self.budget)
                    .map_err(|_| "an inline image is damaged or over a limit")?;
            }
        }
        Ok(())
    }

    /// The operators that a named resource costs each time it is used.
    fn named(
        &mut self,
        category: &[u8],
        name: &Name<'_>,
        resources: &Dict<'a>,
        depth: usize,
    ) -> Result<u64, Refusal> {
        let object = resources
            .get::<Dict<'a>>(category)
            .and_then(|named| named.get::<Object<'a>>(name.as_ref()));
        match (category, object) {
            (b"XObject", Some(Object::Stream(stream))) => {
                if stream.dict().get::<Name<'_>>(b"Subtype").as_deref() == Some(b"Form") {
                    self.form(&stream, resources, depth)
                } else {
                    self.image(&stream)
                }
            }
            (b"Pattern", Some(Object::Stream(stream))) => self.form(&stream, resources, depth),
            (b"ExtGState", Some(Object::Dict(dict))) => {
                let mask = dict
                    .get::<Dict<'a>>(b"SMask")
                    .and_then(|mask| mask.get::<Stream<'a>>(b"G"));
                self.look_at(Object::Dict(dict))?;
                mask.map_or(Ok(0), |group| self.form(&group, resources, depth))
            }
            (b"Font", Some(Object::Dict(dict))) => self.font(&dict, resources, depth),
            (_, Some(object)) => self.look_at(object).map(|()| 0),
            (_, None) => Ok(0),
        }
    }

    /// A form, a tiling pattern, a procedure of a glyph.
    fn form(
        &mut self,
        stream: &Stream<'a>,
        outer: &Dict<'a>,
        depth: usize,
    ) -> Result<u64, Refusal> {
        let id = stream.obj_id();
        let key = (id.obj_number, id.gen_number);
        match self.known.get(&key) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return Err("it draws itself"),
            None => {}
        }
        self.known.insert(key, None);
        let data = decode_stream(stream, self.bytes_left).or_else(|error| match error {
            super::super::decode::DecodeError::Limit => Err("a stream decodes beyond the limit"),
            super::super::decode::DecodeError::Unreadable => {
                Ok(std::borrow::Cow::Borrowed(&[][..]))
            }
        })?;
        self.bytes_left = self.bytes_left.saturating_sub(data.len());
        let own = stream.dict().get::<Dict<'a>>(b"Resources");
        let cost = self.content(&data, own.as_ref().unwrap_or(outer), depth + 1)?;
        self.known.insert(key, Some(cost));
        Ok(cost)
    }

    fn image(&mut self, stream: &Stream<'a>) -> Result<u64, Refusal> {
        const REFUSAL: Refusal = "an image is damaged or over a limit";
        let id = stream.obj_id();
        let key = (id.obj_number, id.gen_number);
        if self.known.contains_key(&key) {
            return Ok(0);
        }
        self.known.insert(key, Some(0));
        check_image(stream, &mut self.budget).map_err(|_| REFUSAL)?;
        for name in [&b"SMask"[..], b"Mask"] {
            if let Some(mask) = stream.dict().get::<Stream<'a>>(name) {
                check_image(&mask, &mut self.budget).map_err(|_| REFUSAL)?;
            }
        }
        if let Some(space) = stream.dict().get::<Object<'a>>(b"ColorSpace") {
            self.look_at(space)?;
        }
        Ok(0)
    }

    /// What one glyph of a font costs at most, in operators.
    fn font(&mut self, dict: &Dict<'a>, outer: &Dict<'a>, depth: usize) -> Result<u64, Refusal> {
        let mut most = 0;
        if let Some(procedures) = dict.get::<Dict<'a>>(b"CharProcs") {
            let own = dict.get::<Dict<'a>>(b"Resources");
            let resources = own.as_ref().unwrap_or(outer);
            for (name, _) in procedures.entries() {
                if let Some(procedure) = procedures.get::<Stream<'a>>(name.as_ref()) {
                    most = self.form(&procedure, resources, depth)?.max(most);
                }
            }
            return Ok(most);
        }
        self.look_at(Object::Dict(dict.clone()))?;
        Ok(0)
    }

    /// Looks at an object and at all that it names: functions, widths, sizes of streams. What points back to pages is left out.
    fn look_at(&mut self, object: Object<'a>) -> Result<(), Refusal> {
        let mut waiting = vec![object];
        while let Some(object) = waiting.pop() {
            self.objects_left = self
                .objects_left
                .checked_sub(1)
                .ok_or("it names more objects than the limit")?;
            let dict = match object {
                Object::Dict(dict) => dict,
                Object::Stream(stream) => {
                    check_stream(&stream)?;
                    stream.dict().clone()
                }
                Object::Array(array) => {
                    for item in array.raw_iter() {
                        self.await_item(item, &mut waiting);
                    }
                    continue;
                }
                _ => continue,
            };
            for key in [&b"W"[..], b"W2"] {
                if let Some(widths) = dict.get::<Array<'a>>(key) {
                    check_widths(&widths)?;
                }
            }
            for (name, item) in dict.entries() {
                if !matches!(
                    name.as_ref(),
                    b"Parent" | b"P" | b"W" | b"W2" | b"G" | b"CharProcs"
                ) {
                    self.await_item(item, &mut waiting);
                }
            }
        }
        Ok(())
    }

    fn await_item(&mut self, item: MaybeRef<Object<'a>>, waiting: &mut Vec<Object<'a>>) {
        match item {
            MaybeRef::NotRef(object) => {
                if matches!(
                    object,
                    Object::Dict(_) | Object::Array(_) | Object::Stream(_)
                ) {
                    waiting.push(object);
                }
            }
            MaybeRef::Ref(id) => {
                if self.seen.insert((id.obj_number, id.gen_number)) {
                    waiting.extend(self.pdf.xref().get::<Object<'a>>(id.into()));
                }
            }
        }
    }
}

/// Bytes of the strings that an instruction shows, at most.
fn n_bytes(instruction: &Instruction<'_, '_>) -> u64 {
    let n: usize = instruction
        .operands()
        .map(|operand| match operand {
            Object::String(text) => text.as_bytes().len(),
            Object::Array(array) => array.data().len(),
            _ => 0,
        })
        .sum();
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// A stream that is neither content nor image decodes within a limit, and if it is a function, it does not nest deep.
fn check_stream(stream: &Stream<'_>) -> Result<(), Refusal> {
    let data = match decode_stream(stream, MAX_STREAM_BYTES) {
        Ok(data) => data,
        Err(super::super::decode::DecodeError::Limit) => {
            return Err("a stream decodes beyond the limit");
        }
        Err(super::super::decode::DecodeError::Unreadable) => return Ok(()),
    };
    if stream.dict().get::<i32>(b"FunctionType") != Some(4) {
        return Ok(());
    }
    let mut depth = 0_usize;
    for byte in data.iter() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_PROCEDURES {
            return Err("a function nests deeper than the limit");
        }
    }
    Ok(())
}

/// Widths of a composite font are said one by one, or for ranges of characters (ISO 32000-2, 9.7.4.3): the renderer keeps each.
fn check_widths(widths: &Array<'_>) -> Result<(), Refusal> {
    let mut n = 0_u64;
    let mut numbers = Vec::new();
    for item in widths.iter::<Object<'_>>() {
        match item {
            Object::Array(list) => {
                n += list.data().len() as u64 / 2;
                numbers.clear();
            }
            Object::Number(number) => {
                numbers.push(number.as_f64());
                if let [first, last, ..] = numbers[..]
                    && numbers.len() == 3
                {
                    n = n.saturating_add((last - first).max(0.0) as u64);
                    numbers.clear();
                }
            }
            _ => {}
        }
        if n > MAX_WIDTHS {
            return Err("a font says widths for more characters than there are");
        }
    }
    Ok(())
}
