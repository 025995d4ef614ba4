//! Geometry: a picture of a page is set upright and flat, its rules are found and erased, its lines of text cut out.
//!
//! In: a [`Picture`]. Out: [`Geometry`]. Never: reads a character; knows what a table is.
//!
//! Every threshold is relative: to the paper's own brightness (`light`), to the size of the page's characters (`turn`), to
//! a rule's own sides (`traces`). The steps: light → which way lines run, how the page leans → rules followed step by step
//! → one smooth warp that straightens them → the page drawn upright and flat, with characters of a usual size → its rules,
//! the cells they enclose, and the lines of text in them.

mod bilevel;
mod bleed;
mod bridged;
mod broken;
mod components;
mod dirt;
mod light;
mod lines;
mod marks;
mod regions;
mod remains;
mod rules;
mod shaded;
mod sheet;
mod stamp;
mod straight;
mod streaks;
#[cfg(test)]
mod testing;
mod traces;
mod turn;
mod warp;

pub use remains::{Loose, Remains};
pub use warp::Warp;

use super::{Geometry, Gray, LineImage, Picture, Rule};
use components::{Ink, components};
use lines::Line;
use regions::Regions;
use sheet::Sheet;
use traces::{Trace, TraceParams, traces};
use warp::Bend;

/// What finding rules and lines depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct GeometryParams {
    /// Longest side of the picture on which the page's lean and bend are found, pixels.
    pub coarse_side: usize,
    /// Characters smaller than this are enlarged, pixels.
    pub min_em: f32,
    /// Size to which they are enlarged, pixels.
    pub enlarged_em: f32,
    /// Characters larger than this are shrunk, pixels.
    pub max_em: f32,
    /// Size to which they are shrunk, pixels.
    pub shrunk_em: f32,
    /// What is darker than this on evened paper is ink, shades.
    pub ink: u8,
    /// Least that a rule is darker than its sides, shades of evened paper.
    pub contrast: u8,
    /// Share of specks from which on a page is cleaned of them.
    pub speckle: f32,
}

impl Default for GeometryParams {
    fn default() -> Self {
        Self {
            coarse_side: 2_400,
            min_em: 22.0,
            enlarged_em: 30.0,
            max_em: 42.0,
            shrunk_em: 34.0,
            ink: 150,
            contrast: 18,
            speckle: 0.004,
        }
    }
}

/// Size of characters where a page has too few to tell, as a share of its longer side: 11 points of A4.
const USUAL_EM: f32 = 11.0 / 842.0;
/// Pages lean less than this, or are left as they are, as a slope.
const LEVEL: f32 = 0.000_8;
/// Owner of a component that no line holds.
const NOBODY: u32 = u32::MAX;
/// Bends up to this many pixels are left.
const FLAT: f64 = 0.7;

/// Finds the rules and the lines of text of a picture.
#[must_use]
pub fn find_geometry(picture: &Picture, params: &GeometryParams) -> Geometry {
    let sheet = sheet::find(picture);
    let mut grey = stamp::without_coloured_ink(picture);
    if let Some(sheet) = &sheet {
        sheet.surround_with_paper(&mut grey);
    }
    let is_bilevel = bilevel::is_bilevel(&grey);
    let grey = if is_bilevel {
        bilevel::softened(grey)
    } else {
        grey
    };
    let by = grey
        .width
        .max(grey.height)
        .div_ceil(params.coarse_side.max(100));
    // Under a stamp ink is paler, as what shines through is.
    let may_shine_through = !stamp::has_coloured_ink(picture);
    let clean = |gray: &Gray| {
        let gray = cleaned(gray, params);
        if may_shine_through {
            bleed::without_show_through(gray)
        } else {
            gray
        }
    };
    let coarse = clean(&light::shrunk(&grey, by));
    let ink = components(&coarse, params.ink);
    let long_side = coarse.width.max(coarse.height) as f32;
    let em = turn::character_size(&ink, long_side).unwrap_or(USUAL_EM * long_side);
    // Whether it then stands upside down only reading tells.
    let is_turned = turn::lines_run_across(&ink, em) < -0.1;
    let (coarse, upright) = if is_turned {
        (light::turned_right(&coarse), light::turned_right(&grey))
    } else {
        (coarse, grey)
    };

    let slope = turn::slope(&coarse, params.ink);
    let edges = sheet.map_or_else(Vec::new, |sheet: Sheet| {
        let sheet = if is_turned {
            sheet.turned_right()
        } else {
            sheet
        };
        sheet.upright_edges(by)
    });
    let flattening = Flattening::of(&coarse, slope, &edges, em, params);
    let scale = scale_for(em * by as f32, params);
    let upright = if flattening.spreads(scale) {
        without_specks(upright, params)
    } else {
        upright
    };
    let (flat, warp) = flattening.draw(&upright, by as f32, scale);
    let flat = clean(&flat);
    let em = em * by as f32 * scale;

    let found = rules::find(&flat, em, contrast(&flat, is_bilevel, params), is_bilevel);
    let mut page = flat.clone();
    found.erase(&mut page, em);
    let regions = Regions::of(&found, flat.width, flat.height);
    shaded::lighten(&mut page, &regions, em);
    let mut ink = marks::ink(&page, params.ink, em);
    ink.cut_between_lines(em, |x, y| regions.at(x, y) != 0);
    let is_spot = dirt::spots(&ink, em);
    let size = (flat.width, flat.height);
    let lines = lines::lines(&ink, &is_spot, em, size, |x, y| regions.at(x, y));
    let owner = owners(&lines, &ink);
    let images = cut(&lines, &owner, &ink, &page, em);
    let remains = Remains {
        loose: remains::loose(&ink, &owner, em, size),
        page,
        em,
    };
    Geometry {
        width: size.0,
        height: size.1,
        quarter_turns: u8::from(is_turned),
        scale,
        rules: found.straight(em),
        lines: images,
        remains,
        warp: warp.then(turned_back(is_turned, picture.height as f32)),
    }
}

/// The line that each component belongs to; [`NOBODY`] where it is in none.
fn owners(lines: &[Line], ink: &Ink) -> Vec<u32> {
    let mut owner = vec![NOBODY; ink.components.len()];
    for (line, own) in lines.iter().zip(0u32..) {
        for member in &line.members {
            owner[*member] = own;
        }
    }
    owner
}

fn cut(lines: &[Line], owner: &[u32], ink: &Ink, page: &Gray, em: f32) -> Vec<LineImage> {
    lines
        .iter()
        .zip(0u32..)
        .map(|(line, own)| lines::image(line, owner, own, ink, page, em))
        .collect()
}

/// Noise of every pixel from which on it is smoothed, shades: specks are the noise's own then, and the median, which takes specks off, takes
/// thin strokes, too.
const GRAINY: f32 = 6.0;

/// A picture without specks, if it has many: drawn larger, or leaning, each would be several pixels.
fn without_specks(gray: Gray, params: &GeometryParams) -> Gray {
    if light::speckle(&gray) > params.speckle && light::grain(&gray) <= GRAINY {
        light::without_lone_specks(&gray)
    } else {
        gray
    }
}

/// Even light, dark ink, no specks.
fn cleaned(gray: &Gray, params: &GeometryParams) -> Gray {
    /// Blank paper without noise is hardly anywhere darker.
    const CLEAN: u8 = 205;
    let is_specked = |gray: &Gray| light::speckle(gray) > params.speckle;
    let even = light::evened(gray);
    if !is_specked(&even) && marks::paper(&even) >= CLEAN {
        return even;
    }
    let even = if light::grain(gray) > GRAINY {
        light::evened(&light::smoothed(gray))
    } else {
        even
    };
    if is_specked(&even) {
        light::without_specks(&even)
    } else {
        even
    }
}

/// How much darker than its sides a rule must be: more on noisy paper, and on paper with a structure of its own. Where there was black and white
/// only, paper has no noise, and the greys are edges.
fn contrast(gray: &Gray, is_bilevel: bool, params: &GeometryParams) -> u8 {
    const MOST: f32 = 60.0;
    /// Share of the darkness that blank paper shows: waves and weave are dark lines, too.
    const STRUCTURE: f32 = 0.5;
    let structure = STRUCTURE * f32::from(255 - marks::paper(gray));
    let grain = if is_bilevel { 0.0 } else { light::grain(gray) };
    let noise = (3.0 * grain).max(structure).min(MOST) as u8;
    noise.max(params.contrast)
}

/// By how much the upright page is enlarged.
fn scale_for(em: f32, params: &GeometryParams) -> f32 {
    if em < params.min_em {
        (params.enlarged_em / em.max(4.0)).min(4.0)
    } else if em > params.max_em {
        params.shrunk_em / em
    } else {
        1.0
    }
}

impl Geometry {
    /// The same page turned by a half.
    #[must_use]
    pub fn turned_by_half(&self) -> Self {
        let (width, height) = (self.width as f32, self.height as f32);
        let rule = |rule: &Rule| {
            let (along, across) = if rule.horizontal {
                (width, height)
            } else {
                (height, width)
            };
            Rule {
                position: across - rule.position,
                start: along - rule.end,
                end: along - rule.start,
                ..*rule
            }
        };
        let line = |line: &LineImage| LineImage {
            left: width - line.right,
            top: height - line.bottom,
            right: width - line.left,
            bottom: height - line.top,
            image: line.image.turned_by_half(),
            margin: line.margin,
        };
        Self {
            quarter_turns: (self.quarter_turns + 2) % 4,
            rules: self.rules.iter().map(rule).collect(),
            lines: self.lines.iter().rev().map(line).collect(),
            remains: self.remains.turned_by_half(),
            warp: Warp::new(self.width, self.height, |x, y| {
                self.warp.at(width - x, height - y)
            }),
            ..*self
        }
    }
}

/// Where a point of a picture that was turned to the right, if it was, lies on the picture as it was.
fn turned_back(is_turned: bool, height: f32) -> impl Fn((f32, f32)) -> (f32, f32) {
    move |(x, y)| if is_turned { (y, height - x) } else { (x, y) }
}

/// How the upright, flat page lies on the turned picture.
struct Flattening {
    /// Size of the coarse picture.
    coarse: (f32, f32),
    /// Size of the level page.
    level: (f32, f32),
    slope: f32,
    /// How level lines bend; `None` where they do not.
    bends: Option<(Bend, Bend)>,
}

impl Flattening {
    /// Of a coarse picture whose lines lean by `slope`; `edges` are those of the sheet at its left and right, where they are known.
    fn of(
        coarse: &Gray,
        slope: f32,
        edges: &[Vec<(f32, f32)>],
        em: f32,
        params: &GeometryParams,
    ) -> Self {
        let slope = if slope.abs() < LEVEL { 0.0 } else { slope };
        let size = (coarse.width as f32, coarse.height as f32);
        let lean = slope.abs();
        let level = if lean > 0.0 {
            let (cos, sin) = rotation(lean);
            (
                (size.0 * cos + size.1 * sin).ceil(),
                (size.1 * cos + size.0 * sin).ceil(),
            )
        } else {
            size
        };
        let mut flattening = Self {
            coarse: size,
            level,
            slope,
            bends: None,
        };
        let drawn;
        let leveled = if slope == 0.0 {
            coarse
        } else {
            drawn = flattening.draw(coarse, 1.0, 1.0).0;
            &drawn
        };
        let edges: Vec<Trace> = edges
            .iter()
            .filter_map(|edge| {
                let level: Vec<(f32, f32)> = edge
                    .iter()
                    .map(|(x, y)| flattening.leveled(*x, *y))
                    .collect();
                sheet::upright_trace(&level)
            })
            .collect();
        let bends = bends(leveled, &edges, em, params);
        if bends.0.most().max(bends.1.most()) > FLAT {
            flattening.bends = Some(bends);
        }
        flattening
    }

    /// Where a point of the coarse picture lies on the level page.
    fn leveled(&self, x: f32, y: f32) -> (f32, f32) {
        let (cos, sin) = rotation(self.slope);
        let (dx, dy) = (x - self.coarse.0 / 2.0, y - self.coarse.1 / 2.0);
        (
            self.level.0 / 2.0 + dx * cos + dy * sin,
            self.level.1 / 2.0 - dx * sin + dy * cos,
        )
    }

    /// Where a point of the flat page lies on the coarse picture.
    fn at(&self, u: f32, v: f32) -> (f32, f32) {
        let (mut x, mut y) = (u, v);
        if let Some((level, upright)) = &self.bends {
            for _ in 0..3 {
                let (x64, y64) = (f64::from(x), f64::from(y));
                y = v + level.displacement(x64, f64::from(v)) as f32;
                x = u + upright.displacement(y64, f64::from(u)) as f32;
            }
        }
        if self.slope == 0.0 {
            return (x, y);
        }
        let (cos, sin) = rotation(self.slope);
        let (dx, dy) = (x - self.level.0 / 2.0, y - self.level.1 / 2.0);
        (
            self.coarse.0 / 2.0 + dx * cos - dy * sin,
            self.coarse.1 / 2.0 + dx * sin + dy * cos,
        )
    }

    /// Whether the page neither leans nor bends.
    fn is_flat(&self) -> bool {
        self.slope == 0.0 && self.bends.is_none()
    }

    /// Whether a pixel becomes several where the page is drawn at this scale. A page that is drawn smaller mixes its specks
    /// with the paper beside them, and what their place looks like then the median of `cleaned` tells better.
    fn spreads(&self, scale: f32) -> bool {
        scale > 1.0 || scale == 1.0 && !self.is_flat()
    }

    /// The flat page, drawn from a picture `by` times as large as the coarse one, enlarged by `scale`.
    fn draw(&self, picture: &Gray, by: f32, scale: f32) -> (Gray, Warp) {
        let total = by * scale;
        let width = ((self.level.0 * total).round().max(1.0)) as usize;
        let height = ((self.level.1 * total).round().max(1.0)) as usize;
        let at = |x: f32, y: f32| {
            let (x, y) = self.at(x / total, y / total);
            (x * by, y * by)
        };
        let warp = Warp::new(width, height, at);
        if self.is_flat() && scale == 1.0 && picture.width.abs_diff(width) < by as usize + 1 {
            return (picture.clone(), warp);
        }
        if scale < 0.5 {
            let half = light::shrunk(picture, 2);
            let halved = Warp::new(width, height, |x, y| {
                let (x, y) = at(x, y);
                (x / 2.0, y / 2.0)
            });
            return (halved.drawn(&half, width, height), warp);
        }
        (warp.drawn(picture, width, height), warp)
    }
}

/// Cosine and sine of a slope's angle.
fn rotation(slope: f32) -> (f32, f32) {
    let angle = slope.atan();
    (angle.cos(), angle.sin())
}

/// How the rules of a level page bend; where it has few, its lines of text, and the edges of its sheet.
fn bends(leveled: &Gray, edges: &[Trace], em: f32, params: &GeometryParams) -> (Bend, Bend) {
    /// Shortest rule that tells how paper bends, ems.
    const LONG: f32 = 6.0;
    let found = TraceParams {
        em,
        contrast: contrast(leveled, false, params),
        min_ems: LONG,
    };
    let (width, height) = (leveled.width, leveled.height);
    let mut level = traces(leveled, &found);
    let mut upright = traces(&light::transposed(leveled), &found);
    rules::drop_borders(&mut level, height);
    rules::drop_borders(&mut upright, width);
    let length: f32 = level.iter().map(Trace::length).sum();
    let text = if length < 2.0 * width as f32 {
        lines_of_text(leveled, em, params)
    } else {
        Vec::new()
    };
    let sure = level.iter().map(|trace| (trace, 1.0));
    let across: Vec<(&Trace, f64)> = sure.chain(text.iter().map(|trace| (trace, 0.3))).collect();
    let length: f32 = upright.iter().map(Trace::length).sum();
    let edges = if length < 2.0 * height as f32 {
        edges
    } else {
        &[]
    };
    let sure = upright.iter().map(|trace| (trace, 1.0));
    let down: Vec<(&Trace, f64)> = sure.chain(edges.iter().map(|edge| (edge, 0.3))).collect();
    (
        Bend::of(&across, width, height),
        Bend::of(&down, height, width),
    )
}

/// Long lines of text, through the middles of their characters.
fn lines_of_text(leveled: &Gray, em: f32, params: &GeometryParams) -> Vec<Trace> {
    const LONG: f32 = 8.0;
    let ink = components(leveled, params.ink);
    let size = (leveled.width, leveled.height);
    let found = lines::lines(&ink, &[], em, size, |_, _| 0);
    let trace = |line: &Line| {
        let points: Vec<(f32, f32)> = line
            .members
            .iter()
            .map(|idx| &ink.components[*idx])
            .filter(|c| c.height() > 0.7 * em && c.height() < 1.3 * em)
            .map(|c| (c.middle_x(), c.middle_y()))
            .collect();
        (points.len() > 5 && line.width() > LONG * em).then(|| Trace {
            start: line.left,
            end: line.right,
            points,
            thickness: 1.0,
            seen: Vec::new(),
            is_clear: true,
        })
    };
    found.iter().filter_map(trace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of this size with a rule and a character above it.
    fn picture(width: usize, height: usize) -> Picture {
        let mut rgb = vec![[255; 3]; width * height];
        let mut fill = |left: usize, top: usize, right: usize, bottom: usize| {
            for y in top..bottom {
                rgb[y * width + left..y * width + right].fill([0; 3]);
            }
        };
        fill(100, 300, 900, 303);
        fill(200, 200, 220, 203);
        fill(200, 200, 203, 220);
        Picture {
            width,
            height,
            rgb,
            dpi: None,
        }
    }

    #[test]
    fn rules_are_darker_than_waves_on_paper() {
        let params = GeometryParams::default();
        let mut gray = Gray::filled(200, 200, 255);
        assert_eq!(contrast(&gray, false, &params), params.contrast);
        for (at, shade) in gray.pixels.iter_mut().enumerate() {
            let (x, y) = (at % 200, at / 200);
            *shade -= (8 * ((x + 5 * y) / 5 % 20).abs_diff(10)) as u8;
        }
        // From one row to the fourth below it the waves differ by half their depth at most.
        assert!(contrast(&gray, false, &params) >= 32);
    }

    #[test]
    fn specks_are_taken_off_first_where_they_would_spread() {
        let flattening = |slope: f32| Flattening {
            coarse: (100.0, 100.0),
            level: (100.0, 100.0),
            slope,
            bends: None,
        };
        assert!(flattening(0.0).spreads(1.5) && flattening(0.01).spreads(1.0));
        assert!(!flattening(0.0).spreads(1.0));
        assert!(!flattening(0.01).spreads(0.8));
    }

    #[test]
    fn a_half_turn_and_another_are_none() {
        let geometry = find_geometry(&picture(1200, 1600), &GeometryParams::default());
        assert_eq!((geometry.rules.len(), geometry.lines.len()), (1, 1));
        let half = geometry.turned_by_half();
        assert_eq!(half.quarter_turns, 2);
        let height = geometry.height as f32;
        assert!((half.rules[0].position + geometry.rules[0].position - height).abs() < 0.1);
        // The same point of the picture.
        let (line, turned) = (&geometry.lines[0], &half.lines[0]);
        let at = geometry.warp.at(line.left, line.top);
        let at_half = half.warp.at(turned.right, turned.bottom);
        assert!((at.0 - at_half.0).abs() < 0.1 && (at.1 - at_half.1).abs() < 0.1);
        let whole = half.turned_by_half();
        assert_eq!(whole.lines, geometry.lines);
        assert_eq!(whole.quarter_turns, 0);
    }
}
