//! The bytes of a stream, decoded within limits.
//! In: a stream. Out: its decoded bytes. Never: lets a few bytes unfold without end.
//!
//! hayro decodes without a limit, so every filter that unfolds is applied here and counted; the codecs of images are
//! left to those who know how large an image may be.

use std::borrow::Cow;
use std::io::Read;

use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Object, Stream};

use super::predictor::Predictor;

/// Longest chain of filters that is followed.
const MAX_FILTERS: usize = 8;

/// Why a stream has no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DecodeError {
    /// It would decode to more than the limit, or through too many filters.
    Limit,
    /// It is damaged, or it is an image.
    Unreadable,
}

/// Decodes a stream to at most `max_bytes` bytes.
///
/// A Flate stream that breaks off yields what was decoded until then.
///
/// # Errors
/// [`DecodeError::Limit`] past the limit, [`DecodeError::Unreadable`] where nothing could be decoded.
pub(super) fn decode_stream<'a>(
    stream: &Stream<'a>,
    max_bytes: usize,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let (data, codec) = decode_to_codec(stream, max_bytes)?;
    match codec {
        None => Ok(data),
        Some(_) => Err(DecodeError::Unreadable),
    }
}

/// Decodes a stream as far as the codec of an image, which comes with the bytes that it is to read; `None` where there is no
/// such codec and the bytes are the stream's own.
///
/// # Errors
/// As [`decode_stream`].
pub(super) fn decode_to_codec<'a>(
    stream: &Stream<'a>,
    max_bytes: usize,
) -> Result<(Cow<'a, [u8]>, Option<Filter>), DecodeError> {
    let filters = stream.filters();
    if filters.len() > MAX_FILTERS {
        return Err(DecodeError::Limit);
    }
    if matches!(
        stream.dict().get::<Object<'_>>(b"F"),
        Some(Object::String(_) | Object::Dict(_))
    ) {
        return Err(DecodeError::Unreadable);
    }
    let mut data = stream.raw_data();
    if data.len() > max_bytes {
        return Err(DecodeError::Limit);
    }
    for (index, filter) in filters.iter().enumerate() {
        let decoded = match filter {
            Filter::FlateDecode => inflate(&data, max_bytes)?,
            Filter::AsciiHexDecode => decode_hex(&data),
            Filter::Ascii85Decode => decode_ascii85(&data, max_bytes)?,
            Filter::RunLengthDecode => decode_run_length(&data, max_bytes)?,
            Filter::LzwDecode => {
                let is_early = parameters(stream.dict(), index)
                    .and_then(|dict| dict.get::<i32>(b"EarlyChange"))
                    .is_none_or(|n| n != 0);
                decode_lzw(&data, is_early, max_bytes)?
            }
            Filter::Crypt if index == 0 => continue,
            Filter::DctDecode
            | Filter::JpxDecode
            | Filter::Jbig2Decode
            | Filter::CcittFaxDecode
                if index + 1 == filters.len() =>
            {
                return Ok((data, Some(*filter)));
            }
            _ => return Err(DecodeError::Unreadable),
        };
        data = Cow::Owned(decoded);
        if matches!(filter, Filter::FlateDecode | Filter::LzwDecode)
            && let Some(dict) = parameters(stream.dict(), index)
            && let Some(predictor) = Predictor::of(&dict)
        {
            data = Cow::Owned(predictor.undo(&data).ok_or(DecodeError::Unreadable)?);
        }
    }
    Ok((data, None))
}

/// The parameters of the filter at this place of the chain.
fn parameters<'a>(dict: &Dict<'a>, index: usize) -> Option<Dict<'a>> {
    [&b"DecodeParms"[..], b"DP"].iter().find_map(|key| {
        if let Some(only) = dict.get::<Dict<'a>>(*key) {
            return (index == 0).then_some(only);
        }
        let list = dict.get::<Array<'a>>(*key)?;
        let item = list.iter::<Object<'a>>().nth(index)?;
        item.into_dict()
    })
}

/// ISO 32000-2, 7.4.4. What is read before an error is kept.
fn decode_lzw(data: &[u8], is_early: bool, max_bytes: usize) -> Result<Vec<u8>, DecodeError> {
    const CHUNK: usize = 64 << 10;
    let order = weezl::BitOrder::Msb;
    let mut decoder = if is_early {
        weezl::decode::Decoder::with_tiff_size_switch(order, 8)
    } else {
        weezl::decode::Decoder::new(order, 8)
    };
    let (mut out, mut rest) = (Vec::new(), data);
    let mut chunk = vec![0; CHUNK];
    loop {
        let result = decoder.decode_bytes(rest, &mut chunk);
        rest = rest.get(result.consumed_in..).unwrap_or_default();
        make_room(&mut out, CHUNK, max_bytes);
        out.extend_from_slice(chunk.get(..result.consumed_out).unwrap_or_default());
        if out.len() > max_bytes {
            return Err(DecodeError::Limit);
        }
        match result.status {
            Ok(weezl::LzwStatus::Ok) if result.consumed_out > 0 || result.consumed_in > 0 => {}
            Ok(_) => break,
            Err(_) if out.is_empty() => return Err(DecodeError::Unreadable),
            Err(_) => break,
        }
    }
    Ok(out)
}

/// Unpacks zlib data; raw deflate data too, as some producers write it.
fn inflate(data: &[u8], max_bytes: usize) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::with_capacity(data.len().saturating_mul(4).min(max_bytes).min(1 << 20));
    let most = max_bytes.saturating_add(1);
    let read = read_most(flate2::bufread::ZlibDecoder::new(data), most, &mut out);
    if read.is_err() && out.is_empty() {
        // The two bytes of a zlib header may be missing or wrong; what is read before an error is kept.
        let _partial = read_most(flate2::bufread::DeflateDecoder::new(data), most, &mut out);
        if out.is_empty() {
            let bare = data.get(2..).unwrap_or_default();
            let _partial = read_most(flate2::bufread::DeflateDecoder::new(bare), most, &mut out);
        }
        if out.is_empty() {
            return Err(DecodeError::Unreadable);
        }
    }
    if out.len() > max_bytes {
        Err(DecodeError::Limit)
    } else {
        Ok(out)
    }
}

/// Bytes up to which a buffer grows as it likes.
const FIRST: usize = 16 << 20;

/// Makes room for `n` more bytes of at most `most`. A large buffer is not doubled on the way, as in [`read_most`].
fn make_room(out: &mut Vec<u8>, n: usize, most: usize) {
    if out.len() >= FIRST && out.capacity() - out.len() < n {
        out.reserve_exact(most.saturating_add(n).saturating_sub(out.len()));
    }
}

/// Appends at most `most` bytes. A large buffer is not doubled on the way: its last size is asked for at once, and what
/// is not written costs no memory.
fn read_most(mut reader: impl Read, most: usize, out: &mut Vec<u8>) -> std::io::Result<()> {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let first = most.min(FIRST);
    let n = reader.by_ref().take(count(first)).read_to_end(out)?;
    if n == first && most > first {
        out.reserve_exact(most - first);
        reader.take(count(most - first)).read_to_end(out)?;
    }
    Ok(())
}

/// ISO 32000-2, 7.4.2. Characters that are no digits are skipped.
fn decode_hex(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 2 + 1);
    let mut high = None;
    for &byte in data {
        if byte == b'>' {
            break;
        }
        let Some(digit) = hex_digit(byte) else {
            continue;
        };
        match high.take() {
            None => high = Some(digit),
            Some(first) => out.push(first << 4 | digit),
        }
    }
    if let Some(first) = high {
        out.push(first << 4);
    }
    out
}

/// The value of a hexadecimal digit.
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// ISO 32000-2, 7.4.3.
fn decode_ascii85(data: &[u8], max_bytes: usize) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::with_capacity(data.len().min(max_bytes));
    let mut group = [0_u8; 5];
    let mut n_digits = 0;
    for &byte in data.strip_prefix(b"<~").unwrap_or(data) {
        match byte {
            b'~' => break,
            b'z' if n_digits == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                group[n_digits] = byte - b'!';
                n_digits += 1;
                if n_digits == 5 {
                    out.extend(base85(group));
                    n_digits = 0;
                }
            }
            _ => {}
        }
        if out.len() > max_bytes {
            return Err(DecodeError::Limit);
        }
    }
    if n_digits > 1 {
        group[n_digits..].fill(84);
        out.extend(&base85(group)[..n_digits - 1]);
    }
    Ok(out)
}

fn base85(group: [u8; 5]) -> [u8; 4] {
    group
        .iter()
        .fold(0_u32, |value, &digit| {
            value.wrapping_mul(85).wrapping_add(u32::from(digit))
        })
        .to_be_bytes()
}

/// ISO 32000-2, 7.4.5.
fn decode_run_length(data: &[u8], max_bytes: usize) -> Result<Vec<u8>, DecodeError> {
    /// Longest run, bytes.
    const LONGEST: usize = 128;
    let mut out = Vec::new();
    let mut rest = data;
    while let Some((&length, tail)) = rest.split_first() {
        make_room(&mut out, LONGEST, max_bytes);
        match length {
            128 => break,
            0..=127 => {
                let n = (usize::from(length) + 1).min(tail.len());
                out.extend_from_slice(&tail[..n]);
                rest = &tail[n..];
            }
            _ => {
                let Some((&byte, after)) = tail.split_first() else {
                    break;
                };
                out.resize(out.len() + 257 - usize::from(length), byte);
                rest = after;
            }
        }
        if out.len() > max_bytes {
            return Err(DecodeError::Limit);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{DecodeError, decode_ascii85, decode_hex, decode_lzw, decode_run_length, inflate};

    #[test]
    fn hex_with_odd_digit_is_padded() {
        assert_eq!(decode_hex(b"48 65 6C6c 7>"), b"Hellp");
    }

    #[test]
    fn ascii85_decodes_partial_group() {
        assert_eq!(
            decode_ascii85(b"87cURD]i,\"Ebo80~>", 100).as_deref(),
            Ok(&b"Hello World!"[..])
        );
    }

    #[test]
    fn run_length_stops_at_limit() {
        assert_eq!(
            decode_run_length(&[255, b'a', 1, b'b', b'c', 128], 100).as_deref(),
            Ok(&b"aabc"[..])
        );
        assert_eq!(
            decode_run_length(&[129, b'a', 129, b'a'], 100),
            Err(DecodeError::Limit)
        );
    }

    #[test]
    fn lzw_reads_back_and_stops_at_limit() {
        // ISO 32000-2, 7.4.4.2, example.
        let data = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        let plain = [45, 45, 45, 45, 45, 65, 45, 45, 45, 66];
        assert_eq!(decode_lzw(&data, true, 100).as_deref(), Ok(&plain[..]));
        assert_eq!(decode_lzw(&data, true, 5), Err(DecodeError::Limit));
        let n = 300_000;
        let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
        let packed = encoder.encode(&vec![7; n]).expect("it is packed");
        assert_eq!(decode_lzw(&packed, true, n).map(|out| out.len()), Ok(n));
    }

    #[test]
    fn deflate_bomb_stops_at_limit() {
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder
            .write_all(&vec![b' '; 100_000])
            .expect("memory can be written");
        let bomb = encoder.finish().expect("memory can be written");
        assert_eq!(inflate(&bomb, 50_000), Err(DecodeError::Limit));
        assert_eq!(inflate(&bomb, 100_000).map(|out| out.len()), Ok(100_000));
        assert!(inflate(&bomb[..40], 100_000).is_ok());
    }
}
