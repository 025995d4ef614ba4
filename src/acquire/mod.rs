//! Acquire: the bytes of a file become pages of positioned glyphs, or plain lines.
//! In: a path or bytes. Out: [`Document`]. Never: knows what a table or a form is.

pub mod pdf;
