//! Scanning: rows become items (titles, labelled values, tables of rows, other text), whatever form they belong to.

use crate::model::{Gap, RawText, Separator};

use super::compiled::{Family, Grammars};
use super::fold::{Folded, append_line, is_han, is_white};
use super::grid::{GridCell, Row, RowKind, raw};
use super::header::header_at;
use super::headline::{Likeness, likeness};
use super::items::{FieldItem, Item, ItemKind};
use super::labels::{LabelHit, LabelSearch, label_at};
use super::opening::{could_open, field_hit, opens_field, speaks_of_a_form};
use super::rows::read_table;
use super::titles::{is_year_line, misread_title_of, other_title_of, title_of};

/// A piece of a row.
enum Piece {
    Label(LabelHit, RawText, PieceCell),
    Text(RawText, PieceCell),
    Blank,
}

/// What the rest of a row needs to know of the cell a piece comes from.
#[derive(Clone, Copy)]
struct PieceCell {
    row_span: u32,
    continued: bool,
}

/// A field whose value may go on in the next row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    /// Index of its item.
    item: usize,
    /// Items found when its value was last added to; a title may stand between a label and its value.
    n_items: usize,
    /// Whether its line was cut at tabs or pipes: a cell ends with its line.
    piped: bool,
}

/// Whether a field may have a text over several lines.
fn is_long(field: &FieldItem, grammars: &Grammars) -> bool {
    let info = &grammars.labels[field.label];
    let is_long = |(idx, family): (usize, &Family)| {
        let mut fields = info.fields[idx].iter();
        fields.any(|field| family.fields[*field].long)
    };
    info.attribute || grammars.families.iter().enumerate().any(is_long)
}

/// What a text behind a field's value stands beside.
fn beside(field: &FieldItem, gap: Gap, grammars: &Grammars) -> Beside {
    match (is_long(field, grammars), gap) {
        (false, _) => Beside::Short,
        (true, Gap::None) => Beside::Long,
        (true, _) => Beside::LongApart,
    }
}

/// What a text that names itself stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Values of a word or a few: what stands before a colon is a label.
    Short,
    /// A long text, without a gap between the two: much stands before a colon there.
    Long,
    /// A long text, behind a gap.
    LongApart,
}

/// Whether a text is a label that nobody knows, with its value: it is no part of the value before it. Beside a long text it must
/// be nearly a label that is known.
pub(super) fn names_itself(text: &str, beside: Beside, grammars: &Grammars) -> bool {
    /// Characters of labels.
    const LENGTHS: std::ops::RangeInclusive<usize> = 2..=14;
    /// Shortest label that is told with a character too many or too few, and that is told with one too few behind a gap.
    const TOLD: (usize, usize) = (4, 3);
    let folded = Folded::new(text);
    let Some(colon) = folded.chars.iter().position(|ch| *ch == ':') else {
        return false;
    };
    let head = &folded.chars[..colon];
    let label = head.split(|ch| *ch == '(').next().unwrap_or(head);
    if let ([ch], Beside::Short) = (label, beside) {
        // The rest of a head: 中 of 其中, before a label that is known.
        let rest: String = folded.chars[colon + 1..].iter().collect();
        return is_han(*ch) && names_itself(&rest, Beside::LongApart, grammars);
    }
    let is_closed = label.len() == head.len() || head.last() == Some(&')');
    if !LENGTHS.contains(&label.len()) || !is_closed || !label.iter().all(|ch| is_han(*ch)) {
        return false;
    }
    let longest_near = || {
        let near = grammars.label_tree.nearest(label, 1).into_iter();
        near.map(|(id, _)| grammars.labels[id].text.chars().count())
            .max()
    };
    match beside {
        Beside::Short => true,
        _ if label.len() >= TOLD.0 => longest_near().is_some(),
        Beside::LongApart if label.len() >= TOLD.1 => {
            longest_near().is_some_and(|n| n > label.len())
        }
        _ => false,
    }
}

/// Finds the items of a document.
pub(super) fn scan(rows: &[Row], grammars: &Grammars) -> Vec<Item> {
    let mut scanner = Scanner {
        grammars,
        items: Vec::new(),
        open: None,
        above: None,
    };
    let mut at = 0;
    while at < rows.len() {
        let row = &rows[at];
        if row.furniture && !speaks_of_a_form(row, grammars) {
            for cell in row.printed() {
                scanner.push(ItemKind::Furniture(raw(cell, &cell.text)), row, at);
            }
            at += 1;
            continue;
        }
        if row.cells.iter().all(GridCell::is_blank) {
            at += 1;
            continue;
        }
        let title = title_of(row, grammars).or_else(|| misread_title_of(rows, at, grammars));
        if let Some(title) = title {
            scanner.push(ItemKind::Title(title), row, at);
            at += 1;
            continue;
        }
        if let Some(title) = other_title_of(row, grammars) {
            scanner.open = None;
            scanner.push(ItemKind::OtherTitle(title), row, at);
            at += 1;
            continue;
        }
        if could_open(row, grammars)
            && let Some(header) = header_at(rows, at, grammars)
        {
            scanner.open = None;
            scanner.lead_fields(&header.lead, row, at);
            let (table, next) = read_table(rows, at, header, grammars);
            scanner.push(ItemKind::Table(Box::new(table)), row, at);
            at = next.max(at + 1);
            continue;
        }
        if scanner.labels_above(rows, at) {
            at += 2;
            continue;
        }
        scanner.row(rows, at);
        at += 1;
    }
    scanner.items
}

pub(super) struct Scanner<'a> {
    pub(super) grammars: &'a Grammars,
    pub(super) items: Vec<Item>,
    /// The field that the next unlabelled text may continue.
    pub(super) open: Option<Open>,
    /// The table whose labels stand above their values, as far as it was read.
    pub(super) above: Option<usize>,
}

impl Scanner<'_> {
    pub(super) fn push(&mut self, kind: ItemKind, row: &Row, at: usize) {
        let first_of_row = self.items.last().is_none_or(|item| item.row != at);
        let gap = if first_of_row { row.gap } else { Gap::None };
        self.items.push(Item {
            kind,
            gap,
            row: at,
            block: row.table,
            repeated: row.repeated,
        });
    }

    /// Labels left of a header are groups, with whatever unit their brackets say.
    fn lead_fields(&mut self, lead: &[RawText], row: &Row, at: usize) {
        for text in lead {
            let folded = Folded::new(&text.text);
            let search = LabelSearch {
                allow_space: true,
                allow_confusions: true,
                whole: false,
            };
            if let Some(hit) = label_at(
                &self.grammars.label_tree,
                &folded,
                0,
                search,
                &self.grammars.vocabulary.confusions,
            ) {
                self.push(
                    ItemKind::Group {
                        text: text.clone(),
                        bracket: hit.bracket,
                    },
                    row,
                    at,
                );
            } else {
                self.push(ItemKind::Text(text.clone()), row, at);
            }
        }
    }

    /// A row of labels and values.
    fn row(&mut self, rows: &[Row], at: usize) {
        let row = &rows[at];
        let pieces = self.pieces(row);
        if let [Piece::Text(text, _)] = pieces.as_slice()
            && is_year_line(&text.text)
            && self
                .items
                .iter()
                .rev()
                .find(|i| !matches!(i.kind, ItemKind::Furniture(_)))
                .is_some_and(|i| matches!(i.kind, ItemKind::Title(_)))
        {
            self.push(ItemKind::Year(text.clone()), row, at);
            return;
        }
        let mut idx = 0;
        let mut in_row = false;
        while idx < pieces.len() {
            match &pieces[idx] {
                Piece::Blank => idx += 1,
                Piece::Text(text, _) => {
                    self.loose_text(text, row, at, in_row);
                    in_row = true;
                    idx += 1;
                }
                Piece::Label(hit, label, cell) => {
                    idx = self.label(&pieces, idx, hit, label, *cell, rows, at);
                    in_row = true;
                }
            }
        }
    }

    /// A label and what follows it in its row. Returns the index behind what was used.
    #[expect(
        clippy::too_many_arguments,
        reason = "the row's context is read, never kept"
    )]
    fn label(
        &mut self,
        pieces: &[Piece],
        idx: usize,
        hit: &LabelHit,
        label: &RawText,
        cell: PieceCell,
        rows: &[Row],
        at: usize,
    ) -> usize {
        let row = &rows[at];
        let info = &self.grammars.labels[hit.label];
        let mut next = idx + 1;
        let mut blanks = 0;
        while matches!(pieces.get(next), Some(Piece::Blank)) {
            next += 1;
            blanks += 1;
        }
        if cell.continued {
            // A merged label whose rows go on: its value does, too.
            let value = match pieces.get(next) {
                Some(Piece::Text(text, piece)) if !piece.continued => text,
                _ => return idx + 1,
            };
            if let Some(field) = self.field_of(label) {
                let slot = field.value.get_or_insert_with(|| RawText {
                    place: value.place,
                    ..RawText::default()
                });
                append_line(&mut slot.text, &value.text);
                slot.place = slot.place.join(&value.place);
                return next + 1;
            }
            return idx + 1;
        }
        let (value, used) = match pieces.get(next) {
            Some(Piece::Text(text, _))
                if !names_itself(&text.text, Beside::LongApart, self.grammars) =>
            {
                (Some(text.clone()), next + 1)
            }
            _ => (
                None,
                idx + 1
                    + if pieces.get(next).is_none() {
                        blanks
                    } else {
                        0
                    },
            ),
        };
        let heads =
            value.is_none() && info.group && self.heads_labels(pieces, next, cell, rows, at);
        if heads
            || (info.group
                && value.is_none()
                && info.fields.iter().all(Vec::is_empty)
                && !info.attribute)
        {
            self.push(
                ItemKind::Group {
                    text: label.clone(),
                    bracket: hit.bracket.clone(),
                },
                row,
                at,
            );
            return idx + 1;
        }
        let ends_row = used >= pieces.len();
        let field = FieldItem {
            label: hit.label,
            text: label.clone(),
            bracket: hit.bracket.clone(),
            certainty: hit.certainty,
            value,
        };
        self.push(ItemKind::Field(field), row, at);
        let piped = row.kind.is_piped();
        self.open = ends_row.then(|| Open {
            item: self.items.len() - 1,
            n_items: self.items.len(),
            piped,
        });
        used
    }

    /// Whether a group label without a value is followed by labels.
    fn heads_labels(
        &self,
        pieces: &[Piece],
        next: usize,
        cell: PieceCell,
        rows: &[Row],
        at: usize,
    ) -> bool {
        if matches!(pieces.get(next), Some(Piece::Label(..))) {
            return true;
        }
        if next < pieces.len() {
            return false;
        }
        if cell.row_span > 1 {
            return true;
        }
        // At the end of its row: what does the next row begin with?
        let says = |row: &Row| !row.furniture && row.cells.iter().any(|c| !c.is_blank());
        let Some(behind) = (at + 1..rows.len()).find(|idx| says(&rows[*idx])) else {
            return false;
        };
        (could_open(&rows[behind], self.grammars)
            && header_at(rows, behind, self.grammars).is_some())
            || rows[behind]
                .printed()
                .next()
                .is_some_and(|first| opens_field(&rows[behind], first, &[], self.grammars))
    }

    /// The last field whose label was printed at this place.
    fn field_of(&mut self, label: &RawText) -> Option<&mut FieldItem> {
        self.items
            .iter_mut()
            .rev()
            .take(64)
            .find_map(|item| match &mut item.kind {
                ItemKind::Field(field)
                    if field.text.place == label.place && field.text.text == label.text =>
                {
                    Some(field)
                }
                _ => None,
            })
    }

    /// Text without a label before it in its row.
    fn loose_text(&mut self, text: &RawText, row: &Row, at: usize, in_row: bool) {
        if in_row {
            // More text behind a value: part of it where the line was cut at a gap only.
            if !row.in_table()
                && !row.kind.is_piped()
                && let Some(Item {
                    kind: ItemKind::Field(field),
                    row: of,
                    ..
                }) = self.items.last_mut()
                && *of == at
                && !names_itself(
                    &text.text,
                    beside(field, Gap::None, self.grammars),
                    self.grammars,
                )
                && let Some(value) = &mut field.value
            {
                value.text.push(' ');
                value.text.push_str(&text.text);
                value.place = value.place.join(&text.place);
                return;
            }
        } else if self.column_goes_on(text, row, at) {
            return;
        } else if let Some(open) = self.open
            && self.continues(open, row, text)
            && let ItemKind::Field(field) = &mut self.items[open.item].kind
        {
            match &mut field.value {
                Some(value) => {
                    append_line(&mut value.text, &text.text);
                    value.place = value.place.join(&text.place);
                }
                None => field.value = Some(text.clone()),
            }
            self.open = Some(Open {
                n_items: self.items.len(),
                ..open
            });
            return;
        }
        self.open = self.open.filter(|_| in_row);
        self.push(ItemKind::Text(text.clone()), row, at);
    }

    /// Text on a page that stands under the value of a field of the line before, where that line held several fields:
    /// the value goes on in its column.
    fn column_goes_on(&mut self, text: &RawText, row: &Row, at: usize) -> bool {
        let (RowKind::Line(Separator::Position), Some(bbox)) = (row.kind, text.place.bbox) else {
            return false;
        };
        if row.gap > Gap::None || names_itself(&text.text, Beside::Short, self.grammars) {
            return false;
        }
        let Some(last) = self.items.iter().rev().map(|i| i.row).find(|r| *r < at) else {
            return false;
        };
        if at - last > MOST_WRAPPED_LINES {
            return false;
        }
        let in_last = |item: &&mut Item| {
            item.row == last && matches!(item.kind, ItemKind::Field(_)) && item.block.is_none()
        };
        if self.items.iter_mut().rev().take(16).filter(in_last).count() < 2 {
            return false;
        }
        let under = self
            .items
            .iter_mut()
            .rev()
            .take(16)
            .filter(in_last)
            .find_map(|item| match &mut item.kind {
                ItemKind::Field(FieldItem {
                    value: Some(value),
                    text: label,
                    ..
                }) => {
                    let left = label.place.bbox.map_or(bbox.left, |b| b.left);
                    let same_page = value.place.page == text.place.page;
                    (same_page && bbox.left >= left - 0.5 * bbox.height()).then_some(value)
                }
                _ => None,
            });
        let Some(value) = under else { return false };
        append_line(&mut value.text, &text.text);
        value.place = value.place.join(&text.place);
        true
    }

    /// Whether a row of text goes on with the value of the open field.
    fn continues(&self, open: Open, row: &Row, text: &RawText) -> bool {
        let item = &self.items[open.item];
        let ItemKind::Field(field) = &item.kind else {
            return false;
        };
        let passes = |later: &Item| match later.kind {
            ItemKind::Furniture(_) => true,
            ItemKind::Title(_) | ItemKind::Year(_) => field.value.is_none(),
            _ => false,
        };
        if !self.items[open.n_items..].iter().all(passes) {
            return false;
        }
        let long = is_long(field, self.grammars);
        let beside = beside(field, row.gap, self.grammars);
        if names_itself(&text.text, beside, self.grammars) {
            return false;
        }
        let is_title = || {
            matches!(
                likeness(&text.text, self.grammars),
                Some(Likeness::Nearly(_))
            )
        };
        if !long && row.printed().count() == 1 && is_title() {
            return false;
        }
        if item.block.is_some() || row.in_table() {
            // Between cells only a row of its own goes on, in the same table.
            return long && item.block == row.table && row.printed().count() == 1;
        }
        match &field.value {
            // Several cells beneath several labels: which is whose cannot be told here.
            None if !long && row.printed().count() > 1 => false,
            None => row.gap <= if long { Gap::Large } else { Gap::None },
            Some(_) if open.piped && row.gap > Gap::None => false,
            Some(value) if long => match row.gap {
                Gap::None => true,
                Gap::Small => true,
                Gap::Large => false,
                Gap::Page => !value.text.ends_with(['。', '！', '；']),
            },
            Some(_) => row.gap == Gap::None,
        }
    }

    /// Cuts a row into labels, texts and blanks.
    fn pieces(&self, row: &Row) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for cell in &row.cells {
            let info = PieceCell {
                row_span: cell.row_span,
                continued: cell.continued,
            };
            if cell.is_blank() {
                pieces.push(Piece::Blank);
                continue;
            }
            self.cut(cell, row.kind, info, &mut pieces);
        }
        pieces
    }

    /// Cuts a cell at the labels in it.
    fn cut(&self, cell: &GridCell, kind: RowKind, info: PieceCell, pieces: &mut Vec<Piece>) {
        let folded = &cell.folded;
        let mut at = 0;
        let mut text_from = 0;
        while at < folded.len() {
            let boundary = at == 0 || folded.space_before[at];
            let hit = if boundary {
                field_hit(folded, at, kind, self.grammars)
            } else {
                None
            };
            let Some(hit) = hit else {
                at += 1;
                continue;
            };
            if at > text_from {
                pieces.push(Piece::Text(slice(cell, text_from, at), info));
            }
            let label = slice(cell, at, hit.end);
            at = hit.end.max(at + 1);
            text_from = at;
            pieces.push(Piece::Label(hit, label, info));
        }
        if text_from < folded.len() {
            pieces.push(Piece::Text(slice(cell, text_from, folded.len()), info));
        }
    }
}

/// Lines over which the values of a line with several fields may go on.
const MOST_WRAPPED_LINES: usize = 4;

/// The printed text of folded characters `from..to` of a cell, trimmed.
fn slice(cell: &GridCell, from: usize, to: usize) -> RawText {
    let text = &cell.text[cell.folded.starts[from]..cell.folded.ends[to - 1]];
    raw(cell, text.trim_matches(is_white))
}
