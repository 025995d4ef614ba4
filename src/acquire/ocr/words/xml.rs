//! XML and HTML as a walk over elements and texts, always balanced.
//!
//! In: a text. Out: calls for each start, text and end. Never: expands an entity that the file itself declares, recurses.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape_with;
use quick_xml::events::{BytesStart, Event};

/// Elements of HTML that have no end.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr",
];

/// What a walk meets.
pub(super) enum Piece<'a> {
    /// An element begins; its name without its prefix.
    Start(&'a str, Attributes<'a>),
    /// Text, its references resolved.
    Text(&'a str),
    /// The innermost element that is open ends; its name without its prefix.
    End(&'a str),
}

/// Attributes of an element.
pub(super) struct Attributes<'a>(&'a BytesStart<'a>);

impl Attributes<'_> {
    /// The value of an attribute by its name without its prefix; `None` where it is not there.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let mut attributes = self.0.html_attributes();
        attributes
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.local_name().into_inner() == name)
            .map(|attribute| match unescape_with(&attribute.value, entity) {
                Ok(value) => value.into_owned(),
                Err(_) => attribute.value.into_owned(),
            })
    }

    /// The value of an attribute as a number.
    pub(super) fn number(&self, name: &str) -> Option<f32> {
        super::collect::number(&self.get(name)?)
    }
}

/// Why a walk ended before the end of the text.
pub(super) enum Fault {
    /// It is no well-formed markup from here on; what, and where.
    Malformed(String),
    /// The text ends inside elements; the innermost one.
    Cut(String),
    /// Elements nest too deeply; where.
    TooDeep(String),
}

/// Walks over a text. Ends that nothing begins are passed over; an end closes what was left open inside it.
///
/// # Errors
/// Where the walk ended early. Every start that was met has its end by then.
pub(super) fn walk(
    text: &str,
    is_html: bool,
    max_depth: usize,
    visit: &mut dyn FnMut(Piece<'_>),
) -> Result<(), Fault> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut open: Vec<String> = Vec::new();
    let outcome = loop {
        let at = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Eof) => {
                break match open.last() {
                    Some(innermost) => Err(Fault::Cut(innermost.clone())),
                    None => Ok(()),
                };
            }
            Ok(Event::Start(start)) => {
                let name = start.local_name().into_inner();
                let is_void = is_html && VOID.contains(&name.to_ascii_lowercase().as_str());
                if !is_void && open.len() >= max_depth {
                    break Err(Fault::TooDeep(format!(
                        "more than {max_depth} elements inside each other on line {}",
                        line_of(text, at)
                    )));
                }
                visit(Piece::Start(name, Attributes(&start)));
                if is_void {
                    visit(Piece::End(name));
                } else {
                    open.push(name.to_owned());
                }
            }
            Ok(Event::Empty(start)) => {
                let name = start.local_name().into_inner();
                visit(Piece::Start(name, Attributes(&start)));
                visit(Piece::End(name));
            }
            Ok(Event::End(end)) => {
                let name = end.local_name().into_inner();
                if let Some(depth) = open.iter().rposition(|o| o == name) {
                    for inner in open.drain(depth..).rev() {
                        visit(Piece::End(&inner));
                    }
                }
            }
            Ok(Event::Text(part)) => visit(Piece::Text(&part.html_content())),
            Ok(Event::CData(part)) => visit(Piece::Text(&part.html_content())),
            Ok(Event::GeneralRef(reference)) => {
                let name = reference.html_content();
                let resolved: Cow<'_, str> = match reference.resolve_char_ref() {
                    Ok(Some(ch)) => ch.to_string().into(),
                    _ => match entity(&name) {
                        Some(known) => known.into(),
                        None => format!("&{name};").into(),
                    },
                };
                visit(Piece::Text(&resolved));
            }
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Err(error) => {
                break Err(Fault::Malformed(format!(
                    "{error} on line {}",
                    line_of(text, reader.error_position())
                )));
            }
        }
    };
    for inner in open.drain(..).rev() {
        visit(Piece::End(&inner));
    }
    outcome
}

/// Line (from 1) of a place in bytes.
fn line_of(text: &str, at: u64) -> usize {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Entities of XML, and those of HTML that OCR software writes.
fn entity(name: &str) -> Option<&'static str> {
    Some(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" | "ensp" | "emsp" | "thinsp" => " ",
        "hellip" => "…",
        "mdash" => "—",
        "ndash" => "–",
        "middot" => "·",
        "times" => "×",
        "ge" => "≥",
        "le" => "≤",
        "permil" => "‰",
        "ldquo" => "“",
        "rdquo" => "”",
        "lsquo" => "‘",
        "rsquo" => "’",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_html: bool, expected: &str) {
        let mut told = String::new();
        let outcome = walk(text, is_html, 5, &mut |piece| match piece {
            Piece::Start(name, attributes) => {
                let class = attributes.get("class").unwrap_or_default();
                told.push_str(&format!("<{name} {class}>"));
            }
            Piece::Text(text) => told.push_str(text),
            Piece::End(name) => told.push_str(&format!("</{name}>")),
        });
        let end = match outcome {
            Ok(()) => String::new(),
            Err(Fault::Cut(name)) => format!(" cut in {name}"),
            Err(Fault::TooDeep(what) | Fault::Malformed(what)) => format!(" {what}"),
        };
        assert_eq!(told + &end, expected);
    }

    #[test]
    fn elements_are_balanced() {
        check("<a><b>x</a>", false, "<a ><b >x</b></a>");
        check("<a></c>y</a>", false, "<a >y</a>");
        check(
            "<p><br>x<meta z></p>",
            true,
            "<p ><br ></br>x<meta ></meta></p>",
        );
        check("<x:a class='1 &lt; 2'/>", false, "<a 1 < 2></a>");
        check("<a><b>", false, "<a ><b ></b></a> cut in b");
    }

    #[test]
    fn entities_of_the_file_are_not_expanded() {
        check(
            "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;&#x4e00;&ge;&</a>",
            false,
            "<a >&c;一≥&</a>",
        );
    }

    #[test]
    fn depth_has_a_limit() {
        check(
            "<a><a><a><a><a>\n<a>",
            false,
            "<a ><a ><a ><a ><a >\n</a></a></a></a></a> more than 5 elements inside each other on line 2",
        );
    }
}
