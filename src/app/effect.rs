//! What the program wants from the world: plain data, with the object's key inside.
//! Apart from who carries it out, so that a test can assert exactly what would be done.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::aside::Aside;
use crate::app::config::rules::How;
use crate::app::log::Saved;
use crate::app::memory::Memory;
use crate::app::msg::Session;
use crate::app::orders::Ticket;
use crate::app::screens::tasks::Kept;
use crate::model::act::{Kind, Order, Shown};
use crate::model::artifact::Artifact;
use crate::model::compare::Pair;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::log::{LogSource, Reach};
use crate::model::manifest::Hidden;
use crate::model::past::Past;

/// A sign to somebody who may not look at the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// How; never a message on this screen.
    pub how: Vec<How>,
    /// One sentence, safe to show.
    pub text: String,
}

/// One wish. A newer effect of the same slot (connection, opened run, followed log) replaces the older one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Connect and feed the fleet of these namespaces. Ends everything of older sessions.
    Connect {
        /// The new session.
        session: Session,
        /// Context name; `None` for the one given at start.
        context: Option<Arc<str>>,
        /// Namespaces to see.
        scope: Scope,
    },
    /// Read one object's facts once.
    ReadFacts(Session, Key),
    /// Watch one run with its pods and events, instead of the one watched before.
    Watch(Session, Key),
    /// Watch none.
    Unwatch,
    /// Watch the QARun of the run that is looked at, instead of the one watched before; where that run is the QARun itself
    /// the events about it too.
    WatchQaRun {
        /// Session.
        session: Session,
        /// The run that is looked at: the answers have it.
        run: Key,
        /// The QARun.
        qarun: Key,
    },
    /// Watch no QARun.
    UnwatchQaRun,
    /// Read the CodeRuns and DocsRuns of these namespaces.
    ReadAgents(Session, Scope),
    /// Follow every container of a run, and of those beside it, as far back as it reaches, instead of the log followed
    /// before. It goes by the name of the first; where there are more, each line says its run.
    FollowLog(Session, Key, Vec<Key>, Reach),
    /// Follow none.
    UnfollowLog,
    /// Read the last lines of one container of a pod, once.
    ReadTail {
        /// Session.
        session: Session,
        /// The run.
        run: Key,
        /// The pod.
        pod: Arc<str>,
        /// The container.
        container: Arc<str>,
        /// Display name of the step, to label the lines.
        step: Arc<str>,
        /// How many lines.
        lines: u32,
    },
    /// Read two runs and tell in what they differ, at this moment.
    Compare(Session, Pair, Timestamp),
    /// Read the logs of a step of two runs, and lay them beside each other.
    CompareLogs {
        /// Session.
        session: Session,
        /// The runs.
        pair: Pair,
        /// The step, by its place.
        path: Arc<str>,
        /// Who writes its log in the run that was asked about, if anybody does.
        here: Option<LogSource>,
        /// And in the other one.
        there: Option<LogSource>,
    },
    /// Read the object and render it as YAML for a person: managedFields left out, what looks like a credential masked.
    ReadYaml(Session, Kind, Key),
    /// Ask the stores how much these artifacts of a run are.
    ReadSizes(Session, Key, Vec<Artifact>),
    /// Read the beginning of an artifact, to show it.
    ReadArtifact(Session, Key, Box<Artifact>),
    /// Download an artifact into a new file of this name.
    Download(Ticket, Key, Box<Artifact>, Arc<str>),
    /// Stop a download; what is here of it stays.
    StopDownload(Ticket),
    /// Read templates and crons, of every kind that is allowed.
    ReadOrigins {
        /// Session.
        session: Session,
        /// Namespaces to see.
        scope: Scope,
        /// Now, for when crons fire next.
        at: Timestamp,
    },
    /// Read a template or a cron and render it as YAML for a person, as [`Effect::ReadYaml`] does.
    ReadObject(Session, Kind, Key),
    /// Read what a QARun asks for, by its namespace and name.
    ReadQaRun(Session, Key),
    /// Read the tasks of the project.
    ReadTasks,
    /// Keep what somebody made of criteria of this project.
    KeepMade(String, Kept),
    /// Let a bridge work between the tasks and the cluster, instead of the one before.
    Bridge {
        /// Its words have it too.
        number: u64,
        /// It only says what it would do.
        dry: bool,
        /// Where its QARuns are, where the project does not say.
        namespace: Option<Arc<str>>,
    },
    /// Let none work.
    EndBridge,
    /// Names of the namespaces that can be seen.
    ListNamespaces(Session),
    /// Contexts of the kubeconfig.
    ListContexts(Session),
    /// Read the object as it is now, ask what is allowed, and say what an order would do. Changes nothing.
    Prepare {
        /// Session.
        session: Session,
        /// The answer has it too.
        ticket: Ticket,
        /// What would be done.
        order: Box<Order>,
        /// Now, for what is stamped on the object.
        at: Timestamp,
    },
    /// Read an object to be edited, ask whether we may change it, and lay over it what was written before. Changes nothing.
    /// The answer has the ticket too; the order says which object, and what was written.
    ReadManifest(Session, Ticket, Box<Order>),
    /// Take what the editor of [`Effect::Aside`] left behind; its file goes.
    TakeSheet(Ticket),
    /// The same, which nobody wants.
    DropSheet(Ticket),
    /// Keep what was written and not applied in a file only its owner may read, of this name, since this moment.
    KeepSheet(String, Hidden, Timestamp),
    /// Ask whether we may change workflows of this namespace.
    AskRights(Session, Arc<str>),
    /// Do it, once, if the object still is what was shown.
    Act {
        /// Session.
        session: Session,
        /// The outcome has it too.
        ticket: Ticket,
        /// What is done.
        order: Box<Order>,
        /// What was agreed to.
        shown: Shown,
        /// Now, for what is stamped on the object.
        at: Timestamp,
    },
    /// Read the end of the journal of what was done.
    ReadJournal,
    /// Write lines of the log into a new file.
    SaveLog(Saved),
    /// Show this link in a browser.
    Show(Arc<str>),
    /// Give this text to the terminal's clipboard.
    Copy(Arc<str>),
    /// Make the terminal call for attention.
    Alert(Alert),
    /// Run a program of the person's own, without a shell.
    Hook {
        /// Its name and arguments.
        argv: Vec<String>,
        /// What it finds in its environment, safe to show.
        facts: Vec<(String, String)>,
    },
    /// Keep where somebody left off in a context.
    Remember(String, Memory),
    /// Keep what is known of runs of this context that ended.
    KeepPast(Arc<str>, Vec<Past>),
    /// Tell what was kept of earlier runs of this context.
    Recall(Session, Arc<str>),
    /// Wheel and clicks are for the program, or for the terminal.
    Mouse(bool),
    /// Read the configuration files again.
    ReadConfig,
    /// Look like this theme until the end, whatever the files say: its name.
    Wear(String),
    /// Let somebody else have the terminal until that is over; the answer has the ticket too.
    Aside(Ticket, Aside),
    /// Give the terminal back to the shell until it continues us (ctrl-z).
    Suspend,
    /// End the program.
    Quit,
}

impl Effect {
    /// Whether carrying it out changes something in the cluster. Asked in one place: read-only consoles refuse these.
    pub fn writes(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::ReadFacts(..)
            | Self::Watch(..)
            | Self::Unwatch
            | Self::WatchQaRun { .. }
            | Self::UnwatchQaRun
            | Self::ReadAgents(..)
            | Self::FollowLog(..)
            | Self::UnfollowLog
            | Self::ReadTail { .. }
            | Self::Compare(..)
            | Self::CompareLogs { .. }
            | Self::ReadYaml(..)
            | Self::ReadSizes(..)
            | Self::ReadArtifact(..)
            | Self::Download(..)
            | Self::StopDownload(_)
            | Self::ReadOrigins { .. }
            | Self::ReadObject(..)
            | Self::ReadQaRun(..)
            | Self::ReadTasks
            | Self::KeepMade(..)
            | Self::EndBridge
            | Self::ListNamespaces(_)
            | Self::ListContexts(_)
            | Self::Copy(_)
            | Self::Show(_)
            | Self::Alert(_)
            | Self::Hook { .. }
            | Self::Mouse(_)
            | Self::Remember(..)
            | Self::KeepPast(..)
            | Self::Recall(..)
            | Self::ReadConfig
            | Self::Wear(_)
            | Self::Suspend
            | Self::Prepare { .. }
            | Self::ReadManifest(..)
            | Self::TakeSheet(_)
            | Self::DropSheet(_)
            | Self::KeepSheet(..)
            | Self::AskRights(..)
            | Self::ReadJournal
            | Self::SaveLog(_)
            | Self::Quit => false,
            Self::Aside(_, aside) => aside.writes(),
            Self::Bridge { dry, .. } => !dry,
            Self::Act { .. } => true,
        }
    }
}
