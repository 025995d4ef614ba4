//! Shares in per cent, exact: how many of so many forms are meant must not hang on a rounding of binary fractions.

use std::fmt;
use std::str::FromStr;

/// Millionths of one per cent in a whole.
const WHOLE: u64 = 100 * MICRO;
/// Millionths in one per cent.
const MICRO: u64 = 1_000_000;
/// Digits behind the point that are kept.
const N_DIGITS: usize = 6;

/// A share from 0 to 100 per cent, in millionths of one per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u64);

impl Percent {
    /// So many whole per cent; `None` above 100.
    #[must_use]
    pub fn from_whole(percent: u64) -> Option<Self> {
        (percent <= 100).then_some(Self(percent * MICRO))
    }

    /// The smallest whole number that is at least this share of `n`.
    #[must_use]
    pub fn ceil_of(self, n: u64) -> u64 {
        let product = u128::from(self.0) * u128::from(n);
        u64::try_from(product.div_ceil(u128::from(WHOLE))).expect("a share of a count is no larger")
    }

    /// As a part of one, 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.0 as f64 / WHOLE as f64
    }

    /// What is missing to the whole.
    #[must_use]
    pub fn rest(self) -> Self {
        Self(WHOLE - self.0)
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no share from 0 to 100 with at most {N_DIGITS} decimals");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > N_DIGITS {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let decimals: u64 = format!("{decimals:0<N_DIGITS$}")
            .parse()
            .map_err(|_| wrong())?;
        let micro = whole
            .checked_mul(MICRO)
            .and_then(|whole| whole.checked_add(decimals));
        micro
            .filter(|micro| *micro <= WHOLE)
            .map(Self)
            .ok_or_else(wrong)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / MICRO, self.0 % MICRO);
        if decimals == 0 {
            write!(f, "{whole}")
        } else {
            let decimals = format!("{decimals:06}");
            write!(f, "{whole}.{}", decimals.trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_and_shown_as_they_are() {
        for text in ["5", "0.65", "0.1", "99.9", "100", "0"] {
            assert_eq!(
                text.parse::<Percent>().map(|share| share.to_string()),
                Ok(text.to_owned())
            );
        }
        for wrong in [
            "",
            ".",
            "5.",
            "-1",
            "100.1",
            "1e2",
            "５",
            "0.1234567",
            "99999999999999999999",
        ] {
            assert!(wrong.parse::<Percent>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_of_a_count_is_rounded_up_and_exact() {
        let of = |text: &str, n| text.parse::<Percent>().map(|share| share.ceil_of(n));
        assert_eq!(of("5", 20_000), Ok(1_000));
        assert_eq!(of("5", 20_001), Ok(1_001));
        // 0.07 of 100 is 7.000000000000001 in binary.
        assert_eq!(of("7", 100), Ok(7));
        assert_eq!(of("100", u64::MAX), Ok(u64::MAX));
    }
}
