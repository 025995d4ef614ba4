//! Where something stands: boxes on a page, lines of a text.

/// A box on a page, in points (1/72 inch), origin top left, y down;
/// `left <= right`, `top <= bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BBox {
    /// Left edge, points.
    pub left: f32,
    /// Top edge, points.
    pub top: f32,
    /// Right edge, points.
    pub right: f32,
    /// Bottom edge, points.
    pub bottom: f32,
}

impl BBox {
    /// A box from two opposite corners in any order.
    #[must_use]
    pub fn from_corners(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        Self {
            left: x0.min(x1),
            top: y0.min(y1),
            right: x0.max(x1),
            bottom: y0.max(y1),
        }
    }

    /// Width in points, never negative.
    #[must_use]
    pub fn width(&self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    /// Height in points, never negative.
    #[must_use]
    pub fn height(&self) -> f32 {
        (self.bottom - self.top).max(0.0)
    }

    /// Horizontal centre, points.
    #[must_use]
    pub fn center_x(&self) -> f32 {
        (self.left + self.right) / 2.0
    }

    /// Vertical centre, points.
    #[must_use]
    pub fn center_y(&self) -> f32 {
        (self.top + self.bottom) / 2.0
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// What both share; `None` where they only touch or lie apart.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let shared = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (shared.left < shared.right && shared.top < shared.bottom).then_some(shared)
    }

    /// Whether the point lies inside, left and top edge included.
    #[must_use]
    pub fn contains(&self, x: f32, y: f32) -> bool {
        x >= self.left && x < self.right && y >= self.top && y < self.bottom
    }

    /// How much of the horizontal extent both share, in points; 0 where none.
    #[must_use]
    pub fn overlap_x(&self, other: &Self) -> f32 {
        (self.right.min(other.right) - self.left.max(other.left)).max(0.0)
    }

    /// How much of the vertical extent both share, in points; 0 where none.
    #[must_use]
    pub fn overlap_y(&self, other: &Self) -> f32 {
        (self.bottom.min(other.bottom) - self.top.max(other.top)).max(0.0)
    }
}

/// Where a text was printed: on a page (from 1) in a box, or on a line (from 1) of a plain text.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Place {
    /// Page number, from 1; `None` for plain text.
    pub page: Option<u32>,
    /// Box on that page, the whole cell where there is one.
    pub bbox: Option<BBox>,
    /// Line number, from 1; plain text only.
    pub line: Option<u32>,
}

impl Place {
    /// A place on a page.
    #[must_use]
    pub fn on_page(page: u32, bbox: BBox) -> Self {
        Self {
            page: Some(page),
            bbox: Some(bbox),
            line: None,
        }
    }

    /// A place in a plain text.
    #[must_use]
    pub fn on_line(line: u32) -> Self {
        Self {
            page: None,
            bbox: None,
            line: Some(line),
        }
    }

    /// The first of two places, its box widened over both where they share a page.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let bbox = match (self.bbox, other.bbox) {
            (Some(a), Some(b)) if self.page == other.page => Some(a.union(&b)),
            (a, b) => a.or(b),
        };
        Self {
            page: self.page.or(other.page),
            bbox,
            line: self.line.or(other.line),
        }
    }
}
