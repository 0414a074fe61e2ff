//! The whole program as one value.
//! Apart from what changes it (`update`) and from what shows it (`ui`).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::app::artifacts::Download;
use crate::app::away::Away;
use crate::app::beside::Beside;
use crate::app::bridging::Bridging;
use crate::app::compare::Compare;
use crate::app::config::problem::Problem;
use crate::app::config::{Background, Habits, Links};
use crate::app::draft::Drafts;
use crate::app::drawn::{Hit, Target};
use crate::app::fleet::{Fleet, Run};
use crate::app::focus::{Focus, Tail};
use crate::app::graphics::Graphics;
use crate::app::key::KeyPress;
use crate::app::keymap::Keymap;
use crate::app::line::Line;
use crate::app::log::LogView;
use crate::app::memory::Memories;
use crate::app::moving::Shares;
use crate::app::msg::{ContextInfo, Session};
use crate::app::news::News;
use crate::app::orders::Orders;
use crate::app::overlay::Overlay;
use crate::app::qaruns::Agents;
use crate::app::query::Query;
use crate::app::said::{Level, Said};
use crate::app::screens::failures::FailuresScreen;
use crate::app::screens::origins::OriginsScreen;
use crate::app::screens::run::RunPage;
use crate::app::screens::runs::RunsScreen;
use crate::app::screens::tasks::TasksScreen;
use crate::app::steps::Form;
use crate::app::trail::Trail;
use crate::model::delta::Scope;
use crate::model::key::{Key, Uid};
use crate::model::trouble::Trouble;
use crate::model::zone::Zone;

pub use crate::app::pressed::Whisper;
pub use crate::app::prompt::{Prompt, PromptKind};
pub use crate::app::screens::run::{Pane, Tab};

/// What the program is started with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Context name; `None` for the kubeconfig's current one.
    pub context: Option<Arc<str>>,
    /// The kubeconfig that was named; `None` for the usual one, which other programs find too.
    pub kubeconfig: Option<Arc<str>>,
    /// No other program can reach this cluster.
    pub alone: bool,
    /// Namespaces to see.
    pub scope: Scope,
    /// Nothing may be changed in the cluster.
    pub readonly: bool,
    /// Keys.
    pub keymap: Keymap,
    /// What moves by itself is kept still.
    pub reduced_motion: bool,
    /// How the program behaves towards its terminal and its person.
    pub habits: Habits,
    /// What is wrong in the configuration.
    pub problems: Vec<Problem>,
    /// Filter of the Runs screen.
    pub query: Query,
    /// Where objects can be seen elsewhere.
    pub links: Links,
    /// The clock of this place.
    pub zone: Zone,
}

/// The connection to the API server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Connection {
    /// Being made.
    Connecting,
    /// It stands, or stood when it was last asked.
    Up {
        /// Context name.
        context: Arc<str>,
        /// Server address.
        server: Arc<str>,
        /// Server version.
        version: Arc<str>,
        /// Who we are there.
        user: Option<Arc<str>>,
    },
    /// It cannot be made now.
    Down {
        /// Why.
        why: Trouble,
        /// When it is tried again.
        retry: Timestamp,
    },
}

/// What is shown where no Run page is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Screen {
    /// The list of runs, or of those that wait.
    #[default]
    Runs,
    /// Templates and crons.
    Origins,
    /// What runs failed of.
    Failures,
    /// Tasks of Task Master.
    Tasks,
}

/// Everything the program knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Number of the connection.
    pub session: Session,
    /// Context asked for.
    pub context: Option<Arc<str>>,
    /// Namespaces asked for.
    pub scope: Scope,
    /// Nothing may be changed in the cluster.
    pub readonly: bool,
    /// The kubeconfig that was named.
    #[serde(default)]
    pub kubeconfig: Option<Arc<str>>,
    /// No other program can reach this cluster.
    #[serde(default)]
    pub alone: bool,
    /// The connection.
    pub connection: Connection,
    /// The context this session is about, as soon as the kubeconfig told its name.
    #[serde(default)]
    pub reaching: Option<Arc<str>>,
    /// All runs.
    pub fleet: Fleet,
    /// What is shown where no Run page is open.
    #[serde(default)]
    pub screen: Screen,
    /// How far the preview beside a list is scrolled.
    #[serde(default)]
    pub beside: Beside,
    /// The Runs screen.
    pub runs: RunsScreen,
    /// The screen of templates and crons.
    #[serde(default)]
    pub origins: OriginsScreen,
    /// The Failures screen.
    #[serde(default)]
    pub failures: FailuresScreen,
    /// The Tasks screen.
    #[serde(default)]
    pub tasks: TasksScreen,
    /// The bridge of this console.
    #[serde(default)]
    pub bridging: Bridging,
    /// The Run page, while it is open.
    pub open: Option<RunPage>,
    /// What the steps of a Run page are drawn as.
    #[serde(default)]
    pub form: Form,
    /// How often a person made the pane of the list, or of the steps, larger; negative: smaller.
    #[serde(default)]
    pub lean: i8,
    /// The page that was open the last time, until its run is known.
    #[serde(default)]
    pub returning: Option<(Key, Tab)>,
    /// The run that is looked at: of the page, else under the cursor.
    pub focus: Option<Focus>,
    /// What the focus will turn to, and when.
    pub aim: Option<(Key, Timestamp)>,
    /// The run whose QARun is watched, and that QARun.
    #[serde(default)]
    pub watched: Option<(Key, Key)>,
    /// CodeRuns and DocsRuns, once somebody looked at a QARun.
    #[serde(default)]
    pub agents: Agents,
    /// The followed log.
    pub log: LogView,
    /// Whose log that is.
    pub log_of: Option<Key>,
    /// Downloads under way.
    #[serde(default)]
    pub downloads: Vec<Download>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// The comparison of two runs that was looked at last.
    #[serde(default)]
    pub compare: Option<Compare>,
    /// What is asked for, agreed to and under way.
    #[serde(default)]
    pub orders: Orders,
    /// QARuns that are being written.
    #[serde(default)]
    pub drafts: Drafts,
    /// The line being typed.
    pub prompt: Option<Prompt>,
    /// The command line being typed.
    #[serde(default)]
    pub line: Option<Line>,
    /// Command lines that were done, the last one last.
    #[serde(default)]
    pub said: Vec<String>,
    /// Keys of an unfinished sequence.
    pub pending: Vec<KeyPress>,
    /// Whether what may follow them is listed.
    #[serde(default)]
    pub whisper: Whisper,
    /// Where a person has been, and marks.
    #[serde(default)]
    pub trail: Trail,
    /// Where objects can be seen elsewhere.
    #[serde(default)]
    pub links: Links,
    /// The session in which it was asked whether the chosen namespaces exist.
    #[serde(default)]
    pub doubted: Session,
    /// What was said, and what of it is on the screen.
    #[serde(default)]
    pub messages: Said,
    /// New failures on their way to being told.
    #[serde(default)]
    pub news: News,
    /// Where somebody left off, by context; `None`: nothing is remembered.
    #[serde(default)]
    pub memories: Option<Memories>,
    /// Runs that end are kept, and earlier ones asked for.
    #[serde(default)]
    pub keeps_past: bool,
    /// The session that has asked for them.
    #[serde(default)]
    pub recalled: Option<Session>,
    /// The terminal does not have the focus.
    #[serde(default)]
    pub away: Option<Away>,
    /// Shares of the first of two panes in thousandths, where a person has set them.
    #[serde(default)]
    pub shares: Shares,
    /// Since when data on screen is old, as the messages know it.
    #[serde(default)]
    pub stale_since: Option<Timestamp>,
    /// The clock that times are told by.
    #[serde(default)]
    pub zone: Zone,
    /// Namespaces that can be seen, once asked for.
    pub namespaces: Option<Result<Vec<Arc<str>>, Trouble>>,
    /// Contexts of the kubeconfig, once asked for.
    pub contexts: Option<Result<Vec<ContextInfo>, Trouble>>,
    /// Not before this moment is the next object read in the background.
    pub next_read: Timestamp,
    /// When the picture changes by itself, as the last drawing said.
    pub next_change: Option<Timestamp>,
    /// What can be clicked, as drawn last.
    pub hits: Vec<Hit>,
    /// Keys.
    pub keymap: Keymap,
    /// What moves by itself is kept still.
    pub reduced_motion: bool,
    /// How the program behaves towards its terminal and its person.
    #[serde(default)]
    pub habits: Habits,
    /// Wheel and clicks are for the program, not for the terminal.
    #[serde(default)]
    pub mouse: bool,
    /// What is wrong in the configuration files.
    pub problems: Vec<Problem>,
    /// What the terminal said of its background.
    pub background: Option<Background>,
    /// What the terminal said of pictures.
    #[serde(default)]
    pub graphics: Graphics,
    /// Everything is to be painted anew, once.
    pub repaint: bool,
}

impl State {
    /// Before anything happened, in a terminal of 80×24.
    pub fn new(options: Options) -> Self {
        Self {
            size: (80, 24),
            session: 0,
            context: options.context,
            scope: options.scope,
            readonly: options.readonly,
            kubeconfig: options.kubeconfig,
            alone: options.alone,
            connection: Connection::Connecting,
            reaching: None,
            fleet: Fleet::default(),
            beside: Beside::default(),
            runs: RunsScreen {
                query: options.query,
                ..RunsScreen::default()
            },
            screen: Screen::default(),
            origins: OriginsScreen::default(),
            failures: FailuresScreen::default(),
            tasks: TasksScreen::default(),
            bridging: Bridging::default(),
            open: None,
            form: Form::default(),
            lean: 0,
            returning: None,
            focus: None,
            aim: None,
            watched: None,
            agents: Agents::default(),
            log: LogView::default(),
            log_of: None,
            downloads: Vec::new(),
            overlay: None,
            compare: None,
            orders: Orders::default(),
            drafts: Drafts::default(),
            prompt: None,
            line: None,
            said: Vec::new(),
            pending: Vec::new(),
            whisper: Whisper::None,
            trail: Trail::default(),
            links: options.links,
            doubted: 0,
            messages: Said::default(),
            news: News::default(),
            memories: None,
            keeps_past: false,
            recalled: None,
            away: None,
            shares: Shares::default(),
            stale_since: None,
            zone: options.zone.in_utc(options.habits.utc),
            namespaces: None,
            contexts: None,
            next_read: Timestamp::UNIX_EPOCH,
            next_change: None,
            hits: Vec::new(),
            keymap: options.keymap,
            reduced_motion: options.reduced_motion,
            mouse: options.habits.mouse,
            habits: options.habits,
            problems: options.problems,
            background: None,
            graphics: Graphics::default(),
            repaint: false,
        }
    }

    /// Chosen namespaces that do not exist, as far as their names may be listed.
    pub fn missing_namespaces(&self) -> Vec<&Arc<str>> {
        let (Scope::Namespaces(chosen), Some(Ok(known))) = (&self.scope, &self.namespaces) else {
            return Vec::new();
        };
        chosen.iter().filter(|name| !known.contains(name)).collect()
    }

    /// The Run page, while it is open.
    pub fn page(&self) -> Option<&RunPage> {
        self.open.as_ref()
    }

    /// The list of runs is shown: no Run page lies over it, and no other screen is.
    pub fn lists_runs(&self) -> bool {
        self.open.is_none() && self.screen == Screen::Runs
    }

    /// The run that keys are about: of the page, else under the cursor.
    pub fn shown_run(&self) -> Option<Key> {
        match &self.open {
            Some(page) => Some(page.key.clone()),
            None if self.screen == Screen::Failures => self.failures.newest.clone(),
            None if self.screen != Screen::Runs => None,
            None => self
                .runs
                .cursor
                .on()
                .and_then(|uid| self.fleet.get(uid))
                .map(|run| run.row.key.clone()),
        }
    }

    /// The run under the cursor or of the page, as the fleet knows it.
    pub fn shown(&self) -> Option<&Run> {
        self.fleet.get(&self.shown_run()?.uid)
    }

    /// The focus, if it is on this run.
    pub fn focus_on(&self, key: &Key) -> Option<&Focus> {
        self.focus.as_ref().filter(|focus| focus.key == *key)
    }

    /// Answers a key: on the screen until the next one, or for some seconds.
    pub fn say(&mut self, now: Timestamp, text: impl AsRef<str>, bad: bool) {
        let level = if bad { Level::Warn } else { Level::Info };
        let number = self.messages.keep(now, level, text.as_ref(), None);
        self.messages.show(now, number, true);
    }

    /// Says something that nobody asked for: on the screen for some seconds, whatever is pressed.
    pub fn tell(&mut self, now: Timestamp, level: Level, text: impl AsRef<str>) {
        let number = self.messages.keep(now, level, text.as_ref(), None);
        self.messages.show(now, number, false);
    }

    /// The runs that have a line on screen.
    pub fn runs_on_screen(&self) -> impl Iterator<Item = Uid> {
        self.hits.iter().filter_map(|hit| match &hit.target {
            Target::Run(uid) => Some(uid.clone()),
            _ => None,
        })
    }

    /// When something is due that no message will announce: the runtime sends a tick then. `None`: sleep.
    pub fn wake(&self) -> Option<Timestamp> {
        let reading = self
            .fleet
            .can_read(crate::app::update::READS_AT_ONCE)
            .then_some(self.next_read);
        let tail = self.focus.as_ref().and_then(|focus| focus.tail.as_ref());
        [
            tail.and_then(Tail::due),
            self.aim.as_ref().map(|(_, at)| *at),
            reading,
            self.messages.until(),
            self.news.due(),
            self.memories.as_ref().and_then(Memories::due),
            self.next_change,
            self.orders.due(),
            self.log.due(),
            self.origins.due(),
            self.tasks.due(),
            self.whisper.due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// So many milliseconds later.
pub fn later(now: Timestamp, millis: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_millis(millis))
        .unwrap_or(now)
}
