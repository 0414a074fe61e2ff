//! Everything a person can ask for, one row each. Help, hints and the README's key table are derived from this table.
//! Apart from the keys that ask for it, which are a file.

use serde::{Deserialize, Serialize};

use crate::app::artifacts;
use crate::app::criteria;
use crate::app::draft;
use crate::app::failures;
use crate::app::fleet::Run;
use crate::app::layout::Layout;
use crate::app::orders::dialog::Face;
use crate::app::origins;
use crate::app::overlay::OverlayKind;
use crate::app::screens::runs::List;
use crate::app::seeking;
use crate::app::state::{Pane, Screen, State, Tab};
use crate::app::steps::Form;
use crate::app::tasks;

mod acting;
mod common;
mod drafting;
mod moving;
mod reading;
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
    Queue,
    Templates,
    SeeRuns,
    QaRuns,
    CodeRuns,
    Failures,
    SeeFailed,
    NewRun,
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
    ShowCriteria,
    OpenCriterion,
    ShowParameters,
    ShowArtifacts,
    OpenArtifact,
    SaveArtifact,
    ShowEvents,
    ShowYaml,
    Why,
    Compare,
    Report,
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
    ScrollLeft,
    ScrollRight,
    Timestamps,
    NextError,
    PrevError,
    OneStep,
    Executor,
    RawLines,
    FilterLines,
    SaveLog,
    PageLog,
    EditLog,
    Line,
    Find,
    Copy,
    Browse,
    Columns,
    BesideDown,
    BesideUp,
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
    Retry,
    RetryStep,
    Bypass,
    Approve,
    Reject,
    SuspendRun,
    Continue,
    StopRun,
    TerminateRun,
    Resubmit,
    ResubmitMemoized,
    LaunchLike,
    Edit,
    DeleteRun,
    Shell,
    Undo,
    Bulk,
    Journal,
    MarkRun,
    MarkRange,
    MarkAll,
    Confirm,
    TurnAnswer,
    ChangeValues,
    EditAgain,
    Draft,
    EditField,
    TurnField,
    TurnBack,
    AddItem,
    DropItem,
    UndoEdit,
    NextProblem,
    ShowDocument,
    Create,
    BeginAnew,
    Done,
    Tasks,
    OpenTask,
    NextTag,
    MarkTask,
    Bridge,
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
    /// The screen of templates and crons.
    Origins,
    /// The Failures screen.
    Failures,
    /// The Tasks screen.
    Tasks,
    /// The Run page, both panes.
    Run,
    /// Its steps.
    Steps,
    /// Its steps while they are drawn as a graph.
    Graph,
    /// Its log.
    Log,
    /// Its artifacts.
    Artifacts,
    /// Its criteria.
    Criteria,
    /// A list to choose from.
    Picker,
    /// A line of text that is being typed.
    Prompt,
    /// A question before something is changed.
    Dialog,
    /// The form of a QARun.
    Draft,
    /// A text of several lines that is being typed.
    Text,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 17] = [
        Self::Global,
        Self::List,
        Self::Runs,
        Self::Origins,
        Self::Failures,
        Self::Tasks,
        Self::Run,
        Self::Steps,
        Self::Graph,
        Self::Log,
        Self::Artifacts,
        Self::Criteria,
        Self::Picker,
        Self::Prompt,
        Self::Dialog,
        Self::Draft,
        Self::Text,
    ];

    /// It is of what lies over a screen.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Picker | Self::Prompt | Self::Dialog | Self::Draft | Self::Text
        )
    }

    /// Its table in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::List => "list",
            Self::Runs => "runs",
            Self::Origins => "templates",
            Self::Failures => "failures",
            Self::Tasks => "tasks",
            Self::Run => "run",
            Self::Steps => "steps",
            Self::Graph => "graph",
            Self::Log => "log",
            Self::Artifacts => "artifacts",
            Self::Criteria => "criteria",
            Self::Picker => "picker",
            Self::Prompt => "prompt",
            Self::Dialog => "dialog",
            Self::Draft => "draft",
            Self::Text => "text",
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
        self.info().scope.is_over()
    }

    /// Whether it would do something now. Keys, help and hints all ask this.
    pub fn applies(self, state: &State) -> bool {
        let is_open = state.drafts.is_open();
        match self.info().scope == Scope::Draft {
            true => is_open,
            false if is_open && !draft::keys::means_something(self) => false,
            false => self.does_something(state),
        }
    }

    fn does_something(self, state: &State) -> bool {
        let page = state.page();
        let on_run = state.shown_run().is_some();
        let on_origin = origins::under_cursor(state).is_some();
        match self {
            Self::Open => page.is_none() && on_run,
            Self::ShowYaml => on_run || on_origin,
            Self::ShowLog | Self::Copy | Self::Shell | Self::Why | Self::Compare | Self::Report => {
                on_run
            }
            Self::Browse => on_run && state.links.run.is_some(),
            Self::HistoryBack | Self::HistoryForward => {
                state.trail.leads(self == Self::HistoryForward)
            }
            Self::Columns => state.lists_runs(),
            Self::Widen | Self::Narrow => {
                let panes = Layout::of(state.size).has_two_panes();
                panes && page.is_none_or(|page| !page.zoom)
            }
            // On a Run page the other pane is what stands beside the steps.
            Self::BesideDown | Self::BesideUp => match page {
                Some(page) => {
                    page.pane == Pane::Steps && !page.zoom && Layout::of(state.size).has_two_panes()
                }
                None => !state.shows_manifest() && state.beside.seen.is_some(),
            },
            Self::ToMark => state.trail.marks().next().is_some(),
            Self::NextView | Self::PrevView => state.lists_runs() && !state.habits.views.is_empty(),
            Self::Runs => !state.lists_runs() || state.runs.list != List::Runs,
            Self::Queue => !state.lists_runs() || state.runs.list != List::Queue,
            Self::Templates => page.is_some() || state.screen != Screen::Origins,
            Self::Failures => page.is_some() || state.screen != Screen::Failures,
            Self::Tasks => page.is_some() || state.screen != Screen::Tasks,
            Self::Bridge => tasks::are_shown(state),
            Self::OpenTask | Self::NextTag | Self::MarkTask => tasks::applies(state, self),
            Self::SeeFailed => on_run && failures::are_shown(state),
            Self::SeeRuns => on_origin && !state.shows_manifest(),
            Self::NewRun => state.orders.made.is_some(),
            Self::NextPane
            | Self::NextTab
            | Self::PrevTab
            | Self::FullScreen
            | Self::TurnSteps
            | Self::ShowSummary
            | Self::ShowEvents => page.is_some(),
            Self::ShowParameters | Self::ShowArtifacts => {
                page.is_some() && !state.shown().is_some_and(Run::is_qarun)
            }
            Self::ShowCriteria | Self::OpenCriterion => criteria::applies(state, self),
            Self::OpenArtifact | Self::SaveArtifact => artifacts::applies(state, self),
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
            Self::Wrap => page.is_some_and(|page| {
                let opened = page.tab == Tab::Artifacts && page.shelf.open.is_some();
                opened || matches!(page.tab, Tab::Log | Tab::Yaml)
            }),
            Self::ScrollLeft => page.is_some_and(|page| page.aside > 0),
            Self::ScrollRight => page.is_some_and(|page| page.beyond),
            Self::Follow | Self::OneStep | Self::Executor | Self::RawLines | Self::Timestamps => {
                page.is_some_and(|page| page.tab == Tab::Log && page.pane == Pane::Detail)
            }
            Self::SaveLog | Self::PageLog | Self::EditLog => {
                page.is_some_and(|page| page.tab == Tab::Log) && !state.log.is_empty()
            }
            Self::NextError | Self::PrevError => {
                let shown = page.is_some_and(|page| page.tab == Tab::Log);
                shown && state.log.troubles() != (0, 0)
            }
            Self::NextMatch | Self::PrevMatch => !seeking::text(state).is_empty(),
            Self::Mark => state.overlay.as_ref().is_some_and(|over| {
                matches!(over.kind, OverlayKind::Namespaces | OverlayKind::Columns)
            }),
            Self::Retry
            | Self::RetryStep
            | Self::Bypass
            | Self::Reject
            | Self::Continue
            | Self::StopRun
            | Self::TerminateRun
            | Self::Resubmit
            | Self::ResubmitMemoized => on_run,
            Self::LaunchLike | Self::Edit | Self::SuspendRun | Self::Approve | Self::DeleteRun => {
                on_run || on_origin
            }
            Self::MarkRun | Self::MarkAll => {
                on_run && (state.lists_runs() || failures::are_shown(state))
            }
            Self::MarkRange => state.lists_runs() && on_run,
            Self::Bulk => state.orders.bulk.is_some(),
            Self::Confirm | Self::ChangeValues | Self::EditAgain => self.answers(state),
            _ => true,
        }
    }

    /// Whether it means something to the question on the screen.
    fn answers(self, state: &State) -> bool {
        let Some(dialog) = &state.orders.dialog else {
            return self == Self::Confirm;
        };
        match self {
            Self::ChangeValues => dialog.has_values(),
            Self::EditAgain => dialog.has_draft(),
            _ => matches!(dialog.face, Face::Agree(_)),
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
