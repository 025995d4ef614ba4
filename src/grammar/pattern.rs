//! The pattern language of values, and its interpreter.
//!
//! A pattern says how a printed value is made: `code:code dash name:text | name:text`. It is read once, when a grammar
//! is loaded; its leaves are nom parsers over the printed text.
//!
//! | written | matches |
//! |---|---|
//! | `'…'` | this text, width folded |
//! | `name:leaf` | the leaf, captured under `name` |
//! | `a b` | a, then b, white space between them allowed |
//! | `a \| b` | a, or else b |
//! | `a?` | a, or nothing |
//! | `( … )` | grouping |
//!
//! Leaves: `code` (letters and digits with at least one digit), `dash` (any hyphen or dash), `text` (anything), `number`
//! (a number as printed, misread letters included), `money` (a unit of money), `year` (four digits, 年 and 度 optional),
//! `word` (no white space).

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char as literal_char, multispace0};
use nom::combinator::{map, opt, recognize, verify};
use nom::multi::{many1, separated_list1};
use nom::sequence::{delimited, pair, preceded, terminated};
use nom::{IResult, Parser};

use crate::model::Vocabulary;

use super::fold::{fold_char, is_white};

/// A value pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    root: Node,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Literal(String),
    Leaf { kind: Leaf, name: Option<String> },
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Optional(Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Code,
    Dash,
    Text,
    Number,
    Money,
    Year,
    Word,
}

/// Why a pattern could not be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("pattern does not parse at `{rest}`")]
pub struct PatternError {
    /// What is left unread.
    pub rest: String,
}

/// Captures of a match, in order: name and text as printed.
pub(super) type Captures = Vec<(String, String)>;

impl Pattern {
    /// Reads a pattern.
    pub(super) fn parse(source: &str) -> Result<Self, PatternError> {
        match terminated(choice, multispace0).parse(source) {
            Ok(("", root)) => Ok(Self { root }),
            Ok((rest, _)) => Err(PatternError {
                rest: rest.to_owned(),
            }),
            Err(_) => Err(PatternError {
                rest: source.to_owned(),
            }),
        }
    }

    /// Matches the whole of a printed text; `None` where it does not fit.
    pub(super) fn captures(&self, text: &str, vocabulary: &Vocabulary) -> Option<Captures> {
        let context = Context { vocabulary };
        let text = text.trim_matches(is_white);
        let mut captures = Captures::new();
        context
            .run(&[&self.root], text, &mut captures)
            .then_some(captures)
    }
}

// ------------------------------------------------------------------ reading the language

fn choice(input: &str) -> IResult<&str, Node> {
    map(
        separated_list1(preceded(multispace0, literal_char('|')), sequence),
        |mut nodes| {
            if nodes.len() == 1 {
                nodes.remove(0)
            } else {
                Node::Choice(nodes)
            }
        },
    )
    .parse(input)
}

fn sequence(input: &str) -> IResult<&str, Node> {
    map(many1(preceded(multispace0, item)), |mut nodes| {
        if nodes.len() == 1 {
            nodes.remove(0)
        } else {
            Node::Sequence(nodes)
        }
    })
    .parse(input)
}

fn item(input: &str) -> IResult<&str, Node> {
    map(pair(atom, opt(literal_char('?'))), |(node, optional)| {
        if optional.is_some() {
            Node::Optional(Box::new(node))
        } else {
            node
        }
    })
    .parse(input)
}

fn atom(input: &str) -> IResult<&str, Node> {
    alt((
        delimited(
            (literal_char('('), multispace0),
            choice,
            (multispace0, literal_char(')')),
        ),
        map(
            delimited(
                literal_char('\''),
                take_while1(|ch| ch != '\''),
                literal_char('\''),
            ),
            |text: &str| Node::Literal(text.chars().map(fold_char).collect()),
        ),
        map(
            pair(opt(terminated(name, literal_char(':'))), leaf),
            |(name, kind)| Node::Leaf {
                kind,
                name: name.map(str::to_owned),
            },
        ),
    ))
    .parse(input)
}

fn name(input: &str) -> IResult<&str, &str> {
    recognize(pair(
        take_while1(|ch: char| ch.is_ascii_lowercase()),
        take_while(|ch: char| ch.is_ascii_alphanumeric() || ch == '_'),
    ))
    .parse(input)
}

fn leaf(input: &str) -> IResult<&str, Leaf> {
    alt((
        map(tag("code"), |_| Leaf::Code),
        map(tag("dash"), |_| Leaf::Dash),
        map(tag("text"), |_| Leaf::Text),
        map(tag("number"), |_| Leaf::Number),
        map(tag("money"), |_| Leaf::Money),
        map(tag("year"), |_| Leaf::Year),
        map(tag("word"), |_| Leaf::Word),
    ))
    .parse(input)
}

// ------------------------------------------------------------------ running it

struct Context<'a> {
    vocabulary: &'a Vocabulary,
}

impl Context<'_> {
    /// Runs a list of nodes over the whole of `text`. The list gets shorter or the text does at each step, so it ends.
    fn run(&self, nodes: &[&Node], text: &str, captures: &mut Captures) -> bool {
        let Some((first, rest)) = nodes.split_first() else {
            return text.trim_start_matches(is_white).is_empty();
        };
        let text = text.trim_start_matches(is_white);
        let mark = captures.len();
        match first {
            Node::Sequence(items) => {
                let list: Vec<&Node> = items.iter().chain(rest.iter().copied()).collect();
                self.run(&list, text, captures)
            }
            Node::Choice(options) => options.iter().any(|option| {
                let list: Vec<&Node> = std::iter::once(option)
                    .chain(rest.iter().copied())
                    .collect();
                captures.truncate(mark);
                self.run(&list, text, captures)
            }),
            Node::Optional(node) => {
                let list: Vec<&Node> = std::iter::once(&**node)
                    .chain(rest.iter().copied())
                    .collect();
                if self.run(&list, text, captures) {
                    return true;
                }
                captures.truncate(mark);
                self.run(rest, text, captures)
            }
            Node::Literal(literal) => folded_prefix(text, literal)
                .is_some_and(|len| self.run(rest, &text[len..], captures)),
            Node::Leaf {
                kind: Leaf::Text,
                name,
            } => self.run_text(name.as_deref(), rest, text, captures),
            Node::Leaf { kind, name } => self.leaf_ends(*kind, text).into_iter().any(|end| {
                captures.truncate(mark);
                if let Some(name) = name {
                    captures.push((name.clone(), text[..end].to_owned()));
                }
                self.run(rest, &text[end..], captures)
            }),
        }
    }

    /// A text takes everything where nothing follows it, else as little as lets the rest fit.
    fn run_text(
        &self,
        name: Option<&str>,
        rest: &[&Node],
        text: &str,
        captures: &mut Captures,
    ) -> bool {
        let mark = captures.len();
        let ends: Vec<usize> = if rest.is_empty() {
            vec![text.len()]
        } else {
            text.char_indices()
                .skip(1)
                .map(|(idx, _)| idx)
                .chain(std::iter::once(text.len()))
                .collect()
        };
        ends.into_iter().any(|end| {
            let part = text[..end].trim_matches(is_white);
            if part.is_empty() {
                return false;
            }
            captures.truncate(mark);
            if let Some(name) = name {
                captures.push((name.to_owned(), part.to_owned()));
            }
            self.run(rest, &text[end..], captures)
        })
    }

    /// Byte lengths that a leaf can take at the start of `text`, the preferred first.
    fn leaf_ends(&self, kind: Leaf, text: &str) -> Vec<usize> {
        let parsed = match kind {
            Leaf::Code => consumed(code, text),
            Leaf::Dash => consumed(dash, text),
            Leaf::Number => consumed(number, text),
            Leaf::Year => consumed(year, text),
            Leaf::Word => consumed(word, text),
            Leaf::Money => {
                return self
                    .vocabulary
                    .money_units
                    .iter()
                    .filter_map(|(unit, _)| folded_prefix(text, unit))
                    .collect();
            }
            Leaf::Text => Some(text.len()),
        };
        parsed.into_iter().collect()
    }
}

fn consumed<'a>(
    mut parser: impl FnMut(&'a str) -> IResult<&'a str, &'a str>,
    text: &'a str,
) -> Option<usize> {
    parser(text)
        .ok()
        .map(|(_, taken)| taken.len())
        .filter(|len| *len > 0)
}

/// Byte length of `literal` (folded) at the start of `text`, white space inside it passed over.
fn folded_prefix(text: &str, literal: &str) -> Option<usize> {
    let mut wanted = literal.chars().map(fold_char).peekable();
    let mut end = 0;
    for (idx, ch) in text.char_indices() {
        let Some(next) = wanted.peek() else { break };
        if is_white(ch) && idx > 0 {
            continue;
        }
        if fold_char(ch) != *next {
            return None;
        }
        wanted.next();
        end = idx + ch.len_utf8();
    }
    (wanted.peek().is_none() && end > 0).then_some(end)
}

fn code(input: &str) -> IResult<&str, &str> {
    verify(
        take_while1(|ch: char| fold_char(ch).is_ascii_alphanumeric()),
        |text: &str| text.chars().any(|ch| fold_char(ch).is_ascii_digit()),
    )
    .parse(input)
}

fn dash(input: &str) -> IResult<&str, &str> {
    take_while1(|ch: char| fold_char(ch) == '-').parse(input)
}

fn word(input: &str) -> IResult<&str, &str> {
    take_while1(|ch: char| !is_white(ch)).parse(input)
}

fn year(input: &str) -> IResult<&str, &str> {
    let digits = verify(
        take_while1(|ch: char| fold_char(ch).is_ascii_digit()),
        |text: &str| text.chars().count() == 4,
    );
    recognize((
        digits,
        multispace0,
        opt(literal_char('年')),
        multispace0,
        opt(literal_char('度')),
    ))
    .parse(input)
}

/// A number as printed: sign, digits in any width, separators, a point; letters that recognisers put for digits may
/// stand among digits, but not alone.
fn number(input: &str) -> IResult<&str, &str> {
    let is_part = |ch: char| {
        let ch = fold_char(ch);
        ch.is_ascii_digit() || matches!(ch, ',' | '.' | '，' | 'O' | 'o' | 'l' | 'I' | '|')
    };
    recognize(pair(
        opt(alt((
            literal_char('-'),
            literal_char('－'),
            literal_char('+'),
            literal_char('−'),
        ))),
        verify(take_while1(is_part), |text: &str| {
            text.chars().any(|ch| fold_char(ch).is_ascii_digit())
                || matches!(text, "O" | "o" | "l" | "I")
        }),
    ))
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary::MoneyUnit;

    fn check(pattern: &str, text: &str) -> Option<String> {
        let vocabulary = Vocabulary {
            money_units: vec![
                ("万元".into(), MoneyUnit::TenThousandYuan),
                ("元".into(), MoneyUnit::Yuan),
            ],
            ..Vocabulary::default()
        };
        let captures = Pattern::parse(pattern)
            .expect("pattern parses")
            .captures(text, &vocabulary)?;
        Some(
            captures
                .iter()
                .map(|(name, text)| format!("{name}={text}"))
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    const CODE_NAME: &str = "code:code dash name:text | '[' code:code ']' name:text | name:text";

    #[test]
    fn code_and_name_split_at_the_first_dash() {
        assert_eq!(
            check(CODE_NAME, "203001-万源市-社保局").as_deref(),
            Some("code=203001 name=万源市-社保局")
        );
        assert_eq!(
            check(CODE_NAME, "【203】社保局").as_deref(),
            Some("code=203 name=社保局")
        );
        assert_eq!(check(CODE_NAME, "社保局").as_deref(), Some("name=社保局"));
    }

    #[test]
    fn amount_with_and_without_unit() {
        assert_eq!(
            check("number:number unit:money?", "２.00 万元").as_deref(),
            Some("number=２.00 unit=万元")
        );
        assert_eq!(
            check("number:number unit:money?", "1,000").as_deref(),
            Some("number=1,000")
        );
        assert_eq!(check("number:number unit:money?", "两千"), None);
    }

    #[test]
    fn a_broken_pattern_says_where() {
        assert_eq!(
            Pattern::parse("code:code )").map_err(|e| e.rest),
            Err(")".to_owned())
        );
    }
}
