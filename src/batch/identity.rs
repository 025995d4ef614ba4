//! What makes two runs the same: their settings, the grammars of the user, and the names of their inputs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use super::inputs::Input;
use super::journal::RunIdentity;
use crate::model::digest::hex;

/// The identity of a run; `settings` says all that changes what is written, `folders` hold grammars.
///
/// # Errors
/// Where a folder cannot be read.
pub fn identity(settings: &str, folders: &[PathBuf], inputs: &[Input]) -> io::Result<RunIdentity> {
    let mut configuration = Sha256::new();
    add(&mut configuration, settings.as_bytes());
    for folder in folders {
        add_folder(&mut configuration, folder)?;
    }
    let mut names = Sha256::new();
    for input in inputs {
        add(&mut names, input.path.as_os_str().as_encoded_bytes());
        add(&mut names, input.name.as_bytes());
        let fault = input.fault.as_ref().map_or("", |fault| fault.code.name());
        add(&mut names, fault.as_bytes());
    }
    Ok(RunIdentity {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        configuration: hex(&configuration.finalize()),
        inputs: hex(&names.finalize()),
    })
}

/// Adds bytes with their number, so that two of them cannot be taken for two others.
fn add(digest: &mut Sha256, bytes: &[u8]) {
    digest.update((bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}

fn add_folder(digest: &mut Sha256, folder: &Path) -> io::Result<()> {
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            add(digest, entry.path().as_os_str().as_encoded_bytes());
            add(digest, &fs::read(entry.path())?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_grammars_and_inputs_tell_runs_apart() {
        let folder = tempfile::tempdir().unwrap();
        let grammar = folder.path().join("a.toml");
        fs::write(&grammar, "1").unwrap();
        let folders = [folder.path().to_owned()];
        let input = |name: &str| Input {
            path: name.into(),
            member: None,
            name: name.to_owned(),
            name_base64: None,
            fault: None,
        };
        let of = |settings: &str, names: [&str; 2]| {
            identity(settings, &folders, &names.map(input)).unwrap()
        };
        let first = of("s", ["ab", "c"]);
        assert_eq!(first, of("s", ["ab", "c"]));
        assert_ne!(first.inputs, of("s", ["a", "bc"]).inputs);
        assert_ne!(first.configuration, of("t", ["ab", "c"]).configuration);
        fs::write(&grammar, "2").unwrap();
        assert_ne!(first.configuration, of("s", ["ab", "c"]).configuration);
    }
}
