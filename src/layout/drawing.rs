//! Draws pages for tests: strings and rules at places in points.

use crate::model::geometry::BBox;
use crate::model::page::{Axis, Glyph, Page, PageSource, Ruling, Trust};

/// A page in the making. Text is given by the left and top of its first glyph; a full-width glyph is as wide as high.
pub(super) struct Drawing {
    page: Page,
    run: u32,
}

impl Drawing {
    pub(super) fn new() -> Self {
        Self {
            page: Page {
                number: 1,
                width: 600.0,
                height: 800.0,
                ..Page::default()
            },
            run: 0,
        }
    }

    pub(super) fn numbered(mut self, number: u32) -> Self {
        self.page.number = number;
        self
    }

    /// As if it was read from a picture.
    pub(super) fn recognised(mut self) -> Self {
        self.page.source = PageSource::Recognised;
        self
    }

    /// The last glyph as surely as this.
    pub(super) fn last_read(mut self, confidence: f32) -> Self {
        if let Some(glyph) = self.page.glyphs.last_mut() {
            glyph.confidence = Some(confidence);
        }
        self
    }

    /// Text of 10 points, one run.
    pub(super) fn text(self, left: f32, top: f32, text: &str) -> Self {
        self.sized(left, top, 10.0, text)
    }

    pub(super) fn sized(mut self, left: f32, top: f32, size: f32, text: &str) -> Self {
        let mut x = left;
        for ch in text.chars() {
            let width = if ch.is_ascii() { size / 2.0 } else { size };
            let bbox = BBox {
                left: x,
                top,
                right: x + width,
                bottom: top + size,
            };
            self.page.glyphs.push(Glyph {
                ch,
                bbox,
                size,
                run: self.run,
                clip: None,
                trust: Trust::Mapped,
                confidence: None,
            });
            x += width;
        }
        self.run += 1;
        self
    }

    pub(super) fn h(mut self, y: f32, start: f32, end: f32) -> Self {
        self.page.rulings.push(Ruling {
            axis: Axis::Horizontal,
            position: y,
            start,
            end,
            thickness: 0.5,
        });
        self
    }

    pub(super) fn v(mut self, x: f32, start: f32, end: f32) -> Self {
        self.page.rulings.push(Ruling {
            axis: Axis::Vertical,
            position: x,
            start,
            end,
            thickness: 0.5,
        });
        self
    }

    /// All rules of a full grid.
    pub(super) fn grid(mut self, xs: &[f32], ys: &[f32]) -> Self {
        for &y in ys {
            self = self.h(y, xs[0], xs[xs.len() - 1]);
        }
        for &x in xs {
            self = self.v(x, ys[0], ys[ys.len() - 1]);
        }
        self
    }

    /// A row of cells of a grid: text 2 points inside their left borders, 5 below `top`.
    pub(super) fn row(mut self, xs: &[f32], top: f32, texts: &[&str]) -> Self {
        for (x, text) in xs.iter().zip(texts) {
            if !text.is_empty() {
                self = self.text(x + 2.0, top + 5.0, text);
            }
        }
        self
    }

    /// Text with its middle at `center`.
    pub(super) fn centred(self, center: f32, top: f32, text: &str) -> Self {
        let width: f32 = text
            .chars()
            .map(|c| if c.is_ascii() { 5.0 } else { 10.0 })
            .sum();
        self.text(center - width / 2.0, top, text)
    }

    pub(super) fn page(self) -> Page {
        self.page
    }
}

/// What layout makes of some pages, as text.
pub(super) fn describe_pages(pages: &[Page]) -> String {
    super::describe(&super::layout_pages(pages, &super::LayoutParams::default()).value)
}
