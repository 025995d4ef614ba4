//! What is to be read: files, folders, patterns and lists become a list of inputs in a fixed order.
//!
//! Nothing that was named is lost: what cannot be read becomes an input with a fault, which leaves its line in the
//! ledger like any other.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use super::encode::{path_to_base64, path_to_name};
use crate::model::member::Member;
use crate::model::{Code, Diagnostic};

/// One input. It leaves exactly one line in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Where to find it, or the archive that it is a member of.
    pub path: PathBuf,
    /// Where it lies in that archive; `None` where it is a file of its own.
    pub member: Option<Member>,
    /// As it stands in records: as given, `/` separators; that of a member after the archive's and `!/`.
    pub name: String,
    /// The path's bytes in base64, where they are not UTF-8.
    pub name_base64: Option<String>,
    /// Why it is not to be read.
    pub fault: Option<Diagnostic>,
}

impl Input {
    /// A file of its own.
    #[must_use]
    pub fn new(path: &Path, fault: Option<Diagnostic>) -> Self {
        Self {
            path: path.to_owned(),
            member: None,
            name: path_to_name(path),
            name_base64: path_to_base64(path),
            fault,
        }
    }
}

/// A list of paths could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the list of files {path}", path = .path.display())]
pub struct ListError {
    /// The list; `-` for standard input.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Endings of files that a walk leaves aside: data, configuration and source code, which may quote a form and are none.
const SKIPPED_ENDINGS: &[&str] = &[
    "c", "css", "h", "java", "js", "json", "jsonl", "lock", "log", "ndjson", "part", "py", "rs",
    "sh", "sql", "tmp", "toml", "ts", "xml", "yaml", "yml",
];

/// How inputs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListParams {
    /// Whether links in folders are followed; one that leads back into itself ends there.
    pub follow: bool,
    /// Whether a list is separated by NUL bytes, though it may hold none.
    pub by_nul: bool,
}

/// What lists paths that are none of this machine.
type Elsewhere<'a> = &'a dyn Fn(&Path) -> Option<Vec<Input>>;

/// Lists inputs: `paths` in their order, then those of the list `files_from` (`-` for standard input).
///
/// `elsewhere` lists what a path stands for that is none of this machine, and says `None` of any other.
///
/// The files of a folder are sorted by the bytes of their paths. A path that does not exist and holds `*`, `?`, `[` or `{` is a pattern.
/// A list has one path a line, or is separated by NUL bytes if it holds any; its entries are paths or folders, never patterns.
///
/// # Errors
/// Where the list itself cannot be read. Whatever is wrong with a path is said in its [`Input::fault`].
pub fn list_inputs(
    paths: &[PathBuf],
    files_from: Option<&Path>,
    params: ListParams,
    elsewhere: Elsewhere<'_>,
) -> Result<Vec<Input>, ListError> {
    let mut inputs = Vec::new();
    for path in paths {
        if let Some(found) = elsewhere(path) {
            inputs.extend(found);
        } else if fs::symlink_metadata(path).is_err() && is_pattern(path) {
            match_pattern(path, params, &mut inputs);
        } else {
            add_path(path, params, &mut inputs);
        }
    }
    if let Some(list) = files_from {
        let bytes = read_list(list).map_err(|source| ListError {
            path: list.to_owned(),
            source,
        })?;
        for path in split_list(&bytes, params.by_nul) {
            match elsewhere(&path) {
                Some(found) => inputs.extend(found),
                None => add_path(&path, params, &mut inputs),
            }
        }
    }
    Ok(inputs)
}

fn read_list(list: &Path) -> io::Result<Vec<u8>> {
    if list == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(list)
}

/// Paths of a list: separated by NUL if that is said or there is any, else by line ends; empty ones are none.
fn split_list(bytes: &[u8], by_nul: bool) -> Vec<PathBuf> {
    let separator = if by_nul || bytes.contains(&0) {
        0
    } else {
        b'\n'
    };
    let trim = |entry: &'_ [u8]| -> Vec<u8> {
        let entry = if separator == 0 {
            entry
        } else {
            entry.strip_suffix(b"\r").unwrap_or(entry)
        };
        entry.to_vec()
    };
    bytes
        .split(|byte| *byte == separator)
        .map(trim)
        .filter(|entry| !entry.is_empty())
        .map(bytes_to_path)
        .collect()
}

#[cfg(unix)]
fn bytes_to_path(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(not(unix))]
fn bytes_to_path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A path that the user named: a link is followed, a folder walked, a name of any kind read.
fn add_path(path: &Path, params: ListParams, inputs: &mut Vec<Input>) {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => walk(path, usize::MAX, params, inputs),
        Ok(metadata) if metadata.is_file() => inputs.push(Input::new(path, None)),
        Ok(_) => inputs.push(Input::new(path, Some(not_regular()))),
        Err(error) => inputs.push(Input::new(path, Some(io_fault(&error)))),
    }
}

/// Everything in a folder down to `max_depth` (1: its own files), sorted by the bytes of the paths; links and odd
/// names are named and left aside.
fn walk(folder: &Path, max_depth: usize, params: ListParams, inputs: &mut Vec<Input>) {
    let mut found = Vec::new();
    let mut entries = WalkDir::new(folder)
        .max_depth(max_depth)
        .follow_links(params.follow)
        .into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.depth() == 0 => {}
            Ok(entry) => {
                let kind = entry.file_type();
                if kind.is_dir() {
                    if is_hidden(entry.path()) {
                        entries.skip_current_dir();
                        found.push(Input::new(
                            entry.path(),
                            Some(skipped_name("a hidden folder, not walked")),
                        ));
                    }
                    continue;
                }
                found.push(Input::new(entry.path(), walk_fault(entry.path(), kind)));
            }
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let fault = match error.io_error() {
                    Some(error) => io_fault(error),
                    None => {
                        Diagnostic::new(Code::SkipSymlink, "", "the folder leads back into itself")
                    }
                };
                found.push(Input::new(&path, Some(fault)));
            }
        }
    }
    found.sort_by(|a, b| {
        a.path
            .as_os_str()
            .as_encoded_bytes()
            .cmp(b.path.as_os_str().as_encoded_bytes())
    });
    inputs.append(&mut found);
}

/// Why an entry of a folder is left aside; `None` where it is to be read.
fn walk_fault(path: &Path, kind: fs::FileType) -> Option<Diagnostic> {
    if kind.is_symlink() {
        return Some(Diagnostic::new(
            Code::SkipSymlink,
            "",
            "a link in a folder is not followed; name it to read it, or give --follow",
        ));
    }
    if !kind.is_file() {
        return Some(not_regular());
    }
    name_fault(path)
}

/// Why a file of this name is left aside where it was not named itself; `None` where it is to be read.
#[must_use]
pub fn name_fault(path: &Path) -> Option<Diagnostic> {
    if is_hidden(path) {
        return Some(skipped_name("a hidden file; name it to read it"));
    }
    ending_fault(path)
}

/// Why a file whose name ends so is left aside; `None` where it is to be read.
pub(super) fn ending_fault(path: &Path) -> Option<Diagnostic> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending
        .filter(|ending| SKIPPED_ENDINGS.contains(&ending.as_str()))
        .map(|ending| {
            skipped_name(&format!(
                "by its ending .{ending} no document; name it to read it"
            ))
        })
}

/// Whether a file is a short plain text by its name and its first bytes: reading it can neither take long nor much memory.
#[must_use]
pub fn is_small_text(input: &Input) -> bool {
    /// Largest that is small, bytes.
    const SMALL: u64 = 1 << 20;
    /// First bytes that are looked at.
    const HEAD: u64 = 1024;
    const ENDINGS: &[&str] = &["txt", "tsv", "csv", "md"];
    let path = &input.path;
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let is_named_so = ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()));
    let is_small = || fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() <= SMALL);
    let is_text = || {
        let mut head = Vec::new();
        let read = fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        // Of UTF-16 every second byte is 0, and that is read in a process of its own, too.
        read.is_ok() && !head.contains(&0) && !head.windows(5).any(|five| five == b"%PDF-")
    };
    input.member.is_none() && is_named_so && is_small() && is_text()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn is_pattern(path: &Path) -> bool {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .any(|byte| b"*?[{".contains(byte))
}

/// All files that fit a pattern, sorted; `*` stops at `/`, `**` does not. One that fits nothing is a missing path.
fn match_pattern(pattern: &Path, params: ListParams, inputs: &mut Vec<Input>) {
    let no_match = |message: String| {
        Input::new(
            pattern,
            Some(Diagnostic::new(Code::IoNotFound, "", message)),
        )
    };
    let matcher = match GlobBuilder::new(&path_to_name(pattern))
        .literal_separator(true)
        .build()
    {
        Ok(glob) => glob.compile_matcher(),
        Err(error) => return inputs.push(no_match(error.to_string())),
    };
    // The walk starts where the pattern's fixed part ends; `./` stands before what has no fixed part and is taken off.
    let is_fixed = |component: &Component| !is_pattern(Path::new(component.as_os_str()));
    let base: PathBuf = pattern.components().take_while(is_fixed).collect();
    let has_base = !base.as_os_str().is_empty();
    let mut found = Vec::new();
    let max_depth = match pattern
        .components()
        .skip_while(is_fixed)
        .collect::<PathBuf>()
    {
        rest if path_to_name(&rest).contains("**") => usize::MAX,
        rest => rest.components().count(),
    };
    walk(
        if has_base { &base } else { Path::new(".") },
        max_depth,
        params,
        &mut found,
    );
    if !has_base {
        for entry in &mut found {
            let path = entry
                .path
                .strip_prefix(".")
                .unwrap_or(&entry.path)
                .to_owned();
            *entry = Input::new(&path, entry.fault.take());
        }
    }
    // As in a shell, `*` does not stand for the dot of a hidden name.
    let wants_hidden = pattern
        .components()
        .any(|c| c.as_os_str().as_encoded_bytes().starts_with(b".") && !is_fixed(&c));
    let fits =
        |entry: &Input| matcher.is_match(&entry.path) && (wants_hidden || !is_hidden(&entry.path));
    let n_before = inputs.len();
    inputs.extend(
        found
            .into_iter()
            .filter(fits)
            .map(|entry| match entry.fault {
                // The pattern names the file, so that its name cannot be held against it.
                Some(fault) if fault.code == Code::SkipExt && entry.path.is_file() => {
                    Input::new(&entry.path, None)
                }
                fault => Input::new(&entry.path, fault),
            }),
    );
    if inputs.len() == n_before {
        inputs.push(no_match("no file fits this pattern".to_owned()));
    }
}

fn not_regular() -> Diagnostic {
    Diagnostic::new(
        Code::NotRegular,
        "",
        "a pipe, socket or device, not a file of bytes",
    )
}

pub(super) fn skipped_name(message: &str) -> Diagnostic {
    Diagnostic::new(Code::SkipExt, "", message)
}

/// What is said of an input where the system, or a store, refuses it.
#[must_use]
pub fn io_fault(error: &io::Error) -> Diagnostic {
    let code = match error.kind() {
        io::ErrorKind::FileTooLarge => Code::LimitSize,
        io::ErrorKind::Unsupported => Code::Unsupported,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Code::IoNotFound,
        io::ErrorKind::PermissionDenied => Code::IoPerm,
        _ => Code::IoRead,
    };
    Diagnostic::new(code, "", error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};

    use super::*;

    /// A folder with files of all kinds that a walk meets.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.pdf",
            "a/z.txt",
            "a.txt",
            "out/forms.jsonl",
            ".git/config",
            ".hidden.txt",
            "a/无后缀",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(".", folder.path().join("loop")).unwrap();
        folder
    }

    fn check(folder: &Path, paths: &[&str], expected: Expect) {
        let paths: Vec<PathBuf> = paths.iter().map(|path| folder.join(path)).collect();
        let root = format!("{}/", path_to_name(folder));
        let mut text = String::new();
        for input in list_inputs(&paths, None, ListParams::default(), &|_| None).unwrap() {
            let code = input.fault.map_or("", |fault| fault.code.name());
            writeln!(text, "{} {code}", input.name.replacen(&root, "", 1)).unwrap();
        }
        let text: Vec<&str> = text.lines().map(str::trim_end).collect();
        expected.assert_eq(&text.join("\n"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_walked_in_the_order_of_bytes_and_nothing_is_lost() {
        check(
            folder().path(),
            &[""],
            expect![[r#"
            .git SKIP_EXT
            .hidden.txt SKIP_EXT
            a.txt
            a/z.txt
            a/无后缀
            b.pdf
            loop SKIP_SYMLINK
            out/forms.jsonl SKIP_EXT"#]],
        );
    }

    #[test]
    fn what_is_named_is_read_whatever_its_name_and_keeps_its_place() {
        check(
            folder().path(),
            &["b.pdf", "out/forms.jsonl", "a.txt", "b.pdf"],
            expect![[r#"
            b.pdf
            out/forms.jsonl
            a.txt
            b.pdf"#]],
        );
    }

    #[test]
    fn a_missing_path_is_an_input_with_a_fault() {
        check(
            folder().path(),
            &["no.pdf", "a.txt/no.pdf"],
            expect![[r#"
            no.pdf IO_NOT_FOUND
            a.txt/no.pdf IO_NOT_FOUND"#]],
        );
    }

    #[test]
    fn a_pattern_names_files() {
        check(
            folder().path(),
            &["*.txt", ".h*", "**/*.txt", "*/*.jsonl", "*.docx", "[a"],
            expect![[r#"
            a.txt
            .hidden.txt
            a.txt
            a/z.txt
            out/forms.jsonl
            *.docx IO_NOT_FOUND
            [a IO_NOT_FOUND"#]],
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_is_named_is_followed_and_its_loop_ends() {
        let folder = folder();
        let inputs = list_inputs(
            &[folder.path().join("loop/b.pdf")],
            None,
            ListParams::default(),
            &|_| None,
        )
        .unwrap();
        assert_eq!(inputs[0].fault, None);
        check(
            folder.path(),
            &["loop/a"],
            expect![[r#"
            loop/a/z.txt
            loop/a/无后缀"#]],
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_where_asked_for_and_loops_end() {
        let folder = folder();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("c.pdf"), "x").unwrap();
        std::os::unix::fs::symlink(other.path(), folder.path().join("d")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("e")).unwrap();
        let params = ListParams {
            follow: true,
            ..ListParams::default()
        };
        let inputs = list_inputs(&[folder.path().to_owned()], None, params, &|_| None).unwrap();
        let codes: Vec<(&str, &str)> = inputs
            .iter()
            .map(|input| {
                let code = input.fault.as_ref().map_or("", |fault| fault.code.name());
                (input.name.rsplit('/').next().unwrap(), code)
            })
            .filter(|(name, _)| ["c.pdf", "e", "loop"].contains(name))
            .collect();
        assert_eq!(
            codes,
            [
                ("c.pdf", ""),
                ("e", "IO_NOT_FOUND"),
                ("loop", "SKIP_SYMLINK")
            ]
        );
    }

    #[test]
    fn a_list_is_cut_at_line_ends_or_at_nul() {
        let names = |bytes: &[u8]| -> Vec<String> {
            split_list(bytes, false)
                .iter()
                .map(|path| path_to_name(path))
                .collect()
        };
        assert_eq!(names(b"a.pdf\r\n\nb c.pdf"), ["a.pdf", "b c.pdf"]);
        assert_eq!(names(b"a\n.pdf\0b.pdf\0"), ["a\n.pdf", "b.pdf"]);
        assert_eq!(split_list(b"a\n.pdf", true), [Path::new("a\n.pdf")]);
    }
}
