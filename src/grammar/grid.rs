//! Blocks as rows of cells: what the rest of this room reads. After it, a line of text and a row of a table differ only
//! in how far positions can be trusted.

use crate::model::{Block, Gap, Place, RawText, Separator, TableOrigin};

use super::fold::{Folded, is_white};

/// A row of a table, or a line of text.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) cells: Vec<GridCell>,
    pub(super) kind: RowKind,
    /// What lies before it.
    pub(super) gap: Gap,
    /// Number of the table it belongs to; lines have none.
    pub(super) table: Option<usize>,
    pub(super) furniture: bool,
    /// It is printed once, above, and holds here, too.
    pub(super) repeated: bool,
}

/// How far the positions of a row's cells can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    /// Columns and spans are certain.
    Ruled,
    /// Columns are likely.
    Aligned,
    /// A line of text.
    Line(Separator),
}

impl RowKind {
    /// Whether marks of the text itself cut the line into cells.
    pub(super) fn is_piped(self) -> bool {
        matches!(self, Self::Line(Separator::Tab | Separator::Pipe))
    }

    /// Whether a cell can be told by where it stands to be in the column of another row.
    pub(super) fn has_columns(self) -> bool {
        self.is_piped() || matches!(self, Self::Ruled | Self::Aligned)
    }
}

/// A cell, or a segment of a line.
#[derive(Debug, Clone)]
pub(super) struct GridCell {
    pub(super) text: String,
    pub(super) folded: Folded,
    /// Extent in the measure of its row's kind.
    pub(super) start: f32,
    pub(super) end: f32,
    /// It began in a row above and reaches into this one.
    pub(super) continued: bool,
    /// Rows it covers from its first on.
    pub(super) row_span: u32,
    pub(super) place: Place,
    pub(super) confidence: Option<f32>,
}

impl GridCell {
    /// Whether nothing is printed in it.
    pub(super) fn is_blank(&self) -> bool {
        self.folded.chars.is_empty()
    }
}

impl Row {
    /// Cells with text that begin in this row.
    pub(super) fn printed(&self) -> impl Iterator<Item = &GridCell> {
        self.cells
            .iter()
            .filter(|cell| !cell.is_blank() && !cell.continued)
    }

    /// Number of columns that its cells reach over.
    pub(super) fn n_columns(&self) -> u32 {
        let ends = self.cells.iter().map(|cell| cell.end as u32);
        ends.max().unwrap_or(0)
    }

    /// Whether it belongs to a table of cells.
    pub(super) fn in_table(&self) -> bool {
        self.table.is_some()
    }

    /// Place of the whole row.
    pub(super) fn place(&self) -> Place {
        let mut places = self.cells.iter().filter(|c| !c.continued).map(|c| c.place);
        let first = places
            .next()
            .or_else(|| self.cells.first().map(|c| c.place))
            .unwrap_or_default();
        places.fold(first, |all, next| all.join(&next))
    }
}

/// Lays blocks out as rows.
pub(super) fn rows(blocks: &[Block]) -> Vec<Row> {
    let mut result = Vec::new();
    for (block_idx, block) in blocks.iter().enumerate() {
        match block {
            Block::Line(line) => result.push(Row {
                cells: line
                    .segments
                    .iter()
                    .map(|s| cell(&s.text, s.start, s.end, s.place, s.confidence))
                    .collect(),
                kind: RowKind::Line(line.separator),
                gap: line.gap,
                table: None,
                furniture: line.furniture,
                repeated: false,
            }),
            Block::Table(table) => {
                let kind = match table.origin {
                    TableOrigin::Ruled => RowKind::Ruled,
                    TableOrigin::Aligned => RowKind::Aligned,
                };
                let first = result.len();
                result.extend((0..table.n_rows).map(|row| Row {
                    cells: Vec::new(),
                    kind,
                    gap: match row {
                        0 => table.gap,
                        _ => {
                            let pages = (
                                table.row_pages.get(row as usize - 1),
                                table.row_pages.get(row as usize),
                            );
                            if pages.0 == pages.1 {
                                Gap::None
                            } else {
                                Gap::Page
                            }
                        }
                    },
                    table: Some(block_idx),
                    furniture: false,
                    repeated: false,
                }));
                for source in &table.cells {
                    let end = source.col + source.col_span;
                    let base = cell(
                        &source.text,
                        source.col as f32,
                        end as f32,
                        source.place,
                        source.confidence,
                    );
                    for row in source.row..(source.row + source.row_span).min(table.n_rows) {
                        let mut copy = base.clone();
                        copy.continued = row > source.row;
                        copy.row_span = source.row_span;
                        result[first + row as usize].cells.push(copy);
                    }
                }
                for row in &mut result[first..] {
                    row.cells.sort_by(|a, b| a.start.total_cmp(&b.start));
                }
            }
        }
    }
    result
}

fn cell(text: &str, start: f32, end: f32, place: Place, confidence: Option<f32>) -> GridCell {
    let text = text.trim_matches(is_white).to_owned();
    let folded = Folded::new(&text);
    GridCell {
        text,
        folded,
        start,
        end,
        continued: false,
        row_span: 1,
        place,
        confidence,
    }
}

pub(super) fn raw(cell: &GridCell, text: &str) -> RawText {
    RawText {
        text: text.to_owned(),
        place: cell.place,
        confidence: cell.confidence,
    }
}
