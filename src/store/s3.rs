//! Stores by way of `object_store`, which signs, retries and cuts large objects into parts.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart};
use tokio::runtime::{Builder, Runtime};

use super::{Address, Object};

/// Bytes of a part of a large object.
const PART_BYTES: usize = 8 << 20;
/// Parts that are under way at a time.
const PARTS_UNDER_WAY: usize = 4;

/// Buckets, opened as they are asked for. Credentials, region and endpoint are those of the environment (`AWS_…`), as for other programs.
#[derive(Debug)]
pub struct Stores {
    runtime: Runtime,
    buckets: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
}

impl Stores {
    /// Makes ready to reach buckets; nothing is sent.
    ///
    /// # Errors
    /// Where the system gives no threads or sockets.
    pub fn open() -> io::Result<Self> {
        Ok(Self {
            runtime: Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("jixiao-store")
                .enable_all()
                .build()?,
            buckets: Mutex::default(),
        })
    }

    fn bucket(&self, name: &str) -> io::Result<Arc<dyn ObjectStore>> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get(name) {
            return Ok(Arc::clone(bucket));
        }
        let bucket = AmazonS3Builder::from_env()
            .with_bucket_name(name)
            .build()
            .map_err(told)?;
        let bucket: Arc<dyn ObjectStore> = Arc::new(bucket);
        buckets.insert(name.to_owned(), Arc::clone(&bucket));
        Ok(bucket)
    }

    /// What is at an address, and all that is below it, sorted by the bytes of the keys; none where nothing is.
    ///
    /// # Errors
    /// Of the kind `NotFound` where there is no such bucket, `PermissionDenied` where it may not be listed, any other where it cannot be.
    pub fn list(&self, address: &Address) -> io::Result<Vec<Object>> {
        let (bucket, key) = (self.bucket(&address.bucket)?, key(address)?);
        let found = self.runtime.block_on(async {
            // A prefix stands for what is behind a slash; the object of that very name is another.
            let mut found: Vec<_> = bucket.list(Some(&key)).try_collect().await?;
            if !address.key.is_empty() {
                match bucket.head(&key).await {
                    Ok(object) => found.push(object),
                    Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        });
        let object = |found: object_store::ObjectMeta| Object {
            address: Address {
                bucket: address.bucket.clone(),
                key: found.location.to_string(),
            },
            n_bytes: found.size,
        };
        let mut objects: Vec<Object> = found.map_err(told)?.into_iter().map(object).collect();
        objects.sort_by(|a, b| a.address.key.as_bytes().cmp(b.address.key.as_bytes()));
        objects.dedup();
        // Consoles make an empty object for a folder; its key without the slash names nothing that could be fetched.
        let is_folder = |object: &Object| {
            let below = format!("{}/", object.address.key);
            let at = objects.partition_point(|other| other.address.key < below);
            object.n_bytes == 0
                && objects
                    .get(at)
                    .is_some_and(|other| other.address.key.starts_with(&below))
        };
        Ok(objects
            .iter()
            .filter(|object| !is_folder(object))
            .cloned()
            .collect())
    }

    /// Writes an object into a file of at most `max_bytes`, and says how many it has.
    ///
    /// # Errors
    /// As [`Stores::list`], and `FileTooLarge` where it is longer, whatever its store says of its length.
    pub fn fetch(&self, address: &Address, to: &Path, max_bytes: u64) -> io::Result<u64> {
        let (bucket, key) = (self.bucket(&address.bucket)?, key(address)?);
        let too_large = || {
            let message = format!("the object has more than {max_bytes} bytes");
            io::Error::new(io::ErrorKind::FileTooLarge, message)
        };
        self.runtime.block_on(async {
            let object = bucket.get(&key).await.map_err(told)?;
            if object.meta.size > max_bytes {
                return Err(too_large());
            }
            let mut file = BufWriter::new(File::create(to)?);
            let mut parts = object.into_stream();
            let mut n_bytes = 0;
            while let Some(part) = parts.try_next().await.map_err(told)? {
                n_bytes += part.len() as u64;
                if n_bytes > max_bytes {
                    return Err(too_large());
                }
                file.write_all(&part)?;
            }
            file.flush()?;
            Ok(n_bytes)
        })
    }

    /// Puts a file in the place of whatever is at an address, all at once: nobody sees half of it.
    ///
    /// # Errors
    /// Where the file cannot be read, or the store does not take it.
    pub fn put(&self, from: &Path, address: &Address) -> io::Result<()> {
        let (bucket, key) = (self.bucket(&address.bucket)?, key(address)?);
        let mut file = File::open(from)?;
        let n_bytes = file.metadata()?.len();
        self.runtime.block_on(async {
            if n_bytes <= PART_BYTES as u64 {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                let put = bucket.put(&key, PutPayload::from(bytes)).await;
                return put.map(drop).map_err(told);
            }
            let upload = bucket.put_multipart(&key).await.map_err(told)?;
            let mut parts = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
            let mut buffer = vec![0; 1 << 16];
            let sent: io::Result<()> = async {
                loop {
                    let n = file.read(&mut buffer)?;
                    if n == 0 {
                        return Ok(());
                    }
                    let waited = parts.wait_for_capacity(PARTS_UNDER_WAY).await;
                    waited.map_err(told)?;
                    parts.write(&buffer[..n]);
                }
            }
            .await;
            match sent {
                Ok(()) => parts.finish().await.map(drop).map_err(told),
                Err(error) => {
                    // Parts that stay behind are paid for; the first fault is what is said.
                    drop(parts.abort().await);
                    Err(error)
                }
            }
        })
    }

    /// Takes an object away; one that is not there is none.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn remove(&self, address: &Address) -> io::Result<()> {
        let (bucket, key) = (self.bucket(&address.bucket)?, key(address)?);
        match self.runtime.block_on(bucket.delete(&key)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(told(error)),
        }
    }
}

fn key(address: &Address) -> io::Result<Key> {
    Key::parse(&address.key)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
}

/// What a store says, as a fault of files is said.
fn told(error: object_store::Error) -> io::Error {
    use object_store::Error::{NotFound, PermissionDenied, Unauthenticated};
    let kind = match &error {
        NotFound { .. } => io::ErrorKind::NotFound,
        PermissionDenied { .. } | Unauthenticated { .. } => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error.to_string())
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    /// Stores with an empty bucket `b` in memory.
    fn stores() -> Stores {
        let stores = Stores::open().unwrap();
        let bucket: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        stores
            .buckets
            .lock()
            .unwrap()
            .insert("b".to_owned(), bucket);
        stores
    }

    fn at(key: &str) -> Address {
        Address::parse(&format!("s3://b/{key}")).unwrap()
    }

    #[test]
    fn what_is_put_is_listed_and_fetched() {
        let (stores, folder) = (stores(), tempfile::tempdir().unwrap());
        let large: Vec<u8> = (0..PART_BYTES * 2 + 7).map(|n| n as u8).collect();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for (key, bytes) in [
            ("a/2.pdf", b"two".as_slice()),
            ("a/1.pdf", &large),
            ("ab", b"x"),
        ] {
            std::fs::write(&from, bytes).unwrap();
            stores.put(&from, &at(key)).unwrap();
            assert_eq!(
                stores.fetch(&at(key), &to, u64::MAX).unwrap(),
                bytes.len() as u64
            );
            assert_eq!(std::fs::read(&to).unwrap(), bytes);
        }
        let keys = |key: &str| -> Vec<String> {
            let found = stores.list(&at(key)).unwrap().into_iter();
            found.map(|object| object.address.key).collect()
        };
        assert_eq!(keys("a"), ["a/1.pdf", "a/2.pdf"]);
        assert_eq!(keys("a/2.pdf"), ["a/2.pdf"]);
        assert_eq!(keys(""), ["a/1.pdf", "a/2.pdf", "ab"]);
        assert_eq!(keys("none"), Vec::<String>::new());
        std::fs::write(&from, b"").unwrap();
        stores.put(&from, &at("a")).unwrap();
        stores.put(&from, &at("empty")).unwrap();
        assert_eq!(keys(""), ["a/1.pdf", "a/2.pdf", "ab", "empty"]);
        stores.remove(&at("empty")).unwrap();
        stores.remove(&at("ab")).unwrap();
        stores.remove(&at("ab")).unwrap();
        assert_eq!(keys("ab"), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_or_too_large_is_said() {
        let (stores, folder) = (stores(), tempfile::tempdir().unwrap());
        let file = folder.path().join("file");
        let kind = |key: &str, max| stores.fetch(&at(key), &file, max).unwrap_err().kind();
        assert_eq!(kind("none", 9), io::ErrorKind::NotFound);
        std::fs::write(folder.path().join("from"), b"0123456789").unwrap();
        stores.put(&folder.path().join("from"), &at("x")).unwrap();
        assert_eq!(kind("x", 9), io::ErrorKind::FileTooLarge);
        assert_eq!(kind("a//b", 9), io::ErrorKind::InvalidInput);
    }
}
