//! What a page collects while its content is interpreted.
//! In: glyphs, rulings and images in page space. Out: a [`Page`]. Never: loses a glyph from the census.

use std::collections::HashMap;

use super::gbk::{GbkRun, repair_gbk};
use super::rulings::RulingSet;
use super::{PdfParams, doubling};
use crate::model::page::{GlyphCensus, PageSource, SecondReading, Seen, Trust};
use crate::model::{BBox, Page, page::Glyph};

/// What the reader of an invisible text layer is called.
const HIDDEN_LAYER: &str = "the hidden text layer";
/// Text no larger than this is not to be seen, points.
const MIN_SIZE: f32 = 0.01;

/// A page in the making.
#[derive(Debug)]
pub(super) struct Sink {
    /// The page's box: from 0, 0.
    pub(super) page_box: BBox,
    /// Glyphs kept so far.
    pub(super) glyphs: Vec<Glyph>,
    /// Pieces of rules.
    pub(super) rulings: RulingSet,
    /// Boxes of images, clipped.
    pub(super) images: Vec<BBox>,
    /// Account of glyphs.
    pub(super) census: GlyphCensus,
    /// Glyphs of an invisible text layer.
    second: Vec<Glyph>,
    /// Filled outlines with curves: text that was turned into paths.
    pub(super) n_outlines: u32,
    /// Strings of simple fonts whose bytes may be GBK.
    pub(super) gbk_runs: Vec<GbkRun>,
    clips: Vec<BBox>,
    clip_ids: HashMap<[u32; 4], u32>,
    last_clip: Option<(BBox, u32)>,
    n_runs: u32,
    last_shown: Option<End>,
    /// Glyphs outside their clip, one following the other.
    suspended: Vec<Suspended>,
}

/// Where a glyph's advance ends.
#[derive(Debug, Clone, Copy)]
struct End {
    clip: Option<u32>,
    at: (f64, f64),
    size: f32,
}

impl End {
    /// Whether a glyph goes on from here, on the same baseline and under the same clip.
    fn is_followed_by(&self, next: &Drawn) -> bool {
        let near = f64::from(self.size.max(next.size));
        self.clip == next.clip
            && (self.at.0 - next.origin.0).abs() <= near
            && (self.at.1 - next.origin.1).abs() <= near * 0.5
    }
}

#[derive(Debug)]
struct Suspended {
    chars: Vec<char>,
    trust: Trust,
    drawn: Drawn,
}

impl Suspended {
    fn end(&self) -> End {
        End {
            clip: self.drawn.clip,
            at: self.drawn.end,
            size: self.drawn.size,
        }
    }
}

/// Whether a glyph is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placement {
    /// It is.
    Shown,
    /// It lies outside its clip, though what follows it may lie inside.
    Outside,
    /// It is not.
    Hidden,
}

/// A glyph before it is known to be visible.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    /// Advance box, page space.
    pub(super) bbox: BBox,
    /// Origin on the baseline, page space.
    pub(super) origin: (f64, f64),
    /// End of the advance, page space.
    pub(super) end: (f64, f64),
    /// Size on the page, points.
    pub(super) size: f32,
    /// Number of its text-showing operation.
    pub(super) run: u32,
    /// Clip in force.
    pub(super) clip: Option<u32>,
    /// Box of that clip.
    pub(super) clip_box: BBox,
}

impl Sink {
    /// An empty page.
    pub(super) fn new(width: f32, height: f32, params: &PdfParams) -> Self {
        let page_box = BBox {
            left: 0.0,
            top: 0.0,
            right: width,
            bottom: height,
        };
        Self {
            page_box,
            glyphs: Vec::new(),
            rulings: RulingSet::new(params.rulings, page_box),
            images: Vec::new(),
            census: GlyphCensus::default(),
            second: Vec::new(),
            n_outlines: 0,
            gbk_runs: Vec::new(),
            clips: Vec::new(),
            clip_ids: HashMap::new(),
            last_clip: None,
            n_runs: 0,
            last_shown: None,
            suspended: Vec::new(),
        }
    }

    /// The number of a new text-showing operation.
    pub(super) fn next_run(&mut self) -> u32 {
        self.n_runs += 1;
        self.n_runs - 1
    }

    /// The number of a clip box; equal boxes share one, and a clip that does not cut the page has none.
    pub(super) fn clip_id(&mut self, clip: &BBox) -> Option<u32> {
        if *clip == self.page_box {
            return None;
        }
        // Most runs have the clip of the one before.
        if let Some((last, id)) = &self.last_clip
            && last == clip
        {
            return Some(*id);
        }
        let key = [clip.left, clip.top, clip.right, clip.bottom].map(f32::to_bits);
        let next = u32::try_from(self.clips.len()).ok()?;
        let id = *self.clip_ids.entry(key).or_insert(next);
        if id == next {
            self.clips.push(*clip);
        }
        self.last_clip = Some((*clip, id));
        Some(id)
    }

    /// Whether a glyph is to be seen. One that lies outside its clip still is if it goes on from a visible one under the same
    /// clip: the text overflows its cell and is cut on paper, but it belongs to the value.
    #[inline]
    pub(super) fn place(&mut self, drawn: &Drawn) -> Placement {
        let bbox = &drawn.bbox;
        let is_finite = bbox.left.is_finite()
            && bbox.right.is_finite()
            && bbox.top.is_finite()
            && bbox.bottom.is_finite();
        let has_size = drawn.size > MIN_SIZE;
        if !is_finite || !has_size {
            return Placement::Hidden;
        }
        if !is_within(bbox, &drawn.clip_box) {
            if drawn.clip.is_none() {
                return Placement::Hidden;
            }
            if !self
                .last_shown
                .is_some_and(|last| last.is_followed_by(drawn))
            {
                return Placement::Outside;
            }
        }
        self.last_shown = Some(End {
            clip: drawn.clip,
            at: drawn.end,
            size: drawn.size,
        });
        if !self.suspended.is_empty() {
            self.resume(drawn);
        }
        Placement::Shown
    }

    /// Remembers a glyph outside its clip: it is to be seen if a visible one goes on from it.
    pub(super) fn suspend(&mut self, chars: Vec<char>, trust: Trust, drawn: &Drawn) {
        if self
            .suspended
            .last()
            .is_some_and(|last| !last.end().is_followed_by(drawn))
        {
            self.drop_suspended();
        }
        self.suspended.push(Suspended {
            chars,
            trust,
            drawn: *drawn,
        });
    }

    #[cold]
    fn resume(&mut self, next: &Drawn) {
        if !self
            .suspended
            .last()
            .is_some_and(|last| last.end().is_followed_by(next))
        {
            return self.drop_suspended();
        }
        for glyph in std::mem::take(&mut self.suspended) {
            match glyph.chars[..] {
                [ch] => self.push(ch, glyph.trust, &glyph.drawn),
                _ => self.push_text(&glyph.chars, glyph.trust, &glyph.drawn),
            }
        }
    }

    fn drop_suspended(&mut self) {
        self.census.hidden += u32::try_from(self.suspended.len()).unwrap_or(u32::MAX);
        self.suspended.clear();
    }

    /// Keeps a visible glyph.
    #[inline]
    pub(super) fn push(&mut self, ch: char, trust: Trust, drawn: &Drawn) {
        if trust == Trust::Unmapped {
            self.census.unmapped += 1;
        } else {
            self.census.mapped += 1;
        }
        self.glyphs.push(Glyph {
            ch,
            bbox: drawn.bbox,
            size: drawn.size,
            run: drawn.run,
            clip: drawn.clip,
            trust,
            confidence: None,
        });
    }

    /// Keeps a visible glyph that stands for several characters: they share its box, side by side. The census counts one glyph.
    pub(super) fn push_text(&mut self, chars: &[char], trust: Trust, drawn: &Drawn) {
        self.census.mapped += 1;
        let boxes = split_box(&drawn.bbox, chars.len());
        for (&ch, bbox) in chars.iter().zip(boxes) {
            self.glyphs.push(Glyph {
                ch,
                bbox,
                size: drawn.size,
                run: drawn.run,
                clip: drawn.clip,
                trust,
                confidence: None,
            });
        }
    }

    /// Keeps glyphs that are invisible by their rendering mode, where they lie within the page; the census counts one.
    pub(super) fn push_invisible(&mut self, chars: &[char], trust: Trust, drawn: &Drawn) {
        self.census.hidden += 1;
        let bbox = &drawn.bbox;
        let is_finite = [bbox.left, bbox.top, bbox.right, bbox.bottom]
            .iter()
            .all(|n| n.is_finite());
        if !is_finite || !self.page_box.contains(bbox.center_x(), bbox.center_y()) {
            return;
        }
        let boxes = split_box(bbox, chars.len());
        self.second
            .extend(chars.iter().zip(boxes).map(|(&ch, bbox)| Glyph {
                ch,
                bbox,
                size: drawn.size,
                run: drawn.run,
                clip: None,
                trust,
                confidence: None,
            }));
    }

    /// Puts the characters of /ActualText in the place of glyphs that have none.
    pub(super) fn apply_actual_text(&mut self, from: usize, text: &str) {
        let Some(range) = self.glyphs.get_mut(from..) else {
            return;
        };
        let n_unmapped = range
            .iter()
            .filter(|glyph| glyph.trust == Trust::Unmapped)
            .count();
        let chars: Vec<char> = text.chars().filter(|ch| !ch.is_control()).collect();
        if n_unmapped == 0 || chars.is_empty() {
            return;
        }
        if chars.len() == range.len() {
            for (glyph, &ch) in range.iter_mut().zip(&chars) {
                if glyph.trust == Trust::Unmapped {
                    (glyph.ch, glyph.trust) = (ch, Trust::Derived);
                }
            }
        } else if n_unmapped == range.len() {
            let template = range[0];
            let whole = range
                .iter()
                .skip(1)
                .fold(template.bbox, |bbox, glyph| bbox.union(&glyph.bbox));
            self.glyphs.truncate(from);
            for (&ch, bbox) in chars.iter().zip(split_box(&whole, chars.len())) {
                self.glyphs.push(Glyph {
                    ch,
                    bbox,
                    trust: Trust::Derived,
                    ..template
                });
            }
        } else {
            return;
        }
        let n = u32::try_from(n_unmapped).unwrap_or(u32::MAX);
        self.census.unmapped = self.census.unmapped.saturating_sub(n);
        self.census.mapped += n;
    }

    /// Notes an image. One that `covers` what lies below and takes most of the page hides the text drawn before it: a scan laid
    /// over its recognised text.
    pub(super) fn push_image(&mut self, bbox: &BBox, clip: &BBox, covers: bool) {
        /// Share of the page from which on an image is taken for the page itself.
        const PAGE_SHARE: f32 = 0.6;
        if self.rulings.thin(bbox, clip) {
            return;
        }
        let Some(shown) = bbox.intersection(clip) else {
            return;
        };
        self.images.push(shown);
        let share =
            shown.width() * shown.height() / (self.page_box.width() * self.page_box.height());
        if covers && share >= PAGE_SHARE && !self.glyphs.is_empty() && self.gbk_runs.is_empty() {
            let n_before = self.glyphs.len();
            let census = &mut self.census;
            self.glyphs.retain(|glyph| {
                let is_covered = shown.contains(glyph.bbox.center_x(), glyph.bbox.center_y());
                if is_covered {
                    let count = if glyph.trust == Trust::Unmapped {
                        &mut census.unmapped
                    } else {
                        &mut census.mapped
                    };
                    *count = count.saturating_sub(1);
                    self.second.push(Glyph {
                        clip: None,
                        ..*glyph
                    });
                }
                !is_covered
            });
            census.hidden += u32::try_from(n_before - self.glyphs.len()).unwrap_or(u32::MAX);
        }
    }

    /// The finished page; the number of GBK pairs that were repaired comes with it.
    pub(super) fn finish(
        mut self,
        number: u32,
        gbk_fonts: &mut Vec<usize>,
        params: &PdfParams,
    ) -> (Page, u32) {
        self.drop_suspended();
        let n_repaired = repair_gbk(
            &mut self.glyphs,
            &mut self.census,
            &self.gbk_runs,
            gbk_fonts,
        );
        doubling::remove_doubled(&mut self.glyphs, &mut self.census, params);
        let rulings = self.rulings.finish();
        let n_visible = self
            .glyphs
            .iter()
            .filter(|glyph| !glyph.ch.is_whitespace())
            .count();
        let covered = coverage(&self.images, &self.page_box);
        let few = n_visible <= params.max_scan_glyphs
            || n_visible <= params.max_scan_margin_glyphs
                && text_share(&self.glyphs, &self.page_box) <= params.max_scan_text_share;
        let source = if few && covered >= params.min_scan_coverage
            || n_visible == 0 && covered >= params.min_bare_image_coverage
            || n_visible <= params.max_outline_glyphs && self.n_outlines >= params.min_outlines
        {
            PageSource::Scan
        } else if n_visible == 0 && rulings.is_empty() && self.images.is_empty() {
            PageSource::Blank
        } else {
            PageSource::Text
        };
        let page = Page {
            number,
            width: self.page_box.right,
            height: self.page_box.bottom,
            glyphs: self.glyphs,
            rulings,
            images: self.images,
            clips: self.clips,
            source,
            census: self.census,
            second: if source == PageSource::Scan && !self.second.is_empty() {
                vec![SecondReading {
                    reader: HIDDEN_LAYER.to_owned(),
                    seen: Seen::Glyphs(self.second),
                }]
            } else {
                Vec::new()
            },
            others: Vec::new(),
            displayed: None,
        };
        (page, n_repaired)
    }
}

/// Whether enough of a box lies in an area for a reader to see what it is. A box without width or height need only touch it.
#[inline]
fn is_within(bbox: &BBox, area: &BBox) -> bool {
    /// Share of a glyph's width and of its height that must be seen.
    const SHARE: f32 = 0.15;
    let shared_x = bbox.right.min(area.right) - bbox.left.max(area.left);
    let shared_y = bbox.bottom.min(area.bottom) - bbox.top.max(area.top);
    shared_x >= SHARE * (bbox.right - bbox.left)
        && shared_y >= SHARE * (bbox.bottom - bbox.top)
        && area.left < area.right
        && area.top < area.bottom
}

/// A box cut into `n` equal parts along its longer side.
fn split_box(bbox: &BBox, n: usize) -> impl Iterator<Item = BBox> + use<> {
    let bbox = *bbox;
    let share = move |index: usize| index as f32 / n.max(1) as f32;
    (0..n).map(move |index| {
        if bbox.width() >= bbox.height() * 0.25 {
            let step = bbox.width();
            BBox {
                left: bbox.left + step * share(index),
                right: bbox.left + step * share(index + 1),
                ..bbox
            }
        } else {
            let step = bbox.height();
            BBox {
                top: bbox.top + step * share(index),
                bottom: bbox.top + step * share(index + 1),
                ..bbox
            }
        }
    })
}

/// Share of the page's height on which there is text, on 64 bands.
fn text_share(glyphs: &[Glyph], page: &BBox) -> f32 {
    let band =
        |glyph: &Glyph| (glyph.bbox.center_y() / page.height() * 64.0).clamp(0.0, 63.0) as u32;
    let bands = glyphs
        .iter()
        .filter(|glyph| !glyph.ch.is_whitespace())
        .fold(0_u64, |bands, glyph| bands | 1 << band(glyph));
    bands.count_ones() as f32 / 64.0
}

/// Share of the page that boxes cover together, on a grid of 32 by 32.
fn coverage(boxes: &[BBox], page: &BBox) -> f32 {
    const N: usize = 32;
    if boxes.is_empty() || page.width() <= 0.0 || page.height() <= 0.0 {
        return 0.0;
    }
    let mut rows = [0_u32; N];
    for bbox in boxes {
        for (row, bits) in rows.iter_mut().enumerate() {
            let y = page.height() * (row as f32 + 0.5) / N as f32;
            if y < bbox.top || y >= bbox.bottom {
                continue;
            }
            for column in 0..N {
                let x = page.width() * (column as f32 + 0.5) / N as f32;
                if x >= bbox.left && x < bbox.right {
                    *bits |= 1 << column;
                }
            }
        }
    }
    rows.iter().map(|bits| bits.count_ones()).sum::<u32>() as f32 / (N * N) as f32
}
