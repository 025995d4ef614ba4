//! Headers of lists: which row opens a table of the indicators of several projects, and what heads it.

use super::compiled::{ColumnKind, Grammars, TableSpec};
use super::fold::{Folded, fold};
use super::grid::{GridCell, Row};
use super::header::{Header, header_at};
use super::labels::{LabelId, LabelSearch, label_at};
use super::opening::field_hit;
use super::outline::levels_of;
use super::titles::{is_year_line, strip_brackets, title_of};

/// The key of the table whose rows a list has.
pub(super) const INDICATORS: &str = "indicators";
/// The field by which a project is known.
const PROJECT: &str = "project";
/// Keys of fields above a list that hold for all of it.
const OF_ALL: [&str; 4] = ["fiscal_year", "amount_unit", "department", "budget_unit"];
/// Most columns of a list: its header is repeated for each project.
const MOST_COLUMNS: usize = 64;
/// Rows above a list that may head it.
const MOST_HEADS: usize = 6;

/// Where a field of the list's projects stands.
pub(super) struct FieldColumn {
    /// The cell of its header, with the label that it means.
    pub(super) label: GridCell,
    pub(super) is_project: bool,
}

/// The header of a list.
pub(super) struct ListHeader {
    pub(super) fields: Vec<FieldColumn>,
    /// The row of the columns of indicators.
    pub(super) columns: Row,
    /// The same, read.
    pub(super) header: Header,
    /// Extents of the columns of levels 1 and 2.
    pub(super) levels: Vec<(f32, f32)>,
}

/// The header of a list, if row `at` is one.
pub(super) fn list_header(
    rows: &[Row],
    at: usize,
    spec: &TableSpec,
    grammars: &Grammars,
) -> Option<ListHeader> {
    let row = &rows[at];
    let lengths = spec.min_columns + 2..=MOST_COLUMNS;
    if !row.kind.has_columns() || row.furniture || !lengths.contains(&row.cells.len()) {
        return None;
    }
    let whole = LabelSearch {
        allow_space: false,
        allow_confusions: false,
        whole: true,
    };
    let confusions = &grammars.vocabulary.confusions;
    let is_column = |cell: &&GridCell| {
        label_at(&spec.column_tree, &cell.folded, 0, whole, confusions).is_some()
    };
    if row.cells.iter().filter(is_column).count() < spec.min_columns {
        return None;
    }
    let mut fields = Vec::new();
    let mut in_columns = false;
    let mut columns = Row {
        cells: Vec::new(),
        ..row.clone()
    };
    for cell in &row.cells {
        // Left of the levels, a label of a field is no column: 单位 is the unit that has the projects.
        let is_meant = !in_columns && grammars.list_labels.contains_key(&fold(&cell.text));
        let field = match label_at(&spec.column_tree, &cell.folded, 0, whole, confusions) {
            Some(_) if is_meant => field_column(cell, grammars),
            None if !in_columns => field_column(cell, grammars),
            None => None,
            Some(hit) => {
                // A number of the row may stand before the fields.
                in_columns |= spec.columns[hit.label].kind != ColumnKind::Flag;
                None
            }
        };
        match field {
            Some(field) => fields.push(field),
            None => columns.cells.push(cell.clone()),
        }
    }
    let is_list = fields.len() >= 2 && fields.iter().filter(|f| f.is_project).count() == 1;
    if !is_list {
        return None;
    }
    let header = header_at(std::slice::from_ref(&columns), 0, grammars)?;
    Some(ListHeader {
        levels: levels_of(&header, grammars)?,
        header,
        fields,
        columns,
    })
}

/// The field that a cell of a header is the label of.
fn field_column(cell: &GridCell, grammars: &Grammars) -> Option<FieldColumn> {
    let printed = fold(&cell.text);
    let bare = strip_brackets(&printed);
    let meant = grammars.list_labels.get(&printed).cloned().or_else(|| {
        let label = grammars.list_labels.get(bare)?;
        Some(format!("{label}{}", &printed[bare.len()..]))
    });
    let text = meant.unwrap_or_else(|| cell.text.clone());
    let folded = Folded::new(&text);
    let search = LabelSearch {
        allow_space: false,
        allow_confusions: true,
        whole: true,
    };
    let confusions = &grammars.vocabulary.confusions;
    let hit = label_at(&grammars.label_tree, &folded, 0, search, confusions)?;
    let is_project = keys_of(hit.label, grammars).any(|key| key == PROJECT);
    let is_field = keys_of(hit.label, grammars).next().is_some();
    (is_field || grammars.labels[hit.label].attribute).then(|| FieldColumn {
        label: GridCell {
            text,
            folded,
            continued: false,
            ..cell.clone()
        },
        is_project,
    })
}

/// The keys that a label has in any family.
fn keys_of(label: LabelId, grammars: &Grammars) -> impl Iterator<Item = &str> {
    let families = grammars.labels[label].fields.iter().zip(&grammars.families);
    families.flat_map(|(fields, family)| {
        fields
            .iter()
            .map(|field| family.fields[*field].key.as_str())
    })
}

/// Whether a row numbers the columns: 1, 2, 3 and so on.
pub(super) fn is_numbering(row: &Row) -> bool {
    let mut n = 0;
    let counts_up = row.printed().all(|cell| {
        n += 1;
        cell.text == n.to_string()
    });
    counts_up && n > 2
}

/// Whether a row is the upper half of a header of two rows.
pub(super) fn heads_groups(upper: &Row, lower: &Row) -> bool {
    let n_printed = upper.printed().count();
    let n_reaching = upper.printed().filter(|cell| reaches_down(cell, lower));
    let n_reaching = n_reaching.count();
    upper.table.is_some()
        && upper.table == lower.table
        && n_printed >= 2
        && n_reaching >= 1
        && n_reaching + 2 >= n_printed
}

/// Whether a cell goes on in the row beneath.
pub(super) fn reaches_down(cell: &GridCell, lower: &Row) -> bool {
    let goes_on = |other: &GridCell| other.continued && other.start == cell.start;
    lower.cells.iter().any(goes_on)
}

/// Rows at the end of what has been read that head all that follows: a title, a year, the unit of amounts.
pub(super) fn heads_of(rows: &[Row], grammars: &Grammars) -> Vec<Row> {
    // Whose list it is, of which year, in which unit.
    let is_of_all = |row: &Row| {
        let heads = |cell: &GridCell| {
            let hit = field_hit(&cell.folded, 0, row.kind, grammars);
            hit.is_some_and(|hit| keys_of(hit.label, grammars).any(|key| OF_ALL.contains(&key)))
        };
        row.printed().next().is_some_and(heads) && row.printed().count() <= 3
    };
    let mut heads = Vec::new();
    for row in rows.iter().rev().take(MOST_HEADS) {
        let is_title = title_of(row, grammars).is_some();
        let is_year = row.printed().all(|cell| is_year_line(&cell.text));
        if !(is_title || is_year || row.furniture || is_of_all(row)) {
            break;
        }
        if !row.furniture {
            heads.insert(0, row.clone());
        }
        if is_title {
            break;
        }
    }
    heads
}

/// Whether a cell stands in a column of this extent.
pub(super) fn stands_in(cell: &GridCell, (start, end): (f32, f32)) -> bool {
    cell.start < end - 0.01 && cell.end > start + 0.01
}
