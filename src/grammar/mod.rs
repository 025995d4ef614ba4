//! Grammar: lines and tables become labels, values and rows, named as the families of forms name them.
//! In: [`Block`]s, [`Grammars`]. Out: [`RawForm`]s. Never: types a value, repairs a character, reads a document.

mod above;
mod align;
mod amounts;
mod assemble;
mod broken;
mod compile;
mod compiled;
mod describe;
mod file;
mod fill;
mod fold;
mod grid;
mod grouped;
mod header;
mod items;
mod labels;
mod load;
mod look;
mod opening;
mod pattern;
mod rows;
mod scan;
mod segment;
mod titles;

pub use compiled::Grammars;
pub use file::GrammarError;
pub use load::specifications;
pub use pattern::PatternError;

use crate::model::{Block, Code, Diagnosed, Diagnostic, RawForm, Severity};

/// The forms of a document, in printed order.
///
/// Each printed character of a form ends up in a field, a row, a label or the form's residue.
#[must_use]
pub fn recognise(blocks: &[Block], grammars: &Grammars) -> Diagnosed<Vec<RawForm>> {
    let items = items(blocks, grammars);
    let stretches = segment::segment(&items, grammars);
    let mut forms: Vec<RawForm> = stretches
        .iter()
        .map(|stretch| assemble::assemble(&items, stretch, grammars))
        .collect();
    for form in &mut forms {
        if !form.residue.is_empty() {
            let texts: Vec<&str> = form.residue.iter().map(|r| r.text.as_str()).collect();
            let shown: String = texts.join(" | ").chars().take(200).collect();
            form.diagnostics.push(Diagnostic::new(
                Code::Residue,
                "",
                format!("no rule uses: {shown}"),
            ));
        }
    }
    Diagnosed {
        value: forms,
        diagnostics: unread(&items, &stretches, grammars),
    }
}

/// Titles and tables of rows that stand outside every form. A title alone may be a line of contents; a table is a form
/// that was not read.
fn unread(
    items: &[items::Item],
    stretches: &[segment::Stretch],
    grammars: &Grammars,
) -> Vec<Diagnostic> {
    let outside = |idx: &usize| !stretches.iter().any(|s| (s.first..s.end).contains(idx));
    let said = (0..items.len()).filter(outside).filter_map(|idx| {
        let place = items[idx].place();
        let at = match (place.page, place.line) {
            (Some(page), _) => format!("page {page}"),
            (None, Some(line)) => format!("line {line}"),
            (None, None) => "the document".to_owned(),
        };
        match &items[idx].kind {
            items::ItemKind::Title(text) => Some(Diagnostic::new(
                Code::FormUnread,
                "",
                format!(
                    "{at} has the title {}, and no form was read for it",
                    text.text
                ),
            )),
            items::ItemKind::Table(table)
                if grammars.tables[table.header.table].key == "indicators" =>
            {
                let message = format!("{at} has a table of indicators that belongs to no form");
                Some(Diagnostic::new(Code::FormUnread, "", message).with_severity(Severity::Error))
            }
            _ => None,
        }
    });
    said.take(MOST_UNREAD).collect()
}

/// Findings of this kind that one document is given.
const MOST_UNREAD: usize = 20;

fn items(blocks: &[Block], grammars: &Grammars) -> Vec<items::Item> {
    let mut rows = grid::rows(blocks);
    broken::join_broken(&mut rows, grammars);
    scan::scan(&rows, grammars)
}

/// What the scanner finds, as readable text: one line an item.
#[must_use]
pub fn describe_items(blocks: &[Block], grammars: &Grammars) -> String {
    let items = items(blocks, grammars);
    let mut out = String::new();
    for (idx, item) in items.iter().enumerate() {
        out.push_str(&format!(
            "{idx} {:?} {}\n",
            item.gap,
            describe::describe(item, grammars)
        ));
    }
    out
}
