//! QARuns as the console looks at them: the one that the run in view is of is watched with it, and a page goes along when a
//! QARun gets its workflow.
//! Apart from the fleet, which says which run stands for a QARun.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::act;
use crate::app::effect::Effect;
use crate::app::fleet::Run;
use crate::app::prompt;
use crate::app::query::Query;
use crate::app::screens::run::{Pane, RunPage, Tab};
use crate::app::screens::runs::List;
use crate::app::state::{State, later};
use crate::model::agent::AgentRun;
use crate::model::key::Key;
use crate::model::trouble::Trouble;

/// Milliseconds after which CodeRuns are read again.
const AGENTS_AGAIN: i64 = 60_000;

/// The QARun a run is of, or is.
pub fn of<'a>(state: &'a State, run: &Key) -> Option<&'a Key> {
    let run = state.fleet.get(&run.uid)?;
    run.qarun.as_ref().map(|brief| brief.key())
}

/// The Runs screen with the QARuns among them; where there are none to be seen it is said why.
pub(super) fn list(state: &mut State, now: Timestamp) {
    if let Some(why) = state.fleet.without_qaruns() {
        let text = match why {
            Trouble::NoSuchKind { .. } | Trouble::NotFound { .. } => {
                "this cluster does not know QARuns: `tiphys crd` prints the definition".to_string()
            }
            why => format!("QARuns: {why}"),
        };
        return state.say(now, text, true);
    }
    match Query::parse("is:qarun") {
        Ok(query) => {
            act::to_list(state, List::Runs);
            prompt::set_query(state, query);
        }
        Err(why) => state.say(now, why.to_string(), true),
    }
}

/// The runs of the task that a run of an agent is about, and of its parts: agents take whole tasks.
pub(super) fn of_agent(state: &mut State, now: Timestamp, key: &Key) {
    let run = state.agents.runs.iter().find(|run| run.key == *key);
    let Some((run, task)) = run.and_then(|run| Some((run, run.task.clone()?))) else {
        return state.say(now, format!("{key} is about no task"), false);
    };
    let known = state.fleet.iter().filter_map(|one| one.row.task());
    let mut tasks: BTreeSet<Arc<str>> = known.filter(|one| run.is_about(one)).cloned().collect();
    tasks.insert(task);
    let tasks: Vec<&str> = tasks.iter().map(|task| &**task).collect();
    // A name with a space in it is one word of the filter.
    match Query::parse(&format!("task:\"{}\"", tasks.join(","))) {
        Ok(query) => {
            act::to_list(state, List::Runs);
            prompt::set_query(state, query);
        }
        Err(why) => state.say(now, why.to_string(), true),
    }
}

/// A new page of a run. Without a workflow there are no steps it could begin with.
pub(super) fn page(state: &State, key: Key, tab: Tab) -> RunPage {
    let alone = state.fleet.get(&key.uid).is_some_and(Run::is_qarun);
    let mut page = RunPage::new(key, tab);
    if alone {
        page.pane = Pane::Detail;
    }
    page
}

/// The page of a QARun becomes that of its workflow, once there is one: nothing of it was about anything else.
pub(super) fn settle_page(state: &mut State) {
    let Some(page) = &state.open else {
        return;
    };
    // An earlier attempt that somebody looks at stays in view.
    if state.fleet.get(&page.key.uid).is_some() {
        return;
    }
    let heir = state.fleet.heir(&page.key.uid);
    let Some(run) = heir.and_then(|uid| state.fleet.get(uid)) else {
        return;
    };
    let mut next = RunPage::new(run.row.key.clone(), page.tab);
    (next.zoom, next.pane) = (page.zoom, page.pane);
    state.open = Some(next);
}

/// Watches the QARun of what is looked at, and none where that is of none.
pub(super) fn settle_watch(state: &mut State, effects: &mut Vec<Effect>) {
    let focus = state.focus.as_ref();
    let wanted = focus.and_then(|focus| {
        // A QARun that goes while one looks at it is what was looked at.
        let known = of(state, &focus.key).or(focus.qarun.as_ref());
        Some((focus.key.clone(), known?.clone()))
    });
    let is_told = focus.is_none_or(|focus| focus.qarun.is_some() || wanted.is_none());
    if state.watched == wanted && is_told {
        return;
    }
    if let Some(focus) = &mut state.focus {
        focus.qarun = wanted.as_ref().map(|(_, qarun)| qarun.clone());
    }
    effects.push(match wanted.clone() {
        Some((run, qarun)) => Effect::WatchQaRun {
            session: state.session,
            run,
            qarun,
        },
        None => Effect::UnwatchQaRun,
    });
    state.watched = wanted;
}

/// CodeRuns and DocsRuns, as they were read last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agents {
    /// The newest first; none where the cluster knows no such kind, or none is allowed to be seen.
    pub runs: Vec<AgentRun>,
    /// How the last reading ended; nothing before the first.
    pub read: Option<Result<(), Trouble>>,
    asked: Option<Timestamp>,
}

impl Agents {
    /// The answer. What was read before stays where nothing can be read now.
    pub(super) fn take(&mut self, answer: Result<Vec<AgentRun>, Trouble>) {
        self.read = Some(answer.map(|runs| self.runs = runs));
    }

    /// Those about a task.
    pub fn about<'a>(&'a self, task: &'a str) -> impl Iterator<Item = &'a AgentRun> {
        self.runs.iter().filter(move |run| run.is_about(task))
    }
}

/// Reads what agents did for the tasks of QARuns, while the page of one is open, and again after a minute.
pub(super) fn settle_agents(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let of_qarun = state
        .focus
        .as_ref()
        .is_some_and(|focus| focus.qarun.is_some());
    let due = |at: &Timestamp| later(*at, AGENTS_AGAIN) <= now;
    if state.open.is_some() && of_qarun && state.agents.asked.as_ref().is_none_or(due) {
        state.agents.asked = Some(now);
        effects.push(Effect::ReadAgents(state.session, state.scope.clone()));
    }
}

/// Whether a tab has anything to show: of a QARun without a workflow there are no steps, logs, parameters and artifacts.
pub(super) fn has_tab(tab: Tab) -> bool {
    matches!(tab, Tab::Summary | Tab::Criteria | Tab::Events | Tab::Yaml)
}
