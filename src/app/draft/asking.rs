//! From a draft to the order that makes it.
//! Apart from how orders are asked, agreed to and sent, which is the same for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Draft, Stage, place};
use crate::app::effect::Effect;
use crate::app::orders;
use crate::app::state::{Connection, State};
use crate::model::act::{Kind, Operation, Order};
use crate::model::key::Key;

/// Asks what it would be to create it: an order like any other. Where something is wrong that is known here, nothing is asked.
pub(super) fn create(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let Some(draft) = state.drafts.shown_mut() else {
        return;
    };
    if draft.stage != Stage::Written {
        return state.say(now, "there is nothing to create yet", true);
    }
    let problems = draft.problems();
    if let Some((place, what)) = first(draft, &problems) {
        let text = match problems.len() {
            1 => format!("not yet: {what}"),
            n => format!("not yet: {n} fields are not right, the first: {what}"),
        };
        draft.yaml = false;
        draft.cursor.put(place);
        return state.say(now, text, true);
    }
    let order = order(draft, now, user(&state.connection).as_deref());
    orders::ask(state, now, order, effects);
}

/// The first line that something is wrong with, and what.
fn first(draft: &Draft, problems: &BTreeMap<String, Vec<String>>) -> Option<(String, String)> {
    let rows = draft.rows();
    let row = rows.iter().find(|row| problems.contains_key(&row.place))?;
    let what = problems.get(&row.place)?.first()?;
    Some((row.place.clone(), format!("{}: {what}", row.label)))
}

/// Who asks, where the server told.
pub(in crate::app) fn user(connection: &Connection) -> Option<Arc<str>> {
    match connection {
        Connection::Up { user, .. } => user.clone(),
        _ => None,
    }
}

/// The order that makes it.
pub(in crate::app) fn order(draft: &Draft, now: Timestamp, by: Option<&str>) -> Order {
    let mut document = draft.document(now);
    if let Some(by) = by {
        place::put(&mut document, "spec.trigger.by", by.into());
    }
    let text = |place| place::text(&document, place).to_owned();
    let (namespace, name) = (text("metadata.namespace"), text("metadata.name"));
    // Nothing has this uid: it tells two that are made from each other.
    let uid = format!("new {namespace}/{name}");
    Order {
        kind: Kind::QaRun,
        key: Key::new(namespace, name, uid),
        operation: Operation::Create {
            document: document.to_string().into(),
        },
    }
}
