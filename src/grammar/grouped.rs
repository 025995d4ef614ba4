//! Headers of two rows: groups above, columns beneath, as in the funds of whole departments.

use super::compiled::{Grammars, TableSpec};
use super::fold::Folded;
use super::grid::{Row, RowKind};
use super::header::{Found, Header, HeaderColumn, find_labels, joined_cell, overlaps};
use super::labels::{LabelSearch, label_at};

/// A header of two rows: groups above, columns beneath; or of groups alone.
pub(super) fn grouped(
    rows: &[Row],
    at: usize,
    table: usize,
    spec: &TableSpec,
    grammars: &Grammars,
) -> Option<Header> {
    let next = rows.get(at + 1)?;
    let (row, next) = &join_broken_groups(&rows[at], next, spec, grammars);
    let confusions = &grammars.vocabulary.confusions;
    let upper = find_labels(
        row,
        |text, from, search| label_at(&spec.group_tree, text, from, search, confusions),
        true,
    );
    let mut lead = Vec::new();
    let mut groups = Vec::new();
    for item in upper {
        match item.id {
            Some(_) => groups.push(item),
            None if groups.is_empty() => lead.push(item.label),
            None => return None,
        }
    }
    if groups.len() < 2 || lead.len() > 2 {
        return None;
    }
    let lower = find_labels(
        next,
        |text, from, search| label_at(&spec.column_tree, text, from, search, confusions),
        true,
    );
    let children: Vec<&Found> = lower
        .iter()
        .filter(|f| f.id.is_some() && !f.continued)
        .collect();
    let columns = if children.len() >= spec.min_columns {
        match next.kind {
            RowKind::Ruled | RowKind::Aligned => by_position(&groups, &children, spec),
            RowKind::Line(_) => by_sequence(&groups, &children, spec),
        }?
    } else {
        let printed = next.printed().count();
        if printed == 0 || children.len() * 2 > printed {
            return None;
        }
        groups
            .iter()
            .map(|g| leaf_column(g, spec))
            .collect::<Option<Vec<_>>>()?
    };
    let n_rows = if children.len() >= spec.min_columns {
        2
    } else {
        1
    };
    let keys: Vec<&str> = columns
        .iter()
        .filter_map(|c| c.column)
        .map(|c| spec.columns[c].key.as_str())
        .collect();
    let any = spec.any_of.iter().any(|key| keys.contains(&key.as_str()));
    (any && columns.len() >= spec.min_columns).then_some(Header {
        table,
        columns,
        n_rows,
        lead,
        kind: next.kind,
        misread: Vec::new(),
    })
}

/// A group whose label is broken over the two header rows of a table without rules stands whole in the upper one.
fn join_broken_groups(
    upper: &Row,
    lower: &Row,
    spec: &TableSpec,
    grammars: &Grammars,
) -> (Row, Row) {
    let (mut upper, mut lower) = (upper.clone(), lower.clone());
    if upper.kind != RowKind::Aligned {
        return (upper, lower);
    }
    let whole = LabelSearch {
        allow_space: false,
        allow_confusions: false,
        whole: true,
    };
    let is_group = |text: &Folded| {
        label_at(
            &spec.group_tree,
            text,
            0,
            whole,
            &grammars.vocabulary.confusions,
        )
        .is_some()
    };
    for cell in &mut upper.cells {
        if cell.is_blank() || is_group(&cell.folded) {
            continue;
        }
        let rest = lower.cells.iter().position(|c| {
            !c.is_blank()
                && !c.continued
                && overlaps(cell, c)
                && is_group(&joined_cell(cell, c).folded)
        });
        if let Some(idx) = rest {
            *cell = joined_cell(cell, &lower.cells[idx]);
            lower.cells.remove(idx);
        }
    }
    (upper, lower)
}

/// A group that is a column by itself.
fn leaf_column(group: &Found, spec: &TableSpec) -> Option<HeaderColumn> {
    let idx = group.id?;
    let leaf = spec.groups[idx].leaf.as_deref().unwrap_or("total");
    let column = spec.columns.iter().position(|c| c.key == leaf);
    Some(HeaderColumn {
        column,
        group: Some(idx),
        start: group.start,
        end: group.end,
        label: group.label.clone(),
        bracket: group.bracket.clone(),
        closed: false,
    })
}

fn child_column(child: &Found, group: usize) -> HeaderColumn {
    HeaderColumn {
        column: child.id,
        group: Some(group),
        start: child.start,
        end: child.end,
        label: child.label.clone(),
        bracket: child.bracket.clone(),
        closed: false,
    }
}

/// Children stand under the group whose extent holds them.
fn by_position(
    groups: &[Found],
    children: &[&Found],
    spec: &TableSpec,
) -> Option<Vec<HeaderColumn>> {
    let mut columns = Vec::new();
    for group in groups {
        let own: Vec<&&Found> = children
            .iter()
            .filter(|c| {
                (c.start + c.end) / 2.0 >= group.start && (c.start + c.end) / 2.0 < group.end
            })
            .collect();
        if own.is_empty() {
            columns.push(leaf_column(group, spec)?);
        } else {
            columns.extend(
                own.into_iter()
                    .map(|child| child_column(child, group.id.unwrap_or(0))),
            );
        }
    }
    Some(columns)
}

/// Children in a row of text: a new group begins where a column comes again. Groups that are columns by themselves
/// take no children.
fn by_sequence(
    groups: &[Found],
    children: &[&Found],
    spec: &TableSpec,
) -> Option<Vec<HeaderColumn>> {
    let mut runs: Vec<Vec<&Found>> = Vec::new();
    for child in children {
        let again = runs
            .last()
            .is_none_or(|run| run.iter().any(|c| c.id == child.id));
        if again {
            runs.push(Vec::new());
        }
        if let Some(run) = runs.last_mut() {
            run.push(child);
        }
    }
    let parents = groups
        .iter()
        .filter(|g| g.id.is_some_and(|id| spec.groups[id].leaf.is_none()))
        .count();
    if parents != runs.len() {
        return None;
    }
    let mut runs = runs.into_iter();
    let mut columns = Vec::new();
    for group in groups {
        let id = group.id?;
        if spec.groups[id].leaf.is_some() {
            columns.push(leaf_column(group, spec)?);
        } else {
            columns.extend(
                runs.next()?
                    .into_iter()
                    .map(|child| child_column(child, id)),
            );
        }
    }
    Some(columns)
}
