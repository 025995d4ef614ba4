//! Predictors: rows that say how they differ from their neighbours become rows again.
//! In: decoded bytes and /DecodeParms. Out: the rows. Never: yields more bytes than it was given.

use hayro_syntax::object::Dict;

/// Most bytes of a row; longer ones are no image.
const MAX_ROW_BYTES: usize = 64 << 20;

/// How rows were predicted (ISO 32000-2, 7.4.4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Predictor {
    is_png: bool,
    n_colors: usize,
    bits: usize,
    row_bytes: usize,
}

impl Predictor {
    /// The predictor of a filter; `None` where it has none.
    pub(super) fn of(dict: &Dict<'_>) -> Option<Self> {
        let number = |key: &[u8], default: i32| {
            usize::try_from(dict.get::<i32>(key).unwrap_or(default)).unwrap_or(0)
        };
        let kind = number(b"Predictor", 1);
        if kind < 2 {
            return None;
        }
        let (n_colors, bits) = (number(b"Colors", 1), number(b"BitsPerComponent", 8));
        Some(Self {
            is_png: kind >= 10,
            n_colors,
            bits,
            row_bytes: n_colors
                .saturating_mul(bits)
                .saturating_mul(number(b"Columns", 1))
                .div_ceil(8),
        })
    }

    /// The rows as they were; the last may be cut short. `None` where the numbers make no sense.
    pub(super) fn undo(&self, data: &[u8]) -> Option<Vec<u8>> {
        let is_usable = (1..=MAX_ROW_BYTES).contains(&self.row_bytes)
            && (1..=64).contains(&self.n_colors)
            && matches!(self.bits, 1 | 2 | 4 | 8 | 16);
        if !is_usable {
            return None;
        }
        Some(if self.is_png {
            self.undo_png(data)
        } else {
            self.undo_tiff(data)
        })
    }

    /// Each row begins with a byte that names its filter.
    fn undo_png(&self, data: &[u8]) -> Vec<u8> {
        let pixel = (self.n_colors * self.bits).div_ceil(8);
        let mut out: Vec<u8> = Vec::with_capacity(data.len());
        let mut above = vec![0; self.row_bytes.min(data.len())];
        for row in data.chunks(self.row_bytes.saturating_add(1)) {
            let Some((&filter, row)) = row.split_first() else {
                break;
            };
            let start = out.len();
            for (index, &byte) in row.iter().enumerate() {
                let left = match index.checked_sub(pixel) {
                    Some(at) => out[start + at],
                    None => 0,
                };
                let up = above[index];
                let up_left = index.checked_sub(pixel).map_or(0, |at| above[at]);
                out.push(byte.wrapping_add(match filter {
                    1 => left,
                    2 => up,
                    3 => u8::midpoint(left, up),
                    4 => paeth(left, up, up_left),
                    _ => 0,
                }));
            }
            above[..row.len()].copy_from_slice(&out[start..]);
        }
        out
    }

    /// Each sample is a difference to the one before it.
    fn undo_tiff(&self, data: &[u8]) -> Vec<u8> {
        let mut out = data.to_vec();
        for row in out.chunks_mut(self.row_bytes) {
            match self.bits {
                8 => {
                    for at in self.n_colors..row.len() {
                        row[at] = row[at].wrapping_add(row[at - self.n_colors]);
                    }
                }
                16 => {
                    let step = 2 * self.n_colors;
                    for at in (step..row.len().saturating_sub(1)).step_by(2) {
                        let before = u16::from_be_bytes([row[at - step], row[at - step + 1]]);
                        let sum = u16::from_be_bytes([row[at], row[at + 1]]).wrapping_add(before);
                        row[at..at + 2].copy_from_slice(&sum.to_be_bytes());
                    }
                }
                bits => {
                    let top = (1_u8 << bits) - 1;
                    let per_byte = 8 / bits;
                    let shift = |at: usize| 8 - bits - at % per_byte * bits;
                    for at in self.n_colors..row.len() * per_byte {
                        let before = at - self.n_colors;
                        let sum = (row[at / per_byte] >> shift(at))
                            .wrapping_add(row[before / per_byte] >> shift(before))
                            & top;
                        let place = &mut row[at / per_byte];
                        *place = *place & !(top << shift(at)) | sum << shift(at);
                    }
                }
            }
        }
        out
    }
}

/// ISO 15948, 9.4.
fn paeth(left: u8, up: u8, up_left: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(up_left);
    let distance = |n: u8| (estimate - i16::from(n)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(up_left) {
        left
    } else if distance(up) <= distance(up_left) {
        up
    } else {
        up_left
    }
}

#[cfg(test)]
mod tests {
    use super::Predictor;

    fn check(is_png: bool, bits: usize, n_colors: usize, data: &[u8], rows: &[u8]) {
        let row_bytes = 4;
        let predictor = Predictor {
            is_png,
            n_colors,
            bits,
            row_bytes,
        };
        assert_eq!(predictor.undo(data).as_deref(), Some(rows));
    }

    #[test]
    fn png_filters_are_undone() {
        check(true, 8, 1, &[0, 1, 2, 3, 4], &[1, 2, 3, 4]);
        check(true, 8, 1, &[1, 1, 1, 1, 1], &[1, 2, 3, 4]);
        let two = [0, 1, 2, 3, 4, 2, 1, 1, 1, 1];
        check(true, 8, 1, &two, &[1, 2, 3, 4, 2, 3, 4, 5]);
        let average = [0, 10, 20, 30, 40, 3, 1, 1, 1, 1];
        check(true, 8, 1, &average, &[10, 20, 30, 40, 6, 14, 23, 32]);
        let paeth = [0, 10, 20, 30, 40, 4, 1, 1, 1, 1];
        check(true, 8, 1, &paeth, &[10, 20, 30, 40, 11, 21, 31, 41]);
    }

    #[test]
    fn a_row_that_breaks_off_is_kept() {
        check(true, 8, 1, &[1, 1, 1], &[1, 2]);
        check(true, 8, 1, &[], &[]);
    }

    #[test]
    fn differences_of_samples_are_undone() {
        check(false, 8, 2, &[1, 2, 3, 4], &[1, 2, 4, 6]);
        check(false, 16, 1, &[0, 255, 0, 1], &[0, 255, 1, 0]);
        check(
            false,
            1,
            1,
            &[0b1010_0000, 0, 0, 0],
            &[0b1100_0000, 0, 0, 0],
        );
        check(false, 4, 1, &[0x12, 0xF0, 0, 0], &[0x13, 0x22, 0x22, 0x22]);
    }

    #[test]
    fn rows_without_end_are_refused() {
        let predictor = Predictor {
            is_png: true,
            n_colors: 3,
            bits: 16,
            row_bytes: usize::MAX,
        };
        assert_eq!(predictor.undo(&[1, 2, 3]), None);
    }
}
