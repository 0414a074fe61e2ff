//! The table of commands, one row each.
//! Apart from what a command is, because it only grows.

use super::acting::ACTING;
use super::common::COMMON;
use super::reading::READING;
use super::{Command, Info, Scope};

pub(super) const fn row(
    command: Command,
    name: &'static str,
    scope: Scope,
    hint: &'static str,
    doc: &'static str,
) -> Info {
    Info {
        command,
        name,
        scope,
        hint,
        doc,
    }
}

/// The table, in the order help shows it. Hints appear in the footer in this order too.
pub const TABLE: &[Info] = &joined::<ROWS>(&[LOOKING, READING, MOVING, ACTING, COMMON]);

const ROWS: usize = LOOKING.len() + READING.len() + MOVING.len() + ACTING.len() + COMMON.len();

/// Parts of a table as one.
const fn joined<const N: usize>(parts: &[&[Info]]) -> [Info; N] {
    let mut all = [LOOKING[0]; N];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut row = 0;
        while row < parts[part].len() {
            all[at] = parts[part][row];
            (row, at) = (row + 1, at + 1);
        }
        part += 1;
    }
    all
}

/// Commands that look at something.
const LOOKING: &[Info] = &[
    row(
        Command::Open,
        "open",
        Scope::Runs,
        "open",
        "Open the run under the cursor",
    ),
    row(
        Command::ShowLog,
        "log",
        Scope::Global,
        "log",
        "Log of the run, or of all marked ones as one: every pod and container, merged by time",
    ),
    row(
        Command::Why,
        "why",
        Scope::Global,
        "why",
        "Why the run is where it is: a sentence, its evidence, and with enter the way there",
    ),
    row(
        Command::Compare,
        "compare",
        Scope::Global,
        "compare",
        "In what the run differs from the last green one of its template, or two marked runs from each other",
    ),
    row(
        Command::Report,
        "report",
        Scope::Global,
        "",
        "What is known of the run as Markdown, for whoever was not there: to save, copy or open elsewhere",
    ),
    row(
        Command::Sort,
        "sort",
        Scope::Runs,
        "sort",
        "Choose the order of the list",
    ),
    row(
        Command::Columns,
        "columns",
        Scope::Runs,
        "",
        "Choose the columns of the list",
    ),
    row(
        Command::NextView,
        "next-view",
        Scope::Runs,
        "view",
        "The next of your views ([[view]] in config.toml)",
    ),
    row(
        Command::PrevView,
        "previous-view",
        Scope::Runs,
        "",
        "The previous of your views",
    ),
    row(
        Command::Filter,
        "filter",
        Scope::Global,
        "filter",
        "Filter the list; on a run search the focused pane",
    ),
    row(
        Command::Namespaces,
        "namespaces",
        Scope::Global,
        "namespaces",
        "Choose namespaces",
    ),
    row(
        Command::Contexts,
        "contexts",
        Scope::Global,
        "context",
        "Choose a context of the kubeconfig",
    ),
    row(
        Command::AllNamespaces,
        "all-namespaces",
        Scope::Global,
        "",
        "See all namespaces",
    ),
    row(
        Command::NextPane,
        "next-pane",
        Scope::Run,
        "pane",
        "Go to the other pane",
    ),
    row(
        Command::OpenStep,
        "open-step",
        Scope::Steps,
        "",
        "The log of the step; what holds steps opens or closes",
    ),
    row(
        Command::Fold,
        "fold",
        Scope::Steps,
        "fold",
        "Open or close the branch",
    ),
    row(
        Command::OnlyFailures,
        "only-failures",
        Scope::Steps,
        "failures",
        "Show only what failed and the way there",
    ),
    row(
        Command::TurnSteps,
        "turn-steps",
        Scope::Run,
        "",
        "The steps as a tree, as a graph, as bars in time",
    ),
    row(
        Command::StepBefore,
        "step-before",
        Scope::Graph,
        "",
        "To a step that this one comes after",
    ),
    row(
        Command::StepAfter,
        "step-after",
        Scope::Graph,
        "",
        "To a step that comes after this one",
    ),
    row(
        Command::NextFailure,
        "next-failure",
        Scope::Run,
        "next failure",
        "To the next step that failed, opening what hides it",
    ),
    row(
        Command::PrevFailure,
        "previous-failure",
        Scope::Run,
        "",
        "To the previous step that failed",
    ),
    row(
        Command::NextTab,
        "next-tab",
        Scope::Run,
        "",
        "Next tab of the right pane",
    ),
    row(
        Command::PrevTab,
        "previous-tab",
        Scope::Run,
        "",
        "Previous tab of the right pane",
    ),
    row(
        Command::ShowSummary,
        "summary",
        Scope::Run,
        "summary",
        "Summary of the run and of the step under the cursor",
    ),
    row(
        Command::ShowCriteria,
        "criteria",
        Scope::Run,
        "criteria",
        "Each acceptance criterion of the run, with its verdict and what that is known from",
    ),
    row(
        Command::ShowParameters,
        "parameters",
        Scope::Run,
        "parameters",
        "Parameters and outputs of the run and of the step",
    ),
    row(
        Command::ShowArtifacts,
        "artifacts",
        Scope::Run,
        "artifacts",
        "Artifacts of the step under the cursor and of all below it, with sizes",
    ),
    row(
        Command::OpenArtifact,
        "open-artifact",
        Scope::Artifacts,
        "look",
        "What the artifact under the cursor holds: text, a table of tests, a listing",
    ),
    row(
        Command::SaveArtifact,
        "save-artifact",
        Scope::Artifacts,
        "save",
        "Download the artifact to a new file that only you can read, or stop its download",
    ),
    row(
        Command::ShowEvents,
        "events",
        Scope::Run,
        "events",
        "Kubernetes events about the run and its pods",
    ),
    row(
        Command::ShowYaml,
        "yaml",
        Scope::Global,
        "yaml",
        "The object as YAML, credentials masked",
    ),
];

/// Commands that move about.
const MOVING: &[Info] = &[
    row(
        Command::ScrollLeft,
        "scroll-left",
        Scope::Run,
        "",
        "Half a pane to the left, where lines are cut",
    ),
    row(
        Command::ScrollRight,
        "scroll-right",
        Scope::Run,
        "",
        "Half a pane to the right, where lines are cut",
    ),
    row(
        Command::NextMatch,
        "next-match",
        Scope::Global,
        "next match",
        "Next match of the search",
    ),
    row(
        Command::PrevMatch,
        "previous-match",
        Scope::Global,
        "",
        "Previous match of the search",
    ),
    row(
        Command::FullScreen,
        "full-screen",
        Scope::Run,
        "zoom",
        "Give the focused pane the whole screen, or take it back",
    ),
    row(
        Command::BesideDown,
        "beside-down",
        Scope::Global,
        "",
        "Scroll the preview down, on a run the pane beside the steps",
    ),
    row(
        Command::BesideUp,
        "beside-up",
        Scope::Global,
        "",
        "Scroll the preview up, on a run the pane beside the steps",
    ),
    row(
        Command::Widen,
        "widen",
        Scope::Global,
        "",
        "More room for the list, or for the steps",
    ),
    row(
        Command::Narrow,
        "narrow",
        Scope::Global,
        "",
        "Less room for the list, or for the steps",
    ),
    row(Command::Down, "down", Scope::List, "", "Down"),
    row(Command::Up, "up", Scope::List, "", "Up"),
    row(
        Command::First,
        "first",
        Scope::List,
        "",
        "To the first line",
    ),
    row(Command::Last, "last", Scope::List, "", "To the last line"),
    row(
        Command::HalfDown,
        "half-page-down",
        Scope::List,
        "",
        "Half a page down",
    ),
    row(
        Command::HalfUp,
        "half-page-up",
        Scope::List,
        "",
        "Half a page up",
    ),
    row(
        Command::PageDown,
        "page-down",
        Scope::List,
        "",
        "A page down",
    ),
    row(Command::PageUp, "page-up", Scope::List, "", "A page up"),
    row(Command::Runs, "runs", Scope::Global, "", "The Runs screen"),
    row(
        Command::Queue,
        "queue",
        Scope::Global,
        "",
        "Queue: what waits for a person, a lock or a place",
    ),
    row(
        Command::Templates,
        "templates",
        Scope::Global,
        "",
        "Templates and crons: what runs are launched from",
    ),
    row(
        Command::SeeRuns,
        "runs-of",
        Scope::Origins,
        "its runs",
        "The runs of the template or cron under the cursor",
    ),
    row(
        Command::NewRun,
        "new-run",
        Scope::Global,
        "",
        "Open the run that was made last, as soon as it is seen",
    ),
    row(
        Command::Reread,
        "read-again",
        Scope::Global,
        "",
        "Connect anew and read everything again",
    ),
    row(
        Command::Repaint,
        "repaint",
        Scope::Global,
        "",
        "Paint the screen anew",
    ),
    row(
        Command::Problems,
        "config-problems",
        Scope::Global,
        "",
        "What is wrong in the configuration files",
    ),
    row(
        Command::ReloadConfig,
        "reload-config",
        Scope::Global,
        "",
        "Read the configuration files again (a saved file is read by itself)",
    ),
    row(
        Command::Messages,
        "messages",
        Scope::Global,
        "",
        "What was said so far, the newest first; enter opens the run it is about",
    ),
    row(
        Command::Utc,
        "utc",
        Scope::Global,
        "",
        "Times in UTC, or by the clock of this place",
    ),
    row(
        Command::Mouse,
        "mouse",
        Scope::Global,
        "",
        "Give the mouse to the terminal, which selects text with it, or take it back",
    ),
    row(
        Command::SuspendProgram,
        "suspend-program",
        Scope::Global,
        "",
        "Back to the shell; `fg` returns",
    ),
    row(
        Command::Line,
        "command",
        Scope::Global,
        "command",
        "A command line: any command by its name, wf ns=a,b status:failed @context",
    ),
    row(
        Command::Copy,
        "copy",
        Scope::Global,
        "",
        "Copy a name, a command line or the YAML to the terminal's clipboard",
    ),
    row(
        Command::Browse,
        "browse",
        Scope::Global,
        "",
        "Show the run in the browser, where `links.run` says at which address",
    ),
    row(
        Command::HistoryBack,
        "history-back",
        Scope::Global,
        "",
        "To the place before this one",
    ),
    row(
        Command::HistoryForward,
        "history-forward",
        Scope::Global,
        "",
        "To the place after this one",
    ),
    row(
        Command::SetMark,
        "set-mark",
        Scope::Global,
        "",
        "Mark this place; the next key is the letter",
    ),
    row(
        Command::ToMark,
        "to-mark",
        Scope::Global,
        "",
        "To a marked place; the next key is its letter",
    ),
];
