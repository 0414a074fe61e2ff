//! What must hold of every layout: each node stands once, and every line leads from its source to its target.
//! Apart from the layout, because a reader of it does not need them.

use proptest::prelude::*;

use super::*;

/// Edges that can be drawn at all.
fn sound(count: usize, edges: &[(usize, usize)]) -> usize {
    let mut kept: Vec<_> = edges
        .iter()
        .filter(|&&(from, to)| from != to && from < count && to < count)
        .collect();
    kept.sort_unstable();
    kept.dedup();
    kept.len()
}

/// Follows the only lit line from a node, as an eye does, and says whether it comes to the other.
fn leads(layers: &Layers, light: &Light, from: usize, to: usize) -> bool {
    let mut at = layers.places[from];
    loop {
        let lanes = layers.columns[at.column].gap.lanes;
        let mut seen = vec![(at.row, 0)];
        let mut next = 0;
        let mut out = None;
        while let Some(&(row, lane)) = seen.get(next) {
            next += 1;
            let arms = light.arms(at.column, row, lane);
            if lane + 1 == lanes && arms & RIGHT != 0 {
                out = Some(row);
            }
            let mut go = |has: u8, cell: Option<(usize, usize)>, back: u8| {
                if let Some(cell) = cell
                    && arms & has != 0
                    && light.arms(at.column, cell.0, cell.1) & back != 0
                    && !seen.contains(&cell)
                {
                    seen.push(cell);
                }
            };
            go(RIGHT, Some((row, lane + 1)), LEFT);
            go(LEFT, lane.checked_sub(1).map(|lane| (row, lane)), RIGHT);
            go(DOWN, Some((row + 1, lane)), UP);
            go(UP, row.checked_sub(1).map(|row| (row, lane)), DOWN);
        }
        let Some(row) = out else {
            return false;
        };
        at = Place {
            column: at.column + 1,
            row,
        };
        let spot = layers.columns[at.column]
            .spots
            .iter()
            .find(|spot| spot.row == row);
        match spot {
            Some(Spot {
                node: Some(node), ..
            }) => return *node == to,
            Some(spot) if light.passes(spot) => {}
            _ => return false,
        }
    }
}

/// What must hold of every layout.
fn check(count: usize, edges: &[(usize, usize)]) {
    let layers = Layers::of(count, edges);
    let mut seen = vec![0; count];
    for (index, column) in layers.columns.iter().enumerate() {
        let rows: Vec<usize> = column.spots.iter().map(|spot| spot.row).collect();
        assert!(rows.windows(2).all(|pair| pair[0] < pair[1]), "{rows:?}");
        assert!(rows.iter().all(|&row| row < layers.height));
        for spot in &column.spots {
            if let Some(node) = spot.node {
                seen[node] += 1;
                let place = Place {
                    column: index,
                    row: spot.row,
                };
                assert_eq!(layers.places[node], place);
            }
        }
    }
    assert!(
        seen.iter().all(|&times| times == 1),
        "each node stands once"
    );
    let drawn: Vec<(usize, usize)> = layers.edges().collect();
    assert_eq!(drawn.len() + layers.undrawn, sound(count, edges));
    for (from, to) in drawn {
        assert!(layers.places[from].column < layers.places[to].column);
        let light = layers.light(|a, b| (a, b) == (from, to));
        assert!(
            leads(&layers, &light, from, to),
            "{from} → {to} of {edges:?}"
        );
    }
}

proptest! {
    #[test]
    fn every_line_leads_from_its_source_to_its_target(
        count in 0usize..40,
        edges in prop::collection::vec((0usize..44, 0usize..44), 0..120),
    ) {
        check(count, &edges);
    }

    #[test]
    fn layers_of_joins_are_drawn_whole(width in 1usize..9, depth in 1usize..6, picks in prop::collection::vec(0usize..80, 0..60)) {
        let next = picks.iter().enumerate().map(|(at, pick)| {
            let column = at % depth;
            (column * width + pick % width, (column + 1) * width + pick / width % width)
        });
        check(width * (depth + 1), &next.collect::<Vec<_>>());
    }
}

#[test]
fn odd_graphs_are_laid_out_too() {
    check(0, &[]);
    check(3, &[]);
    check(1, &[(0, 0), (0, 7)]);
    check(2, &[(0, 1), (1, 0), (0, 1)]);
    check(4, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 3)]);
}

#[test]
fn a_line_back_is_left_out_and_counted() {
    assert_eq!(Layers::of(3, &[(0, 1), (1, 2), (2, 0)]).undrawn, 1);
}

#[test]
fn a_chain_of_ten_thousand_is_one_straight_line() {
    let edges: Vec<(usize, usize)> = (1..10_000).map(|at| (at - 1, at)).collect();
    let layers = Layers::of(10_000, &edges);
    assert_eq!((layers.columns.len(), layers.height), (10_000, 1));
    assert_eq!(layers.undrawn, 0);
}

#[test]
fn chains_are_straight_and_a_join_is_one_trunk() {
    // a, then b and c; both then d; a long line from a to d.
    let layers = Layers::of(4, &[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]);
    let rows: Vec<usize> = layers.places.iter().map(|place| place.row).collect();
    assert_eq!(rows, [0, 0, 1, 0]);
    let gap = &layers.columns[1].gap;
    assert_eq!(gap.lanes, 1);
    assert_eq!(
        (gap.arms(0, 0), gap.arms(1, 0), gap.arms(2, 0)),
        (LEFT | RIGHT | DOWN, LEFT | UP | DOWN, LEFT | UP)
    );
}

#[test]
fn many_lines_of_one_source_pass_a_column_as_one() {
    // A chain, and the first before each of its others.
    let chain = (1..50).map(|at| (at - 1, at));
    let edges: Vec<(usize, usize)> = chain.chain((2..50).map(|at| (0, at))).collect();
    assert_eq!(Layers::of(50, &edges).height, 2);
}

#[test]
fn a_fan_of_five_thousand_is_as_high_as_it_is_wide() {
    let out = (1..=5_000).map(|at| (0, at));
    let edges: Vec<(usize, usize)> = out.chain((1..=5_000).map(|at| (at, 5_001))).collect();
    let layers = Layers::of(5_002, &edges);
    assert_eq!((layers.columns.len(), layers.height), (3, 5_000));
}
