//! Recognition: a picture of a page becomes the same positioned glyphs and rulings that a PDF's text layer gives.
//!
//! In: pictures. Out: what a [`Page`](crate::model::page::Page) is made of. Never: knows what a table or a form is.
//!
//! `picture` decodes what files hold, `geometry` finds rules and lines of text, `engine` reads a line, `page` sets what
//! was read in points; `read` takes a picture through them, `display` says where on the picture it stands, and `drawing`
//! shows it. `words` reads what other
//! OCR software wrote. These are the nouns that pass between them.

mod again;
pub mod display;
pub mod drawing;
pub mod engine;
pub mod geometry;
pub mod line;
mod missed;
pub mod models;
pub mod page;
pub mod picture;
pub mod read;
mod signs;
mod squares;
#[cfg(test)]
mod testing;
pub(crate) mod unwarp;
pub mod words;

/// A grey image: row by row from the top, 0 black, 255 white.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gray {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `width * height` samples.
    pub pixels: Vec<u8>,
}

impl Gray {
    /// An image of one shade.
    #[must_use]
    pub fn filled(width: usize, height: usize, shade: u8) -> Self {
        Self {
            width,
            height,
            pixels: vec![shade; width.saturating_mul(height)],
        }
    }

    /// The shade at a place; white outside.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> u8 {
        if x < self.width && y < self.height {
            self.pixels.get(y * self.width + x).copied().unwrap_or(255)
        } else {
            255
        }
    }

    /// Turned by a half.
    #[must_use]
    pub fn turned_by_half(&self) -> Self {
        Self {
            pixels: self.pixels.iter().rev().copied().collect(),
            ..*self
        }
    }

    /// Some of its columns, those outside left out.
    #[must_use]
    pub fn columns(&self, columns: std::ops::Range<usize>) -> Self {
        let end = columns.end.min(self.width);
        let start = columns.start.min(end);
        let rows = self.pixels.chunks_exact(self.width.max(1));
        Self {
            width: end - start,
            height: self.height,
            pixels: rows.flat_map(|row| &row[start..end]).copied().collect(),
        }
    }

    /// A row of samples; empty outside.
    #[must_use]
    pub fn row(&self, y: usize) -> &[u8] {
        self.pixels
            .get(y * self.width..(y + 1) * self.width)
            .unwrap_or_default()
    }
}

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// Width in pixels, at least 1.
    pub width: usize,
    /// Height in pixels, at least 1.
    pub height: usize,
    /// Red, green and blue of each pixel, row by row from the top; grey pictures have three equal samples.
    pub rgb: Vec<[u8; 3]>,
    /// Pixels an inch as the file says, where it does and it can be believed (50 to 1,200).
    pub dpi: Option<f32>,
}

/// A straight rule on an upright page, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Whether it goes from left to right.
    pub horizontal: bool,
    /// y of a horizontal rule, x of a vertical one.
    pub position: f32,
    /// Where it begins along its axis.
    pub start: f32,
    /// Where it ends along its axis.
    pub end: f32,
    /// Its thickness.
    pub thickness: f32,
}

/// A line of text cut out of an upright page.
#[derive(Debug, Clone, PartialEq)]
pub struct LineImage {
    /// Left edge of its text on the upright page, in pixels.
    pub left: f32,
    /// Top edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Bottom edge.
    pub bottom: f32,
    /// Dark text on white, without rules, with a margin of about a quarter of its height.
    pub image: Gray,
    /// Margin on each side of the text in `image`, in pixels of `image`.
    pub margin: f32,
}

/// What is found on a page before anything is read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Geometry {
    /// Width of the upright page, in pixels.
    pub width: usize,
    /// Height of the upright page, in pixels.
    pub height: usize,
    /// How many quarter turns to the right made it upright: 0 to 3.
    pub quarter_turns: u8,
    /// Pixels of the upright page for one of the picture: above 1 where it was enlarged.
    pub scale: f32,
    /// Rules, longest first.
    pub rules: Vec<Rule>,
    /// Lines of text, from top to bottom.
    pub lines: Vec<LineImage>,
    /// The page itself, and its ink that is in no line.
    pub remains: geometry::Remains,
    /// Where points of the upright page lie on the picture.
    pub warp: geometry::Warp,
}

/// A character as read, with what else it might be.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadChar {
    /// Candidates and their probabilities, the likeliest first; never empty.
    pub candidates: Vec<(char, f32)>,
    /// Where it begins along the line image, 0.0 to 1.0.
    pub start: f32,
    /// Where it ends along the line image, 0.0 to 1.0.
    pub end: f32,
}
