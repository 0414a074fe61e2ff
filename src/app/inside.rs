//! A shell in a container of a run: which one is meant where one stands, and the way there.
//! Apart from orders, because nothing of the object changes and nothing is shown before it is done.

use jiff::Timestamp;

use crate::app::aside::Aside;
use crate::app::effect::Effect;
use crate::app::orders::guard;
use crate::app::orders::verbs::step_under_cursor;
use crate::app::overlay::{Choice, Item, OverlayKind};
use crate::app::state::State;
use crate::app::update::open_overlay;
use crate::model::inside::{self, Inside};
use crate::model::pod::Pod;

/// A shell in the container of this name, else where one stands; where several are meant it is asked which.
pub(super) fn open(
    state: &mut State,
    now: Timestamp,
    container: Option<&str>,
    effects: &mut Vec<Effect>,
) {
    let found = may(state, now).and_then(|()| places(state, container));
    match found.as_deref() {
        Err(why) => state.say(now, format!("`shell` is not possible: {why}"), true),
        Ok([only]) => enter(state, now, only.clone(), effects),
        Ok(many) => {
            let places = many.to_vec();
            open_overlay(state, OverlayKind::Containers { places }, effects);
        }
    }
}

/// What lies in the way of it here; `None`: nothing that is known.
pub(super) fn hindrance(state: &State) -> Option<String> {
    if state.lists_runs() && !state.runs.marks.is_empty() {
        return Some("not of many at once".to_string());
    }
    places(state, None).err()
}

/// The choices where it is asked which.
pub(super) fn choices(places: &[Inside]) -> Vec<Choice> {
    let line = |place: &Inside| {
        let text = format!("{} · {}", place.container, place.step);
        Choice::of(Item::Container(place.clone()), text, &*place.pod.name)
    };
    places.iter().map(line).collect()
}

/// Goes there: from here on it is this pod and no other of its name.
pub(super) fn enter(state: &mut State, now: Timestamp, inside: Inside, effects: &mut Vec<Effect>) {
    if let Err(why) = may(state, now) {
        return state.say(now, format!("`shell` is not possible: {why}"), true);
    }
    let ticket = state.orders.ticket();
    state.say(now, format!("opening a shell in {inside} …"), false);
    state.orders.visits.insert(ticket, inside.clone());
    effects.push(Effect::Aside(ticket, Aside::Visit { inside, at: now }));
}

/// Whoever is inside can change something: the rules of what does are its rules.
fn may(state: &State, now: Timestamp) -> Result<(), String> {
    let key = state.shown_run().ok_or("there is no run here")?;
    guard::may_write(state, &key, now)
}

/// The containers that are meant: of the step under the cursor, else of all that run.
fn places(state: &State, container: Option<&str>) -> Result<Vec<Inside>, String> {
    let key = state.shown_run().ok_or("there is no run here")?;
    let focus = state.focus_on(&key).ok_or("its steps are being read")?;
    let workflow = focus.workflow.as_ref().ok_or("its steps are being read")?;
    let name = |pod: &Pod| {
        let of = |step: &&crate::model::workflow::Step| pod.node_id.as_ref() == Some(&step.id);
        workflow
            .steps
            .iter()
            .find(of)
            .map(|step| step.display.clone())
    };
    let step = step_under_cursor(state).filter(|step| step.pod.is_some());
    let pods = focus.pods.values().filter(|pod| match step {
        Some(step) => {
            pod.node_id.as_ref() == Some(&step.id) || step.pod.as_ref() == Some(&pod.key.name)
        }
        None => true,
    });
    let places = inside::places(&key, pods, container, name);
    if !places.is_empty() {
        return Ok(places);
    }
    let whose = step.map_or("this run", |step| &*step.display);
    Err(match container {
        Some(container) => format!("no container {container} of {whose} runs now"),
        None => format!("no container of {whose} runs now"),
    })
}
