//! What the scanner found, as readable text for `dump --stage raw` and for people who write grammars.

use super::compiled::Grammars;
use super::items::{Item, ItemKind};

/// One item in one line; tables of rows with a line for each row.
pub(super) fn describe(item: &Item, grammars: &Grammars) -> String {
    match &item.kind {
        ItemKind::Title(text) => format!("title     {}", text.text),
        ItemKind::OtherTitle(text) => format!("other     {}", text.text),
        ItemKind::Year(text) => format!("year      {}", text.text),
        ItemKind::Text(text) => format!("text      {}", text.text),
        ItemKind::Furniture(text) => format!("furniture {}", text.text),
        ItemKind::Group { text, .. } => format!("group     {}", text.text),
        ItemKind::Field(field) => {
            let value = field.value.as_ref().map_or("(blank)", |v| v.text.as_str());
            format!(
                "field     {} [{}] = {value}",
                field.text.text, grammars.labels[field.label].text
            )
        }
        ItemKind::Table(table) => {
            let spec = &grammars.tables[table.header.table];
            let name = |c: usize| {
                table.header.columns[c]
                    .column
                    .map_or("?", |idx| spec.columns[idx].key.as_str())
            };
            let mut out = format!(
                "table     {} ({})",
                spec.name,
                (0..table.header.columns.len())
                    .map(name)
                    .collect::<Vec<_>>()
                    .join(" ")
            );
            for row in &table.rows {
                let cells: Vec<String> = row
                    .cells
                    .iter()
                    .map(|(c, text, filled)| {
                        format!(
                            "{}{}={}",
                            name(*c),
                            if *filled { "^" } else { "" },
                            text.text
                        )
                    })
                    .collect();
                out.push_str(&format!(
                    "\n            {} {}",
                    row.label.as_ref().map_or("", |l| l.text.as_str()),
                    cells.join(" | ")
                ));
            }
            for (key, _, value) in &table.footers {
                out.push_str(&format!("\n            {key} = {}", value.text));
            }
            for extra in &table.extra {
                out.push_str(&format!("\n            residue {}", extra.text));
            }
            out
        }
    }
}
