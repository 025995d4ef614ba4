//! Pages drawn for tests: tables with or without rules, cells of several lines, merged cells, as many pages as it takes.
//!
//! The PDF is made by hand: one font that is not embedded (`UniGB-UCS2-H`, ISO 32000-1, 9.7.5.2), whose glyphs are one
//! em wide, those of ASCII half an em.

use std::fmt::Write as _;

/// How the rules of a table are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// None: cells stand in columns.
    None,
    /// Strokes along whole rows and columns.
    Lines,
    /// A stroked rectangle round each cell.
    Boxes,
    /// Thin filled rectangles, one an edge.
    Fills,
    /// Dashed strokes.
    Dashed,
}

/// A cell: its first column, how many columns and rows it spans, its text.
#[derive(Debug, Clone)]
pub(crate) struct DrawnCell {
    pub(crate) col: usize,
    pub(crate) col_span: usize,
    pub(crate) row_span: usize,
    pub(crate) text: String,
}

/// What stands on the pages, from top to bottom.
#[derive(Debug, Clone)]
pub(crate) enum Drawn {
    /// A line of text in the middle.
    Title(String),
    /// Widths of columns in points, and the rows.
    Table(Vec<f64>, Vec<Vec<DrawnCell>>),
}

/// A page and its pen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sheet {
    pub(crate) rules: Rules,
    pub(crate) size: f64,
    /// Space between a cell's text and its edges, in points.
    pub(crate) padding: f64,
    /// Width and height of the page, in points.
    pub(crate) page: (f64, f64),
    /// Text in the middle of its cell, not at its left.
    pub(crate) centred: bool,
}

const MARGIN: f64 = 40.0;

impl Sheet {
    /// The bytes of a PDF.
    pub(crate) fn draw(&self, content: &[Drawn]) -> Vec<u8> {
        let mut pages = vec![String::new()];
        let top = self.page.1 - MARGIN;
        let mut y = top;
        for item in content {
            match item {
                Drawn::Title(text) => {
                    let room = 4.0 * self.size;
                    if y - room < MARGIN {
                        pages.push(String::new());
                        y = top;
                    }
                    let width = self.width(text);
                    let x = (self.page.0 - width) / 2.0;
                    self.text(pages.last_mut().unwrap(), x, y - 2.0 * self.size, text);
                    y -= room;
                }
                Drawn::Table(widths, rows) => {
                    let mut at = 0;
                    while at < rows.len() {
                        // Rows that merged cells bind stay together.
                        let n = (1..=rows.len() - at)
                            .find(|n| {
                                let reach = |i: usize| {
                                    let spans = rows[at + i].iter().map(|c| i + c.row_span);
                                    spans.max().unwrap_or(0)
                                };
                                (0..*n).all(|i| reach(i) <= *n)
                            })
                            .unwrap();
                        let heights: Vec<f64> = rows[at..at + n]
                            .iter()
                            .map(|row| self.height(widths, row))
                            .collect();
                        let total: f64 = heights.iter().sum();
                        if y - total < MARGIN && y < top {
                            pages.push(String::new());
                            y = top;
                        }
                        let page = pages.last_mut().unwrap();
                        for i in 0..n {
                            for cell in &rows[at + i] {
                                let below: f64 = heights[i..i + cell.row_span].iter().sum();
                                self.cell(page, widths, cell, y, below);
                            }
                            y -= heights[i];
                        }
                        at += n;
                    }
                    y -= self.size;
                }
            }
        }
        self.file(&pages)
    }

    fn width(&self, text: &str) -> f64 {
        let ems = |ch: char| if ch.is_ascii() { 0.5 } else { 1.0 };
        text.chars().map(ems).sum::<f64>() * self.size
    }

    fn lines(&self, text: &str, room: f64) -> Vec<String> {
        let mut lines = vec![String::new()];
        for ch in text.chars() {
            let last = lines.last_mut().unwrap();
            // A number is not broken, nor a word.
            let tail: String = last
                .chars()
                .rev()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '.')
                .collect();
            if !last.is_empty() && self.width(last) + self.width(&ch.to_string()) > room {
                let joined = (ch.is_ascii_alphanumeric() || ch == '.')
                    && !tail.is_empty()
                    && tail.len() < last.len();
                let moved = if joined {
                    let keep = last.len() - tail.len();
                    last.split_off(keep)
                } else {
                    String::new()
                };
                lines.push(moved + &ch.to_string());
            } else {
                last.push(ch);
            }
        }
        lines
    }

    fn room(&self, widths: &[f64], cell: &DrawnCell) -> f64 {
        widths[cell.col..cell.col + cell.col_span]
            .iter()
            .sum::<f64>()
            - 2.0 * self.padding
    }

    fn height(&self, widths: &[f64], row: &[DrawnCell]) -> f64 {
        let lines = |cell: &DrawnCell| self.lines(&cell.text, self.room(widths, cell)).len();
        let most = row
            .iter()
            .filter(|c| c.row_span == 1)
            .map(lines)
            .max()
            .unwrap_or(1);
        // Without rules only space tells rows apart.
        let gap = if self.rules == Rules::None { 0.9 } else { 0.0 };
        1.3 * self.size * most as f64 + 2.0 * self.padding + gap * self.size
    }

    fn cell(&self, page: &mut String, widths: &[f64], cell: &DrawnCell, top: f64, height: f64) {
        let left = MARGIN + widths[..cell.col].iter().sum::<f64>();
        let width = self.room(widths, cell) + 2.0 * self.padding;
        let (right, bottom) = (left + width, top - height);
        match self.rules {
            Rules::None => {}
            Rules::Lines | Rules::Dashed => {
                let dash = if self.rules == Rules::Dashed {
                    "[2 1] 0 d"
                } else {
                    "[] 0 d"
                };
                let _ = writeln!(
                    page,
                    "{dash} 0.5 w {left} {top} m {right} {top} l S {left} {bottom} m {right} {bottom} l S \
                     {left} {top} m {left} {bottom} l S {right} {top} m {right} {bottom} l S"
                );
            }
            Rules::Boxes => {
                let _ = writeln!(page, "0.5 w {left} {bottom} {width} {height} re S");
            }
            Rules::Fills => {
                let _ = writeln!(
                    page,
                    "{left} {top} {width} 0.5 re f {left} {bottom} {width} 0.5 re f \
                     {left} {bottom} 0.5 {height} re f {right} {bottom} 0.5 {height} re f"
                );
            }
        }
        let lines = self.lines(&cell.text, width - 2.0 * self.padding);
        let block = 1.3 * self.size * lines.len() as f64;
        let mut y = (top + bottom + block) / 2.0 - 1.05 * self.size;
        for line in lines {
            let slack = width - 2.0 * self.padding - self.width(&line);
            let indent = if self.centred { slack / 2.0 } else { 0.0 };
            self.text(page, left + self.padding + indent, y, &line);
            y -= 1.3 * self.size;
        }
    }

    fn text(&self, page: &mut String, x: f64, y: f64, text: &str) {
        if text.is_empty() {
            return;
        }
        let hex: String = text
            .encode_utf16()
            .map(|unit| format!("{unit:04x}"))
            .collect();
        let size = self.size;
        let _ = writeln!(page, "BT /F {size} Tf {x:.2} {y:.2} Td <{hex}> Tj ET");
    }

    fn file(&self, pages: &[String]) -> Vec<u8> {
        let kids: Vec<String> = (0..pages.len())
            .map(|n| format!("{} 0 R", 5 + 2 * n))
            .collect();
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            format!(
                "<< /Type /Pages /Kids [{}] /Count {} >>",
                kids.join(" "),
                pages.len()
            ),
            "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>"
                .to_owned(),
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500] \
             /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>"
                .to_owned(),
        ];
        for (n, content) in pages.iter().enumerate() {
            objects.push(format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {} {}] /Resources << /Font << /F 3 0 R >> >> \
                 /Contents {} 0 R >>",
                self.page.0,
                self.page.1,
                6 + 2 * n
            ));
            objects.push(format!(
                "<< /Length {} >> stream\n{content}\nendstream",
                content.len() + 1
            ));
        }
        let mut file = "%PDF-1.4\n".to_owned();
        let mut offsets = Vec::new();
        for (n, object) in objects.iter().enumerate() {
            offsets.push(file.len());
            let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", n + 1);
        }
        let xref = file.len();
        let _ = write!(file, "xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1);
        for offset in &offsets {
            let _ = writeln!(file, "{offset:010} 00000 n ");
        }
        let _ = write!(
            file,
            "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n",
            offsets.len() + 1
        );
        file.into_bytes()
    }
}
