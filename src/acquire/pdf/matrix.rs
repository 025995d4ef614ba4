//! Transformations of the plane, as PDF writes them.
//! In: six numbers. Out: points in another space. Never: yields a transformation that is not finite without saying so.

/// An affine transformation `[a b c d e f]`: x' = a·x + c·y + e, y' = b·x + d·y + f (ISO 32000-2, 8.3.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix {
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) c: f64,
    pub(super) d: f64,
    pub(super) e: f64,
    pub(super) f: f64,
}

impl Matrix {
    /// The transformation that changes nothing.
    pub(super) const IDENTITY: Self = Self::new(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);

    /// A transformation from its six numbers.
    pub(super) const fn new(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64) -> Self {
        Self { a, b, c, d, e, f }
    }

    /// A transformation from an array of six numbers.
    pub(super) fn from_array(n: [f64; 6]) -> Self {
        Self::new(n[0], n[1], n[2], n[3], n[4], n[5])
    }

    /// First `self`, then `next`: `self × next` in PDF's row vectors.
    pub(super) fn then(&self, next: &Self) -> Self {
        Self {
            a: self.a * next.a + self.b * next.c,
            b: self.a * next.b + self.b * next.d,
            c: self.c * next.a + self.d * next.c,
            d: self.c * next.b + self.d * next.d,
            e: self.e * next.a + self.f * next.c + next.e,
            f: self.e * next.b + self.f * next.d + next.f,
        }
    }

    /// The image of a point.
    #[inline]
    pub(super) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.a * x + self.c * y + self.e,
            self.b * x + self.d * y + self.f,
        )
    }

    /// Whether every number is finite and small enough to be kept in an `f32`.
    pub(super) fn is_sane(&self) -> bool {
        const LARGEST: f64 = 1e9;
        [self.a, self.b, self.c, self.d, self.e, self.f]
            .iter()
            .all(|n| n.abs() < LARGEST)
    }

    /// How much lengths grow, on average over all directions.
    pub(super) fn mean_scale(&self) -> f64 {
        (self.a * self.d - self.b * self.c).abs().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::Matrix;

    #[test]
    fn first_matrix_acts_first() {
        let scale = Matrix::new(2.0, 0.0, 0.0, 2.0, 0.0, 0.0);
        let shift = Matrix::new(1.0, 0.0, 0.0, 1.0, 10.0, 0.0);
        assert_eq!(scale.then(&shift).apply(1.0, 1.0), (12.0, 2.0));
        assert_eq!(shift.then(&scale).apply(1.0, 1.0), (22.0, 2.0));
    }

    #[test]
    fn infinite_matrix_is_not_sane() {
        assert!(!Matrix::new(f64::INFINITY, 0.0, 0.0, 1.0, 0.0, 0.0).is_sane());
        assert!(!Matrix::new(f64::NAN, 0.0, 0.0, 1.0, 0.0, 0.0).is_sane());
    }
}
