//! Everything that can happen to the program, in one type and one queue.
//! Apart from what is done about it, so that a recording of messages replays a session.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::app::artifacts::Fetching;
use crate::app::aside::Ended;
use crate::app::bridging::Told;
use crate::app::config::{Background, Config};
use crate::app::graphics::Answer;
use crate::app::key::KeyPress;
use crate::app::orders::Ticket;
use crate::app::said::Level;
use crate::app::screens::tasks::Kept;
use crate::model::act::{Cannot, Outcome, Prepared};
use crate::model::agent::AgentRun;
use crate::model::artifact::{Id, Measure, Snag};
use crate::model::compare::{Aligned, Comparison, Pair};
pub use crate::model::context::ContextInfo;
use crate::model::delta::{FeedEvent, SourceId};
use crate::model::event::KubeEvent;
use crate::model::facts::Facts;
use crate::model::journal::Entry;
use crate::model::key::Key;
use crate::model::log::{LogEvent, LogLine};
use crate::model::manifest::{self, Hidden};
use crate::model::origin::Origins;
use crate::model::past::Past;
use crate::model::pod::Pod;
use crate::model::preview::Preview;
use crate::model::qarun::{Brief, Sheet, Spec};
use crate::model::row::Row;
use crate::model::task::Project;
use crate::model::trouble::Trouble;
use crate::model::workflow::Workflow;

/// Number of a connection: raised at every switch of context or namespaces, so that what an old one still says is told apart.
pub type Session = u64;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    /// Time passed; nothing else did.
    Tick,
    /// A key.
    Key(KeyPress),
    /// A bracketed paste.
    Paste(String),
    /// The wheel, in lines, negative is up, over the cell at column, row.
    Wheel(i16, u16, u16),
    /// A click on the cell at column, row.
    Click(u16, u16),
    /// The pointer moves to the cell at column, row while its button is held.
    Drag(u16, u16),
    /// The terminal has this size now: columns, rows.
    Resize(u16, u16),
    /// The terminal came back from a suspend: everything is painted anew.
    Resumed,
    /// The terminal has the focus, or has lost it.
    Focus(bool),
    /// What became of something that nobody waits for.
    Report(Level, String),
    /// The configuration files were read again.
    Config(Box<Config>),
    /// The terminal answered what its background is.
    Background(Background),
    /// The terminal answered something about pictures, or has answered everything it will.
    Terminal(Answer),
    /// No browser showed this link, and why.
    NotShown(Arc<str>, String),
    /// Who had the terminal has ended; or why nobody had it, or how they lost it. One sentence.
    Aside(Ticket, Result<Ended, String>),
    /// How a write ended, whatever session it is by now.
    Acted(Ticket, Box<Outcome>),
    /// What the editor left behind; or why it cannot be read.
    Edited(Ticket, Result<Hidden, String>),
    /// A download goes on, or is over.
    Fetching(Ticket, Fetching),
    /// The end of the journal, the newest line last; or why it cannot be read.
    Journal(Result<Vec<Entry>, String>),
    /// Earlier runs that were kept, the oldest first.
    Recalled(Session, Vec<Past>),
    /// Answer to [`super::effect::Effect::ReadTasks`]; one sentence where there are none.
    Tasks(Box<Result<Project, String>>),
    /// What was made of criteria of the project before this program began.
    Made(Kept),
    /// Files of the project may have changed.
    TasksChanged,
    /// A word from the bridge of this number.
    Bridge(u64, Told),
    /// A word from the connection.
    Cluster(Session, ClusterMsg),
}

/// What a connection reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClusterMsg {
    /// The client stands and the server answered.
    Connected {
        /// Context name.
        context: Arc<str>,
        /// Server address without credentials.
        server: Arc<str>,
        /// Its version, `v1.36.2`.
        version: Arc<str>,
        /// Who it takes us for, where it tells.
        user: Option<Arc<str>>,
    },
    /// The client of a context stands, and its server is asked next.
    Reaching(Arc<str>),
    /// No connection; tried again in so many milliseconds.
    NotConnected {
        /// Why.
        why: Trouble,
        /// Until the next try.
        retry_ms: u64,
    },
    /// The row feed of one source.
    Rows(SourceId, FeedEvent<Key, Row>),
    /// The feed of whole objects of what is not completed.
    Active(SourceId, FeedEvent<Key, Facts>),
    /// The feed of QARuns of one source.
    QaRuns(SourceId, FeedEvent<Key, Brief>),
    /// The QARun of the run that is looked at, by the key of that run.
    QaRun(Key, FeedEvent<Key, Arc<Sheet>>),
    /// Answer to [`super::effect::Effect::ReadFacts`]; `None`: it is gone.
    FactsRead(Key, Result<Option<Box<Facts>>, Trouble>),
    /// The watched run.
    Workflow(Key, FeedEvent<Key, Arc<Workflow>>),
    /// Pods of the watched run.
    Pods(Key, FeedEvent<Key, Pod>),
    /// Events about the watched run and its pods.
    Events(Key, FeedEvent<Key, KubeEvent>),
    /// The followed log.
    Log(Key, LogEvent),
    /// Answer to [`super::effect::Effect::ReadTail`]: the last lines of one container.
    Tail {
        /// The run.
        run: Key,
        /// The pod.
        pod: Arc<str>,
        /// The container.
        container: Arc<str>,
        /// Its last lines.
        result: Result<Vec<LogLine>, Trouble>,
    },
    /// Answer to [`super::effect::Effect::ReadAgents`].
    Agents(Result<Vec<AgentRun>, Trouble>),
    /// Answer to [`super::effect::Effect::Compare`].
    Compared(Pair, Box<Result<Comparison, Trouble>>),
    /// Answer to [`super::effect::Effect::CompareLogs`].
    LogsCompared(Pair, Arc<str>, Box<Aligned>),
    /// Answer to [`super::effect::Effect::ReadYaml`].
    Yaml(Key, Result<Arc<str>, Trouble>),
    /// Answer to [`super::effect::Effect::ReadSizes`].
    Sizes(Key, Vec<(Id, Result<Measure, Snag>)>),
    /// Answer to [`super::effect::Effect::ReadArtifact`].
    Artifact(Key, Id, Box<Result<Preview, Snag>>),
    /// Answer to [`super::effect::Effect::ReadOrigins`].
    Origins(Box<Origins>),
    /// Answer to [`super::effect::Effect::ReadObject`].
    Object(Key, Result<Arc<str>, Trouble>),
    /// Answer to [`super::effect::Effect::ReadQaRun`].
    SpecRead(Key, Box<Result<Spec, Trouble>>),
    /// Answer to [`super::effect::Effect::Prepare`].
    Prepared(Ticket, Box<Result<Prepared, Cannot>>),
    /// Answer to [`super::effect::Effect::ReadManifest`].
    Manifest(Ticket, Box<Result<manifest::Sheet, Cannot>>),
    /// Answer to [`super::effect::Effect::AskRights`]: why we may not, or nothing.
    Rights(Arc<str>, Result<Option<Arc<str>>, Trouble>),
    /// Answer to [`super::effect::Effect::ListNamespaces`].
    Namespaces(Result<Vec<Arc<str>>, Trouble>),
    /// Answer to [`super::effect::Effect::ListContexts`].
    Contexts(Result<Vec<ContextInfo>, Trouble>),
}
