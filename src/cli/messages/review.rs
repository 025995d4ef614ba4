//! What is said of reviews.

use super::{Lang, escape_controls};

/// A message of `review`.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "a build has the page or says that it has none")
)]
pub(in super::super) enum ReviewMessage<'a> {
    /// This build has no page.
    LeftOut,
    /// The page is served.
    Serving { address: &'a str, n: u32 },
    /// The page was written into a file.
    Exported { n: u32, place: &'a str },
}

impl ReviewMessage<'_> {
    /// The message in a language.
    pub(in super::super) fn text(self, lang: Lang) -> String {
        escape_controls(&match lang {
            Lang::En => self.english(),
            Lang::Zh => self.chinese(),
        })
    }

    fn english(self) -> String {
        match self {
            Self::LeftOut => {
                "this build of jixiao has no page for review: build it with --features review"
                    .to_owned()
            }
            Self::Serving { address, n } => {
                format!(
                    "{n} forms to look at; open {address} in a browser of this machine, Ctrl-C ends it"
                )
            }
            Self::Exported { n, place } => format!("{place}: {n} forms"),
        }
    }

    fn chinese(self) -> String {
        match self {
            Self::LeftOut => {
                "本程序编译时未包含核对页面；请以 --features review 重新编译".to_owned()
            }
            Self::Serving { address, n } => {
                format!("待核对表单 {n} 张；请在本机浏览器中打开 {address} ，按 Ctrl-C 结束")
            }
            Self::Exported { n, place } => format!("{place}：{n} 张表单"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_what_to_do() {
        for lang in [Lang::En, Lang::Zh] {
            assert!(
                ReviewMessage::LeftOut
                    .text(lang)
                    .contains("--features review")
            );
            let serving = ReviewMessage::Serving {
                address: "http://127.0.0.1:1/",
                n: 3,
            };
            assert!(serving.text(lang).contains("http://127.0.0.1:1/ "));
        }
    }
}
