//! The text of a PDF as pdf-extract reads it. In: bytes. Out: a text for each page. Never: in the process that reads forms.
//!
//! The crate was made by other people on another parser, which is all that it is good for here: it panics on ordinary
//! files, overflows its stack on forms that draw themselves, and loses places.

use thiserror::Error;

/// Why there is no text.
#[derive(Debug, Error)]
#[error("pdf-extract: {0}")]
pub struct ReaderError(String);

/// The texts of a PDF's pages, in order.
///
/// # Errors
/// What the crate says.
///
/// # Panics
/// Where the crate does: call it in a process of its own.
pub fn extract(bytes: &[u8]) -> Result<Vec<String>, ReaderError> {
    pdf_extract::extract_text_from_mem_by_pages(bytes)
        .map_err(|error| ReaderError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pdf_is_an_error() {
        assert!(extract(b"no PDF").is_err());
    }
}
