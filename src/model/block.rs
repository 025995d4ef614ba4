//! What layout yields: lines and tables in reading order. Positioned pages and plain text meet here.

use super::geometry::{BBox, Place};

/// A piece of a document in reading order.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A line of text, cut where wide gaps or separators stand.
    Line(Line),
    /// A table of cells.
    Table(Table),
}

/// A line of text outside tables, or a row of a plain text whose columns are not certain.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its pieces from left to right; never empty, each with some text unless `separator` keeps blanks (tabs, pipes).
    pub segments: Vec<Segment>,
    /// How its pieces are told apart.
    pub separator: Separator,
    /// What lies between this line and the block before it.
    pub gap: Gap,
    /// Running header, footer or page number: printed, but no part of any form.
    pub furniture: bool,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Its text, trimmed.
    pub text: String,
    /// Where it starts: points on a page, column index in a delimited text, character index in a spaced text.
    pub start: f32,
    /// Where it ends, in the same measure; `start <= end`.
    pub end: f32,
    /// Where it was printed.
    pub place: Place,
    /// Lowest recognition confidence, 0.0 to 1.0; `None` for a text layer.
    pub confidence: Option<f32>,
}

/// What separates the segments of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// Geometric gaps on a page.
    Position,
    /// Tab characters: blank cells are kept as blank segments.
    Tab,
    /// `|`, as in Markdown tables: blank cells are kept as blank segments.
    Pipe,
    /// Runs of two or more spaces: blank cells are lost.
    Spaces,
    /// Single spaces at most: cells may be glued.
    Single,
}

/// What lies before a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// It follows closely.
    None,
    /// Some more white than between lines.
    Small,
    /// Several blank lines, or white space that a reader takes for a new section.
    Large,
    /// A page break.
    Page,
}

/// A table of cells with spans, possibly over several pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Number of rows.
    pub n_rows: u32,
    /// Number of columns.
    pub n_cols: u32,
    /// Cells sorted by row, then column; no two overlap; a place without a cell is blank.
    pub cells: Vec<Cell>,
    /// How the cells were told apart.
    pub origin: TableOrigin,
    /// Page (from 1) of each row; one entry a row.
    pub row_pages: Vec<u32>,
    /// Box of the table on its first page.
    pub bbox: BBox,
    /// What lies between this table and the block before it.
    pub gap: Gap,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// First row, from 0.
    pub row: u32,
    /// First column, from 0.
    pub col: u32,
    /// Rows covered, at least 1.
    pub row_span: u32,
    /// Columns covered, at least 1.
    pub col_span: u32,
    /// Its text, lines joined without inventing spaces; empty for a blank cell.
    pub text: String,
    /// Where each of its printed lines starts in `text`, in bytes; the first is 0, none for a blank cell.
    pub line_starts: Vec<u32>,
    /// Where it was printed.
    pub place: Place,
    /// Lowest recognition confidence, 0.0 to 1.0; `None` for a text layer.
    pub confidence: Option<f32>,
}

/// How the cells of a table were told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableOrigin {
    /// By printed rules: spans are certain.
    Ruled,
    /// By alignment alone: columns are likely, spans are guesses.
    Aligned,
}

impl Block {
    /// What lies before it.
    #[must_use]
    pub fn gap(&self) -> Gap {
        match self {
            Self::Line(line) => line.gap,
            Self::Table(table) => table.gap,
        }
    }
}

impl Line {
    /// The line's text: its segments joined by single spaces.
    #[must_use]
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self
            .segments
            .iter()
            .map(|s| s.text.as_str())
            .filter(|t| !t.is_empty())
            .collect();
        texts.join(" ")
    }
}
