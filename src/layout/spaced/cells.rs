//! Cells of spaced text: words of several lines that stand below each other.
//!
//! In: the lines of one row. Out: its cells. Never: loses a word.

use super::words::{Row, Word, ems, needs_space};

/// A cell of a row.
pub(super) struct Cell {
    /// Extent over all its lines, in character columns.
    pub(super) start: usize,
    pub(super) end: usize,
    /// What it holds of each line, from top to bottom; never empty.
    pub(super) lines: Vec<CellLine>,
    pub(super) text: String,
    /// How many words more than one piece stand on its lines: it covers several cells of a line.
    pub(super) covered: usize,
}

/// What a cell holds of one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellLine {
    /// Index of the line among the row's.
    pub(super) level: usize,
    /// Index of its first word on that line.
    pub(super) word: usize,
    /// Extent, in character columns.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Width of its words, in full-width characters.
    pub(super) ems: f32,
}

impl Cell {
    fn new(word: &Word, level: usize, index: usize) -> Self {
        Self {
            start: word.start,
            end: word.end,
            lines: vec![CellLine {
                level,
                word: index,
                start: word.start,
                end: word.end,
                ems: ems(&word.text),
            }],
            text: word.text.clone(),
            covered: 0,
        }
    }

    fn push(&mut self, word: &Word, level: usize, index: usize) {
        match self.lines.last_mut() {
            Some(last) if last.level == level => {
                last.ems += ems(&word.text);
                last.end = word.end;
                self.covered += usize::from(!word.glued);
                self.text.push(' ');
            }
            _ => {
                if needs_space(&self.text, &word.text) {
                    self.text.push(' ');
                }
                self.lines.extend(Self::new(word, level, index).lines);
            }
        }
        self.text.push_str(&word.text);
        self.start = self.start.min(word.start);
        self.end = self.end.max(word.end);
    }

    /// The middle of its lines, as a level.
    pub(super) fn middle(&self) -> f32 {
        let last = self.lines.last().map_or(0, |l| l.level);
        (self.lines[0].level + last) as f32 / 2.0
    }
}

/// Words that belong together, as a forest: each points to an earlier word of its group, or to itself.
struct Groups {
    parent: Vec<usize>,
    /// Of each root: the levels its words stand on, as bits.
    levels: Vec<u64>,
}

impl Groups {
    fn root(&self, mut at: usize) -> usize {
        while self.parent[at] != at {
            at = self.parent[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        let (first, other) = (a.min(b), a.max(b));
        self.parent[other] = first;
        self.levels[first] |= self.levels[other];
    }

    fn is_on_one_line(&self, at: usize) -> bool {
        self.levels[self.root(at)].count_ones() == 1
    }
}

/// Cells of some lines that are one row, from left to right.
pub(super) fn cells_of(rows: &[Row]) -> Vec<Cell> {
    let words: Vec<(usize, usize, &Word)> = rows
        .iter()
        .enumerate()
        .flat_map(|(level, row)| {
            let words = row.words.iter().enumerate();
            words.map(move |(index, word)| (level, index, word))
        })
        .collect();
    let mut groups = Groups {
        parent: (0..words.len()).collect(),
        levels: words.iter().map(|w| 1 << w.0.min(63)).collect(),
    };
    let overlap = |a: &Word, b: &Word| a.end.min(b.end).saturating_sub(a.start.max(b.start));
    for (at, &(level, _, word)) in words.iter().enumerate() {
        // The word of an earlier line that it stands below most.
        let above = (0..at).filter(|&o| words[o].0 < level && overlap(words[o].2, word) > 0);
        let nearest = above.min_by_key(|&o| {
            let (other, _, text) = words[o];
            (level - other, usize::MAX - overlap(text, word))
        });
        if let Some(nearest) = nearest {
            groups.join(nearest, at);
        }
    }
    // Words of one piece stay together unless both have words above or below.
    for at in 1..words.len() {
        let is_piece = words[at].2.glued && words[at].0 == words[at - 1].0;
        if is_piece && (groups.is_on_one_line(at - 1) || groups.is_on_one_line(at)) {
            groups.join(at - 1, at);
        }
    }
    let mut cells: Vec<Cell> = Vec::new();
    let mut homes: Vec<Option<usize>> = vec![None; words.len()];
    for (at, &(level, index, word)) in words.iter().enumerate() {
        let root = groups.root(at);
        match homes[root] {
            Some(home) => cells[home].push(word, level, index),
            None => {
                homes[root] = Some(cells.len());
                cells.push(Cell::new(word, level, index));
            }
        }
    }
    cells.sort_by_key(|cell| (cell.start + cell.end, cell.start));
    cells
}
