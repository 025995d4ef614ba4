//! The page of `jixiao review`, served or written into a file.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::interrupt::wish_to_end;
use super::super::messages::{Lang, Message, review::ReviewMessage};
use super::super::page_picture::{Header, Request, RequestedPart, ask};
use super::super::{Exit, Failure, show, tell};
use super::ReviewArgs;
use crate::correct::CORRECTIONS_FILE;
use crate::review::{
    ExportParams, Pages, Part, Review, ReviewError, ReviewParams, Server, Shown, Wanted, export,
    serve,
};
use crate::runs::{FORMS_FILE, RunError};
use crate::sample::VERDICTS_FILE;

/// Shows pages by processes of their own.
struct Drawn {
    program: PathBuf,
    root: PathBuf,
    passwords: Vec<String>,
}

impl Pages for Drawn {
    fn show(&self, wanted: &Wanted) -> Shown {
        let request = Request {
            path: self.root.join(&wanted.path),
            id: wanted.id.clone(),
            part: match wanted.part {
                Part::Page { number, dpi } => RequestedPart::Page { number, dpi },
                Part::Lines(first, last) => RequestedPart::Lines { first, last },
            },
            passwords: self.passwords.clone(),
        };
        match ask(&self.program, &request) {
            Ok((
                Header::Picture {
                    media_type,
                    width,
                    height,
                },
                bytes,
            )) => Shown::Picture {
                media_type,
                width,
                height,
                bytes,
            },
            Ok((Header::Lines { first, lines }, _)) => Shown::Lines { first, lines },
            Ok((Header::Nothing { reason, detail }, _)) => Shown::Nothing { reason, detail },
            Err(error) => Shown::Nothing {
                reason: "failed".to_owned(),
                detail: error.to_string(),
            },
        }
    }
}

/// Runs `review`.
pub(in super::super) fn review(args: &ReviewArgs, lang: Lang) -> Result<Exit, Failure> {
    let environment = |error: io::Error| Failure::new(Exit::Environment, error);
    if !args.run.join(FORMS_FILE).is_file() {
        let run = args.run.to_string_lossy();
        return Err(Failure::said(Exit::Usage, Message::NoRun(&run), lang));
    }
    let or_in_run =
        |given: &Option<PathBuf>, name: &str| given.clone().unwrap_or_else(|| args.run.join(name));
    let params = ReviewParams {
        run: args.run.clone(),
        sample: args.sample.clone(),
        corrections: or_in_run(&args.corrections, CORRECTIONS_FILE),
        verdicts: or_in_run(&args.verdicts, VERDICTS_FILE),
        by: args.by.clone().unwrap_or_else(user),
    };
    let review = Review::open(&params).map_err(failure)?;
    let drawn = Drawn {
        program: std::env::current_exe().map_err(environment)?,
        root: args.root.clone(),
        passwords: passwords(args.password_file.as_deref())?,
    };
    if let Some(out) = &args.export {
        let n = write_file(&review, &drawn, args, out).map_err(environment)?;
        tell(
            &ReviewMessage::Exported {
                n,
                place: &out.to_string_lossy(),
            }
            .text(lang),
        );
        return Ok(Exit::Ok);
    }
    let wish = wish_to_end().map_err(environment)?;
    let server = Server::bind(args.port).map_err(failure)?;
    let address = server.address();
    let n = review.n_forms();
    tell(
        &ReviewMessage::Serving {
            address: &address,
            n,
        }
        .text(lang),
    );
    if args.print_url {
        show(&format!("{address}\n"))?;
    }
    serve(server, review, Arc::new(drawn), &wish).map_err(failure)?;
    Ok(Exit::Ok)
}

/// Writes the file under another name first: whoever finds it finds all of it.
fn write_file(review: &Review, drawn: &Drawn, args: &ReviewArgs, out: &Path) -> io::Result<u32> {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = out.with_file_name(name);
    let params = ExportParams {
        n_forms: args.limit,
        dpi: args.dpi,
    };
    let write = || -> io::Result<u32> {
        let mut file = BufWriter::new(File::create(&part)?);
        let n = export(review, drawn, params, &mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&part, out)?;
        Ok(n)
    };
    let written = write();
    if written.is_err() {
        drop(fs::remove_file(&part));
    }
    written
}

fn passwords(file: Option<&Path>) -> Result<Vec<String>, Failure> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let text = fs::read_to_string(file).map_err(|error| Failure::new(Exit::Usage, error))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn user() -> String {
    let names = ["USER", "USERNAME"];
    let named = names.iter().find_map(|name| std::env::var(name).ok());
    named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "reviewer".to_owned())
}

fn failure(error: ReviewError) -> Failure {
    let exit = match &error {
        ReviewError::Run(RunError::Line { .. })
        | ReviewError::Sample { .. }
        | ReviewError::Locked(_) => Exit::Usage,
        _ => Exit::Environment,
    };
    Failure::new(exit, error)
}
