//! The floor of reading a PDF: its pages' contents are decoded and cut into operators, and nothing is done with them.
//!
//! `cargo bench --bench floor -- FILE...`: for each file its pages and the milliseconds of the best of several rounds.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads files, looks at the clock and says what it found"
)]

use std::env;
use std::fs;
use std::time::{Duration, Instant};

use hayro_syntax::Pdf;
use hayro_syntax::content::UntypedIter;

/// Time spent on each file.
const BUDGET: Duration = Duration::from_secs(2);

fn main() {
    for path in env::args().skip(1).filter(|arg| !arg.starts_with("--")) {
        let bytes = fs::read(&path).expect("the file can be read");
        let started = Instant::now();
        let mut best = Duration::MAX;
        let (mut n_pages, mut n_operators) = (0, 0);
        while started.elapsed() < BUDGET {
            let round = Instant::now();
            let pdf = Pdf::new(bytes.clone()).expect("the file is a PDF");
            n_pages = pdf.pages().len();
            n_operators = 0;
            for page in pdf.pages().iter() {
                let mut operators = UntypedIter::new(page.page_stream().unwrap_or_default());
                while let Some(instruction) = operators.next() {
                    n_operators += 1;
                    std::hint::black_box(&instruction);
                }
            }
            best = best.min(round.elapsed());
        }
        println!(
            "{path}\t{n_pages} pages\t{n_operators} operators\t{:.3} ms",
            best.as_secs_f64() * 1e3
        );
    }
}
