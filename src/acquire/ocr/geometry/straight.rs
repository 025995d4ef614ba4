//! Rules found, made straight, and the page without them.

use super::super::{Gray, Rule};
use super::light::transposed;
use super::rules::{REACH, Rules};
use super::traces::Trace;

impl Rules {
    /// As straight rules, longest first.
    pub(super) fn straight(&self, em: f32) -> Vec<Rule> {
        let rule = |horizontal: bool| {
            move |trace: &Trace| Rule {
                horizontal,
                position: trace.position(),
                start: trace.start,
                end: trace.end,
                thickness: trace.thickness,
            }
        };
        let mut level: Vec<Rule> = self.level.iter().map(rule(true)).collect();
        let mut upright: Vec<Rule> = self.upright.iter().map(rule(false)).collect();
        align(&mut level, em);
        align(&mut upright, em);
        let (level_ends, upright_ends) = (ends(&level, &upright, em), ends(&upright, &level, em));
        set_ends(&mut level, &level_ends);
        set_ends(&mut upright, &upright_ends);
        level.append(&mut upright);
        level.sort_by(|a, b| {
            let length = |rule: &Rule| rule.end - rule.start;
            length(b)
                .total_cmp(&length(a))
                .then(b.horizontal.cmp(&a.horizontal))
                .then(a.position.total_cmp(&b.position))
                .then(a.start.total_cmp(&b.start))
        });
        level
    }

    /// Erases the rules and the streaks from a page, strokes that cross them left.
    pub(super) fn erase(&self, page: &mut Gray, em: f32) {
        erase_level(&self.level, page, em);
        erase_level(&self.streaks.0, page, em);
        let mut sideways = transposed(page);
        erase_level(&self.upright, &mut sideways, em);
        erase_level(&self.streaks.1, &mut sideways, em);
        *page = transposed(&sideways);
    }
}

/// Where rules end, moved to where the rules that they end at are, straightened.
fn ends(rules: &[Rule], others: &[Rule], em: f32) -> Vec<(f32, f32)> {
    let reach = REACH * em;
    rules
        .iter()
        .map(|rule| {
            let end = |along: f32| {
                others
                    .iter()
                    .filter(|other| {
                        (other.position - along).abs() <= reach
                            && other.start - reach <= rule.position
                            && rule.position <= other.end + reach
                    })
                    .map(|other| other.position)
                    .min_by(|a, b| (a - along).abs().total_cmp(&(b - along).abs()))
                    .unwrap_or(along)
            };
            (end(rule.start), end(rule.end))
        })
        .collect()
}

fn set_ends(rules: &mut [Rule], ends: &[(f32, f32)]) {
    for (rule, (start, end)) in rules.iter_mut().zip(ends) {
        if end > start {
            (rule.start, rule.end) = (*start, *end);
        }
    }
}

/// Rules that are meant to be in line are in line: positions nearer than an eighth of an em become their mean.
fn align(rules: &mut [Rule], em: f32) {
    rules.sort_by(|a, b| {
        a.position
            .total_cmp(&b.position)
            .then(a.start.total_cmp(&b.start))
    });
    let mut first = 0;
    while first < rules.len() {
        let mut end = first + 1;
        while end < rules.len() && rules[end].position - rules[end - 1].position <= em / 8.0 {
            end += 1;
        }
        let group = &mut rules[first..end];
        let length: f32 = group.iter().map(|r| r.end - r.start).sum();
        let sum: f32 = group.iter().map(|r| (r.end - r.start) * r.position).sum();
        // Two rules side by side are two, though they be near.
        let overlap = group
            .windows(2)
            .any(|pair| pair[1].start < pair[0].end - em);
        if length > 0.0 && !overlap {
            for rule in group {
                rule.position = sum / length;
            }
        }
        first = end;
    }
}

fn erase_level(rules: &[Trace], page: &mut Gray, em: f32) {
    const DARK: u8 = 140;
    const PAPER: u8 = 245;
    /// How far a rule fades, ems.
    const FRINGE: f32 = 0.12;
    let fringe = (em * FRINGE).round() as usize;
    for rule in rules {
        let half = rule.thickness / 2.0 + (em * 0.05).max(1.0);
        let from = (rule.start - 2.0).max(0.0) as usize;
        let to = ((rule.end + 2.0).max(0.0) as usize).min(page.width);
        for x in from..to {
            let y = rule.at(x as f32 + 0.5);
            let top = (y - half).max(0.0) as usize;
            let bottom = ((y + half).ceil().max(0.0) as usize).min(page.height);
            let shade = |y: usize| page.pixels[y * page.width + x];
            let is_dark = |y: usize| y < page.height && shade(y) < DARK;
            // A stroke that crosses goes on at both sides.
            if top > 0 && is_dark(top - 1) && is_dark(bottom) {
                continue;
            }
            // What a blurred rule fades into, until it is paper or grows dark again.
            let fades = |y: usize, before: usize| shade(y) < PAPER && shade(y) > shade(before);
            let mut first = top;
            while first > top.saturating_sub(fringe).max(1) && fades(first - 1, first) {
                first -= 1;
            }
            let mut end = bottom;
            while (1..page.height.min(bottom + fringe)).contains(&end) && fades(end, end - 1) {
                end += 1;
            }
            let (top, bottom) = (first, end);
            for y in top..bottom {
                page.pixels[y * page.width + x] = 255;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::find;
    use super::super::testing::table;
    use super::*;

    #[test]
    fn ends_of_straightened_rules_meet() {
        let rule = |horizontal, position, start, end| Rule {
            horizontal,
            position,
            start,
            end,
            thickness: 2.0,
        };
        let (level, upright) = (
            [rule(true, 100.0, 0.0, 300.0)],
            [rule(false, 50.0, 93.0, 200.0)],
        );
        assert_eq!(ends(&upright, &level, 30.0), [(100.0, 200.0)]);
    }

    #[test]
    fn rules_are_erased_and_characters_stay() {
        let mut gray = table();
        let rules = find(&gray, 30.0, 25, false);
        rules.erase(&mut gray, 30.0);
        let n_dark = gray.pixels.iter().filter(|s| **s < 128).count();
        assert_eq!(n_dark, 4 * 24 + 20 * 3);
    }
}
