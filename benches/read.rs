//! Speed of reading: the samples, each read again and again in one process; pages and forms a second.
//!
//! `cargo bench`. Compare two versions by paired runs: figures of one run say little on a shared machine.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads files, looks at the clock and says what it found"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jixiao::grammar::Grammars;
use jixiao::pipeline::{PipelineParams, Reader, process_bytes};

/// Time spent on each sample.
const BUDGET: Duration = Duration::from_millis(500);

fn main() {
    let started = Instant::now();
    let grammars = Grammars::load(&[]).expect("the built-in grammars are valid");
    println!(
        "grammars loaded in {:.1} ms",
        started.elapsed().as_secs_f64() * 1e3
    );
    let reader = Reader::new(&grammars);
    let params = PipelineParams::default();
    for input in inputs() {
        let bytes = fs::read(&input).expect("the sample can be read");
        let name = input.to_string_lossy();
        let started = Instant::now();
        let (mut n_runs, mut n_pages, mut n_forms) = (0u32, 0u32, 0u32);
        while started.elapsed() < BUDGET {
            let outcome = process_bytes(bytes.clone(), &name, &reader, &params);
            n_runs += 1;
            n_pages = outcome.document.pages.unwrap_or(0);
            n_forms = outcome.document.forms;
        }
        let each = started.elapsed().as_secs_f64() * 1e3 / f64::from(n_runs);
        let sample = input.parent().and_then(Path::file_name).unwrap_or_default();
        println!(
            "{:<26} {each:>8.2} ms  {n_pages} pages  {n_forms} forms",
            sample.to_string_lossy()
        );
    }
}

/// Inputs of the samples, sorted.
fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut inputs: Vec<PathBuf> = ["txt", "pdf"]
        .iter()
        .flat_map(|ending| {
            let folder = folder.clone();
            fs::read_dir(&folder)
                .expect("there are samples")
                .filter_map(Result::ok)
                .map(move |entry| entry.path().join(format!("input.{ending}")))
        })
        .filter(|path| path.is_file())
        .collect();
    inputs.sort();
    inputs
}
