//! Scans: the images that a page draws become one picture of it.
//! In: bytes of a PDF and a page number. Out: the page as displayed, without its text and lines. Never: trusts a size.

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::stream::{ImageColorSpace, ImageDecodeParams};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use hayro_syntax::page::Resources;

use super::PdfParams;
use super::decode::decode_stream;
use super::document::page_space;
use super::matrix::Matrix;
use super::open;
use crate::acquire::ocr::Picture;
use crate::acquire::ocr::picture::{PictureError, PictureLimits, believed, check_size};

/// Images of one page that are decoded.
const MAX_IMAGES: usize = 2_000;

/// A page that consists of images.
#[derive(Debug, Clone, PartialEq)]
pub struct ScannedPage {
    /// The page as displayed, on white.
    pub picture: Picture,
    /// Width of the page as displayed, in points.
    pub width: f32,
    /// Height of the page as displayed, in points.
    pub height: f32,
}

struct Placed<'a> {
    stream: Stream<'a>,
    to_page: Matrix,
}

/// The images of page `number` (from 1) on one white canvas, at the resolution of the finest; `None` where it draws none.
///
/// # Errors
/// [`PictureError::Broken`] where the file or the page cannot be read, [`PictureError::TooLarge`] past the limit.
pub fn page_picture(
    bytes: Vec<u8>,
    number: u32,
    params: &PdfParams,
    limits: &PictureLimits,
) -> Result<Option<ScannedPage>, PictureError> {
    let broken = |what: &str| PictureError::Broken(what.to_owned());
    let pdf =
        open::open(bytes, params, &mut Vec::new()).map_err(|e| PictureError::Broken(e.message))?;
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    let page = index
        .and_then(|index| pdf.pages().get(index))
        .ok_or_else(|| broken("no such page"))?;
    let (ctm, width, height) = page_space(page, params);
    let (width, height) = (f64::from(width), f64::from(height));
    let mut data = Vec::new();
    let mut add = |stream: &Stream<'_>| {
        if let Ok(part) = decode_stream(stream, params.max_decoded_stream_bytes) {
            data.extend_from_slice(&part);
            data.push(b'\n');
        }
    };
    match page.raw().get::<Object<'_>>(b"Contents") {
        Some(Object::Stream(stream)) => add(&stream),
        Some(Object::Array(parts)) => parts
            .iter::<Stream<'_>>()
            .take(10_000)
            .for_each(|s| add(&s)),
        _ => {}
    }
    let images = placed_images(&data, page.resources(), ctm, params);
    // Pixels a point of the finest image.
    let finest = images.iter().filter_map(|image| {
        let n = f64::from(image.stream.dict().get::<u32>(b"Width")?);
        let length = image.to_page.a.hypot(image.to_page.b);
        (length > 20.0).then_some(n / length)
    });
    let scale = finest.fold(0.0, f64::max);
    if images.is_empty() || scale <= 0.0 {
        return Ok(None);
    }
    let (n_columns, n_rows) = (
        (width * scale).round().max(1.0),
        (height * scale).round().max(1.0),
    );
    check_size(n_columns as u64, n_rows as u64, limits)?;
    let (n_columns, n_rows) = (n_columns as usize, n_rows as usize);
    let mut picture = Picture {
        width: n_columns,
        height: n_rows,
        rgb: vec![[255; 3]; n_columns * n_rows],
        dpi: believed(Some((scale * 72.0) as f32)),
    };
    for image in &images {
        let to_pixels = image
            .to_page
            .then(&Matrix::new(scale, 0.0, 0.0, scale, 0.0, 0.0));
        draw(&image.stream, &to_pixels, &mut picture, limits)?;
    }
    Ok(Some(ScannedPage {
        picture,
        width: width as f32,
        height: height as f32,
    }))
}

fn placed_images<'a>(
    data: &[u8],
    resources: &Resources<'a>,
    ctm: Matrix,
    params: &PdfParams,
) -> Vec<Placed<'a>> {
    let (mut state, mut stack, mut images) = (ctm, Vec::new(), Vec::new());
    let mut operators = UntypedIter::new(data);
    let mut left = params.max_page_operators;
    while let Some(instruction) = operators.next() {
        left = left.saturating_sub(1);
        if left == 0 || images.len() >= MAX_IMAGES {
            break;
        }
        match &**instruction.operator {
            b"q" if stack.len() < 2_048 => stack.push(state),
            b"Q" => state = stack.pop().unwrap_or(state),
            b"cm" => {
                let n: Vec<f64> = instruction
                    .operands()
                    .filter_map(|operand| match operand {
                        Object::Number(n) => Some(n.as_f64()),
                        _ => None,
                    })
                    .collect();
                if let Ok(n) = <[f64; 6]>::try_from(n) {
                    state = Matrix::from_array(n).then(&state);
                }
            }
            b"Do" => {
                let name = instruction.operands().find_map(|operand| match operand {
                    Object::Name(name) => Some(name),
                    _ => None,
                });
                let Some(stream) = name.and_then(|name| resources.get_x_object(name)) else {
                    continue;
                };
                let is_image =
                    stream.dict().get::<Name<'_>>(b"Subtype").as_deref() == Some(b"Image");
                if is_image && state.is_sane() {
                    images.push(Placed {
                        stream,
                        to_page: state,
                    });
                }
            }
            _ => {}
        }
    }
    images
}

fn draw(
    stream: &Stream<'_>,
    to_pixels: &Matrix,
    picture: &mut Picture,
    limits: &PictureLimits,
) -> Result<(), PictureError> {
    let dict: &Dict<'_> = stream.dict();
    let (Some(width), Some(height)) = (dict.get::<u32>(b"Width"), dict.get::<u32>(b"Height"))
    else {
        return Ok(());
    };
    check_size(u64::from(width), u64::from(height), limits)?;
    let is_mask = dict.get::<bool>(b"ImageMask").unwrap_or(false);
    let space = dict.get::<Array<'_>>(b"ColorSpace");
    let mut items = space.iter().flat_map(|space| space.iter::<Object<'_>>());
    let name = match items.next() {
        Some(Object::Name(name)) => Some(name),
        _ => dict.get::<Name<'_>>(b"ColorSpace"),
    };
    let is_indexed = name.as_deref() == Some(b"Indexed");
    let palette = if is_indexed {
        match items.nth(2) {
            Some(Object::String(text)) => {
                let text: PdfString<'_> = text;
                text.as_bytes().to_vec()
            }
            Some(Object::Stream(table)) => decode_stream(&table, 1 << 16)
                .map(|t| t.to_vec())
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    } else {
        Vec::new()
    };
    let bits = if is_mask {
        1
    } else {
        dict.get::<u8>(b"BitsPerComponent").unwrap_or(8)
    };
    let asked = ImageDecodeParams {
        is_indexed,
        bpc: Some(bits),
        num_components: None,
        target_dimension: None,
        width,
        height,
    };
    // What has no coder of its own unfolds within a limit.
    let most = usize::try_from(limits.max_pixels)
        .unwrap_or(usize::MAX)
        .saturating_mul(4);
    let (data, found) = match decode_stream(stream, most) {
        Ok(data) => (data, None),
        Err(super::decode::DecodeError::Limit) => {
            return Err(PictureError::TooLarge {
                width: width.into(),
                height: height.into(),
            });
        }
        Err(_) => {
            let decoded = stream
                .decoded_image(&asked)
                .map_err(|_| PictureError::Broken("an image".to_owned()))?;
            (decoded.data, decoded.image_data)
        }
    };
    let (width, height, bits) = found.as_ref().map_or((width, height, bits), |f| {
        (f.width, f.height, f.bits_per_component)
    });
    check_size(u64::from(width), u64::from(height), limits)?;
    let n_components: usize = match found.as_ref().and_then(|f| f.color_space.as_ref()) {
        Some(ImageColorSpace::Gray) => 1,
        Some(ImageColorSpace::Rgb) => 3,
        Some(ImageColorSpace::Cmyk) => 4,
        Some(ImageColorSpace::Unknown(n)) => usize::from(*n).max(1),
        None => match name.as_deref() {
            Some(b"DeviceRGB" | b"CalRGB" | b"Lab") => 3,
            Some(b"DeviceCMYK") => 4,
            Some(b"ICCBased") => match items.next() {
                Some(Object::Stream(profile)) => {
                    usize::from(profile.dict().get::<u8>(b"N").unwrap_or(3)).clamp(1, 4)
                }
                _ => 3,
            },
            _ => 1,
        },
    };
    let inverted = dict
        .get::<Array<'_>>(b"Decode")
        .and_then(|d| d.iter::<f32>().next())
        .is_some_and(|first| first >= 1.0);
    let (w, h, depth) = (
        width as usize,
        height as usize,
        usize::from(bits.clamp(1, 16)),
    );
    let row_bytes = (w * n_components * depth).div_ceil(8);
    let sample = |x: usize, y: usize, c: usize| -> u8 {
        let bit = (x * n_components + c) * depth;
        let byte = data.get(y * row_bytes + bit / 8).copied().unwrap_or(255);
        if depth >= 8 {
            return byte;
        }
        let top = (1_u16 << depth) - 1;
        let raw = (u16::from(byte) >> (8_usize.saturating_sub(depth + bit % 8))) & top;
        u8::try_from(if is_indexed { raw } else { raw * 255 / top }).unwrap_or(255)
    };
    let m = to_pixels;
    let det = m.a * m.d - m.b * m.c;
    if det.abs() < 1e-9 {
        return Ok(());
    }
    let corners = [
        m.apply(0.0, 0.0),
        m.apply(1.0, 0.0),
        m.apply(0.0, 1.0),
        m.apply(1.0, 1.0),
    ];
    let span = |pick: fn(&(f64, f64)) -> f64, most: usize| {
        let low = corners
            .iter()
            .map(pick)
            .fold(f64::MAX, f64::min)
            .floor()
            .max(0.0);
        let high = corners
            .iter()
            .map(pick)
            .fold(f64::MIN, f64::max)
            .ceil()
            .max(0.0);
        (low as usize).min(most)..(high as usize).min(most)
    };
    for y in span(|p| p.1, picture.height) {
        for x in span(|p| p.0, picture.width) {
            let (dx, dy) = (x as f64 + 0.5 - m.e, y as f64 + 0.5 - m.f);
            let (u, v) = ((m.d * dx - m.c * dy) / det, (m.a * dy - m.b * dx) / det);
            if !(0.0..1.0).contains(&u) || !(0.0..=1.0).contains(&v) {
                continue;
            }
            let (sx, sy) = (
                ((u * w as f64) as usize).min(w - 1),
                (((1.0 - v) * h as f64) as usize).min(h - 1),
            );
            let s = |c| {
                if inverted {
                    255 - sample(sx, sy, c)
                } else {
                    sample(sx, sy, c)
                }
            };
            let colour = if is_mask {
                if s(0) != 0 {
                    continue;
                }
                [0; 3]
            } else if is_indexed {
                let at = usize::from(sample(sx, sy, 0)) * 3;
                palette
                    .get(at..at + 3)
                    .map_or([sample(sx, sy, 0); 3], |p| [p[0], p[1], p[2]])
            } else {
                match n_components {
                    3 => [s(0), s(1), s(2)],
                    4 => [0, 1, 2].map(|c| 255 - s(c).saturating_add(s(3))),
                    _ => [s(0); 3],
                }
            };
            if let Some(pixel) = picture.rgb.get_mut(y * picture.width + x) {
                *pixel = colour;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of 100 by 200 points with two strips of one grey pixel each: black above white.
    fn strips(rotate: u32, grey: [u8; 2]) -> Vec<u8> {
        let content = "q 100 0 0 100 0 100 cm /A Do Q q 100 0 0 100 0 0 cm /B Do Q";
        let image = |grey: u8| {
            format!(
                "<< /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /ASCIIHexDecode /Length 3 >>\nstream\n{grey:02x}>\nendstream"
            )
        };
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            format!(
                "<< /Type /Page /Parent 2 0 R /Rotate {rotate} /MediaBox [0 0 100 200] /Contents 4 0 R /Resources << /XObject << /A 5 0 R /B 6 0 R >> >> >>"
            ),
            format!(
                "<< /Length {} >>\nstream\n{content}\nendstream",
                content.len()
            ),
            image(grey[0]),
            image(grey[1]),
        ];
        let mut file = "%PDF-1.7\n".to_owned();
        for (n, object) in objects.iter().enumerate() {
            file += &format!("{} 0 obj\n{object}\nendobj\n", n + 1);
        }
        file += "trailer << /Root 1 0 R /Size 7 >>\n%%EOF\n";
        file.into_bytes()
    }

    fn read(rotate: u32) -> ScannedPage {
        page_picture(
            strips(rotate, [0, 200]),
            1,
            &PdfParams::default(),
            &PictureLimits::default(),
        )
        .unwrap()
        .unwrap()
    }

    #[test]
    fn strips_become_one_picture() {
        let page = read(0);
        assert_eq!((page.width, page.height), (100.0, 200.0));
        let picture = page.picture;
        assert_eq!((picture.width, picture.height), (1, 2));
        assert_eq!(picture.rgb, [[0; 3], [200; 3]]);
    }

    #[test]
    fn a_turned_page_is_shown_as_it_is_displayed() {
        let page = read(90);
        assert_eq!((page.width, page.height), (200.0, 100.0));
        let picture = page.picture;
        assert_eq!((picture.width, picture.height), (2, 1));
        // A quarter to the right: the lower strip is on the left.
        assert_eq!(picture.rgb, [[200; 3], [0; 3]]);
    }

    #[test]
    fn a_page_larger_than_the_limit_is_refused() {
        let limits = PictureLimits {
            max_pixels: 1,
            ..PictureLimits::default()
        };
        let read = page_picture(strips(0, [0, 0]), 1, &PdfParams::default(), &limits);
        assert!(
            matches!(read, Err(PictureError::TooLarge { .. })),
            "{read:?}"
        );
    }
}
