//! A table while layout works on it: with the boundaries, lines and open edges that joining over pages needs.
//!
//! In: cells of a grid and their lines. Out: [`Sheet`], and the [`Table`] it becomes. Never: changes a character.

use crate::model::block::{Cell, Gap, Table, TableOrigin};
use crate::model::geometry::{BBox, Place};

use super::lines::{TextLine, is_word_char, lower_confidence};
use super::params::LayoutParams;

/// A table on one page, or joined over several.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    pub origin: TableOrigin,
    /// Column boundaries, points; one more than columns.
    pub xs: Vec<f32>,
    /// Page and bottom edge of each row.
    pub rows: Vec<SheetRow>,
    /// Sorted by row, then column; no two overlap.
    pub cells: Vec<SheetCell>,
    /// Box on its first page.
    pub bbox: BBox,
    /// Its bottom edge on its last page, points.
    pub bottom: f32,
    /// Usual character size, points.
    pub em: f32,
    pub gap: Gap,
}

/// A row of a sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SheetRow {
    pub page: u32,
    pub top: f32,
    pub bottom: f32,
}

/// A cell of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SheetCell {
    pub row: u32,
    pub col: u32,
    pub row_span: u32,
    pub col_span: u32,
    pub text: String,
    pub line_starts: Vec<u32>,
    pub place: Place,
    pub confidence: Option<f32>,
    /// Its lines as they stand, for joining over a page.
    pub marks: Vec<LineMark>,
    /// Whether a rule closes it at its top.
    pub top_closed: bool,
    /// Whether a rule closes it at its bottom.
    pub bottom_closed: bool,
}

/// Where a line of a cell stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LineMark {
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
    pub size: f32,
    /// Width of its first glyph, points.
    pub first_width: f32,
    /// Whether a space was drawn at its end.
    pub space_after: bool,
}

impl LineMark {
    fn of(line: &TextLine) -> Self {
        Self {
            left: line.bbox.left,
            right: line.bbox.right,
            top: line.bbox.top,
            bottom: line.bbox.bottom,
            size: line.size,
            first_width: line.words.first().map_or(line.size, |w| w.first_width),
            space_after: line.words.last().is_some_and(|w| w.space_after),
        }
    }

    /// White space that the line leaves in a cell of this width, points.
    pub(super) fn room(&self, width: f32) -> f32 {
        width - (self.right - self.left)
    }
}

/// Text of a cell from its lines, `width` points wide inside its borders.
pub(super) struct CellText {
    pub text: String,
    pub line_starts: Vec<u32>,
    pub marks: Vec<LineMark>,
    pub confidence: Option<f32>,
}

/// Joins the lines of a cell.
///
/// Within a line a space stands between two Latin or digit words, and where the white is as wide as between columns.
/// Between lines a space stands only between two such words where the line before had room left: a renderer that fills
/// a line to the border has cut a word or a number.
pub(super) fn cell_text(lines: &[TextLine], width: f32, params: &LayoutParams) -> CellText {
    let mut out = CellText {
        text: String::new(),
        line_starts: Vec::new(),
        marks: Vec::new(),
        confidence: None,
    };
    for line in lines {
        let mark = LineMark::of(line);
        let first = line.words.first().and_then(|w| w.text.chars().next());
        if let (Some(before), Some(first)) = (out.marks.last(), first)
            && needs_space(&out.text, first, before, &mark, width)
        {
            out.text.push(' ');
        }
        out.line_starts.push(out.text.len() as u32);
        for (index, word) in line.words.iter().enumerate() {
            if index > 0 && word.space_before {
                let latin = out.text.chars().next_back().is_some_and(is_word_char)
                    && word.text.chars().next().is_some_and(is_word_char);
                if latin || word.gap_before >= params.min_column_gap_em * word.size {
                    out.text.push(' ');
                }
            }
            out.text.push_str(&word.text);
            out.confidence = lower_confidence(out.confidence, word.confidence);
        }
        out.marks.push(mark);
    }
    out
}

/// Whether a line that begins with `next` is to be parted by a space from the text before it.
pub(super) fn needs_space(
    text: &str,
    next: char,
    before: &LineMark,
    after: &LineMark,
    width: f32,
) -> bool {
    let Some(last) = text.chars().next_back() else {
        return false;
    };
    if !is_word_char(last) || !is_word_char(next) {
        return false;
    }
    // Cells keep up to about half a character of white at each side.
    let room = before.room(width) - after.first_width - before.size;
    let digits = last.is_ascii_digit() && next.is_ascii_digit();
    before.space_after && !digits
        || room
            > if digits {
                2.0 * before.size
            } else {
                0.5 * before.size
            }
}

impl Sheet {
    /// Removes rows and columns narrower than `limit` points whose own cells are all blank.
    pub(super) fn drop_slivers(&mut self, limit: f32) {
        for row in (0..self.rows.len()).rev() {
            let is_narrow = self.rows[row].bottom - self.rows[row].top < limit;
            let own = |c: &SheetCell| c.row as usize == row && c.row_span == 1;
            if is_narrow
                && self.rows.len() > 1
                && self
                    .cells
                    .iter()
                    .filter(|c| own(c))
                    .all(|c| c.text.is_empty())
            {
                self.drop_row(row);
            }
        }
        for col in (0..self.xs.len().saturating_sub(1)).rev() {
            let is_narrow = self.xs[col + 1] - self.xs[col] < limit;
            let own = |c: &SheetCell| c.col as usize == col && c.col_span == 1;
            if is_narrow
                && self.xs.len() > 2
                && self
                    .cells
                    .iter()
                    .filter(|c| own(c))
                    .all(|c| c.text.is_empty())
            {
                self.cells.retain(|c| !own(c));
                for cell in &mut self.cells {
                    let (first, end) = (cell.col as usize, (cell.col + cell.col_span) as usize);
                    if first > col {
                        cell.col -= 1;
                    } else if end > col {
                        cell.col_span -= 1;
                    }
                }
                // The outer boundary stays where the table ends.
                self.xs.remove(if col + 2 == self.xs.len() {
                    col
                } else {
                    col + 1
                });
            }
        }
    }

    /// Removes rows whose only own cell is blank, where all other columns reach over them: nothing is printed there, and what parts the
    /// row from its neighbour may be the stroke of a character, or a rule that someone drew into one cell.
    pub(super) fn drop_lone_blanks(&mut self) {
        for row in (0..self.rows.len()).rev() {
            let mut own = self
                .cells
                .iter()
                .filter(|c| c.row as usize == row && c.row_span == 1);
            let (Some(cell), None) = (own.next(), own.next()) else {
                continue;
            };
            // What begins in the row goes on below it; where nothing does, it ends what is above.
            let starts = self
                .cells
                .iter()
                .any(|c| c.row as usize == row && c.row_span > 1);
            let neighbour = if starts { row + 1 } else { row.wrapping_sub(1) };
            let Some(other) = self.rows.get(neighbour).copied() else {
                continue;
            };
            if !cell.text.is_empty() || other.page != self.rows[row].page || self.xs.len() < 4 {
                continue;
            }
            let own = self.rows[row];
            self.rows[neighbour].top = own.top.min(other.top);
            self.rows[neighbour].bottom = own.bottom.max(other.bottom);
            self.drop_row(row);
        }
    }

    /// Removes a row with the cells that are its own.
    fn drop_row(&mut self, row: usize) {
        let is_own = |c: &SheetCell| c.row as usize == row && c.row_span == 1;
        self.cells.retain(|c| !is_own(c));
        for cell in &mut self.cells {
            let (first, end) = (cell.row as usize, (cell.row + cell.row_span) as usize);
            if first > row {
                cell.row -= 1;
            } else if end > row {
                cell.row_span -= 1;
            }
        }
        self.rows.remove(row);
    }

    /// The table it has become.
    pub(super) fn into_table(mut self) -> Table {
        self.cells.sort_by_key(|c| (c.row, c.col));
        Table {
            n_rows: self.rows.len() as u32,
            n_cols: self.xs.len().saturating_sub(1) as u32,
            cells: self
                .cells
                .into_iter()
                .map(|c| Cell {
                    row: c.row,
                    col: c.col,
                    row_span: c.row_span,
                    col_span: c.col_span,
                    text: c.text,
                    line_starts: c.line_starts,
                    place: c.place,
                    confidence: c.confidence,
                })
                .collect(),
            origin: self.origin,
            row_pages: self.rows.iter().map(|r| r.page).collect(),
            bbox: self.bbox,
            gap: self.gap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::drawing::{Drawing, describe_pages};
    use expect_test::{Expect, expect};

    /// A cell 50 points wide beside a cell that holds 甲.
    fn check(lines: &[&str], expected: Expect) {
        let mut drawing = Drawing::new()
            .grid(&[100.0, 150.0, 200.0], &[100.0, 160.0])
            .text(160.0, 105.0, "甲");
        for (index, line) in lines.iter().enumerate() {
            drawing = drawing.text(102.0, 105.0 + 12.0 * index as f32, line);
        }
        expected.assert_eq(&describe_pages(&[drawing.page()]));
    }

    #[test]
    fn a_stroke_in_one_cell_makes_no_row() {
        let page = Drawing::new()
            .grid(&[100.0, 150.0, 200.0, 250.0], &[100.0, 140.0, 180.0])
            .h(112.0, 150.0, 200.0)
            .row(&[102.0, 152.0, 202.0], 120.0, &["甲", "乙", "丙"])
            .row(&[102.0, 152.0, 202.0], 155.0, &["丁", "戊", "己"])
            .page();
        expect![[r#"
            = table 2 x 3 ruled
                0 | 0 甲 | 1 乙 | 2 丙
                1 | 0 丁 | 1 戊 | 2 己
        "#]]
        .assert_eq(&describe_pages(&[page]));
    }

    #[test]
    fn a_number_cut_at_the_border_is_whole() {
        check(
            &["13800003", "926"],
            expect![[r#"
            = table 1 x 2 ruled
                0 | 0 13800003⏎926 | 1 甲
        "#]],
        );
    }

    #[test]
    fn a_date_cut_at_the_border_is_whole() {
        check(
            &["2023年12", "月31日前"],
            expect![[r#"
            = table 1 x 2 ruled
                0 | 0 2023年12⏎月31日前 | 1 甲
        "#]],
        );
    }

    #[test]
    fn words_on_lines_with_room_keep_a_space() {
        check(
            &["GB", "T 2260"],
            expect![[r#"
            = table 1 x 2 ruled
                0 | 0 GB ⏎T 2260 | 1 甲
        "#]],
        );
    }

    #[test]
    fn inner_spaces_of_labels_go() {
        check(
            &["项 目", "名 称"],
            expect![[r#"
            = table 1 x 2 ruled
                0 | 0 项目⏎名称 | 1 甲
        "#]],
        );
    }
}
