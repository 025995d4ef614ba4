//! A source file as the house rules see it: without tests, comments and what stands in quotes.

/// A source file under `src/`.
pub(crate) struct Source {
    /// From `src/`, with `/` separators.
    pub(crate) path: String,
    /// As it stands in the file.
    pub(crate) text: String,
    /// Without tests, comments and what stands in quotes; the lines keep their numbers.
    pub(crate) code: String,
}

impl Source {
    /// Takes a text apart; `path` is from `src/`.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code = without_tests(&blank_comments_and_quotes(text));
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
        }
    }

    /// Top-level module: the folder, or the file itself.
    pub(crate) fn room(&self) -> &str {
        self.path
            .split('/')
            .next()
            .map_or("", |first| first.trim_end_matches(".rs"))
    }

    /// Path of the module below the crate: `acquire/pdf/mod.rs` is `[acquire, pdf]`, `lib.rs` is the crate itself.
    pub(crate) fn module(&self) -> Vec<&str> {
        let path = self.path.trim_end_matches(".rs");
        path.split('/')
            .filter(|step| !["mod", "lib", "main"].contains(step))
            .collect()
    }

    /// Modules that this file declares for tests alone: their paths, without the ending.
    pub(crate) fn test_modules(&self) -> Vec<String> {
        let declared = self.code.split("#[cfg(test)]\nmod ").skip(1);
        let names = declared.filter_map(|rest| rest.split_once(';').map(|(name, _)| name));
        names
            .filter(|name| name.chars().all(is_ident))
            .map(|name| [&self.module()[..], &[name]].concat().join("/"))
            .collect()
    }
}

/// Comments and the inside of quotes become spaces; line ends stay.
pub(crate) fn blank_comments_and_quotes(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut idx = 0;
    // Copies a stretch as blanks and goes on behind it.
    let blank = |from: usize, to: usize, code: &mut String| {
        code.extend(
            chars[from..to.min(chars.len())]
                .iter()
                .map(|ch| if *ch == '\n' { '\n' } else { ' ' }),
        );
        to
    };
    while idx < chars.len() {
        let rest = &chars[idx..];
        let starts = |prefix: &str| {
            prefix.chars().zip(rest).filter(|(a, b)| a == *b).count() == prefix.chars().count()
        };
        let after_ident = idx > 0 && is_ident(chars[idx - 1]);
        if starts("//") {
            let end = rest.iter().position(|ch| *ch == '\n').unwrap_or(rest.len());
            idx = blank(idx, idx + end, &mut code);
        } else if starts("/*") {
            idx = blank(idx, idx + block_comment_len(rest), &mut code);
        } else if let Some(len) = (!after_ident).then(|| raw_string_len(rest)).flatten() {
            idx = blank(idx, idx + len, &mut code);
        } else if starts("\"") {
            idx = blank(idx, idx + quoted_len(rest, '"'), &mut code);
        } else if starts("'") && (rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'')) {
            idx = blank(idx, idx + quoted_len(rest, '\''), &mut code);
        } else {
            code.push(chars[idx]);
            idx += 1;
        }
    }
    code
}

fn block_comment_len(rest: &[char]) -> usize {
    let mut depth = 0_usize;
    let mut idx = 0;
    while idx < rest.len() {
        match (rest[idx], rest.get(idx + 1)) {
            ('/', Some('*')) => (depth, idx) = (depth + 1, idx + 2),
            ('*', Some('/')) => (depth, idx) = (depth - 1, idx + 2),
            _ => idx += 1,
        }
        if depth == 0 {
            return idx;
        }
    }
    rest.len()
}

fn quoted_len(rest: &[char], quote: char) -> usize {
    let mut idx = 1;
    while idx < rest.len() {
        match rest[idx] {
            '\\' => idx += 2,
            ch if ch == quote => return idx + 1,
            _ => idx += 1,
        }
    }
    rest.len()
}

/// Length of `r"…"`, `br##"…"##`; `None` where no raw string begins.
fn raw_string_len(rest: &[char]) -> Option<usize> {
    let n_prefix = rest
        .iter()
        .take_while(|ch| ['b', 'c', 'r'].contains(*ch))
        .count();
    let n_hashes = rest[n_prefix..].iter().take_while(|ch| **ch == '#').count();
    let open = n_prefix + n_hashes;
    if !(1..=2).contains(&n_prefix) || rest[n_prefix - 1] != 'r' || rest.get(open) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', n_hashes))
        .collect();
    let body = &rest[open + 1..];
    let end = body
        .windows(close.len())
        .position(|window| window == close.as_slice());
    Some(end.map_or(rest.len(), |end| open + 1 + end + close.len()))
}

/// Everything before the tests, which stand at the end of a file.
fn without_tests(code: &str) -> String {
    code.split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Whether a character may stand in a name.
fn is_ident(ch: char) -> bool {
    ch.is_alphanumeric() || ch == '_'
}

/// Places where `word` stands as a whole word, as offsets behind it.
pub(crate) fn words(code: &str, word: &str) -> Vec<usize> {
    let whole = |(start, found): (usize, &str)| {
        let end = start + found.len();
        let before = code[..start].chars().next_back();
        let after = code[end..].chars().next();
        (!before.is_some_and(is_ident) && !after.is_some_and(is_ident)).then_some(end)
    };
    code.match_indices(word).filter_map(whole).collect()
}

/// Names that follow `prefix::`: one, or those of a group `prefix::{a, b::{c}}` at its first level.
pub(crate) fn names_behind(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for end in words(code, prefix) {
        let Some(rest) = code[end..].strip_prefix("::") else {
            continue;
        };
        let ident = |text: &str| {
            text.chars()
                .take_while(|ch| is_ident(*ch))
                .collect::<String>()
        };
        let Some(group) = rest.strip_prefix('{') else {
            names.push(ident(rest));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for ch in group.chars() {
            match ch {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    names.push(ident(std::mem::take(&mut item).trim()));
                    continue;
                }
                _ => {}
            }
            item.push(ch);
        }
        names.push(ident(item.trim()));
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn quotes_and_comments_do_not_hide_code() {
    let check = |text: &str, expected: &str| {
        let code = blank_comments_and_quotes(text);
        assert_eq!(
            code.split_whitespace().collect::<Vec<_>>().join(" "),
            expected,
            "{text}"
        );
        assert_eq!(code.matches('\n').count(), text.matches('\n').count());
    };
    check("a /* b /* c */ d */ e // f\ng", "a e g");
    check(r#"a "b \" // c" d"#, "a d");
    check("a r#\"b \" c\"# d", "a d");
    check("a '\"' b '\\'' c '\\u{1f}' d", "a b c d");
    check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    check("for r in bar { \"x\" }", "for r in bar { }");
}

#[test]
fn a_module_for_tests_alone_is_known() {
    let source = Source::new(
        "layout/mod.rs",
        "mod lines;\n#[cfg(test)]\nmod drawing;\nfn f() {}\n",
    );
    assert_eq!(source.test_modules(), ["layout/drawing"]);
    assert!(source.code.contains("fn f"));
}
