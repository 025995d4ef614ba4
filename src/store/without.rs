//! What stands for stores in a build without them.

use std::io;
use std::path::Path;

use super::{Address, Object};

/// No stores.
#[derive(Debug)]
pub struct Stores(());

impl Stores {
    /// Refuses: this build has no stores.
    ///
    /// # Errors
    /// Always, of the kind [`io::ErrorKind::Unsupported`].
    pub fn open() -> io::Result<Self> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this build of jixiao reads no s3://: build it with --features s3",
        ))
    }

    /// Nothing: there is no value of this type.
    ///
    /// # Errors
    /// Always.
    pub fn find(&self, _: &Address) -> io::Result<Option<Object>> {
        Self::open().map(|_| None)
    }

    /// As [`Stores::find`].
    ///
    /// # Errors
    /// Always.
    pub fn list(&self, _: &Address) -> io::Result<Vec<Object>> {
        Self::open().map(|_| Vec::new())
    }

    /// As [`Stores::find`].
    ///
    /// # Errors
    /// Always.
    pub fn list_stem(&self, _: &Address) -> io::Result<Vec<Object>> {
        Self::open().map(|_| Vec::new())
    }

    /// As [`Stores::find`].
    ///
    /// # Errors
    /// Always.
    pub fn fetch_head(&self, _: &Address, _: &Path, _: u64) -> io::Result<u64> {
        Self::open().map(|_| 0)
    }

    /// As [`Stores::find`].
    ///
    /// # Errors
    /// Always.
    pub fn fetch(&self, _: &Address, _: &Path, _: u64) -> io::Result<u64> {
        Self::open().map(|_| 0)
    }

    /// As [`Stores::find`].
    ///
    /// # Errors
    /// Always.
    pub fn put(&self, _: &Path, _: &Address) -> io::Result<()> {
        Self::open().map(drop)
    }

    /// As [`Stores::find`].
    ///
    /// # Errors
    /// Always.
    pub fn remove(&self, _: &Address) -> io::Result<()> {
        Self::open().map(drop)
    }
}
