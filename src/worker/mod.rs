//! Worker: files are read in processes of their own, so that one that overflows the stack, eats the memory or never ends
//! takes nothing with it.
//!
//! In: inputs. Out: [`Finished`](crate::batch::Finished) lines, or why there are none. Never: trusts what a worker
//! writes; waits longer than the limits say; starts a shell.
//!
//! A worker is jixiao itself, started with [`COMMAND`]. `frames` is what the two say to each other, `serve` is the worker's
//! side and `pool` the other one. `watch` stops a worker from within when a file costs too much processor time or memory, and says
//! which; `confine` sets what the system holds it to. What neither stops, the pool does.
#![expect(
    clippy::disallowed_methods,
    reason = "worker is an edge of the pipeline: it starts processes and looks at clocks"
)]

mod confine;
mod frames;
mod held;
mod pool;
mod serve;
mod watch;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use held::hold;
pub use pool::{Pool, PoolError, PoolParams};
pub use serve::{ServeError, Wanted, serve, wanted};

/// The argument that makes jixiao a worker.
pub const COMMAND: &str = "read-frames";

/// What one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processor time of one page, and of what is done when all are read.
    pub page_cpu: Duration,
    /// Processor time of a file.
    pub file_cpu: Duration,
    /// Memory of a worker, models included, in bytes.
    pub memory: u64,
    /// Time on the clock of a file; `None` for ten times its processor time.
    pub deadline: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page_cpu: Duration::from_secs(30),
            file_cpu: Duration::from_secs(3600),
            memory: 2 << 30,
            deadline: None,
        }
    }
}

impl Limits {
    /// Time on the clock after which a file is given up, whatever its worker says: a busy machine is no fault of the file.
    #[must_use]
    fn wall(&self) -> Duration {
        /// Times the processor time.
        const BACKSTOP: u32 = 10;
        self.deadline
            .unwrap_or_else(|| self.file_cpu.saturating_mul(BACKSTOP))
    }
}
