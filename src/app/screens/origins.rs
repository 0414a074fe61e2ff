//! The screen of templates and crons: what was read of them, when it is read again, where the cursor stands.
//! Apart from the runs they started, which the fleet knows and [`crate::app::origins`] joins to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::cursor::Cursor;
use crate::app::effect::Effect;
use crate::app::search::{self, Search};
use crate::app::state::{Connection, Screen, State, later};
use crate::model::key::{Key, Uid};
use crate::model::origin::{Missing, Origin, Origins};
use crate::model::trouble::Trouble;

/// Milliseconds until they are read again while they are looked at.
const AGAIN: i64 = 15_000;
/// Milliseconds after which an answer is not waited for any more.
const PATIENCE: i64 = 120_000;

/// What was read last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Templates and crons; of what could not be read this time, those that were read before.
    pub found: Origins,
    /// When.
    pub read: Timestamp,
}

/// The screen of templates and crons.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OriginsScreen {
    /// The cursor, on a uid.
    pub cursor: Cursor<Uid>,
    /// Words that narrow the list.
    pub filter: String,
    /// What was read; `None`: nothing yet.
    pub known: Option<Known>,
    /// Since when an answer is waited for.
    pub asked: Option<Timestamp>,
    /// When they are read next; only while they are looked at.
    due: Option<Timestamp>,
    /// They are being looked at.
    shown: bool,
    /// The object that is shown as YAML.
    pub yaml: Option<Yaml>,
    /// Lines of the list that fit, as drawn last.
    pub height: usize,
}

/// An object as YAML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Yaml {
    /// Which.
    pub key: Key,
    /// The text, credentials masked; `None`: it is being read.
    pub text: Option<Result<std::sync::Arc<str>, Trouble>>,
    /// First line shown.
    pub top: usize,
    /// Lines that fit, and lines there are, as drawn last.
    pub room: (usize, usize),
    /// What is searched for in it.
    #[serde(default)]
    pub search: Search,
    /// The line of the match one stands on.
    #[serde(default)]
    pub hit: Option<usize>,
}

impl Yaml {
    /// Just opened: the object is being read.
    pub fn of(key: Key) -> Self {
        Self {
            key,
            text: None,
            top: 0,
            room: (0, 0),
            search: Search::default(),
            hit: None,
        }
    }

    /// Lines in which what is searched for is.
    pub fn matching(&self) -> Vec<usize> {
        let text = match &self.text {
            Some(Ok(text)) => &**text,
            _ => "",
        };
        let lines = text.lines().enumerate();
        lines
            .filter(|(_, line)| self.search.is_in(line))
            .map(|(at, _)| at)
            .collect()
    }

    /// To the next match, or the previous one; says whether there is one.
    pub(in crate::app) fn go(&mut self, forward: bool) -> bool {
        let view = self.top..self.top + self.room.0.max(1);
        let lines = self.matching();
        let beside = |here, forward| search::beside(&lines, here, forward);
        let Some(line) = search::next(self.hit, view.clone(), forward, beside) else {
            return false;
        };
        self.hit = Some(line);
        self.top = search::bring(line, view);
        true
    }

    /// `/text 2 of 5`; `None` where nothing is searched for.
    pub fn told(&self) -> Option<String> {
        let lines = self.matching();
        let at = |hit| lines.iter().position(|line| *line == hit);
        let nth = self.hit.and_then(at).map(|at| at + 1);
        let told = || search::told(nth, lines.len());
        (!self.search.is_empty()).then(|| format!("/{} {}", self.search.text(), told()))
    }
}

impl OriginsScreen {
    /// Everything that was read; empty before.
    pub fn items(&self) -> &[Origin] {
        self.known.as_ref().map_or(&[], |known| &known.found.items)
    }

    /// The template or cron of this uid.
    pub fn get(&self, uid: &Uid) -> Option<&Origin> {
        self.items().iter().find(|item| item.key.uid == *uid)
    }

    /// What was not read the last time, and why.
    pub fn missing(&self) -> &[Missing] {
        self.known
            .as_ref()
            .map_or(&[], |known| &known.found.missing)
    }

    /// Nothing is known any more: another cluster, or other namespaces.
    pub(in crate::app) fn forget(&mut self) {
        *self = Self {
            filter: std::mem::take(&mut self.filter),
            height: self.height,
            ..Self::default()
        };
    }

    /// They are read again as soon as they are looked at.
    pub(in crate::app) fn read_again(&mut self, now: Timestamp) {
        if self.shown {
            self.due = Some(now);
        }
    }

    /// When something is due that no message will announce.
    pub(in crate::app) fn due(&self) -> Option<Timestamp> {
        match self.asked {
            Some(asked) => self.shown.then(|| later(asked, PATIENCE)),
            None => self.due,
        }
    }

    /// The answer.
    pub(in crate::app) fn take(&mut self, now: Timestamp, mut found: Origins) {
        self.asked = None;
        if self.shown {
            self.due = Some(self.due.unwrap_or(later(now, AGAIN)));
        }
        // What a broken connection hides is still there; what is refused or unknown is not to be seen.
        let lost = |item: &Origin| {
            found.missing.iter().any(|one| {
                let place = one.namespace.as_ref();
                one.kind == item.kind
                    && place.is_none_or(|place| *place == item.key.namespace)
                    && !is_settled(&one.why)
            })
        };
        let kept: Vec<Origin> = (self.items().iter())
            .filter(|item| lost(item) && !found.items.iter().any(|new| new.key.uid == item.key.uid))
            .cloned()
            .collect();
        found.items.extend(kept);
        self.known = Some(Known { found, read: now });
    }
}

/// It is as it is, and trying again will not change it.
pub fn is_settled(why: &Trouble) -> bool {
    matches!(why, Trouble::Forbidden { .. } | Trouble::NoSuchKind { .. })
}

/// Reads them when they begin to be looked at, and from time to time while they are.
pub(in crate::app) fn settle(state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) {
    let up = matches!(state.connection, Connection::Up { .. });
    let shown = up && state.screen == Screen::Origins;
    let screen = &mut state.origins;
    if shown && !screen.shown {
        screen.due = Some(now);
    }
    screen.shown = shown;
    if !shown {
        screen.due = None;
        return;
    }
    screen.asked = screen.asked.filter(|at| now < later(*at, PATIENCE));
    if screen.asked.is_none() && screen.due.is_some_and(|due| due <= now) {
        screen.due = None;
        screen.asked = Some(now);
        effects.push(Effect::ReadOrigins {
            session: state.session,
            scope: state.scope.clone(),
            at: now,
        });
    }
}
