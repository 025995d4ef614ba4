//! Archives among the inputs: each member becomes an input.
//!
//! In: inputs in their order, and a function that lists an archive. Out: inputs in their order, members in the place of their archive and
//! in the order of its directory. Never: loses an archive whose members cannot be listed; unpacks.

use std::io;
use std::path::{Path, PathBuf};

use super::encode::{bytes_to_base64, path_to_name};
use super::inputs::{Input, ending_fault, io_fault, skipped_name};
use crate::model::member::Listed;
use crate::model::{Code, Diagnosed, Diagnostic};

/// What stands between the path of an archive and that of its member.
const SEPARATOR: &str = "!/";

/// Lists an archive; `None` where a file is none.
type List<'a> = &'a dyn Fn(&Path) -> io::Result<Option<Diagnosed<Vec<Listed>>>>;

/// Puts their members in the place of archives, which are files whose name ends in `.zip` and whose content is one. An archive itself
/// stays, with a fault, behind its members where they are not all, and where there are none. Members are left aside by their names as
/// files in a folder are. A path that is not there and names a member (`a.zip!/b.pdf`) becomes that member, whatever its name.
pub fn open_archives(inputs: Vec<Input>, list: List<'_>) -> Vec<Input> {
    let mut opened = Vec::with_capacity(inputs.len());
    for input in inputs {
        match &input.fault {
            None if is_named_so(&input.path) => open_archive(input, list, &mut opened),
            Some(fault) if fault.code == Code::IoNotFound => match split(&input) {
                Some((archive, wanted)) => add_members(archive, &wanted, input, list, &mut opened),
                None => opened.push(input),
            },
            _ => opened.push(input),
        }
    }
    opened
}

/// The file at `path`, or the first member that it names where there is none.
#[must_use]
pub fn find_input(path: &Path, list: List<'_>) -> Input {
    if path.exists() {
        return Input::new(path, None);
    }
    let fault = Diagnostic::new(Code::IoNotFound, "", "no such file");
    let missing = Input::new(path, Some(fault));
    let mut found = open_archives(vec![missing], list);
    found.swap_remove(0)
}

fn is_named_so(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// The archive and the member that a path names.
fn split(input: &Input) -> Option<(PathBuf, String)> {
    let path = input.path.to_str()?;
    path.match_indices(SEPARATOR).find_map(|(at, separator)| {
        let archive = Path::new(&path[..at]);
        (is_named_so(archive) && archive.is_file())
            .then(|| (archive.to_owned(), path[at + separator.len()..].to_owned()))
    })
}

fn open_archive(archive: Input, list: List<'_>, opened: &mut Vec<Input>) {
    let (listed, said) = match list(&archive.path) {
        Ok(Some(found)) => (found.value, found.diagnostics.into_iter().next()),
        // What it is, is said when it is read.
        Ok(None) => return opened.push(archive),
        Err(error) => (Vec::new(), Some(io_fault(&error))),
    };
    let is_empty = listed.is_empty();
    opened.extend(listed.into_iter().map(|listed| {
        let by_name = name_fault(&listed.name);
        let mut member = member_input(&archive.path, listed);
        member.fault = member.fault.or(by_name);
        member
    }));
    let empty = || Diagnostic::new(Code::EmptyFile, "", "the archive has no members");
    if let Some(fault) = said.or_else(|| is_empty.then(empty)) {
        opened.push(Input {
            fault: Some(fault),
            ..archive
        });
    }
}

/// Adds the members of this name, which several may have.
fn add_members(
    archive: PathBuf,
    wanted: &str,
    missing: Input,
    list: List<'_>,
    opened: &mut Vec<Input>,
) {
    let fault = match list(&archive) {
        Ok(Some(found)) => {
            let n_before = opened.len();
            let fits = |listed: &Listed| listed.name == wanted;
            opened.extend(
                found
                    .value
                    .into_iter()
                    .filter(fits)
                    .map(|listed| member_input(&archive, listed)),
            );
            if opened.len() > n_before {
                return;
            }
            found.diagnostics.into_iter().next()
        }
        Ok(None) => None,
        Err(error) => Some(io_fault(&error)),
    };
    opened.push(Input {
        fault: fault.or(missing.fault),
        ..missing
    });
}

fn member_input(archive: &Path, listed: Listed) -> Input {
    let of_archive = archive.as_os_str().as_encoded_bytes();
    let raw_name = match listed.raw_name {
        None if archive.to_str().is_some() => None,
        None => Some(listed.name.clone().into_bytes()),
        raw_name => raw_name,
    };
    let (member, fault) = match listed.member {
        Ok(member) => (Some(member), None),
        Err(fault) => (None, Some(fault)),
    };
    Input {
        name: [&path_to_name(archive), SEPARATOR, &listed.name].concat(),
        name_base64: raw_name
            .map(|raw| bytes_to_base64(&[of_archive, SEPARATOR.as_bytes(), &raw].concat())),
        path: archive.to_owned(),
        member,
        fault,
    }
}

/// Why a member of this name is left aside; `None` where it is to be read.
fn name_fault(name: &str) -> Option<Diagnostic> {
    /// What a Mac adds to an archive.
    const OF_MACS: &str = "__MACOSX";
    let is_hidden = name
        .split('/')
        .any(|part| part.starts_with('.') || part == OF_MACS);
    if is_hidden {
        return Some(skipped_name("a hidden member; name it to read it"));
    }
    ending_fault(Path::new(name))
}
