//! The time of day as it stands in corrections and verdicts.

use chrono::{SecondsFormat, Utc};

/// Now, as RFC 3339 has it, in UTC and with milliseconds.
pub(super) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}
