//! The page of `diff --html`: whole in one file, without scripts, both places of a difference side by side.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::diff::Tally;
use super::messages::differing::{DiffMessage as Said, Heading};
use super::messages::{Lang, is_hidden};
use super::page_picture::{Header, Request, RequestedPart, ask};
use crate::diff::{Class, Compared, Difference, FormRef, SideFacts, Spot};
use crate::model::digest::bytes_to_base64;

/// Pages whose pictures a page takes in: some 10 MB.
const MOST_PAGES: usize = 60;
/// Pixels an inch of pictures.
const DPI: f32 = 110.0;
/// Points that are shown around a value.
const MARGIN: f32 = 14.0;
/// Widest and highest piece of a page, in points.
const MOST_WIDTH: f32 = 440.0;
const MOST_HEIGHT: f32 = 180.0;

const STYLE: &str = include_str!("../../web/diff.css");

/// What the page shows.
pub(super) struct DiffPage<'a> {
    pub(super) old: &'a str,
    pub(super) new: &'a str,
    pub(super) facts: (&'a SideFacts, &'a SideFacts),
    pub(super) compared: &'a Compared,
    pub(super) tally: &'a Tally,
    pub(super) by: Heading,
}

/// Pictures of pages, each asked for once.
pub(super) struct Crops {
    root: PathBuf,
    program: Option<PathBuf>,
    pages: RefCell<BTreeMap<(String, u32), Option<PagePicture>>>,
}

/// A page that was drawn.
#[derive(Debug, Clone, Copy)]
struct PagePicture {
    /// Its number on the page of differences.
    idx: usize,
    /// In points.
    width: f32,
    /// In points.
    height: f32,
}

impl Crops {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            program: env::current_exe().ok(),
            pages: RefCell::default(),
        }
    }

    /// The picture of a page; `sheet` takes in the pictures of all. `None` where it cannot be had.
    fn page(
        &self,
        document: &str,
        path: &str,
        number: u32,
        sheet: &mut String,
    ) -> Option<PagePicture> {
        let mut pages = self.pages.borrow_mut();
        let key = (document.to_owned(), number);
        if let Some(known) = pages.get(&key) {
            return *known;
        }
        let idx = pages.values().flatten().count();
        let program = self.program.as_ref().filter(|_| idx < MOST_PAGES)?;
        let request = Request {
            path: self.root.join(path),
            id: document.to_owned(),
            part: RequestedPart::Page { number, dpi: DPI },
            passwords: Vec::new(),
        };
        let drawn = match ask(program, &request) {
            Ok((
                Header::Picture {
                    media_type,
                    width,
                    height,
                },
                bytes,
            )) if matches!(media_type.as_str(), "image/png" | "image/jpeg") => {
                let data = bytes_to_base64(&bytes);
                writeln!(
                    sheet,
                    ".p{idx}{{background-image:url(data:{media_type};base64,{data})}}"
                )
                .expect("a string takes any text");
                Some(PagePicture { idx, width, height })
            }
            _ => None,
        };
        pages.insert(key, drawn);
        drawn
    }
}

impl DiffPage<'_> {
    pub(super) fn html(&self, crops: &Crops, lang: Lang) -> String {
        let mut sheet = String::new();
        let mut body = String::new();
        let mut last = None;
        for difference in &self.tally.shown {
            let forms = (
                difference.path.clone(),
                difference.old_forms.clone(),
                difference.new_forms.clone(),
            );
            if last.as_ref() != Some(&forms) {
                self.form(difference, lang, &mut body);
                last = Some(forms);
            }
            self.difference(difference, crops, lang, &mut body, &mut sheet);
        }
        let title = Heading::Title.text(lang);
        let tag = match lang {
            Lang::En => "en",
            Lang::Zh => "zh-CN",
        };
        let said = Said::Compared {
            compared: self.compared,
            n: self.tally.n_differences,
        };
        format!(
            "<!doctype html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}{sheet}</style></head>\n\
             <body><header><h1>{title}</h1>\n{}<p>{}</p>\n{}</header>\n<main>\n{body}</main></body></html>\n",
            self.runs(lang),
            escaped(&said.text(lang)),
            self.counts(lang),
        )
    }

    /// Which runs these are.
    fn runs(&self, lang: Lang) -> String {
        let run = |heading: Heading, name: &str, facts: &SideFacts| {
            let facts = [&facts.version, &facts.engine].into_iter().flatten();
            let facts: Vec<String> = facts.map(|fact| escaped(fact)).collect();
            format!(
                "<dt>{}</dt><dd>{} <small>{}</small></dd>",
                heading.text(lang),
                escaped(name),
                facts.join(" · ")
            )
        };
        format!(
            "<dl class=\"runs\">{}{}</dl>\n",
            run(Heading::Old, self.old, self.facts.0),
            run(Heading::New, self.new, self.facts.1)
        )
    }

    fn counts(&self, lang: Lang) -> String {
        if self.tally.counts.is_empty() {
            return String::new();
        }
        let heads = Class::ALL.map(|class| {
            format!(
                "<th class=\"{}\">{}</th>",
                class.name(),
                Heading::Class(class).text(lang)
            )
        });
        let mut rows = String::new();
        for (group, counts) in &self.tally.counts {
            let figures = Class::ALL.map(|class| match counts.get(&class) {
                Some(n) => format!("<td>{n}</td>"),
                None => "<td></td>".to_owned(),
            });
            writeln!(
                rows,
                "<tr><th>{}</th>{}</tr>",
                escaped(group),
                figures.concat()
            )
            .expect("a string takes any text");
        }
        format!(
            "<table class=\"counts\"><thead><tr><th>{}</th>{}</tr></thead><tbody>\n{rows}</tbody></table>\n",
            self.by.text(lang),
            heads.concat()
        )
    }

    /// The heading of a form's differences.
    fn form(&self, difference: &Difference, lang: Lang, body: &mut String) {
        if difference.new_forms.is_empty() && difference.old_forms.is_empty() {
            writeln!(
                body,
                "<section class=\"form\"><h2>{}</h2></section>",
                escaped(&difference.path)
            )
            .expect("a string takes any text");
            return;
        }
        let forms = if difference.new_forms.is_empty() {
            &difference.old_forms
        } else {
            &difference.new_forms
        };
        let name = |form: &FormRef| {
            let name = form
                .name
                .as_deref()
                .or(form.title.as_deref())
                .unwrap_or("-");
            let place = Said::Place { form }.text(lang);
            format!(
                "<h2>{} <small>{} {}</small></h2>",
                escaped(name),
                escaped(&form.form_id),
                escaped(&place)
            )
        };
        let names: String = forms.iter().map(name).collect();
        writeln!(
            body,
            "<section class=\"form\">{names}<p>{}</p></section>",
            escaped(&difference.path)
        )
        .expect("a string takes any text");
    }

    fn difference(
        &self,
        difference: &Difference,
        crops: &Crops,
        lang: Lang,
        body: &mut String,
        sheet: &mut String,
    ) {
        let class = difference.class.name();
        let causes: Vec<&str> = difference
            .causes
            .iter()
            .map(|cause| Heading::Cause(*cause).text(lang))
            .collect();
        let (old, new) = marked(difference);
        let mut side = |heading: Heading, text: String, spot: Option<Spot>, document: &str| {
            let crop = spot.map_or(String::new(), |spot| {
                crop(crops, document, &difference.path, spot, sheet)
            });
            format!(
                "<div class=\"side\"><h4>{}</h4><p class=\"value\">{text}</p>{crop}</div>",
                heading.text(lang)
            )
        };
        // A document that was replaced is shown only as it is now.
        let is_replaced = difference.causes.contains(&crate::diff::Cause::Document);
        let old_spot = difference.old_spot.filter(|_| !is_replaced);
        let olds = side(Heading::Old, old, old_spot, &difference.document);
        let new_spot = difference.new_spot.filter(|_| !is_replaced);
        let news = side(Heading::New, new, new_spot, &difference.document);
        let causes = if causes.is_empty() {
            String::new()
        } else {
            format!(
                "<span class=\"causes\">{}: {}</span>",
                Heading::Causes.text(lang),
                causes.join(", ")
            )
        };
        writeln!(
            body,
            "<article class=\"{class}\"><h3><span class=\"class\">{}</span> <code>{}</code> {causes}</h3>{olds}{news}</article>",
            Heading::Class(difference.class).text(lang),
            escaped(&difference.pointer),
        )
        .expect("a string takes any text");
    }
}

/// A piece of a page with the value framed; nothing where there is no picture.
fn crop(crops: &Crops, document: &str, path: &str, spot: Spot, sheet: &mut String) -> String {
    let (Some(number), Some([left, top, right, bottom])) = (spot.page, spot.bbox) else {
        return String::new();
    };
    let Some(page) = crops.page(document, path, number, sheet) else {
        return String::new();
    };
    let all = [left, top, right, bottom, page.width, page.height];
    if all.iter().any(|one| !one.is_finite()) || page.width < 1.0 || page.height < 1.0 {
        return String::new();
    }
    let (x, y) = ((left - MARGIN).max(0.0), (top - MARGIN).max(0.0));
    let width = (right + MARGIN - x).clamp(1.0, MOST_WIDTH);
    let height = (bottom + MARGIN - y).clamp(1.0, MOST_HEIGHT);
    format!(
        "<div class=\"crop p{}\" style=\"width:{width:.1}pt;height:{height:.1}pt;background-size:{:.1}pt {:.1}pt;background-position:-{x:.1}pt -{y:.1}pt\">\
         <i style=\"left:{:.1}pt;top:{:.1}pt;width:{:.1}pt;height:{:.1}pt\"></i></div>",
        page.idx,
        page.width,
        page.height,
        left - x,
        top - y,
        (right - left).max(1.0),
        (bottom - top).max(1.0),
    )
}

/// Both values as HTML, with what differs between two texts marked.
fn marked(difference: &Difference) -> (String, String) {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => super::diff::shortened(value),
        value => value.to_string(),
    };
    let (old, new) = (text(&difference.old), text(&difference.new));
    if !matches!(difference.class, Class::Value | Class::Format) {
        return (escaped(&old), escaped(&new));
    }
    let (olds, news): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let n_first = olds.iter().zip(&news).take_while(|(a, b)| a == b).count();
    let (rest_old, rest_new) = (&olds[n_first..], &news[n_first..]);
    let n_last = rest_old
        .iter()
        .rev()
        .zip(rest_new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mark = |chars: &[char]| {
        let piece = |chars: &[char]| escaped(&chars.iter().collect::<String>());
        let (first, rest) = chars.split_at(n_first);
        let (middle, last) = rest.split_at(rest.len() - n_last);
        format!(
            "{}<mark>{}</mark>{}",
            piece(first),
            piece(middle),
            piece(last)
        )
    };
    (mark(&olds), mark(&news))
}

/// A text as HTML shows it; characters that turn or hide text as marks.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            ch if is_hidden(ch) => {
                write!(html, "<b class=\"hidden\">U+{:04X}</b>", u32::from(ch))
                    .expect("a string takes any text");
            }
            ch => html.push(ch),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_only_ever_text() {
        assert_eq!(
            escaped("<img src=x onerror='a(\"b\")'>&\u{202e}"),
            "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;<b class=\"hidden\">U+202E</b>"
        );
    }
}
