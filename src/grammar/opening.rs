//! Openings: whether a cell or a row begins a field, a table of rows, or a form.

use crate::model::{RawText, Separator};

use super::compiled::Grammars;
use super::fold::{Folded, fold};
use super::grid::{GridCell, Row, RowKind};
use super::labels::{Certainty, LabelHit, LabelId, LabelSearch, Terminator, label_at};
use super::titles::{is_year_line, title_of};

/// The field label at `at`, if it is certain enough to be taken for one.
pub(super) fn field_hit(
    folded: &Folded,
    at: usize,
    kind: RowKind,
    grammars: &Grammars,
) -> Option<LabelHit> {
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
    // A short word that is a whole line of running text is no label; a line with gaps in it is cut into cells.
    let lone_word = whole
        && at == 0
        && n_chars <= 2
        && hit.terminator == Terminator::End
        && in_line
        && !matches!(
            kind,
            RowKind::Line(Separator::Tab | Separator::Pipe | Separator::Spaces)
        );
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
pub(super) fn could_mean(label: LabelId, value: &str, grammars: &Grammars) -> bool {
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
