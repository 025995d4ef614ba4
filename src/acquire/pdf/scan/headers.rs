//! Headers: how large an image is by what its own codec says, before anything is decoded.
//! In: the bytes that a codec is to read. Out: [`Claim`]. Never: allocates by what it reads.

use hayro_syntax::Filter;
use hayro_syntax::object::{Dict, Stream};

use super::super::decode::decode_stream;

/// Decoded bytes of the symbols that JBIG2 images share.
const MAX_GLOBALS_BYTES: usize = 16 << 20;
/// Tiles of a JPEG 2000 image (ISO 15444-1, A.4.2: a tile's index has 16 bits).
const MAX_TILES: u64 = 65_535;
/// Components of an image: colours, black, alpha and some more.
const MAX_COMPONENTS: u64 = 8;

/// What a codec's data says of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Claim {
    /// Width in pixels, the largest that is said.
    pub(super) width: u64,
    /// Height in pixels.
    pub(super) height: u64,
    /// Samples that a decoder holds for one pixel, its work space included.
    pub(super) samples: u64,
    /// The data ends as a whole image ends, as far as its codec says how.
    pub(super) is_whole: bool,
}

/// The size that the data of an image says; `None` where there is no header to be found.
pub(super) fn claim(
    codec: Filter,
    data: &[u8],
    stream: &Stream<'_>,
    size: (u32, u32),
) -> Option<Claim> {
    match codec {
        Filter::DctDecode => jpeg(data),
        Filter::JpxDecode => jpeg_2000(data),
        Filter::Jbig2Decode => {
            let globals = last_parameters(stream.dict())
                .and_then(|dict| dict.get::<Stream<'_>>(b"JBIG2Globals"));
            let mut claim = Claim {
                samples: 1,
                is_whole: true,
                ..Claim::default()
            };
            if let Some(globals) = globals {
                let globals = decode_stream(&globals, MAX_GLOBALS_BYTES).ok()?;
                jbig2(&globals, &mut claim)?;
            }
            jbig2(data, &mut claim)?;
            (claim.width > 0).then_some(claim)
        }
        Filter::CcittFaxDecode => {
            let columns = last_parameters(stream.dict())
                .and_then(|dict| dict.get::<i32>(b"Columns"))
                .unwrap_or(1728);
            Some(Claim {
                width: u64::try_from(columns).ok()?,
                height: u64::from(size.1),
                samples: 1,
                is_whole: true,
            })
        }
        _ => None,
    }
}

/// The parameters of the last filter.
fn last_parameters<'a>(dict: &Dict<'a>) -> Option<Dict<'a>> {
    [&b"DecodeParms"[..], b"DP"].iter().find_map(|key| {
        dict.get::<Dict<'a>>(*key).or_else(|| {
            let list = dict.get::<hayro_syntax::object::Array<'a>>(*key)?;
            list.iter::<Dict<'a>>().last()
        })
    })
}

fn u16_at(data: &[u8], at: usize) -> Option<u64> {
    let two: [u8; 2] = data.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u64::from(u16::from_be_bytes(two)))
}

fn u32_at(data: &[u8], at: usize) -> Option<u64> {
    let four: [u8; 4] = data.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u64::from(u32::from_be_bytes(four)))
}

/// The frame headers (SOF) of a JPEG file up to its first scan.
fn jpeg(data: &[u8]) -> Option<Claim> {
    let mut claim: Option<Claim> = None;
    let mut at = data.windows(2).position(|pair| pair == [0xFF, 0xD8])? + 2;
    loop {
        // Fill bytes and stray bytes between segments.
        while *data.get(at)? != 0xFF || *data.get(at + 1)? == 0xFF {
            at += 1;
        }
        let marker = *data.get(at + 1)?;
        match marker {
            0xD0..=0xD8 | 0x00 | 0x01 => at += 2,
            0xDA | 0xD9 => break,
            _ => {
                let is_frame =
                    (0xC0..=0xCF).contains(&marker) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
                if is_frame {
                    let (height, width) = (u16_at(data, at + 5)?, u16_at(data, at + 7)?);
                    let n = u64::from(*data.get(at + 9)?);
                    if n == 0 || n > MAX_COMPONENTS {
                        return None;
                    }
                    // Progressive files keep two bytes for each coefficient.
                    let samples = if marker == 0xC2 { 3 * n } else { n };
                    let old = claim.unwrap_or_default();
                    claim = Some(Claim {
                        width: old.width.max(width),
                        height: old.height.max(height),
                        samples: old.samples.max(samples),
                        is_whole: true,
                    });
                }
                at = at + 2 + usize::try_from(u16_at(data, at + 2)?).ok()?;
            }
        }
    }
    // Some writers pad what follows the end.
    let tail = data.get(data.len().saturating_sub(64)..)?;
    claim.map(|claim| Claim {
        is_whole: tail.windows(2).any(|pair| pair == [0xFF, 0xD9]),
        ..claim
    })
}

/// Every SIZ marker of a JPEG 2000 file, wherever it stands.
fn jpeg_2000(data: &[u8]) -> Option<Claim> {
    let mut claim: Option<Claim> = None;
    let starts = data
        .windows(4)
        .enumerate()
        .filter(|(_, four)| *four == [0xFF, 0x4F, 0xFF, 0x51]);
    for (at, _) in starts {
        let field = |index: usize| u32_at(data, at + 8 + 4 * index);
        let (x, y, x0, y0) = (field(0)?, field(1)?, field(2)?, field(3)?);
        let (tile_width, tile_height) = (field(4)?, field(5)?);
        let n = u16_at(data, at + 40)?;
        let tiles = x
            .checked_div(tile_width)?
            .saturating_add(1)
            .saturating_mul(y.checked_div(tile_height)?.saturating_add(1));
        if n == 0 || n > MAX_COMPONENTS || tiles > MAX_TILES {
            return None;
        }
        let old = claim.unwrap_or_default();
        claim = Some(Claim {
            width: old.width.max(x.checked_sub(x0)?),
            height: old.height.max(y.checked_sub(y0)?),
            // Samples are worked on as numbers of four bytes.
            samples: old.samples.max(4 * n),
            is_whole: true,
        });
    }
    claim
}

/// The segments of a JBIG2 stream (ISO 14492, 7.2): pages and regions. `None` where they make no sense.
fn jbig2(data: &[u8], claim: &mut Claim) -> Option<()> {
    let mut at = 0;
    while at < data.len() {
        let (Some(number), Some(&flags), Some(&counts)) =
            (u32_at(data, at), data.get(at + 4), data.get(at + 5))
        else {
            claim.is_whole = false;
            return Some(());
        };
        let (n_referred, after) = if counts >> 5 == 7 {
            let n = usize::try_from(u32_at(data, at + 5)? & 0x1FFF_FFFF).ok()?;
            (n, at + 9 + (n.checked_add(8)?) / 8)
        } else {
            (usize::from(counts >> 5), at + 6)
        };
        let reference = match number {
            0..=256 => 1,
            257..=65_536 => 2,
            _ => 4,
        };
        let page = if flags & 0x40 == 0 { 1 } else { 4 };
        let length_at = after
            .checked_add(n_referred.checked_mul(reference)?)?
            .checked_add(page)?;
        let Some(length) = u32_at(data, length_at) else {
            claim.is_whole = false;
            return Some(());
        };
        let body = length_at + 4;
        let kind = flags & 0x3F;
        let is_region = matches!(kind, 4 | 6 | 7 | 20 | 22 | 23 | 36 | 38 | 39 | 40 | 42 | 43);
        if kind == 48 || is_region {
            let (width, height) = (u32_at(data, body)?, u32_at(data, body + 4)?);
            claim.width = claim.width.max(width);
            // A page of stripes does not know its height; each stripe is a region.
            if kind != 48 || height != 0xFFFF_FFFF {
                claim.height = claim.height.max(height);
            }
        }
        if length == 0xFFFF_FFFF {
            // A generic region that ends where its data says so; it is the last that matters.
            return Some(());
        }
        at = body.checked_add(usize::try_from(length).ok()?)?;
    }
    claim.is_whole &= at == data.len();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Claim, jbig2, jpeg, jpeg_2000};

    #[test]
    fn a_jpeg_says_its_size_and_its_end() {
        let mut data = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2];
        data.extend([0xFF, 0xC0, 0, 17, 8, 0x12, 0x34, 0x56, 0x78, 3]);
        data.extend([0; 9]);
        data.extend([0xFF, 0xDA, 0, 2, 1, 2, 3]);
        let claim = Claim {
            width: 0x5678,
            height: 0x1234,
            samples: 3,
            is_whole: false,
        };
        assert_eq!(jpeg(&data), Some(claim));
        data.extend([0xFF, 0xD9]);
        let is_whole = true;
        assert_eq!(jpeg(&data), Some(Claim { is_whole, ..claim }));
        for n in 0..20 {
            assert_eq!(jpeg(&data[..n]), None);
        }
    }

    fn siz(width: u32, height: u32, tile: u32) -> Vec<u8> {
        let mut data = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
        for n in [width, height, 0, 0, tile, tile, 0, 0] {
            data.extend(n.to_be_bytes());
        }
        data.extend([0, 1, 7, 1, 1]);
        data
    }

    #[test]
    fn tiles_of_jpeg_2000_are_counted() {
        let claim = jpeg_2000(&siz(100, 50, 100)).map(|c| (c.width, c.height));
        assert_eq!(claim, Some((100, 50)));
        assert_eq!(jpeg_2000(&siz(60_000, 60_000, 1)), None);
        assert_eq!(jpeg_2000(&siz(60_000, 60_000, 0)), None);
    }

    #[test]
    fn the_second_header_counts_too() {
        let data = [siz(10, 10, 10), siz(60_000, 60_000, 60_000)].concat();
        assert_eq!(jpeg_2000(&data).map(|claim| claim.width), Some(60_000));
    }

    #[test]
    fn regions_of_jbig2_are_seen() {
        let segment = |kind: u8, width: u32, height: u32| {
            let mut data = vec![0, 0, 0, 0, kind, 0, 1, 0, 0, 0, 8];
            data.extend(width.to_be_bytes());
            data.extend(height.to_be_bytes());
            data
        };
        let mut claim = Claim::default();
        let data = [segment(48, 10, 0xFFFF_FFFF), segment(38, 5, 70_000)].concat();
        assert_eq!(jbig2(&data, &mut claim), Some(()));
        assert_eq!((claim.width, claim.height), (10, 70_000));
    }
}
