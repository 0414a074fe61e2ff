//! What changes a draft: values put and taken back, items added, left out and dropped.
//! Apart from the keys that ask for it.

use serde_json::{Value, json};

use super::place;
use super::rows::{self, CRITERIA, ENVIRONMENTS, Row, is_off};
use super::shape::Shape;
use super::{BEFORE, Draft};
use crate::model::qarun::Spec;

impl Draft {
    /// Puts what was typed into a field. What is no value of it stays as it was typed, and is a problem.
    pub(super) fn set(&mut self, row: &Row, typed: &str) {
        let Some(shape) = row.shape() else {
            return;
        };
        if self.text(row) == typed {
            return;
        }
        self.remember();
        let (place, document) = (&row.place, &mut self.sheet.document);
        self.sheet.raw.remove(place);
        match shape.read(typed) {
            Err(_) => drop(self.sheet.raw.insert(place.clone(), typed.to_owned())),
            Ok(Some(value)) => put(document, place, value),
            // Without them a criterion is none.
            Ok(None) if place.starts_with(CRITERIA) && (place.ends_with(".id") || place.ends_with("].text")) => {
                put(document, place, "".into());
            }
            Ok(None) if place.ends_with(".kind") => {}
            Ok(None) => drop(place::take(document, place)),
        }
    }

    pub(super) fn remember(&mut self) {
        self.before.push(self.sheet.clone());
        if self.before.len() > BEFORE {
            self.before.remove(0);
        }
    }

    /// Takes the last change back; whether there was one.
    pub(super) fn undo(&mut self) -> bool {
        let Some(before) = self.before.pop() else {
            return false;
        };
        self.sheet = before;
        true
    }

    /// The next value of a field that has few, or the one before.
    pub(super) fn turn(&mut self, row: &Row, forward: bool) {
        let here = match self.text(row) {
            text if text.is_empty() => row.unsaid.clone(),
            text => text,
        };
        let next = match row.shape() {
            Some(Shape::Switch(_)) => if here == "yes" { "no" } else { "yes" }.to_owned(),
            Some(Shape::Choice(of)) => {
                let at = of.iter().position(|one| *one == here);
                let count = of.len();
                match (at, forward) {
                    (None, _) => of[0],
                    (Some(at), true) => of[(at + 1) % count],
                    (Some(at), false) => of[(at + count - 1) % count],
                }
                .to_owned()
            }
            _ => return,
        };
        self.set(row, &next);
    }

    /// Opens an item, or closes it.
    pub(super) fn fold(&mut self, at: &str) {
        let note = format!("{at}.{}open", place::OWN);
        match rows::is_open(&self.sheet.document, at) {
            true => drop(place::take(&mut self.sheet.document, &note)),
            false => place::put(&mut self.sheet.document, &note, true.into()),
        }
    }

    /// Leaves a criterion out, or takes it in again.
    pub(super) fn turn_off(&mut self, at: &str) {
        self.remember();
        let note = format!("{at}.{}off", place::OWN);
        match is_off(&self.sheet.document, at) {
            true => drop(place::take(&mut self.sheet.document, &note)),
            false => place::put(&mut self.sheet.document, &note, true.into()),
        }
    }

    /// Another item in a list, open, with the cursor in it.
    pub(super) fn add(&mut self, list: &str) {
        self.remember();
        let document = &mut self.sheet.document;
        let n = place::count(document, list);
        let at = format!("{list}[{n}]");
        let taken = |id: &str| (0..n).any(|n| place::text(document, &format!("{list}[{n}].id")) == id);
        let item = match list {
            CRITERIA => {
                let id = (n + 1..).map(|n| format!("criterion-{n}")).find(|id| !taken(id));
                json!({
                    "id": id, "text": "", "kind": "command", "command": {},
                    "provenance": {"source": "person"}, "~open": true,
                })
            }
            _ => json!({"name": "", "~open": true}),
        };
        place::put(document, &at, item);
        let first = if list == CRITERIA { "text" } else { "name" };
        self.cursor.put(format!("{at}.{first}"));
    }

    /// Takes an item out of its list, or what is said out of a field.
    pub(super) fn drop_at(&mut self, row: &Row) {
        let Some(at) = item_of(&row.place).filter(|at| row.what == rows::What::Item || **at == row.place) else {
            return self.set(row, "");
        };
        self.remember();
        let (list, _) = at.rsplit_once('[').unwrap_or_default();
        // What was typed below it, or after it, stands elsewhere now.
        self.sheet.raw.retain(|place, _| !place::is_within(place, list));
        place::take(&mut self.sheet.document, &at);
        if place::count(&self.sheet.document, list) == 0 {
            place::take(&mut self.sheet.document, list);
        }
    }
}

/// The item that a place is of, or in.
pub(super) fn item_of(at: &str) -> Option<String> {
    [CRITERIA, ENVIRONMENTS].into_iter().find_map(|list| {
        let rest = at.strip_prefix(list)?.strip_prefix('[')?;
        let (number, _) = rest.split_once(']')?;
        number.parse::<usize>().ok().map(|n| format!("{list}[{n}]"))
    })
}

/// Puts a value and what follows from it.
fn put(document: &mut Value, place: &str, value: Value) {
    let kind = place.strip_suffix(".kind").filter(|at| at.starts_with(CRITERIA));
    if let (Some(at), Some(new)) = (kind, value.as_str()) {
        turn_kind(document, at, new);
    }
    place::put(document, place, value);
    let template = &document["spec"]["template"];
    if template.is_object() && place::text(document, "spec.template.name").is_empty() {
        let spec = rows::spec(document);
        let name = rows::usual_template(&Spec { template: None, ..spec });
        place::put(document, "spec.template.name", name.into());
    }
}

/// Another kind of check: what two kinds have in common stays.
fn turn_kind(document: &mut Value, at: &str, new: &str) {
    const SHARED: [&str; 6] = ["image", "argv", "script", "workingDir", "env", "url"];
    let old = place::text(document, &format!("{at}.kind")).to_owned();
    let before = place::take(document, &format!("{at}.{old}")).unwrap_or_default();
    let mut check = match new {
        "manual" => json!({"instructions": place::text(document, &format!("{at}.text"))}),
        "metric" => json!({"comparison": "<"}),
        _ => json!({}),
    };
    let fits = |name: &str| match name {
        "url" => matches!(new, "http" | "metric"),
        _ => matches!(new, "command" | "junit"),
    };
    for name in SHARED.into_iter().filter(|name| fits(name)) {
        if let Some(value) = before.get(name) {
            check[name] = value.clone();
        }
    }
    place::put(document, &format!("{at}.{new}"), check);
}
