//! PP-OCR recognisers: pictures of height 48, CTC; classes are a blank, the dictionary and a space.
//!
//! What runs the model is a [`Runtime`]; what it is given and what is made of its scores is the same for all of them.

use std::fmt;

use super::{EngineError, Recogniser, ctc, input};
use crate::acquire::ocr::{Gray, ReadChar};

/// Why a runtime failed, in its own words.
pub(super) type Reason = Box<dyn std::error::Error + Send + Sync>;

/// Size of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Runs a model on one thread.
pub(super) trait Runtime: Send + Sync {
    /// Runs the model on a picture of shape 1 × 3 × `height` × `width` and gives the shape of its first output and its
    /// values, row by row, to `take`.
    fn run(
        &self,
        picture: Vec<f32>,
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

    /// Runs the model on one piece of a line.
    fn read_piece(&self, piece: &input::Piece) -> Result<Vec<ReadChar>, EngineError> {
        let expected = self.characters.len() + 1;
        let mut read = Err(EngineError::Classes {
            name: self.name.clone(),
            given: 0,
            expected,
        });
        let mut take = |shape: &[usize], scores: &[f32]| {
            read = match shape {
                [1, _, n_classes] if *n_classes == expected => {
                    Ok(ctc::decode(scores, *n_classes, &self.characters))
                }
                _ => Err(EngineError::Classes {
                    name: self.name.clone(),
                    given: shape.last().copied().unwrap_or_default(),
                    expected,
                }),
            };
        };
        let size = Size {
            width: piece.padded_width,
            height: input::HEIGHT,
        };
        self.runtime
            .run(piece.to_planes(), size, &mut take)
            .map_err(|source| EngineError::Run {
                name: self.name.clone(),
                source,
            })?;
        // From the padded picture to the piece, and from the piece to the line.
        let n_padded = piece.padded_width as f32;
        let to_line = |at: f32| {
            let in_piece = (at * n_padded).min(piece.width as f32);
            ((piece.left as f32 + in_piece) / piece.line_width as f32).min(1.0)
        };
        Ok(read?
            .into_iter()
            .map(|ch| ReadChar {
                start: to_line(ch.start),
                end: to_line(ch.end),
                ..ch
            })
            .collect())
    }
}

impl Recogniser for PpOcr {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, line: &Gray) -> Result<Vec<ReadChar>, EngineError> {
        let mut read = Vec::new();
        for piece in input::pieces(line) {
            read.extend(self.read_piece(&piece)?);
        }
        Ok(read)
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
            picture: Vec<f32>,
            size: Size,
            take: &mut dyn FnMut(&[usize], &[f32]),
        ) -> Result<(), Reason> {
            assert_eq!(picture.len(), 3 * input::HEIGHT * size.width);
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
}
