//! Layout: the glyphs and rulings of pages, or the lines of a text, become lines and tables of cells.
//!
//! In: [`Document`]. Out: [`Block`]s in reading order. Never: reads files; knows what a form is; drops a visible glyph.
//!
//! Each page goes through the same steps: two pages on one sheet are parted (`sheets`), rulings become grids (`lattice`), glyphs find their cells (`place`), what is
//! left becomes lines (`lines`), running headers and page numbers are told apart (`furniture`), lines that align in
//! columns become tables (`stream`), and tables that go on over a page break are joined (`pages`).

mod aligned;
mod assemble;
mod bands;
mod breaks;
mod columns;
mod delimited;
mod describe;
mod furniture;
mod lattice;
mod lines;
mod matching;
mod pages;
mod params;
mod place;
mod rules;
mod sheet;
mod sheets;
mod sides;
mod spaced;
mod stream;
mod unruled;

#[cfg(test)]
mod drawing;
#[cfg(test)]
mod invariants;

use crate::model::block::Block;
use crate::model::diagnostic::Diagnosed;
use crate::model::page::{Content, Document, Page};

pub use describe::describe;
pub use params::LayoutParams;

/// Lines and tables of a document, in reading order.
#[must_use]
pub fn layout(document: &Document, params: &LayoutParams) -> Diagnosed<Vec<Block>> {
    match &document.content {
        Content::Pages(pages) => layout_pages(pages, params),
        Content::Lines(lines) if spaced::is_laid_out(lines) => {
            Diagnosed::clean(spaced::layout_spaced(lines))
        }
        Content::Lines(lines) => Diagnosed::clean(delimited::layout_lines(lines)),
    }
}

/// Turns pages of positioned glyphs and rulings into lines and tables in reading order.
///
/// Every visible glyph stands in exactly one cell or segment of the result; the one exception is a header row that a
/// page break repeats word for word. Never fails: a page without text yields no block.
#[must_use]
pub fn layout_pages(pages: &[Page], params: &LayoutParams) -> Diagnosed<Vec<Block>> {
    let mut leaves: Vec<assemble::Leaf> = Vec::with_capacity(pages.len());
    let mut read = |page: &Page| {
        let leaf = assemble::read_page(page, leaves.last(), params);
        leaves.push(leaf);
    };
    for page in pages {
        match sheets::halves_of(page) {
            Some(halves) => halves.iter().for_each(&mut read),
            None => read(page),
        }
    }
    furniture::mark_furniture(&mut leaves, params);
    for leaf in &mut leaves {
        stream::find_aligned(leaf, params);
        assemble::set_gaps(leaf, params);
    }
    pages::join_pages(leaves, params)
}
