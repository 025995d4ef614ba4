//! Plain text: each line becomes a [`Line`] whose segments are told apart by tabs, pipes or runs of spaces.

use std::collections::BTreeMap;

use crate::model::{Block, Gap, Line, Place, Segment, Separator};

/// Turns the lines of a plain text into blocks. A form feed at the start of a line is a page break.
pub(super) fn layout_lines(lines: &[String]) -> Vec<Block> {
    let mut blocks: Vec<Line> = Vec::new();
    let mut n_blank = 0usize;
    let mut page_break = false;
    let pipes = Pipes::of(lines);
    for (idx, line) in lines.iter().enumerate() {
        page_break |= line.contains('\u{c}');
        let text = without_heading_mark(&line.replace('\u{c}', "")).to_owned();
        if text.trim_matches(is_blank).is_empty() || is_markdown_rule(&text) {
            // A row of tabs is an empty table row; it separates no more than any row does.
            n_blank += usize::from(!text.contains('\t'));
            continue;
        }
        let gap = match n_blank {
            _ if page_break => Gap::Page,
            0 => Gap::None,
            1 => Gap::Small,
            _ => Gap::Large,
        };
        let place = Place::on_line(u32::try_from(idx + 1).unwrap_or(u32::MAX));
        blocks.push(cut_line(&text, gap, place, pipes));
        n_blank = 0;
        page_break = false;
    }
    mark_furniture(&mut blocks);
    blocks.into_iter().map(Block::Line).collect()
}

/// Cuts a line into its segments.
fn cut_line(text: &str, gap: Gap, place: Place, pipes: Pipes) -> Line {
    let separator = if text.contains('\t') {
        Separator::Tab
    } else if is_piped(text) || pipes != Pipes::Some && text.contains('|') {
        Separator::Pipe
    } else if has_space_run(text) {
        Separator::Spaces
    } else {
        Separator::Single
    };
    let segments = match separator {
        Separator::Tab => cut_cells(text, '\t', place),
        Separator::Pipe => {
            let text = text.trim_matches(is_blank);
            let framed = pipes != Pipes::Between;
            let text = text.strip_prefix('|').filter(|_| framed).unwrap_or(text);
            cut_cells(text, '|', place)
        }
        _ => cut_at_runs(text, place),
    };
    Line {
        segments,
        separator,
        gap,
        furniture: false,
    }
}

fn is_blank(ch: char) -> bool {
    ch.is_whitespace() || matches!(ch, '\u{200b}' | '\u{feff}' | '\0')
}

fn is_piped(text: &str) -> bool {
    let n = text.matches('|').count();
    n >= 3 || (n >= 2 && text.trim_matches(is_blank).starts_with('|'))
}

/// What pipes are in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pipes {
    /// They part cells where a line has several.
    Some,
    /// They part cells wherever they stand: most lines have some. A pipe at the start of a line follows a blank cell.
    Between,
    /// The same, and lines begin with one, as those of Markdown do.
    Framing,
}

impl Pipes {
    fn of(lines: &[String]) -> Self {
        const LEAST: usize = 4;
        let printed = lines.iter().filter(|l| !l.trim().is_empty()).count();
        let piped = lines.iter().filter(|l| l.contains('|')).count();
        let framed = lines
            .iter()
            .filter(|l| l.trim_matches(is_blank).starts_with('|'))
            .count();
        match () {
            () if printed < LEAST || piped * 2 <= printed => Self::Some,
            () if framed * 2 > piped => Self::Framing,
            () => Self::Between,
        }
    }
}

/// `|---|:--:|` under the header of a Markdown table.
fn is_markdown_rule(text: &str) -> bool {
    text.contains('|')
        && text.contains("--")
        && text
            .chars()
            .all(|ch| matches!(ch, '|' | '-' | ':' | '+' | '=') || is_blank(ch))
}

/// A Markdown heading without its mark: `## 标题` is 标题.
fn without_heading_mark(text: &str) -> &str {
    let bare = text.trim_start_matches('#');
    let n = text.len() - bare.len();
    if (1..=6).contains(&n) && bare.starts_with(' ') {
        bare.trim_start()
    } else {
        text
    }
}

fn has_space_run(text: &str) -> bool {
    let trimmed: Vec<char> = text.trim_matches(is_blank).chars().collect();
    trimmed
        .windows(2)
        .any(|pair| pair.iter().all(|ch| is_blank(*ch)))
}

/// Cells between separators; blank ones are kept, but for those at the end.
fn cut_cells(text: &str, separator: char, place: Place) -> Vec<Segment> {
    let mut cells: Vec<Segment> = text
        .split(separator)
        .enumerate()
        .map(|(idx, cell)| Segment {
            text: cell.trim_matches(is_blank).to_owned(),
            start: idx as f32,
            end: (idx + 1) as f32,
            place,
            confidence: None,
        })
        .collect();
    while cells.len() > 1 && cells.last().is_some_and(|cell| cell.text.is_empty()) {
        cells.pop();
    }
    cells
}

/// Pieces between runs of two or more white characters, in character positions.
fn cut_at_runs(text: &str, place: Place) -> Vec<Segment> {
    let chars: Vec<char> = text.chars().collect();
    let mut segments = Vec::new();
    let mut idx = 0;
    while idx < chars.len() {
        if is_blank(chars[idx]) {
            idx += 1;
            continue;
        }
        let start = idx;
        let mut end = idx + 1;
        while end < chars.len()
            && !(is_blank(chars[end]) && (end + 1 == chars.len() || is_blank(chars[end + 1])))
        {
            end += 1;
        }
        segments.push(Segment {
            text: chars[start..end].iter().collect(),
            start: start as f32,
            end: end as f32,
            place,
            confidence: None,
        });
        idx = end;
    }
    segments
}

/// Marks page numbers that stand alone, and lines that open several pages alike.
fn mark_furniture(lines: &mut [Line]) {
    let mut openers: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.gap == Gap::Page) {
        *openers.entry(digits_folded(&line.text())).or_default() += 1;
    }
    for idx in 0..lines.len() {
        let alone = lines[idx].gap != Gap::None
            || lines.get(idx + 1).is_none_or(|next| next.gap != Gap::None);
        let text = lines[idx].text();
        // Cells right above others are the top of a table that goes on.
        let is_apart = lines[idx].segments.len() == 1
            || lines.get(idx + 1).is_none_or(|next| next.gap != Gap::None);
        let header = (lines[idx].gap == Gap::Page || idx == 0)
            && is_apart
            && openers
                .get(&digits_folded(&text))
                .is_some_and(|n| *n + usize::from(idx == 0) >= 2);
        let number =
            alone && super::furniture::is_page_number(&text.replace(char::is_whitespace, ""));
        if header || number {
            lines[idx].furniture = true;
            // What follows a running header stands where the page begins.
            if header && let Some(next) = lines.get_mut(idx + 1) {
                next.gap = next.gap.max(Gap::Page);
            }
        }
    }
}

fn digits_folded(text: &str) -> String {
    text.chars()
        .map(|ch| if ch.is_ascii_digit() { '0' } else { ch })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        layout_lines(&lines)
            .into_iter()
            .map(|block| match block {
                Block::Line(line) => format!(
                    "{:?} {}",
                    line.separator,
                    line.segments
                        .iter()
                        .map(|s| s.text.as_str())
                        .collect::<Vec<_>>()
                        .join("|")
                ),
                Block::Table(_) => "table".to_owned(),
            })
            .collect()
    }

    #[test]
    fn tabs_keep_blank_cells_but_the_last() {
        assert_eq!(check("甲\t\t乙\t\t"), ["Tab 甲||乙"]);
    }

    #[test]
    fn markdown_tables_are_rows() {
        assert_eq!(
            check("| 甲 | 乙 |\n|---|---|\n| 1 | 2 |"),
            ["Pipe 甲|乙", "Pipe 1|2"]
        );
    }

    #[test]
    fn a_single_pipe_parts_cells_where_most_lines_have_some() {
        assert_eq!(
            check("项目名称 | 甲\n| 乙\n名称 | 值 | 单位\n道路 | 3 | 个"),
            [
                "Pipe 项目名称|甲",
                "Pipe |乙",
                "Pipe 名称|值|单位",
                "Pipe 道路|3|个"
            ]
        );
        assert_eq!(
            check("甲 | 乙\n丙\n丁\n戊"),
            ["Single 甲 | 乙", "Single 丙", "Single 丁", "Single 戊"]
        );
    }

    #[test]
    fn runs_of_spaces_cut_and_single_spaces_do_not() {
        assert_eq!(check("项 目: 一 二   三"), ["Spaces 项 目: 一 二|三"]);
    }
}
