//! A second opinion: the values of a form are held against what another reader saw where they were printed.
//!
//! In: a [`Form`] with the places of its values, and the pages that it was read from. Out: `second_differs` for each place
//! where a second reading has other characters. Never: takes a character of a second reading for a value.
//!
//! Both readings are compared as printed: the glyphs of both in the box of the value, not the typed value. Width, white
//! space and kinds of dashes do not matter. A value that is a part of its cell is found in it, and what differs beside it
//! does not count. Where a second reading has nothing at all in a box it has no opinion, and nothing is said.

mod alignment;
mod placed;

use std::collections::BTreeMap;
use std::ops::Range;

use self::alignment::{Sign, difference};
use self::placed::{PlacedGlyphs, displacement};
use crate::model::fold::{fold_char, is_white};
use crate::model::page::{Page, Seen};
use crate::model::{BBox, Code, Diagnostic, Form};

/// Says where second readings differ from the values of a form: once for each place and reading.
#[must_use]
pub fn second_opinions(form: &Form, pages: &[Page]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let places = places(form);
    let (first, last) = form.pages.unwrap_or((0, u32::MAX));
    let of_form = |page: &&Page| (first..=last).contains(&page.number);
    let is_heard = |page: &&Page| !page.second.is_empty();
    for page in pages.iter().filter(of_form).filter(is_heard) {
        let of_page: Vec<&ValuePlace<'_>> = places
            .iter()
            .filter(|place| place.page == page.number)
            .collect();
        if !of_page.is_empty() {
            findings.extend(compare_page(page, &of_page));
        }
    }
    findings
}

/// Where values were printed together: one cell, or one text.
struct ValuePlace<'a> {
    page: u32,
    bbox: BBox,
    raw: &'a str,
    /// The values that were read from it.
    pointers: Vec<&'a str>,
}

/// The places of a form's values on pages.
fn places(form: &Form) -> Vec<ValuePlace<'_>> {
    let mut places: BTreeMap<(u32, [u32; 4], &str), ValuePlace<'_>> = BTreeMap::new();
    for (pointer, raw) in &form.provenance {
        let (Some(page), Some(bbox)) = (raw.place.page, raw.place.bbox) else {
            continue;
        };
        let corners = [bbox.left, bbox.top, bbox.right, bbox.bottom].map(f32::to_bits);
        let place = places
            .entry((page, corners, &raw.text))
            .or_insert_with(|| ValuePlace {
                page,
                bbox,
                raw: &raw.text,
                pointers: Vec::new(),
            });
        place.pointers.push(pointer);
    }
    places.into_values().collect()
}

fn compare_page(page: &Page, places: &[&ValuePlace<'_>]) -> Vec<Diagnostic> {
    let own = PlacedGlyphs::new(&page.glyphs, (0.0, 0.0));
    let mut findings = Vec::new();
    for reading in &page.second {
        let differing: Vec<(&ValuePlace<'_>, String)> = match &reading.seen {
            Seen::Glyphs(glyphs) => {
                let theirs = PlacedGlyphs::new(glyphs, displacement(glyphs, &page.glyphs));
                let compare = |place: &&ValuePlace<'_>| compare_glyphs(place, &own, &theirs);
                let compared = places.iter().map(|place| (*place, compare(place)));
                let with = |(own, theirs): (String, String)| {
                    let (own, theirs) = excerpts(&own, &theirs);
                    format!("read as {own:?}, {} has {theirs:?}", reading.reader)
                };
                compared
                    .filter_map(|(place, found)| Some((place, with(found?))))
                    .collect()
            }
            Seen::Text(text) => {
                let text: String = folded(text).collect();
                let missing = |place: &&ValuePlace<'_>| missing_in(place, &own, &text);
                let compared = places.iter().map(|place| (*place, missing(place)));
                let with = |own: String| {
                    let (own, _) = excerpts(&own, "");
                    let (reader, number) = (&reading.reader, page.number);
                    format!("{own:?} is not in what {reader} read on page {number}")
                };
                compared
                    .filter_map(|(place, found)| Some((place, with(found?))))
                    .collect()
            }
        };
        findings.extend(differing.into_iter().map(|(place, message)| {
            Diagnostic::new(Code::SecondDiffers, spokesman(&place.pointers), message)
        }));
    }
    findings
}

/// The value and what a second reading has for it, where that differs.
fn compare_glyphs(
    place: &ValuePlace<'_>,
    own: &PlacedGlyphs,
    theirs: &PlacedGlyphs,
) -> Option<(String, String)> {
    let own = own.within(&place.bbox);
    let span = span_of(place.raw, &own.signs)?;
    let near = theirs.around(&place.bbox);
    if !near.signs.iter().any(|sign| sign.is_inside) {
        return None;
    }
    let found = difference(&own.signs, &near.signs, span.clone())?;
    // Lines that lean or overlap may be put in another order than they were written in.
    difference(&own.signs, &near.as_written(), span.clone())?;
    let printed = own.signs[span].iter().map(|sign| sign.printed).collect();
    Some((printed, found))
}

/// The part of a value that a text without places does not have. A value of several lines may be written with others
/// between them: then each line is looked for.
fn missing_in(place: &ValuePlace<'_>, own: &PlacedGlyphs, text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let own = own.within(&place.bbox);
    let span = span_of(place.raw, &own.signs)?;
    let folded = |range: Range<usize>| -> String {
        own.signs[range].iter().map(|sign| sign.folded).collect()
    };
    if text.contains(&folded(span.clone())) {
        return None;
    }
    let mut starts: Vec<usize> = own.line_starts.clone();
    starts.retain(|start| span.contains(start) && *start > span.start);
    starts.insert(0, span.start);
    let ends = starts.iter().skip(1).copied().chain([span.end]);
    let missing = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| *start..end)
        .find(|line| !text.contains(&folded(line.clone())))?;
    Some(own.signs[missing].iter().map(|sign| sign.printed).collect())
}

/// Where a value stands among the characters of its box: the last time, for labels stand first. All of them where it is
/// not to be found, as one that goes on over the page; `None` where nothing is printed.
fn span_of(raw: &str, own: &[Sign]) -> Option<Range<usize>> {
    if own.is_empty() {
        return None;
    }
    let raw: Vec<char> = folded(raw).collect();
    let last = own.len().checked_sub(raw.len()).filter(|_| !raw.is_empty());
    let start = last.and_then(|last| {
        (0..=last).rev().find(|start| {
            let here = own[*start..].iter().map(|sign| sign.folded);
            here.take(raw.len()).eq(raw.iter().copied())
        })
    });
    Some(start.map_or(0..own.len(), |start| start..start + raw.len()))
}

/// A text as readings are compared.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|ch| !is_white(*ch)).map(fold_sign)
}

/// A character as readings are compared: as labels are, and dashes, signs and quotes that differ by their font alone.
fn fold_sign(ch: char) -> char {
    match ch {
        '‒' | '─' | '━' | '﹘' => '-',
        '≧' | '⩾' => '≥',
        '≦' | '⩽' => '≤',
        '“' | '”' | '„' | '〝' | '〞' => '"',
        '‘' | '’' | '‚' | '′' => '\'',
        '•' | '・' | '‧' | '∙' | '⋅' => '·',
        ch => fold_char(ch),
    }
}

/// Two readings, cut to where they differ.
fn excerpts(own: &str, theirs: &str) -> (String, String) {
    /// Characters of an excerpt, and how many stand before the first difference.
    const MOST: usize = 60;
    const BEFORE: usize = 10;
    let n_alike = own
        .chars()
        .zip(theirs.chars())
        .take_while(|(a, b)| fold_sign(*a) == fold_sign(*b))
        .count();
    let n_longest = own.chars().count().max(theirs.chars().count());
    let skipped = if n_longest <= MOST {
        0
    } else {
        n_alike.saturating_sub(BEFORE)
    };
    let cut = |text: &str| {
        let mut kept = String::new();
        if skipped > 0 {
            kept.push('…');
        }
        let mut rest = text.chars().skip(skipped);
        kept.extend(rest.by_ref().take(MOST));
        if rest.next().is_some() {
            kept.push('…');
        }
        kept
    };
    (cut(own), cut(theirs))
}

/// The pointer that speaks for values of one place: the object whose parts they are (`/project`), else the first.
fn spokesman<'a>(pointers: &[&'a str]) -> &'a str {
    // A unit is printed beside the amount that it is about.
    let values = || {
        let values = pointers
            .iter()
            .filter(|pointer| **pointer != "/amount_unit");
        values.copied()
    };
    let Some(first) = values().min_by_key(|pointer| natural(pointer)) else {
        return pointers.first().copied().unwrap_or_default();
    };
    let parent = first.rsplit_once('/').map_or("", |(parent, _)| parent);
    let is_part = |pointer: &str| pointer.rsplit_once('/').is_some_and(|(p, _)| p == parent);
    let is_object = !parent.is_empty() && parent.rsplit('/').next().is_some_and(is_name);
    if is_object && values().count() > 1 && values().all(is_part) {
        parent
    } else {
        first
    }
}

fn is_name(segment: &str) -> bool {
    segment.parse::<u32>().is_err()
}

/// The segments of a pointer, rows of a list by their numbers.
fn natural(pointer: &str) -> Vec<(Option<u32>, &str)> {
    let segments = pointer.split('/');
    segments
        .map(|segment| (segment.parse().ok(), segment))
        .collect()
}

#[cfg(test)]
mod tests;
