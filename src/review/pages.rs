//! Pages as whoever started the review shows them, and the few that are kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// What is wanted of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The path of the document, as it stands in the record.
    pub path: String,
    /// sha256 of the bytes that were read, hex.
    pub id: String,
    /// Which part of it.
    pub part: Part,
}

/// A part of a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part {
    /// A page, from 1, at so many pixels an inch.
    Page {
        /// From 1.
        number: u32,
        /// Pixels an inch.
        dpi: f32,
    },
    /// Lines of a text, from 1, the last included.
    Lines(u32, u32),
}

/// What a person is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// The page as displayed.
    Picture {
        /// `image/png` or `image/jpeg`.
        media_type: String,
        /// Width of the page in points.
        width: f32,
        /// Height of the page in points.
        height: f32,
        /// The picture.
        bytes: Vec<u8>,
    },
    /// Lines of a text.
    Lines {
        /// Number of the first, from 1.
        first: u32,
        /// Them.
        lines: Vec<String>,
    },
    /// Nothing.
    Nothing {
        /// `missing`, `changed`, `no_picture` or `failed`.
        reason: String,
        /// In the words of whoever noticed.
        detail: String,
    },
}

/// Whoever shows parts of documents. It may be asked from several threads at a time.
pub trait Pages: Send + Sync {
    /// Shows a part of a document.
    fn show(&self, wanted: &Wanted) -> Shown;
}

/// The parts that were shown last.
#[derive(Debug)]
pub(super) struct Kept {
    most_bytes: usize,
    parts: Mutex<VecDeque<(Wanted, Arc<Shown>)>>,
}

impl Kept {
    /// Keeps parts up to this many bytes.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self {
            most_bytes,
            parts: Mutex::default(),
        }
    }

    /// A part that is kept.
    pub(super) fn find(&self, wanted: &Wanted) -> Option<Arc<Shown>> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let at = parts.iter().position(|(kept, _)| kept == wanted)?;
        let found = parts.remove(at)?;
        let shown = Arc::clone(&found.1);
        parts.push_back(found);
        Some(shown)
    }

    /// Keeps a part, and lets go of those that were not asked for the longest. Nothing is not kept: it may be there the next time.
    pub(super) fn keep(&self, wanted: &Wanted, shown: &Arc<Shown>) {
        if matches!(**shown, Shown::Nothing { .. }) {
            return;
        }
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.retain(|(kept, _)| kept != wanted);
        parts.push_back((wanted.clone(), Arc::clone(shown)));
        while parts.len() > 1
            && parts.iter().map(|(_, shown)| n_bytes(shown)).sum::<usize>() > self.most_bytes
        {
            parts.pop_front();
        }
    }
}

fn n_bytes(shown: &Shown) -> usize {
    match shown {
        Shown::Picture { bytes, .. } => bytes.len(),
        Shown::Lines { lines, .. } => lines.iter().map(String::len).sum(),
        Shown::Nothing { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(number: u32) -> Wanted {
        Wanted {
            path: String::new(),
            id: String::new(),
            part: Part::Page { number, dpi: 100.0 },
        }
    }

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first() {
        let kept = Kept::new(25);
        let picture = Arc::new(Shown::Picture {
            media_type: String::new(),
            width: 1.0,
            height: 1.0,
            bytes: vec![0; 10],
        });
        kept.keep(&wanted(1), &picture);
        kept.keep(&wanted(2), &picture);
        assert!(kept.find(&wanted(1)).is_some());
        kept.keep(&wanted(3), &picture);
        assert_eq!(
            [1, 2, 3].map(|n| kept.find(&wanted(n)).is_some()),
            [true, false, true]
        );
    }

    #[test]
    fn nothing_is_not_kept() {
        let kept = Kept::new(25);
        kept.keep(
            &wanted(1),
            &Arc::new(Shown::Nothing {
                reason: String::new(),
                detail: String::new(),
            }),
        );
        assert_eq!(kept.find(&wanted(1)), None);
    }
}
