//! Archives among the inputs: each member becomes an input.
//!
//! In: inputs in their order, and a function that lists an archive. Out: inputs in their order, members in the place of their archive and
//! in the order of its directory. Never: loses an archive whose members cannot be listed; unpacks.

use std::io;
use std::path::Path;

use super::encode::path_to_name;
use super::inputs::{Input, ending_fault, io_fault, skipped_name};
use crate::model::digest::bytes_to_base64;
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
            Some(fault) if fault.code == Code::IoNotFound => {
                add_members(input, list, &mut opened);
            }
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

/// The archives and the members of them that a path may name.
fn splits(path: &Path) -> impl Iterator<Item = (&Path, &str)> {
    let path = path.to_str().unwrap_or_default();
    let split = |(at, separator): (usize, &str)| {
        let archive = Path::new(&path[..at]);
        is_named_so(archive).then(|| (archive, &path[at + separator.len()..]))
    };
    path.match_indices(SEPARATOR).filter_map(split)
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

/// Adds the members that a path names, of which several may have the same name; the missing input itself where there are none.
fn add_members(missing: Input, list: List<'_>, opened: &mut Vec<Input>) {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    let mut fault = None;
    for (archive, wanted) in splits(&missing.path) {
        match list(archive) {
            Ok(Some(found)) => {
                let n_before = opened.len();
                let members = found.value.into_iter();
                let fitting = members.filter(|listed| listed.name == wanted);
                opened.extend(fitting.map(|listed| member_input(archive, listed)));
                if opened.len() > n_before {
                    return;
                }
                fault = found.diagnostics.into_iter().next();
            }
            // A folder may be named as an archive is.
            Err(error) if [NotFound, NotADirectory, IsADirectory].contains(&error.kind()) => {
                continue;
            }
            Ok(None) => {}
            Err(error) => fault = Some(io_fault(&error)),
        }
        break;
    }
    opened.push(Input {
        fault: fault.or_else(|| missing.fault.clone()),
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
