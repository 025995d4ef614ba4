//! How far the reading of a file has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A count of the pages that were begun, for whoever watches how long one takes. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Steps(Arc<AtomicU64>);

impl Steps {
    /// Another page is begun.
    pub fn begin(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Pages that were begun.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl PartialEq for Steps {
    /// Who watches makes no difference to what is read.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
