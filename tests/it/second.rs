//! Second opinions as a user meets them: hidden layers of scans, words beside pictures, other engines, another parser.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jixiao::acquire::ocr::picture::to_png;
use jixiao::acquire::ocr::{Picture, read::SecondOcr};
use jixiao::grammar::Grammars;
use jixiao::model::page::{Content, Glyph};
use jixiao::model::record::Finding;
use jixiao::pipeline::{Outcome, PipelineParams, Reader, process_bytes};
use serde_json::Value;

use crate::drawn::{Drawn, DrawnCell, Rules, Sheet};
use crate::program::{program, read_run, run_in};
use crate::samples::has_models;

fn sample(path: &str) -> Vec<u8> {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    fs::read(samples.join(path)).unwrap()
}

fn read(bytes: Vec<u8>, params: &PipelineParams) -> Outcome {
    let grammars = Grammars::load(&[]).unwrap();
    process_bytes(bytes, "form", &Reader::new(&grammars), params)
}

/// The doubts that second readings raise, and the record without them.
fn doubts(outcome: &Outcome) -> (Vec<Finding>, String) {
    let mut doubts = Vec::new();
    let mut records = String::new();
    for record in &outcome.records {
        let mut record = record.clone();
        let is_doubt = |finding: &Finding| finding.code == "second_differs";
        doubts.extend(record.diagnostics.iter().filter(|f| is_doubt(f)).cloned());
        record.diagnostics.retain(|finding| !is_doubt(finding));
        record.form_id.clear();
        record.document.id.clear();
        writeln!(records, "{record:?}").unwrap();
    }
    (doubts, records)
}

/// A PDF of the scanned sample, with a hidden layer of these glyphs.
fn with_layer(glyphs: &[Glyph]) -> Vec<u8> {
    let scan = sample("scan-pdf/input.pdf");
    let at = |what: &[u8]| scan.windows(what.len()).position(|w| w == what).unwrap();
    let jpeg = &scan[at(b"\xff\xd8\xff")..];
    let end = jpeg
        .windows(2)
        .rposition(|pair| pair == b"\xff\xd9")
        .unwrap()
        + 2;
    let jpeg = &jpeg[..end];
    let mut content = "q 595.08 0 0 842.04 0 0 cm /I Do Q BT 3 Tr\n".to_owned();
    for glyph in glyphs {
        let (x, y) = (
            glyph.bbox.left,
            842.04 - glyph.bbox.bottom + 0.2 * glyph.size,
        );
        let size = glyph.size;
        let mut code = String::new();
        for unit in glyph.ch.encode_utf16(&mut [0; 2]) {
            write!(code, "{unit:04x}").unwrap();
        }
        writeln!(content, "/F {size} Tf 1 0 0 1 {x:.2} {y:.2} Tm <{code}> Tj").unwrap();
    }
    content.push_str("ET");
    let objects: [Vec<u8>; 7] = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.08 842.04] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> /Font << /F 6 0 R >> >> >>".to_vec(),
        format!("<< /Length {} >> stream\n{content}\nendstream", content.len()).into_bytes(),
        [
            format!("<< /Type /XObject /Subtype /Image /Width 1653 /Height 2339 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode /Length {} >> stream\n", jpeg.len()).into_bytes(),
            jpeg.to_vec(),
            b"\nendstream".to_vec(),
        ]
        .concat(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [7 0 R] >>".to_vec(),
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500] /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>".to_vec(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (object, n) in objects.iter().zip(1..) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        file.extend(format!("{n} 0 obj\n").bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    file.extend(table.bytes());
    let size = objects.len() + 1;
    file.extend(
        format!("trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    file
}

/// The glyphs of the digital form that was scanned.
fn printed() -> Vec<Glyph> {
    let bytes = sample("department-ruled-pdf/input.pdf");
    let input = jixiao::acquire::read_bytes(bytes, "form", &PipelineParams::default().acquire);
    let Some(Content::Pages(pages)) = input.value.document.map(|d| d.content) else {
        panic!("the sample has pages");
    };
    pages[0].glyphs.clone()
}

#[test]
fn a_wrong_hidden_layer_is_said_and_changes_nothing() {
    if !has_models() {
        println!("skipped: needs the models: jixiao models install");
        return;
    }
    let params = PipelineParams::default();
    let glyphs = printed();
    let text: String = glyphs.iter().map(|glyph| glyph.ch).collect();
    let (_, bare) = doubts(&read(with_layer(&[]), &params));
    let (right, records) = doubts(&read(with_layer(&glyphs), &params));
    // A scan that is read with a misreading is doubted rightly: a hidden layer of the true text finds those alone.
    assert!(right.len() <= 2, "{right:#?}");
    assert_eq!(records, bare);
    for (wrong, path) in [("318.6", "/funds/0/amount"), ("2.4万册", "/annual_goal")] {
        let mut glyphs = glyphs.clone();
        let start = text[..text.find(wrong).unwrap()].chars().count();
        glyphs[start].ch = '7';
        let (found, records) = doubts(&read(with_layer(&glyphs), &params));
        let new: Vec<&Finding> = found.iter().filter(|f| !right.contains(f)).collect();
        assert_eq!(new.len(), 1, "{new:#?}");
        assert_eq!(
            (new[0].path.as_str(), new[0].severity.as_str()),
            (path, "warning")
        );
        assert!(
            new[0].message.contains("the hidden text layer has"),
            "{new:?}"
        );
        assert_eq!(records, bare);
    }
}

#[test]
fn another_engine_doubts_and_changes_nothing() {
    if !has_models() {
        println!("skipped: needs the models: jixiao models install");
        return;
    }
    let mut params = PipelineParams::default();
    let scan = sample("scan-pdf/input.pdf");
    let (none, bare) = doubts(&read(scan.clone(), &params));
    assert_eq!(none, []);
    params.acquire.ocr.second = Some(SecondOcr::Tiny);
    let (found, records) = doubts(&read(scan, &params));
    assert_eq!(records, bare);
    for finding in found {
        assert!(
            finding.message.contains("ppocrv6_tiny_rec has"),
            "{finding:?}"
        );
    }
}

#[test]
fn a_second_opinion_that_cannot_be_had_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "x").unwrap();
    let run = |args: &[&str]| {
        let mut command = program();
        command
            .current_dir(folder.path())
            .env("JIXIAO_MODELS", folder.path())
            .args(["extract", "a.txt"])
            .args(args);
        read_run(command)
    };
    let small = run(&["--second-ocr", "small"]);
    assert_eq!(small.code, Some(3), "{}", small.err);
    assert!(
        small.err.contains("no second opinion can be had")
            && small.err.contains("jixiao models install")
    );
    let tesseract = run(&[
        "--second-ocr",
        "tesseract",
        "--tesseract",
        "/nowhere/tesseract",
    ]);
    assert_eq!(tesseract.code, Some(3), "{}", tesseract.err);
    assert!(
        tesseract.err.contains("/nowhere/tesseract"),
        "{}",
        tesseract.err
    );
    let zh = run(&["--second-ocr", "ort", "--lang", "zh"]);
    assert_eq!(zh.code, Some(3), "{}", zh.err);
    assert!(zh.err.contains("无法取得第二意见"), "{}", zh.err);
    // Where nothing is recognised nobody is asked.
    assert_eq!(
        run(&["--ocr", "never", "--second-ocr", "small"]).code,
        Some(0)
    );
    assert_eq!(run(&["--second-ocr", "none"]).code, Some(2));
}

/// A form as a grid of cells: column, columns and rows that it spans, text.
fn form_cells() -> Vec<(usize, usize, usize, usize, &'static str)> {
    vec![
        (0, 0, 1, 1, "单位信息"),
        (0, 1, 3, 1, "203001-万源市社保局"),
        (1, 0, 1, 1, "预算项目"),
        (1, 1, 3, 1, "51178121T000000027938-个人权益记录"),
        (2, 0, 1, 1, "一级指标"),
        (2, 1, 1, 1, "三级指标"),
        (2, 2, 1, 1, "指标值"),
        (2, 3, 1, 1, "权重"),
        // Its text stands beside the second of its three rows: only rules tell where it ends.
        (3, 0, 1, 3, "产出指标"),
        (3, 1, 1, 1, "参保人数"),
        (3, 2, 1, 1, "≥3万人"),
        (3, 3, 1, 1, "30"),
        (4, 1, 1, 1, "发放及时率"),
        (4, 2, 1, 1, "≥95%"),
        (4, 3, 1, 1, "30"),
        (5, 1, 1, 1, "记录准确率"),
        (5, 2, 1, 1, "≥98%"),
        (5, 3, 1, 1, "30"),
        (6, 0, 1, 1, "满意度指标"),
        (6, 1, 1, 1, "参保人满意度"),
        (6, 2, 1, 1, "≥95%"),
        (6, 3, 1, 1, "10"),
    ]
}

const WIDTH: usize = 1200;
const HEIGHT: usize = 1000;

/// A picture of the grid in which blots stand for characters, and where each text stands. The page leans by `lean`.
fn drawn_form(lean: f32) -> (Picture, Vec<(String, [f32; 4])>) {
    let mut rgb = vec![[255; 3]; WIDTH * HEIGHT];
    let mut fill = |left: f32, top: f32, right: f32, bottom: f32| {
        for y in top as usize..bottom as usize {
            for x in left as usize..right as usize {
                // Where this point of the level page lies on the leaning picture.
                let (dx, dy) = (x as f32, y as f32);
                let (px, py) = ((dx - lean * dy + 40.0) as usize, (dy + lean * dx) as usize);
                if px < WIDTH && py < HEIGHT {
                    rgb[py * WIDTH + px] = [0; 3];
                }
            }
        }
    };
    let columns = [60.0, 280.0, 640.0, 860.0, 1020.0];
    let row = |n: usize| 140.0 + 90.0 * n as f32;
    let mut words = vec![("年度绩效目标表".to_owned(), [420.0, 60.0, 616.0, 88.0])];
    for (n_row, column, across, down, text) in form_cells() {
        let (left, right) = (columns[column], columns[column + across]);
        let (top, bottom) = (row(n_row), row(n_row + down));
        fill(left, top, right + 3.0, top + 3.0);
        fill(left, bottom, right + 3.0, bottom + 3.0);
        fill(left, top, left + 3.0, bottom + 3.0);
        fill(right, top, right + 3.0, bottom + 3.0);
        let em = |ch: char| if ch.is_ascii() { 14.0 } else { 28.0 };
        let width: f32 = text.chars().map(em).sum();
        let (x, y) = (left + 16.0, (top + bottom) / 2.0 - 14.0);
        words.push((text.to_owned(), [x, y, x + width, y + 28.0]));
    }
    for (text, [left, top, ..]) in &words {
        let mut x = *left;
        for ch in text.chars() {
            let width = if ch.is_ascii() { 14.0 } else { 28.0 };
            // Strokes rather than blots, so that they are taken for characters.
            for n in 0..4u8 {
                let y = top + 3.0 + 6.0 * f32::from(n);
                fill(x + 2.0, y, x + width - 2.0, y + 2.0);
            }
            fill(
                x + width / 2.0 - 1.0,
                top + 3.0,
                x + width / 2.0 + 1.0,
                top + 25.0,
            );
            x += width;
        }
    }
    for (_, at) in &mut words {
        let [left, top, right, bottom] = *at;
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let (cx, cy) = (x - lean * y + 40.0, y + lean * x);
        let (w, h) = (
            (right - left) / 2.0,
            (bottom - top) / 2.0 + lean.abs() * (right - left) / 2.0,
        );
        *at = [cx - w, cy - h, cx + w, cy + h];
    }
    let picture = Picture {
        width: WIDTH,
        height: HEIGHT,
        rgb,
        dpi: None,
    };
    (picture, words)
}

/// Words as RapidOCR writes them.
fn as_json(words: &[(String, [f32; 4])]) -> String {
    let entries: Vec<Value> = words
        .iter()
        .map(|(text, [left, top, right, bottom])| {
            serde_json::json!({
                "box": [[left, top], [right, top], [right, bottom], [left, bottom]],
                "txt": text,
                "score": 0.99,
            })
        })
        .collect();
    serde_json::to_string(&entries).unwrap()
}

fn ledger(folder: &Path, inputs: &[&str]) -> (Vec<Value>, Vec<Value>) {
    let mut args = vec!["extract"];
    args.extend(inputs);
    args.extend(["-o", "out", "--force", "--no-timing"]);
    let run = run_in(folder, &args);
    let lines = |name: &str| -> Vec<Value> {
        let text = fs::read_to_string(folder.join("out").join(name))
            .unwrap_or_else(|_| panic!("{}", run.err));
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    (lines("forms.jsonl"), lines("documents.jsonl"))
}

#[test]
fn words_beside_a_picture_are_read_with_its_rules() {
    for lean in [0.0, 0.02, -0.015] {
        let folder = tempfile::tempdir().unwrap();
        let (picture, words) = drawn_form(lean);
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("d/x.png"), to_png(&picture).unwrap()).unwrap();
        fs::write(folder.path().join("d/x.json"), as_json(&words)).unwrap();
        let (forms, documents) = ledger(folder.path(), &["d"]);
        assert_eq!(forms.len(), 1, "{documents:#?}");
        let levels: Vec<&str> = forms[0]["indicators"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["level1"].as_str().unwrap_or_default())
            .collect();
        let expected = ["产出指标", "产出指标", "产出指标", "满意度指标"];
        assert_eq!(levels, expected, "{lean}: {:#}", forms[0]);
        assert_eq!(forms[0]["budget_unit"]["code"], "203001");
        assert_eq!(forms[0]["document"]["path"], "d/x.png");
        let line = |path: &str| documents.iter().find(|line| line["path"] == path).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(line("d/x.json")["status"], "skipped");
        assert_eq!(line("d/x.json")["diagnostics"][0]["code"], "READ_BESIDE");
        let said = &line("d/x.png")["diagnostics"][0];
        assert_eq!(
            (&said["code"], &said["severity"]),
            (&Value::from("WORDS_BESIDE"), &Value::from("info"))
        );
        let message = said["message"].as_str().unwrap();
        assert!(message.contains("x.json (sha256 "), "{message}");
        // Whichever is named first, the picture is read once and the words with it.
        for order in [["d/x.png", "d/x.json"], ["d/x.json", "d/x.png"]] {
            let (again, lines) = ledger(folder.path(), &order);
            assert_eq!(again, forms);
            let mut paths: Vec<&str> = lines
                .iter()
                .map(|line| line["path"].as_str().unwrap())
                .collect();
            paths.sort_unstable();
            assert_eq!(paths, ["d/x.json", "d/x.png"]);
            for line in &lines {
                let same = documents.iter().find(|other| other["path"] == line["path"]);
                assert_eq!(Some(line), same);
            }
        }
        // Without its picture a file of words is read as it was.
        let (alone, lines) = ledger(folder.path(), &["d/x.json"]);
        assert_eq!((alone.len(), lines.len()), (1, 1));
        assert_eq!(lines[0]["diagnostics"], serde_json::json!([]));
    }
}

#[test]
fn words_that_cannot_be_used_are_said_at_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (picture, words) = drawn_form(0.0);
    fs::write(folder.path().join("x.png"), to_png(&picture).unwrap()).unwrap();
    let codes = |words: &str| -> Vec<String> {
        fs::write(folder.path().join("x.json"), words).unwrap();
        let (_, documents) = ledger(folder.path(), &["x.png", "--ocr", "never"]);
        let findings = documents[0]["diagnostics"].as_array().unwrap().clone();
        let said = findings.iter().map(|f| {
            let text = |key: &str| f[key].as_str().unwrap().to_owned();
            format!("{} {}", text("code"), text("severity"))
        });
        let mut said: Vec<String> = said.collect();
        said.sort();
        said
    };
    let far: Vec<(String, [f32; 4])> = words
        .iter()
        .map(|(text, at)| (text.clone(), at.map(|n| n + 5_000.0)))
        .collect();
    assert_eq!(
        codes(&as_json(&far)),
        ["WORDS_BESIDE info", "WORDS_BESIDE warning"]
    );
    let pages = format!("[{0}, {0}]", as_json(&words));
    assert_eq!(codes(&pages), ["NEEDS_OCR error", "WORDS_BESIDE warning"]);
    let broken = as_json(&words).replace("}]", "}");
    assert_eq!(
        codes(&broken),
        [
            "BAD_OCR_FILE error",
            "NEEDS_OCR error",
            "WORDS_BESIDE warning"
        ]
    );
}

#[test]
fn the_second_reader_reads_in_a_process_of_its_own() {
    for name in ["seed-pdf", "department-ruled-pdf", "annual-pages-pdf"] {
        let folder = tempfile::tempdir().unwrap();
        let bytes = sample(&format!("{name}/input.pdf"));
        fs::write(folder.path().join("a.pdf"), bytes).unwrap();
        let (bare, _) = ledger(folder.path(), &["a.pdf"]);
        let (forms, documents) = ledger(folder.path(), &["a.pdf", "--second-reader"]);
        assert_eq!(forms, bare, "{name}");
        assert_eq!(documents[0]["diagnostics"], serde_json::json!([]), "{name}");
    }
}

#[test]
fn a_second_reader_that_fails_is_said_once() {
    let sheet = Sheet {
        rules: Rules::Boxes,
        size: 10.0,
        padding: 4.0,
        page: (595.0, 842.0),
        centred: false,
    };
    let cell = |col, text: &str| DrawnCell {
        col,
        col_span: 1,
        row_span: 1,
        text: text.to_owned(),
    };
    // Its fonts are what the reader panics at.
    let form = [
        Drawn::Title("年度绩效目标表".to_owned()),
        Drawn::Table(
            vec![120.0, 300.0],
            vec![
                vec![cell(0, "单位信息"), cell(1, "203001-万源市社保局")],
                vec![
                    cell(0, "预算项目"),
                    cell(1, "51178121T000000027938-个人权益记录"),
                ],
            ],
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.pdf"), sheet.draw(&form)).unwrap();
    let (bare, before) = ledger(folder.path(), &["a.pdf"]);
    let (forms, documents) = ledger(folder.path(), &["a.pdf", "--second-reader"]);
    assert_eq!(forms, bare);
    let findings = |documents: &[Value]| documents[0]["diagnostics"].as_array().unwrap().clone();
    let (before, after) = (findings(&before), findings(&documents));
    let new: Vec<&Value> = after.iter().filter(|f| !before.contains(f)).collect();
    assert_eq!((new.len(), after.len()), (1, before.len() + 1));
    assert_eq!(new[0]["code"], "SECOND_READER_FAILED");
    assert_eq!(new[0]["severity"], "info");
}

#[cfg(unix)]
#[test]
fn what_the_second_reader_does_not_have_is_doubted() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let seed = sample("seed-pdf/input.pdf");
    let mut child = program()
        .arg("second-reader")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &seed).unwrap();
    let texts = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(texts.starts_with('[') && texts.contains("203001"));
    fs::write(
        folder.path().join("texts"),
        texts.replace("203001", "208001"),
    )
    .unwrap();
    let program = folder.path().join("reader");
    let script = format!(
        "#!/bin/sh\ncat > /dev/null\nexec cat {}/texts\n",
        folder.path().display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut params = PipelineParams::default();
    let (_, bare) = doubts(&read(seed.clone(), &params));
    params.acquire.second_reader = Some(jixiao::pipeline::second_reader::SecondReaderParams::new(
        program,
    ));
    let (found, records) = doubts(&read(seed, &params));
    assert_eq!(records, bare);
    assert!(!found.is_empty());
    for finding in found {
        assert!(finding.path.starts_with("/budget_unit"), "{finding:?}");
        assert!(
            finding.message.contains("is not in what pdf-extract read"),
            "{finding:?}"
        );
    }
}
