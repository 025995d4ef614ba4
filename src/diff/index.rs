//! Where the forms of a run stand in its file: some 70 bytes a form, whatever it holds.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::side::Side;
use crate::model::record::FORM_SCHEMA;
use crate::runs::{Lines, RunError};

/// Where a form stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// First 128 bits of the document's sha256.
    pub(super) document: u128,
    /// Hash of its path, which only serves to pair documents that were replaced.
    pub(super) path: u64,
    /// First 128 bits of the sha256 of the line: the same only where the lines are.
    pub(super) digest: u128,
    /// Where the line begins in the file.
    pub(super) offset: u64,
    /// Its length, with its end.
    pub(super) n_bytes: u32,
    /// Its number, from 1.
    pub(super) line: u64,
}

/// The beginning of a record.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    schema: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    document: DocumentHead<'a>,
}

#[derive(Deserialize)]
struct DocumentHead<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    path: std::borrow::Cow<'a, str>,
}

/// Reads the index of a side.
pub(super) fn read(side: &Side) -> Result<Vec<Entry>, RunError> {
    let mut lines = Lines::open(&side.forms)?;
    let mut entries = Vec::new();
    loop {
        let number = entries.len() as u64 + 1;
        let found = match lines.next_bytes()? {
            None => return Ok(entries),
            Some((line, offset)) => entry(line, offset, number),
        };
        entries.push(found.map_err(|reason| lines.wrong(reason))?);
    }
}

fn entry(bytes: &[u8], offset: u64, line: u64) -> Result<Entry, String> {
    let (id, path) = match quick_head(bytes) {
        Some((id, path)) => (id, hash(path)),
        None => {
            let head: Head<'_> =
                serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
            if head.schema != FORM_SCHEMA {
                let schema = head.schema;
                return Err(format!(
                    "its schema is {schema}, this version reads {FORM_SCHEMA}"
                ));
            }
            (
                head.document.id.into_owned(),
                hash(head.document.path.as_bytes()),
            )
        }
    };
    let document = id
        .get(..32)
        .and_then(|prefix| u128::from_str_radix(prefix, 16).ok())
        .ok_or_else(|| format!("{id:?} is no sha256"))?;
    let digest = Sha256::digest(bytes);
    let (digest, _) = digest.split_at(16);
    Ok(Entry {
        document,
        path,
        digest: u128::from_be_bytes(digest.try_into().expect("16 bytes")),
        offset,
        n_bytes: u32::try_from(bytes.len()).expect("lines are shorter than 256 MiB"),
        line,
    })
}

/// Id and path of a line whose keys stand as records have them, without reading on; `None` where they do not, or the path is escaped.
fn quick_head(line: &[u8]) -> Option<(String, &[u8])> {
    let rest = line.strip_prefix(br#"{"schema":"jixiao.form/1","form_id":""#)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let rest = rest[end..].strip_prefix(br#"","document":{"id":""#)?;
    let (id, rest) = rest.split_at_checked(64)?;
    let rest = rest.strip_prefix(br#"","path":""#)?;
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    (rest[end] == b'"').then_some(())?;
    Some((String::from_utf8(id.to_vec()).ok()?, &rest[..end]))
}

fn hash(path: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"schema":"jixiao.form/1","form_id":"x-0001","document":{"id":"00000000000000000000000000000000000000000000000000000000000000aa","path":"a.pdf","pages":null},"title":"t"}"#;

    #[test]
    fn the_head_is_read_in_both_ways_alike() {
        let quick = entry(LINE.as_bytes(), 7, 3).unwrap();
        let spaced = LINE.replacen(":", ": ", 1);
        let slow = entry(spaced.as_bytes(), 7, 3).unwrap();
        assert_eq!((quick.document, quick.path), (slow.document, slow.path));
        assert!(quick_head(LINE.as_bytes()).is_some() && quick_head(spaced.as_bytes()).is_none());
    }

    #[test]
    fn what_is_no_form_is_refused() {
        assert!(entry(br#"{"schema":"jixiao.document/1"}"#, 0, 1).is_err());
        assert!(entry(&LINE.as_bytes()[..80], 0, 1).is_err());
        let short = LINE.replace("00000000000000000000000000000000", "zz");
        assert!(entry(short.as_bytes(), 0, 1).is_err());
    }
}
