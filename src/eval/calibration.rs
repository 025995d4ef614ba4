//! How far confidences can be believed: how often values of a stated confidence are right.

use serde::Serialize;
use serde_json::Value;

use super::compare::Leaf;
use super::tally::rounded;
use crate::model::wilson::wilson;

/// Lower ends of the bins. Recognisers are mostly sure, so that bins are narrow where values are many.
const BINS: &[f64] = &[
    0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999,
];

/// A value of the output with its confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Believed {
    /// 0 to 1.
    pub confidence: f64,
    /// Whether it is what the truth has.
    pub is_right: bool,
}

/// Confidences beside how often they were right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Values with a confidence.
    pub values: u64,
    /// Of these the wrong ones.
    pub wrong: u64,
    /// Expected calibration error: mean distance of confidence and share of right values over the bins, weighted by their values.
    pub ece: f64,
    /// Mean square of the distance of confidence and being right.
    pub brier: f64,
    /// Brier score of saying the overall share for each value: what a confidence has to beat.
    pub brier_of_the_mean: f64,
    /// Bins with at least one value, by confidence.
    pub bins: Vec<Bin>,
}

/// Values of about one confidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Least confidence.
    pub from: f64,
    /// Confidences are below; the last bin holds 1, too.
    pub to: f64,
    /// Values.
    pub values: u64,
    /// Mean confidence.
    pub confidence: f64,
    /// Share of right ones.
    pub right: f64,
    /// Where that share lies with 95 % probability: Wilson's interval, lower end.
    pub right_low: f64,
    /// Its upper end.
    pub right_high: f64,
}

/// The values of a form that have a confidence: their own, else that of the nearest value that holds them.
pub(super) fn believed(form: &Value, leaves: &[Leaf]) -> Vec<Believed> {
    let confidence = |pointer: &str| {
        let provenance = form.get("provenance")?;
        let steps = std::iter::successors(Some(pointer), |pointer| {
            pointer.rsplit_once('/').map(|(holder, _)| holder)
        });
        let mut places = steps.filter_map(|pointer| provenance.get(pointer));
        places.find_map(|place| place.get("confidence")?.as_f64())
    };
    let of_output = leaves.iter().filter(|leaf| leaf.output.is_some());
    let believed = of_output.filter_map(|leaf| {
        Some(Believed {
            confidence: confidence(leaf.pointer.as_deref()?)?.clamp(0.0, 1.0),
            is_right: leaf.is_right,
        })
    });
    believed.collect()
}

/// The calibration of these values; `None` where there are none.
#[must_use]
pub(super) fn calibrate(values: &[Believed]) -> Option<Calibration> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let is_right = |value: &Believed| f64::from(u8::from(value.is_right));
    let mean_right = values.iter().map(is_right).sum::<f64>() / n;
    let square = |value: &Believed| (value.confidence - is_right(value)).powi(2);
    let bins: Vec<Bin> = BINS
        .iter()
        .enumerate()
        .filter_map(|(idx, from)| bin(values, *from, BINS.get(idx + 1).copied()))
        .collect();
    let distance = |bin: &Bin| bin.values as f64 * (bin.confidence - bin.right).abs();
    Some(Calibration {
        values: values.len() as u64,
        wrong: values.iter().filter(|value| !value.is_right).count() as u64,
        ece: rounded(bins.iter().map(distance).sum::<f64>() / n),
        brier: rounded(values.iter().map(square).sum::<f64>() / n),
        brier_of_the_mean: rounded(mean_right * (1.0 - mean_right)),
        bins: bins.into_iter().map(Bin::rounded).collect(),
    })
}

/// The values from a confidence up to another, or up to 1; `None` where there are none.
fn bin(values: &[Believed], from: f64, to: Option<f64>) -> Option<Bin> {
    let is_in =
        |value: &&Believed| value.confidence >= from && to.is_none_or(|to| value.confidence < to);
    let within: Vec<&Believed> = values.iter().filter(is_in).collect();
    if within.is_empty() {
        return None;
    }
    let n = within.len() as f64;
    let n_right = within.iter().filter(|value| value.is_right).count() as f64;
    let (right_low, right_high) = wilson(n_right / n, n);
    Some(Bin {
        from,
        to: to.unwrap_or(1.0),
        values: within.len() as u64,
        confidence: within.iter().map(|value| value.confidence).sum::<f64>() / n,
        right: n_right / n,
        right_low,
        right_high,
    })
}

impl Bin {
    fn rounded(self) -> Self {
        Self {
            confidence: rounded(self.confidence),
            right: rounded(self.right),
            right_low: rounded(self.right_low),
            right_high: rounded(self.right_high),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::compare::compare;
    use super::*;

    fn value(confidence: f64, is_right: bool) -> Believed {
        Believed {
            confidence,
            is_right,
        }
    }

    #[test]
    fn bins_say_how_often_their_values_are_right() {
        let values = [
            value(0.6, true),
            value(0.6, false),
            value(1.0, true),
            value(0.9995, true),
        ];
        let calibration = calibrate(&values).unwrap();
        let bins: Vec<_> = calibration
            .bins
            .iter()
            .map(|bin| (bin.from, bin.to, bin.values, bin.right))
            .collect();
        assert_eq!(bins, [(0.5, 0.7, 2, 0.5), (0.999, 1.0, 2, 1.0)]);
        assert_eq!((calibration.values, calibration.wrong), (4, 1));
        assert_eq!(calibration.ece, 0.0501);
        assert_eq!(
            (calibration.brier, calibration.brier_of_the_mean),
            (0.13, 0.1875)
        );
        assert_eq!(calibrate(&[]), None);
    }

    #[test]
    fn intervals_are_those_of_wilson() {
        // Newcombe 1998, table I: 81 of 263 and 0 of 20.
        let (low, high) = wilson(81.0 / 263.0, 263.0);
        assert_eq!((rounded(low), rounded(high)), (0.2553, 0.3662));
        let (low, high) = wilson(0.0, 20.0);
        assert_eq!((rounded(low), rounded(high)), (0.0, 0.1611));
    }

    #[test]
    fn a_value_has_the_confidence_of_what_holds_it() {
        let form = json!({
            "title": "甲",
            "project": { "code": "1", "name": "乙" },
            "remarks": "丙",
            "provenance": { "/title": { "confidence": 0.5 }, "/project": { "confidence": 0.7 }, "/remarks": { "confidence": null } },
        });
        let truth = json!({ "title": "甲", "project": { "code": "1", "name": "丁" } });
        let leaves = compare(
            &truth,
            &super::super::shape::tidy(&form),
            &Default::default(),
        )
        .leaves;
        assert_eq!(
            believed(&form, &leaves),
            [value(0.5, true), value(0.7, true), value(0.7, false)]
        );
    }
}
