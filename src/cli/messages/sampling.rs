//! What is said of samples and of what reviewers found in them.

use super::Lang;
use super::escape_controls;
use crate::sample::{Advice, Decision, Judgement, Plan, Rate, ReviewSet, StratumRate};

/// A message of `sample`.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum SampleMessage<'a> {
    /// What was drawn, and by which plan.
    Drawn { set: &'a ReviewSet, plan: &'a Plan },
    /// What reviewers found.
    Judged(&'a Judgement),
    /// A review set that is of another run.
    OtherRun { sample: &'a str, run: &'a str },
    /// A run of a store.
    Remote,
}

impl SampleMessage<'_> {
    /// The message in a language; control characters are escaped.
    pub(in super::super) fn text(self, lang: Lang) -> String {
        escape_controls(&match self {
            Self::Drawn { set, plan } => drawn(set, plan, lang),
            Self::Judged(judgement) => judged(judgement, lang),
            Self::OtherRun { sample, run } => match lang {
                Lang::En => format!(
                    "{sample} was drawn from another run than {run}, or from forms that were changed since; draw again"
                ),
                Lang::Zh => {
                    format!("{sample} 抽自另一次运行，或 {run} 的表单在抽样后已改动；请重新抽样")
                }
            },
            Self::Remote => match lang {
                Lang::En => "samples are drawn from runs on this machine: fetch the run first",
                Lang::Zh => "只能从本机的运行目录抽样：请先取回该次运行",
            }
            .to_owned(),
        })
    }
}

fn drawn(set: &ReviewSet, plan: &Plan, lang: Lang) -> String {
    let header = match lang {
        Lang::En => ["stratum", "forms", "drawn"],
        Lang::Zh => ["层", "表单", "抽取"],
    };
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for stratum in &set.strata {
        let (n_forms, n_drawn) = (stratum.n_forms.to_string(), stratum.n_drawn.to_string());
        rows.push(vec![stratum.name.clone(), n_forms, n_drawn]);
    }
    let all = match lang {
        Lang::En => "all",
        Lang::Zh => "合计",
    };
    let n_drawn = set.forms.len();
    rows.push(vec![
        all.to_owned(),
        set.n_forms.to_string(),
        n_drawn.to_string(),
    ]);
    format!("{}\n{}\n", table(&rows, 1), accepts(set, plan, lang))
}

/// With what the plan accepts.
fn accepts(set: &ReviewSet, plan: &Plan, lang: Lang) -> String {
    let (n, ac) = (set.n_counted, set.acceptance_number);
    let re = ac + 1;
    let on_top = set.forms.len() as u64 - n;
    let name = &set.plan;
    let mut text = match (plan, lang) {
        (Plan::Percent { share, right }, Lang::En) => format!(
            "{name}: at least {share} % of each stratum; accepted with at least {right} % right, which is at most {ac} defective of {n}"
        ),
        (Plan::Percent { share, right }, Lang::Zh) => format!(
            "{name}：各层抽检比例不低于 {share}%；合格率不低于 {right}%（即 {n} 张中不合格不超过 {ac} 张）予以接收"
        ),
        (Plan::All { right }, Lang::En) => format!(
            "{name}: every form; accepted with at least {right} % right, which is at most {ac} defective of {n}"
        ),
        (Plan::All { right }, Lang::Zh) => {
            format!(
                "{name}：全数检验；合格率不低于 {right}%（即 {n} 张中不合格不超过 {ac} 张）予以接收"
            )
        }
        (Plan::Aql { .. }, lang) => {
            let letter = set
                .code_letter
                .map_or(String::new(), |letter| letter.to_string());
            match lang {
                Lang::En => format!(
                    "{name}: single sampling of ISO 2859-1, code letter {letter}, n = {n}; accepted with at most {ac} defective (Ac {ac}, Re {re})"
                ),
                Lang::Zh => format!(
                    "{name}：GB/T 2828.1 一次抽样，字码 {letter}，n = {n}；不合格不超过 {ac} 张予以接收（Ac {ac}，Re {re}）"
                ),
            }
        }
        (
            Plan::Confidence {
                rate, confidence, ..
            },
            Lang::En,
        ) => format!(
            "{name}: accepted with at most {ac} defective of {n}; it is then said with {confidence} % confidence that fewer than {rate} % of the forms are defective"
        ),
        (
            Plan::Confidence {
                rate, confidence, ..
            },
            Lang::Zh,
        ) => format!(
            "{name}：{n} 张中不合格不超过 {ac} 张予以接收；此时有 {confidence}% 的置信度认为不合格率低于 {rate}%"
        ),
    };
    if on_top > 0 {
        text.push_str(&match lang {
            Lang::En => format!("; {on_top} drawn on top for small strata, and not counted"),
            Lang::Zh => format!("；另为小层各加抽 1 张，共 {on_top} 张，不计入判定"),
        });
    }
    text
}

fn judged(judgement: &Judgement, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let pick = |en: &'static str, zh_text: &'static str| if zh { zh_text } else { en };
    let decision = match judgement.decision {
        Decision::Accepted => pick("ACCEPTED", "接收"),
        Decision::Rejected => pick("REJECTED", "不接收"),
        Decision::Unfinished => pick("NOT FINISHED", "检验未完成"),
    };
    let (found, n, ac) = (
        judgement.n_defective_counted,
        judgement.n_counted,
        judgement.acceptance_number,
    );
    let mut text = if zh {
        format!(
            "{decision}（{}）：计入判定的 {n} 张中不合格 {found} 张，允许 {ac} 张\n",
            judgement.plan
        )
    } else {
        format!(
            "{decision} ({}): {found} defective of the {n} that count, {ac} allowed\n",
            judgement.plan
        )
    };
    let (looked_at, drawn) = (judgement.n_looked_at, judgement.n_drawn);
    if !judgement.finished {
        let n_open = drawn - looked_at;
        text.push_str(&if zh {
            format!("{drawn} 张中还有 {n_open} 张未检，以下估计为初步结果\n")
        } else {
            format!("{n_open} of {drawn} forms were not looked at: what follows is preliminary\n")
        });
    }
    text.push('\n');
    let mut rows = vec![
        if zh {
            ["", "估计", "95% 区间", ""]
        } else {
            ["", "estimate", "95 % interval", ""]
        }
        .map(str::to_owned)
        .to_vec(),
    ];
    let mut add = |name: &str, rate: &Rate, of: String| {
        rows.push(vec![
            name.to_owned(),
            percent(rate.rate),
            interval(rate),
            of,
        ]);
    };
    if let Some(rate) = &judgement.rate {
        let of = match (judgement.n_effective, zh) {
            (Some(n), false) => format!("worth a simple sample of {n:.0}"),
            (Some(n), true) => format!("相当于 {n:.0} 张的简单随机样本"),
            (None, false) => "every form was looked at".to_owned(),
            (None, true) => "已全数检验".to_owned(),
        };
        add(pick("defective forms", "不合格表单"), rate, of);
    }
    let of = format!("{} / {looked_at}", judgement.n_defective);
    add(pick("in the sample", "样本不合格率"), &judgement.plain, of);
    let of = format!("{} / {}", judgement.leaves.n_wrong, judgement.leaves.n);
    add(
        pick("wrong values", "错误数据项"),
        &judgement.leaves.rate,
        of,
    );
    text.push_str(&table(&rows, 1));
    let mut rows = vec![
        if zh {
            [
                "层",
                "不合格",
                "已检",
                "抽取",
                "表单",
                "不合格率",
                "95% 区间",
            ]
        } else {
            [
                "stratum",
                "defective",
                "looked at",
                "drawn",
                "forms",
                "rate",
                "95 % interval",
            ]
        }
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(judgement.strata.iter().map(stratum_row));
    text.push('\n');
    text.push_str(&table(&rows, 1));
    if !judgement.fields.is_empty() {
        let header = if zh {
            ["数据项", "涉及表单", "错误", "占已检", "95% 区间"]
        } else {
            ["field", "forms", "wrong", "of looked at", "95 % interval"]
        };
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        rows.extend(judgement.fields.iter().map(|field| {
            let (n_forms, n_wrong) = (field.n_forms.to_string(), field.n_wrong.to_string());
            let share = percent(field.rate.rate);
            vec![
                field.field.clone(),
                n_forms,
                n_wrong,
                share,
                interval(&field.rate),
            ]
        }));
        text.push('\n');
        text.push_str(&table(&rows, 1));
    }
    if !judgement.advice.is_empty() {
        text.push('\n');
    }
    for advice in &judgement.advice {
        text.push_str("- ");
        text.push_str(&advise(advice, judgement, lang));
        text.push('\n');
    }
    text
}

fn stratum_row(stratum: &StratumRate) -> Vec<String> {
    let (rate, interval) = match stratum.n_looked_at {
        0 => ("-".to_owned(), "-".to_owned()),
        _ => (percent(stratum.rate.rate), interval(&stratum.rate)),
    };
    vec![
        stratum.name.clone(),
        stratum.n_defective.to_string(),
        stratum.n_looked_at.to_string(),
        stratum.n_drawn.to_string(),
        stratum.n_forms.to_string(),
        rate,
        interval,
    ]
}

fn advise(advice: &Advice, judgement: &Judgement, lang: Lang) -> String {
    let target = percent(judgement.target);
    match lang {
        Lang::En => match advice {
            Advice::Finish { n } => format!("look at the {n} forms that are left"),
            Advice::ReviewStratum { name, n_left, low } => format!(
                "look at the other {n_left} forms of `{name}`: at least {} of it is defective, more than {target}",
                percent(*low)
            ),
            Advice::ReviewField { field, n_forms } => {
                format!(
                    "{field} was wrong in {n_forms} forms: look at it in all, or at what reads it"
                )
            }
            Advice::InspectRest { n } => format!(
                "look at the other {n} forms too, or read again and draw with another seed: drawing again from the same run until it passes proves nothing"
            ),
            Advice::Tighten { plan } => format!(
                "if two of the last five runs were rejected, go on with `{plan}` (ISO 2859-1, 9.3.1)"
            ),
            Advice::StayTightened { plan } => format!(
                "stay with tightened inspection until five runs in a row are accepted, then `{plan}`; stop and mend the process when five were rejected (ISO 2859-1, 9.3.2 and 9.4)"
            ),
            Advice::MissedForms { n } => format!(
                "{n} forms of these documents had been missed; no sample of forms shows such: look at documents without forms, too"
            ),
        },
        Lang::Zh => match advice {
            Advice::Finish { n } => format!("请检完剩余的 {n} 张"),
            Advice::ReviewStratum { name, n_left, low } => format!(
                "请检查“{name}”层其余 {n_left} 张：其不合格率至少为 {}，高于 {target}",
                percent(*low)
            ),
            Advice::ReviewField { field, n_forms } => {
                format!("{field} 在 {n_forms} 张表单中有误：请在全部表单中核对，或检查其读取规则")
            }
            Advice::InspectRest { n } => format!(
                "请对其余 {n} 张全数检验，或重新提取后换一个种子抽样；对同一次运行反复抽样直到通过，不说明任何问题"
            ),
            Advice::Tighten { plan } => {
                format!("若最近五批中有两批不接收，请改用“{plan}”（GB/T 2828.1，9.3.1）")
            }
            Advice::StayTightened { plan } => format!(
                "加严检验应保持到连续五批接收，之后改用“{plan}”；累计五批不接收时应暂停并改进（GB/T 2828.1，9.3.2、9.4）"
            ),
            Advice::MissedForms { n } => format!(
                "这些文件中有 {n} 张表单未被识别；抽检表单发现不了这类遗漏，请同时检查无表单的文件"
            ),
        },
    }
}

fn percent(rate: f64) -> String {
    format!("{:.2} %", 100.0 * rate)
}

fn interval(rate: &Rate) -> String {
    format!("{:.2} – {:.2} %", 100.0 * rate.low, 100.0 * rate.high)
}

/// Rows with columns of one width; the first `n_left` columns are set left, the others right.
fn table(rows: &[Vec<String>], n_left: usize) -> String {
    // Chinese characters take two places.
    let width = |text: &str| {
        text.chars()
            .map(|ch| {
                if ch >= '\u{1100}' && ch != '–' {
                    2
                } else {
                    1
                }
            })
            .sum::<usize>()
    };
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..n_columns)
        .map(|column| {
            let of = |row: &Vec<String>| row.get(column).map_or(0, |cell| width(cell));
            rows.iter().map(of).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[column] - width(cell));
            if column > 0 {
                line.push_str("  ");
            }
            if column < n_left {
                line.push_str(cell);
                line.push_str(&space);
            } else {
                line.push_str(&space);
                line.push_str(cell);
            }
        }
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(rows: &[&[&str]], expected: Expect) {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        expected.assert_eq(&table(&rows.iter().map(row).collect::<Vec<_>>(), 1));
    }

    #[test]
    fn columns_stand_under_each_other_in_both_languages() {
        check(
            &[&["层", "表单"], &["proven / rare", "7"], &["合计", "20000"]],
            expect![[r#"
                层              表单
                proven / rare      7
                合计           20000
            "#]],
        );
    }
}
