//! Rendering: a page as a viewer shows it.
//! In: a page that [`guard`](super::guard) has let pass. Out: pixels. Never: sees a page that could exhaust it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::kurbo::Affine;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit, color};
use hayro::{RenderCache, RenderSettings, render_into};
use hayro_syntax::page::Page as PdfPage;

use super::super::matrix::Matrix;
use super::fonts::{SystemFonts, resolve};

/// What the renderer made.
pub(super) struct Rendered {
    /// Pixels, row by row.
    pub(super) rgb: Vec<[u8; 3]>,
    /// Images that it could not decode.
    pub(super) n_failed_images: u32,
    /// A Chinese font was named that is neither in the file nor on the system.
    pub(super) lacks_fonts: bool,
}

/// Renders a page through `to_pixels` on white, without what is invisible; `None` where the renderer gave up.
pub(super) fn render<'a>(
    page: &'a PdfPage<'a>,
    to_pixels: &Matrix,
    (width, height): (usize, usize),
    fonts: &Arc<SystemFonts>,
) -> Option<Rendered> {
    let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    let lacks = Arc::new(AtomicBool::new(false));
    let n_failed = Arc::new(AtomicU32::new(0));
    let settings = {
        let (fonts, lacks, n_failed) =
            (Arc::clone(fonts), Arc::clone(&lacks), Arc::clone(&n_failed));
        InterpreterSettings {
            font_resolver: Arc::new(move |query| resolve(query, &fonts, &lacks)),
            warning_sink: Arc::new(move |warning| {
                if matches!(warning, InterpreterWarning::ImageDecodeFailure) {
                    n_failed.fetch_add(1, Ordering::Relaxed);
                }
            }),
            ..InterpreterSettings::default()
        }
    };
    let m = to_pixels;
    let transform = Affine::new([m.a, m.b, m.c, m.d, m.e, m.f]);
    // A renderer that gives up on what it did not foresee loses this picture alone.
    let pixmap = catch_unwind(AssertUnwindSafe(|| {
        let mut context = RenderContext::new(width, height);
        let cache = RenderCache::new();
        let how = RenderSettings::default();
        render_into(page, &cache, &settings, &how, &mut context, transform);
        context.flush();
        let mut pixmap = Pixmap::new(width, height);
        let raster = RasterizerSettings {
            target_init: TargetInit::Clear(color::palette::css::WHITE),
            ..RasterizerSettings::default()
        };
        context.render_with(&mut pixmap, &mut Resources::default(), raster);
        pixmap
    }))
    .ok()?;
    let rgb = pixmap
        .data_as_u8_slice()
        .chunks_exact(4)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    Some(Rendered {
        rgb,
        n_failed_images: n_failed.load(Ordering::Relaxed),
        lacks_fonts: lacks.load(Ordering::Relaxed),
    })
}
