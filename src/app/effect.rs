//! What the program wants from the world: plain data, with the object's key inside.
//! Apart from who carries it out, so that a test can assert exactly what would be done.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::app::config::rules::How;
use crate::app::memory::Memory;
use crate::app::msg::Session;
use crate::model::delta::Scope;
use crate::model::key::Key;

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
    /// Follow every container of a run, instead of the log followed before.
    FollowLog(Session, Key),
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
    /// Read the object and render it as YAML for a person: managedFields left out, what looks like a credential masked.
    ReadYaml(Session, Key),
    /// Names of the namespaces that can be seen.
    ListNamespaces(Session),
    /// Contexts of the kubeconfig.
    ListContexts(Session),
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
    /// Wheel and clicks are for the program, or for the terminal.
    Mouse(bool),
    /// Read the configuration files again.
    ReadConfig,
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
            | Self::FollowLog(..)
            | Self::UnfollowLog
            | Self::ReadTail { .. }
            | Self::ReadYaml(..)
            | Self::ListNamespaces(_)
            | Self::ListContexts(_)
            | Self::Copy(_)
            | Self::Show(_)
            | Self::Alert(_)
            | Self::Hook { .. }
            | Self::Mouse(_)
            | Self::Remember(..)
            | Self::ReadConfig
            | Self::Suspend
            | Self::Quit => false,
        }
    }
}
