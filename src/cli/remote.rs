//! Objects of stores on the command line: read by way of files, and written when they are whole.
//!
//! In: paths that are `s3://…`. Out: files on a local disk for as long as they are needed. Never: loses an object without a line.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use clap::Args;

use super::lineage::Dataset;
use super::messages::{Lang, Message};
use super::{Exit, Failure};
use crate::batch::{Finished, Input, io_fault, name_fault, unread};
use crate::export::MANIFEST_FILE;
use crate::model::digest::hex;
use crate::store::{Address, Object, Stores};

/// Arguments of commands that read or write objects.
#[derive(Debug, Clone, Args)]
pub(super) struct RemoteArgs {
    /// Folder for objects of s3:// that are being read, and for what goes to s3:// until it is whole; without it $XDG_CACHE_HOME/jixiao, else
    /// ~/.cache/jixiao.
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
}

/// Stores, opened when the first address is met.
#[derive(Debug)]
pub(super) struct Remote {
    stores: OnceLock<Arc<Stores>>,
    spool: PathBuf,
    /// For objects that are being read: of this process alone.
    objects: PathBuf,
    max_bytes: u64,
    n_fetched: AtomicU64,
    /// Archives, which are kept as long as their members may be read.
    archives: Mutex<HashMap<PathBuf, PathBuf>>,
}

/// A local place that stands for an address until it is whole.
#[derive(Debug)]
pub(super) struct Staged {
    /// The local file or folder.
    pub(super) path: PathBuf,
    address: Address,
}

impl Staged {
    /// Whether an input is what the output replaces: an earlier run below the prefix that is read.
    pub(super) fn covers(&self, input: &Input) -> bool {
        Address::of(&input.path).is_some_and(|input| input.is_below(&self.address))
    }

    /// The folder that holds it and what lies beside it, and nothing else.
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Calls a dataset by its address.
    pub(super) fn name(&self, dataset: &mut Dataset) {
        dataset.path = self.at(&dataset.path).to_string().into();
    }

    /// The address of what was staged, of a file below it, or of one beside it.
    fn at(&self, file: &Path) -> Address {
        let step = |path: &Path| {
            let steps: Vec<_> = path.iter().map(|step| step.to_string_lossy()).collect();
            steps.join("/")
        };
        match file.strip_prefix(&self.path).map(step) {
            Ok(below) if below.is_empty() => self.address.clone(),
            Ok(below) => self.address.join(&below),
            Err(_) => self
                .address
                .beside(&step(Path::new(file.file_name().unwrap_or_default()))),
        }
    }
}

impl Remote {
    /// Nothing is opened, and no folder made. Objects of more than `max_bytes` are not fetched.
    pub(super) fn new(args: &RemoteArgs, max_bytes: u64) -> Self {
        let cache = || {
            let set = |name| env::var_os(name).filter(|value| !value.is_empty());
            let base = set("XDG_CACHE_HOME").map(PathBuf::from);
            base.or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".cache")))
                .unwrap_or_else(env::temp_dir)
                .join("jixiao")
        };
        let spool = args.spool.clone().unwrap_or_else(cache);
        let objects = spool.join(format!("objects-{}", std::process::id()));
        Self {
            stores: OnceLock::new(),
            spool,
            objects,
            max_bytes,
            n_fetched: AtomicU64::new(0),
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

    /// The inputs that a path is where it is an address: an object, or all below a prefix; `None` where it is none.
    pub(super) fn list(&self, path: &Path) -> Option<Vec<Input>> {
        let address = Address::of(path)?;
        let objects = match self.stores().and_then(|stores| stores.list(&address)) {
            Ok(objects) => objects,
            Err(error) => return Some(vec![Input::new(path, Some(io_fault(&error)))]),
        };
        if objects.is_empty() {
            let error = io::Error::new(
                io::ErrorKind::NotFound,
                "no object of this name or below it",
            );
            return Some(vec![Input::new(path, Some(io_fault(&error)))]);
        }
        let input = |object: Object| {
            let is_named = object.address == address;
            let path = PathBuf::from(object.address.to_string());
            let fault = name_fault(&path).filter(|_| !is_named);
            Input::new(&path, fault)
        };
        Some(objects.into_iter().map(input).collect())
    }

    /// A file that holds an object, of a name of its own with the ending of the key.
    fn fetch(&self, address: &Address) -> io::Result<PathBuf> {
        let stores = self.stores()?;
        fs::create_dir_all(&self.objects)?;
        let number = self.n_fetched.fetch_add(1, Ordering::Relaxed);
        let mut file = self.objects.join(number.to_string());
        if let Some(ending) = Path::new(address.name()).extension() {
            file.set_extension(ending);
        }
        match stores.fetch(address, &file, self.max_bytes) {
            Ok(_) => Ok(file),
            Err(error) => {
                // What was begun is of no use; that it cannot be removed is no second fault.
                drop(fs::remove_file(&file));
                Err(error)
            }
        }
    }

    /// The local file of an archive, fetched once; a path that is no address is that file itself.
    pub(super) fn archive(&self, path: &Path) -> io::Result<PathBuf> {
        let Some(address) = Address::of(path) else {
            return Ok(path.to_owned());
        };
        // Held while it is fetched, so that no archive is fetched twice.
        let mut archives = self.archives.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = archives.get(path) {
            return Ok(file.clone());
        }
        let file = self.fetch(&address)?;
        archives.insert(path.to_owned(), file.clone());
        Ok(file)
    }

    /// Has an input read: an object by way of a file that is removed then, a file as it is.
    pub(super) fn read(&self, input: &Input, read: impl FnOnce(&Input) -> Finished) -> Finished {
        let Some(address) = Address::of(&input.path) else {
            return read(input);
        };
        let is_kept = input.member.is_some();
        let fetched = if is_kept {
            self.archive(&input.path)
        } else {
            self.fetch(&address)
        };
        let path = match fetched {
            Ok(path) => path,
            Err(error) => return unread(input, io_fault(&error)),
        };
        let local = Input {
            path,
            ..input.clone()
        };
        let finished = read(&local);
        if !is_kept {
            // The folder goes with the process.
            drop(fs::remove_file(&local.path));
        }
        finished
    }

    /// A local place for an output that is an address, the same for the same address; `None` where it is none.
    pub(super) fn stage(&self, out: Option<&Path>) -> Result<Option<Staged>, Failure> {
        use sha2::{Digest as _, Sha256};
        let Some(address) = out.and_then(Address::of) else {
            return Ok(None);
        };
        self.stores().map_err(|error| {
            let exit = match error.kind() {
                io::ErrorKind::Unsupported => Exit::Usage,
                _ => Exit::Environment,
            };
            Failure::new(exit, error)
        })?;
        let digest = hex(&Sha256::digest(address.to_string()));
        let folder = self.spool.join(format!("out-{}", &digest[..16]));
        fs::create_dir_all(&folder).map_err(environment)?;
        Ok(Some(Staged {
            path: folder.join(address.name()),
            address,
        }))
    }

    /// Refuses an output that is there already, unless it may be replaced.
    pub(super) fn refuse_existing(
        &self,
        staged: &Staged,
        force: bool,
        lang: Lang,
    ) -> Result<(), Failure> {
        if force || self.there(staged)?.is_empty() {
            return Ok(());
        }
        let place = staged.address.to_string();
        let message = Message::OutputExists(&place);
        Err(Failure::said(Exit::Usage, message, lang))
    }

    /// Makes ready to replace a delivery: what is there and is none is left alone, and a database is fetched, since it takes rows.
    pub(super) fn take_up_delivery(&self, staged: &Staged, lang: Lang) -> Result<(), Failure> {
        let there = self.there(staged)?;
        let is_file = there.iter().any(|object| object.address == staged.address);
        if is_file {
            let stores = self.stores().map_err(environment)?;
            let fetched = stores.fetch(&staged.address, &staged.path, u64::MAX);
            return fetched.map(drop).map_err(environment);
        }
        let manifest = staged.address.join(MANIFEST_FILE);
        let is_delivery = there.iter().any(|object| object.address == manifest);
        self.refuse_existing(staged, is_delivery, lang)
    }

    fn there(&self, staged: &Staged) -> Result<Vec<Object>, Failure> {
        let listed = self
            .stores()
            .and_then(|stores| stores.list(&staged.address));
        listed.map_err(environment)
    }

    /// Sends what was staged to its address, and removes it here. What says that all is whole is taken away first and sent last: manifests,
    /// and of a run `last`.
    pub(super) fn send(&self, staged: &Staged, last: &str) -> Result<(), Failure> {
        let stores = self.stores().map_err(environment)?;
        let mut files = Vec::new();
        list_files(staged.folder(), &mut files).map_err(environment)?;
        // What says that all is whole comes last, and what says it of everything comes last of all.
        let rank = |file: &Path| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            u8::from(name.ends_with(MANIFEST_FILE)) + 2 * u8::from(file == staged.path.join(last))
        };
        files.sort_by_key(|file| (rank(file), staged.at(file)));
        let sent = (|| {
            for file in files.iter().filter(|file| rank(file) > 0) {
                stores.remove(&staged.at(file))?;
                if file.file_name().is_some_and(|name| name == MANIFEST_FILE) {
                    // Of an earlier delivery, what this one has no longer.
                    let folder = staged.at(file.parent().unwrap_or(&staged.path));
                    for old in stores.list(&folder)? {
                        if !files.iter().any(|file| staged.at(file) == old.address) {
                            stores.remove(&old.address)?;
                        }
                    }
                }
            }
            for file in &files {
                stores.put(file, &staged.at(file))?;
            }
            Ok(())
        })();
        sent.map_err(|error: io::Error| {
            let place = staged.address.to_string();
            Failure::new(
                Exit::Environment,
                anyhow::anyhow!("cannot write {place}: {error}"),
            )
        })?;
        self.clear(staged);
        Ok(())
    }

    /// Removes what was staged.
    fn clear(&self, staged: &Staged) {
        drop(fs::remove_dir_all(staged.folder()));
    }

    /// Refuses to look for inputs of the same bytes where some would have to be fetched for it.
    pub(super) fn refuse_dedupe(&self, inputs: &[Input]) -> Result<(), Failure> {
        let mut remote = inputs
            .iter()
            .filter(|input| Address::of(&input.path).is_some());
        let Some(input) = remote.next() else {
            return Ok(());
        };
        let name = &input.name;
        let error =
            anyhow::anyhow!("--dedupe compares files, and {name} would have to be fetched twice");
        Err(Failure::new(Exit::Usage, error))
    }

    /// Fetches files of a run into a folder of its own; those that are not there are left out.
    pub(super) fn fetch_run(&self, address: &Address, names: &[&str]) -> io::Result<PathBuf> {
        let stores = self.stores()?;
        let folder = self.objects.join("run");
        fs::create_dir_all(&folder)?;
        for name in names {
            match stores.fetch(&address.join(name), &folder.join(name), u64::MAX) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    drop(fs::remove_file(folder.join(name)));
                }
                fetched => drop(fetched?),
            }
        }
        Ok(folder)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // There is none where no object was fetched.
        drop(fs::remove_dir_all(&self.objects));
    }
}

fn environment(error: io::Error) -> Failure {
    Failure::new(Exit::Environment, error)
}

/// The files of a folder and of those below; a file is its own list. Hidden ones are left of a process that was killed.
fn list_files(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            list_files(&entry.path(), files)?;
        }
    }
    Ok(())
}
