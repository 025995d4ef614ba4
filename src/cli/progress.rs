//! How far a run has come: a bar on a terminal, lines where asked for without one, else nothing.

use std::fmt;
use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::args::When;
use super::messages::{Lang, Message};
use super::tell;

/// Shows progress and messages on standard error without mixing them up.
#[derive(Debug)]
pub(super) struct Progress {
    view: View,
    lang: Lang,
    n_inputs: u64,
    n_done: u64,
}

#[derive(Debug)]
enum View {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

impl Progress {
    /// Begins a run of `n_inputs`.
    pub(super) fn start(when: When, n_inputs: usize, lang: Lang) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let view = match when {
            When::Never => View::Nothing,
            When::Auto | When::Always if is_terminal => View::Bar(bar(n_inputs as u64)),
            When::Auto => View::Nothing,
            When::Always => View::Lines,
        };
        Self {
            view,
            lang,
            n_inputs: n_inputs as u64,
            n_done: 0,
        }
    }

    /// Counts one input; `n_forms` and `n_troubles` are those of the run so far.
    pub(super) fn advance(&mut self, n_forms: u64, n_troubles: u64) {
        self.n_done += 1;
        let counts = || {
            Message::Progress {
                n_forms,
                n_troubles,
            }
            .text(self.lang)
        };
        match &self.view {
            View::Bar(bar) => {
                bar.set_message(counts());
                bar.inc(1);
            }
            // About a hundred lines a run, however long.
            View::Lines if self.n_done.is_multiple_of((self.n_inputs / 100).max(1)) => {
                tell(&format!("{}/{} {}", self.n_done, self.n_inputs, counts()));
            }
            View::Lines | View::Nothing => {}
        }
    }

    /// Says something above the bar.
    pub(super) fn tell(&self, text: &str) {
        match &self.view {
            View::Bar(bar) => bar.suspend(|| tell(text)),
            View::Lines | View::Nothing => tell(text),
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let View::Bar(bar) = &self.view {
            bar.finish_and_clear();
        }
    }
}

fn bar(n_inputs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {rate} ETA {eta} | {msg}")
        .expect("the template is written in the syntax of indicatif")
        .with_key(
            "rate",
            |state: &ProgressState, text: &mut dyn fmt::Write| {
                // Nothing is left to do where the rate has no room; the trait gives no way to say so.
                let _ = write!(text, "{:.1}/s", state.per_sec());
            },
        );
    ProgressBar::with_draw_target(Some(n_inputs), ProgressDrawTarget::stderr_with_hz(10))
        .with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_can_be_drawn() {
        assert_eq!(bar(3).length(), Some(3));
    }

    #[test]
    fn every_input_is_counted() {
        let mut progress = Progress::start(When::Never, 2, Lang::En);
        progress.advance(1, 0);
        progress.advance(1, 1);
        assert_eq!(progress.n_done, 2);
    }
}
