//! Templates and crons joined to the runs they started: in which order they stand, which are shown, what can be asked of them.
//! Apart from reading them, because runs come and go between two readings.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::fleet::Run;
use crate::app::orders;
use crate::app::overlay::OverlayKind;
use crate::app::query::{Query, Words};
use crate::app::screens::origins::Yaml;
use crate::app::state::{Screen, State};
use crate::app::update::open_overlay;
use crate::app::visit;
use crate::model::act::{Kind, Operation, Order};
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::manifest::Manifest;
use crate::model::origin::Origin;
use crate::model::phase::State as RunState;
use crate::model::row::label;

/// Labels by which runs name what they were launched from, with the kind that is.
const LABELS: [(&str, Kind); 3] = [
    (label::CRON, Kind::CronWorkflow),
    (label::TEMPLATE, Kind::WorkflowTemplate),
    (label::CLUSTER_TEMPLATE, Kind::ClusterWorkflowTemplate),
];

/// A template or cron with what became of its runs.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The template or cron.
    pub origin: &'a Origin,
    /// Its runs.
    pub runs: Tally<'a>,
}

/// The runs of one, as far as the fleet has them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally<'a> {
    /// The one created last, with its state.
    pub last: Option<(&'a Run, RunState)>,
    /// How many are not over.
    pub open: usize,
    /// How many ended badly.
    pub bad: usize,
}

/// The list.
#[derive(Debug, Default)]
pub struct Selection<'a> {
    /// What passes the filter, in order.
    pub rows: Vec<Shown<'a>>,
    /// How many there are.
    pub total: usize,
}

/// One word on what it is.
pub fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::CronWorkflow => "cron",
        Kind::WorkflowTemplate => "template",
        Kind::ClusterWorkflowTemplate => "cluster",
        Kind::Workflow => "run",
        Kind::QaRun => "qarun",
    }
}

/// Kind, namespace (none for those of the cluster) and name.
type Name<'a> = (Kind, &'a str, &'a str);

fn name_of(origin: &Origin) -> Name<'_> {
    (origin.kind, &origin.key.namespace, &origin.key.name)
}

/// What this run says it was launched from.
fn names_in(run: &Run) -> impl Iterator<Item = Name<'_>> {
    LABELS.iter().filter_map(|(label, kind)| {
        let namespace = match kind {
            Kind::ClusterWorkflowTemplate => "",
            _ => &*run.row.key.namespace,
        };
        Some((*kind, namespace, &**run.row.label(label)?))
    })
}

/// Templates and crons that pass the filter: crons that failed first, then those that are suspended, then by kind and name.
pub fn selection(state: &State, now: Timestamp) -> Selection<'_> {
    let screen = &state.origins;
    let mut tallies: HashMap<Name<'_>, Tally<'_>> = HashMap::new();
    for run in state.fleet.iter().filter(|run| !run.gone) {
        for name in names_in(run) {
            let run_state = run.state(now);
            let tally = tallies.entry(name).or_default();
            tally.open += usize::from(run_state.is_open());
            tally.bad += usize::from(run_state.is_bad());
            let newer = |(last, _): &(&Run, RunState)| last.row.created < run.row.created;
            if tally.last.as_ref().is_none_or(newer) {
                tally.last = Some((run, run_state));
            }
        }
    }
    // What is no expression yet was said where it was typed.
    let words = Words::parse(&screen.filter).unwrap_or_default();
    let mut rows: Vec<Shown<'_>> = (screen.items().iter())
        .map(|origin| Shown {
            origin,
            runs: tallies.get(&name_of(origin)).copied().unwrap_or_default(),
        })
        .filter(|shown| shown.passes(&words))
        .collect();
    rows.sort_by(|a, b| {
        let order = |shown: &Shown<'_>| (shown.rank(), shown.origin.kind);
        order(a)
            .cmp(&order(b))
            .then_with(|| a.origin.key.cmp(&b.origin.key))
    });
    Selection {
        rows,
        total: screen.items().len(),
    }
}

impl Shown<'_> {
    /// It is a cron whose last run ended badly, or that the controller says something is wrong with.
    pub fn is_bad(&self) -> bool {
        self.origin.cron.as_ref().is_some_and(|cron| {
            let last = self.runs.last.is_some_and(|(_, state)| state.is_bad());
            last || !cron.faults.is_empty()
        })
    }

    /// Smaller first.
    fn rank(&self) -> u8 {
        match self.origin.kind {
            _ if self.is_bad() => 0,
            _ if self.origin.is_idle() => 1,
            _ => 2,
        }
    }

    /// The words that narrow the list hold of what it says of it.
    fn passes(&self, words: &Words) -> bool {
        if words.is_empty() {
            return true;
        }
        let origin = self.origin;
        let kind = kind_word(origin.kind);
        let mut text = format!("{kind}\n{}\n{}", origin.key, origin.key.name);
        for more in [&origin.title, &origin.description].into_iter().flatten() {
            text += &format!("\n{more}");
        }
        if let Some(cron) = &origin.cron {
            text += &format!("\n{}", cron.schedules.join("\n"));
            if cron.suspended {
                text += "\nsuspended";
            }
        }
        if let Some((_, state)) = self.runs.last {
            text += &format!("\n{}", state.word());
        }
        words.hold(kind, &text)
    }
}

/// The runs of one, the newest first.
pub fn runs_of<'a>(state: &'a State, origin: &Origin) -> Vec<&'a Run> {
    let own = |run: &&Run| !run.gone && names_in(run).any(|name| name == name_of(origin));
    let mut runs: Vec<&Run> = state.fleet.iter().filter(own).collect();
    runs.sort_by(|a, b| {
        let newest = b.row.created.cmp(&a.row.created);
        newest.then_with(|| a.row.key.cmp(&b.row.key))
    });
    runs
}

/// The one under the cursor, while the list is shown.
pub fn under_cursor(state: &State) -> Option<&Origin> {
    if state.screen != Screen::Origins || state.page().is_some() {
        return None;
    }
    state.origins.get(state.origins.cursor.on()?)
}

/// The cursor stands on one that exists: else on the one that took its place.
pub(super) fn settle_cursor(state: &mut State, now: Timestamp) {
    if state.screen != Screen::Origins {
        return;
    }
    let uids: Vec<_> = (selection(state, now).rows.iter())
        .map(|shown| shown.origin.key.uid.clone())
        .collect();
    let cursor = &mut state.origins.cursor;
    if cursor.on().is_some_and(|on| uids.contains(on)) {
        return;
    }
    match uids.get(cursor.top).or(uids.first()).cloned() {
        Some(uid) => cursor.put(uid),
        None => cursor.release(),
    }
}

/// To the list, on this one.
pub(super) fn open(state: &mut State, on: Option<Key>) {
    state.open = None;
    state.screen = Screen::Origins;
    if let Some(key) = on {
        state.origins.filter.clear();
        state.origins.yaml = None;
        state.origins.cursor.put(key.uid);
    }
}

/// To the list, narrowed to those with this text.
pub(super) fn narrow(state: &mut State, text: &str) {
    open(state, None);
    state.origins.filter = text.to_string();
    state.origins.yaml = None;
    state.origins.cursor.release();
}

/// To the Runs screen, filtered to the runs of the one under the cursor.
pub(super) fn see_runs(state: &mut State, now: Timestamp) {
    let Some(origin) = under_cursor(state) else {
        return;
    };
    let name = &*origin.key.name;
    // `from:` looks for a part of a name: where that is part of another one the label is asked.
    let others = state.origins.items().iter();
    let part = others.filter(|other| other.key.name != origin.key.name);
    let mut text = match part.into_iter().any(|other| other.key.name.contains(name)) {
        false => format!("from:{name}"),
        true => format!("label:{}={name}", origin.label()),
    };
    if !origin.key.namespace.is_empty() {
        text += &format!(" ns:{}", origin.key.namespace);
    }
    match Query::parse(&text) {
        Ok(query) => visit::go(state, query),
        Err(why) => state.say(now, why.to_string(), true),
    }
}

/// What a command asks of a template or a cron.
///
/// # Errors
/// Why it makes no sense for it: one clause.
pub fn operation(origin: &Origin, command: Command) -> Result<Operation, String> {
    let cron = origin.cron.as_ref();
    match (command, cron) {
        (Command::LaunchLike, _) if !origin.can_start() => {
            Err("it has no entrypoint: it only holds step templates for others".to_string())
        }
        (Command::LaunchLike, _) => Ok(Operation::Launch {
            namespace: origin.key.namespace.clone(),
            parameters: Vec::new(),
        }),
        (Command::Edit, _) => Ok(Operation::Edit {
            manifest: Manifest::default(),
        }),
        (Command::SuspendRun, Some(cron)) if cron.suspended => {
            Err("it is suspended already; approve resumes it".to_string())
        }
        (Command::SuspendRun, Some(_)) => Ok(Operation::Suspend),
        (Command::Approve, Some(cron)) if !cron.suspended => {
            Err("it is not suspended; launch-like runs it now".to_string())
        }
        (Command::Approve, Some(_)) => Ok(Operation::Resume),
        (Command::DeleteRun, Some(_)) => Ok(Operation::Delete { force: false }),
        (Command::DeleteRun, None) => {
            Err("templates belong to whoever deploys them; kubectl deletes one".to_string())
        }
        _ => Err("only crons are suspended and resumed".to_string()),
    }
}

/// What a command asks of the one under the cursor.
///
/// # Errors
/// Why it makes no sense: one clause.
pub fn order(state: &State, command: Command) -> Result<Order, String> {
    let origin = under_cursor(state).ok_or("there is no template or cron here")?;
    let mut operation = operation(origin, command)?;
    // One of the cluster has no namespace of its own; where one is looked at, that is meant.
    if let (Operation::Launch { namespace, .. }, Scope::Namespaces(names)) =
        (&mut operation, &state.scope)
        && let ("", [name]) = (&**namespace, names.as_slice())
    {
        *namespace = name.clone();
    }
    Ok(Order {
        kind: origin.kind,
        key: origin.key.clone(),
        operation,
    })
}

/// Asks, after the namespace where none is known.
pub(super) fn ask(state: &mut State, now: Timestamp, order: Order, effects: &mut Vec<Effect>) {
    match &order.operation {
        Operation::Launch { namespace, .. } if namespace.is_empty() => {
            let kind = OverlayKind::LaunchIn { key: order.key };
            open_overlay(state, kind, effects);
        }
        _ => orders::ask(state, now, order, effects),
    }
}

/// The namespace was chosen for a template of the cluster.
pub(super) fn launch_in(
    state: &mut State,
    now: Timestamp,
    key: &Key,
    namespace: Arc<str>,
    effects: &mut Vec<Effect>,
) {
    let order = Order {
        kind: Kind::ClusterWorkflowTemplate,
        key: key.clone(),
        operation: Operation::Launch {
            namespace,
            parameters: Vec::new(),
        },
    };
    orders::ask(state, now, order, effects);
}

/// The one under the cursor as YAML.
pub(super) fn show_yaml(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(origin) = under_cursor(state) else {
        return;
    };
    let (kind, key) = (origin.kind, origin.key.clone());
    effects.push(Effect::ReadObject(state.session, kind, key.clone()));
    state.origins.yaml = Some(Yaml::of(key));
}
impl State {
    /// The manifest of a template or cron lies where else their list is.
    pub fn shows_manifest(&self) -> bool {
        self.open.is_none() && self.screen == Screen::Origins && self.origins.yaml.is_some()
    }
}
