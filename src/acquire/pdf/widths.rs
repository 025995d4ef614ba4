//! Advance widths of composite fonts: /W, /DW, /W2, /DW2.
//! In: the arrays of a CIDFont. Out: the advance of a CID. Never: expands a range.

use hayro_syntax::object::{Array, Dict, Object};

use super::text::read_number;

/// Ranges looked at behind the one that starts nearest, where ranges overlap.
const MAX_OVERLAP: usize = 8;

/// Numbers that hold for ranges of CIDs: `N` of them a CID (1 for /W, 3 for /W2).
#[derive(Debug, Clone)]
pub(super) struct CidMetrics<const N: usize> {
    /// Sorted by first CID.
    ranges: Vec<Range>,
    values: Vec<[f32; N]>,
}

#[derive(Debug, Clone, Copy)]
struct Range {
    start: u32,
    end: u32,
    /// First entry in the values.
    offset: u32,
    /// Each CID has an entry of its own.
    listed: bool,
}

impl<const N: usize> CidMetrics<N> {
    /// Reads an array of the forms `c [v …]` and `first last v …` (ISO 32000-2, 9.7.4.3).
    pub(super) fn from_array(array: Option<&Array<'_>>) -> Self {
        let mut metrics = Self {
            ranges: Vec::new(),
            values: Vec::new(),
        };
        let Some(array) = array else { return metrics };
        // Numbers not used yet: first, last, and up to N values.
        let mut pending: Vec<f32> = Vec::with_capacity(2 + N);
        for item in array.iter::<Object<'_>>() {
            match item {
                Object::Number(number) => {
                    pending.push(number.as_f32());
                    if pending.len() == 2 + N {
                        let values: [f32; N] = std::array::from_fn(|index| pending[2 + index]);
                        metrics.push(pending[0], pending[1], &[values], false);
                        pending.clear();
                    }
                }
                Object::Array(list) => {
                    if let Some(&start) = pending.last() {
                        let numbers = plain_numbers(&list, usize::MAX);
                        let values: Vec<[f32; N]> = numbers
                            .chunks_exact(N)
                            .map(|chunk| std::array::from_fn(|index| chunk[index]))
                            .collect();
                        metrics.push(start, start + values.len() as f32 - 1.0, &values, true);
                    }
                    pending.clear();
                }
                _ => pending.clear(),
            }
        }
        metrics.ranges.sort_by_key(|range| range.start);
        metrics
    }

    fn push(&mut self, start: f32, end: f32, values: &[[f32; N]], listed: bool) {
        let in_range = |number: f32| (0.0..=4_294_967_295.0).contains(&number);
        if values.is_empty()
            || !in_range(start)
            || !in_range(end)
            || end < start
            || values.iter().flatten().any(|value| !value.is_finite())
        {
            return;
        }
        let Ok(offset) = u32::try_from(self.values.len()) else {
            return;
        };
        self.ranges.push(Range {
            start: start as u32,
            end: end as u32,
            offset,
            listed,
        });
        self.values.extend_from_slice(values);
    }

    /// The numbers of a CID, in thousandths of an em.
    pub(super) fn get(&self, cid: u32) -> Option<[f32; N]> {
        let after = self.ranges.partition_point(|range| range.start <= cid);
        let range = self.ranges[after.saturating_sub(MAX_OVERLAP)..after]
            .iter()
            .rev()
            .find(|range| cid <= range.end)?;
        let index = if range.listed {
            (cid - range.start) as usize
        } else {
            0
        };
        self.values.get(range.offset as usize + index).copied()
    }

    /// Whether it holds no range at all.
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// The first `max` numbers of an array; what is not finite is 0.
///
/// An array of plain numbers, as nearly all are, is read from its bytes: the parser would try every number as a reference first.
pub(super) fn plain_numbers(array: &Array<'_>, max: usize) -> Vec<f32> {
    let finite = |number: f32| if number.is_finite() { number } else { 0.0 };
    let data = array.data();
    if data.iter().all(|byte| {
        byte.is_ascii_digit() || byte.is_ascii_whitespace() || matches!(byte, b'.' | b'-' | b'+')
    }) {
        let words = data
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        return words
            .take(max)
            .map(|word| finite(read_number(word) as f32))
            .collect();
    }
    array.iter::<f32>().take(max).map(finite).collect()
}

/// Advances of a composite font, in thousandths of an em.
#[derive(Debug, Clone)]
pub(super) struct CidWidths {
    horizontal: CidMetrics<1>,
    default_width: f32,
    vertical: CidMetrics<3>,
    /// Height of the origin above the baseline, advance downwards (negative).
    default_vertical: (f32, f32),
}

impl CidWidths {
    /// Reads the widths of a CIDFont; the vertical ones only where they are of use.
    pub(super) fn from_dict(dict: &Dict<'_>, vertical: bool) -> Self {
        let finite = |number: &f32| number.is_finite();
        let mut default_vertical = (880.0, -1000.0);
        if let Some(array) = dict.get::<Array<'_>>(b"DW2") {
            let mut numbers = array.iter::<f32>().filter(finite);
            if let (Some(origin), Some(advance)) = (numbers.next(), numbers.next()) {
                default_vertical = (origin, advance);
            }
        }
        let vertical_array = if vertical {
            dict.get::<Array<'_>>(b"W2")
        } else {
            None
        };
        Self {
            horizontal: CidMetrics::from_array(dict.get::<Array<'_>>(b"W").as_ref()),
            default_width: dict.get::<f32>(b"DW").filter(finite).unwrap_or(1000.0),
            vertical: CidMetrics::from_array(vertical_array.as_ref()),
            default_vertical,
        }
    }

    /// Whether all CIDs are equally wide, so that the CID need not be known.
    pub(super) fn is_uniform(&self) -> bool {
        self.horizontal.is_empty() && self.vertical.is_empty()
    }

    /// Horizontal advance.
    pub(super) fn width(&self, cid: u32) -> f32 {
        self.horizontal
            .get(cid)
            .map_or(self.default_width, |[width]| width)
    }

    /// Vertical advance and the position of the vertical origin: advance, x, y.
    pub(super) fn vertical(&self, cid: u32) -> (f32, f32, f32) {
        match self.vertical.get(cid) {
            Some([advance, x, y]) => (advance, x, y),
            None => (
                self.default_vertical.1,
                self.width(cid) / 2.0,
                self.default_vertical.0,
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use hayro_syntax::object::{Array, Dict, FromBytes};

    use super::{CidMetrics, CidWidths};

    #[test]
    fn ranges_and_lists_are_read() {
        let array =
            Array::from_bytes(b"[1 [500 600] 10 4294967295 250 5 [700]]").expect("an array");
        let metrics = CidMetrics::<1>::from_array(Some(&array));
        assert_eq!(
            [0, 1, 2, 3, 5, 10, 4_000_000_000].map(|cid| metrics.get(cid).map(|[width]| width)),
            [
                None,
                Some(500.0),
                Some(600.0),
                None,
                Some(700.0),
                Some(250.0),
                Some(250.0)
            ]
        );
    }

    #[test]
    fn vertical_metrics_have_defaults() {
        let dict =
            Dict::from_bytes(b"<< /DW 1000 /W2 [7 [-500 250 800]] >>").expect("a dictionary");
        let widths = CidWidths::from_dict(&dict, true);
        assert_eq!(widths.vertical(7), (-500.0, 250.0, 800.0));
        assert_eq!(widths.vertical(8), (-1000.0, 500.0, 880.0));
    }
}
