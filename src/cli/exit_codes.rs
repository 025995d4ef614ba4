//! What stands under the help of commands: their exit codes.

/// What stands under the help of `extract`.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  everything was read
  1  finished, and some documents need attention (see the ledger)
  2  wrong usage or configuration
  3  the environment failed: disk full, output not writable, reader of the output gone
130  told to end (SIGINT, SIGTERM); what was in hand is finished

A run into a directory that did not end is taken up where it stopped by giving the same command again.

Data goes to standard output only; everything else to standard error.";

/// What stands under the help of `export`.
pub(super) const EXPORT_EXIT_CODES: &str = "\
Exit codes:
  0  everything was written
  2  wrong usage, or RUN is no run that has ended
  3  the environment failed: disk full, output not writable";

/// What stands under the help of `apply`.
pub(super) const APPLY_EXIT_CODES: &str = "\
Exit codes:
  0  every correction was replayed, or was needless
  1  finished, and some corrections are in conflict with what was read
  2  wrong usage, or RUN is no run that has ended
  3  the environment failed: disk full, output not writable";

/// What stands under the help of `doctor`.
pub(super) const DOCTOR_EXIT_CODES: &str = "\
Exit codes:
  0  digital files can be read, and the text of scans can be recognised
  1  something that is needed for one of them is missing
  2  wrong usage
  3  the environment failed";

/// What stands under the help of `review`.
pub(super) const REVIEW_EXIT_CODES: &str = "\
Exit codes:
  0  ended, or the file was written
  2  wrong usage: RUN is no run that has ended, the sample is of another, another review has its files
  3  the environment failed: no port, disk full

Nothing leaves this machine: the page is served on 127.0.0.1, to the browser that opens the printed address.";
