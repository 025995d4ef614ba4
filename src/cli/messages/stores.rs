//! What is said of stores.

use super::Lang;

/// A message of commands that read or write objects.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum StoreMessage<'a> {
    /// This build has no stores.
    LeftOut,
    /// What was made could not be sent; of a run, where it is kept.
    NotSent {
        place: &'a str,
        reason: &'a str,
        kept: Option<&'a str>,
    },
    /// The ledger alone goes to no store.
    Ledger,
}

impl StoreMessage<'_> {
    /// The message in a language.
    pub(in super::super) fn text(self, lang: Lang) -> String {
        match lang {
            Lang::En => self.english(),
            Lang::Zh => self.chinese(),
        }
    }

    fn english(self) -> String {
        match self {
            Self::LeftOut => {
                "this build of jixiao reads and writes no s3://: build it with --features s3"
                    .to_owned()
            }
            Self::NotSent {
                place,
                reason,
                kept,
            } => match kept {
                Some(kept) => format!(
                    "cannot write {place}: {reason}; what was read is kept in {kept}, and the same command sends it"
                ),
                None => format!("cannot write {place}: {reason}; the same command tries again"),
            },
            Self::Ledger => {
                "--ledger takes a file of this machine; a run at s3:// has its ledger all the same"
                    .to_owned()
            }
        }
    }

    fn chinese(self) -> String {
        match self {
            Self::LeftOut => "本程序编译时未包含 s3://；请以 --features s3 重新编译".to_owned(),
            Self::NotSent {
                place,
                reason,
                kept,
            } => match kept {
                Some(kept) => format!(
                    "无法写入 {place}：{reason}；已读的结果保存在 {kept}，再次执行同一命令即可发送"
                ),
                None => format!("无法写入 {place}：{reason}；再次执行同一命令即可重试"),
            },
            Self::Ledger => "--ledger 只能是本机文件；写到 s3:// 的运行本身已含台账".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_what_to_do() {
        for lang in [Lang::En, Lang::Zh] {
            assert!(StoreMessage::LeftOut.text(lang).contains("--features s3"));
            assert!(StoreMessage::Ledger.text(lang).contains("--ledger"));
            let message = StoreMessage::NotSent {
                place: "s3://b/run",
                reason: "r",
                kept: Some("k"),
            };
            assert!(message.text(lang).contains("s3://b/run"));
        }
    }
}
