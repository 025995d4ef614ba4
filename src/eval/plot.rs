//! Figures as pictures: SVG, made of nothing but lines, boxes and texts.

use std::fmt::Write as _;

use super::calibration::{Bin, Calibration};
use super::efficiency::{Efficiency, Point, as_oracle, curve, found_at};
use super::report::ByUnit;

/// What is written in the picture of a calibration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalibrationLabels {
    /// Above the picture.
    pub title: String,
    /// Under it: figures.
    pub caption: String,
    /// Under the axis of confidences.
    pub confidence: String,
    /// Beside the axis of right values.
    pub right: String,
    /// Beside the numbers of values.
    pub values: String,
    /// On the diagonal.
    pub diagonal: String,
}

/// What is written in the picture of an efficiency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfficiencyLabels {
    /// Above the picture.
    pub title: String,
    /// Above each panel: forms, documents, places.
    pub panels: [String; 3],
    /// Under the axes of what has been looked at.
    pub looked_at: String,
    /// Beside the axis of what has been found.
    pub found: String,
    /// Names of the curves: by doubt, by oracle, by chance.
    pub curves: [String; 3],
}

/// Colours of the curves, told apart without seeing red or green, and their dashes.
const CURVES: [(&str, &str); 3] = [("#0b5cad", "none"), ("#b35900", "6 3"), ("#777777", "2 3")];
const INK: &str = "#222222";
const PALE: &str = "#dddddd";
const FONTS: &str =
    "'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";

/// Confidences and shares that have a tick.
const CONFIDENCE_TICKS: &[f64] = &[0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0];
/// Shares looked at that have a tick.
const LOOKED_AT_TICKS: &[f64] = &[0.01, 0.05, 0.1, 0.2, 0.5, 1.0];

/// How near to 1 the scale of confidences stops to widen.
const NEAR_ONE: f64 = 0.002;

/// A box of the picture, in its units; y grows downwards.
#[derive(Clone, Copy)]
struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Frame {
    fn x(&self, share: f64) -> f64 {
        self.left + self.width * share
    }

    fn y(&self, share: f64) -> f64 {
        self.top + self.height * (1.0 - share)
    }
}

/// Where a text stands beside its point.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture as it grows.
struct Svg(String);

impl Svg {
    fn new(width: u32, height: u32, title: &str) -> Self {
        let mut svg = Self(String::new());
        svg.add(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             font-family=\"{FONTS}\" font-size=\"12\" fill=\"{INK}\" role=\"img\">"
        ));
        svg.add(format_args!("<title>{}</title>", escaped(title)));
        svg.add(format_args!(
            "<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>"
        ));
        svg
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a text does not fail.
        let _ = writeln!(self.0, "{element}");
    }

    fn text(&mut self, (x, y): Point, anchor: Anchor, size: u32, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{}</text>",
            escaped(text)
        ));
    }

    /// A text that is read from below.
    fn upright_text(&mut self, (x, y): Point, text: &str) {
        self.add(format_args!(
            "<text transform=\"translate({x:.1} {y:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escaped(text)
        ));
    }

    fn line(&mut self, (x1, y1): Point, (x2, y2): Point, colour: &str, width: f64) {
        self.add(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"
        ));
    }

    fn curve(&mut self, points: impl Iterator<Item = Point>, (colour, dashes): (&str, &str)) {
        let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.add(format_args!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>",
            points.join(" ")
        ));
    }

    fn frame(&mut self, frame: &Frame) {
        self.add(format_args!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"none\" stroke=\"{INK}\"/>",
            frame.left, frame.top, frame.width, frame.height
        ));
    }

    fn end(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}

/// A text between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Where a confidence stands on its axis, 0 to 1: the nearer to 1, the wider, since there most values are.
fn stretched(confidence: f64) -> f64 {
    let height = |confidence: f64| ((1.0 + NEAR_ONE) / (1.0 - confidence + NEAR_ONE)).log10();
    height(confidence.clamp(0.0, 1.0)) / height(1.0)
}

/// The picture of a calibration: for each bin of confidences the share of right values with its interval beside the diagonal, and under it the
/// number of its values.
#[must_use]
pub fn calibration_plot(calibration: &Calibration, labels: &CalibrationLabels) -> String {
    let shares = Frame {
        left: 90.0,
        top: 56.0,
        width: 580.0,
        height: 430.0,
    };
    let counts = Frame {
        top: 516.0,
        height: 100.0,
        ..shares
    };
    let mut svg = Svg::new(720, 704, &labels.title);
    svg.text((shares.left, 32.0), Anchor::Start, 17, &labels.title);
    for tick in CONFIDENCE_TICKS {
        let (x, y) = (shares.x(stretched(*tick)), shares.y(stretched(*tick)));
        svg.line((x, shares.y(0.0)), (x, shares.top), PALE, 1.0);
        svg.line((x, counts.y(0.0)), (x, counts.top), PALE, 1.0);
        svg.line((shares.left, y), (shares.x(1.0), y), PALE, 1.0);
        svg.text(
            (x, counts.y(0.0) + 18.0),
            Anchor::Middle,
            12,
            &tick.to_string(),
        );
        svg.text(
            (shares.left - 8.0, y + 4.0),
            Anchor::End,
            12,
            &tick.to_string(),
        );
    }
    let corners = [0.0, 1.0].map(|share| (shares.x(share), shares.y(share)));
    svg.curve(corners.into_iter(), CURVES[2]);
    let along = stretched(0.6);
    let middle = (shares.x(along) + 16.0, shares.y(along) + 4.0);
    svg.text(middle, Anchor::Start, 12, &labels.diagonal);
    let most = calibration.bins.iter().map(|bin| bin.values).max();
    let most = count_height(most.unwrap_or(1));
    for bin in &calibration.bins {
        draw_bin(&mut svg, bin, &shares);
        let (left, right) = (counts.x(stretched(bin.from)), counts.x(stretched(bin.to)));
        // Room for the number above the highest bar.
        let height = count_height(bin.values) / most * (counts.height - 18.0);
        let top = counts.y(0.0) - height;
        svg.add(format_args!(
            "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"#9fc3e6\"/>",
            left + 1.0,
            right - left - 2.0,
        ));
        let middle = ((left + right) / 2.0, top - 4.0);
        svg.text(middle, Anchor::Middle, 11, &bin.values.to_string());
    }
    svg.frame(&shares);
    svg.frame(&counts);
    let middle = shares.x(0.5);
    svg.text(
        (middle, counts.y(0.0) + 40.0),
        Anchor::Middle,
        13,
        &labels.confidence,
    );
    svg.text(
        (middle, counts.y(0.0) + 66.0),
        Anchor::Middle,
        12,
        &labels.caption,
    );
    svg.upright_text((32.0, shares.y(0.5)), &labels.right);
    svg.upright_text((32.0, counts.y(0.5)), &labels.values);
    svg.end()
}

/// The share of right values of a bin, and where it lies with 95 % probability.
fn draw_bin(svg: &mut Svg, bin: &Bin, shares: &Frame) {
    let (colour, _) = CURVES[0];
    let x = shares.x(stretched(bin.confidence));
    let y = |share: f64| shares.y(stretched(share));
    let (low, high) = (y(bin.right_low), y(bin.right_high));
    svg.line((x, low), (x, high), colour, 1.5);
    for end in [low, high] {
        svg.line((x - 4.0, end), (x + 4.0, end), colour, 1.5);
    }
    svg.add(format_args!(
        "<circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"4.5\" fill=\"{colour}\"/>",
        y(bin.right)
    ));
}

/// Heights of numbers of values: few are to be seen beside many.
fn count_height(n: u64) -> f64 {
    (1.0 + n as f64).log10()
}

/// The picture of an efficiency: for forms, documents and places the share of wrong leaves found beside the share looked at.
#[must_use]
pub fn efficiency_plot(by_unit: &ByUnit, labels: &EfficiencyLabels) -> String {
    let panels = [&by_unit.forms, &by_unit.documents, &by_unit.leaves];
    let mut svg = Svg::new(1150, 476, &labels.title);
    svg.text((76.0, 32.0), Anchor::Start, 17, &labels.title);
    for (idx, (panel, title)) in panels.into_iter().zip(&labels.panels).enumerate() {
        let frame = Frame {
            left: 76.0 + 365.0 * idx as f64,
            top: 84.0,
            width: 310.0,
            height: 310.0,
        };
        svg.text((frame.left, frame.top - 12.0), Anchor::Start, 13, title);
        draw_panel(&mut svg, panel, &frame);
        svg.text(
            (frame.x(0.5), frame.y(0.0) + 40.0),
            Anchor::Middle,
            12,
            &labels.looked_at,
        );
    }
    svg.upright_text((24.0, 84.0 + 155.0), &labels.found);
    for (idx, (name, style)) in labels.curves.iter().zip(CURVES).enumerate() {
        let left = 76.0 + 320.0 * idx as f64;
        svg.curve([(left, 460.0), (left + 30.0, 460.0)].into_iter(), style);
        svg.text((left + 38.0, 464.0), Anchor::Start, 12, name);
    }
    svg.end()
}

fn draw_panel(svg: &mut Svg, panel: &Efficiency, frame: &Frame) {
    // The beginning is what matters.
    let x = |share: f64| frame.x(share.sqrt());
    for tick in LOOKED_AT_TICKS {
        svg.line((x(*tick), frame.y(0.0)), (x(*tick), frame.top), PALE, 1.0);
        svg.text(
            (x(*tick), frame.y(0.0) + 18.0),
            Anchor::Middle,
            11,
            &per_cent(*tick),
        );
    }
    for tick in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
        svg.line(
            (frame.left, frame.y(tick)),
            (frame.x(1.0), frame.y(tick)),
            PALE,
            1.0,
        );
        svg.text(
            (frame.left - 6.0, frame.y(tick) + 4.0),
            Anchor::End,
            11,
            &per_cent(tick),
        );
    }
    let curves = [
        curve(&panel.doubted),
        curve(&as_oracle(&panel.doubted)),
        vec![(0.0, 0.0), (1.0, 1.0)],
    ];
    // Those that matter are drawn over the others.
    for (points, style) in curves.iter().zip(CURVES).rev() {
        if panel.wrong == 0 {
            continue;
        }
        let steps = (0..=200).map(|step| (f64::from(step) / 200.0).powi(2));
        svg.curve(
            steps.map(|share| (x(share), frame.y(found_at(points, share)))),
            style,
        );
    }
    svg.frame(frame);
}

fn per_cent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::super::calibration::{Believed, calibrate};
    use super::super::efficiency::{Unit, efficiency};
    use super::*;

    #[test]
    fn the_nearer_to_one_the_wider() {
        assert!(stretched(0.0).abs() < 1e-12);
        assert!((stretched(1.0) - 1.0).abs() < 1e-12);
        assert!(stretched(0.99) - stretched(0.98) > stretched(0.1) - stretched(0.0));
    }

    #[test]
    fn a_calibration_has_a_point_and_a_bar_for_each_bin() {
        let value = |confidence| Believed {
            confidence,
            is_right: true,
        };
        let calibration = calibrate(&[value(0.3), value(0.99)]).unwrap();
        let label = |text: &str| text.to_owned();
        let svg = calibration_plot(
            &calibration,
            &CalibrationLabels {
                title: label("置信度 <1>"),
                caption: label("c"),
                confidence: label("x"),
                right: label("y"),
                values: label("n"),
                diagonal: label("d"),
            },
        );
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("置信度 &lt;1&gt;"));
        assert!(!svg.contains("NaN"));
    }

    #[test]
    fn an_efficiency_has_three_panels() {
        let units = |n_wrong| {
            let unit = Unit {
                doubt: 1.0,
                n_wrong,
            };
            efficiency(vec![unit; 3], 0)
        };
        let label = |text: &str| text.to_owned();
        let by_unit = ByUnit {
            forms: units(1),
            documents: units(2),
            leaves: units(0),
        };
        let svg = efficiency_plot(
            &by_unit,
            &EfficiencyLabels {
                title: label("t"),
                panels: [label("a"), label("b"), label("c")],
                looked_at: label("x"),
                found: label("y"),
                curves: [label("d"), label("o"), label("z")],
            },
        );
        // Two panels with three curves each, where nothing is wrong none, and the legend.
        assert_eq!(svg.matches("<polyline").count(), 9);
        assert!(!svg.contains("NaN"));
    }
}
