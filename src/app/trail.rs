//! Where a person has been and what was marked: places, the way back and forward between them, and marks by letter.
//! Apart from the screens, because a place is a screen with everything that decides what it shows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::choosing::switch;
use crate::app::effect::Effect;
use crate::app::prompt;
use crate::app::query::Query;
use crate::app::screens::run::RunPage;
use crate::app::state::{Screen, State};
use crate::model::delta::Scope;
use crate::model::key::Uid;

/// Places remembered in each direction.
const KEPT: usize = 100;

/// Somewhere a person can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The context.
    context: Option<Arc<str>>,
    /// The namespaces.
    scope: Scope,
    /// The screen.
    #[serde(default)]
    screen: Screen,
    /// The filter of the list.
    query: Query,
    /// The run under the cursor of the list.
    on: Option<Uid>,
    /// The Run page, while it was open.
    page: Option<RunPage>,
}

impl Place {
    fn of(state: &State) -> Self {
        Self {
            context: state.context.clone(),
            scope: state.scope.clone(),
            screen: state.screen,
            query: state.runs.query.clone(),
            on: state.runs.cursor.on().cloned(),
            page: state.page().map(RunPage::remembered),
        }
    }

    /// It is the same place, whatever the cursor stands on there.
    fn is(&self, other: &Self) -> bool {
        let run = |place: &Self| place.page.as_ref().map(|page| page.key.uid.clone());
        self.context == other.context
            && self.scope == other.scope
            && self.screen == other.screen
            && self.query == other.query
            && run(self) == run(other)
    }
}

/// `payments/t42 · Log`, or `Runs of payments /status:failed`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(page) = &self.page {
            write!(f, "{} · {}", page.key, page.tab.word())?;
        } else {
            let what = match self.screen {
                Screen::Runs => "Runs",
                Screen::Origins => "Templates and crons",
                Screen::Failures => "Failures",
                Screen::Tasks => "Tasks",
            };
            match &self.scope {
                Scope::All => write!(f, "{what} of all namespaces")?,
                Scope::Namespaces(names) => write!(f, "{what} of {}", names.join(", "))?,
            }
            if !self.query.is_empty() && self.screen == Screen::Runs {
                write!(f, " /{}", self.query)?;
            }
        }
        match &self.context {
            Some(context) => write!(f, " @{context}"),
            None => Ok(()),
        }
    }
}

/// The way a person came, and marks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    here: Option<Place>,
    back: Vec<Place>,
    forward: Vec<Place>,
    marks: BTreeMap<char, Place>,
}

impl Trail {
    /// Marks with what they are of.
    pub fn marks(&self) -> impl Iterator<Item = (char, &Place)> {
        self.marks.iter().map(|(letter, place)| (*letter, place))
    }

    /// There is a place to go to in this direction.
    pub fn leads(&self, forward: bool) -> bool {
        match forward {
            true => !self.forward.is_empty(),
            false => !self.back.is_empty(),
        }
    }
}

/// Notes where a person is now. A filter that is still being typed is no place.
pub(super) fn settle(state: &mut State) {
    if state.prompt.is_some() || state.overlay.is_some() || state.line.is_some() {
        return;
    }
    let now = Place::of(state);
    let trail = &mut state.trail;
    if let Some(here) = trail.here.take().filter(|here| !here.is(&now)) {
        push(&mut trail.back, here);
        trail.forward.clear();
    }
    trail.here = Some(now);
}

fn push(places: &mut Vec<Place>, place: Place) {
    if places.len() == KEPT {
        places.remove(0);
    }
    places.push(place);
}

/// To the place before this one, or to the one after it.
pub(super) fn walk(state: &mut State, forward: bool, effects: &mut Vec<Effect>) {
    let here = Place::of(state);
    let trail = &mut state.trail;
    let (from, to) = match forward {
        true => (&mut trail.forward, &mut trail.back),
        false => (&mut trail.back, &mut trail.forward),
    };
    if let Some(place) = from.pop() {
        push(to, here);
        trail.here = Some(place.clone());
        go(state, place, effects);
    }
}

/// Marks this place with a letter.
pub(super) fn mark(state: &mut State, now: Timestamp, letter: char) {
    let place = Place::of(state);
    let text = format!("`{letter}` is {place}");
    state.trail.marks.insert(letter, place);
    state.say(now, text, false);
}

/// To a marked place; the way back leads here.
pub(super) fn to_mark(state: &mut State, now: Timestamp, letter: char, effects: &mut Vec<Effect>) {
    match state.trail.marks.get(&letter).cloned() {
        Some(place) => go(state, place, effects),
        None => state.say(now, format!("nothing is marked `{letter}`"), true),
    }
}

fn go(state: &mut State, place: Place, effects: &mut Vec<Effect>) {
    if place.context != state.context || place.scope != state.scope {
        switch(state, place.context, place.scope, effects);
    }
    prompt::set_query(state, place.query);
    if let Some(uid) = place.on.filter(|uid| state.fleet.get(uid).is_some()) {
        state.runs.cursor.put(uid);
    }
    state.screen = place.screen;
    state.open = place.page;
}
