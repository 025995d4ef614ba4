//! Colour spaces of images: samples become red, green and blue.
//! In: /ColorSpace. Out: [`Space`]. Never: evaluates a function or a profile; a space that needs one is left to the renderer.

use hayro_syntax::object::{Array, Dict, Object, Stream, String as PdfString};

use super::super::decode::decode_stream;
use super::raster::ImageFault;

/// Spaces inside spaces.
const MAX_DEPTH: usize = 4;
/// Colours of an indexed space.
const MAX_COLOURS: usize = 256;

/// A colour space by what its components mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Space {
    /// One component, the most is white.
    Gray,
    /// Three components.
    Rgb,
    /// Four components, the most is ink.
    Cmyk,
    /// One component of black ink.
    Black,
    /// One component that names a colour.
    Indexed(Vec<[u8; 3]>),
}

impl Space {
    /// Components of a pixel.
    pub(super) fn n_components(&self) -> usize {
        match self {
            Self::Gray | Self::Black | Self::Indexed(_) => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }

    /// The device space of so many components.
    pub(super) fn of_components(n: usize) -> Option<Self> {
        match n {
            1 => Some(Self::Gray),
            3 => Some(Self::Rgb),
            4 => Some(Self::Cmyk),
            _ => None,
        }
    }

    /// The colour of components scaled to 0 to 255; for an indexed space the component is the index.
    pub(super) fn rgb(&self, components: &[u8]) -> [u8; 3] {
        match (self, components) {
            (Self::Gray, [gray, ..]) => [*gray; 3],
            (Self::Black, [ink, ..]) => [255 - ink; 3],
            (Self::Indexed(colours), [index, ..]) => colours
                .get(usize::from(*index))
                .or(colours.last())
                .copied()
                .unwrap_or([255; 3]),
            (Self::Rgb, [r, g, b, ..]) => [*r, *g, *b],
            (Self::Cmyk, [c, m, y, k, ..]) => cmyk_to_rgb([*c, *m, *y, *k]),
            _ => [255; 3],
        }
    }
}

fn cmyk_to_rgb([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let light = |ink: u8| {
        let product = u16::from(255 - ink) * u16::from(255 - k);
        u8::try_from((product + 127) / 255).unwrap_or(255)
    };
    [light(c), light(m), light(y)]
}

/// The colour space of an image; names are looked up in the resources.
///
/// # Errors
/// [`ImageFault::Unsupported`] for spaces that need a function or a profile, [`ImageFault::Damaged`] where it makes no sense.
pub(super) fn space_of(
    space: &Object<'_>,
    named: &Dict<'_>,
    depth: usize,
) -> Result<Space, ImageFault> {
    if depth > MAX_DEPTH {
        return Err(ImageFault::Damaged);
    }
    match space {
        Object::Name(name) => match name.as_ref() {
            b"DeviceGray" | b"CalGray" | b"G" => Ok(Space::Gray),
            b"DeviceRGB" | b"CalRGB" | b"RGB" => Ok(Space::Rgb),
            b"DeviceCMYK" | b"CMYK" => Ok(Space::Cmyk),
            other => match named.get::<Object<'_>>(other) {
                Some(found) => space_of(&found, named, depth + 1),
                None => Err(ImageFault::Unsupported("an unknown colour space")),
            },
        },
        Object::Array(array) => space_of_array(array, named, depth),
        _ => Err(ImageFault::Damaged),
    }
}

fn space_of_array(array: &Array<'_>, named: &Dict<'_>, depth: usize) -> Result<Space, ImageFault> {
    let mut items = array.iter::<Object<'_>>();
    let Some(Object::Name(family)) = items.next() else {
        return Err(ImageFault::Damaged);
    };
    match family.as_ref() {
        b"ICCBased" => {
            let Some(Object::Stream(profile)) = items.next() else {
                return Err(ImageFault::Damaged);
            };
            let n = profile.dict().get::<usize>(b"N");
            if let Some(space) = n.and_then(Space::of_components) {
                return Ok(space);
            }
            match profile.dict().get::<Object<'_>>(b"Alternate") {
                Some(alternate) => space_of(&alternate, named, depth + 1),
                None => Err(ImageFault::Damaged),
            }
        }
        b"Indexed" | b"I" => {
            let base = items.next().ok_or(ImageFault::Damaged)?;
            let base = space_of(&base, named, depth + 1)?;
            let _hival = items.next();
            let table = match items.next() {
                Some(Object::String(text)) => table_of_string(&text),
                Some(Object::Stream(stream)) => table_of_stream(&stream)?,
                _ => return Err(ImageFault::Damaged),
            };
            if matches!(base, Space::Indexed(_)) {
                return Err(ImageFault::Damaged);
            }
            let colours = table
                .chunks_exact(base.n_components())
                .take(MAX_COLOURS)
                .map(|components| base.rgb(components))
                .collect();
            Ok(Space::Indexed(colours))
        }
        b"Separation" => match items.next() {
            Some(Object::Name(ink)) if matches!(ink.as_ref(), b"Black" | b"All") => {
                Ok(Space::Black)
            }
            _ => Err(ImageFault::Unsupported("a colour space of inks")),
        },
        b"DeviceN" | b"Lab" | b"Pattern" => {
            Err(ImageFault::Unsupported("a colour space of functions"))
        }
        _ => space_of(&Object::Name(family), named, depth + 1),
    }
}

fn table_of_string(text: &PdfString<'_>) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn table_of_stream(stream: &Stream<'_>) -> Result<Vec<u8>, ImageFault> {
    /// Bytes of a table of 256 colours with many more components than there can be.
    const MAX_TABLE_BYTES: usize = 64 << 10;
    decode_stream(stream, MAX_TABLE_BYTES)
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| ImageFault::Damaged)
}

/// The value of a component as its /Decode entry maps it, 0 to 255 over `low..high` of 0.0 to 1.0.
pub(super) fn decoded(raw: u32, top: u32, low: f32, high: f32) -> f32 {
    low + raw as f32 * (high - low) / top.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::{Space, space_of};
    use hayro_syntax::object::{Dict, Name, Object};

    #[test]
    fn ink_is_dark() {
        assert_eq!(Space::Cmyk.rgb(&[0, 0, 0, 255]), [0; 3]);
        assert_eq!(Space::Cmyk.rgb(&[0, 0, 0, 0]), [255; 3]);
        assert_eq!(Space::Cmyk.rgb(&[0, 255, 255, 0]), [255, 0, 0]);
        assert_eq!(Space::Black.rgb(&[255]), [0; 3]);
    }

    #[test]
    fn an_index_behind_the_table_takes_its_last_colour() {
        let space = Space::Indexed(vec![[1; 3], [2; 3]]);
        assert_eq!(space.rgb(&[1]), [2; 3]);
        assert_eq!(space.rgb(&[9]), [2; 3]);
    }

    #[test]
    fn abbreviated_names_are_known() {
        let name = |name| Object::Name(Name::new_unescaped(name));
        assert_eq!(space_of(&name(b"G"), &Dict::empty(), 0), Ok(Space::Gray));
        assert_eq!(space_of(&name(b"CMYK"), &Dict::empty(), 0), Ok(Space::Cmyk));
    }
}
