//! Reading: pictures become pages, with the models that are there.
//!
//! In: pictures of pages. Out: [`Page`]s, or why there are none. Never: an empty page where recognition was not possible.

use std::sync::{Arc, OnceLock};

use super::engine::{self, EngineError, EngineParams, Engines, Recogniser};
use super::geometry::{GeometryParams, find_geometry};
use super::page::{Readers, read_page, upright};
use super::picture::PictureLimits;
use super::{Geometry, Picture};
use crate::model::{Code, Diagnostic, Page};

/// Which pages are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OcrMode {
    /// Those that have no text layer to be believed.
    #[default]
    Auto,
    /// All; text layers are not used.
    Always,
    /// None.
    Never,
}

/// How pictures are read.
#[derive(Debug, Clone, Default)]
pub struct OcrParams {
    /// Which pages are recognised.
    pub mode: OcrMode,
    /// What reads lines.
    pub engine: EngineParams,
    /// How rules and lines are found.
    pub geometry: GeometryParams,
    /// What pictures may cost.
    pub limits: PictureLimits,
    /// The engines, once a page has needed them; clones share them.
    pub opened: Opened,
}

/// Engines that are opened when a page first needs them.
#[derive(Debug, Clone, Default)]
pub struct Opened(Arc<OnceLock<Result<Engines, EngineError>>>);

impl PartialEq for OcrParams {
    /// Whether engines are open makes no difference.
    fn eq(&self, other: &Self) -> bool {
        (self.mode, &self.engine, &self.geometry, &self.limits)
            == (other.mode, &other.engine, &other.geometry, &other.limits)
    }
}

/// The recognisers of a run.
#[derive(Clone)]
pub struct Recognisers {
    first: Arc<dyn Recogniser>,
    second_look: Option<Arc<dyn Recogniser>>,
}

impl Recognisers {
    /// Opens the engine and loads its models where that has not been done yet.
    ///
    /// # Errors
    /// `OCR_MODEL_MISSING` with the command that helps; `NEEDS_OCR` where the engine is `none`; `OCR_FAILED` where it
    /// cannot be used.
    pub fn open(params: &OcrParams) -> Result<Self, Diagnostic> {
        let opened = params.opened.0.get_or_init(|| engine::open(&params.engine));
        let engines = opened.as_ref().map_err(finding)?;
        Ok(Self {
            first: engines.first().map_err(|error| finding(&error))?,
            second_look: engines.second_look().map_err(|error| finding(&error))?,
        })
    }
}

fn finding(error: &EngineError) -> Diagnostic {
    let code = match error.cause() {
        EngineError::Off => Code::NeedsOcr,
        EngineError::Models(_) | EngineError::Model { .. } => Code::OcrModelMissing,
        _ => Code::OcrFailed,
    };
    Diagnostic::new(code, "", error.to_string())
}

/// A page that was read, and what was found on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadPicture {
    /// The page.
    pub page: Page,
    /// Its rules and lines of text, in pixels.
    pub geometry: Geometry,
}

/// Reads the picture of page `number`; `size` is its width and height in points, where it is known.
///
/// # Errors
/// `OCR_FAILED` where an engine fails.
pub fn read_picture(
    picture: &Picture,
    number: u32,
    size: Option<(f32, f32)>,
    recognisers: &Recognisers,
    params: &OcrParams,
) -> Result<ReadPicture, Diagnostic> {
    let readers = Readers {
        first: &*recognisers.first,
        second_look: recognisers.second_look.as_deref(),
    };
    let found = find_geometry(picture, &params.geometry);
    let read = || {
        let geometry = upright(found, readers.first)?;
        let page = read_page(picture, &geometry, number, size, &readers)?;
        Ok(ReadPicture { page, geometry })
    };
    read().map_err(|error: EngineError| {
        Diagnostic::new(Code::OcrFailed, "", format!("page {number}: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::ReadChar;
    use super::*;

    struct Broken;

    impl Recogniser for Broken {
        fn name(&self) -> &str {
            "broken"
        }

        fn read(&self, _: &super::super::Gray) -> Result<Vec<ReadChar>, EngineError> {
            Err(EngineError::Run {
                name: "broken".to_owned(),
                source: "on purpose".into(),
            })
        }
    }

    #[test]
    fn an_engine_that_fails_is_said() {
        let mut rgb = vec![[255; 3]; 1200 * 1600];
        for y in 100..130 {
            rgb[y * 1200 + 100..y * 1200 + 130].fill([0; 3]);
        }
        let picture = Picture {
            width: 1200,
            height: 1600,
            rgb,
            dpi: None,
        };
        let recognisers = Recognisers {
            first: Arc::new(Broken),
            second_look: None,
        };
        let failed = read_picture(&picture, 3, None, &recognisers, &OcrParams::default());
        let finding = failed.unwrap_err();
        assert_eq!(finding.code, Code::OcrFailed);
        assert!(finding.message.contains("page 3"), "{finding:?}");
    }
}
