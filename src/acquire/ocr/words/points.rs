//! Places in JSON: pairs, objects of x and y, or numbers in a row.
//!
//! In: any JSON value. Out: points, or none where it is no place. Never: fails on a value, holds more than a few points.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Quad;

/// Points that a value gives: `[[x, y], …]`, `[{"x": x, "y": y}, …]`, `[x, y, x, y, …]`, or an object of `Left`, `Top`,
/// `Width` and `Height` in any case. Empty where it is something else.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Points(pub(super) Vec<(f32, f32)>);

impl Points {
    /// The place; `None` where there is none. Two points are corners of a box.
    pub(super) fn quad(&self) -> Option<Quad> {
        Quad::from_points(&self.0)
    }
}

/// More points than this are no outline of a text.
const MOST_POINTS: usize = 1_000;

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(PieceVisitor { depth: 0 })? {
            Piece::Many(pieces) => Ok(points_of(&pieces)),
            Piece::Box(left, top, width, height) => {
                Ok(Self(vec![(left, top), (left + width, top + height)]))
            }
            _ => Ok(Self::default()),
        }
    }
}

fn points_of(pieces: &[Piece]) -> Points {
    let numbers: Option<Vec<f32>> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    if let Some(numbers) = numbers {
        return Points(match numbers.len() % 2 {
            0 => numbers.chunks_exact(2).map(|c| (c[0], c[1])).collect(),
            _ => Vec::new(),
        });
    }
    let points: Option<Vec<(f32, f32)>> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Point(x, y) => Some((*x, *y)),
            Piece::Many(pair) => match pair[..] {
                [Piece::Number(x), Piece::Number(y)] => Some((x, y)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    Points(points.unwrap_or_default())
}

/// A JSON value as far as it can be part of a place.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Number(f32),
    Point(f32, f32),
    Box(f32, f32, f32, f32),
    Many(Vec<Piece>),
    Other,
}

struct PieceVisitor {
    depth: usize,
}

impl<'de> serde::de::DeserializeSeed<'de> for PieceVisitor {
    type Value = Piece;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Piece, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PieceVisitor {
    type Value = Piece;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a place on a page")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Piece, E> {
        Ok(Piece::Other)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Piece, E> {
        Ok(Piece::Number(value as f32))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Piece, E> {
        Ok(Piece::Number(value as f32))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Piece, E> {
        Ok(Piece::Number(value as f32))
    }

    fn visit_str<E>(self, text: &str) -> Result<Piece, E> {
        Ok(super::collect::number(text).map_or(Piece::Other, Piece::Number))
    }

    fn visit_unit<E>(self) -> Result<Piece, E> {
        Ok(Piece::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Piece, A::Error> {
        let mut pieces = Vec::new();
        if self.depth < 2 {
            while pieces.len() < MOST_POINTS {
                let inner = PieceVisitor {
                    depth: self.depth + 1,
                };
                match seq.next_element_seed(inner)? {
                    Some(piece) => pieces.push(piece),
                    None => return Ok(Piece::Many(pieces)),
                }
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Piece::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Piece, A::Error> {
        let mut found: [Option<f32>; 6] = [None; 6];
        while let Some(key) = map.next_key::<String>()? {
            let names = ["x", "y", "left", "top", "width", "height"];
            let name = names.iter().position(|n| key.eq_ignore_ascii_case(n));
            match name {
                Some(name) if self.depth < 2 => {
                    let inner = PieceVisitor {
                        depth: self.depth + 1,
                    };
                    if let Piece::Number(number) = map.next_value_seed(inner)? {
                        found[name] = Some(number);
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(match found {
            [_, _, Some(left), Some(top), Some(width), Some(height)] => {
                Piece::Box(left, top, width, height)
            }
            [Some(x), Some(y), ..] => Piece::Point(x, y),
            _ => Piece::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[(f32, f32)]) {
        assert_eq!(
            serde_json::from_str::<Points>(json).unwrap().0,
            expected,
            "{json}"
        );
    }

    #[test]
    fn places_have_many_shapes() {
        let corners = [(1.0, 2.0), (3.0, 4.0)];
        check("[[1, 2], [3, 4.0]]", &corners);
        check("[1, 2, 3, 4]", &corners);
        check("[\"1\", \"2\", \"3\", \"4\"]", &corners);
        check("[{\"X\": 1, \"Y\": 2}, {\"x\": 3, \"y\": 4}]", &corners);
        check(
            "{\"Width\": 2, \"Height\": 2, \"Left\": 1, \"Top\": 2}",
            &corners,
        );
    }

    #[test]
    fn what_is_no_place_has_no_points() {
        for json in [
            "null",
            "1",
            "[1, 2, 3]",
            "[[1]]",
            "{}",
            "\"1\"",
            "[[[1, 2]]]",
            "[[1, 2], 3]",
            "true",
        ] {
            check(json, &[]);
        }
        check(&format!("[{}1]", "1,".repeat(5_000)), &[]);
    }
}
