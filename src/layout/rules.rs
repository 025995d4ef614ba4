//! Rules as they are meant: drawn in pieces, doubled or a little off, yet one.
//!
//! In: rulings. Out: snapped rules, and those that meet. Never: makes a rule where none is drawn but for small gaps.

use std::collections::BTreeMap;

use crate::model::page::{Axis, Ruling};

use super::params::LayoutParams;

/// A rule after snapping: boundary position and extent along its axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub position: f32,
    pub start: f32,
    pub end: f32,
}

/// Rules of one axis: those closer than a double rule share a position; pieces with small gaps are one.
pub(super) fn snap(rulings: &[Ruling], axis: Axis, em: f32, params: &LayoutParams) -> Vec<Rule> {
    let mut rules: Vec<Rule> = rulings
        .iter()
        .filter(|r| r.axis == axis)
        .map(|r| Rule {
            position: r.position,
            start: r.start,
            end: r.end,
        })
        .collect();
    rules.sort_by(|a, b| {
        a.position
            .total_cmp(&b.position)
            .then(a.start.total_cmp(&b.start))
    });
    let mut snapped = Vec::new();
    let mut first = 0;
    while first < rules.len() {
        let limit = rules[first].position + params.double_rule_em * em;
        let count = rules[first..].partition_point(|r| r.position <= limit);
        let group = &mut rules[first..first + count];
        first += count;
        let weight: f64 = group
            .iter()
            .map(|r| f64::from(r.end - r.start) + 0.01)
            .sum();
        let position = group
            .iter()
            .map(|r| f64::from(r.position) * (f64::from(r.end - r.start) + 0.01))
            .sum::<f64>()
            / weight;
        group.sort_by(|a, b| a.start.total_cmp(&b.start));
        let from = snapped.len();
        for rule in group.iter() {
            match snapped.get_mut(from..).and_then(<[Rule]>::last_mut) {
                Some(last) if rule.start <= last.end + params.bridge_em * em => {
                    last.end = last.end.max(rule.end)
                }
                _ => snapped.push(Rule {
                    position: position as f32,
                    start: rule.start,
                    end: rule.end,
                }),
            }
        }
    }
    // A tick shorter than a cell bounds nothing.
    snapped.retain(|r| r.end - r.start >= params.min_cell_em * em);
    snapped
}

/// Groups of rules that meet, directly or through others; each with rules of both axes.
pub(super) fn connected(
    across: &[Rule],
    down: &[Rule],
    tolerance: f32,
) -> Vec<(Vec<Rule>, Vec<Rule>)> {
    let mut sets = Sets::new(across.len() + down.len());
    for (h, rule) in across.iter().enumerate() {
        let from = down.partition_point(|v| v.position < rule.start - tolerance);
        for (v, other) in down.iter().enumerate().skip(from) {
            if other.position > rule.end + tolerance {
                break;
            }
            if other.start - tolerance <= rule.position && rule.position <= other.end + tolerance {
                sets.unite(h, across.len() + v);
            }
        }
    }
    let mut groups: BTreeMap<usize, (Vec<Rule>, Vec<Rule>)> = BTreeMap::new();
    for (h, rule) in across.iter().enumerate() {
        groups.entry(sets.find(h)).or_default().0.push(*rule);
    }
    for (v, rule) in down.iter().enumerate() {
        groups
            .entry(sets.find(across.len() + v))
            .or_default()
            .1
            .push(*rule);
    }
    groups
        .into_values()
        .filter(|(h, v)| !h.is_empty() && !v.is_empty() && h.len() + v.len() >= 3)
        .collect()
}

/// Disjoint sets of indices.
pub(super) struct Sets {
    parent: Vec<u32>,
}

impl Sets {
    pub(super) fn new(count: usize) -> Self {
        Self {
            parent: (0..count as u32).collect(),
        }
    }

    pub(super) fn find(&mut self, index: usize) -> usize {
        let mut root = index as u32;
        while self.parent[root as usize] != root {
            let up = self.parent[self.parent[root as usize] as usize];
            self.parent[root as usize] = up;
            root = up;
        }
        root as usize
    }

    pub(super) fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        // The smaller index stays the root, so that groups come in the order of their first member.
        let (low, high) = (a.min(b), a.max(b));
        self.parent[high] = low as u32;
    }
}
