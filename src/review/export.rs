//! Export: the page with forms and pictures in one file, for people without this program. What they say stays in their browser until
//! they save it as the same two files.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answers::{Order, Refusal, Review, Which, codes};
use super::assets;
use super::pages::{Pages, Part, Shown};
use super::server::described;
use crate::model::digest::bytes_to_base64;

/// How much goes into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportParams {
    /// Most forms, the most doubtful first.
    pub n_forms: u32,
    /// Pixels an inch of pictures.
    pub dpi: u32,
}

/// Lines of a text before and behind a form.
const MARGIN_LINES: u32 = 3;
/// Most lines of a form that go into the file.
const MOST_LINES: u32 = 5_000;

/// Writes the page; returns the number of forms in it.
///
/// # Errors
/// Where the run cannot be read or the file cannot be written.
pub fn export(
    review: &Review,
    pages: &dyn Pages,
    params: ExportParams,
    out: &mut dyn Write,
) -> io::Result<u32> {
    let scripts: Vec<&str> = assets::SCRIPTS.iter().map(|(_, script)| *script).collect();
    let script = scripts.join("\n");
    let (head, body, end) = assets::parts();
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src data: blob:; base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(assets::STYLE)
    );
    write!(
        out,
        "{head}<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<style>{}</style>\n</head>{body}",
        assets::STYLE
    )?;
    let order: Vec<u32> = review
        .scope(Order::Doubt)
        .into_iter()
        .take(params.n_forms as usize)
        .collect();
    let mut about = review.about();
    about["n_forms"] = json!(order.len());
    about["n_without_forms"] = json!(0);
    about["order"] = order.iter().map(|form| review.id_of(*form)).collect();
    block(out, "run", &about.to_string())?;
    block(out, "codes", &codes().to_string())?;
    let n = u32::try_from(order.len()).unwrap_or(u32::MAX);
    let mut from = 0;
    while from < n {
        let list = review
            .list(Order::Doubt, Which::All, "", from, n - from)
            .map_err(failed)?;
        let entries = list["forms"].as_array().cloned().unwrap_or_default();
        if entries.is_empty() {
            break;
        }
        block(
            out,
            &format!("list-{from}"),
            &Value::from(entries.clone()).to_string(),
        )?;
        from += u32::try_from(entries.len()).unwrap_or(u32::MAX);
    }
    let mut done = BTreeSet::new();
    for form in &order {
        let id = review.id_of(*form);
        let text = review.form(&id, Order::Doubt).map_err(failed)?;
        block(out, &format!("form-{id}"), &text)?;
        let form: Value = serde_json::from_str(&text)?;
        write_parts(review, pages, params, &form, &mut done, out)?;
    }
    write!(out, "<script>{script}</script>\n</body>{end}")?;
    out.flush()?;
    Ok(n)
}

/// Writes the pictures or the lines of a form that are not in the file yet.
fn write_parts(
    review: &Review,
    pages: &dyn Pages,
    params: ExportParams,
    form: &Value,
    done: &mut BTreeSet<String>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let number = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok());
    let Some(document) = number(&form["document_index"]) else {
        return Ok(());
    };
    let place = &form["record"]["document"];
    let mut show = |name: String, part: Part| -> io::Result<()> {
        if !done.insert(name.clone()) {
            return Ok(());
        }
        let shown = pages.show(&review.wanted(document, part).map_err(failed)?);
        let mut said = described(&shown);
        if let Shown::Picture {
            media_type, bytes, ..
        } = &shown
        {
            said["data"] = format!("data:{media_type};base64,{}", bytes_to_base64(bytes)).into();
        }
        block(out, &name, &said.to_string())
    };
    if let (Some(first), Some(last)) = (number(&place["pages"][0]), number(&place["pages"][1])) {
        for page in first..=last {
            let part = Part::Page {
                number: page,
                dpi: params.dpi as f32,
            };
            show(format!("page-{document}-{page}"), part)?;
        }
    }
    if let (Some(first), Some(last)) = (number(&place["lines"][0]), number(&place["lines"][1])) {
        let from = first.saturating_sub(MARGIN_LINES).max(1);
        let last = last
            .saturating_add(MARGIN_LINES)
            .min(from.saturating_add(MOST_LINES));
        show(format!("lines-{document}-{from}"), Part::Lines(from, last))?;
    }
    Ok(())
}

/// A block of data, which is no script. What could end it, or begin a comment in it, is escaped.
fn block(out: &mut dyn Write, name: &str, json: &str) -> io::Result<()> {
    let json = json.replace('<', "\\u003c");
    writeln!(
        out,
        "<script type=\"application/json\" id=\"{name}\">{json}</script>"
    )
}

/// A script or a style as a policy names it.
fn hash(text: &str) -> String {
    format!(
        "sha256-{}",
        bytes_to_base64(&Sha256::digest(text.as_bytes()))
    )
}

fn failed(refusal: Refusal) -> io::Error {
    io::Error::other(match refusal {
        Refusal::Unknown => "the run has changed since the review began".to_owned(),
        Refusal::Unfit(reason) | Refusal::Failed(reason) => reason,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn what_a_document_says_cannot_end_a_block() {
        let run = testing::run();
        let mut file = Vec::new();
        let params = ExportParams {
            n_forms: 2,
            dpi: 100,
        };
        let n = export(&testing::review(&run), &testing::Painted, params, &mut file).unwrap();
        let file = String::from_utf8(file).unwrap();
        assert_eq!(n, 2);
        // One for the run, the codes, the list and each form, one for the lines that both have, and the script.
        assert_eq!(file.matches("<script").count(), 7);
        assert_eq!(file.matches("</script").count(), 7);
        assert!(!file.contains("<img src=x"));
        assert!(file.contains("\\u003cimg src=x onerror"));
    }

    #[test]
    fn the_policy_names_the_script_and_the_style() {
        assert_eq!(
            hash("abc"),
            "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        );
    }
}
