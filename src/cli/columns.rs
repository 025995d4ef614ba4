//! Columns on a terminal, in which Chinese characters are two wide.

/// Rows in columns: texts on the left, figures on the right.
pub(super) fn table(rows: Vec<Vec<String>>) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| n_cells(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let is_figure = |cell: &str| cell.starts_with(|ch: char| ch.is_ascii_digit() || ch == '-');
    let is_right = |column: usize| {
        let last = rows.last().and_then(|row| row.get(column));
        column > 0 && last.is_some_and(|cell| is_figure(cell))
    };
    let sides: Vec<bool> = (0..n_columns).map(is_right).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let gap = " ".repeat(widths[column] - n_cells(cell));
            if sides[column] {
                format!("{gap}{cell}")
            } else {
                format!("{cell}{gap}")
            }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

/// The text with spaces behind it, up to a width.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(n_cells(text))))
}

/// Columns of a terminal that a text takes: two for each Chinese character and mark.
pub(super) fn n_cells(text: &str) -> usize {
    text.chars()
        .map(|ch| if ch < '\u{1100}' { 1 } else { 2 })
        .sum()
}

/// A text that fits into a line, long ones without their middle.
pub(super) fn in_a_line(text: &str) -> String {
    let chars: Vec<char> = text
        .chars()
        .map(|ch| if ch == '\n' { ' ' } else { ch })
        .collect();
    if chars.len() <= 90 {
        return chars.into_iter().collect();
    }
    let (front, back) = (&chars[..60], &chars[chars.len() - 25..]);
    front.iter().chain(&['…']).chain(back).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn columns_stand_under_each_other_in_chinese_too() {
        let rows = [["标签", "F1"], ["scan", "0.9000"], ["全部", "-"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec()).to_vec();
        expect![[r#"
            标签      F1
            scan  0.9000
            全部       -
        "#]]
        .assert_eq(&table(rows));
    }
}
