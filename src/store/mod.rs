//! Stores: objects of S3 are listed, fetched into files, and written from files.
//!
//! In: addresses such as `s3://bucket/key`. Out: names, and files on a local disk. Never: keeps an object in memory; looks into one; tells a
//! secret. Without the feature `s3` an address is known for what it is, and refused.
#![cfg_attr(
    feature = "s3",
    expect(
        clippy::disallowed_methods,
        reason = "store is an edge: it writes what it fetches and reads what it sends"
    )
)]

#[cfg(feature = "s3")]
mod keys;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "s3")]
mod said;
#[cfg(not(feature = "s3"))]
mod without;

use std::io;
use std::path::Path;

#[cfg(feature = "s3")]
pub use s3::Stores;
#[cfg(not(feature = "s3"))]
pub use without::Stores;

/// What an address begins with.
const SCHEME: &str = "s3://";

/// Where an object is, or what the names of several begin with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The bucket.
    pub bucket: String,
    /// The key, without a slash at either end; empty for the whole bucket.
    pub key: String,
}

/// An object that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Where it is.
    pub address: Address,
    /// Its size in bytes; `None` where its key is one that cannot be asked for.
    pub n_bytes: Option<u64>,
}

/// Why an object was not fetched: it is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", match .n_bytes {
    Some(n_bytes) => format!("the file has {n_bytes} bytes, the limit is {}", .max_bytes),
    None => format!("the file has more than {} bytes", .max_bytes),
})]
pub struct TooLarge {
    /// Its size, where its store says it.
    pub n_bytes: Option<u64>,
    /// The limit.
    pub max_bytes: u64,
}

impl TooLarge {
    /// What an error says, where it is this one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl From<TooLarge> for io::Error {
    fn from(error: TooLarge) -> Self {
        Self::new(io::ErrorKind::FileTooLarge, error)
    }
}

impl Address {
    /// The address that a text is: `s3://`, a bucket, and a key or a prefix; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(SCHEME)?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            key: key.trim_matches('/').to_owned(),
        })
    }

    /// The address that a path is.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        path.to_str().and_then(Self::parse)
    }

    /// That of what lies below.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let key = match self.key.as_str() {
            "" => name.to_owned(),
            key => format!("{key}/{name}"),
        };
        Self {
            bucket: self.bucket.clone(),
            key,
        }
    }

    /// That of another name in the place of what stands behind the last slash.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        let key = match self.key.rsplit_once('/') {
            Some((above, _)) => format!("{above}/{name}"),
            None => name.to_owned(),
        };
        Self {
            bucket: self.bucket.clone(),
            key,
        }
    }

    /// The key up to its last dot, if there is one behind its last slash.
    #[must_use]
    pub fn stem(&self) -> &str {
        let at = self.key.rfind('/').map_or(0, |at| at + 1);
        let name = &self.key[at..];
        name.rfind('.')
            .map_or(&self.key, |dot| &self.key[..at + dot])
    }

    /// What stands behind the last slash of the key; the bucket where there is no key.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.key.rsplit('/').next() {
            Some("") | None => &self.bucket,
            Some(name) => name,
        }
    }

    /// What it is called below another address; `None` where it is not below it.
    #[must_use]
    pub fn below(&self, above: &Self) -> Option<&str> {
        if self.bucket != above.bucket {
            return None;
        }
        match above.key.as_str() {
            "" => Some(&self.key),
            key => self.key.strip_prefix(key)?.strip_prefix('/'),
        }
    }

    /// Whether it is this address, or below it.
    #[must_use]
    pub fn is_below(&self, above: &Self) -> bool {
        self == above || self.below(above).is_some()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_bucket_and_a_key() {
        let address = |text: &str| Address::parse(text).map(|found| (found.bucket, found.key));
        let both = |bucket: &str, key: &str| Some((bucket.to_owned(), key.to_owned()));
        assert_eq!(address("s3://b/a/绩效.pdf"), both("b", "a/绩效.pdf"));
        assert_eq!(address("s3://b/a/"), both("b", "a"));
        assert_eq!(address("s3://b"), both("b", ""));
        for other in ["s3:///a", "s3:/b/a", "b/a.pdf", "S3://b/a", ""] {
            assert_eq!(address(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_below_is_told_by_whole_steps() {
        let at = |text: &str| Address::parse(text).unwrap();
        let run = at("s3://b/run");
        assert!(at("s3://b/run/forms.jsonl").is_below(&run));
        assert!(run.is_below(&run) && run.is_below(&at("s3://b")));
        assert!(!at("s3://b/runs/x").is_below(&run) && !at("s3://c/run/x").is_below(&run));
        assert_eq!(run.join("csv/a.csv"), at("s3://b/run/csv/a.csv"));
        assert_eq!(at("s3://b/a/x.db").beside("y"), at("s3://b/a/y"));
        assert_eq!(at("s3://b").join("x").to_string(), "s3://b/x");
        assert_eq!(at("s3://b/a.b/x.tar.gz").stem(), "a.b/x.tar");
        assert_eq!(at("s3://b/a.b/x").stem(), "a.b/x");
        assert_eq!((run.name(), at("s3://b").name()), ("run", "b"));
    }
}
