//! Shown: what a person sees of a document, for whoever holds values against the page.
//!
//! In: the path of a file, and which part of it. Out: the picture of a page as displayed, with its size in points, or the lines of a
//! text. Never: shows another file than the one that was read; recognises anything.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::ocr::Picture;
use super::ocr::display::size_of;
use super::ocr::picture::{no_wider_than, read_image, to_jpeg, to_png};
use super::pdf::scan::PictureOrigin;
use super::{AcquireParams, Kind, archive, open_without_waiting, pdf, sha256_hex, sniff, text};
use crate::model::member::Member;

/// Points an inch.
const POINTS_AN_INCH: f32 = 72.0;
/// How well pictures of scans are kept, from 1 to 100.
const QUALITY: u8 = 82;

/// Which part of a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part {
    /// The page of this number, from 1, drawn at this resolution.
    Page {
        /// From 1.
        number: u32,
        /// Pixels an inch.
        dpi: f32,
    },
    /// These lines of a text, from 1, the last included.
    Lines(u32, u32),
}

/// What is to be seen.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// The page as displayed.
    Picture {
        /// `image/png` or `image/jpeg`.
        media_type: &'static str,
        /// Width of the page in points.
        width: f32,
        /// Height of the page in points.
        height: f32,
        /// The picture.
        bytes: Vec<u8>,
    },
    /// Lines of a text.
    Lines {
        /// Number of the first, from 1.
        first: u32,
        /// Them.
        lines: Vec<String>,
    },
}

/// Why nothing is to be seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// The file is not there, or cannot be read.
    #[error("the file cannot be read: {0}")]
    Missing(String),
    /// It has other bytes than the file that was read.
    #[error("the file has changed since it was read")]
    Changed,
    /// There is no such page or line, or it has no picture.
    #[error("there is no picture: {0}")]
    NoPicture(String),
}

/// Shows a part of the file at `path`, or of the `member` of the archive that it is, whose sha256 in hex is to be `id`.
///
/// # Errors
/// [`NotShown`].
pub fn show(
    path: &Path,
    member: Option<&Member>,
    id: &str,
    part: Part,
    params: &AcquireParams,
) -> Result<Shown, NotShown> {
    let bytes = read(path, member, params.max_bytes)?;
    if sha256_hex(&bytes) != id {
        return Err(NotShown::Changed);
    }
    let none = |why: String| NotShown::NoPicture(why);
    match (sniff(&bytes), part) {
        (Kind::Text, Part::Lines(first, last)) => {
            let lines = text::read_text(bytes, params.max_line_chars).value;
            let n = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
            let lines = lines.into_iter().skip(n(first.max(1)) - 1);
            Ok(Shown::Lines {
                first: first.max(1),
                lines: lines
                    .take(n(last.saturating_sub(first.max(1))).saturating_add(1))
                    .collect(),
            })
        }
        (Kind::Pdf, Part::Page { number, dpi }) => {
            let opened = pdf::open_pdf(bytes, &params.pdf);
            let said = opened.diagnostics.into_iter().next_back();
            let Some(file) = opened.value else {
                return Err(none(said.map_or_else(String::new, |said| said.message)));
            };
            let mut limits = params.ocr.limits.clone();
            (limits.render_dpi, limits.max_dpi) = (dpi, dpi);
            let scan = file
                .page_picture(number, &limits)
                .map_err(|error| none(error.to_string()))?
                .ok_or_else(|| none("nothing is drawn on the page".to_owned()))?;
            let is_drawn = scan.origin == PictureOrigin::Rendered;
            encode(&scan.picture, (scan.width, scan.height), is_drawn)
        }
        (Kind::Image(_), Part::Page { number, dpi }) => {
            let pictures = read_image(&bytes, &params.ocr.limits);
            let pictures = pictures.map_err(|error| none(error.to_string()))?;
            let index = usize::try_from(number)
                .unwrap_or(usize::MAX)
                .wrapping_sub(1);
            let picture = pictures.into_iter().nth(index);
            let picture = picture.ok_or_else(|| none("there is no such page".to_owned()))?;
            let size = size_of(&picture);
            let n_columns = (size.0 * dpi / POINTS_AN_INCH).max(1.0);
            encode(&no_wider_than(picture, n_columns as usize), size, false)
        }
        (Kind::Words, Part::Page { .. }) => Err(none("the file holds words alone".to_owned())),
        _ => Err(none("the file has no such part".to_owned())),
    }
}

/// What was drawn is small and exact as a PNG, what was scanned as a JPEG.
fn encode(picture: &Picture, size: (f32, f32), is_drawn: bool) -> Result<Shown, NotShown> {
    let (media_type, bytes) = if is_drawn {
        ("image/png", to_png(picture))
    } else {
        ("image/jpeg", to_jpeg(picture, QUALITY))
    };
    Ok(Shown::Picture {
        media_type,
        width: size.0,
        height: size.1,
        bytes: bytes.map_err(|error| NotShown::NoPicture(error.to_string()))?,
    })
}

fn read(path: &Path, member: Option<&Member>, max_bytes: u64) -> Result<Vec<u8>, NotShown> {
    let missing = |error: std::io::Error| NotShown::Missing(error.to_string());
    if let Some(member) = member {
        return archive::read(path, member, max_bytes)
            .map_err(|said| NotShown::Missing(said.message));
    }
    let irregular = || NotShown::Missing("it is no regular file".to_owned());
    // Opening a pipe would wait for its writer; and the path may point elsewhere once it is open.
    if !fs::metadata(path).map_err(missing)?.is_file() {
        return Err(irregular());
    }
    let file = open_without_waiting(path).map_err(missing)?;
    if !file.metadata().map_err(missing)?.is_file() {
        return Err(irregular());
    }
    let mut bytes = Vec::new();
    file.take(max_bytes)
        .read_to_end(&mut bytes)
        .map_err(missing)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquire::sha256_hex;

    const DPI: f32 = 100.0;

    fn sample(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("samples")
            .join(name)
    }

    fn shown(name: &str, part: Part) -> Result<Shown, NotShown> {
        let id = sha256_hex(&fs::read(sample(name)).unwrap());
        show(&sample(name), None, &id, part, &AcquireParams::default())
    }

    const FIRST: Part = Part::Page {
        number: 1,
        dpi: DPI,
    };

    #[track_caller]
    fn check(name: &str, expected_type: &str, expected_size: (f32, f32)) {
        let Ok(Shown::Picture {
            media_type,
            width,
            height,
            bytes,
        }) = shown(name, FIRST)
        else {
            panic!("{name} is not shown");
        };
        assert_eq!(
            (media_type, width.round(), height.round()),
            (expected_type, expected_size.0, expected_size.1)
        );
        let n_columns = read_image(&bytes, &Default::default()).unwrap()[0].width as f32;
        assert!(
            (n_columns - width * DPI / POINTS_AN_INCH).abs() < 2.0,
            "{n_columns}"
        );
    }

    #[test]
    fn a_digital_page_is_drawn_as_a_png() {
        check("seed-pdf/input.pdf", "image/png", (595.0, 842.0));
    }

    #[test]
    fn a_scan_is_shown_as_a_jpeg() {
        check("scan-pdf/input.pdf", "image/jpeg", (595.0, 842.0));
    }

    #[test]
    fn a_photograph_has_the_size_its_places_have() {
        let bytes = fs::read(sample("photo-jpg/input.jpg")).unwrap();
        let size = size_of(&read_image(&bytes, &Default::default()).unwrap()[0]);
        check(
            "photo-jpg/input.jpg",
            "image/jpeg",
            (size.0.round(), size.1.round()),
        );
    }

    #[test]
    fn a_text_has_lines() {
        let Ok(Shown::Lines { first, lines }) = shown("seed-text/input.txt", Part::Lines(2, 3))
        else {
            panic!("no lines");
        };
        assert_eq!((first, lines.len()), (2, 2));
    }

    #[test]
    fn what_cannot_be_shown_says_why() {
        let none = |name, part| shown(name, part).unwrap_err().to_string();
        let page = Part::Page {
            number: 99,
            dpi: DPI,
        };
        assert_eq!(
            none("seed-pdf/input.pdf", page),
            "there is no picture: damaged: no such page"
        );
        assert_eq!(
            none(
                "seed-pdf/input.pdf",
                Part::Page {
                    number: 0,
                    dpi: DPI
                }
            ),
            "there is no picture: damaged: no such page"
        );
        assert_eq!(
            none("photo-jpg/input.jpg", page),
            "there is no picture: there is no such page"
        );
        assert_eq!(
            none("target-hocr/input.hocr", FIRST),
            "there is no picture: the file holds words alone"
        );
        assert_eq!(
            none("seed-text/input.txt", FIRST),
            "there is no picture: the file has no such part"
        );
    }

    #[test]
    fn another_file_of_the_same_name_is_not_shown() {
        let params = AcquireParams::default();
        let path = sample("seed-pdf/input.pdf");
        assert_eq!(
            show(&path, None, "00", FIRST, &params),
            Err(NotShown::Changed)
        );
        let missing = show(Path::new("no/such.pdf"), None, "00", FIRST, &params);
        assert!(matches!(missing, Err(NotShown::Missing(_))));
    }
}
