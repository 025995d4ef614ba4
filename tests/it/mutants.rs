//! Mutants of the samples: flipped, cut, spliced. The fuzz targets do the same for hours; these are the same on every machine.

use std::fs;
use std::path::Path;

use crate::bodies;

/// Numbers that only look random (SplitMix64, Steele et al. 2014).
struct Numbers(u64);

impl Numbers {
    /// Below `n`, which is at least 1.
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }
}

/// A mutant of `one`, which takes pieces of `other`.
fn mutant(one: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = one.to_vec();
    for _ in 0..=numbers.below(4) {
        let n = bytes.len().max(1);
        let (at, length) = (numbers.below(n), 1 + numbers.below(64));
        let end = (at + length).min(bytes.len());
        let at = at.min(end);
        match numbers.below(6) {
            0 => bytes[at..end]
                .iter_mut()
                .take(1)
                .for_each(|byte| *byte ^= 1 << numbers.below(8)),
            1 => bytes[at..end].fill(u8::try_from(numbers.below(256)).unwrap()),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].to_vec();
                let to = numbers.below(n).min(bytes.len());
                drop(bytes.splice(to..to, copy));
            }
            _ => {
                let from = numbers.below(other.len().max(1));
                let piece = &other[from..(from + length).min(other.len())];
                drop(bytes.splice(at..end, piece.iter().copied()));
            }
        }
    }
    bytes
}

/// Digital samples: those that need no model, of at most 100 kB.
fn samples() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut paths: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.is_file() && path.file_stem().is_some_and(|stem| stem == "input"))
        .collect();
    paths.sort();
    let files = paths.iter().map(|path| fs::read(path).unwrap());
    files.filter(|bytes| bytes.len() <= 100_000).collect()
}

#[test]
fn no_mutant_of_a_sample_makes_us_panic() {
    let samples = samples();
    assert!(samples.len() > 10, "{}", samples.len());
    let mut numbers = Numbers(20_261_128);
    for (idx, one) in samples.iter().enumerate() {
        for _ in 0..100 {
            let other = &samples[numbers.below(samples.len())];
            let mutant = mutant(one, other, &mut numbers);
            bodies::document(&mutant);
            if idx % 4 == 0 {
                bodies::text(&mutant);
                bodies::zip(&mutant);
            }
        }
    }
}

#[test]
fn no_bytes_make_the_small_parts_panic() {
    let samples = samples();
    let mut numbers = Numbers(4);
    for (name, body) in bodies::ALL {
        if ["document", "text"].contains(name) {
            continue;
        }
        for _ in 0..100 {
            let one = &samples[numbers.below(samples.len())];
            let from = numbers.below(one.len());
            let piece = &one[from..(from + 600).min(one.len())];
            body(&mutant(piece, one, &mut numbers));
        }
    }
}
