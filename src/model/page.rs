//! What acquire yields: a document of pages with positioned glyphs, or of plain lines.

use super::displayed::Displayed;
use super::geometry::BBox;

/// Indices of the glyphs whose middle lies in `bbox`, in reading order: line by line from the top, from left to right.
///
/// A glyph belongs to a line where its middle is within half the height of the line's first glyph.
#[must_use]
pub fn glyphs_in(glyphs: &[Glyph], bbox: &BBox) -> Vec<usize> {
    let mut inside: Vec<usize> = (0..glyphs.len())
        .filter(|&idx| {
            let glyph = &glyphs[idx].bbox;
            bbox.contains(glyph.center_x(), glyph.center_y())
        })
        .collect();
    inside.sort_by(|&a, &b| {
        glyphs[a]
            .bbox
            .center_y()
            .total_cmp(&glyphs[b].bbox.center_y())
    });
    let mut rest = inside.as_mut_slice();
    while let Some(&first) = rest.first() {
        let first = glyphs[first].bbox;
        let below = first.center_y() + first.height() / 2.0;
        let n_line = rest.partition_point(|&idx| glyphs[idx].bbox.center_y() < below);
        let (line, others) = rest.split_at_mut(n_line.max(1));
        line.sort_by(|&a, &b| glyphs[a].bbox.left.total_cmp(&glyphs[b].bbox.left));
        rest = others;
    }
    inside
}

/// One input, read but not yet understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// sha256 of the file's bytes, 64 lower-case hex digits.
    pub id: String,
    /// The path as given, with `/` separators.
    pub path: String,
    /// Size of the file in bytes.
    pub n_bytes: u64,
    /// What was read.
    pub content: Content,
}

/// Positioned pages or plain lines.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Pages of a PDF (or, later, of an image), in order.
    Pages(Vec<Page>),
    /// Lines of a text file, without their line ends; line `n` (from 1) is at index `n - 1`.
    Lines(Vec<String>),
}

/// A page as it is read: /Rotate, CropBox and UserUnit are already applied, and one that was recognised is set upright and
/// flat.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// Visible glyphs in the order they were drawn.
    pub glyphs: Vec<Glyph>,
    /// Straight horizontal and vertical rules: strokes, thin fills, edges of rectangles.
    pub rulings: Vec<Ruling>,
    /// Boxes of the images drawn, clipped to the page.
    pub images: Vec<BBox>,
    /// Clip boxes that glyphs refer to.
    pub clips: Vec<BBox>,
    /// How the page came to be read.
    pub source: PageSource,
    /// Account of every glyph drawn.
    pub census: GlyphCensus,
    /// What others read on this page: the invisible text layer of a scan, another engine, another parser. Held against
    /// the page's own characters, and never the source of a value.
    pub second: Vec<SecondReading>,
    /// What else recognised glyphs may be, by rising index of the glyph; only glyphs of which a recogniser was unsure.
    pub others: Vec<Others>,
    /// How the page as read lies on the page as displayed; `None` where it is the page as displayed.
    pub displayed: Option<Displayed>,
}

impl Page {
    /// Where a box of this page lies on the page as displayed; `None` where a corner leads to no place.
    #[must_use]
    pub fn box_as_displayed(&self, bbox: &BBox) -> Option<BBox> {
        match &self.displayed {
            Some(displayed) => displayed.hull(bbox),
            None => Some(*bbox),
        }
    }

    /// What else the glyph at `glyph_idx` may be, the likeliest first; empty where nothing else is known.
    #[must_use]
    pub fn others_of(&self, glyph_idx: usize) -> &[(char, f32)] {
        let wanted = u32::try_from(glyph_idx).unwrap_or(u32::MAX);
        self.others
            .binary_search_by_key(&wanted, |others| others.glyph)
            .map_or(&[], |found| self.others[found].readings.as_slice())
    }
}

/// What another reader saw on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondReading {
    /// Who read, as messages name it: `the hidden text layer`, `ppocrv6_small_rec`.
    pub reader: String,
    /// What was seen.
    pub seen: Seen,
}

/// What a second reader tells of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Characters where they stand on the page as the first reader has it, in the order in which they were written.
    Glyphs(Vec<Glyph>),
    /// The text of the page without places.
    Text(String),
}

/// What else a glyph may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Others {
    /// Index into [`Page::glyphs`].
    pub glyph: u32,
    /// Readings that were not taken, with their probabilities, the likeliest first; never empty.
    pub readings: Vec<(char, f32)>,
}

/// What kind of page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageSource {
    /// A text layer that was drawn to be seen.
    #[default]
    Text,
    /// An image covers most of it and few glyphs are visible: it needs recognition.
    Scan,
    /// An image whose text was recognised: its glyphs carry a confidence.
    Recognised,
    /// Nothing is drawn on it.
    Blank,
}

/// What became of each glyph that the page draws. `mapped + unmapped + hidden + doubled` is all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GlyphCensus {
    /// Visible, with known Unicode.
    pub mapped: u32,
    /// Visible, without known Unicode: in `glyphs` as U+FFFD.
    pub unmapped: u32,
    /// Invisible (text rendering mode 3, outside the page or its clip, switched-off optional content).
    pub hidden: u32,
    /// The same glyph drawn again over itself (fake bold): counted once in `mapped`.
    pub doubled: u32,
}

/// One character on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// Its character, Kangxi and CJK radicals folded; U+FFFD where unmapped. A glyph that stands for several
    /// characters (a ligature) becomes several glyphs that share its box.
    pub ch: char,
    /// Advance box: baseline origin to advance horizontally, ascent to descent vertically.
    pub bbox: BBox,
    /// Font size on the page, in points.
    pub size: f32,
    /// Glyphs of one text-showing operation share a number.
    pub run: u32,
    /// Index into [`Page::clips`] of the clip in force; `None` where only the page clips.
    pub clip: Option<u32>,
    /// How far the character is to be believed.
    pub trust: Trust,
    /// How sure a recogniser was, 0.0 to 1.0; `None` for a text layer.
    pub confidence: Option<f32>,
}

impl Glyph {
    /// The same glyph on a page that is so many times as large.
    #[must_use]
    pub fn scaled(&self, scale: f32) -> Self {
        Self {
            bbox: BBox {
                left: self.bbox.left * scale,
                top: self.bbox.top * scale,
                right: self.bbox.right * scale,
                bottom: self.bbox.bottom * scale,
            },
            size: self.size * scale,
            ..*self
        }
    }
}

/// How the Unicode of a glyph was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// No mapping was found.
    Unmapped,
    /// Derived by a repair (GBK bytes in a simple font, a reversed font table).
    Derived,
    /// Said by the file: ToUnicode, a predefined CMap, a standard encoding.
    Mapped,
}

/// A straight rule along an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ruling {
    /// Along x or along y.
    pub axis: Axis,
    /// y of a horizontal rule, x of a vertical one (its middle), points.
    pub position: f32,
    /// Where it starts along its axis, points; `start <= end`.
    pub start: f32,
    /// Where it ends along its axis, points.
    pub end: f32,
    /// Its thickness, points; 0 for an edge of a filled area.
    pub thickness: f32,
}

/// Direction of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axis {
    /// Along x.
    Horizontal,
    /// Along y.
    Vertical,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyph(ch: char, left: f32, top: f32) -> Glyph {
        Glyph {
            ch,
            bbox: BBox {
                left,
                top,
                right: left + 10.0,
                bottom: top + 10.0,
            },
            size: 10.0,
            run: 0,
            clip: None,
            trust: Trust::Mapped,
            confidence: None,
        }
    }

    #[test]
    fn glyphs_of_a_box_are_read_line_by_line() {
        let glyphs = [
            glyph('标', 10.0, 21.0),
            glyph('绩', 0.0, 1.0),
            glyph('外', 60.0, 0.0),
            glyph('目', 0.0, 20.0),
            glyph('效', 10.0, 0.0),
        ];
        let bbox = BBox::from_corners(0.0, 0.0, 40.0, 40.0);
        let text: String = glyphs_in(&glyphs, &bbox)
            .into_iter()
            .map(|idx| glyphs[idx].ch)
            .collect();
        assert_eq!(text, "绩效目标");
        assert_eq!(glyphs_in(&[], &bbox), Vec::<usize>::new());
    }
}
