//! A QARun while a person writes it: the document, what was typed that is no value of its field, what is wrong and where.
//! Apart from orders: until somebody asks for it to be created nothing of it leaves the program.
//!
//! The document is the object as it will be sent. Fields are places in it ([`place`]), so that what the form does not know is
//! carried along, and what is wrong is said where it stands, whoever says it.

pub mod keys;
pub mod place;
mod problems;
pub mod rows;
pub mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::cursor::Cursor;
use crate::app::editor::{Editor, Page};
use crate::library;
use crate::model::key::Key;
use crate::model::qarun::{API_VERSION, KIND, Spec, Trigger};
use crate::model::trouble::Trouble;

use rows::{CRITERIA, ENVIRONMENTS, Row, is_off};
use shape::Shape;

/// How many changes can be taken back.
const BEFORE: usize = 100;
/// Longest beginning of a name that is made, so that what is derived from it has room.
const NAMED: usize = 40;

/// What a draft was begun with. There is one draft of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Nothing.
    Blank,
    /// A QARun that is there: its namespace and name.
    Again(Key),
    /// A task of Task Master: the project's folder and the task's id.
    Task {
        /// The folder.
        project: String,
        /// Tag and id.
        id: String,
    },
}

/// What a draft waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// What it begins with is being read.
    Reading,
    /// That cannot be read.
    Lost(Trouble),
    /// It is written.
    Written,
}

/// What is typed into a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Typed {
    /// One line.
    Line(Editor),
    /// A text.
    Page(Page),
}

/// The document and what was typed into it that is no value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// The object; what the form notes for itself begins with [`place::OWN`].
    pub document: Value,
    /// What was typed that is no value of its field, by its place.
    pub raw: BTreeMap<String, String>,
}

/// A draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What it was begun with.
    pub source: Source,
    /// What it waits for.
    pub stage: Stage,
    /// What is written.
    pub sheet: Sheet,
    /// As it began.
    first: Sheet,
    /// As it was before each change, the last one last.
    before: Vec<Sheet>,
    /// The line one stands on, by its place.
    pub cursor: Cursor<String>,
    /// What is being typed there.
    pub typed: Option<Typed>,
    /// The document is shown in place of its fields.
    pub yaml: bool,
    /// First line of the document that is shown.
    pub top: usize,
    /// Lines of the form that fit; lines of the document that fit, and that there are, as drawn last.
    pub room: (usize, usize, usize),
    /// It was agreed to by this name.
    pub sent: Option<Key>,
}

/// All drafts that are not done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drafts {
    /// Those that were begun.
    pub all: Vec<Draft>,
    /// The one on the screen.
    open: Option<Source>,
}

impl Drafts {
    /// The one on the screen.
    pub fn shown(&self) -> Option<&Draft> {
        let open = self.open.as_ref()?;
        self.all.iter().find(|draft| draft.source == *open)
    }

    /// The same, to be changed.
    pub fn shown_mut(&mut self) -> Option<&mut Draft> {
        let open = self.open.as_ref()?;
        self.all.iter_mut().find(|draft| draft.source == *open)
    }

    /// One is on the screen.
    pub fn is_open(&self) -> bool {
        self.shown().is_some()
    }

    /// Text is being typed into one.
    pub fn typed(&self) -> Option<&Typed> {
        self.shown()?.typed.as_ref()
    }

    /// Shows one; where it was begun before, as it was left. Whether it is a new one.
    pub fn show(&mut self, draft: Draft) -> bool {
        self.open = Some(draft.source.clone());
        let begun = self.all.iter_mut().find(|one| one.source == draft.source);
        match begun {
            // What could not be read is read again.
            Some(one) if one.is_touched() && one.stage == Stage::Written => false,
            Some(one) => {
                *one = draft;
                true
            }
            None => {
                self.all.push(draft);
                true
            }
        }
    }

    /// Leaves the one on the screen; it is kept where somebody has written in it. Whether it is.
    pub fn close(&mut self) -> bool {
        let Some(draft) = self.shown_mut() else {
            return false;
        };
        draft.keep_typed();
        let touched = draft.is_touched() || draft.sent.is_some();
        let source = self.open.take();
        if !touched {
            self.all
                .retain(|draft| Some(&draft.source) != source.as_ref());
        }
        touched
    }

    /// The one on the screen was agreed to by this name: it is kept until it is known to be made.
    pub fn sent(&mut self, key: &Key) {
        if let Some(draft) = self.shown_mut() {
            draft.sent = Some(key.clone());
            draft.yaml = false;
        }
        self.open = None;
    }

    /// What was agreed to is made: its draft is done.
    pub fn done(&mut self, key: &Key) {
        self.all.retain(|draft| draft.sent.as_ref() != Some(key));
    }

    /// It was not made: it can be changed again.
    pub fn again(&mut self, key: &Key) {
        for draft in self
            .all
            .iter_mut()
            .filter(|draft| draft.sent.as_ref() == Some(key))
        {
            draft.sent = None;
        }
    }

    /// What one begins with was read.
    pub fn read(&mut self, key: &Key, answer: Result<Spec, Trouble>) {
        let reads = |draft: &&mut Draft| {
            draft.stage == Stage::Reading && draft.source == Source::Again(key.clone())
        };
        let Some(draft) = self.all.iter_mut().find(reads) else {
            return;
        };
        match answer {
            Err(why) => draft.stage = Stage::Lost(why),
            Ok(mut spec) => {
                spec.suspend = None;
                spec.shutdown = None;
                spec.attempt = None;
                *draft = Draft {
                    cursor: draft.cursor.clone(),
                    ..Draft::of(draft.source.clone(), &key.namespace, &spec)
                };
            }
        }
    }
}

impl Draft {
    /// Of a spec, in a namespace.
    pub fn of(source: Source, namespace: &str, spec: &Spec) -> Self {
        let spec = Spec {
            trigger: Some(spec.trigger.clone().unwrap_or_default()).map(|old| Trigger {
                kind: crate::model::qarun::TriggerKind::Manual,
                by: None,
                ..old
            }),
            ..spec.clone()
        };
        let mut document = json!({
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {},
            "spec": serde_json::to_value(&spec).unwrap_or_default(),
        });
        if !namespace.is_empty() {
            document["metadata"]["namespace"] = namespace.into();
        }
        let sheet = Sheet {
            document,
            raw: BTreeMap::new(),
        };
        Self {
            source,
            stage: Stage::Written,
            first: sheet.clone(),
            sheet,
            before: Vec::new(),
            cursor: Cursor::default(),
            typed: None,
            yaml: false,
            top: 0,
            room: (0, 0, 0),
            sent: None,
        }
    }

    /// What it begins with is still to be read.
    pub fn reading(key: &Key) -> Self {
        Self {
            stage: Stage::Reading,
            ..Self::of(Source::Again(key.clone()), &key.namespace, &Spec::default())
        }
    }

    /// Its lines.
    pub fn rows(&self) -> Vec<Row> {
        rows::rows(&self.sheet.document)
    }

    /// The line of the cursor.
    pub fn row(&self) -> Option<Row> {
        let rows = self.rows();
        let at = self.index(&rows)?;
        rows.into_iter().nth(at)
    }

    /// Where among these lines the cursor stands: on the line of its place, else on the one that contains it.
    pub fn index(&self, rows: &[Row]) -> Option<usize> {
        let on = self.cursor.on().map_or("", String::as_str);
        let same = rows.iter().position(|row| row.place == on);
        let outer = || {
            rows.iter()
                .rposition(|row| row.is_stop() && place::is_within(on, &row.place))
        };
        same.or_else(outer)
            .or_else(|| rows.iter().position(Row::is_stop))
    }

    /// What stands in a field, as it would be typed.
    pub fn text(&self, row: &Row) -> String {
        let Some(shape) = row.shape() else {
            return String::new();
        };
        if let Some(raw) = self.sheet.raw.get(&row.place) {
            return raw.clone();
        }
        place::get(&self.sheet.document, &row.place)
            .map_or(String::new(), |value| shape.show(value))
    }

    /// What is wrong, by the line that it is said at.
    pub fn problems(&self) -> BTreeMap<String, Vec<String>> {
        problems::of(&self.sheet, &self.rows())
    }

    /// Somebody has written in it.
    pub fn is_touched(&self) -> bool {
        self.typed.is_some() || self.sheet.raw != self.first.raw || {
            place::bare(&self.sheet.document) != place::bare(&self.first.document)
                || self.offs() != 0
        }
    }

    fn offs(&self) -> usize {
        let document = &self.sheet.document;
        let all = 0..place::count(document, CRITERIA);
        all.filter(|n| is_off(document, &format!("{CRITERIA}[{n}]")))
            .count()
    }

    /// Puts what was typed into a field. What is no value of it stays as it was typed, and is a problem.
    fn set(&mut self, row: &Row, typed: &str) {
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
            Ok(None)
                if place.starts_with(CRITERIA)
                    && (place.ends_with(".id") || place.ends_with("].text")) =>
            {
                put(document, place, "".into());
            }
            Ok(None) if place.ends_with(".kind") => {}
            Ok(None) => drop(place::take(document, place)),
        }
    }

    fn remember(&mut self) {
        self.before.push(self.sheet.clone());
        if self.before.len() > BEFORE {
            self.before.remove(0);
        }
    }

    /// Takes the last change back; whether there was one.
    fn undo(&mut self) -> bool {
        let Some(before) = self.before.pop() else {
            return false;
        };
        self.sheet = before;
        true
    }

    /// The next value of a field that has few, or the one before.
    fn turn(&mut self, row: &Row, forward: bool) {
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
    fn fold(&mut self, at: &str) {
        let note = format!("{at}.{}open", place::OWN);
        match rows::is_open(&self.sheet.document, at) {
            true => drop(place::take(&mut self.sheet.document, &note)),
            false => place::put(&mut self.sheet.document, &note, true.into()),
        }
    }

    /// Leaves a criterion out, or takes it in again.
    fn turn_off(&mut self, at: &str) {
        self.remember();
        let note = format!("{at}.{}off", place::OWN);
        match is_off(&self.sheet.document, at) {
            true => drop(place::take(&mut self.sheet.document, &note)),
            false => place::put(&mut self.sheet.document, &note, true.into()),
        }
    }

    /// Another item in a list, open, with the cursor in it.
    fn add(&mut self, list: &str) {
        self.remember();
        let document = &mut self.sheet.document;
        let n = place::count(document, list);
        let at = format!("{list}[{n}]");
        let taken =
            |id: &str| (0..n).any(|n| place::text(document, &format!("{list}[{n}].id")) == id);
        let item = match list {
            CRITERIA => {
                let id = (n + 1..)
                    .map(|n| format!("criterion-{n}"))
                    .find(|id| !taken(id));
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
    fn drop_at(&mut self, row: &Row) {
        let Some(at) =
            item_of(&row.place).filter(|at| row.what == rows::What::Item || **at == row.place)
        else {
            return self.set(row, "");
        };
        self.remember();
        let (list, _) = at.rsplit_once('[').unwrap_or_default();
        // What was typed below it, or after it, stands elsewhere now.
        self.sheet
            .raw
            .retain(|place, _| !place::is_within(place, list));
        place::take(&mut self.sheet.document, &at);
        if place::count(&self.sheet.document, list) == 0 {
            place::take(&mut self.sheet.document, list);
        }
    }

    /// The object as it is sent: without what is left out, with a name that is made at this moment where it has none.
    pub fn document(&self, now: Timestamp) -> Value {
        let mut document = self.unnamed();
        if place::text(&document, "metadata.name").is_empty() {
            let seed = format!("{now}|{document}");
            let name = format!("{}-{}", self.beginning(), crate::model::name::suffix(&seed));
            place::put(&mut document, "metadata.name", name.into());
        }
        document
    }

    /// The same, without a name where it has none: as it is shown while it is written.
    pub fn unnamed(&self) -> Value {
        let mut document = self.sheet.document.clone();
        let on = problems::kept(&document);
        if let Some(Value::Array(all)) = document["spec"].get_mut("criteria") {
            let kept = on.iter().filter_map(|n| all.get(*n).cloned());
            *all = kept.collect();
        }
        if on.is_empty() {
            place::take(&mut document, CRITERIA);
        }
        place::bare(&document)
    }

    /// What a name that is made begins with: `t42-checkout`.
    fn beginning(&self) -> String {
        let spec = rows::spec(&self.sheet.document);
        let task = spec.task_id.filter(|id| !id.is_empty()).map(|id| {
            let right = |c: char| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            };
            format!("t{}-", id.chars().map(right).collect::<String>())
        });
        let name = format!("{}{}", task.unwrap_or_default(), spec.service);
        let name: String = name.chars().take(NAMED).collect();
        match name.trim_end_matches('-') {
            "" => "qarun".to_owned(),
            name => name.to_owned(),
        }
    }
}

/// The item that a place is of, or in.
fn item_of(at: &str) -> Option<String> {
    [CRITERIA, ENVIRONMENTS].into_iter().find_map(|list| {
        let rest = at.strip_prefix(list)?.strip_prefix('[')?;
        let (number, _) = rest.split_once(']')?;
        number.parse::<usize>().ok().map(|n| format!("{list}[{n}]"))
    })
}

/// Puts a value and what follows from it.
fn put(document: &mut Value, place: &str, value: Value) {
    let kind = place
        .strip_suffix(".kind")
        .filter(|at| at.starts_with(CRITERIA));
    if let (Some(at), Some(new)) = (kind, value.as_str()) {
        turn_kind(document, at, new);
    }
    place::put(document, place, value);
    let template = &document["spec"]["template"];
    if template.is_object() && place::text(document, "spec.template.name").is_empty() {
        let spec = rows::spec(document);
        let name = rows::usual_template(&Spec {
            template: None,
            ..spec
        });
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

/// Everything that is wrong with a spec, each once.
fn wrong(spec: &Spec) -> Vec<library::Problem> {
    let mut all = library::definition(spec);
    for problem in library::check(spec) {
        if !all.contains(&problem) {
            all.push(problem);
        }
    }
    all
}
