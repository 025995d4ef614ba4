//! Models: which files recognition needs, where they are, and how they come there.
