//! Assembly: the items of a stretch become a raw form, under the names its family gives them.

use crate::model::raw::{Fit, RawCell, RawColumn};
use crate::model::{Code, Diagnostic, RawField, RawForm, RawRow, RawTable, RawText};

use super::compiled::{Grammars, TableInto};
use super::fold::fold;
use super::headline::{Likeness, likeness};
use super::items::{FieldItem, Item, ItemKind};
use super::labels::Certainty;
use super::rows::TableItem;
use super::segment::{Stretch, field_in};
use super::titles::is_title;

/// Families closer than this, in units of one field, are said to be doubtful.
const CLOSE_FAMILIES: f32 = 1.0;
/// Boundaries that would cost less than this to move, in units of one field, are said to be doubtful.
const CLOSE_BOUNDARY: f32 = 0.5;

/// Makes the raw form of a stretch.
pub(super) fn assemble(items: &[Item], stretch: &Stretch, grammars: &Grammars) -> RawForm {
    let family = &grammars.families[stretch.family];
    let mut form = RawForm {
        family: family.name.clone(),
        grammar: format!("{}@{}", family.name, family.version),
        ..RawForm::default()
    };
    if stretch.margin < CLOSE_FAMILIES {
        form.diagnostics.push(Diagnostic::new(
            Code::FamilyDoubtful,
            "family",
            format!(
                "another family explains the form nearly as well as {}",
                family.name
            ),
        ));
    }
    if stretch.boundary < CLOSE_BOUNDARY {
        form.diagnostics.push(Diagnostic::new(
            Code::BoundaryDoubtful,
            "",
            "what stands where this form begins could be the end of the one before it, or the other way round",
        ));
    }
    let mut builder = Builder {
        grammars,
        family: stretch.family,
        form,
    };
    for item in &items[stretch.first..stretch.end] {
        builder.item(item);
    }
    builder.finish(&items[stretch.first..stretch.end])
}

struct Builder<'a> {
    grammars: &'a Grammars,
    family: usize,
    form: RawForm,
}

impl Builder<'_> {
    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Title(text) => {
                if self.form.title.is_none() {
                    self.form.title = Some(text.clone());
                    self.doubt_title(text);
                }
            }
            ItemKind::Year(text) => {
                let year: String = text
                    .text
                    .chars()
                    .filter(|ch| !matches!(ch, '(' | ')' | '（' | '）'))
                    .collect();
                self.field_by_key(
                    "fiscal_year",
                    RawText::default(),
                    None,
                    Some(RawText {
                        text: year,
                        ..text.clone()
                    }),
                );
            }
            ItemKind::Field(field) => self.field(field),
            ItemKind::Group { bracket, text, .. } => self.unit_of_group(bracket.as_deref(), text),
            ItemKind::Table(table) => self.table(table),
            ItemKind::Text(text) | ItemKind::OtherTitle(text) => {
                self.form.residue.push(text.clone())
            }
            ItemKind::Furniture(_) => {}
        }
    }

    /// Says of a title that no list has why it is one.
    fn doubt_title(&mut self, text: &RawText) {
        if is_title(&text.text, text.confidence.is_some(), self.grammars) {
            return;
        }
        let title = printed(text);
        let why = match likeness(&text.text, self.grammars) {
            Some(Likeness::Nearly(ending)) => {
                format!("title {title} is nearly one that ends in {ending}")
            }
            _ => format!("title {title} is in no list; its words say that it is one"),
        };
        let said = Diagnostic::new(Code::LabelInferred, "title", why);
        self.form.diagnostics.push(said);
    }

    fn field(&mut self, field: &FieldItem) {
        let info = &self.grammars.labels[field.label];
        let resolved = field_in(field, self.family, self.grammars);
        let key = match resolved {
            Some(idx) => self.grammars.families[self.family].fields[idx].key.clone(),
            None if info.attribute || !info.fields.iter().all(Vec::is_empty) => {
                "attribute".to_owned()
            }
            None if info.group => {
                self.unit_of_group(field.bracket.as_deref(), &field.text);
                if let Some(value) = &field.value {
                    self.form.residue.push(value.clone());
                }
                return;
            }
            None => {
                self.form.residue.push(field.text.clone());
                self.form.residue.extend(field.value.clone());
                return;
            }
        };
        let why = match (field.certainty, info.inferred) {
            (Certainty::Confused(_), _) => Some(format!(
                "label {} read as {}",
                printed(&field.text),
                info.text
            )),
            (Certainty::Exact, true) => Some(format!(
                "label {} is in no list; its parts say {key}",
                printed(&field.text)
            )),
            _ => None,
        };
        if let Some(message) = why {
            self.form
                .diagnostics
                .push(Diagnostic::new(Code::LabelInferred, key.clone(), message));
        }
        let hint = self.money_hint(field.bracket.as_deref());
        self.field_by_key(&key, field.text.clone(), hint, field.value.clone());
    }

    /// Adds a field; the value is matched with the pattern that the family has for the key.
    fn field_by_key(
        &mut self,
        key: &str,
        label: RawText,
        unit_hint: Option<String>,
        value: Option<RawText>,
    ) {
        let family = &self.grammars.families[self.family];
        let pattern = family
            .fields
            .iter()
            .find(|f| f.key == key)
            .map(|f| &self.grammars.patterns[f.pattern]);
        let captures = match (&value, pattern) {
            (Some(value), Some(pattern)) => {
                pattern.captures(&value.text, &self.grammars.vocabulary)
            }
            (Some(value), None) => Some(vec![("value".to_owned(), value.text.clone())]),
            (None, _) => None,
        };
        let fit = match (&value, &captures) {
            (None, _) => Fit::Blank,
            (Some(_), Some(_)) => Fit::Whole,
            (Some(_), None) => Fit::Failed,
        };
        self.form.fields.push(RawField {
            key: key.to_owned(),
            label,
            unit_hint,
            value,
            parts: captures.unwrap_or_default(),
            fit,
        });
    }

    /// The unit of money in a bracket: `万元`, `单位:万元`.
    fn money_hint(&self, bracket: Option<&str>) -> Option<String> {
        let bracket = bracket?;
        let bare = bracket
            .rsplit(':')
            .next()
            .unwrap_or(bracket)
            .trim_start_matches("单位");
        self.grammars
            .vocabulary
            .money_units
            .iter()
            .find(|(unit, _)| fold(unit) == bare)
            .map(|(unit, _)| unit.clone())
    }

    /// A unit said by the head of a block of amounts is the form's, unless the form declares one.
    fn unit_of_group(&mut self, bracket: Option<&str>, text: &RawText) {
        let declared = self.form.fields.iter().any(|f| f.key == "amount_unit");
        if let Some(unit) = self.money_hint(bracket).filter(|_| !declared) {
            self.field_by_key(
                "amount_unit",
                text.clone(),
                None,
                Some(RawText {
                    text: unit,
                    ..text.clone()
                }),
            );
        }
    }

    fn table(&mut self, table: &TableItem) {
        let grammars = self.grammars;
        let spec = &grammars.tables[table.header.table];
        for column in table.header.columns.iter().filter(|c| c.column.is_none()) {
            self.form.residue.push(column.label.clone());
        }
        for lead in &table.header.lead {
            self.unit_of_group(last_bracket(lead).as_deref(), lead);
        }
        let is_funds = matches!(spec.into, TableInto::Funds);
        for text in table.furniture.iter().filter(|_| is_funds) {
            self.unit_of_group(last_bracket(text).as_deref(), text);
        }
        for text in &table.extra {
            // Beside rows of amounts `项目资金（万元）` heads them all, wherever its cell is centred.
            let bracket = last_bracket(text).filter(|_| is_funds);
            if self.money_hint(bracket.as_deref()).is_some() {
                self.unit_of_group(bracket.as_deref(), text);
            } else {
                self.form.residue.push(text.clone());
            }
        }
        self.findings(table);
        match spec.into {
            TableInto::Rows => self.rows(table),
            TableInto::Funds => self.funds(table),
            TableInto::Fields => {
                for column in &table.header.columns {
                    let Some(idx) = column.column else { continue };
                    let value = table
                        .rows
                        .first()
                        .and_then(|row| {
                            row.cells
                                .iter()
                                .find(|(c, _, _)| table.header.columns[*c].column == Some(idx))
                        })
                        .map(|(_, text, _)| text.clone());
                    self.field_by_key(&spec.columns[idx].key, column.label.clone(), None, value);
                }
            }
        }
        for (key, label, value) in &table.footers {
            self.field_by_key(key, label.clone(), None, Some(value.clone()));
            if let Some(field) = self.form.fields.last_mut() {
                field.parts = vec![("number".to_owned(), value.text.clone())];
            }
        }
    }

    /// Findings of a table; those about a row count the rows of the tables before it that go into the same list.
    fn findings(&mut self, table: &TableItem) {
        let into = self.grammars.tables[table.header.table].key.as_str();
        let before = self.form.tables.iter().filter(|t| t.into == into);
        let n_before: usize = before.map(|t| t.rows.len()).sum();
        for finding in &table.diagnostics {
            let mut finding = finding.clone();
            if let Some((list, row)) = finding.path.split_once('/')
                && let Ok(row) = row.parse::<usize>()
            {
                finding.path = format!("{list}/{}", row + n_before);
            }
            self.form.diagnostics.push(finding);
        }
    }

    fn rows(&mut self, table: &TableItem) {
        let spec = &self.grammars.tables[table.header.table];
        let known = |c: usize| {
            table.header.columns[c]
                .column
                .map(|idx| &spec.columns[idx])
                .filter(|c| c.key != "ignored")
        };
        let mut result = RawTable {
            into: spec.key.clone(),
            ..RawTable::default()
        };
        for (idx, column) in table.header.columns.iter().enumerate() {
            if let Some(named) = known(idx) {
                let unit_hint = self.money_hint(column.bracket.as_deref());
                result.columns.push(RawColumn {
                    key: named.key.clone(),
                    label: column.label.clone(),
                    unit_hint,
                });
            }
        }
        for row in &table.rows {
            let mut cells: Vec<(usize, RawCell)> = Vec::new();
            for (column, text, filled_down) in &row.cells {
                match known(*column) {
                    Some(named) => cells.push((
                        *column,
                        RawCell {
                            key: named.key.clone(),
                            value: text.clone(),
                            parts: Vec::new(),
                            fit: Fit::Whole,
                            filled_down: *filled_down,
                        },
                    )),
                    None if table.header.columns[*column].column.is_none() => {
                        self.form.residue.push(text.clone())
                    }
                    None => {}
                }
            }
            cells.sort_by_key(|(column, _)| *column);
            result.rows.push(RawRow {
                cells: cells.into_iter().map(|(_, cell)| cell).collect(),
                place: row.place,
            });
        }
        self.form.tables.push(result);
    }

    fn funds(&mut self, table: &TableItem) {
        let spec = &self.grammars.tables[table.header.table];
        for row in &table.rows {
            let row_key = row.row_key.and_then(|idx| spec.rows.get(idx)).cloned();
            let row_unit = row
                .label
                .as_ref()
                .and_then(|label| self.money_hint(last_bracket(label).as_deref()));
            for (column, text, _) in &row.cells {
                let header = &table.header.columns[*column];
                let Some(idx) = header.column else {
                    self.form.residue.push(text.clone());
                    continue;
                };
                let named = &spec.columns[idx];
                let key = match named.key.strip_prefix('=') {
                    Some(key) if named.row.is_none() || named.row == row_key => key.to_owned(),
                    Some(_) => "attribute".to_owned(),
                    None => spec
                        .key
                        .replace("{column}", &named.key)
                        .replace("{row}", row_key.as_deref().unwrap_or("total"))
                        .replace(
                            "{group}",
                            header
                                .group
                                .and_then(|g| spec.groups.get(g))
                                .map_or("all", |g| g.key.as_str()),
                        ),
                };
                let mut label = header.label.clone();
                if key == "attribute"
                    && row_key.as_deref() != Some("total")
                    && let Some(row_label) = &row.label
                {
                    label.text = format!("{} {}", row_label.text, label.text);
                }
                let hint = row_unit
                    .clone()
                    .or_else(|| self.money_hint(header.bracket.as_deref()));
                let parts = if key.starts_with("funds/") {
                    self.grammars.patterns[self.grammars.amount]
                        .captures(&text.text, &self.grammars.vocabulary)
                } else {
                    Some(vec![("number".to_owned(), text.text.clone())])
                };
                let fit = if parts.is_some() {
                    Fit::Whole
                } else {
                    Fit::Failed
                };
                self.form.fields.push(RawField {
                    key,
                    label,
                    unit_hint: hint,
                    value: Some(text.clone()),
                    parts: parts.unwrap_or_default(),
                    fit,
                });
            }
        }
    }

    fn finish(mut self, items: &[Item]) -> RawForm {
        let (mut used, mut all) = (0, 0);
        for item in items {
            let (u, n) = item.n_chars();
            used += u;
            all += n;
        }
        self.form.n_chars_used = used;
        self.form.n_chars = all;
        let places: Vec<_> = items
            .iter()
            .filter(|i| !i.repeated && !matches!(i.kind, ItemKind::Furniture(_)))
            .flat_map(places_of)
            .collect();
        let range = |values: Vec<u32>| {
            values
                .iter()
                .copied()
                .min()
                .zip(values.iter().copied().max())
        };
        self.form.pages = range(places.iter().filter_map(|p| p.page).collect());
        self.form.lines = range(places.iter().filter_map(|p| p.line).collect());
        self.form
    }
}

/// What the bracket at the end of a label says, folded.
fn last_bracket(label: &RawText) -> Option<String> {
    let folded = fold(&label.text);
    let (_, content) = folded
        .trim_end_matches(':')
        .strip_suffix(')')?
        .rsplit_once('(')?;
    Some(content.to_owned())
}

fn printed(text: &RawText) -> String {
    fold(&text.text).trim_end_matches(':').to_owned()
}

/// Places of an item: of all its rows where it is a table.
fn places_of(item: &Item) -> Vec<crate::model::Place> {
    let mut places = vec![item.place()];
    if let ItemKind::Table(table) = &item.kind {
        places.extend(table.rows.iter().map(|row| row.place));
        places.extend(table.footers.iter().map(|(_, _, value)| value.place));
    }
    places
}
