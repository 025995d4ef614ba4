//! Held: a process that does one thing for another, within limits.
//!
//! In: the limits. Out: the end of the process where they are passed. Never: says more than its exit code.

use std::time::Duration;
use std::{io, process, thread};

use super::confine::{confine, cpu_time, memory};
use super::{Limits, serve};

/// How often it is looked.
const STEP: Duration = Duration::from_millis(20);

/// Confines this process from now on, and ends it with code 70 when it has taken more processor time than a file may, or more memory.
///
/// # Errors
/// Where there can be no thread that looks.
pub fn hold(limits: Limits) -> io::Result<()> {
    confine(&limits);
    let watch = move || {
        loop {
            thread::sleep(STEP);
            if cpu_time() > limits.file_cpu || memory() > limits.memory {
                process::exit(serve::STOPPED);
            }
        }
    };
    thread::Builder::new()
        .name("watch".to_owned())
        .spawn(watch)?;
    Ok(())
}
