//! A QARun while a person writes it: the document, what was typed that is no value of its field, what is wrong and where.
//! Apart from orders: until somebody asks for it to be created nothing of it leaves the program.
//!
//! The document is the object as it will be sent. Fields are places in it ([`place`]), so that what the form does not know is
//! carried along, and what is wrong is said where it stands, whoever says it.

mod asking;
mod changing;
mod given;
pub mod keys;
pub mod place;
mod problems;
pub mod rows;
pub mod shape;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::cursor::Cursor;
use crate::app::editor::{Editor, Page};
use crate::app::screens::tasks::Made;
use crate::library;
use crate::model::key::Key;
use crate::model::qarun::{API_VERSION, KIND, Spec, Trigger};
use crate::model::trouble::Trouble;

use rows::{CRITERIA, Row};

pub use shelf::Drafts;

/// How many changes can be taken back.
const BEFORE: usize = 100;
/// Longest beginning of a name that is made, so that what is derived from it has room.
const NAMED: usize = 40;

/// Note of a criterion: the fingerprint of the text it was read from.
const MARK: &str = "~mark";

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

    /// Of a spec whose criteria have each a fingerprint: those that are left out at first are, unless somebody made something
    /// else of them before.
    pub fn of_candidates(
        source: Source,
        namespace: &str,
        spec: &Spec,
        all: &[(String, bool, Option<&Made>)],
    ) -> Self {
        let mut draft = Self::of(source, namespace, spec);
        let document = &mut draft.sheet.document;
        for (n, (fingerprint, off, made)) in all.iter().enumerate() {
            let at = format!("{CRITERIA}[{n}]");
            if let Some(made) = made {
                place::put(document, &at, made.criterion.clone());
            }
            if made.map_or(*off, |made| made.off) {
                place::put(document, &format!("{at}.{}off", place::OWN), true.into());
            }
            place::put(
                document,
                &format!("{at}.{MARK}"),
                fingerprint.as_str().into(),
            );
        }
        draft.first = draft.sheet.clone();
        draft
    }

    /// The criteria that have a fingerprint and are not as they began: that, whether they are left out, and as they are written.
    pub fn criteria(&self) -> Vec<(String, bool, Value)> {
        let list = |sheet: &Sheet| {
            sheet.document["spec"]["criteria"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        };
        let began = list(&self.first);
        let same = |one: &Value| {
            let note = format!("{}off", place::OWN);
            let mark = &one[MARK];
            let other = began.iter().find(|other| other[MARK] == *mark);
            other.is_some_and(|other| {
                place::bare(other) == place::bare(one) && other.get(&note) == one.get(&note)
            })
        };
        let changed = list(&self.sheet).into_iter().filter(|one| !same(one));
        changed
            .filter_map(|one| {
                let off = one.get(format!("{}off", place::OWN)).is_some();
                Some((one.get(MARK)?.as_str()?.to_owned(), off, place::bare(&one)))
            })
            .collect()
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
        let (now, began) = (&self.sheet, &self.first);
        let sent = |sheet: &Sheet| {
            (
                place::bare(&sheet.document),
                problems::kept(&sheet.document),
            )
        };
        self.typed.is_some() || now.raw != began.raw || sent(now) != sent(began)
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
