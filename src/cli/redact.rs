//! `--redact`: what `extract`, `worker` and `export` take out of records, and the key of it.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::{Exit, Failure};
use crate::grammar::Grammars;
use crate::redact::{Key, Redaction, Scope};

/// Arguments of redaction.
#[derive(Debug, Clone, Args)]
pub(super) struct RedactArgs {
    /// Put a keyed hash in the place of personal data: of the persons whom labels name, telephone and identity numbers (contact), and also of
    /// what looks like a name in the title of a project (names). contact says where a title may hold one.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        requires = "redact_key",
        help_heading = "Personal data"
    )]
    redact: Option<ScopeName>,
    /// File with the key of --redact, at least 16 bytes, best `head -c 32 /dev/urandom`. The same value has the same hash under the same
    /// key; whoever has the key can try values.
    #[arg(
        long,
        value_name = "FILE",
        requires = "redact",
        help_heading = "Personal data"
    )]
    redact_key: Option<PathBuf>,
}

/// How much is redacted, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScopeName {
    /// Persons whom labels name, telephone and identity numbers.
    Contact,
    /// These, and likely names in titles of projects.
    Names,
}

/// A redaction as one process tells it to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ToldRedaction {
    scope: Scope,
    /// The bytes of the key.
    key: Vec<u8>,
}

impl RedactArgs {
    /// What was asked for, with its key read; `None` where nothing was.
    pub(super) fn read(&self) -> Result<Option<ToldRedaction>, Failure> {
        let (Some(scope), Some(file)) = (self.redact, &self.redact_key) else {
            return Ok(None);
        };
        let usage = |error: anyhow::Error| Failure::new(Exit::Usage, error);
        let key = fs::read(file)
            .with_context(|| format!("cannot read the key in {}", file.display()))
            .map_err(usage)?;
        Key::new(&key)
            .with_context(|| format!("the key in {} is none", file.display()))
            .map_err(usage)?;
        let scope = match scope {
            ScopeName::Contact => Scope::Contact,
            ScopeName::Names => Scope::Names,
        };
        Ok(Some(ToldRedaction { scope, key }))
    }
}

/// Makes a redaction ready, with the words of the grammars.
pub(super) fn ready(
    told: Option<&ToldRedaction>,
    grammars: &Grammars,
) -> Result<Option<Redaction>, Failure> {
    told.map(|told| {
        let key = Key::new(&told.key).map_err(|error| Failure::new(Exit::Usage, error))?;
        Ok(Redaction::new(told.scope, key, &grammars.personal))
    })
    .transpose()
}
