//! A picture becomes a page: lines are read, and characters and rules are set in points.
//!
//! In: a picture and an engine. Out: a [`Page`] whose glyphs carry the engine's confidence. Never: changes what the
//! engine read.

use crate::model::geometry::BBox;
use crate::model::page::{Axis, Glyph, GlyphCensus, Others, Page, PageSource, Ruling, Trust};

use super::engine::{EngineError, Recogniser};
use super::{Geometry, Gray, LineImage, Picture, ReadChar, signs};

/// Points an inch.
const POINTS: f32 = 72.0;
/// Width of a page whose picture does not say its resolution: A4, in points.
const USUAL_WIDTH: f32 = 595.0;

/// Who reads.
#[derive(Clone, Copy)]
pub struct Readers<'a> {
    /// Reads every line.
    pub first: &'a dyn Recogniser,
    /// Reads the lines again that the first is unsure of.
    pub second_look: Option<&'a dyn Recogniser>,
}

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

/// The characters of a line; where the first reader is unsure of one, as the second sees them.
///
/// Lone signs are not looked at again: the larger model takes `≥` for `>` where the smaller does not.
fn read_line(image: &Gray, readers: &Readers<'_>) -> Result<Vec<ReadChar>, EngineError> {
    /// Probability below which a character is unsure.
    const SURE: f32 = 0.95;
    let first_look = readers.first.read(image)?;
    if let Some(read) = lone_sign(&first_look, image) {
        return Ok(vec![read]);
    }
    let lowest = first_look
        .iter()
        .filter(|read| !is_mark(first(read)))
        .map(sureness)
        .fold(1.0, f32::min);
    let is_sign = first_look.len() == 1 && !is_wide(first(&first_look[0]));
    let is_unsure = lowest < SURE || skips_ink(&first_look, image);
    match readers.second_look {
        Some(second) if is_unsure && !is_sign => {
            let again = second.read(image)?;
            Ok(if again.is_empty() { first_look } else { again })
        }
        _ => Ok(first_look),
    }
}

/// Punctuation, of which the larger model is no surer: pictures do not tell full-width marks from half-width ones.
fn is_mark(ch: char) -> bool {
    matches!(
        ch,
        '，' | ',' | '。' | '、' | '；' | ';' | '：' | ':' | '“' | '”'
    )
}

/// The sign that the strokes of a lone character show; what was read stays among its candidates.
fn lone_sign(chars: &[ReadChar], image: &Gray) -> Option<ReadChar> {
    let read = match chars {
        [] => None,
        [one] if !is_wide(first(one)) && !is_sure_letter(one) => Some(one),
        _ => return None,
    };
    let sign = signs::sign_of(image)?;
    // A bar that has run into the arm is not seen among the strokes; an engine does not invent one.
    if read.is_some_and(|read| matches!((first(read), sign), ('≥', '>') | ('≤', '<'))) {
        return None;
    }
    let mut candidates = read.map_or_else(Vec::new, |read| read.candidates.clone());
    let as_read = candidates.iter().find(|(ch, _)| *ch == sign);
    let sureness = as_read.map_or(0.0, |read| read.1).max(signs::SURENESS);
    candidates.retain(|(ch, _)| *ch != sign);
    for (_, probability) in &mut candidates {
        *probability = probability.min(1.0 - sureness);
    }
    candidates.insert(0, (sign, sureness));
    Some(ReadChar {
        candidates,
        start: read.map_or(0.0, |read| read.start),
        end: read.map_or(1.0, |read| read.end),
    })
}

/// A letter or a digit that the engine is sure of: a blurred 4 may have the strokes of `<`.
fn is_sure_letter(read: &ReadChar) -> bool {
    const SURE: f32 = 0.9;
    first(read).is_ascii_alphanumeric() && sureness(read) >= SURE
}

/// Whether there is ink between two characters that are too far apart for neighbours: one may have been left out.
fn skips_ink(chars: &[ReadChar], image: &Gray) -> bool {
    /// Distance of the middles of neighbours, in the usual distance of wide ones.
    const FAR: f32 = 1.6;
    let middle = |read: &ReadChar| f32::midpoint(read.start, read.end) * image.width as f32;
    let wide = |pair: &[ReadChar]| pair.iter().all(|read| is_wide(first(read)));
    let apart = |pair: &[ReadChar]| middle(&pair[1]) - middle(&pair[0]);
    let mut distances: Vec<f32> = chars.windows(2).filter(|p| wide(p)).map(apart).collect();
    distances.sort_by(f32::total_cmp);
    let Some(usual) = distances.get(distances.len() / 2).copied() else {
        return false;
    };
    let stretches = ink_stretches(image, usual * GAP);
    chars.windows(2).filter(|pair| wide(pair)).any(|pair| {
        apart(pair) > FAR * usual && {
            let between = f32::midpoint(middle(&pair[0]), middle(&pair[1]));
            stretches
                .iter()
                .any(|(start, end)| (start..=end).contains(&&between))
        }
    })
}

fn sureness(read: &ReadChar) -> f32 {
    read.candidates.first().map_or(0.0, |c| c.1)
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

fn first(read: &ReadChar) -> char {
    read.candidates.first().map_or('\u{fffd}', |c| c.0)
}

/// Whether a character is as wide as it is high.
fn is_wide(ch: char) -> bool {
    matches!(ch, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}')
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

/// Gap of ink from which on characters stand apart, ems: within a number or a word there is less.
const GAP: f32 = 0.45;

/// Stretches of ink along a line, wherever the gap between two is at least `gap`, in pixels; at least one.
fn ink_stretches(image: &Gray, gap: f32) -> Vec<(f32, f32)> {
    const DARK: u8 = 170;
    let mut is_inked = vec![false; image.width];
    for row in image.pixels.chunks_exact(image.width.max(1)) {
        for (inked, sample) in is_inked.iter_mut().zip(row) {
            *inked |= *sample < DARK;
        }
    }
    let mut stretches: Vec<(f32, f32)> = Vec::new();
    for (x, _) in is_inked.iter().enumerate().filter(|(_, inked)| **inked) {
        let x = x as f32;
        match stretches.last_mut() {
            Some(last) if x - last.1 < gap => last.1 = x + 1.0,
            _ => stretches.push((x, x + 1.0)),
        }
    }
    if stretches.is_empty() {
        stretches.push((0.0, image.width as f32));
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
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

    /// A line whose characters of this width stand this far apart, 100 pixels each em.
    fn spaced(text: &str, apart: f32, width: f32) -> (LineImage, Vec<ReadChar>) {
        let n = text.chars().count();
        let total = (apart * n as f32 + 40.0) as usize;
        let mut image = Gray::filled(total, 120, 255);
        let mut chars = Vec::new();
        for (k, ch) in text.chars().enumerate() {
            let middle = 20.0 + apart * (k as f32 + 0.5);
            let (left, right) = (middle - width / 2.0, middle + width / 2.0);
            for y in 20..110 {
                image.pixels[y * total + left as usize..y * total + right as usize].fill(0);
            }
            chars.push(ReadChar {
                candidates: vec![(ch, 0.99)],
                start: left / total as f32,
                end: right / total as f32,
            });
        }
        let line = LineImage {
            left: 0.0,
            top: 0.0,
            right: total as f32 - 40.0,
            bottom: 90.0,
            image,
            margin: 20.0,
        };
        (line, chars)
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

    #[test]
    fn a_character_left_out_is_seen() {
        let (line, mut chars) = spaced("整体绩效目标", 100.0, 90.0);
        assert!(!skips_ink(&chars, &line.image));
        chars.remove(1);
        assert!(skips_ink(&chars, &line.image));
        // A blank is no character.
        let (mut line, _) = spaced("整体绩效目标", 100.0, 90.0);
        for row in line.image.pixels.chunks_exact_mut(line.image.width) {
            row[118..222].fill(255);
        }
        assert!(!skips_ink(&chars, &line.image));
    }

    /// Reads what it is told to, every character as sure as that.
    #[derive(Debug)]
    struct Told(&'static str, f32);

    impl Recogniser for Told {
        fn name(&self) -> &str {
            "told"
        }

        fn read(&self, _: &Gray) -> Result<Vec<ReadChar>, EngineError> {
            let n = self.0.chars().count() as f32;
            let read = |(k, ch): (usize, char)| ReadChar {
                candidates: vec![(ch, self.1)],
                start: k as f32 / n,
                end: (k + 1) as f32 / n,
            };
            Ok(self.0.chars().enumerate().map(read).collect())
        }
    }

    fn looked_at(first: Told, second: Told, image: &Gray) -> String {
        let readers = Readers {
            first: &first,
            second_look: Some(&second),
        };
        let read = read_line(image, &readers).unwrap();
        read.iter().map(super::first).collect()
    }

    #[test]
    fn the_second_reader_is_asked_about_unsure_characters_only() {
        let image = Gray::filled(100, 40, 255);
        let look = |first, sure| looked_at(Told(first, sure), Told("第二", 0.99), &image);
        assert_eq!(look("指标", 0.5), "第二");
        assert_eq!(look("指标", 0.99), "指标");
        // Neither about punctuation nor about a lone sign.
        assert_eq!(look("，；", 0.5), "，；");
        assert_eq!(look("V", 0.5), "V");
    }

    /// `>` of 24 pixels, with a bar below it or without.
    fn greater(has_bar: bool) -> Gray {
        let mut image = Gray::filled(44, 44, 255);
        for x in 0..24 {
            let mut rows = vec![10 + x / 3, 26 - x / 3];
            if has_bar {
                rows.push(33);
            }
            for y in rows {
                image.pixels[y * 44 + 10 + x] = 0;
                image.pixels[(y + 1) * 44 + 10 + x] = 0;
            }
        }
        image
    }

    #[test]
    fn a_lone_sign_is_what_its_strokes_say() {
        let read = |told: Told, has_bar| looked_at(told, Told("", 0.0), &greater(has_bar));
        assert_eq!(read(Told("V", 0.5), true), "≥");
        assert_eq!(read(Told("", 0.0), false), ">");
        // A bar that the engine sees is believed; so is a letter or digit of which it is sure, and a Han character.
        assert_eq!(read(Told("≥", 0.97), false), "≥");
        assert_eq!(read(Told("4", 0.99), false), "4");
        assert_eq!(read(Told("人", 0.99), true), "人");
        let first = [ReadChar {
            candidates: vec![('V', 0.6), ('≥', 0.3)],
            start: 0.0,
            end: 1.0,
        }];
        let read = lone_sign(&first, &greater(true)).unwrap();
        assert_eq!(read.candidates[0], ('≥', signs::SURENESS));
        assert_eq!(read.candidates[1].0, 'V', "what was read is kept");
    }
}
