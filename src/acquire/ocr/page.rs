//! A picture becomes a page: lines are read, and characters and rules are set in points.
//!
//! In: a picture and an engine. Out: a [`Page`] whose glyphs carry the engine's confidence. Never: changes what the
//! engine read.

use std::collections::BTreeMap;

use crate::model::geometry::BBox;
use crate::model::page::{Axis, Glyph, GlyphCensus, Others, Page, PageSource, Ruling, Trust};

use super::display::{POINTS, on_picture};
use super::engine::{EngineError, Recogniser};
use super::line::{Readers, first, is_han, is_wide, look_again, sureness};
use super::squares::stands;
use super::{Geometry, Gray, LineImage, Picture, ReadChar};

/// Width of a page whose picture does not say its resolution: A4, in points.
const USUAL_WIDTH: f32 = 595.0;

/// Reads the picture of page `number`, whose rules and lines are known; `size` is the page's width and height in points, where it is known.
///
/// # Errors
/// What the engine says; a page without text is no error.
pub fn read_page(
    picture: &Picture,
    geometry: &Geometry,
    number: u32,
    size: Option<(f32, f32)>,
    readers: &Readers<'_>,
) -> Result<Page, EngineError> {
    let chars = read_lines(&geometry.lines, FirstLooks::default(), readers)?;
    Ok(set_page(picture, geometry, chars, number, size))
}

/// What the first reader has read already, by the index of a line; no line is read twice by it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FirstLooks(BTreeMap<usize, Vec<ReadChar>>);

/// The characters of lines, some of which the first reader has looked at already.
///
/// # Errors
/// What the engine says.
pub(super) fn read_lines(
    lines: &[LineImage],
    mut looks: FirstLooks,
    readers: &Readers<'_>,
) -> Result<Vec<Vec<ReadChar>>, EngineError> {
    let mut unread: Vec<&Gray> = Vec::new();
    for (idx, line) in lines.iter().enumerate() {
        if !looks.0.contains_key(&idx) {
            unread.push(&line.image);
        }
    }
    let mut read = readers.first.read_all(&unread)?.into_iter();
    let mut first_looks = Vec::with_capacity(lines.len());
    for (idx, line) in lines.iter().enumerate() {
        let chars = looks.0.remove(&idx).or_else(|| read.next());
        first_looks.push((&line.image, chars.unwrap_or_default()));
    }
    look_again(first_looks, readers)
}

/// The page of a picture the characters of whose lines are `chars`.
pub(super) fn set_page(
    picture: &Picture,
    geometry: &Geometry,
    chars: Vec<Vec<ReadChar>>,
    number: u32,
    size: Option<(f32, f32)>,
) -> Page {
    let lines: Vec<(&LineImage, Vec<ReadChar>)> = geometry.lines.iter().zip(chars).collect();
    let unit = points_a_pixel(picture, geometry, size);
    let place = Placing {
        unit,
        width: geometry.width as f32 * unit,
        height: geometry.height as f32 * unit,
        usual: usual_size(&lines).times(unit),
    };
    let mut glyphs = Vec::new();
    let mut others = Vec::new();
    let mut run = 0;
    for (line, chars) in &lines {
        place.set_line(line, chars, &mut run, &mut glyphs, &mut others);
    }
    let rulings: Vec<Ruling> = geometry
        .rules
        .iter()
        .map(|rule| {
            let axis = if rule.horizontal {
                Axis::Horizontal
            } else {
                Axis::Vertical
            };
            place.ruling(axis, rule)
        })
        .collect();
    let mapped = u32::try_from(glyphs.len()).unwrap_or(u32::MAX);
    let page = Page {
        number,
        width: place.width,
        height: place.height,
        glyphs,
        rulings,
        others,
        source: PageSource::Recognised,
        census: GlyphCensus {
            mapped,
            ..GlyphCensus::default()
        },
        ..Page::default()
    };
    let displayed = on_picture(&page, picture, geometry, size);
    Page {
        displayed: Some(displayed),
        ..page
    }
}

/// Points for a pixel of the upright page.
fn points_a_pixel(picture: &Picture, geometry: &Geometry, size: Option<(f32, f32)>) -> f32 {
    let is_sideways = geometry.quarter_turns % 2 == 1;
    let width = size.map(|(width, height)| if is_sideways { height } else { width });
    let scale = geometry.scale.max(0.01);
    let across = geometry.width.max(1) as f32;
    match (width, picture.dpi) {
        (Some(width), _) if width > 0.0 => width / across,
        (_, Some(dpi)) if dpi > 0.0 => POINTS / (dpi * scale),
        _ => USUAL_WIDTH / across,
    }
}

/// A page the way up that the engine is surer of: the longest few lines tell. One that was scanned upside down is turned.
/// What was read of these lines is given beside it.
///
/// # Errors
/// What the engine says.
pub fn upright(
    geometry: Geometry,
    engine: &dyn Recogniser,
) -> Result<(Geometry, FirstLooks), EngineError> {
    const SAMPLE: usize = 8;
    /// How much surer, in mean probability, the page must be read upside down.
    const SURER: f32 = 0.1;
    let mut longest: Vec<usize> = (0..geometry.lines.len()).collect();
    longest.sort_by_key(|idx| std::cmp::Reverse(geometry.lines[*idx].image.width));
    longest.truncate(SAMPLE);
    let look = |is_turned: bool| -> Result<(FirstLooks, f32), EngineError> {
        let mut looks = BTreeMap::new();
        for &idx in &longest {
            let image = &geometry.lines[idx].image;
            // Turned, the last line is the first.
            let (idx, read) = if is_turned {
                let idx = geometry.lines.len() - 1 - idx;
                (idx, engine.read(&image.turned_by_half())?)
            } else {
                (idx, engine.read(image)?)
            };
            looks.insert(idx, read);
        }
        let n: usize = looks.values().map(Vec::len).sum();
        let sum: f32 = looks.values().flatten().map(sureness).sum();
        Ok((FirstLooks(looks), sum / n.max(1) as f32))
    };
    let (looks, as_it_is) = look(false)?;
    if as_it_is > 1.0 - SURER {
        return Ok((geometry, looks));
    }
    let (turned_looks, turned) = look(true)?;
    Ok(if turned > as_it_is + SURER {
        (geometry.turned_by_half(), turned_looks)
    } else {
        (geometry, looks)
    })
}

/// The usual size of a page's characters, and the height of ink that lines of it have.
#[derive(Debug, Clone, Copy)]
struct Usual {
    em: f32,
    ink: f32,
}

impl Usual {
    fn times(self, unit: f32) -> Self {
        Self {
            em: self.em * unit,
            ink: self.ink * unit,
        }
    }
}

/// The usual size in pixels: the distance of Han characters that follow each other, where that agrees with the usual
/// height of lines that hold them; blur and noise make ink higher, and do not set it wider.
fn usual_size(lines: &[(&LineImage, Vec<ReadChar>)]) -> Usual {
    /// The ink of a Han character fills about as much of its square.
    const INK: f32 = 0.9;
    const WITHOUT_TEXT: f32 = 20.0;
    /// Distances that agree with the height, of it; characters are set wider, or narrower, where they do not.
    const AGREE: std::ops::Range<f32> = 0.85..1.1;
    /// Fewest distances that tell.
    const LEAST: usize = 20;
    let mut heights: Vec<f32> = lines
        .iter()
        .filter(|(_, chars)| chars.iter().filter(|c| is_wide(first(c))).count() > 1)
        .map(|(line, _)| line.bottom - line.top)
        .collect();
    heights.sort_by(f32::total_cmp);
    let middle = heights.get(heights.len() / 2).copied();
    let ink = middle.unwrap_or(WITHOUT_TEXT * INK).max(0.1);
    let by_height = ink / INK;
    let mut pitches: Vec<f32> = lines
        .iter()
        .flat_map(|(line, chars)| pitches_of(line, chars))
        .filter(|pitch| AGREE.contains(&(pitch / by_height)))
        .collect();
    pitches.sort_by(f32::total_cmp);
    let em = if pitches.len() >= LEAST {
        pitches[pitches.len() / 2]
    } else {
        by_height
    };
    Usual { em, ink }
}

/// For each Han character that follows others without anything between, their mean distance, in pixels of the page.
fn pitches_of(line: &LineImage, chars: &[ReadChar]) -> Vec<f32> {
    /// Fewest characters that follow each other.
    const LEAST: usize = 4;
    let middle = |read: &ReadChar| f32::midpoint(read.start, read.end) * line.image.width as f32;
    chars
        .chunk_by(|one, other| is_han(first(one)) && is_han(first(other)))
        .filter(|run| run.len() >= LEAST)
        .flat_map(|run| {
            let n = run.len() - 1;
            let pitch = (middle(&run[n]) - middle(&run[0])) / n as f32 * scale_of(line);
            std::iter::repeat_n(pitch, n)
        })
        .collect()
}

/// How pixels become points.
struct Placing {
    unit: f32,
    width: f32,
    height: f32,
    /// In points.
    usual: Usual,
}

impl Placing {
    fn ruling(&self, axis: Axis, rule: &super::Rule) -> Ruling {
        Ruling {
            axis,
            position: rule.position * self.unit,
            start: rule.start * self.unit,
            end: rule.end * self.unit,
            thickness: rule.thickness * self.unit,
        }
    }

    /// Size of the characters of a line whose ink has this height, points. Lines of the page's usual size have exactly
    /// that: how high ink is depends on which characters they hold.
    fn size_of(&self, height: f32, chars: &[ReadChar]) -> f32 {
        /// Sizes that are taken for the usual one, of it: of lines of Han characters, and of others, as low as a dash
        /// and as high as brackets.
        const HAN: std::ops::Range<f32> = 0.7..1.2;
        const OTHERS: std::ops::Range<f32> = 0.0..1.45;
        let share = height / self.usual.ink.max(0.01);
        let n_han = chars.iter().filter(|read| is_han(first(read))).count();
        let usual = match n_han {
            0 => OTHERS,
            // One may be as low as `一`.
            1 => OTHERS.start..HAN.end,
            _ => HAN,
        };
        if usual.contains(&share) {
            self.usual.em
        } else {
            share * self.usual.em
        }
    }

    /// Sets the characters of a line; `run` is the number of the next run, and counts on.
    fn set_line(
        &self,
        line: &LineImage,
        chars: &[ReadChar],
        run: &mut u32,
        glyphs: &mut Vec<Glyph>,
        others: &mut Vec<Others>,
    ) {
        let image_width = line.image.width.max(1) as f32;
        let scale = scale_of(line);
        let x = |pixel: f32| (line.left + (pixel - line.margin) * scale) * self.unit;
        let height = (line.bottom - line.top) * self.unit;
        let middle_y = (line.top + line.bottom) / 2.0 * self.unit;
        let size = self.size_of(height, chars);
        let mut visible: Vec<(&ReadChar, f32)> = chars
            .iter()
            .filter(|read| !first(read).is_whitespace())
            .map(|read| (read, f32::midpoint(read.start, read.end) * image_width))
            .collect();
        visible.sort_by(|a, b| a.1.total_cmp(&b.1));
        let em = size / self.unit / scale.max(0.01);
        for ((read, _), stand) in visible.iter().zip(stands(&line.image, &visible, em)) {
            *run += u32::from(stand.begins);
            others.extend(others_of(read, glyphs.len()));
            glyphs.push(Glyph {
                ch: first(read),
                bbox: BBox {
                    left: x(stand.left),
                    top: middle_y - size / 2.0,
                    right: x(stand.right),
                    bottom: middle_y + size / 2.0,
                },
                size,
                run: *run,
                clip: None,
                trust: Trust::Mapped,
                confidence: read.candidates.first().map(|c| c.1),
            });
        }
        *run += 1;
    }
}

/// Pixels of the page for one of a line's picture.
fn scale_of(line: &LineImage) -> f32 {
    let text_width = (line.image.width as f32 - 2.0 * line.margin).max(1.0);
    (line.right - line.left) / text_width
}

/// What else a character may be, where the engine was unsure of it; `glyph` is the index it will have.
fn others_of(read: &ReadChar, glyph: usize) -> Option<Others> {
    /// Least probability of a reading that is kept.
    const LEAST: f32 = 0.001;
    let readings: Vec<(char, f32)> = read
        .candidates
        .iter()
        .skip(1)
        .copied()
        .filter(|(_, probability)| *probability >= LEAST)
        .collect();
    (!readings.is_empty()).then(|| Others {
        glyph: u32::try_from(glyph).unwrap_or(u32::MAX),
        readings,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::testing::spaced;
    use super::super::{Gray, Rule};
    use super::*;

    /// Reads every line as two characters; surely, if a pixel at its upper left is black.
    #[derive(Debug)]
    struct Fake;

    impl Recogniser for Fake {
        fn name(&self) -> &str {
            "fake"
        }

        fn read(&self, line: &Gray) -> Result<Vec<ReadChar>, EngineError> {
            let sure = if line.at(10, 0) == 0 { 0.99 } else { 0.4 };
            let read = |ch, start, end| ReadChar {
                candidates: vec![(ch, sure)],
                start,
                end,
            };
            Ok(vec![read('金', 0.1, 0.5), read('额', 0.5, 0.9)])
        }
    }

    fn page(mark: (usize, usize)) -> Page {
        let mut image = Gray::filled(100, 50, 255);
        image.pixels[25 * 100 + 10..25 * 100 + 90].fill(0);
        image.pixels[mark.1 * 100 + mark.0] = 0;
        let geometry = Geometry {
            width: 1000,
            height: 2000,
            scale: 1.0,
            rules: vec![Rule {
                horizontal: true,
                position: 300.0,
                start: 100.0,
                end: 900.0,
                thickness: 2.0,
            }],
            lines: vec![LineImage {
                left: 200.0,
                top: 400.0,
                right: 280.0,
                bottom: 440.0,
                image,
                margin: 10.0,
            }],
            ..Geometry::default()
        };
        let picture = Picture {
            width: 1000,
            height: 2000,
            dpi: Some(144.0),
            ..Picture::default()
        };
        let readers = Readers {
            first: &Fake,
            second_look: None,
        };
        let (geometry, _) = upright(geometry, readers.first).unwrap();
        read_page(&picture, &geometry, 1, None, &readers).unwrap()
    }

    #[test]
    fn pixels_become_points() {
        let page = page((10, 0));
        assert_eq!((page.width, page.height), (500.0, 1000.0));
        let rule = page.rulings[0];
        assert_eq!((rule.position, rule.start, rule.end), (150.0, 50.0, 450.0));
        let text: String = page.glyphs.iter().map(|g| g.ch).collect();
        assert_eq!(text, "金额");
        let first = page.glyphs[0].bbox;
        // The middle of the first character: three tenths of the image, less its margin; its square is wider than its ink.
        const SQUARE_TOLERANCE_PT: f32 = 1.2;
        assert!(
            (first.center_x() - (200.0 + 20.0) / 2.0).abs() < SQUARE_TOLERANCE_PT,
            "{first:?}"
        );
        assert!((first.center_y() - 210.0).abs() < 0.1);
        assert!(first.right <= page.glyphs[1].bbox.left + 0.01);
        assert_eq!(page.glyphs[0].confidence, Some(0.99));
        assert_eq!(page.source, PageSource::Recognised);
    }

    #[test]
    fn a_page_upside_down_is_turned() {
        // The mark comes to the upper left when the line is turned by a half.
        let page = page((89, 49));
        assert!((page.rulings[0].position - 850.0).abs() < 0.01);
        assert!((page.rulings[0].start - 50.0).abs() < 0.01);
        let first = page.glyphs[0].bbox;
        assert!((first.center_y() - 790.0).abs() < 0.1, "{first:?}");
        assert!(first.center_x() < page.glyphs[1].bbox.center_x());
    }

    /// Reads a line as one character, which its width tells; surely, if its first pixel is white. Counts the lines.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl Recogniser for Counting {
        fn name(&self) -> &str {
            "counting"
        }

        fn read(&self, line: &Gray) -> Result<Vec<ReadChar>, EngineError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let ch = char::from_u32(0x4e00 + line.width as u32).unwrap();
            let sure = if line.at(0, 0) == 0 { 0.4 } else { 0.99 };
            Ok(vec![ReadChar {
                candidates: vec![(ch, sure)],
                start: 0.0,
                end: 1.0,
            }])
        }
    }

    /// How often the lines of a page are read until it is, which is upside down or not.
    fn n_looks(is_upside_down: bool) -> usize {
        let line = |width: usize| {
            let mut image = Gray::filled(width, 20, 255);
            image.pixels[0] = if is_upside_down { 0 } else { 255 };
            LineImage {
                left: 0.0,
                top: 0.0,
                right: width as f32,
                bottom: 20.0,
                image,
                margin: 0.0,
            }
        };
        let geometry = Geometry {
            lines: [60, 90, 70].map(line).to_vec(),
            ..Geometry::default()
        };
        let engine = Counting::default();
        let readers = Readers {
            first: &engine,
            second_look: None,
        };
        let (geometry, looks) = upright(geometry, &engine).unwrap();
        let read = read_lines(&geometry.lines, looks, &readers).unwrap();
        let n_looks = engine.0.load(Ordering::Relaxed);
        let again = read_lines(&geometry.lines, FirstLooks::default(), &readers).unwrap();
        assert_eq!(read, again, "each line has its own characters");
        n_looks
    }

    #[test]
    fn a_line_that_told_which_way_is_up_is_not_read_again() {
        assert_eq!(n_looks(false), 3);
        assert_eq!(n_looks(true), 6);
    }

    /// Widths of the gaps between the glyphs of a line, ems.
    fn gaps(text: &str, apart: f32, width: f32) -> Vec<f32> {
        let (line, chars) = spaced(text, apart, width);
        let place = Placing {
            unit: 1.0,
            width: 1000.0,
            height: 1000.0,
            usual: Usual {
                em: 100.0,
                ink: 90.0,
            },
        };
        let (mut glyphs, mut others) = (Vec::new(), Vec::new());
        place.set_line(&line, &chars, &mut 0, &mut glyphs, &mut others);
        let gap = |pair: &[Glyph]| (pair[1].bbox.left - pair[0].bbox.right) / 100.0;
        glyphs.windows(2).map(gap).collect()
    }

    #[test]
    fn full_width_digits_are_one_number() {
        for number in ["173.3", "2,340.15"] {
            assert!(gaps(number, 100.0, 40.0).iter().all(|gap| *gap < 0.05));
        }
        assert!(gaps("99.5", 100.0, 40.0).iter().all(|gap| *gap < 0.05));
        // So far apart they are numbers of their own; and other characters are not drawn together.
        assert!(gaps("17", 150.0, 40.0).iter().all(|gap| *gap > 0.9));
        assert!(gaps("ab", 100.0, 40.0).iter().all(|gap| *gap > 0.5));
    }
}
