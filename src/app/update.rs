//! The one function that changes the state: a message in, effects out.
//! Apart from everything it concerns: it never waits, never draws and never asks the time.

use jiff::Timestamp;

use crate::app::act;
use crate::app::aiming;
use crate::app::artifacts;
use crate::app::aside;
use crate::app::away;
use crate::app::bridging;
use crate::app::compare;
use crate::app::config::Background;
use crate::app::criteria;
use crate::app::effect::Effect;
use crate::app::failures;
use crate::app::focus::Tail;
use crate::app::graphics::Answer;
use crate::app::memory;
use crate::app::moving;
use crate::app::msg::{ClusterMsg, Msg};
use crate::app::news;
use crate::app::orders;
use crate::app::origins;
use crate::app::overlay::{Overlay, OverlayKind};
use crate::app::past;
use crate::app::pressed;
use crate::app::prompt;
use crate::app::qaruns;
use crate::app::said::Level;
use crate::app::screens;
use crate::app::seeking;
use crate::app::select;
use crate::app::state::{Connection, Screen, State, Tab, Whisper, later};
use crate::app::trail;
use crate::model::act::Kind;
use crate::model::clock;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::trouble::Trouble;

/// Objects read in the background at the same time.
pub const READS_AT_ONCE: usize = 4;
/// Milliseconds between two background reads: at most 40 a second.
const READ_EVERY: i64 = 25;
/// Milliseconds until the next one after one that failed: what fails now fails again in a moment.
const READ_AGAIN: i64 = 5_000;

/// The effects a program begins with.
pub fn start(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    act::connect(state, &mut effects);
    effects
}

/// Takes in one message.
pub fn update(state: &mut State, now: Timestamp, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.repaint = false;
    // What comes from a cluster takes nobody anywhere.
    let is_person = matches!(msg, Msg::Key(_) | Msg::Wheel(..) | Msg::Click(..));
    state.runs.held |= is_person;
    match msg {
        Msg::Tick => {}
        Msg::Key(key) => pressed::take(state, now, key, &mut effects),
        Msg::Paste(text) => prompt::paste(state, now, &text),
        Msg::Wheel(lines, column, row) => {
            moving::scroll(state, now, isize::from(lines), (column, row));
        }
        Msg::Click(column, row) => moving::click(state, now, (column, row), &mut effects),
        Msg::Drag(column, row) => moving::drag(state, column, row),
        Msg::Resize(columns, rows) => state.size = (columns, rows),
        Msg::Resumed => state.repaint = true,
        Msg::Focus(here) => away::focus(state, now, here),
        Msg::Report(level, text) => state.tell(now, level, text),
        Msg::Config(config) => {
            let before = state.mouse;
            state.configure(now, *config);
            if state.mouse != before {
                effects.push(Effect::Mouse(state.mouse));
            }
        }
        Msg::Background(answer) => state.background = Some(answer),
        Msg::Terminal(answer) => {
            state.graphics.take(answer);
            if matches!(answer, Answer::Over { .. }) {
                state.background.get_or_insert(Background::Silent);
            }
        }
        // Where there is no browser the link is at least at hand.
        Msg::NotShown(link, why) => {
            state.say(now, format!("not shown, but copied: {link} · {why}"), true);
            effects.push(Effect::Copy(link));
        }
        Msg::Acted(ticket, outcome) => orders::acted(state, now, ticket, *outcome, &mut effects),
        Msg::Aside(ticket, told) => {
            if !orders::edit::is_back(state, now, ticket, &told, &mut effects) {
                aside::over(state, now, ticket, told, &mut effects);
            }
        }
        Msg::Edited(ticket, answer) => {
            orders::edit::edited(state, now, ticket, answer, &mut effects);
        }
        Msg::Cluster(session, ClusterMsg::Manifest(ticket, answer)) => {
            if session == state.session {
                orders::edit::read(state, now, ticket, *answer, &mut effects);
            }
        }
        Msg::Fetching(ticket, told) => artifacts::fetching(state, now, ticket, told),
        Msg::Recalled(session, runs) => {
            if session == state.session {
                state.fleet.recall(&runs);
            }
        }
        Msg::Tasks(answer) => state.tasks.take(now, *answer),
        Msg::Made(made) => state.tasks.recall(made),
        Msg::TasksChanged => state.tasks.changed(now),
        Msg::Bridge(number, told) => bridging::take(state, now, number, told),
        Msg::Journal(answer) => orders::journal_read(state, answer),
        Msg::Cluster(session, msg) if session == state.session => take_cluster(state, now, msg),
        Msg::Cluster(..) => {}
    }
    settle(state, now, &mut effects);
    if is_person {
        trail::settle(state);
    }
    effects
}

fn take_cluster(state: &mut State, now: Timestamp, msg: ClusterMsg) {
    match msg {
        ClusterMsg::Reaching(context) => state.reaching = Some(context),
        ClusterMsg::Connected {
            context,
            server,
            version,
            user,
        } => {
            if matches!(state.connection, Connection::Down { .. }) {
                state.tell(now, Level::Good, format!("connected to {context}"));
            }
            state.reaching = Some(context.clone());
            state.connection = Connection::Up {
                context,
                server,
                version,
                user,
            };
        }
        ClusterMsg::NotConnected { why, retry_ms } => {
            let text = format!("not connected: {why}");
            if state
                .messages
                .all()
                .next()
                .is_none_or(|last| last.text != text)
            {
                state.messages.keep(now, Level::Bad, &text, None);
            }
            let retry = later(now, i64::try_from(retry_ms).unwrap_or(i64::MAX));
            state.connection = Connection::Down { why, retry };
        }
        ClusterMsg::Rows(source, event) => state.fleet.rows(&source, event),
        ClusterMsg::Active(source, event) => state.fleet.active(&source, event),
        ClusterMsg::QaRuns(source, event) => state.fleet.qaruns(&source, event),
        ClusterMsg::FactsRead(key, result) => match result {
            // An answer that comes after the row has gone does not bring the run back.
            Ok(Some(facts)) if state.fleet.get(&key.uid).is_some() => state.fleet.learn(*facts),
            Ok(Some(_)) => {}
            Ok(None) => state.fleet.vanished(&key),
            Err(why) => {
                let may_succeed =
                    !matches!(why, Trouble::Forbidden { .. } | Trouble::Invalid { .. });
                state.fleet.reading_failed(&key, may_succeed);
                state.next_read = later(now, READ_AGAIN);
            }
        },
        ClusterMsg::Log(key, event) => {
            if state.log_of.as_ref() == Some(&key) {
                state.log.take(event);
            }
        }
        ClusterMsg::Prepared(ticket, answer) => orders::prepared(state, now, ticket, *answer),
        // It leads to the editor at once, see `update`.
        ClusterMsg::Manifest(..) => {}
        ClusterMsg::Rights(namespace, answer) => {
            state.orders.rights.insert(namespace, answer);
        }
        ClusterMsg::Artifact(key, id, answer) => {
            if state.page().is_some_and(|page| page.key == key) {
                artifacts::opened(state, &id, *answer);
            }
        }
        ClusterMsg::Agents(answer) => state.agents.take(answer),
        ClusterMsg::Compared(pair, answer) => compare::compared(state, &pair, *answer),
        ClusterMsg::LogsCompared(pair, path, told) => {
            compare::logs_compared(state, now, &pair, path, *told);
        }
        ClusterMsg::Origins(found) => state.origins.take(now, *found),
        ClusterMsg::Object(key, answer) => {
            if let Some(yaml) = state.origins.yaml.as_mut().filter(|yaml| yaml.key == key) {
                yaml.text = Some(answer);
            }
        }
        ClusterMsg::SpecRead(key, answer) => state.drafts.read(&key, *answer),
        ClusterMsg::Namespaces(result) => state.namespaces = Some(result),
        ClusterMsg::Contexts(result) => state.contexts = Some(result),
        ClusterMsg::Workflow(..)
        | ClusterMsg::QaRun(..)
        | ClusterMsg::Pods(..)
        | ClusterMsg::Events(..)
        | ClusterMsg::Tail { .. }
        | ClusterMsg::Sizes(..)
        | ClusterMsg::Yaml(..) => take_focus(state, now, msg),
    }
}

/// Words about one run count only while it is the one that is looked at.
fn take_focus(state: &mut State, now: Timestamp, msg: ClusterMsg) {
    let Some(focus) = &mut state.focus else {
        return;
    };
    match msg {
        ClusterMsg::Workflow(key, event) if key == focus.key => focus.take_workflow(event, now),
        ClusterMsg::QaRun(key, event) if key == focus.key => focus.take_qarun(event),
        ClusterMsg::Pods(key, event) if key == focus.key => focus.take_pods(event),
        ClusterMsg::Events(key, event) if key == focus.key => focus.take_events(event),
        ClusterMsg::Sizes(key, answers) if key == focus.key => focus.sizes.take(answers),
        ClusterMsg::Yaml(key, result) if key == focus.key => focus.yaml = Some(result),
        ClusterMsg::Tail {
            run,
            pod,
            container,
            result,
        } if run == focus.key => {
            let asked = |tail: &&mut Tail| tail.pod == pod && tail.container == container;
            if let Some(tail) = focus.tail.as_mut().filter(asked) {
                tail.lines = Some(result);
            }
        }
        _ => {}
    }
}

/// Brings what follows from the state into line with it: what is looked at, read and followed.
fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    if let Whisper::Due(at) = state.whisper
        && at <= now
    {
        state.whisper = Whisper::Shown;
    }
    state.messages.settle(now);
    if state.open.is_some() && !matches!(state.screen, Screen::Failures | Screen::Tasks) {
        // A Run page is one of the Runs screen, unless it was opened for what it failed of: to there it is left.
        state.screen = Screen::Runs;
    }
    orders::settle(state, now, effects);
    screens::origins::settle(state, now, effects);
    screens::tasks::settle(state, now, effects);
    bridging::settle(state, now, effects);
    origins::settle_cursor(state, now);
    failures::settle(state, now);
    settle_trouble(state, now);
    memory::back_to_run(state, now);
    news::settle(state, now, effects);
    settle_cursor(state, now);
    qaruns::settle_page(state);
    aiming::settle(state, now, effects);
    qaruns::settle_watch(state, effects);
    qaruns::settle_agents(state, now, effects);
    aiming::settle_tail(state, now, effects);
    settle_log(state, effects);
    criteria::settle(state);
    settle_steps(state, now);
    seeking::settle(state, now);
    artifacts::settle(state, effects);
    settle_namespaces(state, effects);
    if let Some(page) = &state.open
        && page.tab == Tab::Yaml
        && let Some(focus) = state.focus.as_mut()
        && focus.key == page.key
        && focus.yaml.is_none()
    {
        // An answer under way is an empty text until it comes, so that it is asked for once.
        focus.yaml = Some(Ok("".into()));
        let kind = match focus.is_qarun() {
            true => Kind::QaRun,
            false => Kind::Workflow,
        };
        effects.push(Effect::ReadYaml(state.session, kind, page.key.clone()));
    }
    memory::settle(state, now, effects);
    past::settle(state, effects);
    if now >= state.next_read
        && let Some(key) = state.fleet.next_to_read(READS_AT_ONCE)
    {
        state.next_read = later(now, READ_EVERY);
        effects.push(Effect::ReadFacts(state.session, key));
    }
}

/// A chosen namespace without any run may not exist, and the server says nothing of that: its names are asked for, once.
fn settle_namespaces(state: &mut State, effects: &mut Vec<Effect>) {
    let Scope::Namespaces(chosen) = &state.scope else {
        return;
    };
    if state.doubted == state.session || !state.fleet.complete() {
        return;
    }
    state.doubted = state.session;
    if chosen.iter().any(|name| state.fleet.is_without(name)) {
        effects.push(Effect::ListNamespaces(state.session));
    }
}

/// Notes for later that the data went stale and came back. While it lasts the screen says so where the data is.
fn settle_trouble(state: &mut State, now: Timestamp) {
    let stale = state
        .fleet
        .stalest()
        .map(|(since, why)| (since, why.to_string()));
    match (stale, state.stale_since) {
        (Some((since, why)), None) => {
            state.stale_since = Some(since);
            state
                .messages
                .keep(now, Level::Warn, &format!("the data is stale: {why}"), None);
        }
        (None, Some(since)) => {
            state.stale_since = None;
            let wait = clock::exact(clock::seconds_between(since, now));
            let text = format!("the data is live again after {wait}");
            state.messages.keep(now, Level::Good, &text, None);
        }
        _ => {}
    }
}

/// The cursor stands on a run that exists: the first one until a key was touched, and after that the one
/// that took the place of a run that is gone.
fn settle_cursor(state: &mut State, now: Timestamp) {
    if let Some(heir) = state.runs.cursor.on().and_then(|uid| state.fleet.heir(uid)) {
        state.runs.cursor.put(heir.clone());
    }
    let lost = match state.runs.cursor.on() {
        None => true,
        Some(uid) => state.fleet.get(uid).is_none(),
    };
    let on = if !state.runs.held {
        select::first(state, now).map(|run| run.row.key.uid.clone())
    } else if lost && state.runs.cursor.top == 0 {
        select::first(state, now).map(|run| run.row.key.uid.clone())
    } else if lost {
        let rows = select::runs(state, now).rows;
        let there = rows.get(state.runs.cursor.top).or(rows.first());
        there.map(|shown| shown.run.row.key.uid.clone())
    } else {
        state.runs.cursor.on().cloned()
    };
    match on {
        Some(uid) => state.runs.cursor.put(uid),
        None => state.runs.cursor.release(),
    }
    state.fleet.keep(state.runs.cursor.on());
}

fn settle_log(state: &mut State, effects: &mut Vec<Effect>) {
    let wanted: Option<Key> = state
        .open
        .as_ref()
        .filter(|page| page.tab == Tab::Log || state.log_of.as_ref() == Some(&page.key))
        .map(|page| page.key.clone());
    if wanted == state.log_of {
        return;
    }
    // The step whose log was asked for is known before the log is.
    let only = match &state.log_of {
        None => state.log.only.take(),
        Some(_) => None,
    };
    let aims = state.log.aims && wanted.is_some();
    state.log.restart();
    state.log.only = only;
    (state.log.aims, state.log.follow) = (aims, !aims);
    if let Some(page) = &state.open {
        state.log.set_search(page.search.clone());
    }
    state.log_of = wanted.clone();
    effects.push(match wanted {
        Some(key) => {
            let beside = state.open.as_ref().map(|page| page.beside.clone());
            let beside = beside.unwrap_or_default();
            Effect::FollowLog(state.session, key, beside, state.log.reach)
        }
        None => Effect::UnfollowLog,
    });
}

/// The visible steps follow the run, the form, the folds and the cursor.
fn settle_steps(state: &mut State, now: Timestamp) {
    if let (Some(page), Some(focus)) = (&mut state.open, &state.focus)
        && focus.key == page.key
    {
        let is_read = focus.workflow.is_some();
        if page.reveals && is_read {
            page.reveals = false;
            if let Some(branch) = page.cursor.on().and_then(|id| focus.branch(id)) {
                focus.tree().reveal(&mut page.folds, branch);
            }
        }
        page.steps
            .settle(focus, state.form, &page.folds, &page.cursor, now);
    }
}

/// Opens an overlay and asks for what it lists.
pub(super) fn open_overlay(state: &mut State, kind: OverlayKind, effects: &mut Vec<Effect>) {
    match kind {
        OverlayKind::Namespaces | OverlayKind::LaunchIn { .. } => {
            effects.push(Effect::ListNamespaces(state.session));
        }
        OverlayKind::Contexts => effects.push(Effect::ListContexts(state.session)),
        OverlayKind::Find => {
            if state.namespaces.is_none() {
                effects.push(Effect::ListNamespaces(state.session));
            }
            if state.contexts.is_none() {
                effects.push(Effect::ListContexts(state.session));
            }
        }
        OverlayKind::CodeRuns => {
            effects.push(Effect::ReadAgents(state.session, state.scope.clone()));
        }
        OverlayKind::Journal | OverlayKind::Report { .. } => effects.push(Effect::ReadJournal),
        OverlayKind::Help { .. }
        | OverlayKind::Bulk
        | OverlayKind::Why { .. }
        | OverlayKind::Compare
        | OverlayKind::Sort
        | OverlayKind::Problems
        | OverlayKind::Messages
        | OverlayKind::Columns
        | OverlayKind::Containers { .. }
        | OverlayKind::Copy { .. }
        | OverlayKind::Marks { .. } => {}
    }
    state.overlay = Some(Overlay::new(kind));
}
