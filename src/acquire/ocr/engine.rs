//! Engines: a line image becomes characters.
