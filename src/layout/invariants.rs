//! What must hold for any page: nothing is lost, nothing overlaps, nothing panics.

use proptest::prelude::*;

use crate::model::block::Block;
use crate::model::geometry::BBox;
use crate::model::page::{Axis, Glyph, Page, Ruling, Trust};

use super::lines::is_blank;
use super::{LayoutParams, layout_pages};

fn any_glyph() -> impl Strategy<Value = Glyph> {
    let chars = prop::sample::select(vec!['预', '算', '1', '.', 'a', ' ', '%', '—', '页']);
    (
        chars,
        -10.0f32..210.0,
        -10.0f32..210.0,
        prop::sample::select(vec![6.0f32, 10.0, 10.5, 18.0]),
        0u32..9,
        prop::option::of(0u32..3),
    )
        .prop_map(|(ch, x, y, size, run, clip)| {
            let bbox = BBox {
                left: x,
                top: y,
                right: x + size,
                bottom: y + size,
            };
            Glyph {
                ch,
                bbox,
                size,
                run,
                clip,
                trust: Trust::Mapped,
                confidence: None,
            }
        })
}

/// Glyphs on a raster, as real tables have them.
fn any_raster_glyph() -> impl Strategy<Value = Glyph> {
    (any_glyph(), 0u8..20, 0u8..20).prop_map(|(mut glyph, x, y)| {
        let (x, y) = (f32::from(x) * 10.0, f32::from(y) * 10.0);
        glyph.bbox = BBox {
            left: x,
            top: y,
            right: x + 10.0,
            bottom: y + 10.0,
        };
        glyph.size = 10.0;
        glyph
    })
}

fn any_ruling() -> impl Strategy<Value = Ruling> {
    (any::<bool>(), 0u8..21, 0u8..21, 0u8..21, 0.0f32..2.0).prop_map(
        |(across, at, from, to, thickness)| Ruling {
            axis: if across {
                Axis::Horizontal
            } else {
                Axis::Vertical
            },
            position: f32::from(at) * 10.0,
            start: f32::from(from.min(to)) * 10.0,
            end: f32::from(from.max(to)) * 10.0,
            thickness,
        },
    )
}

fn any_page() -> impl Strategy<Value = Page> {
    let glyphs = prop::collection::vec(prop_oneof![any_glyph(), any_raster_glyph()], 0..120);
    (glyphs, prop::collection::vec(any_ruling(), 0..40)).prop_map(|(glyphs, rulings)| Page {
        number: 1,
        width: 200.0,
        height: 200.0,
        glyphs,
        rulings,
        clips: vec![
            BBox {
                left: 10.0,
                top: 10.0,
                right: 60.0,
                bottom: 40.0,
            },
            BBox::default(),
        ],
        ..Page::default()
    })
}

fn ink(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !is_blank(*c))
}

proptest! {
    #[test]
    fn every_glyph_stands_in_one_place_and_no_cells_overlap(page in any_page()) {
        let blocks = layout_pages(std::slice::from_ref(&page), &LayoutParams::default()).value;
        let mut drawn: Vec<char> = page.glyphs.iter().map(|g| g.ch).filter(|c| !is_blank(*c)).collect();
        let mut read: Vec<char> = Vec::new();
        for block in &blocks {
            match block {
                Block::Line(line) => {
                    prop_assert!(!line.segments.is_empty());
                    line.segments.iter().for_each(|s| read.extend(ink(&s.text)));
                }
                Block::Table(table) => {
                    let mut taken = vec![false; (table.n_rows * table.n_cols) as usize];
                    prop_assert_eq!(table.row_pages.len(), table.n_rows as usize);
                    for cell in &table.cells {
                        read.extend(ink(&cell.text));
                        prop_assert!(cell.row_span >= 1 && cell.col_span >= 1);
                        for row in cell.row..cell.row + cell.row_span {
                            for col in cell.col..cell.col + cell.col_span {
                                prop_assert!(row < table.n_rows && col < table.n_cols);
                                prop_assert!(!std::mem::replace(&mut taken[(row * table.n_cols + col) as usize], true));
                            }
                        }
                        prop_assert!(cell.line_starts.iter().all(|&s| cell.text.is_char_boundary(s as usize)));
                    }
                }
            }
        }
        drawn.sort_unstable();
        read.sort_unstable();
        prop_assert_eq!(drawn, read);
    }

    #[test]
    fn pages_that_follow_each_other_never_panic(a in any_page(), mut b in any_page(), mut c in any_page()) {
        b.number = 2;
        c.number = 3;
        for block in layout_pages(&[a, b, c], &LayoutParams::default()).value {
            if let Block::Table(table) = block {
                let mut taken = vec![false; (table.n_rows * table.n_cols) as usize];
                prop_assert_eq!(table.row_pages.len(), table.n_rows as usize);
                for cell in &table.cells {
                    for row in cell.row..cell.row + cell.row_span {
                        for col in cell.col..cell.col + cell.col_span {
                            prop_assert!(!std::mem::replace(&mut taken[(row * table.n_cols + col) as usize], true));
                        }
                    }
                }
            }
        }
    }
}
