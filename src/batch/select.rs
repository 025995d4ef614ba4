//! Which of the inputs a run reads.
//!
//! In: inputs in their order. Out: fewer of them, or some that are left aside with a reason. Never: changes their order; drops one without
//! being asked to.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;

use globset::{Glob, GlobSet, GlobSetBuilder};
use sha2::{Digest as _, Sha256};

use super::inputs::Input;
use crate::model::member::Member;
use crate::model::{Code, Diagnostic};

/// One of several parts of the inputs, as `2/5` names it: every fifth, from the second on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0, below `n`.
    index: usize,
    n: NonZeroUsize,
}

impl Shard {
    /// Leaves the inputs of this shard; those of all shards are all inputs.
    pub fn keep(self, inputs: &mut Vec<Input>) {
        let mut idx = 0;
        inputs.retain(|_| {
            let is_own = idx % self.n == self.index;
            idx += 1;
            is_own
        });
    }
}

/// A text that names no shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shard is I/N, with 1 <= I <= N")]
pub struct ShardError;

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (index, n) = text.split_once('/').ok_or(ShardError)?;
        let n: NonZeroUsize = n.parse().map_err(|_| ShardError)?;
        let index: NonZeroUsize = index.parse().map_err(|_| ShardError)?;
        if index > n {
            return Err(ShardError);
        }
        Ok(Self {
            index: index.get() - 1,
            n,
        })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index + 1, self.n)
    }
}

/// Leaves the inputs whose path fits one of `include`, if there are any, and none of `exclude`. `*` stands for `/`, too.
///
/// # Errors
/// A pattern that is none.
pub fn filter(
    inputs: &mut Vec<Input>,
    include: &[String],
    exclude: &[String],
) -> Result<(), globset::Error> {
    let set = |patterns: &[String]| -> Result<GlobSet, globset::Error> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(Glob::new(pattern)?);
        }
        set.build()
    };
    let (wanted, unwanted) = (set(include)?, set(exclude)?);
    let fits = |set: &GlobSet, path: &Path| {
        set.is_match(path) || path.file_name().is_some_and(|name| set.is_match(name))
    };
    inputs.retain(|input| {
        let path = match input.member {
            Some(_) => Path::new(&input.name),
            None => &input.path,
        };
        (include.is_empty() || fits(&wanted, path)) && !fits(&unwanted, path)
    });
    Ok(())
}

/// Gives the bytes of a member of the archive at a path.
type OpenMember<'a> = &'a dyn Fn(&Path, &Member) -> io::Result<Box<dyn Read>>;

/// How inputs are looked into, wherever they are.
pub struct Look<'a> {
    /// The size of a file, in bytes; `None` where it is none, or not to be looked into.
    pub size: &'a dyn Fn(&Path) -> Option<u64>,
    /// The bytes of a file.
    pub open: &'a dyn Fn(&Path) -> io::Result<Box<dyn Read>>,
    /// The bytes of a member of the archive at a path.
    pub open_member: OpenMember<'a>,
}

/// The size of a file of this machine; `None` where it is none.
#[must_use]
pub fn file_size(path: &Path) -> Option<u64> {
    let metadata = fs::metadata(path).ok()?;
    metadata.is_file().then_some(metadata.len())
}

/// Leaves aside each input that has the same bytes as one before it. Only inputs of equal size are looked into; what cannot be read is left
/// to the one who reads.
pub fn set_duplicates_aside(inputs: &mut [Input], look: &Look<'_>) {
    let mut of_size: HashMap<u64, Vec<usize>> = HashMap::new();
    for (idx, input) in inputs.iter().enumerate() {
        if input.fault.is_some() {
            continue;
        }
        let size = match &input.member {
            Some(member) => Some(member.n_bytes),
            None => (look.size)(&input.path),
        };
        if let Some(size) = size {
            of_size.entry(size).or_default().push(idx);
        }
    }
    for (size, same) in of_size.into_iter().filter(|(_, same)| same.len() > 1) {
        let mut first: HashMap<Vec<u8>, usize> = HashMap::new();
        for idx in same {
            let Input { path, member, .. } = &inputs[idx];
            let content = match member {
                // A member may be longer than it states.
                Some(member) => (look.open_member)(path, member)
                    .and_then(|bytes| digest(bytes.take(size.saturating_add(1)))),
                None => (look.open)(path).and_then(digest),
            };
            let Ok(digest) = content else {
                continue;
            };
            let first = *first.entry(digest).or_insert(idx);
            if first != idx {
                let message = format!("has the same bytes as {}", inputs[first].name);
                inputs[idx].fault = Some(Diagnostic::new(Code::SkipDuplicate, "", message));
            }
        }
    }
}

fn digest(mut content: impl Read) -> io::Result<Vec<u8>> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match content.read(&mut buffer)? {
            0 => return Ok(digest.finalize().to_vec()),
            n => digest.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(names: &[&str]) -> Vec<Input> {
        let input = |name: &&str| Input {
            path: name.into(),
            member: None,
            name: (*name).to_owned(),
            name_base64: None,
            fault: None,
        };
        names.iter().map(input).collect()
    }

    fn names(inputs: &[Input]) -> Vec<&str> {
        inputs.iter().map(|input| input.name.as_str()).collect()
    }

    #[test]
    fn shards_divide_all_inputs() {
        let all = ["a", "b", "c", "d", "e"];
        let mut found: Vec<String> = Vec::new();
        for shard in ["1/3", "2/3", "3/3"] {
            let mut own = inputs(&all);
            shard.parse::<Shard>().unwrap().keep(&mut own);
            found.extend(own.into_iter().map(|input| input.name));
        }
        assert_eq!(found, ["a", "d", "b", "e", "c"]);
        for bad in ["", "0/3", "4/3", "1/0", "1", "-1/3", "a/b"] {
            assert_eq!(bad.parse::<Shard>(), Err(ShardError), "{bad}");
        }
    }

    #[test]
    fn patterns_fit_paths_and_names() {
        let check = |include: &[&str], exclude: &[&str], expected: &[&str]| {
            let own =
                |patterns: &[&str]| patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
            let mut all = inputs(&["2023/a.pdf", "2024/a.pdf", "2024/b.txt"]);
            filter(&mut all, &own(include), &own(exclude)).unwrap();
            assert_eq!(names(&all), expected);
        };
        check(&[], &[], &["2023/a.pdf", "2024/a.pdf", "2024/b.txt"]);
        check(&["*.pdf"], &[], &["2023/a.pdf", "2024/a.pdf"]);
        check(&["2024/*"], &["a.*"], &["2024/b.txt"]);
        assert!(filter(&mut inputs(&["a"]), &["[".to_owned()], &[]).is_err());
    }

    #[test]
    fn the_first_of_equal_files_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<String> = [("a", "1"), ("b", "2"), ("c", "1"), ("d", "12"), ("e", "1")]
            .iter()
            .map(|(name, text)| {
                let path = folder.path().join(name);
                fs::write(&path, text).unwrap();
                path.to_str().unwrap().to_owned()
            })
            .collect();
        let mut all = inputs(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        let look = Look {
            size: &file_size,
            open: &|path| Ok(Box::new(fs::File::open(path)?)),
            open_member: &|_, _| unreachable!("none is a member"),
        };
        set_duplicates_aside(&mut all, &look);
        let faults: Vec<bool> = all.iter().map(|input| input.fault.is_some()).collect();
        assert_eq!(faults, [false, false, true, false, true]);
        let fault = all[4].fault.as_ref().unwrap();
        assert_eq!(fault.code, Code::SkipDuplicate);
        assert!(fault.message.ends_with(&paths[0]), "{}", fault.message);
    }
}
