//! Labels: which of the known labels stands at a place of a text.
//!
//! Labels are compared folded. Where no label fits as printed, known glyph confusions of recognisers are tried, then
//! labels made of known parts; both are said (`label_inferred`).

use std::collections::BTreeMap;

use super::fold::{Folded, is_han};

/// Number of a label in the list it was built from.
pub(super) type LabelId = usize;

/// A prefix tree of folded labels.
#[derive(Debug, Clone, Default)]
pub(super) struct LabelTree {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Default)]
struct Node {
    /// Sorted by character.
    children: Vec<(char, usize)>,
    label: Option<LabelId>,
}

impl Node {
    fn child(&self, ch: char) -> Option<usize> {
        let idx = self.children.binary_search_by_key(&ch, |(c, _)| *c).ok()?;
        Some(self.children[idx].1)
    }
}

/// How a label was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// As listed.
    Exact,
    /// With this many characters read as others.
    Confused(u8),
}

/// What stands behind a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Terminator {
    /// A colon.
    Colon,
    /// The end of the text.
    End,
    /// White space.
    Space,
    /// A digit, or something else that cannot belong to a label.
    Joined,
}

/// A label found in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabelHit {
    /// Which label.
    pub(super) label: LabelId,
    /// Folded index of its first character, numbering and `其中:` aside.
    pub(super) start: usize,
    /// Folded index behind the label, its bracket and its colon.
    pub(super) end: usize,
    /// Text of the bracket behind the label, folded: `万元`, `%`.
    pub(super) bracket: Option<String>,
    /// What stands behind it.
    pub(super) terminator: Terminator,
    /// How it was recognised.
    pub(super) certainty: Certainty,
}

impl LabelTree {
    /// Builds the tree of folded labels.
    pub(super) fn new<'a>(labels: impl Iterator<Item = (LabelId, &'a str)>) -> Self {
        let mut tree = Self {
            nodes: vec![Node::default()],
        };
        for (id, label) in labels {
            let mut at = 0;
            for ch in label.chars() {
                at = match tree.nodes[at].child(ch) {
                    Some(next) => next,
                    None => {
                        let next = tree.nodes.len();
                        tree.nodes.push(Node::default());
                        let place = tree.nodes[at].children.partition_point(|(c, _)| *c < ch);
                        tree.nodes[at].children.insert(place, (ch, next));
                        next
                    }
                };
            }
            tree.nodes[at].label.get_or_insert(id);
        }
        tree
    }

    /// Every label that begins at folded index `start`, with the index behind it, longest first.
    fn fits(&self, chars: &[char], start: usize) -> Vec<(LabelId, usize)> {
        let mut found = Vec::new();
        let mut at = 0;
        for (idx, ch) in chars.iter().enumerate().skip(start) {
            match self.nodes[at].child(*ch) {
                Some(next) => at = next,
                None => break,
            }
            if let Some(label) = self.nodes[at].label {
                found.push((label, idx + 1));
            }
        }
        found.reverse();
        found
    }

    /// Labels that a text is up to `most` insertions, deletions and substitutions away from, each with how many.
    pub(super) fn nearest(&self, text: &[char], most: usize) -> Vec<(LabelId, usize)> {
        let first: Vec<usize> = (0..=text.len()).collect();
        let mut found = Vec::new();
        // A node and the last row of its distances from what the text begins with.
        let mut stack = vec![(0usize, first)];
        while let Some((at, row)) = stack.pop() {
            let distance = row[text.len()];
            if let Some(label) = self.nodes[at].label
                && distance <= most
            {
                found.push((label, distance));
            }
            for (ch, next) in &self.nodes[at].children {
                let mut below = vec![row[0] + 1];
                for (idx, read) in text.iter().enumerate() {
                    let replaced = row[idx] + usize::from(read != ch);
                    below.push(replaced.min(row[idx + 1] + 1).min(below[idx] + 1));
                }
                if below.iter().any(|distance| *distance <= most) {
                    stack.push((*next, below));
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// Labels that begin at `start` if up to `budget` characters are read as one of their confusions (or, where
    /// `wild` is set, one of them as anything), longest first, fewest changes first.
    fn confused_fits(
        &self,
        chars: &[char],
        start: usize,
        confusions: &BTreeMap<char, Vec<char>>,
        budget: u8,
        wild: bool,
    ) -> Vec<(LabelId, usize, u8)> {
        let mut found = Vec::new();
        let mut stack = vec![(0usize, start, 0u8, wild)];
        while let Some((at, idx, changed, wild_left)) = stack.pop() {
            if let Some(label) = self.nodes[at].label
                && changed > 0
                && idx - start >= usize::from(changed) * 3
            {
                found.push((label, idx, changed));
            }
            let Some(ch) = chars.get(idx) else { continue };
            let node = &self.nodes[at];
            if let Some(next) = node.child(*ch) {
                stack.push((next, idx + 1, changed, wild_left));
            }
            let confused = confusions.get(ch).map_or(&[][..], Vec::as_slice);
            if changed < budget {
                for other in confused.iter().filter(|other| *other != ch) {
                    if let Some(next) = node.child(*other) {
                        stack.push((next, idx + 1, changed + 1, wild_left));
                    }
                }
            }
            if !(wild_left && changed == 0 && idx > start && is_han(*ch)) {
                continue;
            }
            for (other, next) in &node.children {
                let is_tried = other == ch || confused.contains(other);
                if !is_tried && is_han(*other) {
                    stack.push((*next, idx + 1, changed + 2, false));
                }
            }
        }
        found.sort_by_key(|(label, end, changed)| (*changed, std::cmp::Reverse(*end), *label));
        found
    }
}

/// How labels are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LabelSearch {
    /// Whether a label may end at white space with its value behind it.
    pub(super) allow_space: bool,
    /// Whether glyph confusions are tried.
    pub(super) allow_confusions: bool,
    /// Whether the label must be the whole text (a cell of its own).
    pub(super) whole: bool,
}

/// The label at folded index `at` of a text, numbering, stars and `其中:` before it passed over.
///
/// Returns `None` where no label fits or where what stands behind it shows that it is part of a longer word.
pub(super) fn label_at(
    tree: &LabelTree,
    text: &Folded,
    at: usize,
    search: LabelSearch,
    confusions: &BTreeMap<char, Vec<char>>,
) -> Option<LabelHit> {
    let starts = [Some(at), skip_prefix(text, at)];
    for start in starts.into_iter().flatten() {
        let begins = |ch: &char| tree.nodes[0].child(*ch).is_some();
        if !text.chars.get(start).is_some_and(begins) {
            continue;
        }
        for (label, end) in tree.fits(&text.chars, start) {
            if let Some(hit) = finish(text, label, start, end, search, Certainty::Exact) {
                return Some(hit);
            }
        }
    }
    if !search.allow_confusions {
        return None;
    }
    for mended in [with_colon(text, confusions), without_stray_marks(text)] {
        let Some(mended) = mended else { continue };
        let search = LabelSearch {
            allow_confusions: false,
            ..search
        };
        let hit = label_at(tree, &mended, at, search, confusions);
        if let Some(hit) = hit.filter(|hit| hit.end == mended.len()) {
            return Some(LabelHit {
                end: text.len(),
                certainty: Certainty::Confused(1),
                ..hit
            });
        }
    }
    for start in starts.into_iter().flatten() {
        let n_left = text.len() - start.min(text.len());
        let (budget, wild) = (if n_left >= 6 { 2 } else { 1 }, n_left >= 5);
        for (label, end, changed) in
            tree.confused_fits(&text.chars, start, confusions, budget, wild)
        {
            if let Some(hit) = finish(
                text,
                label,
                start,
                end,
                search,
                Certainty::Confused(changed),
            ) && matches!(hit.terminator, Terminator::Colon | Terminator::End)
            {
                return Some(hit);
            }
        }
    }
    None
}

/// A text whose last character may be a misread colon, with a colon.
fn with_colon(text: &Folded, confusions: &BTreeMap<char, Vec<char>>) -> Option<Folded> {
    let last = text.chars.last()?;
    if !confusions.get(last)?.contains(&':') {
        return None;
    }
    let mut mended = text.clone();
    *mended.chars.last_mut()? = ':';
    Some(mended)
}

/// A text without the marks at its end, if there are any that end no label: spots of dirt are read as full stops.
fn without_stray_marks(text: &Folded) -> Option<Folded> {
    /// Shortest label that is told from what may be a value, characters.
    const SHORTEST: usize = 3;
    let is_stray = |ch: &char| matches!(ch, '.' | ',' | '。' | '、' | '·' | '•' | '\'' | '`');
    let n = text.len()
        - text
            .chars
            .iter()
            .rev()
            .take_while(|ch| is_stray(ch))
            .count();
    if n == text.len() || n < SHORTEST {
        return None;
    }
    let mut bare = text.clone();
    bare.chars.truncate(n);
    bare.starts.truncate(n);
    bare.ends.truncate(n);
    bare.space_before.truncate(n);
    Some(bare)
}

/// Folded index behind a numbering, a star or `其中:`, if one stands at `at`.
fn skip_prefix(text: &Folded, at: usize) -> Option<usize> {
    let rest = &text.chars[at.min(text.len())..];
    let is_ordinal = |ch: &char| ch.is_ascii_digit() || "一二三四五六七八九十".contains(*ch);
    let first = rest.first()?;
    let skipped = match first {
        '★' | '▲' | '*' | '●' | '■' | '◆' | '☆' | '△' | '·' => 1,
        '其' if rest.get(1) == Some(&'中') => {
            2 + usize::from(matches!(rest.get(2), Some(':' | ',' | '、')))
        }
        '(' => {
            let n = rest[1..].iter().take_while(|ch| is_ordinal(ch)).count();
            if n == 0 || rest.get(1 + n) != Some(&')') {
                return None;
            }
            n + 2
        }
        _ => {
            let n = rest.iter().take_while(|ch| is_ordinal(ch)).count();
            if n == 0 || !matches!(rest.get(n), Some('、' | '.' | ')')) {
                return None;
            }
            n + 1
        }
    };
    Some(at + skipped)
}

/// Completes a fit: reads the bracket and the colon behind it, and judges whether the label ends there.
fn finish(
    text: &Folded,
    label: LabelId,
    start: usize,
    end: usize,
    search: LabelSearch,
    certainty: Certainty,
) -> Option<LabelHit> {
    let mut end = end;
    let mut bracket = None;
    if let Some((content, behind)) = bracket_behind(text, end) {
        bracket = Some(content);
        end = behind;
    }
    let hit = |end, terminator| LabelHit {
        label,
        start,
        end,
        bracket: bracket.clone(),
        terminator,
        certainty,
    };
    let found = match text.chars.get(end) {
        None => hit(end, Terminator::End),
        Some(':') => {
            let mut behind = end + 1;
            while text.chars.get(behind) == Some(&':') {
                behind += 1;
            }
            // `年度资金总额：（万元）`: a unit of money behind the colon that ends the text is the label's.
            match bracket_behind(text, behind) {
                Some((content, end))
                    if bracket.is_none() && end == text.len() && content.ends_with('元') =>
                {
                    LabelHit {
                        bracket: Some(content),
                        ..hit(end, Terminator::Colon)
                    }
                }
                _ => hit(behind, Terminator::Colon),
            }
        }
        Some('_') => hit(end, Terminator::Space),
        Some(_) if text.space_before[end] => hit(end, Terminator::Space),
        Some(ch) if ch.is_ascii_digit() && !text.chars[end - 1].is_ascii_digit() => {
            hit(end, Terminator::Joined)
        }
        Some(_) => return None,
    };
    match found.terminator {
        Terminator::Colon | Terminator::End => {}
        Terminator::Space | Terminator::Joined if search.allow_space && !search.whole => {}
        _ => return None,
    }
    if search.whole && found.end < text.len() {
        return None;
    }
    Some(found)
}

/// The bracket that stands at folded index `at`, if it says something about the label (a unit, a seal, a share):
/// its content and the index behind it. Ordinals such as `(1)` and long brackets belong to the value.
fn bracket_behind(text: &Folded, at: usize) -> Option<(String, usize)> {
    const LONGEST: usize = 12;
    if text.chars.get(at) != Some(&'(') {
        return None;
    }
    let close = text.chars[at + 1..]
        .iter()
        .take(LONGEST + 1)
        .position(|ch| *ch == ')')?;
    let content: String = text.chars[at + 1..at + 1 + close].iter().collect();
    let ordinal = content
        .chars()
        .all(|ch| ch.is_ascii_digit() || "一二三四五六七八九十".contains(ch));
    (!content.is_empty() && !ordinal).then_some((content, at + close + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: &[&str] = &[
        "项目总额",
        "预算执行率权重",
        "项目经办人",
        "项目经办人电话",
        "财政资金",
    ];

    fn check(text: &str) -> Option<(&'static str, usize, Terminator, Certainty)> {
        look(text, false)
    }

    fn look(text: &str, whole: bool) -> Option<(&'static str, usize, Terminator, Certainty)> {
        let tree = LabelTree::new(LABELS.iter().copied().enumerate());
        let confusions = BTreeMap::from([('杈', vec!['权']), ('_', vec![':'])]);
        let search = LabelSearch {
            allow_space: true,
            allow_confusions: true,
            whole,
        };
        label_at(&tree, &Folded::new(text), 0, search, &confusions)
            .map(|h| (LABELS[h.label], h.end, h.terminator, h.certainty))
    }

    #[test]
    fn longest_label_wins() {
        assert_eq!(
            check("项目经办人电话：1"),
            Some(("项目经办人电话", 8, Terminator::Colon, Certainty::Exact))
        );
    }

    #[test]
    fn a_longer_word_is_no_label() {
        assert_eq!(check("项目总额度"), None);
    }

    #[test]
    fn numbering_and_qizhong_are_passed_over() {
        assert_eq!(
            check("其中：财政资金 3"),
            Some(("财政资金", 7, Terminator::Space, Certainty::Exact))
        );
    }

    #[test]
    fn bracket_says_the_unit() {
        assert_eq!(
            check("项目总额（万元）: 3"),
            Some(("项目总额", 9, Terminator::Colon, Certainty::Exact))
        );
    }

    #[test]
    fn bracket_may_stand_behind_the_colon() {
        assert_eq!(
            check("项目总额：（万元）"),
            Some(("项目总额", 9, Terminator::Colon, Certainty::Exact))
        );
    }

    #[test]
    fn confusions_are_tried_last() {
        assert_eq!(
            check("预算执行率杈重: 10"),
            Some((
                "预算执行率权重",
                8,
                Terminator::Colon,
                Certainty::Confused(1)
            ))
        );
    }

    #[test]
    fn a_colon_at_the_end_may_be_misread() {
        let hit = look("项目总额（万元）_", true).map(|hit| (hit.0, hit.2, hit.3));
        let expected = ("项目总额", Terminator::Colon, Certainty::Confused(1));
        assert_eq!(hit, Some(expected));
        assert_eq!(look("项目总额_年度", true), None);
    }
}
