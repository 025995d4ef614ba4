//! Frames: what the two sides say to each other. A length of four bytes, little-endian, and so many bytes of JSON.
//!
//! Never: allocates what a length promises before the bytes are there.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Limits;
use crate::batch::FinishedForm;
use crate::model::member::Member;
use crate::model::{Code, DocumentLine};

/// Longest frame, bytes: the records of 5,000 pages with their provenance are shorter.
const MAX_BYTES: u32 = 1 << 30;

/// The first frame to a worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start<T> {
    /// Version of jixiao: the program may have been replaced since.
    pub(super) version: String,
    /// How files are read.
    pub(super) reading: T,
    pub(super) limits: Limits,
}

/// What a worker says first: whether it is ready, or why not.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ready {
    pub(super) refused: Option<String>,
}

/// A file that is to be read.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    /// How many this worker was asked before.
    pub(super) number: u32,
    /// Its path, as the system has it, or that of the archive that it is a member of.
    pub(super) path: Vec<u8>,
    /// Where it lies in that archive.
    pub(super) member: Option<Member>,
    /// Its path as it shall stand in the record.
    pub(super) name: String,
}

/// What became of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Reply {
    /// It was read, or it is said why not.
    Done {
        /// That of the request.
        number: u32,
        document: Box<DocumentLine>,
        forms: Vec<FinishedForm>,
        /// Memory of the worker, bytes.
        memory: u64,
    },
    /// It costs too much; the worker ends.
    Stopped {
        /// Name of the code.
        code: String,
        message: String,
    },
}

impl Reply {
    /// A file costs too much.
    pub(super) fn stopped(code: Code, message: String) -> Self {
        Self::Stopped {
            code: code.name().to_owned(),
            message,
        }
    }
}

/// Writes a frame and hands it on at once.
///
/// # Errors
/// Where nobody reads, or the frame is longer than one may be.
pub(super) fn write(writer: &mut impl Write, frame: &impl Serialize) -> io::Result<()> {
    let bytes = serde_json::to_vec(frame)?;
    let length = u32::try_from(bytes.len()).ok().filter(|n| *n <= MAX_BYTES);
    let length = length.ok_or_else(|| bad("a frame is too long"))?;
    writer.write_all(&length.to_le_bytes())?;
    writer.write_all(&bytes)?;
    writer.flush()
}

/// Reads a frame; `None` where the other side has closed.
///
/// # Errors
/// Where it ends in the midst of a frame, is longer than a frame may be, or is none.
pub(super) fn read<T: DeserializeOwned>(reader: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut length)?;
    if length.is_empty() {
        return Ok(None);
    }
    let length: [u8; 4] = length.try_into().map_err(|_| bad("a frame is torn"))?;
    let length = u32::from_le_bytes(length);
    if length > MAX_BYTES {
        return Err(bad("a frame is too long"));
    }
    let mut bytes = Vec::new();
    let n_read = reader
        .by_ref()
        .take(length.into())
        .read_to_end(&mut bytes)?;
    if n_read != length as usize {
        return Err(bad("a frame is torn"));
    }
    Ok(Some(serde_json::from_slice(&bytes)?))
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request() -> Request {
        Request {
            number: 0,
            path: b"/\xff.pdf".to_vec(),
            member: None,
            name: "表.pdf".to_owned(),
        }
    }

    #[test]
    fn a_frame_comes_back_and_nothing_is_the_end() {
        let mut bytes = Vec::new();
        write(&mut bytes, &request()).unwrap();
        write(&mut bytes, &request()).unwrap();
        let mut reader = bytes.as_slice();
        for _ in 0..2 {
            assert_eq!(read(&mut reader).unwrap(), Some(request()));
        }
        assert_eq!(read::<Request>(&mut reader).unwrap(), None);
    }

    #[test]
    fn a_torn_frame_is_an_error_wherever_it_is_torn() {
        let mut bytes = Vec::new();
        write(&mut bytes, &request()).unwrap();
        for n in 1..bytes.len() {
            assert!(read::<Request>(&mut &bytes[..n]).is_err(), "{n}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_a_frame_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Reply>(&mut bytes.as_slice());
        }

        #[test]
        fn whatever_a_frame_holds_is_a_reply_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut frame = u32::try_from(bytes.len()).unwrap().to_le_bytes().to_vec();
            frame.extend(bytes);
            let _ = read::<Reply>(&mut frame.as_slice());
        }
    }
}
