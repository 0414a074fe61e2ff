//! Keys in a list over the screen, and what taking one of its lines does.
//! Apart from what is listed, which the overlay knows, and from commands, which work on the screen below.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::act::{self, connect};
use crate::app::command::{self, Command};
use crate::app::compare;
use crate::app::copy;
use crate::app::cursor::Move;
use crate::app::effect::Effect;
use crate::app::failures;
use crate::app::inside;
use crate::app::key::KeyPress;
use crate::app::keymap::Found;
use crate::app::manners;
use crate::app::memory;
use crate::app::moving::movement;
use crate::app::orders;
use crate::app::origins;
use crate::app::overlay::{Item, Overlay, OverlayKind};
use crate::app::prompt;
use crate::app::qaruns;
use crate::app::query::FIELDS;
use crate::app::report;
use crate::app::state::{Pane, PromptKind, State, Tab};
use crate::app::trail;
use crate::app::why;
use crate::model::delta::Scope;
use crate::model::key::Key;

/// A command while a list lies over the screen.
pub(super) fn in_overlay(
    state: &mut State,
    now: Timestamp,
    command: Command,
    effects: &mut Vec<Effect>,
) {
    let Some(mut overlay) = state.overlay.take() else {
        return;
    };
    let choices = overlay.choices(state, now);
    let items: Vec<Item> = choices.into_iter().map(|choice| choice.item).collect();
    match command {
        Command::Clear => return,
        Command::Accept | Command::Mark if overlay.kind == OverlayKind::Columns => {
            if let Some(Item::Column(column)) = overlay.under(&items) {
                let hidden = &mut state.runs.hidden;
                if !hidden.remove(&column) {
                    hidden.insert(column);
                }
            }
        }
        Command::Accept => {
            if let Some(item) = overlay.under(&items) {
                return choose(state, now, item, &overlay, effects);
            }
        }
        Command::Mark => {
            if let (OverlayKind::Namespaces, Some(Item::Namespace(name))) =
                (&overlay.kind, overlay.under(&items))
            {
                if !overlay.marked.remove(&name) {
                    overlay.marked.insert(name);
                }
                overlay.go(&items, Move::By(1));
            } else if !overlay.takes_letters() && !overlay.is_read() {
                // Where nothing can be marked a space is a space.
                overlay.editor.paste(" ");
                overlay.typed();
            }
        }
        command => {
            if let Some(how) = movement(command, overlay.height) {
                overlay.go(&items, how);
            }
        }
    }
    state.overlay = Some(overlay);
}

/// A click on a line takes it.
pub(super) fn click(state: &mut State, now: Timestamp, item: Item, effects: &mut Vec<Effect>) {
    if let Some(overlay) = &mut state.overlay {
        overlay.cursor.put(item.clone());
        overlay.shown = Some(item);
        in_overlay(state, now, Command::Accept, effects);
    }
}

/// A key that no command of a list wants: a letter of a menu takes its line, any other text narrows the list.
pub(super) fn typed(
    state: &mut State,
    now: Timestamp,
    pressed: KeyPress,
    effects: &mut Vec<Effect>,
) {
    let Some(mut overlay) = state.overlay.take() else {
        return;
    };
    if overlay.is_read() {
        return in_text(state, now, pressed, overlay, effects);
    }
    if !overlay.takes_letters() {
        // Who begins with the key that filters elsewhere means what is done here without it.
        let begins = overlay.editor.text().is_empty() && pressed.typed() == Some('/');
        if !begins && overlay.editor.key(pressed) {
            overlay.typed();
        }
        state.overlay = Some(overlay);
        return;
    }
    let Some(letter) = pressed.typed() else {
        state.overlay = Some(overlay);
        return;
    };
    if overlay.kind == OverlayKind::Bulk {
        state.overlay = Some(overlay);
        return match state.keymap.find(&[command::Scope::Global], &[pressed]) {
            Found::Command(Command::Undo) => orders::undo::last(state, now),
            _ => orders::bulk::letter(state, letter),
        };
    }
    let choices = overlay.choices(state, now);
    let own = choices
        .into_iter()
        .find(|choice| choice.left == letter.to_string())
        .map(|choice| choice.item);
    match (own, &overlay.kind) {
        // Any letter can be a mark, whether it is one already or not.
        (_, OverlayKind::Marks { .. }) => {
            choose(state, now, Item::Mark(letter), &overlay, effects);
        }
        (Some(item), _) => choose(state, now, item, &overlay, effects),
        (None, _) => state.overlay = Some(overlay),
    }
}

/// There is nothing to type in what is only read, so that letters move in it as in every list and keys of the screens mean
/// what they do there.
fn in_text(
    state: &mut State,
    now: Timestamp,
    pressed: KeyPress,
    mut overlay: Overlay,
    effects: &mut Vec<Effect>,
) {
    let scopes = [
        command::Scope::List,
        match overlay.kind {
            OverlayKind::Report { .. } => command::Scope::Log,
            _ => command::Scope::Steps,
        },
        command::Scope::Global,
    ];
    let Found::Command(command) = state.keymap.find(&scopes, &[pressed]) else {
        state.overlay = Some(overlay);
        return;
    };
    // The key that leads back everywhere does so here.
    if command == Command::Quit {
        return;
    }
    let choices = overlay.choices(state, now).into_iter();
    let items: Vec<Item> = choices.map(|choice| choice.item).collect();
    if let Some(how) = movement(command, overlay.height) {
        overlay.go(&items, how);
    } else {
        match (&overlay.kind, overlay.under(&items)) {
            (OverlayKind::Why { key, branch }, _) if command == Command::Copy => {
                why::copy(state, now, key, branch.as_deref(), effects);
            }
            (OverlayKind::Compare, Some(Item::Difference(line))) => {
                compare::key(state, now, command, Some(&line), effects);
                if command == Command::ShowLog {
                    compare::to_log(state, now, &mut overlay);
                }
            }
            (OverlayKind::Compare, _) => compare::key(state, now, command, None, effects),
            (OverlayKind::Report { key }, _) => report::key(state, now, (key, command), effects),
            _ => {}
        }
    }
    state.overlay = Some(overlay);
}

fn choose(
    state: &mut State,
    now: Timestamp,
    item: Item,
    overlay: &Overlay,
    effects: &mut Vec<Effect>,
) {
    let marked: &BTreeSet<Arc<str>> = &overlay.marked;
    let context = state.context.clone();
    match item {
        Item::Namespace(name) if matches!(overlay.kind, OverlayKind::LaunchIn { .. }) => {
            if let OverlayKind::LaunchIn { key } = &overlay.kind {
                origins::launch_in(state, now, key, name, effects);
            }
        }
        Item::Origin(key) => origins::open(state, Some(key)),
        Item::Command(command) => act::act(state, now, command, effects),
        Item::Field(at) => {
            let (kind, query) = match failures::are_shown(state) {
                true => (PromptKind::Failures, &state.failures.query),
                false => (PromptKind::Filter, &state.runs.query),
            };
            let amends = !query.is_empty();
            prompt::open(state, kind);
            if amends {
                prompt::paste(state, now, " ");
            }
            prompt::paste(state, now, FIELDS[at.min(FIELDS.len() - 1)].0);
        }
        // There is nothing to do about a problem here, the file is; a column was turned on or off already.
        Item::Problem(_) | Item::Column(_) | Item::Done(_) => {}
        // A line of a text leads nowhere: the text stays.
        Item::Line(_) => state.overlay = Some(overlay.clone()),
        Item::Sort(key) => {
            let reversed = key == state.runs.sort && !state.runs.reversed;
            state.runs.order(key, reversed);
        }
        Item::Order(order) => {
            let screen = &mut state.failures;
            screen.order(order, order == screen.sort && !screen.reversed);
        }
        Item::Container(inside) => inside::enter(state, now, inside, effects),
        Item::Agent(key) => qaruns::of_agent(state, now, &key),
        Item::Message(number) => manners::open_message(state, now, number),
        Item::Context(name) => {
            memory::restore(state, now, &name);
            let scope = state.scope.clone();
            switch(state, Some(name), scope, effects);
        }
        Item::AllNamespaces | Item::Namespace(_) if !marked.is_empty() => {
            let names = marked.iter().cloned().collect();
            switch(state, context, Scope::Namespaces(names), effects);
        }
        Item::AllNamespaces => switch(state, context, Scope::All, effects),
        Item::Namespace(name) => {
            switch(state, context, Scope::Namespaces(vec![name]), effects);
        }
        Item::Evidence(id) => {
            if let OverlayKind::Why { key, branch } = &overlay.kind {
                why::go(state, now, (key, branch.as_deref()), &id, effects);
            }
        }
        Item::Difference(line) => compare::go(state, now, &line, overlay, effects),
        Item::Run(key) => open_run(state, now, key, Tab::Summary),
        Item::Step(id) => to_step(state, &id),
        Item::Copy(what) => copy::take(state, now, overlay, what, effects),
        Item::Mark(letter) => match overlay.kind {
            OverlayKind::Marks { set: true } => trail::mark(state, now, letter),
            _ => trail::to_mark(state, now, letter, effects),
        },
    }
}

/// Opens the page of the run that was shown. Another run of its name is another run.
pub(super) fn open_run(state: &mut State, now: Timestamp, key: Key, tab: Tab) {
    if state.fleet.get(&key.uid).is_none() {
        return state.say(now, format!("{key} is gone; nothing was opened"), true);
    }
    state.runs.cursor.put(key.uid.clone());
    state.open = Some(qaruns::page(state, key, tab));
}

/// Puts the cursor of the Run page on a step, opening what hides it.
pub(super) fn to_step(state: &mut State, id: &Arc<str>) {
    let (Some(page), Some(focus)) = (&mut state.open, &state.focus) else {
        return;
    };
    if let Some(branch) = focus.branch(id) {
        focus.tree().reveal(&mut page.folds, branch);
        page.cursor.put(id.clone());
        page.pane = Pane::Steps;
    }
}

/// Another context or other namespaces: a new session that knows nothing yet.
pub(super) fn switch(
    state: &mut State,
    context: Option<Arc<str>>,
    scope: Scope,
    effects: &mut Vec<Effect>,
) {
    if state.context != context {
        state.reaching = None;
    }
    state.context = context;
    state.scope = scope;
    connect(state, effects);
}
