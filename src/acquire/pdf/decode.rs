//! The bytes of a stream, decoded within limits.
//! In: a stream. Out: its decoded bytes. Never: lets a few bytes unfold without end.
//!
//! hayro decodes without a limit, so every filter that unfolds is applied here and counted; the codecs of images are
//! left to those who know how large an image may be.

use std::borrow::Cow;

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

/// What is wrong with bytes that were decoded all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// They break off: what was decoded until then is there.
    Broken,
    /// They are all there, and do not have the checksum that they came with (RFC 1950, 2.2).
    WrongSum,
}

/// The bytes of a stream.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub(super) data: Cow<'a, [u8]>,
    /// The codec of an image that is to read them; `None` where they are the stream's own.
    pub(super) codec: Option<Filter>,
    pub(super) damage: Option<Damage>,
}

/// Decodes a stream to at most `max_bytes` bytes, whether it is damaged or not.
///
/// # Errors
/// [`DecodeError::Limit`] past the limit, [`DecodeError::Unreadable`] where nothing could be decoded.
pub(super) fn decode_stream<'a>(
    stream: &Stream<'a>,
    max_bytes: usize,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let decoded = decode_to_codec(stream, max_bytes)?;
    match decoded.codec {
        None => Ok(decoded.data),
        Some(_) => Err(DecodeError::Unreadable),
    }
}

/// Decodes a stream as far as the codec of an image.
///
/// A stream that breaks off yields what was decoded until then.
///
/// # Errors
/// As [`decode_stream`].
pub(super) fn decode_to_codec<'a>(
    stream: &Stream<'a>,
    max_bytes: usize,
) -> Result<Decoded<'a>, DecodeError> {
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
    if n_named_filters(stream.dict()) != filters.len() {
        // One of them is unknown.
        return Err(DecodeError::Unreadable);
    }
    let mut data = stream.raw_data();
    if data.len() > max_bytes {
        return Err(DecodeError::Limit);
    }
    let mut damage = None;
    for (index, filter) in filters.iter().enumerate() {
        let (decoded, damaged) = match filter {
            Filter::FlateDecode => inflate(&data, max_bytes)?,
            Filter::AsciiHexDecode => (decode_hex(&data), None),
            Filter::Ascii85Decode => (decode_ascii85(&data, max_bytes)?, None),
            Filter::RunLengthDecode => (decode_run_length(&data, max_bytes)?, None),
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
                return Ok(Decoded {
                    data,
                    codec: Some(*filter),
                    damage,
                });
            }
            _ => return Err(DecodeError::Unreadable),
        };
        data = Cow::Owned(decoded);
        damage = damage.or(damaged);
        if matches!(filter, Filter::FlateDecode | Filter::LzwDecode)
            && let Some(dict) = parameters(stream.dict(), index)
            && let Some(predictor) = Predictor::of(&dict)
        {
            data = Cow::Owned(predictor.undo(&data).ok_or(DecodeError::Unreadable)?);
        }
    }
    Ok(Decoded {
        data,
        codec: None,
        damage,
    })
}

/// How many filters the dictionary of a stream, or of an inline image, names.
fn n_named_filters(dict: &Dict<'_>) -> usize {
    let named = [&b"Filter"[..], b"F"]
        .iter()
        .find_map(|key| dict.get::<Object<'_>>(*key));
    match named {
        Some(Object::Name(_)) => 1,
        Some(Object::Array(names)) => names.iter::<Object<'_>>().count(),
        _ => 0,
    }
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
fn decode_lzw(data: &[u8], is_early: bool, max_bytes: usize) -> Result<Unpacked, DecodeError> {
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
            // Many writers leave the end-of-data code away.
            Ok(_) => return Ok((out, None)),
            Err(_) if out.is_empty() => return Err(DecodeError::Unreadable),
            Err(_) => return Ok((out, Some(Damage::Broken))),
        }
    }
}

/// Bytes, and what is wrong with them.
type Unpacked = (Vec<u8>, Option<Damage>);

/// Bytes that are decoded at a time.
const CHUNK: usize = 64 << 10;

/// Unpacks zlib data; raw deflate data too, as some producers write it.
fn inflate(data: &[u8], max_bytes: usize) -> Result<Unpacked, DecodeError> {
    /// Of a zlib header (RFC 1950, 2.2).
    const HEADER_BYTES: usize = 2;
    /// Of the checksum behind the data.
    const SUM_BYTES: usize = 4;
    let wrapped = Inflated::of(data, true, max_bytes)?;
    if wrapped.is_whole {
        return Ok((wrapped.bytes, None));
    }
    // The header or the checksum may be missing or wrong, and the data whole. What was unpacked is not kept beside what follows.
    let has_header = !wrapped.bytes.is_empty();
    drop(wrapped);
    let bare = data.get(HEADER_BYTES..).unwrap_or_default();
    let inflated = Inflated::of(bare, false, max_bytes)?;
    if has_header {
        let n_left = bare.len().saturating_sub(inflated.n_read);
        let damage = match inflated.is_whole {
            false => Some(Damage::Broken),
            true if n_left >= SUM_BYTES => Some(Damage::WrongSum),
            // Without a checksum nothing speaks against the data.
            true => None,
        };
        return Ok((inflated.bytes, damage));
    }
    let inflated = match inflated.is_whole {
        true => inflated,
        false => Inflated::of(data, false, max_bytes)?,
    };
    if inflated.bytes.is_empty() {
        return Err(DecodeError::Unreadable);
    }
    let damage = (!inflated.is_whole).then_some(Damage::Broken);
    Ok((inflated.bytes, damage))
}

/// What became of deflated data.
struct Inflated {
    bytes: Vec<u8>,
    /// Its end was reached.
    is_whole: bool,
    /// Bytes that were read.
    n_read: usize,
}

impl Inflated {
    /// Unpacks as far as can be; `is_wrapped` where a header and a checksum are around it.
    fn of(data: &[u8], is_wrapped: bool, max_bytes: usize) -> Result<Self, DecodeError> {
        let mut decoder = flate2::Decompress::new(is_wrapped);
        let mut bytes = Vec::with_capacity(data.len().saturating_mul(4).clamp(CHUNK, 1 << 20));
        let mut n_read = 0;
        let is_whole = loop {
            if bytes.len() == bytes.capacity() {
                make_room(&mut bytes, CHUNK, max_bytes);
            }
            let before = (n_read, bytes.len());
            let rest = data.get(n_read..).unwrap_or_default();
            let status = decoder.decompress_vec(rest, &mut bytes, flate2::FlushDecompress::None);
            n_read = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
            if bytes.len() > max_bytes {
                return Err(DecodeError::Limit);
            }
            match status {
                Ok(flate2::Status::StreamEnd) => break true,
                Ok(_) if before != (n_read, bytes.len()) => {}
                Ok(_) | Err(_) => break false,
            }
        };
        Ok(Self {
            bytes,
            is_whole,
            n_read,
        })
    }
}

/// Bytes up to which a buffer grows as it likes.
const FIRST: usize = 16 << 20;

/// Makes room for `n` more bytes of at most `most`. A large buffer is not doubled on the way: its last size is asked for at once, and
/// what is not written costs no memory.
fn make_room(out: &mut Vec<u8>, n: usize, most: usize) {
    if out.capacity() - out.len() >= n {
        return;
    }
    if out.len() >= FIRST {
        out.reserve_exact(most.saturating_add(n).saturating_sub(out.len()).max(n));
    } else {
        out.reserve(n);
    }
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
    use super::{
        Damage, DecodeError, decode_ascii85, decode_hex, decode_lzw, decode_run_length, inflate,
    };

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
        assert_eq!(decode_lzw(&data, true, 100), Ok((plain.to_vec(), None)));
        assert_eq!(decode_lzw(&data, true, 5), Err(DecodeError::Limit));
        let n = 300_000;
        let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
        let packed = encoder.encode(&vec![7; n]).expect("it is packed");
        assert_eq!(decode_lzw(&packed, true, n).map(|out| out.0.len()), Ok(n));
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
        assert_eq!(inflate(&bomb, 100_000).map(|out| out.0.len()), Ok(100_000));
    }

    fn packed(plain: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    }

    #[test]
    fn what_is_wrong_with_deflated_data_is_told() {
        let plain: Vec<u8> = (0..20_000_u32)
            .flat_map(|n| (n * n).to_string().into_bytes())
            .collect();
        let whole = packed(&plain);
        let n = whole.len();
        let inflated =
            |data: &[u8]| inflate(data, 1 << 20).map(|(out, damage)| (out == plain, damage));
        assert_eq!(inflated(&whole), Ok((true, None)));
        assert_eq!(inflated(&[&whole[..], b"\r\n"].concat()), Ok((true, None)));
        // Without its checksum, without its header, with a wrong header.
        assert_eq!(inflated(&whole[..n - 4]), Ok((true, None)));
        assert_eq!(inflated(&whole[2..]), Ok((true, None)));
        assert_eq!(inflated(&[b"\0\0", &whole[2..]].concat()), Ok((true, None)));
        let mut wrong_sum = whole.clone();
        wrong_sum[n - 1] ^= 1;
        assert_eq!(inflated(&wrong_sum), Ok((true, Some(Damage::WrongSum))));
        assert_eq!(inflated(&whole[..n / 2]), Ok((false, Some(Damage::Broken))));
        let mut overwritten = whole.clone();
        overwritten[n / 2..n / 2 + 64].fill(0xFF);
        assert_eq!(inflated(&overwritten), Ok((false, Some(Damage::Broken))));
        assert_eq!(inflate(b"no zlib data", 100), Err(DecodeError::Unreadable));
    }
}
