//! Runs that can be measured against each other: those of one origin, and of these the last that ended well.
//! Apart from what is measured: how long they took, or everything in which they differ.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clock;
use super::eta::rough;
use super::phase::Phase;
use super::row::{Row, label};

/// What two runs have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kin {
    /// They were launched by this cron.
    Cron(Arc<str>),
    /// They refer to this template.
    Template(Arc<str>),
    /// They refer to this template of the cluster.
    ClusterTemplate(Arc<str>),
    /// Neither refers to any of these, and their names begin alike.
    Name(Arc<str>),
}

/// What makes one of [`Kin`] of a name.
type Make = fn(Arc<str>) -> Kin;

/// Labels that tell what a run was launched from, the narrowest first.
const LABELS: [(&str, Make); 3] = [
    (label::CRON, Kin::Cron),
    (label::TEMPLATE, Kin::Template),
    (label::CLUSTER_TEMPLATE, Kin::ClusterTemplate),
];

impl Kin {
    /// `template smoke`.
    pub fn told(&self) -> String {
        match self {
            Self::Cron(name) => format!("cron {name}"),
            Self::Template(name) => format!("template {name}"),
            Self::ClusterTemplate(name) => format!("template {name} of the cluster"),
            Self::Name(name) => format!("name {name}"),
        }
    }
}

/// What a run is called by those who look for others of its kind: the narrowest that is known.
pub fn of(run: &Row) -> Kin {
    let labelled = LABELS
        .iter()
        .find_map(|(name, make)| Some(make(run.label(name)?.clone())));
    labelled.unwrap_or_else(|| Kin::Name(stem(&run.key.name).into()))
}

/// What another run of the same namespace has in common with it; `None`: nothing that would make them alike.
pub fn kin(run: &Row, other: &Row) -> Option<Kin> {
    if other.key.uid == run.key.uid || other.key.namespace != run.key.namespace {
        return None;
    }
    let shared = LABELS.iter().find_map(|(name, make)| {
        let value = run.label(name)?;
        (other.label(name) == Some(value)).then(|| make(value.clone()))
    });
    let labelled = |row: &Row| LABELS.iter().any(|(name, _)| row.label(name).is_some());
    let alike = || !labelled(run) && !labelled(other) && same_stem(run, other);
    shared.or_else(|| alike().then(|| Kin::Name(stem(&run.key.name).into())))
}

/// Both were launched from the same: what how long a run takes is expected by.
pub fn same_origin(run: &Row, other: &Row) -> bool {
    let origin = run.origin();
    other.key.namespace == run.key.namespace && origin.is_some() && other.origin() == origin
}

fn same_stem(run: &Row, other: &Row) -> bool {
    stem(&run.key.name) == stem(&other.key.name)
}

/// A name without what `generateName` put behind it: five characters of its alphabet, or the moment of a cron.
/// Source: Kubernetes `k8s.io/apiserver/pkg/storage/names`, `k8s.io/apimachinery/pkg/util/rand`; Argo v4.1 `getChildWorkflowName`.
pub fn stem(name: &str) -> &str {
    const ALPHABET: &str = "bcdfghjklmnpqrstvwxz2456789";
    match name.rsplit_once('-') {
        Some((stem, end)) if !stem.is_empty() && is_end(end, ALPHABET) => stem,
        _ => name,
    }
}

fn is_end(end: &str, alphabet: &str) -> bool {
    let random = end.len() == 5 && end.chars().all(|c| alphabet.contains(c));
    random || end.len() == 10 && end.bytes().all(|byte| byte.is_ascii_digit())
}

/// A run to compare with, and why this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Peer<'r> {
    /// Its row.
    pub row: &'r Row,
    /// `the last green run of template smoke in qa, 2h before it`.
    pub why: String,
}

/// The last run of its kind that ended well before this one was made, one of its name and task before others; else the first
/// that did after it. `None`: none is known.
pub fn green<'r>(run: &Row, others: impl Iterator<Item = &'r Row>) -> Option<Peer<'r>> {
    let greens = others.filter(|other| other.phase == Phase::Succeeded);
    let ranked = greens.filter_map(|other| {
        let kin = kin(run, other)?;
        let apart = apart(run, other);
        let other_name = !same_stem(run, other);
        let other_task = other.task() != run.task();
        // Before it, the newest; after it, the oldest: both are nearest.
        let rank = (
            apart > 0,
            kin,
            other_name,
            other_task,
            apart.abs(),
            Reverse(other.key.name.clone()),
        );
        Some((rank, other))
    });
    let ((after, kin, other_name, _, apart, _), row) = ranked.min_by(|(a, _), (b, _)| a.cmp(b))?;
    let named = match (&kin, other_name) {
        (Kin::Name(_), _) => "",
        (_, false) => " under this name",
        (_, true) => " under any name",
    };
    let (which, side) = match after {
        false => ("last", "before"),
        true => ("first", "after"),
    };
    let why = format!(
        "the {which} green run of {} in {}{named}, made {} {side} it",
        kin.told(),
        run.key.namespace,
        rough(apart.unsigned_abs())
    );
    Some(Peer { row, why })
}

/// Seconds from when a run was made until another was.
fn apart(run: &Row, other: &Row) -> i64 {
    match (run.created, other.created) {
        (Some(run), Some(other)) => clock::seconds_between(run, other),
        _ => 0,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::key::Key;

    fn row(name: &str, phase: Phase, minute: i64, labels: &[(&str, &str)]) -> Row {
        let labels = labels
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        Row {
            key: Key::new("qa", name, format!("uid-{name}-{minute}")),
            version: 1,
            created: jiff::Timestamp::from_second(1_800_000_000 + 60 * minute).ok(),
            phase,
            completed: phase.is_done(),
            message: None,
            labels: labels.collect(),
            malformed: None,
            series: None,
        }
    }

    const SMOKE: &[(&str, &str)] = &[(label::TEMPLATE, "smoke")];

    #[test]
    fn what_generate_name_put_behind_a_name_is_no_part_of_it() {
        for (name, told) in [
            ("nightly-x7k2p", "nightly"),
            ("t42-refund-acceptance-bq8wz", "t42-refund-acceptance"),
            ("nightly-1764201600", "nightly"),
            ("nightly-smoke", "nightly-smoke"),
            ("nightly-x7k2", "nightly-x7k2"),
            ("-x7k2p", "-x7k2p"),
            ("build", "build"),
        ] {
            assert_eq!(stem(name), told);
        }
    }

    #[test]
    fn the_last_green_run_before_it_of_its_name_is_chosen_and_said() {
        let run = row("cart-x7k2p", Phase::Failed, 300, SMOKE);
        let rows = [
            row("cart-b2c4d", Phase::Succeeded, 100, SMOKE),
            row("cart-c2c4d", Phase::Succeeded, 180, SMOKE),
            row("cart-d2c4d", Phase::Failed, 250, SMOKE),
            row("coupon-b2c4d", Phase::Succeeded, 290, SMOKE),
            row("cart-f2c4d", Phase::Succeeded, 310, SMOKE),
            row("other-b2c4d", Phase::Succeeded, 299, &[]),
        ];
        let peer = green(&run, rows.iter()).unwrap();
        assert_eq!(&*peer.row.key.name, "cart-c2c4d");
        assert_eq!(
            peer.why,
            "the last green run of template smoke in qa under this name, made 2h before it"
        );
        let peer = green(&run, rows[3..].iter()).unwrap();
        assert_eq!(&*peer.row.key.name, "coupon-b2c4d");
        assert!(peer.why.contains("under any name"), "{}", peer.why);
        let peer = green(&run, rows[4..].iter()).unwrap();
        assert_eq!(
            peer.why,
            "the first green run of template smoke in qa under this name, made 10m after it"
        );
        assert_eq!(green(&run, rows[5..].iter()), None);
    }

    #[test]
    fn a_cron_is_narrower_than_its_template_and_names_serve_where_there_is_neither() {
        let nightly: &[(&str, &str)] = &[(label::CRON, "nightly"), (label::TEMPLATE, "smoke")];
        let run = row("nightly-1764201600", Phase::Failed, 300, nightly);
        let rows = [
            row("nightly-1764115200", Phase::Succeeded, 10, nightly),
            row("cart-b2c4d", Phase::Succeeded, 290, SMOKE),
        ];
        assert_eq!(
            kin(&run, &rows[0]).map(|kin| kin.told()).unwrap(),
            "cron nightly"
        );
        assert_eq!(kin(&run, &rows[1]), Some(Kin::Template("smoke".into())));
        let peer = green(&run, rows.iter()).unwrap();
        assert_eq!(&*peer.row.key.name, "nightly-1764115200");
        let inline = row("mine-x7k2p", Phase::Failed, 300, &[]);
        let other = row("mine-b2c4d", Phase::Succeeded, 200, &[]);
        assert_eq!(kin(&inline, &other), Some(Kin::Name("mine".into())));
        assert_eq!(kin(&inline, &rows[1]), None);
        let mut elsewhere = other.clone();
        elsewhere.key.namespace = "prod".into();
        assert_eq!(kin(&inline, &elsewhere), None);
        assert_eq!(kin(&inline, &inline), None);
    }
}
