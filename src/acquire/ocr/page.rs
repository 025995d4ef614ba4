//! A picture becomes a page: lines are read, and characters and rules are set in points.
//!
//! In: a picture and an engine. Out: a [`Page`] whose glyphs carry the engine's confidence. Never: changes what the
//! engine read.

use crate::model::geometry::BBox;
use crate::model::page::{Axis, Glyph, GlyphCensus, Others, Page, PageSource, Ruling, Trust};

use super::engine::{EngineError, Recogniser};
use super::line::{GAP, Readers, first, ink_stretches, is_wide, read_line, sureness};
use super::{Geometry, LineImage, Picture, ReadChar};

/// Points an inch.
const POINTS: f32 = 72.0;
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
    let read = |line: &LineImage| read_line(&line.image, readers);
    let chars: Vec<Vec<ReadChar>> = geometry.lines.iter().map(read).collect::<Result<_, _>>()?;
    let lines: Vec<(&LineImage, Vec<ReadChar>)> = geometry.lines.iter().zip(chars).collect();
    let unit = points_a_pixel(picture, geometry, size);
    let place = Placing {
        unit,
        width: geometry.width as f32 * unit,
        height: geometry.height as f32 * unit,
        em: usual_em(&lines) * unit,
    };
    let mut glyphs = Vec::new();
    let mut others = Vec::new();
    for (run, (line, chars)) in (0u32..).zip(&lines) {
        place.set_line(line, chars, run, &mut glyphs, &mut others);
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
    Ok(Page {
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
    })
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
///
/// # Errors
/// What the engine says.
pub fn upright(geometry: Geometry, engine: &dyn Recogniser) -> Result<Geometry, EngineError> {
    const SAMPLE: usize = 8;
    /// How much surer, in mean probability, the page must be read upside down.
    const SURER: f32 = 0.1;
    let mut longest: Vec<&LineImage> = geometry.lines.iter().collect();
    longest.sort_by_key(|line| std::cmp::Reverse(line.image.width));
    longest.truncate(SAMPLE);
    let sure = |is_turned: bool| -> Result<f32, EngineError> {
        let (mut sum, mut n) = (0.0, 0usize);
        for line in &longest {
            let read = if is_turned {
                engine.read(&line.image.turned_by_half())?
            } else {
                engine.read(&line.image)?
            };
            sum += read.iter().map(sureness).sum::<f32>();
            n += read.len();
        }
        Ok(if n == 0 { 0.0 } else { sum / n as f32 })
    };
    let as_it_is = sure(false)?;
    if as_it_is > 1.0 - SURER || sure(true)? <= as_it_is + SURER {
        return Ok(geometry);
    }
    Ok(geometry.turned_by_half())
}

/// Size of the page's characters in pixels: the usual height of lines that hold Han characters.
fn usual_em(lines: &[(&LineImage, Vec<ReadChar>)]) -> f32 {
    const WITHOUT_TEXT: f32 = 20.0;
    let mut heights: Vec<f32> = lines
        .iter()
        .filter(|(_, chars)| chars.iter().filter(|c| is_wide(first(c))).count() > 1)
        .map(|(line, _)| line.bottom - line.top)
        .collect();
    heights.sort_by(f32::total_cmp);
    let middle = heights.get(heights.len() / 2).copied();
    // The ink of a Han character fills about nine tenths of its square.
    middle.map_or(WITHOUT_TEXT, |height| height / 0.9)
}

/// How pixels become points.
struct Placing {
    unit: f32,
    width: f32,
    height: f32,
    /// Size of a character, points.
    em: f32,
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

    /// Size of the characters of a line whose ink has this height, points. Lines of the page's usual size have exactly that: how high ink is depends on
    /// which characters they hold.
    fn size_of(&self, height: f32) -> f32 {
        /// Height of ink in which a line holds no more than low signs, of the usual size.
        const LOW: f32 = 0.6;
        /// Sizes that are taken for the usual one, of it.
        const USUAL: std::ops::Range<f32> = 0.7..1.2;
        let size = height / 0.9;
        let is_usual = USUAL.contains(&(size / self.em.max(0.1)));
        if height < LOW * self.em || is_usual {
            self.em
        } else {
            size
        }
    }

    /// Sets the characters of a line.
    ///
    /// An engine knows where a character is to about a sixth of an em. So gaps are taken from the ink: what stands
    /// between two gaps is divided among its characters halfway between their middles, and fills it.
    fn set_line(
        &self,
        line: &LineImage,
        chars: &[ReadChar],
        run: u32,
        glyphs: &mut Vec<Glyph>,
        others: &mut Vec<Others>,
    ) {
        let image_width = line.image.width.max(1) as f32;
        let text_width = (image_width - 2.0 * line.margin).max(1.0);
        let scale = (line.right - line.left) / text_width;
        let x = |pixel: f32| (line.left + (pixel - line.margin) * scale) * self.unit;
        let height = (line.bottom - line.top) * self.unit;
        let middle_y = (line.top + line.bottom) / 2.0 * self.unit;
        let size = self.size_of(height);
        let visible: Vec<(&ReadChar, f32)> = chars
            .iter()
            .filter(|read| !first(read).is_whitespace())
            .map(|read| (read, f32::midpoint(read.start, read.end) * image_width))
            .collect();
        let em = self.em / self.unit / scale.max(0.01);
        let spread = spread_out(&visible, em);
        let mut stretches = ink_stretches(&line.image, em * GAP);
        close(&mut stretches, &spread);
        let mut of_stretch: Vec<Vec<(&ReadChar, f32)>> = vec![Vec::new(); stretches.len()];
        for (read, middle) in visible {
            let distance = |stretch: &(f32, f32)| (stretch.0 - middle).max(middle - stretch.1);
            let nearest = (0..stretches.len())
                .min_by(|a, b| distance(&stretches[*a]).total_cmp(&distance(&stretches[*b])));
            if let Some(nearest) = nearest {
                of_stretch[nearest].push((read, middle));
            }
        }
        for (stretch, mut members) in stretches.iter().zip(of_stretch) {
            members.sort_by(|a, b| a.1.total_cmp(&b.1));
            for (idx, (read, middle)) in members.iter().enumerate() {
                let halfway = |other: Option<&(&ReadChar, f32)>, end: f32| {
                    other.map_or(end, |other| f32::midpoint(other.1, *middle))
                };
                let before = idx.checked_sub(1).and_then(|before| members.get(before));
                let left = halfway(before, stretch.0);
                let right = halfway(members.get(idx + 1), stretch.1).max(left + 0.1);
                let (left, right) = (x(left), x(right));
                others.extend(others_of(read, glyphs.len()));
                glyphs.push(Glyph {
                    ch: first(read),
                    bbox: BBox {
                        left,
                        top: middle_y - size / 2.0,
                        right,
                        bottom: middle_y + size / 2.0,
                    },
                    size,
                    run,
                    clip: None,
                    trust: Trust::Mapped,
                    confidence: read.candidates.first().map(|c| c.1),
                });
            }
        }
    }
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

/// From where to where numbers of full-width digits reach, which stand an em apart: a gap between them is no space.
fn spread_out(chars: &[(&ReadChar, f32)], em: f32) -> Vec<(f32, f32)> {
    /// Least mean distance of the middles of neighbours, and most of any two, ems.
    const APART: (f32, f32) = (0.75, 1.6);
    let is_point = |read: &ReadChar| matches!(first(read), '.' | ',');
    let is_of_number = |read: &ReadChar| first(read).is_ascii_digit() || is_point(read);
    chars
        .chunk_by(|(one, _), (other, _)| is_of_number(one) && is_of_number(other))
        .filter(|number| number.len() > 1)
        .filter(|number| {
            let all = number[number.len() - 1].1 - number[0].1;
            let is_wide = all >= APART.0 * em * (number.len() - 1) as f32;
            // A full-width point stands at the left of its square.
            is_wide
                && number.windows(2).all(|pair| {
                    let apart = (pair[1].1 - pair[0].1) / em;
                    let has_point = pair.iter().any(|(read, _)| is_point(read));
                    apart <= APART.1 && (has_point || (APART.0..1.3).contains(&apart))
                })
        })
        .map(|number| (number[0].1, number[number.len() - 1].1))
        .collect()
}

/// Stretches that reach into the same span become one.
fn close(stretches: &mut Vec<(f32, f32)>, spans: &[(f32, f32)]) {
    stretches.dedup_by(|next, before| {
        let is_one = spans
            .iter()
            .any(|(start, end)| *start < before.1 && next.0 < *end);
        if is_one {
            before.1 = next.1;
        }
        is_one
    });
}

#[cfg(test)]
mod tests {
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
        let geometry = upright(geometry, readers.first).unwrap();
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
        // The middle of the first character: three tenths of the image, less its margin.
        assert!(
            (first.center_x() - (200.0 + 20.0) / 2.0).abs() < 0.1,
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

    /// Widths of the gaps between the glyphs of a line, ems.
    fn gaps(text: &str, apart: f32, width: f32) -> Vec<f32> {
        let (line, chars) = spaced(text, apart, width);
        let place = Placing {
            unit: 1.0,
            width: 1000.0,
            height: 1000.0,
            em: 100.0,
        };
        let (mut glyphs, mut others) = (Vec::new(), Vec::new());
        place.set_line(&line, &chars, 0, &mut glyphs, &mut others);
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
        assert!(gaps("甲乙", 100.0, 40.0).iter().all(|gap| *gap > 0.5));
    }
}
