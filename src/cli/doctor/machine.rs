//! What the machine gives: memory, locale, folders.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// Where programs of this user keep what they can fetch again; pip does.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let of = |name: &str| env::var_os(name).map(PathBuf::from);
    let absolute = |path: &PathBuf| path.is_absolute();
    of("XDG_CACHE_HOME")
        .filter(absolute)
        .or_else(|| Some(of("HOME").filter(absolute)?.join(".cache")))
}

/// Why nothing can be written to a folder, or to where it would be made; `None` where something can.
pub(super) fn write_fault(folder: &Path) -> Option<io::Error> {
    let existing = folder.ancestors().find(|path| path.exists());
    // A relative path ends in nothing, which is the working folder.
    let existing = existing
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let path = existing.join(format!(".jixiao-doctor.{}", process::id()));
    let written = File::create_new(&path).map(drop);
    written.and_then(|()| fs::remove_file(&path)).err()
}

/// Memory of this machine or, where that is less, of the control group, in bytes; `None` where the system does not say
/// it in these files.
pub(super) fn memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        kilobytes.checked_mul(1024)
    });
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse().ok());
    machine.into_iter().chain(group).min()
}

/// The locale that decides how characters are shown, if it is not one of UTF-8; `None` on Windows, which has none.
pub(super) fn doubtful_locale() -> Option<String> {
    if cfg!(windows) {
        return None;
    }
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = names.iter().find_map(|name| {
        env::var_os(name)
            .map(|value| value.to_string_lossy().into_owned())
            .filter(|value| !value.is_empty())
    });
    let locale = locale.unwrap_or_else(|| "C".to_owned());
    let folded = locale.to_ascii_lowercase().replace('-', "");
    (!folded.contains("utf8")).then_some(locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_written_has_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_fault(&folder.path().join("to/be/made")).is_none());
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(write_fault(&file).is_some());
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1);
    }
}
