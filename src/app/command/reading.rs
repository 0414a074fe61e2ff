//! Rows of the table for what reads a log, or the criteria.
//! Apart from the others, because there are many of them and they work in one pane only.

use super::table::row;
use super::{Command, Info, Scope};

/// Commands of the log and of the criteria.
pub(super) const READING: &[Info] = &[
    row(
        Command::NextError,
        "next-error",
        Scope::Log,
        "next error",
        "To the next line that says it is an error or a warning",
    ),
    row(
        Command::PrevError,
        "previous-error",
        Scope::Log,
        "",
        "To the previous line that says it is an error or a warning",
    ),
    row(
        Command::FilterLines,
        "filter-lines",
        Scope::Log,
        "only lines",
        "Only lines that match, that do not (`!GET`), or by a field: `.level >= warn`",
    ),
    row(
        Command::Follow,
        "follow",
        Scope::Log,
        "follow",
        "Follow the end of the log, or stop",
    ),
    row(
        Command::OneStep,
        "one-step",
        Scope::Log,
        "one step",
        "Only the step under the cursor, or the whole run",
    ),
    row(
        Command::Executor,
        "executor-lines",
        Scope::Log,
        "executor",
        "Show or hide the lines of Argo's own executor",
    ),
    row(
        Command::RawLines,
        "raw-lines",
        Scope::Log,
        "",
        "Lines that are JSON by their fields, or as they came",
    ),
    row(
        Command::SaveLog,
        "save-log",
        Scope::Log,
        "",
        "Save what is shown to a new file that only you can read, credentials masked",
    ),
    row(
        Command::PageLog,
        "pager",
        Scope::Log,
        "",
        "Read what is shown in $PAGER (else less), credentials masked",
    ),
    row(
        Command::EditLog,
        "editor",
        Scope::Log,
        "",
        "Read what is shown in $VISUAL or $EDITOR, credentials masked; nothing is written back",
    ),
    row(
        Command::Wrap,
        "wrap",
        Scope::Run,
        "wrap",
        "Wrap long lines of the log, of the YAML and of an artifact, or cut them",
    ),
    row(
        Command::Timestamps,
        "timestamps",
        Scope::Log,
        "times",
        "The time of each line: by the clock, since the run began, or none",
    ),
    row(
        Command::OpenCriterion,
        "open-criterion",
        Scope::Criteria,
        "step",
        "To the step that the criterion under the cursor is known from",
    ),
];
