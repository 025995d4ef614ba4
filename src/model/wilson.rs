//! The interval in which a rate lies that was found in a sample.

/// Quantile of the normal distribution for 95 %, both sides.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of E. B. Wilson (JASA 22, 1927) for a rate found in `n`, which need be no whole number. All is possible where `n` is 0.
#[must_use]
pub fn wilson(rate: f64, n: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let z2 = Z * Z;
    let centre = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    // At the ends the formula gives them but for rounding.
    let low = if rate <= 0.0 {
        0.0
    } else {
        (centre - half).max(0.0)
    };
    let high = if rate >= 1.0 {
        1.0
    } else {
        (centre + half).min(1.0)
    };
    (low, high)
}
