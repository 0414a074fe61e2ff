//! A comparison as lines: what a screen shows, what is copied and what a command prints are the same.
//! Apart from keys, which know of a line where it leads.

mod times;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::head::head;
use super::words::{changed_lines, differs, ended, how_many, rank, same, value, values};
use super::{Against, Compare, Section};
use crate::app::state::State;
use crate::model::clock;
use crate::model::compare::{Change, Comparison, Differs, Failing};
use crate::model::key::Key;
use crate::model::manifest::{Piece, Side};
use crate::model::mask::mask;
use crate::model::phase::State as RunState;
use crate::model::text::counted;
use crate::model::usual::Usual;

/// Steps told one by one, of a kind.
const STEPS: usize = 30;

/// What a line is, which tells how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The head of a part.
    Section,
    /// Something that is not the same.
    Change,
    /// A line of a text.
    Piece(Side),
    /// A sentence.
    Note,
    /// What could not be compared.
    Missing,
}

/// Where enter leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// Folds a part, or opens it.
    Fold(Section),
    /// A step of a run, by its branch.
    Step(Key, Arc<str>),
    /// Reads the logs of a step, by its place.
    Log(Arc<str>),
    /// The parameters of a run.
    Parameters(Key),
    /// Another run to compare with.
    Other(Key),
}

/// What a line stands for. The same one keeps it while its text changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Unique among all lines.
    pub id: Arc<str>,
    /// What it is.
    pub kind: Kind,
    /// The part it belongs to.
    pub section: Option<Section>,
    /// The failing step it is about, by its place.
    pub step: Option<Arc<str>>,
    /// Where enter leads.
    pub target: Option<Target>,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it stands for.
    pub line: Line,
    /// What it is about, in a column of its own.
    pub left: String,
    /// What it says.
    pub text: String,
    /// Where enter leads, or how much there is.
    pub right: String,
    /// The state of the step it is about.
    pub state: Option<RunState>,
}

/// The lines below the head.
pub fn rows(compare: &Compare, state: &State, now: Timestamp) -> Vec<Row> {
    let here = state.fleet.get(&compare.here().uid);
    let mut list = List {
        compare,
        usual: here.map_or_else(Usual::default, |run| state.fleet.usual(&run.row)),
        rows: Vec::new(),
        section: None,
    };
    match (&compare.against, &compare.answer) {
        (Against::Nothing { others, .. }, _) => {
            list.others(others, state, now);
            list.remembered(state);
        }
        (_, None) => list.note("reading", "both runs are being read …"),
        (_, Some(Err(why))) => {
            list.missing(&why.to_string());
            list.missing(why.hint());
        }
        (_, Some(Ok(told))) => list.all(told),
    }
    list.rows
}

/// Rows on their way.
struct List<'c> {
    compare: &'c Compare,
    /// What steps took in earlier runs, also those that are gone.
    usual: Usual,
    rows: Vec<Row>,
    section: Option<Section>,
}

impl List<'_> {
    fn all(&mut self, told: &Comparison) {
        self.parameters(told);
        self.images(told);
        self.spec(told);
        self.steps(told);
        self.times(told);
        for failing in &told.failing {
            self.failing(told, failing);
        }
        for failing in &told.failing {
            self.log(failing);
        }
        self.section = None;
        if told.is_empty() {
            self.note("nothing", "nothing that was compared is different");
        }
        let same = same(told);
        if !same.is_empty() {
            self.note("same", &format!("the same: {same}"));
        }
        told.missing.iter().for_each(|one| self.missing(one));
    }

    fn parameters(&mut self, told: &Comparison) {
        let count = told.parameters.len() + told.hidden.len();
        if count == 0 || !self.head(Section::Parameters, "Parameters", counted(count, "change")) {
            return;
        }
        let key = &told.here.key;
        for change in &told.parameters {
            let target = Target::Parameters(key.clone());
            self.change(change, Some((target, "parameters")));
        }
        for name in &told.hidden {
            let id = format!("hidden {name}");
            self.push(
                &id,
                Kind::Change,
                (name, "masked on both sides, and not the same", ""),
            );
        }
    }

    fn images(&mut self, told: &Comparison) {
        let count = told.images.len();
        if count > 0 && self.head(Section::Images, "Images", counted(count, "change")) {
            told.images.iter().for_each(|one| self.image(one));
        }
    }

    fn spec(&mut self, told: &Comparison) {
        let count = changed_lines(&told.spec);
        if count > 0 && self.head(Section::Spec, "Template", counted(count, "line")) {
            self.pieces("spec", &told.spec);
        }
    }

    fn steps(&mut self, told: &Comparison) {
        let count = told.steps.len();
        if count == 0 || !self.head(Section::Steps, "Steps", counted(count, "difference")) {
            return;
        }
        let mut sorted: Vec<&Differs> = told.steps.iter().collect();
        // What was not reached follows from what failed.
        sorted.sort_by_key(|one| (rank(one), one.path.clone()));
        for one in sorted.iter().take(STEPS) {
            let (what, text) = differs(one);
            let (key, at) = match (&one.here, &one.there) {
                (Some(at), _) if at.state != RunState::NotStarted => (&told.here.key, at),
                (_, Some(at)) | (Some(at), None) => (&told.there.key, at),
                (None, None) => continue,
            };
            let own = one.here.as_ref().is_some_and(|own| own == at);
            let key = if own { &told.here.key } else { key };
            let right = if own { "step" } else { "step there" };
            let row = self.push(
                &format!("step {}", one.path),
                Kind::Change,
                (what, &text, right),
            );
            row.state = Some(at.state);
            row.line.target = Some(Target::Step(key.clone(), at.id.clone()));
        }
        self.more("steps", count.saturating_sub(STEPS));
    }

    fn failing(&mut self, told: &Comparison, failing: &Failing) {
        let open = self.head(Section::Failing, "Failing step", failing.label.to_string());
        if !open {
            return;
        }
        let first = self.rows.len();
        let sides = [
            ("here", &failing.here, &told.here.key, "step"),
            ("there", &failing.there, &told.there.key, "step there"),
        ];
        for (what, end, key, right) in sides {
            let id = format!("{what} {}", failing.path);
            match end {
                Some(end) => {
                    let text = ended(end);
                    let row = self.push(&id, Kind::Change, (what, &text, right));
                    row.state = Some(end.at.state);
                    row.line.target = Some(Target::Step(key.clone(), end.at.id.clone()));
                }
                None => {
                    self.push(&id, Kind::Change, (what, "it was not begun", ""));
                }
            }
        }
        for change in &failing.inputs {
            let of = change.of.join(", ");
            let id = format!("input {} {of}", failing.path);
            let text = format!("{of}: {}", values(change));
            self.push(&id, Kind::Change, ("given", &text, ""));
        }
        if !self.compare.logs.contains_key(&failing.path) {
            let text = "read the log of the step in both runs, and lay them beside each other";
            let row = self.push(
                &format!("read {}", failing.path),
                Kind::Change,
                ("log", text, "read"),
            );
            row.line.target = Some(Target::Log(failing.path.clone()));
        }
        for row in &mut self.rows[first..] {
            row.line.step = Some(failing.path.clone());
        }
    }

    fn log(&mut self, failing: &Failing) {
        let Some(asked) = self.compare.logs.get(&failing.path) else {
            return;
        };
        let first = self.rows.len();
        let title = format!("Log of {}", failing.label);
        let count = asked
            .as_ref()
            .map_or("reading …".to_string(), |told| how_many(told));
        if self.head(Section::Log, &title, count)
            && let Some(told) = asked
        {
            told.missing.iter().for_each(|one| self.missing(one));
            if told.missing.is_empty() && told.pieces.is_empty() {
                self.note("alike", "both logs are alike");
            }
            self.pieces(&format!("log {}", failing.path), &told.pieces);
        }
        for row in &mut self.rows[first..] {
            row.line.step = Some(failing.path.clone());
        }
    }

    fn others(&mut self, others: &[Key], state: &State, now: Timestamp) {
        for key in others {
            let Some(run) = state.fleet.get(&key.uid) else {
                continue;
            };
            let age = run.since().map_or(String::new(), |at| {
                clock::age(clock::seconds_between(at, now)) + " ago"
            });
            let text = format!("{}, {age}", run.state(now).word());
            let row = self.push(
                &format!("other {}", key.uid),
                Kind::Change,
                (&key.name, &text, "compare"),
            );
            row.state = Some(run.state(now));
            row.line.target = Some(Target::Other(key.clone()));
        }
        let text = match others.is_empty() {
            true => "mark two runs (space) and compare these, whatever they are",
            false => "enter compares with one of these; or mark two runs (space) and compare these",
        };
        self.note("mark", text);
    }

    /// The head of a part; whether it is open.
    fn head(&mut self, section: Section, title: &str, count: String) -> bool {
        self.section = Some(section);
        let id = format!("{section:?} {title}");
        let row = self.push(&id, Kind::Section, ("", title, &count));
        row.line.target = Some(Target::Fold(section));
        !self.compare.folded.contains(&section)
    }

    /// An image that changed; where it did in several step templates they are named behind it.
    fn image(&mut self, change: &Change) {
        let named = change.of.join(", ");
        let (left, text) = match change.of.len() {
            1 => (named.clone(), values(change)),
            many => (
                format!("{many} templates"),
                format!("{}  in {named}", values(change)),
            ),
        };
        self.push(&format!("image {named}"), Kind::Change, (&left, &text, ""));
    }

    /// A value that changed; two that are long stand below each other.
    fn change(&mut self, change: &Change, target: Option<(Target, &str)>) {
        const LONG: usize = 70;
        let of = change.of.join(", ");
        let long = |value: &Option<Arc<str>>| value.as_ref().map_or(0, |text| text.chars().count());
        let (target, right) = match target {
            Some((target, right)) => (Some(target), right),
            None => (None, ""),
        };
        let section = self.section;
        let id = |side: &str| format!("{section:?} {of} {side}");
        if long(&change.there) + long(&change.here) <= LONG {
            let row = self.push(&id(""), Kind::Change, (&of, &values(change), right));
            row.line.target = target;
            return;
        }
        let there = format!("from {}", value(&change.there));
        let here = format!("to   {}", value(&change.here));
        let row = self.push(&id("from"), Kind::Change, (&of, &there, right));
        row.line.target = target.clone();
        let row = self.push(&id("to"), Kind::Change, ("", &here, right));
        row.line.target = target;
    }

    /// Lines of a text. They were cleaned and masked where they were read.
    fn pieces(&mut self, name: &str, pieces: &[Piece]) {
        for (at, piece) in pieces.iter().enumerate() {
            let line = self.line(format!("{name} {at}").into(), Kind::Piece(piece.side));
            self.rows.push(Row {
                line,
                left: piece.side.mark().to_string(),
                text: piece.text.to_string(),
                right: String::new(),
                state: None,
            });
        }
    }

    fn more(&mut self, name: &str, count: usize) {
        if let more @ 1.. = count {
            self.note(&format!("more {name}"), &format!("and {more} more"));
        }
    }

    fn note(&mut self, id: &str, text: &str) {
        self.push(id, Kind::Note, ("", text, ""));
    }

    fn missing(&mut self, text: &str) {
        let id = format!("missing {}", self.rows.len());
        self.push(&id, Kind::Missing, ("missing", text, ""));
    }

    fn push(&mut self, id: &str, kind: Kind, (left, text, right): (&str, &str, &str)) -> &mut Row {
        let line = self.line(id.into(), kind);
        self.rows.push(Row {
            line,
            left: left.to_string(),
            text: mask(text).into_owned(),
            right: right.to_string(),
            state: None,
        });
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }

    fn line(&self, id: Arc<str>, kind: Kind) -> Line {
        Line {
            id,
            kind,
            section: self.section,
            step: None,
            target: None,
        }
    }
}

/// All of it as text, whatever is folded.
pub fn text(compare: &Compare, state: &State, now: Timestamp) -> String {
    let open = Compare {
        folded: std::collections::BTreeSet::new(),
        ..compare.clone()
    };
    let head = head(&open, state, now);
    let mut text = format!("{}\n", head.which);
    if let Some((_, verdict)) = head.verdict {
        text += &format!("{verdict}\n");
    }
    for row in rows(&open, state, now) {
        let line = match row.line.kind {
            Kind::Section => format!("\n{}: {}", row.text, row.right),
            Kind::Piece(_) => format!("  {}{}", row.left, row.text),
            Kind::Note if row.line.section.is_none() => format!("\n{}", row.text),
            Kind::Note => format!("  {}", row.text),
            Kind::Missing => format!("  {}: {}", row.left, row.text),
            // Nothing is read by a key in a text.
            Kind::Change if matches!(row.line.target, Some(Target::Log(_))) => continue,
            Kind::Change => format!("  {:<14}  {}", row.left, row.text),
        };
        text += line.trim_end();
        text.push('\n');
    }
    text
}
