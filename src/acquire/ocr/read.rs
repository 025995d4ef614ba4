//! Reading: pictures become pages, with the models that are there.
//!
//! In: pictures of pages. Out: [`Page`]s, or why there are none. Never: an empty page where recognition was not possible.

use std::sync::{Arc, OnceLock};

use super::engine::{self, Detector, EngineChoice, EngineError, EngineParams, Engines, Recogniser};
use super::geometry::{GeometryParams, find_geometry};
use super::line::Readers;
use super::missed::{Left, is_doubtful, reconcile};
use super::page::{read_lines, read_page, set_page, upright};
use super::picture::PictureLimits;
use super::{Geometry, Picture, ReadChar};
use crate::model::page::{SecondReading, Seen};
use crate::model::{Code, Diagnosed, Diagnostic, Page, Severity, Steps};

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

/// On which recognised pages a detector looks for text that no line covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DetectorMode {
    /// Those on which text may have been missed.
    #[default]
    Auto,
    /// All.
    Always,
    /// None; its model is not needed.
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
    /// Where text is looked for that they may have missed.
    pub detector: DetectorMode,
    /// What reads them once more.
    pub second: Option<SecondOcr>,
    /// How rules and lines are found.
    pub geometry: GeometryParams,
    /// Told of each page that is recognised.
    pub steps: Steps,
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

impl Opened {
    /// What loads the detector of engines that are open.
    fn detector(&self, mode: DetectorMode) -> Option<OpenDetector> {
        let opened = self.clone();
        let open = move || match opened.0.get() {
            Some(Ok(engines)) => engines.detector(),
            _ => Ok(None),
        };
        (mode != DetectorMode::Never).then(|| Arc::new(open) as OpenDetector)
    }
}

impl PartialEq for OcrParams {
    /// Whether engines are open makes no difference.
    fn eq(&self, other: &Self) -> bool {
        let what = |params: &Self| {
            let (mode, second, detector) = (params.mode, params.second, params.detector);
            (mode, second, detector, params.limits.clone())
        };
        what(self) == what(other)
            && (&self.engine, &self.geometry) == (&other.engine, &other.geometry)
    }
}

/// The recognisers of a run.
#[derive(Clone)]
pub struct Recognisers {
    first: Arc<dyn Recogniser>,
    second_look: Option<Arc<dyn Recogniser>>,
    /// Loads the detector; `None` where it is not wanted.
    detector: Option<OpenDetector>,
}

/// Loads the detector at the first call; `None` where the engine has none.
type OpenDetector = Arc<dyn Fn() -> Result<Option<Arc<dyn Detector>>, EngineError> + Send + Sync>;

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
            detector: params.opened.detector(params.detector),
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
        Ok(Some(Self {
            first,
            second_look,
            detector: None,
        }))
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
    /// What is to be said of it.
    pub findings: Vec<Diagnostic>,
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
    params.steps.begin();
    let readers = recognisers.readers();
    let found = find_geometry(picture, &params.geometry);
    let read = || {
        let (mut geometry, looks) = upright(found, readers.first)?;
        let mut chars = read_lines(&geometry.lines, looks, &readers)?;
        let mut findings = Vec::new();
        let left = catch(&mut geometry, &mut chars, number, recognisers, params)?;
        let left = left.unload(&mut findings);
        let page = set_page(picture, &geometry, chars, number, size);
        findings.extend(left.findings(&page, page.width / geometry.width.max(1) as f32));
        Ok(ReadPicture {
            page,
            geometry,
            findings,
        })
    };
    read().map_err(|error| failure(number, &error))
}

/// Looks for text that no line of a page covers, if it may have such, and reads it. Returns what could not be made text of; a
/// detector that cannot be had is said, and the page stays as it is.
fn catch(
    geometry: &mut Geometry,
    chars: &mut Vec<Vec<ReadChar>>,
    number: u32,
    recognisers: &Recognisers,
    params: &OcrParams,
) -> Result<Diagnosed<Left>, EngineError> {
    let Some(open) = &recognisers.detector else {
        return Ok(Diagnosed::clean(Left::default()));
    };
    if params.detector == DetectorMode::Auto && !is_doubtful(geometry, chars) {
        return Ok(Diagnosed::clean(Left::default()));
    }
    let find = |detector: Arc<dyn Detector>| {
        let remains = &geometry.remains;
        detector.find(&remains.page, remains.em)
    };
    let found = match open().and_then(|detector| detector.map(find).transpose()) {
        Ok(found) => found.unwrap_or_default(),
        Err(error) => {
            let said = finding(&error).with_severity(Severity::Warning);
            let message = format!("page {number}: not looked for missed text: {error}");
            return Ok(Diagnosed {
                value: Left::default(),
                diagnostics: vec![Diagnostic { message, ..said }],
            });
        }
    };
    let left = reconcile(geometry, chars, &found, &recognisers.readers())?;
    Ok(Diagnosed::clean(left))
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
            let (geometry, _) =
                upright(found, &*recognisers.first).map_err(|error| failure(number, &error))?;
            Ok(geometry)
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::Gray;
    use super::*;

    /// A page with a character and no rule.
    fn picture() -> Picture {
        let mut rgb = vec![[255; 3]; 1200 * 1600];
        for y in 100..130 {
            rgb[y * 1200 + 100..y * 1200 + 130].fill([0; 3]);
        }
        Picture {
            width: 1200,
            height: 1600,
            rgb,
            dpi: None,
        }
    }

    struct Broken;

    impl Recogniser for Broken {
        fn name(&self) -> &str {
            "broken"
        }

        fn read(&self, _: &Gray) -> Result<Vec<ReadChar>, EngineError> {
            Err(EngineError::Run {
                name: "broken".to_owned(),
                source: "on purpose".into(),
            })
        }
    }

    #[test]
    fn an_engine_that_fails_is_said() {
        let recognisers = Recognisers {
            first: Arc::new(Broken),
            second_look: None,
            detector: None,
        };
        let failed = read_picture(&picture(), 3, None, &recognisers, &OcrParams::default());
        let finding = failed.unwrap_err();
        assert_eq!(finding.code, Code::OcrFailed);
        assert!(finding.message.contains("page 3"), "{finding:?}");
    }

    /// Reads every line as one character.
    struct Sure;

    impl Recogniser for Sure {
        fn name(&self) -> &str {
            "sure"
        }

        fn read(&self, _: &Gray) -> Result<Vec<ReadChar>, EngineError> {
            Ok(vec![ReadChar {
                candidates: vec![('目', 0.99)],
                start: 0.1,
                end: 0.9,
            }])
        }
    }

    /// What is said of the picture, and how often the detector was loaded, which cannot be.
    fn said(mode: DetectorMode, n_rules: usize) -> (Vec<Diagnostic>, usize) {
        let n_loads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&n_loads);
        let open = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Err(EngineError::Unlocked("tiny_det"))
        };
        let recognisers = Recognisers {
            first: Arc::new(Sure),
            second_look: None,
            detector: (mode != DetectorMode::Never).then(|| Arc::new(open) as OpenDetector),
        };
        let mut picture = picture();
        for k in 0..n_rules {
            let y = 300 + 200 * k;
            picture.rgb[y * 1200 + 100..y * 1200 + 1100].fill([0; 3]);
            picture.rgb[(y + 1) * 1200 + 100..(y + 1) * 1200 + 1100].fill([0; 3]);
        }
        let params = OcrParams {
            detector: mode,
            ..OcrParams::default()
        };
        let read = read_picture(&picture, 3, None, &recognisers, &params).unwrap();
        assert_eq!(read.page.glyphs.len(), 1);
        (read.findings, n_loads.load(Ordering::Relaxed))
    }

    #[test]
    fn a_detector_that_cannot_be_had_is_said_and_the_page_is_read() {
        let (findings, n_loads) = said(DetectorMode::Auto, 0);
        assert_eq!((findings.len(), n_loads), (1, 1));
        assert_eq!(findings[0].severity, Severity::Warning);
        assert!(findings[0].message.starts_with("page 3: not looked for"));
    }

    #[test]
    fn a_detector_is_loaded_where_it_is_needed_only() {
        assert_eq!(said(DetectorMode::Auto, 5), (vec![], 0));
        assert_eq!(said(DetectorMode::Always, 5).1, 1);
        assert_eq!(said(DetectorMode::Never, 0), (vec![], 0));
    }
}
