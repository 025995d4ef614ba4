//! The order of the rooms: acquire → layout → grammar → normalise → validate → emit.
//! In: a path. Out: records and a ledger line. Never: knows what a form looks like.

mod dump;
mod recheck;
mod specification;

use std::path::Path;

use crate::acquire::{Input, read_bytes, watch_file};
use crate::emit::ledger::{DocumentFacts, document_line};
use crate::emit::record::{RecordParams, record, source};
use crate::grammar::{Grammars, recognise};
use crate::layout::{LayoutParams, layout};
use crate::model::member::Member;
use crate::model::page::{Content, Document, Page};
use crate::model::{Diagnosed, Diagnostic, DocumentLine, Record};
use crate::normalise::{Terms, normalise_with};
use crate::validate::{second_opinions, validate};

pub use crate::acquire::ocr::read::{DetectorMode, OcrMode, SecondOcr, check_second};
pub use crate::acquire::ocr::{engine, models};
pub use crate::acquire::{
    AcquireParams, HEAD_BYTES, archive, are_named_so, process, second_reader, shown, words_beside,
};
pub use dump::{DumpError, DumpFormat, Stage, dump, dump_picture};
pub use recheck::{recheck, take_code_apart};
pub use specification::{SpecOutcome, run_specifications};

/// Settings of a run that change what is read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PipelineParams {
    /// Whether records say where each value was printed.
    pub provenance: bool,
    /// How files are read.
    pub acquire: AcquireParams,
    /// How pages are laid out.
    pub layout: LayoutParams,
}

/// Grammars made ready for many files.
#[derive(Debug)]
pub struct Reader<'g> {
    grammars: &'g Grammars,
    terms: Terms<'g>,
}

impl<'g> Reader<'g> {
    /// Indexes the vocabulary of the grammars, which costs as much as reading a page.
    #[must_use]
    pub fn new(grammars: &'g Grammars) -> Self {
        Self {
            grammars,
            terms: Terms::new(&grammars.vocabulary),
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Its forms, in reading order.
    pub records: Vec<Record>,
    /// Its ledger line, without a time.
    pub document: DocumentLine,
}

/// Reads one file, or the `member` of the archive that it is. `name` is its path as it shall stand in the record.
#[must_use]
pub fn process_file(
    path: &Path,
    member: Option<&Member>,
    name: &str,
    reader: &Reader<'_>,
    params: &PipelineParams,
) -> Outcome {
    process_input(
        watch_file(path, member, name, &params.acquire, &mut |_, _| {}),
        name,
        reader,
        params,
    )
}

/// Reads the bytes of a file that is in memory. `name` is its path as it shall stand in the record.
#[must_use]
pub fn process_bytes(
    bytes: Vec<u8>,
    name: &str,
    reader: &Reader<'_>,
    params: &PipelineParams,
) -> Outcome {
    process_input(
        read_bytes(bytes, name, &params.acquire),
        name,
        reader,
        params,
    )
}

fn process_input(
    input: Diagnosed<Input>,
    name: &str,
    reader: &Reader<'_>,
    params: &PipelineParams,
) -> Outcome {
    let mut diagnostics = Vec::new();
    let input = input.unload(&mut diagnostics);
    let facts = DocumentFacts {
        id: input.id,
        path: name.to_owned(),
        n_bytes: input.n_bytes,
        diagnostics,
        ..DocumentFacts::default()
    };
    match input.document {
        Some(document) => process_document(&document, facts, reader, params),
        None => Outcome {
            records: Vec::new(),
            document: document_line(facts, &[]),
        },
    }
}

/// Takes a document through the rooms behind acquire; `facts` are what is known of its file.
#[must_use]
pub fn process_document(
    document: &Document,
    mut facts: DocumentFacts,
    reader: &Reader<'_>,
    params: &PipelineParams,
) -> Outcome {
    let pages: &[Page] = match &document.content {
        Content::Pages(pages) => {
            facts.n_pages = u32::try_from(pages.len()).ok();
            pages
        }
        Content::Lines(_) => &[],
    };
    let mut layout_findings = Vec::new();
    let blocks = layout(document, &params.layout).unload(&mut layout_findings);
    let Reader { grammars, terms } = reader;
    let found = recognise(&blocks, grammars).unload(&mut facts.diagnostics);
    facts.n_chars = found.n_chars_beside;
    let mut records = Vec::new();
    for (raw, ordinal) in found.forms.into_iter().zip(1u32..) {
        facts.n_chars_used += raw.n_chars_used;
        facts.n_chars += raw.n_chars;
        let mut findings: Vec<Diagnostic> = Vec::new();
        let form = normalise_with(raw, pages, terms).unload(&mut findings);
        let validation = validate(&form, &grammars.vocabulary);
        findings.extend(validation.diagnostics);
        if let Content::Pages(pages) = &document.content {
            findings.extend(second_opinions(&form, pages));
        }
        facts.sources.push(source(document, form.pages).to_owned());
        let record_params = RecordParams {
            with_provenance: params.provenance,
        };
        records.push(record(
            document,
            ordinal,
            form,
            validation.checks,
            findings,
            &record_params,
        ));
    }
    if !records.is_empty() {
        facts.diagnostics.extend(layout_findings);
    }
    if facts.sources.is_empty() {
        facts.sources.push(source(document, None).to_owned());
    }
    Outcome {
        document: document_line(facts, &records),
        records,
    }
}

#[cfg(test)]
mod page_tests;
