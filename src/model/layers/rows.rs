//! Rows: chains are straight, and everything stands as high as what is above it allows.
//! Apart from the order, which is kept.
//!
//! After Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment" (2001), with one alignment instead of four:
//! a point stands in the row of the first that it comes after, if it is the first to come after that one. Where that would
//! stretch a tangled graph, it is packed instead.

use super::{Point, Ways};

/// Rows that straight chains may cost beyond twice the widest column.
const AIR: usize = 12;

/// Gives every point a row and says how many there are.
pub(super) fn give(points: &mut [Point], order: &[Vec<usize>], ways: &Ways) -> usize {
    let widest = order.iter().map(Vec::len).max().unwrap_or(0);
    let mut rows = straight(order, &chains(points.len(), order, ways));
    let height = |rows: &[usize]| rows.iter().max().map_or(0, |row| row + 1);
    if height(&rows) > 2 * widest + AIR {
        rows = packed(points.len(), order, ways);
    }
    for (point, &row) in points.iter_mut().zip(&rows) {
        point.row = row;
    }
    height(&rows)
}

/// Rows in which chains are straight, each chain below those that are above it in some column.
fn straight(order: &[Vec<usize>], chain: &[usize]) -> Vec<usize> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); chain.len()];
    let mut waits = vec![0usize; chain.len()];
    for column in order {
        for pair in column.windows(2) {
            below[chain[pair[0]]].push(chain[pair[1]]);
            waits[chain[pair[1]]] += 1;
        }
    }
    let mut row = vec![0usize; chain.len()];
    let mut ready: Vec<usize> = (0..chain.len())
        .filter(|&at| chain[at] == at && waits[at] == 0)
        .collect();
    while let Some(at) = ready.pop() {
        for &next in &below[at] {
            row[next] = row[next].max(row[at] + 1);
            waits[next] -= 1;
            if waits[next] == 0 {
                ready.push(next);
            }
        }
    }
    chain.iter().map(|&first| row[first]).collect()
}

/// Rows column by column, each point beside the first it comes after or right below the one above.
fn packed(count: usize, order: &[Vec<usize>], ways: &Ways) -> Vec<usize> {
    let widest = order.iter().map(Vec::len).max().unwrap_or(0);
    let mut row = vec![0usize; count];
    for column in order {
        let mut free = 0;
        for (index, &at) in column.iter().enumerate() {
            let beside = ways.before(at).iter().map(|&before| row[before]).min();
            // What follows needs room too.
            let lowest = widest.saturating_sub(column.len() - index);
            row[at] = beside.unwrap_or(0).min(lowest).max(free);
            free = row[at] + 1;
        }
    }
    row
}

/// For each point the first point of its chain. Chains do not cross.
fn chains(count: usize, order: &[Vec<usize>], ways: &Ways) -> Vec<usize> {
    let mut chain: Vec<usize> = (0..count).collect();
    let mut place = vec![0usize; count];
    for column in order {
        for (index, &at) in column.iter().enumerate() {
            place[at] = index;
        }
    }
    let top = |others: &[usize]| others.iter().copied().min_by_key(|&other| place[other]);
    let first_after: Vec<Option<usize>> = (0..count).map(|at| top(ways.after(at))).collect();
    for column in order.iter().skip(1) {
        let mut free_from = 0;
        for &at in column {
            let Some(before) = top(ways.before(at)) else {
                continue;
            };
            if first_after[before] == Some(at) && place[before] >= free_from {
                chain[at] = chain[before];
                free_from = place[before] + 1;
            }
        }
    }
    chain
}
