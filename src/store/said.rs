//! What a store says, as a fault of files is said: the same words each time, whatever request and second it was.

use std::error::Error;
use std::io;

use object_store::Error as Said;

/// Longest text of a cause, in characters.
const LONGEST: usize = 200;

/// The fault that a file would have. Its text has no time, no number of a request and no address, so that the same fault gives the same bytes.
pub(super) fn told(error: &Said) -> io::Error {
    let text = error.to_string();
    let code = between(&text, "<Code>", "</Code>").filter(|code| is_word(code));
    let status = between(&text, "status code: ", " ").filter(|status| is_word(status));
    let (kind, what) = match (error, code, status) {
        (_, Some("NoSuchBucket"), _) => (io::ErrorKind::NotFound, "there is no such bucket"),
        (Said::NotFound { .. }, ..) | (_, _, Some("404")) => {
            (io::ErrorKind::NotFound, "there is no such object")
        }
        (Said::PermissionDenied { .. } | Said::Unauthenticated { .. }, ..)
        | (_, _, Some("401" | "403")) => {
            let what = "the store gives no access";
            (io::ErrorKind::PermissionDenied, what)
        }
        (Said::InvalidPath { .. }, ..) => {
            let what =
                "the key has an empty step, `.`, `..` or a control character, which is not read";
            (io::ErrorKind::InvalidInput, what)
        }
        _ => (io::ErrorKind::Other, "the store cannot be asked"),
    };
    let cause = match (kind, code, status) {
        (io::ErrorKind::InvalidInput | io::ErrorKind::NotFound, ..) => None,
        (_, Some(code), _) => Some(code.to_owned()),
        (io::ErrorKind::Other, None, Some(status)) => Some(format!("status {status}")),
        (io::ErrorKind::Other, None, None) => Some(innermost(error)),
        _ => None,
    };
    let message = match cause {
        Some(cause) => format!("{what}: {cause}"),
        None => what.to_owned(),
    };
    io::Error::new(kind, message)
}

/// The cause that has no other.
fn innermost(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string().chars().take(LONGEST).collect(),
    }
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(found, _)| found)
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kind: io::ErrorKind, said: &str) {
        let error = told(&Said::Generic {
            store: "S3",
            source: text.into(),
        });
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, said));
    }

    #[test]
    fn a_fault_is_told_by_its_status_and_code_alone() {
        use io::ErrorKind::{NotFound, Other, PermissionDenied};
        check(
            "GET http://h/b in 9.1ms - Server returned non-2xx status code: 404 Not Found: <Code>NoSuchBucket</Code><RequestId>7</RequestId>",
            NotFound,
            "there is no such bucket",
        );
        check(
            "in 3s - Server returned non-2xx status code: 403 Forbidden: ",
            PermissionDenied,
            "the store gives no access",
        );
        check(
            "non-2xx status code: 403 Forbidden: <Code>AccessDenied</Code>",
            PermissionDenied,
            "the store gives no access: AccessDenied",
        );
        check(
            "non-2xx status code: 503 Slow Down: <html>9</html>",
            Other,
            "the store cannot be asked: status 503",
        );
        check(
            "<Code>a b\u{7}</Code>",
            Other,
            "the store cannot be asked: <Code>a b\u{7}</Code>",
        );
    }
}
