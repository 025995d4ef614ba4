//! Pictures for tests.

use super::super::Gray;

/// A table of two rows; the upper has two cells.
pub(super) fn table() -> Gray {
    let mut gray = Gray::filled(500, 300, 255);
    let mut draw = |left: usize, top: usize, right: usize, bottom: usize| {
        for y in top..bottom {
            gray.pixels[y * 500 + left..y * 500 + right].fill(20);
        }
    };
    for y in [50, 110, 170] {
        draw(50, y, 450, y + 2);
    }
    for x in [50, 448] {
        draw(x, 50, x + 2, 172);
    }
    draw(250, 50, 252, 110);
    // A character in the upper right cell.
    draw(300, 70, 304, 94);
    draw(300, 80, 324, 83);
    gray
}
