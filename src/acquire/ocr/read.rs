//! Reading: pictures become pages, with the models that are there.
//!
//! In: pictures of pages. Out: [`Page`]s, or why there are none. Never: an empty page where recognition was not possible.

use std::path::PathBuf;
use std::sync::Arc;

use super::engine::{Dictionary, EngineError, Recogniser, Recognisers};
use super::geometry::{GeometryParams, find_geometry};
use super::models::directory;
use super::page::{Readers, read_page};
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
    /// Folder of the models; `None` for the usual one.
    pub models: Option<PathBuf>,
    /// How rules and lines are found.
    pub geometry: GeometryParams,
    /// What pictures may cost.
    pub limits: PictureLimits,
    /// Models that are loaded, shared by all clones.
    pub recognisers: Arc<Recognisers>,
}

impl PartialEq for OcrParams {
    /// Which models are loaded makes no difference.
    fn eq(&self, other: &Self) -> bool {
        (self.mode, &self.models, &self.geometry, &self.limits)
            == (other.mode, &other.models, &other.geometry, &other.limits)
    }
}

/// The recognisers of a run: the first, and the second look where the first is unsure.
#[derive(Debug)]
pub struct Engines {
    first: Arc<dyn Recogniser>,
    second_look: Arc<dyn Recogniser>,
}

impl Engines {
    /// Loads the models where they are not loaded yet.
    ///
    /// # Errors
    /// `OCR_MODEL_MISSING` with the command that helps.
    pub fn open(params: &OcrParams) -> Result<Self, Diagnostic> {
        let missing = |why: String| {
            let help = "`jixiao models install` puts the models in place";
            Diagnostic::new(Code::OcrModelMissing, "", format!("{why}; {help}"))
        };
        let folder = match &params.models {
            Some(folder) => folder.clone(),
            None => directory().map_err(|error| missing(error.to_string()))?,
        };
        let open =
            |model: &str, dictionary: Option<&str>| -> Result<Arc<dyn Recogniser>, EngineError> {
                let dictionary = dictionary.map(|name| folder.join(name));
                let dictionary = dictionary
                    .as_deref()
                    .map_or(Dictionary::Metadata, Dictionary::File);
                Ok(params.recognisers.open(&folder.join(model), dictionary)?)
            };
        let first = open("ppocrv6_tiny_rec.onnx", Some("ppocrv6_tiny_dict.txt"));
        let second_look = open("ppocrv6_small_rec.onnx", None);
        match (first, second_look) {
            (Ok(first), Ok(second_look)) => Ok(Self { first, second_look }),
            (Err(error), _) | (_, Err(error)) => Err(missing(error.to_string())),
        }
    }
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
    engines: &Engines,
    params: &OcrParams,
) -> Result<ReadPicture, Diagnostic> {
    let geometry = find_geometry(picture, &params.geometry);
    let readers = Readers {
        first: &*engines.first,
        second_look: Some(&*engines.second_look),
    };
    match read_page(picture, &geometry, number, size, &readers) {
        Ok(page) => Ok(ReadPicture { page, geometry }),
        Err(error) => Err(Diagnostic::new(
            Code::OcrFailed,
            "",
            format!("page {number}: {error}"),
        )),
    }
}
