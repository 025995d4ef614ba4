//! Blocks as readable text, for people and snapshots.
//!
//! In: [`Block`]s. Out: text. Never: anything a program should parse.

use std::fmt::Write as _;

use crate::model::block::{Block, Gap, Line, Separator, Table, TableOrigin};

/// A readable rendering of blocks: one line a line, tables as rows of cells with their spans.
///
/// `=`, `-`, `~`: a page break, large or small white space before a block; `#` marks furniture. A cell is
/// `column[+columns][/rows] text`, with `⏎` where its printed lines were joined.
#[must_use]
pub fn describe(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        let mark = match block.gap() {
            Gap::None => ' ',
            Gap::Small => '~',
            Gap::Large => '-',
            Gap::Page => '=',
        };
        out.push(mark);
        match block {
            Block::Line(line) => describe_line(&mut out, line),
            Block::Table(table) => describe_table(&mut out, table),
        }
    }
    out
}

fn describe_line(out: &mut String, line: &Line) {
    let separator = match line.separator {
        Separator::Position | Separator::Spaces | Separator::Single => " | ",
        Separator::Tab => " ⇥ ",
        Separator::Pipe => " ¦ ",
    };
    let texts: Vec<&str> = line.segments.iter().map(|s| s.text.as_str()).collect();
    let mark = if line.furniture { "# " } else { " " };
    let _ = writeln!(out, "{mark}{}", texts.join(separator));
}

fn describe_table(out: &mut String, table: &Table) {
    let origin = match table.origin {
        TableOrigin::Ruled => "ruled",
        TableOrigin::Aligned => "aligned",
    };
    let _ = writeln!(out, " table {} x {} {origin}", table.n_rows, table.n_cols);
    let mut cells = table.cells.iter().peekable();
    let mut page = table.row_pages.first().copied();
    for row in 0..table.n_rows {
        let here = table.row_pages.get(row as usize).copied();
        if here != page {
            let _ = writeln!(out, "  --- page {}", here.unwrap_or(0));
            page = here;
        }
        let _ = write!(out, "  {row:>3}");
        while let Some(cell) = cells.next_if(|c| c.row == row) {
            let _ = write!(out, " | {}", cell.col);
            if cell.col_span > 1 {
                let _ = write!(out, "+{}", cell.col_span);
            }
            if cell.row_span > 1 {
                let _ = write!(out, "/{}", cell.row_span);
            }
            let mut at = 0;
            let mut text = String::new();
            for &start in cell.line_starts.iter().skip(1) {
                text.push_str(cell.text.get(at..start as usize).unwrap_or(""));
                text.push('⏎');
                at = start as usize;
            }
            text.push_str(cell.text.get(at..).unwrap_or(""));
            let _ = write!(out, " {text}");
        }
        out.push('\n');
    }
}
