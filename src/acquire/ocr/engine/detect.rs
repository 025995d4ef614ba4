//! A detector of text: a whole page, made smaller, becomes a map of how probably each pixel is of text, and the map boxes.
//!
//! The model marks the core of a line of text; boxes are widened from it as PP-OCR does (DB: differentiable binarisation).

use std::fmt;

use super::input::{Sheet, sheet};
use super::ppocr::{Runtime, Size};
use super::{Detected, Detector, EngineError};
use crate::acquire::ocr::Gray;

/// Size of characters on the picture that the model is given, pixels.
const EM: f32 = 9.0;
/// Longest side of that picture, pixels.
const MAX_SIDE: usize = 1_600;
/// Probability from which on a pixel is of text.
const TEXT: f32 = 0.3;
/// By how much a core is widened: this share of its area, for each pixel of its edge.
const WIDENED: f32 = 1.6;
/// Smallest side of a core, pixels of the map.
const MIN_SIDE: usize = 2;

/// A PP-OCR detector.
pub(super) struct DbDetector {
    name: String,
    runtime: Box<dyn Runtime>,
}

impl fmt::Debug for DbDetector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DbDetector")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl DbDetector {
    /// A model that is loaded.
    pub(super) fn new(name: &str, runtime: Box<dyn Runtime>) -> Self {
        Self {
            name: name.to_owned(),
            runtime,
        }
    }
}

impl Detector for DbDetector {
    fn name(&self) -> &str {
        &self.name
    }

    fn find(&self, page: &Gray, em: f32) -> Result<Vec<Detected>, EngineError> {
        let Some(sheet) = sheet(page, EM / em.max(1.0), MAX_SIDE) else {
            return Ok(Vec::new());
        };
        let mut found = Err(EngineError::NoMap {
            name: self.name.clone(),
        });
        let mut take = |shape: &[usize], map: &[f32]| {
            if shape == [1, 1, sheet.height, sheet.width] && map.len() == sheet.width * sheet.height
            {
                found = Ok(boxes(map, &sheet, page));
            }
        };
        let size = Size {
            count: 1,
            width: sheet.width,
            height: sheet.height,
        };
        self.runtime
            .run(sheet.to_planes(), size, &mut take)
            .map_err(|source| EngineError::Run {
                name: self.name.clone(),
                source,
            })?;
        found
    }
}

/// The boxes of a map, on the page.
fn boxes(map: &[f32], sheet: &Sheet, page: &Gray) -> Vec<Detected> {
    let across = page.width as f32 / sheet.width as f32;
    let down = page.height as f32 / sheet.height as f32;
    let widened = |core: &Core| {
        let (width, height) = (core.right - core.left, core.bottom - core.top);
        if width.min(height) < MIN_SIDE {
            return None;
        }
        let by = WIDENED * (width * height) as f32 / (2 * (width + height)) as f32;
        Some(Detected {
            left: ((core.left as f32 - by) * across).max(0.0),
            top: ((core.top as f32 - by) * down).max(0.0),
            right: ((core.right as f32 + by) * across).min(page.width as f32),
            bottom: ((core.bottom as f32 + by) * down).min(page.height as f32),
            score: (core.sum / core.n.max(1) as f64) as f32,
        })
    };
    let cores = cores(map, sheet.width);
    cores.iter().filter_map(widened).collect()
}

/// Pixels of text that hang together.
#[derive(Debug, Clone, PartialEq)]
struct Core {
    left: usize,
    top: usize,
    /// Behind the last column.
    right: usize,
    /// Below the last row.
    bottom: usize,
    /// Sum of their probabilities.
    sum: f64,
    n: usize,
}

/// The cores of a map, from top to bottom by their first pixel.
fn cores(map: &[f32], width: usize) -> Vec<Core> {
    let mut is_open: Vec<bool> = map.iter().map(|probability| *probability > TEXT).collect();
    let mut cores = Vec::new();
    let mut stack = Vec::new();
    for first in 0..map.len() {
        if !std::mem::take(&mut is_open[first]) {
            continue;
        }
        let mut core = Core {
            left: usize::MAX,
            top: usize::MAX,
            right: 0,
            bottom: 0,
            sum: 0.0,
            n: 0,
        };
        stack.push(first);
        while let Some(at) = stack.pop() {
            let (x, y) = (at % width, at / width);
            core.left = core.left.min(x);
            core.top = core.top.min(y);
            core.right = core.right.max(x + 1);
            core.bottom = core.bottom.max(y + 1);
            core.sum += f64::from(map[at]);
            core.n += 1;
            let mut visit = |to: usize| {
                if std::mem::take(&mut is_open[to]) {
                    stack.push(to);
                }
            };
            if x > 0 {
                visit(at - 1);
            }
            if x + 1 < width {
                visit(at + 1);
            }
            if at >= width {
                visit(at - width);
            }
            if at + width < map.len() {
                visit(at + width);
            }
        }
        cores.push(core);
    }
    cores
}

#[cfg(test)]
mod tests {
    use super::super::ppocr::Reason;
    use super::*;

    /// Gives a map whose core of text is these columns and rows, or one of another shape.
    struct Map {
        core: (std::ops::Range<usize>, std::ops::Range<usize>),
        is_whole: bool,
    }

    impl Runtime for Map {
        fn run(
            &self,
            picture: Vec<f32>,
            size: Size,
            take: &mut dyn FnMut(&[usize], &[f32]),
        ) -> Result<(), Reason> {
            assert_eq!(picture.len(), 3 * size.width * size.height);
            assert_eq!((size.width % 32, size.height % 32), (0, 0));
            assert!(size.width.max(size.height) <= MAX_SIDE);
            let mut map = vec![0.1; size.width * size.height];
            for y in self.core.1.clone() {
                map[y * size.width..][self.core.0.clone()].fill(0.9);
            }
            let shape = [1, 1, size.height, size.width];
            take(if self.is_whole { &shape } else { &shape[1..] }, &map);
            Ok(())
        }

        fn metadata_characters(&self) -> Option<String> {
            None
        }
    }

    fn detector(
        core: (std::ops::Range<usize>, std::ops::Range<usize>),
        is_whole: bool,
    ) -> DbDetector {
        DbDetector::new("m", Box::new(Map { core, is_whole }))
    }

    #[test]
    fn a_core_becomes_a_wider_box_on_the_page() {
        // The picture that the model is given is half as large.
        let page = Gray::filled(640, 1280, 255);
        let found = detector((100..200, 50..60), true)
            .find(&page, 2.0 * EM)
            .unwrap();
        let [found] = found[..] else {
            panic!("{found:?}")
        };
        let by = 2.0 * WIDENED * 1000.0 / 220.0;
        assert!((found.left - (200.0 - by)).abs() < 0.01, "{found:?}");
        assert!((found.right - (400.0 + by)).abs() < 0.01);
        assert!((found.top - (100.0 - by)).abs() < 0.01);
        assert!((found.bottom - (120.0 + by)).abs() < 0.01);
        assert!((found.score - 0.9).abs() < 0.01);
    }

    #[test]
    fn a_page_of_any_size_is_looked_at() {
        let find = |width, height, em| {
            let page = Gray::filled(width, height, 255);
            detector((0..1, 0..1), true).find(&page, em).unwrap()
        };
        for (width, height, em) in [(0, 0, 0.0), (1, 1, 0.0), (9000, 20, 4.0), (3000, 50, 900.0)] {
            assert_eq!(find(width, height, em), [], "{width} {height} {em}");
        }
    }

    #[test]
    fn a_model_that_gives_no_map_is_an_error() {
        let error = detector((0..1, 0..1), false).find(&Gray::filled(64, 64, 255), EM);
        assert_eq!(error.unwrap_err().to_string(), "m gives no map of the page");
    }
}
