//! Colours, as far as it must be known whether something is printed at all.
//! In: colour operators. Out: whether a paint leaves a mark on white paper. Never: converts colours.

use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

/// Components at least this light are white, 0.0 to 1.0.
const WHITE: f64 = 0.98;

/// A colour space by the meaning of its components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// One component, 1 is white.
    Gray,
    /// Three components, all 1 is white.
    Rgb,
    /// Four components, all 0 is white.
    Cmyk,
    /// Tints: all 0 is no ink.
    Tint,
    /// Nothing is known about white.
    Other,
}

/// The current colour of fills or strokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paint {
    space: Space,
    white: bool,
    /// As red, green and blue, where the space says so without a function or a profile.
    rgb: Option<[u8; 3]>,
    /// Without opacity.
    pub(super) transparent: bool,
}

impl Paint {
    /// The colour at the start of a page.
    pub(super) const BLACK: Self = Self {
        space: Space::Gray,
        white: false,
        rgb: Some([0; 3]),
        transparent: false,
    };

    /// Whether it leaves a mark on white paper.
    pub(super) fn is_visible(&self) -> bool {
        !self.white && !self.transparent
    }

    /// Its colour, 0 to 255 each; `None` for patterns, tints and spaces that are not known.
    pub(super) fn rgb(&self) -> Option<[u8; 3]> {
        self.rgb
    }

    /// Sets space and colour at once (`g`, `rg`, `k`).
    pub(super) fn set(&mut self, space: Space, components: &[f64]) {
        self.space = space;
        self.white = is_white(space, components);
        self.rgb = rgb_of(space, components);
    }

    /// Sets the space alone (`cs`); the colour becomes its first one.
    pub(super) fn set_space(&mut self, name: Option<&Name<'_>>, spaces: &Dict<'_>) {
        let Some(name) = name else { return };
        self.white = false;
        self.rgb = None;
        self.space = match name.as_ref() {
            b"DeviceGray" | b"CalGray" | b"G" => Space::Gray,
            b"DeviceRGB" | b"CalRGB" | b"RGB" => Space::Rgb,
            b"DeviceCMYK" | b"CMYK" => Space::Cmyk,
            other => spaces
                .get::<Object<'_>>(other)
                .map_or(Space::Other, |space| space_of(&space)),
        };
        if matches!(self.space, Space::Gray | Space::Rgb | Space::Cmyk) {
            self.rgb = Some([0; 3]);
        }
    }

    /// Sets the components (`sc`, `scn`); a pattern is taken to be visible.
    pub(super) fn set_components(&mut self, components: &[f64], is_pattern: bool) {
        self.white = !is_pattern && is_white(self.space, components);
        self.rgb = if is_pattern {
            None
        } else {
            rgb_of(self.space, components)
        };
    }
}

fn space_of(space: &Object<'_>) -> Space {
    let array: &Array<'_> = match space {
        Object::Name(name) => {
            return match name.as_ref() {
                b"DeviceGray" | b"CalGray" => Space::Gray,
                b"DeviceRGB" | b"CalRGB" => Space::Rgb,
                b"DeviceCMYK" => Space::Cmyk,
                _ => Space::Other,
            };
        }
        Object::Array(array) => array,
        _ => return Space::Other,
    };
    let mut items = array.flex_iter();
    let Some(family) = items.next::<Name<'_>>() else {
        return Space::Other;
    };
    match family.as_ref() {
        b"ICCBased" => match items
            .next::<Stream<'_>>()
            .and_then(|profile| profile.dict().get::<i32>(b"N"))
        {
            Some(1) => Space::Gray,
            Some(3) => Space::Rgb,
            Some(4) => Space::Cmyk,
            _ => Space::Other,
        },
        b"CalGray" | b"DeviceGray" => Space::Gray,
        b"CalRGB" | b"DeviceRGB" => Space::Rgb,
        b"DeviceCMYK" => Space::Cmyk,
        b"Separation" | b"DeviceN" => Space::Tint,
        _ => Space::Other,
    }
}

fn rgb_of(space: Space, components: &[f64]) -> Option<[u8; 3]> {
    let byte = |n: f64| (n.clamp(0.0, 1.0) * 255.0).round() as u8;
    match (space, components) {
        (Space::Gray, [gray]) => Some([byte(*gray); 3]),
        (Space::Rgb, [r, g, b]) => Some([byte(*r), byte(*g), byte(*b)]),
        (Space::Cmyk, [c, m, y, k]) => {
            Some([c, m, y].map(|ink| byte((1.0 - ink.clamp(0.0, 1.0)) * (1.0 - k.clamp(0.0, 1.0)))))
        }
        _ => None,
    }
}

fn is_white(space: Space, components: &[f64]) -> bool {
    !components.is_empty()
        && match space {
            Space::Gray | Space::Rgb => components.iter().all(|&component| component >= WHITE),
            Space::Cmyk | Space::Tint => {
                components.iter().all(|&component| component <= 1.0 - WHITE)
            }
            Space::Other => false,
        }
}

#[cfg(test)]
mod tests {
    use super::{Paint, Space};

    fn check(space: Space, components: &[f64], visible: bool) {
        let mut paint = Paint::BLACK;
        paint.set(space, components);
        assert_eq!(paint.is_visible(), visible);
    }

    #[test]
    fn white_leaves_no_mark() {
        check(Space::Gray, &[1.0], false);
        check(Space::Rgb, &[1.0, 0.99, 1.0], false);
        check(Space::Cmyk, &[0.0, 0.0, 0.0, 0.0], false);
        check(Space::Tint, &[0.0], false);
    }

    #[test]
    fn light_gray_is_seen() {
        check(Space::Gray, &[0.85], true);
        check(Space::Rgb, &[1.0, 1.0, 0.0], true);
        check(Space::Cmyk, &[0.0, 0.0, 0.0, 0.1], true);
    }
}
