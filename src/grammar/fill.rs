//! Filling: long texts side by side, and the levels that merged or omitted cells leave blank.

use crate::model::{Code, Diagnostic, Place, RawText, Separator};

use super::align::Token;
use super::compiled::ColumnKind;
use super::fold::{append_line, fold};
use super::grid::{Row, RowKind};
use super::rows::{Reader, RowItem};

impl Reader<'_> {
    /// One row of long texts side by side, over as many lines as there are.
    pub(super) fn texts(&mut self, lines: &[&Row]) {
        let columns = self.item.header.columns.clone();
        let mut texts: Vec<Option<RawText>> = vec![None; columns.len()];
        let mut append = |column: usize, text: &str, place: Place, space: bool| {
            let slot = texts[column].get_or_insert_with(|| RawText {
                place,
                ..RawText::default()
            });
            if space && !slot.text.is_empty() {
                slot.text.push(' ');
                slot.text.push_str(text);
            } else {
                append_line(&mut slot.text, text);
            }
            slot.place = slot.place.join(&place);
        };
        let loose = lines.iter().all(|row| {
            matches!(
                row.kind,
                RowKind::Line(Separator::Single | Separator::Spaces)
            )
        });
        let bodies: Vec<Vec<Token>> = lines.iter().map(|row| self.body(row)).collect();
        let side_by_side = bodies
            .iter()
            .zip(lines)
            .filter(|(_, row)| row.cells.len() >= 2)
            .count()
            >= 2;
        let mut doubt = None;
        if loose && !side_by_side {
            // The texts follow one another; the cut is a gap in the line.
            let mut stream: Vec<(String, usize, Place)> = Vec::new();
            for (body, row) in bodies.iter().zip(lines) {
                for (idx, token) in body.iter().enumerate() {
                    let place = row.cells[token.cell].place;
                    match stream.last_mut() {
                        Some(last) if idx == 0 => append_line(&mut last.0, &token.text),
                        _ => stream.push((token.text.clone(), token.spaces, place)),
                    }
                }
            }
            let n_cuts = columns.len().saturating_sub(1);
            let mut cuts: Vec<usize> = (1..stream.len()).collect();
            let ends_sentence =
                |idx: usize| stream[idx - 1].0.ends_with(['。', '；', ';', '.', '！']);
            cuts.sort_by_key(|idx| {
                (
                    std::cmp::Reverse(stream[*idx].1),
                    !ends_sentence(*idx),
                    *idx,
                )
            });
            cuts.truncate(n_cuts);
            if cuts.len() < n_cuts && !stream.is_empty() {
                doubt = Some(format!(
                    "under {1} heads no more than {0} could be told apart",
                    cuts.len() + 1,
                    columns.len()
                ));
            }
            let mut column = 0;
            for (idx, (text, _, place)) in stream.iter().enumerate() {
                let cut = cuts.contains(&idx);
                column += usize::from(cut);
                append(column.min(columns.len() - 1), text, *place, !cut);
            }
        } else {
            for (body, row) in bodies.iter().zip(lines) {
                for token in body {
                    if token.continued {
                        continue;
                    }
                    let middle = (token.start + token.end) / 2.0;
                    let column = if row.in_table() || row.kind.is_piped() {
                        columns
                            .iter()
                            .rposition(|c| c.start <= token.start + 0.01)
                            .unwrap_or(0)
                    } else {
                        let distance = |c: &super::header::HeaderColumn| {
                            ((c.start + c.end) / 2.0 - middle).abs()
                        };
                        (0..columns.len())
                            .min_by(|a, b| {
                                distance(&columns[*a]).total_cmp(&distance(&columns[*b]))
                            })
                            .unwrap_or(0)
                    };
                    append(
                        column,
                        &token.text,
                        row.cells[token.cell].place,
                        token.spaces == 1,
                    );
                }
            }
        }
        let place = lines.first().map(|row| row.place()).unwrap_or_default();
        let cells = texts
            .into_iter()
            .enumerate()
            .filter_map(|(column, text)| text.map(|text| (column, text, false)))
            .collect();
        self.item.diagnostics.extend(
            doubt.map(|doubt| Diagnostic::new(Code::RowRealigned, self.spec.key.clone(), doubt)),
        );
        self.item.rows.push(RowItem {
            cells,
            place,
            ..RowItem::default()
        });
    }

    /// Levels that a merged or omitted cell leaves blank are those of the row above, or of the row below where only
    /// that fits the vocabulary (text of merged cells is printed in their middle).
    pub(super) fn fill_down(&mut self) {
        let of_kind = |kind| {
            self.item.header.columns.iter().position(|c| {
                c.column.is_some_and(|idx| {
                    self.spec.columns[idx].kind == kind && self.spec.columns[idx].fill
                })
            })
        };
        let (level1, level2) = (of_kind(ColumnKind::Level1), of_kind(ColumnKind::Level2));
        let parents = |level2: &str| {
            self.grammars
                .vocabulary
                .level2
                .get(super::look::level_stem(&fold(level2)))
                .cloned()
        };
        let n = self.item.rows.len();
        if let Some(level1) = level1 {
            for idx in 0..n {
                if self.item.rows[idx].get(level1).is_some() {
                    continue;
                }
                let above = idx
                    .checked_sub(1)
                    .and_then(|i| self.item.rows[i].get(level1))
                    .cloned();
                let below = self.item.rows[idx..]
                    .iter()
                    .find_map(|row| row.get(level1))
                    .cloned();
                let allowed = level2
                    .and_then(|c| self.item.rows[idx].get(c))
                    .and_then(|text| parents(&text.text));
                let fits = |text: &Option<RawText>| match (text, &allowed) {
                    (Some(text), Some(list)) => list.iter().any(|parent| {
                        super::look::level_stem(&fold(parent))
                            == super::look::level_stem(&fold(&text.text))
                    }),
                    (found, None) => found.is_some(),
                    (None, _) => false,
                };
                let source = if fits(&above) || !fits(&below) {
                    above
                } else {
                    below
                };
                if let Some(text) = source {
                    self.item.rows[idx].cells.push((level1, text, true));
                }
            }
        }
        let Some(level2) = level2 else { return };
        for idx in 1..n {
            if self.item.rows[idx].get(level2).is_some() {
                continue;
            }
            let same_parent = level1.is_none_or(|c| {
                self.item.rows[idx].get(c).map(|t| fold(&t.text))
                    == self.item.rows[idx - 1].get(c).map(|t| fold(&t.text))
            });
            if same_parent && let Some(text) = self.item.rows[idx - 1].get(level2).cloned() {
                self.item.rows[idx].cells.push((level2, text, true));
            }
        }
    }
}
