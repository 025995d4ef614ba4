//! Paths as text: with `/` separators, and in base64 where they are not UTF-8.

use std::path::Path;

use crate::model::digest::bytes_to_base64;

/// The path as it stands in records: as given, `/` separators, U+FFFD for what is not UTF-8.
#[must_use]
pub fn path_to_name(path: &Path) -> String {
    let name = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        name.into_owned()
    } else {
        name.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The path's bytes in base64 where they are not UTF-8, so that no two paths share a name and each can be found again.
#[must_use]
pub(super) fn path_to_base64(path: &Path) -> Option<String> {
    path.to_str()
        .is_none()
        .then(|| bytes_to_base64(path.as_os_str().as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_utf8_can_be_found_again() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"a\xff.pdf"));
        assert_eq!(path_to_name(path), "a\u{fffd}.pdf");
        assert_eq!(path_to_base64(path).as_deref(), Some("Yf8ucGRm"));
        assert_eq!(path_to_base64(Path::new("预算.pdf")), None);
    }
}
