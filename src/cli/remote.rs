//! Objects of stores on the command line: read by way of files, and written when they are whole.
//!
//! In: paths that are `s3://…`. Out: inputs, and files on a local disk for as long as they are needed. Never: loses an object without a line.

mod spool;
mod staged;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use self::spool::{Kept, Spool, name_with_ending};
use crate::batch::{Finished, Input, file_size, io_fault, name_fault, unread};
use crate::model::member::Member;
use crate::model::{Code, Diagnostic};
use crate::pipeline;
use crate::store::{Address, Object, Stores, TooLarge};

pub(super) use self::spool::RemoteArgs;
pub(super) use self::staged::{Made, Staged, refusal};

/// Archives that are kept for the members that are read next.
const KEPT_ARCHIVES: usize = 4;

/// Stores, opened when the first address is met.
#[derive(Debug)]
pub(super) struct Remote {
    stores: OnceLock<Arc<Stores>>,
    spool: Spool,
    max_bytes: u64,
    /// What was found, by address.
    found: Mutex<BTreeMap<String, Found>>,
    /// The archives that were asked for last.
    archives: Mutex<Vec<(PathBuf, Arc<Archive>)>>,
}

/// What is known of an object.
#[derive(Debug, Clone, Copy)]
struct Found {
    n_bytes: Option<u64>,
    /// Whether it was named itself; else all that is below the same prefix was found with it.
    is_named: bool,
}

/// An archive, fetched when it is first asked for.
type Archive = Mutex<Option<Arc<Fetched>>>;

/// A file that holds an object, as long as it is needed.
#[derive(Debug)]
struct Fetched {
    path: PathBuf,
    _folder: Kept,
}

/// Bytes of a fetched file.
struct FetchedBytes<R> {
    bytes: R,
    _fetched: Arc<Fetched>,
}

impl<R: Read> Read for FetchedBytes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

impl Remote {
    /// Nothing is opened, and no folder made. Objects of more than `max_bytes` are not fetched, archives excepted.
    pub(super) fn new(args: &RemoteArgs, max_bytes: u64) -> Self {
        Self {
            stores: OnceLock::new(),
            spool: Spool::new(args),
            max_bytes,
            found: Mutex::default(),
            archives: Mutex::default(),
        }
    }

    fn stores(&self) -> io::Result<Arc<Stores>> {
        if let Some(stores) = self.stores.get() {
            return Ok(Arc::clone(stores));
        }
        let opened = Arc::new(Stores::open()?);
        Ok(Arc::clone(self.stores.get_or_init(|| opened)))
    }

    /// The inputs that a path is where it is an address: the object of this name, else all below it; `None` where it is none.
    pub(super) fn list(&self, path: &Path) -> Option<Vec<Input>> {
        let address = Address::of(path)?;
        let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let (is_named, objects) = match self.find(&address, is_folder) {
            Ok(found) => found,
            Err(error) => return Some(vec![Input::new(path, Some(io_fault(&error)))]),
        };
        if objects.is_empty() {
            let hint = match path.as_os_str().as_encoded_bytes().contains(&b'*') {
                true => "; patterns stand for files: name a prefix and give --include",
                false => "",
            };
            let message = format!("no object has this name, and none is below it{hint}");
            let fault = Diagnostic::new(Code::IoNotFound, "", message);
            return Some(vec![Input::new(path, Some(fault))]);
        }
        let mut known = locked(&self.found);
        let input = |object: Object| {
            let name = object.address.to_string();
            let by_name = || match is_named {
                true => None,
                false => fault_below(&address, &object.address),
            };
            let fault = match object.n_bytes {
                Some(_) => by_name(),
                None => Some(unheard_of()),
            };
            let input = Input::new(Path::new(&name), fault);
            let n_bytes = object.n_bytes;
            known
                .entry(name)
                .or_insert(Found { n_bytes, is_named })
                .is_named &= is_named;
            input
        };
        Some(objects.into_iter().map(input).collect())
    }

    /// The object of an address alone, or what is below it; whether it is the first.
    fn find(&self, address: &Address, is_folder: bool) -> io::Result<(bool, Vec<Object>)> {
        let stores = self.stores()?;
        if is_folder || address.key.is_empty() {
            return Ok((false, stores.list(address)?));
        }
        match stores.find(address) {
            Ok(Some(object)) => Ok((true, vec![object])),
            Ok(None) => Ok((false, stores.list(address)?)),
            // Whoever may not ask for what is not there may list what is.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                match stores.list(address) {
                    Ok(objects) if !objects.is_empty() => Ok((false, objects)),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// A file that holds an object, and beside it those that may be words of a picture.
    fn fetch(&self, address: &Address, max_bytes: u64) -> io::Result<Fetched> {
        let stores = self.stores()?;
        let words = self.words_of(address)?;
        let folder = self.spool.folder()?;
        let path = match words.is_empty() {
            true => folder.file(&name_with_ending(&address.key)),
            // Messages name the words.
            false => folder.file(address.name()),
        };
        stores.fetch(address, &path, max_bytes)?;
        for words in words {
            stores.fetch(&words, &folder.file(words.name()), max_bytes)?;
        }
        Ok(Fetched {
            path,
            _folder: folder,
        })
    }

    /// Objects that are named as words of a picture, and are not too large for them.
    fn words_of(&self, picture: &Address) -> io::Result<Vec<Address>> {
        let name = picture.to_string();
        let own = Path::new(&name);
        if !pipeline::are_named_so(own, &own.with_extension("json")) {
            return Ok(Vec::new());
        }
        let is_words = |name: &str, n_bytes: Option<u64>| {
            pipeline::are_named_so(own, Path::new(name))
                && n_bytes.is_some_and(|n| (1..=self.max_bytes).contains(&n))
        };
        let known = locked(&self.found);
        if known.get(&name).is_some_and(|found| !found.is_named) {
            let stem = format!("s3://{}/{}.", picture.bucket, picture.stem());
            let of_stem = known.range(stem.clone()..);
            let of_stem = of_stem.take_while(|(name, _)| name.starts_with(&stem));
            let words = of_stem.filter(|(name, found)| is_words(name, found.n_bytes));
            return Ok(words.filter_map(|(name, _)| Address::parse(name)).collect());
        }
        drop(known);
        let listed = match self.stores()?.list_stem(picture) {
            Ok(listed) => listed,
            // Where nothing may be listed, nothing is known to lie there.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Vec::new(),
            Err(error) => return Err(error),
        };
        let words = listed.into_iter();
        let words = words.filter(|found| is_words(&found.address.to_string(), found.n_bytes));
        Ok(words.map(|found| found.address).collect())
    }

    /// The words beside a picture, as [`pipeline::words_beside`] finds them by their first bytes; a path that is no address is a file.
    pub(super) fn words_beside(&self, path: &Path) -> Option<PathBuf> {
        let Some(picture) = Address::of(path) else {
            return pipeline::words_beside(path, self.max_bytes);
        };
        // What cannot be asked now is asked again, and said, when the picture is read.
        let words = self
            .words_of(&picture)
            .ok()
            .filter(|words| !words.is_empty())?;
        let (stores, folder) = (self.stores().ok()?, self.spool.folder().ok()?);
        for address in words.iter().chain([&picture]) {
            let file = folder.file(address.name());
            stores
                .fetch_head(address, &file, pipeline::HEAD_BYTES)
                .ok()?;
        }
        let found = pipeline::words_beside(&folder.file(picture.name()), self.max_bytes)?;
        let name = found.file_name()?.to_str()?;
        Some(PathBuf::from(picture.beside(name).to_string()))
    }

    /// The file of an archive, fetched where it is not at hand.
    fn archive(&self, address: &Address, path: &Path) -> io::Result<Arc<Fetched>> {
        let archive = {
            let mut archives = locked(&self.archives);
            let at = archives.iter().position(|(known, _)| known == path);
            let entry = match at {
                Some(at) => archives.remove(at),
                None => (path.to_owned(), Arc::default()),
            };
            let archive = Arc::clone(&entry.1);
            archives.push(entry);
            let n_surplus = archives.len().saturating_sub(KEPT_ARCHIVES);
            // Whoever reads one has it until then.
            archives.drain(..n_surplus);
            archive
        };
        // Held while it is fetched, so that no one fetches it meanwhile.
        let mut archive = locked(&archive);
        if let Some(fetched) = archive.as_ref() {
            return Ok(Arc::clone(fetched));
        }
        let fetched = Arc::new(self.fetch(address, u64::MAX)?);
        *archive = Some(Arc::clone(&fetched));
        Ok(fetched)
    }

    /// Calls `list` with the file of an archive.
    pub(super) fn with_archive<T>(
        &self,
        path: &Path,
        list: impl FnOnce(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        match Address::of(path) {
            Some(address) => list(&self.archive(&address, path)?.path),
            None => list(path),
        }
    }

    /// Has an input read: an object by way of a file that goes when it was read, a file as it is.
    pub(super) fn read(&self, input: &Input, read: impl FnOnce(&Input) -> Finished) -> Finished {
        let Some(address) = Address::of(&input.path) else {
            return read(input);
        };
        let fetched = match input.member {
            Some(_) => self.archive(&address, &input.path),
            None => self.fetch(&address, self.max_bytes).map(Arc::new),
        };
        match fetched {
            Ok(fetched) => read(&Input {
                path: fetched.path.clone(),
                ..input.clone()
            }),
            Err(error) => {
                let mut finished = unread(input, io_fault(&error));
                finished.document.bytes = TooLarge::of(&error).and_then(|said| said.n_bytes);
                finished
            }
        }
    }

    /// The size of an input's file or object; `None` where it is none, or will not be read.
    pub(super) fn size(&self, path: &Path) -> Option<u64> {
        match path.to_str().filter(|path| Address::parse(path).is_some()) {
            Some(name) => {
                let found = locked(&self.found).get(name)?.n_bytes;
                found.filter(|n_bytes| *n_bytes <= self.max_bytes)
            }
            None => file_size(path),
        }
    }

    /// The bytes of an input's file or object.
    pub(super) fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        let Some(address) = Address::of(path) else {
            return Ok(Box::new(File::open(path)?));
        };
        let fetched = self.fetch(&address, self.max_bytes)?;
        let bytes = File::open(&fetched.path)?;
        let _fetched = Arc::new(fetched);
        Ok(Box::new(FetchedBytes { bytes, _fetched }))
    }

    /// The bytes of a member of an archive.
    pub(super) fn open_member(&self, path: &Path, member: &Member) -> io::Result<Box<dyn Read>> {
        let Some(address) = Address::of(path) else {
            return pipeline::archive::open(path, member);
        };
        let _fetched = self.archive(&address, path)?;
        let bytes = pipeline::archive::open(&_fetched.path, member)?;
        Ok(Box::new(FetchedBytes { bytes, _fetched }))
    }

    /// Fetches files of a run; those that are not there are left out. The folder goes when it is dropped.
    pub(super) fn fetch_run(&self, address: &Address, names: &[&str]) -> io::Result<Run> {
        let stores = self.stores()?;
        let folder = self.spool.folder()?;
        for name in names {
            let file = folder.file(name);
            match stores.fetch(&address.join(name), &file, u64::MAX) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                fetched => drop(fetched?),
            }
        }
        Ok(Run(folder))
    }
}

/// Files of a run that were fetched.
#[derive(Debug)]
pub(super) struct Run(Kept);

impl Run {
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why an object below a prefix is left aside by its name, as a file in a folder is; `None` where it is to be read.
fn fault_below(prefix: &Address, object: &Address) -> Option<Diagnostic> {
    let below = object.key.strip_prefix(prefix.key.as_str());
    let below = below.unwrap_or(&object.key);
    // What lies in a hidden folder is hidden.
    let hidden = below.split('/').find(|step| step.starts_with('.'));
    name_fault(Path::new(hidden.unwrap_or(below)))
}

/// What is said of a key that is listed and cannot be asked for.
fn unheard_of() -> Diagnostic {
    let message = "the key has an empty step, `.`, `..` or a control character, which is not read";
    Diagnostic::new(Code::IoRead, "", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_left_aside_by_their_names_as_files_are() {
        let at = |text: &str| Address::parse(text).unwrap();
        let code = |object: &str| fault_below(&at("s3://b/.a"), &at(object)).map(|said| said.code);
        assert_eq!(code("s3://b/.a/x.pdf"), None);
        assert_eq!(code("s3://b/.a/.git/x.pdf"), Some(Code::SkipExt));
        assert_eq!(code("s3://b/.a/.x.pdf"), Some(Code::SkipExt));
        assert_eq!(code("s3://b/.a/x.json"), Some(Code::SkipExt));
    }
}
