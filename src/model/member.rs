//! A member of an archive: what it is called and where its bytes lie.

use serde::{Deserialize, Serialize};

use super::Diagnostic;

/// A member that an archive names; folders are none.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its path in the archive, `/` separators.
    pub name: String,
    /// The bytes of that path where they are not UTF-8.
    pub raw_name: Option<Vec<u8>>,
    /// Where its bytes lie, or why it cannot be read.
    pub member: Result<Member, Diagnostic>,
}

/// Where the bytes of a member lie in its archive, as the archive's directory has it: none of it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Of its local header in the file, bytes.
    pub offset: u64,
    /// Of the packed bytes.
    pub n_packed: u64,
    /// Of the bytes when unpacked.
    pub n_bytes: u64,
    /// CRC-32 of the bytes when unpacked.
    pub crc32: u32,
    /// How they are packed.
    pub packing: Packing,
}

/// How a member is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packing {
    /// Not at all.
    Stored,
    /// By deflate (RFC 1951).
    Deflated,
}
