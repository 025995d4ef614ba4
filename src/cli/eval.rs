//! `jixiao eval`: a run held against the truth.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::columns::{in_a_line, padded, table};
use super::messages::eval::{
    EvalMessage, Word, calibration_labels, calibration_line, difference_kind, efficiency_labels,
    efficiency_line, figure,
};
use super::messages::{Lang, Message};
use super::{Exit, Failure, show, tell};
use crate::eval::{
    Calibration, Efficiency, Evaluation, Figures, Report, ReportParams, TruthLine, WorstFile,
    calibration_plot, efficiency_plot, report,
};
use crate::runs::{FORMS_FILE, Lines, RunError};

/// What stands under the help of `eval`.
pub(super) const EVAL_EXIT_CODES: &str = "\
The truth has one line a file: {\"file\", \"tags\": [...], \"forms\": [record, ...], \"alts\": [{pointer: [values]}, ...]}. Forms are records of
jixiao.form/1 in reading order, without what a truth cannot know; alts[i] are other values of forms[i] that are accepted. A document of the run is
the file that the longest tail of its path names.

Exit codes:
  0  everything was compared
  1  F1 is below --min-f1
  2  wrong usage, RUN is no run, or nothing has a confidence and --calibration is given
  3  the environment failed";

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    /// Run directories, or files of forms as JSON Lines (`-`: standard input).
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The truth, JSON Lines.
    #[arg(long, value_name = "TRUTH")]
    truth: PathBuf,
    /// Only files of the truth with one of these tags, such as `scan,image`; given several times, with one of each.
    #[arg(long, value_name = "TAG,…")]
    only: Vec<String>,
    /// Print the report as JSON (jixiao.eval/1); it always has tags and fields.
    #[arg(long)]
    json: bool,
    /// Also print a table by tag.
    #[arg(long)]
    tags: bool,
    /// Also print a table by field.
    #[arg(long)]
    fields: bool,
    /// Also print what differs in the N files with the most errors.
    #[arg(long, default_value_t = 0, value_name = "N")]
    worst: usize,
    /// How many differences of each of these files.
    #[arg(long, default_value_t = 12, value_name = "N")]
    max_differences: usize,
    /// Exit with 1 where F1 over all fields is below.
    #[arg(long, value_name = "F1")]
    min_f1: Option<f64>,
    /// Draw how often values of a stated confidence are right, as SVG. Confidences are in runs of `extract --provenance`.
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Draw what a reviewer finds by looking first at what jixiao doubts, as SVG.
    #[arg(long, value_name = "FILE")]
    efficiency: Option<PathBuf>,
}

/// Runs `eval`.
pub(super) fn eval(args: &EvalArgs, lang: Lang) -> Result<Exit, Failure> {
    let evaluation = read(args, lang)?;
    let has = |line: &TruthLine, tags: &String| {
        let mut tags = tags.split(',');
        tags.any(|tag| line.tags.iter().any(|other| other == tag))
    };
    let files = evaluation.files(|line| args.only.iter().all(|tags| has(line, tags)));
    if files.is_empty() && !args.only.is_empty() {
        let text = EvalMessage::NoFiles(&args.truth.to_string_lossy()).text(lang);
        return Err(Failure::new(Exit::Usage, anyhow::Error::msg(text)));
    }
    let params = ReportParams {
        n_worst: args.worst,
        n_differences: args.max_differences,
    };
    let report = report(&files, evaluation.n_unmatched(), &params);
    if args.json {
        let json = serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::new(Exit::Environment, error))?;
        show(&format!("{json}\n"))?;
    } else {
        show(&text(&report, args, lang))?;
    }
    if let Some(path) = &args.efficiency {
        let by_unit = &report.efficiency;
        let counts = [&by_unit.forms, &by_unit.documents, &by_unit.leaves];
        let labels = efficiency_labels(counts.map(|of| (of.units, of.wrong)), lang);
        write(path, &efficiency_plot(by_unit, &labels), lang)?;
    }
    if let Some(path) = &args.calibration {
        let Some(calibration) = &report.calibration else {
            let text = EvalMessage::NoConfidence.text(lang);
            return Err(Failure::new(Exit::Usage, anyhow::Error::msg(text)));
        };
        let labels = calibration_labels(calibration, lang);
        write(path, &calibration_plot(calibration, &labels), lang)?;
    }
    match (args.min_f1, report.overall.field_f1) {
        (Some(least), f1) if f1.is_none_or(|f1| f1 < least) => {
            tell(&EvalMessage::BelowLeast { f1, least }.text(lang));
            Ok(Exit::NotOk)
        }
        _ => Ok(Exit::Ok),
    }
}

/// Reads the truth and the forms.
fn read(args: &EvalArgs, lang: Lang) -> Result<Evaluation, Failure> {
    let mut truth: Vec<TruthLine> = Vec::new();
    each_line(lines(&args.truth)?, |line| {
        truth.push(line);
        Ok(())
    })?;
    let mut evaluation = Evaluation::new(truth);
    for run in &args.runs {
        let forms = if run.is_dir() {
            let forms = run.join(FORMS_FILE);
            if !forms.is_file() {
                let run = run.to_string_lossy();
                return Err(Failure::said(Exit::Usage, Message::NoRun(&run), lang));
            }
            forms
        } else {
            run.clone()
        };
        each_line::<Value>(lines(&forms)?, |form| {
            evaluation
                .add(form)
                .map_err(|error| Failure::new(Exit::Usage, error))
        })?;
    }
    Ok(evaluation)
}

fn lines(path: &Path) -> Result<Lines, Failure> {
    if path == Path::new("-") {
        let input = io::BufReader::new(io::stdin());
        return Ok(Lines::of(path, Box::new(input)));
    }
    Lines::open(path).map_err(failure)
}

/// Gives each line as what it is. The first may begin with a byte order mark.
fn each_line<T: DeserializeOwned>(
    mut lines: Lines,
    mut take: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    loop {
        let parsed = match lines.next_bytes().map_err(failure)? {
            None => return Ok(()),
            Some((bytes, _)) => {
                let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
                serde_json::from_slice(bytes)
            }
        };
        match parsed {
            Ok(value) => take(value)?,
            Err(error) => return Err(failure(lines.wrong(error.to_string()))),
        }
    }
}

/// A file that is not there, or is something else, is a matter of usage.
fn failure(error: RunError) -> Failure {
    let exit = match &error {
        RunError::Read { source, .. } if source.kind() != io::ErrorKind::NotFound => {
            Exit::Environment
        }
        _ => Exit::Usage,
    };
    Failure::new(exit, error)
}

fn write(path: &Path, text: &str, lang: Lang) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| {
        let (path, reason) = (path.to_string_lossy(), error.to_string());
        let message = Message::OutputFailed {
            path: &path,
            reason: &reason,
        };
        Failure::said(Exit::Environment, message, lang)
    })
}

/// The report for people.
fn text(report: &Report, args: &EvalArgs, lang: Lang) -> String {
    let mut parts = vec![overall(&report.overall, lang)];
    if report.unmatched_paths > 0 {
        parts.push(format!(
            "{}\n",
            EvalMessage::Unmatched(report.unmatched_paths).text(lang)
        ));
    }
    if args.tags {
        parts.push(tags(report, lang));
    }
    if args.fields {
        parts.push(fields(report, lang));
    }
    parts.push(match &report.calibration {
        Some(calibration) => bins(calibration, lang),
        None => format!("{}\n", EvalMessage::NoConfidence.text(lang)),
    });
    parts.push(found(report, lang));
    parts.extend(report.worst.iter().map(|file| worst(file, lang)));
    parts.join("\n")
}

/// The figures of all files, one a line.
fn overall(figures: &Figures, lang: Lang) -> String {
    let lines = columns(figures).into_iter();
    table(
        lines
            .map(|(word, value)| vec![word.text(lang).to_owned(), value])
            .collect(),
    )
}

/// Figures in the order of the tables.
fn columns(figures: &Figures) -> Vec<(Word, String)> {
    vec![
        (Word::Files, figures.files.to_string()),
        (Word::Forms, figures.forms.to_string()),
        (Word::FormRecall, figure(figures.form_recall)),
        (Word::FormPrecision, figure(figures.form_precision)),
        (Word::Precision, figure(figures.field_precision)),
        (Word::Recall, figure(figures.field_recall)),
        (Word::F1, figure(figures.field_f1)),
        (Word::StrictF1, figure(figures.strict_f1)),
        (Word::Rows, figure(figures.row_exact)),
        (Word::LongTexts, figure(figures.long_text_similarity)),
        (Word::FormsExact, figure(figures.forms_exact)),
        (Word::FilesExact, figure(figures.files_exact)),
    ]
}

fn tags(report: &Report, lang: Lang) -> String {
    let heading = columns(&report.overall)
        .into_iter()
        .map(|(word, _)| word.text(lang));
    let mut rows = vec![heading_row(Word::Tag, heading, lang)];
    let all = (Word::All.text(lang), &report.overall);
    let tags = report
        .tags
        .iter()
        .map(|(tag, figures)| (tag.as_str(), figures));
    for (name, figures) in tags.chain([all]) {
        let values = columns(figures).into_iter().map(|(_, value)| value);
        rows.push([name.to_owned()].into_iter().chain(values).collect());
    }
    table(rows)
}

/// The fields, the worst first.
fn fields(report: &Report, lang: Lang) -> String {
    let words = [Word::F1, Word::Right, Word::False, Word::Missed];
    let heading = words.into_iter().map(|word| word.text(lang));
    let mut rows = vec![heading_row(Word::Field, heading, lang)];
    let mut fields: Vec<_> = report.fields.iter().collect();
    fields.sort_by(|a, b| a.1.f1.total_cmp(&b.1.f1));
    rows.extend(fields.into_iter().map(|(field, of)| {
        let counts = [of.tp, of.fp, of.missed].map(|n| n.to_string());
        [field.clone(), figure(Some(of.f1))]
            .into_iter()
            .chain(counts)
            .collect()
    }));
    table(rows)
}

fn bins(calibration: &Calibration, lang: Lang) -> String {
    let words = [Word::Values, Word::Right, Word::Interval];
    let heading = words.into_iter().map(|word| word.text(lang));
    let mut rows = vec![heading_row(Word::Confidence, heading, lang)];
    rows.extend(calibration.bins.iter().map(|bin| {
        vec![
            format!("{}-{}", bin.from, bin.to),
            bin.values.to_string(),
            figure(Some(bin.right)),
            format!("{:.4}-{:.4}", bin.right_low, bin.right_high),
        ]
    }));
    format!("{}\n{}", calibration_line(calibration, lang), table(rows))
}

/// Shares of wrong leaves found, by what is looked at and in which order.
fn found(report: &Report, lang: Lang) -> String {
    let by_unit = &report.efficiency;
    let units: [(Word, &Efficiency); 3] = [
        (Word::Forms, &by_unit.forms),
        (Word::Documents, &by_unit.documents),
        (Word::Places, &by_unit.leaves),
    ];
    let shares = by_unit
        .forms
        .found
        .iter()
        .map(|found| format!("{}%", found.looked_at * 100.0));
    let mut rows = vec![
        [Word::LookedAt.text(lang).to_owned(), String::new()]
            .into_iter()
            .chain(shares)
            .collect(),
    ];
    let mut text = String::new();
    for (name, of) in units {
        let (in_units, leaves) = ((of.units, of.units_wrong), (of.wrong, of.outside));
        // Writing to a text does not fail.
        let _ = writeln!(text, "{}", efficiency_line(name, in_units, leaves, lang));
        let orders: [(Word, Vec<Option<f64>>); 3] = [
            (
                Word::ByDoubt,
                of.found.iter().map(|found| found.by_doubt).collect(),
            ),
            (
                Word::ByOracle,
                of.found.iter().map(|found| found.by_oracle).collect(),
            ),
            (
                Word::ByChance,
                of.found.iter().map(|found| found.by_chance).collect(),
            ),
        ];
        for (order, shares) in orders {
            let words = [name, order].map(|word| word.text(lang).to_owned());
            rows.push(
                words
                    .into_iter()
                    .chain(shares.into_iter().map(figure))
                    .collect(),
            );
        }
    }
    text + &table(rows)
}

fn worst(file: &WorstFile, lang: Lang) -> String {
    let mut text = format!(
        "{}  {} {}  [{}]\n",
        file.file,
        Word::F1.text(lang),
        figure(file.report.field_f1),
        file.tags.join(", ")
    );
    for one in &file.differences {
        let form = match lang {
            Lang::En => format!("form {}", one.form),
            Lang::Zh => format!("第 {} 表", one.form),
        };
        let kind = difference_kind(one.kind, lang);
        let head = [form.as_str(), one.path.as_str(), kind];
        let head: Vec<&str> = head.into_iter().filter(|part| !part.is_empty()).collect();
        let _ = writeln!(text, "  {}", head.join(" "));
        for (word, value) in [(Word::Truth, &one.truth), (Word::Output, &one.output)] {
            let value = value.as_ref().map_or_else(|| "-".to_owned(), shortened);
            let _ = writeln!(text, "      {}  {value}", padded(word.text(lang), 6));
        }
    }
    let n_more = file.n_differences - file.differences.len() as u64;
    if n_more > 0 {
        let _ = writeln!(text, "  … {n_more}");
    }
    text
}

/// A value that fits into a line.
fn shortened(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    in_a_line(&text)
}

fn heading_row<'a>(first: Word, others: impl Iterator<Item = &'a str>, lang: Lang) -> Vec<String> {
    [first.text(lang)]
        .into_iter()
        .chain(others)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_shortened_in_the_middle() {
        let long = shortened(&Value::from("绩".repeat(200)));
        assert_eq!(long.chars().count(), 86);
    }
}
