//! Everything a person can ask for, one row each. Help, hints and the README's key table are derived from this table.
//! Apart from the keys that ask for it, which are a file.

use serde::{Deserialize, Serialize};

use crate::app::layout::Layout;
use crate::app::overlay::OverlayKind;
use crate::app::state::{Pane, State, Tab};
use crate::app::steps::Form;

mod table;

pub use table::TABLE;

/// Something a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // each row of the table below is the documentation
pub enum Command {
    Down,
    Up,
    First,
    Last,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    Open,
    Back,
    Quit,
    Help,
    Runs,
    Filter,
    NextMatch,
    PrevMatch,
    Sort,
    Namespaces,
    AllNamespaces,
    Contexts,
    Reread,
    SuspendProgram,
    Repaint,
    Problems,
    ReloadConfig,
    NextView,
    PrevView,
    Messages,
    Utc,
    Mouse,
    NextPane,
    NextTab,
    PrevTab,
    ShowSummary,
    ShowLog,
    ShowParameters,
    ShowEvents,
    ShowYaml,
    OpenStep,
    Fold,
    OnlyFailures,
    TurnSteps,
    StepBefore,
    StepAfter,
    NextFailure,
    PrevFailure,
    FullScreen,
    Follow,
    Wrap,
    Timestamps,
    OneStep,
    Executor,
    Line,
    Find,
    Copy,
    Browse,
    Columns,
    Widen,
    Narrow,
    HistoryBack,
    HistoryForward,
    SetMark,
    ToMark,
    Accept,
    Mark,
    Clear,
    Complete,
}

/// Where keys of a command are looked for, innermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everywhere but while text is typed.
    Global,
    /// In anything that scrolls.
    List,
    /// The Runs screen.
    Runs,
    /// The Run page, both panes.
    Run,
    /// Its steps.
    Steps,
    /// Its steps while they are drawn as a graph.
    Graph,
    /// Its log.
    Log,
    /// A list to choose from.
    Picker,
    /// A line of text that is being typed.
    Prompt,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 9] = [
        Self::Global,
        Self::List,
        Self::Runs,
        Self::Run,
        Self::Steps,
        Self::Graph,
        Self::Log,
        Self::Picker,
        Self::Prompt,
    ];

    /// Its table in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::List => "list",
            Self::Runs => "runs",
            Self::Run => "run",
            Self::Steps => "steps",
            Self::Graph => "graph",
            Self::Log => "log",
            Self::Picker => "picker",
            Self::Prompt => "prompt",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The command.
    pub command: Command,
    /// Its name in keymap files.
    pub name: &'static str,
    /// The scope its keys belong to.
    pub scope: Scope,
    /// One word or two for the footer; empty: not shown there.
    pub hint: &'static str,
    /// What it does, for help.
    pub doc: &'static str,
}

impl Command {
    /// Its row of the table.
    pub fn info(self) -> &'static Info {
        // Every command has a row (a test holds that); the first row stands in for the impossible.
        TABLE
            .iter()
            .find(|info| info.command == self)
            .unwrap_or(&TABLE[0])
    }

    /// From its name in a keymap file.
    pub fn named(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|info| info.name == name)
            .map(|info| info.command)
    }

    /// It belongs to what lies over a screen and means nothing without it.
    pub fn is_over(self) -> bool {
        matches!(self.info().scope, Scope::Picker | Scope::Prompt)
    }

    /// Whether it would do something now. Keys, help and hints all ask this.
    pub fn applies(self, state: &State) -> bool {
        let page = state.page();
        let on_run = state.shown_run().is_some();
        match self {
            Self::Open => page.is_none() && on_run,
            Self::ShowLog | Self::ShowYaml | Self::Copy => on_run,
            Self::Browse => on_run && state.links.run.is_some(),
            Self::HistoryBack | Self::HistoryForward => {
                state.trail.leads(self == Self::HistoryForward)
            }
            Self::Columns => page.is_none(),
            Self::Widen | Self::Narrow => {
                let panes = Layout::of(state.size).has_two_panes();
                panes && page.is_none_or(|page| !page.zoom)
            }
            Self::ToMark => state.trail.marks().next().is_some(),
            Self::NextView | Self::PrevView => page.is_none() && !state.habits.views.is_empty(),
            Self::Sort | Self::Runs => self != Self::Runs || page.is_some(),
            Self::NextPane
            | Self::NextTab
            | Self::PrevTab
            | Self::FullScreen
            | Self::TurnSteps
            | Self::ShowSummary
            | Self::ShowParameters
            | Self::ShowEvents => page.is_some(),
            Self::OpenStep | Self::Fold | Self::OnlyFailures => {
                page.is_some_and(|page| page.pane == Pane::Steps)
            }
            Self::StepBefore | Self::StepAfter => {
                page.is_some_and(|page| page.pane == Pane::Steps) && state.form == Form::Graph
            }
            Self::NextFailure | Self::PrevFailure => page.is_some_and(|page| {
                let focus = state.focus_on(&page.key);
                focus.is_some_and(|focus| focus.tree().has_failures())
            }),
            Self::Follow | Self::OneStep | Self::Executor | Self::Wrap | Self::Timestamps => {
                page.is_some_and(|page| page.tab == Tab::Log && page.pane == Pane::Detail)
            }
            Self::NextMatch | Self::PrevMatch => page.is_some_and(|page| !page.search.is_empty()),
            Self::Mark => state.overlay.as_ref().is_some_and(|over| {
                matches!(over.kind, OverlayKind::Namespaces | OverlayKind::Columns)
            }),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own_and_a_sentence() {
        let names: BTreeSet<_> = TABLE.iter().map(|info| info.name).collect();
        let commands: BTreeSet<_> = TABLE.iter().map(|info| info.command).collect();
        assert_eq!(names.len(), TABLE.len());
        assert_eq!(commands.len(), TABLE.len());
        for info in TABLE {
            assert!(!info.doc.is_empty());
            assert_eq!(Command::named(info.name), Some(info.command));
            assert_eq!(info.command.info().name, info.name);
        }
    }
}
