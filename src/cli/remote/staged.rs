//! Outputs that are addresses: made on the local disk, and sent when they are whole.
//!
//! While a delivery or a run is sent, an object beside it says so and what an earlier one had there, so that whoever sends again, from wherever,
//! finds what to replace. What says that all is whole, manifests and summaries, is taken away first and comes last.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::lineage::Dataset;
use super::super::messages::stores::StoreMessage;
use super::super::messages::{Lang, Message};
use super::super::{Exit, Failure};
use super::Remote;
use super::spool::{Lock, make};
use crate::batch::{Input, RunIdentity};
use crate::export::{Format, MANIFEST_FILE, manifest_name};
use crate::model::digest::hex;
use crate::runs::{DOCUMENTS_FILE, FORMS_FILE, SUMMARY_FILE};
use crate::store::{Address, Stores};

/// Says that something is being sent, and what an earlier delivery had there.
const SENDING_FILE: &str = ".jixiao-sending.json";
/// Largest list of files that is read, in bytes.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Made {
    /// Forms with their ledger and summary, or alone.
    Run,
    /// Tables.
    Delivery,
}

/// A local place that stands for an address until what is made there is whole.
#[derive(Debug)]
pub(in super::super) struct Staged {
    /// The local file or folder.
    pub(in super::super) path: PathBuf,
    address: Address,
    /// Holds the file or folder and what lies beside it, and nothing else.
    folder: PathBuf,
    made: Made,
    /// `None` when this is dropped.
    lock: Option<Lock>,
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Tables are made again, a run is taken up. What cannot be removed is replaced by whoever comes next.
        drop(match self.made {
            Made::Delivery => fs::remove_dir_all(&self.folder),
            Made::Run => fs::remove_dir(&self.folder),
        });
        if let Some(lock) = self.lock.take() {
            lock.remove();
        }
    }
}

impl Staged {
    /// Whether an input is what the output replaces: files and tables of an earlier run.
    pub(in super::super) fn covers(&self, input: &Input) -> bool {
        let Some(input) = Address::of(&input.path) else {
            return false;
        };
        let is_file = |name: &str| input == self.address.join(name);
        let is_table = |name: &str| input.is_below(&self.address.join(name));
        input == self.address
            || [FORMS_FILE, DOCUMENTS_FILE, SUMMARY_FILE, SENDING_FILE]
                .iter()
                .any(|name| is_file(name))
            || Format::usual_names().iter().any(|name| is_table(name))
    }

    /// Calls a dataset by its address.
    pub(in super::super) fn name(&self, dataset: &mut Dataset) {
        dataset.path = self.at(&dataset.path).to_string().into();
    }

    /// The address, as messages name it.
    pub(in super::super) fn place(&self) -> PathBuf {
        self.address.to_string().into()
    }

    /// The address of what was made, of a file below it, or of one beside it.
    fn at(&self, file: &Path) -> Address {
        match file.strip_prefix(&self.path) {
            Ok(below) if below.as_os_str().is_empty() => self.address.clone(),
            Ok(below) => self.address.join(&steps(below)),
            Err(_) => self
                .address
                .beside(&steps(Path::new(file.file_name().unwrap_or_default()))),
        }
    }

    /// Where it is noted that a run is whole, and which.
    fn note(&self) -> PathBuf {
        self.folder.with_extension("whole")
    }

    /// Notes that a run is whole and is to be sent.
    pub(in super::super) fn is_whole(&self, identity: &RunIdentity) -> Result<(), Failure> {
        let text = serde_json::to_string(identity)
            .map_err(|error| Failure::new(Exit::Environment, error))?;
        fs::write(self.note(), text).map_err(environment)
    }

    /// The run that is whole and was not sent to its end.
    pub(in super::super) fn unsent(&self) -> Option<RunIdentity> {
        serde_json::from_slice(&fs::read(self.note()).ok()?).ok()
    }

    /// Begins anew.
    pub(in super::super) fn clear(&self) -> Result<(), Failure> {
        let cleared = fs::remove_dir_all(&self.folder).or_else(unless_missing);
        let cleared = cleared.and_then(|()| fs::remove_file(self.note()).or_else(unless_missing));
        cleared
            .and_then(|()| make(&self.folder))
            .map_err(environment)
    }
}

impl Remote {
    /// A local place for an output that is an address, the same for the same address; `None` where it is none.
    pub(in super::super) fn stage(
        &self,
        out: Option<&Path>,
        made: Made,
        lang: Lang,
    ) -> Result<Option<Staged>, Failure> {
        let Some(address) = out.and_then(Address::of) else {
            return Ok(None);
        };
        self.stores().map_err(|error| refusal(error, lang))?;
        let digest = hex(&Sha256::digest(address.to_string()));
        let kind = match made {
            Made::Run => "run",
            Made::Delivery => "tables",
        };
        let named = self.spool.named(&format!("{kind}-{}", &digest[..16]));
        let Some((folder, lock)) = named.map_err(environment)? else {
            let place = address.to_string();
            return Err(Failure::said(Exit::Usage, Message::RunLocked(&place), lang));
        };
        let staged = Staged {
            path: folder.join(address.name()),
            address,
            folder,
            made,
            lock: Some(lock),
        };
        match made {
            Made::Run => make(&staged.folder).map_err(environment)?,
            // Tables are made again from what is whole.
            Made::Delivery => staged.clear()?,
        }
        Ok(Some(staged))
    }

    /// Refuses an output that is there already.
    pub(in super::super) fn refuse_existing(
        &self,
        staged: &Staged,
        lang: Lang,
    ) -> Result<(), Failure> {
        let there = || -> io::Result<bool> {
            let stores = self.stores()?;
            let address = &staged.address;
            let is_object = !address.key.is_empty() && stores.find(address)?.is_some();
            Ok(is_object || !stores.list(address)?.is_empty())
        };
        if !there().map_err(environment)? {
            return Ok(());
        }
        let place = staged.address.to_string();
        Err(Failure::said(
            Exit::Usage,
            Message::OutputExists(&place),
            lang,
        ))
    }

    /// Makes ready to replace a delivery: what is there and is none is left alone, and a database is fetched, since it takes rows.
    pub(in super::super) fn take_up_delivery(
        &self,
        staged: &Staged,
        format: &Format,
        lang: Lang,
    ) -> Result<(), Failure> {
        let stores = self.stores().map_err(environment)?;
        let find = |address: &Address| stores.find(address).map_err(environment);
        if *format == Format::Sqlite {
            // With its manifest, which says how its rows were redacted.
            for name in [staged.address.name(), &manifest_name(staged.address.name())] {
                let address = staged.address.beside(name);
                if find(&address)?.is_some() {
                    let fetched = stores.fetch(&address, &staged.folder.join(name), u64::MAX);
                    fetched.map_err(environment)?;
                }
            }
            return Ok(());
        }
        for name in [MANIFEST_FILE, SENDING_FILE] {
            if find(&staged.address.join(name))?.is_some() {
                return Ok(());
            }
        }
        self.refuse_existing(staged, lang)
    }

    /// Sends what was made to its address, and removes it here; `last` comes last of all.
    pub(in super::super) fn send(
        &self,
        staged: Staged,
        last: &str,
        lang: Lang,
    ) -> Result<(), Failure> {
        let sent = self
            .stores()
            .and_then(|stores| send(&stores, &staged, last));
        sent.map_err(|error| {
            let (place, reason) = (staged.address.to_string(), error.to_string());
            let is_kept = staged.made == Made::Run && staged.path.is_dir();
            let kept = is_kept.then(|| staged.path.to_string_lossy());
            let message = StoreMessage::NotSent {
                place: &place,
                reason: &reason,
                kept: kept.as_deref(),
            };
            Failure::new(Exit::Environment, anyhow::Error::msg(message.text(lang)))
        })?;
        staged.clear()
    }
}

fn send(stores: &Stores, staged: &Staged, last: &str) -> io::Result<()> {
    let mut files = Vec::new();
    list_files(&staged.folder, &mut files)?;
    let is_manifest = |file: &Path| {
        file.file_name()
            .is_some_and(|name| name.to_string_lossy().ends_with(MANIFEST_FILE))
    };
    // What says that all is whole comes last, and what says it of everything comes last of all.
    let rank =
        |file: &Path| u8::from(is_manifest(file)) + 2 * u8::from(file == staged.path.join(last));
    files.sort_by_key(|file| (rank(file), staged.at(file)));
    let new: BTreeSet<Address> = files.iter().map(|file| staged.at(file)).collect();
    let is_folder = staged.path.is_dir();
    let sending = staged.address.join(SENDING_FILE);
    let mut old = BTreeSet::new();
    if is_folder {
        let begun = fetch_json(stores, staged, &sending)?;
        let begun = begun
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        old.extend(begun.map(|name| staged.address.join(name)));
        for file in files
            .iter()
            .filter(|file| file.file_name().is_some_and(|name| name == MANIFEST_FILE))
        {
            let manifest = staged.at(file);
            let earlier = fetch_json(stores, staged, &manifest)?;
            let entries = earlier["files"].as_array().into_iter().flatten();
            let paths = entries.filter_map(|entry| entry["path"].as_str());
            old.extend(paths.map(|path| manifest.beside(path)));
        }
        let names: Vec<&str> = old
            .iter()
            .filter_map(|old| old.below(&staged.address))
            .collect();
        let note = staged.folder.with_extension("sending");
        fs::write(&note, serde_json::to_vec(&names)?)?;
        let put = stores.put(&note, &sending);
        fs::remove_file(&note)?;
        put?;
    }
    for file in files.iter().filter(|file| rank(file) > 0) {
        stores.remove(&staged.at(file))?;
    }
    let n_first = files.partition_point(|file| rank(file) == 0);
    let put = |file: &PathBuf| stores.put(file, &staged.at(file));
    files[..n_first].iter().try_for_each(put)?;
    // Of an earlier delivery, what this one has no longer.
    old.iter()
        .filter(|old| !new.contains(old))
        .try_for_each(|old| stores.remove(old))?;
    files[n_first..].iter().try_for_each(put)?;
    if is_folder {
        stores.remove(&sending)?;
    }
    Ok(())
}

/// What an object says, if it is there; what is no JSON says nothing.
fn fetch_json(stores: &Stores, staged: &Staged, address: &Address) -> io::Result<Value> {
    let file = staged.folder.with_extension("fetched");
    match stores.fetch(address, &file, MAX_LIST_BYTES) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Value::Null),
        Err(error) => return Err(error),
    }
    let bytes = fs::read(&file)?;
    fs::remove_file(&file)?;
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}

fn steps(path: &Path) -> String {
    let steps: Vec<_> = path.iter().map(|step| step.to_string_lossy()).collect();
    steps.join("/")
}

fn unless_missing(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

fn environment(error: io::Error) -> Failure {
    Failure::new(Exit::Environment, error)
}

/// Why a store cannot be used; what this build cannot do is a matter of usage.
pub(in super::super) fn refusal(error: io::Error, lang: Lang) -> Failure {
    match error.kind() {
        io::ErrorKind::Unsupported => {
            let said = StoreMessage::LeftOut.text(lang);
            Failure::new(Exit::Usage, anyhow::Error::msg(said))
        }
        _ => environment(error),
    }
}

/// The files of a folder and of those below; a file is its own list.
fn list_files(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        list_files(&entry?.path(), files)?;
    }
    Ok(())
}
