//! Tables without rules: lines that align in columns.
//!
//! In: the loose lines of a page. Out: sheets in their place. Never: makes a table of prose.

use super::assemble::Leaf;
use super::params::LayoutParams;

/// Replaces runs of lines that align in columns by sheets.
pub(super) fn find_aligned(_leaf: &mut Leaf, _params: &LayoutParams) {}
