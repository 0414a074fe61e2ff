//! An edit, from the manifest that is read to the text that comes back from the editor, as often as it takes.
//! Apart from the dialog that shows what it would do, and from who has the terminal meanwhile.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dialog::{Dialog, Face};
use super::{Ticket, guard, prepare};
use crate::app::aside::{Aside, Ended};
use crate::app::effect::Effect;
use crate::app::said::Level;
use crate::app::state::State;
use crate::model::act::{Cannot, Operation, Order};
use crate::model::manifest::{Hidden, Manifest, Mistake, Sheet, headed, is_blank, parted};

/// An edit under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What the editor was given, without what stands above it.
    given: Hidden,
    /// What stands above it when it is edited again.
    notes: Vec<Mistake>,
    /// The text itself is wrong: it is edited again as it is.
    mistaken: bool,
    /// Something was written: it is not thrown away without a word.
    touched: bool,
}

impl Draft {
    /// Of an order that edits: with what was written already, if something was.
    pub(super) fn of(order: &Order) -> Option<Self> {
        let touched = !manifest(order)?.text.text().is_empty();
        Some(Self {
            touched,
            ..Self::default()
        })
    }

    /// Why it was refused, for who edits it again; as it is told on the screen.
    pub(super) fn refused(&mut self, order: &Order, why: &Cannot) -> String {
        self.mistaken = matches!(why, Cannot::Mistaken(_));
        self.notes = match why {
            Cannot::Mistaken(mistakes) => mistakes.clone(),
            Cannot::Refused(why) => vec![Mistake::of(why.to_string())],
            Cannot::Trouble(why) => vec![Mistake::of(why.to_string())],
        };
        let text = manifest(order).map_or("", |manifest| manifest.text.text());
        let (above, _) = headed(order.kind, &order.key, text, &self.notes);
        match why {
            Cannot::Trouble(why) => format!("{why}. {}", why.hint()),
            _ => {
                let lines = self.notes.iter().map(|note| note.sentence(above));
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

fn manifest(order: &Order) -> Option<&Manifest> {
    match &order.operation {
        Operation::Edit { manifest } => Some(manifest),
        _ => None,
    }
}

/// Whether this order edits something of which nothing has been read yet.
pub(super) fn begins(order: &Order) -> bool {
    manifest(order).is_some_and(|manifest| manifest.read.text().is_empty())
}

/// The dialog of this number, where it is about an edit.
fn dialog(state: &mut State, ticket: Ticket) -> Option<&mut Dialog> {
    let dialog = state.orders.dialog.as_mut()?;
    (dialog.ticket == ticket && dialog.draft.is_some()).then_some(dialog)
}

/// The manifest was read: it goes to the editor.
pub(in crate::app) fn read(
    state: &mut State,
    now: Timestamp,
    ticket: Ticket,
    answer: Result<Sheet, Cannot>,
    effects: &mut Vec<Effect>,
) {
    let Some(dialog) = dialog(state, ticket) else {
        return;
    };
    match answer {
        Err(why) => dialog.answered(now, Err(why)),
        Ok(Sheet { manifest, notes }) => {
            dialog.order.operation = Operation::Edit { manifest };
            if let Some(draft) = &mut dialog.draft {
                draft.notes.extend(notes);
            }
            open(dialog, effects);
        }
    }
}

/// Gives the text to the editor, with what a person should know above it.
fn open(dialog: &mut Dialog, effects: &mut Vec<Effect>) {
    let (Some(draft), Some(manifest)) = (&mut dialog.draft, manifest(&dialog.order)) else {
        return;
    };
    let order = &dialog.order;
    let (_, text) = headed(order.kind, &order.key, manifest.text.text(), &draft.notes);
    draft.given = parted(&text).1.into();
    dialog.face = Face::Editing;
    dialog.ready = None;
    let aside = Aside::Edit {
        name: order.key.name.to_string(),
        text: text.into(),
    };
    effects.push(Effect::Aside(dialog.ticket, aside));
}

/// `e`: the editor again. What others changed meanwhile is read first, unless the text itself is wrong.
pub(super) fn again(state: &mut State, mut dialog: Dialog, effects: &mut Vec<Effect>) {
    let mistaken = dialog.draft.as_ref().is_some_and(|draft| draft.mistaken);
    dialog.ticket = state.orders.ticket();
    dialog.notice = None;
    if mistaken {
        open(&mut dialog, effects);
    } else {
        dialog.face = Face::Reading;
        let order = Box::new(dialog.order.clone());
        effects.push(Effect::ReadManifest(state.session, dialog.ticket, order));
    }
    state.orders.dialog = Some(dialog);
}

/// Whether the editor of an edit had the terminal; then what it left behind is taken.
pub(in crate::app) fn is_back(
    state: &mut State,
    now: Timestamp,
    ticket: Ticket,
    told: &Result<Ended, String>,
    effects: &mut Vec<Effect>,
) -> bool {
    let edits = dialog(state, ticket).is_some_and(|dialog| dialog.face == Face::Editing);
    if !edits {
        return false;
    }
    let why = match told {
        Ok(ended) if ended.is_good() => {
            effects.push(Effect::TakeSheet(ticket));
            return true;
        }
        Ok(ended) => format!("the editor {ended}"),
        Err(why) => why.clone(),
    };
    effects.push(Effect::DropSheet(ticket));
    if let Some(dialog) = state.orders.dialog.take() {
        give_up(state, now, &dialog, &why, effects);
    }
    true
}

/// The text that the editor left behind.
pub(in crate::app) fn edited(
    state: &mut State,
    now: Timestamp,
    ticket: Ticket,
    answer: Result<Hidden, String>,
    effects: &mut Vec<Effect>,
) {
    if dialog(state, ticket).is_none() {
        // What it was about is not on the screen any more: it is not lost for that.
        if let Ok(text) = answer {
            let name = "edit".to_string();
            effects.push(Effect::KeepSheet(name, text, now));
        }
        return;
    }
    let Some(mut dialog) = state.orders.dialog.take() else {
        return;
    };
    let text = match answer {
        Ok(text) if is_blank(text.text()) => {
            return give_up(state, now, &dialog, "the file is empty", effects);
        }
        Ok(text) => text,
        Err(why) => return give_up(state, now, &dialog, &why, effects),
    };
    let Some(draft) = &mut dialog.draft else {
        return;
    };
    let same = parted(text.text()).1 == draft.given.text();
    // What others changed, or the server said, may be taken as it stands; what is wrong with the text may not.
    if same && (!draft.touched || draft.mistaken) {
        return give_up(state, now, &dialog, "nothing was changed", effects);
    }
    draft.touched = true;
    draft.mistaken = false;
    draft.notes.clear();
    if let Operation::Edit { manifest } = &mut dialog.order.operation {
        manifest.text = text;
    }
    dialog.ticket = state.orders.ticket();
    dialog.asked = now;
    dialog.face = Face::Reading;
    effects.push(prepare(state, now, dialog.ticket, dialog.order.clone()));
    state.orders.dialog = Some(dialog);
}

/// Nothing is sent; what was written before is kept.
pub(super) fn give_up(
    state: &mut State,
    now: Timestamp,
    dialog: &Dialog,
    why: &str,
    effects: &mut Vec<Effect>,
) {
    let text = format!("edit {}: {why}; nothing was sent", dialog.order.key);
    state.say(now, text, why != "nothing was changed");
    let touched = dialog.draft.as_ref().is_some_and(|draft| draft.touched);
    if touched {
        keep(&dialog.order, now, effects);
    }
}

/// Closed without an answer: what was written and could not be applied is kept, what was not agreed to is not.
pub(super) fn closed(dialog: &Dialog, now: Timestamp, effects: &mut Vec<Effect>) {
    let touched = dialog.draft.as_ref().is_some_and(|draft| draft.touched);
    if touched && !matches!(dialog.face, Face::Agree(_)) {
        keep(&dialog.order, now, effects);
    }
}

/// Puts what was written into a file of the person's own.
pub(super) fn keep(order: &Order, now: Timestamp, effects: &mut Vec<Effect>) {
    if let Some(manifest) = manifest(order) {
        let (namespace, name) = (&order.key.namespace, &order.key.name);
        let name = format!("{namespace}-{name}");
        effects.push(Effect::KeepSheet(name, manifest.text.clone(), now));
    }
}

/// An edit was agreed to and not done: it can be edited again where nothing else is asked, else it is kept.
pub(super) fn failed(
    state: &mut State,
    now: Timestamp,
    order: &Order,
    why: &str,
    effects: &mut Vec<Effect>,
) {
    if state.orders.dialog.is_some() || guard::may_write(state, &order.key, now).is_err() {
        return keep(order, now, effects);
    }
    let ticket = state.orders.ticket();
    let mut dialog = Dialog::new(ticket, order.clone(), now);
    if let Some(draft) = &mut dialog.draft {
        draft.notes = vec![Mistake::of(why)];
    }
    dialog.face = Face::Refused(why.to_string());
    dialog.ready = Some(crate::app::state::later(now, super::TYPED_AHEAD));
    state.messages.keep(
        now,
        Level::Bad,
        &format!("edit {}: {why}", order.key),
        Some(order.key.clone()),
    );
    state.orders.dialog = Some(dialog);
}
