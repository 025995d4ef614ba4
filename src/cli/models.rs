//! `jixiao models`: fetch, check, find and remove the models that recognition uses.

use std::io;
use std::path::Path;

use super::args::ModelsCommand;
use super::messages::{Lang, Message};
use super::{Exit, Failure, show, tell};
use crate::pipeline::models::{Lock, ModelsError, Origin, State, directory};

/// Runs `models`.
pub(super) fn models(command: &ModelsCommand, lang: Lang) -> Result<Exit, Failure> {
    let lock = Lock::built_in().map_err(failure)?;
    let directory = directory().map_err(failure)?;
    let place = directory.display().to_string();
    match command {
        ModelsCommand::Install { from } => {
            let origin = from.as_deref().map_or(Origin::Pip, Origin::Path);
            let installed = lock.install(&directory, origin).map_err(failure)?;
            if installed.missing.is_empty() {
                tell(&Message::ModelsInstalled(&place).text(lang));
                Ok(Exit::Ok)
            } else {
                let missing = installed.missing.join(", ");
                tell(&Message::ModelsMissing(&missing).text(lang));
                Ok(Exit::NotOk)
            }
        }
        ModelsCommand::Verify => verify(&lock, &directory, lang),
        ModelsCommand::Path => show(&format!("{place}\n")),
        ModelsCommand::Remove => {
            let n_removed = lock.remove(&directory).map_err(failure)?.len();
            tell(&Message::ModelsRemoved(n_removed).text(lang));
            Ok(Exit::Ok)
        }
    }
}

/// Says of each model how it stands.
fn verify(lock: &Lock, directory: &Path, lang: Lang) -> Result<Exit, Failure> {
    let states = lock.verify(directory);
    let line = |name: &str, state: State| {
        let state = Message::ModelState(state).text(lang);
        format!("{name}\t{state}\n")
    };
    let lines = states
        .iter()
        .map(|(model, state)| line(&model.name, *state))
        .collect::<String>();
    show(&lines)?;
    if states.iter().all(|(_, state)| state.is_good()) {
        Ok(Exit::Ok)
    } else {
        Ok(Exit::NotOk)
    }
}

/// Whose fault it is: what was named by the caller, a file that is not what it should be, or the machine.
fn failure(error: ModelsError) -> Failure {
    let exit = match &error {
        ModelsError::NoDirectory | ModelsError::Nothing(_) => Exit::Usage,
        ModelsError::Io { action, source, .. }
            if *action == "read" && source.kind() == io::ErrorKind::NotFound =>
        {
            Exit::Usage
        }
        ModelsError::Wheel { .. } | ModelsError::Differs { .. } => Exit::NotOk,
        _ => Exit::Environment,
    };
    Failure::new(exit, error)
}
