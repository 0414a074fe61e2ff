//! A console without a terminal: the app, its effects and a screen of cells, on any cluster, in virtual time.
//! Apart from the tests, because screens, journeys and replays drive the same console.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tiphys::app::aside::{Ended, Program};
use tiphys::app::effect::Effect;
use tiphys::app::key::KeyPress;
use tiphys::app::keymap::{DEFAULT, Keymap};
use tiphys::app::msg::Msg;
use tiphys::app::state::{Options, State};
use tiphys::app::{drawn, update};
use tiphys::cluster::Cluster;
use tiphys::runtime::effects::{Effects, Rest, Source};
use tiphys::runtime::journal::Journal;
use tiphys::runtime::mailbox::Mailbox;
pub use tiphys::runtime::picture::text;
use tiphys::sim::api::Api;
use tiphys::sim::{Embedded, Scenario};
use tiphys::ui;
use tiphys::ui::theme::Theme;
use tokio::time::{Instant, sleep_until};

/// What time it is when a bench begins: as in a paused embedded cluster.
pub const EPOCH: &str = "2026-11-22T02:14:00Z";

/// An embedded cluster that stands still.
pub fn still(scenario: Scenario) -> Embedded {
    let options = tiphys::sim::Options {
        scenario,
        epoch: Some(EPOCH.parse().expect("a time")),
        ..tiphys::sim::Options::default()
    };
    Embedded::paused(options).expect("the embedded data is whole")
}

/// The same story where nobody has configured a store of artifacts.
pub fn without_a_store() -> Embedded {
    let options = tiphys::sim::Options {
        epoch: Some(EPOCH.parse().expect("a time")),
        bucket: None,
        ..tiphys::sim::Options::default()
    };
    Embedded::paused(options).expect("the embedded data is whole")
}

/// A state with the default keys.
pub fn state() -> State {
    State::new(options())
}

/// Options with the default keys.
pub fn options() -> Options {
    Options {
        keymap: Keymap::parse(DEFAULT).0,
        ..Options::default()
    }
}

/// Somebody who edits a file.
pub type Editor = Box<dyn FnMut(&Path) -> Ended>;

/// The console.
pub struct Bench {
    /// What it knows.
    pub state: State,
    /// Everything it wanted, in order.
    pub wanted: Vec<Effect>,
    /// What has the terminal while a file is edited: changes the file, and says whether it ended well.
    pub editor: Option<Editor>,
    effects: Effects,
    mailbox: Mailbox,
    epoch: Timestamp,
    begun: Instant,
}

impl Bench {
    /// A console of 160×45 on a service in this process, just started.
    pub fn on(api: &Api) -> Self {
        let cluster = Cluster::from_service(api.clone(), "demo");
        Self::of(Source::Ready(cluster), options(), EPOCH)
    }

    /// The same on an embedded cluster with its store of artifacts.
    pub fn at(cluster: &Embedded) -> Self {
        let client = Cluster::from_service(cluster.api.clone(), "demo");
        let client = client.with_stores(cluster.bucket());
        Self::of(Source::Ready(client), options(), EPOCH)
    }

    /// A console just started, at this time.
    pub fn of(source: Source, options: Options, epoch: &str) -> Self {
        let mailbox = Mailbox::new();
        let mut bench = Self {
            state: State::new(options),
            wanted: Vec::new(),
            editor: None,
            effects: Effects::new(source, false, mailbox.clone()),
            mailbox,
            epoch: epoch.parse().expect("a time"),
            begun: Instant::now(),
        };
        bench.state.size = (160, 45);
        let first = update::start(&mut bench.state);
        bench.carry_out(first);
        bench
    }

    /// What is done is written down here.
    #[must_use]
    pub fn noted_in(mut self, journal: Journal) -> Self {
        self.effects = self.effects.noted_in(Some(journal));
        self
    }

    /// Tasks are read by this, whose changes are told each second; no bridge works for them.
    #[must_use]
    pub fn with_tasks(mut self, read: tiphys::runtime::effects::Read) -> Self {
        let changes = || {
            let second = |()| async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Some(((), ()))
            };
            futures::stream::unfold((), second).boxed()
        };
        self.effects = self
            .effects
            .with_tasks(Some(tiphys::runtime::effects::Tasks {
                read,
                changes: Arc::new(changes),
                bridge: Arc::new(|_| async { Err("there is none here".to_owned()) }.boxed()),
                made: None,
            }));
        self
    }

    /// The present of this console.
    pub fn now(&self) -> Timestamp {
        self.epoch + jiff::SignedDuration::try_from(self.begun.elapsed()).expect("a short test")
    }

    /// Takes in what happens in so many seconds.
    pub async fn seconds(&mut self, seconds: f64) {
        self.run(Duration::from_secs_f64(seconds), |_| false).await;
    }

    /// Goes on until something holds; fails after so many seconds with what the screen shows then.
    pub async fn until(&mut self, seconds: u64, holds: impl Fn(&State) -> bool) {
        if !self.run(Duration::from_secs(seconds), holds).await {
            panic!("it did not happen within {seconds} s:\n{}", self.text());
        }
    }

    async fn run(&mut self, span: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let end = Instant::now() + span;
        loop {
            if holds(&self.state) {
                self.draw();
                return true;
            }
            let wake = self.state.wake().map_or(end, |at| {
                let wait = at.duration_since(self.now()).as_secs_f64().max(0.0);
                (Instant::now() + Duration::from_secs_f64(wait)).min(end)
            });
            tokio::select! {
                biased;
                batch = self.mailbox.recv_batch() => {
                    for msg in batch {
                        self.take(msg);
                    }
                }
                () = sleep_until(wake) => {
                    if Instant::now() >= end {
                        self.draw();
                        return holds(&self.state);
                    }
                    // The next drawing says anew when the picture changes.
                    self.state.next_change = None;
                    self.take(Msg::Tick);
                }
            }
        }
    }

    /// One message.
    pub fn take(&mut self, msg: Msg) {
        let now = self.now();
        let effects = update::update(&mut self.state, now, msg);
        self.carry_out(effects);
    }

    /// Presses keys, as a keymap writes them, one right after the other.
    pub fn press(&mut self, keys: &str) {
        for key in KeyPress::parse_all(keys).expect("keys") {
            self.take(Msg::Key(key));
            self.draw();
        }
    }

    /// Types text.
    pub fn write(&mut self, text: &str) {
        for c in text.chars() {
            let key = KeyPress::plain(tiphys::app::key::KeyCode::Char(c));
            self.take(Msg::Key(key));
        }
        self.draw();
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.wanted.push(effect.clone());
            let rest = self.effects.carry_out(effect);
            if let Some(Rest::Run(ticket, Program::Editor | Program::Pager, args)) = rest {
                let ended = match &mut self.editor {
                    Some(editor) => Ok(editor(Path::new(&args[0]))),
                    None => Err("there is no editor here".to_string()),
                };
                self.mailbox.push(Msg::Aside(ticket, ended));
            }
        }
    }

    /// Draws it at its own size.
    pub fn draw(&mut self) -> Buffer {
        let now = self.now();
        draw(&mut self.state, &dusk(), now)
    }

    /// What it shows, as text.
    pub fn text(&mut self) -> String {
        text(&self.draw())
    }

    /// Puts the cursor of the Runs screen on the run of this name, as a click would.
    #[track_caller]
    pub fn stand_on(&mut self, name: &str) {
        let found = self
            .state
            .fleet
            .iter()
            .find(|run| &*run.row.key.name == name);
        let uid = found
            .unwrap_or_else(|| panic!("there is no {name}"))
            .row
            .key
            .uid
            .clone();
        self.state.runs.cursor.put(uid);
        self.state.runs.held = true;
        self.take(Msg::Tick);
        self.draw();
    }

    /// Fails unless the screen shows all of these.
    #[track_caller]
    pub fn shows(&mut self, wanted: &[&str]) {
        let text = self.text();
        for word in wanted {
            assert!(
                text.contains(word),
                "`{word}` is not on the screen:\n{text}"
            );
        }
    }

    /// Fails if the screen shows any of these.
    #[track_caller]
    pub fn hides(&mut self, unwanted: &[&str]) {
        let text = self.text();
        for word in unwanted {
            assert!(!text.contains(word), "`{word}` is on the screen:\n{text}");
        }
    }
}

/// The theme of dark terminals.
pub fn dusk() -> Theme {
    Theme::built_in("dusk").expect("it is built in")
}

/// Draws a state and takes in what the drawing learned.
pub fn draw(state: &mut State, theme: &Theme, now: Timestamp) -> Buffer {
    let (width, height) = state.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let learned = ui::draw(state, theme, now, &mut buffer);
    drawn::learn(state, learned);
    buffer
}

/// A number that changes with any style of any cell: FNV-1a over runs of equal styles.
pub fn styles(buffer: &Buffer) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut last: Option<Style> = None;
    for (at, cell) in buffer.content().iter().enumerate() {
        let style = cell.style();
        if last == Some(style) {
            continue;
        }
        for byte in format!("{at}{style:?}").bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        last = Some(style);
    }
    hash
}
