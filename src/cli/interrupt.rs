//! The wish to end: a first signal lets what is in hand be finished, a second ends at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A flag that becomes true when the user or the system wants this process to end.
///
/// # Errors
/// Where signals cannot be waited for.
pub(super) fn wish_to_end() -> io::Result<Arc<AtomicBool>> {
    let wish = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag;
        for signal in [SIGINT, SIGTERM] {
            // In this order: the second signal finds the flag set by the first.
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&wish))?;
            flag::register(signal, Arc::clone(&wish))?;
        }
    }
    Ok(wish)
}
