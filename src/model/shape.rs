//! Who belongs to whom among the nodes of a workflow: items to their fan-out, attempts to their step, members to their group.
//! Apart from causes and trees, which both stand on it; linear in nodes and edges, and safe against cycles.
//!
//! Argo has no such field: `children` mixes "inside" and "after", `boundaryID` names only the DAG, Steps or Pod around.
//! The rules were read off recorded objects of Argo v4.1.2.

use std::collections::HashMap;

use super::workflow::StepKind;

/// What of a node decides where it belongs.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Full name: `wf[1].check(0:a)`.
    pub name: &'a str,
    /// What it is.
    pub kind: StepKind,
    /// Made by a hook.
    pub hooked: bool,
    /// An attempt of a Retry node.
    pub attempt: bool,
    /// The DAG, Steps or Pod node around it.
    pub boundary: Option<usize>,
    /// Nodes inside it or after it.
    pub children: &'a [usize],
}

/// Owners, and an order in which every owner comes before what it owns.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// For each node the one it is inside of; `None` for the root, the exit handler and what has lost its group.
    pub owner: Vec<Option<usize>>,
    /// All nodes, owners first.
    pub order: Vec<usize>,
}

/// Deepest nesting followed from a step up to the level of what comes after it. Argo itself stops at 100 nested templates.
const LEVELS: usize = 128;

impl Shape {
    /// The shape of these nodes. Indexes out of range are ignored; cycles are cut.
    pub fn of(links: &[Link<'_>]) -> Self {
        let mut owner: Vec<Option<usize>> = vec![None; links.len()];
        for (at, link) in links.iter().enumerate() {
            for &child in link.children {
                if child != at
                    && links.get(child).is_some_and(|inner| is_inside(link, inner))
                    && owner[child].is_none()
                {
                    owner[child] = Some(at);
                }
            }
        }
        let hosts = hook_hosts(links);
        for (at, link) in links.iter().enumerate() {
            if owner[at].is_none() {
                let host = hosts.get(&at).copied();
                owner[at] = host
                    .and_then(|host| owner[host])
                    .or(link.boundary)
                    .filter(|&up| up != at && up < links.len());
            }
        }
        cut_cycles(&mut owner);
        let order = order_of(&owner);
        Self { owner, order }
    }

    /// The node a step follows another as: `from`'s group on the level of `to`, or `from` itself.
    /// `None` where the edge leads into a group instead of past it.
    pub fn lift(&self, links: &[Link<'_>], from: usize, to: usize) -> Option<usize> {
        let level = links.get(to)?.boundary;
        let mut at = from;
        for _ in 0..LEVELS {
            let link = links.get(at)?;
            if link.boundary == level {
                return (at != to && self.owner[to] != Some(at)).then_some(at);
            }
            at = link.boundary?;
        }
        None
    }
}

/// Whether an edge means that `inner` is inside `outer`, not after it.
fn is_inside(outer: &Link<'_>, inner: &Link<'_>) -> bool {
    if inner.hooked && !inner.attempt {
        return false;
    }
    match outer.kind {
        StepKind::Retry => inner.attempt || extends(outer.name, inner.name),
        StepKind::TaskGroup => extends(outer.name, inner.name),
        StepKind::StepGroup => inner.kind != StepKind::StepGroup,
        _ => false,
    }
}

/// `inner` is `outer(…)`: an item of a fan-out or an attempt.
fn extends(outer: &str, inner: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('('))
}

/// For each hook the node whose hook it is. Source: names end in `.onExit` or `.hooks.<name>`.
pub(super) fn hook_hosts(links: &[Link<'_>]) -> HashMap<usize, usize> {
    if !links.iter().any(|link| link.hooked) {
        return HashMap::new();
    }
    let names: HashMap<&str, usize> = links
        .iter()
        .enumerate()
        .map(|(at, link)| (link.name, at))
        .collect();
    links
        .iter()
        .enumerate()
        .filter(|(_, link)| link.hooked)
        .filter_map(|(at, link)| {
            let host = link
                .name
                .strip_suffix(".onExit")
                .or_else(|| link.name.rsplit_once(".hooks.").map(|(host, _)| host))?;
            Some((at, *names.get(host)?))
        })
        .filter(|(at, host)| at != host)
        .collect()
}

fn cut_cycles(owner: &mut [Option<usize>]) {
    let mut seen = vec![0usize; owner.len()];
    for start in 0..owner.len() {
        let walk = start + 1;
        let mut at = start;
        while seen[at] == 0 {
            seen[at] = walk;
            match owner[at] {
                Some(up) if seen[up] == walk => owner[at] = None,
                Some(up) => at = up,
                None => break,
            }
        }
    }
}

fn order_of(owner: &[Option<usize>]) -> Vec<usize> {
    const UNKNOWN: u32 = u32::MAX;
    let mut depth = vec![UNKNOWN; owner.len()];
    let mut path = Vec::new();
    for start in 0..owner.len() {
        let mut at = start;
        while depth[at] == UNKNOWN {
            path.push(at);
            match owner[at] {
                Some(up) => at = up,
                None => break,
            }
        }
        while let Some(node) = path.pop() {
            depth[node] = match owner[node] {
                Some(up) => depth[up].saturating_add(1),
                None => 0,
            };
        }
    }
    let mut order: Vec<usize> = (0..owner.len()).collect();
    order.sort_by_key(|&at| depth[at]);
    order
}

/// Where a node stands in a fan-out: the base name, empty inside a TaskGroup, which has it as its own, and the index.
/// `shard(17:eu-west)` is item 17 of `shard`; attempts, `shard(0)`, are none. Full names are read, since a display name can be anyone's.
pub fn fan_item<'a>(owner: &Link<'_>, item: &Link<'a>) -> Option<(&'a str, usize)> {
    let inner = item
        .name
        .strip_prefix(owner.name)
        .filter(|_| !item.hooked)?;
    let inner = match owner.kind {
        StepKind::TaskGroup => inner,
        StepKind::StepGroup => inner.strip_prefix('.')?,
        _ => return None,
    };
    let (base, rest) = inner.split_once('(')?;
    let (index, _) = rest.split_once(':')?;
    Some((base, index.parse().ok()?))
}

/// Number of an attempt: `x(2)` is 2.
pub fn attempt_number(display: &str) -> Option<usize> {
    display.strip_suffix(')')?.rsplit_once('(')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link<'a>(
        name: &'a str,
        kind: StepKind,
        boundary: Option<usize>,
        children: &'a [usize],
    ) -> Link<'a> {
        Link {
            name,
            kind,
            hooked: false,
            attempt: false,
            boundary,
            children,
        }
    }

    #[test]
    fn items_attempts_and_members_have_owners_and_followers_do_not() {
        let mut links = [
            link("w", StepKind::Dag, None, &[1]),
            link("w.fan", StepKind::TaskGroup, Some(0), &[2, 3]),
            link("w.fan(0:a)", StepKind::Pod, Some(0), &[4]),
            link("w.fan(1:b)", StepKind::Pod, Some(0), &[4]),
            link("w.x", StepKind::Retry, Some(0), &[5, 6]),
            link("w.x(0)", StepKind::Pod, Some(0), &[]),
            link("w.x(1)", StepKind::Pod, Some(0), &[7]),
            link("w.z", StepKind::Pod, Some(0), &[]),
        ];
        links[5].attempt = true;
        links[6].attempt = true;
        let shape = Shape::of(&links);
        assert_eq!(
            shape.owner,
            [
                None,
                Some(0),
                Some(1),
                Some(1),
                Some(0),
                Some(4),
                Some(4),
                Some(0)
            ]
        );
        assert_eq!(shape.lift(&links, 6, 7), Some(6));
        assert_eq!(shape.lift(&links, 0, 1), None);
    }

    #[test]
    fn an_empty_fan_out_does_not_own_what_follows_it() {
        let links = [
            link("w", StepKind::Dag, None, &[1]),
            link("w.fan", StepKind::TaskGroup, Some(0), &[2]),
            link("w.next", StepKind::Pod, Some(0), &[]),
        ];
        let shape = Shape::of(&links);
        assert_eq!(shape.owner[2], Some(0));
        assert_eq!(shape.lift(&links, 1, 2), Some(1));
    }

    #[test]
    fn an_edge_out_of_a_nested_group_counts_for_the_group() {
        let links = [
            link("w", StepKind::Dag, None, &[1]),
            link("w.a", StepKind::Dag, Some(0), &[2]),
            link("w.a.b", StepKind::Pod, Some(1), &[3]),
            link("w.z", StepKind::Pod, Some(0), &[]),
        ];
        let shape = Shape::of(&links);
        assert_eq!(shape.lift(&links, 2, 3), Some(1));
    }

    #[test]
    fn a_hook_stands_beside_the_step_it_belongs_to() {
        let mut links = [
            link("w", StepKind::Steps, None, &[1]),
            link("w[0]", StepKind::StepGroup, Some(0), &[2]),
            link("w[0].s", StepKind::Pod, Some(0), &[3]),
            link("w[0].s.onExit", StepKind::Pod, Some(0), &[]),
            link("w.onExit", StepKind::Pod, None, &[]),
        ];
        links[3].hooked = true;
        links[4].hooked = true;
        let shape = Shape::of(&links);
        assert_eq!(shape.owner[3], Some(1));
        assert_eq!(shape.owner[4], None);
    }

    #[test]
    fn cycles_and_deep_chains_end() {
        let two = [1usize, 0];
        let links = [
            link("a", StepKind::StepGroup, Some(1), &two),
            link("b", StepKind::Steps, Some(0), &two),
        ];
        let shape = Shape::of(&links);
        assert_eq!(shape.order.len(), 2);
        let names: Vec<String> = (0..10_000).map(|at| format!("n{at}")).collect();
        let deep: Vec<Link<'_>> = names
            .iter()
            .enumerate()
            .map(|(at, name)| link(name, StepKind::Dag, at.checked_sub(1), &[]))
            .collect();
        assert_eq!(Shape::of(&deep).order, (0..10_000).collect::<Vec<_>>());
    }

    #[test]
    fn items_are_told_from_attempts() {
        let group = link("w[1]", StepKind::StepGroup, None, &[]);
        let fan = link("w.shard", StepKind::TaskGroup, None, &[]);
        let item = |name| link(name, StepKind::Pod, None, &[]);
        assert_eq!(fan_item(&fan, &item("w.shard(17:eu-west)")), Some(("", 17)));
        assert_eq!(
            fan_item(&group, &item("w[1].each(2:host:c x.example,port:8443)")),
            Some(("each", 2))
        );
        assert_eq!(fan_item(&fan, &item("w.shard(17)")), None);
        assert_eq!(fan_item(&group, &item("w[1].each")), None);
        assert_eq!(attempt_number("shard(17:a)(2)"), Some(2));
        assert_eq!(attempt_number("shard"), None);
    }
}
