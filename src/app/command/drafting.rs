//! Commands of the form in which a QARun is written.
//! Apart from those that act on a run: until it is created nothing is sent.

use super::table::row;
use super::{Command, Info, Scope};

/// Their rows of the table.
pub(super) const DRAFTING: &[Info] = &[
    row(
        Command::Draft,
        "draft",
        Scope::Global,
        "verify",
        "Write a new QARun in a form: of this task, or the QARun of this run again with changes",
    ),
    row(
        Command::Tasks,
        "tasks",
        Scope::Global,
        "",
        "Tasks of Task Master: what can be begun, what was verified and how it went",
    ),
    row(
        Command::OpenTask,
        "open-task",
        Scope::Tasks,
        "open",
        "The task: its criteria, its runs, its text; there the run or subtask under the cursor",
    ),
    row(
        Command::MarkTask,
        "mark-task",
        Scope::Tasks,
        "mark",
        "Mark the task: `draft` asks about the QARuns of all marked ones at once",
    ),
    row(
        Command::NextTag,
        "next-tag",
        Scope::Tasks,
        "tag",
        "The tasks of the next tag",
    ),
    row(
        Command::Bridge,
        "bridge",
        Scope::Tasks,
        "bridge",
        "Have tasks that come to review verified from here: `bridge on`, `bridge dry-run`, `bridge off`",
    ),
    row(
        Command::EditField,
        "edit-field",
        Scope::Draft,
        "edit",
        "Type into the field; open or close a criterion, add another one",
    ),
    row(
        Command::TurnField,
        "turn-field",
        Scope::Draft,
        "turn",
        "The next of the values a field has; leave a criterion out, or take it in again",
    ),
    row(
        Command::TurnBack,
        "turn-field-back",
        Scope::Draft,
        "",
        "The value before",
    ),
    row(
        Command::Create,
        "create",
        Scope::Draft,
        "create",
        "Ask the server what it would say to it, and then you: nothing is sent before",
    ),
    row(
        Command::NextProblem,
        "next-problem",
        Scope::Draft,
        "next problem",
        "To the next field that something is wrong with",
    ),
    row(
        Command::ShowDocument,
        "document",
        Scope::Draft,
        "yaml",
        "The object that would be sent, as YAML",
    ),
    row(
        Command::AddItem,
        "add",
        Scope::Draft,
        "add",
        "Another criterion, or another environment among environments",
    ),
    row(
        Command::DropItem,
        "drop",
        Scope::Draft,
        "drop",
        "Take a criterion or an environment away; of a field what stands in it",
    ),
    row(
        Command::UndoEdit,
        "undo-edit",
        Scope::Draft,
        "",
        "Take the last change back",
    ),
    row(
        Command::BeginAnew,
        "begin-anew",
        Scope::Draft,
        "",
        "The draft as it began",
    ),
    row(
        Command::Done,
        "done",
        Scope::Text,
        "",
        "Keep what was typed, and back to the form",
    ),
];
