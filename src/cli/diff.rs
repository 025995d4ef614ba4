//! `jixiao diff`: what a new run says otherwise than an old one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::columns::{in_a_line, table};
use super::diff_page::{Crops, DiffPage};
use super::messages::differing::{DiffMessage as Said, Heading};
use super::messages::{Lang, escape_controls};
use super::{Exit, Failure, tell};
use crate::diff::{Class, Compared, Difference, Selection, Side, diff};
use crate::runs::RunError;

/// What stands under the help of `diff`.
pub(super) const EXIT_CODES: &str = "\
Classes:
  value        both have a value, and they say different things
  format       they say the same, written otherwise: width, white space, dashes, zeros of a number
  provenance   what is printed is the same, where it comes from or how surely it was read is not
  added        only the new run has it
  removed      only the old run has it
  resegmented  the same rows in other forms: a form was parted, forms were joined, a boundary was moved

Exit codes:
  0  no difference
  1  differences
  2  trouble";

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The old run: a run directory, a file of forms, or `-` for standard input.
    old: PathBuf,
    /// The new run.
    new: PathBuf,
    /// Count the differences of each of these.
    #[arg(long, value_enum, default_value = "field", value_name = "WHAT")]
    by: By,
    /// Leave out what stands there: a JSON Pointer in which * is any step, with all beneath it; may be given several times.
    #[arg(long, value_name = "POINTER")]
    ignore: Vec<String>,
    /// Only differences of this class (value, format, provenance, added, removed, resegmented) or place; may be given several times.
    #[arg(long, value_name = "CLASS|POINTER", value_delimiter = ',')]
    only: Vec<String>,
    /// For reading, or a line of JSON for each difference.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Shown,
    /// Also write a page for browsers, whole in one file, with pictures of both places where they are known.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Folder that the paths of documents begin in, for pictures.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// Most differences that are shown one by one for reading, in text and on the page; all are counted.
    #[arg(long, value_name = "N", default_value_t = 200)]
    limit: usize,
}

/// What differences are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The field of the record.
    Field,
    /// The family of the form.
    Family,
    /// The province of the project's code.
    Province,
}

/// How differences are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shown {
    /// For reading.
    Text,
    /// JSON Lines.
    Json,
}

/// Differences of each class, for each thing they are counted by.
pub(super) type Counts = BTreeMap<String, BTreeMap<Class, u64>>;

/// What is known of differences when all have been met.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    pub(super) n_differences: u64,
    /// The first ones.
    pub(super) shown: Vec<Difference>,
}

impl Tally {
    fn add(&mut self, difference: Difference, by: By, limit: usize) {
        let group = match by {
            By::Field => difference.field.clone(),
            By::Family => difference.family.clone(),
            By::Province => difference
                .province
                .clone()
                .unwrap_or_else(|| "-".to_owned()),
        };
        *self
            .counts
            .entry(group)
            .or_default()
            .entry(difference.class)
            .or_default() += 1;
        self.n_differences += 1;
        if self.shown.len() < limit {
            self.shown.push(difference);
        }
    }
}

/// Why a diff stopped.
enum Stopped {
    Run(RunError),
    Output(io::Error),
}

impl From<RunError> for Stopped {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

/// Runs `diff`. Trouble of any kind is 2, so that 1 always means differences.
pub(super) fn run(args: &DiffArgs, lang: Lang) -> Result<Exit, Failure> {
    let trouble = |error: anyhow::Error| Failure::new(Exit::Usage, error);
    let selection =
        Selection::new(&args.only, &args.ignore).map_err(|error| trouble(error.into()))?;
    let (old, _kept_old) = side(&args.old).map_err(trouble)?;
    let (new, _kept_new) = side(&args.new).map_err(trouble)?;
    let mut tally = Tally::default();
    let mut output = BufWriter::new(io::stdout().lock());
    let compared = diff::<Stopped>(&old, &new, &selection, &mut |difference| {
        if args.format == Shown::Json {
            serde_json::to_writer(&mut output, &difference)
                .map_err(|error| Stopped::Output(error.into()))?;
            output.write_all(b"\n").map_err(Stopped::Output)?;
        }
        tally.add(difference, args.by, args.limit);
        Ok(())
    });
    let compared = match compared {
        Ok(compared) => compared,
        Err(Stopped::Run(error)) => return Err(trouble(error.into())),
        // The reader has seen enough, and there are differences.
        Err(Stopped::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(Exit::NotOk);
        }
        Err(Stopped::Output(error)) => return Err(trouble(error.into())),
    };
    if args.format == Shown::Text {
        let text = text(&tally, &compared, args.by, lang);
        output
            .write_all(text.as_bytes())
            .or_else(closed)
            .map_err(|error| trouble(error.into()))?;
    }
    output
        .flush()
        .or_else(closed)
        .map_err(|error| trouble(error.into()))?;
    if let Some(file) = &args.html {
        let crops = Crops::new(&args.root);
        let page = DiffPage {
            old: &args.old.to_string_lossy(),
            new: &args.new.to_string_lossy(),
            facts: (&old.facts, &new.facts),
            compared: &compared,
            tally: &tally,
            by: heading(args.by),
        };
        let html = page.html(&crops, lang);
        fs::write(file, html)
            .with_context(|| format!("cannot write {}", file.display()))
            .map_err(trouble)?;
    }
    if tally.n_differences > tally.shown.len() as u64
        && (args.format == Shown::Text || args.html.is_some())
    {
        let n_shown = tally.shown.len();
        tell(
            &Said::Shortened {
                n_shown,
                n: tally.n_differences,
            }
            .text(lang),
        );
    }
    Ok(if tally.n_differences == 0 {
        Exit::Ok
    } else {
        Exit::NotOk
    })
}

/// Whoever read our standard output has seen enough.
fn closed(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Ok(())
    } else {
        Err(error)
    }
}

/// One of the runs. What is piped is kept in a file for as long as it is held: forms are read where they stand.
fn side(path: &Path) -> anyhow::Result<(Side, Option<tempfile::TempPath>)> {
    let is_pipe = path == Path::new("-")
        || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    if !is_pipe {
        return Ok((Side::of(path), None));
    }
    let mut kept = tempfile::NamedTempFile::new().context("cannot keep what is piped")?;
    let mut source: Box<dyn io::Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).with_context(|| format!("cannot read {}", path.display()))?)
    };
    io::copy(&mut source, &mut kept).context("cannot keep what is piped")?;
    let kept = kept.into_temp_path();
    Ok((Side::of(&kept), Some(kept)))
}

fn heading(by: By) -> Heading {
    match by {
        By::Field => Heading::Field,
        By::Family => Heading::Family,
        By::Province => Heading::Province,
    }
}

/// The differences for reading: one by one, then counted.
fn text(tally: &Tally, compared: &Compared, by: By, lang: Lang) -> String {
    let mut text = String::new();
    let mut last = None;
    for difference in &tally.shown {
        let form = form_line(difference, lang);
        if last.as_ref() != Some(&form) {
            text.push_str(&format!("{}\n", escape_controls(&form)));
            last = Some(form);
        }
        text.push_str(&escape_controls(&difference_line(difference, lang)));
        text.push('\n');
    }
    if !tally.shown.is_empty() {
        text.push('\n');
    }
    if tally.n_differences > 0 {
        let mut rows = vec![counts_head(by, lang)];
        for (group, counts) in &tally.counts {
            rows.push(counts_row(escape_controls(group), counts));
        }
        if tally.counts.len() > 1 {
            let mut all: BTreeMap<Class, u64> = BTreeMap::new();
            for (class, n) in tally.counts.values().flatten() {
                *all.entry(*class).or_default() += n;
            }
            rows.push(counts_row(Heading::All.text(lang).to_owned(), &all));
        }
        text.push_str(&table(rows));
    }
    text.push_str(
        &Said::Compared {
            compared,
            n: tally.n_differences,
        }
        .text(lang),
    );
    text.push('\n');
    text
}

fn counts_head(by: By, lang: Lang) -> Vec<String> {
    let classes = Class::ALL.map(|class| Heading::Class(class).text(lang).to_owned());
    [heading(by).text(lang).to_owned()]
        .into_iter()
        .chain(classes)
        .collect()
}

fn counts_row(group: String, counts: &BTreeMap<Class, u64>) -> Vec<String> {
    let figures = Class::ALL.map(|class| {
        let n = counts.get(&class).copied().unwrap_or(0);
        if n == 0 {
            "-".to_owned()
        } else {
            n.to_string()
        }
    });
    [group].into_iter().chain(figures).collect()
}

/// Which form a difference is of.
fn form_line(difference: &Difference, lang: Lang) -> String {
    let form = difference
        .new_forms
        .first()
        .or(difference.old_forms.first());
    let name = form.and_then(|form| form.name.as_deref().or(form.title.as_deref()));
    let place = form.map_or(String::new(), |form| Said::Place { form }.text(lang));
    let id = form.map_or("", |form| form.form_id.as_str());
    format!("{} {place} {} ({id})", difference.path, name.unwrap_or("-"))
}

/// What differs, in one line.
fn difference_line(difference: &Difference, lang: Lang) -> String {
    let class = Heading::Class(difference.class).text(lang);
    let pointer = if difference.pointer.is_empty() {
        "-"
    } else {
        &difference.pointer
    };
    let what = match difference.class {
        Class::Added => format!("+ {}", shortened(&difference.new)),
        Class::Removed => format!("- {}", shortened(&difference.old)),
        Class::Resegmented => {
            let ids = |forms: &[crate::diff::FormRef]| {
                let forms = forms
                    .iter()
                    .map(|form| format!("{} [{}]", form.form_id, form.n_indicators));
                forms.collect::<Vec<_>>().join(", ")
            };
            format!(
                "{} → {}",
                ids(&difference.old_forms),
                ids(&difference.new_forms)
            )
        }
        _ => format!(
            "{} → {}",
            shortened(&difference.old),
            shortened(&difference.new)
        ),
    };
    let causes: Vec<&str> = difference
        .causes
        .iter()
        .map(|cause| Heading::Cause(*cause).text(lang))
        .collect();
    let causes = if causes.is_empty() {
        String::new()
    } else {
        format!("  [{}]", causes.join(", "))
    };
    format!("    {class}  {pointer}  {what}{causes}")
}

/// A value in a line: a text as it is, anything else as JSON, long ones without their middle.
pub(super) fn shortened(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(row) if row.contains_key("form_id") => {
            let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
            let name = text("/project/name").or(text("/title")).unwrap_or("-");
            format!("{} {name}", text("/form_id").unwrap_or("-"))
        }
        Value::Object(place) if place.contains_key("raw") => place_text(value),
        Value::Object(row) => {
            let texts = row.values().filter_map(Value::as_str);
            texts.collect::<Vec<_>>().join(" ")
        }
        value => value.to_string(),
    };
    in_a_line(&text)
}

/// Where a value was printed, and what was read there.
fn place_text(place: &Value) -> String {
    let part = |key: &str, sign: &str| {
        let found = place.get(key).filter(|found| !found.is_null())?;
        let text = found
            .as_str()
            .map_or_else(|| found.to_string(), str::to_owned);
        Some(format!("{sign}{text}"))
    };
    let parts = [
        part("page", "p. "),
        part("line", "l. "),
        part("bbox", ""),
        part("raw", ""),
        part("confidence", "~"),
        place
            .pointer("/corrected/by")
            .map(|by| format!("corrected by {by}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
