//! Compiling: grammar files as written become grammars as used; names are resolved, labels folded, trees built.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::vocabulary::{Emptiness, MoneyUnit, Operator};
use crate::model::{PersonalWords, Vocabulary};

use super::compiled::{
    ColumnKind, ColumnSpec, Family, FieldSpec, Grammars, GroupSpec, LabelInfo, TableInto, TableSpec,
};
use super::file::{
    FamilyFile, FieldFile, GrammarError, LayoutsFile, LexiconFile, PersonalFile, TableFile,
};
use super::fold::fold;
use super::labels::LabelTree;
use super::look::Words;
use super::pattern::Pattern;

/// Files that are no family's.
const SHARED: [&str; 3] = ["layouts.toml", "lexicon.toml", "personal.toml"];

/// Compiles the files of a grammar directory; later files replace earlier ones of the same name.
pub(super) fn compile(sources: &BTreeMap<String, String>) -> Result<Grammars, GrammarError> {
    let lexicon: LexiconFile = read(sources, "lexicon.toml")?;
    let layouts: LayoutsFile = read(sources, "layouts.toml")?;
    let personal: PersonalFile = read(sources, "personal.toml")?;
    let vocabulary = vocabulary(&lexicon)?;
    let mut families = Vec::new();
    for name in sources
        .keys()
        .filter(|name| name.ends_with(".toml") && !SHARED.contains(&name.as_str()))
    {
        families.push((name.clone(), read::<FamilyFile>(sources, name)?));
    }
    Compiler {
        layouts: &layouts,
        path: "layouts.toml",
    }
    .compile(families, vocabulary, personal_words(personal))
}

fn read<T: serde::de::DeserializeOwned>(
    sources: &BTreeMap<String, String>,
    name: &str,
) -> Result<T, GrammarError> {
    let text = sources.get(name).ok_or_else(|| GrammarError::Unknown {
        path: name.to_owned(),
        kind: "file",
        name: name.to_owned(),
    })?;
    toml::from_str(text).map_err(|source| GrammarError::Toml {
        path: name.to_owned(),
        source: Box::new(source),
    })
}

/// Longest first, then by text: the first fit is the longest, whatever the file's order.
fn longest_first(list: &mut [String]) {
    list.sort_by(|a, b| {
        b.chars()
            .count()
            .cmp(&a.chars().count())
            .then_with(|| a.cmp(b))
    });
}

fn vocabulary(file: &LexiconFile) -> Result<Vocabulary, GrammarError> {
    let unknown = |kind, name: &String| GrammarError::Unknown {
        path: "lexicon.toml".into(),
        kind,
        name: name.clone(),
    };
    let mut result = Vocabulary::default();
    for (name, words) in &file.operators {
        let operator = Operator::from_name(name).ok_or_else(|| unknown("operator", name))?;
        result
            .operators
            .extend(words.iter().map(|word| (word.clone(), operator)));
    }
    for (name, words) in &file.money_units {
        let unit = MoneyUnit::from_name(name).ok_or_else(|| unknown("unit of money", name))?;
        result
            .money_units
            .extend(words.iter().map(|word| (word.clone(), unit)));
    }
    for (name, words) in &file.emptiness.kinds {
        let kind = Emptiness::from_name(name).ok_or_else(|| unknown("emptiness", name))?;
        result
            .placeholders
            .extend(words.iter().map(|word| (word.clone(), kind)));
    }
    result.operators.sort_by(|a, b| {
        b.0.chars()
            .count()
            .cmp(&a.0.chars().count())
            .then_with(|| a.cmp(b))
    });
    result.money_units.sort_by(|a, b| {
        b.0.chars()
            .count()
            .cmp(&a.0.chars().count())
            .then_with(|| a.cmp(b))
    });
    result.placeholders.sort_by(|a, b| {
        b.0.chars()
            .count()
            .cmp(&a.0.chars().count())
            .then_with(|| a.cmp(b))
    });
    result.measure_units = file.measure_units.clone();
    longest_first(&mut result.measure_units);
    result.operator_suffixes = file.operator_suffixes.clone();
    longest_first(&mut result.operator_suffixes);
    result.template_hints = file.emptiness.template_hints.clone();
    result.level1 = file.levels.level1.clone();
    result.level2 = file.levels.level2.clone();
    result.misread_words = file.misread_words.clone();
    for (read, meant) in &file.confusions {
        for ch in read.chars() {
            result
                .confusions
                .entry(ch)
                .or_default()
                .extend(meant.chars());
        }
    }
    Ok(result)
}

fn personal_words(file: PersonalFile) -> PersonalWords {
    let single = file.surnames.chars().filter(|ch| !ch.is_whitespace());
    let mut surnames = file.double_surnames;
    surnames.extend(single.map(String::from));
    PersonalWords {
        person_labels: file.person_labels,
        phone_labels: file.phone_labels,
        surnames,
        behind_names: file.behind_names,
        before_names: file.before_names,
    }
}

struct Compiler<'a> {
    layouts: &'a LayoutsFile,
    path: &'a str,
}

impl Compiler<'_> {
    fn compile(
        &self,
        files: Vec<(String, FamilyFile)>,
        vocabulary: Vocabulary,
        personal: PersonalWords,
    ) -> Result<Grammars, GrammarError> {
        let mut patterns = Vec::new();
        let mut pattern_names = BTreeMap::new();
        for (name, source) in &self.layouts.patterns {
            let pattern = Pattern::parse(source).map_err(|source| GrammarError::Pattern {
                path: self.path.into(),
                name: name.clone(),
                source,
            })?;
            pattern_names.insert(name.clone(), patterns.len());
            patterns.push(pattern);
        }
        let amount = *pattern_names
            .get("amount")
            .ok_or_else(|| self.unknown("pattern", "amount"))?;
        let mut tables = Vec::new();
        let mut table_names = BTreeMap::new();
        for (name, file) in &self.layouts.tables {
            table_names.insert(name.clone(), tables.len());
            tables.push(self.table(name, file)?);
        }
        let n_families = files.len();
        let mut labels = LabelIndex {
            infos: Vec::new(),
            by_text: BTreeMap::new(),
            no_fields: Arc::new(vec![Vec::new(); n_families]),
        };
        let mut families = Vec::new();
        for (family_idx, (path, file)) in files.into_iter().enumerate() {
            let at_file = Compiler {
                layouts: self.layouts,
                path: &path,
            };
            families.push(at_file.family(
                family_idx,
                file,
                &pattern_names,
                &table_names,
                &mut patterns,
                &mut labels,
            )?);
        }
        for text in self.expand(&self.layouts.groups.labels)? {
            labels.entry(&text).group = true;
        }
        for text in self.expand(&self.layouts.attributes.labels)? {
            labels.entry(&text).attribute = true;
        }
        for inferred in &self.layouts.inferred {
            let fields: Vec<Vec<usize>> = families
                .iter()
                .map(|family: &Family| {
                    family
                        .fields
                        .iter()
                        .position(|f| f.key == inferred.key)
                        .into_iter()
                        .collect()
                })
                .collect();
            let fields = Arc::new(fields);
            for text in combinations(&inferred.parts) {
                if labels.by_text.contains_key(&text) || text.chars().count() < 4 {
                    continue;
                }
                let info = labels.entry(&text);
                info.inferred = true;
                info.fields = Arc::clone(&fields);
            }
        }
        let label_tree = LabelTree::new(
            labels
                .infos
                .iter()
                .enumerate()
                .map(|(id, info)| (id, info.text.as_str())),
        );
        let mut title_endings: Vec<String> = self
            .layouts
            .titles
            .endings
            .iter()
            .map(|text| fold(text))
            .collect();
        longest_first(&mut title_endings);
        let folded = |texts: &[String]| texts.iter().map(|text| fold(text)).collect();
        let titles = &self.layouts.titles;
        Ok(Grammars {
            families,
            patterns,
            amount,
            labels: labels.infos,
            label_tree,
            tables,
            title_endings,
            title_words: folded(&titles.words),
            title_nouns: folded(&titles.nouns),
            other_titles: folded(&titles.others),
            title_longest: titles.longest,
            list_labels: (self.layouts.lists.labels.iter())
                .map(|(header, label)| (fold(header), fold(label)))
                .collect(),
            words: Words::new(&vocabulary),
            vocabulary,
            personal,
        })
    }

    fn unknown(&self, kind: &'static str, name: &str) -> GrammarError {
        GrammarError::Unknown {
            path: self.path.to_owned(),
            kind,
            name: name.to_owned(),
        }
    }

    /// Folded labels of a list, `@name` replaced by the set of that name; each once, in order.
    fn expand(&self, list: &[String]) -> Result<Vec<String>, GrammarError> {
        let mut seen = BTreeSet::new();
        let mut result = Vec::new();
        for item in list {
            let set: Vec<String> = match item.strip_prefix('@') {
                Some(name) => self
                    .layouts
                    .labels
                    .get(name)
                    .ok_or_else(|| self.unknown("set of labels", name))?
                    .clone(),
                None => vec![item.clone()],
            };
            for text in set {
                let text = fold(&text);
                if seen.insert(text.clone()) {
                    result.push(text);
                }
            }
        }
        Ok(result)
    }

    fn tree(&self, lists: &[&[String]]) -> Result<LabelTree, GrammarError> {
        let mut labels = Vec::new();
        for (id, list) in lists.iter().enumerate() {
            labels.extend(self.expand(list)?.into_iter().map(|text| (id, text)));
        }
        Ok(LabelTree::new(
            labels.iter().map(|(id, text)| (*id, text.as_str())),
        ))
    }

    fn table(&self, name: &str, file: &TableFile) -> Result<TableSpec, GrammarError> {
        let mut columns = Vec::new();
        for column in &file.columns {
            let kind = ColumnKind::from_name(&column.kind)
                .ok_or_else(|| self.unknown("kind of column", &column.kind))?;
            columns.push(ColumnSpec {
                key: column.key.clone(),
                kind,
                fill: column.fill,
                optional: column.optional,
                row: column.row.clone(),
                twins: column.twins.iter().map(|label| fold(label)).collect(),
            });
        }
        let all_labels: Vec<Vec<String>> = file
            .columns
            .iter()
            .map(|c| {
                c.labels
                    .iter()
                    .cloned()
                    .chain(
                        combinations(&c.parts)
                            .into_iter()
                            .filter(|text| !text.is_empty()),
                    )
                    .collect()
            })
            .collect();
        let column_lists: Vec<&[String]> = all_labels.iter().map(Vec::as_slice).collect();
        let row_lists: Vec<&[String]> = file.rows.values().map(Vec::as_slice).collect();
        let group_lists: Vec<&[String]> = file.groups.iter().map(|g| g.labels.as_slice()).collect();
        let footer_lists: Vec<&[String]> =
            file.footers.iter().map(|f| f.labels.as_slice()).collect();
        Ok(TableSpec {
            name: name.to_owned(),
            into: match file.into.as_str() {
                "funds" => TableInto::Funds,
                "fields" => TableInto::Fields,
                _ => TableInto::Rows,
            },
            key: if file.key.is_empty() {
                file.into.clone()
            } else {
                file.key.clone()
            },
            min_columns: file.min_columns,
            any_of: file.any_of.clone(),
            all_of: file.all_of.clone(),
            max_rows: file.max_rows,
            columns,
            column_tree: self.tree(&column_lists)?,
            rows: file.rows.keys().cloned().collect(),
            row_tree: self.tree(&row_lists)?,
            groups: file
                .groups
                .iter()
                .map(|g| GroupSpec {
                    key: g.key.clone(),
                    leaf: g.leaf.clone(),
                })
                .collect(),
            group_tree: self.tree(&group_lists)?,
            footers: file.footers.iter().map(|f| f.cells.clone()).collect(),
            footer_tree: self.tree(&footer_lists)?,
        })
    }

    fn family(
        &self,
        family_idx: usize,
        file: FamilyFile,
        pattern_names: &BTreeMap<String, usize>,
        table_names: &BTreeMap<String, usize>,
        patterns: &mut Vec<Pattern>,
        labels: &mut LabelIndex,
    ) -> Result<Family, GrammarError> {
        let mut tables = Vec::new();
        for name in &file.tables {
            tables.push(
                *table_names
                    .get(name)
                    .ok_or_else(|| self.unknown("table", name))?,
            );
        }
        let mut fields: Vec<FieldSpec> = Vec::new();
        for (key, value) in file.fields {
            let field: FieldFile = value.try_into().map_err(|source| GrammarError::Toml {
                path: self.path.to_owned(),
                source: Box::new(source),
            })?;
            let pattern = match pattern_names.get(&field.value) {
                Some(idx) => *idx,
                None => {
                    let pattern =
                        Pattern::parse(&field.value).map_err(|source| GrammarError::Pattern {
                            path: self.path.into(),
                            name: key.clone(),
                            source,
                        })?;
                    patterns.push(pattern);
                    patterns.len() - 1
                }
            };
            for text in self.expand(&field.labels)? {
                Arc::make_mut(&mut labels.entry(&text).fields)[family_idx].push(fields.len());
            }
            fields.push(FieldSpec {
                key,
                pattern,
                long: field.long,
                must_fit: field.must_fit,
                trailing: field.trailing,
                weight: field.weight.unwrap_or(1.0),
            });
        }
        for text in self.expand(&file.attributes)? {
            labels.entry(&text).attribute = true;
        }
        // A field that demands a fit is tried before one that takes anything.
        for info in &mut labels.infos {
            if info.fields[family_idx].len() > 1 {
                Arc::make_mut(&mut info.fields)[family_idx]
                    .sort_by_key(|idx| !fields[*idx].must_fit);
            }
        }
        Ok(Family {
            name: file.name,
            version: file.version,
            titles: file.titles.iter().map(|t| fold(t)).collect(),
            tables,
            fields,
            column_weights: file.fingerprint.columns,
            attribute_weights: file
                .fingerprint
                .attributes
                .into_iter()
                .map(|(text, weight)| (fold(&text), weight))
                .collect(),
        })
    }
}

struct LabelIndex {
    infos: Vec<LabelInfo>,
    by_text: BTreeMap<String, usize>,
    /// What a label means that no family has as a field.
    no_fields: Arc<Vec<Vec<usize>>>,
}

impl LabelIndex {
    fn entry(&mut self, text: &str) -> &mut LabelInfo {
        let idx = match self.by_text.get(text) {
            Some(idx) => *idx,
            None => {
                let idx = self.infos.len();
                self.infos.push(LabelInfo {
                    text: text.to_owned(),
                    fields: Arc::clone(&self.no_fields),
                    ..LabelInfo::default()
                });
                self.by_text.insert(text.to_owned(), idx);
                idx
            }
        };
        &mut self.infos[idx]
    }
}

/// Every text made of one part of each list, folded.
fn combinations(parts: &[Vec<String>]) -> Vec<String> {
    let mut texts = vec![String::new()];
    for list in parts {
        let folded: Vec<String> = list.iter().map(|part| fold(part)).collect();
        texts = texts
            .iter()
            .flat_map(|text| {
                folded
                    .iter()
                    .map(move |part| [text.as_str(), part].concat())
            })
            .collect();
    }
    texts
}
