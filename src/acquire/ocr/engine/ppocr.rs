//! PP-OCR recognisers: pictures of height 48, CTC; classes are a blank, the dictionary and a space.
//!
//! What runs the model is a [`Runtime`]; what it is given and what is made of its scores is the same for all of them.

use std::fmt;

use super::input::{self, Piece};
use super::{EngineError, Recogniser, ctc};
use crate::acquire::ocr::{Gray, ReadChar};

/// Why a runtime failed, in its own words.
pub(super) type Reason = Box<dyn std::error::Error + Send + Sync>;

/// How many pictures there are, and the size of each, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) count: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Runs a model on one thread.
pub(super) trait Runtime: Send + Sync {
    /// Runs the model on pictures of shape `count` × 3 × `height` × `width` and gives the shape of its first output and
    /// its values, row by row, to `take`.
    fn run(
        &self,
        pictures: Vec<f32>,
        size: Size,
        take: &mut dyn FnMut(&[usize], &[f32]),
    ) -> Result<(), Reason>;

    /// What the model's metadata has under `character`.
    fn metadata_characters(&self) -> Option<String>;
}

/// A PP-OCR recogniser.
pub(super) struct PpOcr {
    name: String,
    runtime: Box<dyn Runtime>,
    /// The character of each class but the blank.
    characters: Vec<char>,
}

impl fmt::Debug for PpOcr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PpOcr")
            .field("name", &self.name)
            .field("n_characters", &self.characters.len())
            .finish_non_exhaustive()
    }
}

impl PpOcr {
    /// A model that is loaded, with its dictionary: UTF-8, one character a line, nothing trimmed. Without one the
    /// model's metadata has it, under `character`.
    ///
    /// # Errors
    ///
    /// A dictionary that is none. Whether it belongs to the model shows at the first line.
    pub(super) fn new(
        name: &str,
        runtime: Box<dyn Runtime>,
        dictionary: Option<&str>,
    ) -> Result<Self, EngineError> {
        let of_model = match dictionary {
            Some(_) => None,
            None => Some(
                runtime
                    .metadata_characters()
                    .ok_or_else(|| EngineError::NoDictionary(name.to_owned()))?,
            ),
        };
        let text = dictionary.or(of_model.as_deref()).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            characters: characters(name, text)?,
            runtime,
        })
    }

    /// Runs the model on pieces of lines whose pictures are equally wide, at least one.
    fn read_pieces(&self, pieces: &[&Piece]) -> Result<Vec<Vec<ReadChar>>, EngineError> {
        let expected = self.characters.len() + 1;
        let mut read = Err(EngineError::Classes {
            name: self.name.clone(),
            given: 0,
            expected,
        });
        let mut take = |shape: &[usize], scores: &[f32]| {
            read = match shape {
                [count, n_steps, n_classes]
                    if *n_classes == expected && *count == pieces.len() && *n_steps > 0 =>
                {
                    let steps = scores.chunks_exact(n_steps * n_classes);
                    Ok(steps
                        .zip(pieces)
                        .map(|(steps, piece)| {
                            let chars = ctc::decode(steps, *n_classes, &self.characters);
                            piece.on_line(chars)
                        })
                        .collect())
                }
                _ => Err(EngineError::Classes {
                    name: self.name.clone(),
                    given: shape.last().copied().unwrap_or_default(),
                    expected,
                }),
            };
        };
        let size = Size {
            count: pieces.len(),
            width: pieces[0].padded_width,
            height: input::HEIGHT,
        };
        let planes: Vec<Vec<f32>> = pieces.iter().map(|piece| piece.to_planes()).collect();
        let pictures = planes.concat();
        self.runtime
            .run(pictures, size, &mut take)
            .map_err(|source| EngineError::Run {
                name: self.name.clone(),
                source,
            })?;
        read
    }
}

/// Width of the pictures of one run together, in pixels: a run has a cost of its own, which short lines share, and what it
/// needs of memory grows with this.
const RUN_WIDTH: usize = 800;

impl Recogniser for PpOcr {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, line: &Gray) -> Result<Vec<ReadChar>, EngineError> {
        Ok(self.read_all(&[line])?.pop().unwrap_or_default())
    }

    fn read_all(&self, lines: &[&Gray]) -> Result<Vec<Vec<ReadChar>>, EngineError> {
        let pieces_of = |(idx, line): (usize, &&Gray)| {
            let pieces = input::pieces(line).into_iter();
            pieces.map(move |piece| (idx, piece)).collect::<Vec<_>>()
        };
        let mut pieces: Vec<(usize, Piece)> =
            lines.iter().enumerate().flat_map(pieces_of).collect();
        pieces.sort_by_key(|(_, piece)| piece.padded_width);
        let mut read: Vec<Vec<(usize, Vec<ReadChar>)>> = vec![Vec::new(); lines.len()];
        for same in pieces.chunk_by(|a, b| a.1.padded_width == b.1.padded_width) {
            for run in same.chunks((RUN_WIDTH / same[0].1.padded_width).max(1)) {
                let of_run: Vec<&Piece> = run.iter().map(|(_, piece)| piece).collect();
                for ((idx, piece), chars) in run.iter().zip(self.read_pieces(&of_run)?) {
                    read[*idx].push((piece.left, chars));
                }
            }
        }
        let in_order = |mut pieces: Vec<(usize, Vec<ReadChar>)>| {
            pieces.sort_by_key(|(left, _)| *left);
            pieces.into_iter().flat_map(|(_, chars)| chars).collect()
        };
        Ok(read.into_iter().map(in_order).collect())
    }
}

/// The characters of the lines of a dictionary, and the space behind them.
///
/// Only line ends are taken off: U+3000 may be a line.
fn characters(name: &str, text: &str) -> Result<Vec<char>, EngineError> {
    let mut characters = Vec::new();
    for (idx, line) in text.split_terminator('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut chars = line.chars();
        match (chars.next(), chars.next()) {
            (Some(ch), None) => characters.push(ch),
            _ => {
                return Err(EngineError::BadDictionary {
                    name: name.to_owned(),
                    line: idx + 1,
                    n_chars: line.chars().count(),
                });
            }
        }
    }
    characters.push(' ');
    Ok(characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives scores of a shape, all zero.
    struct Zeros(Vec<usize>);

    impl Runtime for Zeros {
        fn run(
            &self,
            pictures: Vec<f32>,
            size: Size,
            take: &mut dyn FnMut(&[usize], &[f32]),
        ) -> Result<(), Reason> {
            assert_eq!(pictures.len(), size.count * 3 * input::HEIGHT * size.width);
            take(&self.0, &vec![0.0; self.0.iter().product()]);
            Ok(())
        }

        fn metadata_characters(&self) -> Option<String> {
            None
        }
    }

    #[test]
    fn lines_of_a_dictionary_are_not_trimmed() {
        let read = characters("m", "一\r\n\u{3000}\n%").unwrap();
        assert_eq!(read, ['一', '\u{3000}', '%', ' ']);
    }

    #[test]
    fn a_line_of_a_dictionary_is_one_character() {
        for (text, line, n_chars) in [("一\n\n二", 2, 0), ("一二\n", 1, 2)] {
            let error = characters("m", text).unwrap_err();
            let expected = format!(
                "line {line} of the dictionary of m holds {n_chars} characters, expected 1"
            );
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_model_without_characters_is_an_error() {
        let error = PpOcr::new("m", Box::new(Zeros(vec![])), None).unwrap_err();
        assert!(matches!(error, EngineError::NoDictionary(_)), "{error}");
    }

    #[test]
    fn a_model_and_a_dictionary_that_do_not_belong_together_are_an_error() {
        let check = |shape: &[usize], expected: &str| {
            let model = PpOcr::new("m", Box::new(Zeros(shape.to_vec())), Some("一\n二")).unwrap();
            let read = model.read(&Gray::filled(40, 48, 255));
            let given = read.map_or_else(|error| error.to_string(), |read| format!("{read:?}"));
            assert_eq!(given, expected);
        };
        check(&[1, 5, 4], "[]");
        check(&[1, 5, 5], "m gives 5 classes, its dictionary makes 4");
        check(&[2, 5, 4], "m gives 4 classes, its dictionary makes 4");
        check(&[], "m gives 0 classes, its dictionary makes 4");
    }

    /// Sees `一` in pictures of 96 pixels and `二` in wider ones, and keeps how many it was given at a time.
    struct ByWidth(std::sync::Arc<std::sync::Mutex<Vec<usize>>>);

    impl Runtime for ByWidth {
        fn run(
            &self,
            _: Vec<f32>,
            size: Size,
            take: &mut dyn FnMut(&[usize], &[f32]),
        ) -> Result<(), Reason> {
            self.0.lock().unwrap().push(size.count);
            let step = if size.width == 96 {
                [0.0, 1.0, 0.0, 0.0]
            } else {
                [0.0, 0.0, 1.0, 0.0]
            };
            take(&[size.count, 1, 4], &step.repeat(size.count));
            Ok(())
        }

        fn metadata_characters(&self) -> Option<String> {
            None
        }
    }

    #[test]
    fn lines_of_one_width_are_read_together_and_keep_their_order() {
        let counts = std::sync::Arc::default();
        let runtime = ByWidth(std::sync::Arc::clone(&counts));
        let model = PpOcr::new("m", Box::new(runtime), Some("一\n二")).unwrap();
        let lines = [200, 40, 300, 40, 200, 40].map(|width| Gray::filled(width, 48, 255));
        let read = model.read_all(&lines.each_ref()).unwrap();
        let text: Vec<char> = read.iter().map(|chars| chars[0].candidates[0].0).collect();
        assert_eq!(text, ['二', '一', '二', '一', '二', '一']);
        assert_eq!(*counts.lock().unwrap(), [3, 2, 1]);
    }
}
