//! Recordings: what a page draws, as far as a picture of it needs to know.
//! In: images and paths while a page is interpreted. Out: [`Recording`]. Never: decodes an image that can wait.

use hayro_syntax::object::{Dict, Stream};

use super::matrix::Matrix;
use super::paint::Paint;
use super::scan::raster::{Budget, ImageFault, Raster, decode_image};
use crate::model::BBox;

/// Where an image is drawn, and how.
#[derive(Debug, Clone)]
pub(super) struct ImagePlacement<'a> {
    /// From the unit square to page space.
    pub(super) to_page: Matrix,
    /// Clip box, page space.
    pub(super) clip: BBox,
    /// The fill colour, for stencils; `None` where it is not known.
    pub(super) fill: Option<[u8; 3]>,
    /// Named colour spaces.
    pub(super) spaces: Dict<'a>,
}

/// An image that is drawn.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    /// Width and height in pixels, as its dictionary says; a mask of its own may be larger.
    pub(super) size: (u32, u32),
    /// Where.
    pub(super) placement: ImagePlacement<'a>,
    /// What.
    pub(super) image: PlacedImage<'a>,
}

/// An image, decoded or not.
#[derive(Debug)]
pub(super) enum PlacedImage<'a> {
    /// An object of the file.
    Object(Stream<'a>),
    /// An inline image; its bytes do not outlive the content stream.
    Inline(Result<Raster, ImageFault>),
}

/// What a page draws, in order.
#[derive(Debug)]
pub(super) struct Recording<'a> {
    /// Images, the lowest first.
    pub(super) images: Vec<Placed<'a>>,
    /// Images beyond the limit.
    pub(super) n_left_out: u64,
    /// Something visible was drawn that images alone do not show.
    pub(super) needs_rendering: bool,
    /// What decoding may still cost.
    pub(super) budget: Budget,
    max_images: usize,
}

impl<'a> Recording<'a> {
    /// Nothing drawn yet.
    pub(super) fn new(max_images: usize, budget: Budget) -> Self {
        Self {
            images: Vec::new(),
            n_left_out: 0,
            needs_rendering: false,
            budget,
            max_images,
        }
    }

    /// Notes an image that is an object of the file.
    pub(super) fn push(&mut self, stream: &Stream<'a>, placement: ImagePlacement<'a>) {
        if self.is_full() {
            return;
        }
        self.images.push(Placed {
            size: size_of(stream),
            placement,
            image: PlacedImage::Object(stream.clone()),
        });
    }

    /// Notes an inline image.
    pub(super) fn push_inline(&mut self, stream: &Stream<'_>, placement: ImagePlacement<'a>) {
        if self.is_full() {
            return;
        }
        let raster = decode_image(stream, &placement.spaces, placement.fill, &mut self.budget);
        self.images.push(Placed {
            size: size_of(stream),
            placement,
            image: PlacedImage::Inline(raster),
        });
    }

    fn is_full(&mut self) -> bool {
        let is_full = self.images.len() >= self.max_images;
        self.n_left_out += u64::from(is_full);
        is_full
    }

    /// Notes a path that is painted: a visible one must be rendered, and so must one that covers an image.
    pub(super) fn note_path(&mut self, bbox: &BBox, clip: &BBox, paint: &Paint) {
        let is_seen = paint.is_visible() || !paint.transparent && !self.images.is_empty();
        let touches = bbox.left <= clip.right
            && bbox.right >= clip.left
            && bbox.top <= clip.bottom
            && bbox.bottom >= clip.top;
        self.needs_rendering |= is_seen && touches;
    }
}

/// Width and height of an image as its dictionary says, the larger one of its own and its mask's; 0 where it says nothing.
fn size_of(stream: &Stream<'_>) -> (u32, u32) {
    let side = |dict: &Dict<'_>, long: &[u8], short: &[u8]| {
        dict.get::<u32>(long)
            .or_else(|| dict.get::<u32>(short))
            .unwrap_or(0)
    };
    let size = |dict: &Dict<'_>| (side(dict, b"Width", b"W"), side(dict, b"Height", b"H"));
    let own = size(stream.dict());
    let mask = [&b"SMask"[..], b"Mask"]
        .iter()
        .find_map(|key| stream.dict().get::<Stream<'_>>(*key));
    mask.map_or(own, |mask| {
        let mask = size(mask.dict());
        (own.0.max(mask.0), own.1.max(mask.1))
    })
}
