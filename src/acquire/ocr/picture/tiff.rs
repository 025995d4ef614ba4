//! TIFF: the directories of its pages, and what the image decoder does not read: fax codes and palettes.
//! In: the bytes of a file. Out: what a page says of itself, its fax rows. Never: follows an offset twice.

use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode, decode};

use super::{PictureError, PictureLimits, check_size, to_index};

/// Values of an entry that are read.
const MAX_VALUES: usize = 1 << 20;

/// Whether bytes begin as a TIFF file of the classic kind.
pub(super) fn is_classic(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")
}

/// The directory of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Directory<'a> {
    bytes: &'a [u8],
    /// Where it begins in the file.
    pub(super) at: u32,
}

/// The directories of a file in order, up to `max_pages`; a chain that closes on itself ends there.
pub(super) fn directories(bytes: &[u8], max_pages: usize) -> Vec<Directory<'_>> {
    let mut found: Vec<Directory<'_>> = Vec::new();
    let mut next = u32_at(bytes, 4);
    while let Some(at) = next.filter(|at| *at != 0 && found.iter().all(|one| one.at != *at)) {
        if found.len() >= max_pages {
            break;
        }
        found.push(Directory { bytes, at });
        let start = to_index(at);
        next = u16_at(bytes, start)
            .and_then(|n| start.checked_add(2 + 12 * usize::from(n)))
            .and_then(|end| u32_at(bytes, end));
    }
    found
}

impl Directory<'_> {
    /// The numbers of an entry; empty where it is not there. Of fractions the numerator and the denominator.
    fn values(&self, tag: u16) -> Vec<u32> {
        self.entry(tag).unwrap_or_default()
    }

    fn entry(&self, tag: u16) -> Option<Vec<u32>> {
        let bytes = self.bytes;
        let start = to_index(self.at);
        let n = usize::from(u16_at(bytes, start)?);
        let at = (0..n)
            .filter_map(|index| start.checked_add(2 + 12 * index))
            .find(|at| u16_at(bytes, *at) == Some(tag))?;
        let kind = u16_at(bytes, at + 2)?;
        let count = to_index(u32_at(bytes, at + 4)?);
        let (size, count) = match kind {
            1 => (1, count),
            3 => (2, count),
            4 => (4, count),
            5 => (4, count.checked_mul(2)?),
            _ => return None,
        };
        if count > MAX_VALUES {
            return None;
        }
        let from = if size * count <= 4 {
            at + 8
        } else {
            to_index(u32_at(bytes, at + 8)?)
        };
        (0..count)
            .map(|index| {
                let at = from.checked_add(size * index)?;
                match size {
                    1 => bytes.get(at).map(|byte| u32::from(*byte)),
                    2 => u16_at(bytes, at).map(u32::from),
                    _ => u32_at(bytes, at),
                }
            })
            .collect()
    }

    fn value(&self, tag: u16) -> Option<u32> {
        self.values(tag).first().copied()
    }

    /// XResolution and ResolutionUnit, pixels an inch.
    pub(super) fn dpi(&self) -> Option<f32> {
        let per_inch = match self.value(296) {
            Some(3) => 2.54,
            Some(1) => return None,
            _ => 1.0,
        };
        match self.values(282)[..] {
            [above, below] if below > 0 => Some(above as f32 / below as f32 * per_inch),
            _ => None,
        }
    }

    /// Its colours, where its pixels are indices of eight bits into them.
    pub(super) fn palette(&self) -> Option<Vec<[u8; 3]>> {
        if self.value(262) != Some(3) || self.value(258) != Some(8) {
            return None;
        }
        let map = self.values(320);
        let n = map.len() / 3;
        let part = |at: usize| u8::try_from(map.get(at).copied().unwrap_or(0) >> 8).unwrap_or(255);
        (n > 0).then(|| {
            (0..n)
                .map(|at| [part(at), part(n + at), part(2 * n + at)])
                .collect()
        })
    }

    /// Where the two bytes that say the kind of its colours stand in the file (PhotometricInterpretation).
    pub(super) fn photometric_at(&self) -> Option<usize> {
        let start = to_index(self.at);
        let n = usize::from(u16_at(self.bytes, start)?);
        (0..n)
            .filter_map(|index| start.checked_add(2 + 12 * index))
            .find(|at| u16_at(self.bytes, *at) == Some(262))
            .and_then(|at| {
                let is_long = u16_at(self.bytes, at.checked_add(2)?) == Some(4);
                let skip = if is_long && !is_little(self.bytes) {
                    10
                } else {
                    8
                };
                at.checked_add(skip)
            })
    }

    /// Whether its rows are coded as a fax machine does.
    pub(super) fn is_fax(&self) -> bool {
        matches!(self.value(259), Some(2..=4))
    }

    /// The orientation that it notes, 1 to 8.
    pub(super) fn orientation(&self) -> u8 {
        self.value(274)
            .and_then(|n| u8::try_from(n).ok())
            .filter(|n| (1..=8).contains(n))
            .unwrap_or(1)
    }

    /// Decodes fax rows: width, height and a shade for each pixel. Rows that are lacking are white.
    ///
    /// # Errors
    /// [`PictureError`], before pixels are allocated where it is too large.
    pub(super) fn read_fax(
        &self,
        limits: &PictureLimits,
    ) -> Result<(u32, u32, Vec<u8>), PictureError> {
        let lacks = |what: &str| PictureError::Broken(format!("a fax page lacks {what}"));
        let width = self.value(256).ok_or_else(|| lacks("its width"))?;
        let height = self.value(257).ok_or_else(|| lacks("its height"))?;
        check_size(u64::from(width), u64::from(height), limits)?;
        if self.value(277).unwrap_or(1) != 1 || self.value(258).unwrap_or(1) != 1 {
            return Err(PictureError::Unsupported(
                "a fax page of more than one bit".to_owned(),
            ));
        }
        let (offsets, lengths) = (self.values(273), self.values(279));
        if offsets.is_empty() {
            return Err(lacks("its strips"));
        }
        let rows_a_strip = self.value(278).unwrap_or(height).clamp(1, height);
        let options = self.value(292).unwrap_or(0);
        let is_reversed = self.value(266) == Some(2);
        let mut rows = Rows {
            width: to_index(width),
            height: to_index(height),
            pixels: vec![255; to_index(width) * to_index(height)],
            n_rows: 0,
        };
        for (index, offset) in (0_u32..).zip(&offsets) {
            let first = rows_a_strip.saturating_mul(index);
            let n_rows = rows_a_strip.min(height.saturating_sub(first));
            if n_rows == 0 {
                break;
            }
            rows.n_rows = to_index(first);
            let start = to_index(*offset);
            let length = lengths
                .get(to_index(index))
                .map_or(usize::MAX, |n| to_index(*n));
            let end = start.saturating_add(length).min(self.bytes.len());
            let strip = self.bytes.get(start..end).unwrap_or_default();
            let reversed: Vec<u8>;
            let strip = if is_reversed {
                reversed = strip.iter().map(|byte| byte.reverse_bits()).collect();
                &reversed
            } else {
                strip
            };
            let (encoding, is_aligned) = match self.value(259) {
                Some(4) => (EncodingMode::Group4, false),
                Some(3) if options & 1 == 1 => (EncodingMode::Group3_2D, false),
                Some(3) => (EncodingMode::Group3_1D, false),
                _ => (EncodingMode::Group3_1D, true),
            };
            let settings = DecodeSettings {
                columns: width,
                rows: n_rows,
                end_of_block: !is_aligned,
                end_of_line: matches!(self.value(259), Some(3)),
                rows_are_byte_aligned: is_aligned,
                encoding,
                strict: false,
            };
            let result = decode(strip, &mut rows, &mut DecoderContext::new(settings));
            if result.is_err() && rows.n_rows == 0 {
                return Err(PictureError::Broken("fax rows".to_owned()));
            }
        }
        // 1, black is zero: then the code's white is black.
        if self.value(262) == Some(1) {
            rows.pixels
                .iter_mut()
                .for_each(|pixel| *pixel = 255 - *pixel);
        }
        Ok((width, height, rows.pixels))
    }
}

/// Rows as they are decoded.
struct Rows {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    n_rows: usize,
}

impl Decoder for Rows {
    fn push_row(&mut self, changes: &[u32]) {
        let row = self.n_rows;
        self.n_rows += 1;
        if row >= self.height {
            return;
        }
        let Some(pixels) = self
            .pixels
            .get_mut(row * self.width..(row + 1) * self.width)
        else {
            return;
        };
        let width = pixels.len();
        for span in changes.chunks(2) {
            let edge = |at: usize| span.get(at).map_or(width, |n| to_index(*n).min(width));
            if let Some(black) = pixels.get_mut(edge(0)..edge(1)) {
                black.fill(0);
            }
        }
    }
}

fn is_little(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II")
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(if is_little(bytes) {
        u16::from_le_bytes(two)
    } else {
        u16::from_be_bytes(two)
    })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if is_little(bytes) {
        u32::from_le_bytes(four)
    } else {
        u32::from_be_bytes(four)
    })
}
