//! How well and how fast the real models read cut cells. Wants the models, and pages with the truth of their cells in
//! the folder that `JIXIAO_CELLS` names; says so and does nothing where either is missing.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use unicode_normalization::UnicodeNormalization as _;

use super::{EngineChoice, EngineParams, Recogniser, open};
use crate::acquire::ocr::models::{Lock, directory};
use crate::acquire::ocr::{Gray, ReadChar};

/// A cell of one line.
struct Cell {
    text: String,
    image: Gray,
}

/// Exact cells of a clean page, least.
const LEAST_EXACT: f64 = 0.9;

/// The same of tesseract, which reads no ≥ and ≤.
const LEAST_EXACT_TESSERACT: f64 = 0.5;

/// How far scores of two runtimes may differ.
const SCORE_TOLERANCE: f32 = 0.01;

/// The recognisers of an engine.
fn recognisers(choice: EngineChoice) -> Vec<Arc<dyn Recogniser>> {
    let params = EngineParams {
        choice,
        ..EngineParams::default()
    };
    let start = Instant::now();
    let engines = open(&params).unwrap();
    let first = engines.first().unwrap();
    eprintln!(
        "{choice}: {:.0} ms to load",
        start.elapsed().as_secs_f64() * 1000.0
    );
    let second = engines.second_look().unwrap();
    std::iter::once(first).chain(second).collect()
}

#[test]
fn clean_cells_are_read() {
    let Some(cells) = prerequisites() else {
        return;
    };
    let [tiny, small] = &recognisers(EngineChoice::Rten)[..] else {
        panic!("two models");
    };
    for file in ["p1_clean300.png", "p1_clean200.png", "p1_clean150.png"] {
        let exact = measure(&**tiny, file, &cells);
        assert!(exact > LEAST_EXACT, "{file}: {exact}");
    }
    let exact = measure(&**small, "p1_clean200.png", &cells);
    assert!(exact > LEAST_EXACT, "small: {exact}");
}

#[test]
fn two_runtimes_read_the_same() {
    let Some(cells) = prerequisites() else {
        return;
    };
    if env::var_os("ORT_DYLIB_PATH").is_none() {
        eprintln!("skipped: ORT_DYLIB_PATH names no library of ONNX Runtime");
        return;
    }
    let models = recognisers(EngineChoice::Rten);
    let models = models.iter().zip(recognisers(EngineChoice::Ort));
    for (rten, ort) in models {
        for file in ["p1_clean200.png", "p1_combo150.png", "p1_fax200.png"] {
            measure(&*ort, file, &cells);
            for cell in cut(&cells, file) {
                let [expected, read] =
                    [&**rten, &*ort].map(|model| model.read(&cell.image).unwrap());
                assert_eq!(text(&expected), text(&read));
                for (a, b) in expected.iter().zip(&read) {
                    assert_eq!((a.start, a.end), (b.start, b.end));
                    let difference = (a.candidates[0].1 - b.candidates[0].1).abs();
                    assert!(difference < SCORE_TOLERANCE, "{a:?} {b:?}");
                }
            }
        }
    }
}

#[test]
fn many_threads_read_the_same() {
    let Some(cells) = prerequisites() else {
        return;
    };
    let cells = cut(&cells, "p1_combo150.png");
    let library = env::var_os("ORT_DYLIB_PATH").map(|_| EngineChoice::Ort);
    for choice in std::iter::once(EngineChoice::Rten).chain(library) {
        let tiny = &recognisers(choice)[0];
        let read = |cell: &Cell| tiny.read(&cell.image).unwrap();
        let alone: Vec<_> = cells.iter().map(read).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build();
        let together: Vec<_> = pool
            .unwrap()
            .install(|| cells.par_iter().map(read).collect());
        assert_eq!(alone, together);
    }
}

#[test]
fn tesseract_reads_most_clean_cells() {
    let Some(cells) = prerequisites() else {
        return;
    };
    let params = EngineParams {
        choice: EngineChoice::Tesseract,
        ..EngineParams::default()
    };
    match open(&params).and_then(|engines| engines.first()) {
        Ok(tesseract) => {
            let exact = measure(&*tesseract, "p1_clean200.png", &cells);
            assert!(exact > LEAST_EXACT_TESSERACT, "{exact}");
        }
        Err(error) => eprintln!("skipped: {error}"),
    }
}

/// The likeliest characters.
fn text(read: &[ReadChar]) -> String {
    read.iter().map(|ch| ch.candidates[0].0).collect()
}

/// The folder of the cells, if the models are there, too.
fn prerequisites() -> Option<PathBuf> {
    let Some(cells) = env::var_os("JIXIAO_CELLS").map(PathBuf::from) else {
        eprintln!("skipped: JIXIAO_CELLS names no folder");
        return None;
    };
    let folder = directory().unwrap();
    let lock = Lock::built_in().unwrap();
    let faults = lock.verify(&folder);
    if let Some(fault) = faults.iter().find(|(_, state)| !state.is_good()) {
        eprintln!("skipped: {} has no models: {fault:?}", folder.display());
        return None;
    }
    Some(cells)
}

/// Reads the cells of a page and says how many are right; symbols alone are counted apart.
fn measure(recogniser: &dyn Recogniser, file: &str, cells: &Path) -> f64 {
    let cells = cut(cells, file);
    let is_symbol = |text: &str| text.chars().all(|ch| "≥≤=%<>＝＜＞％".contains(ch));
    let (mut n_exact, mut n_symbols, mut n_exact_symbols) = (0, 0, 0);
    let cpu = cpu_ms();
    let start = Instant::now();
    let mut wrong = Vec::new();
    for cell in &cells {
        let read = recogniser.read(&cell.image).unwrap();
        let text = text(&read);
        let symbol = is_symbol(&cell.text);
        n_symbols += usize::from(symbol);
        if plain(&text) == plain(&cell.text) {
            n_exact += 1;
            n_exact_symbols += usize::from(symbol);
        } else {
            let others: Vec<String> = read
                .iter()
                .filter(|_| symbol)
                .map(|ch| format!(" {:?}", ch.candidates))
                .collect();
            wrong.push(format!("{} read as {text}{}", cell.text, others.concat()));
        }
        assert!(read.iter().all(|ch| ch.start < ch.end && ch.end <= 1.0));
        assert!(read.is_sorted_by(|a, b| a.end <= b.start));
    }
    let elapsed = start.elapsed().as_secs_f64() * 1000.0;
    let n = cells.len() as f64;
    eprintln!(
        "{} {file}: {n_exact} of {n} cells exact, {n_exact_symbols} of {n_symbols} symbols; {:.1} ms CPU and {:.1} ms a line",
        recogniser.name(),
        cpu_ms().map_or(f64::NAN, |end| (end - cpu.unwrap_or(end)) / n),
        elapsed / n,
    );
    for wrong in wrong {
        eprintln!("  {wrong}");
    }
    f64::from(n_exact) / n
}

/// Without blanks and widths, which a picture does not tell.
fn plain(text: &str) -> String {
    text.nfkc().filter(|ch| !ch.is_whitespace()).collect()
}

/// Processor time of this process so far, in ms, where the system says it in ticks of 10 ms.
fn cpu_ms() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().ok()? + fields[12].parse::<f64>().ok()?;
    Some(ticks * 10.0)
}

/// The cells of one line of a page, upright and with a margin.
fn cut(folder: &Path, file: &str) -> Vec<Cell> {
    let page = image::open(folder.join(file)).unwrap().to_luma8();
    let (width, height) = (page.width() as usize, page.height() as usize);
    let page = Gray {
        width,
        height,
        pixels: page.into_raw(),
    };
    let manifest = fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    let line = manifest
        .lines()
        .find(|line| line.contains(&format!("\"file\": \"{file}\"")))
        .unwrap();
    let cells = line.split("{\"text\": \"").skip(1);
    cells
        .filter(|cell| cell.contains("\"lines\": 1,"))
        .filter_map(|cell| {
            let (text, rest) = cell.split_once("\", \"kind\"").unwrap();
            let (_, poly) = rest.split_once("\"poly\": ").unwrap();
            let numbers: Vec<f64> = poly
                .split(|ch: char| !ch.is_ascii_digit() && ch != '.')
                .filter_map(|number| number.parse().ok())
                .collect();
            let image = cut_line(&page, &numbers[..8])?;
            let text = text.to_owned();
            (!plain(&text).is_empty()).then_some(Cell { text, image })
        })
        .collect()
}

/// The ink inside a cell with a margin of a quarter of its height; `None` where there is none.
fn cut_line(page: &Gray, corners: &[f64]) -> Option<Gray> {
    let inset = page.width / 300 + 1;
    let bound = |idx: usize| corners[idx].max(0.0) as usize;
    let (left, top) = (bound(0) + inset, bound(1) + inset);
    let (right, bottom) = (bound(4).checked_sub(inset)?, bound(5).checked_sub(inset)?);
    let ink = (top..bottom)
        .flat_map(|y| (left..right).map(move |x| (x, y)))
        .filter(|(x, y)| page.at(*x, *y) < 160);
    let (mut x0, mut y0, mut x1, mut y1) = (usize::MAX, usize::MAX, 0, 0);
    for (x, y) in ink {
        (x0, y0, x1, y1) = (x0.min(x), y0.min(y), x1.max(x + 1), y1.max(y + 1));
    }
    if x1 == 0 {
        return None;
    }
    // A lone dash is not a line's height: the margin is at least that of small print.
    let least = page.width / 80;
    let height = (y1 - y0).max(least);
    let margin = height / 4;
    let above = margin + (height - (y1 - y0)) / 2;
    let mut image = Gray::filled(x1 - x0 + 2 * margin, y1 - y0 + 2 * above, 255);
    for y in y0..y1 {
        for x in x0..x1 {
            image.pixels[(y - y0 + above) * image.width + x - x0 + margin] = page.at(x, y);
        }
    }
    Some(image)
}
