//! Misread headers: labels of columns that recognition got wrong, told by the columns that are missing.
//!
//! In: the labels found in a header row. Out: more of them known, and what was taken for what. Never: looks at text that was not recognised
//! from a picture; chooses where two missing columns are as near.

use super::compiled::TableSpec;
use super::fold::Folded;
use super::header::Found;
use super::labels::LabelId;

/// A column told by what its label must have been.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Misread {
    /// As read.
    pub(super) read: String,
    /// Which column it is.
    pub(super) column: LabelId,
}

/// Surer readings than this are what is printed.
const SURE: f32 = 0.97;
/// Shortest label of which one character may be another, characters.
const SHORTEST: usize = 4;

/// Gives labels that are nearly those of missing columns to these. One is taken at a time: `一级指标` and `三级指标` differ in a character, too.
pub(super) fn misread_columns(found: &mut [Found], spec: &TableSpec) -> Vec<Misread> {
    let n_known = found.iter().filter(|f| f.id.is_some()).count();
    if n_known < spec.min_columns.max(2) || n_known == found.len() {
        return Vec::new();
    }
    let key_of = |id: LabelId| spec.columns[id].key.as_str();
    let mut said = Vec::new();
    loop {
        let taken: Vec<&str> = found.iter().filter_map(|f| f.id).map(key_of).collect();
        let choice = found.iter().enumerate().find_map(|(idx, item)| {
            let confidence = item.label.confidence.filter(|_| item.id.is_none())?;
            let folded = Folded::new(&item.label.text);
            if confidence >= SURE || folded.len() < SHORTEST {
                return None;
            }
            let near: Vec<(LabelId, usize)> =
                (spec.column_tree.nearest(&folded.chars, 1).into_iter())
                    .filter(|(id, _)| !taken.contains(&key_of(*id)))
                    .collect();
            let least = near.iter().map(|(_, distance)| *distance).min()?;
            let mut nearest = near.iter().filter(|(_, distance)| *distance == least);
            let (id, _) = nearest.next()?;
            let is_one = nearest.all(|(other, _)| key_of(*other) == key_of(*id));
            is_one.then_some((idx, *id))
        });
        let Some((idx, id)) = choice else {
            return said;
        };
        found[idx].id = Some(id);
        said.push(Misread {
            read: found[idx].label.text.clone(),
            column: id,
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Block, Code, Gap, Line, Place, RawForm, Segment, Separator};

    use super::super::{Grammars, recognise};

    /// The form that lines of cells are, all of them as surely read.
    fn form_of(lines: &[&str], confidence: Option<f32>) -> RawForm {
        let line = |text: &&str| {
            let cell = |(idx, text): (usize, &str)| Segment {
                text: text.to_owned(),
                start: idx as f32,
                end: idx as f32 + 1.0,
                place: Place::default(),
                confidence,
            };
            Block::Line(Line {
                segments: text.split('\t').enumerate().map(cell).collect(),
                separator: Separator::Tab,
                gap: Gap::None,
                furniture: false,
            })
        };
        let blocks: Vec<Block> = lines.iter().map(line).collect();
        let mut forms = recognise(&blocks, &Grammars::load(&[]).unwrap())
            .value
            .forms;
        assert_eq!(forms.len(), 1);
        forms.remove(0)
    }

    const HEAD: [&str; 3] = ["年度绩效目标表", "项目名称：\t修路", "主管部门：\t交通局"];

    fn columns_of(header: &str, confidence: Option<f32>) -> (Vec<String>, usize) {
        let lines = [&HEAD[..], &[header, "产出指标\t数量指标\t里程\t1\t10"]].concat();
        let form = form_of(&lines, confidence);
        let said = (form.diagnostics.iter()).filter(|d| d.code == Code::LabelInferred);
        let keys = form.tables[0].columns.iter().map(|c| c.key.clone());
        (keys.collect(), said.count())
    }

    #[test]
    fn misread_headers_are_told_by_what_is_missing() {
        let header = "一级持标\t二级指标\t丰级指标\t指标值\t权重";
        let (keys, n_said) = columns_of(header, Some(0.8));
        assert_eq!(keys, ["level1", "level2", "level3", "target", "weight"]);
        assert_eq!(n_said, 2);
    }

    #[test]
    fn marks_beside_a_label_do_not_hide_it() {
        let header = "一级指标\t二级指标\t三级指标。\t指标值\t权重";
        let (keys, _) = columns_of(header, Some(1.0));
        assert_eq!(keys, ["level1", "level2", "level3", "target", "weight"]);
    }

    #[test]
    fn what_was_surely_read_or_never_recognised_is_what_is_printed() {
        let header = "一级指标\t二级指标\t三级指析\t指标值\t权重";
        for confidence in [Some(1.0), None] {
            let (keys, n_said) = columns_of(header, confidence);
            assert_eq!((keys.contains(&"level3".to_owned()), n_said), (false, 0));
        }
    }

    #[test]
    fn a_title_of_which_a_character_was_misread_is_one() {
        let lines = [
            "项目支出绩奴目标申报表",
            HEAD[1],
            HEAD[2],
            "一级指标\t二级指标\t三级指标\t指标值",
            "产出指标\t数量指标\t里程\t1",
        ];
        // Of a text that was not recognised here it is said.
        for (confidence, n_said) in [(Some(0.9), 0), (None, 1)] {
            let form = form_of(&lines, confidence);
            assert!(form.title.is_some());
            let said = form
                .diagnostics
                .iter()
                .filter(|d| d.code == Code::LabelInferred && d.path == "title");
            assert_eq!(said.count(), n_said);
        }
    }
}
