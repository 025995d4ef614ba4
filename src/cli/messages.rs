//! What is said on standard error, in English and in Chinese.

pub(super) mod correcting;
pub(super) mod differing;
mod doctor;
mod escape;
pub(super) mod eval;
mod progress;
pub(super) mod review;
pub(super) mod sampling;
pub(super) mod stores;

use std::env;
use std::fmt::Write as _;

use clap::ValueEnum;

use super::progress::Facts;
use crate::batch::Differs;
use crate::emit::summary::Summary;
use crate::export::Exported;
use crate::model::{Code, Severity};
use crate::pipeline::models::State;

pub(super) use doctor::Advice;
pub(super) use escape::{escape_controls, is_hidden};

/// Language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// The language of the locale: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides.
    #[must_use]
    pub fn from_environment() -> Self {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        Self::from_locale(
            names
                .iter()
                .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty())),
        )
    }

    fn from_locale(locale: Option<String>) -> Self {
        if locale.is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh")) {
            Self::Zh
        } else {
            Self::En
        }
    }
}

/// Something to say.
#[derive(Debug, Clone, Copy)]
pub(super) enum Message<'a> {
    /// A document that needs attention.
    Trouble(Trouble<'a>),
    /// End of a run.
    Summary(&'a Summary),
    /// How far a run has come.
    Progress(&'a Facts),
    /// There was nothing to read.
    NoInputs,
    /// An output is there already.
    OutputExists(&'a str),
    /// A run is taken up.
    Resumed { n_done: usize, n_inputs: usize },
    /// A run ended before all was done: it was told to, or too many documents failed.
    Ended {
        n_done: u64,
        n_failed: Option<u64>,
        can_be_taken_up: bool,
    },
    /// The run directory holds a run of another kind that has not ended.
    AnotherRun { path: &'a str, differs: Differs },
    /// Another run writes into the run directory.
    RunLocked(&'a str),
    /// An output is of the wrong kind.
    OutputKind(&'a str),
    /// Two outputs would be one file.
    OutputTwice(&'a str),
    /// An output cannot be written.
    OutputFailed { path: &'a str, reason: &'a str },
    /// A code that does not exist, with codes of a like name.
    UnknownCode { code: &'a str, alike: &'a [&'a str] },
    /// A command that does not exist.
    UnknownCommand(&'a str),
    /// A folder that is no run that has ended.
    NoRun(&'a str),
    /// A run was exported.
    Exported {
        place: &'a str,
        exported: &'a Exported,
    },
    /// Only files of Parquet are parted.
    OnlyParquetIsParted,
    /// Tables are made in a run directory.
    TablesNeedRun,
    /// What a worker says of itself.
    Beat { n_answered: u64, n_in_hand: usize },
    /// Grammars are in order.
    GrammarsFit(usize),
    /// Examples of specifications were run.
    Specifications { n_passed: usize, n_failed: usize },
    /// All models are in place, in this folder.
    ModelsInstalled(&'a str),
    /// Models that were not found where they were to come from.
    ModelsMissing(&'a str),
    /// Models were removed.
    ModelsRemoved(usize),
    /// How a model stands.
    ModelState(State),
    /// Who was asked for a second opinion cannot be had.
    NoSecondOpinion(&'a str),
    /// What `doctor` found.
    Doctor(Advice<'a>),
    /// Something failed, for a reason that is said in its own words already.
    Failed(&'a str),
}

/// What is wrong with a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trouble<'a> {
    /// Its path.
    pub(super) path: &'a str,
    /// Where the form stands that it is about; `None` where it is about the document.
    pub(super) form: Option<FormPlace>,
    /// Its first error.
    pub(super) code: Code,
    /// What was found.
    pub(super) message: &'a str,
    /// Errors beside the first.
    pub(super) n_more: usize,
}

/// Where a form stands in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormPlace {
    /// On this page, from 1.
    Page(u32),
    /// On this line, from 1.
    Line(u32),
}

impl Message<'_> {
    /// The text, without a line end; control characters of paths and reasons are escaped.
    pub(super) fn text(&self, lang: Lang) -> String {
        let text = match lang {
            Lang::En => self.english(),
            Lang::Zh => self.chinese(),
        };
        escape_controls(&text)
    }

    fn english(&self) -> String {
        match self {
            Self::Trouble(trouble) => {
                let Trouble {
                    path,
                    code,
                    message,
                    ..
                } = trouble;
                let form = match trouble.form {
                    None => String::new(),
                    Some(FormPlace::Page(page)) => format!(" form on page {page}:"),
                    Some(FormPlace::Line(line)) => format!(" form on line {line}:"),
                };
                let more = match trouble.n_more {
                    0 => String::new(),
                    n_more => format!(", and {n_more} more"),
                };
                format!("{path}:{form} {code}: {message}{more}; see `jixiao explain {code}`")
            }
            Self::Summary(summary) => {
                let mut text = counted(summary.documents, "document");
                write_counts(&mut text, ": ", summary.statuses.iter(), ", ");
                let (forms, rows) = (
                    counted(summary.forms, "form"),
                    counted(summary.indicators, "indicator"),
                );
                write_infallibly(&mut text, format_args!("; {forms}, {rows}"));
                write_counts(&mut text, "\nfindings: ", summary.codes.iter(), ", ");
                write_counts(
                    &mut text,
                    "\nfailed checks: ",
                    summary.failed_checks.iter(),
                    ", ",
                );
                text
            }
            Self::Progress(facts) => progress::english(facts),
            Self::NoInputs => "there is nothing to read".to_owned(),
            Self::OutputExists(path) => {
                format!("{path} is there already; choose another name, or replace it with --force")
            }
            Self::Resumed { n_done, n_inputs } => {
                format!("taking up the run: {n_done} of {n_inputs} inputs are done")
            }
            Self::Ended {
                n_done,
                n_failed,
                can_be_taken_up,
            } => {
                let why = match n_failed {
                    Some(n) => format!("too many documents have failed ({n})"),
                    None => "told to end".to_owned(),
                };
                let then = if *can_be_taken_up {
                    "the same command takes the run up"
                } else {
                    "only a run into a directory can be taken up"
                };
                format!("{why}, after {n_done} documents; {then}")
            }
            Self::AnotherRun { path, differs } => format!(
                "{path} holds a run that has not ended, with {differs}; choose another name, or begin anew with --force"
            ),
            Self::RunLocked(path) => format!("another run is writing into {path}"),
            Self::OutputKind(path) => {
                format!(
                    "{path}: a folder stands where a file is to be written, or a file where a folder; choose another name"
                )
            }
            Self::OutputTwice(path) => {
                format!("{path} is named for two outputs; give each its own name")
            }
            Self::OutputFailed { path, reason } => {
                format!(
                    "cannot write {path}: {reason}; free some space or choose another place, then run again"
                )
            }
            Self::UnknownCode { code, alike } => {
                let alike = if alike.is_empty() {
                    String::new()
                } else {
                    format!(" (perhaps {})", alike.join(", "))
                };
                format!("there is no code {code}{alike}; `jixiao explain --list` lists them")
            }
            Self::UnknownCommand(name) => format!("there is no command {name}; see `jixiao help`"),
            Self::OnlyParquetIsParted => "--partition-by is for --to parquet".to_owned(),
            Self::TablesNeedRun => {
                "--to makes tables in a run directory: name one with -o RUN".to_owned()
            }
            Self::Beat {
                n_answered,
                n_in_hand,
            } => format!("answered {n_answered}, in hand {n_in_hand}"),
            Self::NoRun(path) => format!(
                "{path} is no run that has ended: a folder that `jixiao extract … -o {path}` has written; without -o RUN there is none"
            ),
            Self::Exported { place, exported } => {
                let unfit = match exported.n_unfit {
                    0 => String::new(),
                    n => format!("; {n} decimals did not fit and are diagnostics (decimal_unfit)"),
                };
                format!("{place}{}{unfit}", row_counts(exported, "no rows"))
            }
            Self::GrammarsFit(n) => format!("{n} grammars are in order"),
            Self::Specifications { n_passed, n_failed } => {
                format!("{n_passed} examples pass, {n_failed} fail")
            }
            Self::ModelsInstalled(place) => format!("the models are in {place}"),
            Self::ModelsMissing(names) => {
                format!("still missing: {names}; install from another place too, or without --from")
            }
            Self::ModelsRemoved(n) => format!("{n} files removed"),
            Self::ModelState(state) => match state {
                State::Good => "in order".to_owned(),
                State::Missing => "missing; run `jixiao models install`".to_owned(),
                State::OtherSize(bytes) => {
                    format!("has {bytes} bytes, not those of the lock; install it again")
                }
                State::OtherBytes => {
                    "is another file than that of the lock; install it again".to_owned()
                }
                State::Unreadable(kind) => format!("cannot be read: {kind}"),
            },
            Self::NoSecondOpinion(reason) => format!("no second opinion can be had: {reason}"),
            Self::Doctor(advice) => advice.english(),
            Self::Failed(reason) => (*reason).to_owned(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Trouble(trouble) => {
                let Trouble {
                    path,
                    code,
                    message,
                    ..
                } = trouble;
                let form = match trouble.form {
                    None => String::new(),
                    Some(FormPlace::Page(page)) => format!("第 {page} 页的表单："),
                    Some(FormPlace::Line(line)) => format!("第 {line} 行的表单："),
                };
                let more = match trouble.n_more {
                    0 => String::new(),
                    n_more => format!("，另有 {n_more} 处"),
                };
                let summary = code.summary_zh();
                format!(
                    "{path}: {form}{code}：{summary}（{message}）{more}；说明见 `jixiao explain {code}`"
                )
            }
            Self::Summary(summary) => {
                let mut text = format!("共 {} 个文件", summary.documents);
                let statuses = summary
                    .statuses
                    .iter()
                    .map(|(status, n)| (status_zh(status), n));
                write_counts(&mut text, "：", statuses, "，");
                write_infallibly(
                    &mut text,
                    format_args!("；{} 张表单，{} 条指标", summary.forms, summary.indicators),
                );
                write_counts(&mut text, "\n发现问题：", summary.codes.iter(), "，");
                write_counts(
                    &mut text,
                    "\n校验不符：",
                    summary.failed_checks.iter(),
                    "，",
                );
                text
            }
            Self::Progress(facts) => progress::chinese(facts),
            Self::NoInputs => "没有可读取的文件".to_owned(),
            Self::OutputExists(path) => format!("{path} 已存在；请换一个名称，或用 --force 覆盖"),
            Self::Resumed { n_done, n_inputs } => {
                format!("继续上次运行：{n_inputs} 个输入中已完成 {n_done} 个")
            }
            Self::Ended {
                n_done,
                n_failed,
                can_be_taken_up,
            } => {
                let why = match n_failed {
                    Some(n) => format!("失败的文件过多（{n} 个）"),
                    None => "已按要求中止".to_owned(),
                };
                let then = if *can_be_taken_up {
                    "再次执行同一命令即可继续"
                } else {
                    "只有写入结果文件夹的运行可以继续"
                };
                format!("{why}，已完成 {n_done} 个文件；{then}")
            }
            Self::AnotherRun { path, differs } => {
                let differs = match differs {
                    Differs::Version => "版本不同",
                    Differs::Settings => "设置不同",
                    Differs::Inputs => "输入文件不同",
                };
                format!(
                    "{path} 中有一次未完成的运行（{differs}）；请换一个名称，或用 --force 重新开始"
                )
            }
            Self::RunLocked(path) => format!("另一次运行正在写入 {path}"),
            Self::OutputKind(path) => {
                format!("{path}：该位置已有同名文件或文件夹，类型不符；请换一个名称")
            }
            Self::OutputTwice(path) => format!("{path} 被指定为两个输出；请分别命名"),
            Self::OutputFailed { path, reason } => {
                format!("无法写入 {path}：{reason}；请腾出空间或换一个位置后重试")
            }
            Self::UnknownCode { code, alike } => {
                let alike = if alike.is_empty() {
                    String::new()
                } else {
                    format!("（是否指 {}）", alike.join("、"))
                };
                format!("没有代码 {code}{alike}；全部代码见 `jixiao explain --list`")
            }
            Self::UnknownCommand(name) => format!("没有命令 {name}；见 `jixiao help`"),
            Self::OnlyParquetIsParted => "--partition-by 只用于 --to parquet".to_owned(),
            Self::TablesNeedRun => "--to 在运行目录中生成数据表：请用 -o RUN 指定".to_owned(),
            Self::Beat {
                n_answered,
                n_in_hand,
            } => format!("已答 {n_answered}，处理中 {n_in_hand}"),
            Self::NoRun(path) => {
                format!("{path} 不是已完成的运行目录：应为 `jixiao extract … -o {path}` 写出的目录")
            }
            Self::Exported { place, exported } => {
                let unfit = match exported.n_unfit {
                    0 => String::new(),
                    n => format!("；{n} 个数值超出范围，已列为诊断（decimal_unfit）"),
                };
                format!("{place}{}{unfit}", row_counts(exported, "无数据行"))
            }
            Self::GrammarsFit(n) => format!("{n} 个语法文件均无误"),
            Self::Specifications { n_passed, n_failed } => {
                format!("示例通过 {n_passed} 个，未通过 {n_failed} 个")
            }
            Self::ModelsInstalled(place) => format!("模型已就绪：{place}"),
            Self::ModelsMissing(names) => {
                format!("仍缺少 {names}；请再从其他位置安装，或不带 --from 安装")
            }
            Self::ModelsRemoved(n) => format!("已删除 {n} 个文件"),
            Self::ModelState(state) => match state {
                State::Good => "正常".to_owned(),
                State::Missing => "缺失；请运行 `jixiao models install`".to_owned(),
                State::OtherSize(bytes) => {
                    format!("大小为 {bytes} 字节，与锁定文件不符；请重新安装")
                }
                State::OtherBytes => "内容与锁定文件不符；请重新安装".to_owned(),
                State::Unreadable(kind) => format!("无法读取：{kind}"),
            },
            Self::NoSecondOpinion(reason) => format!("无法取得第二意见：{reason}"),
            Self::Doctor(advice) => advice.chinese(),
            Self::Failed(reason) => (*reason).to_owned(),
        }
    }
}

/// Severity for reading.
pub(super) fn severity_text(severity: Severity, lang: Lang) -> &'static str {
    match (lang, severity) {
        (Lang::En, severity) => severity.as_str(),
        (Lang::Zh, Severity::Info) => "提示",
        (Lang::Zh, Severity::Warning) => "警告",
        (Lang::Zh, Severity::Error) => "错误",
    }
}

fn status_zh(status: &str) -> &str {
    match status {
        "ok" => "正常",
        "partial" => "部分有误",
        "no_form" => "无表单",
        "failed" => "失败",
        "skipped" => "略过",
        other => other,
    }
}

/// `1 form`, `2 forms`.
fn counted(n: u64, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// `prefix` and `name count` pairs, largest count first; nothing where there are none.
fn write_counts<N: AsRef<str> + Ord>(
    text: &mut String,
    prefix: &str,
    counts: impl Iterator<Item = (N, impl std::borrow::Borrow<u64>)>,
    separator: &str,
) {
    let mut counts: Vec<(N, u64)> = counts.map(|(name, n)| (name, *n.borrow())).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (idx, (name, n)) in counts.iter().enumerate() {
        let before = if idx == 0 { prefix } else { separator };
        write_infallibly(text, format_args!("{before}{} {n}", name.as_ref()));
    }
}

fn write_infallibly(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a string takes any text");
}

/// Tables with how many rows each has, those without rows left out.
fn row_counts(exported: &Exported, none: &str) -> String {
    let counted = exported.n_rows.iter().filter(|(_, n)| *n > 0);
    let counts: Vec<String> = counted.map(|(name, n)| format!("{name} {n}")).collect();
    match (exported.n_rows.as_slice(), counts.as_slice()) {
        // No table was written.
        ([], _) => String::new(),
        (_, []) => format!(": {none}"),
        _ => format!(": {}", counts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::emit::ledger::unread_line;
    use crate::model::Diagnostic;

    fn check(message: Message<'_>, expected: Expect) {
        expected.assert_eq(&format!(
            "{}\n{}",
            message.text(Lang::En),
            message.text(Lang::Zh)
        ));
    }

    #[test]
    fn a_trouble_says_where_what_and_what_to_do() {
        let trouble = Trouble {
            path: "a/表.pdf",
            form: None,
            code: Code::NeedsOcr,
            message: "page 3 is a scan",
            n_more: 1,
        };
        check(
            Message::Trouble(trouble),
            expect![[r#"
                a/表.pdf: NEEDS_OCR: page 3 is a scan, and 1 more; see `jixiao explain NEEDS_OCR`
                a/表.pdf: NEEDS_OCR：页面为扫描件，需要 OCR 识别（page 3 is a scan），另有 1 处；说明见 `jixiao explain NEEDS_OCR`"#]],
        );
    }

    #[test]
    fn a_trouble_of_a_form_says_where_the_form_stands() {
        let trouble = |form| Trouble {
            path: "a",
            form: Some(form),
            code: Code::BadNumber,
            message: "expected a number, got \"x\"",
            n_more: 0,
        };
        check(
            Message::Trouble(trouble(FormPlace::Page(2))),
            expect![[r#"
                a: form on page 2: bad_number: expected a number, got "x"; see `jixiao explain bad_number`
                a: 第 2 页的表单：bad_number：应为数值，实际无法解读（expected a number, got "x"）；说明见 `jixiao explain bad_number`"#]],
        );
        check(
            Message::Trouble(trouble(FormPlace::Line(7))),
            expect![[r#"
                a: form on line 7: bad_number: expected a number, got "x"; see `jixiao explain bad_number`
                a: 第 7 行的表单：bad_number：应为数值，实际无法解读（expected a number, got "x"）；说明见 `jixiao explain bad_number`"#]],
        );
    }

    #[test]
    fn a_summary_counts_what_is_most_first() {
        let mut summary = Summary::default();
        for code in [Code::EmptyFile, Code::WrongType, Code::WrongType] {
            summary.add(&unread_line("a", Diagnostic::new(code, "", "m")), &[]);
        }
        check(
            Message::Summary(&summary),
            expect![[r#"
                3 documents: skipped 2, failed 1; 0 forms, 0 indicators
                findings: WRONG_TYPE 2, EMPTY_FILE 1
                共 3 个文件：略过 2，失败 1；0 张表单，0 条指标
                发现问题：WRONG_TYPE 2，EMPTY_FILE 1"#]],
        );
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        check(
            Message::OutputExists("a\u{1b}[2J\u{202e}\tb"),
            expect![[r#"
                a\u{1b}[2J\u{202e}\u{9}b is there already; choose another name, or replace it with --force
                a\u{1b}[2J\u{202e}\u{9}b 已存在；请换一个名称，或用 --force 覆盖"#]],
        );
    }

    #[test]
    fn a_model_that_is_missing_says_what_to_do() {
        check(
            Message::ModelState(State::Missing),
            expect![[r#"
                missing; run `jixiao models install`
                缺失；请运行 `jixiao models install`"#]],
        );
    }

    #[test]
    fn a_second_opinion_that_cannot_be_had_says_why() {
        check(
            Message::NoSecondOpinion("it is not installed"),
            expect![[r#"
                no second opinion can be had: it is not installed
                无法取得第二意见：it is not installed"#]],
        );
    }

    #[test]
    fn the_locale_decides() {
        let lang = |locale: &str| Lang::from_locale(Some(locale.to_owned()));
        assert_eq!(
            [lang("zh_CN.UTF-8"), lang("ZH"), lang("C"), lang("en_GB")],
            [Lang::Zh, Lang::Zh, Lang::En, Lang::En]
        );
        assert_eq!(Lang::from_locale(None), Lang::En);
    }
}
