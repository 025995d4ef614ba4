//! What is said of corrections.

use super::super::correct::Replayed;
use super::{Lang, escape_controls};
use crate::correct::Conflict;

/// A message of commands that replay corrections.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum CorrectingMessage<'a> {
    /// The output would be the run itself.
    SameRun,
    /// What was redacted is not what was corrected.
    Redacted,
    /// What became of all corrections.
    Replayed(&'a Replayed),
    /// One could not be replayed.
    Conflict {
        path: &'a str,
        conflict: &'a Conflict,
    },
    /// A sample was written to a folder.
    SampleMade(&'a str),
    /// So many documents are not in the run.
    NotInRun(usize),
}

impl CorrectingMessage<'_> {
    /// The message in a language.
    pub(in super::super) fn text(self, lang: Lang) -> String {
        match lang {
            Lang::En => self.english(),
            Lang::Zh => self.chinese(),
        }
    }

    fn english(self) -> String {
        match self {
            Self::SameRun => "the corrected run goes into another directory than the run".to_owned(),
            Self::Redacted => {
                "the run is redacted, and corrections speak of what is printed: correct it first, redact it with export --redact"
                    .to_owned()
            }
            Self::Replayed(Replayed {
                n_applied,
                n_idle,
                n_conflicts,
                n_elsewhere,
            }) => format!(
                "{n_applied} corrections applied, {n_idle} needless, {n_conflicts} in conflict, {n_elsewhere} of documents that the run does not have"
            ),
            Self::Conflict { path, conflict } => {
                escape_controls(&format!("{path}: a correction was left out: {conflict}"))
            }
            Self::SampleMade(folder) => format!(
                "{folder} written; look whether the document may be kept there, and under which licence"
            ),
            Self::NotInRun(n) => format!("{n} corrected documents are not in the run"),
        }
    }

    fn chinese(self) -> String {
        match self {
            Self::SameRun => "更正后的结果须写入另一个目录".to_owned(),
            Self::Redacted => {
                "该结果已脱敏，而更正针对的是原文：请先更正，再用 export --redact 脱敏".to_owned()
            }
            Self::Replayed(Replayed {
                n_applied,
                n_idle,
                n_conflicts,
                n_elsewhere,
            }) => format!(
                "已应用更正 {n_applied} 条，无需更正 {n_idle} 条，冲突 {n_conflicts} 条，不属于本次结果的文件 {n_elsewhere} 条"
            ),
            Self::Conflict { path, conflict } => {
                escape_controls(&format!("{path}：一条更正未能应用：{conflict}"))
            }
            Self::SampleMade(folder) => {
                format!("已写入 {folder}；请确认该文件可否留存，以及适用何种许可")
            }
            Self::NotInRun(n) => format!("有 {n} 个已更正的文件不在该结果中"),
        }
    }
}
