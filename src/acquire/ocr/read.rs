//! Reading: pictures become pages, with the models that are there.
//!
//! In: pictures of pages. Out: [`Page`]s, or why there are none. Never: an empty page where recognition was not possible.

use std::sync::{Arc, OnceLock};

use super::engine::{self, EngineChoice, EngineError, EngineParams, Engines, Recogniser};
use super::geometry::{GeometryParams, find_geometry};
use super::line::Readers;
use super::page::{read_page, upright};
use super::picture::PictureLimits;
use super::{Geometry, Picture};
use crate::model::page::{SecondReading, Seen};
use crate::model::{Code, Diagnostic, Page, Severity};

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

/// What reads every line once more, for a second opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondOcr {
    /// The tiny model alone.
    Tiny,
    /// The small model alone.
    Small,
    /// Both models on rten, as the engine of this name reads.
    Rten,
    /// Both models in a library of ONNX Runtime.
    Ort,
    /// The program tesseract.
    Tesseract,
}

impl SecondOcr {
    /// The engine that it needs, where `first` reads first: the models run where they run already.
    fn choice(self, first: EngineChoice) -> EngineChoice {
        match (self, first) {
            (Self::Tiny | Self::Small, EngineChoice::Ort) | (Self::Ort, _) => EngineChoice::Ort,
            (Self::Tiny | Self::Small | Self::Rten, _) => EngineChoice::Rten,
            (Self::Tesseract, _) => EngineChoice::Tesseract,
        }
    }
}

/// How pictures are read.
#[derive(Debug, Clone, Default)]
pub struct OcrParams {
    /// Which pages are recognised.
    pub mode: OcrMode,
    /// What reads lines.
    pub engine: EngineParams,
    /// What reads them once more.
    pub second: Option<SecondOcr>,
    /// How rules and lines are found.
    pub geometry: GeometryParams,
    /// What pictures may cost.
    pub limits: PictureLimits,
    /// The engines, once a page has needed them; clones share them.
    pub opened: Opened,
    /// The same of the second opinion, where it is another engine.
    pub second_opened: Opened,
}

/// Engines that are opened when a page first needs them.
#[derive(Debug, Clone, Default)]
pub struct Opened(Arc<OnceLock<Result<Engines, EngineError>>>);

impl PartialEq for OcrParams {
    /// Whether engines are open makes no difference.
    fn eq(&self, other: &Self) -> bool {
        let what = |params: &Self| (params.mode, params.second, params.limits.clone());
        what(self) == what(other)
            && (&self.engine, &self.geometry) == (&other.engine, &other.geometry)
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

    /// The same for the second opinion; `None` where none was asked for.
    ///
    /// # Errors
    /// What the engine says.
    pub fn open_second(params: &OcrParams) -> Result<Option<Self>, SecondOcrError> {
        let Some(second) = params.second else {
            return Ok(None);
        };
        let choice = second.choice(params.engine.choice);
        let opened = if choice == params.engine.choice {
            &params.opened
        } else {
            &params.second_opened
        };
        let engine = EngineParams {
            choice,
            ..params.engine.clone()
        };
        let opened = opened.0.get_or_init(|| engine::open(&engine));
        let engines = opened
            .as_ref()
            .map_err(|error| SecondOcrError(error.to_string()))?;
        let said = |error: EngineError| SecondOcrError(error.to_string());
        let (first, second_look) = match second {
            SecondOcr::Tiny => (engines.first().map_err(said)?, None),
            SecondOcr::Small => {
                let small = engines.second_look().map_err(said)?;
                (small.ok_or_else(|| said(EngineError::Off))?, None)
            }
            SecondOcr::Rten | SecondOcr::Ort | SecondOcr::Tesseract => (
                engines.first().map_err(said)?,
                engines.second_look().map_err(said)?,
            ),
        };
        Ok(Some(Self { first, second_look }))
    }

    fn readers(&self) -> Readers<'_> {
        Readers {
            first: &*self.first,
            second_look: self.second_look.as_deref(),
        }
    }

    /// What they are called in messages.
    fn name(&self) -> String {
        match &self.second_look {
            None => self.first.name().to_owned(),
            Some(second) => format!("{} with {}", self.first.name(), second.name()),
        }
    }
}

/// Why there can be no second opinion of an engine.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SecondOcrError(String);

/// Loads what shall give a second opinion, so that a run that cannot have one does not begin.
///
/// # Errors
/// What is missing.
pub fn check_second(params: &OcrParams) -> Result<(), SecondOcrError> {
    if params.mode != OcrMode::Never {
        Recognisers::open_second(params)?;
    }
    Ok(())
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
    let readers = recognisers.readers();
    let found = find_geometry(picture, &params.geometry);
    let read = || {
        let geometry = upright(found, readers.first)?;
        let page = read_page(picture, &geometry, number, size, &readers)?;
        Ok(ReadPicture { page, geometry })
    };
    read().map_err(|error| failure(number, &error))
}

/// Finds the rules and lines of a picture and sets it the way up that the recognisers are surer of.
///
/// # Errors
/// `OCR_FAILED` where an engine fails.
pub fn find_upright(
    picture: &Picture,
    number: u32,
    recognisers: Option<&Recognisers>,
    params: &OcrParams,
) -> Result<Geometry, Diagnostic> {
    let found = find_geometry(picture, &params.geometry);
    match recognisers {
        Some(recognisers) => {
            upright(found, &*recognisers.first).map_err(|error| failure(number, &error))
        }
        None => Ok(found),
    }
}

/// Reads the lines of a page once more and puts what is seen beside what was read. Where the engine fails the page stays
/// as it is.
///
/// # Errors
/// `OCR_FAILED`, as a warning.
pub fn read_second(
    picture: &Picture,
    read: &mut ReadPicture,
    recognisers: &Recognisers,
) -> Result<(), Diagnostic> {
    let number = read.page.number;
    let size = Some((read.page.width, read.page.height));
    let readers = recognisers.readers();
    let second = read_page(picture, &read.geometry, number, size, &readers)
        .map_err(|error| failure(number, &error).with_severity(Severity::Warning))?;
    // The same pixels on a page that may have been measured otherwise.
    let scale = read.page.width / second.width.max(f32::MIN_POSITIVE);
    let glyphs = second.glyphs.iter().map(|glyph| glyph.scaled(scale));
    read.page.second.push(SecondReading {
        reader: recognisers.name(),
        seen: Seen::Glyphs(glyphs.collect()),
    });
    Ok(())
}

fn failure(number: u32, error: &EngineError) -> Diagnostic {
    Diagnostic::new(Code::OcrFailed, "", format!("page {number}: {error}"))
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
