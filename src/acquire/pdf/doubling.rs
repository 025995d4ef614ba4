//! Fake bold: the same character drawn again over itself is one character.
//! In: the glyphs of a page. Out: each once. Never: eats a character that is repeated beside itself.

use super::PdfParams;
use crate::model::page::{Glyph, GlyphCensus};

/// Equal characters in one column that a character is compared with: more than a page has lines.
const MAX_NEIGHBOURS: usize = 512;

/// Removes glyphs that repeat an earlier one at nearly the same place and size; the first one stays.
pub(super) fn remove_doubled(
    glyphs: &mut Vec<Glyph>,
    census: &mut GlyphCensus,
    params: &PdfParams,
) {
    // Sorted by character and position, doubles are neighbours: compared within a window of the tolerance along x.
    let mut order: Vec<(u32, i32, u32)> = glyphs
        .iter()
        .enumerate()
        .filter(|(_, glyph)| !glyph.ch.is_whitespace())
        .map(|(index, glyph)| {
            (
                glyph.ch as u32,
                (glyph.bbox.left * 16.0) as i32,
                index as u32,
            )
        })
        .collect();
    order.sort_unstable();
    let mut doubled: Vec<u32> = Vec::new();
    // Those kept so far, of the current character, within reach along x: the newest last.
    let mut kept: Vec<(i32, u32)> = Vec::new();
    let mut current = None;
    for &(ch, x, index) in &order {
        if current.replace(ch) != Some(ch) {
            kept.clear();
        }
        let reach = (params.doubled_em * glyphs[index as usize].size * 16.0) as i32;
        let reach = reach.saturating_add(1);
        let near = kept
            .iter()
            .rev()
            .take(MAX_NEIGHBOURS)
            .take_while(|kept| kept.0 >= x.saturating_sub(reach));
        match near
            .map(|kept| kept.1)
            .position(|other| is_double(&glyphs[index as usize], &glyphs[other as usize], params))
        {
            // The one drawn first stays.
            Some(back) => {
                let at = kept.len() - 1 - back;
                doubled.push(index.max(kept[at].1));
                kept[at].1 = kept[at].1.min(index);
            }
            None => kept.push((x, index)),
        }
    }
    if doubled.is_empty() {
        return;
    }
    doubled.sort_unstable();
    doubled.dedup();
    for &index in &doubled {
        census.doubled += 1;
        let count = if glyphs[index as usize].ch == '\u{FFFD}' {
            &mut census.unmapped
        } else {
            &mut census.mapped
        };
        *count = count.saturating_sub(1);
    }
    let mut next = doubled.iter().copied().peekable();
    let mut index = 0_u32;
    glyphs.retain(|_| {
        let drop = next.next_if_eq(&index).is_some();
        index += 1;
        !drop
    });
}

fn is_double(a: &Glyph, b: &Glyph, params: &PdfParams) -> bool {
    let size = a.size.min(b.size);
    // Half the advance keeps narrow letters (`ll` in a condensed font) apart.
    let advance = a.bbox.width().max(a.bbox.height() * 0.1);
    let reach_x = (params.doubled_em * size).min(advance * 0.5);
    let reach_y = (params.doubled_em * size).min(a.bbox.height().max(0.1) * 0.5);
    // Glyphs without a character of their own are not known to be the same.
    a.ch != '\u{FFFD}'
        && (a.size - b.size).abs() <= 0.1 * a.size.max(b.size)
        && (a.bbox.left - b.bbox.left).abs() <= reach_x
        && (a.bbox.top - b.bbox.top).abs() <= reach_y
}

#[cfg(test)]
mod tests {
    use super::remove_doubled;
    use crate::acquire::pdf::PdfParams;
    use crate::model::BBox;
    use crate::model::page::{Glyph, GlyphCensus, Trust};

    /// Draws each character, 10 points high, at its x.
    fn check(drawn: &[(char, f32)], expected: &str) {
        let mut glyphs: Vec<Glyph> = drawn
            .iter()
            .map(|&(ch, x)| {
                let width = if ch.is_ascii() { 5.0 } else { 10.0 };
                Glyph {
                    ch,
                    bbox: BBox::from_corners(x, 0.0, x + width, 10.0),
                    size: 10.0,
                    run: 0,
                    clip: None,
                    trust: Trust::Mapped,
                    confidence: None,
                }
            })
            .collect();
        let mut census = GlyphCensus {
            mapped: glyphs.len() as u32,
            ..GlyphCensus::default()
        };
        remove_doubled(&mut glyphs, &mut census, &PdfParams::default());
        assert_eq!(
            glyphs.iter().map(|glyph| glyph.ch).collect::<String>(),
            expected
        );
        assert_eq!((census.mapped + census.doubled) as usize, drawn.len());
    }

    #[test]
    fn shifted_copy_is_one_character() {
        check(
            &[
                ('第', 0.0),
                ('第', 0.4),
                ('7', 10.0),
                ('7', 10.4),
                ('章', 15.0),
                ('章', 15.4),
                ('章', 14.6),
            ],
            "第7章",
        );
    }

    #[test]
    fn whole_line_drawn_twice_is_one_line() {
        check(
            &[('项', 0.0), ('目', 10.0), ('项', 0.3), ('目', 10.3)],
            "项目",
        );
    }

    #[test]
    fn repeated_characters_stay() {
        check(
            &[
                ('8', 0.0),
                ('8', 5.0),
                ('人', 10.0),
                ('人', 20.0),
                ('1', 30.0),
                ('1', 32.6),
            ],
            "88人人11",
        );
    }

    #[test]
    fn a_size_beyond_all_bounds_is_survived() {
        let glyph = Glyph {
            ch: '表',
            bbox: BBox::from_corners(0.0, 0.0, 10.0, 10.0),
            size: f32::MAX,
            run: 0,
            clip: None,
            trust: Trust::Mapped,
            confidence: None,
        };
        let mut glyphs = vec![glyph; 2];
        remove_doubled(
            &mut glyphs,
            &mut GlyphCensus::default(),
            &PdfParams::default(),
        );
        assert_eq!(glyphs.len(), 1);
    }
}
