//! Pictures of pages become pages: scans in PDFs, image files, and pictures that words lie beside.
//!
//! In: bytes, and the words beside them. Out: [`Page`]s, and what others read on them. Never: an empty page where
//! recognition was not possible; a second reading in the place of the first.

use super::AcquireParams;
use super::beside::WordsBeside;
use super::ocr::Picture;
use super::ocr::display;
use super::ocr::picture::{PictureError, read_image};
use super::ocr::read::{
    OcrMode, ReadPicture, Recognisers, find_upright, read_picture, read_second,
};
use super::ocr::unwarp::Unwarp;
use super::ocr::words::{WordPage, on_picture, to_page};
use super::{pdf, second_reader};
use crate::model::page::{Content, Glyph, Page, PageSource, SecondReading, Seen};
use crate::model::{BBox, Code, Diagnosed, Diagnostic, Severity};

/// What is told of each page that was recognised: its picture, and what was found on it.
pub type Watcher<'a> = dyn FnMut(&Picture, &ReadPicture) + 'a;

/// The pages of a PDF; those that are scans are recognised.
pub(super) fn read_pdf_pages(
    bytes: Vec<u8>,
    params: &AcquireParams,
    watch: &mut Watcher<'_>,
) -> Diagnosed<Option<Vec<Page>>> {
    let mut diagnostics = Vec::new();
    let again = params.second_reader.as_ref().map(|_| bytes.clone());
    let Some(file) = pdf::open_pdf(bytes, &params.pdf).unload(&mut diagnostics) else {
        return Diagnosed {
            value: None,
            diagnostics,
        };
    };
    let mut pages = file.read_pages().unload(&mut diagnostics);
    let is_wanted = |page: &Page| match params.ocr.mode {
        OcrMode::Auto => page.source == PageSource::Scan,
        OcrMode::Always => page.source != PageSource::Blank,
        OcrMode::Never => false,
    };
    if pages.iter().any(is_wanted) {
        match Recognisers::open(&params.ocr) {
            Ok(recognisers) => {
                let second = open_second(params, &mut diagnostics);
                for page in pages.iter_mut().filter(|page| is_wanted(page)) {
                    let read =
                        read_scan(&file, page.number, &recognisers, params, &mut diagnostics);
                    match read {
                        Ok((picture, mut read)) => {
                            read.page.second = moved_layers(page, &picture, &read);
                            hear(&picture, &mut read, second.as_ref(), &mut diagnostics);
                            watch(&picture, &read);
                            *page = read.page;
                        }
                        Err(finding) => diagnostics.push(finding),
                    }
                }
            }
            Err(missing) => diagnostics.push(missing),
        }
    }
    diagnostics.extend(pdf::needs_ocr(&pages));
    let has_text = pages.iter().any(|page| page.source == PageSource::Text);
    if let (Some(bytes), Some(reader), true) = (again, &params.second_reader, has_text) {
        diagnostics.extend(second_reader::read_again(bytes, &mut pages, reader));
    }
    Diagnosed {
        value: Some(pages),
        diagnostics,
    }
}

fn read_scan(
    file: &pdf::OpenPdf,
    number: u32,
    recognisers: &Recognisers,
    params: &AcquireParams,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(Picture, ReadPicture), Diagnostic> {
    let taken = file.page_picture(number, &params.ocr.limits);
    let scan = match taken {
        Ok(Some(scan)) => scan,
        Ok(None) => {
            let message = format!("page {number} has no text layer and no picture");
            return Err(Diagnostic::new(Code::NeedsOcr, "", message));
        }
        Err(error) => return Err(picture_finding(number, &error)),
    };
    diagnostics.extend(scan.findings);
    let size = Some((scan.width, scan.height));
    let mut read = read_picture(&scan.picture, number, size, recognisers, &params.ocr)?;
    diagnostics.append(&mut read.findings);
    Ok((scan.picture, read))
}

/// The recognisers of the second opinion; where they cannot be had, that is said and the first reading stands alone.
fn open_second(params: &AcquireParams, diagnostics: &mut Vec<Diagnostic>) -> Option<Recognisers> {
    if params.ocr.mode == OcrMode::Never {
        return None;
    }
    Recognisers::open_second(&params.ocr).unwrap_or_else(|error| {
        let finding = Diagnostic::new(Code::OcrFailed, "", format!("no second opinion: {error}"));
        diagnostics.push(finding.with_severity(Severity::Warning));
        None
    })
}

/// Has a page read once more, if there is someone to do it.
fn hear(
    picture: &Picture,
    read: &mut ReadPicture,
    second: Option<&Recognisers>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let heard = second.map(|second| read_second(picture, read, second));
    diagnostics.extend(heard.and_then(Result::err));
}

/// The hidden layers of a scanned page, moved from the page as the file has it to the upright page that was found on its
/// picture. A character that leads to no place on it is left out.
fn moved_layers(page: &mut Page, picture: &Picture, read: &ReadPicture) -> Vec<SecondReading> {
    let across = picture.width as f32 / page.width.max(f32::MIN_POSITIVE);
    let down = picture.height as f32 / page.height.max(f32::MIN_POSITIVE);
    let unit = read.page.width / read.geometry.width.max(1) as f32;
    let unwarp = Unwarp::new(&read.geometry);
    let is_sideways = read.geometry.quarter_turns % 2 == 1;
    let scale = across * read.geometry.scale * unit;
    let moved = |glyph: &Glyph| {
        let (x, y) = (glyph.bbox.center_x() * across, glyph.bbox.center_y() * down);
        let (x, y) = unwarp.at(x, y)?;
        let (width, height) = (glyph.bbox.width() * scale, glyph.bbox.height() * scale);
        let half = if is_sideways {
            (height / 2.0, width / 2.0)
        } else {
            (width / 2.0, height / 2.0)
        };
        let (x, y) = (x * unit, y * unit);
        let bbox = BBox::from_corners(x - half.0, y - half.1, x + half.0, y + half.1);
        let size = glyph.size * scale;
        Some(Glyph {
            bbox,
            size,
            ..*glyph
        })
    };
    let mut layers = std::mem::take(&mut page.second);
    for layer in &mut layers {
        if let Seen::Glyphs(glyphs) = &mut layer.seen {
            *glyphs = glyphs.iter().filter_map(moved).collect();
        }
    }
    layers
}

/// The pages of an image file. Words beside it are their text, unless all pages are to be recognised.
pub(super) fn read_image_pages(
    bytes: &[u8],
    words: Option<WordsBeside>,
    params: &AcquireParams,
    watch: &mut Watcher<'_>,
) -> Diagnosed<Option<Content>> {
    let mut diagnostics = Vec::new();
    let pictures = match read_image(bytes, &params.ocr.limits) {
        Ok(pictures) => pictures,
        Err(error) => {
            diagnostics.push(picture_finding(1, &error));
            return Diagnosed {
                // What was read before the picture was damaged is read all the same.
                value: words.and_then(|words| words_alone(&words, &mut diagnostics)),
                diagnostics,
            };
        }
    };
    let words = words.and_then(|words| fitting(words, pictures.len(), params, &mut diagnostics));
    let by = match Reading::open(words, params, &mut diagnostics) {
        Ok(by) => by,
        Err(finding) => {
            diagnostics.push(finding);
            return Diagnosed {
                value: None,
                diagnostics,
            };
        }
    };
    let mut pages = Vec::with_capacity(pictures.len());
    for (picture, number) in pictures.iter().zip(1u32..) {
        match by.read(picture, number, &mut diagnostics) {
            Ok(read) => {
                watch(picture, &read);
                pages.push(read.page);
            }
            Err(finding) => {
                diagnostics.push(finding);
                pages.push(Page {
                    number,
                    source: PageSource::Scan,
                    ..Page::default()
                });
            }
        }
    }
    Diagnosed {
        value: Some(Content::Pages(pages)),
        diagnostics,
    }
}

/// Words with a page for each picture, and what is to be said of them; `None` where they cannot be used.
fn fitting(
    words: WordsBeside,
    n_pictures: usize,
    params: &AcquireParams,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<WordsBeside> {
    diagnostics.extend(words.findings.iter().cloned());
    let what = words.describe();
    let n_pages = words.pages.len();
    let is_empty = words.pages.iter().all(|page| page.words.is_empty());
    let refuse = |message: String| {
        Diagnostic::new(Code::WordsBeside, "", message).with_severity(Severity::Warning)
    };
    if is_empty {
        diagnostics.push(refuse(format!("{what} beside the picture holds no word")));
        return None;
    }
    if n_pages != n_pictures {
        diagnostics.push(refuse(format!(
            "{what} beside the picture has another number of pages: {n_pages}, expected {n_pictures}"
        )));
        return None;
    }
    let message = match params.ocr.mode {
        OcrMode::Always => format!("{what} beside the picture is a second opinion"),
        OcrMode::Auto | OcrMode::Never => format!("the words are those of {what}"),
    };
    diagnostics.push(Diagnostic::new(Code::WordsBeside, "", message));
    Some(words)
}

/// The pages of words whose picture cannot be read.
fn words_alone(words: &WordsBeside, diagnostics: &mut Vec<Diagnostic>) -> Option<Content> {
    diagnostics.extend(words.findings.iter().cloned());
    if words.pages.is_empty() {
        return None;
    }
    let message = format!("the words are those of {}", words.describe());
    diagnostics.push(Diagnostic::new(Code::WordsBeside, "", message));
    Some(Content::Pages(words.pages.iter().map(to_page).collect()))
}

/// How the pictures of a file are read.
struct Reading<'a> {
    params: &'a AcquireParams,
    /// What lies beside them, with a page for each.
    words: Option<WordsBeside>,
    /// What recognises them; `None` where the words are their text.
    recognisers: Option<Recognisers>,
    second: Option<Recognisers>,
}

impl<'a> Reading<'a> {
    /// Opens what is needed.
    ///
    /// # Errors
    /// Where pictures are to be recognised and cannot be.
    fn open(
        words: Option<WordsBeside>,
        params: &'a AcquireParams,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Self, Diagnostic> {
        let recognisers = match (&words, params.ocr.mode) {
            (Some(_), OcrMode::Auto | OcrMode::Never) => None,
            (None, OcrMode::Never) => {
                let message = "the content is an image, expected words that fit it";
                return Err(Diagnostic::new(Code::NeedsOcr, "", message));
            }
            (_, OcrMode::Auto | OcrMode::Always) => Some(Recognisers::open(&params.ocr)?),
        };
        Ok(Self {
            params,
            words,
            recognisers,
            second: open_second(params, diagnostics),
        })
    }

    fn read(
        &self,
        picture: &Picture,
        number: u32,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<ReadPicture, Diagnostic> {
        let words = self.words.as_ref().and_then(|words| {
            let index = usize::try_from(number).ok()?.checked_sub(1)?;
            Some((words, words.pages.get(index)?))
        });
        let mut read = match (&self.recognisers, words) {
            (Some(recognisers), words) => {
                let ocr = &self.params.ocr;
                let mut read = read_picture(picture, number, None, recognisers, ocr)?;
                diagnostics.append(&mut read.findings);
                if let Some((file, page)) = words {
                    match words_on(page, picture, &read) {
                        Some(seen) => read.page.second.push(SecondReading {
                            reader: file.name.clone(),
                            seen: Seen::Glyphs(seen),
                        }),
                        None => diagnostics.push(unfitting(number)),
                    }
                }
                read
            }
            (None, Some((_, page))) => self.with_words(picture, number, page, diagnostics)?,
            (None, None) => {
                let message = format!("page {number} has neither words nor a reader");
                return Err(Diagnostic::new(Code::NeedsOcr, "", message));
            }
        };
        hear(picture, &mut read, self.second.as_ref(), diagnostics);
        Ok(read)
    }

    /// A page of words with the rules of its picture.
    fn with_words(
        &self,
        picture: &Picture,
        number: u32,
        words: &WordPage,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<ReadPicture, Diagnostic> {
        let ocr = &self.params.ocr;
        let geometry = find_upright(picture, number, self.second.as_ref(), ocr)?;
        let set = on_picture(words, picture, &geometry);
        if set.is_none() {
            diagnostics.push(unfitting(number));
        }
        let mut page = to_page(set.as_ref().unwrap_or(words));
        page.number = number;
        if set.is_some() {
            let displayed = display::on_picture(&page, picture, &geometry, None);
            page.displayed = Some(displayed);
        }
        Ok(ReadPicture {
            page,
            geometry,
            findings: Vec::new(),
        })
    }
}

/// The characters of words on a page that was recognised from their picture; `None` where they do not fit it.
fn words_on(words: &WordPage, picture: &Picture, read: &ReadPicture) -> Option<Vec<Glyph>> {
    let mut set = on_picture(words, picture, &read.geometry)?;
    // Rules would take strokes out of the words, which is for the first reading to do.
    set.rules.clear();
    let page = to_page(&set);
    let scale = read.page.width / page.width.max(f32::MIN_POSITIVE);
    let glyphs = page.glyphs.iter().map(|glyph| glyph.scaled(scale));
    Some(glyphs.collect())
}

fn unfitting(number: u32) -> Diagnostic {
    let message = format!("page {number}: the words beside the picture do not fit its proportions");
    Diagnostic::new(Code::WordsBeside, "", message).with_severity(Severity::Warning)
}

fn picture_finding(number: u32, error: &PictureError) -> Diagnostic {
    let code = match error {
        PictureError::TooLarge { .. } => Code::LimitPixels,
        PictureError::Unsupported(_) | PictureError::Broken(_) => Code::BadImage,
    };
    Diagnostic::new(code, "", format!("page {number}: {error}"))
}
