//! Grammar: lines and tables become labels, values and rows, named as the families of forms name them.
//! In: [`Block`]s, [`Grammars`]. Out: [`RawForm`]s. Never: types a value, repairs a character, reads a document.

mod above;
mod align;
mod amounts;
mod assemble;
mod broken;
mod compile;
mod compiled;
mod describe;
mod edges;
mod file;
mod fill;
mod fold;
mod footer;
mod grid;
mod grouped;
mod header;
mod headline;
mod items;
mod labels;
mod list_header;
mod listed;
mod load;
mod look;
mod misread;
mod odd;
mod opening;
mod outline;
mod pattern;
mod rows;
mod scan;
mod segment;
mod titles;

pub use compiled::Grammars;
pub use file::GrammarError;
pub use load::specifications;
pub use pattern::PatternError;

use crate::model::{Block, Code, Diagnosed, Diagnostic, RawForm, RawForms, Severity};

/// The forms of a document, in printed order.
///
/// Each printed character of a form ends up in a field, a row, a label or the form's residue.
#[must_use]
pub fn recognise(blocks: &[Block], grammars: &Grammars) -> Diagnosed<RawForms> {
    let mut items = items(blocks, grammars);
    let mut stretches = segment::segment(&items, grammars);
    headline::settle_titles(&mut items, &mut stretches, grammars);
    let mut forms: Vec<RawForm> = stretches
        .iter()
        .map(|stretch| assemble::assemble(&items, stretch, grammars))
        .collect();
    for form in &mut forms {
        if !form.residue.is_empty() {
            let texts: Vec<&str> = form.residue.iter().map(|r| r.text.as_str()).collect();
            let shown: String = texts.join(" | ").chars().take(200).collect();
            let said = Diagnostic::new(Code::Residue, "", format!("no rule uses: {shown}"));
            form.diagnostics.push(if is_mostly_unread(form) {
                said.with_severity(Severity::Error)
            } else {
                said
            });
        }
    }
    let n_chars_beside = n_chars_beside(&items, &stretches, &forms);
    Diagnosed {
        value: RawForms {
            forms,
            n_chars_beside,
        },
        diagnostics: unread(&items, &stretches, grammars),
    }
}

/// Whether so much of a form was used by no rule that it cannot be called read.
fn is_mostly_unread(form: &RawForm) -> bool {
    /// Most characters that may be unused, as a share of what is printed, and a number that any form may have.
    const MOST: (f64, u64) = (0.25, 40);
    let n_unused = form.n_chars.saturating_sub(form.n_chars_used);
    n_unused > MOST.1 && n_unused as f64 > MOST.0 * form.n_chars as f64
}

/// Printed characters of the pages of forms that no form holds, furniture aside.
fn n_chars_beside(items: &[items::Item], stretches: &[segment::Stretch], forms: &[RawForm]) -> u64 {
    let is_on_form_page = |page: Option<u32>| {
        let holds = |(first, last): (u32, u32), page: u32| (first..=last).contains(&page);
        forms.iter().any(|form| match (form.pages, page) {
            (Some(pages), Some(page)) => holds(pages, page),
            (None, None) => true,
            _ => false,
        })
    };
    let outside = outside(stretches);
    let beside = items.iter().enumerate().filter(|(idx, item)| {
        outside(idx)
            && !matches!(item.kind, items::ItemKind::Furniture(_))
            && is_on_form_page(item.place().page)
    });
    beside.map(|(_, item)| item.n_chars().1).sum()
}

/// Whether an item stands outside every form.
fn outside(stretches: &[segment::Stretch]) -> impl Fn(&usize) -> bool {
    |idx| !stretches.iter().any(|s| (s.first..s.end).contains(idx))
}

/// Titles and tables of rows that stand outside every form. A title alone may be a line of contents; a table is a form
/// that was not read.
fn unread(
    items: &[items::Item],
    stretches: &[segment::Stretch],
    grammars: &Grammars,
) -> Vec<Diagnostic> {
    let said = (0..items.len())
        .filter(outside(stretches))
        .filter_map(|idx| {
            let place = items[idx].place();
            let at = match (place.page, place.line) {
                (Some(page), _) => format!("page {page}"),
                (None, Some(line)) => format!("line {line}"),
                (None, None) => "the document".to_owned(),
            };
            match &items[idx].kind {
                items::ItemKind::Title(text) => Some(Diagnostic::new(
                    Code::FormUnread,
                    "",
                    format!(
                        "{at} has the title {}, and no form was read for it",
                        text.text
                    ),
                )),
                items::ItemKind::Table(table)
                    if grammars.tables[table.header.table].key == "indicators" =>
                {
                    let message = format!("{at} has a table of indicators that belongs to no form");
                    Some(
                        Diagnostic::new(Code::FormUnread, "", message)
                            .with_severity(Severity::Error),
                    )
                }
                _ => None,
            }
        });
    said.take(MOST_UNREAD).collect()
}

/// Findings of this kind that one document is given.
const MOST_UNREAD: usize = 20;

fn items(blocks: &[Block], grammars: &Grammars) -> Vec<items::Item> {
    let mut rows = grid::rows(blocks);
    broken::join_broken(&mut rows, grammars);
    let rows = listed::unroll(rows, grammars);
    let rows = outline::unfold(rows, grammars);
    scan::scan(&rows, grammars)
}

/// What the scanner finds, as readable text: one line an item.
#[must_use]
pub fn describe_items(blocks: &[Block], grammars: &Grammars) -> String {
    let items = items(blocks, grammars);
    let mut out = String::new();
    for (idx, item) in items.iter().enumerate() {
        out.push_str(&format!(
            "{idx} {:?} {}\n",
            item.gap,
            describe::describe(item, grammars)
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Gap, Line, Place, Segment, Separator};

    /// Lines of cells between tabs, as the scanner reads them; `_` is a blank cell.
    fn check(text: &str, expect: expect_test::Expect) {
        let grammars = Grammars::load(&[]).unwrap();
        let line = |line: &str| {
            let cell = |(idx, text): (usize, &str)| Segment {
                text: text.replace('_', ""),
                start: idx as f32,
                end: idx as f32 + 1.0,
                place: Place::default(),
                confidence: None,
            };
            Block::Line(Line {
                segments: line.split('\t').enumerate().map(cell).collect(),
                separator: if line.contains('\t') {
                    Separator::Tab
                } else {
                    Separator::Single
                },
                gap: Gap::None,
                furniture: false,
            })
        };
        let blocks: Vec<Block> = text.lines().map(line).collect();
        expect.assert_eq(&describe_items(&blocks, &grammars));
    }

    #[test]
    fn labels_stand_above_values() {
        check(
            "项目名称\t主管部门\n路\t交通局",
            expect_test::expect![[r#"
            0 None field     项目名称 [项目名称] = 路
            1 None field     主管部门 [主管部门] = 交通局
        "#]],
        );
    }

    #[test]
    fn header_is_parted_by_a_second_row() {
        check(
            "任务名称\t主要内容\t预算金额\t_\n_\t_\t总额\t财政拨款\n修路\t十公里\t8\t5",
            expect_test::expect![[r#"
                0 None table     tasks (name content amount ?)
                             name=修路 | content=十公里 | amount=8 | ?=5
            "#]],
        );
    }

    #[test]
    fn an_indicator_may_be_named_as_a_label() {
        check(
            "一级指标\t二级指标\t三级指标\t指标值\n产出指标\t时效指标\t拨付及时率\t1\n_\t_\t项目完成时间\t12天",
            expect_test::expect![[r#"
                0 None table     indicators (level1 level2 level3 target)
                             level1=产出指标 | level2=时效指标 | level3=拨付及时率 | target=1
                             level3=项目完成时间 | target=12天 | level1^=产出指标 | level2^=时效指标
            "#]],
        );
    }

    #[test]
    fn the_title_of_another_table_ends_a_table() {
        check(
            "一级指标\t二级指标\t三级指标\t指标值\n产出指标\t时效指标\t及时率\t1\n部门收支总表",
            expect_test::expect![[r#"
                0 None table     indicators (level1 level2 level3 target)
                             level1=产出指标 | level2=时效指标 | level3=及时率 | target=1
                1 None other     部门收支总表
            "#]],
        );
    }

    #[test]
    fn prose_is_no_row_of_a_table_between_tabs() {
        check(
            "一级指标\t二级指标\t三级指标\t指标值\n产出指标\t时效指标\t及时率\t1\n第一部分 概况",
            expect_test::expect![[r#"
                0 None table     indicators (level1 level2 level3 target)
                             level1=产出指标 | level2=时效指标 | level3=及时率 | target=1
                            residue 第一部分 概况
            "#]],
        );
    }

    #[test]
    fn an_unknown_text_before_the_label_of_a_row_is_residue() {
        check(
            "项目资金\t年初预算数\t全年预算数\t全年执行数\n某某备查\t年度资金总额\t3\t2\t1",
            expect_test::expect![[r#"
                0 None group     项目资金
                1 None table     execution (initial_budget adjusted_budget executed)
                            年度资金总额 initial_budget=3 | adjusted_budget=2 | executed=1
                            residue 某某备查
            "#]],
        );
    }

    /// Cells of a line between tabs, on this page.
    fn line_of(text: &str, gap: Gap, page: Option<u32>) -> Block {
        let cell = |(idx, text): (usize, &str)| Segment {
            text: text.to_owned(),
            start: idx as f32,
            end: idx as f32 + 1.0,
            place: Place {
                page,
                ..Place::default()
            },
            confidence: None,
        };
        Block::Line(Line {
            segments: text.split('\t').enumerate().map(cell).collect(),
            separator: Separator::Tab,
            gap,
            furniture: false,
        })
    }

    #[test]
    fn what_stands_beside_a_form_on_its_page_is_counted() {
        let grammars = Grammars::load(&[]).unwrap();
        let blocks = |second: Option<u32>, third: Option<u32>| {
            [
                line_of("本单位无其他说明", Gap::None, second),
                line_of("年度绩效目标表", Gap::Large, second),
                line_of("项目名称：\t修路", Gap::None, second),
                line_of("主管部门：\t交通局", Gap::None, second),
                line_of("一级指标\t二级指标\t三级指标\t指标值", Gap::None, second),
                line_of("产出指标\t数量指标\t里程\t1", Gap::None, second),
                line_of("第三部分名词解释", Gap::Page, third),
            ]
        };
        let beside = |second, third| {
            let found = recognise(&blocks(second, third), &grammars).value;
            assert_eq!(found.forms.len(), 1);
            found.n_chars_beside
        };
        assert_eq!(beside(Some(2), Some(3)), 8);
        assert_eq!(beside(Some(2), Some(2)), 16);
        // A plain text has no pages: all of it.
        assert_eq!(beside(None, None), 16);
    }

    #[test]
    fn a_finding_about_a_row_counts_the_rows_of_the_tables_before() {
        let grammars = Grammars::load(&[]).unwrap();
        let line = |text: &str, gap| line_of(text, gap, None);
        let blocks = [
            line("年度绩效目标表", Gap::None),
            line("项目名称：\t修路", Gap::None),
            line("主管部门：\t交通局", Gap::None),
            line("一级指标\t二级指标\t三级指标\t指标值\t备注", Gap::None),
            line("产出指标\t数量指标\t里程\t1", Gap::None),
            line("一级指标\t二级指标\t三级指标\t指标值", Gap::Page),
            line("\t产出指标\t质量指标\t合格率\t95%", Gap::None),
        ];
        let forms = recognise(&blocks, &grammars).value.forms;
        let found: Vec<&str> = forms[0]
            .diagnostics
            .iter()
            .filter(|d| d.code == Code::RowRealigned)
            .map(|d| d.path.as_str())
            .collect();
        assert_eq!(found, ["indicators/1"]);
    }
}
