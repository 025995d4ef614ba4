//! `jixiao review`: a page on this machine for whoever holds forms against their pages.

use std::path::PathBuf;

use clap::Args;

#[cfg(not(feature = "review"))]
use super::{
    Exit, Failure,
    messages::{Lang, review::ReviewMessage},
};

/// Arguments of `review`.
#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    /// A run directory that `extract --provenance -o` has written to its end.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Only the forms of this review set, as `sample` draws one.
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
    /// Where corrections are appended; without it RUN/corrections.jsonl.
    #[arg(long, value_name = "FILE")]
    corrections: Option<PathBuf>,
    /// Where verdicts are appended; without it RUN/verdicts.jsonl.
    #[arg(long, value_name = "FILE")]
    verdicts: Option<PathBuf>,
    /// Who speaks; without it $USER.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Where the paths of the run begin; without it the current folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// Passwords to try on encrypted PDFs, one a line.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 is any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Print the address on standard output, too, for scripts.
    #[arg(long)]
    print_url: bool,
    /// Open no browser. None is opened yet: the address is printed.
    #[arg(long)]
    no_open: bool,
    /// Write the page with its pictures into one file instead, for people without jixiao.
    #[arg(long, value_name = "FILE.html")]
    export: Option<PathBuf>,
    /// Most forms in that file, the most doubtful first.
    #[arg(long, value_name = "N", requires = "export", default_value_t = 300)]
    limit: u32,
    /// Resolution of its pictures, pixels an inch.
    #[arg(long, value_name = "DPI", requires = "export", default_value_t = 110, value_parser = clap::value_parser!(u32).range(50..=300))]
    dpi: u32,
}

/// This build has no page.
#[cfg(not(feature = "review"))]
pub(super) fn review(_: &ReviewArgs, lang: Lang) -> Result<Exit, Failure> {
    Err(Failure {
        exit: Exit::Usage,
        error: Some(anyhow::Error::msg(ReviewMessage::LeftOut.text(lang))),
    })
}

#[cfg(feature = "review")]
pub(super) use with_page::review;

#[cfg(feature = "review")]
mod with_page {
    use std::fs::{self, File};
    use std::io::{self, BufWriter, Write as _};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::super::interrupt::wish_to_end;
    use super::super::messages::{Lang, Message, review::ReviewMessage};
    use super::super::page_picture::{Header, Request, RequestedPart, ask};
    use super::super::{Exit, Failure, show, tell};
    use super::ReviewArgs;
    use crate::review::{
        CORRECTIONS_FILE, ExportParams, Pages, Part, Review, ReviewError, ReviewParams, Server,
        Shown, VERDICTS_FILE, Wanted, export, serve,
    };
    use crate::runs::{FORMS_FILE, RunError};

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
        let or_in_run = |given: &Option<PathBuf>, name: &str| {
            given.clone().unwrap_or_else(|| args.run.join(name))
        };
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
    fn write_file(
        review: &Review,
        drawn: &Drawn,
        args: &ReviewArgs,
        out: &Path,
    ) -> io::Result<u32> {
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
}
