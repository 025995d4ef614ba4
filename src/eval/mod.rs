//! Eval: a run held against the truth.
//!
//! In: lines of a truth, forms of a run. Out: how much of it is right, by field and by tag; whether confidences can be believed; what it is
//! worth to look first at what jixiao doubts; the same as pictures. Never: opens a file; speaks a language; leaves a leaf uncounted.
//!
//! Forms and rows are paired, and values compared, as the scorer of the corpus does it: the figures of both agree.

mod align;
mod assign;
mod calibration;
mod compare;
mod documents;
mod efficiency;
mod evaluate;
mod fold;
mod pair;
mod plot;
mod report;
mod shape;
mod similar;
mod tally;

pub use calibration::{Bin, Calibration};
pub use documents::TwoPaths;
pub use efficiency::{Efficiency, Found, Unit};
pub use evaluate::{Evaluation, FileResult, TruthLine};
pub use plot::{CalibrationLabels, EfficiencyLabels, calibration_plot, efficiency_plot};
pub use report::{ByUnit, Difference, DifferenceKind, Report, ReportParams, WorstFile, report};
pub use tally::{FieldFigures, Figures, Tally};
