//! Labels that line ends cut, on pages and in tables without rules: between rules the layout has joined them already.

use crate::model::{Gap, Separator};

use super::compiled::Grammars;
use super::fold::{Folded, append_line};
use super::grid::{GridCell, Row, RowKind};
use super::labels::{LabelSearch, label_at};

/// Joins what belongs together.
pub(super) fn join_broken(rows: &mut Vec<Row>, grammars: &Grammars) {
    join_broken_brackets(rows);
    join_stray_brackets(rows);
    join_broken_labels(rows, grammars);
}

fn sort(row: &mut Row) {
    row.cells.sort_by(|a, b| a.start.total_cmp(&b.start));
}

fn is_loose(kind: RowKind) -> bool {
    matches!(kind, RowKind::Aligned | RowKind::Line(Separator::Position))
}

/// Whether two cells stand above each other on one page.
fn stacked(upper: &GridCell, lower: &GridCell) -> bool {
    match (upper.place.bbox, lower.place.bbox) {
        (Some(a), Some(b)) => {
            upper.place.page == lower.place.page
                && a.overlap_x(&b) > 0.3 * a.width().min(b.width())
                && b.top < a.bottom + LARGEST_LEADING * b.height()
        }
        _ => false,
    }
}

/// White between two lines of one label, in line heights.
const LARGEST_LEADING: f32 = 1.5;

fn add_text(cell: &mut GridCell, lower: &GridCell) {
    append_line(&mut cell.text, &lower.text);
    cell.folded = Folded::new(&cell.text);
    cell.place = cell.place.join(&lower.place);
}

/// `项目资金` with `(元)` beneath it, while other cells of the two rows have nothing to do with each other.
fn join_stray_brackets(rows: &mut [Row]) {
    for idx in 1..rows.len() {
        let (above, below) = rows.split_at_mut(idx);
        let (Some(upper), Some(lower)) = (above.last_mut(), below.first_mut()) else {
            continue;
        };
        if !is_loose(upper.kind) || !is_loose(lower.kind) || lower.gap > Gap::Small {
            continue;
        }
        let is_bracket = |c: &GridCell| {
            c.folded.len() <= LONGEST_BRACKET
                && c.folded.len() > 2
                && c.folded.chars.first() == Some(&'(')
                && c.folded.chars.last() == Some(&')')
        };
        let Some(at) = lower.cells.iter().position(is_bracket) else {
            continue;
        };
        if lower.printed().count() < 2 {
            continue;
        }
        let ordinal = lower.cells[at]
            .folded
            .chars
            .iter()
            .any(|ch| ch.is_ascii_digit() || "一二三四五六七八九十".contains(*ch));
        let home = upper.cells.iter().position(|c| {
            !c.is_blank() && stacked(c, &lower.cells[at]) && !c.folded.chars.contains(&'(')
        });
        if let (false, Some(home)) = (ordinal, home) {
            let bracket = lower.cells.remove(at);
            add_text(&mut upper.cells[home], &bracket);
        }
    }
}

/// `年度总体` with `目标` beneath it, each with a line of the value: one row. Only a label that is listed is joined.
fn join_broken_labels(rows: &mut Vec<Row>, grammars: &Grammars) {
    let whole = LabelSearch {
        allow_space: false,
        allow_confusions: false,
        whole: true,
    };
    let label_of = |text: &str| {
        label_at(
            &grammars.label_tree,
            &Folded::new(text),
            0,
            whole,
            &grammars.vocabulary.confusions,
        )
        .filter(|hit| !grammars.labels[hit.label].inferred)
    };
    let mut idx = 0;
    while idx + 1 < rows.len() {
        let (upper, lower) = (&rows[idx], &rows[idx + 1]);
        let near = is_loose(upper.kind)
            && is_loose(lower.kind)
            && lower.gap <= Gap::Small
            && !upper.furniture
            && !lower.furniture;
        let firsts = upper.printed().next().zip(lower.printed().next());
        let joins =
            near && firsts.is_some_and(|(a, b)| {
                stacked(a, b)
                    && a.folded.len() <= LONGEST_LABEL
                    && b.folded.len() <= LONGEST_LABEL
                    && label_of(&a.text).is_none()
                    && label_of(&format!("{}{}", a.text, b.text)).is_some()
            }) && !super::opening::could_open(lower, grammars)
                && lower
                    .printed()
                    .skip(1)
                    .all(|cell| upper.cells.iter().any(|c| stacked(c, cell)));
        if !joins {
            idx += 1;
            continue;
        }
        let lower = rows.remove(idx + 1);
        for cell in lower.cells.iter().filter(|c| !c.is_blank() && !c.continued) {
            if let Some(home) = rows[idx]
                .cells
                .iter_mut()
                .find(|c| !c.is_blank() && stacked(c, cell))
            {
                add_text(home, cell);
            }
        }
    }
}

/// Longest part of a label on one line, in characters.
const LONGEST_LABEL: usize = 10;
/// Longest bracket that a line end may cut, in characters.
const LONGEST_BRACKET: usize = 8;

/// `社会投入资金（万` and, on the next line, `元）`: one line of text. Only a short bracket that one line opens and the
/// next one closes is joined.
fn join_broken_brackets(rows: &mut Vec<Row>) {
    let mut idx = 0;
    while idx + 1 < rows.len() {
        let (upper, lower) = (&rows[idx], &rows[idx + 1]);
        let lines = matches!(
            (upper.kind, lower.kind),
            (
                RowKind::Line(Separator::Position),
                RowKind::Line(Separator::Position)
            )
        );
        let joins = lines
            && lower.gap == Gap::None
            && opens_bracket(&upper.cells[0].folded)
            && closes_bracket(&lower.cells[0].folded);
        if !joins {
            idx += 1;
            continue;
        }
        let lower = rows.remove(idx + 1);
        let mut cells = lower.cells.into_iter();
        let first = &mut rows[idx].cells[0];
        if let Some(rest) = cells.next() {
            first.text.push_str(&rest.text);
            first.folded = Folded::new(&first.text);
            first.place = first.place.join(&rest.place);
            first.end = first.end.max(rest.end);
        }
        rows[idx].cells.extend(cells);
        sort(&mut rows[idx]);
        idx += 1;
    }
}

fn opens_bracket(text: &Folded) -> bool {
    text.chars
        .iter()
        .rposition(|ch| matches!(ch, '(' | ')'))
        .is_some_and(|at| text.chars[at] == '(' && at > 0 && text.len() - at <= LONGEST_BRACKET)
}

fn closes_bracket(text: &Folded) -> bool {
    text.chars
        .iter()
        .position(|ch| matches!(ch, '(' | ')'))
        .is_some_and(|at| text.chars[at] == ')' && at < LONGEST_BRACKET)
}
