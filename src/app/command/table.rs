//! The table of commands, one row each.
//! Apart from what a command is, because it only grows.

use super::acting::ACTING;
use super::common::COMMON;
use super::drafting::DRAFTING;
use super::moving::MOVING;
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
pub const TABLE: &[Info] = &joined::<ROWS>(&[LOOKING, READING, MOVING, ACTING, DRAFTING, COMMON]);

const ROWS: usize =
    LOOKING.len() + READING.len() + MOVING.len() + ACTING.len() + DRAFTING.len() + COMMON.len();

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
