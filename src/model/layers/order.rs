//! The order of points within their columns: few lines cross, and what reads first stands higher.
//! Apart from their rows, which follow from it.
//!
//! Depth first from the beginnings, then sorted again and again by the mean place of the neighbours (barycentre), as long as
//! lines cross and it helps.

use super::{Point, Ways};

/// How often all columns are sorted, there and back.
const SWEEPS: usize = 4;
/// With more links than this once is enough: the rest would be felt as a pause.
const MANY: usize = 50_000;

/// Points by column, top to bottom.
pub(super) fn of(points: &[Point], ways: &Ways) -> Vec<Vec<usize>> {
    let mut order = first(points, ways);
    let mut place = vec![0; points.len()];
    number(&order, &mut place);
    let mut best = (crossings(&order, &place, ways), order.clone());
    let sweeps = if ways.forward.ends.len() > MANY {
        1
    } else {
        SWEEPS
    };
    for sweep in 0..2 * sweeps {
        if best.0 == 0 {
            break;
        }
        if sweep % 2 == 0 {
            for column in order.iter_mut().skip(1) {
                sort(column, &mut place, |at| ways.before(at));
            }
        } else {
            for column in order.iter_mut().rev().skip(1) {
                sort(column, &mut place, |at| ways.after(at));
            }
        }
        let crossings = crossings(&order, &place, ways);
        if crossings < best.0 {
            best = (crossings, order.clone());
        }
    }
    best.1
}

/// As a reader comes by them, following each way to its end.
fn first(points: &[Point], ways: &Ways) -> Vec<Vec<usize>> {
    let columns = points
        .iter()
        .map(|point| point.column + 1)
        .max()
        .unwrap_or(0);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); columns];
    let mut seen = vec![false; points.len()];
    let mut open: Vec<usize> = (0..points.len())
        .rev()
        .filter(|&at| ways.before(at).is_empty())
        .collect();
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        order[points[at].column].push(at);
        open.extend(ways.after(at).iter().rev().filter(|&&next| !seen[next]));
    }
    order
}

fn number(order: &[Vec<usize>], place: &mut [usize]) {
    for column in order {
        for (index, &at) in column.iter().enumerate() {
            place[at] = index;
        }
    }
}

/// Sorts a column by the mean place of neighbours; what has none keeps its own.
fn sort<'w>(column: &mut [usize], place: &mut [usize], beside: impl Fn(usize) -> &'w [usize]) {
    let mut keyed: Vec<(f64, usize)> = column
        .iter()
        .map(|&at| {
            let others = beside(at);
            let sum: usize = others.iter().map(|&other| place[other]).sum();
            match others.len() {
                0 => (place[at] as f64, at),
                count => (sum as f64 / count as f64, at),
            }
        })
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (index, (_, at)) in keyed.into_iter().enumerate() {
        column[index] = at;
        place[at] = index;
    }
}

/// How many pairs of links cross: inversions, counted with a Fenwick tree.
fn crossings(order: &[Vec<usize>], place: &[usize], ways: &Ways) -> usize {
    let mut total = 0;
    let mut counts = Vec::new();
    let mut ends = Vec::new();
    for pair in order.windows(2) {
        counts.clear();
        counts.resize(pair[1].len() + 1, 0usize);
        let mut seen = 0;
        for &from in &pair[0] {
            ends.clear();
            ends.extend(ways.after(from).iter().map(|&to| place[to]));
            for &end in &ends {
                let mut not_below = 0;
                let mut at = end + 1;
                while at > 0 {
                    not_below += counts[at];
                    at &= at - 1;
                }
                total += seen - not_below;
            }
            for &end in &ends {
                let mut at = end + 1;
                while at < counts.len() {
                    counts[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
            seen += ends.len();
        }
    }
    total
}
