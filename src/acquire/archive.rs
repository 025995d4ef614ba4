//! ZIP archives: what they hold, and the bytes of one member.
//!
//! In: the path of a file. Out: names and places of members; bytes. Never: unpacks to the disk; opens an archive that lies in
//! an archive; trusts a size, a count or a place that an archive states.
//!
//! The format is PKWARE's APPNOTE 6.3.10; "4.4.4" and the like are its sections.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use encoding_rs::GB18030;
use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, ErrorKind, ZipArchive, ZipFileHeaderRecord};

use super::open_without_waiting;
use super::sniff::is_of_document;
use crate::model::member::{Listed, Member, Packing};
use crate::model::{Code, Diagnosed, Diagnostic};

/// Lists the members of the archive at `path` in the order of its directory, at most `max_members`. `None` where the file is no
/// ZIP archive by its content, or a document that is packed as one.
///
/// Says `LIMIT_MEMBERS` and `ARCHIVE_DAMAGED` of the archive; what was listed before stands. Of members `PATH_UNSAFE`,
/// `ENCRYPTED` and `UNSUPPORTED`.
///
/// # Errors
/// Where the file cannot be read.
pub fn list(path: &Path, max_members: u32) -> io::Result<Option<Diagnosed<Vec<Listed>>>> {
    let mut file = open_without_waiting(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || !is_zip(&mut file)? {
        return Ok(None);
    }
    let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let mut members = Vec::new();
    let end = list_members(file, metadata.len(), max_members, &mut buffer, &mut members);
    let diagnostics = match end {
        Ok(()) => Vec::new(),
        Err(End::Io(error)) => return Err(error),
        Err(End::Said(said)) => vec![said],
    };
    let is_document = members.iter().any(|member| is_of_document(&member.name));
    Ok((!is_document).then_some(Diagnosed {
        value: members,
        diagnostics,
    }))
}

/// Why no more members are listed.
enum End {
    Io(io::Error),
    Said(Diagnostic),
}

impl From<rawzip::Error> for End {
    fn from(error: rawzip::Error) -> Self {
        match error.into_kind() {
            ErrorKind::IO(error) if error.kind() != io::ErrorKind::UnexpectedEof => Self::Io(error),
            kind => Self::Said(damaged(format!(
                "the directory of the archive cannot be read to its end: {kind}"
            ))),
        }
    }
}

fn list_members(
    file: File,
    n_bytes: u64,
    max_members: u32,
    buffer: &mut [u8],
    members: &mut Vec<Listed>,
) -> Result<(), End> {
    let archive = ZipArchive::from_file(file, buffer)?;
    let mut entries = archive.entries(buffer);
    let mut n_packed: u64 = 0;
    while let Some(entry) = entries.next_entry()? {
        if entry.is_dir() {
            continue;
        }
        if members.len() >= max_members as usize {
            let message = format!("the archive has more than {max_members} members");
            return Err(End::Said(Diagnostic::new(Code::LimitMembers, "", message)));
        }
        n_packed = n_packed.saturating_add(entry.compressed_size_hint());
        if n_packed > n_bytes {
            // Some bytes are those of several members, which is how a small file becomes a large one.
            let message = "the members of the archive are longer than the archive".to_owned();
            return Err(End::Said(damaged(message)));
        }
        members.push(listed(&entry));
    }
    Ok(())
}

fn listed(entry: &ZipFileHeaderRecord<'_>) -> Listed {
    let raw = entry.file_path().as_bytes();
    let name = decode_name(raw);
    let refuse = |code: Code, message: &str| Err(Diagnostic::new(code, "", message));
    let packing = match entry.compression_method() {
        CompressionMethod::STORE => Some(Packing::Stored),
        CompressionMethod::DEFLATE => Some(Packing::Deflated),
        _ => None,
    };
    let member = match packing {
        _ if leads_out(&name) => refuse(
            Code::PathUnsafe,
            "the path of the member leads out of the archive",
        ),
        _ if entry.mode().is_symlink() => {
            refuse(Code::PathUnsafe, "a link in an archive may lead anywhere")
        }
        _ if entry.flags().is_encrypted() => refuse(
            Code::Encrypted,
            "the member is encrypted; unpack the archive with its password",
        ),
        Some(packing) => Ok(Member {
            offset: entry.local_header_offset(),
            n_packed: entry.compressed_size_hint(),
            n_bytes: entry.uncompressed_size_hint(),
            crc32: entry.crc32(),
            packing,
        }),
        None => refuse(
            Code::Unsupported,
            "the member is packed by a method other than deflate; unpack the archive",
        ),
    };
    Listed {
        name,
        raw_name: std::str::from_utf8(raw).is_err().then(|| raw.to_vec()),
        member,
    }
}

/// The path of a member. What is not UTF-8 was packed on Windows, which writes the code page of China, whatever 4.4.4 says.
/// The separator of Windows, which 4.4.17 forbids, stands for `/` where there is no other.
fn decode_name(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    if name.contains('/') {
        name
    } else {
        name.replace('\\', "/")
    }
}

/// Whether a path is none below a folder: absolute, with a drive, or with `..`; or whether it is no path at all.
fn leads_out(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.is_empty()
        || name.starts_with(['/', '\\'])
        || has_drive
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == "..")
}

fn is_zip(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(4).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(head == b"PK\x03\x04" || head == b"PK\x05\x06")
}

/// The bytes of a member as they are unpacked. They may be more than it states, and its sum is not checked.
///
/// # Errors
/// Where there is no member at its place, or the archive cannot be read.
pub fn open(path: &Path, member: &Member) -> io::Result<Box<dyn Read>> {
    /// Of a local header as far as its length is always the same (4.3.7).
    const HEADER_BYTES: usize = 30;
    let mut file = open_without_waiting(path)?;
    file.seek(SeekFrom::Start(member.offset))?;
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        let message = "there is no member at this place";
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    // Lengths of the name and of the extra field.
    let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    file.seek(SeekFrom::Current(length(26) + length(28)))?;
    let packed = file.take(member.n_packed);
    Ok(match member.packing {
        Packing::Stored => Box::new(packed),
        Packing::Deflated => Box::new(DeflateDecoder::new(packed)),
    })
}

/// Unpacks a member of at most `max_bytes`.
///
/// # Errors
/// `LIMIT_DECODE`, `ARCHIVE_DAMAGED`, `IO_READ`.
pub(super) fn read(path: &Path, member: &Member, max_bytes: u64) -> Result<Vec<u8>, Diagnostic> {
    if member.n_bytes > max_bytes {
        let message = format!(
            "the member unpacks to {} bytes, the limit is {max_bytes} (--max-bytes)",
            member.n_bytes
        );
        return Err(Diagnostic::new(Code::LimitDecode, "", message));
    }
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            damaged(format!("the member cannot be unpacked: {error}"))
        }
        _ => Diagnostic::new(
            Code::IoRead,
            "",
            format!("cannot read the archive: {error}"),
        ),
    };
    let mut bytes = Vec::new();
    // One byte more than it states shows that it has more.
    open(path, member)
        .and_then(|packed| {
            packed
                .take(member.n_bytes.saturating_add(1))
                .read_to_end(&mut bytes)
        })
        .map_err(failed)?;
    if bytes.len() as u64 != member.n_bytes {
        return Err(damaged(
            "the member is not as long as the archive states".to_owned(),
        ));
    }
    if rawzip::crc32(&bytes) != member.crc32 {
        return Err(damaged(
            "the bytes of the member do not have the sum that the archive states".to_owned(),
        ));
    }
    Ok(bytes)
}

fn damaged(message: String) -> Diagnostic {
    Diagnostic::new(Code::ArchiveDamaged, "", message)
}
