//! Text that geometry misses, read with the real models.

use std::fs;
use std::path::PathBuf;

use jixiao::acquire::ocr::picture::{PictureLimits, read_image, to_png};

use crate::program::{program, read_run};
use crate::samples::has_models;

/// The title of the photographed sample.
const TITLE: &str = "年度绩效目标表";

/// The photographed sample with its title white on a black bar.
fn with_black_title() -> Vec<u8> {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let photo = fs::read(samples.join("photo-jpg/input.jpg")).unwrap();
    let mut pictures = read_image(&photo, &PictureLimits::default()).unwrap();
    let picture = &mut pictures[0];
    for y in 205..268 {
        for pixel in &mut picture.rgb[y * picture.width + 940..y * picture.width + 1270] {
            *pixel = if pixel[1] < 140 { [255; 3] } else { [20; 3] };
        }
    }
    to_png(picture).unwrap()
}

#[test]
fn white_text_on_a_black_bar_is_read() {
    if !has_models() {
        println!("skipped: needs the models: jixiao models install");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("black.png");
    fs::write(&path, with_black_title()).unwrap();
    let read = |which: &str| {
        let mut command = program();
        command
            .args(["dump", "--stage", "page", "--detector", which])
            .arg(&path);
        read_run(command).out
    };
    assert!(!read("never").contains(TITLE));
    assert!(read("auto").contains(TITLE));
    assert_eq!(read("auto"), read("always"));
}
