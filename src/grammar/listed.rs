//! Lists: one table of the indicators of several projects, whose fields stand in columns beside them.
//!
//! In: rows as they are laid out. Out: the rows of each project under the fields it has, as if each had a form of its own; what heads the
//! list (its title, its year, the unit of its amounts) heads each of them. Never: reads a value; drops a cell.

use crate::model::{Gap, Place, Separator};

use super::compiled::Grammars;
use super::fold::{Folded, append_line};
use super::grid::{GridCell, Row, RowKind};
use super::header::{header_at, same_header};
use super::list_header::{
    INDICATORS, ListHeader, heads_groups, heads_of, is_numbering, list_header, reaches_down,
    stands_in,
};
use super::outline::{is_of_levels, lines_of, with_levels};
use super::titles::title_of;

/// Lines that may stand between two parts of a list.
const MOST_STRAY: usize = 4;

/// What is known of a project.
struct Project {
    /// For each column of a field: what is printed.
    values: Vec<Option<GridCell>>,
    rows: Vec<Row>,
    gap: Gap,
}

/// Unrolls the lists among rows.
pub(super) fn unroll(rows: Vec<Row>, grammars: &Grammars) -> Vec<Row> {
    let Some(spec) = grammars.tables.iter().find(|spec| spec.key == INDICATORS) else {
        return rows;
    };
    let first = (0..rows.len()).find(|at| list_header(&rows, *at, spec, grammars).is_some());
    let Some(first) = first else {
        return rows;
    };
    let mut result = rows[..first].to_vec();
    let mut at = first;
    while at < rows.len() {
        let Some(header) = list_header(&rows, at, spec, grammars) else {
            result.push(rows[at].clone());
            at += 1;
            continue;
        };
        // Of a row of groups above the columns, what does not reach down into them says nothing more.
        let is_upper = |row: &mut Row| heads_groups(row, &rows[at]);
        if let Some(mut upper) = result.pop_if(is_upper) {
            upper.cells.retain(|cell| !reaches_down(cell, &rows[at]));
            result.push(furniture_row(&upper));
        }
        let mut list = List {
            grammars,
            header,
            heads: heads_of(&result, grammars),
            tables: usize::MAX - result.len(),
            n_projects: 0,
            project: None,
            out: result,
        };
        at = list.read(&rows, at);
        result = list.out;
    }
    result
}

struct List<'a> {
    grammars: &'a Grammars,
    header: ListHeader,
    heads: Vec<Row>,
    /// Number of the next table; counted down, so that no block has it.
    tables: usize,
    n_projects: usize,
    project: Option<Project>,
    out: Vec<Row>,
}

impl List<'_> {
    /// Reads the rows of the list whose header is row `at`; returns the row behind it.
    fn read(&mut self, rows: &[Row], at: usize) -> usize {
        let mut next = at + 1;
        let mut gap = rows[at].gap;
        while let Some(row) = rows.get(next) {
            if row.furniture {
                // A project goes on behind it.
                self.out.push(row.clone());
                next += 1;
                continue;
            }
            gap = gap.max(row.gap);
            if row.cells.iter().all(GridCell::is_blank) {
                next += 1;
                continue;
            }
            let is_same = row.table == rows[at].table && row.kind == rows[at].kind;
            let goes_on = |row: &Row| {
                row.kind == rows[at].kind
                    && row.table.is_some()
                    && row.n_columns() == rows[at].n_columns()
            };
            if title_of(row, self.grammars).is_some() {
                break;
            }
            if !is_same && !goes_on(row) {
                // Lines between two parts of the list: what did not fit into the last cells of a page.
                let mut behind = rows[next + 1..].iter().take(MOST_STRAY);
                if row.table.is_none() && rows[at].table.is_some() && { behind }.any(goes_on) {
                    self.stray(row);
                    next += 1;
                    continue;
                }
                break;
            }
            if self.is_header(row) || is_numbering(row) {
                self.out.push(furniture_row(row));
                next += 1;
                continue;
            }
            self.row(row, gap);
            gap = Gap::None;
            next += 1;
        }
        self.finish();
        next
    }

    /// Whether a row repeats the header, as at the top of a page.
    fn is_header(&self, row: &Row) -> bool {
        let trimmed = self.columns_of(row);
        let header = header_at(std::slice::from_ref(&trimmed), 0, self.grammars);
        header.is_some_and(|header| same_header(&self.header.header, &header))
    }

    /// The column of a field that a cell stands in.
    fn field_of(&self, cell: &GridCell) -> Option<usize> {
        let fields = &mut self.header.fields.iter();
        fields.position(|field| stands_in(cell, (field.label.start, field.label.end)))
    }

    /// A row without the cells of fields.
    fn columns_of(&self, row: &Row) -> Row {
        let cells = row
            .cells
            .iter()
            .filter(|cell| self.field_of(cell).is_none());
        Row {
            cells: cells.cloned().collect(),
            ..row.clone()
        }
    }

    fn row(&mut self, row: &Row, gap: Gap) {
        let n_fields = self.header.fields.len();
        let mut printed: Vec<Option<GridCell>> = vec![None; n_fields];
        let mut reaching: Vec<Option<GridCell>> = vec![None; n_fields];
        for cell in row.cells.iter().filter(|cell| !cell.is_blank()) {
            if let Some(field) = self.field_of(cell) {
                let slot = if cell.continued {
                    &mut reaching[field]
                } else {
                    &mut printed[field]
                };
                *slot = Some(cell.clone());
            }
        }
        let columns = self.columns_of(row);
        let has_indicator = columns.cells.iter().any(|cell| !cell.is_blank());
        let name = self.header.fields.iter().position(|field| field.is_project);
        let is_named = name.is_some_and(|name| printed[name].is_some());
        let is_rest = self.is_rest(&printed, &columns, gap);
        if is_named && !is_rest {
            let before = self.project.as_ref().map(|project| project.values.clone());
            self.finish();
            // What stands left of the name holds for all projects beneath it.
            let carried = |field: usize| {
                let is_outer = name.is_some_and(|name| field < name);
                before.as_ref().filter(|_| is_outer)?[field].clone()
            };
            let value = |field: usize| {
                let own = printed[field].clone().or_else(|| reaching[field].clone());
                own.or_else(|| carried(field))
            };
            self.project = Some(Project {
                values: (0..n_fields).map(value).collect(),
                rows: Vec::new(),
                gap,
            });
        } else if self.project.is_none() || !(has_indicator || is_rest) {
            // A sum of several projects, or what else is no project's.
            self.finish();
            let cells = row.printed().cloned().collect();
            self.out.extend(loose_row(cells, gap));
            return;
        } else if let Some(project) = &mut self.project {
            for (value, more) in project.values.iter_mut().zip(printed) {
                let Some(more) = more else { continue };
                match value {
                    Some(value) => append(value, &more),
                    None => *value = Some(more),
                }
            }
        }
        if let (Some(project), true) = (&mut self.project, has_indicator) {
            project.rows.push(columns);
        }
    }

    /// A line beneath the cells of a page: what stands under the value of a field goes on with it.
    fn stray(&mut self, row: &Row) {
        let mut rest = Vec::new();
        for cell in row.printed() {
            let is_above = |value: &&mut GridCell| {
                let same_page = value.place.page == cell.place.page;
                let boxes = value.place.bbox.zip(cell.place.bbox);
                same_page && boxes.is_some_and(|(a, b)| a.overlap_x(&b) > 0.5 * b.width())
            };
            let project = self.project.as_mut();
            let mut values = project
                .into_iter()
                .flat_map(|p| p.values.iter_mut().flatten());
            match values.find(is_above) {
                Some(value) => append(value, cell),
                None => rest.push(cell.clone()),
            }
        }
        self.out.extend(loose_row(rest, row.gap));
    }

    /// Whether texts under the labels of fields are the rest of what is printed for the project at hand.
    fn is_rest(&self, printed: &[Option<GridCell>], columns: &Row, gap: Gap) -> bool {
        let Some(project) = &self.project else {
            return false;
        };
        let levels = &self.header.levels;
        let has_indicator = columns.cells.iter().any(|cell| !cell.is_blank());
        if has_indicator {
            // At the top of a page, where one text is alone, or no level begins beside them.
            let begins_level = levels
                .first()
                .is_none_or(|level| columns.printed().any(|cell| stands_in(cell, *level)));
            return gap == Gap::Page && (printed.iter().flatten().count() == 1 || !begins_level);
        }
        // In cells that a page break parts, before any row of the project: under the same labels.
        let has_rows = project.rows.iter().any(|row| !is_of_levels(row, levels));
        let mut both = printed.iter().zip(&project.values);
        let n_values = project.values.iter().flatten().count();
        !has_rows && n_values >= 2 && both.all(|(more, value)| more.is_none() || value.is_some())
    }

    /// Writes the project at hand as the rows of a form.
    fn finish(&mut self) {
        let Some(mut project) = self.project.take() else {
            return;
        };
        let (rows, left) = with_levels(project.rows, &self.header.levels);
        project.rows = rows;
        if project.rows.is_empty() {
            // A unit above its projects, or what else has no indicators.
            let cells = project.values.into_iter().flatten().chain(left).collect();
            self.out.extend(loose_row(cells, project.gap));
            return;
        }
        let is_first = self.n_projects == 0;
        self.n_projects += 1;
        let mut rows: Vec<Row> = Vec::new();
        if !is_first {
            let repeated = |row: &Row| Row {
                repeated: true,
                ..row.clone()
            };
            rows.extend(self.heads.iter().map(repeated));
        }
        let fields = self.header.fields.iter().zip(project.values);
        rows.extend(fields.map(|(field, value)| field_row(&field.label, value, is_first)));
        let table = self.header.columns.table.map(|_| self.tables);
        self.tables -= 1;
        let mut header = self.header.columns.clone();
        for cell in &mut header.cells {
            cell.continued = false;
            if !is_first {
                cell.place = Place::default();
            }
        }
        let of_table = |row: Row| Row {
            table,
            gap: if row.gap == Gap::Page {
                Gap::Page
            } else {
                Gap::None
            },
            ..row
        };
        rows.extend(std::iter::once(header).chain(project.rows).map(of_table));
        if let Some(first) = rows.first_mut() {
            let least = if is_first { Gap::None } else { Gap::Large };
            first.gap = project.gap.max(least);
        }
        self.out.extend(rows);
        self.out.extend(lines_of(left));
    }
}

/// Goes on with the text of a cell.
fn append(value: &mut GridCell, more: &GridCell) {
    append_line(&mut value.text, &more.text);
    value.folded = Folded::new(&value.text);
    value.place = value.place.join(&more.place);
}

/// What is no project's, as a line of its own, if there is anything.
fn loose_row(cells: Vec<GridCell>, gap: Gap) -> Option<Row> {
    (!cells.is_empty()).then_some(Row {
        kind: RowKind::Line(Separator::Tab),
        table: None,
        gap: gap.max(Gap::Large),
        cells,
        furniture: false,
        repeated: false,
    })
}

/// What heads or numbers columns once more.
fn furniture_row(row: &Row) -> Row {
    Row {
        kind: RowKind::Line(Separator::Tab),
        table: None,
        furniture: true,
        cells: row.printed().cloned().collect(),
        ..row.clone()
    }
}

/// A label and its value as a row. The label is printed once, in the header: with other projects it stands where their values do.
fn field_row(label: &GridCell, value: Option<GridCell>, is_first: bool) -> Row {
    let cell = |cell: GridCell, at: u8| GridCell {
        start: f32::from(at),
        end: f32::from(at + 1),
        continued: false,
        row_span: 1,
        ..cell
    };
    let mut label = cell(label.clone(), 0);
    if !is_first {
        label.place = value
            .as_ref()
            .map_or_else(Place::default, |value| value.place);
    }
    let value = value.map(|value| cell(value, 1));
    Row {
        cells: std::iter::once(label).chain(value).collect(),
        kind: RowKind::Line(Separator::Tab),
        gap: Gap::None,
        table: None,
        furniture: false,
        repeated: false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};

    use crate::model::{Block, Gap, Line, Place, Segment, Separator};

    use super::super::{Grammars, grid, recognise};
    use super::unroll;

    static GRAMMARS: LazyLock<Grammars> = LazyLock::new(|| Grammars::load(&[]).unwrap());

    const HEAD: [&str; 8] = [
        "单位名称",
        "项目名称",
        "预算数",
        "年度目标",
        "一级指标",
        "二级指标",
        "三级指标",
        "指标值",
    ];

    fn blocks(rows: &[Vec<String>]) -> Vec<Block> {
        let line = |row: &Vec<String>| {
            let cell = |(idx, text): (usize, &String)| Segment {
                text: text.clone(),
                start: idx as f32,
                end: idx as f32 + 1.0,
                place: Place::default(),
                confidence: None,
            };
            Block::Line(Line {
                segments: row.iter().enumerate().map(cell).collect(),
                separator: Separator::Tab,
                gap: Gap::None,
                furniture: false,
            })
        };
        rows.iter().map(line).collect()
    }

    fn row(cells: &[&str]) -> Vec<String> {
        (0..HEAD.len())
            .map(|idx| (*cells.get(idx).unwrap_or(&"")).to_owned())
            .collect()
    }

    /// A project: rows of indicators, whether it has its unit printed, whether its levels stand in rows of their own.
    type Shape = (usize, bool, bool);

    fn list(shapes: &[Shape], has_sum: bool) -> Vec<Vec<String>> {
        let mut rows = vec![
            vec!["项目支出绩效目标表".to_owned()],
            vec!["金额单位：元".to_owned()],
            row(&HEAD),
        ];
        if has_sum {
            rows.push(row(&["205-水务局部门", "", "999.00"]));
        }
        for (nth, (n_rows, has_unit, is_outline)) in shapes.iter().enumerate() {
            let unit = if *has_unit {
                format!("20500{nth}-河道站")
            } else {
                String::new()
            };
            let lead = [
                unit,
                format!("项目{nth}号"),
                format!("{nth}1.00"),
                format!("目标{nth}号"),
            ];
            for k in 0..*n_rows {
                let own = [format!("{nth}号指标{k}"), format!("≥{}", 10 + k)];
                let mut cells = vec![String::new(); HEAD.len()];
                if k == 0 {
                    cells[..4].clone_from_slice(&lead);
                }
                if *is_outline {
                    for (at, level) in [(4, "产出指标"), (5, "数量指标")] {
                        let mut alone = vec![String::new(); HEAD.len()];
                        alone[at] = level.to_owned();
                        if at == 4 {
                            alone[..4].clone_from_slice(&cells[..4]);
                            cells[..4].fill(String::new());
                        }
                        rows.push(alone);
                    }
                } else {
                    cells[4] = "产出指标".to_owned();
                    cells[5] = "数量指标".to_owned();
                }
                cells[6..].clone_from_slice(&own);
                rows.push(cells);
            }
        }
        rows
    }

    fn shapes() -> impl Strategy<Value = Vec<Shape>> {
        proptest::collection::vec((1..5_usize, any::<bool>(), any::<bool>()), 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn each_project_is_a_form_and_no_cell_is_dropped(shapes in shapes(), has_sum: bool) {
            let grammars = &*GRAMMARS;
            let rows = list(&shapes, has_sum);
            let blocks = blocks(&rows);
            let out = unroll(grid::rows(&blocks), grammars);
            let texts: Vec<&str> = out.iter().flat_map(|row| &row.cells).map(|cell| cell.text.as_str()).collect();
            for text in rows[3..].iter().flatten().filter(|text| !text.is_empty()) {
                prop_assert!(texts.contains(&text.as_str()), "{} is gone", text);
            }
            let forms = recognise(&blocks, grammars).value.forms;
            prop_assert_eq!(forms.len(), shapes.len());
            for (nth, (form, (n_rows, ..))) in forms.iter().zip(&shapes).enumerate() {
                let value = |key: &str| {
                    let field = form.fields.iter().find(|field| field.key == key);
                    field.and_then(|field| field.value.as_ref()).map(|value| value.text.clone())
                };
                prop_assert_eq!(value("project"), Some(format!("项目{nth}号")));
                prop_assert_eq!(value("annual_goal"), Some(format!("目标{nth}号")));
                // A unit stands for the projects beneath it.
                let unit = shapes[..=nth].iter().rposition(|(_, has_unit, _)| *has_unit);
                prop_assert_eq!(value("budget_unit"), unit.map(|unit| format!("20500{unit}-河道站")));
                prop_assert!(form.title.is_some());
                prop_assert_eq!(form.tables[0].rows.len(), *n_rows);
            }
        }
    }

    #[test]
    fn a_level_that_no_row_has_is_said() {
        let mut rows = vec![
            row(&["项目名称", "修路"]),
            row(&["主管部门", "交通局"]),
            row(&["年度目标", "十公里"]),
            row(&["一级指标", "二级指标", "三级指标", "指标值"]),
            row(&["产出指标"]),
            row(&["效益指标"]),
            row(&["", "社会效益指标"]),
            row(&["", "", "受益人口", "≥3万人"]),
        ];
        for more in [&[][..], &[row(&["满意度指标"])]] {
            rows.extend_from_slice(more);
            let forms = recognise(&blocks(&rows), &GRAMMARS).value.forms;
            assert_eq!((forms.len(), forms[0].tables[0].rows.len()), (1, 1));
            let residue: Vec<&str> = forms[0]
                .residue
                .iter()
                .map(|text| text.text.as_str())
                .collect();
            assert!(residue.contains(&"产出指标"), "{residue:?}");
            assert_eq!(
                residue.contains(&"满意度指标"),
                !more.is_empty(),
                "{residue:?}"
            );
            let level = forms[0].tables[0].rows[0]
                .cells
                .iter()
                .any(|cell| cell.value.text == "效益指标");
            assert!(level);
        }
    }

    #[test]
    fn a_form_with_fields_above_its_table_is_no_list() {
        let rows = [
            row(&["项目名称", "修路", "年度目标", "十公里"]),
            row(&HEAD[4..]),
            row(&["产出指标", "数量指标", "里程", "10"]),
        ];
        let rows = grid::rows(&blocks(&rows));
        assert_eq!(unroll(rows.clone(), &GRAMMARS).len(), rows.len());
    }
}
