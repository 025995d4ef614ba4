//! Limits of reading on the command line: each has a default, an argument and a code.

use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::args::{parse_bytes, parse_seconds};
use crate::pipeline::PipelineParams;
use crate::worker::Limits;

/// Above them in the help.
const HEADING: &str = "Limits of reading";
/// Above those of cost in the help.
const COSTS: &str = "Limits of cost";

/// Arguments that limit what is read of a file; what is beyond is said.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
pub(super) struct LimitArgs {
    /// Largest file that is read: bytes, or with K, M or G (powers of 1024); of a member of an archive when unpacked (LIMIT_SIZE,
    /// LIMIT_DECODE) [default: 256M].
    #[arg(long, help_heading = HEADING, value_name = "N", value_parser = parse_bytes)]
    pub(super) max_bytes: Option<u64>,
    /// Most pages of one file that are read (LIMIT_PAGES) [default: 5000; of a file of pictures 500].
    #[arg(long, help_heading = HEADING, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_pages: Option<u32>,
    /// Bytes that one stream of a PDF may decode to (LIMIT_DECODE) [default: 256M].
    #[arg(long, help_heading = HEADING, value_name = "N", value_parser = parse_bytes)]
    max_stream: Option<u64>,
    /// Bytes that all streams of a PDF may decode to (LIMIT_DECODE) [default: 2G].
    #[arg(long, help_heading = HEADING, value_name = "N", value_parser = parse_bytes)]
    max_decoded: Option<u64>,
    /// How many times its own bytes a stream of contents or of a font may decode to, from a mebibyte on (LIMIT_DECODE)
    /// [default: 1100].
    #[arg(long, help_heading = HEADING, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_ratio: Option<u32>,
    /// Drawing operators of one page of a PDF (LIMIT_OPS) [default: 3000000].
    #[arg(long, help_heading = HEADING, value_name = "N")]
    max_operators: Option<u64>,
    /// Characters that one page of a PDF draws (LIMIT_OPS) [default: 1000000].
    #[arg(long, help_heading = HEADING, value_name = "N")]
    max_glyphs: Option<u32>,
    /// Forms inside forms of a PDF (LIMIT_DEPTH) [default: 12].
    #[arg(long, help_heading = HEADING, value_name = "N")]
    max_depth: Option<usize>,
    /// Pixels of one picture (LIMIT_PIXELS) [default: 120000000].
    #[arg(long, help_heading = HEADING, value_name = "N")]
    max_pixels: Option<u64>,
    /// Characters of one line of a plain text (LIMIT_LINE) [default: 100000].
    #[arg(long, help_heading = HEADING, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_line: Option<u32>,
    /// Words of one file of OCR software (LIMIT_WORDS) [default: 1000000].
    #[arg(long, help_heading = HEADING, value_name = "N")]
    max_words: Option<usize>,
}

/// Arguments that limit what a file may cost.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct CostArgs {
    /// Processor time of one page; a file with a page that takes longer is failed with TIMEOUT.
    #[arg(long, help_heading = COSTS, value_name = "SECONDS", value_parser = parse_seconds, default_value = "30")]
    pub(super) page_cpu: Duration,
    /// Processor time of a file.
    #[arg(long, help_heading = COSTS, value_name = "SECONDS", value_parser = parse_seconds, default_value = "3600")]
    pub(super) file_cpu: Duration,
    /// Memory of a process that reads files, models included: bytes, or with K, M or G. A file that takes more is failed with
    /// LIMIT_MEMORY.
    #[arg(long, help_heading = COSTS, value_name = "N", value_parser = parse_bytes, default_value = "2G")]
    pub(super) max_memory: u64,
    /// Time on the clock after which a file is failed with TIMEOUT, however busy the machine; without it, ten times --file-cpu.
    #[arg(long, help_heading = COSTS, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(super) deadline: Option<Duration>,
}

impl From<CostArgs> for Limits {
    fn from(args: CostArgs) -> Self {
        Self {
            page_cpu: args.page_cpu,
            file_cpu: args.file_cpu,
            memory: args.max_memory,
            deadline: args.deadline,
        }
    }
}

impl LimitArgs {
    /// Puts what was given in the place of the defaults.
    pub(super) fn apply(&self, params: &mut PipelineParams) {
        let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let acquire = &mut params.acquire;
        set(&mut acquire.max_bytes, self.max_bytes);
        set(
            &mut acquire.max_line_chars,
            self.max_line.map(|n| size(n.into())),
        );
        let (pdf, ocr, words) = (&mut acquire.pdf, &mut acquire.ocr, &mut acquire.words);
        set(&mut pdf.max_pages, self.max_pages);
        set(
            &mut ocr.limits.max_pages,
            self.max_pages.map(|n| size(n.into())),
        );
        set(&mut words.max_pages, self.max_pages.map(|n| size(n.into())));
        set(&mut pdf.max_decoded_stream_bytes, self.max_stream.map(size));
        set(&mut pdf.max_decoded_file_bytes, self.max_decoded.map(size));
        set(
            &mut pdf.max_decoded_ratio,
            self.max_ratio.map(|n| size(n.into())),
        );
        set(&mut pdf.max_page_operators, self.max_operators);
        // A page is not held to less than what it was given.
        pdf.max_file_operators = pdf.max_file_operators.max(pdf.max_page_operators);
        set(&mut pdf.max_page_glyphs, self.max_glyphs);
        set(&mut pdf.max_form_depth, self.max_depth);
        set(&mut ocr.limits.max_pixels, self.max_pixels);
        ocr.limits.max_page_pixels = ocr.limits.max_page_pixels.max(ocr.limits.max_pixels);
        set(&mut words.max_words, self.max_words);
    }
}

fn set<T>(limit: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *limit = given;
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        limits: LimitArgs,
    }

    #[test]
    fn nothing_given_changes_nothing_and_what_is_given_counts() {
        let applied = |args: &[&str]| {
            let all = ["x"].iter().chain(args);
            let mut params = PipelineParams::default();
            Line::parse_from(all).limits.apply(&mut params);
            params.acquire
        };
        assert_eq!(applied(&[]), PipelineParams::default().acquire);
        let params = applied(&[
            "--max-depth",
            "3",
            "--max-stream",
            "1M",
            "--max-pixels",
            "999999999",
        ]);
        assert_eq!(params.pdf.max_form_depth, 3);
        assert_eq!(params.pdf.max_decoded_stream_bytes, 1 << 20);
        assert_eq!(params.ocr.limits.max_pixels, 999_999_999);
        assert_eq!(params.ocr.limits.max_page_pixels, 999_999_999);
    }

    #[test]
    fn defaults_are_those_that_the_help_names() {
        let params = PipelineParams::default().acquire;
        assert_eq!(params.max_bytes, 256 << 20);
        assert_eq!(
            (params.pdf.max_pages, params.ocr.limits.max_pages),
            (5000, 500)
        );
        assert_eq!(params.pdf.max_decoded_stream_bytes, 256 << 20);
        assert_eq!(params.pdf.max_decoded_file_bytes, 2 << 30);
        assert_eq!(params.pdf.max_decoded_ratio, 1_100);
        assert_eq!(params.pdf.max_page_operators, 3_000_000);
        assert_eq!(params.pdf.max_page_glyphs, 1_000_000);
        assert_eq!(params.pdf.max_form_depth, 12);
        assert_eq!(params.ocr.limits.max_pixels, 120_000_000);
        assert_eq!(params.max_line_chars, 100_000);
        assert_eq!(params.words.max_words, 1_000_000);
    }
}
