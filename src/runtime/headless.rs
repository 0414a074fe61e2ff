//! The console without a terminal: the same messages, effects and frames, waited for until nothing is on its way.
//! Apart from the loop, which answers a person at once; this one answers scripts and tests, which want the picture that stays.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::time::{Instant, sleep_until};

use crate::app::key::KeyPress;
use crate::app::msg::{ClusterMsg, Msg};
use crate::app::overlay::OverlayKind;
use crate::app::state::{Connection, State, Tab};
use crate::app::{drawn, select, update};
use crate::model::delta::{Freshness, Scope};
use crate::model::trouble::Trouble;
use crate::runtime::config::{Home, Loaded};
use crate::runtime::console::{Clock, Console};
use crate::runtime::effects::{Effects, Rest};
use crate::runtime::mailbox::Mailbox;
use crate::runtime::picture;
use crate::ui;
use crate::ui::theme::Themes;

/// A picture stays once nothing was on its way for so long.
const QUIET: Duration = Duration::from_millis(150);
/// Longest wait for that: something is always on its way in a cluster that does not answer.
const LONGEST: Duration = Duration::from_secs(5);

/// A console that is looked at through [`Headless::text`].
///
/// Its clock must move by itself (the system's, or one that follows tokio's time), because the console waits by it.
pub struct Headless {
    state: State,
    themes: Themes,
    home: Option<(Home, Loaded)>,
    clock: Clock,
    mailbox: Mailbox,
    effects: Effects,
    buffer: Buffer,
    over: bool,
    /// When the followed log said something last.
    log: Option<Instant>,
}

impl Headless {
    /// Starts a console of this many columns and rows. Wants a tokio runtime; what comes from elsewhere goes into the mailbox.
    pub fn new(console: Console, mailbox: Mailbox, size: (u16, u16)) -> Self {
        let Console {
            state,
            source,
            themes,
            clock,
            home,
            journal,
            tasks,
        } = console;
        let effects = Effects::new(source, state.readonly, mailbox.clone()).noted_in(journal);
        let effects = effects.with_tasks(tasks);
        let mut headless = Self {
            state,
            themes,
            home,
            clock,
            mailbox,
            effects,
            buffer: Buffer::empty(Rect::new(0, 0, size.0, size.1)),
            over: false,
            log: None,
        };
        headless.take(Msg::Resize(size.0, size.1));
        for effect in update::start(&mut headless.state) {
            headless.effects.carry_out(effect);
        }
        headless.draw();
        headless
    }

    /// Presses keys one after the other, `j j enter`, and waits after each until the picture stays; says whether it did, as [`Headless::settle`].
    ///
    /// # Errors
    /// A sentence that names what is not a key; then none is pressed.
    pub async fn press(&mut self, keys: &str) -> Result<bool, String> {
        let mut stays = true;
        for key in KeyPress::parse_all(keys)? {
            if self.over {
                break;
            }
            self.take(Msg::Key(key));
            stays = self.settle().await;
        }
        Ok(stays)
    }

    /// Takes in one message, as if it had come from the world.
    pub fn take(&mut self, msg: Msg) {
        if let Msg::Cluster(_, ClusterMsg::Log(..)) = msg {
            self.log = Some(Instant::now());
        }
        if let Msg::Resize(columns, rows) = msg {
            self.buffer.resize(Rect::new(0, 0, columns, rows));
        }
        let now = self.clock.now();
        for effect in update::update(&mut self.state, now, msg) {
            match self.effects.carry_out(effect) {
                Some(Rest::Quit) => self.over = true,
                Some(Rest::ReadConfig) => self.configure(),
                Some(Rest::Wear(name)) => {
                    if let Some((home, _)) = &mut self.home {
                        home.asked.theme = name;
                    }
                    self.configure();
                }
                Some(Rest::Run(ticket, program, _)) => {
                    let why = format!("there is no terminal here for {}", program.word());
                    self.mailbox.push(Msg::Aside(ticket, Err(why)));
                }
                // A picture rings no bell, runs no program and leaves no trace.
                Some(
                    Rest::Suspend
                    | Rest::Copy(_)
                    | Rest::Alert(_)
                    | Rest::Hook(..)
                    | Rest::Mouse(_)
                    | Rest::Remember(..)
                    | Rest::KeepPast(..)
                    | Rest::Recall(..),
                )
                | None => {}
            }
        }
    }

    fn configure(&mut self) {
        let Some((home, before)) = &mut self.home else {
            return;
        };
        *before = home.load(Some(before));
        self.themes = before.themes.clone();
        let config = Box::new(before.config.clone());
        self.take(Msg::Config(config));
    }

    /// Waits until the fleet is complete, the run that is looked at is read, and nothing was on its way for a moment;
    /// `false` where that did not happen within five seconds.
    pub async fn settle(&mut self) -> bool {
        let limit = Instant::now() + LONGEST;
        let mut quiet: Option<Instant> = None;
        loop {
            self.draw();
            let now = Instant::now();
            quiet = if self.is_waiting() {
                None
            } else {
                quiet.or(Some(now))
            };
            let rest = quiet.map_or(limit, |since| limit.min(since + QUIET));
            if self.over || rest <= now {
                return quiet.is_some();
            }
            self.advance(rest).await;
        }
    }

    /// Lets time pass as it would for a person who watches.
    pub async fn watch(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end && !self.over {
            self.advance(end).await;
            self.draw();
        }
    }

    /// Takes in what comes next: messages, or the moment something is due; at the latest at `end`.
    async fn advance(&mut self, end: Instant) {
        let due = self.state.wake().map_or(end, |at| {
            // A moment that is over already must not make this spin.
            Instant::now() + self.clock.until(at).max(Duration::from_millis(1))
        });
        let mailbox = self.mailbox.clone();
        tokio::select! {
            batch = mailbox.recv_batch() => batch.into_iter().for_each(|msg| self.take(msg)),
            () = sleep_until(due.min(end)) => self.take(Msg::Tick),
        }
    }

    fn draw(&mut self) {
        let now = self.clock.now();
        self.buffer.reset();
        let theme = self.themes.on(self.state.background);
        let learned = ui::draw(&self.state, theme, now, &mut self.buffer);
        drawn::learn(&mut self.state, learned);
    }

    /// What is known.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Why the picture lacks something that waiting does not bring.
    pub fn trouble(&self) -> Option<&Trouble> {
        if let Connection::Down { why, .. } = &self.state.connection {
            return Some(why);
        }
        let sources = &self.state.fleet.sources;
        // Where the cluster-wide list is refused the namespaces speak for themselves.
        let named = sources.keys().any(Option::is_some);
        sources
            .iter()
            .filter(|(id, _)| id.is_some() || !named)
            .find_map(|(_, source)| match &source.rows {
                Freshness::Stale { why, .. } | Freshness::Denied { why } => Some(why),
                _ => None,
            })
    }

    /// The frame as cells.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The frame as text.
    pub fn text(&self) -> String {
        picture::text(&self.buffer)
    }

    /// The frame as text with colours.
    pub fn ansi(&self) -> String {
        picture::ansi(&self.buffer)
    }

    /// A key ended the program.
    pub fn is_over(&self) -> bool {
        self.over
    }

    fn is_waiting(&self) -> bool {
        match self.state.connection {
            Connection::Connecting => true,
            Connection::Down { .. } => false,
            Connection::Up { .. } => {
                self.waits_for_fleet()
                    || self.waits_for_namespaces()
                    || self.waits_for_rows()
                    || self.waits_for_focus()
                    || self.waits_for_page()
                    || self.waits_for_overlay()
                    || self.state.orders.is_waiting()
            }
        }
    }

    fn waits_for_fleet(&self) -> bool {
        let sources = &self.state.fleet.sources;
        sources.is_empty()
            || sources.values().any(|source| {
                let live = source.rows == Freshness::Live;
                coming(&source.rows) || live && coming(&source.active)
            })
    }

    /// Whether the chosen namespaces exist is asked where one shows nothing.
    fn waits_for_namespaces(&self) -> bool {
        let state = &self.state;
        let Scope::Namespaces(chosen) = &state.scope else {
            return false;
        };
        state.namespaces.is_none()
            && state.doubted == state.session
            && chosen.iter().any(|name| state.fleet.is_without(name))
    }

    /// An object of a line on screen is still to be read.
    fn waits_for_rows(&self) -> bool {
        let state = &self.state;
        if state.fleet.unread() == 0 || state.open.is_some() {
            return false;
        }
        let rows = select::runs(state, self.clock.now()).rows;
        let visible = rows
            .iter()
            .skip(state.runs.cursor.top)
            .take(state.runs.height);
        visible
            .into_iter()
            .any(|shown| shown.run.row.phase.is_done() && shown.run.facts.is_none())
    }

    fn waits_for_focus(&self) -> bool {
        let state = &self.state;
        let Some(key) = state.shown_run() else {
            return false;
        };
        let Some(focus) = state.focus_on(&key) else {
            return true;
        };
        let read = focus.workflow.is_some() || focus.gone || !coming(&focus.freshness);
        let tail = focus.tail.as_ref().is_none_or(|tail| tail.lines.is_some());
        state.aim.is_some() || !read || !tail
    }

    fn waits_for_page(&self) -> bool {
        let state = &self.state;
        let (Some(page), Some(focus)) = (&state.open, &state.focus) else {
            return false;
        };
        match page.tab {
            Tab::Events => coming(&focus.events_freshness),
            // An answer under way is an empty text until it comes.
            Tab::Yaml => match &focus.yaml {
                None => true,
                Some(Ok(text)) => text.is_empty(),
                Some(Err(_)) => false,
            },
            Tab::Artifacts => {
                let open = page.shelf.open.as_ref();
                let sizes = focus.workflow.iter().flat_map(|run| &run.artifacts);
                let waits = |id| matches!(focus.sizes.of(id), Some(None));
                open.is_some_and(|open| open.preview.is_none())
                    || sizes.into_iter().any(|one| waits(&one.id))
            }
            Tab::Log => {
                let begun = state.log.complete || !state.log.streams.is_empty();
                !begun || self.log.is_some_and(|at| at.elapsed() < QUIET)
            }
            _ => false,
        }
    }

    fn waits_for_overlay(&self) -> bool {
        let (namespaces, contexts) = (&self.state.namespaces, &self.state.contexts);
        match self.state.overlay.as_ref().map(|overlay| &overlay.kind) {
            Some(OverlayKind::Namespaces) => namespaces.is_none(),
            Some(OverlayKind::Contexts) => contexts.is_none(),
            Some(OverlayKind::Find) => namespaces.is_none() || contexts.is_none(),
            None if self.state.line.is_some() => namespaces.is_none() || contexts.is_none(),
            _ => false,
        }
    }
}

/// The first words of a source are still to come.
fn coming(freshness: &Freshness) -> bool {
    matches!(freshness, Freshness::Connecting | Freshness::Listing { .. })
}
