//! What the system holds a worker to.

use super::Limits;

/// Confines this process, once, before it reads anything: its memory, no core files, no more rights by programs it starts, and
/// an end when the one that started it ends. What a system does not offer is left.
#[cfg(unix)]
pub(super) fn confine(limits: &Limits) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// Address space beyond the memory that is watched: stacks and reserved ranges take some and are never filled.
    const BEYOND: u64 = 6 << 30;
    let lower = |resource, wanted: u64| {
        let Rlimit { maximum, .. } = getrlimit(resource);
        let wanted = maximum.map_or(wanted, |maximum| wanted.min(maximum));
        let limit = Rlimit {
            current: Some(wanted),
            maximum: Some(wanted),
        };
        // Without it the worker is still watched from within and from without.
        setrlimit(resource, limit).ok();
    };
    lower(Resource::Core, 0);
    lower(Resource::As, limits.memory.saturating_add(BEYOND));
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL)).ok();
        rustix::thread::set_no_new_privs(true).ok();
    }
}

#[cfg(not(unix))]
pub(super) fn confine(_: &Limits) {}

/// Processor time of this process so far.
#[cfg(unix)]
pub(super) fn cpu_time() -> std::time::Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    std::time::Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
pub(super) fn cpu_time() -> std::time::Duration {
    std::time::Duration::ZERO
}

/// Memory of this process that is in use, bytes; 0 where the system does not say (only Linux does).
pub(super) fn memory() -> u64 {
    /// Every system that has this file has pages of at least so much.
    const PAGE: u64 = 4096;
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = text.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    resident.unwrap_or(0).saturating_mul(PAGE)
}
