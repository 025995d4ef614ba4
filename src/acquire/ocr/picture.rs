//! Pictures: image files and the images of PDF pages, decoded within limits.
