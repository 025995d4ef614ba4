//! Scanning: rows become items (titles, labelled values, tables of rows, other text), whatever form they belong to.

use crate::model::{Gap, Place, RawText, Separator};

use super::file::Grammars;
use super::fold::{Folded, append_line, fold, is_white, n_printed};
use super::grid::{GridCell, Row, RowKind};
use super::header::header_at;
use super::labels::{Certainty, LabelHit, LabelId, LabelSearch, Terminator, label_at};
use super::rows::{TableItem, read_table};

/// Something found in a document, in printed order.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    /// What lies before it.
    pub(super) gap: Gap,
    /// Row it begins in.
    pub(super) row: usize,
    /// Table of cells it stands in.
    pub(super) block: Option<usize>,
}

/// What was found.
#[derive(Debug, Clone)]
pub(super) enum ItemKind {
    Title(RawText),
    /// The title of a table that is no form.
    OtherTitle(RawText),
    /// A bracketed year in a line of its own.
    Year(RawText),
    Field(FieldItem),
    /// A label that heads others.
    Group {
        text: RawText,
        bracket: Option<String>,
    },
    Table(Box<TableItem>),
    /// Text that no rule uses.
    Text(RawText),
    /// Running headers, page numbers.
    Furniture(RawText),
}

/// A label with its value.
#[derive(Debug, Clone)]
pub(super) struct FieldItem {
    pub(super) label: LabelId,
    pub(super) text: RawText,
    pub(super) bracket: Option<String>,
    pub(super) certainty: Certainty,
    pub(super) value: Option<RawText>,
}

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
struct Open {
    /// Index of its item.
    item: usize,
    /// Items found when its value was last added to; a title may stand between a label and its value.
    n_items: usize,
    /// Whether its line was cut at tabs or pipes: a cell ends with its line.
    piped: bool,
}

/// Finds the items of a document.
pub(super) fn scan(rows: &[Row], grammars: &Grammars) -> Vec<Item> {
    let mut scanner = Scanner {
        grammars,
        items: Vec::new(),
        open: None,
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
        if let Some(title) = title_of(row, grammars) {
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

struct Scanner<'a> {
    grammars: &'a Grammars,
    items: Vec<Item>,
    /// The field that the next unlabelled text may continue.
    open: Option<Open>,
}

impl Scanner<'_> {
    fn push(&mut self, kind: ItemKind, row: &Row, at: usize) {
        let first_of_row = self.items.last().is_none_or(|item| item.row != at);
        let gap = if first_of_row { row.gap } else { Gap::None };
        self.items.push(Item {
            kind,
            gap,
            row: at,
            block: row.table,
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

    /// A row of labels with their values in the row beneath. Returns whether rows `at` and `at + 1` are that.
    fn labels_above(&mut self, rows: &[Row], at: usize) -> bool {
        let row = &rows[at];
        let Some(beneath) = rows.get(at + 1) else {
            return false;
        };
        let cells = matches!(
            row.kind,
            RowKind::Ruled
                | RowKind::Aligned
                | RowKind::Line(Separator::Tab | Separator::Pipe | Separator::Spaces)
        );
        // The rule under the first row of a Markdown table is a gap.
        let near = beneath.gap == Gap::None
            || (beneath.gap == Gap::Small && row.kind == RowKind::Line(Separator::Pipe));
        if !cells
            || beneath.kind != row.kind
            || beneath.table != row.table
            || !near
            || beneath.furniture
        {
            return false;
        }
        // Every cell is a label, but for those above them all at the left, which head the others.
        let heads = row
            .cells
            .iter()
            .take_while(|c| c.continued || (!c.is_blank() && c.row_span > 1))
            .count();
        let piped = !row.in_table();
        let is_group = |cell: &GridCell| {
            self.whole_label(cell, row.kind)
                .is_some_and(|hit| self.grammars.labels[hit.label].group)
        };
        let blank_beneath = beneath.cells.first().is_some_and(GridCell::is_blank);
        let heads = if piped && blank_beneath && row.cells.first().is_some_and(is_group) {
            1
        } else {
            heads
        };
        let labels = &row.cells[heads..];
        let n_printed = labels
            .iter()
            .rposition(|c| !c.is_blank())
            .map_or(0, |last| last + 1);
        let labels = &labels[..n_printed];
        if labels.len() < 2 || labels.iter().any(|c| c.is_blank() || c.continued) {
            return false;
        }
        let hits: Vec<Option<LabelHit>> = labels
            .iter()
            .map(|cell| self.whole_label(cell, row.kind))
            .collect();
        // A label with a colon awaits its value behind it.
        let n_colons = hits
            .iter()
            .flatten()
            .filter(|hit| hit.terminator == Terminator::Colon)
            .count();
        if n_colons * 2 > labels.len()
            || hits.iter().flatten().count() < 2
            || hits.iter().flatten().count() * 3 < labels.len() * 2
        {
            return false;
        }
        // Every text beneath stands under one of them and is no label itself.
        let values: Vec<&GridCell> = beneath.printed().collect();
        let by_number = row.kind == RowKind::Line(Separator::Spaces);
        if by_number && values.len() != labels.len() {
            return false;
        }
        let under = |value: &GridCell| match by_number {
            true => values.iter().position(|v| v.start == value.start),
            false => labels
                .iter()
                .position(|l| value.start >= l.start - 0.01 && value.start < l.end - 0.01),
        };
        let is_label =
            |value: &&GridCell| field_hit(&value.folded, 0, beneath.kind, self.grammars).is_some();
        if values.is_empty()
            || values.iter().any(is_label)
            || values.iter().any(|v| under(v).is_none())
            || header_at(rows, at + 1, self.grammars).is_some()
        {
            return false;
        }
        self.open = None;
        for cell in &row.cells[..heads] {
            if !cell.continued && !cell.is_blank() {
                let bracket = self.whole_label(cell, row.kind).and_then(|hit| hit.bracket);
                self.push(
                    ItemKind::Group {
                        text: raw(cell, &cell.text),
                        bracket,
                    },
                    row,
                    at,
                );
            }
        }
        for (idx, (cell, hit)) in labels.iter().zip(hits).enumerate() {
            let mut found = values
                .iter()
                .filter(|v| under(v) == Some(idx))
                .map(|v| raw(v, &v.text));
            let value = found.next();
            match hit {
                Some(hit) => {
                    let field = FieldItem {
                        label: hit.label,
                        text: raw(cell, &cell.text),
                        bracket: hit.bracket,
                        certainty: hit.certainty,
                        value,
                    };
                    self.push(ItemKind::Field(field), row, at);
                }
                None => {
                    self.push(ItemKind::Text(raw(cell, &cell.text)), row, at);
                    if let Some(value) = value {
                        self.push(ItemKind::Text(value), row, at);
                    }
                }
            }
            for more in found {
                self.push(ItemKind::Text(more), row, at);
            }
        }
        true
    }

    /// The label that a whole cell is.
    fn whole_label(&self, cell: &GridCell, kind: RowKind) -> Option<LabelHit> {
        field_hit(&cell.folded, 0, kind, self.grammars).filter(|hit| hit.end >= cell.folded.len())
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
            Some(Piece::Text(text, _)) => (Some(text.clone()), next + 1),
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
        let piped = matches!(row.kind, RowKind::Line(Separator::Tab | Separator::Pipe));
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
        if next < pieces.len() || cell.row_span > 1 {
            return next >= pieces.len();
        }
        // At the end of its row: what does the next row begin with?
        rows[at + 1..]
            .iter()
            .find(|row| !row.furniture && row.cells.iter().any(|c| !c.is_blank()))
            .is_some_and(|row| {
                (could_open(row, self.grammars) && header_at(rows, at + 1, self.grammars).is_some())
                    || row
                        .printed()
                        .next()
                        .is_some_and(|first| opens_field(row, first, &[], self.grammars))
            })
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
                && !matches!(row.kind, RowKind::Line(Separator::Tab | Separator::Pipe))
                && let Some(Item {
                    kind: ItemKind::Field(field),
                    row: of,
                    ..
                }) = self.items.last_mut()
                && *of == at
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
            && self.continues(open, row)
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
        if row.gap > Gap::None {
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
    fn continues(&self, open: Open, row: &Row) -> bool {
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
        let info = &self.grammars.labels[field.label];
        let long = info.attribute
            || self
                .grammars
                .families
                .iter()
                .enumerate()
                .any(|(idx, family)| info.fields[idx].iter().any(|f| family.fields[*f].long));
        if item.block.is_some() || row.in_table() {
            // Between cells only a row of its own goes on, in the same table.
            return long && item.block == row.table && row.printed().count() == 1;
        }
        match &field.value {
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
                self.hit(folded, at, kind)
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

    fn hit(&self, folded: &Folded, at: usize, kind: RowKind) -> Option<LabelHit> {
        field_hit(folded, at, kind, self.grammars)
    }
}

/// The field label at `at`, if it is certain enough to be taken for one.
fn field_hit(folded: &Folded, at: usize, kind: RowKind, grammars: &Grammars) -> Option<LabelHit> {
    let in_line = matches!(kind, RowKind::Line(_));
    let search = LabelSearch {
        allow_space: in_line,
        allow_confusions: true,
        whole: false,
    };
    let hit = label_at(
        &grammars.label_tree,
        folded,
        at,
        search,
        &grammars.vocabulary.confusions,
    )?;
    let info = &grammars.labels[hit.label];
    let whole = hit.end >= folded.len();
    let n_chars = info.text.chars().count();
    let certain = match hit.terminator {
        Terminator::Colon => at == 0 || n_chars >= 2,
        Terminator::End => at == 0 || (n_chars >= 3 && in_line),
        Terminator::Space | Terminator::Joined => {
            let single = kind == RowKind::Line(Separator::Single);
            let enough = if at == 0 {
                n_chars >= 4 || hit.bracket.is_some()
            } else {
                n_chars >= 4 && single
            };
            hit.certainty == Certainty::Exact && !info.inferred && enough
        }
    };
    // A short word that is a whole line of running text is no label.
    let lone_word = whole
        && at == 0
        && n_chars <= 2
        && hit.terminator == Terminator::End
        && in_line
        && kind != RowKind::Line(Separator::Tab)
        && kind != RowKind::Line(Separator::Pipe);
    (certain && !lone_word).then_some(hit)
}

/// Whether the first cell of a row opens a field: it is a label, and no other reading is as good. Labels that only head
/// others, and the heads of the table being read (`lead`), are passed over.
pub(super) fn opens_field(
    row: &Row,
    cell: &GridCell,
    lead: &[RawText],
    grammars: &Grammars,
) -> bool {
    let mut at = 0;
    for text in lead {
        let head: Vec<char> = fold(&text.text).chars().collect();
        if cell.folded.chars.starts_with(&head) {
            at = head.len();
        }
    }
    while at < cell.folded.len() {
        let Some(hit) = field_hit(&cell.folded, at, row.kind, grammars) else {
            return false;
        };
        let info = &grammars.labels[hit.label];
        if !(info.group && !info.attribute && info.fields.iter().all(Vec::is_empty)) {
            let whole = hit.terminator == Terminator::End && !info.inferred;
            let value = cell.text[cell
                .folded
                .starts
                .get(hit.end)
                .copied()
                .unwrap_or(cell.text.len())..]
                .trim();
            let behind = row
                .printed()
                .find(|c| c.start > cell.start)
                .map_or("", |c| c.text.as_str());
            if !could_mean(
                hit.label,
                if value.is_empty() { behind } else { value },
                grammars,
            ) {
                return false;
            }
            return hit.certainty == Certainty::Exact && !info.inferred
                || hit.terminator == Terminator::Colon
                || whole;
        }
        at = hit.end;
    }
    false
}

/// Whether a label means anything with this value: some labels (单位, 项目支出) are labels only where their value fits.
fn could_mean(label: LabelId, value: &str, grammars: &Grammars) -> bool {
    let info = &grammars.labels[label];
    let mut fields = grammars
        .families
        .iter()
        .enumerate()
        .flat_map(|(family, spec)| info.fields[family].iter().map(|idx| &spec.fields[*idx]))
        .peekable();
    if info.attribute || info.group || fields.peek().is_none() || value.is_empty() {
        return true;
    }
    fields.any(|field| {
        !field.must_fit
            || grammars.patterns[field.pattern]
                .captures(value, &grammars.vocabulary)
                .is_some()
    })
}

/// A quick look whether a row could be a header: some cell begins with a column label.
pub(super) fn could_open(row: &Row, grammars: &Grammars) -> bool {
    let search = LabelSearch {
        allow_space: true,
        allow_confusions: false,
        whole: false,
    };
    let confusions = std::collections::BTreeMap::new();
    row.cells
        .iter()
        .filter(|c| !c.is_blank() && c.folded.len() <= 400)
        .any(|cell| {
            grammars.tables.iter().any(|spec| {
                let starts = (0..cell.folded.len().min(120))
                    .filter(|at| *at == 0 || cell.folded.space_before[*at])
                    .take(6);
                let tree = if spec.groups.is_empty() {
                    &spec.column_tree
                } else {
                    &spec.group_tree
                };
                starts
                    .into_iter()
                    .any(|at| label_at(tree, &cell.folded, at, search, &confusions).is_some())
            })
        })
}

/// Whether a line that layout took for furniture is part of a form: forms that fill a page each repeat their first
/// lines as running headers do.
pub(super) fn speaks_of_a_form(row: &Row, grammars: &Grammars) -> bool {
    title_of(row, grammars).is_some()
        || row.printed().next().is_some_and(|first| {
            is_year_line(&first.text) || opens_field(row, first, &[], grammars)
        })
}

/// The title that a row is, if it is one.
pub(super) fn title_of(row: &Row, grammars: &Grammars) -> Option<RawText> {
    let mut printed = row.printed();
    let cell = printed.next()?;
    if printed.next().is_some() || row.cells.iter().any(|c| c.continued && !c.is_blank()) {
        return None;
    }
    is_title(&cell.text, grammars).then(|| raw(cell, &cell.text))
}

/// The title of a table that is no form, if the row is one.
pub(super) fn other_title_of(row: &Row, grammars: &Grammars) -> Option<RawText> {
    let mut printed = row.printed();
    let cell = printed.next()?;
    if printed.next().is_some() || row.cells.iter().any(|c| c.continued && !c.is_blank()) {
        return None;
    }
    let folded = fold(&cell.text);
    if folded.chars().count() > grammars.title_longest
        || folded.contains(['。', ';', '；', '《', '》', ':', '，', ','])
    {
        return None;
    }
    let bare = strip_brackets(&folded);
    grammars
        .other_titles
        .iter()
        .any(|ending| bare.ends_with(ending.as_str()))
        .then(|| raw(cell, &cell.text))
}

/// Whether a text is the title of a form.
fn is_title(text: &str, grammars: &Grammars) -> bool {
    let folded = fold(text);
    if folded.chars().count() > grammars.title_longest
        || folded.contains(['。', ';', '；', '《', '》', ':'])
    {
        return false;
    }
    let bare: Vec<char> = strip_brackets(&folded)
        .trim_end_matches(|ch: char| ch.is_ascii_digit() || ch == '-')
        .chars()
        .collect();
    let confusions = &grammars.vocabulary.confusions;
    grammars.title_endings.iter().any(|ending| {
        let ending: Vec<char> = ending.chars().collect();
        let Some(from) = bare.len().checked_sub(ending.len()) else {
            return false;
        };
        let mut misread = 0;
        let fits = bare[from..].iter().zip(&ending).all(|(read, meant)| {
            let confused = read != meant;
            misread += usize::from(confused);
            !confused
                || confusions
                    .get(read)
                    .is_some_and(|list| list.contains(meant))
        });
        fits && misread <= MOST_MISREAD
    })
}

/// Lines over which the values of a line with several fields may go on.
const MOST_WRAPPED_LINES: usize = 4;
/// Characters of a title's ending that may be misread.
const MOST_MISREAD: usize = 2;

/// A folded title without brackets at its end.
pub(super) fn strip_brackets(folded: &str) -> &str {
    let mut bare = folded;
    while bare.ends_with(')') {
        match bare.rfind('(') {
            Some(open) if open > 0 => bare = &bare[..open],
            _ => break,
        }
    }
    bare
}

/// `（2023年度）`, `(2023年)`, `2023年度`.
fn is_year_line(text: &str) -> bool {
    let folded = fold(text);
    let bare = folded.trim_matches(['(', ')', '[', ']']);
    let digits = bare
        .strip_suffix("年度")
        .or_else(|| bare.strip_suffix('年'));
    digits.is_some_and(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit()))
}

fn raw(cell: &GridCell, text: &str) -> RawText {
    RawText {
        text: text.to_owned(),
        place: cell.place,
        confidence: cell.confidence,
    }
}

/// The printed text of folded characters `from..to` of a cell, trimmed.
fn slice(cell: &GridCell, from: usize, to: usize) -> RawText {
    let text = &cell.text[cell.folded.starts[from]..cell.folded.ends[to - 1]];
    raw(cell, text.trim_matches(is_white))
}

impl Item {
    /// Where it stands.
    pub(super) fn place(&self) -> Place {
        match &self.kind {
            ItemKind::Title(text)
            | ItemKind::OtherTitle(text)
            | ItemKind::Year(text)
            | ItemKind::Text(text)
            | ItemKind::Furniture(text)
            | ItemKind::Group { text, .. } => text.place,
            ItemKind::Field(field) => field
                .value
                .as_ref()
                .map_or(field.text.place, |v| field.text.place.join(&v.place)),
            ItemKind::Table(table) => table
                .header
                .columns
                .first()
                .map(|c| c.label.place)
                .unwrap_or_default(),
        }
    }

    /// Printed characters in it: used, and in all.
    pub(super) fn n_chars(&self) -> (u64, u64) {
        let both = |n| (n, n);
        match &self.kind {
            ItemKind::Title(text)
            | ItemKind::Year(text)
            | ItemKind::Furniture(text)
            | ItemKind::Group { text, .. } => both(n_printed(&text.text)),
            ItemKind::Field(field) => both(
                n_printed(&field.text.text)
                    + field.value.as_ref().map_or(0, |v| n_printed(&v.text)),
            ),
            ItemKind::Text(text) | ItemKind::OtherTitle(text) => (0, n_printed(&text.text)),
            ItemKind::Table(table) => table.n_chars(),
        }
    }
}

impl TableItem {
    fn n_chars(&self) -> (u64, u64) {
        let unknown = |c: &&super::header::HeaderColumn| c.column.is_none();
        let header: u64 = self
            .header
            .columns
            .iter()
            .filter(|c| !unknown(c))
            .map(|c| n_printed(&c.label.text))
            .sum();
        let cells: u64 = self
            .rows
            .iter()
            .flat_map(|row| {
                row.cells
                    .iter()
                    .filter(|(c, _, filled)| !filled && self.header.columns[*c].column.is_some())
                    .map(|(_, text, _)| n_printed(&text.text))
                    .chain(row.label.iter().map(|l| n_printed(&l.text)))
            })
            .sum();
        let footers: u64 = self
            .footers
            .iter()
            .map(|(_, _, value)| n_printed(&value.text))
            .sum();
        let furniture: u64 = self.furniture.iter().map(|t| n_printed(&t.text)).sum();
        let used = header + cells + footers + furniture;
        let unknown_header: u64 = self
            .header
            .columns
            .iter()
            .filter(unknown)
            .map(|c| n_printed(&c.label.text))
            .sum();
        let unknown_cells: u64 = self
            .rows
            .iter()
            .flat_map(|row| {
                row.cells
                    .iter()
                    .filter(|(c, _, _)| self.header.columns[*c].column.is_none())
            })
            .map(|(_, text, _)| n_printed(&text.text))
            .sum();
        let extra: u64 = self.extra.iter().map(|t| n_printed(&t.text)).sum();
        (used, used + unknown_header + unknown_cells + extra)
    }
}
