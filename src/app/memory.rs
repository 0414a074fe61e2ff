//! Where somebody left off in each context: namespaces, filter, order. Begun there again the next time.
//! Apart from the file that keeps it, which is the runtime's.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::choosing;
use crate::app::effect::Effect;
use crate::app::query::Query;
use crate::app::said::Level;
use crate::app::screens::failures::{FailuresScreen, Order};
use crate::app::select::SortKey;
use crate::app::state::{Connection, State, Tab, later};
use crate::model::delta::Scope;
use crate::model::key::Key;

/// Milliseconds something has stayed as it is before it is worth keeping.
const SETTLED: i64 = 1_000;

/// Where somebody left off in a context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Namespaces; none: all.
    pub namespaces: Vec<Arc<str>>,
    /// The filter as it was typed.
    pub filter: String,
    /// Name of the order; empty: by attention.
    pub sort: String,
    /// The other way round.
    pub reverse: bool,
    /// The filter of the Failures screen, its order, and that the other way round.
    #[serde(skip_serializing_if = "Causes::is_usual")]
    pub causes: Causes,
    /// The run whose page was open, and its tab.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<(Key, Tab)>,
}

/// How the Failures screen was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Causes {
    /// The filter as it was typed.
    pub filter: String,
    /// Name of the order; empty: most runs first.
    pub sort: String,
    /// The other way round.
    pub reverse: bool,
}

impl Causes {
    fn of(screen: &FailuresScreen) -> Self {
        Self {
            filter: screen.query.text().to_string(),
            sort: match screen.sort {
                Order::Most => String::new(),
                other => other.name().to_string(),
            },
            reverse: screen.reversed,
        }
    }

    fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Puts the screen as it was; a filter or an order of another version of this program is left out.
    fn restore(&self, screen: &mut FailuresScreen) {
        screen.query = Query::parse(&self.filter).unwrap_or_default();
        let named = |order: &Order| order.name() == self.sort;
        screen.sort = Order::ALL.into_iter().find(named).unwrap_or_default();
        screen.reversed = self.reverse;
    }
}

impl Memory {
    fn of(state: &State) -> Self {
        Self {
            namespaces: match &state.scope {
                Scope::All => Vec::new(),
                Scope::Namespaces(names) => names.clone(),
            },
            filter: state.runs.query.text().to_string(),
            sort: match state.runs.sort {
                SortKey::Attention => String::new(),
                other => other.name().to_string(),
            },
            reverse: state.runs.reversed,
            causes: Causes::of(&state.failures),
            open: match (&state.open, &state.returning) {
                (Some(page), _) => Some((page.key.clone(), page.tab)),
                (None, returning) => returning.clone(),
            },
        }
    }

    /// What is not as it is unless chosen, in words; empty: nothing.
    fn told(&self) -> String {
        let mut parts = Vec::new();
        if !self.namespaces.is_empty() {
            parts.push(format!("namespaces {}", self.namespaces.join(", ")));
        }
        if !self.filter.is_empty() {
            parts.push(format!("filter {}", self.filter));
        }
        if !self.sort.is_empty() || self.reverse {
            let sort = if self.sort.is_empty() {
                "attention"
            } else {
                &self.sort
            };
            let turned = if self.reverse { ", turned round" } else { "" };
            parts.push(format!("order {sort}{turned}"));
        }
        if !self.causes.filter.is_empty() {
            parts.push(format!("filter of failures {}", self.causes.filter));
        }
        if let Some((key, tab)) = &self.open {
            parts.push(format!("{} of {key}", tab.word()));
        }
        parts.join(" · ")
    }
}

/// What is remembered, by context.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memories {
    /// By the context's name.
    pub contexts: BTreeMap<String, Memory>,
    /// When the present is kept, if it is still what it is now.
    due: Option<(Memory, Timestamp)>,
}

impl Memories {
    /// What was kept.
    pub fn new(contexts: BTreeMap<String, Memory>) -> Self {
        Self {
            contexts,
            due: None,
        }
    }

    /// When something is due.
    pub fn due(&self) -> Option<Timestamp> {
        self.due.as_ref().map(|(_, at)| *at)
    }
}

/// Begins where somebody left off in this context, and says so where that hides or turns anything.
pub fn restore(state: &mut State, now: Timestamp, context: &str) {
    let known = state
        .memories
        .as_ref()
        .and_then(|all| all.contexts.get(context));
    let Some(mut memory) = known.cloned() else {
        state.returning = None;
        return;
    };
    match Query::parse(&memory.filter) {
        Ok(query) => state.runs.query = query,
        // A filter of another version of this program.
        Err(_) => memory.filter = String::new(),
    }
    state.runs.sort = SortKey::named(&memory.sort).unwrap_or_default();
    state.runs.reversed = memory.reverse;
    memory.causes.restore(&mut state.failures);
    memory.causes = Causes::of(&state.failures);
    memory.namespaces.retain(|name| !name.is_empty());
    state.scope = match memory.namespaces.is_empty() {
        true => Scope::All,
        false => Scope::Namespaces(memory.namespaces.clone()),
    };
    state.returning = memory.open.clone();
    let told = memory.told();
    if !told.is_empty() {
        state.tell(now, Level::Info, format!("as you left it: {told}"));
    }
}

/// Opens the run whose page was open, as soon as it is known; not where somebody touched a key meanwhile. One that is
/// gone is said, and one of its name that came since is another.
pub(super) fn back_to_run(state: &mut State, now: Timestamp) {
    let Some((key, tab)) = &state.returning else {
        return;
    };
    let (key, tab) = (key.clone(), *tab);
    let known = state.fleet.get(&key.uid).is_some();
    let moved = state.runs.held || state.open.is_some();
    if !(known || moved || state.fleet.complete()) {
        return;
    }
    state.returning = None;
    if known && !moved {
        state.runs.held = true;
        choosing::open_run(state, now, key, tab);
    } else if !moved {
        state.tell(
            now,
            Level::Info,
            format!("{key}, which you left open, is gone"),
        );
    }
}

/// Keeps what has stayed as it is for a moment, and at the end what there is.
pub(super) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let Connection::Up { context, .. } = &state.connection else {
        return;
    };
    let context = context.to_string();
    let present = Memory::of(state);
    let typing = state.prompt.is_some();
    let Some(memories) = &mut state.memories else {
        return;
    };
    let known = memories.contexts.get(&context);
    if known.map_or(present == Memory::default(), |known| *known == present) {
        memories.due = None;
        return;
    }
    let quits = effects.iter().position(|effect| *effect == Effect::Quit);
    let since = memories
        .due
        .as_ref()
        .filter(|(memory, _)| *memory == present);
    let due = since.map_or(later(now, SETTLED), |(_, at)| *at);
    if quits.is_none() && (typing || now < due) {
        memories.due = (!typing).then_some((present, due));
        return;
    }
    memories.due = None;
    memories.contexts.insert(context.clone(), present.clone());
    let keep = Effect::Remember(context, present);
    effects.insert(quits.unwrap_or(effects.len()), keep);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::app::key::KeyPress;
    use crate::app::keymap::{DEFAULT, Keymap};
    use crate::app::msg::{ClusterMsg, Msg};
    use crate::app::state::Options;
    use crate::app::update::{start, update};
    use crate::model::delta::{Delta, FeedEvent, Freshness};
    use crate::model::phase::Phase;
    use crate::model::row::Row;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn console(contexts: BTreeMap<String, Memory>) -> State {
        let mut state = State::new(Options {
            keymap: Keymap::parse(DEFAULT).0,
            ..Options::default()
        });
        state.memories = Some(Memories::new(contexts));
        restore(&mut state, at(0), "staging");
        start(&mut state);
        let session = state.session;
        let up = ClusterMsg::Connected {
            context: "staging".into(),
            server: "s".into(),
            version: "v".into(),
            user: None,
        };
        update(&mut state, at(0), Msg::Cluster(session, up));
        state
    }

    fn press(state: &mut State, second: i64, keys: &str) -> Vec<Effect> {
        let keys = KeyPress::parse_all(keys).unwrap();
        let all = keys
            .into_iter()
            .flat_map(|key| update(state, at(second), Msg::Key(key)));
        all.filter(|effect| matches!(effect, Effect::Remember(..) | Effect::Quit))
            .collect()
    }

    #[test]
    fn what_stays_is_kept_and_found_again() {
        let mut state = console(BTreeMap::new());
        assert_eq!(state.wake(), state.next_change, "nothing to keep");
        assert_eq!(press(&mut state, 1, "/ n s : p a y"), []);
        assert_eq!(
            update(&mut state, at(9), Msg::Tick),
            [],
            "it is still being typed"
        );
        assert_eq!(press(&mut state, 10, "enter"), []);
        let effects = update(&mut state, at(11), Msg::Tick);
        let [Effect::Remember(context, memory)] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!(
            (context.as_str(), memory.filter.as_str()),
            ("staging", "ns:pay")
        );
        assert_eq!(update(&mut state, at(99), Msg::Tick), [], "once");

        let kept = state.memories.clone().unwrap().contexts;
        let state = console(kept);
        assert_eq!(state.runs.query.text(), "ns:pay");
        let said: Vec<&str> = state.messages.shown().map(|m| m.text.as_str()).collect();
        assert_eq!(said, ["as you left it: filter ns:pay"]);
    }

    #[test]
    fn how_failures_were_looked_at_is_kept_too() {
        let mut state = console(BTreeMap::new());
        press(&mut state, 1, "2 / n s : p a y enter");
        state.failures.order(Order::Newest, true);
        update(&mut state, at(2), Msg::Tick);
        let effects = update(&mut state, at(9), Msg::Tick);
        assert!(
            matches!(&effects[..], [Effect::Remember(..)]),
            "{effects:?}"
        );
        let kept = state.memories.clone().unwrap().contexts;
        let state = console(kept);
        let screen = &state.failures;
        assert_eq!(
            (screen.query.text(), screen.sort, screen.reversed),
            ("ns:pay", Order::Newest, true)
        );
        let said: Vec<&str> = state.messages.shown().map(|m| m.text.as_str()).collect();
        assert_eq!(said, ["as you left it: filter of failures ns:pay"]);
    }

    fn rows(state: &mut State, second: i64, names: &[&str]) {
        let row = |name: &&str| Row {
            key: Key::new("pay", *name, *name),
            version: 1,
            created: Some(at(0)),
            phase: Phase::Running,
            completed: false,
            message: None,
            labels: Vec::new().into(),
            malformed: None,
            series: None,
        };
        let rows = names.iter().map(row).collect();
        let event = FeedEvent::Deltas(vec![Delta::Reset(rows)]);
        let session = state.session;
        for event in [event, FeedEvent::Freshness(Freshness::Live)] {
            let msg = Msg::Cluster(session, ClusterMsg::Rows(None, event));
            update(state, at(second), msg);
        }
    }

    #[test]
    fn the_page_that_was_open_is_opened_again_and_only_of_that_object() {
        let mut state = console(BTreeMap::new());
        rows(&mut state, 1, &["a", "b"]);
        press(&mut state, 2, "j y");
        update(&mut state, at(3), Msg::Tick);
        let kept = state.memories.clone().unwrap().contexts;
        assert_eq!(
            kept["staging"].open,
            Some((Key::new("pay", "b", "b"), Tab::Yaml))
        );

        let mut state = console(kept.clone());
        rows(&mut state, 1, &["a", "b"]);
        let page = state.page().map(|page| (&*page.key.name, page.tab));
        assert_eq!(page, Some(("b", Tab::Yaml)));

        let mut state = console(kept.clone());
        rows(&mut state, 1, &["a"]);
        assert!(state.page().is_none());
        let last = state.messages.all().next().map(|m| m.text.clone());
        assert_eq!(last.as_deref(), Some("pay/b, which you left open, is gone"));

        let mut state = console(kept);
        press(&mut state, 1, "j");
        rows(&mut state, 2, &["a", "b"]);
        assert!(state.page().is_none(), "who began to work stays there");
    }

    #[test]
    fn the_end_keeps_what_there_is_before_it_ends() {
        let mut state = console(BTreeMap::new());
        press(&mut state, 1, "s down enter");
        let effects = press(&mut state, 1, "q");
        let sort = |effect: &Effect| match effect {
            Effect::Remember(_, memory) => memory.sort.clone(),
            _ => String::new(),
        };
        assert_eq!(effects.len(), 2);
        assert_eq!(
            (sort(&effects[0]).as_str(), &effects[1]),
            ("newest", &Effect::Quit)
        );
    }

    #[test]
    fn what_cannot_be_meant_any_more_is_left_out() {
        let memory = Memory {
            namespaces: vec!["a".into(), "".into()],
            filter: "colour:red".into(),
            sort: "beauty".into(),
            reverse: true,
            causes: Causes {
                filter: "colour:red".into(),
                sort: "beauty".into(),
                reverse: false,
            },
            open: None,
        };
        let state = console(BTreeMap::from([("staging".to_string(), memory)]));
        assert!(state.runs.query.is_empty() && state.failures.query.is_empty());
        assert_eq!(state.failures.sort, Order::Most);
        assert_eq!(state.runs.sort, SortKey::Attention);
        assert_eq!(state.scope, Scope::Namespaces(vec!["a".into()]));
    }
}
