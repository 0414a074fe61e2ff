//! Lines between two columns: which upright lane each takes, and what every cell of the gap shows.
//! Apart from rows, which are given.
//!
//! What leads to the same places shares a lane: a join, or all of one row after all of another, is one trunk. Others have
//! lanes of their own, so that a crossing is never a join; only in a very dense gap the last lane is shared.

use std::collections::HashMap;

use super::{Point, Ways};

/// A line goes on to the left.
pub const LEFT: u8 = 1;
/// A line goes on to the right.
pub const RIGHT: u8 = 2;
/// A line goes on upwards.
pub const UP: u8 = 4;
/// A line goes on downwards.
pub const DOWN: u8 = 8;

/// Most lanes of a gap.
const LANES: usize = 8;

/// The cells between two columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// Upright lanes, at least one where there are lines.
    pub lanes: usize,
    /// Row of the first line of cells.
    top: usize,
    /// Arms of each cell, row by row.
    cells: Vec<u8>,
    /// The lane of each bundle; a straight one has the first.
    lane_of: Vec<usize>,
}

impl Gap {
    /// Where a cell's lines go on: [`LEFT`], [`RIGHT`], [`UP`], [`DOWN`].
    pub fn arms(&self, row: usize, lane: usize) -> u8 {
        let inside = row >= self.top && lane < self.lanes;
        let at = row
            .wrapping_sub(self.top)
            .wrapping_mul(self.lanes)
            .wrapping_add(lane);
        match inside {
            true => self.cells.get(at).copied().unwrap_or(0),
            false => 0,
        }
    }

    /// The same without lines.
    pub(super) fn dark(&self) -> Self {
        Self {
            cells: vec![0; self.cells.len()],
            ..self.clone()
        }
    }

    /// Draws the lines of a bundle from rows on the left to rows on the right.
    pub(super) fn draw(&mut self, bundle: usize, from: &[usize], to: &[usize]) {
        let lane = self.lane_of[bundle];
        for &row in from {
            for left in 0..lane {
                self.add(row, left, LEFT | RIGHT);
            }
            self.add(row, lane, LEFT);
        }
        for &row in to {
            self.add(row, lane, RIGHT);
            for right in lane + 1..self.lanes {
                self.add(row, right, LEFT | RIGHT);
            }
        }
        let rows = || from.iter().chain(to).copied();
        if let (Some(high), Some(low)) = (rows().min(), rows().max())
            && high < low
        {
            self.add(high, lane, DOWN);
            self.add(low, lane, UP);
            for row in high + 1..low {
                self.add(row, lane, UP | DOWN);
            }
        }
    }

    fn add(&mut self, row: usize, lane: usize, arms: u8) {
        let at = (row - self.top) * self.lanes + lane;
        if let Some(cell) = self.cells.get_mut(at) {
            *cell |= arms;
        }
    }
}

/// What leads to the same points.
struct Bundle {
    from: Vec<usize>,
    to: Vec<usize>,
    high: usize,
    low: usize,
}

/// For each column the gap right of it, and for each point its bundle there.
pub(super) fn of(points: &[Point], order: &[Vec<usize>], ways: &Ways) -> (Vec<Gap>, Vec<usize>) {
    let mut bundle_of = vec![0; points.len()];
    let gaps = order
        .iter()
        .map(|column| {
            let bundles = bundles(points, column, ways, &mut bundle_of);
            gap(points, &bundles, &bundle_of)
        })
        .collect();
    (gaps, bundle_of)
}

fn bundles(
    points: &[Point],
    column: &[usize],
    ways: &Ways,
    bundle_of: &mut [usize],
) -> Vec<Bundle> {
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut known: HashMap<&[usize], usize> = HashMap::new();
    for &at in column.iter().filter(|&&at| !ways.after(at).is_empty()) {
        let to = ways.after(at);
        let row = points[at].row;
        let index = *known.entry(to).or_insert_with(|| {
            let rows = to.iter().map(|&to| points[to].row);
            bundles.push(Bundle {
                from: Vec::new(),
                to: to.to_vec(),
                high: rows.clone().min().unwrap_or(row),
                low: rows.max().unwrap_or(row),
            });
            bundles.len() - 1
        });
        bundle_of[at] = index;
        let bundle = &mut bundles[index];
        bundle.from.push(at);
        bundle.high = bundle.high.min(row);
        bundle.low = bundle.low.max(row);
    }
    bundles
}

fn gap(points: &[Point], bundles: &[Bundle], bundle_of: &[usize]) -> Gap {
    let (Some(top), Some(bottom)) = (
        bundles.iter().map(|bundle| bundle.high).min(),
        bundles.iter().map(|bundle| bundle.low).max(),
    ) else {
        return Gap::default();
    };
    let (lane_of, lanes) = lanes(points, bundles, bundle_of);
    let mut gap = Gap {
        lanes,
        top,
        cells: vec![0; (bottom - top + 1) * lanes],
        lane_of,
    };
    let rows = |of: &[usize]| -> Vec<usize> { of.iter().map(|&at| points[at].row).collect() };
    for (index, bundle) in bundles.iter().enumerate() {
        gap.draw(index, &rows(&bundle.from), &rows(&bundle.to));
    }
    gap
}

/// Lanes of the bundles, left to right, and how many there are. A line that ends in a row has its lane right of one that
/// begins in that row, so that the two do not run into each other.
fn lanes(points: &[Point], bundles: &[Bundle], bundle_of: &[usize]) -> (Vec<usize>, usize) {
    let begins: HashMap<usize, usize> = bundles
        .iter()
        .flat_map(|bundle| &bundle.from)
        .map(|&from| (points[from].row, bundle_of[from]))
        .collect();
    let ends_in = |bundle: usize, row: usize| {
        let mut rows = bundles[bundle].to.iter().map(|&to| points[to].row);
        rows.any(|other| other == row)
    };
    let is_straight = |at: usize| bundles[at].high == bundles[at].low;
    let mut left_of: Vec<Vec<usize>> = vec![Vec::new(); bundles.len()];
    let mut waits = vec![0usize; bundles.len()];
    for (at, bundle) in bundles.iter().enumerate() {
        for &to in &bundle.to {
            let row = points[to].row;
            if let Some(&other) = begins.get(&row)
                && other != at
                && !is_straight(other)
                && !ends_in(other, row)
            {
                left_of[other].push(at);
                waits[at] += 1;
            }
        }
    }
    let mut sorted: Vec<usize> = (0..bundles.len()).filter(|&at| !is_straight(at)).collect();
    sorted.sort_by_key(|&at| (waits[at] > 0, bundles[at].high, bundles[at].low));
    let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut lane_of = vec![0; bundles.len()];
    let mut at_least = vec![0usize; bundles.len()];
    let mut done = vec![false; bundles.len()];
    let mut ready: Vec<usize> = sorted.iter().rev().copied().collect();
    while let Some(at) = ready.pop() {
        if std::mem::replace(&mut done[at], true) {
            continue;
        }
        let Bundle { high, low, .. } = bundles[at];
        let is_free =
            |lane: &Vec<(usize, usize)>| lane.iter().all(|&(from, to)| low < from || to < high);
        let free = (at_least[at]..taken.len()).find(|&lane| is_free(&taken[lane]));
        let lane = free.unwrap_or(taken.len().max(at_least[at])).min(LANES - 1);
        if lane >= taken.len() {
            taken.resize(lane + 1, Vec::new());
        }
        taken[lane].push((high, low));
        lane_of[at] = lane;
        for &right in &left_of[at] {
            at_least[right] = at_least[right].max(lane + 1);
            waits[right] -= 1;
            if waits[right] == 0 && !done[right] {
                ready.push(right);
            }
        }
    }
    (lane_of, taken.len().max(1))
}
