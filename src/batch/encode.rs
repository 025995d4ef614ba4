//! Paths as text: with `/` separators, and in base64 where they are not UTF-8.

use std::path::Path;

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

/// Base64 of RFC 4648, section 4, with padding.
pub(super) fn bytes_to_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |idx: usize| u32::from(chunk.get(idx).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let sextet = bits >> (18 - 6 * place) & 63;
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(ALPHABET[sextet as usize])
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expected: &str) {
        assert_eq!(bytes_to_base64(bytes.as_bytes()), expected);
    }

    #[test]
    fn the_examples_of_rfc_4648() {
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foob", "Zm9vYg==");
        check("fooba", "Zm9vYmE=");
        check("foobar", "Zm9vYmFy");
    }

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
