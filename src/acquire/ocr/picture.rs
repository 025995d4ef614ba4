//! Pictures: image files, decoded within limits.
//! In: the bytes of a file. Out: [`Picture`]s as they are to be seen. Never: allocates pixels before their number is known.

mod tiff;

use std::io::Cursor;

use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::Picture;

/// Most bytes that a decoder may use for one pixel, its own buffers included.
const BYTES_PER_PIXEL: u64 = 16;
/// Resolutions that are believed, pixels an inch.
const BELIEVED_DPI: std::ops::RangeInclusive<f32> = 50.0..=1200.0;

/// What pictures may cost.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureLimits {
    /// Pixels of one picture.
    pub max_pixels: u64,
    /// Pages of one file; those beyond are not read.
    pub max_pages: usize,
    /// Pixels of all images that one page of a PDF draws.
    pub max_page_pixels: u64,
    /// Images that one page of a PDF draws.
    pub max_page_images: usize,
    /// Finest resolution of the picture of a page, pixels an inch.
    pub max_dpi: f32,
    /// Resolution at which pages are rendered where their images are no finer, pixels an inch.
    pub render_dpi: f32,
}

impl Default for PictureLimits {
    fn default() -> Self {
        Self {
            max_pixels: 120_000_000,
            max_pages: 500,
            max_page_pixels: 400_000_000,
            max_page_images: 5_000,
            max_dpi: 600.0,
            render_dpi: 200.0,
        }
    }
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More pixels than the limit.
    #[error("{width} by {height} pixels are more than the limit")]
    TooLarge {
        /// Width in pixels, as the file says.
        width: u64,
        /// Height in pixels, as the file says.
        height: u64,
    },
    /// Nothing here reads this.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The data is damaged.
    #[error("damaged: {0}")]
    Broken(String),
}

/// Reads PNG, JPEG, TIFF (all its pages up to the limit), WebP and BMP; what is transparent becomes white, and the
/// orientation that the file notes is applied. Fax codes (G3 and G4) and palettes of TIFF files are read.
///
/// # Errors
/// [`PictureError::TooLarge`] by what the header says, before pixels are allocated; [`PictureError::Unsupported`] for
/// other formats; [`PictureError::Broken`] where the data is damaged or breaks off.
pub fn read_image(bytes: &[u8], limits: &PictureLimits) -> Result<Vec<Picture>, PictureError> {
    let format = image::guess_format(bytes).map_err(failure)?;
    if format != ImageFormat::Tiff || !tiff::is_classic(bytes) {
        let dpi = match format {
            ImageFormat::Png => png_dpi(bytes),
            ImageFormat::Jpeg => jpeg_dpi(bytes),
            _ => None,
        };
        return Ok(vec![read_one(bytes, format, dpi, limits)?]);
    }
    // The decoder knows only the first page: each page is made the first in turn.
    let mut copy = Vec::new();
    let mut pictures = Vec::new();
    for page in tiff::directories(bytes, limits.max_pages) {
        if page.is_fax() {
            let (width, height, shades) = page.read_fax(limits)?;
            let shades = GrayImage::from_raw(width, height, shades)
                .ok_or_else(|| PictureError::Broken("no pixels".to_owned()))?;
            let mut image = DynamicImage::ImageLuma8(shades);
            if let Some(orientation) = Orientation::from_exif(page.orientation()) {
                image.apply_orientation(orientation);
            }
            pictures.push(picture_of(&image, page.dpi()));
            continue;
        }
        if copy.is_empty() {
            copy = bytes.to_vec();
        }
        let is_little = bytes.starts_with(b"II");
        let start = if is_little {
            page.at.to_le_bytes()
        } else {
            page.at.to_be_bytes()
        };
        if let Some(place) = copy.get_mut(4..8) {
            place.copy_from_slice(&start);
        }
        let palette = page.palette();
        // The indices of a palette are read as shades: BlackIsZero.
        let gray = if is_little { [1, 0] } else { [0, 1] };
        if palette.is_some()
            && let Some(place) = page
                .photometric_at()
                .and_then(|at| copy.get_mut(at..at + 2))
        {
            place.copy_from_slice(&gray);
        }
        let mut picture = read_one(&copy, ImageFormat::Tiff, page.dpi(), limits)?;
        if let Some(palette) = palette {
            for pixel in &mut picture.rgb {
                *pixel = palette
                    .get(usize::from(pixel[0]))
                    .copied()
                    .unwrap_or([255; 3]);
            }
        }
        pictures.push(picture);
    }
    if pictures.is_empty() {
        return Err(PictureError::Broken("no page".to_owned()));
    }
    Ok(pictures)
}

fn read_one(
    bytes: &[u8],
    format: ImageFormat,
    dpi: Option<f32>,
    limits: &PictureLimits,
) -> Result<Picture, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = Limits::no_limits();
    allowed.max_alloc = Some(limits.max_pixels.saturating_mul(BYTES_PER_PIXEL));
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(failure)?;
    let (width, height) = decoder.dimensions();
    check_size(u64::from(width), u64::from(height), limits)?;
    let orientation = decoder.orientation().map_err(failure)?;
    let exif = if dpi.is_none() {
        decoder.exif_metadata().map_err(failure)?
    } else {
        None
    };
    let dpi = dpi.or_else(|| {
        let exif = exif.as_deref().filter(|exif| tiff::is_classic(exif))?;
        tiff::directories(exif, 1).first()?.dpi()
    });
    let mut image = DynamicImage::from_decoder(decoder).map_err(failure)?;
    image.apply_orientation(orientation);
    Ok(picture_of(&image, dpi))
}

/// Whether this many pixels are within the limit and at least one.
pub(crate) fn check_size(
    width: u64,
    height: u64,
    limits: &PictureLimits,
) -> Result<(), PictureError> {
    match width.checked_mul(height) {
        Some(0) => Err(PictureError::Broken("no pixels".to_owned())),
        Some(n) if n <= limits.max_pixels => Ok(()),
        _ => Err(PictureError::TooLarge { width, height }),
    }
}

fn picture_of(image: &DynamicImage, dpi: Option<f32>) -> Picture {
    let rgb = if let DynamicImage::ImageLuma8(grey) = image {
        grey.pixels().map(|pixel| [pixel.0[0]; 3]).collect()
    } else if let DynamicImage::ImageRgb8(rgb) = image {
        rgb.pixels().map(|pixel| pixel.0).collect()
    } else if image.color().has_alpha() {
        let on_white = |sample: u8, alpha: u8| {
            let shade = u32::from(sample) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(shade / 255).unwrap_or(255)
        };
        let rgba = image.to_rgba8();
        rgba.pixels()
            .map(|pixel| {
                let [r, g, b, alpha] = pixel.0;
                [r, g, b].map(|sample| on_white(sample, alpha))
            })
            .collect()
    } else {
        image.to_rgb8().pixels().map(|pixel| pixel.0).collect()
    };
    Picture {
        width: to_index(image.width()),
        height: to_index(image.height()),
        rgb,
        dpi: believed(dpi),
    }
}

/// A resolution that can be believed.
pub(crate) fn believed(dpi: Option<f32>) -> Option<f32> {
    dpi.filter(|dpi| BELIEVED_DPI.contains(dpi))
}

fn failure(error: ImageError) -> PictureError {
    match error {
        ImageError::Unsupported(what) => PictureError::Unsupported(what.to_string()),
        ImageError::Limits(_) => {
            PictureError::Broken("needs more memory than the limit".to_owned())
        }
        other => PictureError::Broken(other.to_string()),
    }
}

fn to_index(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

fn two(bytes: &[u8], at: usize) -> Option<[u8; 2]> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok()
}

/// The chunk pHYs before the pixels, if it is in metres.
fn png_dpi(bytes: &[u8]) -> Option<f32> {
    let mut at = 8;
    loop {
        let length = to_index(u32::from_be_bytes(four(bytes, at)?));
        match &four(bytes, at + 4)? {
            b"pHYs" => {
                let per_metre = u32::from_be_bytes(four(bytes, at + 8)?);
                return (bytes.get(at + 16) == Some(&1)).then_some(per_metre as f32 * 0.0254);
            }
            b"IDAT" | b"IEND" => return None,
            _ => at = at.checked_add(length)?.checked_add(12)?,
        }
    }
}

/// The density in the JFIF segment.
fn jpeg_dpi(bytes: &[u8]) -> Option<f32> {
    let mut at = 2;
    loop {
        let [0xff, marker] = two(bytes, at)? else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes(two(bytes, at + 2)?));
        if marker == 0xe0 && bytes.get(at + 4..at + 9) == Some(b"JFIF\0") {
            let density = f32::from(u16::from_be_bytes(two(bytes, at + 12)?));
            return match bytes.get(at + 11) {
                Some(1) => Some(density),
                Some(2) => Some(density * 2.54),
                _ => None,
            };
        }
        if marker == 0xda || length < 2 {
            return None;
        }
        at += 2 + length;
    }
}

/// A picture as the bytes of a PNG file.
///
/// # Errors
/// [`PictureError::Unsupported`] where a picture's samples are not as many as its size says.
pub fn to_png(picture: &Picture) -> Result<Vec<u8>, PictureError> {
    let sizes = (u32::try_from(picture.width), u32::try_from(picture.height));
    let failed = |what: &str| PictureError::Unsupported(what.to_owned());
    let (Ok(width), Ok(height)) = sizes else {
        return Err(failed("too large for a PNG"));
    };
    let samples = picture.rgb.as_flattened().to_vec();
    let buffer = image::RgbImage::from_raw(width, height, samples)
        .ok_or_else(|| failed("samples do not fit the size"))?;
    let mut bytes = Cursor::new(Vec::new());
    buffer
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| failed(&error.to_string()))?;
    Ok(bytes.into_inner())
}

/// A picture as the bytes of a JPEG file, for what was photographed or scanned; `quality` is from 1 to 100.
///
/// # Errors
/// [`PictureError::Unsupported`] where a picture's samples are not as many as its size says.
pub fn to_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, PictureError> {
    let failed = |what: String| PictureError::Unsupported(what);
    let size = |n: usize| u32::try_from(n).map_err(|error| failed(error.to_string()));
    let (width, height) = (size(picture.width)?, size(picture.height)?);
    let is_grey = picture.rgb.iter().all(|[r, g, b]| r == g && g == b);
    let (samples, colour) = if is_grey {
        let shades = picture.rgb.iter().map(|pixel| pixel[0]).collect();
        (shades, image::ExtendedColorType::L8)
    } else {
        let samples = picture.rgb.as_flattened().to_vec();
        (samples, image::ExtendedColorType::Rgb8)
    };
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(&samples, width, height, colour)
        .map_err(|error| failed(error.to_string()))?;
    Ok(bytes)
}

/// The picture with at most so many pixels across; smaller ones stay as they are.
#[must_use]
pub fn no_wider_than(picture: Picture, n_columns: usize) -> Picture {
    let wanted = n_columns.clamp(1, to_index(u32::from(u16::MAX)));
    if picture.width <= wanted {
        return picture;
    }
    let n_rows = (picture.height * wanted / picture.width).max(1);
    let (Ok(width), Ok(height)) = (u32::try_from(picture.width), u32::try_from(picture.height))
    else {
        return picture;
    };
    let (Ok(columns), Ok(rows)) = (u32::try_from(wanted), u32::try_from(n_rows)) else {
        return picture;
    };
    let dpi = picture
        .dpi
        .map(|dpi| dpi * wanted as f32 / picture.width as f32);
    let samples = picture.rgb.into_flattened();
    let Some(whole) = image::RgbImage::from_raw(width, height, samples) else {
        return Picture::default();
    };
    let small = image::imageops::thumbnail(&whole, columns, rows);
    Picture {
        width: wanted,
        height: n_rows,
        rgb: small.pixels().map(|pixel| pixel.0).collect(),
        dpi,
    }
}

#[cfg(test)]
mod tests {
    use super::{PictureError, PictureLimits, png_dpi, read_image};
    use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

    fn encode(format: ImageFormat) -> Vec<u8> {
        let mut image = RgbImage::from_pixel(24, 16, Rgb([255; 3]));
        for y in 0..16 {
            for x in 0..8 {
                image.put_pixel(x, y, Rgb([200, 0, 0]));
            }
        }
        let mut out = std::io::Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(image)
            .write_to(&mut out, format)
            .expect("memory can be written");
        out.into_inner()
    }

    #[test]
    fn each_format_reads_back() {
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Bmp,
            ImageFormat::Tiff,
        ] {
            let pages = read_image(&encode(format), &PictureLimits::default()).expect("readable");
            assert_eq!(pages.len(), 1);
            assert_eq!((pages[0].width, pages[0].height), (24, 16), "{format:?}");
            let [r, g, b] = pages[0].rgb[2];
            assert!(r.abs_diff(200) < 9 && g < 9 && b < 9, "{format:?}");
            assert!(pages[0].rgb[20].iter().all(|n| *n > 245), "{format:?}");
        }
    }

    #[test]
    fn huge_header_is_too_large() {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(60_000_u32.to_be_bytes());
        bytes.extend(60_000_u32.to_be_bytes());
        bytes.extend([8, 2, 0, 0, 0]);
        let mut sum = flate2::Crc::new();
        sum.update(&bytes[12..]);
        bytes.extend(sum.sum().to_be_bytes());
        bytes.extend(&encode(ImageFormat::Png)[33..]);
        assert_eq!(
            read_image(&bytes, &PictureLimits::default()),
            Err(PictureError::TooLarge {
                width: 60_000,
                height: 60_000
            })
        );
    }

    #[test]
    fn truncated_file_is_broken() {
        let bytes = encode(ImageFormat::Png);
        assert!(matches!(
            read_image(&bytes[..50], &PictureLimits::default()),
            Err(PictureError::Broken(_))
        ));
    }

    #[test]
    fn resolution_of_png_is_in_metres() {
        let mut bytes = encode(ImageFormat::Png);
        let chunk = b"\0\0\0\x09pHYs\0\0\x2e\x23\0\0\x2e\x23\x01\0\0\0\0";
        bytes.splice(33..33, chunk.iter().copied());
        assert_eq!(png_dpi(&bytes).map(f32::round), Some(300.0));
    }

    /// A TIFF file of one page, big-endian: entries of one SHORT or LONG each (`None` is where the data begins), and the data.
    fn tiff(entries: &[(u16, Option<u32>)], data: &[u8]) -> Vec<u8> {
        let mut bytes = b"MM\0*\0\0\0\x08".to_vec();
        let n = u16::try_from(entries.len()).expect("few");
        let start = 8 + 2 + 12 * u32::from(n) + 4;
        bytes.extend(n.to_be_bytes());
        for (tag, value) in entries {
            bytes.extend(tag.to_be_bytes());
            bytes.extend(4_u16.to_be_bytes());
            bytes.extend(1_u32.to_be_bytes());
            bytes.extend(value.unwrap_or(start).to_be_bytes());
        }
        bytes.extend([0; 4]);
        bytes.extend(data);
        bytes
    }

    /// Eight pixels of the Group 3 code: white 2, black 3, white 3 (0111 10 1000), in both meanings of its white.
    #[test]
    fn fax_rows_have_both_meanings() {
        let shades = |photometric: u32, fill_order: u32, data: &[u8]| -> Vec<u8> {
            let length = u32::try_from(data.len()).expect("short");
            let entries = [
                (256, Some(8)),
                (257, Some(1)),
                (259, Some(2)),
                (262, Some(photometric)),
                (266, Some(fill_order)),
                (273, None),
                (279, Some(length)),
            ];
            let pages = read_image(&tiff(&entries, data), &PictureLimits::default());
            let pages = pages.expect("it is read");
            pages[0].rgb.iter().map(|pixel| pixel[0]).collect()
        };
        let code = [0b0111_1010, 0b0000_0000];
        let white = [255, 255, 0, 0, 0, 255, 255, 255];
        let black = white.map(|shade: u8| 255 - shade);
        assert_eq!(shades(0, 1, &code), white);
        assert_eq!(shades(1, 1, &code), black);
        assert_eq!(shades(0, 2, &code.map(u8::reverse_bits)), white);
    }

    #[test]
    fn a_fax_page_over_the_limit_is_refused_by_its_header() {
        let entries = [
            (256, Some(60_000)),
            (257, Some(60_000)),
            (259, Some(4)),
            (273, None),
            (279, Some(1)),
        ];
        assert_eq!(
            read_image(&tiff(&entries, &[0]), &PictureLimits::default()),
            Err(PictureError::TooLarge {
                width: 60_000,
                height: 60_000
            })
        );
    }

    #[test]
    fn palettes_of_tiff_files_have_their_colours() {
        let mut data: Vec<u8> = vec![0, 1, 2, 1];
        // 256 reds, greens and blues of sixteen bits.
        let colours: Vec<u16> = (0..768).map(|n| if n == 1 { 0xFF00 } else { 0 }).collect();
        data.extend(colours.iter().flat_map(|n| n.to_be_bytes()));
        let entries = [
            (256, Some(4)),
            (257, Some(1)),
            (258, Some(8)),
            (259, Some(1)),
            (262, Some(3)),
            (273, None),
            (277, Some(1)),
            (278, Some(1)),
            (279, Some(4)),
            (320, None),
        ];
        let mut bytes = tiff(&entries, &data);
        // The last entry is 768 SHORTs behind the pixels.
        let at = 8 + 2 + 12 * 9;
        bytes[at + 2..at + 4].copy_from_slice(&3_u16.to_be_bytes());
        bytes[at + 4..at + 8].copy_from_slice(&768_u32.to_be_bytes());
        let start = 8 + 2 + 120 + 4 + 4_u32;
        bytes[at + 8..at + 12].copy_from_slice(&start.to_be_bytes());
        let pages = read_image(&bytes, &PictureLimits::default()).expect("it is read");
        assert_eq!(pages[0].rgb, [[0; 3], [255, 0, 0], [0; 3], [255, 0, 0]]);
    }
}
