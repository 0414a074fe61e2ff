//! A graph placed in columns and rows: everything stands right of what it comes after, and lines run from left to right.
//! Apart from what is drawn: it knows numbers, neither steps nor cells.
//!
//! The method is Sugiyama's, in four stages: columns by the longest way from a beginning, points where lines pass through a
//! column, an order within the columns with few crossings ([`order`]), rows in which chains are straight ([`rows`]); then
//! the lines between two columns ([`lanes`]). Lines of one source, or of one target where those are more, pass a column
//! as one, so that a graph of many joins stays as high as it is wide.

mod lanes;
mod order;
mod rows;

pub use lanes::{DOWN, Gap, LEFT, RIGHT, UP};

/// Most points at which lines pass through columns; lines beyond that are left out and counted.
const PASSING: usize = 100_000;

/// Where everything stands.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The columns, left to right.
    pub columns: Vec<Column>,
    /// For each node where it stands.
    pub places: Vec<Place>,
    /// Rows in all.
    pub height: usize,
    /// Edges that are not drawn: they would lead back, or there are too many.
    pub undrawn: usize,
    routes: Vec<Route>,
    lines: Vec<Line>,
    /// Nodes, then where lines pass.
    points: Vec<Point>,
    /// For each point its bundle in the gap right of it.
    bundles: Vec<usize>,
}

/// Column and row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which column, from 0.
    pub column: usize,
    /// Which row, from 0.
    pub row: usize,
}

/// One column and the gap right of it.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// What stands in it, by row; each has a row of its own.
    pub spots: Vec<Spot>,
    /// The lines to the next column.
    pub gap: Gap,
}

/// What stands in a row of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Its row.
    pub row: usize,
    /// The node; `None` where a line passes.
    pub node: Option<usize>,
    /// Number of the point, for [`Light`].
    point: usize,
}

/// Which lines are lit; made by [`Layers::light`].
#[derive(Clone, Debug, Default)]
pub struct Light {
    points: Vec<bool>,
    gaps: Vec<Gap>,
}

impl Light {
    /// Whether a lit line passes this spot.
    pub fn passes(&self, spot: &Spot) -> bool {
        self.points.get(spot.point).copied().unwrap_or(false)
    }

    /// The lit arms of a cell of a gap.
    pub fn arms(&self, column: usize, row: usize, lane: usize) -> u8 {
        self.gaps.get(column).map_or(0, |gap| gap.arms(row, lane))
    }
}

/// A node, or where lines pass a column.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    column: usize,
    row: usize,
}

/// An edge that is drawn.
#[derive(Clone, Copy, Debug)]
struct Route {
    from: usize,
    to: usize,
    /// The line it passes other columns on.
    line: Option<usize>,
}

/// Points in neighbouring columns that one line passes.
#[derive(Clone, Copy, Debug)]
struct Line {
    point: usize,
    column: usize,
    len: usize,
}

impl Line {
    fn at(&self, column: usize) -> usize {
        self.point + (column - self.column)
    }
}

impl Layers {
    /// The layout of `count` nodes in reading order. Edges to nodes that do not exist and from a node to itself are ignored,
    /// cycles are cut. Linear in nodes, edges and passed columns, but for sorting.
    pub fn of(count: usize, edges: &[(usize, usize)]) -> Self {
        let mut edges: Vec<(usize, usize)> = edges
            .iter()
            .copied()
            .filter(|&(from, to)| from != to && from < count && to < count)
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let columns = columns(count, &edges);
        let all = edges.len();
        edges.retain(|&(from, to)| columns[from] < columns[to]);
        let mut layers = Self {
            points: columns
                .iter()
                .map(|&column| Point { column, row: 0 })
                .collect(),
            ..Self::default()
        };
        layers.lay_lines(&edges);
        layers.undrawn = all - layers.routes.len();
        let links = layers.links();
        let ways = Ways::of(layers.points.len(), &links);
        let order = order::of(&layers.points, &ways);
        layers.height = rows::give(&mut layers.points, &order, &ways);
        layers.places = layers.points[..count]
            .iter()
            .map(|point| Place {
                column: point.column,
                row: point.row,
            })
            .collect();
        let (gaps, bundles) = lanes::of(&layers.points, &order, &ways);
        layers.bundles = bundles;
        layers.columns = order
            .into_iter()
            .zip(gaps)
            .map(|(points, gap)| Column {
                spots: points
                    .into_iter()
                    .map(|point| Spot {
                        row: layers.points[point].row,
                        node: (point < count).then_some(point),
                        point,
                    })
                    .collect(),
                gap,
            })
            .collect();
        layers
    }

    /// Edges that are drawn.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.routes.iter().map(|route| (route.from, route.to))
    }

    /// The lines of these edges alone. Linear in edges and points.
    pub fn light(&self, is_lit: impl Fn(usize, usize) -> bool) -> Light {
        let mut light = Light {
            points: vec![false; self.points.len()],
            gaps: self
                .columns
                .iter()
                .map(|column| column.gap.dark())
                .collect(),
        };
        let mut links: Vec<(usize, usize)> = Vec::new();
        let mut spans: Vec<Option<(usize, usize)>> = vec![None; self.lines.len()];
        for route in self
            .routes
            .iter()
            .filter(|route| is_lit(route.from, route.to))
        {
            let Some(line) = route.line else {
                links.push((route.from, route.to));
                continue;
            };
            let (first, last) = (
                self.points[route.from].column + 1,
                self.points[route.to].column - 1,
            );
            links.push((route.from, self.lines[line].at(first)));
            links.push((self.lines[line].at(last), route.to));
            let (low, high) = spans[line].unwrap_or((first, last));
            spans[line] = Some((low.min(first), high.max(last)));
        }
        for (line, span) in self.lines.iter().zip(spans) {
            let Some((first, last)) = span else {
                continue;
            };
            for column in first..=last {
                light.points[line.at(column)] = true;
                if column < last {
                    links.push((line.at(column), line.at(column + 1)));
                }
            }
        }
        let home = |&(from, _): &(usize, usize)| (self.points[from].column, self.bundles[from]);
        links.sort_unstable_by_key(home);
        for links in links.chunk_by(|a, b| home(a) == home(b)) {
            let (column, bundle) = home(&links[0]);
            let from: Vec<usize> = links.iter().map(|link| self.points[link.0].row).collect();
            let to: Vec<usize> = links.iter().map(|link| self.points[link.1].row).collect();
            light.gaps[column].draw(bundle, &from, &to);
        }
        light
    }

    /// Gives edges over several columns a line of their source, or of their target where more come in there.
    fn lay_lines(&mut self, edges: &[(usize, usize)]) {
        let count = self.points.len();
        let (mut leaves, mut enters) = (vec![0usize; count], vec![0usize; count]);
        let is_long =
            |points: &[Point], from: usize, to: usize| points[to].column > points[from].column + 1;
        for &(from, to) in edges {
            if is_long(&self.points, from, to) {
                leaves[from] += 1;
                enters[to] += 1;
            }
        }
        // A line is named by its source, or by its target behind all sources.
        let mut spans: Vec<Option<(usize, usize)>> = vec![None; 2 * count];
        let name = |from: usize, to: usize| {
            if enters[to] > leaves[from] {
                count + to
            } else {
                from
            }
        };
        let mut passing = 0;
        let mut kept = Vec::with_capacity(edges.len());
        for &(from, to) in edges {
            if !is_long(&self.points, from, to) {
                kept.push((from, to, None));
                continue;
            }
            let (first, last) = (self.points[from].column + 1, self.points[to].column - 1);
            let named = name(from, to);
            let (low, high) = spans[named].unwrap_or((first, last));
            let wider = (low.min(first), high.max(last));
            let more = wider.1 - wider.0 + 1 - spans[named].map_or(0, |(low, high)| high - low + 1);
            if passing + more > PASSING {
                continue;
            }
            passing += more;
            spans[named] = Some(wider);
            kept.push((from, to, Some(named)));
        }
        let mut lines = vec![None; 2 * count];
        for (named, span) in spans.into_iter().enumerate() {
            if let Some((first, last)) = span {
                lines[named] = Some(self.lines.len());
                let line = Line {
                    point: self.points.len(),
                    column: first,
                    len: last - first + 1,
                };
                self.points
                    .extend((first..=last).map(|column| Point { column, row: 0 }));
                self.lines.push(line);
            }
        }
        self.routes = kept
            .into_iter()
            .map(|(from, to, named)| Route {
                from,
                to,
                line: named.and_then(|named| lines[named]),
            })
            .collect();
    }

    /// Pairs of points in neighbouring columns that are joined, each once.
    fn links(&self) -> Vec<(usize, usize)> {
        let mut links = Vec::with_capacity(self.routes.len());
        for route in &self.routes {
            match route.line {
                None => links.push((route.from, route.to)),
                Some(line) => {
                    let line = &self.lines[line];
                    links.push((route.from, line.at(self.points[route.from].column + 1)));
                    links.push((line.at(self.points[route.to].column - 1), route.to));
                }
            }
        }
        for line in &self.lines {
            links.extend((line.point..line.point + line.len - 1).map(|at| (at, at + 1)));
        }
        links.sort_unstable();
        links.dedup();
        links
    }
}

/// For each node the length of the longest way to it. Where only cycles are left, the first node of them begins anew.
fn columns(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let ways = Ways::of(count, edges);
    let mut waits: Vec<usize> = (0..count).map(|node| ways.before(node).len()).collect();
    let mut columns = vec![0usize; count];
    let mut done = vec![false; count];
    let mut ready: Vec<usize> = (0..count).filter(|&node| waits[node] == 0).collect();
    let mut first_left = 0;
    loop {
        while let Some(node) = ready.pop() {
            done[node] = true;
            for &next in ways.after(node) {
                if done[next] {
                    continue;
                }
                columns[next] = columns[next].max(columns[node] + 1);
                waits[next] = waits[next].saturating_sub(1);
                if waits[next] == 0 {
                    ready.push(next);
                }
            }
        }
        while first_left < count && done[first_left] {
            first_left += 1;
        }
        if first_left == count {
            return columns;
        }
        waits[first_left] = 0;
        ready.push(first_left);
    }
}

/// Who comes before and after whom, in two flat lists.
struct Ways {
    forward: Flat,
    backward: Flat,
}

struct Flat {
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl Ways {
    fn of(count: usize, links: &[(usize, usize)]) -> Self {
        Self {
            forward: Flat::of(count, links.iter().copied()),
            backward: Flat::of(count, links.iter().map(|&(from, to)| (to, from))),
        }
    }

    fn after(&self, at: usize) -> &[usize] {
        self.forward.of_one(at)
    }

    fn before(&self, at: usize) -> &[usize] {
        self.backward.of_one(at)
    }
}

impl Flat {
    fn of(count: usize, links: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut starts = vec![0; count + 1];
        for (from, _) in links.clone() {
            starts[from + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut ends = vec![0; starts[count]];
        for (from, to) in links {
            ends[next[from]] = to;
            next[from] += 1;
        }
        Self { starts, ends }
    }

    fn of_one(&self, at: usize) -> &[usize] {
        &self.ends[self.starts[at]..self.starts[at + 1]]
    }
}

#[cfg(test)]
mod tests;
