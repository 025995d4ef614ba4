//! Segmentation: where each form begins and ends, and of which family it is.
//!
//! One decision over the whole document, not a cut at titles: titles come late, repeat, or are missing. Each stretch of
//! items has a worth under each family (what it explains, less what it would have twice, in the wrong place or not at
//! all); the division of the document that is worth most is found by dynamic programming.

use std::collections::HashMap;

use crate::model::Gap;

use super::compiled::{ColumnKind, Family, Grammars, TableInto};
use super::edges::{Worths, with_rest};
use super::fold::fold;
use super::items::{FieldItem, Item, ItemKind};
use super::rows::TableItem;
use super::titles::{ends_nearly, strip_brackets};

/// A form: items `first..end`, read by a family.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stretch {
    pub(super) first: usize,
    pub(super) end: usize,
    /// Index into [`Grammars::families`].
    pub(super) family: usize,
    /// How much better the family is than the next, in units of one field.
    pub(super) margin: f32,
    /// What it would cost, at least, to give what stands at the near edge to the form before, or that form's last items to
    /// this one, in units of one field; infinite where no form is before it.
    pub(super) boundary: f32,
}

/// Most items that one form has.
const LONGEST: usize = 200;
/// A stretch that has fallen this far below its best is not pursued.
const HOPELESS: f32 = -18.0;
/// What a form costs by itself: two or three fields do not make one.
const FORM_PRICE: f32 = 4.0;
/// A form without a table of indicators.
const NO_TABLE_PRICE: f32 = 2.5;
/// The title of another table inside a form.
const OTHER_TITLE_PRICE: f32 = -5.0;
/// A form without a title.
const NO_TITLE_PRICE: f32 = 0.7;

/// What each family makes of each item, worked out once.
pub(super) struct Meaning {
    /// For each family: the field that a labelled value is.
    field: Vec<Option<usize>>,
    /// For each family: whether it has this title (as the longest that fits).
    title: Vec<bool>,
    /// Number of its folded value or title, to tell repetitions.
    text: TextId,
    /// For each family: what the columns of a table are worth.
    columns: Vec<f32>,
}

/// Number of a folded text of the document; equal texts have one.
type TextId = usize;
/// The number of the empty text.
const EMPTY: TextId = 0;

/// Numbers the folded texts of a document.
struct TextIds {
    known: HashMap<String, TextId>,
}

impl TextIds {
    fn new() -> Self {
        Self {
            known: HashMap::from([(String::new(), EMPTY)]),
        }
    }

    fn number(&mut self, text: String) -> TextId {
        let next = self.known.len();
        *self.known.entry(text).or_insert(next)
    }
}

/// Divides the items of a document into forms.
pub(super) fn segment(items: &[Item], grammars: &Grammars) -> Vec<Stretch> {
    let foreign = of_other_tables(items, grammars);
    let mut ids = TextIds::new();
    let meanings: Vec<Meaning> = items
        .iter()
        .zip(&foreign)
        .map(|(item, foreign)| meaning(item, *foreign, &mut ids, grammars))
        .collect();
    let n = items.len();
    // best[j]: worth of the best division of the first j items.
    let mut best = vec![f32::NEG_INFINITY; n + 1];
    let mut choice: Vec<Option<Stretch>> = vec![None; n + 1];
    best[0] = 0.0;
    for first in 0..n {
        if best[first] == f32::NEG_INFINITY {
            continue;
        }
        let base = best[first];
        let skipped = base - skip_price(&items[first], &meanings[first]);
        if skipped > best[first + 1] {
            best[first + 1] = skipped;
            choice[first + 1] = None;
        }
        if matches!(
            items[first].kind,
            ItemKind::Text(_)
                | ItemKind::OtherTitle(_)
                | ItemKind::Furniture(_)
                | ItemKind::Year(_)
        ) {
            continue;
        }
        let start_worth = start_worth(items, first) - trailing_price(&meanings[first], grammars);
        let mut tallies: Vec<Tally> = (0..grammars.families.len())
            .map(|family| Tally::new(family, grammars))
            .collect();
        for end in first + 1..=n.min(first + LONGEST) {
            let item = &items[end - 1];
            for tally in &mut tallies {
                tally.add(item, &meanings[end - 1], end - 1 - first, grammars);
            }
            let closes = !matches!(item.kind, ItemKind::Furniture(_))
                && !(matches!(item.kind, ItemKind::Text(_))
                    && (item.block.is_none() || item.block != items[end.saturating_sub(2)].block));
            if closes {
                let mut worths: Vec<(f32, usize)> =
                    tallies.iter().map(|t| (t.worth(), t.family)).collect();
                worths.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                let (worth, family) = worths[0];
                let total = base + start_worth + worth;
                if worth > 0.0 && tallies[family].is_form() && total > best[end] {
                    best[end] = total;
                    let margin = worths.get(1).map_or(f32::INFINITY, |next| worth - next.0);
                    choice[end] = Some(Stretch {
                        first,
                        end,
                        family,
                        margin,
                        boundary: f32::INFINITY,
                    });
                }
            }
            if tallies.iter().all(|t| t.score < HOPELESS) {
                break;
            }
        }
    }
    let mut stretches = Vec::new();
    let mut end = n;
    while end > 0 {
        match choice[end].take() {
            Some(stretch) => {
                end = stretch.first;
                stretches.push(stretch);
            }
            None => end -= 1,
        }
    }
    stretches.reverse();
    let worths = Worths {
        items,
        meanings: &meanings,
        grammars,
    };
    for nth in 1..stretches.len() {
        stretches[nth].boundary = worths.boundary(&stretches[nth - 1], &stretches[nth]);
    }
    with_rest(&mut stretches, items, grammars);
    stretches
}

/// Price of leaving an item outside every form.
fn skip_price(item: &Item, meaning: &Meaning) -> f32 {
    match &item.kind {
        ItemKind::Title(_) => 0.8,
        ItemKind::Field(_) if meaning.field.iter().any(Option::is_some) => 0.6,
        ItemKind::Table(_) => 2.0,
        _ => 0.0,
    }
}

/// What speaks for a form to begin here.
pub(super) fn start_worth(items: &[Item], first: usize) -> f32 {
    let item = &items[first];
    let mut worth = match item.gap {
        Gap::None => -0.4,
        Gap::Small => 0.0,
        Gap::Large => 0.4,
        Gap::Page => 0.4,
    };
    let before = items[..first]
        .iter()
        .rev()
        .find(|i| !matches!(i.kind, ItemKind::Furniture(_)));
    match before {
        None => worth += 0.4,
        Some(before) => {
            if matches!(before.kind, ItemKind::Table(_) | ItemKind::Text(_)) {
                worth += 0.4;
            }
            if before.block.is_some() && before.block == item.block {
                worth -= 0.8;
            }
        }
    }
    if matches!(item.kind, ItemKind::Title(_)) {
        worth += 0.7;
    }
    worth
}

/// Price of beginning with what stands at the end of forms: remarks, who filled it in.
pub(super) fn trailing_price(meaning: &Meaning, grammars: &Grammars) -> f32 {
    let mut fields = grammars
        .families
        .iter()
        .zip(&meaning.field)
        .filter_map(|(family, field)| Some(family.fields[(*field)?].trailing))
        .peekable();
    if fields.peek().is_some() && fields.all(|trailing| trailing) {
        0.5
    } else {
        0.0
    }
}

/// Which items belong to a table that is no form: what stands behind its title, to the end of its first grid, of its
/// page, or of its lines without a break. Where indicators follow at once, the title was a form's after all.
fn of_other_tables(items: &[Item], grammars: &Grammars) -> Vec<bool> {
    let mut result = vec![false; items.len()];
    let mut since = None;
    let mut block = None;
    for (idx, item) in items.iter().enumerate() {
        match &item.kind {
            ItemKind::OtherTitle(_) => (since, block) = (Some(idx), None),
            ItemKind::Table(table) if is_indicators(table, grammars) => {
                if let Some(first) = since.take() {
                    result[first..idx].fill(false);
                }
            }
            ItemKind::Title(_) => since = None,
            _ if item.gap >= Gap::Large || (block.is_some() && item.block != block) => since = None,
            _ => block = block.or(item.block),
        }
        result[idx] = since.is_some();
    }
    result
}

fn is_indicators(table: &TableItem, grammars: &Grammars) -> bool {
    let spec = &grammars.tables[table.header.table];
    spec.into == TableInto::Rows && spec.key == "indicators"
}

fn meaning(item: &Item, foreign: bool, ids: &mut TextIds, grammars: &Grammars) -> Meaning {
    let n = grammars.families.len();
    let mut meaning = Meaning {
        field: vec![None; n],
        title: vec![false; n],
        text: EMPTY,
        columns: Vec::new(),
    };
    match &item.kind {
        // A label of another table is no field of a form.
        ItemKind::Field(_) if foreign => {}
        ItemKind::Field(field) => {
            meaning.field = (0..n)
                .map(|family| field_in(field, family, grammars))
                .collect();
            if let Some(value) = &field.value {
                meaning.text = ids.number(fold(&value.text));
            }
        }
        ItemKind::Title(text) => {
            let folded = fold(&text.text);
            let bare = strip_brackets(&folded);
            let fits_of = |ends_so: &dyn Fn(&str) -> bool| -> Vec<usize> {
                let fit = |family: &Family| {
                    let titles = family.titles.iter().filter(|title| ends_so(title));
                    titles.map(|t| t.chars().count()).max().unwrap_or(0)
                };
                grammars.families.iter().map(fit).collect()
            };
            let mut fits = fits_of(&|title| bare.ends_with(title) || folded.ends_with(title));
            if fits.iter().all(|len| *len == 0) {
                let bare: Vec<char> = bare.chars().collect();
                fits = fits_of(&|title| ends_nearly(&bare, title, true, grammars));
            }
            let longest = fits.iter().copied().max().unwrap_or(0);
            meaning.title = fits.iter().map(|len| *len > 0 && *len == longest).collect();
            meaning.text = ids.number(folded);
        }
        ItemKind::Table(table) => {
            let spec = &grammars.tables[table.header.table];
            let keys: Vec<&str> = table
                .header
                .columns
                .iter()
                .enumerate()
                .filter(|(nth, _)| !tells_kinds(table, *nth, grammars))
                .filter_map(|(_, column)| Some(spec.columns[column.column?].key.as_str()))
                .collect();
            let worth = |family: &Family| {
                let weights = keys
                    .iter()
                    .filter_map(|key| family.column_weights.get(*key));
                weights.copied().sum()
            };
            meaning.columns = grammars.families.iter().map(worth).collect();
        }
        _ => {}
    }
    meaning
}

/// Whether a column of operators holds none: 指标性质 says 定量 or 定性 in some provinces.
fn tells_kinds(table: &TableItem, nth: usize, grammars: &Grammars) -> bool {
    let spec = &grammars.tables[table.header.table];
    let operator = table.header.columns[nth]
        .column
        .is_some_and(|c| spec.columns[c].kind == ColumnKind::Operator);
    let mut cells = table
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().filter(|(c, _, _)| *c == nth))
        .map(|(_, text, _)| fold(&text.text))
        .peekable();
    operator
        && cells.peek().is_some()
        && cells.all(|text| text.starts_with("定量") || text.starts_with("定性"))
}

/// The field that a labelled value is in a family.
pub(super) fn field_in(field: &FieldItem, family: usize, grammars: &Grammars) -> Option<usize> {
    grammars.labels[field.label].fields[family]
        .iter()
        .copied()
        .find(|idx| {
            let spec = &grammars.families[family].fields[*idx];
            !spec.must_fit
                || field.value.as_ref().is_some_and(|v| {
                    grammars.patterns[spec.pattern]
                        .captures(&v.text, &grammars.vocabulary)
                        .is_some()
                })
        })
}

/// The worth of a stretch under one family, item by item.
pub(super) struct Tally {
    family: usize,
    score: f32,
    /// For each field: the value of its first occurrence.
    seen: Vec<Option<TextId>>,
    n_fields: usize,
    title: Option<TextId>,
    tables: Vec<usize>,
    has_rows: bool,
    /// Fields behind the indicator table.
    n_late: usize,
    /// The table that was the last item, furniture aside.
    last_table: Option<usize>,
}

impl Tally {
    pub(super) fn new(family: usize, grammars: &Grammars) -> Self {
        Self {
            family,
            score: 0.0,
            seen: vec![None; grammars.families[family].fields.len()],
            n_fields: 0,
            title: None,
            tables: Vec::new(),
            has_rows: false,
            n_late: 0,
            last_table: None,
        }
    }

    pub(super) fn add(&mut self, item: &Item, meaning: &Meaning, nth: usize, grammars: &Grammars) {
        let family = &grammars.families[self.family];
        if nth > 0 {
            self.score -= match item.gap {
                Gap::Large => 0.5,
                Gap::Page => 0.1,
                Gap::None | Gap::Small => 0.0,
            };
        }
        self.score += match &item.kind {
            ItemKind::Title(_) => {
                let worth = match self.title {
                    None => {
                        (if meaning.title[self.family] { 2.2 } else { 0.6 })
                            - if nth == 0 { 0.0 } else { 0.3 }
                    }
                    Some(text)
                        if text == meaning.text && item.gap == Gap::Page && !self.has_rows =>
                    {
                        0.0
                    }
                    Some(text) if text == meaning.text && item.gap == Gap::Page => -1.5,
                    Some(_) => -4.0,
                };
                self.title.get_or_insert(meaning.text);
                worth
            }
            ItemKind::Field(field) => match meaning.field[self.family] {
                Some(idx) => {
                    let spec = &family.fields[idx];
                    let late = match self.has_rows && !spec.trailing {
                        true if self.n_late == 0 => 0.8,
                        true => 0.1,
                        false => 0.0,
                    };
                    self.n_late += usize::from(late > 0.0);
                    match self.seen[idx] {
                        None => {
                            self.seen[idx] = Some(meaning.text);
                            self.n_fields += 1;
                            spec.weight * (if field.value.is_some() { 1.0 } else { 0.7 }) - late
                        }
                        Some(text) if text == meaning.text && text != EMPTY => -0.6 - late,
                        Some(_) if spec.must_fit => -0.5 - late,
                        // Whoever signs under the table may be named above it, too.
                        Some(_) if spec.trailing && self.has_rows => -0.3,
                        Some(_) => -3.0 - late,
                    }
                }
                None => {
                    let info = &grammars.labels[field.label];
                    if info.attribute {
                        0.1 + family
                            .attribute_weights
                            .get(&info.text)
                            .copied()
                            .unwrap_or(0.0)
                    } else {
                        -0.6
                    }
                }
            },
            ItemKind::Group { .. } => 0.1,
            ItemKind::Year(_) => 0.2,
            ItemKind::Furniture(_) => 0.0,
            ItemKind::OtherTitle(_) => OTHER_TITLE_PRICE,
            ItemKind::Text(text) => {
                let same_block = nth > 0 && item.block.is_some();
                if same_block {
                    -0.05
                } else {
                    -0.15 - (text.text.chars().count() as f32 * 0.004).min(0.6)
                }
            }
            ItemKind::Table(table) => {
                let idx = table.header.table;
                let known = family.tables.contains(&idx);
                let again = self.tables.contains(&idx);
                // The same table, directly behind itself on a new page, goes on.
                let goes_on = self.last_table == Some(idx) && item.gap == Gap::Page;
                self.tables.push(idx);
                let rows = is_indicators(table, grammars);
                let columns = meaning.columns[self.family];
                self.has_rows |= rows;
                match (known, again) {
                    (true, false) => {
                        (if rows { 4.0 + columns } else { 2.5 })
                            + (table.rows.len() as f32).min(20.0) * 0.02
                    }
                    (true, true) if goes_on => 0.5,
                    (true, true) => {
                        if rows {
                            -6.0
                        } else {
                            -3.0
                        }
                    }
                    (false, _) => -2.5,
                }
            }
        };
        match &item.kind {
            ItemKind::Table(table) => self.last_table = Some(table.header.table),
            ItemKind::Furniture(_) => {}
            _ => self.last_table = None,
        }
    }

    /// Whether it has enough of a form to be one.
    pub(super) fn is_form(&self) -> bool {
        (self.has_rows && (self.n_fields >= 2 || self.title.is_some()))
            || (self.title.is_some() && self.n_fields >= 4)
    }

    pub(super) fn worth(&self) -> f32 {
        let table = if self.has_rows { 0.0 } else { NO_TABLE_PRICE };
        let title = if self.title.is_some() {
            0.0
        } else {
            NO_TITLE_PRICE
        };
        self.score - FORM_PRICE - table - title
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{BBox, Block, Cell, Code, Place, Severity, Table, TableOrigin};

    use super::super::{Grammars, recognise};
    use super::*;

    fn table(rows: &[&[&str]], gap: Gap) -> Block {
        let cell = |row: usize, col: usize, text: &str| Cell {
            row: row as u32,
            col: col as u32,
            row_span: 1,
            col_span: 1,
            text: text.to_owned(),
            line_starts: vec![0],
            place: Place::default(),
            confidence: None,
        };
        let cells = (rows.iter().enumerate()).flat_map(|(row, texts)| {
            (texts.iter().enumerate()).map(move |(col, text)| cell(row, col, text))
        });
        Block::Table(Table {
            n_rows: rows.len() as u32,
            n_cols: 4,
            cells: cells.collect(),
            origin: TableOrigin::Ruled,
            row_pages: vec![1; rows.len()],
            bbox: BBox::default(),
            gap,
        })
    }

    #[test]
    fn rows_whose_header_is_unread_are_said_to_be_their_forms() {
        let fields: [&[&str]; 5] = [
            &["项目支出绩效目标表"],
            &["项目名称", "修路", "主管部门", "交通局"],
            &["实施单位", "公路段", "项目属性", "新增项目"],
            &["年度资金总额", "12.00", "其中：财政拨款", "12.00"],
            &["年度总体目标", "修好全县农村公路", "", ""],
        ];
        let unread: [&[&str]; 3] = [
            &["某某一", "某某二", "某某三", "某某四"],
            &["这里是没有读出的一行", "没有读出的里程", "没有读出", "十二"],
            &[
                "这里是没有读出的又一行",
                "没有读出的造价",
                "没有读出",
                "十三",
            ],
        ];
        let first = [&fields[..], &unread[..1]].concat();
        let blocks = [table(&first, Gap::None), table(&unread[1..], Gap::Page)];
        let forms = recognise(&blocks, &Grammars::load(&[]).unwrap())
            .value
            .forms;
        assert_eq!(forms.len(), 1);
        assert_eq!(forms[0].residue.len(), 12);
        let said = forms[0]
            .diagnostics
            .iter()
            .find(|d| d.code == Code::Residue);
        assert_eq!(said.map(|d| d.severity), Some(Severity::Error));
    }
}
