//! What readers of formats have in common: pages, words and rules within limits, and what is to be said of them.
//!
//! In: words as a format gives them. Out: [`WordPage`]s and findings. Never: drops a word without counting it.

use super::bridged::cut_bridged;
use super::tables::{CellBox, rules_of_cells};
use super::upright::lying;
use super::{Format, Quad, Word, WordLimits, WordPage};
use crate::acquire::ocr::Rule;
use crate::acquire::radicals::fold_radical;
use crate::model::{Code, Diagnosed, Diagnostic};

/// Pages in the making.
pub(super) struct Collector<'a> {
    pub(super) limits: &'a WordLimits,
    pages: Vec<WordPage>,
    n_words: usize,
    n_chars: usize,
    next_line: u32,
    unplaced: Noted,
    cut: Noted,
    damaged: Noted,
    too_deep: Noted,
    over_words: usize,
    over_pages: usize,
    /// Whether there are rules that were seen, not computed of cells.
    separators: bool,
    /// Whether the page in the making is one too many.
    ignores_page: bool,
}

/// How often something happened, and what it was the first time.
#[derive(Default)]
struct Noted {
    n: usize,
    first: String,
}

impl Noted {
    fn add(&mut self, first: impl FnOnce() -> String) {
        if self.n == 0 {
            self.first = first();
        }
        self.n += 1;
    }
}

impl<'a> Collector<'a> {
    pub(super) fn new(limits: &'a WordLimits) -> Self {
        Self {
            limits,
            pages: Vec::new(),
            n_words: 0,
            n_chars: 0,
            next_line: 0,
            unplaced: Noted::default(),
            cut: Noted::default(),
            damaged: Noted::default(),
            too_deep: Noted::default(),
            over_words: 0,
            over_pages: 0,
            separators: false,
            ignores_page: false,
        }
    }

    /// Begins a page; its size and its units an inch as the file says them, believed only where they can be.
    pub(super) fn start_page(
        &mut self,
        width: Option<f32>,
        height: Option<f32>,
        units_an_inch: Option<f32>,
    ) {
        let believed = |size: Option<f32>| {
            size.filter(|s| s.is_finite() && (0.1..=1.0e6).contains(s))
                .unwrap_or(0.0)
        };
        self.ignores_page = self.pages.len() >= self.limits.max_pages;
        if self.ignores_page {
            self.over_pages += 1;
            return;
        }
        self.pages.push(WordPage {
            number: u32::try_from(self.pages.len() + 1).unwrap_or(u32::MAX),
            width: believed(width),
            height: believed(height),
            units_an_inch: units_an_inch.filter(|d| d.is_finite() && *d > 0.0),
            words: Vec::new(),
            rules: Vec::new(),
        });
    }

    pub(super) fn n_pages(&self) -> usize {
        self.pages.len()
    }

    /// Sets the unit of all pages: some formats say it once, before or behind them.
    pub(super) fn set_units_an_inch(&mut self, units: f32) {
        for page in &mut self.pages {
            page.units_an_inch = Some(units).filter(|d| d.is_finite() && *d > 0.0);
        }
    }

    /// A number for the words of one more line.
    pub(super) fn new_line(&mut self) -> u32 {
        let line = self.next_line;
        self.next_line = self.next_line.saturating_add(1);
        line
    }

    /// Adds a word to the last page; a blank one is none.
    pub(super) fn word(
        &mut self,
        text: &str,
        quad: Option<Quad>,
        confidence: Option<f32>,
        line: u32,
    ) {
        let text = text.trim();
        if text.is_empty() || self.ignores_page {
            return;
        }
        let (Some(quad), Some(page)) = (quad, self.pages.last_mut()) else {
            self.unplaced.add(|| text.chars().take(20).collect());
            return;
        };
        let is_over =
            self.n_words >= self.limits.max_words || self.n_chars >= self.limits.max_chars;
        if is_over {
            self.over_words += 1;
            return;
        }
        self.n_words += 1;
        let n_most = self.limits.max_word_chars;
        if text.len() > n_most && text.chars().nth(n_most).is_some() {
            self.cut.add(|| text.chars().take(20).collect());
        }
        let text: String = text.chars().take(n_most).map(fold_radical).collect();
        self.n_chars += text.chars().count();
        page.words.push(Word {
            text,
            quad,
            confidence: confidence.filter(|c| (0.0..=1.0).contains(c)),
            line,
        });
    }

    /// Adds a rule that fills a box, if the box is as thin as a rule.
    pub(super) fn rule(&mut self, quad: Option<Quad>) {
        /// A rule is so many times as long as it is thick.
        const SLENDER: f32 = 4.0;
        let (Some(quad), Some(page)) = (quad, self.pages.last_mut()) else {
            return;
        };
        let (left, top, right, bottom) = quad.extent();
        let (width, height) = (right - left, bottom - top);
        let horizontal = width > height;
        if width.max(height) < SLENDER * width.min(height) || self.ignores_page {
            return;
        }
        if self.n_words >= self.limits.max_words {
            self.over_words += 1;
            return;
        }
        self.n_words += 1;
        self.separators = true;
        page.rules.push(if horizontal {
            Rule {
                horizontal,
                position: (top + bottom) / 2.0,
                start: left,
                end: right,
                thickness: height,
            }
        } else {
            Rule {
                horizontal,
                position: (left + right) / 2.0,
                start: top,
                end: bottom,
                thickness: width,
            }
        });
    }

    /// Adds the borders of a table's cells to a page, by its place in the file from 0.
    pub(super) fn table(&mut self, page: usize, cells: &[CellBox]) {
        let room = self.limits.max_words.saturating_sub(self.n_words);
        let Some(page) = self.pages.get_mut(page) else {
            return;
        };
        if cells.len() > room {
            self.over_words += cells.len();
            return;
        }
        self.n_words += cells.len();
        page.rules.extend(rules_of_cells(cells));
    }

    /// Notes a fault of the file.
    pub(super) fn damaged(&mut self, what: impl FnOnce() -> String) {
        self.damaged.add(what);
    }

    /// Notes that elements nest too deeply: what is behind was not read.
    pub(super) fn too_deep(&mut self, what: String) {
        self.too_deep.add(|| what);
    }

    /// Notes a text that the file gives no place.
    pub(super) fn unplaced(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() && !self.ignores_page {
            self.unplaced.add(|| text.chars().take(20).collect());
        }
    }

    /// The pages, and what is to be said of them.
    pub(super) fn finish(mut self, format: Format) -> Diagnosed<Vec<WordPage>> {
        if self.separators {
            self.pages.iter_mut().for_each(cut_bridged);
        }
        let name = format.name();
        let mut diagnostics = Vec::new();
        let mut say = |code: Code, message: String| {
            diagnostics.push(Diagnostic::new(code, "", message));
        };
        let more = |n: usize| match n {
            0 | 1 => String::new(),
            n => format!(", and {} more", n - 1),
        };
        if self.damaged.n > 0 {
            let Noted { n, first } = &self.damaged;
            say(Code::BadOcrFile, format!("{name}: {first}{}", more(*n)));
        }
        if self.too_deep.n > 0 {
            say(Code::LimitDepth, format!("{name}: {}", self.too_deep.first));
        }
        if self.over_pages > 0 {
            let max = self.limits.max_pages;
            say(
                Code::LimitPages,
                format!(
                    "{} pages behind the first {max} were not read",
                    self.over_pages
                ),
            );
        }
        if self.over_words > 0 {
            let message = format!(
                "{} words, rules or cells behind the first {} were not read",
                self.over_words, self.n_words
            );
            say(Code::LimitWords, message);
        }
        if self.cut.n > 0 {
            let max = self.limits.max_word_chars;
            say(
                Code::LimitLine,
                format!(
                    "the text `{}…` was cut after {max} characters{}",
                    self.cut.first,
                    more(self.cut.n)
                ),
            );
        }
        if self.unplaced.n > 0 {
            say(
                Code::WordUnplaced,
                format!(
                    "the file gives no place for `{}`{}",
                    self.unplaced.first,
                    more(self.unplaced.n)
                ),
            );
        }
        for page in &self.pages {
            if let Some((first, n)) = lying(page) {
                let number = page.number;
                say(
                    Code::OcrSideways,
                    format!(
                        "page {number} lies on its side, and `{first}`{} was read lying",
                        more(n)
                    ),
                );
            }
        }
        Diagnosed {
            value: self.pages,
            diagnostics,
        }
    }
}

/// A number as XML and TSV print it; `None` where it is none or not finite.
pub(super) fn number(text: &str) -> Option<f32> {
    text.trim().parse().ok().filter(|n: &f32| n.is_finite())
}

/// A confidence of a scale that ends at `most`, from 0.0 to 1.0; `None` where it lies outside.
pub(super) fn confidence(value: f64, most: f64) -> Option<f32> {
    let share = value / most;
    (0.0..=1.0).contains(&share).then_some(share as f32)
}
