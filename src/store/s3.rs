//! Stores by way of `object_store`, which signs, retries and cuts large objects into parts.

use std::collections::HashMap;
use std::env;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use object_store::ClientConfigKey;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::list::PaginatedListStore;
use object_store::path::Path as Key;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart,
};
use tokio::runtime::{Builder, Runtime};

use super::keys::list_keys;
use super::said::told;
use super::{Address, Object, TooLarge};

/// Bytes of a part of a large object, at least.
const PART_BYTES: u64 = 8 << 20;
/// Parts that an object has, at most: S3 takes 10,000.
const MAX_PARTS: u64 = 9_000;
/// Parts that are under way at a time.
const PARTS_UNDER_WAY: usize = 4;
/// Questions that are under way at a time.
const QUESTIONS_UNDER_WAY: usize = 16;
/// Longest time of a request, where `$AWS_TIMEOUT` sets no other: a part goes over a line of 70 kB/s.
const TIMEOUT: (&str, &str) = ("AWS_TIMEOUT", "120 seconds");

/// Buckets, opened as they are asked for. Credentials, region and endpoint are those of the environment (`AWS_…`), as for other programs.
#[derive(Debug)]
pub struct Stores {
    runtime: Runtime,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// A bucket, by its objects and by the pages of its list.
#[derive(Clone)]
struct Bucket {
    objects: Arc<dyn ObjectStore>,
    pages: Arc<dyn PaginatedListStore>,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bucket({})", self.objects)
    }
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

    fn bucket(&self, name: &str) -> io::Result<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get(name) {
            return Ok(bucket.clone());
        }
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(name);
        if env::var_os(TIMEOUT.0).is_none() {
            let key = AmazonS3ConfigKey::Client(ClientConfigKey::Timeout);
            builder = builder.with_config(key, TIMEOUT.1);
        }
        let built = Arc::new(builder.build().map_err(|error| told(&error))?);
        let bucket = Bucket {
            objects: Arc::clone(&built) as _,
            pages: built,
        };
        buckets.insert(name.to_owned(), bucket.clone());
        Ok(bucket)
    }

    /// The object at an address; `None` where none is, whatever lies below.
    ///
    /// # Errors
    /// Of the kind `PermissionDenied` where it may not be asked for, any other where it cannot be.
    pub fn find(&self, address: &Address) -> io::Result<Option<Object>> {
        let (bucket, key) = (self.bucket(&address.bucket)?, key(address)?);
        match self.runtime.block_on(bucket.objects.head(&key)) {
            Ok(found) => Ok(Some(Object {
                address: address.clone(),
                n_bytes: Some(found.size),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(told(&error)),
        }
    }

    /// What is below an address, sorted by the bytes of the keys; none where nothing is. What only stands for a folder is left out.
    ///
    /// # Errors
    /// Of the kind `NotFound` where there is no such bucket, `PermissionDenied` where it may not be listed, any other where it cannot be.
    pub fn list(&self, address: &Address) -> io::Result<Vec<Object>> {
        let prefix = match address.key.as_str() {
            "" => String::new(),
            key => format!("{key}/"),
        };
        self.list_from(address, &prefix)
    }

    /// What lies beside an object under the same stem: its key up to the last dot.
    ///
    /// # Errors
    /// As [`Stores::list`].
    pub fn list_stem(&self, address: &Address) -> io::Result<Vec<Object>> {
        self.list_from(address, &format!("{}.", address.stem()))
    }

    /// Objects whose keys begin so.
    fn list_from(&self, address: &Address, prefix: &str) -> io::Result<Vec<Object>> {
        let bucket = self.bucket(&address.bucket)?;
        let listed = self.runtime.block_on(async {
            let keys = list_keys(bucket.pages.as_ref(), prefix).await?;
            // A key that ends in a slash is listed without it: what is empty may be one, which its own name tells.
            let known = stream::iter(keys.into_iter().map(|(name, n_bytes)| {
                let objects = &bucket.objects;
                async move {
                    if n_bytes != Some(0) {
                        return Ok(Some((name, n_bytes)));
                    }
                    match objects.head(&Key::parse(&name)?).await {
                        Ok(_) => Ok(Some((name, n_bytes))),
                        Err(object_store::Error::NotFound { .. }) => Ok(None),
                        Err(error) => Err(error),
                    }
                }
            }));
            let known = known.buffered(QUESTIONS_UNDER_WAY);
            known.try_collect::<Vec<_>>().await
        });
        let listed = listed.map_err(|error: object_store::Error| told(&error))?;
        let object = |(key, n_bytes): (String, Option<u64>)| Object {
            address: Address {
                bucket: address.bucket.clone(),
                key,
            },
            n_bytes,
        };
        let mut objects: Vec<Object> = listed.into_iter().flatten().map(object).collect();
        // The marker of the folder itself.
        objects.retain(|object| object.address.key.starts_with(prefix));
        objects.sort_by(|a, b| a.address.key.as_bytes().cmp(b.address.key.as_bytes()));
        objects.dedup();
        Ok(objects)
    }

    /// Writes an object into a file of at most `max_bytes`, and says how many it has.
    ///
    /// # Errors
    /// As [`Stores::list`], and with [`TooLarge`] where it is longer, whatever its store says of its length.
    pub fn fetch(&self, address: &Address, to: &Path, max_bytes: u64) -> io::Result<u64> {
        self.fetch_range(address, to, None, max_bytes)
    }

    /// Writes the first bytes of an object into a file, all where it has no more.
    ///
    /// # Errors
    /// As [`Stores::list`].
    pub fn fetch_head(&self, address: &Address, to: &Path, n_bytes: u64) -> io::Result<u64> {
        self.fetch_range(address, to, Some(GetRange::Bounded(0..n_bytes)), u64::MAX)
    }

    fn fetch_range(
        &self,
        address: &Address,
        to: &Path,
        range: Option<GetRange>,
        max_bytes: u64,
    ) -> io::Result<u64> {
        let (bucket, key) = (self.bucket(&address.bucket)?, key(address)?);
        let too_large = |n_bytes| TooLarge { n_bytes, max_bytes }.into();
        self.runtime.block_on(async {
            let options = GetOptions {
                range,
                ..GetOptions::default()
            };
            let object = bucket.objects.get_opts(&key, options).await;
            let object = object.map_err(|error| told(&error))?;
            if object.meta.size > max_bytes {
                return Err(too_large(Some(object.meta.size)));
            }
            let mut file = BufWriter::new(File::create(to)?);
            let mut parts = object.into_stream();
            let mut n_bytes = 0;
            while let Some(part) = parts.try_next().await.map_err(|error| told(&error))? {
                n_bytes += part.len() as u64;
                if n_bytes > max_bytes {
                    return Err(too_large(None));
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
            if n_bytes <= PART_BYTES {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                let put = bucket.objects.put(&key, PutPayload::from(bytes)).await;
                return put.map(drop).map_err(|error| told(&error));
            }
            let upload = bucket.objects.put_multipart(&key).await;
            let upload = upload.map_err(|error| told(&error))?;
            let part_bytes = n_bytes.div_ceil(MAX_PARTS).max(PART_BYTES);
            let part_bytes = usize::try_from(part_bytes).unwrap_or(usize::MAX);
            let mut parts = WriteMultipart::new_with_chunk_size(upload, part_bytes);
            let mut buffer = vec![0; 1 << 16];
            let sent: io::Result<()> = async {
                loop {
                    let n = file.read(&mut buffer)?;
                    if n == 0 {
                        return Ok(());
                    }
                    let waited = parts.wait_for_capacity(PARTS_UNDER_WAY).await;
                    waited.map_err(|error| told(&error))?;
                    parts.write(&buffer[..n]);
                }
            }
            .await;
            match sent {
                Ok(()) => parts.finish().await.map(drop).map_err(|error| told(&error)),
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
        match self.runtime.block_on(bucket.objects.delete(&key)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(told(&error)),
        }
    }
}

fn key(address: &Address) -> io::Result<Key> {
    Key::parse(&address.key)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::super::keys::testing::Listed;
    use super::*;

    /// Stores with an empty bucket `b` in memory.
    fn stores() -> Stores {
        let stores = Stores::open().unwrap();
        let objects = Arc::new(InMemory::new());
        let bucket = Bucket {
            pages: Arc::new(Listed::of(Arc::clone(&objects))),
            objects,
        };
        let mut buckets = stores.buckets.lock().unwrap();
        buckets.insert("b".to_owned(), bucket);
        drop(buckets);
        stores
    }

    fn at(key: &str) -> Address {
        Address::parse(&format!("s3://b/{key}")).unwrap()
    }

    fn put(stores: &Stores, key: &str, bytes: &[u8]) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        stores.put(file.path(), &at(key)).unwrap();
    }

    #[test]
    fn what_is_put_is_listed_and_fetched() {
        let (stores, folder) = (stores(), tempfile::tempdir().unwrap());
        let n_bytes = usize::try_from(PART_BYTES).unwrap() * 2 + 7;
        let large: Vec<u8> = (0..n_bytes).map(|n| (n % 251) as u8).collect();
        let to = folder.path().join("to");
        for (key, bytes) in [
            ("a/2.pdf", b"two".as_slice()),
            ("a/1.pdf", &large),
            ("a/2.json", b""),
            ("ab", b"x"),
        ] {
            put(&stores, key, bytes);
            let n_bytes = stores.fetch(&at(key), &to, u64::MAX).unwrap();
            assert_eq!(n_bytes, bytes.len() as u64);
            assert_eq!(std::fs::read(&to).unwrap(), bytes);
        }
        let keys = |objects: Vec<Object>| -> Vec<String> {
            objects.into_iter().map(|found| found.address.key).collect()
        };
        let below = |key: &str| keys(stores.list(&at(key)).unwrap());
        assert_eq!(below("a"), ["a/1.pdf", "a/2.json", "a/2.pdf"]);
        assert_eq!(below(""), ["a/1.pdf", "a/2.json", "a/2.pdf", "ab"]);
        assert_eq!(below("a/2.pdf"), Vec::<String>::new());
        let beside = stores.list_stem(&at("a/2.pdf")).unwrap();
        assert_eq!(keys(beside), ["a/2.json", "a/2.pdf"]);
        assert_eq!(stores.find(&at("a")).unwrap(), None);
        let found = stores.find(&at("a/2.pdf")).unwrap().unwrap();
        assert_eq!(found.n_bytes, Some(3));
        assert_eq!(stores.fetch_head(&at("a/2.pdf"), &to, 2).unwrap(), 2);
        assert_eq!(stores.fetch_head(&at("a/2.pdf"), &to, 9).unwrap(), 3);
        stores.remove(&at("ab")).unwrap();
        stores.remove(&at("ab")).unwrap();
        assert_eq!(below("ab"), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_or_too_large_is_said() {
        let (stores, folder) = (stores(), tempfile::tempdir().unwrap());
        let file = folder.path().join("file");
        let error = |key: &str| stores.fetch(&at(key), &file, 9).unwrap_err();
        assert_eq!(error("none").kind(), io::ErrorKind::NotFound);
        put(&stores, "x", b"0123456789");
        let too_large = error("x");
        assert_eq!(too_large.kind(), io::ErrorKind::FileTooLarge);
        let said = TooLarge::of(&too_large).unwrap();
        assert_eq!((said.n_bytes, said.max_bytes), (Some(10), 9));
        assert_eq!(error("a//b").kind(), io::ErrorKind::InvalidInput);
    }
}
