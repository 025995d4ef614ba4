//! Layout's tolerances. In: nothing. Out: [`LayoutParams`]. Never: a length in points; all are in character sizes.

/// Tolerances of layout, in widths of a full-width character (em) of the text they are applied to.
#[derive(Debug, Clone, PartialEq)]
pub struct LayoutParams {
    /// Two texts stand on one line if their middles differ by no more than this.
    pub line_tolerance_em: f32,
    /// A gap of this width or more between two glyphs reads as a space.
    pub space_gap_em: f32,
    /// A gap of this width or more between two text runs may be a boundary of columns.
    pub run_gap_em: f32,
    /// A gap of this width or more cuts a line into segments.
    pub min_column_gap_em: f32,
    /// A gap of this width or more parts two pieces of a line for the search of columns.
    pub piece_gap_em: f32,
    /// More white than this between two lines ends a table without rules.
    pub block_gap_em: f32,
    /// Rules no farther apart than this are one boundary (double rules, rules drawn piece by piece).
    pub double_rule_em: f32,
    /// Gaps in a rule up to this width are bridged (dashes, rules drawn cell by cell).
    pub bridge_em: f32,
    /// A rule that misses another by no more than this still meets it.
    pub crossing_em: f32,
    /// Rows and columns narrower than this are slivers between rules and hold no text.
    pub min_cell_em: f32,
    /// Blank rows and columns narrower than this are white space between tables that touch.
    pub sliver_em: f32,
    /// A table is open at a side if its rules run past the last crossing by more than this.
    pub open_side_em: f32,
    /// Column boundaries of two tables agree if they differ by no more than this.
    pub column_match_em: f32,
    /// White space between blocks from here on is [`Gap::Small`](crate::model::block::Gap::Small).
    pub small_gap_em: f32,
    /// White space between blocks from here on is [`Gap::Large`](crate::model::block::Gap::Large).
    pub large_gap_em: f32,
    /// Share of the page's height at its top and bottom where running headers and footers are looked for.
    pub margin_share: f32,
    /// Running headers and footers are parted from the body by this much white at least.
    pub furniture_gap_em: f32,
    /// More rules than this on a page are a drawing, not tables.
    pub max_rules: usize,
    /// More elementary cells than this in a grid are a drawing, not a table.
    pub max_grid_cells: usize,
}

impl Default for LayoutParams {
    fn default() -> Self {
        Self {
            line_tolerance_em: 0.3,
            space_gap_em: 0.3,
            run_gap_em: 0.1,
            min_column_gap_em: 1.25,
            piece_gap_em: 0.8,
            block_gap_em: 3.0,
            double_rule_em: 0.3,
            bridge_em: 0.35,
            crossing_em: 0.35,
            min_cell_em: 0.3,
            sliver_em: 0.8,
            open_side_em: 1.0,
            column_match_em: 0.6,
            small_gap_em: 0.9,
            large_gap_em: 2.2,
            margin_share: 0.09,
            furniture_gap_em: 0.8,
            max_rules: 8_000,
            max_grid_cells: 60_000,
        }
    }
}
