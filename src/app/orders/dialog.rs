//! The question before anything is changed: what would be done, to which object, by which requests.
//! Apart from lists that lie over a screen: here a wrong key must do nothing.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bulk::{self, Item};
use super::edit::{self, Draft};
use super::form::Form;
use super::{TYPED_AHEAD, Ticket, guard, onward, prepare, sending};
use crate::app::command::{Command, Scope};
use crate::app::cursor::Move;
use crate::app::editor::Editor;
use crate::app::effect::Effect;
use crate::app::key::KeyPress;
use crate::app::moving::movement;
use crate::app::state::{State, later};
use crate::app::tasks;
use crate::model::act::{Cannot, Operation, Order, Prepared, Shown};
use crate::model::key::Key;

/// What the dialog shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Face {
    /// The object is being read.
    Reading,
    /// The editor has its manifest, and the terminal.
    Editing,
    /// It is not possible: one sentence on why and what is instead.
    Refused(String),
    /// Values are typed.
    Filling(Box<Prepared>),
    /// What would be done, to be agreed to.
    Agree(Box<Prepared>),
}

/// So many runs are seen in one look; of more it is told how many they are by whoever agrees.
const MANY: usize = 20;

/// The runs that are marked, as the question is about all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Many {
    /// Those it is done to, in their order.
    pub items: Vec<Item>,
    /// Those it is not, and why.
    pub skipped: Vec<(Key, Arc<str>)>,
    /// How many of all these the list does not show as it is filtered.
    #[serde(default)]
    pub unseen: usize,
}

impl Many {
    /// It is about this object already.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.items.iter().any(|item| item.order.key == *key)
    }
}

/// A question that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dialog {
    /// Its number; the answer of the server has the same.
    pub ticket: Ticket,
    /// What is asked, of which object.
    pub order: Order,
    /// When the server was asked what would be done.
    pub asked: Timestamp,
    /// It is about these; `order` is the first of them.
    pub many: Option<Many>,
    /// What it shows.
    pub face: Face,
    /// Values that are asked for.
    pub form: Option<Form>,
    /// What is being edited, where it is about that.
    pub draft: Option<Draft>,
    /// They have been given.
    pub filled: bool,
    /// What has to be typed first, as it is typed.
    pub typed: Option<Editor>,
    /// When keys are heard; `None`: they are.
    pub ready: Option<Timestamp>,
    /// Why it is asked again.
    pub notice: Option<String>,
    /// The answer that enter gives: yes, or no, which it is until somebody turns it.
    pub yes: bool,
    /// First line shown.
    pub top: usize,
    /// Lines that fit, and lines there are, as drawn last.
    pub room: (usize, usize),
}

impl Dialog {
    /// Opened; the object is being read.
    pub fn new(ticket: Ticket, order: Order, asked: Timestamp) -> Self {
        Self {
            ticket,
            draft: Draft::of(&order),
            order,
            asked,
            many: None,
            face: Face::Reading,
            form: None,
            filled: false,
            typed: None,
            ready: None,
            notice: None,
            yes: false,
            top: 0,
            room: (0, 0),
        }
    }

    /// The scope its keys are looked up in.
    pub fn scope(&self) -> Scope {
        match (&self.face, &self.typed) {
            (Face::Filling(_), _) | (Face::Agree(_), Some(_)) => Scope::Prompt,
            _ => Scope::Dialog,
        }
    }

    /// What can be changed about it before it is agreed to.
    pub fn has_values(&self) -> bool {
        match &self.face {
            _ if self.many.is_some() => false,
            Face::Agree(prepared) => !prepared.preview.fields.is_empty() || self.form.is_some(),
            _ => false,
        }
    }

    /// It can be edited again.
    pub fn has_draft(&self) -> bool {
        self.draft.is_some() && matches!(self.face, Face::Refused(_) | Face::Agree(_))
    }

    /// The server has been asked.
    pub(super) fn answered(&mut self, now: Timestamp, answer: Result<Prepared, Cannot>) {
        self.ready = Some(later(now, TYPED_AHEAD));
        self.top = 0;
        self.yes = false;
        self.face = match (answer, &mut self.draft) {
            (Err(why), Some(draft)) => Face::Refused(draft.refused(&self.order, &why)),
            (answer, _) => return self.judged(answer),
        };
    }

    fn judged(&mut self, answer: Result<Prepared, Cannot>) {
        self.face = match answer {
            Err(why @ Cannot::Mistaken(_)) => Face::Refused(why.to_string()),
            Err(Cannot::Refused(why)) => Face::Refused(why.to_string()),
            Err(Cannot::Trouble(why)) => Face::Refused(format!("{why}. {}", why.hint())),
            Ok(prepared) if !self.filled && self.wants_form(&prepared) => {
                self.fill(prepared);
                return;
            }
            Ok(prepared) => Face::Agree(Box::new(prepared)),
        };
    }

    /// What must be given, or is usually given, before it can be done.
    fn wants_form(&self, prepared: &Prepared) -> bool {
        let fields = &prepared.preview.fields;
        match &self.order.operation {
            Operation::Launch { .. } | Operation::Approve { .. } => !fields.is_empty(),
            Operation::Reject { .. } | Operation::Bypass { .. } => true,
            _ => fields
                .iter()
                .any(|field| field.required && field.default.is_none()),
        }
    }

    fn fill(&mut self, prepared: Prepared) {
        let words = self.order.operation.asks_why();
        let form = || Form::new(prepared.preview.fields.clone(), words);
        // What was typed already is not typed again.
        let mut form = self.form.take().unwrap_or_else(form);
        form.to(0);
        form.tried = false;
        self.form = Some(form);
        self.face = Face::Filling(Box::new(prepared));
    }
}

/// A command while the dialog is open.
pub(in crate::app) fn command(
    state: &mut State,
    now: Timestamp,
    command: Command,
    effects: &mut Vec<Effect>,
) {
    let Some(mut dialog) = state.orders.dialog.take() else {
        return;
    };
    let deaf = dialog.ready.is_some_and(|ready| now < ready);
    match command {
        Command::Clear => {
            let verb = dialog.order.operation.verb();
            let text = match &dialog.many {
                None => format!("{verb} {}: nothing was sent", dialog.order.key),
                Some(many) => format!("{verb} {} runs: nothing was sent", many.items.len()),
            };
            edit::closed(&dialog, now, effects);
            return state.say(now, text, false);
        }
        // Keys that were meant for what lay there before.
        _ if deaf => {}
        Command::Confirm => return confirm(state, now, dialog, effects),
        Command::Accept => match &dialog.face {
            Face::Filling(_) => return filled(state, now, dialog, effects),
            Face::Agree(_) if dialog.yes || dialog.typed.is_some() => {
                return confirm(state, now, dialog, effects);
            }
            Face::Agree(_) | Face::Refused(_) => {
                state.orders.dialog = Some(dialog);
                return self::command(state, now, Command::Clear, effects);
            }
            Face::Reading | Face::Editing => {}
        },
        Command::EditAgain if dialog.has_draft() => return edit::again(state, dialog, effects),
        Command::TurnAnswer => dialog.yes = !dialog.yes && matches!(dialog.face, Face::Agree(_)),
        Command::ChangeValues => {
            if dialog.has_values()
                && let Face::Agree(prepared) = dialog.face.clone()
            {
                dialog.filled = false;
                dialog.fill(*prepared);
            }
        }
        other => moved(&mut dialog, other),
    }
    state.orders.dialog = Some(dialog);
}

fn moved(dialog: &mut Dialog, command: Command) {
    if let (Some(form), Face::Filling(_)) = (&mut dialog.form, &dialog.face) {
        match command {
            Command::Complete | Command::Down => form.go(1),
            Command::Up => form.go(-1),
            _ => {}
        }
        return;
    }
    let last = dialog.room.1.saturating_sub(dialog.room.0);
    if let Some(how) = movement(command, dialog.room.0) {
        dialog.top = match how {
            Move::By(lines) => dialog.top.saturating_add_signed(lines).min(last),
            Move::First => 0,
            Move::Last => last,
        };
    }
}

/// What has to be typed before this is sent, and what that is called: the name of a protected context, or how many runs
/// it is about where those are many and something of them is lost.
pub fn to_type(state: &State, dialog: &Dialog) -> Option<(&'static str, String)> {
    let count = dialog.many.as_ref().map_or(1, |many| many.items.len());
    let loses = dialog.order.operation.is_destructive();
    if guard::is_protected(state) && (loses || count > 10) {
        return Some(("the context's name", guard::context(state).to_string()));
    }
    (loses && count > MANY).then(|| ("how many runs it is about", count.to_string()))
}

/// A key that is no command: text for what is typed.
pub(in crate::app) fn typed(state: &mut State, now: Timestamp, key: KeyPress) {
    let Some(dialog) = &mut state.orders.dialog else {
        return;
    };
    if dialog.ready.is_some_and(|ready| now < ready) {
        return;
    }
    match (&dialog.face, &mut dialog.form, &mut dialog.typed) {
        (Face::Filling(_), Some(form), _) => form.typed(key),
        (Face::Agree(_), _, Some(editor)) => {
            editor.key(key);
        }
        _ => {}
    }
}

/// Pasted text, for what is typed.
pub(in crate::app) fn paste(state: &mut State, text: &str) {
    let Some(dialog) = &mut state.orders.dialog else {
        return;
    };
    match (&dialog.face, &mut dialog.form, &mut dialog.typed) {
        (Face::Filling(_), Some(form), _) => form.paste(text),
        (Face::Agree(_), _, Some(editor)) => editor.paste(text),
        _ => {}
    }
}

/// Enter in a form: when all is well the order is asked about again, with the values.
fn filled(state: &mut State, now: Timestamp, mut dialog: Dialog, effects: &mut Vec<Effect>) {
    let Some(form) = &mut dialog.form else {
        return;
    };
    if !form.accept() {
        state.orders.dialog = Some(dialog);
        return;
    }
    let (mut values, said) = form.given();
    if matches!(
        dialog.order.operation,
        Operation::Retry { .. } | Operation::Resubmit { .. }
    ) {
        // What stays as it is is no change.
        let entries = &form.entries;
        values.retain(|value| {
            let entry = entries.iter().find(|entry| entry.field.name == value.name);
            entry.is_none_or(|entry| entry.field.default.as_ref() != Some(&value.value))
        });
    }
    let form = dialog.form.take();
    let operation = dialog.order.operation.with(values, said);
    let order = Order {
        operation,
        ..dialog.order
    };
    let ticket = state.orders.ticket();
    let asked = Dialog {
        form,
        filled: true,
        notice: dialog.notice,
        ..Dialog::new(ticket, order.clone(), now)
    };
    state.orders.dialog = Some(asked);
    effects.push(prepare(state, now, ticket, order));
}

/// Yes: the order goes out, if what is asked besides is there.
fn confirm(state: &mut State, now: Timestamp, mut dialog: Dialog, effects: &mut Vec<Effect>) {
    let Face::Agree(prepared) = &dialog.face else {
        state.orders.dialog = Some(dialog);
        return;
    };
    if !prepared.denied.is_empty() {
        let why = prepared.denied.join("; ");
        state.orders.dialog = Some(dialog);
        return state.say(now, why, true);
    }
    if let Err(why) = guard::may_write(state, &dialog.order.key, now) {
        state.orders.dialog = Some(dialog);
        return state.say(now, format!("not sent: {why}"), true);
    }
    // What nobody can have read nobody can have agreed to.
    if dialog.room.0 == 0 && dialog.room.1 > 0 {
        state.orders.dialog = Some(dialog);
        let text = "not sent: this window is too small to show what would be; make it larger";
        return state.say(now, text, true);
    }
    match (&dialog.typed, to_type(state, &dialog)) {
        (None, Some(_)) => {
            dialog.typed = Some(Editor::default());
            state.orders.dialog = Some(dialog);
            return;
        }
        (Some(editor), Some((what, word))) if editor.text() != word => {
            let text = format!("not sent: type {what}, {word}");
            state.orders.dialog = Some(dialog);
            return state.say(now, text, true);
        }
        _ => {}
    }
    if let Some(many) = dialog.many {
        if dialog.order.operation.is_of_nothing() {
            // Who asks again means others.
            state.tasks.marks.clear();
        }
        return bulk::agreed(state, now, many, effects);
    }
    let shown = Shown {
        phase: prepared.preview.phase.clone(),
        asked: dialog.asked,
        digest: Some(prepared.preview.digest),
    };
    let order = dialog.order.clone();
    if order.operation.is_of_nothing() {
        // What was agreed to is on its way; the form would only be in it.
        if let Some(draft) = state.drafts.shown() {
            tasks::keep(&mut state.tasks, draft);
        }
        state.drafts.sent(&order.key);
    }
    sending::agreed(state, now, dialog.order, shown, effects);
    onward::go(state, now, &order);
}
