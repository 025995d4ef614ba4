//! How far a run has come: a bar on a terminal, lines now and then without one.
//!
//! In: what is begun and what is done. Out: text on standard error. Never: holds a run up; mixes with what else is said there.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::When;
use super::messages::{Lang, Message};
use super::tell;
use crate::model::Code;

/// Time between two lines where there is no terminal.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Time between two pictures of the bar.
const REDRAW: Duration = Duration::from_millis(500);
/// Time that a file is read for before it is named.
const SLOW: Duration = Duration::from_secs(10);

/// Shows progress and messages on standard error without mixing them up.
#[derive(Debug)]
pub(super) struct Progress {
    view: View,
    lang: Lang,
    run: Arc<Mutex<Run>>,
    /// Dropped, it ends the one who shows the run now and then.
    beat: Option<(Sender<()>, JoinHandle<()>)>,
}

#[derive(Debug, Clone)]
enum View {
    Bar(ProgressBar),
    /// A line for each hundredth of the run, too.
    Lines,
    /// Only now and then.
    Heartbeat,
    Nothing,
}

/// What is known of a run.
#[derive(Debug)]
struct Run {
    began: Instant,
    n_inputs: u64,
    done: Counts,
    /// First errors, by their code.
    troubles: BTreeMap<&'static str, u64>,
    /// Files that are being read, in the order in which they were begun.
    in_hand: BTreeMap<u64, (String, Instant)>,
    n_begun: u64,
}

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Inputs.
    pub(super) files: u64,
    /// Pages of those that have pages.
    pub(super) pages: u64,
    /// Forms.
    pub(super) forms: u64,
}

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Facts {
    pub(super) done: Counts,
    pub(super) n_inputs: u64,
    /// Pages a second since the run began; `None` before there are any.
    pub(super) pages_per_second: Option<f64>,
    /// Time that the rest will take if it is like what is done.
    pub(super) left: Option<Duration>,
    /// Documents by the code of their first error, most first.
    pub(super) troubles: Vec<(&'static str, u64)>,
    /// The file that has been read for longest, if it is long.
    pub(super) slow: Option<(String, Duration)>,
}

impl Run {
    fn facts(&self, now: Instant) -> Facts {
        let seconds = now.duration_since(self.began).as_secs_f64();
        let done = self.done;
        let pages_per_second =
            (done.pages > 0 && seconds > 0.0).then(|| done.pages as f64 / seconds);
        let rest = self.n_inputs.saturating_sub(done.files);
        let left = (done.files > 0)
            .then(|| Duration::try_from_secs_f64(seconds / done.files as f64 * rest as f64).ok())
            .flatten();
        let mut troubles: Vec<(&'static str, u64)> =
            self.troubles.iter().map(|(code, n)| (*code, *n)).collect();
        troubles.sort_by_key(|(code, n)| (std::cmp::Reverse(*n), *code));
        let oldest = self.in_hand.first_key_value().map(|(_, file)| file);
        let slow = oldest.and_then(|(name, began)| {
            let for_long = now.duration_since(*began);
            (for_long >= SLOW).then(|| (name.clone(), for_long))
        });
        Facts {
            done,
            n_inputs: self.n_inputs,
            pages_per_second,
            left,
            troubles,
            slow,
        }
    }
}

/// A file that is being read.
#[derive(Debug)]
pub(super) struct InHand<'a> {
    run: &'a Mutex<Run>,
    number: u64,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        lock(self.run).in_hand.remove(&self.number);
    }
}

impl Progress {
    /// Begins a run of `n_inputs`.
    pub(super) fn start(when: When, n_inputs: usize, lang: Lang) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let view = match when {
            When::Never => View::Nothing,
            When::Auto | When::Always if is_terminal => View::Bar(bar(n_inputs as u64)),
            When::Auto => View::Heartbeat,
            When::Always => View::Lines,
        };
        let run = Arc::new(Mutex::new(Run {
            began: Instant::now(),
            n_inputs: n_inputs as u64,
            done: Counts::default(),
            troubles: BTreeMap::new(),
            in_hand: BTreeMap::new(),
            n_begun: 0,
        }));
        let beat = beat(view.clone(), Arc::clone(&run), lang);
        Self {
            view,
            lang,
            run,
            beat,
        }
    }

    /// A file is begun; it is read as long as what is returned lives.
    pub(super) fn begin(&self, name: &str) -> InHand<'_> {
        let mut run = lock(&self.run);
        let number = run.n_begun;
        run.n_begun += 1;
        run.in_hand
            .insert(number, (name.to_owned(), Instant::now()));
        InHand {
            run: &self.run,
            number,
        }
    }

    /// Counts what was read of one input more, and its first error.
    pub(super) fn advance(&self, read: Counts, trouble: Option<Code>) {
        let mut run = lock(&self.run);
        run.done.files += read.files;
        run.done.pages += read.pages;
        run.done.forms += read.forms;
        if let Some(code) = trouble {
            *run.troubles.entry(code.name()).or_default() += 1;
        }
        match &self.view {
            View::Bar(bar) => bar.set_position(run.done.files),
            // About a hundred lines a run, however long.
            View::Lines if run.done.files.is_multiple_of((run.n_inputs / 100).max(1)) => {
                let facts = run.facts(Instant::now());
                drop(run);
                tell(&Message::Progress(&facts).text(self.lang));
            }
            View::Lines | View::Heartbeat | View::Nothing => {}
        }
    }

    /// Says something above the bar.
    pub(super) fn tell(&self, text: &str) {
        match &self.view {
            View::Bar(bar) => bar.suspend(|| tell(text)),
            View::Lines | View::Heartbeat | View::Nothing => tell(text),
        }
    }

    /// Takes the bar away; no more is said.
    pub(super) fn finish(&mut self) {
        if let Some((sender, thread)) = self.beat.take() {
            drop(sender);
            // It only shows: where it panicked there is nothing to be done.
            drop(thread.join());
        }
        if let View::Bar(bar) = &self.view {
            bar.finish_and_clear();
        }
    }
}

/// Shows the run now and then, until the sender is dropped.
fn beat(view: View, run: Arc<Mutex<Run>>, lang: Lang) -> Option<(Sender<()>, JoinHandle<()>)> {
    let interval = match view {
        View::Bar(_) => REDRAW,
        View::Lines | View::Heartbeat => HEARTBEAT,
        View::Nothing => return None,
    };
    let (sender, receiver) = channel();
    let thread = thread::Builder::new().name("progress".to_owned());
    let spawned = thread.spawn(move || {
        while receiver.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
            let facts = lock(&run).facts(Instant::now());
            let text = Message::Progress(&facts).text(lang);
            match &view {
                View::Bar(bar) => bar.set_message(text),
                _ => tell(&text),
            }
        }
    });
    // A run without a thread for this is read all the same.
    spawned.ok().map(|thread| (sender, thread))
}

fn lock(run: &Mutex<Run>) -> MutexGuard<'_, Run> {
    run.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bar(n_inputs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:20} {wide_msg}")
        .expect("the template is written in the syntax of indicatif");
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
    fn what_is_done_slow_and_wrong_is_known() {
        let mut progress = Progress::start(When::Never, 4, Lang::En);
        let read = |pages: u64, forms: u64| Counts {
            files: 1,
            pages,
            forms,
        };
        progress.advance(read(3, 1), None);
        progress.advance(read(0, 0), Some(Code::BadPdf));
        progress.advance(read(2, 0), Some(Code::Timeout));
        progress.advance(read(0, 0), Some(Code::Timeout));
        let slow = progress.begin("slow.pdf");
        drop(progress.begin("fast.pdf"));
        let began = lock(&progress.run).began;
        let later = |seconds: u64| began + Duration::from_secs(seconds);
        let facts = lock(&progress.run).facts(later(20));
        assert_eq!(
            (facts.done.files, facts.done.pages, facts.done.forms),
            (4, 5, 1)
        );
        assert_eq!(facts.pages_per_second, Some(0.25));
        assert_eq!(facts.left, Some(Duration::ZERO));
        assert_eq!(facts.troubles, [("TIMEOUT", 2), ("BAD_PDF", 1)]);
        assert_eq!(
            facts.slow.map(|(name, _)| name).as_deref(),
            Some("slow.pdf")
        );
        drop(slow);
        assert_eq!(lock(&progress.run).facts(later(40)).slow, None);
        progress.finish();
    }

    #[test]
    fn the_rest_takes_as_long_as_what_is_done() {
        let progress = Progress::start(When::Never, 10, Lang::En);
        let began = lock(&progress.run).began;
        assert_eq!(lock(&progress.run).facts(began).left, None);
        progress.advance(
            Counts {
                files: 1,
                ..Counts::default()
            },
            None,
        );
        let facts = lock(&progress.run).facts(began + Duration::from_secs(2));
        assert_eq!(facts.left, Some(Duration::from_secs(18)));
        assert_eq!(facts.pages_per_second, None);
    }
}
