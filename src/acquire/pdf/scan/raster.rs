//! Images of a PDF: their streams become rasters of colours and opacity.
//! In: an image stream. Out: [`Raster`]. Never: decodes before the dictionary and the codec's header have been asked for a size.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_syntax::Filter;
use hayro_syntax::object::stream::{ImageColorSpace, ImageDecodeParams};
use hayro_syntax::object::{Array, Dict, Object, Stream};

use super::super::decode::{Damage, DecodeError, Decoded, decode_to_codec};
use super::colour::{Space, decoded, space_of};
use super::headers::claim;

/// Why an image cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum ImageFault {
    /// More pixels or bytes than the limit.
    TooLarge {
        /// Width in pixels, as the file says.
        width: u64,
        /// Height in pixels, as the file says.
        height: u64,
    },
    /// It is damaged.
    Damaged,
    /// It is well, but needs what only the renderer can do.
    Unsupported(&'static str),
}

/// What decoding the images of a page may still cost.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Budget {
    /// Pixels of one image.
    pub(in super::super) max_pixels: u64,
    /// Pixels of all images that are still to be decoded.
    pub(in super::super) pixels_left: u64,
}

impl Budget {
    /// Whether so many pixels, each of so many samples, are within the budget of one image and of the page; nothing is taken.
    fn check(&self, width: u64, height: u64, samples: u64) -> Result<u64, ImageFault> {
        /// Samples for each pixel of the limit: a large image of many components costs more than one of few.
        const SAMPLES: u64 = 4;
        let fault = ImageFault::TooLarge { width, height };
        let pixels = width.checked_mul(height).ok_or(fault)?;
        let most = self.max_pixels.saturating_mul(SAMPLES);
        let is_small = pixels.checked_mul(samples).is_some_and(|n| n <= most);
        match pixels {
            0 => Err(ImageFault::Damaged),
            n if n > self.max_pixels.min(self.pixels_left) || !is_small => Err(fault),
            n => Ok(n),
        }
    }

    fn take(&mut self, width: u64, height: u64, samples: u64) -> Result<(), ImageFault> {
        let pixels = self.check(width, height, samples)?;
        self.pixels_left = self.pixels_left.saturating_sub(pixels);
        Ok(())
    }
}

/// Samples row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Colours {
    /// 0 black, 255 white.
    Gray(Vec<u8>),
    /// Red, green, blue.
    Rgb(Vec<[u8; 3]>),
    /// One colour; the opacity alone has a shape.
    Flat([u8; 3]),
}

/// How opaque an image is; its size may differ from that of the colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Opacity {
    /// Width in samples, at least 1.
    pub(in super::super) width: usize,
    /// Height in samples, at least 1.
    pub(in super::super) height: usize,
    /// `width * height` samples: 0 lets everything through, 255 nothing.
    pub(in super::super) samples: Vec<u8>,
}

/// A decoded image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Raster {
    /// Width in pixels, at least 1.
    pub(in super::super) width: usize,
    /// Height in pixels, at least 1.
    pub(in super::super) height: usize,
    /// `width * height` pixels.
    pub(in super::super) colours: Colours,
    /// `None` where it is opaque.
    pub(in super::super) opacity: Option<Opacity>,
    /// The data held every pixel; what it lacked is white, or lets through.
    pub(in super::super) is_whole: bool,
}

/// Samples as the stream holds them.
struct Samples<'a> {
    width: usize,
    height: usize,
    n_components: usize,
    bits: usize,
    data: Cow<'a, [u8]>,
    /// What the codec says of its colours.
    space: Option<Space>,
    alpha: Option<Vec<u8>>,
    is_whole: bool,
}

impl Samples<'_> {
    /// Bytes of a row; rows begin at a byte.
    fn row_bytes(&self) -> usize {
        (self.width * self.n_components * self.bits).div_ceil(8)
    }

    /// Hands the samples of each pixel to `each`, in order; `None` for pixels that the data lacks.
    fn for_each_pixel(&self, mut each: impl FnMut(Option<&[u32]>)) {
        let (n, bits) = (self.n_components, self.bits);
        let row_bytes = self.row_bytes();
        let top = (1_u32 << bits.min(16)) - 1;
        let mut pixel = [0_u32; 8];
        let Some(pixel) = pixel.get_mut(..n) else {
            return;
        };
        for y in 0..self.height {
            let row = y
                .checked_mul(row_bytes)
                .and_then(|start| self.data.get(start..))
                .unwrap_or_default();
            for x in 0..self.width {
                let mut is_there = true;
                for (c, place) in pixel.iter_mut().enumerate() {
                    let sample = x * n + c;
                    let value = match bits {
                        8 => row.get(sample).map(|byte| u32::from(*byte)),
                        16 => row
                            .get(2 * sample..2 * sample + 2)
                            .map(|two| u32::from(two[0]) << 8 | u32::from(two[1])),
                        _ => row
                            .get(sample * bits / 8)
                            .map(|byte| u32::from(*byte) >> (8 - bits - sample * bits % 8) & top),
                    };
                    is_there &= value.is_some();
                    *place = value.unwrap_or(0);
                }
                each(is_there.then_some(&*pixel));
            }
        }
    }
}

/// Decodes an image, its masks included; `named` are the colour spaces of the resources, `fill` the colour of stencils.
///
/// # Errors
/// [`ImageFault`]: nothing of it can be shown.
pub(in super::super) fn decode_image(
    stream: &Stream<'_>,
    named: &Dict<'_>,
    fill: Option<[u8; 3]>,
    budget: &mut Budget,
) -> Result<Raster, ImageFault> {
    let dict = stream.dict();
    if is_stencil(dict) {
        let fill = fill.ok_or(ImageFault::Unsupported("a stencil in a pattern or an ink"))?;
        let (opacity, is_whole) = decode_stencil(stream, true, budget)?;
        return Ok(Raster {
            width: opacity.width,
            height: opacity.height,
            colours: Colours::Flat(fill),
            opacity: Some(opacity),
            is_whole,
        });
    }
    let space = dict
        .get::<Object<'_>>(key(dict, b"ColorSpace", b"CS"))
        .map(|space| space_of(&space, named, 0))
        .transpose()?;
    let samples = read_samples(stream, space.as_ref(), budget)?;
    // The codec knows how many components there are; the dictionary knows what they mean.
    let space = space
        .filter(|space| space.n_components() == samples.n_components)
        .or_else(|| samples.space.clone())
        .or_else(|| Space::of_components(samples.n_components))
        .ok_or(ImageFault::Unsupported("an unusual number of components"))?;
    let colours = colours_of(&samples, &space, dict);
    let (masked, mask_is_whole) = decode_masks(&samples, dict, budget)?;
    Ok(Raster {
        width: samples.width,
        height: samples.height,
        colours,
        opacity: masked,
        is_whole: samples.is_whole && mask_is_whole,
    })
}

/// Checks what an image and its masks say of their size, by their dictionaries and their codecs' headers; decodes no pixel.
///
/// # Errors
/// [`ImageFault`] where it may not be decoded.
pub(in super::super) fn check_image(
    stream: &Stream<'_>,
    budget: &mut Budget,
) -> Result<(), ImageFault> {
    let (width, height) = size_of(stream.dict())?;
    let Decoded { data, codec, .. } = encoded(stream, (width, height), budget)?;
    match codec {
        Some(codec) => {
            let claim = claim(codec, &data, stream, (width, height)).ok_or(ImageFault::Damaged)?;
            budget.take(claim.width, claim.height, claim.samples)
        }
        None => budget.take(width.into(), height.into(), 1),
    }
}

fn decode_masks(
    samples: &Samples<'_>,
    dict: &Dict<'_>,
    budget: &mut Budget,
) -> Result<(Option<Opacity>, bool), ImageFault> {
    let in_data = dict.get::<u8>(b"SMaskInData").unwrap_or(0);
    let alpha = samples.alpha.as_ref().filter(|_| in_data > 0);
    if let Some(alpha) = alpha.filter(|alpha| alpha.len() == samples.width * samples.height) {
        let opacity = Opacity {
            width: samples.width,
            height: samples.height,
            samples: alpha.clone(),
        };
        return Ok((Some(opacity), true));
    }
    if let Some(mask) = dict.get::<Stream<'_>>(b"SMask") {
        if mask.dict().contains_key(b"Matte") {
            return Err(ImageFault::Unsupported("a matte"));
        }
        let (opacity, is_whole) = decode_soft_mask(&mask, budget)?;
        return Ok((Some(opacity), is_whole));
    }
    if let Some(mask) = dict.get::<Stream<'_>>(b"Mask") {
        let (opacity, is_whole) = decode_stencil(&mask, false, budget)?;
        return Ok((Some(opacity), is_whole));
    }
    let Some(key) = dict.get::<Array<'_>>(b"Mask") else {
        return Ok((None, true));
    };
    let key: Vec<u32> = key.iter::<u32>().take(16).collect();
    if key.len() != 2 * samples.n_components {
        return Ok((None, true));
    }
    let mut opaque = Vec::with_capacity(samples.width * samples.height);
    samples.for_each_pixel(|pixel| {
        let is_keyed = pixel.is_some_and(|pixel| {
            pixel
                .iter()
                .zip(key.chunks_exact(2))
                .all(|(value, range)| (range[0]..=range[1]).contains(value))
        });
        opaque.push(if is_keyed { 0 } else { 255 });
    });
    let opacity = Opacity {
        width: samples.width,
        height: samples.height,
        samples: opaque,
    };
    Ok((Some(opacity), true))
}

/// A mask of shades: the lighter, the more opaque.
fn decode_soft_mask(
    stream: &Stream<'_>,
    budget: &mut Budget,
) -> Result<(Opacity, bool), ImageFault> {
    let samples = read_samples(stream, Some(&Space::Gray), budget)?;
    if samples.n_components != 1 {
        return Err(ImageFault::Damaged);
    }
    let Colours::Gray(shades) = colours_of(&samples, &Space::Gray, stream.dict()) else {
        return Err(ImageFault::Damaged);
    };
    let opacity = Opacity {
        width: samples.width,
        height: samples.height,
        samples: shades,
    };
    Ok((opacity, samples.is_whole))
}

/// A mask of bits: 0 paints, whether it is a stencil or the mask of an image (ISO 32000-2, 8.9.6.2 and 8.9.6.3). What is lacking
/// lets through in a stencil, and is opaque in a mask.
fn decode_stencil(
    stream: &Stream<'_>,
    is_stencil: bool,
    budget: &mut Budget,
) -> Result<(Opacity, bool), ImageFault> {
    let samples = read_samples(stream, Some(&Space::Gray), budget)?;
    if samples.n_components != 1 {
        return Err(ImageFault::Damaged);
    }
    let is_inverted = decode_array(stream.dict())
        .first()
        .is_some_and(|low| *low >= 0.5);
    let half = 1_u32 << (samples.bits - 1);
    let mut opaque = Vec::with_capacity(samples.width * samples.height);
    samples.for_each_pixel(|pixel| {
        let paints = pixel.map_or(!is_stencil, |pixel| {
            pixel.iter().all(|value| (*value < half) != is_inverted)
        });
        opaque.push(if paints { 255 } else { 0 });
    });
    let opacity = Opacity {
        width: samples.width,
        height: samples.height,
        samples: opaque,
    };
    Ok((opacity, samples.is_whole))
}

/// Scales samples by /Decode and gives them their colours.
fn colours_of(samples: &Samples<'_>, space: &Space, dict: &Dict<'_>) -> Colours {
    let n = samples.n_components;
    let top = (1_u32 << samples.bits.min(16)) - 1;
    let ranges = decode_array(dict);
    let is_indexed = matches!(space, Space::Indexed(_));
    let default = [0.0, if is_indexed { top as f32 } else { 1.0 }];
    // Sixteen bits are looked up by their upper eight.
    let shift = samples.bits.saturating_sub(8);
    let n_values = (top >> shift) + 1;
    let tables: Vec<Vec<u8>> = (0..n)
        .map(|c| {
            let range = ranges.get(2 * c..2 * c + 2).unwrap_or(&default);
            let value = |raw| {
                let value = decoded(raw, n_values - 1, range[0], range[1]);
                let value = if is_indexed { value } else { value * 255.0 };
                value.round().clamp(0.0, 255.0) as u8
            };
            (0..n_values).map(value).collect()
        })
        .collect();
    let look_up = |c: usize, raw: u32| -> u8 {
        tables
            .get(c)
            .and_then(|table| table.get((raw >> shift) as usize))
            .copied()
            .unwrap_or(255)
    };
    let n_pixels = samples.width * samples.height;
    if n == 1 {
        let shades: Vec<[u8; 3]> = (0..n_values)
            .map(|raw| space.rgb(&[look_up(0, raw << shift)]))
            .collect();
        let shade = |pixel: Option<&[u32]>| {
            pixel
                .and_then(|pixel| shades.get((pixel.first()? >> shift) as usize))
                .copied()
                .unwrap_or([255; 3])
        };
        if shades.iter().all(|[r, g, b]| r == g && g == b) {
            let mut gray = Vec::with_capacity(n_pixels);
            samples.for_each_pixel(|pixel| gray.push(shade(pixel)[0]));
            return Colours::Gray(gray);
        }
        let mut rgb = Vec::with_capacity(n_pixels);
        samples.for_each_pixel(|pixel| rgb.push(shade(pixel)));
        return Colours::Rgb(rgb);
    }
    let mut rgb = Vec::with_capacity(n_pixels);
    let mut components = [0_u8; 8];
    samples.for_each_pixel(|pixel| {
        let colour = pixel.map_or([255; 3], |pixel| {
            for (c, (place, raw)) in components.iter_mut().zip(pixel).enumerate() {
                *place = look_up(c, *raw);
            }
            space.rgb(&components[..n.min(8)])
        });
        rgb.push(colour);
    });
    Colours::Rgb(rgb)
}

/// Decodes the samples of an image within the budget.
fn read_samples<'a>(
    stream: &Stream<'a>,
    space: Option<&Space>,
    budget: &mut Budget,
) -> Result<Samples<'a>, ImageFault> {
    let dict = stream.dict();
    let (width, height) = size_of(dict)?;
    let Decoded {
        data,
        codec,
        damage,
    } = encoded(stream, (width, height), budget)?;
    let is_broken = damage == Some(Damage::Broken);
    let bits = match dict.get::<u8>(key(dict, b"BitsPerComponent", b"BPC")) {
        _ if is_stencil(dict) => 1,
        Some(bits @ (1 | 2 | 4 | 8 | 16)) => bits,
        Some(_) => return Err(ImageFault::Damaged),
        None => 8,
    };
    let Some(codec) = codec else {
        let n_components = space.map_or(1, Space::n_components);
        budget.take(width.into(), height.into(), n_components as u64)?;
        let mut samples = Samples {
            width: to_index(width),
            height: to_index(height),
            n_components,
            bits: usize::from(bits),
            data,
            space: None,
            alpha: None,
            is_whole: true,
        };
        let n_bytes = samples.row_bytes().saturating_mul(samples.height);
        samples.is_whole = samples.data.len() >= n_bytes && !is_broken;
        return if samples.data.is_empty() {
            Err(ImageFault::Damaged)
        } else {
            Ok(samples)
        };
    };
    let claim = claim(codec, &data, stream, (width, height)).ok_or(ImageFault::Damaged)?;
    budget.take(claim.width, claim.height, claim.samples)?;
    drop(data);
    // Where the dictionary contradicts a JPEG file, the file is believed.
    let (width, height) = match codec {
        Filter::DctDecode => (claim.width as u32, claim.height as u32),
        _ => (width, height),
    };
    let asked = ImageDecodeParams {
        is_indexed: matches!(space, Some(Space::Indexed(_))),
        bpc: Some(bits),
        num_components: None,
        target_dimension: None,
        width,
        height,
    };
    // A decoder that gives up on what it did not foresee loses this image alone.
    let result = catch_unwind(AssertUnwindSafe(|| stream.decoded_image(&asked)))
        .map_err(|_| ImageFault::Damaged)?
        .map_err(|_| ImageFault::Damaged)?;
    let found = result.image_data.ok_or(ImageFault::Damaged)?;
    let (n_components, codec_space) = match found.color_space {
        Some(ImageColorSpace::Gray) => (1, Some(Space::Gray)),
        Some(ImageColorSpace::Rgb) => (3, Some(Space::Rgb)),
        Some(ImageColorSpace::Cmyk) => (4, Some(Space::Cmyk)),
        Some(ImageColorSpace::Unknown(n)) => (usize::from(n), None),
        None => return Err(ImageFault::Unsupported("an unusual number of components")),
    };
    let is_sound = (1..=8).contains(&n_components)
        && found.width > 0
        && found.height > 0
        && u64::from(found.width) <= claim.width.max(width.into())
        && u64::from(found.height) <= claim.height.max(height.into());
    let mut samples = Samples {
        width: to_index(found.width),
        height: to_index(found.height),
        n_components,
        bits: usize::from(found.bits_per_component),
        data: result.data,
        space: codec_space,
        alpha: found.alpha,
        is_whole: claim.is_whole && !is_broken,
    };
    if !is_sound || !matches!(samples.bits, 1 | 2 | 4 | 8 | 16) {
        return Err(ImageFault::Damaged);
    }
    let n_bytes = samples.row_bytes().saturating_mul(samples.height);
    samples.is_whole &= samples.data.len() >= n_bytes;
    Ok(samples)
}

/// The bytes of an image, decoded as far as its codec; its dictionary's size is checked first.
fn encoded<'a>(
    stream: &Stream<'a>,
    (width, height): (u32, u32),
    budget: &Budget,
) -> Result<Decoded<'a>, ImageFault> {
    /// Bytes for each pixel: four components of sixteen bits.
    const PIXEL_BYTES: u64 = 8;
    /// Bytes that an image may have beyond its pixels.
    const MORE_BYTES: u64 = 1 << 20;
    let n_pixels = budget.check(width.into(), height.into(), 1)?;
    let most = n_pixels * PIXEL_BYTES + MORE_BYTES;
    decode_to_codec(stream, usize::try_from(most).unwrap_or(usize::MAX)).map_err(
        |error| match error {
            DecodeError::Limit => ImageFault::TooLarge {
                width: width.into(),
                height: height.into(),
            },
            DecodeError::Unreadable => ImageFault::Damaged,
        },
    )
}

fn size_of(dict: &Dict<'_>) -> Result<(u32, u32), ImageFault> {
    let width = dict
        .get::<u32>(key(dict, b"Width", b"W"))
        .ok_or(ImageFault::Damaged)?;
    let height = dict
        .get::<u32>(key(dict, b"Height", b"H"))
        .ok_or(ImageFault::Damaged)?;
    Ok((width, height))
}

fn is_stencil(dict: &Dict<'_>) -> bool {
    dict.get::<bool>(key(dict, b"ImageMask", b"IM"))
        .unwrap_or(false)
}

fn decode_array(dict: &Dict<'_>) -> Vec<f32> {
    dict.get::<Array<'_>>(key(dict, b"Decode", b"D"))
        .map(|array| {
            let numbers = array.iter::<f32>().take(16);
            numbers.filter(|n| n.is_finite()).collect()
        })
        .unwrap_or_default()
}

/// The name of an entry, or its short name in inline images.
fn key<'k>(dict: &Dict<'_>, long: &'k [u8], short: &'k [u8]) -> &'k [u8] {
    if dict.contains_key(long) { long } else { short }
}

fn to_index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
