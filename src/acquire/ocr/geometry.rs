//! Geometry: an upright page, its rules and its lines of text.
