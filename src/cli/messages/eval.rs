//! What is said of a run beside the truth: headings of tables, labels of pictures, and what is missing.

use super::Lang;
use crate::eval::{Calibration, CalibrationLabels, DifferenceKind, EfficiencyLabels};

/// A message of `eval`.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum EvalMessage<'a> {
    /// Nothing has a confidence.
    NoConfidence,
    /// F1 is not what was asked for; `None` where there is nothing to count.
    BelowLeast { f1: Option<f64>, least: f64 },
    /// Forms of documents that the truth does not name.
    Unmatched(u64),
    /// The truth has no file that is wanted.
    NoFiles(&'a str),
}

impl EvalMessage<'_> {
    /// The message in a language.
    pub(in super::super) fn text(self, lang: Lang) -> String {
        match (self, lang) {
            (Self::NoConfidence, Lang::En) => {
                "no value has a confidence: text layers have none, and those of recognised pages are written by `extract --provenance`".to_owned()
            }
            (Self::NoConfidence, Lang::Zh) => {
                "没有带置信度的值：文字层没有置信度；识别页面的置信度需以 `extract --provenance` 写出".to_owned()
            }
            (Self::BelowLeast { f1, least }, Lang::En) => {
                format!("field F1 {} is below {least}", figure(f1))
            }
            (Self::BelowLeast { f1, least }, Lang::Zh) => {
                format!("字段 F1 {} 低于 {least}", figure(f1))
            }
            (Self::Unmatched(n), Lang::En) => {
                format!("forms of documents that the truth does not name: {n}")
            }
            (Self::Unmatched(n), Lang::Zh) => format!("真值未列出的文件中的表：{n}"),
            (Self::NoFiles(truth), Lang::En) => {
                format!("{truth}: no file has the tags that --only names")
            }
            (Self::NoFiles(truth), Lang::Zh) => format!("{truth}：没有带 --only 所列标签的文件"),
        }
    }
}

/// A word of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Word {
    Files,
    Forms,
    FormRecall,
    FormPrecision,
    Precision,
    Recall,
    F1,
    StrictF1,
    Rows,
    LongTexts,
    FormsExact,
    FilesExact,
    Tag,
    All,
    Field,
    Right,
    False,
    Missed,
    Confidence,
    Values,
    Interval,
    LookedAt,
    Documents,
    Places,
    ByDoubt,
    ByOracle,
    ByChance,
    Truth,
    Output,
}

impl Word {
    /// The word in a language.
    pub(in super::super) fn text(self, lang: Lang) -> &'static str {
        let (english, chinese) = match self {
            Self::Files => ("files", "文件"),
            Self::Forms => ("forms", "表"),
            Self::FormRecall => ("form recall", "表召回率"),
            Self::FormPrecision => ("form precision", "表精确率"),
            Self::Precision => ("precision", "精确率"),
            Self::Recall => ("recall", "召回率"),
            Self::F1 => ("F1", "F1"),
            Self::StrictF1 => ("strict F1", "严格 F1"),
            Self::Rows => ("rows exact", "指标行全对"),
            Self::LongTexts => ("long texts", "长文本相似度"),
            Self::FormsExact => ("forms exact", "表全对"),
            Self::FilesExact => ("files exact", "文件全对"),
            Self::Tag => ("tag", "标签"),
            Self::All => ("ALL", "全部"),
            Self::Field => ("field", "字段"),
            Self::Right => ("right", "正确"),
            Self::False => ("false", "误读"),
            Self::Missed => ("missed", "漏读"),
            Self::Confidence => ("confidence", "置信度"),
            Self::Values => ("values", "值"),
            Self::Interval => ("95 % interval", "95% 区间"),
            Self::LookedAt => ("looked at", "已复核"),
            Self::Documents => ("documents", "文件"),
            Self::Places => ("values", "值"),
            Self::ByDoubt => ("by doubt", "按疑点"),
            Self::ByOracle => ("by oracle", "理想顺序"),
            Self::ByChance => ("by chance", "随机顺序"),
            Self::Truth => ("truth", "真值"),
            Self::Output => ("output", "输出"),
        };
        match lang {
            Lang::En => english,
            Lang::Zh => chinese,
        }
    }
}

/// What differs, before the values.
pub(in super::super) fn difference_kind(kind: DifferenceKind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (DifferenceKind::Leaf, _) => "",
        (DifferenceKind::MissingForm, Lang::En) => "NOT FOUND",
        (DifferenceKind::MissingForm, Lang::Zh) => "未找到此表",
        (DifferenceKind::ExtraForm, Lang::En) => "NOT IN THE TRUTH",
        (DifferenceKind::ExtraForm, Lang::Zh) => "真值中无此表",
    }
}

/// One line about calibration.
pub(in super::super) fn calibration_line(calibration: &Calibration, lang: Lang) -> String {
    let Calibration {
        values,
        wrong,
        ece,
        brier,
        brier_of_the_mean,
        ..
    } = calibration;
    match lang {
        Lang::En => format!(
            "confidence: {values} values, {wrong} of them wrong; expected calibration error {ece:.4}, Brier score {brier:.4} ({brier_of_the_mean:.4} by saying the mean)"
        ),
        Lang::Zh => format!(
            "置信度：{values} 个值，其中 {wrong} 个错误；期望校准误差 {ece:.4}，Brier 分数 {brier:.4}（一律取均值为 {brier_of_the_mean:.4}）"
        ),
    }
}

/// The figures of a calibration in as few words as fit under its picture.
fn calibration_caption(calibration: &Calibration, lang: Lang) -> String {
    let Calibration {
        values, wrong, ece, ..
    } = calibration;
    let (brier, mean) = (calibration.brier, calibration.brier_of_the_mean);
    match lang {
        Lang::En => format!(
            "{values} values, {wrong} wrong; calibration error {ece:.4}, Brier score {brier:.4} ({mean:.4} by the mean)"
        ),
        Lang::Zh => format!(
            "{values} 个值，错误 {wrong} 个；期望校准误差 {ece:.4}，Brier 分数 {brier:.4}（取均值为 {mean:.4}）"
        ),
    }
}

/// One line about the units of an efficiency.
pub(in super::super) fn efficiency_line(
    name: Word,
    (n_units, n_units_wrong): (u64, u64),
    (n_wrong, n_outside): (u64, u64),
    lang: Lang,
) -> String {
    let name = name.text(lang);
    match lang {
        Lang::En => format!(
            "{name}: {n_units}, {n_units_wrong} of them with errors; {n_wrong} wrong leaves in them, {n_outside} in none"
        ),
        Lang::Zh => format!(
            "{name}：{n_units} 个，其中 {n_units_wrong} 个有错；内含错误 {n_wrong} 处，另有 {n_outside} 处不在其中"
        ),
    }
}

/// What is written in the picture of a calibration.
pub(in super::super) fn calibration_labels(
    calibration: &Calibration,
    lang: Lang,
) -> CalibrationLabels {
    let [title, confidence, right, values, diagonal] = match lang {
        Lang::En => [
            "How often values of a stated confidence are right",
            "stated confidence (the scale widens towards 1)",
            "share of right values, 95 % interval",
            "values",
            "as stated",
        ],
        Lang::Zh => [
            "所报置信度与实际正确率",
            "所报置信度（越近 1 刻度越宽）",
            "实际正确率，95% 区间",
            "值的个数",
            "与所报一致",
        ],
    }
    .map(str::to_owned);
    CalibrationLabels {
        title,
        caption: calibration_caption(calibration, lang),
        confidence,
        right,
        values,
        diagonal,
    }
}

/// What is written in the picture of an efficiency; counts of units and of wrong leaves for forms, documents and places.
pub(in super::super) fn efficiency_labels(counts: [(u64, u64); 3], lang: Lang) -> EfficiencyLabels {
    let names = [Word::Forms, Word::Documents, Word::Places];
    let panel = |idx: usize| {
        let (name, (n_units, n_wrong)) = (names[idx].text(lang), counts[idx]);
        match lang {
            Lang::En => format!("{n_units} {name}, {n_wrong} wrong leaves"),
            Lang::Zh => format!("{n_units} 个{name}，错误 {n_wrong} 处"),
        }
    };
    let [title, looked_at, found, doubt, oracle, chance] = match lang {
        Lang::En => [
            "What a reviewer finds by looking first at what jixiao doubts",
            "looked at",
            "share of wrong leaves found",
            "in the order of doubt",
            "most errors first: no order finds more",
            "by chance",
        ],
        Lang::Zh => [
            "按疑点顺序复核所能发现的错误",
            "已复核的比例",
            "已发现的错误比例",
            "按疑点顺序",
            "错误最多者在先（上限）",
            "随机顺序",
        ],
    }
    .map(str::to_owned);
    EfficiencyLabels {
        title,
        panels: [panel(0), panel(1), panel(2)],
        looked_at,
        found,
        curves: [doubt, oracle, chance],
    }
}

/// A figure with four digits, or a dash.
pub(in super::super) fn figure(number: Option<f64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_what_to_do() {
        for lang in [Lang::En, Lang::Zh] {
            assert!(
                EvalMessage::NoConfidence
                    .text(lang)
                    .contains("--provenance")
            );
            assert!(
                EvalMessage::NoFiles("t.jsonl")
                    .text(lang)
                    .contains("--only")
            );
            let below = EvalMessage::BelowLeast {
                f1: Some(0.5),
                least: 0.9,
            };
            assert!(below.text(lang).contains("0.5000"));
        }
    }
}
