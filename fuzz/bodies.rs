//! What hostile bytes are given to, and what must hold whatever they are. Fuzz targets and the mutants of the tests share it.
//!
//! Each function takes any bytes. It panics where something is wrong with jixiao, never because of the bytes.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use jixiao::acquire::archive;
use jixiao::batch::{Finished, Output, OutputParams, RunIdentity, journal};
use jixiao::emit::ledger::DocumentFacts;
use jixiao::grammar::Grammars;
use jixiao::model::BBox;
use jixiao::model::page::{Axis, Content, Document, Glyph, Page, Ruling, Trust};
use jixiao::normalise::{split_code_name, split_target};
use jixiao::pipeline::{Outcome, PipelineParams, Reader, process_bytes, process_document};
use jixiao::worker;

/// What bytes are given to.
type Body = fn(&[u8]);

/// All that there are, by their names.
pub(crate) const ALL: &[(&str, Body)] = &[
    ("document", document),
    ("text", text),
    ("values", values),
    ("boxes", boxes),
    ("grammar", grammar),
    ("frames", frames),
    ("run", run),
    ("zip", zip),
];

/// Longest input that is worth its time, bytes.
const MOST: usize = 1 << 18;

fn grammars() -> &'static Grammars {
    static GRAMMARS: OnceLock<Grammars> = OnceLock::new();
    GRAMMARS.get_or_init(|| Grammars::load(&[]).expect("the built-in grammars are valid"))
}

fn reader() -> &'static Reader<'static> {
    static READER: OnceLock<Reader<'static>> = OnceLock::new();
    READER.get_or_init(|| Reader::new(grammars()))
}

fn params() -> PipelineParams {
    let mut params = PipelineParams {
        provenance: true,
        ..PipelineParams::default()
    };
    params.acquire.ocr.mode = jixiao::pipeline::OcrMode::Never;
    // Limits are met sooner than a fuzzer gives up.
    params.acquire.pdf.max_pages = 20;
    params
}

/// A file of any kind becomes a ledger line and as many lines of JSON as it says.
pub(crate) fn document(data: &[u8]) {
    if data.len() <= MOST {
        let outcome = process_bytes(data.to_vec(), "f", reader(), &params());
        check(&outcome);
        check_lines(Finished::from(outcome));
    }
}

fn check(outcome: &Outcome) {
    let line = &outcome.document;
    assert_eq!(line.forms as usize, outcome.records.len());
    assert!(
        line.status == "ok"
            || line.status == "no_form"
            || !line.diagnostics.is_empty()
            || !outcome.records.is_empty()
    );
    assert!(
        line.coverage
            .is_none_or(|share| (0.0..=1.0).contains(&share))
    );
}

fn check_lines(finished: Finished) {
    for form in &finished.forms {
        let body = form.line.strip_suffix('\n').expect("a line ends");
        assert!(!body.contains('\n'));
        serde_json::from_str::<serde_json::Value>(body).expect("a line is JSON");
    }
}

/// A text is read as what it is: nothing of it is lost but what the limits say.
pub(crate) fn text(data: &[u8]) {
    let read = jixiao::acquire::read_bytes(data.to_vec(), "f", &params().acquire);
    match read.value.document.map(|document| document.content) {
        Some(Content::Lines(lines)) => assert!(lines.iter().all(|line| !line.contains('\n'))),
        Some(Content::Pages(_)) => {}
        None => assert!(!read.diagnostics.is_empty()),
    }
}

/// Amounts, codes, targets and units: the printed text stays.
pub(crate) fn values(data: &[u8]) {
    let printed = String::from_utf8_lossy(data).replace(['\n', '\r', '\t'], " ");
    let vocabulary = &grammars().vocabulary;
    drop(split_code_name(&printed));
    drop(split_target(&printed, vocabulary));
    let form = format!(
        "年度绩效目标表\n\n项目名称: {printed}\n项目总额: {printed} 万元\n主管部门: {printed}\n\n一级指标\t二级指标\t三级指标\t指标性质\t指标值\t度量单位\t权重 (%)\n产出指标\t数量指标\t{printed}\t{printed}\t{printed}\t{printed}\t{printed}\n"
    );
    document(form.as_bytes());
}

/// Glyphs and rules anywhere become blocks, and those become forms or not.
pub(crate) fn boxes(data: &[u8]) {
    const CHARS: &[char] = &[
        '年', '度', '绩', '效', '目', '标', '表', '项', '名', '称', '指', '值', '≥', '8', '.', '%',
        ' ', '\u{fffd}', ':', '一',
    ];
    let number = |bytes: &[u8]| f32::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 8.0;
    let mut page = Page {
        number: 1,
        width: 595.0,
        height: 842.0,
        ..Page::default()
    };
    for (piece, run) in data.chunks_exact(9).take(2000).zip(0u32..) {
        let [a, b, c, d] = [1, 3, 5, 7].map(|at| number(&piece[at..]));
        if piece[0] < 64 {
            let axis = if piece[0] % 2 == 0 {
                Axis::Horizontal
            } else {
                Axis::Vertical
            };
            page.rulings.push(Ruling {
                axis,
                position: a,
                start: b.min(c),
                end: b.max(c),
                thickness: d.abs(),
            });
        } else {
            page.glyphs.push(Glyph {
                ch: CHARS[usize::from(piece[0]) % CHARS.len()],
                bbox: BBox::from_corners(a, b, a + c.abs() / 64.0, b + d.abs() / 64.0),
                size: d.abs() / 64.0,
                run: run / 4,
                clip: None,
                trust: Trust::Mapped,
                confidence: None,
            });
        }
    }
    through(&Document {
        id: String::new(),
        path: "f".to_owned(),
        n_bytes: 0,
        content: Content::Pages(vec![page]),
    });
}

/// Lines of a text through layout and grammar.
pub(crate) fn grammar(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    through(&Document {
        id: String::new(),
        path: "f".to_owned(),
        n_bytes: 0,
        content: Content::Lines(
            text.lines()
                .take(500)
                .map(|line| line.chars().take(2000).collect())
                .collect(),
        ),
    });
}

fn through(document: &Document) {
    let outcome = process_document(document, DocumentFacts::default(), reader(), &params());
    check(&outcome);
    check_lines(Finished::from(outcome));
}

/// What a worker is told may come from anywhere.
pub(crate) fn frames(data: &[u8]) {
    let mut input = data;
    while worker::wanted::<serde_json::Value>(&mut input).is_ok() {}
}

/// A run directory that others wrote into is taken up or refused, and what was in it before is not made longer.
pub(crate) fn run(data: &[u8]) {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let out = folder.path().join("run");
    let params = OutputParams {
        out: Some(out.clone()),
        ..OutputParams::default()
    };
    let identity = || RunIdentity {
        version: "1".to_owned(),
        configuration: "c".to_owned(),
        inputs: "i".to_owned(),
    };
    // A run that is not ended, with what a checkpoint and the files behind it look like.
    let Ok(begun) = Output::open(&params, identity()) else {
        panic!("a new directory can be written")
    };
    drop(begun);
    let at = data.len() / 2;
    write(&out.join(journal::CHECKPOINT), &data[..at]);
    for entry in fs::read_dir(&out).expect("it is there").flatten() {
        if entry
            .path()
            .extension()
            .is_some_and(|ending| ending == "part")
        {
            write(&entry.path(), &data[at..]);
        }
    }
    if let Ok(taken_up) = Output::open(&params, identity()) {
        taken_up.finish().expect("what was taken up can be ended");
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the folder can be written");
}

/// Members of an archive are listed, and each is read or refused.
pub(crate) fn zip(data: &[u8]) {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let path = folder.path().join("a.zip");
    write(&path, data);
    let listed = archive::list(&path, 100).expect("the file can be read");
    for member in listed.map(|found| found.value).unwrap_or_default() {
        if let Ok(place) = member.member {
            let mut acquire = params().acquire;
            acquire.max_bytes = 1 << 20;
            let read =
                jixiao::acquire::watch_file(&path, Some(&place), "f", &acquire, &mut |_, _| {});
            assert!(read.value.document.is_some() || !read.diagnostics.is_empty());
        }
    }
}
