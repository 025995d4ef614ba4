//! Fonts for what a file names but does not hold.
//! In: a query of the renderer. Out: the bytes of a font. Never: looks for a font before one is asked for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use hayro::hayro_interpret::font::{FallbackFontQuery, FontData, FontQuery};

/// Families with Chinese characters, the best first.
const SONG: &[&str] = &[
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
    "Songti SC",
    "STSong",
    "FandolSong",
    "AR PL UMing CN",
];
const HEI: &[&str] = &[
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Heiti SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
];
/// Parts of the names of fonts without serifs.
const HEI_NAMES: &[&str] = &["hei", "gothic", "sans", "黑"];
/// Parts of the names of Chinese fonts.
const CHINESE_NAMES: &[&str] = &[
    "sim", "song", "hei", "kai", "fang", "ming", "yahei", "宋", "黑", "楷", "仿",
];

/// The Chinese fonts of the system, found when they are first asked for.
#[derive(Debug, Default)]
pub(in super::super) struct SystemFonts {
    song: OnceLock<Option<Face>>,
    hei: OnceLock<Option<Face>>,
}

#[derive(Debug, Clone)]
struct Face {
    data: Arc<Vec<u8>>,
    index: u32,
}

impl SystemFonts {
    fn chinese(&self, is_hei: bool) -> Option<Face> {
        let (place, first, second) = if is_hei {
            (&self.hei, HEI, SONG)
        } else {
            (&self.song, SONG, HEI)
        };
        place.get_or_init(|| find(first, second)).clone()
    }
}

fn find(first: &[&str], second: &[&str]) -> Option<Face> {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    let id = first.iter().chain(second).find_map(|family| {
        fonts.query(&fontdb::Query {
            families: &[fontdb::Family::Name(family)],
            ..fontdb::Query::default()
        })
    })?;
    fonts.with_face_data(id, |data, index| Face {
        data: Arc::new(data.to_vec()),
        index,
    })
}

/// The font for a query; `lacks` is set where it should be a Chinese one and there is none.
pub(super) fn resolve(
    query: &FontQuery,
    fonts: &SystemFonts,
    lacks: &AtomicBool,
) -> Option<(FontData, u32)> {
    match query {
        FontQuery::Standard(standard) => Some(standard.get_font_data()),
        FontQuery::Fallback(query) if is_chinese(query) => {
            let names = query.post_script_name.iter().chain(&query.font_name);
            let is_hei = names
                .map(|name| name.to_lowercase())
                .any(|name| HEI_NAMES.iter().any(|part| name.contains(part)));
            match fonts.chinese(is_hei) {
                Some(face) => Some((face.data, face.index)),
                None => {
                    lacks.store(true, Ordering::Relaxed);
                    None
                }
            }
        }
        FontQuery::Fallback(query) => Some(query.pick_standard_font().get_font_data()),
    }
}

fn is_chinese(query: &FallbackFontQuery) -> bool {
    let names = query.post_script_name.iter().chain(&query.font_name);
    query.character_collection.is_some()
        || names
            .map(|name| name.to_lowercase())
            .any(|name| CHINESE_NAMES.iter().any(|part| name.contains(part)))
}
