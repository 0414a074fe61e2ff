//! The artifacts of a run: which are listed, how much they are, the one that is opened, and downloads.
//! Apart from the page, because downloads go on whatever is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::command::Command;
use crate::app::cursor::Cursor;
use crate::app::effect::Effect;
use crate::app::focus::Focus;
use crate::app::line;
use crate::app::orders::Ticket;
use crate::app::said::Level;
use crate::app::screens::run::{Pane, RunPage, Tab};
use crate::app::state::State;
use crate::model::artifact::{Artifact, Id, Measure, Snag, size};
use crate::model::key::Key;
use crate::model::preview::Preview;

/// Artifacts before and after the cursor whose sizes are asked for.
const AROUND: usize = 60;

/// What was asked about the size of an artifact, and answered.
type Asked = Option<Result<Measure, Snag>>;

/// How much each artifact of the run is, as far as that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(Id, Asked)>", into = "Vec<(Id, Asked)>")]
pub struct Sizes(BTreeMap<Id, Asked>);

impl From<Vec<(Id, Asked)>> for Sizes {
    fn from(pairs: Vec<(Id, Asked)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl From<Sizes> for Vec<(Id, Asked)> {
    fn from(sizes: Sizes) -> Self {
        sizes.0.into_iter().collect()
    }
}

impl Sizes {
    /// What was answered; `Some(None)`: it was asked.
    pub fn of(&self, id: &Id) -> Option<Option<&Result<Measure, Snag>>> {
        self.0.get(id).map(Option::as_ref)
    }

    /// Takes answers in.
    pub(super) fn take(&mut self, answers: Vec<(Id, Result<Measure, Snag>)>) {
        for (id, answer) in answers {
            if let Some(asked) = self.0.get_mut(&id) {
                *asked = Some(answer);
            }
        }
    }
}

/// The Artifacts tab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shelf {
    /// The cursor among the listed ones.
    pub cursor: Cursor<Id>,
    /// The one that is looked into.
    pub open: Option<Opened>,
}

/// An artifact that is looked into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Which.
    pub id: Id,
    /// What it holds; `None` until it comes.
    pub preview: Option<Result<Arc<Preview>, Snag>>,
}

/// A download under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Download {
    /// Its number.
    pub ticket: Ticket,
    /// Of which run.
    pub run: Key,
    /// What.
    pub id: Id,
    /// Bytes that are here.
    pub done: u64,
    /// Of so many.
    pub total: Option<u64>,
}

impl Download {
    /// `12.0 MiB of 20.0 MiB, 60 %`.
    pub fn told(&self) -> String {
        let done = size(self.done);
        match self.total {
            Some(total) if total > 0 => {
                let percent = self.done.min(total) as f64 / total as f64 * 100.0;
                format!("{done} of {}, {percent:.0} %", size(total))
            }
            _ => done,
        }
    }
}

/// What becomes of a download.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fetching {
    /// So many bytes are here, of so many.
    Has(u64, Option<u64>),
    /// It is over; a sentence, and whether it went well.
    Over(Level, String),
}

/// The artifacts of the branch under the cursor of the steps, in the order of their steps.
pub fn listed<'f>(page: &RunPage, focus: &'f Focus) -> Vec<&'f Artifact> {
    let Some(workflow) = &focus.workflow else {
        return Vec::new();
    };
    let tree = focus.tree();
    let mut open: Vec<usize> = page.steps.row().map(|row| row.branch).into_iter().collect();
    let mut steps = BTreeSet::new();
    while let Some(branch) = open.pop().and_then(|at| tree.branches.get(at)) {
        steps.extend(branch.step);
        open.extend(&branch.children);
    }
    let ids: BTreeSet<&str> = (steps.iter())
        .filter_map(|at| workflow.steps.get(*at))
        .map(|step| &*step.id)
        .collect();
    let all = workflow.artifacts.iter();
    // Nothing is under a cursor where there are no steps to see.
    all.filter(|one| steps.is_empty() || ids.contains(&*one.id.node))
        .collect()
}

/// The artifact that is opened, else the one under the cursor.
pub fn chosen<'f>(page: &RunPage, focus: &'f Focus) -> Option<&'f Artifact> {
    let listed = listed(page, focus);
    if let Some(opened) = &page.shelf.open {
        let all = focus.workflow.iter().flat_map(|run| &run.artifacts);
        return all.into_iter().find(|one| one.id == opened.id);
    }
    let ids: Vec<Id> = listed.iter().map(|one| one.id.clone()).collect();
    let at = page.shelf.cursor.index(&ids)?;
    listed.get(at).copied()
}

/// The page and what is known of its run, where its artifacts are looked at.
pub fn shown(state: &State) -> Option<(&RunPage, &Focus)> {
    let page = state.page().filter(|page| page.tab == Tab::Artifacts)?;
    Some((page, state.focus_on(&page.key)?))
}

/// Whether a key of the tab has something to do.
pub(super) fn applies(state: &State, command: Command) -> bool {
    let Some((page, focus)) = shown(state).filter(|(page, _)| page.pane == Pane::Detail) else {
        return false;
    };
    let closed = page.shelf.open.is_none() || command == Command::SaveArtifact;
    closed && chosen(page, focus).is_some()
}

/// Does what a key of the tab asks for.
pub(super) fn command(state: &mut State, command: Command, effects: &mut Vec<Effect>) {
    let Some((page, focus)) = shown(state) else {
        return;
    };
    let Some(artifact) = chosen(page, focus).cloned() else {
        return;
    };
    if command == Command::SaveArtifact {
        let running = state.downloads.iter().find(|one| one.id == artifact.id);
        if let Some(running) = running {
            return effects.push(Effect::StopDownload(running.ticket));
        }
        let line = format!("save {}", artifact.file_name());
        return line::open_with(state, &line, effects);
    }
    let (session, key) = (state.session, page.key.clone());
    if let Some(page) = &mut state.open {
        page.shelf.cursor.put(artifact.id.clone());
        page.shelf.open = Some(Opened {
            id: artifact.id.clone(),
            preview: None,
        });
        page.turn_over();
    }
    effects.push(Effect::ReadArtifact(session, key, Box::new(artifact)));
}

/// Back from an artifact to the list of them; `false`: none is open.
pub(super) fn close(page: &mut RunPage) -> bool {
    let open = page.tab == Tab::Artifacts && page.shelf.open.take().is_some();
    if open {
        page.turn_over();
    }
    open
}

/// The name of a file for what is chosen, where artifacts are looked at.
pub(super) fn file_name(state: &State) -> Option<String> {
    let (page, focus) = shown(state)?;
    let artifact = chosen(page, focus)?;
    let known = focus.sizes.of(&artifact.id).flatten();
    let folder = known.is_some_and(|known| {
        known
            .as_ref()
            .is_ok_and(|measure| measure.objects.is_some())
    });
    let name = artifact.file_name();
    // A folder is saved as one file.
    Some(if folder { format!("{name}.tar") } else { name })
}

/// Begins to download what is chosen into a file.
pub(super) fn download(state: &mut State, path: &str, effects: &mut Vec<Effect>) {
    let Some((page, focus)) = shown(state) else {
        return;
    };
    let (key, artifact) = (page.key.clone(), chosen(page, focus).cloned());
    if let Some(artifact) = artifact {
        let ticket = state.orders.ticket();
        state.downloads.push(Download {
            ticket,
            run: key.clone(),
            id: artifact.id.clone(),
            done: 0,
            total: None,
        });
        effects.push(Effect::Download(
            ticket,
            key,
            Box::new(artifact),
            path.into(),
        ));
    }
}

/// A download goes on, or is over.
pub(super) fn fetching(state: &mut State, now: Timestamp, ticket: Ticket, told: Fetching) {
    let at = state.downloads.iter().position(|one| one.ticket == ticket);
    match (told, at) {
        (Fetching::Has(done, total), Some(at)) => {
            let download = &mut state.downloads[at];
            (download.done, download.total) = (done, total);
        }
        (Fetching::Over(level, text), at) => {
            at.map(|at| state.downloads.remove(at));
            state.tell(now, level, text);
        }
        (Fetching::Has(..), None) => {}
    }
}

/// An artifact was read.
pub(super) fn opened(state: &mut State, id: &Id, answer: Result<Preview, Snag>) {
    let open = state
        .open
        .as_mut()
        .and_then(|page| page.shelf.open.as_mut());
    if let Some(open) = open.filter(|open| open.id == *id) {
        open.preview = Some(answer.map(Arc::new));
    }
}

/// Asks how much those around the cursor are, each once.
pub(super) fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((page, focus)) = shown(state) else {
        return;
    };
    // One answer after the other: a store that is slow is not asked more and more.
    if focus.sizes.0.values().any(Option::is_none) {
        return;
    }
    let listed = listed(page, focus);
    let at = page.shelf.cursor.on();
    let at = at
        .and_then(|on| listed.iter().position(|one| one.id == *on))
        .unwrap_or(0);
    let near = listed
        .iter()
        .skip(at.saturating_sub(AROUND))
        .take(2 * AROUND);
    let new: Vec<Artifact> = near
        .filter(|one| !one.deleted && focus.sizes.of(&one.id).is_none())
        .map(|one| (*one).clone())
        .collect();
    if new.is_empty() {
        return;
    }
    let (session, key) = (state.session, page.key.clone());
    if let Some(focus) = &mut state.focus {
        let asked = new.iter().map(|one| (one.id.clone(), None));
        focus.sizes.0.extend(asked);
    }
    effects.push(Effect::ReadSizes(session, key, new));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_tells_how_far_it_is() {
        let mut download = Download {
            ticket: 1,
            run: Key::new("qa", "run", "u"),
            id: Id {
                node: "n".into(),
                direction: crate::model::artifact::Direction::Output,
                name: "big".into(),
            },
            done: 12 << 20,
            total: Some(20 << 20),
        };
        assert_eq!(download.told(), "12.0 MiB of 20.0 MiB, 60 %");
        download.total = None;
        assert_eq!(download.told(), "12.0 MiB");
        download.total = Some(0);
        assert_eq!(download.told(), "12.0 MiB");
    }
}
