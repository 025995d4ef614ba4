//! Scans: what a page draws becomes one picture of it.
//! In: an opened PDF and a page number. Out: [`ScannedPage`], the page as displayed. Never: trusts a size; lets one damaged
//! image cost the page.
//!
//! A page of images alone is composed of them, at the resolution of the finest. What else can be seen (text, lines, patterns)
//! is rendered, images and all, if nothing that the page names could exhaust the renderer.

mod colour;
mod compose;
mod fonts;
mod guard;
mod headers;
pub(super) mod raster;
mod render;

#[cfg(test)]
mod picture_tests;

use std::sync::Arc;

use hayro_syntax::Pdf;
use hayro_syntax::page::Page as PdfPage;

use super::PdfParams;
use super::document::{Doc, page_space};
use super::matrix::Matrix;
use super::recording::{Placed, PlacedImage, Recording};
use crate::acquire::ocr::Picture;
use crate::acquire::ocr::picture::{PictureError, PictureLimits, believed};
use crate::model::{BBox, Code, Diagnostic, Severity};
pub(super) use fonts::SystemFonts;
use raster::{Budget, ImageFault, decode_image};

/// Points an inch.
const POINTS_AN_INCH: f64 = 72.0;
/// Share of the page that images must cover before their resolution counts for the whole.
const GOOD_PART: f64 = 0.15;
/// Share of the page up to which a lost image is a warning, not an error.
const SMALL_PART: f64 = 0.02;

/// A picture of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct ScannedPage {
    /// The page as displayed, on white.
    pub picture: Picture,
    /// Width of the page as displayed, in points.
    pub width: f32,
    /// Height of the page as displayed, in points.
    pub height: f32,
    /// How the picture came to be.
    pub origin: PictureOrigin,
    /// What is not in the picture though the page draws it: damaged images, images over a limit.
    pub findings: Vec<Diagnostic>,
}

/// How a picture came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureOrigin {
    /// Of the page's own images, pixel by pixel where they lie straight.
    Images,
    /// By a renderer, at the resolution of the finest image, or at that of [`PictureLimits::render_dpi`].
    Rendered,
}

/// The picture of page `number` (from 1); `None` where nothing is drawn on it.
///
/// # Errors
/// [`PictureError::Broken`] where there is no such page, [`PictureError::Unsupported`] where it shows no image and must not be
/// rendered.
pub(super) fn page_picture(
    pdf: &Pdf,
    number: u32,
    params: &PdfParams,
    limits: &PictureLimits,
    system_fonts: &Arc<SystemFonts>,
) -> Result<Option<ScannedPage>, PictureError> {
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    let page = index
        .and_then(|index| pdf.pages().get(index))
        .ok_or_else(|| PictureError::Broken("no such page".to_owned()))?;
    let budget = Budget {
        max_pixels: limits.max_pixels,
        pixels_left: limits.max_page_pixels,
    };
    let mut doc = Doc::new(pdf, params);
    let recording = Recording::new(limits.max_page_images, budget);
    let (sink, recording) = doc.draw_page(page, number, params, Some(recording));
    let Some(recording) = recording else {
        return Ok(None);
    };
    let has_text = sink.glyphs.iter().any(|glyph| !glyph.ch.is_whitespace());
    let mut page = PagePicture::new(page, number, params, limits);
    if recording.n_left_out > 0 {
        let n = recording.n_left_out;
        page.note(Code::LimitPixels, &format!("{n} images beyond the limit"));
    }
    let mut must_render = recording.needs_rendering || has_text;
    if recording.images.is_empty() && !must_render {
        return Ok(None);
    }
    let composed = if must_render {
        None
    } else {
        page.compose(&recording)
    };
    must_render |= composed.is_none();
    if let Some(picture) = composed {
        return Ok(Some(page.finish(picture, PictureOrigin::Images)));
    }
    debug_assert!(must_render, "what cannot be composed is rendered");
    let is_bounded = !doc.limits.is_exceeded();
    let allowed = if is_bounded {
        guard::check_page(&mut doc, page.page, budget, params)
    } else {
        Err("the page draws more than the limit")
    };
    let refusal = match allowed {
        Ok(()) => match page.render(&recording, system_fonts) {
            Some(picture) => return Ok(Some(page.finish(picture, PictureOrigin::Rendered))),
            None => "the renderer gave up",
        },
        Err(reason) => reason,
    };
    if recording.images.is_empty() {
        return Err(PictureError::Unsupported(refusal.to_owned()));
    }
    page.note(
        Code::BadImage,
        &format!("what is drawn besides images, because {refusal}"),
    );
    let picture = page.compose_what_can_be(&recording);
    Ok(Some(page.finish(picture, PictureOrigin::Images)))
}

/// A picture in the making.
struct PagePicture<'a> {
    page: &'a PdfPage<'a>,
    number: u32,
    limits: &'a PictureLimits,
    ctm: Matrix,
    width: f64,
    height: f64,
    findings: Vec<Diagnostic>,
}

impl<'a> PagePicture<'a> {
    fn new(
        page: &'a PdfPage<'a>,
        number: u32,
        params: &PdfParams,
        limits: &'a PictureLimits,
    ) -> Self {
        let (ctm, width, height) = page_space(page, params);
        Self {
            page,
            number,
            limits,
            ctm,
            width: f64::from(width),
            height: f64::from(height),
            findings: Vec::new(),
        }
    }

    fn note(&mut self, code: Code, what: &str) {
        let message = format!("the picture of page {} lacks {what}", self.number);
        self.findings.push(Diagnostic::new(code, "", message));
    }

    fn finish(self, picture: Picture, origin: PictureOrigin) -> ScannedPage {
        ScannedPage {
            picture,
            width: self.width as f32,
            height: self.height as f32,
            origin,
            findings: self.findings,
        }
    }

    /// Columns and rows of the picture for the pixels a point that are wanted across and down, brought within the limits.
    fn size(&self, (across, down): (f64, f64)) -> (usize, usize) {
        let most = self.limits.max_pixels.max(1) as f64;
        let largest = f64::from(u16::MAX);
        let (width, height) = (self.width * across, self.height * down);
        let shrink = (most / (width * height)).sqrt();
        let shrink = shrink.min(largest / width.max(height)).min(1.0);
        let n_columns = (width * shrink).round().clamp(1.0, largest.min(most));
        // Rounding must not go over the limit by a row.
        let n_rows = (height * shrink)
            .round()
            .min((most / n_columns).floor())
            .clamp(1.0, largest);
        (n_columns as usize, n_rows as usize)
    }

    /// From points of the page to pixels of a picture that it fills to the last row and column.
    fn to_pixels(&self, picture: (usize, usize)) -> Matrix {
        let across = picture.0 as f64 / self.width;
        let down = picture.1 as f64 / self.height;
        Matrix::new(across, 0.0, 0.0, down, 0.0, 0.0)
    }

    /// The resolution of such a picture.
    fn dpi(&self, n_rows: usize) -> Option<f32> {
        believed(Some((n_rows as f64 / self.height * POINTS_AN_INCH) as f32))
    }

    /// Pixels a point, across and down, of the finest images that together cover a good part of the page, or of the finest of
    /// all; at most the limit, 0 where there is none. Where both are about the same they are exact, so that no row of the image
    /// is dropped; else the finer counts for both.
    fn finest(&self, recording: &Recording<'_>) -> (f64, f64) {
        const ABOUT_THE_SAME: f64 = 0.03;
        let page_area = self.width * self.height;
        let mut known: Vec<((f64, f64), f64)> = recording
            .images
            .iter()
            .filter(|image| {
                // What is over the limit is not shown.
                let (width, height) = image.size;
                u64::from(width) * u64::from(height) <= self.limits.max_pixels
            })
            .filter_map(|image| Some((resolution(image)?, shown_area(image) / page_area)))
            .filter(|(_, share)| *share > 0.0)
            .collect();
        let finer = |(across, down): (f64, f64)| across.max(down);
        known.sort_by(|a, b| finer(b.0).total_cmp(&finer(a.0)));
        let mut covered = 0.0;
        let good = known.iter().find(|(_, share)| {
            covered += share;
            covered >= GOOD_PART
        });
        let (across, down) = good.or(known.first()).map_or((0.0, 0.0), |one| one.0);
        let finest = across.max(down);
        let most = f64::from(self.limits.max_dpi) / POINTS_AN_INCH;
        if finest > most || (across - down).abs() > ABOUT_THE_SAME * finest {
            (finest.min(most), finest.min(most))
        } else {
            (across, down)
        }
    }

    /// The page's images on white; `None` where one of them needs the renderer.
    fn compose(&mut self, recording: &Recording<'_>) -> Option<Picture> {
        let n_findings = self.findings.len();
        let picture = self.lay_images(recording, true);
        if picture.is_none() {
            self.findings.truncate(n_findings);
        }
        picture
    }

    /// The same, without those that need the renderer.
    fn compose_what_can_be(&mut self, recording: &Recording<'_>) -> Picture {
        self.lay_images(recording, false).unwrap_or_default()
    }

    fn lay_images(&mut self, recording: &Recording<'_>, may_give_up: bool) -> Option<Picture> {
        let usual = f64::from(self.limits.render_dpi) / POINTS_AN_INCH;
        let finest = match self.finest(recording) {
            (across, down) if across > 0.0 && down > 0.0 => (across, down),
            _ => (usual, usual),
        };
        let (n_columns, n_rows) = self.size(finest);
        let to_pixels = self.to_pixels((n_columns, n_rows));
        let mut picture = Picture {
            width: n_columns,
            height: n_rows,
            rgb: vec![[255; 3]; n_columns * n_rows],
            dpi: self.dpi(n_rows),
        };
        let mut budget = recording.budget;
        for image in &recording.images {
            let placement = &image.placement;
            let decoded;
            let raster = match &image.image {
                PlacedImage::Object(stream) => {
                    decoded = decode_image(stream, &placement.spaces, placement.fill, &mut budget);
                    &decoded
                }
                PlacedImage::Inline(raster) => raster,
            };
            let raster = match raster {
                Ok(raster) => raster,
                Err(ImageFault::Unsupported(_)) if may_give_up => return None,
                Err(fault) => {
                    self.note_fault(image, *fault);
                    continue;
                }
            };
            if !raster.is_whole {
                let what = format!("a part of {}, whose data breaks off", describe(image));
                self.note_sized(Code::BadImage, &what, image);
            }
            let corner = |x: f32, y: f32| to_pixels.apply(f64::from(x), f64::from(y));
            let (left, top) = corner(placement.clip.left, placement.clip.top);
            let (right, bottom) = corner(placement.clip.right, placement.clip.bottom);
            let clip = BBox {
                left: left as f32,
                top: top as f32,
                right: right as f32,
                bottom: bottom as f32,
            };
            let image_to_pixels = placement.to_page.then(&to_pixels);
            compose::draw(raster, &image_to_pixels, &clip, &mut picture);
        }
        Some(picture)
    }

    fn note_fault(&mut self, image: &Placed<'_>, fault: ImageFault) {
        let of = describe(image);
        match fault {
            ImageFault::TooLarge { width, height } => self.note_sized(
                Code::LimitPixels,
                &format!("{of}: {width} by {height} pixels are more than the limit"),
                image,
            ),
            ImageFault::Damaged => {
                self.note_sized(Code::BadImage, &format!("{of}, which is damaged"), image);
            }
            ImageFault::Unsupported(what) => {
                self.note_sized(Code::BadImage, &format!("{of}, which has {what}"), image);
            }
        }
    }

    /// A finding about an image: a warning where it is a small part of the page.
    fn note_sized(&mut self, code: Code, what: &str, image: &Placed<'_>) {
        self.note(code, what);
        let is_small = shown_area(image) < SMALL_PART * self.width * self.height;
        if let Some(last) = self.findings.last_mut().filter(|_| is_small) {
            last.severity = Severity::Warning;
        }
    }

    /// The page as the renderer shows it; `None` where it gave up.
    fn render(
        &mut self,
        recording: &Recording<'_>,
        system_fonts: &Arc<SystemFonts>,
    ) -> Option<Picture> {
        let at_least = f64::from(self.limits.render_dpi) / POINTS_AN_INCH;
        let (across, down) = self.finest(recording);
        let (n_columns, n_rows) = self.size((across.max(at_least), down.max(at_least)));
        let to_pixels = self.ctm.then(&self.to_pixels((n_columns, n_rows)));
        let rendered = render::render(self.page, &to_pixels, (n_columns, n_rows), system_fonts)?;
        if rendered.n_failed_images > 0 {
            let n = rendered.n_failed_images;
            self.note(
                Code::BadImage,
                &format!("{n} images that could not be decoded"),
            );
        }
        if rendered.lacks_fonts {
            self.note(
                Code::BadImage,
                "text in a Chinese font that is neither in the file nor installed",
            );
        }
        Some(Picture {
            width: n_columns,
            height: n_rows,
            rgb: rendered.rgb,
            dpi: self.dpi(n_rows),
        })
    }
}

/// Pixels a point of an image, across and down the page; `None` where it has no extent.
fn resolution(image: &Placed<'_>) -> Option<(f64, f64)> {
    let m = &image.placement.to_page;
    let along = |n: u32, length: f64| f64::from(n) / length.max(0.1);
    let first = along(image.size.0, m.a.hypot(m.b));
    let second = along(image.size.1, m.c.hypot(m.d));
    let lies_across = m.a.abs() >= m.b.abs();
    let (across, down) = if lies_across {
        (first, second)
    } else {
        (second, first)
    };
    (across.is_finite() && down.is_finite()).then_some((across, down))
}

/// The part of the page that an image covers, square points.
fn shown_area(image: &Placed<'_>) -> f64 {
    let m = &image.placement.to_page;
    let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)].map(|(u, v)| m.apply(u, v));
    let fold = |pick: fn(&(f64, f64)) -> f64| {
        let low = corners.iter().map(pick).fold(f64::MAX, f64::min);
        let high = corners.iter().map(pick).fold(f64::MIN, f64::max);
        (low, high)
    };
    let ((left, right), (top, bottom)) = (fold(|p| p.0), fold(|p| p.1));
    let clip = &image.placement.clip;
    let width = right.min(f64::from(clip.right)) - left.max(f64::from(clip.left));
    let height = bottom.min(f64::from(clip.bottom)) - top.max(f64::from(clip.top));
    let own = (m.a * m.d - m.b * m.c).abs();
    own.min(width.max(0.0) * height.max(0.0))
}

fn describe(image: &Placed<'_>) -> String {
    let m = &image.placement.to_page;
    let (x, y) = m.apply(0.5, 0.5);
    format!("the image around {x:.0}, {y:.0} pt")
}
