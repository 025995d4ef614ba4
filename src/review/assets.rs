//! The page itself: written by hand, compiled in, and the same over a socket and in a file.

/// What the page is made of, before its scripts.
pub(super) const PAGE: &str = include_str!("../../web/review.html");
/// How it looks.
pub(super) const STYLE: &str = include_str!("../../web/review.css");
/// Its scripts, in the order in which they are run.
pub(super) const SCRIPTS: &[(&str, &str)] = &[
    ("words.js", include_str!("../../web/words.js")),
    ("marks.js", include_str!("../../web/marks.js")),
    ("form.js", include_str!("../../web/form.js")),
    ("source.js", include_str!("../../web/source.js")),
    ("sheet.js", include_str!("../../web/sheet.js")),
    ("fields.js", include_str!("../../web/fields.js")),
    ("forms.js", include_str!("../../web/forms.js")),
    ("review.js", include_str!("../../web/review.js")),
];
/// Where the head of the page ends.
const HEAD_END: &str = "</head>";
/// Where its body ends.
const BODY_END: &str = "</body>";

/// The page as it is served: style and scripts are files of their own.
pub(super) fn served() -> String {
    let style = "<link rel=\"stylesheet\" href=\"/review.css\">\n";
    let scripts: String = SCRIPTS
        .iter()
        .map(|(name, _)| format!("<script src=\"/{name}\"></script>\n"))
        .collect();
    PAGE.replace(HEAD_END, &format!("{style}{HEAD_END}"))
        .replace(BODY_END, &format!("{scripts}{BODY_END}"))
}

/// The page in two parts, what goes into its head and before the end of its body left open.
pub(super) fn parts() -> (&'static str, &'static str, &'static str) {
    let (head, rest) = PAGE.split_once(HEAD_END).unwrap_or((PAGE, ""));
    let (body, end) = rest.split_once(BODY_END).unwrap_or((rest, ""));
    (head, body, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_no_code_and_no_style_of_its_own() {
        for needle in [
            "<script", "<style", " style=", " onclick", "http:", "https:",
        ] {
            assert!(!PAGE.contains(needle), "{needle}");
        }
        assert!(served().contains("<script src=\"/review.js\"></script>"));
    }

    #[test]
    fn no_script_makes_markup_of_text() {
        for (name, script) in SCRIPTS {
            for needle in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                "</script",
                "http:",
                "https:",
            ] {
                // The name of a namespace of XML is no address.
                let script = script.replace("http://www.w3.org/2000/svg", "");
                assert!(!script.contains(needle), "{name}: {needle}");
            }
        }
    }
}
