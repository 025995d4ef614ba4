//! Rows: which cell of a row belongs to which column.
//!
//! Never by counting from either end. Each cell has a price under each column: for standing elsewhere than the header
//! (dear where rules are printed, cheap where blanks may be lost) and for being something else than the column holds.
//! The cheapest order-keeping assignment is taken; pieces of a line may be joined into one cell, at a price.

use std::cell::OnceCell;

use crate::model::Separator;

use super::compiled::{ColumnKind, TableSpec};
use super::fold::is_white;
use super::grid::{Row, RowKind};
use super::header::HeaderColumn;
use super::look::{Look, Words};

/// A piece of a row that a column can take.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) start: f32,
    pub(super) end: f32,
    /// Index of its cell in the row.
    pub(super) cell: usize,
    /// White characters before it inside its line; 0 where a cell begins.
    pub(super) spaces: usize,
    pub(super) continued: bool,
}

/// Which tokens went to which column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alignment {
    pub(super) cost: f32,
    /// (index of the header column, first token, token behind the last).
    pub(super) cells: Vec<(usize, usize, usize)>,
    /// Whether some cell does not stand under its header.
    pub(super) moved: bool,
}

/// The most tokens that one column takes together.
const MOST_JOINED: usize = 40;
/// Price of shifting a whole row by one cell.
const SHIFT_PRICE: f32 = 1.0;
/// Price of each column left blank before the first cell of a row that has steps alone.
const OFFSET_PRICE: f32 = 0.1;
/// Joins above this price are not tried.
const DEAREST_JOIN: f32 = 13.0;
/// Prices no further apart than this are equal.
const LEAST_SAVING: f32 = 1e-4;
/// The most tokens of a row that are aligned at all.
const MOST_TOKENS: usize = 160;

/// Cuts a row into tokens.
pub(super) fn tokens(row: &Row) -> Vec<Token> {
    let mut result = Vec::new();
    for (cell_idx, cell) in row.cells.iter().enumerate() {
        if cell.is_blank() {
            continue;
        }
        let cut = matches!(
            row.kind,
            RowKind::Line(Separator::Single | Separator::Spaces)
        );
        if !cut {
            result.push(Token {
                text: cell.text.clone(),
                start: cell.start,
                end: cell.end,
                cell: cell_idx,
                spaces: 0,
                continued: cell.continued,
            });
            continue;
        }
        let width = (cell.end - cell.start) / cell.text.chars().count().max(1) as f32;
        let mut n_chars = 0usize;
        for (idx, piece) in cell.text.split(is_white).enumerate() {
            if !piece.is_empty() {
                let start = cell.start + n_chars as f32 * width;
                let end = start + piece.chars().count() as f32 * width;
                let first = idx == 0 || result.last().is_none_or(|t: &Token| t.cell != cell_idx);
                let spaces = if first {
                    if result.is_empty() { 0 } else { 2 }
                } else {
                    1
                };
                result.push(Token {
                    text: piece.to_owned(),
                    start,
                    end,
                    cell: cell_idx,
                    spaces,
                    continued: false,
                });
            }
            n_chars += piece.chars().count() + 1;
        }
    }
    result
}

/// The cheapest assignment of tokens to columns; `None` where there are more tokens than could be a row.
///
/// A row between tabs or pipes may be shifted as a whole by a cell or two: each shift is tried, at a price.
pub(super) fn align(
    tokens: &[Token],
    columns: &[HeaderColumn],
    spec: &TableSpec,
    kind: RowKind,
    header_kind: RowKind,
    words: &Words,
    first_row: bool,
) -> Option<Alignment> {
    if kind.is_piped() && !header_kind.is_piped() {
        return align_by_steps(tokens, columns, spec, kind, words, first_row);
    }
    let kind = if kind == header_kind || !matches!(kind, RowKind::Line(_)) {
        kind
    } else {
        RowKind::Line(Separator::Single)
    };
    let looks = Looks::new(tokens, kind, words);
    let straight = align_at(tokens, &looks, columns, spec, kind, first_row);
    if !kind.is_piped() || straight.as_ref().is_some_and(|a| !a.moved) {
        return straight;
    }
    let shifts = [-1.0, 1.0, -2.0, 2.0].into_iter().filter_map(|shift: f32| {
        let shifted = shifted(tokens, shift);
        let mut found = align_at(&shifted, &looks, columns, spec, kind, first_row)?;
        found.cost += SHIFT_PRICE * shift.abs();
        found.moved = true;
        Some(found)
    });
    cheapest(straight.into_iter().chain(shifts))
}

/// The tokens of a row, moved to the right by so many cells.
fn shifted(tokens: &[Token], by: f32) -> Vec<Token> {
    let moved = |t: &Token| Token {
        start: t.start + by,
        end: t.end + by,
        ..t.clone()
    };
    tokens.iter().map(moved).collect()
}

/// The cheapest of several assignments, the first among equals.
fn cheapest(found: impl Iterator<Item = Alignment>) -> Option<Alignment> {
    found.min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// A row between tabs under a header that has none: only the steps from cell to cell say something.
fn align_by_steps(
    tokens: &[Token],
    columns: &[HeaderColumn],
    spec: &TableSpec,
    kind: RowKind,
    words: &Words,
    first_row: bool,
) -> Option<Alignment> {
    let stepped: Vec<HeaderColumn> = columns
        .iter()
        .enumerate()
        .map(|(idx, c)| HeaderColumn {
            start: idx as f32,
            end: (idx + 1) as f32,
            ..c.clone()
        })
        .collect();
    let first = tokens.first()?.start;
    let looks = Looks::new(tokens, kind, words);
    cheapest((0..columns.len()).filter_map(|offset| {
        let shifted = shifted(tokens, offset as f32 - first);
        let mut found = align_at(&shifted, &looks, &stepped, spec, kind, first_row)?;
        found.cost += OFFSET_PRICE * offset as f32;
        Some(found)
    }))
}

/// The cheapest assignment where the tokens stand.
///
/// No price is below zero: what is cheaper without a join than any join is the cheapest, and joins need no look.
fn align_at(
    tokens: &[Token],
    looks: &Looks<'_>,
    columns: &[HeaderColumn],
    spec: &TableSpec,
    kind: RowKind,
    first_row: bool,
) -> Option<Alignment> {
    if tokens.is_empty() || tokens.len() > MOST_TOKENS {
        return None;
    }
    let alone = |i| looks.alone.get(i..=i).unwrap_or_default();
    let alone = align_spans(tokens, alone, columns, spec, kind, first_row);
    if alone
        .as_ref()
        .is_some_and(|found| found.cost < looks.least_join - LEAST_SAVING)
    {
        return alone;
    }
    let joined = looks.joined();
    let joined = |i| joined.get(i).map(Vec::as_slice).unwrap_or_default();
    align_spans(tokens, joined, columns, spec, kind, first_row)
}

/// The cheapest assignment of the texts that begin at each token, as `spans_at` tells them: of one token, of two, and so on.
fn align_spans<'a>(
    tokens: &[Token],
    spans_at: impl Fn(usize) -> &'a [Span],
    columns: &[HeaderColumn],
    spec: &TableSpec,
    kind: RowKind,
    first_row: bool,
) -> Option<Alignment> {
    let (n, m) = (tokens.len(), columns.len());
    let infinite = f32::INFINITY;
    // best[j][i]: price of the first i tokens under the first j columns; from[j][i]: tokens before column j took its share.
    let mut best = vec![vec![infinite; n + 1]; m + 1];
    let mut from = vec![vec![usize::MAX; n + 1]; m + 1];
    best[0][0] = 0.0;
    for j in 0..m {
        let skip = skip_price(&columns[j], spec, first_row);
        for i in 0..=n {
            let base = best[j][i];
            if base == infinite {
                continue;
            }
            if base + skip < best[j + 1][i] {
                best[j + 1][i] = base + skip;
                from[j + 1][i] = i;
            }
            for (k, span) in (i..n).zip(spans_at(i)) {
                let price = base
                    + span.joined
                    + fit_price(&span.look, &columns[j], spec)
                    + place_price(&tokens[i], &tokens[k], &columns[j], kind);
                if price < best[j + 1][k + 1] - LEAST_SAVING {
                    best[j + 1][k + 1] = price;
                    from[j + 1][k + 1] = i;
                }
            }
        }
    }
    let cost = best[m][n];
    if cost == infinite {
        return None;
    }
    let mut cells = Vec::new();
    let mut i = n;
    for j in (0..m).rev() {
        let before = from[j + 1][i];
        if before < i {
            cells.push((j, before, i));
        }
        i = before;
    }
    cells.reverse();
    let moved = cells
        .iter()
        .any(|(j, a, b)| place_price(&tokens[*a], &tokens[*b - 1], &columns[*j], kind) >= 1.0);
    Some(Alignment { cost, cells, moved })
}

/// Some neighbouring tokens read as one text.
#[derive(Debug, Clone)]
struct Span {
    joined: f32,
    look: Look,
}

/// What the tokens of a row are, alone and joined.
struct Looks<'a> {
    tokens: &'a [Token],
    kind: RowKind,
    words: &'a Words,
    /// For each token, what it is alone.
    alone: Vec<Span>,
    /// Price of the cheapest join of two neighbours.
    least_join: f32,
    joined: OnceCell<Vec<Vec<Span>>>,
}

impl<'a> Looks<'a> {
    fn new(tokens: &'a [Token], kind: RowKind, words: &'a Words) -> Self {
        let prices = tokens
            .windows(2)
            .map(|pair| join_price(&pair[0], &pair[1], kind));
        Self {
            tokens,
            kind,
            words,
            alone: tokens
                .iter()
                .map(|token| Span {
                    joined: 0.0,
                    look: Look::new(&token.text, words),
                })
                .collect(),
            least_join: prices.fold(f32::INFINITY, f32::min),
            joined: OnceCell::new(),
        }
    }

    /// For each token, what it is alone, with the next, with the next two, and so on while joining is not too dear.
    fn joined(&self) -> &[Vec<Span>] {
        self.joined.get_or_init(|| {
            (0..self.tokens.len())
                .map(|first| self.joined_from(first))
                .collect()
        })
    }

    fn joined_from(&self, first: usize) -> Vec<Span> {
        let tokens = &self.tokens[first..];
        let mut joined = 0.0;
        let mut text = tokens[0].text.clone();
        let mut list = vec![self.alone[first].clone()];
        for pair in tokens.windows(2).take(MOST_JOINED - 1) {
            joined += join_price(&pair[0], &pair[1], self.kind);
            if joined > DEAREST_JOIN {
                break;
            }
            text.push(' ');
            text.push_str(&pair[1].text);
            list.push(Span {
                joined,
                look: Look::new(&text, self.words),
            });
        }
        list
    }
}

/// Price of leaving a column blank.
fn skip_price(column: &HeaderColumn, spec: &TableSpec, first_row: bool) -> f32 {
    if column.closed {
        return 0.1;
    }
    let Some(idx) = column.column else { return 0.4 };
    let column = &spec.columns[idx];
    if column.optional {
        return 0.9;
    }
    match column.kind {
        ColumnKind::Level1 => {
            if first_row {
                3.0
            } else {
                0.5
            }
        }
        // A new first level comes with a second: a lone level is the second one's.
        ColumnKind::Level2 => {
            if first_row {
                3.0
            } else {
                0.9
            }
        }
        ColumnKind::Name => 7.0,
        ColumnKind::Operator => 2.0,
        ColumnKind::Target => 3.5,
        ColumnKind::Unit => 1.2,
        ColumnKind::Number => 2.5,
        ColumnKind::Actual => 2.0,
        ColumnKind::Amount | ColumnKind::Percent | ColumnKind::Long => 1.0,
        ColumnKind::Flag | ColumnKind::Note => 0.3,
    }
}

/// Price of reading two neighbouring tokens as one cell.
fn join_price(left: &Token, right: &Token, kind: RowKind) -> f32 {
    if left.cell != right.cell {
        return match kind {
            RowKind::Ruled | RowKind::Line(Separator::Tab | Separator::Pipe) => 12.0,
            RowKind::Aligned => 6.0,
            RowKind::Line(_) => 2.5,
        };
    }
    match kind {
        RowKind::Line(Separator::Single) => 0.8,
        _ => 0.1,
    }
}

/// Price of standing elsewhere than under the header.
fn place_price(first: &Token, last: &Token, column: &HeaderColumn, kind: RowKind) -> f32 {
    let overlaps = first.start < column.end - 0.01 && last.end > column.start + 0.01;
    let away = if overlaps {
        0.0
    } else if last.end <= column.start {
        column.start - last.end
    } else {
        first.start - column.end
    };
    match kind {
        RowKind::Ruled if overlaps => 0.0,
        RowKind::Ruled => 6.0 + away,
        RowKind::Aligned if overlaps => 0.0,
        RowKind::Aligned => 3.0 + away,
        RowKind::Line(Separator::Tab | Separator::Pipe) if overlaps => 0.0,
        RowKind::Line(Separator::Tab | Separator::Pipe) => 1.5,
        RowKind::Line(Separator::Position) => (away / 40.0).min(3.0),
        RowKind::Line(_) => (away / 40.0).min(0.8),
    }
}

/// Price of a text under a column, by what it is.
fn fit_price(look: &Look, column: &HeaderColumn, spec: &TableSpec) -> f32 {
    if column.closed {
        return if look.dash { 0.2 } else { 30.0 };
    }
    let Some(idx) = column.column else { return 0.6 };
    match spec.columns[idx].kind {
        ColumnKind::Level1 => {
            if look.level1 {
                0.0
            } else if look.operator || look.number {
                20.0
            } else if look.level2 {
                6.0
            } else if look.han && look.n_chars <= 8 {
                4.0
            } else {
                10.0
            }
        }
        ColumnKind::Level2 => {
            if look.level2 {
                0.0
            } else if look.operator || look.number {
                20.0
            } else if look.level1 {
                2.0
            } else if look.han && look.n_chars <= 12 {
                if look.indicator { 1.0 } else { 4.0 }
            } else {
                9.0
            }
        }
        ColumnKind::Name => {
            if look.operator || (look.number && !look.han) {
                16.0
            } else if look.unit && look.n_chars <= 3 {
                8.0
            } else if look.level1 || look.level2 {
                if look.indicator { 3.0 } else { 0.4 }
            } else if look.fused {
                6.0
            } else if look.han {
                0.0
            } else {
                2.0
            }
        }
        ColumnKind::Operator => {
            if look.operator {
                0.0
            } else if look.n_chars == 1 && !look.unit {
                // A sign that was misread, `=` as `二`: to be said, not to be joined to the text beside it.
                if look.number { 5.0 } else { 2.0 }
            } else {
                15.0
            }
        }
        ColumnKind::Target => {
            if look.operator {
                14.0
            } else if look.number || look.fused || look.date {
                0.0
            } else if look.unit && look.n_chars <= 2 {
                5.0
            } else if look.n_chars <= 10 {
                0.8
            } else if look.n_chars <= 24 {
                2.0
            } else {
                4.0
            }
        }
        ColumnKind::Unit => {
            if look.unit {
                0.0
            } else if look.number || look.operator {
                15.0
            } else if look.slash && look.n_chars <= 8 {
                0.5
            } else if look.n_chars <= 4 && look.han {
                2.5
            } else {
                8.0
            }
        }
        ColumnKind::Number => {
            if look.number || look.percent {
                0.0
            } else if look.dash {
                0.3
            } else {
                14.0
            }
        }
        ColumnKind::Amount => {
            if look.number || look.dash || look.money {
                0.0
            } else {
                12.0
            }
        }
        ColumnKind::Percent => {
            if look.percent || look.dash {
                0.0
            } else if look.number {
                1.0
            } else {
                12.0
            }
        }
        ColumnKind::Actual => {
            if look.operator {
                6.0
            } else if look.number || look.fused || look.date {
                0.0
            } else if look.n_chars <= 24 {
                0.5
            } else {
                2.0
            }
        }
        ColumnKind::Flag => {
            if look.n_chars <= 12 {
                0.5
            } else {
                3.0
            }
        }
        ColumnKind::Note => {
            if look.number {
                5.0
            } else if look.operator {
                9.0
            } else {
                0.3
            }
        }
        ColumnKind::Long => 0.0,
    }
}

/// The text of the tokens `first..end`, joined as printed.
pub(super) fn joined(tokens: &[Token], first: usize, end: usize) -> String {
    let mut text = String::new();
    for (idx, token) in tokens[first..end].iter().enumerate() {
        if idx > 0 {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}
