//! Opening: a file's bytes become a document, with its password, or repaired.
//! In: bytes. Out: an opened PDF. Never: takes an encrypted file for a damaged one.

use std::collections::BTreeSet;
use std::sync::Arc;

use hayro_syntax::object::{Array, Dict};
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::PdfParams;
use crate::model::{Code, Diagnostic};

/// Bytes of a file's head in which its header is looked for.
const HEADER_REACH: usize = 8 << 10;
/// Bytes of a file's tail in which `startxref` is looked for.
const TRAILER_REACH: usize = 2 << 10;

/// Where the header `%PDF-` stands, within the first 8 KiB.
pub(super) fn header_offset(bytes: &[u8]) -> Option<usize> {
    bytes[..bytes.len().min(HEADER_REACH)]
        .windows(5)
        .position(|window| window == b"%PDF-")
}

/// Opens a file by the first reader, with a password if need be, or after repair.
///
/// # Errors
/// The finding that says why the file cannot be read: `ENCRYPTED`, `BAD_PDF`, `UNSUPPORTED`.
pub(super) fn open(
    bytes: Vec<u8>,
    params: &PdfParams,
    findings: &mut Vec<Diagnostic>,
) -> Result<Pdf, Diagnostic> {
    if header_offset(&bytes).is_none() {
        return Err(Diagnostic::new(
            Code::BadPdf,
            "",
            "no header %PDF- in the first 8 KiB",
        ));
    }
    let bytes = Arc::new(bytes);
    let intact = cross_reference_is_there(&bytes);
    let refusal = match open_with_passwords(&bytes, params) {
        Ok(pdf) if !pdf.pages().is_empty() => {
            if !intact {
                findings.push(Diagnostic::new(
                    Code::Recovered,
                    "",
                    "the cross references are damaged; objects were found by searching the file",
                ));
            }
            return Ok(pdf);
        }
        Ok(_) => Diagnostic::new(Code::BadPdf, "", "no page can be found"),
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => {
            return Err(Diagnostic::new(
                Code::Encrypted,
                "",
                "the file opens neither without a password nor with one of those given",
            ));
        }
        Err(LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm)) => {
            return Err(Diagnostic::new(
                Code::Encrypted,
                "",
                "the file is encrypted by a method that is not supported (certificates, or an unknown handler)",
            ));
        }
        Err(LoadPdfError::Decryption(_)) => {
            Diagnostic::new(Code::BadPdf, "", "the encryption dictionary is damaged")
        }
        Err(LoadPdfError::Invalid) => Diagnostic::new(
            Code::BadPdf,
            "",
            "neither a catalogue nor pages can be found",
        ),
    };
    match repair(&bytes, params) {
        Repair::Opened(pdf) => {
            findings.push(Diagnostic::new(
                Code::Recovered,
                "",
                "the file was rebuilt in memory by a second parser",
            ));
            Ok(*pdf)
        }
        Repair::Encrypted => Err(Diagnostic::new(
            Code::Encrypted,
            "",
            "the file is encrypted and damaged",
        )),
        Repair::Failed => Err(refusal),
    }
}

fn open_with_passwords(bytes: &Arc<Vec<u8>>, params: &PdfParams) -> Result<Pdf, LoadPdfError> {
    let mut result = Pdf::new(Arc::clone(bytes));
    for password in &params.passwords {
        if !matches!(
            result,
            Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected))
        ) {
            break;
        }
        result = Pdf::new_with_password(Arc::clone(bytes), password);
    }
    result
}

/// Whether `startxref` points at a table or a stream of cross references.
fn cross_reference_is_there(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(TRAILER_REACH)..];
    let Some(at) = tail.windows(9).rposition(|window| window == b"startxref") else {
        return false;
    };
    let digits: Vec<u8> = tail[at + 9..]
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take_while(u8::is_ascii_digit)
        .collect();
    let offset = std::str::from_utf8(&digits)
        .ok()
        .and_then(|digits| digits.parse::<usize>().ok());
    let starts_well = |offset: usize| {
        let target = bytes.get(offset..).unwrap_or_default();
        let target = &target[target
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())
            .unwrap_or(target.len())..];
        target.starts_with(b"xref") || begins_an_object(target)
    };
    offset.is_some_and(starts_well)
}

/// Whether bytes begin as an object does: two numbers and `obj`.
fn begins_an_object(bytes: &[u8]) -> bool {
    /// Bytes that two numbers may take.
    const REACH: usize = 64;
    let head = &bytes[..bytes.len().min(REACH)];
    let mut words = head
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let mut is_number = || {
        let word = words.next();
        word.is_some_and(|word| word.iter().all(u8::is_ascii_digit))
    };
    let has_numbers = is_number() && is_number();
    has_numbers && words.next().is_some_and(|word| word.starts_with(b"obj"))
}

/// Says so where the page tree promises other pages than were found: /Count is a hint and nothing more, but a page that the tree
/// names twice is printed twice and read once.
pub(super) fn report_page_tree(pdf: &Pdf, n_found: u32, findings: &mut Vec<Diagnostic>) {
    let catalog = pdf
        .xref()
        .get::<Dict<'_>>(pdf.xref().root_id())
        .unwrap_or_default();
    let Some(root) = catalog.get::<Dict<'_>>(b"Pages") else {
        return;
    };
    let promised = root
        .get::<i32>(b"Count")
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(n_found);
    if promised <= n_found {
        return;
    }
    let mut seen = BTreeSet::new();
    let mut n_repeated = 0_u64;
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        let kids = node.get::<Array<'_>>(b"Kids");
        for id in kids
            .iter()
            .flat_map(|kids| kids.raw_iter())
            .filter_map(|kid| kid.as_obj_ref())
        {
            if !seen.insert((id.obj_number, id.gen_number)) {
                n_repeated += 1;
            } else if let Some(kid) = pdf.xref().get::<Dict<'_>>(id.into())
                && kid.contains_key(b"Kids")
            {
                nodes.push(kid);
            }
        }
    }
    findings.push(if n_repeated > 0 {
        Diagnostic::new(
            Code::LimitPages,
            "",
            format!(
                "the page tree names {n_repeated} of its parts more than once; each was read once"
            ),
        )
    } else {
        Diagnostic::new(
            Code::Recovered,
            "",
            format!("the file promises {promised} pages, {n_found} were found"),
        )
    });
}

enum Repair {
    Opened(Box<Pdf>),
    Encrypted,
    Failed,
}

/// The second road: lopdf rebuilds the file within its limits, the first reader reads what it saves.
fn repair(bytes: &[u8], params: &PdfParams) -> Repair {
    if bytes.len() > params.max_repair_bytes {
        return Repair::Failed;
    }
    let options = lopdf::LoadOptions {
        max_decompressed_size: Some(params.max_decoded_stream_bytes),
        ..lopdf::LoadOptions::default()
    };
    let from = header_offset(bytes).unwrap_or(0);
    let Ok(mut document) = lopdf::Document::load_mem_with_options(&bytes[from..], options) else {
        return Repair::Failed;
    };
    if document.is_encrypted() {
        return Repair::Encrypted;
    }
    let mut saved = Vec::new();
    if document.get_pages().is_empty() || document.save_to(&mut saved).is_err() {
        return Repair::Failed;
    }
    match Pdf::new(saved) {
        Ok(pdf) if !pdf.pages().is_empty() => Repair::Opened(Box::new(pdf)),
        _ => Repair::Failed,
    }
}
