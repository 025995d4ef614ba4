//! Words beside a picture: words that other software read on a picture, and the rules that are found on it, on one page.
//!
//! In: a [`WordPage`], the picture, and what was found on it. Out: a [`WordPage`] in pixels of the upright page. Never: lays
//! words over a picture whose proportions are not those of their page.

use super::upright::TALL;
use super::{Quad, Word, WordPage};
use crate::acquire::ocr::unwarp::Unwarp;
use crate::acquire::ocr::{Geometry, Picture};

/// How far the proportions of a page of words may be off those of its picture, and how far words may stand outside.
const TOLERANCE: f32 = 0.02;

/// Sets words on the upright page that was found on their picture, with its rules; the rules that the file gives are kept
/// where none was found.
///
/// `None` where the words are not those of this picture: their page has other proportions, or they stand outside it, as
/// where software turned or cut the picture before it read.
#[must_use]
pub fn on_picture(source: &WordPage, picture: &Picture, geometry: &Geometry) -> Option<WordPage> {
    let size = (picture.width as f32, picture.height as f32);
    let unit = pixels_a_unit(source, size)?;
    let on_picture = |x: f32, y: f32| (x * unit.0, y * unit.1);
    let is_on_picture = |word: &Word| {
        word.quad.mapped(&on_picture).is_some_and(|quad| {
            let (x, y) = quad.center();
            let within =
                |at: f32, size: f32| (-TOLERANCE * size..=(1.0 + TOLERANCE) * size).contains(&at);
            within(x, size.0) && within(y, size.1)
        })
    };
    if !source.words.iter().all(is_on_picture) {
        return None;
    }
    let unwarp = Unwarp::new(geometry);
    // What leads nowhere comes to no place, and is left out with its word.
    let to_page = |x: f32, y: f32| {
        let (x, y) = on_picture(x, y);
        unwarp.at(x, y).unwrap_or((f32::NAN, f32::NAN))
    };
    let (width, height) = (geometry.width as f32, geometry.height as f32);
    let mut page = source.mapped(width, height, &to_page);
    page.words = source
        .words
        .iter()
        .filter_map(|word| {
            let before = directed(word, geometry);
            let quad = levelled(&before, before.mapped(&to_page)?);
            Some(Word {
                quad,
                ..word.clone()
            })
        })
        .collect();
    if !geometry.rules.is_empty() {
        page.rules.clone_from(&geometry.rules);
    }
    page.units_an_inch = picture.dpi.map(|dpi| dpi * geometry.scale);
    Some(page)
}

/// Pixels of the picture for a unit of the page, across and down; units are pixels where the file does not say its size.
fn pixels_a_unit(source: &WordPage, size: (f32, f32)) -> Option<(f32, f32)> {
    if source.width <= 0.0 || source.height <= 0.0 {
        return Some((1.0, 1.0));
    }
    let unit = (size.0 / source.width, size.1 / source.height);
    let is_alike = (unit.0 / unit.1 - 1.0).abs() <= TOLERANCE;
    is_alike.then_some(unit)
}

/// A word with the direction in which it is read: a tall box on a picture on its side is read downwards, if the file says
/// no other.
fn directed(word: &Word, geometry: &Geometry) -> Quad {
    let quad = word.quad;
    let is_sideways = geometry.quarter_turns % 2 == 1;
    let is_tall = quad.height() > TALL * quad.width() && word.text.chars().nth(1).is_some();
    if is_sideways && is_tall && is_level(&quad) {
        quad.turned(1)
    } else {
        quad
    }
}

fn is_level(quad: &Quad) -> bool {
    let (left, top, right, bottom) = quad.extent();
    quad.corners()
        .iter()
        .all(|(x, y)| (*x == left || *x == right) && (*y == top || *y == bottom))
}

/// A box that was level on the picture is level on the page: software that gives level boxes on a leaning page means the
/// text in them, which leans with it.
fn levelled(before: &Quad, after: Quad) -> Quad {
    let (x, y) = after.direction();
    // The quarter turns to the right that lead to the direction of reading.
    let quarters = match (x.abs() >= y.abs(), x >= 0.0, y >= 0.0) {
        (true, true, _) => 0,
        (false, _, true) => 1,
        (true, false, _) => 2,
        (false, _, false) => 3,
    };
    let (across, down) = match quarters % 2 {
        0 => (after.width() / 2.0, after.height() / 2.0),
        _ => (after.height() / 2.0, after.width() / 2.0),
    };
    let (x, y) = after.center();
    let level = Quad::from_box(x - across, y - down, x + across, y + down);
    level
        .filter(|_| is_level(before))
        .map_or(after, |level| level.turned(quarters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquire::ocr::Rule;
    use crate::acquire::ocr::geometry::Warp;
    use crate::acquire::ocr::words::to_page;

    const WIDTH: usize = 1000;
    const HEIGHT: usize = 1400;

    fn picture() -> Picture {
        Picture {
            width: WIDTH,
            height: HEIGHT,
            rgb: vec![],
            dpi: Some(100.0),
        }
    }

    /// A page that leans on its picture, with a rule at 300 pixels.
    fn geometry(lean: f32, scale: f32) -> Geometry {
        let (width, height) = (WIDTH as f32 * scale, HEIGHT as f32 * scale);
        Geometry {
            width: width as usize,
            height: height as usize,
            scale,
            rules: vec![Rule {
                horizontal: true,
                position: 300.0 * scale,
                start: 0.0,
                end: width,
                thickness: 2.0,
            }],
            warp: Warp::new(width as usize, height as usize, |x, y| {
                let (x, y) = (x / scale, y / scale);
                (x - lean * y, y + lean * x)
            }),
            ..Geometry::default()
        }
    }

    fn page(size: (f32, f32), words: &[(&str, [f32; 4])]) -> WordPage {
        let word = |(text, at): &(&str, [f32; 4])| Word {
            text: (*text).to_owned(),
            quad: Quad::from_box(at[0], at[1], at[2], at[3]).unwrap(),
            confidence: None,
            line: 0,
        };
        WordPage {
            number: 1,
            width: size.0,
            height: size.1,
            words: words.iter().map(word).collect(),
            ..WordPage::default()
        }
    }

    #[test]
    fn words_stand_where_the_rules_are() {
        // On the picture this word stands lower than the rule begins; on the page it stands above the rule.
        let word = ("项目总额", [800.0, 310.0, 880.0, 330.0]);
        for scale in [1.0, 2.0] {
            let geometry = geometry(0.05, scale);
            for size in [(0.0, 0.0), (1000.0, 1400.0), (500.0, 700.0)] {
                let half = |at: [f32; 4]| at.map(|n| if size.0 == 500.0 { n / 2.0 } else { n });
                let words = page(size, &[(word.0, half(word.1))]);
                let set = on_picture(&words, &picture(), &geometry).unwrap();
                let (_, _, _, bottom) = set.words[0].quad.extent();
                assert!(bottom < 300.0 * scale, "{bottom}");
                // It is level, and the page is not straightened again.
                let page = to_page(&set);
                assert!((page.glyphs[0].bbox.top - page.glyphs[3].bbox.top).abs() < 0.01);
                assert!((page.rulings[0].position - 300.0 * 0.72).abs() < 0.5);
            }
        }
    }

    #[test]
    fn a_picture_on_its_side_is_turned_with_its_words() {
        let geometry = Geometry {
            width: HEIGHT,
            height: WIDTH,
            scale: 1.0,
            quarter_turns: 1,
            warp: Warp::new(HEIGHT, WIDTH, |x, y| (y, HEIGHT as f32 - x)),
            ..Geometry::default()
        };
        // A line that runs downwards on the picture, in a tall box: turned to the right the page stands upside down.
        let words = page((0.0, 0.0), &[("项目总额", [100.0, 1000.0, 120.0, 1080.0])]);
        let set = on_picture(&words, &picture(), &geometry).unwrap();
        let glyphs = to_page(&set).glyphs;
        let text: String = glyphs.iter().map(|glyph| glyph.ch).collect();
        assert_eq!(text, "项目总额");
        assert!(glyphs[0].bbox.left < glyphs[3].bbox.left, "{glyphs:?}");
    }

    #[test]
    fn words_of_another_picture_are_none() {
        let words = page((1400.0, 1000.0), &[("项目", [10.0, 10.0, 50.0, 30.0])]);
        assert_eq!(on_picture(&words, &picture(), &geometry(0.0, 1.0)), None);
        let words = page((0.0, 0.0), &[("项目", [1210.0, 10.0, 1250.0, 30.0])]);
        assert_eq!(on_picture(&words, &picture(), &geometry(0.0, 1.0)), None);
    }
}
