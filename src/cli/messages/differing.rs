//! What is said of two runs beside each other.

use super::Lang;
use crate::diff::{Cause, Class, Compared, FormRef};

/// A message of `diff`.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum DiffMessage<'a> {
    /// Not all differences were shown one by one.
    Shortened { n_shown: usize, n: u64 },
    /// How much was compared, and how many differences were found.
    Compared { compared: &'a Compared, n: u64 },
    /// Where a form stands in its document.
    Place { form: &'a FormRef },
}

impl DiffMessage<'_> {
    /// The message in a language.
    pub(in super::super) fn text(self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Shortened { n_shown, n }, Lang::En) => {
                format!(
                    "{n_shown} of {n} differences are shown one by one; --limit shows more, --format json all"
                )
            }
            (Self::Shortened { n_shown, n }, Lang::Zh) => {
                format!(
                    "共 {n} 处差异，逐条列出 {n_shown} 处；--limit 可列出更多，--format json 列出全部"
                )
            }
            (Self::Compared { compared, n }, Lang::En) => format!(
                "{n} differences; {} and {} forms compared, {} documents in both, {} documents unlike",
                compared.n_old, compared.n_new, compared.n_documents, compared.n_documents_unlike
            ),
            (Self::Compared { compared, n }, Lang::Zh) => format!(
                "差异 {n} 处；对比表单 {} 张与 {} 张，两边都有的文件 {} 个，有出入的文件 {} 个",
                compared.n_old, compared.n_new, compared.n_documents, compared.n_documents_unlike
            ),
            (Self::Place { form }, lang) => place(form, lang),
        }
    }
}

fn place(form: &FormRef, lang: Lang) -> String {
    let range = |(first, last): (u32, u32)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    match (form.pages, form.lines, lang) {
        (Some(pages), _, Lang::En) => format!("p. {}", range(pages)),
        (Some(pages), _, Lang::Zh) => format!("第 {} 页", range(pages)),
        (None, Some(lines), Lang::En) => format!("l. {}", range(lines)),
        (None, Some(lines), Lang::Zh) => format!("第 {} 行", range(lines)),
        (None, None, _) => String::new(),
    }
}

/// A word of the tables and the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Heading {
    Field,
    Family,
    Province,
    All,
    Class(Class),
    Cause(Cause),
    Old,
    New,
    Title,
    Causes,
}

impl Heading {
    /// The word in a language.
    pub(in super::super) fn text(self, lang: Lang) -> &'static str {
        let (en, zh) = match self {
            Self::Field => ("field", "字段"),
            Self::Family => ("family", "表单类型"),
            Self::Province => ("province", "省份"),
            Self::All => ("all", "合计"),
            Self::Class(Class::Value) => ("value", "取值"),
            Self::Class(Class::Format) => ("format", "写法"),
            Self::Class(Class::Provenance) => ("provenance", "出处"),
            Self::Class(Class::Added) => ("added", "新增"),
            Self::Class(Class::Removed) => ("removed", "缺失"),
            Self::Class(Class::Resegmented) => ("resegmented", "重新划分"),
            Self::Cause(Cause::Document) => ("document", "文件内容"),
            Self::Cause(Cause::Correction) => ("correction", "人工更正"),
            Self::Cause(Cause::Grammar) => ("grammar", "语法版本"),
            Self::Cause(Cause::Source) => ("source", "文字来源"),
            Self::Cause(Cause::Engine) => ("engine", "识别引擎"),
            Self::Cause(Cause::Version) => ("version", "程序版本"),
            Self::Old => ("old", "旧"),
            Self::New => ("new", "新"),
            Self::Title => ("Differences of two runs", "两次运行的差异"),
            Self::Causes => ("possible causes", "可能的原因"),
        };
        match lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }
}
