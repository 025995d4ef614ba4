//! `jixiao explain`: what a code means.

use std::fmt::Write as _;

use super::args::ExplainArgs;
use super::messages::{Lang, Message, severity_text};
use super::{Exit, Failure, show};
use crate::model::Code;

/// Runs `explain`.
pub(super) fn explain(args: &ExplainArgs, lang: Lang) -> Result<Exit, Failure> {
    let Some(text) = &args.code else {
        return show(&list(lang));
    };
    match Code::find(text) {
        Some(code) => show(&page(code, lang)),
        None => {
            let wanted = text.to_ascii_lowercase();
            let is_alike = |name: &&str| {
                !wanted.is_empty() && shares_word(&name.to_ascii_lowercase(), &wanted)
            };
            let alike: Vec<&str> = Code::ALL
                .iter()
                .map(|code| code.name())
                .filter(is_alike)
                .collect();
            Err(Failure::said(
                Exit::Usage,
                Message::UnknownCode {
                    code: text,
                    alike: &alike,
                },
                lang,
            ))
        }
    }
}

/// Whether two names share a word (`weight` in `weight_sum`).
fn shares_word(name: &str, wanted: &str) -> bool {
    name.split('_')
        .any(|word| wanted.split(['_', '-', ' ']).any(|other| word == other))
}

/// One line for each code: number, severity, name, first sentence.
fn list(lang: Lang) -> String {
    let mut text = String::new();
    for code in Code::ALL {
        let summary = match lang {
            Lang::En => code
                .explanation()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
            Lang::Zh => code.summary_zh().to_owned(),
        };
        let severity = severity_text(code.severity(), lang);
        writeln!(
            text,
            "J{:03}  {:<8} {:<18} {summary}",
            code.number(),
            severity,
            code.name()
        )
        .expect("a string takes any text");
    }
    text
}

/// All that is known of a code.
fn page(code: Code, lang: Lang) -> String {
    let severity = severity_text(code.severity(), lang);
    let details = match lang {
        Lang::En => code.explanation(),
        Lang::Zh => code.explanation_zh(),
    };
    format!(
        "{} (J{:03}, {severity})\n\n{}\n",
        code.name(),
        code.number(),
        details.trim_end()
    )
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(code: Code, lang: Lang, expected: Expect) {
        expected.assert_eq(&page(code, lang));
    }

    #[test]
    fn a_page_says_what_why_and_what_to_do() {
        check(
            Code::WeightSum,
            Lang::En,
            expect![[r#"
            weight_sum (J502, warning)

            The weights do not come to their sum.

            # What it checks
            Weights of all rows: 100, or 100 less the execution weight.

            # Why
            A missing row or a wrong digit breaks the sum.

            # Example
            Rows come to 80, execution weight 10.

            # What to do
            Look for a missing row.
        "#]],
        );
        check(
            Code::EmptyFile,
            Lang::Zh,
            expect![[r#"
                EMPTY_FILE (J105, 错误)

                文件为空

                # 检查内容
                文件中是否有内容。

                # 原因
                空文件多半是下载失败，而不是文档。

                # 示例
                0 字节的 PDF。

                # 处理办法
                重新获取该文件。
            "#]],
        );
    }

    #[test]
    fn every_code_has_all_headings() {
        for code in Code::ALL {
            let english = ["# What it checks", "# Why", "# Example", "# What to do"];
            let chinese = ["# 检查内容", "# 原因", "# 示例", "# 处理办法"];
            for (lang, headings) in [(Lang::En, english), (Lang::Zh, chinese)] {
                let text = page(*code, lang);
                let lines: Vec<&str> = text.lines().collect();
                let found: Vec<&&str> = lines.iter().filter(|l| l.starts_with('#')).collect();
                assert_eq!(found, headings.iter().collect::<Vec<_>>(), "{code}");
                let is_bare = |pair: &[&str]| pair[0].starts_with('#') && pair[1].is_empty();
                assert!(!lines.windows(2).any(is_bare), "{code}");
            }
        }
    }

    #[test]
    fn every_code_has_its_line_in_the_list() {
        assert_eq!(list(Lang::En).lines().count(), Code::ALL.len());
        assert_eq!(list(Lang::Zh).lines().count(), Code::ALL.len());
    }

    #[test]
    fn codes_of_a_like_name_share_a_word() {
        assert!(shares_word("weight_sum", "weights_sum") && !shares_word("weight_sum", "amount"));
    }
}
